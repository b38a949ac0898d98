//! The Earth's ellipsoid, in the single precision the planner works in.
//!
//! Kilometres and f32 throughout: one f32 step at 7,000 km is 0.5 m, 5e-7 rad at 1,000 km. Only IEEE 754 basic
//! operations and square roots are used here, so every CPU and every vector width gives the same bits.

/// WGS84 semi-major axis, km (NGA.STND.0036, table 3.1).
pub const EARTH_EQUATORIAL_RADIUS_KM: f64 = 6_378.137;
/// WGS84 polar radius, km (derived from the flattening 1/298.257223563, NGA.STND.0036).
pub const EARTH_POLAR_RADIUS_KM: f64 = 6_356.752_314_245;
/// WGS84 first eccentricity squared (NGA.STND.0036).
pub const ECCENTRICITY_SQUARED: f64 = 6.694_379_990_14e-3;
/// Mean radius of the Earth, km (IUGG 1980, R1): for distances along the surface, good to 0.3 %.
pub const EARTH_MEAN_RADIUS_KM: f64 = 6_371.008_8;
/// Radius of the geostationary orbit, km (one sidereal day, WGS84 gravity).
pub const GEOSTATIONARY_RADIUS_KM: f64 = 42_164.17;
/// Speed of light in vacuum, km/s (SI definition).
pub const LIGHT_KM_S: f64 = 299_792.458;

/// The largest angle between the geodetic and the geocentric vertical, degrees (at latitude 45: e²/2 rad).
pub const VERTICAL_DEFLECTION_MAX_DEG: f64 = 0.193;

/// Point on the ellipsoid, km ITRF, below a geodetic normal (unit vector).
#[inline(always)]
pub fn surface_point_km(normal: [f32; 3]) -> [f32; 3] {
    let e2 = ECCENTRICITY_SQUARED as f32;
    let prime_vertical = EARTH_EQUATORIAL_RADIUS_KM as f32 / (1.0 - e2 * normal[2] * normal[2]).sqrt();
    [prime_vertical * normal[0], prime_vertical * normal[1], prime_vertical * (1.0 - e2) * normal[2]]
}

/// Geodetic normal, a unit vector in ITRF, of a latitude and longitude in degrees.
pub fn normal(latitude_deg: f64, longitude_deg: f64) -> [f32; 3] {
    let (sin_lat, cos_lat) = libm::sincos(latitude_deg.to_radians());
    let (sin_lon, cos_lon) = libm::sincos(longitude_deg.to_radians());
    [(cos_lat * cos_lon) as f32, (cos_lat * sin_lon) as f32, sin_lat as f32]
}

/// Great-circle distance, km, between two geodetic normals.
pub fn surface_distance_km(a: [f32; 3], b: [f32; 3]) -> f64 {
    let d: f64 =
        (0..3).map(|i| (f64::from(a[i]) - f64::from(b[i])) * (f64::from(a[i]) - f64::from(b[i]))).sum();
    2.0 * EARTH_MEAN_RADIUS_KM * libm::asin((d.sqrt() / 2.0).min(1.0))
}

/// Dot product.
#[inline(always)]
pub fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Difference `a - b`.
#[inline(always)]
pub fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// Sine of the elevation of `satellite_km` above the horizon of `site_km` with geodetic `normal`, and the slant range, km.
#[inline(always)]
pub fn elevation_and_range(satellite_km: [f32; 3], site_km: [f32; 3], normal: [f32; 3]) -> (f32, f32) {
    let line = minus(satellite_km, site_km);
    let range_km = dot(line, line).sqrt();
    (dot(line, normal) / range_km, range_km)
}

/// Squared sine of the elevation of `satellite_km` above the horizon of `site_km`; 0 below the horizon. The form in
/// which the planner compares elevations: the same operations, in the same order, as in [`crate::kernel::score`].
#[inline(always)]
pub fn sin2_elevation(satellite_km: [f32; 3], site_km: [f32; 3], normal: [f32; 3]) -> f32 {
    let line = minus(satellite_km, site_km);
    let up = dot(line, normal);
    if up > 0.0 { up * up / dot(line, line) } else { 0.0 }
}
