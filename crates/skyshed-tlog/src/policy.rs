//! Trust policies (C2SP tlog-policy): which logs, which witnesses, and how many of them make a quorum.

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, CheckpointError, open};
use crate::key::{Algorithm, VerifierKey, shown};
use crate::note::{Note, NoteError};

/// Most lines of each kind that are read; C2SP tlog-policy asks for at least 32.
pub const LINES_MAX: usize = 256;

/// What is wrong with a policy, or with a checkpoint under it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// An octet that no policy may hold.
    #[error("policy line {line}: control character 0x{octet:02x}; only tab and newline are allowed")]
    Octet {
        /// The line, from 1.
        line: usize,
        /// The octet.
        octet: u8,
    },
    /// A line that is none of the five.
    #[error(
        "policy line {line}: \"{given}\" is not \"log <vkey> [<url>]\", \"witness <name> <vkey> [<url>]\", \
         \"group <name> all|any|<k> <name>...\", \"quorum <name>\" or a comment"
    )]
    Line {
        /// The line, from 1.
        line: usize,
        /// The line, shortened.
        given: String,
    },
    /// A key is none, or one of a type that does not serve here.
    #[error("policy line {line}: {error}")]
    Key {
        /// The line, from 1.
        line: usize,
        /// Why.
        error: NoteError,
    },
    /// A key whose signatures are no cosignatures stands as a witness.
    #[error(
        "policy line {line}: the key of witness {name} makes no cosignatures; give one of type 0x04 or 0x06"
    )]
    NoCosigner {
        /// The line, from 1.
        line: usize,
        /// The key's name.
        name: String,
    },
    /// A key that only cosigns stands as a log.
    #[error(
        "policy line {line}: the key of {name} signs no checkpoints of its own; give one of type 0x01 or 0x06"
    )]
    NoLogKey {
        /// The line, from 1.
        line: usize,
        /// The key's name.
        name: String,
    },
    /// The same public key stands twice.
    #[error("policy line {line}: the public key of {name} stands on an earlier line; give each key once")]
    DuplicateKey {
        /// The line, from 1.
        line: usize,
        /// The key's name.
        name: String,
    },
    /// A name is defined twice, or is `none`.
    #[error("policy line {line}: the name {name} is taken; give another")]
    DuplicateName {
        /// The line, from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// A name is not defined on an earlier line.
    #[error("policy line {line}: {name} is no witness or group of an earlier line")]
    Undefined {
        /// The line, from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// A name is a member twice.
    #[error("policy line {line}: {name} is a member of a group already; a name counts once")]
    MemberTwice {
        /// The line, from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// A group's threshold is out of its range.
    #[error("policy line {line}: threshold {given}; give all, any or a number from 1 to {members}")]
    Threshold {
        /// The line, from 1.
        line: usize,
        /// What was given, shortened.
        given: String,
        /// Members of the group.
        members: usize,
    },
    /// There are two quorum lines.
    #[error("policy line {line}: the quorum is given already; give one quorum line")]
    QuorumTwice {
        /// The line, from 1.
        line: usize,
    },
    /// There is no quorum line.
    #[error("policy without a quorum; add a line such as \"quorum none\"")]
    NoQuorum,
    /// There is more than is read.
    #[error("policy with more than {LINES_MAX} logs, witnesses or groups")]
    TooLarge,
    /// The checkpoint is not one of the policy's logs, or is broken.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A log or witness of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Party {
    /// Its key.
    pub key: VerifierKey,
    /// Where to reach it, where that is said.
    pub url: Option<String>,
}

/// Whose checkpoints are believed.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The logs: any one of them must have signed.
    pub logs: Vec<Party>,
    /// The witnesses.
    pub witnesses: Vec<Party>,
    quorum: Quorum,
    log_keys: Vec<VerifierKey>,
    witness_keys: Vec<VerifierKey>,
}

/// What must have witnessed: one witness by its place, or k of some members.
#[derive(Clone, Debug, PartialEq)]
enum Quorum {
    Witness(usize),
    Group { threshold: usize, members: Vec<Quorum> },
}

/// A witness's cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The witness's place in [`Policy::witnesses`].
    pub witness: usize,
    /// The name of its key.
    pub name: String,
    /// When it cosigned, s since 1970.
    pub time_unix_s: u64,
}

