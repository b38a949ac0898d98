//! A leaf as the ledger keeps it: read once, its signatures checked once, under every key that its signers were ever given. Which of
//! these keys counted at which time is asked later, as often as needed, and costs nothing then.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::reason::Reason;
use super::roots::Roots;
use crate::jcs;
use crate::leaf::{self, Leaf, Sig};
use crate::record::{Body, Contact, ContactBody, Digest, Index, Key};
use crate::verify::Signatures;

/// A leaf, read.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The record, or why it is none.
    pub record: Result<Record, Reason>,
    /// Whether it belongs to the emergency path, whose time is that of a single witness.
    pub quick: bool,
}

/// What a leaf says and who signed it.
#[derive(Debug)]
pub(crate) struct Record {
    pub body: Body,
    pub sha256: Digest,
    pub signed: Vec<Signed>,
    /// Of an opened contact: the hash of salt and contact. Of a heartbeat: the log's own root at the size it names.
    pub own_hash: Option<Digest>,
}

/// One signature.
#[derive(Debug)]
pub(crate) struct Signed {
    pub by: String,
    /// The public keys that it verifies under, each with whether a PIN is demanded of it.
    pub keys: Vec<(String, bool)>,
    /// Why it verifies under no key.
    pub detail: Option<Arc<str>>,
}

/// What the leaves so far say about those to come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Every key that a principal was ever given.
    keys: BTreeMap<String, Vec<Key>>,
    /// Whether the request with this hash takes the emergency path.
    requests: HashMap<Digest, bool>,
}

impl Memory {
    /// Reads the leaf with number `index`, and remembers what matters to later ones.
    pub fn read(&mut self, index: Index, bytes: &[u8], signatures: &impl Signatures, roots: &Roots) -> Entry {
        let leaf = match leaf::parse(bytes) {
            Ok(leaf) => leaf,
            Err(error) => return Entry { record: Err(Reason::Malformed(Arc::new(error))), quick: false },
        };
        self.learn_keys(&leaf.body);
        let (quick, mixed) = self.path(&leaf.body);
        if let Body::Request(request) = &leaf.body {
            self.requests.entry(leaf.body_sha256).or_insert(request.emergency);
        }
        if mixed {
            return Entry { record: Err(Reason::MixedApproval), quick: false };
        }
        let signed = leaf.sigs.iter().map(|sig| self.check(&leaf, sig, signatures)).collect();
        let own_hash = own_hash(index, &leaf.body, roots);
        Entry { record: Ok(Record { body: leaf.body, sha256: leaf.body_sha256, signed, own_hash }), quick }
    }

    fn learn_keys(&mut self, body: &Body) {
        match body {
            Body::Policy(policy) => {
                let given =
                    policy.principals.iter().flat_map(|(id, one)| one.keys.iter().map(move |key| (id, key)));
                given.for_each(|(id, key)| self.learn(id, key));
            }
            Body::KeyEvent(event) => self.learn(&event.principal, &event.key),
            _ => {}
        }
    }

    fn learn(&mut self, principal: &str, key: &Key) {
        let keys = self.keys.entry(principal.to_owned()).or_default();
        let known = |one: &Key| one.public == key.public && one.pin_required == key.pin_required;
        if !keys.iter().any(known) {
            keys.push(key.clone());
        }
    }

    /// Whether a record takes the emergency path, and whether it would take both.
    fn path(&self, body: &Body) -> (bool, bool) {
        let quick = |hash: &Digest| self.requests.get(hash).copied().unwrap_or(false);
        match body {
            Body::Request(request) => (request.emergency, false),
            Body::Cancel(cancel) => (quick(&cancel.target), false),
            Body::Decision(decision) => (quick(&decision.request), false),
            Body::Approval(approval) => {
                let count = approval.requests.iter().filter(|hash| quick(hash)).count();
                (count > 0, count > 0 && count < approval.requests.len())
            }
            _ => (false, false),
        }
    }

    fn check(&self, leaf: &Leaf, sig: &Sig, signatures: &impl Signatures) -> Signed {
        let namespace = leaf.namespace();
        let mut signed = Signed { by: sig.by.clone(), keys: Vec::new(), detail: None };
        let mut last = None;
        for key in self.keys.get(&sig.by).into_iter().flatten() {
            match signatures.check(&namespace, &leaf.body_bytes, sig, key) {
                Ok(()) => signed.keys.push((key.public.clone(), key.pin_required)),
                Err(error) => last = Some(error),
            }
        }
        signed.detail = last.filter(|_| signed.keys.is_empty()).map(|error| error.to_string().into());
        signed
    }
}

/// SHA-256 of the salt and the canonical JSON of a contact: what a sealed contact commits to.
pub fn sealed_sha256(salt: &Digest, contact: &ContactBody) -> Option<Digest> {
    let json = serde_json::to_value(contact).ok()?;
    let bytes = jcs::canonical(&json).ok()?;
    Some(Digest(Sha256::new().chain_update(salt.0).chain_update(bytes).finalize().into()))
}

fn own_hash(index: Index, body: &Body, roots: &Roots) -> Option<Digest> {
    match body {
        Body::Contact(Contact::Opened { salt, contact, .. }) => sealed_sha256(salt, contact),
        Body::Enforce(enforce) if enforce.log_size <= index => roots.root(enforce.log_size).map(Digest),
        _ => None,
    }
}
