//! Fills a database before the server starts: copies of the template's rows with other ids, made by the database itself.
//! A million messages take seconds so, and every row has what the server itself put into it. What is said and read of old is
//! made on SQLite alone.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use super::passages;
use super::template::MEMBER;
use super::world::{Kind, World, id_sql};

/// Rows in one statement where they are told one by one.
const IN_ONE: usize = 500;

/// The file in a data folder.
pub async fn fill(folder: &Path, world: &World) -> Result<()> {
    let path = folder.join("colloquy.db");
    let seed = Seed::open(&format!("sqlite://{}?mode=rw", path.display())).await?;
    // Nothing here has to survive a crash.
    seed.run("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN")
        .await?;
    seed.people_and_bots(world).await?;
    seed.messages(world.messages).await?;
    passages::fill(&seed, world).await?;
    seed.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").await?;
    Ok(seed.database.close().await?)
}

/// A database on PostgreSQL. Fails for worlds in which something was said or read.
pub async fn fill_postgres(url: &str, world: &World) -> Result<()> {
    ensure!(
        world.messages == 0 && world.passages == (0, 0),
        "messages and passages are made on SQLite alone"
    );
    let seed = Seed::open(url).await?;
    seed.run("BEGIN").await?;
    seed.people_and_bots(world).await?;
    // What a living installation has from time to time, and what would else fall into the measurement.
    seed.run("COMMIT; ANALYZE").await?;
    seed.run("CHECKPOINT").await?;
    Ok(seed.database.close().await?)
}

/// Runs statements that stand for themselves, such as `CREATE DATABASE`.
pub async fn execute(url: &str, sql: &str) -> Result<()> {
    let seed = Seed::open(url).await?;
    seed.run(sql).await?;
    Ok(seed.database.close().await?)
}

pub struct Seed {
    database: DatabaseConnection,
}

impl Seed {
    async fn open(url: &str) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        // One connection: pragmas and the transaction belong to it.
        options.max_connections(1).sqlx_logging(false);
        let database = Database::connect(options)
            .await
            .context("cannot open the database")?;
        Ok(Self { database })
    }

    /// The id of the `n`th of a kind, in SQL, for a number that `n` (an expression) gives.
    pub fn id(&self, kind: Kind, n: &str) -> String {
        id_sql(self.database.get_database_backend(), kind, n)
    }

    async fn people_and_bots(&self, world: &World) -> Result<()> {
        self.people(world.people).await?;
        self.bots(world.bots).await?;
        self.members(world).await
    }

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
        let backend = self.database.get_database_backend();
        let sql = match backend {
            DbBackend::Postgres => format!(
                "SELECT column_name::text AS name FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name = '{table}' AND column_name <> 'num'"
            ),
            DbBackend::Sqlite | DbBackend::MySql | _ => {
                format!("SELECT name FROM pragma_table_info('{table}') WHERE name <> 'num'")
            }
        };
        let rows = self
            .database
            .query_all_raw(Statement::from_string(backend, sql))
            .await?;
        rows.iter().map(|row| Ok(row.try_get("", "name")?)).collect()
    }

    async fn people(&self, count: usize) -> Result<()> {
        let numbers = &count_to(count as u64);
        let (person, member) = (self.id(Kind::Person, "i"), format!("t.username = '{MEMBER}'"));
        let name = || "'person' || (1000000 + i)".to_owned();
        let exchanged = [
            ("id", person.clone()),
            ("username", name()),
            ("username_key", name()),
        ];
        self.copies("users", &member, (numbers, "n"), &exchanged).await?;
        let of_member = format!("t.user_id = ({})", select_member());
        let exchanged = [("id", self.id(Kind::Family, "i")), ("user_id", person.clone())];
        self.copies("token_families", &of_member, (numbers, "n"), &exchanged)
            .await?;
        let of_member = format!("t.id = ({})", select_member());
        self.copies("streams", &of_member, (numbers, "n"), &stream(person))
            .await
    }

    async fn bots(&self, count: usize) -> Result<()> {
        let numbers = &count_to(count as u64);
        let bot = || self.id(Kind::Bot, "i");
        let made = "t.id = (SELECT id FROM bots ORDER BY id DESC LIMIT 1)";
        let name = || "'Bot ' || i".to_owned();
        let exchanged = [
            ("id", bot()),
            ("name", name()),
            ("name_key", "'bot ' || i".into()),
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
            ("id", self.id(Kind::Session, "i")),
            ("bot_id", bot()),
            ("message_count", "0".into()),
            ("bytes", "0".into()),
        ];
        self.copies("sessions", made, (numbers, "n"), &exchanged).await
    }

    async fn members(&self, world: &World) -> Result<()> {
        let members: Vec<_> = world.members().into_iter().collect();
        let exchanged = [
            ("bot_id", self.id(Kind::Bot, "m.bot")),
            ("user_id", self.id(Kind::Person, "m.person")),
        ];
        let of_member = format!("t.user_id = ({})", select_member());
        for some in members.chunks(IN_ONE) {
            let rows: Vec<_> = some
                .iter()
                .map(|seat| format!("({}, {})", seat.bot, seat.person))
                .collect();
            let with = format!("m(bot, person) AS (VALUES {})", rows.join(", "));
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
        let (bot, session) = (self.id(Kind::Bot, "0"), self.id(Kind::Session, "0"));
        let message = self.id(Kind::Message, "i");
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
            ("id", self.id(Kind::Event, "i")),
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
