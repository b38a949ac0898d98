//! What happens in the demonstration log, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context, Result, ensure};
use skyshed::Ground;
use skyshed::control::{Class, ClassSet, ILLUSTRATIVE_POLICY, Zones, ledger};
use skyshed_log::{Alone, Cosigner, LocalWitness, Means, Outcome, Sequencer};
use skyshed_records::leaf;
use skyshed_records::ledger::sealed_sha256;
use skyshed_records::record::{
    Approval, Ask, Attest, Body, Cancel, Contact, ContactBody, Digest, Enforce, Index, Observe, ReasonCode,
    Request, State, Time, Verdict,
};

use super::memory::Memory;
use super::people::{
    APPROVERS, DESK, GATEWAYS, LICENSING, PROBE, People, log_key, witness_policy, witnesses,
};

mod genesis;

/// The place where research is connected, whose review nobody has made.
const RESEARCH: &str = "AQ";
/// The uninhabited islands for which the worked request asks.
const ISLANDS: &str = "HM";
/// The uninhabited islands for which a request is stopped.
const OTHER_ISLANDS: &str = "TF";
/// The high seas.
const SEAS: &str = "XZ";

/// Makes all files of the log.
pub fn tell(ground: &Ground) -> Result<Memory> {
    let mut scribe = Scribe::begin(ground)?;
    scribe.genesis()?;
    scribe.heartbeat("2026-08-01T00:05:00Z")?;
    scribe.one_approval_is_not_enough()?;
    scribe.contacts_are_sealed()?;
    scribe.a_request_takes_effect()?;
    scribe.heartbeat("2026-09-10T00:05:00Z")?;
    scribe.one_person_stops_a_request()?;
    scribe.a_measurement_differs()?;
    scribe.a_contact_is_opened()?;
    scribe.attestations()?;
    scribe.heartbeat("2026-10-05T00:05:00Z")?;
    scribe.people.write_keys(&scribe.files)?;
    Ok(scribe.files)
}

/// Writes the log, with a clock of its own.
struct Scribe<'a> {
    ground: &'a Ground,
    zones: Zones,
    people: People,
    clock: Arc<AtomicI64>,
    files: Memory,
    log: Sequencer<Memory>,
    /// Numbers of the sealed contacts.
    sealed: Vec<Index>,
}

/// What a request says that differs from one to the next.
struct Wish<'a> {
    territory: &'a str,
    classes: ClassSet,
    from: Option<Index>,
    to: State,
    reason: (ReasonCode, String),
    review_by: Time,
}

