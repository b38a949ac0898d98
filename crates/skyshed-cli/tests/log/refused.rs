//! Bad input: each a clear message and its exit code, and the log as it was, byte for byte.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;

use skyshed_log::{IfHeld, WriterLock};
use skyshed_records::record::Time;

use crate::support::*;

const CLOCK: [&str; 2] = ["--clock", "2026-10-10T12:00:00Z"];

/// Rewrites a file.
fn edit(scene: &Scene, from: &str, to: &str, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(scene.folder.join(from)).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text, "the edit of {from} changes something");
    fs::write(scene.folder.join(to), changed).unwrap();
}

#[track_caller]
fn submit_refused(scene: &Scene, file: &str, parts: &[&str]) {
    scene.refused(&["log", "append", file, CLOCK[0], CLOCK[1]], 3, parts);
}

#[test]
fn records_that_are_none_are_refused() {
    let scene = Scene::demo("malformed");
    scene.drafted("request.json");
    scene.answer(&["request", "sign", "--key", &scene.key(DESK)]);
    let write = |name: &str, bytes: &[u8]| fs::write(scene.folder.join(name), bytes).unwrap();
    write("text.json", b"please switch it on");
    submit_refused(&scene, "text.json", &["text.json", "not a record"]);
    edit(&scene, "request.record.json", "version.json", |text| text.replace("\"v\":1", "\"v\":2"));
    submit_refused(&scene, "version.json", &["record version 2; allowed: 1"]);
    edit(&scene, "request.record.json", "type.json", |text| {
        text.replace("\"type\":\"request\"", "\"type\":\"wish\"")
    });
    submit_refused(&scene, "type.json", &["record type \"wish\"; allowed: territory"]);
    edit(&scene, "request.record.json", "key.json", |text| text.replace("\"nonce\"", "\"nonse\""));
    submit_refused(&scene, "key.json", &["unknown field `nonse`"]);
    edit(&scene, "request.record.json", "long.json", |text| {
        text.replace("a licence was given", &"x".repeat(9_000))
    });
    submit_refused(&scene, "long.json", &["reason_text is 9000 bytes long; allowed: at most 8192"]);
    // Each part within its limits, and together more bytes than an entry of the log may have.
    let digest = "ab".repeat(32);
    let inputs: Vec<String> = (0..1_000).map(|at| format!("\"input-{at:04}\":\"{digest}\"")).collect();
    let preview = format!(
        "{{\"preview_sha256\":\"{digest}\",\"engine\":\"e\",\"inputs\":{{{}}},\"figures\":{{}}}}",
        inputs.join(",")
    );
    write("huge.json", preview.as_bytes());
    let (sign, key) = (["log", "sign", "huge.json", "--type", "preview", "--key"], scene.key(DESK));
    scene.refused(&[&sign[..], &[&key]].concat(), 3, &["bytes long; allowed: 65535", "by hash"]);
    let whole = format!("{{\"body\":{preview},\"sigs\":[],\"type\":\"preview\",\"v\":1}}");
    write("huge.record.json", whole.as_bytes());
    submit_refused(&scene, "huge.record.json", &["bytes long; allowed: 65535"]);
    write("endless.json", &vec![b' '; (1 << 20) + 1]);
    scene.refused(&["log", "append", "endless.json"], 1, &["larger than 1048576 bytes"]);
    scene.refused(&["log", "append", "absent.json"], 1, &["cannot open absent.json"]);
}

