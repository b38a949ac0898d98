//! A log of its own for each case, a monitor that looks once an hour, and the steps that cases are made of.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use skyshed_log::watch::{CADENCE, Finding};
use skyshed_log::{Alone, Cosigner, Keeper, LocalWitness, Means, Sequencer, watch};
use skyshed_records::leaf::{self, Sig, SigKind, namespace};
use skyshed_records::ledger::{Status, View};
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_tlog::{Algorithm, SigningKey};

use crate::common::scene::{log_key, territory, zone};
use crate::common::sim::SimFiles;
use crate::people::{Generations, OBSERVER, WAIT_S, key_of, policy};
use crate::{DAY, HOUR};

/// A log at a time, and what came of the steps so far.
pub struct Run {
    now: Arc<AtomicI64>,
    log: Sequencer<SimFiles>,
    monitor: Keeper,
    nonce: u32,
    /// Minutes from a record's submission until the monitor has it with a time, the longest of all.
    pub public_min: i64,
    /// Hours from then until the change takes effect, the shortest of all.
    pub notice_h: Option<i64>,
    /// What stays visible, in order.
    pub seen: Vec<String>,
}

/// A change that is asked for.
pub struct Change {
    pub to: State,
    pub reason: ReasonCode,
    pub basis: Option<&'static str>,
    pub emergency: bool,
    pub days: Option<i64>,
}

impl Run {
    /// A log whose territory has been in a state for four weeks.
    pub fn begin(when: &str, before: State) -> Run {
        let now = Arc::new(AtomicI64::new(Time::parse(when).unwrap().0 - 28 * DAY));
        let text = witness_policy();
        let means = Means {
            keys: vec![log_key()],
            policy: text.clone(),
            cosigners: (0..3).map(|place| Box::new(witness(place, &now)) as Box<dyn Cosigner>).collect(),
            clock: {
                let now = now.clone();
                Box::new(move || Time(now.load(Ordering::SeqCst)))
            },
            turns: Box::new(Alone(None)),
        };
        let genesis = [
            signed(&policy(1, None, &Generations::new()).into(), &APPROVERS),
            signed(&territory(PLACE).into(), &[DESK]),
            signed(&zone(PLACE).into(), &[DESK]),
        ];
        let (log, _) = Sequencer::create(SimFiles::new(), means, &genesis).unwrap();
        let tlog = skyshed_tlog::policy::Policy::parse(text.as_bytes()).unwrap();
        let monitor = Keeper::new(tlog, 2 * HOUR as u64);
        let mut run = Run { now, log, monitor, nonce: 0, public_min: 0, notice_h: None, seen: Vec::new() };
        run.decide(Change {
            to: before,
            reason: ReasonCode::Other,
            basis: None,
            emergency: false,
            days: None,
        });
        run.wait(Time::parse(when).unwrap().0 - run.time());
        (run.public_min, run.notice_h) = (0, None);
        run.seen.clear();
        run
    }

    /// One person asks and approves, alone. Whatever else happens, nothing changes.
    pub fn one_person_alone(&mut self, to: State) {
        let before = self.standing();
        let hash = self.ask(&Change {
            to,
            reason: ReasonCode::OperatorPolicy,
            basis: None,
            emergency: false,
            days: None,
        });
        let own = self.approval(hash, "one@regulator");
        self.submit(own);
        let second = self.approval(hash, "one@regulator");
        self.submit(second);
        self.wait(15 * DAY);
        assert_eq!(self.view().request_of(&hash).unwrap().status, Status::Lapsed);
        assert_eq!(self.standing(), before, "one person alone changed it");
        self.seen.push("one approval, where three persons of three organisations are needed: the request stands in the log and lapses, service is as before".into());
    }

