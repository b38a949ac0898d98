//! The ledger: what follows from a log, at any time. A pure function of the leaves, of the log's key and of the witness policy; it
//! reads no clock.
//!
//! These rules are the whole of it. `tests/python/ledger_twin.py` was written from them a second time. Where a rule lists checks, they
//! are made in that order and the first that fails is the reason, whose code stands in `quotes`; the record then has no effect and is
//! flagged with its number. A flag never stops the ledger.
//!
//! # Time
//!
//! 1. A `witnessed` record carries a cosigned checkpoint. It is judged when it is read: the note must be the log's
//!    (`witness_signature`), its size at most the record's own number (`witness_size`), its root the log's own at that size
//!    (`witness_root`), and one witness of the policy must have cosigned (`witness_none`). Its time is the lower median of the times
//!    of the valid cosignatures, but never before the time of the last witnessed record before it that had a witness quorum; the
//!    first such time is at least 1970-01-01T00:00:00Z.
//! 2. A witnessed record with a witness quorum gives its time to all records below the checkpoint's size that have none yet. They are
//!    taken in order, at that time. A record without a time has no effect and no flag.
//! 3. The quick path: emergency requests, and approvals, cancels and decisions about them, get a time already from a witnessed record
//!    without quorum: the earliest time of any such record that covers them, unless a quorum gives them an earlier one. They too are
//!    taken once, in order. So a single witness with a wrong clock can move an emergency, and nothing else, and nothing before the
//!    last quorum. A cancel, a decision or an approval is about an emergency if it names the hash of an emergency request that stands
//!    before it in the log; an approval that names such and other hashes is void (`mixed_approval`).
//! 4. Timers: an effect, an expiry, a lapse happens by itself at its time. Whatever has the earlier time happens first; at the same time
//!    timers happen before records are taken, effects before expiries before lapses, and lower numbers of the request's or policy's
//!    record first. Witnessed records of the same time follow one another by number, and timers that one starts happen before the next.
//! 5. The state at t is what has happened up to and including t. Records added later never change the state before their own time.
//!
//! # Signatures
//!
//! 6. Bytes that are no leaf are `malformed`. `witnessed` and `decision` records carry no signatures (`signature_not_allowed`) and follow
//!    no further rule of this section. For any other record a policy must be in force, else `no_policy` (but see 14).
//! 7. Every signature must be good, in the order of the leaf: its `by` is a principal of the policy in force (`unknown_signer`), one of
//!    this principal's keys, of the policy or added (17), signed (`bad_signature`), and of the keys that did one is valid: at or after
//!    `valid_after`, before `valid_before`, never ended by a key event up to now (`key_not_valid`).
//! 8. Who must have signed: the principal whom the body names (`missing_signature`), who must have the role (`missing_role`): requester
//!    for `request`, approver for `approval`, canceller for `cancel` (but see 25), observer for `observe`, enforcer for `enforce`, any for
//!    `attest`. For `territory`, `zone`, `preview` and `contact`: anybody with the role requester (`missing_role`). Others may sign
//!    too; that gives the record no more weight.
//! 9. The same body of the same type a second time is a `duplicate`, once one was signed as 6 to 8 demand; so nothing signed can be
//!    replayed. (For `policy`: once one was accepted. For `keyevent`: after the checks that 18 lists before.)
//! 10. Persons are ids of principals. A quorum counts distinct persons with the role and their distinct organisations, never
//!     signatures and never keys.
//!
//! # Territories and zones
//!
//! 11. A territory's id is never used again (`territory_exists`); its parent, if any, must be in the log (`unknown_territory`). A parent
//!     is a label: what is decided about a territory covers the cells of the zone that the decision names, and no others.
//! 12. A zone needs its territory (`unknown_territory`) and must name in `prev` the record of the zone in force, or none (`zone_order`).
//!     It is in force at once and is what can be asked for from then on; a decision keeps the zone that it names.
//!
//! # Policies and keys
//!
//! 13. A policy's signers are judged by 7, each by the policy in force or by the new one: good if good by either. (If good by neither:
//!     the reason by the policy in force, or, where the signer is not in that, by the new one. Added keys are not of the new one.) Then:
//!     not accepted before (`duplicate`); version and `prev` are the next: version one more than in force, `prev` the hash of the body in
//!     force (`policy_order`); no public key belongs to two principals (`key_shared`); enough approvers of the new policy
//!     by its own `rotation`, then enough approvers of the old by the old's (`quorum_missing`), of those whose signatures are good by the
//!     respective policy. Where only the latter fails, enough of the old policy's recovery group by its `recovery` will do: a recovery.
//! 14. The first policy is record 0, version 1, without `prev`, signed by its own `rotation`; it is in force at its time. A later policy
//!     record while none is in force has the reason `no_policy`, after the check for duplicates.
//! 15. A later policy waits the longest `wait_s` of any rule of the old or new policy; a recovery waits the old one's `recovery.wait_s`.
//! 16. At its time it comes into force if 13 still finds it the next one; else it is void (flag `policy_void` for its record).
//! 17. An added key counts like one of the policy. A policy that comes into force ends all keys added before its own record, and added
//!     ones that it lists itself.
//! 18. A `keyevent`'s signatures are judged by 7; then: the principal is in the policy in force (`unknown_principal`); for `add`, approvers
//!     enough for `rotation` signed, for others the principal itself (not for `lost`) or two other principals with the role approver,
//!     canceller or recovery (`quorum_missing`); `duplicate`; `since` is there for `compromised` and not after now, and absent for others
//!     (`since_out_of_range`). `add`: the key has not ended (`key_dead`), belongs to no other principal (`key_shared`) nor to this one
//!     already (`duplicate`). Others: the principal has a key with this public key (`unknown_key`). A key that was ended never counts
//!     again, in whatever policy.
//! 19. `compromised` voids what the key signed with a time at or after `since`, as far as it has not taken effect. In order: policies
//!     that wait lose its signatures, and are void if they would not be accepted any more in the same way, recovery or not (flag
//!     `policy_compromised` for the policy); requests in review lose the verdicts; requests that wait lose them and, if one of them was
//!     an approval, are in review again, their decision record, if any, is void (flag `decision_void` for that record); if the time to
//!     lapse has come they lapse, else the quorum is looked for at once (21). For a request in force with such an approval in its quorum:
//!     flag `compromised_approval` for the key event. The key of an approval is that of the approver's first signature.
//!
//! # Requests
//!
//! 20. A request is judged by the rule of its territory in the policy in force: its territory is in the log (`unknown_territory`) and its
//!     zone has the hash of the zone in force (`zone_differs`); `from`, if any, is an accepted decision record about this territory
//!     (`unknown_from`); `review_by` is after now and at most `review_max_s` away (`review_by_out_of_range`); `expires`, if any, is after
//!     now and at most `expiry_max_s` away (`expires_out_of_range`); `not_before` is at most `review_by` and before `expires`
//!     (`not_before_out_of_range`); its contacts are valid contact records before it (`unknown_contact`). An emergency besides: the rule
//!     has an emergency path (`no_emergency_path`); the reason is in its list, `off_reasons` for off, `on_reasons` for any other state
//!     (`emergency_reason`); it expires, at most `ttl_max_s` away (`expires_out_of_range`). It is a renewal if `from` is the decision of
//!     an emergency, or if for one of its classes here an emergency's last time in force ended less than `ttl_max_s` ago or has not ended;
//!     if any such emergency was a renewal itself: `second_renewal`. So nobody chains emergencies around the full quorum.
//! 21. An approval is taken hash by hash: a valid request (`unknown_request`), by somebody else than its requester (`self_approval`), in
//!     review (`too_late`); each failure is a flag of its own, the other hashes still count. Then, hash by hash, the verdict replaces the
//!     approver's earlier one and the quorum is looked for, by the policy in force: approvers whose last verdict is approve against
//!     the rule's quorum, or the emergency's for an emergency that is no renewal. If it is there the request waits; the decision
//!     record must name all these approvals. If it could not be reached even by all approvers but the requester and those who rejected or recused, the
//!     request is rejected.
//! 22. A request in review lapses `review_ttl_s` after its time, by the rule at its time.
//! 23. It waits from the quorum's time to `effective_from`: the later of `not_before` and the quorum's time plus `wait_s` (plus 0 in
//!     an emergency).
//! 24. An expiry in review or in wait ends a request (in wait: flag `expired_before_effect` for the request).
//! 25. A cancel stops a request in review or waiting, or a policy that waits; one canceller is enough; a recovery can be stopped by any
//!     approver too. Checks: the canceller signed, has the role, `duplicate`, the target is one of these (`unknown_target`).
//!
//! # Decisions
//!
//! 26. A decision record names a valid request (`unknown_request`) that waits without one (`decision_not_due`), and equals what follows
//!     (`decision_differs`). Its number is the decision's number. It takes effect at `effective_from`, or at its own time if that is later.
//! 27. If a witnessed record with quorum covers two records or more from the one on that gave the quorum its time, and the decision
//!     record is still not there, that is flagged once per quorum (`decision_withheld`, for the request), after these records are taken.
//! 28. At its effect the decision in force for every class must be `from`, or none if that is absent; else the request is superseded (flag
//!     `superseded` for the decision). From then on it is in force for its classes.
//! 29. When a decision in force expires, what it replaced is back for those of its classes for which it still is in force; or, if that
//!     has expired, what that replaced, and so on. Expired means: `expires` is at or before now.
//! 30. A decision that took effect is effective while it is in force for any class, expired once its expiry took it out of
//!     force, else superseded.
//!
//! # What else is counted
//!
//! 31. A decision in force is overdue after its `review_by`, a sealed contact that is not opened after its `open_by`.
//! 32. An opening names a valid sealed contact that is not opened (`unknown_sealed`) and gives salt and contact that hash to it
//!     (`opening_differs`). A measurement is about a territory in the log (`unknown_territory`). A heartbeat names a size up to its own
//!     number with the log's root at that size (`enforcer_differs`).

