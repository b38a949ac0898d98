//! The yardstick, and how work is timed in turn with it.

use std::time::{Duration, Instant};

/// Satellites of the unit, and of the fleet of the benchmark.
pub const SATELLITES: usize = 10_000;

/// The yardstick: initialised once, propagated by the crate as its documentation shows.
pub struct Unit {
    constants: Vec<sgp4::Constants>,
}

impl Unit {
    pub fn new() -> Unit {
        let constants = (0..SATELLITES).map(|i| {
            let orbit = sgp4::Orbit::from_kozai_elements(
                &sgp4::WGS72,
                53.16f64.to_radians(),
                (i as f64 * 137.5).to_radians() % core::f64::consts::TAU,
                1.2e-4,
                1.3,
                (i as f64 * 77.7).to_radians() % core::f64::consts::TAU,
                (15.05 + (i % 100) as f64 * 1e-3) * core::f64::consts::TAU / 1440.0,
            )
            .expect("near-Earth elements");
            sgp4::Constants::new(sgp4::WGS72, sgp4::afspc_epoch_to_sidereal_time, 26.6, 1e-4, orbit)
                .expect("near-Earth")
        });
        Unit { constants: constants.collect() }
    }

    fn time(&self, round: usize) -> Duration {
        let begin = Instant::now();
        self.run(round);
        begin.elapsed()
    }

    /// The unit of work.
    pub fn run(&self, round: usize) {
        let minutes = sgp4::MinutesSinceEpoch(100.0 + round as f64 * 0.25);
        let sum: f64 =
            self.constants.iter().map(|c| c.propagate(minutes).expect("in range").position[0]).sum();
        assert!(sum.is_finite());
    }
}

/// Time that this thread has had on a processor, so that other work on the machine counts little (Linux: proc_pid_schedstat;
/// elsewhere the clock's).
pub fn on_processor(since: Instant) -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = text.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// What was measured of one kind of work, ascending.
pub struct Row {
    pub name: String,
    pub cells: usize,
    pub units: Vec<f64>,
    pub millis: Vec<f64>,
}

/// Times `work` and the unit in turn; the first round warms both and is not counted.
pub fn row(name: &str, cells: usize, rounds: usize, unit: &Unit, mut work: impl FnMut(usize)) -> Row {
    let mut row = Row { name: name.to_owned(), cells, units: Vec::new(), millis: Vec::new() };
    for round in 0..=rounds {
        let before = unit.time(round);
        let begin = Instant::now();
        work(round);
        let spent = begin.elapsed();
        let after = unit.time(round);
        if round > 0 {
            row.units.push(2.0 * spent.as_secs_f64() / (before + after).as_secs_f64());
            row.millis.push(spent.as_secs_f64() * 1e3);
        }
    }
    row.units.sort_by(f64::total_cmp);
    row.millis.sort_by(f64::total_cmp);
    row
}

pub fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
