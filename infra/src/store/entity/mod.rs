//! The tables as sea-orm sees them, private to the store. Plain columns: what a column means is decided by the feature files
//! beside this folder, how it is declared by `migration`.

pub mod audit;
pub mod bot;
pub mod bot_version;
pub mod event;
pub mod idempotency;
pub mod message;
pub mod notification;
pub mod permission;
pub mod read_marker;
pub mod session;
pub mod stream;
pub mod tenant;
pub mod ticket;
pub mod token_family;
pub mod user;
