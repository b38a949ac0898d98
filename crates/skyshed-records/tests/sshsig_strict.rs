//! What is refused of signatures and keys, without `ssh-keygen`: damage anywhere, other spellings of the same, weak keys. Held against
//! the crate `ssh-key` where that is possible.

use base64ct::{Base64, Encoding as _};
use p256::ecdsa::signature::Signer as _;
use proptest::prelude::*;
use sha2::{Digest as _, Sha512};
use skyshed_records::keys::{KeyError, PrivateKey, PublicKey, allowed_signers, check_policy, namespaces};
use skyshed_records::leaf::{Sig, SigKind};
use skyshed_records::record::*;
use skyshed_records::sshsig::{self, SshsigError, verify};
use skyshed_records::verify::{KEYS_REMEMBERED_MAX, Signatures as _, SshSignatures};

const NAMESPACE: &str = "skyshed.approval@v1";
const BODY: &[u8] = b"{\"a\":1}";

#[test]
fn a_flip_of_any_bit_a_cut_or_a_byte_more_is_refused() {
    for (public, good) in [ed25519(), ecdsa()] {
        verify(&public, NAMESPACE, BODY, &good).unwrap();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(&public, NAMESPACE, BODY, &bad).is_err(), "bit {bit}");
        }
        for length in 0..good.len() {
            assert!(verify(&public, NAMESPACE, BODY, &good[..length]).is_err(), "cut to {length}");
        }
        assert!(verify(&public, NAMESPACE, BODY, &[&good[..], &[0]].concat()).is_err());
        for other in [&b""[..], b"{\"a\":2}", b"{\"a\":1} "] {
            assert_eq!(verify(&public, NAMESPACE, other, &good), Err(SshsigError::Wrong));
        }
    }
}

/// Each part of the envelope changed in a way that leaves the rest whole.
#[test]
fn each_part_of_the_envelope_is_looked_at() {
    let (public, _) = ed25519();
    let blob = PublicKey::parse(&public).unwrap().blob().to_vec();
    let check = |parts: Envelope, expected: &str| {
        let error = verify(&public, NAMESPACE, BODY, &parts.write(&blob)).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    };
    verify(&public, NAMESPACE, BODY, &Envelope::default().write(&blob)).unwrap();
    check(Envelope { magic: b"SSHSIH", ..Envelope::default() }, "the mark SSHSIG");
    check(Envelope { version: 2, ..Envelope::default() }, "the version");
    check(Envelope { version: 0, ..Envelope::default() }, "the version");
    check(
        Envelope { namespace: "file", ..Envelope::default() },
        "namespace \"file\"; needed: \"skyshed.approval@v1\"",
    );
    check(Envelope { namespace: "", ..Envelope::default() }, "the namespace");
    check(Envelope { reserved: b"x", ..Envelope::default() }, "reserved");
    check(Envelope { hash: "sha1", ..Envelope::default() }, "hash \"sha1\"; allowed: sha512, sha256");
    check(Envelope { hash: "sha256", ..Envelope::default() }, "does not fit");
    check(
        Envelope { algorithm: "ssh-rsa", ..Envelope::default() },
        "algorithm \"ssh-rsa\" under a key of type ssh-ed25519",
    );
    check(
        Envelope { algorithm: "sk-ssh-ed25519@openssh.com", ..Envelope::default() },
        "under a key of type ssh-ed25519",
    );
    check(Envelope { after: b"\x01\0\0\0\x05", ..Envelope::default() }, "the signature proper");
    let other = PrivateKey::from_seed([2; 32]);
    let error = verify(&public, NAMESPACE, BODY, &sshsig::sign(&other, NAMESPACE, BODY)).unwrap_err();
    assert!(matches!(error, SshsigError::OtherKey { given, .. } if given == other.public().fingerprint()));
}

