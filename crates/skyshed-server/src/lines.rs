//! Service lines and user terminals of a registry, and whether each may be served: code, cause, decision, proof.
//! The rules are [`skyshed::control::eligibility`]'s; here their answer gets its words.

use serde::Serialize;
use skyshed::control::decision::reason_word;
use skyshed::control::registry::{Line, Position, Registry, Terminal};
use skyshed::control::{Activation, Asked, Decision, Eligibility, Scope, eligibility};
use skyshed::ground::cell_id;
use skyshed::log::seconds;
use skyshed::orbit::Epoch;
use skyshed::{LogStatus, World};
use skyshed_log::side;

use crate::problem::{Kind, Problem};

/// What is asked of a line or terminal instead of what the registry says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// When; now where it is not given.
    pub at: Option<Epoch>,
    /// Where.
    pub position: Option<Position>,
    /// How fast.
    pub speed_kmh: Option<f64>,
}

/// A service line.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LineView {
    /// `SL-…`.
    pub id: String,
    /// What it is; none of a person.
    pub label: String,
    /// Name of its plan.
    pub plan: String,
    /// Class of service.
    pub class: &'static str,
    /// `active`, `none` or `suspended`.
    pub account: &'static str,
    /// Id of the country it is at home in.
    pub home: String,
    /// Geodetic latitude of the service address, WGS84.
    pub latitude_deg: f64,
    /// Longitude east of the service address, WGS84.
    pub longitude_deg: f64,
    /// Fastest its plan allows.
    pub speed_max_kmh: Option<u32>,
    /// Farthest from the service address.
    pub address_max_km: Option<u32>,
    /// Longest outside its home country.
    pub abroad_max_days: Option<u32>,
    /// `none`, `coastal` or `high_seas`.
    pub sea: &'static str,
    /// Ids of its terminals.
    pub user_terminals: Vec<String>,
}

/// A user terminal.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TerminalView {
    /// `ut…`.
    pub id: String,
    /// The service line it belongs to.
    pub service_line: Option<String>,
    /// Where it was last.
    pub latitude_deg: Option<f64>,
    /// Where it was last.
    pub longitude_deg: Option<f64>,
    /// How fast it moved there.
    pub speed_kmh: u32,
    /// Since when it has been outside its home country, YYYY-MM-DD.
    pub abroad_since: Option<String>,
    /// Ids of territories in which it was approved by itself.
    pub approved_in: Vec<String>,
    /// Roots of the lists that it can prove to be on.
    pub listed: Vec<String>,
}

/// Whether a line or terminal may be served. That decisions allow it does not mean that a satellite is there: ask `why`.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct EligibilityView {
    /// The service line.
    pub service_line: Option<String>,
    /// The terminal; null where a line is asked about that has none.
    pub user_terminal: Option<String>,
    /// Whether it may be served.
    pub eligible: bool,
    /// What its dish shows: `DisablementCode` of the vendor's interface.
    pub code: u8,
    /// Its name there.
    pub code_name: &'static str,
    /// Why not, out of a closed list; null where it may be served.
    pub cause: Option<&'static str>,
    /// For which time, UTC.
    pub time: String,
    /// Where.
    pub place: Option<PlaceView>,
    /// Class of service.
    pub class: Option<&'static str>,
    /// What decisions say of class and cell: `open`, `limited`, `listed`, `individual` or `closed`; null where nobody has decided.
    pub access: Option<&'static str>,
    /// How fast it moves.
    pub speed_kmh: f64,
    /// Fastest it may, by decisions and plan.
    pub speed_max_kmh: Option<u32>,
    /// Highest rate it may have, by decisions.
    pub rate_max_kbps: Option<u32>,
    /// How far it is from its service address.
    pub address_km: Option<f64>,
    /// For how many days it has been outside its home country; null at home and on the high seas.
    pub abroad_days: Option<i64>,
    /// The decision on class and cell.
    pub decision: Option<DecisionView>,
    /// Where the proof is that the decision is in the log; null in a what-if study.
    pub proof: Option<String>,
    /// The log that is obeyed; null in a what-if study.
    pub log: Option<LogStatus>,
    /// In a what-if study: by which policy.
    pub what_if: Option<String>,
}

