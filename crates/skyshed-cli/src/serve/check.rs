//! `skyshed serve --check`: everything that the service would stumble over, before it is started.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use skyshed_server::settings::{Origin, SETTINGS, Settings};

use super::{Read, raise_open_files, shown, world_args};
use crate::args::WorldArgs;
use crate::data::DataDir;
use crate::exit::{self, Exit};
use crate::inputs::{self, Remember};
use crate::obeyed::Source;
use crate::{print_json, print_text};

/// File descriptors that the service needs beside those of its connections.
const OWN_FILES: u64 = 64;

/// What was found.
#[derive(Serialize)]
struct Report {
    /// Whether the service can be started.
    ok: bool,
    settings_file: Option<String>,
    settings: Vec<Row>,
    checks: Vec<Check>,
}

/// One setting in force.
#[derive(Serialize)]
struct Row {
    key: &'static str,
    /// Null where it has no value.
    value: Option<String>,
    /// `flag`, `environment`, `file` or `default`.
    origin: &'static str,
    /// The flag, the variable or the file.
    by: Option<String>,
    flag: String,
    variable: String,
    default: Option<&'static str>,
    allowed: String,
    about: &'static str,
}

/// One thing that was looked at.
#[derive(Serialize)]
struct Check {
    what: &'static str,
    ok: bool,
    detail: String,
    #[serde(skip)]
    exit: u8,
}

/// Checks everything, prints what was found, and fails where the service could not be started.
pub fn check(read: Read, given: &WorldArgs) -> Result<()> {
    let mut checks = Vec::new();
    let settings = match read.settings {
        Ok(settings) => {
            add(&mut checks, "settings", Ok("each is allowed".to_owned()));
            Some(settings)
        }
        Err(errors) => {
            for error in errors {
                add(&mut checks, "settings", Err(error.into()));
            }
            None
        }
    };
    if let Some(settings) = &settings {
        check_machine(settings, &mut checks);
        check_world(&world_args(given, settings), settings, &mut checks);
    }
    let rows = rows(&settings.unwrap_or_default());
    let failed: Vec<&Check> = checks.iter().filter(|check| !check.ok).collect();
    let (count, exit) = (failed.len(), failed.first().map(|check| check.exit));
    let settings_file = read.file.as_deref().map(shown);
    let report = Report { ok: count == 0, settings_file, settings: rows, checks };
    if given.json {
        print_json(&report)?
    } else {
        print_text(&text(&report))?
    }
    match exit {
        None => Ok(()),
        Some(code) => {
            let message =
                format!("{count} of {} checks failed; the service would not start", report.checks.len());
            Err(exit::problem(Exit::of_code(code), message))
        }
    }
}

fn add(checks: &mut Vec<Check>, what: &'static str, result: Result<String>) {
    let exit = result.as_ref().err().map_or(0, exit::code);
    let ok = result.is_ok();
    let detail = result.unwrap_or_else(|error| format!("{error:#}"));
    checks.push(Check { what, ok, detail, exit });
}

fn check_machine(settings: &Settings, checks: &mut Vec<Check>) {
    let listen = settings.text("listen").unwrap_or_default();
    add(checks, "listen", listens(listen));
    raise_open_files();
    add(checks, "open files", open_files(settings));
    if settings.switch("refresh.elements") {
        add(checks, "data directory", DataDir::find().and_then(|data| writable(data.path())));
    }
}

/// Whether the address is this machine's. Its port may well be taken: by the service that runs now.
fn listens(address: &str) -> Result<String> {
    let address: SocketAddr = address.parse()?;
    TcpListener::bind(SocketAddr::new(address.ip(), 0))
        .with_context(|| format!("{} is no address of this machine; give one to listen on", address.ip()))?;
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Ok(format!("{address} is in use, perhaps by the service that is to be started again"))
        }
        Err(error) => Err(anyhow!(error).context(format!("cannot listen on {address}"))),
    }
}

fn open_files(settings: &Settings) -> Result<String> {
    let needed = settings.whole("limits.connections") + OWN_FILES;
    match skyshed_server::process::open_files_max() {
        Some(allowed) if allowed < needed => bail!(
            "{allowed} files may be open, {needed} are needed for limits.connections; raise the limit (LimitNOFILE, ulimit -n) or lower the setting"
        ),
        Some(allowed) => Ok(format!("{allowed} may be open, {needed} are needed")),
        None => Ok("this system does not say how many may be open".to_owned()),
    }
}

fn writable(folder: &Path) -> Result<String> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let probe = folder.join(format!(".check.{}", std::process::id()));
    std::fs::write(&probe, b"").with_context(|| format!("cannot write to {}", folder.display()))?;
    std::fs::remove_file(&probe).with_context(|| format!("cannot write to {}", folder.display()))?;
    Ok(format!("{} can be written to", folder.display()))
}

