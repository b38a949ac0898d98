//! What differs between two planned sides, counted over a set of cells.

use skyshed_control::{Access, Activation, Class, ClassSet, State};
use skyshed_ground::Cell;
use skyshed_plan::capacity::Demand;

use super::answer::{Counted, Difference, Effect, Latency};
use super::region::Region;
use super::side::Planned;
use super::stage::Stage;
use crate::percentile::percentiles;
use crate::world::World;

/// A round trip counts as longer or shorter from this difference on, µs.
const RTT_CHANGE_US: u32 = 1_000;

/// What is counted of each cell of one side, by place.
pub(super) struct Figures {
    /// It is served. A cell of a changed territory only if that holds for a class that the change touches.
    pub served: Vec<bool>,
    /// What its busy terminals get together.
    capacity_kbps: Vec<u32>,
    rtt_us: Vec<u32>,
    /// Only terminals on a list, or approved one by one, are served.
    by_list: Vec<bool>,
}

/// What is fixed about each cell, by place.
pub(super) struct Cells {
    people: Vec<u32>,
    /// Terminals where there is service, in thousandths.
    terminals_milli: Vec<u32>,
    busy: Vec<f64>,
}

impl Cells {
    pub fn new(stage: &Stage<'_>, region: &Region) -> Cells {
        let World { ground, config, .. } = stage.world;
        let people: Vec<u32> = region.cells.iter().map(|cell| ground.people[cell.0 as usize]).collect();
        let demand = Demand::new(config);
        let terminals = |&people: &u32| {
            let wanted = f64::from(people) * config.demand.terminals_per_1000_people / 1e3;
            (wanted.min(config.demand.terminals_per_cell_max) * 1e3).round() as u32
        };
        Cells {
            terminals_milli: people.iter().map(terminals).collect(),
            busy: people.iter().map(|&people| demand.busy(people)).collect(),
            people,
        }
    }

    pub fn people(&self, place: usize) -> u32 {
        self.people[place]
    }
}

impl Figures {
    /// Of a side under `activation`, compared with another under `other`.
    pub fn new(
        region: &Region,
        cells: &Cells,
        planned: &Planned,
        activation: &Activation,
        other: &Activation,
    ) -> Figures {
        let limits = Limits::of(activation);
        let served = |place: usize| {
            let cell = region.cells[place];
            planned.served(place)
                && (!region.inside[place]
                    || overlap(activation.classes(cell), touched(activation, other, cell)))
        };
        let capacity = |place: usize| {
            let rate_kbps =
                planned.rate_kbps[place].min(limits.rate_max_kbps(activation, region.cells[place]));
            (f64::from(rate_kbps) * cells.busy[place]).round() as u32
        };
        let all = 0..region.cells.len();
        Figures {
            served: all.clone().map(served).collect(),
            capacity_kbps: all.clone().map(capacity).collect(),
            rtt_us: planned.rtt_us.clone(),
            by_list: all.map(|place| limits.by_list(activation, region.cells[place])).collect(),
        }
    }
}

/// The classes whose service differs between two activations; all, where none does.
fn touched(activation: &Activation, other: &Activation, cell: Cell) -> ClassSet {
    let (here, there) = (activation.classes(cell), other.classes(cell));
    let differ = here.without(there).union(there.without(here));
    if differ.is_empty() { ClassSet::ALL } else { differ }
}

/// True if a class is in both sets.
fn overlap(a: ClassSet, b: ClassSet) -> bool {
    a.without(b) != a
}

/// Whether rulings have to be looked at cell by cell, which most activations do not need.
struct Limits {
    rates: bool,
    lists: bool,
}

impl Limits {
    fn of(activation: &Activation) -> Limits {
        let any =
            |test: fn(&State) -> bool| activation.decisions.iter().any(|decision| test(&decision.state));
        Limits {
            rates: any(|state| matches!(state, State::Limited(_))),
            lists: any(|state| matches!(state, State::Listed { .. } | State::Individual)),
        }
    }

