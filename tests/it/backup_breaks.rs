//! Restores whose connection to the database breaks at the worst moments. What was restored then stays, with its files and its key.
//! On PostgreSQL alone: to a file there is no connection.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use tests::App;
use tests::database::{SECRET, server_of};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::backup_kit::{Lived, Run, back_up, nowhere, run, run_with, settings, shelf, text};
use crate::documents_kit::files;

/// How a way breaks at a statement.
#[derive(Clone, Copy, PartialEq)]
enum Break {
    /// It never arrives.
    Lost,
    /// It is done, and the answer does not get back.
    Unanswered,
    /// The same, and no new connection is let through.
    Away,
}

/// A way to the database that breaks once, when this statement is sent.
struct Way {
    address: SocketAddr,
    broke: Arc<AtomicBool>,
}

impl Way {
    async fn to(server: String, word: &'static str, how: Break) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = door.local_addr().unwrap();
        let broke = Arc::new(AtomicBool::new(false));
        let broken = broke.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = door.accept().await.unwrap();
                if how == Break::Away && broken.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, (word.as_bytes(), how), broken.clone()));
            }
        });
        Self { address, broke }
    }
}

async fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    (word, how): (&'static [u8], Break),
    broke: Arc<AtomicBool>,
) {
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let asked = &asked[..read.unwrap_or(0)];
                let breaks = asked.windows(word.len()).any(|piece| piece == word)
                    && !broke.swap(true, Ordering::SeqCst);
                if asked.is_empty() || (breaks && how == Break::Lost) {
                    return;
                }
                server.write_all(asked).await.unwrap();
                if breaks {
                    assert_ne!(server.read(&mut answered).await.unwrap(), 0);
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let answered = &answered[..read.unwrap_or(0)];
                if answered.is_empty() || client.write_all(answered).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A restore to this data folder's database by a way that breaks at `word`.
async fn restored_by(data_dir: &Path, backup: &Path, word: &'static str, how: Break) -> Run {
    let url = server_of(data_dir);
    let (who, rest) = url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let way = Way::to(server.to_owned(), word, how).await;
    let url = format!("{who}@{}/{name}", way.address);
    let run = run_with(data_dir, &["restore", text(backup)], |command| {
        command
            .env("COLLOQUY_DATABASE_URL", url)
            .env("COLLOQUY_SECRET", SECRET)
    })
    .await;
    assert!(way.broke.load(Ordering::SeqCst), "{}", run.err);
    run
}

/// An installation, its backup, and a place where there is nothing yet.
struct Stage {
    lived: Lived,
    _shelf: TempDir,
    backup: PathBuf,
    dir: TempDir,
}

impl Stage {
    /// `None` where there is no server, and no connection that could break.
    async fn new() -> Option<Self> {
        if !services::is_postgres() {
            return None;
        }
        let lived = Lived::start().await;
        let (shelf, backup) = shelf();
        back_up(lived.app.data_dir(), &backup).await;
        Some(Self {
            lived,
            _shelf: shelf,
            backup,
            dir: nowhere(),
        })
    }

    /// Everything was restored, and a server goes on with it.
    async fn goes_on(self) {
        run(self.dir.path(), &["verify"]).await.ok();
        let app = App::on(self.dir, settings).await;
        self.lived.is_lived_on(&app).await;
    }
}

#[tokio::test]
async fn a_restore_whose_commit_was_not_answered_is_found_to_be_done() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    restored_by(stage.dir.path(), &stage.backup, "COMMIT", Break::Unanswered)
        .await
        .ok();
    stage.goes_on().await;
}

#[tokio::test]
async fn a_restore_whose_commit_did_not_arrive_is_taken_back() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    restored_by(stage.dir.path(), &stage.backup, "COMMIT", Break::Lost)
        .await
        .refused("the database is busy or away");
    // Nothing is in the way of the next try.
    run(stage.dir.path(), &["restore", text(&stage.backup)])
        .await
        .ok();
}

#[tokio::test]
async fn a_restore_of_which_nobody_can_say_whether_it_is_done_takes_nothing_back() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    restored_by(stage.dir.path(), &stage.backup, "COMMIT", Break::Away)
        .await
        .refused("whether the restore is done cannot be told");
    assert!(
        files(stage.dir.path())
            .iter()
            .any(|path| path.ends_with(&stage.lived.document))
    );
    stage.goes_on().await;
}

#[tokio::test]
async fn what_fails_after_the_commit_is_told_and_no_failure() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let done = restored_by(stage.dir.path(), &stage.backup, "ANALYZE", Break::Away).await;
    assert!(done.err.contains("ANALYZE"), "{}", done.err);
    done.ok();
    stage.goes_on().await;
}
