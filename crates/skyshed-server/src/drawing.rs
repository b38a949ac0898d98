//! Pictures as shapes, and shapes as SVG: the map of a preview, over HTTP and in files alike. PNG is the command line's business.

pub mod letters;
mod map;
mod outline;
pub mod scene;
mod svg;

pub use letters::text_width;
pub use map::draw as preview_map;

/// A scene as an SVG file.
pub fn svg_of(scene: &scene::Scene) -> Vec<u8> {
    svg::text(scene).into_bytes()
}
