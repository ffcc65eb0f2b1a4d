//! What the tests need beside the project itself: PostgreSQL and Redis servers, and balancers, of their own, on free ports of the
//! loopback interface. They are found where Debian's packages put them, and go with the process that started them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod child;
mod choice;
mod databases;
mod postgres;
mod proxy;
mod redis;

pub use child::{Child, free_port};
pub use choice::choice;
pub use databases::{Databases, are_two_nodes, is_postgres};
pub use postgres::Postgres;
pub use proxy::{Proxy, is_proxied};
pub use redis::{Redis, is_redis};
