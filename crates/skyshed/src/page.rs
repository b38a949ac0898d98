//! A page: text for a person whose screen is not known yet. Renderers say what belongs together and what each stretch of
//! text means ([`Role`]); lines, columns and cuts follow from the [`Layout`] of whoever prints, and colours are his.
//!
//! Nothing here depends on colour: the words say what a role says. Control characters of outside names become a replacement
//! character, so that no name can drive a terminal.

mod bars;
mod table;
mod text;

pub use table::{Align, Column, Flex, Table};
pub use text::{Role, Span, Text, bad, caution, faint, good, label, strong};

/// Width of the labels in front of a line, columns.
const LABEL_WIDTH: usize = 13;
/// Text is not wrapped wider than this, however wide a terminal: longer lines are hard to read.
const PROSE_MAX: usize = 100;
/// Narrower than this nothing is laid out for, columns.
const COLUMNS_MIN: usize = 40;
/// Bars of a series where the text goes to no terminal.
const BARS: usize = 72;
/// Most bars of a series.
const BARS_MAX: usize = 160;

/// How a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Width that text is wrapped to; `None`: not at all.
    prose: Option<usize>,
    /// Width of the terminal that tables are fitted to; `None`: they are as wide as they were designed.
    terminal: Option<usize>,
}

impl Layout {
    /// For files and pipes: text wrapped to 100 columns, tables as designed; the same wherever it is read.
    pub const PLAIN: Layout = Layout { prose: Some(PROSE_MAX), terminal: None };
    /// For files and pipes that are read line by line: a line stays a line, however long.
    pub const UNWRAPPED: Layout = Layout { prose: None, terminal: None };

    /// For a terminal with so many columns (from 40 on): text wrapped to at most 100 of them, tables fitted.
    pub fn terminal(columns: usize) -> Layout {
        let columns = columns.max(COLUMNS_MIN);
        Layout { prose: Some(columns.min(PROSE_MAX)), terminal: Some(columns) }
    }
}

/// Text for a person, in blocks.
#[derive(Clone, Debug, Default)]
pub struct Page {
    blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
enum Block {
    /// One line; wrapped on a terminal only, below its own beginning.
    Line(Text),
    /// A label and what it is about, wrapped below itself.
    Labelled {
        label: String,
        width: usize,
        text: Text,
    },
    /// Values over time, as bars behind an empty label.
    Series(Vec<Option<f64>>),
    Table(Table),
}

impl Page {
    /// Nothing yet.
    pub fn new() -> Page {
        Page::default()
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.line("");
    }

    /// A line of its own.
    pub fn line(&mut self, text: impl Into<Text>) {
        self.blocks.push(Block::Line(text.into()));
    }

    /// A label and what it is about; an empty label goes on below the last.
    pub fn labelled(&mut self, label: &str, text: impl Into<Text>) {
        self.labelled_at(label, LABEL_WIDTH, text);
    }

    /// The same behind labels of another width, columns.
    pub fn labelled_at(&mut self, label: &str, width: usize, text: impl Into<Text>) {
        self.blocks.push(Block::Labelled { label: label.to_owned(), width, text: text.into() });
    }

    /// Values over time as bars, each the largest of its share; a dot where there is none.
    pub fn series(&mut self, values: Vec<Option<f64>>) {
        self.blocks.push(Block::Series(values));
    }

    /// A table.
    pub fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }

    /// Another page below this one.
    pub fn append(&mut self, page: Page) {
        self.blocks.extend(page.blocks);
    }

    /// The lines, without blanks at their ends.
    pub fn lines(&self, layout: Layout) -> Vec<Text> {
        self.blocks.iter().flat_map(|block| block.lines(layout)).map(|line| line.trimmed_end()).collect()
    }

    /// The lines without roles, with a line break after each.
    pub fn plain(&self, layout: Layout) -> String {
        self.lines(layout).iter().map(|line| line.plain() + "\n").collect()
    }
}

impl Block {
    fn lines(&self, layout: Layout) -> Vec<Text> {
        match self {
            Block::Line(text) => line(text, layout),
            Block::Labelled { label, width, text } => labelled(label, *width, text, layout),
            Block::Series(values) => {
                let room = |columns: usize| columns.saturating_sub(LABEL_WIDTH + 1).clamp(1, BARS_MAX);
                let bars = bars::bars(values, layout.terminal.map_or(BARS, room));
                vec![Text::from(" ".repeat(LABEL_WIDTH)) + bars]
            }
            Block::Table(table) => table.lines(layout.terminal),
        }
    }
}

/// On a terminal too narrow for it, a line goes on below its own beginning, two columns further in.
fn line(text: &Text, layout: Layout) -> Vec<Text> {
    let Some(columns) = layout.terminal.filter(|&columns| text.width() > columns) else {
        return vec![text.clone()];
    };
    let indent = text.plain().chars().take_while(|char| *char == ' ').count();
    let indents = std::iter::once(indent).chain(std::iter::repeat(indent + 2));
    let wrapped = text.wrapped(columns.saturating_sub(indent + 2).max(1));
    indents.zip(wrapped).map(|(indent, line)| Text::from(" ".repeat(indent)) + line).collect()
}

fn labelled(label: &str, width: usize, text: &Text, layout: Layout) -> Vec<Text> {
    let wrapped = match layout.prose {
        Some(prose) => text.wrapped(prose - width),
        None => vec![text.clone()],
    };
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    labels.zip(wrapped).map(|(name, line)| text::label(name).padded(width, Align::Left) + line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_before_what_they_are_about() {
        let mut page = Page::new();
        page.labelled("Label", "one two three");
        page.blank();
        page.labelled_at("log", 5, good("x") + " y");
        assert_eq!(page.plain(Layout::PLAIN), "Label        one two three\n\nlog  x y\n");
    }

    #[test]
    fn a_narrow_terminal_wraps_and_a_wide_one_does_not_stretch_text() {
        let mut page = Page::new();
        page.labelled("Label", "word ".repeat(40).as_str());
        page.line(format!("  {}", "word ".repeat(40).trim_end()));
        for (columns, widest) in [(10, 40), (60, 60), (80, 80)] {
            let lines = page.lines(Layout::terminal(columns));
            assert!(lines.iter().all(|line| line.width() <= widest), "{columns}: {lines:?}");
        }
        let prose = page.lines(Layout::terminal(300)).into_iter().take(3).map(|line| line.width());
        assert!(prose.max() <= Some(PROSE_MAX));
        assert_eq!(page.plain(Layout::UNWRAPPED).lines().count(), 2, "a line stays a line");
    }

    #[test]
    fn a_series_is_as_wide_as_the_terminal() {
        let mut page = Page::new();
        page.series((0..1000).map(|at| Some(f64::from(at))).collect());
        let width = |layout| page.lines(layout)[0].width();
        assert_eq!(width(Layout::PLAIN), LABEL_WIDTH + BARS);
        assert_eq!(width(Layout::terminal(60)), 59);
        assert_eq!(width(Layout::terminal(120)), 119);
    }
}
