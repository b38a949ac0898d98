//! Who brings a request, as far as an identity provider says so. No token lets a record into the log, and none is needed for one: who
//! asks may matter to rates and messages, and to nothing else.
//!
//! A bearer token is a JSON Web Token (RFC 7519) in compact form, signed with RS256 or ES256 (RFC 7518, 3.3 and 3.4) by a key of the
//! issuer's key set (RFC 7517). No other algorithm is taken, whatever a token says of itself. Checked are, as OpenID Connect Core
//! 3.1.3.7 demands: issuer, audience, expiry; where given, the time before which it is not valid.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64ct::{Base64UrlUnpadded, Encoding};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

/// Longest token, bytes.
pub const TOKEN_BYTES_MAX: usize = 8 << 10;
/// Largest key set, bytes.
pub const KEY_SET_BYTES_MAX: u64 = 1 << 20;
/// Most keys of a set that are used.
pub const KEYS_MAX: usize = 64;
/// By how much the clocks of issuer and service may differ, s.
pub const LEEWAY_S: i64 = 60;
/// A set is fetched again for a key that is not in it, but no more often than this.
const FETCH_AGAIN: Duration = Duration::from_secs(60);
/// A set that is older than this is fetched again, so that a key that was withdrawn does not live on.
const FETCH_OLD: Duration = Duration::from_secs(3_600);
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Gives a key set's text; what it says on failure is for a person.
pub type Fetch = Box<dyn Fn() -> Result<String, String> + Send + Sync>;

/// Whose tokens are believed, and how far.
pub struct Issuer {
    issuer: String,
    audience: String,
    fetch: Fetch,
    keys: RwLock<Arc<Vec<Key>>>,
    fetched: Mutex<Instant>,
    fetch_again: Duration,
    fetch_old: Duration,
}

/// Who a token says its bearer is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Who says so.
    pub issuer: String,
    /// The subject, unique with its issuer.
    pub subject: String,
}

/// Why a token is not believed. Nothing of the token is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum TokenError {
    #[error("the token is longer than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    #[error("the token is no JSON Web Token in compact form, or several are given; give one, or none")]
    Form,
    #[error("the token is signed with an algorithm that is not taken; allowed: RS256, ES256")]
    Algorithm,
    #[error("the token is signed by a key that the issuer's key set does not have")]
    UnknownKey,
    #[error("the token's signature is not by the issuer's key")]
    Signature,
    #[error("the token is from another issuer")]
    Issuer,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token has expired, or does not say when it does; get a new one")]
    Expired,
    #[error("the token is not valid yet; is this machine's clock right?")]
    NotYet,
    #[error("the token does not say who its bearer is, or at too great length")]
    Subject,
}

/// A key of the set.
struct Key {
    id: Option<String>,
    public: Public,
}

enum Public {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point (SEC 1, 2.3.3).
    P256(Vec<u8>),
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<KeyEntry>,
}

/// A JSON Web Key. Keys have many other members, which do not matter here.
#[derive(Deserialize)]
struct KeyEntry {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Names members that must be understood; none is.
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Value>,
    exp: Option<Value>,
    nbf: Option<Value>,
}

/// A token in its parts.
struct Token<'a> {
    header: Header,
    claims: Claims,
    signed: &'a [u8],
    signature: Vec<u8>,
}

impl Issuer {
    /// Believes tokens of `issuer` for `audience`, signed with the keys that `fetch` gives.
    ///
    /// # Errors
    /// What is wrong with the key set, for a person.
    pub fn new(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        fetch: Fetch,
    ) -> Result<Issuer, String> {
        let keys = read_keys(&fetch()?)?;
        Ok(Issuer {
            issuer: issuer.into(),
            audience: audience.into(),
            fetch,
            keys: RwLock::new(Arc::new(keys)),
            fetched: Mutex::new(Instant::now()),
            fetch_again: FETCH_AGAIN,
            fetch_old: FETCH_OLD,
        })
    }

