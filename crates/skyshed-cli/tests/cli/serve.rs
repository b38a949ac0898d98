//! `serve`: started as a person would, asked as a browser would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::support::{FIXED, directory, refused, skyshed};

/// Ends the service with the test, however it goes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_service_says_where_it_is_and_answers() {
    let directory = directory("serve");
    let child = skyshed(&directory)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(FIXED)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut running = Running(child);
    let said = BufReader::new(running.0.stdout.take().expect("standard output"));
    let mut lines = Vec::new();
    for line in said.lines().map_while(Result::ok) {
        lines.push(line);
        if lines.last().is_some_and(|line| line.contains("http://")) {
            break;
        }
    }
    let line = lines.last().expect("it says where it is");
    assert!(lines.iter().any(|line| line.contains("elements")), "{lines:?}");
    let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
    let health = get(address, "/healthz");
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    let why = get(address, "/api/v1/why?place=Taipei");
    assert!(why.contains("\"territory_off\""), "{why}");
    let occupied = ["serve", "--listen", address, FIXED[0], FIXED[1]];
    refused(&directory, &occupied, 1, &[address]);
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}
