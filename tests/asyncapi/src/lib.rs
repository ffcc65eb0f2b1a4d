//! `asyncapi.yaml` as something to hold frames against. A frame must be described in full: beside what a client may rely on (the
//! schemas as they stand, to which fields may be added) it is compared with schemas that allow nothing undocumented. `Seen`
//! keeps what of the document has come up, so that nothing is documented that does not exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod seen;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

pub use seen::Seen;

const TEXT: &str = include_str!("../../../asyncapi.yaml");
const SCHEMA: &str = "#/components/schemas/";

/// Who says something: the document describes the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Server,
    Client,
}

pub struct Document {
    pub value: Value,
    /// By name, as they stand.
    open: BTreeMap<String, Validator>,
    /// By name, with nothing else allowed.
    closed: BTreeMap<String, Validator>,
}

impl Document {
    /// The file at the root of the repository, read once.
    pub fn get() -> &'static Self {
        static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::read);
        &DOCUMENT
    }

    fn read() -> Self {
        let value: Value = serde_saphyr::from_str(TEXT).expect("asyncapi.yaml is YAML");
        let components = &value["components"];
        let mut strict = components.clone();
        strict["schemas"]
            .as_object_mut()
            .unwrap()
            .values_mut()
            .for_each(close);
        Self {
            open: validators(components),
            closed: validators(&strict),
            value,
        }
    }

    /// Names of the messages that go over this channel in this direction. A message's schema has its name.
    pub fn messages(&self, channel: &str, by: By) -> Vec<&str> {
        let action = match by {
            By::Server => "send",
            By::Client => "receive",
        };
        let target = format!("#/channels/{channel}");
        let operations = self.value["operations"].as_object().unwrap().values();
        let operations = operations.filter(|operation| {
            operation["action"] == action && operation["channel"]["$ref"].as_str() == Some(&target)
        });
        operations
            .flat_map(|operation| operation["messages"].as_array().unwrap())
            .map(|message| last(message["$ref"].as_str().unwrap()))
            .collect()
    }

    pub fn examples(&self, message: &str) -> Vec<&Value> {
        let examples = self.value["components"]["messages"][message]["examples"].as_array();
        examples
            .into_iter()
            .flatten()
            .map(|example| &example["payload"])
            .collect()
    }

    pub fn schema(&self, name: &str) -> &Value {
        &self.value["components"]["schemas"][name]
    }

    /// Whether a client that goes by the document takes it.
    pub fn allows(&self, schema: &str, frame: &Value) -> bool {
        self.open[schema].is_valid(frame)
    }

    /// What is wrong with it, or not documented.
    pub fn complaint(&self, schema: &str, frame: &Value) -> Option<String> {
        let mut errors = self.closed[schema].iter_errors(frame).peekable();
        errors.peek()?;
        let errors: Vec<_> = errors
            .map(|error| format!("  {}: {error}", error.instance_path()))
            .collect();
        Some(format!("{schema}: {frame}\n{}", errors.join("\n")))
    }

    /// The one message of the server on this channel that this frame is, in full.
    pub fn message_of(&self, channel: &str, frame: &Value) -> Result<&str, String> {
        let (mut found, mut complaints) = (Vec::new(), Vec::new());
        for name in self.messages(channel, By::Server) {
            if self.schema(name)["properties"]["type"]["const"] != frame["type"] {
                continue;
            }
            match self.complaint(name, frame) {
                None => found.push(name),
                Some(complaint) => complaints.push(complaint),
            }
        }
        match (found.as_slice(), complaints.as_slice()) {
            ([only], _) => Ok(*only),
            ([], []) => Err(format!("no message of `{channel}` has this type: {frame}")),
            ([], _) => Err(complaints.join("\n")),
            (several, _) => Err(format!("it is several messages, {several:?}: {frame}")),
        }
    }
}

/// As the server writes ids: in groups of hex digits.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The name at the end of a reference.
fn last(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

fn validators(components: &Value) -> BTreeMap<String, Validator> {
    let names = components["schemas"].as_object().unwrap().keys();
    let build = |name: &String| {
        let schema = json!({ "allOf": [{ "$ref": format!("{SCHEMA}{name}") }], "components": components });
        let validator = jsonschema::options()
            .with_draft(Draft::Draft7)
            .should_validate_formats(true)
            // This draft does not know it by itself.
            .with_format("uuid", is_uuid)
            .build(&schema)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        (name.clone(), validator)
    };
    names.map(build).collect()
}

/// Nothing but what is named, at every depth.
fn close(schema: &mut Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(close);
        schema["additionalProperties"] = json!(false);
    }
    if let Some(items) = schema.get_mut("items") {
        close(items);
    }
    for several in ["oneOf", "allOf"] {
        let several = schema.get_mut(several).and_then(Value::as_array_mut);
        several.into_iter().flatten().for_each(close);
    }
}