    /// The same with other times: for a key that is not in it the set is fetched once it is as old as `again`, for any token once
    /// it is as old as `old`.
    pub fn fetching(self, again: Duration, old: Duration) -> Issuer {
        Issuer { fetch_again: again, fetch_old: old, ..self }
    }

    /// Who the bearer of a token is, at a time, s since 1970. May fetch the key set: blocks then.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn identify(&self, token: &str, now: i64) -> Result<Identity, TokenError> {
        let token = Token::parse(token)?;
        self.fetch_if(self.fetch_old);
        match self.check(&token, now) {
            Err(TokenError::UnknownKey) if self.fetch_if(self.fetch_again) => self.check(&token, now),
            checked => checked,
        }
    }

    /// The same without ever blocking: `None` where the key set has to be fetched first.
    pub fn identify_at_once(&self, token: &str, now: i64) -> Option<Result<Identity, TokenError>> {
        let token = match Token::parse(token) {
            Ok(token) => token,
            Err(error) => return Some(Err(error)),
        };
        let age = self.fetched.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        match self.check(&token, now) {
            _ if age >= self.fetch_old => None,
            Err(TokenError::UnknownKey) if age >= self.fetch_again => None,
            checked => Some(checked),
        }
    }

    fn check(&self, token: &Token<'_>, now: i64) -> Result<Identity, TokenError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        verify(&keys, token)?;
        self.check_claims(&token.claims, now)
    }

    fn check_claims(&self, claims: &Claims, now: i64) -> Result<Identity, TokenError> {
        if claims.iss.as_deref() != Some(&self.issuer) {
            return Err(TokenError::Issuer);
        }
        let is_ours = |value: &Value| value.as_str() == Some(&self.audience);
        let for_us = match &claims.aud {
            Some(Value::Array(several)) => several.iter().any(is_ours),
            Some(one) => is_ours(one),
            None => false,
        };
        if !for_us {
            return Err(TokenError::Audience);
        }
        // Numbers of seconds, with or without a fraction (RFC 7519, 2).
        let seconds = |value: &Value| value.as_f64().map(|seconds| seconds.floor() as i64);
        if claims.exp.as_ref().and_then(seconds).is_none_or(|until| now >= until.saturating_add(LEEWAY_S)) {
            return Err(TokenError::Expired);
        }
        if let Some(from) = &claims.nbf
            && seconds(from).is_none_or(|from| now.saturating_add(LEEWAY_S) < from)
        {
            return Err(TokenError::NotYet);
        }
        let fits = |subject: &String| (1..=SUBJECT_BYTES_MAX).contains(&subject.len());
        let subject = claims.sub.clone().filter(fits).ok_or(TokenError::Subject)?;
        Ok(Identity { issuer: self.issuer.clone(), subject })
    }

    /// Fetches the key set again if the last time is long enough ago. Where that fails the keys stay. True where they were fetched.
    fn fetch_if(&self, after: Duration) -> bool {
        {
            let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
            if fetched.elapsed() < after {
                return false;
            }
            // Only one fetches; the others go on with what there is.
            *fetched = Instant::now();
        }
        match (self.fetch)().and_then(|text| read_keys(&text)) {
            Ok(keys) => {
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                true
            }
            Err(_) => false,
        }
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// Fetches a key set from a file or an `https://` address; `http://` on this machine only.
///
/// # Errors
/// What is wrong with the place, for a person.
pub fn fetch_from(place: &str) -> Result<Fetch, String> {
    let is_local = |rest: &str| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        // A name and a password before an @ could look like a host.
        !rest.contains('@') && ["127.0.0.1", "localhost", "[::1]"].contains(&host)
    };
    let place = place.to_owned();
    if place.strip_prefix("http://").is_some_and(|rest| !is_local(rest)) {
        return Err(format!(
            "{place} is not encrypted, so that anybody on the way could give keys; give https:// or a file"
        ));
    }
    if place.starts_with("http://") || place.starts_with("https://") {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(FETCH_TIMEOUT))
            .user_agent(concat!("skyshed/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        return Ok(Box::new(move || {
            let mut answer = agent.get(&place).call().map_err(|error| format!("{place}: {error}"))?;
            let body = answer.body_mut().with_config().limit(KEY_SET_BYTES_MAX).read_to_string();
            body.map_err(|error| format!("{place}: {error}"))
        }));
    }
    Ok(Box::new(move || {
        let size = std::fs::metadata(&place).map_err(|error| format!("{place}: {error}"))?.len();
        if size > KEY_SET_BYTES_MAX {
            return Err(format!("{place}: {size} bytes; allowed: {KEY_SET_BYTES_MAX}"));
        }
        std::fs::read_to_string(&place).map_err(|error| format!("{place}: {error}"))
    }))
}

