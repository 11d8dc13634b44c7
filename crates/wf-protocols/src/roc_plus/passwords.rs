//! Passwords of operators among parameters that are written or answered together (opcodes 180 and 181): each value stands
//! behind its point, and how long it is frames do not say. Every way to read them is tried.

use super::value::Point;
use smallvec::SmallVec;

/// Bytes of values by the types of parameters (D301180X012, 3.1): numbers, points, times, texts.
const SIZES: [usize; 11] = [1, 2, 3, 4, 7, 8, 10, 12, 20, 30, 40];
/// Bytes of passwords as logins have them.
const PASSWORDS: [usize; 2] = [40, 2];
/// Bytes of a point.
const POINT: usize = 3;

/// Bytes of data in one frame, whose count is a byte: places in it.
const PLACES: usize = 256;

/// A set of places in the data.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Places([u128; 2]);

impl Places {
    /// Those below `end`.
    fn below(end: usize) -> Self {
        let part = |from: usize| match end.saturating_sub(from) {
            0 => 0,
            count if count >= 128 => u128::MAX,
            count => (1 << count) - 1,
        };
        Self([part(0), part(128)])
    }

    fn one(at: usize) -> Self {
        Self::below(at + 1).and(Self::below(at), |one, less| one & !less)
    }

    fn has(self, at: usize) -> bool {
        at < PLACES && self.and(Self::one(at), |all, one| all & one) != Self::default()
    }

    fn and(self, other: Self, how: impl Fn(u128, u128) -> u128) -> Self {
        let ([low, high], [other_low, other_high]) = (self.0, other.0);
        Self([how(low, other_low), how(high, other_high)])
    }

    /// All of them `by` further on, or back.
    fn on(self, by: usize) -> Self {
        let [low, high] = self.0;
        Self([low << by, high << by | low >> (128 - by)])
    }

    fn back(self, by: usize) -> Self {
        let [low, high] = self.0;
        Self([low >> by | high << (128 - by), high >> by])
    }

    /// The places one value further on, or back, for a value of every size.
    fn over_values(self, step: impl Fn(Self, usize) -> Self) -> Self {
        SIZES.iter().fold(Self::default(), |all, size| all.and(step(self, POINT + size), |all, more| all | more))
    }
}

/// From which places so many points can be read to the end, by their count.
struct Ways {
    length: usize,
    /// More would follow: then any place will do.
    cut: bool,
    behind: SmallVec<[Places; 16]>,
}

impl Ways {
    fn read(length: usize, count: usize, cut: bool) -> Self {
        // The last value takes what is left, of whatever type it is.
        let mut places = Places::below(length.saturating_sub(POINT));
        let mut behind = SmallVec::new();
        for _ in 0..count {
            behind.push(places);
            places = places.over_values(Places::back);
        }
        Self { length, cut, behind }
    }

    fn can(&self, left: usize, at: usize) -> bool {
        self.cut || left.checked_sub(1).and_then(|left| self.behind.get(left)).is_some_and(|places| places.has(at))
    }

    /// Whether a value of `size` bytes behind the point at `at` leaves a way to read the others.
    fn fits(&self, left: usize, at: usize, size: usize) -> bool {
        let end = at + POINT + size;
        if left == 1 { end == self.length || self.cut && end > self.length } else { self.can(left - 1, end) }
    }
}

/// The passwords in data of opcodes 180 and 181, cut or whole, as far as they are there. Empty where no way to read the data has
/// one.
pub fn find(data: &[u8], cut: bool) -> SmallVec<[&[u8]; 1]> {
    let mut found = SmallVec::new();
    let length = data.len().min(PLACES - 1);
    let marked = |at: &usize| match data.get(*at..*at + POINT) {
        Some(&[kind, logical, parameter]) => Point { kind, logical, parameter }.is_secret(1),
        _ => false,
    };
    let Some(count) = data.first().map(|count| usize::from(*count)).filter(|count| *count > 0) else { return found };
    // Hardly any message has such bytes at all; four bytes are the least of a point with its value.
    let marks: SmallVec<[usize; 8]> = (1..length).filter(marked).collect();
    if marks.is_empty() || !cut && count * (POINT + 1) >= data.len() {
        return found;
    }
    let count = count.min(length);
    let ways = Ways::read(length, count, cut);
    // Where a point may stand by what is before it, with so many left.
    let mut starts = Places::one(1);
    let mut sizes: SmallVec<[usize; 8]> = SmallVec::from_elem(0, marks.len());
    for left in (1..=count).rev() {
        for (at, longest) in marks.iter().zip(&mut sizes).filter(|(at, _)| starts.has(**at) && ways.can(left, **at)) {
            let size = PASSWORDS.iter().copied().find(|size| ways.fits(left, *at, *size));
            // A point that is alone is one beyond doubt.
            *longest = (*longest).max(size.unwrap_or(if count == 1 { PLACES } else { 0 }));
        }
        starts = starts.over_values(Places::on).and(Places::below(length), |all, inside| all & inside);
    }
    let secrets = marks.iter().zip(sizes).filter(|(_, size)| *size > 0).filter_map(|(at, size)| {
        let rest = data.get(at + POINT..)?;
        rest.get(..size).or(Some(rest))
    });
    found.extend(secrets.filter(|secret| !secret.is_empty()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn every_way_to_read_is_tried() {
        let check = |data: &str, cut: bool, want: &[&str]| {
            let data = hex(data);
            let want: Vec<Vec<u8>> = want.iter().map(|secret| hex(secret)).collect();
            assert_eq!(find(&data, cut).as_slice(), want.as_slice(), "{data:02x?}");
        };
        check("01 5c0001 d204", false, &["d204"]);
        check("02 5c0000 4c4f49 5c0001 d204", false, &["d204"]);
        check("02 5c0001 d204 670115 00002a42", false, &["d204"]);
        // The same bytes within one value: no point can begin there.
        check("01 670115 5c0001 d204", false, &[]);
        check("02 670115 005c0001 670101 01", false, &[]);
        // Cut within the password, and before it.
        check("02 5c0000 4c4f49 5c0001 d2", true, &["d2"]);
        check("02 5c0000 4c4f49 5c0001", true, &[]);
        check("", true, &[]);
        check("ff 5c0001", false, &[]);
        // As many marks as a frame can hold, and more than that.
        let many = [&[62][..], &[0x5c, 0, 1, 7].repeat(62)].concat();
        assert!(find(&many, false).is_empty());
        assert!(!find(&many, true).is_empty());
        assert!(!find(&[&[40][..], &[0x5c, 0, 1, 1, 2].repeat(60)].concat(), true).is_empty());
    }
}
