//! A client that joins and leaves channels at random, while others write and its role comes and goes. Afterwards everything
//! that came is held against the log: each replay is exactly what was missed, everything live came once, nothing came that was
//! not to be seen, and every channel ended at its number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tests::load::dice::Dice;
use tests::{App, Cast, Person, Socket};

use crate::sockets_kit::{is_event, log_of, seq_of};
use crate::sockets_multi_kit::{bare, bot, many, session};

/// What the socket was asked for and sent, in order.
#[derive(Debug)]
enum Step {
    Asked { channel: String, since: Option<i64> },
    Came(Value),
}

struct Client {
    socket: Socket,
    steps: Vec<Step>,
    has: BTreeSet<String>,
    /// Where each channel began last.
    heads: BTreeMap<String, i64>,
}

impl Client {
    /// The next frame, noted.
    async fn next(&mut self) -> Value {
        let frame = self.socket.next().await;
        if frame["type"] == "unsubscribed" {
            self.has
                .remove(frame["data"]["channel"].as_str().expect("a channel"));
        }
        if frame["type"] == "subscribed" {
            let channel = frame["data"]["channel"].as_str().expect("a channel").to_owned();
            self.heads.insert(channel, seq_of(&frame["data"]));
        }
        self.steps.push(Step::Came(frame.clone()));
        frame
    }

    /// The direct answers to a frame, up to this type of frame or an error.
    async fn until(&mut self, id: &str, kind: &str, channel: &str) -> bool {
        loop {
            let frame = self.next().await;
            if frame["type"] == "error" && frame["id"] == id {
                assert_eq!(frame["code"], "not_found", "{frame}");
                return false;
            }
            let of = frame["channel"] == channel || frame["data"]["channel"] == channel;
            if of && frame["type"] == kind && (frame["id"] == id || kind == "replay_complete") {
                return true;
            }
            if of && frame["type"] == "unsubscribed" && kind == "replay_complete" {
                return true;
            }
        }
    }

    async fn join(&mut self, id: &str, channel: &str, since: Option<i64>) {
        let channels = json!([{ "channel": channel, "since": since }]);
        let channel = channel.to_owned();
        self.steps.push(Step::Asked {
            channel: channel.clone(),
            since,
        });
        self.socket
            .send(json!({ "type": "subscribe", "id": id, "data": { "channels": channels } }))
            .await;
        if self.until(id, "subscribed", &channel).await {
            self.has.insert(channel.clone());
            if since.is_some() {
                self.until(id, "replay_complete", &channel).await;
            }
        }
    }

    async fn leave(&mut self, id: &str, channel: &str) {
        self.socket
            .send(json!({ "type": "unsubscribe", "id": id, "data": { "channels": [channel] } }))
            .await;
        self.until(id, "unsubscribed", channel).await;
    }
}

/// One bot, as those who judge know it.
struct Truth {
    id: String,
    log: BTreeMap<i64, Value>,
    /// Numbers of the viewer's losses and grants.
    lost: Vec<i64>,
    granted: Vec<i64>,
}

impl Truth {
    async fn of(reader: &Person, viewer: &Person, id: &str) -> Self {
        let log = log_of(reader, id).await;
        let numbers = |action: &str| {
            let of = |event: &&Value| {
                event["data"]["action"] == action && event["data"]["target_user_id"] == viewer.id.as_str()
            };
            log.iter().filter(of).map(seq_of).collect::<Vec<_>>()
        };
        Self {
            id: id.to_owned(),
            lost: numbers("revoked"),
            granted: numbers("granted"),
            log: log.into_iter().map(|event| (seq_of(&event), event)).collect(),
        }
    }

    /// The numbers of a channel's part after one and up to another.
    fn part(&self, channel: &str, after: i64, to: i64) -> Vec<i64> {
        let events = self
            .log
            .range(after..)
            .filter(|(seq, _)| (after + 1..=to).contains(*seq));
        let own = events.filter(|(_, event)| {
            let session = event["data"]["session_id"]
                .as_str()
                .or(event["data"]["session"]["id"].as_str());
            channel.starts_with("bot:") || session.is_some_and(|id| channel.ends_with(id))
        });
        own.map(|(seq, _)| *seq).collect()
    }
}

/// A channel from its greeting to its end.
#[derive(Debug)]
struct Life {
    since: Option<i64>,
    head: i64,
    replayed: Vec<i64>,
    replaying: bool,
    /// The highest number that came live by it.
    last: i64,
}

