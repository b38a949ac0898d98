//! How many requests one client may send: a bucket each, that holds so many and fills up at a steady rate. Writes come out of
//! that bucket and out of a smaller one of their own.
//!
//! The buckets lie in a table of fixed size, so that no number of clients makes it grow. Two clients share one with a
//! probability of one in [`BUCKETS`]; which ones is a secret of the process, so that nobody can choose whom to crowd out.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::clients::Caller;
use crate::limits::{Limit, Limits};

/// Size of the table: 512 kB.
pub const BUCKETS: usize = 1 << 16;

/// The rates that every request is held to; none where any number is allowed.
pub struct Rates {
    all: Option<Rate>,
    writes: Option<Rate>,
    began: Instant,
}

/// What a request took, and what its client has left: of all requests, and of writes.
pub struct Taken<'a>([Option<(&'a Rate, Allowance)>; 2]);

/// A rate for each client.
pub struct Rate {
    limit: Limit,
    per_s: u32,
    burst: u32,
    /// When each bucket is full again, nanoseconds since the rates began (the theoretical arrival time of the generic cell rate
    /// algorithm, ITU-T I.371 annex A): all that a bucket has to remember.
    full_at_ns: Box<[AtomicU64]>,
    hash: RandomState,
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

impl Rates {
    /// As the limits say.
    pub fn of(limits: &Limits) -> Rates {
        Rates {
            all: Rate::new(Limit::Rate, limits.requests_per_s, limits.request_burst),
            writes: Rate::new(Limit::WriteRate, limits.writes_per_s, limits.write_burst),
            began: Instant::now(),
        }
    }

    /// Takes one request, and where it is a write one write. A request that is refused as such takes no write.
    pub fn take(&self, caller: &Caller, is_write: bool) -> Taken<'_> {
        self.take_at(caller, is_write, self.began.elapsed().as_nanos() as u64)
    }

    fn take_at(&self, caller: &Caller, is_write: bool, now_ns: u64) -> Taken<'_> {
        let take = |rate: &Option<Rate>| rate.as_ref().map(|rate| rate.take_at(caller, now_ns));
        let all = take(&self.all);
        let within = all.is_none_or(|allowance| allowance.granted);
        let writes = if is_write && within { take(&self.writes) } else { None };
        Taken([self.all.as_ref().zip(all), self.writes.as_ref().zip(writes)])
    }
}

impl Taken<'_> {
    /// Each rate that was asked, with what is left.
    pub fn each(&self) -> impl Iterator<Item = (&Rate, Allowance)> {
        self.0.iter().flatten().copied()
    }

    /// The rate that is used up, if one is.
    pub fn refused(&self) -> Option<(&Rate, Allowance)> {
        self.each().find(|(_, allowance)| !allowance.granted)
    }
}

impl Rate {
    /// `per_s` requests a second for each client, `burst` at once, both at least 1. None where `per_s` is 0: no limit.
    pub fn new(limit: Limit, per_s: u32, burst: u32) -> Option<Rate> {
        let burst = burst.max(1);
        (per_s > 0).then(|| Rate {
            limit,
            per_s,
            burst,
            full_at_ns: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            hash: RandomState::new(),
        })
    }

    /// The limit that it is.
    pub fn limit(&self) -> Limit {
        self.limit
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
    fn take_at(&self, client: impl Hash, now_ns: u64) -> Allowance {
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
    use crate::clients::Client;
    use crate::identity::Identity;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_bucket_holds_a_burst_and_fills_at_the_rate() {
        let rate = Rate::new(Limit::Rate, 2, 10).unwrap();
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
        let rate = Rate::new(Limit::Rate, 1, 1).unwrap();
        // Which clients share a bucket is random: of a thousand, some may, most cannot.
        let granted = (0..1000).filter(|n| rate.take_at(Client::V4(*n), SECOND).granted).count();
        assert!(granted > 900, "{granted}");
        assert!((0..1000).all(|n| !rate.take_at(Client::V4(n), SECOND).granted));
    }

    #[test]
    fn a_bearer_has_a_bucket_apart_from_the_address_and_writes_one_apart_from_reading() {
        let limits = Limits {
            requests_per_s: 1,
            request_burst: 3,
            writes_per_s: 1,
            write_burst: 1,
            ..Limits::default()
        };
        let rates = Rates::of(&limits);
        let bearer = |issuer: &str, subject: &str| {
            Caller::Bearer(Identity { issuer: issuer.into(), subject: subject.into() })
        };
        let refused = |caller: &Caller, write| {
            rates.take_at(caller, write, SECOND).refused().map(|(rate, _)| rate.limit())
        };
        let address = Caller::Address(Client::V4(7));
        assert_eq!(
            [true, true, false, false].map(|write| refused(&address, write)),
            [None, Some(Limit::WriteRate), None, Some(Limit::Rate)]
        );
        for caller in [bearer("https://a.example", "u"), bearer("https://b.example", "u")] {
            assert_eq!(refused(&caller, true), None, "{caller:?}");
        }
        assert_eq!(refused(&bearer("https://a.example", "u"), true), Some(Limit::WriteRate));
    }

    #[test]
    fn no_rate_is_no_limit() {
        assert!(Rate::new(Limit::Rate, 0, 10).is_none());
    }

    #[test]
    fn threads_together_get_no_more_than_the_burst() {
        let rate = Rate::new(Limit::Rate, 1, 100).unwrap();
        let take = || (0..100).filter(|_| rate.take_at(Client::V6(1), SECOND).granted).count();
        let granted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(granted, 100);
    }
}
