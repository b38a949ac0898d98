//! With the ground segment: a terminal's packets go up to the satellite that the slot's plan serves its cell with, over
//! lasers to where they land, down to a gateway and on by fibre to a point of presence; from there by fibre to the other
//! end, or up again. The way is decided at the slot's start and stays; within the slot only lengths change.

use skyshed_orbit::{Epoch, Sky};
use skyshed_plan::{
    Cause, Config, Inputs, Prepared, SlotPlan, plan_reusing, prepare, scope_of, service_path,
};

use super::ends::{End, EndKind, inactive};
use super::flyers::satellites_at;
use super::way::{Node, Terrain, Way, joined};
use super::{GATEWAY_OUT, Gap, POP_OUT, Reached, Side};
use crate::world::{EngineError, Slot, World};

/// Plans slot after slot.
pub struct GroundRouter<'a> {
    world: &'a World,
    /// The world with the decisions of now, once these are others than it began with.
    changed: Option<World>,
    from: &'a End,
    to: &'a End,
    /// Where some end is a terminal, and no decision stands against it.
    planner: Option<Planner>,
    previous: Option<SlotPlan>,
    /// A plan whose memory is used again.
    spare: Option<SlotPlan>,
    way: Result<Way, Gap>,
    /// An end that is a site out of order in this slot.
    out: Option<Gap>,
}

/// Plans no more than the ends need: the choices for cells of a scope do not depend on cells outside it.
struct Planner {
    config: Config,
    prepared: Prepared,
}

impl Planner {
    /// None where no end is a terminal.
    fn new(world: &World, from: &End, to: &End) -> Option<Planner> {
        let scopes = [from, to].into_iter().filter_map(|end| Some(scope_of(&world.ground, end.terminal()?)));
        let scope = scopes.max()?.min(world.config.slot.scope);
        let mut config = world.config.clone();
        config.slot.scope = scope;
        let inputs = Inputs { config: &config, ..world.inputs() };
        let prepared = prepare(inputs).expect("the world was prepared with the same names");
        Some(Planner { config, prepared })
    }
}

impl<'a> GroundRouter<'a> {
    /// Between two ends, before any slot.
    pub fn new(world: &'a World, from: &'a End, to: &'a End) -> GroundRouter<'a> {
        let (planner, way) = begin(world, from, to);
        GroundRouter { world, changed: None, from, to, planner, previous: None, spare: None, way, out: None }
    }

    /// Plans the slot that begins at `start`, after the one planned before it, and finds the way in it.
    ///
    /// # Errors
    /// [`EngineError::Place`] where decisions that take effect by then do not fit the map.
    pub fn begin_slot(&mut self, start: Epoch) -> Result<(), EngineError> {
        if let Some(world) = self.changed.as_ref().unwrap_or(self.world).changed_at(start)? {
            (self.planner, self.way) = begin(&world, self.from, self.to);
            self.changed = Some(world);
        }
        let world = self.changed.as_ref().unwrap_or(self.world);
        self.out = [(self.from, Side::From), (self.to, Side::To)]
            .into_iter()
            .find_map(|(end, side)| out_of_order(world, start, end, side));
        let Some(Planner { config, prepared }) = &self.planner else { return Ok(()) };
        let inputs = Inputs { config, ..world.inputs() };
        let sky = world.constellation.sky(start, &world.ut1);
        let spare = self.spare.take().unwrap_or_else(|| SlotPlan::empty(&sky));
        let plan = plan_reusing(&sky, inputs, prepared, self.previous.as_ref(), spare);
        self.way = way(&plan, prepared, inputs, &sky, self.from, self.to);
        self.spare = self.previous.replace(plan);
        Ok(())
    }

    /// The slot's way at some instants within it, in their order.
    pub fn ways(&self, times: &[Epoch], terrain: &Terrain<'_>) -> Vec<Result<Reached, Gap>> {
        times.iter().map(|&time| self.reached(time, terrain)).collect()
    }

    fn reached(&self, time: Epoch, terrain: &Terrain<'_>) -> Result<Reached, Gap> {
        let way = self.out.map_or_else(|| self.way.clone(), Err)?;
        let (rtt_ms, one_way_km) = terrain.round_trip(&way, satellites_at(self.world, time));
        if !rtt_ms.is_finite() {
            return Err(Gap { side: None, cause: Cause::NoSatelliteAboveMask.name() });
        }
        Ok(Reached { way, rtt_ms, one_way_km })
    }
}

/// What plans slots between two ends under the decisions of a world, and the way where no plan is needed to know it.
fn begin(world: &World, from: &End, to: &End) -> (Option<Planner>, Result<Way, Gap>) {
    let blocked = blocked(world, from, to);
    let planner = if blocked.is_none() { Planner::new(world, from, to) } else { None };
    let over_fibre = || joined(vec![Node::From], vec![Node::To], from, to);
    (planner, blocked.map_or_else(|| Ok(over_fibre()), Err))
}

/// The way at the start of a slot that is planned already.
pub fn at_start(
    world: &World,
    slot: &Slot,
    from: &End,
    to: &End,
    terrain: &Terrain<'_>,
) -> Result<Reached, Gap> {
    let ends = [(from, Side::From), (to, Side::To)];
    if let Some(gap) = ends.iter().find_map(|&(end, side)| out_of_order(world, slot.plan.time, end, side)) {
        return Err(gap);
    }
    let way = way(&slot.plan, world.prepared(), world.inputs(), &slot.sky, from, to)?;
    let (rtt_ms, one_way_km) = terrain.round_trip(&way, satellites_at(world, slot.plan.time));
    Ok(Reached { way, rtt_ms, one_way_km })
}

/// The way of a slot between two ends.
pub fn way(
    plan: &SlotPlan,
    prepared: &Prepared,
    inputs: Inputs<'_>,
    sky: &Sky,
    from: &End,
    to: &End,
) -> Result<Way, Gap> {
    let half = |end: &End, node: Node, side: Side| {
        let Some(cell) = end.terminal() else { return Ok(vec![node]) };
        let path = service_path(plan, sky, inputs, prepared, cell)
            .ok_or_else(|| Gap::at(side, plan.cause(cell).name()))?;
        let satellites = path.satellites.iter().map(|&satellite| Node::Satellite(satellite));
        let sites = [Node::Gateway(path.landing.gateway), Node::Pop(path.landing.pop)];
        Ok(std::iter::once(node).chain(satellites).chain(sites).collect::<Way>())
    };
    let up = half(from, Node::From, Side::From)?;
    let mut down = half(to, Node::To, Side::To)?;
    down.reverse();
    Ok(joined(up, down, from, to))
}

/// A site that does not work lets nothing in or out.
fn out_of_order(world: &World, start: Epoch, end: &End, side: Side) -> Option<Gap> {
    if world.faults.is_none() {
        return None;
    }
    let outages = world.faults.at(start);
    match end.kind {
        EndKind::Gateway(index) => outages.gateway_is_out(index).then(|| Gap::at(side, GATEWAY_OUT)),
        EndKind::Pop(index) => outages.pop_is_out(index).then(|| Gap::at(side, POP_OUT)),
        EndKind::Terminal(_) | EndKind::City => None,
    }
}

/// Where the policy keeps an end from being served, no plan is needed to know.
fn blocked(world: &World, from: &End, to: &End) -> Option<Gap> {
    [(from, Side::From), (to, Side::To)].into_iter().find_map(|(end, side)| {
        let cause = inactive(world, end.terminal()?)?;
        Some(Gap::at(side, cause.name()))
    })
}
