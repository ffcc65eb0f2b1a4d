//! `retrieve`: searching among the passages of one bot, which are a tenth of all. Questions are three words as frequent as
//! words are, so most hold one that stands in many passages.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use super::Stage;
use super::fanout::fan_out;
use crate::colloquy::{Kind, Running, Texts, World, id};
use crate::figures::{Scenario, names};
use crate::http::Client;
use crate::load::{Load, Pace};
use crate::subject::{Control, Meaning, Protocol, Requests};

const CLIENTS: [usize; 2] = [1, 4];
const PASSAGES: usize = 20_000;
/// Passages of other bots for each of the one.
const OTHERS: usize = 9;
const INDEXING: Duration = Duration::from_secs(600);

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    let passages = stage.many(PASSAGES);
    let world = World {
        passages: (passages, passages * OTHERS),
        ..World::one_bot(0).with_bots(1 + OTHERS)
    };
    let mut running = stage.colloquy.start(&world)?;
    let begin = Instant::now();
    let searches = Searches::new(&running);
    indexed(&running, &searches.path)?;
    let indexing = begin.elapsed();
    let searches = Arc::new(searches);
    running.subject.protocol = Arc::new(Searching(searches));
    let mut done = Vec::new();
    for clients in CLIENTS {
        let mut scenario = Scenario::new("retrieve", &running.subject.name)
            .with(names::CLIENTS, clients)
            .with(names::STORED, passages);
        let mut load = Load::new(&running.subject)?;
        let run = fan_out(stage, &running.subject, &mut load, Pace::InFlight(clients), 10)?;
        scenario.add("searches per second", "1/s", run.messages_per_second());
        scenario.add("CPU per search", "us", run.cpu_per_message());
        run.answers(&mut scenario);
        scenario.add("indexing at start", "s", indexing.as_secs_f64());
        done.push(scenario);
    }
    Ok(done)
}

/// Until the index holds everything: searches are refused before.
fn indexed(running: &Running, path: &str) -> Result<()> {
    let end = Instant::now() + INDEXING;
    let mut client = Client::connect(running.subject.address, &running.owner)?;
    loop {
        let answer = client.post(path, &json!({ "query": Texts::new(7).words(3), "limit": 8 }))?;
        if answer.status == 200 {
            let found = answer.expect(200)?;
            let items = found["items"].as_array().map_or(0, Vec::len);
            ensure!(items > 0, "a search finds nothing");
            return Ok(());
        }
        ensure!(
            answer.status == 503,
            "a search was answered with {}",
            answer.status
        );
        ensure!(Instant::now() < end, "the index was not built in time");
        sleep(Duration::from_millis(200));
    }
}

struct Searches {
    path: String,
    head: String,
}

impl Searches {
    fn new(running: &Running) -> Self {
        let path = format!("/api/bots/{}/search", id(Kind::Bot, 0));
        let (address, owner) = (running.subject.address, &running.owner);
        Self {
            head: format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {owner}\r\n\
                 content-type: application/json\r\ncontent-length: "
            ),
            path,
        }
    }
}

impl Requests for Searches {
    fn request(&self, _: usize, number: u64) -> Vec<u8> {
        let body = json!({ "query": Texts::new(100 + number).words(3), "limit": 8 }).to_string();
        format!("{}{}\r\n\r\n{body}", self.head, body.len()).into_bytes()
    }

    fn status(&self) -> u16 {
        200
    }
}

/// Requests alone; nobody subscribes.
struct Searching(Arc<Searches>);

impl Protocol for Searching {
    fn upgrade(&self, _: usize) -> Vec<u8> {
        Vec::new()
    }

    fn greets(&self) -> bool {
        false
    }

    fn read(&self, _: &[u8]) -> Meaning {
        Meaning::Other
    }

    fn control(&self) -> Control {
        Control::Requests(self.0.clone())
    }
}
