//! The server: HTTP and sockets in front of the domain. The only place where the pieces are wired together (`app`).
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod admin_cli;
pub mod answering;
pub mod app;
pub mod auth;
pub mod background;
pub mod backup_cli;
pub mod cli;
pub mod config;
pub mod demo;
pub mod doubt;
pub mod error;
pub mod health;
pub mod http;
pub mod markdown;
pub mod program;
pub mod rates;
pub mod realtime;
pub mod router;
pub mod server;
pub mod standing;
pub mod storage;
pub mod telemetry;
pub mod workers;
