//! Full text over messages. The index is the database's own; what differs between databases stands in this file and in
//! `migration/src/m0004_search.rs`, nowhere else.

use domain::Result;
use domain::access::Access;
use domain::chat::Message;
use domain::ids::UserId;
use domain::page::Page;
use sea_orm::{ConnectionTrait, DbBackend};

use super::columns::before_number;
use super::entity::message;
use super::message::into_domain;
use super::tx::SqlTx;
use super::words;

/// The order by `rowid` is the index's own, so that SQLite stops after `LIMIT` hits; it is also the order of numbers within a
/// bot, because a message takes its number and its row in one turn. The number behind a cursor is looked up rather than
/// trusted, for that message may be gone. CROSS JOIN fixes the order of the tables in SQLite: the index is outermost.
const SQLITE: &str = "SELECT m.* FROM message_index
        CROSS JOIN messages m ON m.num = message_index.rowid
        CROSS JOIN sessions s ON s.id = m.session_id
    WHERE message_index MATCH $1
        AND message_index.rowid < COALESCE(
            (SELECT num FROM messages WHERE bot_id = $2 AND seq >= $3 ORDER BY seq LIMIT 1), 9223372036854775807)
        AND m.bot_id = $2 AND (s.visibility = 'shared' OR s.created_by = $4)
    ORDER BY message_index.rowid DESC LIMIT $5";

const POSTGRES: &str =
    "SELECT m.num, m.id, m.session_id, m.bot_id, m.user_id, m.username, m.role, m.content, m.metadata, m.seq,
        m.created_at, m.edited_at
    FROM messages m JOIN sessions s ON s.id = m.session_id
    WHERE m.words @@ CAST($1 AS tsquery) AND m.bot_id = $2 AND m.seq < $3
        AND (s.visibility = 'shared' OR s.created_by = $4)
    ORDER BY m.seq DESC LIMIT $5";

impl SqlTx {
    /// Words that hold no letter or digit are no words to either index; a query of nothing else finds nothing.
    pub(super) async fn full_text(
        &mut self,
        access: &Access,
        reader: UserId,
        words: &[String],
        page: Page,
    ) -> Result<Vec<Message>> {
        let asked: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let bot = access.bot_id().0;
        let (sql, query) = match self.db().get_database_backend() {
            DbBackend::Postgres => (POSTGRES, words::query(&asked)),
            DbBackend::Sqlite | DbBackend::MySql | _ => (
                SQLITE,
                format!(
                    "scope : \"{}\" AND content : ({})",
                    bot.simple(),
                    sqlite_query(&asked)
                ),
            ),
        };
        let values = [
            query.into(),
            bot.into(),
            before_number(page).into(),
            reader.0.into(),
            (page.fetch() as i64).into(),
        ];
        let rows: Vec<message::Model> = self.all(sql, values).await?;
        rows.into_iter().map(into_domain).collect()
    }
}

/// FTS5: each word as a string, in which nothing but the quote means anything; the last may be a beginning.
fn sqlite_query(words: &[&str]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    format!("{} *", quoted.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_become_operators() {
        assert_eq!(sqlite_query(&["a", "b"]), "\"a\" AND \"b\" *");
        assert_eq!(sqlite_query(&["x\" OR \"y"]), "\"x\"\" OR \"\"y\" *");
    }
}
