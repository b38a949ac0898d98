//! The running service: the world, the slot of the moment with its answers, and the planner that replaces it.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use serde::Serialize;
use skyshed::control::Registry;
use skyshed::ground::{PlaceError, Territory, TerritoryError, TerritoryIndex};
use skyshed::log::seconds;
use skyshed::orbit::Epoch;
use skyshed::plan::Explainer;
use skyshed::preview::{Area, Basis, CellList, Change, Picture, PreviewError, PreviewRequest, Study};
use skyshed::route::EndError;
use skyshed::territories::{TerritoryRow, territory_rows};
use skyshed::why::explainer;
use skyshed::{CommandError, EngineError, LogStatus, RouteError, ServedCells, Slot, SlotSummary, World};
use skyshed_log::{Disk, Proven};
use skyshed_records::ledger::View;
use skyshed_tlog::ReadFiles;
use tokio::sync::Semaphore;

use crate::body::Sendable;
use crate::clock::Clock;
use crate::desk::Desk;
use crate::enforcer::Enforcer;
use crate::events::{Events, SUBSCRIBERS_MAX};
use crate::identity::Issuer;
use crate::kept::Kept;
use crate::metrics::{Metrics, Text, write_log, write_slot};
use crate::problem::{Kind, Problem};
use crate::raster::Pixels;
use crate::reading::{Known, LogReader};
use crate::timelines::Timelines;

mod live;

/// A plan is late when it is ready more than this share of a slot after the slot began.
const LATE_AFTER_SHARE: f64 = 1.0 / 3.0;

/// Slots that the served plan may lag behind before the service calls itself unwell.
pub const SLOTS_BEHIND_MAX: i64 = 2;

/// Requests that are answered at once; one more is told to come back in a second. Health and metrics always get through.
pub const REQUESTS_MAX: usize = 64;

/// Previews that are worked out at once; others wait.
pub const PREVIEWS_MAX: usize = 2;

/// Tables that are sent batch by batch at once; one more is told to come back in a second.
pub const STREAMS_MAX: usize = 4;

/// Slots whose figures are kept: a day of 15 seconds each.
pub const SLOTS_KEPT: usize = 5760;

/// Previews that are kept with their cells within a slot.
const STUDIES_KEPT: usize = 4;

/// Everything requests are answered from.
pub struct Service {
    /// Another number at each start of the program: entity tags of before say nothing.
    pub boot: u64,
    /// The only clock.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Room for [`REQUESTS_MAX`] requests.
    pub room: Semaphore,
    /// Which territory each pixel of the raster lies in.
    pub territory_raster: Sendable,
    /// The territories that the raster counts.
    pub territories: Sendable,
    /// Room for [`PREVIEWS_MAX`] previews.
    pub previews: Semaphore,
    /// Room for [`STREAMS_MAX`] tables.
    pub streams: Arc<Semaphore>,
    /// Time lines that were asked for.
    pub timelines: Timelines,
    slots: Mutex<VecDeque<SlotRow>>,
    /// What happens, for those who listen.
    pub events: Events,
    /// How many records of the log were told of.
    told: Mutex<u64>,
    desk: OnceLock<Desk>,
    registry: OnceLock<Registry>,
    issuer: OnceLock<Issuer>,
    pixels: Pixels,
    current: RwLock<Arc<Current>>,
    /// Asks the log at each slot; none in a what-if study.
    enforcer: Mutex<Option<Enforcer>>,
    /// Reads the log that is obeyed.
    log: Option<LogReader>,
    /// Start of the slot that was tried last, with or without success.
    tried: Mutex<Epoch>,
    tried_changed: Condvar,
}

/// What a preview is asked for, the cells of changes about lists included.
pub type Asked = (Vec<Change>, Vec<CellList>);

