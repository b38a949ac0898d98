//! Planes found in elements: designed shells whose design is withheld must come out as they were drawn, and what does
//! not belong must not be forced in.

use proptest::prelude::*;
use skyshed_network::planes::{Planes, find_planes};
use skyshed_orbit::{Constellation, Epoch, MeanElements, PRESETS};

use crate::support::*;

/// Each plane as indices of the design, begun at the smallest; the planes in their order, begun at the smallest; the
/// shells in ascending order.
fn cycles(planes: &Planes, order: &[u32]) -> Vec<Vec<Vec<u32>>> {
    let shells = planes.shells.iter().map(|shell| {
        let planes = shell.planes.iter().map(|plane| {
            begun_at_smallest(plane.satellites.iter().map(|satellite| order[*satellite as usize]).collect())
        });
        begun_at_smallest(planes.collect())
    });
    let mut shells: Vec<Vec<Vec<u32>>> = shells.collect();
    shells.sort();
    shells
}

fn begun_at_smallest<T: Ord>(mut cycle: Vec<T>) -> Vec<T> {
    let smallest = (0..cycle.len()).min_by(|a, b| cycle[*a].cmp(&cycle[*b])).unwrap_or(0);
    cycle.rotate_left(smallest);
    cycle
}

fn sorted_pairs(pairs: &[[u32; 2]], order: &[u32]) -> Vec<[u32; 2]> {
    let mut named: Vec<[u32; 2]> =
        pairs.iter().map(|pair| pair.map(|satellite| order[satellite as usize])).collect();
    named.iter_mut().for_each(|pair| pair.sort_unstable());
    named.sort_unstable();
    named
}

/// Finds the planes with and without the design at the preset's epoch and long after, and compares.
fn check_found(constellation: &Constellation, at: Epoch) {
    let designed = find_planes(constellation, at);
    let (bare, order) = without_design(constellation);
    let found = find_planes(&bare, at);
    let plain: Vec<u32> = (0..order.len() as u32).collect();
    assert_eq!(cycles(&found, &order), cycles(&designed, &plain), "{}", constellation.name());
    assert_eq!(
        sorted_pairs(&found.grid, &order),
        sorted_pairs(&designed.grid, &plain),
        "{}",
        constellation.name()
    );
}

#[test]
fn presets_without_their_design_give_it_back() {
    for preset in PRESETS {
        let constellation = Constellation::preset(preset).unwrap();
        check_found(&constellation, constellation.median_epoch().unwrap());
        check_found(&constellation, constellation.median_epoch().unwrap().plus_micros(3 * 86_400_000_000));
    }
}

/// Nodes, altitude and inclination of a shell found are those it was drawn with; a star begins after its seam.
#[test]
fn shells_are_described_as_drawn() {
    let constellation = Constellation::preset("oneweb-1200").unwrap();
    let (bare, _) = without_design(&constellation);
    let planes = find_planes(&bare, bare.median_epoch().unwrap());
    let [shell] = &planes.shells[..] else { panic!("{} shells", planes.shells.len()) };
    assert_eq!(shell.name, "87.9-1200");
    assert!((shell.altitude_km - 1200.0).abs() < 1e-6);
    assert!((shell.inclination_deg - 87.9).abs() < 1e-9);
    for (plane, found) in shell.planes.iter().enumerate() {
        assert!((found.raan_deg - 15.225 * plane as f64).abs() < 1e-9, "{plane}: {}", found.raan_deg);
    }
}

/// Satellites on their way elsewhere, and one far off its plane, have no seat; the shell is found as without them.
#[test]
fn strangers_have_no_seat() {
    let constellation = walker(12, 11, 5, 53.0, 550.0);
    let epoch = constellation.median_epoch().unwrap();
    let mut all = elements(&constellation, epoch);
    let shell = all.len();
    let stranger = |altitude_km: f64, inclination_deg: f64, raan_deg: f64| MeanElements {
        altitude_km,
        inclination_deg,
        raan_deg,
        ..all[5]
    };
    let strangers = [
        stranger(380.0, 53.0, 30.0),
        stranger(500.0, 53.0, 60.0),
        stranger(547.0, 53.0, 90.0),
        stranger(550.0, 53.0, 15.0),
        stranger(550.0, 54.0, 30.0),
        stranger(550.0, 97.6, 30.0),
    ];
    all.extend(strangers);
    let sets = all.iter().enumerate().map(|(index, at)| element_set(index as u64 + 1, epoch, at));
    let planes = find_planes(&from_sets(sets.collect()), epoch);
    let [only] = &planes.shells[..] else { panic!("{} shells", planes.shells.len()) };
    assert_eq!(only.planes.len(), 12);
    assert!(only.planes.iter().all(|plane| plane.satellites.len() == 11));
    assert!(planes.seats[..shell].iter().all(Option::is_some));
    assert!(planes.seats[shell..].iter().all(Option::is_none), "{:?}", &planes.seats[shell..]);
}

