//! Protection of the geostationary arc: the angle at the ground between a satellite and the arc.
//!
//! Seen from a site, the arc is nearly a parallel of declination: over a quarter turn of hour angle its declination
//! changes by less than 0.7 degrees. The angle to the arc is therefore taken along the satellite's own hour circle,
//! where the arc's point has a closed form. A test holds it against a search over the whole arc: it is never smaller
//! than the true angle, and larger by at most 0.01 degrees.
//!
//! With `c`, `s` the cosine and sine of the satellite's hour angle, `x`, `z` the site's distances from the axis and
//! the equatorial plane and `R` the radius of the geostationary orbit, the arc's point lies at distance
//! `t = -x c + sqrt(R² - x² s²)` from the site's parallel to the axis, in direction `(t c, t s, -z)`.

use crate::geometry::{GEOSTATIONARY_RADIUS_KM, dot};

/// A site, as the test of the arc needs it.
#[derive(Clone, Copy, Debug)]
pub struct ArcSite {
    cos_longitude: f32,
    sin_longitude: f32,
    axis_distance_km: f32,
    height_km: f32,
}

impl ArcSite {
    /// The site at `point_km` (ITRF).
    #[inline]
    pub fn new(point_km: [f32; 3]) -> ArcSite {
        let axis_distance_km = (point_km[0] * point_km[0] + point_km[1] * point_km[1]).sqrt();
        // At a pole every longitude is as good as another.
        let (cos_longitude, sin_longitude) = if axis_distance_km > 1e-3 {
            (point_km[0] / axis_distance_km, point_km[1] / axis_distance_km)
        } else {
            (1.0, 0.0)
        };
        ArcSite { cos_longitude, sin_longitude, axis_distance_km, height_km: point_km[2] }
    }

    /// Cosine of the angle between the direction `line` (site to satellite, any length) and the geostationary arc.
    #[inline(always)]
    pub fn cos_separation(&self, line: [f32; 3]) -> f32 {
        let out = line[0] * self.cos_longitude + line[1] * self.sin_longitude;
        let east = line[1] * self.cos_longitude - line[0] * self.sin_longitude;
        // Along the axis every hour angle is as good as another.
        let level = (out * out + east * east).sqrt().max(f32::MIN_POSITIVE);
        let (cos_hour, sin_hour) = (out / level, east / level);
        let radius = GEOSTATIONARY_RADIUS_KM as f32;
        let across = self.axis_distance_km * sin_hour;
        let t = (radius * radius - across * across).sqrt() - self.axis_distance_km * cos_hour;
        let arc_range = (t * t + self.height_km * self.height_km).sqrt();
        (level * t - line[2] * self.height_km) / (arc_range * dot(line, line).sqrt())
    }
}

/// The rule as cosines: the separation to keep, and the same for whole regions of sites at once.
#[derive(Clone, Copy, Debug)]
pub struct Separation {
    /// Cosine of the separation; above 1 (never exceeded) when the rule is off.
    pub cos: f32,
    wide: (f32, f32),
    narrow: (f32, f32),
}

/// What the arc itself moves, seen from two sites of one region (a cap of 100 km at 36,000 km), and the closed form's
/// error, degrees.
const REGION_SLACK_DEG: f64 = 0.2;

/// How a satellite stands to the arc, for every site of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Standing {
    /// Clear of it from every site.
    Clear = 0,
    /// To be tested at each site.
    Mixed = 1,
    /// Too close to it from every site.
    Close = 2,
}

impl Separation {
    /// The rule of a separation in degrees; 0 switches it off.
    pub fn new(separation_deg: f64) -> Separation {
        let cos_sin = |degrees: f64| {
            let (sin, cos) = libm::sincos(degrees.to_radians());
            (cos as f32, sin as f32)
        };
        if separation_deg <= 0.0 {
            return Separation { cos: 2.0, wide: (2.0, 0.0), narrow: (2.0, 0.0) };
        }
        Separation {
            cos: cos_sin(separation_deg).0,
            wide: cos_sin(separation_deg + REGION_SLACK_DEG),
            narrow: cos_sin((separation_deg - REGION_SLACK_DEG).max(0.0)),
        }
    }

