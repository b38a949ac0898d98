//! Power cut at every step of every append: what was promised is still there, and nothing that cannot be verified.
//!
//! The files are simulated as hard as the contract of `WriteFiles` allows: a staged file's bytes are safe once `stage` has
//! returned and torn before; names published or removed since the last `sync` survive or not, each for itself, in any
//! combination.

mod common;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use common::{ORIGIN, Unlisted, cosigned, entry, log_key, policy};
use skyshed_tlog::audit::audit;
use skyshed_tlog::{Appender, Checkpoint, FileError, Hash, LogError, ReadFiles, WriteFiles};

/// Leaves per append: within a tile, over its end, over several, and one at a time.
const BATCHES: [u64; 7] = [1, 3, 250, 1, 1, 300, 2];
/// Survivors tried per cut where there are too many to try each.
const SURVIVORS: u64 = 24;

type Files = BTreeMap<String, Vec<u8>>;

#[derive(Clone)]
enum NameChange {
    Published(String, Vec<u8>),
    Removed(String),
}

/// Files that a power cut after a number of steps takes away.
#[derive(Default)]
struct SimFs {
    durable: RefCell<Files>,
    visible: RefCell<Files>,
    staged: RefCell<Files>,
    unsynced: RefCell<Vec<NameChange>>,
    steps_left: Cell<u64>,
}

impl SimFs {
    fn new(files: Files, steps_left: u64) -> Self {
        let fs = Self::default();
        *fs.durable.borrow_mut() = files.clone();
        *fs.visible.borrow_mut() = files;
        fs.steps_left.set(steps_left);
        fs
    }

    fn step(&self, path: &str) -> Result<(), FileError> {
        let left = self.steps_left.get();
        self.steps_left.set(left.saturating_sub(1));
        if left > 0 { Ok(()) } else { Err(FileError { path: path.into(), reason: "power cut".into() }) }
    }

    /// What is on the disk after the cut, if of the unsynced changes those with a 1 bit got there.
    fn survivor(&self, choice: u64) -> Files {
        let mut files = self.durable.borrow().clone();
        for (at, change) in self.unsynced.borrow().iter().enumerate() {
            if choice >> (at % 64) & 1 == 1 {
                apply(&mut files, change);
            }
        }
        files
    }

    /// The choices to try: each where they are few, else all, none and a spread.
    fn choices(&self) -> Vec<u64> {
        let count = self.unsynced.borrow().len();
        if count <= 4 {
            return (0..1 << count).collect();
        }
        let spread =
            (1..SURVIVORS).map(|round| round.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(round as u32));
        [0, u64::MAX].into_iter().chain(spread).collect()
    }
}

fn apply(files: &mut Files, change: &NameChange) {
    match change {
        NameChange::Published(path, bytes) => files.insert(path.clone(), bytes.clone()),
        NameChange::Removed(path) => files.remove(path),
    };
}

impl ReadFiles for SimFs {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.visible.borrow().get(path).cloned())
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        let below = format!("{folder}/");
        Ok(Some(self.visible.borrow().keys().filter(|path| path.starts_with(&below)).cloned().collect()))
    }
}

impl WriteFiles for SimFs {
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.staged.borrow_mut().insert(path.into(), bytes[..bytes.len() / 2].to_vec());
        self.step(path)?;
        self.staged.borrow_mut().insert(path.into(), bytes.to_vec());
        Ok(())
    }

    fn publish(&self, path: &str) -> Result<(), FileError> {
        let bytes = self.staged.borrow().get(path).cloned().expect("only staged files are published");
        let change = NameChange::Published(path.into(), bytes);
        self.unsynced.borrow_mut().push(change.clone());
        self.step(path)?;
        self.staged.borrow_mut().remove(path);
        apply(&mut self.visible.borrow_mut(), &change);
        Ok(())
    }

    fn sync(&self) -> Result<(), FileError> {
        self.step("sync")?;
        self.unsynced.borrow_mut().clear();
        *self.durable.borrow_mut() = self.visible.borrow().clone();
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        let change = NameChange::Removed(path.into());
        self.unsynced.borrow_mut().push(change.clone());
        self.step(path)?;
        apply(&mut self.visible.borrow_mut(), &change);
        Ok(())
    }
}

/// What the writer promised before the cut.
#[derive(Default)]
struct Promised {
    /// Leaves it said are in the log.
    leaves: u64,
    /// Every checkpoint whose signature it may have shown.
    shown: Vec<(u64, Hash)>,
}

/// Appends until the power is cut, or to the end.
fn write(files: &SimFs, promised: &mut Promised) -> Result<(), LogError> {
    let mut appender = Appender::create(files, ORIGIN, &[log_key().verifier().clone()])?;
    let empty = appender.checkpoint();
    appender.publish(&cosigned_by_log(&empty))?;
    for count in BATCHES {
        let start = appender.checkpoint().size;
        let checkpoint = appender.stage(&(start..start + count).map(entry).collect::<Vec<_>>())?;
        appender.commit(&cosigned_by_log(&checkpoint))?;
        promised.leaves = checkpoint.size;
        promised.shown.push((checkpoint.size, checkpoint.root));
        appender.publish(&cosigned(&checkpoint.text()))?;
    }
    Ok(())
}