/// Where something is.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = EligibilityPlace)]
pub struct PlaceView {
    /// Geodetic latitude, WGS84.
    pub latitude_deg: f64,
    /// Longitude east, WGS84.
    pub longitude_deg: f64,
    /// H3 cell, hexadecimal.
    pub cell: String,
    /// Id of its territory.
    pub territory: String,
    /// `none`, `coastal` or `high_seas`.
    pub sea: &'static str,
}

/// A decision in short.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = EligibilityDecision)]
pub struct DecisionView {
    /// Number of its record in the log; in a what-if study, its place in the policy.
    pub number: u64,
    /// Id of the territory it is about; null where it is about the whole planet, or about cells.
    pub territory: Option<String>,
    /// What it is to be.
    pub state: &'static str,
    /// Why, from the closed list; null in a what-if study.
    pub reason_code: Option<&'static str>,
    /// Why, in words.
    pub reason: String,
    /// From when it holds, UTC.
    pub since: String,
    /// By when someone looks again, UTC.
    pub review_by: String,
    /// Who approved it.
    pub approvers: Vec<String>,
}

/// A line as it is told.
pub fn line_view(registry: &Registry, line: &Line) -> LineView {
    let plan = registry.plan(line);
    LineView {
        id: line.id.clone(),
        label: line.label.clone(),
        plan: line.plan.clone(),
        class: plan.class.name(),
        account: line.account.name(),
        home: line.home.clone(),
        latitude_deg: line.address.latitude_deg,
        longitude_deg: line.address.longitude_deg,
        speed_max_kmh: plan.speed_max_kmh,
        address_max_km: plan.address_max_km,
        abroad_max_days: plan.abroad_max_days,
        sea: plan.sea.name(),
        user_terminals: registry.terminals_of(&line.id).map(|terminal| terminal.id.clone()).collect(),
    }
}

/// A terminal as it is told. Salts and paths of lists are not: whoever has them can find out who else is on a list.
pub fn terminal_view(terminal: &Terminal) -> TerminalView {
    TerminalView {
        id: terminal.id.clone(),
        service_line: terminal.line.clone(),
        latitude_deg: terminal.position.map(|at| at.latitude_deg),
        longitude_deg: terminal.position.map(|at| at.longitude_deg),
        speed_kmh: terminal.speed_kmh,
        abroad_since: terminal.abroad_since.map(|date| date.to_string()),
        approved_in: terminal.approved_in.clone(),
        listed: terminal.listed.iter().map(|one| one.root.to_string()).collect(),
    }
}

/// The line with an id.
///
/// # Errors
/// [`Problem`] where there is none.
pub fn find_line<'a>(registry: &'a Registry, id: &str) -> Result<&'a Line, Problem> {
    registry.lines().get(id).ok_or_else(|| unknown("service line", id, "/api/v1/service-lines"))
}

/// The terminal with an id.
///
/// # Errors
/// [`Problem`] where there is none.
pub fn find_terminal<'a>(registry: &'a Registry, id: &str) -> Result<&'a Terminal, Problem> {
    registry.terminals().get(id).ok_or_else(|| unknown("user terminal", id, "/api/v1/user-terminals"))
}

fn unknown(what: &str, id: &str, list: &str) -> Problem {
    let id: String = id.chars().take(80).collect();
    Problem::new(Kind::UnknownLine, format!("there is no {what} `{id}`; {list} lists those that there are"))
}

/// Answers for a line: for its first terminal, by id, at the service address.
///
/// # Errors
/// [`Problem`] where the decisions of the time asked for cannot be laid over the map.
pub fn of_line(
    world: &World,
    now: Epoch,
    registry: &Registry,
    line: &Line,
    overrides: &Overrides,
) -> Result<EligibilityView, Problem> {
    let terminal = registry.terminals_of(&line.id).next();
    answer(world, now, registry, Some(line), terminal, Some(line.address), overrides)
}

/// Answers for a terminal where it was last.
///
/// # Errors
/// [`Problem`] where the decisions of the time asked for cannot be laid over the map.
pub fn of_terminal(
    world: &World,
    now: Epoch,
    registry: &Registry,
    terminal: &Terminal,
    overrides: &Overrides,
) -> Result<EligibilityView, Problem> {
    let line = terminal.line.as_ref().and_then(|id| registry.lines().get(id));
    answer(world, now, registry, line, Some(terminal), terminal.position, overrides)
}

