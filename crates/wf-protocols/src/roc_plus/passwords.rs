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

/// Which places a point may stand at, by how many are read from there on.
struct Ways<'a> {
    data: &'a [u8],
    /// More would follow.
    cut: bool,
    /// From each place so many points can be read to the end: by their count, then by place.
    behind: Vec<Vec<bool>>,
}

impl Ways<'_> {
    fn can(&self, left: usize, at: usize) -> bool {
        match self.behind.get(left).and_then(|places| places.get(at)) {
            Some(can) => *can,
            None => self.cut && left > 0,
        }
    }

    /// Whether a value of `size` bytes behind the point at `at` leaves a way to read the others.
    fn fits(&self, left: usize, at: usize, size: usize) -> bool {
        let end = at + POINT + size;
        if left == 1 { end == self.data.len() || self.cut && end > self.data.len() } else { self.can(left - 1, end) }
    }

    fn read(data: &[u8], count: usize, cut: bool) -> Ways<'_> {
        let mut ways = Ways { data, cut, behind: vec![vec![false; data.len()]] };
        for left in 1..=count {
            let places = (0..data.len()).map(|at| {
                // The last value takes what is left, of whatever type it is.
                left == 1 && at + POINT < data.len() || SIZES.iter().any(|size| ways.fits(left, at, *size))
            });
            let places = places.collect();
            ways.behind.push(places);
        }
        ways
    }
}

/// The passwords in data of opcodes 180 and 181, cut or whole, as far as they are there. Empty where no way to read the data has
/// one.
pub fn find(data: &[u8], cut: bool) -> SmallVec<[&[u8]; 1]> {
    let mut found = SmallVec::new();
    let marked = |at: usize| match data.get(at..at + POINT) {
        Some(&[kind, logical, parameter]) => Point { kind, logical, parameter }.is_secret(1),
        _ => false,
    };
    let Some(count) = data.first().map(|count| usize::from(*count)).filter(|count| *count > 0) else { return found };
    // Hardly any message has such bytes at all; four bytes are the least of a point with its value.
    if !cut && count * (POINT + 1) >= data.len() || !(1..data.len()).any(marked) {
        return found;
    }
    let count = count.min(data.len());
    let ways = Ways::read(data, count, cut);
    let mut starts = vec![1];
    for left in (1..=count).rev() {
        for at in starts.iter().copied().filter(|at| marked(*at) && ways.can(left, *at)) {
            let rest = data.get(at + POINT..).unwrap_or(&[]);
            let secret = match PASSWORDS.iter().find(|size| ways.fits(left, at, **size)) {
                Some(size) => rest.get(..*size).unwrap_or(rest),
                // A point that is alone is one beyond doubt.
                None if count == 1 => rest,
                None => continue,
            };
            if !secret.is_empty() && !found.contains(&secret) {
                found.push(secret);
            }
        }
        let next = starts.iter().flat_map(|at| SIZES.iter().map(move |size| at + POINT + size));
        let mut next: Vec<usize> = next.filter(|at| left > 1 && ways.can(left - 1, *at)).collect();
        next.sort_unstable();
        next.dedup();
        starts = next;
    }
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
    }
}
