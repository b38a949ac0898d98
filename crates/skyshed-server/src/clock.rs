//! The service's clock, the only one in it: the machine's, one that starts at a given time, or one moved by hand.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use skyshed::orbit::Epoch;

/// How often a waiting clock looks again, so that a machine clock that is set is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Where the time comes from.
#[derive(Debug)]
enum Source {
    /// The machine's UTC clock.
    Machine,
    /// `from` at `since`, and running on, so many times as fast as time.
    Shifted { from: Epoch, since: Instant, speed_factor: u32 },
    /// Stands still until it is moved.
    ByHand,
}

/// A clock one can wait on, and stop.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    stopped: bool,
    by_hand: Epoch,
}

impl Clock {
    /// The machine's clock.
    pub fn machine() -> Clock {
        Clock::of(Source::Machine, Epoch::from_unix_micros(0))
    }

    /// Starts at `from` now, and runs at the usual speed.
    pub fn starting_at(from: Epoch) -> Clock {
        Clock::running(from, 1)
    }

    /// Starts at `from` now, and runs `speed_factor` times as fast as time (at least once): for rehearsals.
    pub fn running(from: Epoch, speed_factor: u32) -> Clock {
        let speed_factor = speed_factor.max(1);
        Clock::of(Source::Shifted { from, since: Instant::now(), speed_factor }, from)
    }

    /// Stands at `at` until [`Clock::set`].
    pub fn by_hand(at: Epoch) -> Clock {
        Clock::of(Source::ByHand, at)
    }

    fn of(source: Source, by_hand: Epoch) -> Clock {
        Clock { source, state: Mutex::new(State { stopped: false, by_hand }), changed: Condvar::new() }
    }

    /// The time.
    pub fn now(&self) -> Epoch {
        self.read(&self.lock())
    }

    /// Moves a clock that is moved by hand; no effect on the others.
    pub fn set(&self, now: Epoch) {
        self.lock().by_hand = now;
        self.changed.notify_all();
    }

    /// Ends every wait, now and from now on.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// True once it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Waits while the time is in `begin..end`; false if the clock was stopped meanwhile.
    ///
    /// Returns too when the time falls before `begin`: a machine's clock may be set back.
    pub fn wait_while_within(&self, begin: Epoch, end: Epoch) -> bool {
        let mut state = self.lock();
        while !state.stopped && (begin..end).contains(&self.read(&state)) {
            let left = end.unix_micros().saturating_sub(self.read(&state).unix_micros());
            let wait = Duration::from_micros(left.max(1) as u64) / self.speed_factor();
            // Rounded up: a wait of nothing would keep a processor busy.
            let wait = wait.clamp(Duration::from_micros(1), LOOK_AGAIN);
            state = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.stopped
    }

    fn read(&self, state: &State) -> Epoch {
        match &self.source {
            Source::Machine => machine_time(),
            Source::Shifted { from, since, speed_factor } => {
                let micros = since.elapsed().as_micros() as i64;
                from.plus_micros(micros.saturating_mul(i64::from(*speed_factor)))
            }
            Source::ByHand => state.by_hand,
        }
    }

    /// How many of its seconds pass in one.
    pub fn speed_factor(&self) -> u32 {
        match self.source {
            Source::Shifted { speed_factor, .. } => speed_factor,
            Source::Machine | Source::ByHand => 1,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole after every statement, also after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The machine's UTC time.
pub fn machine_time() -> Epoch {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_micros() as i64,
        Err(before) => -(before.duration().as_micros() as i64),
    };
    Epoch::from_unix_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    #[test]
    fn a_wait_ends_when_the_time_comes_or_falls_back_or_the_clock_stops() {
        let second = |s: i64| Epoch::from_unix_micros(s * 1_000_000);
        let ends = |act: fn(&Clock)| {
            let clock = Arc::new(Clock::by_hand(second(100)));
            let waiting = clock.clone();
            let waiter = thread::spawn(move || waiting.wait_while_within(second(90), second(105)));
            act(&clock);
            waiter.join().unwrap()
        };
        assert!(ends(|clock| clock.set(Epoch::from_unix_micros(105_000_000))));
        assert!(ends(|clock| clock.set(Epoch::from_unix_micros(1_000_000))));
        assert!(!ends(Clock::stop));
    }

    #[test]
    fn a_shifted_clock_starts_where_it_was_told_to() {
        let from = Epoch::parse("2026-08-22T21:00:12Z").unwrap();
        let clock = Clock::starting_at(from);
        let now = clock.now();
        assert!(now >= from && now < from.plus_micros(60_000_000), "{now}");
    }

    #[test]
    fn a_clock_for_rehearsals_runs_faster_and_its_waits_are_shorter() {
        let from = Epoch::parse("2026-08-22T21:00:12Z").unwrap();
        let clock = Clock::running(from, 1_000_000);
        let (began, day_later) = (Instant::now(), from.plus_micros(86_400_000_000));
        assert!(clock.wait_while_within(from, day_later));
        assert!(clock.now() >= day_later);
        // A day in 86 ms: no sooner, and it did not wait a day.
        assert!(began.elapsed() >= Duration::from_millis(86));
    }
}
