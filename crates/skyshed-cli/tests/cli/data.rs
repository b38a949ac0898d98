//! `data status`, `import` and `refresh`, against a server on this machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::support::{answer, directory, json, refused, run, text};

/// Three element sets of one epoch, as OMM JSON.
pub fn elements(epoch: &str) -> String {
    let set = |number: u32, anomaly: f64| {
        format!(
            "{{\"OBJECT_NAME\":\"STARLINK-{number}\",\"OBJECT_ID\":\"2019-074A\",\"EPOCH\":\"{epoch}\",\"MEAN_MOTION\":15.06,\
             \"ECCENTRICITY\":0.00014,\"INCLINATION\":53.05,\"RA_OF_ASC_NODE\":120.0,\"ARG_OF_PERICENTER\":90.0,\
             \"MEAN_ANOMALY\":{anomaly},\"EPHEMERIS_TYPE\":0,\"CLASSIFICATION_TYPE\":\"U\",\"NORAD_CAT_ID\":{number},\
             \"ELEMENT_SET_NO\":999,\"REV_AT_EPOCH\":37000,\"BSTAR\":0.0001,\"MEAN_MOTION_DOT\":0.00001,\"MEAN_MOTION_DDOT\":0}}"
        )
    };
    format!("[{},{},{}]", set(44_714, 10.0), set(44_715, 130.0), set(100_234, 250.0))
}

/// Some days of finals2000A: modified Julian day in columns 8 to 15, UT1-UTC in columns 59 to 68.
pub fn finals() -> String {
    (0..30)
        .map(|day| format!("{:>6} {:8.2} I{:40}I{:10.7}\n", "26 822", 61_270.0 + f64::from(day), "", 0.0123))
        .collect()
}

/// Answers GET requests, one connection each, and tells the paths.
pub fn server(respond: impl Fn(&str) -> (u16, String) + Send + 'static) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (told, paths) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut lines = BufReader::new(stream.try_clone().expect("a connection")).lines();
            let request = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let (status, body) = respond(&path);
            let _ = told.send(path);
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (address, paths)
}

fn kept(directory: &Path, name: &str) -> Option<String> {
    fs::read_to_string(directory.join("home").join(name)).ok()
}

#[test]
fn refresh_downloads_once_and_then_waits() {
    let directory = directory("refresh");
    let (address, paths) = server(|path| match path.contains("gp.php") {
        true => (200, elements("2026-08-22T12:00:00")),
        false => (200, finals()),
    });
    let first = answer(&directory, &["data", "refresh", "--source", &address]);
    assert!(first.contains("element sets: 3 satellites") && first.contains("UT1-UTC from"), "{first}");
    assert_eq!(kept(&directory, "elements"), Some(elements("2026-08-22T12:00:00")));
    let asked: Vec<String> = paths.try_iter().collect();
    assert_eq!(asked, ["/NORAD/elements/gp.php?GROUP=starlink&FORMAT=json", "/data/9/finals2000A.all"]);
    let second = answer(&directory, &["data", "refresh", "--source", &address]);
    assert!(second.contains("not again before 2 hours have passed"), "{second}");
    assert_eq!(paths.try_iter().count(), 0, "asked again");
    // What was refreshed is what is used.
    let why = json(&directory, &["why", "Brussels, BE", "--at", "2026-08-22T12:00:00Z", "--json"]);
    assert_eq!(why["served"], false);
    let slot = json(&directory, &["slot", "--at", "2026-08-22T12:00:00Z", "--json"]);
    assert_eq!(slot["satellites"]["total"], 3);
    assert!(slot["elements"]["source"].as_str().expect("a source").starts_with(&address));
    let status = json(&directory, &["data", "status", "--json"]);
    assert_eq!(status["kept"][0]["readable"], true);
    let text = answer(&directory, &["data", "status"]);
    for part in ["3 satellites (OMM JSON)", "GeoNames", "Natural Earth", "CelesTrak", &address] {
        assert!(text.contains(part), "{part} is missing from\n{text}");
    }
}

