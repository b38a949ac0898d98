//! A log on a web server: any that serves plain files.
//!
//! Trusted: no. What it answers is checked like a folder's; it can refuse, or serve an old log, which shows as staleness.

use std::time::Duration;

use skyshed_tlog::{FileError, ReadFiles};

use crate::disk::check_path;

/// Reads the files of a log below an address.
#[derive(Debug)]
pub struct HttpFiles {
    base: String,
    agent: ureq::Agent,
}

impl HttpFiles {
    /// Files below `base`, such as `https://log.example/`.
    pub fn new(base: &str) -> HttpFiles {
        HttpFiles { base: base.trim_end_matches('/').to_owned(), agent: agent(CALL_TIMEOUT) }
    }
}

impl ReadFiles for HttpFiles {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        check_path(path)?;
        let failed = |reason: String| FileError { path: format!("{}/{path}", self.base), reason };
        let mut answer = self.agent.get(format!("{}/{path}", self.base)).call();
        let answer = answer.as_mut().map_err(|error| failed(format!("no answer: {error}")))?;
        match answer.status().as_u16() {
            200 => {
                let body = answer.body_mut().with_config().limit(FILE_BYTES_MAX).read_to_vec();
                body.map(Some).map_err(|error| failed(format!("broke off: {error}")))
            }
            404 | 410 => Ok(None),
            status => Err(failed(format!("answered with status {status}; expected: 200 or 404"))),
        }
    }
}

/// A client that takes every status as an answer and follows no redirect: a log is where one was told it is.
pub(crate) fn agent(timeout: Duration) -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("skyshed/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// The largest file of a log is an entry bundle: 256 entries of 65,535 bytes and their lengths (tlog-tiles).
const FILE_BYTES_MAX: u64 = 256 * (65_535 + 2);
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
