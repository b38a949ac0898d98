//! From arguments, or a request, to changes.

use anyhow::{Result, anyhow, bail};
use skyshed::World;
use skyshed::control::state::Limits;
use skyshed::control::{Class, ClassSet, State};
use skyshed::preview::Change;
use skyshed_records::record::{self, Request};

use super::PreviewArgs;
use crate::exit::refused;

/// `TERRITORY=STATE` as given.
#[derive(Clone, Debug)]
pub struct Given {
    territory: String,
    state: &'static str,
}

const STATES: [&str; 7] = ["on", "off", "limited", "listed", "individual", "emergency_only", "transit_only"];

/// Reads `TERRITORY=STATE`.
pub fn parse(text: &str) -> Result<Given, String> {
    let hint = "write a territory and a state, such as TW=on";
    let (territory, state) = text.rsplit_once('=').ok_or_else(|| hint.to_owned())?;
    let state = STATES.into_iter().find(|allowed| *allowed == state);
    let state = state.ok_or_else(|| format!("allowed states: {}", STATES.join(", ")))?;
    if territory.trim().is_empty() {
        Err(hint.to_owned())
    } else {
        Ok(Given { territory: territory.to_owned(), state })
    }
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
    let change = |given: &Given| {
        let state = match given.state {
            "on" => State::On,
            "off" => State::Off,
            "limited" => State::Limited(limits),
            // Which terminals are on the list does not matter here.
            "listed" => State::Listed { merkle_root: [0; 32] },
            "individual" => State::Individual,
            "emergency_only" => State::EmergencyOnly,
            _ => State::TransitOnly,
        };
        Change { territory: given.territory.clone(), classes, state }
    };
    Ok(args.changes.iter().map(change).collect())
}

/// The change that a request asks for.
pub fn of_request(request: &Request) -> Result<Change> {
    let state = match request.to {
        record::State::On => State::On,
        record::State::Off => State::Off,
        record::State::Listed { .. } => State::Listed { merkle_root: [0; 32] },
        record::State::Individual => State::Individual,
        record::State::Limited { max_speed_kmh, max_kbps } => {
            State::Limited(Limits { speed_max_kmh: max_speed_kmh, rate_max_kbps: max_kbps })
        }
        record::State::EmergencyOnly => State::EmergencyOnly,
        record::State::TransitOnly => State::TransitOnly,
    };
    Ok(Change { territory: request.territory.clone(), classes: classes(&request.classes)?, state })
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
    let class = |name: &String| {
        Class::parse(name).ok_or_else(|| {
            anyhow!("unknown class {name:?}; allowed: {}", Class::ALL.map(Class::name).join(", "))
        })
    };
    names.iter().map(class).collect()
}
