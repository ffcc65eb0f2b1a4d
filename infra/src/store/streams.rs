//! How streams and events are written as columns: kinds, audiences, and the way back. The rows themselves are read and written
//! in `events.rs`.

use domain::events::{Audience, Recorded, StreamId};
use domain::ids::{BotId, EventId, UserId};
use domain::{Error, Result};
use uuid::Uuid;

use super::entity::event;

const BOT: i16 = 0;
const USER: i16 = 1;

const EVERYONE: i16 = 0;
const ONLY: i16 = 1;
const NOBODY: i16 = 2;

pub fn kind(stream: StreamId) -> i16 {
    match stream {
        StreamId::Bot(_) => BOT,
        StreamId::User(_) => USER,
    }
}

pub fn stream_id(kind: i16, id: Uuid) -> Result<StreamId> {
    match kind {
        BOT => Ok(StreamId::Bot(BotId(id))),
        USER => Ok(StreamId::User(UserId(id))),
        other => Err(Error::internal(format!("stream {id} is of unknown kind {other}"))),
    }
}

pub fn audience_columns(audience: Audience) -> (i16, Option<Uuid>) {
    match audience {
        Audience::Everyone => (EVERYONE, None),
        Audience::Only(user) => (ONLY, Some(user.0)),
        Audience::Nobody => (NOBODY, None),
    }
}

/// Events that `reader` may see. Who has no right to the stream at all was turned away before.
pub fn seen_by(reader: UserId) -> sea_orm::Condition {
    use sea_orm::{ColumnTrait, Condition};
    let own = Condition::all()
        .add(event::Column::Audience.eq(ONLY))
        .add(event::Column::AudienceUser.eq(reader.0));
    Condition::any()
        .add(event::Column::Audience.eq(EVERYONE))
        .add(own)
}

fn audience(row: &event::Model) -> Result<Audience> {
    match (row.audience, row.audience_user) {
        (EVERYONE, _) => Ok(Audience::Everyone),
        (ONLY, Some(user)) => Ok(Audience::Only(UserId(user))),
        (NOBODY, _) => Ok(Audience::Nobody),
        (other, _) => Err(Error::internal(format!(
            "event {} has the unknown audience {other}",
            row.id
        ))),
    }
}

pub fn recorded(stream: StreamId, row: event::Model) -> Result<Recorded> {
    Ok(Recorded {
        stream,
        seq: row.seq,
        id: EventId(row.id),
        at: row.at.into(),
        audience: audience(&row)?,
        fact: serde_json::from_value(row.fact).map_err(Error::internal)?,
    })
}
