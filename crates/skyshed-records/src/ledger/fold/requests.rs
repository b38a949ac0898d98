//! From a request to its decision record: review, quorum, wait.

use super::*;
use crate::record::{Approval, Cancel, Decision, Emergency, Quorum, Request, Role, Rule, State, Verdict};
use crate::rules;

impl Fold {
    pub(super) fn request(
        &mut self,
        index: Index,
        record: &Record,
        request: &Request,
        at: Time,
    ) -> Result<(), Reason> {
        self.named(record, &request.requester, Some(Role::Requester), at)?;
        self.refuse_duplicate(record)?;
        let policy = self.policy_now()?;
        let rule = policy.rule(&request.territory);
        self.check_zone(request)?;
        self.check_from(request)?;
        check_times(request, rule, at)?;
        self.check_contacts(index, request)?;
        let renewal = request.emergency && self.check_emergency(request, rule, at)?;
        let lapses = later(at, rule.review_ttl_s);
        self.timers.insert((lapses, Timer::Lapse, index));
        self.timers.extend(request.expires.map(|expires| (expires, Timer::Expiry, index)));
        self.by_hash.insert(record.sha256, index);
        let request = RequestInLog {
            index,
            sha256: record.sha256,
            request: Arc::new(request.clone()),
            at,
            renewal,
            lapses,
            verdicts: BTreeMap::new(),
            quorum: None,
            status: Status::InReview,
            since: at,
        };
        self.requests.insert(index, request);
        Ok(())
    }

    fn check_zone(&self, request: &Request) -> Result<(), Reason> {
        let territory = self.known_territory(&request.territory)?;
        let current = territory.zone.as_ref().map(|zone| zone.zone.cells_sha256);
        if current == Some(request.zone) {
            return Ok(());
        }
        Err(Reason::ZoneDiffers { given: request.zone, current })
    }

    fn check_from(&self, request: &Request) -> Result<(), Reason> {
        let Some(given) = request.from else { return Ok(()) };
        let replaced = self.decided.get(&given).map(|index| &self.requests[index].request);
        let about = |replaced: &Arc<Request>| replaced.territory == request.territory;
        if replaced.is_some_and(about) { Ok(()) } else { Err(Reason::UnknownFrom { given }) }
    }

    fn check_contacts(&self, index: Index, request: &Request) -> Result<(), Reason> {
        let unknown =
            request.contacts.iter().find(|contact| **contact >= index || !self.contacts.contains(contact));
        unknown.map_or(Ok(()), |&index| Err(Reason::UnknownContact { index }))
    }

    /// Whether an emergency request prolongs an emergency.
    fn check_emergency(&self, request: &Request, rule: &Rule, at: Time) -> Result<bool, Reason> {
        let emergency = rule.emergency.as_ref().ok_or(Reason::NoEmergencyPath)?;
        let reasons = if request.to == State::Off { &emergency.off_reasons } else { &emergency.on_reasons };
        if !reasons.contains(&request.reason_code) {
            return Err(Reason::EmergencyReason);
        }
        let until = later(at, emergency.ttl_max_s);
        if request.expires.is_none_or(|expires| expires > until) {
            return Err(Reason::ExpiresOutOfRange { given: request.expires, after: at, until });
        }
        let prolonged = self.prolonged(request, emergency, at);
        if prolonged.iter().any(|index| self.requests[index].renewal) {
            return Err(Reason::SecondRenewal { within_s: emergency.ttl_max_s });
        }
        Ok(!prolonged.is_empty())
    }

    /// The emergency requests that an emergency request prolongs: the one that it replaces, and those that were in force for a class of
    /// its own less than the longest life of an emergency ago.
    fn prolonged(&self, request: &Request, emergency: &Emergency, at: Time) -> BTreeSet<Index> {
        let replaced = request.from.and_then(|number| self.decided.get(&number)).copied();
        let replaced = replaced.filter(|index| self.requests[index].request.emergency);
        let recent = |class: &String| {
            let &(number, until) = self.emergencies.get(&(request.territory.clone(), class.clone()))?;
            (later(until, emergency.ttl_max_s) > at).then(|| self.decided[&number])
        };
        replaced.into_iter().chain(request.classes.iter().filter_map(recent)).collect()
    }

