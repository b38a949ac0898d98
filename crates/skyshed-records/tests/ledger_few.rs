//! Fewer persons than a quorum never change what is served, whatever they do, in whatever order; and records to come never change
//! the past.

#[path = "ledger_common/fakes.rs"]
mod fakes;
#[path = "ledger_common/random.rs"]
mod random;

use fakes::*;
use random::{Random, make, times, words};
use skyshed_records::ledger::View;
use skyshed_records::record::*;

/// Longest sequence of actions.
const STEPS: usize = 6;

/// What is served: territory, class, state.
fn served(view: &View) -> Vec<(String, String, State)> {
    let mut served = Vec::new();
    for one in view.in_force() {
        let request = &one.decision.request;
        served.extend(
            one.classes.into_iter().map(|class| (request.territory.clone(), class, request.to.clone())),
        );
    }
    served.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    served
}

/// Two of two organisations decide; everybody has every role, so that nothing is left out for want of a role.
fn small_policy() -> Policy {
    let every =
        [Role::Requester, Role::Approver, Role::Canceller, Role::Recovery, Role::Enforcer, Role::Observer];
    let usual = usual_policy();
    let people = [
        principal("a1@operator", &every),
        principal("a2@regulator", &every),
        principal("r1@operator", &every),
    ];
    let emergency = Emergency { quorum: quorum(2, 2), ..usual.rule.emergency.unwrap() };
    Policy {
        principals: people.into_iter().collect(),
        rule: Rule { quorum: quorum(2, 2), wait_s: 60, emergency: Some(emergency), ..usual.rule },
        rotation: quorum(2, 2),
        recovery: Some(Recovery { quorum: quorum(2, 2), wait_s: 60 }),
        ..usual
    }
}

/// What one person, who also writes the log, may try. Time passes and witnesses sign after every step.
const ACTIONS: [fn(&mut Log); 9] = [
    |log| {
        let ask = Request { requester: "a1@operator".to_owned(), to: State::Off, ..log.ask() };
        log.add(ask, &["a1@operator"]);
    },
    |log| {
        let ask = Request { requester: "a1@operator".to_owned(), ..log.ask_emergency() };
        log.add(ask, &["a1@operator"]);
    },
    // Says yes to whatever is there, by its own word and in the name of another.
    |log| {
        let hashes: Vec<Digest> = log.now().requests().map(|request| request.sha256).collect();
        let last = hashes.last().copied().unwrap_or(cells(1));
        log.approve(last, "a1@operator");
        let statement = log.leaves.len().to_string();
        let approver = "a2@regulator".to_owned();
        let body: Body =
            Approval { requests: vec![last], verdict: Verdict::Approve, approver, statement }.into();
        log.add_with(&body, &[sign(&body, "a2@regulator", &key_of("a1@operator"))]);
        log.add_with(&body, &[sign(&body, "a1@operator", &key_of("a1@operator"))]);
    },
    // A policy in which one is enough.
    |log| {
        let current = log.now().policy().unwrap().clone();
        let mut policy = current.policy.as_ref().clone();
        (policy.version, policy.prev) = (policy.version + 1, Some(current.sha256));
        (policy.rule.quorum, policy.rotation) = (quorum(1, 1), quorum(1, 1));
        log.add(policy, &["a1@operator"]);
    },
    // Makes itself a second key, and takes one away from another.
    |log| {
        let event = |principal: &str, public: &str, event| KeyEvent {
            principal: principal.to_owned(),
            key: key(public),
            event,
            since: None,
        };
        log.add(event("a2@regulator", "fake mine", KeyEventKind::Add), &["a1@operator"]);
        log.add(event("a2@regulator", &key_of("a2@regulator"), KeyEventKind::Lost), &["a1@operator"]);
    },
    // A decision out of thin air.
    |log| {
        let view = log.now();
        let Some(request) = view.requests().last() else { return };
        let now = Time(log.clock);
        let decision = Decision {
            request: request.sha256,
            request_index: request.index,
            approvals: request.verdicts.values().map(|word| word.index).collect(),
            policy_version: view.policy().unwrap().policy.version,
            quorum_at: now,
            effective_from: now,
            effective_until: request.request.expires,
        };
        log.add(decision, &[]);
    },
    // Another map.
    |log| {
        let current = log.now().territory("T").unwrap().zone.as_ref().map(|zone| zone.index);
        log.add(zone("T", log.leaves.len() as u8, current), &["a1@operator"]);
    },
    // Everything signed once more: the last three records, and the approvals of the decision in force.
    |log| {
        let count = log.leaves.len();
        let replays: Vec<Vec<u8>> =
            log.leaves[4..9].iter().chain(&log.leaves[count - 3..]).cloned().collect();
        for leaf in replays {
            log.push(leaf);
        }
    },
    // A checkpoint with one witness far ahead.
    |log| {
        log.witness_only(&[log.clock + 1_000 * DAY], false);
    },
];

fn step(log: &mut Log, action: usize) {
    ACTIONS[action](log);
    log.pass(40);
    log.witness();
}

