//! The audit of a whole log: every file, every leaf, every signature, every decision, in one pass.
//!
//! Trusted are the witness policy alone, which names the log's key, and the code that runs. What the log's folder says of itself
//! (`policy.txt`, `allowed_signers`, `proof/`) is not read.

use skyshed_tlog::error::LogError;
use skyshed_tlog::files::ReadFiles;
use skyshed_tlog::policy::Policy;

use crate::ledger::{Flag, Ledger, Reason};
use crate::record::{Body, Digest, Time};
use crate::verify::{Signatures, SshSignatures};
use crate::witness::PolicyWitnesses;

/// A log that holds together, and what there is to say about it.
#[derive(Debug)]
pub struct Audit<S = SshSignatures> {
    /// Leaves that the public checkpoint covers.
    pub size: u64,
    /// Root hash at that size.
    pub root: Digest,
    /// Names of the witnesses that cosigned the public checkpoint, sorted.
    pub witnesses: Vec<String>,
    /// Whether they are the quorum of the policy. Without it nobody may act on the log's last records.
    pub quorum: bool,
    /// What was counted.
    pub counts: Counts,
    /// Witnessed time of the last checkpoint with a quorum that is in the log.
    pub time: Time,
    /// Everything that has no effect or is strange, at that time.
    pub flags: Vec<Flag>,
    /// The ledger, for further questions.
    pub ledger: Ledger<S, PolicyWitnesses>,
}

/// What an audit counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Leaves.
    pub leaves: u64,
    /// Leaves that are records.
    pub records: u64,
    /// Leaves that have their time.
    pub witnessed: u64,
    /// Signatures that verify under a key that their signer was ever given.
    pub signatures: u64,
    /// Signatures that verify under none.
    pub bad_signatures: u64,
    /// Decision records.
    pub decisions: u64,
    /// Decision records that say what follows from the log.
    pub derived: u64,
}

impl<S> Audit<S> {
    /// Whether nothing is wrong with the log: its witnesses are the quorum, and no leaf of it is malformed, is signed by a key that its
    /// signer never had, gives a wrong checkpoint, or states or withholds a decision against the rules. Records that merely had no
    /// effect are flagged and do not count here.
    pub fn is_clean(&self) -> bool {
        self.quorum && !self.flags.iter().any(|flag| is_breach(&flag.reason))
    }
}

/// Whether a log that keeps to its own door cannot have such a flag.
pub fn is_breach(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Malformed(_)
            | Reason::SignatureNotAllowed { .. }
            | Reason::UnknownSigner { .. }
            | Reason::BadSignature { .. }
            | Reason::DecisionDiffers { .. }
            | Reason::DecisionWithheld { .. }
            | Reason::WitnessSignature(_)
            | Reason::WitnessSize { .. }
            | Reason::WitnessRoot { .. }
            | Reason::WitnessNone { .. }
    )
}

/// Audits a log under a witness policy, with SSH signatures.
///
/// An error means that the files are not one log: nothing in them may be believed.
pub fn audit(files: &impl ReadFiles, policy: &Policy) -> Result<Audit, LogError> {
    audit_with(files, policy, SshSignatures::new())
}

/// Audits a log with signatures of any sort.
pub fn audit_with<S: Signatures>(
    files: &impl ReadFiles,
    policy: &Policy,
    signatures: S,
) -> Result<Audit<S>, LogError> {
    let mut ledger = Ledger::new(signatures, PolicyWitnesses::new(policy.clone()));
    let public = policy_size(files, policy)?;
    let report = skyshed_tlog::audit(files, policy, |index, leaf| {
        if index < public {
            ledger.push(leaf);
        }
    })?;
    let view = ledger.at(ledger.time());
    let mut witnesses: Vec<String> = report.witnessed.seen.iter().map(|seen| seen.name.clone()).collect();
    witnesses.sort();
    witnesses.dedup();
    Ok(Audit {
        size: report.witnessed.checkpoint.size,
        root: Digest(report.witnessed.checkpoint.root),
        witnesses,
        quorum: report.witnessed.quorum,
        counts: count(&ledger, view.covered()),
        time: ledger.time(),
        flags: view.flags().to_vec(),
        ledger,
    })
}

/// The size of the public checkpoint. Leaves after it are signed by the log but not public yet.
fn policy_size(files: &impl ReadFiles, policy: &Policy) -> Result<u64, LogError> {
    let opened =
        skyshed_tlog::read::read_checkpoint(files, skyshed_tlog::read::CHECKPOINT, policy.log_keys())?;
    opened.map(|opened| opened.checkpoint.size).ok_or(LogError::NoCheckpoint)
}

fn count<S, W>(ledger: &Ledger<S, W>, witnessed: u64) -> Counts {
    let mut counts = Counts { leaves: ledger.size(), witnessed, ..Counts::default() };
    for index in 0..ledger.size() {
        let Some(body) = ledger.body(index) else { continue };
        counts.records += 1;
        let (good, bad) = ledger.signatures(index);
        counts.signatures += good;
        counts.bad_signatures += bad;
        counts.decisions += u64::from(matches!(body, Body::Decision(_)));
    }
    counts.derived = ledger.at(ledger.time()).accepted_decisions();
    counts
}
