//! Any bytes as a bundle of entries; one that is read is written back as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_tlog::tile::{Tile, entries, push_entry};

fuzz_target!(|bytes: &[u8]| {
    if let Some(tile) = std::str::from_utf8(bytes).ok().and_then(Tile::parse) {
        assert_eq!(tile.path().as_bytes(), bytes);
    }
    let Some(found) = entries(bytes) else { return };
    let mut written = Vec::new();
    for entry in found {
        push_entry(&mut written, entry).unwrap();
    }
    assert_eq!(written, bytes);
});
