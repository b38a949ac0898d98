//! `ssh-keygen` in a folder of its own, and our judgement of one signature by a policy.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use skyshed_records::keys::{PrivateKey, namespaces};
use skyshed_records::leaf::Sig;
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_records::verify::{Signatures as _, SshSignatures};

/// A folder in which `ssh-keygen` runs.
pub struct Bench(PathBuf);

/// A folder for a test; none, with a word about it, where there is no `ssh-keygen`.
pub fn bench(name: &str) -> Option<Bench> {
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        let required = std::env::var("SKYSHED_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
        let message = format!("comparison `{name}` not made: no ssh-keygen; install openssh-client");
        assert!(!required, "{message}");
        println!("SKIPPED: {message}");
        return None;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sshsig-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    Some(Bench(folder))
}

impl Bench {
    /// Makes a key without passphrase, and returns its public half as a policy has it.
    pub fn make_key(&self, name: &str, kind: &[&str]) -> String {
        let mut args = vec!["-q", "-N", "", "-f", name, "-t"];
        args.extend(kind);
        self.run(&args, b"");
        self.read(&format!("{name}.pub")).split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    pub fn sign(&self, key: &str, namespace: &str, hash: &str, body: &[u8]) -> Vec<u8> {
        sshsig::dearmor(&self.sign_armored(key, namespace, hash, body)).unwrap()
    }

    pub fn sign_armored(&self, key: &str, namespace: &str, hash: &str, body: &[u8]) -> String {
        let hash = format!("hashalg={hash}");
        self.run(&["-q", "-Y", "sign", "-f", key, "-n", namespace, "-O", &hash], body)
    }

    /// Whether `ssh-keygen -Y verify` confirms a signature.
    pub fn judge(&self, allowed: &str, namespace: &str, body: &[u8], sig: &Sig, time: Time) -> bool {
        self.write("allowed_signers", allowed.as_bytes());
        self.write("sig", sshsig::armor(&sig.sig).as_bytes());
        let time = time.to_string().replace(['-', ':', 'T'], "");
        let time = format!("verify-time={time}");
        let args = [
            "-Y",
            "verify",
            "-f",
            "allowed_signers",
            "-I",
            &sig.by,
            "-n",
            namespace,
            "-s",
            "sig",
            "-O",
            &time,
        ];
        self.try_run(&args, body).is_ok()
    }

    pub fn run(&self, args: &[&str], input: &[u8]) -> String {
        self.try_run(args, input).unwrap_or_else(|error| panic!("ssh-keygen {args:?}: {error}"))
    }

    fn try_run(&self, args: &[&str], input: &[u8]) -> Result<String, String> {
        let mut command = Command::new("ssh-keygen");
        command.args(args);
        self.finish(command, input)
    }

    /// A line of shell, in the folder.
    pub fn shell(&self, line: &str) -> Result<String, String> {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        self.finish(command, b"")
    }

    fn finish(&self, mut command: Command, input: &[u8]) -> Result<String, String> {
        command.current_dir(&self.0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A child that refuses its arguments reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }

    pub fn write_private(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        self.write(name, text.as_bytes());
        std::fs::set_permissions(self.0.join(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Whether a signature counts here: by a key of the principal it names, valid at the time, in a namespace of its roles.
pub fn judge_here(policy: &Policy, namespace: &str, body: &[u8], sig: &Sig, time: Time) -> bool {
    let Some(principal) = policy.principals.get(&sig.by) else { return false };
    let checker = SshSignatures::new();
    let counts = |key: &&Key| key.valid_at(time) && checker.check(namespace, body, sig, key).is_ok();
    namespaces(&principal.roles).iter().any(|allowed| allowed == namespace)
        && principal.keys.iter().any(|key| counts(&key))
}

/// A principal whose key is valid from 2026-08-01 for one year.
pub fn principal(organisation: &str, roles: &[Role], key: &PrivateKey) -> Principal {
    let key = Key {
        public: key.public().to_string(),
        valid_after: Time::parse("2026-08-01T00:00:00Z"),
        valid_before: Time::parse("2027-08-01T00:00:00Z"),
        pin_required: false,
    };
    Principal { organisation: organisation.into(), roles: roles.to_vec(), keys: vec![key] }
}

pub fn policy_of(principals: &[(&str, Principal)]) -> Policy {
    let quorum = Quorum { persons: 1, organisations: 1 };
    let rule = Rule {
        quorum,
        wait_s: 86_400,
        review_ttl_s: 604_800,
        expiry_max_s: 31_536_000,
        review_max_s: 15_552_000,
        emergency: None,
    };
    let principals = principals.iter().map(|(id, one)| ((*id).to_owned(), one.clone())).collect();
    let rules_by_territory = BTreeMap::new();
    Policy { version: 1, prev: None, principals, rule, rules_by_territory, rotation: quorum, recovery: None }
}
