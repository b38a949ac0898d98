//! `cargo xtask world`: compiles Natural Earth and GeoNames into `crates/skyshed-ground/data/world.bin`.
//!
//! In order: [`sources`] fetches and checks the inputs; [`natural_earth`] and [`geonames`] read them; [`rules`] reads
//! `disputed.toml`; [`assign`] finds whose land each cell's centre is, and [`coast`] whose coastal waters; [`table`] makes the
//! territories; [`people`] spreads the people; [`colour`] patches the colours; [`manifest`] writes it down for people.
//! The same inputs give the same bytes.

mod assign;
mod coast;
mod colour;
mod geometry;
mod geonames;
mod manifest;
mod natural_earth;
mod people;
mod rules;
mod sources;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;
use skyshed_ground::places::PlaceRecord;
use skyshed_ground::territory::zone_sha256;
use skyshed_ground::world::{World, add_to_parents, encode};
use skyshed_ground::{CELL_COUNT, Cell, Territory, TerritoryIndex, TerritoryKind, cell_center};

use assign::{Land, Leaf};
use geometry::Point;
use geonames::{City, Country};
use rules::Rules;
use table::{DE_FACTO, HIGH_SEAS, coastal_id};

/// How to call it.
pub const USAGE: &str = "usage: cargo xtask world [--check] [--worldview NAME] [--sources DIR] [--out FILE]

  --check            compile again and compare with the file instead of writing it
  --worldview NAME   de-facto (default), or the ISO 3166-1 alpha-2 code of the country whose claims to follow
  --sources DIR      where the packages are or go (default target/world-sources)
  --out FILE         default crates/skyshed-ground/data/world.bin; its manifest WORLD.md goes beside it";

/// The rule that goes into the data set and the manifest.
const RULE: &str = "A cell belongs to the territory that holds its H3 resolution-5 centre, taken as geodetic WGS84 latitude and \
longitude, edges straight in longitude and latitude. Land is Natural Earth's first-level regions at 1:10 million, lakes \
included; disputed areas (disputed.toml) come before other regions, then Natural Earth's feature code decides an overlap; a \
centre that no region holds, but a country of world-atlas does and which lies more than 2 km from every region's edge, is that \
country's. A centre at sea within 22.224 km (12 nautical miles) of a land edge, by great circle, is coastal water of the \
country or disputed area nearest; the Caspian Sea counts as sea. Every other cell is high seas. A territory too small to hold \
a centre has no land cells. People: GeoNames cities of 500 and more in the cell that holds them, whatever its territory; where \
a country's cities exceed the country they are scaled down to it; the rest of the country is spread over its land cells that \
hold a place or lie next to one that does: a place of n people, at least 500, adds 2√n to the weight of its own cell and √n to \
that of each next to it; whole people, largest remainder first.";

/// Runs the command.
pub fn main(root: &Path, args: &[String]) -> Result<()> {
    let options = Options::read(root, args)?;
    let rules_path = root.join("crates/skyshed-ground/data/disputed.toml");
    let rules_text =
        fs::read_to_string(&rules_path).with_context(|| format!("reading {}", rules_path.display()))?;
    let compiled = compile(&sources::read(&options.sources)?, &rules_text, &options.worldview)?;
    let bytes = encode(&compiled.world);
    let text = manifest::write(&compiled, &bytes);
    let manifest = options.out.with_file_name("WORLD.md");
    if options.check {
        ensure!(
            fs::read(&options.out)? == bytes,
            "{} differs from what its sources give; run `cargo xtask world`",
            options.out.display()
        );
        ensure!(
            fs::read_to_string(&manifest)? == text,
            "{} is out of date; run `cargo xtask world`",
            manifest.display()
        );
        println!("{} is what its sources give", options.out.display());
        return Ok(());
    }
    fs::write(&options.out, &bytes)?;
    fs::write(&manifest, &text)?;
    println!("{text}");
    Ok(())
}

struct Options {
    check: bool,
    worldview: String,
    sources: PathBuf,
    out: PathBuf,
}

impl Options {
    fn read(root: &Path, args: &[String]) -> Result<Options> {
        let mut options = Options {
            check: false,
            worldview: DE_FACTO.to_owned(),
            sources: root.join("target/world-sources"),
            out: root.join("crates/skyshed-ground/data/world.bin"),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value\n{USAGE}"));
            match arg.as_str() {
                "--check" => options.check = true,
                "--worldview" => options.worldview = value()?.clone(),
                "--sources" => options.sources = value()?.into(),
                "--out" => options.out = value()?.into(),
                _ => bail!("given {arg}\n{USAGE}"),
            }
        }
        Ok(options)
    }
}

