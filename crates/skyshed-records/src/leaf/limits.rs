//! Limits of what a record may hold, all of them by name. They keep a reader's work small and what it prints harmless.

use std::collections::BTreeMap;

use super::Sig;
use crate::record::*;

/// Longest id: of a territory, principal, organisation, class, label; bytes.
pub const ID_BYTES_MAX: usize = 128;
/// Longest text in words, bytes.
pub const TEXT_BYTES_MAX: usize = 8_192;
/// Longest checkpoint with its cosignatures, bytes.
pub const CHECKPOINT_BYTES_MAX: usize = 49_152;
/// Longest public key, `type base64`, bytes.
pub const KEY_BYTES_MAX: usize = 512;
/// Longest signature, bytes.
pub const SIG_BYTES_MAX: usize = 1_024;
/// Most signatures of one record.
pub const SIGS_MAX: usize = 128;
/// Most members of any list or map.
pub const MEMBERS_MAX: usize = 1_024;
/// Most keys of one principal.
pub const KEYS_MAX: usize = 16;
/// Longest span of time, seconds: 100 years of 365.25 days.
pub const SPAN_S_MAX: u64 = 3_155_760_000;
/// Largest number of persons or organisations of a quorum.
pub const QUORUM_MAX: u32 = 1_024;
/// Largest number of a record, of a size or of a count: what JSON's readers hold exactly.
pub const NUMBER_MAX: u64 = crate::jcs::INTEGER_MAX as u64;

