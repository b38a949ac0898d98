//! Frames: TEME to ITRF, the WGS84 ellipsoid and look angles. Knows no satellite and no place by name.
//!
//! TEME → ITRF is one rotation by Greenwich mean sidereal time (IAU 1982) at UT1, as AIAA 2006-6753 appendix C
//! prescribes for SGP4, without polar motion. Measured against the full IERS chain that costs about 6 to 11 m, far
//! below the accuracy of public element sets.

use std::f64::consts::TAU;

use crate::epoch::{Epoch, MICROS_PER_DAY};

/// Semi-major axis of the WGS84 ellipsoid, metres (NGA.STND.0036 version 1.0.0, table 3.1).
pub const WGS84_SEMI_MAJOR_AXIS_M: f64 = 6_378_137.0;

/// Flattening of the WGS84 ellipsoid (NGA.STND.0036 version 1.0.0, table 3.1: 1/f = 298.257223563).
pub const WGS84_FLATTENING: f64 = 1.0 / 298.257_223_563;

/// First eccentricity squared of the WGS84 ellipsoid, f (2 − f).
pub const WGS84_ECCENTRICITY_SQUARED: f64 = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING);

/// Greenwich mean sidereal time, IAU 1982, radians in 0..2π.
///
/// ```text
/// GMST(s) = 24110.54841 − 43200 + 8640184.812866 T + 0.093104 T² − 6.2e-6 T³ + 86400 · frac(JD(UT1))
/// ```
/// with T the Julian centuries of UT1 since 2000-01-01T12:00 (Aoki et al., Astron. Astrophys. 105, 359 (1982); the
/// splitting into whole days is that of SOFA `iauGmst82`). `ut1_minus_utc_s` is in seconds, from
/// [`crate::Ut1Table::ut1_minus_utc_s`].
pub fn gmst82_rad(time: Epoch, ut1_minus_utc_s: f64) -> f64 {
    const SECONDS_PER_DAY: f64 = 86_400.0;
    const J2000_DAYS: f64 = 10_957.5; // 2000-01-01T12:00 in days since 1970-01-01
    let seconds_of_day = time.micros as f64 / 1e6 + ut1_minus_utc_s;
    let fraction = seconds_of_day / (MICROS_PER_DAY as f64 / 1e6);
    let centuries = ((f64::from(time.days) - J2000_DAYS) + fraction) / 36_525.0;
    // Julian days begin at noon: the fraction of the Julian day is that of the civil day plus one half.
    let sidereal_s = 24_110.548_41 - SECONDS_PER_DAY / 2.0
        + (8_640_184.812_866 + (0.093_104 - 6.2e-6 * centuries) * centuries) * centuries
        + (seconds_of_day + SECONDS_PER_DAY / 2.0);
    let turns = sidereal_s / SECONDS_PER_DAY;
    (turns - libm::floor(turns)) * TAU
}

/// Rotates a TEME vector into ITRF (strictly the pseudo-Earth-fixed frame, polar motion left out) by the sidereal angle
/// of [`gmst82_rad`]; any unit (AIAA 2006-6753 appendix C).
pub fn teme_to_itrf(vector_teme: [f64; 3], gmst_rad: f64) -> [f64; 3] {
    let (sin, cos) = libm::sincos(gmst_rad);
    let [x, y, z] = vector_teme;
    [cos * x + sin * y, cos * y - sin * x, z]
}

