//! What was said and seen of each address, folded so that the order of arrival does not matter.

use crate::role::has_server;
use crate::vendor;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::OnceLock;
use wf_model::observation::{AssetEvidence, ConversationWindow, Operation};
use wf_model::stored::{Few, FewSet, Many, ManySet, room_for_one, sorted, sorted_set};
use wf_model::{Address, Attribute, Category, Mac, PacketId, Text, Timestamp};

/// Values kept per attribute and address; what is beyond is counted.
pub(crate) const VALUES_MAX: usize = 64;
/// IPs remembered per MAC: enough to know a router by.
const IPS_PER_MAC_MAX: usize = 128;
/// MACs remembered per IP.
const MACS_PER_IP_MAX: usize = 16;
/// Protocols and peers remembered per address.
const PEERS_MAX: usize = 64;

/// When something was seen, how often, and the frame that showed it first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub first: Timestamp,
    pub last: Timestamp,
    pub count: u64,
    pub frame: u64,
    pub packet: Option<PacketId>,
}

impl Seen {
    fn of(row: &AssetEvidence) -> Self {
        Self { first: row.ts, last: row.last.max(row.ts), count: row.count, frame: row.frame, packet: row.packet }
    }

    /// Adds another sighting: the earlier one keeps its frame.
    pub fn add(&mut self, other: &Self) {
        if (other.first, other.frame) < (self.first, self.frame) {
            (self.first, self.frame) = (other.first, other.frame);
            self.packet = other.packet.or(self.packet);
        } else {
            self.packet = self.packet.or(other.packet);
        }
        self.last = self.last.max(other.last);
        self.count = self.count.saturating_add(other.count);
    }
}

/// Whether a sighting is the first of its kind, or one from before it that came late: who was first decides what is whose.
fn is_first(known: Option<&Seen>, seen: &Seen) -> bool {
    known.is_none_or(|known| (seen.first, seen.frame) < (known.first, known.frame))
}

/// Adds a sighting to one that may not be there yet.
pub(crate) fn fold(at: &mut Option<Seen>, seen: &Seen) {
    match at {
        Some(old) => old.add(seen),
        None => *at = Some(seen.clone()),
    }
}

/// One statement, all its repetitions folded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub attribute: Attribute,
    pub value: String,
    pub source: Text,
    pub confidence: u8,
    /// MAC of the frame that carried it.
    pub via: Option<Mac>,
    pub seen: Seen,
}

/// How a MAC and an IP belong together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// A protocol said so (ARP, DHCP, DCP, LLDP).
    pub bound: Option<Seen>,
    /// DHCP said so: the address is only lent.
    pub lease: bool,
    /// Frames carried the IP with this source MAC: the device's own, or the last router's.
    pub framed: Option<Seen>,
}

impl Link {
    /// Last sign of it.
    pub fn last(&self) -> Timestamp {
        let last = |seen: &Option<Seen>| seen.as_ref().map_or(Timestamp(i64::MIN), |s| s.last);
        last(&self.bound).max(last(&self.framed))
    }
}

/// What an address answered in one protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Served {
    pub clients: FewSet<Address>,
    pub seen: Option<Seen>,
}

/// What an address asked for in one protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub servers: FewSet<Address>,
    pub seen: Option<Seen>,
    pub reads: u64,
    pub writes: u64,
    pub controls: u64,
    pub programs: u64,
    pub configurations: u64,
    /// Identity, block and diagnostic questions that an engineering tool asks.
    pub engineering: u64,
}

/// What an address does with protocols.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Behaviour {
    pub serves: Few<String, Served>,
    pub asks: Few<String, Asked>,
}

/// Everything about one address but its links.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Packets came from it: the proof that it exists.
    pub sent: Option<Seen>,
    pub said: Vec<Said>,
    pub does: Behaviour,
}

impl Node {
    /// A packet came from it. True where it is the first, by its time.
    fn sent(&mut self, seen: &Seen) -> bool {
        let first = is_first(self.sent.as_ref(), seen);
        fold(&mut self.sent, seen);
        first
    }

    /// It answered a client. True where that is news; `None` where there is no room for the protocol.
    fn serve(&mut self, client: Address, protocol: &str, seen: &Seen) -> Option<bool> {
        let (served, new) = self.does.serves.room(protocol, PEERS_MAX, str::to_owned)?;
        fold(&mut served.seen, seen);
        Some((served.clients.len() < PEERS_MAX && served.clients.insert(client)) || new)
    }

