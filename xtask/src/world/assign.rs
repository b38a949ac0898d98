//! Which territory's land a point lies in.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, ensure};
use rayon::prelude::*;

use super::coast::Coast;
use super::geometry::{Banded, Point, Polygon, Squares};
use super::natural_earth::{AtlasCountry, Feature};
use super::rules::Rules;

/// Land: polygons, each with the leaf it belongs to, and the clips that cut some of them.
pub struct Land<'a> {
    pieces: Vec<Piece<'a>>,
    /// Ids of the leaves, sorted; pieces hold positions in it.
    pub leaves: Vec<String>,
    clips: Vec<(Polygon, u16)>,
}

struct Piece<'a> {
    leaf: u16,
    /// Positions in `clips` that cut this piece.
    clips: Vec<usize>,
    polygon: &'a Polygon,
}

/// Leaf id, name and country (none for a disputed area) of each feature, in the features' order.
pub struct Leaf {
    pub id: String,
    pub name: String,
    pub country: Option<String>,
}

/// Gives each feature its leaf.
pub fn leaves(features: &[Feature], rules: &Rules) -> Result<Vec<Leaf>> {
    let mut decided: HashMap<&str, Leaf> = HashMap::new();
    for area in &rules.area {
        for code in &area.features {
            let leaf = Leaf { id: area.id.clone(), name: area.name.clone(), country: None };
            ensure!(decided.insert(code, leaf).is_none(), "disputed.toml names {code} twice");
        }
    }
    for given in &rules.feature {
        for code in &given.features {
            let leaf =
                Leaf { id: given.id.clone(), name: given.name.clone(), country: Some(given.country.clone()) };
            ensure!(decided.insert(code, leaf).is_none(), "disputed.toml names {code} twice");
        }
    }
    let known: std::collections::HashSet<&str> =
        features.iter().map(|feature| feature.code.as_str()).collect();
    let clipped =
        rules.area.iter().flat_map(|area| &area.clip).flat_map(|clip| &clip.features).map(String::as_str);
    for code in decided.keys().copied().chain(clipped) {
        ensure!(known.contains(code), "disputed.toml names {code}, which Natural Earth does not have");
    }
    let regions = regions(features, &decided);
    features
        .iter()
        .map(|feature| match decided.remove(feature.code.as_str()) {
            Some(leaf) => Ok(leaf),
            None => region(feature, &regions),
        })
        .collect()
}

/// Features per region id, of those whose id Natural Earth decides.
fn regions<'a>(features: &'a [Feature], decided: &HashMap<&str, Leaf>) -> BTreeMap<String, Vec<&'a Feature>> {
    let mut regions: BTreeMap<String, Vec<&Feature>> = BTreeMap::new();
    for feature in features.iter().filter(|feature| !decided.contains_key(feature.code.as_str())) {
        regions.entry(region_id(feature)).or_default().push(feature);
    }
    regions
}

fn region_id(feature: &Feature) -> String {
    feature.iso_3166_2.trim_end_matches('~').to_owned()
}

/// A region of its country; the country itself where the feature has no name, a foreign code, or is all there is of it.
fn region(feature: &Feature, regions: &BTreeMap<String, Vec<&Feature>>) -> Result<Leaf> {
    let country = feature.iso_a2.clone();
    ensure!(is_alpha_2(&country), "{} has no country code: add it to disputed.toml", feature.code);
    let id = region_id(feature);
    let of_country =
        |id: &String| id.strip_prefix(country.as_str()).is_some_and(|rest| rest.starts_with('-'));
    let is_only = regions
        .iter()
        .filter(|(id, of)| of_country(id) && of.iter().any(|feature| !feature.name.is_empty()))
        .count()
        < 2;
    if feature.name.is_empty() || !of_country(&id) || is_only {
        return Ok(Leaf { id: country.clone(), name: String::new(), country: Some(country) });
    }
    let name = region_name(&regions[&id]);
    Ok(Leaf { id, name, country: Some(country) })
}

/// Several features share one code where Natural Earth is finer than ISO: their larger unit's name, or the largest one's.
fn region_name(features: &[&Feature]) -> String {
    let larger = &features[0].region;
    if features.len() > 1 && !larger.is_empty() && features.iter().all(|feature| feature.region == *larger) {
        return larger.clone();
    }
    let area = |feature: &Feature| feature.polygons.iter().map(Polygon::area).sum::<f64>();
    let largest = features.iter().max_by(|a, b| area(a).total_cmp(&area(b)).then(b.code.cmp(&a.code)));
    largest.map(|feature| feature.name.clone()).unwrap_or_default()
}

