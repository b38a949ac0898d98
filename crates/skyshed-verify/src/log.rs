//! Verifies a whole log.

use serde_json::json;
use skyshed_records::ledger::{Flag, Ledger, Overdue, View};
use skyshed_records::record::{Body, Digest};
use skyshed_records::verify::SshSignatures;
use skyshed_records::witness::PolicyWitnesses;
use skyshed_tlog::checkpoint::{CheckpointError, open};
use skyshed_tlog::error::LogError;
use skyshed_tlog::policy::{PolicyError, Witnessed};
use skyshed_tlog::{Policy, ReadFiles, audit};

use crate::{Answer, Failure, Named, side};

/// Flags that say that the log itself, and not somebody who sent it a record, did something wrong.
const OWN_FAULTS: [&str; 8] = [
    "decision_differs",
    "decision_not_due",
    "decision_withheld",
    "signature_not_allowed",
    "witness_none",
    "witness_root",
    "witness_signature",
    "witness_size",
];

/// A log that was read as a whole, and is.
pub struct Audited<F> {
    pub files: F,
    pub ledger: Ledger<SshSignatures, PolicyWitnesses>,
    pub leaves: Vec<Vec<u8>>,
    pub public: Witnessed,
}

impl<F: ReadFiles> Audited<F> {
    /// Reads and checks all: signatures, the tree, each record. A log without its witness quorum is not one to go by.
    pub fn new(files: F, policy: &Policy) -> Result<Audited<F>, Failure> {
        let mut leaves: Vec<Vec<u8>> = Vec::new();
        let report = audit(&files, policy, |_, leaf| leaves.push(leaf.to_vec())).map_err(failure)?;
        let public = report.witnessed;
        if !public.quorum {
            let seen = names(&public);
            let by = if seen.is_empty() { "no witness of the policy".to_owned() } else { seen.join(", ") };
            return Err(Failure::unreadable(format!(
                "too few witnesses: the checkpoint is cosigned by {by}; the files hold"
            )));
        }
        // Records that only a checkpoint without witnesses covers have no effect.
        leaves.truncate(usize::try_from(public.checkpoint.size).unwrap_or(usize::MAX));
        let mut ledger = Ledger::new(SshSignatures::new(), PolicyWitnesses::new(policy.clone()));
        leaves.iter().for_each(|leaf| {
            ledger.push(leaf);
        });
        Ok(Audited { files, ledger, leaves, public })
    }

    /// The state at the last witnessed time.
    pub fn now(&self) -> View {
        self.ledger.at(self.ledger.time())
    }
}

/// A whole log: signatures, witnesses, the tree, every record, every decision derived again, the files beside the tree. `seen` is a
/// checkpoint that was kept, which the log must continue; `strangers` accepts signatures by keys that the policy does not name.
///
/// # Errors
/// Code 4 where anything does not verify, 5 where too few witnesses saw it or a file cannot be read.
pub fn log(
    files: &impl ReadFiles,
    policy: &Policy,
    seen: Option<Named>,
    strangers: bool,
) -> Result<Answer, Failure> {
    let audited = Audited::new(files, policy)?;
    if let (Some((name, id)), false) = (audited.public.strangers.first(), strangers) {
        return Err(Failure::broken(format!(
            "checkpoint: signature by {name} ({id}), whom the policy does not name; a changed line looks like this; allow with --strangers"
        )));
    }
    if let Some(seen) = seen {
        check_seen(&audited, policy, seen)?;
    }
    let beside = side::check(&audited, policy)?;
    let view = audited.now();
    let own_faults: Vec<&Flag> =
        view.flags().iter().filter(|flag| OWN_FAULTS.contains(&flag.reason.code())).collect();
    if let Some(first) = own_faults.first() {
        let more = own_faults.len() - 1;
        return Err(Failure::broken(format!(
            "record {}: {}; the tree and its signatures hold, but the log wrote what does not follow ({more} more of this kind)",
            first.index, first.reason
        )));
    }
    Ok(answer(&audited, &view, &beside))
}

fn check_seen(audited: &Audited<impl ReadFiles>, policy: &Policy, seen: Named) -> Result<(), Failure> {
    let kept = open(seen.bytes, policy.log_keys(), &[])
        .map_err(|error| Failure::broken(format!("{}: {error}", seen.name)))?;
    let (size, now) = (kept.checkpoint.size, audited.public.checkpoint.size);
    if size > now {
        return Err(Failure::broken(format!(
            "the log was set back: it has {now} records, the checkpoint that was kept {size}"
        )));
    }
    if audited.ledger.root(size) != Some(Digest(kept.checkpoint.root)) {
        return Err(Failure::broken(format!(
            "the log has another history than the checkpoint that was kept, from its first {size} records on; keep both, and compare \
             them with `skyshed-verify equivocation`"
        )));
    }
    Ok(())
}

fn answer(audited: &Audited<impl ReadFiles>, view: &View, beside: &side::Counts) -> Answer {
    let checkpoint = &audited.public.checkpoint;
    let decisions = (0..checkpoint.size)
        .filter(|&index| matches!(audited.ledger.body(index), Some(Body::Decision(_))))
        .count();
    let witnesses = names(&audited.public);
    let root = Digest(checkpoint.root).to_string();
    let mut text = format!(
        "{}: {} records, root {root}\nwitnessed {} by {}\n{decisions} decisions, all as they follow from the records\n",
        checkpoint.origin,
        checkpoint.size,
        view.witnessed_at(),
        witnesses.join(", ")
    );
    text += &format!("{} proofs and {} attachments hold\n", beside.proofs, beside.attachments);
    text += &format!("{} records without effect\n", view.flags().len());
    view.flags().iter().for_each(|flag| text += &format!("  record {}: {}\n", flag.index, flag.reason));
    let overdue = view.overdue();
    text += &format!("{} overdue\n", overdue.len());
    overdue.iter().for_each(|one| text += &format!("  {}\n", late(one)));
    let flags: Vec<_> = view
        .flags()
        .iter()
        .map(|flag| json!({"record": flag.index, "code": flag.reason.code(), "message": flag.reason.to_string()}))
        .collect();
    let json = json!({
        "origin": checkpoint.origin, "size": checkpoint.size, "root": root, "witnessed_at": view.witnessed_at().to_string(),
        "witnesses": witnesses, "decisions": decisions, "proofs": beside.proofs, "attachments": beside.attachments,
        "flags": flags, "overdue": overdue.iter().map(late).collect::<Vec<_>>(),
    });
    Answer { text, json }
}

/// The witnesses that saw it, each once: one may have several keys.
fn names(public: &Witnessed) -> Vec<&str> {
    let mut names: Vec<&str> = public.seen.iter().map(|seen| seen.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn late(overdue: &Overdue) -> String {
    match overdue {
        Overdue::Review { decision, territory, review_by } => {
            format!("review of decision {decision} on {territory}, due {review_by}")
        }
        Overdue::Contact { index, open_by } => format!("opening of sealed contact {index}, due {open_by}"),
    }
}

/// What cannot be read is unreadable, everything else is a log that does not verify.
pub fn failure(error: LogError) -> Failure {
    match error {
        LogError::File(error) => Failure::unreadable(error),
        LogError::Policy(PolicyError::Checkpoint(CheckpointError::Origin { given, wanted }))
            if given == wanted =>
        {
            Failure::broken(format!("checkpoint: not signed with the key that the policy has for {given}"))
        }
        error => Failure::broken(error),
    }
}
