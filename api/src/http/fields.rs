//! Reading a JSON object field by field, keeping every complaint: a client learns of all bad fields at once. Unknown fields are
//! complaints too.

use domain::{Error, FieldError, Result};
use serde_json::{Map, Value};

/// Unknown fields that one complaint names: an answer must not be many times its request.
const NAMED: usize = 100;

pub struct Fields {
    map: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// What is no object is wrong as a whole: its complaint stands under the empty name.
    pub fn of(value: Value) -> Result<Self> {
        match value {
            Value::Object(map) => Ok(Self {
                map,
                errors: Vec::new(),
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(Error::invalid("", "the body must be an object"))
            }
        }
    }

    pub fn required<T>(&mut self, name: &str, parse: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        match self.map.remove(name) {
            Some(value) => self.parse(name, &value, parse),
            None => {
                self.complain(name, "is required");
                None
            }
        }
    }

    /// Absent and null are the same.
    pub fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        self.nullable(name, parse).flatten()
    }

    /// `None`: absent; `Some(None)`: null.
    pub fn nullable<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<Option<T>> {
        let value = self.map.remove(name)?;
        if value.is_null() {
            return Some(None);
        }
        self.parse(name, &value, parse).map(Some)
    }

    /// Absent is fine, null is not.
    pub fn present<T>(&mut self, name: &str, parse: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        let value = self.map.remove(name)?;
        self.parse(name, &value, parse)
    }

    pub fn complain(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, message));
    }

    fn parse<T>(
        &mut self,
        name: &str,
        value: &Value,
        parse: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        parse(value).map_err(|message| self.complain(name, message)).ok()
    }

    /// The result, if nothing was wrong.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T> {
        let unknown: Vec<_> = self.map.keys().take(NAMED).cloned().collect();
        for name in unknown {
            self.complain(&name, "is no field of this request");
        }
        if let Some(more) = self.map.len().checked_sub(NAMED + 1) {
            self.complain("", format!("and {} more are none either", more + 1));
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            Some(_) | None => Err(Error::Invalid(self.errors)),
        }
    }
}

/// A string that `parse` makes something of.
pub fn text<T>(parse: impl FnOnce(&str) -> Result<T, String>) -> impl FnOnce(&Value) -> Result<T, String> {
    move |value| parse(value.as_str().ok_or("must be a string")?)
}

pub fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or("must be true or false".into())
}

/// One of a few words.
pub fn choice<T: Copy>(options: &'static [(&'static str, T)]) -> impl FnOnce(&Value) -> Result<T, String> {
    move |value| {
        let found = value
            .as_str()
            .and_then(|text| options.iter().find(|(name, _)| *name == text));
        found.map(|(_, option)| *option).ok_or_else(|| {
            let names: Vec<_> = options.iter().map(|(name, _)| *name).collect();
            format!("must be one of: {}", names.join(", "))
        })
    }
}

pub fn id<T: std::str::FromStr>(value: &Value) -> Result<T, String> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or("must be a UUID".into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_bad_field_is_named() {
        let mut fields = Fields::of(json!({ "b": 3, "c": null, "d": true, "e": 1 })).unwrap();
        let a = fields.required("a", boolean);
        let b = fields.required("b", boolean);
        let c = fields.nullable("c", boolean);
        let d = fields.present("d", boolean);
        assert_eq!((a, b, c, d), (None, None, Some(None), Some(true)));
        let Err(Error::Invalid(errors)) = fields.finish(d) else {
            panic!("there are bad fields")
        };
        let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, ["a", "b", "e"]);
    }
}
