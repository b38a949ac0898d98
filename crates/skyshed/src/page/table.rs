//! Columns, as wide as they were designed, or fitted to a terminal.

use super::text::{Text, faint, label};

/// Blanks between the columns of a table that was fitted.
const GAP: usize = 2;
/// Names are not cut shorter than this, nor texts wrapped narrower, unless a column asks for more, columns.
const LEAST: usize = 12;

/// Where a cell stands in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Names.
    Left,
    /// Numbers.
    Right,
}

/// What a column does where the terminal is too narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flex {
    /// Stays.
    Keep,
    /// Names: cut to the designed width, on a terminal to what there is room for.
    Cut,
    /// Words: go on in the next line.
    Wrap,
    /// The last column: goes below its row.
    Below,
    /// Is left out and named below; those of the lowest rank first.
    Drop(u8),
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    heading: Vec<String>,
    width: usize,
    gap: usize,
    align: Align,
    flex: Flex,
    least: usize,
}

impl Column {
    /// Text, to so many columns.
    pub fn left(heading: &str, width: usize) -> Column {
        Column {
            heading: vec![heading.to_owned()],
            width,
            gap: 0,
            align: Align::Left,
            flex: Flex::Keep,
            least: LEAST,
        }
    }

    /// Numbers, to so many columns.
    pub fn right(heading: &str, width: usize) -> Column {
        Column { align: Align::Right, ..Column::left(heading, width) }
    }

    /// With so many blanks before it.
    pub fn gap(mut self, gap: usize) -> Column {
        self.gap = gap;
        self
    }

    /// With another line of heading.
    pub fn and(mut self, heading: &str) -> Column {
        self.heading.push(heading.to_owned());
        self
    }

    /// Cut or wrapped to no fewer columns than these, if other columns can be left out instead.
    pub fn least(mut self, least: usize) -> Column {
        self.least = least;
        self
    }

    /// What it does where the terminal is too narrow.
    pub fn flex(mut self, flex: Flex) -> Column {
        self.flex = flex;
        self
    }
}

/// Rows in columns.
#[derive(Clone, Debug)]
pub struct Table {
    indent: usize,
    columns: Vec<Column>,
    rows: Vec<Vec<Text>>,
    headed: bool,
}

/// Where cells stand in this layout.
struct Grid {
    /// Blanks before, and width, of each column that is shown.
    places: Vec<Option<(usize, usize)>>,
    below: bool,
}

impl Table {
    /// No rows yet; `indent` blanks before each.
    pub fn new(indent: usize, columns: Vec<Column>) -> Table {
        Table { indent, columns, rows: Vec::new(), headed: true }
    }

    /// Without headings.
    pub fn headless(mut self) -> Table {
        self.headed = false;
        self
    }

    /// One more row; missing cells at its end are empty.
    pub fn row(&mut self, cells: Vec<Text>) {
        debug_assert!(cells.len() <= self.columns.len(), "a cell without a column");
        self.rows.push(cells);
    }

    /// The rows as lines.
    pub(super) fn lines(&self, terminal: Option<usize>) -> Vec<Text> {
        let grid = match terminal {
            None => self.designed(),
            Some(columns) => self.fitted(columns),
        };
        let mut lines = Vec::new();
        if self.headed {
            lines.extend(self.headings(&grid));
        }
        lines.extend(self.rows.iter().flat_map(|row| self.row_lines(row, &grid)));
        lines.extend(self.left_out(&grid, terminal.unwrap_or(usize::MAX)));
        lines
    }

    fn headings(&self, grid: &Grid) -> Vec<Text> {
        let lines = self.columns.iter().map(|column| column.heading.len()).max().unwrap_or(0);
        let heading = |at: usize| -> Vec<Text> {
            let of = |column: &Column| column.heading.get(at).map_or(Text::default(), label);
            let shown = self.columns.len() - usize::from(grid.below);
            self.columns.iter().take(shown).map(of).collect()
        };
        (0..lines).flat_map(|at| self.row_lines(&heading(at), grid)).collect()
    }

    fn designed(&self) -> Grid {
        let place = |column: &Column| Some((column.gap, column.width));
        Grid { places: self.columns.iter().map(place).collect(), below: false }
    }

