//! One line about what is being done.

use std::time::Duration;

use skyshed::page::Text;

/// Where something stands.
pub(super) struct Spot<'a> {
    pub(super) what: &'a str,
    /// How much is done, of how much.
    pub(super) done: Option<(u64, u64)>,
    /// For how long it has been done.
    pub(super) since: Duration,
}

/// Bars are this wide where there is room, columns.
const BAR: usize = 24;
/// Narrower bars tell nothing.
const BAR_MIN: usize = 8;
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// For a log or a pipe.
pub(super) fn plain(spot: &Spot) -> String {
    format!("{} ...\n", Text::from(spot.what).plain())
}

/// For a terminal of so many columns: never as wide as that, so that it stays on one line.
pub(super) fn bar(spot: &Spot, columns: usize) -> String {
    let seconds = spot.since.as_secs();
    let what = Text::from(spot.what);
    let Some((done, all)) = spot.done else {
        let turn = SPINNER[(spot.since.as_millis() / 100 % 10) as usize];
        let tail = format!(", {seconds} s");
        let room = columns.saturating_sub(3 + tail.len());
        return format!("{turn} {}{tail}", what.cut(room).plain());
    };
    let tail = format!(" {:>3} %, {seconds} s", done * 100 / all);
    let room = columns.saturating_sub(2 + tail.len());
    let width = room.saturating_sub(what.width()).min(BAR);
    if width < BAR_MIN {
        return format!("{}{tail}", what.cut(room).plain());
    }
    let full = (done as usize).saturating_mul(width) / all as usize;
    format!("{} {}{}{tail}", what.plain(), "█".repeat(full), "░".repeat(width - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(what: &str, done: Option<(u64, u64)>, columns: usize, expected: &str) {
        let found = bar(&Spot { what, done, since: Duration::from_millis(3250) }, columns);
        assert_eq!(found, expected);
        assert!(Text::from(&found).width() < columns, "{found:?} is not under {columns} columns");
    }

    #[test]
    fn a_line_stays_a_line() {
        shows("planning", None, 80, "⠹ planning, 3 s");
        shows("downloading the elements", None, 20, "⠹ downloading…, 3 s");
        shows("route", Some((1, 2)), 60, "route ████████████░░░░░░░░░░░░  50 %, 3 s");
        shows("route", Some((2, 2)), 30, "route ████████████ 100 %, 3 s");
        shows("following the route", Some((0, 7)), 30, "following the ro…   0 %, 3 s");
        shows("東京 東京 東京 東京", Some((0, 7)), 30, "東京 東京 東京 …   0 %, 3 s");
    }

    #[test]
    fn a_pipe_gets_what_is_done_and_no_more() {
        let spot = Spot { what: "writing a\u{1b}b", done: Some((1, 2)), since: Duration::ZERO };
        assert_eq!(plain(&spot), "writing a\u{fffd}b ...\n");
    }
}
