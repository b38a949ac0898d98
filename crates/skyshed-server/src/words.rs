//! Records, states and what became of them, in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use skyshed::control::Class;
use skyshed_log::LogLedger;
use skyshed_records::ledger::{Flag, InForce, RequestInLog, Status, View};
use skyshed_records::record::*;
use skyshed_records::rules::is_quorum;

/// A name that serde gives a variant without fields.
pub fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `on`, `limited to 500 kbit/s`, `only terminals on a list`.
pub fn state(state: &State) -> String {
    match state {
        State::On => "on".into(),
        State::Off => "off".into(),
        State::Listed { merkle_root } => format!("listed: only terminals on list {}", short(merkle_root)),
        State::Individual => "individual: only terminals approved one by one".into(),
        State::EmergencyOnly => "emergency only".into(),
        State::TransitOnly => "transit only".into(),
        State::Limited { max_speed_kmh, max_kbps } => {
            let speed = max_speed_kmh.map(|kmh| format!("{kmh} km/h"));
            let rate = max_kbps.map(|kbps| format!("{kbps} kbit/s"));
            let limits: Vec<String> = speed.into_iter().chain(rate).collect();
            format!("limited to {}", limits.join(" and "))
        }
    }
}

/// `consumer, roam`, or `all classes`.
pub fn classes(classes: &[String]) -> String {
    if classes.len() == Class::ALL.len() { "all classes".to_owned() } else { classes.join(", ") }
}

/// The first digits of a hash.
pub fn short(digest: &Digest) -> String {
    digest.to_string()[..12].to_owned()
}

/// `3 persons of 3 organisations`.
pub fn quorum(quorum: Quorum) -> String {
    let plural = |n: u32, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    format!("{} of {}", plural(quorum.persons, "person"), plural(quorum.organisations, "organisation"))
}

/// `request: DEMO consumer, roam to off (sanctions)`.
pub fn summary(body: &Body) -> String {
    match body {
        Body::Territory(one) => format!("territory {}: {} ({})", one.id, one.name, word(&one.kind)),
        Body::Zone(one) => {
            format!("zone of {}: {} cells, {}", one.territory, one.cell_count, short(&one.cells_sha256))
        }
        Body::Policy(one) => format!("policy version {}: {} principals", one.version, one.principals.len()),
        Body::Request(one) => request(one),
        Body::Preview(one) => format!("preview {} by {}", short(&one.preview_sha256), one.engine),
        Body::Approval(one) => {
            let which = match one.requests.as_slice() {
                few if few.len() <= FEW => few.iter().map(short).collect::<Vec<_>>().join(", "),
                many => format!("{} of them", many.len()),
            };
            format!("{}: {} request {which}", one.approver, verdict(one.verdict))
        }
        Body::Cancel(one) => format!("{}: stops {} ({})", one.canceller, short(&one.target), one.reason_text),
        Body::Decision(one) => {
            format!("decision on request {}, effective from {}", one.request_index, one.effective_from)
        }
        Body::Contact(one) => contact(one),
        Body::Attest(one) => format!("{}: no unlogged contact from {} to {}", one.by, one.from, one.until),
        Body::Observe(one) => {
            let served = if one.served { "service" } else { "no service" };
            format!("{}: {served} seen in {} from {} ({})", one.by, one.territory, one.from, one.source)
        }
        Body::Enforce(one) => format!("{}: applies the log of size {}", one.enforcer, one.log_size),
        Body::KeyEvent(one) => format!("key of {}: {}", one.principal, word(&one.event)),
        Body::Witnessed(one) => {
            let size = one.checkpoint.lines().nth(1).unwrap_or("?");
            format!("witnessed: the log at size {size}, as its witnesses saw it")
        }
    }
}

/// `DEMO: consumer, roam to off (sanctions), asked by desk@operator`.
pub fn request(one: &Request) -> String {
    let quick = if one.emergency { "emergency: " } else { "" };
    format!(
        "{quick}{} {} to {} ({}), asked by {}",
        one.territory,
        classes(&one.classes),
        state(&one.to),
        word(&one.reason_code),
        one.requester
    )
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "approves",
        Verdict::Reject => "rejects",
        Verdict::Recuse => "recuses from",
    }
}

