//! The full-text index over messages. SQLite keeps it by itself, with triggers; on PostgreSQL it is over a column of words that
//! is written with the text.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `content=''` stores no second copy of the texts, `contentless_delete=1` lets rows go all the same. `scope` is the bot's id
/// as 32 hex digits, one word to the tokenizer: a query is limited to one bot inside the index, not after it.
const SQLITE: &str = "
CREATE VIRTUAL TABLE message_index USING fts5(
    content, scope, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER message_index_insert AFTER INSERT ON messages BEGIN
    INSERT INTO message_index (rowid, content, scope) VALUES (new.num, new.content, lower(hex(new.bot_id)));
END;
CREATE TRIGGER message_index_update AFTER UPDATE OF content ON messages BEGIN
    UPDATE message_index SET content = new.content, scope = lower(hex(new.bot_id)) WHERE rowid = new.num;
END;
CREATE TRIGGER message_index_delete AFTER DELETE ON messages BEGIN
    DELETE FROM message_index WHERE rowid = old.num;
END;
";

/// The words are found by the program (`infra/src/store/words.rs`): PostgreSQL's own parsers split texts in other ways than
/// SQLite's does. PostgreSQL refuses a vector above 1 MiB; a message has at most 64 KiB.
const POSTGRES: &str = "
ALTER TABLE messages ADD COLUMN words tsvector;
CREATE INDEX ix_messages_words ON messages USING gin (words);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = match manager.get_database_backend() {
            DbBackend::Sqlite => SQLITE,
            DbBackend::Postgres => POSTGRES,
            other @ (DbBackend::MySql | _) => {
                return Err(DbErr::Migration(format!("no full-text index for {other:?}")));
            }
        };
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
