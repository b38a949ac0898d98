//! Keys that people have: public keys as in `authorized_keys`, Ed25519 private keys in OpenSSH's format, and the `allowed_signers`
//! text that lets `ssh-keygen -Y verify` judge as the log does.

use base64ct::{Base64, Base64Unpadded, Encoding};
use sha2::{Digest as _, Sha256};

pub(crate) use self::allowed::stamp;
pub use self::allowed::{allowed_signers, namespaces};
pub use self::private::{PRIVATE_KEY_BYTES_MAX, PrivateKey, PrivateKeyError};
use crate::record::Policy;
use crate::sshsig::wire::{Malformed, Reader, put_string};

mod allowed;
mod private;

/// Longest application of a security key, bytes.
const APPLICATION_BYTES_MAX: usize = 128;
/// The curve of ECDSA keys (RFC 5656, 10.1).
const CURVE: &[u8] = b"nistp256";

/// A public key, checked: its point is on its curve and not of small order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: Algorithm,
    point: Point,
    /// Of a security key: for whom it signs, `ssh:` and what may follow.
    application: Option<Vec<u8>>,
    blob: Vec<u8>,
}

/// What sort of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Algorithm {
    Ed25519,
    EcdsaP256,
    SkEd25519,
    SkEcdsaP256,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::ecdsa::VerifyingKey),
}

/// Why a text is not a public key that can be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum KeyError {
    #[error(
        "public key {given:?}; allowed: its type, one space, base64, as in authorized_keys without options and comment"
    )]
    Text { given: String },
    #[error(
        "key type {given:?}; allowed: {}; make one with `ssh-keygen -t ed25519`",
        Algorithm::ALL.map(Algorithm::name).join(", ")
    )]
    Type { given: String },
    #[error("public key of type {algorithm} is malformed: {part}")]
    Malformed { algorithm: &'static str, part: &'static str },
    #[error("key {fingerprint} belongs to {one} and to {other}; one key, one principal")]
    Shared { fingerprint: String, one: String, other: String },
    #[error("key {index} of {principal}: {error}")]
    Of { principal: String, index: usize, error: Box<KeyError> },
}

/// Checks the keys of a policy: each can be used, and none stands twice, be it under one principal or two.
pub fn check_policy(policy: &Policy) -> Result<(), KeyError> {
    let mut owners = std::collections::BTreeMap::new();
    for (principal, one) in &policy.principals {
        for (index, key) in one.keys.iter().enumerate() {
            let parsed = PublicKey::parse(&key.public).map_err(|error| KeyError::Of {
                principal: principal.clone(),
                index,
                error: Box::new(error),
            })?;
            let fingerprint = parsed.fingerprint();
            if let Some(other) = owners.insert(parsed.blob, principal) {
                return Err(KeyError::Shared { fingerprint, one: other.clone(), other: principal.clone() });
            }
        }
    }
    Ok(())
}

/// `SHA256:` and the base64 of the hash, as `ssh-keygen -l` prints it.
pub(crate) fn fingerprint_of(blob: &[u8]) -> String {
    format!("SHA256:{}", Base64Unpadded::encode_string(&Sha256::digest(blob)))
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Algorithm; 4] =
        [Algorithm::Ed25519, Algorithm::EcdsaP256, Algorithm::SkEd25519, Algorithm::SkEcdsaP256];

    /// Its name in SSH.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Ed25519 => "ssh-ed25519",
            Algorithm::EcdsaP256 => "ecdsa-sha2-nistp256",
            Algorithm::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Algorithm::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// Whether its key is in a security key.
    pub fn is_sk(self) -> bool {
        matches!(self, Algorithm::SkEd25519 | Algorithm::SkEcdsaP256)
    }
}

impl PublicKey {
    /// Reads `type base64`.
    pub fn parse(text: &str) -> Result<PublicKey, KeyError> {
        let bad = || KeyError::Text { given: text.chars().take(96).collect() };
        let (name, base64) = text.split_once(' ').ok_or_else(bad)?;
        let named = Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        let algorithm = named.ok_or_else(|| KeyError::Type { given: name.chars().take(64).collect() })?;
        let blob = Base64::decode_vec(base64).map_err(|_| bad())?;
        PublicKey::from_blob(algorithm, blob)
    }

    /// Reads a key file (`id_ed25519.pub`), whose comment is dropped.
    pub fn parse_file(text: &str) -> Result<PublicKey, KeyError> {
        let words: Vec<&str> = text.trim().splitn(3, ' ').take(2).collect();
        PublicKey::parse(&words.join(" "))
    }

    fn from_blob(algorithm: Algorithm, blob: Vec<u8>) -> Result<PublicKey, KeyError> {
        let malformed = |part| KeyError::Malformed { algorithm: algorithm.name(), part };
        let mut reader = Reader::new(&blob);
        if reader.string() != Ok(algorithm.name().as_bytes()) {
            return Err(malformed("the type inside the base64 is another"));
        }
        let point = match algorithm {
            Algorithm::Ed25519 | Algorithm::SkEd25519 => read_ed25519(&mut reader),
            Algorithm::EcdsaP256 | Algorithm::SkEcdsaP256 => read_p256(&mut reader),
        };
        let point = point.map_err(|_| malformed("not a point of its curve, or one of small order"))?;
        let application = match algorithm.is_sk() {
            true => Some(
                read_application(&mut reader)
                    .map_err(|_| malformed("the application of a security key for SSH begins with `ssh:`"))?,
            ),
            false => None,
        };
        reader.end().map_err(|_| malformed("there are bytes after its end"))?;
        Ok(PublicKey { algorithm, point, application, blob })
    }

    /// What sort of key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        fingerprint_of(&self.blob)
    }

    /// Its bytes in SSH's format.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    pub(crate) fn point(&self) -> &Point {
        &self.point
    }

    pub(crate) fn application(&self) -> Option<&[u8]> {
        self.application.as_deref()
    }

    pub(crate) fn ed25519(point: ed25519_dalek::VerifyingKey) -> PublicKey {
        let algorithm = Algorithm::Ed25519;
        let mut blob = Vec::with_capacity(51);
        put_string(&mut blob, algorithm.name().as_bytes());
        put_string(&mut blob, point.as_bytes());
        PublicKey { algorithm, point: Point::Ed25519(point), application: None, blob }
    }
}

impl core::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {}", self.algorithm.name(), Base64::encode_string(&self.blob))
    }
}

/// RFC 8709, 4: the 32 bytes of the point.
fn read_ed25519(reader: &mut Reader<'_>) -> Result<Point, Malformed> {
    let point = ed25519_dalek::VerifyingKey::from_bytes(&reader.string_of()?).map_err(|_| Malformed)?;
    if point.is_weak() { Err(Malformed) } else { Ok(Point::Ed25519(point)) }
}

/// RFC 5656, 3.1: the curve's name, then the point, uncompressed.
fn read_p256(reader: &mut Reader<'_>) -> Result<Point, Malformed> {
    if reader.string()? != CURVE {
        return Err(Malformed);
    }
    let point: [u8; 65] = reader.string_of()?;
    p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).map(Point::P256).map_err(|_| Malformed)
}

/// PROTOCOL.u2f, "SSH U2F Key formats": the application, `ssh:` by default.
fn read_application(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let application = reader.text()?;
    let plain =
        application.len() <= APPLICATION_BYTES_MAX && application.bytes().all(|byte| byte.is_ascii_graphic());
    if plain && application.starts_with("ssh:") {
        Ok(application.as_bytes().to_vec())
    } else {
        Err(Malformed)
    }
}
