//! The gate that every request passes: it gets an id, is held to the limits, timed and counted.
//!
//! In this order: who asks, where a token says so; rates of the client, length of the target, body (whole, within its size and time, so that a slow sender
//! takes no place), a place among those that are answered at once, the time until the answer begins. Health and readiness
//! skip rate and place, metrics the place: whoever looks after the service always gets through.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header};
use axum::middleware::Next;

use crate::clients::{Caller, Client};
use crate::connections::Peer;
use crate::identity::{Identity, TokenError};
use crate::limits::Limit;
use crate::messages::Answered;
use crate::problem::{Kind, Problem};
use crate::rate::{Allowance, Rate, Taken};
use crate::service::Service;

/// What a request is called in the messages and, where it is reported, by its sender.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What is left of the client's rate (draft-ietf-httpapi-ratelimit-headers-10).
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What the rate is (the same draft).
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Longest id that is taken over from a proxy, bytes.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// Requests on paths that do not exist are counted under this name.
const OTHER: &str = "other";
const HEALTH: [&str; 2] = ["/healthz", "/readyz"];
const METRICS: &str = "/metrics";

/// Lets a request in, or says why not.
pub async fn gate(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let path = matched.as_ref().map_or(OTHER, MatchedPath::as_str);
    let (peer, id) = (peer(&request), request_id(&service, &request));
    let client = service.proxies.client_of(peer, request.headers());
    let (caller, doubt) = match HEALTH.contains(&path) {
        true => (None, None),
        false => caller(service.identify(request.headers()).await, client),
    };
    let is_write = !only_reads(request.method());
    let taken = caller.as_ref().map(|caller| (caller, service.rates.take(caller, is_write)));
    let told = service.messages.requests().then(|| (request.method().clone(), request.uri().clone()));
    let refused = taken.as_ref().and_then(|(caller, taken)| Some((caller, taken.refused()?)));
    let response = match (refused, doubt) {
        (Some((caller, (rate, allowance))), _) => Err(refuse(&service, too_many(caller, rate, allowance))),
        (None, Some(error)) => Err(Problem::new(Kind::BadToken, error.to_string())),
        (None, None) => admit(&service, path, request, next).await,
    };
    let mut response = response.unwrap_or_else(|problem| problem.response());
    if let Some((_, taken)) = &taken {
        say_rates(response.headers_mut(), taken);
    }
    let status = response.status().as_u16();
    let took = began.elapsed();
    if let Some((method, uri)) = &told {
        let bearer = caller.as_ref().and_then(Caller::bearer);
        service.messages.request(&Answered { id: &id, client, bearer, method, uri, status, took });
    }
    response.headers_mut().insert(REQUEST_ID, id);
    service.metrics.count_request(path, status, took);
    response
}

/// Whom the rates count, and what is wrong with the token that was given, if anything is: whoever gives one that is not
/// believed is at an address like everybody else.
fn caller(
    identified: Result<Option<Identity>, TokenError>,
    client: IpAddr,
) -> (Option<Caller>, Option<TokenError>) {
    let (bearer, doubt) = match identified {
        Ok(bearer) => (bearer, None),
        Err(error) => (None, Some(error)),
    };
    (Some(bearer.map_or(Caller::Address(Client::of(client)), Caller::Bearer)), doubt)
}

