//! The process that reads a file, seen from outside: what it may do, and that it never outlives who wants its answer.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};
use std::time::Duration;

use domain::document::Kind;
use futures_util::FutureExt;
use infra::extract::{COMMAND, ExtractError, ExtractLimits, Extractor};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};
use serde_json::json;
use tempfile::TempDir;
use tests::DEADLINE;
use tokio::fs::File;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadBuf, duplex,
};
use tokio::process::Command;
use tokio::time::timeout;

const PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy-under-test");
/// More than all the buffers between a source and its reader hold: when so much was taken, the reader is at work.
const PLENTY: usize = 1024 * 1024;

/// The program under a name that only this test's readers have.
struct Readers {
    program: PathBuf,
    _dir: TempDir,
}

impl Readers {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let program = dir.path().join("reader");
        symlink(PROGRAM, &program).unwrap();
        Self { program, _dir: dir }
    }

    fn extractor(&self, limits: ExtractLimits) -> Extractor {
        Extractor::new(self.program.clone(), limits)
    }

    /// The one that runs now.
    fn only(&self) -> Reader {
        let name = self.program.to_str().unwrap().as_bytes();
        let processes = std::fs::read_dir("/proc").unwrap();
        let ids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
        let mut ids = ids.filter(|id| {
            let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            line.starts_with(name)
        });
        let id = ids.next().expect("a reader runs");
        assert_eq!(ids.next(), None);
        let process = pidfd_open(Pid::from_raw(id).unwrap(), PidfdFlags::empty()).unwrap();
        Reader { id, process }
    }
}

struct Reader {
    id: i32,
    process: OwnedFd,
}

impl Reader {
    fn told(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.id)).unwrap()
    }

    async fn ended(self) {
        let waiting = tokio::task::spawn_blocking(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            waitid(WaitId::PidFd(self.process.as_fd()), options)
        });
        let ended = timeout(DEADLINE, waiting).await.expect("it ends").unwrap();
        // None of ours any more: it has ended, and was taken note of.
        assert!(matches!(ended, Ok(Some(_)) | Err(Errno::CHILD)), "{ended:?}");
    }
}

/// Feeds it until the reader is at work, and leaves it waiting for more.
async fn busy(source: &mut DuplexStream, reading: impl Future) {
    let plenty = vec![b'a'; PLENTY];
    tokio::select! {
        _ = reading => panic!("the file has not ended"),
        sent = source.write_all(&plenty) => sent.unwrap(),
    }
}

#[tokio::test]
async fn a_reader_can_reach_nothing_and_ends_with_the_future() {
    let readers = Readers::new();
    let extractor = readers.extractor(ExtractLimits::default());
    let (mut source, content) = duplex(4096);
    let mut reading = Box::pin(extractor.extract(Kind::Text, content, |_| {}));
    busy(&mut source, &mut reading).await;

    let reader = readers.only();
    for thread in std::fs::read_dir(format!("/proc/{}/task", reader.id)).unwrap() {
        let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        assert!(status.contains("Seccomp:\t2\n"), "{status}");
        assert!(status.contains("NoNewPrivs:\t1\n"), "{status}");
    }
    assert_eq!(reader.told("environ"), "");
    let limits = reader.told("limits");
    for (name, soft, hard) in [
        ("Max data size", 256 * 1024 * 1024, 256 * 1024 * 1024),
        ("Max cpu time", 20, 21),
        ("Max file size", 0, 0),
        ("Max core file size", 0, 0),
        ("Max open files", 16, 16),
    ] {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let set: Vec<u64> = line
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        assert_eq!(set, [soft, hard], "{name}");
    }
    let folder = std::fs::read_link(format!("/proc/{}/cwd", reader.id)).unwrap();
    assert_eq!(folder, Path::new("/"));

    drop(reading);
    reader.ended().await;
}

