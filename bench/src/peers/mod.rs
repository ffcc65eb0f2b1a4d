//! Servers that others would write with well-known libraries, to compare with. They stand in `bench/peers`, know neither
//! tokens nor rights nor storage, and do one thing: broadcast one text, made beforehand, to everyone who is connected.

mod install;
mod protocol;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::Process;
use crate::raw;
use crate::subject::{Protocol, Subject};

/// How long a peer may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ws,
    SocketIo,
    FastApi,
    Socketioxide,
}

/// A peer that is installed.
pub struct Peer {
    kind: Kind,
    /// Where it was installed.
    place: PathBuf,
    /// Such as `ws 8.23.0 on Node v20.20.2`.
    pub software: String,
}

/// Installs the peers into `bench/peers` below the build's `target` and says on the terminal what it installs. One that cannot be had is named with
/// the reason and left out. Bounded: each step ends within ten minutes.
pub fn install(target: &Path) -> Vec<Peer> {
    let mut peers = Vec::new();
    for kind in [Kind::Ws, Kind::SocketIo, Kind::FastApi, Kind::Socketioxide] {
        match install::install(kind, &target.join("bench/peers")) {
            Ok(peer) => peers.push(peer),
            Err(error) => eprintln!("left out: {}: {error:#}", kind.name()),
        }
    }
    peers
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::SocketIo => "Socket.IO",
            Self::FastApi => "FastAPI",
            Self::Socketioxide => "socketioxide",
        }
    }
}

impl Peer {
    /// As in `Scenario::subject`.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Starts it; each of its broadcasts is one frame of `frame` bytes with the frame's header.
    pub fn start(&self, frame: usize) -> Result<Subject> {
        let payload = raw::payload_of(frame);
        let mut command = self.command();
        command.arg(payload.to_string());
        let port = |line: &str| {
            line.strip_prefix("port ")
                .and_then(|port| port.trim().parse::<u16>().ok())
        };
        let (process, port) =
            Process::start(command, PATIENCE, port).with_context(|| format!("the peer {}", self.name()))?;
        let protocol: Arc<dyn Protocol> = match self.kind {
            Kind::Ws | Kind::FastApi => Arc::new(protocol::Plain { payload }),
            Kind::SocketIo | Kind::Socketioxide => Arc::new(protocol::SocketIo),
        };
        Ok(Subject {
            name: self.name().to_owned(),
            process,
            address: ([127, 0, 0, 1], port).into(),
            protocol,
        })
    }

    fn command(&self) -> Command {
        match self.kind {
            Kind::Ws => node(&self.place, "ws.js"),
            Kind::SocketIo => node(&self.place, "socketio.js"),
            Kind::FastApi => {
                let mut command = Command::new(self.place.join("venv/bin/python"));
                command.arg(self.place.join("server.py"));
                command
            }
            Kind::Socketioxide => Command::new(self.place.join("release/colloquy-bench-socketioxide")),
        }
    }
}

fn node(place: &Path, server: &str) -> Command {
    let mut command = Command::new("node");
    command.env("NODE_ENV", "production").arg(place.join(server));
    command
}
