//! What the ledger knows of policies, territories, requests and decisions.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::record::{
    self, Decision, Digest, Index, Key, Policy, Quorum, Request, Role, Territory, Time, Verdict, Zone,
};
use crate::rules;

/// A policy that holds.
#[derive(Clone, Debug)]
pub struct PolicyInForce {
    /// Number of its record.
    pub index: Index,
    /// SHA-256 of its body.
    pub sha256: Digest,
    /// What it says.
    pub policy: Arc<Policy>,
    /// Since when.
    pub since: Time,
}

/// A policy that waits for its effect.
#[derive(Clone, Debug)]
pub struct PolicyWaiting {
    /// Number of its record.
    pub index: Index,
    /// SHA-256 of its body.
    pub sha256: Digest,
    /// What it says.
    pub policy: Arc<Policy>,
    /// When it was witnessed.
    pub at: Time,
    /// When it takes effect, if nobody stops it.
    pub effective_from: Time,
    /// Whether the recovery group signed it.
    pub recovery: bool,
    /// Who signed it, with which keys.
    pub(crate) signers: Vec<Signer>,
}

/// Who signed with which key, and whether that key was its own by the old and by the new policy.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub by: String,
    pub key: String,
    pub by_old: bool,
    pub by_new: bool,
}

/// A key that was added by a key event.
#[derive(Clone, Debug)]
pub struct AddedKey {
    /// Number of the event.
    pub index: Index,
    /// Whose.
    pub principal: String,
    /// The key.
    pub key: Key,
}

/// A key that counts no more.
#[derive(Clone, Copy, Debug)]
pub struct DeadKey {
    /// Number of the event that ended it.
    pub index: Index,
    /// When that was witnessed.
    pub at: Time,
    /// What happened to it.
    pub event: record::KeyEventKind,
}

/// A territory.
#[derive(Clone, Debug)]
pub struct TerritoryInLog {
    /// Number of its record.
    pub index: Index,
    /// What it is.
    pub territory: Arc<Territory>,
    /// Its zone in force.
    pub zone: Option<ZoneInForce>,
}

/// The zone in force of a territory: what can be asked for. A decision keeps the zone that it names.
#[derive(Clone, Debug)]
pub struct ZoneInForce {
    /// Number of its record.
    pub index: Index,
    /// Its cells, by hash.
    pub zone: Arc<Zone>,
    /// Since when.
    pub since: Time,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Approvals are being collected.
    InReview,
    /// The quorum is there; the time of effect is not, or the decision record is missing.
    Waiting,
    /// In force for at least one of its classes.
    Effective,
    /// The time for review ran out.
    Lapsed,
    /// The quorum cannot be reached any more.
    Rejected,
    /// Stopped by a canceller.
    Cancelled,
    /// Replaced by a later decision; or without effect, because at its time another decision was in force than the one it replaces.
    Superseded,
    /// Over.
    Expired,
}

/// A request and where it stands.
#[derive(Clone, Debug)]
pub struct RequestInLog {
    /// Number of its record.
    pub index: Index,
    /// SHA-256 of its body: what approvals name.
    pub sha256: Digest,
    /// What it asks for.
    pub request: Arc<Request>,
    /// When it was witnessed.
    pub at: Time,
    /// Whether it prolongs an emergency, which takes the full quorum.
    pub renewal: bool,
    /// When it lapses without a quorum.
    pub lapses: Time,
    /// Everybody's last word while it was in review.
    pub verdicts: BTreeMap<String, VerdictInLog>,
    /// The quorum, once it was there.
    pub quorum: Option<QuorumReached>,
    /// Where it stands.
    pub status: Status,
    /// Since when.
    pub since: Time,
}

/// One approver's word.
#[derive(Clone, Debug)]
pub struct VerdictInLog {
    /// Number of its record.
    pub index: Index,
    /// The verdict.
    pub verdict: Verdict,
    /// When it was witnessed.
    pub at: Time,
    /// The public key that signed it.
    pub key: String,
}

/// A quorum that was reached, and what follows from it.
#[derive(Clone, Debug)]
pub struct QuorumReached {
    /// What was needed.
    pub quorum: Quorum,
    /// The decision record that the log must have.
    pub decision: Decision,
    /// Who approved, by number of record.
    pub approved: Vec<Approved>,
    /// Number of the decision record, once it is there.
    pub number: Option<Index>,
    /// When it takes effect, or took.
    pub effective_at: Option<Time>,
    /// Number of the witnessed record that gave the quorum its time.
    pub(crate) witnessed_by: Index,
    pub(crate) withheld: bool,
}

/// An approval that counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Number of its record.
    pub index: Index,
    /// Id of the principal.
    pub approver: String,
    /// Its organisation, when it counted.
    pub organisation: String,
}

/// A decision that took effect.
#[derive(Clone, Debug)]
pub struct DecisionInForce {
    /// Number of its record: the decision's number.
    pub number: Index,
    /// Number of the request's record.
    pub request_index: Index,
    /// What was asked for, and is so now.
    pub request: Arc<Request>,
    /// The approvals that made the quorum.
    pub approvals: Vec<Approved>,
    /// How many it took.
    pub quorum: Quorum,
    /// Version of the policy that judged.
    pub policy_version: u64,
    /// When the quorum was there.
    pub quorum_at: Time,
    /// From when on it was to hold.
    pub effective_from: Time,
    /// From when on it did hold: not before its record was witnessed.
    pub effective_at: Time,
    /// Until when; a standing decision has no end.
    pub effective_until: Option<Time>,
    /// By when someone looks again.
    pub review_by: Time,
    /// Whether it prolonged an emergency.
    pub renewal: bool,
}

/// A change of what is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Time,
    /// Id of the territory.
    pub territory: String,
    /// Class of service.
    pub class: String,
    /// Number of the decision in force until then.
    pub from: Option<Index>,
    /// Number of the decision in force from then on.
    pub to: Option<Index>,
    /// Why.
    pub cause: Cause,
}

/// Why something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A decision took effect.
    Effect,
    /// A decision expired; what it replaced is back.
    Expiry,
}

/// A contact record that was committed to.
#[derive(Clone, Debug)]
pub struct SealedContact {
    /// Number of its record.
    pub index: Index,
    /// The hash that it commits to.
    pub sealed: Digest,
    /// By when it will be opened.
    pub open_by: Time,
    /// When it was witnessed.
    pub at: Time,
    /// Number of the record that opened it.
    pub opened: Option<Index>,
}

impl PolicyInForce {
    /// The rule for a territory.
    pub fn rule(&self, territory: &str) -> &record::Rule {
        rules::rule_of(&self.policy, territory)
    }

    /// Whether a principal has a role.
    pub fn has_role(&self, id: &str, role: Role) -> bool {
        rules::has_role(&self.policy, id, role)
    }
}

impl DecisionInForce {
    /// Whether its review is overdue at a time: the time is after `review_by`.
    pub fn overdue_at(&self, time: Time) -> bool {
        time > self.review_by
    }

    /// Whether it is over at a time.
    pub fn expired_at(&self, time: Time) -> bool {
        self.effective_until.is_some_and(|until| until <= time)
    }
}

impl Status {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Status::InReview => "in_review",
            Status::Waiting => "waiting",
            Status::Effective => "effective",
            Status::Lapsed => "lapsed",
            Status::Rejected => "rejected",
            Status::Cancelled => "cancelled",
            Status::Superseded => "superseded",
            Status::Expired => "expired",
        }
    }
}

impl Cause {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Effect => "effect",
            Cause::Expiry => "expiry",
        }
    }
}
