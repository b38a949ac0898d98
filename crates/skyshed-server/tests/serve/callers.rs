//! Who asks: bearers of tokens have rates of their own, writes have one beside reading, and whoever meets a limit is counted.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use skyshed_server::clock::Clock;
use skyshed_server::identity::Issuer;
use skyshed_server::limits::Limits;
use skyshed_server::{ServeOptions, Server};

use crate::client::{Response, get, post, request};
use crate::{START, WORLD, anywhere, epoch, turn};

const PATH: &str = "/problems/busy";
const FAR_FUTURE_S: u64 = 32_503_680_000;

/// An identity provider with a key of its own.
pub struct Provider {
    id: &'static str,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

fn base64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

impl Provider {
    pub fn new() -> Provider {
        Provider::with_key("k1")
    }

    /// The same with another name of its key.
    fn with_key(id: &'static str) -> Provider {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Provider { id, pair, random }
    }

    /// Who believes its tokens.
    pub fn issuer(&self) -> Issuer {
        let set = self.keys();
        Issuer::new("https://id.example", "skyshed", Box::new(move || Ok(set.clone()))).unwrap()
    }

    fn keys(&self) -> String {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (base64(&point[1..33]), base64(&point[33..]));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": self.id, "x": x, "y": y }] }).to_string()
    }

    /// A token with these claims, signed.
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": self.id }).to_string();
        let signed = format!("{}.{}", base64(header.as_bytes()), base64(claims.to_string().as_bytes()));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64(signature.as_ref()))
    }

    fn bearer(&self, subject: &str, until_s: u64) -> String {
        let claims = json!({ "iss": "https://id.example", "aud": "skyshed", "sub": subject, "exp": until_s });
        format!("Bearer {}", self.token(&claims))
    }
}

fn start(change: impl FnOnce(&mut Limits)) -> Server {
    let mut options = ServeOptions { listen: anywhere(), ..ServeOptions::default() };
    change(&mut options.limits);
    Server::start_with(WORLD.clone(), None, Clock::by_hand(epoch(START)), options, None).unwrap()
}

/// Asks until it is too much; what is answered then.
fn drained(ask: impl Fn() -> Response) -> Response {
    (0..2_000).map(|_| ask()).find(|answer| answer.status == 429).expect("the bucket becomes empty")
}

fn metric(server: &Server, line: &str) -> bool {
    get(server.address(), "/metrics").text().contains(&format!("\n{line}\n"))
}

fn left(answer: &Response) -> &str {
    answer.header("ratelimit").unwrap().split(";t=").next().unwrap()
}

#[test]
fn a_bearer_has_a_rate_of_its_own_wherever_it_comes_from() {
    let _turn = turn();
    let server = start(|limits| {
        limits.requests_per_s = 1;
        limits.request_burst = 20;
    });
    let provider = Provider::new();
    server.service().set_issuer(provider.issuer()).unwrap();
    let ask = |bearer: &str| request(server.address(), "GET", PATH, &[("authorization", bearer)]);
    let detail = |answer: &Response| answer.json()["detail"].as_str().unwrap().to_owned();

    let nobody = drained(|| get(server.address(), PATH));
    assert!(detail(&nobody).contains("requests from your address; allowed: 20 in 20 s"), "{}", nobody.text());
    let (one, other) = (provider.bearer("one", FAR_FUTURE_S), provider.bearer("other", FAR_FUTURE_S));
    let first = ask(&one);
    assert_eq!((first.status, left(&first)), (200, "\"client\";r=19"), "the address has nothing left");
    let spent = drained(|| ask(&one));
    assert!(detail(&spent).contains("requests by the bearer of your token"), "{}", spent.text());
    let second = ask(&other);
    assert_eq!((second.status, left(&second)), (200, "\"client\";r=19"), "each subject has a bucket");
    // Another token of the same subject is the same bearer.
    drained(|| ask(&provider.bearer("other", FAR_FUTURE_S - 1)));
    drained(|| ask(&other));
}

#[test]
fn a_token_that_is_not_believed_is_refused_and_none_is_needed() {
    let _turn = turn();
    let server = start(|limits| limits.requests_per_s = 1);
    let provider = Provider::new();
    let ask = |path: &str, fields: &[&str]| {
        let headers: Vec<_> = fields.iter().map(|field| ("authorization", *field)).collect();
        request(server.address(), "GET", path, &headers)
    };
    // Where no issuer is known tokens are not looked at.
    assert_eq!(ask(PATH, &["Bearer x.y.z"]).status, 200);
    server.service().set_issuer(provider.issuer()).unwrap();
    let good = provider.bearer("one", FAR_FUTURE_S);
    let foreign = Provider::new().bearer("one", FAR_FUTURE_S);
    let expired = provider.bearer("one", 1_000_000_000);
    for (fields, said) in [
        (&["Bearer x.y.z"][..], "no JSON Web Token"),
        (&["Bearer"], "no JSON Web Token"),
        (&[&good, &good], "several are given"),
        (&[&foreign], "not by the issuer's key"),
        (&[&expired], "expired"),
    ] {
        let refused = ask(PATH, fields);
        let problem = refused.json();
        assert_eq!((refused.status, &problem["type"]), (401, &"/problems/bad-token".into()), "{fields:?}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"), "RFC 6750, 3");
        assert_eq!(ask("/healthz", fields).status, 200, "whoever looks after the service gets through");
    }
    for fields in [&[][..], &[good.as_str()], &["Basic eDp5"]] {
        assert_eq!(ask(PATH, fields).status, 200, "{fields:?}");
    }
    assert_eq!(ask("/metrics", &["Bearer x.y.z"]).status, 401);
    // Guesses cost whoever is at the address.
    let spent = drained(|| ask(PATH, &["Bearer x.y.z"]));
    assert!(spent.json()["detail"].as_str().unwrap().contains("from your address"), "{}", spent.text());
}

