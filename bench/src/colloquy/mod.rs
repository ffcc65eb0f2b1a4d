//! Colloquy as a subject: its program, an installation with people, rights and stored content, and its protocol. The crate
//! knows the server only from outside: its door, its settings, and its database.

mod cluster;
mod passages;
mod postgres;
mod protocol;
mod seed;
mod server;
mod template;
mod token;
mod world;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use tempfile::TempDir;
use uuid::Uuid;

pub use cluster::Cluster;
pub use passages::Texts;
pub use postgres::Postgres;
pub use server::settings;
pub use world::{Kind, World, id};

use crate::process::Process;
use crate::subject::Subject;
use protocol::{Live, Posts};
use template::Template;
use token::Signer;

pub const NAME: &str = "colloquy";

/// The program that is measured, and what its installations are made from.
pub struct Colloquy {
    program: PathBuf,
    /// Holds the template and all installations; removed at the end.
    folder: TempDir,
    secret: String,
    template: Template,
}

/// A server that runs over an installation of its own.
pub struct Running {
    pub subject: Subject,
    /// A token of the owner of all bots.
    pub owner: String,
    signer: Signer,
    posts: Arc<Posts>,
    _folder: TempDir,
}

impl Running {
    /// Makes messages so many bytes longer from now on.
    pub fn pad(&self, bytes: usize) {
        self.posts.pad(bytes);
    }

    /// A token of somebody.
    pub fn token(&self, person: usize) -> String {
        self.signer
            .token(id(Kind::Person, person as u64), id(Kind::Family, person as u64))
    }
}

impl Colloquy {
    /// `within`: where data folders go; on the disk whose syncs are measured.
    pub fn new(program: PathBuf, within: &Path) -> Result<Self> {
        let folder = TempDir::with_prefix_in("data-", within)?;
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let template = Template::make(&program, folder.path().join("template"), &secret, &[])?;
        Ok(Self {
            program,
            folder,
            secret,
            template,
        })
    }

    /// Where data folders are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a server over a new installation.
    pub fn start(&self, world: &World) -> Result<Running> {
        self.start_with(world, &[])
    }

    /// The same with something in the server's environment.
    pub fn start_with(&self, world: &World, environment: &[(&str, String)]) -> Result<Running> {
        let folder = TempDir::with_prefix_in("world-", self.folder.path())?;
        self.template.copy(folder.path())?;
        runtime()?.block_on(seed::fill(folder.path(), world))?;
        let (process, address) = server::start(&self.program, folder.path(), &self.secret, environment)?;
        let signer = Signer::new(&self.secret);
        let owner = self.template.owner.clone();
        let live = Live::new(world, &signer, &owner, address);
        Ok(Running {
            owner,
            signer,
            posts: live.posts(),
            subject: Subject {
                name: NAME.into(),
                process,
                address,
                protocol: Arc::new(live),
            },
            _folder: folder,
        })
    }

    /// A data folder: an empty one, or one whose database is there already.
    pub fn data(&self, present: bool) -> Result<TempDir> {
        let folder = TempDir::with_prefix_in("data-", self.folder.path())?;
        if present {
            self.template.copy(folder.path())?;
        }
        Ok(folder)
    }

    /// Starts a server over a data folder.
    pub fn start_in(&self, folder: &Path) -> Result<(Process, SocketAddr)> {
        server::start(&self.program, folder, &self.secret, &[])
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}
