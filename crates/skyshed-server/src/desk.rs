//! The desk: where signed records are taken in for the log, one after the other, by the one thread that owns the log's
//! [`Sequencer`]. Planning never waits for it.
//!
//! It decides nothing. A record gets in for its own signatures, by the rules of the log's door; who brought it, with which token,
//! does not matter and is not looked at. What the door refuses is answered with the rule that it breaks; nothing is written then.
//!
//! One write, step by step; what is on the right is durable when the step is done:
//!
//! 1. the key is looked up: a write that was made before is answered as then     nothing new
//! 2. the door                                                                   nothing
//! 3. the write is noted                                                         [`kept`]
//! 4. the record is appended, cosigned, decided on                               the log
//! 5. the answer is kept, then sent                                              [`kept`]
//!
//! So whatever was answered with 201 or 202 is in the log for good, and a service that ends between 4 and 5 gives the answer when
//! it is asked again with the same key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};
use skyshed_log::means::{Found, SharedClock, beside};
use skyshed_log::{AppendError, Disk, LogLedger, Outcome, Sequencer};
use skyshed_records::leaf::{self, Leaf, LeafError};
use skyshed_records::ledger::{Reason, Refusal};
use skyshed_records::record::{Body, Digest};
use skyshed_tlog::FileError;
use skyshed_tlog::ReadFiles;
use skyshed_tlog::policy::Policy;
use skyshed_tlog::read::CHECKPOINT;
use tokio::sync::oneshot;

use crate::desk::kept::{ANSWER_BYTES_MAX, Answer, KEY_BYTES_MAX, Kept, Turn};
use crate::problem::Problem;
use crate::words;

pub mod kept;

/// Writes that wait at once; one more is told to come back.
pub const QUEUE_MAX: usize = 64;
/// Largest write, bytes: a record has at most 65,535, and may be spaced for people.
pub const WRITE_BYTES_MAX: usize = 128 << 10;
/// Where witnesses are missing they are asked again after so long.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// Without a write the log is cosigned again after so long, as proof that it lives.
const COSIGN_AGAIN: Duration = Duration::from_secs(3_600);

/// Takes writes for one log.
pub struct Desk {
    queue: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    counts: Arc<Counts>,
}

/// What the desk counts.
#[derive(Debug, Default)]
pub struct Counts {
    /// Records that got in.
    pub accepted: AtomicU64,
    /// Writes that were refused, by cause: [`CAUSES`], and the rules of the log's door. Closed, so that strangers cannot make the
    /// metrics grow.
    refused: Mutex<BTreeMap<&'static str, u64>>,
    /// Answers given again.
    pub repeated: AtomicU64,
    /// Writes that failed for the log's own sake.
    pub failed: AtomicU64,
    /// Writes that wait now.
    pub waiting: AtomicUsize,
}

/// Why a write is refused before the log's door sees it.
pub const CAUSES: [&str; 10] = [
    "queue_full",
    "stopping",
    "answers_full",
    "bad_key",
    "key_reused",
    "not_json",
    "malformed",
    "type",
    "unknown_request",
    "other_request",
];

impl Counts {
    /// Writes that were refused, by cause: all of [`CAUSES`], then each rule that somebody broke.
    pub fn refused(&self) -> Vec<(&'static str, u64)> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let known = CAUSES.map(|cause| (cause, refused.get(cause).copied().unwrap_or(0)));
        let rules = refused.iter().filter(|(cause, _)| !CAUSES.contains(cause));
        known.into_iter().chain(rules.map(|(cause, count)| (*cause, *count))).collect()
    }

