//! Slot after slot: limits checked again, links kept, faults, and the report.

use proptest::prelude::*;
use skyshed_network::LaserConfig;
use skyshed_network::lasers::{
    BETWEEN_SHELLS_NEW_MAX_KM, Churn, Components, Lasers, LasersOut, Lengths, lasers, report,
};
use skyshed_network::planes::{Planes, find_planes};
use skyshed_orbit::Constellation;

use crate::support::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever the shell, the limits, the faults and the number of terminals.
    #[test]
    fn links_of_random_shells(
        shell in (1u32..14, 1u32..14, 0u32..14, 0.0f64..180.0, 300.0f64..1500.0),
        terminals in 0u8..7, range_max_km in 0.0f64..9000.0, grazing_altitude_km in -500.0f64..400.0,
        out_satellites in prop::collection::btree_set(0u32..200, 0..6),
        out_pairs in prop::collection::btree_set((0u32..200, 0u32..200), 0..40),
        later_micros in 0i64..600_000_000,
    ) {
        let (planes, per_plane, phasing, inclination_deg, altitude_km) = shell;
        let constellation = walker(planes, per_plane, phasing % planes, inclination_deg, altitude_km);
        let found = find_planes(&constellation, time());
        let config = LaserConfig { terminals, range_max_km, grazing_altitude_km, between_shells: true };
        let pairs = out_pairs.into_iter().filter(|(a, b)| a < b).map(|(a, b)| [a, b]).collect();
        let out = LasersOut { satellites: out_satellites.into_iter().collect(), pairs };
        let sky = circular_sky(&constellation, time());
        let first = lasers(&sky, &found, &config, &out, None);
        check_links(&sky, &found, &config, &out, &first);
        let sky = circular_sky(&constellation, time().plus_micros(later_micros));
        let second = lasers(&sky, &found, &config, &out, Some(&first));
        check_links(&sky, &found, &config, &out, &second);
        check_kept(&sky, &found, &config, &out, &first, &second);
        // The same again changes nothing.
        prop_assert_eq!(lasers(&sky, &found, &config, &out, Some(&second)), second);
    }
}

/// Ten minutes of the whole designed fleet: the grid stays, and so do links between shells while they hold.
#[test]
fn forty_slots_of_the_designed_fleet() {
    let constellation = Constellation::preset("starlink-2026").unwrap();
    let planes = find_planes(&constellation, time());
    // Six terminals leave two for links between shells.
    let config = LaserConfig { terminals: 6, between_shells: true, ..CONFIG };
    let only_grid = Planes { spare: Vec::new(), ..planes.clone() };
    let mut previous: Option<Lasers> = None;
    for slot in 0..40 {
        let sky = real_sky(&constellation, time().plus_micros(slot * SLOT_MICROS));
        let now = lasers(&sky, &only_grid, &config, &nothing_out(), previous.as_ref());
        check_links(&sky, &only_grid, &config, &nothing_out(), &now);
        let sums = report(&now, &planes, previous.as_ref());
        assert!(sums.links_between_shells > 4000, "{}", sums.links_between_shells);
        assert_eq!((sums.components.count, sums.components.isolated), (1, 0));
        if let Some(before) = &previous {
            check_kept(&sky, &only_grid, &config, &nothing_out(), before, &now);
            let churn = sums.churn.unwrap();
            assert_eq!(churn.kept + churn.added, now.pairs.len());
            assert_eq!(churn.kept + churn.dropped, before.pairs.len());
            assert!(churn.kept * 100 > 98 * before.pairs.len(), "{churn:?}");
        }
        previous = Some(now);
    }
}

#[test]
fn the_designed_grid_never_changes() {
    for preset in ["starlink-550", "kuiper-630", "oneweb-1200"] {
        let constellation = Constellation::preset(preset).unwrap();
        let planes = find_planes(&constellation, time());
        let mut previous: Option<Lasers> = None;
        for slot in 0..40 {
            let sky = real_sky(&constellation, time().plus_micros(slot * SLOT_MICROS));
            let now = lasers(&sky, &planes, &CONFIG, &nothing_out(), previous.as_ref());
            let churn = report(&now, &planes, previous.as_ref()).churn;
            let unchanged = Churn { added: 0, dropped: 0, kept: now.pairs.len() };
            assert!(churn.is_none_or(|churn| churn == unchanged), "{preset} {slot}: {churn:?}");
            previous = Some(now);
        }
    }
}

/// New links between shells are short; of two the nearer is taken first; kept links may grow.
#[test]
fn links_between_shells_begin_near() {
    let constellation = Constellation::preset("kuiper-630").unwrap();
    let planes = Planes { grid: Vec::new(), spare: Vec::new(), ..find_planes(&constellation, time()) };
    let config = LaserConfig { terminals: 1, between_shells: true, ..CONFIG };
    let sky = real_sky(&constellation, time());
    let links = lasers(&sky, &planes, &config, &nothing_out(), None);
    check_links(&sky, &planes, &config, &nothing_out(), &links);
    let shell = |satellite: u32| planes.seats[satellite as usize].unwrap().shell;
    assert!(links.length_mm.iter().all(|length_mm| *length_mm as f64 <= BETWEEN_SHELLS_NEW_MAX_KM * 1e6));
    // Of the two ends of any pair not taken, one has a link that is at most as long.
    let mut length_of = vec![f64::INFINITY; planes.seats.len()];
    for pair in &links.pairs {
        pair.iter().for_each(|satellite| length_of[*satellite as usize] = distance_m(&sky, *pair));
    }
    for a in (0..planes.seats.len() as u32).step_by(7) {
        for b in (0..planes.seats.len() as u32).filter(|b| shell(*b) != shell(a)) {
            let distance_m = distance_m(&sky, [a, b]);
            let shorter_m = length_of[a as usize].min(length_of[b as usize]);
            assert!(
                distance_m > BETWEEN_SHELLS_NEW_MAX_KM * 1e3 || shorter_m <= distance_m + 1e-3,
                "{a} {b}"
            );
        }
    }
    let later = real_sky(&constellation, time().plus_micros(4 * SLOT_MICROS));
    let kept = lasers(&later, &planes, &config, &nothing_out(), Some(&links));
    check_kept(&later, &planes, &config, &nothing_out(), &links, &kept);
    assert!(kept.length_mm.iter().any(|length_mm| *length_mm as f64 > BETWEEN_SHELLS_NEW_MAX_KM * 1e6));
}