fn answer(
    world: &World,
    now: Epoch,
    registry: &Registry,
    line: Option<&Line>,
    terminal: Option<&Terminal>,
    position: Option<Position>,
    overrides: &Overrides,
) -> Result<EligibilityView, Problem> {
    let time = overrides.at.unwrap_or(now);
    let moved = overrides.position.is_some();
    let known_kmh = terminal.filter(|_| !moved).map_or(0.0, |terminal| f64::from(terminal.speed_kmh));
    let asked = Asked {
        line: line.map(|line| (line, registry.plan(line))),
        terminal,
        position: overrides.position.or(position),
        speed_kmh: overrides.speed_kmh.unwrap_or(known_kmh),
        at: seconds(time),
    };
    let of_then = match &world.log {
        Some(log) if !log.holds(time) => {
            let of_then = log.activation(time, &world.ground);
            Some(of_then.map_err(|error| Problem::new(Kind::NoPlan, error.to_string()))?)
        }
        _ => None,
    };
    let activation = of_then.as_ref().unwrap_or(&world.activation);
    let found = eligibility(activation, &world.ground, &asked);
    Ok(view(world, activation, time, &asked, &found))
}

fn view(
    world: &World,
    activation: &Activation,
    time: Epoch,
    asked: &Asked<'_>,
    found: &Eligibility,
) -> EligibilityView {
    let decided =
        found.ruling.map(|ruling| (ruling.decision, &activation.decisions[usize::from(ruling.decision)]));
    let decision = decided.map(|(place, decision)| decision_view(place, decision));
    let logged = decided.and_then(|(_, decision)| decision.logged.as_ref());
    let code = found.code();
    EligibilityView {
        service_line: asked.line.map(|(line, _)| line.id.clone()),
        user_terminal: asked.terminal.map(|terminal| terminal.id.clone()),
        eligible: found.refusal.is_none(),
        code: code.number(),
        code_name: code.name(),
        cause: found.refusal.map(|refusal| refusal.name()),
        time: time.to_string(),
        place: place_view(world, asked, found),
        class: asked.line.map(|(_, plan)| plan.class.name()),
        access: found.ruling.map(|ruling| ruling.access.name()),
        speed_kmh: asked.speed_kmh,
        speed_max_kmh: found.limits.speed_max_kmh,
        rate_max_kbps: found.limits.rate_max_kbps,
        address_km: found.address_km.map(|km| (km * 10.0).round() / 10.0),
        abroad_days: found.abroad_days,
        proof: logged.map(|logged| format!("/log/{}", side::proof_path(logged.number))),
        decision,
        log: world.log.as_ref().map(|log| log.status.clone()),
        what_if: world.what_if(),
    }
}

fn place_view(world: &World, asked: &Asked<'_>, found: &Eligibility) -> Option<PlaceView> {
    let (position, cell) = (asked.position?, found.cell?);
    let territory = world.ground.territory_at(world.ground.territory_of(cell));
    Some(PlaceView {
        latitude_deg: position.latitude_deg,
        longitude_deg: position.longitude_deg,
        cell: format!("{:x}", cell_id(cell)),
        territory: territory.id.clone(),
        sea: found.sea.map_or("none", |sea| sea.name()),
    })
}

fn decision_view(place: u16, decision: &Decision) -> DecisionView {
    let logged = decision.logged.as_ref();
    let day = |date: skyshed::control::Date| format!("{date}T00:00:00Z");
    DecisionView {
        number: logged.map_or(u64::from(place) + 1, |logged| logged.number),
        territory: match &decision.scope {
            Scope::Territory(id) => Some(id.clone()),
            Scope::Everywhere | Scope::Cells(_) => None,
        },
        state: decision.state.name(),
        reason_code: logged.map(|logged| reason_word(logged.reason_code)),
        reason: decision.reason.clone(),
        since: logged.map_or_else(|| day(decision.since), |logged| logged.effective_from.to_string()),
        review_by: logged.map_or_else(|| day(decision.review), |logged| logged.review_by.to_string()),
        approvers: logged.map(|logged| logged.approvers.clone()).unwrap_or_default(),
    }
}
