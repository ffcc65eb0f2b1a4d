//! What statements run on: a transaction, a turn in a group of them (`group.rs`), or readers without a transaction. Rows do not
//! see the difference.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::group::{DbResult, Turn};
use super::server::{self, Work};
use super::sqlite::{Readers, Sqlite};
use super::zero;

/// Statements on readers, one by one.
pub(crate) struct Glance {
    pub(super) readers: Arc<Readers>,
}

pub(crate) enum Executor {
    /// A reader's, with one state of the database from its first statement on.
    Transaction(DatabaseTransaction),
    /// Every statement sees a state of its own.
    Glance(Glance),
    /// The writer's.
    Turn(Turn),
    /// Statements on PostgreSQL's readers, one by one.
    Readers(server::Readers),
    /// A use case that may write, on PostgreSQL.
    Work(Work),
}

#[async_trait]
impl ConnectionTrait for Executor {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Transaction(db) => db.get_database_backend(),
            Self::Glance(_) | Self::Turn(_) => DbBackend::Sqlite,
            Self::Readers(_) | Self::Work(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> DbResult<ExecResult> {
        let statement = zero::without(statement);
        match self {
            Self::Transaction(db) => db.execute_raw(statement).await,
            Self::Glance(glance) => glance.readers.run(statement, Sqlite::execute).await,
            Self::Turn(turn) => turn.run(statement, Sqlite::execute).await,
            Self::Readers(readers) => readers.execute(statement).await,
            Self::Work(work) => work.db.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> DbResult<ExecResult> {
        match self {
            Self::Transaction(db) => db.execute_unprepared(sql).await,
            // Nothing that a use case reads or writes comes without parameters to prepare.
            Self::Glance(_) | Self::Readers(_) => Err(DbErr::Type("readers change nothing".to_owned())),
            Self::Work(work) => work.db.execute_unprepared(sql).await,
            Self::Turn(turn) => {
                let statement = Statement::from_string(DbBackend::Sqlite, sql);
                turn.run(statement, Sqlite::execute).await
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> DbResult<Option<QueryResult>> {
        let statement = zero::without(statement);
        match self {
            Self::Transaction(db) => db.query_one_raw(statement).await,
            Self::Glance(glance) => glance.readers.run(statement, Sqlite::one).await,
            Self::Turn(turn) => turn.run(statement, Sqlite::one).await,
            Self::Readers(readers) => readers.one(statement).await,
            Self::Work(work) => work.db.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> DbResult<Vec<QueryResult>> {
        let statement = zero::without(statement);
        match self {
            Self::Transaction(db) => db.query_all_raw(statement).await,
            Self::Glance(glance) => glance.readers.run(statement, Sqlite::all).await,
            Self::Turn(turn) => turn.run(statement, Sqlite::all).await,
            Self::Readers(readers) => readers.all(statement).await,
            Self::Work(work) => work.db.query_all_raw(statement).await,
        }
    }
}
