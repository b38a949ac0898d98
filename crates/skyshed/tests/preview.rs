//! Previews held against plans of the whole planet, differenced and counted here in another way.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use skyshed::control::{Class, ClassSet, Decision, Policy, Scope, State, resolve};
use skyshed::ground::{Cell, cell_center, cell_id, within_rings};
use skyshed::preview::{
    Area, Basis, CellList, Change, Counted, Difference, Preview, PreviewError, PreviewRequest, Study, Total,
    preview_listed,
};
use skyshed::{
    Cause, Command, Config, Constellation, Epoch, Ground, Outcome, Provenance, Slot, Ut1Table, World,
    WorldParts, preview, render, run,
};

const TIME: &str = "2026-08-22T21:00:12Z";
/// Some 1,600 satellites: few enough that beams run out and guards bite.
const CONSTELLATION: &str = "starlink-550";

static WORLD: LazyLock<World> = LazyLock::new(|| world(illustrative()));

fn illustrative() -> Policy {
    Policy::parse(skyshed::control::ILLUSTRATIVE_POLICY).expect("shipped")
}

fn world(policy: Policy) -> World {
    let ground = Ground::embedded();
    World::new(WorldParts {
        constellation: Constellation::preset(CONSTELLATION).expect("shipped"),
        ut1: Ut1Table::builtin(),
        activation: resolve(&policy, &ground).expect("the policy fits the map"),
        ground,
        config: Config::default(),
        scenario: Default::default(),
        provenance: Provenance::default(),
    })
    .expect("a world")
}

fn time() -> Epoch {
    Epoch::parse(TIME).expect("a time")
}

fn change(territory: &str, state: State) -> Change {
    Change { territory: territory.to_owned(), classes: ClassSet::ALL, state }
}

fn study(changes: &[Change], area: Area) -> Study {
    let request = PreviewRequest { changes: changes.to_vec(), time: time(), area };
    preview(&WORLD, &request).expect("a preview")
}

fn refused(changes: &[Change], part: &str) {
    let request = PreviewRequest { changes: changes.to_vec(), time: time(), area: Area::Surroundings };
    let message = preview(&WORLD, &request).expect_err("no preview").to_string();
    assert!(message.contains(part), "{message:?} should contain {part:?}");
}

/// The illustrative policy, with what it says of one territory replaced by hand.
fn world_with(territory: &str, state: State) -> World {
    let mut policy = illustrative();
    let about = |scope: &Scope| *scope == Scope::Territory(territory.to_owned());
    let decision =
        policy.decisions.iter_mut().find(|decision| about(&decision.scope)).expect("it is decided");
    decision.state = state;
    under(&policy)
}

/// The same world under another policy.
fn under(policy: &Policy) -> World {
    WORLD.with_activation(resolve(policy, &WORLD.ground).expect("it fits the map")).expect("a world")
}

/// Two slots of two worlds, after the same slot of the first.
fn slots(with: &World) -> [Slot; 2] {
    let before = WORLD.slot(time().plus_micros(-15_000_000), None).expect("a slot");
    [&*WORLD, with].map(|world| world.slot(time(), Some(&before)).expect("a slot"))
}

/// Cells, people, thousandths of terminals, kb/s and the median round trip of served cells, counted here.
fn served(world: &World, slot: &Slot, of: impl Fn(Cell) -> bool) -> Counted {
    let mut counted = Counted::default();
    let (mut terminals_milli, mut round_trips) = (0.0f64, Vec::new());
    for cell in slot.plan.cells_with(Cause::Served).filter(|&cell| of(cell)) {
        let people = world.ground.people[cell.0 as usize];
        let demand = &world.config.demand;
        let terminals =
            (f64::from(people) * demand.terminals_per_1000_people / 1e3).min(demand.terminals_per_cell_max);
        let busy = terminals * demand.busy_share;
        counted.cells_served += 1;
        counted.people_served += u64::from(people);
        counted.capacity_kbps += (f64::from(slot.plan.rate_kbps[cell.0 as usize]) * busy).round() as u64;
        terminals_milli += (terminals * 1e3).round();
        round_trips.extend(std::iter::repeat_n(slot.plan.rtt_us[cell.0 as usize], people as usize / 100 + 1));
    }
    counted.terminals_served = (terminals_milli / 1e3).round() as u64;
    round_trips.sort_unstable();
    counted.rtt_us_p50 = round_trips.get(round_trips.len() / 2).map(|&us| u64::from(us));
    counted
}

