//! Who signs in the demonstration log, with which keys. People and organisations go by their functions; nobody is meant.

use std::collections::BTreeMap;

use anyhow::Result;
use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf::{self, LeafError, Sig, SigKind, namespace};
use skyshed_records::record::{
    Body, Emergency, Key, Policy, Principal, Quorum, ReasonCode, Recovery, Role, Rule,
};
use skyshed_records::sshsig;
use skyshed_tlog::{Algorithm, NoteError, SigningKey};

use super::KEYS;
use super::memory::Memory;

/// What the log is called.
pub const ORIGIN: &str = "demonstration.skyshed.example/service-control";
/// Asks for changes.
pub const DESK: &str = "service-desk@operator";
/// Asks for changes on behalf of a state.
pub const LICENSING: &str = "licensing@regulator";
/// Those who approve; each may also stop what waits.
pub const APPROVERS: [&str; 5] = [
    "counsel@ngo",
    "engineer@operator",
    "officer@regulator",
    "registrar@court-registry",
    "researcher@university",
];
/// The machine that applies what is decided.
pub const GATEWAYS: &str = "gateways@operator";
/// Measures from outside.
pub const PROBE: &str = "probe@university";
/// Organisations whose keys in a safe are the way out when too many others are lost.
const ORGANISATIONS: [&str; 5] = ["court-registry", "ngo", "operator", "regulator", "university"];
/// Those who witness the log: name in the policy, name of the keys, how far the clock is off, s.
const WITNESSES: [(&str, i64); 3] = [("court-registry", -2), ("ngo", 0), ("university", 3)];

const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 24 * HOUR_S;
const NOTICE: &str = "throw-away key of the skyshed demonstration log: everybody has it";

/// A witness's keys and how far its clock is off, s.
pub struct Witness {
    pub keys: Vec<SigningKey>,
    pub skew_s: i64,
}

/// Everybody's keys.
pub struct People {
    keys: BTreeMap<String, PrivateKey>,
}

impl People {
    pub fn new() -> People {
        let safes = ORGANISATIONS.map(|organisation| format!("safe@{organisation}"));
        let ids =
            [DESK, LICENSING, GATEWAYS, PROBE].into_iter().chain(APPROVERS).map(str::to_owned).chain(safes);
        People { keys: ids.map(|id| (id.clone(), PrivateKey::from_seed(seed(&id)))).collect() }
    }

    /// A record that these have signed.
    pub fn signed(&self, body: impl Into<Body>, by: &[&str]) -> Result<Vec<u8>, LeafError> {
        let body = body.into();
        let (bytes, namespace) = (leaf::body_bytes(&body)?, namespace(body.type_name()));
        let sign = |&id: &&str| {
            let sig = sshsig::sign(&self.keys[id], &namespace, &bytes);
            Sig { by: id.to_owned(), kind: SigKind::Sshsig, sig }
        };
        leaf::write(&body, &by.iter().map(sign).collect::<Vec<_>>())
    }

    /// The first policy: three persons of three organisations decide, a day passes before it holds, one can stop it meanwhile.
    pub fn policy(&self) -> Policy {
        let rule = Rule {
            quorum: Quorum { persons: 3, organisations: 3 },
            wait_s: DAY_S,
            review_ttl_s: 14 * DAY_S,
            expiry_max_s: 365 * DAY_S,
            // The illustrative policy has reviews a year after its date, and these are asked for two days before that.
            review_max_s: 368 * DAY_S,
            emergency: Some(Emergency {
                quorum: Quorum { persons: 2, organisations: 2 },
                ttl_max_s: 72 * HOUR_S,
                off_reasons: vec![
                    ReasonCode::CourtOrder,
                    ReasonCode::HarmfulInterference,
                    ReasonCode::SafetyOfLife,
                ],
                on_reasons: vec![ReasonCode::SafetyOfLife, ReasonCode::DisasterRelief],
            }),
        };
        Policy {
            version: 1,
            prev: None,
            principals: self.keys.iter().map(|(id, key)| (id.clone(), principal(id, key))).collect(),
            rule,
            rules_by_territory: BTreeMap::new(),
            rotation: Quorum { persons: 4, organisations: 4 },
            recovery: Some(Recovery { quorum: Quorum { persons: 4, organisations: 4 }, wait_s: 30 * DAY_S }),
        }
    }

