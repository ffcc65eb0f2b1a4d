//! Load for the runs that the judge judges: writers that repeat a post until it is acknowledged, readers that resume
//! where they were, on some bots of a server, or of nodes, that may die at any moment. Who harms them and when is the affair of
//! `kill_loop` and `runs`; whether all is well is the judge's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::judge::{Acknowledged, Audience, Logged, Run, Withdrawal};
use crate::logs;

pub mod dice;
pub mod doors;
pub mod process;
mod reader;
mod writer;

pub use doors::{Doors, Tally};
pub use reader::{Reading, Task as ReaderTask};
pub use writer::{Task as WriterTask, Writing};

/// How long a server that nobody harms any more may refuse a post.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long any request may take.
const ANSWER: Duration = Duration::from_secs(20);

/// How the load sees the server. Whoever is going to kill it says `Down` before and `Up` when it is ready again, so
/// that nobody has to guess when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Up,
    Down,
    /// It will not be killed again: writers end when they have their last acknowledgement.
    Last,
}

#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub bots: usize,
    pub writers: usize,
    pub readers: usize,
}

/// A bot with one shared session, and the people who use it.
#[derive(Debug, Clone)]
pub struct Bot {
    pub id: String,
    pub session_id: String,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub token: String,
}

/// The people and bots of one run. The scene is set, and the log read, at `address`; everybody else goes through the doors.
#[derive(Debug)]
pub struct Load {
    pub address: String,
    pub doors: Doors,
    pub tally: Arc<Tally>,
    /// How long a writer waits for an answer before it asks again.
    pub answer_within: Duration,
    /// Whether all readers want all there is; else half of them want only what comes.
    pub from_start: bool,
    pub http: reqwest::Client,
    pub owner: Person,
    pub bots: Vec<Bot>,
    pub people: Vec<Person>,
}

impl Load {
    /// Sets the scene: the owner of all bots (the first account of the installation), and one person for each
    /// writer and reader, person `i` on bot `i % bots`.
    ///
    /// # Errors
    /// When the server refuses a step.
    pub async fn set_up(address: &str, size: Size) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(ANSWER).build()?;
        let owner = register(&http, address, "owner").await?;
        let mut load = Self {
            address: address.to_owned(),
            doors: Doors::all_at(&[address.to_owned()]),
            tally: Arc::default(),
            answer_within: ANSWER,
            from_start: false,
            http,
            owner,
            bots: Vec::new(),
            people: Vec::new(),
        };
        for n in 0..size.bots {
            let bot = load
                .post(&load.owner, "bots", &json!({"name": format!("bot {n}")}))
                .await?;
            let id = text(&bot, "/id")?;
            let session = load
                .post(
                    &load.owner,
                    &format!("bots/{id}/sessions"),
                    // The load is what people write; answers would come at times of their own.
                    &json!({"title": "load", "auto_reply": false}),
                )
                .await?;
            load.bots.push(Bot {
                id,
                session_id: text(&session, "/id")?,
            });
        }
        for n in 0..size.writers.max(size.readers) {
            let person = register(&load.http, address, &format!("person{n}")).await?;
            load.people.push(person);
            load.grant(n).await?;
        }
        Ok(load)
    }

    /// Lets somebody into their bot (again).
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn grant(&self, person: usize) -> Result<()> {
        let path = format!("bots/{}/permissions", self.bot_of(person).id);
        let grant = json!({"username": self.people[person].name, "role": "editor"});
        self.post(&self.owner, &path, &grant).await.map(drop)
    }

    /// Takes somebody's role on their bot away.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn revoke(&self, person: usize) -> Result<()> {
        let (bot, who) = (&self.bot_of(person).id, &self.people[person].id);
        let url = format!("http://{}/api/bots/{bot}/permissions/{who}", self.address);
        let answer = self
            .http
            .delete(url)
            .bearer_auth(&self.owner.token)
            .send()
            .await?;
        let status = answer.status();
        ensure!(
            status == StatusCode::NO_CONTENT,
            "revoke: {status} {}",
            answer.text().await?
        );
        Ok(())
    }

    /// The owner posts to the first bot through this door, again and again until it is acknowledged, and adds it to `writing`
    /// (which is of person 0): how long that took.
    ///
    /// # Errors
    /// When it is not within a minute.
    pub async fn prove(&self, door: &str, key: &str, writing: &mut Writing) -> Result<Duration> {
        let said = || writer::Post {
            who: &self.owner,
            session_id: &self.bots[0].session_id,
            key,
            content: key,
            answer_within: self.answer_within,
        };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match writer::post(&self.http, door, said()).await? {
                writer::Outcome::Acknowledged { message_id, .. } => {
                    writing.acknowledged.push(message_id);
                    return Ok(begun.elapsed());
                }
                writer::Outcome::Refused => writing.refused += 1,
                writer::Outcome::Unanswered => {}
                writer::Outcome::Wrong(answer) => writing.wrong.push(format!("{key}: {answer}")),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("{key} is not acknowledged at {door} for {PATIENCE:?}")
    }

    #[must_use]
    pub fn bot_of(&self, person: usize) -> &Bot {
        &self.bots[person % self.bots.len()]
    }

    async fn post(&self, as_who: &Person, path: &str, body: &Value) -> Result<Value> {
        let url = format!("http://{}/api/{path}", self.address);
        let answer = self
            .http
            .post(url)
            .bearer_auth(&as_who.token)
            .json(body)
            .send()
            .await?;
        let status = answer.status();
        let body = answer.text().await?;
        ensure!(status == StatusCode::CREATED, "{path}: {status} {body}");
        Ok(serde_json::from_str(&body)?)
    }

    /// The whole log of a bot, as its owner reads it page by page.
    ///
    /// # Errors
    /// When the server refuses, or says that the log is not whole.
    pub async fn log(&self, bot: &Bot) -> Result<Vec<Logged>> {
        self.events(bot).await?.iter().map(logged).collect()
    }

    async fn events(&self, bot: &Bot) -> Result<Vec<Value>> {
        let mut log = Vec::new();
        let mut since = 0;
        loop {
            let url = format!(
                "http://{}/api/bots/{}/events?since={since}&limit=100",
                self.address, bot.id
            );
            let page: Value = self
                .http
                .get(url)
                .bearer_auth(&self.owner.token)
                .send()
                .await?
                .json()
                .await?;
            ensure!(
                page["complete"] == true,
                "the log of {} is not whole: {page}",
                bot.id
            );
            let events = page["events"].as_array().context("no events in the page")?;
            if events.is_empty() {
                return Ok(log);
            }
            log.extend(events.iter().cloned());
            since = page["seq"].as_u64().context("no seq in the page")?;
        }
    }

    /// Puts together what the judge wants to know of each bot, once all writers and readers have ended.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn runs(&self, writings: &[Writing], readings: Vec<Reading>) -> Result<Vec<Run>> {
        let bots = self.bots.len();
        let mut runs = vec![Run::default(); bots];
        let mut rights = Vec::new();
        for (run, bot) in runs.iter_mut().zip(&self.bots) {
            let events = self.events(bot).await?;
            run.log = events.iter().map(logged).collect::<Result<_>>()?;
            rights.push(events);
        }
        for writing in writings {
            let told = writing.acknowledged.iter().map(|message_id| Acknowledged {
                message_id: message_id.clone(),
                seq: None,
            });
            runs[writing.person % bots].acknowledged.extend(told);
        }
        for mut reading in readings {
            let bot = reading.person % bots;
            reading.reader.withdrawals = withdrawals(&rights[bot], &self.people[reading.person].id);
            runs[bot].readers.push(reading.reader);
        }
        Ok(runs)
    }

    #[must_use]
    pub fn spawn_writer(&self, person: usize, phase: watch::Receiver<Phase>) -> writer::Task {
        writer::spawn(self, person, phase)
    }

    #[must_use]
    pub fn spawn_reader(
        &self,
        person: usize,
        phase: watch::Receiver<Phase>,
        heads: watch::Receiver<Option<Vec<u64>>>,
    ) -> reader::Task {
        reader::spawn(self, person, phase, heads)
    }
}

