//! Databases for tests on PostgreSQL: one for each data folder of a test, as a file would be. All are on one server of this
//! process, made from a template whose schema is up to date, and dropped some time after their folder is gone.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use sqlx::{Connection, Executor, PgConnection};
use tokio::runtime::Runtime;

use crate::{Postgres, choice, redis};

/// The file in a data folder that tells the address of its database.
const FILE: &str = "test-database";

const TEMPLATE: &str = "colloquy_template";

/// Whether this process tests on PostgreSQL: `COLLOQUY_TEST_DATABASE=postgres`. Panics when it does not, and is told to do what
/// takes PostgreSQL.
pub fn is_postgres() -> bool {
    let is_postgres = choice("COLLOQUY_TEST_DATABASE", &["sqlite", "postgres"]) == Some("postgres");
    for (asked, what) in [
        (two_are_asked_for(), "two nodes"),
        (redis::is_asked_for(), "Redis"),
    ] {
        assert!(
            is_postgres || !asked,
            "for {what} there must be COLLOQUY_TEST_DATABASE=postgres"
        );
    }
    is_postgres
}

fn two_are_asked_for() -> bool {
    choice("COLLOQUY_TEST_NODES", &["1", "2"]) == Some("2")
}

/// Whether servers are to be two nodes over one database, which is PostgreSQL then: `COLLOQUY_TEST_NODES=2`.
pub fn are_two_nodes() -> bool {
    is_postgres() && two_are_asked_for()
}

/// Readable by nobody else, like all that is in a data folder.
fn write(folder: &Path, url: &str) {
    let mut file = std::fs::OpenOptions::new();
    file.create(true).write(true).truncate(true).mode(0o600);
    let mut file = file.open(folder.join(FILE)).unwrap();
    file.write_all(url.as_bytes()).unwrap();
}

pub struct Databases {
    server: Postgres,
    runtime: Runtime,
    admin: PgConnection,
    made: Vec<(PathBuf, String)>,
}

/// Brings the schema of the database at this address up to date.
type Prepare = fn(&str);

impl Databases {
    /// The address of the database of this folder; it is made if need be. `prepare` is called once in this process. Blocks.
    pub fn of(folder: &Path, prepare: Prepare) -> String {
        let file = folder.join(FILE);
        if let Ok(url) = std::fs::read_to_string(&file) {
            return url;
        }
        let url = Self::with(prepare, |databases| databases.make(folder, TEMPLATE, true));
        write(folder, &url);
        url
    }

    /// Gives a folder a copy of another one's database, which nobody may use at that moment, in place of its own.
    pub fn copy(from: &Path, to: &Path, prepare: Prepare) {
        let original = Self::of(from, prepare);
        let (_, name) = original.rsplit_once('/').expect("a database has a name");
        let url = Self::with(prepare, |databases| databases.make(to, name, false));
        write(to, &url);
    }

    /// Gives a folder a database in which there is nothing at all.
    pub fn empty(folder: &Path, prepare: Prepare) {
        let url = Self::with(prepare, |databases| databases.make(folder, "template1", false));
        write(folder, &url);
    }

    /// Has a folder use the database of another one.
    pub fn share(owner: &Path, other: &Path) {
        std::fs::copy(owner.join(FILE), other.join(FILE)).unwrap();
    }

    fn with<T: Send>(prepare: Prepare, run: impl FnOnce(&mut Self) -> T + Send) -> T {
        static DATABASES: OnceLock<Mutex<Databases>> = OnceLock::new();
        // A thread of its own: the caller may be in a runtime, in which no other may be entered.
        std::thread::scope(|scope| {
            let done = scope.spawn(|| {
                let databases = DATABASES.get_or_init(|| Mutex::new(Self::start(prepare)));
                run(&mut databases.lock().unwrap_or_else(PoisonError::into_inner))
            });
            done.join().expect("a database is made")
        })
    }

    fn start(prepare: Prepare) -> Self {
        let server = Postgres::start();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let admin = runtime
            .block_on(PgConnection::connect(&server.url("postgres")))
            .unwrap();
        let mut databases = Self {
            server,
            runtime,
            admin,
            made: Vec::new(),
        };
        databases.execute(format!("CREATE DATABASE {TEMPLATE}"));
        prepare(&databases.server.url(TEMPLATE));
        databases
    }

    /// `fresh`: an installation of its own, and no copy of another one.
    fn make(&mut self, folder: &Path, template: &str, fresh: bool) -> String {
        let (gone, there): (Vec<_>, Vec<_>) = std::mem::take(&mut self.made)
            .into_iter()
            .partition(|(folder, _)| !folder.exists());
        self.made = there;
        for (_, name) in gone {
            self.execute(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        self.execute(format!("CREATE DATABASE {name} TEMPLATE {template}"));
        let url = self.server.url(&name);
        if fresh {
            let own = "UPDATE installation SET epoch_tables = own_tables(),
                epoch = left(md5(random()::text || clock_timestamp()::text), 10)";
            self.runtime.block_on(async {
                let mut database = PgConnection::connect(&url).await.unwrap();
                database.execute(own).await.unwrap();
                database.close().await.unwrap();
            });
        }
        self.made.push((folder.to_owned(), name.clone()));
        url
    }

    fn execute(&mut self, sql: String) {
        let Self { runtime, admin, .. } = self;
        runtime.block_on(admin.execute(sqlx::AssertSqlSafe(sql))).unwrap();
    }
}
