//! Conversation profiles: windows and operations added up to who talks to whom, how, since when.

use ahash::{AHashMap, AHashSet};
use wf_model::asset::AssetView;
use wf_model::conversation::{Conversation, FunctionUse};
use wf_model::id::{AssetId, ConversationId};
use wf_model::observation::{ConversationWindow, Operation};
use wf_model::{Address, Text};

/// Conversations remembered; what is over stays in state but is not added to any more.
const CONVERSATIONS_MAX: usize = 200_000;
/// Functions noted in one conversation.
const FUNCTIONS_MAX: usize = 64;
/// Segments noted in one conversation.
const SEGMENTS_MAX: usize = 16;

/// One conversation.
pub struct Profile {
    id: ConversationId,
    ends: [Address; 2],
    /// What adds up. Id, site and ends are filled in where it is told.
    pub sums: Conversation,
    /// The assets at its ends, as told last.
    pub assets: [Option<AssetId>; 2],
    /// A hash of what was told of them.
    told: u64,
    changed: bool,
}

/// The asset at an end: its id, name and zone.
type End<'a> = Option<(&'a str, &'a str, Option<&'a str>)>;

/// All profiles.
#[derive(Default)]
pub struct Profiles {
    all: Vec<Profile>,
    /// Where the profiles of client, server and port are, in the order in which they began.
    by_pair: AHashMap<(Address, Address, u16), Vec<usize>>,
    hasher: ahash::RandomState,
    /// Windows that found no place.
    pub evicted: u64,
}

/// Stable id of a conversation.
fn id_of(site: &str, window: &ConversationWindow) -> ConversationId {
    let text = format!("{site}|{}|{}|{}|{}|{}", window.client, window.server, window.transport, window.port, window.protocol);
    ConversationId::of_bytes(text.bytes())
}

impl Profiles {
    /// Takes stored conversations back at a restart.
    pub fn load(&mut self, stored: Vec<Conversation>) {
        for c in stored {
            let (Some(id), Ok(client), Ok(server)) = (ConversationId::of(&c.id), c.client.parse(), c.server.parse()) else {
                continue;
            };
            let client_end = c.client_asset.as_deref().map(|id| (id, c.client_name.as_str(), c.client_zone.as_deref()));
            let server_end = c.server_asset.as_deref().map(|id| (id, c.server_name.as_str(), c.server_zone.as_deref()));
            let ends = [client_end, server_end];
            let (assets, told) = (ends.map(asset), self.hasher.hash_one(ends));
            let sums = Conversation {
                id: String::new(),
                site: String::new(),
                client: String::new(),
                server: String::new(),
                client_asset: None,
                server_asset: None,
                client_name: String::new(),
                server_name: String::new(),
                client_zone: None,
                server_zone: None,
                ..c
            };
            self.add(Profile { id, ends: [client, server], sums, assets, told, changed: false });
        }
    }

