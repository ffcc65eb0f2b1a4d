//! Values on their way into SQLite and back. They are spelled as the other driver of this file spells them: times as RFC 3339 text
//! with the offset `+00:00` (comparisons are those of texts), ids as 16 bytes, JSON as text. What a column holds is told by the
//! type that `migration` declared for it; a computed column has none, and gives whole numbers as `i64`.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm::{DbErr, Value};

use super::failure::failed;
use crate::store::group::DbResult;

pub(super) struct Bound<'a>(&'a Value);

/// Binds the values to `$1`, `$2`, … or to `?` in the order of these.
pub(super) fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value]) -> DbResult<()> {
    for index in 1..=statement.parameter_count() {
        let number = match statement.parameter_name(index) {
            Some(name) => name
                .strip_prefix('$')
                .and_then(|number| number.parse().ok())
                .ok_or_else(|| DbErr::Type(format!("{name} is no numbered parameter")))?,
            None => index,
        };
        let value = values
            .get(number - 1)
            .ok_or_else(|| DbErr::Type(format!("there is no value for parameter {number}")))?;
        statement
            .raw_bind_parameter(index, Bound(value))
            .map_err(failed)?;
    }
    Ok(())
}

impl ToSql for Bound<'_> {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "features of other crates add kinds of values"
    )]
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let whole = |number: i64| ToSqlOutput::from(number);
        let output = match self.0 {
            Value::Bool(Some(yes)) => whole((*yes).into()),
            Value::TinyInt(Some(number)) => whole((*number).into()),
            Value::SmallInt(Some(number)) => whole((*number).into()),
            Value::Int(Some(number)) => whole((*number).into()),
            Value::BigInt(Some(number)) => whole(*number),
            Value::TinyUnsigned(Some(number)) => whole((*number).into()),
            Value::SmallUnsigned(Some(number)) => whole((*number).into()),
            Value::Unsigned(Some(number)) => whole((*number).into()),
            // As a limit, and nothing else is that large.
            Value::BigUnsigned(Some(number)) => whole(i64::try_from(*number).unwrap_or(i64::MAX)),
            Value::Float(Some(number)) => ToSqlOutput::from(f64::from(*number)),
            Value::Double(Some(number)) => ToSqlOutput::from(*number),
            Value::String(Some(text)) => ToSqlOutput::from(text.as_str()),
            Value::Bytes(Some(bytes)) => ToSqlOutput::from(bytes.as_slice()),
            Value::Uuid(Some(id)) => ToSqlOutput::from(id.as_bytes().as_slice()),
            Value::Json(Some(json)) => ToSqlOutput::from(json.to_string()),
            Value::ChronoDateTimeUtc(Some(at)) => {
                let text = at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
                ToSqlOutput::from(text)
            }
            other if *other == other.as_null() => ToSqlOutput::Borrowed(ValueRef::Null),
            other => {
                let what = format!("no use case stores {other:?}");
                return Err(rusqlite::Error::ToSqlConversionFailure(what.into()));
            }
        };
        Ok(output)
    }
}

/// How a column is read.
pub(super) struct Column {
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Plain,
    Bool,
    Small,
    Time,
    Json,
    Id,
}

impl Column {
    pub fn of(column: &rusqlite::Column<'_>) -> Self {
        let kind = match column.decl_type() {
            Some("boolean") => Kind::Bool,
            Some("smallint") => Kind::Small,
            Some("timestamp_with_timezone_text") => Kind::Time,
            Some("jsonb_text") => Kind::Json,
            Some("uuid_text") => Kind::Id,
            _ => Kind::Plain,
        };
        Self {
            name: column.name().to_owned(),
            kind,
        }
    }

    pub fn value(&self, stored: ValueRef<'_>) -> DbResult<Value> {
        let value = match (self.kind, stored) {
            (Kind::Bool, ValueRef::Integer(number)) => (number != 0).into(),
            (Kind::Small, ValueRef::Integer(number)) => {
                i16::try_from(number).map_err(|_| self.odd(stored))?.into()
            }
            (Kind::Id, ValueRef::Blob(bytes)) => {
                Uuid::from_slice(bytes).map_err(|_| self.odd(stored))?.into()
            }
            (Kind::Time, ValueRef::Text(text)) => self.time(text, stored)?.into(),
            (Kind::Json, ValueRef::Text(text)) => serde_json::from_slice::<serde_json::Value>(text)
                .map_err(|_| self.odd(stored))?
                .into(),
            (_, ValueRef::Null) => Value::String(None),
            (Kind::Plain, ValueRef::Integer(number)) => number.into(),
            (Kind::Plain, ValueRef::Real(number)) => number.into(),
            (Kind::Plain, ValueRef::Text(text)) => {
                let text = std::str::from_utf8(text).map_err(|_| self.odd(stored))?;
                text.into()
            }
            (Kind::Plain, ValueRef::Blob(bytes)) => bytes.to_vec().into(),
            (Kind::Bool | Kind::Small | Kind::Time | Kind::Json | Kind::Id, _) => {
                return Err(self.odd(stored));
            }
        };
        Ok(value)
    }

    fn time(&self, text: &[u8], stored: ValueRef<'_>) -> DbResult<DateTimeUtc> {
        let text = std::str::from_utf8(text).map_err(|_| self.odd(stored))?;
        // SQLite's own `CURRENT_TIMESTAMP` has a blank in the middle and no offset.
        let time = chrono::DateTime::parse_from_rfc3339(text)
            .map(|at| at.to_utc())
            .or_else(|_| chrono::NaiveDateTime::parse_from_str(text, "%F %T%.f").map(|at| at.and_utc()));
        time.map_err(|_| self.odd(stored))
    }

    fn odd(&self, stored: ValueRef<'_>) -> DbErr {
        DbErr::Type(format!(
            "the column {} holds a {} that it cannot mean",
            self.name,
            stored.data_type()
        ))
    }
}
