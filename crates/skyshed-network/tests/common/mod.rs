//! What the tests of this crate share: the outside program, and cases out of a seed.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The answers of `tests/python/oracle.py PART` to these cases, or `None` after saying what is skipped.
///
/// Needs `SKYSHED_PYTHON`: a Python with the packages of `tests/python/requirements.txt`. Without it the comparison is
/// skipped; under `SKYSHED_REQUIRE_ORACLES=1` that is a failure.
pub fn oracle(part: &str, cases: &[Value]) -> Option<Vec<Value>> {
    let Ok(python) = std::env::var("SKYSHED_PYTHON") else {
        let required = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
        let message = format!(
            "comparison `{part}` not made: SKYSHED_PYTHON is not set; make a virtual environment with \
             `pip install -r crates/skyshed-network/tests/python/requirements.txt` and set SKYSHED_PYTHON to its python"
        );
        assert!(!required, "{message}");
        println!("SKIPPED: {message}");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/oracle.py");
    let mut child = Command::new(&python)
        .args([script, part])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("SKYSHED_PYTHON={python} does not run: {error}"));
    // The script reads all of it before it writes anything.
    let mut given = child.stdin.take().expect("piped");
    given.write_all(json!({ "cases": cases }).to_string().as_bytes()).expect("the oracle reads its cases");
    drop(given);
    let output = child.wait_with_output().expect("the oracle ends");
    assert!(output.status.success(), "oracle.py {part} failed, see above");
    let mut answer: Value = serde_json::from_slice(&output.stdout).expect("the oracle answers in JSON");
    let Value::Array(answers) = answer["cases"].take() else { panic!("oracle.py {part} gave no cases") };
    assert_eq!(answers.len(), cases.len());
    Some(answers)
}

/// Numbers out of a seed (xorshift64*), the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From 0 to below `below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % below
    }
}
