//! What the server and the process that reads a file say to each other: first a line with what to do, then the file in frames (the
//! length in four bytes, the lowest first, and the bytes), the last of which is empty; back come lines, the last of which is `Done`
//! or `Failed`. The server's end stays open until then: if it closes, the server is gone, and the reader ends. Either side takes
//! the other's size for no promise.

use std::io::{self, Read};

use domain::document::{ChunkDraft, Kind};
use serde::{Deserialize, Serialize};

use super::limits::{ExtractLimits, Fault};

/// The longest line either way.
pub const LINE: u64 = 256 * 1024;
/// The bytes of the file in one frame, at most; and of a frame's length.
pub const FRAME: usize = 64 * 1024;
pub const LENGTH: usize = 4;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    pub kind: Kind,
    pub limits: ExtractLimits,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The limits hold. `confined` is false where the kernel has no seccomp filters: then files and the network are in reach.
    Ready {
        confined: bool,
    },
    /// 0 to 1.
    Progress(f32),
    Chunk(ChunkDraft),
    Done {
        pages: Option<u32>,
    },
    Failed(Fault),
}

/// The whole file; None: it is larger than this. What ends before the empty frame is an error, and no file.
pub fn content(stream: &mut impl Read, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    loop {
        let mut length = [0; LENGTH];
        stream.read_exact(&mut length)?;
        let length = u64::from(u32::from_le_bytes(length));
        if length == 0 {
            return Ok(Some(content));
        }
        if content.len() as u64 + length > most {
            return Ok(None);
        }
        if stream.take(length).read_to_end(&mut content)? as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_none() {
        let whole = b"\x03\0\0\0abc\x02\0\0\0de\0\0\0\0";
        assert_eq!(content(&mut &whole[..], 5).unwrap().unwrap(), b"abcde");
        assert_eq!(content(&mut &whole[..], 4).unwrap(), None);
        for end in 0..whole.len() {
            assert!(content(&mut &whole[..end], 5).is_err(), "cut at {end}");
        }
        let claim = b"\xff\xff\xff\xff";
        assert_eq!(content(&mut &claim[..], 1 << 20).unwrap(), None);
    }
}
