//! Markdown to HTML that a page may put into itself: what people and models write is turned into a few harmless elements. The tree of the
//! text is tamed first (no raw HTML, no images, only links that lead to web or mail), then the HTML is cleaned by an allow-list of its
//! own: each of the two would do alone. When it is done, and how much of it, is the matter of `http/markdown.rs`.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use comrak::nodes::{Node, NodeLink, NodeValue};
use comrak::{Arena, Options, format_html, parse_document};
use url::Url;

/// Elements inside of each other. Nobody nests so deeply; what does is shown as it was typed.
const DEPTH: usize = 32;
/// HTML is at most so many times as long as its text, and so much more: a table's rows are filled up to the width of its head, which is
/// a way to write half a million cells in a few kilobytes.
const GROWTH: usize = 16;
const HEAD_START: usize = 64 * 1024;
/// Of the name of a programming language.
const LANGUAGE: usize = 32;
/// Headings begin below those of the page around them.
const TOP_HEADING: u8 = 2;
const LOWEST_HEADING: u8 = 6;

const ELEMENTS: [&str; 23] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];
/// As a URL begins. Without the slashes a browser would take `http:a` for a page of our own.
const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// The HTML of a text. What would grow or nest beyond all measure is shown as it was typed.
pub fn html(text: &str) -> String {
    let arena = Arena::new();
    let options = options();
    let root = parse_document(&arena, text, &options);
    if is_too_deep(root) {
        return verbatim(text);
    }
    tame(&arena, root);
    let mut html = Bounded {
        text: String::new(),
        most: HEAD_START + GROWTH * text.len(),
    };
    match format_html(root, &options, &mut html) {
        Ok(()) => CLEANER.clean(&html.text).to_string(),
        Err(fmt::Error) => verbatim(text),
    }
}

/// A text that is not written beyond its bound.
struct Bounded {
    text: String,
    most: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.text.len() + more.len() > self.most {
            return Err(fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
    }
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    // A line ends where its writer ended it.
    options.render.hardbreaks = true;
    options
}

/// The second wall, which knows nothing of Markdown.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(ELEMENTS.into())
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("code", ["class"])
        .add_tag_attributes("ol", ["start"])
        .add_tag_attribute_values("td", "align", ["left", "center", "right"])
        .add_tag_attribute_values("th", "align", ["left", "center", "right"])
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("code", "class") => value
                .strip_prefix("language-")
                .is_some_and(is_language)
                .then_some(Cow::Borrowed(value)),
            ("ol", "start") => value.parse::<u32>().is_ok().then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    cleaner
});

/// The text as it was typed.
fn verbatim(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<p>{}</p>\n", escaped.trim().replace('\n', "<br>\n"))
}

fn is_too_deep(root: Node<'_>) -> bool {
    let (mut node, mut depth) = (root, 0);
    loop {
        if let Some(child) = node.first_child() {
            (node, depth) = (child, depth + 1);
            if depth > DEPTH {
                return true;
            }
            continue;
        }
        while node.next_sibling().is_none() {
            let Some(parent) = node.parent() else {
                return false;
            };
            (node, depth) = (parent, depth - 1);
        }
        if let Some(next) = node.next_sibling() {
            node = next;
        }
    }
}

/// Takes out of the tree what may not be shown, and puts something in its place that may.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "of another crate's many kinds of nodes these are the ones that are changed"
)]
fn tame<'a>(arena: &'a Arena<'a>, root: Node<'a>) {
    let nodes: Vec<_> = root.descendants().collect();
    for node in nodes {
        let value = node.data().value.clone();
        let put = |value| node.data_mut().value = value;
        match value {
            NodeValue::Heading(mut heading) => {
                heading.level = (heading.level + TOP_HEADING).min(LOWEST_HEADING);
                put(NodeValue::Heading(heading));
            }
            NodeValue::CodeBlock(mut block) => {
                block.info = language(&block.info);
                put(NodeValue::CodeBlock(block));
            }
            NodeValue::HtmlInline(text) => put(NodeValue::Text(text.into())),
            NodeValue::HtmlBlock(block) => {
                put(NodeValue::Paragraph);
                lines(arena, node, block.literal.trim());
            }
            NodeValue::TaskItem(task) => {
                let sign = if task.symbol.is_some() { "☑ " } else { "☐ " };
                item(arena, node, sign);
            }
            NodeValue::Link(link) if leads_out(&link.url) => put(untitled(link.url)),
            NodeValue::Image(link) if leads_out(&link.url) && !is_linked(node) => {
                if node.first_child().is_none() {
                    node.append(text(arena, link.url.clone()));
                }
                put(untitled(link.url));
            }
            NodeValue::Link(_) | NodeValue::Image(_) => unwrap(node),
            _ => {}
        }
    }
}

fn text<'a>(arena: &'a Arena<'a>, text: impl Into<Cow<'static, str>>) -> Node<'a> {
    arena.alloc(NodeValue::Text(text.into()).into())
}

fn lines<'a>(arena: &'a Arena<'a>, paragraph: Node<'a>, literal: &str) {
    for (number, line) in literal.lines().enumerate() {
        if number > 0 {
            paragraph.append(arena.alloc(NodeValue::LineBreak.into()));
        }
        paragraph.append(text(arena, line.to_owned()));
    }
}

/// A task is an item of the list with a sign: a box that cannot be ticked would need a name of its own.
fn item<'a>(arena: &'a Arena<'a>, node: Node<'a>, sign: &'static str) {
    let list = node.parent().map(|list| list.data().value.clone());
    let Some(NodeValue::List(list)) = list else { return };
    node.data_mut().value = NodeValue::Item(list);
    let paragraph = node
        .first_child()
        .filter(|child| matches!(child.data().value, NodeValue::Paragraph));
    let paragraph = paragraph.unwrap_or_else(|| {
        let made = arena.alloc(NodeValue::Paragraph.into());
        node.prepend(made);
        made
    });
    paragraph.prepend(text(arena, sign));
}

/// Whether it is a whole address of the web or of mail, as the cleaner will ask once more.
fn leads_out(url: &str) -> bool {
    let begins = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().any(|scheme| begins(scheme)) && Url::parse(url).is_ok()
}

fn untitled(url: String) -> NodeValue {
    NodeValue::Link(Box::new(NodeLink {
        url,
        title: String::new(),
    }))
}

/// Whether it stands in a link or has one in it: there is none inside of another.
fn is_linked(node: Node<'_>) -> bool {
    let is_link = |node: Node<'_>| matches!(node.data().value, NodeValue::Link(_));
    node.ancestors().any(is_link) || node.descendants().any(is_link)
}

/// What is in it takes its place.
fn unwrap<'a>(node: Node<'a>) {
    let children: Vec<_> = node.children().collect();
    for child in children {
        node.insert_before(child);
    }
    node.detach();
}

/// The first word of what stands behind a fence, if it can be the name of a language.
fn language(info: &str) -> String {
    let word = info.split([' ', '\t', ',', '{']).next().unwrap_or_default();
    if is_language(word) { word } else { "" }.to_owned()
}

fn is_language(word: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"+#._-".contains(&byte);
    (1..=LANGUAGE).contains(&word.len()) && word.bytes().all(usual)
}
