//! The ground in columns, as the planner reads it.

use sha2::{Digest, Sha256};

use crate::cells::{Cell, last_digits};
use crate::normals::{blocks_in_order, normal_of, normals};
use crate::places::{Place, PlaceError, Places};
use crate::sites::{Gateway, Pop, embedded_sites};
use crate::territory::{Territory, TerritoryError, TerritoryIndex, find_territory};
use crate::world::{Source, World, WorldError, add_to_parents, decode};

/// A run of consecutive cells with one resolution-3 parent, planned together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// First cell.
    pub first_cell: u32,
    /// Number of cells (49, or 41 where the parent is a pentagon).
    pub cell_count: u32,
    /// Unit vector to the block's centre (geodetic normal).
    pub normal: [f32; 3],
    /// Largest angle at the Earth's centre between the block's centre and one of its cell centres, radians.
    pub radius_rad: f32,
}

/// What the ground was compiled from, and by which rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    /// SHA-256 of the compiled file: names this exact ground.
    pub sha256: [u8; 32],
    /// Whose view of borders decides parents, such as `de-facto` or `UA`.
    pub worldview: String,
    /// How a cell gets its territory and its people, in words.
    pub rule: String,
    /// Input files with versions and hashes.
    pub sources: Vec<Source>,
}

/// Everything fixed about the Earth: cells in columns, territories, gateways, points of presence.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// Geodetic normal of each cell's centre, ITRF, unit vector.
    pub normal_x: Vec<f32>,
    /// See `normal_x`.
    pub normal_y: Vec<f32>,
    /// See `normal_x`.
    pub normal_z: Vec<f32>,
    /// The one (leaf) territory of each cell, an index into `territories`.
    pub territory: Vec<u16>,
    /// People living in each cell.
    pub people: Vec<u32>,
    /// Frequency-reuse colour of each cell, 0..8: the last H3 digit, patched so that no two adjacent cells share one.
    pub colour: Vec<u8>,
    /// Runs of cells that are planned together, in cell order, covering every cell once.
    pub blocks: Vec<Block>,
    /// Territories, parents before children.
    pub territories: Vec<Territory>,
    /// Ground stations.
    pub gateways: Vec<Gateway>,
    /// Points of presence.
    pub pops: Vec<Pop>,
    /// Cities by name.
    pub places: Places,
    /// Where it comes from.
    pub dataset: Dataset,
}

/// The data set that ships with the crate. `cargo xtask world` makes it, `cargo xtask world --check` compares it.
pub const WORLD: &[u8] = include_bytes!("../data/world.bin");

impl Ground {
    /// The ground that ships with the crate.
    pub fn embedded() -> Ground {
        Ground::from_bytes(WORLD).expect("the shipped file is tested")
    }

    /// A ground out of a compiled data set, with the gateways and points of presence that ship with the crate.
    pub fn from_bytes(file: &[u8]) -> Result<Ground, WorldError> {
        let world = decode(file)?;
        Ok(assemble(world, Sha256::digest(file).into()))
    }

    /// The same ground with other gateways and points of presence.
    pub fn with_sites(self, gateways: Vec<Gateway>, pops: Vec<Pop>) -> Ground {
        Ground { gateways, pops, ..self }
    }

    /// Finds a place by name (`Paris`, `Springfield, US-IL`), coordinates (`50.45,30.52`) or cell id.
    pub fn find_place(&self, query: &str) -> Result<Place, PlaceError> {
        self.places.find(self, query)
    }

    /// Places whose names begin so, however they are spelt (without accents, in any case): whole names first, then those
    /// with most people, at most `limit`. Empty where nothing is given.
    pub fn places_beginning_with(&self, beginning: &str, limit: usize) -> Vec<Place> {
        self.places.beginning_with(self, beginning, limit)
    }

    /// True where [`Ground::find_place`] answers at once. Where it is false, it looks for names that are spelt like the query,
    /// which takes milliseconds.
    pub fn knows_place(&self, query: &str) -> bool {
        self.places.knows(self, query)
    }

