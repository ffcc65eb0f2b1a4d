//! What Colloquy is, without web and database: people, bots, roles, conversations, and the numbered events that tell of every
//! change. Services decide; what they decide is committed together with its events.

pub mod access;
pub mod account;
pub mod audit;
pub mod bot;
pub mod caller;
pub mod chat;
pub mod document;
pub mod error;
pub mod events;
pub mod idempotency;
pub mod ids;
pub mod notification;
pub mod page;
pub mod store;
pub mod task;
pub mod tenant;
pub mod text;
pub mod time;

pub use caller::{Actor, Caller, Credential};
pub use error::{Conflict, Error, FieldError, Lacking, Result, Subject, Unauthenticated};
