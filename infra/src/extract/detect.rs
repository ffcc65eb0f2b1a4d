//! What a file is, by its content. The name decides between kinds of text alone. The work is bounded: this runs in the server.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use domain::document::Kind;
use encoding_rs::Encoding;
use serde::de::IgnoredAny;

use super::decode::{guess, is_garbage};
use super::table;

/// Read from the beginning.
const HEAD: u64 = 64 * 1024;
/// Read of an archive's table of contents.
const CONTENTS: u64 = 1024 * 1024;
/// An OLE container: old office files, and new ones with a password.
pub const OLE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// None: nothing that can be read.
pub fn detect(path: &Path, filename: &str) -> io::Result<Option<Kind>> {
    detect_file(&mut File::open(path)?, filename)
}

pub fn detect_file(file: &mut File, filename: &str) -> io::Result<Option<Kind>> {
    let head = read_at(file, 0, HEAD)?;
    let extension = Path::new(filename)
        .extension()
        .map(|name| name.to_string_lossy().to_ascii_lowercase());
    let extension = extension.as_deref().unwrap_or_default();
    if head[..head.len().min(1024)]
        .windows(5)
        .any(|window| window == b"%PDF-")
    {
        return Ok(Some(Kind::Pdf));
    }
    if head.starts_with(b"PK\x03\x04") {
        return archive(file, &head);
    }
    if head.starts_with(&OLE) {
        return encrypted(file, &head, extension);
    }
    let whole = (head.len() as u64) < HEAD;
    Ok(text(&head, whole).and_then(|text| text_kind(&text, whole, extension)))
}

fn read_at(file: &mut File, at: u64, most: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut read = Vec::new();
    file.take(most).read_to_end(&mut read)?;
    Ok(read)
}

fn archive(file: &mut File, head: &[u8]) -> io::Result<Option<Kind>> {
    let size = file.metadata()?.len();
    let tail_at = size.saturating_sub(66 * 1024);
    let tail = read_at(file, tail_at, 66 * 1024)?;
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06");
    let table = end.and_then(|at| Some((le32(&tail, at + 12)?, le32(&tail, at + 16)?)));
    let names = match table {
        Some((size, at)) => read_at(file, at.into(), u64::from(size).min(CONTENTS))?,
        // Cut off: the names before the entries themselves must do, and of these the list of parts may be the last.
        None => head.to_vec(),
    };
    let names = if names.starts_with(b"PK\x01\x02") {
        &names
    } else {
        head
    };
    let has = |name: &[u8]| names.windows(name.len()).any(|window| window == name);
    let office = table.is_none() || has(b"[Content_Types].xml");
    let kinds = [
        (&b"word/"[..], Kind::Docx),
        (b"xl/work", Kind::Xlsx),
        (b"ppt/pres", Kind::Pptx),
    ];
    Ok(kinds
        .into_iter()
        .find(|(part, _)| office && has(part))
        .map(|(_, kind)| kind))
}

/// An office file with a password is one, so that its reader can say so.
fn encrypted(file: &mut File, head: &[u8], extension: &str) -> io::Result<Option<Kind>> {
    let (Some(first), Some(shift)) = (le32(head, 48), head.get(30)) else {
        return Ok(None);
    };
    let sector = 1u64 << (*shift).min(12);
    let directory = read_at(file, (u64::from(first) + 1) * sector, 8 * 1024)?;
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if !directory.windows(name.len()).any(|window| window == name) {
        return Ok(None);
    }
    Ok(Some(match extension {
        "xlsx" | "xlsm" => Kind::Xlsx,
        "pptx" | "pptm" => Kind::Pptx,
        _ => Kind::Docx,
    }))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(bytes))
}

fn text(head: &[u8], whole: bool) -> Option<String> {
    let decoded = match Encoding::for_bom(head) {
        Some((encoding, _)) => encoding.decode(head).0.into_owned(),
        None if head.contains(&0) => return None,
        None => match std::str::from_utf8(head) {
            Ok(text) => text.to_owned(),
            // Cut within a character.
            Err(error) if !whole && error.error_len().is_none() => {
                String::from_utf8_lossy(&head[..error.valid_up_to()]).into_owned()
            }
            Err(_) => guess(head).decode(head).0.into_owned(),
        },
    };
    (!decoded.chars().any(is_garbage)).then_some(decoded)
}

fn text_kind(text: &str, whole: bool, extension: &str) -> Option<Kind> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with("{\\rtf") || start.starts_with("%!PS") {
        return None;
    }
    let lower = start[..start.floor_char_boundary(4096)].to_ascii_lowercase();
    if lower.starts_with("<svg") || lower.starts_with("<?xml") && lower.contains("<svg") {
        return None;
    }
    if is_html(&lower, extension) {
        return Some(Kind::Html);
    }
    if is_json(start, whole) {
        return Some(Kind::Json);
    }
    let columns = table::delimiter(start);
    Some(match extension {
        "md" | "markdown" => Kind::Markdown,
        "csv" | "tsv" | "tab" if columns.is_some() => Kind::Csv,
        _ if is_csv(start, columns) => Kind::Csv,
        _ if is_markdown(start) => Kind::Markdown,
        _ => Kind::Text,
    })
}

fn is_html(lower: &str, extension: &str) -> bool {
    let named = matches!(extension, "html" | "htm" | "xhtml");
    let ends = [
        "</p>", "</div>", "</a>", "</h1>", "</h2>", "</table>", "</ul>", "</span>",
    ];
    let ends = ends.iter().filter(|end| lower.contains(**end)).count();
    lower.starts_with("<!doctype html")
        || lower.starts_with("<html")
        || lower.starts_with('<') && (lower.contains("<html") || lower.contains("<body"))
        || lower.starts_with('<') && extension != "md" && (ends >= 3 || named && ends >= 1)
}

/// One JSON value after another, the first of them an object or a list; the sample may end within one.
fn is_json(text: &str, whole: bool) -> bool {
    if !text.starts_with(['{', '[']) {
        return false;
    }
    for value in serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>() {
        if let Err(error) = value {
            return error.is_eof() && !whole || error.to_string().starts_with("recursion limit");
        }
    }
    true
}

/// Without a name that says so: prose has commas too, but with blanks behind them, and not as many in every line.
fn is_csv(text: &str, columns: Option<(u8, usize)>) -> bool {
    let Some((delimiter, fields)) = columns else {
        return false;
    };
    let lines: Vec<_> = text
        .lines()
        .take(30)
        .filter(|line| !line.trim().is_empty())
        .collect();
    let spaced = format!("{} ", char::from(delimiter));
    lines.len() >= 3
        && (fields >= 3 || lines.len() >= 5)
        && !lines.iter().take(5).any(|line| line.contains(&spaced))
}

fn is_markdown(text: &str) -> bool {
    let signs = text.lines().take(400).filter(|line| {
        let level = line.len() - line.trim_start_matches('#').len();
        (1..=6).contains(&level) && line[level..].starts_with(' ')
            || line.starts_with("```")
            || line.starts_with("|--")
            || line.starts_with("| --")
            || line.contains("](http")
    });
    signs.count() >= 2
}

#[cfg(test)]
#[path = "detect/tests.rs"]
mod tests;