/// The slot of the moment. Answers about all of it are made at most once.
pub struct Current {
    /// What it was planned from.
    pub world: Arc<World>,
    /// The slot.
    pub slot: Slot,
    /// How long its plan took.
    pub plan_seconds: f64,
    /// The same in numbers.
    pub summary: SlotSummary,
    /// Rises by one with each slot planned.
    pub serial: u64,
    /// Answers that hold as long as it does.
    pub kept: Kept,
    /// What every `why` of the slot shares.
    pub explainer: Explainer,
    served: OnceLock<ServedCells>,
    territories: OnceLock<Vec<TerritoryRow>>,
    /// What previews of the slot begin from; made with the first of them.
    basis: Mutex<Option<Arc<Basis>>>,
    studies: Mutex<Vec<(Asked, Arc<Study>)>>,
    raster: OnceLock<Sendable>,
}

/// A slot that was planned, in a line.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SlotRow {
    /// Its number since the service started.
    pub serial: u64,
    /// Its start, UTC.
    pub time: String,
    /// The decisions it was planned by: the log's name and size, or a policy's name.
    pub policy: String,
    /// Cells that may be served.
    pub cells_active: u64,
    /// Cells that are.
    pub cells_served: u64,
    /// People where service may be.
    pub people_active: u64,
    /// People where service is.
    pub people_served: u64,
    /// Round-trip time, the median over people served; null where nobody is.
    pub rtt_ms_p50: Option<f64>,
    /// Rate of one busy terminal, the median over people served; null where nobody is.
    pub rate_mbps_p50: Option<f64>,
    /// How long its plan took.
    pub plan_s: f64,
}

/// How the service is.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`; `stale` where the log cannot be proven and its last proven state is kept; `behind` where the plan lags more than
    /// [`SLOTS_BEHIND_MAX`] slots.
    pub status: &'static str,
    /// The service's clock, UTC.
    pub now: String,
    /// Start of the slot that is served, UTC.
    pub slot_time: String,
    /// Start of the next slot, UTC.
    pub next_slot_time: String,
    /// Length of a slot.
    pub slot_length_s: u32,
    /// From the start of the slot served to now.
    pub slot_age_s: f64,
    /// Slots that began since, and are not served yet.
    pub slots_behind: i64,
    /// Time since the median epoch of the elements; null for a designed constellation.
    pub elements_age_s: Option<f64>,
    /// The constellation.
    pub constellation: String,
    /// The policy, or the log.
    pub policy: String,
    /// Where a policy is planned by that is not the log: that it is. Null where the log is obeyed.
    pub what_if: Option<String>,
    /// The log that is obeyed; null in a what-if study.
    pub log: Option<LogStatus>,
    /// Slots planned since the start.
    pub slots_planned: u64,
    /// Of these, late.
    pub slots_late: u64,
    /// Slots without a plan.
    pub slots_missed: u64,
    /// Slots whose plan failed.
    pub slots_failed: u64,
}

impl Service {
    /// Plans the slot of the moment and gets ready to answer.
    ///
    /// # Errors
    /// [`EngineError`] where that slot cannot be planned.
    pub fn new(world: Arc<World>, clock: Clock, enforcer: Option<Enforcer>) -> Result<Service, EngineError> {
        let (pixels, current) = std::thread::scope(|scope| {
            let pixels = scope.spawn(Pixels::look_up);
            let current = Current::plan(world.clone(), clock.now(), None, 1);
            (pixels.join().expect("looking pixels up does not panic"), current)
        });
        let current = current?;
        let metrics = Metrics::default();
        metrics.slots_planned.store(1, Ordering::Relaxed);
        let raster = pixels.territories(&world.ground.territory);
        let log = enforcer.as_ref().map(|enforcer| enforcer.reader(clock.now()));
        let proven = log.as_ref().and_then(|log| log.known().proven.clone());
        Ok(Service {
            boot: RandomState::new().hash_one(0),
            territory_raster: Sendable::new("application/octet-stream", raster),
            territories: Sendable::json(territories_json(&world.ground.territories)),
            tried: Mutex::new(current.slot.plan.time),
            previews: Semaphore::new(PREVIEWS_MAX),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            timelines: Timelines::default(),
            slots: Mutex::new(VecDeque::from([current.row()])),
            current: RwLock::new(Arc::new(current)),
            tried_changed: Condvar::new(),
            log,
            enforcer: Mutex::new(enforcer),
            clock,
            metrics,
            room: Semaphore::new(REQUESTS_MAX),
            events: Events::new(live::run_name(), SUBSCRIBERS_MAX),
            told: Mutex::new(proven.map_or(0, |proven| proven.ledger.size())),
            desk: OnceLock::new(),
            registry: OnceLock::new(),
            issuer: OnceLock::new(),
            pixels,
        })
    }

