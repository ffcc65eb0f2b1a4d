//! `start`: from starting the program to its readiness, on an empty folder and with a database that is there already, and the
//! memory of a server that nobody uses.

use std::time::Instant;

use anyhow::Result;

use super::Stage;
use crate::figures::{Scenario, names};
use crate::http::Client;
use crate::load::Histogram;

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    let mut done = Vec::new();
    for data in ["empty", "present"] {
        let (mut ready, mut memory) = (Histogram::default(), Vec::new());
        let rounds = if stage.quick { 2 } else { 7 };
        for _ in 0..rounds {
            let folder = stage.colloquy.data(data == "present")?;
            let begin = Instant::now();
            let (process, address) = stage.colloquy.start_in(folder.path())?;
            Client::connect(address, "")?.get("/health/ready")?.expect(200)?;
            ready.record(begin.elapsed());
            std::thread::sleep(stage.quiet());
            memory.push(process.memory()?);
        }
        memory.sort_by(f64::total_cmp);
        let mut scenario = Scenario::new("start", crate::colloquy::NAME).with("data", data);
        scenario.add(names::READY, "ms", ready.quantile(0.5));
        scenario.add("slowest start to ready", "ms", ready.quantile(1.0));
        scenario.add(names::START_MEMORY, "MB", memory[memory.len() / 2] / 1e6);
        done.push(scenario);
    }
    Ok(done)
}
