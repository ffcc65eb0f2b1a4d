//! `stalled`: one of a thousand subscribers stops reading. Long messages fill what the kernel keeps for it; then the others'
//! latency is measured again.

use anyhow::Result;

use super::Stage;
use super::fanout::{connected, fan_out};
use super::turns::in_turns;
use crate::colloquy::World;
use crate::figures::{Scenario, names};
use crate::load::{Bounds, Pace};

const RATE: f64 = 20.0;
/// Long: the p99 of few broadcasts is that of the machine's one or two worst moments.
const SECONDS: u64 = 10;
/// Together some 4.6 MB: the 4 MB that Linux keeps for one connection at the most, and half of what the server does.
const FILLERS: u64 = 560;
const FILLER: usize = 8 * 1024;

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    in_turns(stage, || Ok(vec![turn(stage)?]))
}

fn turn(stage: &Stage) -> Result<Scenario> {
    let subscribers = stage.many(1_000);
    let running = stage.colloquy.start(&World::one_bot(subscribers))?;
    let subject = &running.subject;
    let mut scenario = Scenario::new("stalled", &subject.name)
        .with(names::SUBSCRIBERS, subscribers)
        .with(names::RATE, RATE);
    let mut load = connected(stage, subject, subscribers)?;
    let without = fan_out(stage, subject, &mut load, Pace::Rate(RATE), SECONDS)?;
    load.stall(subscribers - 1)?;
    running.pad(FILLER);
    let fill = Bounds {
        time: stage.time(60),
        broadcasts: FILLERS,
    };
    let filled = load.run(Pace::InFlight(1), fill)?;
    running.pad(0);
    let with = fan_out(stage, subject, &mut load, Pace::Rate(RATE), SECONDS)?;
    let closed = load.resume(subscribers - 1, stage.time(4))?;
    let latency = |run: &super::measure::Measured| run.outcome.tally.latency.quantile(0.99);
    scenario.add(names::P99_WITHOUT, "ms", latency(&without));
    scenario.add(names::P99_WITH, "ms", latency(&with));
    scenario.add(
        "latency p50 without",
        "ms",
        without.outcome.tally.latency.quantile(0.5),
    );
    scenario.add("latency p50 with", "ms", with.outcome.tally.latency.quantile(0.5));
    scenario.add("CPU per delivery without", "us", without.cpu_per_delivery());
    scenario.add("CPU per delivery with", "us", with.cpu_per_delivery());
    scenario.add(
        names::FAULTS,
        "",
        without.faults() + with.faults() + filled.tally.faults as f64,
    );
    // 0: still open; 1: ended without a word; else the code.
    let fate = closed.map_or(0, |code| code.unwrap_or(1));
    scenario.add("the stalled one was closed with", "", f64::from(fate));
    Ok(scenario)
}