    /// Finds a territory by id, ISO 3166-1 alpha-3 code or English name.
    pub fn find_territory(&self, query: &str) -> Result<TerritoryIndex, TerritoryError> {
        find_territory(&self.territories, query)
    }

    /// The territory with an index.
    pub fn territory_at(&self, index: TerritoryIndex) -> &Territory {
        &self.territories[index.0 as usize]
    }

    /// The leaf territory of a cell.
    pub fn territory_of(&self, cell: Cell) -> TerritoryIndex {
        TerritoryIndex(self.territory[cell.0 as usize])
    }

    /// True where `inner` is `outer` or lies below it.
    pub fn is_within(&self, inner: TerritoryIndex, outer: TerritoryIndex) -> bool {
        self.lineage(inner).any(|territory| territory == outer)
    }

    /// A territory, its parent, and so on to the top.
    pub fn lineage(&self, territory: TerritoryIndex) -> impl Iterator<Item = TerritoryIndex> + '_ {
        std::iter::successors(Some(territory), |&child| self.territory_at(child).parent)
    }

    /// The exact cells of a territory, those of its children included, sorted by H3 index.
    pub fn cells_of(&self, territory: TerritoryIndex) -> Vec<Cell> {
        let within: Vec<bool> = (0..self.territories.len())
            .map(|leaf| self.is_within(TerritoryIndex(leaf as u16), territory))
            .collect();
        (0..self.territory.len() as u32)
            .map(Cell)
            .filter(|cell| within[self.territory[cell.0 as usize] as usize])
            .collect()
    }
}

fn assemble(world: World, sha256: [u8; 32]) -> Ground {
    let parents = blocks_in_order();
    let normals = normals(&parents);
    let blocks = parents
        .iter()
        .map(|&(parent, first, count)| block(normal_of(parent), first, &normals[first as usize..][..count]));
    let blocks: Vec<Block> = blocks.collect();
    let [normal_x, normal_y, normal_z] =
        [0, 1, 2].map(|axis| normals.iter().map(|normal| normal[axis]).collect());
    let colour = colours(&world.colour_patches);
    let territories = with_people(world.territories, &world.territory, &world.people);
    let sites = embedded_sites();
    Ground {
        normal_x,
        normal_y,
        normal_z,
        territory: world.territory,
        people: world.people,
        colour,
        blocks,
        territories,
        gateways: sites.gateways,
        pops: sites.pops,
        places: Places::new(world.places),
        dataset: Dataset { sha256, worldview: world.worldview, rule: world.rule, sources: world.sources },
    }
}

fn block(normal: [f32; 3], first_cell: u32, cells: &[[f32; 3]]) -> Block {
    let chord_squared = cells.iter().map(|&cell| square_distance(normal, cell)).fold(0.0, f64::max);
    // Rounded up, so that a test against the radius never loses a cell.
    let radius_rad = ((2.0 * libm::asin(libm::sqrt(chord_squared) / 2.0)) as f32).next_up();
    Block { first_cell, cell_count: cells.len() as u32, normal, radius_rad }
}

fn square_distance(a: [f32; 3], b: [f32; 3]) -> f64 {
    (0..3).map(|axis| f64::from(a[axis]) - f64::from(b[axis])).map(|step| step * step).sum()
}

fn colours(patches: &[(u32, u8)]) -> Vec<u8> {
    let mut colour = last_digits();
    for &(cell, patched) in patches {
        colour[cell as usize] = patched;
    }
    colour
}

fn with_people(mut territories: Vec<Territory>, territory: &[u16], people: &[u32]) -> Vec<Territory> {
    let mut sums = vec![0u64; territories.len()];
    for (&leaf, &people) in territory.iter().zip(people) {
        sums[leaf as usize] += u64::from(people);
    }
    add_to_parents(&territories, &mut sums);
    for (territory, people) in territories.iter_mut().zip(sums) {
        territory.people = people;
    }
    territories
}
