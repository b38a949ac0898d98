//! A witness not written here, aics-witness, over HTTP on this machine alone: it cosigns our checkpoints, refuses what is stale, and
//! refuses a second history.
//!
//! Needs `SKYSHED_PYTHON`: a Python with the packages of `tests/python/requirements.txt`; the witness itself the test installs, for
//! Python 3.11 too, where it runs although it states 3.12.

mod common;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use common::scene::{ORIGIN, PEOPLE, Scene, log_key, signed};
use common::sim::SimFiles;
use common::{TempFolder, missing};
use skyshed_log::{Alone, CosignError, HttpWitness, Means, Sequencer, prove};
use skyshed_records::record::{Attest, Time};
use skyshed_tlog::policy::Policy;
use skyshed_tlog::read::prove_consistency;
use skyshed_tlog::witness::Request;

#[test]
fn aics_witness_cosigns_and_refuses_what_is_stale_or_forked() {
    let Some(program) = Program::install() else { return };
    let folder = TempFolder::new("aics");
    let witness = Witness::start(&program, &folder);
    let policy =
        format!("log {}\nwitness w1 {} {}\nquorum w1\n", log_key().verifier(), witness.vkey, witness.url);
    let files = SimFiles::new();
    let scene = Scene::new();
    let (mut log, begun) = Sequencer::create(files.clone(), means(&policy), &scene.genesis()).unwrap();
    assert!(begun.quorum && begun.absent.is_empty(), "{begun:?}");
    let forked = files.copy();
    let out = log.append(&[attest("first")]).unwrap();
    assert!(out.quorum, "{out:?}");
    let parsed = Policy::parse(policy.as_bytes()).unwrap();
    let proven = prove(&files, &parsed, None).unwrap();
    let view = proven.ledger.at(proven.ledger.time());
    assert_eq!(view.attests().len(), 1, "what it saw has a time: {:?}", view.flags());

    // Started anew, we do not know what it knows: it says 409 and its size, and we go on from there.
    let mut log = Sequencer::open(files.clone(), means(&policy)).unwrap();
    assert!(log.append(&[attest("second")]).unwrap().quorum);
    let public = prove(&files, &parsed, None).unwrap().public;
    let (_, path) = prove_consistency(&files, out.size, &public.checkpoint).unwrap();
    for stale in [
        Request { old_size: 0, path: Vec::new(), checkpoint: public.note.to_string() },
        Request { old_size: out.size, path, checkpoint: public.note.to_string() },
    ] {
        let (status, body) = post(&witness.url, &stale.body());
        assert_eq!((status, body), (409, format!("{}\n", public.checkpoint.size)), "old {}", stale.old_size);
    }

    // A second history from before: of the same size, and longer.
    let mut second = Sequencer::open(forked, means(&policy)).unwrap();
    let out = second.append(&[attest("never")]).unwrap();
    assert!(!out.quorum && out.witnesses == 0, "{out:?}");
    for _ in 0..8 {
        let out = second.append(&[attest(&format!("at {}", second.ledger().size()))]).unwrap();
        assert_eq!(out.witnesses, 0, "{out:?}");
        let refused = |error: &CosignError| {
            matches!(error, CosignError::Conflict { .. } | CosignError::Refused { status: 422, .. })
        };
        assert!(out.absent.iter().all(refused), "{out:?}");
    }
    assert!(log.publish().unwrap().quorum, "the first history goes on");
}

fn attest(statement: &str) -> Vec<u8> {
    let (by, now) = (PEOPLE[1], now());
    let body = Attest {
        by: by.into(),
        from: Time(now.0 - 60),
        until: Time(now.0 - 30),
        statement: statement.into(),
    };
    signed(&body.into(), &[by])
}

fn means(policy: &str) -> Means {
    let witnesses = HttpWitness::of_policy(&Policy::parse(policy.as_bytes()).unwrap());
    Means {
        keys: vec![log_key()],
        policy: policy.into(),
        cosigners: witnesses.into_iter().map(|one| Box::new(one) as _).collect(),
        clock: Box::new(now),
        turns: Box::new(Alone(None)),
    }
}

/// The witness has the machine's clock.
fn now() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64)
}

fn post(url: &str, body: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.post(format!("{url}/add-checkpoint")).send(body).unwrap();
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

/// The program, installed beside the tests.
struct Program {
    python: String,
    packages: PathBuf,
}

impl Program {
    fn install() -> Option<Program> {
        let Ok(python) = std::env::var("SKYSHED_PYTHON") else {
            missing(
                "aics-witness",
                "SKYSHED_PYTHON is not set; make a virtual environment with \
                 `pip install -r crates/skyshed-log/tests/python/requirements.txt` and set SKYSHED_PYTHON to its python",
            );
            return None;
        };
        let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aics-witness-0.1.0");
        if !packages.join("aics_witness").exists() {
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "install", "-q", "--ignore-requires-python", "--no-deps", "--target"]);
            let done = pip.arg(&packages).args(["aics-witness==0.1.0", "aics-tlog==0.2.1"]).output().unwrap();
            if !done.status.success() {
                missing("aics-witness", &String::from_utf8_lossy(&done.stderr));
                return None;
            }
        }
        Some(Program { python, packages })
    }

    fn run(&self, folder: &TempFolder, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command.env("PYTHONPATH", &self.packages).env("PYTHONUNBUFFERED", "1");
        command.args(["-m", "aics_witness"]).args(arguments).arg("--config").arg(folder.join("witness.json"));
        command
    }
}

/// A running witness.
struct Witness {
    url: String,
    vkey: String,
    process: Child,
}

impl Witness {
    fn start(program: &Program, folder: &TempFolder) -> Witness {
        // Its own default is to listen to everybody.
        let listen = ["--listen", "127.0.0.1:0"];
        let mut init = program.run(folder, &["init", "--name", "witness.example/w1"]);
        let made = init.args(listen).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let said = String::from_utf8(made.stdout).unwrap();
        let vkey = said.lines().find(|line| line.starts_with("witness.example/w1+")).unwrap().to_owned();
        let log = log_key().verifier().to_string();
        let added = program.run(folder, &["add-log", "--origin", ORIGIN, "--vkey", &log]).output().unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let mut serve = program.run(folder, &["serve"]);
        serve.args(listen).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = serve.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the witness says where it listens before it ends").unwrap();
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split(' ').next().unwrap().to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Witness { url, vkey, process }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
