//! The rules of the ledger, one by one, and the attacks that they are there for.

#[path = "ledger_common/fakes.rs"]
mod fakes;

use fakes::*;
use skyshed_records::ledger::{Difference, Overdue, Status, diff};
use skyshed_records::record::*;

fn status(log: &Log, request: Index) -> Status {
    log.now().request(request).unwrap().status
}

#[test]
fn a_request_is_approved_waits_and_takes_effect() {
    let mut log = Log::usual();
    let (request, hash) = log.request(log.ask());
    log.witness();
    for by in &APPROVERS[..3] {
        assert_eq!(status(&log, request), Status::InReview);
        log.pass(10);
        log.approve(hash, by);
        log.witness();
    }
    assert_eq!(status(&log, request), Status::Waiting);
    let quorum_at = log.clock;
    log.pass(60);
    log.witness();
    assert_eq!(log.in_force("consumer"), None);
    // Nobody needs to do anything any more: the state at a later time follows.
    let just_before = log.ledger.at(Time(quorum_at + DAY - 1));
    assert!(just_before.standing("T", "consumer").decision.is_none());
    let after = log.ledger.at(Time(quorum_at + DAY));
    let decision = after.standing("T", "consumer").decision.unwrap();
    assert_eq!((decision.quorum_at, decision.effective_at), (Time(quorum_at), Time(quorum_at + DAY)));
    let organisations: Vec<&str> = decision.approvals.iter().map(|one| one.organisation.as_str()).collect();
    assert_eq!(organisations, ["operator", "regulator", "ngo"]);
    assert_eq!(log.ledger.body(decision.number).unwrap().type_name(), "decision");
    assert_eq!(log.flags(), []);
    assert_eq!(after.history("T").count(), 1);
}

/// GHSA-r7vq-6425-j94w (python-tuf): several signatures by one key counted toward the threshold.
#[test]
fn ghsa_r7vq_6425_j94w_signatures_of_one_person_count_once() {
    let mut policy = usual_policy();
    let keys = ["fake a1@operator", "fake a1-second", "fake a1-third"];
    policy.principals.get_mut("a1@operator").unwrap().keys = keys.map(key).to_vec();
    let mut log = Log::with(policy);
    let (request, hash) = log.request(log.ask());
    // The same key three times in one record; three keys in one record; a record per key.
    let mut say = |statement: &str, with: &[&str]| {
        let approver = "a1@operator".to_owned();
        let statement = statement.to_owned();
        let body: Body =
            Approval { requests: vec![hash], verdict: Verdict::Approve, approver, statement }.into();
        let sigs: Vec<_> = with.iter().map(|key| sign(&body, "a1@operator", key)).collect();
        log.add_with(&body, &sigs)
    };
    say("one key, three times", &[keys[0]; 3]);
    say("three keys", &keys);
    say("first", &keys[..1]);
    say("second", &keys[1..2]);
    say("third", &keys[2..]);
    log.witness();
    log.pass(10 * DAY);
    log.witness();
    assert_eq!(status(&log, request), Status::InReview);
    assert_eq!(log.now().request(request).unwrap().verdicts.len(), 1);
    // And several persons of one organisation are several persons, but one organisation.
    let mut policy = usual_policy();
    for one in policy.principals.values_mut() {
        one.organisation = "operator".to_owned();
    }
    policy.rotation = quorum(3, 1);
    let mut log = Log::with(policy);
    let (request, hash) = log.request(log.ask());
    log.approve_all(hash, &APPROVERS);
    log.witness();
    assert_eq!(
        status(&log, request),
        Status::Rejected,
        "five persons of one organisation can never be three"
    );
}

