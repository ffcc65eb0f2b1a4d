//! What the lines of an answer mean: server-sent events (OpenAI, Anthropic), or a JSON object a line (Ollama).

use domain::bot::ProviderKind;
use serde_json::Value;

use crate::responder::model::failures::{Attempt, Trouble};
use crate::responder::model::lines::LONGEST_LINE;

/// No answer costs more; a number beyond it is a mistake.
const MOST_TOKENS: f64 = 1e12;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Text(String),
    Usage {
        input: Option<i64>,
        output: Option<i64>,
    },
    /// Nothing to show, but the server is at work.
    Alive,
    /// The answer is whole.
    End,
}

pub struct Decoder {
    kind: ProviderKind,
    /// The data of the event that is being read.
    data: Vec<u8>,
    /// Something that made sense has arrived.
    understood: bool,
    /// The model has said that it is done; some servers close without the mark of the format after that.
    finished: bool,
}

type Events = Result<Vec<Event>, Attempt>;

impl Decoder {
    pub fn new(kind: ProviderKind) -> Self {
        Self {
            kind,
            data: Vec::new(),
            understood: false,
            finished: false,
        }
    }

    pub fn line(&mut self, line: &[u8]) -> Events {
        match self.kind {
            ProviderKind::Ollama if line.trim_ascii().is_empty() => Ok(Vec::new()),
            ProviderKind::Ollama => self.object(line),
            ProviderKind::OpenAi | ProviderKind::Anthropic => self.sse(line),
        }
    }

    /// The stream is over: `rest` is what stood behind its last line's end.
    pub fn close(&mut self, rest: &[u8]) -> Events {
        let mut events = self.line(rest)?;
        if !self.data.is_empty() {
            events.extend(self.line(b"")?);
        }
        if events.contains(&Event::End) {
            return Ok(events);
        }
        if self.finished {
            events.push(Event::End);
            return Ok(events);
        }
        let trouble = if self.understood {
            Trouble::BrokeOff
        } else {
            Trouble::Rubbish
        };
        Err(trouble.finally())
    }

    /// A blank line ends an event; of its fields only the data counts, as each format says the kind of event in there too.
    fn sse(&mut self, line: &[u8]) -> Events {
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return match data.trim_ascii() {
                b"" => Ok(Vec::new()),
                b"[DONE]" => {
                    self.understood = true;
                    Ok(vec![Event::End])
                }
                data => self.object(data),
            };
        }
        if let Some(data) = line.strip_prefix(b"data:") {
            if self.data.len() + data.len() > LONGEST_LINE {
                return Err(Trouble::TooMuch.finally());
            }
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data
                .extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
        }
        Ok(Vec::new())
    }

    fn object(&mut self, bytes: &[u8]) -> Events {
        let object: Value = match serde_json::from_slice(bytes) {
            Ok(object) => object,
            // Only numbers are to come, and some servers write such as are not JSON (`NaN`).
            Err(_) if self.finished => return Ok(vec![Event::Alive]),
            Err(_) => return Err(Trouble::Rubbish.finally()),
        };
        if !object.is_object() {
            return Err(Trouble::Rubbish.finally());
        }
        if object.get("error").is_some_and(|error| !error.is_null()) {
            return Err(reported(&object));
        }
        let (known, mut events) = match self.kind {
            ProviderKind::OpenAi => self.openai(&object),
            ProviderKind::Anthropic => anthropic(&object),
            ProviderKind::Ollama => ollama(&object),
        };
        if !known && !self.understood {
            return Err(Trouble::Rubbish.finally());
        }
        self.understood = true;
        if events.is_empty() {
            events.push(Event::Alive);
        }
        Ok(events)
    }

    fn openai(&mut self, object: &Value) -> (bool, Vec<Event>) {
        let choice = object.pointer("/choices/0");
        let mut events = text(choice.and_then(|choice| choice.pointer("/delta/content")));
        self.finished |= choice.is_some_and(|choice| choice["finish_reason"].is_string());
        events.extend(usage(object.get("usage"), "prompt_tokens", "completion_tokens"));
        let known = object["choices"].is_array() && choice.is_none_or(|choice| choice["delta"].is_object());
        (known, events)
    }
}

fn anthropic(object: &Value) -> (bool, Vec<Event>) {
    let events = match object["type"].as_str() {
        Some("content_block_delta") => text(object.pointer("/delta/text")),
        Some("message_start") => {
            let start = object.pointer("/message/usage");
            let part = |name: &str| start.and_then(|usage| count(&usage[name]));
            let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"];
            let cached: i64 = cached.into_iter().filter_map(part).sum();
            counted(
                part("input_tokens").map(|input| input + cached),
                part("output_tokens"),
            )
            .into_iter()
            .collect()
        }
        Some("message_delta") => usage(object.get("usage"), "", "output_tokens")
            .into_iter()
            .collect(),
        Some("message_stop") => vec![Event::End],
        // Pings, borders of blocks, and kinds to come.
        Some(_) => Vec::new(),
        None => return (false, Vec::new()),
    };
    (true, events)
}

fn ollama(object: &Value) -> (bool, Vec<Event>) {
    let mut events = text(object.pointer("/message/content"));
    if object["done"] == Value::Bool(true) {
        events.extend(usage(Some(object), "prompt_eval_count", "eval_count"));
        events.push(Event::End);
    }
    (
        object["done"].is_boolean() || object["message"].is_object(),
        events,
    )
}

/// Without control characters: a terminal would obey them, and not every database takes a NUL. Of the two that end a line on
/// some systems the line feed is enough.
fn text(value: Option<&Value>) -> Vec<Event> {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    let shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.chars().filter(shown).collect();
    if text.is_empty() {
        Vec::new()
    } else {
        vec![Event::Text(text)]
    }
}

fn usage(value: Option<&Value>, input: &str, output: &str) -> Option<Event> {
    let value = value?;
    counted(count(&value[input]), count(&value[output]))
}

fn counted(input: Option<i64>, output: Option<i64>) -> Option<Event> {
    (input.is_some() || output.is_some()).then_some(Event::Usage { input, output })
}

/// A number of tokens; what cannot be one is none.
fn count(value: &Value) -> Option<i64> {
    let number = value.as_f64()?;
    let whole = (0.0..=MOST_TOKENS).contains(&number) && number.fract() == 0.0;
    whole.then_some(number as i64)
}

/// An error in place of, or in the middle of, an answer.
fn reported(object: &Value) -> Attempt {
    let kind = object
        .pointer("/error/type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match kind {
        "overloaded_error" | "rate_limit_error" => Trouble::Busy.again(),
        "authentication_error" | "permission_error" => Trouble::Refused.finally(),
        _ => Trouble::Status.finally(),
    }
}

#[cfg(test)]
mod tests;
