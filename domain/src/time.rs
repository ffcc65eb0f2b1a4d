//! A moment, to the microsecond (what every database keeps), written as RFC 3339 in UTC with `Z`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    pub fn now() -> Self {
        Self::from(Utc::now())
    }

    /// Whole seconds since 1970-01-01, as JSON Web Tokens count them.
    pub fn unix(self) -> i64 {
        self.0.timestamp()
    }

    pub fn from_unix(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).map(Self)
    }

    pub fn into_inner(self) -> DateTime<Utc> {
        self.0
    }

    /// This moment cut to the whole second: what a token can hold.
    pub fn whole_second(self) -> Self {
        Self(self.0.trunc_subsecs(0))
    }

    /// Later by `by`, or the last moment there is.
    pub fn plus(self, by: Duration) -> Self {
        let by = chrono::Duration::from_std(by).unwrap_or(chrono::Duration::MAX);
        Self(self.0.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    pub fn minus(self, by: Duration) -> Self {
        let by = chrono::Duration::from_std(by).unwrap_or(chrono::Duration::MAX);
        Self(self.0.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// The time from this moment until `later`; zero if that has passed.
    pub fn until(self, later: Self) -> Duration {
        (later.0 - self.0).to_std().unwrap_or(Duration::ZERO)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// What does not read as a moment of the years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no time in RFC 3339")]
pub struct NoTime;

impl FromStr for Timestamp {
    type Err = NoTime;

    /// Trap: near the ends of the calendar an offset leads out of the four digits that a year has in RFC 3339, and what is
    /// written then can neither be read back nor compared as text.
    fn from_str(text: &str) -> Result<Self, NoTime> {
        let at = DateTime::parse_from_rfc3339(text)
            .map_err(|_| NoTime)?
            .with_timezone(&Utc);
        if (0..=9999).contains(&at.year()) {
            Ok(Self::from(at))
        } else {
            Err(NoTime)
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn what_is_read_can_be_written_and_read_again() {
        for text in [
            "2026-11-21T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
        ] {
            let at: Timestamp = text.parse().expect(text);
            assert_eq!(at.to_string().parse(), Ok(at), "{text}");
        }
        for text in [
            "9999-12-31T23:59:59-23:59",
            "0000-01-01T00:00:00+00:01",
            "10000-01-01T00:00:00Z",
            "soon",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
