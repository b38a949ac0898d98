//! A scene as PNG, at twice its size: letters are drawn as outlines of the font that ships with the binary.

use anyhow::{Result, anyhow};
use skyshed_server::drawing::letters::{face, text_width};
use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke as Pen, StrokeDash, Transform,
};
use ttf_parser::OutlineBuilder;

use super::scene::{Anchor, Colour, Scene, Shape, Stroke, Text};

/// Pixels of the picture per pixel of the scene.
const SCALE: f32 = 2.0;

/// The file.
pub fn bytes(scene: &Scene) -> Result<Vec<u8>> {
    let (width, height) = ((scene.size.0 * SCALE) as u32, (scene.size.1 * SCALE) as u32);
    let mut pixels =
        Pixmap::new(width, height).ok_or_else(|| anyhow!("a chart of {width} x {height} pixels"))?;
    pixels.fill(Color::WHITE);
    for shape in &scene.shapes {
        match shape {
            Shape::Line { points, stroke } => line(&mut pixels, points, *stroke),
            Shape::Rectangle { x, y, width, height, colour } => {
                if let Some(area) = Rect::from_xywh(*x, *y, *width, *height) {
                    pixels.fill_rect(area, &paint(*colour), Transform::from_scale(SCALE, SCALE), None);
                }
            }
            Shape::Area { rings, colour } => area(&mut pixels, rings, *colour),
            Shape::Text(text) => write_text(&mut pixels, text),
        }
    }
    encoded(&pixels)
}

/// Without opacity, which a chart does not have, and pressed hard: charts are mostly ground.
fn encoded(pixels: &Pixmap) -> Result<Vec<u8>> {
    let rgb: Vec<u8> =
        pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Best);
    encoder.set_adaptive_filter(png::AdaptiveFilterType::Adaptive);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(file)
}

fn line(pixels: &mut Pixmap, points: &[(f32, f32)], stroke: Stroke) {
    let mut path = PathBuilder::new();
    for (at, &(x, y)) in points.iter().enumerate() {
        if at == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    // A line of one point is nothing to draw.
    let Some(path) = path.finish() else { return };
    let dash = if stroke.dashed { StrokeDash::new(vec![6.0, 4.0], 0.0) } else { None };
    let pen = Pen { width: stroke.width, line_join: LineJoin::Round, dash, ..Pen::default() };
    pixels.stroke_path(&path, &paint(stroke.colour), &pen, Transform::from_scale(SCALE, SCALE), None);
}

fn area(pixels: &mut Pixmap, rings: &[Vec<(f32, f32)>], colour: Colour) {
    let mut path = PathBuilder::new();
    for ring in rings {
        for (at, &(x, y)) in ring.iter().enumerate() {
            if at == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        path.close();
    }
    let Some(path) = path.finish() else { return };
    pixels.fill_path(&path, &paint(colour), FillRule::EvenOdd, Transform::from_scale(SCALE, SCALE), None);
}

fn paint(Colour(red, green, blue, opacity): Colour) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, opacity);
    paint
}

fn write_text(pixels: &mut Pixmap, text: &Text) {
    let face = face();
    let scale = text.size / f32::from(face.units_per_em());
    let before = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => text_width(&text.text, text.size) / 2.0,
        Anchor::End => text_width(&text.text, text.size),
    };
    let turn = if text.upwards { -90.0 } else { 0.0 };
    let place = Transform::from_translate(-before, 0.0)
        .post_concat(Transform::from_rotate(turn))
        .post_translate(text.x, text.y)
        .post_scale(SCALE, SCALE);
    let mut pen = Outline { path: PathBuilder::new(), scale, x: 0.0 };
    for letter in text.text.chars() {
        let glyph = face.glyph_index(letter).or_else(|| face.glyph_index('\u{fffd}')).unwrap_or_default();
        face.outline_glyph(glyph, &mut pen);
        pen.x += scale * f32::from(face.glyph_hor_advance(glyph).unwrap_or_default());
    }
    if let Some(path) = pen.path.finish() {
        fill(pixels, &path, text.colour, place);
    }
}

fn fill(pixels: &mut Pixmap, path: &Path, colour: Colour, place: Transform) {
    pixels.fill_path(path, &paint(colour), FillRule::Winding, place, None);
}

/// Puts the outlines of letters side by side. Fonts count y upwards.
struct Outline {
    path: PathBuilder,
    scale: f32,
    x: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
