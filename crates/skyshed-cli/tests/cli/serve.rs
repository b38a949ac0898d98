//! `serve`: started as a person would, asked as a browser would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::service::{Service, exchange};
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

/// Key and token of RFC 7515, appendix A.2: signed with RS256, with no audience, so that it is refused for that alone.
const KEYS: &str = r#"{"keys":[{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]}"#;
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

#[test]
fn tokens_are_held_against_the_keys_of_the_file_that_is_named() {
    let directory = directory("serve-oidc");
    std::fs::write(directory.join("keys.json"), KEYS).expect("a file");
    let mut command = skyshed(&directory);
    command.arg("serve").args(FIXED);
    command.args(["--oidc-issuer", "joe", "--oidc-audience", "skyshed", "--oidc-keys", "keys.json"]);
    let service = Service::start(command);
    let ask = |token: &str| {
        let field = format!("authorization: Bearer {token}\r\n");
        exchange(&service.address, "GET /api/v1/slot", &field, b"").expect("an answer")
    };
    for (token, reason) in [
        (TOKEN.to_owned(), "another audience"),
        (TOKEN.replace("cC4hi", "cC4hj"), "not by the issuer's key"),
        ("x".to_owned(), "no JSON Web Token"),
    ] {
        let answer = ask(&token);
        assert_eq!((answer.status, &answer.json()["type"]), (401, &"/problems/bad-token".into()));
        assert!(answer.json()["detail"].to_string().contains(reason), "{}", answer.body);
    }
    assert_eq!(service.get("/api/v1/slot").status, 200);
    let refused_slots = "skyshed_http_requests_total{path=\"/api/v1/slot\",status=\"401\"}";
    assert_eq!(service.metric(refused_slots), 3.0);
}
