//! Signatures: made by `ssh-keygen`, so that keys stay where they are, in an agent, a security key, or under a passphrase.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use skyshed_records::keys::{PRIVATE_KEY_BYTES_MAX, PrivateKey, PublicKey};
use skyshed_records::leaf::{self, Sig, SigKind, namespace};
use skyshed_records::ledger::View;
use skyshed_records::sshsig;

use super::Draft;
use crate::exit::refused;
use crate::{files, progress};

/// One person's key.
#[derive(Clone, Debug, Args)]
pub struct By {
    /// Your key, as `ssh-keygen -Y sign -f` takes it: a private key, or the public one of a key in the agent.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Your id in the log's policy. Default: the one whose key it is.
    #[arg(long = "as", value_name = "NAME@ORGANISATION")]
    pub id: Option<String>,
}

/// `NAME@ORGANISATION=FILE`.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Id of the principal.
    pub id: String,
    /// Its key.
    pub key: PathBuf,
}

/// Reads `NAME@ORGANISATION=FILE`.
pub fn signer(text: &str) -> Result<Signer, String> {
    let parts = text.split_once('=').filter(|(id, key)| !id.is_empty() && !key.is_empty());
    let (id, key) = parts.ok_or("write NAME@ORGANISATION=FILE, an id of the policy and its key")?;
    Ok(Signer { id: id.to_owned(), key: PathBuf::from(key) })
}

impl By {
    /// With the id of whose key it is, by the policy in force.
    pub fn signer(&self, view: Option<&View>) -> Result<Signer> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None => owner(view, &self.key)?,
        };
        Ok(Signer { id, key: self.key.clone() })
    }
}

impl Draft {
    /// Adds the signature of a principal; one that it has given before is replaced.
    pub fn sign(&mut self, signer: &Signer) -> Result<()> {
        let message = leaf::body_bytes(&self.body)?;
        let sig = sign(&message, &namespace(self.body.type_name()), &signer.key)?;
        self.sigs.retain(|known| known.by != signer.id);
        self.sigs.push(Sig { by: signer.id.clone(), kind: SigKind::Sshsig, sig });
        Ok(())
    }
}

/// The principal of the policy in force, or of an added key, that a key belongs to.
fn owner(view: Option<&View>, key: &Path) -> Result<String> {
    let public = public_of(key)?;
    let view = view.ok_or_else(|| anyhow!("whose key is {}? give --as NAME@ORGANISATION", key.display()))?;
    let of_policy = view.policy().and_then(|policy| {
        let mut principals = policy.policy.principals.iter();
        principals.find(|(_, one)| one.keys.iter().any(|key| key.public == public)).map(|(id, _)| id.clone())
    });
    let added =
        || view.added_keys().iter().find(|one| one.key.public == public).map(|one| one.principal.clone());
    of_policy.or_else(added).ok_or_else(|| {
        refused(format!(
            "{} ({public}) is no key of the policy in force; use a key that is, or say whose it is with --as NAME@ORGANISATION",
            key.display()
        ))
    })
}

/// The public key of a key file: itself, its neighbour `.pub`, or worked out.
pub fn public_of(key: &Path) -> Result<String> {
    let read = |path: &Path| files::read_text(path, KEY_IS, KEY_FILE_BYTES_MAX);
    let text = read(key)?;
    if let Ok(public) = PublicKey::parse_file(&text) {
        return Ok(public.to_string());
    }
    let mut beside = key.as_os_str().to_owned();
    beside.push(".pub");
    if let Ok(public) = read(Path::new(&beside)).map(|text| PublicKey::parse_file(&text)) {
        return public.map(|key| key.to_string()).with_context(|| Path::new(&beside).display().to_string());
    }
    let private = PrivateKey::from_openssh(&text);
    private.map(|key| key.public().to_string()).with_context(|| key.display().to_string())
}

/// A signature over a message. Where there is no `ssh-keygen`, a plain Ed25519 key without a passphrase will do.
fn sign(message: &[u8], namespace: &str, key: &Path) -> Result<Vec<u8>> {
    if !key.is_file() {
        bail!("cannot open key {}; give {KEY_IS}", key.display());
    }
    match run_ssh_keygen(message, namespace, key) {
        Err(error) if error.kind() == ErrorKind::NotFound => sign_without(message, namespace, key),
        Err(error) => Err(error).context("ssh-keygen cannot be run"),
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            sshsig::dearmor(&text).ok_or_else(|| anyhow!("ssh-keygen gave no signature"))
        }
        Ok(_) => Err(anyhow!(
            "ssh-keygen did not sign with {}; what it says stands above; try `ssh-keygen -Y sign -n {namespace} -f {}`",
            key.display(),
            key.display()
        )),
    }
}

/// It asks for passphrase, PIN and touch by itself; what it has to say goes to standard error.
fn run_ssh_keygen(message: &[u8], namespace: &str, key: &Path) -> std::io::Result<std::process::Output> {
    let _pause = progress::pause();
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(key);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // Where it stops reading, it says why and fails.
        let _ = input.write_all(message);
    }
    child.wait_with_output()
}

fn sign_without(message: &[u8], namespace: &str, key: &Path) -> Result<Vec<u8>> {
    let text = files::read_text(key, KEY_IS, PRIVATE_KEY_BYTES_MAX as u64)?;
    let private = PrivateKey::from_openssh(&text);
    let private =
        private.with_context(|| format!("{} (there is no ssh-keygen on this machine)", key.display()))?;
    Ok(sshsig::sign(&private, namespace, message))
}

const KEY_IS: &str = "an SSH key, as `ssh-keygen -t ed25519` makes it";
const KEY_FILE_BYTES_MAX: u64 = 1 << 16;