#[track_caller]
fn check_counted(found: &Counted, expected: &Counted) {
    let exact = |counted: &Counted| (counted.cells_served, counted.people_served, counted.terminals_served);
    assert_eq!(exact(found), exact(expected));
    // Busy terminals are multiplied in another order here: a last bit may round another way.
    assert!(
        found.capacity_kbps.abs_diff(expected.capacity_kbps) <= 1 + expected.cells_served / 100,
        "{found:?}"
    );
    let (found, expected) = (found.rtt_us_p50.unwrap_or(0), expected.rtt_us_p50.unwrap_or(0));
    assert!(found.abs_diff(expected) <= 200, "median {found} us, counted per hundred people {expected} us");
}

#[test]
fn a_preview_of_the_planet_is_the_difference_of_two_plans() {
    let large = [("US", State::Off), ("RU", State::On), ("CA", State::Off)];
    for (territory, state) in [("LU", State::Off), ("TW", State::On)].into_iter().chain(large) {
        let preview = study(&[change(territory, state)], Area::Planet).preview;
        let with = world_with(territory, state);
        let [a, b] = slots(&with);
        let ground = &WORLD.ground;
        let changed = ground.find_territory(territory).expect("a territory");
        let inside = |cell: Cell| ground.is_within(ground.territory_of(cell), changed);
        let total = &preview.beam_level;
        check_counted(&total.inside.without, &served(&WORLD, &a, inside));
        check_counted(&total.inside.with, &served(&with, &b, inside));
        check_counted(&total.outside.without, &served(&WORLD, &a, |cell| !inside(cell)));
        check_counted(&total.outside.with, &served(&with, &b, |cell| !inside(cell)));
        let moved = |from: &Slot, to: &Slot| {
            let cells = from.plan.cells_with(Cause::Served).filter(|&cell| !inside(cell));
            cells.filter(|&cell| to.plan.cause(cell) != Cause::Served).count() as u64
        };
        assert_eq!(total.outside.lost.cells, moved(&a, &b));
        assert_eq!(total.outside.gained.cells, moved(&b, &a));
        check_causes(total, [&a, &b], inside);
        check_neighbours(total, [(&WORLD, &a), (&with, &b)]);
    }
}

fn check_causes(total: &Total, [a, b]: [&Slot; 2], inside: impl Fn(Cell) -> bool) {
    let mut counts: BTreeMap<(&str, &str), [u64; 2]> = BTreeMap::new();
    for cell in (0..a.plan.cause.len() as u32).map(Cell) {
        let (without, with) = (a.plan.cause(cell), b.plan.cause(cell));
        if without != with {
            counts.entry((without.name(), with.name())).or_default()[usize::from(!inside(cell))] += 1;
        }
    }
    let told: BTreeMap<_, _> =
        total.causes.iter().map(|c| ((c.without, c.with), [c.cells_inside, c.cells_outside])).collect();
    assert_eq!(told, counts);
}

/// What `coverage` says of each neighbour under either policy.
fn check_neighbours(total: &Total, sides: [(&World, &Slot); 2]) {
    assert!(total.territories.len() > 3, "neighbours change");
    for territory in total.territories.iter().filter(|territory| !territory.rest) {
        let query = Command::Coverage { territory: Some(territory.territory.clone()), by: None };
        let counted = [&territory.difference.without, &territory.difference.with];
        for ((world, slot), counted) in sides.into_iter().zip(counted) {
            let Ok(Outcome::Coverage(coverage)) = run(world, slot, &query) else { panic!("no coverage") };
            assert_eq!(
                (counted.cells_served, counted.people_served),
                (coverage.cells_served, coverage.people_served)
            );
            let ms = counted.rtt_us_p50.map(|us| us as f64 / 1e3);
            assert_eq!(ms, coverage.rtt_ms_p50, "{}", territory.territory);
        }
    }
}

