//! What the service tells its operator: one line per event on standard error, as text or as JSON.
//!
//! Lines are written by a thread of their own. Where nobody takes them (a pipe that is full, a terminal that is stopped), they
//! are dropped and counted; nothing else waits for them.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use axum::http::{HeaderValue, Method, Uri};
use serde_json::{Map, Value, json};

use crate::clock::machine_time;
use crate::identity::Identity;

/// Lines that wait to be written.
const LINES_MAX: usize = 1024;
/// For how long the last lines are waited for at the end.
const LAST_LINES: Duration = Duration::from_secs(1);

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Somebody must act: a slot without a plan, a log that cannot be proven.
    Error,
    /// Somebody should look: late, missed, a limit that was met.
    Warn,
    /// What happened: started, refreshed, stopped.
    Info,
    /// Each slot and each request.
    Debug,
}

impl Level {
    /// Every level, the most important first.
    pub const NAMES: [&str; 4] = ["error", "warn", "info", "debug"];

    /// Its name.
    pub fn name(self) -> &'static str {
        Level::NAMES[self as usize]
    }
}

impl FromStr for Level {
    type Err = ();

    fn from_str(text: &str) -> Result<Level, ()> {
        [Level::Error, Level::Warn, Level::Info, Level::Debug]
            .into_iter()
            .find(|level| level.name() == text)
            .ok_or(())
    }
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `TIME level event: message key=value`.
    Text,
    /// An object with `time`, `level`, `event`, `message`, and what belongs to the event.
    Json,
}

/// A request that was answered.
pub struct Answered<'a> {
    /// What it is called.
    pub id: &'a HeaderValue,
    /// Where it comes from.
    pub client: IpAddr,
    /// Who a token says asked.
    pub bearer: Option<&'a Identity>,
    /// What was asked.
    pub method: &'a Method,
    /// For what.
    pub uri: &'a Uri,
    /// What was answered.
    pub status: u16,
    /// How long that took.
    pub took: Duration,
}

/// Takes events and has them written.
#[derive(Debug)]
pub struct Messages {
    format: Format,
    level: Level,
    lines: Option<SyncSender<String>>,
    /// Closed when the last line is written.
    written: Mutex<Receiver<()>>,
    dropped: AtomicU64,
}

impl Messages {
    /// Writes lines of at least this importance to `out`.
    ///
    /// # Panics
    /// Where no thread can be started.
    pub fn to(mut out: impl Write + Send + 'static, format: Format, level: Level) -> Messages {
        let (lines, taken) = sync_channel::<String>(LINES_MAX);
        let (done, written) = sync_channel::<()>(1);
        let write = move || {
            for line in taken {
                // Nobody has to read this: a closed output stops no service.
                let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
            }
            drop(done);
        };
        thread::Builder::new().name("messages".to_owned()).spawn(write).expect("a thread can be started");
        Messages {
            format,
            level,
            lines: Some(lines),
            written: Mutex::new(written),
            dropped: AtomicU64::new(0),
        }
    }

    /// The same to standard error.
    pub fn to_standard_error(format: Format, level: Level) -> Messages {
        Messages::to(std::io::stderr(), format, level)
    }

    /// Tells an event. `event` is its name, made of words with `_`; `fields` are what belongs to it.
    pub fn tell(&self, level: Level, event: &str, message: &str, fields: &[(&str, Value)]) {
        if level > self.level {
            return;
        }
        let time = machine_time().to_string();
        let line = match self.format {
            Format::Text => text_line(&time, level, event, message, fields),
            Format::Json => json_line(&time, level, event, message, fields),
        };
        if self.lines.as_ref().is_none_or(|lines| lines.try_send(line).is_err()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// True where each request is told.
    pub fn requests(&self) -> bool {
        self.level >= Level::Debug
    }

    /// Tells a request that was answered.
    pub fn request(&self, answered: &Answered<'_>) {
        let Answered { id, client, bearer, method, uri, status, took } = answered;
        let took_ms = (took.as_secs_f64() * 1e6).round() / 1e3;
        let mut fields = vec![
            ("request_id", json!(id.to_str().unwrap_or_default())),
            ("client", json!(client.to_string())),
            ("method", json!(method.as_str())),
            ("target", json!(uri.path_and_query().map_or("", |target| target.as_str()))),
            ("status", json!(status)),
            ("took_ms", json!(took_ms)),
        ];
        if let Some(Identity { issuer, subject }) = bearer {
            fields.extend([("issuer", json!(issuer)), ("subject", json!(subject))]);
        }
        self.tell(Level::Debug, "request", "answered", &fields);
    }

    /// Lines that nobody took.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        // The thread ends with the last line; one whose reader has stopped is left behind.
        self.lines = None;
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = written.recv_timeout(LAST_LINES);
        debug_assert!(matches!(ended, Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout)));
    }
}

