//! What reading one file may cost, and the sentences that people are told when a file cannot be read. The numbers in the
//! sentences are those of the limits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const MIB: u64 = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractLimits {
    /// Bytes of the file itself.
    pub file: u64,
    /// Bytes of memory that the process may write to, its stack included.
    pub memory: u64,
    /// Of the processor.
    pub cpu: Duration,
    /// From the start of the process to its end.
    pub wall: Duration,
    /// Bytes of text and headings, over all pieces.
    pub text: u64,
    pub chunks: u64,
    /// Bytes that an archive may unpack to.
    pub unpacked: u64,
    /// How many times its size an archive may unpack to.
    pub ratio: u64,
    /// Entries of an archive.
    pub entries: u64,
    pub pages: u64,
}

impl Default for ExtractLimits {
    fn default() -> Self {
        Self {
            file: 50 * MIB,
            memory: 256 * MIB,
            cpu: Duration::from_secs(20),
            wall: Duration::from_secs(30),
            text: 32 * MIB,
            chunks: 40_000,
            unpacked: 200 * MIB,
            ratio: 100,
            entries: 2_000,
            pages: 5_000,
        }
    }
}

/// Why a file cannot be read, however often one tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    Empty,
    TooLarge,
    Password,
    Damaged,
    Nested,
    NoTextLayer,
    NoText,
    UnpacksTooFar,
    UnpacksTooSteeply,
    TooManyEntries,
    TooManyPages,
    TooMuchText,
    TooLong,
    TooMuchMemory,
    Crashed,
}

impl Fault {
    pub fn sentence(self, limits: &ExtractLimits) -> String {
        let fixed = match self {
            Self::Empty => "The file is empty.",
            Self::Password => "The file is protected by a password.",
            Self::Damaged => "The file is damaged and cannot be read.",
            Self::Nested => "The file is nested too deeply to be read.",
            Self::NoTextLayer => "The file has no text layer; it looks like a scan.",
            Self::NoText => "The file holds no text.",
            Self::TooMuchText => "The file holds too much text.",
            Self::TooLong => "Reading the file took too long.",
            Self::TooMuchMemory => "Reading the file took too much memory.",
            Self::Crashed => "Reading the file failed: the reader crashed.",
            Self::TooLarge => return format!("The file is larger than {}.", bytes(limits.file)),
            Self::UnpacksTooFar => {
                return format!("The file unpacks to more than {}.", bytes(limits.unpacked));
            }
            Self::UnpacksTooSteeply => {
                return format!(
                    "The file unpacks to more than {} times its size.",
                    grouped(limits.ratio)
                );
            }
            Self::TooManyEntries => {
                return format!("The file has more than {} parts.", grouped(limits.entries));
            }
            Self::TooManyPages => return format!("The file has more than {} pages.", grouped(limits.pages)),
        };
        fixed.to_owned()
    }
}

fn bytes(count: u64) -> String {
    if count >= MIB {
        format!("{} MiB", grouped(count / MIB))
    } else {
        format!("{} bytes", grouped(count))
    }
}

/// 5000 is 5,000.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_name_the_limits() {
        let limits = ExtractLimits::default();
        for (fault, sentence) in [
            (Fault::UnpacksTooFar, "The file unpacks to more than 200 MiB."),
            (
                Fault::UnpacksTooSteeply,
                "The file unpacks to more than 100 times its size.",
            ),
            (Fault::TooManyEntries, "The file has more than 2,000 parts."),
            (Fault::TooManyPages, "The file has more than 5,000 pages."),
            (Fault::TooLarge, "The file is larger than 50 MiB."),
        ] {
            assert_eq!(fault.sentence(&limits), sentence);
        }
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(bytes(900), "900 bytes");
    }
}
