//! Says what is in force at a time.

use serde_json::{Value, json};
use skyshed_records::ledger::{InForce, View};
use skyshed_records::record::Time;
use skyshed_tlog::{Policy, ReadFiles};

use crate::log::Audited;
use crate::{Answer, Failure};

/// What is in force at a time, in all territories or one, by the whole log.
///
/// # Errors
/// As [`crate::log`], and code 6 where the log has no such territory.
pub fn state(
    files: &impl ReadFiles,
    policy: &Policy,
    at: Time,
    territory: Option<&str>,
) -> Result<Answer, Failure> {
    let audited = Audited::new(files, policy)?;
    let view = audited.ledger.at(at);
    let in_force = view.in_force();
    let ids: Vec<&str> = view.territories().map(|one| one.territory.id.as_str()).collect();
    if let Some(wanted) = territory.filter(|wanted| !ids.contains(wanted)) {
        return Err(Failure::new(
            6,
            format!("the log has no territory {wanted:?} at {at}; it has {} by then", ids.len()),
        ));
    }
    let wanted = ids.into_iter().filter(|id| territory.is_none_or(|wanted| wanted == *id));
    let told: Vec<(String, Value)> = wanted.flat_map(|id| territory_state(&view, &in_force, id)).collect();
    let json = json!({
        "at": at.to_string(), "size": view.size(), "witnessed_at": view.witnessed_at().to_string(),
        "territories": told.iter().map(|(_, json)| json).collect::<Vec<_>>(),
    });
    let text = told.into_iter().map(|(text, _)| text).collect::<String>();
    Ok(Answer { text: format!("at {at}, by {} records\n{text}", view.size()), json })
}

/// A line per decision in force; one that says so where there is none.
fn territory_state(view: &View, in_force: &[InForce], id: &str) -> Vec<(String, Value)> {
    let own: Vec<&InForce> = in_force.iter().filter(|one| one.decision.request.territory == id).collect();
    if own.is_empty() {
        let json = json!({"territory": id, "state": "off", "decision": null, "reason": "no decision"});
        return vec![(format!("{id}  off  no decision at {}\n", view.at()), json)];
    }
    own.into_iter().map(|one| decision_state(id, one)).collect()
}

fn decision_state(id: &str, one: &InForce) -> (String, Value) {
    let (decision, request) = (&one.decision, &one.decision.request);
    let state = serde_json::to_value(&request.to).unwrap_or_default();
    let name = state["state"].as_str().unwrap_or_default().to_owned();
    let approvers: Vec<&str> = decision.approvals.iter().map(|one| one.approver.as_str()).collect();
    let overdue = if one.overdue { " OVERDUE" } else { "" };
    let until = decision.effective_until.map(|until| format!(" until {until}")).unwrap_or_default();
    let text = format!(
        "{id}  {name}  {}  decision {} since {}{until}, review by {}{overdue}: {}\n",
        one.classes.join(","),
        decision.number,
        decision.effective_at,
        decision.review_by,
        request.reason_text
    );
    let json = json!({
        "territory": id, "state": state, "classes": one.classes, "decision": decision.number, "reason": request.reason_text,
        "approvers": approvers, "effective_from": decision.effective_at.to_string(),
        "effective_until": decision.effective_until.map(|until| until.to_string()),
        "review_by": decision.review_by.to_string(), "overdue": one.overdue,
    });
    (text, json)
}
