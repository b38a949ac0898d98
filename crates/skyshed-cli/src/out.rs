//! `slot --out`: the table of cells as a file; the extension decides the format. A file appears whole or not at all.

mod arrow;
mod csv;
mod geojson;
mod parquet;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use skyshed::ground::{CELL_COUNT, Cell, TerritoryKind};
use skyshed::{Cause, CellColumns, Slot, World};

use crate::args::Cells;
use crate::files::Replacement;

/// Rows that are held at once, and the rows of a Parquet row group.
const ROWS_PER_CHUNK: u32 = 65_536;

/// A file to write, checked as far as its name goes.
pub struct Target {
    path: PathBuf,
    format: Format,
    cells: Cells,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Parquet,
    Arrow,
    Csv,
    GeoJson,
}

/// What was written.
pub struct Written {
    path: PathBuf,
    rows: u64,
    bytes: u64,
}

impl Target {
    /// The format follows from the extension.
    pub fn new(path: &Path, cells: Option<Cells>) -> Result<Target> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let format = match extension.to_ascii_lowercase().as_str() {
            "parquet" => Format::Parquet,
            "arrow" => Format::Arrow,
            "csv" => Format::Csv,
            "geojson" => Format::GeoJson,
            _ => bail!(
                "--out {}: the extension says the format; allowed: .parquet, .arrow, .csv, .geojson",
                path.display()
            ),
        };
        // Two million hexagons drawn out are a gigabyte: of those, only what is asked for.
        let cells = cells.unwrap_or(if format == Format::GeoJson { Cells::Inhabited } else { Cells::All });
        Ok(Target { path: path.to_owned(), format, cells })
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes beside the target, and puts the file in place when it is complete.
    pub fn write(self, world: &World, slot: &Slot) -> Result<Written> {
        let failed = || format!("cannot write {}; what was there is as it was", self.path.display());
        let file = Replacement::create(&self.path).with_context(failed)?;
        let mut chunks = Chunks { world, slot, cells: self.cells, next: 0 };
        let (file, rows) = match self.format {
            Format::Parquet => parquet::write(file, world, slot, &mut chunks),
            Format::Arrow => arrow::write(file, world, slot, &mut chunks),
            Format::Csv => csv::write(file, &mut chunks),
            Format::GeoJson => geojson::write(file, world, slot, &mut chunks),
        }
        .with_context(failed)?;
        file.commit().with_context(failed)?;
        let bytes = std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        Ok(Written { path: self.path, rows, bytes })
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrote {}: {} rows, {:.1} MB", self.path.display(), self.rows, self.bytes as f64 / 1e6)
    }
}

/// The table, some rows at a time. Chunks without rows are left out.
struct Chunks<'a> {
    world: &'a World,
    slot: &'a Slot,
    cells: Cells,
    next: u32,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = CellColumns<'a>;

    fn next(&mut self) -> Option<CellColumns<'a>> {
        let all = CELL_COUNT as u32;
        while self.next < all {
            let range = self.next..all.min(self.next + ROWS_PER_CHUNK);
            self.next = range.end;
            let columns = CellColumns::read(self.world, self.slot, range, |cell| self.keeps(cell));
            if !columns.is_empty() {
                return Some(columns);
            }
        }
        None
    }
}

impl Chunks<'_> {
    fn keeps(&self, cell: Cell) -> bool {
        let ground = &self.world.ground;
        match self.cells {
            Cells::All => true,
            Cells::Inhabited => ground.people[cell.0 as usize] > 0,
            Cells::Served => self.slot.plan.cause(cell) == Cause::Served,
            Cells::Land => {
                let kind = ground.territory_at(ground.territory_of(cell)).kind;
                !matches!(kind, TerritoryKind::Coastal | TerritoryKind::HighSeas)
            }
        }
    }
}

/// What a file says about itself: keys and values.
fn metadata(world: &World, slot: &Slot) -> Vec<(String, String)> {
    let hash: String = world.ground.dataset.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    [
        ("time", slot.plan.time.to_string()),
        ("length_s", slot.plan.length_s.to_string()),
        ("elements", world.provenance.elements.clone()),
        ("ground", world.provenance.ground.clone()),
        ("ground_sha256", hash),
        ("policy", world.activation.policy.clone()),
        ("attribution", "GeoNames, CC BY 4.0; Natural Earth".to_owned()),
    ]
    .map(|(key, value)| (format!("skyshed.{key}"), value))
    .into()
}
