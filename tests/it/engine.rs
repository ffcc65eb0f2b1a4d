//! The delivery engine under a thousand sockets of one bot: nothing is lost, doubled or swapped while people write, a role is
//! taken away, the server is killed, a reader stalls, and the server stops. The rules one by one are in the `sockets_*` tests.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::judge::{Audience, Logged, Reader, Received, Run, Withdrawal, assert_clean};
use tests::load::{Load, Phase, Writing};
use tokio::sync::watch;
use tokio::time::timeout;
use websocket::Opcode;

use crate::engine_kit::{Crowd, EACH, Line, PATIENCE, READERS, Seen, Stage, log_of, session, understood};

const WRITERS: usize = 4;
/// Whose role is taken away, and who has a private session: neither of them writes to all.
const REVOKED: usize = 10;
const PRIVATE: usize = 20;
/// Events before and after what happens.
const SOME: u64 = 12;

type Writers = Vec<tokio::task::JoinHandle<anyhow::Result<Writing>>>;

fn writers(load: &Load, phase: &watch::Receiver<Phase>) -> Writers {
    let spawn = |person| load.spawn_writer(person, phase.clone());
    (0..WRITERS).map(spawn).collect()
}

/// They end with their last acknowledgement.
async fn written(writers: Writers, phase: &watch::Sender<Phase>) -> Vec<Writing> {
    phase.send_replace(Phase::Last);
    let mut writings = Vec::new();
    for writer in writers {
        writings.push(
            timeout(PATIENCE, writer)
                .await
                .expect("in time")
                .unwrap()
                .unwrap(),
        );
    }
    writings
}

