//! The bodies of the records, one type each. Their JSON keys are the field names; unknown keys are refused.
//!
//! A leaf of the log is one JSON object in canonical form (RFC 8785):
//! `{"body":{…},"sigs":[{"by":"alice@org-a","kind":"sshsig","sig":"…"}],"type":"approval","v":1}`.
//! What is signed is the canonical form of `body`, in the SSH signature namespace `skyshed.<type>@v1`.
//! Numbers are integers; times are `YYYY-MM-DDThh:mm:ssZ`; hashes are 64 lower-case hexadecimal digits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::value::{Digest, Time};

mod body;

pub use body::{Body, TYPE_NAMES};

/// Number of a leaf in the log, from 0.
pub type Index = u64;

/// A place whose service is decided as one: a country, a region, a disputed area, waters, or a custom area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Territory {
    /// Stable id of our own, such as `TW` or `X-HIGH-SEAS`; never reused.
    pub id: String,
    /// Its English name, a label.
    pub name: String,
    /// Labels of others, such as `iso3166-1: TW`, `m49: 158`.
    pub labels: BTreeMap<String, String>,
    /// What sort of place.
    pub kind: TerritoryKind,
    /// Who claims it, where that is disputed.
    pub claims: Vec<String>,
    /// The territory it is part of: what is decided about the parent covers it too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<String>,
}

/// What sort of place a territory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TerritoryKind {
    Country,
    Subdivision,
    Disputed,
    Maritime,
    Custom,
}

/// The exact cells of a territory, named by hash: what is approved and enforced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Id of the territory.
    pub territory: String,
    /// SHA-256 of the sorted list of H3 indexes, 8 bytes each, big-endian.
    pub cells_sha256: Digest,
    /// How many cells.
    pub cell_count: u64,
    /// H3 resolution of the cells.
    pub resolution: u8,
    /// Which cells belong to the zone: those whose centre is inside its border (`centroid`), all of whose area is, or any.
    pub cover_rule: CoverRule,
    /// Width of the strip outside the border in which nothing else is switched on, km.
    pub guard_km: u32,
    /// The map it was cut from: name, version and worldview.
    pub source: String,
    /// SHA-256 of the map's file.
    pub source_sha256: Digest,
    /// The zone it replaces: the number of its record.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prev: Option<Index>,
}

/// Which cells belong to a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CoverRule {
    Centroid,
    Contained,
    Touching,
}

/// Who may do what, and how many it takes. Valid only if signed by the threshold of the policy before and by its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// 1 for the first, then one more each time.
    pub version: u64,
    /// SHA-256 of the body of the policy it replaces.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prev: Option<Digest>,
    /// The people and machines that sign, by their id `name@organisation`.
    pub principals: BTreeMap<String, Principal>,
    /// The rule for every territory not named in `rules_by_territory`.
    pub rule: Rule,
    /// Rules of single territories, by id.
    pub rules_by_territory: BTreeMap<String, Rule>,
    /// How a policy is replaced.
    pub rotation: Quorum,
    /// The pre-agreed way out when the quorum of `rotation` cannot be reached any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recovery: Option<Recovery>,
}

/// One who signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// The organisation, counted once however many of its people sign.
    pub organisation: String,
    /// What its signature may be used for.
    pub roles: Vec<Role>,
    /// Public keys, as in `authorized_keys` without a comment: `ssh-ed25519 AAAA…`.
    pub keys: Vec<Key>,
}

/// A public key and what is demanded of its signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Type and base64, as in `authorized_keys`.
    pub public: String,
    /// Not valid before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub valid_after: Option<Time>,
    /// Not valid at or after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub valid_before: Option<Time>,
    /// For security keys (`sk-`): the signature must say that its PIN was given. A touch is always demanded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pin_required: bool,
}

impl Key {
    /// Whether it is valid at a time, as far as the policy says; key events may say otherwise.
    pub fn valid_at(&self, time: Time) -> bool {
        self.valid_after.is_none_or(|from| from <= time) && self.valid_before.is_none_or(|until| time < until)
    }
}

/// What a principal's signature may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May ask for a change, publish previews, territories, zones, contacts.
    Requester,
    /// May approve, reject, recuse.
    Approver,
    /// May stop a change that waits, alone.
    Canceller,
    /// Belongs to the recovery group.
    Recovery,
    /// A machine that applies snapshots and says so.
    Enforcer,
    /// May publish measurements from outside.
    Observer,
}

