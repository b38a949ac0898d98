//! Signed notes (C2SP signed-note): a text and lines of signatures.

use std::fmt;

use base64ct::{Base64, Encoding};

use crate::key::{VerifierKey, check_name, hex, shown};

/// Longest note that is read, bytes: 64 ML-DSA-44 cosignatures and a text.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;
/// Most signatures a note may carry; C2SP signed-note asks for at least 16.
pub const SIGNATURES_MAX: usize = 64;

/// What is wrong with a key or a note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A key's name is empty or holds a space, a plus or a control character.
    #[error("key name \"{given}\": give a name without spaces and plus, such as example.com/log")]
    KeyName {
        /// The name, shortened.
        given: String,
    },
    /// A text is not a verifier key.
    #[error("\"{given}\" is not a verifier key: give <name>+<8 hex digits>+<base64>")]
    KeyText {
        /// The text, shortened.
        given: String,
    },
    /// A key's type is not one that is known here.
    #[error(
        "key type 0x{byte:02x}: known are 0x01 (Ed25519), 0x04 (cosignature), 0x06 (ML-DSA-44 cosignature)"
    )]
    KeyType {
        /// The signature type byte.
        byte: u8,
    },
    /// A key's id does not follow from its name and public key.
    #[error("key of {name}: its id does not fit its name and public key; copy the key again, as a whole")]
    KeyId {
        /// The key's name.
        name: String,
    },
    /// A public key is not one.
    #[error("key of {name}: its bytes are no public key of its type")]
    PublicKey {
        /// The key's name.
        name: String,
    },
    /// A text is not a secret key. The text is not repeated.
    #[error("not a secret key: give PRIVATE+KEY+<name>+<8 hex digits>+<base64>")]
    SecretKey,
    /// Only a checkpoint can be cosigned, at a time below 2^63.
    #[error("{name} cannot cosign this: give a checkpoint's text and a time below 2^63 s")]
    NotCosignable {
        /// The cosigner.
        name: String,
    },
    /// A note is larger than is read.
    #[error("note of {given} bytes: at most {NOTE_BYTES_MAX} are read")]
    TooLong {
        /// Bytes given.
        given: usize,
    },
    /// A note carries more signatures than are read.
    #[error("note with more than {SIGNATURES_MAX} signatures")]
    TooManySignatures,
    /// The bytes do not have a note's form.
    #[error("not a signed note: {why}")]
    Form {
        /// Which rule is broken.
        why: &'static str,
    },
    /// A signature line does not have its form.
    #[error("signature line \"{given}\": give \"— <name> <base64>\"")]
    Line {
        /// The line, shortened.
        given: String,
    },
    /// A known key's signature does not fit the text.
    #[error("the signature of {name} does not fit the text: text or signature was changed")]
    BadSignature {
        /// The key's name.
        name: String,
    },
    /// No signature of a key that is asked for.
    #[error("no signature by {wanted}")]
    Unsigned {
        /// The names asked for, with commas.
        wanted: String,
    },
}

/// A signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub id: [u8; 4],
    /// What follows the id: for a cosignature its time first.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// Reads one line, without its newline.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let malformed = || NoteError::Line { given: shown(line) };
        let (name, data) =
            line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or_else(malformed)?;
        check_name(name).map_err(|_| malformed())?;
        let data = Base64::decode_vec(data).map_err(|_| malformed())?;
        match data.split_first_chunk() {
            Some((id, bytes)) if !bytes.is_empty() => {
                Ok(Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
            }
            _ => Err(malformed()),
        }
    }

    /// Reads lines that each end in a newline.
    pub fn parse_lines(lines: &str) -> Result<Vec<Self>, NoteError> {
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteError::Form { why: "its last line ends without a newline" })?;
        if lines.split('\n').nth(SIGNATURES_MAX).is_some() {
            return Err(NoteError::TooManySignatures);
        }
        lines.split('\n').map(Self::parse).collect()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = Base64::encode_string(&[&self.id[..], &self.bytes].concat());
        write!(out, "— {} {data}", self.name)
    }
}

/// A text with its signatures; not verified by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The signed text, with its last newline.
    pub text: String,
    /// The signature lines, in order.
    pub signatures: Vec<Signature>,
}

/// Who signed a note, of the keys asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signers {
    /// Each key that signed: its place in the keys given, and the time of its cosignature, s since 1970.
    pub known: Vec<(usize, Option<u64>)>,
    /// Signatures by other keys: name and id in hexadecimal. They say nothing.
    pub strangers: Vec<(String, String)>,
}

impl Note {
    /// Reads a note. Written again it is the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let (text, signatures) = split(bytes)?;
        Ok(Self { text: text.to_owned(), signatures: Signature::parse_lines(signatures)? })
    }

    /// The text and those of its signatures that the keys did make, whatever the other lines are; none, if they made none. For
    /// evidence: what a key signed, it signed, also where somebody spoiled a line beside it.
    pub(crate) fn parse_signed_by(bytes: &[u8], keys: &[VerifierKey]) -> Option<Self> {
        let (text, lines) = split(bytes).ok()?;
        let made = |signature: &Signature| {
            keys.iter().any(|key| key.made(signature) && key.verify(text, &signature.bytes).is_some())
        };
        let mut signatures: Vec<Signature> = Vec::new();
        for signature in lines.split('\n').filter_map(|line| Signature::parse(line).ok()).filter(made) {
            // Of one key one is enough: evidence stays small.
            if signatures.iter().all(|known| (&known.name, known.id) != (&signature.name, signature.id)) {
                signatures.push(signature);
            }
        }
        (!signatures.is_empty()).then(|| Self { text: text.to_owned(), signatures })
    }

    /// Checks every signature that names one of the keys; one that fails spoils the note. At least one must be there.
    pub fn verify<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a VerifierKey> + Clone,
    ) -> Result<Signers, NoteError> {
        let mut signers = Signers::default();
        for signature in &self.signatures {
            let mut made =
                keys.clone().into_iter().enumerate().filter(|(_, key)| key.made(signature)).peekable();
            if made.peek().is_none() {
                signers.strangers.push((signature.name.clone(), hex(&signature.id)));
            }
            for (place, key) in made {
                let time = key.verify(&self.text, &signature.bytes);
                let time = time.ok_or_else(|| NoteError::BadSignature { name: signature.name.clone() })?;
                if signers.known.iter().all(|(known, _)| *known != place) {
                    signers.known.push((place, time));
                }
            }
        }
        if signers.known.is_empty() {
            let names = keys.into_iter().map(VerifierKey::name).collect::<Vec<_>>();
            return Err(NoteError::Unsigned { wanted: names.join(", ") });
        }
        Ok(signers)
    }
}

/// A note's text and its signature lines.
fn split(bytes: &[u8]) -> Result<(&str, &str), NoteError> {
    if bytes.len() > NOTE_BYTES_MAX {
        return Err(NoteError::TooLong { given: bytes.len() });
    }
    let form = |why| NoteError::Form { why };
    let note = std::str::from_utf8(bytes).map_err(|_| form("it is not UTF-8"))?;
    if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(form("it holds a control character"));
    }
    let end = note.rfind("\n\n").ok_or(form("no empty line stands before its signatures"))?;
    Ok((&note[..=end], &note[end + 2..]))
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(out, "{signature}"))
    }
}