    /// The slot that is served.
    pub fn current(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is planned now.
    pub fn world(&self) -> Arc<World> {
        self.current().world.clone()
    }

    /// The files of the log that is obeyed; none in a what-if study.
    pub fn log_files(&self) -> Option<&Disk> {
        self.log.as_ref().map(LogReader::files)
    }

    /// True where the log's folder has a file.
    pub fn log_has(&self, path: &str) -> bool {
        self.log_files().is_some_and(|files| files.read(path).is_ok_and(|bytes| bytes.is_some()))
    }

    /// The records of the log that is obeyed, as readers see them: not behind the planner. None in a what-if study.
    pub fn proven(&self) -> Option<Arc<Proven>> {
        self.log.as_ref()?.known().proven.clone()
    }

    /// Looks at the log again; when this returns, readers see what it says. The planner looks for itself at the next slot.
    pub fn log_changed(&self) {
        let Some(log) = &self.log else { return };
        log.look(self.clock.now());
        if let Some(proven) = &log.known().proven {
            self.tell_log(&proven.ledger);
        }
    }

    /// Rises by one with each change of what readers see of the log; 0 in a what-if study.
    pub fn log_serial(&self) -> u64 {
        self.log.as_ref().map_or(0, |log| log.known().serial)
    }

    /// What readers see of the log, and what follows from it in a slot: none where none is obeyed.
    pub fn log_now(&self, current: &Current) -> Option<(Arc<Known>, Arc<View>)> {
        let log = self.log.as_ref()?;
        let known = log.known();
        let view = log.view(&known, current.slot.plan.time)?;
        Some((known, view))
    }

    /// The slots planned since the start, the oldest first.
    pub fn slots(&self) -> Vec<SlotRow> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Plans each slot as it begins, until the clock is stopped. `tell` hears what a person should know.
    pub fn plan_slots(&self, tell: impl Fn(String)) {
        loop {
            let begin = *self.tried.lock().unwrap_or_else(PoisonError::into_inner);
            let world = self.world();
            if !self.clock.wait_while_within(begin, world.next_slot_start(begin)) {
                return;
            }
            let start = world.slot_start(self.clock.now());
            let missed = self.slots_between(begin, start) - 1;
            if missed > 0 {
                self.metrics.slots_missed.fetch_add(missed as u64, Ordering::Relaxed);
                tell(format!("slots missed before {start}: {missed}; planning or the machine stood still"));
            }
            self.plan_slot(start, &tell);
            *self.tried.lock().unwrap_or_else(PoisonError::into_inner) = start;
            self.tried_changed.notify_all();
        }
    }

    /// Waits until the slot that begins at `start` was the last one tried.
    pub fn wait_for_slot(&self, start: Epoch) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        while *tried != start {
            tried = self.tried_changed.wait(tried).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn plan_slot(&self, start: Epoch, tell: &impl Fn(String)) {
        let previous = self.current();
        let world = self.enforced(&previous.world, start, tell);
        self.log_changed();
        match Current::plan(world, start, Some(&previous.slot), previous.serial + 1) {
            Ok(current) => {
                self.note(current.row());
                let ready_after_s = seconds_between(start, self.clock.now());
                let late_after_s = f64::from(current.slot.plan.length_s) * LATE_AFTER_SHARE;
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(current);
                self.tell_slot();
                self.metrics.slots_planned.fetch_add(1, Ordering::Relaxed);
                if ready_after_s > late_after_s {
                    self.metrics.slots_late.fetch_add(1, Ordering::Relaxed);
                    tell(format!(
                        "late: the plan of {start} was ready {ready_after_s:.1} s after the slot began"
                    ));
                }
            }
            // Fail static: the last plan stays, and says how old it is.
            Err(error) => {
                self.metrics.slots_failed.fetch_add(1, Ordering::Relaxed);
                tell(format!(
                    "no plan for {start}: {error}; serving the plan of {}",
                    previous.slot.plan.time
                ));
            }
        }
    }

    /// The world with the decisions of the slot that begins at `start`, if the log says so and can prove it.
    fn enforced(&self, world: &Arc<World>, start: Epoch, tell: &impl Fn(String)) -> Arc<World> {
        let mut enforcer = self.enforcer.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(enforcer) = enforcer.as_mut() else { return world.clone() };
        match enforcer.enforce(world, start, self.clock.now()) {
            Ok(None) => world.clone(),
            Ok(Some(new)) => {
                say_what_changed(world, &new, tell);
                Arc::new(new)
            }
            Err(error) => {
                tell(format!("the decisions stay as they were: {error}"));
                world.clone()
            }
        }
    }

    fn slots_between(&self, earlier: Epoch, later: Epoch) -> i64 {
        let micros = later.unix_micros() - earlier.unix_micros();
        micros.div_euclid(i64::from(self.world().config.slot.length_s) * 1_000_000)
    }

    fn note(&self, row: SlotRow) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.push_back(row);
        if slots.len() > SLOTS_KEPT {
            slots.pop_front();
        }
    }

    /// What becomes of the cells of a preview as a raster: see `/api/v1/preview/raster`.
    pub fn change_raster(&self, picture: &Picture) -> Vec<u8> {
        self.pixels.changes(picture)
    }

    /// The causes of the slot of the moment as a raster.
    pub fn cause_raster(&self) -> Sendable {
        let current = self.current();
        let make = || Sendable::new("application/octet-stream", self.pixels.causes(&current.slot.plan));
        current.raster.get_or_init(make).clone()
    }

    /// How the service is.
    pub fn health(&self) -> Health {
        let (now, current) = (self.clock.now(), self.current());
        let time = current.slot.plan.time;
        let slots_behind = self.slots_between(time, now).max(0);
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let world = &current.world;
        let log = world.log.as_ref().map(|log| log.status.clone());
        let stale = log.as_ref().is_some_and(|log| log.stale);
        Health {
            status: match slots_behind > SLOTS_BEHIND_MAX {
                true => "behind",
                false if stale => "stale",
                false => "ok",
            },
            now: now.to_string(),
            slot_time: time.to_string(),
            next_slot_time: world.next_slot_start(now).to_string(),
            slot_length_s: current.slot.plan.length_s,
            slot_age_s: seconds_between(time, now),
            slots_behind,
            elements_age_s: world.elements_age_hours(now).map(|hours| (hours * 3600.0).round()),
            constellation: world.constellation.name().to_owned(),
            policy: world.activation.policy.clone(),
            what_if: world.what_if(),
            log,
            slots_planned: count(&self.metrics.slots_planned),
            slots_late: count(&self.metrics.slots_late),
            slots_missed: count(&self.metrics.slots_missed),
            slots_failed: count(&self.metrics.slots_failed),
        }
    }

    /// Everything that is measured, for Prometheus.
    pub fn metrics_text(&self) -> String {
        let (health, current) = (self.health(), self.current());
        let mut text = Text::default();
        text.gauge(
            "skyshed_slot_plan_seconds",
            "Time the plan of the slot served took.",
            current.plan_seconds,
        );
        let start_seconds = current.slot.plan.time.unix_micros() as f64 / 1e6;
        text.gauge(
            "skyshed_slot_start_timestamp_seconds",
            "Start of the slot served, Unix time.",
            start_seconds,
        );
        text.gauge("skyshed_slot_age_seconds", "Time since the slot served began.", health.slot_age_s);
        write_slot(&mut text, &current.summary);
        // A designed constellation has no age; no sample says so better than a zero.
        if let Some(age_s) = health.elements_age_s {
            text.gauge("skyshed_elements_age_seconds", "Time since the median epoch of the elements.", age_s);
        }
        if let Some(log) = &health.log {
            write_log(&mut text, log);
        }
        self.metrics.write(&mut text);
        text.0
    }
}

impl Current {
    fn plan(
        world: Arc<World>,
        time: Epoch,
        previous: Option<&Slot>,
        serial: u64,
    ) -> Result<Current, EngineError> {
        let began = Instant::now();
        let slot = world.slot(time, previous)?;
        let plan_seconds = began.elapsed().as_secs_f64();
        Ok(Current {
            summary: skyshed::summary::summary(&world, &slot, false),
            explainer: explainer(&world, &slot),
            world,
            slot,
            plan_seconds,
            serial,
            kept: Kept::default(),
            served: OnceLock::new(),
            territories: OnceLock::new(),
            basis: Mutex::default(),
            studies: Mutex::default(),
            raster: OnceLock::new(),
        })
    }

