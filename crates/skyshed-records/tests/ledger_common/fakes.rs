//! Test doubles, so that thousands of logs a second can be made: signatures that are short hashes, checkpoints that are lines of
//! numbers. And a log under construction.

#![allow(dead_code, reason = "every test binary uses another part of it")]

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use skyshed_records::leaf::{self, Sig, SigKind};
use skyshed_records::ledger::{Ledger, View};
use skyshed_records::record::*;
use skyshed_records::verify::{SignatureError, Signatures};
use skyshed_records::witness::{WitnessError, Witnesses, Witnessing};

/// The beginning of all logs here.
pub const START: i64 = 1_000_000;

/// A signature is 8 bytes of hash over key, namespace and body, and a byte that says whether a PIN was given.
#[derive(Clone, Copy, Debug)]
pub struct FakeSignatures;

/// A checkpoint is `fake SIZE ROOT QUORUM TIMES`.
#[derive(Clone, Copy, Debug)]
pub struct FakeWitnesses;

pub type FakeLedger = Ledger<FakeSignatures, FakeWitnesses>;

/// A log under construction and its ledger.
#[derive(Clone)]
pub struct Log {
    pub ledger: FakeLedger,
    pub leaves: Vec<Vec<u8>>,
    pub clock: i64,
}

impl Signatures for FakeSignatures {
    fn check(&self, namespace: &str, body: &[u8], sig: &Sig, key: &Key) -> Result<(), SignatureError> {
        if sig.sig.get(..8) != Some(&fake_hash(&key.public, namespace, body)) {
            return Err(SignatureError::NoSecurityKey);
        }
        if key.pin_required && sig.sig[8..] != [1] { Err(SignatureError::NoPin) } else { Ok(()) }
    }
}

fn fake_hash(public: &str, namespace: &str, body: &[u8]) -> [u8; 8] {
    let hash = Sha256::new().chain_update(format!("{public} {namespace} ")).chain_update(body).finalize();
    hash[..8].try_into().unwrap()
}

impl Witnesses for FakeWitnesses {
    fn witnessed(&self, checkpoint: &str) -> Result<Witnessing, WitnessError> {
        let words: Vec<&str> = checkpoint.split(' ').collect();
        let &["fake", size, root, quorum, times] = words.as_slice() else {
            return Err(WitnessError::Foreign);
        };
        let times = times.split(',').filter(|time| *time != "-");
        Ok(Witnessing {
            size: size.parse().unwrap(),
            root: Digest::parse(root).unwrap().0,
            times: times.map(|time| Time(time.parse().unwrap())).collect(),
            quorum: quorum == "1",
        })
    }
}

/// A signature with a key; PINs are given by keys whose name ends in `+pin`.
pub fn sign(body: &Body, by: &str, public: &str) -> Sig {
    Signing::of(body).by(by, public)
}

/// A body about to be signed, by several perhaps.
pub struct Signing {
    namespace: String,
    bytes: Vec<u8>,
}

impl Signing {
    pub fn of(body: &Body) -> Signing {
        Signing { namespace: leaf::namespace(body.type_name()), bytes: leaf::body_bytes(body).unwrap() }
    }

    /// See [`sign`].
    pub fn by(&self, by: &str, public: &str) -> Sig {
        let mut sig = fake_hash(public, &self.namespace, &self.bytes).to_vec();
        sig.push(public.ends_with("+pin").into());
        Sig { by: by.to_owned(), kind: SigKind::Sshsig, sig }
    }
}

/// The key that every principal has here.
pub fn key_of(id: &str) -> String {
    format!("fake {id}")
}

pub fn key(public: &str) -> Key {
    Key {
        public: public.to_owned(),
        valid_after: None,
        valid_before: None,
        pin_required: public.ends_with("+pin"),
    }
}

pub fn principal(id: &str, roles: &[Role]) -> (String, Principal) {
    let organisation = id.split_once('@').unwrap().1.to_owned();
    let mut roles = roles.to_vec();
    roles.sort();
    (id.to_owned(), Principal { organisation, roles, keys: vec![key(&key_of(id))] })
}

