//! The log as readers see it: proven on its own, so that nobody who reads waits for the planner, and a record that was accepted shows
//! at once. What is *enforced* is the world's; here is what is *decided*, by the same proofs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use skyshed::Epoch;
use skyshed::control::Time;
use skyshed::log::seconds;
use skyshed_log::{Disk, Keeper, Proven, Stale};
use skyshed_records::ledger::View;

/// Reads one log, as far as it proves itself.
pub struct LogReader {
    files: Disk,
    /// False where the time is given, and no clock's: then it is not compared with the witnesses'.
    real_clock: bool,
    keeper: Mutex<Keeper>,
    known: RwLock<Arc<Known>>,
    serial: AtomicU64,
    view: Mutex<Option<(u64, Time, Arc<View>)>>,
}

/// What of a log has been proven.
#[derive(Default)]
pub struct Known {
    /// Rises by one with each change of what is known.
    pub serial: u64,
    /// The records, and what follows from them; none where nothing was ever proven.
    pub proven: Option<Arc<Proven>>,
    /// Why it may not be the newest.
    pub stale: Option<Stale>,
}

impl LogReader {
    /// Reads the log in a folder, as far as `keeper` lets it prove itself.
    pub fn new(files: Disk, keeper: Keeper, real_clock: bool) -> LogReader {
        LogReader {
            files,
            real_clock,
            keeper: Mutex::new(keeper),
            known: RwLock::default(),
            serial: AtomicU64::new(0),
            view: Mutex::default(),
        }
    }

    /// The log's files.
    pub fn files(&self) -> &Disk {
        &self.files
    }

    /// Looks at the log at `now`; when this returns, readers see what it says.
    pub fn look(&self, now: Epoch) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        // An error is about the state folder, which a reader has none of.
        let _ = keeper.update(&self.files, seconds(now));
        let known = self.known();
        let checkpoint = |proven: &Proven| (proven.public.checkpoint.clone(), proven.public.seen.len());
        let same = keeper.proven().map(checkpoint) == known.proven.as_deref().map(checkpoint);
        if same && keeper.stale() == known.stale.as_ref() {
            return;
        }
        let proven = if same { known.proven.clone() } else { keeper.proven().cloned().map(Arc::new) };
        let serial = self.serial.fetch_add(1, Ordering::Relaxed) + 1;
        let known = Arc::new(Known { serial, proven, stale: keeper.stale().cloned() });
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// What is known now.
    pub fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What follows in the slot that begins at `slot`, but by a real clock never before what witnesses have seen; none where
    /// nothing was ever proven.
    pub fn view(&self, known: &Known, slot: Epoch) -> Option<Arc<View>> {
        let proven = known.proven.as_ref()?;
        let witnessed_at = if self.real_clock { proven.witnessed_at() } else { Time(0) };
        let time = seconds(slot).max(witnessed_at);
        let mut kept = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, view)) =
            kept.as_ref().filter(|(serial, at, _)| (*serial, *at) == (known.serial, time))
        {
            return Some(view.clone());
        }
        let view = Arc::new(proven.ledger.at(time));
        *kept = Some((known.serial, time, view.clone()));
        Some(view)
    }
}