/// A thin floor of satellites at every altitude hides no shell and is none.
#[test]
fn satellites_at_every_altitude_are_no_shell() {
    let constellation = walker(30, 22, 5, 53.0, 550.0);
    let epoch = constellation.median_epoch().unwrap();
    let mut all = elements(&constellation, epoch);
    let shell = all.len();
    let floor = (0..1500u32).map(|index| MeanElements {
        altitude_km: 500.0 + f64::from(index) / 15.0,
        raan_deg: f64::from(index.wrapping_mul(2_654_435_761)) * (360.0 / 4_294_967_296.0),
        ..all[0]
    });
    all.extend(floor.collect::<Vec<_>>());
    let sets = all.iter().enumerate().map(|(index, at)| element_set(index as u64 + 1, epoch, at));
    let planes = find_planes(&from_sets(sets.collect()), epoch);
    let [only] = &planes.shells[..] else { panic!("{} shells", planes.shells.len()) };
    assert_eq!(only.planes.len(), 30);
    assert!(planes.seats[..shell].iter().all(Option::is_some));
    let seated = all.iter().zip(&planes.seats).filter(|(_, seat)| seat.is_some());
    assert!(seated.into_iter().all(|(at, _)| (at.altitude_km - 550.0).abs() < 3.0));
}

/// Planes 1.4 degrees apart, as in Starlink's densest shell, are two, also where wide gaps surround them.
#[test]
fn close_planes_are_told_apart() {
    let constellation = walker(12, 11, 5, 53.0, 550.0);
    let epoch = constellation.median_epoch().unwrap();
    let mut all = elements(&constellation, epoch);
    for (index, at) in all.iter_mut().enumerate() {
        let plane = index / 11;
        // Within a plane nodes differ by up to half a degree.
        at.raan_deg = (plane / 2) as f64 * 60.0 + (plane % 2) as f64 * 1.4 + (index % 11) as f64 * 0.04;
    }
    let sets = all.iter().enumerate().map(|(index, at)| element_set(index as u64 + 1, epoch, at));
    let planes = find_planes(&from_sets(sets.collect()), epoch);
    for (satellite, seat) in planes.seats.iter().enumerate() {
        assert_eq!(seat.map(|seat| usize::from(seat.plane)), Some(satellite / 11), "{satellite}");
    }
}

/// A satellite a little off its plane and altitude still sits in it.
#[test]
fn stragglers_keep_their_seat() {
    let constellation = walker(12, 11, 5, 53.0, 550.0);
    let epoch = constellation.median_epoch().unwrap();
    let mut all = elements(&constellation, epoch);
    all[40].altitude_km += 1.2;
    all[41].raan_deg += 0.9;
    let sets = all.iter().enumerate().map(|(index, at)| element_set(index as u64 + 1, epoch, at));
    let planes = find_planes(&from_sets(sets.collect()), epoch);
    for (satellite, seat) in planes.seats.iter().enumerate() {
        assert_eq!(seat.map(|seat| usize::from(seat.plane)), Some(satellite / 11), "{satellite}");
    }
}

/// A plane of which half is missing loses no one: each satellite left still has a neighbour where there is one.
#[test]
fn gaps_strand_nobody() {
    let constellation = walker(24, 22, 7, 53.0, 550.0);
    let epoch = constellation.median_epoch().unwrap();
    let all = elements(&constellation, epoch);
    let is_there = |index: &usize| index / 22 % 5 != 2 || index.is_multiple_of(3);
    let kept: Vec<usize> = (0..all.len()).filter(is_there).collect();
    let sets =
        kept.iter().enumerate().map(|(number, index)| element_set(number as u64 + 1, epoch, &all[*index]));
    let bare = from_sets(sets.collect());
    let planes = find_planes(&bare, epoch);
    assert_eq!(planes.shells.len(), 1);
    assert_eq!(planes.shells[0].planes.len(), 24);
    let sky = real_sky(&bare, epoch);
    let links = skyshed_network::lasers::lasers(&sky, &planes, &CONFIG, &nothing_out(), None);
    check_links(&sky, &planes, &CONFIG, &nothing_out(), &links);
    let report = skyshed_network::lasers::report(&links, &planes, None);
    assert_eq!((report.components.count, report.components.largest), (1, kept.len()));
    assert!(report.degrees[..3].iter().sum::<u32>() == 0, "{:?}", report.degrees);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Any whole Walker shell is found again, whatever the order of its elements.
    #[test]
    fn random_shells_without_their_design_give_it_back(
        planes in 3u32..60, per_plane in 3u32..30, phasing in 0u32..60,
        inclination_deg in 20.0f64..160.0, altitude_km in 300.0f64..1500.0,
    ) {
        let constellation = walker(planes, per_plane, phasing % planes, inclination_deg, altitude_km);
        check_found(&constellation, constellation.median_epoch().unwrap());
    }
}
