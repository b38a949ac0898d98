//! `skyshed log diff A B`: what changed, in words.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use skyshed_records::ledger::{Difference, Status, View, diff as differences};
use skyshed_records::record::{Digest, Index, State};

use super::place::{self, Read};
use super::{Point, point, words};
use crate::args::Cli;
use crate::exit::not_found;
use crate::{print_json, print_text};

/// What `skyshed log diff` takes.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Before: a number of records, or a time.
    #[arg(value_name = "A", value_parser = point)]
    before: Point,
    /// After: a number of records, or a time.
    #[arg(value_name = "B", value_parser = point)]
    after: Point,
}

/// Answers `skyshed log diff`.
pub fn diff(cli: &Cli, args: &DiffArgs) -> Result<()> {
    let read = place::read(cli)?;
    let (before, after) = (view(&read, args.before)?, view(&read, args.after)?);
    let found = differences(&before, &after);
    if cli.world.json {
        let changes: Vec<Value> = found.iter().map(|one| to_json(one, &after)).collect();
        print_json(&json!({
            "log": read.proven().public.checkpoint.origin,
            "from": { "size": before.size(), "at": before.at() },
            "to": { "size": after.size(), "at": after.at() },
            "changes": changes,
        }))?;
        return read.end();
    }
    let end = |view: &View| format!("{} records, {}", view.size(), view.at());
    let mut text = format!("from      {}\nto        {}\n\n", end(&before), end(&after));
    merged(&found).iter().for_each(|line| text += &format!("{line}\n"));
    if found.is_empty() {
        text += "nothing changed\n";
    }
    print_text(&text)?;
    read.end()
}

fn view(read: &Read, point: Point) -> Result<View> {
    let ledger = &read.proven().ledger;
    match point {
        Point::Time(time) => Ok(ledger.at(time)),
        Point::Size(size) if size <= read.size() => Ok(ledger.when(size)),
        Point::Size(size) => Err(not_found(format!(
            "the log has {} records; it never had {size}; give a smaller size",
            read.size()
        ))),
    }
}

/// All changes, in words: classes of a territory to which the same happens in one line.
fn merged(found: &[Difference]) -> Vec<String> {
    let same = |one: &Difference, other: &Difference| match (one, other) {
        (
            Difference::Standing { territory: a, from, to, .. },
            Difference::Standing { territory: b, from: before, to: after, .. },
        ) => (a, from, to) == (b, before, after),
        _ => false,
    };
    // Most often a decision is about all classes, but some of them in a row may stand otherwise.
    let mut lines: Vec<String> = Vec::new();
    for run in found.chunk_by(same) {
        let class = |one: &Difference| match one {
            Difference::Standing { class, .. } => Some(class.clone()),
            _ => None,
        };
        let all: Vec<String> = run.iter().filter_map(class).collect();
        match &run[0] {
            Difference::Standing { territory, from, to, .. } => {
                let decided = [from, to].map(|one| one.as_ref().map(|one| (one.number, &one.state)));
                lines.push(service(territory, &words::classes(&all), decided));
            }
            one => lines.push(to_words(one)),
        }
    }
    lines
}

/// One change, in words.
fn to_words(one: &Difference) -> String {
    let hash = |digest: &Option<Digest>| digest.as_ref().map_or("none".to_owned(), words::short);
    let status = |status: &Option<Status>| status.map_or("not there", Status::name).replace('_', " ");
    match one {
        Difference::Policy { from, to } => {
            let version =
                |version: &Option<u64>| version.map_or("none".to_owned(), |one| format!("version {one}"));
            format!("policy    {} -> {}", version(from), version(to))
        }
        Difference::Territory { id, index } => format!("territory {id} is new (record {index})"),
        Difference::Zone { territory, from, to } => {
            format!("zone      {territory}: cells {} -> {}", hash(from), hash(to))
        }
        Difference::Standing { territory, class, from, to } => {
            service(territory, class, [from, to].map(|one| one.as_ref().map(|one| (one.number, &one.state))))
        }
        Difference::Request { index, territory, from, to } => {
            format!("request   {index} on {territory}: {} -> {}", status(from), status(to))
        }
        Difference::Review { decision, territory, overdue: true } => {
            format!("review    of decision {decision} on {territory} is overdue")
        }
        Difference::Review { decision, territory, .. } => {
            format!("review    of decision {decision} on {territory} is overdue no more")
        }
        Difference::Sealed { index, opened: None } => format!("contact   {index} is sealed"),
        Difference::Sealed { index, opened: Some(by) } => {
            format!("contact   {index} was opened by record {by}")
        }
        Difference::Flag { index, code } => format!("flag      record {index}: {code}"),
    }
}

/// `decided` before and after, each a decision's number and what it says.
fn service(territory: &str, classes: &str, decided: [Option<(Index, &State)>; 2]) -> String {
    let [from, to] = decided.map(|one| match one {
        None => "off (no decision)".to_owned(),
        Some((number, state)) => format!("{} (decision {number})", words::state(state)),
    });
    format!("service   {territory}, {classes}: {from} -> {to}")
}

fn to_json(one: &Difference, after: &View) -> Value {
    let status = |status: &Option<Status>| status.map(Status::name);
    let mut value = match one {
        Difference::Policy { from, to } => json!({ "what": "policy", "from": from, "to": to }),
        Difference::Territory { id, index } => {
            json!({ "what": "territory", "territory": id, "record": index })
        }
        Difference::Zone { territory, from, to } => {
            json!({ "what": "zone", "territory": territory, "from": from, "to": to })
        }
        Difference::Standing { territory, class, from, to } => {
            let decided = [from, to]
                .map(|one| one.as_ref().map(|one| json!({ "decision": one.number, "to": one.state })));
            let [from, to] = decided;
            json!({ "what": "service", "territory": territory, "class": class, "from": from, "to": to })
        }
        Difference::Request { index, territory, from, to } => json!({
            "what": "request", "request": index, "territory": territory, "from": status(from), "to": status(to),
        }),
        Difference::Review { decision, territory, overdue } => {
            json!({ "what": "review", "decision": decision, "territory": territory, "overdue": overdue })
        }
        Difference::Sealed { index, opened } => {
            json!({ "what": "contact", "record": index, "opened_by": opened })
        }
        Difference::Flag { index, code } => {
            let flag = words::flags(after, *index).find(|flag| flag.reason.code() == *code);
            json!({ "what": "flag", "record": index, "code": code, "reason": flag.map(|flag| flag.reason.to_string()) })
        }
    };
    value["in_words"] = to_words(one).into();
    value
}