#[test]
fn keys_that_the_issuer_changes_are_fetched_and_kept_where_they_cannot_be() {
    let _turn = turn();
    let server = start(|_| ());
    let (old, new) = (Provider::with_key("k1"), Provider::with_key("k2"));
    let published = Arc::new(Mutex::new(Ok(old.keys())));
    let fetched = published.clone();
    let fetch = Box::new(move || fetched.lock().unwrap().clone());
    let issuer = Issuer::new("https://id.example", "skyshed", fetch).unwrap();
    let issuer = issuer.fetching(Duration::ZERO, Duration::MAX);
    server.service().set_issuer(issuer).unwrap();
    let status = |provider: &Provider| {
        let bearer = provider.bearer("one", FAR_FUTURE_S);
        request(server.address(), "GET", PATH, &[("authorization", &bearer)]).status
    };
    assert_eq!((status(&old), status(&new)), (200, 401));
    *published.lock().unwrap() = Err("the provider is away".to_owned());
    assert_eq!((status(&new), status(&old)), (401, 200), "what is known stays");
    *published.lock().unwrap() = Ok(new.keys());
    assert_eq!((status(&new), status(&old)), (200, 401), "one was published, the other withdrawn");
}

#[test]
fn writes_have_a_rate_beside_that_of_reading() {
    let _turn = turn();
    let server = start(|limits| {
        limits.writes_per_s = 1;
        limits.write_burst = 5;
    });
    let provider = Provider::new();
    server.service().set_issuer(provider.issuer()).unwrap();
    let send = |headers: &[(&str, &str)]| post(server.address(), "/api/v1/requests", headers, b"{}");
    let first = send(&[]);
    assert_eq!(first.status, 403, "it only reads, which is not the rate's business");
    let policy = "\"client\";q=1000;w=5, \"writes\";q=5;w=5";
    assert_eq!(first.header("ratelimit-policy"), Some(policy));
    assert!(first.header("ratelimit").unwrap().contains("\"writes\";r=4;t="), "{:?}", first.headers);
    let refused = drained(|| send(&[]));
    assert_eq!(refused.json()["type"], "/problems/too-many");
    let detail = "too many writes from your address; allowed: 5 in 5 s; ask again in 1 s";
    assert_eq!(refused.json()["detail"], detail);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(refused.header("ratelimit").unwrap().contains("\"writes\";r=0;t="), "{:?}", refused.headers);
    // Reading goes on, and so does whoever says who writes.
    let read = get(server.address(), PATH);
    assert_eq!((read.status, read.header("ratelimit-policy")), (200, Some("\"client\";q=1000;w=5")));
    let bearer = provider.bearer("one", FAR_FUTURE_S);
    assert_eq!(send(&[("authorization", &bearer)]).status, 403);
    assert!(metric(&server, "skyshed_limits_met_total{limit=\"write_rate\"} 1"));
    assert!(metric(&server, "skyshed_limits_met_total{limit=\"rate\"} 0"));
}

#[test]
fn previews_that_wait_and_subscribers_too_many_are_counted() {
    let _turn = turn();
    let server = start(|limits| limits.subscribers = 0);
    let refused = get(server.address(), "/api/v1/events");
    assert_eq!((refused.status, &refused.json()["type"]), (503, &"/problems/busy".into()));
    assert!(metric(&server, "skyshed_limits_met_total{limit=\"subscribers\"} 1"));
    // A preview of a request that no log has: refused as soon as it has a place.
    let preview = || get(server.address(), "/api/v1/preview?request=1").status;
    assert_eq!(preview(), 404);
    assert!(metric(&server, "skyshed_limits_met_total{limit=\"previews\"} 0"));
    let places = server.service().previews.try_acquire_many(server.service().limits.previews).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(preview);
        while !metric(&server, "skyshed_limits_met_total{limit=\"previews\"} 1") {
            assert!(!waiting.is_finished(), "it has no place");
        }
        drop(places);
        assert_eq!(waiting.join().unwrap(), 404);
    });
}
