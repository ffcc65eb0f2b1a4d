//! The checker of runs. Writers say what was acknowledged, readers what they received and in which order, the log
//! says what is kept; the judge says where these three disagree. It knows nothing of how a run was driven (that is
//! `load` and `kill_loop`), takes no part in it, and has its own tests, in which every fault is planted on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;

/// What one stream (one bot) left behind: everything the judge may look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    pub acknowledged: Vec<Acknowledged>,
    pub readers: Vec<Reader>,
    /// In the order in which the log gave it.
    pub log: Vec<Logged>,
}

/// A success that a writer was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    pub message_id: String,
    pub seq: Option<u64>,
}

/// One event as the log finally holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    pub seq: u64,
    pub id: String,
    /// The message that a `chat_message` made.
    pub message_id: Option<String>,
    /// Its text, if the run's texts are all different: the same text twice is then one post that was taken twice.
    pub content: Option<String>,
    pub audience: Audience,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    Everyone,
    /// A private session's creator.
    Only(String),
}

/// One person's side of the run, over all their connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reader {
    pub user: String,
    pub frames: Vec<Received>,
    /// Where this person lost the stream, and where they got it back.
    pub withdrawals: Vec<Withdrawal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    pub at: u64,
    pub granted_again: Option<u64>,
}

/// What came, in order. A `Greeting` begins a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Received {
    Greeting { since: Option<u64>, seq: u64 },
    Event { seq: u64, id: String },
    ReplayComplete { to: u64, complete: bool },
    Pong { seq: u64 },
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Acknowledged, but the log does not hold it (or holds it under another number).
    Lost { message_id: String },
    /// Twice in the log, or twice at one reader.
    Doubled { place: String, seq: u64, id: String },
    /// A number that the log does not hold although it holds a higher one.
    Hole { seq: u64 },
    /// A lower number after a higher one.
    Swapped { place: String, seq: u64, after: u64 },
    /// In the log, visible to this reader, between their first and last position, and never received.
    Gap { reader: String, seq: u64 },
    /// Received, but not in the log under that number.
    Phantom { reader: String, seq: u64, id: String },
    /// Received although the reader may not see it: after their revocation, or out of another's private session.
    Leaked { reader: String, seq: u64 },
}

impl Fault {
    /// What kind of fault it is, in one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lost { .. } => "lost",
            Self::Doubled { .. } => "doubled",
            Self::Hole { .. } => "hole",
            Self::Swapped { .. } => "swapped",
            Self::Gap { .. } => "gap",
            Self::Phantom { .. } => "phantom",
            Self::Leaked { .. } => "leaked",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { message_id } => write!(out, "lost: {message_id} was acknowledged"),
            Self::Doubled { place, seq, id } => write!(out, "doubled at {place}: {seq} ({id})"),
            Self::Hole { seq } => write!(out, "hole in the log at {seq}"),
            Self::Swapped { place, seq, after } => write!(out, "swapped at {place}: {seq} after {after}"),
            Self::Gap { reader, seq } => write!(out, "gap at {reader}: {seq} never came"),
            Self::Phantom { reader, seq, id } => write!(out, "phantom at {reader}: {seq} ({id})"),
            Self::Leaked { reader, seq } => write!(out, "leaked to {reader}: {seq}"),
        }
    }
}

/// Every fault of the run, in a stable order. Empty is the verdict one hopes for.
#[must_use]
pub fn judge(run: &Run) -> Vec<Fault> {
    let mut faults = judge_log(&run.log);
    faults.extend(judge_acknowledged(run));
    for reader in &run.readers {
        faults.extend(judge_reader(reader, &run.log));
    }
    faults.sort();
    faults
}

/// Fails with all faults of the run, one a line.
///
/// # Panics
/// When there is one.
pub fn assert_clean(run: &Run) {
    let faults = judge(run);
    let told: Vec<String> = faults.iter().take(40).map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), told.join("\n"));
}

fn judge_log(log: &[Logged]) -> Vec<Fault> {
    let place = || "the log".to_owned();
    let mut faults = Vec::new();
    let (mut seqs, mut ids) = (BTreeSet::new(), BTreeSet::new());
    let (mut messages, mut contents) = (BTreeSet::new(), BTreeSet::new());
    let mut newest = 0;
    for event in log {
        let again = !seqs.insert(event.seq)
            | !ids.insert(&event.id)
            | event
                .message_id
                .as_ref()
                .is_some_and(|message| !messages.insert(message))
            | event
                .content
                .as_ref()
                .is_some_and(|content| !contents.insert(content));
        if again {
            faults.push(Fault::Doubled {
                place: place(),
                seq: event.seq,
                id: event.id.clone(),
            });
        } else if event.seq < newest {
            faults.push(Fault::Swapped {
                place: place(),
                seq: event.seq,
                after: newest,
            });
        }
        newest = newest.max(event.seq);
    }
    faults.extend(
        (1..newest)
            .filter(|seq| !seqs.contains(seq))
            .map(|seq| Fault::Hole { seq }),
    );
    faults
}