    /// It asked a server; `add` adds what for. True where that is news; `None` where there is no room for the protocol.
    fn ask(&mut self, server: Address, protocol: &str, seen: &Seen, add: impl FnOnce(&mut Asked) -> bool) -> Option<bool> {
        let (asked, new) = self.does.asks.room(protocol, PEERS_MAX, str::to_owned)?;
        fold(&mut asked.seen, seen);
        let new_server = asked.servers.len() < PEERS_MAX && !server.is_group() && asked.servers.insert(server);
        Some(add(asked) || new_server || new)
    }
}

/// Facts about a MAC address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MacFacts {
    pub node: Node,
    pub ips: FewSet<IpAddr>,
    /// Other MACs that the device said it has.
    pub siblings: FewSet<Mac>,
    /// As worked out last.
    pub router: bool,
    #[serde(skip)]
    maker: Maker,
}

impl MacFacts {
    /// The company that this MAC's prefix is assigned to.
    pub fn maker(&self, mac: Mac) -> Option<&str> {
        self.maker.0.get_or_init(|| vendor::of(mac)).as_deref()
    }
}

/// A company, looked up once. It follows from the MAC, so it is neither stored nor compared.
#[derive(Clone, Debug, Default)]
struct Maker(OnceLock<Option<Text>>);

impl PartialEq for Maker {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Facts about an IP address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct IpFacts {
    pub node: Node,
    pub links: Few<Mac, Link>,
}

/// Adds to a count. True when it passes a power of two: a role may follow from how much, but not from each one more.
fn grow(count: &mut u64, more: u64) -> bool {
    let before = *count;
    *count = count.saturating_add(more);
    before.checked_ilog2() != count.checked_ilog2()
}

/// All facts of a site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    #[serde(serialize_with = "sorted")]
    pub macs: Many<Mac, Box<MacFacts>>,
    #[serde(serialize_with = "sorted")]
    pub ips: Many<IpAddr, Box<IpFacts>>,
    /// Addresses about which something new was said since the assets were last worked out.
    #[serde(serialize_with = "sorted_set")]
    pub dirty: ManySet<Address>,
    /// Addresses of which only more of the same was seen: later times and higher counts.
    #[serde(serialize_with = "sorted_set")]
    pub touched: ManySet<Address>,
    /// Statements, links and peers that found no room.
    pub overflow: u64,
}

impl Facts {
    pub fn node(&self, address: &Address) -> Option<&Node> {
        match address {
            Address::Ip(ip) => self.ips.get(ip).map(|f| &f.node),
            Address::Mac(mac) => self.macs.get(mac).map(|f| &f.node),
        }
    }

    fn node_mut(&mut self, address: Address) -> &mut Node {
        match address {
            Address::Ip(ip) => &mut self.ips.entry(ip).or_default().node,
            Address::Mac(mac) => &mut self.macs.entry(mac).or_default().node,
        }
    }

    /// Something was said of an address: either what can change what the device is, or only more of the same, by which
    /// times and counts go on.
    fn note(&mut self, address: Address, news: bool) {
        let changed = if news { &mut self.dirty } else { &mut self.touched };
        changed.insert(address);
    }

    fn sent(&mut self, address: Address, seen: &Seen) {
        let first = self.node_mut(address).sent(seen);
        self.note(address, first);
    }

    /// Folds one statement in.
    pub fn evidence(&mut self, row: &AssetEvidence) {
        let mac = row.mac.filter(|m| !m.is_group() && !m.is_zero());
        let ip = row.ip.filter(|ip| !Address::Ip(*ip).is_group());
        let seen = Seen::of(row);
        let lease = row.source == "dhcp";
        if let (Some(mac), Some(ip)) = (mac, ip) {
            self.link(mac, ip, &seen, row.bound, lease);
        }
        // A statement about an IP whose frame merely came from some MAC says nothing of that MAC.
        let subject = match (mac, ip) {
            (Some(mac), Some(_)) if row.bound => Address::Mac(mac),
            (_, Some(ip)) => Address::Ip(ip),
            (Some(mac), None) => Address::Mac(mac),
            (None, None) => return,
        };
        self.presence(row, mac, ip, &seen);
        match row.attribute {
            Attribute::Presence => {}
            Attribute::IpAddress => self.further_ip(mac, &row.value, &seen),
            Attribute::MacAddress => self.further_mac(mac, ip, &row.value, &seen),
            _ if row.value.is_empty() => {}
            _ => self.say(subject, row, mac, seen),
        }
    }

    fn presence(&mut self, row: &AssetEvidence, mac: Option<Mac>, ip: Option<IpAddr>, seen: &Seen) {
        let link_level = ip.is_none() || row.bound;
        if let Some(mac) = mac.filter(|_| link_level || row.attribute == Attribute::Presence) {
            self.sent(Address::Mac(mac), seen);
        }
        // A lease is the server's word about an address from which nothing may have come yet.
        if let Some(ip) = ip.filter(|_| row.attribute == Attribute::Presence && row.source != "dhcp") {
            self.sent(Address::Ip(ip), seen);
        }
    }

