//! The three shells of Hypatia's paper, with its constants, and the files it writes for them.
//!
//! Facts read in its main_starlink_550.py, main_kuiper_630.py, main_telesat_1015.py and satgenpy. The two-line elements
//! are part of the definition: right ascension and mean anomaly have four decimals there, and everything that follows is
//! computed from what the text says. The altitudes are nominal: 15.19 revolutions a day fly at 509 km, not 550.

use std::fmt::Write;

use super::case::Texts;
use super::links;
use super::stations::{self, Station};

/// Radius of the Earth in Hypatia's lengths, m (WGS72).
const EARTH_RADIUS_M: f64 = 6_378_135.0;
/// A laser stays this far above that radius, m.
const GRAZING_M: f64 = 80_000.0;
/// Hypatia's eccentricity of a circular orbit, 1e-7, as two-line elements write it.
const ECCENTRICITY: &str = "0000001";

/// A shell as Hypatia defines it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shell {
    /// Our preset of the same shell.
    pub preset: &'static str,
    /// What Hypatia's folders call it.
    pub base_name: &'static str,
    /// What its element files call it.
    pub nice_name: &'static str,
    /// Planes.
    pub planes: u32,
    /// Satellites in each.
    pub per_plane: u32,
    /// Inclination, degrees.
    pub inclination_deg: f64,
    /// Mean motion, revolutions per day.
    pub mean_motion_rev_per_day: f64,
    /// Nominal altitude, m; lengths follow from it, the orbits do not.
    pub altitude_m: f64,
    /// How far a station sees.
    pub cone: Cone,
}

/// How far from below a satellite a station may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cone {
    /// This far, m.
    Radius(f64),
    /// As far as it sees the satellite at this elevation over a flat Earth, degrees.
    Elevation(f64),
}

/// The shells there are.
pub const SHELLS: [Shell; 3] = [
    Shell {
        preset: "starlink-550",
        base_name: "starlink_550",
        nice_name: "Starlink-550",
        planes: 72,
        per_plane: 22,
        inclination_deg: 53.0,
        mean_motion_rev_per_day: 15.19,
        altitude_m: 550_000.0,
        cone: Cone::Radius(940_700.0),
    },
    Shell {
        preset: "kuiper-630",
        base_name: "kuiper_630",
        nice_name: "Kuiper-630",
        planes: 34,
        per_plane: 34,
        inclination_deg: 51.9,
        mean_motion_rev_per_day: 14.80,
        altitude_m: 630_000.0,
        cone: Cone::Elevation(30.0),
    },
    Shell {
        preset: "telesat-1015",
        base_name: "telesat_1015",
        nice_name: "Telesat-1015",
        planes: 27,
        per_plane: 13,
        inclination_deg: 98.98,
        mean_motion_rev_per_day: 13.66,
        altitude_m: 1_015_000.0,
        cone: Cone::Elevation(10.0),
    },
];

impl Shell {
    /// The shell that one of our presets stands for.
    pub fn of_preset(preset: &str) -> Option<&'static Shell> {
        SHELLS.iter().find(|shell| shell.preset == preset)
    }

    /// Longest link between a station and a satellite, m.
    pub fn max_gsl_length_m(&self) -> f64 {
        let radius_m = match self.cone {
            Cone::Radius(radius_m) => radius_m,
            Cone::Elevation(elevation_deg) => self.altitude_m / libm::tan(elevation_deg.to_radians()),
        };
        (radius_m * radius_m + self.altitude_m * self.altitude_m).sqrt()
    }

    /// Longest laser, m.
    pub fn max_isl_length_m(&self) -> f64 {
        let (high_m, low_m) = (EARTH_RADIUS_M + self.altitude_m, EARTH_RADIUS_M + GRAZING_M);
        2.0 * (high_m * high_m - low_m * low_m).sqrt()
    }

    /// The five files that do not change with time.
    pub fn texts(&self, stations: &[Station]) -> Texts {
        let satellites = self.planes as usize * self.per_plane as usize;
        Texts {
            tles: self.tles(),
            isls: links::write(&links::plus_grid(self.planes, self.per_plane)),
            ground_stations: stations::write(stations),
            gsl_interfaces_info: gsl_interfaces(satellites + stations.len()),
            description: description(self.max_gsl_length_m(), self.max_isl_length_m()),
        }
    }

    fn tles(&self) -> String {
        let mut text = format!("{} {}\n", self.planes, self.per_plane);
        for plane in 0..self.planes {
            let raan_deg = f64::from(plane) * 360.0 / f64::from(self.planes);
            let shift_deg = if plane % 2 == 1 { 360.0 / (f64::from(self.per_plane) * 2.0) } else { 0.0 };
            for place in 0..self.per_plane {
                let id = plane * self.per_plane + place;
                let anomaly_deg = shift_deg + f64::from(place * 360) / f64::from(self.per_plane);
                let first =
                    format!("1 {:05}U 00000ABC 00001.00000000  .00000000  00000-0  00000+0 0    0", id + 1);
                let second = format!(
                    "2 {:05} {:8.4} {raan_deg:8.4} {ECCENTRICITY} {:8.4} {anomaly_deg:8.4} {:11.8}    0",
                    id + 1,
                    self.inclination_deg,
                    0.0,
                    self.mean_motion_rev_per_day,
                );
                let _ = writeln!(text, "{} {id}\n{}\n{}", self.nice_name, with_sum(first), with_sum(second));
            }
        }
        text
    }
}

/// One interface for each node, of bandwidth 1 (Hypatia gives no unit).
pub fn gsl_interfaces(nodes: usize) -> String {
    (0..nodes).map(|node| format!("{node},1,1.000000\n")).collect()
}

/// The longest links.
pub fn description(max_gsl_length_m: f64, max_isl_length_m: f64) -> String {
    format!("max_gsl_length_m={max_gsl_length_m:.10}\nmax_isl_length_m={max_isl_length_m:.10}\n")
}

/// A line of two-line elements with its checksum.
pub(super) fn with_sum(mut line: String) -> String {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'-' => 1,
        _ => 0,
    };
    let sum: u32 = line.bytes().map(value).sum();
    let _ = write!(line, "{}", sum % 10);
    line
}
