//! From flags to a [`World`]: which files are read, and what is taken where no flag is given.

use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use skyshed::control::{ILLUSTRATIVE_POLICY, Policy, State, resolve};
use skyshed::ground::sites::{LONGEST_LIST, fill_countries};
use skyshed::ground::{Sites, read_sites, world};
use skyshed::orbit::elements::MAX_INPUT_BYTES;
use skyshed::orbit::{PRESETS, read_elements};
use skyshed::plan::Scenario;
use skyshed::plan::scenario::SCENARIO_BYTES_MAX;
use skyshed::{Config, Constellation, EngineError, Ground, Provenance, Ut1Table, World, WorldParts};
use skyshed_server::enforcer::Enforcer;

use crate::args::WorldArgs;
use crate::data::{DataDir, Kind};
use crate::files;
use crate::obeyed::{LogSource, Source};
use crate::progress::Progress;

/// Most warnings of one kind that are printed, a line each; then their number.
const WARNINGS_MAX: usize = 5;
/// Largest configuration file, bytes.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// Largest policy file, bytes.
const POLICY_BYTES_MAX: u64 = 16 << 20;
/// Largest finals2000A file, bytes (the full file since 1973 has under 4 MB).
pub const UT1_BYTES_MAX: u64 = 64 << 20;
/// Largest compiled map, bytes.
const MAP_BYTES_MAX: u64 = 64 << 20;
/// The constellation where nothing else is at hand.
pub const DEFAULT_ELEMENTS: &str = "preset:starlink-2026";

const ELEMENTS_ARE: &str = "a file of element sets (OMM JSON, CSV, KVN, XML or TLE, plain or gzip), a designed constellation in TOML, or preset:NAME";
const GROUND_IS: &str =
    "a compiled map, a list of gateways and points of presence, or a directory with such files";
const POLICY_IS: &str = "a policy in TOML, or all-on, all-off, illustrative";
const SCENARIO_IS: &str = "a scenario in TOML: what is out of order, and when";
const CONFIG_IS: &str = "a file in TOML with the parameters that differ";

/// Whether what a log has proven is kept for the next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remember {
    /// By the service.
    Yes,
    /// By a single answer.
    No,
}

/// Reads everything that the flags name and puts the world together, with the decisions of the time that the flags name.
pub fn world(args: &WorldArgs) -> Result<World> {
    Ok(enforced(args, Remember::No)?.0)
}

/// The same, and what goes on asking the log, where one is obeyed.
pub fn enforced(args: &WorldArgs, remember: Remember) -> Result<(World, Option<Enforcer>)> {
    let _progress = Progress::start("loading the world");
    let data = DataDir::find().ok();
    // What is small and may be wrong comes first, so that a mistake is told at once.
    let config = config(args.config.as_deref())?;
    let source = Source::of(args, data.as_ref())?;
    let policy = match &source {
        Source::Policy(given) => policy(given)?,
        Source::Log(_) => Policy { name: "nothing".into(), description: String::new(), decisions: vec![] },
    };
    let scenario = scenario(args.scenario.as_deref())?;
    let ut1 = ut1(data.as_ref())?;
    let (elements, ground) = thread::scope(|scope| {
        let elements = scope.spawn(|| elements(args.elements.as_deref(), data.as_ref()));
        let ground = ground(args.ground.as_deref(), data.as_ref());
        (elements.join().expect("reading elements does not panic"), ground)
    });
    let ((constellation, elements), (ground, ground_source)) = (elements?, ground?);
    let given = match &source {
        Source::Policy(given) => given.clone(),
        Source::Log(_) => String::new(),
    };
    let activation = resolve(&policy, &ground).with_context(|| format!("--policy {given}"))?;
    let provenance = Provenance {
        elements,
        ground: ground_source,
        policy: given,
        scenario: args.scenario.as_ref().map_or_else(String::new, |path| path.display().to_string()),
    };
    let parts = WorldParts { constellation, ut1, ground, activation, config, scenario, provenance };
    let world = World::new(parts).map_err(|error| match (&args.scenario, error) {
        (Some(path), EngineError::Scenario(error)) => {
            anyhow!(error).context(format!("--scenario {}", path.display()))
        }
        (_, error) => error.into(),
    })?;
    match source {
        Source::Policy(_) => Ok((world, None)),
        Source::Log(log) => {
            let (world, enforcer) = under(&log, world, args, data.as_ref(), remember)?;
            Ok((world, Some(enforcer)))
        }
    }
}

