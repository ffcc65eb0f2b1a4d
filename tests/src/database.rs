//! The database from outside: a fingerprint of every row that a request may change, and the heads of the event streams.
//! It also writes the few things that no interface offers yet. Which database the tests run on is said by the environment
//! (`services::is_postgres`); that of a data folder is the file in it, or one of its own on a PostgreSQL server of the tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use crate::logs;
use infra::bus::Bus;
use infra::store::{DatabaseAt, SqlStore, StoreOptions};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, Statement};

const DATABASE_FILE: &str = "colloquy.db";

/// What nodes on PostgreSQL sign with in tests.
pub const SECRET: &str = "the tests' own key, which is none";

/// Rows that come and go with log-ins and the installation's own book-keeping, and the derived full-text index.
const NOT_STATE: [&str; 7] = [
    "nodes",
    "token_families",
    "tickets",
    "installation",
    "seaql_",
    "sqlite_",
    "message_index",
];

/// The address of the database that goes with this data folder, if it is none of the folder's files.
pub fn url_of(data_dir: &Path) -> Option<String> {
    services::is_postgres().then(|| server_of(data_dir))
}

/// The address of the PostgreSQL database that goes with this data folder, whatever the tests run on.
pub fn server_of(data_dir: &Path) -> String {
    services::Databases::of(data_dir, migrate)
}

/// The address of the Redis that nodes meet on, if the tests are run with one.
pub fn bus() -> Option<String> {
    services::is_redis().then(|| {
        let url = services::Redis::shared();
        logs::issued(url.split([':', '@']).nth(2).unwrap_or_default());
        url
    })
}

/// Gives a data folder a database in which there is nothing yet, as a new installation has it.
pub fn leave_empty(data_dir: &Path) {
    if services::is_postgres() {
        empty_server(data_dir);
    }
}

/// The same on PostgreSQL, whatever the tests run on; its address.
pub fn empty_server(data_dir: &Path) -> String {
    services::Databases::empty(data_dir, migrate);
    server_of(data_dir)
}

/// Copies the database of a stopped server to another data folder, in place of what is there.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    if services::is_postgres() {
        return services::Databases::copy(from, to, migrate);
    }
    for end in ["", "-wal", "-shm"] {
        let name = format!("{DATABASE_FILE}{end}");
        let (from, to) = (from.join(&name), to.join(&name));
        match from.exists() {
            true => drop(std::fs::copy(from, to).unwrap()),
            false => drop(std::fs::remove_file(to)),
        }
    }
}

/// Gives another data folder the database of a stopped server: the very same one on PostgreSQL, the file moved elsewhere.
pub fn hand_on(from: &Path, to: &Path) {
    if services::is_postgres() {
        services::Databases::share(from, to);
    } else {
        copy(from, to);
    }
}

fn migrate(url: &str) {
    // The server's password, which is that of all its databases.
    logs::issued(url.split([':', '@']).nth(2).unwrap_or_default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = StoreOptions::of(DatabaseAt::Server(url.into()));
        let store = SqlStore::open(options, Bus::local()).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await.unwrap();
    });
}

pub struct Database {
    connection: DatabaseConnection,
    backend: DbBackend,
    /// The last fingerprint, and the version of the file that it was taken of.
    last: Mutex<(String, Fingerprint)>,
}

/// All rows of each table, as text.
pub type Fingerprint = BTreeMap<String, Vec<String>>;

impl Database {
    /// That of a data folder.
    pub async fn of(data_dir: &Path) -> Self {
        Self::open(url_of(data_dir), data_dir).await
    }

    /// That at this address, or the file in this folder.
    pub async fn open(url: Option<String>, data_dir: &Path) -> Self {
        let (backend, mut options) = match &url {
            // The address is put in below: these options are logged.
            Some(_) => (DbBackend::Postgres, ConnectOptions::new("postgres://localhost")),
            None => (DbBackend::Sqlite, ConnectOptions::new("sqlite:")),
        };
        let path = data_dir.join(DATABASE_FILE);
        options
            .max_connections(1)
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(move |options| match &url {
                Some(url) => url.parse().unwrap(),
                None => options,
            })
            .map_sqlx_sqlite_opts(move |options| {
                options
                    .filename(&path)
                    .create_if_missing(false)
                    .busy_timeout(crate::DEADLINE)
            });
        Self {
            connection: sea_orm::Database::connect(options).await.unwrap(),
            backend,
            last: Mutex::default(),
        }
    }

    fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    pub async fn fingerprint(&self) -> Fingerprint {
        if self.is_postgres() {
            return self.fingerprint_postgres().await;
        }
        // SQLite counts up for each commit of another connection: most of the time there was none.
        let version = self
            .column("SELECT CAST(data_version AS TEXT) FROM pragma_data_version")
            .await
            .remove(0);
        let last = self.last.lock().unwrap().clone();
        if last.0 == version {
            return last.1;
        }
        let all = self.fingerprint_sqlite().await;
        *self.last.lock().unwrap() = (version, all.clone());
        all
    }

    async fn fingerprint_sqlite(&self) -> Fingerprint {
        let mut all = Fingerprint::new();
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        for table in self.tables(tables).await {
            let columns = format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')");
            let columns = self.column(&columns).await.join(" || '|' || ");
            let rows = self
                .column(&format!("SELECT {columns} AS row FROM \"{table}\" ORDER BY 1"))
                .await;
            all.insert(table, rows);
        }
        all
    }

    /// One statement for all tables, and one row for each.
    async fn fingerprint_postgres(&self) -> Fingerprint {
        let tables = "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
        let tables = self.tables(tables).await;
        let rows: Vec<String> = tables
            .iter()
            .map(|table| {
                format!("SELECT coalesce(string_agg(CAST(t AS text), chr(30) ORDER BY t), '') FROM {table} t")
            })
            .collect();
        let rows = self.column(&rows.join(" UNION ALL ")).await;
        let rows = rows.into_iter().map(|rows| {
            let rows = rows.split('\u{1e}').filter(|row| !row.is_empty());
            rows.map(str::to_owned).collect()
        });
        tables.into_iter().zip(rows).collect()
    }

    async fn tables(&self, sql: &str) -> Vec<String> {
        let mut tables = self.column(sql).await;
        tables.retain(|table| !NOT_STATE.iter().any(|prefix| table.starts_with(prefix)));
        tables
    }

    /// The newest number of every stream, by the hexadecimal id of its bot or person.
    pub async fn heads(&self) -> BTreeMap<String, i64> {
        let rows = self
            .column(if self.is_postgres() {
                "SELECT replace(CAST(id AS text), '-', '') || ' ' || head FROM streams"
            } else {
                "SELECT lower(hex(id)) || ' ' || head FROM streams"
            })
            .await;
        let pair = |row: String| {
            row.split_once(' ')
                .map(|(id, head)| (id.to_owned(), head.parse().unwrap()))
                .unwrap()
        };
        rows.into_iter().map(pair).collect()
    }

    /// The head of one stream; 0 when there is none.
    pub async fn head(&self, id: &str) -> i64 {
        self.heads().await.get(&id.replace('-', "")).copied().unwrap_or(0)
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        self.column(&format!("SELECT CAST(count(*) AS TEXT) FROM {table}"))
            .await[0]
            .parse()
            .unwrap()
    }

    /// Every role that has an end date is past it now, without a clock.
    pub async fn end_roles(&self) {
        self.execute("UPDATE permissions SET expires_at = granted_at WHERE expires_at IS NOT NULL")
            .await;
    }

    /// The first column of a query, which must be text.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.backend, sql);
        let rows = self.connection.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Moves a person into a tenant of their own: tenants get their interface in a later issue.
    pub async fn move_to_other_tenant(&self, user: &str, role: &str) {
        let id = |id: &str| {
            if self.is_postgres() {
                format!("'{id}'")
            } else {
                format!("x'{}'", id.replace('-', ""))
            }
        };
        let tenant = uuid::Uuid::now_v7().to_string();
        let (name, tenant, user) = (tenant.clone(), id(&tenant), id(user));
        let sql = format!(
            "INSERT INTO tenants (id, name, suspended) VALUES ({tenant}, 'other {name}', false);
             UPDATE users SET tenant_id = {tenant}, role = '{role}', platform_admin = false WHERE id = {user};
             UPDATE streams SET tenant_id = {tenant} WHERE id = {user};"
        );
        self.execute(&sql).await;
    }

    pub async fn execute(&self, sql: &str) {
        self.connection.execute_unprepared(sql).await.unwrap();
    }
}
