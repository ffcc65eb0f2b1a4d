//! Durations in buckets whose width grows with them: whatever is recorded, memory stays the same, and a quantile is off by less
//! than one per cent.

use std::time::Duration;

/// Buckets per doubling.
const FINE: u32 = 128;
const BITS: u32 = FINE.trailing_zeros();
/// Up to 2^40 ns, some 18 minutes; longer ones count as that.
const DOUBLINGS: u32 = 40 - BITS;

#[derive(Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; ((DOUBLINGS + 1) * FINE) as usize],
            total: 0,
        }
    }
}

impl Histogram {
    pub fn record(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let last = self.counts.len() - 1;
        self.counts[bucket(nanoseconds).min(last)] += 1;
        self.total += 1;
    }

    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    pub fn count(&self) -> u64 {
        self.total
    }

    /// The duration, in milliseconds, that this share (0 to 1) of all do not exceed. 0 when there are none.
    pub fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.total as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper(bucket) / 1e6;
            }
        }
        0.0
    }
}

/// Below `FINE` every nanosecond has its bucket; above, every doubling has `FINE`.
fn bucket(nanoseconds: u64) -> usize {
    let doubling = nanoseconds.checked_ilog2().unwrap_or(0).saturating_sub(BITS);
    if nanoseconds < u64::from(FINE) {
        return nanoseconds as usize;
    }
    let within = (nanoseconds >> doubling) - u64::from(FINE);
    ((u64::from(doubling) + 1) * u64::from(FINE) + within) as usize
}

/// The longest duration of a bucket, in nanoseconds.
fn upper(bucket: usize) -> f64 {
    let (fine, bucket) = (u64::from(FINE), bucket as u64);
    if bucket < fine {
        return bucket as f64;
    }
    let (doubling, within) = (bucket / fine - 1, bucket % fine);
    (((fine + within + 1) << doubling) - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_off_by_less_than_one_per_cent() {
        let mut histogram = Histogram::default();
        for microseconds in 1..=10_000 {
            histogram.record(Duration::from_micros(microseconds));
        }
        for (share, expected) in [(0.0, 0.001), (0.5, 5.0), (0.99, 9.9), (1.0, 10.0)] {
            let found = histogram.quantile(share);
            assert!((found / expected - 1.0).abs() < 0.01, "{share}: {found}");
        }
        assert_eq!(histogram.count(), 10_000);
    }

    #[test]
    fn every_duration_falls_into_a_bucket_that_holds_it() {
        for shift in 0..40 {
            for near in [0, 1, 77] {
                let nanoseconds = (1u64 << shift) + near;
                let upper = upper(bucket(nanoseconds));
                assert!(
                    upper >= nanoseconds as f64 && upper <= nanoseconds as f64 * 1.01,
                    "{nanoseconds}"
                );
            }
        }
    }

    #[test]
    fn what_is_empty_or_endless_does_no_harm() {
        let mut histogram = Histogram::default();
        assert!(histogram.quantile(0.5) <= 0.0);
        histogram.record(Duration::MAX);
        let mut sum = Histogram::default();
        sum.merge(&histogram);
        assert_eq!(sum.count(), 1);
        assert!(sum.quantile(0.5) > 1e6);
    }
}
