//! Who is served and who is not, why, at what latency and rate: for the planet, a territory, or every country.

use serde::ser::{Serialize, SerializeMap, Serializer};
use skyshed_ground::TerritoryIndex;
use skyshed_plan::{Cause, SlotPlan};

use crate::percentile::{Percentiles, percentiles};
use crate::rounded;
use crate::why::kind_word;
use crate::world::{Slot, World};

/// Coverage of one territory, children included, or of the planet. Every key is always present in JSON.
///
/// Percentiles are over people served; where a territory has served cells but no people in them (a stretch of sea), each
/// cell counts once. They are null where nothing is served.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// Territory id; null for the planet.
    pub territory: Option<String>,
    /// English name; `Planet` for the planet.
    pub name: String,
    /// Kind of territory; null for the planet.
    pub kind: Option<&'static str>,
    /// ISO 3166-1 alpha-3 of the country, where there is one.
    pub iso_a3: Option<String>,
    /// Start of the slot, UTC.
    pub time: String,
    /// Where the answer is about a policy that is not the log: that it is. Null where the log is obeyed.
    pub what_if: Option<String>,
    /// The log that is obeyed: its name and size, and `STALE` where the last proven state is kept; null in a what-if study.
    pub log: Option<String>,
    /// Cells.
    pub cells: u64,
    /// Of these, cells that may be served.
    pub cells_active: u64,
    /// Of these, cells that are.
    pub cells_served: u64,
    /// People.
    pub people: u64,
    /// Of these, people where service may be.
    pub people_active: u64,
    /// Of these, people where service is.
    pub people_served: u64,
    /// Round-trip time to the point of presence, 5th percentile.
    pub rtt_ms_p5: Option<f64>,
    /// Median.
    pub rtt_ms_p50: Option<f64>,
    /// 95th percentile.
    pub rtt_ms_p95: Option<f64>,
    /// Rate of one busy terminal, 5th percentile.
    pub rate_mbps_p5: Option<f64>,
    /// Median.
    pub rate_mbps_p50: Option<f64>,
    /// 95th percentile.
    pub rate_mbps_p95: Option<f64>,
    /// Cells and people without service, by cause.
    pub causes: Causes,
}

/// Cells and people per cause. In JSON an object with a key for every cause but `served`, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Causes {
    counts: [CauseCount; Cause::ALL.len()],
}

/// What one cause holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CauseCount {
    /// Cells.
    pub cells: u64,
    /// People in them.
    pub people: u64,
}

impl Causes {
    /// What a cause holds; [`Cause::Served`] is what is served.
    pub fn of(&self, cause: Cause) -> CauseCount {
        self.counts[cause as usize]
    }

    /// Every cause of no service, with what it holds, in order.
    pub fn unserved(&self) -> impl Iterator<Item = (Cause, CauseCount)> + '_ {
        Cause::ALL.into_iter().filter(|&cause| cause != Cause::Served).map(|cause| (cause, self.of(cause)))
    }

    /// All causes together, service included.
    pub fn total(&self) -> CauseCount {
        self.counts.iter().fold(CauseCount::default(), |sum, count| CauseCount {
            cells: sum.cells + count.cells,
            people: sum.people + count.people,
        })
    }
}

impl Serialize for Causes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Cause::ALL.len() - 1))?;
        for (cause, count) in self.unserved() {
            map.serialize_entry(cause.name(), &count)?;
        }
        map.end()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Causes {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let count = || utoipa::openapi::Ref::from_schema_name("CauseCount");
        let causes = Cause::ALL.into_iter().filter(|&cause| cause != Cause::Served);
        let object = utoipa::openapi::schema::ObjectBuilder::new()
            .description(Some("Cells and people without service, by cause: a key for every cause."));
        causes
            .fold(object, |object, cause| object.property(cause.name(), count()).required(cause.name()))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Causes {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        schemas.push(("CauseCount".to_owned(), <CauseCount as utoipa::PartialSchema>::schema()));
    }
}

/// Coverage of a territory, or of the planet.
pub fn coverage_of(world: &World, slot: &Slot, territory: Option<TerritoryIndex>) -> Coverage {
    let group_of: Vec<Option<u16>> = territory_indexes(world)
        .map(|leaf| territory.is_none_or(|outer| world.ground.is_within(leaf, outer)).then_some(0))
        .collect();
    let tally = tallies(world, slot, &group_of, 1).pop().expect("one group was asked for");
    coverage(world, slot, territory, tally)
}

/// Coverage of every territory without a parent, sorted by id.
pub fn coverage_by_country(world: &World, slot: &Slot) -> Vec<Coverage> {
    let mut tops: Vec<TerritoryIndex> =
        territory_indexes(world).filter(|&index| world.ground.territory_at(index).parent.is_none()).collect();
    tops.sort_by(|&a, &b| world.ground.territory_at(a).id.cmp(&world.ground.territory_at(b).id));
    let group_of: Vec<Option<u16>> = territory_indexes(world)
        .map(|leaf| {
            let top = world.ground.lineage(leaf).last();
            tops.iter().position(|&other| Some(other) == top).map(|group| group as u16)
        })
        .collect();
    let tallies = tallies(world, slot, &group_of, tops.len());
    tops.into_iter().zip(tallies).map(|(top, tally)| coverage(world, slot, Some(top), tally)).collect()
}

