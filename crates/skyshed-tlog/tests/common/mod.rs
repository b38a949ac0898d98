//! What the tests share: files in memory, keys from fixed seeds, a small log.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use skyshed_tlog::{Algorithm, Appender, FileError, Policy, ReadFiles, SigningKey, WriteFiles};

pub const ORIGIN: &str = "skyshed.example/service-control";
pub const TIME: u64 = 1_790_000_000;

/// A log's files in memory.
#[derive(Default, Clone)]
pub struct Memory {
    pub files: RefCell<BTreeMap<String, Vec<u8>>>,
    staged: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Memory {
    pub fn paths(&self) -> Vec<String> {
        self.files.borrow().keys().cloned().collect()
    }

    /// Changes one bit of a file; the same call again changes it back.
    pub fn flip(&self, path: &str, byte: usize, bit: u32) {
        self.files.borrow_mut().get_mut(path).unwrap()[byte] ^= 1 << bit;
    }
}

impl ReadFiles for Memory {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.files.borrow().get(path).cloned())
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        let below = format!("{folder}/");
        Ok(Some(self.paths().into_iter().filter(|path| path.starts_with(&below)).collect()))
    }
}

impl WriteFiles for Memory {
    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.staged.borrow_mut().insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn publish(&self, path: &str) -> Result<(), FileError> {
        let bytes = self.staged.borrow_mut().remove(path).expect("only staged files are published");
        self.files.borrow_mut().insert(path.to_owned(), bytes);
        Ok(())
    }

    fn sync(&self) -> Result<(), FileError> {
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        self.files.borrow_mut().remove(path);
        Ok(())
    }
}

/// Files that nobody can list, as behind a web server.
pub struct Unlisted<'a>(pub &'a dyn ReadFiles);

impl ReadFiles for Unlisted<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        self.0.read(path)
    }
}

pub fn key(name: &str, algorithm: Algorithm, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, algorithm, &[seed; 32]).unwrap()
}

pub fn log_key() -> SigningKey {
    key(ORIGIN, Algorithm::Ed25519, 1)
}

/// Three witnesses; the last one signs with ML-DSA-44.
pub fn witness_keys() -> [SigningKey; 3] {
    [
        key("witness.example/a", Algorithm::CosignatureEd25519, 2),
        key("witness.example/b", Algorithm::CosignatureEd25519, 3),
        key("witness.example/c", Algorithm::CosignatureMlDsa44, 4),
    ]
}

/// The log, the three witnesses, and two of them for a quorum.
pub fn policy_text() -> String {
    let lines = witness_keys().map(|key| {
        let key = key.verifier();
        format!("witness {} {key}\n", key.name())
    });
    let names = witness_keys().map(|key| key.verifier().name().to_owned()).join(" ");
    format!("log {}\n{}group all-three 2 {names}\nquorum all-three\n", log_key().verifier(), lines.concat())
}

pub fn policy() -> Policy {
    Policy::parse(policy_text().as_bytes()).unwrap()
}

/// A text signed by the log and its witnesses.
pub fn cosigned(text: &str) -> String {
    let mut note = skyshed_tlog::Note { text: text.to_owned(), signatures: Vec::new() };
    note.signatures.push(log_key().sign(text, TIME).unwrap());
    note.signatures.extend(witness_keys().iter().map(|key| key.sign(text, TIME).unwrap()));
    note.to_string()
}

pub fn entry(number: u64) -> Vec<u8> {
    format!("entry {number} {}", "x".repeat(number as usize % 40)).into_bytes()
}

/// A log of entries `entry(0)`, `entry(1)`, ..., appended in these many at a time.
pub fn log(batches: &[u64]) -> Memory {
    let files = Memory::default();
    let mut appender = Appender::create(&files, ORIGIN, &[log_key().verifier().clone()]).unwrap();
    for count in batches {
        let start = appender.checkpoint().size;
        let entries = (start..start + count).map(entry).collect::<Vec<_>>();
        let checkpoint = appender.stage(&entries).unwrap();
        appender.publish(&cosigned(&checkpoint.text())).unwrap();
    }
    files
}
