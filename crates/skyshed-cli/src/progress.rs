//! What a command is doing, said on standard error once it has been silent for a second: on a terminal a bar or a spinner
//! that disappears at the end, elsewhere one plain line. `--progress` makes that "at once" or "never".
//!
//! `main` covers a command from its first moment to its last; what is begun meanwhile says more exactly what is being done.
//! So nothing can take longer than a second in silence.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use skyshed::page::Text;

use crate::screen;

use self::words::{Spot, bar, plain};

mod words;

/// Nothing is said before this has passed.
const PATIENCE: Duration = Duration::from_secs(1);
/// From one picture on a terminal to the next.
const TICK: Duration = Duration::from_millis(100);

/// When it is said what is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// After a second of silence.
    #[default]
    Auto,
    /// At once, each step as it begins.
    Always,
    /// Never.
    Never,
}

/// One for the process: standard error is one too.
static REPORTER: Mutex<Reporter> = Mutex::new(Reporter::new());
static WAKE: Condvar = Condvar::new();

/// Something that may take a while; dropped when it is done.
pub struct Progress {
    id: u64,
}

/// While it lives, nothing is drawn: an answer is printed, or another program talks to the person at the terminal.
pub struct Pause;

/// Looks at standard error, once and before anything is begun.
pub fn set(when: When) {
    let mut reporter = lock();
    reporter.when = when;
    reporter.columns = screen::error_columns();
}

/// Says a line on standard error, above whatever is drawn there.
pub fn say(line: &str) {
    let mut reporter = lock();
    // A closed standard error is no reason to stop working.
    let _ = writeln!(io::stderr(), "{}{line}", reporter.erased());
    reporter.quiet_since = Instant::now().into();
}

/// Draws nothing until the answer is dropped.
pub fn pause() -> Pause {
    let mut reporter = lock();
    let _ = write!(io::stderr(), "{}", reporter.erased());
    reporter.pauses += 1;
    Pause
}

impl Drop for Pause {
    fn drop(&mut self) {
        let mut reporter = lock();
        reporter.pauses -= 1;
        // Something was said meanwhile: the silence begins anew.
        reporter.quiet_since = Some(Instant::now());
    }
}

impl Progress {
    /// Begins something.
    pub fn start(what: impl Into<String>) -> Progress {
        let mut reporter = lock();
        let now = Instant::now();
        let id = reporter.push(what.into(), now);
        reporter.show(now);
        if !reporter.running && reporter.when != When::Never {
            reporter.running = true;
            // Where no thread can be had, commands work on in silence.
            reporter.running = thread::Builder::new().name("progress".into()).spawn(report).is_ok();
        }
        WAKE.notify_one();
        Progress { id }
    }

    /// So much of it is done.
    pub fn at(&self, done: u64, all: u64) {
        if let Some(task) = lock().tasks.iter_mut().find(|task| task.id == self.id) {
            task.done = Some((done.min(all), all.max(1)));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let mut reporter = lock();
        reporter.tasks.retain(|task| task.id != self.id);
        if reporter.tasks.is_empty() {
            let _ = write!(io::stderr(), "{}", reporter.erased());
        }
    }
}

fn lock() -> MutexGuard<'static, Reporter> {
    // What a panic left behind is still a list of tasks.
    REPORTER.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Shows, again and again, for as long as there is something to show.
fn report() {
    let mut reporter = lock();
    loop {
        reporter = if reporter.tasks.is_empty() {
            WAKE.wait(reporter).unwrap_or_else(|poisoned| poisoned.into_inner())
        } else {
            let waited = WAKE.wait_timeout(reporter, TICK);
            waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0
        };
        reporter.show(Instant::now());
    }
}

/// What is being done, the innermost last, and what was said of it. Its clock is an argument.
struct Reporter {
    when: When,
    /// Width of the terminal; `None` where there is none.
    columns: Option<usize>,
    tasks: Vec<Task>,
    /// Since when nothing was said; `None` while nothing is done.
    quiet_since: Option<Instant>,
    drawn: bool,
    pauses: usize,
    running: bool,
    next_id: u64,
}

struct Task {
    id: u64,
    what: Arc<str>,
    started: Instant,
    done: Option<(u64, u64)>,
    said: bool,
}

impl Reporter {
    const fn new() -> Reporter {
        Reporter {
            when: When::Auto,
            columns: None,
            tasks: Vec::new(),
            quiet_since: None,
            drawn: false,
            pauses: 0,
            running: false,
            next_id: 0,
        }
    }

