//! Many subscribers of one bot: `f1ks`, `f1k`, `f10k` and `lat`. A delivery is one frame reaching one subscriber.

use anyhow::Result;

use super::Stage;
use super::measure::{Measured, measured};
use super::turns::in_turns;
use crate::colloquy::World;
use crate::figures::{Scenario, Series, names};
use crate::load::{Bounds, Load, Pace};
use crate::subject::Subject;

/// Broadcasts per second of `lat`.
const RATE: f64 = 20.0;
const LOADS: [f64; 7] = [20.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1_600.0];
/// ms; more is a server that does not keep up, and a higher load shows nothing new.
const OVERLOAD: f64 = 250.0;

pub fn run(stage: &Stage, name: &str, subscribers: usize, pace: Pace) -> Result<Vec<Scenario>> {
    in_turns(stage, || {
        stage.each(&World::one_bot(subscribers), true, |subject| {
            let mut load = connected(stage, subject, subscribers)?;
            one(stage, name, subject, &mut load, pace)
        })
    })
}

/// 1,000 subscribers for the cost, 100 for the latency, and latency as the load grows, which one turn shows.
pub fn latency(stage: &Stage) -> Result<Vec<Scenario>> {
    let mut done = run(stage, "lat", stage.many(1_000), Pace::Rate(RATE))?;
    let subscribers = stage.many(100);
    let mut first = true;
    done.extend(in_turns(stage, || {
        let grows = std::mem::take(&mut first);
        stage.each(&World::one_bot(subscribers), false, |subject| {
            let mut load = connected(stage, subject, subscribers)?;
            let mut scenario = one(stage, "lat", subject, &mut load, Pace::Rate(RATE))?;
            if grows {
                scenario.series.push(over_load(stage, subject, &mut load)?);
            }
            Ok(scenario)
        })
    })?);
    Ok(done)
}

fn one(stage: &Stage, name: &str, subject: &Subject, load: &mut Load, pace: Pace) -> Result<Scenario> {
    let mut scenario = Scenario::new(name, &subject.name).with(names::SUBSCRIBERS, load.subscribers());
    scenario = match pace {
        Pace::InFlight(count) => scenario.with(names::IN_FLIGHT, count),
        Pace::Rate(rate) => scenario.with(names::RATE, rate),
    };
    fan_out(stage, subject, load, pace, 4)?.deliveries(&mut scenario);
    Ok(scenario)
}

/// A load whose subscribers are all in, after what comes with their arrival is over.
pub fn connected(stage: &Stage, subject: &Subject, subscribers: usize) -> Result<Load> {
    let mut load = Load::new(subject)?;
    load.grow(subscribers)?;
    load.settle(stage.quiet(), stage.time(20))?;
    Ok(load)
}

/// Measures after a second that does not count.
pub fn fan_out(
    stage: &Stage,
    subject: &Subject,
    load: &mut Load,
    pace: Pace,
    seconds: u64,
) -> Result<Measured> {
    load.run(pace, Bounds::time(stage.time(1)))?;
    measured(subject, load, pace, Bounds::time(stage.time(seconds)))
}

fn over_load(stage: &Stage, subject: &Subject, load: &mut Load) -> Result<Series> {
    let mut points = Vec::new();
    for rate in LOADS {
        let run = fan_out(stage, subject, load, Pace::Rate(rate), 3)?;
        let p99 = run.outcome.tally.latency.quantile(0.99);
        points.push((rate, p99));
        if p99 > OVERLOAD {
            break;
        }
    }
    Ok(Series {
        name: names::LATENCY_OVER_LOAD.into(),
        x_label: "broadcasts per second".into(),
        y_label: "latency p99 in ms".into(),
        points,
    })
}