/// The world with the decisions of a log.
fn under(
    log: &LogSource,
    world: World,
    args: &WorldArgs,
    data: Option<&DataDir>,
    remember: Remember,
) -> Result<(World, Enforcer)> {
    let now = args.at.map_or_else(crate::now, Ok)?;
    let remembered = (remember == Remember::Yes).then_some(now);
    let mut enforcer = log.enforcer(args, &world.ground, data, remembered)?;
    let slot = world.slot_start(now);
    let obeying = enforcer.enforce(&world, slot, now).with_context(|| match &args.log {
        Some(log) => format!("--log {}", log.display()),
        None => "the demonstration log".to_owned(),
    })?;
    Ok((obeying.unwrap_or(world), enforcer))
}

/// What is out of order, and when.
pub fn scenario(path: Option<&Path>) -> Result<Scenario> {
    let Some(path) = path else { return Ok(Scenario::default()) };
    let text = files::read_text(path, SCENARIO_IS, SCENARIO_BYTES_MAX as u64)?;
    Scenario::parse(&text).with_context(|| format!("--scenario {}", path.display()))
}

/// Every parameter.
pub fn config(path: Option<&Path>) -> Result<Config> {
    let Some(path) = path else { return Ok(Config::default()) };
    let text = files::read_text(path, CONFIG_IS, CONFIG_BYTES_MAX)?;
    Config::parse(&text).with_context(|| format!("--config {}", path.display()))
}

/// A policy, by its file or name.
pub fn policy(given: &str) -> Result<Policy> {
    match given {
        "all-on" => Ok(Policy::everywhere(State::On)),
        "all-off" => Ok(Policy::everywhere(State::Off)),
        "illustrative" => Ok(Policy::parse(ILLUSTRATIVE_POLICY)?),
        file => {
            let text = files::read_text(Path::new(file), POLICY_IS, POLICY_BYTES_MAX)?;
            Policy::parse(&text).with_context(|| format!("--policy {file}"))
        }
    }
}

/// Rotation of the Earth.
pub fn ut1(data: Option<&DataDir>) -> Result<Ut1Table> {
    let Some(path) = data.and_then(|data| data.file(Kind::Ut1)) else { return Ok(Ut1Table::builtin()) };
    let text = files::read_text(&path, "a finals2000A file", UT1_BYTES_MAX)?;
    Ut1Table::parse_finals2000a(&text)
        .with_context(|| format!("{} is damaged; import or refresh it again, or remove it", path.display()))
}

/// The constellation, and what to call its source.
pub fn elements(given: Option<&str>, data: Option<&DataDir>) -> Result<(Constellation, String)> {
    if let Some(given) = given {
        return Ok((named_elements(given)?, given.to_owned()));
    }
    let Some(path) = data.and_then(|data| data.file(Kind::Elements)) else {
        return Ok((named_elements(DEFAULT_ELEMENTS)?, DEFAULT_ELEMENTS.to_owned()));
    };
    let source = data
        .and_then(|data| data.note(Kind::Elements))
        .map_or_else(|| path.display().to_string(), |note| note.source);
    Ok((elements_of_file(&path)?, source))
}

fn named_elements(given: &str) -> Result<Constellation> {
    match given.strip_prefix("preset:") {
        Some(name) => Constellation::preset(name).with_context(|| format!("--elements {given}")),
        None => elements_of_file(Path::new(given)),
    }
}