/// Waits until this reader, who stands for all, has so many events more.
async fn events(crowd: &Crowd, more: u64) {
    let position = crowd.readers[0].position.borrow().unwrap();
    crowd.readers[0].reach(position + more).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_readers_through_a_revocation_a_kill_and_a_stop() {
    let begun = Instant::now();
    let mut stage = Stage::start(&[]).await;
    let (phase, watching) = watch::channel(Phase::Up);
    let mut crowd = Crowd::gather(&stage, 0..READERS, &watching).await;
    println!("{READERS} readers after {:?}", begun.elapsed());
    let writers = writers(&stage.load, &watching);
    events(&crowd, SOME).await;

    // A role ends while messages flow.
    let revoked = stage.load.people[REVOKED].clone();
    let id = stage.id_of(&revoked).await;
    let bot = stage.load.bots[0].id.clone();
    let path = format!("/api/bots/{bot}/permissions/{id}");
    stage.client(&stage.load.owner).delete(&path).await.ok(204);
    let shut_out = crowd.ended(REVOKED).await;
    events(&crowd, SOME).await;
    println!("revoked after {:?}", begun.elapsed());

    // Everybody comes back to a server that was killed.
    stage.kill(&phase).await;
    events(&crowd, SOME).await;
    println!("killed after {:?}", begun.elapsed());

    let writings = written(writers, &phase).await;
    let mut run = stage.load.runs(&writings, Vec::new()).await.unwrap().remove(0);
    let head = run.log.last().expect("events").seq;
    crowd.reach(head).await;
    println!("{head} events after {:?}", begun.elapsed());

    let server = stage.server.take().unwrap();
    let asked = Instant::now();
    server.terminate();
    let stayed = crowd.end().await;
    let ended = tokio::task::spawn_blocking(move || server.wait()).await.unwrap();
    let lasted = asked.elapsed();
    assert_eq!(ended.code(), Some(0));
    assert!(lasted < Duration::from_secs(10), "{lasted:?}");
    println!("stopped within {lasted:?}, after {:?}", begun.elapsed());

    assert_eq!((shut_out.len(), stayed.len()), (EACH, READERS - EACH));
    let number = shut_out[0].last().expect("events");
    for seen in &shut_out {
        assert_eq!(
            (seen.code, seen.last(), seen.connections),
            (4003, Some(number), 1),
            "the loss itself, then the close"
        );
    }
    for seen in &stayed {
        assert_eq!(
            (seen.code, seen.last()),
            (1001, Some(head)),
            "{}",
            seen.reader.user
        );
        assert_eq!(seen.connections, 2, "{} came back", seen.reader.user);
    }
    run.readers = readers(shut_out, Some(number));
    run.readers.extend(readers(stayed, None));
    assert_clean(&run);
    println!("judged after {:?}", begun.elapsed());
}

fn readers(seen: Vec<Seen>, withdrawn: Option<u64>) -> Vec<Reader> {
    let withdrawals = withdrawn.map(|at| Withdrawal {
        at,
        granted_again: None,
    });
    let with = |seen: Seen| Reader {
        withdrawals: withdrawals.into_iter().collect(),
        ..seen.reader
    };
    seen.into_iter().map(with).collect()
}

/// Of one private message; the queue takes 1 MiB.
const SIZE: usize = 60 * 1024;

/// More of them than the queue and the kernel's largest buffer hold.
const ENOUGH: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_a_thousand_stalls_and_the_others_miss_nothing() {
    let begun = Instant::now();
    // What counts here is the queue; on a busy machine the stall may last longer than a write.
    let stage = Stage::start(&[("COLLOQUY_WRITE_DEADLINE", "60s")]).await;
    let (_phase, watching) = watch::channel(Phase::Up);
    let bot = stage.load.bots[0].id.clone();
    let person = &stage.load.people[PRIVATE];
    let client = stage.client(person);
    let sessions = format!("/api/bots/{bot}/sessions");
    let private = client.post(&sessions, session("mine", "private")).await.ok(201);
    let private = private["id"].as_str().unwrap().to_owned();

    // One of this person's places is the one that stalls.
    let mut stalled = Stalled::connect(&stage, PRIVATE).await;
    let places = (0..READERS).filter(|place| *place != PRIVATE * EACH);
    let mut crowd = Crowd::gather(&stage, places, &watching).await;
    println!("{READERS} readers after {:?}", begun.elapsed());

    // Much that one person alone is given, among what is for everybody.
    let text = "x".repeat(SIZE);
    let private_path = format!("/api/sessions/{private}/messages");
    let owner = stage.client(&stage.load.owner);
    let much = async {
        let mut crowded = false;
        for n in 0..ENOUGH {
            let body = json!({ "content": format!("{n} {text}"), "reply": false });
            client.post(&private_path, body).await.ok(201);
            let figures = owner.get("/api/ws/stats").await.ok(200);
            let half = figures["queued_bytes"].as_u64().unwrap() > 512 * 1024;
            if crowded && !half {
                // Its queue was thrown away. The close frame waits 10 s for it to read.
                return stalled.close().await;
            }
            crowded |= half;
        }
        panic!("the queue holds more than its bound");
    };
    let shared_path = format!("/api/sessions/{}/messages", stage.load.bots[0].session_id);
    let others = (0..WRITERS).map(|writer| {
        let (client, path) = (stage.client(&stage.load.people[writer]), &shared_path);
        async move {
            for n in 0..SOME {
                let body = json!({ "content": format!("{writer} {n}"), "reply": false });
                client.post(path, body).await.ok(201);
            }
        }
    });
    let (code, _) = tokio::join!(much, join_all(others));
    assert_eq!(code, 4008);
    println!("closed after {:?}", begun.elapsed());
    let last = json!({ "content": "the last", "reply": false });
    owner.post(&shared_path, last).await.ok(201);

    let log = log_of(&client, &bot).await;
    let head = log.last().expect("events")["seq"].as_u64().unwrap();
    crowd.reach(head).await;
    println!("{head} events after {:?}", begun.elapsed());

    stalled.resume(&stage, head).await;
    println!("resumed after {:?}", begun.elapsed());
    stage.server.as_ref().unwrap().terminate();
    let own = crowd.ended(PRIVATE).await;
    let others = crowd.end().await;
    assert_eq!(own.len() + others.len(), READERS - 1);
    for seen in own.iter().chain(&others) {
        assert_eq!(
            (seen.code, seen.connections),
            (1001, 1),
            "{} is not disturbed",
            seen.reader.user
        );
    }
    let mut run = Run {
        log: log
            .iter()
            .map(|event| logged(event, &private, &person.name))
            .collect(),
        ..Run::default()
    };
    run.readers = readers(own, None);
    run.readers.extend(readers(others, None));
    run.readers.push(stalled.reader);
    assert_clean(&run);
    println!("judged after {:?}", begun.elapsed());
}

fn logged(event: &Value, private: &str, owner: &str) -> Logged {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let is_private = event["data"]["session_id"] == private || event["data"]["session"]["id"] == private;
    Logged {
        seq: event["seq"].as_u64().unwrap(),
        id: text(&event["id"]).unwrap(),
        message_id: text(&event["data"]["message_id"]).filter(|_| event["type"] == "chat_message"),
        content: None,
        audience: if is_private {
            Audience::Only(owner.to_owned())
        } else {
            Audience::Everyone
        },
    }
}

/// A reader that does not read until it is asked to.
struct Stalled {
    line: Line,
    person: usize,
    reader: Reader,
}

impl Stalled {
    async fn connect(stage: &Stage, person: usize) -> Self {
        let who = &stage.load.people[person];
        let mut stalled = Self {
            line: Self::open(stage, person, None, Some(16 * 1024)).await,
            person,
            reader: Reader {
                user: who.name.clone(),
                ..Reader::default()
            },
        };
        stalled.next(None).await.expect("a greeting");
        stalled
    }

    async fn open(stage: &Stage, person: usize, since: Option<u64>, window: Option<u32>) -> Line {
        let since = since.map(|since| format!("?since={since}")).unwrap_or_default();
        let path = format!("/api/ws/chat/{}{since}", stage.load.bots[0].id);
        let address = stage.load.address.parse().unwrap();
        let token = &stage.load.people[person].token;
        Line::connect(address, &path, token, window).await.unwrap()
    }

    /// Reads one frame; the code of a close.
    async fn next(&mut self, since: Option<u64>) -> Result<(), u16> {
        let (opcode, payload) = timeout(PATIENCE, self.line.next())
            .await
            .unwrap()
            .expect("a frame");
        match opcode {
            Opcode::Text => self.reader.frames.extend(understood(&payload, since)),
            Opcode::Close => return Err(u16::from_be_bytes([payload[0], payload[1]])),
            Opcode::Ping => {}
            Opcode::Continuation | Opcode::Binary | Opcode::Pong => panic!("{opcode:?}"),
        }
        Ok(())
    }

    /// Reads up to the close frame.
    async fn close(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next(None).await {
                return code;
            }
        }
    }

    fn position(&self) -> u64 {
        match self.reader.frames.last().expect("a greeting") {
            Received::Greeting { seq, .. } | Received::Event { seq, .. } | Received::Pong { seq } => *seq,
            Received::ReplayComplete { to, .. } => *to,
        }
    }

    /// Goes on where it was, up to this number.
    async fn resume(&mut self, stage: &Stage, head: u64) {
        let since = self.position();
        assert!(since < head, "it was never full");
        self.line = Self::open(stage, self.person, Some(since), None).await;
        self.next(Some(since)).await.expect("a greeting");
        loop {
            self.next(Some(since)).await.expect("events");
            if let Some(Received::ReplayComplete { complete, .. }) = self.reader.frames.last() {
                assert!(complete);
                break;
            }
        }
        assert_eq!(self.position(), head, "nobody writes any more");
    }
}
