//! The running service: the world, the slot of the moment with its answers, and the planner that replaces it.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use serde::Serialize;
use skyshed::control::Registry;
use skyshed::ground::{PlaceError, Territory, TerritoryError, TerritoryIndex};
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
use tokio::sync::{Semaphore, watch};

use crate::body::Sendable;
use crate::clients::Proxies;
use crate::clock::Clock;
use crate::connections::Connections;
use crate::desk::Desk;
use crate::enforcer::Enforcer;
use crate::events::Events;
use crate::gate::RequestIds;
use crate::health::{Facts, Outcome, Readiness, Recent, Thresholds};
use crate::identity::Issuer;
use crate::kept::Kept;
use crate::limits::Limits;
use crate::messages::Messages;
use crate::metrics::{Metrics, Text, write_desk, write_log, write_slot};
use crate::problem::{Kind, Problem};
use crate::process;
use crate::raster::Pixels;
use crate::rate::Rates;
use crate::reading::{Known, LogReader};
use crate::timelines::Timelines;

mod live;

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
    /// How much of everything is allowed.
    pub limits: Limits,
    /// Who may say for whom a request is.
    pub proxies: Proxies,
    /// How many requests and writes each client may send.
    pub rates: Rates,
    /// The open connections.
    pub connections: Arc<Connections>,
    /// Room for requests that are answered at once.
    pub room: Semaphore,
    /// Threads on which longer answers are worked out.
    pub threads: Arc<Semaphore>,
    /// Names requests.
    pub request_ids: RequestIds,
    /// Tells the operator what happens.
    pub messages: Messages,
    thresholds: Thresholds,
    pub(crate) recent: Recent,
    stopping: watch::Sender<bool>,
    /// The planner's own threads.
    pub(crate) planning: rayon::ThreadPool,
    /// A world with newer elements, for the next slot.
    pub(crate) renewed: Mutex<Option<World>>,
    refresh_failed: Mutex<Option<String>>,
    /// Since when the log cannot be proven, by the service's clock.
    pub(crate) log_stale_since: Mutex<Option<Epoch>>,
    /// Which territory each pixel of the raster lies in.
    pub territory_raster: Sendable,
    /// The territories that the raster counts.
    pub territories: Sendable,
    /// Room for previews that are worked out at once; others wait.
    pub previews: Semaphore,
    /// Room for tables that are sent batch by batch at once.
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
    pub(crate) current: RwLock<Arc<Current>>,
    /// Asks the log at each slot; none in a what-if study.
    pub(crate) enforcer: Mutex<Option<Enforcer>>,
    /// Reads the log that is obeyed.
    log: Option<LogReader>,
    /// Start of the slot that was tried last, with or without success.
    pub(crate) tried: Mutex<Epoch>,
    pub(crate) tried_changed: Condvar,
}

/// How a service is to be.
pub struct ServiceOptions {
    /// Its clock.
    pub clock: Clock,
    /// How much of everything is allowed.
    pub limits: Limits,
    /// Who may say for whom a request is.
    pub proxies: Proxies,
    /// From when on it is not ready.
    pub thresholds: Thresholds,
    /// Who is told what happens.
    pub messages: Messages,
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
    /// How the service did.
    pub done: SlotDone,
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

/// How the service did with a slot, and with those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SlotDone {
    /// How long planning took, seconds.
    pub plan_s: f64,
    /// From the start of the slot to the moment its plan was served, seconds; of the first slot after a start, to the start's.
    pub ready_after_s: f64,
    /// True where that is more than a third of the slot.
    pub late: bool,
    /// Slots planned since the start.
    pub slots_planned: u64,
    /// Of these, late.
    pub slots_late: u64,
    /// Slots that went by without a plan.
    pub slots_missed: u64,
    /// Slots whose plan failed.
    pub slots_failed: u64,
}

/// How the service is.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`; `stale` where the log cannot be proven and its last proven state is kept; `behind` where the plan lags more slots
    /// than [`Thresholds::slots_behind_max`]; `stuck` where the planner plans no more.
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

