//! Places: a city's name, coordinates or a cell id, to the cell they mean. Works offline on the shipped cities
//! (GeoNames, CC BY 4.0).

use std::sync::OnceLock;

use thiserror::Error;

use crate::cells::{Cell, CellError, cell_at, cell_center};
use crate::fold::{distance, fold};
use crate::ground::Ground;
use crate::territory::TerritoryIndex;

/// A bare name is taken where one place has this many times the people of every other by that name.
pub const DOMINANCE: u64 = 20;
/// Most candidates an error lists.
pub const MOST_CANDIDATES: usize = 10;
/// Longest query that is read, bytes.
pub const LONGEST_QUERY: usize = 256;

/// A city as shipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceRecord {
    /// GeoNames name.
    pub name: String,
    /// Other names in Latin letters (Cologne for Köln), for large cities.
    pub alternates: Vec<String>,
    /// GeoNames country code: ISO 3166-1 alpha-2.
    pub country: [u8; 2],
    /// The first-level region or country whose polygon holds the point, where one does.
    pub region: Option<TerritoryIndex>,
    /// True for a country's capital.
    pub capital: bool,
    /// People, as GeoNames has them.
    pub people: u32,
    /// Geodetic latitude, 10⁻⁴ degrees, WGS84.
    pub latitude_e4: i32,
    /// Longitude, 10⁻⁴ degrees east, WGS84.
    pub longitude_e4: i32,
}

/// The shipped cities and the index over their names, which is built at the first look-up.
#[derive(Clone, Debug, Default)]
pub struct Places {
    records: Vec<PlaceRecord>,
    names: OnceLock<Vec<Name>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    folded: Box<str>,
    record: u32,
    main: bool,
}

/// A place on Earth.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// City and region, or the query where it was coordinates or a cell id.
    pub label: String,
    /// The cell that holds it.
    pub cell: Cell,
    /// Geodetic latitude, degrees, WGS84 (of the cell's centre where a cell id was asked for).
    pub latitude_deg: f64,
    /// Longitude, degrees east, WGS84.
    pub longitude_deg: f64,
    /// The leaf territory of the cell, which is what decides about service.
    pub territory: TerritoryIndex,
    /// People of the city, where a city was asked for.
    pub people: Option<u32>,
}

/// Why no place was found.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// Coordinates or a cell id that are none.
    #[error(transparent)]
    Cell(#[from] CellError),
    /// Nothing given, or too much.
    #[error(
        "a place of {bytes} bytes; allowed: 1 to {LONGEST_QUERY}; give a city, `latitude,longitude` or a cell id"
    )]
    Length {
        /// As given.
        bytes: usize,
    },
    /// No city by that name.
    #[error(
        "no city `{query}` among those shipped; allowed: a city of 5,000 people or more, `latitude,longitude`, or a cell id; closest names: {}",
        closest.join("; ")
    )]
    Unknown {
        /// As given.
        query: String,
        /// Names nearest in spelling, as queries to type.
        closest: Vec<String>,
    },
    /// Several, and none of them much larger than the others.
    #[error("`{query}` could be {count} places; type one of: {}", candidates.join("; "))]
    Ambiguous {
        /// As given.
        query: String,
        /// How many there are.
        count: usize,
        /// The largest of them, as queries to type.
        candidates: Vec<String>,
    },
}

impl Places {
    /// An index over cities.
    pub fn new(records: Vec<PlaceRecord>) -> Places {
        Places { records, names: OnceLock::new() }
    }

    /// The cities, in the order of the data set.
    pub fn records(&self) -> &[PlaceRecord] {
        &self.records
    }

