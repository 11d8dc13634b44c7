//! Maps and sets of many things by hash, stored in the order of their keys, so that equal memory gives equal snapshots.
//! For `#[serde(serialize_with = "sorted")]`; their hashes are seeded anew in every run, so that nobody can aim at them.

use serde::{Serialize, Serializer};
use std::collections::{HashMap, HashSet};

/// Many things, in no order.
pub type Many<K, V> = HashMap<K, V, ahash::RandomState>;
/// A set of many things, in no order.
pub type ManySet<T> = HashSet<T, ahash::RandomState>;

/// Stores a map of many in the order of its keys. Fails as the serializer does.
pub fn sorted<K: Ord + Serialize, V: Serialize, S: Serializer>(map: &Many<K, V>, to: S) -> Result<S::Ok, S::Error> {
    let mut all: Vec<(&K, &V)> = map.iter().collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    to.collect_map(all)
}

/// Stores a set of many in order. Fails as the serializer does.
pub fn sorted_set<T: Ord + Serialize, S: Serializer>(set: &ManySet<T>, to: S) -> Result<S::Ok, S::Error> {
    let mut all: Vec<&T> = set.iter().collect();
    all.sort_unstable();
    to.collect_seq(all)
}
