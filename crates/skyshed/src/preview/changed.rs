//! The decisions with a change laid over them: a change about a territory takes the place of what was decided about exactly this
//! territory for the same classes. Decisions about its parent, its parts or single cells stay, and the most restrictive wins.

use skyshed_control::policy::Policy;
use skyshed_control::{Activation, Class, ClassSet, Decision, Scope, State, resolve};
use skyshed_ground::{Cell, Ground, TerritoryIndex};

use super::{CHANGES_MAX, Change, PreviewError};

/// A change whose territory has been looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolved {
    pub territory: TerritoryIndex,
    pub classes: ClassSet,
    pub state: State,
}

/// Looks territories up and refuses changes that contradict each other.
pub(super) fn resolved(ground: &Ground, changes: &[Change]) -> Result<Vec<Resolved>, PreviewError> {
    if !(1..=CHANGES_MAX).contains(&changes.len()) {
        return Err(PreviewError::Changes { given: changes.len() });
    }
    let mut resolved: Vec<Resolved> = Vec::with_capacity(changes.len());
    for change in changes {
        let territory = ground.find_territory(&change.territory)?;
        let id = || ground.territory_at(territory).id.clone();
        if change.classes.is_empty() {
            return Err(PreviewError::NoClass { territory: id() });
        }
        if ground.territory_at(territory).cell_count == 0 {
            return Err(PreviewError::NoCells {
                territory: id(),
                name: ground.territory_at(territory).name.clone(),
            });
        }
        let before = resolved.iter().filter(|other| other.territory == territory);
        let taken = before.fold(ClassSet::NONE, |taken, other| taken.union(other.classes));
        if let Some(class) = change.classes.iter().find(|&class| taken.contains(class)) {
            return Err(PreviewError::Twice { territory: id(), class: class.name() });
        }
        resolved.push(Resolved { territory, classes: change.classes, state: change.state });
    }
    // The order in which changes are given means nothing.
    let classes = |change: &Resolved| Class::ALL.map(|class| change.classes.contains(class));
    resolved.sort_by(|a, b| a.territory.cmp(&b.territory).then_with(|| classes(b).cmp(&classes(a))));
    Ok(resolved)
}

/// The activation with the changes in force.
pub(super) fn activation_with(
    activation: &Activation,
    ground: &Ground,
    changes: &[Resolved],
) -> Result<Activation, PreviewError> {
    let mut decisions = activation.decisions.clone();
    for change in changes {
        let id = &ground.territory_at(change.territory).id;
        let about = |scope: &Scope| matches!(scope, Scope::Territory(territory) if territory == id);
        for decision in decisions.iter_mut().filter(|decision| about(&decision.scope)) {
            decision.classes = decision.classes.without(change.classes);
        }
        decisions.retain(|decision| !decision.classes.is_empty());
    }
    decisions.extend(changes.iter().map(|change| decision(ground, change)));
    let policy = Policy { name: activation.policy.clone(), description: String::new(), decisions };
    Ok(resolve(&policy, ground)?)
}

/// The decision that a change would be.
fn decision(ground: &Ground, change: &Resolved) -> Decision {
    let scope = Scope::Territory(ground.territory_at(change.territory).id.clone());
    let reason = "preview of a change".to_owned();
    Decision { scope, classes: change.classes, reason, ..what_if(change.state) }
}

/// A decision that nobody has made.
pub(super) fn what_if(state: State) -> Decision {
    Policy::everywhere(state).decisions.swap_remove(0)
}

/// Cells of a change for which a more restrictive decision of another territory still holds.
pub(super) fn overruled(ground: &Ground, after: &Activation, change: &Resolved, cells: &[Cell]) -> u64 {
    debug_assert!(usize::from(change.territory.0) < ground.territories.len());
    let holds = |cell: Cell, class: Class| {
        after.ruling(cell, class).is_some_and(|ruling| ruling.access > change.state.access(class))
    };
    let overruled = |&&cell: &&Cell| change.classes.iter().any(|class| holds(cell, class));
    cells.iter().filter(overruled).count() as u64
}
