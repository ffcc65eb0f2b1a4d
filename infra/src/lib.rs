//! Everything that touches the outside of the program but the web: the database behind the storage port, the bus between
//! commit and sockets, the relay that mends the bus, house-keeping, the installation's identity, and password hashing.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bus;
pub mod installation;
pub mod maintenance;
pub mod password;
pub mod relay;
pub mod store;
