//! `skyshed serve --write`: what it takes to write the log that is obeyed, found before the service starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};

use anyhow::{Context, Result, bail};
use skyshed::Ground;
use skyshed::control::Registry;
use skyshed::control::registry::REGISTRY_BYTES_MAX;
use skyshed::log::seconds;
use skyshed_log::means::{self, Found, MeansError, SharedClock, Wanted};
use skyshed_log::{IfHeld, side};
use skyshed_server::Server;
use skyshed_server::enforcer::Enforcer;
use skyshed_server::identity::{Issuer, fetch_from};
use skyshed_server::service::Service;

use crate::log::place::clock;
use crate::{eprintln_safe, files};

/// How to write.
#[derive(Clone, Debug, Default)]
pub struct WritingArgs {
    /// The log's own keys; none for those beside its folder.
    pub log_key: Option<PathBuf>,
    /// Witnesses to ask beside those of the policy.
    pub witnesses: Vec<String>,
    /// Where several servers take turns.
    pub store: Option<String>,
    /// Whether the service's time is given, and not the machine's.
    pub time_is_given: bool,
    /// Where the service listens.
    pub listen: Option<SocketAddr>,
}

/// A log that can be written to.
pub struct Writing {
    folder: PathBuf,
    found: Found,
    clock: SharedClock,
    service: Arc<OnceLock<Weak<Service>>>,
}

impl Writing {
    /// Finds keys, witnesses and turn of the log that `enforcer` obeys.
    pub fn find(enforcer: Option<&Enforcer>, args: &WritingArgs) -> Result<Writing> {
        let Some(enforcer) = enforcer else {
            bail!(
                "--write and --policy are given; a what-if study has no log: give --log DIR instead of --policy, or leave --write away"
            )
        };
        let folder = enforcer.files().root().to_owned();
        let policy =
            files::read_text(&folder.join(side::POLICY), "the log's witness policy", POLICY_BYTES_MAX)?;
        let (clock, service) = late_clock();
        let wanted = Wanted {
            log_key: args.log_key.clone(),
            witnesses: args.witnesses.clone(),
            store: args.store.clone(),
            if_held: IfHeld::Refuse,
            clock: clock.clone(),
            time_is_given: args.time_is_given,
        };
        let found = match means::find(&folder, policy, &wanted) {
            Err(MeansError::TimeIsGiven(_)) => bail!(
                "--write and --at are given; a time is for demonstration logs, whose witnesses are simulated; this log's time is what \
                 its witnesses say: leave --at away"
            ),
            found => found.with_context(|| format!("--write to {}", folder.display()))?,
        };
        if let Some(listen) = args.listen.filter(|listen| found.simulated && !listen.ip().is_loopback()) {
            bail!(
                "--write to {}, a demonstration log, whose keys everybody has: whoever reaches {listen} could decide anything; listen \
                 on a loopback address, such as --listen 127.0.0.1:8080, leave --write away, or make a log of your own (skyshed log init)",
                folder.display()
            );
        }
        Ok(Writing { folder, found, clock, service })
    }

    /// Begins to take records in.
    pub fn begin(self, server: &Server) -> Result<()> {
        let _ = self.service.set(Arc::downgrade(&server.shared()));
        let simulated = self.found.simulated;
        server.write_to(&self.folder, self.found, self.clock)?;
        let keys = if simulated { "; its keys are public: for demonstrations only" } else { "" };
        eprintln_safe(&format!("taking signed records in for the log in {}{keys}", self.folder.display()));
        Ok(())
    }
}

/// The service's clock, once there is one; the machine's until then.
fn late_clock() -> (SharedClock, Arc<OnceLock<Weak<Service>>>) {
    let service: Arc<OnceLock<Weak<Service>>> = Arc::default();
    let late = service.clone();
    let now = move || match late.get().and_then(Weak::upgrade) {
        Some(service) => seconds(service.clock.now()),
        None => clock().unwrap_or(skyshed_records::record::Time(0)),
    };
    (Arc::new(now), service)
}

/// Reads a registry of service lines.
pub fn registry(path: &std::path::Path, ground: &Ground) -> Result<Registry> {
    let text = files::read_text(path, "a registry of service lines in TOML", REGISTRY_BYTES_MAX as u64)?;
    Registry::parse(&text, ground).with_context(|| path.display().to_string())
}

/// An identity provider whose tokens are believed: for rates and messages only.
pub fn issuer(issuer: &str, audience: &str, keys: &str) -> Result<Issuer> {
    let issuer = fetch_from(keys).and_then(|fetch| Issuer::new(issuer, audience, fetch));
    issuer.map_err(|error| anyhow::anyhow!("keys of the identity provider: {error}"))
}

const POLICY_BYTES_MAX: u64 = 1 << 20;
