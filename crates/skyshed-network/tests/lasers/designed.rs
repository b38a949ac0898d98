//! Designed shells: every satellite in its designed seat, the grid's degrees, neighbours and lengths.

use proptest::prelude::*;
use skyshed_network::lasers::lasers;
use skyshed_network::planes::{Planes, Seat, find_planes};
use skyshed_orbit::orbit::WGS72_EARTH_RADIUS_KM;
use skyshed_orbit::{Constellation, MeanElements, PRESETS};

use crate::support::*;

/// The names of designed satellites say shell, plane and place, and are written by the preset reader for people.
#[test]
fn seats_are_those_of_the_design() {
    for preset in PRESETS {
        let constellation = Constellation::preset(preset).unwrap();
        let planes = find_planes(&constellation, time());
        for (satellite, seat) in constellation.satellites().iter().zip(&planes.seats) {
            let Seat { shell, plane, place } = seat.expect("all designed satellites have a seat");
            let shell = &planes.shells[shell as usize];
            assert_eq!(satellite.name, format!("{preset}/{}/p{plane:02}/s{place:02}", shell.name));
        }
    }
}

/// In whole delta shells whose links all hold, every satellite has exactly four; lengths are those of the geometry.
#[test]
fn full_shells_have_four_links_each() {
    for preset in ["starlink-550", "kuiper-630", "telesat-1015"] {
        let constellation = Constellation::preset(preset).unwrap();
        let planes = find_planes(&constellation, time());
        let sky = real_sky(&constellation, time());
        let links = lasers(&sky, &planes, &CONFIG, &nothing_out(), None);
        check_links(&sky, &planes, &CONFIG, &nothing_out(), &links);
        assert_eq!(degrees(&links.pairs, planes.seats.len()), vec![4; planes.seats.len()], "{preset}");
        let mut grid = planes.grid.clone();
        grid.sort_unstable();
        assert_eq!(links.pairs, grid, "{preset}: nothing but the grid");
    }
}

#[test]
fn no_satellite_has_more_links_than_terminals() {
    for preset in PRESETS {
        let constellation = Constellation::preset(preset).unwrap();
        let planes = find_planes(&constellation, time());
        let sky = real_sky(&constellation, time());
        for terminals in [0, 1, 2, 3, 4, 6] {
            for between_shells in [false, true] {
                let config = skyshed_network::LaserConfig { terminals, between_shells, ..CONFIG };
                let links = lasers(&sky, &planes, &config, &nothing_out(), None);
                check_links(&sky, &planes, &config, &nothing_out(), &links);
                assert_eq!(links.pairs.is_empty(), terminals == 0, "{preset}, {terminals} terminals");
            }
        }
    }
}

/// The first and the last plane of a star fly against each other.
#[test]
fn a_star_is_open_at_its_seam() {
    let constellation = Constellation::preset("oneweb-1200").unwrap();
    let planes = find_planes(&constellation, time());
    let plane = |satellite: u32| planes.seats[satellite as usize].unwrap().plane;
    let sky = real_sky(&constellation, time());
    let links = lasers(&sky, &planes, &CONFIG, &nothing_out(), None);
    for pair in planes.grid.iter().chain(&planes.spare).chain(&links.pairs) {
        assert!(plane(pair[0]).abs_diff(plane(pair[1])) < 11, "{pair:?} crosses the seam");
    }
    for (satellite, degree) in degrees(&planes.grid, 588).into_iter().enumerate() {
        let at_seam = [0, 11].contains(&plane(satellite as u32));
        assert_eq!(degree, if at_seam { 3 } else { 4 }, "{satellite}");
    }
}

/// Lengths on circular orbits, by formulas of their own: the chord 2 a sin(π/S) along a plane, spherical trigonometry
/// across.
#[test]
fn lengths_are_those_of_spherical_trigonometry() {
    for preset in PRESETS {
        let constellation = Constellation::preset(preset).unwrap();
        let planes = Planes { spare: Vec::new(), ..find_planes(&constellation, time()) };
        let elements = elements(&constellation, time());
        let sky = circular_sky(&constellation, time());
        let config =
            skyshed_network::LaserConfig { range_max_km: 15_000.0, grazing_altitude_km: -6378.0, ..CONFIG };
        let links = lasers(&sky, &planes, &config, &nothing_out(), None);
        let mut along = 0;
        for (pair, length_mm) in links.pairs.iter().zip(&links.length_mm) {
            let [a, b] = pair.map(|satellite| planes.seats[satellite as usize].unwrap());
            let shell = &planes.shells[a.shell as usize];
            let per_plane = shell.planes[0].satellites.len() as f64;
            let radius_mm = (WGS72_EARTH_RADIUS_KM + shell.altitude_km) * 1e6;
            let expected_mm = match a.plane == b.plane {
                true => 2.0 * radius_mm * (std::f64::consts::PI / per_plane).sin(),
                false => {
                    let [a, b] = pair.map(|satellite| &elements[satellite as usize]);
                    2.0 * radius_mm * (angle_between(a, b) / 2.0).sin()
                }
            };
            along += usize::from(a.plane == b.plane);
            assert!((*length_mm as f64 - expected_mm).abs() < 10.0, "{preset} {pair:?}: {expected_mm}");
        }
        assert!(along * 2 >= planes.seats.len(), "{preset}: {along} links along planes");
    }
}

