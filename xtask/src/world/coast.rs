//! Distance from a point at sea to the nearest land edge.

use super::geometry::Point;

/// Twelve nautical miles (UNCLOS article 3), in kilometres.
pub const TERRITORIAL_SEA_KM: f64 = 22.224;
/// Mean radius of the Earth (IUGG R1), kilometres.
const EARTH_RADIUS_KM: f64 = 6371.0088;
/// Side of a bin, degrees of latitude; a search looks one bin each way, so it must not be less than the limit (0.2 degrees).
const BIN_DEG: f64 = 0.25;
const ROWS: usize = 720;

/// Land edges in bins of about equal width.
pub struct Coast {
    rows: Vec<Vec<Vec<Edge>>>,
}

#[derive(Clone, Copy)]
struct Edge {
    ends: [[f64; 3]; 2],
    owner: u16,
}

impl Coast {
    pub fn new(edges: impl Iterator<Item = (Point, Point, u16)>) -> Coast {
        let mut rows: Vec<Vec<Vec<Edge>>> = (0..ROWS).map(|row| vec![Vec::new(); columns(row)]).collect();
        for (a, b, owner) in edges {
            let edge = Edge { ends: [unit(a), unit(b)], owner };
            for row in &mut rows[row_of(a[1].min(b[1]))..=row_of(a[1].max(b[1]))] {
                let count = row.len();
                let touched = column_of(a[0].min(b[0]), count)..=column_of(a[0].max(b[0]), count);
                row[touched].iter_mut().for_each(|bin| bin.push(edge));
            }
        }
        Coast { rows }
    }

    /// The owner of the nearest edge within a distance of at most twelve nautical miles; the lower owner where two are equally near.
    pub fn owner_near(&self, point: Point, within_km: f64) -> Option<u16> {
        let here = unit(point);
        let row = row_of(point[1]);
        let rows = row.saturating_sub(1)..=(row + 1).min(ROWS - 1);
        let near = rows.flat_map(|row| self.around(row, point[0])).flat_map(|bin| bin.iter());
        let mut best: Option<(f64, u16)> = None;
        for edge in near {
            let distance = distance_km(here, edge.ends);
            if distance <= within_km && best.is_none_or(|nearest| (distance, edge.owner) < nearest) {
                best = Some((distance, edge.owner));
            }
        }
        best.map(|(_, owner)| owner)
    }

    /// The bins of a row within one bin's width of a longitude, round the antimeridian.
    fn around(&self, row: usize, longitude: f64) -> Vec<&Vec<Edge>> {
        let count = columns(row);
        let column = column_of(longitude, count);
        match count {
            ..=4 => self.rows[row].iter().collect(),
            // Two each way: a row nearer the pole has wider bins than the point's own row asks for, never narrower ones by
            // more than a bin.
            _ => (count + column - 2..=count + column + 2)
                .map(|column| &self.rows[row][column % count])
                .collect(),
        }
    }
}

/// Bins in a row: each at least `BIN_DEG` of a great circle wide at the row's poleward side.
fn columns(row: usize) -> usize {
    let south = -90.0 + row as f64 * BIN_DEG;
    let poleward = south.abs().max((south + BIN_DEG).abs()).to_radians();
    ((360.0 / BIN_DEG * libm::cos(poleward)) as usize).max(1)
}

fn row_of(latitude: f64) -> usize {
    (((latitude + 90.0) / BIN_DEG) as usize).min(ROWS - 1)
}

fn column_of(longitude: f64, count: usize) -> usize {
    (((longitude + 180.0) / 360.0 * count as f64) as usize).min(count - 1)
}

fn unit([longitude, latitude]: Point) -> [f64; 3] {
    let (sin_latitude, cos_latitude) = libm::sincos(latitude.to_radians());
    let (sin_longitude, cos_longitude) = libm::sincos(longitude.to_radians());
    [cos_latitude * cos_longitude, cos_latitude * sin_longitude, sin_latitude]
}

/// Great-circle distance to a great-circle segment. The gnomonic projection about the point keeps great circles straight, so
/// the foot of the perpendicular is found in a plane, and its distance r there is the tangent of the angle.
fn distance_km(here: [f64; 3], ends: [[f64; 3]; 2]) -> f64 {
    let [Some(a), Some(b)] = ends.map(|end| offset(here, end)) else {
        return f64::INFINITY;
    };
    let along = [0, 1, 2].map(|axis| b[axis] - a[axis]);
    let length_squared = dot(along, along);
    let foot = if length_squared > 0.0 { (-dot(a, along) / length_squared).clamp(0.0, 1.0) } else { 0.0 };
    let nearest = [0, 1, 2].map(|axis| a[axis] + foot * along[axis]);
    EARTH_RADIUS_KM * libm::atan(libm::sqrt(dot(nearest, nearest)))
}

/// Gnomonic offset of `end` in the plane tangent at `here`; none beyond the horizon.
fn offset(here: [f64; 3], end: [f64; 3]) -> Option<[f64; 3]> {
    let scale = dot(here, end);
    (scale > 0.1).then(|| [0, 1, 2].map(|axis| end[axis] / scale - here[axis]))
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(edge: (Point, Point), point: Point) -> bool {
        Coast::new([(edge.0, edge.1, 7)].into_iter()).owner_near(point, TERRITORIAL_SEA_KM) == Some(7)
    }

    #[test]
    fn twelve_nautical_miles_is_a_fifth_of_a_degree_of_latitude() {
        let equator = ([-1.0, 0.0], [1.0, 0.0]);
        assert!(near(equator, [0.0, 0.1998]));
        assert!(!near(equator, [0.0, 0.2]));
        assert!(near(equator, [1.1998, 0.0]));
        assert!(!near(equator, [1.2, 0.0]));
    }

    #[test]
    fn the_antimeridian_and_the_pole_are_no_edges() {
        assert!(near(([179.9, 10.0], [179.95, 10.0]), [-179.95, 10.0]));
        assert!(near(([0.0, 89.9], [1.0, 89.9]), [180.0, 89.95]));
        assert!(!near(([0.0, 89.8], [1.0, 89.8]), [180.0, 89.9]));
    }
}
