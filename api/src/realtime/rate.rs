//! How many frames one socket may send: 20 a second, 40 at once. What is over is discarded; the first of a run is answered with
//! an error, the hundredth within ten seconds ends the socket. The clock is handed in.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy)]
pub struct RateLimits {
    pub per_second: u32,
    pub burst: u32,
    /// Frames discarded within ten seconds that end the socket.
    pub discarded: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Take,
    /// Discard it; `true`: and say so.
    Discard(bool),
    Close,
}

#[derive(Debug)]
pub struct Limiter {
    limits: RateLimits,
    tokens: f64,
    at: Instant,
    warned: bool,
    /// When frames were discarded, at most `limits.discarded` of them.
    discarded: VecDeque<Instant>,
}

impl Limiter {
    pub fn new(limits: RateLimits, now: Instant) -> Self {
        Self {
            limits,
            tokens: f64::from(limits.burst),
            at: now,
            warned: false,
            discarded: VecDeque::new(),
        }
    }

    pub fn judge(&mut self, now: Instant) -> Verdict {
        let gained = (now - self.at).as_secs_f64() * f64::from(self.limits.per_second);
        self.tokens = (self.tokens + gained).min(f64::from(self.limits.burst));
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            self.warned = false;
            return Verdict::Take;
        }
        while self.discarded.front().is_some_and(|at| now >= *at + WINDOW) {
            self.discarded.pop_front();
        }
        self.discarded.push_back(now);
        if self.discarded.len() >= self.limits.discarded {
            return Verdict::Close;
        }
        Verdict::Discard(!std::mem::replace(&mut self.warned, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: RateLimits = RateLimits {
        per_second: 20,
        burst: 40,
        discarded: 100,
    };

    #[test]
    fn the_burst_is_taken_and_one_more_is_not() {
        let start = Instant::now();
        let mut limiter = Limiter::new(LIMITS, start);
        assert!((0..40).all(|_| limiter.judge(start) == Verdict::Take));
        assert_eq!(limiter.judge(start), Verdict::Discard(true));
        assert_eq!(limiter.judge(start), Verdict::Discard(false));
        assert_eq!(limiter.judge(start + Duration::from_millis(51)), Verdict::Take);
        assert_eq!(
            limiter.judge(start + Duration::from_millis(51)),
            Verdict::Discard(true)
        );
    }

    #[test]
    fn the_hundredth_discarded_frame_within_ten_seconds_closes() {
        let start = Instant::now();
        let mut limiter = Limiter::new(LIMITS, start);
        for _ in 0..40 + 99 {
            assert_ne!(limiter.judge(start), Verdict::Close);
        }
        assert_eq!(limiter.judge(start), Verdict::Close);
    }
}
