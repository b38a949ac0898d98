//! Why a terminal is refused, as the code that its dish shows.
//!
//! The codes are those of `DisablementCode` in the vendor's public interface, SpaceExplorationTechnologies/enterprise-api,
//! `device-api/device.proto` at commit 0cc45a7; 15 and above are of later firmware.

use skyshed_ground::{Cell, Ground, TerritoryKind};
use skyshed_records::record::ReasonCode;

use crate::activation::Activation;
use crate::class::Class;
use crate::decision::{Decision, Scope};
use crate::state::{Access, State};

/// Why service is refused in a place, or to a terminal in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// The territory is off: no licence, sanctions, policy.
    TerritoryOff,
    /// An area that is no territory of the map is off.
    AreaOff,
    /// Off for technical reasons or interference.
    CellOff,
    /// Other classes are served here, this one is not.
    ClassNotHere,
    /// The terminal is not on the list.
    NotListed,
    /// The terminal has not been approved by itself.
    NotApproved,
    /// Nobody has decided anything about this territory.
    NoDecision,
    /// Nobody has decided anything about the high seas.
    NoDecisionAtSea,
    /// The terminal moves faster than is allowed here.
    TooFast,
    /// It is not known where the terminal is.
    PositionUnknown,
}

/// What a dish shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum DisablementCode {
    Okay = 1,
    NoActiveAccount = 2,
    TooFarFromServiceAddress = 3,
    InOcean = 4,
    BlockedCountry = 6,
    CellIsDisabled = 8,
    RoamRestricted = 10,
    UnknownLocation = 11,
    AccountDisabled = 12,
    MovingTooFastForPolicy = 14,
    BlockedArea = 16,
}

impl Denial {
    /// Every denial.
    pub const ALL: [Denial; 10] = [
        Denial::TerritoryOff,
        Denial::AreaOff,
        Denial::CellOff,
        Denial::ClassNotHere,
        Denial::NotListed,
        Denial::NotApproved,
        Denial::NoDecision,
        Denial::NoDecisionAtSea,
        Denial::TooFast,
        Denial::PositionUnknown,
    ];

    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Denial::TerritoryOff => "territory_off",
            Denial::AreaOff => "area_off",
            Denial::CellOff => "cell_off",
            Denial::ClassNotHere => "class_not_here",
            Denial::NotListed => "not_listed",
            Denial::NotApproved => "not_approved",
            Denial::NoDecision => "no_decision",
            Denial::NoDecisionAtSea => "no_decision_at_sea",
            Denial::TooFast => "too_fast",
            Denial::PositionUnknown => "position_unknown",
        }
    }

    /// What a dish shows for it.
    pub fn code(self) -> DisablementCode {
        match self {
            Denial::TerritoryOff | Denial::NoDecision => DisablementCode::BlockedCountry,
            Denial::AreaOff => DisablementCode::BlockedArea,
            Denial::CellOff => DisablementCode::CellIsDisabled,
            Denial::ClassNotHere => DisablementCode::RoamRestricted,
            Denial::NotListed | Denial::NotApproved => DisablementCode::AccountDisabled,
            Denial::NoDecisionAtSea => DisablementCode::InOcean,
            Denial::TooFast => DisablementCode::MovingTooFastForPolicy,
            Denial::PositionUnknown => DisablementCode::UnknownLocation,
        }
    }
}

impl DisablementCode {
    /// Every code that is used here.
    pub const ALL: [DisablementCode; 11] = [
        DisablementCode::Okay,
        DisablementCode::NoActiveAccount,
        DisablementCode::TooFarFromServiceAddress,
        DisablementCode::InOcean,
        DisablementCode::BlockedCountry,
        DisablementCode::CellIsDisabled,
        DisablementCode::RoamRestricted,
        DisablementCode::UnknownLocation,
        DisablementCode::AccountDisabled,
        DisablementCode::MovingTooFastForPolicy,
        DisablementCode::BlockedArea,
    ];

    /// Its number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Its name in the vendor's interface.
    pub fn name(self) -> &'static str {
        match self {
            DisablementCode::Okay => "OKAY",
            DisablementCode::NoActiveAccount => "NO_ACTIVE_ACCOUNT",
            DisablementCode::TooFarFromServiceAddress => "TOO_FAR_FROM_SERVICE_ADDRESS",
            DisablementCode::InOcean => "IN_OCEAN",
            DisablementCode::BlockedCountry => "BLOCKED_COUNTRY",
            DisablementCode::CellIsDisabled => "CELL_IS_DISABLED",
            DisablementCode::RoamRestricted => "ROAM_RESTRICTED",
            DisablementCode::UnknownLocation => "UNKNOWN_LOCATION",
            DisablementCode::AccountDisabled => "ACCOUNT_DISABLED",
            DisablementCode::MovingTooFastForPolicy => "MOVING_TOO_FAST_FOR_POLICY",
            DisablementCode::BlockedArea => "BLOCKED_AREA",
        }
    }

    /// The code with a number or a name, whatever its case.
    pub fn parse(text: &str) -> Option<DisablementCode> {
        let is = |code: &DisablementCode| {
            code.name().eq_ignore_ascii_case(text) || code.number().to_string() == text
        };
        DisablementCode::ALL.into_iter().find(is)
    }

    /// The denials that show as this code.
    pub fn denials(self) -> impl Iterator<Item = Denial> {
        Denial::ALL.into_iter().filter(move |denial| denial.code() == self)
    }
}

/// Why decisions refuse a class in a cell: to every terminal, or to those without what the place demands. `None` where
/// every terminal of the class may be served, if only within limits.
pub fn denial(activation: &Activation, ground: &Ground, cell: Cell, class: Class) -> Option<Denial> {
    let Some(ruling) = activation.ruling(cell, class) else {
        return Some(undecided(activation, ground, cell));
    };
    match ruling.access {
        Access::Open => None,
        Access::Limited => ruling.limits.speed_max_kmh.map(|_| Denial::TooFast),
        Access::Listed => Some(Denial::NotListed),
        Access::Individual => Some(Denial::NotApproved),
        Access::Closed => {
            Some(closed(&activation.decisions[usize::from(ruling.decision)], activation.active(cell)))
        }
    }
}

fn undecided(activation: &Activation, ground: &Ground, cell: Cell) -> Denial {
    let kind = ground.territory_at(ground.territory_of(cell)).kind;
    match kind {
        _ if activation.active(cell) => Denial::ClassNotHere,
        TerritoryKind::HighSeas => Denial::NoDecisionAtSea,
        _ => Denial::NoDecision,
    }
}

/// `others` says that other classes may be served there.
fn closed(decision: &Decision, others: bool) -> Denial {
    let logged = decision.logged.as_ref();
    let code = logged.map(|logged| logged.reason_code);
    let area = logged.is_some_and(|logged| logged.custom_area) || matches!(decision.scope, Scope::Cells(_));
    match decision.state {
        _ if others => Denial::ClassNotHere,
        State::EmergencyOnly | State::TransitOnly => Denial::ClassNotHere,
        _ if matches!(code, Some(ReasonCode::Technical | ReasonCode::HarmfulInterference)) => Denial::CellOff,
        _ if area => Denial::AreaOff,
        _ => Denial::TerritoryOff,
    }
}
