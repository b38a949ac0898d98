//! May this terminal be served, and what does its dish show if not: a function of its account and plan, of where it is, how fast it
//! moves and for how long it has been abroad, and of the decisions there.
//!
//! The first reason that applies, in this order, is the answer:
//!
//! 1. no active account, or a suspended one;
//! 2. the position is unknown: then nothing is known to be allowed;
//! 3. too far from the service address, where the plan is for one address;
//! 4. what decisions say of the cell and the class: off, an area off, the class not served there, nobody has decided;
//! 5. further out to sea than the plan goes;
//! 6. longer abroad than the plan allows;
//! 7. not on the list, or not approved by itself, where decisions demand that;
//! 8. faster than decisions or the plan allow.
//!
//! That a decision allows service does not mean that there is any: physics is `why`'s business.

use skyshed_ground::{Cell, Ground, TerritoryIndex, TerritoryKind, cell_at};
use skyshed_records::record::{Digest, Time};

use crate::activation::{Activation, Ruling};
use crate::dish::{Denial, DisablementCode, denial};
use crate::policy::Date;
use crate::registry::{Account, Line, Plan, Position, Sea, Terminal};
use crate::state::{Access, Limits, State};

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The service line; none for a terminal that has none.
    pub line: Option<(&'a Line, &'a Plan)>,
    /// The terminal; none where a line is asked about as such.
    pub terminal: Option<&'a Terminal>,
    /// Where it is; none where that is not known.
    pub position: Option<Position>,
    /// How fast it moves.
    pub speed_kmh: f64,
    /// When.
    pub at: Time,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Eligibility {
    /// Why not; none where it may be served.
    pub refusal: Option<Refusal>,
    /// The cell it is in; none where the position is unknown.
    pub cell: Option<Cell>,
    /// What decisions say of the cell and the class; none where nobody has decided, or where there is no cell or no class.
    pub ruling: Option<Ruling>,
    /// The lowest limits of decisions and plan.
    pub limits: Limits,
    /// How far out at sea it is.
    pub sea: Option<Sea>,
    /// For how many whole days it has been outside its home country; none at home.
    pub abroad_days: Option<i64>,
    /// How far it is from the service address.
    pub address_km: Option<f64>,
}

/// Why a terminal may not be served: a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// It has no account, or its account has ended.
    NoAccount,
    /// Its account is suspended.
    AccountSuspended,
    /// It is too far from its service address.
    TooFarFromAddress,
    /// Its plan does not go so far out to sea.
    SeaNotInPlan,
    /// It has been abroad for longer than its plan allows.
    AbroadTooLong,
    /// It moves faster than its plan allows.
    PlanTooFast,
    /// Decisions, and what they demand of it.
    Decided(Denial),
}

impl Refusal {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::NoAccount => "no_account",
            Refusal::AccountSuspended => "account_suspended",
            Refusal::TooFarFromAddress => "too_far_from_address",
            Refusal::SeaNotInPlan => "sea_not_in_plan",
            Refusal::AbroadTooLong => "abroad_too_long",
            Refusal::PlanTooFast => "plan_too_fast",
            Refusal::Decided(denial) => denial.name(),
        }
    }

    /// What a dish shows for it.
    pub fn code(self) -> DisablementCode {
        match self {
            Refusal::NoAccount => DisablementCode::NoActiveAccount,
            Refusal::AccountSuspended => DisablementCode::AccountDisabled,
            Refusal::TooFarFromAddress => DisablementCode::TooFarFromServiceAddress,
            Refusal::SeaNotInPlan => DisablementCode::InOcean,
            Refusal::AbroadTooLong => DisablementCode::RoamRestricted,
            Refusal::PlanTooFast => DisablementCode::MovingTooFastForPolicy,
            Refusal::Decided(denial) => denial.code(),
        }
    }

    /// Every word of [`Refusal::name`], in the order of the rules.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let own = [
            Refusal::NoAccount,
            Refusal::AccountSuspended,
            Refusal::TooFarFromAddress,
            Refusal::SeaNotInPlan,
            Refusal::AbroadTooLong,
            Refusal::PlanTooFast,
        ];
        own.into_iter().map(Refusal::name).chain(Denial::ALL.into_iter().map(Denial::name))
    }
}

impl Eligibility {
    /// What the dish shows.
    pub fn code(&self) -> DisablementCode {
        self.refusal.map_or(DisablementCode::Okay, Refusal::code)
    }
}

