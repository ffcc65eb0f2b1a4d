//! The header of a client's frame (RFC 6455, section 5.2), judged byte by byte in the order of arrival: what the first byte
//! forbids is refused before the second is there, and the outcome does not depend on how the bytes were cut.

use crate::Violation;
use crate::frame::{MAX_CONTROL, Opcode};

/// The longest header in bytes: two, eight of length, four of key.
pub(crate) const MAX_HEADER: usize = 14;

#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub opcode: Opcode,
    pub fin: bool,
    pub key: [u8; 4],
    pub payload_len: usize,
    /// Bytes of the header itself.
    pub len: usize,
}

/// What a header is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// Bytes of the message begun by earlier frames, if one is.
    pub begun: Option<usize>,
    /// Bytes of one message.
    pub limit: usize,
}

impl Header {
    /// Whether the frame is a message of its own, or a control frame.
    pub(crate) fn is_whole(&self) -> bool {
        self.fin && self.opcode != Opcode::Continuation
    }

    /// The header at the beginning of `bytes`, or None when more of it must come.
    pub(crate) fn read(bytes: &[u8], rules: Rules) -> Result<Option<Self>, Violation> {
        let Some((&first, bytes)) = bytes.split_first() else {
            return Ok(None);
        };
        let opcode = opcode(first, rules)?;
        let Some((&second, bytes)) = bytes.split_first() else {
            return Ok(None);
        };
        if second & 0x80 == 0 {
            return Err(Violation::Protocol("the frame is not masked"));
        }
        let short = second & 0x7F;
        if opcode.is_control() && usize::from(short) > MAX_CONTROL {
            return Err(Violation::Protocol("the control frame is too long"));
        }
        let Some((payload_len, bytes)) = length(short, bytes)? else {
            return Ok(None);
        };
        let payload_len = allowed(payload_len, opcode, rules)?;
        let Some(&key) = bytes.first_chunk::<4>() else {
            return Ok(None);
        };
        let len = 2 + extended(short) + key.len();
        Ok(Some(Self {
            opcode,
            fin: first & 0x80 != 0,
            key,
            payload_len,
            len,
        }))
    }
}

fn opcode(first: u8, rules: Rules) -> Result<Opcode, Violation> {
    if first & 0x70 != 0 {
        return Err(Violation::Protocol("reserved bits are set"));
    }
    let Some(opcode) = Opcode::from_bits(first & 0x0F) else {
        return Err(Violation::Protocol("a reserved opcode"));
    };
    match (opcode, rules.begun) {
        (Opcode::Close | Opcode::Ping | Opcode::Pong, _) if first & 0x80 == 0 => {
            Err(Violation::Protocol("the control frame is fragmented"))
        }
        (Opcode::Continuation, None) => Err(Violation::Protocol("nothing to continue")),
        (Opcode::Text | Opcode::Binary, Some(_)) => {
            Err(Violation::Protocol("the message before is not finished"))
        }
        (
            Opcode::Continuation
            | Opcode::Text
            | Opcode::Binary
            | Opcode::Close
            | Opcode::Ping
            | Opcode::Pong,
            _,
        ) => Ok(opcode),
    }
}

/// How many bytes of length follow the second byte.
fn extended(short: u8) -> usize {
    match short {
        126 => 2,
        127 => 8,
        _ => 0,
    }
}

/// The length and what is behind it, or None when more of it must come.
fn length(short: u8, bytes: &[u8]) -> Result<Option<(u64, &[u8])>, Violation> {
    let (len, shortest, rest) = match short {
        126 => match bytes.split_first_chunk::<2>() {
            Some((len, rest)) => (u64::from(u16::from_be_bytes(*len)), 126, rest),
            None => return Ok(None),
        },
        127 => match bytes.split_first_chunk::<8>() {
            Some((len, rest)) => (u64::from_be_bytes(*len), 0x1_0000, rest),
            None => return Ok(None),
        },
        short => (u64::from(short), 0, bytes),
    };
    if len < shortest {
        return Err(Violation::Protocol("the length is not in its shortest form"));
    }
    if len >> 63 != 0 {
        return Err(Violation::Protocol("the length has its highest bit set"));
    }
    Ok(Some((len, rest)))
}

/// Before the payload arrives and before memory is taken for it.
fn allowed(payload_len: u64, opcode: Opcode, rules: Rules) -> Result<usize, Violation> {
    let payload_len = usize::try_from(payload_len).map_err(|_| Violation::TooBig)?;
    // Control frames have a limit of their own, and it is small.
    let left = rules.limit.saturating_sub(rules.begun.unwrap_or(0));
    if !opcode.is_control() && payload_len > left {
        return Err(Violation::TooBig);
    }
    Ok(payload_len)
}
