//! A small run for tests.

use crate::figures::{Run, Scenario, Series, Target, names};

pub fn run() -> Run {
    let mut scenarios = Vec::new();
    for (subject, cpu, rate, idle) in [
        ("raw", 1.0, 450e3, 1_160.0),
        ("colloquy", 1.25, 400e3, 1_500.0),
        ("ws", 10.0, 90e3, 6_100.0),
    ] {
        let mut broadcast = Scenario::new("f1k", subject)
            .with(names::SUBSCRIBERS, 1_000)
            .with(names::IN_FLIGHT, 4)
            .with(names::FRAME, 268);
        broadcast.add(names::CPU_PER_DELIVERY, "us", cpu);
        broadcast.add(names::DELIVERIES, "1/s", rate);
        broadcast.add(names::FAULTS, "", 0.0);
        if subject == "ws" {
            broadcast = broadcast.with(names::SOFTWARE, "ws 8 on Node 20");
        }
        let mut sockets = Scenario::new("idle", subject).with(names::SUBSCRIBERS, 10_000);
        sockets.add(names::IDLE_BYTES, "B", idle);
        sockets.series.push(Series {
            name: names::MEMORY_OVER_CONNECTIONS.into(),
            x_label: "connections".into(),
            y_label: "resident memory in MB".into(),
            points: [0.0, 1e3, 1e4].map(|x| (x, 5.0 + x * idle / 1e6)).to_vec(),
        });
        scenarios.extend([broadcast, sockets]);
    }
    for (clients, rate) in [(1, 400.0), (64, 6_000.0)] {
        let mut write = Scenario::new("write", "colloquy").with(names::CLIENTS, clients);
        write.add(names::MESSAGES, "1/s", rate);
        scenarios.push(write);
    }
    for (grows, name, per) in [
        ("subscribers", names::CPU_OVER_WORK, "delivery"),
        ("stored messages", names::CPU_OVER_WORK, "delivery"),
        ("bots", names::MESSAGE_CPU_OVER_WORK, "message"),
    ] {
        let mut growth = Scenario::new("growth", "colloquy").with(names::GROWS, grows);
        growth.series.push(Series {
            name: name.into(),
            x_label: grows.into(),
            y_label: format!("CPU per {per} in us"),
            points: vec![(1.0, 40.0), (100.0, 2.0), (20_000.0, 1.2)],
        });
        scenarios.push(growth);
    }
    Run {
        machine: "a processor, 2 cores".into(),
        when: "2026-11-21T09:00:00Z".into(),
        command: "bench all --peers".into(),
        server_version: "0.1.0".into(),
        settings: vec!["COLLOQUY_X=1".into()],
        scenarios,
        targets: vec![
            target("memory per idle socket", Some(1_500.0), Some(true)),
            target("messages per second, 64 clients", None, None),
        ],
    }
}

fn target(row: &str, value: Option<f64>, holds: Option<bool>) -> Target {
    Target {
        row: row.into(),
        must: "≤ 4,000".into(),
        aim: "≤ 2,000".into(),
        value,
        unit: "B".into(),
        holds,
    }
}
