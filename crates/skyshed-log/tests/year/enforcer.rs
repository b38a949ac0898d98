//! Enforcers: a real keeper each, what it is served, and everything that must hold after each look.

use skyshed_log::{Evidence, Keeper};
use skyshed_records::ledger::{Overdue, View};
use skyshed_records::record::Time;
use skyshed_tlog::read::{CHECKPOINT, read_entries};
use skyshed_tlog::{Checkpoint, FileError, Hash, Note, ReadFiles, VerifierKey};

use super::model::{Branch, Status, Truth};
use crate::common::TempFolder;
use crate::common::sim::SimFiles;

/// What somebody is served.
pub enum Served<'a> {
    /// The log as it is.
    Log(&'a SimFiles),
    /// Nothing: the line is cut.
    Nothing,
    /// The log with one file changed.
    Changed(&'a SimFiles, String, Option<Vec<u8>>),
}

impl ReadFiles for Served<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match self {
            Served::Log(files) => files.read(path),
            Served::Nothing => Err(FileError { path: path.into(), reason: "no line".into() }),
            Served::Changed(_, changed, bytes) if changed == path => Ok(bytes.clone()),
            Served::Changed(files, ..) => files.read(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        match self {
            Served::Log(files) | Served::Changed(files, ..) => files.list(folder),
            Served::Nothing => Err(FileError { path: folder.into(), reason: "no line".into() }),
        }
    }
}

/// What is in force: territory, class, number of the decision.
pub type Words = Vec<(String, String, u64)>;

/// An enforcer.
pub struct Enforcer {
    pub keeper: Keeper,
    /// What it has proven, in our own account.
    pub branch: Branch,
    pub skew_s: i64,
    pub cut_off: bool,
    pub folder: Option<TempFolder>,
    /// It was served another history than it had proven.
    pub forks_served: usize,
    evidence: usize,
    last: (Time, Time),
}

impl Enforcer {
    pub fn new(keeper: Keeper, skew_s: i64, folder: Option<TempFolder>) -> Enforcer {
        let branch = Branch::new();
        Enforcer {
            keeper,
            branch,
            skew_s,
            cut_off: false,
            folder,
            forks_served: 0,
            evidence: 0,
            last: (Time(0), Time(0)),
        }
    }

    /// Looks at what is served at a time, and checks all that must hold.
    pub fn look(&mut self, served: &Served<'_>, now: i64, truth: &Truth, logs: &[VerifierKey]) {
        let local = Time(now + self.skew_s);
        let before = self.keeper.view(local).map(|view| words(&view));
        let other = self.serves_another(served, logs);
        self.keeper.update(served, local).unwrap();
        let Some(proven) = self.keeper.proven() else {
            assert!(self.keeper.stale().is_some() || other, "nothing proven, and no sign");
            return;
        };
        let (size, root) = (proven.public.checkpoint.size, proven.public.checkpoint.root);
        assert!(size >= self.branch.size(), "what was proven is forgotten: {size}");
        if size == self.branch.size() {
            assert_eq!(before, self.keeper.view(local).map(|view| words(&view)), "changed without proof");
        } else {
            self.follow(served, size, truth);
        }
        assert_eq!(self.branch.root(size), root, "records do not lead to the checkpoint");
        if other {
            self.forks_served += 1;
            assert_eq!(self.stale_code(), "fork");
            assert!(!self.keeper.evidence().is_empty());
        }
        if self.keeper.evidence().len() > self.evidence {
            self.evidence = self.keeper.evidence().len();
            self.check_evidence(logs);
        }
        self.check_state(local);
        let time = self.keeper.time(local);
        assert!(
            local < self.last.0 || time >= self.last.1,
            "time goes back: {:?} {:?}",
            self.last,
            (local, time)
        );
        self.last = (local, time);
    }

    /// What the enforcer applies now is what the model says.
    pub fn check_state(&mut self, local: Time) {
        let Some(view) = self.keeper.view(local) else { return };
        let at = self.keeper.time(local);
        check(&view, &self.branch, at.0);
    }

    fn stale_code(&self) -> &str {
        self.keeper.stale().map_or("", |stale| &stale.code)
    }

    pub fn note(&self) -> Option<&Note> {
        self.keeper.proven().map(|proven| &proven.public.note)
    }

    fn follow(&mut self, served: &Served<'_>, size: u64, truth: &Truth) {
        let known = self.branch.size();
        for leaf in leaves(served, known, size) {
            self.branch.push(truth, &leaf);
        }
    }

    /// Whether the log's key signed what is served, and it is not of the history that was proven.
    fn serves_another(&self, served: &Served<'_>, logs: &[VerifierKey]) -> bool {
        // Changed tiles are no history.
        if matches!(served, Served::Changed(_, path, _) if path != CHECKPOINT) {
            return false;
        }
        let Ok(Some(bytes)) = served.read(CHECKPOINT) else { return false };
        let Ok(note) = Note::parse(&bytes) else { return false };
        let Ok(Checkpoint { size, root, .. }) = Checkpoint::parse(&note.text) else { return false };
        if self.branch.size() == 0 || note.verify(logs).is_err() {
            return false;
        }
        let common = size.min(self.branch.size());
        let own = self.branch.root(common);
        own != if size == common { root } else { tree_root(served, size, common) }
    }

    fn check_evidence(&self, logs: &[VerifierKey]) {
        for evidence in self.keeper.evidence() {
            let file = Evidence::parse(evidence.text().as_bytes()).unwrap();
            let fork = file.check(logs).unwrap();
            assert_ne!(fork.roots[0], fork.roots[1]);
        }
        if let Some(folder) = self.folder.as_ref().filter(|_| !self.keeper.evidence().is_empty()) {
            let names = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name());
            assert!(names.into_iter().any(|name| name.to_string_lossy().starts_with("fork-")));
        }
    }
}

