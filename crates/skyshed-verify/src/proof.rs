//! Verifies one decision from its proof file.

use serde_json::json;
use skyshed_records::leaf;
use skyshed_records::record::{Body, Time};
use skyshed_tlog::{Policy, Proof};

use crate::{Answer, Failure, Named};

/// One decision from its proof file: the record stands in the log at this number, and the witnesses saw that. `record` is the record's
/// bytes where the proof does not carry them; `strangers` accepts signatures by keys that the policy does not name.
///
/// # Errors
/// Code 4 where anything does not verify, 5 where too few witnesses saw it, 6 where the record's bytes are nowhere.
pub fn decision(
    number: u64,
    file: Named,
    record: Option<&[u8]>,
    policy: &Policy,
    strangers: bool,
) -> Result<Answer, Failure> {
    let broken = |why: String| Failure::broken(format!("{}: {why}", file.name));
    let proof = Proof::parse(file.bytes).map_err(|error| broken(error.to_string()))?;
    if proof.index != number {
        return Err(broken(format!("is a proof of record {}; asked for is decision {number}", proof.index)));
    }
    let Some(bytes) = record.or(proof.extra.as_deref()) else {
        return Err(Failure::new(
            6,
            "the proof does not carry the record; give its bytes with --record FILE",
        ));
    };
    let witnessed = proof.verify(bytes, policy).map_err(|error| match error {
        skyshed_tlog::proof::ProofFileError::Quorum { .. } => Failure::unreadable(error),
        error => broken(error.to_string()),
    })?;
    if let (Some((name, id)), false) = (witnessed.strangers.first(), strangers) {
        return Err(broken(format!(
            "signature by {name} ({id}), whom the policy does not name; a changed line looks like this; allow with --strangers"
        )));
    }
    let leaf = leaf::parse(bytes).map_err(|error| broken(error.to_string()))?;
    let Body::Decision(decision) = &leaf.body else {
        return Err(broken(format!("record {number} is no decision, but of type {}", leaf.type_name())));
    };
    // A witness with two keys is one clock.
    let mut seen: Vec<(&str, u64)> =
        witnessed.seen.iter().map(|seen| (seen.name.as_str(), seen.time_unix_s)).collect();
    seen.sort_unstable();
    seen.dedup_by_key(|(name, _)| *name);
    let mut times: Vec<u64> = seen.into_iter().map(|(_, time)| time).collect();
    times.sort_unstable();
    let middle = times.get(times.len().saturating_sub(1) / 2).copied().unwrap_or_default();
    let (origin, size) = (&witnessed.checkpoint.origin, witnessed.checkpoint.size);
    let at = Time(i64::try_from(middle).unwrap_or_default());
    let until = decision.effective_until.map(|until| format!(" until {until}")).unwrap_or_default();
    let text = format!(
        "decision {number} is in {origin}, of which {size} records were witnessed at {at}\n\
         request {} (record {}), approved by records {:?} under policy {}\n\
         quorum at {}, in force from {}{until}\n\
         That it follows from the records before it, and still holds, takes the whole log: skyshed-verify log DIR\n",
        decision.request,
        decision.request_index,
        decision.approvals,
        decision.policy_version,
        decision.quorum_at,
        decision.effective_from
    );
    let json = json!({
        "decision": number, "origin": origin, "size": size, "witnessed_at": at.to_string(), "body": leaf.body.to_json(),
    });
    Ok(Answer { text, json })
}