/// A limit that a record does not keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum LimitError {
    #[error(
        "{field} {given:?}; allowed: 1 to {ID_BYTES_MAX} characters out of A-Z a-z 0-9 . _ - : / + and, in ids of principals, one @"
    )]
    Id { field: &'static str, given: String },
    #[error(
        "public {given:?}; allowed: a key's type, one space, base64, as in authorized_keys without options and comment"
    )]
    Key { given: String },
    #[error("{field} is {bytes} bytes long; allowed: at most {allowed}")]
    Long { field: &'static str, bytes: usize, allowed: usize },
    #[error("{field} holds the control character U+{code:04X}; allowed: line feed and printable characters")]
    Control { field: &'static str, code: u32 },
    #[error("{field} has {members} members; allowed: {least} to {most}")]
    Members { field: &'static str, members: usize, least: usize, most: usize },
    #[error("{field} is not sorted, or has a member twice; sort it and leave doubles out")]
    Unsorted { field: &'static str },
    #[error("{field} is {given}; allowed: {least} to {most}")]
    Number { field: &'static str, given: u64, least: u64, most: u64 },
    #[error("{field} ends before it begins")]
    Backwards { field: &'static str },
}

type Checked = Result<(), LimitError>;

/// Checks a body.
pub fn check_body(body: &Body) -> Checked {
    match body {
        Body::Territory(body) => territory(body),
        Body::Zone(body) => zone(body),
        Body::Policy(body) => policy(body),
        Body::Request(body) => request(body),
        Body::Preview(body) => preview(body),
        Body::Approval(body) => approval(body),
        Body::Cancel(body) => cancel(body),
        Body::Decision(body) => decision(body),
        Body::Contact(body) => contact(body),
        Body::Attest(body) => attest(body),
        Body::Observe(body) => observe(body),
        Body::Enforce(body) => enforce(body),
        Body::KeyEvent(body) => key_event(body),
        Body::Witnessed(body) => text("checkpoint", &body.checkpoint, CHECKPOINT_BYTES_MAX),
    }
}

/// Checks signatures.
pub fn check_sigs(sigs: &[Sig]) -> Checked {
    members("sigs", sigs.len(), 0, SIGS_MAX)?;
    sigs.iter().try_for_each(|sig| {
        principal_id("by", &sig.by)?;
        let (bytes, allowed) = (sig.sig.len(), SIG_BYTES_MAX);
        if bytes > allowed { Err(LimitError::Long { field: "sig", bytes, allowed }) } else { Ok(()) }
    })
}

fn territory(body: &Territory) -> Checked {
    id("id", &body.id)?;
    words("name", &body.name)?;
    members("labels", body.labels.len(), 0, MEMBERS_MAX)?;
    for (name, label) in &body.labels {
        id("labels", name)?;
        words("labels", label)?;
    }
    members("claims", body.claims.len(), 0, MEMBERS_MAX)?;
    body.claims.iter().try_for_each(|claim| words("claims", claim))?;
    body.parent.iter().try_for_each(|parent| id("parent", parent))
}

fn zone(body: &Zone) -> Checked {
    id("territory", &body.territory)?;
    number("cell_count", body.cell_count, 0, NUMBER_MAX)?;
    number("resolution", body.resolution.into(), 0, 15)?;
    words("source", &body.source)?;
    index("prev", body.prev)
}

fn policy(body: &Policy) -> Checked {
    number("version", body.version, 1, NUMBER_MAX)?;
    members("principals", body.principals.len(), 1, MEMBERS_MAX)?;
    for (name, one) in &body.principals {
        principal_id("principals", name)?;
        principal(one)?;
    }
    rule(&body.rule)?;
    members("rules_by_territory", body.rules_by_territory.len(), 0, MEMBERS_MAX)?;
    for (territory, one) in &body.rules_by_territory {
        id("rules_by_territory", territory)?;
        rule(one)?;
    }
    quorum("rotation", body.rotation)?;
    body.recovery.iter().try_for_each(|recovery| {
        quorum("recovery", recovery.quorum)?;
        span("recovery wait_s", recovery.wait_s)
    })
}

fn principal(body: &Principal) -> Checked {
    id("organisation", &body.organisation)?;
    sorted("roles", &body.roles)?;
    members("keys", body.keys.len(), 0, KEYS_MAX)?;
    body.keys.iter().try_for_each(key)
}

fn key(body: &Key) -> Checked {
    public_key(&body.public)?;
    forwards("valid_after, valid_before", body.valid_after, body.valid_before)
}

fn rule(body: &Rule) -> Checked {
    quorum("quorum", body.quorum)?;
    span("wait_s", body.wait_s)?;
    span("review_ttl_s", body.review_ttl_s)?;
    span("expiry_max_s", body.expiry_max_s)?;
    span("review_max_s", body.review_max_s)?;
    body.emergency.iter().try_for_each(|emergency| {
        quorum("emergency quorum", emergency.quorum)?;
        span("ttl_max_s", emergency.ttl_max_s)?;
        sorted("off_reasons", &emergency.off_reasons)?;
        sorted("on_reasons", &emergency.on_reasons)
    })
}

fn request(body: &Request) -> Checked {
    id("territory", &body.territory)?;
    members("classes", body.classes.len(), 1, MEMBERS_MAX)?;
    body.classes.iter().try_for_each(|class| id("classes", class))?;
    sorted("classes", &body.classes)?;
    index("from", body.from)?;
    words("reason_text", &body.reason_text)?;
    body.legal_basis.iter().try_for_each(|basis| words("legal_basis", basis))?;
    principal_id("requester", &body.requester)?;
    words("on_behalf_of", &body.on_behalf_of)?;
    indices("contacts", &body.contacts)?;
    text("nonce", &body.nonce, ID_BYTES_MAX)
}

fn preview(body: &Preview) -> Checked {
    words("engine", &body.engine)?;
    names("inputs", &body.inputs)?;
    names("figures", &body.figures)
}

fn approval(body: &Approval) -> Checked {
    members("requests", body.requests.len(), 1, MEMBERS_MAX)?;
    sorted("requests", &body.requests)?;
    principal_id("approver", &body.approver)?;
    words("statement", &body.statement)
}

fn cancel(body: &Cancel) -> Checked {
    principal_id("canceller", &body.canceller)?;
    words("reason_text", &body.reason_text)
}

fn decision(body: &Decision) -> Checked {
    index("request_index", Some(body.request_index))?;
    indices("approvals", &body.approvals)?;
    number("policy_version", body.policy_version, 1, NUMBER_MAX)
}

fn contact(body: &Contact) -> Checked {
    match body {
        Contact::Open { contact } => contact_body(contact),
        Contact::Sealed { .. } => Ok(()),
        Contact::Opened { opens, contact, .. } => {
            index("opens", Some(*opens))?;
            contact_body(contact)
        }
    }
}

/// Checks a contact, which is hashed before it is in any record.
pub fn contact_body(body: &ContactBody) -> Checked {
    let texts = [
        ("who", &body.who),
        ("office", &body.office),
        ("channel", &body.channel),
        ("reply", &body.reply),
        ("receiver", &body.receiver),
    ];
    texts.into_iter().try_for_each(|(field, given)| words(field, given))?;
    id("territory", &body.territory)?;
    forwards("from, until", Some(body.from), Some(body.until))
}

fn attest(body: &Attest) -> Checked {
    principal_id("by", &body.by)?;
    words("statement", &body.statement)?;
    forwards("from, until", Some(body.from), Some(body.until))
}

fn observe(body: &Observe) -> Checked {
    principal_id("by", &body.by)?;
    id("territory", &body.territory)?;
    id("source", &body.source)?;
    words("description", &body.description)?;
    forwards("from, until", Some(body.from), body.until)
}

fn enforce(body: &Enforce) -> Checked {
    principal_id("enforcer", &body.enforcer)?;
    index("log_size", Some(body.log_size))
}

fn key_event(body: &KeyEvent) -> Checked {
    principal_id("principal", &body.principal)?;
    key(&body.key)
}

fn quorum(field: &'static str, body: Quorum) -> Checked {
    number(field, body.persons.into(), 1, QUORUM_MAX.into())?;
    number(field, body.organisations.into(), 1, body.persons.into())
}

/// Plain characters only: ids stand in file names, command lines and `allowed_signers`, where `*`, `!` and commas mean something.
fn id(field: &'static str, given: &str) -> Checked {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:/+".contains(&byte);
    check_id(field, given, given.bytes().all(plain))
}

/// `name@organisation`.
fn principal_id(field: &'static str, given: &str) -> Checked {
    let two =
        given.split_once('@').filter(|(name, organisation)| !name.is_empty() && !organisation.is_empty());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte);
    check_id(
        field,
        given,
        two.is_some_and(|(name, organisation)| name.bytes().chain(organisation.bytes()).all(plain)),
    )
}

/// `type base64`, two words on one line: keys stand in `allowed_signers`, where a line more would be a signer more.
fn public_key(given: &str) -> Checked {
    text("public", given, KEY_BYTES_MAX)?;
    let plain =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    match given.split_once(' ') {
        Some((name, base64)) if plain(name) && plain(base64) => Ok(()),
        _ => Err(LimitError::Key { given: given.to_owned() }),
    }
}

fn check_id(field: &'static str, given: &str, plain: bool) -> Checked {
    if plain && (1..=ID_BYTES_MAX).contains(&given.len()) {
        return Ok(());
    }
    Err(LimitError::Id { field, given: given.chars().take(ID_BYTES_MAX).collect() })
}

fn words(field: &'static str, given: &str) -> Checked {
    text(field, given, TEXT_BYTES_MAX)
}

/// Control characters could move the cursor of the terminal that shows them.
fn text(field: &'static str, given: &str, allowed: usize) -> Checked {
    if given.len() > allowed {
        return Err(LimitError::Long { field, bytes: given.len(), allowed });
    }
    match given.chars().find(|&one| one.is_control() && one != '\n') {
        Some(one) => Err(LimitError::Control { field, code: one.into() }),
        None => Ok(()),
    }
}

fn members(field: &'static str, members: usize, least: usize, most: usize) -> Checked {
    if (least..=most).contains(&members) {
        return Ok(());
    }
    Err(LimitError::Members { field, members, least, most })
}

fn names<V>(field: &'static str, map: &BTreeMap<String, V>) -> Checked {
    members(field, map.len(), 0, MEMBERS_MAX)?;
    map.keys().try_for_each(|name| id(field, name))
}

fn sorted<T: Ord>(field: &'static str, list: &[T]) -> Checked {
    members(field, list.len(), 0, MEMBERS_MAX)?;
    if list.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(LimitError::Unsorted { field }) }
}

fn indices(field: &'static str, list: &[Index]) -> Checked {
    sorted(field, list)?;
    index(field, list.last().copied())
}

fn index(field: &'static str, given: Option<Index>) -> Checked {
    given.map_or(Ok(()), |given| number(field, given, 0, NUMBER_MAX))
}

fn span(field: &'static str, given: u64) -> Checked {
    number(field, given, 0, SPAN_S_MAX)
}

fn number(field: &'static str, given: u64, least: u64, most: u64) -> Checked {
    if (least..=most).contains(&given) {
        return Ok(());
    }
    Err(LimitError::Number { field, given, least, most })
}

fn forwards(field: &'static str, from: Option<Time>, until: Option<Time>) -> Checked {
    match (from, until) {
        (Some(from), Some(until)) if from > until => Err(LimitError::Backwards { field }),
        _ => Ok(()),
    }
}
