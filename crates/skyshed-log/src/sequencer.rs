//! The writer of a log: takes records that the ledger admits, has its checkpoints cosigned, and puts what the witnesses say back into
//! the log, so that every record has a time that follows from the log alone.
//!
//! One append, step by step. What is on the right is durable when the step is done, in this order:
//!
//! 1. the door: whatever the ledger would flag is refused                       nothing is written
//! 2. bundles and tiles of the records                                          not in the log yet
//! 3. the checkpoint over them, signed by the log (`pending`)                   in the log: acknowledged from here on
//! 4. witnesses cosign that checkpoint                                          `checkpoint`, where at least one did
//! 5. a `witnessed` record with it, and the decision records due by now         steps 2 and 3 again
//! 6. from 4, until every record but the last `witnessed` ones has a time
//!
//! Where too few witnesses answer, the records stay in the log without effect, and the next append, or [`Sequencer::publish`], asks again.

use skyshed_records::leaf::{self, LeafError};
use skyshed_records::ledger::Refusal;
use skyshed_records::record::{Body, Digest, Witnessed};
use skyshed_records::value::Time;
use skyshed_tlog::append::Appender;
use skyshed_tlog::error::LogError;
use skyshed_tlog::policy::{Policy, PolicyError};
use skyshed_tlog::read::{Hashes, prove_consistency};
use skyshed_tlog::{Checkpoint, FileError, Hash, Note, SigningKey, VerifierKey, WriteFiles};

use crate::cosigner::{CosignError, Cosigner, Submission};
use crate::keys::verifiers;
use crate::prove::leaves;
use crate::side;
use crate::store::{Head, StoreError};
use crate::turns::Turns;
use crate::witnesses::{LogLedger, empty_ledger};

/// What a sequencer needs beside the files.
pub struct Means {
    /// The log's keys.
    pub keys: Vec<SigningKey>,
    /// The log's keys and the witnesses: `policy.txt`, as text.
    pub policy: String,
    /// Who is asked to cosign.
    pub cosigners: Vec<Box<dyn Cosigner>>,
    /// The time at the door and in plain signatures. It decides nothing: times in the log are the witnesses'.
    pub clock: Box<dyn Fn() -> Time + Send>,
    /// Whose turn it is to write.
    pub turns: Box<dyn Turns>,
}

/// The writer of a log.
pub struct Sequencer<F> {
    files: F,
    means: Means,
    policy: Policy,
    logs: Vec<VerifierKey>,
    appender: Appender<F>,
    ledger: LogLedger,
    /// What the store knows as published, while it is this writer's turn.
    known: Option<Head>,
    /// Something broke off: the files say where the log stands.
    broken_off: bool,
    /// Decisions before this number have their proofs.
    proofs_to: u64,
}

/// What became of an append, or of asking the witnesses again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Numbers of the records that were given, in order.
    pub indices: Vec<u64>,
    /// Numbers of the decision records that followed from them.
    pub decisions: Vec<u64>,
    /// Records in the log now.
    pub size: u64,
    /// Whether the witness quorum cosigned the last checkpoint.
    pub quorum: bool,
    /// How many witnesses of the policy did.
    pub witnesses: usize,
    /// Why others did not, when they were asked last.
    pub absent: Vec<CosignError>,
}

/// The log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A record is not admitted. Nothing was written.
    #[error("record {place} of those given: {refusal}")]
    Refused {
        /// Which of the records given, from 1.
        place: usize,
        /// Why.
        refusal: Refusal,
    },
    /// The files.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The store that says whose turn it is.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record of our own does not fit into the log.
    #[error("a record that the log writes itself: {0}")]
    Own(#[from] LeafError),
    /// The witness policy.
    #[error("witness policy: {0}")]
    Policy(#[from] PolicyError),
    /// The keys at hand are not those of the log.
    #[error("the keys given are those of {given}, the witness policy names those of {wanted}")]
    Keys {
        /// Names of the keys given.
        given: String,
        /// Names of the log's keys in the policy.
        wanted: String,
    },
    /// The folder was exchanged under the writer.
    #[error(
        "the folder's first {size} records are not those that were read before: it was exchanged or edited; nothing was changed"
    )]
    Exchanged {
        /// How many were read before.
        size: u64,
    },
    /// Cannot happen.
    #[error(
        "the log's own records do not settle: {0} rounds of witnesses and decisions; this is a bug, please report it"
    )]
    Unsettled(usize),
}

impl From<FileError> for AppendError {
    fn from(error: FileError) -> AppendError {
        AppendError::Log(error.into())
    }
}