#[test]
fn records_against_the_rules_are_refused() {
    let scene = Scene::demo("rules");
    let n = scene.asked("2026-10-10T09:00:00Z").to_string();
    submit_refused(&scene, "request.record.json", &["the same body is in the log already"]);

    let (desk, officer) = (scene.key(DESK), scene.key(OFFICER));
    let approve = |key: &str, by: &str| {
        scene.refused(
            &["approve", &n, "--key", key, "--as", by, CLOCK[0], CLOCK[1]],
            3,
            &[match by {
                DESK => "no signature by a principal with the role approver",
                _ => "is by none of its keys",
            }],
        );
    };
    approve(&desk, DESK);
    approve(&officer, COUNSEL);
    scene.refused(
        &["approve", "999999", "--key", &officer],
        6,
        &["no valid request 999999", &format!("in review: {n}")],
    );

    let draft = |name: &str, from: &str, to: &str| {
        edit(&scene, "request.json", name, |text| {
            text.replace(from, to).replace("\"nonce\": \"", "\"nonce\": \"x")
        });
        scene.answer(&["request", "sign", name, "--key", &desk, "--as", DESK, "--out", "edited.json"]);
    };
    let body: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(scene.folder.join("request.json")).unwrap()).unwrap();
    let zone = body["zone"].as_str().unwrap();
    draft("zone.json", zone, &"ab".repeat(32));
    submit_refused(&scene, "edited.json", &["zone abab", "zone in force is"]);
    draft("review.json", "2027-03-01T", "2037-03-01T");
    submit_refused(
        &scene,
        "edited.json",
        &["`review_by` 2037-03-01T00:00:00Z; allowed: after 2026-10-10T12:00:00Z and up to"],
    );
    draft("from.json", &format!("\"from\": {}", body["from"]), "\"from\": 3");
    submit_refused(&scene, "edited.json", &["`from` is 3, which is no decision about this territory"]);
    draft("territory.json", "\"territory\": \"TW\"", "\"territory\": \"QQ\"");
    submit_refused(&scene, "edited.json", &["territory \"QQ\" is not in the log"]);
    // Signed, and then changed by one word.
    edit(&scene, "request.record.json", "edited.json", |text| {
        text.replace("a licence was given", "a licence was taken")
    });
    submit_refused(&scene, "edited.json", &["is by none of its keys over this body"]);
    // In the name of a type that it is not.
    scene.refused(&["request", "submit", "log/policy.txt"], 3, &["body of type request"]);
}

#[test]
fn records_in_the_wrong_order_are_refused_and_none_of_them_stays() {
    let scene = Scene::demo("order");
    scene.drafted("request.json");
    scene.answer(&["request", "sign", "--key", &scene.key(DESK)]);
    let body = fs::read(scene.folder.join("request.json")).unwrap();
    let body = skyshed_records::leaf::read_body("request", &body).unwrap();
    let hash = skyshed_records::leaf::body_sha256(&skyshed_records::leaf::body_bytes(&body).unwrap());
    let approval = format!(
        "{{\"approver\":\"{OFFICER}\",\"requests\":[\"{hash}\"],\"statement\":\"yes\",\"verdict\":\"approve\"}}"
    );
    fs::write(scene.folder.join("approval.json"), approval).unwrap();
    scene.answer(&["log", "sign", "approval.json", "--type", "approval", "--key", &scene.key(OFFICER)]);
    let (request, approval) = ("request.record.json", "approval.record.json");
    scene.refused(
        &["log", "append", approval, request, CLOCK[0], CLOCK[1]],
        3,
        &["record 1 of those given", "is not in the log before this record"],
    );
    scene.answer(&["log", "append", request, approval, CLOCK[0], CLOCK[1]]);
}

#[test]
fn requests_that_cannot_be_are_refused_before_they_are_written() {
    let scene = Scene::demo("request-new");
    let new = |arguments: &[&str], code: i32, parts: &[&str]| {
        let always = ["--reason-code", "licensed", "--reason", "a licence", "--review-by", "2027-03-01"];
        scene.refused(&[&["request", "new"], arguments, &always].concat(), code, parts);
        assert!(!scene.folder.join("request.json").exists());
    };
    new(&["Atlantis", "--to", "on", "--as", DESK], 6, &["no territory \"Atlantis\" in the log"]);
    new(&["TW", "--to", "on", "--as", COUNSEL], 3, &["counsel@ngo may not ask", "service-desk@operator"]);
    new(&["TW", "--to", "on"], 3, &["who asks is not said", "--as"]);
    new(&["TW", "--to", "limited", "--as", DESK], 3, &["needs a limit"]);
    new(&["TW", "--to", "listed", "--as", DESK], 3, &["--merkle-root"]);
    new(&["TW", "--to", "dim", "--as", DESK], 2, &["allowed: on, off"]);
    new(&["TW", "--to", "on", "--class", "spy", "--as", DESK], 2, &["allowed: consumer"]);
    new(&["TW", "--to", "on", "--as", DESK, "--emergency"], 2, &["--expires"]);
}

