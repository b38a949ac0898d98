//! Checks the signatures of records.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

pub use self::extract::{Extract, ExtractedSig, extract};
use crate::keys::{KeyError, PublicKey};
use crate::leaf::{Sig, SigKind};
use crate::record::Key;
use crate::sshsig::{self, SshsigError};

mod extract;

/// Most keys that are remembered.
pub const KEYS_REMEMBERED_MAX: usize = 4_096;

/// Checks signatures; the ledger asks it, whatever it is made of.
pub trait Signatures {
    /// Whether a signature over a body in a namespace is by a key, and made as the key demands. Whether the key was valid at a time is
    /// not asked here.
    fn check(&self, namespace: &str, body: &[u8], sig: &Sig, key: &Key) -> Result<(), SignatureError>;
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum SignatureError {
    #[error(transparent)]
    Sshsig(#[from] SshsigError),
    #[error(
        "the security key was not touched for this signature; a touch is always demanded (no `-O no-touch-required`)"
    )]
    NoTouch,
    #[error(
        "the security key's PIN was not given for this signature, which its policy demands; make the key with `-O verify-required`"
    )]
    NoPin,
    #[error("a PIN is demanded of this key, but it is not a security key (`sk-`)")]
    NoSecurityKey,
}

/// SSH signatures. Public keys are read once and remembered; clones remember together.
#[derive(Clone, Debug, Default)]
pub struct SshSignatures {
    keys: Arc<RwLock<HashMap<String, Arc<PublicKey>>>>,
}

impl SshSignatures {
    /// With nothing remembered yet.
    pub fn new() -> SshSignatures {
        SshSignatures::default()
    }

    fn key(&self, public: &str) -> Result<Arc<PublicKey>, KeyError> {
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(public).cloned();
        known.map_or_else(|| self.remember(public), Ok)
    }

    fn remember(&self, public: &str) -> Result<Arc<PublicKey>, KeyError> {
        let key = Arc::new(PublicKey::parse(public)?);
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= KEYS_REMEMBERED_MAX {
            keys.clear();
        }
        keys.insert(public.to_owned(), key.clone());
        Ok(key)
    }
}

impl Signatures for SshSignatures {
    fn check(&self, namespace: &str, body: &[u8], sig: &Sig, key: &Key) -> Result<(), SignatureError> {
        let SigKind::Sshsig = sig.kind;
        let public = self.key(&key.public).map_err(SshsigError::Key)?;
        let flags = sshsig::verify_by(&public, namespace, body, &sig.sig)?;
        if key.pin_required && !flags.is_sk {
            return Err(SignatureError::NoSecurityKey);
        }
        if flags.is_sk && !flags.touch {
            return Err(SignatureError::NoTouch);
        }
        if key.pin_required && !flags.pin {
            return Err(SignatureError::NoPin);
        }
        Ok(())
    }
}
