//! Few satellites, no satellites, satellites in one place or nowhere, and indices of another constellation.

use skyshed_network::LaserConfig;
use skyshed_network::lasers::{Lasers, LasersOut, lasers, report};
use skyshed_network::planes::{Planes, find_planes};
use skyshed_orbit::{Constellation, MeanElements};

use crate::support::*;

fn bare(elements: &[MeanElements]) -> Constellation {
    let sets = elements.iter().enumerate().map(|(index, at)| element_set(index as u64 + 1, time(), at));
    from_sets(sets.collect())
}

/// Links at the epoch, checked; on no shell at all, planes are empty and so are links.
fn links_of(constellation: &Constellation) -> (Planes, Lasers) {
    let planes = find_planes(constellation, time());
    let sky = real_sky(constellation, time());
    let config = LaserConfig { between_shells: true, ..CONFIG };
    let links = lasers(&sky, &planes, &config, &nothing_out(), None);
    check_links(&sky, &planes, &config, &nothing_out(), &links);
    (planes, links)
}

#[test]
fn none_one_and_two_satellites() {
    let at = elements(&walker(1, 9, 0, 53.0, 550.0), time());
    let (planes, links) = links_of(&bare(&[]));
    assert_eq!((planes, links), (Planes::default(), Lasers::default()));
    for count in [1, 2] {
        let (planes, links) = links_of(&bare(&at[..count]));
        assert_eq!((planes.seats, planes.shells.len()), (vec![None; count], 0));
        assert_eq!(links, Lasers::default());
    }
    // A design is a design however small. On the ring of twenty, spare terminals reach the second next.
    for (planes, per_plane, links) in [(1, 1, 0), (1, 2, 0), (2, 1, 0), (1, 20, 40)] {
        let (found, lasers) = links_of(&walker(planes, per_plane, 0, 53.0, 550.0));
        assert!(found.seats.iter().all(Option::is_some));
        assert_eq!(lasers.pairs.len(), links, "{planes} planes of {per_plane}");
    }
}

/// Twelve satellites in one place: links of no length are links, and none has too many.
#[test]
fn satellites_in_one_place() {
    let at = elements(&walker(1, 1, 0, 53.0, 550.0), time())[0];
    let (planes, links) = links_of(&bare(&[at; 12]));
    assert_eq!(planes.shells.len(), 1);
    assert!(!links.pairs.is_empty());
    assert!(links.length_mm.iter().all(|length_mm| *length_mm == 0));
}

#[test]
fn satellites_without_a_position_have_no_link() {
    let constellation = walker(12, 12, 5, 53.0, 550.0);
    let planes = find_planes(&constellation, time());
    let config = LaserConfig { between_shells: true, ..CONFIG };
    let mut sky = circular_sky(&constellation, time());
    let whole = lasers(&sky, &planes, &config, &nothing_out(), None);
    sky.x_itrf_m[7] = f64::NAN;
    sky.z_itrf_m[8] = f64::INFINITY;
    sky.y_itrf_m[9] = 1e300;
    let links = lasers(&sky, &planes, &config, &nothing_out(), Some(&whole));
    let degrees = degrees(&links.pairs, 144);
    assert_eq!(degrees[7..10], [0, 0, 0]);
    assert!(degrees.iter().all(|degree| *degree <= 4));
    assert_eq!(report(&links, &planes, None).components.isolated, 3);
    sky.x_itrf_m.fill(f64::NAN);
    assert_eq!(lasers(&sky, &planes, &config, &nothing_out(), Some(&whole)), Lasers::default());
}

/// Limits that allow nothing, or are no numbers, allow nothing.
#[test]
fn absurd_limits() {
    let constellation = walker(12, 12, 5, 53.0, 550.0);
    let planes = find_planes(&constellation, time());
    let sky = circular_sky(&constellation, time());
    let count = |range_max_km: f64, grazing_altitude_km: f64| {
        let config = LaserConfig { range_max_km, grazing_altitude_km, ..CONFIG };
        lasers(&sky, &planes, &config, &nothing_out(), None).pairs.len()
    };
    assert_eq!(count(f64::NAN, 80.0), 0);
    assert_eq!(count(-1.0, 80.0), 0);
    assert_eq!(count(5000.0, f64::NAN), 0);
    assert_eq!(count(5000.0, f64::INFINITY), 0);
    assert_eq!(count(5000.0, 551.0), 0);
    assert!(count(f64::INFINITY, f64::NEG_INFINITY) >= 2 * 144);
}

/// Planes, faults and links of a larger constellation, laid on a small sky.
#[test]
fn indices_of_another_constellation() {
    let large = walker(12, 12, 5, 53.0, 550.0);
    let small = walker(3, 4, 0, 53.0, 550.0);
    let planes = find_planes(&large, time());
    let previous = lasers(&circular_sky(&large, time()), &planes, &CONFIG, &nothing_out(), None);
    let out = LasersOut { satellites: vec![3, 140, u32::MAX], pairs: vec![[100, 101], [5, u32::MAX]] };
    let config = LaserConfig { between_shells: true, ..CONFIG };
    let links = lasers(&circular_sky(&small, time()), &planes, &config, &out, Some(&previous));
    assert!(links.pairs.iter().flatten().all(|satellite| *satellite < 12 && *satellite != 3));
    let unsorted = Lasers { pairs: vec![[9, 2], [4, 4], [0, 900], [5, 6], [0, 1]], length_mm: Vec::new() };
    let sky = circular_sky(&large, time());
    let links = lasers(&sky, &planes, &config, &nothing_out(), Some(&unsorted));
    check_links(&sky, &planes, &config, &nothing_out(), &links);
}

/// Ten thousand satellites on one orbit, ten thousand nodes on one circle, and elements of no shell.
#[test]
fn crowds() {
    let at = elements(&walker(1, 1, 0, 53.0, 550.0), time())[0];
    let along = |index: u32| MeanElements { argument_of_latitude_deg: f64::from(index) * 0.036, ..at };
    let around = |index: u32| MeanElements { raan_deg: f64::from(index) * 0.036, ..at };
    let apart = |index: u32| MeanElements { altitude_km: 300.0 + f64::from(index), ..at };
    let crowd = |of: &dyn Fn(u32) -> MeanElements| (0..10_000).map(of).collect::<Vec<_>>();
    let (planes, links) = links_of(&bare(&crowd(&along)));
    assert_eq!((planes.shells.len(), planes.shells[0].planes.len()), (1, 1));
    assert!(links.pairs.len() >= 10_000);
    let (planes, _) = links_of(&bare(&crowd(&around)));
    assert_eq!(planes.shells.len(), 1);
    assert!(planes.shells[0].planes.len() > 1000);
    let (planes, links) = links_of(&bare(&crowd(&apart)));
    assert_eq!((planes.shells.len(), links.pairs.len()), (0, 0));
}
