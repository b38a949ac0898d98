//! Holds fair shares against their definition, against a slow filling, and against linear programs that HiGHS solves.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it runs the reference software"
)]

use proptest::prelude::*;
use serde_json::{Value, json};
use skyshed_network::fair::{Flow, Shares, max_min, shares};

mod common;

use common::{Dice, oracle};

const NOT_HELD: f64 = f64::INFINITY;

fn flow(links: &[u32], users: &[(f64, f64)]) -> Flow {
    Flow { links: links.to_vec(), users: users.to_vec() }
}

#[track_caller]
fn check(capacity_kbps: &[f64], flows: &[Flow], level_kbps: &[f64], load_kbps: &[f64]) {
    let found = shares(capacity_kbps, flows);
    assert_eq!(found, Shares { level_kbps: level_kbps.to_vec(), load_kbps: load_kbps.to_vec() });
    assert_eq!(max_min(capacity_kbps, flows), level_kbps);
}

#[test]
fn by_hand() {
    // Ways over one, two and three links of a line of three.
    let line = [flow(&[0, 1, 2], &[(9.0, 1.0)]), flow(&[0], &[(9.0, 1.0)]), flow(&[1, 2], &[(9.0, 2.0)])];
    check(&[4.0, 3.0, 8.0], &line, &[1.0, 3.0, 1.0], &[4.0, 3.0, 3.0]);
    // Who wants little leaves the rest to the others: 1 + 2 + 2·3.5 = 10.
    let little = [flow(&[0], &[(1.0, 1.0), (5.0, 1.0)]), flow(&[0], &[(2.0, 1.0), (f64::INFINITY, 1.0)])];
    check(&[10.0], &little, &[3.5, 3.5], &[10.0]);
    // The link that is full first is not the one of which each user's part is smallest at the start.
    let later = [flow(&[0, 1], &[(1.0, 10.0)]), flow(&[0], &[(100.0, 1.0)]), flow(&[1], &[(100.0, 4.0)])];
    check(&[20.0, 22.0], &later, &[NOT_HELD, 10.0, 3.0], &[20.0, 22.0]);
}

#[test]
fn at_the_edges() {
    check(&[], &[], &[], &[]);
    check(&[5.0], &[], &[], &[0.0]);
    let idle =
        [flow(&[], &[(3.0, 1.0)]), flow(&[0], &[]), flow(&[0], &[(7.0, 0.0)]), flow(&[0], &[(0.0, 3.0)])];
    check(&[5.0], &idle, &[NOT_HELD; 4], &[0.0]);
    check(&[0.0], &[flow(&[0], &[(0.0, 1.0), (3.0, 1.0)])], &[0.0], &[0.0]);
    check(&[f64::INFINITY], &[flow(&[0], &[(f64::INFINITY, 2.0)])], &[NOT_HELD], &[f64::INFINITY]);
    // Exactly enough for everybody: nobody is held back.
    check(&[6.0], &[flow(&[0], &[(1.0, 2.0), (2.0, 2.0)])], &[NOT_HELD], &[6.0]);
    // Twice over the same link.
    check(&[6.0], &[flow(&[0, 0], &[(5.0, 1.0)])], &[3.0], &[6.0]);
    // No user at all where the most is infinite.
    check(&[1.0], &[flow(&[0], &[(3.0, 1.0), (f64::INFINITY, 0.0)])], &[1.0], &[1.0]);
}

macro_rules! refuses {
    ($($name:ident: $message:literal, $capacity:expr, $flow:expr;)*) => {
        $(#[test]
        #[should_panic(expected = $message)]
        fn $name() {
            shares($capacity, &[$flow]);
        })*
    };
}

