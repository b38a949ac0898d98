//! The service that is measured: one that is started here and stopped at the end, or one that runs already.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::client;

/// A service.
pub struct Target {
    pub address: SocketAddr,
    started: Option<Child>,
    begin: Instant,
}

/// Its metrics at one moment.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Since the beginning.
    pub seconds: f64,
    pub metrics: BTreeMap<String, f64>,
}

impl Sample {
    /// A metric by its name and labels; 0 where it has none yet.
    pub fn metric(&self, name: &str) -> f64 {
        self.metrics.get(name).copied().unwrap_or(0.0)
    }
}

impl Target {
    /// The service at `address`, or a new one with these flags on any free port.
    pub async fn start(address: Option<&str>, skyshed: &str, flags: &[String]) -> Result<Target, String> {
        let begin = Instant::now();
        if let Some(address) = address {
            let address = address.parse().map_err(|_| format!("{address} is no address and port"))?;
            return Ok(Target { address, started: None, begin });
        }
        let mut child = Command::new(skyshed)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!("cannot start {skyshed}: {error}; build it with `cargo build --release`")
            })?;
        let said = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut target =
            Target { address: "127.0.0.1:0".parse().expect("an address"), started: Some(child), begin };
        for line in said.lines().map_while(Result::ok) {
            let address = line.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
            if let Some((address, _)) = address {
                target.address = address.parse().map_err(|_| format!("{line:?} names no address"))?;
                return Ok(target);
            }
        }
        Err(format!("{skyshed} serve ended before it said where it is"))
    }

    /// Its metrics now.
    pub async fn sample(&self) -> Result<Sample, String> {
        let text = client::text(self.address, "/metrics").await?;
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let metrics = samples
            .filter_map(|line| {
                let (name, value) = line.rsplit_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            })
            .collect();
        Ok(Sample { seconds: self.begin.elapsed().as_secs_f64(), metrics })
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(child) = &mut self.started {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
