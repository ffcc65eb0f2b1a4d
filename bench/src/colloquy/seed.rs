//! Fills a data folder before the server starts: copies of the template's rows with other ids, made by the database itself.
//! A million messages take seconds so, and every row has what the server itself put into it.

use std::path::Path;

use anyhow::{Context, Result};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};

use super::passages;
use super::template::MEMBER;
use super::world::{Kind, World, id_sql};

/// Rows in one statement where they are told one by one.
const IN_ONE: usize = 500;

pub async fn fill(folder: &Path, world: &World) -> Result<()> {
    let path = folder.join("colloquy.db");
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rw", path.display()));
    // One connection: pragmas and the transaction belong to it.
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options)
        .await
        .context("cannot open the database")?;
    let seed = Seed { database };
    // Nothing here has to survive a crash.
    seed.run("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN")
        .await?;
    seed.people(world.people).await?;
    seed.bots(world.bots).await?;
    seed.members(world).await?;
    seed.messages(world.messages).await?;
    passages::fill(&seed, world).await?;
    seed.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").await?;
    seed.database.close().await?;
    Ok(())
}

pub struct Seed {
    database: DatabaseConnection,
}

impl Seed {
    pub async fn run(&self, sql: &str) -> Result<()> {
        let done = self.database.execute_unprepared(sql).await;
        done.with_context(|| format!("seeding failed at: {}", sql.chars().take(300).collect::<String>()))?;
        Ok(())
    }

    /// Inserts one row of `table` for every row of `numbers` (a `WITH` clause and its name): the template's row, with some
    /// columns exchanged. `template` picks that row, which is `t`.
    pub async fn copies(
        &self,
        table: &str,
        template: &str,
        numbers: (&str, &str),
        exchanged: &[(&str, String)],
    ) -> Result<()> {
        let (with, name) = numbers;
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for column in self.columns(table).await? {
            let exchange = exchanged.iter().find(|(exchanged, _)| *exchanged == column);
            values.push(exchange.map_or_else(|| format!("t.\"{column}\""), |(_, value)| value.clone()));
            columns.push(format!("\"{column}\""));
        }
        // With a limit of one row and that row found first: a table of few rows, as the statistics still say it is, would be
        // scanned to its end for each new row.
        let sql = format!(
            "WITH RECURSIVE {with} INSERT INTO {table} ({}) SELECT {}
             FROM (SELECT * FROM {table} t WHERE {template} LIMIT 1) t CROSS JOIN {name}",
            columns.join(", "),
            values.join(", ")
        );
        self.run(&sql).await
    }

    /// All but the numbers that the database gives itself.
    async fn columns(&self, table: &str) -> Result<Vec<String>> {
        let sql = format!("SELECT name FROM pragma_table_info('{table}') WHERE name <> 'num'");
        let backend = self.database.get_database_backend();
        let rows = self
            .database
            .query_all_raw(Statement::from_string(backend, sql))
            .await?;
        rows.iter().map(|row| Ok(row.try_get("", "name")?)).collect()
    }

    async fn people(&self, count: usize) -> Result<()> {
        let numbers = &count_to(count as u64);
        let (person, member) = (id_sql(Kind::Person, "i"), format!("t.username = '{MEMBER}'"));
        let name = || "printf('person%06d', i)".to_owned();
        let exchanged = [
            ("id", person.clone()),
            ("username", name()),
            ("username_key", name()),
        ];
        self.copies("users", &member, (numbers, "n"), &exchanged).await?;
        let of_member = format!("t.user_id = ({})", select_member());
        let exchanged = [("id", id_sql(Kind::Family, "i")), ("user_id", person.clone())];
        self.copies("token_families", &of_member, (numbers, "n"), &exchanged)
            .await?;
        let of_member = format!("t.id = ({})", select_member());
        self.copies("streams", &of_member, (numbers, "n"), &stream(person))
            .await
    }

