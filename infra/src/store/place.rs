//! What a connection is greeted with, in one statement: whose credential it is, their right, and where its streams are. One
//! statement is one moment: the right is the one that stands at the number that is given.

use domain::access::Standing;
use domain::account::Identity;
use domain::chat::ReadMarker;
use domain::events::{BotPlace, Epoch, InboxPlace, StreamPlace, StreamState};
use domain::ids::{BotId, MessageId, SessionId, UserId};
use domain::{Credential, Error, Result};
use sea_orm::FromQueryResult;
use sea_orm::prelude::Uuid;

use super::access::StandingRow;
use super::credential::IdentityRow;
use super::packed::{spelled, unpacked};
use super::sql;
use super::tx::SqlTx;

const BOT: &str = concat!(
    "SELECT ",
    sql::identity!(),
    ", ",
    sql::standing!(),
    " FROM ",
    sql::log_ins!(),
    " ",
    sql::join_standing!("$3"),
    " WHERE f.id = $4"
);

/// With the read markers of the newest sessions. Markers of those who lost their role stay, for the day they come back, and are
/// shown to nobody meanwhile; who has no role reads none, and does not wait for any to be found.
const BOT_PLACE: &str = concat!(
    "SELECT ",
    sql::identity!(),
    ", ",
    sql::standing!(),
    ", i.epoch, v.head, v.floor, w.head AS control_seq,
        CASE WHEN p.role IS NULL THEN '[]' ELSE (
            SELECT CAST(json_group_array(json_array(hex(k.session_id), hex(k.user_id), hex(k.message_id))) AS text)
            FROM (
                    SELECT s.id FROM sessions s
                    WHERE s.bot_id = $3 AND (s.visibility = 'shared' OR s.created_by = $1)
                    ORDER BY s.id DESC LIMIT $5
                ) n
                CROSS JOIN read_markers k
                CROSS JOIN permissions q
            WHERE k.session_id = n.id AND q.bot_id = $3 AND q.user_id = k.user_id
                AND (q.expires_at IS NULL OR q.expires_at > $2)
        ) END AS packed FROM ",
    sql::log_ins!(),
    " LEFT JOIN installation i ON i.id = 1
    LEFT JOIN streams v ON v.id = $3
    LEFT JOIN streams w ON w.id = $1 ",
    sql::join_standing!("$3"),
    " WHERE f.id = $4"
);

const INBOX_PLACE: &str = concat!(
    "SELECT ",
    sql::identity!(),
    ", i.epoch, w.head, w.floor, w.head AS control_seq,
        (SELECT COUNT(*) FROM notifications n WHERE n.user_id = $1 AND n.read_at IS NULL) AS unread FROM ",
    sql::log_ins!(),
    " LEFT JOIN installation i ON i.id = 1
    LEFT JOIN streams w ON w.id = $1
    WHERE f.id = $2"
);

#[derive(FromQueryResult)]
struct OnBotRow {
    #[sea_orm(nested)]
    identity: IdentityRow,
    #[sea_orm(nested(prefix = "bot_"))]
    standing: Option<StandingRow>,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    epoch: Option<String>,
    /// There is no stream yet, or no more.
    head: Option<i64>,
    floor: Option<i64>,
    control_seq: Option<i64>,
}

#[derive(FromQueryResult)]
struct BotPlaceRow {
    #[sea_orm(nested)]
    who: OnBotRow,
    #[sea_orm(nested)]
    place: PlaceRow,
    packed: Option<String>,
}

#[derive(FromQueryResult)]
struct InboxPlaceRow {
    #[sea_orm(nested)]
    identity: IdentityRow,
    #[sea_orm(nested)]
    place: PlaceRow,
    unread: i64,
}

impl OnBotRow {
    fn into_domain(self, credential: Credential) -> Result<(Identity, Option<Standing>)> {
        let identity = self.identity.into_domain(credential.family)?;
        let standing = self.standing.map(|row| row.into_domain(credential.user_id));
        Ok((identity, standing.transpose()?))
    }
}

impl PlaceRow {
    fn into_domain(self) -> Result<StreamPlace> {
        let epoch = self.epoch.map(Epoch);
        Ok(StreamPlace {
            state: StreamState {
                head: self.head.unwrap_or(0),
                floor: self.floor.unwrap_or(0),
            },
            control_seq: self.control_seq.unwrap_or(0),
            epoch: epoch.ok_or_else(|| Error::internal("the installation's row is missing"))?,
        })
    }
}

impl SqlTx {
    pub(super) async fn identity_and_standing(
        &mut self,
        credential: Credential,
        bot: BotId,
    ) -> Result<Option<(Identity, Option<Standing>)>> {
        let values = [
            credential.user_id.0.into(),
            self.at().into(),
            bot.0.into(),
            credential.family.0.into(),
        ];
        let row: Option<OnBotRow> = self.one(BOT, values).await?;
        row.map(|row| row.into_domain(credential)).transpose()
    }

    pub(super) async fn place_at_bot(
        &mut self,
        credential: Credential,
        bot: BotId,
        sessions: u32,
    ) -> Result<Option<(Identity, BotPlace)>> {
        let values = [
            credential.user_id.0.into(),
            self.at().into(),
            bot.0.into(),
            credential.family.0.into(),
            i64::from(sessions).into(),
        ];
        let sql = spelled(self, BOT_PLACE);
        let Some(row): Option<BotPlaceRow> = self.one(&sql, values).await? else {
            return Ok(None);
        };
        let markers = unpacked::<(Uuid, Uuid, Uuid)>(row.packed.as_deref())?.into_iter();
        let mut read: Vec<ReadMarker> = markers
            .map(|(session, user, message)| ReadMarker {
                session_id: SessionId(session),
                user_id: UserId(user),
                message_id: MessageId(message),
            })
            .collect();
        read.sort_unstable_by_key(|marker| (marker.session_id, marker.user_id));
        let BotPlaceRow { who, place, .. } = row;
        let (identity, standing) = who.into_domain(credential)?;
        let place = BotPlace {
            standing,
            place: place.into_domain()?,
            read,
        };
        Ok(Some((identity, place)))
    }

    pub(super) async fn place_at_inbox(
        &mut self,
        credential: Credential,
    ) -> Result<Option<(Identity, InboxPlace)>> {
        let values = [credential.user_id.0.into(), credential.family.0.into()];
        let Some(row): Option<InboxPlaceRow> = self.one(INBOX_PLACE, values).await? else {
            return Ok(None);
        };
        let place = InboxPlace {
            place: row.place.into_domain()?,
            unread: row.unread,
        };
        Ok(Some((row.identity.into_domain(credential.family)?, place)))
    }
}
