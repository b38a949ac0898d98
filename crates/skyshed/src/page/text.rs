//! Stretches of text with what they mean, measured as a terminal shows them.

use std::ops::Add;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Align;

/// What a stretch of text means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing in particular.
    #[default]
    Plain,
    /// What a line or a column is about.
    Label,
    /// What the reader looks for first: the name, the number.
    Strong,
    /// Served, verified, gained.
    Good,
    /// Not served, refused, lost.
    Bad,
    /// To be looked at: stale, overdue, a warning.
    Caution,
    /// Of less weight than the rest.
    Faint,
}

/// Text of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text, without control characters.
    pub text: String,
    /// What it means.
    pub role: Role,
}

/// A stretch of text in one or several roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    spans: Vec<Span>,
}

/// Text that is a label.
pub fn label(text: impl Into<Text>) -> Text {
    text.into().role(Role::Label)
}

/// Text that the reader looks for first.
pub fn strong(text: impl Into<Text>) -> Text {
    text.into().role(Role::Strong)
}

/// Text that says: served, verified, gained.
pub fn good(text: impl Into<Text>) -> Text {
    text.into().role(Role::Good)
}

/// Text that says: not served, refused, lost.
pub fn bad(text: impl Into<Text>) -> Text {
    text.into().role(Role::Bad)
}

/// Text to be looked at.
pub fn caution(text: impl Into<Text>) -> Text {
    text.into().role(Role::Caution)
}

/// Text of less weight.
pub fn faint(text: impl Into<Text>) -> Text {
    text.into().role(Role::Faint)
}

impl Text {
    /// The same text, all of it in one role.
    pub fn role(mut self, role: Role) -> Text {
        self.spans.iter_mut().for_each(|span| span.role = role);
        self
    }

    /// Its stretches, in order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The text alone.
    pub fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Columns of a terminal that it takes: two for a wide character, none for a combining one.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| span.text.width()).sum()
    }

    /// Filled up with blanks to so many columns.
    pub(super) fn padded(self, width: usize, align: Align) -> Text {
        let blanks = Text::from(" ".repeat(width.saturating_sub(self.width())));
        match align {
            Align::Left => self + blanks,
            Align::Right => blanks + self,
        }
    }

    /// Cut to so many columns, with an ellipsis.
    pub fn cut(&self, width: usize) -> Text {
        if self.width() <= width {
            return self.clone();
        }
        let (mut cut, mut room) = (Text::default(), width.saturating_sub(1));
        let mut last = Role::Plain;
        for (char, role) in self.chars() {
            let columns = char.width().unwrap_or(0);
            if columns > room {
                break;
            }
            room -= columns;
            cut.push(role, char.encode_utf8(&mut [0; 4]));
            last = role;
        }
        cut.push(last, "…");
        cut
    }

    /// Broken between words into lines of at most `width` columns; a longer word stays whole.
    pub(super) fn wrapped(&self, width: usize) -> Vec<Text> {
        let mut lines = vec![Text::default()];
        for word in self.words() {
            let line = lines.last_mut().expect("there is always a line");
            if line.spans.is_empty() {
                line.extend(word);
            } else if line.width() + 1 + word.width() <= width {
                line.push(Role::Plain, " ");
                line.extend(word);
            } else {
                lines.push(word);
            }
        }
        lines
    }

    /// Without blanks at its end.
    pub(super) fn trimmed_end(mut self) -> Text {
        while let Some(last) = self.spans.last_mut() {
            last.text.truncate(last.text.trim_end().len());
            if !last.text.is_empty() {
                break;
            }
            self.spans.pop();
        }
        self
    }

    fn words(&self) -> Vec<Text> {
        let (mut words, mut word) = (Vec::new(), Text::default());
        for (char, role) in self.chars() {
            if !char.is_whitespace() {
                word.push(role, char.encode_utf8(&mut [0; 4]));
            } else if !word.spans.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        }
        if !word.spans.is_empty() {
            words.push(word);
        }
        words
    }

    fn chars(&self) -> impl Iterator<Item = (char, Role)> {
        self.spans.iter().flat_map(|span| span.text.chars().map(|char| (char, span.role)))
    }

    fn extend(&mut self, other: Text) {
        other.spans.iter().for_each(|span| self.push(span.role, &span.text));
    }

    fn push(&mut self, role: Role, text: &str) {
        match self.spans.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.role == role => last.text.push_str(text),
            _ => self.spans.push(Span { text: text.to_owned(), role }),
        }
    }
}

/// Characters that move the cursor, change colours or turn the direction of writing.
fn is_command(char: char) -> bool {
    (char.is_control() && !char.is_whitespace())
        || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        let mut made = Text::default();
        if text.contains(is_command) {
            made.push(Role::Plain, &text.replace(is_command, "\u{fffd}"));
        } else {
            made.push(Role::Plain, text);
        }
        made
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::from(text.as_str())
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Text {
        Text::from(text.as_str())
    }
}

impl<T: Into<Text>> Add<T> for Text {
    type Output = Text;

    fn add(mut self, other: T) -> Text {
        self.extend(other.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn wraps(text: &str, width: usize, expected: &[&str]) {
        let lines: Vec<String> = Text::from(text).wrapped(width).iter().map(Text::plain).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn texts_wrap_between_words() {
        wraps("one two three", 7, &["one two", "three"]);
        wraps("", 7, &[""]);
        wraps("unbreakable", 3, &["unbreakable"]);
        wraps("東京 大阪 名古屋", 9, &["東京 大阪", "名古屋"]);
        let roles = (good("one two") + " three").wrapped(5);
        assert_eq!(roles, [good("one"), good("two"), Text::from("three")]);
    }

    #[test]
    fn texts_are_cut_and_filled_by_columns() {
        assert_eq!(Text::from("Zürich").cut(6).plain(), "Zürich");
        assert_eq!(Text::from("Zürich").cut(5).plain(), "Züri…");
        assert_eq!(Text::from("東京都").cut(5).plain(), "東京…");
        assert_eq!(Text::from("東京都").cut(4).plain(), "東…");
        assert_eq!(Text::from("Zu\u{308}rich").width(), 6, "a combining mark takes no column");
        assert_eq!(Text::from("東京").padded(6, Align::Left).plain(), "東京  ");
        assert_eq!(Text::from("東京").padded(6, Align::Right).plain(), "  東京");
    }

    #[test]
    fn no_name_drives_a_terminal() {
        assert_eq!(Text::from("a\u{1b}[2Jb\u{7}c").plain(), "a\u{fffd}[2Jb\u{fffd}c");
        assert_eq!(Text::from("a\u{202e}b\u{9b}31m").plain(), "a\u{fffd}b\u{fffd}31m");
        assert_eq!(Text::from("a\tb\nc").wrapped(80)[0].plain(), "a b c");
    }
}
