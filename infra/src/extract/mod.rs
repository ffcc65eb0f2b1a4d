//! Text out of files. Files come from strangers and their readers crash, hang and eat memory: each file is read by a process of its
//! own (`child.rs`, the same program under another command), with limits, and this side believes it little.

mod block;
mod child;
mod decode;
mod detect;
mod html;
mod limits;
mod markdown;
mod office;
mod pdf;
mod protocol;
mod sandbox;
mod sentence;
mod split;
mod table;
mod text;

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use domain::document::{Extracted, Kind};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

pub use child::child_main;
pub use detect::{detect, detect_file};
pub use limits::{ExtractLimits, Fault};

use protocol::{FRAME, LENGTH, LINE, Order, Said};

/// The hidden command of the program that `child_main` stands behind.
pub const COMMAND: &str = "extract-worker";

/// What is kept of a reader's last words, to tell what it died of. They may quote the file, and go nowhere.
const LAST_WORDS: usize = 8 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The file is at fault, and will be the next time. A sentence for people.
    #[error("{0}")]
    Document(String),
    /// Trouble of the moment.
    #[error("the file could not be read now")]
    Passing(#[source] io::Error),
}

/// Reads files, one at a time per core; who comes later waits. Clones share the places.
#[derive(Debug, Clone)]
pub struct Extractor {
    program: PathBuf,
    limits: ExtractLimits,
    places: Arc<Semaphore>,
}

impl Extractor {
    /// `program` is this program: what its command `extract-worker` runs must be `child_main`.
    pub fn new(program: PathBuf, limits: ExtractLimits) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            program,
            limits,
            places: Arc::new(Semaphore::new(cores)),
        }
    }

    /// With the program that runs, and the limits as documented.
    pub fn of_this_program() -> io::Result<Self> {
        Ok(Self::new(std::env::current_exe()?, ExtractLimits::default()))
    }

    /// The text of a file. `on_progress` hears of 0 to 1, and must be quick. A future that is dropped ends the reader.
    pub async fn extract(
        &self,
        kind: Kind,
        content: impl AsyncRead + Unpin,
        mut on_progress: impl FnMut(f32),
    ) -> Result<Extracted, ExtractError> {
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|closed| passing(io::Error::other(closed)))?;
        let mut child = self.start().map_err(passing)?;
        // Whoever fetches the file too slowly, it is not the file.
        let fed = AtomicBool::new(false);
        let reading = self.converse(&mut child, kind, content, &fed, &mut on_progress);
        let outcome = tokio::time::timeout(self.limits.wall, Box::pin(reading)).await;
        // Ended already, unless it is out of time or not to be believed.
        drop(child.start_kill());
        drop(child.wait().await);
        match outcome {
            Ok(outcome) => outcome,
            Err(_) if fed.load(Ordering::Relaxed) => Err(self.fault(Fault::TooLong)),
            Err(late) => Err(passing(io::Error::new(io::ErrorKind::TimedOut, late))),
        }
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .arg(COMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    async fn converse(
        &self,
        child: &mut Child,
        kind: Kind,
        content: impl AsyncRead + Unpin,
        fed: &AtomicBool,
        on_progress: &mut impl FnMut(f32),
    ) -> Result<Extracted, ExtractError> {
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(passing(io::Error::other("no pipes to the reader")));
        };
        let order = Order {
            kind,
            limits: self.limits,
        };
        // The open end of its input, which `sent` holds, is what the reader lives by.
        let (sent, heard, words) = tokio::join!(
            feed(stdin, &order, content, fed),
            self.listen(stdout, on_progress),
            last_words(stderr),
        );
        // Content that could not be fetched is no fault of the file, whatever the reader made of the first part.
        sent.map_err(passing)?;
        if let Some(heard) = heard? {
            return heard;
        }
        let status = child.wait().await.map_err(passing)?;
        Err(self.died(status, &words))
    }

    /// None: it ended without an answer.
    async fn listen(
        &self,
        stdout: ChildStdout,
        on_progress: &mut impl FnMut(f32),
    ) -> Result<Option<Result<Extracted, ExtractError>>, ExtractError> {
        let mut stdout = BufReader::new(stdout);
        let mut chunks = Vec::new();
        let mut text = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut stdout)
                .take(LINE)
                .read_until(b'\n', &mut line)
                .await
                .map_err(passing)?;
            if read == 0 || !line.ends_with(b"\n") {
                return Ok(None);
            }
            let Ok(said) = serde_json::from_slice(&line) else {
                return Ok(Some(Err(self.fault(Fault::Crashed))));
            };
            match said {
                Said::Ready { confined: true } => {}
                Said::Ready { confined: false } => {
                    tracing::warn!(
                        "this kernel has no seccomp filters: files are read without that protection"
                    );
                }
                Said::Progress(done) if (0.0..=1.0).contains(&done) => on_progress(done),
                Said::Progress(_) => {}
                Said::Chunk(chunk) => {
                    text += (chunk.text.len() + chunk.heading.len()) as u64;
                    chunks.push(chunk);
                    if text > self.limits.text || chunks.len() as u64 > self.limits.chunks {
                        return Ok(Some(Err(self.fault(Fault::TooMuchText))));
                    }
                }
                Said::Done { pages } => return Ok(Some(Ok(Extracted { pages, chunks }))),
                Said::Failed(fault) => return Ok(Some(Err(self.fault(fault)))),
            }
        }
    }

    /// What the end of a process that gave no answer says about the file.
    fn died(&self, status: ExitStatus, words: &[u8]) -> ExtractError {
        let said = |text: &str| words.windows(text.len()).any(|window| window == text.as_bytes());
        match status.signal() {
            Some(libc::SIGXCPU) => self.fault(Fault::TooLong),
            Some(libc::SIGABRT) if said("overflowed its stack") => self.fault(Fault::Nested),
            Some(libc::SIGABRT) if said("memory allocation of") => self.fault(Fault::TooMuchMemory),
            // Not by us: somebody else, or the system in need of memory.
            Some(libc::SIGKILL | libc::SIGTERM | libc::SIGINT | libc::SIGHUP) | None => passing(
                io::Error::other(format!("the reader ended without an answer: {status}")),
            ),
            Some(_) => self.fault(Fault::Crashed),
        }
    }

    fn fault(&self, fault: Fault) -> ExtractError {
        ExtractError::Document(fault.sentence(&self.limits))
    }
}

fn passing(error: io::Error) -> ExtractError {
    ExtractError::Passing(error)
}

/// Fails only where the content does: a reader that ended early says why elsewhere.
async fn feed(
    mut stdin: ChildStdin,
    order: &Order,
    mut content: impl AsyncRead + Unpin,
    fed: &AtomicBool,
) -> io::Result<ChildStdin> {
    let mut line = serde_json::to_vec(order)?;
    line.push(b'\n');
    let mut deaf = stdin.write_all(&line).await.is_err();
    let mut frame = vec![0; LENGTH + FRAME];
    while !deaf {
        let read = content.read(&mut frame[LENGTH..]).await?;
        frame[..LENGTH].copy_from_slice(&(read as u32).to_le_bytes());
        deaf = stdin.write_all(&frame[..LENGTH + read]).await.is_err() || read == 0;
    }
    fed.store(true, Ordering::Relaxed);
    Ok(stdin)
}

/// Read to the end, so that the reader never waits for it.
async fn last_words(mut stderr: ChildStderr) -> Vec<u8> {
    let mut words = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        let room = LAST_WORDS.saturating_sub(words.len());
        words.extend_from_slice(&buffer[..read.min(room)]);
    }
    words
}
