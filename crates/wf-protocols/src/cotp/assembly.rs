//! Puts the parts of a message together that came in several DTs.

/// What became of a part.
#[derive(Debug, PartialEq, Eq)]
pub enum Push<'a> {
    /// The message is whole: the part itself where it came in one piece.
    Whole(&'a [u8]),
    /// More parts follow.
    More,
    /// Longer than the limit: all parts so far are dropped, and those up to the end mark will be.
    Overflow,
}

/// The parts of one message in one direction. Holds at most `limit` bytes.
#[derive(Debug)]
pub struct Assembly {
    parts: Vec<u8>,
    open: bool,
    skipping: bool,
    limit: usize,
}

impl Assembly {
    /// Bytes that it holds.
    #[must_use]
    pub const fn weight(&self) -> usize {
        self.parts.capacity()
    }

    /// Messages of at most `limit` bytes.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { parts: Vec::new(), open: false, skipping: false, limit }
    }

    /// Takes a part; `last` carries the end mark.
    pub fn push<'a>(&'a mut self, part: &'a [u8], last: bool) -> Push<'a> {
        if self.skipping {
            self.skipping = !last;
            return Push::More;
        }
        if !self.open {
            if last {
                return Push::Whole(part);
            }
            self.parts.clear();
        }
        self.open = !last;
        if self.parts.len().saturating_add(part.len()) > self.limit {
            self.clear();
            self.skipping = !last;
            return Push::Overflow;
        }
        self.parts.extend_from_slice(part);
        if last { Push::Whole(&self.parts) } else { Push::More }
    }

    /// Drops what is there (after a gap).
    pub fn clear(&mut self) {
        self.parts = Vec::new();
        self.open = false;
        self.skipping = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_whole() {
        let mut a = Assembly::new(4);
        assert_eq!(a.push(&[1], true), Push::Whole(&[1]));
        assert_eq!(a.push(&[1, 2], false), Push::More);
        assert_eq!(a.push(&[3], true), Push::Whole(&[1, 2, 3]));
        assert_eq!(a.push(&[1, 2, 3], false), Push::More);
        assert_eq!(a.push(&[4, 5], false), Push::Overflow);
        assert_eq!(a.push(&[6], true), Push::More);
        assert_eq!(a.push(&[7], true), Push::Whole(&[7]));
    }
}
