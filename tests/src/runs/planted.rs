//! Runs with one fault planted on purpose, in the middle of a load on the real server: on the way to a reader, on the way from a
//! writer, or in the database. Each says what the judge must find.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Drive, Ended};
use crate::cluster::{Cluster, Layout};
use crate::judge::{Fault, Received};
use crate::load::{Phase, Size, Tally};
use crate::tamper::{Tamper, Trick};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    Nothing,
    Drop,
    Double,
    Swap,
    /// An event under the number of the one before it.
    Renumber,
    AfterRevocation,
    /// A post is answered before it is committed, and the server killed.
    EarlyAnswer,
    /// A row of the log is missing.
    SkipRow,
    /// The log forgets its newest row, and its number is given again.
    ReuseNumber,
}

impl Plant {
    pub const ALL: [Self; 8] = [
        Self::Drop,
        Self::Double,
        Self::Swap,
        Self::Renumber,
        Self::AfterRevocation,
        Self::EarlyAnswer,
        Self::SkipRow,
        Self::ReuseNumber,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Drop => "an event dropped on the way",
            Self::Double => "an event sent twice",
            Self::Swap => "two events swapped",
            Self::Renumber => "an event under the number before it",
            Self::AfterRevocation => "an event after the revocation",
            Self::EarlyAnswer => "a post answered before its commit, then a kill",
            Self::SkipRow => "a row of the log skipped",
            Self::ReuseNumber => "a number given a second time",
        }
    }

    fn trick(self) -> Trick {
        match self {
            Self::Nothing | Self::SkipRow | Self::ReuseNumber => Trick::None,
            Self::Drop => Trick::Drop,
            Self::Double => Trick::Double,
            Self::Swap => Trick::Swap,
            Self::Renumber => Trick::Renumber,
            Self::AfterRevocation => Trick::AfterRevocation,
            Self::EarlyAnswer => Trick::EarlyAnswer,
        }
    }
}

/// What was planted, and what was found.
#[derive(Debug)]
pub struct Planted {
    pub plant: Plant,
    /// What the judge must find, and nothing else.
    pub due: Vec<Fault>,
    pub ended: Ended,
}

impl Planted {
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.due == self.ended.figures.faults
    }
}

const SIZE: Size = Size {
    bots: 1,
    writers: 3,
    readers: 6,
};

/// A reader who does not write, and the two who go through the man in the middle: this one and the one before.
const VICTIM: usize = 5;

/// # Errors
/// When a step does not work.
pub async fn run(binary: &Path, layout: &Layout, plant: Plant) -> Result<Planted> {
    let mut cluster = Cluster::start(binary, layout).await?;
    let mut load = cluster.load(SIZE).await?;
    load.from_start = true;
    let direct = cluster.addresses().remove(0);
    let mut tamper = Tamper::start(&direct, plant.trick(), &load.people[VICTIM]).await?;
    let through = tamper.address.clone();
    load.doors.readers = (0..SIZE.readers)
        .map(|person| if person + 1 < VICTIM { &direct } else { &through })
        .cloned()
        .collect();
    if plant == Plant::EarlyAnswer {
        load.doors.writers = vec![through];
    }
    let drive = Drive::begin(load, SIZE);
    drive.acknowledged(20).await?;
    let due = match plant {
        Plant::Nothing => Vec::new(),
        Plant::Drop | Plant::Double | Plant::Swap | Plant::Renumber => tamper.planted().await?,
        Plant::AfterRevocation => {
            drive.load.revoke(VICTIM).await?;
            tamper.planted().await?
        }
        Plant::EarlyAnswer => {
            let due = tamper.planted().await?;
            drive.say(Phase::Down);
            again(&mut cluster).await?;
            drive.say(Phase::Up);
            due
        }
        Plant::SkipRow => {
            let (seq, message) = lose(&cluster, &drive, Row::Old).await?;
            vec![Fault::Hole { seq }, Fault::Lost { message_id: message }]
        }
        Plant::ReuseNumber => {
            // Nobody is at it then, or the number would be taken before it is taken back.
            let rested = drive.load.tally.rests() + SIZE.writers as u64;
            drive.say(Phase::Down);
            drive.until(Tally::rests, rested).await?;
            let log = drive.load.log(&drive.load.bots[0]).await?;
            // Somebody should have received it.
            let head = log.last().map_or(0, |event| event.seq);
            drive.until(Tally::farthest, head).await?;
            again(&mut cluster).await?;
            let (_, message) = lose(&cluster, &drive, Row::Newest).await?;
            again(&mut cluster).await?;
            // Who has had the number must be there when it is given again.
            drive.readers_first().await?;
            vec![Fault::Lost { message_id: message }]
        }
    };
    drive.acknowledged(20).await?;
    let ended = drive.end(Vec::new()).await?;
    let due = with_readers(due, plant, &ended);
    Ok(Planted { plant, due, ended })
}

async fn again(cluster: &mut Cluster) -> Result<()> {
    cluster.nodes[0].kill()?;
    cluster.nodes[0].restart().await.map(drop)
}

enum Row {
    Old,
    Newest,
}

/// Takes a row of the log away by hand: its number and its message.
async fn lose(cluster: &Cluster, drive: &Drive, row: Row) -> Result<(u64, String)> {
    let bot = &drive.load.bots[0];
    let log = drive.load.log(bot).await?;
    let mut messages = log.iter().filter(|event| event.message_id.is_some());
    let event = match row {
        Row::Old => messages.next(),
        Row::Newest => messages.next_back(),
    };
    let event = event.context("a message in the log")?;
    let (seq, message) = (event.seq, event.message_id.clone().unwrap_or_default());
    // Somebody should have received it: all read from the first on.
    drive.until(Tally::farthest, seq).await?;
    let stream = if cluster.postgres.is_some() {
        format!("'{}'", bot.id)
    } else {
        format!("x'{}'", bot.id.replace('-', ""))
    };
    let mut sql = format!("DELETE FROM events WHERE stream_id = {stream} AND seq = {seq};");
    if matches!(row, Row::Newest) {
        if log.last() != Some(event) {
            bail!("the newest event is no message");
        }
        sql += &format!("DELETE FROM messages WHERE bot_id = {stream} AND seq = {seq};");
        sql += &format!("UPDATE streams SET head = {} WHERE id = {stream};", seq - 1);
    }
    cluster.database().await.execute(&sql).await;
    Ok((seq, message))
}

/// What those who had received the row that was taken away are found to have, too.
fn with_readers(mut due: Vec<Fault>, plant: Plant, ended: &Ended) -> Vec<Fault> {
    let run = &ended.runs[0];
    if matches!(plant, Plant::SkipRow | Plant::ReuseNumber) {
        let kept = |seq: u64, id: &str| run.log.iter().any(|event| event.seq == seq && event.id == id);
        for reader in &run.readers {
            let events = || {
                reader.frames.iter().filter_map(|frame| match frame {
                    Received::Event { seq, id } => Some((*seq, id.clone())),
                    Received::Greeting { .. } | Received::ReplayComplete { .. } | Received::Pong { .. } => {
                        None
                    }
                })
            };
            for (seq, id) in events().filter(|(seq, id)| !kept(*seq, id)) {
                // The same number came again with what is there now.
                if let Some((_, id)) = events().find(|(again, other)| *again == seq && *other != id) {
                    let place = reader.user.clone();
                    due.push(Fault::Doubled { place, seq, id });
                }
                let reader = reader.user.clone();
                due.push(Fault::Phantom { reader, seq, id });
            }
        }
    }
    due.sort();
    due
}
