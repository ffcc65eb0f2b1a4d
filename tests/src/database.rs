//! The database from outside: a fingerprint of every row that a request may change, and the heads of the event streams.
//! It also writes the few things that no interface offers yet.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, Statement};

/// Rows that come and go with log-ins and the installation's own book-keeping, and the derived full-text index.
const NOT_STATE: [&str; 6] = [
    "token_families",
    "tickets",
    "installation",
    "seaql_",
    "sqlite_",
    "message_index",
];

pub struct Database {
    connection: DatabaseConnection,
    /// The last fingerprint, and the version of the file that it was taken of.
    last: Mutex<(String, Fingerprint)>,
}

/// All rows of each table, as text.
pub type Fingerprint = BTreeMap<String, Vec<String>>;

impl Database {
    pub async fn open(path: &Path) -> Self {
        let path = path.to_owned();
        let mut options = ConnectOptions::new("sqlite:");
        options
            .max_connections(1)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |options| {
                options
                    .filename(&path)
                    .create_if_missing(false)
                    .busy_timeout(crate::DEADLINE)
            });
        Self {
            connection: sea_orm::Database::connect(options).await.unwrap(),
            last: Mutex::default(),
        }
    }

    pub async fn fingerprint(&self) -> Fingerprint {
        // SQLite counts up for each commit of another connection: most of the time there was none.
        let version = self
            .column("SELECT CAST(data_version AS TEXT) FROM pragma_data_version")
            .await
            .remove(0);
        let last = self.last.lock().unwrap().clone();
        if last.0 == version {
            return last.1;
        }
        let mut all = Fingerprint::new();
        for table in self
            .column("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            .await
        {
            if NOT_STATE.iter().any(|prefix| table.starts_with(prefix)) {
                continue;
            }
            let columns = format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')");
            let columns = self.column(&columns).await.join(" || '|' || ");
            let rows = self
                .column(&format!("SELECT {columns} AS row FROM \"{table}\" ORDER BY 1"))
                .await;
            all.insert(table, rows);
        }
        *self.last.lock().unwrap() = (version, all.clone());
        all
    }

    /// The newest number of every stream, by the hexadecimal id of its bot or person.
    pub async fn heads(&self) -> BTreeMap<String, i64> {
        let rows = self
            .column("SELECT lower(hex(id)) || ' ' || head FROM streams")
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

    /// The first column of a query, which must be text.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        let rows = self.connection.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Moves a person into a tenant of their own: tenants get their interface in a later issue.
    pub async fn move_to_other_tenant(&self, user: &str, role: &str) {
        let user = user.replace('-', "");
        let sql = format!(
            "INSERT INTO tenants (id, name, suspended) VALUES (x'{tenant}', 'other {tenant}', 0);
             UPDATE users SET tenant_id = x'{tenant}', role = '{role}', platform_admin = 0 WHERE id = x'{user}';
             UPDATE streams SET tenant_id = x'{tenant}' WHERE id = x'{user}';",
            tenant = uuid::Uuid::now_v7().simple(),
        );
        self.execute(&sql).await;
    }

    pub async fn execute(&self, sql: &str) {
        self.connection.execute_unprepared(sql).await.unwrap();
    }
}
