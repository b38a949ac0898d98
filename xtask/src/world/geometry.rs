//! Polygons in longitude and latitude, and which points lie inside.

/// Longitude and latitude, degrees.
pub type Point = [f64; 2];

/// Rings of one polygon; a point is inside where a ray crosses them an odd number of times, so holes need no mark.
pub struct Polygon {
    pub rings: Vec<Vec<Point>>,
    /// West, south, east, north.
    pub bounds: [f64; 4],
}

impl Polygon {
    pub fn new(rings: Vec<Vec<Point>>) -> Polygon {
        let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for point in rings.iter().flatten() {
            for axis in 0..2 {
                bounds[axis] = bounds[axis].min(point[axis]);
                bounds[axis + 2] = bounds[axis + 2].max(point[axis]);
            }
        }
        Polygon { rings, bounds }
    }

    pub fn edges(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        self.rings.iter().flat_map(|ring| ring.windows(2).map(|pair| (pair[0], pair[1])))
    }

    /// Planar area in square degrees (outer ring less holes, as GeoJSON orders them).
    pub fn area(&self) -> f64 {
        let ring_area = |ring: &Vec<Point>| {
            (ring.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1]).sum::<f64>() / 2.0)
                .abs()
        };
        self.rings.first().map_or(0.0, ring_area) - self.rings.iter().skip(1).map(ring_area).sum::<f64>()
    }
}

/// Height of a band of edges, degrees.
const BAND_DEG: f64 = 0.02;

/// A polygon with its edges sorted into bands of latitude, so that a point is held against a few edges only.
pub struct Banded<'a> {
    polygon: &'a Polygon,
    bands: Vec<Vec<(Point, Point)>>,
}

impl<'a> Banded<'a> {
    pub fn new(polygon: &'a Polygon) -> Banded<'a> {
        let [_, south, _, north] = polygon.bounds;
        let mut bands = vec![Vec::new(); ((north - south) / BAND_DEG) as usize + 1];
        for (a, b) in polygon.edges() {
            let band = |latitude: f64| ((latitude - south) / BAND_DEG) as usize;
            for edges in &mut bands[band(a[1].min(b[1]))..=band(a[1].max(b[1]))] {
                edges.push((a, b));
            }
        }
        Banded { polygon, bands }
    }

    /// Edges are straight lines in longitude and latitude, as Natural Earth and GeoJSON (RFC 7946, 3.1.1) define them.
    pub fn contains(&self, [x, y]: Point) -> bool {
        let [west, south, east, north] = self.polygon.bounds;
        if x < west || x > east || y < south || y > north {
            return false;
        }
        let edges = &self.bands[((y - south) / BAND_DEG) as usize];
        let crossed = |&&(a, b): &&(Point, Point)| {
            (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]
        };
        edges.iter().filter(crossed).count() % 2 == 1
    }
}

/// Points of the Earth in one-degree squares.
pub struct Squares {
    squares: Vec<Vec<u32>>,
}

impl Squares {
    pub fn new(points: &[Point]) -> Squares {
        let mut squares = vec![Vec::new(); 360 * 180];
        for (point, i) in points.iter().zip(0u32..) {
            squares[square(point[0], -180.0, 359) + 360 * square(point[1], -90.0, 179)].push(i);
        }
        Squares { squares }
    }

    /// The points in the squares a box touches: a superset of those in the box.
    pub fn near(&self, [west, south, east, north]: [f64; 4]) -> impl Iterator<Item = u32> + '_ {
        let columns = square(west, -180.0, 359)..=square(east, -180.0, 359);
        let rows = square(south, -90.0, 179)..=square(north, -90.0, 179);
        rows.flat_map(move |row| columns.clone().map(move |column| column + 360 * row))
            .flat_map(|square| self.squares[square].iter().copied())
    }
}

fn square(value: f64, first: f64, last: usize) -> usize {
    ((value - first).floor().max(0.0) as usize).min(last)
}
