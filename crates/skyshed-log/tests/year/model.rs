//! A second, simple account of what must be in force: from the records' words, from who really signed them with which key, and from
//! what the witnesses really cosigned. It checks no signature: the simulation knows who made each.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use skyshed_log::Evidence;
use skyshed_records::leaf;
use skyshed_records::record::*;
use skyshed_tlog::checkpoint::open;
use skyshed_tlog::error::LogError;
use skyshed_tlog::merkle::{Tree, leaf_hash};
use skyshed_tlog::{Checkpoint, Hash, Note, VerifierKey};

/// What really happened, whatever anybody claims.
#[derive(Default)]
pub struct Truth {
    /// Leaves that the simulation made: who signed, with which public key.
    pub signed: HashMap<Vec<u8>, Vec<(String, String)>>,
    /// Cosignatures that were really made: witness, size, root, stated time; the true time.
    pub cosigned: HashMap<(String, u64, Hash, u64), i64>,
    /// Names and key ids of the witnesses, and how many are the quorum.
    pub witnesses: Vec<VerifierKey>,
    pub quorum: usize,
}

/// One history of the log.
pub struct Branch {
    pub leaves: Vec<Vec<u8>>,
    hashes: Vec<Hash>,
    tree: Tree,
    roots: Vec<Hash>,
    lines: Vec<Line>,
    emergencies: HashSet<Digest>,
    pub ticks: Vec<Tick>,
    state: State,
}

struct Line {
    body: Option<Body>,
    hash: Digest,
    signed: Vec<(String, String)>,
    quick: bool,
}

/// A witnessed record that holds.
#[derive(Clone, Debug)]
pub struct Tick {
    pub index: u64,
    size: u64,
    quorum: bool,
    median: i64,
    /// Never before the last one with a quorum.
    time: i64,
    /// Stated and true time of each cosignature.
    pub times: Vec<(String, i64, i64)>,
}

impl Tick {
    pub fn median(&self) -> i64 {
        self.median
    }

    /// The time that it gives.
    pub fn time(&self) -> i64 {
        self.time
    }
}

