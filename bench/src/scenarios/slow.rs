//! `slow`: one client's messages on a disk that needs 4 ms more for each sync. What a message takes besides its sync weighs as
//! much on any disk, so its ratio to the sync says little on one that is very quick.

use anyhow::Result;

use super::Stage;
use super::fanout::fan_out;
use crate::colloquy::World;
use crate::figures::{Scenario, names};
use crate::load::{Load, Pace};
use crate::raw;
use crate::slow_disk::SlowDisk;

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    let disk = SlowDisk::make(stage.colloquy.folder())?;
    let sync = disk.sync(stage.colloquy.folder(), stage.time(4))?;
    let mut raw = Scenario::new("slow", raw::NAME).with(names::CLIENTS, 1);
    raw.add(names::SYNC_P50, "ms", sync);

    let running = stage
        .colloquy
        .start_with(&World::one_bot(0), &disk.environment())?;
    let mut load = Load::new(&running.subject)?;
    let run = fan_out(stage, &running.subject, &mut load, Pace::InFlight(1), 8)?;
    let mut own = Scenario::new("slow", &running.subject.name).with(names::CLIENTS, 1);
    run.messages(&mut own);
    run.answers(&mut own);
    Ok(vec![raw, own])
}
