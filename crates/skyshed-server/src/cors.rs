//! Pages of other origins (CORS, WHATWG Fetch): none may read answers here unless its origin is named. Nothing here takes credentials, so
//! none are allowed.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;

use axum::body::Body;

/// For how long a browser may keep what a preflight said, s.
const PREFLIGHT_MAX_AGE_S: &str = "600";

/// Headers that a page may read besides the plain ones.
const EXPOSED: &str =
    "etag, location, retry-after, skyshed-preview-sha256, skyshed-raster-causes, skyshed-raster-size";

/// Headers that a page may send besides the plain ones.
const ALLOWED: &str = "content-type, idempotency-key, if-none-match, last-event-id";

/// Origins whose pages may read answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    origins: Vec<HeaderValue>,
}

impl Cors {
    /// Those of `origins`: each a scheme, a host and perhaps a port, such as `https://example.org`, or `*` for every page anywhere.
    ///
    /// # Errors
    /// What is none, and what is allowed.
    pub fn new(origins: &[String]) -> Result<Cors, String> {
        let origin = |given: &String| {
            let host = given.strip_prefix("https://").or_else(|| given.strip_prefix("http://"));
            let plain = host.is_some_and(|host| {
                !host.is_empty()
                    && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
            });
            let value = (plain || given == "*").then(|| HeaderValue::from_str(given).ok()).flatten();
            value.ok_or_else(|| {
                format!("origin `{given}`; allowed: scheme, host and perhaps port, such as https://example.org, or *; leave paths out")
            })
        };
        Ok(Cors { origins: origins.iter().map(origin).collect::<Result<_, _>>()? })
    }

    /// No origin is named.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// What is said to a page, if its origin may read.
    fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origin = request.get(header::ORIGIN)?;
        self.origins.iter().find(|allowed| *allowed == origin || *allowed == "*").cloned()
    }
}

/// Answers preflights of allowed origins, and says to their pages that they may read.
pub async fn apply(cors: Cors, request: Request, next: Next) -> Response<Body> {
    let allowed = cors.allowed(request.headers());
    let preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && allowed.is_some();
    let mut response = if preflight { preflight_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    // An answer that is kept must not be given to a page of another origin.
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    response
}

fn preflight_response() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let said: [(HeaderName, &'static str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE_S),
    ];
    for (name, value) in said {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_from(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))])
    }

    #[test]
    fn only_named_origins_may_read() {
        let cors = Cors::new(&["https://example.org".into(), "http://localhost:5173".into()]).unwrap();
        assert!(cors.allowed(&asked_from("https://example.org")).is_some());
        assert!(cors.allowed(&asked_from("http://localhost:5173")).is_some());
        for other in ["http://example.org", "https://example.org:444", "https://x.example.org", "null"] {
            assert!(cors.allowed(&asked_from(other)).is_none(), "{other}");
        }
        assert!(cors.allowed(&HeaderMap::new()).is_none());
        assert_eq!(Cors::new(&["*".into()]).unwrap().allowed(&asked_from("null")).unwrap(), "*");
        assert!(Cors::default().allowed(&asked_from("https://example.org")).is_none());
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for given in ["example.org", "https://", "https://example.org/path", "ftp://example.org", "null", ""]
        {
            assert!(Cors::new(&[given.into()]).unwrap_err().contains("such as"), "{given}");
        }
    }
}
