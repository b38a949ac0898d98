//! `skyshed log state`: what is decided at a time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use skyshed_records::ledger::{InForce, Overdue, RequestInLog, Status, View};
use skyshed_records::record::State;

use super::place::{self, Read, at};
use super::words;
use crate::args::Cli;
use crate::{print_json, print_text, territory};

/// What `skyshed log state` takes.
#[derive(Debug, Args)]
pub struct StateArgs {
    /// One territory: its id or name.
    #[arg(long, value_name = "TERRITORY")]
    territory: Option<String>,
}

/// Answers `skyshed log state`.
pub fn state(cli: &Cli, args: &StateArgs) -> Result<()> {
    let read = place::read(cli)?;
    let view = read.view(at(cli))?;
    match &args.territory {
        Some(name) => territory::print_one(cli, &read, &view, name)?,
        None if cli.world.json => print_json(&json(&read, &view))?,
        None => print_text(&text(&read, &view))?,
    }
    read.end()
}

fn open_requests(view: &View) -> Vec<&RequestInLog> {
    view.requests().filter(|one| matches!(one.status, Status::InReview | Status::Waiting)).collect()
}

fn json(read: &Read, view: &View) -> Value {
    let in_force: Vec<Value> = view.in_force().iter().map(words::in_force_json).collect();
    let requests: Vec<Value> =
        open_requests(view).into_iter().map(|one| words::request_json(view, one)).collect();
    json!({
        "log": read.proven().public.checkpoint.origin,
        "size": view.size(),
        "at": view.at(),
        "witnessed_at": view.witnessed_at(),
        "next_change": view.next_change(),
        "policy_version": view.policy().map(|one| one.policy.version),
        "territories": view.territories().count(),
        "in_force": in_force,
        "requests_open": requests,
        "overdue": view.overdue().iter().map(overdue_json).collect::<Vec<_>>(),
        "flags": view.flags().len(),
        "stale": read.keeper.stale(),
    })
}

/// Something overdue, for machines.
pub fn overdue_json(one: &Overdue) -> Value {
    match one {
        Overdue::Review { decision, territory, review_by } => {
            json!({ "what": "review", "decision": decision, "territory": territory, "by": review_by })
        }
        Overdue::Contact { index, open_by } => json!({ "what": "contact", "record": index, "by": open_by }),
    }
}

/// Something overdue, in words.
pub fn overdue(one: &Overdue) -> String {
    match one {
        Overdue::Review { decision, territory, review_by } => {
            format!("review of decision {decision} on {territory} was due by {review_by}")
        }
        Overdue::Contact { index, open_by } => {
            format!("sealed contact {index} was to be opened by {open_by}")
        }
    }
}

fn text(read: &Read, view: &View) -> String {
    let mut text = head(read, view);
    for one in view.overdue() {
        let _ = writeln!(text, "overdue   {}", overdue(&one));
    }
    for one in open_requests(view) {
        let _ = writeln!(text, "request   {}: {}", one.index, words::request(&one.request));
        let _ = writeln!(text, "          {}", words::standing(view, one));
    }
    text.push('\n');
    text + &table(view)
}

/// Which log, which time, how many.
pub fn head(read: &Read, view: &View) -> String {
    let in_force = view.in_force();
    let off = in_force.iter().filter(|one| one.decision.request.to == State::Off).count();
    let next = view.next_change().map_or("nothing by itself".to_owned(), |time| format!("at {time}"));
    let policy = view
        .policy()
        .map_or("none".to_owned(), |one| format!("version {} since {}", one.policy.version, one.since));
    format!(
        "log       {}\nat        {}, the newest witnessed record is of {}\npolicy    {policy}\ndecided   {} decisions in force for {} \
         territories: {} serve, {off} do not; {} flags\nchanges   {next}\n",
        read.line(),
        view.at(),
        view.witnessed_at(),
        in_force.len(),
        view.territories().count(),
        in_force.len() - off,
        view.flags().len(),
    )
}

/// One line per decision in force, by territory, and one for each territory without any.
pub fn table(view: &View) -> String {
    let mut by_territory: BTreeMap<&str, Vec<&InForce>> = BTreeMap::new();
    let in_force = view.in_force();
    for one in &in_force {
        by_territory.entry(&one.decision.request.territory).or_default().push(one);
    }
    let mut rows =
        vec![["TERRITORY", "NAME", "STATE", "CLASSES", "REASON", "DECISION", "REVIEW BY"].map(str::to_owned)];
    for territory in view.territories() {
        let (id, name) = (&territory.territory.id, &territory.territory.name);
        match by_territory.get(id.as_str()) {
            Some(decisions) => rows.extend(decisions.iter().map(|one| row(id, name, one))),
            None => rows.push([id, name, "off", "", "no decision", "", ""].map(str::to_owned)),
        }
    }
    columns(&rows)
}

fn row(id: &str, name: &str, one: &InForce) -> [String; 7] {
    let request = &one.decision.request;
    let classes = if one.classes.len() == 6 { "all".to_owned() } else { one.classes.join(",") };
    let overdue = if one.overdue { " OVERDUE" } else { "" };
    let review = format!("{}{overdue}", &one.decision.review_by.to_string()[..10]);
    let state = match &request.to {
        State::Listed { .. } => "listed".into(),
        State::Individual => "individual".into(),
        state => words::state(state),
    };
    [
        id.to_owned(),
        name.chars().take(NAME_CHARS_MAX).collect(),
        state,
        classes,
        words::word(&request.reason_code),
        one.decision.number.to_string(),
        review,
    ]
}

/// Rows in columns as wide as they need to be.
pub fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Longer names are cut in tables.
const NAME_CHARS_MAX: usize = 28;
