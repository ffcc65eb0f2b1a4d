//! `connect`: what a handshake costs, with authentication, rights and greeting, and with telling the others of a newcomer: the
//! people of ten bots each, ten to a bot.

use std::time::Instant;

use anyhow::Result;

use super::Stage;
use super::turns::in_turns;
use crate::colloquy::World;
use crate::figures::{Scenario, names};
use crate::load::Load;
use crate::process::Cpu;
use crate::subject::Subject;

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    let world = World::many_bots(stage.many(2_500) / 10, 10);
    in_turns(stage, || {
        stage.each(&world, false, |subject| one(stage, world.seats.len(), subject))
    })
}

/// The first tenth does not count: caches and thread pools are filled by it.
fn one(stage: &Stage, sockets: usize, subject: &Subject) -> Result<Scenario> {
    let mut load = Load::new(subject)?;
    load.grow(sockets / 10)?;
    load.settle(stage.quiet(), stage.time(10))?;
    let (server, generator, begin) = (subject.process.cpu()?, Cpu::own()?, Instant::now());
    load.grow(sockets)?;
    let seconds = begin.elapsed().as_secs_f64();
    let generator = Cpu::own()?.since(&generator);
    load.settle(stage.quiet() / 4, stage.time(10))?;
    let server = subject.process.cpu()?.since(&server);
    let connects = (sockets - sockets / 10) as f64;
    let mut scenario = Scenario::new("connect", &subject.name).with(names::SUBSCRIBERS, sockets);
    scenario.add(names::CPU_PER_CONNECT, "us", server * 1e6 / connects);
    scenario.add("generator CPU per connection", "us", generator * 1e6 / connects);
    scenario.add(names::CONNECTS, "1/s", connects / seconds);
    Ok(scenario)
}
