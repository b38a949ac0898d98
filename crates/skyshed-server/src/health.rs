//! How the service is: whether it lives, whether it is ready, and what speaks against that.
//!
//! *Live* is about the process: its planner still tries each slot. *Ready* is about its answers: they are of now, from elements
//! that are young enough, under a log that is proven. A service that is not ready still answers, from what held last: it is
//! for whoever sends it clients to decide what to do about that.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::settings::Settings;

/// Slots that are looked back upon.
pub const SLOTS_LOOKED_BACK: usize = 40;

/// A planner that works on one slot for longer is stuck. The slowest plan of the whole planet takes seconds.
pub const PLANNING_MAX: Duration = Duration::from_secs(120);

/// From when on the service is not ready.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// Age of the elements, seconds; a designed constellation has none.
    pub elements_age_s_max: f64,
    /// Time since the log could not be proven first, seconds.
    pub log_stale_s_max: f64,
    /// Slots that began since the one served.
    pub slots_behind_max: i64,
    /// Slots without a plan among the last [`SLOTS_LOOKED_BACK`].
    pub slots_lost_max: usize,
}

impl Thresholds {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Thresholds {
        let whole = |name: &str| settings.whole(&format!("ready.{name}"));
        Thresholds {
            elements_age_s_max: whole("elements_age_h_max") as f64 * 3_600.0,
            log_stale_s_max: whole("log_stale_s_max") as f64,
            slots_behind_max: whole("slots_behind_max") as i64,
            slots_lost_max: whole("slots_lost_max") as usize,
        }
    }
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds::of(&Settings::default())
    }
}

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Planned in time.
    Planned,
    /// Planned, and ready late.
    Late,
    /// It went by while another was planned, or the machine stood still.
    Missed,
    /// Its plan failed.
    Failed,
}

/// The last slots.
#[derive(Debug, Default)]
pub struct Recent {
    outcomes: Mutex<VecDeque<Outcome>>,
    planning_since: Mutex<Option<Instant>>,
    ended: Mutex<bool>,
}

impl Recent {
    /// Adds what became of some slots.
    pub fn add(&self, outcome: Outcome, count: u64) {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        // More than are looked back upon would only push each other out.
        for _ in 0..count.min(SLOTS_LOOKED_BACK as u64) {
            if outcomes.len() == SLOTS_LOOKED_BACK {
                outcomes.pop_front();
            }
            outcomes.push_back(outcome);
        }
    }

    /// How many of the last slots came out so.
    pub fn count(&self, which: impl Fn(Outcome) -> bool) -> usize {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.iter().filter(|outcome| which(**outcome)).count()
    }

    /// The planner begins with a slot, or is done with it.
    pub fn planning(&self, since: Option<Instant>) {
        *self.planning_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// The planner plans no more.
    pub fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Whether the planner has ended, or has worked on one slot for more than [`PLANNING_MAX`].
    pub fn stuck(&self) -> bool {
        let since = *self.planning_since.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = *self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended || since.is_some_and(|since| since.elapsed() > PLANNING_MAX)
    }
}

/// Whether the service is ready.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// `ready` or `not_ready`.
    pub status: &'static str,
    /// The service's clock, UTC.
    pub now: String,
    /// What makes it not ready.
    pub reasons: Vec<Doubt>,
    /// What does not, and should be known.
    pub doubts: Vec<Doubt>,
}

/// Something that speaks against the service's answers.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Doubt {
    /// `elements_age`, `log_stale`, `slots_behind`, `slots_lost`, `slots_late`, `planner_stuck`, `stopping`, `refresh_failed`,
    /// `messages_dropped`.
    pub code: &'static str,
    /// The same for a person.
    pub detail: String,
    /// What was found, in the code's unit: seconds or slots; null where that is no number.
    pub found: Option<f64>,
    /// The most that is allowed, in the same unit.
    pub allowed: Option<f64>,
}

/// What readiness is judged by.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The service's clock, UTC.
    pub now: String,
    /// Age of the elements, seconds, negative where they are of the future; none of a designed constellation.
    pub elements_age_s: Option<f64>,
    /// Where the log cannot be proven: for how many seconds, and why.
    pub log_stale: Option<(f64, String)>,
    /// Slots that began since the one served.
    pub slots_behind: i64,
    /// Slots without a plan among the last.
    pub slots_lost: usize,
    /// Slots whose plan was late among the last.
    pub slots_late: usize,
    /// The planner is stuck.
    pub stuck: bool,
    /// The service ends.
    pub stopping: bool,
    /// Why elements could not be refreshed last.
    pub refresh_failed: Option<String>,
    /// Lines that nobody read.
    pub messages_dropped: u64,
}

