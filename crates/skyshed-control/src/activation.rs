//! The value the planner obeys: for every cell, the classes it may be served and the decisions that say so.

use std::collections::{BTreeMap, HashMap};

use skyshed_ground::{Cell, Ground, TerritoryIndex};

use crate::class::{Class, ClassSet};
use crate::decision::{Decision, Scope};
use crate::policy::{Policy, PolicyError};
use crate::state::{Access, Limits};

/// What each cell may be served at one time, and by which decisions. The planner sees nothing else of control.
#[derive(Clone, Debug)]
pub struct Activation {
    /// Name of the policy, or of the log, it was resolved from.
    pub policy: String,
    /// The decisions, in the order of their numbers.
    pub decisions: Vec<Decision>,
    permitted: Vec<ClassSet>,
    /// Per cell an index into `verdicts`.
    verdict_of: Vec<u16>,
    verdicts: Vec<Verdict>,
}

/// Most different verdicts on one planet (a cell holds its own as a 16-bit number).
pub const VERDICTS_MAX: usize = u16::MAX as usize;

/// Where a cell stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing<'a> {
    /// May be served, by this decision.
    On(&'a Decision),
    /// May not be served, by this decision.
    Off(&'a Decision),
    /// May not be served, because nobody has decided anything.
    NoDecision,
}

/// What the decisions that cover a place say together of one class: the most restrictive wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ruling {
    /// What the class may get.
    pub access: Access,
    /// Within which limits: the lowest of all.
    pub limits: Limits,
    /// The decision that says so, an index into [`Activation::decisions`].
    pub decision: u16,
}

/// What is said of each class; `None` where nothing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Verdict([Option<Ruling>; Class::ALL.len()]);

/// The cells that one decision covers.
pub(crate) enum Cover {
    Everywhere,
    /// A territory and all below it.
    Below(TerritoryIndex),
    Cells(Vec<Cell>),
}

/// More different verdicts than [`VERDICTS_MAX`].
#[derive(Debug)]
pub(crate) struct TooManyVerdicts;

impl Activation {
    /// True if any class of service may be served in the cell.
    #[inline]
    pub fn active(&self, cell: Cell) -> bool {
        !self.permitted[cell.0 as usize].is_empty()
    }

    /// True if `class` may be served in the cell, be it only to some terminals.
    #[inline]
    pub fn permits(&self, cell: Cell, class: Class) -> bool {
        self.permitted[cell.0 as usize].contains(class)
    }

    /// The classes that may be served in the cell.
    pub fn classes(&self, cell: Cell) -> ClassSet {
        self.permitted[cell.0 as usize]
    }

    /// The classes of every cell, in cell order.
    pub fn classes_by_cell(&self) -> &[ClassSet] {
        &self.permitted
    }

    /// What holds for a class in the cell; `None` where nobody has decided anything about it.
    pub fn ruling(&self, cell: Cell, class: Class) -> Option<Ruling> {
        self.verdict(cell).0[class as usize]
    }

    /// The number (index into `decisions`) of the decision that explains the cell's state: of the first class that may
    /// be served, in the order of [`Class::ALL`]; where none may, of the first class that is decided.
    pub fn decision_number(&self, cell: Cell) -> Option<u16> {
        self.verdict(cell).explained_by()
    }

    /// Where the cell stands, with the decision that explains it.
    pub fn standing(&self, cell: Cell) -> Standing<'_> {
        match self.decision_number(cell) {
            None => Standing::NoDecision,
            Some(number) if self.active(cell) => Standing::On(&self.decisions[usize::from(number)]),
            Some(number) => Standing::Off(&self.decisions[usize::from(number)]),
        }
    }

    fn verdict(&self, cell: Cell) -> &Verdict {
        &self.verdicts[usize::from(self.verdict_of[cell.0 as usize])]
    }

    /// Lays decisions over the map; `covers` says what each of them covers.
    pub(crate) fn new(
        policy: String,
        decisions: Vec<Decision>,
        covers: &[Cover],
        ground: &Ground,
    ) -> Result<Activation, TooManyVerdicts> {
        let layers = Layers::new(covers, ground);
        let mut verdicts = Verdicts::default();
        let of_territory = layers
            .by_territory
            .iter()
            .map(|covering| verdicts.number(Verdict::of(covering, &decisions)))
            .collect::<Result<Vec<u16>, _>>()?;
        let mut verdict_of: Vec<u16> =
            ground.territory.iter().map(|&territory| of_territory[usize::from(territory)]).collect();
        for (&cell, listed) in &layers.by_cell {
            let territory = usize::from(ground.territory[cell as usize]);
            let covering = merged(&layers.by_territory[territory], listed);
            verdict_of[cell as usize] = verdicts.number(Verdict::of(&covering, &decisions))?;
        }
        let classes: Vec<ClassSet> = verdicts.list.iter().map(Verdict::permitted).collect();
        let permitted = verdict_of.iter().map(|&number| classes[usize::from(number)]).collect();
        Ok(Activation { policy, decisions, permitted, verdict_of, verdicts: verdicts.list })
    }
}

