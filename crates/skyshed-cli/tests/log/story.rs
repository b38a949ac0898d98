//! What a log is for, from the request to the proof.

use std::fs;
use std::process::Command;

use serde_json::Value;
use skyshed_records::keys::PrivateKey;
use skyshed_tlog::policy::Policy;
use skyshed_tlog::proof::Proof;

use crate::support::*;

/// States of a territory's class at a time.
fn state_at(scene: &Scene, time: &str) -> (String, u64) {
    let state = scene.json(&["log", "state", "--territory", "TW", "--at", time]);
    let decisions = state["in_force"].as_array().expect("decisions");
    let one = decisions
        .iter()
        .find(|one| one["classes"].as_array().is_some_and(|all| all.contains(&"consumer".into())));
    let one = one.expect("a decision about consumers");
    (one["to"]["state"].as_str().expect("a state").to_owned(), one["decision"].as_u64().expect("a number"))
}

#[test]
fn a_request_is_asked_approved_waits_and_takes_effect() {
    let scene = Scene::demo("story");
    let (before, replaced) = state_at(&scene, "2026-10-10T08:00:00Z");
    assert_eq!(before, "off");
    let size = scene.json(&["log", "state"])["size"].to_string();

    let request = scene.asked("2026-10-10T09:00:00Z");
    let body: Value = serde_json::from_slice(&fs::read(scene.folder.join("request.json")).unwrap()).unwrap();
    assert_eq!(body["from"], replaced, "the decision it replaces is filled in");
    let shown = scene.answer(&["log", "show", &request.to_string(), "--at", "2026-10-10T09:30:00Z"]);
    for part in [
        "TW consumer to on (licensed)",
        "in review until 2026-10-24T09:00:00Z",
        "3 persons of 3 organisations",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }

    let first = scene.approved(request, OFFICER, "2026-10-10T10:00:00Z");
    assert!(first.contains("in review") && first.contains("approved by officer@regulator"), "{first}");
    scene.approved(request, COUNSEL, "2026-10-10T11:00:00Z");
    let third = scene.approved(request, RESEARCHER, "2026-10-10T12:00:00Z");
    assert!(third.contains("waiting until 2026-10-11T12:00:00Z"), "{third}");

    // Nothing has to happen for it to take effect: the state follows from the log and the time alone.
    assert_eq!(state_at(&scene, "2026-10-11T11:59:59Z"), ("off".into(), replaced));
    let (after, number) = state_at(&scene, "2026-10-11T12:00:00Z");
    assert_eq!(after, "on");
    assert!(third.contains(&format!("decision {number}")), "{third}");

    let changed = scene.answer(&["log", "diff", &size, "2026-10-12"]);
    assert!(
        changed.contains(&format!("TW, consumer: off (decision {replaced}) -> on (decision {number})")),
        "{changed}"
    );
    assert!(changed.contains(&format!("request   {request} on TW: not there -> effective")), "{changed}");
    let verified = scene.json(&["log", "verify"]);
    assert_eq!(verified["verified"], true);
    assert_eq!(verified["every_file_seen"], true);
    a_code_leads_to_the_decision(&scene, replaced, number);
    a_proof_stands_by_itself(&scene, number);
}

fn a_code_leads_to_the_decision(scene: &Scene, before: u64, after: u64) {
    let why = |code: &str, at: &str| {
        let found = scene.json(&["log", "why-code", code, "Taipei", "--class", "consumer", "--at", at]);
        found["decisions"][0]["decision"].as_u64().expect("a decision")
    };
    assert_eq!(why("BLOCKED_COUNTRY", "2026-10-11T11:59:59Z"), before);
    assert_eq!(why("1", "2026-10-11T12:00:00Z"), after);
    let gone = ["log", "why-code", "6", "Taipei", "--class", "consumer", "--at", "2026-10-12T00:00:00Z"];
    scene.refused(&gone, 6, &["no dish shows BLOCKED_COUNTRY at Taipei", "consumer OKAY by decision"]);
    let told = scene.answer(&[
        "log",
        "why-code",
        "OKAY",
        "Taipei",
        "--class",
        "consumer",
        "--at",
        "2026-10-12T00:00:00Z",
    ]);
    assert!(told.contains("signed by counsel@ngo") || told.contains("signed by officer@regulator"), "{told}");
    assert!(told.contains(&format!("proof/{after}.tlog-proof")), "{told}");
}

