//! A running service: the real binary, asked over HTTP, told of by its events and its messages.
#![allow(dead_code, reason = "each test binary uses some of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// What never happens is waited for so long.
const PATIENCE: Duration = Duration::from_secs(180);

/// A service; killed with the test, however that goes.
pub struct Service {
    child: Child,
    /// Host and port.
    pub address: String,
    /// Its messages, an object each.
    messages: Receiver<Value>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer over HTTP.
pub struct Answer {
    pub status: u16,
    /// First line and header fields, in small letters.
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Service {
    /// Starts `serve` on a free port, with messages as JSON, and waits until it says where it is.
    pub fn start(mut serve: Command) -> Service {
        serve.args(["--listen", "127.0.0.1:0", "--messages-format", "json"]);
        let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let said = BufReader::new(child.stderr.take().expect("standard error"));
        let (tell, messages) = channel();
        thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                // What is no message is kept for whoever looks why a test fails.
                let told = serde_json::from_str(&line).unwrap_or(Value::String(line));
                let _ = tell.send(told);
            }
        });
        let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let line = lines.by_ref().map_while(Result::ok).find(|line| line.contains("http://"));
        let Some(line) = line else {
            panic!("it says where it is: {:?}", messages.iter().collect::<Vec<_>>())
        };
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        Service { address: address.expect("an address").to_owned(), child, messages }
    }

    /// Waits for a message about an event.
    #[track_caller]
    pub fn told(&self, event: &str) -> Value {
        let mut before = Vec::new();
        loop {
            match self.messages.recv_timeout(PATIENCE) {
                Ok(message) if message["event"] == event => return message,
                Ok(message) => before.push(message),
                Err(error) => panic!("no message about {event} ({error}); before: {before:?}"),
            }
        }
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs");
        assert!(sent.success(), "kill -{name} {pid}");
    }

    /// Kills it with SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ended");
    }

    /// Waits for its end.
    pub fn ended(mut self) -> ExitStatus {
        self.child.wait().expect("it ended")
    }

    /// Asks.
    pub fn get(&self, path: &str) -> Answer {
        exchange(&self.address, &format!("GET {path}"), "", b"").expect("an answer")
    }

    /// One line of the metrics: its value.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").body;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in {text}")).parse().expect("a number")
    }

    /// Listens to its events.
    pub fn listen(&self) -> Listener {
        let mut stream = connect(&self.address).expect("it listens");
        let head = format!("GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n\r\n", self.address);
        stream.write_all(head.as_bytes()).expect("a request");
        let mut listener = Listener(BufReader::new(stream));
        assert_eq!(listener.next().expect("an event").0, "hello");
        listener
    }
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends a request whole and reads its answer whole. `head` is a method and a path, `fields` are header fields with their line ends.
pub fn exchange(address: &str, head: &str, fields: &str, body: &[u8]) -> std::io::Result<Answer> {
    let mut stream = connect(address)?;
    let length = body.len();
    let head = format!(
        "{head} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{fields}content-length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    answer(stream)
}

/// Sends a record to a path below `/api/v1`.
pub fn write(address: &str, path: &str, key: &str, record: &[u8]) -> std::io::Result<Answer> {
    exchange(address, &format!("POST /api/v1{path}"), &write_fields(key), record)
}

fn write_fields(key: &str) -> String {
    format!("content-type: application/json\r\nidempotency-key: {key}\r\n")
}

/// Reads what is left of a connection as an answer.
fn answer(mut stream: impl Read) -> std::io::Result<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = || std::io::Error::other(format!("no whole answer: {text:?}"));
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(whole)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(whole)?;
    Ok(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

/// A write of which the service has the head, and waits for the body.
pub struct UnderWay {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl UnderWay {
    /// Sends the head and waits until the service asks for the rest (RFC 9110, 10.1.1).
    pub fn begin(address: &str, path: &str, key: &str, record: &[u8]) -> UnderWay {
        let mut stream = connect(address).expect("it listens");
        let head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nexpect: 100-continue\r\n{}content-length: {}\r\n\r\n",
            write_fields(key),
            record.len()
        );
        stream.write_all(head.as_bytes()).expect("a head");
        let mut stream = BufReader::new(stream);
        for expected in ["HTTP/1.1 100 Continue\r\n", "\r\n"] {
            let mut line = String::new();
            stream.read_line(&mut line).expect("an interim answer");
            assert_eq!(line, expected);
        }
        UnderWay { stream, body: record.to_vec() }
    }

    /// Sends the body; the answer.
    pub fn finish(mut self) -> Answer {
        self.stream.get_mut().write_all(&self.body).expect("a body");
        answer(self.stream).expect("an answer")
    }
}

/// One who listens to events.
pub struct Listener(BufReader<TcpStream>);

impl Listener {
    /// Name and data of the next event; `None` at the end of the stream.
    pub fn next(&mut self) -> Option<(String, Value)> {
        let (mut name, mut data) = (String::new(), Value::Null);
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some(("event", event)) => name = event.to_owned(),
                Some(("data", json)) => data = serde_json::from_str(json).expect("JSON"),
                // The head, sizes of chunks, comments, ids.
                _ if !line.is_empty() || name.is_empty() => {}
                _ => return Some((name, data)),
            }
        }
    }

    /// Waits for slots until one is as it should be.
    #[track_caller]
    pub fn until_slot(&mut self, mut wanted: impl FnMut() -> bool) {
        for _ in 0..1_000 {
            let (name, _) = self.next().expect("the stream goes on");
            if name == "slot" && wanted() {
                return;
            }
        }
        panic!("no slot is as it should be");
    }

    /// Reads to the end of the stream; whether it ended as chunks end (RFC 9112, 7.1), and did not break off.
    pub fn ended_whole(mut self) -> bool {
        let mut last = String::new();
        while let Some(line) = self.line() {
            if !line.is_empty() {
                last = line;
            }
        }
        last == "0"
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).expect("the service sends or ends");
        (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }
}
