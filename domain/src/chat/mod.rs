//! Conversations about and with a bot.

mod access;
mod answer;
mod answering;
mod ending;
mod history;
mod model;
mod read;
mod responder;
mod rows;
mod search;
mod service;
mod session;
mod stopping;

pub(crate) use access::open_session;
pub use access::{Marking, SessionFor, SessionPage};
pub use answer::{Answer, AnswerEnd, AnswerRows, AnswerStatus, Lease, Texts, WAITING};
pub use answering::{Answers, Brief, LEASE, MOST_TOLD, Outcome};
pub use model::{
    Message, MessageRole, NewMessage, NewSession, Posted, ReadMarker, Session, SessionActivity,
    SessionChange, SessionStatus, SessionView, Span, Visibility,
};
pub use read::MarkerMoved;
pub use responder::{Citation, Completion, Failure, Pieces, Prompt, Responder, Turn, Usage};
pub use rows::{ChatRows, SeqSpan};
pub use service::Chat;
pub use stopping::{Stoppable, Stopped};
