//! The answer: what is counted, in whole numbers, so that its canonical JSON is one string of bytes.

use std::collections::BTreeMap;

use serde::Serialize;
use skyshed_control::{Activation, Class, ClassSet};
use skyshed_ground::{TerritoryIndex, TerritoryKind};
use skyshed_plan::geometry::EARTH_MEAN_RADIUS_KM;
use skyshed_plan::{Cause, Scope};

use super::Study;
use super::changed::{Resolved, overruled};
use super::hashes::{hex, inputs};
use super::light::lit;
use super::picture::{Picture, PictureCell};
use super::region::Region;
use super::side::{Planned, Side};
use super::stage::{Sides, Stage};
use super::tally::{Cells, Figures, difference};

/// Version of the JSON's form.
const VERSION: u32 = 2;

/// What changes would do. Numbers are whole; units are in the keys. Hashes are 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// Version of this form.
    pub v: u32,
    /// Version of the engine that worked it out.
    pub engine: &'static str,
    /// SHA-256 of everything it follows from, by name.
    pub inputs: BTreeMap<&'static str, String>,
    /// Name of a designed constellation; null for real elements.
    pub constellation: Option<String>,
    /// Start of the slot, UTC.
    pub time: String,
    /// Its length.
    pub length_s: u32,
    /// What would change.
    pub changes: Vec<ChangeView>,
    /// Which cells are reported.
    pub scope: ScopeView,
    /// Service of single classes inside the changed territories; of classes whose service changes.
    pub classes: Vec<ClassChange>,
    /// The effect where cells without service are kept without beams, with a border guard.
    pub beam_level: Total,
    /// The effect where beams may reach into the changed territories and terminals refuse.
    pub terminal_level: Total,
    /// What the first costs over the second.
    pub enforcement: Enforcement,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeView {
    /// Id of the territory.
    pub territory: String,
    /// Its name.
    pub name: String,
    /// SHA-256 of the sorted cells that change.
    pub zone_sha256: String,
    /// Its cells, parts included.
    pub cells: u64,
    /// People in them.
    pub people: u64,
    /// The classes it is about.
    pub classes: Vec<&'static str>,
    /// What their service is to be.
    pub state: &'static str,
    /// Highest rate of a terminal, where that is limited.
    pub rate_max_kbps: Option<u32>,
    /// Fastest a terminal may move, where that is limited; the plan knows no speeds.
    pub speed_max_kmh: Option<u32>,
    /// Cells for which another, more restrictive decision stays in force.
    pub cells_overruled: u64,
}

/// Which cells are reported. Planned are those of the planet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScopeView {
    /// All of the planet is reported.
    pub whole_planet: bool,
    /// `inhabited`, `land` or `all`, as configured.
    pub cells_of: &'static str,
    /// How far a satellite can be from a cell that it serves, along the ground.
    pub reach_km: u64,
    /// Reported are cells within this of a changed territory.
    pub reported_within_km: u64,
    /// Cells that are reported, of all scopes.
    pub reported_cells: u64,
    /// Cells further away of which anything differs.
    pub further_cells: u64,
    /// Cells that are planned, of all scopes: those of the planet.
    pub planned_cells: u64,
}

/// Service of one class inside the changed territories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassChange {
    /// The class.
    pub class: &'static str,
    /// Cells and people that lose and gain it: it is permitted, and the cell has a beam.
    pub cells_lost: u64,
    /// See `cells_lost`.
    pub people_lost: u64,
    /// See `cells_lost`.
    pub cells_gained: u64,
    /// See `cells_lost`.
    pub people_gained: u64,
}

/// The whole effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Total {
    /// In the changed territories.
    pub inside: Difference,
    /// In all other cells that are reported.
    pub outside: Difference,
    /// Of these, where the border guard for a changed territory asks for a higher satellite, on either side.
    pub guard: Guard,
    /// Of these, all others: what beams that become free, or are taken away, change.
    pub beams: Difference,
    /// Further away: cells of which anything differs between the planned sides, not reported above.
    pub further: Difference,
    /// `outside` by country, disputed area and the high seas, sorted by id; those where anything differs.
    pub territories: Vec<TerritoryDifference>,
    /// Cells whose cause of no service changes, by cause before and after.
    pub causes: Vec<CauseChange>,
}

