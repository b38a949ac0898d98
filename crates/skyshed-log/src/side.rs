//! The files beside the tree, for people and their tools: `policy.txt`, `allowed_signers`, `proof/<n>.tlog-proof`, `attachment/<sha256>`.
//!
//! Trusted: no. `policy.txt` and `allowed_signers` are copies: a reader who has not got them from elsewhere trusts whoever serves them.
//! A proof verifies by itself, an attachment by its hash.

use sha2::{Digest as _, Sha256};
use skyshed_records::keys::allowed_signers;
use skyshed_records::record::{Body, Digest};
use skyshed_tlog::checkpoint::Opened;
use skyshed_tlog::error::LogError;
use skyshed_tlog::policy::Policy;
use skyshed_tlog::proof::Proof;
use skyshed_tlog::read::prove_inclusion;
use skyshed_tlog::{FileError, ReadFiles, WriteFiles};

use crate::witnesses::LogLedger;

/// The witness policy.
pub const POLICY: &str = "policy.txt";
/// Who may sign what, for `ssh-keygen -Y verify`.
pub const ALLOWED_SIGNERS: &str = "allowed_signers";

/// Path of the proof of a decision.
pub fn proof_path(decision: u64) -> String {
    format!("proof/{decision}.tlog-proof")
}

/// Path of an attachment.
pub fn attachment_path(sha256: &Digest) -> String {
    format!("attachment/{sha256}")
}

/// Keeps something large beside the log, by its hash: a preview, the cells of a zone.
pub fn attach(files: &impl WriteFiles, bytes: &[u8]) -> Result<Digest, FileError> {
    let sha256 = Digest(Sha256::digest(bytes).into());
    put_new(files, &attachment_path(&sha256), bytes)?;
    Ok(sha256)
}

/// The attachment with a hash; `None` where there is none. One with other bytes than its name says is an error.
pub fn attachment(files: &impl ReadFiles, sha256: &Digest) -> Result<Option<Vec<u8>>, FileError> {
    let path = attachment_path(sha256);
    let Some(bytes) = files.read(&path)? else { return Ok(None) };
    if Sha256::digest(&bytes)[..] == sha256.0 {
        return Ok(Some(bytes));
    }
    Err(FileError { path, reason: "its bytes have another hash than its name: it was changed".into() })
}

/// The proof that a record is in the log, for somebody who has the witness policy: it carries the record too, so that one file is enough.
pub fn prove_record(files: &impl ReadFiles, public: &Opened, index: u64) -> Result<Proof, LogError> {
    let (entry, path) = prove_inclusion(files, &public.checkpoint, index)?;
    Ok(Proof { extra: Some(entry), index, path, checkpoint: public.note.to_string() })
}

/// Writes what has changed: who may sign, and proofs of the decisions from `from` on, once a witness quorum saw them. Where the next
/// ones begin.
pub(crate) fn write(
    files: &impl WriteFiles,
    ledger: &LogLedger,
    policy: &Policy,
    public: &Opened,
    from: u64,
) -> Result<u64, LogError> {
    let view = ledger.at(ledger.time());
    if let Some(in_force) = view.policy() {
        put_new(files, ALLOWED_SIGNERS, allowed_signers(&in_force.policy).as_bytes())?;
    }
    if !policy.check(public.note.to_string().as_bytes())?.quorum {
        return Ok(from);
    }
    let is_decision = |&index: &u64| matches!(ledger.body(index), Some(Body::Decision(_)));
    for index in (from..public.checkpoint.size).filter(is_decision) {
        let path = proof_path(index);
        if files.read(&path)?.is_some() {
            continue;
        }
        stage_and_publish(files, &path, prove_record(files, public, index)?.text().as_bytes())?;
    }
    files.sync()?;
    Ok(public.checkpoint.size)
}

/// Writes a file and makes it durable.
pub(crate) fn put(files: &impl WriteFiles, path: &str, bytes: &[u8]) -> Result<(), FileError> {
    stage_and_publish(files, path, bytes)?;
    files.sync()
}

fn put_new(files: &impl WriteFiles, path: &str, bytes: &[u8]) -> Result<(), FileError> {
    if files.read(path)?.as_deref() == Some(bytes) { Ok(()) } else { put(files, path, bytes) }
}

fn stage_and_publish(files: &impl WriteFiles, path: &str, bytes: &[u8]) -> Result<(), FileError> {
    files.stage(path, bytes)?;
    files.publish(path)
}