fn contact(contact: &Contact) -> String {
    let told = |one: &ContactBody| {
        format!(
            "{} ({}) asked to {} {}",
            one.who,
            one.office,
            word(&one.ask).replace('_', " "),
            one.territory
        )
    };
    match contact {
        Contact::Open { contact } => format!("contact: {}", told(contact)),
        Contact::Sealed { sealed, open_by } => {
            format!("sealed contact {}, to be opened by {open_by}", short(sealed))
        }
        Contact::Opened { opens, contact, .. } => format!("opens contact {opens}: {}", told(contact)),
    }
}

/// Where a request stands, what it waits for and until when.
pub fn standing(view: &View, one: &RequestInLog) -> String {
    match one.status {
        Status::InReview => in_review(view, one),
        Status::Waiting => waiting(one),
        Status::Effective => {
            let expires = one.request.expires.map(|at| format!(", expires {at}")).unwrap_or_default();
            format!("effective since {}{expires}, review by {}", one.since, one.request.review_by)
        }
        Status::Lapsed => format!("lapsed at {}: no quorum in time", one.since),
        Status::Rejected => format!("rejected at {}: the quorum cannot be reached any more", one.since),
        Status::Cancelled => format!("cancelled at {}", one.since),
        Status::Superseded => format!("superseded at {}", one.since),
        Status::Expired => format!("expired at {}", one.since),
    }
}

/// What it takes for a request in review, by the policy in force; none where none is.
pub fn quorum_needed(view: &View, one: &RequestInLog) -> Option<Quorum> {
    let rule = view.policy()?.rule(&one.request.territory);
    let quick = rule.emergency.as_ref().filter(|_| one.request.emergency && !one.renewal);
    Some(quick.map_or(rule.quorum, |emergency| emergency.quorum))
}

fn in_review(view: &View, one: &RequestInLog) -> String {
    let (Some(policy), Some(needed)) = (view.policy(), quorum_needed(view, one)) else {
        return "in review".into();
    };
    let by = |verdict| {
        one.verdicts.iter().filter(move |(_, said)| said.verdict == verdict).map(|(id, _)| id.as_str())
    };
    let approved: Vec<&str> = by(Verdict::Approve).collect();
    let against: Vec<&str> = by(Verdict::Reject).chain(by(Verdict::Recuse)).collect();
    let so_far = if approved.is_empty() { "nobody yet".to_owned() } else { approved.join(", ") };
    let against = if against.is_empty() { String::new() } else { format!(", not by {}", against.join(", ")) };
    let met = is_quorum(&policy.policy, needed, Role::Approver, approved.iter().copied());
    let met = if met { " (enough once it is looked at again)" } else { "" };
    format!(
        "in review until {}: needs {} other than {}; approved by {so_far}{met}{against}",
        one.lapses,
        quorum(needed),
        one.request.requester
    )
}

fn waiting(one: &RequestInLog) -> String {
    let Some(reached) = &one.quorum else { return "waiting".into() };
    let by: Vec<&str> = reached.approved.iter().map(|one| one.approver.as_str()).collect();
    let decision = match reached.number {
        Some(number) => format!("decision {number}"),
        None => "its decision record is not in the log yet".into(),
    };
    let at = reached.effective_at.unwrap_or(reached.decision.effective_from);
    format!(
        "waiting until {at}, when it takes effect ({decision}); approved by {}; any one canceller can stop it",
        by.join(", ")
    )
}

/// What became of a record that was appended just now: two or three lines.
pub fn fate(ledger: &LogLedger, view: &View, index: Index) -> String {
    let Some(body) = ledger.body(index) else { return format!("record {index}\n") };
    let mut text = format!("record    {index}: {}\n", summary(body));
    for line in status(ledger, view, index) {
        let _ = writeln!(text, "          {line}");
    }
    text
}

/// The same for machines.
pub fn fate_json(ledger: &LogLedger, view: &View, index: Index) -> Value {
    let body = ledger.body(index);
    let related: Vec<Value> =
        requests_of(view, ledger, index).iter().map(|one| request_json(view, one)).collect();
    json!({
        "number": index,
        "type": body.map(Body::type_name),
        "body_sha256": ledger.body_sha256(index),
        "summary": body.map(summary),
        "status": status(ledger, view, index),
        "requests": related,
    })
}

