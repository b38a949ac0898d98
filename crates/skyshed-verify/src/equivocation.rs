//! Says whether two checkpoints are of two histories.

use std::path::Path;

use serde_json::json;
use skyshed_records::record::Digest;
use skyshed_tlog::Policy;
use skyshed_tlog::checkpoint::{Opened, open};
use skyshed_tlog::merkle::root;
use skyshed_tlog::read::Hashes;

use crate::folder::{self, Folder};
use crate::log::failure;
use crate::{Answer, Failure};

/// `equivocation A B`: exit code 0 where both are of one history, 4 where they are not, both signed by the log.
pub fn equivocation(
    one: &Path,
    other: &Path,
    log: Option<&Path>,
    policy: &Policy,
) -> Result<Answer, Failure> {
    let (one, other) = (read(one, policy)?, read(other, policy)?);
    let (first, second) =
        if one.checkpoint.size <= other.checkpoint.size { (one, other) } else { (other, one) };
    let (small, large) = (&first.checkpoint, &second.checkpoint);
    if small.origin != large.origin {
        return Err(Failure::new(1, format!("two logs, not one: {} and {}", small.origin, large.origin)));
    }
    // The root that the larger one's tree has at the size of the smaller.
    let at_small = match log {
        _ if small.size == large.size => large.root,
        None => {
            let message = format!(
                "sizes differ ({} and {}); give --log DIR, a log with the larger one's tree",
                small.size, large.size
            );
            return Err(Failure::new(2, message));
        }
        Some(path) => {
            let files = Folder::open(path)?;
            let hashes = Hashes::new(&files, large.size);
            let root_at = |size| root(size, |level, index| hashes.subtree(level, index)).map_err(failure);
            if root_at(large.size)? != large.root {
                return Err(Failure::new(
                    1,
                    format!("{} does not hold the tree of the larger checkpoint", path.display()),
                ));
            }
            root_at(small.size)?
        }
    };
    let roots = [Digest(small.root).to_string(), Digest(at_small).to_string()];
    if roots[0] != roots[1] {
        return Err(Failure::broken(format!(
            "TWO HISTORIES of {} at size {}: root {} and root {}, both signed by the log; keep both files and show them to others",
            small.origin, small.size, roots[0], roots[1]
        )));
    }
    let text = format!("one history of {}: sizes {} and {}\n", small.origin, small.size, large.size);
    let json = json!({"origin": small.origin, "sizes": [small.size, large.size], "equivocation": false});
    Ok(Answer { text, json })
}

fn read(path: &Path, policy: &Policy) -> Result<Opened, Failure> {
    open(&folder::read(path)?, policy.log_keys(), &[])
        .map_err(|error| Failure::broken(format!("{}: {error}", path.display())))
}