/// Every sum of a preview.
fn differences(preview: &Preview) -> Vec<&Difference> {
    [&preview.beam_level, &preview.terminal_level]
        .into_iter()
        .flat_map(|total| {
            let parts =
                [&total.inside, &total.outside, &total.guard.difference, &total.beams, &total.further];
            parts.into_iter().chain(total.territories.iter().map(|territory| &territory.difference))
        })
        .collect()
}

#[test]
fn gains_and_losses_add_up() {
    for (territory, state) in
        [("LS", State::On), ("LU", State::Off), ("FJ", State::Off), ("US-HI", State::Off)]
    {
        let preview = study(&[change(territory, state)], Area::Surroundings).preview;
        for difference in differences(&preview) {
            let Difference { without, with, lost, gained, .. } = difference;
            assert_eq!(without.cells_served + gained.cells, with.cells_served + lost.cells);
            assert_eq!(without.people_served + gained.people, with.people_served + lost.people);
            assert_eq!(without.capacity_kbps + gained.capacity_kbps, with.capacity_kbps + lost.capacity_kbps);
            assert!(without.cells_served.max(with.cells_served) <= difference.cells);
        }
        for total in [&preview.beam_level, &preview.terminal_level] {
            let sum = |pick: fn(&Difference) -> u64| -> u64 {
                total.territories.iter().map(|territory| pick(&territory.difference)).sum()
            };
            assert_eq!(sum(|d| d.lost.cells), total.outside.lost.cells);
            assert_eq!(sum(|d| d.gained.capacity_kbps), total.outside.gained.capacity_kbps);
            let parts = [&total.guard.difference, &total.beams];
            assert_eq!(parts.iter().map(|d| d.gained.people).sum::<u64>(), total.outside.gained.people);
            assert_eq!(parts.iter().map(|d| d.cells).sum::<u64>(), total.outside.cells);
        }
    }
}

#[test]
fn the_surroundings_tell_what_the_planet_tells() {
    let basis = Basis::new(&WORLD, time()).expect("a basis");
    for (territory, state) in
        [("LU", State::Off), ("TW", State::On), ("US-HI", State::Off), ("FR", State::Off), ("AQ", State::Off)]
    {
        let [near, all] = [Area::Surroundings, Area::Planet].map(|area| {
            let request = PreviewRequest { changes: vec![change(territory, state)], time: time(), area };
            basis.preview(&WORLD, &request, &[]).expect("a preview").preview
        });
        assert_eq!(near.classes, all.classes, "{territory}");
        for (here, there) in
            [(&near.beam_level, &all.beam_level), (&near.terminal_level, &all.terminal_level)]
        {
            assert_eq!(here.inside, there.inside, "{territory}");
            assert_eq!(here.guard, there.guard, "{territory}");
            // What is not told one by one is the sum of what is further away.
            let effects = [
                [&here.outside.lost, &here.further.lost, &there.outside.lost],
                [&here.outside.gained, &here.further.gained, &there.outside.gained],
            ];
            for [told, further, planet] in effects {
                assert_eq!(told.cells + further.cells, planet.cells, "{territory}");
                assert_eq!(told.people + further.people, planet.people, "{territory}");
                assert_eq!(told.capacity_kbps + further.capacity_kbps, planet.capacity_kbps, "{territory}");
            }
            assert_eq!(there.further.cells, 0, "nothing is further away than the planet");
        }
    }
}

/// Kilometres between the centres of two cells, by latitude and longitude.
fn distance_km(a: Cell, b: Cell) -> f64 {
    let [(lat_a, lon_a), (lat_b, lon_b)] =
        [a, b].map(cell_center).map(|(lat, lon)| (lat.to_radians(), lon.to_radians()));
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    2.0 * 6_371.0 * (half(lat_a - lat_b) + lat_a.cos() * lat_b.cos() * half(lon_a - lon_b)).sqrt().asin()
}

