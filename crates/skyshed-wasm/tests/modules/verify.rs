//! The verifier: the module's verdict is the program's, on the demonstration log, on every change of it, and on wrong policies.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};
use skyshed_tlog::{Policy, Proof};
use skyshed_verify::{Failure, Named};

use crate::skyshed_cli::demo::demonstration_log;
use crate::{module, node, place};

const MODULE: &str = "skyshed_verify.wasm";

/// The demonstration log, made once.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm-home");
    FOLDER.get_or_init(|| demonstration_log(&home).unwrap())
}

/// The program's answer to a command line.
fn program(arguments: &[&str]) -> skyshed_verify::Said {
    skyshed_verify::verify(std::iter::once("skyshed-verify").chain(arguments.iter().copied()).map(Into::into))
}

fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Numbers of the decisions that have a proof.
fn decisions() -> Vec<u64> {
    let names = fs::read_dir(folder().join("proof")).unwrap();
    let numbers = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut numbers: Vec<u64> =
        numbers.map(|name| name.strip_suffix(".tlog-proof").unwrap().parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// A verdict of this machine, as the module has it.
fn native(number: u64, proof: &[u8], policy: &[u8]) -> Value {
    let decide = || {
        let policy = skyshed_verify::policy(Named { name: "policy", bytes: policy })?;
        skyshed_verify::decision(number, Named { name: "the proof", bytes: proof }, None, &policy, false)
    };
    match decide() {
        Ok(answer) => json!({"holds": true, "answer": answer.json, "text": answer.text}),
        Err(Failure { code, message }) => json!({"holds": false, "code": code, "message": message}),
    }
}

fn decision_task(
    number: u64,
    policy: &Path,
    proof_flips: &[[usize; 2]],
    policy_flips: &[[usize; 2]],
) -> Value {
    json!({
        "task": "decisions", "module": module(MODULE), "number": number, "policy": policy,
        "proof": folder().join(format!("proof/{number}.tlog-proof")),
        "proof_flips": proof_flips, "policy_flips": policy_flips,
    })
}

#[test]
fn it_answers_as_the_program_for_decisions() {
    let numbers: Vec<u64> = decisions().into_iter().step_by(9).collect();
    assert!(numbers.len() > 25);
    let policy = folder().join("policy.txt");
    let Some(said) = node(numbers.iter().map(|&number| decision_task(number, &policy, &[], &[])).collect())
    else {
        return;
    };
    for (number, said) in numbers.iter().zip(&said) {
        let proof = folder().join(format!("proof/{number}.tlog-proof"));
        let arguments =
            ["decision", &number.to_string(), "--proof", word(&proof), "--policy", word(&policy), "--json"];
        let printed = program(&arguments);
        assert_eq!(printed.code, 0, "{}", printed.remark);
        assert_eq!(said["plain"]["holds"], true, "{number}: {said}");
        assert_eq!(said["plain"]["answer"], serde_json::from_str::<Value>(&printed.answer).unwrap());
        assert_eq!(said["plain"]["text"], program(&arguments[..6]).answer);
    }
}

/// One bit of every third byte of a proof, and of every fifth of its policy: the module says what this machine says, and none of a
/// proof's holds.
#[test]
fn no_changed_byte_of_a_proof_passes() {
    let number = decisions()[decisions().len() / 2];
    let [proof, policy] = [format!("proof/{number}.tlog-proof"), "policy.txt".to_owned()].map(|path| {
        let path = folder().join(path);
        (fs::read(&path).unwrap(), path)
    });
    let flips = |bytes: &[u8], step| -> Vec<[usize; 2]> {
        (0..bytes.len()).step_by(step).map(|at| [at, (at * 5 + 1) % 7]).collect()
    };
    let (proof_flips, policy_flips) = (flips(&proof.0, 3), flips(&policy.0, 5));
    let Some(said) = node(vec![decision_task(number, &policy.1, &proof_flips, &policy_flips)]) else {
        return;
    };
    let said = &said[0];
    assert_eq!(said["plain"], native(number, &proof.0, &policy.0));
    assert_eq!(said["plain"]["holds"], true);
    assert!(proof_flips.len() > 1000, "{} bytes", proof_flips.len());
    for (flip, verdict) in proof_flips.iter().zip(said["proofs"].as_array().unwrap()) {
        assert_eq!(verdict["holds"], false, "proof, {flip:?}: {verdict}");
        assert_eq!(*verdict, native(number, &flipped(&proof.0, *flip), &policy.0), "{flip:?}");
    }
    // A policy says more than this proof needs, and comments: there the verdicts agree, whichever it is.
    let verdicts = said["policies"].as_array().unwrap();
    for (flip, verdict) in policy_flips.iter().zip(verdicts) {
        assert_eq!(*verdict, native(number, &proof.0, &flipped(&policy.0, *flip)), "{flip:?}");
    }
    let refused = verdicts.iter().filter(|verdict| verdict["holds"] == false).count();
    assert!(refused * 2 > verdicts.len(), "{refused} of {} changed policies", verdicts.len());
}

#[test]
fn wrong_questions_and_policies_are_refused() {
    let numbers = decisions();
    let number = numbers[7];
    let right = fs::read_to_string(folder().join("policy.txt")).unwrap();
    let write = |name: &str, text: &str| {
        let path = place(name);
        fs::write(&path, text).unwrap();
        path
    };
    // The log's key is another's; the quorum asks for nobody in particular, or for witnesses that there are not; it is no policy.
    let log_line = right.lines().find(|line| line.starts_with("log ")).unwrap();
    let witness_line = right.lines().find(|line| line.starts_with("witness ")).unwrap();
    let other_key = witness_line.split_whitespace().nth(2).unwrap();
    let cases = [
        write("no-policy.txt", "hello\n"),
        write("empty-policy.txt", ""),
        write("other-log.txt", &right.replace(log_line, &format!("log {other_key}"))),
        write("no-log.txt", &right.replace(log_line, "")),
    ];
    let tasks = cases.iter().map(|policy| decision_task(number, policy, &[], &[]));
    let mut other = decision_task(number, &folder().join("policy.txt"), &[], &[]);
    other["number"] = json!(number + 1);
    let Some(said) = node(tasks.chain([other]).collect()) else { return };
    let proof = fs::read(folder().join(format!("proof/{number}.tlog-proof"))).unwrap();
    for (policy, said) in cases.iter().zip(&said) {
        assert_eq!(said["plain"]["holds"], false, "{}: {said}", policy.display());
        assert_eq!(said["plain"], native(number, &proof, &fs::read(policy).unwrap()), "{}", policy.display());
    }
    assert_eq!(said[4]["plain"], native(number + 1, &proof, right.as_bytes()));
    assert_eq!(said[4]["plain"]["code"], 4);
}

#[test]
fn it_answers_as_the_program_for_a_whole_log() {
    let policy = folder().join("policy.txt");
    let tile = "tile/0/000";
    let (proof, flip) = (format!("proof/{}.tlog-proof", decisions()[3]), json!([333, 2]));
    let changes = json!([
        {"path": "checkpoint", "flip": [90, 1]},
        {"path": tile, "flip": [1234, 5]},
        {"path": proof, "flip": flip},
        {"path": tile, "flip": null},
    ]);
    let task = json!({
        "task": "logs", "module": module(MODULE), "folder": folder(), "policy": policy, "changes": changes,
        "at": "2026-09-10T00:00:00Z", "territory": "HM", "older": older(),
    });
    let Some(said) = node(vec![task]) else { return };
    let said = &said[0];
    let json_of = |arguments: &[&str]| -> Value {
        let printed = program(&[arguments, &["--policy", word(&policy), "--json"]].concat());
        assert_eq!(printed.code, 0, "{}", printed.remark);
        serde_json::from_str(&printed.answer).unwrap()
    };
    assert_eq!(said["plain"]["answer"], json_of(&["log", word(folder())]), "{}", said["plain"]["message"]);
    assert_eq!(said["seen"]["answer"], said["plain"]["answer"]);
    let at = ["state", word(folder()), "--at", "2026-09-10T00:00:00Z", "--territory", "HM"];
    assert_eq!(said["state"]["answer"], json_of(&at));
    assert_eq!(said["history"]["answer"]["equivocation"], false, "{}", said["history"]);
    // Of the tree alone it says the same, but that it saw no proofs and attachments.
    let partial = &said["partial"]["answer"];
    assert_eq!((&partial["root"], &partial["proofs"]), (&said["plain"]["answer"]["root"], &json!(0)));
    // So it does of what a page fetches, which is no more than the checkpoint asks for.
    assert_eq!(said["fetched"]["answer"], *partial, "{}", said["fetched"]["message"]);
    let records = partial["size"].as_u64().unwrap();
    let bundles = records.div_ceil(256);
    let asked = said["asked"].as_array().unwrap().len() as u64;
    assert_eq!(asked, 3 + 2 * bundles + 1, "checkpoint, policy, signers; bundles and tiles; the row above");
    assert_eq!(said["progress"], asked - 1);

    let home = place("changed");
    for (change, verdict) in changes.as_array().unwrap().iter().zip(said["changed"].as_array().unwrap()) {
        let path = change["path"].as_str().unwrap();
        copy(folder(), &home);
        let bytes = fs::read(home.join(path)).unwrap();
        match change["flip"].as_array() {
            Some(flip) => {
                let [place, bit] = [0, 1].map(|at| flip[at].as_u64().unwrap() as usize);
                fs::write(home.join(path), flipped(&bytes, [place, bit])).unwrap();
            }
            None => fs::remove_file(home.join(path)).unwrap(),
        }
        let printed = program(&["log", word(&home), "--policy", word(&policy)]);
        assert_eq!(verdict["holds"], false, "{change}: {verdict}");
        assert_eq!(verdict["code"], printed.code, "{change}: {verdict} {printed:?}");
        assert_eq!(format!("error: {}\n", verdict["message"].as_str().unwrap()), printed.remark, "{change}");
    }
    assert_eq!(said["empty"]["code"], 6);
}

/// A checkpoint of the log from when it was smaller: that of its first decision's proof.
fn older() -> PathBuf {
    let proof = fs::read(folder().join(format!("proof/{}.tlog-proof", decisions()[0]))).unwrap();
    let proof = Proof::parse(&proof).unwrap();
    let policy = Policy::parse(&fs::read(folder().join("policy.txt")).unwrap()).unwrap();
    assert!(policy.check(proof.checkpoint.as_bytes()).unwrap().quorum);
    let path = place("older-checkpoint");
    fs::write(&path, proof.checkpoint).unwrap();
    path
}

fn flipped(bytes: &[u8], [place, bit]: [usize; 2]) -> Vec<u8> {
    let mut other = bytes.to_vec();
    other[place] ^= 1 << bit;
    other
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    let mut folders = vec![from.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let place = to.join(path.strip_prefix(from).unwrap());
            if path.is_dir() {
                fs::create_dir_all(&place).unwrap();
                folders.push(path);
            } else {
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::copy(&path, &place).unwrap();
            }
        }
    }
}
