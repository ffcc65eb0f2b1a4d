//! How values are written: durations as `30s`, `15m`, `7d` or plain seconds, sizes as `64KiB` or plain bytes, lists as arrays or
//! with commas. The environment knows text only, so everything must be readable from text.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserializer, Serializer};

const TIMES: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// A whole number and a unit; without a unit the number counts `plain`.
fn parse(text: &str, units: &[(&str, u64)], plain: u64) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = (&text[..digits], text[digits..].trim());
    let factor = match unit {
        "" => plain,
        unit => units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// In the largest unit that leaves no rest.
fn write(value: u64, units: &[(&str, u64)]) -> String {
    let fits = units
        .iter()
        .find(|(_, factor)| value != 0 && value.is_multiple_of(*factor));
    match fits {
        Some((unit, factor)) => format!("{}{unit}", value / factor),
        None => value.to_string(),
    }
}

struct Measure {
    units: &'static [(&'static str, u64)],
    plain: u64,
    expected: &'static str,
}

impl Visitor<'_> for Measure {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        parse(text, self.units, self.plain)
            .ok_or_else(|| E::custom(format!("`{text}` is not {}", self.expected)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u64, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
        self.visit_str(&number.to_string())
    }
}

pub(super) mod duration {
    use super::*;

    pub fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
        serializer.serialize_str(&write(millis, &TIMES))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let expected = "a duration such as `30s`, `15m`, `7d`, or seconds";
        deserializer
            .deserialize_any(Measure {
                units: &TIMES,
                plain: 1_000,
                expected,
            })
            .map(Duration::from_millis)
    }
}

pub(super) mod size {
    use super::*;

    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's shape
    pub fn serialize<S: Serializer>(value: &usize, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&write(*value as u64, &SIZES))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
        let expected = "a size such as `64KiB`, or bytes";
        let bytes = deserializer.deserialize_any(Measure {
            units: &SIZES,
            plain: 1,
            expected,
        })?;
        usize::try_from(bytes).map_err(D::Error::custom)
    }
}

pub(super) mod list {
    use super::*;

    pub fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: Item,
    {
        deserializer.deserialize_any(Items(PhantomData))
    }
}

/// What a list may hold.
pub(super) trait Item: Sized {
    fn read(text: &str) -> Result<Self, String>;
}

impl Item for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Item for ipnet::IpNet {
    fn read(text: &str) -> Result<Self, String> {
        let bare = || std::net::IpAddr::from_str(text).map(Self::from);
        Self::from_str(text)
            .or_else(|_| bare())
            .map_err(|_| format!("`{text}` is neither an address nor a network such as `10.0.0.0/8`"))
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: Item> Visitor<'de> for Items<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or values with commas between them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(|item| T::read(item).map_err(E::custom)).collect()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element::<String>()? {
            items.push(T::read(item.trim()).map_err(A::Error::custom)?);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_read_as_people_write_them() {
        for (text, millis) in [
            ("30s", Some(30_000)),
            ("15m", Some(900_000)),
            ("7d", Some(604_800_000)),
            (" 2 h ", Some(7_200_000)),
            ("250ms", Some(250)),
            ("45", Some(45_000)),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1.5h", None),
            ("1 fortnight", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(parse(text, &TIMES, 1_000), millis, "{text:?}");
        }
        for (text, bytes) in [
            ("64KiB", Some(65_536)),
            ("1mib", Some(1 << 20)),
            ("10", Some(10)),
            ("1KB", None),
        ] {
            assert_eq!(parse(text, &SIZES, 1), bytes, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_reads_as_the_same_value() {
        for millis in [0, 1, 999, 1_000, 90_000, 3_600_000, 86_400_000 * 400] {
            let text = write(millis, &TIMES);
            assert_eq!(parse(&text, &TIMES, 1_000), Some(millis), "{text}");
        }
        assert_eq!(write(64 * 1024, &SIZES), "64KiB");
        assert_eq!(write(1_500, &TIMES), "1500ms");
    }
}