    pub(crate) fn find(&self, ground: &Ground, query: &str) -> Result<Place, PlaceError> {
        let query = query.trim();
        if query.is_empty() || query.len() > LONGEST_QUERY {
            return Err(PlaceError::Length { bytes: query.len() });
        }
        if let Some((latitude_deg, longitude_deg)) = coordinates(query) {
            return located(ground, query.to_owned(), latitude_deg, longitude_deg, None);
        }
        if query.len() == 15 && query.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let cell: Cell = query.parse()?;
            let (latitude_deg, longitude_deg) = cell_center(cell);
            let territory = ground.territory_of(cell);
            return Ok(Place {
                label: query.to_owned(),
                cell,
                latitude_deg,
                longitude_deg,
                territory,
                people: None,
            });
        }
        let record = self.find_city(ground, query)?;
        let (latitude_deg, longitude_deg) = position(record);
        located(ground, label(ground, record), latitude_deg, longitude_deg, Some(record.people))
    }

    fn find_city(&self, ground: &Ground, query: &str) -> Result<&PlaceRecord, PlaceError> {
        let mut parts = query.split(',').map(str::trim);
        let name = fold(parts.next().unwrap_or_default());
        let qualifiers: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let mut found: Vec<(&PlaceRecord, bool)> = self
            .by_name(&name)
            .map(|name| (&self.records[name.record as usize], name.main))
            .filter(|(record, _)| qualifiers.iter().all(|qualifier| qualifies(ground, record, qualifier)))
            .collect();
        found.sort_by_key(|(record, _)| std::cmp::Reverse(record.people));
        match found.as_slice() {
            [] => Err(PlaceError::Unknown { query: query.to_owned(), closest: self.closest(ground, &name) }),
            [(best, best_is_main), others @ ..] => {
                let dominates =
                    |other: &PlaceRecord| u64::from(best.people) >= DOMINANCE * u64::from(other.people);
                // A city's own name outranks another city's alternate name (Santiago).
                let rivals_by_main_name = others.iter().filter(|(_, main)| *main);
                if others.iter().all(|(other, _)| dominates(other))
                    || (*best_is_main && rivals_by_main_name.into_iter().all(|(other, _)| dominates(other)))
                {
                    return Ok(best);
                }
                let all: Vec<&PlaceRecord> = found.iter().map(|(record, _)| *record).collect();
                Err(PlaceError::Ambiguous {
                    query: query.to_owned(),
                    count: all.len(),
                    candidates: candidates(ground, &all),
                })
            }
        }
    }

    pub(crate) fn beginning_with(&self, ground: &Ground, beginning: &str, limit: usize) -> Vec<Place> {
        let folded = fold(beginning);
        if folded.is_empty() || beginning.len() > LONGEST_QUERY {
            return Vec::new();
        }
        let names = self.names();
        let start = names.partition_point(|name| *name.folded < *folded);
        let found = names[start..].iter().take_while(|name| name.folded.starts_with(&*folded));
        // Whole names first, then the places with most people.
        let mut found: Vec<(bool, u32, u32)> = found
            .map(|name| {
                let people = self.records[name.record as usize].people;
                (*name.folded != *folded, u32::MAX - people, name.record)
            })
            .collect();
        found.sort_unstable();
        let mut seen = std::collections::HashSet::new();
        let records = found.into_iter().map(|(.., record)| record).filter(|&record| seen.insert(record));
        let place = |record: u32| {
            let record = &self.records[record as usize];
            let (latitude_deg, longitude_deg) = position(record);
            located(ground, label(ground, record), latitude_deg, longitude_deg, Some(record.people)).ok()
        };
        records.take(limit).filter_map(place).collect()
    }

    /// True where a query is found, or refused, without a look for what is spelt like it.
    pub(crate) fn knows(&self, ground: &Ground, query: &str) -> bool {
        let query = query.trim();
        let cell = query.len() == 15 && query.bytes().all(|byte| byte.is_ascii_hexdigit());
        if cell || query.len() > LONGEST_QUERY || coordinates(query).is_some() {
            return true;
        }
        let mut parts = query.split(',').map(str::trim);
        let name = fold(parts.next().unwrap_or_default());
        let qualifiers: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        self.by_name(&name).any(|name| {
            let record = &self.records[name.record as usize];
            qualifiers.iter().all(|qualifier| qualifies(ground, record, qualifier))
        })
    }

    fn names(&self) -> &[Name] {
        self.names.get_or_init(|| {
            let mut names: Vec<Name> = (0u32..)
                .zip(&self.records)
                .flat_map(|(record, place)| {
                    let main = [(&place.name, true)].into_iter();
                    main.chain(place.alternates.iter().map(|name| (name, false)))
                        .map(move |(name, main)| Name { folded: fold(name).into(), record, main })
                })
                .collect();
            names.sort_unstable();
            // A place is found once by each spelling: as its main name where that is one of them.
            names.dedup_by(|later, kept| {
                let same = later.folded == kept.folded && later.record == kept.record;
                kept.main |= same && later.main;
                same
            });
            names
        })
    }

    fn by_name(&self, folded: &str) -> impl Iterator<Item = &Name> {
        let names = self.names();
        let start = names.partition_point(|name| *name.folded < *folded);
        names[start..].iter().take_while(move |name| *name.folded == *folded)
    }

    fn closest(&self, ground: &Ground, folded: &str) -> Vec<String> {
        let length = folded.chars().count();
        let mut near: Vec<(usize, u32, u32)> = self
            .names()
            .iter()
            .filter(|name| name.folded.len().abs_diff(length) <= 3)
            .map(|name| {
                (
                    distance(folded, &name.folded),
                    u32::MAX - self.records[name.record as usize].people,
                    name.record,
                )
            })
            .filter(|&(edits, ..)| edits <= 3)
            .collect();
        near.sort_unstable();
        near.truncate(3);
        let records: Vec<&PlaceRecord> =
            near.iter().map(|&(.., record)| &self.records[record as usize]).collect();
        candidates(ground, &records)
    }
}