/// A log in which one decision is in force, for good.
fn decided() -> Log {
    let mut log = Log::with(small_policy());
    let (_, hash) = log.request(log.ask());
    log.approve_all(hash, &["a1@operator", "a2@regulator"]);
    log.witness();
    log.pass(60);
    log.witness();
    assert_eq!(served(&log.now()).len(), 1);
    log
}

/// Every sequence of up to four of all the actions, and of up to six of those about authority: ask in an emergency, approve, change the
/// policy, change keys, decide.
#[test]
fn no_sequence_of_actions_by_one_person_changes_what_is_served() {
    let log = decided();
    let before = served(&log.now());
    let every: Vec<usize> = (0..ACTIONS.len()).collect();
    for (actions, steps) in [(every.as_slice(), 4), (&[1, 2, 3, 4, 5], STEPS)] {
        let count = explore(&log, actions, steps, &before);
        assert_eq!(count, (1..=steps as u32).map(|steps| actions.len().pow(steps)).sum::<usize>());
    }
    // The same actions, by two: they do change it, so the test can fail.
    let mut log = decided();
    let (_, hash) = log.request(Request { to: State::Off, ..log.ask() });
    log.approve_all(hash, &["a1@operator", "a2@regulator"]);
    log.witness();
    log.pass(60);
    log.witness();
    assert_ne!(served(&log.now()), before);
}

/// Tries every sequence, and says how many.
fn explore(log: &Log, actions: &[usize], steps: usize, before: &[(String, String, State)]) -> usize {
    if steps == 0 {
        return 0;
    }
    let one = |&action: &usize| {
        let mut next = log.clone();
        step(&mut next, action);
        assert_unchanged(&next, before);
        1 + explore(&next, actions, steps - 1, before)
    };
    actions.iter().map(one).sum()
}

/// Now, and at any time to come.
fn assert_unchanged(log: &Log, before: &[(String, String, State)]) {
    for days in [0, 1, 40] {
        let view = log.ledger.at(Time(log.clock + days * DAY));
        assert_eq!(served(&view), before, "{:?}", words(&view));
    }
}

/// More leaves never change the state before their own time; and leaf by leaf is the same as all at once, whenever one asks.
#[test]
fn records_to_come_never_change_the_past() {
    for seed in 0..300 {
        let log = make(seed ^ 0x7000_0000);
        let times = times(&log, &mut Random(seed));
        let mut ledger = Log::empty().ledger;
        let mut known: Vec<(i64, Vec<String>)> = Vec::new();
        for leaf in &log.leaves {
            ledger.push(leaf);
            // A state before the last quorum is settled for good.
            let settled = times.iter().filter(|time| **time < ledger.time().0);
            for &time in settled {
                let words = words(&ledger.at(Time(time)));
                match known.iter().find(|(one, _)| *one == time) {
                    Some((_, before)) => assert_eq!(*before, words, "seed {seed} at {time}"),
                    None => known.push((time, words)),
                }
            }
        }
        for &time in &times {
            let size = ledger.size();
            let again = ledger.at_size(size, Time(time));
            assert_eq!(words(&ledger.at(Time(time))), words(&again), "seed {seed} at {time}");
        }
    }
}

/// What the door lets in has an effect, and what it refuses had none: record by record, over random logs.
#[test]
fn the_door_refuses_what_the_ledger_would_flag() {
    let (mut admitted, mut refused) = (0, 0);
    for seed in 0..150 {
        let log = make(seed ^ 0x5000_0000);
        let mut ledger = Log::empty().ledger;
        for leaf in &log.leaves {
            // The time that the records will have if they are witnessed at once.
            let time = Time(ledger.time().0 + 1);
            let before = words(&ledger.at(time));
            let verdict = ledger.admit(leaf, time);
            assert_eq!(words(&ledger.at(time)), before, "seed {seed}: asking changes nothing");
            let index = ledger.push(leaf);
            let Some(flag) = witnessed_at_once(&ledger, &log.leaves[..=index as usize], time) else {
                continue;
            };
            match verdict {
                Ok(()) => assert!(flag.is_empty(), "seed {seed}, record {index}: let in, but {flag}"),
                Err(refusal) => {
                    assert_eq!(refusal.reason.code(), flag, "seed {seed}, record {index}: {refusal}")
                }
            }
            if flag.is_empty() { admitted += 1 } else { refused += 1 }
        }
    }
    assert!(admitted > 500 && refused > 300, "{admitted} let in, {refused} refused");
}

/// What may come of a record that was let in, by what others do or leave undone.
const LATER: [&str; 5] =
    ["compromised_approval", "policy_void", "superseded", "expired_before_effect", "decision_withheld"];

/// The first flag of the last leaf, if a quorum of witnesses signs all at a time; none for leaves that were taken before.
fn witnessed_at_once(ledger: &FakeLedger, leaves: &[Vec<u8>], time: Time) -> Option<String> {
    let index = leaves.len() as u64 - 1;
    let mut log = Log { ledger: ledger.clone(), leaves: leaves.to_vec(), clock: time.0 };
    log.witness_only(&[time.0], true);
    let view = log.ledger.at(time.max(log.ledger.time()));
    let first = view.flags().iter().find(|flag| flag.index == index && !LATER.contains(&flag.reason.code()));
    (ledger.at(time).covered() <= index).then(|| first.map_or("", |flag| flag.reason.code()).to_owned())
}
