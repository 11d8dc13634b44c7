//! Control relations as observed: who reads and who commands whom.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wf_model::asset::AssetView;
use wf_model::{Address, Batch};

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

/// Client's and server's asset id, and what passed between them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Relations {
    uses: BTreeMap<(String, String), Use>,
}

impl Relations {
    /// Adds a batch's operations.
    pub fn apply(&mut self, batch: &Batch, view: &dyn AssetView) {
        for operation in &batch.operations {
            let id = |address: &Address| view.by_address(address).map(|facts| facts.id);
            let (Some(client), Some(server)) = (id(&operation.src), id(&operation.dst)) else { continue };
            let key = (server, client);
            if self.uses.len() >= RELATIONS_MAX && !self.uses.contains_key(&key) {
                continue;
            }
            let used = self.uses.entry(key).or_default();
            if operation.category.is_act() {
                used.acts = used.acts.saturating_add(operation.count);
            } else {
                used.reads = used.reads.saturating_add(operation.count);
            }
        }
    }

    /// The machines that read or command this one.
    #[must_use]
    pub fn clients_of(&self, asset: &str) -> Vec<(&str, Use)> {
        let from = (asset.to_owned(), String::new());
        self.uses
            .range(from..)
            .take_while(|((server, _), _)| server == asset)
            .map(|((_, client), used)| (client.as_str(), *used))
            .collect()
    }

    /// The machines that this one reads or commands.
    #[must_use]
    pub fn servers_of(&self, asset: &str) -> Vec<&str> {
        self.uses.keys().filter(|(_, client)| client == asset).map(|(server, _)| server.as_str()).collect()
    }
}