    /// Which cells each satellite serves.
    pub fn served_cells(&self) -> &ServedCells {
        self.served.get_or_init(|| ServedCells::new(&self.slot.plan))
    }

    /// Every territory, by id.
    pub fn territories(&self) -> &[TerritoryRow] {
        self.territories.get_or_init(|| {
            let mut rows = territory_rows(&self.world, &self.slot);
            rows.sort_by(|a, b| a.id.cmp(&b.id));
            rows
        })
    }

    /// What changes would do in this slot, worked out where nobody has lately.
    ///
    /// # Errors
    /// [`PreviewError`] for changes that cannot be.
    pub fn study(&self, asked: Asked) -> Result<Arc<Study>, PreviewError> {
        let studies = || self.studies.lock().unwrap_or_else(PoisonError::into_inner);
        let known = studies().iter().find(|(of, _)| *of == asked).map(|(_, study)| study.clone());
        if let Some(study) = known {
            return Ok(study);
        }
        let (changes, lists) = asked.clone();
        let request = PreviewRequest { changes, time: self.slot.plan.time, area: Area::Surroundings };
        let study = Arc::new(self.basis()?.preview(&self.world, &request, &lists)?);
        let mut studies = studies();
        if studies.len() >= STUDIES_KEPT {
            studies.remove(0);
        }
        studies.push((asked, study.clone()));
        Ok(study)
    }

