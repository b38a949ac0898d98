//! Any bytes as a leaf of the log; one that is accepted is written back the same, byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_records::leaf;

fuzz_target!(|bytes: &[u8]| {
    let Ok(leaf) = leaf::parse(bytes) else { return };
    assert_eq!(leaf::write(&leaf.body, &leaf.sigs).expect("it was read"), bytes);
    assert_eq!(leaf::parse_body(leaf.type_name(), &leaf.body_bytes).expect("it was read"), leaf.body);
    assert!(leaf::read_body(leaf.type_name(), &leaf.body_bytes).is_ok());
});
