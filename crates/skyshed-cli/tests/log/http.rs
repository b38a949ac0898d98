//! Writing over HTTP: the guide's own commands, run by a shell against a service, which is then killed.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{OFFICER, Scene, text};

/// Ends the service with the test, however it goes.
struct Service {
    child: Child,
    address: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A service that plans little, at a time of the demonstration.
fn serve(scene: &Scene, flags: &[&str]) -> Service {
    fs::write(scene.folder.join("small.toml"), "[slot]\nscope = \"inhabited\"\n").expect("a configuration");
    let mut command = scene.command(&["serve", "--log", "my-log", "--listen", "127.0.0.1:0"]);
    command.args([
        "--elements",
        "preset:starlink-550",
        "--config",
        "small.toml",
        "--at",
        "2026-10-10T12:00:00Z",
    ]);
    let mut child = command.args(flags).stdout(Stdio::piped()).spawn().expect("the binary runs");
    let mut lines =
        BufReader::new(child.stdout.take().expect("standard output")).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("http://")).expect("it says where it is");
    let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
    Service { address: address.to_owned(), child }
}

fn send(address: &str, head: &str, body: &[u8]) -> (u16, String, Value) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let length = body.len();
    write!(stream, "{head} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n")
        .expect("a head");
    stream.write_all(b"content-type: application/json\r\nidempotency-key: ask-1\r\n\r\n").expect("a head");
    stream.write_all(body).expect("a body");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = text(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    (status, head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or_default())
}

/// The commands of the guide below a mark.
fn example(mark: &str) -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/log.md");
    let guide = fs::read_to_string(guide).expect("the guide");
    let (_, rest) = guide.split_once(&format!("<!-- run: {mark} -->\n```sh\n")).expect("the example");
    rest.split_once("\n```").expect("its end").0.to_owned()
}

#[test]
fn the_guides_example_writes_over_http_and_survives_kill_9() {
    let scene = Scene::demo("http");
    fs::rename(scene.log(), scene.folder.join("my-log")).expect("the log of the guide");
    let service = serve(&scene, &["--write"]);
    let binary = Path::new(env!("CARGO_BIN_EXE_skyshed"));
    let script = example("http").replace("127.0.0.1:8080", &service.address);
    let path = format!(
        "{}:{}",
        binary.parent().expect("a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("sh")
        .args(["-euc", &script])
        .current_dir(&scene.folder)
        .env("PATH", path)
        .env("SKYSHED_HOME", scene.folder.join("home"))
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let approved: Value = serde_json::from_str(&printed[printed.find("{\n").expect("JSON")..]).expect("JSON");
    assert_eq!(approved["records"][0]["type"], "approval", "{approved}");
    assert!(approved["records"][0]["status"].to_string().contains(OFFICER), "{approved}");
    let asked = fs::read_to_string(scene.folder.join("asked.json")).expect("the first answer");
    let asked: Value = serde_json::from_str(&asked).expect("JSON");

    // SIGKILL, and another service over the same folder.
    drop(service);
    let service = serve(&scene, &["--write"]);
    let record = fs::read(scene.folder.join("request.record.json")).expect("the record");
    let (status, head, again) = send(&service.address, "POST /api/v1/requests", &record);
    assert_eq!((status, again), (201, asked));
    assert!(head.contains("idempotency-replayed: true"), "{head}");
    // While it writes, nobody else does.
    let refused = scene.command(&["log", "append", "--log", "my-log"]).output().expect("the binary runs");
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("another writer holds"), "{}", text(&refused.stderr));
    drop(service);
    let verified = scene.command(&["log", "verify", "my-log"]).output().expect("the binary runs");
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

#[test]
fn a_service_writes_only_where_it_is_told_to_and_a_demonstration_only_at_home() {
    let scene = Scene::demo("http-read-only");
    fs::rename(scene.log(), scene.folder.join("my-log")).expect("the log");
    let service = serve(&scene, &[]);
    let (status, _, problem) = send(&service.address, "POST /api/v1/records", b"{}");
    assert_eq!((status, &problem["type"]), (403, &"/problems/read-only".into()));
    drop(service);
    let refused = |flags: &[&str], parts: &[&str]| {
        let mut command =
            scene.command(&["serve", "--elements", "preset:starlink-550", "--config", "small.toml"]);
        let output = command.args(flags).output().expect("the binary runs");
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{flags:?}: {message}");
        assert!(parts.iter().all(|part| message.contains(part)), "{flags:?}: {message}");
    };
    let everywhere = ["--log", "my-log", "--write", "--listen", "0.0.0.0:0"];
    refused(&everywhere, &["demonstration log", "loopback"]);
    refused(&["--policy", "all-on", "--write", "--listen", "127.0.0.1:0"], &["--policy", "--log"]);
    fs::remove_dir_all(scene.folder.join("my-log/keys")).expect("its keys");
    refused(&["--log", "my-log", "--write", "--listen", "127.0.0.1:0"], &["my-log.key"]);
}
