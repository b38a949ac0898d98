//! Territories: what is decided about them, what is enforced here, and what others have seen.

use axum::extract::State;
use serde::Serialize;
use skyshed::ground::TerritoryIndex;
use skyshed::territories::{TerritoryRow, territory_decision};
use skyshed::why::DecisionView;
use skyshed_log::side;
use skyshed_records::ledger::{DecisionInForce, InForce, View};
use skyshed_records::record::Body;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::requests::{RequestRow, is_pending, request_row};
use super::responses::{Ambiguous, NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::paging::{Listed, Page, PageParams};
use crate::problem::Problem;
use crate::reading::Known;
use crate::service::{Current, Service, territory_problem};
use crate::words;

/// Most observations and heartbeats that are listed, the newest first.
const SEEN_MAX: usize = 100;
/// Most changes of what was in force that are listed, the newest first.
const HISTORY_MAX: usize = 1000;

/// The paths of territories.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(territories)).routes(routes!(territory))
}

/// Every territory: what may be served there and what is, by which decision.
#[utoipa::path(
    get,
    path = "/api/v1/territories",
    tag = "territories",
    params(PageParams),
    responses((status = 200, body = Listed<TerritoryRow>, description = "By id."), NotModified, Refusals)
)]
async fn territories(State(app): State<App>, ask: Ask) -> Answer {
    let [limit, cursor] = ask.query(["limit", "cursor"])?;
    let page = Page::read("territories", limit, cursor)?;
    let after = page.after().map(str::to_owned);
    app.kept(&ask, move |_, current| {
        let rows = current.territories();
        Made::json(&page.of(rows, after.as_ref(), |row| row.id.clone(), TerritoryRow::clone))
    })
    .await
}

/// All that is known of a territory. Every key is always present, null where it does not apply.
#[derive(Serialize, utoipa::ToSchema)]
struct TerritoryDetail {
    /// Start of the slot, UTC.
    time: String,
    #[serde(flatten)]
    territory: TerritoryRow,
    /// Its cells, by hash.
    zone: ZoneView,
    /// The decision that explains most of it, as it is obeyed.
    explained_by: Option<DecisionView>,
    /// What the log decides about it and about those it is part of, as of now; empty where nothing is decided; null where no log is
    /// obeyed.
    decided: Option<Vec<DecidedView>>,
    /// What this service does about it.
    enforced: EnforcedView,
    /// What others say that they have seen there, the newest first; null where no log is obeyed.
    observed: Option<Vec<ObservedView>>,
    /// Changes of what was in force, the newest first; null where no log is obeyed.
    history: Option<Vec<HistoryView>>,
    /// Requests about it that are in review or wait to take effect; null where no log is obeyed.
    pending: Option<Vec<RequestRow>>,
}

/// The exact cells of a territory.
#[derive(Serialize, utoipa::ToSchema)]
struct ZoneView {
    /// How many.
    cell_count: u64,
    /// SHA-256 of their list, on this map: what a decision must name.
    cells_sha256: String,
    /// SHA-256 of the cells that the log has for it; null where the log has no such territory or zone, or none is obeyed.
    log_cells_sha256: Option<String>,
}

/// A decision in force.
#[derive(Serialize, utoipa::ToSchema)]
struct DecidedView {
    /// The territory it is about: this one, or one that it is part of.
    territory: String,
    /// Number of the decision's record.
    decision: u64,
    /// Number of the request's record.
    request: u64,
    /// The classes of service that it is in force for.
    classes: Vec<String>,
    /// What it says, in words.
    state: String,
    /// Why, as a word of the closed list.
    reason_code: String,
    /// Why, in the words of who asked.
    reason_text: String,
    /// The law, licence or order it rests on.
    legal_basis: Option<String>,
    /// Who asked.
    requester: String,
    /// For whom.
    on_behalf_of: String,
    /// Who signed: those whose approvals made the quorum.
    signed_by: Vec<SignedView>,
    /// How many had to.
    quorum: String,
    /// Version of the policy that said so.
    policy_version: u64,
    /// From when it holds, UTC.
    effective_from: String,
    /// Until when, UTC; null for a standing decision.
    effective_until: Option<String>,
    /// When it is to be reviewed, UTC.
    review_by: String,
    /// The review date is over, and nobody has decided again.
    overdue: bool,
    /// SHA-256 of the cells that were approved.
    zone_sha256: String,
    /// Where its proof is, for anybody to verify; null where the log's folder has none yet.
    proof: Option<String>,
}

