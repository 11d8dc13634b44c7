//! Control relations as observed: who reads and who commands whom.

use ahash::AHashMap;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;
use wf_model::Batch;
use wf_model::asset::{AssetView, current};
use wf_model::stored::room_for_one;

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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Stored")]
pub struct Relations {
    /// Numbers of machines by their asset ids: each id is held once.
    numbers: AHashMap<Arc<str>, u32>,
    /// Machines by number.
    machines: Vec<Machine>,
    /// How many relations there are.
    count: usize,
}

/// A machine that uses others or is used.
#[derive(Clone, Debug)]
struct Machine {
    id: Arc<str>,
    /// Numbers of its clients, ascending, each with what passed.
    clients: Vec<(u32, Use)>,
    /// Numbers of its servers.
    servers: Vec<u32>,
}

/// Relations as they are stored: server's and client's asset id, and what passed between them.
#[derive(Deserialize)]
struct Stored {
    uses: BTreeMap<(String, String), Use>,
}

/// The same as it is written.
#[derive(Serialize)]
struct Told<'a> {
    uses: BTreeMap<(&'a str, &'a str), Use>,
}

impl From<Stored> for Relations {
    fn from(stored: Stored) -> Self {
        let mut relations = Self::default();
        for ((server, client), used) in stored.uses {
            if let Some(sum) = relations.of(&server, &client, usize::MAX) {
                *sum = used;
            }
        }
        relations
    }
}

impl Serialize for Relations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Told { uses: self.sorted() }.serialize(serializer)
    }
}

/// In which order machines came says nothing.
impl PartialEq for Relations {
    fn eq(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
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

    /// Every relation, by server and client.
    fn sorted(&self) -> BTreeMap<(&str, &str), Use> {
        let all = self.machines.iter().flat_map(|server| server.clients.iter().map(move |client| (&*server.id, client)));
        all.filter_map(|(server, (client, used))| Some(((server, self.name(*client)?), *used))).collect()
    }

    fn name(&self, number: u32) -> Option<&str> {
        self.machines.get(number as usize).map(|machine| &*machine.id)
    }

    fn machine(&self, asset: &str) -> Option<&Machine> {
        self.machines.get(*self.numbers.get(asset)? as usize)
    }

    /// The number of a machine, which gets one where it has none.
    fn number(&mut self, asset: &str) -> u32 {
        if let Some(number) = self.numbers.get(asset) {
            return *number;
        }
        let number = u32::try_from(self.machines.len()).unwrap_or(u32::MAX);
        let id: Arc<str> = asset.into();
        self.numbers.insert(Arc::clone(&id), number);
        self.machines.push(Machine { id, clients: Vec::new(), servers: Vec::new() });
        number
    }

    /// Assets turned out to be others: what passed between them passed between those.
    pub fn follow(&mut self, assets: &BTreeMap<&str, &str>) {
        if !assets.keys().any(|old| self.numbers.contains_key(*old)) {
            return;
        }
        let all = std::mem::take(self);
        for ((server, client), used) in all.sorted() {
            let (server, client) = (current(assets, server), current(assets, client));
            if server == client {
                continue;
            }
            let Some(sum) = self.between(server, client) else { continue };
            sum.acts = sum.acts.saturating_add(used.acts);
            sum.reads = sum.reads.saturating_add(used.reads);
        }
    }

    /// What passed between two machines; `None` where there is no room for another relation.
    fn between(&mut self, server: &str, client: &str) -> Option<&mut Use> {
        self.of(server, client, RELATIONS_MAX)
    }

    fn of(&mut self, server: &str, client: &str, limit: usize) -> Option<&mut Use> {
        let find = |clients: &[(u32, Use)], number: u32| clients.binary_search_by_key(&number, |(client, _)| *client);
        let numbers = self.numbers.get(server).copied().zip(self.numbers.get(client).copied());
        let at = numbers.and_then(|(server, client)| find(&self.machines.get(server as usize)?.clients, client).ok());
        if let (Some(at), Some((server, _))) = (at, numbers) {
            return self.machines.get_mut(server as usize)?.clients.get_mut(at).map(|(_, used)| used);
        }
        if self.count >= limit {
            return None;
        }
        self.count += 1;
        let (server, client) = (self.number(server), self.number(client));
        let servers = &mut self.machines.get_mut(client as usize)?.servers;
        room_for_one(servers);
        servers.push(server);
        let clients = &mut self.machines.get_mut(server as usize)?.clients;
        let at = find(clients, client).unwrap_or_else(|at| at);
        room_for_one(clients);
        clients.insert(at, (client, Use::default()));
        clients.get_mut(at).map(|(_, used)| used)
    }

    /// The machines that read or command this one.
    #[must_use]
    pub fn clients_of(&self, asset: &str) -> Vec<(&str, Use)> {
        let clients = self.machine(asset).into_iter().flat_map(|machine| &machine.clients);
        let mut named: Vec<(&str, Use)> = clients.filter_map(|(client, used)| Some((self.name(*client)?, *used))).collect();
        named.sort_unstable_by_key(|(client, _)| *client);
        named
    }

    /// How many machines read or command this one.
    pub(crate) fn clients(&self, asset: &str) -> usize {
        self.machine(asset).map_or(0, |machine| machine.clients.len())
    }

    /// The machines that this one reads or commands.
    #[must_use]
    pub fn servers_of(&self, asset: &str) -> Vec<&str> {
        let servers = self.machine(asset).into_iter().flat_map(|machine| &machine.servers);
        let mut named: Vec<&str> = servers.filter_map(|server| self.name(*server)).collect();
        named.sort_unstable();
        named
    }
}
