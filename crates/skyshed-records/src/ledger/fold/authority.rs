//! Whose signatures count: by principals of the policy in force, with keys that are theirs and valid at the witnessed time.

use super::*;
use crate::ledger::entry::Signed;
use crate::record::{Key, Policy, Role};

/// What a principal's signature with a key comes to.
enum Standing {
    Valid(String),
    Unknown,
    Bad,
    NotValid,
}

impl Fold {
    /// The policy in force.
    pub(super) fn policy_now(&self) -> Result<Arc<PolicyInForce>, Reason> {
        self.policy.clone().ok_or(Reason::NoPolicy)
    }

    /// Everybody who signed a record, with the public key. Every signature must be good; a record with a bad one has no effect.
    pub(super) fn signers(&self, record: &Record, at: Time) -> Result<Vec<(String, String)>, Reason> {
        let policy = self.policy_now()?;
        let one = |signed: &Signed| match self.standing_of(&policy.policy, true, signed, at) {
            Standing::Valid(key) => Ok((signed.by.clone(), key)),
            bad => Err(reason(&bad, signed, at)),
        };
        record.signed.iter().map(one).collect()
    }

    /// Everybody who signed a policy, by the policy before it, the new one, or both.
    pub(super) fn policy_signers(
        &self,
        record: &Record,
        old: Option<&Policy>,
        new: &Policy,
        at: Time,
    ) -> Result<Vec<Signer>, Reason> {
        let one = |signed: &Signed| {
            let by_old = old.map_or(Standing::Unknown, |old| self.standing_of(old, true, signed, at));
            let by_new = self.standing_of(new, false, signed, at);
            let signer = |key: &str, by_old, by_new| Signer {
                by: signed.by.clone(),
                key: key.to_owned(),
                by_old,
                by_new,
            };
            match (&by_old, &by_new) {
                (Standing::Valid(key), Standing::Valid(_)) => Ok(signer(key, true, true)),
                (Standing::Valid(key), _) => Ok(signer(key, true, false)),
                (_, Standing::Valid(key)) => Ok(signer(key, false, true)),
                (Standing::Unknown, bad) | (bad, _) => Err(reason(bad, signed, at)),
            }
        };
        record.signed.iter().map(one).collect()
    }

    /// The key of the signer whom the body names, who must have the role, if any is asked for.
    pub(super) fn named(
        &self,
        record: &Record,
        by: &str,
        role: Option<Role>,
        at: Time,
    ) -> Result<String, Reason> {
        let signers = self.signers(record, at)?;
        let found = signers.into_iter().find(|(id, _)| id == by);
        let (_, key) = found.ok_or_else(|| Reason::MissingSignature { by: by.to_owned() })?;
        let policy = self.policy_now()?;
        match role.filter(|&role| !policy.has_role(by, role)) {
            Some(role) => Err(Reason::MissingRole { role }),
            None => Ok(key),
        }
    }

    /// Whether anybody with the role signed.
    pub(super) fn anybody(&self, record: &Record, role: Role, at: Time) -> Result<(), Reason> {
        let policy = self.policy_now()?;
        let signers = self.signers(record, at)?;
        if signers.iter().any(|(id, _)| policy.has_role(id, role)) {
            Ok(())
        } else {
            Err(Reason::MissingRole { role })
        }
    }

    /// The keys of a principal: the policy's, and those added since.
    pub(super) fn keys_of<'a>(
        &'a self,
        policy: &'a Policy,
        added: bool,
        id: &'a str,
    ) -> impl Iterator<Item = &'a Key> {
        let own = policy.principals.get(id).into_iter().flat_map(|one| &one.keys);
        let later =
            self.added_keys.iter().filter(move |key| added && key.principal == id).map(|key| &key.key);
        own.chain(later)
    }

    fn standing_of(&self, policy: &Policy, added: bool, signed: &Signed, at: Time) -> Standing {
        if !policy.principals.contains_key(&signed.by) {
            return Standing::Unknown;
        }
        let matches = |key: &&Key| {
            signed.keys.iter().any(|(public, pin)| *public == key.public && *pin == key.pin_required)
        };
        let mut keys = self.keys_of(policy, added, &signed.by).filter(matches).peekable();
        if keys.peek().is_none() {
            return Standing::Bad;
        }
        let valid = keys.find(|key| !self.dead_keys.contains_key(&key.public) && within_dates(key, at));
        valid.map_or(Standing::NotValid, |key| Standing::Valid(key.public.clone()))
    }
}

fn within_dates(key: &Key, at: Time) -> bool {
    key.valid_after.is_none_or(|after| after <= at) && key.valid_before.is_none_or(|before| at < before)
}

fn reason(standing: &Standing, signed: &Signed, at: Time) -> Reason {
    let by = signed.by.clone();
    match standing {
        Standing::Unknown => Reason::UnknownSigner { by },
        Standing::NotValid => Reason::KeyNotValid { by, at },
        Standing::Bad | Standing::Valid(_) => Reason::BadSignature { by, detail: signed.detail.clone() },
    }
}