    /// The change goes through review, by those whom the rules demand.
    pub fn decide(&mut self, change: Change) -> u64 {
        let asked_at = self.time();
        let hash = self.ask(&change);
        let persons: &[&str] = if change.emergency { &APPROVERS[..2] } else { &APPROVERS };
        for &by in &persons[1..] {
            let leaf = self.approval(hash, by);
            self.submit(leaf);
        }
        let short = self.view().request_of(&hash).unwrap().status;
        assert_eq!(short, Status::InReview, "one person short of the quorum");
        let leaf = self.approval(hash, persons[0]);
        self.submit(leaf);
        self.wait(if change.emergency { HOUR } else { WAIT_S + HOUR });
        let view = self.view();
        let asked = view.request_of(&hash).unwrap();
        assert_eq!(asked.status, Status::Effective, "{:?}", view.flags());
        let number = asked.quorum.as_ref().unwrap().number.unwrap();
        let decision = view.decision(number).unwrap();
        let public_at = asked_at + self.public_min * 60;
        let notice_h = (decision.effective_at.0 - public_at).max(0) / HOUR;
        self.notice_h = Some(self.notice_h.map_or(notice_h, |least| least.min(notice_h)));
        let names: Vec<&str> = decision.approvals.iter().map(|one| one.organisation.as_str()).collect();
        let until = change.days.map_or(String::new(), |days| format!(", ends by itself after {days} days"));
        self.seen.push(format!(
            "decision {number} with its reason, approved by persons of {}{until}",
            names.join(", ")
        ));
        number
    }

    /// Somebody outside asks for something; whoever was asked logs it.
    pub fn contact(&mut self, office: &str, ask: Ask, reply: &str) {
        let (from, until) = (Time(self.time() - HOUR), Time(self.time()));
        let contact = ContactBody {
            who: "not named here".into(),
            office: office.into(),
            from,
            until,
            channel: "conversation".into(),
            territory: PLACE.into(),
            ask,
            reply: reply.into(),
            receiver: DESK.into(),
        };
        self.submit(signed(&Contact::Open { contact }.into(), &[DESK]));
        self.seen.push("a contact record: who asked, in which office, for what".into());
    }

    /// Nobody does anything until the review date is over.
    pub fn nothing_until_review_is_over(&mut self) {
        self.wait(160 * DAY);
        let findings = self.findings();
        assert!(
            findings.iter().any(|finding| matches!(finding, Finding::ReviewOverdue { .. })),
            "{findings:?}"
        );
        self.seen.push("the state in force is counted as overdue from its review date on".into());
    }

    /// Somebody outside measures, and it is not what was decided.
    pub fn observed_otherwise(&mut self, served: bool) {
        self.observed_otherwise_by("probe", served);
    }

    /// As [`Run::observed_otherwise`], from somewhere.
    pub fn observed_otherwise_by(&mut self, source: &str, served: bool) {
        let observe = Observe {
            by: OBSERVER.into(),
            territory: PLACE.into(),
            from: Time(self.time()),
            until: None,
            source: source.into(),
            served,
            description: "measured from outside".into(),
        };
        self.submit(signed(&observe.into(), &[OBSERVER]));
        let findings = self.findings();
        let found = findings.iter().any(
            |finding| matches!(finding, Finding::ObservedOtherwise { served: measured, .. } if *measured == served),
        );
        assert!(found, "{findings:?}");
        let measured = if served { "service" } else { "no service" };
        self.seen.push(format!("{source}: {measured}, against what is decided; told by `watch`"));
    }

    /// What is in force now.
    pub fn standing(&self) -> Option<State> {
        self.view().standing(PLACE, "consumer").decision.map(|decision| decision.request.to.clone())
    }

    /// One canceller stops what waits.
    pub fn stopped_in_the_wait(&mut self, to: State, reason: ReasonCode) {
        let before = self.standing();
        let hash = self.ask(&Change { to, reason, basis: None, emergency: false, days: None });
        for by in APPROVERS {
            let leaf = self.approval(hash, by);
            self.submit(leaf);
        }
        let cancel =
            Cancel { target: hash, canceller: "stop@ngo".into(), reason_text: "under a threat".into() };
        self.submit(signed(&cancel.into(), &["stop@ngo"]));
        self.wait(2 * DAY);
        assert_eq!(self.standing(), before);
        self.seen.push("any one canceller stops an approved change within its wait of 24 h".into());
    }

