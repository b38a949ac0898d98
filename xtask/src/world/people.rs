//! People per cell: GeoNames cities where they are, the rest of each country spread over its land near places.

use std::collections::BTreeMap;

use skyshed_ground::{Cell, cell_at, within_rings};

use super::geonames::{City, Country};

/// Weight of a land cell for people without a city: by steps to the nearest cell with a place in it.
pub const WEIGHTS: [u64; 3] = [4, 2, 1];

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
    let steps = steps_to_places(cities, country_of.len());
    let mut land: Vec<Vec<(u32, u64)>> = vec![Vec::new(); codes.len()];
    for (cell, country) in (0u32..).zip(country_of) {
        if let Some(country) = country {
            let weight = WEIGHTS.get(steps[cell as usize] as usize).copied().unwrap_or(0);
            land[*country as usize].push((cell, weight));
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
    weights.extend(towns.keys().map(|&cell| (cell, WEIGHTS[0])));
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

/// Steps from each cell to the nearest cell with a place in it, counted up to the length of `WEIGHTS`.
fn steps_to_places(cities: &[City], cells: usize) -> Vec<u8> {
    let mut steps = vec![u8::MAX; cells];
    let mut with_place: Vec<Cell> = cities.iter().map(|city| city.cell).collect();
    with_place.sort_unstable();
    with_place.dedup();
    for ring in (0..WEIGHTS.len() as u8).rev() {
        for &cell in &with_place {
            for near in within_rings(cell, u32::from(ring)) {
                steps[near.0 as usize] = ring;
            }
        }
    }
    steps
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
