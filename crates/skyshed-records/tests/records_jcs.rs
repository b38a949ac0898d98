//! Holds the canonical form of JSON against the RFC's own examples and two programs not written here: the crate
//! `serde_json_canonicalizer` and the Python package `rfc8785`.
//!
//! The latter needs `SKYSHED_PYTHON`: a Python with the packages of `tests/python/requirements.txt`. Without it the test says what it
//! skipped; under `SKYSHED_REQUIRE_ORACLES=1` that is a failure.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may do what the crate may not: it runs the reference software"
)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use skyshed_records::jcs::{DEPTH_MAX, JcsError, canonical};

/// RFC 8785, 3.2.3: keys are sorted by UTF-16 code units, so that U+1F600 (a surrogate pair) comes before U+FB33.
#[test]
fn keys_sort_as_in_rfc_8785_3_2_3() {
    let given = r#"{
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let expected = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ];
    let text = canonical_text(given);
    let places: Vec<_> = expected.iter().map(|value| text.find(value).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
}

/// RFC 8785, 3.2.2 and 3.2.4: the example's text and literals, byte for byte. Its numbers, which are fractions, are refused here.
#[test]
fn texts_and_literals_as_in_rfc_8785_3_2_2() {
    let given = r#"{
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected = "{\"literals\":[null,true,false],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
    assert_eq!(canonical_text(given), expected);
    for number in ["333333333.33333329", "1E30", "4.50", "2e-3", "0.000000000000000000000000001"] {
        assert!(canonical(&serde_json::from_str(number).unwrap()).is_err(), "{number}");
    }
}

#[test]
fn whole_numbers_up_to_what_every_reader_holds() {
    for good in ["0", "-1", "9007199254740991", "-9007199254740991"] {
        assert_eq!(canonical_text(good), good);
    }
    for bad in ["9007199254740992", "-9007199254740992", "18446744073709551615", "1e2", "1.0", "-0", "-0.0"] {
        let found = canonical(&serde_json::from_str(bad).unwrap());
        assert!(matches!(found, Err(JcsError::Number(_))), "{bad}: {found:?}");
    }
}

#[test]
fn depth_has_a_limit() {
    let nested = |depth| {
        (0..depth).fold(json!(1), |value, at| if at % 2 == 0 { json!([value]) } else { json!({"a": value}) })
    };
    assert!(canonical(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(canonical(&nested(DEPTH_MAX + 1)), Err(JcsError::Depth));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn as_serde_json_canonicalizer_has_it(value in value()) {
        let theirs = serde_json_canonicalizer::to_vec(&value).unwrap();
        prop_assert_eq!(String::from_utf8(canonical(&value).unwrap()), String::from_utf8(theirs));
    }

    #[test]
    fn reading_it_back_gives_the_value_and_the_same_bytes(value in value()) {
        let bytes = canonical(&value).unwrap();
        let again: Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(canonical(&again).unwrap(), bytes);
    }
}

#[test]
fn as_the_python_package_rfc8785_has_it() {
    let Some(python) = python() else { return };
    let mut runner = TestRunner::deterministic();
    let values: Vec<Value> = (0..1_000).map(|_| value().new_tree(&mut runner).unwrap().current()).collect();
    let lines: String = values.iter().map(|value| value.to_string() + "\n").collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/jcs.py");
    let mut command = Command::new(&python);
    command.args(["-X", "utf8", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("SKYSHED_PYTHON={python}: {error}"));
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let theirs: Vec<_> = output.stdout.split(|&byte| byte == b'\n').collect();
    assert_eq!(theirs.len(), values.len() + 1);
    for (value, theirs) in values.iter().zip(theirs) {
        assert_eq!(String::from_utf8(canonical(value).unwrap()).unwrap(), String::from_utf8_lossy(theirs));
    }
}

fn python() -> Option<String> {
    let python = std::env::var("SKYSHED_PYTHON").ok();
    if python.is_none() {
        let required = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
        let message = "comparison with rfc8785 not made: SKYSHED_PYTHON is not set; make a virtual environment with `pip \
                       install -r crates/skyshed-records/tests/python/requirements.txt` and set SKYSHED_PYTHON to its python";
        assert!(!required, "{message}");
        println!("SKIPPED: {message}");
    }
    python
}

fn canonical_text(json: &str) -> String {
    String::from_utf8(canonical(&serde_json::from_str(json).unwrap()).unwrap()).unwrap()
}

/// JSON values with whole numbers and with characters from everywhere: controls, quotes, both sides of the surrogates.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        ".{0,8}",
        "[\u{0}-\u{20}\"\\\\/\u{7f}-\u{a0}]{0,6}",
        "[\u{d7f0}-\u{d7ff}\u{e000}-\u{e010}\u{fff0}-\u{10010}\u{10fff0}-\u{10ffff}]{0,4}",
    ];
    let number = prop_oneof![-1_000i64..1_000, -9_007_199_254_740_991i64..=9_007_199_254_740_991];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number.prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(text.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
