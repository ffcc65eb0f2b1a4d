//! Lines out of a stream of bytes. A server that never ends its line is cut off at a bound.

use bytes::{Buf, BytesMut};

pub const LONGEST_LINE: usize = 256 * 1024;

#[derive(Debug, Default)]
pub struct Lines {
    buffer: BytesMut,
    /// The start of the buffer that is known to hold no line's end.
    searched: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

impl Lines {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line, without its end. `None`: more bytes are needed.
    pub fn next(&mut self) -> Result<Option<BytesMut>, TooLong> {
        let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(at) = unsearched.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return if self.searched > LONGEST_LINE {
                Err(TooLong)
            } else {
                Ok(None)
            };
        };
        let mut line = self.buffer.split_to(self.searched + at);
        self.buffer.advance(1);
        self.searched = 0;
        if line.ends_with(b"\r") {
            line.truncate(line.len() - 1);
        }
        if line.len() > LONGEST_LINE {
            Err(TooLong)
        } else {
            Ok(Some(line))
        }
    }

    /// What stands after the last line's end.
    pub fn rest(&mut self) -> BytesMut {
        self.searched = 0;
        self.buffer.split()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let text = "one\r\n\ntwo\nthrée\nrest".as_bytes();
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for part in text.chunks(size) {
                lines.push(part);
                while let Some(line) = lines.next().unwrap() {
                    found.push(String::from_utf8(line.to_vec()).unwrap());
                }
            }
            assert_eq!(found, ["one", "", "two", "thrée"]);
            assert_eq!(&lines.rest()[..], b"rest");
        }
    }

    #[test]
    fn a_line_may_have_its_bound_and_not_a_byte_more() {
        for (length, end, good) in [
            (LONGEST_LINE, "\n", true),
            (LONGEST_LINE + 1, "\n", false),
            (LONGEST_LINE + 1, "", false),
        ] {
            let mut lines = Lines::default();
            lines.push(&vec![b'a'; length]);
            lines.push(end.as_bytes());
            assert_eq!(lines.next().is_ok(), good, "{length}");
        }
    }
}
