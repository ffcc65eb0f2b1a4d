//! What the tests need beside the project itself: PostgreSQL servers of their own, on free ports of the loopback interface. They
//! are found where Debian's packages put them, and go with the process that started them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod child;
mod databases;
mod postgres;

pub use child::Child;
pub use databases::{Databases, are_two_nodes, is_postgres};
pub use postgres::Postgres;
