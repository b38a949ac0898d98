//! Random logs, the same for the same seed, leaning towards what is hard: edges of time, chains, races, rotations, stolen keys, replays.

#![allow(dead_code, reason = "every test binary uses another part of it")]

use skyshed_records::leaf;
use skyshed_records::ledger::{RequestInLog, Status, View};
use skyshed_records::record::*;

use crate::fakes::*;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

const PEOPLE: [&str; 4] = ["a1@x", "a2@y", "a3@y", "a4@z"];
const STEPS: [i64; 6] = [0, 0, 1, 5, 10, 20];
const TERRITORIES: [&str; 2] = ["T", "U"];
const CLASSES: [&str; 2] = ["consumer", "roam"];

/// A log being made at random.
pub struct Made {
    pub log: Log,
    pub random: Random,
    policies: Vec<Policy>,
    /// Hashes of requests and policies.
    targets: Vec<Digest>,
    requests: Vec<Digest>,
    salt: u8,
}

/// A log of some 25 to 60 records.
pub fn make(seed: u64) -> Log {
    let mut made = Made {
        log: Log::empty(),
        random: Random(seed),
        policies: Vec::new(),
        targets: Vec::new(),
        requests: Vec::new(),
        salt: 0,
    };
    made.begin();
    let steps = 6 + made.random.below(14);
    (0..steps).for_each(|_| made.step());
    made.log.pass(5);
    made.log.witness_only(&[made.log.clock; 1], true);
    made.log
}

impl Made {
    fn view(&self) -> View {
        self.log.ledger.at(Time(self.log.clock).max(self.log.ledger.time()))
    }

    fn begin(&mut self) {
        let policy = self.first_policy();
        let signers = if self.random.chance(97) { &PEOPLE[..] } else { &PEOPLE[..1] };
        self.log.add(policy.clone(), signers);
        self.targets.push(self.log.ledger.body_sha256(0).unwrap());
        self.policies.push(policy);
        for (at, id) in TERRITORIES.into_iter().enumerate() {
            self.log.add(territory(id), &["r1@x"]);
            self.log.add(zone(id, at as u8, None), &["r1@x"]);
        }
        self.log.witness();
    }

    fn rule(&mut self) -> Rule {
        let random = &mut self.random;
        let emergency = Emergency {
            quorum: quorum(1 + random.below(2) as u32, 1),
            ttl_max_s: *random.of(&[40, 80]),
            off_reasons: vec![ReasonCode::HarmfulInterference],
            on_reasons: vec![ReasonCode::HarmfulInterference, ReasonCode::DisasterRelief],
        };
        let persons = 1 + random.below(3) as u32;
        Rule {
            quorum: quorum(persons, 1 + random.below(persons as usize) as u32),
            wait_s: *random.of(&[0, 5, 10, 20]),
            review_ttl_s: *random.of(&[10, 20, 100]),
            expiry_max_s: *random.of(&[60, 300]),
            review_max_s: *random.of(&[60, 300]),
            emergency: random.chance(85).then_some(emergency),
        }
    }

