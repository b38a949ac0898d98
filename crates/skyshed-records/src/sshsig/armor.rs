//! The armour of an SSH signature (PROTOCOL.sshsig, "Armored format") and of a private key: base64 in lines between two marks.

use base64ct::{Base64, Encoding};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// As `ssh-keygen` breaks its lines.
const COLUMNS: usize = 70;
/// Longest text that is looked at, bytes.
pub const ARMOR_BYTES_MAX: usize = 16_384;

/// A signature file, as `ssh-keygen -Y verify -s` reads it.
pub fn armor(signature: &[u8]) -> String {
    wrap(BEGIN, END, signature)
}

/// The signature in the text of a signature file; `None` where it is not one.
pub fn dearmor(text: &str) -> Option<Vec<u8>> {
    unwrap(BEGIN, END, text)
}

pub(crate) fn wrap(begin: &str, end: &str, bytes: &[u8]) -> String {
    let base64 = Base64::encode_string(bytes);
    let lines = base64.as_bytes().chunks(COLUMNS);
    let body: String = lines.map(|line| String::from_utf8_lossy(line) + "\n").collect();
    format!("{begin}\n{body}{end}\n")
}

pub(crate) fn unwrap(begin: &str, end: &str, text: &str) -> Option<Vec<u8>> {
    if text.len() > ARMOR_BYTES_MAX {
        return None;
    }
    let body = text.trim().strip_prefix(begin)?.strip_suffix(end)?;
    let base64: String = body.lines().map(|line| line.trim_end_matches('\r')).collect();
    Base64::decode_vec(&base64).ok().filter(|bytes| !bytes.is_empty())
}
