//! Holds trees against a plain Dijkstra, against SciPy's, and against their own promises.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it runs the reference software and reads real data sets"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;
use serde_json::{Value, json};
use skyshed_network::trees::Sweep;
use skyshed_network::{Graph, Next, Trees};
use skyshed_orbit::{Constellation, Epoch, Sky, Ut1Table, read_elements};

mod common;

use common::{Dice, oracle};

/// Links and seeds, as they come.
#[derive(Clone, Debug, Default)]
struct Case {
    nodes: usize,
    destinations: usize,
    pairs: Vec<[u32; 2]>,
    length_mm: Vec<u64>,
    /// Node, destination, mm.
    seeds: Vec<(u32, usize, u64)>,
}

impl Case {
    fn graph(&self) -> Graph {
        Graph::new(self.nodes, &self.pairs, &self.length_mm)
    }

    fn trees(&self) -> Trees {
        let mut trees = Trees::new(self.nodes, self.destinations);
        self.seed(&mut trees);
        trees.settle(&self.graph());
        trees
    }

    fn seed(&self, trees: &mut Trees) {
        self.seeds.iter().for_each(|&(node, destination, mm)| trees.seed(node, destination, mm));
    }

    fn json(&self) -> Value {
        json!({
            "nodes": self.nodes, "destinations": self.destinations, "pairs": self.pairs,
            "length_mm": self.length_mm, "seeds": self.seeds,
        })
    }
}

/// Distances by destination and node: a binary heap per destination, as in any textbook.
fn dijkstra(case: &Case) -> Vec<Vec<Option<u64>>> {
    let graph = case.graph();
    (0..case.destinations).map(|destination| dijkstra_to(case, &graph, destination)).collect()
}

fn dijkstra_to(case: &Case, graph: &Graph, destination: usize) -> Vec<Option<u64>> {
    let mut known = vec![None; case.nodes];
    let seeds = case.seeds.iter().filter(|seed| seed.1 == destination);
    let mut heap: BinaryHeap<Reverse<(u64, u32)>> = seeds.map(|&(node, _, mm)| Reverse((mm, node))).collect();
    while let Some(Reverse((mm, node))) = heap.pop() {
        if known[node as usize].is_none() {
            known[node as usize] = Some(mm);
            graph.links(node).for_each(|(to, length_mm)| heap.push(Reverse((mm + length_mm, to))));
        }
    }
    known
}

/// Distances are those of Dijkstra, and every next hop is the first that keeps the promise of its distance.
fn check(case: &Case, trees: &Trees) {
    let (graph, expected) = (case.graph(), dijkstra(case));
    let mut hops = Vec::new();
    trees.next_all(&mut hops);
    for node in 0..case.nodes as u32 {
        let nearest = expected.iter().enumerate().filter_map(|(k, of)| Some((k, of[node as usize]?)));
        assert_eq!(trees.nearest(node), nearest.min_by_key(|&(_, mm)| mm));
        let distances: Vec<_> = expected.iter().map(|of| of[node as usize]).collect();
        assert_eq!(trees.distances_mm(node).collect::<Vec<_>>(), distances);
        for (destination, &mm) in distances.iter().enumerate() {
            assert_eq!(trees.distance_mm(node, destination), mm, "node {node}, destination {destination}");
            let next = first_hop(case, &graph, &expected, node, destination);
            assert_eq!(trees.next(&graph, node, destination), next, "node {node}, destination {destination}");
            assert_eq!(hop(hops[node as usize * case.destinations + destination]), next);
        }
    }
    assert_eq!(hops.len(), case.nodes * case.destinations);
}

fn first_hop(case: &Case, graph: &Graph, known: &[Vec<Option<u64>>], node: u32, to: usize) -> Next {
    let Some(mm) = known[to][node as usize] else { return Next::Unreachable };
    if case.seeds.contains(&(node, to, mm)) {
        return Next::Leave;
    }
    let fits = |link: &(u32, u64)| known[to][link.0 as usize].is_some_and(|rest| rest + link.1 == mm);
    Next::Node(graph.links(node).find(fits).expect("a way that ends").0)
}

fn hop(number: u32) -> Next {
    match number {
        Trees::LEAVE => Next::Leave,
        Trees::UNREACHABLE => Next::Unreachable,
        node => Next::Node(node),
    }
}