/// The token of an `Authorization: Bearer` field (RFC 6750, 2.1); none where there is none.
pub fn bearer(field: &str) -> Option<&str> {
    let field = field.trim();
    let (scheme, token) = field.split_once(' ').unwrap_or((field, ""));
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn read_keys(text: &str) -> Result<Vec<Key>, String> {
    let set: KeySet = serde_json::from_str(text).map_err(|error| format!("no JSON Web Key Set: {error}"))?;
    let keys: Vec<Key> = set.keys.into_iter().filter_map(KeyEntry::key).take(KEYS_MAX).collect();
    match keys.is_empty() {
        true => {
            Err("the key set has no RSA key of 2,048 bits and more and no P-256 key for signatures"
                .to_owned())
        }
        false => Ok(keys),
    }
}

impl KeyEntry {
    /// The key, if it is one for RS256 or ES256.
    fn key(self) -> Option<Key> {
        if self.r#use.as_deref().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let part = |text: &Option<String>| Base64UrlUnpadded::decode_vec(text.as_deref()?).ok();
        let is_for = |alg: &str| self.alg.as_deref().is_none_or(|given| given == alg);
        let public = match self.kty.as_str() {
            "RSA" if is_for("RS256") => Public::Rsa { n: part(&self.n)?, e: part(&self.e)? },
            "EC" if is_for("ES256") && self.crv.as_deref() == Some("P-256") => {
                let (x, y) = (part(&self.x)?, part(&self.y)?);
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                Public::P256([&[4u8][..], &x[..], &y[..]].concat())
            }
            _ => return None,
        };
        Some(Key { id: self.kid, public })
    }
}

impl Token<'_> {
    fn parse(text: &str) -> Result<Token<'_>, TokenError> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong);
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Form);
        };
        let decode = |part: &str| Base64UrlUnpadded::decode_vec(part).map_err(|_| TokenError::Form);
        let signed = &text.as_bytes()[..header.len() + 1 + claims.len()];
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| TokenError::Form)?;
        let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|_| TokenError::Form)?;
        if header.crit.is_some() {
            return Err(TokenError::Form);
        }
        Ok(Token { header, claims, signed, signature: decode(signature)? })
    }
}

/// The algorithm is the key's: a token cannot choose how it is checked.
fn verify(keys: &[Key], token: &Token<'_>) -> Result<(), TokenError> {
    let wanted = match token.header.alg.as_str() {
        "RS256" => |key: &Key| matches!(key.public, Public::Rsa { .. }),
        "ES256" => |key: &Key| matches!(key.public, Public::P256(_)),
        _ => return Err(TokenError::Algorithm),
    };
    let named = |key: &&Key| token.header.kid.is_none() || key.id == token.header.kid;
    let mut candidates = keys.iter().filter(|key| wanted(key)).filter(named).peekable();
    if candidates.peek().is_none() {
        return Err(TokenError::UnknownKey);
    }
    match candidates.any(|key| key.signed(token)) {
        true => Ok(()),
        false => Err(TokenError::Signature),
    }
}

impl Key {
    fn signed(&self, token: &Token<'_>) -> bool {
        match &self.public {
            Public::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, token.signed, &token.signature)
                .is_ok(),
            Public::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(token.signed, &token.signature)
                .is_ok(),
        }
    }
}