/// The strip along the border.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Guard {
    /// Cells that are guarded without the changes.
    pub cells_without: u64,
    /// Cells that are guarded with them.
    pub cells_with: u64,
    /// The effect on them.
    #[serde(flatten)]
    pub difference: Difference,
}

/// What differs over a set of cells.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// All cells of the set.
    pub cells: u64,
    /// All people in them.
    pub people: u64,
    /// Without the changes.
    pub without: Counted,
    /// With them.
    pub with: Counted,
    /// What cells lose.
    pub lost: Effect,
    /// What cells gain.
    pub gained: Effect,
    /// People served on both sides whose round trip differs by 1 ms or more.
    pub latency: Latency,
}

/// Service of a set of cells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counted {
    /// Cells served.
    pub cells_served: u64,
    /// People in them.
    pub people_served: u64,
    /// Terminals in them, by the model.
    pub terminals_served: u64,
    /// What all busy terminals get together.
    pub capacity_kbps: u64,
    /// Median round trip over people served; null where nothing is served.
    pub rtt_us_p50: Option<u64>,
    /// Of the cells served, those where only terminals on a list, or approved one by one, are: how many is not known here.
    pub cells_by_list: u64,
    /// People in them.
    pub people_by_list: u64,
}

/// What is lost, or gained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Effect {
    /// Cells.
    pub cells: u64,
    /// People.
    pub people: u64,
    /// Terminals, by the model.
    pub terminals: u64,
    /// What busy terminals get, summed over cells that get less, or more; also those that stay served.
    pub capacity_kbps: u64,
}

/// Round trips that differ by 1 ms or more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Latency {
    /// People whose round trip gets longer.
    pub people_longer: u64,
    /// People whose round trip gets shorter.
    pub people_shorter: u64,
}

/// The effect on one territory outside.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TerritoryDifference {
    /// Id of the country, disputed area or the high seas.
    pub territory: String,
    /// Its name.
    pub name: String,
    /// True where a part of it is what changes: this is the rest.
    pub rest: bool,
    /// Cells that are guarded without the changes.
    pub guard_cells_without: u64,
    /// Cells that are guarded with them.
    pub guard_cells_with: u64,
    /// The effect.
    #[serde(flatten)]
    pub difference: Difference,
}

/// Cells that went from one cause to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CauseChange {
    /// Without the changes.
    pub without: &'static str,
    /// With them.
    pub with: &'static str,
    /// In the changed territories.
    pub cells_inside: u64,
    /// In all other cells that are reported.
    pub cells_outside: u64,
}

/// What keeping a territory without beams costs its neighbours, over letting its terminals refuse.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enforcement {
    /// Without the changes; null where all cells of the changed territories have service.
    pub without: Option<GuardCost>,
    /// With them.
    pub with: Option<GuardCost>,
}

/// The cost of a border guard, everything else being equal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GuardCost {
    /// Cells outside that need a higher satellite because of the guard.
    pub guarded_cells: u64,
    /// People in them.
    pub guarded_people: u64,
    /// Outside: without the guard (terminal-level), and with it (beam-level).
    pub outside: Difference,
    /// Cells inside without service that beams reach although guarded.
    pub lit_beam_level: Lit,
    /// The same where terminals refuse and nothing is guarded.
    pub lit_terminal_level: Lit,
}

/// Cells that the footprint of a beam reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lit {
    /// Cells.
    pub cells: u64,
    /// People in them.
    pub people: u64,
}

impl Preview {
    /// Headline figures by name, as a record of a preview carries them.
    pub fn figures(&self) -> BTreeMap<String, i64> {
        let mut figures = BTreeMap::new();
        for (variant, total) in [("beam_level", &self.beam_level), ("terminal_level", &self.terminal_level)] {
            for (place, difference) in [("inside", &total.inside), ("outside", &total.outside)] {
                for (way, effect) in [("lost", &difference.lost), ("gained", &difference.gained)] {
                    let mut put = |what: &str, number: u64| {
                        figures.insert(format!("{variant}_{place}_{what}_{way}"), number as i64);
                    };
                    put("cells", effect.cells);
                    put("people", effect.people);
                    put("terminals", effect.terminals);
                    put("capacity_kbps", effect.capacity_kbps);
                }
            }
        }
        figures
    }
}