#[test]
fn the_guarded_strip_and_the_cells_that_beams_reach_are_those_of_geometry() {
    let with = world_with("LU", State::Off);
    let [_, slot] = slots(&with);
    let ground = &WORLD.ground;
    let lu = ground.find_territory("LU").expect("Luxembourg");
    let inside = ground.cells_of(lu);
    let mut around: Vec<Cell> = inside.iter().flat_map(|&cell| within_rings(cell, 6)).collect();
    around.sort_unstable();
    around.dedup();
    around.retain(|cell| !inside.contains(cell) && with.activation.active(*cell));
    let beams = &with.config.beams;
    let sin_floor = |cell: Cell, closed: &[Cell]| {
        let nearest = closed.iter().map(|&other| distance_km(cell, other)).fold(f64::INFINITY, f64::min);
        beams.footprint_radius_km / ((nearest - 9.854).max(0.0) + beams.spill_limit_km)
    };
    // No other cell without service is near, and the lowest mask of this constellation is 25 degrees.
    let guarded = around.iter().filter(|&&cell| sin_floor(cell, &inside) > 25f64.to_radians().sin()).count();
    let reached = inside.iter().filter(|&&closed| {
        around.iter().filter(|&&cell| slot.plan.cause(cell) == Cause::Served).any(|&cell| {
            let elevation = f64::from(slot.plan.elevation_cdeg[cell.0 as usize]) / 100.0;
            distance_km(cell, closed) - 9.854 < beams.footprint_radius_km / elevation.to_radians().sin()
        })
    });
    let reached = reached.count() as u64;
    let preview = study(&[change("LU", State::Off)], Area::Planet).preview;
    let cost = preview.enforcement.with.as_ref().expect("a side without service");
    assert_eq!(cost.guarded_cells, guarded as u64);
    assert_eq!(preview.beam_level.guard.cells_with, guarded as u64);
    assert_eq!(cost.lit_beam_level.cells, reached);
    assert!(preview.enforcement.without.is_none(), "before, nothing of it was without service");
}

#[test]
fn a_guard_costs_the_neighbours_what_terminals_that_refuse_do_not() {
    let preview = study(&[change("BR", State::Off)], Area::Surroundings).preview;
    let cost = preview.enforcement.with.as_ref().expect("a side without service");
    assert!(cost.guarded_cells > 100, "{cost:?}");
    assert!(cost.outside.lost.cells > cost.outside.gained.cells, "{:?}", cost.outside);
    assert!(cost.lit_terminal_level.cells > cost.lit_beam_level.cells, "{cost:?}");
    let guard_causes = |total: &Total| {
        let to_guard = total.causes.iter().filter(|change| change.with == Cause::BorderGuard.name());
        to_guard.map(|change| change.cells_outside).sum::<u64>()
    };
    assert!(guard_causes(&preview.beam_level) > 0);
    assert_eq!(guard_causes(&preview.terminal_level), 0);
    assert_eq!(preview.beam_level.inside, preview.terminal_level.inside, "inside both are without service");
}

#[test]
fn what_is_so_already_changes_nothing() {
    let preview = study(&[change("TW", State::Off)], Area::Surroundings).preview;
    for difference in differences(&preview) {
        assert_eq!(difference.without, difference.with);
        assert_eq!((&difference.lost, &difference.gained), (&Default::default(), &Default::default()));
    }
    assert!(preview.beam_level.territories.iter().all(|territory| territory.guard_cells_with > 0));
    assert!(preview.classes.is_empty() && preview.beam_level.causes.is_empty());
    assert_eq!(preview.inputs["activation_with"], preview.inputs["activation_without"]);
}

#[test]
fn threads_and_order_change_no_byte() {
    let changes = [change("LU", State::Off), change("TW", State::On)];
    let on = |threads: usize, changes: &[Change]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| study(changes, Area::Surroundings))
    };
    let [one, two] = [1, 2].map(|threads| on(threads, &changes));
    assert_eq!(one, two);
    let turned = on(2, &[changes[1].clone(), changes[0].clone()]);
    let bytes = |study: &Study| serde_json::to_vec(&study.preview).expect("JSON");
    assert_eq!(bytes(&one), bytes(&turned));
    assert_eq!(one.preview.changes.len(), 2);
}

