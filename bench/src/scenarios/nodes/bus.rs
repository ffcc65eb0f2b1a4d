//! The cost of the bus: what is more when the subscribers are on another node than the one that is posted to, in the same minute and
//! on the same installation. Rows of differences, so they may be below zero: then the noise is larger than the cost.

use super::shares::{Part, Shares};
use crate::figures::{Scenario, names};
use crate::load::Histogram;
use crate::scenarios::measure::Measured;

/// One fan-out.
pub struct Heard {
    pub scenario: Scenario,
    pub run: Measured,
    pub shares: Shares,
}

/// Parts whose processor time is added up, and what stands before it in a row.
type Group = (&'static str, fn(Part) -> bool);

/// Which processor time is compared. Node by node would say little: the work for the subscribers moves from the one to the other.
const COMPARED: [Group; 4] = [
    ("", |_| true),
    ("both nodes: ", |part| matches!(part, Part::NodeA | Part::NodeB)),
    ("PostgreSQL: ", |part| part == Part::Postgres),
    ("Redis: ", |part| part == Part::Redis),
];

/// `near`: all is on one node, before `far`, where the subscribers are on the other one, and after it: whatever grows or warms up in
/// the meantime is on both sides.
pub fn cost(scenario: Scenario, near: [&Heard; 2], far: &Heard) -> Scenario {
    let mut scenario = scenario.with(names::COST, "the bus, B less A");
    let more = |of: &dyn Fn(&Heard) -> f64| of(far) - near.map(of).iter().sum::<f64>() / near.len() as f64;
    let latency: fn(&Heard) -> &Histogram = |heard| &heard.run.outcome.tally.latency;
    let answer: fn(&Heard) -> &Histogram = |heard| &heard.run.outcome.tally.answer;
    for (name, of, share) in [
        (names::LATENCY_P50, latency, 0.5),
        (names::LATENCY_P99, latency, 0.99),
        (names::ANSWER_P50, answer, 0.5),
        (names::ANSWER_P99, answer, 0.99),
    ] {
        scenario.add(name, "ms", more(&|heard| of(heard).quantile(share)));
    }
    let messages: fn(&Heard) -> u64 = |heard| heard.run.outcome.tally.broadcasts;
    let deliveries: fn(&Heard) -> u64 = |heard| heard.run.outcome.tally.deliveries;
    for (figure, count) in [
        (names::CPU_PER_MESSAGE, messages),
        (names::CPU_PER_DELIVERY, deliveries),
    ] {
        for (who, counts) in COMPARED {
            if who.starts_with(Part::Redis.name()) && !far.shares.has(Part::Redis) {
                continue;
            }
            let each = |heard: &Heard| heard.shares.of(counts) * 1e6 / count(heard).max(1) as f64;
            scenario.add(&format!("{who}{figure}"), "us", more(&each));
        }
    }
    scenario
}
