//! `disputed.toml`: what Natural Earth leaves open, decided in one readable file.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::assign::Leaf;
use super::geometry::{Point, Polygon};
use super::natural_earth::Feature;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Countries that some views do not recognise and no one claims the whole of.
    pub unrecognised: Vec<String>,
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
    /// The world-atlas country, of an area that no first-level feature shows.
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

    /// Natural Earth's point-of-view fields say which national views do not recognise a feature as what it is. Each such
    /// feature must be answered here: by a disputed area, by a claim on it or its country, or in `unrecognised`.
    pub fn check_views(&self, features: &[Feature], leaves: &[Leaf]) -> Result<()> {
        for (feature, leaf) in features.iter().zip(leaves) {
            let Some(country) = &leaf.country else { continue };
            let answered =
                self.claim.iter().any(|claim| claim.territory == leaf.id || claim.territory == *country)
                    || self
                        .area
                        .iter()
                        .flat_map(|area| &area.clip)
                        .any(|clip| clip.features.contains(&feature.code))
                    || self.unrecognised.contains(country);
            ensure!(
                feature.unrecognised_by.is_empty() || answered,
                "{} ({}) is not recognised by {}: add it to disputed.toml",
                feature.code,
                feature.name,
                feature.unrecognised_by.join(", ")
            );
        }
        Ok(())
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
