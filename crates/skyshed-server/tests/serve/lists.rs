//! A territory that is a list of cells attached to the log: asked for, previewed, approved and in force, over HTTP.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::Ordering;

use serde_json::Value;
use skyshed::ground::{Cell, cell_id};
use skyshed_records::leaf;
use skyshed_records::record::*;

use crate::client::{Response, get};
use crate::log::{PEOPLE, request, signed};
use crate::writes::{Writing, approval};
use crate::{WORLD, epoch, turn};

const ID: &str = "X-1";

/// A list's bytes: sorted H3 indexes, big-endian.
fn list(cells: &[Cell]) -> Vec<u8> {
    let mut cells = cells.to_vec();
    cells.sort();
    cells.iter().flat_map(|cell| cell_id(*cell).to_be_bytes()).collect()
}

fn territory() -> Body {
    Territory {
        id: ID.to_owned(),
        name: "Two towns".to_owned(),
        labels: BTreeMap::new(),
        kind: TerritoryKind::Custom,
        claims: Vec::new(),
        parent: None,
    }
    .into()
}

fn zone(cells_sha256: Digest, cell_count: u64) -> Body {
    Zone {
        territory: ID.to_owned(),
        cells_sha256,
        cell_count,
        resolution: 5,
        cover_rule: CoverRule::Centroid,
        guard_km: 0,
        source: "a list".to_owned(),
        source_sha256: cells_sha256,
        prev: None,
    }
    .into()
}

#[test]
fn a_territory_that_is_an_attached_list_is_asked_for_previewed_approved_and_in_force() {
    let _turn = turn();
    let writing = Writing::new();
    let address = writing.server.address();
    let cell = |place: &str| WORLD.ground.find_place(place).unwrap().cell;
    let bytes = list(&[cell("Paris, FR"), cell("Taipei")]);
    let hash = leaf::body_sha256(&bytes);
    let send = |path: &str, key: &str, record: &[u8]| {
        let answer = writing.post(path, key, record);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    };
    send("/records", "territory", &signed(&territory(), &PEOPLE[..1]));
    send("/records", "zone", &signed(&zone(hash, 2), &PEOPLE[..1]));
    let at = Time(writing.scene.now.load(Ordering::SeqCst));
    let body: Body =
        Request { territory: ID.to_owned(), zone: hash, ..request("BE", State::On, None, at) }.into();
    let asked_hash = leaf::body_sha256(&leaf::body_bytes(&body).unwrap());
    let number = send("/requests", "ask", &signed(&body, &PEOPLE[..1]))["record"].as_u64().unwrap();

    // Without the list nobody knows what is asked for; with another one under its name neither.
    let preview = || get(address, &format!("/api/v1/preview?request={number}"));
    let check_refused = |answer: &Response, status: u16, kind: &str, parts: &[&str]| {
        assert_eq!((answer.status, &answer.json()["type"]), (status, &format!("/problems/{kind}").into()));
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap();
        assert!(parts.iter().all(|part| detail.contains(part)), "{detail}");
    };
    let path = format!("attachment/{hash}");
    check_refused(&preview(), 409, "zone-differs", &[&path, "is not there", "--cells FILE"]);
    fs::create_dir_all(writing.scene.folder.join("attachment")).unwrap();
    fs::write(writing.scene.folder.join(&path), &bytes[..8]).unwrap();
    check_refused(&preview(), 503, "log-unreadable", &[&path, "another hash than its name"]);
    fs::write(writing.scene.folder.join(&path), &bytes).unwrap();
    let previewed = preview();
    assert_eq!(previewed.status, 200, "{}", previewed.text());
    let change = &previewed.json()["changes"][0];
    assert_eq!((&change["territory"], &change["zone_sha256"]), (&ID.into(), &hash.to_string().into()));

    let approvals = format!("/requests/{number}/approvals");
    send(&approvals, "one", &approval(asked_hash, PEOPLE[1], PEOPLE[1]));
    let decided = send(&approvals, "two", &approval(asked_hash, PEOPLE[2], PEOPLE[2]));
    let decision = &decided["decisions"][0];
    writing.server.service().clock.set(epoch("2026-08-22T21:00:27Z"));
    writing.server.service().wait_for_slot(epoch("2026-08-22T21:00:27Z"));
    let why = |place: &str| get(address, &format!("/api/v1/why?place={place}")).json()["activation"].clone();
    for place in ["Paris,+FR", "Taipei"] {
        let activation = why(place);
        assert_eq!((&activation["state"], &activation["decision"]["number"]), (&"on".into(), decision));
    }
    assert_eq!(why("Lyon")["decision"], Value::Null, "the list has no other cell");
    assert_eq!(get(address, "/api/v1/log").json()["log"]["stale"], false);
}
