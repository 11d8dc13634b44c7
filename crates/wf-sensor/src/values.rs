//! Process values on change: a point's value is told when it differs from the last one told by more than the dead-band.

use crate::fold::Keyed;
use hashbrown::{HashMap, HashTable};

/// Share of the range seen so far that a numeric value must move by to be told.
const DEAD_BAND: f64 = 0.002;

#[derive(Clone, Copy)]
struct Last {
    point: u64,
    told: f64,
    min: f64,
    max: f64,
    quality: usize,
}

/// Where a point's row is, with half of its key: the other half is in the row.
type Place = (u32, u32);

/// Last values of points, bounded.
pub struct Points {
    /// In the order in which points were first seen: those of one answer lie side by side.
    last: Vec<Last>,
    index: HashTable<Place>,
    /// The row behind the last one asked for, likely the next one.
    next: usize,
    blocks: HashMap<u64, u64, Keyed>,
    limit: usize,
    /// Points that fell out because the table was full.
    pub evicted: u64,
}

/// Spreads half a key over the bits by which a table finds its place.
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

const fn half(point: u64) -> u32 {
    (point >> 32) as u32
}

impl Points {
    /// Remembers up to `limit` points.
    pub fn new(limit: usize) -> Self {
        let limit = limit.min(u32::MAX as usize);
        Self { last: Vec::new(), index: HashTable::new(), next: 0, blocks: HashMap::default(), limit, evicted: 0 }
    }

    /// Whether the raw bytes of a block are the same as last time.
    pub fn block_unchanged(&mut self, block: u64, raw: u64) -> bool {
        if self.blocks.len() >= self.limit / 4 {
            self.evicted += self.blocks.len() as u64;
            self.blocks.clear();
        }
        self.blocks.insert(block, raw) == Some(raw)
    }

    /// Whether this value is to be told. `exact` values (flags, texts as hashes) are told at any change.
    pub fn changed(&mut self, point: u64, value: f64, exact: bool, quality: &'static str) -> bool {
        let quality = quality.as_ptr() as usize;
        if let Some(at) = self.find(point)
            && let Some(last) = self.last.get_mut(at)
        {
            self.next = at + 1;
            last.min = last.min.min(value);
            last.max = last.max.max(value);
            let band = if exact { 0.0 } else { DEAD_BAND * (last.max - last.min) };
            let moved = (value - last.told).abs() > band || value.is_nan() != last.told.is_nan() || last.quality != quality;
            if moved {
                (last.told, last.quality) = (value, quality);
            }
            return moved;
        }
        if self.last.len() >= self.limit {
            self.evicted += self.last.len() as u64;
            self.last.clear();
            self.index.clear();
        }
        if let Ok(at) = u32::try_from(self.last.len()) {
            self.index.insert_unique(spread(half(point)), (half(point), at), |(half, _)| spread(*half));
            self.last.push(Last { point, told: value, min: value, max: value, quality });
            self.next = self.last.len();
        }
        true
    }

    fn find(&self, point: u64) -> Option<usize> {
        if self.last.get(self.next).is_some_and(|last| last.point == point) {
            return Some(self.next);
        }
        let is_it =
            |place: &Place| place.0 == half(point) && self.last.get(place.1 as usize).is_some_and(|last| last.point == point);
        self.index.find(spread(half(point)), is_it).map(|(_, at)| *at as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_on_change_only() {
        let mut points = Points::new(10);
        let told = |points: &mut Points, value| points.changed(1, value, false, "good");
        assert!(told(&mut points, 10.0) && !told(&mut points, 10.0) && told(&mut points, 20.0));
        assert!(!told(&mut points, 20.01), "within 0.2 % of the range");
        assert!(points.changed(1, 20.0, false, "bad"), "a change of quality is told");
        assert!(!points.block_unchanged(7, 1) && points.block_unchanged(7, 1) && !points.block_unchanged(7, 2));
    }
}
