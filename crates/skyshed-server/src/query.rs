//! Reads a query: known parameters once each, everything else refused.

use percent_encoding::percent_decode_str;

use crate::problem::{Kind, Problem};

/// Longest query, bytes, still percent-encoded.
pub const QUERY_BYTES_MAX: usize = 1024;

/// Reads `a=b&c=d` into the values of `allowed`, in that order.
///
/// Values are percent-encoded UTF-8 with `+` for a space (WHATWG URL, application/x-www-form-urlencoded).
pub fn read<const N: usize>(
    query: Option<&str>,
    allowed: [&'static str; N],
) -> Result<[Option<String>; N], Problem> {
    let query = query.unwrap_or_default();
    let bad = |detail: String| Problem::new(Kind::BadQuery, detail);
    if query.len() > QUERY_BYTES_MAX {
        return Err(bad(format!(
            "the query is {} bytes long; allowed: up to {QUERY_BYTES_MAX}; ask for one place or territory at a time",
            query.len()
        )));
    }
    let mut values = [const { None }; N];
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        let Some(index) = allowed.iter().position(|known| *known == name) else {
            return Err(bad(format!("unknown parameter `{name}`; {}", allowed_list(&allowed))));
        };
        if values[index].replace(value).is_some() {
            return Err(bad(format!("parameter `{name}` is given twice; give it once")));
        }
    }
    Ok(values)
}

/// Decodes a part of a path; there `+` is a plus sign.
///
/// # Errors
/// [`Problem`] for what is no UTF-8.
pub fn decoded_path(part: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(part).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| not_utf8(part))
}

fn allowed_list(allowed: &[&str]) -> String {
    match allowed {
        [] => "this path takes none; leave it out".to_owned(),
        names => format!("allowed: {}; leave out the rest", names.join(", ")),
    }
}

fn decoded(text: &str) -> Result<String, Problem> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| not_utf8(text))
}

fn not_utf8(text: &str) -> Problem {
    let detail = format!("`{text}` is not percent-encoded UTF-8; encode it, such as place=S%C3%A3o%20Paulo");
    Problem::new(Kind::BadQuery, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: [Option<&str>; 2]) {
        let read = read(Some(query), ["place", "by"]).unwrap();
        assert_eq!(read.each_ref().map(Option::as_deref), expected, "{query}");
    }

    fn check_refused(query: &str, part: &str) {
        let problem = read(Some(query), ["place", "by"]).unwrap_err();
        assert_eq!(problem.kind, Kind::BadQuery);
        assert!(problem.detail.contains(part), "{query}: {}", problem.detail);
    }

    #[test]
    fn values_are_decoded() {
        check("place=Taipei", [Some("Taipei"), None]);
        check("place=S%C3%A3o+Paulo&by=country", [Some("São Paulo"), Some("country")]);
        check("place=50.67,4.61", [Some("50.67,4.61"), None]);
        check("place=%2B1,%2B2", [Some("+1,+2"), None]);
        check("place", [Some(""), None]);
        check("&&", [None, None]);
    }

    #[test]
    fn the_rest_is_refused() {
        check_refused("plce=Taipei", "unknown parameter `plce`; allowed: place, by");
        check_refused("place=a&place=b", "given twice");
        check_refused("place=%FF", "not percent-encoded UTF-8");
        check_refused(&format!("place={}", "a".repeat(QUERY_BYTES_MAX)), "1030 bytes");
        assert!(read(Some("x=1"), []).unwrap_err().detail.contains("takes none"));
    }
}