#[test]
fn one_basis_serves_several_at_once_beside_the_planner() {
    let basis = Basis::new(&WORLD, time()).expect("a basis");
    let request = |territory: &str, state, time| PreviewRequest {
        changes: vec![change(territory, state)],
        time,
        area: Area::Surroundings,
    };
    let requests = [request("LU", State::Off, time()), request("TW", State::On, time())];
    let alone = requests.clone().map(|request| preview(&WORLD, &request).expect("a preview"));
    let slot = WORLD.slot(time(), None).expect("a slot").plan;
    std::thread::scope(|scope| {
        let planner = scope.spawn(|| WORLD.slot(time(), None).expect("a slot").plan);
        let previews = requests.each_ref().map(|request| {
            let basis = &basis;
            scope.spawn(move || basis.preview(&WORLD, request, &[]).expect("a preview"))
        });
        let beside = previews.map(|thread| thread.join().expect("no panic"));
        assert!(beside == alone, "the same from a basis that is shared");
        assert!(planner.join().expect("no panic") == slot, "the planner is not disturbed");
    });
    let later = request("LU", State::Off, time().plus_micros(15_000_000));
    let error = basis.preview(&WORLD, &later, &[]).expect_err("another slot");
    assert!(matches!(error, PreviewError::Basis { .. }), "{error}");
    let other = world_with("LU", State::Off);
    assert!(matches!(basis.preview(&other, &requests[1], &[]), Err(PreviewError::Basis { .. })));
}

#[test]
fn a_change_can_be_about_a_list_of_cells() {
    let lu = WORLD.ground.find_territory("LU").expect("Luxembourg");
    let cells = WORLD.ground.cells_of(lu);
    let list = |territory: &str, cells: &[Cell]| CellList {
        territory: territory.to_owned(),
        cells: cells.iter().rev().copied().collect(),
    };
    let study = |territory: &str, lists: &[CellList]| {
        let changes = vec![change(territory, State::Off)];
        let request = PreviewRequest { changes, time: time(), area: Area::Surroundings };
        preview_listed(&WORLD, &request, lists)
    };
    // The cells of a territory by a list are the territory.
    let of_map = study("LU", &[]).expect("a preview").preview;
    assert_eq!(study("LU", &[list("LU", &cells)]).expect("a preview").preview, of_map);

    // A zone that the map does not know.
    let half = &cells[..cells.len() / 2];
    let listed = study("LU-NORTH", &[list("LU-NORTH", half)]).expect("a preview").preview;
    let zone = Sha256::digest(half.iter().flat_map(|&cell| cell_id(cell).to_be_bytes()).collect::<Vec<u8>>());
    assert_eq!(listed.changes[0].zone_sha256, hex(&zone));
    assert_eq!((&*listed.changes[0].territory, listed.changes[0].cells), ("LU-NORTH", half.len() as u64));
    let mut policy = illustrative();
    let off = Policy::everywhere(State::Off).decisions.swap_remove(0);
    policy.decisions.push(Decision { scope: Scope::Cells(half.to_vec()), ..off });
    let with = under(&policy);
    let [a, b] = slots(&with);
    let inside = |cell: Cell| half.contains(&cell);
    let planet =
        PreviewRequest { changes: vec![change("LU-NORTH", State::Off)], time: time(), area: Area::Planet };
    let planet = preview_listed(&WORLD, &planet, &[list("LU-NORTH", half)]).expect("a preview").preview;
    assert_eq!(planet.beam_level.inside, listed.beam_level.inside);
    check_counted(&planet.beam_level.inside.with, &served(&with, &b, inside));
    check_counted(&planet.beam_level.outside.without, &served(&WORLD, &a, |cell| !inside(cell)));
    check_counted(&planet.beam_level.outside.with, &served(&with, &b, |cell| !inside(cell)));
    check_causes(&planet.beam_level, [&a, &b], inside);
    let luxembourg = planet.beam_level.territories.iter().find(|one| one.territory == "LU").expect("told");
    assert!(luxembourg.rest, "the other half is the rest of Luxembourg");

    let message = study("LU-NORTH", &[]).expect_err("no such territory").to_string();
    assert!(message.contains("no territory `LU-NORTH`"), "{message}");
    let message = study("LU-NORTH", &[list("LU-NORTH", &[])]).expect_err("no cells").to_string();
    assert!(message.contains("no cell on this map or in the list given"), "{message}");
}

