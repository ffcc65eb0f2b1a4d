//! The same post many times: at once, on all nodes, and again after nodes have died. It must be there once, and all that were told
//! of it must have been told the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::StatusCode;
use serde_json::json;

use super::PATIENCE;
use crate::cluster::{Cluster, Layout};
use crate::load::{Load, Size};

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub keys: usize,
    /// How often each is sent at once; ten keys are sent fifty times.
    pub copies: usize,
    /// Nodes that die in the middle.
    pub crashes: usize,
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub keys: usize,
    pub posts: usize,
    /// Posts without an answer, because a node died.
    pub unanswered: usize,
    /// Keys with more than one answer, or with none; texts that the log holds more than once, or not at all.
    pub torn: Vec<String>,
}

/// Keys that are under way at the same time.
const AT_ONCE: usize = 20;

/// # Errors
/// When a step does not work, or a post is refused.
pub async fn run(binary: &Path, layout: &Layout, plan: Plan) -> Result<Outcome> {
    let size = Size {
        bots: 1,
        writers: 1,
        readers: 0,
    };
    let mut cluster = Cluster::start(binary, layout).await?;
    let load = cluster.load(size).await?;
    let mut outcome = Outcome {
        keys: plan.keys,
        ..Outcome::default()
    };
    let parts = plan.crashes + 1;
    let mut answers = BTreeMap::new();
    let ends: Vec<usize> = (1..=parts).map(|part| plan.keys * part / parts).collect();
    let mut begin = 0;
    for (part, end) in ends.iter().copied().enumerate() {
        let crash = part < plan.crashes;
        // The node that dies takes some of the last keys' answers with it.
        let doomed = end.saturating_sub(if crash { AT_ONCE } else { 0 }).max(begin);
        send(&load, plan, begin..doomed, &mut answers, &mut outcome).await?;
        if crash {
            let sending = send(&load, plan, doomed..end, &mut answers, &mut outcome);
            let dying = part % cluster.nodes.len();
            let node = &mut cluster.nodes[dying];
            let killing = async {
                // In the middle of them, somewhere.
                tokio::time::sleep(Duration::from_millis(20)).await;
                node.kill()
            };
            let (sent, killed) = tokio::join!(sending, killing);
            sent?;
            killed?;
            cluster.nodes[dying].restart().await?;
            // Whoever got no answer asks again, and so does everybody else.
            send(&load, plan, doomed..end, &mut answers, &mut outcome).await?;
        }
        begin = end;
    }
    compare(&load, plan, &answers, &mut outcome).await?;
    Ok(outcome)
}

/// What the server said of each key.
type Answers = BTreeMap<usize, Vec<String>>;

async fn send(
    load: &Load,
    plan: Plan,
    keys: std::ops::Range<usize>,
    answers: &mut Answers,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut keys = keys.map(|key| of_one(load, plan, key));
    let mut under_way: FuturesUnordered<_> = keys.by_ref().take(AT_ONCE).collect();
    while let Some(done) = under_way.next().await {
        let (key, told) = done?;
        outcome.posts += told.len();
        outcome.unanswered += told.iter().filter(|told| told.is_none()).count();
        answers.entry(key).or_default().extend(told.into_iter().flatten());
        under_way.extend(keys.next());
    }
    Ok(())
}

/// All copies of one key at once, in turn on all nodes.
async fn of_one(load: &Load, plan: Plan, key: usize) -> Result<(usize, Vec<Option<String>>)> {
    let copies = if key < 10 { 50 } else { plan.copies };
    let doors = &load.doors.writers;
    let posts = (0..copies).map(|copy| post(load, &doors[(key + copy) % doors.len()], key));
    let told: Vec<Result<Option<String>>> = futures_util::future::join_all(posts).await;
    Ok((key, told.into_iter().collect::<Result<_>>()?))
}

fn content(key: usize) -> String {
    format!("once {key}")
}

/// The whole answer of success; none when there was no answer. A 503 is asked again.
async fn post(load: &Load, door: &str, key: usize) -> Result<Option<String>> {
    let who = &load.people[0];
    let url = format!("http://{door}/api/sessions/{}/messages", load.bots[0].session_id);
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        let sent = load
            .http
            .post(&url)
            .bearer_auth(&who.token)
            .header("Idempotency-Key", format!("once-{key}"))
            .json(&json!({"content": content(key)}))
            .send()
            .await;
        let Ok(answer) = sent else { return Ok(None) };
        let status = answer.status();
        let Ok(body) = answer.text().await else {
            return Ok(None);
        };
        match status {
            StatusCode::CREATED => return Ok(Some(body)),
            StatusCode::SERVICE_UNAVAILABLE => {}
            _ => bail!("once-{key}: {status} {body}"),
        }
    }
    bail!("once-{key} was refused for {PATIENCE:?}")
}

async fn compare(load: &Load, plan: Plan, answers: &Answers, outcome: &mut Outcome) -> Result<()> {
    let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in load.log(&load.bots[0]).await? {
        if let (Some(content), Some(message)) = (event.content, event.message_id) {
            kept.entry(content).or_default().push(message);
        }
    }
    ensure!(kept.len() <= plan.keys, "somebody else wrote, too");
    for key in 0..plan.keys {
        let told = answers.get(&key).map(Vec::as_slice).unwrap_or_default();
        let in_log = kept.get(&content(key)).map(Vec::as_slice).unwrap_or_default();
        let one_answer = told
            .first()
            .is_some_and(|first| told.iter().all(|other| other == first));
        let of_that_row =
            matches!(in_log, [message] if told.first().is_some_and(|told| told.contains(message.as_str())));
        if !(one_answer && of_that_row) {
            outcome.torn.push(format!(
                "once-{key}: {} rows, {} answers of {} kinds",
                in_log.len(),
                told.len(),
                told.iter().collect::<std::collections::BTreeSet<_>>().len()
            ));
        }
    }
    Ok(())
}