#[test]
fn a_refresh_that_fails_changes_nothing() {
    let directory = directory("refresh-fails");
    let unreachable = "http://127.0.0.1:9";
    refused(
        &directory,
        &["data", "refresh", "--source", unreachable],
        1,
        &["cannot download http://127.0.0.1:9/", "as it was"],
    );
    assert_eq!(kept(&directory, "elements"), None);
    let home = directory.join("home");
    fs::create_dir_all(&home).expect("a directory");
    fs::write(home.join("elements"), elements("2026-08-01T00:00:00")).expect("a file");
    let (address, _) = server(|_| (403, "Forbidden".to_owned()));
    refused(&directory, &["data", "refresh", "--source", &address], 1, &["403"]);
    let (address, _) = server(|_| (200, "GP data has not updated since your last download".to_owned()));
    refused(&directory, &["data", "refresh", "--source", &address], 1, &["did not answer with element sets"]);
    assert_eq!(kept(&directory, "elements"), Some(elements("2026-08-01T00:00:00")));
    // One of two that succeeds is kept, and the failure of the other still told.
    let (address, _) =
        server(|path| if path.contains("gp.php") { (500, String::new()) } else { (200, finals()) });
    let output = run(&directory, &["data", "refresh", "--source", &address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("UT1-UTC from") && text(&output.stderr).contains("500"));
    assert_eq!(kept(&directory, "ut1"), Some(finals()));
}

#[test]
fn import_recognises_by_content_and_checks_first() {
    let directory = directory("import");
    let write = |name: &str, contents: &str| fs::write(directory.join(name), contents).expect("a file");
    write("a.txt", &elements("2026-08-22T12:00:00"));
    write("b.txt", &finals());
    write(
        "c.txt",
        "[[gateway]]\nname = \"Ghent\"\ncountry = \"BE\"\nlatitude_deg = 51.05\nlongitude_deg = 3.72\napproximate = true\n",
    );
    assert!(
        answer(&directory, &["data", "import", "a.txt"]).starts_with("element sets: 3 satellites (OMM JSON)")
    );
    assert!(
        answer(&directory, &["data", "import", "b.txt"])
            .starts_with("Earth rotation (UT1): UT1-UTC from 2026-")
    );
    let sites = json(&directory, &["data", "import", "c.txt", "--json"]);
    assert_eq!((&sites["kind"], &sites["records"]), (&"sites".into(), &1.into()));
    let one_bad = elements("2026-08-22T12:00:00").replacen("15.06", "-15.06", 1);
    write("d.txt", &one_bad);
    let output = run(&directory, &["data", "import", "d.txt"]);
    assert!(output.status.success() && text(&output.stderr).contains("record 1"), "{}", text(&output.stderr));
    write("e.txt", "Dear reader,\n");
    refused(
        &directory,
        &["data", "import", "e.txt"],
        1,
        &["nothing was changed", "as element sets", "as finals2000A", "as a list of sites"],
    );
    write("f.txt", "");
    refused(&directory, &["data", "import", "f.txt"], 1, &["empty"]);
    refused(&directory, &["data", "import", "none.txt"], 1, &["cannot open none.txt"]);
    assert_eq!(kept(&directory, "elements"), Some(one_bad));
    assert_eq!(kept(&directory, "ut1"), Some(finals()));
    // A file damaged by hand is told, not used in silence.
    fs::write(directory.join("home/ut1"), "nonsense").expect("a file");
    refused(&directory, &["slot"], 1, &["ut1 is damaged"]);
    let status = json(&directory, &["data", "status", "--json"]);
    assert_eq!(status["kept"][1]["readable"], false);
}

#[test]
fn without_anything_there_is_a_status_and_no_directory_is_made() {
    let directory = directory("status");
    let status = json(&directory, &["data", "status", "--json"]);
    assert_eq!(status["defaults"]["elements"], "preset:starlink-2026");
    assert!(status["kept"].as_array().expect("kinds").iter().all(|kind| kind["present"] == false));
    assert!(!directory.join("home").exists());
}