use std::sync::Arc;

pub use self::admission::Gate;
pub use self::difference::{Difference, diff};
pub use self::entry::sealed_sha256;
pub use self::reason::{Flag, Reason, Refusal};
pub use self::state::{
    AddedKey, Approved, Cause, Change, DeadKey, DecisionInForce, PolicyInForce, PolicyWaiting, QuorumReached,
    RequestInLog, SealedContact, Status, TerritoryInLog, VerdictInLog, ZoneInForce,
};
pub use self::view::{InForce, Overdue, Standing, View};
use crate::record::{Body, Decision, Digest, Index, Time};
use crate::verify::Signatures;
use crate::witness::Witnesses;
use entry::{Entry, Memory};
use fold::{Fold, Tick};
use roots::Roots;

mod admission;
mod difference;
mod entry;
mod fold;
mod reason;
mod roots;
mod state;
mod view;

/// A log and what follows from it.
#[derive(Clone, Debug)]
pub struct Ledger<S, W> {
    signatures: S,
    witnesses: W,
    entries: Vec<Arc<Entry>>,
    memory: Memory,
    roots: Roots,
    ticks: Vec<Tick>,
    fold: Arc<Fold>,
}

impl<S: Signatures, W: Witnesses> Ledger<S, W> {
    /// The ledger of an empty log.
    pub fn new(signatures: S, witnesses: W) -> Ledger<S, W> {
        Ledger {
            signatures,
            witnesses,
            entries: Vec::new(),
            memory: Memory::default(),
            roots: Roots::default(),
            ticks: Vec::new(),
            fold: Arc::new(Fold::new()),
        }
    }