    async fn bots(&self, count: usize) -> Result<()> {
        let numbers = &count_to(count as u64);
        let bot = || id_sql(Kind::Bot, "i");
        let made = "t.id = (SELECT id FROM bots ORDER BY id DESC LIMIT 1)";
        let name = || "printf('Bot %d', i)".to_owned();
        let exchanged = [
            ("id", bot()),
            ("name", name()),
            ("name_key", "printf('bot %d', i)".into()),
        ];
        self.copies("bots", made, (numbers, "n"), &exchanged).await?;
        let made = "t.bot_id = (SELECT id FROM bots ORDER BY id DESC LIMIT 1)";
        self.copies("bot_versions", made, (numbers, "n"), &[("bot_id", bot())])
            .await?;
        let stream_of_bot = "t.id = (SELECT id FROM bots ORDER BY id DESC LIMIT 1)";
        self.copies("streams", stream_of_bot, (numbers, "n"), &stream(bot()))
            .await?;
        let owner = format!("{made} AND t.role = 'owner'");
        self.copies("permissions", &owner, (numbers, "n"), &[("bot_id", bot())])
            .await?;
        let exchanged = [
            ("id", id_sql(Kind::Session, "i")),
            ("bot_id", bot()),
            ("message_count", "0".into()),
            ("bytes", "0".into()),
        ];
        self.copies("sessions", made, (numbers, "n"), &exchanged).await
    }

    async fn members(&self, world: &World) -> Result<()> {
        let members: Vec<_> = world.members().into_iter().collect();
        let exchanged = [
            ("bot_id", id_sql(Kind::Bot, "m.bot")),
            ("user_id", id_sql(Kind::Person, "m.person")),
        ];
        let of_member = format!("t.user_id = ({})", select_member());
        for some in members.chunks(IN_ONE) {
            let rows: Vec<_> = some.iter().map(|seat| [seat.bot, seat.person]).collect();
            let with = told("m", &["bot", "person"], &serde_json::to_string(&rows)?);
            self.copies("permissions", &of_member, (&with, "m"), &exchanged)
                .await?;
        }
        Ok(())
    }

    /// Messages of the first bot, each with its event, as if they had been posted one by one.
    async fn messages(&self, count: u64) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let numbers = &count_to(count);
        let (bot, session) = (id_sql(Kind::Bot, "0"), id_sql(Kind::Session, "0"));
        let message = id_sql(Kind::Message, "i");
        let content = "printf('Message %d of the past: shall we meet at %d in room %d? I bring plan %d.', \
                       i, i % 24, i * 31 % 397, i * 7919 % 10007)";
        let exchanged = [
            ("id", message.clone()),
            ("bot_id", bot.clone()),
            ("session_id", session.clone()),
            ("content", content.into()),
            ("seq", "i + 1".into()),
        ];
        self.copies("messages", "t.num = 1", (numbers, "n"), &exchanged)
            .await?;
        let text = |id: &str| format!("lower(hex({id}))");
        let fact = format!(
            "json_set(t.fact, '$.message.id', {}, '$.message.bot_id', {}, '$.message.session_id', {}, \
             '$.message.content', {content})",
            text(&message),
            text(&bot),
            text(&session)
        );
        let exchanged = [
            ("stream_id", bot.clone()),
            ("seq", "i + 1".into()),
            ("id", id_sql(Kind::Event, "i")),
            ("session_id", session.clone()),
            ("message_id", message),
            ("fact", fact),
        ];
        let posted = "t.kind = 'chat_message' AND t.message_id = (SELECT id FROM messages WHERE num = 1)";
        self.copies("events", posted, (numbers, "n"), &exchanged).await?;
        self.run(&format!("UPDATE streams SET head = {count} WHERE id = {bot}"))
            .await?;
        self.run(&format!(
            "UPDATE sessions SET message_count = {count}, bytes = {count} * 60 WHERE id = {session}"
        ))
        .await
    }
}

/// `n(i)`, from 0 on.
pub fn count_to(count: u64) -> String {
    format!("n(i) AS (SELECT 0 WHERE {count} > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})")
}

/// `name(columns)`, row by row from a JSON array of arrays. No text may hold a quote.
pub fn told(name: &str, columns: &[&str], rows: &str) -> String {
    let values: Vec<_> = (0..columns.len()).map(|nth| format!("value ->> {nth}")).collect();
    let (columns, values) = (columns.join(", "), values.join(", "));
    format!("{name}({columns}) AS (SELECT {values} FROM json_each('{rows}'))")
}

fn select_member() -> String {
    format!("SELECT id FROM users WHERE username = '{MEMBER}'")
}

/// A stream of its own, in which nothing happened yet.
fn stream(id: String) -> [(&'static str, String); 3] {
    [("id", id), ("head", "0".into()), ("floor", "0".into())]
}