    pub(super) fn approval(
        &mut self,
        index: Index,
        record: &Record,
        approval: &Approval,
        at: Time,
    ) -> Result<(), Reason> {
        let key = self.named(record, &approval.approver, Some(Role::Approver), at)?;
        self.refuse_duplicate(record)?;
        let mut open = Vec::new();
        for hash in &approval.requests {
            match self.open_request(hash, &approval.approver) {
                Ok(request) => open.push(request),
                Err(reason) if self.strict => return Err(reason),
                Err(reason) => self.flag(index, at, reason),
            }
        }
        for request in open {
            let verdict = VerdictInLog { index, verdict: approval.verdict, at, key: key.clone() };
            let verdicts = &mut self.requests.get_mut(&request).expect("just found").verdicts;
            verdicts.insert(approval.approver.clone(), verdict);
            self.look_for_quorum(request, at);
        }
        Ok(())
    }

    /// The request that an approver may still judge.
    fn open_request(&self, hash: &Digest, approver: &str) -> Result<Index, Reason> {
        let index = *self.by_hash.get(hash).ok_or(Reason::UnknownRequest { request: *hash })?;
        let request = &self.requests[&index];
        if request.request.requester == approver {
            return Err(Reason::SelfApproval { by: approver.to_owned(), request: index });
        }
        if request.status != Status::InReview {
            return Err(Reason::TooLate { request: index });
        }
        Ok(index)
    }

    /// Judges a request in review by the policy in force.
    fn look_for_quorum(&mut self, index: Index, at: Time) {
        let Some(policy) = self.policy.clone() else { return };
        let request = &self.requests[&index];
        let rule = policy.rule(&request.request.territory);
        let quorum = quorum_of(request, rule);
        let approving = request.verdicts.iter().filter(|(_, word)| word.verdict == Verdict::Approve);
        if rules::is_quorum(&policy.policy, quorum, Role::Approver, approving.map(|(id, _)| id.as_str())) {
            return self.quorum_reached(index, &policy, quorum, at);
        }
        let may_yet = |id: &&str| {
            *id != request.request.requester
                && request.verdicts.get(*id).is_none_or(|word| word.verdict == Verdict::Approve)
        };
        let hopeful = policy.policy.principals.keys().map(String::as_str).filter(may_yet);
        if !rules::is_quorum(&policy.policy, quorum, Role::Approver, hopeful) {
            self.set_status(index, Status::Rejected, at);
        }
    }

    fn quorum_reached(&mut self, index: Index, policy: &PolicyInForce, quorum: Quorum, at: Time) {
        let witnessed_by = self.witnessed_by;
        let request = self.requests.get_mut(&index).expect("judged");
        let wait_s =
            if request.request.emergency { 0 } else { policy.rule(&request.request.territory).wait_s };
        let approved = approved(request, policy);
        let decision = Decision {
            request: request.sha256,
            request_index: index,
            approvals: approved.iter().map(|one| one.index).collect(),
            policy_version: policy.policy.version,
            quorum_at: at,
            effective_from: later(at, wait_s).max(request.request.not_before.unwrap_or(at)),
            effective_until: request.request.expires,
        };
        request.quorum = Some(QuorumReached {
            quorum,
            decision,
            approved,
            number: None,
            effective_at: None,
            witnessed_by,
            withheld: false,
        });
        self.set_status(index, Status::Waiting, at);
    }