fn only_reads(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// A refusal, and the limit that is behind it.
struct Refusal {
    limit: Limit,
    problem: Problem,
}

fn refuse(service: &Service, refusal: Refusal) -> Problem {
    service.metrics.limits.count(refusal.limit);
    refusal.problem
}

async fn admit(
    service: &Service,
    path: &str,
    request: Request,
    next: Next,
) -> Result<Response<Body>, Problem> {
    let limits = &service.limits;
    let refuse =
        |limit, kind, detail: String| refuse(service, Refusal { limit, problem: Problem::new(kind, detail) });
    let target_bytes = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target_bytes > limits.target_bytes as usize {
        let allowed = limits.target_bytes;
        let detail = format!(
            "path and query are {target_bytes} bytes long; allowed: up to {allowed}; ask for less at a time"
        );
        return Err(refuse(Limit::TargetBytes, Kind::TooLong, detail));
    }
    let request =
        with_whole_body(service, request).await.map_err(|refusal| self::refuse(service, refusal))?;
    let always = path == METRICS || HEALTH.contains(&path);
    let place = match (always, service.room.try_acquire()) {
        (true, _) => None,
        (false, Ok(place)) => Some(place),
        (false, Err(_)) => {
            let allowed = limits.requests;
            let detail =
                format!("more than {allowed} requests at once; allowed: {allowed}; ask again in a second");
            return Err(refuse(Limit::Requests, Kind::Busy, detail));
        }
    };
    let answer = tokio::time::timeout(limits.request_timeout, next.run(request)).await;
    drop(place);
    let Ok(response) = answer else {
        let allowed_s = limits.request_timeout.as_secs_f64();
        let detail =
            format!("the answer took longer than {allowed_s} s, the most allowed; ask for less, or later");
        return Err(refuse(Limit::RequestTimeout, Kind::Busy, detail));
    };
    let bytes = response.body().size_hint().exact().unwrap_or(0);
    if bytes > limits.response_bytes {
        let allowed = limits.response_bytes;
        let detail =
            format!("the answer would be {bytes} bytes long; allowed: up to {allowed}; ask for less");
        return Err(refuse(Limit::ResponseBytes, Kind::BadValue, detail));
    }
    Ok(response)
}

/// The request with all of its body in memory. The bodies of requests that only read are not looked at: the connection
/// closes behind the answer where they are longer than a few kilobytes.
async fn with_whole_body(service: &Service, request: Request) -> Result<Request, Refusal> {
    if only_reads(request.method()) || request.body().is_end_stream() {
        return Ok(request);
    }
    let limits = &service.limits;
    let allowed = limits.body_bytes;
    let too_large = |given: String| Refusal {
        limit: Limit::BodyBytes,
        problem: Problem::new(
            Kind::TooLarge,
            format!("the body is {given} bytes long; allowed: up to {allowed}; send one record at a time"),
        ),
    };
    if let Some(given) = request.body().size_hint().exact().filter(|given| *given > u64::from(allowed)) {
        return Err(too_large(given.to_string()));
    }
    let (head, body) = request.into_parts();
    match tokio::time::timeout(limits.body_timeout, to_bytes(body, allowed as usize)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(head, Body::from(bytes))),
        // The connection broke, or the body is longer than it may be; then there is somebody to tell.
        Ok(Err(_)) => Err(too_large(format!("more than {allowed}"))),
        Err(_) => Err(Refusal {
            limit: Limit::BodyTimeout,
            problem: Problem::new(
                Kind::TooSlow,
                format!(
                    "the body did not come within {} s, the most allowed; send it again, in one go",
                    limits.body_timeout.as_secs_f64()
                ),
            ),
        }),
    }
}

fn too_many(caller: &Caller, rate: &Rate, allowance: Allowance) -> Refusal {
    let (burst, window_s, wait_s) = (rate.burst(), rate.window_s(), allowance.retry_after_s.max(1));
    let what = if rate.limit() == Limit::WriteRate { "writes" } else { "requests" };
    let whose = match caller {
        Caller::Address(_) => "from your address",
        Caller::Bearer(_) => "by the bearer of your token",
    };
    let detail =
        format!("too many {what} {whose}; allowed: {burst} in {window_s} s; ask again in {wait_s} s");
    Refusal { limit: rate.limit(), problem: Problem::new(Kind::TooMany, detail) }
}

fn say_rates(headers: &mut HeaderMap, taken: &Taken<'_>) {
    let name = |rate: &Rate| if rate.limit() == Limit::WriteRate { "writes" } else { "client" };
    let policy = |(rate, _): (&Rate, Allowance)| {
        format!("\"{}\";q={};w={}", name(rate), rate.burst(), rate.window_s())
    };
    let left = |(rate, left): (&Rate, Allowance)| {
        format!("\"{}\";r={};t={}", name(rate), left.remaining, left.full_after_s)
    };
    let (policies, left): (Vec<_>, Vec<_>) = taken.each().map(|each| (policy(each), left(each))).unzip();
    if policies.is_empty() {
        return;
    }
    let list = |items: Vec<String>| HeaderValue::try_from(items.join(", ")).expect("words and digits");
    headers.insert(RATE_LIMIT_POLICY, list(policies));
    headers.insert(RATE_LIMIT, list(left));
    if let Some((_, refused)) = taken.refused() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(refused.retry_after_s.max(1)));
    }
}

/// Where the connection comes from. Only a test that calls the router without a connection has none.
fn peer(request: &Request) -> IpAddr {
    request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |Peer(peer)| *peer)
}

/// The id that a trusted proxy gave the request, or a new one: a number of the process, and one of the request.
fn request_id(service: &Service, request: &Request) -> HeaderValue {
    let word = |id: &HeaderValue| {
        let known = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(known)
    };
    let given = request.headers().get(REQUEST_ID).filter(|id| word(id));
    match given.filter(|_| service.proxies.trusts(peer(request))) {
        Some(given) => given.clone(),
        None => service.request_ids.next(),
    }
}

/// Makes ids of requests.
#[derive(Debug)]
pub struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    /// Ids that begin with a number that differs from process to process.
    pub fn new(process: u32) -> RequestIds {
        RequestIds { process, next: AtomicU64::new(1) }
    }

    fn next(&self) -> HeaderValue {
        let (process, number) = (self.process, self.next.fetch_add(1, Ordering::Relaxed));
        HeaderValue::try_from(format!("{process:08x}-{number:x}")).expect("hexadecimal digits")
    }
}