fn judge_acknowledged(run: &Run) -> Vec<Fault> {
    let messages: BTreeSet<&String> = run
        .log
        .iter()
        .filter_map(|event| event.message_id.as_ref())
        .collect();
    let numbered: BTreeSet<(&String, u64)> = run
        .log
        .iter()
        .filter_map(|event| Some((event.message_id.as_ref()?, event.seq)))
        .collect();
    run.acknowledged
        .iter()
        .filter(|told| match told.seq {
            None => !messages.contains(&told.message_id),
            Some(seq) => !numbered.contains(&(&told.message_id, seq)),
        })
        .map(|told| Fault::Lost {
            message_id: told.message_id.clone(),
        })
        .collect()
}

/// A stretch of the stream of which this reader must have everything that they may see: `after` < seq ≤ `upto`.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    after: u64,
    upto: u64,
}

fn judge_reader(reader: &Reader, log: &[Logged]) -> Vec<Fault> {
    let kept: BTreeMap<u64, &Logged> = log.iter().map(|event| (event.seq, event)).collect();
    let name = || reader.user.clone();
    let mut faults = Vec::new();
    let mut received = BTreeSet::new();
    let mut stretches: Vec<Stretch> = Vec::new();
    let (mut newest, mut head) = (0, 0);

    for frame in &reader.frames {
        match frame {
            Received::Greeting { since, seq } => {
                head = *seq;
                if reader
                    .withdrawals
                    .iter()
                    .any(|lost| head > lost.at && shut_out(lost, head))
                {
                    faults.push(Fault::Leaked {
                        reader: name(),
                        seq: head,
                    });
                }
                match (since, stretches.last_mut()) {
                    (None, _) => {
                        stretches.push(Stretch {
                            after: *seq,
                            upto: *seq,
                        });
                        newest = newest.max(*seq);
                    }
                    (Some(since), None) => stretches.push(Stretch {
                        after: *since,
                        upto: *since,
                    }),
                    (Some(_), Some(_)) => {}
                }
            }
            Received::Event { seq, id } => {
                if kept.get(seq).is_none_or(|event| event.id != *id) {
                    faults.push(Fault::Phantom {
                        reader: name(),
                        seq: *seq,
                        id: id.clone(),
                    });
                }
                let hidden = kept.get(seq).is_some_and(|event| !sees(reader, event));
                if hidden
                    || reader
                        .withdrawals
                        .iter()
                        .any(|lost| *seq > lost.at && shut_out(lost, head))
                {
                    faults.push(Fault::Leaked {
                        reader: name(),
                        seq: *seq,
                    });
                }
                if !received.insert(*seq) {
                    faults.push(Fault::Doubled {
                        place: name(),
                        seq: *seq,
                        id: id.clone(),
                    });
                } else if *seq < newest {
                    faults.push(Fault::Swapped {
                        place: name(),
                        seq: *seq,
                        after: newest,
                    });
                }
                newest = newest.max(*seq);
                reach(&mut stretches, *seq);
            }
            Received::ReplayComplete { to, complete: true } | Received::Pong { seq: to } => {
                reach(&mut stretches, *to);
            }
            Received::ReplayComplete { to, complete: false } => {
                newest = *to;
                stretches.push(Stretch {
                    after: *to,
                    upto: *to,
                });
            }
        }
    }

    let missed = kept.values().filter(|event| {
        sees(reader, event)
            && !received.contains(&event.seq)
            && !withheld(reader, event.seq)
            && stretches
                .iter()
                .any(|s| s.after < event.seq && event.seq <= s.upto)
    });
    faults.extend(missed.map(|event| Fault::Gap {
        reader: name(),
        seq: event.seq,
    }));
    faults
}

/// Whether a connection whose greeting said `head` must hold nothing that came after the loss. One that was made
/// after the new grant may be given everything, also what happened in between.
fn shut_out(lost: &Withdrawal, head: u64) -> bool {
    lost.granted_again.is_none_or(|again| head < again)
}

/// Whether this came after a loss that was never undone: the server must not send it.
fn withheld(reader: &Reader, seq: u64) -> bool {
    reader
        .withdrawals
        .iter()
        .any(|lost| seq > lost.at && lost.granted_again.is_none())
}

fn sees(reader: &Reader, event: &Logged) -> bool {
    match &event.audience {
        Audience::Everyone => true,
        Audience::Only(user) => *user == reader.user,
    }
}

fn reach(stretches: &mut [Stretch], seq: u64) {
    if let Some(last) = stretches.last_mut() {
        last.upto = last.upto.max(seq);
    }
}