    pub(super) fn cancel(&mut self, record: &Record, cancel: &Cancel, at: Time) -> Result<(), Reason> {
        self.named(record, &cancel.canceller, None, at)?;
        let policy = self.policy_now()?;
        let waiting = self.policies_waiting.values().find(|waiting| waiting.sha256 == cancel.target);
        let recovery = waiting.is_some_and(|waiting| waiting.recovery);
        let may = |role| policy.has_role(&cancel.canceller, role);
        if !(may(Role::Canceller) || recovery && may(Role::Approver)) {
            return Err(Reason::MissingRole { role: Role::Canceller });
        }
        let waiting = waiting.map(|waiting| waiting.index);
        self.refuse_duplicate(record)?;
        if let Some(index) = waiting {
            self.drop_policy(index);
            return Ok(());
        }
        let open =
            |index: &&Index| matches!(self.requests[*index].status, Status::InReview | Status::Waiting);
        let index = self.by_hash.get(&cancel.target).filter(open);
        let index = *index.ok_or(Reason::UnknownTarget { target: cancel.target })?;
        self.unschedule(index);
        self.set_status(index, Status::Cancelled, at);
        Ok(())
    }

    pub(super) fn decision(
        &mut self,
        index: Index,
        record: &Record,
        decision: &Decision,
        at: Time,
    ) -> Result<(), Reason> {
        no_signatures(record)?;
        let request = self.by_hash.get(&decision.request).copied();
        let request = request.ok_or(Reason::UnknownRequest { request: decision.request })?;
        let waiting = self.requests.get_mut(&request).filter(|request| request.status == Status::Waiting);
        let quorum =
            waiting.and_then(|request| request.quorum.as_mut()).filter(|quorum| quorum.number.is_none());
        let quorum = quorum.ok_or(Reason::DecisionNotDue { request })?;
        if let Some(field) = difference(decision, &quorum.decision) {
            return Err(Reason::DecisionDiffers { field });
        }
        let effective_at = decision.effective_from.max(at);
        quorum.number = Some(index);
        quorum.effective_at = Some(effective_at);
        self.decided.insert(index, request);
        self.undecided.remove(&request);
        self.timers.insert((effective_at, Timer::Effect, request));
        Ok(())
    }

    /// Requests that wait lose the approvals of a compromised key and are judged again.
    pub(super) fn void_approvals(&mut self, event: Index, key: &str, since: Time, at: Time) {
        let void = |word: &VerdictInLog| word.key == key && word.at >= since;
        let touched = |request: &&RequestInLog| request.verdicts.values().any(void);
        let indices: Vec<Index> =
            self.requests.values().filter(touched).map(|request| request.index).collect();
        for index in indices {
            match self.requests[&index].status {
                Status::InReview => self.drop_verdicts(index, void),
                Status::Waiting => self.reopen(index, void, at),
                _ => self.flag_compromised(event, index, void, at),
            }
        }
    }

    fn drop_verdicts(&mut self, index: Index, void: impl Fn(&VerdictInLog) -> bool) {
        self.requests.get_mut(&index).expect("in the log").verdicts.retain(|_, word| !void(word));
    }

    fn reopen(&mut self, index: Index, void: impl Fn(&VerdictInLog) -> bool, at: Time) {
        let approved = self.requests[&index]
            .verdicts
            .values()
            .any(|word| void(word) && word.verdict == Verdict::Approve);
        self.drop_verdicts(index, void);
        if !approved {
            return;
        }
        self.unschedule(index);
        let quorum = self.requests.get_mut(&index).and_then(|request| request.quorum.take());
        if let Some(number) = quorum.and_then(|quorum| quorum.number) {
            self.decided.remove(&number);
            self.flag(number, at, Reason::DecisionVoid { decision: number });
        }
        if self.requests[&index].lapses <= at {
            return self.set_status(index, Status::Lapsed, at);
        }
        self.set_status(index, Status::InReview, at);
        self.look_for_quorum(index, at);
    }

    fn flag_compromised(
        &mut self,
        event: Index,
        index: Index,
        void: impl Fn(&VerdictInLog) -> bool,
        at: Time,
    ) {
        let request = &self.requests[&index];
        let counted = |quorum: &QuorumReached| {
            let mut words = request.verdicts.values().filter(|word| void(word));
            words.any(|word| quorum.approved.iter().any(|one| one.index == word.index))
        };
        let quorum = request.quorum.as_ref().filter(|quorum| counted(quorum));
        if let (Status::Effective, Some(decision)) = (request.status, quorum.and_then(|quorum| quorum.number))
        {
            self.flag(event, at, Reason::CompromisedApproval { decision });
        }
    }

