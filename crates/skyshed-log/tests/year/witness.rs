//! Witnesses whose clocks are wrong, who are dead for weeks, or who collude; and what was really cosigned.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use skyshed_log::{CosignError, Cosigner, LocalWitness, Submission};
use skyshed_tlog::{Algorithm, Signature, SigningKey};

use super::model::Truth;

/// A witness. Clones are the same one.
#[derive(Clone)]
pub struct Witness {
    inner: Arc<Mutex<LocalWitness>>,
    truth: Arc<Mutex<Truth>>,
    now: Arc<AtomicI64>,
    pub skew_s: Arc<AtomicI64>,
    pub dead: Arc<AtomicBool>,
}

pub fn key(place: usize, algorithm: Algorithm) -> SigningKey {
    SigningKey::from_seed(&format!("witness{place}.example"), algorithm, &[100 + place as u8; 32]).unwrap()
}

impl Witness {
    /// A witness with this key and an empty memory.
    pub fn new(
        key: SigningKey,
        log: &SigningKey,
        now: Arc<AtomicI64>,
        skew_s: i64,
        truth: Arc<Mutex<Truth>>,
    ) -> Witness {
        let skew_s = Arc::new(AtomicI64::new(skew_s));
        let (time, skew) = (now.clone(), skew_s.clone());
        let clock = Box::new(move || time.load(Ordering::SeqCst) + skew.load(Ordering::SeqCst));
        let inner = Arc::new(Mutex::new(LocalWitness::new(vec![key], log.verifier().clone(), clock)));
        Witness { inner, truth, now, skew_s, dead: Arc::new(AtomicBool::new(false)) }
    }
}

impl Cosigner for Witness {
    fn name(&self) -> String {
        self.inner.lock().unwrap().name()
    }

    fn cosign(&mut self, submission: &Submission<'_>) -> Result<Vec<Signature>, CosignError> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(CosignError::Unreachable { witness: self.name(), reason: "dead".into() });
        }
        let signed = self.inner.lock().unwrap().cosign(submission)?;
        let mut truth = self.truth.lock().unwrap();
        for signature in &signed {
            let stated = u64::from_be_bytes(signature.bytes[..8].try_into().unwrap());
            let seen =
                (signature.name.clone(), submission.checkpoint.size, submission.checkpoint.root, stated);
            truth.cosigned.insert(seen, self.now.load(Ordering::SeqCst));
        }
        Ok(signed)
    }
}
