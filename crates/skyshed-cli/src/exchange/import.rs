//! `import hypatia`: reads a run of Hypatia's, checks every line, and compares it with ours.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use skyshed_exchange::hypatia::own::{NOTES, SATELLITES, read_convention};
use skyshed_exchange::hypatia::report::{self, Difference, End, Spread, StepReport, TIE_M};
use skyshed_exchange::hypatia::{Case, Convention, Forwarding, Texts, Ways, forwarding};

use super::TEXT_BYTES_MAX;
use crate::args::ImportHypatiaArgs;
use crate::files;
use crate::progress::Progress;

const FOLDER_IS: &str = "a folder with Hypatia's tles.txt, isls.txt, ground_stations.txt, gsl_interfaces_info.txt, description.txt and dynamic_state_...";

/// What was read, and how it compares.
#[derive(Serialize)]
struct Imported {
    directory: String,
    convention: &'static str,
    epoch: String,
    satellites: usize,
    planes: u32,
    satellites_per_plane: u32,
    lasers: usize,
    lasers_per_satellite: [usize; 2],
    stations: usize,
    dynamic_state: String,
    steps: Vec<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<Pair>,
}

#[derive(Serialize)]
struct Step {
    time_ns: u64,
    rows: usize,
    unreachable_pairs: usize,
    loops: usize,
    too_long_pairs: usize,
    rtt_ms: Option<Rtt>,
    differences: Differing,
}

#[derive(Serialize)]
struct Rtt {
    min: f64,
    mean: f64,
    median: f64,
    p95: f64,
    max: f64,
}

#[derive(Serialize)]
struct Differing {
    rows_compared: usize,
    rows: usize,
    ties: usize,
    others: usize,
    examples: Vec<Example>,
}

#[derive(Serialize)]
struct Example {
    node: u32,
    destination: u32,
    next_hop: i32,
    ours: i32,
    longer_m: Option<f64>,
}

#[derive(Serialize)]
struct Pair {
    from: String,
    to: String,
    steps: Vec<PairStep>,
}

#[derive(Serialize)]
struct PairStep {
    time_ns: u64,
    /// `arrives`, `dropped` or `loops`.
    ends: &'static str,
    rtt_ms: Option<f64>,
    path: Vec<u32>,
    ours_rtt_ms: Option<f64>,
    ours_path: Option<Vec<u32>>,
}

/// Reads a folder and prints the report.
pub fn import(args: &ImportHypatiaArgs, json: bool) -> Result<()> {
    let directory = &args.directory;
    if !directory.is_dir() {
        bail!("{} is no folder; give {FOLDER_IS}", directory.display());
    }
    let case = read_case(directory)?;
    let pair = args.pair.as_deref().map(|given| pair_of(&case, given)).transpose()?;
    let (name, states) = states(directory, args.state.as_deref())?;
    let imported = {
        let _progress = Progress::start(format!("reading {}", directory.display()));
        look(directory, &case, name, &states, pair)?
    };
    if json { crate::print_json(&imported) } else { crate::print_text(&text(&imported)) }
}

fn read_case(directory: &Path) -> Result<Case> {
    let read = |name: &str| files::read_text(&directory.join(name), FOLDER_IS, TEXT_BYTES_MAX);
    let texts = Texts {
        tles: read("tles.txt")?,
        isls: read("isls.txt")?,
        ground_stations: read("ground_stations.txt")?,
        gsl_interfaces_info: read("gsl_interfaces_info.txt")?,
        description: read("description.txt")?,
    };
    let convention = match directory.join(NOTES).exists() {
        false => Convention::Hypatia,
        true => read_convention(&read(NOTES)?, &read(SATELLITES)?).with_context(within(directory))?,
    };
    Case::read(&texts, convention).with_context(within(directory))
}

fn within(directory: &Path) -> impl FnOnce() -> String {
    let given = directory.display().to_string();
    move || format!("in {given}")
}

/// The stations of `A,B`: names, nodes or ids.
fn pair_of(case: &Case, given: &str) -> Result<[usize; 2]> {
    let parts: Vec<&str> = given.split(',').map(str::trim).collect();
    let [from, to] = parts[..] else {
        bail!(
            "--pair is `{given}`; allowed: two stations with a comma between, such as 18,73; names and nodes will do too"
        );
    };
    let station = |name: &str| {
        let nodes = [case.satellites(), case.satellites() + case.stations.len() - 1];
        case.station(name).ok_or_else(|| {
            let first = &case.stations[0].name;
            anyhow!(
                "--pair: no station `{name}`; allowed: a name of ground_stations.txt (such as {first}), a node from {} \
                 to {}, or an id from 0 to {}",
                nodes[0],
                nodes[1],
                case.stations.len() - 1
            )
        })
    };
    let stations = [station(from)?, station(to)?];
    if stations[0] == stations[1] {
        bail!("--pair is twice the same station, {}; give two", case.stations[stations[0]].name);
    }
    Ok(stations)
}

