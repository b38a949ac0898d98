//! The decisions with a change laid over them: a change about a territory takes the place of what was decided about exactly this
//! territory for the same classes. Decisions about its parent, its parts or single cells stay, and the most restrictive wins.

use sha2::{Digest, Sha256};
use skyshed_control::policy::Policy;
use skyshed_control::zones::{Placed, index_of};
use skyshed_control::{Activation, Class, ClassSet, Decision, PlaceError, Scope, State, resolve};
use skyshed_ground::{Cell, TerritoryIndex, cell_id};

use super::{CHANGES_MAX, CellList, Change, PreviewError};
use crate::world::{EngineError, World};

/// A change whose cells have been looked up.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    /// Id of the territory.
    pub id: String,
    /// Its name; the id where the map does not have it.
    pub name: String,
    /// Its place on the map.
    territory: Option<TerritoryIndex>,
    /// It is about a list of cells, and not about those that the territory has on the map.
    listed: bool,
    /// The cells, sorted.
    pub cells: Vec<Cell>,
    /// SHA-256 of the cells, as zone records have it.
    pub zone_sha256: [u8; 32],
    pub classes: ClassSet,
    pub state: State,
}

/// Looks cells up and refuses changes that contradict each other.
pub(super) fn resolved(
    world: &World,
    changes: &[Change],
    lists: &[CellList],
) -> Result<Vec<Resolved>, PreviewError> {
    if !(1..=CHANGES_MAX).contains(&changes.len()) {
        return Err(PreviewError::Changes { given: changes.len() });
    }
    let mut resolved: Vec<Resolved> = Vec::with_capacity(changes.len());
    for change in changes {
        let one = one(world, change, lists)?;
        let before = resolved.iter().filter(|other| other.id == one.id);
        let taken = before.fold(ClassSet::NONE, |taken, other| taken.union(other.classes));
        if let Some(class) = one.classes.iter().find(|&class| taken.contains(class)) {
            return Err(PreviewError::Twice { territory: one.id, class: class.name() });
        }
        resolved.push(one);
    }
    // The order in which changes are given means nothing.
    let classes = |change: &Resolved| Class::ALL.map(|class| change.classes.contains(class));
    let place = |change: &Resolved| change.territory.map_or(u32::MAX, |index| u32::from(index.0));
    resolved
        .sort_by(|a, b| (place(a), &a.id).cmp(&(place(b), &b.id)).then_with(|| classes(b).cmp(&classes(a))));
    Ok(resolved)
}

fn one(world: &World, change: &Change, lists: &[CellList]) -> Result<Resolved, PreviewError> {
    let ground = &world.ground;
    let Change { classes, state, .. } = *change;
    let list = lists.iter().find(|list| list.territory == change.territory);
    let territory = match list {
        Some(list) => index_of(ground, &list.territory),
        None => Some(ground.find_territory(&change.territory)?),
    };
    let on_map = territory.map(|index| ground.territory_at(index));
    let id = on_map.map_or_else(|| change.territory.clone(), |territory| territory.id.clone());
    let name = on_map.map_or_else(|| id.clone(), |territory| territory.name.clone());
    if classes.is_empty() {
        return Err(PreviewError::NoClass { territory: id });
    }
    let cells = match (list, territory) {
        (Some(list), _) => sorted(&list.cells),
        (None, Some(index)) => ground.cells_of(index),
        (None, None) => Vec::new(),
    };
    if cells.is_empty() {
        return Err(PreviewError::NoCells { territory: id, name });
    }
    let zone_sha256 = zone_sha256(&cells);
    Ok(Resolved { id, name, territory, listed: list.is_some(), cells, zone_sha256, classes, state })
}

fn sorted(cells: &[Cell]) -> Vec<Cell> {
    let mut cells = cells.to_vec();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// The hash that zone records name cells by: of their sorted H3 indexes, 8 bytes each, big-endian.
fn zone_sha256(cells: &[Cell]) -> [u8; 32] {
    let mut hash = Sha256::new();
    cells.iter().for_each(|&cell| hash.update(cell_id(cell).to_be_bytes()));
    hash.finalize().into()
}

/// The activation with the changes in force.
pub(super) fn activation_with(world: &World, changes: &[Resolved]) -> Result<Activation, PreviewError> {
    let World { activation, ground, .. } = world;
    let mut decisions = activation.decisions.clone();
    for change in changes {
        let about = |scope: &Scope| matches!(scope, Scope::Territory(territory) if *territory == change.id);
        for decision in decisions.iter_mut().filter(|decision| about(&decision.scope)) {
            decision.classes = decision.classes.without(change.classes);
        }
        decisions.retain(|decision| !decision.classes.is_empty());
    }
    decisions.iter_mut().try_for_each(|decision| lay_by_list(world, decision))?;
    decisions.extend(changes.iter().map(decision));
    let policy = Policy { name: activation.policy.clone(), description: String::new(), decisions };
    Ok(resolve(&policy, ground)?)
}

/// A decision of the log about a list of cells of its own stays about these.
fn lay_by_list(world: &World, decision: &mut Decision) -> Result<(), PreviewError> {
    let (Some(logged), Scope::Territory(territory)) = (&decision.logged, &decision.scope) else {
        return Ok(());
    };
    if !logged.custom_area {
        return Ok(());
    }
    let zones = world.log.as_ref().map(|log| &log.zones);
    match zones.and_then(|zones| zones.place(&world.ground, territory, logged.zone)) {
        Some(Placed::Cells(cells)) => decision.scope = Scope::Cells(cells.to_vec()),
        Some(Placed::Territory(_)) => {}
        None => {
            let (number, territory, approved) = (logged.number, territory.clone(), logged.zone);
            let error = PlaceError::Zone { number, territory, approved, map: None };
            return Err(EngineError::Place(error).into());
        }
    }
    Ok(())
}

/// The decision that a change would be.
fn decision(change: &Resolved) -> Decision {
    let scope = match change.listed {
        true => Scope::Cells(change.cells.clone()),
        false => Scope::Territory(change.id.clone()),
    };
    let reason = "preview of a change".to_owned();
    let everywhere = Policy::everywhere(change.state).decisions.swap_remove(0);
    Decision { scope, classes: change.classes, reason, ..everywhere }
}

/// Cells of a change for which a more restrictive decision still holds.
pub(super) fn overruled(after: &Activation, change: &Resolved) -> u64 {
    let holds = |cell: Cell, class: Class| {
        after.ruling(cell, class).is_some_and(|ruling| ruling.access > change.state.access(class))
    };
    let overruled = |&&cell: &&Cell| change.classes.iter().any(|class| holds(cell, class));
    change.cells.iter().filter(overruled).count() as u64
}