#[test]
fn a_request_carries_no_preview_of_another_change() {
    let scene = Scene::demo("request-preview");
    let zone = scene.json(&["territory", "show", "TW"])["zone"]["cells_sha256"].clone();
    let zone = zone.as_str().expect("a hash").to_owned();
    let write = |classes: &str, state: &str, zone: &str| {
        let change = format!(
            "{{\"classes\":{classes},\"rate_max_kbps\":null,\"speed_max_kmh\":null,\"state\":\"{state}\",\
             \"territory\":\"TW\",\"zone_sha256\":\"{zone}\"}}"
        );
        fs::write(scene.folder.join("preview.json"), format!("{{\"changes\":[{change}]}}")).unwrap();
    };
    let new = [
        "request",
        "new",
        "TW",
        "--to",
        "on",
        "--class",
        "consumer",
        "--reason-code",
        "licensed",
        "--reason",
        "a licence",
        "--review-by",
        "2027-03-01",
        "--as",
        DESK,
        "--preview",
        "preview.json",
    ];
    let told = ["is not of this change alone", "skyshed preview TW=on --classes consumer --out"];
    for (classes, state, zone) in [
        ("[\"consumer\",\"roam\"]", "on", zone.as_str()),
        ("[\"consumer\"]", "off", zone.as_str()),
        ("[\"consumer\"]", "on", "00"),
    ] {
        write(classes, state, zone);
        scene.refused(&new, 3, &told);
    }
    fs::write(scene.folder.join("preview.json"), "{}").unwrap();
    scene.refused(&new, 3, &told);
    assert!(!scene.folder.join("request.json").exists());
    write("[\"consumer\"]", "on", &zone);
    let body = scene.json(&new)["body"].clone();
    assert_eq!(body["preview_sha256"].as_str().map(str::len), Some(64), "{body}");
}

#[test]
fn folders_that_are_no_log_are_told() {
    let scene = Scene::empty("folders");
    let tries = |code: i32, part: &str| {
        for command in [&["log", "state"][..], &["log", "verify"], &["log", "append"], &["territory", "list"]]
        {
            scene.refused(command, code, &[part]);
        }
    };
    tries(6, "does not exist");
    fs::create_dir(scene.log()).unwrap();
    tries(6, "holds no log");
    fs::remove_dir(scene.log()).unwrap();
    fs::write(scene.log(), "a file").unwrap();
    for command in [&["log", "state"][..], &["log", "verify"], &["log", "append"]] {
        scene.refused(command, 1, &["is not a folder"]);
    }
}

#[test]
fn a_log_that_was_cut_or_changed_does_not_verify() {
    let scene = Scene::demo("truncated");
    let bundle = scene.log().join("tile/entries/000");
    let whole = fs::read(&bundle).unwrap();
    fs::write(&bundle, &whole[..whole.len() / 2]).unwrap();
    for command in [&["log", "verify"][..], &["log", "state"], &["log", "append", CLOCK[0], CLOCK[1]]] {
        scene.refused(command, 4, &["tile/entries/000"]);
    }
    let mut changed = whole.clone();
    changed[1_000] ^= 1;
    fs::write(&bundle, &changed).unwrap();
    scene.refused(&["log", "verify"], 4, &["were changed"]);
    scene.refused(&["log", "state"], 4, &["do not fit its checkpoint"]);
    fs::remove_file(&bundle).unwrap();
    scene.refused(&["log", "verify"], 4, &["tile/entries/000: missing"]);
    fs::write(&bundle, &whole).unwrap();
    scene.answer(&["log", "verify"]);
    let checkpoint = scene.log().join("checkpoint");
    let signed = fs::read_to_string(&checkpoint).unwrap();
    fs::write(&checkpoint, signed.replacen("demonstration", "demonstratiom", 1)).unwrap();
    scene.refused(&["log", "verify"], 4, &["checkpoint"]);
    scene.refused(&["log", "show", "1"], 4, &["not the log's"]);
}

#[test]
fn a_log_of_another_origin_is_not_believed() {
    let scene = Scene::demo("origin");
    let key =
        skyshed_tlog::SigningKey::from_seed("other.example/log", skyshed_tlog::Algorithm::Ed25519, &[1; 32])
            .unwrap();
    fs::write(scene.folder.join("other.txt"), format!("log {}\nquorum none\n", key.verifier())).unwrap();
    let verified = scene.command(&["log", "verify", "log", "--policy", "other.txt"]).output().unwrap();
    assert_eq!(verified.status.code(), Some(4), "{}", text(&verified.stderr));
    assert!(text(&verified.stderr).contains("other.example/log"), "{}", text(&verified.stderr));
    let verified = scene.command(&["log", "verify", "log", "--policy", "log/policy.txt"]).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
    scene.refused(&["log", "state", "--witness-policy", "other.txt"], 4, &["not the log's"]);
    // A policy that somebody put beside the log does not fit the keys that write it.
    fs::write(scene.folder.join("other.key"), key.secret_text()).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(scene.folder.join("other.key"), mode).unwrap();
    scene.refused(&["log", "append", "--log-key", "other.key"], 4, &["other.example/log"]);
}