/// CVE-2026-44544 (gittuf before 0.14): an old policy, once trusted, was published again and taken.
#[test]
fn cve_2026_44544_an_old_policy_does_not_come_back() {
    let weak = Policy { rule: Rule { quorum: quorum(1, 1), ..usual_policy().rule }, ..usual_policy() };
    let mut log = Log::with(weak.clone());
    let first = log.ledger.body_sha256(0).unwrap();
    let strong = Policy { version: 2, prev: Some(first), ..usual_policy() };
    let second = log.add(strong, &APPROVERS);
    log.witness();
    log.pass(2 * DAY);
    log.witness();
    assert_eq!(log.now().policy().unwrap().policy.version, 2);
    let second_hash = log.ledger.body_sha256(second).unwrap();
    // The very bytes of the old one; the old one under its old version; as a successor of itself; leaving out a version.
    let replay = log.leaves[0].clone();
    let replays = [
        log.push(replay),
        log.add(Policy { version: 2, prev: Some(first), ..weak.clone() }, &APPROVERS),
        log.add(Policy { version: 1, prev: Some(second_hash), ..weak.clone() }, &APPROVERS),
        log.add(Policy { version: 3, prev: Some(first), ..weak.clone() }, &APPROVERS),
        log.add(Policy { version: 4, prev: Some(second_hash), ..weak.clone() }, &APPROVERS),
    ];
    log.witness();
    log.pass(400 * DAY);
    log.witness();
    assert_eq!(log.now().policy().unwrap().index, second);
    let codes = ["duplicate", "policy_order", "policy_order", "policy_order", "policy_order"];
    assert_eq!(log.flags(), replays.into_iter().zip(codes).collect::<Vec<_>>());
    // And not by the quorum of the old one: the successor takes the threshold of both.
    let weaker = Policy { version: 3, prev: Some(second_hash), rotation: quorum(1, 1), ..weak };
    log.add(weaker, &APPROVERS[..2]);
    log.witness();
    assert_eq!(log.flags().last().unwrap().1, "quorum_missing");
}

#[test]
fn a_policy_waits_can_be_stopped_and_two_at_once_are_one() {
    let mut log = Log::usual();
    let prev = log.ledger.body_sha256(0);
    let next = |nonce: u64| Policy {
        version: 2,
        prev,
        rule: Rule { review_ttl_s: nonce, ..usual_policy().rule },
        ..usual_policy()
    };
    let mut slow = next(3);
    slow.rules_by_territory.insert("T".to_owned(), Rule { wait_s: 7 * 86_400, ..usual_policy().rule });
    let stopped = log.add(next(1), &APPROVERS[..3]);
    let first = log.add(next(2), &APPROVERS[1..4]);
    let late = log.add(slow, &APPROVERS[2..]);
    log.witness();
    let waits: Vec<i64> = log.now().policies_waiting().map(|one| one.effective_from.0 - log.clock).collect();
    assert_eq!(waits, [DAY, DAY, 7 * DAY], "the longest wait of the old or the new");
    log.cancel(log.ledger.body_sha256(stopped).unwrap(), "a5@court");
    log.witness();
    log.pass(8 * DAY);
    log.witness();
    assert_eq!(log.now().policy().unwrap().index, first);
    assert_eq!(log.flags(), [(late, "policy_void")]);
}

#[test]
fn recovery_takes_its_group_a_long_wait_and_no_objection() {
    let mut log = Log::usual();
    let prev = log.ledger.body_sha256(0);
    let mut new = Policy { version: 2, prev, ..usual_policy() };
    for id in APPROVERS {
        new.principals.get_mut(id).unwrap().keys = vec![key(&format!("fake new-{id}"))];
    }
    let add = |log: &mut Log, new: &Policy| {
        let body: Body = new.clone().into();
        let mut sigs: Vec<_> =
            APPROVERS[..3].iter().map(|id| sign(&body, id, &format!("fake new-{id}"))).collect();
        sigs.extend(["v1@ngo", "v2@court"].map(|id| sign(&body, id, &key_of(id))));
        log.add_with(&body, &sigs)
    };
    add(&mut log, &new);
    log.witness();
    log.pass(2 * DAY);
    assert_eq!(log.now().policies_waiting().count(), 1);
    log.cancel(log.now().policies_waiting().next().unwrap().sha256, "a3@ngo");
    log.witness();
    assert_eq!(log.now().policies_waiting().count(), 0, "any one approver stops a recovery");
    new.rule.review_ttl_s += 1;
    let second = add(&mut log, &new);
    log.witness();
    log.pass(30 * DAY - 1);
    assert_eq!(log.now().policy().unwrap().index, 0);
    log.pass(1);
    assert_eq!(log.now().policy().unwrap().index, second);
}

