//! What nodes send each other, as text: who sent it, the number of the piece, and parcels in JSON. A transport that takes short
//! texts alone gets a long one in parts, which are put together at the other end; of one that lost a part nothing is delivered.

use std::collections::HashMap;
use std::sync::Arc;

use domain::events::{Recorded, Sent, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One thing on its way to other nodes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Parcel {
    /// Streams have reached these numbers.
    Heads(Vec<(StreamId, i64)>),
    Facts(Arc<[Recorded]>),
    Signal(Arc<Sent>),
    /// Whatever nodes agree on among themselves.
    Letter(serde_json::Value),
    /// Something before this did not go out.
    Missed,
}

/// Parcels that one text holds at the most.
const TOGETHER: usize = 256;

/// A node's pen.
#[derive(Debug)]
pub(super) struct Writer {
    node: Uuid,
    /// Bytes of one part.
    most: usize,
    number: u64,
}

/// A node's eye.
#[derive(Debug)]
pub(super) struct Reader {
    own: Uuid,
    /// What is on its way from each node, in the parts that have come.
    open: HashMap<Uuid, Open>,
}

#[derive(Debug)]
struct Open {
    number: u64,
    text: String,
    next: usize,
}

impl Writer {
    pub fn new(node: Uuid, most: usize) -> Self {
        Self {
            node,
            most,
            number: 0,
        }
    }

    /// The texts to be sent, in their order.
    pub fn write(&mut self, parcels: &[Parcel]) -> Vec<String> {
        let mut texts = Vec::new();
        for together in parcels.chunks(TOGETHER) {
            match serde_json::to_string(together) {
                Ok(json) => self.part(&json, &mut texts),
                Err(error) => tracing::error!(%error, "something could not be told to other nodes"),
            }
        }
        texts
    }

    fn part(&mut self, json: &str, texts: &mut Vec<String>) {
        self.number += 1;
        let mut parts = Vec::new();
        let mut rest = json;
        while rest.len() > self.most {
            let (part, more) = rest.split_at(rest.floor_char_boundary(self.most));
            parts.push(part);
            rest = more;
        }
        parts.push(rest);
        for (index, part) in parts.iter().enumerate() {
            let head = format!("{} {} {index} {}", self.node.simple(), self.number, parts.len());
            texts.push(format!("{head}\n{part}"));
        }
    }
}

impl Reader {
    pub fn new(own: Uuid) -> Self {
        Self {
            own,
            open: HashMap::new(),
        }
    }

    /// Takes the next text; gives what is complete with it, and who sent it. What this node has sent itself is passed over.
    pub fn read(&mut self, text: &str) -> Option<(Uuid, Vec<Parcel>)> {
        let (head, part) = text.split_once('\n')?;
        let mut words = head.split(' ');
        let node: Uuid = words.next()?.parse().ok()?;
        let number: u64 = words.next()?.parse().ok()?;
        let index: usize = words.next()?.parse().ok()?;
        let parts: usize = words.next()?.parse().ok()?;
        if node == self.own {
            return None;
        }
        let json = if parts == 1 {
            part.to_owned()
        } else {
            self.join(node, number, index, parts, part)?
        };
        let parcels = serde_json::from_str(&json).unwrap_or_else(|error| {
            tracing::debug!(%error, %node, "what a node sent was not understood");
            understood(&json)
        });
        Some((node, parcels))
    }

    fn join(&mut self, node: Uuid, number: u64, index: usize, parts: usize, part: &str) -> Option<String> {
        if index == 0 {
            let open = Open {
                number,
                text: String::new(),
                next: 0,
            };
            self.open.insert(node, open);
        }
        let open = self.open.get_mut(&node)?;
        if open.number != number || open.next != index {
            self.open.remove(&node);
            return None;
        }
        open.text.push_str(part);
        open.next += 1;
        if open.next < parts {
            return None;
        }
        self.open.remove(&node).map(|open| open.text)
    }
}

/// Of what a node of another version sent, in the middle of an upgrade, that which has kept its shape. Letters and signals of a new
/// kind are nothing to this one; what is in the log is found there.
fn understood(json: &str) -> Vec<Parcel> {
    let Ok(sent) = serde_json::from_str::<Vec<serde_json::Value>>(json) else {
        return vec![Parcel::Missed];
    };
    let mut missed = false;
    let mut parcels = Vec::with_capacity(sent.len());
    for parcel in sent {
        let is_signal = parcel.get("signal").is_some();
        match serde_json::from_value(parcel) {
            Ok(parcel) => parcels.push(parcel),
            Err(_) => missed |= !is_signal,
        }
    }
    if missed {
        parcels.push(Parcel::Missed);
    }
    parcels
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn letters(read: Option<(Uuid, Vec<Parcel>)>) -> Vec<serde_json::Value> {
        let (_, parcels) = read.unwrap();
        parcels
            .into_iter()
            .filter_map(|parcel| match parcel {
                Parcel::Letter(letter) => Some(letter),
                Parcel::Heads(_) | Parcel::Facts(_) | Parcel::Signal(_) | Parcel::Missed => None,
            })
            .collect()
    }

    #[test]
    fn long_texts_come_in_parts_and_are_put_together() {
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        let mut writer = Writer::new(one, 100);
        let mut reader = Reader::new(other);
        let long = json!("ä".repeat(300));
        let texts = writer.write(&[Parcel::Letter(long.clone()), Parcel::Letter(json!(2))]);
        assert!(texts.len() > 6 && texts.iter().all(|text| text.len() < 180));
        let (last, first) = texts.split_last().unwrap();
        assert!(first.iter().all(|text| reader.read(text).is_none()));
        assert_eq!(letters(reader.read(last)), [long, json!(2)]);
    }

    #[test]
    fn of_what_lost_a_part_nothing_is_delivered_and_the_next_is() {
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        let mut writer = Writer::new(one, 10);
        let mut reader = Reader::new(other);
        let broken = writer.write(&[Parcel::Letter(json!("0123456789012345678901234567890"))]);
        for (index, text) in broken.iter().enumerate() {
            assert!(index == 1 || reader.read(text).is_none());
        }
        let whole = writer.write(&[Parcel::Letter(json!("0123456789"))]);
        let read: Vec<_> = whole.iter().filter_map(|text| reader.read(text)).collect();
        assert_eq!(read.len(), 1);
    }

    #[test]
    fn of_what_another_version_sent_the_rest_is_taken() {
        let node = Uuid::new_v4();
        let mut reader = Reader::new(Uuid::new_v4());
        let mut read = |sent: serde_json::Value| {
            let (_, parcels) = reader.read(&format!("{} 1 0 1\n{sent}", node.simple())).unwrap();
            let missed = parcels
                .iter()
                .filter(|parcel| matches!(parcel, Parcel::Missed))
                .count();
            (parcels.len(), missed)
        };
        assert_eq!(
            read(json!([{ "signal": { "of": "tomorrow" } }, { "letter": 1 }])),
            (1, 0)
        );
        assert_eq!(
            read(json!([{ "facts": "new" }, { "letter": 1 }, { "heads": {} }])),
            (2, 1)
        );
        assert_eq!(read(json!({})), (1, 1));
    }

    #[test]
    fn own_texts_and_nonsense_are_passed_over() {
        let own = Uuid::new_v4();
        let mut reader = Reader::new(own);
        let texts = Writer::new(own, 100).write(&[Parcel::Missed]);
        assert!(reader.read(&texts[0]).is_none());
        for nonsense in ["", "a", "a b c d\ne", "\n"] {
            assert!(reader.read(nonsense).is_none(), "{nonsense:?}");
        }
    }
}
