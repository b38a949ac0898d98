//! `disputed.toml`: what Natural Earth leaves open, decided in one readable file.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::geometry::{Banded, Point, Polygon};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub area: Vec<Area>,
    pub claim: Vec<Claim>,
    pub feature: Vec<Override>,
    pub people: Vec<People>,
}

/// A disputed area.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    pub id: String,
    pub name: String,
    pub iso_a3: Option<String>,
    pub claims: Vec<String>,
    #[serde(default)]
    pub features: Vec<String>,
    #[serde(default)]
    pub atlas: Vec<String>,
    #[serde(default)]
    pub clip: Vec<Clip>,
    pub people_of: Option<String>,
    /// For the reader of the file.
    #[serde(rename = "source")]
    pub _source: String,
}

/// The part of some features inside a polygon.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    pub features: Vec<String>,
    pub polygon: Vec<Point>,
}

/// Others' claims on a country or region.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    pub territory: String,
    pub by: Vec<String>,
    #[serde(rename = "source")]
    pub _source: String,
}

/// The country and id of features that have none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    pub features: Vec<String>,
    #[serde(default)]
    pub atlas: Vec<String>,
    pub country: String,
    pub id: String,
    pub name: String,
}

/// A GeoNames country that is not a country here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    pub geonames: String,
    pub territories: Vec<String>,
}

impl Rules {
    pub fn read(text: &str) -> Result<Rules> {
        toml::from_str(text).context("reading disputed.toml")
    }
}

impl Clip {
    /// The clip as a closed polygon.
    pub fn closed(&self) -> Polygon {
        let mut ring = self.polygon.clone();
        ring.extend(self.polygon.first().copied());
        Polygon::new(vec![ring])
    }
}

/// True where a point lies in a clip; built once per clip.
pub fn contains(clip: &Polygon, point: Point) -> bool {
    Banded::new(clip).contains(point)
}
