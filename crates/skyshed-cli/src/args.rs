//! The command line: what can be given. Knows nothing of what is done with it.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use skyshed::{CELL_COLUMNS, Epoch, ROUTE_COLUMNS};

use crate::completions::Shell;
use crate::duration::{self, Duration};
use crate::progress::When;

/// Satellite internet in software: plans the whole planet, slot by slot, and tells for any place whether there is
/// service, by what path, and if not, why.
#[derive(Debug, Parser)]
#[command(name = "skyshed", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub world: WorldArgs,
    #[command(subcommand)]
    pub task: Task,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "World")]
pub struct WorldArgs {
    /// Element sets (OMM JSON, CSV, KVN, XML or TLE, plain or gzip), a designed constellation in TOML, or preset:NAME.
    ///
    /// Presets: starlink-2026, starlink-550, kuiper-630, telesat-1015, oneweb-1200. Default: what `skyshed data` last
    /// refreshed or imported, else preset:starlink-2026.
    #[arg(long, global = true, value_name = "FILE|preset:NAME")]
    pub elements: Option<String>,
    /// A compiled map, a list of gateways and points of presence, or a directory with such files.
    #[arg(long, global = true, value_name = "FILE|DIR")]
    pub ground: Option<PathBuf>,
    /// What may be served: the folder of a public log, whose proven decisions are obeyed. Default: the demonstration
    /// log in the data directory.
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "policy")]
    pub log: Option<PathBuf>,
    /// The log's key and witnesses, as known from elsewhere. Default: policy.txt in the log's own folder.
    #[arg(long, global = true, value_name = "FILE", requires = "log")]
    pub witness_policy: Option<PathBuf>,
    /// A what-if study instead: a policy in TOML, or all-on, all-off, illustrative.
    #[arg(long, global = true, value_name = "FILE|all-on|all-off|illustrative")]
    pub policy: Option<String>,
    /// The time, such as 2026-08-22T21:00:12Z. Default: now.
    #[arg(long, global = true, value_name = "TIME", value_parser = |text: &str| Epoch::parse(text))]
    pub at: Option<Epoch>,
    /// Parameters in TOML that differ from the built-in ones.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What is out of order, and when: satellites, planes, shells, gateways, points of presence, lasers, in TOML.
    #[arg(long, global = true, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Print JSON with stable keys instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours: on a terminal (NO_COLOR, CLICOLOR and CLICOLOR_FORCE are followed), always or never.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Say on standard error what is being done: after a second of silence, always (each step as it begins) or never.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub progress: When,
}

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Run the service: plan every slot as it begins, HTTP API, page.
    #[command(after_long_help = crate::serve::HELP)]
    Serve(crate::serve::ServeArgs),
    /// Is there service at a place, by what path, and if not, why.
    Why(WhyArgs),
    /// Plan one slot of the planet; print its numbers, or write it to a file.
    #[command(after_long_help = columns_help())]
    Slot(SlotArgs),
    /// Served, unserved and why; people; percentiles of latency and rate.
    Coverage(CoverageArgs),
    /// From one end to another: hop by hop, round-trip time, and over a span of time what changes.
    #[command(after_long_help = route_help())]
    Route(RouteArgs),
    /// What a change of service would do: inside a territory, and to its neighbours.
    Preview(crate::preview::PreviewArgs),
    /// The public log of decisions: make, append, verify, read, prove, watch.
    Log(crate::log::LogArgs),
    /// Territories in the log: what is decided about each, why, and when somebody looks again.
    Territory(crate::territory::TerritoryArgs),
    /// Ask for a change of service: write the request, sign it, submit it to the log.
    Request(crate::request::RequestArgs),
    /// Approve, reject or recuse from requests, signed and submitted in one go.
    Approve(crate::request::approve::ApproveArgs),
    /// Stop a request or policy that is in review or waits; one canceller is enough.
    Cancel(crate::request::approve::CancelArgs),
    /// Log that somebody outside asked for something: openly, or sealed now and opened later.
    Contact(crate::request::contact::ContactArgs),
    /// State that one had no contact about service that is not in the log.
    Attest(crate::request::contact::AttestArgs),
    /// Log what happened to a key: add, revoke, lost, compromised.
    Key(crate::request::key::KeyArgs),
    /// Write a constellation in the files of another simulator, or the log's history in those of shutdown trackers.
    Export(ExportArgs),
    /// Read the files of another simulator and compare its routes with ours, or a shutdown tracker's as observations.
    Import(ImportFromArgs),
    /// The element sets, Earth rotation and sites kept on this machine.
    Data(DataArgs),
    /// Print what a shell needs to complete command lines, values included.
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands.
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write a page for each command to this folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct WhyArgs {
    /// A city (Taipei; "Springfield, US-IL"), latitude,longitude (-33.86,151.2), or a cell id (85283473fffffff).
    #[arg(value_name = "PLACE", allow_hyphen_values = true, value_parser = place)]
    pub place: String,
}

