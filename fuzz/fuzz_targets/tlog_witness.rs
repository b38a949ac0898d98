//! Any bytes as what a log asks of a witness, and as its answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyshed_tlog::witness::Request;
use skyshed_tlog::{Algorithm, SigningKey};

fuzz_target!(|bytes: &[u8]| {
    let key = SigningKey::from_seed("w", Algorithm::CosignatureEd25519, &[1; 32]).unwrap();
    let request = Request { old_size: 1, path: Vec::new(), checkpoint: String::new() };
    let _ = request.answer(409, bytes, &[key.verifier().clone()]);
    let Ok(request) = Request::parse(bytes) else { return };
    assert_eq!(request.body().as_bytes(), bytes);
    let _ = request.answer(200, bytes, &[key.verifier().clone()]);
});