    fn further_ip(&mut self, mac: Option<Mac>, value: &str, seen: &Seen) {
        let ip = value.parse::<IpAddr>().ok().filter(|ip| !Address::Ip(*ip).is_group() && !ip.is_loopback());
        if let (Some(mac), Some(ip)) = (mac, ip) {
            self.link(mac, ip, seen, true, false);
        }
    }

    fn further_mac(&mut self, mac: Option<Mac>, ip: Option<IpAddr>, value: &str, seen: &Seen) {
        let Some(other) = value.parse::<Mac>().ok().filter(|m| !m.is_group() && !m.is_zero()) else { return };
        if let Some(ip) = ip {
            return self.link(other, ip, seen, true, false);
        }
        let Some(mac) = mac.filter(|m| *m != other) else { return };
        for (a, b) in [(mac, other), (other, mac)] {
            self.dirty.insert(Address::Mac(a));
            let siblings = &mut self.macs.entry(a).or_default().siblings;
            if siblings.len() < PEERS_MAX {
                siblings.insert(b);
            }
        }
    }

    fn link(&mut self, mac: Mac, ip: IpAddr, seen: &Seen, bound: bool, lease: bool) {
        let links = &mut self.ips.entry(ip).or_default().links;
        // Where several MACs have an address, the times say whose it is now.
        let contested = links.len() > 1;
        let Some((link, _)) = links.room(&mac, MACS_PER_IP_MAX, |mac| *mac) else {
            self.overflow += 1;
            return;
        };
        let place = if bound { &mut link.bound } else { &mut link.framed };
        let news = contested || is_first(place.as_ref(), seen) || (bound && lease && !link.lease);
        fold(place, seen);
        link.lease |= bound && lease;
        let ips = &mut self.macs.entry(mac).or_default().ips;
        let joined = ips.len() < IPS_PER_MAC_MAX && ips.insert(ip);
        // Whose address it is tells who routes.
        self.note(Address::Mac(mac), news || joined);
        self.note(Address::Ip(ip), news || joined);
    }

    fn say(&mut self, subject: Address, row: &AssetEvidence, via: Option<Mac>, seen: Seen) {
        let said = &mut self.node_mut(subject).said;
        let same = |s: &&mut Said| s.attribute == row.attribute && s.value == row.value && s.source == row.source && s.via == via;
        if let Some(old) = said.iter_mut().find(same) {
            let surer = row.confidence > old.confidence || is_first(Some(&old.seen), &seen);
            old.confidence = old.confidence.max(row.confidence);
            old.seen.add(&seen);
            return self.note(subject, surer);
        }
        if said.iter().filter(|s| s.attribute == row.attribute).count() >= VALUES_MAX {
            self.overflow += 1;
            return self.note(subject, false);
        }
        let (value, source) = (row.value.clone(), row.source.clone());
        room_for_one(said);
        said.push(Said { attribute: row.attribute, value, source, confidence: row.confidence.min(99), via, seen });
        self.note(subject, true);
    }

    /// Folds a conversation in: who sent, who answered, in which protocol.
    pub fn conversation(&mut self, row: &ConversationWindow) {
        let seen = Seen { first: row.ts, last: row.last, count: 0, frame: row.frame, packet: row.packet };
        let ends = [(row.client, row.client_mac, row.packets[0]), (row.server, row.server_mac, row.packets[1])];
        for (address, mac, packets) in ends {
            if packets == 0 || address.is_group() {
                continue;
            }
            self.sent(address, &seen);
            if let (Some(mac), Some(ip)) = (mac.filter(|m| !m.is_group() && !m.is_zero()), address.ip()) {
                self.sent(Address::Mac(mac), &seen);
                self.link(mac, ip, &seen, false, false);
            }
        }
        if row.protocol.is_empty() || row.packets[0] == 0 {
            return;
        }
        let answered = row.packets[1] > 0 && (row.messages > 0 || row.encrypted);
        if answered && !row.server.is_group() && has_server(&row.protocol) {
            let news = self.node_mut(row.server).serve(row.client, &row.protocol, &seen);
            self.noted(row.server, news);
        }
        if !row.client.is_group() {
            let news = self.node_mut(row.client).ask(row.server, &row.protocol, &seen, |_| false);
            self.noted(row.client, news);
        }
    }