/// A file of forwarding and the one of bandwidths beside it.
struct StateFile {
    time_ns: u64,
    fstate: PathBuf,
    bandwidth: PathBuf,
}

/// The folder of states, and its files by time.
fn states(directory: &Path, wanted: Option<&str>) -> Result<(String, Vec<StateFile>)> {
    let name = match wanted {
        Some(name) => name.to_owned(),
        None => only_state(directory)?,
    };
    let folder = directory.join(&name);
    let mut found = Vec::new();
    for file in names(&folder)? {
        let Some(time) = file.strip_prefix("fstate_").and_then(|rest| rest.strip_suffix(".txt")) else {
            continue;
        };
        let plain = time.bytes().all(|byte| byte.is_ascii_digit()) && time.len() <= 18;
        let time_ns = time.parse().ok().filter(|_| plain).ok_or_else(|| {
            anyhow!(
                "{}: allowed: fstate_ and nanoseconds, such as fstate_1000000000.txt",
                folder.join(&file).display()
            )
        })?;
        let bandwidth = folder.join(format!("gsl_if_bandwidth_{time_ns}.txt"));
        found.push(StateFile { time_ns, fstate: folder.join(&file), bandwidth });
    }
    if found.is_empty() {
        bail!("{} has no fstate_<nanoseconds>.txt; give {FOLDER_IS}", folder.display());
    }
    found.sort_by_key(|file| file.time_ns);
    Ok((name, found))
}

fn only_state(directory: &Path) -> Result<String> {
    let mut folders = names(directory)?;
    folders.retain(|name| name.starts_with("dynamic_state_") && directory.join(name).is_dir());
    folders.sort();
    match folders.as_slice() {
        [only] => Ok(only.clone()),
        [] => bail!("{} has no folder dynamic_state_...; give {FOLDER_IS}", directory.display()),
        several => bail!(
            "{} has {} folders of forwarding states; choose one with --state: {}",
            directory.display(),
            several.len(),
            several.join(", ")
        ),
    }
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot open {}; give {FOLDER_IS}", folder.display()))?;
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    entries
        .map(name)
        .collect::<std::io::Result<_>>()
        .with_context(|| format!("cannot read {}", folder.display()))
}

fn look(
    directory: &Path,
    case: &Case,
    name: String,
    states: &[StateFile],
    pair: Option<[usize; 2]>,
) -> Result<Imported> {
    let mut ways = Ways::default();
    let mut state = None;
    let (mut steps, mut pair_steps) = (Vec::new(), Vec::new());
    for file in states {
        let shown = file.fstate.display().to_string();
        let text = files::read_text(&file.fstate, "a forwarding state", TEXT_BYTES_MAX)?;
        let (now, rows) = Forwarding::read(case, &shown, &text, state.take())?;
        if file.bandwidth.exists() {
            let text = files::read_text(&file.bandwidth, "bandwidths", TEXT_BYTES_MAX)?;
            forwarding::check_bandwidth(case, &file.bandwidth.display().to_string(), &text)?;
        }
        case.ways_into(file.time_ns, &mut ways).with_context(|| shown.clone())?;
        steps.push(step(report::step(case, &ways, &now, rows)));
        pair_steps.extend(pair.map(|pair| pair_step(case, &ways, &now, pair)));
        state = Some(now);
    }
    let degree = (0..case.satellites()).map(|satellite| case.links.degree(satellite as u32));
    let named = |station: usize| case.stations[station].name.clone();
    Ok(Imported {
        directory: directory.display().to_string(),
        convention: match case.convention() {
            Convention::Hypatia => "hypatia",
            Convention::Skyshed { .. } => "skyshed",
        },
        epoch: case.epoch.to_string(),
        satellites: case.satellites(),
        planes: case.grid[0],
        satellites_per_plane: case.grid[1],
        lasers: case.links.pairs.len(),
        lasers_per_satellite: [degree.clone().min().unwrap_or(0), degree.max().unwrap_or(0)],
        stations: case.stations.len(),
        dynamic_state: name,
        steps,
        pair: pair.map(|[from, to]| Pair { from: named(from), to: named(to), steps: pair_steps }),
    })
}

fn step(found: StepReport) -> Step {
    let rtt = |Spread { min, mean, median, p95, max }| Rtt {
        min: micros(min),
        mean: micros(mean),
        median: micros(median),
        p95: micros(p95),
        max: micros(max),
    };
    let example = |found: &Difference| Example {
        node: found.node,
        destination: found.destination,
        next_hop: found.given,
        ours: found.ours,
        longer_m: found.longer_m.map(micros),
    };
    let differences = found.differences;
    Step {
        time_ns: found.time_ns,
        rows: found.rows,
        unreachable_pairs: found.unreachable_pairs,
        loops: found.loops,
        too_long_pairs: found.too_long_pairs,
        rtt_ms: found.rtt_ms.map(rtt),
        differences: Differing {
            rows_compared: differences.rows,
            rows: differences.ties + differences.others,
            ties: differences.ties,
            others: differences.others,
            examples: differences.examples.iter().map(example).collect(),
        },
    }
}