pub fn quorum(persons: u32, organisations: u32) -> Quorum {
    Quorum { persons, organisations }
}

/// Three of five approvers of three organisations; a day's wait; an emergency path of two.
pub fn usual_policy() -> Policy {
    let approvers = ["a1@operator", "a2@regulator", "a3@ngo", "a4@university", "a5@court"];
    let mut principals: BTreeMap<_, _> =
        approvers.iter().map(|id| principal(id, &[Role::Approver, Role::Canceller])).collect();
    principals.extend([principal("r1@operator", &[Role::Requester])]);
    principals.extend([principal("o1@university", &[Role::Observer])]);
    principals.extend([principal("e1@operator", &[Role::Enforcer])]);
    principals.extend(["v1@ngo", "v2@court"].map(|id| principal(id, &[Role::Recovery])));
    Policy {
        version: 1,
        prev: None,
        principals,
        rule: Rule {
            quorum: quorum(3, 3),
            wait_s: 86_400,
            review_ttl_s: 14 * 86_400,
            expiry_max_s: 365 * 86_400,
            review_max_s: 180 * 86_400,
            emergency: Some(Emergency {
                quorum: quorum(2, 2),
                ttl_max_s: 72 * 3_600,
                off_reasons: vec![ReasonCode::HarmfulInterference, ReasonCode::SafetyOfLife],
                on_reasons: vec![ReasonCode::SafetyOfLife, ReasonCode::DisasterRelief],
            }),
        },
        rules_by_territory: BTreeMap::new(),
        rotation: quorum(3, 3),
        recovery: Some(Recovery { quorum: quorum(2, 2), wait_s: 30 * 86_400 }),
    }
}

pub const APPROVERS: [&str; 5] = ["a1@operator", "a2@regulator", "a3@ngo", "a4@university", "a5@court"];
pub const DAY: i64 = 86_400;

impl Log {
    pub fn empty() -> Log {
        Log { ledger: Ledger::new(FakeSignatures, FakeWitnesses), leaves: Vec::new(), clock: START }
    }

    /// A log with a policy, territory `T` and its zone, all witnessed.
    pub fn with(policy: Policy) -> Log {
        let mut log = Log::empty();
        let signers: Vec<String> = policy.principals.keys().cloned().collect();
        let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
        log.add(policy, &signers);
        log.add(territory("T"), &["r1@operator"]);
        log.add(zone("T", 1, None), &["r1@operator"]);
        log.witness();
        log
    }

    pub fn usual() -> Log {
        Log::with(usual_policy())
    }

    /// Signs by everybody named, with the keys they have, and appends.
    pub fn add(&mut self, body: impl Into<Body>, by: &[&str]) -> Index {
        let body = body.into();
        let signing = Signing::of(&body);
        let sigs: Vec<Sig> = by.iter().map(|id| signing.by(id, &key_of(id))).collect();
        self.add_with(&body, &sigs)
    }

    pub fn add_with(&mut self, body: &Body, sigs: &[Sig]) -> Index {
        self.push(leaf::write(body, sigs).unwrap())
    }

    pub fn push(&mut self, bytes: Vec<u8>) -> Index {
        let index = self.ledger.push(&bytes);
        self.leaves.push(bytes);
        index
    }

    pub fn request(&mut self, request: Request) -> (Index, Digest) {
        let index = self.add(request, &["r1@operator"]);
        (index, self.ledger.body_sha256(index).unwrap())
    }

    pub fn approve(&mut self, request: Digest, by: &str) -> Index {
        self.say(request, by, Verdict::Approve)
    }

    pub fn approve_all(&mut self, request: Digest, by: &[&str]) {
        for by in by {
            self.approve(request, by);
        }
    }

    pub fn say(&mut self, request: Digest, by: &str, verdict: Verdict) -> Index {
        let statement = format!("as of record {}", self.leaves.len());
        let approval = Approval { requests: vec![request], verdict, approver: by.to_owned(), statement };
        self.add(approval, &[by])
    }

