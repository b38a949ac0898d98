//! People per cell: GeoNames cities where they are, the rest of each country spread over its land near places.

use std::collections::BTreeMap;

use skyshed_ground::{Cell, cell_at, within_rings};

use super::geonames::{City, Country};

/// What a place of n people adds to the weight of a cell for people without a city, in units of √n: in the place's own cell,
/// and one step away. Rural people are many where towns are many and large, but not in proportion to the towns.
pub const WEIGHTS: [u64; 2] = [2, 1];
/// A place counts as at least this many people: GeoNames lists places of 500 and more, and many without a number.
const LEAST_PLACE: u64 = 500;

/// People per cell and what could not be placed.
pub struct People {
    pub cells: Vec<u32>,
    /// Countries with people but neither land cells nor places: code and people.
    pub unplaced: Vec<(String, u64)>,
    /// Countries whose cities exceed the country, which are scaled down: code, cities, country.
    pub scaled: Vec<(String, u64, u64)>,
}

/// `country_of[cell]` is the GeoNames country whose land the cell is, if any.
pub fn spread(
    cities: &[City],
    countries: &BTreeMap<String, Country>,
    country_of: &[Option<u16>],
    codes: &[String],
) -> People {
    let near_places = weights(cities, country_of.len());
    let mut land: Vec<Vec<(u32, u64)>> = vec![Vec::new(); codes.len()];
    for (cell, country) in (0u32..).zip(country_of) {
        if let Some(country) = country {
            land[*country as usize].push((cell, near_places[cell as usize]));
        }
    }
    let mut people = People { cells: vec![0; country_of.len()], unplaced: Vec::new(), scaled: Vec::new() };
    for (code, country) in countries.iter().filter(|(_, country)| country.people > 0) {
        let land =
            codes.iter().position(|known| known == code).map(|i| land[i].as_slice()).unwrap_or_default();
        spread_country(code, country.people, cities, land, &mut people);
    }
    people
}

fn spread_country(code: &str, total: u64, cities: &[City], land: &[(u32, u64)], people: &mut People) {
    let mut towns: BTreeMap<u32, u64> = BTreeMap::new();
    for city in cities.iter().filter(|city| city.country == code) {
        *towns.entry(city.cell.0).or_default() += city.people;
    }
    let in_towns: u64 = towns.values().sum();
    if in_towns >= total {
        if in_towns > total {
            people.scaled.push((code.to_owned(), in_towns, total));
        }
        let towns: Vec<(u32, u64)> = towns.into_iter().collect();
        return add(&apportion(total, &towns), people);
    }
    let towns_as_they_are: Vec<(u32, u64)> = towns.iter().map(|(&cell, &people)| (cell, people)).collect();
    add(&towns_as_they_are, people);
    // Towns of islands smaller than a cell stand in cells that are sea: they take their part of the rest as well.
    let mut weights: BTreeMap<u32, u64> = land.iter().copied().filter(|&(_, weight)| weight > 0).collect();
    for city in cities.iter().filter(|city| city.country == code) {
        weights.entry(city.cell.0).or_insert(WEIGHTS[0] * city.people.max(LEAST_PLACE).isqrt());
    }
    if weights.is_empty() {
        weights = land.iter().map(|&(cell, _)| (cell, 1)).collect();
    }
    if weights.is_empty() {
        return people.unplaced.push((code.to_owned(), total - in_towns));
    }
    let weights: Vec<(u32, u64)> = weights.into_iter().collect();
    add(&apportion(total - in_towns, &weights), people);
}

fn add(parts: &[(u32, u64)], people: &mut People) {
    for &(cell, part) in parts {
        people.cells[cell as usize] += part as u32;
    }
}

/// Divides a whole in proportion to weights: each part rounded down, the units left over to the largest remainders (Hamilton),
/// the lower cell first where two are equal.
fn apportion(whole: u64, weights: &[(u32, u64)]) -> Vec<(u32, u64)> {
    let sum: u128 = weights.iter().map(|&(_, weight)| u128::from(weight)).sum();
    let exact = |weight: u64| u128::from(whole) * u128::from(weight);
    let mut parts: Vec<(u32, u64)> =
        weights.iter().map(|&(cell, weight)| (cell, (exact(weight) / sum) as u64)).collect();
    let left = whole - parts.iter().map(|&(_, part)| part).sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(exact(weights[i].1) % sum), weights[i].0));
    for &i in order.iter().take(left as usize) {
        parts[i].1 += 1;
    }
    parts
}

/// The weight of each cell: what the places in it and around it add.
fn weights(cities: &[City], cells: usize) -> Vec<u64> {
    let mut weights = vec![0; cells];
    for city in cities {
        let root = city.people.max(LEAST_PLACE).isqrt();
        for near in within_rings(city.cell, WEIGHTS.len() as u32 - 1) {
            let steps = usize::from(near != city.cell);
            weights[near.0 as usize] += WEIGHTS[steps] * root;
        }
    }
    weights
}

/// The cell of a GeoNames position.
pub fn cell_of(latitude_deg: f64, longitude_deg: f64) -> Cell {
    cell_at(latitude_deg, longitude_deg).expect("GeoNames positions are on the Earth")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_the_larger_remainder_is_served_first() {
        assert_eq!(apportion(10, &[(0, 1), (1, 1), (2, 1)]), [(0, 4), (1, 3), (2, 3)]);
        assert_eq!(apportion(1, &[(5, 1), (9, 3)]), [(5, 0), (9, 1)]);
        assert_eq!(
            apportion(u64::from(u32::MAX), &[(0, u64::MAX / 2), (1, u64::MAX / 2)])
                .iter()
                .map(|p| p.1)
                .sum::<u64>(),
            u64::from(u32::MAX)
        );
    }
}
