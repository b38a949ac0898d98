//! A log's people, keys and witnesses, made from seeds, and records that they sign.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use skyshed_log::{Alone, CosignError, Cosigner, LocalWitness, Means, Submission};
use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf::{self, Sig, SigKind, namespace};
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_tlog::{Algorithm, Signature, SigningKey};

pub const ORIGIN: &str = "skyshed.example/service-control";
pub const START: i64 = 1_785_369_600; // 2026-07-30T00:00:00Z
pub const PEOPLE: [&str; 4] = ["desk@operator", "one@regulator", "two@university", "three@court"];

/// A clock that only a test moves.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    pub fn new() -> Clock {
        Clock(Arc::new(AtomicI64::new(START)))
    }

    pub fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }

    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// A witness that outlives the writer, and can be dead.
#[derive(Clone)]
pub struct Witness(Arc<Mutex<(LocalWitness, bool)>>);

impl Witness {
    pub fn set_dead(&self, dead: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = dead;
    }
}

impl Cosigner for Witness {
    fn name(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.name()
    }

    fn cosign(&mut self, submission: &Submission<'_>) -> Result<Vec<Signature>, CosignError> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.1 {
            return Err(CosignError::Unreachable { witness: inner.0.name(), reason: "dead".into() });
        }
        inner.0.cosign(submission)
    }
}

/// Everything around a log.
pub struct Scene {
    pub clock: Clock,
    pub witnesses: Vec<Witness>,
    pub policy: String,
}

impl Scene {
    /// Three witnesses, of which two make the quorum: Ed25519, ML-DSA-44, Ed25519.
    pub fn new() -> Scene {
        let clock = Clock::new();
        let log = log_key();
        let mut policy = format!("log {}\n", log.verifier());
        let mut witnesses = Vec::new();
        for (seed, algorithm) in
            [Algorithm::CosignatureEd25519, Algorithm::CosignatureMlDsa44, Algorithm::CosignatureEd25519]
                .into_iter()
                .enumerate()
        {
            let name = format!("witness{seed}.example");
            let key = SigningKey::from_seed(&name, algorithm, &[100 + seed as u8; 32]).unwrap();
            policy += &format!("witness w{seed} {}\n", key.verifier());
            // Clocks of witnesses differ by up to 10 minutes.
            let (time, skew) = (clock.clone(), 600 * (seed as i64 - 1));
            let witness =
                LocalWitness::new(vec![key], log.verifier().clone(), Box::new(move || time.now().0 + skew));
            witnesses.push(Witness(Arc::new(Mutex::new((witness, false)))));
        }
        policy += "group all 2 w0 w1 w2\nquorum all\n";
        Scene { clock, witnesses, policy }
    }

    pub fn means(&self) -> Means {
        let clock = self.clock.clone();
        Means {
            keys: vec![log_key()],
            policy: self.policy.clone(),
            cosigners: self.witnesses.iter().map(|one| Box::new(one.clone()) as Box<dyn Cosigner>).collect(),
            clock: Box::new(move || clock.now()),
            turns: Box::new(Alone(None)),
        }
    }

    pub fn tlog_policy(&self) -> skyshed_tlog::policy::Policy {
        skyshed_tlog::policy::Policy::parse(self.policy.as_bytes()).unwrap()
    }

    /// The records that every log here begins with: policy, territory, zone.
    pub fn genesis(&self) -> Vec<Vec<u8>> {
        vec![
            signed(&policy().into(), &PEOPLE[1..]),
            signed(&territory("T1").into(), &[PEOPLE[0]]),
            signed(&zone("T1").into(), &[PEOPLE[0]]),
        ]
    }

    /// A request for a territory, and its hash.
    pub fn request(&self, nonce: &str, from: Option<Index>, to: State) -> (Vec<u8>, Digest) {
        let body = Body::Request(self.request_body(nonce, from, to));
        let hash = leaf::body_sha256(&leaf::body_bytes(&body).unwrap());
        (signed(&body, &[PEOPLE[0]]), hash)
    }

