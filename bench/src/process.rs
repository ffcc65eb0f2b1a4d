//! A server's process: started, read in `/proc`, and stopped. Only processes that were started here are touched.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// Ticks of `/proc/PID/stat` per second: the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a program and waits until a line of its output tells its address; `find` reads that line. What it prints
    /// later is dropped. Fails when it ends before or says nothing for `patience`.
    pub fn start<T: Send + 'static>(
        mut command: Command,
        patience: Duration,
        find: impl Fn(&str) -> Option<T> + Send + 'static,
    ) -> Result<(Self, T)> {
        let program = command.get_program().to_string_lossy().into_owned();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let streams: [Option<Box<dyn std::io::Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        let (sender, lines) = mpsc::channel();
        for stream in streams.into_iter().flatten() {
            let sender = sender.clone();
            // Reads to the end, so that the program never waits for a full pipe; ends with it.
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        drop(sender);
        let process = Self { child };
        let end = Instant::now() + patience;
        let mut said = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = lines.recv_timeout(left) else {
                bail!("{program} did not come up; it said: {}", said.join(" | "));
            };
            if let Some(found) = find(&line) {
                return Ok((process, found));
            }
            said.push(line);
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time so far, of all threads, in seconds.
    pub fn cpu(&self) -> Result<Cpu> {
        Cpu::of(self.id())
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = kilobytes.context("no VmRSS")?.parse()?;
        Ok(kilobytes * 1024.0)
    }

    /// Asks it to end (SIGTERM) and waits; kills it when it does not end within `patience`.
    pub fn stop(mut self, patience: Duration) -> Result<()> {
        let end = Instant::now() + patience;
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        while Instant::now() < end {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("the process did not end in time and was killed")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of a process at one moment.
#[derive(Debug, Clone)]
pub struct Cpu {
    /// Of all threads that ever were, in seconds, to 10 ms.
    ticks: f64,
    /// Of each thread that is, in nanoseconds.
    threads: Vec<(u64, u64)>,
}

impl Cpu {
    /// Of this very process: the generator of the load.
    pub fn own() -> Result<Self> {
        Self::of(std::process::id())
    }

    /// Of a process and its children, those included that have ended and were waited for. Grandchildren are not looked for.
    pub fn of_family(parent: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{parent}/stat"))?;
        let waited_for = fields(&stat, CHILDREN_TIME).context(UNREADABLE)?;
        let mut all = Self::of(parent)?;
        all.ticks += waited_for / TICKS;
        for child in children(parent)? {
            // It may end in between.
            if let Ok(child) = Self::of(child) {
                all.ticks += child.ticks;
                all.threads.extend(child.threads);
            }
        }
        all.threads.sort_unstable();
        Ok(all)
    }

    fn of(process: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let ticks = fields(&stat, OWN_TIME).context(UNREADABLE)?;
        let mut threads = Vec::new();
        for entry in fs::read_dir(format!("/proc/{process}/task"))? {
            let entry = entry?;
            // A thread may end in between.
            let Ok(text) = fs::read_to_string(entry.path().join("schedstat")) else {
                continue;
            };
            let ran = text
                .split_whitespace()
                .next()
                .and_then(|field| field.parse().ok());
            let name = entry.file_name();
            let id = name.to_str().and_then(|name| name.parse().ok());
            threads.extend(id.zip(ran));
        }
        threads.sort_unstable();
        Ok(Self {
            ticks: ticks / TICKS,
            threads,
        })
    }

    /// Seconds between two moments. To the nanosecond when no thread ended in between, else to the tick.
    pub fn since(&self, earlier: &Self) -> f64 {
        let mut nanoseconds = self.threads.iter().map(|(_, ran)| *ran).sum::<u64>();
        for (id, ran) in &earlier.threads {
            if self.threads.binary_search_by_key(id, |(id, _)| *id).is_err() {
                return self.ticks - earlier.ticks;
            }
            nanoseconds = nanoseconds.saturating_sub(*ran);
        }
        if nanoseconds == 0 {
            return self.ticks - earlier.ticks;
        }
        nanoseconds as f64 / 1e9
    }
}

/// Where in `/proc/PID/stat` the parent stands; utime and stime; cutime and cstime. Counted from the field after the name.
const PARENT: usize = 1;
const OWN_TIME: usize = 11;
const CHILDREN_TIME: usize = 13;

const UNREADABLE: &str = "an unreadable /proc/PID/stat";

/// The sum of two fields that follow each other; the name before them may hold anything, but ends with the last `)`.
fn fields(stat: &str, first: usize) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut rest = rest.split_whitespace().skip(first);
    let one: f64 = rest.next()?.parse().ok()?;
    let other: f64 = rest.next()?.parse().ok()?;
    Some(one + other)
}

fn children(parent: u32) -> Result<Vec<u32>> {
    let parent = parent.to_string();
    let is_child = |process: u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        rest.split_whitespace().nth(PARENT) == Some(&parent)
    };
    let processes = fs::read_dir("/proc")?.flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(processes.filter(|process| is_child(*process)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 3 4 20 0 3 0 100 1000 10";
        assert_eq!(fields(stat, OWN_TIME), Some(300.0));
        assert_eq!(fields(stat, CHILDREN_TIME), Some(7.0));
    }

    #[test]
    fn the_time_of_children_counts_while_they_live_and_afterwards() {
        let work = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let script = format!("({work}) & wait; echo over; exec sleep 60");
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        let patience = Duration::from_secs(60);
        let over = |line: &str| (line == "over").then_some(());
        let (process, ()) = Process::start(command, patience, over).unwrap();
        let family = Cpu::of_family(process.id()).unwrap();
        let alone = process.cpu().unwrap();
        assert!(family.ticks > alone.ticks, "{} > {}", family.ticks, alone.ticks);
        let own = Cpu::of_family(std::process::id()).unwrap();
        let child = u64::from(process.id());
        assert!(own.threads.iter().any(|(thread, _)| *thread == child));
    }

    #[test]
    fn time_is_counted_by_threads_unless_one_ended() {
        let cpu = |ticks, threads: &[(u64, u64)]| Cpu {
            ticks,
            threads: threads.to_vec(),
        };
        let begin = cpu(1.0, &[(1, 500_000_000), (2, 500_000_000)]);
        let end = cpu(2.01, &[(1, 1_000_000_000), (2, 1_000_000_000), (3, 5_000_000)]);
        assert!((end.since(&begin) - 1.005).abs() < 1e-9);
        let one_ended = cpu(2.01, &[(1, 1_000_000_000), (3, 5_000_000)]);
        assert!((one_ended.since(&begin) - 1.01).abs() < 1e-9);
    }

    #[test]
    fn own_time_goes_on() {
        let begin = Cpu::own().unwrap();
        let mut sum = 0u64;
        while Cpu::own().unwrap().since(&begin) < 0.02 {
            sum = sum.wrapping_add(1);
        }
        assert!(sum < u64::MAX);
    }

    #[test]
    fn a_program_is_started_read_and_stopped() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo port 80; exec sleep 60"]);
        let patience = Duration::from_secs(10);
        let port = |line: &str| {
            line.strip_prefix("port ")
                .and_then(|port| port.parse::<u16>().ok())
        };
        let (process, found) = Process::start(command, patience, port).unwrap();
        assert_eq!(found, 80);
        assert!(process.memory().unwrap() > 0.0);
        process.stop(patience).unwrap();
        let mut silent = Command::new("sh");
        silent.args(["-c", "echo no >&2"]);
        let error = Process::start(silent, patience, port).err().unwrap();
        assert!(error.to_string().contains("no"));
    }
}
