//! Conversations about and with a bot.

mod access;
mod model;
mod read;
mod rows;
mod search;
mod service;
mod session;

pub use model::{
    Message, MessageRole, NewMessage, NewSession, Posted, ReadMarker, Session, SessionActivity,
    SessionChange, SessionStatus, SessionView, Span, Visibility,
};
pub use read::MarkerMoved;
pub use rows::{ChatRows, SeqSpan};
pub use service::Chat;
