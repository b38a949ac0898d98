//! Gateways and points of presence: the table that ships, and importers for the lists people already have.
//!
//! [`read_sites`] tells the formats apart by their content: our own TOML, starlink-viz JSON, the `pop.json` of the
//! starlink-geoip project, OneWeb's `lon,lat` CSV and PoP JSON, and GeoJSON points. One bad record is reported and left out;
//! the others are read. Our own TOML is ours to get right: there one bad record refuses the file.

mod community;

use std::collections::HashSet;

use serde::Deserialize;
use thiserror::Error;

use crate::cells::cell_at;
use crate::ground::Ground;

/// Longest list that is read, bytes.
pub const LONGEST_LIST: usize = 16 << 20;
/// Most records of a list.
pub const MOST_RECORDS: usize = 100_000;
/// Longest name, bytes.
pub const LONGEST_NAME: usize = 200;

/// A ground station that lands traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Gateway {
    /// Locality, such as `Villenave-d'Ornon, France`.
    pub name: String,
    /// ISO 3166-1 alpha-2 of the country it stands in; empty where a list does not say, see [`fill_countries`].
    pub country: String,
    /// Geodetic latitude, degrees, WGS84.
    pub latitude_deg: f64,
    /// Longitude, degrees east, WGS84.
    pub longitude_deg: f64,
    /// True where the position is only known to the locality.
    pub approximate: bool,
}

/// A point of presence: where the service meets the internet. Fields as in [`Gateway`].
#[derive(Clone, Debug, PartialEq)]
pub struct Pop {
    /// City, such as `Frankfurt`.
    pub name: String,
    /// ISO 3166-1 alpha-2 of the country it stands in; empty where a list does not say, see [`fill_countries`].
    pub country: String,
    /// Geodetic latitude, degrees, WGS84.
    pub latitude_deg: f64,
    /// Longitude, degrees east, WGS84.
    pub longitude_deg: f64,
    /// True where the position is only known to the locality.
    pub approximate: bool,
    /// Ids of the territories whose traffic is brought here, children included; as given, not looked up.
    pub home_of: Vec<String>,
}

/// A list of sites as read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sites {
    /// Ground stations, in the order of the list.
    pub gateways: Vec<Gateway>,
    /// Points of presence, in the order of the list.
    pub pops: Vec<Pop>,
    /// Records that are left out, with the reason.
    pub rejected: Vec<Rejected>,
}

/// A record that was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// Its number in the list, from 1.
    pub record: usize,
    /// Why.
    pub reason: Reason,
}

/// Why a record is left out.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// A coordinate that is missing or not a number.
    #[error("no readable latitude and longitude; give both in degrees")]
    NoPosition,
    /// A coordinate outside the Earth.
    #[error(
        "position {latitude_deg},{longitude_deg} is not on the Earth; allowed: -90 to 90 and -180 to 180 degrees"
    )]
    Position {
        /// As given.
        latitude_deg: f64,
        /// As given.
        longitude_deg: f64,
    },
    /// Latitude and longitude both exactly zero stand for "unknown" in the community's lists.
    #[error("position 0,0 stands for an unknown position; give the site's own")]
    NullIsland,
    /// The list itself says not to show it.
    #[error("the list hides it (show: false)")]
    Hidden,
    /// Not on the air.
    #[error("its status is `{status}`; only operational sites are read")]
    NotOperational {
        /// As given.
        status: String,
    },
    /// Neither a gateway nor a point of presence.
    #[error("its type is `{kind}`; allowed: gateway, pop")]
    Kind {
        /// As given.
        kind: String,
    },
    /// No name, or one that is too long.
    #[error("a name of {bytes} bytes; allowed: 1 to {LONGEST_NAME}")]
    Name {
        /// As given.
        bytes: usize,
    },
    /// The same name twice.
    #[error("the name `{name}` is already taken; give each site its own name")]
    Duplicate {
        /// As given.
        name: String,
    },
    /// Not a country code.
    #[error("country `{country}`; allowed: ISO 3166-1 alpha-2 in capitals, such as FR, or empty")]
    Country {
        /// As given.
        country: String,
    },
    /// A gateway that claims to be a territory's home.
    #[error("`home_of` of a gateway; only points of presence are the home of territories")]
    HomeOfGateway,
    /// A territory with two homes.
    #[error("`{territory}` is at home in another point of presence already; name each territory once")]
    HomeTwice {
        /// Its id.
        territory: String,
    },
    /// Not an object with the fields of its format.
    #[error("not a record of this format")]
    Shape,
}

/// Why a list is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SiteError {
    /// Too long to read.
    #[error("a list of {bytes} bytes; allowed: {LONGEST_LIST}")]
    TooLong {
        /// As given.
        bytes: usize,
    },
    /// Too many records.
    #[error("a list of {records} records; allowed: {MOST_RECORDS}")]
    TooMany {
        /// As given.
        records: usize,
    },
    /// Not text.
    #[error("not a list of sites: byte {offset} is not UTF-8 text")]
    NotText {
        /// First bad byte.
        offset: usize,
    },
    /// None of the formats.
    #[error(
        "not a list of sites; allowed: TOML with [[gateway]] and [[pop]] tables, starlink-viz JSON, pop.json, OneWeb `lon,lat` CSV or JSON, GeoJSON points"
    )]
    UnknownFormat,
    /// TOML that does not parse, or has a key that is not ours.
    #[error("not our TOML list of sites: {0}")]
    Toml(#[from] toml::de::Error),
    /// JSON that does not parse.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A bad record in our own format.
    #[error("record {record} ({name}): {reason}")]
    Record {
        /// Its number among the gateways or the points of presence, from 1.
        record: usize,
        /// Its name.
        name: String,
        /// Why.
        reason: Reason,
    },
}

