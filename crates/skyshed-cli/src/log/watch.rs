//! `skyshed log watch`: what somebody should look at.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use skyshed_records::ledger::View;
use skyshed_records::record::{Body, Index, Observe, Role, State, Time};

use super::place::{self, Read, at};
use super::{audit, state, words};
use crate::args::Cli;
use crate::duration::{self, Duration};
use crate::{print_json, print_text};

/// What `skyshed log watch` takes.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Records from this number on are new.
    #[arg(long, value_name = "N", default_value_t = 0)]
    since: Index,
    /// How often each approver and requester attests that there was no unlogged contact.
    #[arg(long, value_name = "TIME", default_value = "92d", value_parser = duration::parse)]
    attest_every: Duration,
    /// After how long without a heartbeat an enforcer is late.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration::parse)]
    late_after: Duration,
}

/// One thing to look at.
struct Finding {
    what: &'static str,
    text: String,
    more: Value,
}

/// Answers `skyshed log watch`.
pub fn watch(cli: &Cli, args: &WatchArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.view(at(cli))?;
    let new = new_records(&read, args.since);
    let findings = findings(&read, &view, args);
    if cli.world.json {
        let new: Vec<Value> =
            new.iter().map(|(index, text)| json!({ "number": index, "in_words": text })).collect();
        let found: Vec<Value> = findings.iter().map(Finding::json).collect();
        print_json(&json!({
            "log": read.proven().public.checkpoint.origin, "size": read.size(), "at": view.at(), "since": args.since,
            "new": new, "findings": found,
        }))?;
        return read.end();
    }
    let mut text = format!("log       {}\nat        {}\n", read.line(), view.at());
    for (index, words) in &new {
        text += &format!("new       {index}: {words}\n");
    }
    for one in &findings {
        text += &format!("{:<9} {}\n", one.what.replace('_', " "), one.text);
    }
    if findings.is_empty() {
        text += "nothing to look at\n";
    }
    print_text(&text)?;
    read.end()
}

/// Records from a number on, those of witnesses left out. From the first on, they would only hide what counts.
fn new_records(read: &Read, since: Index) -> Vec<(Index, String)> {
    let ledger = &read.proven().ledger;
    let from = if since == 0 { ledger.size() } else { since };
    let told = |index: Index| match ledger.body(index) {
        Some(Body::Witnessed(_)) => None,
        Some(body) => Some((index, words::summary(body))),
        None => Some((index, "malformed: no record".to_owned())),
    };
    (from..ledger.size()).filter_map(told).collect()
}

fn findings(read: &Read, view: &View, args: &WatchArgs) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    found.extend(view.overdue().iter().map(|one| Finding {
        what: "overdue",
        text: state::overdue(one),
        more: state::overdue_json(one),
    }));
    found.extend(withheld(view));
    found.extend(attestations(read, view, seconds(args.attest_every)));
    found.extend(enforcers(view, seconds(args.late_after)));
    found.extend(observations(read, view));
    found.extend(view.flags().iter().filter(|flag| flag.index >= args.since).map(|flag| Finding {
        what: "flagged",
        text: format!("record {}: {} ({})", flag.index, flag.reason, flag.reason.code()),
        more: audit::flag_json(flag),
    }));
    found
}

fn seconds(span: Duration) -> i64 {
    (span.micros() / 1_000_000) as i64
}

/// Requests with their quorum whose decision record is not there.
fn withheld(view: &View) -> Vec<Finding> {
    let told = |one: skyshed_records::record::Decision| Finding {
        what: "withheld",
        text: format!(
            "request {} has its quorum since {}, but no decision record",
            one.request_index, one.quorum_at
        ),
        more: json!({ "request": one.request_index, "quorum_at": one.quorum_at }),
    };
    view.due().into_iter().map(told).collect()
}

/// Those who ask and approve, and have not attested for the time up to now.
fn attestations(read: &Read, view: &View, every_s: i64) -> Vec<Finding> {
    let Some(policy) = view.policy() else { return Vec::new() };
    let mut until: BTreeMap<&str, Time> = BTreeMap::new();
    for &index in view.attests() {
        if let Some(Body::Attest(one)) = read.proven().ledger.body(index) {
            let last = until.entry(&one.by).or_insert(one.until);
            *last = (*last).max(one.until);
        }
    }
    let due = |id: &str| until.get(id).is_none_or(|last| last.0 + every_s < view.at().0);
    let holds = |roles: &[Role]| roles.iter().any(|role| matches!(role, Role::Approver | Role::Requester));
    let late = policy.policy.principals.iter().filter(|(id, one)| holds(&one.roles) && due(id));
    late.map(|(id, _)| {
        let last = until.get(id.as_str());
        let since =
            last.map_or("never did so far".to_owned(), |last| format!("last for the time until {last}"));
        Finding {
            what: "attest",
            text: format!("{id} has not attested that there was no unlogged contact: {since}"),
            more: json!({ "principal": id, "last_until": last }),
        }
    })
    .collect()
}

/// Enforcers of the policy whose last heartbeat is too old, or that never had one.
fn enforcers(view: &View, late_after_s: i64) -> Vec<Finding> {
    let Some(policy) = view.policy() else { return Vec::new() };
    let ids = policy
        .policy
        .principals
        .iter()
        .filter(|(_, one)| one.roles.contains(&Role::Enforcer))
        .map(|(id, _)| id);
    let late = ids.filter_map(|id| match view.enforcers().get(id) {
        Some((_, last)) if last.0 + late_after_s >= view.at().0 => None,
        last => Some((id, last)),
    });
    late.map(|(id, last)| {
        let since = last.map_or("no heartbeat so far".to_owned(), |(index, at)| {
            format!("last heartbeat {at}, record {index}")
        });
        Finding {
            what: "late",
            text: format!("enforcer {id}: {since}"),
            more: json!({ "enforcer": id, "record": last.map(|last| last.0), "at": last.map(|last| last.1) }),
        }
    })
    .collect()
}

/// Measurements that say otherwise than what was decided at their time.
fn observations(read: &Read, view: &View) -> Vec<Finding> {
    let ledger = &read.proven().ledger;
    let differs = |&index: &Index| match ledger.body(index) {
        Some(Body::Observe(one)) => {
            let then = ledger.at(one.until.unwrap_or(view.at()).min(view.at()).max(one.from));
            (decided_on(&then, &one.territory) != one.served).then(|| observed(index, one))
        }
        _ => None,
    };
    view.observes().iter().filter_map(differs).collect()
}

/// Whether anybody at all may be served.
fn decided_on(view: &View, territory: &str) -> bool {
    let mut standings = view.standings(territory);
    standings.any(|(_, standing)| standing.decision.is_some_and(|one| one.request.to != State::Off))
}

fn observed(index: Index, one: &Observe) -> Finding {
    let (seen, decided) = if one.served { ("service", "off") } else { ("no service", "on") };
    Finding {
        what: "observed",
        text: format!(
            "record {index}: {} saw {seen} in {} from {}, where it was decided {decided}: {}",
            one.source, one.territory, one.from, one.description
        ),
        more: json!({ "record": index, "territory": one.territory, "served": one.served, "from": one.from, "until": one.until }),
    }
}

impl Finding {
    fn json(&self) -> Value {
        let mut value = json!({ "finding": self.what, "in_words": self.text });
        if let (Some(value), Some(more)) = (value.as_object_mut(), self.more.as_object()) {
            more.iter().for_each(|(name, one)| drop(value.insert(name.clone(), one.clone())));
        }
        value
    }
}