impl<F: WriteFiles + Clone + Sync> Sequencer<F> {
    /// Begins a log in empty files with its first records: the first policy, at least.
    pub fn create(
        files: F,
        means: Means,
        leaves: &[Vec<u8>],
    ) -> Result<(Sequencer<F>, Outcome), AppendError> {
        let begin = |files: &F, logs: &[VerifierKey]| Appender::create(files.clone(), logs[0].name(), logs);
        let mut sequencer = Sequencer::with(files, means, begin)?;
        sequencer.admit(leaves)?;
        let outcome = sequencer.in_turn(|own| {
            side::put(&own.files, side::POLICY, own.means.policy.as_bytes())?;
            own.append_in_turn(leaves)
        })?;
        Ok((sequencer, outcome))
    }

    /// Opens a log to write to it. What a crash left undone is repaired; what was acknowledged before is there.
    pub fn open(files: F, means: Means) -> Result<Sequencer<F>, AppendError> {
        Sequencer::with(files, means, |files, logs| Appender::open(files.clone(), logs))
    }

    /// Opening repairs, which is writing: also that is done in turn.
    fn with(
        files: F,
        mut means: Means,
        open: impl FnOnce(&F, &[VerifierKey]) -> Result<Appender<F>, LogError>,
    ) -> Result<Sequencer<F>, AppendError> {
        let (policy, logs) = check_means(&means)?;
        means.turns.take()?;
        let opened = open(&files, &logs);
        means.turns.abandon();
        let (appender, ledger) = (opened?, empty_ledger(&policy));
        let mut sequencer = Sequencer {
            files,
            means,
            policy,
            logs,
            appender,
            ledger,
            known: None,
            broken_off: false,
            proofs_to: 0,
        };
        sequencer.read_leaves()?;
        Ok(sequencer)
    }

    /// What follows from the log so far.
    pub fn ledger(&self) -> &LogLedger {
        &self.ledger
    }

    /// The files.
    pub fn files(&self) -> &F {
        &self.files
    }

    /// Appends records: all of them, or none where one is refused.
    pub fn append(&mut self, leaves: &[Vec<u8>]) -> Result<Outcome, AppendError> {
        self.in_turn(|own| own.append_in_turn(leaves))
    }

    /// The same, with something to be done between the door and the first write, such as noting what is about to happen. Where that
    /// fails nothing is appended.
    pub fn append_after(
        &mut self,
        leaves: &[Vec<u8>],
        before: impl FnOnce(&LogLedger) -> Result<(), FileError>,
    ) -> Result<Outcome, AppendError> {
        self.in_turn(|own| {
            own.admit(leaves)?;
            before(&own.ledger)?;
            own.append_admitted(leaves)
        })
    }

    /// Takes over what other servers appended, and what broke off.
    pub fn refresh(&mut self) -> Result<(), AppendError> {
        self.in_turn(|_| Ok(Outcome::default())).map(drop)
    }

    /// Asks the witnesses again: for records that have no time yet, and as proof that the log lives.
    pub fn publish(&mut self) -> Result<Outcome, AppendError> {
        self.in_turn(Sequencer::settle)
    }

    /// What [`Sequencer::append`] would say of records; nothing is written.
    pub fn admit(&self, leaves: &[Vec<u8>]) -> Result<(), AppendError> {
        let mut gate = self.ledger.gate((self.means.clock)());
        leaves.iter().enumerate().try_for_each(|(at, leaf)| {
            let refused = |refusal| AppendError::Refused { place: at + 1, refusal };
            gate.admit(leaf).map(drop).map_err(refused)
        })
    }

    fn append_in_turn(&mut self, leaves: &[Vec<u8>]) -> Result<Outcome, AppendError> {
        self.admit(leaves)?;
        self.append_admitted(leaves)
    }

    fn append_admitted(&mut self, leaves: &[Vec<u8>]) -> Result<Outcome, AppendError> {
        let indices = self.commit(leaves)?;
        Ok(Outcome { indices, ..self.settle()? })
    }

    fn in_turn(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<Outcome, AppendError>,
    ) -> Result<Outcome, AppendError> {
        self.known = self.means.turns.take()?;
        let done = self.catch_up().and_then(|()| work(self));
        match done {
            Ok(outcome) => {
                self.means.turns.end()?;
                Ok(outcome)
            }
            Err(error) => {
                // What was committed to the files stays there, whatever the store goes back to.
                self.means.turns.abandon();
                self.broken_off |= !matches!(error, AppendError::Refused { .. });
                Err(error)
            }
        }
    }

