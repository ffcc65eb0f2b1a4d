//! Who may do what on a bot: the table (`policy`), the check (`authorize`), and the use cases of sharing (`service`).

mod authorize;
mod policy;
mod role;
mod rows;
mod service;

pub use authorize::{Access, Standing, authorize};
pub(crate) use authorize::{admit, as_system, authorize_absent};
pub use policy::{Action, Needs, needs_of};
pub use role::Role;
pub use rows::{AccessRows, Permission};
pub use service::{Expiry, Granted, Sharing, Target};
pub(crate) use service::{end_if_expired, end_role};