    fn first_policy(&mut self) -> Policy {
        let mut roles = vec![Role::Approver];
        roles.extend(self.random.chance(60).then_some(Role::Canceller));
        let mut principals: std::collections::BTreeMap<_, _> =
            PEOPLE.iter().map(|id| principal(id, &roles)).collect();
        principals.extend([principal("r1@x", &[Role::Requester]), principal("o1@z", &[Role::Observer])]);
        principals.extend([principal("e1@x", &[Role::Enforcer])]);
        principals.extend(["v1@y", "v2@z"].map(|id| principal(id, &[Role::Recovery])));
        let first = principals.get_mut("a1@x").unwrap();
        first.roles.insert(0, Role::Requester);
        first.keys.push(key("fake second+pin"));
        if self.random.chance(20) {
            let dated = principals.get_mut("a4@z").unwrap();
            dated.keys[0].valid_before = Some(Time(START + 60));
        }
        let persons = 1 + self.random.below(3) as u32;
        let mut rules_by_territory = std::collections::BTreeMap::new();
        if self.random.chance(30) {
            rules_by_territory.insert("U".to_owned(), self.rule());
        }
        Policy {
            version: 1,
            prev: None,
            principals,
            rule: self.rule(),
            rules_by_territory,
            rotation: quorum(persons, 1 + self.random.below(persons as usize) as u32),
            recovery: self.random.chance(70).then(|| Recovery { quorum: quorum(2, 2), wait_s: 15 }),
        }
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..3 => self.chain(),
            3..20 => self.ask(),
            20..45 => self.say(),
            45..52 => self.cancel(),
            52..60 => self.rotate(),
            60..66 => self.key_event(),
            66..70 => self.decide_wrong(),
            70..76 => self.tell(),
            76..81 => self.replay(),
            81..83 => drop(self.log.push(b"no leaf".to_vec())),
            83..85 => self.place(),
            _ => self.tick(),
        }
        if self.random.chance(35) {
            self.tick();
        }
        let step = *self.random.of(&STEPS);
        self.log.pass(step);
    }

    /// Mostly the right signers; sometimes none, too many, strangers, or the key of another.
    fn add(&mut self, body: impl Into<Body>, by: &[&str]) -> Index {
        let body = body.into();
        let signing = Signing::of(&body);
        let mut sigs: Vec<_> = by.iter().map(|id| signing.by(id, &key_of(id))).collect();
        match self.random.below(150) {
            0 => sigs.clear(),
            1 => sigs.push(signing.by("stranger@w", "fake stranger")),
            2 => sigs.push(signing.by("a2@y", &key_of("a3@y"))),
            3 => sigs.push(signing.by("a4@z", &key_of("a4@z"))),
            4..8 if by.contains(&"a1@x") => sigs[0] = signing.by("a1@x", "fake second+pin"),
            8 if by.contains(&"a1@x") => sigs[0].sig.push(0),
            9..12 => {
                sigs.iter_mut().for_each(|sig| *sig = signing.by(&sig.by, &format!("fake added-{}", sig.by)))
            }
            _ => {}
        }
        self.log.add_with(&body, &sigs)
    }

    fn time(&mut self, most: i64) -> Time {
        let edges = [0, 1, most, most + 1, most / 2, 10, 20];
        Time(self.log.clock + *self.random.of(&edges))
    }

    /// One emergency after the other.
    fn chain(&mut self) {
        for _ in 0..3 {
            self.ask_for(true);
            self.log.witness();
            self.log.witness();
            let step = *self.random.of(&STEPS);
            self.log.pass(step);
            if self.random.chance(30) {
                self.go_where_renewals_end();
            }
        }
    }

    /// To the second from which on an emergency is a new one and no renewal, or the one before.
    fn go_where_renewals_end(&mut self) {
        let view = self.view();
        let Some(policy) = view.policy() else { return };
        let last = view.decisions().filter(|decision| decision.request.emergency).last();
        let ttl = last.and_then(|last| policy.rule(&last.request.territory).emergency.as_ref());
        if let (Some(until), Some(path)) = (last.and_then(|last| last.effective_until), ttl) {
            let edge = until.0 + path.ttl_max_s as i64 - self.random.below(2) as i64;
            self.log.clock = self.log.clock.max(edge);
        }
    }

    fn ask(&mut self) {
        let emergency = self.random.chance(30);
        self.ask_for(emergency);
    }

    fn ask_for(&mut self, emergency: bool) {
        let view = self.view();
        let territory = *self.random.of(&TERRITORIES[..1 + usize::from(self.random.0 & 3 == 0)]);
        let zone =
            view.territory(territory).and_then(|one| one.zone.as_ref()).map(|zone| zone.zone.cells_sha256);
        let mut classes = vec![(*self.random.of(&CLASSES)).to_owned()];
        if self.random.chance(30) {
            classes = CLASSES.map(str::to_owned).to_vec();
        }
        let standing = view.standing(territory, &classes[0]).decision.map(|decision| decision.number);
        let some: Vec<Index> = view.decisions().map(|decision| decision.number).chain([3]).collect();
        let rule = view.policy().map(|policy| policy.rule(territory).clone());
        let ttl =
            rule.as_ref().and_then(|rule| rule.emergency.as_ref()).map_or(20, |path| path.ttl_max_s as i64);
        let expiry = rule.as_ref().map_or(100, |rule| rule.expiry_max_s as i64);
        let review = rule.as_ref().map_or(100, |rule| rule.review_max_s as i64);
        let life = if emergency { ttl } else { expiry };
        let expires =
            self.random.chance(if emergency { 96 } else { 60 }).then(|| match self.random.chance(70) {
                true => Time(self.log.clock + life / 2),
                false => self.time(life),
            });
        let mut contacts: Vec<Index> = Vec::new();
        if self.random.chance(10) {
            contacts.push(self.random.below(self.log.leaves.len() + 2) as Index);
        }
        let requester = if self.random.chance(80) { "r1@x" } else { "a1@x" };
        let request = Request {
            territory: territory.to_owned(),
            zone: if self.random.chance(96) { zone.unwrap_or(cells(9)) } else { cells(8) },
            classes,
            from: if self.random.chance(94) { standing } else { Some(*self.random.of(&some)) },
            to: if self.random.chance(50) { State::Off } else { State::On },
            reason_code: *self.random.of(&[
                ReasonCode::HarmfulInterference,
                ReasonCode::HarmfulInterference,
                ReasonCode::HarmfulInterference,
                ReasonCode::HarmfulInterference,
                ReasonCode::HarmfulInterference,
                ReasonCode::DisasterRelief,
                ReasonCode::Other,
            ]),
            reason_text: String::new(),
            legal_basis: None,
            requester: requester.to_owned(),
            on_behalf_of: String::new(),
            contacts,
            preview_sha256: None,
            not_before: self.random.chance(20).then(|| self.time(life / 2)),
            expires,
            review_by: if self.random.chance(90) {
                Time(self.log.clock + review * 2 / 3)
            } else {
                self.time(review)
            },
            emergency,
            nonce: if self.random.chance(95) { self.log.leaves.len().to_string() } else { String::new() },
        };
        let index = self.add(request, &[requester]);
        let hash = self.log.ledger.body_sha256(index).unwrap();
        self.requests.push(hash);
        self.targets.push(hash);
        if self.random.chance(70) {
            self.push_through(hash);
        }
    }

    /// Nearly everybody approves, and time passes until something may come of it.
    fn push_through(&mut self, hash: Digest) {
        for by in PEOPLE {
            if self.random.chance(80) {
                self.say_as(vec![hash], by);
            }
        }
        for _ in 0..self.random.below(4) {
            self.tick();
            let step = *self.random.of(&STEPS);
            self.log.pass(step);
        }
    }

    fn say(&mut self) {
        let mut hashes = vec![cells(200)];
        if !self.requests.is_empty() {
            let recent = self.requests.len().saturating_sub(3);
            hashes = vec![*self.random.of(&self.requests[recent..])];
            if self.random.chance(12) {
                hashes.push(*self.random.of(&self.requests[recent..]));
            }
        }
        self.say_of(hashes);
    }

    fn say_of(&mut self, requests: Vec<Digest>) {
        let by = *self.random.of(&PEOPLE);
        self.say_as(requests, by);
    }

    fn say_as(&mut self, mut requests: Vec<Digest>, by: &str) {
        requests.sort();
        requests.dedup();
        let verdict = match self.random.below(10) {
            0 => Verdict::Reject,
            1 => Verdict::Recuse,
            _ => Verdict::Approve,
        };
        let statement = self.log.leaves.len().to_string();
        self.add(Approval { requests, verdict, approver: by.to_owned(), statement }, &[by]);
    }

    fn cancel(&mut self) {
        let recent = self.targets.len().saturating_sub(4);
        let target = *self.random.of(&self.targets[recent..]);
        let by = *self.random.of(&PEOPLE);
        // Right at the edge of an effect, where there is one.
        if let Some(next) = self.view().next_change().filter(|_| self.random.chance(60)) {
            let edge = next.0 + *self.random.of(&[-1, 0, 1]);
            self.log.clock = self.log.clock.max(edge.min(self.log.clock + 100));
        }
        let reason_text = self.log.leaves.len().to_string();
        self.add(Cancel { target, canceller: by.to_owned(), reason_text }, &[by]);
        if self.random.chance(60) {
            self.tick();
        }
    }

    fn rotate(&mut self) {
        let view = self.view();
        let Some(current) = view.policy().cloned() else { return };
        let mut next = current.policy.as_ref().clone();
        (next.version, next.prev) = (next.version + 1, Some(current.sha256));
        match self.random.below(10) {
            0 => next = self.random.of(&self.policies).clone(),
            1 => next.prev = Some(self.targets[0]),
            2 => drop(next.principals.remove("a3@y")),
            3 => next.principals.get_mut("a4@z").unwrap().keys.push(key("fake a1@x")),
            4 => next.principals.get_mut("a2@y").unwrap().keys = vec![key("fake added-a2@y")],
            5 => next.rotation = quorum(1, 1),
            6 => drop(next.rules_by_territory.insert("T".to_owned(), self.rule())),
            _ => next.rule = self.rule(),
        }
        next.rule.expiry_max_s += 1;
        let count = 1 + self.random.below(PEOPLE.len());
        let mut by: Vec<&str> = PEOPLE[..count].to_vec();
        if self.random.chance(30) {
            by.extend(["v1@y", "v2@z"]);
        }
        self.policies.push(next.clone());
        let body: Body = next.into();
        let key = |id: &str, new: bool| if new { format!("fake added-{id}") } else { key_of(id) };
        let new = self.random.chance(10);
        let signing = Signing::of(&body);
        let sigs: Vec<_> = by.iter().map(|id| signing.by(id, &key(id, new && *id == "a2@y"))).collect();
        let index = self.log.add_with(&body, &sigs);
        self.targets.extend(self.log.ledger.body_sha256(index));
    }

    fn key_event(&mut self) {
        let who = *self.random.of(&PEOPLE);
        let event = *self.random.of(&[
            KeyEventKind::Add,
            KeyEventKind::Revoke,
            KeyEventKind::Lost,
            KeyEventKind::Compromised,
            KeyEventKind::Compromised,
        ]);
        let added = format!("fake added-{who}");
        let public = match self.random.below(4) {
            0 => added,
            1 => "fake second+pin".to_owned(),
            2 if event == KeyEventKind::Add => added,
            _ => key_of(who),
        };
        // Back from the dead, if there are any.
        let dead = self.view().dead_keys().keys().next().cloned();
        let back = dead.filter(|_| event == KeyEventKind::Add && self.random.chance(60));
        let public = back.unwrap_or(public);
        let since = match self.word_of(&public).filter(|_| self.random.chance(60)) {
            Some(at) => Time(at.0 + *self.random.of(&[0, 0, 1])),
            None => Time(self.log.clock - *self.random.of(&[-1, 0, 5, 20, 1_000])),
        };
        let since = (self.random.chance(95) == (event == KeyEventKind::Compromised)).then_some(since);
        let by: Vec<&str> = match self.random.below(4) {
            0 | 1 if event == KeyEventKind::Add => PEOPLE.to_vec(),
            0 => vec![who],
            1 => PEOPLE.iter().copied().filter(|id| *id != who).take(2).collect(),
            2 => PEOPLE.to_vec(),
            _ => vec!["v1@y", "v2@z"],
        };
        self.add(KeyEvent { principal: who.to_owned(), key: key(&public), event, since }, &by);
    }

    /// When a key signed a verdict on what still waits; the clock goes to where that lapses, sometimes.
    fn word_of(&mut self, public: &str) -> Option<Time> {
        let view = self.view();
        let waits = |request: &&RequestInLog| request.status == Status::Waiting;
        let signed = |request: &&RequestInLog| request.verdicts.values().any(|word| word.key == public);
        let request = view.requests().filter(waits).find(signed)?;
        if self.random.chance(30) {
            self.log.clock = self.log.clock.max(request.lapses.0 - self.random.below(2) as i64);
        }
        request.verdicts.values().find(|word| word.key == public).map(|word| word.at)
    }

    fn decide_wrong(&mut self) {
        let mut due = self.log.ledger.due(Time(self.log.clock));
        let Some(mut decision) = due.pop() else { return };
        match self.random.below(7) {
            0 => decision.quorum_at.0 += 1,
            1 => decision.effective_from.0 -= 1,
            2 => drop(decision.approvals.pop()),
            3 => decision.policy_version += 1,
            4 => decision.effective_until = Some(Time(START)),
            5 => decision.request_index += 1,
            _ => {}
        }
        self.add(decision, &[]);
    }

    fn tell(&mut self) {
        let now = Time(self.log.clock);
        let contact = ContactBody {
            who: "somebody \u{e9}\n\"".to_owned(),
            office: String::new(),
            from: now,
            until: now,
            channel: String::new(),
            territory: "T".to_owned(),
            ask: Ask::Inform,
            reply: String::new(),
            receiver: self.log.leaves.len().to_string(),
        };
        let size = self.random.below(self.log.leaves.len() + 2) as u64;
        let root = self.log.ledger.root(size).filter(|_| self.random.chance(90)).unwrap_or(cells(5));
        let body: (Body, &str) = match self.random.below(6) {
            0 => (Contact::Open { contact }.into(), "r1@x"),
            1 | 2 => return self.seal(contact),
            3 => {
                let attest =
                    Attest { by: "a2@y".to_owned(), from: now, until: now, statement: String::new() };
                (attest.into(), "a2@y")
            }
            4 => {
                let enforcer = "e1@x".to_owned();
                let (log_size, snapshot_sha256) = (size, cells(1));
                (Enforce { enforcer, log_size, root, snapshot_sha256, at: now }.into(), "e1@x")
            }
            _ => {
                let territory = (*self.random.of(&["T", "nowhere"])).to_owned();
                let (by, source) = ("o1@z".to_owned(), "probe".to_owned());
                let description = self.log.leaves.len().to_string();
                let served = true;
                (
                    Observe { by, territory, from: now, until: None, source, served, description }.into(),
                    "o1@z",
                )
            }
        };
        self.add(body.0, &[body.1]);
    }

    fn seal(&mut self, contact: ContactBody) {
        self.salt = self.salt.wrapping_add(1);
        let salt = cells(self.salt);
        let sealed = skyshed_records::ledger::sealed_sha256(&salt, &contact).unwrap();
        let open_by = self.time(20);
        let opens = self.add(Contact::Sealed { sealed, open_by }, &["r1@x"]);
        if self.random.chance(60) {
            self.tick();
            let step = *self.random.of(&STEPS);
            self.log.pass(step);
            let salt = if self.random.chance(80) { salt } else { cells(0) };
            self.add(Contact::Opened { opens, salt, contact }, &["r1@x"]);
        }
    }

    fn replay(&mut self) {
        let leaf = self.random.of(&self.log.leaves).clone();
        let witnessed = leaf::parse(&leaf).is_ok_and(|leaf| leaf.type_name() == "witnessed");
        if !witnessed || self.random.chance(30) {
            self.log.push(leaf);
        }
    }

    fn place(&mut self) {
        let view = self.view();
        let current = view.territory("T").and_then(|one| one.zone.as_ref()).map(|zone| zone.index);
        let body: Body = match self.random.below(4) {
            0 => Territory { name: self.log.leaves.len().to_string(), ..territory("U") }.into(),
            1 => Territory { parent: Some("nowhere".to_owned()), ..territory("V") }.into(),
            2 => zone("T", 40, Some(1)).into(),
            _ => zone("T", self.log.leaves.len() as u8, current).into(),
        };
        self.add(body, &["r1@x"]);
    }

    fn tick(&mut self) {
        let now = self.log.clock;
        let times: Vec<i64> = match self.random.below(8) {
            0 => vec![now],
            1 => vec![now - 1, now + 1],
            2 => vec![now, now, now + 600],
            3 => vec![now, now - 600, now],
            _ => vec![now; 3],
        };
        if self.random.chance(70) {
            self.log.witness_only(&times, true);
        } else if self.random.chance(80) {
            let odd = *self.random.of(&[0, 0, 0, 7, 40, -40, 100_000]);
            self.log.witness_only(&[now + odd], false);
        } else {
            self.odd_checkpoint(now);
        }
        if self.random.chance(88) {
            for decision in self.log.ledger.due(self.log.ledger.time().max(Time(now))) {
                self.add(decision, &[]);
            }
        }
    }

    fn odd_checkpoint(&mut self, now: i64) {
        let size = self.random.below(self.log.leaves.len() + 2) as u64;
        let root = self.log.ledger.root(size).filter(|_| self.random.chance(80)).unwrap_or(cells(5));
        let quorum = self.random.chance(50);
        let text = match self.random.below(5) {
            0 => "another log".to_owned(),
            1 => checkpoint(size, root, quorum, &[]),
            _ => checkpoint(size, root, quorum, &[now]),
        };
        self.add(Witnessed { checkpoint: text }, &[]);
    }
}