/// Each part by itself, so that one mistake does not hide the others; then all of it together.
fn check_world(args: &WorldArgs, settings: &Settings, checks: &mut Vec<Check>) {
    let data = DataDir::find().ok();
    let before = checks.len();
    let parameters = args.config.as_deref().map_or("the built-in ones".to_owned(), shown);
    add(checks, "config", inputs::config(args.config.as_deref()).map(|_| parameters));
    let faults = args.scenario.as_deref().map_or("none".to_owned(), shown);
    add(checks, "scenario", inputs::scenario(args.scenario.as_deref()).map(|_| faults));
    let elements = inputs::elements(args.elements.as_deref(), data.as_ref());
    let satellites =
        |(constellation, name): (skyshed::Constellation, String)| match constellation.satellites().len() {
            0 => Err(anyhow!("{name} has no satellite that can be propagated")),
            count => Ok(format!("{name}, {count} satellites")),
        };
    add(checks, "elements", elements.and_then(satellites));
    let ut1 = inputs::ut1(data.as_ref()).map(|table| {
        let (from, to) = table.range();
        format!("UT1-UTC from {from} to {to}")
    });
    add(checks, "Earth rotation", ut1);
    let ground = inputs::ground(args.ground.as_deref(), data.as_ref());
    let sites = |(ground, name): (skyshed::Ground, String)| {
        format!("{name}, {} gateways, {} points of presence", ground.gateways.len(), ground.pops.len())
    };
    add(checks, "ground", ground.map(sites));
    if let Some(path) = settings.path("lines") {
        let registry = crate::writing::registry(&path, &skyshed::Ground::embedded());
        add(checks, "lines", registry.map(|_| shown(&path)));
    }
    if let Some(path) = settings.path("log_key") {
        let readable = std::fs::File::open(&path).with_context(|| format!("cannot open {}", path.display()));
        add(checks, "log key", readable.map(|_| format!("{} can be read", path.display())));
    }
    let source = Source::of(args, data.as_ref()).and_then(|source| match source {
        Source::Policy(policy) => inputs::policy(&policy).map(|_| format!("policy {policy}, not a log")),
        Source::Log(_) => Ok(args.log.as_deref().map_or("the demonstration log".to_owned(), shown)),
    });
    add(checks, "decisions", source);
    if checks[before..].iter().all(|check| check.ok) {
        add(checks, "slot", first_slot(args));
    }
}

/// Puts the world together, lets the log prove itself, and plans a slot.
fn first_slot(args: &WorldArgs) -> Result<String> {
    let (world, _) = inputs::enforced(args, Remember::No)?;
    if let Some(doubt) = world.log.as_ref().and_then(|log| log.status.doubt.clone()) {
        return Err(exit::problem(Exit::Stale, format!("the log is stale: {doubt}")));
    }
    let now = args.at.map_or_else(crate::now, Ok)?;
    let slot = world.slot(now, None).context("no slot can be planned now")?;
    let log = world.log.as_ref().map_or_else(
        || world.what_if().unwrap_or_default(),
        |log| {
            let warnings: Vec<String> =
                log.status.warnings.iter().map(|warning| format!("; warning: {warning}")).collect();
            format!(
                "log {} is proven by {} witnesses{}",
                log.status.name(),
                log.status.witnesses,
                warnings.concat()
            )
        },
    );
    Ok(format!("the slot of {} can be planned; {log}", slot.plan.time))
}

fn rows(settings: &Settings) -> Vec<Row> {
    settings
        .all()
        .map(|(setting, given)| {
            let (origin, by) = match given.map(|given| &given.origin) {
                None | Some(Origin::Default) => ("default", None),
                Some(origin @ Origin::File(_)) => ("file", Some(origin.to_string())),
                Some(origin @ Origin::Environment(_)) => ("environment", Some(origin.to_string())),
                Some(origin @ Origin::Flag(_)) => ("flag", Some(origin.to_string())),
            };
            Row {
                key: setting.key,
                value: given.map(|given| given.text.clone()).filter(|text| !text.is_empty()),
                origin,
                by,
                flag: format!("--{}", setting.flag()),
                variable: setting.variable(),
                default: Some(setting.default).filter(|default| !default.is_empty()),
                allowed: setting.allowed(),
                about: setting.about,
            }
        })
        .collect()
}

fn text(report: &Report) -> String {
    let width = SETTINGS.iter().map(|setting| setting.key.len()).max().unwrap_or_default();
    let mut text = String::from("Settings in force: flag, else environment, else file, else default\n");
    for row in &report.settings {
        let value = row.value.as_deref().unwrap_or("-");
        let by = row.by.as_deref().unwrap_or(row.origin);
        text += &format!("  {:width$}  {value:<28}  {by}\n", row.key);
    }
    text += "\nChecks\n";
    for check in &report.checks {
        let mark = if check.ok { "ok  " } else { "FAIL" };
        text += &format!("  {mark}  {}: {}\n", check.what, check.detail);
    }
    text
}
