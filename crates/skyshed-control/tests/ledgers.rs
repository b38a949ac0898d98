//! Random logs: the timeline, the table and the activation against what the ledger says when it is asked, one territory
//! and class at a time.

mod common;

use std::collections::BTreeMap;

use common::{any_state, ground, zones};
use proptest::prelude::*;
use skyshed_control::{Class, Permits, PlaceError, State, Time, ledger};
use skyshed_ground::{CELL_COUNT, Cell};
use skyshed_records::leaf::{self, Sig, SigKind};
use skyshed_records::ledger::Ledger;
use skyshed_records::record::*;
use skyshed_records::verify::{SignatureError, Signatures};
use skyshed_records::witness::{WitnessError, Witnesses, Witnessing};
use skyshed_tlog::merkle;

/// Every signature is good: who signed is not what is tested here.
struct AllGood;

impl Signatures for AllGood {
    fn check(&self, _: &str, _: &[u8], _: &Sig, _: &Key) -> Result<(), SignatureError> {
        Ok(())
    }
}

/// A checkpoint is `size root-in-hex time`.
struct Plain;

impl Witnesses for Plain {
    fn witnessed(&self, checkpoint: &str) -> Result<Witnessing, WitnessError> {
        let parts: Vec<&str> = checkpoint.split(' ').collect();
        let [size, root, time] = parts[..] else { return Err(WitnessError::Foreign) };
        Ok(Witnessing {
            size: size.parse().map_err(|_| WitnessError::Foreign)?,
            root: Digest::parse(root).ok_or(WitnessError::Foreign)?.0,
            times: vec![Time(time.parse().map_err(|_| WitnessError::Foreign)?)],
            quorum: true,
        })
    }
}

const HOUR_S: i64 = 3_600;
const REQUESTER: &str = "requester@operator";
const APPROVERS: [&str; 2] = ["a@regulator", "b@ngo"];

/// A log as it grows.
struct Log {
    ledger: Ledger<AllGood, Plain>,
    tree: merkle::Tree,
    now: Time,
    nonce: u32,
}

impl Log {
    fn new() -> Log {
        let mut log = Log {
            ledger: Ledger::new(AllGood, Plain),
            tree: merkle::Tree::new(),
            now: Time::parse("2026-08-01T00:00:00Z").expect("a time"),
            nonce: 0,
        };
        log.push(&Body::Policy(policy()), &APPROVERS);
        for id in TERRITORIES {
            log.push(&Body::Territory(territory(id)), &[REQUESTER]);
            log.push(&Body::Zone(zone(id)), &[REQUESTER]);
        }
        log.witness(1);
        log
    }

    fn push(&mut self, body: &Body, by: &[&str]) -> Index {
        let sig = |by: &&str| Sig { by: (*by).to_owned(), kind: SigKind::Sshsig, sig: vec![1] };
        let leaf = leaf::write(body, &by.iter().map(sig).collect::<Vec<_>>()).expect("within limits");
        self.tree.append(merkle::leaf_hash(&leaf));
        self.ledger.push(&leaf)
    }

    fn witness(&mut self, after_s: i64) {
        self.now.0 += after_s;
        let checkpoint = format!("{} {} {}", self.tree.size(), Digest(self.tree.root()), self.now.0);
        self.push(&Body::Witnessed(Witnessed { checkpoint }), &[]);
    }

    /// Asks, approves, and logs the decision that follows.
    fn decide(&mut self, wish: &Wish) {
        let one = vec![Class::ALL[wish.class].name().to_owned()];
        self.decide_classes(wish, if wish.all { all_classes() } else { one });
    }

    fn decide_classes(&mut self, wish: &Wish, classes: Vec<String>) {
        let id = TERRITORIES[wish.territory];
        let from =
            self.ledger.at(self.now).standing(id, &classes[0]).decision.map(|decision| decision.number);
        self.nonce += 1;
        let request = Request {
            territory: id.to_owned(),
            zone: zone(id).cells_sha256,
            classes,
            from,
            to: wish.state.clone(),
            reason_code: ReasonCode::Other,
            reason_text: "drawn at random".to_owned(),
            legal_basis: None,
            requester: REQUESTER.to_owned(),
            on_behalf_of: "operator".to_owned(),
            contacts: Vec::new(),
            preview_sha256: None,
            not_before: wish.wait_h.map(|hours| Time(self.now.0 + hours * HOUR_S)),
            expires: wish.life_h.map(|hours| Time(self.now.0 + (30 + hours) * HOUR_S)),
            review_by: Time(self.now.0 + 100 * HOUR_S),
            emergency: false,
            nonce: self.nonce.to_string(),
        };
        let index = self.push(&Body::Request(request), &[REQUESTER]);
        let requests = vec![self.ledger.body_sha256(index).expect("a record")];
        for approver in APPROVERS {
            let approval = Approval {
                requests: requests.clone(),
                verdict: Verdict::Approve,
                approver: approver.to_owned(),
                statement: "yes".to_owned(),
            };
            self.push(&Body::Approval(approval), &[approver]);
        }
        self.witness(wish.pause_s);
        for decision in self.ledger.due(self.now) {
            self.push(&Body::Decision(decision), &[]);
        }
        self.witness(60);
    }
}

