//! Who talked to whom.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wf_model::Address;
use wf_model::stored::Many;

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
