//! The state of a log at a time, to be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fold::Fold;
use super::reason::Flag;
use super::state::*;
use crate::record::{Decision, Digest, Index, Time};

/// The state of a log at a time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct View {
    fold: Arc<Fold>,
    at: Time,
    size: u64,
}

/// What is in force for a territory and a class.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The decision; none where nothing has been decided, which means off.
    pub decision: Option<Arc<DecisionInForce>>,
    /// Whether its review is overdue.
    pub overdue: bool,
}

/// A decision and the classes for which it is in force: all of its own, or those that no later decision has replaced.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The decision.
    pub decision: Arc<DecisionInForce>,
    /// The classes, sorted.
    pub classes: Vec<String>,
    /// Whether its review is overdue.
    pub overdue: bool,
}

/// Something that somebody should have done by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// A decision in force should have been looked at again.
    Review {
        /// Number of the decision.
        decision: Index,
        /// Id of the territory.
        territory: String,
        /// By when.
        review_by: Time,
    },
    /// A sealed contact should have been opened.
    Contact {
        /// Number of the record.
        index: Index,
        /// By when.
        open_by: Time,
    },
}

impl View {
    pub(super) fn new(fold: Arc<Fold>, at: Time, size: u64) -> View {
        View { fold, at, size }
    }

    /// The time it is about.
    pub fn at(&self) -> Time {
        self.at
    }

    /// Number of records that were known.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Number of the first record without a full witnessed time: it and all after it have no effect yet, but for emergencies.
    pub fn covered(&self) -> u64 {
        self.fold.covered
    }

    /// Witnessed time of the last checkpoint with a witness quorum, of those up to the time of the view.
    pub fn witnessed_at(&self) -> Time {
        self.fold.time
    }

    /// When something changes next if no record is added: an effect, an expiry, a lapse.
    pub fn next_change(&self) -> Option<Time> {
        self.fold.next()
    }

    /// The policy in force.
    pub fn policy(&self) -> Option<&Arc<PolicyInForce>> {
        self.fold.policy.as_ref()
    }

    /// Policies that wait for their effect, by number of record.
    pub fn policies_waiting(&self) -> impl Iterator<Item = &PolicyWaiting> {
        self.fold.policies_waiting.values()
    }

    /// Keys added by key events since the policy in force was logged.
    pub fn added_keys(&self) -> &[AddedKey] {
        &self.fold.added_keys
    }

    /// Keys that count no more, by public key.
    pub fn dead_keys(&self) -> &BTreeMap<String, DeadKey> {
        &self.fold.dead_keys
    }

    /// All territories, by id.
    pub fn territories(&self) -> impl Iterator<Item = &TerritoryInLog> {
        self.fold.territories.values()
    }

    /// A territory.
    pub fn territory(&self, id: &str) -> Option<&TerritoryInLog> {
        self.fold.territories.get(id)
    }

    /// What is in force for a territory and a class.
    pub fn standing(&self, territory: &str, class: &str) -> Standing {
        let number =
            self.fold.standing.get(territory).and_then(|classes| classes.get(class)).copied().flatten();
        self.standing_of(number)
    }

    /// What is in force for a territory, by class, for every class that a decision was ever in force for.
    pub fn standings(&self, territory: &str) -> impl Iterator<Item = (&str, Standing)> {
        let classes = self.fold.standing.get(territory).into_iter().flatten();
        classes.map(|(class, &number)| (class.as_str(), self.standing_of(number)))
    }

    /// All decisions in force, by number, with their classes. Each covers the cells of the zone that its request names, and no others.
    pub fn in_force(&self) -> Vec<InForce> {
        let mut found: BTreeMap<Index, Vec<String>> = BTreeMap::new();
        for (class, number) in self.fold.standing.values().flatten() {
            if let Some(number) = number {
                found.entry(*number).or_default().push(class.clone());
            }
        }
        let one = |(number, classes): (Index, Vec<String>)| {
            let decision = self.fold.decisions[&number].clone();
            InForce { overdue: decision.overdue_at(self.at), decision, classes }
        };
        found.into_iter().map(one).collect()
    }