/// Counts everything, and gathers the cells of the map.
pub(super) fn study(stage: &Stage<'_>, sides: &Sides) -> Study {
    let count = Count::new(stage, sides);
    Study { preview: preview(&count), picture: count.picture() }
}

fn preview(count: &Count<'_>) -> Preview {
    let (stage, sides) = (count.stage, count.sides);
    let designed = stage.world.constellation.designed();
    Preview {
        v: VERSION,
        engine: env!("CARGO_PKG_VERSION"),
        inputs: inputs(stage),
        constellation: designed.then(|| stage.world.constellation.name().to_owned()),
        time: stage.basis.time().to_string(),
        length_s: stage.world.config.slot.length_s,
        changes: stage.changes.iter().map(|change| change_view(stage, change)).collect(),
        scope: scope_view(stage, &sides.region),
        classes: class_changes(stage, sides),
        beam_level: count.total([0, 1].map(|side: usize| (&sides.beam[side], &count.figures[side]))),
        terminal_level: count.total([0, 1].map(|side: usize| count.terminal(side))),
        enforcement: Enforcement {
            without: count.guard_cost(Side::Without),
            with: count.guard_cost(Side::With),
        },
    }
}

/// What all counting needs.
struct Count<'a> {
    stage: &'a Stage<'a>,
    sides: &'a Sides,
    cells: Cells,
    /// With beam-level exclusion, by side.
    figures: [Figures; 2],
    /// With terminal-level exclusion, where that differs.
    terminal_figures: [Option<Figures>; 2],
    /// By side and place: a changed territory raises the border guard's floor.
    guarded: [Vec<bool>; 2],
    /// Per leaf territory: its country, disputed area or the high seas.
    top: Vec<TerritoryIndex>,
}

impl<'a> Count<'a> {
    fn new(stage: &'a Stage<'a>, sides: &'a Sides) -> Count<'a> {
        let world = stage.world;
        let cells = Cells::new(stage, &sides.region);
        let figures = |side: usize, planned: &Planned| {
            let activations = [stage.activation(Side::Without), stage.activation(Side::With)];
            Figures::new(&sides.region, &cells, planned, activations[side], activations[1 - side])
        };
        let top = |leaf: u16| world.ground.lineage(TerritoryIndex(leaf)).last().expect("itself at least");
        Count {
            figures: [0, 1].map(|side: usize| figures(side, &sides.beam[side])),
            terminal_figures: [0, 1]
                .map(|side: usize| sides.terminal[side].as_ref().map(|planned| figures(side, planned))),
            guarded: [0, 1].map(|side: usize| guarded(stage, sides, side)),
            top: (0..world.ground.territories.len() as u16).map(top).collect(),
            stage,
            sides,
            cells,
        }
    }

    /// The terminal-level side; where nothing is excluded it is the beam-level one.
    fn terminal(&self, side: usize) -> (&Planned, &Figures) {
        match (&self.sides.terminal[side], &self.terminal_figures[side]) {
            (Some(planned), Some(figures)) => (planned, figures),
            _ => (&self.sides.beam[side], &self.figures[side]),
        }
    }

    fn places(&self, keep: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.sides.region.cells.len()).filter(|&place| keep(place)).collect()
    }

    fn outside(&self) -> Vec<usize> {
        let region = &self.sides.region;
        self.places(|place| region.reported[place] && !region.inside[place])
    }

