//! `idle`: what a socket costs in resident memory, at rest and after traffic. The sockets of the real server are those of a
//! thousand people on a hundred bots.

use anyhow::Result;

use super::Stage;
use crate::colloquy::World;
use crate::figures::{Scenario, Series, names};
use crate::load::{Bounds, Load, Pace};
use crate::subject::Subject;

const STEPS: [usize; 5] = [1_000, 2_500, 5_000, 7_500, 10_000];
/// Broadcasts that reach every socket between the two readings.
const TRAFFIC: u64 = 20;

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    let bots = stage.many(100);
    let world = World::many_bots(bots, stage.many(10_000) / bots);
    stage.each(&world, false, |subject| one(stage, &world, subject))
}

fn one(stage: &Stage, world: &World, subject: &Subject) -> Result<Scenario> {
    let sockets = world.seats.len();
    let mut load = Load::new(subject)?;
    load.settle(stage.quiet(), stage.time(5))?;
    let before = subject.process.memory()?;
    let mut points = vec![(0.0, before / 1e6)];
    for step in STEPS.into_iter().filter(|step| *step < sockets).chain([sockets]) {
        load.grow(step)?;
        load.settle(stage.quiet(), stage.time(30))?;
        points.push((step as f64, subject.process.memory()? / 1e6));
    }
    let idle = subject.process.memory()? - before;
    // Where there are many bots, each is spoken on in turn; else one broadcast reaches everybody.
    let turns = if subject.name == crate::colloquy::NAME {
        world.talking as u64
    } else {
        1
    };
    let bounds = Bounds {
        time: stage.time(120),
        broadcasts: TRAFFIC * turns,
    };
    load.run(Pace::InFlight(4), bounds)?;
    load.settle(stage.quiet(), stage.time(10))?;
    let after = subject.process.memory()? - before;
    let mut scenario = Scenario::new("idle", &subject.name).with(names::SUBSCRIBERS, sockets);
    scenario.add(names::IDLE_BYTES, "B", idle / sockets as f64);
    scenario.add(names::TRAFFIC_BYTES, "B", after / sockets as f64);
    scenario.series.push(Series {
        name: names::MEMORY_OVER_CONNECTIONS.into(),
        x_label: "connections".into(),
        y_label: "resident memory in MB".into(),
        points,
    });
    Ok(scenario)
}
