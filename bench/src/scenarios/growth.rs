//! `growth`: whether a delivery or a message costs more as there are more subscribers, idle sockets, bots, or stored messages
//! with their events. Each step is an installation of its own.

use anyhow::Result;

use super::Stage;
use super::fanout::{connected, fan_out};
use super::measure::Measured;
use crate::colloquy::{NAME, World};
use crate::figures::{Scenario, Series, names};
use crate::load::Pace;
use crate::raw;
use crate::subject::Subject;

const SUBSCRIBERS: [usize; 7] = [1, 10, 100, 1_000, 5_000, 10_000, 20_000];
const IDLE: [usize; 5] = [0, 1_000, 5_000, 10_000, 18_000];
const BOTS: [usize; 5] = [1, 10, 100, 1_000, 10_000];
const MESSAGES: [usize; 5] = [1, 1_000, 10_000, 100_000, 1_000_000];
/// Of the bot that is spoken on, where something else grows.
const LISTENING: usize = 100;
const WRITERS: usize = 16;

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    let mut done = subscribers(stage)?;
    done.push(work(stage, "idle sockets", &IDLE, |step| {
        World::beside_idle(stage.many(LISTENING), step)
    })?);
    done.push(work(stage, "bots", &BOTS, |step| {
        World::one_bot(stage.many(LISTENING)).with_bots(step)
    })?);
    done.push(work(stage, "stored messages", &MESSAGES, |step| {
        World::one_bot(stage.many(LISTENING)).with_messages(step as u64)
    })?);
    Ok(done)
}

fn steps(stage: &Stage, steps: &[usize]) -> Vec<usize> {
    let mut steps: Vec<_> = steps.iter().map(|step| stage.many(*step)).collect();
    steps.dedup();
    steps
}

/// One broadcast in flight, so that nothing can be joined.
fn subscribers(stage: &Stage) -> Result<Vec<Scenario>> {
    let grows = "subscribers";
    let mut all: Vec<(String, Vec<(f64, Measured)>)> = Vec::new();
    for step in steps(stage, &SUBSCRIBERS) {
        let step = step.min(stage.most_sockets());
        let mut note = |subject: &Subject| -> Result<()> {
            let mut load = connected(stage, subject, step)?;
            let run = fan_out(stage, subject, &mut load, Pace::InFlight(1), 4)?;
            match all.iter_mut().find(|(name, _)| *name == subject.name) {
                Some((_, points)) => points.push((step as f64, run)),
                None => all.push((subject.name.clone(), vec![(step as f64, run)])),
            }
            Ok(())
        };
        note(&raw::start(stage.frame)?)?;
        if let Err(error) = note(&stage.colloquy.start(&World::one_bot(step))?.subject) {
            ended(grows, step, &error);
            break;
        }
    }
    let scenarios = all.iter().map(|(subject, points)| {
        let mut scenario = Scenario::new("growth", subject).with(names::GROWS, grows);
        let series = |name: &str, y_label: &str, value: fn(&Measured) -> f64| {
            line(
                name,
                grows,
                y_label,
                points.iter().map(|(step, run)| (*step, value(run))).collect(),
            )
        };
        scenario.series.push(series(
            names::CPU_OVER_WORK,
            "server CPU per delivery in us",
            Measured::cpu_per_delivery,
        ));
        scenario.series.push(series(
            names::DELIVERIES_OVER_SUBSCRIBERS,
            "deliveries per second",
            Measured::deliveries_per_second,
        ));
        let faults = points.iter().map(|(_, run)| run.faults()).sum();
        scenario.add(names::FAULTS, "", faults);
        scenario
    });
    Ok(scenarios.collect())
}

/// Something else grows than what is measured: the first bot has as many subscribers at every step.
fn work(stage: &Stage, grows: &str, all: &[usize], world: impl Fn(usize) -> World) -> Result<Scenario> {
    let (mut deliveries, mut messages) = (Vec::new(), Vec::new());
    let mut scenario = Scenario::new("growth", NAME).with(names::GROWS, grows);
    let mut faults = 0.0;
    for step in steps(stage, all) {
        let (one, many) = match both(stage, &world(step)) {
            Ok(both) => both,
            Err(error) => {
                ended(grows, step, &error);
                break;
            }
        };
        deliveries.push((step as f64, one.cpu_per_delivery()));
        messages.push((step as f64, many.cpu_per_message()));
        faults += one.faults() + many.faults();
    }
    scenario.add(names::FAULTS, "", faults);
    let per_delivery = "server CPU per delivery in us";
    scenario
        .series
        .push(line(names::CPU_OVER_WORK, grows, per_delivery, deliveries));
    let per_message = "server CPU per message with its deliveries in us";
    scenario
        .series
        .push(line(names::MESSAGE_CPU_OVER_WORK, grows, per_message, messages));
    Ok(scenario)
}

/// One broadcast in flight, then as many as writers.
fn both(stage: &Stage, world: &World) -> Result<(Measured, Measured)> {
    let running = stage.colloquy.start(world)?;
    let mut load = connected(stage, &running.subject, world.seats.len())?;
    let one = fan_out(stage, &running.subject, &mut load, Pace::InFlight(1), 4)?;
    let many = fan_out(stage, &running.subject, &mut load, Pace::InFlight(WRITERS), 4)?;
    Ok((one, many))
}

/// The smaller steps count all the same; the plot shows where it ended.
fn ended(grows: &str, step: usize, error: &anyhow::Error) {
    eprintln!("  {grows} did not grow to {step}: {error:#}");
}

fn line(name: &str, x_label: &str, y_label: &str, points: Vec<(f64, f64)>) -> Series {
    Series {
        name: name.into(),
        x_label: x_label.into(),
        y_label: y_label.into(),
        points,
    }
}