/// How many distinct persons, of how many distinct organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Quorum {
    pub persons: u32,
    pub organisations: u32,
}

/// What it takes to change the service of a territory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Approvals needed; the requester's never counts.
    pub quorum: Quorum,
    /// From quorum to effect, seconds.
    pub wait_s: u64,
    /// From request to quorum at most, seconds; then the request lapses.
    pub review_ttl_s: u64,
    /// Longest life of a decision that expires, seconds.
    pub expiry_max_s: u64,
    /// Longest time until a decision's review, seconds.
    pub review_max_s: u64,
    /// The quick path, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub emergency: Option<Emergency>,
}

/// The quick path: no wait, and it ends by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// Approvals needed; the requester's never counts.
    pub quorum: Quorum,
    /// Longest life, seconds.
    pub ttl_max_s: u64,
    /// Reason codes for which a territory may be switched off this way.
    pub off_reasons: Vec<ReasonCode>,
    /// Reason codes for which it may be switched on this way.
    pub on_reasons: Vec<ReasonCode>,
}

/// The way out when too many keys are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Signatures of the recovery group needed.
    pub quorum: Quorum,
    /// From the record to its effect, seconds; any approver or canceller may stop it meanwhile.
    pub wait_s: u64,
}

/// Why a change is asked for: a closed list, so that it can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ReasonCode {
    Licensed,
    NotLicensed,
    LicenceRevoked,
    Sanctions,
    CourtOrder,
    HarmfulInterference,
    SafetyOfLife,
    DisasterRelief,
    Hostilities,
    OperatorPolicy,
    GovernmentRequest,
    Technical,
    Other,
}

/// Classes of service, as bits of no meaning here; names are `skyshed-control`'s.
pub type ClassName = String;

/// What a territory's service is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum State {
    /// Served.
    On,
    /// Not served.
    Off,
    /// Only terminals on a list.
    Listed {
        /// RFC 6962 tree hash over the salted hashes of the terminals' ids, sorted.
        merkle_root: Digest,
    },
    /// Only terminals approved one by one.
    Individual,
    /// Served with limits.
    Limited {
        /// Fastest a terminal may move, km/h.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        max_speed_kmh: Option<u32>,
        /// Highest rate, kbit/s.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        max_kbps: Option<u32>,
    },
    /// Emergency class only.
    EmergencyOnly,
    /// Only terminals passing through: ships and aircraft.
    TransitOnly,
}

/// Asks for a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Id of the territory.
    pub territory: String,
    /// The exact zone: hash of its cells.
    pub zone: Digest,
    /// Classes of service it is about, sorted.
    pub classes: Vec<ClassName>,
    /// Number of the decision it replaces, for all of these classes; none where nothing has been decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<Index>,
    /// What it is to be.
    pub to: State,
    /// Why, from the list.
    pub reason_code: ReasonCode,
    /// Why, in words.
    pub reason_text: String,
    /// The law, licence or order it rests on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub legal_basis: Option<String>,
    /// Id of the principal who asks, and signs.
    pub requester: String,
    /// For whom.
    pub on_behalf_of: String,
    /// Numbers of the contact records that led to it.
    pub contacts: Vec<Index>,
    /// SHA-256 of the preview's canonical JSON.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub preview_sha256: Option<Digest>,
    /// No effect before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_before: Option<Time>,
    /// The state before comes back at this time; a standing decision has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Time>,
    /// By when someone looks again.
    pub review_by: Time,
    /// By the quick path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub emergency: bool,
    /// Makes two requests of the same words differ.
    pub nonce: String,
}

/// What a change would do, worked out before it is asked for. Its numbers are the preview engine's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// SHA-256 of the preview's canonical JSON, which is what a request carries.
    pub preview_sha256: Digest,
    /// Version of the engine.
    pub engine: String,
    /// SHA-256 of each input, by name.
    pub inputs: BTreeMap<String, Digest>,
    /// Headline figures, whole numbers by name, such as `inside_people_lost`.
    pub figures: BTreeMap<String, i64>,
}