    fn ask(&mut self, change: &Change) -> Digest {
        self.nonce += 1;
        let from = self.view().standing(PLACE, "consumer").decision.map(|decision| decision.number);
        let now = self.time();
        let body = Body::Request(Request {
            territory: PLACE.into(),
            zone: Digest([0x11; 32]),
            classes: vec!["consumer".into()],
            from,
            to: change.to.clone(),
            reason_code: change.reason,
            reason_text: "as the case has it".into(),
            legal_basis: change.basis.map(str::to_owned),
            requester: DESK.into(),
            on_behalf_of: "operator".into(),
            contacts: self.view().contacts().collect(),
            preview_sha256: None,
            not_before: None,
            expires: change.days.map(|days| Time(now + days * DAY)),
            review_by: Time(now + 150 * DAY),
            emergency: change.emergency,
            nonce: self.nonce.to_string(),
        });
        let hash = leaf::body_sha256(&leaf::body_bytes(&body).unwrap());
        self.submit(signed(&body, &[DESK]));
        hash
    }

    fn approval(&mut self, request: Digest, by: &str) -> Vec<u8> {
        self.nonce += 1;
        let statement = format!("read, {}", self.nonce);
        let approval =
            Approval { requests: vec![request], verdict: Verdict::Approve, statement, approver: by.into() };
        signed(&approval.into(), &[by])
    }

    /// Appends a record at 20 past, and waits until the monitor, which looks at the full hour, has it.
    fn submit(&mut self, leaf: Vec<u8>) {
        self.to_minute(20);
        let submitted = self.time();
        let index = self.log.append(&[leaf]).unwrap().indices[0];
        while self
            .monitor
            .proven()
            .is_none_or(|proven| proven.ledger.at(proven.ledger.time()).covered() <= index)
        {
            self.to_minute(0);
            self.monitor.update(self.log.files(), Time(self.time())).unwrap();
        }
        assert_eq!(self.monitor.stale(), None);
        self.public_min = self.public_min.max((self.time() - submitted) / 60);
    }

    fn to_minute(&self, minute: i64) {
        let past = self.time().rem_euclid(HOUR);
        let mut more = minute * 60 - past;
        if more <= 0 {
            more += HOUR;
        }
        self.now.fetch_add(more, Ordering::SeqCst);
    }

    fn wait(&mut self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
        self.log.publish().unwrap();
        self.monitor.update(self.log.files(), Time(self.time())).unwrap();
    }

    /// What the monitor can say, from public files alone.
    fn findings(&self) -> Vec<Finding> {
        let ledger = &self.monitor.proven().unwrap().ledger;
        watch(ledger, 0, ledger.size(), Time(self.time()), CADENCE).findings
    }

    fn view(&self) -> View {
        self.monitor.proven().map_or_else(
            || self.log.ledger().at(Time(self.time())),
            |proven| proven.ledger.at(Time(self.time())),
        )
    }

    fn time(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }
}

fn witness_key(place: u8) -> SigningKey {
    let name = format!("witness{place}.example");
    SigningKey::from_seed(&name, Algorithm::CosignatureEd25519, &[100 + place; 32]).unwrap()
}

fn witness(place: u8, now: &Arc<AtomicI64>) -> LocalWitness {
    let now = now.clone();
    let clock = Box::new(move || now.load(Ordering::SeqCst));
    LocalWitness::new(vec![witness_key(place)], log_key().verifier().clone(), clock)
}

fn witness_policy() -> String {
    let mut text = format!("log {}\n", log_key().verifier());
    for place in 0..3 {
        text += &format!("witness w{place} {}\n", witness_key(place).verifier());
    }
    text + "group all 2 w0 w1 w2\nquorum all\n"
}

fn signed(body: &Body, by: &[&str]) -> Vec<u8> {
    let bytes = leaf::body_bytes(body).unwrap();
    let sign = |id: &&str| Sig {
        by: (*id).to_owned(),
        kind: SigKind::Sshsig,
        sig: sshsig::sign(&key_of(id, 0), &namespace(body.type_name()), &bytes),
    };
    leaf::write(body, &by.iter().map(sign).collect::<Vec<_>>()).unwrap()
}

const PLACE: &str = "T1";
const DESK: &str = "desk@operator";
const APPROVERS: [&str; 3] = ["one@regulator", "one@ngo", "one@court"];