fn pair_step(case: &Case, ways: &Ways, state: &Forwarding, [from, to]: [usize; 2]) -> PairStep {
    let walk = report::walk(case, ways, state, from, to);
    let rtt_ms = walk.rtt_ms().map(micros);
    PairStep {
        time_ns: ways.time_ns(),
        ends: match walk.end {
            End::Arrives => "arrives",
            End::Dropped => "dropped",
            End::Loops => "loops",
        },
        rtt_ms,
        path: if walk.end == End::Loops { walk.path.into_iter().take(32).collect() } else { walk.path },
        ours_rtt_ms: ways.rtt_ms(from, to).map(micros),
        ours_path: ways.path(case, from, to),
    }
}

/// Six decimals: micrometres, or nanoseconds where milliseconds are given.
fn micros(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn text(imported: &Imported) -> String {
    let [least, most] = imported.lasers_per_satellite;
    let satellites = match (imported.satellites, imported.planes) {
        // Hypatia's first line for satellites that are in no grid.
        (satellites, 1) => satellites.to_string(),
        (satellites, planes) => {
            format!("{satellites} in {planes} planes of {}", imported.satellites_per_plane)
        }
    };
    let mut text = format!(
        "{}: Hypatia's files, {} convention\n  satellites  {}\n  lasers      {}, {least} to {most} \
         per satellite\n  stations    {}\n  time 0      {}\n  steps       {} in {}\n\n",
        imported.directory,
        imported.convention,
        satellites,
        imported.lasers,
        imported.stations,
        imported.epoch,
        imported.steps.len(),
        imported.dynamic_state,
    );
    text += "      time s    rows  dropped  loops  round trip ms: min     mean   median      p95      max   differ: ties  others\n";
    for step in &imported.steps {
        let rtt = step.rtt_ms.as_ref().map_or_else(
            || format!("{:>22} {:>8} {:>8} {:>8} {:>8}", "-", "-", "-", "-", "-"),
            |rtt| {
                format!(
                    "{:>22.3} {:>8.3} {:>8.3} {:>8.3} {:>8.3}",
                    rtt.min, rtt.mean, rtt.median, rtt.p95, rtt.max
                )
            },
        );
        text += &format!(
            "{:>12.3} {:>7} {:>8} {:>6}{rtt} {:>14} {:>7}\n",
            step.time_ns as f64 / 1e9,
            step.rows,
            step.unreachable_pairs,
            step.loops,
            step.differences.ties,
            step.differences.others,
        );
    }
    text += &verdict(imported);
    if let Some(pair) = &imported.pair {
        text += &pair_text(pair);
    }
    text
}

fn verdict(imported: &Imported) -> String {
    let differences = || imported.steps.iter().map(|step| &step.differences);
    let compared: usize = differences().map(|differences| differences.rows_compared).sum();
    let ties: usize = differences().map(|differences| differences.ties).sum();
    let others: usize = differences().map(|differences| differences.others).sum();
    let mut text = format!(
        "\nOf {compared} next hops {ties} differ from ours by a tie (less than {TIE_M} m), {others} otherwise.\n"
    );
    for step in &imported.steps {
        for example in &step.differences.examples {
            let longer = example
                .longer_m
                .map_or("leads nowhere".to_owned(), |longer_m| format!("{longer_m:.1} m longer"));
            text += &format!(
                "  at {} s node {} to {}: next hop {}, ours {}; {longer}\n",
                step.time_ns as f64 / 1e9,
                example.node,
                example.destination,
                example.next_hop,
                example.ours,
            );
        }
    }
    text
}

fn pair_text(pair: &Pair) -> String {
    let path = |nodes: &[u32]| nodes.iter().map(u32::to_string).collect::<Vec<_>>().join("-");
    let rtt = |rtt_ms: Option<f64>| rtt_ms.map_or("none".to_owned(), |rtt_ms| format!("{rtt_ms:.6} ms"));
    let mut text = format!("\n{} to {}\n", pair.from, pair.to);
    for step in &pair.steps {
        text += &format!(
            "{:>12.3} s  {}  {}  {}\n",
            step.time_ns as f64 / 1e9,
            rtt(step.rtt_ms),
            step.ends,
            path(&step.path)
        );
        if step.ours_path.as_ref() != Some(&step.path) {
            let ours = step.ours_path.as_deref().map_or("none".to_owned(), path);
            text += &format!("{:>12}    {}  ours     {ours}\n", "", rtt(step.ours_rtt_ms));
        }
    }
    text
}
