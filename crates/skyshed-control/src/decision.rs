//! One decision as it is in force: out of a what-if policy, or out of the public log.

use std::sync::Arc;

use skyshed_ground::Cell;
use skyshed_records::record::{Digest, ReasonCode, Time};

use crate::class::ClassSet;
use crate::policy::Date;
use crate::state::State;

/// One decision: what is covered, for whom, what it is to be, why, since when, and when someone looks again.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What it covers.
    pub scope: Scope,
    /// The classes of service it is about.
    pub classes: ClassSet,
    /// What their service is to be.
    pub state: State,
    /// Why.
    pub reason: String,
    /// From when it holds.
    pub since: Date,
    /// The date by which it is to be reviewed.
    pub review: Date,
    /// Where it was published.
    pub source: Option<String>,
    /// Of a decision in the log: its number there, who signed it, and its exact times; of a what-if policy, none.
    pub logged: Option<Arc<Logged>>,
}

/// What a decision covers.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// Every cell of the planet.
    Everywhere,
    /// A territory by id, with every territory whose parent it is.
    Territory(String),
    /// Exactly these cells.
    Cells(Vec<Cell>),
}

/// What the log says of a decision beyond what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Number of the decision's record: the name it goes by.
    pub number: u64,
    /// Number of the request's record.
    pub request: u64,
    /// Hash of the exact cells that were approved.
    pub zone: Digest,
    /// True where these are no territory of the map, but a list of cells of its own.
    pub custom_area: bool,
    /// Id of the principal who asked.
    pub requester: String,
    /// For whom.
    pub on_behalf_of: String,
    /// Ids of the principals whose approvals made the quorum.
    pub approvers: Vec<String>,
    /// Why, from the closed list.
    pub reason_code: ReasonCode,
    /// The law, licence or order it rests on.
    pub legal_basis: Option<String>,
    /// By the quick path.
    pub emergency: bool,
    /// From when it holds.
    pub effective_from: Time,
    /// Until when; a standing decision has no end.
    pub effective_until: Option<Time>,
    /// By when someone looks again.
    pub review_by: Time,
}

impl Logged {
    /// True after the time by which someone was to look again, of a decision that is still in force.
    pub fn overdue(&self, time: Time) -> bool {
        time > self.review_by
    }
}

/// The word that records use for a reason.
pub fn reason_word(code: ReasonCode) -> &'static str {
    match code {
        ReasonCode::Licensed => "licensed",
        ReasonCode::NotLicensed => "not_licensed",
        ReasonCode::LicenceRevoked => "licence_revoked",
        ReasonCode::Sanctions => "sanctions",
        ReasonCode::CourtOrder => "court_order",
        ReasonCode::HarmfulInterference => "harmful_interference",
        ReasonCode::SafetyOfLife => "safety_of_life",
        ReasonCode::DisasterRelief => "disaster_relief",
        ReasonCode::Hostilities => "hostilities",
        ReasonCode::OperatorPolicy => "operator_policy",
        ReasonCode::GovernmentRequest => "government_request",
        ReasonCode::Technical => "technical",
        ReasonCode::Other => "other",
    }
}
