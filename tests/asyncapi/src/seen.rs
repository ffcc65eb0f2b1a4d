//! What of the document has come up in frames: each field, each value of an enumeration, each kind of value of a field that has
//! several.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Document, last};

#[derive(Debug, Default)]
pub struct Seen(BTreeSet<String>);

impl Seen {
    /// Notes a frame that fits this schema.
    pub fn note(&mut self, document: &Document, schema: &str, frame: &Value) {
        self.walk(document, schema, document.schema(schema), frame);
    }

    /// What these schemas describe and no noted frame had.
    pub fn missing<'a>(
        &self,
        document: &Document,
        schemas: impl IntoIterator<Item = &'a str>,
    ) -> Vec<String> {
        let mut described = BTreeSet::new();
        let mut entered = BTreeSet::new();
        for name in schemas {
            describe(document, name, &mut entered, &mut described);
        }
        described.difference(&self.0).cloned().collect()
    }

    fn walk(&mut self, document: &Document, place: &str, schema: &Value, value: &Value) {
        self.0.insert(place.to_owned());
        if let Some(name) = reference(schema) {
            return self.walk(document, name, document.schema(name), value);
        }
        for branch in list(schema, "oneOf") {
            // Branches are named, so that a frame's can be told.
            let name = reference(branch).unwrap_or_else(|| panic!("{place}: a branch without a name"));
            if document.allows(name, value) {
                self.walk(document, name, branch, value);
            }
        }
        if let Some(kind) = kind_of(schema, value) {
            self.0.insert(format!("{place}: {kind}"));
        }
        if list(schema, "enum").next().is_some() {
            self.0.insert(format!("{place} = {value}"));
        }
        for (field, part) in fields(schema) {
            if let Some(value) = value.get(field) {
                self.walk(document, &format!("{place}.{field}"), part, value);
            }
        }
        if let Some(items) = schema.get("items") {
            for item in value.as_array().into_iter().flatten() {
                self.walk(document, &format!("{place}[]"), items, item);
            }
        }
    }
}

fn describe(
    document: &Document,
    name: &str,
    entered: &mut BTreeSet<String>,
    described: &mut BTreeSet<String>,
) {
    if entered.insert(name.to_owned()) {
        let mut waiting = vec![(name.to_owned(), document.schema(name))];
        while let Some((place, schema)) = waiting.pop() {
            described.insert(place.clone());
            let branches = list(schema, "oneOf");
            for name in reference(schema)
                .into_iter()
                .chain(branches.filter_map(reference))
            {
                describe(document, name, entered, described);
            }
            described.extend(list(schema, "type").map(|kind| format!("{place}: {}", kind.as_str().unwrap())));
            described.extend(list(schema, "enum").map(|value| format!("{place} = {value}")));
            waiting.extend(fields(schema).map(|(field, part)| (format!("{place}.{field}"), part)));
            waiting.extend(schema.get("items").map(|items| (format!("{place}[]"), items)));
        }
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str).map(last)
}

fn list<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn fields(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Which of several types a value has.
fn kind_of<'a>(schema: &'a Value, value: &Value) -> Option<&'a str> {
    let mut kinds = list(schema, "type").filter_map(Value::as_str);
    kinds.find(|kind| value.is_null() == (*kind == "null"))
}
