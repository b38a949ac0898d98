//! Where the Sun stands, for day and night on a map. Not for eclipses or pointing.

use crate::epoch::Epoch;
use crate::frames::{gmst82_rad, teme_to_itrf};
use crate::ut1::Ut1Table;

/// Unit vector from the Earth's centre to the Sun, ITRF. A place is in daylight where this and its zenith have a
/// positive scalar product (refraction and the Sun's size left out).
///
/// ```text
/// L = 280.460° + 0.9856474° n      g = 357.528° + 0.9856003° n
/// λ = L + 1.915° sin g + 0.020° sin 2g      ε = 23.439° − 0.0000004° n
/// (cos λ, cos ε sin λ, sin ε sin λ), turned by the sidereal time
/// ```
/// n = days since 2000-01-01T12:00 UTC, L = mean longitude with aberration, g = mean anomaly, λ = ecliptic longitude,
/// ε = obliquity. Good to 0.01° from 1950 to 2050 (The Astronomical Almanac, section C, "Low precision formulas for the
/// Sun"): 1 km on the ground.
pub fn sun_itrf(time: Epoch, ut1: &Ut1Table) -> [f64; 3] {
    const J2000: Epoch = Epoch { days: 10_957, micros: 43_200_000_000 };
    let n = time.days_since(J2000);
    let mean_longitude_deg = 280.460 + 0.985_647_4 * n;
    let mean_anomaly_rad = (357.528 + 0.985_600_3 * n).to_radians();
    let longitude_rad = (mean_longitude_deg
        + 1.915 * libm::sin(mean_anomaly_rad)
        + 0.020 * libm::sin(2.0 * mean_anomaly_rad))
    .to_radians();
    let (sin_obliquity, cos_obliquity) = libm::sincos((23.439 - 4e-7 * n).to_radians());
    let (sin_longitude, cos_longitude) = libm::sincos(longitude_rad);
    let of_date = [cos_longitude, cos_obliquity * sin_longitude, sin_obliquity * sin_longitude];
    teme_to_itrf(of_date, gmst82_rad(time, ut1.ut1_minus_utc_s(time)))
}
