//! Percentiles of weighted samples.

use serde::Serialize;

/// The 5th, 50th and 95th percentile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Percentiles {
    /// 5 % of the weight is at or below this.
    pub p5: f64,
    /// Half of the weight is at or below this.
    pub p50: f64,
    /// 95 % of the weight is at or below this.
    pub p95: f64,
}

/// Percentiles of integer samples `(value, weight)`, each value divided by `scale`: the smallest value at or below which
/// lies at least that share of the weight. `None` without weight. Sorts the samples.
pub fn percentiles(samples: &mut [(u32, u32)], scale: f64) -> Option<Percentiles> {
    samples.sort_unstable();
    let total: u64 = samples.iter().map(|&(_, weight)| u64::from(weight)).sum();
    if total == 0 {
        return None;
    }
    let at = |percent: u64| {
        let mut below = 0;
        let reached = |&&(_, weight): &&(u32, u32)| {
            below += u64::from(weight);
            below * 100 >= total * percent
        };
        let &(value, _) = samples.iter().find(reached).expect("all weight together reaches any share of it");
        f64::from(value) / scale
    };
    Some(Percentiles { p5: at(5), p50: at(50), p95: at(95) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(samples: &[(u32, u32)], expected: Option<(f64, f64, f64)>) {
        let found = percentiles(&mut samples.to_vec(), 1.0);
        assert_eq!(found, expected.map(|(p5, p50, p95)| Percentiles { p5, p50, p95 }));
    }

    #[test]
    fn weight_decides() {
        check(&[], None);
        check(&[(7, 0)], None);
        check(&[(7, 1)], Some((7.0, 7.0, 7.0)));
        check(&[(30, 1), (10, 1), (20, 1)], Some((10.0, 20.0, 30.0)));
        check(&[(10, 98), (20, 1), (30, 1)], Some((10.0, 10.0, 10.0)));
        check(&[(10, 1), (20, 1_000_000)], Some((20.0, 20.0, 20.0)));
    }

    #[test]
    fn every_hundredth_value_is_its_own_percentile() {
        let samples: Vec<(u32, u32)> = (1..=100).rev().map(|value| (value, 3)).collect();
        check(&samples, Some((5.0, 50.0, 95.0)));
    }
}
