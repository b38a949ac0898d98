//! A record as files with which `ssh-keygen -Y verify` confirms it.

use crate::leaf::Leaf;
use crate::record::{Policy, Time};
use crate::sshsig::armor;
use crate::{keys, leaf};

/// What to write into a folder, and what to run there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extract {
    /// The namespace of the signatures.
    pub namespace: String,
    /// For `body`: what was signed.
    pub body: Vec<u8>,
    /// For `allowed_signers`: who may sign, by the policy.
    pub allowed_signers: String,
    /// The signatures, in order.
    pub sigs: Vec<ExtractedSig>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtractedSig {
    /// Id of the principal it is said to be by.
    pub by: String,
    /// Name of its file: `0.sig`, `1.sig`, ….
    pub file: String,
    /// The file's text.
    pub armored: String,
    /// What to run in the folder.
    pub command: String,
}

/// The files of a record, judged by a policy and, where it is given, at the time that the witnesses gave the record. (The `Z` of that
/// time needs OpenSSH 9.1 or newer.)
pub fn extract(leaf: &Leaf, policy: &Policy, witnessed: Option<Time>) -> Extract {
    let namespace = leaf::namespace(leaf.type_name());
    let then = witnessed.map(|time| format!(" -O verify-time={}", keys::stamp(time))).unwrap_or_default();
    let sigs = leaf.sigs.iter().enumerate().map(|(at, sig)| {
        let (by, file) = (sig.by.clone(), format!("{at}.sig"));
        let command =
            format!("ssh-keygen -Y verify{then} -f allowed_signers -I {by} -n {namespace} -s {file} < body");
        ExtractedSig { by, file, armored: armor(&sig.sig), command }
    });
    let sigs = sigs.collect();
    let (body, allowed_signers) = (leaf.body_bytes.clone(), keys::allowed_signers(policy));
    Extract { namespace, body, allowed_signers, sigs }
}