/// The same ECDSA signature with its integers written longer, without the zero before a set top bit, or out of range.
#[test]
fn integers_have_one_spelling() {
    let (public, good) = ecdsa();
    let signature = ecdsa_signature();
    let (r, s) = (mpint(&signature.r().to_bytes()), mpint(&signature.s().to_bytes()));
    assert_eq!(ecdsa_envelope(&string(&r), &string(&s)), good);
    let longer = |integer: &[u8]| [&[0], integer].concat();
    let negative = || vec![0x80; 32];
    for (r, s) in [
        (longer(&r), s.clone()),
        (r.clone(), longer(&s)),
        (negative(), s.clone()),
        (vec![], s.clone()),
        (vec![0], s.clone()),
        (r.clone(), vec![0]),
        (vec![1; 33], s.clone()),
    ] {
        let error = verify(&public, NAMESPACE, BODY, &ecdsa_envelope(&string(&r), &string(&s))).unwrap_err();
        assert_eq!(error, SshsigError::Malformed { part: "the signature proper" }, "{r:?} {s:?}");
    }
    let order = hex("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let bytes = ecdsa_envelope(&string(&order), &string(&s));
    assert_eq!(verify(&public, NAMESPACE, BODY, &bytes), Err(SshsigError::Wrong));
}

/// ECDSA has two answers, s and its negative; security keys and OpenSSH give either, so either is taken. Records are told apart by
/// their bodies, so that this makes no second record of one.
#[test]
fn either_half_of_an_ecdsa_signature_is_taken() {
    let (public, good) = ecdsa();
    let signature = ecdsa_signature();
    let negative = -signature.s();
    let (r, s) = (mpint(&signature.r().to_bytes()), mpint(&negative.to_bytes()));
    let other = ecdsa_envelope(&string(&r), &string(&s));
    assert_ne!(other, good);
    verify(&public, NAMESPACE, BODY, &other).unwrap();
    assert!(ssh_key_accepts(&public, &other) == ssh_key_accepts(&public, &good));
}

/// Points of small order, for which one signature fits many texts (RFC 8032, 5.1.7; "Taming the many EdDSAs", 2020, table 6).
#[test]
fn weak_ed25519_keys_are_refused() {
    for point in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    ] {
        let blob = [string(b"ssh-ed25519"), string(&hex(point))].concat();
        let error = PublicKey::parse(&format!("ssh-ed25519 {}", Base64::encode_string(&blob))).unwrap_err();
        assert!(error.to_string().contains("small order"), "{point}: {error}");
    }
}

