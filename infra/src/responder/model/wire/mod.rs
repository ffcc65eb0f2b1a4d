//! The three wire formats: what is asked, and what the lines of the answer mean. Bytes, time-outs and tries are not known here.

mod read;
mod request;

pub use read::{Decoder, Event};
pub use request::{Options, body, headers, url};