fn a_proof_stands_by_itself(scene: &Scene, number: u64) {
    scene.answer(&["log", "proof", &number.to_string(), "-o", "one.tlog-proof", "--record", "one.record"]);
    let read = |name: &str| fs::read(scene.folder.join(name)).unwrap();
    let policy = Policy::parse(&read("log/policy.txt")).unwrap();
    let proof = Proof::parse(&read("one.tlog-proof")).unwrap();
    assert_eq!(proof.index, number);
    assert!(proof.verify(&read("one.record"), &policy).unwrap().quorum);
    let mut other = read("one.record");
    other[20] ^= 1;
    proof.verify(&other, &policy).expect_err("a proof is about one record");
}

#[test]
fn openssh_confirms_what_extract_writes() {
    let scene = Scene::demo("extract");
    let request = scene.asked("2026-10-10T09:00:00Z");
    let approval = request + 2;
    scene.approved(request, OFFICER, "2026-10-10T10:00:00Z");
    for (number, kind) in [(0, "policy"), (request, "request"), (approval, "approval")] {
        let (out, n) = (format!("out{number}"), number.to_string());
        let told: Value =
            serde_json::from_str(&scene.answer(&["log", "extract", "log", &n, "--out", &out, "--json"]))
                .unwrap();
        assert_eq!(told["namespace"], format!("skyshed.{kind}@v1"));
        let commands: Vec<&str> =
            told["signatures"].as_array().unwrap().iter().filter_map(|one| one["command"].as_str()).collect();
        assert!(!commands.is_empty());
        for command in commands {
            let check =
                || Command::new("sh").args(["-c", command]).current_dir(scene.folder.join(&out)).output();
            let Ok(found) = check() else { return };
            if text(&found.stderr).contains("not found") {
                assert!(std::env::var_os("SKYSHED_REQUIRE_ORACLES").is_none(), "ssh-keygen is required");
                eprintln!("skipped: there is no ssh-keygen");
                return;
            }
            assert!(found.status.success(), "{command}: {}", text(&found.stderr));
        }
        // One byte more, and OpenSSH says no.
        let body = scene.folder.join(&out).join("body");
        fs::write(&body, [fs::read(&body).unwrap(), vec![b' ']].concat()).unwrap();
        let command = told["signatures"][0]["command"].as_str().unwrap();
        let found =
            Command::new("sh").args(["-c", command]).current_dir(scene.folder.join(&out)).output().unwrap();
        assert!(!found.status.success(), "{command}");
    }
}

#[test]
fn a_key_that_was_added_is_among_those_who_may_sign() {
    let scene = Scene::demo("added-key");
    let key = PrivateKey::from_seed([77; 32]);
    let path = scene.folder.join("added");
    fs::write(&path, key.to_openssh("added")).unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::write(scene.folder.join("added.pub"), format!("{}\n", key.public())).unwrap();
    let signers = [OFFICER, COUNSEL, RESEARCHER, REGISTRAR].map(|id| format!("{id}={}", scene.key(id)));
    let mut add = vec!["key", "add", DESK, "added.pub", "--clock", "2026-10-10T08:00:00Z"];
    signers.iter().for_each(|one| add.extend(["--sign", one.as_str()]));
    scene.answer(&add);
    scene.drafted("request.json");
    scene.answer(&["request", "sign", "request.json", "--key", "added", "--as", DESK]);
    let submitted =
        scene.json(&["request", "submit", "request.record.json", "--clock", "2026-10-10T09:00:00Z"]);
    let number = submitted["records"][0]["number"].to_string();
    let told = scene.json(&["log", "extract", &number, "--out", "out"]);
    let allowed = fs::read_to_string(scene.folder.join("out/allowed_signers")).unwrap();
    assert!(allowed.contains(&key.public().to_string()), "{allowed}");
    let command = told["signatures"][0]["command"].as_str().unwrap();
    let found =
        Command::new("sh").args(["-c", command]).current_dir(scene.folder.join("out")).output().unwrap();
    if text(&found.stderr).contains("not found") {
        assert!(std::env::var_os("SKYSHED_REQUIRE_ORACLES").is_none(), "ssh-keygen is required");
        eprintln!("skipped: there is no ssh-keygen");
        return;
    }
    assert!(found.status.success(), "{command}: {}", text(&found.stderr));
}

