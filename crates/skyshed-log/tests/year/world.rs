//! The year: people ask, judge, stop, lose keys; machines die, are cut off, and go on; somebody attacks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use skyshed_log::{Alone, AppendError, Cosigner, Keeper, Means, Sequencer};
use skyshed_records::keys::PrivateKey;
use skyshed_records::leaf::{self, Sig, SigKind, namespace};
use skyshed_records::ledger::Status;
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_tlog::read::CHECKPOINT;
use skyshed_tlog::{Algorithm, Checkpoint, Hash, Note, ReadFiles, SigningKey, VerifierKey};

use super::enforcer::{Enforcer, Served, Words, check, leaves, words};
use super::model::{Branch, Truth};
use super::people::*;
use super::tally::Tally;
use super::witness::{self, Witness};
use super::{DAY, Dice, HOUR, SKEW_S};
use crate::common::TempFolder;
use crate::common::scene::{START, log_key, territory, zone};
use crate::common::sim::SimFiles;

/// What happens.
#[derive(Clone, Debug)]
pub enum Event {
    Ask { emergency: bool },
    Judge { request: Digest, by: &'static str, verdict: Verdict },
    Stop { target: Digest },
    Lose { how_many: usize },
    ReportLoss { id: &'static str },
    Replace,
    Theft,
    ReportTheft { id: &'static str, since: i64 },
    WitnessDies { place: usize },
    WitnessesDie,
    WitnessIsBack { place: usize },
    ClocksDrift,
    CutOff { place: usize },
    Connected { place: usize },
    Look { place: usize },
    Publish,
    Crash,
    Attack,
}

/// Everything.
pub struct World {
    pub dice: Dice,
    pub now: Arc<AtomicI64>,
    pub truth: Arc<Mutex<Truth>>,
    pub witnesses: Vec<Witness>,
    pub algorithms: Vec<Algorithm>,
    /// A witness whose clock is wrong by more than is promised.
    pub wild: Option<usize>,
    pub policy: String,
    pub files: SimFiles,
    pub log: Option<Sequencer<SimFiles>>,
    pub real: Branch,
    pub enforcers: Vec<Enforcer>,
    pub logs: Vec<VerifierKey>,
    pub tally: Tally,
    pub events: BTreeMap<(i64, u64), Event>,
    pub keyring: HashMap<String, (String, u8)>,
    pub lost: BTreeSet<String>,
    pub stolen: BTreeSet<String>,
    pub acknowledged: Vec<(u64, Vec<u8>)>,
    pub sent_at: HashMap<Vec<u8>, i64>,
    pub crash: Option<u64>,
    pub nonce: u64,
    /// How often new keys were given out.
    pub proposals: u8,
    pub emergencies: BTreeSet<&'static str>,
    /// Pairs of checkpoints of which somebody has compared and found a fork.
    pub compared: BTreeSet<(Hash, Hash)>,
    pub by_size: BTreeMap<(u64, Hash), Words>,
    /// What was said of a time, and how many witnessed records there were then.
    pub told: Vec<(i64, usize, Words)>,
    /// Requests that must never come into force.
    pub unwanted: Vec<Digest>,
    pub forks: Vec<SimFiles>,
    /// Checkpoints that were public, with their sizes.
    pub earlier: Vec<(u64, Vec<u8>)>,
    /// Numbers of records that were written past the door.
    pub injected: Vec<u64>,
    /// Whether to say what happens.
    pub trace: bool,
}

/// A year by a seed.
pub fn run(seed: u64) -> Tally {
    let mut world = World::new(seed);
    world.plan();
    while let Some(((at, _), event)) = world.events.pop_first() {
        world.now.store(at, Ordering::SeqCst);
        world.tally.events += 1;
        world.happen(event);
    }
    world.end()
}

impl World {
    fn new(seed: u64) -> World {
        let mut dice = Dice(seed.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ 0x5eed);
        let now = Arc::new(AtomicI64::new(START));
        let truth = Arc::new(Mutex::new(Truth::default()));
        let count = dice.pick(&[3, 3, 3, 4, 5]);
        let quorum = count / 2 + 1;
        let mut policy = format!("log {}\n", log_key().verifier());
        let (mut witnesses, mut algorithms, mut names) = (Vec::new(), Vec::new(), String::new());
        for place in 0..count {
            // ML-DSA takes its time: in some years, one of them.
            let ml = seed.is_multiple_of(25) && place == 0;
            let algorithm = if ml { Algorithm::CosignatureMlDsa44 } else { Algorithm::CosignatureEd25519 };
            let key = witness::key(place, algorithm);
            policy += &format!("witness w{place} {}\n", key.verifier());
            names += &format!(" w{place}");
            truth.lock().unwrap().witnesses.push(key.verifier().clone());
            let skew_s = dice.within(-SKEW_S, SKEW_S + 1);
            witnesses.push(Witness::new(key, &log_key(), now.clone(), skew_s, truth.clone()));
            algorithms.push(algorithm);
        }
        policy += &format!("group all {quorum}{names}\nquorum all\n");
        truth.lock().unwrap().quorum = quorum;
        let wild = dice.percent(20).then(|| dice.place(count));
        if let Some(place) = wild {
            let off = dice.within(-20, 21) * DAY / 10;
            witnesses[place].skew_s.store(off, Ordering::SeqCst);
        }
        let tlog = skyshed_tlog::policy::Policy::parse(policy.as_bytes()).unwrap();
        let mut enforcers = Vec::new();
        for place in 0..ENFORCERS.len() {
            let folder = (seed.is_multiple_of(20) && place == 0).then(|| TempFolder::new("year"));
            let keeper = match &folder {
                Some(folder) => Keeper::open(tlog.clone(), AGE_MAX_S, folder.path()).unwrap(),
                None => Keeper::new(tlog.clone(), AGE_MAX_S),
            };
            enforcers.push(Enforcer::new(keeper, dice.within(-SKEW_S, SKEW_S + 1), folder));
        }
        let mut world = World {
            dice,
            now,
            truth,
            witnesses,
            algorithms,
            wild,
            policy,
            files: SimFiles::new(),
            log: None,
            real: Branch::new(),
            enforcers,
            logs: vec![log_key().verifier().clone()],
            tally: Tally::default(),
            events: BTreeMap::new(),
            keyring: HashMap::new(),
            lost: BTreeSet::new(),
            stolen: BTreeSet::new(),
            acknowledged: Vec::new(),
            sent_at: HashMap::new(),
            crash: None,
            nonce: 0,
            proposals: 0,
            emergencies: BTreeSet::new(),
            compared: BTreeSet::new(),
            by_size: BTreeMap::new(),
            told: Vec::new(),
            unwanted: Vec::new(),
            forks: Vec::new(),
            earlier: Vec::new(),
            injected: Vec::new(),
            trace: std::env::var("SKYSHED_YEAR").is_ok(),
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for id in everybody() {
            self.learn(id, 0);
        }
        let first = self
            .sign(&policy(1, None, &Generations::new()).into(), &["one@regulator", "one@ngo", "one@court"]);
        let mut genesis = vec![first];
        for id in TERRITORIES {
            genesis.push(self.sign(&territory(id).into(), &["desk@operator"]));
            genesis.push(self.sign(&zone(id).into(), &["desk@operator"]));
        }
        let (log, out) = Sequencer::create(self.files.clone(), self.means(), &genesis).unwrap();
        self.acknowledged.extend(out.indices.into_iter().zip(genesis));
        self.log = Some(log);
        self.follow();
    }

    pub fn means(&self) -> Means {
        self.means_with(&self.witnesses)
    }

    pub fn means_with(&self, witnesses: &[Witness]) -> Means {
        let now = self.now.clone();
        Means {
            keys: vec![log_key()],
            policy: self.policy.clone(),
            cosigners: witnesses.iter().map(|one| Box::new(one.clone()) as Box<dyn Cosigner>).collect(),
            clock: Box::new(move || Time(now.load(Ordering::SeqCst))),
            turns: Box::new(Alone(None)),
        }
    }

    pub fn time(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    /// What will happen, whatever else comes of it.
    fn plan(&mut self) {
        let year = |dice: &mut Dice| START + HOUR + dice.within(0, 340 * DAY);
        let mut planned = Vec::new();
        let mut plan = |dice: &mut Dice, times: usize, event: &mut dyn FnMut(&mut Dice) -> Event| {
            for _ in 0..times {
                planned.push((year(dice), event(dice)));
            }
        };
        let dice = &mut self.dice;
        let witnesses = self.witnesses.len();
        let disaster = dice.percent(15);
        plan(dice, 8, &mut |_| Event::Ask { emergency: false });
        plan(dice, 2, &mut |_| Event::Ask { emergency: true });
        plan(dice, 2, &mut |_| Event::Lose { how_many: 1 });
        plan(dice, usize::from(disaster), &mut |_| Event::Lose { how_many: 5 });
        plan(dice, 1, &mut |_| Event::Theft);
        plan(dice, 4, &mut |dice| Event::WitnessDies { place: dice.place(witnesses) });
        plan(dice, 1, &mut |_| Event::WitnessesDie);
        plan(dice, 6, &mut |_| Event::ClocksDrift);
        plan(dice, 12, &mut |dice| Event::CutOff { place: dice.place(ENFORCERS.len()) });
        plan(dice, 75, &mut |dice| Event::Look { place: dice.place(ENFORCERS.len()) });
        plan(dice, 16, &mut |_| Event::Publish);
        plan(dice, 2, &mut |_| Event::Crash);
        plan(dice, 5, &mut |_| Event::Attack);
        for (at, event) in planned {
            self.schedule(at, event);
        }
    }

    fn schedule(&mut self, at: i64, event: Event) {
        self.nonce += 1;
        self.events.insert((at, self.nonce), event);
    }

    fn later(&mut self, from: i64, to: i64, event: Event) {
        let at = self.time() + self.dice.within(from, to);
        self.schedule(at, event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Ask { emergency } => self.ask(emergency),
            Event::Judge { request, by, verdict } => self.judge(request, by, verdict),
            Event::Stop { target } => self.stop(target),
            Event::Lose { how_many } => self.lose(how_many),
            Event::ReportLoss { id } => self.report(id, KeyEventKind::Lost, None),
            Event::Replace => self.replace(),
            Event::Theft => self.theft(),
            Event::ReportTheft { id, since } => self.report(id, KeyEventKind::Compromised, Some(Time(since))),
            Event::WitnessDies { place } => {
                self.witnesses[place].dead.store(true, Ordering::SeqCst);
                self.later(DAY, 30 * DAY, Event::WitnessIsBack { place });
            }
            Event::WitnessesDie => {
                let left = self.dice.place(2);
                for place in left..self.witnesses.len() {
                    self.witnesses[place].dead.store(true, Ordering::SeqCst);
                    self.later(4 * DAY, 16 * DAY, Event::WitnessIsBack { place });
                }
                self.later(HOUR, DAY, Event::Ask { emergency: left == 1 });
            }
            Event::WitnessIsBack { place } => {
                self.witnesses[place].dead.store(false, Ordering::SeqCst);
                self.later(0, DAY, Event::Publish);
            }
            Event::ClocksDrift => self.drift(),
            Event::CutOff { place } => {
                self.enforcers[place].cut_off = true;
                self.later(HOUR, 12 * DAY, Event::Connected { place });
            }
            Event::Connected { place } => self.enforcers[place].cut_off = false,
            Event::Look { place } => self.look(place),
            Event::Publish => self.submit(Vec::new()),
            Event::Crash => self.crash = Some(self.dice.within(1, 30) as u64),
            Event::Attack => self.attack(),
        }
    }

    /// Somebody asks for a change, and others begin to think about it.
    fn ask(&mut self, emergency: bool) {
        let dice = &mut self.dice;
        let territory = dice.pick(&TERRITORIES);
        let by = dice.pick(&REQUESTERS);
        if self.key(by).is_none() || emergency && !self.emergencies.insert(territory) {
            return;
        }
        let (body, hash) = self.request(territory, by, emergency);
        let leaf = self.sign(&body, &[by]);
        self.submit(vec![leaf]);
        let judges = self.dice.shuffled(&APPROVERS);
        let (count, most) = (3 + self.dice.place(5), if emergency { 6 * HOUR } else { 4 * DAY });
        // Some judge when they come to it, some in a meeting, during which a witness sets its clock.
        let meeting = self.dice.percent(30).then(|| self.dice.within(HOUR / 2, most));
        for (place, by) in judges.into_iter().take(count).enumerate() {
            let verdict = match self.dice.place(20) {
                0 | 1 => Verdict::Reject,
                2 => Verdict::Recuse,
                _ => Verdict::Approve,
            };
            let judged = Event::Judge { request: hash, by, verdict };
            let Some(begin) = meeting else {
                self.later(HOUR / 2, most, judged);
                continue;
            };
            let minutes = 60 * place as i64;
            self.later(begin + minutes, begin + minutes + 30, judged);
            self.later(begin + minutes + 30, begin + minutes + 60, Event::ClocksDrift);
        }
        if self.dice.percent(15) {
            self.later(HOUR, 5 * DAY, Event::Stop { target: hash });
        }
    }

    /// A request that fits what is in force.
    pub fn request(&mut self, territory: &str, by: &str, emergency: bool) -> (Body, Digest) {
        let now = self.time();
        let view = self.log().ledger().at(Time(now));
        let standing = |class: &str| view.standing(territory, class).decision.map(|decision| decision.number);
        let (consumer, roam) = (standing("consumer"), standing("roam"));
        let dice = &mut self.dice;
        let both = consumer == roam && dice.percent(50);
        let classes: Vec<String> =
            if both { vec!["consumer".into(), "roam".into()] } else { vec!["consumer".into()] };
        let expires = match (emergency, dice.percent(35)) {
            (true, _) => Some(Time(now + TTL_S - dice.within(HOUR, 12 * HOUR))),
            (_, true) => Some(Time(now + dice.within(6 * DAY, 60 * DAY))),
            _ => None,
        };
        self.nonce += 1;
        let body = Body::Request(Request {
            territory: territory.into(),
            zone: Digest([0x11; 32]),
            classes,
            from: consumer,
            to: if dice.percent(50) { State::Off } else { State::On },
            reason_code: if emergency { ReasonCode::HarmfulInterference } else { ReasonCode::Licensed },
            reason_text: "a reason".into(),
            legal_basis: None,
            requester: by.into(),
            on_behalf_of: "somebody".into(),
            contacts: Vec::new(),
            preview_sha256: None,
            not_before: (!emergency && dice.percent(20)).then(|| Time(now + dice.within(DAY, 5 * DAY))),
            expires,
            review_by: Time(now + dice.within(20 * DAY, 150 * DAY)),
            emergency,
            nonce: self.nonce.to_string(),
        });
        let hash = leaf::body_sha256(&leaf::body_bytes(&body).unwrap());
        (body, hash)
    }

    fn judge(&mut self, request: Digest, by: &'static str, verdict: Verdict) {
        if self.key(by).is_some() {
            let leaf = self.approval(request, by, verdict);
            self.submit(vec![leaf]);
        }
    }

    pub fn approval(&mut self, request: Digest, by: &str, verdict: Verdict) -> Vec<u8> {
        self.nonce += 1;
        let statement = format!("seen {}", self.nonce);
        let approval = Approval { requests: vec![request], verdict, statement, approver: by.into() };
        self.sign(&approval.into(), &[by])
    }

    fn stop(&mut self, target: Digest) {
        if self.key(STOPPER).is_some() {
            let cancel = Cancel { target, canceller: STOPPER.into(), reason_text: "no".into() };
            let leaf = self.sign(&cancel.into(), &[STOPPER]);
            self.submit(vec![leaf]);
        }
    }

    /// Keys are gone. They are reported, then replaced.
    fn lose(&mut self, how_many: usize) {
        for id in self.dice.shuffled(&APPROVERS).into_iter().take(how_many) {
            if let Some(public) = self.key(id) {
                self.lost.insert(public);
                self.later(HOUR, 3 * DAY, Event::ReportLoss { id });
            }
        }
        self.later(3 * DAY, 6 * DAY, Event::Replace);
    }

    fn report(&mut self, id: &'static str, event: KeyEventKind, since: Option<Time>) {
        let Some(public) = self.listed(id) else { return };
        let others = self.dice.shuffled(&[&APPROVERS[..], &RECOVERY[..]].concat());
        let others: Vec<&str> =
            others.into_iter().filter(|one| *one != id && self.key(one).is_some()).take(2).collect();
        let key = Key { public, valid_after: None, valid_before: None, pin_required: false };
        let event = KeyEvent { principal: id.into(), key: key.clone(), event, since };
        let leaf = self.sign(&event.into(), &others);
        self.submit(vec![leaf]);
        self.lost.insert(key.public);
        self.later(DAY, 3 * DAY, Event::Replace);
    }

    /// New keys for those who lost theirs: by old and new policy, or by the recovery group.
    fn replace(&mut self) {
        let view = self.log().ledger().at(Time(self.time()));
        let in_force = view.policy().unwrap().clone();
        if view.policies_waiting().next().is_some() {
            return;
        }
        self.proposals += 1;
        let mut generations = Generations::new();
        let mut replaced = false;
        for id in everybody() {
            let public = &in_force.policy.principals[id].keys[0].public;
            let gone = self.lost.contains(public) || view.dead_keys().contains_key(public);
            // A policy that was stopped never comes back: the next one has other keys.
            let generation = if gone { self.proposals } else { self.keyring[public].1 };
            generations.insert(id.into(), generation);
            self.learn(id, generation);
            replaced |= gone;
        }
        if !replaced {
            return;
        }
        let next = policy(in_force.policy.version + 1, Some(in_force.sha256), &generations);
        let able: Vec<&str> = APPROVERS.into_iter().filter(|id| self.key(id).is_some()).collect();
        let enough = able.iter().map(|id| id.split_once('@').unwrap().1).collect::<BTreeSet<_>>().len() >= 3;
        let leaf = if enough {
            self.sign(&next.into(), &able)
        } else {
            self.tally.recoveries += 1;
            let new = ["one@ngo", "one@court", "one@university"];
            let keys = new.map(|id| (id, key_of(id, generations[id])));
            let recovery = RECOVERY.map(|id| (id, key_of(id, generations[id])));
            self.sign_with(&next.into(), &keys.into_iter().chain(recovery).collect::<Vec<_>>())
        };
        let body = leaf::parse(&leaf).unwrap().body_sha256;
        self.submit(vec![leaf]);
        if self.dice.percent(10) {
            self.later(HOUR, 2 * DAY, Event::Stop { target: body });
            self.later(3 * DAY, 4 * DAY, Event::Replace);
        }
    }

    /// A key is stolen: the thief finds two who help, and the owner notices sooner or later.
    fn theft(&mut self) {
        let id = self.dice.pick(&["one@court", "one@university"]);
        let Some(public) = self.key(id) else { return };
        let since = self.time();
        self.stolen.insert(public);
        let territory = self.dice.pick(&TERRITORIES);
        let (body, hash) = self.request(territory, "office@regulator", false);
        if self.key("office@regulator").is_none() {
            return;
        }
        let asked = self.sign(&body, &["office@regulator"]);
        self.submit(vec![asked]);
        for by in [id, "two@ngo", "two@regulator"] {
            self.later(HOUR, 4 * HOUR, Event::Judge { request: hash, by, verdict: Verdict::Approve });
        }
        self.later(2 * HOUR, 3 * DAY, Event::ReportTheft { id, since });
    }

    fn drift(&mut self) {
        for place in (0..self.witnesses.len()).filter(|place| Some(*place) != self.wild) {
            let skew_s = self.dice.within(-SKEW_S, SKEW_S + 1);
            self.witnesses[place].skew_s.store(skew_s, Ordering::SeqCst);
        }
        for enforcer in &mut self.enforcers {
            enforcer.skew_s = self.dice.within(-SKEW_S, SKEW_S + 1);
        }
    }

    fn look(&mut self, place: usize) {
        self.tally.looks += 1;
        if self.dice.percent(12) {
            self.later(1, 300, Event::ClocksDrift);
            self.later(300, 600, Event::Publish);
            self.later(600, 900, Event::Look { place });
        }
        let files = self.files.clone();
        if self.enforcers[place].cut_off {
            self.tally.cut_off_looks += 1;
            return self.look_at(place, &Served::Nothing);
        }
        self.look_at(place, &Served::Log(&files));
        self.heartbeat(place);
    }

    /// An enforcer looks at what it is served.
    pub fn look_at(&mut self, place: usize, served: &Served<'_>) {
        let now = self.time();
        let truth = self.truth.clone();
        let logs = self.logs.clone();
        self.enforcers[place].look(served, now, &truth.lock().unwrap(), &logs);
        self.tally.stale += u64::from(self.enforcers[place].keeper.stale().is_some());
        self.compare();
    }

    fn heartbeat(&mut self, place: usize) {
        let Some(proven) = self.enforcers[place].keeper.proven().filter(|_| self.dice.percent(6)) else {
            return;
        };
        let checkpoint = &proven.public.checkpoint;
        let (log_size, root) = (checkpoint.size, Digest(checkpoint.root));
        let enforcer = ENFORCERS[place];
        let at = Time(self.time());
        let beat =
            Enforce { enforcer: enforcer.into(), log_size, root, snapshot_sha256: Digest([7; 32]), at };
        let leaf = self.sign(&beat.into(), &[enforcer]);
        self.submit(vec![leaf]);
    }

    /// Appends; or asks the witnesses again.
    pub fn submit(&mut self, leaves: Vec<Vec<u8>>) {
        let now = self.time();
        for leaf in &leaves {
            self.sent_at.entry(leaf.clone()).or_insert(now);
        }
        let crash = self.crash.take();
        if let Some(step) = crash {
            self.files.cut_at(step);
        }
        let size = self.real.size();
        let log = self.log.as_mut().unwrap();
        if self.trace {
            let bodies: Vec<_> = leaves.iter().map(|leaf| leaf::parse(leaf).map(|leaf| leaf.body)).collect();
            println!("{} {bodies:?}", Time(now));
        }
        let done = if leaves.is_empty() { log.publish() } else { log.append(&leaves) };
        match done {
            Ok(out) => {
                self.tally.without_quorum += u64::from(!out.quorum);
                self.acknowledged.extend(out.indices.into_iter().zip(leaves));
            }
            Err(AppendError::Refused { refusal, .. }) => {
                if self.trace {
                    println!("  refused: {refusal}");
                }
                self.tally.refused += 1;
                assert_eq!(self.log().ledger().size(), size, "refused, and written");
            }
            Err(error) => {
                assert!(crash.is_some(), "{error}");
                return self.power_is_back(leaves);
            }
        }
        if crash.is_some() {
            self.files.cut_at(u64::MAX);
        }
        self.follow();
    }

    fn power_is_back(&mut self, leaves: Vec<Vec<u8>>) {
        self.tally.crashes += 1;
        let dice = &mut self.dice;
        let left = self.files.after_power_cut(|_| dice.percent(50));
        self.log = None;
        self.files = left;
        let files = self.files.clone();
        self.look_at(0, &Served::Log(&files));
        self.reopen();
        for leaf in leaves {
            self.submit(vec![leaf]);
        }
    }

    /// Opens the log anew. What was acknowledged is in it.
    pub fn reopen(&mut self) {
        self.log = None;
        self.log = Some(Sequencer::open(self.files.clone(), self.means()).unwrap());
        self.submit(Vec::new());
        self.check_acknowledged();
    }

    /// Reads what the log has now and holds it against the model.
    fn follow(&mut self) {
        let size = self.log().ledger().size();
        // A crash can take back what nobody was promised.
        let same = size >= self.real.size()
            && self.log().ledger().root(self.real.size()) == Some(Digest(self.real.root(self.real.size())));
        if !same {
            self.real = Branch::new();
        }
        let ticks = self.real.ticks.len();
        let new = leaves(&Served::Log(&self.files), self.real.size(), size);
        let truth = self.truth.clone();
        for leaf in new {
            self.real.push(&truth.lock().unwrap(), &leaf);
        }
        let time = Time(self.time().max(self.log().ledger().time().0));
        let view = self.log().ledger().at(time);
        check(&view, &self.real, time.0);
        self.check_witnessed(ticks);
        self.check_quorums(&view);
        self.told.push((time.0, self.real.ticks.len(), words(&view)));
        if let Some(bytes) = self.files.read(CHECKPOINT).unwrap() {
            let note = Note::parse(&bytes).unwrap();
            let size = Checkpoint::parse(&note.text).unwrap().size;
            if self.earlier.last().is_none_or(|last| last.0 < size) {
                self.earlier.push((size, bytes));
            }
        }
    }

    pub fn log(&self) -> &Sequencer<SimFiles> {
        self.log.as_ref().unwrap()
    }

    fn learn(&mut self, id: &str, generation: u8) {
        let public = key_of(id, generation).public().to_string();
        self.keyring.insert(public, (id.into(), generation));
    }

    /// The public key that the policy in force lists for somebody.
    fn listed(&self, id: &str) -> Option<String> {
        let policy = self.log.as_ref()?.ledger().at(Time(self.time())).policy()?.policy.clone();
        Some(policy.principals[id].keys[0].public.clone())
    }

    /// The public key that somebody can sign with.
    pub fn key(&self, id: &str) -> Option<String> {
        self.listed(id).filter(|public| !self.lost.contains(public))
    }

    /// A record signed by people with their keys.
    pub fn sign(&mut self, body: &Body, by: &[&str]) -> Vec<u8> {
        let generation = |id| self.listed(id).map_or(0, |public| self.keyring[&public].1);
        let keys: Vec<_> = by.iter().map(|&id| (id, key_of(id, generation(id)))).collect();
        self.sign_with(body, &keys)
    }

    /// A record signed in these names with these keys, whoever they belong to.
    pub fn sign_with(&mut self, body: &Body, keys: &[(&str, PrivateKey)]) -> Vec<u8> {
        let bytes = leaf::body_bytes(body).unwrap();
        let sign = |(id, key): &(&str, PrivateKey)| Sig {
            by: (*id).to_owned(),
            kind: SigKind::Sshsig,
            sig: sshsig::sign(key, &namespace(body.type_name()), &bytes),
        };
        let leaf = leaf::write(body, &keys.iter().map(sign).collect::<Vec<_>>()).unwrap();
        let signed = keys.iter().map(|(id, key)| ((*id).to_owned(), key.public().to_string())).collect();
        self.truth.lock().unwrap().signed.insert(leaf.clone(), signed);
        leaf
    }

    pub fn witness_key(&self, place: usize) -> SigningKey {
        witness::key(place, self.algorithms[place])
    }

    /// After everything, an honest change still goes through.
    pub fn last_request(&mut self) {
        self.now.fetch_add(60 * DAY, Ordering::SeqCst);
        self.submit(Vec::new());
        self.replace();
        self.now.fetch_add(40 * DAY, Ordering::SeqCst);
        self.submit(Vec::new());
        let (body, hash) = self.request("T1", "desk@operator", false);
        let asked = self.sign(&body, &["desk@operator"]);
        self.submit(vec![asked]);
        for by in ["one@regulator", "one@ngo", "one@university", "one@court"] {
            self.judge(hash, by, Verdict::Approve);
        }
        self.now.fetch_add(9 * DAY, Ordering::SeqCst);
        self.submit(Vec::new());
        let view = self.log().ledger().at(Time(self.time()));
        let status = view.request_of(&hash).map(|asked| asked.status);
        assert!(matches!(status, Some(Status::Effective | Status::Expired)), "{status:?}");
    }

    /// The power is out, or somebody else writes.
    pub fn close(&mut self) {
        self.crash = None;
        self.log = None;
    }
}

const AGE_MAX_S: u64 = 40 * DAY as u64;
