//! A writer: one post after the other, each with its own idempotency key, and the same post again after every
//! failure until the server has acknowledged it. What was acknowledged is what the server must never lose.

use anyhow::{Result, bail};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Load, Person, Phase, text, until_up};

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
}

enum Outcome {
    Acknowledged {
        message_id: String,
        replayed: bool,
    },
    /// No answer, or one that asks to come again.
    Again,
}

pub(super) fn spawn(load: &Load, person: usize, phase: watch::Receiver<Phase>) -> Task {
    let url = format!(
        "http://{}/api/sessions/{}/messages",
        load.address,
        load.bot_of(person).session_id
    );
    let (http, who) = (load.http.clone(), load.people[person].clone());
    tokio::spawn(write(http, url, who, person, phase))
}

async fn write(
    http: reqwest::Client,
    url: String,
    who: Person,
    person: usize,
    mut phase: watch::Receiver<Phase>,
) -> Result<Writing> {
    let mut writing = Writing {
        person,
        ..Writing::default()
    };
    for n in 0_u64.. {
        let key = format!("{}-{n}", who.name);
        let content = format!("{} writes {n}", who.name);
        let mut tries = 0_u64;
        loop {
            let last = until_up(&mut phase).await;
            tries += 1;
            if let Outcome::Acknowledged { message_id, replayed } =
                post(&http, &url, &who, &key, &content).await?
            {
                writing.acknowledged.push(message_id);
                writing.repeated += u64::from(tries > 1);
                writing.replayed += u64::from(replayed);
                if last {
                    return Ok(writing);
                }
                break;
            }
            if last && tries > 1000 {
                bail!("{key} is not acknowledged by a server that nobody kills any more");
            }
            tokio::task::yield_now().await;
        }
    }
    Ok(writing)
}

async fn post(http: &reqwest::Client, url: &str, who: &Person, key: &str, content: &str) -> Result<Outcome> {
    let sent = http
        .post(url)
        .bearer_auth(&who.token)
        .header("Idempotency-Key", key)
        .json(&json!({"content": content}))
        .send()
        .await;
    let Ok(answer) = sent else {
        return Ok(Outcome::Again);
    };
    let status = answer.status();
    let replayed = answer.headers().contains_key("idempotency-replayed");
    // The server may die between the head and the body: that is no acknowledgement.
    let Ok(body) = answer.text().await else {
        return Ok(Outcome::Again);
    };
    // The first is said by a balancer whose node went away in the middle of the request.
    if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE) {
        return Ok(Outcome::Again);
    }
    if status != StatusCode::CREATED {
        bail!("{key}: {status} {body}");
    }
    let Ok(body) = serde_json::from_str::<Value>(&body) else {
        return Ok(Outcome::Again);
    };
    Ok(Outcome::Acknowledged {
        message_id: text(&body, "/message/message_id")?,
        replayed,
    })
}
