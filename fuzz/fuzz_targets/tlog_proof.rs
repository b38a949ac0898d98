//! Any bytes as a proof file; one that is read is written back as the same bytes and proves nothing by itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_tlog::{Policy, Proof};

fuzz_target!(|bytes: &[u8]| {
    let Ok(proof) = Proof::parse(bytes) else { return };
    assert_eq!(proof.text().as_bytes(), bytes);
    let nobody = Policy::parse(b"quorum none\n").unwrap();
    assert!(proof.verify(b"entry", &nobody).is_err());
});
