//! Bodies: what the client holds already is not sent again, and what it can unpack is packed, at most once for a body that many are
//! sent. Nothing is packed before somebody asks for it.
//!
//! Of what a client accepts (RFC 9110 section 12.5.3) the highest quality counts, then the smallest result: brotli (RFC 7932), gzip
//! (RFC 1952), Zstandard (RFC 8878). A body that is sent once is packed for speed, one that is kept for size.

use std::io::Write;
use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sha2::{Digest, Sha256};

/// Shorter bodies are sent as they are: packing them saves no packet.
pub const PACK_FROM_BYTES: usize = 1024;

/// Packing a longer body takes longer than a connection's thread should be held up.
const PACKED_AT_ONCE_BYTES: usize = 64 * 1024;

/// How a body can be packed, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// How long a client may keep a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Until it asks again, each time: the next slot may differ.
    AskAgain,
    /// For ever: its path names what is in it.
    ForEver,
    /// Not at all.
    Never,
}

/// A body, its packed forms as far as somebody asked for them, and its entity tag.
#[derive(Clone, Debug)]
pub struct Sendable {
    content_type: &'static str,
    plain: Bytes,
    tag: Option<HeaderValue>,
    keep: Keep,
    /// A header of its own.
    note: Option<(HeaderName, HeaderValue)>,
    /// None of a body that is sent once: what is packed then is kept nowhere.
    packed: Option<Arc<[OnceLock<Bytes>; Coding::ALL.len()]>>,
}

impl Coding {
    /// Every coding, best first.
    pub const ALL: [Coding; 3] = [Coding::Brotli, Coding::Gzip, Coding::Zstd];

    /// Its name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
            Coding::Zstd => "zstd",
        }
    }

    /// The best that a client accepts; `None` where it names none. `*` is not taken for an offer.
    pub fn accepted(request: &HeaderMap) -> Option<Coding> {
        let better = |best: Option<(Coding, f32)>, offer: (Coding, f32)| match best {
            Some((coding, quality)) if quality > offer.1 || (quality == offer.1 && coding < offer.0) => best,
            _ => Some(offer),
        };
        Coding::offers(request).fold(None, better).map(|(coding, _)| coding)
    }

    /// Whether a client accepts this one, whatever it prefers.
    pub fn is_accepted(self, request: &HeaderMap) -> bool {
        Coding::offers(request).any(|(coding, _)| coding == self)
    }

    /// The known codings that a client names, with their quality, above 0.
    fn offers(request: &HeaderMap) -> impl Iterator<Item = (Coding, f32)> + '_ {
        let values = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).filter_map(|offer| {
            let (name, parameters) = offer.split_once(';').unwrap_or((offer, ""));
            let coding =
                Coding::ALL.into_iter().find(|coding| name.trim().eq_ignore_ascii_case(coding.name()))?;
            let quality = match parameters.trim().strip_prefix("q=") {
                Some(quality) => quality.trim().parse().ok()?,
                None => 1.0,
            };
            (quality > 0.0).then_some((coding, quality))
        })
    }

    fn pack(self, plain: &[u8], kept: bool) -> Vec<u8> {
        match self {
            Coding::Brotli => {
                let (quality, lgwin) = if kept { (5, 22) } else { (1, 18) };
                let parameters =
                    BrotliEncoderParams { quality, lgwin, size_hint: plain.len(), ..Default::default() };
                let mut packed = Vec::with_capacity(plain.len() / 4);
                brotli::BrotliCompress(&mut &plain[..], &mut packed, &parameters)
                    .expect("writing to memory does not fail");
                packed
            }
            Coding::Gzip => {
                let level = Compression::new(if kept { 6 } else { 1 });
                let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), level);
                encoder.write_all(plain).expect("writing to memory does not fail");
                encoder.finish().expect("writing to memory does not fail")
            }
            Coding::Zstd => compress_to_vec(plain, CompressionLevel::Fastest),
        }
    }
}

