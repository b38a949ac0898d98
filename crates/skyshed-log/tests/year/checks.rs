//! What must hold after every step of a year, and at its end.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use skyshed_records::ledger::{Status, View};
use skyshed_records::record::Time;

use super::enforcer::{Served, words};
use super::people::WAIT_S;
use super::tally::Tally;
use super::world::World;
use super::{DAY, SKEW_S};
use crate::common::scene::START;

impl World {
    /// Everybody is back. Whoever was not led astray holds what the log holds; nothing that was ever said of a past time has changed.
    pub fn end(mut self) -> Tally {
        self.now.store(START + 400 * DAY, Ordering::SeqCst);
        self.witnesses.iter().for_each(|witness| witness.dead.store(false, Ordering::SeqCst));
        self.crash = None;
        self.submit(Vec::new());
        self.last_request();
        let files = self.files.clone();
        for place in 0..self.enforcers.len() {
            self.look_at(place, &Served::Log(&files));
        }
        self.check_acknowledged();
        self.check_past();
        let view = self.log().ledger().at(Time(self.time()));
        for enforcer in &self.enforcers {
            let astray = enforcer.branch.root(enforcer.branch.size().min(self.real.size()))
                != self.real.root(enforcer.branch.size().min(self.real.size()));
            if astray {
                assert!(!enforcer.keeper.evidence().is_empty(), "astray without evidence");
                continue;
            }
            assert_eq!(enforcer.keeper.stale(), None);
            let shown = enforcer.keeper.proven().unwrap().ledger.at(Time(self.time()));
            assert_eq!(words(&shown), words(&view));
        }
        self.check_flags(&view);
        self.count(&view);
        self.tally
    }

    /// Enforcers that have proven the same hold the same; those that have not, have evidence as soon as they compare.
    pub fn compare(&mut self) {
        for enforcer in &self.enforcers {
            let Some(proven) = enforcer.keeper.proven() else { continue };
            let (size, root) = (proven.public.checkpoint.size, proven.public.checkpoint.root);
            let found = words(&proven.ledger.at(proven.ledger.time()));
            let known = self.by_size.entry((size, root)).or_insert_with(|| found.clone());
            assert_eq!(*known, found, "two states of one history at {size}");
        }
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let (one, other) = (&self.enforcers[one], &self.enforcers[other]);
            let (Some(own), Some(others)) = (one.note(), other.note()) else { continue };
            let common = one.branch.size().min(other.branch.size());
            let forked = one.branch.root(common) != other.branch.root(common);
            let heads = (one.branch.root(one.branch.size()), other.branch.root(other.branch.size()));
            if !forked && !self.dice.percent(3) || !self.compared.insert(heads) {
                continue;
            }
            let evidence = one.branch.fork(own, &other.branch, others, &self.logs);
            assert_eq!(evidence.is_some(), forked);
            if let Some(evidence) = evidence {
                evidence.check(&self.logs).unwrap();
                self.tally.forks_between += 1;
            }
        }
    }

    /// The times that the log has are those of honest clocks, as far as that is promised: one witness alone never moves a time past
    /// the clocks of the others, and never before them where three or more were seen.
    pub fn check_witnessed(&mut self, from: usize) {
        let wild = self.wild.map(|place| format!("witness{place}.example"));
        for tick in &self.real.ticks[from.min(self.real.ticks.len())..] {
            let honest = tick.times.iter().filter(|time| Some(&time.0) != wild.as_ref());
            let (stated, truly): (Vec<i64>, Vec<i64>) = honest.map(|time| (time.1, time.2)).unzip();
            if stated.is_empty() {
                continue;
            }
            assert!(stated.iter().zip(&truly).all(|(stated, truly)| (stated - truly).abs() <= SKEW_S));
            assert!(tick.median() <= *stated.iter().max().unwrap(), "moved on by one clock: {tick:?}");
            let alone = tick.times.len() < 3 && stated.len() < tick.times.len();
            if alone && tick.median() < *stated.iter().min().unwrap() {
                self.tally.moved_back += 1;
            } else {
                assert!(tick.median() >= *stated.iter().min().unwrap(), "moved back by one clock: {tick:?}");
            }
        }
    }

    /// Nothing in force without distinct persons and organisations, asked by another, after its wait.
    pub fn check_quorums(&self, view: &View) {
        for one in view.in_force() {
            let decision = &one.decision;
            let emergency = decision.request.emergency;
            let mut persons = BTreeSet::new();
            let mut sent = Vec::new();
            for approved in &decision.approvals {
                let leaf = &self.real.leaves[approved.index as usize];
                let [(id, public)] = self.real.signers(approved.index) else { panic!("{approved:?}") };
                assert_eq!(self.keyring[public].0, *id, "signed with the key of another");
                assert_ne!(*id, decision.request.requester);
                persons.insert(id.as_str());
                sent.push(self.sent_at[leaf]);
            }
            let organisations: BTreeSet<&str> =
                persons.iter().map(|id| id.split_once('@').unwrap().1).collect();
            let (needed, wait) = if emergency { (2, 0) } else { (3, WAIT_S) };
            assert!(persons.len() >= needed && organisations.len() >= needed, "{persons:?}");
            assert!(decision.effective_at.0 >= decision.quorum_at.0 + wait);
            assert!(decision.effective_at >= decision.request.not_before.unwrap_or(Time(0)));
            if self.wild.is_none() {
                let last = sent.into_iter().max().unwrap();
                assert!(decision.effective_at.0 >= last + wait - SKEW_S, "in force before its time");
            }
            assert!(
                !self
                    .unwanted
                    .iter()
                    .any(|hash| view.request_of(hash).is_some_and(|one| one.index == decision.request_index))
            );
        }
    }

    pub fn check_acknowledged(&self) {
        for (index, leaf) in &self.acknowledged {
            assert_eq!(
                self.real.leaves.get(*index as usize),
                Some(leaf),
                "record {index} was acknowledged and is lost"
            );
        }
    }

    /// What was said of a time stays so, unless records came later that witnesses saw at that time or before.
    pub fn check_past(&mut self) {
        for (at, known, said) in self.told.iter().step_by(3) {
            let later = &self.real.ticks[*known..];
            if later.iter().any(|tick| tick.time() <= *at) {
                self.tally.overtaken += 1;
                continue;
            }
            assert_eq!(words(&self.log().ledger().at(Time(*at))), *said, "the past of {at} has changed");
            self.tally.unchanged += 1;
        }
    }

    /// Everything that was written past the door is flagged.
    pub fn check_flags(&self, view: &View) {
        for index in &self.injected {
            assert!(view.flags().iter().any(|flag| flag.index == *index), "record {index} is not flagged");
        }
    }

    pub fn count(&mut self, view: &View) {
        let tally = &mut self.tally;
        tally.injected = self.injected.len() as u64;
        tally.records = self.real.size();
        tally.decisions = view.decisions().count() as u64;
        tally.emergencies = view.decisions().filter(|one| one.request.emergency).count() as u64;
        tally.cancelled = view.requests().filter(|one| one.status == Status::Cancelled).count() as u64;
        tally.lapsed = view.requests().filter(|one| one.status == Status::Lapsed).count() as u64;
        tally.overdue = view.overdue().len() as u64;
        tally.keys_ended = view.dead_keys().len() as u64;
        tally.policies = view.policy().map_or(0, |policy| policy.policy.version - 1);
        tally.forks_served = self.enforcers.iter().map(|one| one.forks_served as u64).sum();
    }
}
