//! Why a record has no effect, or deserves a look: a closed list, so that it can be counted.

use std::sync::Arc;

use crate::leaf::LeafError;
use crate::record::{Digest, Index, Quorum, Role, Time};
use crate::witness::WitnessError;

/// Something about a record that everybody should see. It never stops the ledger.
#[derive(Clone, Debug)]
pub struct Flag {
    /// Number of the record it is about.
    pub index: Index,
    /// When it came out: the witnessed time of what brought it to light, or the time at which it happened.
    pub at: Time,
    /// What it is.
    pub reason: Reason,
}

/// Why `append` does not take a record. The log is as it was.
#[derive(Clone, Debug, thiserror::Error)]
#[error("record refused: {reason}")]
pub struct Refusal {
    /// The reason, as the ledger would flag it.
    pub reason: Reason,
}

/// Why a record has no effect, or what is strange about its effect.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum Reason {
    // Any record.
    #[error("{0}")]
    Malformed(Arc<LeafError>),
    #[error(
        "no policy is in force yet; record 0 must be policy version 1, signed by the quorum of its own `rotation`"
    )]
    NoPolicy,
    #[error("a {type_name} record carries no signatures; leave `sigs` empty")]
    SignatureNotAllowed { type_name: &'static str },
    #[error("signed by {by:?}, who is not in the policy in force; allowed: its principals")]
    UnknownSigner { by: String },
    #[error("the signature of {by} is by none of its keys over this body and type{}; sign the canonical body again",
        detail.as_ref().map_or(String::new(), |detail| format!(" ({detail})")))]
    BadSignature { by: String, detail: Option<Arc<str>> },
    #[error(
        "the key that {by} signed with is not valid at {at}; allowed: a key within its dates that is not revoked, lost or compromised"
    )]
    KeyNotValid { by: String, at: Time },
    #[error("not signed by {by}, whom the body names; its signature is needed")]
    MissingSignature { by: String },
    #[error("no signature by a principal with the role {}; add one", role_name(*role))]
    MissingRole { role: Role },
    #[error(
        "the same body is in the log already; if it is meant again, change a word or the nonce and sign that"
    )]
    Duplicate,

    // Territories, zones, policies, keys.
    #[error("territory {id:?} is not in the log; log its territory record first")]
    UnknownTerritory { id: String },
    #[error("territory {id:?} is in the log already, as record {index}; ids are never used again")]
    TerritoryExists { id: String, index: Index },
    #[error(
        "zone replaces {}, but the zone in force is {}; name that one in `prev`",
        or_none(given),
        or_none(current)
    )]
    ZoneOrder { given: Option<Index>, current: Option<Index> },
    #[error(
        "policy version {given} on {}; allowed now: version {next} on {}",
        or_none(prev),
        or_none(current)
    )]
    PolicyOrder { given: u64, prev: Option<Digest>, next: u64, current: Option<Digest> },
    #[error("one public key belongs to {first} and to {second}; each person needs keys of their own")]
    KeyShared { first: String, second: String },
    #[error("signed by too few: needs {} distinct persons of {} organisations {of}", needed.persons, needed.organisations)]
    QuorumMissing { needed: Quorum, of: &'static str },
    #[error("the policy has no effect: another one came into force before it")]
    PolicyVoid,
    #[error("the policy has no effect: without the compromised key it is signed by too few")]
    PolicyCompromised,
    #[error("{id:?} is not a principal of the policy in force")]
    UnknownPrincipal { id: String },
    #[error("{id} has no such key in the policy in force")]
    UnknownKey { id: String },
    #[error("the key has been revoked, lost or compromised before and does not come back; make a new one")]
    KeyDead,
    #[error("`since` {}; allowed: a time up to now for `compromised`, none for other events", or_none(given))]
    SinceOutOfRange { given: Option<Time> },

    // Requests.
    #[error(
        "zone {given}, but the territory's zone in force is {}; ask for that one, or log a new zone record first",
        or_none(current)
    )]
    ZoneDiffers { given: Digest, current: Option<Digest> },
    #[error(
        "`from` is {given}, which is no decision about this territory; name the decision in force, or none"
    )]
    UnknownFrom { given: Index },
    #[error("`review_by` {given}; allowed: after {after} and up to {until}")]
    ReviewByOutOfRange { given: Time, after: Time, until: Time },
    #[error("`expires` {}; allowed: after {after} and up to {until}", or_none(given))]
    ExpiresOutOfRange { given: Option<Time>, after: Time, until: Time },
    #[error("`not_before` {given}; allowed: up to `review_by` and before `expires`")]
    NotBeforeOutOfRange { given: Time },
    #[error("record {index} is no contact before this record")]
    UnknownContact { index: Index },
    #[error("the rule of this territory has no emergency path; ask without `emergency`")]
    NoEmergencyPath,
    #[error("this reason does not open the emergency path; ask without `emergency`")]
    EmergencyReason,
    #[error(
        "an emergency was renewed here less than {within_s} s ago; it can be renewed once; ask without `emergency`"
    )]
    SecondRenewal { within_s: u64 },

    // Approvals, cancels, decisions.
    #[error("request {request} is not in the log before this record, or had no effect")]
    UnknownRequest { request: Digest },
    #[error("the approval names emergency requests and others; write one for each sort")]
    MixedApproval,
    #[error("{by} asked for request {request} and cannot approve it")]
    SelfApproval { by: String, request: Index },
    #[error("request {request} is not in review any more")]
    TooLate { request: Index },
    #[error(
        "nothing that waits has the hash {target}; only requests and policies before their effect can be stopped"
    )]
    UnknownTarget { target: Digest },
    #[error("request {request} is not waiting for a decision record")]
    DecisionNotDue { request: Index },
    #[error(
        "the decision record does not follow from the log: {field} differs; it must be exactly what the log gives"
    )]
    DecisionDiffers { field: &'static str },
    #[error("decision {decision} lost approvals to a compromised key before its effect and is void")]
    DecisionVoid { decision: Index },
    #[error("decision {decision} is in force by an approval with a key that was compromised by then")]
    CompromisedApproval { decision: Index },
    #[error("request {request} had its quorum, but the log went on without its decision record")]
    DecisionWithheld { request: Index },
    #[error(
        "no effect: decision in force for class {class:?}: {}; the request replaces: {}",
        or_none(found),
        or_none(from)
    )]
    Superseded { class: String, from: Option<Index>, found: Option<Index> },
    #[error("request {request} expired before it could take effect")]
    ExpiredBeforeEffect { request: Index },

    // Contacts, enforcers, witnesses.
    #[error("record {opens} is no sealed contact that could be opened")]
    UnknownSealed { opens: Index },
    #[error("salt and contact do not have the hash of sealed record {opens}")]
    OpeningDiffers { opens: Index },
    #[error("the enforcer applies a log of size {size} with another root hash than this log has")]
    EnforcerDiffers { size: u64 },
    #[error("checkpoint in the record: {0}")]
    WitnessSignature(Arc<WitnessError>),
    #[error("checkpoint of size {size} in record {index}; allowed: at most {index}")]
    WitnessSize { size: u64, index: Index },
    #[error("checkpoint of size {size} has another root hash than this log at that size")]
    WitnessRoot { size: u64 },
    #[error("checkpoint of size {size} is cosigned by no witness of the policy")]
    WitnessNone { size: u64 },
}

