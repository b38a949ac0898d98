//! A case: satellites, links and stations that were checked, under one convention.

use skyshed_orbit::elements::{MAX_NAME_BYTES, RejectReason};
use skyshed_orbit::frames::{geodetic_normal, geodetic_to_itrf_m};
use skyshed_orbit::{ElementSet, Epoch, Orbit, read_elements};

use super::error::{FileError, Problem};
use super::links::{self, Links};
use super::numbers::{count, decimal};
use super::stations::{self, Station};
use super::{ROWS_MAX, SATELLITES_MAX};

/// Names of the files.
pub const TLES: &str = "tles.txt";
/// See [`TLES`].
pub const GSL_INTERFACES: &str = "gsl_interfaces_info.txt";
/// See [`TLES`].
pub const DESCRIPTION: &str = "description.txt";

/// The five files that do not change with time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    /// `tles.txt`: planes and satellites in each, then name, line 1 and line 2 of each satellite.
    pub tles: String,
    /// `isls.txt`: a laser a line, two ids.
    pub isls: String,
    /// `ground_stations.txt`.
    pub ground_stations: String,
    /// `gsl_interfaces_info.txt`: node, interfaces to the ground or sky, bandwidth.
    pub gsl_interfaces_info: String,
    /// `description.txt`: the longest links.
    pub description: String,
}

/// What decides where things are and what sees what.
#[derive(Clone, Debug, PartialEq)]
pub enum Convention {
    /// Hypatia's: stations on WGS72, UT1 = UTC, a station sees whatever is no farther than `max_gsl_length_m`.
    Hypatia,
    /// Ours: stations on WGS84, measured UT1, a station sees what stands above the satellite's elevation mask.
    Skyshed {
        /// Earth rotation at time 0, held through the run.
        ut1_minus_utc_s: f64,
        /// Least elevation per satellite, degrees.
        mask_deg: Vec<f64>,
    },
}

/// A node's interfaces to the ground or sky.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GslInterfaces {
    /// How many.
    pub count: u32,
    /// Bandwidth of all together; Hypatia gives no unit.
    pub bandwidth_factor: f64,
}

/// Satellites, links and stations.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Planes, and satellites in each, as the first line of `tles.txt` says; [1, n] where there is no such grid.
    pub grid: [u32; 2],
    /// Names of the satellites, without the id that follows.
    pub names: Vec<String>,
    /// Time 0, the epoch of all elements.
    pub epoch: Epoch,
    /// Stations; station g is node satellites + g.
    pub stations: Vec<Station>,
    /// Lasers.
    pub links: Links,
    /// Interfaces of every node.
    pub interfaces: Vec<GslInterfaces>,
    /// Longest link between a station and a satellite, m.
    pub max_gsl_length_m: f64,
    /// Longest laser, m.
    pub max_isl_length_m: f64,
    pub(super) convention: Convention,
    pub(super) orbits: Vec<Orbit>,
    pub(super) sites: Vec<Site>,
    /// Squared sine of the mask per satellite; empty where distance decides.
    pub(super) sin2_mask: Vec<f64>,
}

/// Where a station is: Earth-fixed, m, and its zenith.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Site {
    pub at_m: [f64; 3],
    pub zenith: [f64; 3],
}

impl Case {
    /// Reads and checks the five files.
    ///
    /// # Errors
    /// [`FileError`]: file, line, what is wrong and what is allowed.
    pub fn read(texts: &Texts, convention: Convention) -> Result<Case, FileError> {
        let (grid, sets) = read_tles(&texts.tles)?;
        let satellites = sets.len();
        let pairs = links::read(&texts.isls, satellites)?;
        let stations = stations::read(stations::FILE, &texts.ground_stations)?;
        let rows = satellites.saturating_add(stations.len()).saturating_mul(stations.len());
        if rows > ROWS_MAX {
            let allowed = format!("at most {ROWS_MAX} pairs of a node and a station");
            let problem = Problem::Count { what: "rows of forwarding", given: rows, allowed };
            return Err(FileError::whole(stations::FILE, problem));
        }
        let masks = match &convention {
            Convention::Hypatia => satellites,
            Convention::Skyshed { mask_deg, .. } => mask_deg.len(),
        };
        if masks != satellites {
            let allowed = format!("{satellites}, one per satellite of {TLES}");
            let problem = Problem::Count { what: "elevation masks", given: masks, allowed };
            return Err(FileError::whole(super::own::SATELLITES, problem));
        }
        let interfaces = read_interfaces(&texts.gsl_interfaces_info, satellites + stations.len())?;
        let (max_gsl_length_m, max_isl_length_m) = read_description(&texts.description)?;
        let orbits = orbits(&sets)?;
        let (sites, sin2_mask) = ground(&stations, &convention);
        Ok(Case {
            grid,
            epoch: sets[0].epoch,
            names: sets.into_iter().map(|set| set.name).collect(),
            stations,
            links: Links::new(satellites, pairs),
            interfaces,
            max_gsl_length_m,
            max_isl_length_m,
            convention,
            orbits,
            sites,
            sin2_mask,
        })
    }