    /// Puts all secret keys among the log's files.
    pub fn write_keys(&self, files: &Memory) -> Result<()> {
        for (id, key) in &self.keys {
            files.put(&format!("{KEYS}/{id}"), key.to_openssh(&format!("{id}: {NOTICE}")).into_bytes());
            files.put(&format!("{KEYS}/{id}.pub"), format!("{} {id}\n", key.public()).into_bytes());
        }
        files.put(&format!("{KEYS}/log"), secrets(&[log_key()?]));
        for ((name, _), witness) in WITNESSES.iter().zip(witnesses()?) {
            files.put(&format!("{KEYS}/witness-{name}"), secrets(&witness.keys));
        }
        Ok(())
    }
}

fn principal(id: &str, key: &PrivateKey) -> Principal {
    let (name, organisation) = id.split_once('@').unwrap_or((id, id));
    let roles = match id {
        DESK | LICENSING => vec![Role::Requester],
        GATEWAYS => vec![Role::Enforcer],
        PROBE => vec![Role::Observer],
        _ if name == "safe" => vec![Role::Recovery],
        _ => vec![Role::Approver, Role::Canceller],
    };
    let key =
        Key { public: key.public().to_string(), valid_after: None, valid_before: None, pin_required: false };
    Principal { organisation: organisation.to_owned(), roles, keys: vec![key] }
}

/// The log's key.
pub fn log_key() -> Result<SigningKey, NoteError> {
    SigningKey::from_seed(ORIGIN, Algorithm::Ed25519, &seed(ORIGIN))
}

/// The witnesses. The last signs with ML-DSA-44 beside Ed25519, and counts with both only.
pub fn witnesses() -> Result<Vec<Witness>, NoteError> {
    let make = |&(organisation, skew_s): &(&str, i64)| {
        let name = format!("witness.{organisation}.example");
        let key =
            |algorithm, what: &str| SigningKey::from_seed(&name, algorithm, &seed(&format!("{name} {what}")));
        let mut keys = vec![key(Algorithm::CosignatureEd25519, "ed25519")?];
        if organisation == "university" {
            keys.push(key(Algorithm::CosignatureMlDsa44, "ml-dsa-44")?);
        }
        Ok(Witness { keys, skew_s })
    };
    WITNESSES.iter().map(make).collect()
}

/// The witness policy: two of three witnesses.
pub fn witness_policy() -> Result<String, NoteError> {
    let mut text = format!("# {NOTICE}\nlog {}\n", log_key()?.verifier());
    for ((name, _), witness) in WITNESSES.iter().zip(witnesses()?) {
        match &witness.keys[..] {
            [one] => text += &format!("witness {name} {}\n", one.verifier()),
            keys => {
                let names: Vec<String> = (1..=keys.len()).map(|at| format!("{name}-{at}")).collect();
                for (one, key) in names.iter().zip(keys) {
                    text += &format!("witness {one} {}\n", key.verifier());
                }
                text += &format!("group {name} all {}\n", names.join(" "));
            }
        }
    }
    let names = WITNESSES.map(|(name, _)| name).join(" ");
    Ok(text + &format!("group witnesses 2 {names}\nquorum witnesses\n"))
}

fn secrets(keys: &[SigningKey]) -> Vec<u8> {
    let lines: String = keys.iter().map(|key| key.secret_text() + "\n").collect();
    format!("# {NOTICE}\n{lines}").into_bytes()
}

/// A secret that is none: it follows from a name.
fn seed(name: &str) -> [u8; 32] {
    leaf::body_sha256(format!("skyshed demonstration: {name}").as_bytes()).0
}