    fn push(&mut self, what: String, now: Instant) -> u64 {
        if self.tasks.is_empty() {
            self.quiet_since = Some(now);
        }
        self.next_id += 1;
        self.tasks.push(Task { id: self.next_id, what: what.into(), started: now, done: None, said: false });
        self.next_id
    }

    fn show(&mut self, now: Instant) {
        let shown = self.shown(now);
        if !shown.is_empty() {
            let mut err = io::stderr();
            let _ = err.write_all(shown.as_bytes()).and_then(|()| err.flush());
        }
    }

    /// What is to be written now.
    fn shown(&mut self, now: Instant) -> String {
        let patience = match self.when {
            When::Auto => PATIENCE,
            When::Always => Duration::ZERO,
            When::Never => return String::new(),
        };
        let quiet = self.quiet_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let Some(task) = self.tasks.last_mut().filter(|_| self.pauses == 0) else { return String::new() };
        let spot =
            Spot { what: &task.what, done: task.done, since: now.saturating_duration_since(task.started) };
        match self.columns {
            Some(columns) if self.drawn || quiet >= patience => {
                self.drawn = true;
                format!("\r{}\x1b[K", bar(&spot, columns))
            }
            None if quiet >= patience && !task.said => {
                task.said = true;
                self.quiet_since = Some(now);
                plain(&spot)
            }
            _ => String::new(),
        }
    }

    /// What takes away what is drawn.
    fn erased(&mut self) -> &'static str {
        if std::mem::take(&mut self.drawn) { "\r\x1b[K" } else { "" }
    }
}

/// A line on standard error; a warning or an error is marked as one.
pub fn tell(line: &str) {
    use skyshed::page::{bad, caution};
    let (head, rest) = line.split_once(": ").unwrap_or(("", line));
    let text = match head {
        "warning" => caution(head) + ": " + Text::from(rest),
        "skyshed" => bad(head) + ": " + Text::from(rest),
        _ => Text::from(line),
    };
    say(&screen::painted_error(&text));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reporter(when: When, columns: Option<usize>) -> (Reporter, Instant) {
        (Reporter { when, columns, ..Reporter::new() }, Instant::now())
    }

    fn after(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn a_second_of_silence_is_broken_by_one_plain_line() {
        let (mut reporter, start) = reporter(When::Auto, None);
        reporter.push("skyshed slot is at work".into(), start);
        assert_eq!(reporter.shown(after(start, 990)), "");
        assert_eq!(reporter.shown(after(start, 1000)), "skyshed slot is at work ...\n");
        assert_eq!(reporter.shown(after(start, 9000)), "", "once");
    }

    #[test]
    fn short_steps_do_not_hide_a_long_silence() {
        let (mut reporter, start) = reporter(When::Auto, None);
        reporter.push("outer".into(), start);
        for (begun, what) in [(0, "one"), (400, "two"), (800, "three")] {
            reporter.push(what.into(), after(start, begun));
            assert_eq!(reporter.shown(after(start, begun + 100)), "");
            if what != "three" {
                reporter.tasks.pop();
            }
        }
        assert_eq!(reporter.shown(after(start, 1000)), "three ...\n", "what is done at that moment");
        reporter.tasks.pop();
        assert_eq!(reporter.shown(after(start, 1900)), "", "silent for less than a second again");
        assert_eq!(reporter.shown(after(start, 2000)), "outer ...\n");
    }

    #[test]
    fn always_says_each_step_and_never_none() {
        let (mut always, start) = reporter(When::Always, None);
        always.push("one".into(), start);
        assert_eq!(always.shown(start), "one ...\n");
        always.push("two".into(), start);
        assert_eq!(always.shown(start), "two ...\n");
        let (mut never, start) = reporter(When::Never, Some(80));
        never.push("one".into(), start);
        assert_eq!(never.shown(after(start, 5000)), "");
    }

    #[test]
    fn a_terminal_is_drawn_on_and_left_as_it_was() {
        let (mut reporter, start) = reporter(When::Auto, Some(80));
        reporter.push("planning".into(), start);
        assert_eq!(reporter.shown(after(start, 900)), "");
        assert_eq!(reporter.erased(), "", "nothing was drawn");
        let drawn = reporter.shown(after(start, 1100));
        assert!(
            drawn.starts_with('\r') && drawn.contains("planning") && drawn.ends_with("\x1b[K"),
            "{drawn:?}"
        );
        assert_ne!(reporter.shown(after(start, 1200)), "", "drawn again and again");
        reporter.pauses = 1;
        assert_eq!(reporter.shown(after(start, 1300)), "", "somebody else talks");
        assert_eq!(reporter.erased(), "\r\x1b[K");
        assert_eq!(reporter.erased(), "");
    }
}