/// Resolves a policy on the map: which cells its decisions cover, with the most restrictive winning.
///
/// Errors: [`PolicyError::Territory`] for an id the map does not have.
pub fn resolve(policy: &Policy, ground: &Ground) -> Result<Activation, PolicyError> {
    let covers = policy.decisions.iter().enumerate().map(|(index, decision)| match &decision.scope {
        Scope::Everywhere => Ok(Cover::Everywhere),
        Scope::Cells(cells) => Ok(Cover::Cells(cells.clone())),
        Scope::Territory(id) => crate::zones::index_of(ground, id)
            .map(Cover::Below)
            .ok_or_else(|| unknown_territory(ground, id, index + 1)),
    });
    let covers = covers.collect::<Result<Vec<Cover>, _>>()?;
    Activation::new(policy.name.clone(), policy.decisions.clone(), &covers, ground)
        .map_err(|TooManyVerdicts| PolicyError::TooManyVerdicts)
}

/// Per place, the decisions that cover it: indexes in rising order.
pub(crate) struct Layers {
    pub by_territory: Vec<Vec<u16>>,
    /// Cells that are listed: the decisions that list them.
    pub by_cell: BTreeMap<u32, Vec<u16>>,
}

impl Layers {
    pub fn new(covers: &[Cover], ground: &Ground) -> Layers {
        let mut of = vec![Vec::new(); ground.territories.len()];
        let mut everywhere = Vec::new();
        let mut by_cell: BTreeMap<u32, Vec<u16>> = BTreeMap::new();
        for (number, cover) in covers.iter().enumerate().map(|(number, cover)| (number as u16, cover)) {
            match cover {
                Cover::Everywhere => everywhere.push(number),
                Cover::Below(territory) => of[usize::from(territory.0)].push(number),
                Cover::Cells(cells) => {
                    cells.iter().for_each(|cell| by_cell.entry(cell.0).or_default().push(number));
                }
            }
        }
        // Parents come before their children, so one pass in order reaches every depth.
        let mut by_territory: Vec<Vec<u16>> = Vec::with_capacity(of.len());
        for (territory, own) in ground.territories.iter().zip(of) {
            let above = territory.parent.map_or(&everywhere, |parent| &by_territory[usize::from(parent.0)]);
            by_territory.push(merged(above, &own));
        }
        Layers { by_territory, by_cell }
    }
}

/// Two rising lists as one.
pub(crate) fn merged(a: &[u16], b: &[u16]) -> Vec<u16> {
    let mut both = [a, b].concat();
    both.sort_unstable();
    both
}

/// Every different verdict once.
#[derive(Default)]
struct Verdicts {
    list: Vec<Verdict>,
    numbers: HashMap<Verdict, u16>,
}

impl Verdicts {
    fn number(&mut self, verdict: Verdict) -> Result<u16, TooManyVerdicts> {
        if let Some(&number) = self.numbers.get(&verdict) {
            return Ok(number);
        }
        if self.list.len() == VERDICTS_MAX {
            return Err(TooManyVerdicts);
        }
        let number = self.list.len() as u16;
        self.list.push(verdict);
        self.numbers.insert(verdict, number);
        Ok(number)
    }
}

impl Verdict {
    fn of(covering: &[u16], decisions: &[Decision]) -> Verdict {
        Verdict(Class::ALL.map(|class| ruling(covering, decisions, class)))
    }

    fn permitted(&self) -> ClassSet {
        let open =
            |class: &Class| self.0[*class as usize].is_some_and(|ruling| ruling.access != Access::Closed);
        Class::ALL.into_iter().filter(open).collect()
    }

    fn explained_by(&self) -> Option<u16> {
        let rulings = || self.0.iter().flatten();
        let open = rulings().find(|ruling| ruling.access != Access::Closed);
        open.or_else(|| rulings().next()).map(|ruling| ruling.decision)
    }
}

/// The most restrictive wins; of several that are equally so, the most restrictive state, then the first, is the one
/// named.
fn ruling(covering: &[u16], decisions: &[Decision], class: Class) -> Option<Ruling> {
    let about = covering.iter().filter(|&&number| decisions[usize::from(number)].classes.contains(class));
    let state = |number: u16| decisions[usize::from(number)].state;
    let strictest = about
        .clone()
        .copied()
        .max_by_key(|&number| (state(number).access(class), state(number), std::cmp::Reverse(number)))?;
    let limits = about.fold(Limits::default(), |limits, &number| limits.and(state(number).limits()));
    Some(Ruling { access: state(strictest).access(class), limits, decision: strictest })
}

/// Policies give ids, and only ids: a decision must not depend on how a name is spelt.
fn unknown_territory(ground: &Ground, given: &str, number: usize) -> PolicyError {
    let hint = match ground.find_territory(given) {
        Ok(index) => {
            let territory = ground.territory_at(index);
            format!("; did you mean {:?} ({})?", territory.id, territory.name)
        }
        Err(_) => String::new(),
    };
    PolicyError::Territory { number, given: given.to_owned(), hint }
}