/// What became of a record, line by line.
pub fn status(ledger: &LogLedger, view: &View, index: Index) -> Vec<String> {
    let mut lines = Vec::new();
    if index >= view.covered() && !matches!(ledger.body(index), Some(Body::Witnessed(_))) {
        lines.push("no effect yet: too few witnesses have seen it".to_owned());
    }
    let requests = requests_of(view, ledger, index);
    lines.extend(about(view, &requests));
    if let Some(Body::Decision(_)) = ledger.body(index) {
        lines.extend(in_force_line(view, index));
    }
    let waits = view.policies_waiting().find(|one| one.index == index);
    lines.extend(
        waits.map(|one| {
            format!("the policy waits until {}; any one canceller can stop it", one.effective_from)
        }),
    );
    if let Some(policy) = view.policy().filter(|policy| policy.index == index) {
        lines.push(format!("the policy is in force since {}", policy.since));
    }
    lines.extend(flags(view, index).map(|flag| format!("flagged: {} ({})", flag.reason, flag.reason.code())));
    lines
}

/// Where requests stand: each, or, of many, how many stand where.
fn about(view: &View, requests: &[&RequestInLog]) -> Vec<String> {
    if requests.len() <= FEW {
        return requests
            .iter()
            .map(|one| format!("request {} is {}", one.index, standing(view, one)))
            .collect();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    requests.iter().for_each(|one| *counts.entry(one.status.name()).or_default() += 1);
    counts
        .into_iter()
        .map(|(status, count)| format!("{count} of these requests are {}", status.replace('_', " ")))
        .collect()
}

/// Flags of a record.
pub fn flags(view: &View, index: Index) -> impl Iterator<Item = &Flag> {
    view.flags().iter().filter(move |flag| flag.index == index)
}

fn in_force_line(view: &View, number: Index) -> Option<String> {
    let one = view.in_force().into_iter().find(|one| one.decision.number == number)?;
    Some(format!("in force for {}: {}", classes(&one.classes), state(&one.decision.request.to)))
}

/// The requests that a record is, or is about.
pub fn requests_of<'a>(view: &'a View, ledger: &LogLedger, index: Index) -> Vec<&'a RequestInLog> {
    match ledger.body(index) {
        Some(Body::Request(_)) => view.request(index).into_iter().collect(),
        Some(Body::Approval(one)) => one.requests.iter().filter_map(|hash| view.request_of(hash)).collect(),
        Some(Body::Cancel(one)) => view.request_of(&one.target).into_iter().collect(),
        Some(Body::Decision(one)) => view.request(one.request_index).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Where a request stands, for machines.
pub fn request_json(view: &View, one: &RequestInLog) -> Value {
    let verdicts: Vec<Value> = one
        .verdicts
        .iter()
        .map(|(id, said)| json!({ "approver": id, "verdict": said.verdict, "record": said.index, "at": said.at }))
        .collect();
    let reached = one.quorum.as_ref();
    json!({
        "request": one.index,
        "request_sha256": one.sha256,
        "territory": one.request.territory,
        "classes": one.request.classes,
        "to": one.request.to,
        "status": one.status.name(),
        "since": one.since,
        "witnessed_at": one.at,
        "lapses": one.lapses,
        "verdicts": verdicts,
        "decision": reached.and_then(|reached| reached.number),
        "quorum_at": reached.map(|reached| reached.decision.quorum_at),
        "effective_from": reached.map(|reached| reached.effective_at.unwrap_or(reached.decision.effective_from)),
        "in_words": standing(view, one),
    })
}

/// A decision in force, for machines.
pub fn in_force_json(one: &InForce) -> Value {
    let decision = &one.decision;
    let approvals: Vec<Value> = decision
        .approvals
        .iter()
        .map(|said| json!({ "approver": said.approver, "organisation": said.organisation, "record": said.index }))
        .collect();
    json!({
        "decision": decision.number,
        "request": decision.request_index,
        "territory": decision.request.territory,
        "zone": decision.request.zone,
        "classes": one.classes,
        "to": decision.request.to,
        "reason_code": decision.request.reason_code,
        "reason_text": decision.request.reason_text,
        "legal_basis": decision.request.legal_basis,
        "requester": decision.request.requester,
        "on_behalf_of": decision.request.on_behalf_of,
        "approvals": approvals,
        "quorum": decision.quorum,
        "policy_version": decision.policy_version,
        "effective_from": decision.effective_at,
        "effective_until": decision.effective_until,
        "review_by": decision.review_by,
        "overdue": one.overdue,
    })
}

/// More requests than these are counted, not listed.
const FEW: usize = 4;
