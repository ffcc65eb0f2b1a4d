//! Reads what a client sends, in whatever pieces it comes. What is whole in the input is handed on from there; only what is not
//! whole is copied, into memory that grows with what has arrived and goes when the message is handed on. Headers are judged
//! in `header.rs`.

use crate::header::{Header, MAX_HEADER, Rules};
pub use crate::violation::Violation;
use crate::{Opcode, close, mask};

/// What a client sent: a whole message or a control frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong(&'a [u8]),
    /// Code and reason, unless the frame was empty. Nothing is read after it.
    Close(Option<(u16, &'a str)>),
}

/// What is called for every one of them.
type Each<'e> = dyn FnMut(Incoming<'_>) + 'e;

/// The reading side of one connection.
#[derive(Default)]
pub struct Reader {
    /// Only while something is not whole.
    partial: Option<Box<Partial>>,
    ended: bool,
}

/// What has arrived of a frame or a message that is not whole.
#[derive(Default)]
struct Partial {
    head: Head,
    frame: Option<Frame>,
    message: Option<Message>,
}

/// The beginning of a header.
#[derive(Default)]
struct Head {
    bytes: [u8; MAX_HEADER],
    len: usize,
}

/// A frame whose header is whole and whose payload is not.
struct Frame {
    header: Header,
    arrived: usize,
    /// The payload of a control frame; that of a data frame goes to the message.
    control: Vec<u8>,
}

/// A data message of which a fragment or a part of its only frame has arrived.
struct Message {
    is_text: bool,
    data: Vec<u8>,
    /// Up to here `data` is UTF-8, if it is text. Less than a character is left behind it.
    checked: usize,
}

/// Whether there is anything to read behind a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Closed,
}

impl Reader {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads all of `input`, the next piece of the stream, and calls `each` for every message and control frame that it makes
    /// whole, in order. The input is unmasked in place and worthless afterwards. `limit` is the most bytes of one message,
    /// however many frames it comes in, and so of one frame.
    ///
    /// Nothing is read behind a close frame or a violation, neither here nor in later calls, which then give nothing.
    pub fn read(
        &mut self,
        input: &mut [u8],
        limit: usize,
        each: &mut dyn FnMut(Incoming<'_>),
    ) -> Result<(), Violation> {
        if self.ended {
            return Ok(());
        }
        let outcome = self.read_frames(input, limit, each);
        self.ended = outcome != Ok(Flow::On);
        if self.ended || self.partial.as_ref().is_some_and(|partial| partial.is_empty()) {
            self.partial = None;
        }
        outcome.map(|_| ())
    }

    /// Whether no frame and no message is begun. Then the reader owns no memory.
    pub fn is_idle(&self) -> bool {
        self.partial.is_none()
    }

    fn read_frames(
        &mut self,
        mut input: &mut [u8],
        limit: usize,
        each: &mut Each<'_>,
    ) -> Result<Flow, Violation> {
        let mut flow = Flow::On;
        // A frame that has all its payload is never kept, so there is nothing left to do without input.
        while flow == Flow::On && !input.is_empty() {
            (flow, input) = match &mut self.partial {
                Some(partial) if partial.frame.is_some() => partial.go_on(input, each)?,
                Some(_) | None => self.begin(input, limit, each)?,
            };
        }
        Ok(flow)
    }

    /// Reads one frame from its header on, as far as it is there.
    fn begin<'i>(&mut self, input: &'i mut [u8], limit: usize, each: &mut Each<'_>) -> Step<'i> {
        let begun = self
            .partial
            .as_ref()
            .and_then(|partial| partial.message.as_ref())
            .map(|it| it.data.len());
        let Some((header, input)) = self.header(input, Rules { begun, limit })? else {
            return Ok((Flow::On, &mut []));
        };
        if input.len() < header.payload_len {
            let partial = self.partial.get_or_insert_default();
            partial.frame = Some(Frame {
                header,
                arrived: 0,
                control: Vec::new(),
            });
            return Ok((Flow::On, input));
        }
        let (payload, rest) = input.split_at_mut(header.payload_len);
        mask::apply(payload, header.key, 0);
        let flow = if header.is_whole() {
            hand_on(header.opcode, payload, each)?
        } else {
            self.partial
                .get_or_insert_default()
                .add(header, payload, header.fin, each)?
        };
        Ok((flow, rest))
    }

    /// The header at the beginning of `input`, to which an earlier piece may have brought the first bytes, and what is behind
    /// it. If there is not enough of it, what there is is kept.
    fn header<'i>(
        &mut self,
        input: &'i mut [u8],
        rules: Rules,
    ) -> Result<Option<(Header, &'i mut [u8])>, Violation> {
        let kept = self.partial.as_ref().map_or(0, |partial| partial.head.len);
        if kept == 0
            && let Some(header) = Header::read(input, rules)?
        {
            return Ok(Some((header, &mut input[header.len..])));
        }
        let head = &mut self.partial.get_or_insert_default().head;
        let taken = input.len().min(MAX_HEADER - kept);
        head.bytes[kept..kept + taken].copy_from_slice(&input[..taken]);
        head.len = kept + taken;
        let header = Header::read(&head.bytes[..head.len], rules)?;
        // Otherwise the whole input is in the head now: no header is longer.
        Ok(header.map(|header| {
            head.len = 0;
            (header, &mut input[header.len - kept..])
        }))
    }
}