#[test]
fn whoever_asks_does_not_approve() {
    let mut policy = usual_policy();
    policy.principals.get_mut("a1@operator").unwrap().roles = vec![Role::Requester, Role::Approver];
    let mut log = Log::with(policy);
    let ask = Request { requester: "a1@operator".to_owned(), ..log.ask() };
    let request = log.add(ask, &["a1@operator"]);
    let hash = log.ledger.body_sha256(request).unwrap();
    let own = log.approve(hash, "a1@operator");
    log.approve(hash, "a2@regulator");
    log.approve(hash, "a3@ngo");
    log.witness();
    assert_eq!(status(&log, request), Status::InReview);
    assert_eq!(log.flags(), [(own, "self_approval")]);
}

#[test]
fn replays_have_no_effect() {
    let mut log = Log::usual();
    let (request, hash) = log.request(log.ask());
    let approved = log.approve(hash, "a1@operator");
    log.say(hash, "a1@operator", Verdict::Reject);
    log.approve(hash, "a2@regulator");
    log.approve(hash, "a3@ngo");
    // Somebody else puts the first person's earlier word into the log again, and the request.
    let (old_word, old_request) =
        (log.leaves[approved as usize].clone(), log.leaves[request as usize].clone());
    assert_eq!(log.ledger.admit(&old_word, Time(log.clock)).unwrap_err().reason.code(), "duplicate");
    let replays = [log.push(old_word), log.push(old_request)];
    log.witness();
    assert_eq!(status(&log, request), Status::InReview);
    assert_eq!(log.flags(), replays.map(|index| (index, "duplicate")));
    // A word about one request is none about another of the same text.
    let (second, _) = log.request(Request { nonce: "other".to_owned(), ..log.ask() });
    log.witness();
    assert!(log.now().request(second).unwrap().verdicts.is_empty());
}

#[test]
fn records_in_the_wrong_order_have_no_effect() {
    let mut log = Log::empty();
    let body: Body = log.ask().into();
    let early = log.add(territory("T"), &["r1@operator"]);
    let policy = log.add(usual_policy(), &APPROVERS);
    log.witness();
    assert_eq!(log.flags(), [(early, "no_policy"), (policy, "no_policy")]);

    let mut log = Log::usual();
    let hash = skyshed_records::leaf::body_sha256(&skyshed_records::leaf::body_bytes(&body).unwrap());
    let approvals: Vec<Index> = APPROVERS.iter().map(|by| log.approve(hash, by)).collect();
    let request = log.add(body, &["r1@operator"]);
    log.witness();
    assert_eq!(status(&log, request), Status::InReview, "approvals before their request count for nothing");
    assert_eq!(
        log.flags(),
        approvals.into_iter().map(|index| (index, "unknown_request")).collect::<Vec<_>>()
    );
}

#[test]
fn a_zone_hash_that_is_not_the_map_is_refused() {
    let mut log = Log::usual();
    let wrong = Request { zone: cells(9), ..log.ask() };
    let body: Body = wrong.into();
    let leaf =
        skyshed_records::leaf::write(&body, &[sign(&body, "r1@operator", &key_of("r1@operator"))]).unwrap();
    let refusal = log.ledger.admit(&leaf, Time(log.clock)).unwrap_err();
    assert_eq!(refusal.reason.code(), "zone_differs");
    assert!(refusal.to_string().contains("ask for that one"), "{refusal}");
    // A request keeps to the zone it named; a new zone is for requests to come.
    let (request, hash) = log.request(log.ask());
    let current = log.now().territory("T").unwrap().zone.as_ref().unwrap().index;
    log.add(zone("T", 2, Some(current)), &["r1@operator"]);
    let out_of_turn = log.add(zone("T", 3, Some(current)), &["r1@operator"]);
    log.approve_all(hash, &APPROVERS[..3]);
    log.witness();
    log.pass(2 * DAY);
    log.witness();
    assert_eq!(status(&log, request), Status::Effective);
    assert_eq!(log.now().in_force()[0].decision.request.zone, cells(1));
    assert_eq!(log.flags(), [(out_of_turn, "zone_order")]);
}

