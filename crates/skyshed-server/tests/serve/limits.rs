//! Every limit, met on purpose; and clients that mean harm, who keep nobody else waiting.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use skyshed_server::clock::Clock;
use skyshed_server::limits::{Limit, Limits};
use skyshed_server::{ServeOptions, Server};

use super::client::{Response, get, raw, request};
use super::{START, WORLD, anywhere, epoch, turn};

/// What happens by itself is waited for so long.
const PATIENCE: Duration = Duration::from_secs(60);

fn start(change: impl FnOnce(&mut ServeOptions)) -> Server {
    let mut options = ServeOptions { listen: anywhere(), ..ServeOptions::default() };
    change(&mut options);
    Server::start_with(WORLD.clone(), None, Clock::by_hand(epoch(START)), options, None).unwrap()
}

fn with_limits(change: impl FnOnce(&mut Limits)) -> Server {
    start(|options| change(&mut options.limits))
}

fn met(server: &Server, limit: Limit) -> u64 {
    server.service().metrics.limits.of(limit)
}

#[track_caller]
fn check_problem(response: &Response, status: u16, kind: &str, parts: &[&str]) {
    assert_eq!(response.status, status, "{}", response.text());
    let problem = response.json();
    assert_eq!(problem["type"], format!("/problems/{kind}"));
    for part in parts {
        assert!(problem["detail"].as_str().unwrap().contains(part), "{problem} does not say {part:?}");
    }
}

/// Waits until the server closes a connection; what it sent before is given.
fn until_closed(mut stream: &TcpStream) -> Vec<u8> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return bytes,
            Ok(count) => bytes.extend(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return bytes,
            Err(error) => panic!("the server keeps the connection: {error}"),
        }
    }
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_body_is_taken_whole_and_within_its_size_and_time() {
    let _turn = turn();
    let server = with_limits(|limits| {
        limits.body_bytes = 1_000;
        limits.body_timeout = Duration::from_millis(200);
    });
    let address = server.address();
    let post = |head: &str, body: &str| {
        let head =
            format!("POST /api/v1/slot HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{head}\r\n\r\n{body}");
        raw(address, head.as_bytes()).expect("an answer")
    };
    let announced = post("content-length: 1001", "");
    check_problem(&announced, 413, "too-large", &["1001 bytes", "up to 1000"]);
    let chunk = format!("600\r\n{}\r\n0\r\n\r\n", "a".repeat(0x600));
    check_problem(&post("transfer-encoding: chunked", &chunk), 413, "too-large", &["more than 1000"]);
    check_problem(&post("content-length: 10", "a"), 408, "too-slow", &["within 0.2 s"]);
    // What is within the limits gets as far as the path, which takes no POST.
    check_problem(&post("content-length: 10", "0123456789"), 405, "method-not-allowed", &["POST"]);
    assert_eq!((met(&server, Limit::BodyBytes), met(&server, Limit::BodyTimeout)), (2, 1));
}

#[test]
fn targets_headers_and_their_number_are_limited() {
    let _turn = turn();
    let server = with_limits(|limits| {
        limits.target_bytes = 300;
        limits.header_bytes = 2_000;
        limits.headers = 10;
    });
    let long = get(server.address(), &format!("/api/v1/why?place={}", "x".repeat(300)));
    check_problem(&long, 414, "too-long", &["318 bytes", "up to 300"]);
    assert_eq!(met(&server, Limit::TargetBytes), 1);
    let large = ["x".repeat(2_000)];
    let many = vec!["y".to_owned(); 11];
    for values in [&large[..], &many[..]] {
        let headers: Vec<(String, &str)> =
            values.iter().enumerate().map(|(number, value)| (format!("x-{number}"), &**value)).collect();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, *value)).collect();
        assert_eq!(request(server.address(), "GET", "/healthz", &headers).status, 431);
    }
    wait_until("counting", || met(&server, Limit::Unreadable) == 2);
}

#[test]
fn an_answer_is_no_longer_than_it_may_be() {
    let _turn = turn();
    let server = with_limits(|limits| limits.response_bytes = 1_000_000);
    let raster = get(server.address(), "/api/v1/cells/raster");
    check_problem(&raster, 400, "bad-value", &["2097152 bytes", "up to 1000000"]);
    assert_eq!(get(server.address(), "/api/v1/slot").status, 200);
    assert_eq!(met(&server, Limit::ResponseBytes), 1);
}

