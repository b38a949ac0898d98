//! A year of operation in minutes of nobody's clock: everything follows from a seed.

pub mod attack;
pub mod checks;
pub mod enforcer;
pub mod model;
pub mod people;
pub mod tally;
pub mod witness;
pub mod world;

pub const DAY: i64 = 86_400;
pub const HOUR: i64 = 3_600;
/// How wrong a clock may be: ten minutes.
pub const SKEW_S: i64 = 600;

/// Numbers that look like chance and follow from a seed (SplitMix64, Steele, Lea, Flood 2014).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of a range; its end is not in it.
    pub fn within(&mut self, from: i64, to: i64) -> i64 {
        from + (self.roll() % (to - from).unsigned_abs()) as i64
    }

    pub fn place(&mut self, count: usize) -> usize {
        (self.roll() % count as u64) as usize
    }

    /// Whether something happens that happens so many times of a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.roll() % 100 < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.place(from.len())]
    }

    pub fn shuffled<T: Copy>(&mut self, from: &[T]) -> Vec<T> {
        let mut all = from.to_vec();
        for at in (1..all.len()).rev() {
            all.swap(at, self.place(at + 1));
        }
        all
    }
}