    /// The highest rate of an ordinary terminal.
    fn rate_max_kbps(&self, activation: &Activation, cell: Cell) -> u32 {
        let limit = |cell| activation.ruling(cell, Class::Consumer)?.limits.rate_max_kbps;
        if self.rates { limit(cell).unwrap_or(u32::MAX) } else { u32::MAX }
    }

    fn by_list(&self, activation: &Activation, cell: Cell) -> bool {
        let access = |cell| activation.ruling(cell, Class::Consumer).map(|ruling| ruling.access);
        self.lists && matches!(access(cell), Some(Access::Listed | Access::Individual))
    }
}

/// What differs over the given places.
pub(super) fn difference(
    cells: &Cells,
    without: &Figures,
    with: &Figures,
    places: impl Iterator<Item = usize> + Clone,
) -> Difference {
    let (mut lost, mut gained) = (Sum::default(), Sum::default());
    let (mut all, mut latency) = (Sum::default(), Latency::default());
    for place in places.clone() {
        all.add(cells, place);
        match (without.served[place], with.served[place]) {
            (true, false) => lost.add(cells, place),
            (false, true) => gained.add(cells, place),
            (false, false) => {}
            (true, true) => {
                let (before, after) = (without.rtt_us[place], with.rtt_us[place]);
                let people = u64::from(cells.people[place]);
                latency.people_longer += if after >= before + RTT_CHANGE_US { people } else { 0 };
                latency.people_shorter += if before >= after + RTT_CHANGE_US { people } else { 0 };
            }
        }
        let (before, after) = (without.capacity(place), with.capacity(place));
        lost.capacity_kbps += before.saturating_sub(after);
        gained.capacity_kbps += after.saturating_sub(before);
    }
    Difference {
        cells: all.cells,
        people: all.people,
        without: counted(cells, without, places.clone()),
        with: counted(cells, with, places),
        lost: lost.effect(),
        gained: gained.effect(),
        latency,
    }
}

impl Figures {
    fn capacity(&self, place: usize) -> u64 {
        if self.served[place] { u64::from(self.capacity_kbps[place]) } else { 0 }
    }
}

fn counted(cells: &Cells, figures: &Figures, places: impl Iterator<Item = usize> + Clone) -> Counted {
    let (mut sum, mut by_list) = (Sum::default(), Sum::default());
    let served = places.filter(|&place| figures.served[place]);
    for place in served.clone() {
        sum.add(cells, place);
        sum.capacity_kbps += figures.capacity(place);
        if figures.by_list[place] {
            by_list.add(cells, place);
        }
    }
    // As in coverage: over people, or over cells where nobody lives.
    let weight = |place: usize| if sum.people > 0 { cells.people[place] } else { 1 };
    let mut samples: Vec<(u32, u32)> = served.map(|place| (figures.rtt_us[place], weight(place))).collect();
    Counted {
        cells_served: sum.cells,
        people_served: sum.people,
        terminals_served: sum.terminals(),
        capacity_kbps: sum.capacity_kbps,
        rtt_us_p50: percentiles(&mut samples, 1.0).map(|percentiles| percentiles.p50 as u64),
        cells_by_list: by_list.cells,
        people_by_list: by_list.people,
    }
}

/// A running sum over cells.
#[derive(Clone, Copy, Default)]
struct Sum {
    cells: u64,
    people: u64,
    terminals_milli: u64,
    capacity_kbps: u64,
}

impl Sum {
    fn add(&mut self, cells: &Cells, place: usize) {
        self.cells += 1;
        self.people += u64::from(cells.people[place]);
        self.terminals_milli += u64::from(cells.terminals_milli[place]);
    }

    fn terminals(&self) -> u64 {
        (self.terminals_milli + 500) / 1_000
    }

    fn effect(&self) -> Effect {
        Effect {
            cells: self.cells,
            people: self.people,
            terminals: self.terminals(),
            capacity_kbps: self.capacity_kbps,
        }
    }
}
