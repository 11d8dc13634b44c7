//! Process values on change: a point's value is told when it differs from the last one told by more than the dead-band.

use crate::fold::hasher;
use ahash::RandomState;
use hashbrown::HashMap;

/// Share of the range seen so far that a numeric value must move by to be told.
const DEAD_BAND: f64 = 0.002;

#[derive(Clone, Copy)]
struct Last {
    told: f64,
    min: f64,
    max: f64,
    quality: usize,
}

/// Last values of points, bounded.
pub struct Points {
    last: HashMap<u64, Last, RandomState>,
    blocks: HashMap<u64, u64, RandomState>,
    limit: usize,
    /// Points that fell out because the table was full.
    pub evicted: u64,
}

impl Points {
    /// Remembers up to `limit` points.
    pub fn new(limit: usize) -> Self {
        Self { last: HashMap::with_hasher(hasher()), blocks: HashMap::with_hasher(hasher()), limit, evicted: 0 }
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
        if let Some(last) = self.last.get_mut(&point) {
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
        }
        self.last.insert(point, Last { told: value, min: value, max: value, quality });
        true
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