    /// How a satellite in direction `line` from the centre of a region stands for all sites within `radius_km` of it.
    ///
    /// From a site at distance r the direction to a satellite at distance d turns by at most asin(r/d).
    #[inline(always)]
    pub fn standing(&self, centre: &ArcSite, line: [f32; 3], radius_km: f32) -> Standing {
        let cos_separation = centre.cos_separation(line);
        let sin_turn = (radius_km / dot(line, line).sqrt()).min(1.0);
        let cos_turn = (1.0 - sin_turn * sin_turn).sqrt();
        let clear = cos_separation <= self.wide.0 * cos_turn - self.wide.1 * sin_turn;
        // Where the turn exceeds the separation no region is wholly close.
        let close = (self.narrow.1 > sin_turn)
            & (cos_separation > self.narrow.0 * cos_turn + self.narrow.1 * sin_turn);
        if clear {
            Standing::Clear
        } else if close {
            Standing::Close
        } else {
            Standing::Mixed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{minus, normal, surface_point_km};

    /// The largest cosine over a fine walk along the whole arc, in f64.
    fn searched(site: [f32; 3], line: [f32; 3]) -> f64 {
        let norm = line.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
        (0..72_000)
            .map(|step| {
                let angle = f64::from(step) * (core::f64::consts::TAU / 72_000.0);
                let arc = [angle.cos() * GEOSTATIONARY_RADIUS_KM, angle.sin() * GEOSTATIONARY_RADIUS_KM, 0.0];
                let v: Vec<f64> = (0..3).map(|i| arc[i] - f64::from(site[i])).collect();
                let range = v.iter().map(|c| c * c).sum::<f64>().sqrt();
                v.iter().zip(line).map(|(c, l)| c * f64::from(l)).sum::<f64>() / (range * norm)
            })
            .fold(-1.0, f64::max)
    }

    #[test]
    fn closed_form_holds_against_a_search_over_the_arc() {
        for latitude in [-75.0, -50.0, -23.0, -3.0, 0.0, 8.0, 33.0, 52.0, 61.0, 70.0] {
            let n = normal(latitude, 37.0);
            let site = surface_point_km(n);
            for (lat_off, lon_off) in
                [(0.0, 0.0), (5.0, 0.0), (-5.0, 3.0), (-2.0, -7.0), (0.5, 8.0), (-8.0, 0.1)]
            {
                let m = normal(latitude + lat_off, 37.0 + lon_off);
                let satellite = [m[0] * 6928.0, m[1] * 6928.0, m[2] * 6928.0];
                let line = minus(satellite, site);
                let ours =
                    f64::from(ArcSite::new(site).cos_separation(line)).clamp(-1.0, 1.0).acos().to_degrees();
                let truth = searched(site, line).clamp(-1.0, 1.0).acos().to_degrees();
                assert!(
                    (-0.006..0.011).contains(&(ours - truth)),
                    "latitude {latitude} offset {lat_off},{lon_off}: ours {ours} searched {truth}"
                );
            }
        }
    }

    #[test]
    fn a_region_agrees_with_each_of_its_sites() {
        let separation = Separation::new(18.0);
        let mut seen = [0; 3];
        for latitude in [-52.0, -20.0, 0.0, 7.0, 41.0, 66.0] {
            let centre = surface_point_km(normal(latitude, 12.0));
            for step in 0..400 {
                let m = normal(latitude + f64::from(step % 20) - 9.5, 12.0 + f64::from(step / 20) - 9.5);
                let satellite = m.map(|c| c * 6860.0);
                let standing = separation.standing(&ArcSite::new(centre), minus(satellite, centre), 66.0);
                seen[standing as usize] += 1;
                for (north, east) in [(0.0, 0.0), (0.55, 0.0), (-0.55, 0.0), (0.0, 0.55), (0.3, -0.45)] {
                    let stretch = 1.0 / latitude.to_radians().cos();
                    let site = surface_point_km(normal(latitude + north, 12.0 + east * stretch));
                    let close = ArcSite::new(site).cos_separation(minus(satellite, site)) > separation.cos;
                    match standing {
                        Standing::Clear => assert!(!close),
                        Standing::Close => assert!(close),
                        Standing::Mixed => {}
                    }
                }
            }
        }
        assert!(seen.iter().all(|&count| count > 50), "every standing should occur: {seen:?}");
    }

    #[test]
    fn overhead_on_the_equator_is_in_the_arc() {
        let site = surface_point_km([1.0, 0.0, 0.0]);
        assert!(ArcSite::new(site).cos_separation([1.0, 0.0, 0.0]) > 0.999_999);
    }
}
