//! The public log as a world knows it: what it says over time, and how sure that is.

use std::sync::Arc;

use serde::Serialize;
use skyshed_control::{Activation, PlaceError, Time, Timeline, Zones};
use skyshed_ground::Ground;
use skyshed_orbit::Epoch;

/// A proven log: its decisions over time, ready to be laid over the map.
#[derive(Clone, Debug)]
pub struct Log {
    /// Which log, and how sure.
    pub status: LogStatus,
    /// What it says.
    pub timeline: Arc<Timeline>,
    /// What its zones are on the map.
    pub zones: Arc<Zones>,
    /// The time whose decisions the world has.
    pub time: Epoch,
}

/// Which log is obeyed, and how sure that is. Every key is always present in JSON, null where it does not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogStatus {
    /// The log's name, as in its checkpoint.
    pub origin: String,
    /// How many records were proven.
    pub size: u64,
    /// Root hash of the tree of these records, hexadecimal.
    pub root: String,
    /// How many witnesses cosigned it.
    pub witnesses: usize,
    /// Newest time that the witnesses vouch for, UTC; null where they vouch for none yet.
    pub witnessed_at: Option<String>,
    /// When it was proven here last, by the clock of the machine, UTC; null where no clock was read.
    pub proven_at: Option<String>,
    /// True where what is there now cannot be proven, and the last proven state is kept.
    pub stale: bool,
    /// Why it is stale.
    pub doubt: Option<String>,
    /// What else a person should know, such as a clock that is wrong.
    pub warnings: Vec<String>,
}

impl LogStatus {
    /// `skyshed.demo/service-control at size 812`.
    pub fn name(&self) -> String {
        format!("{} at size {}", self.origin, self.size)
    }

    /// The same, and `STALE` where it is.
    pub fn line(&self) -> String {
        let stale = if self.stale { ", STALE" } else { "" };
        format!("{}{stale}", self.name())
    }
}

impl Log {
    /// What may be served at `time`.
    ///
    /// # Errors
    /// [`PlaceError`] where a decision in force cannot be laid over the map exactly as it was approved.
    pub fn activation(&self, time: Epoch, ground: &Ground) -> Result<Activation, PlaceError> {
        self.timeline.activation(seconds(time), &self.zones, ground)
    }

    /// True where the decisions that the world has hold at `time` too.
    pub fn holds(&self, time: Epoch) -> bool {
        self.timeline.changed(seconds(self.time)) == self.timeline.changed(seconds(time))
    }
}

/// A time as records write it: whole seconds, rounded down.
pub fn seconds(time: Epoch) -> Time {
    Time(time.unix_micros().div_euclid(1_000_000))
}