/// Lets other threads go before this one where there are not enough processors: a plan has seconds, an answer milliseconds. With
/// this niceness (setpriority(2)) a planner beside a busy request thread still gets a seventh of a processor, so that its slots
/// keep their time. Elsewhere than on Linux niceness is of the whole process, and nothing is done.
fn give_way() {
    #[cfg(target_os = "linux")]
    // Where it is refused, plans and answers share evenly.
    let _ = rustix::process::setpriority_process(None, PLANNER_NICENESS);
}

/// Weight 172 against 1024 (sched-nice-design, kernel/sched/core.c).
#[cfg(target_os = "linux")]
const PLANNER_NICENESS: i32 = 8;

impl Service {
    /// Plans the slot of the moment and gets ready to answer.
    ///
    /// # Errors
    /// [`EngineError`] where that slot cannot be planned.
    pub fn new(
        world: Arc<World>,
        enforcer: Option<Enforcer>,
        options: ServiceOptions,
    ) -> Result<Service, EngineError> {
        let ServiceOptions { clock, limits, proxies, thresholds, messages } = options;
        let planning = rayon::ThreadPoolBuilder::new()
            .thread_name(|number| format!("plan-{number}"))
            .start_handler(|_| give_way())
            .build();
        let planning = planning.expect("threads can be started");
        let (pixels, current) = std::thread::scope(|scope| {
            let pixels = scope.spawn(Pixels::look_up);
            let current = planning.install(|| Current::plan(world.clone(), clock.now(), None, 1));
            (pixels.join().expect("looking pixels up does not panic"), current)
        });
        let mut current = current?;
        let metrics = Metrics::default();
        metrics.slots_planned.store(1, Ordering::Relaxed);
        let ready_after_s = seconds_between(current.slot.plan.time, clock.now());
        current.done = metrics.slot_done(current.plan_seconds, ready_after_s, false);
        let raster = pixels.territories(&world.ground.territory);
        let log = enforcer.as_ref().map(|enforcer| enforcer.reader(clock.now()));
        let proven = log.as_ref().and_then(|log| log.known().proven.clone());
        let stale = world.log.as_ref().is_some_and(|log| log.status.stale);
        Ok(Service {
            boot: RandomState::new().hash_one(0),
            territory_raster: Sendable::new("application/octet-stream", raster),
            territories: Sendable::json(territories_json(&world.ground.territories)),
            tried: Mutex::new(current.slot.plan.time),
            streams: Arc::new(Semaphore::new(limits.streams as usize)),
            timelines: Timelines::default(),
            slots: Mutex::new(VecDeque::from([current.row()])),
            current: RwLock::new(Arc::new(current)),
            tried_changed: Condvar::new(),
            log,
            enforcer: Mutex::new(enforcer),
            log_stale_since: Mutex::new(stale.then(|| clock.now())),
            clock,
            metrics,
            events: Events::new(live::run_name(), limits.subscribers as usize),
            told: Mutex::new(proven.map_or(0, |proven| proven.ledger.size())),
            desk: OnceLock::new(),
            registry: OnceLock::new(),
            issuer: OnceLock::new(),
            rates: Rates::of(&limits),
            proxies,
            connections: Arc::default(),
            room: Semaphore::new(limits.requests as usize),
            previews: Semaphore::new(limits.previews as usize),
            threads: Arc::new(Semaphore::new(limits.request_threads as usize)),
            request_ids: RequestIds::new(RandomState::new().hash_one(std::process::id()) as u32),
            messages,
            thresholds,
            recent: Recent::default(),
            stopping: watch::Sender::new(false),
            planning,
            renewed: Mutex::new(None),
            refresh_failed: Mutex::new(None),
            limits,
            pixels,
        })
    }

    /// Turns true when the service ends: whoever answers without end must end then.
    pub fn stop_signal(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Begins to end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
        self.clock.stop();
    }

    /// Takes a world with newer elements for the next slot.
    pub fn renew(&self, world: World) {
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(world);
        self.note_refresh(None);
    }

