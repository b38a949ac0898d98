//! Any text as a bearer token and as an issuer's key set. Nobody can sign: whatever is believed is forged.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// Alone: the rest of the server would be minutes of building for one reader.
#[path = "../../crates/skyshed-server/src/identity.rs"]
#[allow(dead_code, reason = "the server uses all of it")]
mod identity;

use identity::{Issuer, bearer};

/// The key of RFC 7515, appendix A.2, and a P-256 one of appendix A.3.
const KEYS: &str = r#"{"keys":[{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    Issuer::new("https://id.example", "skyshed", Box::new(|| Ok(KEYS.to_owned()))).expect("two keys")
});

fuzz_target!(|text: &str| {
    let token = bearer(text).unwrap_or(text);
    match ISSUER.identify_at_once(token, 1_800_000_000) {
        Some(Err(error)) => assert!(!error.to_string().is_empty()),
        // The keys are fetched again each hour.
        None => {}
        Some(Ok(identity)) => panic!("{identity:?}"),
    }
    let given = text.to_owned();
    if let Err(error) = Issuer::new("i", "a", Box::new(move || Ok(given.clone()))) {
        assert!(!error.is_empty());
    }
});
