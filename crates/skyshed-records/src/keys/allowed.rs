//! The `allowed_signers` file (ssh-keygen(1), ALLOWED SIGNERS) that says of a policy who may sign what, and when.

use core::fmt::Write as _;

use crate::leaf::namespace;
use crate::record::{Key, Policy, Role, TYPE_NAMES, Time};

/// One line per key: principal, the namespaces its roles allow, the times between which it is valid, the key.
///
/// What `ssh-keygen` cannot judge is left to the log: distinct persons and organisations, revocations, touch and PIN.
pub fn allowed_signers(policy: &Policy) -> String {
    let mut text = String::new();
    for (id, principal) in &policy.principals {
        let namespaces = namespaces(&principal.roles).join(",");
        for key in &principal.keys {
            let validity = validity(key);
            writeln!(text, "{id} namespaces=\"{namespaces}\"{validity} {}", key.public).expect("memory only");
        }
    }
    text
}

/// The namespaces in which one of these roles may sign.
pub fn namespaces(roles: &[Role]) -> Vec<String> {
    let allowed = |name: &&&str| roles.iter().any(|&role| may_sign(role, name));
    TYPE_NAMES.iter().filter(allowed).map(|name| namespace(name)).collect()
}

/// Which role signs which type: attestations and key events are everyone's; a recovery rotation can be stopped by approvers too.
fn may_sign(role: Role, type_name: &str) -> bool {
    match type_name {
        "attest" | "keyevent" => true,
        "request" | "territory" | "zone" | "preview" | "contact" => role == Role::Requester,
        "approval" => role == Role::Approver,
        "policy" => matches!(role, Role::Approver | Role::Recovery),
        "cancel" => matches!(role, Role::Approver | Role::Canceller),
        "observe" => role == Role::Observer,
        "enforce" => role == Role::Enforcer,
        _ => false,
    }
}

/// `ssh-keygen` takes `valid-before` for the last second of validity, the log for the first after it.
fn validity(key: &Key) -> String {
    let mut text = String::new();
    if let Some(from) = key.valid_after {
        write!(text, ",valid-after=\"{}\"", stamp(from)).expect("memory only");
    }
    if let Some(until) = key.valid_before {
        write!(text, ",valid-before=\"{}\"", stamp(Time(until.0 - 1))).expect("memory only");
    }
    text
}

/// `YYYYMMDDHHMMSSZ`, as `ssh-keygen` since OpenSSH 9.1 reads times in UTC.
pub(crate) fn stamp(time: Time) -> String {
    time.to_string().chars().filter(|one| !"-:T".contains(*one)).collect()
}