impl Sendable {
    /// A body that is sent more than once, tagged by what is in it.
    pub fn new(content_type: &'static str, plain: impl Into<Bytes>) -> Sendable {
        let plain = plain.into();
        let hash: String = Sha256::digest(&plain)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        // Weak: every form shares it (RFC 9110 section 8.8.1).
        let tag = HeaderValue::try_from(format!("W/\"{hash}\"")).expect("hexadecimal digits");
        Sendable { packed: Some(Arc::default()), ..Sendable::once(content_type, plain, tag) }
    }

    /// A JSON body that is sent more than once.
    pub fn json(plain: String) -> Sendable {
        Sendable::new("application/json", plain)
    }

    /// A body that is sent more than once, under a tag that was known before it was made.
    pub fn tagged(content_type: &'static str, plain: impl Into<Bytes>, tag: HeaderValue) -> Sendable {
        Sendable { packed: Some(Arc::default()), ..Sendable::once(content_type, plain, tag) }
    }

    /// A body that is sent once, under a tag that was known before it was made.
    pub fn once(content_type: &'static str, plain: impl Into<Bytes>, tag: HeaderValue) -> Sendable {
        let (plain, tag) = (plain.into(), Some(tag));
        Sendable { content_type, plain, tag, keep: Keep::AskAgain, note: None, packed: None }
    }

    /// A body that is true only now.
    pub fn live(content_type: &'static str, plain: impl Into<Bytes>) -> Sendable {
        Sendable { content_type, plain: plain.into(), tag: None, keep: Keep::Never, note: None, packed: None }
    }

    /// A body whose forms were made ahead.
    pub fn ready(
        content_type: &'static str,
        plain: &'static [u8],
        gzip: &'static [u8],
        brotli: &'static [u8],
    ) -> Sendable {
        let ready = Sendable::new(content_type, plain);
        for (coding, packed) in [(Coding::Gzip, gzip), (Coding::Brotli, brotli)] {
            let _ = ready.packed.as_ref().expect("made above")[coding as usize].set(packed.into());
        }
        ready
    }

    /// The same under another rule for keeping it.
    pub fn kept(self, keep: Keep) -> Sendable {
        Sendable { keep, ..self }
    }

    /// The same with a header of its own.
    pub fn noted(self, name: HeaderName, value: HeaderValue) -> Sendable {
        Sendable { note: Some((name, value)), ..self }
    }

    /// Bytes as they are.
    pub fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// True where packing it for this client takes longer than a connection's thread should be held up.
    pub fn is_heavy(&self, request: &HeaderMap) -> bool {
        let made = |coding: Coding| {
            self.packed.as_ref().is_some_and(|packed| packed[coding as usize].get().is_some())
        };
        self.plain.len() > PACKED_AT_ONCE_BYTES
            && !self.tag.as_ref().is_some_and(|tag| holds(request, tag))
            && Coding::accepted(request).is_some_and(|coding| !made(coding))
    }

    /// Response to a request with these headers: 304 where the client has it, packed where the client can unpack it.
    pub fn response(&self, request: &HeaderMap) -> Response<Body> {
        let held = self.tag.as_ref().filter(|tag| holds(request, tag));
        if let Some(tag) = held {
            return not_modified(tag.clone(), self.keep);
        }
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(tag) = &self.tag {
            headers.insert(header::ETAG, tag.clone());
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.keep.header()));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some((name, value)) = &self.note {
            headers.insert(name.clone(), value.clone());
        }
        let coding = Coding::accepted(request).filter(|_| self.plain.len() >= PACK_FROM_BYTES);
        let body = match coding {
            Some(coding) => {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
                self.packed(coding)
            }
            None => self.plain.clone(),
        };
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        *response.body_mut() = Body::from(body);
        response
    }

    fn packed(&self, coding: Coding) -> Bytes {
        match &self.packed {
            Some(packed) => {
                packed[coding as usize].get_or_init(|| coding.pack(&self.plain, true).into()).clone()
            }
            None => coding.pack(&self.plain, false).into(),
        }
    }
}