#[test]
fn public_keys_have_one_spelling() {
    let (good, _) = ed25519();
    let (ecdsa, _) = ecdsa();
    let cases = [
        (good.replace(' ', "  "), "allowed: its type, one space, base64"),
        (format!("{good} comment"), "allowed: its type, one space, base64"),
        (format!("restrict {good}"), "key type \"restrict\""),
        (good.replace("ssh-ed25519 ", ""), "allowed: its type"),
        (
            good.replace("ssh-ed25519 ", "ssh-rsa "),
            "key type \"ssh-rsa\"; allowed: ssh-ed25519, ecdsa-sha2-nistp256",
        ),
        (good.replace("ssh-ed25519 ", "ecdsa-sha2-nistp256 "), "the type inside the base64 is another"),
        (ecdsa.replace("ecdsa-sha2-nistp256 ", "ssh-ed25519 "), "the type inside the base64 is another"),
        (format!("{good}AAAA"), "bytes after its end"),
        (good[..good.len() - 4].to_owned(), "not a point"),
    ];
    for (text, expected) in cases {
        let error = PublicKey::parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let compressed = p256_key().verifying_key().to_encoded_point(true);
    let blob = [string(b"ecdsa-sha2-nistp256"), string(b"nistp256"), string(compressed.as_bytes())].concat();
    PublicKey::parse(&format!("ecdsa-sha2-nistp256 {}", Base64::encode_string(&blob))).unwrap_err();
}

#[test]
fn a_key_stands_in_a_policy_once() {
    let key = |seed| PrivateKey::from_seed([seed; 32]).public().to_string();
    let check = |ana: &[String], ben: &[String]| {
        check_policy(&policy(&[("ana@ngo", ana), ("ben@court", ben)])).map_err(|error| error.to_string())
    };
    assert_eq!(check(&[key(1), key(2)], &[key(3)]), Ok(()));
    let shared = check(&[key(1), key(2)], &[key(2)]).unwrap_err();
    assert!(shared.contains("belongs to ana@ngo and to ben@court; one key, one principal"), "{shared}");
    check(&[key(1), key(1)], &[key(3)]).unwrap_err();
    let error = check_policy(&policy(&[("ana@ngo", &[key(1), "ssh-rsa AAAA".to_owned()])])).unwrap_err();
    assert!(matches!(&error, KeyError::Of { principal, index: 1, .. } if principal == "ana@ngo"), "{error}");
}

#[test]
fn allowed_signers_as_text() {
    let mut policy =
        policy(&[("ana@ngo", &["ssh-ed25519 AAAA".into()]), ("ben@court", &["ssh-ed25519 BBBB".into()])]);
    let ben = policy.principals.get_mut("ben@court").unwrap();
    ben.roles = vec![Role::Canceller];
    ben.keys[0].valid_after = Time::parse("2026-08-01T00:00:00Z");
    ben.keys[0].valid_before = Time::parse("2027-08-01T00:00:00Z");
    assert_eq!(
        allowed_signers(&policy),
        "ana@ngo namespaces=\"skyshed.policy@v1,skyshed.approval@v1,skyshed.cancel@v1,skyshed.attest@v1,\
         skyshed.keyevent@v1\" ssh-ed25519 AAAA\n\
         ben@court namespaces=\"skyshed.cancel@v1,skyshed.attest@v1,skyshed.keyevent@v1\",valid-after=\"20260801000000Z\",\
         valid-before=\"20270731235959Z\" ssh-ed25519 BBBB\n"
    );
    assert!(namespaces(&[Role::Enforcer]).contains(&"skyshed.enforce@v1".to_owned()));
    assert!(!namespaces(&[Role::Approver]).contains(&"skyshed.request@v1".to_owned()));
}

/// Remembered keys give the answers of keys read afresh, and forgetting them all changes nothing.
#[test]
fn remembered_keys_change_no_answer() {
    let signatures = SshSignatures::new();
    let check = |seed: u32| {
        let mut bytes = [1; 32];
        bytes[..4].copy_from_slice(&seed.to_le_bytes());
        let private = PrivateKey::from_seed(bytes);
        let key = key(&private.public().to_string());
        let mut sig =
            Sig { by: "ana@ngo".into(), kind: SigKind::Sshsig, sig: sshsig::sign(&private, NAMESPACE, BODY) };
        assert_eq!(signatures.check(NAMESPACE, BODY, &sig, &key), Ok(()));
        sig.sig[170] ^= 1;
        assert!(signatures.check(NAMESPACE, BODY, &sig, &key).is_err());
    };
    check(0);
    check(0);
    for seed in 0..KEYS_REMEMBERED_MAX as u32 + 2 {
        let _ = signatures.check(NAMESPACE, BODY, &no_signature(), &key(&seeded(seed)));
    }
    check(0);
}

#[test]
fn armour_is_taken_off_as_far_as_it_goes() {
    let (_, good) = ed25519();
    let text = sshsig::armor(&good);
    assert_eq!(sshsig::dearmor(&text).as_deref(), Some(&good[..]));
    assert_eq!(sshsig::dearmor(&text.replace('\n', "\r\n")).as_deref(), Some(&good[..]));
    assert_eq!(sshsig::dearmor(text.trim()).as_deref(), Some(&good[..]));
    for bad in [
        "".to_owned(),
        text.replace("BEGIN SSH SIGNATURE", "BEGIN PGP SIGNATURE"),
        text.replace("-----END", "----END"),
        text.replacen("U1NI", "U1N*", 1),
        text.replace("U1NI", ""),
        format!("hello\n{text}"),
        "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n".to_owned(),
        text.replace('\n', &"\n".repeat(sshsig::ARMOR_BYTES_MAX)),
    ] {
        assert!(sshsig::dearmor(&bad).is_none_or(|bytes| bytes.len() != good.len()), "{bad:.80}");
    }
}

/// A damaged private key file is refused or is still the same key, never another one.
#[test]
fn damaged_private_keys_are_never_other_keys() {
    let key = PrivateKey::from_seed([9; 32]);
    let text = key.to_openssh("comment");
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'B' { b'C' } else { b'B' };
        if let Ok(other) = PrivateKey::from_openssh(&String::from_utf8(bytes).unwrap()) {
            assert_eq!(other.public(), key.public(), "{at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_signed_is_verified_here_and_by_the_crate_ssh_key(seed in any::<[u8; 32]>(), body in ".{0,200}", name in "[a-z]{1,12}") {
        let key = PrivateKey::from_seed(seed);
        let namespace = format!("skyshed.{name}@v1");
        let signature = sshsig::sign(&key, &namespace, body.as_bytes());
        let public = key.public().to_string();
        verify(&public, &namespace, body.as_bytes(), &signature).unwrap();
        let theirs = ssh_key::PublicKey::from_openssh(&public).unwrap();
        let parsed = ssh_key::SshSig::from_pem(sshsig::armor(&signature)).unwrap();
        prop_assert!(theirs.verify(&namespace, body.as_bytes(), &parsed).is_ok());
        let again = PrivateKey::from_openssh(&key.to_openssh(&name)).unwrap();
        prop_assert_eq!(again.public(), key.public());
        let openssh = ssh_key::PrivateKey::from_openssh(key.to_openssh(&name)).unwrap();
        prop_assert_eq!(openssh.public_key().fingerprint(ssh_key::HashAlg::Sha256).to_string(), key.public().fingerprint());
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in ".{0,100}") {
        let (public, _) = ed25519();
        let framed = [&b"SSHSIG\0\0\0\x01"[..], &bytes].concat();
        prop_assert!(verify(&public, NAMESPACE, BODY, &bytes).is_err());
        prop_assert!(verify(&public, NAMESPACE, BODY, &framed).is_err());
        let _ = sshsig::claims(&framed);
        let _ = sshsig::dearmor(&text);
        prop_assert!(PrivateKey::from_openssh(&text).is_err());
        prop_assert!(PublicKey::parse(&text).is_err());
    }
}

/// The parts of a signature over [`BODY`].
struct Envelope {
    magic: &'static [u8; 6],
    version: u32,
    namespace: &'static str,
    reserved: &'static [u8],
    hash: &'static str,
    algorithm: &'static str,
    after: &'static [u8],
}

impl Default for Envelope {
    fn default() -> Envelope {
        let (hash, algorithm) = ("sha512", "ssh-ed25519");
        Envelope {
            magic: b"SSHSIG",
            version: 1,
            namespace: NAMESPACE,
            reserved: b"",
            hash,
            algorithm,
            after: b"",
        }
    }
}

impl Envelope {
    /// Signed as if all parts were in order, with the key of [`ed25519`].
    fn write(&self, public: &[u8]) -> Vec<u8> {
        use ed25519_dalek::Signer as _;
        let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
        let middle = |hash: &str| {
            [string(self.namespace.as_bytes()), string(self.reserved), string(hash.as_bytes())].concat()
        };
        let data = [b"SSHSIG".to_vec(), middle(self.hash), string(&Sha512::digest(BODY))].concat();
        let raw = key.sign(&data).to_bytes();
        let inner = [string(self.algorithm.as_bytes()), string(&raw), self.after.to_vec()].concat();
        let head = [self.magic.to_vec(), self.version.to_be_bytes().to_vec(), string(public)].concat();
        [head, middle(self.hash), string(&inner)].concat()
    }
}

fn ed25519() -> (String, Vec<u8>) {
    let key = PrivateKey::from_seed([1; 32]);
    (key.public().to_string(), sshsig::sign(&key, NAMESPACE, BODY))
}

fn p256_key() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[3; 32]).unwrap()
}

