//! Any bytes as a signed note; one that is read is written back as the same bytes, and so is its checkpoint.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_tlog::{Checkpoint, Note, SigningKey, VerifierKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = SigningKey::parse(text);
        if let Ok(key) = VerifierKey::parse(text) {
            assert_eq!(key.to_string(), text);
        }
    }
    let Ok(note) = Note::parse(bytes) else { return };
    assert_eq!(note.to_string().as_bytes(), bytes);
    if let Ok(checkpoint) = Checkpoint::parse(&note.text) {
        assert_eq!(checkpoint.text(), note.text);
    }
});
