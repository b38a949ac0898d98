//! The planner: each slot as it begins, on threads of its own; what is late, missed or failed is counted and told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use serde_json::json;
use skyshed::World;
use skyshed::log::seconds;
use skyshed::orbit::Epoch;

use crate::health::Outcome;
use crate::messages::{Level, Messages};
use crate::service::{Current, Service, seconds_between};

/// A plan is late when it is ready more than this share of a slot after the slot began.
const LATE_AFTER_SHARE: f64 = 1.0 / 3.0;

impl Service {
    /// Plans each slot as it begins, until the clock is stopped.
    pub fn plan_slots(&self) {
        loop {
            let begin = *self.tried.lock().unwrap_or_else(PoisonError::into_inner);
            let world = self.world();
            if !self.clock.wait_while_within(begin, world.next_slot_start(begin)) {
                self.recent.end();
                return;
            }
            let start = world.slot_start(self.clock.now());
            let missed = self.slots_between(begin, start) - 1;
            if missed > 0 {
                self.metrics.slots_missed.fetch_add(missed as u64, Ordering::Relaxed);
                self.recent.add(Outcome::Missed, missed as u64);
                let fields = [("slot", json!(start.to_string())), ("missed", json!(missed))];
                let message =
                    format!("slots missed before {start}: {missed}; planning or the machine stood still");
                self.messages.tell(Level::Warn, "slots_missed", &message, &fields);
            }
            self.recent.planning(Some(Instant::now()));
            // A defect in one slot's plan is no reason to plan no more.
            let planned = catch_unwind(AssertUnwindSafe(|| self.planning.install(|| self.plan_slot(start))));
            if planned.is_err() {
                self.failed(start, "the planner panicked; this is a defect, please report it");
            }
            self.recent.planning(None);
            *self.tried.lock().unwrap_or_else(PoisonError::into_inner) = start;
            self.tried_changed.notify_all();
        }
    }

    fn plan_slot(&self, start: Epoch) {
        let previous = self.current();
        let planned = match self.renewed_world(&previous.world) {
            Some(renewed) => match Current::plan(
                self.enforced(&renewed, start),
                start,
                Some(&previous.slot),
                previous.serial + 1,
            ) {
                Ok(current) => {
                    let source = &current.world.provenance.elements;
                    let message = format!("newer elements from {start} on: {source}");
                    self.messages.tell(Level::Info, "elements_renewed", &message, &[]);
                    Ok(current)
                }
                Err(error) => {
                    let message = format!("newer elements are of no use, the old ones stay: {error}");
                    self.messages.tell(Level::Error, "elements_refused", &message, &[]);
                    self.note_refresh(Some(error.to_string()));
                    Current::plan(
                        self.enforced(&previous.world, start),
                        start,
                        Some(&previous.slot),
                        previous.serial + 1,
                    )
                }
            },
            None => Current::plan(
                self.enforced(&previous.world, start),
                start,
                Some(&previous.slot),
                previous.serial + 1,
            ),
        };
        self.log_changed();
        match planned {
            Ok(current) => self.publish(current, start),
            // Fail static: the last plan stays, and says how old it is.
            Err(error) => self.failed(start, &error.to_string()),
        }
    }

    /// Serves a plan from now on.
    fn publish(&self, mut current: Current, start: Epoch) {
        let ready_after_s = seconds_between(start, self.clock.now());
        let late = ready_after_s > f64::from(current.slot.plan.length_s) * LATE_AFTER_SHARE;
        self.metrics.slots_planned.fetch_add(1, Ordering::Relaxed);
        self.metrics.slots_late.fetch_add(u64::from(late), Ordering::Relaxed);
        self.recent.add(if late { Outcome::Late } else { Outcome::Planned }, 1);
        current.done = self.metrics.slot_done(current.plan_seconds, ready_after_s, late);
        self.note(current.row());
        let plan_s = current.done.plan_s;
        let line = current.line();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(current);
        self.tell_slot();
        let fields = [
            ("slot", json!(start.to_string())),
            ("plan_s", json!(plan_s)),
            ("ready_after_s", json!(rounded_ms(ready_after_s))),
        ];
        if late {
            let message =
                format!("late: the plan of {start} was ready {ready_after_s:.1} s after the slot began");
            self.messages.tell(Level::Warn, "slot_late", &message, &fields);
        } else {
            self.messages.tell(Level::Debug, "slot_planned", &line, &fields);
        }
    }

    fn failed(&self, start: Epoch, error: &str) {
        self.metrics.slots_failed.fetch_add(1, Ordering::Relaxed);
        self.recent.add(Outcome::Failed, 1);
        let served = self.current().slot.plan.time;
        let message = format!("no plan for {start}: {error}; serving the plan of {served}");
        let fields = [("slot", json!(start.to_string())), ("served", json!(served.to_string()))];
        self.messages.tell(Level::Error, "slot_failed", &message, &fields);
    }

    /// A world with newer elements, if there is one, under the decisions that hold in `world`.
    fn renewed_world(&self, world: &World) -> Option<Arc<World>> {
        let renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let Some(log) = &world.log else { return Some(Arc::new(renewed)) };
        match renewed.with_log(log.clone(), log.time) {
            Ok(renewed) => Some(Arc::new(renewed)),
            Err(error) => {
                let message = format!("newer elements are not used: {error}");
                self.messages.tell(Level::Error, "elements_refused", &message, &[]);
                self.note_refresh(Some(error.to_string()));
                None
            }
        }
    }

    /// The world with the decisions of the slot that begins at `start`, if the log says so and can prove it.
    fn enforced(&self, world: &Arc<World>, start: Epoch) -> Arc<World> {
        let mut enforcer = self.enforcer.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(enforcer) = enforcer.as_mut() else { return world.clone() };
        let enforced = match enforcer.enforce(world, start, self.clock.now()) {
            Ok(None) => world.clone(),
            Ok(Some(new)) => {
                say_what_changed(world, &new, &self.messages);
                Arc::new(new)
            }
            Err(error) => {
                let message = format!("the decisions stay as they were: {error}");
                self.messages.tell(Level::Error, "decisions_kept", &message, &[]);
                world.clone()
            }
        };
        let stale = enforced.log.as_ref().is_some_and(|log| log.status.stale);
        let mut since = self.log_stale_since.lock().unwrap_or_else(PoisonError::into_inner);
        *since = stale.then(|| since.unwrap_or(start));
        enforced
    }
}

/// Tells a person that other decisions hold, or that the log became stale or is no longer.
fn say_what_changed(old: &World, new: &World, messages: &Messages) {
    let (Some(before), Some(now)) = (&old.log, &new.log) else { return };
    let fields = [("log", json!(now.status.name())), ("size", json!(now.status.size))];
    if before.timeline.at(seconds(before.time)) != now.timeline.at(seconds(now.time)) {
        let message = format!("other decisions hold from {} on, by log {}", now.time, now.status.name());
        messages.tell(Level::Info, "decisions_changed", &message, &fields);
    }
    match (&now.status.doubt, before.status.stale) {
        (Some(doubt), _) if before.status.doubt.as_ref() != Some(doubt) => {
            let message = format!("STALE, the last proven state is kept: {doubt}");
            messages.tell(Level::Error, "log_stale", &message, &fields);
        }
        (None, true) => {
            let message = format!("no longer stale: log {} is proven", now.status.name());
            messages.tell(Level::Info, "log_proven", &message, &fields);
        }
        _ => {}
    }
}

fn rounded_ms(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}