    /// Takes the next leaf of the log, whatever is in it, and says which number it has.
    pub fn push(&mut self, leaf: &[u8]) -> Index {
        let index = self.size();
        let mut entry = self.memory.read(index, leaf, &self.signatures, &self.roots);
        match tick(&entry, index, &self.roots, &self.witnesses) {
            Some(Ok(tick)) => self.ticks.push(tick),
            Some(Err(reason)) => entry.record = Err(reason),
            None => {}
        }
        self.entries.push(Arc::new(entry));
        self.roots.push(leaf);
        if let Some(tick) = self.ticks.last().filter(|tick| tick.index == index) {
            Arc::make_mut(&mut self.fold).tick(&self.entries, tick);
        }
        index
    }

    /// What `append` refuses at a time: whatever the ledger would flag. Nothing is changed.
    pub fn admit(&self, leaf: &[u8], time: Time) -> Result<(), Refusal> {
        self.gate(time).admit(leaf).map(drop)
    }

    /// The door of the log at a time, for several records in a row. Records without a time yet count there as witnessed at that time.
    pub fn gate(&self, time: Time) -> Gate<'_, S, W> {
        Gate::new(self, time)
    }
}

impl<S, W> Ledger<S, W> {
    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The log's root hash when it had this size, if it ever had.
    pub fn root(&self, size: u64) -> Option<Digest> {
        self.roots.root(size).map(Digest)
    }

    /// Witnessed time of the last checkpoint with a witness quorum that is in the log.
    pub fn time(&self) -> Time {
        self.fold.time
    }

    /// When a witness quorum saw the log: the size it had, and the time, in the order of the records that say so. A record was witnessed
    /// at the first of these times whose size is beyond its number.
    pub fn times(&self) -> Vec<(u64, Time)> {
        let mut last = Time(0);
        let quorums = self.ticks.iter().filter(|tick| tick.quorum);
        quorums
            .map(|tick| {
                last = last.max(tick.median);
                (tick.size, last)
            })
            .collect()
    }