/// The data set and what is worth telling about it.
pub struct Compiled {
    pub world: World,
    pub people: people::People,
    /// Land cells that came from world-atlas.
    pub from_atlas: usize,
}

fn compile(sources: &sources::Sources, rules_text: &str, worldview: &str) -> Result<Compiled> {
    let rules = Rules::read(rules_text)?;
    let features = natural_earth::read_features(&sources.regions)?;
    let atlas = natural_earth::read_atlas(&sources.atlas)?;
    let countries = geonames::read_countries(&sources.countries)?;
    let cities = geonames::read_cities(&sources.cities)?;
    let leaves = assign::leaves(&features, &rules)?;
    rules.check_views(&features, &leaves)?;
    let land = Land::new(&features, &leaves, &atlas, &rules)?;
    let top = tops(&land, &leaves);
    let coast = land.coast();

    let centres: Vec<Point> = (0..CELL_COUNT as u32).into_par_iter().map(|cell| centre(Cell(cell))).collect();
    let mut ids: Vec<Option<String>> = land
        .locate(&centres)
        .into_iter()
        .map(|leaf| leaf.map(|leaf| land.leaves[leaf as usize].clone()))
        .collect();
    let from_atlas = fill_from_atlas(&mut ids, &centres, &atlas, &coast, &countries);
    let is_land: Vec<bool> = ids.iter().map(Option::is_some).collect();
    ids.par_iter_mut().zip(&centres).for_each(|(id, &centre)| {
        if id.is_none() {
            let near = coast.owner_near(centre, coast::TERRITORIAL_SEA_KM);
            *id = Some(near.map_or(HIGH_SEAS.to_owned(), |leaf| coastal_id(&top[leaf as usize])));
        }
    });
    let ids: Vec<String> = ids.into_iter().flatten().collect();

    let coastal: BTreeSet<String> =
        ids.iter().filter_map(|id| id.strip_suffix(".sea")).map(str::to_owned).collect();
    let coastal: Vec<String> = coastal.into_iter().collect();
    let mut territories = table::table(&leaves, &coastal, &rules, &countries, worldview)?;
    let index: HashMap<String, u16> =
        territories.iter().zip(0..).map(|(territory, i)| (territory.id.clone(), i)).collect();
    let territory: Vec<u16> = ids
        .iter()
        .map(|id| index.get(id).copied().with_context(|| format!("no territory {id}")))
        .collect::<Result<_>>()?;
    fill_counts_and_hashes(&mut territories, &territory);

    let people = spread_people(&cities, &countries, &territories, &territory, &is_land, &rules);
    let places = places(&cities, &countries, &land, &coast, &territories);
    let world = World {
        worldview: worldview.to_owned(),
        rule: RULE.to_owned(),
        sources: sources::listed(rules_text),
        territories,
        territory,
        people: people.cells.clone(),
        colour_patches: colour::patches(),
        places,
    };
    Ok(Compiled { world, people, from_atlas })
}

/// Longitude and latitude of a cell's centre, rounded to 10⁻⁷ degrees (1 cm) so that no machine's last bit decides.
fn centre(cell: Cell) -> Point {
    let (latitude, longitude) = cell_center(cell);
    [longitude, latitude].map(|degrees| (degrees * 1e7).round() / 1e7)
}

/// The country or disputed area above each leaf of the land.
fn tops(land: &Land, leaves: &[Leaf]) -> Vec<String> {
    let country: HashMap<&str, Option<&String>> =
        leaves.iter().map(|leaf| (leaf.id.as_str(), leaf.country.as_ref())).collect();
    let top = |id: &String| country.get(id.as_str()).copied().flatten().unwrap_or(id).clone();
    land.leaves.iter().map(top).collect()
}

/// The regions' outline and the countries' differ by the countries' rounding; only what lies well inside a gap is taken.
const GAP_KM: f64 = 2.0;

fn fill_from_atlas(
    ids: &mut [Option<String>],
    centres: &[Point],
    atlas: &[natural_earth::AtlasCountry],
    coast: &coast::Coast,
    countries: &BTreeMap<String, Country>,
) -> usize {
    let open: Vec<usize> = (0..ids.len()).filter(|&cell| ids[cell].is_none()).collect();
    let points: Vec<Point> = open.iter().map(|&cell| centres[cell]).collect();
    let mut filled = 0;
    for ((&cell, point), country) in open.iter().zip(&points).zip(assign::locate_in_atlas(atlas, &points)) {
        let Some(country) = country else { continue };
        let numeric = atlas[country as usize].iso_numeric;
        let code = countries.iter().find(|(_, known)| numeric.is_some() && known.iso_numeric == numeric);
        if let (Some((code, _)), None) = (code, coast.owner_near(*point, GAP_KM)) {
            ids[cell] = Some(code.clone());
            filled += 1;
        }
    }
    filled
}