/// The gateways that ship with the crate.
pub const GATEWAYS: &str = include_str!("../data/gateways.toml");
/// The points of presence that ship with the crate.
pub const POPS: &str = include_str!("../data/pops.toml");

/// Reads a list of sites in any of the known formats.
pub fn read_sites(bytes: &[u8]) -> Result<Sites, SiteError> {
    if bytes.len() > LONGEST_LIST {
        return Err(SiteError::TooLong { bytes: bytes.len() });
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| SiteError::NotText { offset: error.valid_up_to() })?;
    match text.trim_start_matches('\u{feff}').trim_start() {
        json if json.starts_with(['{', '[']) && !json.starts_with("[[") => community::read_json(json),
        table if table.lines().any(|line| matches!(line.trim(), "[[gateway]]" | "[[pop]]")) => {
            read_toml(table)
        }
        csv => community::read_csv(csv),
    }
}

/// Reads our own format: `[[gateway]]` and `[[pop]]` tables. Unknown keys, bad values and duplicate names refuse the file.
pub fn read_toml(text: &str) -> Result<Sites, SiteError> {
    let list: List = toml::from_str(text)?;
    limit(list.gateway.len() + list.pop.len())?;
    let mut sites = Sites::default();
    for site in checked(list.gateway, no_homes)? {
        sites.gateways.push(site.into_gateway());
    }
    let mut homes = HashSet::new();
    for site in checked(list.pop, |site| homes_once(site, &mut homes))? {
        sites.pops.push(site.into_pop());
    }
    Ok(sites)
}

/// Gives each site without a country the one whose land or coastal waters hold it; sites at sea or in a disputed area keep
/// none.
pub fn fill_countries(sites: &mut Sites, ground: &Ground) {
    let country = |latitude_deg, longitude_deg| {
        let cell = cell_at(latitude_deg, longitude_deg).ok()?;
        let top = ground.lineage(ground.territory_of(cell)).last()?;
        Some(ground.territory_at(top).id.clone()).filter(|id| is_alpha_2(id) && id != "XZ")
    };
    for gateway in sites.gateways.iter_mut().filter(|gateway| gateway.country.is_empty()) {
        gateway.country = country(gateway.latitude_deg, gateway.longitude_deg).unwrap_or_default();
    }
    for pop in sites.pops.iter_mut().filter(|pop| pop.country.is_empty()) {
        pop.country = country(pop.latitude_deg, pop.longitude_deg).unwrap_or_default();
    }
}

pub(crate) fn embedded_sites() -> Sites {
    let gateways = read_toml(GATEWAYS).expect("the shipped list is tested").gateways;
    let pops = read_toml(POPS).expect("the shipped list is tested").pops;
    Sites { gateways, pops, rejected: Vec::new() }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    gateway: Vec<Site>,
    #[serde(default)]
    pop: Vec<Site>,
}

/// One record of any format, before it is a gateway or a point of presence.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Site {
    name: String,
    country: String,
    latitude_deg: f64,
    longitude_deg: f64,
    #[serde(default)]
    approximate: bool,
    #[serde(default)]
    home_of: Vec<String>,
}

impl Site {
    fn into_gateway(self) -> Gateway {
        let Site { name, country, latitude_deg, longitude_deg, approximate, .. } = self;
        Gateway { name, country, latitude_deg, longitude_deg, approximate }
    }

    fn into_pop(self) -> Pop {
        let Site { name, country, latitude_deg, longitude_deg, approximate, home_of } = self;
        Pop { name, country, latitude_deg, longitude_deg, approximate, home_of }
    }
}

fn no_homes(site: &Site) -> Result<(), Reason> {
    if site.home_of.is_empty() { Ok(()) } else { Err(Reason::HomeOfGateway) }
}

fn homes_once(site: &Site, homes: &mut HashSet<String>) -> Result<(), Reason> {
    match site.home_of.iter().find(|territory| !homes.insert((*territory).clone())) {
        Some(territory) => Err(Reason::HomeTwice { territory: territory.chars().take(64).collect() }),
        None => Ok(()),
    }
}

fn checked(
    list: Vec<Site>,
    mut homes: impl FnMut(&Site) -> Result<(), Reason>,
) -> Result<Vec<Site>, SiteError> {
    let mut names = HashSet::new();
    for (site, record) in list.iter().zip(1..) {
        let mut duplicate = || match names.insert(site.name.clone()) {
            true => Ok(()),
            false => Err(Reason::Duplicate { name: site.name.clone() }),
        };
        check(site).and_then(|()| duplicate()).and_then(|()| homes(site)).map_err(|reason| {
            SiteError::Record { record, name: site.name.chars().take(64).collect(), reason }
        })?;
    }
    Ok(list)
}

fn check(site: &Site) -> Result<(), Reason> {
    let &Site { latitude_deg, longitude_deg, .. } = site;
    if site.name.trim().is_empty() || site.name.len() > LONGEST_NAME {
        return Err(Reason::Name { bytes: site.name.len() });
    }
    if !(-90.0..=90.0).contains(&latitude_deg) || !(-180.0..=180.0).contains(&longitude_deg) {
        return Err(Reason::Position { latitude_deg, longitude_deg });
    }
    if latitude_deg == 0.0 && longitude_deg == 0.0 {
        return Err(Reason::NullIsland);
    }
    if !site.country.is_empty() && !is_alpha_2(&site.country) {
        return Err(Reason::Country { country: site.country.chars().take(64).collect() });
    }
    Ok(())
}

fn is_alpha_2(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn limit(records: usize) -> Result<(), SiteError> {
    if records > MOST_RECORDS { Err(SiteError::TooMany { records }) } else { Ok(()) }
}