impl Branch {
    pub fn new() -> Branch {
        let (leaves, hashes, lines, ticks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (tree, roots) = (Tree::new(), vec![Tree::new().root()]);
        Branch {
            leaves,
            hashes,
            tree,
            roots,
            lines,
            emergencies: HashSet::new(),
            ticks,
            state: State::default(),
        }
    }

    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    pub fn root(&self, size: u64) -> Hash {
        self.roots[size as usize]
    }

    pub fn signers(&self, index: u64) -> &[(String, String)] {
        &self.lines[index as usize].signed
    }

    pub fn push(&mut self, truth: &Truth, bytes: &[u8]) {
        let index = self.size();
        let parsed = leaf::parse(bytes).ok();
        let hash = parsed.as_ref().map_or(Digest([0; 32]), |leaf| leaf.body_sha256);
        let body = parsed.map(|leaf| leaf.body);
        let signed = truth.signed.get(bytes).cloned().unwrap_or_default();
        let quick = self.is_quick(body.as_ref(), hash);
        let tick = match &body {
            Some(Body::Witnessed(witnessed)) => self.tick(truth, index, &witnessed.checkpoint),
            _ => None,
        };
        self.lines.push(Line { body, hash, signed, quick });
        self.leaves.push(bytes.to_vec());
        self.hashes.push(leaf_hash(bytes));
        self.tree.append(leaf_hash(bytes));
        self.roots.push(self.tree.root());
        if let Some(tick) = tick {
            self.state.tick(&self.lines, &tick);
            self.ticks.push(tick);
        }
    }

    /// What must be so at a time.
    pub fn at(&self, time: i64) -> State {
        let mut state = State::default();
        if time >= self.state.last {
            state = self.state.clone();
        } else {
            for tick in &self.ticks {
                if tick.quorum && tick.median.max(state.last) > time {
                    break;
                }
                state.tick(&self.lines, tick);
            }
        }
        state.advance(&self.lines, time);
        state
    }

    /// Evidence that two checkpoints are of two histories, by the trees of the two who saw them.
    pub fn fork(&self, own: &Note, other: &Branch, others: &Note, logs: &[VerifierKey]) -> Option<Evidence> {
        let read = |note: &Note| open(note.to_string().as_bytes(), logs, &[]).unwrap();
        let (one, two) = (read(own), read(others));
        let larger = if one.checkpoint.size > two.checkpoint.size { self } else { other };
        let subtree = |level: u32, index: u64| -> Result<Hash, LogError> {
            let first = (index << level) as usize;
            let mut tree = Tree::new();
            larger.hashes[first..first + (1 << level)].iter().for_each(|hash| tree.append(*hash));
            Ok(tree.root())
        };
        Evidence::find(&one, &two, subtree).unwrap()
    }

    fn is_quick(&mut self, body: Option<&Body>, hash: Digest) -> bool {
        match body {
            Some(Body::Request(request)) => {
                if request.emergency {
                    self.emergencies.insert(hash);
                }
                request.emergency
            }
            Some(Body::Approval(approval)) => {
                approval.requests.iter().any(|hash| self.emergencies.contains(hash))
            }
            Some(Body::Cancel(cancel)) => self.emergencies.contains(&cancel.target),
            Some(Body::Decision(decision)) => self.emergencies.contains(&decision.request),
            _ => false,
        }
    }

    fn tick(&self, truth: &Truth, index: u64, text: &str) -> Option<Tick> {
        let note = Note::parse(text.as_bytes()).ok()?;
        let Checkpoint { size, root, .. } = Checkpoint::parse(&note.text).ok()?;
        if size > index || self.roots[size as usize] != root {
            return None;
        }
        let mut times = Vec::new();
        for signature in &note.signatures {
            let Some(witness) = truth.witnesses.iter().find(|key| key.made(signature)) else { continue };
            let stated = u64::from_be_bytes(signature.bytes[..8].try_into().unwrap());
            let name = witness.name().to_owned();
            // A signature that nobody made spoils the note.
            let truly = *truth.cosigned.get(&(name.clone(), size, root, stated))?;
            times.push((name, stated as i64, truly));
        }
        let mut stated: Vec<i64> = times.iter().map(|time| time.1).collect();
        stated.sort_unstable();
        let median = *stated.get(stated.len().checked_sub(1)? / 2)?;
        let time = median.max(self.state.last);
        Some(Tick { index, size, quorum: times.len() >= truth.quorum, median, time, times })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Review,
    Waiting,
    Lapsed,
    Rejected,
    Cancelled,
    /// Took effect, or was to take effect and could not any more.
    Done,
}

/// A request as the model sees it.
#[derive(Clone)]
pub struct Asked {
    pub body: Request,
    pub hash: Digest,
    pub status: Status,
    lapses: i64,
    expired: bool,
    verdicts: BTreeMap<String, (Verdict, String, i64, u64)>,
    decision: Option<Decision>,
    number: Option<u64>,
    effect: Option<i64>,
}

#[derive(Clone)]
struct Waiting {
    policy: Policy,
    hash: Digest,
    at: i64,
    effect: i64,
    recovery: bool,
    signed: Vec<Signer>,
}

/// Who signed a policy with which key, and by which of the two policies that is good.
#[derive(Clone)]
struct Signer {
    id: String,
    key: String,
    by_old: bool,
    by_new: bool,
}

/// What is so at a time.
#[derive(Clone, Default)]
pub struct State {
    pub last: i64,
    pub policy: Option<(Policy, Digest)>,
    policies: BTreeMap<u64, Waiting>,
    pub dead: BTreeSet<String>,
    zones: BTreeMap<String, Digest>,
    pub requests: BTreeMap<u64, Asked>,
    decided: BTreeMap<u64, u64>,
    pub standing: BTreeMap<(String, String), Option<u64>>,
    seen: HashSet<(&'static str, Digest)>,
    few: BTreeSet<(i64, u64, u64)>,
    covered: u64,
    quick_covered: u64,
}

impl State {
    /// Decisions in force whose review date is over.
    pub fn overdue(&self, now: i64) -> BTreeSet<u64> {
        let in_force = self.standing.values().flatten();
        in_force
            .filter(|number| self.requests[&self.decided[number]].body.review_by.0 < now)
            .copied()
            .collect()
    }

    /// What is in force, as words to compare.
    pub fn words(&self) -> Vec<(String, String, u64)> {
        let one = |((territory, class), number): (&(String, String), &Option<u64>)| {
            number.map(|number| (territory.clone(), class.clone(), number))
        };
        self.standing.iter().filter_map(one).collect()
    }

    fn tick(&mut self, lines: &[Line], tick: &Tick) {
        let time = tick.median.max(self.last);
        if !tick.quorum {
            self.few.insert((time, tick.index, tick.size));
            return;
        }
        self.advance(lines, time);
        self.last = time;
        for index in self.covered..tick.size {
            if !lines[index as usize].quick || index >= self.quick_covered {
                self.apply(index, &lines[index as usize], time);
            }
        }
        self.covered = self.covered.max(tick.size);
        self.quick_covered = self.quick_covered.max(tick.size);
    }

    fn advance(&mut self, lines: &[Line], to: i64) {
        while let Some((at, kind, index)) = self.next().filter(|next| next.0 <= to) {
            match kind {
                0 if self.policies.contains_key(&index) => self.policy_effect(index),
                0 => self.effect(index, at),
                1 => self.expire(index, at),
                2 => self.requests.get_mut(&index).unwrap().status = Status::Lapsed,
                _ => self.take_quick(lines, at, index),
            }
        }
    }

    /// What happens by itself next: effects, expiries, lapses, then what only few witnesses saw.
    fn next(&self) -> Option<(i64, u8, u64)> {
        let policies = self.policies.iter().map(|(index, waiting)| (waiting.effect, 0, *index));
        let of_request = |(index, asked): (&u64, &Asked)| {
            let effect = asked.effect.filter(|_| asked.status == Status::Waiting).map(|at| (at, 0, *index));
            let expiry = asked.body.expires.filter(|_| !asked.expired).map(|at| (at.0, 1, *index));
            let lapse = (asked.status == Status::Review).then_some((asked.lapses, 2, *index));
            [effect, expiry, lapse].into_iter().flatten().min()
        };
        let few = self.few.first().map(|(at, index, _)| (*at, 3, *index));
        policies.chain(self.requests.iter().filter_map(of_request)).chain(few).min()
    }

    fn take_quick(&mut self, lines: &[Line], at: i64, index: u64) {
        let found = *self.few.iter().find(|few| (few.0, few.1) == (at, index)).unwrap();
        self.few.remove(&found);
        for index in self.quick_covered..found.2 {
            if lines[index as usize].quick {
                self.apply(index, &lines[index as usize], at);
            }
        }
        self.quick_covered = self.quick_covered.max(found.2);
    }

    fn apply(&mut self, index: u64, line: &Line, at: i64) {
        let Some(body) = &line.body else { return };
        match body {
            Body::Policy(policy) => drop(self.new_policy(index, line, policy, at)),
            Body::Zone(zone) if self.has_signer(line, None, Role::Requester) => {
                self.zones.insert(zone.territory.clone(), zone.cells_sha256);
            }
            Body::Request(request) => drop(self.ask(index, line, request, at)),
            Body::Approval(approval) => drop(self.approve(index, line, approval, at)),
            Body::Cancel(cancel) => drop(self.cancel(line, cancel)),
            Body::Decision(decision) => drop(self.decide(index, decision, at)),
            Body::KeyEvent(event) => drop(self.end_key(line, event, at)),
            _ => {}
        }
    }

    /// Whether all signatures are by keys of principals of the policy in force that count, among them one with this role.
    fn has_signer(&self, line: &Line, by: Option<&str>, role: Role) -> bool {
        let Some((policy, _)) = &self.policy else { return false };
        let good = line.signed.iter().all(|(id, key)| self.is_good(policy, id, key));
        let wanted = |id: &str| by.is_none_or(|by| by == id) && has_role(policy, id, role);
        good && line.signed.iter().any(|(id, _)| wanted(id))
    }

    fn is_good(&self, policy: &Policy, id: &str, key: &str) -> bool {
        let own = policy.principals.get(id).is_some_and(|one| one.keys.iter().any(|one| one.public == key));
        own && !self.dead.contains(key)
    }

    fn is_new(&mut self, line: &Line) -> Option<()> {
        let kind = line.body.as_ref()?.type_name();
        self.seen.insert((kind, line.hash)).then_some(())
    }

    fn new_policy(&mut self, index: u64, line: &Line, new: &Policy, at: i64) -> Option<()> {
        let old = self.policy.clone();
        let signer = |(id, key): &(String, String)| {
            let by_old = old.as_ref().is_some_and(|(old, _)| self.is_good(old, id, key));
            Signer { id: id.clone(), key: key.clone(), by_old, by_new: self.is_good(new, id, key) }
        };
        let signed: Vec<Signer> = line.signed.iter().map(signer).collect();
        let good = signed.iter().all(|signer| signer.by_old || signer.by_new);
        if !good || self.seen.contains(&("policy", line.hash)) || !self.is_next(new) {
            return None;
        }
        let recovery = self.accepts(new, &signed)?;
        self.is_new(line)?;
        let waits = |policy: &Policy| policy.rule.wait_s as i64;
        let wait = match &old {
            None => 0,
            Some((old, _)) if recovery => old.recovery?.wait_s as i64,
            Some((old, _)) => waits(old).max(waits(new)),
        };
        let waiting =
            Waiting { policy: new.clone(), hash: line.hash, at, effect: at + wait, recovery, signed };
        self.policies.insert(index, waiting);
        if old.is_none() {
            self.policy_effect(index);
        }
        Some(())
    }

    fn is_next(&self, new: &Policy) -> bool {
        match &self.policy {
            None => new.version == 1 && new.prev.is_none(),
            Some((old, hash)) => new.version == old.version + 1 && new.prev == Some(*hash),
        }
    }

    /// Whether enough signed, and whether only by way of the recovery group.
    fn accepts(&self, new: &Policy, signed: &[Signer]) -> Option<bool> {
        let by = |old: bool| -> Vec<String> {
            let good = signed.iter().filter(|one| if old { one.by_old } else { one.by_new });
            good.map(|one| one.id.clone()).collect()
        };
        if !enough(new, new.rotation, Role::Approver, &by(false)) {
            return None;
        }
        let Some((old, _)) = &self.policy else { return Some(false) };
        if enough(old, old.rotation, Role::Approver, &by(true)) {
            return Some(false);
        }
        enough(old, old.recovery?.quorum, Role::Recovery, &by(true)).then_some(true)
    }

    fn policy_effect(&mut self, index: u64) {
        let waiting = self.policies.remove(&index).unwrap();
        if self.is_next(&waiting.policy) {
            self.policy = Some((waiting.policy, waiting.hash));
        }
    }

    fn ask(&mut self, index: u64, line: &Line, request: &Request, at: i64) -> Option<()> {
        if !self.has_signer(line, Some(&request.requester), Role::Requester) {
            return None;
        }
        self.is_new(line)?;
        let rule = &self.policy.as_ref()?.0.rule;
        let within = |time: Time, most: u64| time.0 > at && time.0 <= at + most as i64;
        let about = |number: u64| {
            let asked = self.decided.get(&number).map(|index| &self.requests[index].body.territory);
            asked == Some(&request.territory)
        };
        let emergency = rule.emergency.as_ref()?;
        let good = self.zones.get(&request.territory) == Some(&request.zone)
            && request.from.is_none_or(about)
            && within(request.review_by, rule.review_max_s)
            && request.expires.is_none_or(|expires| within(expires, rule.expiry_max_s))
            && request.not_before.is_none_or(|from| from <= request.review_by)
            && request.not_before.is_none_or(|from| request.expires.is_none_or(|until| from < until));
        let reasons = if request.to == record_off() { &emergency.off_reasons } else { &emergency.on_reasons };
        let quick = !request.emergency
            || reasons.contains(&request.reason_code)
                && request.expires.is_some_and(|expires| within(expires, emergency.ttl_max_s));
        if !good || !quick {
            return None;
        }
        let lapses = at + rule.review_ttl_s as i64;
        let asked = Asked {
            body: request.clone(),
            hash: line.hash,
            status: Status::Review,
            lapses,
            expired: false,
            verdicts: BTreeMap::new(),
            decision: None,
            number: None,
            effect: None,
        };
        self.requests.insert(index, asked);
        Some(())
    }

    fn of_hash(&self, hash: &Digest) -> Option<u64> {
        self.requests.iter().find(|(_, asked)| asked.hash == *hash).map(|(index, _)| *index)
    }

    fn approve(&mut self, index: u64, line: &Line, approval: &Approval, at: i64) -> Option<()> {
        let by = &approval.approver;
        if !self.has_signer(line, Some(by), Role::Approver) {
            return None;
        }
        self.is_new(line)?;
        let key = line.signed.iter().find(|(id, _)| id == by)?.1.clone();
        let request = self.of_hash(approval.requests.first()?)?;
        let asked = self.requests.get_mut(&request)?;
        if asked.status == Status::Review && asked.body.requester != *by {
            asked.verdicts.insert(by.clone(), (approval.verdict, key, at, index));
            self.look(request, at);
        }
        Some(())
    }

    fn look(&mut self, index: u64, at: i64) {
        let Some((policy, _)) = self.policy.clone() else { return };
        let asked = self.requests.get_mut(&index).unwrap();
        let quick = policy.rule.emergency.as_ref().filter(|_| asked.body.emergency);
        let quorum = quick.map_or(policy.rule.quorum, |emergency| emergency.quorum);
        let approving = asked.verdicts.iter().filter(|(_, word)| word.0 == Verdict::Approve);
        let persons: Vec<String> = approving.clone().map(|(id, _)| id.clone()).collect();
        if !enough(&policy, quorum, Role::Approver, &persons) {
            let silent = policy.principals.keys().filter(|id| {
                **id != asked.body.requester
                    && asked.verdicts.get(*id).is_none_or(|word| word.0 == Verdict::Approve)
            });
            let silent: Vec<String> = silent.cloned().collect();
            if !enough(&policy, quorum, Role::Approver, &silent) {
                asked.status = Status::Rejected;
            }
            return;
        }
        let counted = approving.filter(|(id, _)| has_role(&policy, id, Role::Approver));
        let mut approvals: Vec<u64> = counted.map(|(_, word)| word.3).collect();
        approvals.sort_unstable();
        let wait = if asked.body.emergency { 0 } else { policy.rule.wait_s as i64 };
        let from = (at + wait).max(asked.body.not_before.map_or(at, |time| time.0));
        asked.decision = Some(Decision {
            request: asked.hash,
            request_index: index,
            approvals,
            policy_version: policy.version,
            quorum_at: Time(at),
            effective_from: Time(from),
            effective_until: asked.body.expires,
        });
        asked.status = Status::Waiting;
    }

    fn decide(&mut self, index: u64, decision: &Decision, at: i64) -> Option<()> {
        let request = self.of_hash(&decision.request)?;
        let asked = self.requests.get_mut(&request)?;
        let due = asked.status == Status::Waiting && asked.number.is_none();
        if !due || asked.decision.as_ref() != Some(decision) {
            return None;
        }
        asked.number = Some(index);
        asked.effect = Some(decision.effective_from.0.max(at));
        self.decided.insert(index, request);
        Some(())
    }

    fn cancel(&mut self, line: &Line, cancel: &Cancel) -> Option<()> {
        let waiting = self.policies.iter().find(|(_, waiting)| waiting.hash == cancel.target);
        let recovery = waiting.is_some_and(|(_, waiting)| waiting.recovery);
        let waiting = waiting.map(|(index, _)| *index);
        let may = |role| self.has_signer(line, Some(&cancel.canceller), role);
        if !(may(Role::Canceller) || recovery && may(Role::Approver)) {
            return None;
        }
        self.is_new(line)?;
        if let Some(index) = waiting {
            self.policies.remove(&index);
            return Some(());
        }
        let request = self.of_hash(&cancel.target)?;
        let asked = self.requests.get_mut(&request)?;
        if matches!(asked.status, Status::Review | Status::Waiting) {
            asked.status = Status::Cancelled;
        }
        Some(())
    }

    fn end_key(&mut self, line: &Line, event: &KeyEvent, at: i64) -> Option<()> {
        let (policy, _) = self.policy.clone()?;
        let good = line.signed.iter().all(|(id, key)| self.is_good(&policy, id, key));
        let judges = [Role::Approver, Role::Canceller, Role::Recovery];
        let judge =
            |id: &str| id != event.principal && judges.iter().any(|role| has_role(&policy, id, *role));
        let others: BTreeSet<&String> = line.signed.iter().map(|(id, _)| id).filter(|id| judge(id)).collect();
        let own = policy.principals.get(&event.principal)?;
        let own = own.keys.iter().any(|key| key.public == event.key.public);
        if !good || others.len() < 2 || self.seen.contains(&("keyevent", line.hash)) {
            return None;
        }
        self.is_new(line)?;
        if event.since.is_some_and(|since| since.0 > at) || !own {
            return None;
        }
        self.dead.insert(event.key.public.clone());
        let since = event.since?.0;
        self.void(&event.key.public, since, at);
        Some(())
    }

    /// What a key in other hands signed counts no more, as far as it has not taken effect.
    fn void(&mut self, key: &str, since: i64, at: i64) {
        let policies: Vec<u64> = self.policies.keys().copied().collect();
        for index in policies {
            let waiting = self.policies.get_mut(&index).unwrap();
            if waiting.at < since || !waiting.signed.iter().any(|one| one.key == key) {
                continue;
            }
            waiting.signed.retain(|one| one.key != key);
            let waiting = waiting.clone();
            if self.accepts(&waiting.policy, &waiting.signed) != Some(waiting.recovery) {
                self.policies.remove(&index);
            }
        }
        let requests: Vec<u64> = self.requests.keys().copied().collect();
        for index in requests {
            let asked = self.requests.get_mut(&index).unwrap();
            let void = |word: &(Verdict, String, i64, u64)| word.1 == key && word.2 >= since;
            let approved = asked.verdicts.values().any(|word| void(word) && word.0 == Verdict::Approve);
            if !matches!(asked.status, Status::Review | Status::Waiting) {
                continue;
            }
            asked.verdicts.retain(|_, word| !void(word));
            if asked.status == Status::Waiting && approved {
                let number = asked.number.take();
                (asked.decision, asked.effect) = (None, None);
                asked.status = if asked.lapses <= at { Status::Lapsed } else { Status::Review };
                let review = asked.status == Status::Review;
                number.map(|number| self.decided.remove(&number));
                if review {
                    self.look(index, at);
                }
            }
        }
    }

    fn effect(&mut self, index: u64, _at: i64) {
        let asked = self.requests.get_mut(&index).unwrap();
        asked.status = Status::Done;
        let (body, number) = (asked.body.clone(), asked.number.unwrap());
        let key = |class: &String| (body.territory.clone(), class.clone());
        if body.classes.iter().all(|class| self.standing.get(&key(class)).copied().flatten() == body.from) {
            for class in &body.classes {
                self.standing.insert(key(class), Some(number));
            }
        }
    }

    fn expire(&mut self, index: u64, at: i64) {
        let asked = self.requests.get_mut(&index).unwrap();
        asked.expired = true;
        if matches!(asked.status, Status::Review | Status::Waiting) {
            asked.status = Status::Done;
            return;
        }
        let (number, mut back) = (asked.number, asked.body.from);
        let body = |number: u64| &self.requests[&self.decided[&number]].body;
        while let Some(over) = back.filter(|number| body(*number).expires.is_some_and(|until| until.0 <= at))
        {
            back = body(over).from;
        }
        if number.is_some() {
            self.standing.values_mut().filter(|standing| **standing == number).for_each(|one| *one = back);
        }
    }
}

fn record_off() -> skyshed_records::record::State {
    skyshed_records::record::State::Off
}

fn has_role(policy: &Policy, id: &str, role: Role) -> bool {
    policy.principals.get(id).is_some_and(|one| one.roles.contains(&role))
}

/// Distinct persons with the role, and their distinct organisations.
fn enough(policy: &Policy, quorum: Quorum, role: Role, persons: &[String]) -> bool {
    let persons: BTreeSet<&String> = persons.iter().filter(|id| has_role(policy, id, role)).collect();
    let organisations: BTreeSet<&str> =
        persons.iter().map(|id| policy.principals[*id].organisation.as_str()).collect();
    persons.len() >= quorum.persons as usize && organisations.len() >= quorum.organisations as usize
}
