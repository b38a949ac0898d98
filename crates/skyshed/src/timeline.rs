//! One place or one territory over time: who is served in each of many slots, at what round-trip time and rate, under the decisions
//! that hold then.
//!
//! Each slot is planned with no more cells than it takes (see [`World::narrowed`]), after the one planned before it, as [`crate::route()`]
//! does; so rates, which depend on everybody who shares a beam, may differ from those of a plan of the planet.

use serde::Serialize;
use skyshed_control::Standing;
use skyshed_ground::{Place, TerritoryIndex};
use skyshed_orbit::Epoch;
use skyshed_plan::{Cause, Scope, scope_of, service_path};

use crate::coverage::coverage_of;
use crate::rounded;
use crate::why::{SatelliteId, cause_word, number_of, satellite_id};
use crate::world::{ELEMENTS_AGE_MAX_DAYS, EngineError, Slot, World};

/// What is followed.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A place.
    Place(Place),
    /// A territory, those below it included.
    Territory(TerritoryIndex),
}

/// One instant. Every key is always present in JSON, null where it does not apply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InstantView {
    /// Start of the slot that contains it, UTC.
    pub time: String,
    /// There is service: at the place, or somewhere in the territory.
    pub served: bool,
    /// Why not: a word of the closed list, of a territory the one that keeps most people from service; null where there is.
    pub cause: Option<&'static str>,
    /// Number of the decision that explains the place's state then; null of a territory, and where nobody decided.
    pub decision: Option<u64>,
    /// Round-trip time to the point of presence; of a territory the median over people served.
    pub rtt_ms: Option<f64>,
    /// Rate of one busy terminal; of a territory the median over people served.
    pub rate_mbps: Option<f64>,
    /// Share of people with service, 0 to 1: of a place's cell 0 or 1; null where nobody lives.
    pub people_served_share: Option<f64>,
    /// The serving satellite; null of a territory.
    pub satellite: Option<SatelliteId>,
}

/// Plans slot after slot for a subject.
pub struct Follower {
    world: World,
    subject: Subject,
    scope: Scope,
    previous: Option<Slot>,
}

impl Follower {
    /// Before any slot.
    pub fn new(world: &World, subject: Subject) -> Follower {
        let ground = &world.ground;
        let scope = match &subject {
            Subject::Place(place) => scope_of(ground, place.cell),
            Subject::Territory(territory) if ground.territory_at(*territory).people > 0 => Scope::Inhabited,
            Subject::Territory(territory) => {
                let cells = ground.cells_of(*territory);
                cells.into_iter().map(|cell| scope_of(ground, cell)).max().unwrap_or(Scope::All)
            }
        };
        Follower { world: world.narrowed(scope), subject, scope, previous: None }
    }

    /// The cells that are planned.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What holds in the slot that contains `time`.
    ///
    /// # Errors
    /// [`EngineError`] where that is too far from the elements' epochs, or decisions of then do not fit the map.
    pub fn instant(&mut self, time: Epoch) -> Result<InstantView, EngineError> {
        let start = self.world.slot_start(time);
        self.world.constellation.check_time(start, ELEMENTS_AGE_MAX_DAYS)?;
        if let Some(world) = self.world.changed_at(start)? {
            self.world = world;
        }
        match self.subject.clone() {
            Subject::Place(place) => self.of_place(&place, start),
            Subject::Territory(territory) => self.of_territory(territory, start),
        }
    }

    fn of_place(&mut self, place: &Place, start: Epoch) -> Result<InstantView, EngineError> {
        let standing = self.world.activation.standing(place.cell);
        let people = self.world.ground.people[place.cell.0 as usize];
        let decision = self.world.activation.decision_number(place.cell);
        let decision = decision.map(|index| number_of(&self.world, index));
        let cause = match standing {
            // Where nobody may be served, no plan is needed to know.
            Standing::Off(_) => Cause::TerritoryOff,
            Standing::NoDecision => Cause::NoDecision,
            Standing::On(_) => {
                self.plan(start)?;
                self.slot().plan.cause(place.cell)
            }
        };
        let mut view = InstantView {
            time: start.to_string(),
            served: cause == Cause::Served,
            cause: cause_word(cause),
            decision,
            rtt_ms: None,
            rate_mbps: None,
            people_served_share: (people > 0).then(|| f64::from(u8::from(cause == Cause::Served))),
            satellite: None,
        };
        if view.served {
            let (world, slot) = (&self.world, self.slot());
            let path = service_path(&slot.plan, &slot.sky, world.inputs(), world.prepared(), place.cell);
            view.satellite = slot.plan.satellite(place.cell).map(|satellite| satellite_id(slot, satellite));
            view.rtt_ms = path.as_ref().map(|path| rounded(path.rtt_ms, 3));
            view.rate_mbps = path.map(|path| rounded(path.rate_mbps, 3));
        }
        Ok(view)
    }

    fn of_territory(&mut self, territory: TerritoryIndex, start: Epoch) -> Result<InstantView, EngineError> {
        self.plan(start)?;
        let coverage = coverage_of(&self.world, self.slot(), Some(territory));
        let served = coverage.cells_served > 0;
        let worst = coverage.causes.unserved().filter(|(_, count)| count.cells > 0);
        let worst = worst.max_by_key(|(cause, count)| (count.people, std::cmp::Reverse(*cause)));
        let share = coverage.people_served as f64 / coverage.people as f64;
        Ok(InstantView {
            time: start.to_string(),
            served,
            cause: worst.filter(|_| !served).map(|(cause, _)| cause.name()),
            decision: None,
            rtt_ms: coverage.rtt_ms_p50,
            rate_mbps: coverage.rate_mbps_p50,
            people_served_share: (coverage.people > 0).then(|| rounded(share, 6)),
            satellite: None,
        })
    }

    fn plan(&mut self, start: Epoch) -> Result<(), EngineError> {
        if self.previous.as_ref().is_none_or(|slot| slot.plan.time != start) {
            self.previous = Some(self.world.slot(start, self.previous.as_ref())?);
        }
        Ok(())
    }

    fn slot(&self) -> &Slot {
        self.previous.as_ref().expect("planned before it is looked at")
    }
}
