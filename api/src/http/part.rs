//! The head of a part of a form: the file's name in it. And a measure on the bytes of a form: what is no file content has to fit
//! into a few KiB, since the parser keeps heads, and whatever stands before the first border, whole.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use domain::text::Name;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, header};
use tokio::time::{Instant, Sleep};
use unicode_normalization::UnicodeNormalization;

/// How long what came while this process itself was held up may take to be read.
const HELD_UP: Duration = Duration::from_millis(200);

/// The bytes of a form, one piece at a time: whoever polls gets to look at a piece before the next one comes. Slow is fine, as
/// long as something comes.
pub struct Measured<S> {
    inner: S,
    patience: Duration,
    stalled: Pin<Box<Sleep>>,
    given: usize,
    taken: Taken,
    slack: usize,
    rest: bool,
    /// Nothing came for too long, as it seems: it is looked once more.
    doubted: bool,
}

/// How many bytes came out of the parser again.
#[derive(Debug, Clone, Default)]
pub struct Taken(Arc<AtomicUsize>);

impl Taken {
    pub fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error(transparent)]
    Broken(#[from] std::io::Error),
    #[error("too much that is no file")]
    Shapeless,
    #[error("nothing came for too long")]
    Stalled,
}

impl<S> Measured<S> {
    /// `slack`: how many bytes the parser may hold back; `patience`: how long nothing may come.
    pub fn new(inner: S, slack: usize, patience: Duration) -> (Self, Taken) {
        let taken = Taken::default();
        let measured = Self {
            inner,
            patience,
            stalled: Box::pin(tokio::time::sleep(patience)),
            given: 0,
            taken: taken.clone(),
            slack,
            rest: false,
            doubted: false,
        };
        (measured, taken)
    }
}

impl<S: Stream<Item = std::io::Result<Bytes>> + Unpin> Stream for Measured<S> {
    type Item = Result<Bytes, FormError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The parser would read on as long as there is something, and keep all of it.
        if std::mem::take(&mut self.rest) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let bytes = match self.inner.poll_next_unpin(context) {
            Poll::Ready(Some(bytes)) => bytes?,
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => {
                if self.stalled.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                if std::mem::replace(&mut self.doubted, true) {
                    return Poll::Ready(Some(Err(FormError::Stalled)));
                }
                self.stalled.as_mut().reset(Instant::now() + HELD_UP);
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        };
        self.doubted = false;
        let until = Instant::now() + self.patience;
        self.stalled.as_mut().reset(until);
        let held = self.given - self.taken.0.load(Ordering::Relaxed).min(self.given);
        if held > self.slack {
            return Poll::Ready(Some(Err(FormError::Shapeless)));
        }
        self.given += bytes.len();
        self.rest = true;
        Poll::Ready(Some(Ok(bytes)))
    }
}

/// The file name that a part was sent with: the last component of whatever path it is, in NFC.
pub fn filename(part: &HeaderMap) -> Result<Name, String> {
    let disposition = part
        .get(header::CONTENT_DISPOSITION)
        .map(|value| value.as_bytes());
    let disposition = disposition.and_then(|value| std::str::from_utf8(value).ok());
    let named = disposition.and_then(|value| {
        // Some clients send names outside of ASCII by RFC 8187, although RFC 7578 would not have it.
        parameter(value, "filename*")
            .and_then(|value| extended(&value))
            .or_else(|| parameter(value, "filename"))
    });
    let named = named.ok_or("is required: the part `file` has no file name")?;
    let last = named.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.nfc().collect();
    if name.contains(char::is_control) {
        return Err("must not contain control characters".into());
    }
    if name.trim().chars().all(|c| c == '.') {
        return Err("must not be empty".into());
    }
    Name::parse(&name)
}

/// One parameter of a header's value, without its quotes. A backslash escapes a quote and nothing else: browsers used to send
/// paths of Windows.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, left) = match after.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = left.split_once(';')?.1;
    }
}

/// The text up to the closing quote, and what comes after it.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut plain = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((plain, &text[at + 1..])),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                chars.next();
                plain.push('"');
            }
            _ => plain.push(c),
        }
    }
    None
}

