//! Service lines, user terminals and exports over HTTP.

use serde_json::Value;
use skyshed_records::record::State;

use crate::client::get;
use crate::log::{NOON, Scene, start};
use crate::{check_problem, shared, turn};

#[test]
fn lines_and_terminals_are_listed_a_page_at_a_time_and_found_by_id() {
    for (list, key) in [("service-lines", "SL-DEMO-BRUSSELS"), ("user-terminals", "ut-demo-brussels")] {
        let all = shared(&format!("/api/v1/{list}")).json();
        let total = all["total"].as_u64().unwrap();
        assert!(total >= 8 && all["items"].as_array().unwrap().len() as u64 == total, "{all}");
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let page = shared(&format!("/api/v1/{list}?limit=3{next}")).json();
            seen.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(Value::Array(seen), all["items"]);
        assert_eq!(shared(&format!("/api/v1/{list}/{key}")).json()["id"], key);
        check_problem(&format!("/api/v1/{list}/nobody"), 404, "unknown-line", &["nobody", list]);
        check_problem(&format!("/api/v1/{list}/nobody/eligibility"), 404, "unknown-line", &["nobody", list]);
    }
    let line = shared("/api/v1/service-lines/SL-DEMO-BRUSSELS").json();
    assert_eq!(line["user_terminals"], serde_json::json!(["ut-demo-brussels", "ut-demo-brussels-far"]));
}

#[test]
fn each_demonstration_terminal_shows_what_its_place_and_line_make_it_show() {
    let check = |ask: &str, code: u8, cause: Option<&str>| {
        let answer = shared(&format!("/api/v1/user-terminals/{ask}")).json();
        assert_eq!((&answer["code"], answer["cause"].as_str()), (&code.into(), cause), "{ask}: {answer}");
        assert_eq!(answer["eligible"], code == 1, "{ask}");
        answer
    };
    check("ut-demo-brussels/eligibility", 1, None);
    check("ut-demo-brussels-far/eligibility", 3, Some("too_far_from_address"));
    check("ut-demo-brussels/eligibility?speed_kmh=30", 14, Some("plan_too_fast"));
    let taipei = check("ut-demo-taipei/eligibility", 6, Some("territory_off"));
    assert_eq!(
        (&taipei["decision"]["territory"], &taipei["decision"]["state"]),
        (&"TW".into(), &"off".into())
    );
    assert_eq!((&taipei["proof"], taipei["what_if"].is_string()), (&Value::Null, true));
    check("ut-demo-lyon/eligibility", 12, Some("account_suspended"));
    check("ut-demo-silent/eligibility", 11, Some("position_unknown"));
    check("ut-demo-new/eligibility", 2, Some("no_account"));
    check("ut-demo-coaster/eligibility", 1, None);
    check("ut-demo-camper/eligibility?lat=48.1&lon=11.6", 1, None);
    check("ut-demo-camper/eligibility?lat=-45&lon=-120", 10, Some("class_not_here"));
    let line = shared("/api/v1/service-lines/SL-DEMO-TAIPEI/eligibility").json();
    assert_eq!((&line["code"], &line["user_terminal"]), (&6.into(), &"ut-demo-taipei".into()));
    let path = "/api/v1/user-terminals/ut-demo-brussels/eligibility";
    check_problem(&format!("{path}?lat=1"), 400, "bad-query", &["lat", "lon"]);
    check_problem(&format!("{path}?lat=91&lon=0"), 400, "bad-value", &["91", "-90 to 90"]);
    check_problem(&format!("{path}?speed_kmh=-1"), 400, "bad-value", &["-1"]);
    check_problem(&format!("{path}?at=soon"), 400, "bad-value", &["soon"]);
    check_problem(&format!("{path}?where=here"), 400, "bad-query", &["where", "allowed: at"]);
}

#[test]
fn under_a_log_an_answer_names_its_decision_and_where_the_proof_is() {
    let _turn = turn();
    let scene = Scene::new(&[("BE", State::Off), ("FR", State::On)]);
    let server = start(&scene, NOON);
    let ask = |path: &str| get(server.address(), path);
    let answer = ask("/api/v1/user-terminals/ut-demo-brussels/eligibility").json();
    assert_eq!((&answer["code"], &answer["cause"]), (&6.into(), &"territory_off".into()), "{answer}");
    let number = answer["decision"]["number"].as_u64().unwrap();
    assert_eq!(answer["decision"]["reason_code"], "court_order");
    let proof = answer["proof"].as_str().unwrap();
    assert!(proof.ends_with(&format!("/{number}.tlog-proof")), "{proof}");
    assert_eq!(ask(proof).status, 200);
    // Before the decision nobody had decided anything.
    let before = ask("/api/v1/user-terminals/ut-demo-brussels/eligibility?at=2026-08-21T00:00:00Z").json();
    assert_eq!((&before["cause"], &before["decision"]), (&"no_decision".into(), &Value::Null), "{before}");

    let rows = ask("/api/v1/export/shutdowns.csv");
    assert_eq!(rows.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let rows = rows.text().to_owned();
    assert!(rows.starts_with("start_date_type,start_date,country,"), "{rows}");
    assert_eq!(rows.lines().count(), 2, "Belgium alone is off: {rows}");
    assert!(rows.contains(",Belgium,national,") && rows.contains(proof), "{rows}");
    let radar = ask("/api/v1/export/radar.json").json();
    let annotations = radar["result"]["annotations"].as_array().unwrap();
    assert_eq!((annotations.len(), &annotations[0]["locations"][0]), (1, &"BE".into()));
    for path in ["shutdowns.csv", "radar.json"] {
        check_problem(&format!("/api/v1/export/{path}"), 404, "no-log", &["--policy"]);
    }
}
