//! Which decisions are obeyed: those of a log that proves itself, or, for what-if studies, those of a policy.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use skyshed::control::Time;
use skyshed::log::seconds;
use skyshed::{Epoch, Ground};
use skyshed_log::{Disk, IfHeld, Keeper, WriterLock, side};
use skyshed_records::leaf;
use skyshed_server::enforcer::Enforcer;
use skyshed_tlog::ReadFiles;
use skyshed_tlog::policy::Policy as WitnessPolicy;

use crate::args::WorldArgs;
use crate::data::DataDir;
pub use crate::demo::demonstration_log;
use crate::files;

/// The word for the log that Skyshed makes for itself.
pub const DEMONSTRATION: &str = "demonstration";
/// Largest witness policy, bytes.
const WITNESS_POLICY_BYTES_MAX: u64 = 1 << 20;
const WITNESS_POLICY_IS: &str =
    "a witness policy (C2SP tlog-policy): the log's key, the witnesses, their quorum";
/// For how long a log may be silent before it is stale: it is cosigned again every hour, also where nothing is appended.
pub const AGE_MAX_S: u64 = 24 * 3_600;

/// Where decisions come from.
pub enum Source {
    /// A policy: a file, or one of the names that `--policy` knows.
    Policy(String),
    /// A log.
    Log(LogSource),
}

/// A log and how it is believed.
pub struct LogSource {
    folder: PathBuf,
    /// True for the log that Skyshed made for itself.
    demonstration: bool,
}

impl Source {
    /// What the flags say, or the default.
    pub fn of(args: &WorldArgs, data: Option<&DataDir>) -> Result<Source> {
        match (&args.log, &args.policy) {
            (Some(_), Some(_)) => bail!("both --log and --policy are given; give the one to obey"),
            (None, Some(policy)) => Ok(Source::Policy(policy.clone())),
            (Some(log), None) if log.as_os_str() == DEMONSTRATION => demonstration(data),
            (Some(log), None) => Ok(Source::Log(LogSource { folder: log.clone(), demonstration: false })),
            (None, None) => demonstration(data),
        }
    }
}

fn demonstration(data: Option<&DataDir>) -> Result<Source> {
    let data = data.context(
        "no data directory to keep the demonstration log in; set SKYSHED_HOME, or give --log DIR or --policy NAME",
    )?;
    Ok(Source::Log(LogSource { folder: demonstration_log(data.path())?, demonstration: true }))
}

impl LogSource {
    /// Opens the log and gets ready to let it prove itself. With `remember`, what was proven is kept in the data directory, so
    /// that a log that is set back, or forks, while nobody looks is noticed too.
    pub fn enforcer(
        &self,
        args: &WorldArgs,
        ground: &Ground,
        data: Option<&DataDir>,
        remember: Option<Epoch>,
    ) -> Result<Enforcer> {
        let given = format!("--log {}", self.folder.display());
        let files = Disk::read_only(&self.folder).with_context(|| given.clone())?;
        let text = match &args.witness_policy {
            Some(path) => files::read(path, WITNESS_POLICY_IS, WITNESS_POLICY_BYTES_MAX)?,
            None => own_policy(&files).with_context(|| given.clone())?,
        };
        let policy = WitnessPolicy::parse(&text).with_context(|| match &args.witness_policy {
            Some(path) => format!("--witness-policy {}", path.display()),
            None => format!("{given}, its policy.txt"),
        })?;
        // A time that is given says nothing about how fresh a log is, nor does the demonstration's, which never grows.
        let ageless = args.at.is_some() || self.demonstration;
        let age_max_s = if ageless { u64::MAX } else { AGE_MAX_S };
        let (keeper, remark) = keeper(policy, age_max_s, &text, data, remember);
        let mut enforcer = Enforcer::new(files, keeper, ground);
        if args.at.is_some() {
            enforcer = enforcer.at_a_given_time();
        }
        if args.witness_policy.is_none() && !self.demonstration {
            enforcer = enforcer.with_remark(
                "the log's key and witnesses are those its own folder names; give --witness-policy FILE to pin them",
            );
        }
        Ok(remark.into_iter().fold(enforcer, Enforcer::with_remark))
    }
}

/// The policy that lies beside the log itself.
fn own_policy(files: &Disk) -> Result<Vec<u8>> {
    files
        .read(side::POLICY)?
        .context("it has no policy.txt; give the log's key and witnesses with --witness-policy FILE")
}

/// What keeps the last proven state, and what is to be said about that.
fn keeper(
    policy: WitnessPolicy,
    age_max_s: u64,
    text: &[u8],
    data: Option<&DataDir>,
    remember: Option<Epoch>,
) -> (Keeper, Option<String>) {
    let (Some(data), Some(now)) = (data, remember) else { return (Keeper::new(policy, age_max_s), None) };
    let folder = data.path().join("obeyed").join(leaf::body_sha256(text).to_string());
    match open_keeper(policy.clone(), age_max_s, &folder, seconds(now)) {
        Ok(keeper) => (keeper, None),
        Err(error) => {
            let remark = format!("what is proven is not kept across restarts: {error:#}");
            (Keeper::new(policy, age_max_s), Some(remark))
        }
    }
}

fn open_keeper(policy: WitnessPolicy, age_max_s: u64, folder: &Path, now: Time) -> Result<Keeper> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let lock = WriterLock::take(folder, IfHeld::Refuse, now)?;
    // Held until the process ends: two who keep one state would spoil it.
    std::mem::forget(lock);
    Ok(Keeper::open(policy, age_max_s, folder)?)
}
