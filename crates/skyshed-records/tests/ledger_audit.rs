//! The audit of a log with real signatures.

#[path = "ledger_common/real.rs"]
mod real;

use real::*;
use skyshed_records::audit::{Counts, audit};
use skyshed_records::record::*;

/// A territory that was switched on by two of two organisations.
fn small_log(files: &Memory) {
    let mut log = RealLog::create(files);
    let requester = PEOPLE[0].to_owned();
    let territory = "T".to_owned();
    let zone = Digest([1; 32]);
    let none = Digest([0; 32]);
    log.add(
        Territory {
            id: territory.clone(),
            name: "somewhere".to_owned(),
            labels: Default::default(),
            kind: TerritoryKind::Custom,
            claims: Vec::new(),
            parent: None,
        },
        &PEOPLE[..1],
    );
    log.add(
        Zone {
            territory: territory.clone(),
            cells_sha256: zone,
            cell_count: 1,
            resolution: 5,
            cover_rule: CoverRule::Centroid,
            guard_km: 0,
            source: "a map".to_owned(),
            source_sha256: none,
            prev: None,
        },
        &PEOPLE[..1],
    );
    log.witness();
    let request = Request {
        territory,
        zone,
        classes: vec!["consumer".to_owned()],
        from: None,
        to: State::On,
        reason_code: ReasonCode::Licensed,
        reason_text: "a licence".to_owned(),
        legal_basis: None,
        requester,
        on_behalf_of: "the operator".to_owned(),
        contacts: Vec::new(),
        preview_sha256: None,
        not_before: None,
        expires: None,
        review_by: Time(START as i64 + 800_000),
        emergency: false,
        nonce: String::new(),
    };
    let (_, request) = log.add(request, &PEOPLE[..1]);
    for approver in &PEOPLE[1..3] {
        let approver = (*approver).to_owned();
        let statement = "seen".to_owned();
        let by = approver.clone();
        log.add(Approval { requests: vec![request], verdict: Verdict::Approve, approver, statement }, &[&by]);
    }
    log.clock += 10;
    log.witness();
    log.clock += 100;
    log.witness();
}

#[test]
fn a_whole_log_is_audited_in_one_pass() {
    let files = Memory::default();
    small_log(&files);
    let found = audit(&files, &witness_policy()).unwrap();
    assert!(found.is_clean() && found.quorum, "{:?}", found.flags);
    assert_eq!(found.witnesses, ["witness.example/a", "witness.example/b"]);
    let counts = Counts {
        leaves: 10,
        records: 10,
        witnessed: 9,
        signatures: 9,
        bad_signatures: 0,
        decisions: 1,
        derived: 1,
    };
    assert_eq!(found.counts, counts);
    assert_eq!(found.time, Time(START as i64 + 110));
    let view = found.ledger.at(found.time);
    assert_eq!(view.standing("T", "consumer").decision.unwrap().request.to, State::On);
}

/// Every fourth byte of every file that the log consists of, one bit of each; which of four differs from file to file.
#[test]
fn flipped_bytes_are_found() {
    let files = Memory::default();
    small_log(&files);
    let policy = witness_policy();
    let all: Vec<(String, usize)> =
        files.files.borrow().iter().map(|(path, bytes)| (path.clone(), bytes.len())).collect();
    let mut flips = 0;
    for (number, (path, length)) in all.into_iter().enumerate() {
        for byte in (number % 4..length).step_by(4) {
            let flip = || files.files.borrow_mut().get_mut(&path).unwrap()[byte] ^= 1 << (byte / 4 % 8);
            flip();
            let found = audit(&files, &policy);
            assert!(!found.is_ok_and(|found| found.is_clean()), "{path}, byte {byte}");
            flip();
            flips += 1;
        }
    }
    assert!(flips > 2_000, "{flips}");
    assert!(audit(&files, &policy).unwrap().is_clean());
}

#[test]
fn a_log_of_other_witnesses_or_another_key_is_none() {
    let files = Memory::default();
    small_log(&files);
    let one = witness_policy();
    let key =
        skyshed_tlog::SigningKey::from_seed(ORIGIN, skyshed_tlog::Algorithm::Ed25519, &[9; 32]).unwrap();
    let text = format!("log {}\nquorum none\n", key.verifier());
    let foreign = skyshed_tlog::Policy::parse(text.as_bytes()).unwrap();
    assert!(audit(&files, &foreign).is_err());
    let text = format!("log {}\nwitness w {}\nquorum w\n", one.log_keys()[0], one.witness_keys()[2]);
    let absent = skyshed_tlog::Policy::parse(text.as_bytes()).unwrap();
    let found = audit(&files, &absent).unwrap();
    assert!(!found.quorum && !found.is_clean() && found.ledger.at(Time(i64::MAX)).policy().is_none());
    assert!(audit(&Memory::default(), &one).is_err());
}
