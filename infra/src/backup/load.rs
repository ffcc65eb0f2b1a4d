//! Filling an empty database with the tables of a backup, in the transaction that is given: the schema as it was when the backup was
//! taken, the rows, and then the steps that came since.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use domain::{Error, Result};
use sea_orm::{DatabaseTransaction, Value};
use serde_json::Value as Json;

use super::columns::{Row, Shape};
use super::format::{Manifest, table_file};
use super::tables::{INSTALLATION, KEPT, Table, kept};
use super::{Progress, failed};
use crate::store::whole::{is_postgres, run};
use crate::store::{Schema, raise, steps, vector};

/// Rows in one statement, parameters (a database takes some thirty thousand), and bytes of their text.
const ROWS: usize = 500;
const PARAMETERS: usize = 20_000;
const BYTES: usize = 1024 * 1024;

/// How many steps of the schema the backup has. Fails with `Internal` when it is of a newer version, or of no version at all.
pub fn steps_of(manifest: &Manifest) -> Result<usize> {
    let steps = steps();
    let place = steps.iter().position(|step| *step == manifest.schema);
    place.map(|place| place + 1).ok_or_else(|| {
        Error::internal(format!(
            "the backup was taken by a newer version of colloquy ({}; its schema is `{}`, which this version does not know): \
             use that version",
            manifest.program, manifest.schema
        ))
    })
}

/// How many steps a database of this schema lacks until it has that of the backup. Fails with `Internal` when the tables of the backup
/// cannot be loaded into it, whatever their rows are.
pub fn steps_between(found: &Schema, manifest: &Manifest) -> Result<usize> {
    let steps = steps_of(manifest)?.checked_sub(found.applied.len());
    let steps = steps.ok_or_else(|| {
        Error::internal(
            "the database has a newer schema than the backup: restore into one that has no tables at all",
        )
    })?;
    let mut tables = manifest.tables.iter();
    if let Some(unknown) = tables.find(|table| !kept().any(|known| known.name == table.name)) {
        return Err(Error::internal(format!(
            "the backup holds a table `{}` that this version does not know",
            unknown.name
        )));
    }
    if manifest.table(INSTALLATION.name).is_none() {
        return Err(Error::internal(format!(
            "the backup has no table `{}`",
            INSTALLATION.name
        )));
    }
    Ok(steps)
}

/// Why rows could not be loaded. Fails with `Unavailable` when that is no matter of the rows.
pub fn unfit(error: Error) -> Result<String> {
    match &error {
        Error::Unavailable { .. } => Err(error),
        // Two rows of one key: nobody else writes here.
        Error::Overtaken | Error::Conflict(_) => Ok("there are two where there can be one".to_owned()),
        Error::Internal(why) => Ok(why.to_string()),
        Error::Unauthenticated(_)
        | Error::NotFound(_)
        | Error::Forbidden(_)
        | Error::Invalid(_)
        | Error::UnknownTarget
        | Error::IdempotencyMismatch
        | Error::Stale(_)
        | Error::TooMany { .. } => Ok(error.to_string()),
    }
}

/// Takes so many steps, and loads the rows; gives their number. Fails as `unfit` puts into words.
pub async fn fill(
    tx: &DatabaseTransaction,
    steps: usize,
    dir: &Path,
    manifest: &Manifest,
    progress: Progress<'_>,
) -> Result<u64> {
    raise(tx, Some(steps)).await?;
    // What a new installation begins with.
    run(tx, "DELETE FROM tenants", []).await?;
    let mut all = 0;
    for table in KEPT {
        if let Some(file) = manifest.table(table.name) {
            let rows = load(tx, table, dir).await?;
            if rows != file.rows {
                return Err(Error::internal(format!(
                    "the backup speaks of {} rows of {}, and has {rows}",
                    file.rows, file.name
                )));
            }
            progress(&format!("table {}: {rows} rows", table.name));
            all += rows;
        }
    }
    take_over(tx, dir).await?;
    raise(tx, None).await?;
    Ok(all)
}