fn text_line(time: &str, level: Level, event: &str, message: &str, fields: &[(&str, Value)]) -> String {
    let mut line = format!("{time} {:5} {event}: {}", level.name(), OneLine(message));
    for (key, value) in fields {
        let _ = match value {
            Value::String(text) if is_word(text) => write!(line, " {key}={text}"),
            value => write!(line, " {key}={value}"),
        };
    }
    line + "\n"
}

fn json_line(time: &str, level: Level, event: &str, message: &str, fields: &[(&str, Value)]) -> String {
    let mut object = Map::new();
    for (key, value) in [("time", time), ("level", level.name()), ("event", event), ("message", message)] {
        object.insert(key.to_owned(), json!(value));
    }
    object.extend(fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    Value::Object(object).to_string() + "\n"
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'=')
}

/// Text on one line, without what could move a terminal's cursor or begin a line that nobody wrote.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char.is_control() {
            true => f.write_str(&char.escape_default().to_string()),
            false => f.write_char(char),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};

    /// Hands each line on, and waits for it to be taken.
    struct Lines(Sender<String>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn told(format: Format, level: Level, tell: impl Fn(&Messages)) -> Vec<String> {
        let (sender, lines) = channel();
        let messages = Messages::to(Lines(sender), format, level);
        tell(&messages);
        drop(messages);
        lines.try_iter().collect()
    }

    #[test]
    fn a_line_is_an_event() {
        let tell = |messages: &Messages| {
            let fields = [("slot", json!("2026-08-22T21:00:12Z")), ("ready_after_s", json!(6.5))];
            messages.tell(Level::Warn, "slot_late", "late: 6.5 s\nafter", &fields);
            messages.tell(Level::Debug, "request", "not told", &[]);
        };
        let text = told(Format::Text, Level::Info, tell);
        assert_eq!(text.len(), 1);
        let (_, rest) = text[0].split_once(' ').unwrap();
        assert_eq!(
            rest,
            "warn  slot_late: late: 6.5 s\\nafter slot=2026-08-22T21:00:12Z ready_after_s=6.5\n"
        );
        let json = told(Format::Json, Level::Info, tell);
        let read: Value = serde_json::from_str(&json[0]).unwrap();
        assert_eq!((&read["level"], &read["event"]), (&json!("warn"), &json!("slot_late")));
        assert_eq!((&read["ready_after_s"], &read["message"]), (&json!(6.5), &json!("late: 6.5 s\nafter")));
        assert_eq!(json[0].matches('\n').count(), 1);
    }

    #[test]
    fn where_nobody_reads_lines_are_dropped_and_counted() {
        struct Stuck(Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                let _ = self.0.recv();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (release, stuck) = channel();
        let messages = Messages::to(Stuck(stuck), Format::Text, Level::Info);
        for _ in 0..2 * LINES_MAX {
            messages.tell(Level::Info, "event", "nobody reads", &[]);
        }
        let dropped = messages.dropped();
        assert!((LINES_MAX as u64 - 1..=LINES_MAX as u64).contains(&dropped), "{dropped}");
        drop(release);
    }

    #[test]
    fn levels_are_read_by_name() {
        for name in Level::NAMES {
            assert_eq!(name.parse::<Level>().map(Level::name), Ok(name));
        }
        assert!("verbose".parse::<Level>().is_err() && Level::Error < Level::Debug);
    }
}