/// What a policy says of a checkpoint that one of its logs signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// What the checkpoint states.
    pub checkpoint: Checkpoint,
    /// The note it came as.
    pub note: Note,
    /// The policy's witnesses that cosigned it.
    pub seen: Vec<Seen>,
    /// Whether they make the quorum.
    pub quorum: bool,
    /// Signatures by keys that the policy does not name: name and key id. They say nothing.
    pub strangers: Vec<(String, String)>,
}

impl Policy {
    /// Reads a policy's text. Its names are octets that mean nothing outside of it.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        let mut reader = Reader::default();
        for (line, text) in bytes.split(|&octet| octet == b'\n').enumerate() {
            reader.read(line + 1, text)?;
        }
        let quorum = reader.quorum.ok_or(PolicyError::NoQuorum)?;
        let keys = |parties: &[Party]| parties.iter().map(|party| party.key.clone()).collect();
        let (log_keys, witness_keys) = (keys(&reader.logs), keys(&reader.witnesses));
        Ok(Self { logs: reader.logs, witnesses: reader.witnesses, quorum, log_keys, witness_keys })
    }

    /// The keys of the logs.
    pub fn log_keys(&self) -> &[VerifierKey] {
        &self.log_keys
    }

    /// The keys of the witnesses.
    pub fn witness_keys(&self) -> &[VerifierKey] {
        &self.witness_keys
    }

    /// Whether these witnesses, by their places, make the quorum.
    pub fn is_quorum(&self, witnesses: &[usize]) -> bool {
        is_met(&self.quorum, witnesses)
    }

    /// Checks a signed checkpoint: the log's signature, and every cosignature by a witness of the policy. A cosignature
    /// of time 0 states no time (tlog-cosignature) and does not count.
    pub fn check(&self, checkpoint: &[u8]) -> Result<Witnessed, PolicyError> {
        let opened = open(checkpoint, self.log_keys(), self.witness_keys())?;
        let seen = |&(place, time): &(usize, Option<u64>)| {
            let (witness, time_unix_s) =
                (place.checked_sub(self.logs.len())?, time.filter(|&time| time > 0)?);
            Some(Seen { witness, name: self.witness_keys[witness].name().to_owned(), time_unix_s })
        };
        let seen = opened.signers.known.iter().filter_map(seen).collect::<Vec<_>>();
        let quorum = self.is_quorum(&seen.iter().map(|seen| seen.witness).collect::<Vec<_>>());
        let strangers = opened.signers.strangers;
        Ok(Witnessed { checkpoint: opened.checkpoint, note: opened.note, seen, quorum, strangers })
    }
}

fn is_met(quorum: &Quorum, witnesses: &[usize]) -> bool {
    match quorum {
        Quorum::Witness(place) => witnesses.contains(place),
        Quorum::Group { threshold, members } => {
            members.iter().filter(|member| is_met(member, witnesses)).count() >= *threshold
        }
    }
}