/// Any graph: ties (lengths from a few values), nodes without links, links twice over, links of a node with itself.
fn cases() -> impl Strategy<Value = Case> {
    (1usize..40, 0usize..40, 1u64..2_000_000_000).prop_flat_map(|(nodes, destinations, scale)| {
        let node = 0..nodes as u32;
        let links = prop::collection::vec(([node.clone(), node.clone()], 0u64..6), 0..100);
        let seeds = prop::collection::vec((node, 0..destinations.max(1), 0u64..6), 0..60);
        (links, seeds).prop_map(move |(links, seeds)| {
            let (pairs, steps): (Vec<_>, Vec<_>) = links.into_iter().unzip();
            let length_mm = steps.into_iter().map(|steps| steps * scale).collect();
            let seeds = seeds.into_iter().filter(|seed| seed.1 < destinations);
            let seeds = seeds.map(|(node, to, steps)| (node, to, steps * scale)).collect();
            Case { nodes, destinations, pairs, length_mm, seeds }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equal_to_dijkstra(case in cases()) {
        check(&case, &case.trees());
    }

    #[test]
    fn neither_the_sweep_nor_the_past_changes_anything(cases in [cases(), cases()], turn in 0u32..7) {
        let mut trees = Trees::default();
        for case in &cases {
            let order: Vec<u32> = (0..case.nodes as u32).rev().filter(|node| node % 7 != turn).collect();
            let sweep = Sweep::along(case.nodes, order.chunks(5));
            trees.reset(case.nodes, case.destinations);
            case.seed(&mut trees);
            trees.settle_along(&case.graph(), &sweep);
            prop_assert!(trees == case.trees());
        }
    }

    #[test]
    fn entering_is_by_the_node_with_the_shortest_way(case in cases(), by in prop::collection::vec((0u32..40, 0u64..9), 0..6)) {
        let nodes = case.nodes as u32;
        let by: Vec<(u32, u64)> = by.into_iter().map(|(node, mm)| (node % nodes, mm)).collect();
        let (mut node, mut length_mm) = (vec![7; case.destinations], vec![7; case.destinations]);
        case.trees().enter(&by, &mut node, &mut length_mm);
        for (to, known) in dijkstra(&case).iter().enumerate() {
            let ways = by.iter().filter_map(|&(node, mm)| Some((known[node as usize]? + mm, node)));
            let best = ways.min_by_key(|&(whole_mm, _)| whole_mm).unwrap_or((u64::MAX, Trees::UNREACHABLE));
            prop_assert_eq!((length_mm[to], node[to]), best);
        }
    }

    #[test]
    fn seeds_of_a_node_all_at_once(near_mm in 0u64..9, beyond_mm in prop::collection::vec(0u64..9, 0..40)) {
        let (mut all, mut one_by_one) = (Trees::new(3, beyond_mm.len()), Trees::new(3, beyond_mm.len()));
        let known = |mm: u64| if mm == 8 { u64::MAX } else { mm };
        all.seed_all(1, near_mm, &beyond_mm.iter().map(|&mm| known(mm)).collect::<Vec<_>>());
        for (destination, &mm) in beyond_mm.iter().enumerate().filter(|entry| *entry.1 != 8) {
            one_by_one.seed(1, destination, near_mm + mm);
        }
        let graph = Graph::new(3, &[[0, 1]], &[5]);
        for trees in [&mut all, &mut one_by_one] {
            trees.settle(&graph);
        }
        for (node, destination) in (0..3).flat_map(|node| (0..beyond_mm.len()).map(move |to| (node, to))) {
            prop_assert_eq!(all.distance_mm(node, destination), one_by_one.distance_mm(node, destination));
        }
    }
}

#[test]
fn a_long_chain_against_every_order() {
    // Numbers jump back and forth along the chain: no direction follows it.
    let nodes = 4001u32;
    let place = |k: u32| if k.is_multiple_of(2) { k / 2 } else { nodes - 1 - k / 2 };
    let pairs: Vec<[u32; 2]> = (0..nodes - 1).map(|k| [place(k), place(k + 1)]).collect();
    let case = Case {
        nodes: nodes as usize,
        destinations: 1,
        length_mm: (0..pairs.len() as u64).map(|k| k * 7919 % 5000).collect(),
        pairs,
        seeds: vec![(place(0), 0, 3)],
    };
    check(&case, &case.trees());
}

#[test]
fn nothing_to_settle() {
    check(&Case { nodes: 4, pairs: vec![[0, 1]], length_mm: vec![7], ..Case::default() }, &Trees::new(4, 0));
    let unseeded =
        Case { nodes: 4, destinations: 17, pairs: vec![[0, 1]], length_mm: vec![7], seeds: vec![] };
    check(&unseeded, &unseeded.trees());
    let empty = Case { destinations: 17, ..Case::default() };
    check(&empty, &empty.trees());
}

#[test]
fn ways_around_a_circle_of_no_length_end() {
    let case = Case {
        nodes: 5,
        destinations: 1,
        pairs: vec![[0, 1], [1, 2], [2, 3], [3, 4]],
        length_mm: vec![0; 4],
        seeds: vec![(4, 0, 0)],
    };
    let trees = case.trees();
    check(&case, &trees);
    assert_eq!(trees.distance_mm(0, 0), Some(4), "each link counts as a millimetre");
}

#[test]
fn what_is_too_far_is_unreachable() {
    let limit = 1u64 << 53;
    let mut trees = Trees::new(4, 2);
    trees.seed(0, 0, 1);
    trees.seed(3, 1, u64::MAX);
    let graph = Graph::new(4, &[[0, 1], [1, 2], [2, 3]], &[limit - 2, 1, u64::MAX]);
    trees.settle(&graph);
    let found: Vec<_> =
        (0..4).map(|node| (trees.distance_mm(node, 0), trees.next(&graph, node, 0))).collect();
    let none = (None, Next::Unreachable);
    assert_eq!(found, [(Some(1), Next::Leave), (Some(limit - 1), Next::Node(0)), none, none]);
    assert_eq!(trees.distance_mm(3, 1), None);
}

#[test]
fn threads_change_nothing() {
    let case = random_case(7, 300, 70);
    let of = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| case.trees())
    };
    assert!(of(1) == of(3));
}

#[test]
#[should_panic(expected = "node 1 of 4, destination 2 of 2")]
fn a_destination_that_is_not_there() {
    Trees::new(4, 2).seed(1, 2, 0);
}

#[test]
#[should_panic(expected = "nodes of the graph and of the trees")]
fn a_graph_of_another_size() {
    Trees::new(4, 2).settle(&Graph::new(3, &[], &[]));
}

#[test]
fn scipy_on_random_graphs() {
    let cases: Vec<Case> =
        (0..40).map(|seed| random_case(seed, 2 + seed as usize * 9, seed as usize % 37)).collect();
    compare_with_scipy(&cases);
}

#[test]
fn scipy_on_constellations() {
    let designed = designed_case();
    let cases: Vec<Case> = std::iter::once(designed).chain(real_case()).collect();
    compare_with_scipy(&cases);
}

/// Distances equal to the millimetre; next hops equal, or both on ways of that length.
fn compare_with_scipy(cases: &[Case]) {
    let Some(answers) = oracle("dijkstra", &cases.iter().map(Case::json).collect::<Vec<_>>()) else { return };
    for (case, answer) in cases.iter().zip(answers) {
        let (graph, trees) = (case.graph(), case.trees());
        let (mut same, mut ties) = (0, 0);
        for destination in 0..case.destinations {
            let (distances, after) = (&answer["distance_mm"][destination], &answer["after"][destination]);
            for node in 0..case.nodes as u32 {
                let theirs = u64::try_from(distances[node as usize].as_i64().unwrap()).ok();
                assert_eq!(trees.distance_mm(node, destination), theirs, "node {node}, {destination}");
                let their_hop = match after[node as usize].as_i64().unwrap() {
                    -1 => Next::Unreachable,
                    -2 => Next::Leave,
                    next => Next::Node(next as u32),
                };
                if trees.next(&graph, node, destination) == their_hop {
                    same += 1;
                } else {
                    assert!(
                        is_shortest(case, &graph, &trees, node, destination, their_hop),
                        "{node}, {destination}"
                    );
                    ties += 1;
                }
            }
        }
        println!("{} nodes: {same} next hops the same, {ties} ties", case.nodes);
        assert!(case.destinations == 0 || same > ties, "{} nodes: {same} the same, {ties} ties", case.nodes);
    }
}

fn is_shortest(case: &Case, graph: &Graph, trees: &Trees, node: u32, destination: usize, hop: Next) -> bool {
    let Some(mm) = trees.distance_mm(node, destination) else { return false };
    match hop {
        Next::Leave => case.seeds.contains(&(node, destination, mm)),
        Next::Node(next) => graph.links(node).any(|(to, length_mm)| {
            to == next && trees.distance_mm(to, destination).is_some_and(|rest| rest + length_mm == mm)
        }),
        Next::Unreachable => false,
    }
}

fn random_case(seed: u64, nodes: usize, destinations: usize) -> Case {
    let mut dice = Dice::new(seed);
    let count = nodes as u64;
    let pairs: Vec<[u32; 2]> =
        (0..dice.roll(3 * count)).map(|_| [dice.roll(count) as u32, dice.roll(count) as u32]).collect();
    // Every other graph has lengths from so few values that ties abound.
    let (steps, scale) = if seed.is_multiple_of(2) { (4, 1_000_000_000) } else { (5_000_000_000, 1) };
    let mut length_mm = || (1 + dice.roll(steps)) * scale;
    let lengths = pairs.iter().map(|_| length_mm()).collect();
    let seeds =
        (0..destinations * 3).map(|k| ((k * 37 % nodes) as u32, k % destinations, length_mm())).collect();
    Case { nodes, destinations, pairs, length_mm: lengths, seeds }
}

/// The shell of the Hypatia paper: 72 planes of 22, each satellite linked to the next in its plane and beside it.
fn designed_case() -> Case {
    let constellation = Constellation::preset("starlink-550").unwrap();
    let sky = constellation.sky(constellation.newest_epoch().unwrap(), &Ut1Table::builtin());
    let shell: Vec<usize> =
        (0..sky.satellites.len()).filter(|&k| sky.satellites[k].name.contains("/53.0-550/")).collect();
    assert_eq!(shell.len(), 1584);
    let at = |plane: usize, place: usize| (plane % 72 * 22 + place % 22) as u32;
    let ahead = (0..1584).map(|k| [k as u32, at(k / 22, k % 22 + 1)]);
    let beside = (0..1584).map(|k| [k as u32, at(k / 22 + 1, k % 22)]);
    let positions: Vec<[f64; 3]> = shell.iter().map(|&k| position(&sky, k)).collect();
    constellation_case(&positions, ahead.chain(beside).collect(), 1_123_000.0)
}

/// Starlink as published, each satellite linked to its nearest four.
fn real_case() -> Option<Case> {
    let folder = std::env::var_os("SKYSHED_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let path = folder.join("orbits/starlink-20260822T2029Z.tle.gz");
    let Ok(bytes) = std::fs::read(&path) else {
        let required = std::env::var("SKYSHED_REQUIRE_DATA").is_ok_and(|value| value == "1");
        let message =
            format!("real constellation not compared: {} cannot be read; set SKYSHED_DATA", path.display());
        assert!(!required, "{message}");
        println!("SKIPPED: {message}");
        return None;
    };
    let constellation = Constellation::from_elements("real", &read_elements(&bytes).unwrap());
    let sky = constellation.sky(Epoch::parse("2026-08-22T21:00:12Z").unwrap(), &Ut1Table::builtin());
    let flying = (0..sky.satellites.len()).filter(|&k| sky.x_itrf_m[k].is_finite());
    let positions: Vec<[f64; 3]> = flying.map(|k| position(&sky, k)).collect();
    let pairs = nearest_four(&positions);
    Some(constellation_case(&positions, pairs, 900_000.0))
}

fn nearest_four(positions: &[[f64; 3]]) -> Vec<[u32; 2]> {
    let mut pairs = Vec::new();
    for (k, &from) in positions.iter().enumerate() {
        let to = positions.iter().enumerate().map(|(j, &to)| ((distance_m(from, to) * 1e3) as u64, j as u32));
        let mut near: Vec<(u64, u32)> = to.filter(|entry| entry.0 < 2_000_000_000).collect();
        near.sort_unstable();
        let neighbours = near.iter().filter(|entry| entry.1 as usize != k).take(4);
        pairs.extend(neighbours.map(|&(_, j)| [j.min(k as u32), j.max(k as u32)]));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Thirty destinations around the world, each entered from the satellites in range.
fn constellation_case(positions: &[[f64; 3]], pairs: Vec<[u32; 2]>, range_m: f64) -> Case {
    let mm = |a: [f64; 3], b: [f64; 3]| (distance_m(a, b) * 1e3) as u64;
    let mut seeds = Vec::new();
    for destination in 0..30 {
        let (latitude, longitude) = ((destination * 47 % 100) as f64 - 50.0, (destination * 83 % 360) as f64);
        let place = skyshed_orbit::frames::geodetic_to_itrf_m(latitude, longitude, 0.0);
        let seen = positions.iter().enumerate().filter(|(_, at)| distance_m(**at, place) < range_m);
        seeds.extend(seen.map(|(k, &at)| (k as u32, destination, mm(at, place))));
    }
    let length_mm = pairs.iter().map(|&[a, b]| mm(positions[a as usize], positions[b as usize])).collect();
    Case { nodes: positions.len(), destinations: 30, pairs, length_mm, seeds }
}

fn position(sky: &Sky, satellite: usize) -> [f64; 3] {
    [sky.x_itrf_m[satellite], sky.y_itrf_m[satellite], sky.z_itrf_m[satellite]]
}

fn distance_m(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt()
}
