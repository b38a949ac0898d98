//! Constellations, skies and links to test with, and what any links must fulfil.

use skyshed_network::lasers::{LaserConfig, Lasers, LasersOut};
use skyshed_network::planes::Planes;
use skyshed_orbit::orbit::{WGS72_EARTH_RADIUS_KM, mean_motion_from_altitude};
use skyshed_orbit::{
    Constellation, ElementFormat, ElementLoad, ElementSet, Epoch, MeanElements, Sky, Ut1Table,
};

pub const CONFIG: LaserConfig =
    LaserConfig { terminals: 4, range_max_km: 5000.0, grazing_altitude_km: 80.0, between_shells: false };

/// Of a link of 9,000 km looked at every 22.5 km: 11.25² / (2 · 5,800) km.
pub const LOWEST_ERROR_M: f64 = 11.0;

pub const SLOT_MICROS: i64 = 15_000_000;

pub fn nothing_out() -> LasersOut {
    LasersOut::default()
}

pub fn time() -> Epoch {
    Epoch::parse("2026-08-22T21:00:12Z").unwrap()
}

/// A preset of one Walker delta shell.
pub fn walker(
    planes: u32,
    per_plane: u32,
    phasing: u32,
    inclination_deg: f64,
    altitude_km: f64,
) -> Constellation {
    let text = format!(
        "name = \"walker\"\nepoch = \"2026-01-01\"\n[[shell]]\nname = \"only\"\naltitude_km = {altitude_km:?}\n\
         inclination_deg = {inclination_deg:?}\nplanes = {planes}\nsatellites_per_plane = {per_plane}\n\
         pattern = \"delta\"\nphasing = {phasing}\nelevation_mask_deg = 25.0\n"
    );
    Constellation::from_preset_toml(&text).unwrap()
}

pub fn elements(constellation: &Constellation, time: Epoch) -> Vec<MeanElements> {
    constellation.orbits().iter().map(|orbit| orbit.mean_elements_at(time)).collect()
}

/// The constellation as if its satellites flew on circles in a frame that does not turn: what closed forms hold for.
pub fn circular_sky(constellation: &Constellation, time: Epoch) -> Sky {
    let positions: Vec<[f64; 3]> = elements(constellation, time).iter().map(circular_position_m).collect();
    sky_of(constellation, &positions)
}

pub fn real_sky(constellation: &Constellation, time: Epoch) -> Sky {
    constellation.sky(time, &Ut1Table::builtin())
}

/// A sky with these positions in metres.
pub fn sky_of(constellation: &Constellation, positions: &[[f64; 3]]) -> Sky {
    Sky {
        time: time(),
        satellites: constellation.satellites().clone(),
        x_itrf_m: positions.iter().map(|position| position[0]).collect(),
        y_itrf_m: positions.iter().map(|position| position[1]).collect(),
        z_itrf_m: positions.iter().map(|position| position[2]).collect(),
        problems: Vec::new(),
    }
}

/// From the node along the orbit, tilted by the inclination, turned by the node.
pub fn circular_position_m(at: &MeanElements) -> [f64; 3] {
    let radius_m = (WGS72_EARTH_RADIUS_KM + at.altitude_km) * 1e3;
    let (sin_u, cos_u) = at.argument_of_latitude_deg.to_radians().sin_cos();
    let (sin_i, cos_i) = at.inclination_deg.to_radians().sin_cos();
    let (sin_node, cos_node) = at.raan_deg.to_radians().sin_cos();
    [
        radius_m * (cos_node * cos_u - sin_node * sin_u * cos_i),
        radius_m * (sin_node * cos_u + cos_node * sin_u * cos_i),
        radius_m * sin_u * sin_i,
    ]
}

/// The same satellites as element sets whose order says nothing, with the index each had in the design.
pub fn without_design(constellation: &Constellation) -> (Constellation, Vec<u32>) {
    let orbits = constellation.orbits();
    let mut order: Vec<u32> = (0..orbits.len() as u32).collect();
    order.sort_by_key(|index| (index.wrapping_mul(2_654_435_761), *index));
    let sets = order.iter().enumerate().map(|(number, index)| {
        let orbit = &orbits[*index as usize];
        element_set(number as u64 + 1, orbit.epoch(), &orbit.mean_elements_at(orbit.epoch()))
    });
    (from_sets(sets.collect()), order)
}

pub fn from_sets(sets: Vec<ElementSet>) -> Constellation {
    let load = ElementLoad {
        format: ElementFormat::OmmJson,
        sets,
        rejected: Vec::new(),
        stale: Vec::new(),
        warnings: Vec::new(),
    };
    Constellation::from_elements("without design", &load)
}

pub fn element_set(catalog_number: u64, epoch: Epoch, at: &MeanElements) -> ElementSet {
    ElementSet {
        catalog_number,
        name: String::new(),
        international_designator: String::new(),
        classification: None,
        epoch,
        mean_motion_rev_per_day: mean_motion_from_altitude(at.altitude_km),
        eccentricity: at.eccentricity,
        inclination_deg: at.inclination_deg,
        raan_deg: at.raan_deg,
        argument_of_pericenter_deg: 0.0,
        mean_anomaly_deg: at.argument_of_latitude_deg,
        bstar: 0.0,
        mean_motion_dot: 0.0,
        mean_motion_ddot: 0.0,
        element_set_number: None,
        revolution_at_epoch: None,
    }
}