impl Keep {
    /// Its `Cache-Control`.
    pub fn header(self) -> &'static str {
        match self {
            Keep::AskAgain => "no-cache",
            Keep::ForEver => "public, max-age=31536000, immutable",
            Keep::Never => "no-store",
        }
    }
}

/// 304 with the headers that a 200 would have had (RFC 9110 section 15.4.5).
pub fn not_modified(tag: HeaderValue, keep: Keep) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep.header()));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// RFC 9110 section 13.1.2, weak comparison: the client holds what has this tag, or, by `*`, whatever is there.
fn holds(request: &HeaderMap, tag: &HeaderValue) -> bool {
    held(request).any(|tag| tag.trim() == "*") || names(request, tag)
}

/// The client holds what has this very tag: so it was there, and need not be worked out again.
pub fn names(request: &HeaderMap, tag: &HeaderValue) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.trim().trim_start_matches("W/")
    }
    let ours = opaque(tag.to_str().unwrap_or_default());
    held(request).any(|tag| opaque(tag) == ours)
}

fn held(request: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(','))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn accepting(offer: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(offer))])
    }

    #[test]
    fn the_best_of_what_is_accepted_is_taken() {
        for (offer, expected) in [
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip, deflate, br, zstd", Some(Coding::Brotli)),
            ("br;q=0.5, GZIP;q=0.8, zstd;q=0.1", Some(Coding::Gzip)),
            ("zstd, gzip;q=0.9", Some(Coding::Zstd)),
            ("gzip;q=0", None),
            ("gzip;q=x", None),
            ("identity", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(Coding::accepted(&accepting(offer)), expected, "{offer:?}");
        }
        assert_eq!(Coding::accepted(&HeaderMap::new()), None);
    }

    fn unpacked(coding: Coding, packed: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        let read = match coding {
            Coding::Brotli => brotli::BrotliDecompress(&mut &packed[..], &mut plain).map(|()| 0),
            Coding::Gzip => flate2::read::GzDecoder::new(packed).read_to_end(&mut plain),
            Coding::Zstd => ruzstd::decoding::StreamingDecoder::new(packed).unwrap().read_to_end(&mut plain),
        };
        read.unwrap();
        plain
    }

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let plain: String = (0..9_000).map(|n| format!("{{\"n\":{}}}", n * n % 997)).collect();
        for kept in [true, false] {
            for coding in Coding::ALL {
                let packed = coding.pack(plain.as_bytes(), kept);
                assert!(packed.len() * 2 < plain.len(), "{coding:?}");
                assert_eq!(unpacked(coding, &packed), plain.as_bytes(), "{coding:?}");
            }
        }
    }

    #[test]
    fn a_body_is_packed_for_the_first_who_asks_and_kept_for_the_rest() {
        let body = Sendable::json("x".repeat(PACK_FROM_BYTES));
        let forms = body.packed.clone().unwrap();
        assert_eq!(body.response(&HeaderMap::new()).headers().get(header::CONTENT_ENCODING), None);
        assert!(forms.iter().all(|form| form.get().is_none()));
        let response = body.response(&accepting("br"));
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(
            forms[0].get().map(Bytes::len),
            response.headers()[header::CONTENT_LENGTH].to_str().unwrap().parse().ok()
        );
        assert!(forms[1..].iter().all(|form| form.get().is_none()));
        let short = Sendable::json("x".repeat(PACK_FROM_BYTES - 1));
        assert_eq!(short.response(&accepting("br")).headers().get(header::CONTENT_ENCODING), None);
    }

    #[test]
    fn what_the_client_holds_is_not_sent_again() {
        let body = Sendable::json("{}".into());
        let held = |tag: &str| HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.parse().unwrap())]);
        let tag = body.tag.as_ref().unwrap().to_str().unwrap();
        assert_eq!(body.response(&held(tag)).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(body.response(&held(&format!("\"x\", {tag}"))).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(body.response(&held("\"x\"")).status(), StatusCode::OK);
        assert_eq!(body.response(&HeaderMap::new()).status(), StatusCode::OK);
    }
}
