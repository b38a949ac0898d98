//! Requests: what is asked for, who approved, what is still missing.

use std::collections::BTreeSet;

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use skyshed_records::ledger::{RequestInLog, Status, View};
use skyshed_records::record::{Body, Role, Verdict};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::{Ask, Made};
use super::responses::{NotFound, NotModified, Refusals};
use super::{Answer, App};
use crate::paging::{Listed, Page, PageParams};
use crate::problem::{Kind, Problem};
use crate::reading::Known;
use crate::service::Service;
use crate::words;

/// The paths of requests that are read.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(requests)).routes(routes!(request))
}

/// A request and where it stands. Every key is always present, null where it does not apply.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct RequestRow {
    /// Number of its record.
    request: u64,
    /// SHA-256 of its body: what approvals name.
    request_sha256: String,
    /// Id of the territory.
    territory: String,
    /// The classes of service it is about.
    classes: Vec<String>,
    /// What it asks for, in words.
    to: String,
    /// Why, as a word of the closed list.
    reason_code: String,
    /// Why, in words.
    reason_text: String,
    /// Who asks.
    requester: String,
    /// By the quick path.
    emergency: bool,
    /// `in_review`, `waiting`, `effective`, `lapsed`, `rejected`, `cancelled`, `superseded` or `expired`.
    status: &'static str,
    /// Since when, UTC.
    since: String,
    /// When witnesses saw it, UTC.
    witnessed_at: String,
    /// When it lapses without a quorum, UTC.
    lapses: String,
    /// When it takes or took effect, UTC; null without a quorum.
    effective_from: Option<String>,
    /// Number of the decision that came of it.
    decision: Option<u64>,
    /// Where it stands, in a sentence.
    in_words: String,
}

/// A request with all that is known of it. Every key is always present, null where it does not apply.
#[derive(Serialize, utoipa::ToSchema)]
struct RequestDetail {
    #[serde(flatten)]
    request: RequestRow,
    /// What it says, as it was signed.
    #[schema(value_type = Object)]
    body: Value,
    /// SHA-256 of the preview that it was asked with; null where it names none.
    preview_sha256: Option<String>,
    /// Everybody's last word.
    approvals: Vec<VerdictView>,
    /// What it takes, by the policy in force; null where it is no longer in review.
    needed: Option<NeededView>,
}

/// One word on a request.
#[derive(Serialize, utoipa::ToSchema)]
struct VerdictView {
    /// Who.
    approver: String,
    /// Their organisation, by the policy in force; null where it does not name them any more.
    organisation: Option<String>,
    /// `approve`, `reject` or `recuse`.
    verdict: String,
    /// Number of the approval's record.
    record: u64,
    /// When witnesses saw it, UTC.
    at: String,
}

/// What a request in review still takes.
#[derive(Serialize, utoipa::ToSchema)]
struct NeededView {
    /// Persons who must approve.
    persons: u32,
    /// Organisations they must be of.
    organisations: u32,
    /// Persons who are missing.
    persons_missing: u32,
    /// Organisations that are missing.
    organisations_missing: u32,
    /// Approvers who have not said anything yet and may.
    may_approve: Vec<String>,
    /// Any one of these can stop it.
    may_cancel: Vec<String>,
}

/// Every request, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/requests",
    tag = "requests",
    params(
        ("state" = Option<String>, Query, example = "in_review", description = "Only those that stand so: `in_review`, `waiting`, `effective`, `lapsed`, `rejected`, `cancelled`, `superseded` or `expired`."),
        PageParams
    ),
    responses((status = 200, body = Listed<RequestRow>, description = "As of now; empty where no log is obeyed."), NotModified, Refusals)
)]
async fn requests(State(app): State<App>, ask: Ask) -> Answer {
    let [state, limit, cursor] = ask.query(["state", "limit", "cursor"])?;
    let page = Page::read("requests", limit, cursor)?;
    let after = page.after_number()?.map(Newest);
    if let Some(given) = state.as_deref().filter(|given| !STATES.contains(given)) {
        let detail = format!("`state` is `{given}`; allowed: {}; leave it out for all", STATES.join(", "));
        return Err(Problem::new(Kind::BadValue, detail));
    }
    app.kept_of_log(&ask, None, move |service, current| {
        let Some((_, view)) = service.log_now(current) else {
            return Made::json(&Listed::<RequestRow>::empty());
        };
        let wanted = |one: &&RequestInLog| state.as_deref().is_none_or(|state| state == one.status.name());
        let mut found: Vec<&RequestInLog> = view.requests().filter(wanted).collect();
        found.reverse();
        Made::json(&page.of(&found, after.as_ref(), |one| Newest(one.index), |one| request_row(&view, one)))
    })
    .await
}

