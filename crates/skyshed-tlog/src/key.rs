//! Keys of signed notes: who verifies, who signs, in the text forms of C2SP signed-note (`vkey`) and of Go's `note`.

use std::fmt;

use base64ct::{Base64, Encoding};
use ed25519_dalek::Signer;
use ml_dsa::{EncodedVerifyingKey, Keypair, MlDsa44};
use sha2::{Digest, Sha256};

use crate::checkpoint::Checkpoint;
use crate::note::{NoteError, Signature};

/// What a key's signatures are: the signature type byte of C2SP signed-note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// 0x01: Ed25519 over the note's text.
    Ed25519,
    /// 0x04: Ed25519 over time and text (tlog-cosignature, `cosignature/v1`).
    CosignatureEd25519,
    /// 0x06: ML-DSA-44 over cosigner, time, origin, size and root (tlog-cosignature, `subtree/v1`).
    CosignatureMlDsa44,
}

impl Algorithm {
    /// The signature type byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureEd25519 => 0x04,
            Self::CosignatureMlDsa44 => 0x06,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureEd25519, Self::CosignatureMlDsa44]
            .into_iter()
            .find(|algorithm| algorithm.byte() == byte)
    }
}

/// A key that verifies: a log's or a witness's, by name.
#[derive(Clone, PartialEq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    algorithm: Algorithm,
    public: Vec<u8>,
    material: Public,
}

#[derive(Clone, PartialEq)]
enum Public {
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    MlDsa44(Box<ml_dsa::VerifyingKey<MlDsa44>>),
}

impl VerifierKey {
    /// A key from its parts; the public key is 32 bytes of Ed25519 or 1,312 of ML-DSA-44.
    pub fn new(name: &str, algorithm: Algorithm, public: &[u8]) -> Result<Self, NoteError> {
        check_name(name)?;
        let material = match algorithm {
            Algorithm::Ed25519 | Algorithm::CosignatureEd25519 => ed25519_public(public),
            Algorithm::CosignatureMlDsa44 => ml_dsa_public(public),
        };
        let material = material.ok_or_else(|| NoteError::PublicKey { name: name.to_owned() })?;
        let id = key_id(name, algorithm, public);
        Ok(Self { name: name.to_owned(), id, algorithm, public: public.to_vec(), material })
    }

    /// Reads a vkey, `<name>+<key id in hex>+<base64 of type and public key>`.
    pub fn parse(vkey: &str) -> Result<Self, NoteError> {
        let malformed = || NoteError::KeyText { given: shown(vkey) };
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(data)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed());
        };
        let data = Base64::decode_vec(data).map_err(|_| malformed())?;
        let (&byte, public) = data.split_first().ok_or_else(malformed)?;
        let algorithm = Algorithm::from_byte(byte).ok_or(NoteError::KeyType { byte })?;
        let key = Self::new(name, algorithm, public)?;
        if hex(&key.id) == id { Ok(key) } else { Err(NoteError::KeyId { name: name.to_owned() }) }
    }

    /// The key's name: of a log its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id: the first four bytes of SHA-256(name || 0x0A || type || public key).
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// What its signatures are.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bare public key.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// Whether a signature names this key.
    pub fn made(&self, signature: &Signature) -> bool {
        self.id == signature.id && self.name == signature.name
    }

    /// Checks a signature's bytes over a note's text: its time, in s since 1970, where it has one; `None` where it fails.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Option<Option<u64>> {
        if self.algorithm == Algorithm::Ed25519 {
            return self.verify_bare(text.as_bytes(), signature).then_some(None);
        }
        let (time, signature) = signature.split_first_chunk()?;
        let time_unix_s = u64::from_be_bytes(*time);
        let message = cosigned(self.algorithm, &self.name, time_unix_s, text)?;
        self.verify_bare(&message, signature).then_some(Some(time_unix_s))
    }

    fn verify_bare(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            // Strict: no key or signature that another verifier might judge otherwise.
            Public::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Public::MlDsa44(key) => ml_dsa::Signature::try_from(signature)
                .is_ok_and(|signature| key.verify_with_context(message, &[], &signature)),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}+{}+{}", self.name, hex(&self.id), typed(self.algorithm, &self.public))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "VerifierKey({}+{}, {:?})", self.name, hex(&self.id), self.algorithm)
    }
}

/// A key that signs. Its seed is secret: it has no `Debug` that shows it.
pub struct SigningKey {
    verifier: VerifierKey,
    seed: [u8; 32],
    material: Private,
}

enum Private {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    MlDsa44(Box<ml_dsa::SigningKey<MlDsa44>>),
}

impl SigningKey {
    /// The key that follows from a name and a secret seed of 32 bytes.
    pub fn from_seed(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let (material, public) = match algorithm {
            Algorithm::Ed25519 | Algorithm::CosignatureEd25519 => {
                let key = ed25519_dalek::SigningKey::from_bytes(seed);
                let public = key.verifying_key().to_bytes().to_vec();
                (Private::Ed25519(Box::new(key)), public)
            }
            Algorithm::CosignatureMlDsa44 => {
                let key = ml_dsa::SigningKey::<MlDsa44>::from_seed(&(*seed).into());
                let public = key.verifying_key().encode().to_vec();
                (Private::MlDsa44(Box::new(key)), public)
            }
        };
        Ok(Self { verifier: VerifierKey::new(name, algorithm, &public)?, seed: *seed, material })
    }