#[test]
fn one_canceller_stops_what_waits_and_not_what_holds() {
    let mut log = Log::usual();
    let (request, hash) = log.request(log.ask());
    log.approve_all(hash, &APPROVERS[..3]);
    log.witness();
    log.pass(DAY - 1);
    log.cancel(hash, "a5@court");
    log.witness();
    assert_eq!(status(&log, request), Status::Cancelled);
    log.pass(100 * DAY);
    assert_eq!(log.in_force("consumer"), None);

    let mut log = Log::usual();
    let (request, hash) = log.request(log.ask());
    log.approve_all(hash, &APPROVERS[..3]);
    log.witness();
    log.witness();
    log.pass(DAY);
    let late = log.cancel(hash, "a5@court");
    log.witness();
    assert_eq!(status(&log, request), Status::Effective);
    assert_eq!(log.flags(), [(late, "unknown_target")]);
}

#[test]
fn a_witness_ten_minutes_off_moves_nothing() {
    let truth = |off: i64| {
        let mut log = Log::usual();
        let (request, hash) = log.request(log.ask());
        log.approve_all(hash, &APPROVERS[..3]);
        let times = [log.clock, log.clock + off, log.clock + 1];
        log.witness_at(&times, true);
        let times = [log.clock + 2, log.clock + 2 + off, log.clock + 3];
        log.witness_at(&times, true);
        let view = log.ledger.at(log.ledger.time());
        view.request(request).unwrap().quorum.as_ref().unwrap().decision.effective_from.0 - log.clock
    };
    assert_eq!(truth(600), DAY + 1);
    assert_eq!(truth(-600), DAY);
    // Time never runs backwards, even where a quorum says so.
    let mut log = Log::usual();
    log.pass(1_000);
    log.witness();
    log.witness_at(&[START; 3], true);
    assert_eq!(log.ledger.time(), Time(START + 1_000));
}

#[test]
fn an_emergency_goes_with_one_witness_and_ends_by_itself() {
    let mut log = Log::usual();
    let standing = log.decide(log.ask());
    let (request, hash) = log.request(log.ask_emergency());
    log.approve(hash, "a1@operator");
    log.approve(hash, "a2@regulator");
    let (ordinary, other) = log.request(Request { nonce: "ordinary".to_owned(), ..log.ask() });
    log.approve_all(other, &APPROVERS[..3]);
    let quick = log.witness_only(&[log.clock], false);
    let due = log.ledger.due(Time(log.clock));
    assert_eq!(due.len(), 1);
    let number = log.add(due[0].clone(), &[]);
    log.witness_only(&[log.clock], false);
    assert_eq!(log.in_force("consumer"), Some(number));
    assert!(log.now().request(ordinary).is_none(), "what is no emergency waits for the quorum of witnesses");
    assert_eq!(log.now().next_change(), Some(log.ask_emergency().expires.unwrap()));
    let over = log.ledger.at(Time(log.clock + 2 * DAY));
    assert_eq!(over.standing("T", "consumer").decision.unwrap().number, standing);
    assert_eq!(over.request(request).unwrap().status, Status::Expired);
    assert!(quick > 0 && log.flags().is_empty(), "{:?}", log.flags());
}

#[test]
fn one_witness_alone_cannot_move_the_time_of_anything_else() {
    let mut log = Log::usual();
    let far = log.clock + 100_000 * DAY;
    let (request, hash) = log.request(log.ask());
    log.approve_all(hash, &APPROVERS[..3]);
    let (emergency, _) = log.request(log.ask_emergency());
    log.witness_only(&[far], false);
    log.witness_only(&[0], false);
    log.witness();
    assert_eq!(
        log.now().request(request).unwrap().quorum.as_ref().unwrap().decision.quorum_at,
        Time(log.clock)
    );
    assert_eq!(log.now().request(emergency).unwrap().at, Time(START), "not before the last quorum");
    assert_eq!(log.ledger.time(), Time(log.clock));
}

#[test]
fn emergencies_are_renewed_once_by_the_full_quorum() {
    let mut log = Log::usual();
    log.decide(log.ask());
    let emergency = |log: &mut Log, approvers: &[&str]| {
        let (request, hash) = log.request(log.ask_emergency());
        log.approve_all(hash, approvers);
        log.witness();
        log.witness();
        request
    };
    let first = emergency(&mut log, &APPROVERS[..2]);
    assert_eq!(status(&log, first), Status::Effective);
    log.pass(DAY);
    let renewal = emergency(&mut log, &APPROVERS[..2]);
    assert_eq!(status(&log, renewal), Status::InReview, "two were enough for the first time only");
    let hash = log.now().request(renewal).unwrap().sha256;
    log.approve(hash, "a3@ngo");
    log.witness();
    log.witness();
    assert_eq!(status(&log, renewal), Status::Effective);
    log.pass(DAY);
    let second = emergency(&mut log, &APPROVERS);
    assert_eq!(log.flags()[0], (second, "second_renewal"));
    // Nor around it, by letting it end first.
    log.pass(2 * DAY);
    assert_eq!(status(&log, renewal), Status::Expired);
    let third = emergency(&mut log, &APPROVERS);
    assert!(log.flags().contains(&(third, "second_renewal")), "{:?}", log.flags());
}

