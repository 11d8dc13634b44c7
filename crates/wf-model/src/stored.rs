//! Maps and sets that are stored in the order of their keys, so that equal memory gives equal snapshots: of many things by
//! hash, for `#[serde(serialize_with = "sorted")]`, their hashes seeded anew in every run, so that nobody can aim at them; of
//! few things sorted and side by side, for the many maps that hold one thing or two.

use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

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

/// Makes room for one more in a list of few: most of many thousand such lists hold one thing or two, and doubled room would be
/// most of what they take.
pub fn room_for_one<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(1 + list.len() / 2);
    }
}

/// A few things, sorted by their keys.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "BTreeMap<K, V>", bound(deserialize = "K: Ord + Deserialize<'de>, V: Deserialize<'de>"))]
pub struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, V> From<BTreeMap<K, V>> for Few<K, V> {
    fn from(map: BTreeMap<K, V>) -> Self {
        Self(map.into_iter().collect())
    }
}

impl<K: Serialize, V: Serialize> Serialize for Few<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<K, V> Few<K, V> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> Few<K, V> {
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(own, _)| own.borrow().cmp(key))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.find(key).ok().and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

    /// Takes a key out, with its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.find(key).ok().map(|at| self.0.remove(at).1)
    }
}

impl<K: Ord, V: Default> Few<K, V> {
    /// The value of a key and whether it is new; `None` where it would be one more than `limit`.
    pub fn room<Q: Ord + ?Sized>(&mut self, key: &Q, limit: usize, make: impl FnOnce(&Q) -> K) -> Option<(&mut V, bool)>
    where
        K: Borrow<Q>,
    {
        let (at, new) = match self.find(key) {
            Ok(at) => (at, false),
            Err(_) if self.0.len() >= limit => return None,
            Err(at) => {
                room_for_one(&mut self.0);
                self.0.insert(at, (make(key), V::default()));
                (at, true)
            }
        };
        self.0.get_mut(at).map(|(_, value)| (value, new))
    }
}

/// A set of a few things, sorted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "BTreeSet<T>", bound(deserialize = "T: Ord + Deserialize<'de>"))]
pub struct FewSet<T>(Vec<T>);

impl<T> Default for FewSet<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> From<BTreeSet<T>> for FewSet<T> {
    fn from(set: BTreeSet<T>) -> Self {
        Self(set.into_iter().collect())
    }
}

impl<T> std::ops::Deref for FewSet<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Ord> FewSet<T> {
    /// Adds it; false where it was there.
    pub fn insert(&mut self, item: T) -> bool {
        let Err(at) = self.0.binary_search(&item) else { return false };
        room_for_one(&mut self.0);
        self.0.insert(at, item);
        true
    }

    /// Takes it out.
    pub fn remove(&mut self, item: &T) {
        if let Ok(at) = self.0.binary_search(item) {
            self.0.remove(at);
        }
    }
}
