//! Folding of what repeats, with a bound on how much is held.

use ahash::RandomState;
use hashbrown::HashMap;
use std::hash::Hash;

/// Rows folded by the hash of their key. Keys are 64-bit hashes with fixed seeds: the same rows come out of every run.
pub struct Fold<T> {
    rows: Vec<T>,
    index: HashMap<u64, usize, RandomState>,
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
        Self { rows: Vec::new(), index: HashMap::with_hasher(hasher()), limit }
    }

    /// Folds into the row of this key, or begins it.
    pub fn fold(&mut self, key: u64, begin: impl FnOnce() -> T, more: impl FnOnce(&mut T)) {
        match self.index.get(&key).and_then(|at| self.rows.get_mut(*at)) {
            Some(row) => more(row),
            None => {
                self.index.insert(key, self.rows.len());
                self.rows.push(begin());
            }
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

    /// Takes all rows in the order in which they began.
    pub fn take(&mut self) -> Vec<T> {
        self.index.clear();
        std::mem::take(&mut self.rows)
    }
}

/// A bounded set that forgets everything when it is full: repeats may then be told once more, never lost.
pub struct Seen {
    set: hashbrown::HashSet<u64, RandomState>,
    limit: usize,
}

impl Seen {
    /// Remembers up to `limit` keys.
    pub fn new(limit: usize) -> Self {
        Self { set: hashbrown::HashSet::with_hasher(hasher()), limit }
    }

    /// Whether this key is new.
    pub fn first(&mut self, key: u64) -> bool {
        if self.set.len() >= self.limit {
            self.set.clear();
        }
        self.set.insert(key)
    }
}
