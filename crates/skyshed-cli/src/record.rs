//! Records as files: a body that people can read and edit, or a whole record with its signatures.

pub mod sign;
pub mod submit;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use skyshed_records::leaf::{self, Sig};
use skyshed_records::record::{Body, TYPE_NAMES, Time};

use crate::exit::refused;
use crate::files;

/// A body, and who signed it so far.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it says.
    pub body: Body,
    /// Signatures over its canonical form.
    pub sigs: Vec<Sig>,
    /// Whether the file held a whole record, not just a body.
    pub is_record: bool,
}

/// A whole record as people may have spaced it.
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

impl Draft {
    /// A body that nobody has signed yet.
    pub fn new(body: impl Into<Body>) -> Draft {
        Draft { body: body.into(), sigs: Vec::new(), is_record: true }
    }

    /// Reads a file: a whole record, or the JSON body of a record of the type given.
    pub fn read(path: &Path, type_name: Option<&str>) -> Result<Draft> {
        let bytes = files::read(path, DRAFT_IS, FILE_BYTES_MAX)?;
        parse(&bytes, type_name).with_context(|| path.display().to_string())
    }

    /// Its canonical form, as it stands in the log.
    pub fn leaf(&self) -> Result<Vec<u8>> {
        Ok(leaf::write(&self.body, &self.sigs)?)
    }

    /// Writes the whole record.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut bytes = self.leaf()?;
        bytes.push(b'\n');
        files::replace(path, &bytes)
    }
}

fn parse(bytes: &[u8], type_name: Option<&str>) -> Result<Draft> {
    let wire: Wire<'_> = match (serde_json::from_slice(bytes), type_name) {
        (Ok(wire), _) => wire,
        (Err(_), Some(type_name)) if !looks_whole(bytes) => {
            let body = leaf::read_body(type_name, bytes)?;
            return Ok(Draft { body, sigs: Vec::new(), is_record: false });
        }
        (Err(error), _) => return Err(leaf::LeafError::Json(error).into()),
    };
    if wire.v != leaf::VERSION {
        return Err(leaf::LeafError::Version { given: wire.v }.into());
    }
    if let Some(wanted) = type_name.filter(|wanted| *wanted != wire.type_name) {
        return Err(refused(format!("the file holds a record of type {}; needed: {wanted}", wire.type_name)));
    }
    let body = leaf::read_body(&wire.type_name, wire.body.get().as_bytes())?;
    Ok(Draft { body, sigs: wire.sigs, is_record: true })
}

fn looks_whole(bytes: &[u8]) -> bool {
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    value.is_some_and(|value| value.get("body").is_some() || value.get("sigs").is_some())
}

/// A body as people read and edit it.
pub fn pretty(body: &Body) -> Result<Vec<u8>> {
    leaf::body_bytes(body)?;
    let mut bytes = serde_json::to_vec_pretty(&body.to_json())?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A time as records write it, or a date, which means its first second.
pub fn time(text: &str) -> Result<Time, String> {
    let whole = Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")));
    whole.ok_or_else(|| "write YYYY-MM-DDThh:mm:ssZ or YYYY-MM-DD, UTC, from 1970 on".to_owned())
}

/// A type of record.
pub fn type_name(text: &str) -> Result<String, String> {
    let known = TYPE_NAMES.iter().find(|name| **name == text);
    known.map(|name| (*name).to_owned()).ok_or_else(|| format!("allowed: {}", TYPE_NAMES.join(", ")))
}

/// `request.json` becomes `request.record.json`.
pub fn record_path(path: &Path) -> PathBuf {
    path.with_extension("record.json")
}

/// Random bytes of the system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
    Ok(bytes)
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const DRAFT_IS: &str = "a record, or the JSON body of one";
/// Longer ones are not even looked at; records have at most 65,535 bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
