//! `log watch --follow`: what it says while a log goes on, is lost, comes back and forks; and how it ends.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value;

use crate::support::*;

/// How long a line may take on the slowest machine; nothing waits this long otherwise.
const PATIENCE: Duration = Duration::from_secs(120);

/// A watch that runs.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(scene: &Scene, arguments: &[&str]) -> Running {
        let always = ["log", "watch", "--follow", "--every", "100ms", "--log", "log"];
        let mut command = scene.command(&[&always[..], arguments].concat());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let said = BufReader::new(child.stdout.take().expect("standard output"));
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || said.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Running { child, lines }
    }

    /// The next line that is as it should be; those before it are passed over.
    #[track_caller]
    fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if is(&line) => return line,
                Ok(line) => seen.push(line),
                Err(error) => panic!("{what}: {error}; it said {seen:#?}"),
            }
        }
    }

    /// The next event of a kind for which something holds.
    #[track_caller]
    fn event(&self, kind: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let parse = |line: &str| serde_json::from_str::<Value>(line).expect("a line of JSON");
        let line = self.until(kind, |line| {
            let event = parse(line);
            event["event"] == kind && holds(&event)
        });
        parse(&line)
    }

    /// Ends it with a signal; the lines that it still said, and its exit code.
    fn end(mut self, signal: &str) -> (Vec<String>, Option<i32>) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill").success());
        let mut lines = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            lines.push(line);
        }
        let code = self.child.wait().expect("it ends").code();
        (lines, code)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_watch_that_follows_says_what_changes_and_ends_when_told() {
    let scene = Scene::demo("follow");
    let key = scene.key(DESK);
    let what = [
        "--who",
        "a ministry",
        "--office",
        "none",
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
    let seal = [
        "contact",
        "seal",
        "--open-by",
        "2026-11-01",
        "--secret",
        "secret.json",
        "--clock",
        "2026-10-10T09:00:00Z",
    ];
    let sealed = scene.json(&[&seal[..], &what[..]].concat())["records"][0]["number"].clone();

    // It begins two seconds before the contact is to be opened.
    let at = ["--json", "--at", "2026-10-31T23:59:58Z", "--state", "state"];
    let watch = Running::start(&scene, &at);
    let begin = watch.event("begin", |_| true);
    assert!(begin["log"].as_str().is_some_and(|log| log.starts_with("demonstration")), "{begin}");
    let size = begin["size"].as_u64().expect("a size");
    let of = |kind: &'static str| move |event: &Value| event["finding"] == kind;
    // In the order in which they are told.
    watch.event("finding", |one| of("overdue")(one) && one["what"] == "review");
    watch.event("finding", |one| of("attest")(one) && one["principal"] == "engineer@operator");
    let late = watch.event("finding", of("late"));
    assert!(late["enforcer"].is_string() && late["record"].is_u64(), "{late}");
    let observed = watch.event("finding", of("observed"));
    assert!(observed["served"].is_boolean() && observed["territory"].is_string(), "{observed}");

    // Time alone: the day has come.
    let overdue = watch.event("finding", |one| of("overdue")(one) && one["what"] == "contact");
    assert_eq!(overdue["record"], sealed);
    // New records, and what they settle.
    let request = scene.asked("2026-10-10T10:00:00Z");
    assert_eq!(watch.event("new", |_| true)["number"], request);
    assert!(request >= size);
    let number = sealed.to_string();
    scene.answer(&[
        "contact",
        "open",
        &number,
        "--secret",
        "secret.json",
        "--key",
        &key,
        "--clock",
        "2026-10-20T09:00:00Z",
    ]);
    let settled = watch.event("settled", |_| true);
    assert_eq!(settled["finding"], "overdue");
    assert_eq!(settled["record"], sealed);
    let engineer = scene.key("engineer@operator");
    let attest = ["attest", "--from", "2026-07-01", "--until", "2026-10-20", "--key", &engineer];
    scene.answer(&[&attest[..], &["--clock", "2026-10-20T10:00:00Z"][..]].concat());
    watch.event("settled", |one| of("attest")(one) && one["principal"] == "engineer@operator");

    // The log is away, and comes back.
    let (here, away) = (scene.log().join("checkpoint"), scene.folder.join("away"));
    fs::rename(&here, &away).unwrap();
    assert_eq!(watch.event("stale", |_| true)["code"], "no_log");
    fs::rename(&away, &here).unwrap();
    watch.event("fresh", |_| true);

    a_fork_leaves_evidence(&scene, &watch);
    let (lines, code) = watch.end("-INT");
    assert_eq!(code, Some(0), "{lines:?}");
    let last: Value = serde_json::from_str(lines.last().expect("a last line")).unwrap();
    assert_eq!(last["event"], "end");
}

/// The log's key signs another history, which is served instead.
fn a_fork_leaves_evidence(scene: &Scene, watch: &Running) {
    let copied = Command::new("cp").args(["-r", "log", "other"]).current_dir(&scene.folder).status();
    assert!(copied.expect("cp").success());
    for (log, statement) in [("log", "none"), ("other", "none at all")] {
        let key = scene.key(COUNSEL);
        let attest = [
            "attest",
            "--from",
            "2026-01-01",
            "--until",
            "2026-02-01",
            "--statement",
            statement,
            "--key",
            &key,
        ];
        let clock = ["--clock", "2026-10-21T10:00:00Z", "--log", log];
        let output = scene.command(&[&attest[..], &clock[..]].concat()).output().expect("the binary runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        if log == "log" {
            watch.event("new", |_| true);
        }
    }
    fs::rename(scene.log(), scene.folder.join("first")).unwrap();
    fs::rename(scene.folder.join("other"), scene.log()).unwrap();
    let fork = watch.event("fork", |_| true);
    let file = fork["file"].as_str().expect("a file of evidence");
    let policy = ["--witness-policy", "first/policy.txt", "--json"];
    let told = scene.answer(&[&["log", "evidence", file][..], &policy].concat());
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["fork"], true);
}

#[test]
fn people_read_a_line_for_each_change() {
    let scene = Scene::demo("follow-text");
    let watch = Running::start(&scene, &["--at", "2026-11-05T00:00:00Z"]);
    watch.until("head", |line| line.ends_with("every 100ms until Ctrl-C"));
    watch.until("overdue", |line| {
        line.starts_with("2026-11-05T00:00:0") && line.contains("Z overdue   review of")
    });
    let request = scene.asked("2026-10-10T10:00:00Z");
    watch.until("new", |line| line.contains(&format!("Z new       {request}: TW consumer to on")));
    fs::remove_file(scene.log().join("checkpoint")).unwrap();
    watch.until("stale", |line| line.contains("Z STALE     there is no log"));
    let (_, code) = watch.end("-TERM");
    assert_eq!(code, Some(0));
}

#[test]
fn what_cannot_be_followed_is_told() {
    let scene = Scene::demo("follow-refused");
    let follow = ["log", "watch", "--follow"];
    scene.refused(&["log", "watch", "--every", "1s"], 2, &["--follow"]);
    scene.refused(
        &[&follow[..], &["--every", "0s"]].concat(),
        2,
        &["0s is too short or too long; give 100ms to 1d"],
    );
    fs::write(scene.folder.join("file"), "mine").unwrap();
    scene.refused(&[&follow[..], &["--state", "file"]].concat(), 1, &["file"]);
    fs::remove_file(scene.log().join("checkpoint")).unwrap();
    scene.refused(&follow, 6, &["holds no log"]);
}