    /// Folds an operation in: the actor sent it; the target answered, unless it is said that it did not.
    pub fn operation(&mut self, row: &Operation) {
        let seen = Seen { first: row.ts, last: row.last, count: 0, frame: row.frame, packet: row.packets.first().copied() };
        if row.src.is_group() {
            return;
        }
        if !row.dst.is_group() && (row.outcome == "ok" || row.outcome.starts_with("error")) {
            let node = self.node_mut(row.dst);
            let (first, news) = (node.sent(&seen), node.serve(row.src, &row.protocol, &seen));
            self.note(row.dst, first);
            self.noted(row.dst, news);
        }
        let engineering = is_engineering(&row.function, row.category);
        let add = |asked: &mut Asked| {
            let grown = match row.category {
                Category::Read => grow(&mut asked.reads, row.count),
                Category::Write => grow(&mut asked.writes, row.count),
                Category::Control => grow(&mut asked.controls, row.count),
                Category::Program => grow(&mut asked.programs, row.count),
                Category::Configuration => grow(&mut asked.configurations, row.count),
                Category::Diagnostic => false,
            };
            grow(&mut asked.engineering, if engineering { row.count } else { 0 }) || grown
        };
        let node = self.node_mut(row.src);
        let (first, news) = (node.sent(&seen), node.ask(row.dst, &row.protocol, &seen, add));
        self.note(row.src, first);
        self.noted(row.src, news);
    }

    /// Notes what came of a protocol; what found no room is counted.
    fn noted(&mut self, address: Address, news: Option<bool>) {
        self.overflow += u64::from(news.is_none());
        self.note(address, news.unwrap_or(false));
    }

    /// Forgets addresses until `limit` are left of each kind, Internet hosts first, then those that have been silent
    /// longest; returns how many.
    pub fn evict(&mut self, limit: usize) -> u64 {
        let mut gone: Vec<Address> = Vec::new();
        let last = |node: &Node| node.sent.as_ref().map_or(Timestamp(i64::MIN), |s| s.last);
        if self.ips.len() > limit {
            let own = |ip: &IpAddr| !wf_model::address::is_internet(*ip);
            let mut all: Vec<_> = self.ips.iter().map(|(ip, f)| (own(ip), last(&f.node), Address::Ip(*ip))).collect();
            all.sort_unstable();
            gone.extend(all.iter().take(self.ips.len() - limit + limit / 100).map(|(.., a)| *a));
        }
        if self.macs.len() > limit {
            let mut all: Vec<_> = self.macs.iter().map(|(mac, f)| (last(&f.node), Address::Mac(*mac))).collect();
            all.sort_unstable();
            gone.extend(all.iter().take(self.macs.len() - limit + limit / 100).map(|(_, a)| *a));
        }
        for address in &gone {
            self.forget(address);
        }
        gone.len() as u64
    }

    fn forget(&mut self, address: &Address) {
        self.dirty.insert(*address);
        match address {
            Address::Ip(ip) => {
                let links = self.ips.remove(ip).map(|f| f.links).unwrap_or_default();
                for mac in links.keys() {
                    self.dirty.insert(Address::Mac(*mac));
                    if let Some(facts) = self.macs.get_mut(mac) {
                        facts.ips.remove(ip);
                    }
                }
            }
            Address::Mac(mac) => {
                let Some(facts) = self.macs.remove(mac) else { return };
                for ip in facts.ips.iter() {
                    self.dirty.insert(Address::Ip(*ip));
                    if let Some(facts) = self.ips.get_mut(ip) {
                        facts.links.remove(mac);
                    }
                }
                for other in facts.siblings.iter() {
                    self.dirty.insert(Address::Mac(*other));
                    if let Some(facts) = self.macs.get_mut(other) {
                        facts.siblings.remove(mac);
                    }
                }
            }
        }
    }
}

/// Questions that engineering tools ask and operator stations do not: who are you, which blocks have you, take this program.
fn is_engineering(function: &str, category: Category) -> bool {
    const WORDS: &[&str] = &["szl", "block", "upload", "download", "identi", "directory", "firmware", "file_info"];
    matches!(category, Category::Program | Category::Diagnostic) && WORDS.iter().any(|word| function.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_table_forgets_internet_hosts_first() {
        let mut facts = Facts::default();
        for (at, ip) in ["10.0.0.1", "10.0.0.2", "8.8.8.8", "10.0.0.3"].iter().enumerate() {
            let at = i64::try_from(at).unwrap_or(0);
            let row = AssetEvidence {
                ts: Timestamp(at),
                last: Timestamp(at),
                count: 1,
                mac: None,
                ip: ip.parse().ok(),
                bound: false,
                attribute: Attribute::Presence,
                value: String::new(),
                source: "frame".into(),
                confidence: 50,
                frame: 1,
                packet: None,
            };
            facts.evidence(&row);
        }
        assert_eq!(facts.evict(2), 2);
        let mut left: Vec<String> = facts.ips.keys().map(ToString::to_string).collect();
        left.sort();
        assert_eq!(left, ["10.0.0.2", "10.0.0.3"]);
    }
}
