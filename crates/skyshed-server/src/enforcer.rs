//! Obeys a log: looks at it, lets it prove itself, and lays its decisions over the world at their times.
//!
//! What cannot be proven changes nothing: the last proven decisions stay, begin and end at their times, and the world says
//! STALE and why. There is no way from here to "all on" or "all off". The log's folder is not trusted: every byte that
//! counts is checked against the log's key and the witnesses, which are given from outside ([`Keeper`]), and against the map
//! by hash. Lists of cells that the map does not have are taken from the log's attachments, by hash too.

use std::collections::BTreeSet;
use std::sync::Arc;

use skyshed::control::{Digest, PlaceError, Time, Timeline, Zones, ledger};
use skyshed::log::seconds;
use skyshed::{EngineError, Epoch, Ground, Log, LogStatus, World};
use skyshed_log::{Disk, Keeper, Proven, side};

use crate::reading::LogReader;

/// Obeys one log.
pub struct Enforcer {
    files: Disk,
    keeper: Keeper,
    /// Said with every answer.
    remarks: Vec<String>,
    /// True where the time is that of a real clock, which can be compared with the witnesses'.
    real_clock: bool,
    zones: Arc<Zones>,
    obeyed: Option<Obeyed>,
}

/// What was proven, and fits the map.
struct Obeyed {
    timeline: Arc<Timeline>,
    status: LogStatus,
}

/// Why there is nothing to obey.
#[derive(Debug, thiserror::Error)]
pub enum EnforceError {
    /// Nothing was ever proven.
    #[error("nothing in the log can be obeyed: {0}")]
    NothingProven(String),
    /// The log's decisions do not fit the map, or the world's parts each other.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Enforcer {
    /// Obeys the log in a folder, as far as `keeper` lets it prove itself.
    pub fn new(files: Disk, keeper: Keeper, ground: &Ground) -> Enforcer {
        let zones = Arc::new(Zones::new(ground));
        Enforcer { files, keeper, remarks: Vec::new(), real_clock: true, zones, obeyed: None }
    }

    /// The same with something to be said with every answer.
    pub fn with_remark(mut self, remark: impl Into<String>) -> Enforcer {
        self.remarks.push(remark.into());
        self
    }

    /// The same for a time that is given, and no clock's: it is not compared with the witnesses'.
    pub fn at_a_given_time(self) -> Enforcer {
        Enforcer { real_clock: false, ..self }
    }

    /// The files of the log.
    pub fn files(&self) -> &Disk {
        &self.files
    }

    /// What reads the log beside it, beginning with what has been proven.
    pub fn reader(&self, now: Epoch) -> LogReader {
        let reader = LogReader::new(self.files.clone(), self.keeper.reader(), self.real_clock);
        reader.look(now);
        reader
    }

    /// Looks at the log at `now`, and gives the world with the decisions in force in the slot that begins at `slot`; `None`
    /// where `world` is that already.
    ///
    /// # Errors
    /// [`EnforceError`] where nothing was ever proven, or the first decisions do not fit the map: then nothing is obeyed. Once
    /// something is, doubts are said in the world's [`LogStatus`].
    pub fn enforce(&mut self, world: &World, slot: Epoch, now: Epoch) -> Result<Option<World>, EnforceError> {
        let mut remarks = self.remarks.clone();
        if let Err(error) = self.keeper.update(&self.files, seconds(now)) {
            remarks.push(format!("what was proven is not kept across restarts: {error}"));
        }
        let time = self.time(slot);
        let refused = self.take_over(&world.ground, time, now).err();
        if self.real_clock
            && let Some(behind_s) = self.keeper.clock_behind_s(seconds(now))
        {
            remarks.push(format!(
                "this machine's clock is {behind_s} s behind the newest witnessed time, which counts; set the clock"
            ));
        }
        let Some(obeyed) = &self.obeyed else { return Err(self.nothing(refused)) };
        let mut log = Log {
            status: LogStatus { warnings: remarks, ..obeyed.status.clone() },
            timeline: obeyed.timeline.clone(),
            zones: self.zones.clone(),
            time,
        };
        doubt(&mut log.status, self.keeper.stale().map(|stale| stale.reason.clone()));
        doubt(&mut log.status, refused.map(|error| error.to_string()));
        Ok(updated(world, log)?)
    }

    /// The time whose decisions hold in a slot: the slot's, but by a real clock never before what witnesses have seen.
    fn time(&self, slot: Epoch) -> Epoch {
        let Some(proven) = self.keeper.proven().filter(|_| self.real_clock) else { return slot };
        slot.max(Epoch::from_unix_micros(proven.witnessed_at().0 * 1_000_000))
    }