impl Readiness {
    /// Judges the facts.
    pub fn of(facts: Facts, thresholds: &Thresholds) -> Readiness {
        let (mut reasons, mut doubts) = (Vec::new(), Vec::new());
        let mut judge = |code, found: f64, allowed: f64, detail: String| {
            let doubt = Doubt { code, detail, found: Some(found), allowed: Some(allowed) };
            if found > allowed {
                reasons.push(doubt)
            } else if found > 0.0 {
                doubts.push(doubt)
            }
        };
        if let Some(age_s) = facts.elements_age_s.map(f64::abs) {
            let allowed_s = thresholds.elements_age_s_max;
            // Elements always have an age: below the threshold it is no doubt.
            if age_s > allowed_s {
                let (age_h, allowed_h) = (age_s / 3_600.0, allowed_s / 3_600.0);
                let detail = format!(
                    "the elements are {age_h:.1} hours from their median epoch, at most {allowed_h:.0} are allowed; refresh them"
                );
                judge("elements_age", age_s, allowed_s, detail);
            }
        }
        if let Some((stale_s, doubt)) = facts.log_stale {
            let detail = format!("the log cannot be proven and its last proven state is kept: {doubt}");
            // A moment of staleness is a doubt too.
            judge("log_stale", stale_s.max(f64::MIN_POSITIVE), thresholds.log_stale_s_max, detail);
        }
        let slots = facts.slots_behind;
        let detail = format!("the plan served is {slots} slots behind");
        // One behind is what every slot is until its plan is ready.
        if slots > 1 {
            judge("slots_behind", slots as f64, thresholds.slots_behind_max as f64, detail);
        }
        let slots = facts.slots_lost;
        let detail = format!("{slots} of the last {SLOTS_LOOKED_BACK} slots have no plan");
        judge("slots_lost", slots as f64, thresholds.slots_lost_max as f64, detail);
        let said = |code, detail: String| Doubt { code, detail, found: None, allowed: None };
        if facts.stuck {
            reasons.push(said(
                "planner_stuck",
                "the planner no longer plans; start the service again".to_owned(),
            ));
        }
        if facts.stopping {
            reasons.push(said("stopping", "the service is being stopped".to_owned()));
        }
        if facts.slots_late > 0 {
            let detail =
                format!("{} of the last {SLOTS_LOOKED_BACK} slots were ready late", facts.slots_late);
            doubts.push(Doubt { found: Some(facts.slots_late as f64), ..said("slots_late", detail) });
        }
        if let Some(error) = facts.refresh_failed {
            doubts.push(said(
                "refresh_failed",
                format!("elements could not be refreshed, the old ones stay: {error}"),
            ));
        }
        if facts.messages_dropped > 0 {
            let detail =
                format!("{} messages were dropped: nobody reads standard error", facts.messages_dropped);
            let found = Some(facts.messages_dropped as f64);
            doubts.push(Doubt { found, ..said("messages_dropped", detail) });
        }
        let status = if reasons.is_empty() { "ready" } else { "not_ready" };
        Readiness { status, now: facts.now, reasons, doubts }
    }

    /// True where nothing makes the service not ready.
    pub fn is_ready(&self) -> bool {
        self.reasons.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(facts: Facts, reasons: &[&str], doubts: &[&str]) {
        let readiness = Readiness::of(facts, &Thresholds::default());
        let codes = |list: &[Doubt]| list.iter().map(|doubt| doubt.code).collect::<Vec<_>>();
        assert_eq!(
            (codes(&readiness.reasons), codes(&readiness.doubts)),
            (reasons.to_vec(), doubts.to_vec())
        );
        assert_eq!(readiness.is_ready(), reasons.is_empty());
        assert_eq!(readiness.status, if reasons.is_empty() { "ready" } else { "not_ready" });
    }

    #[test]
    fn readiness_says_what_is_wrong_and_what_is_only_doubtful() {
        let facts = Facts::default;
        let stale = |seconds: f64| Some((seconds, "no checkpoint".to_owned()));
        check(facts(), &[], &[]);
        check(Facts { elements_age_s: Some(7.0 * 86_400.0), ..facts() }, &[], &[]);
        check(Facts { elements_age_s: Some(7.1 * 86_400.0), ..facts() }, &["elements_age"], &[]);
        check(Facts { elements_age_s: Some(-7.1 * 86_400.0), ..facts() }, &["elements_age"], &[]);
        check(Facts { log_stale: stale(0.0), ..facts() }, &[], &["log_stale"]);
        check(Facts { log_stale: stale(3_600.0), ..facts() }, &[], &["log_stale"]);
        check(Facts { log_stale: stale(3_601.0), ..facts() }, &["log_stale"], &[]);
        check(Facts { slots_behind: 2, ..facts() }, &[], &["slots_behind"]);
        check(Facts { slots_behind: 3, ..facts() }, &["slots_behind"], &[]);
        check(Facts { slots_lost: 4, slots_late: 1, ..facts() }, &[], &["slots_lost", "slots_late"]);
        check(Facts { slots_lost: 5, ..facts() }, &["slots_lost"], &[]);
        check(Facts { stuck: true, stopping: true, ..facts() }, &["planner_stuck", "stopping"], &[]);
        let failed = Facts { refresh_failed: Some("403".to_owned()), messages_dropped: 1, ..facts() };
        check(failed, &[], &["refresh_failed", "messages_dropped"]);
    }

    #[test]
    fn only_the_last_slots_count() {
        let recent = Recent::default();
        recent.add(Outcome::Missed, u64::MAX);
        let lost = |outcome| matches!(outcome, Outcome::Missed | Outcome::Failed);
        assert_eq!(recent.count(lost), SLOTS_LOOKED_BACK);
        recent.add(Outcome::Planned, 30);
        recent.add(Outcome::Failed, 1);
        assert_eq!((recent.count(lost), recent.count(|one| one == Outcome::Planned)), (10, 30));
        assert!(!recent.stuck());
        recent.planning(Some(Instant::now()));
        assert!(!recent.stuck());
        recent.end();
        assert!(recent.stuck());
    }
}