    /// As designed where that fits, names less cut if there is room; else closer, cut, wrapped, and at last without some.
    fn fitted(&self, terminal: usize) -> Grid {
        let mut grid = self.designed();
        let needs: Vec<usize> = (0..self.columns.len()).map(|at| self.need(at)).collect();
        for ((place, column), &need) in grid.places.iter_mut().zip(&self.columns).zip(&needs) {
            if let (Some((_, width)), false) = (place.as_mut(), column.flex == Flex::Cut) {
                *width = (*width).max(need);
            }
        }
        if self.width(&grid, &needs) <= terminal {
            self.grow(&mut grid, &needs, terminal);
            return grid;
        }
        if self.columns.last().is_some_and(|last| last.flex == Flex::Below) {
            grid.below = true;
            if self.width(&grid, &needs) <= terminal {
                return grid;
            }
        }
        for gap in [GAP, 1] {
            for (at, place) in grid.places.iter_mut().enumerate() {
                *place = Some((if at == 0 { 0 } else { gap }, needs[at]));
            }
            self.shrink(&mut grid, &needs, terminal);
            if self.width(&grid, &needs) <= terminal {
                return grid;
            }
        }
        self.drop_columns(&mut grid, &needs, terminal);
        // What was left out may have given more room than was missing.
        self.grow(&mut grid, &needs, terminal);
        grid
    }

    /// Columns that the content takes.
    fn need(&self, at: usize) -> usize {
        let headings = self.columns[at].heading.iter().filter(|_| self.headed);
        let headings = headings.map(|heading| Text::from(heading).width());
        let cells = self.rows.iter().filter_map(|row| row.get(at)).map(Text::width);
        headings.chain(cells).max().unwrap_or(0)
    }

    /// Columns of the widest line. Of the last column, if it is not filled up, what it needs.
    fn width(&self, grid: &Grid, needs: &[usize]) -> usize {
        let last = self.columns.len() - 1;
        let place = |(at, place): (usize, &Option<(usize, usize)>)| {
            let (gap, width) = (*place)?;
            let open = at == last && self.columns[at].align == Align::Left;
            match open {
                true if grid.below => None,
                true => Some(gap + width.min(needs[at])),
                false => Some(gap + width),
            }
        };
        self.indent + grid.places.iter().enumerate().filter_map(place).sum::<usize>()
    }

    fn grow(&self, grid: &mut Grid, needs: &[usize], terminal: usize) {
        let flexible = |at: &usize| matches!(self.columns[*at].flex, Flex::Cut | Flex::Wrap);
        for at in (0..self.columns.len()).filter(flexible) {
            let spare = terminal.saturating_sub(self.width(grid, needs));
            if let Some((_, width)) = grid.places[at].as_mut() {
                *width = (*width).max(needs[at].min(*width + spare));
            }
        }
    }

    fn shrink(&self, grid: &mut Grid, needs: &[usize], terminal: usize) {
        let flexible = |at: &usize| matches!(self.columns[*at].flex, Flex::Cut | Flex::Wrap);
        for at in (0..self.columns.len()).filter(flexible) {
            let over = self.width(grid, needs).saturating_sub(terminal);
            if let Some((_, width)) = grid.places[at].as_mut() {
                *width = (*width).min(width.saturating_sub(over).max(self.least(at)));
            }
        }
    }

    /// The narrowest that a column may become; words are never broken.
    fn least(&self, at: usize) -> usize {
        let column = &self.columns[at];
        if column.flex != Flex::Wrap {
            return column.least;
        }
        let cells = self.rows.iter().filter_map(|row| row.get(at));
        let words = cells.flat_map(|cell| cell.wrapped(1));
        words.map(|word| word.width()).max().unwrap_or(0).max(column.least)
    }

    fn drop_columns(&self, grid: &mut Grid, needs: &[usize], terminal: usize) {
        let rank = |at: usize| match self.columns[at].flex {
            Flex::Drop(rank) => Some((rank, at)),
            _ => None,
        };
        let mut order: Vec<(u8, usize)> = (0..self.columns.len()).filter_map(rank).collect();
        order.sort_unstable();
        for (_, at) in order {
            if self.width(grid, needs) <= terminal {
                return;
            }
            grid.places[at] = None;
        }
    }

