#![allow(clippy::unwrap_used)]

use std::io::Write;

use super::*;

fn kind(content: &[u8], name: &str) -> Option<Kind> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    detect_file(&mut file, name).unwrap()
}

#[test]
fn the_content_decides() {
    let utf16: Vec<u8> = "\u{feff}Купол закрыт."
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (content, name, expected) in [
        (&b"%PDF-1.7\n"[..], "notes.txt", Some(Kind::Pdf)),
        (b"\n\njunk %PDF-1.4", "notes.txt", Some(Kind::Pdf)),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "scan.pdf", None),
        (b"PK\x03\x04 an archive of something", "report.docx", None),
        (&OLE, "old.doc", None),
        (b"{\\rtf1 Hello}", "letter.txt", None),
        (b"%!PS-Adobe-3.0", "print.txt", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "a.html", None),
        (b"text with a \0 in it", "a.txt", None),
        (b"bell \x07", "a.txt", None),
        (&utf16, "a.txt", Some(Kind::Text)),
        (b"Stra\xdfe und G\xe4rten", "a.txt", Some(Kind::Text)),
        (b"", "a.txt", Some(Kind::Text)),
        (b"<!DOCTYPE html><p>Hello", "a.txt", Some(Kind::Html)),
        (b"<div><p>One</p><p>Two</p></div><a>x</a>", "a", Some(Kind::Html)),
        (b"<p>One</p> word", "a.html", Some(Kind::Html)),
        (b"# One\n\n<p>two</p>", "a.md", Some(Kind::Markdown)),
        (b"# One\n\ntext\n\n## Two\n", "a.txt", Some(Kind::Markdown)),
        (b"# One comment\nset x = 1\n", "a.txt", Some(Kind::Text)),
        (b"{\"a\": [1, 2]}", "a.txt", Some(Kind::Json)),
        (b"{\"a\": 1}\n{\"a\": 2}\n", "a.log", Some(Kind::Json)),
        (b"{\"a\": [1, 2", "a.json", Some(Kind::Text)),
        (b"[see the appendix] for more", "a.txt", Some(Kind::Text)),
        (b"name,day\nMira,Monday\n", "a.csv", Some(Kind::Csv)),
        (
            b"name,day,hour\nMira,Monday,7\nAlgol,Friday,8\n",
            "a.txt",
            Some(Kind::Csv),
        ),
        (
            b"name;day;hour\nMira;Monday;7\nAlgol;Friday;8\n",
            "a",
            Some(Kind::Csv),
        ),
        (
            b"Well, yes, then\nor, no, now\nbut, so, here\n",
            "a.txt",
            Some(Kind::Text),
        ),
        (b"no fields at all", "a.csv", Some(Kind::Text)),
    ] {
        assert_eq!(
            kind(content, name),
            expected,
            "{name}: {}",
            String::from_utf8_lossy(content)
        );
    }
}

#[test]
fn a_sample_may_end_anywhere() {
    let json = format!("[{}", "{\"name\": \"Mira\"},".repeat(10_000));
    assert_eq!(kind(json.as_bytes(), "a.json"), Some(Kind::Json));
    let wide = "ж".repeat(HEAD as usize);
    for shift in ["", "a"] {
        let text = format!("{shift}{wide}");
        assert_eq!(kind(text.as_bytes(), "a.txt"), Some(Kind::Text));
    }
}