/// A country, two of its regions, a country without regions, the high seas.
const TERRITORIES: [&str; 5] = ["US", "US-CA", "US-IL", "TW", "XZ"];

fn all_classes() -> Vec<String> {
    let mut names: Vec<String> = Class::ALL.map(|class| class.name().to_owned()).into();
    names.sort();
    names
}

fn policy() -> Policy {
    let key = |number: usize| Key {
        public: format!("ssh-ed25519 {}", key_text(number)),
        valid_after: None,
        valid_before: None,
        pin_required: false,
    };
    let principal = |(number, (id, role)): (usize, (&str, Role))| {
        let organisation = id.split('@').nth(1).expect("an organisation").to_owned();
        (id.to_owned(), Principal { organisation, roles: vec![role], keys: vec![key(number)] })
    };
    let people =
        [(REQUESTER, Role::Requester), (APPROVERS[0], Role::Approver), (APPROVERS[1], Role::Approver)];
    let quorum = Quorum { persons: 2, organisations: 2 };
    let year_s = 366 * 24 * 3_600;
    Policy {
        version: 1,
        prev: None,
        principals: people.into_iter().enumerate().map(principal).collect(),
        rule: Rule {
            quorum,
            wait_s: 3_600,
            review_ttl_s: year_s,
            expiry_max_s: year_s,
            review_max_s: year_s,
            emergency: None,
        },
        rules_by_territory: BTreeMap::new(),
        rotation: quorum,
        recovery: None,
    }
}

/// The base64 of an Ed25519 public key in SSH's form; its 32 bytes are a known point times nothing that matters here.
fn key_text(number: usize) -> String {
    const KEYS: [&str; 3] = [
        "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
        "AAAAC3NzaC1lZDI1NTE5AAAAID1AF8PoQ4laky/8CaTZXH/3Dp7o/o7pBHQxN8mKzeTM",
        "AAAAC3NzaC1lZDI1NTE5AAAAIPxRzY5iGKGjjaR+0Ay8Bn5UPSZz7AU2pwnwLIwAsuwM",
    ];
    KEYS[number].to_owned()
}

fn territory(id: &str) -> Territory {
    Territory {
        id: id.to_owned(),
        name: id.to_owned(),
        labels: BTreeMap::new(),
        kind: TerritoryKind::Country,
        claims: Vec::new(),
        parent: None,
    }
}

fn zone(id: &str) -> Zone {
    let of_map = ground().territory_at(ground().find_territory(id).expect("an id of the map"));
    Zone {
        territory: id.to_owned(),
        cells_sha256: Digest(of_map.cells_sha256),
        cell_count: u64::from(of_map.cell_count),
        resolution: 5,
        cover_rule: CoverRule::Centroid,
        guard_km: 0,
        source: "the shipped map".to_owned(),
        source_sha256: Digest(ground().dataset.sha256),
        prev: None,
    }
}

/// One change that somebody wants.
#[derive(Clone, Debug)]
struct Wish {
    territory: usize,
    class: usize,
    all: bool,
    state: skyshed_records::record::State,
    wait_h: Option<i64>,
    life_h: Option<i64>,
    pause_s: i64,
}

/// The United States on, for every class, as soon as may be.
const WISH: Wish = Wish {
    territory: 0,
    class: 0,
    all: true,
    state: skyshed_records::record::State::On,
    wait_h: None,
    life_h: None,
    pause_s: 60,
};

fn any_wish() -> impl Strategy<Value = Wish> {
    let hours = || proptest::option::of(2..40i64);
    (0..TERRITORIES.len(), 0..6usize, any::<bool>(), any_state(), hours(), hours(), 1..20_000i64).prop_map(
        |(territory, class, all, state, wait_h, life_h, pause_s)| {
            // Within what a request may say: not before its review, nor after its end.
            let wait_h = wait_h.map(|hours| hours.min(29));
            Wish { territory, class, all, state: written(state), wait_h, life_h, pause_s }
        },
    )
}

