//! One slot in numbers.

use serde::Serialize;
use skyshed_plan::fleet::Fleet;
use skyshed_plan::{Cause, SlotPlan};

use crate::coverage::{Causes, coverage_of};
use crate::links::{LasersView, LinkClassView, lasers_view, link_classes};
use crate::log::LogStatus;
use crate::percentile::{Percentiles, percentiles};
use crate::rounded;
use crate::world::{Slot, World};

/// The slot in numbers. Every key is always present in JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlotSummary {
    /// Start of the slot, UTC.
    pub time: String,
    /// Its length.
    pub length_s: u32,
    /// The element sets.
    pub elements: ElementsView,
    /// The map.
    pub ground: GroundView,
    /// Name of the policy, or of the log.
    pub policy: String,
    /// Where the answer is about a policy that is not the log: that it is. Null where the log is obeyed.
    pub what_if: Option<String>,
    /// The log that is obeyed; null in a what-if study.
    pub log: Option<LogStatus>,
    /// Satellites.
    pub satellites: SatelliteCounts,
    /// Cells.
    pub cells: Counts,
    /// People.
    pub people: Counts,
    /// Cells and people without service, by cause.
    pub causes: Causes,
    /// Beams.
    pub beams: BeamCounts,
    /// Laser links.
    pub lasers: LasersView,
    /// What links carry towards the terminals, by class: `beams`, `feeder_links`, `lasers`, `gateways`.
    pub links: Vec<LinkClassView>,
    /// What is out of order in this slot, a line for each fault.
    pub faults: Vec<String>,
    /// Round-trip time over people served; null where nobody is.
    pub rtt_ms: Option<Percentiles>,
    /// Rate of one busy terminal over people served; null where nobody is.
    pub rate_mbps: Option<Percentiles>,
    /// The same over cells with people that are served, each counted once.
    pub rate_mbps_cells: Option<Percentiles>,
    /// How the plan was made.
    pub method: &'static str,
    /// How far it is from the largest possible number of cells served; null where that was not asked for.
    pub exact: Option<ExactView>,
    /// Satellites that could not be propagated to the slot.
    pub problems: usize,
}

/// The plan against the largest number of cells that could be served at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExactView {
    /// Cells that were planned.
    pub cells_planned: u32,
    /// Of these, served by the planner's own choice without regard to the slot before.
    pub cells_served: u32,
    /// The largest number that could be.
    pub cells_served_max: u32,
    /// The difference in percent of the cells planned.
    pub gap_percent: f64,
}

/// Where the satellites come from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ElementsView {
    /// A file's name, or `preset:NAME`.
    pub source: String,
    /// True for a designed constellation, which has no age.
    pub designed: bool,
    /// Median epoch of the element sets, UTC, to the second; null for a designed constellation.
    pub epoch: Option<String>,
    /// Hours from the median epoch to the slot.
    pub age_hours: Option<f64>,
}

/// Which Earth it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroundView {
    /// `embedded`, or a file's name.
    pub source: String,
    /// SHA-256 of the compiled map.
    pub sha256: String,
    /// Whose view of borders decides parents.
    pub worldview: String,
    /// Ground stations.
    pub gateways: usize,
    /// Points of presence.
    pub pops: usize,
}

/// Satellites by what they do in the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SatelliteCounts {
    /// In the constellation.
    pub total: usize,
    /// Of these, at an altitude of service.
    pub at_service_altitude: usize,
    /// Of these, with a way to a gateway, over lasers or straight down.
    pub with_gateway: usize,
    /// Of these, with a feeder link of their own.
    pub landing: usize,
    /// Of these, serving a cell.
    pub serving: usize,
}

/// How many there are, may be served, are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counts {
    /// On the planet.
    pub total: u64,
    /// Where service may be.
    pub active: u64,
    /// Where service is.
    pub served: u64,
}

/// Beams over the whole fleet, counted in cells: a beam hops between several within a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BeamCounts {
    /// Cells that all satellites with a gateway could serve.
    pub cells_capacity: u64,
    /// Cells they serve.
    pub cells_used: u64,
    /// Satellites that serve as many cells as they can.
    pub satellites_full: usize,
}

