//! Results in the form in which `sea-orm` has them. It lets rows in that its own drivers did not bring by two doors: `proxy`, which
//! does not compile beside the driver for SQLite (2.0.4), and `mock`, which is for tests of other programs, and does nothing but
//! hold rows. Nothing is mocked here.

use std::collections::BTreeMap;

use sea_orm::{
    DbBackend, ExecResult, MockDatabase, MockDatabaseTrait, MockExecResult, QueryResult, Statement, Value,
};

use crate::store::group::DbResult;

/// The values of one row by the names of their columns.
pub(super) type Row = BTreeMap<String, Value>;

pub(super) fn found(rows: Vec<Row>) -> DbResult<Vec<QueryResult>> {
    let mut holder = MockDatabase::new(DbBackend::Sqlite).append_query_results([rows]);
    holder.query(0, nothing())
}

pub(super) fn done(last_insert_id: i64, rows_affected: u64) -> DbResult<ExecResult> {
    let result = MockExecResult {
        last_insert_id: last_insert_id.unsigned_abs(),
        rows_affected,
    };
    let mut holder = MockDatabase::new(DbBackend::Sqlite).append_exec_results([result]);
    holder.execute(0, nothing())
}

fn nothing() -> Statement {
    Statement::from_string(DbBackend::Sqlite, String::new())
}
