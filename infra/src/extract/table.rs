//! CSV and JSON: data whose pieces must say by themselves what they are.

use serde_json::Value;

use super::block::{Block, Body, Sink, Stop};
use super::decode::{clean, decode};
use super::limits::Fault;
use super::text;

/// Objects whose line is not longer than this stay together.
const LINE: usize = 800;

pub fn csv(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Stop> {
    let text = decode(content, None)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text).unwrap_or((b',', 0)).0)
        .from_reader(text.as_bytes());
    let mut heads: Option<Vec<String>> = None;
    for record in reader.records() {
        let record = record.map_err(|_| Fault::Damaged)?;
        let cells: Vec<_> = record.iter().map(one_line).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let at = record.position().map_or(0, csv::Position::byte);
        sink.progress(at as f32 / text.len() as f32)?;
        let Some(heads) = &heads else {
            heads = Some(cells);
            continue;
        };
        row(named(heads, &cells), sink)?;
    }
    Ok(())
}

fn row(row: String, sink: &mut Sink<'_>) -> Result<(), Stop> {
    sink.push(Block {
        page: None,
        body: Body::Table {
            head: None,
            rows: vec![row],
        },
    })
}

fn named(heads: &[String], cells: &[String]) -> String {
    let cells = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    let named = cells.map(|(at, cell)| match heads.get(at).filter(|head| !head.is_empty()) {
        Some(head) => format!("{head}: {cell}"),
        None => cell.clone(),
    });
    named.collect::<Vec<_>>().join("; ")
}

fn one_line(cell: &str) -> String {
    clean(cell).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the fields are parted by, and how many fields every line has: at least two, at least in two lines.
pub fn delimiter(text: &str) -> Option<(u8, usize)> {
    let consistent = |delimiter: u8| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let counts: Vec<usize> = reader
            .records()
            .take(30)
            .map_while(Result::ok)
            .map(|r| r.len())
            .collect();
        // The last line of a sample may be half.
        let whole = if counts.len() > 2 {
            &counts[..counts.len() - 1]
        } else {
            &counts
        };
        let first = *whole.first()?;
        (counts.len() >= 2 && first >= 2 && whole.iter().all(|count| *count == first))
            .then_some((delimiter, first))
    };
    b",;\t|"
        .iter()
        .filter_map(|delimiter| consistent(*delimiter))
        .max_by_key(|(_, fields)| *fields)
}

pub fn json(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Stop> {
    let text = decode(content, None)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    while let Some(value) = values.next() {
        match value {
            Ok(value) => tell("", &value, sink)?,
            Err(error) if error.to_string().starts_with("recursion limit") => {
                return Err(Fault::Nested.into());
            }
            // No JSON from here on, which can be read as it stands.
            Err(_) => return text::paragraphs(None, &clean(&text[values.byte_offset()..]), sink),
        }
    }
    Ok(())
}

/// A line for each value, or for each small object of plain values, under the path that leads there.
fn tell(path: &str, value: &Value, sink: &mut Sink<'_>) -> Result<(), Stop> {
    let step = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    if let Some(line) =
        plain(value).filter(|line| line.len() <= LINE || !(value.is_object() || value.is_array()))
    {
        let told = if path.is_empty() {
            line
        } else {
            format!("{path}: {line}")
        };
        return if line_is_empty(&told) {
            Ok(())
        } else {
            row(told, sink)
        };
    }
    match value {
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(name, value)| tell(&step(&one_line(name)), value, sink)),
        Value::Array(items) => {
            let numbered = items.iter().enumerate();
            numbered
                .into_iter()
                .try_for_each(|(n, item)| tell(&format!("{path}[{}]", n + 1), item, sink))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn line_is_empty(line: &str) -> bool {
    line.trim().is_empty()
}

/// On one line, if there are at most lists of plain values in it.
fn plain(value: &Value) -> Option<String> {
    let scalar = |value: &Value| match value {
        Value::Null => Some(String::new()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(one_line(text)),
        Value::Array(_) | Value::Object(_) => None,
    };
    let list = |value: &Value| match value {
        Value::Array(items) => items
            .iter()
            .map(scalar)
            .collect::<Option<Vec<_>>>()
            .map(|items| items.join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            scalar(value)
        }
    };
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| Some((one_line(name), list(value)?)));
            let fields = fields.collect::<Option<Vec<_>>>()?;
            let told = fields.into_iter().filter(|(_, value)| !value.is_empty());
            Some(
                told.map(|(name, value)| format!("{name}: {value}"))
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => list(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::told;
    use super::*;

    #[test]
    fn rows_name_their_columns() {
        for (content, expected) in [
            ("name,day\nMira,Monday", "name: Mira; day: Monday"),
            ("name;price\nLamp;3,50", "name: Lamp; price: 3,50"),
            ("\u{feff}name\tday\nMira\tMonday", "name: Mira; day: Monday"),
            (
                "name,day\n\"A, \"\"B\"\"\nC\",Monday",
                "name: A, \"B\" C; day: Monday",
            ),
            (
                "name,,day\nMira,x,\n,,\nAlgol,,Friday,more",
                "name: Mira; x\n\nname: Algol; day: Friday; more",
            ),
        ] {
            let told = told(|sink| csv(content.as_bytes(), sink));
            assert_eq!(told, Ok(vec![format!(" | {expected}")]), "{content}");
        }
    }

    #[test]
    fn values_stand_under_the_path_that_leads_to_them() {
        for (content, expected) in [
            (r#"{"a": 1, "b": "x", "c": null}"#, "a: 1; b: x"),
            (r#"[1, true, "x"]"#, "1, true, x"),
            (r#"{"a": {"b": {"c": [1, 2]}}}"#, "a.b: c: 1, 2"),
            (r#"{"a": [{"b": 1}, {"b": 2}]}"#, "a[1]: b: 1\n\na[2]: b: 2"),
            ("{\"a\": 1}\n{\"a\": 2}", "a: 1\n\na: 2"),
            (r#"{"a": 1} and so on"#, "a: 1\n\nand so on"),
        ] {
            let told = told(|sink| json(content.as_bytes(), sink));
            assert_eq!(told, Ok(vec![format!(" | {expected}")]), "{content}");
        }
        let deep = "[".repeat(1_000);
        assert_eq!(told(|sink| json(deep.as_bytes(), sink)), Err(Fault::Nested));
    }

    #[test]
    fn the_delimiter_is_the_one_that_parts_every_line_alike() {
        for (text, expected) in [
            ("a,b\nc,d\n", Some((b',', 2))),
            ("a;b;c\n1,5;2;3\n", Some((b';', 3))),
            ("a|b\nc|d\n", Some((b'|', 2))),
            ("a,b\nc\nd\n", None),
            ("a,b", None),
            ("", None),
        ] {
            assert_eq!(delimiter(text), expected, "{text}");
        }
    }
}