#[test]
fn one_canceller_stops_what_waits() {
    let scene = Scene::demo("cancel");
    let (_, before) = state_at(&scene, "2026-10-10T08:00:00Z");
    let request = scene.asked("2026-10-10T09:00:00Z");
    for by in [OFFICER, COUNSEL, RESEARCHER] {
        scene.approved(request, by, "2026-10-10T10:00:00Z");
    }
    let (n, key) = (request.to_string(), scene.key(REGISTRAR));
    let stop = [
        "cancel",
        &n,
        "--key",
        &key,
        "--reason",
        "the licence is not in the register",
        "--clock",
        "2026-10-10T20:00:00Z",
    ];
    assert!(scene.answer(&stop).contains("cancelled at 2026-10-10T20:00:00Z"));
    assert_eq!(state_at(&scene, "2026-12-01T00:00:00Z"), ("off".into(), before));
    scene.refused(&stop, 3, &["same body is in the log already"]);
    let again = ["cancel", &n, "--key", &key, "--reason", "once more", "--clock", "2026-10-10T21:00:00Z"];
    scene.refused(&again, 3, &["nothing that waits"]);
}

#[test]
fn an_emergency_takes_two_and_ends_by_itself() {
    let scene = Scene::demo("emergency");
    let (_, before) = state_at(&scene, "2026-10-10T08:00:00Z");
    scene.answer(&[
        "request",
        "new",
        "Taiwan",
        "--to",
        "on",
        "--class",
        "consumer",
        "--reason-code",
        "disaster_relief",
        "--reason",
        "an earthquake",
        "--review-by",
        "2026-10-13",
        "--expires",
        "2026-10-12",
        "--emergency",
        "--as",
        DESK,
    ]);
    scene.answer(&["request", "sign", "--key", &scene.key(DESK)]);
    let submitted = scene.json(&["request", "submit", "--clock", "2026-10-10T09:00:00Z"]);
    let request = submitted["records"][0]["number"].as_u64().unwrap();
    scene.approved(request, OFFICER, "2026-10-10T09:10:00Z");
    let told = scene.approved(request, COUNSEL, "2026-10-10T09:20:00Z");
    assert!(told.contains("effective since 2026-10-10T09:20:00Z, expires 2026-10-12T00:00:00Z"), "{told}");
    assert_eq!(state_at(&scene, "2026-10-11T00:00:00Z").0, "on");
    assert_eq!(state_at(&scene, "2026-10-12T00:00:00Z"), ("off".into(), before));
}