    /// What a record says, where it is one.
    pub fn body(&self, index: Index) -> Option<&Body> {
        let entry = self.entries.get(usize::try_from(index).ok()?)?;
        entry.record.as_ref().ok().map(|record| &record.body)
    }

    /// The hash of a record's body.
    pub fn body_sha256(&self, index: Index) -> Option<Digest> {
        let entry = self.entries.get(usize::try_from(index).ok()?)?;
        entry.record.as_ref().ok().map(|record| record.sha256)
    }

    /// How many signatures of a record verify under a key that their signer was ever given, and how many do not.
    pub fn signatures(&self, index: Index) -> (u64, u64) {
        let entry = usize::try_from(index).ok().and_then(|index| self.entries.get(index));
        let Some(Ok(record)) = entry.map(|entry| &entry.record) else { return (0, 0) };
        let good = record.signed.iter().filter(|signed| !signed.keys.is_empty()).count() as u64;
        (good, record.signed.len() as u64 - good)
    }

    /// The state at a time, also in the past and in the future, by all records.
    ///
    /// A time before [`Ledger::time`] costs a pass over the records, without signatures.
    pub fn at(&self, time: Time) -> View {
        if time < self.fold.time {
            return self.at_size(self.size(), time);
        }
        let mut fold = self.fold.clone();
        if fold.next().is_some_and(|next| next <= time) {
            Arc::make_mut(&mut fold).advance(&self.entries, time);
        }
        View::new(fold, time, self.size())
    }

    /// The state at a time by the first `size` records: what everybody knew who had those. Costs a pass over them.
    pub fn at_size(&self, size: u64, time: Time) -> View {
        let mut view = None;
        self.at_each(size, &[time], |_, then| view = Some(then));
        view.unwrap_or_else(|| View::new(Arc::new(Fold::new()), time, size.min(self.size())))
    }

    /// As [`Ledger::at_size`] for several times, in one pass: `tell` is given the place of each in `times`, earliest time first.
    pub fn at_each(&self, size: u64, times: &[Time], mut tell: impl FnMut(usize, View)) {
        let mut order: Vec<usize> = (0..times.len()).collect();
        order.sort_by_key(|&place| times[place]);
        let mut fold = Fold::new();
        let mut ticks = self.ticks.iter().filter(|tick| tick.index < size).peekable();
        for place in order {
            let time = times[place];
            while let Some(tick) = ticks.next_if(|tick| !tick.quorum || fold.time_of(tick) <= time) {
                fold.tick(&self.entries, tick);
            }
            let mut then = fold.clone();
            then.advance(&self.entries, time);
            tell(place, View::new(Arc::new(then), time, size.min(self.size())));
        }
    }

    /// The state when the log had this size, at its last witnessed time then.
    pub fn when(&self, size: u64) -> View {
        let mut time = Time(0);
        let quorums = self.ticks.iter().filter(|tick| tick.quorum && tick.index < size);
        quorums.for_each(|tick| time = time.max(tick.median));
        self.at_size(size, time)
    }

    /// The decision records that are missing at a time: whoever writes the log appends them now.
    pub fn due(&self, time: Time) -> Vec<Decision> {
        self.at(time.max(self.fold.time)).due()
    }
}

/// What a witnessed record proves, or why it proves nothing; `None` for other records.
fn tick(
    entry: &Entry,
    index: Index,
    roots: &Roots,
    witnesses: &impl Witnesses,
) -> Option<Result<Tick, Reason>> {
    let Ok(record) = &entry.record else { return None };
    let Body::Witnessed(witnessed) = &record.body else { return None };
    Some(prove(&witnessed.checkpoint, index, roots, witnesses))
}

fn prove(checkpoint: &str, index: Index, roots: &Roots, witnesses: &impl Witnesses) -> Result<Tick, Reason> {
    let proven =
        witnesses.witnessed(checkpoint).map_err(|error| Reason::WitnessSignature(Arc::new(error)))?;
    let size = proven.size;
    if size > index {
        return Err(Reason::WitnessSize { size, index });
    }
    if roots.root(size) != Some(proven.root) {
        return Err(Reason::WitnessRoot { size });
    }
    let median = proven.median().ok_or(Reason::WitnessNone { size })?;
    Ok(Tick { index, size, median, quorum: proven.quorum })
}
