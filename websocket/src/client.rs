//! The other side, as far as tests and measurements need it: frames with a mask, right or wrong in any way, and the headers of
//! what a server sends. Nothing of the server uses it.

use crate::{Opcode, frame, mask};

/// The header of a frame to be sent, apart from its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sketch {
    pub fin: bool,
    /// The three reserved bits.
    pub rsv: u8,
    /// The four bits of the opcode, so that reserved ones can be sent as well.
    pub opcode: u8,
    /// None leaves the frame unmasked, which a server refuses.
    pub key: Option<[u8; 4]>,
}

impl Sketch {
    /// A final frame as it should be.
    pub fn new(opcode: Opcode, key: [u8; 4]) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode: opcode.bits(),
            key: Some(key),
        }
    }

    /// The frame, its length in the shortest form.
    pub fn encode(self, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::with_capacity(frame::header_len(payload.len()) + 4 + payload.len());
        self.encode_into(payload, &mut frame);
        frame
    }

    /// Appends the frame.
    pub fn encode_into(self, payload: &[u8], frame: &mut Vec<u8>) {
        let first = u8::from(self.fin) << 7 | (self.rsv & 0x7) << 4 | (self.opcode & 0xF);
        frame::put_header(
            frame,
            first,
            if self.key.is_some() { 0x80 } else { 0 },
            payload.len(),
        );
        frame.extend_from_slice(self.key.as_ref().map_or(&[][..], |key| key));
        let at = frame.len();
        frame.extend_from_slice(payload);
        if let Some(key) = self.key {
            mask::apply(&mut frame[at..], key, 0);
        }
    }
}

/// A masked, final frame.
pub fn masked(opcode: Opcode, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    Sketch::new(opcode, key).encode(payload)
}

/// What stands in front of a server's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerHeader {
    pub opcode: Opcode,
    pub fin: bool,
    pub header_len: usize,
    pub payload_len: usize,
}

/// Why bytes are no header of a server's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHeader {
    #[error("the header is not whole yet")]
    NeedMore,
    #[error("reserved bits, a reserved opcode, a mask or an impossible length")]
    Wrong,
}

/// Reads the header at the beginning of `bytes`. The payload need not be there.
pub fn server_header(bytes: &[u8]) -> Result<ServerHeader, NoHeader> {
    let [first, second, rest @ ..] = bytes else {
        return Err(NoHeader::NeedMore);
    };
    let opcode = Opcode::from_bits(first & 0xF).ok_or(NoHeader::Wrong)?;
    if first & 0x70 != 0 || second & 0x80 != 0 {
        return Err(NoHeader::Wrong);
    }
    let (header_len, payload_len) = match second {
        126 => (
            4,
            u64::from(u16::from_be_bytes(*rest.first_chunk().ok_or(NoHeader::NeedMore)?)),
        ),
        127 => (
            10,
            u64::from_be_bytes(*rest.first_chunk().ok_or(NoHeader::NeedMore)?),
        ),
        short => (2, u64::from(*short)),
    };
    let payload_len = usize::try_from(payload_len).map_err(|_| NoHeader::Wrong)?;
    Ok(ServerHeader {
        opcode,
        fin: first & 0x80 != 0,
        header_len,
        payload_len,
    })
}