const STATES: [&str; 8] =
    ["in_review", "waiting", "effective", "lapsed", "rejected", "cancelled", "superseded", "expired"];

/// Records by falling number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Newest(pub u64);

impl Ord for Newest {
    fn cmp(&self, other: &Newest) -> std::cmp::Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for Newest {
    fn partial_cmp(&self, other: &Newest) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Newest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One request: what it says, who approved, what is still missing.
#[utoipa::path(
    get,
    path = "/api/v1/requests/{number}",
    tag = "requests",
    params(("number" = u64, Path, description = "Number of its record.")),
    responses((status = 200, body = RequestDetail, description = "As of now."), NotModified, NotFound, Refusals)
)]
async fn request(State(app): State<App>, ask: Ask) -> Answer {
    ask.query([])?;
    let given = ask.last()?;
    app.kept_of_log(&ask, None, move |service, current| {
        let (known, view) = service.log_now(current).ok_or_else(|| no_request(service, &given))?;
        let number = given.parse().map_err(|_| no_request(service, &given))?;
        let one = view.request(number).ok_or_else(|| no_request(service, &given))?;
        Made::json(&detail(&known, &view, one))
    })
    .await
}

fn no_request(service: &Service, given: &str) -> Problem {
    let detail = match service.log_files() {
        Some(_) => {
            format!("no record `{given}` of the log is a request that counts; /api/v1/requests lists all")
        }
        None => {
            "no log is obeyed here, so there are no requests; start the service with --log DIR".to_owned()
        }
    };
    Problem::new(Kind::UnknownRecord, detail)
}

/// A request that may still take effect.
pub fn is_pending(one: &RequestInLog) -> bool {
    matches!(one.status, Status::InReview | Status::Waiting)
}

/// A request as it is listed.
pub fn request_row(view: &View, one: &RequestInLog) -> RequestRow {
    let reached = one.quorum.as_ref();
    RequestRow {
        request: one.index,
        request_sha256: one.sha256.to_string(),
        territory: one.request.territory.clone(),
        classes: one.request.classes.clone(),
        to: words::state(&one.request.to),
        reason_code: words::word(&one.request.reason_code),
        reason_text: one.request.reason_text.clone(),
        requester: one.request.requester.clone(),
        emergency: one.request.emergency,
        status: one.status.name(),
        since: one.since.to_string(),
        witnessed_at: one.at.to_string(),
        lapses: one.lapses.to_string(),
        effective_from: reached
            .map(|reached| reached.effective_at.unwrap_or(reached.decision.effective_from).to_string()),
        decision: reached.and_then(|reached| reached.number),
        in_words: words::standing(view, one),
    }
}

fn detail(known: &Known, view: &View, one: &RequestInLog) -> RequestDetail {
    let body = known.proven.as_ref().and_then(|proven| proven.ledger.body(one.index)).map(Body::to_json);
    let organisation = |id: &str| Some(view.policy()?.policy.principals.get(id)?.organisation.clone());
    RequestDetail {
        request: request_row(view, one),
        body: body.unwrap_or_default(),
        preview_sha256: one.request.preview_sha256.map(|hash| hash.to_string()),
        approvals: one
            .verdicts
            .iter()
            .map(|(id, said)| VerdictView {
                approver: id.clone(),
                organisation: organisation(id),
                verdict: words::word(&said.verdict),
                record: said.index,
                at: said.at.to_string(),
            })
            .collect(),
        needed: needed(view, one),
    }
}

fn needed(view: &View, one: &RequestInLog) -> Option<NeededView> {
    let policy = view.policy().filter(|_| one.status == Status::InReview)?;
    let quorum = words::quorum_needed(view, one)?;
    let of_role = |role| policy.policy.principals.iter().filter(move |(_, one)| one.roles.contains(&role));
    let approved = |id: &str| one.verdicts.get(id).is_some_and(|said| said.verdict == Verdict::Approve);
    let approving: Vec<&str> = of_role(Role::Approver)
        .filter(|(id, _)| approved(id))
        .map(|(_, principal)| principal.organisation.as_str())
        .collect();
    let organisations: BTreeSet<&str> = approving.iter().copied().collect();
    let silent = |id: &str| !one.verdicts.contains_key(id) && id != one.request.requester;
    let ids = |role| of_role(role).map(|(id, _)| id.clone());
    Some(NeededView {
        persons: quorum.persons,
        organisations: quorum.organisations,
        persons_missing: quorum.persons.saturating_sub(approving.len() as u32),
        organisations_missing: quorum.organisations.saturating_sub(organisations.len() as u32),
        may_approve: ids(Role::Approver).filter(|id| silent(id)).collect(),
        may_cancel: ids(Role::Canceller).collect(),
    })
}
