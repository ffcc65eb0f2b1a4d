//! Bots: configuration, versions, hand-over, end.

mod admin;
mod model;
mod provider;
mod rows;
mod service;
mod snapshot;

pub use model::{Bot, BotChange, BotFilter, BotHead, BotVersion, Configuration, NewBot, Owner};
pub use provider::{KeyChange, NewProvider, Provider, ProviderKind, ProviderRows, Providers};
pub use rows::BotRows;
pub use service::Bots;
pub use snapshot::{SNAPSHOT_TEXT_BYTES, Snapshot};
