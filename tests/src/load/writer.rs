//! A writer: one post after the other, each with its own idempotency key, and the same post again after every failure, at the
//! next door, until it is acknowledged. What was acknowledged is what must never be lost.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::doors::Way;
use super::{Load, Person, Phase, Tally, text, until_up};

pub type Task = JoinHandle<Result<Writing>>;

/// What one writer did.
#[derive(Debug, Clone, Default)]
pub struct Writing {
    pub person: usize,
    /// Message ids, in the order of the answers.
    pub acknowledged: Vec<String>,
    /// Posts that had to be repeated, and those of them that turned out to have been taken the first time.
    pub repeated: u64,
    pub replayed: u64,
    /// Answers of 503 with `Retry-After`.
    pub refused: u64,
    /// Answers that there must not be: whatever is neither an acknowledgement nor that.
    pub wrong: Vec<String>,
}

pub(super) enum Outcome {
    Acknowledged {
        message_id: String,
        replayed: bool,
    },
    /// 503, and when to come again.
    Refused,
    /// No answer, or half of one.
    Unanswered,
    Wrong(String),
}

/// One post: what is said, in which session, and under which key.
pub(super) struct Post<'a> {
    pub who: &'a Person,
    pub session_id: &'a str,
    pub key: &'a str,
    pub content: &'a str,
    pub answer_within: Duration,
}

struct Writer {
    http: reqwest::Client,
    way: Way,
    session_id: String,
    who: Person,
    answer_within: Duration,
    tally: Arc<Tally>,
    writing: Writing,
}

pub(super) fn spawn(load: &Load, person: usize, phase: watch::Receiver<Phase>) -> Task {
    let writer = Writer {
        http: load.http.clone(),
        // Not where the same person's reader begins.
        way: Way::new(&load.doors.writers, person / load.bots.len() + 1),
        session_id: load.bot_of(person).session_id.clone(),
        who: load.people[person].clone(),
        answer_within: load.answer_within,
        tally: load.tally.clone(),
        writing: Writing {
            person,
            ..Writing::default()
        },
    };
    tokio::spawn(writer.write(phase))
}

impl Writer {
    async fn write(mut self, mut phase: watch::Receiver<Phase>) -> Result<Writing> {
        for n in 0_u64.. {
            let key = format!("{}-{n}", self.who.name);
            let content = format!("{} writes {n}", self.who.name);
            let mut tries = 0_u64;
            loop {
                if *phase.borrow() == Phase::Down {
                    self.tally.note_rest();
                }
                let last = until_up(&mut phase).await;
                tries += 1;
                if self.try_once(&key, &content, tries).await? {
                    if last {
                        return Ok(self.writing);
                    }
                    break;
                }
                if last && tries > 1000 {
                    bail!("{key} is not acknowledged by a server that nobody harms any more");
                }
                self.way.on().await;
            }
        }
        Ok(self.writing)
    }

    /// Whether it was acknowledged.
    async fn try_once(&mut self, key: &str, content: &str, tries: u64) -> Result<bool> {
        let said = Post {
            who: &self.who,
            session_id: &self.session_id,
            key,
            content,
            answer_within: self.answer_within,
        };
        let writing = &mut self.writing;
        match post(&self.http, self.way.door(), said).await? {
            Outcome::Acknowledged { message_id, replayed } => {
                writing.acknowledged.push(message_id);
                writing.repeated += u64::from(tries > 1);
                writing.replayed += u64::from(replayed);
                self.tally.note_acknowledged();
                return Ok(true);
            }
            Outcome::Refused => {
                writing.refused += 1;
                self.tally.note_refused();
            }
            Outcome::Unanswered => {}
            Outcome::Wrong(answer) => writing.wrong.push(format!("{key}: {answer}")),
        }
        Ok(false)
    }
}

pub(super) async fn post(http: &reqwest::Client, door: &str, said: Post<'_>) -> Result<Outcome> {
    let sent = http
        .post(format!("http://{door}/api/sessions/{}/messages", said.session_id))
        .bearer_auth(&said.who.token)
        .header("Idempotency-Key", said.key)
        .timeout(said.answer_within)
        .json(&json!({"content": said.content}))
        .send()
        .await;
    let Ok(answer) = sent else {
        return Ok(Outcome::Unanswered);
    };
    let status = answer.status();
    let replayed = answer.headers().contains_key("idempotency-replayed");
    let told_when = answer.headers().contains_key("retry-after");
    // The server may die between the head and the body: that is no acknowledgement.
    let Ok(body) = answer.text().await else {
        return Ok(Outcome::Unanswered);
    };
    // Said by a balancer whose node went away in the middle of the request.
    if status == StatusCode::BAD_GATEWAY {
        return Ok(Outcome::Unanswered);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE && told_when {
        return Ok(Outcome::Refused);
    }
    if status != StatusCode::CREATED {
        return Ok(Outcome::Wrong(format!("{status} {body}")));
    }
    let Ok(body) = serde_json::from_str::<Value>(&body) else {
        return Ok(Outcome::Unanswered);
    };
    Ok(Outcome::Acknowledged {
        message_id: text(&body, "/message/message_id")?,
        replayed,
    })
}