pub fn is_alpha_2(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl<'a> Land<'a> {
    /// Disputed areas first, then features by code, so that where two overlap the same one always wins.
    pub fn new(
        features: &'a [Feature],
        of: &[Leaf],
        atlas: &'a [AtlasCountry],
        rules: &Rules,
    ) -> Result<Land<'a>> {
        let mut ids: Vec<String> = of.iter().map(|leaf| leaf.id.clone()).collect();
        ids.extend(rules.area.iter().map(|area| area.id.clone()));
        ids.sort();
        ids.dedup();
        let position = |id: &str| ids.binary_search_by(|known| known.as_str().cmp(id)).map(|i| i as u16);
        let mut clips = Vec::new();
        let mut clips_of: HashMap<&str, Vec<usize>> = HashMap::new();
        for area in &rules.area {
            for clip in &area.clip {
                clip.features.iter().for_each(|code| clips_of.entry(code).or_default().push(clips.len()));
                clips.push((clip.closed(), position(&area.id).expect("listed above")));
            }
        }
        let mut pieces = Vec::new();
        for disputed in [true, false] {
            let chosen = features.iter().zip(of).filter(|(_, leaf)| leaf.country.is_none() == disputed);
            for (feature, leaf) in chosen {
                let leaf = position(&leaf.id).expect("listed above");
                let clips = clips_of.get(feature.code.as_str()).cloned().unwrap_or_default();
                pieces.extend(feature.polygons.iter().map(|polygon| Piece {
                    leaf,
                    clips: clips.clone(),
                    polygon,
                }));
            }
        }
        // Areas that only world-atlas has (a buffer zone, reefs): last, so that they fill gaps and move nothing.
        for area in rules.area.iter().filter(|area| area.features.is_empty() && area.clip.is_empty()) {
            for name in &area.atlas {
                let country = atlas.iter().find(|country| country.name == *name);
                let country = country.with_context(|| format!("world-atlas has no {name}"))?;
                let leaf = position(&area.id).expect("listed above");
                pieces.extend(country.polygons.iter().map(|polygon| Piece {
                    leaf,
                    clips: Vec::new(),
                    polygon,
                }));
            }
        }
        Ok(Land { pieces, leaves: ids, clips })
    }

    /// The leaf whose land holds each point; none at sea.
    pub fn locate(&self, points: &[Point]) -> Vec<Option<u16>> {
        let squares = Squares::new(points);
        let inside: Vec<Vec<u32>> =
            self.pieces.par_iter().map(|piece| within(piece.polygon, points, &squares)).collect();
        let mut leaf = vec![None; points.len()];
        for (piece, inside) in self.pieces.iter().zip(inside) {
            for i in inside {
                if leaf[i as usize].is_none() {
                    leaf[i as usize] = Some(self.leaf_at(piece, points[i as usize]));
                }
            }
        }
        leaf
    }

    /// Every edge of land, owned by the leaf that lies along its middle.
    pub fn coast(&self) -> Coast {
        Coast::new(self.pieces.iter().flat_map(|piece| {
            piece.polygon.edges().map(move |(a, b)| {
                let middle = [0, 1].map(|axis| (a[axis] + b[axis]) / 2.0);
                (a, b, self.leaf_at(piece, middle))
            })
        }))
    }

    fn leaf_at(&self, piece: &Piece, point: Point) -> u16 {
        let mut clips = piece.clips.iter().map(|&clip| &self.clips[clip]);
        clips.find(|(clip, _)| Banded::new(clip).contains(point)).map_or(piece.leaf, |&(_, leaf)| leaf)
    }
}

/// Points of the atlas countries' land, for what the regions leave open: the country's position in `atlas` for each point.
pub fn locate_in_atlas(atlas: &[AtlasCountry], points: &[Point]) -> Vec<Option<u16>> {
    let squares = Squares::new(points);
    let mut country = vec![None; points.len()];
    for (position, of) in atlas.iter().enumerate() {
        for polygon in &of.polygons {
            // A ring that crosses the antimeridian spans the whole map here; those are all covered by regions.
            if polygon.bounds[2] - polygon.bounds[0] > 180.0 {
                continue;
            }
            for i in within(polygon, points, &squares) {
                country[i as usize].get_or_insert(position as u16);
            }
        }
    }
    country
}

fn within(polygon: &Polygon, points: &[Point], squares: &Squares) -> Vec<u32> {
    let banded = Banded::new(polygon);
    squares.near(polygon.bounds).filter(|&i| banded.contains(points[i as usize])).collect()
}
