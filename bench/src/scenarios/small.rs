//! `small`: the usual chat. A thousand bots with ten subscribers each; messages come by the clock on one bot after the other,
//! then as fast as sixteen writers can.

use anyhow::Result;

use super::Stage;
use super::fanout::{connected, fan_out};
use crate::colloquy::{NAME, World};
use crate::figures::{Scenario, names};
use crate::load::Pace;
use crate::raw;
use crate::subject::Subject;

const EACH: usize = 10;
/// Messages per second: one in five seconds on every bot.
const RATE: f64 = 200.0;
const WRITERS: usize = 16;

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    let bots = stage.many(1_000);
    let mut done = Vec::new();
    // The raw limit knows no bots: ten subscribers hear everything.
    let raw = raw::start(stage.frame)?;
    done.extend(both(stage, &raw, EACH, 1)?);
    let world = World::many_bots(bots, EACH);
    let running = stage.colloquy.start(&world)?;
    done.extend(both(stage, &running.subject, world.seats.len(), bots)?);
    Ok(done)
}

fn both(stage: &Stage, subject: &Subject, sockets: usize, bots: usize) -> Result<Vec<Scenario>> {
    let mut load = connected(stage, subject, sockets)?;
    let mut done = Vec::new();
    for pace in [Pace::Rate(RATE), Pace::InFlight(WRITERS)] {
        let scenario = Scenario::new("small", &subject.name)
            .with(names::SUBSCRIBERS, sockets)
            .with("bots", bots);
        let mut scenario = match pace {
            Pace::InFlight(count) => scenario.with(names::IN_FLIGHT, count),
            Pace::Rate(rate) => scenario.with(names::RATE, rate),
        };
        let run = fan_out(stage, subject, &mut load, pace, 8)?;
        run.deliveries(&mut scenario);
        if subject.name == NAME {
            run.messages(&mut scenario);
        }
        done.push(scenario);
    }
    Ok(done)
}