fn territory_indexes(world: &World) -> impl Iterator<Item = TerritoryIndex> + use<> {
    (0..world.ground.territories.len()).map(|index| TerritoryIndex(index as u16))
}

/// What is counted per group.
#[derive(Default)]
struct Tally {
    active: CauseCount,
    causes: Causes,
    rtt_ms: Option<Percentiles>,
    rate_mbps: Option<Percentiles>,
}

/// Counts per group; `group_of` gives each leaf territory its group.
fn tallies(world: &World, slot: &Slot, group_of: &[Option<u16>], groups: usize) -> Vec<Tally> {
    let (ground, plan) = (&world.ground, &slot.plan);
    let mut tallies: Vec<Tally> = (0..groups).map(|_| Tally::default()).collect();
    for (cell, &territory) in ground.territory.iter().enumerate() {
        let Some(group) = group_of[usize::from(territory)] else { continue };
        let tally = &mut tallies[usize::from(group)];
        tally.causes.counts[plan.cause[cell] as usize].add(ground.people[cell]);
        if world.activation.active(skyshed_ground::Cell(cell as u32)) {
            tally.active.add(ground.people[cell]);
        }
    }
    let by_people: Vec<bool> =
        tallies.iter().map(|tally| tally.causes.of(Cause::Served).people > 0).collect();
    for (value_of, scale, target) in [
        (
            rtt_us as fn(&SlotPlan, usize) -> u32,
            1e3,
            Tally::rtt_ms_mut as fn(&mut Tally) -> &mut Option<Percentiles>,
        ),
        (rate_kbps, 1e3, Tally::rate_mbps_mut),
    ] {
        let mut samples: Vec<Vec<(u32, u32)>> = vec![Vec::new(); groups];
        for (cell, &territory) in ground.territory.iter().enumerate() {
            let Some(group) = group_of[usize::from(territory)].map(usize::from) else { continue };
            let weight = if by_people[group] { ground.people[cell] } else { 1 };
            if plan.cause[cell] == Cause::Served && weight > 0 {
                samples[group].push((value_of(plan, cell), weight));
            }
        }
        for (tally, mut samples) in tallies.iter_mut().zip(samples) {
            *target(tally) = percentiles(&mut samples, scale);
        }
    }
    tallies
}

fn rtt_us(plan: &SlotPlan, cell: usize) -> u32 {
    plan.rtt_us[cell]
}

fn rate_kbps(plan: &SlotPlan, cell: usize) -> u32 {
    plan.rate_kbps[cell]
}

impl Tally {
    fn rtt_ms_mut(&mut self) -> &mut Option<Percentiles> {
        &mut self.rtt_ms
    }

    fn rate_mbps_mut(&mut self) -> &mut Option<Percentiles> {
        &mut self.rate_mbps
    }
}

impl CauseCount {
    fn add(&mut self, people: u32) {
        self.cells += 1;
        self.people += u64::from(people);
    }
}

fn coverage(world: &World, slot: &Slot, territory: Option<TerritoryIndex>, tally: Tally) -> Coverage {
    let territory = territory.map(|index| world.ground.territory_at(index));
    let (total, served) = (tally.causes.total(), tally.causes.of(Cause::Served));
    let of = |percentiles: Option<Percentiles>, pick: fn(Percentiles) -> f64| {
        percentiles.map(|percentiles| rounded(pick(percentiles), 3))
    };
    Coverage {
        territory: territory.map(|territory| territory.id.clone()),
        name: territory.map_or_else(|| "Planet".to_owned(), |territory| territory.name.clone()),
        kind: territory.map(|territory| kind_word(territory.kind)),
        iso_a3: territory.and_then(|territory| territory.iso_a3.clone()),
        time: slot.plan.time.to_string(),
        what_if: world.what_if(),
        log: world.log.as_ref().map(|log| log.status.line()),
        cells: total.cells,
        cells_active: tally.active.cells,
        cells_served: served.cells,
        people: total.people,
        people_active: tally.active.people,
        people_served: served.people,
        rtt_ms_p5: of(tally.rtt_ms, |p| p.p5),
        rtt_ms_p50: of(tally.rtt_ms, |p| p.p50),
        rtt_ms_p95: of(tally.rtt_ms, |p| p.p95),
        rate_mbps_p5: of(tally.rate_mbps, |p| p.p5),
        rate_mbps_p50: of(tally.rate_mbps, |p| p.p50),
        rate_mbps_p95: of(tally.rate_mbps, |p| p.p95),
        causes: tally.causes,
    }
}
