//! One line on standard error while something takes longer than a second, and none otherwise.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Nothing is said before this has passed.
const PATIENCE: Duration = Duration::from_secs(1);

/// Something that may take a while; dropped when it is done.
pub struct Progress {
    done: Option<Sender<()>>,
    reporter: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to watch. On a terminal the line counts seconds and disappears at the end; elsewhere it is written once.
    pub fn start(what: impl Into<String>) -> Progress {
        let (what, started) = (what.into(), Instant::now());
        let (done, finished) = mpsc::channel();
        let report = move || {
            let terminal = io::stderr().is_terminal();
            let mut said = false;
            while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(PATIENCE) {
                let line = format!("{what}, {} s", started.elapsed().as_secs());
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
        Progress { done: Some(done), reporter: Some(thread::spawn(report)) }
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