#[test]
fn a_stolen_key_is_void_until_the_effect() {
    let mut log = Log::usual();
    let (request, hash) = log.request(log.ask());
    log.approve_all(hash, &APPROVERS[..3]);
    log.witness();
    let since = Some(Time(log.clock));
    log.pass(3_600);
    let event = |event, since| KeyEvent {
        principal: "a1@operator".to_owned(),
        key: key(&key_of("a1@operator")),
        event,
        since,
    };
    let decision = log.leaves.len() as u64 - 1;
    log.add(event(KeyEventKind::Compromised, since), &["a2@regulator", "a3@ngo"]);
    let alone = log.add(event(KeyEventKind::Lost, None), &["a2@regulator"]);
    let own = log.approve(hash, "a1@operator");
    log.witness();
    assert_eq!(status(&log, request), Status::InReview);
    assert_eq!(log.flags(), [(decision, "decision_void"), (alone, "quorum_missing"), (own, "key_not_valid")]);
    log.approve(hash, "a4@university");
    log.witness();
    log.pass(2 * DAY);
    log.witness();
    assert_eq!(status(&log, request), Status::Effective);
    // What holds already stays, and everybody sees how it came to be.
    let stolen = KeyEvent {
        principal: "a4@university".to_owned(),
        key: key(&key_of("a4@university")),
        event: KeyEventKind::Compromised,
        since,
    };
    let event = log.add(stolen, &["a4@university"]);
    log.witness();
    assert_eq!(status(&log, request), Status::Effective);
    assert_eq!(log.flags().last(), Some(&(event, "compromised_approval")));
}

#[test]
fn a_decision_record_is_derived_and_its_absence_seen() {
    let mut log = Log::usual();
    let (request, hash) = log.request(log.ask());
    log.approve_all(hash, &APPROVERS[..3]);
    log.witness_only(&[log.clock; 3], true);
    let due = log.ledger.due(Time(log.clock)).remove(0);
    let early = Decision { effective_from: Time(log.clock), ..due.clone() };
    let wrong = [
        log.add(early, &[]),
        log.add(Decision { approvals: vec![due.approvals[0]], ..due.clone() }, &[]),
        log.add(Decision { policy_version: 2, ..due.clone() }, &[]),
        log.add(Decision { effective_until: Some(Time(log.clock + DAY)), ..due.clone() }, &[]),
    ];
    log.pass(2 * DAY);
    log.witness_only(&[log.clock; 3], true);
    let mut expected: Vec<_> = wrong.map(|index| (index, "decision_differs")).to_vec();
    expected.push((request, "decision_withheld"));
    assert_eq!(log.flags(), expected);
    assert_eq!(log.in_force("consumer"), None, "without its record a decision does not hold");
    // Once it is there it holds, from its own time on, not before.
    let number = log.add(due.clone(), &[]);
    let twice = log.add(due, &[]);
    log.pass(60);
    log.witness();
    assert_eq!(log.now().standing("T", "consumer").decision.unwrap().effective_at, Time(log.clock));
    assert_eq!(log.in_force("consumer"), Some(number));
    assert_eq!(log.flags().last(), Some(&(twice, "decision_not_due")));
}

