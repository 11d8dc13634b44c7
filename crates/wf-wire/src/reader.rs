//! The bounded reader: every byte from outside goes through it.

/// There were fewer bytes than the field needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{needed} bytes needed, {left} left")]
pub struct Short {
    /// Bytes the field needs.
    pub needed: usize,
    /// Bytes that were left.
    pub left: usize,
}

/// A cursor over borrowed bytes. Every read is checked; a failed read consumes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

macro_rules! numbers {
    ($($name:ident $kind:ty, $from:ident, $doc:literal;)+) => { $(
        #[doc = $doc]
        #[inline]
        pub fn $name(&mut self) -> Result<$kind, Short> { self.array().map(<$kind>::$from) }
    )+ };
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes not read yet.
    #[must_use]
    #[inline]
    pub fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// Whether all has been read.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.left() == 0
    }

    /// Position from the start.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// The unread bytes, not consumed.
    #[must_use]
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    /// Takes `count` bytes.
    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Short> {
        match self.rest().get(..count) {
            Some(taken) => {
                self.at += count;
                Ok(taken)
            }
            None => Err(Short { needed: count, left: self.left() }),
        }
    }

    /// A reader over the next `count` bytes alone, which are consumed here: nested lengths cannot reach outside.
    #[inline]
    pub fn sub(&mut self, count: usize) -> Result<Reader<'a>, Short> {
        self.take(count).map(Reader::new)
    }

    /// Takes everything that is left.
    pub fn take_rest(&mut self) -> &'a [u8] {
        let rest = self.rest();
        self.at = self.bytes.len();
        rest
    }

    /// Skips `count` bytes.
    #[inline]
    pub fn skip(&mut self, count: usize) -> Result<(), Short> {
        self.take(count).map(|_| ())
    }

    /// Takes a fixed number of bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        match self.rest().first_chunk::<N>() {
            Some(chunk) => {
                self.at += N;
                Ok(*chunk)
            }
            None => Err(Short { needed: N, left: self.left() }),
        }
    }

    /// The byte at `offset` from here, not consumed.
    #[must_use]
    #[inline]
    pub fn peek(&self, offset: usize) -> Option<u8> {
        self.rest().get(offset).copied()
    }

    /// One byte.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, Short> {
        self.array::<1>().map(|[b]| b)
    }

    numbers! {
        u16 u16, from_be_bytes, "Two bytes, big-endian.";
        u32 u32, from_be_bytes, "Four bytes, big-endian.";
        u64 u64, from_be_bytes, "Eight bytes, big-endian.";
        i16 i16, from_be_bytes, "Two bytes, big-endian, signed.";
        i32 i32, from_be_bytes, "Four bytes, big-endian, signed.";
        f32 f32, from_be_bytes, "IEEE 754 single, big-endian.";
        f64 f64, from_be_bytes, "IEEE 754 double, big-endian.";
        u16_le u16, from_le_bytes, "Two bytes, little-endian.";
        u32_le u32, from_le_bytes, "Four bytes, little-endian.";
        u64_le u64, from_le_bytes, "Eight bytes, little-endian.";
        i16_le i16, from_le_bytes, "Two bytes, little-endian, signed.";
        i32_le i32, from_le_bytes, "Four bytes, little-endian, signed.";
        i64_le i64, from_le_bytes, "Eight bytes, little-endian, signed.";
        f32_le f32, from_le_bytes, "IEEE 754 single, little-endian.";
        f64_le f64, from_le_bytes, "IEEE 754 double, little-endian.";
    }

    /// Three bytes, big-endian.
    #[inline]
    pub fn u24(&mut self) -> Result<u32, Short> {
        self.array::<3>().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Three bytes, little-endian.
    #[inline]
    pub fn u24_le(&mut self) -> Result<u32, Short> {
        self.array::<3>().map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
    }

    /// Six bytes, little-endian (DNP3 time).
    #[inline]
    pub fn u48_le(&mut self) -> Result<u64, Short> {
        self.array::<6>().map(|[a, b, c, d, e, f]| u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_within_bounds_only() {
        let mut reader = Reader::new(&[1, 2, 3, 4, 5]);
        assert_eq!(reader.u16(), Ok(0x0102));
        assert_eq!(reader.u32(), Err(Short { needed: 4, left: 3 }));
        assert_eq!(reader.sub(2).map(|mut r| (r.u8(), r.u16_le().is_err())), Ok((Ok(3), true)));
        assert_eq!((reader.left(), reader.position(), reader.peek(0), reader.peek(1)), (1, 4, Some(5), None));
        assert_eq!(reader.take_rest(), &[5]);
        assert!(reader.is_empty());
    }
}