fn coordinates(query: &str) -> Option<(f64, f64)> {
    // A candidate list offers `39.8,-89.6 (Springfield, US-IL)`: the words are for the reader.
    let (latitude, longitude) = query.split(" (").next()?.split_once(',')?;
    // Two numbers are coordinates, `inf` and `nan` too, which are then refused. (Nan is a town: `Nan, TH` finds it.)
    let number = |text: &str| text.trim().parse::<f64>().ok();
    Some((number(latitude)?, number(longitude)?))
}

fn located(
    ground: &Ground,
    label: String,
    latitude_deg: f64,
    longitude_deg: f64,
    people: Option<u32>,
) -> Result<Place, PlaceError> {
    let cell = cell_at(latitude_deg, longitude_deg)?;
    let territory = ground.territory_of(cell);
    Ok(Place { label, cell, latitude_deg, longitude_deg, territory, people })
}

fn position(record: &PlaceRecord) -> (f64, f64) {
    (f64::from(record.latitude_e4) / 1e4, f64::from(record.longitude_e4) / 1e4)
}

/// True where a qualifier is the place's country or region: its id, its alpha-3 code, its name, or the region's part of its
/// id (`IL` for US-IL).
fn qualifies(ground: &Ground, record: &PlaceRecord, qualifier: &str) -> bool {
    let country = std::str::from_utf8(&record.country).unwrap_or_default();
    let folded = fold(qualifier);
    country.eq_ignore_ascii_case(qualifier)
        || record.region.into_iter().flat_map(|region| ground.lineage(region)).any(|index| {
            let territory = ground.territory_at(index);
            territory.id.eq_ignore_ascii_case(qualifier)
                || territory.id.split_once('-').is_some_and(|(_, part)| part.eq_ignore_ascii_case(qualifier))
                || territory.iso_a3.as_ref().is_some_and(|a3| a3.eq_ignore_ascii_case(qualifier))
                || fold(&territory.name) == folded
        })
}

/// `Springfield, US-IL`, or with the country where no region holds the point.
fn label(ground: &Ground, record: &PlaceRecord) -> String {
    let country = std::str::from_utf8(&record.country).unwrap_or_default();
    let region = record.region.map(|region| ground.territory_at(region).id.as_str());
    format!("{}, {}", record.name, region.unwrap_or(country))
}

/// The exact text to type for each record: its label, or its coordinates where two labels are the same.
fn candidates(ground: &Ground, records: &[&PlaceRecord]) -> Vec<String> {
    let labels: Vec<String> = records.iter().map(|record| label(ground, record)).collect();
    let texts = records.iter().zip(&labels).map(|(record, label)| {
        let unique = labels.iter().filter(|other| *other == label).count() == 1;
        let (latitude, longitude) = position(record);
        if unique { label.clone() } else { format!("{latitude},{longitude} ({label})") }
    });
    texts.take(MOST_CANDIDATES).collect()
}

/// A name as it is compared: lower case, without accents and punctuation.
pub fn comparable(name: &str) -> String {
    fold(name)
}
