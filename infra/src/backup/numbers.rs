//! Numbers: every stream without a hole from its floor to its head, nothing beyond, nothing twice; and what is counted along with
//! rows, against the rows.

use domain::Result;
use domain::events::StreamId;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::check::Findings;
use crate::store::stream_id;
use crate::store::whole::{all, one};

/// Streams whose events are not exactly those between floor and head. An event without a stream is an orphan.
const STREAMS: &str = "SELECT s.id, s.kind, s.head, s.floor, COUNT(e.seq) AS events,
        COUNT(DISTINCT e.seq) AS numbers, COALESCE(MIN(e.seq), 0) AS lowest, COALESCE(MAX(e.seq), 0) AS highest
    FROM streams s LEFT JOIN events e ON e.stream_id = s.id
    GROUP BY s.id, s.kind, s.head, s.floor
    HAVING COUNT(e.seq) <> s.head - s.floor OR COUNT(DISTINCT e.seq) <> COUNT(e.seq)
        OR (COUNT(e.seq) > 0 AND (MIN(e.seq) <> s.floor + 1 OR MAX(e.seq) <> s.head))
    ORDER BY s.id";

/// The first number after one that is there, and is not.
const HOLE: &str = "SELECT COALESCE(MIN(e.seq), 0) + 1 AS seq FROM events e WHERE e.stream_id = $1
    AND NOT EXISTS (SELECT 1 FROM events n WHERE n.stream_id = e.stream_id AND n.seq = e.seq + 1)";

/// Messages with a number that their bot's stream has not given.
const BEYOND: &str =
    "SELECT m.id, m.seq AS number, s.head AS bound FROM messages m JOIN streams s ON s.id = m.bot_id
    WHERE m.seq > s.head ORDER BY m.id";

const COUNTED: &str = "SELECT s.id, s.message_count AS number, COUNT(m.num) AS bound
    FROM sessions s LEFT JOIN messages m ON m.session_id = s.id
    GROUP BY s.id, s.message_count HAVING COUNT(m.num) <> s.message_count ORDER BY s.id";

const PASSAGES: &str = "SELECT d.id, d.chunks AS number, COUNT(c.num) AS bound
    FROM documents d LEFT JOIN chunks c ON c.document_id = d.id WHERE d.status = 'processed'
    GROUP BY d.id, d.chunks HAVING COUNT(c.num) <> d.chunks ORDER BY d.id";

/// Entries of the documents' log with a number that it has not given.
const LOGGED: &str = "SELECT c.document_id AS id, c.seq AS number, i.document_seq AS bound
    FROM document_changes c JOIN installation i ON i.id = 1 WHERE c.seq > i.document_seq ORDER BY c.seq";

#[derive(FromQueryResult)]
struct StreamRow {
    id: Uuid,
    kind: i16,
    head: i64,
    floor: i64,
    events: i64,
    numbers: i64,
    lowest: i64,
    highest: i64,
}

#[derive(FromQueryResult)]
struct NumberRow {
    id: Uuid,
    number: i64,
    bound: i64,
}

#[derive(FromQueryResult)]
struct SeqRow {
    seq: i64,
}

pub async fn look(db: &impl ConnectionTrait, findings: &mut Findings) -> Result<()> {
    let streams: Vec<StreamRow> = all(db, STREAMS, []).await?;
    for stream in streams {
        let what = wrong(db, &stream).await?;
        let name = stream_id(stream.kind, stream.id).map_or_else(
            |_| format!("{} (of no known kind)", stream.id),
            |id| match id {
                StreamId::Bot(bot) => format!("of the bot {}", bot.0),
                StreamId::User(user) => format!("of the person {}", user.0),
            },
        );
        findings.add("numbers", format!("the stream {name} {what}"));
    }
    let beyond: Vec<NumberRow> = all(db, BEYOND, []).await?;
    for NumberRow { id, number, bound } in beyond {
        let line = format!("the message {id} has the number {number}, and its stream ends at {bound}");
        findings.add("numbers", line);
    }
    let logged: Vec<NumberRow> = all(db, LOGGED, []).await?;
    for NumberRow { id, number, bound } in logged {
        let line =
            format!("the change of the document {id} has the number {number}, and the log ends at {bound}");
        findings.add("numbers", line);
    }
    let counted: Vec<NumberRow> = all(db, COUNTED, []).await?;
    for NumberRow { id, number, bound } in counted {
        let line = format!("the session {id} says that it has {number} messages, and has {bound}");
        findings.add("counts", line);
    }
    let passages: Vec<NumberRow> = all(db, PASSAGES, []).await?;
    for NumberRow { id, number, bound } in passages {
        let line = format!("the document {id} says that it has {number} passages, and has {bound}");
        findings.add("counts", line);
    }
    Ok(())
}

async fn wrong(db: &impl ConnectionTrait, stream: &StreamRow) -> Result<String> {
    let StreamRow {
        id,
        head,
        floor,
        events,
        numbers,
        lowest,
        highest,
        ..
    } = *stream;
    if events != numbers {
        return Ok(format!("has {} numbers twice", events - numbers));
    }
    if highest > head {
        return Ok(format!(
            "ends at {head}, and has an event with the number {highest}"
        ));
    }
    if events > 0 && lowest <= floor {
        return Ok(format!(
            "begins after {floor}, and has an event with the number {lowest}"
        ));
    }
    let first = if events == 0 || lowest > floor + 1 {
        floor + 1
    } else {
        one::<SeqRow>(db, HOLE, [id.into()]).await?.seq
    };
    Ok(format!(
        "lacks the number {first}: of those from {} to {head} it has {events}",
        floor + 1
    ))
}
