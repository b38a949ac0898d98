//! SSH signatures (OpenSSH PROTOCOL.sshsig): what `ssh-keygen -Y sign` makes and `ssh-keygen -Y verify` confirms.
//!
//! Stricter than OpenSSH where that costs nobody anything: only Ed25519 and ECDSA over P-256, in software or in a security key; an
//! Ed25519 check without the cofactor and without small-order points (`verify_strict`); integers in their shortest form; no byte
//! over. A signature holds no time: whether a key was valid is judged by the log.

use p256::ecdsa::signature::Verifier as _;
use sha2::{Digest as _, Sha256, Sha512};

pub use self::armor::{ARMOR_BYTES_MAX, armor, dearmor};
use self::wire::{Malformed, Reader, put_string, put_u32};
use crate::keys::{Algorithm, KeyError, PrivateKey, PublicKey};

mod armor;
pub(crate) mod wire;

pub(crate) use self::armor::{unwrap, wrap};

/// Flag of a security key: it was touched (FIDO U2F raw message formats, "user presence").
const TOUCH: u8 = 0x01;
/// Flag of a security key: its PIN was given, or its owner's finger recognised (WebAuthn, authenticator data, "user verified").
const PIN: u8 = 0x04;
const MAGIC: &[u8; 6] = b"SSHSIG";
const VERSION: u32 = 1;

/// What a signature says of how it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// Its key is in a security key (`sk-`).
    pub is_sk: bool,
    /// The security key was touched.
    pub touch: bool,
    /// The security key was given its PIN.
    pub pin: bool,
}

/// Why a signature is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum SshsigError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("not an SSH signature of version {VERSION}: {part} is missing, malformed or not allowed")]
    Malformed { part: &'static str },
    #[error("hash {given:?}; allowed: sha512, sha256")]
    Hash { given: String },
    #[error(
        "the signature is for namespace {given:?}; needed: {needed:?}; sign with `ssh-keygen -Y sign -n {needed}`"
    )]
    Namespace { given: String, needed: String },
    #[error("signed with key {given}; needed: {needed}")]
    OtherKey { given: String, needed: String },
    #[error("algorithm {given:?} under a key of type {needed}")]
    Algorithm { given: String, needed: &'static str },
    #[error("the signature does not fit the text and the key; sign exactly the bytes of the body")]
    Wrong,
}

/// Checks a signature (without armour) over a message against a public key, `type base64`. The flags are only reported: who calls
/// decides what is demanded of a security key.
pub fn verify(public: &str, namespace: &str, message: &[u8], signature: &[u8]) -> Result<Flags, SshsigError> {
    verify_by(&PublicKey::parse(public)?, namespace, message, signature)
}

/// As [`verify`], with a key read before.
pub fn verify_by(
    key: &PublicKey,
    namespace: &str,
    message: &[u8],
    signature: &[u8],
) -> Result<Flags, SshsigError> {
    let parts = Parts::read(signature)?;
    if parts.public_key != key.blob() {
        let given = crate::keys::fingerprint_of(parts.public_key);
        return Err(SshsigError::OtherKey { given, needed: key.fingerprint() });
    }
    if parts.namespace != namespace {
        let (given, needed) = (printable(parts.namespace), namespace.to_owned());
        return Err(SshsigError::Namespace { given, needed });
    }
    check(key, &signed_data(namespace, parts.hash, message), parts.signature)
}

/// Signs a message with an Ed25519 key, as `ssh-keygen -Y sign` does: the same key and message make the same bytes.
pub fn sign(key: &PrivateKey, namespace: &str, message: &[u8]) -> Vec<u8> {
    let raw = key.sign(&signed_data(namespace, Hash::Sha512, message));
    let mut inner = Vec::with_capacity(96);
    put_string(&mut inner, Algorithm::Ed25519.name().as_bytes());
    put_string(&mut inner, &raw);
    let mut blob = Vec::with_capacity(256);
    blob.extend(MAGIC);
    put_u32(&mut blob, VERSION);
    put_string(&mut blob, key.public().blob());
    put_string(&mut blob, namespace.as_bytes());
    put_string(&mut blob, b"");
    put_string(&mut blob, Hash::Sha512.name().as_bytes());
    put_string(&mut blob, &inner);
    blob
}

/// The fingerprint of the key that a signature names, and the namespace it names; nothing of it is checked.
pub fn claims(signature: &[u8]) -> Result<(String, String), SshsigError> {
    let parts = Parts::read(signature)?;
    Ok((crate::keys::fingerprint_of(parts.public_key), printable(parts.namespace)))
}

