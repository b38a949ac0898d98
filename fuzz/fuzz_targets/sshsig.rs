//! Any bytes as an SSH signature, with armour and without, and any text as a key; what is accepted is written back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_records::keys::{PrivateKey, PublicKey};
use skyshed_records::sshsig;

/// The key that made the seed.
const PUBLIC: &str = include_str!("../seeds/sshsig/ed25519.pub");

fuzz_target!(|bytes: &[u8]| {
    judge(bytes);
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Some(signature) = sshsig::dearmor(text) {
        assert_eq!(sshsig::dearmor(&sshsig::armor(&signature)).as_ref(), Some(&signature));
        judge(&signature);
    }
    if let Ok(key) = PublicKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = PrivateKey::from_openssh(text) {
        let again = PrivateKey::from_openssh(&key.to_openssh("")).expect("it was written here");
        assert_eq!(again.public(), key.public());
    }
});

/// Only the seed's signature is one of its key over its text; all else would be a forgery.
fn judge(signature: &[u8]) {
    let _ = sshsig::claims(signature);
    if sshsig::verify(PUBLIC.trim_end(), "skyshed.approval@v1", b"seed", signature).is_ok() {
        let key = PrivateKey::from_seed([1; 32]);
        assert_eq!(sshsig::sign(&key, "skyshed.approval@v1", b"seed"), signature);
    }
}