/// Times worth asking about: before and after everything, and around what happens.
pub fn times(log: &Log, random: &mut Random) -> Vec<i64> {
    let end = log.clock;
    let mut times = vec![START - 1, end, end + 15, end + 1_000];
    times.extend((0..2).map(|_| START + random.below((end - START + 40) as usize) as i64));
    times.extend(log.ledger.at(Time(end)).next_change().map(|next| next.0));
    times.sort_unstable();
    times.dedup();
    times
}

/// A state in words, the same as `ledger_twin.py` writes.
pub fn words(view: &View) -> Vec<String> {
    let or = |number: Option<Index>| number.map_or("-".to_owned(), |number| number.to_string());
    let mut words = vec![format!("policy {}", or(view.policy().map(|policy| policy.index)))];
    words.extend(view.policies_waiting().map(|one| format!("waits {} {}", one.index, one.effective_from.0)));
    words.extend(view.added_keys().iter().map(|key| format!("added {}", key.index)));
    words.extend(view.dead_keys().keys().map(|key| format!("ended {key}")));
    for one in view.territories() {
        words.push(format!("zone {} {}", one.territory.id, or(one.zone.as_ref().map(|zone| zone.index))));
    }
    for one in view.territories() {
        let id = &one.territory.id;
        let force = view.standings(id).map(|(class, standing)| {
            format!("force {id} {class} {}", or(standing.decision.map(|decision| decision.number)))
        });
        words.extend(force);
    }
    for one in view.requests() {
        let renewal = if one.renewal { "renewal" } else { "-" };
        words.push(format!("request {} {} {} {renewal}", one.index, one.status.name(), one.since.0));
    }
    for due in view.due() {
        let (at, from) = (due.quorum_at.0, due.effective_from.0);
        words.push(format!(
            "due {} {:?} {} {at} {from}",
            due.request_index, due.approvals, due.policy_version
        ));
    }
    let overdue = view.in_force().into_iter().filter(|one| one.overdue);
    words.extend(overdue.map(|one| format!("overdue {}", one.decision.number)));
    for one in view.sealed() {
        let late = one.opened.is_none() && view.at() > one.open_by;
        let late = if late { "True" } else { "False" };
        words.push(format!("sealed {} {} {late}", one.index, or(one.opened)));
    }
    words.extend(
        view.flags().iter().map(|flag| format!("flag {}:{}@{}", flag.index, flag.reason.code(), flag.at.0)),
    );
    words
}