    pub fn cancel(&mut self, target: Digest, by: &str) -> Index {
        let reason_text = format!("as of record {}", self.leaves.len());
        self.add(Cancel { target, canceller: by.to_owned(), reason_text }, &[by])
    }

    /// Three witnesses at the clock's time, and the decisions that are due then.
    pub fn witness(&mut self) -> Index {
        self.witness_at(&[self.clock; 3], true)
    }

    pub fn witness_at(&mut self, times: &[i64], quorum: bool) -> Index {
        let index = self.witness_only(times, quorum);
        for decision in self.ledger.due(self.ledger.time()) {
            self.add(decision, &[]);
        }
        index
    }

    pub fn witness_only(&mut self, times: &[i64], quorum: bool) -> Index {
        let size = self.leaves.len() as u64;
        let checkpoint = checkpoint(size, self.ledger.root(size).unwrap(), quorum, times);
        self.add(Witnessed { checkpoint }, &[])
    }

    pub fn pass(&mut self, seconds: i64) {
        self.clock += seconds;
    }

    pub fn now(&self) -> View {
        self.ledger.at(Time(self.clock))
    }

    /// A request, its approvals, its decision, and the time until it holds.
    pub fn decide(&mut self, request: Request) -> Index {
        let (_, hash) = self.request(request);
        self.approve_all(hash, &APPROVERS[..3]);
        self.witness();
        self.pass(DAY);
        self.witness();
        self.pass(DAY);
        self.witness();
        let view = self.now();
        view.request_of(&hash).unwrap().quorum.as_ref().unwrap().number.unwrap()
    }

    /// Codes of all flags, by number of record.
    pub fn flags(&self) -> Vec<(Index, &'static str)> {
        self.now().flags().iter().map(|flag| (flag.index, flag.reason.code())).collect()
    }

    pub fn in_force(&self, class: &str) -> Option<Index> {
        self.now().standing("T", class).decision.map(|decision| decision.number)
    }

    /// A request for everything in territory `T`, on.
    pub fn ask(&self) -> Request {
        Request {
            territory: "T".to_owned(),
            zone: cells(1),
            classes: vec!["consumer".to_owned()],
            from: self.in_force("consumer"),
            to: State::On,
            reason_code: ReasonCode::Licensed,
            reason_text: "a licence was given".to_owned(),
            legal_basis: None,
            requester: "r1@operator".to_owned(),
            on_behalf_of: "the operator".to_owned(),
            contacts: Vec::new(),
            preview_sha256: None,
            not_before: None,
            expires: None,
            review_by: Time(self.clock + 90 * DAY),
            emergency: false,
            nonce: self.leaves.len().to_string(),
        }
    }

    pub fn ask_emergency(&self) -> Request {
        Request {
            to: State::Off,
            reason_code: ReasonCode::HarmfulInterference,
            expires: Some(Time(self.clock + 2 * DAY)),
            emergency: true,
            ..self.ask()
        }
    }
}

pub fn checkpoint(size: u64, root: Digest, quorum: bool, times: &[i64]) -> String {
    let times: Vec<String> = times.iter().map(i64::to_string).collect();
    let times = if times.is_empty() { "-".to_owned() } else { times.join(",") };
    format!("fake {size} {root} {} {times}", u8::from(quorum))
}

pub fn cells(number: u8) -> Digest {
    Digest([number; 32])
}

pub fn territory(id: &str) -> Territory {
    Territory {
        id: id.to_owned(),
        name: id.to_owned(),
        labels: BTreeMap::new(),
        kind: TerritoryKind::Country,
        claims: Vec::new(),
        parent: None,
    }
}

pub fn zone(territory: &str, number: u8, prev: Option<Index>) -> Zone {
    Zone {
        territory: territory.to_owned(),
        cells_sha256: cells(number),
        cell_count: 7,
        resolution: 5,
        cover_rule: CoverRule::Centroid,
        guard_km: 0,
        source: "a map".to_owned(),
        source_sha256: cells(0),
        prev,
    }
}
