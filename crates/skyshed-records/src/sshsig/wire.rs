//! The SSH wire format (RFC 4251, 5): read without allocating, written into a vector.

/// Reads from the front of bytes.
pub(crate) struct Reader<'a>(&'a [u8]);

/// The bytes are not what was to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N).map(|bytes| bytes.try_into().expect("as many were taken"))
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u32()?;
        self.take(usize::try_from(count).map_err(|_| Malformed)?)
    }

    /// A string of exactly so many bytes.
    pub(crate) fn string_of<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.string()?.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        core::str::from_utf8(self.string()?).map_err(|_| Malformed)
    }

    /// A positive integer of at most 256 bits (RFC 4251, 5, `mpint`), big-endian, in its shortest form: no leading zero byte, but for
    /// one before a set top bit.
    pub(crate) fn positive(&mut self) -> Result<[u8; 32], Malformed> {
        let given = self.string()?;
        let digits = match given {
            [0, rest @ ..] if rest.first().is_some_and(|first| first & 0x80 != 0) => rest,
            [first, ..] if (1..0x80).contains(first) => given,
            _ => return Err(Malformed),
        };
        let start = 32usize.checked_sub(digits.len()).ok_or(Malformed)?;
        let mut integer = [0; 32];
        integer[start..].copy_from_slice(digits);
        Ok(integer)
    }

    /// That nothing is left.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }
}

pub(crate) fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend(value.to_be_bytes());
}

pub(crate) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    put_u32(out, u32::try_from(bytes.len()).expect("texts and keys are short"));
    out.extend(bytes);
}
