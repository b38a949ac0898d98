//! The arithmetic of rules: who has which role, how many are enough, which rule holds where.

use std::collections::BTreeSet;

use crate::record::{Policy, Quorum, Role, Rule};

/// Seconds from the record of a policy to its effect: the longest wait of any rule of the old or the new one, so that no wait can be
/// shortened faster than by itself.
pub fn rotation_wait_s(old: &Policy, new: &Policy) -> u64 {
    let rules = |policy: &Policy| -> u64 {
        let waits = policy.rules_by_territory.values().chain([&policy.rule]).map(|rule| rule.wait_s);
        waits.max().unwrap_or(0)
    };
    rules(old).max(rules(new))
}

/// The rule for a territory.
pub fn rule_of<'a>(policy: &'a Policy, territory: &str) -> &'a Rule {
    policy.rules_by_territory.get(territory).unwrap_or(&policy.rule)
}

/// Whether a principal has a role.
pub fn has_role(policy: &Policy, id: &str, role: Role) -> bool {
    policy.principals.get(id).is_some_and(|one| one.roles.contains(&role))
}

/// Whether these persons are enough: those of them with the role, each counted once, and their organisations, each counted once.
/// Signatures are never counted.
pub fn is_quorum<'a>(
    policy: &'a Policy,
    quorum: Quorum,
    role: Role,
    persons: impl IntoIterator<Item = &'a str>,
) -> bool {
    let persons: BTreeSet<&str> = persons.into_iter().filter(|id| has_role(policy, id, role)).collect();
    let organisations: BTreeSet<&str> =
        persons.iter().map(|&id| policy.principals[id].organisation.as_str()).collect();
    persons.len() >= quorum.persons as usize && organisations.len() >= quorum.organisations as usize
}

/// Two principals of a policy that share a public key.
pub fn shared_key(policy: &Policy) -> Option<(&str, &str)> {
    let mut owners = std::collections::BTreeMap::new();
    for (id, one) in &policy.principals {
        for key in &one.keys {
            match owners.insert(key.public.as_str(), id.as_str()) {
                Some(other) if other != id => return Some((other, id)),
                _ => {}
            }
        }
    }
    None
}
