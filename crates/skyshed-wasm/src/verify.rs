//! The verifier of the log, for a page: what `skyshed-verify` does, on bytes that JavaScript hands in.
//!
//! Bytes are given by name with [`skyshed_verify_give`]: `policy`, `proof`, `record`, `seen`, `one`, `other`, `at`, `territory`, and the
//! files of a log as `log/` and their path, such as `log/checkpoint`. `proof-name` is how to call the proof in messages. Then one of the four
//! questions is asked; the answer is `skyshed-verify`'s exit code, and the output is JSON, `{"answer": ..., "text": ...}`, where the code
//! is 0, and a message otherwise.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::json;
use skyshed_records::record::Time;
use skyshed_tlog::read::CHECKPOINT;
use skyshed_tlog::{FileError, Policy, ReadFiles};
use skyshed_verify::{Answer, Failure, Named, POLICY};

use crate::exchange::{answer, lock, take_input};

/// Most bytes given together.
pub const GIVEN_BYTES_MAX: usize = 512 << 20;
/// Most files given together: a log of 10 million records has 80,000 tiles and bundles.
pub const GIVEN_FILES_MAX: usize = 200_000;

/// Where the files of the log stand among what is given.
const LOG: &str = "log/";
/// Given where the files are those that somebody fetched, and others may be there.
const PARTIAL: &str = "partial";

static GIVEN: Mutex<Given> = Mutex::new(Given { files: BTreeMap::new(), bytes: 0 });

struct Given {
    files: BTreeMap<String, Vec<u8>>,
    bytes: usize,
}

/// Forgets everything given.
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_verify_clear() {
    *lock(&GIVEN) = Given { files: BTreeMap::new(), bytes: 0 };
}

/// Takes the input: a name of `name_length` bytes, and what is called so. 0, or 2 with a message.
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_verify_give(name_length: usize) -> u32 {
    let mut input = take_input();
    let given = &mut *lock(&GIVEN);
    let name = input.get(..name_length).map(<[u8]>::to_vec).and_then(|name| String::from_utf8(name).ok());
    let Some(name) = name else {
        return told(Err(Failure { code: 2, message: format!("no name of {name_length} bytes in UTF-8") }));
    };
    let bytes = input.split_off(name_length);
    if given.bytes + bytes.len() > GIVEN_BYTES_MAX || given.files.len() >= GIVEN_FILES_MAX {
        let message = format!(
            "{name}: more than {GIVEN_BYTES_MAX} bytes or {GIVEN_FILES_MAX} files; verify a log of this size with `skyshed-verify`"
        );
        return told(Err(Failure { code: 2, message }));
    }
    given.bytes += bytes.len();
    if let Some(before) = given.files.insert(name, bytes) {
        given.bytes -= before.len();
    }
    0
}

/// One decision, from `proof` by `policy`; see [`skyshed_verify::decision`].
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_verify_decision(number: u64, strangers: u32) -> u32 {
    let given = lock(&GIVEN);
    let decide = || {
        let name = given.text("proof-name")?.unwrap_or("the proof");
        let proof = Named { name, ..given.named("proof")? };
        let record = given.files.get("record").map(Vec::as_slice);
        skyshed_verify::decision(number, proof, record, &given.policy()?, strangers != 0)
    };
    told(decide())
}

/// The whole log of which the files are given, by `policy` or its own copy; see [`skyshed_verify::log`].
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_verify_log(strangers: u32) -> u32 {
    let given = lock(&GIVEN);
    let decide = || {
        let seen = given.files.contains_key("seen").then(|| given.named("seen")).transpose()?;
        skyshed_verify::log(given.log()?, &given.policy()?, seen, strangers != 0)
    };
    told(decide())
}

/// What is in force `at` a time, in one `territory` or all; see [`skyshed_verify::state`].
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_verify_state() -> u32 {
    let given = lock(&GIVEN);
    let decide = || {
        let at = given.text("at")?.unwrap_or_default();
        let at = Time::parse(at)
            .ok_or_else(|| failed(2, format!("given at \"{at}\"; a time is YYYY-MM-DDThh:mm:ssZ, in UTC")))?;
        skyshed_verify::state(given.log()?, &given.policy()?, at, given.text("territory")?)
    };
    told(decide())
}

/// Whether the checkpoints `one` and `other` are of two histories; see [`skyshed_verify::equivocation`].
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_verify_equivocation() -> u32 {
    let given = lock(&GIVEN);
    let decide = || {
        let log = given.log().ok();
        skyshed_verify::equivocation(given.named("one")?, given.named("other")?, log, &given.policy()?)
    };
    told(decide())
}

impl Given {
    fn named<'a>(&'a self, name: &'a str) -> Result<Named<'a>, Failure> {
        let bytes = self.files.get(name).ok_or_else(|| failed(2, format!("`{name}` was not given")))?;
        Ok(Named { name, bytes })
    }

    fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        let text =
            |bytes| std::str::from_utf8(bytes).map_err(|_| failed(2, format!("`{name}` is not UTF-8")));
        self.files.get(name).map(Vec::as_slice).map(text).transpose()
    }

    /// The policy given, or the log's own copy.
    fn policy(&self) -> Result<Policy, Failure> {
        let own = format!("{LOG}{POLICY}");
        match self.named("policy") {
            Ok(given) => skyshed_verify::policy(given),
            Err(missing) => match self.files.get(&own) {
                Some(bytes) => skyshed_verify::policy(Named { name: POLICY, bytes }),
                None => Err(missing),
            },
        }
    }

    fn log(&self) -> Result<&Given, Failure> {
        if self.files.contains_key(&format!("{LOG}{CHECKPOINT}")) {
            return Ok(self);
        }
        let has_tree = self.files.keys().any(|path| path.starts_with("log/tile/"));
        Err(match has_tree {
            true => failed(4, "the log has lost its `checkpoint`"),
            false => failed(6, "no log given: its `checkpoint` and `tile/` are missing"),
        })
    }
}

impl ReadFiles for Given {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.files.get(&format!("{LOG}{path}")).cloned())
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<String>>, FileError> {
        if self.files.contains_key(PARTIAL) {
            return Ok(None);
        }
        let start = format!("{LOG}{folder}/");
        let below = self.files.range(start.clone()..).map(|(path, _)| path);
        let below = below.take_while(|path| path.starts_with(&start)).filter(|path| !path.ends_with(".tmp"));
        Ok(Some(below.map(|path| path[LOG.len()..].to_owned()).collect()))
    }
}

fn failed(code: u8, message: impl ToString) -> Failure {
    Failure { code, message: message.to_string() }
}

fn told(outcome: Result<Answer, Failure>) -> u32 {
    match outcome {
        Ok(Answer { text, json }) => {
            answer(json!({"answer": json, "text": text}).to_string());
            0
        }
        Err(Failure { code, message }) => {
            answer(message);
            code.into()
        }
    }
}
