//! The slot as a table: one row per cell, in columns, a range of cells at a time.
//!
//! Writers (Arrow, Parquet, CSV, GeoJSON) live at the edges; [`CELL_COLUMNS`] says what each column is.

use std::ops::Range;

use skyshed_ground::{Cell, cell_center};
use skyshed_plan::{Cause, NO_SATELLITE, landing_of};

use crate::rounded;
use crate::world::{Slot, World};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// True or false.
    Bool,
    /// Unsigned integer of 8 bits.
    U8,
    /// Unsigned integer of 32 bits.
    U32,
    /// Unsigned integer of 64 bits.
    U64,
    /// Floating-point number of 32 bits.
    F32,
    /// Floating-point number of 64 bits.
    F64,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, with the unit.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// True where it may be null: in rows without service.
    pub nullable: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// The columns of the table of cells, in order.
pub const CELL_COLUMNS: [Column; 16] = [
    column("cell", ColumnKind::Text, false, "H3 index at resolution 5, hexadecimal"),
    column("latitude_deg", ColumnKind::F64, false, "geodetic latitude of the cell's centre, WGS84"),
    column("longitude_deg", ColumnKind::F64, false, "longitude of the cell's centre, degrees east, WGS84"),
    column("territory", ColumnKind::Text, false, "id of the one territory that holds the cell"),
    column("people", ColumnKind::U32, false, "people living in the cell"),
    column("served", ColumnKind::Bool, false, "there is service"),
    column("cause", ColumnKind::Text, false, "`served`, or why not: one word of the closed list"),
    column("satellite", ColumnKind::U64, true, "catalogue number of the serving satellite"),
    column("satellite_name", ColumnKind::Text, true, "its object name"),
    column("elevation_deg", ColumnKind::F32, true, "its elevation above the cell's horizon"),
    column("colour", ColumnKind::U8, true, "frequency-reuse colour of the beam"),
    column("beam_share", ColumnKind::F32, true, "share of the beam's time that the cell gets, 0 to 1"),
    column("gateway", ColumnKind::Text, true, "gateway where the satellite lands"),
    column("pop", ColumnKind::Text, true, "point of presence behind the gateway"),
    column("rtt_ms", ColumnKind::F32, true, "round-trip time to the point of presence"),
    column("rate_mbps", ColumnKind::F32, true, "rate of one busy terminal, clear sky"),
];

/// A range of rows of the table of cells, in columns; the fields are [`CELL_COLUMNS`], in order.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct CellColumns<'a> {
    pub cell: Vec<Cell>,
    pub latitude_deg: Vec<f64>,
    pub longitude_deg: Vec<f64>,
    pub territory: Vec<&'a str>,
    pub people: Vec<u32>,
    pub served: Vec<bool>,
    pub cause: Vec<&'static str>,
    pub satellite: Vec<Option<u64>>,
    pub satellite_name: Vec<Option<&'a str>>,
    pub elevation_deg: Vec<Option<f32>>,
    pub colour: Vec<Option<u8>>,
    pub beam_share: Vec<Option<f32>>,
    pub gateway: Vec<Option<&'a str>>,
    pub pop: Vec<Option<&'a str>>,
    pub rtt_ms: Vec<Option<f32>>,
    pub rate_mbps: Vec<Option<f32>>,
}

impl<'a> CellColumns<'a> {
    /// The rows of the cells in a range of positions for which `keep` holds, in cell order.
    ///
    /// # Panics
    /// Where the range leaves `0..`[`CELL_COUNT`](skyshed_ground::CELL_COUNT).
    pub fn read(
        world: &'a World,
        slot: &'a Slot,
        cells: Range<u32>,
        keep: impl Fn(Cell) -> bool,
    ) -> CellColumns<'a> {
        let mut columns = CellColumns::default();
        cells.map(Cell).filter(|&cell| keep(cell)).for_each(|cell| columns.push(world, slot, cell));
        columns
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.cell.len()
    }

    /// True where there is no row.
    pub fn is_empty(&self) -> bool {
        self.cell.is_empty()
    }

    fn push(&mut self, world: &'a World, slot: &'a Slot, cell: Cell) {
        let (ground, plan) = (&world.ground, &slot.plan);
        let row = cell.0 as usize;
        let (latitude_deg, longitude_deg) = cell_center(cell);
        let served = plan.cause[row] == Cause::Served;
        let satellite = served.then_some(plan.satellite[row]).filter(|&satellite| satellite != NO_SATELLITE);
        let named = satellite.map(|satellite| &plan.satellites[satellite as usize]);
        let landing = landing_of(plan, world.inputs(), world.prepared(), cell);
        self.cell.push(cell);
        self.latitude_deg.push(rounded(latitude_deg, 6));
        self.longitude_deg.push(rounded(longitude_deg, 6));
        self.territory.push(&ground.territory_at(ground.territory_of(cell)).id);
        self.people.push(ground.people[row]);
        self.served.push(served);
        self.cause.push(plan.cause[row].name());
        self.satellite.push(named.map(|satellite| satellite.catalog_number));
        self.satellite_name.push(named.map(|satellite| satellite.name.as_str()));
        self.elevation_deg.push(served.then(|| f32::from(plan.elevation_cdeg[row]) / 100.0));
        self.colour.push(served.then(|| ground.colour[row]));
        self.beam_share.push(served.then(|| f32::from(plan.share[row]) / f32::from(plan.share_parts)));
        self.gateway.push(landing.map(|landing| ground.gateways[usize::from(landing.gateway)].name.as_str()));
        self.pop.push(landing.map(|landing| ground.pops[usize::from(landing.pop)].name.as_str()));
        self.rtt_ms.push(served.then(|| plan.rtt_us[row] as f32 / 1e3));
        self.rate_mbps.push(served.then(|| plan.rate_kbps[row] as f32 / 1e3));
    }
}

pub(crate) const fn column(
    name: &'static str,
    kind: ColumnKind,
    nullable: bool,
    meaning: &'static str,
) -> Column {
    Column { name, kind, nullable, meaning }
}
