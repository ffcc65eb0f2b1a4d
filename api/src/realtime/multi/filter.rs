//! What of a channel's live events a client wants. Replay and history do not ask it.

use domain::ids::JobId;
use serde_json::{Map, Value};

/// Names in one filter, and the bytes of one: what a filter holds is kept as long as its channel.
const TYPES: usize = 64;
const NAME: usize = 64;
const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Types of frames; `None`: all.
    types: Option<Vec<String>>,
    /// The only task, on channels that tell of tasks.
    pub task: Option<JobId>,
}

impl Filter {
    /// What is wrong with it, as an error. Fields that only channels have which do not exist yet are checked and without effect.
    pub fn parse(fields: &Map<String, Value>) -> Result<Self, &'static str> {
        let task = match fields.get("task_id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id.parse().map_err(|_| "filter.task_id must be an id")?),
            Some(_) => return Err("filter.task_id must be an id"),
        };
        let level = fields.get("level").filter(|level| !level.is_null());
        if level.is_some_and(|level| !LEVELS.iter().any(|known| level == known)) {
            return Err("filter.level must be trace, debug, info, warn or error");
        }
        let interval = fields.get("interval_ms").filter(|interval| !interval.is_null());
        if interval.is_some_and(|interval| interval.as_u64().is_none_or(|interval| interval == 0)) {
            return Err("filter.interval_ms must be a whole number of milliseconds");
        }
        Ok(Self {
            types: types(fields.get("types"))?,
            task,
        })
    }

    pub fn passes(&self, name: &str) -> bool {
        let types = self.types.as_ref();
        types.is_none_or(|types| types.iter().any(|wanted| wanted == name))
    }

    pub fn passes_all(&self) -> bool {
        self.types.is_none()
    }
}

fn types(field: Option<&Value>) -> Result<Option<Vec<String>>, &'static str> {
    const WRONG: &str = "filter.types must be a list of at most 64 types of frames";
    let Some(field) = field.filter(|field| !field.is_null()) else {
        return Ok(None);
    };
    let types = field
        .as_array()
        .filter(|types| types.len() <= TYPES)
        .ok_or(WRONG)?;
    let names = types
        .iter()
        .map(|name| name.as_str().filter(|name| name.len() <= NAME));
    let texts = names.map(|name| name.map(str::to_owned));
    texts.collect::<Option<_>>().map(Some).ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(filter: &Value) -> Result<Filter, &'static str> {
        Filter::parse(filter.as_object().expect("an object"))
    }

    #[test]
    fn without_types_everything_passes_and_with_none_of_them_nothing() {
        let all = parse(&json!({ "level": "warn", "interval_ms": 5000, "types": null })).expect("a filter");
        assert!(all.passes("chat_message") && all.passes_all());
        let none = parse(&json!({ "types": [] })).expect("a filter");
        assert!(!none.passes("chat_message") && !none.passes_all());
        let one = parse(&json!({ "types": ["presence"] })).expect("a filter");
        assert!(one.passes("presence") && !one.passes("chat_message"));
    }

    #[test]
    fn a_filter_of_wrong_shape_is_refused() {
        for wrong in [
            json!({ "types": "chat_message" }),
            json!({ "types": [1] }),
            json!({ "types": vec!["x"; 65] }),
            json!({ "types": ["x".repeat(65)] }),
            json!({ "task_id": "x" }),
            json!({ "task_id": 1 }),
            json!({ "level": "loud" }),
            json!({ "interval_ms": 0 }),
            json!({ "interval_ms": -1 }),
            json!({ "interval_ms": "1" }),
        ] {
            assert!(parse(&wrong).is_err(), "{wrong}");
        }
    }
}