#[test]
fn a_client_has_a_rate_and_only_a_trusted_proxy_may_say_who_it_is() {
    let _turn = turn();
    let ask = |server: &Server, client: &str| {
        request(server.address(), "GET", "/problems/busy", &[("x-forwarded-for", client)])
    };
    let limited = |options: &mut ServeOptions| {
        // So slow that no bucket fills while the test runs.
        options.limits.requests_per_s = 1;
        options.limits.request_burst = 500;
    };
    let server = start(limited);
    let first = ask(&server, "198.51.100.1");
    assert_eq!((first.status, first.header("ratelimit-policy")), (200, Some("\"client\";q=500;w=500")));
    assert!(first.header("ratelimit").unwrap().starts_with("\"client\";r=499;t="), "{:?}", first.headers);
    // A stranger's word for who asks is not taken: all of these come out of one bucket.
    let spent =
        (0..2_000).map(|n| ask(&server, &format!("198.51.100.{}", n % 250))).find(|r| r.status != 200);
    let refused = spent.expect("the bucket becomes empty");
    check_problem(&refused, 429, "too-many", &["500 in 500 s", "ask again in"]);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(refused.header("ratelimit").unwrap().starts_with("\"client\";r=0;t="), "{:?}", refused.headers);
    assert_eq!((met(&server, Limit::Rate), get(server.address(), "/healthz").status), (1, 200));
    assert_eq!(get(server.address(), "/readyz").status, 200);
    drop(server);

    let server = start(|options| {
        limited(options);
        options.limits.request_burst = 2;
        options.proxies.trusted = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let statuses = |client: &str| [(); 3].map(|()| ask(&server, client).status);
    assert_eq!(statuses("198.51.100.1"), [200, 200, 429]);
    assert_eq!(statuses("198.51.100.2"), [200, 200, 429], "another client has a bucket of its own");
    assert_eq!(statuses("2001:db8:1:2::1"), [200, 200, 429]);
    assert_eq!(ask(&server, "2001:db8:1:2::2").status, 429, "a household is one client");
    assert_eq!(
        ask(&server, "192.0.2.66, 198.51.100.1").status,
        429,
        "what a client adds in front does not count"
    );
}

#[test]
fn connections_are_counted_and_one_too_many_is_told_so() {
    let _turn = turn();
    let check = |server: &Server, limit: Limit| {
        let kept: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
        wait_until("accepting", || server.service().connections.open() == 5);
        let refused = TcpStream::connect(server.address()).unwrap();
        let told = String::from_utf8(until_closed(&refused)).unwrap();
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 503 "), "{told}");
        assert_eq!(met(server, limit), 1);
        drop(kept);
        wait_until("closing", || server.service().connections.open() == 0);
        assert_eq!(get(server.address(), "/healthz").status, 200);
    };
    check(&with_limits(|limits| limits.connections = 5), Limit::Connections);
    check(&with_limits(|limits| limits.connections_per_client = 5), Limit::ConnectionsPerClient);
    let proxied = start(|options| {
        options.limits.connections_per_client = 1;
        options.proxies.trusted = vec!["127.0.0.1".parse().unwrap()];
    });
    let kept: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(proxied.address()).unwrap()).collect();
    wait_until("accepting", || proxied.service().connections.open() == 5);
    drop(kept);
}

#[test]
fn a_request_that_takes_too_long_is_given_up() {
    let _turn = turn();
    let server = with_limits(|limits| limits.request_timeout = Duration::from_millis(100));
    let path = "/api/v1/coverage?territory=UA";
    let threads = server.service().threads.clone();
    let busy = threads.try_acquire_many_owned(server.service().limits.request_threads).unwrap();
    check_problem(&get(server.address(), path), 503, "busy", &["longer than 0.1 s"]);
    assert_eq!(met(&server, Limit::RequestTimeout), 1);
    assert_eq!(server.service().room.available_permits(), 64, "its place is free again");
    drop(busy);
    wait_until("an answer", || get(server.address(), path).status == 200);
}

/// Clients that mean harm, each on a connection of its own.
fn attack(address: SocketAddr) -> Vec<TcpStream> {
    let begin = |bytes: &[u8]| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    };
    let post = b"POST /api/v1/slot HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc";
    let raster = b"GET /api/v1/cells/raster HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20);
    (0..20)
        .flat_map(|_| [begin(b"GET / HTTP/1.1\r\nhost: x\r\nx: y"), begin(b""), begin(post), begin(&raster)])
        .collect()
}

#[test]
fn hostile_clients_are_let_go_and_stall_neither_slots_nor_answers() {
    let _turn = turn();
    let server = with_limits(|limits| {
        limits.header_timeout = Duration::from_millis(300);
        limits.idle_timeout = Duration::from_millis(300);
        limits.body_timeout = Duration::from_millis(300);
        limits.send_timeout = Duration::from_millis(300);
    });
    let attackers = attack(server.address());
    // While they are at it, the next slots are planned and others are answered.
    for now in ["2026-08-22T21:00:27Z", "2026-08-22T21:00:42Z"] {
        server.service().clock.set(epoch(now));
        server.service().wait_for_slot(epoch(now));
        let slot = get(server.address(), "/api/v1/slot");
        assert_eq!((slot.status, &slot.json()["time"]), (200, &now.into()));
    }
    let done = server.service().current().done;
    assert_eq!((done.slots_planned, done.slots_missed, done.slots_failed), (3, 0, 0));
    wait_until("letting them go", || server.service().connections.open() == 0);
    for (index, stream) in attackers.iter().enumerate() {
        let told = until_closed(stream);
        // Those who sent half a body are told why.
        assert!(index % 4 != 2 || told.starts_with(b"HTTP/1.1 408 "), "{index}");
    }
    for limit in [Limit::HeaderTimeout, Limit::IdleTimeout, Limit::BodyTimeout, Limit::SendTimeout] {
        assert!(met(&server, limit) >= 20, "{}: {}", limit.name(), met(&server, limit));
    }
}