#[test]
fn contacts_are_sealed_and_opened_and_their_absence_attested() {
    let scene = Scene::demo("contact");
    let key = scene.key(DESK);
    let what = [
        "--who",
        "a ministry",
        "--office",
        "communications",
        "--from",
        "2026-10-09",
        "--channel",
        "letter",
        "--territory",
        "TW",
        "--ask",
        "keep_off",
        "--reply",
        "noted",
        "--receiver",
        DESK,
        "--key",
        &key,
    ];
    let with = |head: &[&'static str], tail: &[&'static str]| {
        let all: Vec<&str> = head.iter().copied().chain(what).chain(tail.iter().copied()).collect();
        scene.json(&all)
    };
    let sealed = with(
        &["contact", "seal"],
        &["--open-by", "2026-11-01", "--secret", "secret.json", "--clock", "2026-10-10T09:00:00Z"],
    );
    let number = sealed["records"][0]["number"].to_string();
    let log = text(&files(&scene.log()).into_values().flatten().collect::<Vec<u8>>());
    assert!(
        !log.contains("keep_off\",\"channel\":\"letter\",\"from\":\"2026-10-09"),
        "the log does not tell what is sealed"
    );

    let overdue = scene.answer(&["log", "watch", "--at", "2026-11-02T00:00:00Z"]);
    assert!(
        overdue.contains(&format!("sealed contact {number} was to be opened by 2026-11-01T00:00:00Z")),
        "{overdue}"
    );

    let open = [
        "contact",
        "open",
        &number,
        "--secret",
        "secret.json",
        "--key",
        &key,
        "--clock",
        "2026-10-20T09:00:00Z",
    ];
    let secret = fs::read_to_string(scene.folder.join("secret.json")).unwrap();
    fs::write(scene.folder.join("secret.json"), secret.replace("noted", "agreed")).unwrap();
    scene.refused(&open, 3, &["do not have the hash of sealed record"]);
    fs::write(scene.folder.join("secret.json"), secret).unwrap();
    scene.answer(&open);
    let watched = scene.answer(&["log", "watch", "--at", "2026-11-02T00:00:00Z"]);
    assert!(!watched.contains(&format!("sealed contact {number} ")), "{watched}");

    let missing = "engineer@operator has not attested";
    assert!(scene.answer(&["log", "watch", "--at", "2026-11-05T00:00:00Z"]).contains(missing));
    let engineer = scene.key("engineer@operator");
    let attest = [
        "attest",
        "--from",
        "2026-07-01",
        "--until",
        "2026-10-20",
        "--key",
        &engineer,
        "--clock",
        "2026-10-20T10:00:00Z",
    ];
    scene.answer(&attest);
    assert!(!scene.answer(&["log", "watch", "--at", "2026-11-05T00:00:00Z"]).contains(missing));
}

#[test]
fn watch_tells_what_nobody_looked_at() {
    let scene = Scene::demo("watch");
    let watched = scene.json(&["log", "watch", "--at", "2026-11-05T00:00:00Z"]);
    let all: Vec<&str> =
        watched["findings"].as_array().unwrap().iter().filter_map(|one| one["finding"].as_str()).collect();
    for what in ["overdue", "attest", "late", "observed"] {
        assert!(all.contains(&what), "{what} in {all:?}");
    }
    let size = watched["size"].as_u64().unwrap();
    let request = scene.asked("2026-10-10T09:00:00Z");
    let new = scene.json(&["log", "watch", "--since", &size.to_string()]);
    assert_eq!(new["new"].as_array().unwrap().len(), 1);
    assert_eq!(new["new"][0]["number"], request);
}

#[test]
fn a_lost_key_counts_no_more() {
    let scene = Scene::demo("key");
    let request = scene.asked("2026-10-10T09:00:00Z");
    let public = format!("{}.pub", scene.key(COUNSEL));
    let (one, other) =
        (format!("{OFFICER}={}", scene.key(OFFICER)), format!("{RESEARCHER}={}", scene.key(RESEARCHER)));
    let lost = ["key", "lost", COUNSEL, &public, "--sign", &one, "--clock", "2026-10-10T10:00:00Z"];
    scene.refused(&lost, 3, &["signed by too few"]);
    scene.answer(&[&lost[..], &["--sign", &other]].concat());
    let (n, key) = (request.to_string(), scene.key(COUNSEL));
    let approve = ["approve", &n, "--key", &key, "--clock", "2026-10-10T11:00:00Z"];
    scene.refused(&approve, 3, &["counsel@ngo signed with is not valid"]);
}

#[test]
fn a_record_can_be_signed_here_and_appended_elsewhere() {
    let scene = Scene::demo("elsewhere");
    let request = scene.asked("2026-10-10T09:00:00Z").to_string();
    let (key, before) = (scene.key(OFFICER), files(&scene.log()));
    scene.answer(&["approve", &request, "--key", &key, "--out", "approval.record.json"]);
    assert!(files(&scene.log()) == before, "--out leaves the log alone");
    let told = scene.answer(&["log", "append", "approval.record.json", "--clock", "2026-10-10T10:00:00Z"]);
    assert!(told.contains("approved by officer@regulator"), "{told}");
}

