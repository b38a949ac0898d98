//! Policies and keys: who may do what, and how that changes.

use super::*;
use crate::record::{Key, KeyEvent, KeyEventKind, Policy, Role};
use crate::rules;

/// Other principals that it takes to end a key.
const OTHERS: usize = 2;

impl Fold {
    pub(super) fn policy(
        &mut self,
        index: Index,
        record: &Record,
        policy: &Policy,
        at: Time,
    ) -> Result<(), Reason> {
        let old = self.policy.clone();
        let signers = self.policy_signers(record, old.as_ref().map(|old| &*old.policy), policy, at)?;
        if self.seen.contains(&("policy", record.sha256)) {
            return Err(Reason::Duplicate);
        }
        self.check_order(index, policy, old.as_deref())?;
        if let Some((first, second)) = rules::shared_key(policy) {
            return Err(Reason::KeyShared { first: first.to_owned(), second: second.to_owned() });
        }
        let recovery = check_signers(old.as_ref().map(|old| &*old.policy), policy, &signers)?;
        self.refuse_duplicate(record)?;
        let wait_s = old.as_ref().map_or(0, |old| match &old.policy.recovery {
            Some(way) if recovery => way.wait_s,
            _ => rules::rotation_wait_s(&old.policy, policy),
        });
        let effective_from = later(at, wait_s);
        let policy = Arc::new(policy.clone());
        let waiting =
            PolicyWaiting { index, sha256: record.sha256, policy, at, effective_from, recovery, signers };
        self.policies_waiting.insert(index, waiting);
        match old {
            None => self.policy_effect(index, at),
            Some(_) => drop(self.timers.insert((effective_from, Timer::Effect, index))),
        }
        Ok(())
    }

    /// A policy must be the next one: no version is left out, and none comes back.
    fn check_order(&self, index: Index, policy: &Policy, old: Option<&PolicyInForce>) -> Result<(), Reason> {
        if old.is_none() && index != 0 {
            return Err(Reason::NoPolicy);
        }
        let (next, current) = old.map_or((1, None), |old| (old.policy.version + 1, Some(old.sha256)));
        if policy.version == next && policy.prev == current {
            return Ok(());
        }
        Err(Reason::PolicyOrder { given: policy.version, prev: policy.prev, next, current })
    }

    pub(super) fn policy_effect(&mut self, index: Index, at: Time) {
        let Some(waiting) = self.policies_waiting.remove(&index) else { return };
        let old = self.policy.as_deref();
        if self.check_order(index, &waiting.policy, old).is_err() {
            return self.flag(index, at, Reason::PolicyVoid);
        }
        let PolicyWaiting { sha256, policy, .. } = waiting;
        let listed: HashSet<&str> =
            policy.principals.values().flat_map(|one| &one.keys).map(|key| key.public.as_str()).collect();
        self.added_keys.retain(|key| key.index > index && !listed.contains(key.key.public.as_str()));
        self.policy = Some(Arc::new(PolicyInForce { index, sha256, policy, since: at }));
    }

    pub(super) fn key_event(
        &mut self,
        index: Index,
        record: &Record,
        event: &KeyEvent,
        at: Time,
    ) -> Result<(), Reason> {
        let signers = self.signers(record, at)?;
        let signers: Vec<&str> = signers.iter().map(|(by, _)| by.as_str()).collect();
        let policy = self.policy_now()?;
        if !policy.policy.principals.contains_key(&event.principal) {
            return Err(Reason::UnknownPrincipal { id: event.principal.clone() });
        }
        check_event_signers(&policy.policy, event, &signers)?;
        self.refuse_duplicate(record)?;
        let since_allowed = match event.event {
            KeyEventKind::Compromised => event.since.is_some_and(|since| since <= at),
            _ => event.since.is_none(),
        };
        if !since_allowed {
            return Err(Reason::SinceOutOfRange { given: event.since });
        }
        match event.event {
            KeyEventKind::Add => self.add_key(index, &policy.policy, &event.principal, &event.key),
            ended => self.end_key(index, &policy.policy, event, ended, at),
        }
    }

