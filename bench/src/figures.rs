//! What a run of the benchmark hands on: figures of scenarios, series for plots, and the targets they are held against. Only
//! data: who measures is in `scenarios`, who prints is in `report`, who draws is in `plots`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that one call of the program measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Processor, cores, memory, kernel, file system: one line.
    pub machine: String,
    /// RFC 3339, UTC.
    pub when: String,
    /// The command line as it was given.
    pub command: String,
    pub server_version: String,
    /// Settings of the server that were raised for the run, such as `COLLOQUY_REQUESTS_PER_USER=…`.
    pub settings: Vec<String>,
    /// In the order in which they were measured; the raw limit comes before what is compared with it.
    pub scenarios: Vec<Scenario>,
    pub targets: Vec<Target>,
}

/// One scenario run against one subject. One name may come several times, with other subjects or parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// As on the command line: `idle`, `f1ks`, `write` …
    pub name: String,
    /// `colloquy`, `raw`, or a peer's name.
    pub subject: String,
    pub parameters: BTreeMap<String, serde_json::Value>,
    pub figures: Vec<Figure>,
    pub series: Vec<Series>,
}

/// One number. Names are the constants of `names`, so that a table finds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    /// `us`, `ms`, `B`, `MB`, `1/s`, or empty for a count.
    pub unit: String,
    pub value: f64,
}

/// One line of a plot. Plots of several subjects join series of the same name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    pub x_label: String,
    pub y_label: String,
    pub points: Vec<(f64, f64)>,
}

/// One row of the table of targets. `value` is absent when nothing in this run measured it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    pub row: String,
    /// As text, such as `≤ 1.5`.
    pub must: String,
    pub aim: String,
    pub value: Option<f64>,
    pub unit: String,
    /// Whether `must` holds; absent with the value.
    pub holds: Option<bool>,
}

impl Scenario {
    pub fn new(name: &str, subject: &str) -> Self {
        Self {
            name: name.into(),
            subject: subject.into(),
            parameters: BTreeMap::new(),
            figures: Vec::new(),
            series: Vec::new(),
        }
    }

    pub fn with(mut self, parameter: &str, value: impl Into<serde_json::Value>) -> Self {
        self.parameters.insert(parameter.into(), value.into());
        self
    }

    pub fn add(&mut self, name: &str, unit: &str, value: f64) {
        self.figures.push(Figure {
            name: name.into(),
            unit: unit.into(),
            value,
        });
    }

    /// The figure of that name, if it was measured.
    pub fn figure(&self, name: &str) -> Option<f64> {
        let found = self.figures.iter().find(|figure| figure.name == name);
        found.map(|figure| figure.value)
    }
}

/// The names of figures, series and parameters.
pub mod names {
    /// The scenario whose subjects are installations of Colloquy.
    pub const NODES: &str = "nodes";

    // Parameters.
    pub const SUBSCRIBERS: &str = "subscribers";
    pub const CLIENTS: &str = "clients";
    /// A peer's name with its versions.
    pub const SOFTWARE: &str = "software";
    /// Broadcasts in flight.
    pub const IN_FLIGHT: &str = "in flight";
    /// Broadcasts per second, where they come by the clock.
    pub const RATE: &str = "rate";
    /// Bytes of one frame with its header, on the wire.
    pub const FRAME: &str = "frame";
    /// Rows that were there before, in `growth` and `retrieve`.
    pub const STORED: &str = "stored";
    /// `growth` alone: what grows (`subscribers`, `idle sockets`, `bots`, `stored messages`).
    pub const GROWS: &str = "grows";

    /// `nodes` alone: which node the subscribers are on, where A is the one that is posted to.
    pub const HEARD: &str = "heard";
    pub const BOTS: &str = "bots";
    /// `nodes` alone: figures that are differences, and what makes it.
    pub const COST: &str = "cost";

    // Figures of what delivers: all but `write`, `start`, `retrieve`.
    /// us of the server's processor time.
    pub const CPU_PER_DELIVERY: &str = "CPU per delivery";
    pub const GENERATOR_CPU: &str = "generator CPU per delivery";
    /// 1/s
    pub const DELIVERIES: &str = "deliveries per second";
    pub const BROADCASTS: &str = "broadcasts";
    /// ms from sending the request to each subscriber's receipt, commit included.
    pub const LATENCY_P50: &str = "latency p50";
    pub const LATENCY_P99: &str = "latency p99";
    /// ms from the first receipt of a broadcast to its last one.
    pub const SPREAD_P50: &str = "spread p50";
    pub const SPREAD_P99: &str = "spread p99";
    /// ms from sending the request to its answer, where a broadcast is a request.
    pub const ANSWER_P50: &str = "answer p50";
    pub const ANSWER_P99: &str = "answer p99";
    /// Deliveries that came twice, late, not at all or out of order.
    pub const FAULTS: &str = "lost, doubled or swapped";

    // `stalled`: the same without and with somebody who stops reading.
    pub const P99_WITHOUT: &str = "latency p99 without";
    pub const P99_WITH: &str = "latency p99 with";

    // Figures of `idle`; bytes of resident memory.
    pub const IDLE_BYTES: &str = "memory per idle socket";
    pub const TRAFFIC_BYTES: &str = "memory per socket after traffic";

    // Figures of `connect`; us and 1/s.
    pub const CPU_PER_CONNECT: &str = "CPU per connection";
    pub const CONNECTS: &str = "connections per second";

    // Figures of `write` (raw: the disk alone), and of `growth`.
    pub const MESSAGES: &str = "messages per second";
    pub const CPU_PER_MESSAGE: &str = "CPU per message";
    /// ms of one `fdatasync` of an appended page, of the subject `raw` in `write`.
    pub const SYNC_P50: &str = "sync p50";
    pub const SYNC_P99: &str = "sync p99";

    // Figures of `start`; ms and MB.
    pub const READY: &str = "start to ready";
    pub const START_MEMORY: &str = "memory when idle";

    // Series.
    pub const MEMORY_OVER_CONNECTIONS: &str = "memory over connections";
    pub const LATENCY_OVER_LOAD: &str = "latency over load";
    pub const DELIVERIES_OVER_SUBSCRIBERS: &str = "deliveries per second over subscribers";
    pub const CPU_OVER_WORK: &str = "CPU over work";
    /// Only in `growth`, per message with all that it causes, in place of per delivery.
    pub const MESSAGE_CPU_OVER_WORK: &str = "message CPU over work";
}
