//! `permitted(cell, time, class)` as a table over the whole timeline, for those who ask millions of times a second.
//!
//! Cells that are covered by the same decisions share a row; a row is the times at which its answer changes and, from each
//! on, the set of classes that may be served. An answer is two look-ups and a search among a handful of times. It says
//! the same as an [`Activation`](crate::Activation) of that time, which is made in another way.

use std::collections::HashMap;

use skyshed_ground::{Cell, Ground};
use skyshed_records::record::Time;

use crate::activation::{Cover, Layers, VERDICTS_MAX, merged};
use crate::class::{Class, ClassSet};
use crate::state::Access;
use crate::timeline::{PlaceError, Timeline, cover};

/// The compiled table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permits {
    /// Per cell, its row.
    row_of: Vec<u16>,
    /// Per row, where its entries begin; one more at the end.
    first: Vec<u32>,
    /// Per entry, from when it holds. Within a row they rise; before the first nothing is permitted.
    from: Vec<Time>,
    /// Per entry, the classes that may be served.
    classes: Vec<ClassSet>,
}

/// One bit per cell, in cell order, lowest bit first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap(pub Vec<u64>);

impl Bitmap {
    /// The bit of a cell.
    pub fn contains(&self, cell: Cell) -> bool {
        self.0.get(cell.0 as usize / 64).is_some_and(|word| word >> (cell.0 % 64) & 1 == 1)
    }

    /// How many bits are set.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}

impl Permits {
    /// Compiles a timeline.
    ///
    /// # Errors
    /// [`PlaceError`] where a decision, be it past or to come, cannot be laid over the map exactly as it was approved.
    pub fn new(timeline: &Timeline, zones: &crate::Zones, ground: &Ground) -> Result<Permits, PlaceError> {
        let mut decisions = timeline.decisions().to_vec();
        if decisions.len() > VERDICTS_MAX {
            return Err(PlaceError::TooMany { count: decisions.len() });
        }
        let covers = decisions.iter_mut().map(|decision| cover(decision, zones, ground));
        let covers = covers.collect::<Result<Vec<Cover>, _>>()?;
        let mut rows = Rows::new(timeline);
        let layers = Layers::new(&covers, ground);
        let of_territory = layers
            .by_territory
            .iter()
            .map(|covering| rows.number(covering))
            .collect::<Result<Vec<u16>, _>>()?;
        let mut row_of: Vec<u16> =
            ground.territory.iter().map(|&territory| of_territory[usize::from(territory)]).collect();
        for (&cell, listed) in &layers.by_cell {
            let territory = usize::from(ground.territory[cell as usize]);
            row_of[cell as usize] = rows.number(&merged(&layers.by_territory[territory], listed))?;
        }
        Ok(Permits { row_of, first: rows.first, from: rows.from, classes: rows.classes })
    }

    /// True if `class` may be served in `cell` at `time`, be it only to some terminals. False for what is no cell.
    #[inline]
    pub fn permitted(&self, cell: Cell, time: Time, class: Class) -> bool {
        self.classes(cell, time).contains(class)
    }

    /// The classes that may be served in `cell` at `time`.
    #[inline]
    pub fn classes(&self, cell: Cell, time: Time) -> ClassSet {
        let row = self.row_of.get(cell.0 as usize);
        row.map_or(ClassSet::NONE, |&row| self.classes_of_row(usize::from(row), time))
    }

    #[inline]
    fn classes_of_row(&self, row: usize, time: Time) -> ClassSet {
        let (first, last) = (self.first[row] as usize, self.first[row + 1] as usize);
        let begun = self.from[first..last].partition_point(|&from| from <= time);
        if begun == 0 { ClassSet::NONE } else { self.classes[first + begun - 1] }
    }

    /// Where `class` may be served at `time`, the whole planet.
    pub fn bitmap(&self, time: Time, class: Class) -> Bitmap {
        let rows = self.first.len() - 1;
        let bit_of: Vec<u8> =
            (0..rows).map(|row| u8::from(self.classes_of_row(row, time).contains(class))).collect();
        let word = |rows: &[u16]| {
            rows.iter().rev().fold(0, |word, &row| word << 1 | u64::from(bit_of[usize::from(row)]))
        };
        Bitmap(self.row_of.chunks(64).map(word).collect())
    }

    /// How large the table is: rows and entries.
    pub fn size(&self) -> (usize, usize) {
        (self.first.len() - 1, self.from.len())
    }
}

/// Rows as they are made: one for each different set of covering decisions.
struct Rows<'a> {
    timeline: &'a Timeline,
    /// Per decision, the indexes of its stretches.
    stretches_of: Vec<Vec<usize>>,
    numbers: HashMap<Vec<u16>, u16>,
    first: Vec<u32>,
    from: Vec<Time>,
    classes: Vec<ClassSet>,
}

impl<'a> Rows<'a> {
    fn new(timeline: &'a Timeline) -> Rows<'a> {
        let mut stretches_of = vec![Vec::new(); timeline.decisions().len()];
        for (index, stretch) in timeline.stretches().iter().enumerate() {
            stretches_of[stretch.decision].push(index);
        }
        Rows {
            timeline,
            stretches_of,
            numbers: HashMap::new(),
            first: vec![0],
            from: Vec::new(),
            classes: Vec::new(),
        }
    }

    fn number(&mut self, covering: &[u16]) -> Result<u16, PlaceError> {
        if let Some(&number) = self.numbers.get(covering) {
            return Ok(number);
        }
        if self.numbers.len() == VERDICTS_MAX {
            return Err(PlaceError::TooManyVerdicts);
        }
        let number = self.numbers.len() as u16;
        self.fill(covering);
        self.first.push(self.from.len() as u32);
        self.numbers.insert(covering.to_vec(), number);
        Ok(number)
    }

    /// Appends the entries of a row: one wherever the answer changes.
    fn fill(&mut self, covering: &[u16]) {
        let stretches: Vec<_> = covering
            .iter()
            .flat_map(|&decision| &self.stretches_of[usize::from(decision)])
            .map(|&index| &self.timeline.stretches()[index])
            .collect();
        let edges = stretches.iter().flat_map(|stretch| [Some(stretch.from), stretch.until]).flatten();
        let mut edges: Vec<Time> = edges.collect();
        edges.sort_unstable();
        edges.dedup();
        let mut before = ClassSet::NONE;
        for edge in edges {
            let (mut said, mut closed) = (ClassSet::NONE, ClassSet::NONE);
            for stretch in stretches.iter().filter(|stretch| stretch.holds(edge)) {
                let state = self.timeline.decisions()[stretch.decision].state;
                let shut = |class: &Class| state.access(*class) == Access::Closed;
                said = said.union(stretch.classes);
                closed = closed.union(stretch.classes.iter().filter(shut).collect());
            }
            let permitted = said.without(closed);
            if permitted != before {
                self.from.push(edge);
                self.classes.push(permitted);
            }
            before = permitted;
        }
    }
}
