//! The links of a slot in numbers: lasers, and what each class of links carries.

use serde::Serialize;
use skyshed_network::lasers::report;
use skyshed_plan::SlotPlan;

use crate::rounded;
use crate::world::World;

/// The laser links of one slot.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LasersView {
    /// Links.
    pub links: usize,
    /// Of these, between two shells.
    pub between_shells: usize,
    /// Satellites with a place in a shell: only they are linked.
    pub satellites: usize,
    /// Of these, how many have no link, one, two and so on.
    pub degrees: Vec<u32>,
    /// Lengths; null without links.
    pub length_km: Option<LengthsView>,
    /// Groups of two and more satellites with a way between any two of them.
    pub components: usize,
    /// Satellites of the largest group.
    pub largest_component: usize,
    /// Links that the slot before had too; null where there is none before.
    pub kept: Option<usize>,
    /// Links that it had not.
    pub added: Option<usize>,
    /// Links that only it had.
    pub dropped: Option<usize>,
}

/// Lengths of links.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LengthsView {
    /// The shortest.
    pub min: f64,
    /// The median.
    pub p50: f64,
    /// Only one in twenty is longer.
    pub p95: f64,
    /// The longest.
    pub max: f64,
}

/// What the links of one class carry towards the terminals.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkClassView {
    /// `beams` (of one satellite together), `feeder_links`, `lasers` (each direction counts), `gateways`.
    pub class: &'static str,
    /// Links that carry something.
    pub used: usize,
    /// All of them.
    pub links: usize,
    /// What they carry.
    pub carried_gbps: f64,
    /// What they could: of beams, with the shares of time that their cells have.
    pub capacity_gbps: f64,
    /// Of the links that carry something, what share of their capacity: the median; null where none carries.
    pub utilisation_p50: Option<f64>,
    /// Only one in twenty is fuller.
    pub utilisation_p95: Option<f64>,
    /// The fullest.
    pub utilisation_max: Option<f64>,
    /// Links that are full, to one part in a thousand.
    pub full: usize,
}

/// Sums up the lasers of a plan.
pub(crate) fn lasers_view(world: &World, plan: &SlotPlan) -> LasersView {
    let report = report(&plan.network.lasers, &world.planes, plan.network.lasers_before.as_deref());
    let km = |mm: u64| rounded(mm as f64 / 1e6, 1);
    let churn = report.churn;
    LasersView {
        links: report.links,
        between_shells: report.links_between_shells,
        satellites: report.seated,
        degrees: report.degrees,
        length_km: report.lengths.map(|lengths| LengthsView {
            min: km(lengths.min_mm),
            p50: km(lengths.p50_mm),
            p95: km(lengths.p95_mm),
            max: km(lengths.max_mm),
        }),
        components: report.components.count,
        largest_component: report.components.largest,
        kept: churn.map(|churn| churn.kept),
        added: churn.map(|churn| churn.added),
        dropped: churn.map(|churn| churn.dropped),
    }
}

/// What each class of links carries.
pub(crate) fn link_classes(world: &World, plan: &SlotPlan) -> Vec<LinkClassView> {
    let (loads, config) = (&plan.loads, &world.config);
    let each = |kbps: &[f64], gbps: f64| kbps.iter().map(|&carried| [carried, gbps * 1e6]).collect();
    let lasers: Vec<f64> = loads.laser_kbps.iter().flatten().copied().collect();
    let beams = loads.beams_kbps.iter().filter(|[_, capacity]| *capacity > 0.0).copied().collect();
    vec![
        link_class("beams", beams),
        link_class("feeder_links", each(&loads.feeder_kbps, config.gateway.feeder_gbps)),
        link_class("lasers", each(&lasers, config.lasers.capacity_gbps)),
        link_class("gateways", each(&loads.gateway_kbps, config.gateway.fibre_gbps)),
    ]
}

/// One class: what each link carries, and what it could.
fn link_class(class: &'static str, kbps: Vec<[f64; 2]>) -> LinkClassView {
    let sum = |part: usize| rounded(kbps.iter().fold(0.0, |sum, link| sum + link[part]) / 1e6, 1);
    let used = kbps.iter().filter(|link| link[0] > 0.0);
    let mut utilisation: Vec<f64> = used.map(|[carried, capacity]| carried / capacity).collect();
    utilisation.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| {
        let rank = (utilisation.len() * percent).div_ceil(100).max(1) - 1;
        utilisation.get(rank).map(|&share| rounded(share, 4))
    };
    LinkClassView {
        class,
        used: utilisation.len(),
        links: kbps.len(),
        carried_gbps: sum(0),
        capacity_gbps: sum(1),
        utilisation_p50: at(50),
        utilisation_p95: at(95),
        utilisation_max: at(100),
        full: utilisation.iter().filter(|&&share| share > 0.999).count(),
    }
}
