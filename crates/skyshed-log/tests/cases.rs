//! Public cases as scenarios: what was reported, who would have had to sign under the rules here, and when the public would have known.
//!
//! What is reported is reported, not established; several of those concerned deny or dispute it. The table is `docs/cases.md`;
//! `SKYSHED_UPDATE_SNAPSHOTS=1` writes it anew.

mod common;
#[path = "year/people.rs"]
#[allow(dead_code, reason = "the year uses the rest")]
mod people;
#[path = "cases/run.rs"]
mod run;

use std::path::Path;

use run::{Change, Run};
use skyshed_records::record::{Ask, Digest, ReasonCode, State};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

struct Case {
    when: &'static str,
    place: &'static str,
    reported: &'static str,
    /// When the public knew, as reported.
    knew: &'static str,
    before: State,
    script: fn(&mut Run),
}

#[test]
fn public_cases_under_these_rules() {
    let rows: Vec<String> = cases().iter().map(row).collect();
    check_snapshot(&(HEAD.to_owned() + &rows.join("\n") + "\n" + FOOT));
}

fn row(case: &Case) -> String {
    let mut run = Run::begin(case.when, case.before.clone());
    (case.script)(&mut run);
    assert!(run.public_min <= 60, "{}: public after {} min", case.place, run.public_min);
    let notice = run.notice_h.map_or("no change to announce".to_owned(), |hours| match hours {
        0 => "none: the emergency path has no wait".to_owned(),
        hours => format!("{hours} h before its effect"),
    });
    run.seen.dedup();
    let day = case.when.split_once('T').unwrap().0;
    let Case { place, reported, knew, .. } = case;
    let (public, seen) = (run.public_min, run.seen.join("; "));
    format!("| {day} | {place} | {reported} | {knew} | {public} min, {notice} | {seen} |")
}

fn change(to: State, reason: ReasonCode, basis: Option<&'static str>) -> Change {
    Change { to, reason, basis, emergency: false, days: None }
}

fn listed() -> State {
    State::Listed { merkle_root: Digest([0x33; 32]) }
}

