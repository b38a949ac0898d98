//! A log in memory with real signatures of people, of the log and of its witnesses. Keys follow from fixed seeds.

#![allow(dead_code, reason = "every binary uses another part of it")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf::{self, Sig, SigKind};
use skyshed_records::ledger::Ledger;
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_records::verify::SshSignatures;
use skyshed_records::witness::PolicyWitnesses;
use skyshed_tlog::{Algorithm, Appender, FileError, Note, ReadFiles, SigningKey, WriteFiles};

pub const ORIGIN: &str = "skyshed.example/service-control";
pub const START: u64 = 1_790_000_000;
pub const PEOPLE: [&str; 4] = ["a1@operator", "a2@regulator", "a3@ngo", "a4@court"];

/// A log's files in memory.
#[derive(Default, Clone)]
pub struct Memory {
    pub files: RefCell<BTreeMap<String, Vec<u8>>>,
    staged: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl ReadFiles for Memory {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.files.borrow().get(path).cloned())
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        let below = format!("{folder}/");
        Ok(Some(self.files.borrow().keys().filter(|path| path.starts_with(&below)).cloned().collect()))
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

/// A log being written.
pub struct RealLog<'a> {
    appender: Appender<&'a Memory>,
    pub ledger: Ledger<SshSignatures, PolicyWitnesses>,
    pub clock: u64,
    batch: Vec<Vec<u8>>,
}

fn key(name: &str, algorithm: Algorithm, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, algorithm, &[seed; 32]).unwrap()
}

fn log_key() -> SigningKey {
    key(ORIGIN, Algorithm::Ed25519, 1)
}

fn witness_keys() -> [SigningKey; 3] {
    [("a", 2), ("b", 3), ("c", 4)]
        .map(|(name, seed)| key(&format!("witness.example/{name}"), Algorithm::CosignatureEd25519, seed))
}

/// The log's key and three witnesses, two of which are the quorum.
pub fn witness_policy() -> skyshed_tlog::Policy {
    let keys = witness_keys();
    let lines = keys.iter().map(|key| format!("witness {} {}\n", key.verifier().name(), key.verifier()));
    let lines: String = lines.collect();
    let names = keys.iter().map(|key| key.verifier().name()).collect::<Vec<_>>().join(" ");
    let text = format!("log {}\n{lines}group all 2 {names}\nquorum all\n", log_key().verifier());
    skyshed_tlog::Policy::parse(text.as_bytes()).unwrap()
}

pub fn private(id: &str) -> PrivateKey {
    let seed = PEOPLE.iter().position(|one| *one == id).unwrap_or(200) as u8;
    PrivateKey::from_seed([seed + 100; 32])
}

pub fn sign(body: &Body, by: &str) -> Sig {
    let bytes = leaf::body_bytes(body).unwrap();
    let sig = sshsig::sign(&private(by), &leaf::namespace(body.type_name()), &bytes);
    Sig { by: by.to_owned(), kind: SigKind::Sshsig, sig }
}

pub fn first_policy() -> Policy {
    let one = |id: &&str| {
        let organisation = id.split_once('@').unwrap().1.to_owned();
        let public = private(id).public().to_string();
        let keys = vec![Key { public, valid_after: None, valid_before: None, pin_required: false }];
        (
            (*id).to_owned(),
            Principal { organisation, roles: vec![Role::Requester, Role::Approver, Role::Canceller], keys },
        )
    };
    Policy {
        version: 1,
        prev: None,
        principals: PEOPLE.iter().map(one).collect(),
        rule: Rule {
            quorum: Quorum { persons: 2, organisations: 2 },
            wait_s: 60,
            review_ttl_s: 86_400,
            expiry_max_s: 86_400,
            review_max_s: 864_000,
            emergency: None,
        },
        rules_by_territory: BTreeMap::new(),
        rotation: Quorum { persons: 3, organisations: 3 },
        recovery: None,
    }
}

impl<'a> RealLog<'a> {
    pub fn create(files: &'a Memory) -> RealLog<'a> {
        let logs = [log_key().verifier().clone()];
        let mut log = RealLog {
            appender: Appender::create(files, ORIGIN, &logs).unwrap(),
            ledger: Ledger::new(SshSignatures::new(), PolicyWitnesses::new(witness_policy())),
            clock: START,
            batch: Vec::new(),
        };
        log.add(first_policy(), &PEOPLE);
        log
    }

    /// Appends a record; its number and the hash of its body.
    pub fn add(&mut self, body: impl Into<Body>, by: &[&str]) -> (Index, Digest) {
        let body = body.into();
        let sigs: Vec<Sig> = by.iter().map(|id| sign(&body, id)).collect();
        let bytes = leaf::write(&body, &sigs).unwrap();
        let index = self.ledger.push(&bytes);
        self.batch.push(bytes);
        (index, self.ledger.body_sha256(index).unwrap())
    }

    /// Publishes what is there with two of three witnesses; then their word, and the decisions that follow from it, are records too.
    pub fn witness(&mut self) {
        let checkpoint = self.publish();
        self.add(Witnessed { checkpoint }, &[]);
        for decision in self.ledger.due(self.ledger.time()) {
            self.add(decision, &[]);
        }
        self.publish();
    }

    fn publish(&mut self) -> String {
        let text = self.appender.stage(&std::mem::take(&mut self.batch)).unwrap().text();
        let mut note =
            Note { text: text.clone(), signatures: vec![log_key().sign(&text, self.clock).unwrap()] };
        note.signatures.extend(witness_keys()[..2].iter().map(|key| key.sign(&text, self.clock).unwrap()));
        self.appender.publish(&note.to_string()).unwrap();
        note.to_string()
    }
}
