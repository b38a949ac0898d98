//! What previews cost: for every territory without a parent (countries, disputed areas, the high seas), its service turned
//! over under the shipped constellation and policy.
//!
//! Planning of a preview is: [`Basis`], the slot as it is and the one before, once for any number of previews of the slot; then,
//! for each, [`Stage::new`] (looking cells up, laying decisions over the map, candidates of blocks that were not planned) and
//! each side that is not the basis ([`Stage::side`]). A row of sides has one figure per territory: all of its preview's planning
//! but the basis, divided by the number of sides planned. What is counted, rendered and hashed afterwards is not in it.

use std::time::Instant;

use skyshed::control::{ClassSet, ILLUSTRATIVE_POLICY, Policy, State, resolve};
use skyshed::preview::{Area, Basis, Change, Exclusion, PreviewRequest, Side, Stage};
use skyshed::{Config, Constellation, Epoch, Ground, Provenance, Ut1Table, World, WorldParts};

use crate::measure::{Row, Unit, median, on_processor};

const CONSTELLATION: &str = "starlink-2026";
const TIME: &str = "2026-08-22T21:00:12Z";
/// The territories told by name.
const WORST: usize = 5;
/// Turns of one territory on one thread; the least counts, for whatever else the machine does only adds.
const TURNS: usize = 3;

/// Rows, and lines about the worst.
#[derive(Default)]
pub struct Previews {
    pub rows: Vec<Row>,
    pub lines: Vec<String>,
}

/// The rows, where `preview` contains `only`.
pub fn previews(unit: &Unit, rounds: usize, only: &str) -> Previews {
    if !"preview".contains(only) {
        return Previews::default();
    }
    let (world, time) = (world(), Epoch::parse(TIME).expect("a time"));
    let mut previews = Previews::default();
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| measure(&world, time, unit, (rounds.min(5), threads), &mut previews));
    }
    previews
}

fn world() -> World {
    let ground = Ground::embedded();
    let policy = Policy::parse(ILLUSTRATIVE_POLICY).expect("shipped");
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

fn measure(
    world: &World,
    time: Epoch,
    unit: &Unit,
    (rounds, threads): (usize, usize),
    previews: &mut Previews,
) {
    let of = if threads == 1 { "one thread" } else { "two threads" };
    let basis =
        timed(unit, rounds, threads, || Basis::new(world, time).expect("the designed elements do not age"));
    previews.rows.push(row(format!("preview: the basis, two slots, {of}"), vec![basis]));
    let basis = Basis::new(world, time).expect("as before");
    let ids = world.ground.territories.iter().filter(|one| one.parent.is_none() && one.cell_count > 0);
    let mut each: Vec<(Timed, &str)> = ids
        .map(|territory| {
            let change = turned_over(world, &territory.id);
            let sides = sides(&basis, world, time, &change);
            let all = timed(unit, TURNS, threads, || plan(&basis, world, time, &change));
            (Timed { units: all.units / sides as f64, millis: all.millis / sides as f64 }, &*territory.id)
        })
        .collect();
    each.sort_by(|a, b| b.0.units.total_cmp(&a.0.units));
    let worst = each
        .iter()
        .take(WORST)
        .map(|(timed, id)| format!("{id} {:.1} U ({:.0} ms)", timed.units, timed.millis));
    let worst = worst.collect::<Vec<_>>().join(", ");
    previews.lines.push(format!("previews, {of}, the most planning per side: {worst}"));
    let name = format!("preview: a side, {} territories, {of}", each.len());
    previews.rows.push(row(name, each.into_iter().map(|(timed, _)| timed).collect()));
    let units = &previews.rows.last().expect("just pushed").units;
    previews.lines.push(format!("previews, {of}, half of all take at most {:.1} U per side", median(units)));
}

/// The least that some work took, in units and in milliseconds.
struct Timed {
    units: f64,
    millis: f64,
}

/// Times work in turn with the unit: on one thread by what the processor gave, on two by the clock.
fn timed<T>(unit: &Unit, turns: usize, threads: usize, mut work: impl FnMut() -> T) -> Timed {
    let start = Instant::now();
    let now = || if threads == 1 { on_processor(start) } else { start.elapsed() };
    let mut least = Timed { units: f64::INFINITY, millis: f64::INFINITY };
    for turn in 0..turns.max(1) {
        let yardstick = || {
            let begin = now();
            unit.run(turn);
            (now() - begin).as_secs_f64()
        };
        let before = yardstick();
        let begin = now();
        std::hint::black_box(work());
        let spent = (now() - begin).as_secs_f64();
        let after = yardstick();
        let units = 2.0 * spent / (before + after).max(1e-9);
        if units < least.units {
            least = Timed { units, millis: spent * 1e3 };
        }
    }
    least
}

fn row(name: String, timed: Vec<Timed>) -> Row {
    let mut row = Row { name, cells: 0, units: Vec::new(), millis: Vec::new() };
    row.units = timed.iter().map(|timed| timed.units).collect();
    row.millis = timed.iter().map(|timed| timed.millis).collect();
    row.units.sort_by(f64::total_cmp);
    row.millis.sort_by(f64::total_cmp);
    row
}

/// Off where any of it may be served, on where nothing may.
fn turned_over(world: &World, id: &str) -> Change {
    let index = world.ground.find_territory(id).expect("one of the map");
    let active = world.ground.cells_of(index).iter().any(|&cell| world.activation.active(cell));
    let state = if active { State::Off } else { State::On };
    Change { territory: id.to_owned(), classes: ClassSet::ALL, state }
}

fn request(change: &Change, time: Epoch) -> PreviewRequest {
    PreviewRequest { changes: vec![change.clone()], time, area: Area::Surroundings }
}

/// How many sides are planned.
fn sides(basis: &Basis, world: &World, time: Epoch, change: &Change) -> usize {
    let stage = Stage::new(basis, world, &request(change, time), &[]).expect("a change that can be");
    1 + [Side::Without, Side::With].into_iter().filter(|&side| stage.excludes(side)).count()
}

/// Plans every side that is not the basis, side by side.
fn plan(basis: &Basis, world: &World, time: Epoch, change: &Change) {
    use rayon::prelude::*;
    let stage = Stage::new(basis, world, &request(change, time), &[]).expect("a change that can be");
    let all = [
        (Side::With, Exclusion::BeamLevel),
        (Side::Without, Exclusion::TerminalLevel),
        (Side::With, Exclusion::TerminalLevel),
    ];
    all.into_par_iter()
        .filter(|&(side, exclusion)| exclusion == Exclusion::BeamLevel || stage.excludes(side))
        .for_each(|(side, exclusion)| drop(std::hint::black_box(stage.side(side, exclusion))));
}