#[test]
fn numbers_are_whole_and_inputs_are_named() {
    fn whole(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Number(number) => number.is_u64(),
            serde_json::Value::Array(list) => list.iter().all(whole),
            serde_json::Value::Object(map) => map.values().all(whole),
            _ => true,
        }
    }
    let preview = study(&[change("LU", State::Off)], Area::Surroundings).preview;
    assert!(whole(&serde_json::to_value(&preview).expect("JSON")));
    let names: Vec<&str> = preview.inputs.keys().copied().collect();
    let expected = ["activation_with", "activation_without", "config", "elements", "faults", "map", "sites"];
    assert_eq!(names, expected);
    assert_eq!(preview.inputs["map"], hex(&WORLD.ground.dataset.sha256));
    let lu = WORLD.ground.find_territory("LU").expect("Luxembourg");
    let cells = WORLD.ground.cells_of(lu);
    let zone =
        Sha256::digest(cells.iter().flat_map(|&cell| cell_id(cell).to_be_bytes()).collect::<Vec<u8>>());
    assert_eq!(preview.changes[0].zone_sha256, hex(&zone));
    let figures = preview.figures();
    assert_eq!(figures["beam_level_inside_people_lost"] as u64, preview.beam_level.inside.lost.people);
    let text = render(&Outcome::Preview(Box::new(preview)));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn states_between_on_and_off_say_whom_they_leave_out() {
    let limits = skyshed::control::state::Limits { speed_max_kmh: None, rate_max_kbps: Some(500) };
    let limited = study(&[change("LU", State::Limited(limits))], Area::Surroundings).preview;
    let inside = &limited.beam_level.inside;
    assert_eq!(inside.lost.people, 0);
    let busy = inside.with.terminals_served as f64 * WORLD.config.demand.busy_share;
    let most = 500.0 * (busy + inside.cells as f64);
    assert!(inside.with.capacity_kbps > 0 && (inside.with.capacity_kbps as f64) < most, "{inside:?}");
    assert!(limited.beam_level.outside.lost.cells == 0 && limited.beam_level.territories.is_empty());

    let emergency = study(&[change("LU", State::EmergencyOnly)], Area::Surroundings).preview;
    let classes: Vec<&str> = emergency.classes.iter().map(|change| change.class).collect();
    assert_eq!(classes, ["consumer", "roam", "maritime", "aviation", "government"]);
    assert_eq!(emergency.beam_level.inside.with.people_served, 0);
    // Beams stay for those who are still served, so nobody else notices.
    assert_eq!(emergency.beam_level.outside.lost.capacity_kbps, 0);

    let listed = study(&[change("LU", State::Individual)], Area::Surroundings).preview;
    assert_eq!(listed.beam_level.inside.with.people_by_list, listed.beam_level.inside.with.people_served);

    let consumer = [Class::Consumer].into_iter().collect();
    let one = Change { territory: "LU".to_owned(), classes: consumer, state: State::Off };
    let one = study(&[one], Area::Surroundings).preview;
    assert_eq!(one.classes.len(), 1);
    assert_eq!(one.classes[0].people_lost, one.beam_level.inside.lost.people);
}

#[test]
fn a_more_restrictive_decision_about_a_part_stays_and_is_told() {
    let off = study(&[change("US-HI", State::Off), change("US", State::On)], Area::Surroundings).preview;
    let hawaii = off.changes.iter().find(|change| change.territory == "US-HI").expect("told");
    let country = off.changes.iter().find(|change| change.territory == "US").expect("told");
    assert_eq!(country.cells_overruled, hawaii.cells);
    assert_eq!(
        off.beam_level.inside.with.cells_served + off.beam_level.inside.lost.cells,
        off.beam_level.inside.without.cells_served + off.beam_level.inside.gained.cells
    );
}

#[test]
fn bad_input_is_told_apart() {
    refused(&[], "0 changes; give 1 to 64");
    refused(&[change("Atlantis", State::Off)], "no territory `Atlantis`");
    refused(&[change("LU", State::Off), change("Luxembourg", State::On)], "`LU` is changed twice");
    let nobody = Change { classes: ClassSet::NONE, ..change("LU", State::Off) };
    refused(&[nobody], "give at least one of consumer, roam");
    let territory = WORLD.ground.territories.iter().find(|territory| territory.cell_count == 0);
    if let Some(territory) = territory {
        refused(&[change(&territory.id, State::Off)], "has no cell");
    }
    let many: Vec<Change> = (0..65).map(|_| change("LU", State::Off)).collect();
    refused(&many, "65 changes");
}