    fn count(&self, answer: &Result<Written, DeskError>) {
        let counter = match answer {
            Ok(written) if written.repeated => &self.repeated,
            Ok(Written { rule: Some(rule), .. }) => return self.count_refused(rule),
            Ok(_) => &self.accepted,
            Err(DeskError::Failed { .. }) => &self.failed,
            Err(error) => return self.count_refused(error.cause()),
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn count_refused(&self, cause: &'static str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused.entry(cause).or_default() += 1;
    }
}

/// Where a write came in: what it may be follows from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A request.
    Requests,
    /// An approval, rejection or recusal of the request with this number.
    Approvals(u64),
    /// A cancellation of the request with this number.
    Cancellations(u64),
    /// Any other record that people or machines sign.
    Records,
}

/// A write.
#[derive(Clone, Debug)]
pub struct Write {
    /// Where it came in.
    pub place: Place,
    /// The record, JSON.
    pub bytes: Bytes,
    /// The idempotency key.
    pub key: String,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The answer.
    pub answer: Answer,
    /// Whether it was given before.
    pub repeated: bool,
    /// Of a refusal that is kept: the rule that it names.
    pub rule: Option<&'static str>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum DeskError {
    #[error(
        "{QUEUE_MAX} writes wait already; allowed: {QUEUE_MAX}; ask again in a second with the same Idempotency-Key"
    )]
    Full,
    #[error("the service stops; ask again with the same Idempotency-Key")]
    Stopping,
    #[error(
        "Idempotency-Key is {given:?}; allowed: 1 to {KEY_BYTES_MAX} printable characters of ASCII, such as a UUID; choose a new one for each write"
    )]
    Key { given: String },
    #[error(
        "Idempotency-Key {key:?} was given with another write before; give a new key for a new write, or the same bytes to the same path"
    )]
    KeyReused { key: String },
    #[error(
        "as many answers are kept as there may be in a day; ask again later, with the same Idempotency-Key"
    )]
    NoRoom,
    #[error("{0}")]
    NotJson(LeafError),
    #[error("{0}")]
    Malformed(LeafError),
    #[error("a record of type {given}; allowed here: {allowed}; {hint}")]
    Type { given: &'static str, allowed: &'static str, hint: &'static str },
    #[error("there is no request {number} in the log; /api/v1/requests lists those that there are")]
    NoRequest { number: u64 },
    #[error(
        "the record names {given}, but request {number} has the hash {expected}; send it to the request that it names"
    )]
    OtherRequest { number: u64, given: String, expected: Digest },
    #[error("{0}")]
    Refused(Refusal),
    #[error(
        "the log cannot be written now: {reason}; whether the record is in it is not certain; ask again with the same Idempotency-Key"
    )]
    Failed { reason: String },
}

impl DeskError {
    /// The cause by a short name: one of [`CAUSES`], a rule of the log's door, or `failed`.
    pub fn cause(&self) -> &'static str {
        match self {
            DeskError::Full => "queue_full",
            DeskError::Stopping => "stopping",
            DeskError::NoRoom => "answers_full",
            DeskError::Key { .. } => "bad_key",
            DeskError::KeyReused { .. } => "key_reused",
            DeskError::NotJson(_) => "not_json",
            DeskError::Malformed(_) => "malformed",
            DeskError::Type { .. } => "type",
            DeskError::NoRequest { .. } => "unknown_request",
            DeskError::OtherRequest { .. } => "other_request",
            DeskError::Refused(refusal) => refusal.reason.code(),
            DeskError::Failed { .. } => "failed",
        }
    }
}

struct Job {
    write: Write,
    answer: oneshot::Sender<Result<Written, DeskError>>,
}

/// What the thread owns.
struct Clerk {
    log: Sequencer<Disk>,
    policy: Policy,
    kept: Kept,
    clock: SharedClock,
    on_change: Box<dyn Fn() + Send>,
    counts: Arc<Counts>,
    /// Whether the witness quorum has seen everything.
    settled: bool,
}

