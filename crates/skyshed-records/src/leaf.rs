//! Leaves of the log: a body, its type and the signatures over it, as canonical JSON. There is one way to write a leaf, and bytes
//! that are written in another are refused.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

pub use self::limits::LimitError;
use crate::jcs::{self, JcsError};
use crate::record::{Body, Digest, TYPE_NAMES};

pub mod limits;

/// Longest leaf, bytes: what an entry bundle can hold (C2SP tlog-tiles, log entries: a 16-bit length).
pub const BYTES_MAX: usize = 65_535;
/// The one version of the format.
pub const VERSION: u64 = 1;

/// A record as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// What it says.
    pub body: Body,
    /// The canonical form of the body: what is signed.
    pub body_bytes: Vec<u8>,
    /// SHA-256 of [`Leaf::body_bytes`]: how other records name this one.
    pub body_sha256: Digest,
    /// The signatures, not checked.
    pub sigs: Vec<Sig>,
}

/// A signature over a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sig {
    /// Id of the principal.
    pub by: String,
    /// What sort of signature.
    pub kind: SigKind,
    /// Its bytes; base64 in JSON.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub sig: Vec<u8>,
}

/// What sort of signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigKind {
    /// An SSH signature (OpenSSH PROTOCOL.sshsig) without its armour.
    Sshsig,
}

/// Why bytes are not a leaf, or a record cannot be one.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum LeafError {
    #[error(
        "the record is {bytes} bytes long; allowed: {BYTES_MAX}; put what is large into an attachment, by hash"
    )]
    TooLong { bytes: usize },
    #[error(
        "not a record: {0}; a record is {{\"body\":{{…}},\"sigs\":[…],\"type\":\"…\",\"v\":{VERSION}}} in UTF-8"
    )]
    Json(#[source] serde_json::Error),
    #[error("record version {given}; allowed: {VERSION}")]
    Version { given: u64 },
    #[error("record type {given:?}; allowed: {}", TYPE_NAMES.join(", "))]
    Type { given: String },
    #[error("body of type {type_name}: {error}")]
    Body { type_name: String, error: serde_json::Error },
    #[error(
        "byte {at}: not the canonical form of this record (RFC 8785, no unknown, repeated or superfluous keys); \
         from there on it would be written {expected:?}"
    )]
    NotCanonical { at: usize, expected: String },
    #[error(transparent)]
    Jcs(#[from] JcsError),
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// The SSH signature namespace of a record type: a signature of one type is none of another.
pub fn namespace(type_name: &str) -> String {
    format!("skyshed.{type_name}@v{VERSION}")
}

/// Reads a leaf, and refuses whatever [`write()`] would not have written.
pub fn parse(bytes: &[u8]) -> Result<Leaf, LeafError> {
    if bytes.len() > BYTES_MAX {
        return Err(LeafError::TooLong { bytes: bytes.len() });
    }
    let wire: Wire = serde_json::from_slice(bytes).map_err(LeafError::Json)?;
    if wire.v != VERSION {
        return Err(LeafError::Version { given: wire.v });
    }
    let body = read_body(&wire.type_name, wire.body.get().as_bytes())?;
    let leaf = Leaf::new(body, wire.sigs)?;
    // The body is held against its canonical form here too, as a part of the whole.
    same(bytes, &leaf.to_bytes())?;
    Ok(leaf)
}

/// Reads a whole record as people and their tools may have spaced it: any order of keys and any spacing, but no unknown key.
/// Its canonical form is what [`write()`] makes of body and signatures.
pub fn read(json: &[u8]) -> Result<Leaf, LeafError> {
    let wire: Wire = serde_json::from_slice(json).map_err(LeafError::Json)?;
    if wire.v != VERSION {
        return Err(LeafError::Version { given: wire.v });
    }
    Leaf::new(read_body(&wire.type_name, wire.body.get().as_bytes())?, wire.sigs)
}

/// Writes a leaf.
pub fn write(body: &Body, sigs: &[Sig]) -> Result<Vec<u8>, LeafError> {
    let leaf = Leaf::new(body.clone(), sigs.to_vec())?;
    let bytes = leaf.to_bytes();
    if bytes.len() > BYTES_MAX {
        return Err(LeafError::TooLong { bytes: bytes.len() });
    }
    Ok(bytes)
}

/// The canonical form of a body, once it is within all limits: what is signed.
pub fn body_bytes(body: &Body) -> Result<Vec<u8>, LeafError> {
    limits::check_body(body)?;
    Ok(jcs::canonical(&body.to_json())?)
}

/// Reads the body of a type from its canonical form, and refuses any other.
pub fn parse_body(type_name: &str, bytes: &[u8]) -> Result<Body, LeafError> {
    let body = read_body(type_name, bytes)?;
    same(bytes, &body_bytes(&body)?)?;
    Ok(body)
}

/// Reads the body of a type from JSON that people wrote: any order of keys and any spacing, but no key that its type lacks.
pub fn read_body(type_name: &str, json: &[u8]) -> Result<Body, LeafError> {
    let text = core::str::from_utf8(json).map_err(|error| LeafError::Json(de::Error::custom(error)))?;
    match Body::read(type_name, text) {
        None => Err(LeafError::Type { given: type_name.chars().take(64).collect() }),
        Some(Err(error)) => Err(LeafError::Body { type_name: type_name.to_owned(), error }),
        Some(Ok(body)) => Ok(body),
    }
}

/// The hash of a body: how other records name it.
pub fn body_sha256(body_bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(body_bytes).into())
}

impl Leaf {
    /// A record of a body and signatures, once all are within their limits.
    pub fn new(body: Body, sigs: Vec<Sig>) -> Result<Leaf, LeafError> {
        limits::check_sigs(&sigs)?;
        let body_bytes = body_bytes(&body)?;
        let body_sha256 = body_sha256(&body_bytes);
        Ok(Leaf { body, body_bytes, body_sha256, sigs })
    }

    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        self.body.type_name()
    }

    /// The namespace that its signatures must have.
    pub fn namespace(&self) -> String {
        namespace(self.type_name())
    }

    /// Its canonical form. The names of the four keys are in order, and ids of signers hold nothing that needs an escape.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.body_bytes.len() + 64 + 512 * self.sigs.len());
        bytes.extend(b"{\"body\":");
        bytes.extend(&self.body_bytes);
        bytes.extend(b",\"sigs\":");
        bytes.extend(serde_json::to_vec(&self.sigs).expect("texts only"));
        bytes.extend(format!(",\"type\":\"{}\",\"v\":{VERSION}}}", self.type_name()).as_bytes());
        bytes
    }
}

/// A leaf as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    body: &'a RawValue,
    sigs: Vec<Sig>,
    #[serde(rename = "type")]
    type_name: String,
    v: u64,
}

fn same(given: &[u8], canonical: &[u8]) -> Result<(), LeafError> {
    if given == canonical {
        return Ok(());
    }
    let at = given.iter().zip(canonical).take_while(|(a, b)| a == b).count();
    let rest = String::from_utf8_lossy(&canonical[at..]).chars().take(32).collect();
    Err(LeafError::NotCanonical { at, expected: rest })
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&Base64::encode_string(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Base64::decode_vec(&text)
        .map_err(|_| de::Error::custom("signature is not base64 (RFC 4648, with padding)"))
}