/// As a pipe of a server that was killed: it closes, and nobody says anything.
#[tokio::test]
async fn a_reader_ends_when_its_server_is_gone() {
    let heavy = Path::new(env!("CARGO_MANIFEST_DIR")).join("files/hostile/heavy_pages.pdf");
    let heavy = std::fs::read(heavy).unwrap();
    let limits = ExtractLimits {
        cpu: Duration::from_secs(600),
        ..ExtractLimits::default()
    };
    let order = json!({ "kind": Kind::Pdf, "limits": limits }).to_string() + "\n";
    let length = u32::try_from(heavy.len()).unwrap().to_le_bytes();
    let whole = [order.as_bytes(), &length, &heavy, &[0; 4]].concat();
    // In the middle of the work; before the end of the file; before the order.
    for sent in [whole.len(), whole.len() - 4, whole.len() / 2, order.len(), 5, 0] {
        let mut reader = Command::new(PROGRAM)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdin = reader.stdin.take().unwrap();
        stdin.write_all(&whole[..sent]).await.unwrap();
        let mut said = BufReader::new(reader.stdout.take().unwrap());
        let mut line = String::new();
        if sent >= order.len() {
            said.read_line(&mut line).await.unwrap();
            assert!(line.contains("ready"), "{line}");
        }
        drop(stdin);
        let status = timeout(DEADLINE, reader.wait()).await.expect("it ends").unwrap();
        assert_eq!(status.code(), Some(1), "{sent}");
        line.clear();
        said.read_to_string(&mut line).await.unwrap();
        assert!(!line.contains("done") && !line.contains("failed"), "{line}");
    }
}

/// Threads of a runtime come and go, and what they began goes on.
#[tokio::test]
async fn a_reader_outlives_the_thread_that_started_it() {
    let extractor = Readers::new();
    let extractor = extractor.extractor(ExtractLimits::default());
    let (mut source, content) = duplex(4096);
    let mut reading = Box::pin(extractor.extract(Kind::Text, content, |_| {}));
    let runtime = tokio::runtime::Handle::current();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _runtime = runtime.enter();
            assert!(reading.as_mut().now_or_never().is_none());
        });
    });
    let words = async {
        source
            .write_all(b"The key hangs behind the clock.")
            .await
            .unwrap();
        drop(source);
    };
    let (extracted, ()) = tokio::join!(reading, words);
    assert_eq!(
        extracted.unwrap().chunks[0].text,
        "The key hangs behind the clock."
    );
}

struct Broken;

impl AsyncRead for Broken {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Err(std::io::Error::other("the store is gone")))
    }
}

#[tokio::test]
async fn a_source_that_fails_or_stalls_is_no_fault_of_the_file() {
    let readers = Readers::new();
    let extractor = readers.extractor(ExtractLimits::default());
    let text = "Half of a file that is whole in the store. ".repeat(10_000);
    let broken = text.as_bytes().chain(Broken);
    match extractor.extract(Kind::Text, broken, |_| {}).await {
        Err(ExtractError::Passing(error)) => assert_eq!(error.to_string(), "the store is gone"),
        other => panic!("{other:?}"),
    }

    let limits = ExtractLimits {
        wall: Duration::from_millis(300),
        ..ExtractLimits::default()
    };
    let (_source, silent) = duplex(64);
    match readers
        .extractor(limits)
        .extract(Kind::Text, silent, |_| {})
        .await
    {
        Err(ExtractError::Passing(error)) => assert_eq!(error.kind(), std::io::ErrorKind::TimedOut),
        other => panic!("{other:?}"),
    }
}

/// One file at a time per core: the next begins when a place is free, and a future that was dropped frees its own.
#[tokio::test]
async fn who_comes_later_waits_for_a_place() {
    let readers = Readers::new();
    let extractor = readers.extractor(ExtractLimits::default());
    let places = std::thread::available_parallelism().unwrap().get();
    let mut held = Vec::new();
    for _ in 0..places {
        let (mut source, content) = duplex(4096);
        let mut reading = Box::pin(extractor.extract(Kind::Text, content, |_| {}));
        busy(&mut source, &mut reading).await;
        held.push((source, reading));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("files/cjk.md");
    let content = File::open(path).await.unwrap();
    let mut late = Box::pin(extractor.extract(Kind::Markdown, content, |_| {}));
    assert!(late.as_mut().now_or_never().is_none());
    let running = std::fs::read_dir("/proc").unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path().join("cmdline");
        let line = std::fs::read(path).unwrap_or_default();
        line.starts_with(readers.program.to_str().unwrap().as_bytes())
    });
    assert_eq!(running.count(), places);
    drop(held.pop());
    assert!(!late.await.unwrap().chunks.is_empty());
}
