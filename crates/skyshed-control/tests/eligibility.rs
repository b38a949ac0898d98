//! Who may be served, and what the dish of whoever may not shows.

mod common;

use common::{at, entry, ground, zones};
use skyshed_control::registry::{Line, Plan, Position, Terminal};
use skyshed_control::{
    Activation, Asked, ClassSet, DEMONSTRATION_LINES, Denial, Digest, DisablementCode, Limits, Refusal,
    Registry, RegistryError, State, Time, Timeline, eligibility,
};
use skyshed_records::listed;

const NOW: &str = "01:00:00";

fn registry(extra: &str) -> Registry {
    Registry::parse(&format!("{PLANS}{extra}"), ground()).expect("a registry")
}

/// A world in which Belgium is as said, France and the waters of both are on, and so are the high seas.
fn world(belgium: State) -> Activation {
    let mut timeline = Timeline::new("test");
    for (number, (id, state)) in
        [("BE", belgium), ("FR", State::On), ("XZ", State::On)].into_iter().enumerate()
    {
        timeline.add(&entry(number as u64 + 1, id, state), ClassSet::ALL, at("00:00:00"), None);
    }
    timeline.activation(at(NOW), zones(), ground()).expect("zones of the map")
}

/// What a terminal of a plan, at home in Brussels, gets at a place, at a speed.
fn check(
    belgium: State,
    plan: &str,
    place: Option<(f64, f64)>,
    speed_kmh: f64,
    expected: Option<Refusal>,
    code: u8,
) {
    let registry = registry(&line(plan, "active"));
    let (line, plan) = of(&registry);
    let terminal = &registry.terminals()["ut1"];
    let asked = Asked {
        line: Some((line, plan)),
        terminal: Some(terminal),
        position: place.map(|(latitude_deg, longitude_deg)| Position { latitude_deg, longitude_deg }),
        speed_kmh,
        at: at(NOW),
    };
    let answer = eligibility(&world(belgium), ground(), &asked);
    assert_eq!(
        (answer.refusal, answer.code().number()),
        (expected, code),
        "{plan:?} at {place:?}: {answer:?}"
    );
}

fn of(registry: &Registry) -> (&Line, &Plan) {
    let line = &registry.lines()["SL-1"];
    (line, registry.plan(line))
}

fn line(plan: &str, account: &str) -> String {
    format!(
        "[[service_line]]\nid = \"SL-1\"\nplan = \"{plan}\"\naccount = \"{account}\"\nhome = \"BE\"\nlatitude_deg = 50.85\n\
         longitude_deg = 4.35\n[[user_terminal]]\nid = \"ut1\"\nline = \"SL-1\"\n"
    )
}

const PLANS: &str = "
[plan.fixed]
class = \"consumer\"
address_max_km = 50
speed_max_kmh = 5
sea = \"none\"
[plan.roam]
class = \"roam\"
abroad_max_days = 60
speed_max_kmh = 160
sea = \"coastal\"
[plan.ship]
class = \"maritime\"
sea = \"high_seas\"
";

const BRUSSELS: (f64, f64) = (50.85, 4.35);
const LIEGE: (f64, f64) = (50.63, 5.57);
const PARIS: (f64, f64) = (48.86, 2.35);
const BERLIN: (f64, f64) = (52.52, 13.40);
const OFF_OSTEND: (f64, f64) = (51.33, 2.85);
const ATLANTIC: (f64, f64) = (45.0, -30.0);

#[test]
fn each_rule_has_its_code() {
    use {Denial::*, Refusal::*};
    check(State::On, "fixed", Some(BRUSSELS), 0.0, None, 1);
    check(State::On, "fixed", None, 0.0, Some(Decided(PositionUnknown)), 11);
    check(State::On, "fixed", Some(LIEGE), 0.0, Some(TooFarFromAddress), 3);
    check(State::On, "fixed", Some(BRUSSELS), 6.0, Some(PlanTooFast), 14);
    check(State::Off, "fixed", Some(BRUSSELS), 0.0, Some(Decided(TerritoryOff)), 6);
    check(State::On, "roam", Some(BERLIN), 0.0, Some(Decided(NoDecision)), 6);
    check(State::On, "roam", Some(PARIS), 120.0, None, 1);
    check(State::TransitOnly, "roam", Some(LIEGE), 0.0, Some(Decided(ClassNotHere)), 10);
    check(State::On, "roam", Some(OFF_OSTEND), 20.0, None, 1);
    check(State::On, "roam", Some(ATLANTIC), 20.0, Some(SeaNotInPlan), 4);
    check(State::On, "ship", Some(ATLANTIC), 20.0, None, 1);
    check(State::Individual, "roam", Some(LIEGE), 0.0, Some(Decided(NotApproved)), 12);
    check(State::Listed { merkle_root: [7; 32] }, "roam", Some(LIEGE), 0.0, Some(Decided(NotListed)), 12);
    let slow = State::Limited(Limits { speed_max_kmh: Some(50), rate_max_kbps: None });
    check(slow, "roam", Some(LIEGE), 51.0, Some(Decided(TooFast)), 14);
    check(slow, "roam", Some(LIEGE), 50.0, None, 1);
}

#[test]
fn an_account_that_is_not_in_order_comes_before_everything_else() {
    for (account, refusal, code) in [
        ("none", Refusal::NoAccount, DisablementCode::NoActiveAccount),
        ("suspended", Refusal::AccountSuspended, DisablementCode::AccountDisabled),
    ] {
        let registry = registry(&line("fixed", account));
        let asked =
            Asked { line: Some(of(&registry)), terminal: None, position: None, speed_kmh: 0.0, at: at(NOW) };
        let answer = eligibility(&world(State::Off), ground(), &asked);
        assert_eq!((answer.refusal, answer.code()), (Some(refusal), code));
    }
    let asked = Asked { line: None, terminal: None, position: None, speed_kmh: 0.0, at: at(NOW) };
    assert_eq!(eligibility(&world(State::On), ground(), &asked).refusal, Some(Refusal::NoAccount));
}