const SUBJECT_BYTES_MAX: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use std::sync::atomic::{AtomicUsize, Ordering};

    const NOW: i64 = 1_800_000_000;

    struct Signer {
        pair: EcdsaKeyPair,
        id: String,
    }

    impl Signer {
        fn new(id: &str) -> Signer {
            let random = SystemRandom::new();
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            let pair =
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
            Signer { pair, id: id.to_owned() }
        }

        fn jwk(&self) -> Value {
            let point = self.pair.public_key().as_ref();
            let text = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
            serde_json::json!({
                "kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "alg": "ES256",
                "x": text(&point[1..33]), "y": text(&point[33..]), "x5c": ["passed over"],
            })
        }

        fn token(&self, header: Value, claims: Value) -> String {
            let part = |value: Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
            let signed = format!("{}.{}", part(header), part(claims));
            let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
            format!("{signed}.{}", Base64UrlUnpadded::encode_string(signature.as_ref()))
        }
    }

    fn claims() -> Value {
        serde_json::json!({ "iss": "https://id.example", "aud": "skyshed", "sub": "u1", "exp": NOW + 300, "nbf": NOW })
    }

    fn issuer(keys: &[&Signer]) -> Issuer {
        let set =
            serde_json::json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }).to_string();
        Issuer::new("https://id.example", "skyshed", Box::new(move || Ok(set.clone()))).unwrap()
    }

    fn header() -> Value {
        serde_json::json!({ "alg": "ES256", "kid": "k1", "typ": "JWT" })
    }

    fn with(mut value: Value, key: &str, new: Value) -> Value {
        value[key] = new;
        value
    }

    #[test]
    fn a_token_of_the_issuer_names_its_bearer() {
        let signer = Signer::new("k1");
        let issuer = issuer(&[&Signer::new("k0"), &signer]);
        let identify = |header, claims| issuer.identify(&signer.token(header, claims), NOW);
        let expected = Identity { issuer: "https://id.example".into(), subject: "u1".into() };
        assert_eq!(identify(header(), claims()), Ok(expected));
        let several = with(claims(), "aud", serde_json::json!(["other", "skyshed"]));
        assert!(identify(header(), several).is_ok());
        assert!(
            identify(serde_json::json!({ "alg": "ES256" }), claims()).is_ok(),
            "without the name of a key"
        );
        assert!(identify(header(), with(claims(), "exp", (NOW - LEEWAY_S + 1).into())).is_ok());
    }

    #[test]
    fn every_other_token_is_refused_for_what_is_wrong_with_it() {
        let signer = Signer::new("k1");
        let issuer = issuer(&[&signer]);
        let check = |token: String, expected: TokenError| {
            assert_eq!(issuer.identify(&token, NOW), Err(expected), "{token}");
        };
        let signed = |key: &str, value: Value| signer.token(header(), with(claims(), key, value));
        check(signed("iss", "https://id.example.evil".into()), TokenError::Issuer);
        check(signed("aud", "other".into()), TokenError::Audience);
        check(signed("aud", Value::Null), TokenError::Audience);
        check(signed("exp", (NOW - LEEWAY_S).into()), TokenError::Expired);
        check(signed("exp", Value::Null), TokenError::Expired);
        check(signed("exp", "tomorrow".into()), TokenError::Expired);
        check(signed("nbf", (NOW + LEEWAY_S + 1).into()), TokenError::NotYet);
        check(signed("sub", Value::Null), TokenError::Subject);
        check(signed("sub", "x".repeat(256).into()), TokenError::Subject);
        for alg in ["none", "None", "HS256", "RS512", "ES384"] {
            check(signer.token(with(header(), "alg", alg.into()), claims()), TokenError::Algorithm);
        }
        // The key decides: a P-256 key is none for RS256.
        check(signer.token(with(header(), "alg", "RS256".into()), claims()), TokenError::UnknownKey);
        check(signer.token(with(header(), "kid", "k9".into()), claims()), TokenError::UnknownKey);
        check(signer.token(with(header(), "crit", serde_json::json!(["x"])), claims()), TokenError::Form);
        check(Signer::new("k1").token(header(), claims()), TokenError::Signature);
        let good = signer.token(header(), claims());
        let forged = good.rsplit_once('.').unwrap().0;
        check(format!("{forged}."), TokenError::Signature);
        check(forged.to_owned(), TokenError::Form);
        check("a.b.c".into(), TokenError::Form);
        check(String::new(), TokenError::Form);
        check("x".repeat(TOKEN_BYTES_MAX + 1), TokenError::TooLong);
    }

    /// The example of RFC 7515, appendix A.2: RS256. Its claims have no audience, so that it stops there, behind its signature.
    #[test]
    fn rs256_is_that_of_the_standard() {
        let set = serde_json::json!({ "keys": [{ "kty": "RSA", "e": "AQAB", "n":
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-\
             pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2Ca\
             pHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5\
             4h4FRWyuXpoQ" }] });
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
             cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjb\
             KBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZES\
             c6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let issuer = Issuer::new("joe", "skyshed", Box::new(move || Ok(set.to_string()))).unwrap();
        assert_eq!(issuer.identify(token, 1_300_819_000), Err(TokenError::Audience));
        let other = token.replace("cC4hi", "cC4hj");
        assert_eq!(issuer.identify(&other, 1_300_819_000), Err(TokenError::Signature));
    }

    #[test]
    fn keys_are_fetched_again_for_a_new_key_but_not_for_every_stranger() {
        let (old, new) = (Signer::new("k1"), Signer::new("k2"));
        let count = Arc::new(AtomicUsize::new(0));
        let (first, second) =
            (serde_json::json!({ "keys": [old.jwk()] }), serde_json::json!({ "keys": [new.jwk()] }));
        let counted = count.clone();
        let fetch = move || match counted.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(first.to_string()),
            1 => Err("not reachable".to_owned()),
            _ => Ok(second.to_string()),
        };
        let issuer = Issuer::new("https://id.example", "skyshed", Box::new(fetch)).unwrap();
        let token = new.token(with(header(), "kid", "k2".into()), claims());
        let again = |issuer: &Issuer| {
            let before = Instant::now().checked_sub(FETCH_AGAIN).expect("the machine is up for a minute");
            *issuer.fetched.lock().unwrap() = before;
        };
        for _ in 0..5 {
            assert_eq!(issuer.identify(&token, NOW), Err(TokenError::UnknownKey));
            assert_eq!(issuer.identify_at_once(&token, NOW), Some(Err(TokenError::UnknownKey)));
        }
        assert_eq!(count.load(Ordering::SeqCst), 1, "it was fetched a moment ago");
        again(&issuer);
        assert_eq!(issuer.identify_at_once(&token, NOW), None, "it would have to be fetched");
        assert_eq!(
            issuer.identify(&token, NOW),
            Err(TokenError::UnknownKey),
            "where fetching fails the keys stay"
        );
        again(&issuer);
        assert!(issuer.identify(&token, NOW).is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 3);
        assert_eq!(
            issuer.identify(&old.token(header(), claims()), NOW),
            Err(TokenError::UnknownKey),
            "it was withdrawn"
        );
    }

    #[test]
    fn a_key_set_without_a_usable_key_is_refused_and_bearers_are_found() {
        for text in ["", "{}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"] {
            assert!(Issuer::new("i", "a", Box::new(move || Ok(text.to_owned()))).is_err(), "{text}");
        }
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!((bearer("Basic abc"), bearer("Bearer")), (None, Some("")));
        assert!(fetch_from("http://id.example/keys").is_err_and(|error| error.contains("not encrypted")));
        assert!(fetch_from("http://127.0.0.1.evil.example/keys").is_err());
        assert!(fetch_from("http://127.0.0.1:8080/keys").is_ok());
        assert!(fetch_from("http://127.0.0.1@evil.example/keys").is_err());
        assert!(fetch_from("http://127.0.0.1:80@evil.example/keys").is_err());
    }
}
