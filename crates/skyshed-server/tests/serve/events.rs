//! Server-sent events over real connections.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use skyshed_records::record::State;
use skyshed_server::Server;
use skyshed_server::events::SUBSCRIBERS_MAX;

use crate::client::get;
use crate::log::{NOON, Scene};
use crate::{START, epoch, start, turn};

/// One who listens.
struct Listener(BufReader<TcpStream>);

/// One event.
struct Event {
    id: Option<String>,
    name: String,
    data: Value,
}

impl Listener {
    fn begin(address: SocketAddr, last: Option<&str>) -> Listener {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let last = last.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        write!(stream, "GET /api/v1/events HTTP/1.1\r\nhost: {address}\r\n{last}\r\n").unwrap();
        Listener(BufReader::new(stream))
    }

    /// Reads the head of the response; its status.
    fn head(&mut self) -> (u16, Vec<String>) {
        let mut lines = Vec::new();
        loop {
            let line = self.line().expect("a head");
            if line.is_empty() {
                break;
            }
            lines.push(line.to_ascii_lowercase());
        }
        (lines[0].split(' ').nth(1).unwrap().parse().unwrap(), lines)
    }

    /// The next event; comments are passed over. `None` at the end of the stream.
    fn next(&mut self) -> Option<Event> {
        let mut event = Event { id: None, name: String::new(), data: Value::Null };
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some(("id", id)) => event.id = Some(id.to_owned()),
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("data", data)) => event.data = serde_json::from_str(data).unwrap(),
                // Sizes of chunks, comments, `retry`.
                _ if !line.is_empty() || event.name.is_empty() => {}
                _ => return Some(event),
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn listen(server: &Server, last: Option<&str>) -> (Listener, Event) {
    let mut listener = Listener::begin(server.address(), last);
    let (status, head) = listener.head();
    assert_eq!(status, 200, "{head:?}");
    assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
    let hello = listener.next().expect("hello");
    assert_eq!(hello.name, "hello");
    (listener, hello)
}

fn slot(server: &Server, time: &str) {
    server.service().clock.set(epoch(time));
    server.service().wait_for_slot(epoch(time));
}

#[test]
fn slots_are_told_as_they_are_planned_and_whoever_comes_back_misses_none() {
    let _turn = turn();
    let server = start(START);
    let (mut listener, hello) = listen(&server, None);
    assert_eq!(
        (&hello.data["resumed"], &hello.data["slot_time"]),
        (&false.into(), &"2026-08-22T21:00:12Z".into())
    );
    slot(&server, "2026-08-22T21:00:27Z");
    let first = listener.next().unwrap();
    assert_eq!((first.name.as_str(), &first.data["slot_time"]), ("slot", &"2026-08-22T21:00:27Z".into()));
    let summary = get(server.address(), "/api/v1/slot").json();
    assert_eq!(first.data["cells_served"], summary["cells"]["served"]);
    assert_eq!(first.data["people_served"], summary["people"]["served"]);
    drop(listener);
    slot(&server, "2026-08-22T21:00:42Z");
    slot(&server, "2026-08-22T21:00:57Z");
    let (mut listener, hello) = listen(&server, first.id.as_deref());
    assert_eq!((&hello.data["resumed"], &hello.data["kept"]), (&true.into(), &2.into()));
    let times: Vec<Value> = (0..2).map(|_| listener.next().unwrap().data["slot_time"].clone()).collect();
    assert_eq!(times, ["2026-08-22T21:00:42Z", "2026-08-22T21:00:57Z"]);
    // A stop ends the stream, and does not wait for it.
    server.stop();
    assert!(listener.next().is_none());
}

#[test]
fn records_are_told_in_words() {
    let _turn = turn();
    let mut scene = Scene::new(&[("BE", State::On)]);
    let server = crate::log::start(&scene, NOON);
    let (mut listener, hello) = listen(&server, None);
    assert_eq!(hello.data["log_size"], scene.size());
    let decision = scene.decide("FR", State::On);
    slot(&server, "2026-08-22T21:00:27Z");
    let mut told = Vec::new();
    while told.last().is_none_or(|event: &Event| event.data["number"] != scene.size() - 1) {
        let event = listener.next().unwrap();
        assert_eq!(event.name, "log");
        told.push(event);
    }
    let asked = told.iter().find(|event| event.data["type"] == "request").expect("the request");
    assert_eq!(asked.data["territory"], "FR");
    assert!(asked.data["summary"].as_str().unwrap().contains("FR"), "{}", asked.data);
    let decided = told.iter().find(|event| event.data["number"] == decision).expect("the decision");
    assert_eq!((&decided.data["type"], &decided.data["territory"]), (&"decision".into(), &"FR".into()));
    assert_eq!(listener.next().unwrap().name, "slot");
    // Once, however often somebody looks.
    slot(&server, "2026-08-22T21:00:42Z");
    assert_eq!(listener.next().unwrap().name, "slot");
}

#[test]
fn a_thousand_listen_and_one_more_is_told_to_come_back() {
    let _turn = turn();
    room_for_files();
    let server = start(START);
    let mut listeners: Vec<Listener> =
        (0..SUBSCRIBERS_MAX).map(|_| Listener::begin(server.address(), None)).collect();
    for listener in &mut listeners {
        assert_eq!(listener.head().0, 200);
        assert_eq!(listener.next().unwrap().name, "hello");
    }
    assert_eq!(server.service().events.subscribers(), SUBSCRIBERS_MAX);
    let mut late = Listener::begin(server.address(), None);
    assert_eq!(late.head().0, 503);
    for time in ["2026-08-22T21:00:27Z", "2026-08-22T21:00:42Z"] {
        slot(&server, time);
        for listener in &mut listeners {
            assert_eq!(listener.next().unwrap().data["slot_time"], time);
        }
    }
    // Other requests are answered, and no slot was missed for them.
    let health = get(server.address(), "/healthz").json();
    assert_eq!((&health["slots_missed"], &health["slots_failed"]), (&0.into(), &0.into()));
    drop(listeners);
    // Each end is noticed when the next event is written.
    let events = &server.service().events;
    let began = Instant::now();
    while events.subscribers() > 0 && began.elapsed() < Duration::from_secs(100) {
        events.publish("slot", &"are you still there?");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(events.subscribers(), 0);
}

/// A thousand connections have two ends in this process.
#[cfg(unix)]
fn room_for_files() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls are given a valid place for as long as they take.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
        limit.rlim_cur = limit.rlim_cur.max(8_192.min(limit.rlim_max));
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit), 0);
    }
}

#[cfg(not(unix))]
fn room_for_files() {}