    /// Takes over what another server appended, or what the files hold after something broke off.
    fn catch_up(&mut self) -> Result<(), AppendError> {
        let own = head(&self.appender.checkpoint());
        if self.broken_off || self.known.is_some_and(|known| known != own) {
            if self.has_files()? {
                self.appender = Appender::open(self.files.clone(), &self.logs)?;
            }
            self.read_leaves()?;
            self.broken_off = false;
        }
        let Some(known) = self.known else { return Ok(()) };
        let now = self.appender.checkpoint();
        if known.size > now.size || self.ledger.root(known.size).map(|root| root.0) != Some(known.root) {
            let store = self.means.turns.name();
            return Err(StoreError::FolderBehind { folder: now.size, published: known.size, store }.into());
        }
        // A server that broke off between the files and the store: the files are what counts.
        self.advance(&now)
    }

    fn has_files(&self) -> Result<bool, FileError> {
        let there = |path| self.files.read(path).map(|bytes| bytes.is_some());
        Ok(there(skyshed_tlog::read::CHECKPOINT)? || there(skyshed_tlog::read::PENDING)?)
    }

    /// Reads the records that the ledger does not have yet.
    fn read_leaves(&mut self) -> Result<(), AppendError> {
        let checkpoint = self.appender.checkpoint();
        let (read, size) = (self.ledger.size(), checkpoint.size);
        let exchanged = || AppendError::Exchanged { size: read };
        let root = |size| self.ledger.root(size).map(|root| root.0);
        if read > size
            || (read > 0
                && prove_consistency(&self.files, read, &checkpoint)?.0 != root(read).unwrap_or_default())
        {
            return Err(exchanged());
        }
        for leaf in leaves(&self.files, read, size)? {
            self.ledger.push(&leaf);
        }
        match self.ledger.root(size) {
            Some(Digest(root)) if root == checkpoint.root => Ok(()),
            _ => Err(LogError::Root { path: "tile/entries".into(), size }.into()),
        }
    }

    /// Puts records into the log, durably; their numbers.
    fn commit(&mut self, leaves: &[Vec<u8>]) -> Result<Vec<u64>, AppendError> {
        if leaves.is_empty() {
            return Ok(Vec::new());
        }
        let staged = self.appender.stage(leaves)?;
        let signed = self.sign(&staged)?;
        self.advance(&staged)?;
        self.appender.commit(&signed.to_string())?;
        Ok(leaves.iter().map(|leaf| self.ledger.push(leaf)).collect())
    }

    /// Tells the store what is about to be signed for all to see.
    fn advance(&mut self, next: &Checkpoint) -> Result<(), AppendError> {
        let next = head(next);
        if let Some(known) = self.known.filter(|known| *known != next) {
            self.means.turns.advance(known, next)?;
            self.known = Some(next);
        }
        Ok(())
    }

    fn sign(&self, checkpoint: &Checkpoint) -> Result<Note, AppendError> {
        let time_unix_s = (self.means.clock)().0.max(0).unsigned_abs();
        Ok(checkpoint.sign(&self.means.keys, time_unix_s).map_err(LogError::from)?)
    }

    /// Witnesses and decisions, until every record has what it can get.
    fn settle(&mut self) -> Result<Outcome, AppendError> {
        let mut decisions = self.decide()?;
        for _ in 0..ROUNDS_MAX {
            let round = self.cosign()?;
            if !self.is_wanting(&round) {
                self.write_side_files()?;
                let (quorum, witnesses) = (round.quorum, round.witnesses);
                let size = self.ledger.size();
                return Ok(Outcome {
                    indices: Vec::new(),
                    decisions,
                    size,
                    quorum,
                    witnesses,
                    absent: round.absent,
                });
            }
            let record = Body::Witnessed(Witnessed { checkpoint: round.note.to_string() });
            self.commit(&[leaf::write(&record, &[])?])?;
            decisions.extend(self.decide()?);
        }
        Err(AppendError::Unsettled(ROUNDS_MAX))
    }

    /// Appends the decision records that follow from the log and are not in it yet.
    fn decide(&mut self) -> Result<Vec<u64>, AppendError> {
        let due = self.ledger.due((self.means.clock)()).into_iter().map(Body::Decision);
        // One that no witness has seen yet, because the writer broke off after it, is not known to the ledger as decided.
        let missing =
            due.filter(|decision| !self.unseen().any(|index| self.ledger.body(index) == Some(decision)));
        let written: Result<Vec<_>, _> = missing.map(|decision| leaf::write(&decision, &[])).collect();
        self.commit(&written?)
    }

    /// Numbers of the records without a time.
    fn unseen(&self) -> std::ops::Range<u64> {
        self.ledger.at(self.ledger.time()).covered()..self.ledger.size()
    }