/// Someone who approved.
#[derive(Serialize, utoipa::ToSchema)]
struct SignedView {
    /// Their id.
    approver: String,
    /// Their organisation.
    organisation: String,
    /// Number of the approval's record.
    record: u64,
}

/// What this service does.
#[derive(Serialize, utoipa::ToSchema)]
struct EnforcedView {
    /// Start of the slot, UTC.
    slot_time: String,
    /// By which decisions: the log's name and size, or a policy's name.
    policy: String,
    /// `on`, `off` or `partly`.
    state: &'static str,
    /// Cells that may be served.
    cells_active: u64,
    /// Cells that are.
    cells_served: u64,
    /// The log cannot be proven, and its last proven state is kept.
    stale: bool,
    /// What enforcers put into the log about the state they apply, the newest of each; empty where no log is obeyed.
    heartbeats: Vec<HeartbeatView>,
}

/// What one enforcer says that it applies.
#[derive(Serialize, utoipa::ToSchema)]
struct HeartbeatView {
    /// Who.
    enforcer: String,
    /// Size of the log that it applies.
    log_size: u64,
    /// Number of the record.
    record: u64,
    /// When witnesses saw it, UTC.
    at: String,
}

/// What somebody saw.
#[derive(Serialize, utoipa::ToSchema)]
struct ObservedView {
    /// Who.
    by: String,
    /// There was service.
    served: bool,
    /// From when, UTC.
    from: String,
    /// Until when, UTC; null while it lasts.
    until: Option<String>,
    /// Whose data, such as `radar`, `ioda`, `probe`.
    source: String,
    /// In words, or where to look.
    description: String,
    /// Number of the record.
    record: u64,
}

/// A change of what was in force for a class.
#[derive(Serialize, utoipa::ToSchema)]
struct HistoryView {
    /// When, UTC.
    at: String,
    /// The class of service.
    class: String,
    /// Number of the decision before; null where there was none.
    from: Option<u64>,
    /// Number of the decision since; null where there is none.
    to: Option<u64>,
    /// What that decision says, in words.
    state: Option<String>,
    /// Why it changed.
    cause: &'static str,
}

/// All that is known of a territory: decided, enforced, observed; its history, and what is asked for.
#[utoipa::path(
    get,
    path = "/api/v1/territories/{id}",
    tag = "territories",
    params(("id" = String, Path, example = "TW", description = "Its id, ISO 3166-1 alpha-3 code or English name.")),
    responses((status = 200, body = TerritoryDetail, description = "The territory."), NotModified, NotFound, Ambiguous, Refusals)
)]
async fn territory(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let given = ask.last()?;
    app.kept_of_log(&ask, None, move |service, current| {
        let found = current.world.ground.find_territory(&given).map_err(territory_problem)?;
        Made::json(&detail(service, current, found)?)
    })
    .await
}

fn detail(service: &Service, current: &Current, index: TerritoryIndex) -> Result<TerritoryDetail, Problem> {
    let (world, time) = (&current.world, current.slot.plan.time);
    let territory = world.ground.territory_at(index);
    let row =
        current.territories().iter().find(|row| row.id == territory.id).expect("every territory has a row");
    let log = service.log_now(current);
    let view = log.as_ref().map(|(_, view)| &**view);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let own = view.and_then(|view| view.territory(&territory.id));
    Ok(TerritoryDetail {
        time: time.to_string(),
        zone: ZoneView {
            cell_count: u64::from(territory.cell_count),
            cells_sha256: hex(&territory.cells_sha256),
            log_cells_sha256: own
                .and_then(|own| own.zone.as_ref())
                .map(|zone| zone.zone.cells_sha256.to_string()),
        },
        explained_by: territory_decision(world, &current.slot, index),
        decided: view.map(|view| decided(service, current, view, index)),
        enforced: EnforcedView {
            slot_time: time.to_string(),
            policy: world.activation.policy.clone(),
            state: row.state,
            cells_active: row.cells_active,
            cells_served: row.cells_served,
            stale: world.log.as_ref().is_some_and(|log| log.status.stale),
            heartbeats: log.as_ref().map_or_else(Vec::new, |(known, view)| heartbeats(known, view)),
        },
        observed: log.as_ref().map(|(known, view)| observed(known, view, &territory.id)),
        history: view.map(|view| history(view, &territory.id)),
        pending: view.map(|view| {
            let about =
                view.requests().filter(|one| one.request.territory == territory.id && is_pending(one));
            about.map(|one| request_row(view, one)).collect()
        }),
        territory: row.clone(),
    })
}