/// Records of what is served, not checked.
pub fn leaves(files: &impl ReadFiles, from: u64, size: u64) -> Vec<Vec<u8>> {
    let bundles = (from / 256..size.div_ceil(256)).map(|bundle| read_entries(files, bundle, size).unwrap());
    bundles.flatten().skip((from % 256) as usize).collect()
}

/// The root that what is served had at an earlier size.
fn tree_root(served: &Served<'_>, size: u64, at: u64) -> Hash {
    let mut tree = skyshed_tlog::merkle::Tree::new();
    let leaves = leaves(served, 0, size);
    leaves[..at as usize].iter().for_each(|leaf| tree.append(skyshed_tlog::merkle::leaf_hash(leaf)));
    tree.root()
}

/// What is in force, as words to compare.
pub fn words(view: &View) -> Words {
    let mut found = Vec::new();
    for one in view.in_force() {
        for class in one.classes {
            found.push((one.decision.request.territory.clone(), class, one.decision.number));
        }
    }
    found.sort();
    found
}

/// A state of the ledger is the model's, and everything in force is justified by what people really did.
pub fn check(view: &View, branch: &Branch, at: i64) {
    let state = branch.at(at);
    assert_eq!(words(view), state.words(), "in force at {at}");
    let version = |policy: &skyshed_records::record::Policy| policy.version;
    assert_eq!(
        view.policy().map(|policy| version(&policy.policy)),
        state.policy.as_ref().map(|(policy, _)| version(policy))
    );
    assert!(view.dead_keys().keys().eq(&state.dead), "keys that ended");
    let named: Vec<_> = view.requests().map(|request| (request.index, group(request.status))).collect();
    let asked: Vec<_> = state.requests.iter().map(|(index, asked)| (*index, asked.status)).collect();
    assert_eq!(named, asked, "requests at {at}");
    let review = |overdue: &Overdue| match overdue {
        Overdue::Review { decision, .. } => Some(*decision),
        Overdue::Contact { .. } => None,
    };
    assert!(view.overdue().iter().filter_map(review).eq(state.overdue(at)), "overdue");
}

fn group(status: skyshed_records::ledger::Status) -> Status {
    use skyshed_records::ledger::Status as Named;
    match status {
        Named::InReview => Status::Review,
        Named::Waiting => Status::Waiting,
        Named::Lapsed => Status::Lapsed,
        Named::Rejected => Status::Rejected,
        Named::Cancelled => Status::Cancelled,
        Named::Effective | Named::Superseded | Named::Expired => Status::Done,
    }
}