fn cases() -> Vec<Case> {
    let (on, off) = (State::On, State::Off);
    vec![
        Case {
            when: "2022-09-15T00:00:00Z",
            place: "Crimea",
            reported: "an urgent request to switch on was declined by one person, who said that the area had never been on and that sanctions forbade it",
            knew: "in September 2023, by statements",
            before: off.clone(),
            script: |run| {
                run.contact("authorities of Ukraine", Ask::Activate, "declined");
                run.one_person_alone(State::On);
                run.nothing_until_review_is_over();
            },
        },
        Case {
            when: "2022-09-30T00:00:00Z",
            place: "Kherson",
            reported: "allegedly one person ordered one engineer to switch off; cells went dark on an internal map; the operator calls the report inaccurate",
            knew: "in July 2025, 34 months later, by a news agency",
            before: on.clone(),
            script: |run| {
                run.one_person_alone(State::Off);
                run.observed_otherwise(false);
            },
        },
        Case {
            when: "2023-10-28T00:00:00Z",
            place: "Gaza",
            reported: "terminals operated only with the approval of a third state, one by one; the first ran in February 2024",
            knew: "in November 2023, by statements",
            before: off.clone(),
            script: |run| {
                run.contact("ministry of a third state", Ask::KeepOff, "terminals one by one");
                run.decide(change(
                    State::Individual,
                    ReasonCode::Hostilities,
                    Some("agreement with a ministry"),
                ));
            },
        },
        Case {
            when: "2023-12-01T00:00:00Z",
            place: "Taiwan",
            reported: "a head of state reportedly asked another person not to switch on; denied; the public map said \"coming soon\"",
            knew: "in October 2024, by a newspaper",
            before: off.clone(),
            script: |run| {
                run.contact("office of a head of state", Ask::KeepOff, "none given");
                run.nothing_until_review_is_over();
            },
        },
        Case {
            when: "2024-04-30T00:00:00Z",
            place: "Sudan",
            reported: "a message to customers said that service ends; users reported that it went on",
            knew: "announced by e-mail; what was done was not",
            before: on.clone(),
            script: |run| {
                run.decide(change(State::Off, ReasonCode::NotLicensed, None));
                run.observed_otherwise(true);
            },
        },
        Case {
            when: "2024-08-30T00:00:00Z",
            place: "Brazil",
            reported: "a court ordered to block one website; it was refused informally, then obeyed",
            knew: "within days, by the court",
            before: on.clone(),
            script: |run| {
                run.contact("supreme court", Ask::Inform, "refused, then obeyed");
                run.seen.push("blocking one website is no state of a territory: only the order and the answers are in the log".into());
            },
        },
        Case {
            when: "2025-02-20T00:00:00Z",
            place: "Ukraine",
            reported: "negotiators of another state reportedly raised switching off as a means of pressure; denied",
            knew: "within days, by a news agency",
            before: on.clone(),
            script: |run| {
                run.contact("negotiators of another state", Ask::Deactivate, "none given");
                run.stopped_in_the_wait(State::Off, ReasonCode::GovernmentRequest);
            },
        },
        Case {
            when: "2025-05-05T00:00:00Z",
            place: "India",
            reported: "a licence demands the right to deny service to persons and areas during hostilities, and a zone of its own along borders",
            knew: "at once: the licence's text was published",
            before: off.clone(),
            script: |run| {
                let limited = State::Limited { max_speed_kmh: Some(900), max_kbps: None };
                run.decide(change(limited, ReasonCode::Licensed, Some("the licence's conditions")));
                let off = Change {
                    days: Some(2),
                    emergency: true,
                    ..change(State::Off, ReasonCode::SafetyOfLife, None)
                };
                run.decide(off);
            },
        },
        Case {
            when: "2025-10-22T00:00:00Z",
            place: "Myanmar",
            reported: "more than 2,500 terminals near suspected scam centres were switched off, said the operator; no list of dates and places",
            knew: "by a statement without dates or places",
            before: on.clone(),
            script: |run| {
                run.decide(change(listed(), ReasonCode::OperatorPolicy, Some("terms of service")));
            },
        },
        Case {
            when: "2025-11-10T00:00:00Z",
            place: "Iran (regulator)",
            reported: "an international board expressed grave concern that terminals work without a licence; one administration would not enforce",
            knew: "by the board's documents",
            before: off.clone(),
            script: |run| {
                run.contact("international radio board", Ask::Deactivate, "unwilling without a rule");
                run.observed_otherwise(true);
            },
        },
        Case {
            when: "2026-01-03T00:00:00Z",
            place: "Venezuela",
            reported: "free service was announced until 3 February while the availability map said \"coming soon\"",
            knew: "announced; the map said otherwise",
            before: off.clone(),
            script: |run| {
                let month = Change { days: Some(31), ..change(State::On, ReasonCode::DisasterRelief, None) };
                run.decide(month);
                run.observed_otherwise_by("map", false);
            },
        },
        Case {
            when: "2026-01-13T00:00:00Z",
            place: "Iran (blackout)",
            reported: "during a blackout one side demanded that terminals be switched off, others that they work",
            knew: "within days, by letters and the press",
            before: off,
            script: |run| {
                run.contact("government of the state", Ask::Deactivate, "none given");
                run.contact("aid organisations", Ask::Activate, "none given");
                run.one_person_alone(State::On);
            },
        },
        Case {
            when: "2026-02-03T00:00:00Z",
            place: "Ukraine (list)",
            reported: "by a decree only registered terminals work",
            knew: "at once, by the decree",
            before: on,
            script: |run| {
                run.contact("government of the state", Ask::Inform, "agreed");
                run.decide(change(
                    listed(),
                    ReasonCode::GovernmentRequest,
                    Some("a decree on registered terminals"),
                ));
            },
        },
    ]
}

fn check_snapshot(text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cases.md");
    if std::env::var_os("SKYSHED_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let first = text.lines().zip(there.lines()).find(|(now, there)| now != there);
    assert!(
        there == text,
        "docs/cases.md changed, first at {first:?}; run with SKYSHED_UPDATE_SNAPSHOTS=1 and review it"
    );
}

const HEAD: &str = "\
# Public cases under these rules

Thirteen cases from the public record, each run as a scenario through the log, with witnesses and a monitor that reads the public files
once an hour. What is reported is reported, not established: those concerned deny or dispute several of the reports.

Rules of these runs: a change needs 3 approvals by 3 persons of 3 organisations, the asker's not counted, and 24 hours of wait, in which
any one canceller stops it. An emergency needs 2 persons of 2 organisations, has no wait, and ends by itself within 3 days. The last
approval but one is checked to be too few, each time. Every state has a review date; a state after it is counted as overdue.
Requests that reach no quorum lapse after 14 days.

| when | where | as reported | the public knew, as reported | here: public after, and notice | what would stand in public |
|---|---|---|---|---|---|
";

const FOOT: &str = "
What this does not show: software cannot stop an operator who owns the satellites and runs other software. Then decided and observed
differ, as in the cases above with a measurement from outside; how soon that is seen depends on who measures. A contact that nobody
logs is not in the log; people sign every quarter that there were no others, so that a lie is signed and dated.

Written by `cargo test -p skyshed-log --test cases` with `SKYSHED_UPDATE_SNAPSHOTS=1`.
";
