//! One question asked, with its tries, and the answer read as it comes. A try is repeated only while nobody has seen a piece.

use std::error::Error;
use std::time::Duration;

use domain::bot::ProviderKind;
use domain::chat::{Pieces, Usage};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::Limits;
use super::address::NotAllowed;
use super::failures::{Again, Attempt, Trouble};
use super::lines::Lines;
use super::wire::{Decoder, Event};

const TRIES: u32 = 3;
/// Of the whole answer, as it comes over the line.
const MOST_BYTES: usize = 4 * 1024 * 1024;

pub struct Question<'a> {
    pub client: &'a Client,
    pub kind: ProviderKind,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Value,
    /// How many of them were told.
    pub passages: usize,
    pub limits: &'a Limits,
}

/// What came so far.
#[derive(Debug, Default)]
pub struct Said {
    pub text: String,
    pub usage: Option<Usage>,
}

impl Question<'_> {
    pub async fn ask(&self, pieces: &mut dyn Pieces) -> Result<Said, Trouble> {
        let mut said = Said::default();
        let mut pause = self.limits.pause;
        for tried in 1..=TRIES {
            let attempt = match self.attempt(&mut said, pieces).await {
                Ok(()) => return Ok(said),
                Err(attempt) => attempt,
            };
            let wait = match attempt.again {
                Again::Soon => pause,
                Again::After(wait) if wait <= self.limits.longest_pause => wait,
                Again::After(_) | Again::No => return Err(attempt.trouble),
            };
            if tried == TRIES || !said.text.is_empty() {
                return Err(attempt.trouble);
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
        Err(Trouble::Unreachable)
    }

    async fn attempt(&self, said: &mut Said, pieces: &mut dyn Pieces) -> Result<(), Attempt> {
        let request = self.client.post(self.url.clone());
        let sending = request.headers(self.headers.clone()).json(&self.body).send();
        let response = match timeout(self.limits.idle, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(unsent(&error)),
            Err(_) => return Err(Trouble::Timeout.finally()),
        };
        // What stands in a refusal is for nobody here: it is dropped unread, and its connection with it.
        accepted(&response)?;
        *said = Said::default();
        self.read(response, said, pieces).await
    }

    async fn read(
        &self,
        mut response: Response,
        said: &mut Said,
        pieces: &mut dyn Pieces,
    ) -> Result<(), Attempt> {
        let mut lines = Lines::default();
        let mut decoder = Decoder::new(self.kind);
        let mut bytes = 0;
        // Moved on by events, not by bytes: a line that trickles in is no sign of life.
        let mut patience = Instant::now() + self.limits.idle;
        loop {
            let chunk = timeout_at(patience, response.chunk()).await;
            let chunk = chunk.map_err(|_| Trouble::Timeout.finally())?;
            let Some(chunk) = chunk.map_err(|_| Trouble::BrokeOff.finally())? else {
                let events = decoder.close(&lines.rest())?;
                said.take(events, pieces).await;
                return Ok(());
            };
            bytes += chunk.len();
            if bytes > MOST_BYTES {
                return Err(Trouble::TooMuch.finally());
            }
            lines.push(&chunk);
            while let Some(line) = lines.next().map_err(|_| Trouble::TooMuch.finally())? {
                let events = decoder.line(&line)?;
                if events.is_empty() {
                    continue;
                }
                if said.take(events, pieces).await == Go::Stop {
                    return Ok(());
                }
                patience = Instant::now() + self.limits.idle;
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Go {
    On,
    Stop,
}

impl Said {
    async fn take(&mut self, events: Vec<Event>, pieces: &mut dyn Pieces) -> Go {
        for event in events {
            match event {
                Event::Text(text) => {
                    self.text.push_str(&text);
                    if !pieces.push(&text).await {
                        return Go::Stop;
                    }
                }
                Event::Usage { input, output } => {
                    let usage = self.usage.get_or_insert_default();
                    usage.input_tokens = input.unwrap_or(usage.input_tokens);
                    usage.output_tokens = output.unwrap_or(usage.output_tokens);
                }
                Event::Alive => {}
                Event::End => return Go::Stop,
            }
        }
        Go::On
    }
}

fn unsent(error: &reqwest::Error) -> Attempt {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if cause.is::<NotAllowed>() {
            // Tried again like a name that is not known: the time it takes would tell the two apart.
            return Trouble::NotAllowed.again();
        }
        source = cause.source();
    }
    if error.is_builder() {
        Trouble::Unreachable.finally()
    } else {
        Trouble::Unreachable.again()
    }
}

fn accepted(response: &Response) -> Result<(), Attempt> {
    let status = response.status();
    let trouble = match status.as_u16() {
        200..=299 => return Ok(()),
        300..=399 => Trouble::Redirect,
        401 | 403 => Trouble::Refused,
        404 => Trouble::Unknown,
        429 | 529 => Trouble::Busy,
        _ => Trouble::Status,
    };
    let passing = [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ];
    let passing = trouble == Trouble::Busy || passing.contains(&status);
    let again = if passing {
        retry_after(response.headers().get(RETRY_AFTER))
    } else {
        Again::No
    };
    Err(Attempt { trouble, again })
}

/// In seconds; a date, or rubbish, is as good as nothing.
fn retry_after(value: Option<&HeaderValue>) -> Again {
    let seconds = value.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    seconds.map_or(Again::Soon, |seconds| Again::After(Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_seconds_is_a_time_to_come_back() {
        let of = |bytes: &[u8]| retry_after(HeaderValue::from_bytes(bytes).ok().as_ref());
        for rubbish in [
            "",
            "soon",
            "-1",
            "1.5",
            "NaN",
            "99999999999999999999999999",
            "Wed, 21 Oct 2099 07:28:00 GMT",
            "\u{fffd}",
        ] {
            assert_eq!(of(rubbish.as_bytes()), Again::Soon, "{rubbish}");
        }
        assert_eq!(of(b"\xff\xfe"), Again::Soon);
        assert_eq!(of(b" 3 "), Again::After(Duration::from_secs(3)));
        let longest = u64::MAX.to_string();
        assert_eq!(
            of(longest.as_bytes()),
            Again::After(Duration::from_secs(u64::MAX))
        );
        assert_eq!(retry_after(None), Again::Soon);
    }
}