refuses! {
    a_negative_capacity: "link 1 has a capacity of -1 kb/s", &[2.0, -1.0], flow(&[], &[]);
    a_capacity_that_is_no_number: "link 0 has a capacity of NaN kb/s", &[f64::NAN], flow(&[], &[]);
    a_link_that_is_not_there: "flow 0 goes over link 1, but there are 1 links", &[2.0], flow(&[1], &[]);
    users_out_of_order: "users of flow 0 take 2 kb/s after 3", &[2.0], flow(&[0], &[(3.0, 1.0), (2.0, 1.0)]);
    a_most_that_is_no_number: "users of flow 0 take NaN kb/s after 0", &[2.0], flow(&[0], &[(f64::NAN, 1.0)]);
    a_negative_most: "users of flow 0 take -2 kb/s after 0", &[2.0], flow(&[0], &[(-2.0, 1.0)]);
    fewer_than_no_users: "flow 0 has -1 users", &[2.0], flow(&[0], &[(2.0, -1.0)]);
    users_without_number: "flow 0 has NaN users", &[2.0], flow(&[0], &[(2.0, f64::NAN)]);
}

/// Links and flows of every kind, with numbers that make ties.
fn cases() -> impl Strategy<Value = (Vec<f64>, Vec<Flow>)> {
    (1usize..9, 0usize..14).prop_flat_map(|(links, flows)| {
        let user = (prop_oneof![0.0..50.0, (0u8..6).prop_map(f64::from)], prop_oneof![0.1..9.0, Just(1.0)]);
        let users = prop::collection::vec(user, 0..6).prop_map(|mut users: Vec<(f64, f64)>| {
            users.sort_by(|a, b| a.0.total_cmp(&b.0));
            users
        });
        let path = prop::sample::subsequence((0..links as u32).collect::<Vec<_>>(), 0..=links.min(4));
        let flow = (path, users).prop_map(|(links, users)| Flow { links, users });
        let capacity = prop_oneof![0.0..200.0, (0u8..40).prop_map(f64::from)];
        (prop::collection::vec(capacity, links), prop::collection::vec(flow, flows))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nobody can have more without taking from somebody who has no more: there is a full link on the way of everybody
    /// who is held back on which nobody is at a higher level.
    #[test]
    fn max_min_fair((capacity_kbps, flows) in cases()) {
        let found = shares(&capacity_kbps, &flows);
        for (load, capacity) in found.load_kbps.iter().zip(&capacity_kbps) {
            prop_assert!(load <= &(capacity * (1.0 + 1e-12) + 1e-12), "{} over {}", load, capacity);
        }
        for (flow, &level) in flows.iter().zip(&found.level_kbps).filter(|(_, level)| level.is_finite()) {
            let is_bottleneck = |&&link: &&u32| {
                let link = link as usize;
                let is_full = found.load_kbps[link] >= capacity_kbps[link] * (1.0 - 1e-12) - 1e-12;
                is_full && highest_rate(link, &flows, &found.level_kbps) <= level * (1.0 + 1e-12)
            };
            prop_assert!(flow.links.iter().find(is_bottleneck).is_some(), "{:?} at {}", flow, level);
        }
    }

    #[test]
    fn equal_to_slow_filling((capacity_kbps, flows) in cases()) {
        let slow = slow_filling(&capacity_kbps, &flows);
        for (flow, (fast, slow)) in flows.iter().zip(max_min(&capacity_kbps, &flows).iter().zip(&slow)) {
            for &(most, _) in &flow.users {
                let off = (most.min(*fast) - most.min(*slow)).abs();
                prop_assert!(off < 1e-9, "{:?}: {} and slowly {}", flow, fast, slow);
            }
        }
    }

    /// Flows in another order, or two flows instead of one with the users of both, give everybody the same.
    #[test]
    fn order_changes_nothing((capacity_kbps, flows) in cases()) {
        let forth = max_min(&capacity_kbps, &flows);
        let turned: Vec<Flow> = flows.iter().rev().cloned().collect();
        for (flow, (a, b)) in flows.iter().zip(forth.iter().zip(max_min(&capacity_kbps, &turned).iter().rev())) {
            prop_assert!(flow.users.iter().all(|user| (user.0.min(*a) - user.0.min(*b)).abs() < 1e-9));
        }
    }
}

/// The highest rate of a user on a link.
fn highest_rate(link: usize, flows: &[Flow], level_kbps: &[f64]) -> f64 {
    let over = flows.iter().zip(level_kbps).filter(|(flow, _)| flow.links.contains(&(link as u32)));
    let rates = over.flat_map(|(flow, level)| flow.users.iter().map(|user| user.0.min(*level)));
    rates.fold(0.0, f64::max)
}

/// Filling as the definition has it: up to the next level at which anything changes, again and again.
fn slow_filling(capacity_kbps: &[f64], flows: &[Flow]) -> Vec<f64> {
    let mut levels = vec![NOT_HELD; flows.len()];
    let mut level: f64 = 0.0;
    let carried = |link: usize, level: f64, levels: &[f64]| -> f64 {
        let over = flows.iter().zip(levels).filter(|(flow, _)| flow.links.contains(&(link as u32)));
        over.flat_map(|(flow, stop)| flow.users.iter().map(move |user| user.0.min(level).min(*stop) * user.1))
            .sum()
    };
    loop {
        for (link, capacity) in capacity_kbps.iter().enumerate() {
            let is_full = carried(link, level, &levels) >= capacity - 1e-10;
            for (flow, stop) in flows.iter().zip(&mut levels).filter(|_| is_full) {
                if flow.links.contains(&(link as u32)) && *stop == NOT_HELD {
                    *stop = level;
                }
            }
        }
        let mosts = flows.iter().flat_map(|flow| flow.users.iter().map(|user| user.0));
        let next = mosts.filter(|most| *most > level).fold(NOT_HELD, f64::min);
        if next == NOT_HELD {
            return levels;
        }
        let mut up = next;
        for (link, capacity) in capacity_kbps.iter().enumerate() {
            let (now, then) = (carried(link, level, &levels), carried(link, next, &levels));
            if then > *capacity && then > now {
                up = up.min(level + (capacity - now) / (then - now) * (next - level));
            }
        }
        level = up.max(level);
    }
}

#[test]
fn highs_on_random_cases() {
    let cases: Vec<(Vec<f64>, Vec<Flow>)> = (0..60).map(random_case).collect();
    let Some(answers) = oracle("max_min", &cases.iter().map(to_json).collect::<Vec<_>>()) else {
        return;
    };
    let (mut held, mut free) = (0, 0);
    for ((capacity_kbps, flows), answer) in cases.iter().zip(answers) {
        for (at, (flow, level)) in flows.iter().zip(max_min(capacity_kbps, flows)).enumerate() {
            for (user, &(most, _)) in flow.users.iter().enumerate() {
                let theirs = answer[at][user].as_f64().unwrap();
                let ours = most.min(level);
                assert!(
                    (ours - theirs).abs() < 1e-6 * theirs.max(1.0),
                    "{ours} here, {theirs} there: {flow:?}"
                );
                if ours < most { held += 1 } else { free += 1 }
            }
        }
    }
    println!("{held} users held back and {free} not, alike");
    assert!(held > 100 && free > 100, "{held} held back, {free} free");
}

fn to_json((capacity_kbps, flows): &(Vec<f64>, Vec<Flow>)) -> Value {
    let flows: Vec<Value> =
        flows.iter().map(|flow| json!({ "links": flow.links, "users": flow.users })).collect();
    json!({ "capacity_kbps": capacity_kbps, "flows": flows })
}

fn random_case(seed: u64) -> (Vec<f64>, Vec<Flow>) {
    let mut dice = Dice::new(seed + 1000);
    let links = 1 + dice.roll(6);
    let capacity = (0..links).map(|_| 10.0 + dice.roll(500) as f64).collect();
    let flows = (0..1 + dice.roll(8)).map(|_| {
        let mut path: Vec<u32> = (0..1 + dice.roll(3)).map(|_| dice.roll(links) as u32).collect();
        path.sort_unstable();
        path.dedup();
        let mut users: Vec<(f64, f64)> =
            (0..1 + dice.roll(3)).map(|_| (1.0 + dice.roll(60) as f64, 1.0 + dice.roll(3) as f64)).collect();
        users.sort_by(|a, b| a.0.total_cmp(&b.0));
        Flow { links: path, users }
    });
    let flows = flows.collect();
    (capacity, flows)
}