/// Angle at the Earth's centre between satellites on two circles: the right triangles of node, satellite and equator
/// give latitude and longitude of each, the haversine formula the angle between.
fn angle_between(a: &MeanElements, b: &MeanElements) -> f64 {
    let place = |at: &MeanElements| {
        let (sin_u, cos_u) = at.argument_of_latitude_deg.to_radians().sin_cos();
        let (sin_i, cos_i) = at.inclination_deg.to_radians().sin_cos();
        ((sin_i * sin_u).asin(), at.raan_deg.to_radians() + (cos_i * sin_u).atan2(cos_u))
    };
    let ((latitude_a, longitude_a), (latitude_b, longitude_b)) = (place(a), place(b));
    let haversine = |angle: f64| (angle / 2.0).sin().powi(2);
    let across = latitude_a.cos() * latitude_b.cos() * haversine(longitude_b - longitude_a);
    2.0 * (haversine(latitude_b - latitude_a) + across).sqrt().asin()
}

/// Over an orbit no satellite of the next plane is nearer on average than the one the grid links to.
#[test]
fn the_grid_links_to_the_nearest_of_the_next_plane() {
    for preset in PRESETS {
        let constellation = Constellation::preset(preset).unwrap();
        let planes = find_planes(&constellation, time());
        let elements = elements(&constellation, time());
        let seat = |satellite: u32| planes.seats[satellite as usize].unwrap();
        let across = planes.grid.iter().filter(|pair| seat(pair[0]).plane != seat(pair[1]).plane);
        for [a, b] in across.step_by(97) {
            let others = &planes.shells[seat(*b).shell as usize].planes[seat(*b).plane as usize].satellites;
            let mean_m2 = |other: u32| mean_square_m2(&elements[*a as usize], &elements[other as usize]);
            let nearest_m2 = others.iter().map(|other| mean_m2(*other)).fold(f64::INFINITY, f64::min);
            assert!(mean_m2(*b) <= nearest_m2 * (1.0 + 1e-6), "{preset} {a} {b}");
        }
    }
}

/// Half a slot between polar planes puts every satellite between two of the next plane: all take the one ahead.
#[test]
fn ties_are_broken_alike() {
    for (planes, per_plane) in [(8, 11), (12, 10), (24, 64)] {
        let found = find_planes(&walker(planes, per_plane, planes / 2, 90.0, 550.0), time());
        assert_eq!(
            degrees(&found.grid, found.seats.len()),
            vec![4; found.seats.len()],
            "{planes} {per_plane}"
        );
        for pair in &found.grid {
            let [a, b] = pair.map(|satellite| found.seats[satellite as usize].unwrap());
            // From each plane to the next half a slot ahead; after the last plane all of them have added up.
            if a.plane + 1 == b.plane {
                assert_eq!(a.place, b.place, "{pair:?}");
            }
        }
    }
}

/// Links for spare terminals come in the order of their length over an orbit.
#[test]
fn spare_links_are_ordered_by_length() {
    let constellation = Constellation::preset("telesat-1015").unwrap();
    let planes = find_planes(&constellation, time());
    let elements = elements(&constellation, time());
    let length = |pair: &[u32; 2]| {
        let [a, b] = pair.map(|satellite| &elements[satellite as usize]);
        (mean_square_m2(a, b) / (4.0 * square_of_radius_m2(a)) * 1e9) as i64
    };
    let lengths: Vec<i64> = planes.spare.iter().map(length).collect();
    assert!(lengths.windows(2).all(|two| two[1] >= two[0] - 2));
}

fn square_of_radius_m2(at: &MeanElements) -> f64 {
    ((WGS72_EARTH_RADIUS_KM + at.altitude_km) * 1e3).powi(2)
}

fn mean_square_m2(a: &MeanElements, b: &MeanElements) -> f64 {
    let later = |at: &MeanElements, degrees: f64| {
        let argument_of_latitude_deg = at.argument_of_latitude_deg + degrees;
        circular_position_m(&MeanElements { argument_of_latitude_deg, ..*at })
    };
    let squares = (0..72).map(|step| {
        let (a, b) = (later(a, f64::from(step) * 5.0), later(b, f64::from(step) * 5.0));
        (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>()
    });
    squares.sum::<f64>() / 72.0
}

proptest! {
    /// In a whole delta shell each satellite has two neighbours in its plane and one in each plane beside it, where
    /// the planes cross at no more than 60 degrees.
    #[test]
    fn degrees_of_random_shells(
        planes in 1u32..30, per_plane in 1u32..30, phasing in 0u32..30,
        inclination_deg in 0.0f64..180.0, altitude_km in 300.0f64..1500.0,
    ) {
        let constellation = walker(planes, per_plane, phasing % planes, inclination_deg, altitude_km);
        let crossing_deg = crossing_deg(inclination_deg, 360.0 / f64::from(planes));
        prop_assume!((crossing_deg - 60.0).abs() > 1e-6);
        let along = per_plane.min(3) - 1;
        let across = if crossing_deg < 60.0 { planes.min(3) - 1 } else { 0 };
        let found = find_planes(&constellation, time());
        let satellites = (planes * per_plane) as usize;
        prop_assert_eq!(degrees(&found.grid, satellites), vec![along + across; satellites]);
        let mut all = [found.grid.clone(), found.spare.clone()].concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), count, "a pair is wanted twice");
    }
}

/// The angle between the normals of two planes whose nodes are so far apart.
fn crossing_deg(inclination_deg: f64, nodes_deg: f64) -> f64 {
    let (sin, cos) = inclination_deg.to_radians().sin_cos();
    let a = [0.0, -sin, cos];
    let (sin_node, cos_node) = nodes_deg.to_radians().sin_cos();
    let b = [sin * sin_node, -sin * cos_node, cos];
    let cosine: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    cosine.clamp(-1.0, 1.0).acos().to_degrees()
}
