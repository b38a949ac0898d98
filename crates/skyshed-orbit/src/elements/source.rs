//! From bytes to text of a known form. Looks at the beginning only; the readers judge the rest.

use std::borrow::Cow;
use std::io::Read;

use super::record::{Keyword, shortened};
use super::{ElementError, ElementFormat};

/// How far into a text the search for a TLE goes, lines.
const MAX_LINES_TO_FIRST_TLE: usize = 1000;

/// Undoes gzip (RFC 1952, any number of members); anything else is passed on as it is. `limit` is the most bytes
/// allowed to come out, [`MAX_INPUT_BYTES`](super::MAX_INPUT_BYTES) outside of tests.
pub(super) fn decompress(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, ElementError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        let fits = bytes.len() as u64 <= limit;
        return if fits { Ok(Cow::Borrowed(bytes)) } else { Err(ElementError::TooLarge { limit }) };
    }
    let mut plain = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes).take(limit + 1);
    decoder.read_to_end(&mut plain).map_err(ElementError::Gzip)?;
    if plain.len() as u64 > limit {
        return Err(ElementError::TooLarge { limit });
    }
    Ok(Cow::Owned(plain))
}

/// Says which form the bytes have, and returns them as text without byte order mark.
///
/// TLE files may carry names in other encodings; their bad bytes are replaced. The other forms must be UTF-8.
pub(super) fn recognise(bytes: &[u8]) -> Result<(ElementFormat, Cow<'_, str>), ElementError> {
    refuse_packed(bytes)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    refuse_binary(bytes)?;
    let text = String::from_utf8_lossy(bytes);
    let start = text.trim_start();
    if start.is_empty() {
        return Err(ElementError::Empty);
    }
    let format = format_of(start)?;
    match std::str::from_utf8(bytes) {
        Err(error) if format != ElementFormat::Tle => {
            Err(ElementError::NotUtf8 { offset: error.valid_up_to() })
        }
        _ => Ok((format, text)),
    }
}

/// Turns byte offsets that only grow into line numbers, counted from 1.
pub(super) struct LineCounter<'a> {
    text: &'a [u8],
    offset: usize,
    line: u64,
}

impl LineCounter<'_> {
    pub(super) fn new(text: &str) -> LineCounter<'_> {
        LineCounter { text: text.as_bytes(), offset: 0, line: 1 }
    }

    /// The line of the byte at `offset`.
    pub(super) fn at(&mut self, offset: usize) -> u64 {
        let offset = offset.clamp(self.offset, self.text.len());
        let passed = &self.text[self.offset..offset];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.offset = offset;
        self.line
    }

    /// The line of the first byte from `offset` on that is no line end.
    pub(super) fn after_line_ends(&mut self, offset: usize) -> u64 {
        let rest = self.text.get(offset..).unwrap_or(&[]);
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.at(offset + ends)
    }
}

fn format_of(start: &str) -> Result<ElementFormat, ElementError> {
    let first_line = start.lines().next().unwrap_or("");
    if start.starts_with(['[', '{']) {
        return Ok(ElementFormat::OmmJson);
    }
    if start.starts_with('<') {
        let beginning: String = start.chars().take(512).collect::<String>().to_ascii_lowercase();
        let is_page = beginning.contains("<html") || beginning.contains("<!doctype html");
        return if is_page { Err(ElementError::WebPage) } else { Ok(ElementFormat::OmmXml) };
    }
    if looks_like_kvn(start) {
        return Ok(ElementFormat::OmmKvn);
    }
    if looks_like_csv_header(first_line) {
        return Ok(ElementFormat::OmmCsv);
    }
    let mut lines = start.lines().take(MAX_LINES_TO_FIRST_TLE);
    if lines.any(super::tle::looks_like_line_1) {
        return Ok(ElementFormat::Tle);
    }
    Err(ElementError::NotRecognised { beginning: shortened(first_line) })
}

/// The first line that is not a comment is a known keyword and `=`.
fn looks_like_kvn(start: &str) -> bool {
    let line = start.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("COMMENT"));
    let keyword = line.and_then(|line| line.split_once('=')).map(|(keyword, _)| keyword.trim());
    keyword.is_some_and(|keyword| Keyword::parse(keyword).is_some() || is_header_keyword(keyword))
}

/// Header keywords of CCSDS 502.0-B-3 table 4-1, which carry no elements.
fn is_header_keyword(keyword: &str) -> bool {
    ["CCSDS_OMM_VERS", "CREATION_DATE", "ORIGINATOR", "CLASSIFICATION", "MESSAGE_ID"].contains(&keyword)
}

fn looks_like_csv_header(line: &str) -> bool {
    let known =
        line.split(',').filter(|field| Keyword::parse(field.trim().trim_matches('"')).is_some()).count();
    known >= 3
}

fn refuse_packed(bytes: &[u8]) -> Result<(), ElementError> {
    const PACKED: [(&[u8], &str); 7] = [
        (&[0x1f, 0x8b], "doubly gzipped"),
        (b"PK\x03\x04", "zip"),
        (b"BZh", "bzip2"),
        (&[0xfd, b'7', b'z', b'X', b'Z'], "xz"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
        (&[0xff, 0xfe], "UTF-16"),
        (&[0xfe, 0xff], "UTF-16"),
    ];
    match PACKED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        Some((_, kind)) => Err(ElementError::Packed { kind }),
        None => Ok(()),
    }
}

/// Control characters other than white space do not occur in text.
fn refuse_binary(bytes: &[u8]) -> Result<(), ElementError> {
    let is_binary = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    match bytes.iter().position(is_binary) {
        Some(offset) => Err(ElementError::NotText { byte: bytes[offset], offset }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A stream that would grow without end stops at the limit, whatever the compressed size.
    #[test]
    fn decompression_stops_at_the_limit() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&[b' '; 100_000]).unwrap();
        let packed = encoder.finish().unwrap();
        assert!(packed.len() < 500);
        assert_eq!(decompress(&packed, 100_000).unwrap().len(), 100_000);
        assert!(matches!(decompress(&packed, 99_999), Err(ElementError::TooLarge { limit: 99_999 })));
        assert!(matches!(decompress(b"plain", 4), Err(ElementError::TooLarge { limit: 4 })));
    }
}
