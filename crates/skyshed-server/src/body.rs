//! Bodies that are sent more than once: compressed and tagged when made, not per request.

use std::io::Write;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Shorter bodies are sent as they are: compressing them saves no packet.
const COMPRESS_FROM_BYTES: usize = 1024;

/// A body, its gzip form where that is worth it, and its entity tag.
#[derive(Clone, Debug)]
pub struct Sendable {
    content_type: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
    etag: HeaderValue,
}

impl Sendable {
    /// Compresses and tags a body.
    pub fn new(content_type: &'static str, plain: impl Into<Bytes>) -> Sendable {
        let plain = plain.into();
        let gzip = (plain.len() >= COMPRESS_FROM_BYTES).then(|| gzipped(&plain).into());
        let hash: String = Sha256::digest(&plain)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        // Weak: the plain and the gzip form share it (RFC 9110 section 8.8.1).
        let etag = HeaderValue::try_from(format!("W/\"{hash}\"")).expect("hexadecimal digits");
        Sendable { content_type, plain, gzip, etag }
    }

    /// A JSON body.
    pub fn json(plain: String) -> Sendable {
        Sendable::new("application/json", plain)
    }

    /// Response to a request with these headers: 304 where the client has it, compressed where the client reads gzip.
    pub fn response(&self, request: &HeaderMap) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(header::ETAG, self.etag.clone());
        // Kept, but asked for again each time: the next slot may differ.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if has_tag(request, &self.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        let body = match &self.gzip {
            Some(gzip) if accepts_gzip(request) => {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                gzip
            }
            _ => &self.plain,
        };
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        *response.body_mut() = Body::from(body.clone());
        response
    }
}

fn gzipped(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(5));
    encoder.write_all(plain).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

/// RFC 9110 section 12.5.3: `gzip` is named with a quality above zero. `*` is not taken for an offer.
fn accepts_gzip(request: &HeaderMap) -> bool {
    let offers = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|value| value.split(',')).any(|offer| {
        let (coding, parameters) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = parameters.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        coding.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// RFC 9110 section 13.1.2, weak comparison.
fn has_tag(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let ours = opaque(etag.to_str().unwrap_or_default());
    let held = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_gzip(offer: &'static str, expected: bool) {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(offer))]);
        assert_eq!(accepts_gzip(&headers), expected, "{offer}");
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_ask() {
        check_gzip("gzip, deflate, br", true);
        check_gzip("br;q=1.0, GZIP;q=0.5", true);
        check_gzip("gzip;q=0", false);
        check_gzip("identity", false);
        check_gzip("*", false);
    }

    #[test]
    fn what_the_client_holds_is_not_sent_again() {
        let body = Sendable::json("{}".into());
        let held = |tag: &str| HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.parse().unwrap())]);
        let tag = body.etag.to_str().unwrap();
        assert_eq!(body.response(&held(tag)).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(body.response(&held(&format!("\"x\", {tag}"))).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(body.response(&held("\"x\"")).status(), StatusCode::OK);
        assert_eq!(body.response(&HeaderMap::new()).status(), StatusCode::OK);
    }
}
