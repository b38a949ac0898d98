//! A year of simulated operation, over and over: lost and stolen keys, partitions, clocks wrong by ten minutes, dead witnesses, power
//! cuts, an operator who writes past the door, and forked histories. After every step the ledgers are held against a model that knows
//! what people really did.
//!
//! `SKYSHED_YEARS` says how many seeds (200 otherwise), `SKYSHED_YEAR` runs one.

mod common;
#[path = "year/mod.rs"]
mod year;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use year::tally::Tally;
use year::world::run;

#[test]
fn no_invariant_breaks_in_a_year_and_every_fork_leaves_evidence() {
    let number = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    if let Some(seed) = number("SKYSHED_YEAR") {
        println!("{:?}", run(seed));
        return;
    }
    let years = number("SKYSHED_YEARS").unwrap_or(200);
    let (next, total, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= years {
                return;
            }
            match std::panic::catch_unwind(|| run(seed)) {
                Ok(tally) => total.lock().unwrap().push(tally),
                Err(_) => failed.lock().unwrap().push(seed),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "years {failed:?} failed; to see one: SKYSHED_YEAR=<seed> cargo test -p skyshed-log --test year"
    );
    let all = Tally::sum(&total.into_inner().unwrap());
    println!("{years} years: {all:#?}");
    if years >= 200 {
        all.check_that_much_happened();
    }
}

#[test]
fn a_year_follows_from_its_seed() {
    assert_eq!(run(3), run(3));
}
