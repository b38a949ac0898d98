//! Any bytes as a tracker's file, in both forms; each observation that is read can be signed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use skyshed_control::tracker::Form;
use skyshed_ground::Ground;
use skyshed_records::leaf;
use skyshed_records::record::Body;

static GROUND: LazyLock<Ground> = LazyLock::new(Ground::embedded);

// The map is read before the time of fuzzing begins.
fuzz_target!(init: { LazyLock::force(&GROUND); }, |bytes: &[u8]| {
    for form in [Form::Shutdowns, Form::Radar] {
        let read = match form.read(bytes, &GROUND, "probe@university") {
            Ok(read) => read,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        for observation in read.observations {
            assert!(observation.until.is_none_or(|until| until >= observation.from));
            let body = Body::Observe(observation);
            assert!(leaf::body_bytes(&body).is_ok(), "{body:?}");
        }
    }
});
