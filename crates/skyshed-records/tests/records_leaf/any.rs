//! Records of every type, at random, within all limits.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use skyshed_records::leaf::{Sig, SigKind};
use skyshed_records::record::*;

/// A body of any type.
pub fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        territory().prop_map(Body::from),
        zone().prop_map(Body::from),
        any_policy().prop_map(Body::from),
        request().prop_map(Body::from),
        (digest(), words(), btree_map(id(), digest(), 0..4), btree_map(id(), -1_000i64..1_000, 0..4))
            .prop_map(|(preview_sha256, engine, inputs, figures)| Preview {
                preview_sha256,
                engine,
                inputs,
                figures
            }
            .into()),
        (btree_set(digest(), 1..4), verdict(), principal_id(), words()).prop_map(
            |(requests, verdict, approver, statement)| {
                let requests = requests.into_iter().collect();
                Approval { requests, verdict, approver, statement }.into()
            }
        ),
        (digest(), principal_id(), words()).prop_map(|(target, canceller, reason_text)| Cancel {
            target,
            canceller,
            reason_text
        }
        .into()),
        decision().prop_map(Body::from),
        contact().prop_map(Body::from),
        (principal_id(), span(), words()).prop_map(|(by, (from, until), statement)| Attest {
            by,
            from,
            until,
            statement
        }
        .into()),
        (principal_id(), id(), span(), id(), any::<bool>(), words()).prop_map(
            |(by, territory, (from, until), source, served, description)| {
                let until = served.then_some(until);
                Observe { by, territory, from, until, source, served, description }.into()
            }
        ),
        (principal_id(), index(), digest(), digest(), time()).prop_map(
            |(enforcer, log_size, root, snapshot_sha256, at)| {
                Enforce { enforcer, log_size, root, snapshot_sha256, at }.into()
            }
        ),
        (principal_id(), key(), key_event_kind(), option::of(time()))
            .prop_map(|(principal, key, event, since)| KeyEvent { principal, key, event, since }.into()),
        words().prop_map(|checkpoint| Witnessed { checkpoint }.into()),
    ]
}

/// Signatures, which nobody made.
pub fn sigs() -> impl Strategy<Value = Vec<Sig>> {
    let sig = (principal_id(), vec(any::<u8>(), 0..80));
    vec(sig.prop_map(|(by, sig)| Sig { by, kind: SigKind::Sshsig, sig }), 0..4)
}

/// A contact, the same each time.
pub fn contact_body() -> ContactBody {
    ContactBody {
        who: "a minister".into(),
        office: "ministry".into(),
        from: Time(0),
        until: Time(1),
        channel: "telephone".into(),
        territory: "TW".into(),
        ask: Ask::KeepOff,
        reply: "no".into(),
        receiver: "the operator".into(),
    }
}

/// A policy, the same each time.
pub fn policy() -> Policy {
    let quorum = Quorum { persons: 3, organisations: 2 };
    let key = Key {
        public: "ssh-ed25519 AAAA".into(),
        valid_after: Some(Time(9)),
        valid_before: None,
        pin_required: false,
    };
    let roles = vec![Role::Approver, Role::Canceller];
    let principal = Principal { organisation: "ngo".into(), roles, keys: vec![key] };
    let rule = Rule { quorum, wait_s: 1, review_ttl_s: 2, expiry_max_s: 3, review_max_s: 4, emergency: None };
    Policy {
        version: 1,
        prev: None,
        principals: BTreeMap::from([("ana@ngo".into(), principal)]),
        rule,
        rules_by_territory: BTreeMap::new(),
        rotation: quorum,
        recovery: None,
    }
}

fn territory() -> impl Strategy<Value = Territory> {
    let kind = prop_oneof![
        Just(TerritoryKind::Country),
        Just(TerritoryKind::Disputed),
        Just(TerritoryKind::Maritime)
    ];
    (id(), words(), btree_map(id(), words(), 0..3), kind, vec(words(), 0..3), option::of(id())).prop_map(
        |(id, name, labels, kind, claims, parent)| Territory { id, name, labels, kind, claims, parent },
    )
}

fn zone() -> impl Strategy<Value = Zone> {
    (id(), digest(), index(), 0u8..=15, 0u32..500, words(), option::of(index())).prop_map(
        |(territory, hash, cell_count, resolution, guard_km, source, prev)| Zone {
            territory,
            cells_sha256: hash,
            cell_count,
            resolution,
            cover_rule: CoverRule::Centroid,
            guard_km,
            source,
            source_sha256: hash,
            prev,
        },
    )
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let recovery = (quorum(), seconds()).prop_map(|(quorum, wait_s)| Recovery { quorum, wait_s });
    let principals = btree_map(principal_id(), principal(), 1..4);
    let rules = btree_map(id(), rule(), 0..3);
    let prev = option::of(digest());
    (1u64..99, prev, principals, rule(), rules, quorum(), option::of(recovery)).prop_map(
        |(version, prev, principals, rule, rules_by_territory, rotation, recovery)| Policy {
            version,
            prev,
            principals,
            rule,
            rules_by_territory,
            rotation,
            recovery,
        },
    )
}

