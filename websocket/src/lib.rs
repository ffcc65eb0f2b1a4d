//! The WebSocket protocol as a server speaks it (RFC 6455): bytes in, messages out, and frames to send. It knows no runtime, no
//! stream, no HTTP and nothing of what the messages mean; whoever owns the stream calls it. An idle connection costs a
//! [`Reader`], which is two words and owns nothing.
//!
//! [`frame`] makes what a server sends, [`reader`] reads what a client sends, [`handshake`] proves that one is meant.
//! [`client`] is the other side, for tests and measurements. Extensions are not spoken: none is ever agreed to.

pub mod client;
mod close;
pub mod frame;
pub mod handshake;
mod header;
mod mask;
pub mod reader;
mod violation;

pub use frame::Opcode;
pub use reader::{Incoming, Reader};
pub use violation::Violation;
