//! What a watcher is told.

mod common;

use common::scene::{DAY, PEOPLE, START, Scene, WAIT_S, approval, signed};
use common::sim::SimFiles;
use skyshed_log::watch::CADENCE;
use skyshed_log::{Finding, Sequencer, watch};
use skyshed_records::record::*;

#[test]
fn a_quiet_log_has_nothing_to_say_and_every_neglect_is_told() {
    let scene = Scene::new();
    let (mut log, begun) = Sequencer::create(SimFiles::new(), scene.means(), &scene.genesis()).unwrap();
    let (request, hash) = scene.request("a", None, State::On);
    log.append(&[request]).unwrap();
    let decided = log.append(&[approval(hash, PEOPLE[1]), approval(hash, PEOPLE[2])]).unwrap();
    let now = scene.clock.now();
    let quiet = watch(log.ledger(), begun.size, decided.size, now, CADENCE);
    assert_eq!(quiet.findings, []);
    let kinds: Vec<_> = quiet.entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["request", "witnessed", "approval", "approval", "witnessed", "decision", "witnessed"]);
    assert_eq!(quiet.entries[0].by.as_deref(), Some(PEOPLE[0]));
    let number = decided.decisions[0];

    scene.clock.advance(WAIT_S + DAY);
    let sealed = Contact::Sealed { sealed: Digest([9; 32]), open_by: Time(START + 3 * DAY) };
    let sealed = log.append(&[signed(&sealed.into(), &[PEOPLE[0]])]).unwrap().indices[0];
    let observe = |served, from| Observe {
        by: PEOPLE[0].into(),
        territory: "T1".into(),
        from: Time(from),
        until: None,
        source: "probe".into(),
        served,
        description: "seen".into(),
    };
    let observations = [
        observe(true, START),
        observe(false, START),
        observe(false, START + DAY),
        observe(true, START + DAY),
    ];
    let observations = observations.map(|one| signed(&one.into(), &[PEOPLE[0]]));
    let observed = log.append(&observations).unwrap();
    let attest = Attest {
        by: PEOPLE[1].into(),
        from: Time(START),
        until: Time(START + DAY),
        statement: "none".into(),
    };
    log.append(&[signed(&attest.into(), &[PEOPLE[1]])]).unwrap();

    let far = Time(START + DAY / 2 + CADENCE.attest_max_s + 1_000);
    let told = watch(log.ledger(), decided.size, u64::MAX, far, CADENCE);
    let review_by = log.ledger().at(far).decision(number).unwrap().review_by;
    let otherwise = |at: usize, since, served, decided: &[(&str, bool)]| Finding::ObservedOtherwise {
        index: observed.indices[at],
        territory: "T1".into(),
        since: Time(since),
        served,
        decided: decided.iter().map(|(class, serves)| ((*class).to_owned(), *serves)).collect(),
    };
    let unattested = |id: &str| Finding::AttestationMissing { principal: id.into(), attested_until: None };
    let mut expected = vec![
        Finding::ReviewOverdue { decision: number, territory: "T1".into(), review_by },
        Finding::ContactUnopened { index: sealed, open_by: Time(START + 3 * DAY) },
    ];
    let mut people = [PEOPLE[0], PEOPLE[2], PEOPLE[3]];
    people.sort_unstable();
    expected.extend(people.map(unattested));
    expected.push(Finding::EnforcerLate { enforcer: PEOPLE[0].into(), last: None });
    expected.push(otherwise(0, START, true, &[]));
    expected.push(otherwise(2, START + DAY, false, &[("consumer", true)]));
    assert_eq!(told.findings, expected);
    let json = serde_json::to_value(&told).unwrap();
    assert_eq!(json["findings"][0]["finding"], "review_overdue");
    assert_eq!(json["entries"][0]["kind"], "contact");
}

#[test]
fn a_decision_that_is_not_there_yet_is_told() {
    let scene = Scene::new();
    let (mut log, _) = Sequencer::create(SimFiles::new(), scene.means(), &scene.genesis()).unwrap();
    let (request, hash) = scene.request("a", None, State::On);
    log.append(&[request]).unwrap();
    let before = log.ledger().size();
    let decided = log.append(&[approval(hash, PEOPLE[1]), approval(hash, PEOPLE[2])]).unwrap();
    // As far as the record that gives the quorum its time, the decision is missing.
    let missing = watch(log.ledger(), before, decided.decisions[0], scene.clock.now(), CADENCE);
    assert!(matches!(missing.findings[..], [Finding::DecisionMissing { .. }]), "{:?}", missing.findings);
    assert_eq!(watch(log.ledger(), before, u64::MAX, scene.clock.now(), CADENCE).findings, []);
}