fn written(state: State) -> skyshed_records::record::State {
    use skyshed_records::record::State as Written;
    match state {
        State::On => Written::On,
        State::Off => Written::Off,
        State::Individual => Written::Individual,
        State::EmergencyOnly => Written::EmergencyOnly,
        State::TransitOnly => Written::TransitOnly,
        State::Listed { merkle_root } => Written::Listed { merkle_root: Digest(merkle_root) },
        State::Limited(limits) => {
            Written::Limited { max_speed_kmh: limits.speed_max_kmh, max_kbps: limits.rate_max_kbps }
        }
    }
}

/// The ledger's own answer: each territory that holds the cell is asked what is in force for the class.
fn permitted_by(view: &skyshed_records::ledger::View, cell: Cell, class: Class) -> bool {
    use skyshed_records::record::State as Written;
    let lineage = ground().lineage(ground().territory_of(cell));
    let ids = lineage.map(|territory| ground().territory_at(territory).id.clone());
    let decisions: Vec<_> = ids.filter_map(|id| view.standing(&id, class.name()).decision).collect();
    let open = |to: &Written| match to {
        Written::Off => false,
        Written::EmergencyOnly => class == Class::Emergency,
        Written::TransitOnly => matches!(class, Class::Maritime | Class::Aviation),
        _ => true,
    };
    !decisions.is_empty() && decisions.iter().all(|decision| open(&decision.request.to))
}

fn cell_of(place: &str) -> Cell {
    ground().find_place(place).expect("a place").cell
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_table_says_what_the_ledger_says(
        wishes in proptest::collection::vec(any_wish(), 1..25),
        probes in proptest::collection::vec((0..CELL_COUNT as u32, 0..200i64, 0..6usize), 60),
    ) {
        let mut log = Log::new();
        let begin = log.now;
        wishes.iter().for_each(|wish| log.decide(wish));
        let timeline = ledger::timeline("test", &log.ledger).expect("classes that exist");
        let permits = Permits::new(&timeline, zones(), ground()).expect("zones of the map");
        let fixed = [cell_of("Chicago"), cell_of("Fresno"), cell_of("Denver"), cell_of("Taipei"), cell_of("-45,-120")];
        for (random, hours, class) in probes {
            let time = Time(begin.0 + hours * HOUR_S / 2);
            let view = log.ledger.at(time);
            let activation = timeline.activation(time, zones(), ground()).expect("zones of the map");
            for cell in fixed.into_iter().chain([Cell(random)]) {
                let class = Class::ALL[class];
                let expected = permitted_by(&view, cell, class);
                prop_assert_eq!(permits.permitted(cell, time, class), expected, "{} {} {:?}", cell, time, class);
                prop_assert_eq!(activation.permits(cell, class), expected);
            }
            // What is said of a decision is what the log says of it.
            for decision in timeline.at(time) {
                let logged = decision.logged.as_ref().expect("out of the log");
                let known = view.decision(logged.number).expect("in force");
                prop_assert_eq!(&decision.reason, &known.request.reason_text);
                prop_assert_eq!(&logged.approvers, &APPROVERS);
                prop_assert_eq!(logged.overdue(time), known.overdue_at(time));
                prop_assert_eq!(logged.effective_from, known.effective_at);
            }
            prop_assert_eq!(timeline.at(time).len(), view.in_force().len());
        }
    }
}

#[test]
fn random_logs_do_decide_something() {
    let mut log = Log::new();
    let wish = |territory, state, life_h| Wish { territory, state: written(state), life_h, ..WISH };
    log.decide(&wish(0, State::On, None));
    log.now.0 += 2 * HOUR_S;
    log.decide(&wish(2, State::Off, Some(10)));
    let timeline = ledger::timeline("test", &log.ledger).expect("classes that exist");
    assert_eq!((timeline.decisions().len(), timeline.stretches().len()), (2, 2));
    let permits = Permits::new(&timeline, zones(), ground()).expect("zones of the map");
    let served = |hours: i64, place| {
        permits.permitted(cell_of(place), Time(log.now.0 + hours * HOUR_S), Class::Consumer)
    };
    assert_eq!([-3, 0, 2, 50].map(|hours| served(hours, "Chicago")), [false, true, false, true]);
    assert_eq!([-3, 0, 2, 50].map(|hours| served(hours, "Denver")), [false, true, true, true]);
}

#[test]
fn a_class_that_nobody_knows_is_no_reason_to_guess() {
    let mut log = Log::new();
    log.decide_classes(&WISH, vec!["business".to_owned()]);
    let error = ledger::timeline("test", &log.ledger).expect_err("no such class");
    assert!(matches!(&error, PlaceError::Class { given, .. } if given == "business"), "{error}");
    assert!(error.to_string().contains("allowed: consumer, roam"), "{error}");
}
