//! From arguments, or a request, to changes.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use skyshed::World;
use skyshed::control::state::Limits;
use skyshed::control::zones::{Placed, index_of};
use skyshed::control::{ClassSet, Zones};
use skyshed::ground::CELL_COUNT;
use skyshed::preview::{CellList, Change};
use skyshed_log::{Disk, side};
use skyshed_records::record::Request;
use skyshed_server::changes;

use super::PreviewArgs;
use crate::args::Cli;
use crate::exit::refused;
use crate::files;
use crate::obeyed::DEMONSTRATION;

/// Largest list of cells, bytes: the planet's.
const CELLS_BYTES_MAX: u64 = 8 * CELL_COUNT as u64;
const CELLS_ARE: &str = "the list of a zone's cells: sorted H3 indexes of 8 bytes each, big-endian";

/// `TERRITORY=STATE` as given.
#[derive(Clone, Debug)]
pub struct Given {
    territory: String,
    state: &'static str,
}

/// Reads `TERRITORY=STATE`.
pub fn parse(text: &str) -> Result<Given, String> {
    let (territory, state) = changes::parse(text)?;
    Ok(Given { territory, state })
}

/// The changes of a command line.
pub fn of_arguments(args: &PreviewArgs) -> Result<Vec<Change>> {
    let limits = Limits { speed_max_kmh: args.max_speed_kmh, rate_max_kbps: args.max_kbps };
    let limited = args.changes.iter().any(|given| given.state == "limited");
    if limits != Limits::default() && !limited {
        bail!("--max-kbps and --max-speed-kmh belong to the state limited; give TERRITORY=limited");
    }
    if limited && limits == Limits::default() {
        bail!("the state limited needs a limit; give --max-kbps KBPS or --max-speed-kmh KMH");
    }
    let classes = if args.classes.is_empty() { ClassSet::ALL } else { classes(&args.classes)? };
    let change = |given: &Given| Change {
        territory: given.territory.clone(),
        classes,
        state: changes::state(given.state, limits),
    };
    Ok(args.changes.iter().map(change).collect())
}

/// The change that a request asks for.
pub fn of_request(request: &Request) -> Result<Change> {
    changes::of_request(request).map_err(|error| anyhow!(error))
}

/// The cells that a request is about, where these are not what its territory has on the map. A request names them by hash; a
/// preview of others would be of another request.
pub fn lists(cli: &Cli, world: &World, request: &Request, given: Option<&Path>) -> Result<Vec<CellList>> {
    let ground = &world.ground;
    let listed = |bytes: &[u8], what: &str| {
        let mut zones = Zones::new(ground);
        let hash = zones.add_list(bytes).map_err(|error| refused(format!("{what}: {error}")))?;
        if hash != request.zone {
            return Err(refused(format!(
                "{what} is the list of zone {hash}, but the request is about zone {}; give the list that it was asked with",
                request.zone
            )));
        }
        Ok(match zones.place(ground, &request.territory, hash) {
            Some(Placed::Cells(cells)) => {
                vec![CellList { territory: request.territory.clone(), cells: cells.to_vec() }]
            }
            _ => Vec::new(),
        })
    };
    if let Some(path) = given {
        let bytes = files::read(path, CELLS_ARE, CELLS_BYTES_MAX)?;
        return listed(&bytes, &format!("--cells {}", path.display()));
    }
    if let Some(lists) = changes::lists_of(world, request) {
        return Ok(lists);
    }
    if let Some(bytes) = attached(cli, request)? {
        return listed(&bytes, "the list attached to the log");
    }
    let have = match index_of(ground, &request.territory) {
        Some(index) => {
            format!(
                "{} is {} on this map",
                request.territory,
                super::hex(&ground.territory_at(index).cells_sha256)
            )
        }
        None => format!("this map has no territory {}", request.territory),
    };
    Err(refused(format!(
        "the request is about zone {}, but {have}; give the map it was asked with (--ground), or the list of its cells (--cells)",
        request.zone
    )))
}

/// The list that is attached to the log that is obeyed, if one is.
fn attached(cli: &Cli, request: &Request) -> Result<Option<Vec<u8>>> {
    let folder = cli.world.log.as_ref().filter(|folder| folder.as_os_str() != DEMONSTRATION);
    let Some(folder) = folder else { return Ok(None) };
    let given = || format!("--log {}", folder.display());
    let files = Disk::read_only(folder).with_context(given)?;
    side::attachment(&files, &request.zone).with_context(given)
}

fn classes(names: &[String]) -> Result<ClassSet> {
    changes::classes(names).map_err(|error| anyhow!(error))
}