    /// Obeys what was proven last, if it is new and fits the map; else everything stays.
    fn take_over(&mut self, ground: &Ground, time: Epoch, now: Epoch) -> Result<(), EngineError> {
        let Some(proven) = self.keeper.proven() else { return Ok(()) };
        let status = status(proven, now);
        if let Some(obeyed) = self.obeyed.as_mut().filter(|obeyed| obeyed.status.size == status.size) {
            // Stale or not, that it was proven now is said only if it was.
            let proven_at =
                if self.keeper.stale().is_none() { status.proven_at } else { obeyed.status.proven_at.take() };
            obeyed.status = LogStatus { proven_at, ..status };
            return Ok(());
        }
        let timeline = Arc::new(ledger::timeline(status.name(), &proven.ledger)?);
        let zones = placed(&timeline, &self.zones, &self.files, ground, seconds(time))?;
        self.zones = zones;
        self.obeyed = Some(Obeyed { timeline, status });
        Ok(())
    }

    fn nothing(&self, refused: Option<EngineError>) -> EnforceError {
        match (refused, self.keeper.stale()) {
            (Some(error), _) => error.into(),
            (None, Some(stale)) => EnforceError::NothingProven(stale.reason.clone()),
            (None, None) => EnforceError::NothingProven("it has not been looked at".to_owned()),
        }
    }
}

/// The world as the log wants it; `None` where it is so already.
///
/// Decisions of an obeyed log that turn out not to fit the map when their time comes change nothing, and make it stale.
fn updated(world: &World, mut log: Log) -> Result<Option<World>, EngineError> {
    let Some(known) = &world.log else { return world.with_log(log.clone(), log.time).map(Some) };
    let same_decisions = if Arc::ptr_eq(&known.timeline, &log.timeline) {
        known.holds(log.time)
    } else {
        known.timeline.at(seconds(known.time)) == log.timeline.at(seconds(log.time))
    };
    if same_decisions {
        let same = Arc::ptr_eq(&known.timeline, &log.timeline) && known.status == log.status;
        return Ok((!same).then(|| world.with_same_decisions(log)));
    }
    match world.with_log(log.clone(), log.time) {
        Err(EngineError::Place(error)) => {
            doubt(&mut log.status, Some(error.to_string()));
            // The decisions that the world has are still those of the time it had.
            log.time = known.time;
            log.timeline = known.timeline.clone();
            Ok((known.status != log.status).then(|| world.with_same_decisions(log)))
        }
        world => world.map(Some),
    }
}

fn status(proven: &Proven, now: Epoch) -> LogStatus {
    let checkpoint = &proven.public.checkpoint;
    let whole_second = now.plus_micros(-now.micros.rem_euclid(1_000_000));
    // A witness with keys of two kinds is one witness.
    let witnesses: BTreeSet<&str> = proven.public.seen.iter().map(|seen| seen.name.as_str()).collect();
    LogStatus {
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: Digest(checkpoint.root).to_string(),
        witnesses: witnesses.len(),
        witnessed_at: Some(proven.witnessed_at().to_string()),
        proven_at: Some(whole_second.to_string()),
        ..LogStatus::default()
    }
}

/// The zones with those attached lists of cells that decisions in force need.
fn placed(
    timeline: &Timeline,
    zones: &Arc<Zones>,
    files: &Disk,
    ground: &Ground,
    time: Time,
) -> Result<Arc<Zones>, PlaceError> {
    let mut zones = zones.clone();
    for decision in timeline.decisions() {
        let (Some(logged), skyshed::control::Scope::Territory(territory)) =
            (&decision.logged, &decision.scope)
        else {
            continue;
        };
        if zones.place(ground, territory, logged.zone).is_some() {
            continue;
        }
        // What is missing or damaged is said below, if it is needed.
        if let Ok(Some(list)) = side::attachment(files, &logged.zone) {
            let _ = Arc::make_mut(&mut zones).add_list(&list);
        }
    }
    timeline.activation(time, &zones, ground)?;
    Ok(zones)
}

/// Adds a doubt to what is known of a log.
fn doubt(status: &mut LogStatus, reason: Option<String>) {
    let Some(reason) = reason else { return };
    status.stale = true;
    status.doubt = Some(status.doubt.take().map_or(reason.clone(), |known| format!("{known}; {reason}")));
}
