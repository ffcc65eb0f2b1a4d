//! The targets, and what a run says of them. Ratios are against the raw limit of the same run, with frames of the same size.

use crate::colloquy;
use crate::figures::{Scenario, Target, names};
use crate::raw;

/// What the raw limit needed for a delivery of `f1ks` where the targets were set, in us: tells the pace of one machine from
/// that of another.
const REFERENCE: f64 = 2.1;

/// A target's bound.
enum Bound {
    AtMost(f64),
    Below(f64),
    AtLeast(f64),
    None,
}

use Bound::{AtLeast, AtMost, Below};

impl Bound {
    fn text(&self) -> String {
        match self {
            AtMost(bound) => format!("≤ {bound}"),
            Below(bound) => format!("< {bound}"),
            AtLeast(bound) => format!("≥ {bound}"),
            Self::None => String::new(),
        }
    }

    fn holds(&self, value: f64) -> bool {
        match self {
            AtMost(bound) => value <= *bound,
            Below(bound) => value < *bound,
            AtLeast(bound) => value >= *bound,
            Self::None => true,
        }
    }
}

/// What the scenarios of one run give.
struct Found<'a>(&'a [Scenario]);

impl Found<'_> {
    /// A figure of the scenario of that name and subject whose parameter, if one is asked for, has that value.
    fn figure(&self, name: &str, subject: &str, parameter: Option<(&str, u64)>, figure: &str) -> Option<f64> {
        let fits = |scenario: &&Scenario| {
            scenario.name == name
                && scenario.subject == subject
                && parameter.is_none_or(|(name, value)| scenario.parameters.get(name) == Some(&value.into()))
        };
        self.0
            .iter()
            .filter(fits)
            .find_map(|scenario| scenario.figure(figure))
    }

    fn own(&self, name: &str, figure: &str) -> Option<f64> {
        self.figure(name, colloquy::NAME, None, figure)
    }

    /// Server time per delivery against the raw limit.
    fn ratio(&self, name: &str, subscribers: u64) -> Option<f64> {
        let of = |subject| {
            let parameter = Some((names::SUBSCRIBERS, subscribers));
            self.figure(name, subject, parameter, names::CPU_PER_DELIVERY)
        };
        Some(of(colloquy::NAME)? / of(raw::NAME)?)
    }

    fn latency(&self, figure: &str) -> Option<f64> {
        self.figure("lat", colloquy::NAME, Some((names::SUBSCRIBERS, 100)), figure)
    }

    fn write(&self, clients: u64, figure: &str) -> Option<f64> {
        self.figure("write", colloquy::NAME, Some((names::CLIENTS, clients)), figure)
    }

    fn sync(&self, name: &str) -> Option<f64> {
        self.figure(name, raw::NAME, None, names::SYNC_P50)
    }

    fn raw_delivery(&self) -> Option<f64> {
        self.figure("f1ks", raw::NAME, None, names::CPU_PER_DELIVERY)
    }

    fn faults(&self) -> Option<f64> {
        let own = self
            .0
            .iter()
            .filter(|scenario| scenario.subject == colloquy::NAME || scenario.name == names::NODES);
        let all: Vec<_> = own
            .filter_map(|scenario| scenario.figure(names::FAULTS))
            .collect();
        (!all.is_empty()).then(|| all.iter().sum())
    }

    fn start(&self, figure: &str) -> Option<f64> {
        let empty = |scenario: &&Scenario| {
            scenario.name == "start" && scenario.parameters.get("data") == Some(&"empty".into())
        };
        self.0.iter().find(empty)?.figure(figure)
    }
}