#[test]
fn a_request_replaces_what_it_names_or_nothing() {
    let mut log = Log::usual();
    let ask = Request { classes: vec!["consumer".to_owned(), "roam".to_owned()], ..log.ask() };
    let (first, one) = log.request(ask.clone());
    let (second, other) = log.request(Request { nonce: "second".to_owned(), ..ask });
    for by in &APPROVERS[..3] {
        log.approve(one, by);
        log.approve(other, by);
    }
    log.witness();
    log.witness();
    log.pass(2 * DAY);
    log.witness();
    assert_eq!((status(&log, first), status(&log, second)), (Status::Effective, Status::Superseded));
    assert_eq!(log.flags().last().unwrap().1, "superseded");
    // Half of it is replaced, for a while; then it is whole again.
    let number = log.in_force("roam").unwrap();
    let expires = Some(Time(log.clock + 10 * DAY));
    let off = log.decide(Request { to: State::Off, from: Some(number), expires, ..log.ask() });
    assert_eq!((log.in_force("consumer"), log.in_force("roam")), (Some(off), Some(number)));
    assert_eq!(status(&log, first), Status::Effective);
    log.pass(10 * DAY);
    assert_eq!(log.in_force("consumer"), Some(number));
    let changes: Vec<_> = log.now().history("T").map(|change| (change.class.clone(), change.to)).collect();
    let (consumer, roam) = ("consumer".to_owned(), "roam".to_owned());
    let expected = [
        (consumer.clone(), Some(number)),
        (roam, Some(number)),
        (consumer.clone(), Some(off)),
        (consumer, Some(number)),
    ];
    assert_eq!(changes, expected);
}

#[test]
fn an_expiry_walks_back_past_what_is_over() {
    let mut log = Log::usual();
    let ask = |log: &Log, days: i64| Request { expires: Some(Time(log.clock + days * DAY)), ..log.ask() };
    let first = log.decide(ask(&log, 100));
    let second = log.decide(ask(&log, 10));
    let third = log.decide(ask(&log, 20));
    assert_eq!(log.in_force("consumer"), Some(third));
    log.pass(12 * DAY);
    assert_eq!(log.in_force("consumer"), Some(third), "the end of what was replaced matters to nobody");
    log.pass(8 * DAY);
    assert_eq!(log.in_force("consumer"), Some(first), "decision {second} is over");
    log.pass(100 * DAY);
    assert_eq!(log.in_force("consumer"), None);
}

#[test]
fn rejected_lapsed_and_overdue() {
    let mut log = Log::usual();
    let (rejected, hash) = log.request(log.ask());
    log.say(hash, "a1@operator", Verdict::Reject);
    log.say(hash, "a2@regulator", Verdict::Recuse);
    log.witness();
    assert_eq!(status(&log, rejected), Status::InReview, "three are left");
    log.say(hash, "a3@ngo", Verdict::Reject);
    log.witness();
    assert_eq!(status(&log, rejected), Status::Rejected);
    let (lapsed, _) = log.request(Request { nonce: "lapses".to_owned(), ..log.ask() });
    log.witness();
    log.pass(14 * DAY - 1);
    assert_eq!(status(&log, lapsed), Status::InReview);
    log.pass(1);
    assert_eq!(status(&log, lapsed), Status::Lapsed);
    let number = log.decide(log.ask());
    let before = log.now();
    log.pass(90 * DAY);
    let territory = "T".to_owned();
    let review_by = before.decision(number).unwrap().review_by;
    assert_eq!(
        log.now().overdue(),
        [Overdue::Review { decision: number, territory: territory.clone(), review_by }]
    );
    assert_eq!(log.in_force("consumer"), Some(number), "overdue, and still in force");
    let changed = diff(&before, &log.now());
    assert_eq!(changed, [Difference::Review { decision: number, territory, overdue: true }]);
}

#[test]
fn sealed_contacts_are_opened_or_counted() {
    let mut log = Log::usual();
    let contact = ContactBody {
        who: "a minister".to_owned(),
        office: "a ministry".to_owned(),
        from: Time(START - 100),
        until: Time(START - 50),
        channel: "telephone".to_owned(),
        territory: "T".to_owned(),
        ask: Ask::KeepOff,
        reply: "no".to_owned(),
        receiver: "the operator".to_owned(),
    };
    let salt = cells(77);
    let sealed = skyshed_records::ledger::sealed_sha256(&salt, &contact).unwrap();
    let open_by = Time(log.clock + 30 * DAY);
    let opens = log.add(Contact::Sealed { sealed, open_by }, &["r1@operator"]);
    log.witness();
    log.pass(31 * DAY);
    assert_eq!(log.now().overdue(), [Overdue::Contact { index: opens, open_by }]);
    let other = ContactBody { reply: "yes".to_owned(), ..contact.clone() };
    let wrong = log.add(Contact::Opened { opens, salt, contact: other }, &["r1@operator"]);
    log.witness();
    assert_eq!((log.now().overdue().len(), log.flags()), (1, vec![(wrong, "opening_differs")]));
    let opened = log.add(Contact::Opened { opens, salt, contact }, &["r1@operator"]);
    log.witness();
    assert_eq!((log.now().overdue(), log.now().sealed().next().unwrap().opened), (vec![], Some(opened)));
}

