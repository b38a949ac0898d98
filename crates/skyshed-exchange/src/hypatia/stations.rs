//! Ground stations: Hypatia's list of cities and its list with cartesian columns.

use std::collections::HashSet;

use super::STATIONS_MAX;
use super::error::{FileError, Problem};
use super::numbers::{count, decimal};

/// The name of the file in a folder of Hypatia's.
pub const FILE: &str = "ground_stations.txt";

/// Semi-major axis, m, and flattening of WGS72 as Hypatia has them.
const WGS72_SEMI_MAJOR_AXIS_M: f64 = 6_378_135.0;
const WGS72_FLATTENING: f64 = 1.0 / 298.26;

/// Columns of a line.
const COLUMNS: &str =
    "id,name,latitude_deg,longitude_deg,elevation_m, and x,y,z in Hypatia's ground_stations.txt";

/// A ground station.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Without commas.
    pub name: String,
    /// Geodetic latitude.
    pub latitude_deg: f64,
    /// Longitude, east.
    pub longitude_deg: f64,
    /// Above the ellipsoid.
    pub elevation_m: f64,
}

impl Station {
    /// A station by numbers; commas in its name become dashes, blanks too.
    pub fn new(name: &str, latitude_deg: f64, longitude_deg: f64, elevation_m: f64) -> Station {
        let plain = |c: char| if c == ',' || c.is_whitespace() || c.is_control() { '-' } else { c };
        Station { name: name.chars().map(plain).collect(), latitude_deg, longitude_deg, elevation_m }
    }

    /// Where it is on the ellipsoid WGS72, Earth-fixed, m.
    pub fn wgs72_m(&self) -> [f64; 3] {
        let eccentricity = (2.0 * WGS72_FLATTENING - WGS72_FLATTENING * WGS72_FLATTENING).sqrt();
        let squared = eccentricity * eccentricity;
        // Written as the factor π/180, so that the last bit, and so the last printed digit, is Hypatia's.
        let radians = core::f64::consts::PI / 180.0;
        let (latitude, longitude) = (self.latitude_deg * radians, self.longitude_deg * radians);
        let (sin, cos) = (libm::sin(latitude), libm::cos(latitude));
        let normal_m = WGS72_SEMI_MAJOR_AXIS_M / (1.0 - squared * sin * sin).sqrt();
        [
            (normal_m + self.elevation_m) * cos * libm::cos(longitude),
            (normal_m + self.elevation_m) * cos * libm::sin(longitude),
            (normal_m * (1.0 - squared) + self.elevation_m) * sin,
        ]
    }
}

/// The text of `ground_stations.txt`.
pub fn write(stations: &[Station]) -> String {
    let line = |(id, station): (usize, &Station)| {
        let [x, y, z] = station.wgs72_m();
        format!(
            "{id},{},{:.6},{:.6},{:.6},{x:.6},{y:.6},{z:.6}\n",
            station.name, station.latitude_deg, station.longitude_deg, station.elevation_m
        )
    };
    stations.iter().enumerate().map(line).collect()
}

/// Reads either list. The cartesian columns must be numbers and are not used, as in Hypatia.
///
/// # Errors
/// [`FileError`] with the line.
pub fn read(file: &str, text: &str) -> Result<Vec<Station>, FileError> {
    let mut stations: Vec<Station> = Vec::new();
    let mut names = HashSet::new();
    for (line, number) in text.lines().zip(1u64..) {
        let station =
            read_line(line, stations.len()).map_err(|problem| FileError::at(file, number, problem))?;
        if !names.insert(station.name.clone()) {
            let problem = Problem::field("name", &station.name, "a name that no other station has");
            return Err(FileError::at(file, number, problem));
        }
        if stations.len() == STATIONS_MAX {
            let allowed = format!("at most {STATIONS_MAX}");
            let problem = Problem::Count { what: "stations", given: STATIONS_MAX + 1, allowed };
            return Err(FileError::at(file, number, problem));
        }
        stations.push(station);
    }
    if stations.is_empty() {
        return Err(FileError::whole(file, Problem::Empty { allowed: COLUMNS }));
    }
    Ok(stations)
}

fn read_line(line: &str, expected: usize) -> Result<Station, Problem> {
    let fields: Vec<&str> = line.trim_end().split(',').collect();
    if fields.len() != 5 && fields.len() != 8 {
        return Err(Problem::columns(line, fields.len(), COLUMNS));
    }
    let id = count(fields[0]).ok_or_else(|| Problem::field("id", fields[0], "a whole number"))?;
    if id as usize != expected {
        let (given, expected) = (u64::from(id), expected as u64);
        return Err(Problem::Turn { what: "the id of the station", given, expected });
    }
    if fields[1].trim().is_empty() {
        return Err(Problem::field("name", fields[1], "a name"));
    }
    let number = |field: usize, name, most: f64, allowed: &str| {
        let number = decimal(fields[field]).filter(|number| number.abs() <= most);
        number.ok_or_else(|| Problem::field(name, fields[field], allowed))
    };
    for (field, name) in (5..fields.len()).zip(["x", "y", "z"]) {
        number(field, name, 1e8, "a number of metres from the Earth's centre")?;
    }
    Ok(Station {
        name: fields[1].to_owned(),
        latitude_deg: number(2, "latitude", 90.0, "degrees from -90 to 90")?,
        longitude_deg: number(3, "longitude", 360.0, "degrees from -360 to 360")?,
        elevation_m: number(4, "elevation", 20_000.0, "metres from -20000 to 20000")?,
    })
}
