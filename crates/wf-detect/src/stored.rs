//! Maps of many things by hash, stored in the order of their keys, so that equal memory gives equal snapshots.

use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeSet, HashMap, HashSet};
use wf_model::Address;

/// Many things, in no order.
pub(crate) type Many<K, V> = HashMap<K, V, ahash::RandomState>;
/// A set of many things, in no order.
pub(crate) type ManySet<T> = HashSet<T, ahash::RandomState>;

/// Stores a map of many in the order of its keys.
pub(crate) fn sorted<K: Ord + Serialize, V: Serialize, S: Serializer>(map: &Many<K, V>, to: S) -> Result<S::Ok, S::Error> {
    let mut all: Vec<(&K, &V)> = map.iter().collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    to.collect_map(all)
}

/// Stores a set of many in order.
pub(crate) fn sorted_set<T: Ord + Serialize, S: Serializer>(set: &ManySet<T>, to: S) -> Result<S::Ok, S::Error> {
    let mut all: Vec<&T> = set.iter().collect();
    all.sort_unstable();
    to.collect_seq(all)
}

/// Who talked to whom, in which protocols.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "BTreeSet<(Address, Address, String)>", into = "BTreeSet<(Address, Address, String)>")]
pub(crate) struct Talks {
    protocols: Many<(Address, Address), Vec<String>>,
    count: usize,
}

impl From<BTreeSet<(Address, Address, String)>> for Talks {
    fn from(stored: BTreeSet<(Address, Address, String)>) -> Self {
        let mut talks = Self::default();
        stored.iter().for_each(|(client, server, protocol)| talks.insert(*client, *server, protocol));
        talks
    }
}

impl From<Talks> for BTreeSet<(Address, Address, String)> {
    fn from(talks: Talks) -> Self {
        let of = |((client, server), protocols): (_, Vec<String>)| protocols.into_iter().map(move |p| (client, server, p));
        talks.protocols.into_iter().flat_map(of).collect()
    }
}

impl Talks {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn insert(&mut self, client: Address, server: Address, protocol: &str) {
        let protocols = self.protocols.entry((client, server)).or_default();
        if !protocols.iter().any(|known| known == protocol) {
            protocols.push(protocol.to_owned());
            self.count += 1;
        }
    }

    pub fn contains(&self, client: Address, server: Address, protocol: &str) -> bool {
        self.protocols.get(&(client, server)).is_some_and(|all| all.iter().any(|known| known == protocol))
    }
}
