//! Maps of few things, sorted and side by side: for the many maps that hold one thing or two.

use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

/// A few things, sorted by their keys.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "BTreeMap<K, V>", bound(deserialize = "K: Ord + Deserialize<'de>, V: Deserialize<'de>"))]
pub(crate) struct Few<K, V>(Vec<(K, V)>);

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
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.0.iter().map(|(key, _)| key)
    }

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

    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.find(key).ok().and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

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
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
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
pub(crate) struct FewSet<T>(Vec<T>);

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
        if self.0.is_empty() {
            self.0.reserve_exact(1);
        }
        self.0.insert(at, item);
        true
    }

    pub fn remove(&mut self, item: &T) {
        if let Ok(at) = self.0.binary_search(item) {
            self.0.remove(at);
        }
    }
}

/// A map of many whose keys are stored as text.
pub(crate) mod by_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;
    use std::fmt::Display;
    use std::hash::Hash;
    use std::str::FromStr;
    use wf_model::stored::Many;

    pub fn serialize<K: Display, V: Serialize, S: Serializer>(map: &Many<K, V>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(map.iter().map(|(key, value)| (key.to_string(), value)).collect::<BTreeMap<_, _>>())
    }

    pub fn deserialize<'de, K, V, D>(from: D) -> Result<Many<K, V>, D::Error>
    where
        K: FromStr + Eq + Hash,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let parsed = |(key, value): (String, V)| match key.parse() {
            Ok(key) => Ok((key, value)),
            Err(_) => Err(D::Error::custom(format!("'{key}' does not parse"))),
        };
        BTreeMap::<String, V>::deserialize(from)?.into_iter().map(parsed).collect()
    }
}
