//! Time lines that were asked for: worked out one after the other by one thread, so that they never stand in the way of the slot of
//! the moment for longer than one plan takes, and kept for whoever asks again.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use skyshed::plan::Scope;
use skyshed::timeline::{Follower, InstantView, Subject};
use skyshed::{Epoch, World};
use tokio::sync::Notify;

use crate::service::Service;

/// Most instants of one time line.
pub const INSTANTS_MAX: usize = 241;
/// Time lines that are kept, finished or not.
const KEPT_MAX: usize = 32;
/// Time lines that wait or are worked on at once.
const OPEN_MAX: usize = 8;
/// A request waits so long for a time line to become complete, then gets what there is.
const WAIT: Duration = Duration::from_millis(1500);
/// A time line that nobody asks for is given up after so long.
const ABANDONED_AFTER: Duration = Duration::from_secs(30);

/// What a time line is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// What is followed.
    pub subject: Subject,
    /// The first instant.
    pub from: Epoch,
    /// From one to the next.
    pub step_s: u32,
    /// How many.
    pub instants: usize,
}

/// What of a time line is there.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Which cells are planned.
    pub scope: &'static str,
    /// The instants so far.
    pub items: Vec<InstantView>,
    /// Why no more will come.
    pub ended: Option<String>,
}

/// Every time line that is kept.
#[derive(Default)]
pub struct Timelines(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// The one asked for last at the back.
    lines: VecDeque<Arc<Line>>,
    /// A thread is at work.
    working: bool,
}

struct Line {
    key: Key,
    /// What it is planned from, until it is finished.
    world: Mutex<Option<Arc<World>>>,
    /// Whose decisions; others give another line.
    decisions: String,
    state: Mutex<State>,
    moved: Notify,
}

struct State {
    shown: Shown,
    finished: bool,
    asked: Instant,
}

impl Timelines {
    /// What there is of a time line, after a moment's wait for all of it; none where too many are being worked out.
    pub async fn ask(&self, service: &Arc<Service>, world: &Arc<World>, key: Key) -> Option<Shown> {
        let line = self.line(service, world, key)?;
        let until = tokio::time::Instant::now() + WAIT;
        loop {
            let moved = line.moved.notified();
            if let Some(shown) = line.look(tokio::time::Instant::now() >= until) {
                return Some(shown);
            }
            let _ = tokio::time::timeout_at(until, moved).await;
        }
    }

    fn line(&self, service: &Arc<Service>, world: &Arc<World>, key: Key) -> Option<Arc<Line>> {
        let mut inner = self.lock();
        let decisions = world.provenance.policy.clone();
        let same = |line: &Arc<Line>| line.key == key && line.decisions == decisions && !line.given_up();
        if let Some(at) = inner.lines.iter().position(same) {
            let line = inner.lines.remove(at).expect("found above");
            inner.lines.push_back(line.clone());
            return Some(line);
        }
        if inner.lines.iter().filter(|line| line.is_open()).count() >= OPEN_MAX {
            return None;
        }
        let shown = Shown { scope: "", items: Vec::new(), ended: None };
        let state = Mutex::new(State { shown, finished: false, asked: Instant::now() });
        let world = Mutex::new(Some(world.clone()));
        let line = Arc::new(Line { key, world, decisions, state, moved: Notify::new() });
        inner.lines.push_back(line.clone());
        while inner.lines.len() > KEPT_MAX {
            let oldest = inner.lines.iter().position(|line| !line.is_open()).unwrap_or(0);
            inner.lines.remove(oldest);
        }
        if !inner.working {
            inner.working = true;
            let service = service.clone();
            // On the pool: it ends with the last line.
            tokio::task::spawn_blocking(move || service.timelines.work(&service));
        }
        Some(line)
    }

    /// Works lines out until none is open.
    fn work(&self, service: &Service) {
        loop {
            let line = {
                let mut inner = self.lock();
                match inner.lines.iter().find(|line| line.is_open()).cloned() {
                    Some(line) => line,
                    None => {
                        inner.working = false;
                        return;
                    }
                }
            };
            let work = AssertUnwindSafe(|| line.work_out(|| service.clock.is_stopped()));
            if catch_unwind(work).is_err() {
                let mut state = line.state();
                state.shown.ended =
                    Some("it could not be worked out; this is a defect, please report it".to_owned());
                state.finished = true;
            }
            line.moved.notify_waiters();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_open(&self) -> bool {
        !self.state().finished
    }

    /// Finished before all of it was there, and without a reason that holds for the next who asks.
    fn given_up(&self) -> bool {
        let state = self.state();
        state.finished && state.shown.ended.is_none() && state.shown.items.len() < self.key.instants
    }

    /// What there is, if it is all, or `now`.
    fn look(&self, now: bool) -> Option<Shown> {
        let mut state = self.state();
        state.asked = Instant::now();
        (now || state.finished).then(|| state.shown.clone())
    }

    fn work_out(&self, stopped: impl Fn() -> bool) {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(world) = world else { return };
        let mut follower = Follower::new(&world, self.key.subject.clone());
        self.state().shown.scope = match follower.scope() {
            Scope::Inhabited => "inhabited",
            Scope::Land => "land",
            Scope::All => "all",
        };
        for step in 0..self.key.instants as i64 {
            if stopped() || self.state().asked.elapsed() > ABANDONED_AFTER {
                break;
            }
            let time = self.key.from.plus_micros(step * i64::from(self.key.step_s) * 1_000_000);
            match follower.instant(time) {
                Ok(instant) => self.state().shown.items.push(instant),
                Err(error) => {
                    self.state().shown.ended = Some(error.to_string());
                    break;
                }
            }
        }
        self.state().finished = true;
    }
}
