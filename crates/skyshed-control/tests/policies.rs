//! Policies as people write them, good and bad, on the shipped map.

use std::sync::OnceLock;

use skyshed_control::{Class, ILLUSTRATIVE_POLICY, Policy, Standing, State, resolve};
use skyshed_ground::{Cell, Ground, TerritoryKind};

fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(Ground::embedded)
}

fn decision(keys: &str) -> String {
    format!("name = \"test\"\n[[decision]]\n{keys}\n")
}

const REST: &str = "state = \"on\"\nreason = \"a test\"\nsince = \"2025-01-01\"\nreview = \"2026-01-01\"";

#[track_caller]
fn refused(text: &str, parts: &[&str]) {
    let message = match Policy::parse(text) {
        Err(error) => error.to_string(),
        Ok(policy) => resolve(&policy, ground()).expect_err("should be refused").to_string(),
    };
    for part in parts {
        assert!(message.contains(part), "{message:?} should contain {part:?}");
    }
}

#[test]
fn bad_policies_say_what_was_given_and_what_is_allowed() {
    refused("nonsense", &["policy is not readable", "allowed keys"]);
    refused(&decision(&format!("territory = \"UA\"\ncolour = 3\n{REST}")), &["unknown field `colour`"]);
    refused(&decision(REST), &["decision 1", "exactly one of `territory` and `cells`"]);
    refused(&decision(&format!("territory = \"UA\"\ncells = []\n{REST}")), &["exactly one of"]);
    refused(&decision(&format!("cells = []\n{REST}")), &["`cells` is empty"]);
    refused(&decision(&format!("cells = [\"8928308280fffff\"]\n{REST}")), &["resolution 9", "resolution 5"]);
    refused(
        &decision(&format!("territory = \"UA\"\nclasses = [\"business\"]\n{REST}")),
        &["\"business\"", "maritime"],
    );
    refused(&decision(&format!("territory = \"UA\"\nclasses = []\n{REST}")), &["`classes` is empty"]);
    refused(&decision(&format!("territory = \"QQ-1\"\n{REST}")), &["unknown territory \"QQ-1\"", "ISO 3166"]);
    refused(&decision(&format!("territory = \"Ukraine\"\n{REST}")), &["did you mean \"UA\" (Ukraine)?"]);
    refused(&decision(&format!("territory = \"ukr\"\n{REST}")), &["did you mean \"UA\""]);
    let dated = |since: &str, review: &str| {
        decision(&format!(
            "territory = \"UA\"\nstate = \"on\"\nreason = \"r\"\nsince = \"{since}\"\nreview = \"{review}\""
        ))
    };
    refused(&dated("2025-02-29", "2026-01-01"), &["`since` is \"2025-02-29\"", "YYYY-MM-DD"]);
    refused(&dated("2025-02-01", "next year"), &["`review` is \"next year\""]);
    refused(&dated("2025-02-01", "2024-02-01"), &["review 2024-02-01 is before since 2025-02-01"]);
    let state = decision(
        "territory = \"UA\"\nstate = \"maybe\"\nreason = \"r\"\nsince = \"2025-01-01\"\nreview = \"2025-01-01\"",
    );
    refused(&state, &["maybe", "`on`"]);
}

#[test]
fn no_decision_means_off() {
    let policy = Policy::parse(&decision(&format!("territory = \"UA\"\n{REST}"))).expect("a policy");
    let activation = resolve(&policy, ground()).expect("resolved");
    let at = |query: &str| ground().find_place(query).expect("a place").cell;
    assert!(matches!(activation.standing(at("Kyiv")), Standing::On(_)));
    assert!(matches!(activation.standing(at("Lisbon")), Standing::NoDecision));
    assert_eq!(activation.decision_number(at("Lisbon")), None);
}

#[test]
fn classes_are_decided_one_by_one() {
    let text = format!(
        "name = \"t\"\n[[decision]]\nterritory = \"XZ\"\nclasses = [\"maritime\", \"aviation\"]\n{REST}\n[[decision]]\nterritory = \"XZ\"\nclasses = [\"aviation\"]\n{}",
        REST.replace("\"on\"", "\"off\"")
    );
    let activation = resolve(&Policy::parse(&text).expect("a policy"), ground()).expect("resolved");
    let ocean = ground().find_place("-45,-120").expect("a place").cell;
    assert!(activation.permits(ocean, Class::Maritime));
    assert!(!activation.permits(ocean, Class::Aviation) && !activation.permits(ocean, Class::Consumer));
    assert!(matches!(activation.standing(ocean), Standing::On(decision) if decision.state == State::On));
}

#[test]
fn cell_lists_restrict_a_territory_to_the_cell() {
    let kyiv = ground().find_place("Kyiv").expect("a place").cell;
    let off = REST.replace("\"on\"", "\"off\"");
    let text = format!(
        "name = \"t\"\n[[decision]]\nterritory = \"UA\"\n{REST}\n[[decision]]\ncells = [\"{kyiv}\"]\n{off}"
    );
    let activation = resolve(&Policy::parse(&text).expect("a policy"), ground()).expect("resolved");
    assert!(!activation.active(kyiv));
    assert_eq!(activation.decision_number(kyiv), Some(1));
    assert!(skyshed_ground::neighbours(kyiv).into_iter().all(|cell| activation.active(cell)));
}

/// A disputed area belongs to no claimant: deciding for a claimant does not decide for it.
#[test]
fn a_disputed_area_is_decided_by_itself() {
    let policy = Policy::parse(&decision(&format!("territory = \"UA\"\n{REST}"))).expect("a policy");
    let activation = resolve(&policy, ground()).expect("resolved");
    let sevastopol = ground().find_place("44.6,33.53").expect("a place").cell;
    assert!(!activation.active(sevastopol));
}

#[test]
fn the_shipped_policy_decides_every_country_with_a_state_a_reason_and_a_review_date() {
    let policy = Policy::parse(ILLUSTRATIVE_POLICY).expect("shipped");
    let activation = resolve(&policy, ground()).expect("every id is of the map");
    let on = policy.decisions.iter().filter(|decision| decision.state == State::On).count();
    assert!((140..=175).contains(&on), "about 150 territories on, not {on}");
    let undecided: Vec<&str> = (0..ground().territory.len() as u32)
        .map(Cell)
        .filter(|&cell| activation.decision_number(cell).is_none())
        .map(|cell| ground().territory_at(ground().territory_of(cell)))
        .filter(|territory| territory.kind != TerritoryKind::HighSeas)
        .map(|territory| territory.id.as_str())
        .collect();
    assert!(undecided.is_empty(), "{undecided:?}");
    for decision in &policy.decisions {
        assert!(!decision.reason.trim().is_empty() && decision.review > decision.since);
    }
    let taipei = ground().find_place("Taipei").expect("a place").cell;
    assert!(
        matches!(activation.standing(taipei), Standing::Off(decision) if decision.reason.contains("licen"))
    );
}
