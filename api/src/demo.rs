//! `colloquy demo`: a server with something in it. Two people, a bot that they share, documents, and a conversation that has
//! begun, all made through the same services as everything else; then it serves like any other.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use domain::access::{Expiry, Role, Target};
use domain::account::{Door, NewUser};
use domain::bot::NewBot;
use domain::chat::{MessageRole, NewMessage, NewSession, Span, Visibility};
use domain::document::{DocumentStatus, NewDocument};
use domain::ids::{BotId, DocumentId, MessageId, SessionId};
use domain::text::{Content, Description, Instructions, Name, Password, Username};
use domain::time::Timestamp;
use domain::{Caller, Credential};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::config::random_code;
use crate::storage::told;
use crate::telemetry::tell;

/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// What nothing here should take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Known to everybody who can read; for servers alone that nobody else can reach.
const PASSWORD: &str = "colloquy-demo";

const BOT: &str = "Workshop guide";

const QUESTION: &str = "When is the workshop open on Saturday?";

const MORE: [&str; 6] = [
    "How much is the membership fee for a household?",
    "What do I do with oily rags?",
    "How do I know when a chain is worn out?",
    "May children work in the workshop?",
    "How many days may I keep the folding repair stand?",
    "Does the workshop sell electric scooters?",
];

/// Written for this, in the kinds that people have.
const FILES: &[File] = &[
    File {
        name: "workshop-handbook.pdf",
        content: include_bytes!("../../demo/workshop-handbook.pdf"),
    },
    File {
        name: "membership-and-prices.docx",
        content: include_bytes!("../../demo/membership-and-prices.docx"),
    },
    File {
        name: "repair-guide.md",
        content: include_bytes!("../../demo/repair-guide.md"),
    },
    File {
        name: "tools-to-lend.xlsx",
        content: include_bytes!("../../demo/tools-to-lend.xlsx"),
    },
];

struct File {
    name: &'static str,
    content: &'static [u8],
}