    pub(super) fn lapse(&mut self, index: Index, at: Time) {
        if self.requests[&index].status == Status::InReview {
            self.set_status(index, Status::Lapsed, at);
        }
    }

    /// Flags quorums whose decision record could stand before record `size` and does not.
    pub(super) fn flag_withheld(&mut self, size: u64, at: Time) {
        let mut withheld = Vec::new();
        for index in &self.undecided {
            let request = self.requests.get_mut(index).expect("in the log");
            let Some(quorum) = request.quorum.as_mut() else { continue };
            if !quorum.withheld && quorum.witnessed_by + 2 <= size {
                quorum.withheld = true;
                withheld.push(*index);
            }
        }
        withheld.into_iter().for_each(|request| self.flag(request, at, Reason::DecisionWithheld { request }));
    }

    pub(super) fn set_status(&mut self, index: Index, status: Status, at: Time) {
        let request = self.requests.get_mut(&index).expect("in the log");
        if request.status != status {
            (request.status, request.since) = (status, at);
        }
        match status {
            Status::Waiting => drop(self.undecided.insert(index)),
            _ => drop(self.undecided.remove(&index)),
        }
    }

    /// Takes back a request's time of effect.
    fn unschedule(&mut self, index: Index) {
        let effective_at = self.requests[&index].quorum.as_ref().and_then(|quorum| quorum.effective_at);
        if let Some(at) = effective_at {
            self.timers.remove(&(at, Timer::Effect, index));
        }
    }
}

/// Emergencies have a quorum of their own, but not when they are prolonged.
fn quorum_of(request: &RequestInLog, rule: &Rule) -> Quorum {
    let emergency = rule.emergency.as_ref().filter(|_| request.request.emergency && !request.renewal);
    emergency.map_or(rule.quorum, |emergency| emergency.quorum)
}

/// The approvals that count now, by number of record.
fn approved(request: &RequestInLog, policy: &PolicyInForce) -> Vec<Approved> {
    let approving = request.verdicts.iter().filter(|(_, word)| word.verdict == Verdict::Approve);
    let counting = approving.filter(|(id, _)| policy.has_role(id, Role::Approver));
    let organisation = |id: &str| policy.policy.principals[id].organisation.clone();
    let approved = |(id, word): (&String, &VerdictInLog)| Approved {
        index: word.index,
        approver: id.clone(),
        organisation: organisation(id),
    };
    let mut approved: Vec<Approved> = counting.map(approved).collect();
    approved.sort_by_key(|one| one.index);
    approved
}

fn check_times(request: &Request, rule: &Rule, at: Time) -> Result<(), Reason> {
    let until = later(at, rule.review_max_s);
    if request.review_by <= at || request.review_by > until {
        return Err(Reason::ReviewByOutOfRange { given: request.review_by, after: at, until });
    }
    let until = later(at, rule.expiry_max_s);
    if request.expires.is_some_and(|expires| expires <= at || expires > until) {
        return Err(Reason::ExpiresOutOfRange { given: request.expires, after: at, until });
    }
    let late = |not_before: &Time| {
        *not_before > request.review_by || request.expires.is_some_and(|expires| *not_before >= expires)
    };
    request.not_before.filter(late).map_or(Ok(()), |given| Err(Reason::NotBeforeOutOfRange { given }))
}

fn difference(given: &Decision, derived: &Decision) -> Option<&'static str> {
    let fields = [
        ("request_index", given.request_index == derived.request_index),
        ("approvals", given.approvals == derived.approvals),
        ("policy_version", given.policy_version == derived.policy_version),
        ("quorum_at", given.quorum_at == derived.quorum_at),
        ("effective_from", given.effective_from == derived.effective_from),
        ("effective_until", given.effective_until == derived.effective_until),
    ];
    fields.into_iter().find(|(_, same)| !same).map(|(field, _)| field)
}
