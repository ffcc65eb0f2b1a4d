//! Load for the runs that the judge judges: writers that repeat a post until it is acknowledged, readers that resume
//! where they were, on some bots of one server that may die at any moment. Who kills it and when is `kill_loop`'s
//! affair; whether all is well is the judge's.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::judge::{Acknowledged, Audience, Logged, Run};
use crate::logs;

pub mod dice;
pub mod process;
mod reader;
mod writer;

pub use reader::Reading;
pub use writer::Writing;

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
    pub name: String,
    pub token: String,
}

/// The people and bots of one run on the server at `address`.
#[derive(Debug)]
pub struct Load {
    pub address: String,
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
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()?;
        let owner = register(&http, address, "owner").await?;
        let mut load = Self {
            address: address.to_owned(),
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
            let path = format!("bots/{}/permissions", load.bot_of(n).id);
            let grant = json!({"username": person.name, "role": "editor"});
            load.post(&load.owner, &path, &grant).await?;
            load.people.push(person);
        }
        Ok(load)
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
            for event in events {
                log.push(logged(event)?);
            }
            since = page["seq"].as_u64().context("no seq in the page")?;
        }
    }

    /// Puts together what the judge wants to know of each bot, once all writers and readers have ended.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn runs(&self, writings: &[Writing], readings: Vec<Reading>) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        for bot in &self.bots {
            runs.push(Run {
                log: self.log(bot).await?,
                ..Run::default()
            });
        }
        let bots = self.bots.len();
        for writing in writings {
            let told = writing.acknowledged.iter().map(|message_id| Acknowledged {
                message_id: message_id.clone(),
                seq: None,
            });
            runs[writing.person % bots].acknowledged.extend(told);
        }
        for reading in readings {
            runs[reading.person % bots].readers.push(reading.reader);
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
