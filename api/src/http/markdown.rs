//! Texts as HTML: of messages that are read, if it is asked for, and of a text that was heard live. How it is made is `markdown.rs`
//! above; here it is bounded how much of it one request gets and how much is made at a time, since it takes a processor's time.

use std::sync::Arc;

use domain::text::printable;
use domain::{Error, Result};
use poem_openapi::{Object, OpenApi};
use tokio::sync::Semaphore;

use super::Tag;
use super::answer::{Outcome, OwnChange, Reply};
use super::body::{Body, Input};
use super::fields::{Fields, text};
use super::request::Signed;
use super::view;
use crate::app::App;
use crate::markdown::html;

/// The longest text that has a message: an answer.
const LONGEST: usize = 256 * 1024;
/// What one answer of ours has of texts and their HTML, whichever is longer; what comes after it goes without.
const MOST: usize = 4 * 1024 * 1024;
/// So little is done where it is asked for: some tenths of a millisecond.
const AT_ONCE: usize = 4 * 1024;

/// Turns at the work: as many as there are processors.
pub struct Markdown {
    turns: Arc<Semaphore>,
}

impl Default for Markdown {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            turns: Arc::new(Semaphore::new(processors)),
        }
    }
}

impl Markdown {
    /// Adds the HTML to messages; those that matter most come first, for there may be more than one answer holds.
    pub async fn add(&self, messages: Vec<&mut view::Message>) -> Result<()> {
        let texts = messages.iter().map(|message| message.content.clone()).collect();
        let made = self.make(texts).await?;
        for (message, html) in messages.into_iter().zip(made) {
            message.content_html = Some(html);
        }
        Ok(())
    }

    /// The HTML of these texts, or of as many of the first ones as are within the bound.
    async fn make(&self, texts: Vec<String>) -> Result<Vec<String>> {
        if texts.iter().map(String::len).sum::<usize>() <= AT_ONCE {
            return Ok(within(MOST, &texts));
        }
        let turn = self
            .turns
            .clone()
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        // It keeps its turn to the end, also if nobody waits for it any more.
        let work = move || {
            let _turn = turn;
            within(MOST, &texts)
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn within(most: usize, texts: &[String]) -> Vec<String> {
    let mut left = most;
    let made = texts.iter().map_while(|text| {
        let html = html(text);
        left = left.checked_sub(html.len().max(text.len()))?;
        Some(html)
    });
    made.collect()
}

pub struct MarkdownApi {
    pub app: Arc<App>,
}

#[derive(Object)]
struct MarkdownBody {
    /// At most 256 KiB.
    #[oai(validator(max_length = 262144))]
    content: String,
}

impl Input for MarkdownBody {
    type Parsed = String;

    fn read(fields: &mut Fields) -> Option<String> {
        fields.required("content", text(content))
    }
}

fn content(text: &str) -> Result<String, String> {
    printable(text)?;
    if text.len() > LONGEST {
        return Err(format!("must have at most {LONGEST} bytes"));
    }
    Ok(text.to_owned())
}

#[derive(Object)]
struct MarkdownView {
    content_html: String,
}

#[OpenApi(tag = "Tag::Conversations")]
impl MarkdownApi {
    /// The HTML of a text
    ///
    /// For what was heard live. It is what messages have as `content_html`: Markdown, without images, with links to web and mail alone,
    /// and nothing in it that a page could be harmed by.
    #[oai(path = "/markdown", method = "post", operation_id = "renderMarkdown")]
    async fn render(
        &self,
        _caller: Signed,
        body: Body<MarkdownBody>,
    ) -> Outcome<Reply<MarkdownView>, OwnChange> {
        let made = self.app.markdown.make(vec![body.value]).await?;
        let content_html = made.into_iter().next();
        let content_html = content_html.ok_or_else(|| Error::internal("a text of this length fits"))?;
        Ok(Reply::new(MarkdownView { content_html }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_so_much_of_it_and_the_first_ones_have_it() {
        let texts = ["*a*", "[a]: b", "*c*"].map(str::to_owned);
        let all = ["<p><em>a</em></p>\n", "", "<p><em>c</em></p>\n"];
        for (most, count) in [(42, 3), (41, 2), (24, 2), (23, 1), (17, 0), (0, 0)] {
            assert_eq!(within(most, &texts), all[..count], "{most}");
        }
    }
}