/// Sums a slot up; with `exact`, also against the best that could be, which takes long.
pub fn summary(world: &World, slot: &Slot, exact: bool) -> SlotSummary {
    let planet = coverage_of(world, slot, None);
    let plan = &slot.plan;
    let together = |p5: Option<f64>, p50: Option<f64>, p95: Option<f64>| {
        Some(Percentiles { p5: p5?, p50: p50?, p95: p95? })
    };
    let landings = plan.network.landings.iter().flatten();
    let with_gateway = landings.clone().count();
    let cells_each = world.config.beams.cells_per_satellite();
    SlotSummary {
        time: planet.time,
        length_s: plan.length_s,
        elements: elements_view(world, slot),
        ground: ground_view(world),
        policy: world.activation.policy.clone(),
        what_if: world.what_if(),
        log: world.log.as_ref().map(|log| log.status.clone()),
        satellites: SatelliteCounts {
            total: plan.satellites.len(),
            at_service_altitude: Fleet::new(&slot.sky, &world.config, &world.faults.at(plan.time)).len(),
            with_gateway,
            landing: landings.filter(|landing| landing.laser_hops == 0).count(),
            serving: plan.load.iter().filter(|&&load| load > 0).count(),
        },
        cells: Counts { total: planet.cells, active: planet.cells_active, served: planet.cells_served },
        people: Counts { total: planet.people, active: planet.people_active, served: planet.people_served },
        causes: planet.causes,
        beams: BeamCounts {
            cells_capacity: with_gateway as u64 * u64::from(cells_each),
            cells_used: plan.load.iter().map(|&load| u64::from(load)).sum(),
            satellites_full: plan.load.iter().filter(|&&load| load >= cells_each).count(),
        },
        lasers: lasers_view(world, plan),
        links: link_classes(world, plan),
        faults: world.faults.active(plan.time).map(str::to_owned).collect(),
        rate_mbps_cells: rates_of_cells(world, plan),
        rtt_ms: together(planet.rtt_ms_p5, planet.rtt_ms_p50, planet.rtt_ms_p95),
        rate_mbps: together(planet.rate_mbps_p5, planet.rate_mbps_p50, planet.rate_mbps_p95),
        method: "greedy",
        exact: exact.then(|| exact_view(world, slot)),
        problems: slot.sky.problems.len(),
    }
}

/// Rates of one busy terminal over cells with people that are served.
fn rates_of_cells(world: &World, plan: &SlotPlan) -> Option<Percentiles> {
    let served = plan.cells_with(Cause::Served).map(|cell| cell.0 as usize);
    let mut rates: Vec<(u32, u32)> =
        served.filter(|&cell| world.ground.people[cell] > 0).map(|cell| (plan.rate_kbps[cell], 1)).collect();
    percentiles(&mut rates, 1e3)
}

fn exact_view(world: &World, slot: &Slot) -> ExactView {
    let gap = skyshed_plan::exact::gap(&slot.sky, world.inputs(), world.prepared());
    ExactView {
        cells_planned: gap.planned,
        cells_served: gap.greedy,
        cells_served_max: gap.maximum,
        gap_percent: rounded(gap.points(), 3),
    }
}

fn elements_view(world: &World, slot: &Slot) -> ElementsView {
    let designed = world.constellation.designed();
    ElementsView {
        source: world.provenance.elements.clone(),
        designed,
        epoch: world
            .constellation
            .median_epoch()
            .filter(|_| !designed)
            .map(|epoch| epoch.plus_micros(-(epoch.micros % 1_000_000)).to_string()),
        age_hours: world.elements_age_hours(slot.plan.time).map(|hours| rounded(hours, 2)),
    }
}

fn ground_view(world: &World) -> GroundView {
    let dataset = &world.ground.dataset;
    GroundView {
        source: world.provenance.ground.clone(),
        sha256: dataset.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        worldview: dataset.worldview.clone(),
        gateways: world.ground.gateways.len(),
        pops: world.ground.pops.len(),
    }
}
