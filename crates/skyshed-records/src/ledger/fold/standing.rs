//! What is in force: decisions take effect, expire and give way.

use super::*;
use crate::record::Request;

impl Fold {
    /// A decision takes effect, if what it replaces is what is in force for every class it is about.
    pub(super) fn effect(&mut self, index: Index, at: Time) {
        let request = &self.requests[&index];
        let Some(quorum) = request.quorum.clone().filter(|_| request.status == Status::Waiting) else {
            return;
        };
        let Some(number) = quorum.number else { return };
        let request = request.clone();
        if let Some(reason) = self.not_replaceable(&request.request) {
            self.flag(number, at, reason);
            return self.set_status(index, Status::Superseded, at);
        }
        self.decisions.insert(number, Arc::new(in_force(&request, quorum, number, at)));
        for class in &request.request.classes {
            self.put(&request.request.territory, class, Some(number), Cause::Effect, at);
        }
        self.set_status(index, Status::Effective, at);
        request.request.from.into_iter().for_each(|replaced| self.restate(replaced, at));
    }

    /// The first class for which another decision is in force than the one that a request replaces.
    fn not_replaceable(&self, request: &Request) -> Option<Reason> {
        let from = request.from;
        let found = |class: &String| self.standing_at(&request.territory, class);
        let class = request.classes.iter().find(|class| found(class) != from)?;
        Some(Reason::Superseded { class: class.clone(), from, found: found(class) })
    }

    /// A request's end: without effect so far, it never has any; in force, what it replaced comes back.
    pub(super) fn expire(&mut self, index: Index, at: Time) {
        let request = &self.requests[&index];
        match request.status {
            Status::InReview => self.set_status(index, Status::Expired, at),
            Status::Waiting => {
                self.flag(index, at, Reason::ExpiredBeforeEffect { request: index });
                self.set_status(index, Status::Expired, at);
            }
            Status::Effective => self.walk_back(index, at),
            _ => {}
        }
    }

    fn walk_back(&mut self, index: Index, at: Time) {
        let request = self.requests[&index].clone();
        let number = request.quorum.as_ref().and_then(|quorum| quorum.number);
        let back = self.unexpired(request.request.from, at);
        for class in &request.request.classes {
            if self.standing_at(&request.request.territory, class) == number {
                self.put(&request.request.territory, class, back, Cause::Expiry, at);
            }
        }
        self.set_status(index, Status::Expired, at);
        back.into_iter().for_each(|number| self.restate(number, at));
    }

    /// The decision itself, or the first that it replaced and that is not over.
    fn unexpired(&self, mut number: Option<Index>, at: Time) -> Option<Index> {
        while let Some(decision) = number.map(|number| &self.decisions[&number]) {
            if !decision.expired_at(at) {
                break;
            }
            number = decision.request.from;
        }
        number
    }

    /// Says again whether a decision that took effect is in force.
    fn restate(&mut self, number: Index, at: Time) {
        let decision = &self.decisions[&number];
        let index = decision.request_index;
        let classes = self.standing.get(&decision.request.territory);
        let in_force = classes.is_some_and(|classes| classes.values().any(|&one| one == Some(number)));
        let status = match (in_force, decision.expired_at(at)) {
            (true, _) => Status::Effective,
            (_, true) => Status::Expired,
            _ => Status::Superseded,
        };
        self.set_status(index, status, at);
    }

    pub(super) fn standing_at(&self, territory: &str, class: &str) -> Option<Index> {
        self.standing.get(territory).and_then(|classes| classes.get(class)).copied().flatten()
    }

    fn put(&mut self, territory: &str, class: &str, to: Option<Index>, cause: Cause, at: Time) {
        let classes = self.standing.entry(territory.to_owned()).or_default();
        let from = classes.insert(class.to_owned(), to).flatten();
        self.note_emergency(territory, class, to, at);
        let (territory, class) = (territory.to_owned(), class.to_owned());
        self.changes.push(Change { at, territory, class, from, to, cause });
    }

    /// Remembers which emergency was in force last, and until when.
    fn note_emergency(&mut self, territory: &str, class: &str, to: Option<Index>, at: Time) {
        let key = (territory.to_owned(), class.to_owned());
        if let Some((_, until)) = self.emergencies.get_mut(&key) {
            *until = at.min(*until);
        }
        let request = to.map(|number| &self.decisions[&number].request).filter(|request| request.emergency);
        let until = request.and_then(|request| request.expires);
        if let (Some(number), Some(until)) = (to, until) {
            self.emergencies.insert(key, (number, until));
        }
    }
}

fn in_force(request: &RequestInLog, quorum: QuorumReached, number: Index, at: Time) -> DecisionInForce {
    let decision = quorum.decision;
    DecisionInForce {
        number,
        request_index: request.index,
        request: request.request.clone(),
        approvals: quorum.approved,
        quorum: quorum.quorum,
        policy_version: decision.policy_version,
        quorum_at: decision.quorum_at,
        effective_from: decision.effective_from,
        effective_at: at,
        effective_until: decision.effective_until,
        review_by: request.request.review_by,
        renewal: request.renewal,
    }
}
