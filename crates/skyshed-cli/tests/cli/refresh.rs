//! Newer elements for a service that runs: read again on SIGHUP, downloaded in the background where that is allowed.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::data::{elements, finals, server};
use crate::service::Service;
use crate::support::{answer, directory, skyshed};

const AT: &str = "2026-08-22T12:00:00Z";

/// A service that plans few cells, from what the data directory keeps, four slots a second.
fn serve(directory: &Path, flags: &[&str]) -> Service {
    fs::write(directory.join("small.toml"), "[slot]\nscope = \"inhabited\"\n").expect("a configuration");
    let mut command: Command = skyshed(directory);
    command.args([
        "serve",
        "--policy",
        "all-on",
        "--config",
        "small.toml",
        "--at",
        AT,
        "--clock-speed",
        "60",
    ]);
    command.args(flags);
    Service::start(command)
}

fn keep(directory: &Path, name: &str, epoch: &str) {
    fs::write(directory.join(name), elements(epoch)).expect("a file");
    answer(directory, &["data", "import", name]);
}

fn source(service: &Service) -> String {
    service.get("/api/v1/slot").json()["elements"]["source"].as_str().expect("a source").to_owned()
}

fn doubts(service: &Service) -> Vec<String> {
    let readiness = service.get("/readyz").json();
    let codes = readiness["doubts"].as_array().expect("a list").iter().map(|doubt| &doubt["code"]);
    codes.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
#[cfg(unix)]
fn on_sighup_the_files_are_read_again_and_a_damaged_one_changes_nothing() {
    let directory = directory("sighup");
    keep(&directory, "old.json", "2026-08-22T06:00:00");
    let service = serve(&directory, &[]);
    assert_eq!(source(&service), "old.json");
    let mut events = service.listen();
    keep(&directory, "new.json", "2026-08-22T09:00:00");
    service.signal("HUP");
    service.told("elements_renewed");
    events.until_slot(|| source(&service) == "new.json");
    assert_eq!(service.metric("skyshed_elements_refreshes_total"), 1.0);

    fs::write(directory.join("home/elements"), "nonsense").expect("a file");
    service.signal("HUP");
    let failed = service.told("elements_refresh_failed");
    assert!(failed["message"].to_string().contains("the old ones stay"), "{failed}");
    events.until_slot(|| source(&service) == "new.json");
    assert_eq!(service.metric("skyshed_elements_refreshes_failed_total"), 1.0);
    assert!(doubts(&service).contains(&"refresh_failed".to_owned()));
    service.signal("TERM");
    assert_eq!(service.ended().code(), Some(0));
}

#[test]
#[cfg(unix)]
fn elements_are_downloaded_in_the_background_only_where_allowed_and_a_failure_keeps_the_last_good_ones() {
    let directory = directory("background");
    keep(&directory, "old.json", "2026-08-22T06:00:00");
    let (address, paths) = server(|path| match path.contains("gp.php") {
        true => (200, elements("2026-08-22T09:00:00")),
        false => (200, finals()),
    });
    let asked = || paths.try_iter().collect::<Vec<_>>();

    // Not allowed: slots go by, and nobody is asked.
    let silent = serve(&directory, &["--refresh-source", &address]);
    let mut events = silent.listen();
    let mut slots = 0;
    events.until_slot(|| {
        slots += 1;
        slots == 3
    });
    assert_eq!((source(&silent), asked()), ("old.json".to_owned(), vec![]));
    drop(silent);

    let allowed = ["--refresh-elements", "--refresh-source", &address];
    let service = serve(&directory, &allowed);
    let renewed = service.told("elements_renewed");
    assert!(renewed["message"].to_string().contains(&address), "{renewed}");
    service.listen().until_slot(|| source(&service).starts_with(&address));
    assert_eq!(service.metric("skyshed_elements_refreshes_total"), 1.0);
    assert_eq!(asked(), ["/NORAD/elements/gp.php?GROUP=starlink&FORMAT=json", "/data/9/finals2000A.all"]);
    assert!(!doubts(&service).contains(&"refresh_failed".to_owned()));
    drop(service);

    // Started again at once it does not ask again; the publisher wants two hours in between.
    let service = serve(&directory, &allowed);
    service.told("elements_unchanged");
    assert_eq!((source(&service).starts_with(&address), asked()), (true, vec![]));
    drop(service);

    // Hours later, as far as its notes say, the publisher fails.
    for note in ["refresh.toml", "elements.toml", "ut1.toml"] {
        let path = directory.join("home").join(note);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{note}: {error}"));
        let dated = |line: &str| match line.split_once(" = ") {
            Some((key, _)) if key.ends_with("_at") => format!("{key} = \"2026-08-01T00:00:00Z\"\n"),
            _ => format!("{line}\n"),
        };
        fs::write(&path, text.lines().map(dated).collect::<String>()).expect("a note");
    }
    let (failing, refused) = server(|_| (500, "out of order".to_owned()));
    let service = serve(&directory, &["--refresh-elements", "--refresh-source", &failing]);
    let failed = service.told("elements_refresh_failed");
    assert!(failed["message"].to_string().contains("500"), "{failed}");
    assert_eq!(refused.try_iter().count(), 2, "elements and Earth rotation");
    let mut events = service.listen();
    events.until_slot(|| source(&service).starts_with(&address));
    assert_eq!(service.metric("skyshed_elements_refreshes_failed_total"), 1.0);
    assert!(doubts(&service).contains(&"refresh_failed".to_owned()));
}