/// Where somebody lost a stream and got it back, by the stream's own word.
fn withdrawals(log: &[Value], user_id: &str) -> Vec<Withdrawal> {
    let mut found: Vec<Withdrawal> = Vec::new();
    for event in log {
        let data = &event["data"];
        let Some(seq) = event["seq"].as_u64() else {
            continue;
        };
        if event["type"] != "permission_change" || data["target_user_id"] != user_id {
            continue;
        }
        match (data["action"].as_str(), found.last_mut()) {
            (Some("revoked"), _) => found.push(Withdrawal {
                at: seq,
                granted_again: None,
            }),
            (Some("granted"), Some(last)) => last.granted_again = last.granted_again.or(Some(seq)),
            _ => {}
        }
    }
    found
}

fn logged(event: &Value) -> Result<Logged> {
    let of_message = event["type"] == "chat_message";
    Ok(Logged {
        seq: event["seq"].as_u64().context("an event without a number")?,
        id: text(event, "/id")?,
        message_id: of_message.then(|| text(event, "/data/message_id")).transpose()?,
        content: of_message.then(|| text(event, "/data/content")).transpose()?,
        audience: Audience::Everyone,
    })
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    match value.pointer(pointer).and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => bail!("no {pointer} in {value}"),
    }
}

async fn register(http: &reqwest::Client, address: &str, name: &str) -> Result<Person> {
    let password = format!("a long password of {name}");
    logs::issued(&password);
    let body = json!({"username": name, "password": password});
    let answer = http
        .post(format!("http://{address}/api/auth/register"))
        .json(&body)
        .send()
        .await?;
    let status = answer.status();
    let body = answer.text().await?;
    ensure!(status == StatusCode::CREATED, "register {name}: {status} {body}");
    let body: Value = serde_json::from_str(&body)?;
    let token = text(&body, "/access_token")?;
    logs::issued(&token);
    logs::issued(&text(&body, "/refresh_token")?);
    Ok(Person {
        id: text(&body, "/user/id")?,
        name: name.to_owned(),
        token,
    })
}

/// Waits until the server is said to be up; true once it is so for good.
async fn until_up(phase: &mut watch::Receiver<Phase>) -> bool {
    match phase.wait_for(|phase| *phase != Phase::Down).await {
        Ok(phase) => *phase == Phase::Last,
        Err(_) => true,
    }
}
