//! From instants to an answer: paths told apart, changes, gaps, and what is worth knowing of all together.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use skyshed_orbit::Epoch;

use super::ends::{End, EndView, end_view};
use super::flyers::Flyers;
use super::way::{Node, Terrain, Way};
use super::{Gap, Reached, RouteMode};
use crate::log::LogStatus;
use crate::rounded;
use crate::world::World;

/// The answer. Every key is always present in JSON, null where it does not apply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Route {
    /// Where it begins.
    pub from: EndView,
    /// Where it leads.
    pub to: EndView,
    /// `ground_segment`, or `lasers_only`.
    pub mode: &'static str,
    /// Whose rules decide: `skyshed`, or `hypatia`.
    pub convention: &'static str,
    /// The element sets: a file's name, or `preset:NAME`.
    pub elements: String,
    /// Name of the policy, or of the log.
    pub policy: String,
    /// Where the answer is about a policy that is not the log: that it is. Null where the log is obeyed, and over lasers
    /// only, where no decision counts.
    pub what_if: Option<String>,
    /// The log that is obeyed; null in a what-if study, and over lasers only.
    pub log: Option<LogStatus>,
    /// True where there is a route at any of the instants.
    pub reachable: bool,
    /// The first instant, UTC.
    pub time: String,
    /// From one instant to the next; 0 where there is only one.
    pub step_s: f64,
    /// Every instant, in order.
    pub steps: Vec<StepView>,
    /// The paths, in the order of their first use.
    pub paths: Vec<PathView>,
    /// Where the path is another than at the last instant that had one.
    pub changes: Vec<ChangeView>,
    /// Runs of instants without a route.
    pub gaps: Vec<GapView>,
    /// All together.
    pub summary: RouteSummary,
}

/// One instant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepView {
    /// When, UTC.
    pub time: String,
    /// Round-trip time; null where there is no route.
    pub rtt_ms: Option<f64>,
    /// Length of the path.
    pub one_way_km: Option<f64>,
    /// Hops of the path.
    pub hops: Option<u32>,
    /// The path, see [`Route::paths`].
    pub path_id: Option<u32>,
    /// Why there is no route: one word; null where there is one.
    pub cause: Option<&'static str>,
    /// The end that the cause is about, `from` or `to`; null where it lies between, or there is none.
    pub end: Option<&'static str>,
}

/// One way through the network.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RoutePathView))]
pub struct PathView {
    /// Counts from 0, by first use.
    pub id: u32,
    /// First instant of use, UTC: lengths below are those of then.
    pub time: String,
    /// Instants of use.
    pub steps: u64,
    /// What it goes through, both ends included.
    pub nodes: Vec<NodeView>,
    /// From each node to the next.
    pub hops: Vec<HopView>,
}

/// One thing on a path.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeView {
    /// `terminal`, `city`, `gateway`, `pop`, `station` or `satellite`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Catalogue number of a satellite.
    pub catalog_number: Option<u64>,
}

/// From one node to the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HopView {
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// `radio`, `laser` or `fibre`.
    pub kind: &'static str,
    /// Its length.
    pub length_km: f64,
    /// Time along it, one way.
    pub one_way_ms: f64,
}

/// The path becomes another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RouteChangeView))]
pub struct ChangeView {
    /// The first instant of the other path, UTC.
    pub time: String,
    /// The path before.
    pub from_path: u32,
    /// The path from here on.
    pub to_path: u32,
    /// By how much round-trip time differs from that of the last instant before.
    pub jump_ms: f64,
}

/// Instants without a route, one after the other, with one cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GapView {
    /// The first of them, UTC.
    pub from: String,
    /// The last of them, UTC.
    pub to: String,
    /// How many.
    pub steps: u64,
    /// Why: one word.
    pub cause: &'static str,
    /// The end that the cause is about, `from` or `to`; null where it lies between.
    pub end: Option<&'static str>,
}

/// All instants together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RouteSummary {
    /// Instants.
    pub steps: u64,
    /// Of these, with a route.
    pub steps_with_route: u64,
    /// The same as a share, 0 to 1.
    pub share_with_route: f64,
    /// Round-trip time over instants with a route; null where there is none.
    pub rtt_ms: Option<Spread>,
    /// Of each number of hops, how many instants have it; ascending.
    pub hop_counts: Vec<HopCount>,
    /// How often the path becomes another.
    pub path_changes: u64,
    /// How many different paths there are.
    pub paths: u64,
    /// What the access of both ends adds to a round trip; part of `rtt_ms`.
    pub access_ms: f64,
    /// Round trip of light in vacuum along the straight line between the ends, through the Earth: no route is faster.
    pub straight_line_ms: f64,
    /// Round trip over fibre between the ends, of the great circle's length times the detour.
    pub fibre_ms: f64,
}

