//! From arguments, or a request, to changes.

use anyhow::{Result, anyhow, bail};
use skyshed::World;
use skyshed::control::ClassSet;
use skyshed::control::state::Limits;
use skyshed::preview::Change;
use skyshed_records::record::Request;
use skyshed_server::changes;

use super::PreviewArgs;
use crate::exit::refused;

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

/// A request names its zone by hash; a preview of another zone would be of another request.
pub fn check_zone(world: &World, request: &Request) -> Result<()> {
    let ground = &world.ground;
    let territory = ground.territories.iter().find(|territory| territory.id == request.territory);
    let territory = territory.ok_or_else(|| {
        anyhow!(
            "the request is about `{}`, which this map does not have; requests give ids",
            request.territory
        )
    })?;
    let (asked, have) = (super::hex(&request.zone.0), super::hex(&territory.cells_sha256));
    if asked != have {
        return Err(refused(format!(
            "the request is about zone {asked}, but {} is {have} on this map; give the map it was asked with (--ground)",
            territory.id
        )));
    }
    Ok(())
}

fn classes(names: &[String]) -> Result<ClassSet> {
    changes::classes(names).map_err(|error| anyhow!(error))
}
