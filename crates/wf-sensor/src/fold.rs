//! Folding of what repeats, with a bound on how much is held.

use ahash::RandomState;
use hashbrown::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// For tables whose keys are good hashes already: they are not hashed again.
pub type Keyed = BuildHasherDefault<Key>;

/// Passes a 64-bit key on as it is.
#[derive(Default)]
pub struct Key(u64);

impl Hasher for Key {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |key, byte| key.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// Rows folded by the hash of their key. Keys are 64-bit hashes with fixed seeds: the same rows come out of every run.
pub struct Fold<T> {
    rows: Vec<T>,
    index: HashMap<u64, usize, Keyed>,
    limit: usize,
}

/// The hasher with fixed seeds that all folds share.
pub fn hasher() -> RandomState {
    RandomState::with_seeds(1, 2, 3, 4)
}

/// The hash of a key.
pub fn hash_of(state: &RandomState, key: impl Hash) -> u64 {
    state.hash_one(key)
}

impl<T> Fold<T> {
    /// Holds up to `limit` rows.
    pub fn new(limit: usize) -> Self {
        Self { rows: Vec::new(), index: HashMap::default(), limit }
    }

    /// Folds into the row of this key, or begins it.
    pub fn fold(&mut self, key: u64, begin: impl FnOnce() -> T, more: impl FnOnce(&mut T)) {
        let at = *self.index.entry(key).or_insert(self.rows.len());
        match self.rows.get_mut(at) {
            Some(row) => more(row),
            None => self.rows.push(begin()),
        }
    }

    /// The row that began last.
    pub fn last_begun(&mut self) -> Option<&mut T> {
        self.rows.last_mut()
    }

    /// Whether the bound is reached: time to take the rows out early.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= self.limit
    }

    /// Moves all rows out in the order in which they began, behind those that are there. Many take their room with them: it is
    /// not held here as well while they are on their way.
    pub fn take(&mut self, out: &mut Vec<T>) {
        self.index.clear();
        if out.len() < self.rows.len() {
            self.rows.splice(..0, out.drain(..));
            *out = std::mem::take(&mut self.rows);
        } else {
            out.append(&mut self.rows);
        }
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.index.clear();
        self.rows.clear();
    }
}

/// A bounded set that forgets everything when it is full: repeats may then be told once more, never lost.
pub struct Seen {
    set: hashbrown::HashSet<u64, Keyed>,
    limit: usize,
}

impl Seen {
    /// Remembers up to `limit` keys.
    pub fn new(limit: usize) -> Self {
        Self { set: hashbrown::HashSet::default(), limit }
    }

    /// Whether this key is new.
    pub fn first(&mut self, key: u64) -> bool {
        if self.set.len() >= self.limit {
            self.set.clear();
        }
        self.set.insert(key)
    }
}
