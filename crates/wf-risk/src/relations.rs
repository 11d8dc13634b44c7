//! Control relations as observed: who reads and who commands whom.

use ahash::AHashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use wf_model::Batch;
use wf_model::asset::{AssetView, current};

/// Relations that are remembered.
const RELATIONS_MAX: usize = 50_000;

/// How often one machine read and acted on another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Reads and questions.
    pub reads: u64,
    /// Writes, controls, program and configuration acts.
    pub acts: u64,
}

/// Who used whom, and what passed between them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Relations {
    /// By server's, then by client's asset id.
    uses: AHashMap<String, BTreeMap<String, Use>>,
    /// The same by client: its servers.
    servers: AHashMap<String, BTreeSet<String>>,
    /// How many there are.
    count: usize,
}

/// Relations as they are stored: server's and client's asset id, and what passed between them.
#[derive(Serialize, Deserialize)]
struct Stored {
    uses: BTreeMap<(String, String), Use>,
}

impl From<Stored> for Relations {
    fn from(stored: Stored) -> Self {
        let mut relations = Self::default();
        for ((server, client), used) in stored.uses {
            relations.servers.entry(client.clone()).or_default().insert(server.clone());
            relations.uses.entry(server).or_default().insert(client, used);
            relations.count += 1;
        }
        relations
    }
}

impl From<Relations> for Stored {
    fn from(relations: Relations) -> Self {
        let of = |(server, clients): (String, BTreeMap<String, Use>)| {
            clients.into_iter().map(move |(client, used)| ((server.clone(), client), used))
        };
        Self { uses: relations.uses.into_iter().flat_map(of).collect() }
    }
}

impl Relations {
    /// Adds a batch's operations.
    pub fn apply(&mut self, batch: &Batch, view: &dyn AssetView) {
        for operation in &batch.operations {
            let (Some(client), Some(server)) = (view.by_address(&operation.src), view.by_address(&operation.dst)) else {
                continue;
            };
            let Some(used) = self.between(server.id, client.id) else { continue };
            if operation.category.is_act() {
                used.acts = used.acts.saturating_add(operation.count);
            } else {
                used.reads = used.reads.saturating_add(operation.count);
            }
        }
    }

    /// Assets turned out to be others: what passed between them passed between those.
    pub fn follow(&mut self, assets: &BTreeMap<&str, &str>) {
        if !assets.keys().any(|old| self.uses.contains_key(*old) || self.servers.contains_key(*old)) {
            return;
        }
        let all = std::mem::take(self).uses;
        for (server, clients) in all {
            for (client, used) in clients {
                let (server, client) = (current(assets, &server), current(assets, &client));
                if server == client {
                    continue;
                }
                let Some(sum) = self.between(server, client) else { continue };
                sum.acts = sum.acts.saturating_add(used.acts);
                sum.reads = sum.reads.saturating_add(used.reads);
            }
        }
    }

    /// What passed between two machines; `None` where there is no room for another relation.
    fn between(&mut self, server: &str, client: &str) -> Option<&mut Use> {
        let known = self.uses.get(server).is_some_and(|clients| clients.contains_key(client));
        if !known {
            if self.count >= RELATIONS_MAX {
                return None;
            }
            self.count += 1;
            self.servers.entry(client.to_owned()).or_default().insert(server.to_owned());
            self.uses.entry(server.to_owned()).or_default().insert(client.to_owned(), Use::default());
        }
        self.uses.get_mut(server)?.get_mut(client)
    }

    /// The machines that read or command this one.
    #[must_use]
    pub fn clients_of(&self, asset: &str) -> Vec<(&str, Use)> {
        self.uses.get(asset).into_iter().flatten().map(|(client, used)| (client.as_str(), *used)).collect()
    }

    /// How many machines read or command this one.
    pub(crate) fn clients(&self, asset: &str) -> usize {
        self.uses.get(asset).map_or(0, BTreeMap::len)
    }

    /// The machines that this one reads or commands.
    #[must_use]
    pub fn servers_of(&self, asset: &str) -> Vec<&str> {
        self.servers.get(asset).into_iter().flatten().map(String::as_str).collect()
    }
}
