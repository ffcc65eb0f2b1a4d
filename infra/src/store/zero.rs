//! PostgreSQL keeps no text with a zero byte in it, and fails a statement that brings one, also one that only asks; for SQLite a
//! pattern ends there. Most texts cannot hold one (`domain/src/text.rs`); names that are looked for, and JSON of people's own, can.
//! In the database a replacement character stands for it: what is looked for is then found nowhere.

use sea_orm::{Statement, Value};
use serde_json::Value as Json;

const REPLACEMENT: &str = "\u{fffd}";

/// The same statement with values that every database takes.
pub(super) fn without(mut statement: Statement) -> Statement {
    for value in statement.values.iter_mut().flat_map(|values| values.0.iter_mut()) {
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "features of other crates add kinds of values"
        )]
        match value {
            Value::String(Some(text)) if text.contains('\0') => *text = text.replace('\0', REPLACEMENT),
            Value::Json(Some(json)) if holds(json) => replace(json),
            _ => {}
        }
    }
    statement
}

fn holds(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(holds),
        Json::Object(fields) => fields
            .iter()
            .any(|(key, value)| key.contains('\0') || holds(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

fn replace(json: &mut Json) {
    match json {
        Json::String(text) => *text = text.replace('\0', REPLACEMENT),
        Json::Array(items) => items.iter_mut().for_each(replace),
        Json::Object(fields) => {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(key, mut value)| {
                    replace(&mut value);
                    (key.replace('\0', REPLACEMENT), value)
                })
                .collect();
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_replaced_in_texts_keys_and_values_and_nothing_else_is() {
        let values = [
            "a\0b".into(),
            "ab".into(),
            json!({ "k\0": ["\0", 1, { "x": "y" }] }).into(),
        ];
        let statement = without(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT 1",
            values,
        ));
        let expected: [Value; 3] = [
            "a\u{fffd}b".into(),
            "ab".into(),
            json!({ "k\u{fffd}": ["\u{fffd}", 1, { "x": "y" }] }).into(),
        ];
        assert_eq!(statement.values.map(|values| values.0), Some(expected.to_vec()));
    }
}