/// A satellite out of order has no link, its neighbours link past it, and when it is back all is as it was.
#[test]
fn a_satellite_fails_and_comes_back() {
    let constellation = Constellation::preset("starlink-550").unwrap();
    let planes = find_planes(&constellation, time());
    let sky = real_sky(&constellation, time());
    let whole = lasers(&sky, &planes, &CONFIG, &nothing_out(), None);
    let out = LasersOut { satellites: vec![700, 701], pairs: vec![[0, 1]] };
    let broken = lasers(&sky, &planes, &CONFIG, &out, Some(&whole));
    check_links(&sky, &planes, &CONFIG, &out, &broken);
    check_kept(&sky, &planes, &CONFIG, &out, &whole, &broken);
    assert!(whole.pairs.contains(&[0, 1]) && !broken.pairs.contains(&[0, 1]));
    let degrees = degrees(&broken.pairs, 1584);
    assert_eq!((degrees[700], degrees[701]), (0, 0));
    let added: Vec<_> = broken.pairs.iter().filter(|pair| whole.pairs.binary_search(pair).is_err()).collect();
    assert!(!added.is_empty(), "the neighbours' terminals stay unused");
    let sums = report(&broken, &planes, Some(&whole));
    assert_eq!(sums.components, Components { count: 1, largest: 1582, isolated: 2 });
    assert_eq!(sums.churn.unwrap().dropped, 4 + 3 + 1);
    assert_eq!(lasers(&sky, &planes, &CONFIG, &nothing_out(), Some(&broken)), whole);
}

/// Every satellite of a plane, and then of a whole shell.
#[test]
fn a_plane_and_a_shell_fail() {
    let constellation = Constellation::preset("kuiper-630").unwrap();
    let planes = find_planes(&constellation, time());
    let sky = real_sky(&constellation, time());
    let plane = LasersOut { satellites: planes.shells[0].planes[3].satellites.clone(), pairs: Vec::new() };
    let links = lasers(&sky, &planes, &CONFIG, &plane, None);
    check_links(&sky, &planes, &CONFIG, &plane, &links);
    let sums = report(&links, &planes, None);
    assert_eq!(sums.components, Components { count: 3, largest: 1296, isolated: 34 });
    let of_shell = planes.shells[1].planes.iter().flat_map(|plane| plane.satellites.iter().copied());
    let shell = LasersOut { satellites: of_shell.collect(), pairs: Vec::new() };
    let sums = report(&lasers(&sky, &planes, &CONFIG, &shell, None), &planes, None);
    assert_eq!(sums.components, Components { count: 2, largest: 1156, isolated: 1296 });
}

#[test]
fn the_report_counts() {
    let constellation = walker(3, 4, 0, 53.0, 550.0);
    let planes = find_planes(&constellation, time());
    let of =
        |pairs: &[[u32; 2]]| Lasers { pairs: pairs.to_vec(), length_mm: (1..=pairs.len() as u64).collect() };
    let before = of(&[[0, 1], [1, 2], [5, 6]]);
    let sums = report(&of(&[[0, 1], [0, 2], [0, 3], [5, 6], [7, 8]]), &planes, Some(&before));
    assert_eq!((sums.satellites, sums.seated, sums.links, sums.links_between_shells), (12, 12, 5, 0));
    assert_eq!(sums.degrees, [4, 7, 0, 1]);
    assert_eq!(sums.lengths, Some(Lengths { min_mm: 1, p50_mm: 3, p95_mm: 5, max_mm: 5 }));
    assert_eq!(sums.components, Components { count: 3, largest: 4, isolated: 4 });
    assert_eq!(sums.churn, Some(Churn { added: 3, dropped: 1, kept: 2 }));
    let twenty: Vec<[u32; 2]> = (0..20).map(|index| [index / 10, index % 10 + 2]).collect();
    let lengths = report(&of(&twenty), &planes, None).lengths;
    assert_eq!(lengths, Some(Lengths { min_mm: 1, p50_mm: 10, p95_mm: 19, max_mm: 20 }));
    let nothing = report(&Lasers::default(), &Planes::default(), None);
    assert_eq!((nothing.satellites, nothing.lengths, nothing.churn), (0, None, None));
    assert_eq!(nothing.degrees, [0; 0]);
}

#[test]
fn the_same_on_any_number_of_threads() {
    let constellation = Constellation::preset("starlink-2026").unwrap();
    let (bare, _) = without_design(&constellation);
    let config = LaserConfig { between_shells: true, ..CONFIG };
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let planes = find_planes(&bare, bare.median_epoch().unwrap());
            let sky = real_sky(&bare, bare.median_epoch().unwrap());
            let links = lasers(&sky, &planes, &config, &nothing_out(), None);
            (planes, links)
        })
    };
    let one = on_threads(1);
    assert!(on_threads(2) == one && on_threads(7) == one);
}
