//! Leaves: what is written is read back, and nothing that would be written otherwise is read at all.

#![allow(clippy::disallowed_methods, reason = "a test may read files")]

#[path = "records_leaf/any.rs"]
mod any;

use proptest::prelude::*;
use serde_json::{Value, json};
use skyshed_records::leaf::{self, BYTES_MAX, Leaf, LeafError, Sig, SigKind, limits};
use skyshed_records::record::*;
use skyshed_records::sshsig;

/// An approval with one signature, as it stands in the log.
const APPROVAL: &str = concat!(
    r#"{"body":{"approver":"ana@ngo","#,
    r#""requests":["0505050505050505050505050505050505050505050505050505050505050505"],"#,
    r#""statement":"Grüße","verdict":"approve"},"sigs":[{"by":"ana@ngo","kind":"sshsig","sig":"AAEC"}],"type":"approval","v":1}"#,
);
/// The body of a request.
const REQUEST: &str = r#"{"classes":["consumer"],"contacts":[],"nonce":"1","on_behalf_of":"the operator","reason_code":"licensed","reason_text":"","requester":"eva@operator","review_by":"2026-12-01T00:00:00Z","territory":"TW","to":{"state":"on"},"zone":"0505050505050505050505050505050505050505050505050505050505050505"}"#;