fn with_terminal(keys: &str) -> Registry {
    registry(&format!("{}{keys}\n", line("roam", "active")))
}

fn answer(registry: &Registry, belgium: State, place: (f64, f64), at: Time) -> Option<Refusal> {
    let terminal: &Terminal = &registry.terminals()["ut1"];
    let position = Some(Position { latitude_deg: place.0, longitude_deg: place.1 });
    let asked = Asked { line: Some(of(registry)), terminal: Some(terminal), position, speed_kmh: 0.0, at };
    eligibility(&world(belgium), ground(), &asked).refusal
}

#[test]
fn days_abroad_are_counted_until_the_plan_ends_them() {
    let registry = with_terminal("abroad_since = \"2026-06-02\"");
    // 2026-08-01 is day 60.
    assert_eq!(answer(&registry, State::On, PARIS, at("23:59:59")), None);
    let next = Time(at("23:59:59").0 + 1);
    assert_eq!(answer(&registry, State::On, PARIS, next), Some(Refusal::AbroadTooLong));
    assert_eq!(answer(&registry, State::On, LIEGE, next), None, "at home nothing is counted");
}

#[test]
fn a_terminal_is_approved_where_it_was_approved() {
    let registry = with_terminal("approved_in = [\"BE\"]");
    assert_eq!(answer(&registry, State::Individual, LIEGE, at(NOW)), None);
    let registry = with_terminal("approved_in = [\"FR\"]");
    assert_eq!(
        answer(&registry, State::Individual, LIEGE, at(NOW)),
        Some(Refusal::Decided(Denial::NotApproved))
    );
}

#[test]
fn a_list_lets_in_whoever_proves_to_be_on_it() {
    let salts: Vec<Digest> = (0..5u8).map(|n| Digest([n; 32])).collect();
    let leaves: Vec<Digest> =
        salts.iter().enumerate().map(|(n, salt)| listed::salted(salt, &format!("ut{n}"))).collect();
    let root = listed::root(&leaves);
    let proof = listed::prove(&leaves, &salts[1], "ut1").expect("it is on the list");
    let keys = |root: &Digest, proof: &listed::Membership| {
        let path: Vec<String> = proof.path.iter().map(|hash| format!("\"{hash}\"")).collect();
        format!(
            "listed = [{{ root = \"{root}\", salt = \"{}\", index = {}, size = {}, path = [{}] }}]",
            proof.salt,
            proof.index,
            proof.size,
            path.join(", ")
        )
    };
    let state = State::Listed { merkle_root: root.0 };
    let refused = Some(Refusal::Decided(Denial::NotListed));
    assert_eq!(answer(&with_terminal(&keys(&root, &proof)), state, LIEGE, at(NOW)), None);
    let other = listed::prove(&leaves, &salts[2], "ut2").expect("it is on the list");
    assert_eq!(
        answer(&with_terminal(&keys(&root, &other)), state, LIEGE, at(NOW)),
        refused,
        "somebody else's proof"
    );
    let list = State::Listed { merkle_root: [9; 32] };
    assert_eq!(answer(&with_terminal(&keys(&root, &proof)), list, LIEGE, at(NOW)), refused, "another list");
}

#[test]
fn the_demonstration_registry_is_read_and_has_every_sort_of_line() {
    let registry = Registry::parse(DEMONSTRATION_LINES, ground()).expect("the shipped registry");
    assert!(registry.lines().len() >= 8 && registry.terminals().len() >= 10);
    for line in registry.lines().values() {
        assert!(line.id.starts_with("SL-DEMO-"), "{}", line.id);
    }
    assert_eq!(registry.terminals_of("SL-DEMO-BRUSSELS").count(), 2);
}

#[test]
fn a_registry_that_is_not_one_is_refused_with_what_is_wrong() {
    let check = |text: &str, parts: &[&str]| {
        let error = Registry::parse(&format!("{PLANS}{text}"), ground()).expect_err(text).to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{text}: {error}");
    };
    check("nonsense = 1", &["allowed keys"]);
    check(&line("gold", "active"), &["SL-1", "plan", "gold"]);
    check(&line("fixed", "rich"), &["active", "suspended"]);
    check(&line("fixed", "active").replace("SL-1", "1"), &["\"1\"", "SL-"]);
    check(&line("fixed", "active").replace("50.85", "95.0"), &["95", "-90 to 90"]);
    check(&line("fixed", "active").replace("\"BE\"", "\"Atlantis\""), &["home", "Atlantis"]);
    check(&line("fixed", "active").replace("line = \"SL-1\"", "line = \"SL-2\""), &["ut1", "SL-2"]);
    check(&[line("fixed", "active"), line("fixed", "active")].concat(), &["SL-1", "twice"]);
    check(&format!("{}latitude_deg = 1.0\n", line("fixed", "active")), &["both"]);
    check(&format!("{}abroad_since = \"May\"\n", line("fixed", "active")), &["abroad_since", "May"]);
    check("[plan.x]\nclass = \"gold\"\nsea = \"none\"\n", &["plan \"x\"", "gold"]);
    let large = " ".repeat(skyshed_control::registry::REGISTRY_BYTES_MAX + 1);
    assert!(matches!(Registry::parse(&large, ground()), Err(RegistryError::TooLarge { .. })));
}
