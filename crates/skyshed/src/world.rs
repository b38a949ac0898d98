//! Everything a plan is made of, put together once; and the slots planned over it.

use std::sync::Arc;

use skyshed_control::{Activation, PlaceError};
use skyshed_ground::{Cell, Ground};
use skyshed_network::planes::{Planes, find_planes};
use skyshed_orbit::{Constellation, Epoch, Sky, StaleError, Ut1Table};
use skyshed_plan::{
    Config, Faults, Inputs, PlanError, Prepared, Scenario, ScenarioError, Scope, SlotPlan, plan_prepared,
    prepare, scope_of, slot_start,
};

use crate::log::Log;

/// A slot is planned only within this many days of the elements' epochs. Public elements are good to about 1 km at
/// 6 hours and about 38 km at 7 days (arXiv 2605.19850); at 30 days a satellite may be a minute off, and a plan would
/// say nothing about the real sky.
pub const ELEMENTS_AGE_MAX_DAYS: f64 = 30.0;

/// What a [`World`] is made of.
#[derive(Clone, Debug)]
pub struct WorldParts {
    /// Every satellite.
    pub constellation: Constellation,
    /// Rotation of the Earth.
    pub ut1: Ut1Table,
    /// The Earth.
    pub ground: Ground,
    /// What may be served.
    pub activation: Activation,
    /// Every parameter.
    pub config: Config,
    /// What is out of order, and when.
    pub scenario: Scenario,
    /// Where the parts come from, in words.
    pub provenance: Provenance,
}

/// Where the parts of a world come from, for people to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The element sets: a file's name, or `preset:NAME`.
    pub elements: String,
    /// The map and the sites: `embedded`, or a file's name.
    pub ground: String,
    /// The policy: a file's name, or `illustrative`, `all-on`, `all-off`.
    pub policy: String,
    /// The scenario of faults: a file's name; empty where there is none.
    pub scenario: String,
}

/// The constellation, the ground, the activation and the configuration, ready to plan any slot. Worlds that differ in
/// their decisions alone share the rest.
pub struct World {
    /// Every satellite.
    pub constellation: Arc<Constellation>,
    /// Rotation of the Earth.
    pub ut1: Arc<Ut1Table>,
    /// The Earth.
    pub ground: Arc<Ground>,
    /// What may be served.
    pub activation: Activation,
    /// The log that the activation was made from; none where it was made from a policy, for a what-if study.
    pub log: Option<Log>,
    /// Every parameter.
    pub config: Config,
    /// Shells and planes, as they fly at the median epoch of the elements.
    pub planes: Arc<Planes>,
    /// What is out of order, and when.
    pub faults: Arc<Faults>,
    /// Where these come from.
    pub provenance: Provenance,
    prepared: Arc<Prepared>,
}

/// One planned slot.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Where the satellites are at its start.
    pub sky: Sky,
    /// What they do.
    pub plan: SlotPlan,
}

