//! Process values on change: a point's value is told when it differs from the last one told by more than the dead-band.

use crate::fold::Keyed;
use hashbrown::{HashMap, HashTable};

/// Share of the range seen so far that a numeric value must move by to be told.
const DEAD_BAND: f64 = 0.002;

/// 24 bytes, of which there are as many as points. The range is rounded inwards: the band is never too wide.
#[derive(Clone, Copy)]
struct Last {
    told: f64,
    min: f32,
    max: f32,
    /// The lower 48 bits of the point's key, in two parts; the upper half is in the index.
    low: u32,
    middle: u16,
    quality: Quality,
}

/// Number of a quality's text, in the order in which texts were first seen.
type Quality = u16;

/// Where a point's row is, with half of its key: the other half is in the row.
type Place = (u32, u32);

/// Points in a block: blocks are added one by one, so that a table that grows is never copied and never twice in memory.
const BLOCK: usize = 4096;

/// Last values in the order in which points were first seen: those of one answer lie side by side.
#[derive(Default)]
struct Rows {
    blocks: Vec<Vec<Last>>,
    len: usize,
}

impl Rows {
    fn get(&self, at: usize) -> Option<&Last> {
        self.blocks.get(at / BLOCK)?.get(at % BLOCK)
    }

    fn get_mut(&mut self, at: usize) -> Option<&mut Last> {
        self.blocks.get_mut(at / BLOCK)?.get_mut(at % BLOCK)
    }

    fn push(&mut self, last: Last) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(last),
            _ => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(last);
                self.blocks.push(block);
            }
        }
        self.len += 1;
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Last values of points, bounded.
pub struct Points {
    last: Rows,
    index: HashTable<Place>,
    /// The row behind the last one asked for, likely the next one.
    next: usize,
    /// Few: decoders say qualities with constants of theirs.
    qualities: Vec<&'static str>,
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

#[expect(clippy::cast_possible_truncation, reason = "parts of a key")]
const fn key(point: u64) -> (u32, u16) {
    (point as u32, (point >> 32) as u16)
}

/// The nearest shorter numbers that are not below and not above a value.
#[expect(clippy::cast_possible_truncation, reason = "rounded on purpose, and put right")]
fn around(value: f64) -> (f32, f32) {
    let near = value as f32;
    let (above, below) = (f64::from(near) < value, f64::from(near) > value);
    (if above { near.next_up() } else { near }, if below { near.next_down() } else { near })
}

impl Points {
    /// Remembers up to `limit` points.
    pub fn new(limit: usize) -> Self {
        let limit = limit.min(u32::MAX as usize);
        Self {
            last: Rows::default(),
            index: HashTable::new(),
            next: 0,
            qualities: Vec::new(),
            blocks: HashMap::default(),
            limit,
            evicted: 0,
        }
    }

    /// Whether the raw bytes of a block are the same as last time.
    pub fn block_unchanged(&mut self, block: u64, raw: u64) -> bool {
        if let Some(known) = self.blocks.get_mut(&block) {
            return std::mem::replace(known, raw) == raw;
        }
        if self.blocks.len() >= self.limit / 4 {
            self.evicted += self.blocks.len() as u64;
            self.blocks.clear();
        }
        self.blocks.insert(block, raw);
        false
    }

    /// Whether this value is to be told. `exact` values (flags, texts as hashes) are told at any change.
    pub fn changed(&mut self, point: u64, value: f64, exact: bool, quality: &'static str) -> bool {
        let quality = self.quality(quality);
        let (above, below) = around(value);
        if let Some(at) = self.find(point)
            && let Some(last) = self.last.get_mut(at)
        {
            self.next = at + 1;
            last.min = last.min.min(above);
            last.max = last.max.max(below);
            let band = if exact { 0.0 } else { DEAD_BAND * (f64::from(last.max) - f64::from(last.min)).max(0.0) };
            // A range beyond what is held has no band.
            let moved = (value - last.told).abs() > if band.is_finite() { band } else { 0.0 };
            let moved = moved || value.is_nan() != last.told.is_nan() || last.quality != quality;
            if moved {
                (last.told, last.quality) = (value, quality);
            }
            return moved;
        }
        if self.last.len >= self.limit {
            self.evicted += self.last.len as u64;
            self.last.clear();
            self.index.clear();
        }
        let (low, middle) = key(point);
        if let Ok(at) = u32::try_from(self.last.len) {
            self.index.insert_unique(spread(half(point)), (half(point), at), |(half, _)| spread(*half));
            self.last.push(Last { told: value, min: above, max: below, low, middle, quality });
            self.next = self.last.len;
        }
        true
    }

    fn quality(&mut self, text: &'static str) -> Quality {
        let same = |known: &&str| std::ptr::eq(known.as_ptr(), text.as_ptr()) || *known == text;
        let at = self.qualities.iter().position(same).unwrap_or_else(|| {
            self.qualities.push(text);
            self.qualities.len() - 1
        });
        Quality::try_from(at).unwrap_or(Quality::MAX)
    }

    fn find(&self, point: u64) -> Option<usize> {
        let is = |at: usize| self.last.get(at).is_some_and(|last| (last.low, last.middle) == key(point));
        if is(self.next) {
            return Some(self.next);
        }
        let is_it = |place: &Place| place.0 == half(point) && is(place.1 as usize);
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
        for counted in 0..5_u32 {
            let energy = 123_456_789_012.0 + f64::from(counted);
            assert!(points.changed(2, energy, false, "good"), "a counter's step is told however far it has come");
        }
        assert!(!points.block_unchanged(7, 1) && points.block_unchanged(7, 1) && !points.block_unchanged(7, 2));
    }

    #[test]
    fn a_full_table_keeps_what_it_knows() {
        let mut points = Points::new(8);
        for _ in 0..3 {
            points.block_unchanged(1, 1);
            points.block_unchanged(2, 2);
        }
        assert!(points.block_unchanged(1, 1) && points.block_unchanged(2, 2));
        assert_eq!(points.evicted, 0);
        assert!(!points.block_unchanged(3, 3) && points.evicted == 2, "a further one has no room");
    }
}