    /// Remembers why elements could not be refreshed, or that they could.
    pub fn note_refresh(&self, failed: Option<String>) {
        *self.refresh_failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
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

    /// Waits until the slot that begins at `start` was the last one tried.
    pub fn wait_for_slot(&self, start: Epoch) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        while *tried != start {
            tried = self.tried_changed.wait(tried).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Works out what takes milliseconds on a thread where it holds no connection up. No more than
    /// [`Limits::request_threads`] are at it; the others wait here, where a request that is given up leaves nothing behind.
    ///
    /// # Errors
    /// What `work` says; [`Kind::Internal`] where it panics.
    pub async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Service) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let defect = || {
            Problem::new(Kind::Internal, "the answer could not be made; this is a defect, please report it")
        };
        let place = self.threads.clone().acquire_owned().await.map_err(|_| defect())?;
        let service = self.clone();
        let work = move || {
            let answer = work(&service);
            drop(place);
            answer
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(defect()))
    }

    pub(crate) fn slots_between(&self, earlier: Epoch, later: Epoch) -> i64 {
        let micros = later.unix_micros() - earlier.unix_micros();
        micros.div_euclid(i64::from(self.world().config.slot.length_s) * 1_000_000)
    }

    pub(crate) fn note(&self, row: SlotRow) {
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
            status: match slots_behind > self.thresholds.slots_behind_max {
                _ if self.recent.stuck() => "stuck",
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

    /// False where only a new start helps.
    pub fn is_live(&self) -> bool {
        !self.recent.stuck() || *self.stopping.borrow()
    }

    /// Whether the service is ready, and what speaks against it.
    pub fn readiness(&self) -> Readiness {
        let (now, current) = (self.clock.now(), self.current());
        let since = *self.log_stale_since.lock().unwrap_or_else(PoisonError::into_inner);
        let doubt = current.world.log.as_ref().and_then(|log| log.status.doubt.clone());
        let lost = |outcome| matches!(outcome, Outcome::Missed | Outcome::Failed);
        let facts = Facts {
            now: now.to_string(),
            elements_age_s: current.world.elements_age_hours(now).map(|hours| hours * 3_600.0),
            log_stale: since.map(|since| (seconds_between(since, now), doubt.unwrap_or_default())),
            slots_behind: self.slots_between(current.slot.plan.time, now),
            slots_lost: self.recent.count(lost),
            slots_late: self.recent.count(|outcome| outcome == Outcome::Late),
            stuck: !self.is_live(),
            stopping: *self.stopping.borrow(),
            refresh_failed: self.refresh_failed.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            messages_dropped: self.messages.dropped(),
        };
        Readiness::of(facts, &self.thresholds)
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
        if let Some(desk) = self.desk() {
            write_desk(&mut text, desk.counts());
        }
        self.metrics.write(&mut text);
        let readiness = self.readiness();
        let ready = f64::from(u8::from(readiness.is_ready()));
        text.gauge("skyshed_ready", "1 where the service is ready, else 0.", ready);
        text.gauge(
            "skyshed_slots_behind",
            "Slots that began since the one served.",
            health.slots_behind as f64,
        );
        text.gauge(
            "skyshed_slot_ready_after_seconds",
            "From the start of the slot served to the moment its plan was served.",
            current.done.ready_after_s,
        );
        let taken = |all: u32, left: &Semaphore| f64::from(all) - left.available_permits() as f64;
        let limits = &self.limits;
        text.gauge("skyshed_connections", "Open connections.", f64::from(self.connections.open()));
        text.gauge("skyshed_connections_max", "Most open connections.", f64::from(limits.connections));
        text.gauge(
            "skyshed_requests",
            "Requests that are being answered.",
            taken(limits.requests, &self.room),
        );
        text.gauge(
            "skyshed_previews",
            "Previews that are worked out.",
            taken(limits.previews, &self.previews),
        );
        let subscribers = self.events.subscribers() as f64;
        text.gauge("skyshed_subscribers", "Subscribers of events.", subscribers);
        text.counter(
            "skyshed_messages_dropped_total",
            "Lines about events that nobody read.",
            self.messages.dropped() as f64,
        );
        process::write(&mut text);
        text.0
    }
}

impl Current {
    pub(crate) fn plan(
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
            done: SlotDone::default(),
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

    pub(crate) fn row(&self) -> SlotRow {
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

pub(crate) fn seconds_between(earlier: Epoch, later: Epoch) -> f64 {
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