/// What one approver says of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// SHA-256 of the bodies of the requests, sorted.
    pub requests: Vec<Digest>,
    /// The verdict on all of them.
    pub verdict: Verdict,
    /// Id of the principal who says so, and signs.
    pub approver: String,
    /// In words.
    pub statement: String,
}

/// An approver's word on a request; the last one before quorum counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Verdict {
    Approve,
    Reject,
    Recuse,
}

/// Stops a request, or a policy, that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// SHA-256 of the body of the request or policy.
    pub target: Digest,
    /// Id of the principal who stops it, and signs.
    pub canceller: String,
    /// In words.
    pub reason_text: String,
}

/// That a request has been decided. It follows from the records before it: a wrong one has no effect and is flagged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// SHA-256 of the request's body.
    pub request: Digest,
    /// Number of the request's record.
    pub request_index: Index,
    /// Numbers of the approvals that made the quorum, sorted.
    pub approvals: Vec<Index>,
    /// Version of the policy that judged.
    pub policy_version: u64,
    /// When the quorum was there: the witnessed time of the last approval it needed.
    pub quorum_at: Time,
    /// From when it holds.
    pub effective_from: Time,
    /// Until when; a standing decision has no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub effective_until: Option<Time>,
}

/// That somebody outside asked for something: told openly, or committed to now and opened later, or the opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case", deny_unknown_fields)]
pub enum Contact {
    /// Told openly.
    Open {
        /// What it was.
        contact: ContactBody,
    },
    /// Committed to.
    Sealed {
        /// SHA-256 of the salt (32 bytes) and the canonical JSON of a [`ContactBody`].
        sealed: Digest,
        /// By when it will be opened.
        open_by: Time,
    },
    /// Opens a sealed one.
    Opened {
        /// Number of the sealed record.
        opens: Index,
        /// The salt, 64 hexadecimal digits.
        salt: Digest,
        /// What it was.
        contact: ContactBody,
    },
}

/// What a contact was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    /// Who asked.
    pub who: String,
    /// In which office or function.
    pub office: String,
    /// From when to when.
    pub from: Time,
    /// From when to when.
    pub until: Time,
    /// How: letter, telephone, in person.
    pub channel: String,
    /// Id of the territory.
    pub territory: String,
    /// What was asked.
    pub ask: Ask,
    /// What was answered.
    pub reply: String,
    /// Who received it.
    pub receiver: String,
}

/// What somebody outside asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Ask {
    Activate,
    Deactivate,
    KeepOff,
    KeepOn,
    Inform,
}

/// "Between these times I had no contact about service control that is not in the log."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attest {
    /// Id of the principal who says so, and signs.
    pub by: String,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// In words.
    pub statement: String,
}

/// A measurement from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observe {
    /// Id of the principal who publishes it, and signs.
    pub by: String,
    /// Id of the territory.
    pub territory: String,
    /// From when.
    pub from: Time,
    /// Until when; none while it lasts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Time>,
    /// Whose data, such as `radar`, `ioda`, `probe`.
    pub source: String,
    /// Whether there was service.
    pub served: bool,
    /// In words, or where to look.
    pub description: String,
}

/// "This is what I am applying."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enforce {
    /// Id of the enforcer, who signs.
    pub enforcer: String,
    /// Size of the log it applies.
    pub log_size: u64,
    /// Root hash of the log at that size.
    pub root: Digest,
    /// SHA-256 of the snapshot: which cell may be served which class.
    pub snapshot_sha256: Digest,
    /// When.
    pub at: Time,
}

/// Something happened to a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEvent {
    /// Whose key.
    pub principal: String,
    /// The key, as in the policy.
    pub key: Key,
    /// What happened.
    pub event: KeyEventKind,
    /// For `compromised`: from when on its signatures are void.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Time>,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEventKind {
    /// Is valid from now on; signed by the quorum of `rotation`.
    Add,
    /// Counts no more; signed by the principal, or by two others.
    Revoke,
    /// Is lost, counts no more; signed by two others.
    Lost,
    /// Is in other hands; signed by the principal, or by two others.
    Compromised,
}

/// A checkpoint of this log with the cosignatures of its witnesses, put into the log itself: what gives every record before it its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witnessed {
    /// The signed note, as text: origin, size, root, the log's signature, cosignatures.
    pub checkpoint: String,
}
