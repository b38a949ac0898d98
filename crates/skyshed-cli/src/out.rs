//! `slot --out` and `route --out`: tables as files; the extension decides the format. A file appears whole or not at all.

mod arrow;
mod cells;
mod csv;
mod geojson;
mod parquet;
mod route;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use arrow_array::ArrayRef;
use skyshed::{Column, Route, Slot, World};

use crate::args::Cells;
use crate::files::Replacement;

/// Rows that are held at once, and the rows of a Parquet row group.
const ROWS_PER_CHUNK: u32 = 32_768;

/// What writers take: columns, what the file says about itself, and rows, some at a time.
struct Table<'a> {
    columns: &'static [Column],
    metadata: Vec<(String, String)>,
    /// Values in the order of the columns.
    chunks: &'a mut dyn Iterator<Item = Vec<ArrayRef>>,
}

/// A file to write, checked as far as its name goes.
pub struct Target {
    path: PathBuf,
    format: Format,
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
    /// For the table of cells; the format follows from the extension.
    pub fn of_cells(path: &Path) -> Result<Target> {
        Target::new(path, &[Format::Parquet, Format::Arrow, Format::Csv, Format::GeoJson])
    }

    /// For the table of a route; the format follows from the extension.
    pub fn of_route(path: &Path) -> Result<Target> {
        Target::new(path, &[Format::Parquet, Format::Arrow, Format::Csv])
    }

    fn new(path: &Path, allowed: &[Format]) -> Result<Target> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let format = allowed.iter().find(|format| extension.eq_ignore_ascii_case(format.extension()));
        let Some(&format) = format else {
            let allowed: Vec<String> =
                allowed.iter().map(|format| format!(".{}", format.extension())).collect();
            bail!("--out {}: the extension says the format; allowed: {}", path.display(), allowed.join(", "));
        };
        Ok(Target { path: path.to_owned(), format })
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the table of a slot's cells. Without a choice all of them, and of the inhabited where each is a shape: two
    /// million hexagons drawn out are a gigabyte.
    pub fn write_cells(self, world: &World, slot: &Slot, which: Option<Cells>) -> Result<Written> {
        let shapes = self.format == Format::GeoJson;
        let which = which.unwrap_or(if shapes { Cells::Inhabited } else { Cells::All });
        let mut chunks = cells::Chunks::new(world, slot, which);
        self.write(move |file, format| {
            if format == Format::GeoJson {
                return geojson::write(file, cells::metadata(world, slot), &mut chunks);
            }
            let mut chunks = chunks.map(cells::arrays);
            let metadata = cells::metadata(world, slot);
            write(file, format, Table { columns: &skyshed::CELL_COLUMNS, metadata, chunks: &mut chunks })
        })
    }

    /// Writes the table of a route's instants.
    pub fn write_route(self, route: &Route) -> Result<Written> {
        let mut chunks = route::chunks(route);
        let metadata = route::metadata(route);
        let table = Table { columns: &skyshed::ROUTE_COLUMNS, metadata, chunks: &mut chunks };
        self.write(move |file, format| write(file, format, table))
    }

    /// Writes beside the target, and puts the file in place when it is complete.
    fn write(self, fill: impl FnOnce(Replacement, Format) -> Result<(Replacement, u64)>) -> Result<Written> {
        let failed = || format!("cannot write {}; what was there is as it was", self.path.display());
        let file = Replacement::create(&self.path).with_context(failed)?;
        let (file, rows) = fill(file, self.format).with_context(failed)?;
        file.commit().with_context(failed)?;
        let bytes = std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        Ok(Written { path: self.path, rows, bytes })
    }
}

fn write(file: Replacement, format: Format, table: Table<'_>) -> Result<(Replacement, u64)> {
    match format {
        Format::Parquet => parquet::write(file, table),
        Format::Arrow => arrow::write(file, table),
        Format::Csv => csv::write(file, table),
        Format::GeoJson => unreachable!("no rows but cells have a shape"),
    }
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::Csv => "csv",
            Format::GeoJson => "geojson",
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrote {}: {} rows, {:.1} MB", self.path.display(), self.rows, self.bytes as f64 / 1e6)
    }
}