    /// Number of satellites.
    pub fn satellites(&self) -> usize {
        self.names.len()
    }

    /// The convention it was read under.
    pub fn convention(&self) -> &Convention {
        &self.convention
    }

    /// The station that a name, a node (`1602`), or its own id (`18`) means; a number of both kinds is a node.
    pub fn station(&self, given: &str) -> Option<usize> {
        let by_name = || self.stations.iter().position(|station| station.name == given);
        let number = count(given).map(|number| number as usize);
        let by_node = || number.and_then(|node| node.checked_sub(self.satellites()));
        let within = |index: &usize| *index < self.stations.len();
        by_name().or_else(|| by_node().filter(within)).or_else(|| number.filter(within))
    }

    /// Distance between two stations through the Earth, m: what no way can be shorter than.
    pub fn straight_m(&self, from: usize, to: usize) -> f64 {
        distance_m(self.sites[from].at_m, self.sites[to].at_m)
    }
}

/// Distance of two points.
pub(super) fn distance_m(a: [f64; 3], b: [f64; 3]) -> f64 {
    let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    (x * x + y * y + z * z).sqrt()
}

fn ground(stations: &[Station], convention: &Convention) -> (Vec<Site>, Vec<f64>) {
    let zenith = |station: &Station| geodetic_normal(station.latitude_deg, station.longitude_deg);
    match convention {
        Convention::Hypatia => {
            let site = |station: &Station| Site { at_m: station.wgs72_m(), zenith: zenith(station) };
            (stations.iter().map(site).collect(), Vec::new())
        }
        Convention::Skyshed { mask_deg, .. } => {
            let site = |station: &Station| Site {
                at_m: geodetic_to_itrf_m(station.latitude_deg, station.longitude_deg, station.elevation_m),
                zenith: zenith(station),
            };
            let sin2 = |mask_deg: &f64| libm::sin(mask_deg.to_radians()) * libm::sin(mask_deg.to_radians());
            (stations.iter().map(site).collect(), mask_deg.iter().map(sin2).collect())
        }
    }
}

fn orbits(sets: &[ElementSet]) -> Result<Vec<Orbit>, FileError> {
    let orbit = |(id, set): (usize, &ElementSet)| {
        Orbit::from_elements(set).map_err(|reason| {
            let problem = Problem::Elements { id, reason: reason.to_string() };
            FileError::at(TLES, 3 * id as u64 + 3, problem)
        })
    };
    sets.iter().enumerate().map(orbit).collect()
}

/// Planes and satellites in each, then the elements in order of id.
fn read_tles(text: &str) -> Result<([u32; 2], Vec<ElementSet>), FileError> {
    let mut lines = text.lines();
    let Some(first) = lines.next() else {
        let allowed = "planes and satellites in each, then three lines per satellite";
        return Err(FileError::whole(TLES, Problem::Empty { allowed }));
    };
    let grid = read_grid(first)?;
    let expected = grid[0] as usize * grid[1] as usize;
    let mut sets: Vec<ElementSet> = Vec::with_capacity(expected);
    let mut rest: Vec<&str> = lines.collect();
    while rest.last().is_some_and(|line| line.trim().is_empty()) {
        rest.pop();
    }
    for (id, lines) in rest.chunks(3).enumerate() {
        let number = 3 * id as u64 + 2;
        let [name, first, second] = lines[..] else {
            let problem = Problem::Count {
                what: "lines of the last satellite",
                given: lines.len(),
                allowed: "three: name and id, line 1, line 2".to_owned(),
            };
            return Err(FileError::at(TLES, number, problem));
        };
        let set = read_satellite(id, name, first, second)
            .map_err(|(line, problem)| FileError::at(TLES, number + line, problem))?;
        if let Some(before) = sets.first().filter(|before| before.epoch != set.epoch) {
            let problem = Problem::Epoch { id, given: set.epoch, expected: before.epoch };
            return Err(FileError::at(TLES, number + 1, problem));
        }
        sets.push(set);
    }
    if sets.len() != expected {
        let allowed = format!("{} planes of {} make {expected}", grid[0], grid[1]);
        return Err(FileError::whole(
            TLES,
            Problem::Count { what: "satellites", given: sets.len(), allowed },
        ));
    }
    Ok((grid, sets))
}

