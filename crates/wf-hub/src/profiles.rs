//! Conversation profiles: windows and operations added up to who talks to whom, how, since when.

use ahash::{AHashMap, AHashSet};
use wf_model::asset::AssetView;
use wf_model::conversation::{Conversation, FunctionUse};
use wf_model::id::{AssetId, ConversationId};
use wf_model::observation::{ConversationWindow, Operation, Transport};
use wf_model::stored::room_for_one;
use wf_model::{Address, Text, Timestamp};

/// Conversations remembered; what is over stays in state but is not added to any more.
const CONVERSATIONS_MAX: usize = 200_000;
/// Functions noted in one conversation.
const FUNCTIONS_MAX: usize = 64;
/// Segments noted in one conversation.
const SEGMENTS_MAX: usize = 16;

/// What adds up of a conversation, as in [`Conversation`]. There are many: what follows from elsewhere is not held.
pub struct Sums {
    transport: Transport,
    port: u16,
    /// Recognised protocol, or empty.
    pub protocol: Text,
    segments: Vec<Text>,
    /// Packets and bytes of client and server.
    packets: [u64; 2],
    bytes: [u64; 2],
    flows: u64,
    answered: u64,
    messages: u64,
    gap_bytes: u64,
    one_sided: bool,
    encrypted: bool,
    learned: bool,
    /// Crosses zones without a conduit that allows it.
    pub forbidden: bool,
    functions: Vec<FunctionUse>,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// One conversation.
pub struct Profile {
    id: ConversationId,
    ends: [Address; 2],
    /// What adds up.
    pub sums: Sums,
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
            let Some(transport) = Transport::from_name(&c.transport) else { continue };
            let client_end = c.client_asset.as_deref().map(|id| (id, c.client_name.as_str(), c.client_zone.as_deref()));
            let server_end = c.server_asset.as_deref().map(|id| (id, c.server_name.as_str(), c.server_zone.as_deref()));
            let ends = [client_end, server_end];
            let (assets, told) = (ends.map(asset), self.hasher.hash_one(ends));
            let sums = Sums {
                transport,
                port: c.port,
                protocol: c.protocol,
                segments: c.segments,
                packets: [c.packets_to_server, c.packets_to_client],
                bytes: [c.bytes_to_server, c.bytes_to_client],
                flows: c.flows,
                answered: c.answered,
                messages: c.messages,
                gap_bytes: c.gap_bytes,
                one_sided: c.one_sided,
                encrypted: c.encrypted,
                learned: c.learned,
                forbidden: c.forbidden,
                functions: c.functions,
                first_seen: c.first_seen,
                last_seen: c.last_seen,
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
        let places = self.by_pair.entry((client, server, port)).or_default();
        room_for_one(places);
        places.push(self.all.len());
        self.all.push(profile);
        self.all.len() - 1
    }

    /// Adds a window, which was learned or not, and is forbidden or not.
    pub fn window(&mut self, site: &str, window: &ConversationWindow, (learned, forbidden): (bool, bool)) {
        let known = self.by_pair.get(&(window.client, window.server, window.port)).into_iter().flatten().copied();
        let same = |at: &usize| {
            let sums = self.all.get(*at).map(|profile| &profile.sums);
            sums.is_some_and(|c| c.transport == window.transport && c.protocol == window.protocol)
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
        c.packets = [c.packets[0] + window.packets[0], c.packets[1] + window.packets[1]];
        c.bytes = [c.bytes[0] + window.bytes[0], c.bytes[1] + window.bytes[1]];
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
            room_for_one(&mut c.segments);
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
            None if room => {
                room_for_one(functions);
                functions.push(FunctionUse {
                    function: operation.function.clone(),
                    category: Text::Borrowed(operation.category.name()),
                    count: operation.count,
                    last: operation.last,
                });
            }
            None => {}
        }
        profile.changed = true;
    }

    /// Takes the conversations that changed, by themselves or with these assets at their ends, in the order of their ids: their
    /// places, for [`Self::told`].
    pub fn take_changes(&mut self, assets: &AHashSet<AssetId>, view: &dyn AssetView) -> Vec<usize> {
        let mut changes = Vec::new();
        let concerned = |asset: &Option<AssetId>| asset.is_none_or(|id| assets.contains(&id));
        for (at, profile) in self.all.iter_mut().enumerate() {
            if !profile.changed && (assets.is_empty() || !profile.assets.iter().any(concerned)) {
                continue;
            }
            let ends = ends(profile, view);
            let told = self.hasher.hash_one(ends);
            if std::mem::take(&mut profile.changed) || told != profile.told {
                (profile.told, profile.assets) = (told, ends.map(asset));
                changes.push((profile.id, at));
            }
        }
        changes.sort_unstable();
        changes.into_iter().map(|(_, at)| at).collect()
    }

    /// The conversations at these places.
    pub fn told(&self, site: &str, places: &[usize], view: &dyn AssetView) -> Vec<Conversation> {
        let profiles = places.iter().filter_map(|at| self.all.get(*at));
        profiles.map(|profile| tell(profile, site, ends(profile, view))).collect()
    }
}

fn begin(site: &str, window: &ConversationWindow) -> Profile {
    let sums = Sums {
        transport: window.transport,
        port: window.port,
        protocol: window.protocol.clone(),
        segments: Vec::new(),
        packets: [0; 2],
        bytes: [0; 2],
        flows: 0,
        answered: 0,
        messages: 0,
        gap_bytes: 0,
        one_sided: false,
        encrypted: false,
        learned: false,
        forbidden: false,
        functions: Vec::new(),
        first_seen: window.ts,
        last_seen: window.last,
    };
    let ends = [window.client, window.server];
    Profile { id: id_of(site, window), ends, sums, assets: [None, None], told: 0, changed: true }
}

fn ends<'a>(profile: &Profile, view: &'a dyn AssetView) -> [End<'a>; 2] {
    let end = |address: &Address| view.by_address(address).map(|facts| (facts.id, facts.name, facts.zone));
    profile.ends.each_ref().map(end)
}

fn asset(end: End<'_>) -> Option<AssetId> {
    AssetId::of(end?.0)
}

fn tell(profile: &Profile, site: &str, [client_end, server_end]: [End<'_>; 2]) -> Conversation {
    let (sums, [client, server]) = (&profile.sums, profile.ends.each_ref().map(ToString::to_string));
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
        transport: Text::Borrowed(sums.transport.name()),
        port: sums.port,
        protocol: sums.protocol.clone(),
        segments: sums.segments.clone(),
        packets_to_server: sums.packets[0],
        packets_to_client: sums.packets[1],
        bytes_to_server: sums.bytes[0],
        bytes_to_client: sums.bytes[1],
        flows: sums.flows,
        answered: sums.answered,
        messages: sums.messages,
        gap_bytes: sums.gap_bytes,
        one_sided: sums.one_sided,
        encrypted: sums.encrypted,
        learned: sums.learned,
        forbidden: sums.forbidden,
        functions: sums.functions.clone(),
        first_seen: sums.first_seen,
        last_seen: sums.last_seen,
    }
}