pub fn targets(scenarios: &[Scenario]) -> Vec<Target> {
    let found = Found(scenarios);
    let idle = found.own("idle", names::IDLE_BYTES);
    let after = found.own("idle", names::TRAFFIC_BYTES);
    let over = |value: Option<f64>, base: Option<f64>| Some(value? / base?);
    let stalled = over(
        found.own("stalled", names::P99_WITH),
        found.own("stalled", names::P99_WITHOUT),
    );
    let one_message = over(found.write(1, names::ANSWER_P50), found.sync("write"));
    let one_message_slow = over(found.own("slow", names::ANSWER_P50), found.sync("slow"));
    let connect = found.own("connect", names::CPU_PER_CONNECT);
    let pace = over(found.raw_delivery(), Some(REFERENCE));
    let rows = [
        (
            "memory per idle socket, 10,000 of them",
            AtMost(4096.0),
            AtMost(2048.0),
            "B",
            idle,
        ),
        (
            "the same after traffic, against idle",
            AtMost(1.5),
            AtMost(1.2),
            "",
            over(after, idle),
        ),
        (
            "CPU per delivery against raw, f1ks",
            AtMost(1.5),
            AtMost(1.15),
            "",
            found.ratio("f1ks", 1_000),
        ),
        (
            "CPU per delivery against raw, lat",
            AtMost(1.5),
            AtMost(1.15),
            "",
            found.ratio("lat", 1_000),
        ),
        (
            "CPU per delivery against raw, f1k",
            AtMost(1.3),
            AtMost(1.0),
            "",
            found.ratio("f1k", 1_000),
        ),
        (
            "CPU per delivery against raw, f10k",
            AtMost(1.3),
            AtMost(1.0),
            "",
            found.ratio("f10k", 10_000),
        ),
        (
            "deliveries per second, f1k",
            AtLeast(2e5),
            AtLeast(4e5),
            "1/s",
            found.own("f1k", names::DELIVERIES),
        ),
        (
            "latency p99, 100 subscribers, 20/s",
            Below(10.0),
            Bound::None,
            "ms",
            found.latency(names::LATENCY_P99),
        ),
        (
            "latency p50, 100 subscribers, 20/s",
            Bound::None,
            Below(1.0),
            "ms",
            found.latency(names::LATENCY_P50),
        ),
        (
            "p99 beside a stalled subscriber, against without",
            AtMost(1.25),
            Bound::None,
            "",
            stalled,
        ),
        (
            "lost, doubled or swapped deliveries",
            AtMost(0.0),
            AtMost(0.0),
            "",
            found.faults(),
        ),
        ("CPU per connection", AtMost(150.0), AtMost(60.0), "us", connect),
        (
            "the same at the pace of the machine that the targets are from",
            AtMost(150.0),
            AtMost(60.0),
            "us",
            over(connect, pace),
        ),
        (
            "messages per second, 64 clients",
            AtLeast(2e3),
            AtLeast(5e3),
            "1/s",
            found.write(64, names::MESSAGES),
        ),
        (
            "one message, one client, against a sync",
            AtMost(2.0),
            Bound::None,
            "",
            one_message,
        ),
        (
            "the same on a disk whose syncs take 4 ms longer",
            AtMost(2.0),
            Bound::None,
            "",
            one_message_slow,
        ),
        (
            "start to ready, empty folder",
            AtMost(300.0),
            AtMost(100.0),
            "ms",
            found.start(names::READY),
        ),
        (
            "memory of the idle server",
            AtMost(40.0),
            AtMost(20.0),
            "MB",
            found.start(names::START_MEMORY),
        ),
        (
            "search p99, 20,000 passages",
            Below(20.0),
            Below(5.0),
            "ms",
            found.own("retrieve", names::ANSWER_P99),
        ),
    ];
    let target = |(row, must, aim, unit, value): (&str, Bound, Bound, &str, Option<f64>)| Target {
        row: row.into(),
        must: must.text(),
        aim: aim.text(),
        value,
        unit: unit.into(),
        holds: value.map(|value| must.holds(value)),
    };
    rows.into_iter().map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(name: &str, subject: &str, parameter: (&str, u64), figure: &str, value: f64) -> Scenario {
        let mut scenario = Scenario::new(name, subject).with(parameter.0, parameter.1);
        scenario.add(figure, "", value);
        scenario
    }

    fn value(targets: &[Target], row: &str) -> (Option<f64>, Option<bool>) {
        let found = targets.iter().find(|target| target.row.contains(row));
        found.map_or((None, None), |target| (target.value, target.holds))
    }

    #[test]
    fn a_connection_is_also_held_against_the_pace_of_the_machine() {
        let scenarios = [
            scenario(
                "connect",
                "colloquy",
                (names::SUBSCRIBERS, 100),
                names::CPU_PER_CONNECT,
                200.0,
            ),
            scenario(
                "f1ks",
                "raw",
                (names::SUBSCRIBERS, 1_000),
                names::CPU_PER_DELIVERY,
                4.2,
            ),
        ];
        let targets = targets(&scenarios);
        assert_eq!(value(&targets, "CPU per connection"), (Some(200.0), Some(false)));
        assert_eq!(value(&targets, "at the pace"), (Some(100.0), Some(true)));
    }

    #[test]
    fn what_was_not_measured_is_neither_held_nor_missed() {
        assert!(
            targets(&[])
                .iter()
                .all(|target| target.value.is_none() && target.holds.is_none())
        );
    }

    #[test]
    fn ratios_are_taken_within_one_size() {
        let cpu = |subject, subscribers, value| {
            scenario(
                "lat",
                subject,
                (names::SUBSCRIBERS, subscribers),
                names::CPU_PER_DELIVERY,
                value,
            )
        };
        let scenarios = [
            cpu("raw", 1_000, 4.0),
            cpu("raw", 100, 1.0),
            cpu("colloquy", 1_000, 8.0),
            cpu("colloquy", 100, 1.0),
        ];
        assert_eq!(value(&targets(&scenarios), "raw, lat"), (Some(2.0), Some(false)));
    }

    #[test]
    fn one_message_is_held_against_the_disk() {
        let scenarios = [
            scenario("write", "colloquy", (names::CLIENTS, 1), names::ANSWER_P50, 3.0),
            scenario("write", "raw", (names::CLIENTS, 1), names::SYNC_P50, 1.5),
            scenario(
                "write",
                "colloquy",
                (names::CLIENTS, 64),
                names::MESSAGES,
                2_500.0,
            ),
        ];
        let targets = targets(&scenarios);
        assert_eq!(value(&targets, "against a sync"), (Some(2.0), Some(true)));
        assert_eq!(value(&targets, "64 clients"), (Some(2_500.0), Some(true)));
    }
}
