//! Checks the files beside the tree: proofs of decisions, `allowed_signers`, the copy of the policy, attachments.

use sha2::{Digest as _, Sha256};
use skyshed_records::keys::allowed_signers;
use skyshed_records::record::Digest;
use skyshed_tlog::{FileError, Policy, Proof, ReadFiles};

use crate::Failure;
use crate::log::Audited;

/// The log's copy of the witness policy.
pub const POLICY: &str = "policy.txt";
/// Who may sign what, for `ssh-keygen -Y verify`.
const ALLOWED_SIGNERS: &str = "allowed_signers";

/// How many files were checked.
pub struct Counts {
    pub proofs: usize,
    pub attachments: usize,
}

/// Checks all of them. Missing ones are no fault: whoever has the tree can make them again.
pub fn check(audited: &Audited<impl ReadFiles>, policy: &Policy) -> Result<Counts, Failure> {
    let proofs = list(audited, "proof")?;
    for path in &proofs {
        check_proof(audited, policy, path)?;
    }
    let attachments = list(audited, "attachment")?;
    for path in &attachments {
        let hash = Digest(Sha256::digest(read(audited, path)?).into()).to_string();
        if path.strip_prefix("attachment/") != Some(&hash) {
            return Err(Failure::broken(format!("{path}: its bytes have the hash {hash}; it was changed")));
        }
    }
    check_signers(audited)?;
    let copy = audited.files.read(POLICY).map_err(unreadable)?;
    if copy.is_some_and(|copy| Policy::parse(&copy).ok().as_ref().map(keys) != Some(keys(policy))) {
        return Err(Failure::broken(format!(
            "{POLICY}: the log's copy names other keys than the policy given"
        )));
    }
    Ok(Counts { proofs: proofs.len(), attachments: attachments.len() })
}

fn check_proof(audited: &Audited<impl ReadFiles>, policy: &Policy, path: &str) -> Result<(), Failure> {
    let broken = |why: String| Failure::broken(format!("{path}: {why}"));
    let proof = Proof::parse(&read(audited, path)?).map_err(|error| broken(error.to_string()))?;
    if path != format!("proof/{}.tlog-proof", proof.index) {
        return Err(broken(format!("is a proof of record {}", proof.index)));
    }
    let leaf = usize::try_from(proof.index).ok().and_then(|index| audited.leaves.get(index));
    let leaf = leaf.ok_or_else(|| broken("is of a record that the log does not have".into()))?;
    let witnessed = proof.verify(leaf, policy).map_err(|error| broken(error.to_string()))?;
    if audited.ledger.root(witnessed.checkpoint.size) != Some(Digest(witnessed.checkpoint.root)) {
        return Err(broken("its checkpoint is of another history".into()));
    }
    if proof.extra.is_some_and(|extra| extra != *leaf) {
        return Err(broken("the record that it carries is another".into()));
    }
    match witnessed.strangers.first() {
        Some((name, _)) => Err(broken(format!("signature by {name}, whom the policy does not name"))),
        None => Ok(()),
    }
}

/// `allowed_signers` repeats the policy of people that is in force.
fn check_signers(audited: &Audited<impl ReadFiles>) -> Result<(), Failure> {
    let view = audited.now();
    let (Some(given), Some(in_force)) =
        (audited.files.read(ALLOWED_SIGNERS).map_err(unreadable)?, view.policy())
    else {
        return Ok(());
    };
    if given == allowed_signers(&in_force.policy).as_bytes() {
        return Ok(());
    }
    Err(Failure::broken(format!(
        "{ALLOWED_SIGNERS}: is not what follows from the policy in force, record {}",
        in_force.index
    )))
}

fn keys(policy: &Policy) -> Vec<String> {
    policy.log_keys().iter().chain(policy.witness_keys()).map(ToString::to_string).collect()
}

fn list(audited: &Audited<impl ReadFiles>, folder: &str) -> Result<Vec<String>, Failure> {
    Ok(audited.files.list(folder).map_err(unreadable)?.unwrap_or_default())
}

fn read(audited: &Audited<impl ReadFiles>, path: &str) -> Result<Vec<u8>, Failure> {
    Ok(audited.files.read(path).map_err(unreadable)?.unwrap_or_default())
}

fn unreadable(error: FileError) -> Failure {
    Failure::unreadable(error)
}