/// What the lines so far say.
#[derive(Default)]
struct Reader<'a> {
    logs: Vec<Party>,
    witnesses: Vec<Party>,
    /// Witnesses and groups by name; `None` once the name is a group's member.
    names: BTreeMap<&'a [u8], Option<Quorum>>,
    quorum: Option<Quorum>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, line: usize, text: &'a [u8]) -> Result<(), PolicyError> {
        if let Some(&octet) = text.iter().find(|&&octet| (octet < b' ' && octet != b'\t') || octet == 0x7f) {
            return Err(PolicyError::Octet { line, octet });
        }
        let items = text.split(|octet| b" \t".contains(octet)).filter(|item| !item.is_empty());
        let items = items.collect::<Vec<_>>();
        match items[..] {
            [] => Ok(()),
            [comment, ..] if comment.starts_with(b"#") => Ok(()),
            [b"log", vkey] => self.log(line, vkey, None),
            [b"log", vkey, url] => self.log(line, vkey, Some(url)),
            [b"witness", name, vkey] => self.witness(line, name, vkey, None),
            [b"witness", name, vkey, url] => self.witness(line, name, vkey, Some(url)),
            [b"group", name, threshold, ref members @ ..] if !members.is_empty() => {
                self.group(line, name, threshold, members)
            }
            [b"quorum", name] => self.set_quorum(line, name),
            _ => Err(PolicyError::Line { line, given: lossy(text) }),
        }
    }

    fn log(&mut self, line: usize, vkey: &[u8], url: Option<&[u8]>) -> Result<(), PolicyError> {
        let party = party(line, vkey, url, &self.logs)?;
        if party.key.algorithm() == Algorithm::CosignatureEd25519 {
            return Err(PolicyError::NoLogKey { line, name: party.key.name().to_owned() });
        }
        self.logs.push(party);
        Ok(())
    }

    fn witness(
        &mut self,
        line: usize,
        name: &'a [u8],
        vkey: &[u8],
        url: Option<&[u8]>,
    ) -> Result<(), PolicyError> {
        let party = party(line, vkey, url, &self.witnesses)?;
        if party.key.algorithm() == Algorithm::Ed25519 {
            return Err(PolicyError::NoCosigner { line, name: party.key.name().to_owned() });
        }
        self.define(line, name, Quorum::Witness(self.witnesses.len()))?;
        self.witnesses.push(party);
        Ok(())
    }

    fn group(
        &mut self,
        line: usize,
        name: &'a [u8],
        threshold: &[u8],
        names: &[&'a [u8]],
    ) -> Result<(), PolicyError> {
        let members = names.iter().map(|name| self.take(line, name)).collect::<Result<Vec<_>, _>>()?;
        let range = 1..=members.len();
        let k = match threshold {
            b"any" => Some(1),
            b"all" => Some(members.len()),
            number => decimal(number).filter(|k| range.contains(k)),
        };
        let out_of_range = PolicyError::Threshold { line, given: lossy(threshold), members: members.len() };
        self.define(line, name, Quorum::Group { threshold: k.ok_or(out_of_range)?, members })
    }

    fn set_quorum(&mut self, line: usize, name: &[u8]) -> Result<(), PolicyError> {
        if self.quorum.is_some() {
            return Err(PolicyError::QuorumTwice { line });
        }
        self.quorum = Some(match name {
            b"none" => Quorum::Group { threshold: 0, members: Vec::new() },
            name => match self.names.get(name) {
                Some(Some(quorum)) => quorum.clone(),
                Some(None) => return Err(PolicyError::MemberTwice { line, name: lossy(name) }),
                None => return Err(PolicyError::Undefined { line, name: lossy(name) }),
            },
        });
        Ok(())
    }

    fn define(&mut self, line: usize, name: &'a [u8], quorum: Quorum) -> Result<(), PolicyError> {
        if name == b"none" || self.names.contains_key(name) {
            return Err(PolicyError::DuplicateName { line, name: lossy(name) });
        }
        if self.names.len() == 2 * LINES_MAX {
            return Err(PolicyError::TooLarge);
        }
        self.names.insert(name, Some(quorum));
        Ok(())
    }

    /// A name as a group's member: each may be one once, so that a witness counts in one way.
    fn take(&mut self, line: usize, name: &[u8]) -> Result<Quorum, PolicyError> {
        let known = self.names.get_mut(name);
        let known = known.ok_or_else(|| PolicyError::Undefined { line, name: lossy(name) })?;
        known.take().ok_or_else(|| PolicyError::MemberTwice { line, name: lossy(name) })
    }
}

fn party(line: usize, vkey: &[u8], url: Option<&[u8]>, others: &[Party]) -> Result<Party, PolicyError> {
    let key = std::str::from_utf8(vkey).map_err(|_| NoteError::KeyText { given: lossy(vkey) });
    let key = key.and_then(VerifierKey::parse).map_err(|error| PolicyError::Key { line, error })?;
    if others.len() == LINES_MAX {
        return Err(PolicyError::TooLarge);
    }
    if others.iter().any(|other| other.key.public_key() == key.public_key()) {
        return Err(PolicyError::DuplicateKey { line, name: key.name().to_owned() });
    }
    Ok(Party { key, url: url.map(|url| String::from_utf8_lossy(url).into_owned()) })
}

/// A threshold in decimal digits.
fn decimal(text: &[u8]) -> Option<usize> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

fn lossy(text: &[u8]) -> String {
    shown(&String::from_utf8_lossy(text))
}