fn principal() -> impl Strategy<Value = Principal> {
    let role =
        prop_oneof![Just(Role::Requester), Just(Role::Approver), Just(Role::Recovery), Just(Role::Observer)];
    (id(), btree_set(role, 0..4), vec(key(), 0..3)).prop_map(|(organisation, roles, keys)| {
        let roles = roles.into_iter().collect();
        Principal { organisation, roles, keys }
    })
}

fn key() -> impl Strategy<Value = Key> {
    ("ssh-ed25519 [A-Za-z0-9+/]{1,60}", option::of(span()), any::<bool>()).prop_map(
        |(public, span, pin_required)| {
            let (valid_after, valid_before) = (span.map(|span| span.0), span.map(|span| span.1));
            Key { public, valid_after, valid_before, pin_required }
        },
    )
}

fn rule() -> impl Strategy<Value = Rule> {
    let emergency = (quorum(), seconds()).prop_map(|(quorum, ttl_max_s)| Emergency {
        quorum,
        ttl_max_s,
        off_reasons: vec![ReasonCode::CourtOrder, ReasonCode::SafetyOfLife],
        on_reasons: vec![ReasonCode::DisasterRelief],
    });
    (quorum(), seconds(), seconds(), seconds(), seconds(), option::of(emergency)).prop_map(
        |(quorum, wait_s, review_ttl_s, expiry_max_s, review_max_s, emergency)| Rule {
            quorum,
            wait_s,
            review_ttl_s,
            expiry_max_s,
            review_max_s,
            emergency,
        },
    )
}

fn request() -> impl Strategy<Value = Request> {
    let whom = (principal_id(), words(), btree_set(index(), 0..3), option::of(words()));
    let when = (option::of(time()), option::of(time()), time(), any::<bool>());
    let what = (id(), digest(), btree_set(id(), 1..4), option::of(index()), state(), words());
    (whom, when, what, "[a-z0-9]{0,16}").prop_map(|(whom, when, what, nonce)| Request {
        territory: what.0,
        zone: what.1,
        classes: what.2.into_iter().collect(),
        from: what.3,
        to: what.4,
        reason_code: ReasonCode::Licensed,
        reason_text: what.5,
        legal_basis: whom.3,
        requester: whom.0,
        on_behalf_of: whom.1,
        contacts: whom.2.into_iter().collect(),
        preview_sha256: Some(what.1).filter(|_| when.3),
        not_before: when.0,
        expires: when.1,
        review_by: when.2,
        emergency: when.3,
        nonce,
    })
}

fn state() -> impl Strategy<Value = State> {
    let limit = || option::of(0u32..10_000);
    prop_oneof![
        Just(State::On),
        Just(State::Off),
        digest().prop_map(|merkle_root| State::Listed { merkle_root }),
        Just(State::Individual),
        (limit(), limit()).prop_map(|(max_speed_kmh, max_kbps)| State::Limited { max_speed_kmh, max_kbps }),
        Just(State::EmergencyOnly),
        Just(State::TransitOnly),
    ]
}

fn decision() -> impl Strategy<Value = Decision> {
    (digest(), index(), btree_set(index(), 0..5), time(), time(), option::of(time())).prop_map(
        |(request, request_index, approvals, quorum_at, effective_from, effective_until)| Decision {
            request,
            request_index,
            approvals: approvals.into_iter().collect(),
            policy_version: 1,
            quorum_at,
            effective_from,
            effective_until,
        },
    )
}

fn contact() -> impl Strategy<Value = Contact> {
    prop_oneof![
        words().prop_map(|who| Contact::Open { contact: ContactBody { who, ..contact_body() } }),
        (digest(), time()).prop_map(|(sealed, open_by)| Contact::Sealed { sealed, open_by }),
        (index(), digest(), words()).prop_map(|(opens, salt, reply)| {
            Contact::Opened { opens, salt, contact: ContactBody { reply, ..contact_body() } }
        }),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![Just(Verdict::Approve), Just(Verdict::Reject), Just(Verdict::Recuse)]
}

fn key_event_kind() -> impl Strategy<Value = KeyEventKind> {
    prop_oneof![
        Just(KeyEventKind::Add),
        Just(KeyEventKind::Revoke),
        Just(KeyEventKind::Lost),
        Just(KeyEventKind::Compromised)
    ]
}

fn quorum() -> impl Strategy<Value = Quorum> {
    (1u32..9).prop_flat_map(|persons| {
        (1..=persons).prop_map(move |organisations| Quorum { persons, organisations })
    })
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9._:/+-]{1,12}"
}

fn principal_id() -> impl Strategy<Value = String> {
    "[a-z0-9._+-]{1,8}@[a-z0-9._+-]{1,8}"
}

fn words() -> impl Strategy<Value = String> {
    "[ -~\n\u{a0}-\u{d7ff}\u{e000}-\u{10ffff}]{0,24}"
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn time() -> impl Strategy<Value = Time> {
    (0i64..253_402_300_800).prop_map(Time)
}

fn span() -> impl Strategy<Value = (Time, Time)> {
    (time(), time()).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn seconds() -> impl Strategy<Value = u64> {
    0u64..100_000_000
}

fn index() -> impl Strategy<Value = Index> {
    prop_oneof![0u64..1_000, Just(9_007_199_254_740_991)]
}