    fn total(&self, [without, with]: [(&Planned, &Figures); 2]) -> Total {
        let region = &self.sides.region;
        let figures = [without.1, with.1];
        let differ =
            |places: &[usize]| difference(&self.cells, figures[0], figures[1], places.iter().copied());
        let outside = self.outside();
        let strip = |&place: &usize| self.guarded[0][place] || self.guarded[1][place];
        let (guarded, beams): (Vec<usize>, Vec<usize>) = outside.iter().partition(|place| strip(place));
        let count = |side: usize| guarded.iter().filter(|&&place| self.guarded[side][place]).count() as u64;
        Total {
            inside: differ(&self.places(|place| region.inside[place])),
            outside: differ(&outside),
            guard: Guard { cells_without: count(0), cells_with: count(1), difference: differ(&guarded) },
            beams: differ(&beams),
            further: differ(&self.places(|place| !region.reported[place])),
            territories: self.territories(&outside, figures),
            causes: self.causes(without.0, with.0),
        }
    }

    /// Differences by top territory, sorted by id.
    fn territories(&self, outside: &[usize], figures: [&Figures; 2]) -> Vec<TerritoryDifference> {
        let ground = &self.stage.world.ground;
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &place in outside {
            let leaf = ground.territory[self.sides.region.cells[place].0 as usize];
            let top = ground.territory_at(self.top[usize::from(leaf)]);
            places.entry(&top.id).or_default().push(place);
        }
        let mut changed = vec![false; ground.territories.len()];
        for place in self.sides.region.places_inside() {
            let leaf = ground.territory_of(self.sides.region.cells[place]);
            changed[usize::from(self.top[usize::from(leaf.0)].0)] = true;
        }
        let territories = places.into_iter().map(|(id, places)| {
            let index =
                ground.territories.iter().position(|territory| territory.id == id).expect("it has cells");
            let guarded =
                |side: usize| places.iter().filter(|&&place| self.guarded[side][place]).count() as u64;
            TerritoryDifference {
                territory: id.to_owned(),
                name: ground.territories[index].name.clone(),
                rest: changed[index],
                guard_cells_without: guarded(0),
                guard_cells_with: guarded(1),
                difference: difference(&self.cells, figures[0], figures[1], places.iter().copied()),
            }
        });
        territories.filter(TerritoryDifference::differs).collect()
    }

    fn causes(&self, without: &Planned, with: &Planned) -> Vec<CauseChange> {
        let region = &self.sides.region;
        let mut counts: BTreeMap<(Cause, Cause), [u64; 2]> = BTreeMap::new();
        for place in self.places(|place| region.reported[place] && without.cause[place] != with.cause[place])
        {
            let cells = counts.entry((without.cause[place], with.cause[place])).or_default();
            cells[usize::from(!region.inside[place])] += 1;
        }
        let change = |((without, with), [inside, outside]): ((Cause, Cause), [u64; 2])| CauseChange {
            without: without.name(),
            with: with.name(),
            cells_inside: inside,
            cells_outside: outside,
        };
        counts.into_iter().map(change).collect()
    }

    fn picture(&self) -> Picture {
        let (ground, region) = (&self.stage.world.ground, &self.sides.region);
        let served = self.figures.each_ref().map(|figures| &figures.served);
        let cell = |place: usize| {
            let cell = region.cells[place];
            let kind = ground.territory_at(ground.territory_of(cell)).kind;
            PictureCell {
                cell,
                people: ground.people[cell.0 as usize],
                sea: matches!(kind, TerritoryKind::Coastal | TerritoryKind::HighSeas),
                territory: self.top[usize::from(ground.territory[cell.0 as usize])],
                inside: region.inside[place],
                guarded: self.guarded[0][place] || self.guarded[1][place],
                without: served[0][place],
                with: served[1][place],
            }
        };
        let reported = self.places(|place| region.reported[place]);
        Picture { cells: reported.into_iter().map(cell).collect() }
    }

    /// What the guard costs on one side.
    fn guard_cost(&self, side: Side) -> Option<GuardCost> {
        let at = side as usize;
        let (beam, terminal) = (&self.sides.beam[at], self.sides.terminal[at].as_ref()?);
        let figures = [self.terminal_figures[at].as_ref()?, &self.figures[at]];
        let guarded = self.places(|place| self.guarded[at][place]);
        let lit = |planned: &Planned| lit(self.stage, self.sides, side, planned);
        Some(GuardCost {
            guarded_cells: guarded.len() as u64,
            guarded_people: guarded.iter().map(|&place| u64::from(self.cells.people(place))).sum(),
            outside: difference(&self.cells, figures[0], figures[1], self.outside().into_iter()),
            lit_beam_level: lit(beam),
            lit_terminal_level: lit(terminal),
        })
    }
}