    fn row_lines(&self, cells: &[Text], grid: &Grid) -> Vec<Text> {
        let empty = Text::default();
        let mut lines = vec![Text::from(" ".repeat(self.indent))];
        let mut start = self.indent;
        for (at, (column, place)) in self.columns.iter().zip(&grid.places).enumerate() {
            let Some((gap, width)) = *place else { continue };
            let cell = cells.get(at).unwrap_or(&empty);
            if grid.below && at + 1 == self.columns.len() {
                if cell.width() > 0 {
                    lines.push(Text::from(" ".repeat(self.indent + 2 * GAP)) + cell.clone());
                }
                continue;
            }
            let parts = match column.flex {
                Flex::Cut => vec![cell.cut(width)],
                Flex::Wrap if cell.width() > width => wrapped(cell, width),
                _ => vec![cell.clone()],
            };
            for (line, part) in parts.into_iter().enumerate() {
                if line == lines.len() {
                    lines.push(Text::default());
                }
                let so_far = std::mem::take(&mut lines[line]);
                lines[line] = so_far.padded(start + gap, Align::Left) + part.padded(width, column.align);
            }
            start += gap + width;
        }
        lines
    }

    /// What a narrow terminal does not show.
    fn left_out(&self, grid: &Grid, terminal: usize) -> Vec<Text> {
        let hidden = self.columns.iter().zip(&grid.places).filter(|(_, place)| place.is_none());
        let names: Vec<String> = hidden.map(|(column, _)| column.heading.join(" ")).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let note = format!("left out on this narrow terminal: {}", names.join(", "));
        let wrapped = faint(note).wrapped(terminal.saturating_sub(self.indent).max(1));
        wrapped.into_iter().map(|line| Text::from(" ".repeat(self.indent)) + line).collect()
    }
}

/// Wrapped, each line as far in as the first.
fn wrapped(cell: &Text, width: usize) -> Vec<Text> {
    let indent = cell.plain().chars().take_while(|char| *char == ' ').count();
    let lines = cell.wrapped(width.saturating_sub(indent).max(1)).into_iter();
    lines.map(|line| Text::from(" ".repeat(indent)) + line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = vec![
            Column::left("name", 10).flex(Flex::Cut),
            Column::right("a", 8),
            Column::right("b", 8).flex(Flex::Drop(0)),
            Column::left("note", 0).gap(2).flex(Flex::Below),
        ];
        let mut table = Table::new(2, columns);
        table.row(vec!["Springfield".into(), "1".into(), "22".into(), "a short note".into()]);
        table.row(vec!["東京都東京".into(), "333".into()]);
        table
    }

    #[track_caller]
    fn lays_out(table: &Table, terminal: Option<usize>, expected: &[&str]) {
        let lines = table.lines(terminal).into_iter().map(|line| line.trimmed_end().plain());
        assert_eq!(lines.collect::<Vec<_>>(), expected, "{terminal:?}");
    }

    #[test]
    fn a_table_is_as_designed_where_no_terminal_asks_for_more() {
        let designed = [
            "  name             a       b  note",
            "  Springfie…       1      22  a short note",
            "  東京都東京     333",
        ];
        lays_out(&table(), None, &designed);
    }

    #[test]
    fn a_wide_terminal_shows_whole_names() {
        let wide = [
            "  name              a       b  note",
            "  Springfield       1      22  a short note",
            "  東京都東京      333",
        ];
        lays_out(&table(), Some(60), &wide);
    }

    #[test]
    fn a_narrow_terminal_puts_notes_below_then_closes_up_then_leaves_out() {
        let below = [
            "  name             a       b",
            "  Springfie…       1      22",
            "      a short note",
            "  東京都東京     333",
        ];
        lays_out(&table(), Some(40), &below);
        let close =
            ["  name           a   b", "  Springfield    1  22", "      a short note", "  東京都東京   333"];
        lays_out(&table(), Some(24), &close);
        let fewer = [
            "  name          a",
            "  Springfield   1",
            "      a short note",
            "  東京都東京  333",
            "  left out on this",
            "  narrow terminal:",
            "  b",
        ];
        lays_out(&table(), Some(18), &fewer);
    }

    #[test]
    fn words_go_on_in_the_next_line() {
        let columns = vec![Column::left("", 40).flex(Flex::Wrap), Column::right("n", 8)];
        let mut table = Table::new(0, columns);
        table.row(vec!["cells outside that need a higher satellite".into(), "12".into()]);
        let narrow = ["                       n", "cells outside that    12", "need a higher", "satellite"];
        lays_out(&table, Some(24), &narrow);
        table.row(vec!["a_word_that_is_whole, and more".into(), "3".into()]);
        let last = table.lines(Some(16)).into_iter().map(|line| line.trimmed_end().plain()).skip(4);
        assert_eq!(last.collect::<Vec<_>>(), ["a_word_that_is_whole,  3", "and more"]);
    }
}