    pub fn request_body(&self, nonce: &str, from: Option<Index>, to: State) -> Request {
        Request {
            territory: "T1".into(),
            zone: CELLS,
            classes: vec!["consumer".into()],
            from,
            to,
            reason_code: ReasonCode::Licensed,
            reason_text: "a licence".into(),
            legal_basis: None,
            requester: PEOPLE[0].into(),
            on_behalf_of: "regulator".into(),
            contacts: Vec::new(),
            preview_sha256: None,
            not_before: None,
            expires: None,
            review_by: Time(self.clock.now().0 + 30 * DAY),
            emergency: false,
            nonce: nonce.into(),
        }
    }
}

pub const DAY: i64 = 86_400;
pub const WAIT_S: i64 = 3_600;
const CELLS: Digest = Digest([0x11; 32]);

pub fn log_key() -> SigningKey {
    SigningKey::from_seed(ORIGIN, Algorithm::Ed25519, &[99; 32]).unwrap()
}

/// A record with its signatures.
pub fn signed(body: &Body, by: &[&str]) -> Vec<u8> {
    let bytes = leaf::body_bytes(body).unwrap();
    let sign = |id: &&str| Sig {
        by: (*id).to_owned(),
        kind: SigKind::Sshsig,
        sig: sshsig::sign(&key_of(id), &namespace(body.type_name()), &bytes),
    };
    leaf::write(body, &by.iter().map(sign).collect::<Vec<_>>()).unwrap()
}

pub fn key_of(id: &str) -> PrivateKey {
    let place = PEOPLE.iter().position(|known| *known == id).unwrap_or(PEOPLE.len());
    PrivateKey::from_seed([place as u8 + 1; 32])
}

pub fn policy() -> Policy {
    let principal = |id: &&str| {
        let roles = match *id == PEOPLE[0] {
            true => vec![Role::Requester, Role::Enforcer, Role::Observer],
            false => vec![Role::Approver, Role::Canceller],
        };
        let public = key_of(id).public().to_string();
        let key = Key { public, valid_after: None, valid_before: None, pin_required: false };
        let organisation = id.split_once('@').unwrap().1.to_owned();
        ((*id).to_owned(), Principal { organisation, roles, keys: vec![key] })
    };
    let quorum = |persons, organisations| Quorum { persons, organisations };
    let reasons = vec![ReasonCode::HarmfulInterference];
    Policy {
        version: 1,
        prev: None,
        principals: PEOPLE.iter().map(principal).collect(),
        rule: Rule {
            quorum: quorum(2, 2),
            wait_s: WAIT_S as u64,
            review_ttl_s: 7 * DAY as u64,
            expiry_max_s: 365 * DAY as u64,
            review_max_s: 180 * DAY as u64,
            emergency: Some(Emergency {
                quorum: quorum(2, 2),
                ttl_max_s: 3 * DAY as u64,
                off_reasons: reasons.clone(),
                on_reasons: reasons,
            }),
        },
        rules_by_territory: BTreeMap::new(),
        rotation: quorum(2, 2),
        recovery: None,
    }
}

pub fn territory(id: &str) -> Territory {
    Territory {
        id: id.into(),
        name: id.into(),
        labels: BTreeMap::new(),
        kind: TerritoryKind::Country,
        claims: Vec::new(),
        parent: None,
    }
}

pub fn zone(territory: &str) -> Zone {
    Zone {
        territory: territory.into(),
        cells_sha256: CELLS,
        cell_count: 1,
        resolution: 5,
        cover_rule: CoverRule::Centroid,
        guard_km: 0,
        source: "test".into(),
        source_sha256: Digest([0x22; 32]),
        prev: None,
    }
}

/// An approval by one of the people.
pub fn approval(request: Digest, by: &str) -> Vec<u8> {
    let body = Approval {
        requests: vec![request],
        verdict: Verdict::Approve,
        statement: "seen".into(),
        approver: by.into(),
    };
    signed(&body.into(), &[by])
}
