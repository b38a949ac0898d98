//! One line on standard error while something takes longer than a second, and none otherwise.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Nothing is said before this has passed.
const PATIENCE: Duration = Duration::from_secs(1);

/// How much is done is not known.
const UNKNOWN: u64 = u64::MAX;

/// Something that may take a while; dropped when it is done.
pub struct Progress {
    done: Option<Sender<()>>,
    /// What is done so far, in percent; [`UNKNOWN`] where nobody says.
    percent: Arc<AtomicU64>,
    reporter: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to watch. On a terminal the line counts seconds and disappears at the end; elsewhere it is written once.
    pub fn start(what: impl Into<String>) -> Progress {
        let (what, started) = (what.into(), Instant::now());
        let (done, finished) = mpsc::channel();
        let percent = Arc::new(AtomicU64::new(UNKNOWN));
        let so_far = Arc::clone(&percent);
        let report = move || {
            let terminal = io::stderr().is_terminal();
            let mut said = false;
            while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(PATIENCE) {
                let part = match so_far.load(Ordering::Relaxed) {
                    UNKNOWN => String::new(),
                    percent => format!(", {percent} %"),
                };
                let line = format!("{what}{part}, {} s", started.elapsed().as_secs());
                // A closed standard error is no reason to stop working.
                let _ = match (terminal, said) {
                    (true, _) => write!(io::stderr(), "\r\x1b[K{line}"),
                    (false, false) => writeln!(io::stderr(), "{what} ..."),
                    (false, true) => Ok(()),
                };
                said = true;
            }
            if said && terminal {
                let _ = write!(io::stderr(), "\r\x1b[K");
            }
        };
        Progress { done: Some(done), percent, reporter: Some(thread::spawn(report)) }
    }

    /// So much of it is done.
    pub fn at(&self, done: u64, all: u64) {
        self.percent.store(done.saturating_mul(100) / all.max(1), Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(reporter) = self.reporter.take() {
            // The reporter cannot fail, and there is nobody to tell.
            let _ = reporter.join();
        }
    }
}