    fn add_key(&mut self, index: Index, policy: &Policy, id: &str, key: &Key) -> Result<(), Reason> {
        if self.dead_keys.contains_key(&key.public) {
            return Err(Reason::KeyDead);
        }
        let holder = policy.principals.keys().chain(self.added_keys.iter().map(|added| &added.principal));
        let holds = |id: &&String| self.keys_of(policy, true, id).any(|one| one.public == key.public);
        match holder.into_iter().find(holds) {
            Some(other) if other != id => {
                Err(Reason::KeyShared { first: other.clone(), second: id.to_owned() })
            }
            Some(_) => Err(Reason::Duplicate),
            None => {
                self.added_keys.push(AddedKey { index, principal: id.to_owned(), key: key.clone() });
                Ok(())
            }
        }
    }

    fn end_key(
        &mut self,
        index: Index,
        policy: &Policy,
        event: &KeyEvent,
        ended: KeyEventKind,
        at: Time,
    ) -> Result<(), Reason> {
        let public = &event.key.public;
        if !self.keys_of(policy, true, &event.principal).any(|key| key.public == *public) {
            return Err(Reason::UnknownKey { id: event.principal.clone() });
        }
        self.dead_keys.entry(public.clone()).or_insert(DeadKey { index, at, event: ended });
        if let Some(since) = event.since {
            self.void_policies(public, since, at);
            self.void_approvals(index, public, since, at);
        }
        Ok(())
    }

    /// Policies that wait lose the signatures of a compromised key.
    fn void_policies(&mut self, key: &str, since: Time, at: Time) {
        let Some(old) = self.policy.clone() else { return };
        let touched = |waiting: &PolicyWaiting| {
            waiting.at >= since && waiting.signers.iter().any(|signer| signer.key == key)
        };
        let indices: Vec<Index> = self
            .policies_waiting
            .values()
            .filter(|waiting| touched(waiting))
            .map(|waiting| waiting.index)
            .collect();
        for index in indices {
            let waiting = self.policies_waiting.get_mut(&index).expect("just found");
            waiting.signers.retain(|signer| signer.key != key);
            let enough = check_signers(Some(&old.policy), &waiting.policy, &waiting.signers);
            if enough.ok() != Some(waiting.recovery) {
                self.drop_policy(index);
                self.flag(index, at, Reason::PolicyCompromised);
            }
        }
    }

    /// A policy that waits is stopped.
    pub(super) fn drop_policy(&mut self, index: Index) {
        if let Some(waiting) = self.policies_waiting.remove(&index) {
            self.timers.remove(&(waiting.effective_from, Timer::Effect, index));
        }
    }
}

/// Whether a policy is signed by enough of the old and of the new one; true where by the recovery group.
fn check_signers(old: Option<&Policy>, new: &Policy, signers: &[Signer]) -> Result<bool, Reason> {
    let by_new = signers.iter().filter(|signer| signer.by_new).map(|signer| signer.by.as_str());
    if !rules::is_quorum(new, new.rotation, Role::Approver, by_new) {
        return Err(Reason::QuorumMissing { needed: new.rotation, of: "that are approvers of this policy" });
    }
    let Some(old) = old else { return Ok(false) };
    let by_old = || signers.iter().filter(|signer| signer.by_old).map(|signer| signer.by.as_str());
    if rules::is_quorum(old, old.rotation, Role::Approver, by_old()) {
        return Ok(false);
    }
    let recovery = |quorum| rules::is_quorum(old, quorum, Role::Recovery, by_old());
    if old.recovery.is_some_and(|way| recovery(way.quorum)) {
        return Ok(true);
    }
    Err(Reason::QuorumMissing { needed: old.rotation, of: "that are approvers of the policy in force" })
}

fn check_event_signers(policy: &Policy, event: &KeyEvent, signers: &[&str]) -> Result<(), Reason> {
    if event.event == KeyEventKind::Add {
        let enough = rules::is_quorum(policy, policy.rotation, Role::Approver, signers.iter().copied());
        let missing = Reason::QuorumMissing { needed: policy.rotation, of: "that are approvers" };
        return if enough { Ok(()) } else { Err(missing) };
    }
    let by_itself = event.event != KeyEventKind::Lost && signers.contains(&event.principal.as_str());
    let judges = [Role::Approver, Role::Canceller, Role::Recovery];
    let is_judge = |id: &str| judges.iter().any(|&role| rules::has_role(policy, id, role));
    let others: BTreeSet<&str> =
        signers.iter().copied().filter(|&id| id != event.principal && is_judge(id)).collect();
    if by_itself || others.len() >= OTHERS {
        return Ok(());
    }
    let needed = crate::record::Quorum { persons: OTHERS as u32, organisations: 1 };
    Err(Reason::QuorumMissing { needed, of: "that are other approvers, cancellers or of the recovery group" })
}