    /// What previews of the slot begin from. Whoever comes while it is made waits for it.
    fn basis(&self) -> Result<Arc<Basis>, PreviewError> {
        let mut basis = self.basis.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(basis) = &*basis {
            return Ok(basis.clone());
        }
        let made = Arc::new(Basis::new(&self.world, self.slot.plan.time)?);
        *basis = Some(made.clone());
        Ok(made)
    }

    fn row(&self) -> SlotRow {
        let summary = &self.summary;
        SlotRow {
            serial: self.serial,
            time: summary.time.clone(),
            policy: summary.policy.clone(),
            cells_active: summary.cells.active,
            cells_served: summary.cells.served,
            people_active: summary.people.active,
            people_served: summary.people.served,
            rtt_ms_p50: summary.rtt_ms.map(|rtt| rtt.p50),
            rate_mbps_p50: summary.rate_mbps.map(|rate| rate.p50),
            plan_s: (self.plan_seconds * 1e3).round() / 1e3,
        }
    }

    /// One line about the slot.
    pub fn line(&self) -> String {
        let (time, cells, people) = (self.slot.plan.time, self.summary.cells, self.summary.people);
        format!(
            "slot {time} planned in {:.2} s: {} of {} cells served, {:.2} of {:.2} billion people",
            self.plan_seconds,
            cells.served,
            cells.total,
            people.served as f64 / 1e9,
            people.total as f64 / 1e9
        )
    }
}

/// Tells a person that other decisions hold, or that the log became stale or is no longer.
fn say_what_changed(old: &World, new: &World, tell: &impl Fn(String)) {
    let (Some(before), Some(now)) = (&old.log, &new.log) else { return };
    if before.timeline.at(seconds(before.time)) != now.timeline.at(seconds(now.time)) {
        tell(format!("other decisions hold from {} on, by log {}", now.time, now.status.name()));
    }
    match (&now.status.doubt, before.status.stale) {
        (Some(doubt), _) if before.status.doubt.as_ref() != Some(doubt) => {
            tell(format!("STALE, the last proven state is kept: {doubt}"));
        }
        (None, true) => tell(format!("no longer stale: log {} is proven", now.status.name())),
        _ => {}
    }
}

fn seconds_between(earlier: Epoch, later: Epoch) -> f64 {
    (later.unix_micros() - earlier.unix_micros()) as f64 / 1e6
}

/// What was asked for does not exist, or cannot be.
pub fn problem(error: CommandError) -> Problem {
    let detail = error.to_string();
    match error {
        CommandError::Place(place) => place_problem(place, detail, ""),
        CommandError::Territory(error) => territory_problem(error),
        CommandError::Route(RouteError::From { given, reason } | RouteError::To { given, reason }) => {
            end_problem(reason, detail, &given)
        }
        CommandError::Route(RouteError::Engine(_)) => Problem::new(Kind::NoPlan, detail),
        _ => Problem::new(Kind::BadValue, detail),
    }
}

/// No such territory, or several.
pub fn territory_problem(error: TerritoryError) -> Problem {
    let detail = error.to_string();
    match error {
        TerritoryError::Unknown { closest, .. } => {
            Problem::new(Kind::UnknownTerritory, detail).with_candidates(closest)
        }
        TerritoryError::Ambiguous { ids, .. } => {
            Problem::new(Kind::AmbiguousName, detail).with_candidates(ids)
        }
        _ => Problem::new(Kind::BadValue, detail),
    }
}

/// `prefix` stands before every candidate.
pub fn place_problem(error: PlaceError, detail: String, prefix: &str) -> Problem {
    let prefixed = |names: Vec<String>| names.iter().map(|name| format!("{prefix}{name}")).collect();
    match error {
        PlaceError::Unknown { closest, .. } => {
            Problem::new(Kind::UnknownPlace, detail).with_candidates(prefixed(closest))
        }
        PlaceError::Ambiguous { candidates, .. } => {
            Problem::new(Kind::AmbiguousName, detail).with_candidates(prefixed(candidates))
        }
        _ => Problem::new(Kind::BadValue, detail),
    }
}

fn end_problem(error: EndError, detail: String, given: &str) -> Problem {
    // What to ask for instead is an end of the same sort.
    let prefix = if given.trim_start().to_ascii_lowercase().starts_with("city:") { "city:" } else { "" };
    match error {
        EndError::Place(place) => place_problem(place, detail, prefix),
        EndError::Unknown { .. } => Problem::new(Kind::UnknownSite, detail),
        EndError::Ambiguous { .. } => Problem::new(Kind::AmbiguousName, detail),
    }
}

/// A territory of the raster.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RasterTerritory<'a> {
    /// Stable id.
    pub id: &'a str,
    /// English name.
    pub name: &'a str,
    /// `country`, `region`, `disputed`, `coastal` or `high_seas`.
    pub kind: &'static str,
    /// Where the territory that it is part of stands in the list.
    pub parent: Option<u16>,
}

fn territories_json(territories: &[Territory]) -> String {
    let rows: Vec<RasterTerritory> = territories
        .iter()
        .map(|territory| RasterTerritory {
            id: &territory.id,
            name: &territory.name,
            kind: skyshed::why::kind_word(territory.kind),
            parent: territory.parent.map(|TerritoryIndex(number)| number),
        })
        .collect();
    serde_json::to_string(&rows).expect("text and numbers become JSON")
}
