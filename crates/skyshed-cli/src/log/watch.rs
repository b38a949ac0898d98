//! `skyshed log watch`: what somebody should look at.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use skyshed_log::watch::Cadence;
use skyshed_log::{Finding, Watch};
use skyshed_records::ledger::{Overdue, View};
use skyshed_records::record::{Body, Index, Time};

use super::place::{self, Read, at};
use super::{state, words};
use crate::args::Cli;
use crate::duration::{self, Duration};
use crate::{print_json, print_text};

mod follow;

/// What `skyshed log watch` takes.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// Records from this number on are new.
    #[arg(long, value_name = "N", default_value_t = 0)]
    since: Index,
    /// How often each person who holds a key attests that there was no unlogged contact.
    #[arg(long, value_name = "TIME", default_value = "92d", value_parser = duration::parse)]
    attest_every: Duration,
    /// After how long without a heartbeat an enforcer is late.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration::parse)]
    late_after: Duration,
    /// Keep looking until Ctrl-C or a termination signal, and say what changes; with --json a line of JSON each. With
    /// --at, as if it had begun at that time.
    #[arg(long)]
    follow: bool,
    /// From one look to the next.
    #[arg(long, value_name = "TIME", default_value = "60s", requires = "follow", value_parser = follow::interval)]
    every: Duration,
    /// Remember here what was proven, so that a log that was set back or forked while nobody looked is noticed too; evidence of
    /// forks is left here.
    #[arg(long, value_name = "DIR", requires = "follow")]
    state: Option<PathBuf>,
}

/// Something to tell about, in words and for machines.
struct Told {
    what: &'static str,
    text: String,
    more: Value,
}

/// Answers `skyshed log watch`.
pub fn watch(cli: &Cli, args: &WatchArgs) -> Result<()> {
    if args.follow {
        return follow::follow(cli, args);
    }
    let read = place::read(cli)?;
    let view = read.view(at(cli))?;
    let found = args.look(&read, view.at());
    let new = new_records(&read, new_from(&read, args.since));
    let findings = told(&read, &view, &found.findings);
    if cli.world.json {
        let new: Vec<Value> =
            new.iter().map(|(index, text)| json!({ "number": index, "in_words": text })).collect();
        let findings: Vec<Value> = findings.iter().map(Told::json).collect();
        print_json(&json!({
            "log": read.proven().public.checkpoint.origin, "size": read.size(), "at": view.at(), "since": args.since,
            "new": new, "findings": findings,
        }))?;
        return read.end();
    }
    let mut text = format!("log       {}\nat        {}\n", read.line(), view.at());
    for (index, words) in &new {
        text += &format!("new       {index}: {words}\n");
    }
    for one in &findings {
        text += &one.line();
    }
    if findings.is_empty() {
        text += "nothing to look at\n";
    }
    print_text(&text)?;
    read.end()
}

impl WatchArgs {
    fn look(&self, read: &Read, at: Time) -> Watch {
        let seconds = |span: Duration| (span.micros() / 1_000_000) as i64;
        let cadence =
            Cadence { attest_max_s: seconds(self.attest_every), heartbeat_max_s: seconds(self.late_after) };
        skyshed_log::watch(&read.proven().ledger, self.since, u64::MAX, at, cadence)
    }
}

/// From the first record on, new ones would only hide what counts.
fn new_from(read: &Read, since: Index) -> Index {
    if since == 0 { read.size() } else { since }
}

/// Records from a number on, those of witnesses left out.
fn new_records(read: &Read, from: Index) -> Vec<(Index, String)> {
    let ledger = &read.proven().ledger;
    let told = |index: Index| match ledger.body(index) {
        Some(Body::Witnessed(_)) => None,
        Some(body) => Some((index, words::summary(body))),
        None => Some((index, "malformed: no record".to_owned())),
    };
    (from..ledger.size()).filter_map(told).collect()
}

/// Findings in the order in which people read them: flags last.
fn told(read: &Read, view: &View, findings: &[Finding]) -> Vec<Told> {
    let is_flag = |one: &&Finding| matches!(one, Finding::Flagged { .. });
    let (flags, others): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(is_flag);
    others.into_iter().chain(flags).map(|one| tell(read, view, one)).collect()
}

fn tell(read: &Read, view: &View, finding: &Finding) -> Told {
    match finding {
        Finding::Flagged { index, at, code, reason } => Told {
            what: "flagged",
            text: format!("record {index}: {reason} ({code})"),
            more: json!({ "record": index, "at": at, "code": code, "reason": reason }),
        },
        Finding::DecisionMissing { request, quorum_at } => Told {
            what: "withheld",
            text: format!("request {request} has its quorum since {quorum_at}, but no decision record"),
            more: json!({ "request": request, "quorum_at": quorum_at }),
        },
        Finding::ReviewOverdue { decision, territory, review_by } => {
            let (decision, territory) = (*decision, territory.clone());
            overdue(&Overdue::Review { decision, territory, review_by: *review_by })
        }
        Finding::ContactUnopened { index, open_by } => {
            overdue(&Overdue::Contact { index: *index, open_by: *open_by })
        }
        Finding::AttestationMissing { principal, attested_until } => attestation(principal, *attested_until),
        Finding::EnforcerLate { enforcer, .. } => late(enforcer, view.enforcers().get(enforcer).copied()),
        Finding::ObservedOtherwise { index, territory, since, served, .. } => {
            observed(read, *index, territory, *since, *served)
        }
    }
}

fn overdue(one: &Overdue) -> Told {
    Told { what: "overdue", text: state::overdue(one), more: state::overdue_json(one) }
}

fn attestation(id: &str, last: Option<Time>) -> Told {
    let since = last.map_or("never did so far".to_owned(), |last| format!("last for the time until {last}"));
    Told {
        what: "attest",
        text: format!("{id} has not attested that there was no unlogged contact: {since}"),
        more: json!({ "principal": id, "last_until": last }),
    }
}

fn late(id: &str, last: Option<(Index, Time)>) -> Told {
    let since = last.map_or("no heartbeat so far".to_owned(), |(index, at)| {
        format!("last heartbeat {at}, record {index}")
    });
    Told {
        what: "late",
        text: format!("enforcer {id}: {since}"),
        more: json!({ "enforcer": id, "record": last.map(|last| last.0), "at": last.map(|last| last.1) }),
    }
}

fn observed(read: &Read, index: Index, territory: &str, since: Time, served: bool) -> Told {
    let (seen, decided) = if served { ("service", "off") } else { ("no service", "on") };
    let (source, description, until) = match read.proven().ledger.body(index) {
        Some(Body::Observe(one)) => (one.source.as_str(), one.description.as_str(), one.until),
        _ => ("?", "", None),
    };
    Told {
        what: "observed",
        text: format!(
            "record {index}: {source} saw {seen} in {territory} at {since}, where it was decided {decided}: {description}"
        ),
        more: json!({ "record": index, "territory": territory, "served": served, "from": since, "until": until }),
    }
}

impl Told {
    fn line(&self) -> String {
        format!("{:<9} {}\n", self.what.replace('_', " "), self.text)
    }

    fn json(&self) -> Value {
        let mut value = json!({ "finding": self.what, "in_words": self.text });
        if let (Some(value), Some(more)) = (value.as_object_mut(), self.more.as_object()) {
            more.iter().for_each(|(name, one)| drop(value.insert(name.clone(), one.clone())));
        }
        value
    }
}