/// Goes over what came, and says what is wrong with it.
fn judge(truth: &Truth, all: &[String], steps: &[Step]) {
    let mut lives: BTreeMap<&str, Life> = BTreeMap::new();
    let mut asked: BTreeMap<&str, Option<i64>> = BTreeMap::new();
    let mut live: BTreeSet<i64> = BTreeSet::new();
    for step in steps {
        let frame = match step {
            Step::Asked { channel, since } => {
                asked.insert(channel, *since);
                continue;
            }
            Step::Came(frame) => frame,
        };
        let named = frame["channel"].as_str().or(frame["data"]["channel"].as_str());
        let Some(channel) = all.iter().find(|channel| named == Some(channel)) else {
            continue;
        };
        let kind = frame["type"].as_str().unwrap_or_default();
        match kind {
            "subscribed" => {
                let (head, since) = (seq_of(&frame["data"]), asked[channel.as_str()]);
                let life = Life {
                    since,
                    head,
                    replayed: Vec::new(),
                    replaying: since.is_some(),
                    last: head,
                };
                assert!(lives.insert(channel, life).is_none(), "{channel} began twice");
            }
            "replay_complete" => {
                let life = lives.get_mut(channel.as_str()).expect("a channel that began");
                let due = truth.part(channel, life.since.expect("a number"), life.head);
                assert_eq!(frame["data"]["complete"], true, "{frame}");
                assert_eq!(life.replayed, due, "the replay of {channel}: {life:?}");
                life.replaying = false;
            }
            "unsubscribed" => {
                let life = lives.remove(channel.as_str()).expect("a channel that began");
                let withdrawn = frame["data"]["code"] == "access_withdrawn";
                let end = if withdrawn && !life.replaying {
                    let end = truth.lost.iter().find(|lost| **lost > life.head);
                    let end = *end.expect("a loss after it began");
                    assert!(
                        live.contains(&end),
                        "{channel}: the loss {end} was not told before its end"
                    );
                    end
                } else {
                    life.last
                };
                if !life.replaying {
                    for seq in truth.part(channel, life.head, end) {
                        assert!(
                            live.contains(&seq),
                            "{channel}: gap at {seq} of {life:?}, which ended at {end}"
                        );
                    }
                }
            }
            _ if is_event(frame) => {
                let seq = seq_of(frame);
                assert_eq!(
                    Some(&bare(frame)),
                    truth.log.get(&seq),
                    "{seq} is not in the log so"
                );
                let life = lives.get_mut(channel.as_str());
                let life = life.unwrap_or_else(|| panic!("{seq} on {channel}, which is over"));
                if life.replaying {
                    life.replayed.push(seq);
                } else {
                    assert!(seq > life.last, "{channel}: {seq} after {}", life.last);
                    assert!(live.insert(seq), "{seq} came twice live, then by {channel}");
                    life.last = seq;
                    let lost = truth.lost.iter().any(|lost| {
                        let again = truth.granted.iter().find(|granted| *granted > lost);
                        *lost < seq && again.is_none_or(|again| seq < *again) && life.head <= *lost
                    });
                    assert!(!lost, "{channel}: {seq} came after a loss");
                }
            }
            _ => {}
        }
    }
    assert!(
        live.len() > 50,
        "only {} events came live on {}",
        live.len(),
        truth.id
    );
}

async fn come_and_go(app: &App, viewer: &Person, channels: &[String], seed: u64) -> Client {
    let mut client = Client {
        socket: many(app, viewer).await,
        steps: Vec::new(),
        has: BTreeSet::new(),
        heads: BTreeMap::new(),
    };
    let mut dice = Dice::new(seed);
    for n in 0..400 {
        let id = format!("{n}");
        let channel = channels[dice.between(0, channels.len() as u64) as usize].clone();
        match dice.between(0, 4) {
            0 if client.has.contains(&channel) => client.leave(&id, &channel).await,
            1 if !client.has.contains(&channel) => {
                let head = client.heads.get(&channel).copied().unwrap_or(0);
                let since = (dice.between(0, 2) == 0).then(|| (head - dice.between(0, 40) as i64).max(0));
                client.join(&id, &channel, since).await;
            }
            _ => {
                for _ in 0..dice.between(1, 4) {
                    if !client.has.is_empty() {
                        client.next().await;
                    }
                }
            }
        }
    }
    for channel in channels {
        if client.has.contains(channel) {
            client.leave("end", channel).await;
        }
    }
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_joined_and_left_each_channel_is_whole_and_everything_live_comes_once() {
    let app = App::with(|settings| settings.limits.frames_per_second = 10_000).await;
    let cast = Cast::of(&app).await;
    let second = cast.owner.bot("Second").await;
    cast.owner.grant(&second, &cast.viewer, "viewer").await;
    let one = cast.owner.session(&cast.bot, "shared").await;
    let two = cast.owner.session(&cast.bot, "shared").await;
    let other = cast.owner.session(&second, "shared").await;
    let private = cast.editor.session(&cast.bot, "private").await;
    let of_first = vec![bot(&cast.bot), session(&one), session(&two)];
    let of_second = vec![bot(&second), session(&other)];
    let all: Vec<_> = of_first.iter().chain(&of_second).cloned().collect();
    let over = AtomicBool::new(false);
    let write = async {
        let mut n = 0;
        while !over.load(Ordering::SeqCst) {
            let place = [&one, &two, &other][n % 3];
            cast.owner.say(place, &format!("{n}")).await;
            if n % 5 == 0 {
                cast.editor.say(&private, "hidden").await;
            }
            n += 1;
        }
    };
    let change = async {
        let mut dice = Dice::new(11);
        while !over.load(Ordering::SeqCst) {
            for n in 0..dice.between(5, 25) {
                cast.editor.say(&one, &format!("between {n}")).await;
            }
            cast.owner.revoke(&cast.bot, &cast.viewer).await;
            for n in 0..dice.between(0, 3) {
                cast.editor.say(&two, &format!("without {n}")).await;
            }
            cast.owner.grant(&cast.bot, &cast.viewer, "viewer").await;
        }
    };
    let clients = async {
        let clients = tokio::join!(
            come_and_go(&app, &cast.viewer, &all, 1),
            come_and_go(&app, &cast.viewer, &all, 2),
            come_and_go(&app, &cast.viewer, &all, 3),
        );
        over.store(true, Ordering::SeqCst);
        [clients.0, clients.1, clients.2]
    };
    let (clients, (), ()) = tokio::join!(clients, write, change);
    let first = Truth::of(&cast.owner, &cast.viewer, &cast.bot).await;
    let second = Truth::of(&cast.owner, &cast.viewer, &second).await;
    println!("{} losses in {} events", first.lost.len(), first.log.len());
    assert!(first.lost.len() > 3, "{:?}", first.lost);
    for client in &clients {
        judge(&first, &of_first, &client.steps);
        judge(&second, &of_second, &client.steps);
    }
}
