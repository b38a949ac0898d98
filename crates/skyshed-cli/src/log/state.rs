//! `skyshed log state`: what is decided at a time.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use skyshed::page::{Column, Flex, Layout, Page, Table, Text, bad, caution, good, strong};
use skyshed_records::ledger::{InForce, Overdue, RequestInLog, Status, View};
use skyshed_records::record::State;

use super::place::{self, Read, at};
use super::{LABEL_WIDTH, words};
use crate::args::Cli;
use crate::screen::print_page;
use crate::{print_json, territory};

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
        None => print_page(&page(&read, &view), Layout::UNWRAPPED)?,
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

fn page(read: &Read, view: &View) -> Page {
    let mut page = head(read, view);
    for one in view.overdue() {
        page.labelled_at("overdue", LABEL_WIDTH, caution(overdue(&one)));
    }
    for one in open_requests(view) {
        request(&mut page, view, one);
    }
    page.blank();
    page.table(table(view));
    page
}

/// A request, and where it stands.
pub fn request(page: &mut Page, view: &View, one: &RequestInLog) {
    let said = strong(one.index.to_string()) + format!(": {}", words::request(&one.request));
    page.labelled_at("request", LABEL_WIDTH, said);
    page.labelled_at("", LABEL_WIDTH, words::standing(view, one));
}

/// Which log, which time, how many.
pub fn head(read: &Read, view: &View) -> Page {
    let in_force = view.in_force();
    let off = in_force.iter().filter(|one| one.decision.request.to == State::Off).count();
    let next = view.next_change().map_or("nothing by itself".to_owned(), |time| format!("at {time}"));
    let policy = view
        .policy()
        .map_or("none".to_owned(), |one| format!("version {} since {}", one.policy.version, one.since));
    let mut page = Page::new();
    let mut about = |label: &str, text: Text| page.labelled_at(label, LABEL_WIDTH, text);
    about("log", read.line().into());
    about(
        "at",
        strong(view.at().to_string())
            + format!(", the newest witnessed record is of {}", view.witnessed_at()),
    );
    about("policy", policy.into());
    about(
        "decided",
        Text::from(format!(
            "{} decisions in force for {} territories: ",
            in_force.len(),
            view.territories().count()
        )) + good((in_force.len() - off).to_string())
            + " serve, "
            + bad(off.to_string())
            + format!(" do not; {} flags", view.flags().len()),
    );
    about("changes", next.into());
    page
}

/// One line per decision in force, by territory, and one for each territory without any.
pub fn table(view: &View) -> Table {
    let mut by_territory: BTreeMap<&str, Vec<&InForce>> = BTreeMap::new();
    let in_force = view.in_force();
    for one in &in_force {
        by_territory.entry(&one.decision.request.territory).or_default().push(one);
    }
    let mut rows: Vec<[Text; 7]> = Vec::new();
    for territory in view.territories() {
        let (id, name) = (&territory.territory.id, &territory.territory.name);
        match by_territory.get(id.as_str()) {
            Some(decisions) => rows.extend(decisions.iter().map(|one| row(id, name, one))),
            None => {
                let name = name.chars().take(NAME_CHARS_MAX).collect::<String>();
                let [id, name, none] = [id, &name, ""].map(Text::from);
                rows.push([
                    id,
                    name,
                    state_text("off"),
                    none.clone(),
                    "no decision".into(),
                    none.clone(),
                    none,
                ]);
            }
        }
    }
    columns(rows)
}

/// A state: what is on serves, what is off does not, the others do for some.
pub fn state_text(state: &str) -> Text {
    match state {
        "on" => good(state),
        "off" => bad(state),
        _ => caution(state),
    }
}

fn row(id: &str, name: &str, one: &InForce) -> [Text; 7] {
    let request = &one.decision.request;
    let classes = if one.classes.len() == 6 { "all".to_owned() } else { one.classes.join(",") };
    let overdue = if one.overdue { Text::from(" ") + caution("OVERDUE") } else { Text::default() };
    let state = match &request.to {
        State::Listed { .. } => "listed".into(),
        State::Individual => "individual".into(),
        state => words::state(state),
    };
    [
        id.into(),
        name.chars().take(NAME_CHARS_MAX).collect::<String>().into(),
        state_text(&state),
        classes.into(),
        words::word(&request.reason_code).into(),
        one.decision.number.to_string().into(),
        Text::from(&one.decision.review_by.to_string()[..10]) + overdue,
    ]
}

/// Rows in columns as wide as they need to be.
fn columns(rows: Vec<[Text; 7]>) -> Table {
    let column = |(at, (name, flex)): (usize, (&str, Flex))| {
        let cells = rows.iter().map(|row| row[at].width());
        let width = cells.chain([name.len()]).max().unwrap_or(0);
        Column::left(name, width).gap(if at == 0 { 0 } else { 2 }).flex(flex).least(LEAST)
    };
    let heads = [
        ("TERRITORY", Flex::Keep),
        ("NAME", Flex::Cut),
        ("STATE", Flex::Wrap),
        ("CLASSES", Flex::Drop(0)),
        ("REASON", Flex::Wrap),
        ("DECISION", Flex::Drop(1)),
        ("REVIEW BY", Flex::Wrap),
    ];
    let mut table = Table::new(0, heads.into_iter().enumerate().map(column).collect());
    rows.into_iter().for_each(|row| table.row(row.into()));
    table
}

/// Longer names are cut in tables.
const NAME_CHARS_MAX: usize = 28;

/// The fewest columns of what is cut or wrapped: with them, the longest state and reason fit a terminal of 60.
const LEAST: usize = 6;
