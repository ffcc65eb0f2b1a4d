//! DOCX, PPTX and XLSX. They are zip archives: what they unpack to is checked before anything is made of it.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};

use domain::document::Kind;
use undoc::model::{Block as Part, Section};
use undoc::render::{RenderOptions, render_section_to_string};
use zip::ZipArchive;
use zip::result::ZipError;

use super::block::{Sink, Stop};
use super::detect::OLE;
use super::limits::{ExtractLimits, Fault};
use super::markdown::{self, Source};

/// Of a part, where a document type would be declared.
const START: u64 = 4 * 1024;

/// The number of slides or sheets; a text document does not know its pages.
pub fn read(kind: Kind, content: &[u8], sink: &mut Sink<'_>) -> Result<Option<u32>, Stop> {
    if content.starts_with(&OLE) {
        return Err(Fault::Password.into());
    }
    check(content, &sink.limits)?;
    let document = undoc::parse_bytes(content).map_err(|error| {
        let password = error.kind() == undoc::ErrorKind::Encrypted;
        if password { Fault::Password } else { Fault::Damaged }
    })?;
    if document.sections.len() as u64 > sink.limits.pages {
        return Err(Fault::TooManyPages.into());
    }
    let options = RenderOptions {
        include_images: false,
        ..RenderOptions::default()
    };
    let all = document.sections.len();
    for (at, section) in document.sections.iter().enumerate() {
        let mut section = section.clone();
        // The renderer would write the number of a slide as a heading of its own.
        let name = section.name.take();
        let page = (kind != Kind::Docx).then_some(at as u32 + 1);
        if let Some(page) = page
            && !has_title(&section)
        {
            // It comes as it stands in the XML.
            let given = name.filter(|name| !name.trim().is_empty());
            let given = given.map(|name| {
                name.replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&amp;", "&")
            });
            let noun = if kind == Kind::Pptx { "Slide" } else { "Sheet" };
            sink.heading(Some(page), 1, given.unwrap_or_else(|| format!("{noun} {page}")))?;
        }
        let made = render_section_to_string(&section, at, document.format, &options, &HashMap::new());
        markdown::read(page, &made, Source::Reader, sink)?;
        sink.progress((at + 1) as f32 / all as f32)?;
    }
    Ok((kind != Kind::Docx).then_some(all as u32))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum, of which little matters here"
)]
fn has_title(section: &Section) -> bool {
    section
        .content
        .iter()
        .find_map(|part| match part {
            Part::Paragraph(paragraph) => Some(paragraph.heading.level() == 1),
            _ => None,
        })
        .unwrap_or(false)
}

fn check(content: &[u8], limits: &ExtractLimits) -> Result<(), Stop> {
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|_| Fault::Damaged)?;
    if archive.len() as u64 > limits.entries {
        return Err(Fault::TooManyEntries.into());
    }
    let within = |unpacked| within(unpacked, content.len() as u64, limits);
    let fault = |error: ZipError| {
        let locked = matches!(
            error,
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword
        );
        if locked { Fault::Password } else { Fault::Damaged }
    };
    // First what it says of itself, then what is true.
    let mut claimed = 0u64;
    for at in 0..archive.len() {
        claimed = claimed.saturating_add(archive.by_index_raw(at).map_err(fault)?.size());
    }
    within(claimed)?;
    let mut unpacked = 0u64;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(fault)?;
        let xml = entry
            .name()
            .is_ok_and(|name| name.ends_with(".xml") || name.ends_with(".rels"));
        let mut entry = entry.take(limits.unpacked - unpacked + 1);
        let mut start = Vec::new();
        (&mut entry)
            .take(START)
            .read_to_end(&mut start)
            .map_err(|_| Fault::Damaged)?;
        // No office program writes one; entities that grow do.
        if xml && start.windows(9).any(|window| window == b"<!DOCTYPE") {
            return Err(Fault::Damaged.into());
        }
        unpacked += start.len() as u64;
        unpacked += io::copy(&mut entry, &mut io::sink()).map_err(|_| Fault::Damaged)?;
        within(unpacked)?;
    }
    Ok(())
}

fn within(unpacked: u64, packed: u64, limits: &ExtractLimits) -> Result<(), Fault> {
    if unpacked > limits.unpacked {
        Err(Fault::UnpacksTooFar)
    } else if unpacked > limits.ratio.saturating_mul(packed) {
        Err(Fault::UnpacksTooSteeply)
    } else {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(content).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn fault(content: &[u8], limits: ExtractLimits) -> Option<Fault> {
        match check(content, &limits) {
            Ok(()) => None,
            Err(Stop::Fault(fault)) => Some(fault),
            Err(Stop::Io(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn archives_are_taken_up_to_each_limit_and_not_above() {
        let default = ExtractLimits::default();
        let some = archive(&[
            ("a.xml", &[b'a'; 6000]),
            ("b.bin", &[b'b'; 4000]),
            ("c.rels", b""),
        ]);
        let at = |unpacked| ExtractLimits { unpacked, ..default };
        assert_eq!(fault(&some, at(10_000)), None);
        assert_eq!(fault(&some, at(9_999)), Some(Fault::UnpacksTooFar));
        let at = |entries| ExtractLimits { entries, ..default };
        assert_eq!(fault(&some, at(3)), None);
        assert_eq!(fault(&some, at(2)), Some(Fault::TooManyEntries));

        assert_eq!(within(10_000, 100, &default), Ok(()));
        assert_eq!(within(10_001, 100, &default), Err(Fault::UnpacksTooSteeply));
        let steep = archive(&[("a", &[0; 1_000_000])]);
        assert_eq!(fault(&steep, default), Some(Fault::UnpacksTooSteeply));
    }

    #[test]
    fn what_no_office_program_writes_is_damaged() {
        let default = ExtractLimits::default();
        let declared = archive(&[("word/document.xml", b"<?xml version='1.0'?><!DOCTYPE w []><w/>")]);
        assert_eq!(fault(&declared, default), Some(Fault::Damaged));
        let image = archive(&[("media/page.html", b"<!DOCTYPE html>")]);
        assert_eq!(fault(&image, default), None);
        let whole = archive(&[("a.xml", &[b'a'; 600])]);
        assert_eq!(fault(&whole[..whole.len() / 2], default), Some(Fault::Damaged));
        assert_eq!(fault(b"PK\x03\x04", default), Some(Fault::Damaged));
    }
}