/// Why there is no world, or no slot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The inputs contradict each other.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The scenario names what is not there.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The time is too far from the elements' epochs.
    #[error(transparent)]
    Stale(#[from] StaleError),
    /// The log's decisions do not fit the map.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl World {
    /// Puts the parts together and prepares what stays the same from slot to slot (well under a second).
    ///
    /// # Errors
    /// [`EngineError::Plan`] where the parts contradict each other.
    pub fn new(parts: WorldParts) -> Result<World, EngineError> {
        let WorldParts { constellation, ut1, ground, activation, config, scenario, provenance } = parts;
        let planes = planes_of(&constellation);
        let faults = scenario.resolve(constellation.satellites(), &planes, &ground)?;
        let inputs = Inputs {
            ground: &ground,
            activation: &activation,
            config: &config,
            planes: &planes,
            faults: &faults,
        };
        let prepared = Arc::new(prepare(inputs)?);
        Ok(World {
            constellation: Arc::new(constellation),
            ut1: Arc::new(ut1),
            ground: Arc::new(ground),
            activation,
            log: None,
            config,
            planes: Arc::new(planes),
            faults: Arc::new(faults),
            provenance,
            prepared,
        })
    }

    /// The same world, said to obey a log: its activation must be the log's.
    pub fn obeying(mut self, log: Log) -> World {
        self.provenance.policy = format!("log {}", log.status.name());
        self.activation.policy = log.status.name();
        self.log = Some(log);
        self
    }

    /// The same world with the decisions of a log at `time`.
    ///
    /// # Errors
    /// [`EngineError::Place`] where these cannot be laid over the map exactly as they were approved.
    pub fn with_log(&self, log: Log, time: Epoch) -> Result<World, EngineError> {
        let activation = log.activation(time, &self.ground)?;
        Ok(self.with_activation(activation)?.obeying(Log { time, ..log }))
    }

    /// The same world with its log's decisions at `time`, where these are others than it has.
    ///
    /// # Errors
    /// [`EngineError::Place`] where these cannot be laid over the map exactly as they were approved.
    pub fn changed_at(&self, time: Epoch) -> Result<Option<World>, EngineError> {
        let log = self.log.as_ref().filter(|log| !log.holds(time));
        log.map(|log| self.with_log(log.clone(), time)).transpose()
    }

    /// The same world with another activation, made from no log.
    ///
    /// # Errors
    /// [`EngineError::Plan`] where the parts contradict each other.
    pub fn with_activation(&self, activation: Activation) -> Result<World, EngineError> {
        let prepared = Arc::new(prepare(Inputs { activation: &activation, ..self.inputs() })?);
        Ok(World { activation, prepared, log: None, ..self.shared() })
    }

    /// The same world, where only what is known of its log has changed.
    pub fn with_same_decisions(&self, log: Log) -> World {
        self.shared().obeying(log)
    }

    /// The same world, planning no more than it takes to know about one cell: those with people, or those of land, or all.
    /// What such a plan says of the cell is what a plan of the planet says, but for the rate: cells that are left out share no
    /// beam and no link.
    pub fn narrowed_to(&self, cell: Cell) -> World {
        self.narrowed(scope_of(&self.ground, cell))
    }

    /// The same world, planning the cells of a scope at most.
    pub fn narrowed(&self, scope: Scope) -> World {
        if scope >= self.config.slot.scope {
            return self.shared();
        }
        let mut config = self.config.clone();
        config.slot.scope = scope;
        let prepared = prepare(Inputs { config: &config, ..self.inputs() });
        let prepared = Arc::new(prepared.expect("the world was prepared with the same names"));
        World { config, prepared, ..self.shared() }
    }

    /// The same world with other satellites and Earth rotation: the same ground, decisions and parameters. `scenario` is the one
    /// that the world was made with, since faults may name satellites; `elements` says where they come from.
    ///
    /// # Errors
    /// [`EngineError::Scenario`] where the scenario names what is no longer there; [`EngineError::Plan`] where the parts
    /// contradict each other.
    pub fn with_elements(
        &self,
        constellation: Constellation,
        ut1: Ut1Table,
        scenario: &Scenario,
        elements: String,
    ) -> Result<World, EngineError> {
        let planes = planes_of(&constellation);
        let faults = scenario.resolve(constellation.satellites(), &planes, &self.ground)?;
        let inputs = Inputs { planes: &planes, faults: &faults, ..self.inputs() };
        let prepared = Arc::new(prepare(inputs)?);
        Ok(World {
            constellation: Arc::new(constellation),
            ut1: Arc::new(ut1),
            planes: Arc::new(planes),
            faults: Arc::new(faults),
            provenance: Provenance { elements, ..self.provenance.clone() },
            prepared,
            ..self.shared()
        })
    }

    fn shared(&self) -> World {
        World {
            constellation: self.constellation.clone(),
            ut1: self.ut1.clone(),
            ground: self.ground.clone(),
            activation: self.activation.clone(),
            log: self.log.clone(),
            config: self.config.clone(),
            planes: self.planes.clone(),
            faults: self.faults.clone(),
            provenance: self.provenance.clone(),
            prepared: self.prepared.clone(),
        }
    }

    /// Of a world that obeys no log, what to say wherever its answers are shown.
    pub fn what_if(&self) -> Option<String> {
        self.log.is_none().then(|| format!("policy {}, not the log", self.activation.policy))
    }

    /// Plans the slot that contains `time`. `previous` is the slot before it, whose choices are kept where they are good
    /// enough; the same arguments give the same slot, bit by bit.
    ///
    /// # Errors
    /// [`EngineError::Stale`] where the slot is more than [`ELEMENTS_AGE_MAX_DAYS`] from the elements' epochs.
    pub fn slot(&self, time: Epoch, previous: Option<&Slot>) -> Result<Slot, EngineError> {
        let start = self.slot_start(time);
        self.constellation.check_time(start, ELEMENTS_AGE_MAX_DAYS)?;
        let sky = self.constellation.sky(start, &self.ut1);
        let plan = plan_prepared(&sky, self.inputs(), &self.prepared, previous.map(|slot| &slot.plan));
        Ok(Slot { sky, plan })
    }

    /// Start of the slot that contains `time`.
    pub fn slot_start(&self, time: Epoch) -> Epoch {
        slot_start(time, self.config.slot.length_s, self.config.slot.phase_s)
    }

    /// Start of the slot after the one that contains `time`.
    pub fn next_slot_start(&self, time: Epoch) -> Epoch {
        self.slot_start(time).plus_micros(i64::from(self.config.slot.length_s) * 1_000_000)
    }

    /// Age of the elements at `time`: hours since the median epoch, negative before it; `None` for a designed
    /// constellation, which does not age.
    pub fn elements_age_hours(&self, time: Epoch) -> Option<f64> {
        let epoch = self.constellation.median_epoch().filter(|_| !self.constellation.designed())?;
        Some(time.days_since(epoch) * 24.0)
    }

    /// The planner's view of the world.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            ground: &self.ground,
            activation: &self.activation,
            config: &self.config,
            planes: &self.planes,
            faults: &self.faults,
        }
    }

    /// What [`World::new`] worked out.
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }
}

/// Shells and planes at the median epoch of the elements.
fn planes_of(constellation: &Constellation) -> Planes {
    constellation.median_epoch().map_or_else(Planes::default, |epoch| find_planes(constellation, epoch))
}