/// RFC 8187: `UTF-8''na%C3%AFve.txt`.
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8();
    decoded.ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use multer::Multipart;

    use super::*;

    fn named(disposition: &str) -> Result<String, String> {
        let mut head = HeaderMap::new();
        let value = http::HeaderValue::from_bytes(disposition.as_bytes()).unwrap();
        head.insert(header::CONTENT_DISPOSITION, value);
        filename(&head).map(Name::into_string)
    }

    #[test]
    fn the_name_is_the_last_component_in_nfc() {
        for (disposition, expected) in [
            (r#"form-data; name="file"; filename="a.pdf""#, "a.pdf"),
            (r#"form-data; filename=a.pdf; name=file"#, "a.pdf"),
            (r#"form-data; name="file"; filename="C:\docs\a b.pdf""#, "a b.pdf"),
            (r#"form-data; name="file"; filename="../../etc/passwd""#, "passwd"),
            (
                r#"form-data; name="file"; filename="a \"b\"; c.txt""#,
                r#"a "b"; c.txt"#,
            ),
            (r#"form-data; name="filename=x"; filename="y.txt""#, "y.txt"),
            (
                "form-data; name=\"file\"; FileName=\"Cafe\u{301}.txt\"",
                "Café.txt",
            ),
            (
                r#"form-data; name="file"; filename="x.txt"; filename*=UTF-8''%D1%85.txt"#,
                "х.txt",
            ),
            (
                r#"form-data; name="file"; filename="x.txt"; filename*=latin1''%E9.txt"#,
                "x.txt",
            ),
        ] {
            assert_eq!(named(disposition).as_deref(), Ok(expected), "{disposition}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!(r#"form-data; filename="{}""#, "x".repeat(201));
        for disposition in [
            "form-data",
            r#"form-data; name="file""#,
            r#"form-data; filename="""#,
            r#"form-data; filename="folder/""#,
            r#"form-data; filename="..""#,
            r#"form-data; filename=" ""#,
            r#"form-data; filename="never closed"#,
            "form-data; filename=\"tab\there.txt\"",
            r#"form-data; filename*=UTF-8''a%0Ab"#,
            &long,
        ] {
            assert!(named(disposition).is_err(), "{disposition}");
        }
        let most = format!(r#"form-data; filename="{}""#, "x".repeat(200));
        assert!(named(&most).is_ok());
    }

    async fn parse(pieces: Vec<Vec<u8>>, slack: usize) -> multer::Result<usize> {
        let stream = stream::iter(pieces.into_iter().map(|piece| Ok(Bytes::from(piece))));
        let (measured, taken) = Measured::new(stream, slack, Duration::from_secs(60));
        let mut parts = Multipart::new(measured, "B");
        let mut read = 0;
        while let Some(mut part) = parts.next_field().await? {
            while let Some(bytes) = part.chunk().await? {
                taken.add(bytes.len());
                read += bytes.len();
            }
        }
        Ok(read)
    }

    #[tokio::test]
    async fn content_of_any_size_passes_but_nothing_else() {
        let head = b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n".to_vec();
        let mut pieces = vec![head.clone()];
        pieces.extend(std::iter::repeat_n(vec![b'x'; 1000], 100));
        pieces.push(b"\r\n--B--\r\n".to_vec());
        assert_eq!(parse(pieces, 2000).await.unwrap(), 100_000);

        let preamble = std::iter::repeat_n(vec![b'x'; 1000], 100).collect();
        assert!(matches!(
            parse(preamble, 2000).await,
            Err(multer::Error::StreamReadFailed(_))
        ));
        let mut endless = vec![b"--B\r\nX: ".to_vec()];
        endless.extend(std::iter::repeat_n(vec![b'x'; 1000], 100));
        assert!(matches!(
            parse(endless, 2000).await,
            Err(multer::Error::StreamReadFailed(_))
        ));
    }

    #[tokio::test]
    async fn who_sends_nothing_more_has_stalled() {
        let one = stream::iter([Ok(Bytes::from_static(b"x"))]);
        let patience = Duration::from_millis(1);
        let (mut measured, _) = Measured::new(one.chain(stream::pending()), 1000, patience);
        assert!(measured.next().await.unwrap().is_ok());
        assert!(matches!(measured.next().await, Some(Err(FormError::Stalled))));
    }

    #[tokio::test]
    async fn what_came_while_the_process_was_held_up_is_no_stall() {
        // The clock has run out before it is known what the network has brought.
        let mut looks = 0;
        let late = stream::poll_fn(|_| {
            looks += 1;
            match looks {
                1 | 2 => Poll::Pending,
                _ => Poll::Ready(Some(Ok(Bytes::from_static(b"x")))),
            }
        });
        let (mut measured, _) = Measured::new(late, 1000, Duration::from_millis(1));
        assert!(measured.next().await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_form_may_come_byte_by_byte() {
        let form = b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\none\r\n--two\r\n--B--\r\n";
        let pieces = form.iter().map(|byte| vec![*byte]).collect();
        assert_eq!(parse(pieces, 1000).await.unwrap(), "one\r\n--two".len());
    }
}