fn ecdsa_blob() -> Vec<u8> {
    let point = p256_key().verifying_key().to_encoded_point(false);
    [string(b"ecdsa-sha2-nistp256"), string(b"nistp256"), string(point.as_bytes())].concat()
}

fn ecdsa() -> (String, Vec<u8>) {
    let signature = ecdsa_signature();
    let (r, s) = (mpint(&signature.r().to_bytes()), mpint(&signature.s().to_bytes()));
    let public = format!("ecdsa-sha2-nistp256 {}", Base64::encode_string(&ecdsa_blob()));
    (public, ecdsa_envelope(&string(&r), &string(&s)))
}

fn ecdsa_signature() -> p256::ecdsa::Signature {
    let middle = [string(NAMESPACE.as_bytes()), string(b""), string(b"sha512")].concat();
    p256_key().sign(&[b"SSHSIG".to_vec(), middle, string(&Sha512::digest(BODY))].concat())
}

/// Of 32 bytes that begin with other than zero.
fn mpint(bytes: &[u8]) -> Vec<u8> {
    if bytes[0] & 0x80 != 0 { [&[0], bytes].concat() } else { bytes.to_vec() }
}

fn ecdsa_envelope(r: &[u8], s: &[u8]) -> Vec<u8> {
    let head = [b"SSHSIG\0\0\0\x01".to_vec(), string(&ecdsa_blob())].concat();
    let middle = [string(NAMESPACE.as_bytes()), string(b""), string(b"sha512")].concat();
    let inner = [string(b"ecdsa-sha2-nistp256"), string(&[r, s].concat())].concat();
    [head, middle, string(&inner)].concat()
}

fn ssh_key_accepts(public: &str, signature: &[u8]) -> bool {
    let key = ssh_key::PublicKey::from_openssh(public).unwrap();
    let parsed = ssh_key::SshSig::from_pem(sshsig::armor(signature));
    parsed.is_ok_and(|parsed| key.verify(NAMESPACE, BODY, &parsed).is_ok())
}

fn policy(principals: &[(&str, &[String])]) -> Policy {
    let quorum = Quorum { persons: 1, organisations: 1 };
    let rule = Rule { quorum, wait_s: 1, review_ttl_s: 1, expiry_max_s: 1, review_max_s: 1, emergency: None };
    let one = |keys: &[String]| {
        let keys = keys.iter().map(|public| key(public)).collect();
        Principal { organisation: "ngo".into(), roles: vec![Role::Approver], keys }
    };
    let principals = principals.iter().map(|(id, keys)| ((*id).to_owned(), one(keys))).collect();
    let rules_by_territory = Default::default();
    Policy { version: 1, prev: None, principals, rule, rules_by_territory, rotation: quorum, recovery: None }
}

fn key(public: &str) -> Key {
    Key { public: public.into(), valid_after: None, valid_before: None, pin_required: false }
}

fn seeded(seed: u32) -> String {
    let mut bytes = [2; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    PrivateKey::from_seed(bytes).public().to_string()
}

fn no_signature() -> Sig {
    Sig { by: "ana@ngo".into(), kind: SigKind::Sshsig, sig: vec![] }
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
