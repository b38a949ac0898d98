//! The community's lists: each format as its makers write it.

use std::collections::HashSet;

use serde_json::Value;

use super::{Reason, Rejected, Site, SiteError, Sites, check, is_alpha_2, limit};

enum Kind {
    Gateway,
    Pop,
}

/// starlink-viz (`stations`), GeoJSON (`features`), or an array of points of presence.
pub(super) fn read_json(text: &str) -> Result<Sites, SiteError> {
    let list: Value = serde_json::from_str(text)?;
    let array = |value: &Value| value.as_array().cloned();
    if let Some(stations) = list.get("stations").and_then(array) {
        return collect(stations.iter().map(read_station));
    }
    if let Some(features) = list.get("features").and_then(array) {
        return collect(features.iter().map(read_feature));
    }
    match array(&list) {
        Some(pops) => collect(pops.iter().map(read_pop)),
        None => Err(SiteError::UnknownFormat),
    }
}

/// OneWeb's satellite network portals: `longitude,latitude` lines, with or without a heading, no names.
pub(super) fn read_csv(text: &str) -> Result<Sites, SiteError> {
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let is_heading = |line: &&str| line.bytes().any(|byte| byte.is_ascii_alphabetic());
    let rows = if lines.first().is_some_and(is_heading) { &lines[1..] } else { &lines[..] };
    if rows.is_empty() || !rows.iter().any(|row| read_row(row).is_ok()) {
        return Err(SiteError::UnknownFormat);
    }
    collect(rows.iter().map(|row| read_row(row)))
}

fn read_row(row: &str) -> Result<(Kind, Site), Reason> {
    let columns: Vec<Option<f64>> = row.split(',').map(|column| column.trim().parse().ok()).collect();
    let [Some(longitude_deg), Some(latitude_deg)] = columns[..] else {
        return Err(Reason::NoPosition);
    };
    let name = format!("{latitude_deg},{longitude_deg}");
    Ok((
        Kind::Gateway,
        Site {
            name,
            country: String::new(),
            latitude_deg,
            longitude_deg,
            approximate: false,
            home_of: Vec::new(),
        },
    ))
}

/// `{"name", "lat", "lon", "status", "type"}`.
fn read_station(station: &Value) -> Result<(Kind, Site), Reason> {
    match text(station, "status") {
        "operational" | "" => {}
        status => return Err(Reason::NotOperational { status: short(status) }),
    }
    let kind = match text(station, "type") {
        "gateway" => Kind::Gateway,
        "pop" => Kind::Pop,
        kind => return Err(Reason::Kind { kind: short(kind) }),
    };
    let (latitude_deg, longitude_deg) = position(station)?;
    let (name, country) = (text(station, "name").to_owned(), String::new());
    Ok((kind, Site { name, country, latitude_deg, longitude_deg, approximate: true, home_of: Vec::new() }))
}

/// starlink-geoip's `{"code", "city", "country", "lat", "lon", "show", "type"}` and OneWeb's `{"city", "country", "name", …}`.
fn read_pop(pop: &Value) -> Result<(Kind, Site), Reason> {
    if !pop.is_object() {
        return Err(Reason::Shape);
    }
    if pop.get("show").and_then(Value::as_bool) == Some(false) {
        return Err(Reason::Hidden);
    }
    let (latitude_deg, longitude_deg) = position(pop)?;
    let given = |key| Some(text(pop, key)).filter(|text| !text.is_empty());
    let name = match (given("city"), given("code")) {
        (Some(city), Some(code)) => format!("{city} ({code})"),
        (city, code) => given("name").or(city).or(code).unwrap_or_default().to_owned(),
    };
    // Some lists name the country, some give its code; a name is left to the coordinates.
    let country =
        Some(text(pop, "country")).filter(|country| is_alpha_2(country)).unwrap_or_default().to_owned();
    let kind = if text(pop, "type").contains("gateway") { Kind::Gateway } else { Kind::Pop };
    Ok((kind, Site { name, country, latitude_deg, longitude_deg, approximate: false, home_of: Vec::new() }))
}

/// A GeoJSON Feature whose geometry is a Point (RFC 7946: longitude first), with `name`, `country` and `type` properties.
fn read_feature(feature: &Value) -> Result<(Kind, Site), Reason> {
    let geometry = feature.get("geometry").ok_or(Reason::Shape)?;
    if text(geometry, "type") != "Point" {
        return Err(Reason::Kind { kind: short(text(geometry, "type")) });
    }
    let coordinate =
        |axis| geometry.get("coordinates").and_then(|point| point.get(axis)).and_then(Value::as_f64);
    let (longitude_deg, latitude_deg) = coordinate(0).zip(coordinate(1)).ok_or(Reason::NoPosition)?;
    let properties = feature.get("properties").unwrap_or(&Value::Null);
    let name = match text(properties, "name") {
        "" => format!("{latitude_deg},{longitude_deg}"),
        name => name.to_owned(),
    };
    let kind = match text(properties, "type") {
        "pop" => Kind::Pop,
        "gateway" | "" => Kind::Gateway,
        kind => return Err(Reason::Kind { kind: short(kind) }),
    };
    let country = Some(text(properties, "country"))
        .filter(|country| is_alpha_2(country))
        .unwrap_or_default()
        .to_owned();
    Ok((kind, Site { name, country, latitude_deg, longitude_deg, approximate: false, home_of: Vec::new() }))
}

/// Checks each record and sorts it in. Two sites of one name and place are one; of one name and two places, the later is
/// numbered.
fn collect(records: impl ExactSizeIterator<Item = Result<(Kind, Site), Reason>>) -> Result<Sites, SiteError> {
    limit(records.len())?;
    let mut sites = Sites::default();
    let mut seen = HashSet::new();
    let mut names = HashSet::new();
    for (read, record) in records.zip(1..) {
        let checked = read.and_then(|(kind, site)| {
            check(&site)?;
            let which = matches!(kind, Kind::Pop);
            let here = (which, site.name.clone(), site.latitude_deg.to_bits(), site.longitude_deg.to_bits());
            match seen.insert(here) {
                true => Ok((kind, which, site)),
                false => Err(Reason::Duplicate { name: site.name }),
            }
        });
        match checked {
            Err(reason) => sites.rejected.push(Rejected { record, reason }),
            Ok((kind, which, mut site)) => {
                let name = site.name.clone();
                let mut number = 2;
                while !names.insert((which, site.name.clone())) {
                    site.name = format!("{name} ({number})");
                    number += 1;
                }
                match kind {
                    Kind::Gateway => sites.gateways.push(site.into_gateway()),
                    Kind::Pop => sites.pops.push(site.into_pop()),
                }
            }
        }
    }
    Ok(sites)
}

fn position(record: &Value) -> Result<(f64, f64), Reason> {
    let coordinate = |key| record.get(key).and_then(Value::as_f64);
    coordinate("lat").zip(coordinate("lon").or(coordinate("lng"))).ok_or(Reason::NoPosition)
}

fn text<'a>(record: &'a Value, key: &str) -> &'a str {
    record.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}
