//! How a satellite moves in ITRF, for whoever draws it between two instants. Propagates nothing by itself.

use crate::constellation::STEPS_PER_METRE;
use crate::epoch::Epoch;
use crate::frames::gmst82_rad;
use crate::orbit::{TemeState, WGS72_MU_KM3_S2};
use crate::ut1::Ut1Table;

/// Rate of the Earth's rotation, rad/s (AIAA 2006-6753 appendix C, the length of day's changes of some 1e-12 left out).
pub const EARTH_ROTATION_RAD_S: f64 = 7.292_115_146_706_98e-5;

/// Position and velocity in ITRF: the velocity is that seen by somebody who stands on the Earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItrfState {
    /// Position, ITRF, metres, rounded as in [`crate::Constellation::sky`].
    pub position_m: [f64; 3],
    /// Velocity, ITRF, metres per second.
    pub velocity_m_s: [f64; 3],
}

impl ItrfState {
    /// Acceleration, ITRF, m/s², of a body that only the round Earth pulls, seen from the turning Earth:
    ///
    /// ```text
    /// a = −μ r / |r|³ − 2 ω × v − ω × (ω × r)
    /// ```
    /// μ = [`WGS72_MU_KM3_S2`], ω = [`EARTH_ROTATION_RAD_S`] about z. The Earth's flattening, left out, is worth up to
    /// 0.02 m/s² at 550 km: `r + v t + a t²/2` is good to about 1 m over 5 s and 8 m over 15 s.
    pub fn acceleration_m_s2(&self) -> [f64; 3] {
        const MU_M3_S2: f64 = WGS72_MU_KM3_S2 * 1e9;
        let ([x, y, z], [vx, vy, _]) = (self.position_m, self.velocity_m_s);
        let radius_m = libm::sqrt(x * x + y * y + z * z);
        let pull = -MU_M3_S2 / (radius_m * radius_m * radius_m);
        let across = pull + EARTH_ROTATION_RAD_S * EARTH_ROTATION_RAD_S;
        [across * x + 2.0 * EARTH_ROTATION_RAD_S * vy, across * y - 2.0 * EARTH_ROTATION_RAD_S * vx, pull * z]
    }
}

/// The Earth's rotation at one instant: [`crate::frames::teme_to_itrf`] with the sine and cosine taken once for many
/// satellites.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EarthAngle {
    sin: f64,
    cos: f64,
}

impl EarthAngle {
    pub(crate) fn at(time: Epoch, ut1: &Ut1Table) -> EarthAngle {
        let (sin, cos) = libm::sincos(gmst82_rad(time, ut1.ut1_minus_utc_s(time)));
        EarthAngle { sin, cos }
    }

    fn rotated(self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        [self.cos * x + self.sin * y, self.cos * y - self.sin * x, z]
    }

    pub(crate) fn position_itrf_m(self, state: &TemeState) -> [f64; 3] {
        self.rotated(state.position_km).map(rounded_m)
    }

    /// v in ITRF = R v in TEME − ω × r (AIAA 2006-6753 appendix C).
    pub(crate) fn state_itrf(self, state: &TemeState) -> ItrfState {
        let position_km = self.rotated(state.position_km);
        let [x, y, _] = position_km;
        let [vx, vy, vz] = self.rotated(state.velocity_km_s);
        let seen_km_s = [vx + EARTH_ROTATION_RAD_S * y, vy - EARTH_ROTATION_RAD_S * x, vz];
        ItrfState {
            position_m: position_km.map(rounded_m),
            velocity_m_s: seen_km_s.map(|km_s| km_s * 1000.0),
        }
    }
}

/// Kilometres to metres, rounded to 1/16 m (ties to even, an exact operation).
fn rounded_m(km: f64) -> f64 {
    (km * (1000.0 * STEPS_PER_METRE)).round_ties_even() / STEPS_PER_METRE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Constellation;

    /// Velocity and acceleration are the first and second differences of positions, to SGP4's own consistency.
    #[test]
    fn motion_is_the_derivative_of_place() {
        let (ut1, time) = (Ut1Table::builtin(), Epoch::parse("2026-08-22T21:00:12Z").unwrap());
        let constellation = Constellation::preset("kuiper-630").unwrap();
        let at = |seconds: i64| -> Vec<ItrfState> {
            let time = time.plus_micros(seconds * 1_000_000);
            constellation.states(time, &ut1).map(Result::unwrap).collect()
        };
        let (before, now, after) = (at(-4), at(0), at(4));
        for ((before, now), after) in before.iter().zip(&now).zip(&after) {
            let acceleration = now.acceleration_m_s2();
            for axis in 0..3 {
                let velocity_m_s = (after.position_m[axis] - before.position_m[axis]) / 8.0;
                let off = velocity_m_s - now.velocity_m_s[axis];
                // A third of j h²/2 with a jerk of 0.009 m/s³, and the rounding to 1/16 m.
                assert!(off.abs() < 0.1, "{off} m/s, {now:?}");
                let change = (after.velocity_m_s[axis] - before.velocity_m_s[axis]) / 8.0;
                assert!((change - acceleration[axis]).abs() < 0.03, "{change} {acceleration:?}");
            }
        }
    }

    #[test]
    fn states_have_the_sky_s_positions() {
        let (ut1, time) = (Ut1Table::builtin(), Epoch::parse("2026-08-22T21:00:12Z").unwrap());
        let constellation = Constellation::preset("oneweb-1200").unwrap();
        let sky = constellation.sky(time, &ut1);
        for (index, state) in constellation.states(time, &ut1).enumerate() {
            let position = [sky.x_itrf_m[index], sky.y_itrf_m[index], sky.z_itrf_m[index]];
            assert_eq!(state.unwrap().position_m, position);
        }
    }
}
