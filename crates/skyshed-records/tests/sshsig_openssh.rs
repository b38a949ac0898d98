//! Holds signatures, keys and `allowed_signers` against OpenSSH's own `ssh-keygen`: what it signs is verified here, what is signed
//! here it verifies, and what one refuses the other refuses.
//!
//! Needs `ssh-keygen` (Debian: openssh-client). Without it each test says what it skipped; under `SKYSHED_REQUIRE_ORACLES=1` that is
//! a failure.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it runs ssh-keygen on files of its own"
)]

use skyshed_records::keys::{PrivateKey, PublicKey, allowed_signers, check_policy};
use skyshed_records::leaf::{self, Sig, SigKind};
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_records::verify::extract;

#[path = "sshsig_openssh/sk.rs"]
mod sk;
#[path = "sshsig_openssh/tools.rs"]
mod tools;

use tools::{bench, judge_here, policy_of, principal};

const APPROVALS: &str = "skyshed.approval@v1";

#[test]
fn what_ssh_keygen_signs_is_verified_here() {
    for (name, kind) in [("ed25519", vec!["ed25519"]), ("ecdsa", vec!["ecdsa", "-b", "256"])] {
        let Some(bench) = bench(&format!("theirs-{name}")) else { return };
        let public = bench.make_key("key", &kind);
        for hash in ["sha512", "sha256"] {
            let signature = bench.sign("key", APPROVALS, hash, BODY);
            let flags = sshsig::verify(&public, APPROVALS, BODY, &signature).unwrap();
            assert_eq!((flags.is_sk, flags.touch, flags.pin), (false, false, false));
            let key = ssh_key::PublicKey::from_openssh(&public).unwrap();
            let theirs = ssh_key::SshSig::from_pem(sshsig::armor(&signature)).unwrap();
            key.verify(APPROVALS, BODY, &theirs).unwrap();
        }
    }
}

#[test]
fn armour_and_fingerprints_are_those_of_ssh_keygen() {
    let Some(bench) = bench("armour") else { return };
    let public = bench.make_key("key", &["ed25519"]);
    let text = bench.sign_armored("key", APPROVALS, "sha512", BODY);
    let bare = sshsig::dearmor(&text).unwrap();
    assert_eq!(sshsig::armor(&bare), text);
    let printed = bench.run(&["-l", "-f", "key.pub"], b"");
    let fingerprint = PublicKey::parse(&public).unwrap().fingerprint();
    assert_eq!(printed.split(' ').nth(1), Some(fingerprint.as_str()));
    let file = bench.read("key.pub");
    assert_eq!(PublicKey::parse_file(&file).unwrap().to_string(), public);
}

#[test]
fn private_keys_pass_from_one_to_the_other() {
    let Some(bench) = bench("private") else { return };
    let public = bench.make_key("theirs", &["ed25519", "-C", "a comment of some length"]);
    let key = PrivateKey::from_openssh(&bench.read("theirs")).unwrap();
    assert_eq!(key.public().to_string(), public);
    let signature = bench.sign("theirs", APPROVALS, "sha512", BODY);
    assert_eq!(sshsig::sign(&key, APPROVALS, BODY), signature, "Ed25519 leaves nothing to chance");

    let ours = PrivateKey::from_seed([7; 32]);
    bench.write_private("ours", &ours.to_openssh("from a seed"));
    assert_eq!(bench.run(&["-y", "-f", "ours"], b"").trim(), format!("{} from a seed", ours.public()));
    let signature = bench.sign("ours", APPROVALS, "sha512", BODY);
    assert_eq!(sshsig::sign(&ours, APPROVALS, BODY), signature);

    bench.run(&["-q", "-t", "ed25519", "-N", "secret words", "-f", "locked"], b"");
    let error = PrivateKey::from_openssh(&bench.read("locked")).unwrap_err().to_string();
    assert!(error.contains("passphrase"), "{error}");
    bench.make_key("ecdsa", &["ecdsa", "-b", "256"]);
    let error = PrivateKey::from_openssh(&bench.read("ecdsa")).unwrap_err().to_string();
    assert!(error.contains("not an Ed25519 key"), "{error}");
}

/// One record, as `log extract` writes it; then everything that can be wrong with it. Both judges must say the same.
#[test]
fn both_judge_alike() {
    let Some(bench) = bench("alike") else { return };
    let policy = policy_of(&[
        ("ana@ngo", principal("ngo", &[Role::Approver], &PrivateKey::from_seed([1; 32]))),
        ("ben@court", principal("court", &[Role::Approver], &PrivateKey::from_seed([2; 32]))),
        ("eva@operator", principal("operator", &[Role::Requester], &PrivateKey::from_seed([3; 32]))),
    ]);
    let body = Body::from(approval("ana@ngo"));
    let bytes = leaf::body_bytes(&body).unwrap();
    let sign = |seed, namespace: &str| Sig {
        by: "ana@ngo".into(),
        kind: SigKind::Sshsig,
        sig: sshsig::sign(&PrivateKey::from_seed([seed; 32]), namespace, &bytes),
    };
    let good = sign(1, APPROVALS);
    let by = |by: &str, sig: &Sig| Sig { by: by.into(), ..sig.clone() };
    let noon = Time::parse("2026-09-01T12:00:00Z").unwrap();
    let mut tampered = bytes.clone();
    tampered[20] ^= 1;
    let mut broken = good.clone();
    *broken.sig.last_mut().unwrap() ^= 1;

    let check = |what: &str, expected: bool, namespace: &str, body: &[u8], sig: &Sig, time: Time| {
        let here = judge_here(&policy, namespace, body, sig, time);
        let there = bench.judge(&allowed_signers(&policy), namespace, body, sig, time);
        assert_eq!((here, there), (expected, expected), "{what}: (here, ssh-keygen)");
    };
    check("as it is", true, APPROVALS, &bytes, &good, noon);
    check("tampered body", false, APPROVALS, &tampered, &good, noon);
    check("broken signature", false, APPROVALS, &bytes, &broken, noon);
    check("another namespace asked for", false, "skyshed.cancel@v1", &bytes, &good, noon);
    check("signed for another namespace", false, APPROVALS, &bytes, &sign(1, "skyshed.cancel@v1"), noon);
    check("another identity", false, APPROVALS, &bytes, &by("ben@court", &good), noon);
    check("an unknown identity", false, APPROVALS, &bytes, &by("nobody@court", &good), noon);
    check("another's key", false, APPROVALS, &bytes, &sign(2, APPROVALS), noon);
    check("a key of nobody", false, APPROVALS, &bytes, &sign(9, APPROVALS), noon);
    let requester = by("eva@operator", &sign(3, APPROVALS));
    check("a role that may not", false, APPROVALS, &bytes, &requester, noon);
    for (time, expected) in [
        ("2026-07-31T23:59:59Z", false),
        ("2026-08-01T00:00:00Z", true),
        ("2027-07-31T23:59:59Z", true),
        ("2027-08-01T00:00:00Z", false),
    ] {
        check(time, expected, APPROVALS, &bytes, &good, Time::parse(time).unwrap());
    }
}

