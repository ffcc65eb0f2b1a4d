//! HTML, by way of Markdown. What a browser would not show as content is left out.

use encoding_rs::Encoding;
use htmd::HtmlToMarkdown;

use super::block::{Sink, Stop};
use super::decode::{clean, decode};
use super::limits::Fault;
use super::markdown::{self, Source};
use super::text;

const SKIPPED: [&str; 9] = [
    "script", "style", "nav", "noscript", "template", "head", "svg", "iframe", "button",
];

/// Elements inside each other. What is deeper is read without its structure: the converter calls itself for each.
const DEPTH: usize = 500;

pub fn read(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Stop> {
    let html = decode(content, named(content))?;
    if depth(&html) > DEPTH {
        return text::paragraphs(None, &clean(&without_tags(&html)), sink);
    }
    let converter = HtmlToMarkdown::builder().skip_tags(SKIPPED.to_vec()).build();
    let made = converter.convert(&html).map_err(|_| Fault::Damaged)?;
    drop(html);
    markdown::read(None, &made, Source::Author, sink)
}

/// What the page says its encoding is.
fn named(content: &[u8]) -> Option<&'static Encoding> {
    let head = content[..content.len().min(2048)].to_ascii_lowercase();
    let at = head.windows(8).position(|window| window == b"charset=")?;
    let name: Vec<u8> = head[at + 8..]
        .iter()
        .copied()
        .skip_while(|b| matches!(b, b'"' | b'\''))
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .collect();
    // A page that can be read as ASCII so far is not UTF-16, whatever it says.
    Encoding::for_label(&name).filter(|encoding| encoding.is_ascii_compatible())
}

/// How deep elements stand inside each other. Those whose end may be left out are not counted.
fn depth(html: &str) -> usize {
    const LOOSE: [&str; 24] = [
        "p", "li", "td", "th", "tr", "dt", "dd", "option", "br", "hr", "img", "input", "meta", "link", "col",
        "area", "base", "embed", "source", "track", "wbr", "thead", "tbody", "param",
    ];
    let (mut now, mut most) = (0usize, 0usize);
    for part in html.split('<').skip(1) {
        let (closing, rest) = part.strip_prefix('/').map_or((false, part), |rest| (true, rest));
        let name = rest
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        if name.is_empty() || LOOSE.iter().any(|loose| name.eq_ignore_ascii_case(loose)) {
            continue;
        }
        now = if closing { now.saturating_sub(1) } else { now + 1 };
        most = most.max(now);
    }
    most
}

/// The characters outside of tags and comments.
pub fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with("<!--") { "-->" } else { ">" };
        rest = rest.find(end).map_or("", |at| &rest[at + end.len()..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::super::block::told;
    use super::*;

    #[test]
    fn what_a_browser_shows_as_content_is_read() {
        for (html, expected) in [
            (
                "<head><title>t</title></head><nav>Menu</nav><h1>House</h1><p>Wash up.</p><script>x()</script>",
                "House | Wash up.",
            ),
            ("<p>3&frac12; km &amp; more<br>next</p>", " | 3½ km & more\nnext"),
            ("<ul><li>a</li><li>b</li></ul>", " | - a\n- b"),
            (
                "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
                " | | a | b |\n| 1 | 2 |",
            ),
        ] {
            let told = told(|sink| read(html.as_bytes(), sink));
            assert_eq!(told, Ok(vec![expected.to_owned()]), "{html}");
        }
        let named = b"<meta charset=\"windows-1251\"><p>\xca\xf3\xef\xee\xeb</p>";
        assert_eq!(told(|sink| read(named, sink)), Ok(vec![" | Купол".to_owned()]));
    }

    #[test]
    fn depth_is_counted_and_too_deep_is_read_without_structure() {
        assert_eq!(depth("<div><p>a<p>b<ul><li>c</ul></div><div></div>"), 2);
        let deep = format!("{}bottom", "<ul>".repeat(DEPTH + 1));
        let told = told(|sink| read(deep.as_bytes(), sink));
        assert_eq!(told, Ok(vec![" | bottom".to_owned()]));
    }
}
