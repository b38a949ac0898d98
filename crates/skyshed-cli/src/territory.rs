//! `skyshed territory`: what the log says of territories.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use skyshed::page::{Layout, Page, Text, caution, strong};
use skyshed_records::ledger::{InForce, TerritoryInLog, View};

use crate::args::Cli;
use crate::exit::not_found;
use crate::log::place::{self, Read, at};
use crate::log::{LABEL_WIDTH, state, words};
use crate::print_json;
use crate::screen::print_page;

/// What `skyshed territory` takes.
#[derive(Debug, Args)]
pub struct TerritoryArgs {
    #[command(subcommand)]
    task: TerritoryTask,
}

#[derive(Debug, Subcommand)]
enum TerritoryTask {
    /// Every territory in the log: state, reason, decision, date of review.
    List,
    /// One territory: what is decided, by whom, why, until when, and what is asked for.
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Its id, name or a label of it, such as TW or Taiwan.
    #[arg(value_name = "TERRITORY")]
    territory: String,
}

/// Answers `skyshed territory`.
pub fn run(cli: &Cli, args: &TerritoryArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.view(at(cli))?;
    match &args.task {
        TerritoryTask::List if cli.world.json => {
            let all: Vec<Value> = view.territories().map(|one| to_json(&view, one)).collect();
            print_json(&json!({
                "log": read.proven().public.checkpoint.origin, "size": view.size(), "at": view.at(),
                "overdue": view.overdue().len(), "territories": all,
            }))?;
        }
        TerritoryTask::List => {
            let mut page = state::head(&read, &view);
            page.blank();
            page.table(state::table(&view));
            print_page(&page, Layout::UNWRAPPED)?
        }
        TerritoryTask::Show(args) => print_one(cli, &read, &view, &args.territory)?,
    }
    read.end()
}

/// The territory with an id, name or label.
pub fn find<'a>(view: &'a View, name: &str) -> Result<&'a TerritoryInLog> {
    if let Some(found) = view.territory(name) {
        return Ok(found);
    }
    let is = |text: &str| text.eq_ignore_ascii_case(name);
    let fits = |one: &&TerritoryInLog| {
        let one = &one.territory;
        is(&one.id) || is(&one.name) || one.labels.values().any(|label| is(label))
    };
    let found: Vec<&TerritoryInLog> = view.territories().filter(fits).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(not_found(format!(
            "no territory {name:?} in the log; `skyshed territory list` lists all {}",
            view.territories().count()
        ))),
        several => {
            let ids: Vec<&str> = several.iter().map(|one| one.territory.id.as_str()).collect();
            Err(not_found(format!("{name:?} may be {}; give the id", ids.join(", "))))
        }
    }
}

/// Prints a territory.
pub fn print_one(cli: &Cli, read: &Read, view: &View, name: &str) -> Result<()> {
    let found = find(view, name)?;
    if cli.world.json {
        let mut value = to_json(view, found);
        value["log"] = read.proven().public.checkpoint.origin.clone().into();
        value["at"] = view.at().to_string().into();
        value["history"] = history_json(view, &found.territory.id);
        return print_json(&value);
    }
    let mut page = page(view, found);
    page.labelled_at("log", LABEL_WIDTH, read.line());
    print_page(&page, Layout::UNWRAPPED)
}

fn in_force<'a>(view: &'a View, id: &'a str) -> impl Iterator<Item = InForce> + 'a {
    view.in_force().into_iter().filter(move |one| one.decision.request.territory == id)
}

fn to_json(view: &View, found: &TerritoryInLog) -> Value {
    let one = &found.territory;
    let decisions: Vec<Value> = in_force(view, &one.id).map(|one| words::in_force_json(&one)).collect();
    let requests = view.requests().filter(|request| request.request.territory == one.id);
    json!({
        "id": one.id,
        "name": one.name,
        "kind": one.kind,
        "labels": one.labels,
        "claims": one.claims,
        "parent": one.parent,
        "record": found.index,
        "zone": found.zone.as_ref().map(|zone| json!({
            "record": zone.index, "cells_sha256": zone.zone.cells_sha256, "cell_count": zone.zone.cell_count, "since": zone.since,
        })),
        "in_force": decisions,
        "requests": requests.map(|one| words::request_json(view, one)).collect::<Vec<_>>(),
    })
}

fn history_json(view: &View, id: &str) -> Value {
    let change = |one: &skyshed_records::ledger::Change| json!({ "at": one.at, "class": one.class, "from": one.from, "to": one.to, "cause": one.cause.name() });
    view.history(id).map(change).collect()
}

fn page(view: &View, found: &TerritoryInLog) -> Page {
    let one = &found.territory;
    let mut page = Page::new();
    page.line(strong(&one.id) + ": " + strong(&one.name) + format!(" ({})", words::word(&one.kind)));
    if !one.claims.is_empty() {
        page.labelled_at("claims", LABEL_WIDTH, one.claims.join("; "));
    }
    if let Some(zone) = &found.zone {
        let cells = &zone.zone;
        let said = format!("{} cells, {} (record {})", cells.cell_count, cells.cells_sha256, zone.index);
        page.labelled_at("zone", LABEL_WIDTH, said);
    }
    let mut decided = false;
    for one in in_force(view, &one.id) {
        decision(&mut page, &one);
        decided = true;
    }
    if !decided {
        page.labelled_at("decision", LABEL_WIDTH, "none: off until there is one");
    }
    for request in view.requests().filter(|request| request.request.territory == one.id) {
        state::request(&mut page, view, request);
    }
    page
}

/// A decision in force, in words.
pub fn decision(page: &mut Page, one: &InForce) {
    let (decision, request) = (&one.decision, &one.decision.request);
    let by: Vec<&str> = decision.approvals.iter().map(|said| said.approver.as_str()).collect();
    let until = decision.effective_until.map_or(String::new(), |until| format!(" until {until}"));
    let overdue = if one.overdue { Text::from(", ") + caution("OVERDUE") } else { Text::default() };
    let mut about = |label: &str, text: Text| page.labelled_at(label, LABEL_WIDTH, text);
    about(
        "decision",
        strong(decision.number.to_string())
            + ": "
            + state::state_text(&words::state(&request.to))
            + format!(" for {}", words::classes(&one.classes)),
    );
    let dates = format!("{}{until}, review by {}", decision.effective_at, decision.review_by);
    about("since", Text::from(dates) + overdue);
    about("reason", format!("{}: {}", words::word(&request.reason_code), request.reason_text).into());
    if let Some(basis) = &request.legal_basis {
        about("basis", basis.into());
    }
    let asked =
        format!("{} for {} (request {})", request.requester, request.on_behalf_of, decision.request_index);
    about("asked by", asked.into());
    let needed = format!(
        "{} (needed {}, policy version {})",
        by.join(", "),
        words::quorum(decision.quorum),
        decision.policy_version
    );
    about("signed by", needed.into());
}