impl<'a> Scribe<'a> {
    /// Begins the log with its first policy, the territories and their zones.
    fn begin(ground: &'a Ground) -> Result<Scribe<'a>> {
        let (people, zones, files) = (People::new(), Zones::new(ground), Memory::default());
        let clock = Arc::new(AtomicI64::new(time("2026-07-30T00:00:00Z").0));
        let places = genesis::places(ground, &zones, &people)?;
        let policy = people.signed(people.policy(), &APPROVERS)?;
        let (log, _) = Sequencer::create(files.clone(), means(&clock)?, &[policy])?;
        let mut scribe = Scribe { ground, zones, people, clock, files, log, sealed: Vec::new() };
        scribe.append("2026-07-30T00:10:00Z", &places)?;
        Ok(scribe)
    }

    /// Appends records at a time.
    fn append(&mut self, at: &str, leaves: &[Vec<u8>]) -> Result<Outcome> {
        self.clock.store(time(at).0, Ordering::SeqCst);
        let outcome = self.log.append(leaves).with_context(|| format!("the demonstration log at {at}"))?;
        ensure!(outcome.quorum, "the witnesses of the demonstration are at hand");
        Ok(outcome)
    }

    fn append_one(&mut self, at: &str, body: impl Into<Body>, by: &str) -> Result<Index> {
        let leaf = self.people.signed(body, &[by])?;
        Ok(self.append(at, &[leaf])?.indices[0])
    }

    /// The illustrative policy, and "off" wherever it is silent: asked for by the operator, approved by three others.
    fn genesis(&mut self) -> Result<()> {
        let wishes = genesis::wishes(self.ground)?;
        let requests: Vec<Request> =
            wishes.into_iter().map(|wish| self.request(wish)).collect::<Result<_>>()?;
        let begins = |request| Request { not_before: Some(time("2026-08-01T00:00:00Z")), ..request };
        let bodies: Vec<Body> = requests.into_iter().map(|request| Body::Request(begins(request))).collect();
        let mut hashes = bodies.iter().map(hash).collect::<Result<Vec<_>>>()?;
        hashes.sort_unstable();
        let leaves = bodies.into_iter().map(|body| self.people.signed(body, &[DESK]));
        let leaves = leaves.collect::<Result<Vec<_>, _>>()?;
        self.append("2026-07-30T01:00:00Z", &leaves)?;
        let statement = "The illustrative policy of 2026-08-01, with which this demonstration begins.";
        for (at, approver) in [
            ("2026-07-30T09:00:00Z", "officer@regulator"),
            ("2026-07-30T10:00:00Z", "counsel@ngo"),
            ("2026-07-30T11:00:00Z", "researcher@university"),
        ] {
            self.approve(at, approver, &hashes, statement)?;
        }
        Ok(())
    }

    /// One person is asked, and approves; nobody else looks, and the request lapses.
    fn one_approval_is_not_enough(&mut self) -> Result<()> {
        let contact = ContactBody {
            who: "an association of shipping companies".into(),
            office: "safety department".into(),
            from: time("2026-08-04T09:00:00Z"),
            until: time("2026-08-04T09:30:00Z"),
            channel: "video call".into(),
            territory: SEAS.into(),
            ask: Ask::Activate,
            reply: "Told how a request is made, and that it is public.".into(),
            receiver: DESK.into(),
        };
        let told = self.append_one("2026-08-05T09:00:00Z", Contact::Open { contact }, DESK)?;
        let wish = Wish {
            territory: SEAS,
            classes: [Class::Emergency].into_iter().collect(),
            from: self.in_force(SEAS, Class::Emergency),
            to: State::On,
            reason: (ReasonCode::SafetyOfLife, "Demonstration: distress traffic on the high seas.".into()),
            review_by: time("2027-02-01T00:00:00Z"),
        };
        let request = Request { contacts: vec![told], ..self.request(wish)? };
        let hash = self.ask("2026-08-06T09:00:00Z", request, DESK)?;
        self.approve("2026-08-07T10:00:00Z", "registrar@court-registry", &[hash], "The reason is sound.")
    }

    /// Two contacts that are told later, committed to now.
    fn contacts_are_sealed(&mut self) -> Result<()> {
        for (at, open_by, number) in [
            ("2026-08-12T15:00:00Z", "2027-02-01T00:00:00Z", 0),
            ("2026-08-20T15:00:00Z", "2026-10-01T00:00:00Z", 1),
        ] {
            let (salt, contact) = sealed(number);
            let sealed = sealed_sha256(&salt, &contact).context("a contact is JSON")?;
            let index = self.append_one(at, Contact::Sealed { sealed, open_by: time(open_by) }, DESK)?;
            self.sealed.push(index);
        }
        Ok(())
    }

    /// The worked example: a request for a season, three persons of three organisations, a wait, effect, and an end.
    fn a_request_takes_effect(&mut self) -> Result<()> {
        let request = self.request(Wish {
            territory: ISLANDS,
            classes: ClassSet::ALL,
            from: self.in_force(ISLANDS, Class::Consumer),
            to: State::On,
            reason: (
                ReasonCode::Licensed,
                "Demonstration: a research expedition works on the islands for a season.".into(),
            ),
            review_by: time("2027-01-15T00:00:00Z"),
        })?;
        let request = Request {
            legal_basis: Some("demonstration licence 1".into()),
            on_behalf_of: "regulator".into(),
            not_before: Some(time("2026-09-10T00:00:00Z")),
            expires: Some(time("2027-04-01T00:00:00Z")),
            ..request
        };
        let request = Request { requester: LICENSING.into(), ..request };
        let hash = self.ask("2026-08-24T09:00:00Z", request, LICENSING)?;
        self.approve("2026-08-26T10:00:00Z", "engineer@operator", &[hash], "Beams and a gateway are there.")?;
        self.approve(
            "2026-08-28T14:00:00Z",
            "researcher@university",
            &[hash],
            "The islands are uninhabited otherwise.",
        )?;
        self.approve(
            "2026-09-01T08:00:00Z",
            "registrar@court-registry",
            &[hash],
            "The licence is in the register.",
        )
    }

    /// Three approve, and during the wait one of those who may stops it.
    fn one_person_stops_a_request(&mut self) -> Result<()> {
        let request = self.request(Wish {
            territory: OTHER_ISLANDS,
            classes: ClassSet::ALL,
            from: self.in_force(OTHER_ISLANDS, Class::Consumer),
            to: State::On,
            reason: (
                ReasonCode::OperatorPolicy,
                "Demonstration: service for passing ships and stations.".into(),
            ),
            review_by: time("2027-02-01T00:00:00Z"),
        })?;
        let hash = self.ask("2026-09-14T09:00:00Z", request, DESK)?;
        for (at, approver) in [
            ("2026-09-15T08:00:00Z", "engineer@operator"),
            ("2026-09-15T09:00:00Z", "officer@regulator"),
            ("2026-09-15T10:00:00Z", "researcher@university"),
        ] {
            self.approve(at, approver, &[hash], "No objection.")?;
        }
        let canceller = "counsel@ngo".to_owned();
        let reason_text =
            "Who was asked on behalf of the stations is not told; ask again with the contact.".to_owned();
        self.append_one(
            "2026-09-15T16:00:00Z",
            Cancel { target: hash, canceller, reason_text },
            "counsel@ngo",
        )?;
        Ok(())
    }

    /// Somebody outside saw no service where the log says there is.
    fn a_measurement_differs(&mut self) -> Result<()> {
        let observe = Observe {
            by: PROBE.into(),
            territory: RESEARCH.into(),
            from: time("2026-09-20T02:00:00Z"),
            until: Some(time("2026-09-20T05:00:00Z")),
            source: "probe".into(),
            served: false,
            description:
                "Demonstration: a probe had no answer for three hours, while the decision in force is on."
                    .into(),
        };
        self.append_one("2026-09-21T09:00:00Z", observe, PROBE).map(drop)
    }

    fn a_contact_is_opened(&mut self) -> Result<()> {
        let (salt, contact) = sealed(1);
        let opened = Contact::Opened { opens: self.sealed[1], salt, contact };
        self.append_one("2026-09-28T09:00:00Z", opened, DESK).map(drop)
    }

    /// All but one of the approvers say that there was nothing else.
    fn attestations(&mut self) -> Result<()> {
        let attest = |by: &str| Attest {
            by: by.into(),
            from: time("2026-07-01T00:00:00Z"),
            until: time("2026-10-01T00:00:00Z"),
            statement: "In this time I had no contact about service control that is not in the log.".into(),
        };
        let who = APPROVERS.iter().filter(|&&by| by != "engineer@operator");
        let leaves = who.map(|by| self.people.signed(attest(by), &[by])).collect::<Result<Vec<_>, _>>()?;
        self.append("2026-10-02T09:00:00Z", &leaves).map(drop)
    }

    /// What the enforcer applies: the hash of one byte per cell, whose bits are the classes that may be served there.
    fn heartbeat(&mut self, at: &str) -> Result<()> {
        let ledger = self.log.ledger();
        let log_size = ledger.size();
        let root = ledger.root(log_size).context("the ledger has its own root")?;
        let timeline = ledger::timeline("demonstration", ledger)?;
        let activation = timeline.activation(time(at), &self.zones, self.ground)?;
        let bits = |classes: &ClassSet| classes.iter().fold(0, |bits, class| bits | 1u8 << class as u8);
        let cells: Vec<u8> = activation.classes_by_cell().iter().map(bits).collect();
        let snapshot_sha256 = leaf::body_sha256(&cells);
        let beat = Enforce { enforcer: GATEWAYS.into(), log_size, root, snapshot_sha256, at: time(at) };
        self.append_one(at, beat, GATEWAYS).map(drop)
    }

    fn request(&self, wish: Wish<'_>) -> Result<Request> {
        let territory = genesis::index_of(self.ground, wish.territory)?;
        let mut classes: Vec<String> = wish.classes.iter().map(|class| class.name().to_owned()).collect();
        classes.sort_unstable();
        Ok(Request {
            territory: wish.territory.to_owned(),
            zone: self.zones.of_territory(territory),
            classes,
            from: wish.from,
            to: wish.to,
            reason_code: wish.reason.0,
            reason_text: wish.reason.1,
            legal_basis: None,
            requester: DESK.to_owned(),
            on_behalf_of: "operator".to_owned(),
            contacts: Vec::new(),
            preview_sha256: None,
            not_before: None,
            expires: None,
            review_by: wish.review_by,
            emergency: false,
            nonce: "1".to_owned(),
        })
    }

    /// Number of the decision in force at the log's last time.
    fn in_force(&self, territory: &str, class: Class) -> Option<Index> {
        let ledger = self.log.ledger();
        let standing = ledger.at(ledger.time()).standing(territory, class.name());
        standing.decision.map(|decision| decision.number)
    }

    fn ask(&mut self, at: &str, request: Request, by: &str) -> Result<Digest> {
        let body = Body::Request(request);
        let hash = hash(&body)?;
        self.append_one(at, body, by)?;
        Ok(hash)
    }

    fn approve(&mut self, at: &str, approver: &str, requests: &[Digest], statement: &str) -> Result<()> {
        let (requests, statement) = (requests.to_vec(), statement.to_owned());
        let approval =
            Approval { requests, verdict: Verdict::Approve, approver: approver.to_owned(), statement };
        self.append_one(at, approval, approver).map(drop)
    }
}

fn hash(body: &Body) -> Result<Digest> {
    Ok(leaf::body_sha256(&leaf::body_bytes(body)?))
}

/// The contacts that are sealed, and the salts that keep them from being guessed; here of course anybody can look them up.
fn sealed(number: u8) -> (Digest, ContactBody) {
    let salt = leaf::body_sha256(format!("skyshed demonstration: salt {number}").as_bytes());
    let (who, ask, reply, day) = match number {
        0 => ("a ministry", Ask::Inform, "Taken note of; sealed until the inquiry is closed.", "2026-08-12"),
        _ => (
            "a ministry",
            Ask::KeepOff,
            "Told that only a request in the log can change anything.",
            "2026-08-20",
        ),
    };
    let at = |hour| time(&format!("{day}T{hour}:00:00Z"));
    let contact = ContactBody {
        who: who.into(),
        office: "office of communications".into(),
        from: at("10"),
        until: at("11"),
        channel: "letter".into(),
        territory: OTHER_ISLANDS.into(),
        ask,
        reply: reply.into(),
        receiver: DESK.into(),
    };
    (salt, contact)
}

fn means(clock: &Arc<AtomicI64>) -> Result<Means> {
    let log = log_key()?;
    let witness = |one: super::people::Witness| -> Box<dyn Cosigner> {
        let (clock, skew_s) = (clock.clone(), one.skew_s);
        let now = move || clock.load(Ordering::SeqCst) + skew_s;
        Box::new(LocalWitness::new(one.keys, log.verifier().clone(), Box::new(now)))
    };
    let cosigners = witnesses()?.into_iter().map(witness).collect();
    let now = clock.clone();
    Ok(Means {
        keys: vec![log_key()?],
        policy: witness_policy()?,
        cosigners,
        clock: Box::new(move || Time(now.load(Ordering::SeqCst))),
        turns: Box::new(Alone(None)),
    })
}

/// A time that stands in this file.
fn time(text: &str) -> Time {
    Time::parse(text).expect("a time in the demonstration's text")
}
