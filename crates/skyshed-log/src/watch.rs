//! What somebody who watches a log should know: what is new, and what is not as it should be. A value; whoever shows it is elsewhere.

use std::collections::BTreeMap;

use serde::Serialize;
use skyshed_records::ledger::{Overdue, Standing, View};
use skyshed_records::record::{Attest, Body, Index, Observe, Role, State, Time};

use crate::witnesses::LogLedger;

/// How often people and machines are to say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// Longest time without an attestation by a person who holds a key, s.
    pub attest_max_s: i64,
    /// Longest time without a heartbeat of an enforcer, s.
    pub heartbeat_max_s: i64,
}

/// A quarter and two weeks; an hour and five minutes.
pub const CADENCE: Cadence = Cadence { attest_max_s: 106 * 86_400, heartbeat_max_s: 3_900 };

/// What there is to say about a log between two sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Watch {
    /// From this size.
    pub from: u64,
    /// To this one.
    pub to: u64,
    /// The time that it is about.
    pub at: Time,
    /// What is new, by number.
    pub entries: Vec<NewEntry>,
    /// What is not as it should be, in the order of [`Finding`].
    pub findings: Vec<Finding>,
}

/// A new record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewEntry {
    /// Its number.
    pub index: Index,
    /// Its type; `?` where it is no record.
    pub kind: String,
    /// Who it says it is by, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// A record has no effect, or a strange one. Of those that came out since `from`.
    Flagged {
        /// Number of the record.
        index: Index,
        /// When it came out.
        at: Time,
        /// Short name of the reason; `decision_withheld` is one of them.
        code: String,
        /// Why, in words.
        reason: String,
    },
    /// A quorum was reached and the decision record is not there yet.
    DecisionMissing {
        /// Number of the request.
        request: Index,
        /// When the quorum was there.
        quorum_at: Time,
    },
    /// Somebody should have looked at a decision again.
    ReviewOverdue {
        /// Number of the decision.
        decision: Index,
        /// Id of the territory.
        territory: String,
        /// By when.
        review_by: Time,
    },
    /// A sealed contact should have been opened.
    ContactUnopened {
        /// Number of the record.
        index: Index,
        /// By when.
        open_by: Time,
    },
    /// A person who holds a key has not said that there were no other contacts.
    AttestationMissing {
        /// Id of the principal.
        principal: String,
        /// Until when the last attestation goes; none if there never was one.
        attested_until: Option<Time>,
    },
    /// An enforcer has not said what it applies.
    EnforcerLate {
        /// Id of the principal.
        enforcer: String,
        /// When its last heartbeat was witnessed; none if there never was one.
        last: Option<Time>,
    },
    /// An outside measurement says otherwise than the decisions, at the beginning or at the end of what was measured. Of those
    /// since `from`.
    ObservedOtherwise {
        /// Number of the observation.
        index: Index,
        /// Id of the territory.
        territory: String,
        /// At which of the two, the earlier one if both.
        since: Time,
        /// Whether there was service.
        served: bool,
        /// The decisions in force then, by class, and whether they serve.
        decided: BTreeMap<String, bool>,
    },
}

/// Looks at a log between two sizes, at a time.
pub fn watch(ledger: &LogLedger, from: u64, to: u64, at: Time, cadence: Cadence) -> Watch {
    let to = to.min(ledger.size());
    let from = from.min(to);
    let view = if to == ledger.size() { ledger.at(at) } else { ledger.at_size(to, at) };
    let findings = flagged(ledger, &view, from)
        .chain(missing_decisions(&view))
        .chain(overdue(&view))
        .chain(missing_attestations(ledger, &view, cadence))
        .chain(late_enforcers(&view, cadence))
        .chain(observed_otherwise(ledger, &view, from))
        .collect();
    Watch { from, to, at, entries: entries(ledger, from, to), findings }
}

fn entries(ledger: &LogLedger, from: u64, to: u64) -> Vec<NewEntry> {
    let entry = |index| {
        let body = ledger.body(index);
        let kind = body.map_or("?", Body::type_name).to_owned();
        NewEntry { index, kind, by: body.and_then(Body::signer).map(str::to_owned) }
    };
    (from..to).map(entry).collect()
}

