//! A demonstration log to work on, made once by the binary and copied for each test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

/// A folder of one test, with a copy of the demonstration log in `log`.
pub struct Scene {
    /// The folder.
    pub folder: PathBuf,
}

/// People of the demonstration.
pub const DESK: &str = "service-desk@operator";
pub const OFFICER: &str = "officer@regulator";
pub const COUNSEL: &str = "counsel@ngo";
pub const RESEARCHER: &str = "researcher@university";
pub const REGISTRAR: &str = "registrar@court-registry";

impl Scene {
    /// A folder with a copy of the demonstration log.
    pub fn demo(test: &str) -> Scene {
        let scene = Scene::empty(test);
        copy(&demo(), &scene.log());
        scene
    }

    /// An empty folder.
    pub fn empty(test: &str) -> Scene {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("log-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the test");
        Scene { folder }
    }

    /// The log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Where somebody's key is.
    pub fn key(&self, id: &str) -> String {
        self.log().join("keys").join(id).display().to_string()
    }

    /// The binary, in the folder, with a data directory of its own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skyshed"));
        command.current_dir(&self.folder).env("SKYSHED_HOME", self.folder.join("home")).args(arguments);
        command
    }

    /// Runs it on the log.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).args(["--log", "log"]).output().expect("the binary runs")
    }

    /// Runs it and expects an answer.
    #[track_caller]
    pub fn answer(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs it and expects JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.answer(&all)).expect("JSON")
    }

    /// Runs it and expects an exit code, one message with these parts, no answer, and a log that is as it was.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        let before = files(&self.log());
        let output = self.run(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
        assert_eq!(text(&output.stdout), "", "{arguments:?} prints an answer and fails");
        assert!(!message.contains("panicked") && !message.contains("Some("), "{arguments:?}: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments:?}: {message:?} should contain {part:?}");
        }
        assert!(files(&self.log()) == before, "{arguments:?} changed the log");
    }

    /// Asks for a change of Taiwan's consumer service, signed and submitted at a time; the number of the request.
    #[track_caller]
    pub fn asked(&self, clock: &str) -> u64 {
        self.drafted("request.json");
        self.answer(&["request", "sign", "request.json", "--key", &self.key(DESK)]);
        let submitted = self.json(&["request", "submit", "request.record.json", "--clock", clock]);
        submitted["records"][0]["number"].as_u64().expect("a number")
    }

    /// Writes the body of a request for Taiwan.
    #[track_caller]
    pub fn drafted(&self, file: &str) {
        self.answer(&[
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
            "a licence was given",
            "--review-by",
            "2027-03-01",
            "--as",
            DESK,
            "--out",
            file,
        ]);
    }

    /// Approves a request at a time; what is printed.
    #[track_caller]
    pub fn approved(&self, request: u64, by: &str, clock: &str) -> String {
        let number = request.to_string();
        self.answer(&["approve", &number, "--key", &self.key(by), "--as", by, "--clock", clock])
    }
}

/// The demonstration log, made once.
fn demo() -> PathBuf {
    static DEMO: OnceLock<PathBuf> = OnceLock::new();
    let made = DEMO.get_or_init(|| {
        let scene = Scene::empty("demo");
        let output = scene.command(&["log", "init", "log", "--demo"]).output().expect("the binary runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        scene.log()
    });
    made.clone()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

/// Every file of a folder, with its bytes.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
