//! Numbers in text files: read strictly, written fast.

/// Digits alone, at most nine of them.
pub(super) fn count(text: &str) -> Option<u32> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Digits alone, with a minus sign at most, at most nine digits.
pub(super) fn signed(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => count(digits).map(|number| -i64::from(number)),
        None => count(text).map(i64::from),
    }
}

/// A decimal number that is finite; no `inf`, no `nan`, no blanks inside.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| plain && text.len() <= 40 && number.is_finite())
}

/// Appends a whole number.
pub(super) fn push(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for number in [0, 1, -1, 9, 10, -10, 1684, 999_999_999, -999_999_999] {
            let mut out = Vec::new();
            push(&mut out, number);
            assert_eq!(std::str::from_utf8(&out).ok().and_then(signed), Some(number));
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "+1", " 1", "1 ", "0x1", "1234567890", "--1", "１"] {
            assert_eq!(signed(text), None, "{text}");
        }
        for text in ["", "nan", "inf", "-inf", "1_0", "1e999", "0x1p3", "infinity"] {
            assert_eq!(decimal(text), None, "{text}");
        }
        assert_eq!(decimal("-46.63611"), Some(-46.63611));
    }
}
