//! What a socket is sent, frame by frame. Only whole text frames hold events; everything else is passed on as it is.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use websocket::client::{NoHeader, server_header};
use websocket::{Opcode, frame};

use super::{BEFORE, Shared, Trick, event_in};
use crate::judge::Fault;

/// What is known of the way to one reader.
struct Way<'a> {
    shared: &'a Shared,
    is_victim: bool,
    events: u64,
    /// The number of the last event that was sent on.
    last: u64,
    /// An event that waits for the next one to overtake it.
    held: Option<Vec<u8>>,
}

pub(super) async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    is_victim: bool,
) -> Result<()> {
    let mut waiting = Vec::new();
    let end = loop {
        if let Some(end) = waiting.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        if from.read_buf(&mut waiting).await? == 0 {
            return Ok(());
        }
    };
    to.write_all(&waiting[..end]).await?;
    waiting.drain(..end);
    let mut way = Way {
        shared,
        is_victim,
        events: 0,
        last: 0,
        held: None,
    };
    loop {
        while let Some((opcode, len, whole)) = first(&waiting)? {
            let rest = waiting.split_off(whole);
            let bytes = std::mem::replace(&mut waiting, rest);
            match opcode {
                Opcode::Text => {
                    let told: Value = serde_json::from_slice(&bytes[whole - len..])?;
                    to.write_all(&way.text(&told, bytes)?).await?;
                }
                Opcode::Close if is_victim && shared.trick == Trick::AfterRevocation && !shared.is_done() => {
                    to.write_all(&way.leak().await?).await?;
                    to.write_all(&bytes).await?;
                }
                Opcode::Close | Opcode::Continuation | Opcode::Binary | Opcode::Ping | Opcode::Pong => {
                    to.write_all(&bytes).await?;
                }
            }
        }
        if from.read_buf(&mut waiting).await? == 0 {
            return Ok(());
        }
    }
}

/// The first frame's kind, the length of its payload, and its own, if it is whole.
fn first(bytes: &[u8]) -> Result<Option<(Opcode, usize, usize)>> {
    let header = match server_header(bytes) {
        Ok(header) => header,
        Err(NoHeader::NeedMore) => return Ok(None),
        Err(error @ NoHeader::Wrong) => bail!(error),
    };
    let whole = header.header_len + header.payload_len;
    Ok((bytes.len() >= whole).then_some((header.opcode, header.payload_len, whole)))
}

impl Way<'_> {
    /// What is sent in place of this text frame.
    fn text(&mut self, told: &Value, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let Some(seq) = event_in(told) else {
            return Ok(bytes);
        };
        self.shared.newest.send_if_modified(|newest| {
            seq > newest.0 && {
                *newest = (seq, told.to_string());
                true
            }
        });
        self.events += 1;
        if let Some(held) = self.held.take() {
            let before = event_in(&payload(&held)?).context("an event was held")?;
            self.plant(vec![Fault::Swapped {
                place: self.victim(),
                seq: before,
                after: seq,
            }]);
            self.last = seq;
            return Ok([bytes, held].concat());
        }
        let previous = std::mem::replace(&mut self.last, seq);
        if !self.is_victim || self.shared.is_done() || self.events <= BEFORE {
            return Ok(bytes);
        }
        self.trick(told, seq, previous, bytes)
    }

    fn trick(&mut self, told: &Value, seq: u64, previous: u64, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let id = told["id"].as_str().context("an event has an id")?.to_owned();
        let reader = self.victim();
        let place = reader.clone();
        Ok(match self.shared.trick {
            Trick::None | Trick::AfterRevocation | Trick::EarlyAnswer => bytes,
            Trick::Drop => {
                self.plant(vec![Fault::Gap { reader, seq }]);
                Vec::new()
            }
            Trick::Double => {
                self.plant(vec![Fault::Doubled { place, seq, id }]);
                [bytes.clone(), bytes].concat()
            }
            Trick::Swap => {
                self.held = Some(bytes);
                Vec::new()
            }
            Trick::Renumber => {
                let mut told = told.clone();
                told["seq"] = previous.into();
                self.plant(vec![
                    Fault::Doubled {
                        place,
                        seq: previous,
                        id: id.clone(),
                    },
                    Fault::Gap {
                        reader: reader.clone(),
                        seq,
                    },
                    Fault::Phantom {
                        reader,
                        seq: previous,
                        id,
                    },
                ]);
                frame::text(told.to_string().as_bytes()).to_vec()
            }
        })
    }

    /// The next event that somebody else is sent.
    async fn leak(&self) -> Result<Vec<u8>> {
        let mut newest = self.shared.newest.subscribe();
        let (seq, told) = newest.wait_for(|newest| newest.0 > self.last).await?.clone();
        let reader = self.victim();
        self.plant(vec![Fault::Leaked { reader, seq }]);
        Ok(frame::text(told.as_bytes()).to_vec())
    }

    fn plant(&self, faults: Vec<Fault>) {
        self.shared.plant(faults);
    }

    fn victim(&self) -> String {
        self.shared.victim.name.clone()
    }
}

/// What a whole text frame of the server's says.
fn payload(bytes: &[u8]) -> Result<Value> {
    let (_, len, whole) = first(bytes)?.context("a whole frame")?;
    Ok(serde_json::from_slice(&bytes[whole - len..whole])?)
}
