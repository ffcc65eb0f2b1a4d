//! Everything that touches the outside of the program but the web: the database behind the storage port, the bus between
//! commit and sockets, the relay that mends the bus, house-keeping, backups, the installation's identity, and password hashing.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod backup;
pub mod blobs;
pub mod bus;
pub mod extract;
pub mod installation;
pub mod maintenance;
pub mod passages;
pub mod password;
pub mod relay;
pub mod responder;
pub mod retrieval;
pub mod sealing;
pub mod store;