    /// All decisions that ever took effect, by number.
    pub fn decisions(&self) -> impl Iterator<Item = &Arc<DecisionInForce>> {
        self.fold.decisions.values()
    }

    /// A decision that took effect.
    pub fn decision(&self, number: Index) -> Option<&Arc<DecisionInForce>> {
        self.fold.decisions.get(&number)
    }

    /// How many decision records follow from the log, whether or not they took effect.
    pub fn accepted_decisions(&self) -> u64 {
        self.fold.decided.len() as u64
    }

    /// All requests that were valid, by number of record.
    pub fn requests(&self) -> impl Iterator<Item = &RequestInLog> {
        self.fold.requests.values()
    }

    /// A request, by number of its record.
    pub fn request(&self, index: Index) -> Option<&RequestInLog> {
        self.fold.requests.get(&index)
    }

    /// A request, by the hash of its body.
    pub fn request_of(&self, sha256: &Digest) -> Option<&RequestInLog> {
        self.request(*self.fold.by_hash.get(sha256)?)
    }

    /// Everything strange, in the order in which it came out.
    pub fn flags(&self) -> &[Flag] {
        &self.fold.flags
    }

    /// Number of the preview record with this hash.
    pub fn preview(&self, preview_sha256: &Digest) -> Option<Index> {
        self.fold.previews.get(preview_sha256).copied()
    }

    /// Numbers of all contact records: open, sealed, openings.
    pub fn contacts(&self) -> impl Iterator<Item = Index> {
        self.fold.contacts.iter().copied()
    }

    /// Contacts that were committed to, by number.
    pub fn sealed(&self) -> impl Iterator<Item = &SealedContact> {
        self.fold.sealed.values()
    }

    /// Numbers of all attestations.
    pub fn attests(&self) -> &[Index] {
        &self.fold.attests
    }

    /// Numbers of all measurements from outside.
    pub fn observes(&self) -> &[Index] {
        &self.fold.observes
    }

    /// The last heartbeat of each enforcer: number of the record and witnessed time.
    pub fn enforcers(&self) -> &BTreeMap<String, (Index, Time)> {
        &self.fold.enforcers
    }

    /// Everything overdue: reviews by number of decision, then sealed contacts.
    pub fn overdue(&self) -> Vec<Overdue> {
        let reviews = self.in_force().into_iter().filter(|one| one.overdue).map(|one| Overdue::Review {
            decision: one.decision.number,
            territory: one.decision.request.territory.clone(),
            review_by: one.decision.review_by,
        });
        let late = |one: &&SealedContact| one.opened.is_none() && self.at > one.open_by;
        let contacts =
            self.sealed().filter(late).map(|one| Overdue::Contact { index: one.index, open_by: one.open_by });
        reviews.chain(contacts).collect()
    }

    /// Every change of what is in force for a territory, in order.
    pub fn history(&self, territory: &str) -> impl Iterator<Item = &Change> {
        self.fold.changes.iter().filter(move |change| change.territory == territory)
    }

    /// Every change of what is in force, in order.
    pub fn changes(&self) -> &[Change] {
        &self.fold.changes
    }

    /// The decision records that are missing.
    pub fn due(&self) -> Vec<Decision> {
        let quorums =
            self.fold.undecided.iter().filter_map(|index| self.fold.requests[index].quorum.as_ref());
        quorums.map(|quorum| quorum.decision.clone()).collect()
    }

    fn standing_of(&self, number: Option<Index>) -> Standing {
        let decision = number.map(|number| self.fold.decisions[&number].clone());
        let overdue = decision.as_ref().is_some_and(|decision| decision.overdue_at(self.at));
        Standing { decision, overdue }
    }
}
