//! Says whether two checkpoints are of two histories.

use serde_json::json;
use skyshed_records::record::Digest;
use skyshed_tlog::checkpoint::{Opened, open};
use skyshed_tlog::merkle::root;
use skyshed_tlog::read::Hashes;
use skyshed_tlog::{Policy, ReadFiles};

use crate::log::failure;
use crate::{Answer, Failure, Named};

/// Whether two checkpoints prove that the log has two histories. They do by themselves where their sizes are equal; else it takes the
/// files of a log with the tree under the larger one.
///
/// # Errors
/// Code 4 where they are of two histories, both signed by the log, or not signed by it; 1 where they are of two logs, or the files are of
/// neither; 2 where files are needed and none are given.
pub fn equivocation(
    one: Named,
    other: Named,
    log: Option<&impl ReadFiles>,
    policy: &Policy,
) -> Result<Answer, Failure> {
    let (one, other) = (opened(one, policy)?, opened(other, policy)?);
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
        Some(files) => {
            let hashes = Hashes::new(files, large.size);
            let root_at = |size| root(size, |level, index| hashes.subtree(level, index)).map_err(failure);
            if root_at(large.size)? != large.root {
                return Err(Failure::new(1, "the log's files do not hold the tree of the larger checkpoint"));
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

fn opened(file: Named, policy: &Policy) -> Result<Opened, Failure> {
    open(file.bytes, policy.log_keys(), &[])
        .map_err(|error| Failure::broken(format!("{}: {error}", file.name)))
}