#[test]
fn an_extracted_record_is_confirmed_by_the_command_it_names() {
    let Some(bench) = bench("extract") else { return };
    let policy = policy_of(&[
        ("ana@ngo", principal("ngo", &[Role::Approver], &PrivateKey::from_seed([1; 32]))),
        ("ben@court", principal("court", &[Role::Approver], &PrivateKey::from_seed([2; 32]))),
    ]);
    check_policy(&policy).unwrap();
    let body = Body::from(policy.clone());
    let bytes = leaf::body_bytes(&body).unwrap();
    let sigs = [("ana@ngo", 1), ("ben@court", 2)].map(|(by, seed)| Sig {
        by: by.into(),
        kind: SigKind::Sshsig,
        sig: sshsig::sign(&PrivateKey::from_seed([seed; 32]), &leaf::namespace("policy"), &bytes),
    });
    let leaf = leaf::parse(&leaf::write(&body, &sigs).unwrap()).unwrap();
    let extract = extract(&leaf, &policy, Time::parse("2026-09-01T12:00:00Z"));
    bench.write("body", &extract.body);
    bench.write("allowed_signers", extract.allowed_signers.as_bytes());
    assert_eq!(extract.sigs.len(), 2);
    assert_eq!(extract.namespace, "skyshed.policy@v1");
    for sig in &extract.sigs {
        bench.write(&sig.file, sig.armored.as_bytes());
        assert!(sig.command.contains("verify-time=20260901120000Z"), "{}", sig.command);
        let said = bench.shell(&sig.command).unwrap();
        assert!(said.contains(&format!("Good \"skyshed.policy@v1\" signature for {}", sig.by)), "{said}");
    }
    bench.write("body", b"{}");
    bench.shell(&extract.sigs[0].command).unwrap_err();
}

/// GitLab #386047: commit signatures were accepted in whatever namespace they had been made, so that a signature on a file could be
/// passed off as one on a commit.
#[test]
fn gitlab_386047_a_signature_made_for_something_else_is_none() {
    let Some(bench) = bench("gitlab") else { return };
    let public = bench.make_key("key", &["ed25519"]);
    for namespace in
        ["git", "file", "email", "skyshed.request@v1", "skyshed.approval@v2", "skyshed.approval@v1 "]
    {
        let signature = bench.sign("key", namespace, "sha512", BODY);
        sshsig::verify(&public, namespace, BODY, &signature).unwrap();
        let error = sshsig::verify(&public, APPROVALS, BODY, &signature).unwrap_err();
        assert!(matches!(error, sshsig::SshsigError::Namespace { .. }), "{namespace}: {error}");
    }
    let names: std::collections::BTreeSet<_> = TYPE_NAMES.iter().map(|name| leaf::namespace(name)).collect();
    assert_eq!(names.len(), TYPE_NAMES.len(), "one namespace per type");
}

#[test]
fn keys_that_are_not_taken_are_refused_by_name() {
    let Some(bench) = bench("refused") else { return };
    let kinds = [vec!["rsa", "-b", "2048"], vec!["ecdsa", "-b", "384"], vec!["ecdsa", "-b", "521"]];
    for (at, kind) in kinds.iter().enumerate() {
        let public = bench.make_key(&format!("key{at}"), kind);
        let error = PublicKey::parse(&public).unwrap_err().to_string();
        assert!(error.contains(public.split(' ').next().unwrap()) && error.contains("-t ed25519"), "{error}");
        let signature = bench.sign(&format!("key{at}"), APPROVALS, "sha512", BODY);
        let good = PrivateKey::from_seed([1; 32]).public().to_string();
        assert!(sshsig::verify(&good, APPROVALS, BODY, &signature).is_err());
    }
    let dsa = PublicKey::parse("ssh-dss AAAAB3NzaC1kc3M=").unwrap_err().to_string();
    assert!(dsa.contains("ssh-dss"), "{dsa}");
}

const BODY: &[u8] = br#"{"approver":"ana@ngo","statement":"seen"}"#;

fn approval(approver: &str) -> Approval {
    Approval {
        requests: vec![Digest([5; 32])],
        verdict: Verdict::Approve,
        approver: approver.into(),
        statement: "Seen the preview; licence 12/2026 is in force.".into(),
    }
}
