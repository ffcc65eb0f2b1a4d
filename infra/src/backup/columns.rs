//! Rows as JSON and back. What a column holds is told by its declared type, which each database spells in its own way; the JSON
//! is the same of both. NULL is a member that is left out, so that a JSON `null` inside a column stays one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::Timestamp;
use domain::{Error, Result};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult, Statement, TryGetable, Value};
use serde_json::{Map, Value as Json};

use super::PAGE;
use super::tables::Table;
use crate::store::meaning;
use crate::store::whole::{all, is_postgres};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Id,
    Time,
    Flag,
    Json,
    Bytes,
    Small,
    Whole,
    Real,
    Text,
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    kind: Kind,
}

/// A table with its columns, as far as they are not derived.
#[derive(Debug, Clone)]
pub struct Shape {
    pub table: Table,
    columns: Vec<Column>,
}

/// A row as it stands in a backup.
pub type Row = Map<String, Json>;

#[derive(FromQueryResult)]
struct DeclaredRow {
    name: String,
    kind: String,
}

const SQLITE: &str = "SELECT name, lower(type) AS kind FROM pragma_table_info($1) ORDER BY cid";
const POSTGRES: &str = "SELECT CAST(column_name AS text) AS name, CAST(data_type AS text) AS kind
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1
    ORDER BY ordinal_position";

impl Kind {
    /// `None`: it is derived from other columns. Fails with `Internal` when the type is not known.
    fn of(declared: &str) -> Result<Option<Self>> {
        Ok(Some(match declared {
            "uuid_text" | "uuid" => Self::Id,
            "timestamp_with_timezone_text" | "timestamp with time zone" => Self::Time,
            "boolean" => Self::Flag,
            "jsonb_text" | "jsonb" => Self::Json,
            "blob" | "bytea" => Self::Bytes,
            "smallint" => Self::Small,
            "bigint" | "integer" => Self::Whole,
            "double" | "double precision" => Self::Real,
            "text" | "varchar" => Self::Text,
            "tsvector" => return Ok(None),
            other => {
                return Err(Error::internal(format!(
                    "backups know nothing of columns of the type `{other}`"
                )));
            }
        }))
    }

    fn read(self, row: &QueryResult, index: usize) -> std::result::Result<Option<Json>, DbErr> {
        fn of<T: TryGetable>(row: &QueryResult, index: usize) -> std::result::Result<Option<T>, DbErr> {
            row.try_get_by_index::<Option<T>>(index)
        }
        Ok(match self {
            Self::Id => of::<Uuid>(row, index)?.map(|id| id.to_string().into()),
            Self::Time => of::<DateTimeUtc>(row, index)?.map(|at| Timestamp::from(at).to_string().into()),
            Self::Flag => of::<bool>(row, index)?.map(Json::from),
            Self::Json => of::<Json>(row, index)?,
            Self::Bytes => of::<Vec<u8>>(row, index)?.map(|bytes| STANDARD.encode(bytes).into()),
            Self::Small => of::<i16>(row, index)?.map(Json::from),
            Self::Whole => of::<i64>(row, index)?.map(Json::from),
            Self::Real => of::<f64>(row, index)?.map(Json::from),
            Self::Text => of::<String>(row, index)?.map(Json::from),
        })
    }

    /// `None`: it is not of this kind.
    fn value(self, json: &Json) -> Option<Value> {
        Some(match self {
            Self::Id => json.as_str()?.parse::<Uuid>().ok()?.into(),
            Self::Time => json.as_str()?.parse::<Timestamp>().ok()?.into_inner().into(),
            Self::Flag => json.as_bool()?.into(),
            Self::Json => json.clone().into(),
            Self::Bytes => STANDARD.decode(json.as_str()?).ok()?.into(),
            Self::Small => i16::try_from(json.as_i64()?).ok()?.into(),
            Self::Whole => json.as_i64()?.into(),
            Self::Real => json.as_f64()?.into(),
            Self::Text => json.as_str()?.into(),
        })
    }

    fn null(self) -> Value {
        match self {
            Self::Id => Value::Uuid(None),
            Self::Time => Value::ChronoDateTimeUtc(None),
            Self::Flag => Value::Bool(None),
            Self::Json => Value::Json(None),
            Self::Bytes => Value::Bytes(None),
            Self::Small => Value::SmallInt(None),
            Self::Whole => Value::BigInt(None),
            Self::Real => Value::Double(None),
            Self::Text => Value::String(None),
        }
    }
}

