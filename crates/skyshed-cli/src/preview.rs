//! `skyshed preview`: a command line, or a request, becomes a [`PreviewRequest`]; the answer becomes text, canonical JSON, a map.

mod change;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use sha2::{Digest, Sha256};
use skyshed::page::{Layout, Page};
use skyshed::preview::{Area, PreviewRequest, Study, preview_listed};
use skyshed::{Outcome, World};
use skyshed_records::jcs;
use skyshed_records::record::Request;
use skyshed_server::drawing::preview_map;

use crate::args::Cli;
use crate::exit::refused;
use crate::progress::Progress;
use crate::route::plot;
use crate::screen::{print_page, print_text};
use crate::{eprintln_safe, files, inputs, now, print_outcome};

/// Largest request file, bytes: that of a record.
const REQUEST_BYTES_MAX: u64 = 1 << 16;

/// What `skyshed preview` takes.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub struct PreviewArgs {
    /// A territory (id, ISO 3166-1 alpha-3 code or name) and its state, such as TW=on; several are previewed together.
    ///
    /// States: on, off, limited, listed, individual, emergency_only, transit_only.
    #[arg(value_name = "TERRITORY=STATE", required_unless_present = "request", value_parser = change::parse)]
    pub changes: Vec<change::Given>,
    /// The classes of service it is about. Default: every class.
    #[arg(long, value_name = "CLASS,CLASS", value_delimiter = ',', conflicts_with = "request")]
    pub classes: Vec<String>,
    /// Highest rate of a terminal where the state is limited.
    #[arg(long, value_name = "KBPS", conflicts_with = "request")]
    pub max_kbps: Option<u32>,
    /// Fastest a terminal may move where the state is limited; told, not planned.
    #[arg(long, value_name = "KMH", conflicts_with = "request")]
    pub max_speed_kmh: Option<u32>,
    /// Preview what a request asks for: a file with its JSON body. Where it carries a preview's hash, it is compared.
    #[arg(long, value_name = "FILE", conflicts_with = "changes")]
    pub request: Option<PathBuf>,
    /// The cells of the request's zone, where these are not what its territory has on the map: sorted H3 indexes, 8 bytes each,
    /// big-endian. Their hash must be the one that the request names. Default: what is attached to the log, if anything is.
    #[arg(long, value_name = "FILE", requires = "request", conflicts_with = "changes")]
    pub cells: Option<PathBuf>,
    /// Tell all of the planet cell by cell instead of the surroundings: slower, for checking. Planned is the planet in any case.
    #[arg(long)]
    pub planet: bool,
    /// Write a map (.svg or .png) or the canonical JSON (.json); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub out: Vec<PathBuf>,
}

const AFTER_HELP: &str = "\
The slot is planned without the change and with it, under the same sky, after the same slot before. Whatever differs is the
change's doing. A territory can be kept without service in two ways, and both are planned: beam-level (no beam on its cells, and
a guard along its border that cells of its neighbours pay for) and terminal-level (beams may reach in, terminals refuse).

--json prints the canonical form (RFC 8785), nothing before or after it: the SHA-256 of these bytes is what a request carries as
preview_sha256. The same inputs give the same bytes on every machine.";

/// Where something is written, checked as far as its name goes.
enum Target {
    Svg(PathBuf),
    Png(PathBuf),
    Json(PathBuf),
}

/// Answers `skyshed preview`.
pub fn preview(cli: &Cli, args: &PreviewArgs) -> Result<()> {
    // What cannot be read or written is refused before a second of work.
    let targets = args.out.iter().map(|path| Target::new(path)).collect::<Result<Vec<_>>>()?;
    let asked = args.request.as_deref().map(read_request).transpose()?;
    let changes = match &asked {
        Some(request) => vec![change::of_request(request)?],
        None => change::of_arguments(args)?,
    };
    let world = inputs::world(&cli.world)?;
    let lists = match &asked {
        Some(request) => change::lists(cli, &world, request, args.cells.as_deref())?,
        None => Vec::new(),
    };
    let area = if args.planet { Area::Planet } else { Area::Surroundings };
    let request = PreviewRequest { changes, time: cli.world.at.map_or_else(now, Ok)?, area };
    let study = {
        let _progress = Progress::start("planning with and without the change");
        preview_listed(&world, &request, &lists)?
    };
    let json = canonical(&study)?;
    let sha256 = hex(&Sha256::digest(&json));
    let written =
        targets.iter().map(|target| target.write(&world, &study, &json)).collect::<Result<Vec<_>>>()?;
    let decisions = world.what_if().unwrap_or_else(|| world.activation.policy.clone());
    answer(cli, study, &json, [&decisions, &sha256], &written)?;
    match asked.and_then(|request| request.preview_sha256) {
        Some(carried) if hex(&carried.0) != sha256 => Err(refused(format!(
            "the request carries preview {}, but this one is {sha256}; compare time (--at), elements, map, configuration and \
             decisions with `inputs` in the preview it was asked with",
            hex(&carried.0)
        ))),
        _ => Ok(()),
    }
}

fn answer(
    cli: &Cli,
    study: Study,
    json: &[u8],
    [decisions, sha256]: [&str; 2],
    written: &[String],
) -> Result<()> {
    if cli.world.json {
        print_text(std::str::from_utf8(json)?)?;
        eprintln_safe(&format!("preview_sha256 {sha256}"));
        written.iter().for_each(|line| eprintln_safe(line));
        return Ok(());
    }
    print_outcome(&Outcome::Preview(Box::new(study.preview)), false)?;
    let mut page = Page::new();
    page.blank();
    page.labelled("Decisions", decisions);
    page.labelled("SHA-256", sha256);
    print_page(&page, Layout::UNWRAPPED)?;
    if written.is_empty() { Ok(()) } else { print_text(&format!("\n{}\n", written.join("\n"))) }
}

/// The bytes that a request names by hash.
fn canonical(study: &Study) -> Result<Vec<u8>> {
    Ok(jcs::canonical(&serde_json::to_value(&study.preview)?)?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_request(path: &Path) -> Result<Request> {
    let text = files::read_text(path, "the JSON body of a request", REQUEST_BYTES_MAX)?;
    serde_json::from_str(&text).map_err(|error| {
        refused(format!("--request {}: not the JSON body of a request: {error}", path.display()))
    })
}

impl Target {
    fn new(path: &Path) -> Result<Target> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let path = path.to_owned();
        match extension.to_ascii_lowercase().as_str() {
            "svg" => Ok(Target::Svg(path)),
            "png" => Ok(Target::Png(path)),
            "json" => Ok(Target::Json(path)),
            _ => bail!("--out {}: the extension says the format; allowed: .svg, .png, .json", path.display()),
        }
    }

    /// Writes; the file appears whole or not at all. Says what was written.
    fn write(&self, world: &World, study: &Study, json: &[u8]) -> Result<String> {
        let (Target::Svg(path) | Target::Png(path) | Target::Json(path)) = self;
        let _progress = Progress::start(format!("writing {}", path.display()));
        let (what, bytes) = match self {
            Target::Svg(_) => ("a map", plot::svg_of(&preview_map(world, study))),
            Target::Png(_) => ("a map", plot::png_of(&preview_map(world, study))?),
            Target::Json(_) => ("the canonical JSON", json.to_vec()),
        };
        files::replace(path, &bytes)?;
        Ok(format!("wrote {}: {what}, {:.1} MB", path.display(), bytes.len() as f64 / 1e6))
    }
}
