//! The same post many times: at once, on all nodes, and again after nodes have died. It must be there once, and all that were told
//! of it must have been told the same.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::watch;

use super::PATIENCE;
use crate::cluster::{Cluster, Layout};
use crate::load::process::Server;
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
    let mut told = Told::default();
    let parts = plan.crashes + 1;
    let ends: Vec<usize> = (1..=parts).map(|part| plan.keys * part / parts).collect();
    let mut begin = 0;
    for (part, end) in ends.iter().copied().enumerate() {
        let crash = part < plan.crashes;
        // The node that dies takes some of the last keys' answers with it.
        let doomed = end.saturating_sub(if crash { AT_ONCE } else { 0 }).max(begin);
        send(&load, plan, begin..doomed, &mut told).await?;
        if crash {
            let dying = part % cluster.nodes.len();
            let node = &mut cluster.nodes[dying];
            send_over_death(&load, plan, doomed..end, node, &mut told).await?;
            node.restart().await?;
            // Whoever got no answer asks again, and so does everybody else.
            send(&load, plan, doomed..end, &mut told).await?;
        }
        begin = end;
    }
    Ok(Outcome {
        keys: plan.keys,
        posts: told.posts,
        unanswered: told.unanswered,
        torn: compare(&load, plan, &told.answers).await?,
    })
}

/// What the server said of each key.
type Answers = BTreeMap<usize, Vec<String>>;

/// What came of the posts.
#[derive(Default)]
struct Told {
    answers: Answers,
    posts: usize,
    unanswered: usize,
    /// Counted up at each answer.
    answered: watch::Sender<usize>,
}

/// Sends these keys, kills the node when some of them have been answered and most have not, and sends them until somebody got no
/// answer: if all was answered in the very moment of the kill, who comes next finds the node dead.
async fn send_over_death(
    load: &Load,
    plan: Plan,
    keys: Range<usize>,
    node: &mut Server,
    told: &mut Told,
) -> Result<()> {
    let (before, mut answered) = (told.unanswered, told.answered.subscribe());
    let some = *answered.borrow() + AT_ONCE;
    let killing = async {
        answered.wait_for(|count| *count >= some).await?;
        node.kill()
    };
    let sending = async {
        let begun = Instant::now();
        while told.unanswered == before {
            ensure!(begun.elapsed() < PATIENCE, "the dead node answers");
            send(load, plan, keys.clone(), told).await?;
        }
        Ok(())
    };
    tokio::try_join!(killing, sending).map(drop)
}

async fn send(load: &Load, plan: Plan, keys: Range<usize>, told: &mut Told) -> Result<()> {
    let answered = told.answered.clone();
    let mut keys = keys.map(|key| of_one(load, plan, key, &answered));
    let mut under_way: FuturesUnordered<_> = keys.by_ref().take(AT_ONCE).collect();
    while let Some(done) = under_way.next().await {
        let (key, answers) = done?;
        told.posts += answers.len();
        told.unanswered += answers.iter().filter(|answer| answer.is_none()).count();
        told.answers
            .entry(key)
            .or_default()
            .extend(answers.into_iter().flatten());
        under_way.extend(keys.next());
    }
    Ok(())
}

/// All copies of one key at once, in turn on all nodes.
async fn of_one(
    load: &Load,
    plan: Plan,
    key: usize,
    answered: &watch::Sender<usize>,
) -> Result<(usize, Vec<Option<String>>)> {
    let copies = if key < 10 { 50 } else { plan.copies };
    let doors = &load.doors.writers;
    let posts = (0..copies).map(async |copy| {
        let answer = post(load, &doors[(key + copy) % doors.len()], key).await?;
        if answer.is_some() {
            answered.send_modify(|count| *count += 1);
        }
        Ok(answer)
    });
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
    let begun = Instant::now();
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

/// Keys of which there is not exactly one row and one answer.
async fn compare(load: &Load, plan: Plan, answers: &Answers) -> Result<Vec<String>> {
    let mut torn = Vec::new();
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
            torn.push(format!(
                "once-{key}: {} rows, {} answers of {} kinds",
                in_log.len(),
                told.len(),
                told.iter().collect::<std::collections::BTreeSet<_>>().len()
            ));
        }
    }
    Ok(torn)
}