#[test]
fn a_leaf_in_full() {
    let leaf = leaf::parse(APPROVAL.as_bytes()).unwrap();
    let Body::Approval(approval) = &leaf.body else { panic!("{leaf:?}") };
    assert_eq!(approval.statement, "Grüße");
    assert_eq!((leaf.type_name(), leaf.namespace().as_str()), ("approval", "skyshed.approval@v1"));
    assert_eq!(leaf.sigs, [Sig { by: "ana@ngo".into(), kind: SigKind::Sshsig, sig: vec![0, 1, 2] }]);
    assert_eq!(leaf.body.signer(), Some("ana@ngo"));
    // printf '%s' '{"approver":…}' | sha256sum
    let body = APPROVAL.strip_prefix(r#"{"body":"#).unwrap().split_once(r#","sigs""#).unwrap().0;
    assert_eq!(String::from_utf8_lossy(&leaf.body_bytes), body);
    assert_eq!(leaf.body_sha256, leaf::body_sha256(body.as_bytes()));
    assert_eq!(leaf::write(&leaf.body, &leaf.sigs).unwrap(), APPROVAL.as_bytes());
}

#[test]
fn other_ways_to_write_a_leaf_are_refused() {
    let cases = [
        ("\"v\":1", "\"v\":2", "version 2"),
        ("\"v\":1", "\"v\":1.0", "not a record"),
        ("\"v\":1", "\"v\":1,\"w\":1", "unknown field `w`"),
        (",\"v\":1", "", "missing field `v`"),
        (
            "\"type\":\"approval\"",
            "\"type\":\"approve\"",
            "record type \"approve\"; allowed: territory, zone",
        ),
        ("\"type\":\"approval\"", "\"type\":\"cancel\"", "body of type cancel"),
        ("\"type\":", " \"type\":", "not the canonical form"),
        ("\"verdict\":", "\"Verdict\":", "unknown field `Verdict`"),
        ("\"approve\"}", "\"approve\",\"x\":1}", "unknown field `x`"),
        ("\"verdict\":\"approve\"}", "\"verdict\":\"approve\",\"verdict\":\"approve\"}", "duplicate field"),
        ("\"verdict\":\"approve\"", "\"verdict\":\"Approve\"", "unknown variant"),
        ("ü", "\\u00fc", "not the canonical form"),
        ("Grüße", "Gr\\u0000", "control character U+0000"),
        ("Grüße", "Gr\\u001b[2J", "control character U+001B"),
        ("Grüße", "Gr\\u009b2J", "control character U+009B"),
        ("\"0505", "\"0A05", "allowed: 64 digits"),
        ("\"sshsig\"", "\"webauthn\"", "unknown variant"),
        ("AAEC", "AAEC=", "not base64"),
        ("AAEC", "AAE", "not base64"),
        ("\"AAEC\"", "\"AAE=\"", ""),
        ("\"AAEC\"", "\"AAF=\"", "not base64"),
        ("AAEC", "A A", "not base64"),
        ("\"by\":\"ana@ngo\",", "", "missing field `by`"),
        ("\"by\":\"ana@ngo\"", "\"by\":\"*@ngo\"", "by \"*@ngo\""),
        ("\"approver\":\"ana@ngo\"", "\"approver\":\"ana\"", "approver \"ana\""),
        ("\"approver\":\"ana@ngo\"", "\"approver\":\"a,b@ngo\"", "approver \"a,b@ngo\""),
        ("\"approver\":\"ana@ngo\"", "\"approver\":\"a@b@ngo\"", "approver \"a@b@ngo\""),
        ("{\"body\"", "\u{feff}{\"body\"", "not a record"),
        ("\"v\":1}", "\"v\":1}\n", "not the canonical form"),
        ("\"v\":1}", "\"v\":1}}", "not a record"),
    ];
    for (from, to, expected) in cases {
        assert!(APPROVAL.contains(from), "{from}");
        let text = APPROVAL.replacen(from, to, 1);
        match leaf::parse(text.as_bytes()) {
            Ok(_) => assert_eq!(expected, "", "{text}"),
            Err(error) => {
                assert!(!expected.is_empty() && error.to_string().contains(expected), "{text}\n{error}")
            }
        }
    }
    assert!(leaf::parse(b"").is_err());
    assert!(leaf::parse(b"[]").is_err());
    assert!(leaf::parse(&APPROVAL.as_bytes()[..100]).is_err());
    assert!(
        leaf::parse(b"{\"body\":{\"checkpoint\":\"\xff\"},\"sigs\":[],\"type\":\"witnessed\",\"v\":1}")
            .is_err()
    );
}

/// One signed record of each type, as they were written when the format was made: those who read them must be able to for ever.
#[test]
fn records_written_before_are_still_read_and_still_signed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/leaf");
    let public = include_str!("../../../fuzz/seeds/sshsig/ed25519.pub");
    let all: Vec<_> =
        TYPE_NAMES.iter().map(|name| std::fs::read(format!("{folder}/{name}.json")).unwrap()).collect();
    for (name, bytes) in TYPE_NAMES.iter().zip(&all) {
        let leaf = leaf::parse(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(leaf.type_name(), *name);
        sshsig::verify(public, &leaf.namespace(), &leaf.body_bytes, &leaf.sigs[0].sig).unwrap();
    }
    let digest = leaf::body_sha256(&all.concat());
    assert_eq!(digest.to_string(), "c28ef42f40720f3146b23871ca198b50e5d3664ebecae6216f9bad0d12bc1acf");
}

/// What derived readers let through: other keys beside a variant without fields, lists in place of objects, a map's key twice, the
/// default written out. All of it is caught, because what is read has to be what would be written.
#[test]
fn what_derived_readers_let_through_is_caught() {
    leaf::parse_body("request", REQUEST.as_bytes()).unwrap();
    let cases = [
        (r#""to":{"state":"on"}"#, r#""to":{"state":"on","x":1}"#),
        (r#""to":{"state":"on"}"#, r#""to":{"merkle_root":"","state":"off"}"#),
        (r#""to":{"state":"on"}"#, r#""to":["on"]"#),
        (r#""to":{"state":"on"}"#, r#""to":{"state":"on","state":"off"}"#),
        (r#""to":{"state":"on"}"#, r#""to":{"max_kbps":null,"state":"limited"}"#),
        (r#""to":{"state":"on"}"#, r#""to":{"state":"limited","x":1}"#),
        (r#""contacts":[],"#, r#""contacts":[],"emergency":false,"#),
        (r#""contacts":[],"#, r#""contacts":[],"expires":null,"#),
        (r#""contacts":[],"#, r#""contacts":[],"from":null,"#),
        (r#""contacts":[]"#, r#""contacts":[1.0]"#),
        (r#""contacts":[]"#, r#""contacts":[-0]"#),
        (r#""contacts":[]"#, r#""contacts":[9007199254740992]"#),
        (r#""contacts":[]"#, r#""contacts":[2,1]"#),
        (r#""contacts":[]"#, r#""contacts":[1,1]"#),
        (r#""classes":["consumer"]"#, r#""classes":[]"#),
        (r#""classes":["consumer"]"#, r#""classes":["roam","consumer"]"#),
        ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00+00:00"),
        ("2026-12-01T00:00:00Z", "2026-12-01T24:00:00Z"),
        ("2026-12-01T00:00:00Z", "2026-11-31T00:00:00Z"),
    ];
    for (from, to) in cases {
        assert!(REQUEST.contains(from), "{from}");
        let text = REQUEST.replacen(from, to, 1);
        leaf::parse_body("request", text.as_bytes()).expect_err(&text);
    }
    let territory = r#"{"claims":[],"id":"A","kind":"custom","labels":{"m49":"1"},"name":"A"}"#;
    leaf::parse_body("territory", territory.as_bytes()).unwrap();
    let twice = territory.replace(r#"{"m49":"1"}"#, r#"{"m49":"2","m49":"1"}"#);
    leaf::parse_body("territory", twice.as_bytes()).unwrap_err();
    let list = r#"[{"request":"0505050505050505050505050505050505050505050505050505050505050505"}]"#;
    leaf::parse_body("decision", list.as_bytes()).unwrap_err();
    let witnessed_as_list = r#"["note"]"#;
    leaf::parse_body("witnessed", witnessed_as_list.as_bytes()).unwrap_err();
    leaf::parse_body("contact", br#"{"form":"sealed","open_by":"2026-12-01T00:00:00Z"}"#).unwrap_err();
}

/// People write JSON as they like; what is signed is the canonical form of it.
#[test]
fn a_body_that_people_wrote_is_read_and_made_canonical() {
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(REQUEST).unwrap()).unwrap();
    let body = leaf::read_body("request", pretty.as_bytes()).unwrap();
    assert_eq!(leaf::body_bytes(&body).unwrap(), REQUEST.as_bytes());
    let unknown = pretty.replacen("nonce", "once", 1);
    let error = leaf::read_body("request", unknown.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("unknown field `once`"), "{error}");
}

#[test]
fn a_record_is_as_long_as_a_bundle_can_hold_and_no_longer() {
    let body = |statement: usize| {
        let mut contact = any::contact_body();
        contact.reply = "x".repeat(statement);
        Body::from(Contact::Open { contact })
    };
    let sig = |bytes| Sig { by: "a@b".into(), kind: SigKind::Sshsig, sig: vec![0; bytes] };
    let sigs = vec![sig(1_023); 44];
    let length = |text| leaf::write(&body(text), &sigs).map(|bytes| bytes.len());
    let spare = BYTES_MAX - length(0).unwrap();
    assert!(spare < limits::TEXT_BYTES_MAX, "{spare}");
    assert_eq!(length(spare).unwrap(), BYTES_MAX);
    let bytes = leaf::write(&body(spare), &sigs).unwrap();
    leaf::parse(&bytes).unwrap();
    assert!(matches!(length(spare + 1), Err(LeafError::TooLong { bytes: 65_536 })));
    let over = [&bytes[..], b" "].concat();
    assert!(matches!(leaf::parse(&over), Err(LeafError::TooLong { bytes: 65_536 })));
}

#[test]
fn limits_have_names_and_are_kept() {
    let text = |bytes| json!({"approver": "a@b", "requests": [hex(1)], "statement": "x".repeat(bytes), "verdict": "recuse"});
    accepted("approval", text(limits::TEXT_BYTES_MAX));
    refused(
        "approval",
        text(limits::TEXT_BYTES_MAX + 1),
        "statement is 8193 bytes long; allowed: at most 8192",
    );
    let id =
        |bytes| json!({"claims": [], "id": "X".repeat(bytes), "kind": "custom", "labels": {}, "name": "A"});
    accepted("territory", id(limits::ID_BYTES_MAX));
    refused("territory", id(limits::ID_BYTES_MAX + 1), "allowed: 1 to 128 characters");
    refused("territory", id(0), "id \"\"");
    let requests = |count| {
        let hashes: Vec<_> = (0..count).map(hex).collect();
        json!({"approver": "a@b", "requests": hashes, "statement": "", "verdict": "reject"})
    };
    refused("approval", requests(0), "requests has 0 members");
    accepted("approval", requests(900));
    refused("approval", requests(limits::MEMBERS_MAX + 1), "requests has 1025 members");
    let sigs = |count| vec![Sig { by: "a@b".into(), kind: SigKind::Sshsig, sig: vec![] }; count];
    let body = leaf::read_body("approval", text(1).to_string().as_bytes()).unwrap();
    leaf::write(&body, &sigs(limits::SIGS_MAX)).unwrap();
    assert!(matches!(leaf::write(&body, &sigs(limits::SIGS_MAX + 1)), Err(LeafError::Limit(_))));
    let long = Sig { sig: vec![0; limits::SIG_BYTES_MAX + 1], ..sigs(1).remove(0) };
    assert!(matches!(leaf::write(&body, &[long]), Err(LeafError::Limit(_))));
}

#[test]
fn limits_of_policies() {
    let policy = any::policy();
    let with = |change: &dyn Fn(&mut Policy)| {
        let mut changed = policy.clone();
        change(&mut changed);
        Leaf::new(changed.into(), vec![]).map(|_| ()).map_err(|error| error.to_string())
    };
    let check = |expected: &str, change: &dyn Fn(&mut Policy)| {
        let error = with(change).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    };
    with(&|_| ()).unwrap();
    check("version is 0", &|policy| policy.version = 0);
    check("rotation is 0", &|policy| policy.rotation.organisations = 0);
    check("rotation is 4; allowed: 1 to 3", &|policy| {
        policy.rotation = Quorum { persons: 3, organisations: 4 }
    });
    check("quorum is 0", &|policy| policy.rule.quorum.persons = 0);
    check("wait_s is", &|policy| policy.rule.wait_s = limits::SPAN_S_MAX + 1);
    check("principals has 0 members", &|policy| policy.principals.clear());
    let first = |change: &dyn Fn(&mut Principal)| {
        with(&|policy| change(policy.principals.values_mut().next().unwrap())).unwrap_err()
    };
    assert!(first(&|one| one.organisation = "a b".into()).contains("organisation \"a b\""));
    assert!(first(&|one| one.roles = vec![Role::Canceller, Role::Approver]).contains("roles is not sorted"));
    assert!(first(&|one| one.keys = vec![one.keys[0].clone(); limits::KEYS_MAX + 1]).contains("keys has 17"));
    assert!(
        first(&|one| one.keys[0].public = "x".repeat(limits::KEY_BYTES_MAX + 1)).contains("public is 513")
    );
    // Each of these would say something else in `allowed_signers`.
    for public in [
        "",
        "ssh-ed25519",
        "ssh-ed25519 ",
        "ssh-ed25519 A B",
        "ssh-ed25519 A\nmallory@ngo ssh-ed25519 B",
        "a \"b\"",
    ] {
        assert!(
            first(&|one| one.keys[0].public = public.into()).contains("allowed: a key's type"),
            "{public:?}"
        );
    }
    assert!(first(&|one| one.keys[0].valid_before = Some(Time(1))).contains("before it begins"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_written_is_read_back(body in any::body(), sigs in any::sigs()) {
        let bytes = leaf::write(&body, &sigs).unwrap();
        let leaf = leaf::parse(&bytes).unwrap();
        prop_assert_eq!(&leaf.body, &body);
        prop_assert_eq!(&leaf.sigs, &sigs);
        prop_assert_eq!(&leaf::parse_body(leaf.type_name(), &leaf.body_bytes).unwrap(), &body);
        let whole: Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(serde_json_canonicalizer::to_vec(&whole).unwrap(), bytes);
    }

    #[test]
    fn no_other_bytes_are_the_same_leaf(body in any::body(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let bytes = leaf::write(&body, &[]).unwrap();
        let mut changed = bytes.clone();
        changed[at.index(bytes.len())] = to;
        match leaf::parse(&changed) {
            Ok(leaf) if changed != bytes => prop_assert_ne!(leaf.body, body),
            Ok(leaf) => prop_assert_eq!(leaf.body, body),
            Err(_) => prop_assert_ne!(changed, bytes),
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(leaf::parse(&bytes).is_err());
    }
}

fn accepted(type_name: &str, body: Value) {
    let body = leaf::read_body(type_name, body.to_string().as_bytes()).unwrap();
    leaf::body_bytes(&body).unwrap();
}

fn refused(type_name: &str, body: Value, expected: &str) {
    let body = leaf::read_body(type_name, body.to_string().as_bytes()).unwrap();
    let error = leaf::body_bytes(&body).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

fn hex(number: usize) -> String {
    format!("{number:064x}")
}
