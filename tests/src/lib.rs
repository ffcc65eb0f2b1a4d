//! The harness: a real server per test, people who use it over HTTP and sockets, and a look into its database from outside.
//! Tests are in `it`; nothing here knows how the server does what it does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod app;
pub mod cast;
pub mod client;
pub mod cluster;
pub mod database;
pub mod disk;
pub mod faults;
pub mod journal;
pub mod judge;
pub mod kill_loop;
pub mod load;
pub mod logs;
pub mod process;
pub mod provider;
pub mod raw;
pub mod runs;
pub mod socket;
pub mod tamper;

pub use app::App;
pub use cast::{Cast, Person};
pub use client::{Answer, Client};
pub use database::Database;
pub use process::Process;
pub use socket::Socket;

/// How long anything may take before the test fails.
pub const DEADLINE: std::time::Duration = std::time::Duration::from_secs(15);

/// An id that nothing has.
pub fn nobody() -> String {
    uuid::Uuid::now_v7().to_string()
}
