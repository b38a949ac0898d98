//! What a plan is: one value per slot, from which everything else is read.

use std::sync::Arc;

use skyshed_ground::{CELL_COUNT, Cell};
use skyshed_orbit::{Epoch, Satellite, Sky};

use crate::capacity::LinkLoads;
use crate::network::Network;
use crate::prepare::Layout;

/// In [`SlotPlan::satellite`]: the cell is not served.
pub const NO_SATELLITE: u32 = u32::MAX;

/// Why a cell is or is not served. The list is closed; the first that applies, in this order, is the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cause {
    /// It is served.
    Served = 0,
    /// A decision says that it may not be served.
    TerritoryOff = 1,
    /// No decision covers it.
    NoDecision = 2,
    /// It was not planned: the plan's scope leaves it out.
    OutOfScope = 3,
    /// No satellite stands above its elevation mask.
    NoSatelliteAboveMask = 4,
    /// Every satellite above the mask is too close to the geostationary arc.
    GsoArc = 5,
    /// No satellite that may serve it reaches a gateway.
    NoGateway = 6,
    /// Every satellite that reaches a gateway would spill its beam over an inactive territory.
    BorderGuard = 7,
    /// Every beam that could serve it is in use.
    BeamsExhausted = 8,
}

impl Cause {
    /// Every cause, in order.
    pub const ALL: [Cause; 9] = [
        Cause::Served,
        Cause::TerritoryOff,
        Cause::NoDecision,
        Cause::OutOfScope,
        Cause::NoSatelliteAboveMask,
        Cause::GsoArc,
        Cause::NoGateway,
        Cause::BorderGuard,
        Cause::BeamsExhausted,
    ];

    /// The word used in JSON, tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Served => "served",
            Cause::TerritoryOff => "territory_off",
            Cause::NoDecision => "no_decision",
            Cause::OutOfScope => "out_of_scope",
            Cause::NoSatelliteAboveMask => "no_satellite_above_mask",
            Cause::GsoArc => "gso_arc",
            Cause::NoGateway => "no_gateway",
            Cause::BorderGuard => "border_guard",
            Cause::BeamsExhausted => "beams_exhausted",
        }
    }

    /// One sentence for a person.
    pub fn sentence(self) -> &'static str {
        match self {
            Cause::Served => "there is service",
            Cause::TerritoryOff => "a decision says that this territory may not be served",
            Cause::NoDecision => "no decision covers this territory, and without one nothing is served",
            Cause::OutOfScope => "this cell is outside the scope of the plan",
            Cause::NoSatelliteAboveMask => "no satellite stands above the elevation mask",
            Cause::GsoArc => "every satellite above the mask is too close to the geostationary arc",
            Cause::NoGateway => "no satellite that could serve it reaches a gateway",
            Cause::BorderGuard => "every beam would spill too far over an inactive territory",
            Cause::BeamsExhausted => "every beam that could serve it is in use",
        }
    }
}

/// The plan of the whole planet for one slot. Columns have one entry per cell, in cell order.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotPlan {
    /// Start of the slot.
    pub time: Epoch,
    /// Its length, s.
    pub length_s: u32,
    /// The satellites that `satellite` counts.
    pub satellites: Arc<[Satellite]>,
    /// The serving satellite, an index into `satellites`; [`NO_SATELLITE`] where there is none.
    pub satellite: Vec<u32>,
    /// Served, or why not.
    pub cause: Vec<Cause>,
    /// Share of a beam over the slot, in `1/share_parts`; 0 where not served.
    pub share: Vec<u8>,
    /// Elevation of the serving satellite, hundredths of a degree.
    pub elevation_cdeg: Vec<u16>,
    /// Round-trip time to the point of presence, µs.
    pub rtt_us: Vec<u32>,
    /// Rate of one busy terminal, kb/s.
    pub rate_kbps: Vec<u32>,
    /// What links the satellites with each other, with gateways and with points of presence.
    pub network: Network,
    /// What the links carry.
    pub loads: LinkLoads,
    /// For each satellite, how many cells it serves.
    pub load: Vec<u32>,
    /// What a share is counted in: `beams.share_parts` of the configuration.
    pub share_parts: u8,
    /// Where its memory comes from.
    pub(crate) layout: Layout,
}

impl SlotPlan {
    /// A plan without a cell.
    pub fn empty(sky: &Sky) -> SlotPlan {
        SlotPlan {
            time: sky.time,
            length_s: 0,
            satellites: sky.satellites.clone(),
            satellite: Vec::new(),
            cause: Vec::new(),
            share: Vec::new(),
            elevation_cdeg: Vec::new(),
            rtt_us: Vec::new(),
            rate_kbps: Vec::new(),
            network: Network::default(),
            loads: LinkLoads::default(),
            load: Vec::new(),
            share_parts: 0,
            layout: Layout::default(),
        }
    }

    /// Served, or why not.
    pub fn cause(&self, cell: Cell) -> Cause {
        self.cause[cell.0 as usize]
    }

    /// The satellite that serves the cell, an index into `satellites`.
    pub fn satellite(&self, cell: Cell) -> Option<u32> {
        Some(self.satellite[cell.0 as usize]).filter(|&satellite| satellite != NO_SATELLITE)
    }

    /// The cells with the given cause, in order.
    pub fn cells_with(&self, cause: Cause) -> impl Iterator<Item = Cell> + '_ {
        (0..CELL_COUNT as u32).map(Cell).filter(move |&cell| self.cause(cell) == cause)
    }

    /// Number of cells per cause, in the order of [`Cause::ALL`].
    pub fn count_by_cause(&self) -> [u32; Cause::ALL.len()] {
        let mut counts = [0; Cause::ALL.len()];
        self.cause.iter().for_each(|&cause| counts[cause as usize] += 1);
        counts
    }
}

/// Start of the slot that contains `time`: slots of `length_s` seconds begin `phase_s` seconds into the minute.
pub fn slot_start(time: Epoch, length_s: u32, phase_s: u32) -> Epoch {
    let length = i64::from(length_s) * 1_000_000;
    let phase = i64::from(phase_s) * 1_000_000;
    let micros = time.unix_micros();
    Epoch::from_unix_micros(micros - (micros - phase).rem_euclid(length))
}