#[derive(Debug, Args)]
pub struct SlotArgs {
    /// Write the table of cells; the extension decides: .parquet, .arrow, .csv or .geojson.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Which cells are written. Default: all; inhabited for .geojson.
    #[arg(long, value_enum, value_name = "WHICH", requires = "out")]
    pub cells: Option<Cells>,
    /// Also work out the largest number of cells that could be served at once, and how far the plan is from it: seconds
    /// where `slot.scope` is "land" or "inhabited", minutes for the whole planet.
    #[arg(long)]
    pub exact: bool,
}

/// Which cells are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cells {
    /// Every cell of the planet.
    All,
    /// Cells of land.
    Land,
    /// Cells with people.
    Inhabited,
    /// Cells with service.
    Served,
}

#[derive(Debug, Args)]
pub struct CoverageArgs {
    /// A territory by id (UA, UA-32, UA.sea), ISO 3166-1 alpha-3 code or name. Default: the planet.
    #[arg(value_name = "TERRITORY", conflicts_with = "by")]
    pub territory: Option<String>,
    /// One answer for each country, disputed area and the high seas.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub by: Option<By>,
}

/// How coverage is broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By country.
    Country,
}

#[derive(Debug, Args)]
pub struct RouteArgs {
    /// Where it begins: a place (city, latitude,longitude or cell id), city:PLACE, gateway:NAME or pop:NAME.
    #[arg(value_name = "FROM", allow_hyphen_values = true, value_parser = place)]
    pub from: String,
    /// Where it leads.
    #[arg(value_name = "TO", allow_hyphen_values = true, value_parser = place)]
    pub to: String,
    /// Follow it for so long, such as 2h, from --at on. Default: one instant.
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse)]
    pub length: Option<Duration>,
    /// From one instant to the next. Default: 1s.
    #[arg(long, value_name = "TIME", requires = "length", value_parser = duration::parse)]
    pub step: Option<Duration>,
    /// Over satellites and lasers only, from ground station to ground station: no gateways, beams or decisions.
    #[arg(long)]
    pub lasers_only: bool,
    /// Whose physics: ours, or Hypatia's for its own shells (preset:starlink-550, preset:kuiper-630,
    /// preset:telesat-1015), whose time begins at 2000-01-01: there that is the default of --at.
    #[arg(long, value_enum, value_name = "WHOSE", requires = "lasers_only")]
    pub convention: Option<ConventionFlag>,
    /// Write the table of instants; the extension decides: .parquet, .arrow or .csv.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Draw round-trip time over time; the extension decides: .svg or .png.
    #[arg(long, value_name = "FILE", requires = "length")]
    pub plot: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(subcommand)]
    pub task: ExportTask,
}

#[derive(Debug, Subcommand)]
pub enum ExportTask {
    /// Hypatia's elements, lasers, stations and forwarding states (github.com/snkas/hypatia).
    Hypatia(HypatiaArgs),
    /// NetSatBench's nodes and epochs of links (github.com/mSvcBench/NetSatBench).
    Netsatbench(NetSatBenchArgs),
    /// Every time without full service since the log's first decision, as CSV with the columns of Access Now's shutdown tracker.
    Shutdowns(crate::tracker::ExportTrackerArgs),
    /// The same as annotations in Cloudflare Radar's shape.
    Radar(crate::tracker::ExportTrackerArgs),
}

#[derive(Debug, Args)]
pub struct HypatiaArgs {
    /// The folder to make; it must not exist yet, or be empty.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    #[command(flatten)]
    pub steps: StepArgs,
}

#[derive(Debug, Args)]
pub struct NetSatBenchArgs {
    /// The folder to make; it must not exist yet, or be empty.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    #[command(flatten)]
    pub steps: StepArgs,
    /// A station is linked to this many of the nearest satellites it sees.
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    pub antennas: usize,
    /// Rate of a laser, as tc writes it.
    #[arg(long, value_name = "RATE", default_value = "10gbit")]
    pub isl_rate: String,
    /// Rate of a link between a station and a satellite, as tc writes it.
    #[arg(long, value_name = "RATE", default_value = "1gbit")]
    pub gsl_rate: String,
    /// Delays are rounded to this, and updated only when they move by it.
    #[arg(long, value_name = "TIME", default_value = "100us", value_parser = duration::parse)]
    pub delay_step: Duration,
}