    /// Has the checkpoint over all records cosigned, and publishes it unless that would take signatures away.
    fn cosign(&mut self) -> Result<Round, AppendError> {
        let checkpoint = self.appender.checkpoint();
        let mut note = self.sign(&checkpoint)?;
        let (signatures, absent) = ask_all(&mut self.means.cosigners, &self.files, &note, &checkpoint);
        note.signatures.extend(signatures);
        let text = note.to_string();
        let found = self.policy.check(text.as_bytes())?;
        let (quorum, witnesses) = (found.quorum, found.seen.len());
        if self.is_better(&checkpoint, quorum, witnesses)? {
            self.appender.publish(&text)?;
        }
        Ok(Round { note, quorum, witnesses, absent })
    }

    /// A checkpoint without any witness is not published: nothing in it could take effect. Nor is one with less than the one of the
    /// same size that is public.
    fn is_better(
        &self,
        checkpoint: &Checkpoint,
        quorum: bool,
        witnesses: usize,
    ) -> Result<bool, AppendError> {
        let enough = quorum || witnesses > 0;
        let Some(public) = self.appender.published() else { return Ok(enough) };
        if public.checkpoint.size != checkpoint.size || quorum {
            return Ok(enough);
        }
        let public = self.policy.check(public.note.to_string().as_bytes())?;
        Ok(!public.quorum && witnesses >= public.seen.len().max(1))
    }

    /// Whether a `witnessed` record with this checkpoint would give a time to a record that has none.
    fn is_wanting(&self, round: &Round) -> bool {
        if round.witnesses == 0 {
            return false;
        }
        let known = if round.quorum { 0 } else { self.last_embedded() };
        let content = |index: &u64| !matches!(self.ledger.body(*index), Some(Body::Witnessed(_)));
        self.unseen().filter(content).any(|index| index >= known)
    }

    /// Size of the checkpoint in the last `witnessed` record.
    fn last_embedded(&self) -> u64 {
        let size = |index| match self.ledger.body(index) {
            Some(Body::Witnessed(witnessed)) => {
                let note = Note::parse(witnessed.checkpoint.as_bytes()).ok()?;
                Some(Checkpoint::parse(&note.text).ok()?.size)
            }
            _ => None,
        };
        (0..self.ledger.size()).rev().find_map(size).unwrap_or(0)
    }

    fn write_side_files(&mut self) -> Result<(), AppendError> {
        if let Some(public) = self.appender.published() {
            let from = self.proofs_to;
            self.proofs_to = side::write(&self.files, &self.ledger, &self.policy, public, from)?;
        }
        Ok(())
    }
}

/// One round of asking the witnesses.
struct Round {
    note: Note,
    quorum: bool,
    witnesses: usize,
    absent: Vec<CosignError>,
}

/// Asks all at once; the answers are in the order of the cosigners.
fn ask_all<F: WriteFiles + Sync>(
    cosigners: &mut [Box<dyn Cosigner>],
    files: &F,
    note: &Note,
    checkpoint: &Checkpoint,
) -> (Vec<skyshed_tlog::Signature>, Vec<CosignError>) {
    let prove = |old| consistency(files, old, checkpoint.size);
    let submission = Submission { note, checkpoint, prove: &prove };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = cosigners.iter_mut().map(|one| scope.spawn(|| one.cosign(&submission))).collect();
        asked
            .into_iter()
            .map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let (mut signatures, mut absent) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(answer) => signatures.extend(answer),
            Err(error) => absent.push(error),
        }
    }
    (signatures, absent)
}

fn consistency<F: WriteFiles>(files: &F, old: u64, size: u64) -> Result<Vec<Hash>, FileError> {
    let hashes = Hashes::new(files, size);
    let proof: Result<Vec<Hash>, LogError> =
        skyshed_tlog::merkle::prove_consistency(old, size, |level, index| hashes.subtree(level, index));
    proof.map_err(|error| FileError { path: "tile".into(), reason: error.to_string() })
}

fn check_means(means: &Means) -> Result<(Policy, Vec<VerifierKey>), AppendError> {
    let policy = Policy::parse(means.policy.as_bytes())?;
    let logs = verifiers(&means.keys);
    let names = |keys: &[VerifierKey]| keys.iter().map(VerifierKey::name).collect::<Vec<_>>().join(", ");
    if logs.is_empty() || logs.iter().any(|key| !policy.log_keys().contains(key)) {
        return Err(AppendError::Keys { given: names(&logs), wanted: names(policy.log_keys()) });
    }
    Ok((policy, logs))
}

fn head(checkpoint: &Checkpoint) -> Head {
    Head { size: checkpoint.size, root: checkpoint.root }
}

/// Records, their time and their decisions, the decisions' time: three rounds. More is room for what comes by in between.
const ROUNDS_MAX: usize = 8;
