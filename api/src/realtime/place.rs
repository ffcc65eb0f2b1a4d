//! Where a client wants to go on, as it stands in a query or a `Last-Event-ID`. What is no number of a stream is not refused
//! but answered as "cannot be replayed".

use domain::events::SeqRange;
use poem::Request;

/// The query parameters `since` and `epoch`; the first of each counts.
#[derive(Debug, Clone, Default)]
pub struct Place {
    since: Option<String>,
    epoch: Option<String>,
}

impl Place {
    pub fn new(since: Option<String>, epoch: Option<String>) -> Self {
        Self { since, epoch }
    }

    pub fn of(request: &Request) -> Self {
        let mut place = Self::default();
        for (name, value) in request.params::<Vec<(String, String)>>().unwrap_or_default() {
            match name.as_str() {
                "since" => drop(place.since.get_or_insert(value)),
                "epoch" => drop(place.epoch.get_or_insert(value)),
                _ => {}
            }
        }
        place
    }

    /// `None` if no `since` was given: nothing of the past is asked for.
    pub fn range(self) -> Option<SeqRange> {
        let since = self.since?;
        Some(SeqRange {
            since: number(&since),
            epoch: self.epoch,
        })
    }

    /// For an event stream: what its last event said goes before the query, which a browser repeats unchanged.
    pub fn resume(self, last_event: Option<&str>) -> Option<SeqRange> {
        last_event.map(last_event_id).or_else(|| self.range())
    }

    /// For a page of history: from the beginning, if nothing else is asked for.
    pub fn history(self) -> SeqRange {
        SeqRange {
            since: self.since.as_deref().map_or(Some(0), number),
            epoch: self.epoch,
        }
    }
}

/// `epoch:seq`, as an event stream's `id` is. One that cannot be read counts as one of another epoch.
fn last_event_id(id: &str) -> SeqRange {
    let parts = id.split_once(':');
    let parts = parts.and_then(|(epoch, seq)| Some((epoch, number(seq)?)));
    SeqRange {
        since: parts.map(|(_, seq)| seq),
        epoch: parts.map(|(epoch, _)| epoch.to_owned()),
    }
}

/// A whole number from 0 to 2^63−1, written in digits alone.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_from_zero_are_places() {
        for (text, expected) in [
            ("0", Some(0)),
            ("41", Some(41)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-1", None),
            ("+1", None),
            ("1.0", None),
            ("", None),
            ("x", None),
        ] {
            let range = Place::new(Some(text.into()), None).range();
            assert_eq!(range.map(|range| range.since), Some(expected), "{text}");
        }
        assert!(Place::new(None, Some("e".into())).range().is_none());
    }

    #[test]
    fn an_event_id_is_epoch_and_number() {
        let range = last_event_id("ab12:41");
        assert_eq!((range.since, range.epoch.as_deref()), (Some(41), Some("ab12")));
        for unreadable in ["", "41", "ab12:", "ab12:x", "a:b:1"] {
            assert_eq!(last_event_id(unreadable).since, None, "{unreadable}");
        }
    }
}