/// What is in force for a territory and for those it is part of.
fn decided(service: &Service, current: &Current, view: &View, index: TerritoryIndex) -> Vec<DecidedView> {
    let ground = &current.world.ground;
    let lineage: Vec<&str> =
        ground.lineage(index).map(|index| ground.territory_at(index).id.as_str()).collect();
    let mut decided: Vec<(usize, DecidedView)> = Vec::new();
    for one in view.in_force() {
        let above = lineage.iter().position(|id| *id == one.decision.request.territory);
        decided.extend(above.map(|above| (above, decided_view(service, &one))));
    }
    decided.sort_by_key(|(above, one)| (*above, one.decision));
    decided.into_iter().map(|(_, one)| one).collect()
}

fn decided_view(service: &Service, one: &InForce) -> DecidedView {
    let decision: &DecisionInForce = &one.decision;
    let request = &decision.request;
    let signed = |approved: &skyshed_records::ledger::Approved| SignedView {
        approver: approved.approver.clone(),
        organisation: approved.organisation.clone(),
        record: approved.index,
    };
    let path = side::proof_path(decision.number);
    DecidedView {
        territory: request.territory.clone(),
        decision: decision.number,
        request: decision.request_index,
        classes: one.classes.clone(),
        state: words::state(&request.to),
        reason_code: words::word(&request.reason_code),
        reason_text: request.reason_text.clone(),
        legal_basis: request.legal_basis.clone(),
        requester: request.requester.clone(),
        on_behalf_of: request.on_behalf_of.clone(),
        signed_by: decision.approvals.iter().map(signed).collect(),
        quorum: words::quorum(decision.quorum),
        policy_version: decision.policy_version,
        effective_from: decision.effective_at.to_string(),
        effective_until: decision.effective_until.map(|until| until.to_string()),
        review_by: decision.review_by.to_string(),
        overdue: one.overdue,
        zone_sha256: request.zone.to_string(),
        proof: service.log_has(&path).then(|| format!("/log/{path}")),
    }
}

fn heartbeats(known: &Known, view: &View) -> Vec<HeartbeatView> {
    let Some(proven) = &known.proven else { return Vec::new() };
    let size = |record: u64| match proven.ledger.body(record) {
        Some(Body::Enforce(one)) => one.log_size,
        _ => 0,
    };
    let enforcers = view.enforcers().iter().take(SEEN_MAX);
    enforcers
        .map(|(enforcer, &(record, at))| HeartbeatView {
            enforcer: enforcer.clone(),
            log_size: size(record),
            record,
            at: at.to_string(),
        })
        .collect()
}

fn observed(known: &Known, view: &View, id: &str) -> Vec<ObservedView> {
    let Some(proven) = &known.proven else { return Vec::new() };
    let seen = view.observes().iter().rev().filter_map(|&record| match proven.ledger.body(record) {
        Some(Body::Observe(one)) if one.territory == id => Some(ObservedView {
            by: one.by.clone(),
            served: one.served,
            from: one.from.to_string(),
            until: one.until.map(|until| until.to_string()),
            source: one.source.clone(),
            description: one.description.clone(),
            record,
        }),
        _ => None,
    });
    seen.take(SEEN_MAX).collect()
}

fn history(view: &View, id: &str) -> Vec<HistoryView> {
    let state = |number: u64| view.decision(number).map(|decision| words::state(&decision.request.to));
    let mut changes: Vec<HistoryView> = view
        .history(id)
        .map(|change| HistoryView {
            at: change.at.to_string(),
            class: change.class.clone(),
            from: change.from,
            to: change.to,
            state: change.to.and_then(state),
            cause: change.cause.name(),
        })
        .collect();
    changes.reverse();
    changes.truncate(HISTORY_MAX);
    changes
}
