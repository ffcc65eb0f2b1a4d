//! People: accounts, log-ins, and their administration. Hashing of passwords and making of tokens is not done here.

mod admin;
mod identify;
mod login;
mod model;
mod rows;
mod service;

pub use admin::UserChange;
pub(crate) use identify::{begin_as, identify, recognise};
pub use login::{Door, Opened, Refreshed};
pub use model::{Family, Identity, NewUser, PasswordHash, TenantRole, Ticket, User};
pub use rows::AccountRows;
pub use service::{Accounts, Lifetimes};
