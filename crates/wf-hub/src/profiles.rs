//! Conversation profiles: windows and operations added up to who talks to whom, how, since when.

use ahash::AHashMap;
use std::collections::BTreeSet;
use wf_model::Address;
use wf_model::asset::AssetView;
use wf_model::conversation::{Conversation, FunctionUse};
use wf_model::observation::{ConversationWindow, Operation};

/// Conversations remembered; what is over stays in state but is not added to any more.
const CONVERSATIONS_MAX: usize = 200_000;
/// Functions noted in one conversation.
const FUNCTIONS_MAX: usize = 64;

type Pair = (Address, Address, u16);

/// All profiles, and which changed since they were last stored.
#[derive(Default)]
pub struct Profiles {
    by_id: AHashMap<String, Conversation>,
    by_pair: AHashMap<Pair, Vec<String>>,
    changed: BTreeSet<String>,
    /// Windows that found no place.
    pub evicted: u64,
}

/// Stable id of a conversation.
fn id_of(site: &str, window: &ConversationWindow) -> String {
    let text = format!("{site}|{}|{}|{}|{}|{}", window.client, window.server, window.transport, window.port, window.protocol);
    // FNV-1a, 64 bits: stable across runs and builds.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("c-{hash:016x}")
}

impl Profiles {
    /// Takes stored conversations back at a restart.
    pub fn load(&mut self, stored: Vec<Conversation>) {
        for conversation in stored {
            if let (Ok(client), Ok(server)) = (conversation.client.parse(), conversation.server.parse()) {
                self.by_pair.entry((client, server, conversation.port)).or_default().push(conversation.id.clone());
                self.by_id.insert(conversation.id.clone(), conversation);
            }
        }
    }

    /// Every profile.
    pub fn iter(&self) -> impl Iterator<Item = &Conversation> {
        self.by_id.values()
    }

    /// Adds a window.
    pub fn window(
        &mut self,
        site: &str,
        window: &ConversationWindow,
        view: &dyn AssetView,
        status: impl Fn(&ConversationWindow) -> (bool, bool),
    ) {
        let id = id_of(site, window);
        if !self.by_id.contains_key(&id) {
            if self.by_id.len() >= CONVERSATIONS_MAX {
                self.evicted += 1;
                return;
            }
            self.by_pair.entry((window.client, window.server, window.port)).or_default().push(id.clone());
            self.by_id.insert(id.clone(), begin(site, &id, window));
        }
        let Some(c) = self.by_id.get_mut(&id) else { return };
        let [to_server, to_client] = window.packets;
        c.packets_to_server += to_server;
        c.packets_to_client += to_client;
        c.bytes_to_server += window.bytes[0];
        c.bytes_to_client += window.bytes[1];
        c.flows += u64::from(window.flows);
        c.answered += u64::from(window.answered);
        c.messages += window.messages;
        c.gap_bytes += window.gap_bytes;
        c.one_sided |= window.one_sided;
        c.encrypted |= window.encrypted;
        c.first_seen = c.first_seen.min(window.ts);
        c.last_seen = c.last_seen.max(window.last);
        if !c.segments.iter().any(|s| *s == window.segment) && c.segments.len() < 16 {
            c.segments.push(window.segment.to_string());
        }
        let (learned, forbidden) = status(window);
        c.learned |= learned;
        c.forbidden |= forbidden;
        name(c, view);
        self.changed.insert(id);
    }

    /// Notes the use of a function.
    pub fn operation(&mut self, operation: &Operation) {
        let Some(ids) = self.by_pair.get(&(operation.src, operation.dst, operation.dst_port)) else { return };
        let Some(c) = ids.first().and_then(|id| self.by_id.get_mut(id)) else { return };
        let room = c.functions.len() < FUNCTIONS_MAX;
        match c.functions.iter_mut().find(|f| f.function == operation.function) {
            Some(used) => {
                used.count += operation.count;
                used.last = used.last.max(operation.last);
            }
            None if room => c.functions.push(FunctionUse {
                function: operation.function.to_string(),
                category: operation.category.name().to_owned(),
                count: operation.count,
                last: operation.last,
            }),
            None => {}
        }
        self.changed.insert(c.id.clone());
    }

    /// Names follow when assets changed.
    pub fn rename(&mut self, assets: &BTreeSet<&str>, view: &dyn AssetView) {
        let concerned = |asset: &Option<String>| asset.as_deref().is_none_or(|id| assets.contains(id));
        for c in self.by_id.values_mut().filter(|c| concerned(&c.client_asset) || concerned(&c.server_asset)) {
            let before = (
                c.client_name.clone(),
                c.server_name.clone(),
                c.client_zone.clone(),
                c.server_zone.clone(),
                c.client_asset.clone(),
                c.server_asset.clone(),
            );
            name(c, view);
            if before
                != (
                    c.client_name.clone(),
                    c.server_name.clone(),
                    c.client_zone.clone(),
                    c.server_zone.clone(),
                    c.client_asset.clone(),
                    c.server_asset.clone(),
                )
            {
                self.changed.insert(c.id.clone());
            }
        }
    }

    /// Takes the conversations that changed.
    pub fn take_changes(&mut self) -> Vec<Conversation> {
        std::mem::take(&mut self.changed).iter().filter_map(|id| self.by_id.get(id).cloned()).collect()
    }
}

fn begin(site: &str, id: &str, window: &ConversationWindow) -> Conversation {
    Conversation {
        id: id.to_owned(),
        site: site.to_owned(),
        client: window.client.to_string(),
        server: window.server.to_string(),
        transport: window.transport.name().to_owned(),
        port: window.port,
        protocol: window.protocol.to_string(),
        first_seen: window.ts,
        last_seen: window.last,
        ..Conversation::default()
    }
}

fn name(c: &mut Conversation, view: &dyn AssetView) {
    let facts = |text: &str| text.parse::<Address>().ok().and_then(|address| view.by_address(&address));
    let (client, server) = (facts(&c.client), facts(&c.server));
    c.client_name = client.as_ref().map_or_else(|| c.client.clone(), |f| f.name.to_owned());
    c.server_name = server.as_ref().map_or_else(|| c.server.clone(), |f| f.name.to_owned());
    c.client_zone = client.and_then(|f| f.zone).map(str::to_owned);
    c.server_zone = server.and_then(|f| f.zone).map(str::to_owned);
    c.client_asset = client.map(|f| f.id.to_owned());
    c.server_asset = server.map(|f| f.id.to_owned());
}