pub fn degrees(pairs: &[[u32; 2]], satellites: usize) -> Vec<u32> {
    let mut degrees = vec![0; satellites];
    pairs.iter().flatten().for_each(|satellite| degrees[*satellite as usize] += 1);
    degrees
}

/// What is left of planes and links in one shell.
pub fn only_shell(planes: &Planes, lasers: &Lasers, shell: u16) -> (Planes, Lasers) {
    let seats: Vec<_> = planes.seats.iter().map(|seat| seat.filter(|seat| seat.shell == shell)).collect();
    let is_inside = |pair: &[u32; 2]| pair.iter().all(|satellite| seats[*satellite as usize].is_some());
    let links = lasers.pairs.iter().zip(&lasers.length_mm).filter(|(pair, _)| is_inside(pair));
    let (pairs, length_mm) = links.map(|(pair, length_mm)| (*pair, *length_mm)).unzip();
    (Planes { seats, ..planes.clone() }, Lasers { pairs, length_mm })
}

pub fn distance_m(sky: &Sky, [a, b]: [u32; 2]) -> f64 {
    let (a, b) = (position_m(sky, a), position_m(sky, b));
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)).sqrt()
}

fn position_m(sky: &Sky, satellite: u32) -> [f64; 3] {
    let index = satellite as usize;
    [sky.x_itrf_m[index], sky.y_itrf_m[index], sky.z_itrf_m[index]]
}

/// The lowest of many points along a link, from the Earth's centre; above the true lowest by less than [`LOWEST_ERROR_M`].
fn lowest_m(sky: &Sky, [a, b]: [u32; 2]) -> f64 {
    let (a, b) = (position_m(sky, a), position_m(sky, b));
    let steps = 400;
    let radius_m = |step: i32| {
        let t = f64::from(step) / f64::from(steps);
        (0..3).map(|axis| (a[axis] + t * (b[axis] - a[axis])).powi(2)).sum::<f64>().sqrt()
    };
    (0..=steps).map(radius_m).fold(f64::INFINITY, f64::min)
}

/// Whether a link is within the limits with `margin_m` to spare; a negative margin is generous.
pub fn holds(sky: &Sky, config: &LaserConfig, pair: [u32; 2], margin_m: f64) -> bool {
    let least_m = (6378.137 + config.grazing_altitude_km) * 1e3;
    distance_m(sky, pair) <= config.range_max_km * 1e3 - margin_m && lowest_m(sky, pair) >= least_m + margin_m
}

pub fn is_out(out: &LasersOut, pair: [u32; 2]) -> bool {
    out.pairs.contains(&pair) || pair.iter().any(|satellite| out.satellites.contains(satellite))
}

/// What holds for the links of any slot: order, limits, terminals, faults, and that no wanted link is left out.
pub fn check_links(sky: &Sky, planes: &Planes, config: &LaserConfig, out: &LasersOut, lasers: &Lasers) {
    assert!(lasers.pairs.windows(2).all(|two| two[0] < two[1]), "not ascending, or a pair twice");
    assert_eq!(lasers.pairs.len(), lasers.length_mm.len());
    for (pair, length_mm) in lasers.pairs.iter().zip(&lasers.length_mm) {
        assert!(pair[0] < pair[1]);
        assert!(!is_out(out, *pair), "{pair:?} is out of order");
        assert!(holds(sky, config, *pair, -1e-3), "{pair:?} does not hold");
        assert!((*length_mm as f64 - distance_m(sky, *pair) * 1e3).abs() <= 1.0);
        let [a, b] =
            pair.map(|satellite| planes.seats[satellite as usize].expect("only the seated are linked"));
        assert!(a.shell == b.shell || config.between_shells);
    }
    let degrees = degrees(&lasers.pairs, planes.seats.len());
    let terminals = u32::from(config.terminals);
    assert!(degrees.iter().all(|degree| *degree <= terminals));
    let is_free = |pair: &&[u32; 2]| pair.iter().all(|satellite| degrees[*satellite as usize] < terminals);
    for pair in planes.grid.iter().chain(&planes.spare).filter(is_free) {
        let is_linked = lasers.pairs.binary_search(pair).is_ok();
        assert!(
            is_linked || is_out(out, *pair) || !holds(sky, config, *pair, LOWEST_ERROR_M),
            "{pair:?} is left out"
        );
    }
}

/// A link of the slot before that still holds is given up only where an end needs the terminal for a link of the grid.
pub fn check_kept(
    sky: &Sky,
    planes: &Planes,
    config: &LaserConfig,
    out: &LasersOut,
    before: &Lasers,
    now: &Lasers,
) {
    let is_new =
        |pair: &&[u32; 2]| before.pairs.binary_search(pair).is_err() && now.pairs.binary_search(pair).is_ok();
    let new_of_grid: Vec<[u32; 2]> = planes.grid.iter().filter(is_new).copied().collect();
    let new_degrees = degrees(&new_of_grid, planes.seats.len());
    for pair in before.pairs.iter().filter(|pair| now.pairs.binary_search(pair).is_err()) {
        let is_displaced = pair.iter().any(|satellite| new_degrees[*satellite as usize] > 0);
        let is_lost = is_out(out, *pair) || !holds(sky, config, *pair, LOWEST_ERROR_M);
        assert!(is_lost || (is_displaced && !planes.grid.contains(pair)), "{pair:?} is dropped");
    }
}