    /// Reads a secret key, `PRIVATE+KEY+<name>+<key id in hex>+<base64 of type and seed>`.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let parts = text.strip_prefix("PRIVATE+KEY+").map(|rest| rest.splitn(3, '+').collect::<Vec<_>>());
        let Some([name, id, data]) = parts.as_deref() else { return Err(NoteError::SecretKey) };
        let data = Base64::decode_vec(data).map_err(|_| NoteError::SecretKey)?;
        let (&byte, seed) = data.split_first().ok_or(NoteError::SecretKey)?;
        let algorithm = Algorithm::from_byte(byte).ok_or(NoteError::KeyType { byte })?;
        let key = Self::from_seed(name, algorithm, seed.try_into().map_err(|_| NoteError::SecretKey)?)?;
        let fits = hex(&key.verifier.id) == *id;
        if fits { Ok(key) } else { Err(NoteError::KeyId { name: (*name).to_owned() }) }
    }

    /// The text that [`SigningKey::parse`] reads: a secret.
    pub fn secret_text(&self) -> String {
        let VerifierKey { name, id, algorithm, .. } = &self.verifier;
        format!("PRIVATE+KEY+{name}+{}+{}", hex(id), typed(*algorithm, &self.seed))
    }

    /// The key that verifies what this one signs.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a note's text. A cosignature states the time, in s since 1970, and needs a checkpoint's text; a plain
    /// Ed25519 signature leaves the time out. The same inputs give the same bytes.
    pub fn sign(&self, text: &str, time_unix_s: u64) -> Result<Signature, NoteError> {
        let VerifierKey { name, id, algorithm, .. } = &self.verifier;
        let bytes = if *algorithm == Algorithm::Ed25519 {
            self.sign_bare(text.as_bytes())
        } else {
            let message = cosigned(*algorithm, name, time_unix_s, text)
                .ok_or_else(|| NoteError::NotCosignable { name: name.clone() })?;
            [&time_unix_s.to_be_bytes()[..], &self.sign_bare(&message)].concat()
        };
        Ok(Signature { name: name.clone(), id: *id, bytes })
    }

    fn sign_bare(&self, message: &[u8]) -> Vec<u8> {
        match &self.material {
            Private::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Private::MlDsa44(key) => ml_dsa::Signer::sign(key.as_ref(), message).encode().to_vec(),
        }
    }
}

/// The bytes that a cosignature signs (C2SP tlog-cosignature); `None` for a text or time it cannot be made for.
fn cosigned(algorithm: Algorithm, cosigner: &str, time_unix_s: u64, text: &str) -> Option<Vec<u8>> {
    let checkpoint = Checkpoint::parse(text).ok()?;
    if time_unix_s > i64::MAX as u64 {
        return None;
    }
    if algorithm == Algorithm::CosignatureEd25519 {
        return Some(format!("cosignature/v1\ntime {time_unix_s}\n{text}").into_bytes());
    }
    // struct cosigned_message, in the presentation language of RFC 8446, section 3.
    let mut message = b"subtree/v1\n\0".to_vec();
    push_short(&mut message, cosigner)?;
    message.extend(time_unix_s.to_be_bytes());
    push_short(&mut message, &checkpoint.origin)?;
    message.extend(0u64.to_be_bytes());
    message.extend(checkpoint.size.to_be_bytes());
    message.extend(checkpoint.root);
    Some(message)
}

/// opaque <1..2^8-1>
fn push_short(message: &mut Vec<u8>, text: &str) -> Option<()> {
    message.push(u8::try_from(text.len()).ok()?);
    message.extend(text.as_bytes());
    Some(())
}

fn ed25519_public(public: &[u8]) -> Option<Public> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
    (!key.is_weak()).then(|| Public::Ed25519(Box::new(key)))
}

fn ml_dsa_public(public: &[u8]) -> Option<Public> {
    let encoded = EncodedVerifyingKey::<MlDsa44>::try_from(public).ok()?;
    Some(Public::MlDsa44(Box::new(ml_dsa::VerifyingKey::decode(&encoded))))
}

/// C2SP signed-note: names are not empty and hold no Unicode space, plus or control character.
pub(crate) fn check_name(name: &str) -> Result<(), NoteError> {
    let bad = |letter: char| letter.is_whitespace() || letter == '+' || letter < ' ';
    if name.is_empty() || name.contains(bad) {
        return Err(NoteError::KeyName { given: shown(name) });
    }
    Ok(())
}

fn key_id(name: &str, algorithm: Algorithm, public: &[u8]) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', algorithm.byte()]).chain_update(public);
    let hash: [u8; 32] = hash.finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

fn typed(algorithm: Algorithm, key: &[u8]) -> String {
    Base64::encode_string(&[&[algorithm.byte()], key].concat())
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The start of a text from outside, fit for an error message.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_default).collect()
}
