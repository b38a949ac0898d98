//! A witness over HTTP (C2SP tlog-witness).

use std::time::Duration;

use skyshed_tlog::policy::Policy;
use skyshed_tlog::witness::{Answer, Request, WitnessError};
use skyshed_tlog::{Signature, VerifierKey};

use super::{CosignError, Cosigner, Submission};
use crate::web::agent;

/// A witness at an address, known by its keys.
pub struct HttpWitness {
    address: String,
    keys: Vec<VerifierKey>,
    agent: ureq::Agent,
    /// The size that it is thought to know; it says so itself where that is wrong.
    known: u64,
}

impl HttpWitness {
    /// The witness with these keys below an address, such as `https://witness.example/`.
    pub fn new(address: &str, keys: Vec<VerifierKey>) -> HttpWitness {
        let address = format!("{}/add-checkpoint", address.trim_end_matches('/'));
        HttpWitness { address, keys, agent: agent(CALL_TIMEOUT), known: 0 }
    }

    /// The witnesses of a policy that have an address; keys at one address are one witness's.
    pub fn of_policy(policy: &Policy) -> Vec<HttpWitness> {
        let mut witnesses: Vec<(&str, Vec<VerifierKey>)> = Vec::new();
        for party in &policy.witnesses {
            let Some(url) = party.url.as_deref() else { continue };
            match witnesses.iter_mut().find(|(known, _)| *known == url) {
                Some((_, keys)) => keys.push(party.key.clone()),
                None => witnesses.push((url, vec![party.key.clone()])),
            }
        }
        witnesses.into_iter().map(|(url, keys)| HttpWitness::new(url, keys)).collect()
    }

    fn call(&self, request: &Request) -> Result<Answer, CosignError> {
        let unreachable = |reason: String| CosignError::Unreachable { witness: self.name(), reason };
        let sent =
            self.agent.post(&self.address).content_type("text/plain; charset=utf-8").send(request.body());
        let mut answer = sent.map_err(|error| unreachable(error.to_string()))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(|error| unreachable(error.to_string()))?;
        request.answer(status, &body, &self.keys).map_err(|error| self.explain(request, error))
    }

    fn explain(&self, request: &Request, error: WitnessError) -> CosignError {
        let witness = self.name();
        match error {
            WitnessError::Fork => {
                CosignError::Conflict { witness, size: request.old_size, own: request.old_size }
            }
            WitnessError::Refused { status, body } => {
                let meaning = match status {
                    403 => "; it does not trust the log's key",
                    404 => "; it does not know the log: ask its operator to add origin and key",
                    422 => "; the log does not continue what it cosigned: two histories",
                    _ => "",
                };
                CosignError::Refused { witness, status, reason: format!("{body:?}{meaning}") }
            }
            other => CosignError::Answer { witness, reason: other.to_string() },
        }
    }
}

impl Cosigner for HttpWitness {
    fn name(&self) -> String {
        self.keys.first().map_or_else(|| self.address.clone(), |key| key.name().to_owned())
    }

    fn cosign(&mut self, submission: &Submission<'_>) -> Result<Vec<Signature>, CosignError> {
        let own = submission.checkpoint.size;
        for _ in 0..TRIES_MAX {
            let old_size = self.known.min(own);
            let path = (submission.prove)(old_size).map_err(|error| CosignError::Proof(error.to_string()))?;
            let request = Request { old_size, path, checkpoint: submission.note.to_string() };
            match self.call(&request)? {
                Answer::Cosigned(signatures) => {
                    self.known = own;
                    return Ok(signatures);
                }
                Answer::OldSize(size) if size > own => {
                    return Err(CosignError::Conflict { witness: self.name(), size, own });
                }
                Answer::OldSize(size) => self.known = size,
            }
        }
        let reason = "it named another size each time it was asked".into();
        Err(CosignError::Answer { witness: self.name(), reason })
    }
}

/// Once with the size that is known, once with the size that it names, and once more if another was faster.
const TRIES_MAX: usize = 3;
/// Signature lines of a few keys.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// A witness that takes longer is left out of this round.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
