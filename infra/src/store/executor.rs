//! What statements run on: a transaction, a turn in a group of them (`group.rs`), or the readers' pool without a transaction.
//! Rows do not see the difference.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, ExecResult, QueryResult, Statement,
};

use super::group::{DbResult, Turn};

pub(crate) enum Executor {
    /// A reader's, with one state of the database from its first statement on.
    Transaction(DatabaseTransaction),
    /// Readers; every statement sees a state of its own.
    Pool(DatabaseConnection),
    /// The writer's.
    Turn(Turn),
}

#[async_trait]
impl ConnectionTrait for Executor {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Transaction(db) => db.get_database_backend(),
            Self::Pool(db) => db.get_database_backend(),
            Self::Turn(db) => db.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> DbResult<ExecResult> {
        match self {
            Self::Transaction(db) => db.execute_raw(statement).await,
            Self::Pool(db) => db.execute_raw(statement).await,
            Self::Turn(db) => db.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> DbResult<ExecResult> {
        match self {
            Self::Transaction(db) => db.execute_unprepared(sql).await,
            Self::Pool(db) => db.execute_unprepared(sql).await,
            Self::Turn(db) => db.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> DbResult<Option<QueryResult>> {
        match self {
            Self::Transaction(db) => db.query_one_raw(statement).await,
            Self::Pool(db) => db.query_one_raw(statement).await,
            Self::Turn(db) => db.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> DbResult<Vec<QueryResult>> {
        match self {
            Self::Transaction(db) => db.query_all_raw(statement).await,
            Self::Pool(db) => db.query_all_raw(statement).await,
            Self::Turn(db) => db.query_all_raw(statement).await,
        }
    }
}