fn fill_counts_and_hashes(territories: &mut [Territory], territory: &[u16]) {
    let mut own: Vec<Vec<u32>> = vec![Vec::new(); territories.len()];
    for (&leaf, cell) in territory.iter().zip(0..) {
        own[leaf as usize].push(cell);
    }
    let mut counts: Vec<u32> = own.iter().map(|cells| cells.len() as u32).collect();
    add_to_parents(territories, &mut counts);
    for child in (0..territories.len()).rev() {
        if let Some(TerritoryIndex(parent)) = territories[child].parent {
            let cells = own[child].clone();
            own[parent as usize].extend(cells);
        }
    }
    for (territory, (mut cells, count)) in territories.iter_mut().zip(own.into_iter().zip(counts)) {
        cells.sort_unstable();
        territory.cell_count = count;
        territory.cells_sha256 = zone_sha256(&cells.into_iter().map(Cell).collect::<Vec<_>>());
    }
}

fn spread_people(
    cities: &[City],
    countries: &BTreeMap<String, Country>,
    territories: &[Territory],
    territory: &[u16],
    is_land: &[bool],
    rules: &Rules,
) -> people::People {
    let codes: Vec<String> = countries.keys().cloned().collect();
    let code = |wanted: &str| codes.iter().position(|code| code == wanted).map(|i| i as u16);
    // GeoNames' country of each territory: as `disputed.toml` says, else the territory itself, else its parent.
    let given = |id: &str| {
        let people =
            rules.people.iter().find(|people| people.territories.iter().any(|territory| territory == id));
        let area = rules.area.iter().find(|area| area.id == id);
        people
            .map(|people| code(&people.geonames))
            .or(area.map(|area| area.people_of.as_deref().and_then(code)))
    };
    let mut of: Vec<Option<u16>> = Vec::new();
    for territory in territories {
        let parent = territory.parent.and_then(|parent| of[parent.0 as usize]);
        of.push(match territory.kind {
            TerritoryKind::Coastal | TerritoryKind::HighSeas => None,
            _ => given(&territory.id).unwrap_or_else(|| code(&territory.id).or(parent)),
        });
    }
    let country_of: Vec<Option<u16>> =
        territory.iter().zip(is_land).map(|(&leaf, &land)| of[leaf as usize].filter(|_| land)).collect();
    people::spread(cities, countries, &country_of, &codes)
}

fn places(
    cities: &[City],
    countries: &BTreeMap<String, Country>,
    land: &Land,
    coast: &coast::Coast,
    territories: &[Territory],
) -> Vec<PlaceRecord> {
    let index: HashMap<&str, u16> =
        territories.iter().zip(0..).map(|(territory, i)| (territory.id.as_str(), i)).collect();
    let named = geonames::named(cities, countries);
    let points: Vec<Point> = named.iter().map(|(city, _)| [city.longitude_deg, city.latitude_deg]).collect();
    let on_land = land.locate(&points);
    let found = |i: usize| on_land[i].or_else(|| coast.owner_near(points[i], coast::TERRITORIAL_SEA_KM));
    let is_country = |i: &u16| territories[*i as usize].kind == TerritoryKind::Country;
    named
        .iter()
        .enumerate()
        .map(|(i, &(city, capital))| {
            let region = found(i).and_then(|leaf| index.get(land.leaves[leaf as usize].as_str())).copied();
            // A town on a border, or a country as small as a town: GeoNames' country holds where it is one of ours and the
            // outline puts the point into another.
            let own = index.get(city.country.as_str()).copied().filter(is_country);
            let top =
                region.map(|region| territories[region as usize].parent.map_or(region, |parent| parent.0));
            let disputed =
                region.is_some_and(|region| territories[region as usize].kind == TerritoryKind::Disputed);
            let abroad = !disputed && own.is_some() && top != own && top.as_ref().is_none_or(is_country);
            let region = if abroad { own } else { region };
            PlaceRecord { region: region.map(TerritoryIndex), ..geonames::record(city, capital) }
        })
        .collect()
}