/// Point at a geodetic latitude and longitude (degrees, WGS84) and height above the ellipsoid (metres), in ITRF metres.
///
/// ```text
/// N = a / √(1 − e² sin²φ);  x = (N + h) cosφ cosλ;  y = (N + h) cosφ sinλ;  z = (N (1 − e²) + h) sinφ
/// ```
/// (NGA.STND.0036 version 1.0.0, section 4.)
pub fn geodetic_to_itrf_m(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> [f64; 3] {
    let (sin_latitude, cos_latitude) = libm::sincos(latitude_deg.to_radians());
    let (sin_longitude, cos_longitude) = libm::sincos(longitude_deg.to_radians());
    let normal_radius_m = prime_vertical_radius_m(sin_latitude);
    let across_m = (normal_radius_m + height_m) * cos_latitude;
    [
        across_m * cos_longitude,
        across_m * sin_longitude,
        (normal_radius_m * (1.0 - WGS84_ECCENTRICITY_SQUARED) + height_m) * sin_latitude,
    ]
}

/// The outward unit normal of the ellipsoid at a geodetic latitude and longitude (degrees): the zenith.
pub fn geodetic_normal(latitude_deg: f64, longitude_deg: f64) -> [f64; 3] {
    let (sin_latitude, cos_latitude) = libm::sincos(latitude_deg.to_radians());
    let (sin_longitude, cos_longitude) = libm::sincos(longitude_deg.to_radians());
    [cos_latitude * cos_longitude, cos_latitude * sin_longitude, sin_latitude]
}

/// Geodetic latitude and longitude (degrees) and height above WGS84 (metres) of an ITRF point (metres).
///
/// Bowring's parametric-latitude iteration (Survey Review 23, 181 (1976)), five rounds: below 1e-9 degree and 1e-6 m
/// from the surface up to 50,000 km. The centre of the Earth gives latitude 0. Longitude is in −180..=180.
pub fn itrf_to_geodetic(position_itrf_m: [f64; 3]) -> (f64, f64, f64) {
    let [x, y, z] = position_itrf_m;
    let across_m = libm::hypot(x, y);
    let semi_minor_axis_m = WGS84_SEMI_MAJOR_AXIS_M * (1.0 - WGS84_FLATTENING);
    let second_eccentricity_squared = WGS84_ECCENTRICITY_SQUARED / (1.0 - WGS84_ECCENTRICITY_SQUARED);
    let mut parametric = libm::atan2(z * WGS84_SEMI_MAJOR_AXIS_M, across_m * semi_minor_axis_m);
    let mut latitude = 0.0;
    for _ in 0..5 {
        let (sin, cos) = libm::sincos(parametric);
        latitude = libm::atan2(
            z + second_eccentricity_squared * semi_minor_axis_m * sin * sin * sin,
            across_m - WGS84_ECCENTRICITY_SQUARED * WGS84_SEMI_MAJOR_AXIS_M * cos * cos * cos,
        );
        let (sin_latitude, cos_latitude) = libm::sincos(latitude);
        parametric = libm::atan2((1.0 - WGS84_FLATTENING) * sin_latitude, cos_latitude);
    }
    let (sin_latitude, cos_latitude) = libm::sincos(latitude);
    // The sum along the normal has no singularity at the poles, unlike across / cos φ − N.
    let height_m = across_m * cos_latitude + z * sin_latitude
        - WGS84_SEMI_MAJOR_AXIS_M * WGS84_SEMI_MAJOR_AXIS_M / prime_vertical_radius_m(sin_latitude);
    (latitude.to_degrees(), libm::atan2(y, x).to_degrees(), height_m)
}

/// Azimuth (degrees, 0..360, clockwise from true north), geometric elevation (degrees above the ellipsoid's horizon, no
/// refraction) and slant range (metres) from an observer (geodetic degrees, metres above WGS84) to an ITRF point.
///
/// Refraction is left out because elevation masks are quoted geometric; at 25° it would be 0.036°.
pub fn look_angles(
    latitude_deg: f64,
    longitude_deg: f64,
    height_m: f64,
    satellite_itrf_m: [f64; 3],
) -> (f64, f64, f64) {
    let observer = geodetic_to_itrf_m(latitude_deg, longitude_deg, height_m);
    let (sin_latitude, cos_latitude) = libm::sincos(latitude_deg.to_radians());
    let (sin_longitude, cos_longitude) = libm::sincos(longitude_deg.to_radians());
    let [dx, dy, dz] = [0, 1, 2].map(|axis| satellite_itrf_m[axis] - observer[axis]);
    let outward = cos_longitude * dx + sin_longitude * dy;
    let east = cos_longitude * dy - sin_longitude * dx;
    let north = cos_latitude * dz - sin_latitude * outward;
    let up = cos_latitude * outward + sin_latitude * dz;
    let azimuth_deg = libm::atan2(east, north).to_degrees();
    let azimuth_deg = if azimuth_deg < 0.0 { azimuth_deg + 360.0 } else { azimuth_deg };
    let elevation_deg = libm::atan2(up, libm::hypot(east, north)).to_degrees();
    (azimuth_deg, elevation_deg, libm::sqrt(dx * dx + dy * dy + dz * dz))
}

/// Radius of curvature in the prime vertical, N = a / √(1 − e² sin²φ), metres.
fn prime_vertical_radius_m(sin_latitude: f64) -> f64 {
    WGS84_SEMI_MAJOR_AXIS_M / libm::sqrt(1.0 - WGS84_ECCENTRICITY_SQUARED * sin_latitude * sin_latitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SOFA's own test value, `t_sofa_c.c` t_gmst82: JD 2400000.5 + 53736.0.
    #[test]
    fn gmst82_matches_sofa() {
        let time = Epoch::parse("2006-01-01T00:00:00Z").unwrap();
        assert!((gmst82_rad(time, 0.0) - 1.754_174_981_860_675).abs() < 1e-12);
    }

    /// SOFA's own test value, `t_sofa_c.c` t_gd2gc, WGS84: elong 3.1, phi −0.5, height 2500.
    #[test]
    fn geodetic_matches_sofa() {
        let expected = [-5_599_000.557_704_994, 233_011.672_234_796_2, -3_040_909.470_698_336];
        let found = geodetic_to_itrf_m((-0.5f64).to_degrees(), 3.1f64.to_degrees(), 2500.0);
        for axis in 0..3 {
            assert!((found[axis] - expected[axis]).abs() < 1e-7, "{found:?}");
        }
    }

    #[test]
    fn poles_and_centre_are_finite() {
        let (latitude, _, height) = itrf_to_geodetic([0.0, 0.0, 6_356_752.314_245]);
        assert!((latitude - 90.0).abs() < 1e-9 && height.abs() < 1e-3);
        let (latitude, longitude, height) = itrf_to_geodetic([0.0; 3]);
        assert!(latitude.is_finite() && longitude.is_finite() && height.is_finite());
        let (azimuth, elevation, range) = look_angles(90.0, 0.0, 0.0, geodetic_to_itrf_m(90.0, 0.0, 1000.0));
        assert!(azimuth.is_finite() && (elevation - 90.0).abs() < 1e-6 && (range - 1000.0).abs() < 1e-6);
    }
}