impl Desk {
    /// Opens the log in `folder` to write to it, and begins. `on_change` is called when the log has grown, before an answer is sent.
    ///
    /// # Errors
    /// Where the log cannot be opened or repaired, or the answers beside it cannot be read.
    pub fn open(
        folder: &Path,
        found: Found,
        clock: SharedClock,
        on_change: impl Fn() + Send + 'static,
    ) -> anyhow::Result<Desk> {
        let log = Sequencer::open(Disk::open(folder)?, found.means)?;
        let path = beside(folder, ".answers");
        let kept = Kept::open(&path, clock().0);
        let kept =
            kept.map_err(|error| anyhow::anyhow!("the answers to writes in {}: {error}", path.display()))?;
        let counts = Arc::new(Counts::default());
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let clerk = Clerk {
            log,
            policy: found.policy,
            kept,
            clock,
            on_change: Box::new(on_change),
            counts: counts.clone(),
            settled: false,
        };
        let thread = thread::Builder::new().name("desk".to_owned()).spawn(move || clerk.work(&jobs))?;
        Ok(Desk { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), counts })
    }

    /// Hands a write in and waits for its answer.
    ///
    /// # Errors
    /// [`DeskError`]: nothing was written, but for [`DeskError::Failed`], where that is not certain.
    pub async fn write(&self, write: Write) -> Result<Written, DeskError> {
        match self.hand_in(write) {
            // Who works it off counts it, whether or not somebody still waits here.
            Ok(answered) => answered.await.unwrap_or(Err(DeskError::Stopping)),
            Err(error) => {
                self.counts.count_refused(error.cause());
                Err(error)
            }
        }
    }

    /// Hands a write in; its answer comes later.
    fn hand_in(&self, write: Write) -> Result<oneshot::Receiver<Result<Written, DeskError>>, DeskError> {
        let write = Write { key: key(&write.key)?.to_owned(), ..write };
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or(DeskError::Stopping)?;
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        let sent = queue.try_send(Job { write, answer });
        drop(queue);
        if sent.is_err() {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        match sent {
            Ok(()) => Ok(answered),
            Err(TrySendError::Full(_)) => Err(DeskError::Full),
            Err(TrySendError::Disconnected(_)) => Err(DeskError::Stopping),
        }
    }

    /// What it counted.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes no more writes and finishes those that wait.
    pub fn stop(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A key without the quotes of a structured field (RFC 9651), which some clients write.
fn key(given: &str) -> Result<&str, DeskError> {
    let inner = given.trim();
    let inner = inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(inner);
    let fits =
        (1..=KEY_BYTES_MAX).contains(&inner.len()) && inner.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    match fits {
        true => Ok(inner),
        false => Err(DeskError::Key { given: given.chars().take(40).collect() }),
    }
}

impl Clerk {
    fn work(mut self, jobs: &Receiver<Job>) {
        self.publish();
        loop {
            match jobs.recv_timeout(if self.settled { COSIGN_AGAIN } else { ASK_AGAIN }) {
                Ok(job) => {
                    self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
                    let answer = self.write(&job.write);
                    self.counts.count(&answer);
                    // Nobody may be waiting any more; the answer is kept.
                    let _ = job.answer.send(answer);
                }
                Err(RecvTimeoutError::Timeout) => self.publish(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Asks the witnesses for what has no time yet.
    fn publish(&mut self) {
        let before = self.log.ledger().size();
        self.settled = self.log.publish().is_ok_and(|outcome| outcome.quorum);
        if self.log.ledger().size() != before {
            (self.on_change)();
        }
    }

    fn write(&mut self, write: &Write) -> Result<Written, DeskError> {
        let leaf = parse(&write.bytes)?;
        check_type(write.place, &leaf)?;
        let hash = hash(write);
        let now = (self.clock)().0;
        let failed = |error: std::io::Error| DeskError::Failed {
            reason: format!("its answers beside the log: {error}"),
        };
        let mut turn = self.kept.turn(now).map_err(failed)?;
        if let Some(note) = turn.note(&write.key).cloned() {
            if note.write != hash {
                return Err(DeskError::KeyReused { key: write.key.clone() });
            }
            if let Some(answer) = turn.answer(&note).map_err(failed)? {
                return Ok(Written { answer, repeated: true, rule: None });
            }
            // A service ended in the middle of it.
            self.log.refresh().map_err(unwritable)?;
            if let Some(index) = found(self.log.ledger(), &leaf, note.size) {
                let outcome = recovered(&self.log, &self.policy, index);
                let answer = accepted(&self.log, &self.policy, write.place, &outcome)?;
                turn.end(&write.key, &answer).map_err(failed)?;
                return Ok(Written { answer, repeated: false, rule: None });
            }
            turn.forget(&write.key).map_err(failed)?;
        }
        if !turn.has_room() {
            return Err(DeskError::NoRoom);
        }
        if check_request(self.log.ledger(), write.place, &leaf).is_err() {
            // Another server may have written the request.
            self.log.refresh().map_err(unwritable)?;
        }
        check_request(self.log.ledger(), write.place, &leaf)?;
        let before = self.log.ledger().size();
        let appended = append(&mut self.log, &mut turn, write, &leaf, &hash, now);
        match appended {
            Ok(outcome) => {
                self.settled = outcome.quorum;
                let answer = accepted(&self.log, &self.policy, write.place, &outcome)?;
                turn.end(&write.key, &answer).map_err(failed)?;
                drop(turn);
                (self.on_change)();
                Ok(Written { answer, repeated: false, rule: None })
            }
            Err(AppendError::Refused { refusal, .. }) => {
                let lasts = is_worth_keeping(&refusal.reason);
                let error = DeskError::Refused(refusal);
                if !lasts {
                    return Err(error);
                }
                let rule = Some(error.cause());
                let problem = Problem::from(error);
                let answer =
                    Answer { status: problem.kind.status().as_u16(), location: None, body: problem.text() };
                let kept =
                    turn.begin(&write.key, &hash, now, before).and_then(|()| turn.end(&write.key, &answer));
                kept.map_err(failed)?;
                Ok(Written { answer, repeated: false, rule })
            }
            Err(error) => {
                self.settled = false;
                Err(unwritable(error))
            }
        }
    }
}

fn append(
    log: &mut Sequencer<Disk>,
    turn: &mut Turn<'_>,
    write: &Write,
    leaf: &Leaf,
    hash: &str,
    now: i64,
) -> Result<Outcome, AppendError> {
    let bytes = leaf::write(&leaf.body, &leaf.sigs)?;
    log.append_after(&[bytes], |ledger| {
        let noted = turn.begin(&write.key, hash, now, ledger.size());
        noted.map_err(|error| FileError {
            path: "the answers beside the log".into(),
            reason: error.to_string(),
        })
    })
}

fn unwritable(error: AppendError) -> DeskError {
    DeskError::Failed { reason: error.to_string() }
}

/// Reads a record as `skyshed request sign` and `--out` write it, however it is spaced.
fn parse(bytes: &[u8]) -> Result<Leaf, DeskError> {
    leaf::read(bytes).map_err(|error| match error {
        LeafError::Json(_) => DeskError::NotJson(error),
        _ => DeskError::Malformed(error),
    })
}

fn check_type(place: Place, leaf: &Leaf) -> Result<(), DeskError> {
    let given = leaf.type_name();
    let (allowed, hint) = match (place, &leaf.body) {
        (Place::Requests, Body::Request(_))
        | (Place::Approvals(_), Body::Approval(_))
        | (Place::Cancellations(_), Body::Cancel(_)) => return Ok(()),
        (Place::Requests, _) => ("request", OTHER_PATHS),
        (Place::Approvals(_), _) => ("approval", OTHER_PATHS),
        (Place::Cancellations(_), _) => ("cancel", OTHER_PATHS),
        (Place::Records, Body::Request(_) | Body::Approval(_) | Body::Cancel(_)) => (SIGNED, OTHER_PATHS),
        (Place::Records, Body::Decision(_) | Body::Witnessed(_)) => (SIGNED, "the log writes these itself"),
        (Place::Records, _) => return Ok(()),
    };
    Err(DeskError::Type { given, allowed, hint })
}

/// Holds a record against the request in its path.
fn check_request(ledger: &LogLedger, place: Place, leaf: &Leaf) -> Result<(), DeskError> {
    let (Place::Approvals(number) | Place::Cancellations(number)) = place else { return Ok(()) };
    let is_request = matches!(ledger.body(number), Some(Body::Request(_)));
    let expected =
        ledger.body_sha256(number).filter(|_| is_request).ok_or(DeskError::NoRequest { number })?;
    let named: &[Digest] = match &leaf.body {
        Body::Approval(approval) => &approval.requests,
        Body::Cancel(cancel) => std::slice::from_ref(&cancel.target),
        _ => &[],
    };
    if named.contains(&expected) {
        return Ok(());
    }
    let given = named.iter().take(4).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(DeskError::OtherRequest { number, given, expected })
}

/// What makes two writes the same: path and bytes.
fn hash(write: &Write) -> String {
    let path = write.place.path();
    leaf::body_sha256(&[path.as_bytes(), &b"\n"[..], &write.bytes[..]].concat()).to_string()
}

impl Place {
    /// The path below `/api/v1`.
    pub fn path(self) -> String {
        match self {
            Place::Requests => "/requests".to_owned(),
            Place::Approvals(number) => format!("/requests/{number}/approvals"),
            Place::Cancellations(number) => format!("/requests/{number}/cancellations"),
            Place::Records => "/records".to_owned(),
        }
    }
}

/// The record, if the log has it from a size on.
fn found(ledger: &LogLedger, leaf: &Leaf, from: u64) -> Option<u64> {
    (from..ledger.size()).find(|&index| {
        ledger.body_sha256(index) == Some(leaf.body_sha256)
            && ledger.body(index).is_some_and(|body| body.type_name() == leaf.type_name())
    })
}

/// What became of a record that was appended before a service ended.
fn recovered(log: &Sequencer<Disk>, policy: &Policy, index: u64) -> Outcome {
    let ledger = log.ledger();
    let view = ledger.at(ledger.time());
    let follows = |number: &u64| match ledger.body(*number) {
        Some(Body::Decision(decision)) => {
            decision.approvals.contains(&index) || decision.request_index == index
        }
        _ => false,
    };
    Outcome {
        indices: vec![index],
        decisions: (index..ledger.size()).filter(follows).collect(),
        size: ledger.size(),
        quorum: view.covered() > index,
        witnesses: seen(log, policy),
        absent: Vec::new(),
    }
}

/// 201, or 202 where the witness quorum is missing.
fn accepted(
    log: &Sequencer<Disk>,
    policy: &Policy,
    place: Place,
    outcome: &Outcome,
) -> Result<Answer, DeskError> {
    let ledger = log.ledger();
    let view = ledger.at(ledger.time());
    let number =
        *outcome.indices.first().ok_or(DeskError::Failed { reason: "the record has no number".into() })?;
    let location = match place {
        Place::Requests => format!("/api/v1/requests/{number}"),
        _ => format!("/api/v1/log/entries/{number}"),
    };
    let all = outcome.indices.iter().chain(&outcome.decisions);
    let records: Vec<Value> = all.map(|&index| words::fate_json(ledger, &view, index)).collect();
    let absent: Vec<String> = outcome.absent.iter().map(ToString::to_string).collect();
    let mut body = json!({
        "record": number,
        "location": location,
        "decisions": outcome.decisions,
        "size": outcome.size,
        "witnessed_at": ledger.time(),
        "quorum": outcome.quorum,
        "witnesses": seen(log, policy),
        "witnesses_known": names(policy.witness_keys().iter().map(|key| key.name())),
        "witnesses_absent": absent,
        "records": records,
    });
    // An approval of very many requests: the log says the rest.
    if body.to_string().len() > ANSWER_BYTES_MAX / 2 {
        body["records"] = json!([]);
    }
    let status = if outcome.quorum { 201 } else { 202 };
    Ok(Answer { status, location: Some(location), body: format!("{body:#}\n") })
}

/// How many witnesses cosigned the checkpoint that is public.
fn seen(log: &Sequencer<Disk>, policy: &Policy) -> usize {
    let bytes = log.files().read(CHECKPOINT).ok().flatten().unwrap_or_default();
    let found = policy.check(&bytes).map(|found| found.seen).unwrap_or_default();
    names(found.iter().map(|seen| seen.name.as_str()))
}

/// A witness with keys of two kinds is one witness.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.collect::<BTreeSet<_>>().len()
}

/// Whether a refusal is about what the log holds already or by now: compare-and-set, and replays.
pub fn is_conflict(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Duplicate
            | Reason::TerritoryExists { .. }
            | Reason::ZoneOrder { .. }
            | Reason::ZoneDiffers { .. }
            | Reason::PolicyOrder { .. }
            | Reason::UnknownFrom { .. }
            | Reason::TooLate { .. }
            | Reason::UnknownTarget { .. }
    )
}

/// Whether the answer must be kept to be the same again. One about form or signatures follows from the record, and a record that is in
/// the log stays there; kept, such answers would let anybody fill the room there is.
fn is_worth_keeping(reason: &Reason) -> bool {
    !matches!(
        reason,
        Reason::Malformed(_)
            | Reason::NoPolicy
            | Reason::SignatureNotAllowed { .. }
            | Reason::UnknownSigner { .. }
            | Reason::BadSignature { .. }
            | Reason::KeyNotValid { .. }
            | Reason::MissingSignature { .. }
            | Reason::MissingRole { .. }
            | Reason::QuorumMissing { .. }
            | Reason::Duplicate
    )
}

const SIGNED: &str = "territory, zone, policy, preview, contact, attest, observe, enforce, keyevent";
const OTHER_PATHS: &str = "requests go to /api/v1/requests, approvals to /api/v1/requests/{n}/approvals, cancels to \
     /api/v1/requests/{n}/cancellations, all others to /api/v1/records";