/// What one frame or piece of it led to, and the input behind it.
type Step<'i> = Result<(Flow, &'i mut [u8]), Violation>;

impl Partial {
    fn is_empty(&self) -> bool {
        self.head.len == 0 && self.frame.is_none() && self.message.is_none()
    }

    /// Reads on in the payload of the frame that is begun.
    fn go_on<'i>(&mut self, input: &'i mut [u8], each: &mut Each<'_>) -> Step<'i> {
        let Some(mut frame) = self.frame.take() else {
            return Ok((Flow::On, input));
        };
        let header = frame.header;
        let missing = header.payload_len - frame.arrived;
        let (piece, rest) = input.split_at_mut(missing.min(input.len()));
        mask::apply(piece, header.key, frame.arrived);
        frame.arrived += piece.len();
        let is_all = piece.len() == missing;
        let mut flow = Flow::On;
        if header.opcode.is_control() {
            frame.control.extend_from_slice(piece);
            if is_all {
                flow = hand_on(header.opcode, &frame.control, each)?;
            }
        } else {
            flow = self.add(header, piece, header.fin && is_all, each)?;
        }
        if !is_all {
            self.frame = Some(frame);
        }
        Ok((flow, rest))
    }

    /// Adds payload of a data frame to its message, and hands that on if it is whole by this.
    fn add(
        &mut self,
        header: Header,
        payload: &[u8],
        is_all: bool,
        each: &mut Each<'_>,
    ) -> Result<Flow, Violation> {
        let message = self
            .message
            .get_or_insert_with(|| Message::new(header.opcode == Opcode::Text));
        message.add(payload)?;
        if !is_all {
            return Ok(Flow::On);
        }
        let opcode = if message.is_text {
            Opcode::Text
        } else {
            Opcode::Binary
        };
        let flow = hand_on(opcode, &message.data, each);
        self.message = None;
        flow
    }
}

impl Message {
    fn new(is_text: bool) -> Self {
        Self {
            is_text,
            data: Vec::new(),
            checked: 0,
        }
    }

    /// Text that can no longer become UTF-8 is refused without waiting for the rest of it.
    fn add(&mut self, payload: &[u8]) -> Result<(), Violation> {
        self.data.extend_from_slice(payload);
        if self.is_text {
            let unchecked = &self.data[self.checked..];
            self.checked += match str::from_utf8(unchecked) {
                Ok(_) => unchecked.len(),
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                Err(_) => return Err(Violation::Utf8),
            };
        }
        Ok(())
    }
}

/// Hands on what is whole.
fn hand_on(opcode: Opcode, payload: &[u8], each: &mut Each<'_>) -> Result<Flow, Violation> {
    let incoming = match opcode {
        Opcode::Text => Incoming::Text(str::from_utf8(payload).map_err(|_| Violation::Utf8)?),
        Opcode::Close => Incoming::Close(close::read(payload)?),
        Opcode::Ping => Incoming::Ping(payload),
        Opcode::Pong => Incoming::Pong(payload),
        // A message is handed on under the opcode of its first frame, never as a continuation.
        Opcode::Binary | Opcode::Continuation => Incoming::Binary(payload),
    };
    each(incoming);
    Ok(match opcode {
        Opcode::Close => Flow::Closed,
        Opcode::Text | Opcode::Binary | Opcode::Continuation | Opcode::Ping | Opcode::Pong => Flow::On,
    })
}

#[cfg(test)]
mod tests;
