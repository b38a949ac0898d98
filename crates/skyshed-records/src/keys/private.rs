//! Ed25519 private keys in OpenSSH's format (PROTOCOL.key), without a passphrase: for demonstrations and tests. People sign with
//! `ssh-keygen -Y sign`, so that their keys stay where they are.

use ed25519_dalek::{Signer as _, SigningKey};

use super::{Algorithm, PublicKey};
use crate::sshsig::wire::{Malformed, Reader, put_string, put_u32};
use crate::sshsig::{unwrap, wrap};

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8; 15] = b"openssh-key-v1\0";
/// The cipher that is none, and its key derivation.
const NONE: &[u8] = b"none";
/// To which the private part is padded without a cipher, bytes.
const BLOCK: usize = 8;
/// Longest file that is looked at, bytes.
pub const PRIVATE_KEY_BYTES_MAX: usize = crate::sshsig::ARMOR_BYTES_MAX;

/// An Ed25519 private key. It does not print itself.
pub struct PrivateKey {
    key: SigningKey,
    public: PublicKey,
}

/// Why a text is not a private key that can be used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum PrivateKeyError {
    #[error("not a private key in OpenSSH's format, whole and with its two halves in agreement")]
    Malformed,
    #[error("the private key has a passphrase; sign with `ssh-keygen -Y sign`, which asks for it")]
    Encrypted,
    #[error("not an Ed25519 key; sign with `ssh-keygen -Y sign`, which knows the others")]
    Type,
}

impl PrivateKey {
    /// The key of a seed (RFC 8032, 5.1.5).
    pub fn from_seed(seed: [u8; 32]) -> PrivateKey {
        let key = SigningKey::from_bytes(&seed);
        let public = PublicKey::ed25519(key.verifying_key());
        PrivateKey { key, public }
    }

    /// Reads a key file.
    pub fn from_openssh(text: &str) -> Result<PrivateKey, PrivateKeyError> {
        let bytes = unwrap(BEGIN, END, text).ok_or(PrivateKeyError::Malformed)?;
        let mut reader = Reader::new(&bytes);
        let section = open(&mut reader)?;
        let (public, private) = section;
        let key = PrivateKey::from_seed(read_seed(private)?);
        if key.public.blob() != public {
            return Err(PrivateKeyError::Malformed);
        }
        Ok(key)
    }

    /// Writes a key file, which only its owner may be able to read; `ssh-keygen` refuses others.
    pub fn to_openssh(&self, comment: &str) -> String {
        let mut bytes = MAGIC.to_vec();
        put_string(&mut bytes, NONE);
        put_string(&mut bytes, NONE);
        put_string(&mut bytes, b"");
        put_u32(&mut bytes, 1);
        put_string(&mut bytes, self.public.blob());
        put_string(&mut bytes, &self.section(comment));
        wrap(BEGIN, END, &bytes)
    }

    /// Its public key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn sign(&self, data: &[u8]) -> [u8; 64] {
        self.key.sign(data).to_bytes()
    }

    /// The private part: two equal numbers, which would differ under a wrong passphrase, the key, the comment, 1, 2, 3, ….
    fn section(&self, comment: &str) -> Vec<u8> {
        let mut out = vec![0; 8];
        put_string(&mut out, Algorithm::Ed25519.name().as_bytes());
        put_string(&mut out, self.key.verifying_key().as_bytes());
        put_string(&mut out, &self.key.to_keypair_bytes());
        put_string(&mut out, comment.as_bytes());
        let missing = out.len().next_multiple_of(BLOCK) - out.len();
        out.extend((1..=missing).map(|byte| byte as u8));
        out
    }
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PrivateKey of {}", self.public.fingerprint())
    }
}

impl From<Malformed> for PrivateKeyError {
    fn from(_: Malformed) -> PrivateKeyError {
        PrivateKeyError::Malformed
    }
}

/// The public key and the private part of a file without a passphrase.
fn open<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], &'a [u8]), PrivateKeyError> {
    if reader.array()? != *MAGIC {
        return Err(PrivateKeyError::Malformed);
    }
    let (cipher, derivation, options) = (reader.string()?, reader.string()?, reader.string()?);
    if cipher != NONE || derivation != NONE {
        return Err(PrivateKeyError::Encrypted);
    }
    if !options.is_empty() || reader.u32()? != 1 {
        return Err(PrivateKeyError::Malformed);
    }
    let (public, private) = (reader.string()?, reader.string()?);
    reader.end()?;
    Ok((public, private))
}

fn read_seed(private: &[u8]) -> Result<[u8; 32], PrivateKeyError> {
    let mut reader = Reader::new(private);
    let (one, other) = (reader.u32()?, reader.u32()?);
    if one != other || !private.len().is_multiple_of(BLOCK) {
        return Err(PrivateKeyError::Malformed);
    }
    if reader.string()? != Algorithm::Ed25519.name().as_bytes() {
        return Err(PrivateKeyError::Type);
    }
    let public: [u8; 32] = reader.string_of()?;
    let pair: [u8; 64] = reader.string_of()?;
    reader.string()?;
    let padding = reader.rest().iter().zip(1u8..);
    let padded = reader.rest().len() < BLOCK && padding.into_iter().all(|(&byte, due)| byte == due);
    if !padded || pair[32..] != public {
        return Err(PrivateKeyError::Malformed);
    }
    Ok(pair[..32].try_into().expect("half of 64"))
}
