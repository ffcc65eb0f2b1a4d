//! PostgreSQL for nodes that share a database: a server of the benchmark's own, on the disk that SQLite is measured on and as
//! careful with it. Each installation is a database there, a copy of one that the real server filled through its door.

use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::template::Template;
use super::world::World;
use super::{Colloquy, runtime, seed};
use crate::process::Cpu;

const TEMPLATE: &str = "template_of_worlds";
/// The bit of a folder's mode that lets others through.
const OPEN: u32 = 0o1;

/// What tells a server where its database is.
pub const DATABASE: &str = "COLLOQUY_DATABASE_URL";

pub struct Postgres {
    server: services::Postgres,
    template: Template,
    made: Cell<usize>,
    _folder: TempDir,
}

impl Postgres {
    /// Starts it, and fills its template. It must be installed.
    pub fn start(colloquy: &Colloquy) -> Result<Self> {
        // Beside the data folders, which are their owner's alone.
        let parent = colloquy.folder().parent().context("a folder above the data")?;
        ensure_open(parent)?;
        let server = services::Postgres::start_synced_in(parent);
        runtime()?.block_on(seed::execute(
            &server.url("postgres"),
            &format!("CREATE DATABASE {TEMPLATE}"),
        ))?;
        let folder = TempDir::with_prefix_in("template-", colloquy.folder())?;
        let database = [(DATABASE, server.url(TEMPLATE))];
        let data = folder.path().join("data");
        Ok(Self {
            template: Template::make(&colloquy.program, data, &colloquy.secret, &database)?,
            server,
            made: Cell::new(0),
            _folder: folder,
        })
    }

    /// The address of a new database with that world in it, and its name.
    pub(super) fn database(&self, world: &World) -> Result<(String, String)> {
        let name = format!("world_{}", self.made.get());
        self.made.set(self.made.get() + 1);
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))?;
        let url = self.server.url(&name);
        runtime()?.block_on(seed::fill_postgres(&url, world))?;
        Ok((url, name))
    }

    /// Removes a database that nobody measures any more.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        self.execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
    }

    fn execute(&self, sql: &str) -> Result<()> {
        runtime()?.block_on(seed::execute(&self.server.url("postgres"), sql))
    }

    /// A token of the owner of all bots.
    pub(super) fn owner(&self) -> &str {
        &self.template.owner
    }

    /// Processor time of all its processes.
    pub fn cpu(&self) -> Result<Cpu> {
        Cpu::of_family(self.server.process().id())
    }
}

/// PostgreSQL refuses to be root, and a user without rights does not get through folders that are root's alone.
fn ensure_open(folder: &Path) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    for folder in folder.ancestors() {
        let mode = std::fs::metadata(folder)?.mode();
        ensure!(
            mode & OPEN != 0,
            "PostgreSQL runs as a user without rights, who cannot enter {}: give another --folder",
            folder.display()
        );
    }
    Ok(())
}