/// What is exported, and when.
#[derive(Debug, Args)]
pub struct StepArgs {
    /// Whose physics: ours for any elements, or Hypatia's for its own shells (preset:starlink-550, preset:kuiper-630,
    /// preset:telesat-1015), equal to its own files.
    #[arg(long, value_enum, value_name = "WHOSE", default_value = "skyshed")]
    pub convention: ConventionFlag,
    /// Stations: id,name,latitude_deg,longitude_deg,elevation_m a line, or Hypatia's ground_stations.txt. Default: the
    /// 100 largest of the shipped cities.
    #[arg(long, value_name = "FILE")]
    pub stations: Option<PathBuf>,
    /// How long, such as 3s or 2h.
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = duration::parse)]
    pub length: Duration,
    /// From one state to the next, such as 1s or 100ms.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration::parse)]
    pub step: Duration,
}

/// Whose physics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConventionFlag {
    /// Ours.
    Skyshed,
    /// Hypatia's.
    Hypatia,
}

#[derive(Debug, Args)]
pub struct ImportFromArgs {
    #[command(subcommand)]
    pub task: ImportTask,
}

#[derive(Debug, Subcommand)]
pub enum ImportTask {
    /// A folder of Hypatia's, or one that `export hypatia` made.
    Hypatia(ImportHypatiaArgs),
    /// Rows of a shutdown tracker, as observations to be signed and put into the log.
    Shutdowns(crate::tracker::ImportTrackerArgs),
    /// Annotations in Cloudflare Radar's shape, as observations to be signed and put into the log.
    Radar(crate::tracker::ImportTrackerArgs),
}

#[derive(Debug, Args)]
pub struct ImportHypatiaArgs {
    /// The folder with tles.txt and its siblings.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Also print the path and the round trip between two stations at each step: names, nodes (1602) or ids (18).
    #[arg(long, value_name = "A,B")]
    pub pair: Option<String>,
    /// Which folder of forwarding states, where there are several.
    #[arg(long, value_name = "NAME")]
    pub state: Option<String>,
}

#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    pub task: DataTask,
}

#[derive(Debug, Subcommand)]
pub enum DataTask {
    /// What is there, how old, and where it comes from.
    Status,
    /// Download Starlink's element sets (CelesTrak) and the Earth's rotation (IERS), at most every two hours.
    Refresh(RefreshArgs),
    /// Check a file and keep it: element sets, finals2000A, or a list of gateways and points of presence.
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub struct RefreshArgs {
    /// Download from a mirror that keeps the paths of celestrak.org and datacenter.iers.org.
    #[arg(long, value_name = "URL", env = "SKYSHED_SOURCE")]
    pub source: Option<String>,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file; what it is, is told by its content.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// The columns of the table that `slot --out` writes.
fn columns_help() -> String {
    let columns = columns(&CELL_COLUMNS, "; null where there is no service");
    format!("Columns of the table of cells, a row per cell:\n{columns}")
}

/// The ends of a route, and the columns of the table that `route --out` writes.
fn route_help() -> String {
    let ends = [
        ("PLACE, terminal:PLACE", "a terminal of the service there"),
        ("city:PLACE", "a server there, on terrestrial fibre"),
        ("gateway:NAME", "a gateway"),
        ("pop:NAME", "a point of presence"),
    ];
    let ends: String = ends.map(|(end, meaning)| format!("  {end:<22} {meaning}\n")).concat();
    let columns = columns(&ROUTE_COLUMNS, "");
    format!("Ends:\n{ends}\nColumns of the table of instants, a row per instant:\n{columns}")
}

fn columns(columns: &[skyshed::Column], null: &str) -> String {
    let line = |column: &skyshed::Column| {
        let kind = format!("{:?}", column.kind).to_lowercase();
        let null = if column.nullable { null } else { "" };
        format!("  {:<15} {kind:<5} {}{null}\n", column.name, column.meaning)
    };
    columns.iter().map(line).collect()
}

/// A place may begin with a minus sign, but an unknown option is not a place.
pub fn place(text: &str) -> Result<String, String> {
    let begins_like_an_option = text
        .strip_prefix('-')
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
    if begins_like_an_option {
        return Err(
            "no such option, and no place either; a place is a city, latitude,longitude, or a cell id"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}
