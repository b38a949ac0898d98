//! The canonical form of JSON (RFC 8785, JCS), for values whose numbers are integers.
//!
//! Numbers are restricted to integers from -(2^53 - 1) to 2^53 - 1, which every reader of JSON holds exactly (RFC 8785, 3.2.2.3 and
//! appendix D); fractions are refused, so that no algorithm for floating-point numbers is needed here.

use serde_json::{Map, Number, Value};

/// Largest integer, 2^53 - 1.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;
/// How deep lists and objects may be nested.
pub const DEPTH_MAX: usize = 64;

/// Why a value has no canonical form here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JcsError {
    /// A fraction, an exponent, or an integer that is too large.
    #[error(
        "number {0}; allowed: whole numbers from -9007199254740991 to 9007199254740991; write others as text"
    )]
    Number(Number),
    /// Nested too deep.
    #[error("lists and objects nested more than {DEPTH_MAX} deep; allowed: at most {DEPTH_MAX}")]
    Depth,
}

/// The canonical form of a value, UTF-8.
pub fn canonical(value: &Value) -> Result<Vec<u8>, JcsError> {
    let mut out = Vec::with_capacity(256);
    write(value, DEPTH_MAX, &mut out)?;
    Ok(out)
}

fn write(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<(), JcsError> {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_text(text, out),
        Value::Array(list) => write_list(list, depth.checked_sub(1).ok_or(JcsError::Depth)?, out)?,
        Value::Object(map) => write_object(map, depth.checked_sub(1).ok_or(JcsError::Depth)?, out)?,
    }
    Ok(())
}

fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<(), JcsError> {
    let allowed = -INTEGER_MAX..=INTEGER_MAX;
    let integer = number.as_i64().filter(|integer| allowed.contains(integer));
    let integer = integer.ok_or_else(|| JcsError::Number(number.clone()))?;
    out.extend(integer.to_string().as_bytes());
    Ok(())
}

fn write_list(list: &[Value], depth: usize, out: &mut Vec<u8>) -> Result<(), JcsError> {
    out.push(b'[');
    for (at, value) in list.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(value, depth, out)?;
    }
    out.push(b']');
    Ok(())
}

/// Keys are sorted by their UTF-16 code units (RFC 8785, 3.2.3).
fn write_object(map: &Map<String, Value>, depth: usize, out: &mut Vec<u8>) -> Result<(), JcsError> {
    let mut members: Vec<_> = map.iter().collect();
    members.sort_by(|(a, _), (b, _)| match a.is_ascii() && b.is_ascii() {
        true => a.cmp(b),
        false => a.encode_utf16().cmp(b.encode_utf16()),
    });
    out.push(b'{');
    for (at, (key, value)) in members.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_text(key, out);
        out.push(b':');
        write(value, depth, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// RFC 8785, 3.2.2.2: two-character escapes where they exist, `\u00xx` in lower case for other control characters, everything else as
/// it is.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            0x08 => out.extend(b"\\b"),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            0x0c => out.extend(b"\\f"),
            b'\r' => out.extend(b"\\r"),
            byte => out.extend(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