impl TerritoryDifference {
    fn differs(&self) -> bool {
        let Difference { lost, gained, without, with, latency, .. } = &self.difference;
        let touched =
            *lost != Effect::default() || *gained != Effect::default() || *latency != Latency::default();
        touched || without != with || self.guard_cells_without + self.guard_cells_with > 0
    }
}

/// By place: outside, and the guard for a changed territory asks for a higher satellite than anything else does.
fn guarded(stage: &Stage<'_>, sides: &Sides, side: usize) -> Vec<bool> {
    let region = &sides.region;
    let mut guarded = vec![false; region.cells.len()];
    let [with_guard, without_guard] = &sides.sin_floors[side];
    // A floor below every satellite's own mask asks for nothing.
    let mask = stage.basis.sin_mask_min;
    for ((&cell, floor), unguarded) in sides.near.iter().zip(with_guard).zip(without_guard) {
        if *floor > unguarded.max(mask)
            && let Some(place) = region.place(cell)
        {
            guarded[place] = !region.inside[place];
        }
    }
    guarded
}

fn change_view(stage: &Stage<'_>, change: &Resolved) -> ChangeView {
    let (ground, cells) = (&stage.world.ground, &change.cells);
    ChangeView {
        territory: change.id.clone(),
        name: change.name.clone(),
        zone_sha256: hex(change.zone_sha256),
        cells: cells.len() as u64,
        people: cells.iter().map(|cell| u64::from(ground.people[cell.0 as usize])).sum(),
        classes: change.classes.iter().map(Class::name).collect(),
        state: change.state.name(),
        rate_max_kbps: change.state.limits().rate_max_kbps,
        speed_max_kmh: change.state.limits().speed_max_kmh,
        cells_overruled: overruled(&stage.after, change),
    }
}

fn scope_view(stage: &Stage<'_>, region: &Region) -> ScopeView {
    let km = |reaches: f64| (reaches * stage.basis.reach_rad * EARTH_MEAN_RADIUS_KM) as u64;
    let reported = region.reported.iter().filter(|reported| **reported).count();
    ScopeView {
        whole_planet: stage.request.area == super::Area::Planet,
        cells_of: match stage.world.config.slot.scope {
            Scope::Inhabited => "inhabited",
            Scope::Land => "land",
            Scope::All => "all",
        },
        reach_km: km(1.0),
        reported_within_km: km(super::region::REPORTED_REACHES),
        reported_cells: reported as u64,
        further_cells: (region.cells.len() - reported) as u64,
        planned_cells: stage.world.ground.territory.len() as u64,
    }
}

/// Classes whose service changes anywhere inside.
fn class_changes(stage: &Stage<'_>, sides: &Sides) -> Vec<ClassChange> {
    let of = |class: Class| {
        let mut change = ClassChange {
            class: class.name(),
            cells_lost: 0,
            people_lost: 0,
            cells_gained: 0,
            people_gained: 0,
        };
        for place in sides.region.places_inside() {
            let cell = sides.region.cells[place];
            let served = |side: usize, activation: &Activation| {
                sides.beam[side].served(place) && activation.permits(cell, class)
            };
            let people = u64::from(stage.world.ground.people[cell.0 as usize]);
            match (served(0, &stage.world.activation), served(1, &stage.after)) {
                (true, false) => {
                    (change.cells_lost, change.people_lost) =
                        (change.cells_lost + 1, change.people_lost + people)
                }
                (false, true) => {
                    (change.cells_gained, change.people_gained) =
                        (change.cells_gained + 1, change.people_gained + people)
                }
                _ => {}
            }
        }
        change
    };
    let changes = ClassSet::ALL.iter().map(of);
    changes.filter(|change| change.cells_lost + change.cells_gained > 0).collect()
}
