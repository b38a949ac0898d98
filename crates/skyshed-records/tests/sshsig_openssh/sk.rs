//! Signatures of security keys, made in software from the specification (OpenSSH PROTOCOL.u2f) with primitives only, and put before
//! `ssh-keygen` and before us.

use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256, Sha512};
use skyshed_records::keys::{allowed_signers, check_policy};
use skyshed_records::leaf::{Sig, SigKind};
use skyshed_records::record::*;
use skyshed_records::sshsig;
use skyshed_records::verify::{SignatureError, Signatures as _, SshSignatures};

use super::tools::{bench, judge_here, policy_of};
use super::{APPROVALS, BODY};

const TOUCHED: u8 = 0x01;
const TOUCHED_AND_PIN: u8 = 0x05;

/// A security key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token {
    Ed25519,
    P256,
}

#[test]
fn ssh_keygen_confirms_what_the_specification_makes() {
    let Some(bench) = bench("sk") else { return };
    for token in [Token::Ed25519, Token::P256] {
        let policy = policy_with(token, "ssh:", false);
        check_policy(&policy).unwrap();
        let time = Time::parse("2026-09-01T12:00:00Z").unwrap();
        for flags in [TOUCHED, TOUCHED_AND_PIN] {
            let sig = token.sign("ssh:", flags, BODY);
            assert!(bench.judge(&allowed_signers(&policy), APPROVALS, BODY, &sig, time), "{token:?} {flags}");
            assert!(judge_here(&policy, APPROVALS, BODY, &sig, time), "{token:?} {flags}");
        }
        // Flags, counter and application are under the signature: changed afterwards, both refuse.
        let sig = token.sign("ssh:", TOUCHED, BODY);
        for back in [5, 1] {
            let mut changed = sig.clone();
            let at = changed.sig.len() - back;
            changed.sig[at] ^= 4;
            assert!(!bench.judge(&allowed_signers(&policy), APPROVALS, BODY, &changed, time));
            assert!(!judge_here(&policy, APPROVALS, BODY, &changed, time));
        }
        let elsewhere = policy_with(token, "ssh:elsewhere", false);
        assert!(!bench.judge(&allowed_signers(&elsewhere), APPROVALS, BODY, &sig, time));
        assert!(!judge_here(&elsewhere, APPROVALS, BODY, &sig, time));
    }
}

/// `ssh-keygen -Y verify` (OpenSSH 9.2) does not look at the flags; the log does.
#[test]
fn touch_is_always_demanded_and_the_pin_where_the_policy_says() {
    for token in [Token::Ed25519, Token::P256] {
        let check = |flags: u8, pin_required: bool| {
            let key = token.key("ssh:", pin_required);
            SshSignatures::new().check(APPROVALS, BODY, &token.sign("ssh:", flags, BODY), &key)
        };
        assert_eq!(check(0x01, false), Ok(()));
        assert_eq!(check(0x05, false), Ok(()));
        assert_eq!(check(0x05, true), Ok(()));
        assert_eq!(check(0x01, true), Err(SignatureError::NoPin));
        for flags in [0x00, 0x04, 0x80] {
            assert_eq!(check(flags, false), Err(SignatureError::NoTouch), "{flags}");
            assert_eq!(check(flags, true), Err(SignatureError::NoTouch), "{flags}");
        }
        let sig = token.sign("ssh:", 0x04, BODY);
        let flags = sshsig::verify(&token.public("ssh:"), APPROVALS, BODY, &sig.sig).unwrap();
        assert_eq!((flags.is_sk, flags.touch, flags.pin), (true, false, true));
    }
}

#[test]
fn a_pin_cannot_be_demanded_of_a_key_in_a_file() {
    let private = skyshed_records::keys::PrivateKey::from_seed([1; 32]);
    let sig = sshsig_of(sshsig::sign(&private, APPROVALS, BODY));
    let public = private.public().to_string();
    let key = Key { public, valid_after: None, valid_before: None, pin_required: true };
    let found = SshSignatures::new().check(APPROVALS, BODY, &sig, &key);
    assert_eq!(found, Err(SignatureError::NoSecurityKey));
}

#[test]
fn keys_of_security_keys_for_something_else_are_refused() {
    for application in ["", "https://example.org", "SSH:", "ssh: ", "ssh:\u{7}"] {
        for token in [Token::Ed25519, Token::P256] {
            let error = skyshed_records::keys::PublicKey::parse(&token.public(application)).unwrap_err();
            assert!(error.to_string().contains("application"), "{application:?}: {error}");
        }
    }
}

fn policy_with(token: Token, application: &str, pin_required: bool) -> Policy {
    let keys = vec![token.key(application, pin_required)];
    let principal = Principal { organisation: "ngo".into(), roles: vec![Role::Approver], keys };
    policy_of(&[("ana@ngo", principal)])
}

fn sshsig_of(sig: Vec<u8>) -> Sig {
    Sig { by: "ana@ngo".into(), kind: SigKind::Sshsig, sig }
}

impl Token {
    fn name(self) -> &'static str {
        match self {
            Token::Ed25519 => "sk-ssh-ed25519@openssh.com",
            Token::P256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    fn key(self, application: &str, pin_required: bool) -> Key {
        Key { public: self.public(application), valid_after: None, valid_before: None, pin_required }
    }

    fn public(self, application: &str) -> String {
        use base64ct::Encoding as _;
        format!("{} {}", self.name(), base64ct::Base64::encode_string(&self.blob(application)))
    }

    fn blob(self, application: &str) -> Vec<u8> {
        let name = string(self.name().as_bytes());
        let point = match self {
            Token::Ed25519 => string(ed25519().verifying_key().as_bytes()),
            Token::P256 => {
                let point = p256().verifying_key().to_encoded_point(false);
                [string(b"nistp256"), string(point.as_bytes())].concat()
            }
        };
        [name, point, string(application.as_bytes())].concat()
    }

    /// What the security key signs: hash of the application, flags, counter, hash of the data.
    fn sign(self, application: &str, flags: u8, body: &[u8]) -> Sig {
        let envelope = [string(APPROVALS.as_bytes()), string(b""), string(b"sha512")].concat();
        let data = [b"SSHSIG".to_vec(), envelope.clone(), string(&Sha512::digest(body))].concat();
        let state = [&[flags][..], &77u32.to_be_bytes()].concat();
        let said = [&Sha256::digest(application)[..], &state, &Sha256::digest(&data)].concat();
        let raw = match self {
            Token::Ed25519 => ed25519().sign(&said).to_bytes().to_vec(),
            Token::P256 => {
                let (signature, _) = p256().sign_recoverable(&said).unwrap();
                [mpint(&signature.r().to_bytes()), mpint(&signature.s().to_bytes())].concat()
            }
        };
        let inner = [string(self.name().as_bytes()), string(&raw), state].concat();
        let head =
            [b"SSHSIG".to_vec(), 1u32.to_be_bytes().to_vec(), string(&self.blob(application))].concat();
        sshsig_of([head, envelope, string(&inner)].concat())
    }
}

fn ed25519() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[41; 32])
}

fn p256() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[42; 32]).unwrap()
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

fn mpint(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|&byte| byte != 0).unwrap();
    let digits = &bytes[start..];
    if digits[0] & 0x80 != 0 { string(&[&[0], digits].concat()) } else { string(digits) }
}
