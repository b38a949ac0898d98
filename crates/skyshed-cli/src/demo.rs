//! The demonstration log: a whole public log of service decisions with invented keys, the same bytes on every machine. It begins with the
//! illustrative policy as decisions of five invented organisations, and goes on with what such a log is for: a request that waits, is
//! approved and takes effect, others that lapse or are stopped, contacts told and sealed, a review that nobody has made.
//!
//! It witnesses nothing: its keys follow from this source code, so anybody can sign with them. What it shows is real: the rules, the
//! files, the proofs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use skyshed::Ground;
use skyshed::control::{Digest, ILLUSTRATIVE_POLICY};
use skyshed_log::{IfHeld, WriterLock};
use skyshed_records::leaf::body_sha256;
use skyshed_records::record::Time;
use skyshed_tlog::read::CHECKPOINT;

use crate::eprintln_safe;
use crate::progress::Progress;

use self::memory::Memory;

mod memory;
mod people;
mod story;

/// Changes whenever the same version and map give other bytes than before.
const RECIPE: &str = "1";
/// What the folder says about itself; its last line is the recipe.
const README: &str = "README.txt";
/// Where private keys are, for their owner only.
pub const KEYS: &str = "keys";

/// Makes the demonstration log in `dir`, which must be empty or not exist yet. It appears there whole or not at all.
pub fn make_demo(dir: &Path, ground: &Ground) -> Result<()> {
    if !is_vacant(dir) {
        bail!("{} is not empty; give a folder that is empty or does not exist yet", dir.display());
    }
    let beside = prepare_beside(dir)?;
    let _progress = Progress::start("signing the demonstration's records");
    let files = story::tell(ground)?;
    files.put(README, readme(recipe()).into_bytes());
    write_folder(&files, &beside).with_context(|| format!("cannot write {}", beside.display()))?;
    fs::rename(&beside, dir).with_context(|| format!("cannot move {} to {}", beside.display(), dir.display()))
}

/// The folder of the demonstration log below a data directory; made at first use, for the embedded map. Of two processes that want it
/// at once one makes it. A log of another recipe that stands there, and whatever was appended to it, is left as it is.
pub fn demonstration_log(data_dir: &Path) -> Result<PathBuf> {
    let name = recipe().to_string();
    let logs = data_dir.join("log");
    let places = [logs.join("demonstration"), logs.join(format!("demonstration-{}", &name[..8]))];
    if let Some(there) = places.iter().find(|place| is_of(place, &name)) {
        return Ok(there.clone());
    }
    fs::create_dir_all(&logs).with_context(|| {
        format!(
            "cannot make {} for the demonstration log; set SKYSHED_HOME to a folder of yours",
            logs.display()
        )
    })?;
    let [first, other] = &places;
    let _lock = WriterLock::take(first, IfHeld::Wait, Time(0))?;
    let place = if is_vacant(first) || is_of(first, &name) { first } else { other };
    if !is_of(place, &name) {
        eprintln_safe(&format!("making the demonstration log in {}", place.display()));
        make_demo(place, &Ground::embedded())?;
    }
    Ok(place.clone())
}

/// Whether the log there was made by this recipe.
fn is_of(place: &Path, recipe: &str) -> bool {
    let said = fs::read_to_string(place.join(README)).unwrap_or_default();
    said.lines().last() == Some(&format!("recipe {recipe}")) && place.join(CHECKPOINT).is_file()
}

fn is_vacant(dir: &Path) -> bool {
    match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// What the bytes of the log follow from; the embedded map changes with the version only.
fn recipe() -> Digest {
    body_sha256([RECIPE, env!("CARGO_PKG_VERSION"), ILLUSTRATIVE_POLICY].join("\n").as_bytes())
}

/// An empty folder beside the one to be made; what a crash left there is removed.
fn prepare_beside(dir: &Path) -> Result<PathBuf> {
    let name = dir.file_name().with_context(|| format!("{} is no name for a folder", dir.display()))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".new");
    let beside = dir.with_file_name(hidden);
    if beside.exists() {
        fs::remove_dir_all(&beside).with_context(|| format!("cannot remove {}", beside.display()))?;
    }
    fs::create_dir_all(&beside).with_context(|| format!("cannot make {}", beside.display()))?;
    Ok(beside)
}

/// Writes all files. Those that the log cannot do without are made durable; the others can be made again from them.
fn write_folder(files: &Memory, folder: &Path) -> std::io::Result<()> {
    for (path, bytes) in files.all() {
        let place = folder.join(&path);
        let parent = place.parent().unwrap_or(folder);
        fs::create_dir_all(parent)?;
        let is_secret = path.starts_with(KEYS) && !path.ends_with(".pub");
        let mut options = fs::File::options();
        options.write(true).create_new(true);
        if is_secret {
            for_owner_only(&mut options, parent)?;
        }
        let mut file = options.open(&place)?;
        std::io::Write::write_all(&mut file, &bytes)?;
        if path.starts_with("tile/") || !path.contains('/') {
            file.sync_all()?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn for_owner_only(options: &mut fs::OpenOptions, folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    options.mode(0o600);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn for_owner_only(_: &mut fs::OpenOptions, _: &Path) -> std::io::Result<()> {
    Ok(())
}

fn readme(recipe: Digest) -> String {
    format!(
        "A demonstration log of service decisions. Its organisations, people and events are invented, and so are its decisions about\n\
         real places: they repeat an illustrative policy that was written from public knowledge. No operator or authority made them.\n\n\
         The keys below keys/ follow from the source code: everybody has them. Use them for nothing else.\n\n\
         checkpoint, tile/       the log (C2SP tlog-checkpoint, tlog-tiles)\n\
         policy.txt              the log's key and its three witnesses, of which two make a quorum (C2SP tlog-policy)\n\
         allowed_signers         who may sign what, for ssh-keygen -Y verify\n\
         proof/                  a proof for each decision (C2SP tlog-proof)\n\n\
         Verify it: skyshed-verify log . --policy policy.txt\n\n\
         recipe {recipe}\n"
    )
}
