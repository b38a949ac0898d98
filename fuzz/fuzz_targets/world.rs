//! Any bytes: a compiled world is read or refused, never a panic, never memory without bound. The payload is also tried
//! without its packing, which a fuzzer seldom gets right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_ground::world::{decode, packed};

fuzz_target!(|bytes: &[u8]| {
    let _ = decode(bytes);
    let _ = decode(&packed(bytes));
});
