//! `skyshed log why-code`: from the code that a dish shows to the decision that made it, and its proof.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use skyshed::Ground;
use skyshed::control::dish::{DisablementCode, denial};
use skyshed::control::ledger::timeline;
use skyshed::control::{Activation, Class, Zones};
use skyshed::ground::{Cell, cell_id};
use skyshed::page::{Layout, Page, caution, strong};
use skyshed_records::record::{Index, Time};

use super::place::{self, Read, at, clock};
use super::{LABEL_WIDTH, proof, words};
use crate::args::{self, Cli};
use crate::exit::not_found;
use crate::print_json;
use crate::progress::Progress;
use crate::screen::print_page;

/// What `skyshed log why-code` takes.
#[derive(Debug, Args)]
pub struct WhyCodeArgs {
    /// What the dish shows: a name or number, such as BLOCKED_COUNTRY or 6.
    #[arg(value_name = "CODE", value_parser = code)]
    code: DisablementCode,
    /// Where the dish stands: a city, latitude,longitude, or a cell id.
    #[arg(value_name = "PLACE", allow_hyphen_values = true, value_parser = args::place)]
    place: String,
    /// Its class of service. Default: any.
    #[arg(long, value_name = "CLASS", value_parser = class)]
    class: Option<Class>,
}

fn code(text: &str) -> Result<DisablementCode, String> {
    let all = || DisablementCode::ALL.map(|code| format!("{} ({})", code.name(), code.number())).join(", ");
    DisablementCode::parse(text).ok_or_else(|| format!("allowed: {}", all()))
}

/// Reads a class of service.
pub fn class(text: &str) -> Result<Class, String> {
    Class::parse(text).ok_or_else(|| format!("allowed: {}", Class::ALL.map(Class::name).join(", ")))
}

/// What the log makes a dish of a class show.
struct Shown {
    class: Class,
    code: DisablementCode,
    denial: Option<&'static str>,
    decision: Option<Index>,
}

/// Answers `skyshed log why-code`.
pub fn why_code(cli: &Cli, args: &WhyCodeArgs) -> Result<()> {
    let read = place::read(cli)?;
    let time = at(cli).map_or_else(clock, Ok)?;
    let progress = Progress::start("loading the map");
    let ground = Ground::embedded();
    let place = ground.find_place(&args.place)?;
    let activation = activation(&read, time, &ground)?;
    drop(progress);
    let classes = Class::ALL.into_iter().filter(|class| args.class.is_none_or(|wanted| wanted == *class));
    let all: Vec<Shown> = classes.map(|class| shown(&activation, &ground, place.cell, class)).collect();
    let fitting: Vec<&Shown> = all.iter().filter(|one| one.code == args.code).collect();
    if fitting.is_empty() {
        return Err(not_found(format!(
            "by the log no dish shows {} at {} at {time}; it makes them show: {}",
            args.code.name(),
            place.label,
            all.iter().map(Shown::line).collect::<Vec<_>>().join("; ")
        )));
    }
    tell(cli, &read, args, &place.label, place.cell, time, &fitting)?;
    read.end()
}

/// The decisions of a time, laid over the map.
fn activation(read: &Read, time: Time, ground: &Ground) -> Result<Activation> {
    let ledger = &read.proven().ledger;
    let timeline = timeline(read.line(), ledger)?;
    let mut zones = Zones::new(ground);
    for decision in ledger.at(time).decisions() {
        if let Some(list) = skyshed_log::side::attachment(&read.files, &decision.request.zone)? {
            zones.add_list(&list)?;
        }
    }
    Ok(timeline.activation(time, &zones, ground)?)
}

fn shown(activation: &Activation, ground: &Ground, cell: Cell, class: Class) -> Shown {
    let denial = denial(activation, ground, cell, class);
    let ruling = activation.ruling(cell, class);
    let decision =
        ruling.and_then(|ruling| activation.decisions[usize::from(ruling.decision)].logged.clone());
    Shown {
        class,
        code: denial.map_or(DisablementCode::Okay, |denial| denial.code()),
        denial: denial.map(|denial| denial.name()),
        decision: decision.map(|logged| logged.number),
    }
}

impl Shown {
    fn line(&self) -> String {
        let by = self.decision.map_or("no decision".to_owned(), |number| format!("decision {number}"));
        format!("{} {} by {by}", self.class.name(), self.code.name())
    }
}

fn tell(
    cli: &Cli,
    read: &Read,
    args: &WhyCodeArgs,
    label: &str,
    cell: Cell,
    time: Time,
    fitting: &[&Shown],
) -> Result<()> {
    let view = read.proven().ledger.at(time);
    let mut numbers: Vec<Index> = fitting.iter().filter_map(|one| one.decision).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let in_force: Vec<_> =
        view.in_force().into_iter().filter(|one| numbers.contains(&one.decision.number)).collect();
    let classes: Vec<&str> = fitting.iter().map(|one| one.class.name()).collect();
    if cli.world.json {
        let proofs: Vec<String> =
            numbers.iter().map(|&number| skyshed_log::side::proof_path(number)).collect();
        return print_json(&json!({
            "code": args.code.number(), "name": args.code.name(), "place": label, "cell": format!("{:x}", cell_id(cell)),
            "at": time, "classes": classes, "denial": fitting.iter().find_map(|one| one.denial),
            "decisions": in_force.iter().map(words::in_force_json).collect::<Vec<_>>(), "proofs": proofs,
            "log": read.proven().public.checkpoint.origin, "size": read.size(),
        }));
    }
    let why = fitting.iter().find_map(|one| one.denial).unwrap_or("served").replace('_', " ");
    let mut page = Page::new();
    page.line(
        strong(args.code.name())
            + format!(" ({}) at {label}, cell {:x}, {time}", args.code.number(), cell_id(cell)),
    );
    page.labelled_at("means", LABEL_WIDTH, format!("{why}, for {}", classes.join(", ")));
    if in_force.is_empty() {
        page.labelled_at(
            "decision",
            LABEL_WIDTH,
            caution("none: nobody has decided anything about this place"),
        );
    }
    for one in &in_force {
        crate::territory::decision(&mut page, one);
        page.labelled_at("proof", LABEL_WIDTH, proof::proof_hint(&read.place, one.decision.number));
    }
    page.labelled_at("log", LABEL_WIDTH, read.line());
    print_page(&page, Layout::UNWRAPPED)
}