#[test]
fn keys_have_dates_and_demand_pins() {
    let mut policy = usual_policy();
    let dated = Key {
        valid_after: Some(Time(START + 10)),
        valid_before: Some(Time(START + 20)),
        ..key("fake dated")
    };
    let pin = Key { pin_required: true, ..key("fake no-pin-given") };
    policy.principals.get_mut("a1@operator").unwrap().keys.extend([dated, pin]);
    let mut log = Log::with(policy);
    let (_, hash) = log.request(log.ask());
    let mut say = |at: i64, public: &str| {
        log.clock = at;
        let approver = "a1@operator".to_owned();
        let statement = format!("at {at} with {public}");
        let verdict = Verdict::Approve;
        let body: Body = Approval { requests: vec![hash], verdict, approver, statement }.into();
        let index = log.add_with(&body, &[sign(&body, "a1@operator", public)]);
        log.witness();
        let flags = log.flags();
        flags.into_iter().find(|flag| flag.0 == index).map(|flag| flag.1)
    };
    assert_eq!(say(START + 9, "fake dated"), Some("key_not_valid"));
    assert_eq!(say(START + 10, "fake dated"), None);
    assert_eq!(say(START + 19, "fake dated"), None);
    assert_eq!(say(START + 20, "fake dated"), Some("key_not_valid"));
    assert_eq!(say(START + 21, "fake no-pin-given"), Some("bad_signature"));
    assert_eq!(say(START + 22, "fake somebody"), Some("bad_signature"));
}

#[test]
fn no_key_belongs_to_two() {
    let mut policy = usual_policy();
    let shared = policy.principals["a1@operator"].keys.clone();
    policy.principals.get_mut("a2@regulator").unwrap().keys.extend(shared);
    let mut log = Log::empty();
    log.add(policy, &APPROVERS);
    log.witness();
    assert_eq!(log.flags(), [(0, "key_shared")]);
    assert!(log.now().policy().is_none());
    let mut log = Log::usual();
    let event = KeyEvent {
        principal: "a2@regulator".to_owned(),
        key: key(&key_of("a1@operator")),
        event: KeyEventKind::Add,
        since: None,
    };
    let index = log.add(event, &APPROVERS);
    log.witness();
    assert_eq!(log.flags(), [(index, "key_shared")]);
}

#[test]
fn a_foreign_or_wrong_checkpoint_gives_no_time() {
    let mut log = Log::usual();
    let (request, _) = log.request(log.ask());
    let size = log.leaves.len() as u64;
    let root = log.ledger.root(size).unwrap();
    let texts = [
        "another log".to_owned(),
        checkpoint(size + 9, root, true, &[log.clock]),
        checkpoint(size, cells(3), true, &[log.clock]),
        checkpoint(size, root, false, &[]),
    ];
    let wrong = texts.map(|checkpoint| log.add(Witnessed { checkpoint }, &[]));
    assert!(log.now().request(request).is_none());
    let codes = ["witness_signature", "witness_size", "witness_root", "witness_none"];
    log.witness();
    assert_eq!(log.flags(), wrong.into_iter().zip(codes).collect::<Vec<_>>());
    assert!(log.now().request(request).is_some());
}

#[test]
fn what_was_known_then_can_be_asked() {
    let mut log = Log::usual();
    let number = log.decide(log.ask());
    let then = log.leaves.len() as u64;
    let at = log.clock;
    log.decide(Request { to: State::Off, ..log.ask() });
    let before = log.ledger.when(then);
    assert_eq!(before.standing("T", "consumer").decision.unwrap().number, number);
    let past = log.ledger.at(Time(at));
    assert_eq!(past.standing("T", "consumer").decision.unwrap().number, number);
    let changed = diff(&before, &log.now());
    let standing = changed.iter().filter(|one| matches!(one, Difference::Standing { .. })).count();
    assert_eq!(standing, 1, "{changed:?}");
}