#[test]
fn a_read_only_log_can_be_read_and_not_written() {
    let scene = Scene::demo("read-only");
    scene.drafted("request.json");
    scene.answer(&["request", "sign", "--key", &scene.key(DESK)]);
    let before = files(&scene.log());
    let all = |mode: u32| {
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode);
        for folder in
            [scene.folder.clone(), scene.log(), scene.log().join("tile"), scene.log().join("tile/entries")]
        {
            fs::set_permissions(folder, mode.clone()).unwrap();
        }
    };
    all(0o555);
    let keys = scene.log().join("keys");
    let open = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    fs::set_permissions(&keys, open.clone()).unwrap();
    for entry in fs::read_dir(&keys).unwrap() {
        fs::set_permissions(entry.unwrap().path(), open.clone()).unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = scene.command(arguments);
        command.args(["--log", "log"]);
        if is_root(&scene.folder) {
            // The one user who may write everywhere is no test: nobody else's rights are.
            command.uid(65_534).gid(65_534);
        }
        command.output()
    };
    let (read, written) = (run(&["log", "state"]), run(&["request", "submit", CLOCK[0], CLOCK[1]]));
    all(0o755);
    let (Ok(read), Ok(written)) = (read, written) else {
        eprintln!("skipped: the binary cannot be run by another user");
        return;
    };
    assert!(read.status.success(), "{}", text(&read.stderr));
    let message = text(&written.stderr);
    assert_eq!(written.status.code(), Some(1), "{message}");
    assert!(message.contains("no permission to write"), "{message}");
    assert!(files(&scene.log()) == before, "the log changed");
}

fn is_root(folder: &Path) -> bool {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata(folder).unwrap()) == 0
}

#[test]
fn of_two_writers_one_waits_or_is_told() {
    let scene = Scene::demo("writers");
    scene.drafted("request.json");
    scene.answer(&["request", "sign", "--key", &scene.key(DESK)]);
    let lock = WriterLock::take(&scene.log(), IfHeld::Refuse, Time(0)).unwrap();
    scene.refused(&["request", "submit", CLOCK[0], CLOCK[1]], 1, &["another writer holds", "--wait"]);
    scene.refused(
        &["request", "submit", "--store", "postgres://skyshed@%2Fnonexistent/postgres", CLOCK[0], CLOCK[1]],
        1,
        &["PostgreSQL"],
    );
    let waiting: Vec<_> = ["a", "b"]
        .iter()
        .map(|name| {
            scene.drafted(&format!("{name}.json"));
            scene.answer(&["request", "sign", &format!("{name}.json"), "--key", &scene.key(DESK)]);
            let file = format!("{name}.record.json");
            let mut command =
                scene.command(&["request", "submit", &file, "--wait", CLOCK[0], CLOCK[1], "--log", "log"]);
            command.stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    drop(lock);
    for one in waiting {
        assert!(one.wait_with_output().unwrap().status.success());
    }
    let verified = scene.json(&["log", "verify"]);
    assert_eq!(verified["verified"], true);
    let open = scene.json(&["log", "state", "--at", "2026-10-10T13:00:00Z"])["requests_open"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(open, 2, "both are in one history");
}

#[test]
fn questions_about_what_is_not_there_end_with_6() {
    let scene = Scene::demo("absent");
    scene.refused(&["log", "show", "999999"], 6, &["there is no record 999999"]);
    scene.refused(&["log", "proof", "999999"], 6, &["there is no record 999999"]);
    scene.refused(&["log", "extract", "999999", "--out", "x"], 6, &["there is no record 999999"]);
    scene.refused(&["log", "diff", "0", "999999"], 6, &["the log has", "give a smaller size"]);
    scene.refused(&["territory", "show", "Atlantis"], 6, &["no territory \"Atlantis\""]);
    scene.refused(&["log", "show", "x"], 2, &["invalid value"]);
    scene.refused(&["log", "diff", "yesterday", "9"], 2, &["write a number of records, or a time"]);
    scene.refused(&["log", "why-code", "99", "Taipei"], 2, &["BLOCKED_COUNTRY (6)"]);
}
