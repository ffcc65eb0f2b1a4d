//! People's inboxes: who hears of what (`derive`), reading and dismissing (`service`).

mod derive;
mod model;
mod rows;
mod service;

pub(crate) use derive::derive;
pub use model::{Notification, NotificationType};
pub use rows::NotificationRows;
pub(crate) use service::notify;
pub use service::{BroadcastLevel, Inbox};