#[test]
fn without_ssh_keygen_a_plain_key_still_signs() {
    let scene = Scene::demo("without-ssh-keygen");
    scene.drafted("request.json");
    let key = scene.key(DESK);
    let sign = |out: &str| {
        let mut command =
            scene.command(&["request", "sign", "request.json", "--key", &key, "--out", out, "--log", "log"]);
        if out == "without.json" {
            command.env("PATH", scene.folder.join("nothing"));
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        fs::read(scene.folder.join(out)).unwrap()
    };
    assert_eq!(
        sign("without.json"),
        sign("with.json"),
        "Ed25519 is deterministic: OpenSSH gives the same bytes"
    );
}

#[test]
fn every_territory_has_a_state_a_reason_and_a_date_of_review() {
    let scene = Scene::demo("territories");
    let listed = scene.json(&["territory", "list", "--at", "2026-10-06T00:00:00Z"]);
    let all = listed["territories"].as_array().unwrap();
    assert!(all.len() > 249, "ISO 3166-1 and disputed areas");
    for one in all {
        let mut classes = 0;
        for decision in one["in_force"].as_array().unwrap() {
            classes += decision["classes"].as_array().unwrap().len();
            assert!(decision["to"]["state"].is_string(), "{one}");
            assert!(decision["reason_text"].as_str().is_some_and(|text| !text.is_empty()), "{one}");
            assert!(decision["review_by"].is_string(), "{one}");
            assert!(decision["approvals"].as_array().unwrap().len() >= 3, "{one}");
        }
        assert_eq!(classes, 6, "every class of {} is decided", one["id"]);
    }
    assert_eq!(listed["overdue"], 1);
    let by_name = scene.answer(&["territory", "show", "taiwan"]);
    assert!(by_name.starts_with("TW: Taiwan (country)\nclaims    CN\n"), "{by_name}");
    assert!(scene.answer(&["territory", "list"]).contains("AQ"));
}

#[test]
fn without_a_flag_it_is_the_demonstration_log() {
    let scene = Scene::empty("default");
    let run = |arguments: &[&str]| {
        let output = scene.command(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(run(&["territory", "show", "TW"]).contains("log       demonstration."));
    assert!(run(&["log", "verify"]).starts_with("the log verifies\n"));
}

#[test]
fn a_policy_is_replaced_by_those_who_may_and_waits() {
    let scene = Scene::demo("rotation");
    let shown = scene.json(&["log", "show", "0"]);
    let mut body = shown["body"].clone();
    body["version"] = 2.into();
    body["prev"] = shown["body_sha256"].clone();
    body["rule"]["wait_s"] = 3_600.into();
    fs::write(scene.folder.join("policy.json"), body.to_string()).unwrap();
    let sign = |file: &str, by: &str| {
        scene.answer(&["log", "sign", file, "--type", "policy", "--key", &scene.key(by), "--as", by])
    };
    sign("policy.json", OFFICER);
    for by in [COUNSEL, RESEARCHER] {
        sign("policy.record.json", by);
    }
    let append = ["log", "append", "policy.record.json", "--clock", "2026-10-10T09:00:00Z"];
    scene.refused(&append, 3, &["signed by too few: needs 4"]);
    sign("policy.record.json", REGISTRAR);
    // The wait is the longer one of the old and the new policy's: no rule shortens its own.
    let told = scene.answer(&append);
    assert!(told.contains("the policy waits until 2026-10-11T09:00:00Z"), "{told}");
    let version = |at: &str| scene.json(&["log", "state", "--at", at])["policy_version"].as_u64();
    assert_eq!(version("2026-10-11T08:59:59Z"), Some(1));
    assert_eq!(version("2026-10-11T09:00:00Z"), Some(2));
    // The old one, signed anew, does not come back.
    let back = fs::read_to_string(scene.folder.join("policy.json")).unwrap().replace("3600", "3601");
    fs::write(scene.folder.join("policy.json"), back).unwrap();
    sign("policy.json", OFFICER);
    for by in [COUNSEL, RESEARCHER, REGISTRAR] {
        sign("policy.record.json", by);
    }
    let again = ["log", "append", "policy.record.json", "--clock", "2026-10-12T09:00:00Z"];
    scene.refused(&again, 3, &["policy version 2 on", "allowed now: version 3"]);
}
