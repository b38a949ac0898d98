//! The people of five organisations, their keys, and the policies that name them.

use std::collections::BTreeMap;

use skyshed_records::keys::PrivateKey;
use skyshed_records::record::*;

use super::DAY;

pub const APPROVERS: [&str; 7] =
    ["one@regulator", "two@regulator", "one@ngo", "two@ngo", "one@university", "one@court", "desk@operator"];
pub const STOPPER: &str = "stop@ngo";
pub const REQUESTERS: [&str; 2] = ["desk@operator", "office@regulator"];
pub const RECOVERY: [&str; 3] = ["first@vault", "second@vault", "third@archive"];
pub const ENFORCERS: [&str; 3] = ["gateway0@operator", "gateway1@operator", "gateway2@operator"];
pub const OBSERVER: &str = "probe@university";
pub const TERRITORIES: [&str; 4] = ["T1", "T2", "T3", "T4"];
pub const WAIT_S: i64 = DAY;
pub const RECOVERY_WAIT_S: i64 = 30 * DAY;
pub const TTL_S: i64 = 3 * DAY;

/// How often each principal's key was replaced.
pub type Generations = BTreeMap<String, u8>;

/// The key that somebody got at a replacement.
pub fn key_of(id: &str, generation: u8) -> PrivateKey {
    let mut seed = [generation; 32];
    id.bytes().zip(&mut seed[1..]).for_each(|(byte, place)| *place = byte);
    PrivateKey::from_seed(seed)
}

pub fn everybody() -> impl Iterator<Item = &'static str> {
    let more = ["office@regulator", STOPPER, OBSERVER];
    APPROVERS.into_iter().chain(more).chain(RECOVERY).chain(ENFORCERS)
}

/// The policy with these keys.
pub fn policy(version: u64, prev: Option<Digest>, generations: &Generations) -> Policy {
    let quorum = |persons, organisations| Quorum { persons, organisations };
    let reasons = vec![ReasonCode::HarmfulInterference, ReasonCode::SafetyOfLife];
    Policy {
        version,
        prev,
        principals: everybody().map(|id| principal(id, generations)).collect(),
        rule: Rule {
            quorum: quorum(3, 3),
            wait_s: WAIT_S as u64,
            review_ttl_s: 14 * DAY as u64,
            expiry_max_s: 365 * DAY as u64,
            review_max_s: 180 * DAY as u64,
            emergency: Some(Emergency {
                quorum: quorum(2, 2),
                ttl_max_s: TTL_S as u64,
                off_reasons: reasons.clone(),
                on_reasons: reasons,
            }),
        },
        rules_by_territory: BTreeMap::new(),
        rotation: quorum(3, 3),
        recovery: Some(Recovery { quorum: quorum(2, 2), wait_s: RECOVERY_WAIT_S as u64 }),
    }
}

fn principal(id: &str, generations: &Generations) -> (String, Principal) {
    let generation = generations.get(id).copied().unwrap_or(0);
    let public = key_of(id, generation).public().to_string();
    let key = Key { public, valid_after: None, valid_before: None, pin_required: false };
    let is = |list: &[&str]| list.contains(&id);
    let roles = [
        (is(&REQUESTERS), Role::Requester),
        (is(&APPROVERS), Role::Approver),
        (is(&APPROVERS) || id == STOPPER, Role::Canceller),
        (is(&RECOVERY), Role::Recovery),
        (is(&ENFORCERS), Role::Enforcer),
        (id == OBSERVER, Role::Observer),
    ];
    let roles = roles.into_iter().filter_map(|(is, role)| is.then_some(role)).collect();
    let organisation = id.split_once('@').unwrap().1.to_owned();
    (id.to_owned(), Principal { organisation, roles, keys: vec![key] })
}