/// How a quantity is spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// Half of the instants are at or below this.
    pub p50: f64,
    /// 95 % are at or below this.
    pub p95: f64,
    /// The largest.
    pub max: f64,
}

/// A number of hops, and how many instants have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HopCount {
    /// Hops of the path.
    pub hops: u32,
    /// Instants.
    pub steps: u64,
}

/// Takes instants in order and makes the answer of them.
pub(super) struct Series<'a> {
    world: &'a World,
    flyers: Flyers<'a>,
    terrain: &'a Terrain<'a>,
    from: &'a End,
    to: &'a End,
    times: Vec<Epoch>,
    found: Vec<Result<Found, Gap>>,
    ids: HashMap<Way, u32>,
    paths: Vec<(Way, Epoch, u64)>,
}

/// A route at one instant, its path by number.
#[derive(Clone, Copy)]
struct Found {
    path: u32,
    hops: u32,
    rtt_ms: f64,
    one_way_km: f64,
}

impl<'a> Series<'a> {
    pub(super) fn new(
        world: &'a World,
        flyers: Flyers<'a>,
        terrain: &'a Terrain<'a>,
        from: &'a End,
        to: &'a End,
    ) -> Series<'a> {
        Series {
            world,
            flyers,
            terrain,
            from,
            to,
            times: Vec::new(),
            found: Vec::new(),
            ids: HashMap::new(),
            paths: Vec::new(),
        }
    }

    /// The next instant.
    pub(super) fn push(&mut self, time: Epoch, found: Result<Reached, Gap>) {
        let found = found.map(|reached| {
            let hops = reached.way.len() as u32 - 1;
            let path = self.path_of(reached.way, time);
            self.paths[path as usize].2 += 1;
            let (rtt_ms, one_way_km) = (rounded(reached.rtt_ms, 6), rounded(reached.one_way_km, 6));
            Found { path, hops, rtt_ms, one_way_km }
        });
        self.times.push(time);
        self.found.push(found);
    }

    fn path_of(&mut self, way: Way, time: Epoch) -> u32 {
        if let Some(&id) = self.ids.get(&way) {
            return id;
        }
        let id = self.paths.len() as u32;
        self.ids.insert(way.clone(), id);
        self.paths.push((way, time, 0));
        id
    }

    /// The answer.
    pub(super) fn finish(self, mode: RouteMode, step_micros: u64) -> Route {
        let station = mode != RouteMode::GroundSegment;
        let paths: Vec<PathView> = (0..self.paths.len()).map(|id| self.path_view(id, station)).collect();
        let changes = self.changes();
        let summary = self.summary(changes.len() as u64);
        let begin = *self.times.first().expect("a route has an instant");
        Route {
            from: end_view(self.world, self.from, station, begin),
            to: end_view(self.world, self.to, station, begin),
            mode: mode.name(),
            convention: mode.convention(),
            elements: self.world.provenance.elements.clone(),
            policy: self.world.activation.policy.clone(),
            what_if: self.world.what_if().filter(|_| !station),
            log: self.world.log.as_ref().filter(|_| !station).map(|log| log.status.clone()),
            reachable: summary.steps_with_route > 0,
            time: self.times.first().map(Epoch::to_string).unwrap_or_default(),
            step_s: if self.times.len() > 1 { step_micros as f64 / 1e6 } else { 0.0 },
            steps: self.times.iter().zip(&self.found).map(|(time, found)| step_view(*time, found)).collect(),
            paths,
            changes,
            gaps: self.gaps(),
            summary,
        }
    }

    fn path_view(&self, id: usize, station: bool) -> PathView {
        let (way, time, steps) = &self.paths[id];
        let nodes: Vec<NodeView> = way.iter().map(|&node| self.node_view(node, station, *time)).collect();
        let satellites = self.flyers.positions_m(*time);
        let hops = self.terrain.hops(way, satellites).enumerate().map(|(at, hop)| HopView {
            from: nodes[at].name.clone(),
            to: nodes[at + 1].name.clone(),
            kind: hop.medium.name(),
            length_km: rounded(hop.length_km, 6),
            one_way_ms: rounded(hop.one_way_ms, 6),
        });
        PathView { id: id as u32, time: time.to_string(), steps: *steps, hops: hops.collect(), nodes }
    }

    fn node_view(&self, node: Node, station: bool, time: Epoch) -> NodeView {
        let end = |end: &End| {
            let view = end_view(self.world, end, station, time);
            NodeView { kind: view.kind, name: view.name, catalog_number: None }
        };
        let site = |kind, name: &String| NodeView { kind, name: name.clone(), catalog_number: None };
        let ground = &self.world.ground;
        match node {
            Node::From => end(self.from),
            Node::To => end(self.to),
            Node::Gateway(index) => site("gateway", &ground.gateways[usize::from(index)].name),
            Node::Pop(index) => site("pop", &ground.pops[usize::from(index)].name),
            Node::Satellite(index) => {
                let (name, catalog_number) = self.flyers.name(index);
                NodeView { kind: "satellite", name, catalog_number: Some(catalog_number) }
            }
        }
    }

    /// The instants with a route, with their number.
    fn reached(&self) -> impl Iterator<Item = (usize, Found)> + '_ {
        self.found.iter().enumerate().filter_map(|(at, found)| Some((at, *found.as_ref().ok()?)))
    }

    fn changes(&self) -> Vec<ChangeView> {
        let pairs = self.reached().zip(self.reached().skip(1));
        pairs
            .filter(|((_, before), (_, after))| before.path != after.path)
            .map(|((_, before), (at, after))| ChangeView {
                time: self.times[at].to_string(),
                from_path: before.path,
                to_path: after.path,
                jump_ms: rounded(after.rtt_ms - before.rtt_ms, 6),
            })
            .collect()
    }

    fn gaps(&self) -> Vec<GapView> {
        let mut gaps = Vec::new();
        let mut first = 0;
        for run in self.found.chunk_by(|a, b| a.as_ref().err() == b.as_ref().err()) {
            let last = first + run.len() - 1;
            if let Err(gap) = run[0] {
                gaps.push(GapView {
                    from: self.times[first].to_string(),
                    to: self.times[last].to_string(),
                    steps: run.len() as u64,
                    cause: gap.cause,
                    end: gap.side.map(|side| side.name()),
                });
            }
            first = last + 1;
        }
        gaps
    }

    fn summary(&self, path_changes: u64) -> RouteSummary {
        let steps = self.found.len() as u64;
        let mut rtt_ms: Vec<f64> = self.reached().map(|(_, found)| found.rtt_ms).collect();
        let steps_with_route = rtt_ms.len() as u64;
        let mut hop_counts = BTreeMap::new();
        self.reached().for_each(|(_, found)| *hop_counts.entry(found.hops).or_default() += 1);
        RouteSummary {
            steps,
            steps_with_route,
            share_with_route: rounded(steps_with_route as f64 / steps.max(1) as f64, 6),
            rtt_ms: spread(&mut rtt_ms),
            hop_counts: hop_counts.into_iter().map(|(hops, steps)| HopCount { hops, steps }).collect(),
            path_changes,
            paths: self.paths.len() as u64,
            access_ms: self.terrain.access_ms(),
            straight_line_ms: rounded(self.terrain.straight_line_ms(), 6),
            fibre_ms: rounded(self.terrain.fibre_ms(), 6),
        }
    }
}

fn step_view(time: Epoch, found: &Result<Found, Gap>) -> StepView {
    let (route, gap) = (found.as_ref().ok(), found.as_ref().err());
    StepView {
        time: time.to_string(),
        rtt_ms: route.map(|found| found.rtt_ms),
        one_way_km: route.map(|found| found.one_way_km),
        hops: route.map(|found| found.hops),
        path_id: route.map(|found| found.path),
        cause: gap.map(|gap| gap.cause),
        end: gap.and_then(|gap| gap.side).map(|side| side.name()),
    }
}

/// Sorts the values; `None` without any. A percentile is the smallest value at or below which lies that share of them.
fn spread(values: &mut [f64]) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    let at = |percent: usize| values[(values.len() * percent).div_ceil(100).max(1) - 1];
    let (&min, &max) = (values.first()?, values.last()?);
    Some(Spread { min, p50: at(50), p95: at(95), max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occur() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(spread(&mut values), Some(Spread { min: 1.0, p50: 50.0, p95: 95.0, max: 100.0 }));
        assert_eq!(spread(&mut [7.0]), Some(Spread { min: 7.0, p50: 7.0, p95: 7.0, max: 7.0 }));
        assert_eq!(spread(&mut []), None);
    }
}