    /// Every profile.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.all.iter()
    }

    fn add(&mut self, profile: Profile) -> usize {
        let ([client, server], port) = (profile.ends, profile.sums.port);
        self.by_pair.entry((client, server, port)).or_default().push(self.all.len());
        self.all.push(profile);
        self.all.len() - 1
    }

    /// Adds a window, which was learned or not, and is forbidden or not.
    pub fn window(&mut self, site: &str, window: &ConversationWindow, (learned, forbidden): (bool, bool)) {
        let known = self.by_pair.get(&(window.client, window.server, window.port)).into_iter().flatten().copied();
        let same = |at: &usize| {
            let sums = self.all.get(*at).map(|profile| &profile.sums);
            sums.is_some_and(|c| c.transport == window.transport.name() && c.protocol == window.protocol)
        };
        let at = match known.into_iter().find(same) {
            Some(at) => at,
            None if self.all.len() >= CONVERSATIONS_MAX => {
                self.evicted += 1;
                return;
            }
            None => self.add(begin(site, window)),
        };
        let Some(profile) = self.all.get_mut(at) else { return };
        let c = &mut profile.sums;
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
        c.learned |= learned;
        // Zones and conduits may have been put right since.
        c.forbidden = forbidden;
        c.first_seen = c.first_seen.min(window.ts);
        c.last_seen = c.last_seen.max(window.last);
        if c.segments.len() < SEGMENTS_MAX && !c.segments.contains(&window.segment) {
            c.segments.push(window.segment.clone());
        }
        profile.changed = true;
    }

    /// Notes the use of a function.
    pub fn operation(&mut self, operation: &Operation) {
        let pair = (operation.src, operation.dst, operation.dst_port);
        let Some(known) = self.by_pair.get(&pair) else { return };
        let speaks = |at: &&usize, said: &dyn Fn(&str) -> bool| self.all.get(**at).is_some_and(|p| said(&p.sums.protocol));
        let same = known.iter().find(|at| speaks(at, &|protocol| protocol == operation.protocol));
        // One protocol may carry another, under whose name the conversation stands.
        let at = same.or_else(|| known.iter().find(|at| speaks(at, &|protocol| !protocol.is_empty()))).or(known.first()).copied();
        let Some(profile) = at.and_then(|at| self.all.get_mut(at)) else { return };
        let functions = &mut profile.sums.functions;
        let room = functions.len() < FUNCTIONS_MAX;
        match functions.iter_mut().find(|f| f.function == operation.function) {
            Some(used) => {
                used.count += operation.count;
                used.last = used.last.max(operation.last);
            }
            None if room => functions.push(FunctionUse {
                function: operation.function.clone(),
                category: Text::Borrowed(operation.category.name()),
                count: operation.count,
                last: operation.last,
            }),
            None => {}
        }
        profile.changed = true;
    }

    /// Takes the conversations that changed, by themselves or with these assets at their ends, in the order of their ids.
    pub fn take_changes(&mut self, site: &str, assets: &AHashSet<AssetId>, view: &dyn AssetView) -> Vec<Conversation> {
        let mut changes = Vec::new();
        let concerned = |asset: &Option<AssetId>| asset.is_none_or(|id| assets.contains(&id));
        for profile in &mut self.all {
            if !profile.changed && (assets.is_empty() || !profile.assets.iter().any(concerned)) {
                continue;
            }
            let end = |address: &Address| view.by_address(address).map(|facts| (facts.id, facts.name, facts.zone));
            let ends = profile.ends.each_ref().map(end);
            let told = self.hasher.hash_one(ends);
            if std::mem::take(&mut profile.changed) || told != profile.told {
                (profile.told, profile.assets) = (told, ends.map(asset));
                changes.push(tell(profile, site, ends));
            }
        }
        // Rows are large: their places are sorted first.
        changes.sort_by_cached_key(|c| ConversationId::of(&c.id));
        changes
    }
}

fn begin(site: &str, window: &ConversationWindow) -> Profile {
    let sums = Conversation {
        transport: Text::Borrowed(window.transport.name()),
        port: window.port,
        protocol: window.protocol.clone(),
        first_seen: window.ts,
        last_seen: window.last,
        ..Conversation::default()
    };
    let ends = [window.client, window.server];
    Profile { id: id_of(site, window), ends, sums, assets: [None, None], told: 0, changed: true }
}

fn asset(end: End<'_>) -> Option<AssetId> {
    AssetId::of(end?.0)
}

fn tell(profile: &Profile, site: &str, [client_end, server_end]: [End<'_>; 2]) -> Conversation {
    let [client, server] = profile.ends.each_ref().map(ToString::to_string);
    let name = |end: End<'_>, address: &String| end.map_or_else(|| address.clone(), |(_, name, _)| name.to_owned());
    Conversation {
        id: profile.id.to_string(),
        site: site.to_owned(),
        client_asset: client_end.map(|(id, ..)| id.to_owned()),
        server_asset: server_end.map(|(id, ..)| id.to_owned()),
        client_name: name(client_end, &client),
        server_name: name(server_end, &server),
        client_zone: client_end.and_then(|(.., zone)| zone).map(str::to_owned),
        server_zone: server_end.and_then(|(.., zone)| zone).map(str::to_owned),
        client,
        server,
        ..profile.sums.clone()
    }
}
