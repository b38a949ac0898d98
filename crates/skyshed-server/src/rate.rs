//! How many requests one client may send: a bucket each, that holds so many and fills up at a steady rate.
//!
//! The buckets lie in a table of fixed size, so that no number of clients makes it grow. Two clients share one with a
//! probability of one in [`BUCKETS`]; which ones is a secret of the process, so that nobody can choose whom to crowd out.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::http::HeaderValue;

use crate::clients::Client;

/// Size of the table: 512 kB.
pub const BUCKETS: usize = 1 << 16;

/// A rate for each client.
pub struct Rate {
    per_s: u32,
    burst: u32,
    /// When each bucket is full again, nanoseconds since `began` (the theoretical arrival time of the generic cell rate
    /// algorithm, ITU-T I.371 annex A): all that a bucket has to remember.
    full_at_ns: Box<[AtomicU64]>,
    hash: RandomState,
    began: Instant,
    policy: HeaderValue,
}

/// What a client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// True where this request is within the rate.
    pub granted: bool,
    /// Requests that may follow at once.
    pub remaining: u32,
    /// Seconds until one more may be sent, rounded up; 0 where one may be sent now.
    pub retry_after_s: u64,
    /// Seconds until the bucket is full again, rounded up.
    pub full_after_s: u64,
}

impl Rate {
    /// `per_s` requests a second for each client, `burst` at once, both at least 1. None where `per_s` is 0: no limit.
    pub fn new(per_s: u32, burst: u32) -> Option<Rate> {
        let (burst, window_s) = (burst.max(1), burst.max(1).div_ceil(per_s.max(1)));
        let policy = format!("\"client\";q={burst};w={window_s}");
        (per_s > 0).then(|| Rate {
            per_s,
            burst,
            full_at_ns: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            hash: RandomState::new(),
            began: Instant::now(),
            policy: HeaderValue::try_from(policy).expect("words and digits"),
        })
    }

    /// The rate as `RateLimit-Policy` says it.
    pub fn policy(&self) -> &HeaderValue {
        &self.policy
    }

    /// Requests at once.
    pub fn burst(&self) -> u32 {
        self.burst
    }

    /// Seconds in which an empty bucket becomes full, rounded up.
    pub fn window_s(&self) -> u64 {
        u64::from(self.burst.div_ceil(self.per_s))
    }

    /// Takes one request out of the client's bucket, if there is one.
    pub fn take(&self, client: Client) -> Allowance {
        self.take_at(client, self.began.elapsed().as_nanos() as u64)
    }

    fn take_at(&self, client: Client, now_ns: u64) -> Allowance {
        let one_ns = 1_000_000_000 / u64::from(self.per_s);
        let whole_ns = one_ns * u64::from(self.burst);
        let bucket = &self.full_at_ns[self.hash.hash_one(client) as usize % BUCKETS];
        let taken = |full_at_ns: u64| {
            let full_at_ns = full_at_ns.max(now_ns) + one_ns;
            (full_at_ns - now_ns <= whole_ns).then_some(full_at_ns)
        };
        let before = bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        let (granted, full_at_ns) = match before {
            Ok(before) => (true, before.max(now_ns) + one_ns),
            Err(before) => (false, before),
        };
        let missing_ns = full_at_ns.saturating_sub(now_ns);
        let free_ns = whole_ns.saturating_sub(missing_ns);
        Allowance {
            granted,
            remaining: (free_ns / one_ns) as u32,
            retry_after_s: one_ns.saturating_sub(free_ns).div_ceil(1_000_000_000),
            full_after_s: missing_ns.div_ceil(1_000_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_bucket_holds_a_burst_and_fills_at_the_rate() {
        let rate = Rate::new(2, 10).unwrap();
        let client = Client::V4(7);
        let start = 5 * SECOND;
        for left in (0..10).rev() {
            let allowance = rate.take_at(client, start);
            assert_eq!((allowance.granted, allowance.remaining), (true, left));
        }
        let refused = rate.take_at(client, start);
        assert_eq!(refused, Allowance { granted: false, remaining: 0, retry_after_s: 1, full_after_s: 5 });
        // Asking in vain costs nothing; half a second later there is one more.
        assert!(rate.take_at(client, start + SECOND / 2).granted);
        assert!(!rate.take_at(client, start + SECOND / 2).granted);
        // After a long time the bucket is full, and not fuller.
        let later = rate.take_at(client, start + 1000 * SECOND);
        assert_eq!((later.remaining, later.full_after_s), (9, 1));
        assert_eq!(rate.window_s(), 5);
    }

    #[test]
    fn clients_have_buckets_of_their_own() {
        let rate = Rate::new(1, 1).unwrap();
        // Which clients share a bucket is random: of a thousand, some may, most cannot.
        let granted = (0..1000).filter(|n| rate.take_at(Client::V4(*n), SECOND).granted).count();
        assert!(granted > 900, "{granted}");
        assert!((0..1000).all(|n| !rate.take_at(Client::V4(n), SECOND).granted));
    }

    #[test]
    fn no_rate_is_no_limit() {
        assert!(Rate::new(0, 10).is_none());
    }

    #[test]
    fn threads_together_get_no_more_than_the_burst() {
        let rate = Rate::new(1, 100).unwrap();
        let take = || (0..100).filter(|_| rate.take_at(Client::V6(1), SECOND).granted).count();
        let granted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(granted, 100);
    }
}
