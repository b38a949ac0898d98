//! Signals that end a program: Ctrl-C, and what `kill` and service managers send.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// From when it is made, SIGINT and SIGTERM no longer end the process: [`StopSignal::wait`] returns instead.
pub struct StopSignal {
    runtime: Runtime,
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl StopSignal {
    /// Takes the signals over.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn new() -> io::Result<StopSignal> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        #[cfg(unix)]
        let signals = {
            use tokio::signal::unix::{SignalKind, signal};
            let _entered = runtime.enter();
            [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]
        };
        Ok(StopSignal {
            runtime,
            #[cfg(unix)]
            signals,
        })
    }

    /// Waits for one of them; one that came since [`StopSignal::new`] counts.
    #[cfg(unix)]
    pub fn wait(mut self) {
        let [interrupt, terminate] = &mut self.signals;
        self.runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
    }

    /// Waits for one of them.
    #[cfg(not(unix))]
    pub fn wait(self) {
        // Where waiting fails, nobody can end it properly anyway.
        let _ = self.runtime.block_on(tokio::signal::ctrl_c());
    }
}
