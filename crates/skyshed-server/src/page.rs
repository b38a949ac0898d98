//! The page: built in `web/`, committed compressed, shipped inside; it asks for nothing from anywhere else.

use std::io::Read;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

/// A page may load what is here, and run the WebAssembly that is here (`wasm-unsafe-eval` allows that and no `eval`); workers,
/// styles, pictures and requests are bound to this origin by `default-src`.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// One file of the page, compressed ahead.
pub struct File {
    /// Where it is served.
    pub path: &'static str,
    content_type: &'static str,
    gzip: &'static [u8],
    brotli: &'static [u8],
}

macro_rules! file {
    ($path:literal, $content_type:literal, $name:literal) => {
        File {
            path: $path,
            content_type: $content_type,
            gzip: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $name, ".gz")),
            brotli: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $name, ".br")),
        }
    };
}

/// Every file, as `web/build/pack.js` listed them.
pub static FILES: &[File] = &include!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/files.rs"));

/// A file and its entity tag.
#[derive(Clone)]
pub struct Ready {
    file: &'static File,
    etag: HeaderValue,
}

impl File {
    /// The file, ready to be sent.
    pub fn ready(&'static self) -> Ready {
        let hash: String = Sha256::digest(self.gzip)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        // Weak: all codings share it (RFC 9110 section 8.8.1).
        let etag = HeaderValue::try_from(format!("W/\"{hash}\"")).expect("hexadecimal digits");
        Ready { file: self, etag }
    }
}

impl Ready {
    /// Response to a request with these headers: 304 where the client has it, in the smallest coding that the client reads.
    pub fn response(&self, request: &HeaderMap) -> Response<Body> {
        let Ready { file, etag } = self;
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
        headers.insert(header::ETAG, etag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // Names below /assets/ carry a hash of what they hold: another content has another name.
        let kept = if file.path.starts_with("/assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        if request.get_all(header::IF_NONE_MATCH).iter().any(|held| held == etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        let (coding, body) = if accepts(request, "br") {
            (Some("br"), Bytes::from_static(file.brotli))
        } else if accepts(request, "gzip") {
            (Some("gzip"), Bytes::from_static(file.gzip))
        } else {
            (None, unpacked(file.gzip))
        };
        if let Some(coding) = coding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        *response.body_mut() = Body::from(body);
        response
    }
}

/// RFC 9110 section 12.5.3: the coding is named with a quality above zero. `*` is not taken for an offer.
fn accepts(request: &HeaderMap, wanted: &str) -> bool {
    let offers = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|value| value.split(',')).any(|offer| {
        let (coding, parameters) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = parameters.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        coding.trim().eq_ignore_ascii_case(wanted) && !refused
    })
}

fn unpacked(gzip: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut plain).expect("the page's files are whole: a test unpacks each");
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_unpacks_and_the_page_is_among_them() {
        for file in FILES {
            assert!(!unpacked(file.gzip).is_empty(), "{} is empty", file.path);
        }
        assert_eq!(FILES.iter().filter(|file| file.path == "/").count(), 1);
    }

    #[test]
    fn a_client_gets_the_coding_it_reads() {
        let page = FILES.iter().find(|file| file.path == "/").unwrap().ready();
        let check = |offer: &'static str, expected: Option<&str>| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(offer))]);
            let response = page.response(&headers);
            let coding =
                response.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(coding, expected, "{offer}");
        };
        check("gzip, deflate, br, zstd", Some("br"));
        check("br;q=0, GZIP;q=0.5", Some("gzip"));
        check("identity", None);
    }
}