/// Answers for one terminal, or one line.
pub fn eligibility(activation: &Activation, ground: &Ground, asked: &Asked<'_>) -> Eligibility {
    let cell = asked.position.and_then(|at| cell_at(at.latitude_deg, at.longitude_deg).ok());
    let mut answer = Eligibility {
        refusal: None,
        cell,
        ruling: None,
        limits: Limits::default(),
        sea: cell.map(|cell| sea(ground, cell)),
        abroad_days: None,
        address_km: None,
    };
    let Some((line, plan)) = asked.line else {
        answer.refusal = Some(Refusal::NoAccount);
        return answer;
    };
    answer.limits.speed_max_kmh = plan.speed_max_kmh;
    answer.address_km = asked.position.map(|at| at.distance_km(line.address));
    if let Some(cell) = cell {
        answer.ruling = activation.ruling(cell, plan.class);
        answer.limits = answer.limits.and(answer.ruling.map(|ruling| ruling.limits).unwrap_or_default());
        answer.abroad_days = abroad_days(ground, cell, line, asked);
    }
    answer.refusal = refusal(activation, ground, asked, (line, plan), &answer);
    answer
}

fn refusal(
    activation: &Activation,
    ground: &Ground,
    asked: &Asked<'_>,
    (line, plan): (&Line, &Plan),
    found: &Eligibility,
) -> Option<Refusal> {
    match line.account {
        Account::None => return Some(Refusal::NoAccount),
        Account::Suspended => return Some(Refusal::AccountSuspended),
        Account::Active => {}
    }
    let Some(cell) = found.cell else { return Some(Refusal::Decided(Denial::PositionUnknown)) };
    let far = |allowed: u32| found.address_km.is_some_and(|km| km > f64::from(allowed));
    if plan.address_max_km.is_some_and(far) {
        return Some(Refusal::TooFarFromAddress);
    }
    let access = found.ruling.map_or(Access::Closed, |ruling| ruling.access);
    if access == Access::Closed {
        return denial(activation, ground, cell, plan.class).map(Refusal::Decided);
    }
    if found.sea.is_some_and(|sea| sea > plan.sea) {
        return Some(Refusal::SeaNotInPlan);
    }
    let too_long =
        |allowed: u32| found.abroad_days.is_some_and(|days| days > i64::from(allowed) || allowed == 0);
    if plan.abroad_max_days.is_some_and(too_long) {
        return Some(Refusal::AbroadTooLong);
    }
    if let Some(lacking) = lacking(activation, ground, asked, cell, found.ruling) {
        return Some(Refusal::Decided(lacking));
    }
    let faster = |allowed: Option<u32>| allowed.is_some_and(|kmh| asked.speed_kmh > f64::from(kmh));
    if faster(found.ruling.and_then(|ruling| ruling.limits.speed_max_kmh)) {
        return Some(Refusal::Decided(Denial::TooFast));
    }
    faster(plan.speed_max_kmh).then_some(Refusal::PlanTooFast)
}

/// A list that it is not on, or an approval that it does not have.
fn lacking(
    activation: &Activation,
    ground: &Ground,
    asked: &Asked<'_>,
    cell: Cell,
    ruling: Option<Ruling>,
) -> Option<Denial> {
    let ruling = ruling?;
    match (ruling.access, activation.decisions[usize::from(ruling.decision)].state) {
        (Access::Listed, State::Listed { merkle_root }) => {
            let root = Digest(merkle_root);
            let proves = |terminal: &Terminal| {
                terminal
                    .listed
                    .iter()
                    .any(|one| one.root == root && one.membership.holds(&terminal.id, &root))
            };
            (!asked.terminal.is_some_and(proves)).then_some(Denial::NotListed)
        }
        (Access::Listed, _) => Some(Denial::NotListed),
        (Access::Individual, _) => {
            let mut above =
                ground.lineage(ground.territory_of(cell)).map(|index| &ground.territory_at(index).id);
            let approved =
                asked.terminal.is_some_and(|terminal| above.any(|id| terminal.approved_in.contains(id)));
            (!approved).then_some(Denial::NotApproved)
        }
        _ => None,
    }
}

fn sea(ground: &Ground, cell: Cell) -> Sea {
    match ground.territory_at(ground.territory_of(cell)).kind {
        TerritoryKind::HighSeas => Sea::HighSeas,
        TerritoryKind::Coastal => Sea::Coastal,
        _ => Sea::None,
    }
}

/// Days outside the home country. The high seas are nobody's country.
fn abroad_days(ground: &Ground, cell: Cell, line: &Line, asked: &Asked<'_>) -> Option<i64> {
    let here = ground.territory_of(cell);
    let home = |index: TerritoryIndex| ground.territory_at(index).id == line.home;
    if ground.territory_at(here).kind == TerritoryKind::HighSeas || ground.lineage(here).any(home) {
        return None;
    }
    let since = asked.terminal.and_then(|terminal| terminal.abroad_since);
    Some(since.map_or(0, |since| days_between(since, asked.at)))
}

fn days_between(since: Date, at: Time) -> i64 {
    let midnight = Time::parse(&format!("{since}T00:00:00Z")).map_or(at.0, |time| time.0);
    (at.0 - midnight).max(0) / 86_400
}
