//! `mixed`: what a real day has, at once. A thousand sockets hear messages that come by the clock; beside them people read
//! pages and lists, load snapshots, write, upload, search, and come back after having been away.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Stage;
use super::fanout::{connected, fan_out};
use crate::colloquy::{Kind, Running, Texts, World, id};
use crate::figures::{Scenario, names};
use crate::http::Client;
use crate::load::{Histogram, Pace};

const BOTS: usize = 100;
const EACH: usize = 10;
const RATE: f64 = 20.0;
const PEOPLE: usize = 12;
/// The pause between two things that one of them does, in milliseconds, at the most.
const PAUSE: usize = 40;

/// What people do, and how often out of a hundred times.
const DEEDS: [(&str, usize); 8] = [
    ("page of messages", 40),
    ("list of sessions", 15),
    ("list of bots", 10),
    ("snapshot", 4),
    ("message", 12),
    ("upload", 2),
    ("search", 5),
    ("reconnect", 12),
];

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    // The first half of the bots is spoken on by the clock; what people do is done on the other half.
    let mut world = World::many_bots(BOTS, EACH).with_messages(stage.many(10_000) as u64);
    world.talking = BOTS / 2;
    let running = stage.colloquy.start(&world)?;
    let subject = &running.subject;
    let mut load = connected(stage, subject, world.seats.len())?;
    let over = AtomicBool::new(false);
    let (measured, done) = std::thread::scope(|scope| {
        let (running, over) = (&running, &over);
        let live = |n| scope.spawn(move || Person::new(running, n)?.live(over));
        let people: Vec<_> = (0..PEOPLE).map(live).collect();
        let measured = fan_out(stage, subject, &mut load, Pace::Rate(RATE), 20);
        over.store(true, Ordering::Relaxed);
        let done: Vec<Result<Done>> = people
            .into_iter()
            .map(|person| {
                person
                    .join()
                    .unwrap_or_else(|_| Err(anyhow::anyhow!("a person panicked")))
            })
            .collect();
        (measured, done)
    });
    let measured = measured?;
    let mut scenario = Scenario::new("mixed", &subject.name)
        .with(names::SUBSCRIBERS, load.subscribers())
        .with(names::RATE, RATE);
    measured.deliveries(&mut scenario);
    // Most of the time goes into the other things.
    let per_delivery = [names::CPU_PER_DELIVERY, names::GENERATOR_CPU];
    scenario
        .figures
        .retain(|figure| !per_delivery.contains(&figure.name.as_str()));
    scenario.add(
        "server CPU",
        "% of a core",
        measured.server * 100.0 / measured.outcome.seconds,
    );
    let mut all = Done::default();
    for done in done {
        all.merge(&done?);
    }
    all.figures(&mut scenario);
    Ok(vec![scenario])
}

/// How long each deed took.
#[derive(Default)]
struct Done {
    durations: [Histogram; DEEDS.len()],
}

impl Done {
    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.durations.iter_mut().zip(&other.durations) {
            mine.merge(theirs);
        }
    }

    fn figures(&self, scenario: &mut Scenario) {
        for ((deed, _), durations) in DEEDS.iter().zip(&self.durations) {
            scenario.add(&format!("{deed}: count"), "", durations.count() as f64);
            scenario.add(&format!("{deed}: p50"), "ms", durations.quantile(0.5));
            scenario.add(&format!("{deed}: p99"), "ms", durations.quantile(0.99));
        }
    }
}

/// One of the ten people of the first bot, who are also on every tenth bot after it.
struct Person<'a> {
    running: &'a Running,
    client: Client,
    texts: Texts,
    /// The bot that this person writes on.
    bot: usize,
}

impl<'a> Person<'a> {
    fn new(running: &'a Running, n: usize) -> Result<Self> {
        let token = running.token(n % EACH);
        Ok(Self {
            running,
            client: Client::connect(running.subject.address, &token)?,
            texts: Texts::new(1 + n as u64),
            bot: BOTS / 2 + n * EACH % (BOTS / 2),
        })
    }

    /// Ends with the first thing that goes wrong.
    fn live(mut self, over: &AtomicBool) -> Result<Done> {
        let mut done = Done::default();
        while !over.load(Ordering::Relaxed) {
            let mut dice = self.texts.below(100);
            for (nth, (_, share)) in DEEDS.iter().enumerate() {
                if dice < *share {
                    let begin = Instant::now();
                    self.act(nth)
                        .with_context(|| format!("while doing: {}", DEEDS[nth].0))?;
                    done.durations[nth].record(begin.elapsed());
                    break;
                }
                dice -= share;
            }
            std::thread::sleep(Duration::from_millis(1 + self.texts.below(PAUSE) as u64));
        }
        Ok(done)
    }

    fn act(&mut self, deed: usize) -> Result<()> {
        let (old, own) = (id(Kind::Bot, 0), id(Kind::Bot, self.bot as u64));
        match DEEDS[deed].0 {
            "page of messages" => {
                let path = format!("/api/sessions/{}/messages?limit=50", id(Kind::Session, 0));
                self.client.get(&path)?.expect(200)?;
            }
            "list of sessions" => {
                self.client
                    .get(&format!("/api/bots/{old}/sessions"))?
                    .expect(200)?;
            }
            "list of bots" => {
                self.client.get("/api/bots")?.expect(200)?;
            }
            "snapshot" => {
                self.client
                    .get(&format!("/api/bots/{old}/snapshot"))?
                    .expect(200)?;
            }
            "message" => {
                let path = format!("/api/sessions/{}/messages", id(Kind::Session, self.bot as u64));
                self.client
                    .post(&path, &json!({ "content": self.texts.words(12) }))?
                    .expect(201)?;
            }
            "upload" => {
                let name = format!("{}.txt", self.texts.word());
                let text = self.texts.words(300);
                self.client
                    .upload(&format!("/api/bots/{own}/documents"), &name, &text)?
                    .expect(202)?;
            }
            "search" => {
                let query = json!({ "query": self.texts.words(3), "limit": 8 });
                self.client
                    .post(&format!("/api/bots/{own}/search"), &query)?
                    .expect(200)?;
            }
            _ => self.reconnect()?,
        }
        Ok(())
    }

    /// A socket that resumes from the beginning of the bot it writes on, up to the end of the replay.
    fn reconnect(&mut self) -> Result<()> {
        let mut stream = TcpStream::connect(self.running.subject.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let (bot, token) = (id(Kind::Bot, self.bot as u64), &self.client.token);
        let request = format!(
            "GET /api/ws/chat/{bot}?since=0 HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             authorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let (mut seen, mut buffer) = (Vec::new(), [0; 16 * 1024]);
        let end = b"replay_complete";
        let mut looked = 0;
        while !seen[looked..].windows(end.len()).any(|window| window == end) {
            looked = seen.len().saturating_sub(end.len());
            let read = stream.read(&mut buffer)?;
            ensure!(read > 0, "the socket ended before its replay did");
            seen.extend_from_slice(&buffer[..read]);
        }
        Ok(())
    }
}