/// What to tell the person at the terminal.
pub struct Told {
    pub bot: BotId,
    pub session: SessionId,
    pub people: [&'static str; 2],
    pub password: String,
    pub question: &'static str,
    pub answer: String,
}

/// Fills a server that nobody has an account on yet.
pub async fn fill(app: &App, listens_to_all: bool) -> anyhow::Result<Told> {
    ensure!(
        app.is_unused().await.map_err(told)?,
        "the data folder {} is in use; give an empty one with --data-dir, or start it with `colloquy`",
        app.settings.data_dir.display()
    );
    let password = if listens_to_all {
        random_code()?
    } else {
        PASSWORD.to_owned()
    };
    let anna = person(app, "anna", &password).await?;
    let ben = person(app, "ben", &password).await?;
    let bot = bot(app, &anna).await?;
    let editor = Target::Id(ben.user_id);
    app.sharing
        .grant(&anna, bot, &editor, Role::Editor, Expiry::Keep)
        .await
        .map_err(told)?;
    for file in FILES {
        let id = upload(app, &anna, bot, file).await?;
        read(app, &anna, id, file.name).await?;
    }
    let session = session(app, &anna, bot).await?;
    say(
        app,
        &ben,
        session,
        "Hello Anna, I have put the papers in. Does the guide know them?",
        false,
    )
    .await?;
    let asked = say(app, &anna, session, QUESTION, true).await?;
    let answer = answer(app, &anna, session, asked).await?;
    Ok(Told {
        bot,
        session,
        people: ["anna", "ben"],
        password,
        question: QUESTION,
        answer,
    })
}

async fn person(app: &App, name: &str, password: &str) -> anyhow::Result<Caller> {
    let password = Password::parse(password).map_err(|why| anyhow::anyhow!("the password {why}"))?;
    let new = NewUser {
        username: Username::parse(name).map_err(|why| anyhow::anyhow!("the name {why}"))?,
        email: None,
        password: app.passwords.hash(&password).await.map_err(told)?,
    };
    let door = Door {
        first: true,
        open: true,
    };
    let opened = app.accounts.register(new, door).await.map_err(told)?;
    let credential = Credential {
        user_id: opened.user.id,
        family: opened.family.id,
        expires_at: Timestamp::now().plus(PATIENCE * 5),
    };
    app.accounts.identify(credential).await.map_err(told)
}

async fn bot(app: &App, owner: &Caller) -> anyhow::Result<BotId> {
    let wrong = |why| anyhow::anyhow!("a text of the demo {why}");
    let new = NewBot {
        name: Name::parse(BOT).map_err(wrong)?,
        description: Some(Description::parse("Answers from the papers of the workshop.").map_err(wrong)?),
        instructions: Some(
            Instructions::parse(
                "Answer briefly and kindly, from the documents alone, and say where it stands.",
            )
            .map_err(wrong)?,
        ),
        model: None,
        settings: None,
    };
    Ok(app.bots.create(owner, new, None).await.map_err(told)?.value.id)
}

async fn upload(app: &App, by: &Caller, bot: BotId, file: &File) -> anyhow::Result<DocumentId> {
    let path = app.settings.incoming_dir().join(format!("demo-{}", file.name));
    tokio::fs::write(&path, file.content).await?;
    let uploaded = upload_from(app, by, bot, file, &path).await;
    tokio::fs::remove_file(&path).await?;
    uploaded
}

async fn upload_from(
    app: &App,
    by: &Caller,
    bot: BotId,
    file: &File,
    path: &Path,
) -> anyhow::Result<DocumentId> {
    let kind = infra::extract::detect(path, file.name)?.context("a file of the demo is of no known kind")?;
    let digest = Sha256::digest(file.content);
    let new = NewDocument {
        filename: Name::parse(file.name).map_err(|why| anyhow::anyhow!("a file's name {why}"))?,
        kind,
        size: i64::try_from(file.content.len())?,
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let uploaded = app
        .documents
        .upload(by, bot, new, path, None)
        .await
        .map_err(told)?;
    app.workers.wake();
    Ok(uploaded.value.id)
}

/// Waits until a document was read, and shows how far it is.
async fn read(app: &App, by: &Caller, id: DocumentId, name: &str) -> anyhow::Result<()> {
    let mut line = Line::new(name);
    let reading = async {
        loop {
            let document = app.documents.get(by, id).await.map_err(told)?;
            line.show(
                document.progress,
                document.stage.map_or("", |stage| stage.as_str()),
            );
            match document.status {
                DocumentStatus::Queued | DocumentStatus::Processing => tokio::time::sleep(LOOK).await,
                DocumentStatus::Processed => return Ok(document.chunks),
                DocumentStatus::Failed | DocumentStatus::Cancelled => {
                    bail!("{name}: {}", document.error.unwrap_or_else(|| "cancelled".into()))
                }
            }
        }
    };
    let chunks = tokio::time::timeout(PATIENCE, reading)
        .await
        .with_context(|| format!("{name} was not read in time"))??;
    line.done(&format!("{chunks} passages"));
    Ok(())
}

async fn session(app: &App, by: &Caller, bot: BotId) -> anyhow::Result<SessionId> {
    let new = NewSession {
        title: Some(Name::parse("First questions").map_err(|why| anyhow::anyhow!("the title {why}"))?),
        visibility: Visibility::Shared,
        auto_reply: true,
    };
    let opened = app.chat.open_session(by, bot, new, None).await.map_err(told)?;
    Ok(opened.value.session.id)
}

async fn say(
    app: &App,
    by: &Caller,
    session: SessionId,
    text: &str,
    reply: bool,
) -> anyhow::Result<Option<MessageId>> {
    let new = NewMessage {
        content: Content::parse(text).map_err(|why| anyhow::anyhow!("a message {why}"))?,
        reply: Some(reply),
        mentions: Vec::new(),
    };
    let posted = app.chat.post(by, session, new, None).await.map_err(told)?;
    app.answering.wake();
    Ok(posted.value.answer)
}

async fn answer(app: &App, by: &Caller, session: SessionId, id: Option<MessageId>) -> anyhow::Result<String> {
    let waiting = async {
        loop {
            let messages = app
                .chat
                .messages(by, session, Span::Newest, 10)
                .await
                .map_err(told)?;
            let found = messages
                .into_iter()
                .find(|message| Some(message.id) == id && message.role == MessageRole::Assistant);
            match found {
                Some(message) => return anyhow::Ok(message.content),
                None => tokio::time::sleep(LOOK).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .context("the bot did not answer in time")?
}

/// A line of progress: drawn again and again on a terminal, written once elsewhere.
struct Line<'a> {
    name: &'a str,
    drawn: bool,
}

impl<'a> Line<'a> {
    fn new(name: &'a str) -> Self {
        Self {
            name,
            drawn: std::io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, progress: f64, stage: &str) {
        const WIDTH: usize = 24;
        if self.drawn {
            let full = (progress.clamp(0.0, 1.0) * WIDTH as f64) as usize;
            let mut terminal = std::io::stderr();
            // A terminal that is gone is no reason to stop.
            let _ = write!(
                terminal,
                "\r  {:<28} [{:<WIDTH$}] {stage:<12}",
                self.name,
                "#".repeat(full)
            );
            let _ = terminal.flush();
        }
    }

    fn done(self, what: &str) {
        let start = if self.drawn { "\r\x1b[2K" } else { "" };
        tell(format_args!("{start}  {:<28} {what}", self.name));
    }
}

impl Told {
    /// What to try, for the terminal.
    pub fn text(&self, url: &str) -> String {
        let Self {
            bot,
            session,
            people: [anna, ben],
            password,
            question,
            answer,
        } = self;
        let questions: String = MORE.iter().map(|question| format!("    {question}\n")).collect();
        format!(
            r#"
Two people are there, {anna} (who also administers the server) and {ben}; the password of both is {password}
They share the bot {BOT:?} and this conversation:

    {anna}: {question}
    {BOT}: {}

Try it (with curl and jq):

    TOKEN=$(curl -s {url}/api/auth/login -H 'Content-Type: application/json' \
      -d '{{"username": "{ben}", "password": "{password}"}}' | jq -r .access_token)
    curl -s {url}/api/sessions/{session}/messages -H "Authorization: Bearer $TOKEN" \
      -H 'Content-Type: application/json' -d '{{"content": "{}"}}'
    curl -s {url}/api/sessions/{session}/messages -H "Authorization: Bearer $TOKEN" | jq '.items[-1]'

Watch it being written (any WebSocket client): {}/api/ws/chat/{bot}?token=$TOKEN
All that can be called: {url}/docs

More questions:

{questions}"#,
            answer.replace('\n', "\n        "),
            MORE[0],
            url.replacen("http", "ws", 1),
        )
    }
}