impl Shape {
    /// As the database has it now. Fails with `Internal` when a column is of a type that is not known.
    pub async fn of(db: &impl ConnectionTrait, table: Table) -> Result<Self> {
        let sql = if is_postgres(db) { POSTGRES } else { SQLITE };
        let declared: Vec<DeclaredRow> = all(db, sql, [table.name.into()]).await?;
        let mut columns = Vec::with_capacity(declared.len());
        for DeclaredRow { name, kind } in declared {
            if let Some(kind) = Kind::of(&kind)? {
                columns.push(Column { name, kind });
            }
        }
        Ok(Self { table, columns })
    }

    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    /// The rows that come after `last`, in the order of the key, and no more than a page of them.
    pub async fn page(&self, db: &impl ConnectionTrait, last: Option<&Row>) -> Result<Vec<Row>> {
        let (key, names) = (self.table.key.join(", "), self.names().join(", "));
        let (mut after, mut values) = (String::new(), Vec::new());
        if let Some(last) = last {
            values = self.key_of(last)?;
            let marks: Vec<String> = (1..=values.len()).map(|n| format!("${n}")).collect();
            after = format!("WHERE ({key}) > ({})", marks.join(", "));
        }
        let sql = format!(
            "SELECT {names} FROM {} {after} ORDER BY {key} LIMIT {PAGE}",
            self.table.name
        );
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let rows = db.query_all_raw(statement).await.map_err(meaning)?;
        rows.iter().map(|row| self.row(row)).collect()
    }

    fn row(&self, row: &QueryResult) -> Result<Row> {
        let mut members = Row::new();
        for (index, column) in self.columns.iter().enumerate() {
            let value = column.kind.read(row, index).map_err(|why| {
                let place = format!("{}.{}", self.table.name, column.name);
                Error::internal(format!("{place} holds what it cannot mean: {why}"))
            })?;
            if let Some(value) = value {
                members.insert(column.name.clone(), value);
            }
        }
        Ok(members)
    }

    fn key_of(&self, row: &Row) -> Result<Vec<Value>> {
        let of = |name: &&str| {
            let column = self.columns.iter().find(|column| column.name == **name)?;
            column.kind.value(row.get(*name)?)
        };
        let key: Option<Vec<Value>> = self.table.key.iter().map(of).collect();
        key.ok_or_else(|| Error::internal(format!("a row of {} has no key", self.table.name)))
    }

    /// The values of a row in the order of the columns. Fails with `Internal` when one is not what its column holds, or has no
    /// column.
    pub fn values(&self, row: &Row) -> Result<Vec<Value>> {
        let odd = |name: &str, why: &str| {
            Error::internal(format!(
                "a row of {} in the backup: {why} `{name}`",
                self.table.name
            ))
        };
        if let Some(name) = row.keys().find(|name| !self.names().contains(&name.as_str())) {
            return Err(odd(name, "the database has no column"));
        }
        let value = |column: &Column| match row.get(&column.name) {
            None => Ok(column.kind.null()),
            Some(json) => {
                let value = column.kind.value(json);
                value.ok_or_else(|| odd(&column.name, "it is of the wrong kind,"))
            }
        };
        self.columns.iter().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_databases_declare_the_same_kinds() {
        for (sqlite, postgres) in [
            ("uuid_text", "uuid"),
            ("timestamp_with_timezone_text", "timestamp with time zone"),
            ("boolean", "boolean"),
            ("jsonb_text", "jsonb"),
            ("blob", "bytea"),
            ("smallint", "smallint"),
            ("integer", "bigint"),
            ("double", "double precision"),
            ("varchar", "text"),
        ] {
            let of = |declared| Kind::of(declared).unwrap();
            assert_eq!(of(sqlite), of(postgres));
        }
        assert_eq!(Kind::of("tsvector").unwrap(), None);
        assert!(Kind::of("money").is_err());
    }

    #[test]
    fn what_is_of_the_wrong_kind_is_refused() {
        for (kind, right, wrong) in [
            (
                Kind::Id,
                json!("0193a5c8-1111-7222-b333-444455556666"),
                json!("x"),
            ),
            (Kind::Time, json!("2026-11-21T00:00:00Z"), json!("soon")),
            (Kind::Flag, json!(true), json!(1)),
            (Kind::Bytes, json!("AAE="), json!("?")),
            (Kind::Small, json!(-1), json!(70_000)),
            (Kind::Whole, json!(i64::MAX), json!(u64::MAX)),
            (Kind::Real, json!(0.5), json!("0.5")),
            (Kind::Text, json!(""), json!(null)),
        ] {
            assert!(kind.value(&right).is_some(), "{right}");
            assert!(kind.value(&wrong).is_none(), "{wrong}");
        }
    }
}