/// Flags come out in order, and none goes away: the new ones are behind those that there were.
fn flagged(ledger: &LogLedger, view: &View, from: u64) -> impl Iterator<Item = Finding> {
    let known = ledger.when(from).flags().len();
    let flag = |flag: &skyshed_records::ledger::Flag| Finding::Flagged {
        index: flag.index,
        at: flag.at,
        code: flag.reason.code().into(),
        reason: flag.reason.to_string(),
    };
    view.flags().iter().skip(known).map(flag).collect::<Vec<_>>().into_iter()
}

fn missing_decisions(view: &View) -> impl Iterator<Item = Finding> {
    view.due().into_iter().map(|decision| Finding::DecisionMissing {
        request: decision.request_index,
        quorum_at: decision.quorum_at,
    })
}

fn overdue(view: &View) -> impl Iterator<Item = Finding> {
    view.overdue().into_iter().map(|overdue| match overdue {
        Overdue::Review { decision, territory, review_by } => {
            Finding::ReviewOverdue { decision, territory, review_by }
        }
        Overdue::Contact { index, open_by } => Finding::ContactUnopened { index, open_by },
    })
}

fn missing_attestations(ledger: &LogLedger, view: &View, cadence: Cadence) -> impl Iterator<Item = Finding> {
    let mut attested: BTreeMap<&str, Time> = BTreeMap::new();
    for &index in view.attests() {
        if let Some(Body::Attest(Attest { by, until, .. })) = ledger.body(index) {
            let last = attested.entry(by).or_insert(*until);
            *last = (*last).max(*until);
        }
    }
    let is_person =
        |roles: &[Role]| roles.iter().any(|role| !matches!(role, Role::Enforcer | Role::Observer));
    let mut findings = Vec::new();
    if let Some(policy) = view.policy() {
        for (id, _) in policy.policy.principals.iter().filter(|(_, one)| is_person(&one.roles)) {
            let attested_until = attested.get(id.as_str()).copied();
            // Who came with this policy has a full period first.
            let since = attested_until.unwrap_or(policy.since);
            if view.at().0 - since.0 > cadence.attest_max_s {
                findings.push(Finding::AttestationMissing { principal: id.clone(), attested_until });
            }
        }
    }
    findings.into_iter()
}

fn late_enforcers(view: &View, cadence: Cadence) -> impl Iterator<Item = Finding> {
    let mut findings = Vec::new();
    if let Some(policy) = view.policy() {
        let enforcers =
            policy.policy.principals.iter().filter(|(_, one)| one.roles.contains(&Role::Enforcer));
        for (id, _) in enforcers {
            let last = view.enforcers().get(id).map(|&(_, time)| time);
            if view.at().0 - last.unwrap_or(policy.since).0 > cadence.heartbeat_max_s {
                findings.push(Finding::EnforcerLate { enforcer: id.clone(), last });
            }
        }
    }
    findings.into_iter()
}

fn observed_otherwise(ledger: &LogLedger, view: &View, from: u64) -> impl Iterator<Item = Finding> {
    let observed = view.observes().iter().filter(|&&index| index >= from);
    let observed: Vec<(Index, &Observe)> = observed
        .filter_map(|&index| match ledger.body(index) {
            Some(Body::Observe(one)) => Some((index, one)),
            _ => None,
        })
        .collect();
    // The beginning, and the last second before the end.
    let ends = |one: &Observe| {
        let last =
            one.until.map(|until| Time(until.0 - 1)).filter(|&last| last > one.from && last <= view.at());
        std::iter::once(one.from).chain(last)
    };
    let asked: Vec<(usize, Time)> = observed
        .iter()
        .enumerate()
        .flat_map(|(place, &(_, one))| ends(one).map(move |at| (place, at)))
        .collect();
    let times: Vec<Time> = asked.iter().map(|&(_, at)| at).collect();
    let mut found: BTreeMap<usize, Finding> = BTreeMap::new();
    ledger.at_each(view.size(), &times, |which, then| {
        let (place, since) = asked[which];
        let (index, Observe { territory, served, .. }) = observed[place];
        let decided = decided(&then, territory);
        if *served != decided.values().any(|&serves| serves) {
            let (territory, served) = (territory.clone(), *served);
            let finding = Finding::ObservedOtherwise { index, territory, since, served, decided };
            found.entry(place).or_insert(finding);
        }
    });
    found.into_values()
}

/// Whether each class that anything was decided about is served in a territory.
fn decided(view: &View, territory: &str) -> BTreeMap<String, bool> {
    let serves = |one: Standing| one.decision.is_some_and(|decision| decision.request.to != State::Off);
    view.standings(territory).map(|(class, one)| (class.to_owned(), serves(one))).collect()
}