#[test]
fn a_power_cut_at_every_step_loses_nothing_that_was_promised() {
    let whole = SimFs::new(Files::new(), u64::MAX);
    write(&whole, &mut Promised::default()).unwrap();
    let steps = u64::MAX - whole.steps_left.get();
    let mut survivors = 0;
    for cut in 0..steps {
        let files = SimFs::new(Files::new(), cut);
        let mut promised = Promised::default();
        write(&files, &mut promised).unwrap_or_else(|error| assert!(error.to_string().contains("power cut")));
        for choice in files.choices() {
            let (survivor, which) =
                (files.survivor(choice), format!("cut at step {cut}, survivor {choice:x}"));
            if survivors % 16 == 0 {
                cut_again_while_opening(&survivor, &promised, &which);
            }
            check_survivor(survivor, &promised, &which);
            survivors += 1;
        }
    }
    println!("{steps} steps, {survivors} survivors");
    assert!(steps > 100 && survivors > 500);
}

/// The power is cut once more, while the writer opens the log and removes what is left over.
fn cut_again_while_opening(survivor: &Files, promised: &Promised, which: &str) {
    for cut in 0..4 {
        let files = SimFs::new(survivor.clone(), cut);
        drop(Appender::open(&files, &[log_key().verifier().clone()]));
        for choice in [0, u64::MAX, 0x5555_5555_5555_5555] {
            check_survivor(files.survivor(choice), promised, &format!("{which}, again at {cut}"));
        }
    }
}

/// The files after a cut: readable as they are, whole once opened for writing, and the log goes on.
fn check_survivor(files: Files, promised: &Promised, which: &str) {
    let files = SimFs::new(files, u64::MAX);
    // A reader who comes before the writer sees a log that verifies, or none that was promised.
    match audit(&Unlisted(&files), &log_only(), |_, _| ()) {
        Ok(report) => assert!(report.leaves >= promised.leaves, "{which}"),
        Err(LogError::NoCheckpoint) => assert_eq!(promised.leaves, 0, "{which}"),
        Err(error) => panic!("{which}: {error}"),
    }
    let mut appender = match Appender::open(&files, &[log_key().verifier().clone()]) {
        Ok(appender) => appender,
        Err(LogError::NoCheckpoint) => return assert_eq!(promised.leaves, 0, "{which}"),
        Err(error) => panic!("{which}: {error}"),
    };
    // What is pending is published before anything else, as its signature may be known.
    if let Some(pending) = appender.pending() {
        let text = pending.note.text.clone();
        appender.publish(&cosigned(&text)).unwrap();
    }
    let kept = appender.checkpoint().size;
    if appender.published().is_some() {
        audit(&files, &log_only(), |_, _| ()).unwrap_or_else(|error| panic!("{which}, opened: {error}"));
    }
    // The log goes on with other leaves than those that were lost.
    for batch in [1, 260] {
        let checkpoint = appender.stage(&vec![b"another"; batch]).unwrap();
        appender.publish(&cosigned(&checkpoint.text())).unwrap();
    }
    let mut tree = skyshed_tlog::merkle::Tree::new();
    let mut roots = BTreeMap::from([(0, tree.root())]);
    let report = audit(&files, &log_only(), |number, leaf| {
        let wanted = if number < kept { entry(number) } else { b"another".to_vec() };
        assert_eq!(leaf, wanted, "{which}");
        tree.append(skyshed_tlog::merkle::leaf_hash(leaf));
        roots.insert(number + 1, tree.root());
    });
    assert_eq!(report.unwrap_or_else(|error| panic!("{which}, gone on: {error}")).leaves, kept + 261);
    assert!(kept >= promised.leaves, "{which}: {kept} of {} leaves", promised.leaves);
    for (size, root) in &promised.shown {
        assert_eq!(
            roots[size], *root,
            "{which}: a checkpoint of {size} leaves was shown, and is no past of the log"
        );
    }
}

/// A failed commit leaves the writer unable to go on: whether it took place is for the next opening to see.
#[test]
fn after_a_commit_in_doubt_the_log_is_opened_again() {
    for steps in 0..3 {
        let files = SimFs::new(common::log(&[10]).files.into_inner(), u64::MAX);
        let mut appender = Appender::open(&files, &[log_key().verifier().clone()]).unwrap();
        let checkpoint = appender.stage(&[entry(10)]).unwrap();
        files.steps_left.set(steps);
        appender.commit(&cosigned_by_log(&checkpoint)).unwrap_err();
        files.steps_left.set(u64::MAX);
        assert_eq!(appender.stage(&[b"another"]).unwrap_err(), LogError::InDoubt);
        let appender = Appender::open(&files, &[log_key().verifier().clone()]).unwrap();
        let renamed = steps == 2;
        assert_eq!(appender.checkpoint().size, if renamed { 11 } else { 10 });
        audit(&files, &policy(), |_, _| ()).unwrap();
    }
}

fn cosigned_by_log(checkpoint: &Checkpoint) -> String {
    checkpoint.sign(&[log_key()], common::TIME).unwrap().to_string()
}

/// A policy without witnesses: the audits here are many, and about files.
fn log_only() -> skyshed_tlog::Policy {
    skyshed_tlog::Policy::parse(format!("log {}\nquorum none\n", log_key().verifier()).as_bytes()).unwrap()
}