fn read_grid(line: &str) -> Result<[u32; 2], FileError> {
    let refuse = |problem| Err(FileError::at(TLES, 1, problem));
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [planes, per_plane] = fields[..] else {
        return refuse(Problem::columns(
            line,
            fields.len(),
            "number of planes, number of satellites in each",
        ));
    };
    let number = |text| count(text).filter(|number| *number > 0);
    let (Some(planes), Some(per_plane)) = (number(planes), number(per_plane)) else {
        return refuse(Problem::field("the grid", line, "two whole numbers above 0"));
    };
    match (planes as usize).checked_mul(per_plane as usize) {
        Some(satellites) if satellites <= SATELLITES_MAX => Ok([planes, per_plane]),
        _ => refuse(Problem::field("the grid", line, format!("at most {SATELLITES_MAX} satellites in all"))),
    }
}

/// One satellite; a problem comes with its line, 0 to 2.
fn read_satellite(id: usize, name: &str, first: &str, second: &str) -> Result<ElementSet, (u64, Problem)> {
    let fields: Vec<&str> = name.split_whitespace().collect();
    let [label, given] = fields[..] else {
        return Err((0, Problem::columns(name, fields.len(), "a name without blanks, then the id")));
    };
    let Some(number) = count(given) else {
        return Err((0, Problem::field("id", given, "a whole number")));
    };
    if number as usize != id {
        let (given, expected) = (u64::from(number), id as u64);
        return Err((0, Problem::Turn { what: "the id of the satellite", given, expected }));
    }
    if label.len() > MAX_NAME_BYTES {
        return Err((0, Problem::field("name", label, format!("at most {MAX_NAME_BYTES} bytes"))));
    }
    let refused = |reason: String| (1, Problem::Elements { id, reason });
    let lines = format!("{}\n{}\n", first.trim_end(), second.trim_end());
    if !(first.starts_with("1 ") && second.starts_with("2 ")) {
        return Err(refused("line 1 of elements begins with `1 `, line 2 with `2 `".to_owned()));
    }
    match read_elements(lines.as_bytes()) {
        Ok(load) if load.sets.len() == 1 && load.rejected.is_empty() => {
            let set = load.sets.into_iter().next().expect("one set");
            Ok(ElementSet { name: label.to_owned(), ..set })
        }
        Ok(load) => {
            let reasons: Vec<&RejectReason> = load.rejected.iter().map(|rejected| &rejected.reason).collect();
            Err(refused(
                reasons.first().map_or_else(|| "no elements".to_owned(), |reason| reason.to_string()),
            ))
        }
        Err(error) => Err(refused(error.to_string())),
    }
}

fn read_interfaces(text: &str, nodes: usize) -> Result<Vec<GslInterfaces>, FileError> {
    let mut interfaces = Vec::with_capacity(nodes);
    for (line, number) in text.lines().zip(1u64..) {
        let refuse = |problem| Err(FileError::at(GSL_INTERFACES, number, problem));
        let fields: Vec<&str> = line.trim_end().split(',').collect();
        let [id, count_text, bandwidth_text] = fields[..] else {
            return refuse(Problem::columns(line, fields.len(), "node,number of interfaces,bandwidth"));
        };
        match count(id) {
            None => return refuse(Problem::field("node", id, "a whole number")),
            Some(given) if given as usize != interfaces.len() => {
                let (given, expected) = (u64::from(given), interfaces.len() as u64);
                return refuse(Problem::Turn { what: "the node", given, expected });
            }
            Some(_) => {}
        }
        let Some(count) = count(count_text).filter(|count| *count > 0) else {
            return refuse(Problem::field("number of interfaces", count_text, "a whole number above 0"));
        };
        let Some(bandwidth) = decimal(bandwidth_text).filter(|bandwidth| *bandwidth > 0.0) else {
            return refuse(Problem::field("bandwidth", bandwidth_text, "a number above 0"));
        };
        interfaces.push(GslInterfaces { count, bandwidth_factor: bandwidth });
    }
    if interfaces.len() != nodes {
        let allowed = format!("{nodes}, one per satellite and station");
        let problem = Problem::Count { what: "nodes", given: interfaces.len(), allowed };
        return Err(FileError::whole(GSL_INTERFACES, problem));
    }
    Ok(interfaces)
}

/// The two lengths; other keys are passed over, as Hypatia does.
fn read_description(text: &str) -> Result<(f64, f64), FileError> {
    let value = |key: &'static str| {
        let with_key = |(line, number): (&str, u64)| {
            line.split_once('=')
                .filter(|(name, _)| name.trim() == key)
                .map(|(_, value)| (value.to_owned(), number))
        };
        let Some((given, line)) = text.lines().zip(1u64..).find_map(with_key) else {
            let problem = Problem::field(key, "not there", format!("a line {key}=METRES"));
            return Err(FileError::whole(DESCRIPTION, problem));
        };
        let metres = decimal(given.trim()).filter(|metres| *metres > 0.0 && *metres <= 1e8);
        metres.ok_or_else(|| {
            FileError::at(DESCRIPTION, line, Problem::field(key, &given, "metres above 0, at most 1e8"))
        })
    };
    Ok((value("max_gsl_length_m")?, value("max_isl_length_m")?))
}