fn elements_of_file(path: &Path) -> Result<Constellation> {
    let bytes =
        files::read(path, ELEMENTS_ARE, MAX_INPUT_BYTES).map_err(|error| hint_at_preset(error, path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if let Some(preset) = as_preset(&bytes) {
        return Constellation::from_preset_toml(preset)
            .with_context(|| format!("--elements {}", path.display()));
    }
    let load = read_elements(&bytes).with_context(|| format!("--elements {}", path.display()))?;
    let constellation = Constellation::from_elements(&name, &load);
    warn(&load.warnings, |warning| format!("{name}: {warning}"));
    warn(&load.rejected, |rejected| {
        format!(
            "{name}, {}: {} left out: {}",
            rejected.place,
            object_label(&rejected.object),
            rejected.reason
        )
    });
    warn(constellation.problems(), |problem| {
        format!("{name}: {} {} left out: {}", problem.catalog_number, problem.name, problem.reason)
    });
    Ok(constellation)
}

/// The text of a designed constellation, if the bytes are one: TOML with shells.
fn as_preset(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.lines().any(|line| line.trim_start().starts_with("[[shell]]")).then_some(text)
}

/// `starlink-2026` without `preset:` is an easy slip.
fn hint_at_preset(error: anyhow::Error, path: &Path) -> anyhow::Error {
    match path.to_str().filter(|name| PRESETS.contains(name)) {
        Some(name) => error.context(format!("did you mean --elements preset:{name}?")),
        None => error,
    }
}

fn object_label(object: &str) -> &str {
    if object.is_empty() { "a record" } else { object }
}

/// The first few, a line each, and how many more there are.
pub fn warn<T>(items: &[T], line: impl Fn(&T) -> String) {
    for item in items.iter().take(WARNINGS_MAX) {
        crate::eprintln_safe(&format!("warning: {}", line(item)));
    }
    if items.len() > WARNINGS_MAX {
        crate::eprintln_safe(&format!("warning: and {} more like the last", items.len() - WARNINGS_MAX));
    }
}

/// The ground, and what to call its source.
pub fn ground(given: Option<&Path>, data: Option<&DataDir>) -> Result<(Ground, String)> {
    match given {
        None => match data.and_then(|data| data.file(Kind::Sites)) {
            None => Ok((Ground::embedded(), "embedded".to_owned())),
            Some(path) => {
                let source = data
                    .and_then(|data| data.note(Kind::Sites))
                    .map_or_else(|| path.display().to_string(), |note| note.source);
                Ok((ground_of(&[path])?, format!("embedded, sites of {source}")))
            }
        },
        Some(path) if path.is_dir() => Ok((ground_of(&files_of(path)?)?, path.display().to_string())),
        Some(path) => Ok((ground_of(&[path.to_owned()])?, path.display().to_string())),
    }
}

/// The files of a directory that may be a map or a list of sites, by name.
fn files_of(directory: &Path) -> Result<Vec<PathBuf>> {
    let given = directory.display();
    let entries =
        std::fs::read_dir(directory).with_context(|| format!("cannot open {given}; give {GROUND_IS}"))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .with_context(|| format!("cannot read {given}"))?;
    let known = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        path.is_file() && matches!(extension, Some("bin" | "toml" | "json" | "geojson" | "csv"))
    };
    paths.retain(known);
    paths.sort();
    if paths.is_empty() {
        bail!("{given} has no .bin, .toml, .json, .geojson or .csv file; give {GROUND_IS}");
    }
    Ok(paths)
}

/// One map at most (the embedded one if there is none), and all lists together. A list of gateways alone leaves the
/// points of presence as they are, and the other way round.
fn ground_of(paths: &[PathBuf]) -> Result<Ground> {
    let mut map: Option<Ground> = None;
    let mut sites = Sites::default();
    for path in paths {
        let bytes = files::read(path, GROUND_IS, MAP_BYTES_MAX.max(LONGEST_LIST as u64))?;
        if bytes.starts_with(&world::MAGIC) {
            if map.is_some() {
                bail!("{} is a second compiled map; give one", path.display());
            }
            map = Some(Ground::from_bytes(&bytes).with_context(|| format!("--ground {}", path.display()))?);
        } else {
            let list = read_sites(&bytes).with_context(|| format!("--ground {}", path.display()))?;
            warn_of_sites(path, &list);
            sites.gateways.extend(list.gateways);
            sites.pops.extend(list.pops);
        }
    }
    let ground = map.unwrap_or_else(Ground::embedded);
    fill_countries(&mut sites, &ground);
    let limit = |count: usize, what| match u16::try_from(count) {
        Ok(_) => Ok(()),
        Err(_) => Err(anyhow!("{count} {what}; at most {} are allowed", u16::MAX)),
    };
    limit(sites.gateways.len(), "gateways")?;
    limit(sites.pops.len(), "points of presence")?;
    let gateways = if sites.gateways.is_empty() { ground.gateways.clone() } else { sites.gateways };
    let pops = if sites.pops.is_empty() { ground.pops.clone() } else { sites.pops };
    Ok(ground.with_sites(gateways, pops))
}

/// Says which records of a list were left out.
pub fn warn_of_sites(path: &Path, list: &Sites) {
    warn(&list.rejected, |rejected| {
        format!("{}, record {}: {}", path.display(), rejected.record, rejected.reason)
    });
}
