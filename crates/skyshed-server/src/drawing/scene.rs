//! What a chart is made of, whatever draws it: shapes in pixels, y downwards, painted in order.

/// Shapes on a white ground.
pub struct Scene {
    /// Width and height, pixels.
    pub size: (f32, f32),
    /// The shapes, in the order they are painted.
    pub shapes: Vec<Shape>,
}

/// One shape.
#[allow(missing_docs)]
pub enum Shape {
    /// Lines from point to point.
    Line { points: Vec<(f32, f32)>, stroke: Stroke },
    /// From its left upper corner.
    Rectangle { x: f32, y: f32, width: f32, height: f32, colour: Colour },
    /// Closed rings; what lies within an odd number of them is filled.
    Area { rings: Vec<Vec<(f32, f32)>>, colour: Colour },
    /// A line of text.
    Text(Text),
}

/// How a line is drawn.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Stroke {
    pub colour: Colour,
    pub width: f32,
    pub dashed: bool,
}

/// Red, green, blue, opacity.
#[derive(Clone, Copy)]
pub struct Colour(pub u8, pub u8, pub u8, pub u8);

/// One line of text; `x`, `y` is on its baseline.
#[allow(missing_docs)]
pub struct Text {
    pub x: f32,
    pub y: f32,
    pub size: f32,
    pub anchor: Anchor,
    /// Reads upwards instead of to the right.
    pub upwards: bool,
    pub colour: Colour,
    pub text: String,
}

/// Which part of a text stands at its position.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

impl Scene {
    /// Adds lines from point to point.
    pub fn line(&mut self, points: &[(f32, f32)], stroke: Stroke) {
        self.shapes.push(Shape::Line { points: points.to_vec(), stroke });
    }

    /// Adds a rectangle.
    pub fn rectangle(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), colour: Colour) {
        self.shapes.push(Shape::Rectangle { x, y, width, height, colour });
    }

    /// Adds closed rings; what lies within an odd number of them is filled.
    pub fn area(&mut self, rings: Vec<Vec<(f32, f32)>>, colour: Colour) {
        self.shapes.push(Shape::Area { rings, colour });
    }

    /// Adds a line of text.
    pub fn text(
        &mut self,
        (x, y): (f32, f32),
        size: f32,
        anchor: Anchor,
        colour: Colour,
        text: impl Into<String>,
    ) {
        let text = text.into();
        self.shapes.push(Shape::Text(Text { x, y, size, anchor, upwards: false, colour, text }));
    }
}

impl Stroke {
    /// A line without gaps.
    pub fn solid(colour: Colour, width: f32) -> Stroke {
        Stroke { colour, width, dashed: false }
    }

    /// A line with gaps.
    pub fn dashed(colour: Colour, width: f32) -> Stroke {
        Stroke { colour, width, dashed: true }
    }
}
