//! From words, or a request, to the changes of a preview.

use skyshed::World;
use skyshed::control::state::Limits;
use skyshed::control::zones::{Placed, index_of};
use skyshed::control::{Class, ClassSet, State, Zones};
use skyshed::preview::{CellList, Change};
use skyshed_log::side;
use skyshed_records::record::{self, Request};
use skyshed_tlog::ReadFiles;

/// The states that can be previewed by name.
pub const STATES: [&str; 7] =
    ["on", "off", "limited", "listed", "individual", "emergency_only", "transit_only"];

/// Reads `TERRITORY=STATE`.
///
/// # Errors
/// What to write instead.
pub fn parse(text: &str) -> Result<(String, &'static str), String> {
    let hint = "write a territory and a state, such as TW=on";
    let (territory, state) = text.rsplit_once('=').ok_or_else(|| hint.to_owned())?;
    let state = STATES.into_iter().find(|allowed| *allowed == state);
    let state = state.ok_or_else(|| format!("allowed states: {}", STATES.join(", ")))?;
    if territory.trim().is_empty() { Err(hint.to_owned()) } else { Ok((territory.to_owned(), state)) }
}

/// The state of a name. Which terminals are on a list does not matter to a preview.
pub fn state(name: &str, limits: Limits) -> State {
    match name {
        "on" => State::On,
        "off" => State::Off,
        "limited" => State::Limited(limits),
        "listed" => State::Listed { merkle_root: [0; 32] },
        "individual" => State::Individual,
        "emergency_only" => State::EmergencyOnly,
        _ => State::TransitOnly,
    }
}

/// Classes by name.
///
/// # Errors
/// Which is none, and which there are.
pub fn classes(names: &[String]) -> Result<ClassSet, String> {
    let class = |name: &String| {
        Class::parse(name).ok_or_else(|| {
            format!("unknown class {name:?}; allowed: {}", Class::ALL.map(Class::name).join(", "))
        })
    };
    names.iter().map(class).collect()
}

/// The cells of a request's zone, by its hash: no list where they are those that its territory has on the map; the list where
/// the log's decisions are about it. `None` where neither is so.
pub fn lists_of(world: &World, request: &Request) -> Option<Vec<CellList>> {
    let ground = &world.ground;
    let of_map = index_of(ground, &request.territory).map(|index| ground.territory_at(index).cells_sha256);
    if of_map == Some(request.zone.0) {
        return Some(Vec::new());
    }
    placed(world, &world.log.as_ref()?.zones, request)
}

/// The same where the list is attached to the log, by its hash. `None` where it is not.
///
/// # Errors
/// Why what is attached under that hash is no list of cells.
pub fn lists_attached(
    world: &World,
    files: &impl ReadFiles,
    request: &Request,
) -> Result<Option<Vec<CellList>>, String> {
    let Some(log) = &world.log else { return Ok(None) };
    let attached = side::attachment(files, &request.zone).map_err(|error| error.to_string())?;
    let Some(bytes) = attached else { return Ok(None) };
    let mut zones = Zones::clone(&log.zones);
    zones.add_list(&bytes).map_err(|error| format!("{}: {error}", side::attachment_path(&request.zone)))?;
    Ok(placed(world, &zones, request))
}

fn placed(world: &World, zones: &Zones, request: &Request) -> Option<Vec<CellList>> {
    match zones.place(&world.ground, &request.territory, request.zone)? {
        Placed::Territory(_) => Some(Vec::new()),
        Placed::Cells(cells) => {
            Some(vec![CellList { territory: request.territory.clone(), cells: cells.to_vec() }])
        }
    }
}

/// The change that a request asks for.
///
/// # Errors
/// A class of service that does not exist here.
pub fn of_request(request: &Request) -> Result<Change, String> {
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
