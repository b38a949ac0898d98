//! `route --plot`: round-trip time over time as a chart, SVG or PNG.

mod axes;
mod chart;
mod png;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::files;
pub use chart::Chart;
pub use png::bytes as png_of;
pub use skyshed_server::drawing::{scene, svg_of};

/// A file to draw, checked as far as its name goes.
pub struct Target {
    path: PathBuf,
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Svg,
    Png,
}

impl Target {
    /// The format follows from the extension.
    pub fn new(path: &Path) -> Result<Target> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let format = match extension.to_ascii_lowercase().as_str() {
            "svg" => Format::Svg,
            "png" => Format::Png,
            _ => bail!("--plot {}: the extension says the format; allowed: .svg, .png", path.display()),
        };
        Ok(Target { path: path.to_owned(), format })
    }

    /// Draws the chart; the file appears whole or not at all. Says what was written.
    pub fn write(self, chart: &Chart) -> Result<String> {
        let scene = chart.draw();
        let bytes = match self.format {
            Format::Svg => svg_of(&scene),
            Format::Png => png::bytes(&scene)?,
        };
        files::replace(&self.path, &bytes)?;
        Ok(format!("wrote {}: a chart, {:.1} MB", self.path.display(), bytes.len() as f64 / 1e6))
    }
}
