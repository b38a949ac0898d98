//! A scene as SVG 1.1 text.

use std::fmt::Write as _;

use super::scene::{Anchor, Colour, Scene, Shape, Stroke, Text};

/// The file. Writing to a string does not fail.
pub fn text(scene: &Scene) -> String {
    let Scene { size: (width, height), shapes } = scene;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"'DejaVu Sans', Verdana, 'Segoe UI', sans-serif\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    shapes.iter().for_each(|shape| match shape {
        Shape::Line { points, stroke } => line(&mut svg, points, *stroke),
        Shape::Area { rings, colour } => area(&mut svg, rings, *colour),
        Shape::Text(text) => write_text(&mut svg, text),
        Shape::Rectangle { x, y, width, height, colour } => {
            let paint = paint("fill", *colour);
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"{paint}/>"
            );
        }
    });
    svg.push_str("</svg>\n");
    svg
}

fn line(svg: &mut String, points: &[(f32, f32)], stroke: Stroke) {
    svg.push_str("<polyline points=\"");
    for (at, (x, y)) in points.iter().enumerate() {
        let space = if at == 0 { "" } else { " " };
        let _ = write!(svg, "{space}{x:.2},{y:.2}");
    }
    let (paint, width) = (paint("stroke", stroke.colour), stroke.width);
    let dashes = if stroke.dashed { " stroke-dasharray=\"6 4\"" } else { "" };
    let _ =
        writeln!(svg, "\" fill=\"none\"{paint} stroke-width=\"{width}\" stroke-linejoin=\"round\"{dashes}/>");
}

/// A tenth of a pixel is fine enough for areas, which have many corners.
fn area(svg: &mut String, rings: &[Vec<(f32, f32)>], colour: Colour) {
    svg.push_str("<path d=\"");
    for ring in rings.iter().filter(|ring| !ring.is_empty()) {
        for (at, (x, y)) in ring.iter().enumerate() {
            let _ = write!(svg, "{}{x:.1},{y:.1}", if at == 0 { "M" } else { " " });
        }
        svg.push('Z');
    }
    let paint = paint("fill", colour);
    let _ = writeln!(svg, "\" fill-rule=\"evenodd\"{paint}/>");
}

fn write_text(svg: &mut String, text: &Text) {
    let Text { x, y, size, .. } = text;
    let anchor = match text.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let turned =
        if text.upwards { format!(" transform=\"rotate(-90 {x:.2} {y:.2})\"") } else { String::new() };
    let (paint, words) = (paint("fill", text.colour), escaped(&text.text));
    let _ = writeln!(
        svg,
        "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{paint}{turned}>{words}</text>"
    );
}

fn paint(what: &str, Colour(red, green, blue, opacity): Colour) -> String {
    let opacity = match opacity {
        255 => String::new(),
        opacity => format!(" {what}-opacity=\"{:.3}\"", f32::from(opacity) / 255.0),
    };
    format!(" {what}=\"#{red:02x}{green:02x}{blue:02x}\"{opacity}")
}

/// Names come from files: what means something in XML is written as text, what XML does not allow is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        assert_eq!(escaped("A&B <script>\n"), "A&amp;B &lt;script&gt; ");
    }
}
