//! What the reader makes of a stream, told by the stream alone: a table of legal and illegal frames, and properties against an
//! independent implementation.

#[rustfmt::skip]
mod cases;
mod notation;
mod peer;
mod properties;
mod stream;
mod table;