/// The parts of a signature (PROTOCOL.sshsig, 2 "Blob format"), in order.
struct Parts<'a> {
    public_key: &'a [u8],
    namespace: &'a str,
    hash: Hash,
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(blob: &'a [u8]) -> Result<Parts<'a>, SshsigError> {
        let part = |part| move |_: Malformed| SshsigError::Malformed { part };
        let mut reader = Reader::new(blob);
        if reader.array() != Ok(*MAGIC) {
            return Err(SshsigError::Malformed { part: "the mark SSHSIG" });
        }
        if reader.u32() != Ok(VERSION) {
            return Err(SshsigError::Malformed { part: "the version" });
        }
        let public_key = reader.string().map_err(part("the public key"))?;
        let namespace = reader.text().map_err(part("the namespace"))?;
        if namespace.is_empty() {
            return Err(SshsigError::Malformed { part: "the namespace" });
        }
        if reader.string() != Ok(b"") {
            return Err(SshsigError::Malformed { part: "the reserved part, which is empty," });
        }
        let hash = Hash::named(reader.text().map_err(part("the hash's name"))?)?;
        let signature = reader.string().map_err(part("the signature proper"))?;
        reader.end().map_err(part("the end"))?;
        Ok(Parts { public_key, namespace, hash, signature })
    }
}

#[derive(Clone, Copy)]
enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    fn named(name: &str) -> Result<Hash, SshsigError> {
        match name {
            "sha256" => Ok(Hash::Sha256),
            "sha512" => Ok(Hash::Sha512),
            _ => Err(SshsigError::Hash { given: printable(name) }),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Hash::Sha256 => "sha256",
            Hash::Sha512 => "sha512",
        }
    }
}

/// What the key signs (PROTOCOL.sshsig, 3 "Signed Data").
fn signed_data(namespace: &str, hash: Hash, message: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(128 + namespace.len());
    data.extend(MAGIC);
    put_string(&mut data, namespace.as_bytes());
    put_string(&mut data, b"");
    put_string(&mut data, hash.name().as_bytes());
    match hash {
        Hash::Sha256 => put_string(&mut data, &Sha256::digest(message)),
        Hash::Sha512 => put_string(&mut data, &Sha512::digest(message)),
    }
    data
}

/// Checks the signature proper: algorithm, bytes and, of a security key, flags and counter (PROTOCOL.u2f, "SSH U2F signatures").
fn check(key: &PublicKey, data: &[u8], signature: &[u8]) -> Result<Flags, SshsigError> {
    let malformed = |_: Malformed| SshsigError::Malformed { part: "the signature proper" };
    let mut reader = Reader::new(signature);
    let algorithm = reader.text().map_err(malformed)?;
    if algorithm != key.algorithm().name() {
        let (given, needed) = (printable(algorithm), key.algorithm().name());
        return Err(SshsigError::Algorithm { given, needed });
    }
    let raw = reader.string().map_err(malformed)?;
    let Some(application) = key.application() else {
        reader.end().map_err(malformed)?;
        check_raw(key, data, raw)?;
        return Ok(Flags { is_sk: false, touch: false, pin: false });
    };
    let flags_and_counter = reader.rest();
    let flags = reader.u8().map_err(malformed)?;
    reader.u32().map_err(malformed)?;
    reader.end().map_err(malformed)?;
    let mut signed = Vec::with_capacity(69);
    signed.extend(Sha256::digest(application));
    signed.extend(flags_and_counter);
    signed.extend(Sha256::digest(data));
    check_raw(key, &signed, raw)?;
    Ok(Flags { is_sk: true, touch: flags & TOUCH != 0, pin: flags & PIN != 0 })
}

fn check_raw(key: &PublicKey, data: &[u8], raw: &[u8]) -> Result<(), SshsigError> {
    let malformed = |_: Malformed| SshsigError::Malformed { part: "the signature proper" };
    match key.point() {
        crate::keys::Point::Ed25519(point) => {
            let raw = Reader::new(raw).take(64).ok().filter(|_| raw.len() == 64).ok_or(Malformed);
            let signature = ed25519_dalek::Signature::from_slice(raw.map_err(malformed)?);
            let signature = signature.map_err(|_| SshsigError::Wrong)?;
            point.verify_strict(data, &signature).map_err(|_| SshsigError::Wrong)
        }
        crate::keys::Point::P256(point) => {
            let mut reader = Reader::new(raw);
            let r = reader.positive().map_err(malformed)?;
            let s = reader.positive().map_err(malformed)?;
            reader.end().map_err(malformed)?;
            let signature = p256::ecdsa::Signature::from_scalars(r, s).map_err(|_| SshsigError::Wrong)?;
            point.verify(data, &signature).map_err(|_| SshsigError::Wrong)
        }
    }
}

/// What a stranger wrote, short and without control characters.
fn printable(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_default).collect()
}
