//! `write`: durable messages over REST, by 1 to 256 clients with kept connections, into one session. The raw limit is the
//! disk alone: one page appended and synced, again and again, in the same folder.

use anyhow::Result;

use super::Stage;
use super::fanout::fan_out;
use super::turns::in_turns;
use crate::colloquy::World;
use crate::figures::{Scenario, names};
use crate::load::{Load, Pace};
use crate::{disk, raw};

const CLIENTS: [usize; 4] = [1, 16, 64, 256];

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    in_turns(stage, || turn(stage))
}

fn turn(stage: &Stage) -> Result<Vec<Scenario>> {
    let mut syncs = disk::syncs(stage.colloquy.folder(), stage.time(2))?;
    let running = stage.colloquy.start(&World::one_bot(0))?;
    let mut done = Vec::new();
    for clients in CLIENTS {
        let mut scenario = Scenario::new("write", &running.subject.name).with(names::CLIENTS, clients);
        // Connections of their own for each number, so that none rests too long.
        let mut load = Load::new(&running.subject)?;
        let run = fan_out(stage, &running.subject, &mut load, Pace::InFlight(clients), 4)?;
        run.messages(&mut scenario);
        run.answers(&mut scenario);
        done.push(scenario);
        // Disks change their pace: the one client is held against what the disk did before and after it.
        if clients == 1 {
            syncs.merge(&disk::syncs(stage.colloquy.folder(), stage.time(2))?);
        }
    }
    let mut raw = Scenario::new("write", raw::NAME).with(names::CLIENTS, 1);
    raw.add(names::SYNC_P50, "ms", syncs.quantile(0.5));
    raw.add(names::SYNC_P99, "ms", syncs.quantile(0.99));
    done.insert(0, raw);
    Ok(done)
}
