//! REST: one file per feature with request, view and handler together, and what they share.

pub mod accounts;
pub mod admin;
pub mod answer;
pub mod answers;
pub mod body;
pub mod bots;
pub mod console;
pub mod contract;
pub mod cors;
pub mod deadline;
pub mod documents;
mod download;
pub mod events;
pub mod fields;
pub mod login_guard;
pub mod markdown;
pub mod messages;
pub mod moment;
pub mod notifications;
pub mod ops;
pub mod origin;
pub mod page;
pub mod part;
pub mod peer;
pub mod places;
pub mod presence;
pub mod problems;
pub mod providers;
pub mod request;
pub mod request_id;
pub mod security_headers;
pub mod sessions;
pub mod sharing;
pub mod snapshot;
pub mod tasks;
pub mod upload;
pub mod view;

use poem_openapi::Tags;

#[derive(Tags)]
pub enum Tag {
    /// Registration, log-in, one's own account
    Accounts,
    /// Bots and their configuration
    Bots,
    /// Who may do what
    Sharing,
    /// Sessions and messages
    Conversations,
    /// What bots answer from
    Documents,
    /// The numbered log of a bot
    Events,
    /// One's inbox
    Notifications,
    /// For administrators
    Administration,
}
