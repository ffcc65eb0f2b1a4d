//! One run of a load with the processor times of both processes taken around it, and what it shows as figures.

use anyhow::Result;

use crate::figures::{Scenario, names};
use crate::load::{Bounds, Load, Outcome, Pace};
use crate::process::Cpu;
use crate::subject::Subject;

pub struct Measured {
    pub outcome: Outcome,
    /// Seconds of processor time.
    pub server: f64,
    pub generator: f64,
}

pub fn measured(subject: &Subject, load: &mut Load, pace: Pace, bounds: Bounds) -> Result<Measured> {
    let (server, generator) = (subject.process.cpu()?, Cpu::own()?);
    let outcome = load.run(pace, bounds)?;
    Ok(Measured {
        server: subject.process.cpu()?.since(&server),
        generator: Cpu::own()?.since(&generator),
        outcome,
    })
}

impl Measured {
    /// us of the server for each delivery.
    pub fn cpu_per_delivery(&self) -> f64 {
        self.server * 1e6 / self.outcome.tally.deliveries.max(1) as f64
    }

    pub fn cpu_per_message(&self) -> f64 {
        self.server * 1e6 / self.outcome.tally.broadcasts.max(1) as f64
    }

    pub fn deliveries_per_second(&self) -> f64 {
        self.outcome.tally.deliveries as f64 / self.outcome.seconds.max(1e-9)
    }

    pub fn messages_per_second(&self) -> f64 {
        self.outcome.tally.broadcasts as f64 / self.outcome.seconds.max(1e-9)
    }

    pub fn faults(&self) -> f64 {
        (self.outcome.tally.faults + self.outcome.closed as u64) as f64
    }

    /// Adds what is known of deliveries.
    pub fn deliveries(&self, scenario: &mut Scenario) {
        let tally = &self.outcome.tally;
        let deliveries = tally.deliveries.max(1) as f64;
        scenario.parameters.insert(
            names::FRAME.into(),
            (tally.bytes as f64 / deliveries).round().into(),
        );
        scenario.add(names::CPU_PER_DELIVERY, "us", self.cpu_per_delivery());
        scenario.add(names::GENERATOR_CPU, "us", self.generator * 1e6 / deliveries);
        scenario.add(names::DELIVERIES, "1/s", self.deliveries_per_second());
        scenario.add(names::BROADCASTS, "", tally.broadcasts as f64);
        scenario.add(names::LATENCY_P50, "ms", tally.latency.quantile(0.5));
        scenario.add(names::LATENCY_P99, "ms", tally.latency.quantile(0.99));
        scenario.add(names::SPREAD_P50, "ms", tally.spread.quantile(0.5));
        scenario.add(names::SPREAD_P99, "ms", tally.spread.quantile(0.99));
        scenario.add(names::FAULTS, "", self.faults());
        self.answers(scenario);
    }

    /// Adds what is known of requests, if there were any.
    pub fn answers(&self, scenario: &mut Scenario) {
        let answer = &self.outcome.tally.answer;
        if answer.count() > 0 {
            scenario.add(names::ANSWER_P50, "ms", answer.quantile(0.5));
            scenario.add(names::ANSWER_P99, "ms", answer.quantile(0.99));
        }
    }

    /// Adds what is known of messages.
    pub fn messages(&self, scenario: &mut Scenario) {
        scenario.add(names::MESSAGES, "1/s", self.messages_per_second());
        scenario.add(names::CPU_PER_MESSAGE, "us", self.cpu_per_message());
    }
}