async fn load(tx: &DatabaseTransaction, table: Table, dir: &Path) -> Result<u64> {
    let shape = Shape::of(tx, table).await?;
    let mut batch = Batch::new(&shape, is_postgres(tx));
    let mut rows = 0;
    for row in read(&dir.join(table_file(table.name)))? {
        let (row, size) = row?;
        batch.add(&row, size)?;
        rows += 1;
        if batch.is_full() {
            batch.write(tx).await?;
        }
    }
    batch.write(tx).await?;
    if table.numbered && is_postgres(tx) {
        // The next number is one that no row has.
        let (name, key) = (table.name, table.key.concat());
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{name}', '{key}'), COALESCE(MAX({key}), 0) + 1, false) FROM {name}"
        );
        run(tx, &sql, []).await?;
    }
    Ok(rows)
}

/// Each row with the length of its line.
fn read(path: &Path) -> Result<impl Iterator<Item = Result<(Row, usize)>>> {
    let file = File::open(path).map_err(|why| failed(path, "read", why))?;
    let path = path.to_owned();
    Ok(BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(|why| failed(&path, "read", why))?;
        let row = serde_json::from_str(&line).map_err(|why| failed(&path, "understand", why))?;
        Ok((row, line.len()))
    }))
}

/// Rows that go into the database together.
struct Batch<'a> {
    shape: &'a Shape,
    columns: Vec<&'a str>,
    /// Messages on PostgreSQL get the words of their text with them.
    with_words: bool,
    values: Vec<Value>,
    rows: usize,
    bytes: usize,
}

impl<'a> Batch<'a> {
    fn new(shape: &'a Shape, postgres: bool) -> Self {
        let with_words = postgres && shape.table.name == "messages";
        let mut columns = shape.names();
        if with_words {
            columns.push("words");
        }
        Self {
            shape,
            columns,
            with_words,
            values: Vec::new(),
            rows: 0,
            bytes: 0,
        }
    }

    fn add(&mut self, row: &Row, size: usize) -> Result<()> {
        self.values.extend(self.shape.values(row)?);
        if self.with_words {
            let text = row.get("content").and_then(Json::as_str).unwrap_or_default();
            self.values.push(vector(text).into());
        }
        self.rows += 1;
        self.bytes += size;
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.rows == ROWS || self.bytes >= BYTES || self.values.len() + self.columns.len() > PARAMETERS
    }

    async fn write(&mut self, tx: &DatabaseTransaction) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let width = self.columns.len();
        let group = |row: usize| {
            let mark = |column: usize| {
                let number = row * width + column + 1;
                if self.with_words && column + 1 == width {
                    format!("CAST(${number} AS tsvector)")
                } else {
                    format!("${number}")
                }
            };
            format!("({})", (0..width).map(mark).collect::<Vec<_>>().join(", "))
        };
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.shape.table.name,
            self.columns.join(", "),
            (0..self.rows).map(group).collect::<Vec<_>>().join(", ")
        );
        let values = std::mem::take(&mut self.values);
        (self.rows, self.bytes) = (0, 0);
        run(tx, &sql, values).await?;
        Ok(())
    }
}

/// Of the installation's row, what numbers go on from. Its epoch stays behind.
async fn take_over(tx: &DatabaseTransaction, dir: &Path) -> Result<()> {
    let path = dir.join(table_file(INSTALLATION.name));
    let row = read(&path)?.next().transpose()?;
    let (row, _) = row.ok_or_else(|| failed(&path, "understand", "it has no row"))?;
    let number = |name: &str| row.get(name).and_then(Json::as_i64).unwrap_or(0);
    let sql = "UPDATE installation SET commits = $1, document_seq = $2, document_floor = $3 WHERE id = 1";
    let values = ["commits", "document_seq", "document_floor"].map(|name| Value::from(number(name)));
    run(tx, sql, values).await?;
    Ok(())
}
