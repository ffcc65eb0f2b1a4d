//! A run on paper: one JSON object a line, with what a writer was told, what a reader received, when a reader lost the stream,
//! and what the log finally holds. What is written here can be judged again by somebody else. How a run came about is not here.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::judge::{Acknowledged, Logged, Reader, Received, Run, Withdrawal};

/// One line. Lines of one reader are in the order of arrival, those of the log in its order; otherwise order says nothing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Told(Acknowledged),
    Reads {
        reader: usize,
        user: String,
    },
    Saw {
        reader: usize,
        frame: Received,
    },
    /// This reader lost the stream at a number, and may have got it back at another one.
    Lost {
        reader: usize,
        withdrawal: Withdrawal,
    },
    Kept(Logged),
}

/// Writes a run down.
///
/// # Errors
/// When `to` takes no more.
pub fn write(run: &Run, mut to: impl Write) -> Result<()> {
    let mut line = |line: &Line| -> Result<()> {
        serde_json::to_writer(&mut to, line)?;
        Ok(to.write_all(b"\n")?)
    };
    for told in &run.acknowledged {
        line(&Line::Told(told.clone()))?;
    }
    for (reader, person) in run.readers.iter().enumerate() {
        let user = person.user.clone();
        line(&Line::Reads { reader, user })?;
        for frame in person.frames.iter().cloned() {
            line(&Line::Saw { reader, frame })?;
        }
        for withdrawal in person.withdrawals.iter().copied() {
            line(&Line::Lost { reader, withdrawal })?;
        }
    }
    for event in &run.log {
        line(&Line::Kept(event.clone()))?;
    }
    Ok(to.flush()?)
}

/// Reads a run that was written down.
///
/// # Errors
/// When a line is none of a journal, with its number, or a reader is spoken of that was not introduced.
pub fn read(from: impl BufRead) -> Result<Run> {
    let mut run = Run::default();
    let mut readers: BTreeMap<usize, Reader> = BTreeMap::new();
    for (n, line) in from.lines().enumerate() {
        let line: Line = serde_json::from_str(&line?).with_context(|| format!("line {}", n + 1))?;
        match line {
            Line::Told(told) => run.acknowledged.push(told),
            Line::Saw { reader, frame } => known(&mut readers, reader, n)?.frames.push(frame),
            Line::Lost { reader, withdrawal } => known(&mut readers, reader, n)?.withdrawals.push(withdrawal),
            Line::Kept(event) => run.log.push(event),
            Line::Reads { reader, user } => {
                let introduced = Reader {
                    user,
                    ..Reader::default()
                };
                readers.insert(reader, introduced);
            }
        }
    }
    run.readers = readers.into_values().collect();
    Ok(run)
}

fn known(readers: &mut BTreeMap<usize, Reader>, reader: usize, line: usize) -> Result<&mut Reader> {
    let stranger = || format!("line {}: reader {reader} was not introduced", line + 1);
    readers.get_mut(&reader).with_context(stranger)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Audience;

    fn run() -> Run {
        Run {
            acknowledged: vec![Acknowledged {
                message_id: "m1".to_owned(),
                seq: Some(1),
            }],
            readers: vec![
                Reader::default(),
                Reader {
                    user: "anna".to_owned(),
                    frames: vec![
                        Received::Greeting { since: None, seq: 0 },
                        Received::Event {
                            seq: 1,
                            id: "e1".to_owned(),
                        },
                        Received::Pong { seq: 1 },
                        Received::ReplayComplete {
                            to: 1,
                            complete: false,
                        },
                    ],
                    withdrawals: vec![Withdrawal {
                        at: 1,
                        granted_again: Some(3),
                    }],
                },
            ],
            log: vec![Logged {
                seq: 1,
                id: "e1".to_owned(),
                message_id: Some("m1".to_owned()),
                content: None,
                audience: Audience::Only("anna".to_owned()),
            }],
        }
    }

    #[test]
    fn what_is_written_down_is_read_as_it_was() {
        let mut paper = Vec::new();
        write(&run(), &mut paper).unwrap();
        assert_eq!(read(paper.as_slice()).unwrap(), run());
    }

    #[test]
    fn a_line_that_is_none_is_named_by_its_number() {
        let mut paper = Vec::new();
        write(&run(), &mut paper).unwrap();
        paper.extend_from_slice(b"{\"heard\": 1}\n");
        let lines = paper.iter().filter(|byte| **byte == b'\n').count();
        let error = read(paper.as_slice()).unwrap_err();
        assert_eq!(error.to_string(), format!("line {lines}"));
        let stranger = br#"{"saw":{"reader":7,"frame":{"Pong":{"seq":1}}}}"#;
        let error = read(stranger.as_slice()).unwrap_err();
        assert!(error.to_string().contains("reader 7"), "{error}");
    }
}