impl Reason {
    /// Its name in JSON; never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Malformed(_) => "malformed",
            Reason::NoPolicy => "no_policy",
            Reason::SignatureNotAllowed { .. } => "signature_not_allowed",
            Reason::UnknownSigner { .. } => "unknown_signer",
            Reason::BadSignature { .. } => "bad_signature",
            Reason::KeyNotValid { .. } => "key_not_valid",
            Reason::MissingSignature { .. } => "missing_signature",
            Reason::MissingRole { .. } => "missing_role",
            Reason::Duplicate => "duplicate",
            Reason::UnknownTerritory { .. } => "unknown_territory",
            Reason::TerritoryExists { .. } => "territory_exists",
            Reason::ZoneOrder { .. } => "zone_order",
            Reason::PolicyOrder { .. } => "policy_order",
            Reason::KeyShared { .. } => "key_shared",
            Reason::QuorumMissing { .. } => "quorum_missing",
            Reason::PolicyVoid => "policy_void",
            Reason::PolicyCompromised => "policy_compromised",
            Reason::UnknownPrincipal { .. } => "unknown_principal",
            Reason::UnknownKey { .. } => "unknown_key",
            Reason::KeyDead => "key_dead",
            Reason::SinceOutOfRange { .. } => "since_out_of_range",
            Reason::ZoneDiffers { .. } => "zone_differs",
            Reason::UnknownFrom { .. } => "unknown_from",
            Reason::ReviewByOutOfRange { .. } => "review_by_out_of_range",
            Reason::ExpiresOutOfRange { .. } => "expires_out_of_range",
            Reason::NotBeforeOutOfRange { .. } => "not_before_out_of_range",
            Reason::UnknownContact { .. } => "unknown_contact",
            Reason::NoEmergencyPath => "no_emergency_path",
            Reason::EmergencyReason => "emergency_reason",
            Reason::SecondRenewal { .. } => "second_renewal",
            Reason::UnknownRequest { .. } => "unknown_request",
            Reason::MixedApproval => "mixed_approval",
            Reason::SelfApproval { .. } => "self_approval",
            Reason::TooLate { .. } => "too_late",
            Reason::UnknownTarget { .. } => "unknown_target",
            Reason::DecisionNotDue { .. } => "decision_not_due",
            Reason::DecisionDiffers { .. } => "decision_differs",
            Reason::DecisionVoid { .. } => "decision_void",
            Reason::CompromisedApproval { .. } => "compromised_approval",
            Reason::DecisionWithheld { .. } => "decision_withheld",
            Reason::Superseded { .. } => "superseded",
            Reason::ExpiredBeforeEffect { .. } => "expired_before_effect",
            Reason::UnknownSealed { .. } => "unknown_sealed",
            Reason::OpeningDiffers { .. } => "opening_differs",
            Reason::EnforcerDiffers { .. } => "enforcer_differs",
            Reason::WitnessSignature(_) => "witness_signature",
            Reason::WitnessSize { .. } => "witness_size",
            Reason::WitnessRoot { .. } => "witness_root",
            Reason::WitnessNone { .. } => "witness_none",
        }
    }
}

fn or_none<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "none".to_owned(), T::to_string)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Requester => "requester",
        Role::Approver => "approver",
        Role::Canceller => "canceller",
        Role::Recovery => "recovery",
        Role::Enforcer => "enforcer",
        Role::Observer => "observer",
    }
}
