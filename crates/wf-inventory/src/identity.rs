//! Which addresses are one device.
//!
//! An IP's life is cut into tenures: stretches in which one device has it. A MAC and a tenure are one device when a
//! protocol bound them (ARP, DHCP, DCP, LLDP), or when frames with that IP came from that MAC and the MAC is no router's.
//! The answer depends on the facts alone, never on the order in which they were told.

use crate::facts::{Facts, Link, Said};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use wf_model::network::Network;
use wf_model::{Address, Attribute, Mac, Timestamp};

/// More addresses than this bound to one MAC on the link by ARP: it answers for others (proxy ARP).
const PROXY_MIN: usize = 17;
/// More unbound addresses than this before one MAC, even of its own subnet: it forwards for others.
const ALIASES_MAX: usize = 8;

/// A stretch of an IP's life with one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenure {
    /// The device's MACs (more than one after a swapped card); empty where none is known.
    pub macs: Vec<Mac>,
    /// From this time on; the first tenure begins at the beginning of time.
    pub from: Timestamp,
    /// Last sign that the MAC has this IP.
    pub last: Timestamp,
}

/// A part of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The nth tenure of an IP.
    Ip(IpAddr, usize),
    /// A MAC.
    Mac(Mac),
}

impl Part {
    pub fn address(&self) -> Address {
        match self {
            Self::Ip(ip, _) => Address::Ip(*ip),
            Self::Mac(mac) => Address::Mac(*mac),
        }
    }
}

/// The /24 (IPv4) or /64 (IPv6) that an address lies in: the subnet that is assumed where nothing tells it.
pub(crate) fn subnet(ip: IpAddr) -> Network {
    Network::of(ip, if ip.is_ipv4() { 24 } else { 64 })
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

fn link(facts: &Facts, mac: Mac, ip: IpAddr) -> Option<&Link> {
    facts.ips.get(&ip)?.links.get(&mac)
}

fn is_bound(facts: &Facts, mac: Mac, ip: IpAddr) -> bool {
    is_link_local(ip) || link(facts, mac, ip).is_some_and(|l| l.bound.is_some())
}

/// Whether a MAC stands before other devices' addresses.
pub(crate) fn is_router(facts: &Facts, mac: Mac) -> bool {
    let Some(own) = facts.macs.get(&mac) else { return false };
    let (bound, framed): (Vec<IpAddr>, Vec<IpAddr>) = own.ips.iter().partition(|ip| is_bound(facts, mac, **ip));
    let by_arp = bound.iter().filter(|ip| link(facts, mac, **ip).is_some_and(|l| l.bound.is_some() && !l.lease));
    if by_arp.count() >= PROXY_MIN || framed.len() > ALIASES_MAX {
        return true;
    }
    let others = |ip: &IpAddr| {
        let links = facts.ips.get(ip).map(|f| &f.links);
        links.is_some_and(|links| links.iter().any(|(m, l)| *m != mac && l.bound.is_some()))
    };
    if framed.iter().any(others) {
        return true;
    }
    let nets4: BTreeSet<Network> = bound.iter().filter(|ip| ip.is_ipv4() && !is_link_local(**ip)).map(|ip| subnet(*ip)).collect();
    let framed4: Vec<&IpAddr> = framed.iter().filter(|ip| ip.is_ipv4()).collect();
    let framed_nets =
        |v4: bool| framed.iter().filter(|ip| ip.is_ipv4() == v4).map(|ip| subnet(*ip)).collect::<BTreeSet<_>>().len();
    let four = if nets4.is_empty() {
        framed4.len() >= 3 || framed_nets(true) >= 2
    } else {
        framed4.iter().any(|ip| !nets4.contains(&subnet(**ip)))
    };
    // A host may well have a unique-local and a global IPv6 prefix at once.
    four || framed_nets(false) >= 3
}

/// Whether another router's MAC is an interface of the same router: same vendor prefix, and each stands before addresses
/// of the subnet in which the other has its own address.
fn same_router(facts: &Facts, a: Mac, b: Mac) -> bool {
    let nets = |mac: Mac, bound: bool| -> BTreeSet<Network> {
        let ips = facts.macs.get(&mac).map(|f| f.ips.iter()).into_iter().flatten();
        ips.filter(|ip| !is_link_local(**ip) && is_bound(facts, mac, **ip) == bound).map(|ip| subnet(*ip)).collect()
    };
    let meets = |x: &BTreeSet<Network>, y: &BTreeSet<Network>| x.intersection(y).next().is_some();
    let [a0, a1, a2, ..] = a.0;
    b.0.starts_with(&[a0, a1, a2])
        && meets(&nets(a, true), &nets(b, false))
        && meets(&nets(b, true), &nets(a, false))
        && !meets(&nets(a, true), &nets(b, true))
}

/// The other interfaces of a router.
pub(crate) fn router_peers(facts: &Facts, routers: &BTreeSet<Mac>, mac: Mac) -> Vec<Mac> {
    if !routers.contains(&mac) {
        return Vec::new();
    }
    routers.iter().copied().filter(|other| *other != mac && same_router(facts, mac, *other)).collect()
}

/// The tenures of an IP, in order.
pub(crate) fn tenures(facts: &Facts, ip: IpAddr) -> Vec<Tenure> {
    let Some(own) = facts.ips.get(&ip) else { return Vec::new() };
    let mut bound: Vec<(Timestamp, Mac, &Link)> = Vec::new();
    for (mac, link) in &own.links {
        let first = link.bound.as_ref().or_else(|| link.framed.as_ref().filter(|_| is_link_local(ip))).map(|s| s.first);
        if let Some(first) = first {
            bound.push((first, *mac, link));
        }
    }
    bound.sort_by_key(|(first, mac, _)| (*first, *mac));
    let proxied = bound.len() > 1 && bound.iter().any(|(_, mac, _)| is_proxy(facts, *mac));
    if proxied {
        bound.retain(|(_, mac, _)| !is_proxy(facts, *mac));
    }
    if bound.is_empty() {
        return vec![unbound(facts, ip)];
    }
    let mut all: Vec<Tenure> = Vec::new();
    for (first, mac, link) in bound {
        match all.last_mut() {
            Some(before) if before.macs.last().is_some_and(|old| swapped(facts, ip, *old, mac, first)) => {
                before.macs.push(mac);
                before.last = before.last.max(link.last());
            }
            Some(_) => all.push(Tenure { macs: vec![mac], from: first, last: link.last() }),
            None => all.push(Tenure { macs: vec![mac], from: Timestamp(i64::MIN), last: link.last() }),
        }
    }
    all
}

/// A MAC that answers ARP for too many addresses is not where any of them lives.
fn is_proxy(facts: &Facts, mac: Mac) -> bool {
    let ips = facts.macs.get(&mac).map(|f| f.ips.iter()).into_iter().flatten();
    ips.filter(|ip| link(facts, mac, **ip).is_some_and(|l| l.bound.is_some() && !l.lease)).count() >= PROXY_MIN
}

/// The tenure of an IP that nothing binds: with the MAC of its frames, unless that is a router's.
fn unbound(facts: &Facts, ip: IpAddr) -> Tenure {
    let links = facts.ips.get(&ip).map(|f| &f.links).into_iter().flatten();
    let own = links.filter(|(mac, _)| !wf_model::address::is_internet(ip) && !is_router(facts, **mac));
    let best = own.max_by_key(|(mac, link)| (link.framed.as_ref().map_or(0, |s| s.count), std::cmp::Reverse(**mac)));
    let macs = best.map(|(mac, _)| *mac).into_iter().collect();
    Tenure { macs, from: Timestamp(i64::MIN), last: best.map_or(Timestamp(i64::MIN), |(_, link)| link.last()) }
}

/// Whether `new` is a swapped card of the device that had this IP with `old`: `old` fell silent before, and the device
/// still says the same name or serial number, or, where nobody says any, the card is of the same maker and the address
/// was not lent.
fn swapped(facts: &Facts, ip: IpAddr, old: Mac, new: Mac, at: Timestamp) -> bool {
    let (Some(before), Some(after)) = (link(facts, old, ip), link(facts, new, ip)) else { return false };
    let (Some(old_facts), Some(new_facts)) = (facts.macs.get(&old), facts.macs.get(&new)) else { return false };
    let still_there = old_facts.node.sent.as_ref().is_some_and(|s| s.last >= at) || before.last() >= at;
    let elsewhere = |f: &crate::facts::MacFacts| f.ips.iter().any(|other| *other != ip && !is_link_local(*other));
    if still_there || elsewhere(old_facts) || elsewhere(new_facts) {
        return false;
    }
    let said = facts.ips.get(&ip).map(|f| f.node.said.as_slice()).unwrap_or_default();
    let identity = |mac: Mac, own: &[Said], since: bool| -> BTreeMap<Attribute, BTreeSet<String>> {
        let by_ip = said.iter().filter(|s| s.via == Some(mac) || (s.via.is_none() && (s.seen.first >= at) == since));
        let mut all: BTreeMap<Attribute, BTreeSet<String>> = BTreeMap::new();
        for s in own.iter().chain(by_ip) {
            if matches!(s.attribute, Attribute::Name | Attribute::Serial) {
                all.entry(s.attribute).or_default().insert(s.value.to_lowercase());
            }
        }
        all
    };
    let (was, is) = (identity(old, &old_facts.node.said, false), identity(new, &new_facts.node.said, true));
    let (mut same, mut other) = (false, false);
    for (attribute, values) in &was {
        if let Some(now) = is.get(attribute) {
            let shared = values.intersection(now).next().is_some();
            (same, other) = (same | shared, other | !shared);
        }
    }
    let silent = was.is_empty() && is.is_empty() && !before.lease && !after.lease;
    (same && !other) || (silent && old.0.get(..3) == new.0.get(..3) && !old.is_local())
}

/// The neighbours of an address: what must be looked at again with it.
fn neighbours(facts: &Facts, routers: &BTreeSet<Mac>, address: &Address) -> Vec<Address> {
    match address {
        Address::Ip(ip) => {
            let links = facts.ips.get(ip).map(|f| &f.links).into_iter().flatten();
            links
                .filter(|(mac, link)| link.bound.is_some() || !routers.contains(mac))
                .map(|(mac, _)| Address::Mac(*mac))
                .collect()
        }
        Address::Mac(mac) => {
            let Some(own) = facts.macs.get(mac) else { return Vec::new() };
            let near = own.ips.iter().filter(|ip| !own.router || is_bound(facts, *mac, **ip)).map(|ip| Address::Ip(*ip));
            let kin = own.siblings.iter().copied().chain(router_peers(facts, routers, *mac)).map(Address::Mac);
            near.chain(kin).collect()
        }
    }
}

/// All addresses that hang together with the dirty ones.
pub(crate) fn closure(facts: &Facts, routers: &BTreeSet<Mac>, dirty: BTreeSet<Address>) -> BTreeSet<Address> {
    let mut open: Vec<Address> = dirty.iter().copied().collect();
    let mut all = dirty;
    while let Some(address) = open.pop() {
        for near in neighbours(facts, routers, &address) {
            if all.insert(near) {
                open.push(near);
            }
        }
    }
    all
}

/// Groups the parts of a closed set of addresses into devices.
pub(crate) fn devices(facts: &Facts, routers: &BTreeSet<Mac>, addresses: &BTreeSet<Address>) -> Vec<Vec<Part>> {
    let mut groups = Groups::default();
    for address in addresses {
        match address {
            Address::Mac(mac) => {
                let Some(own) = facts.macs.get(mac) else { continue };
                groups.add(Part::Mac(*mac));
                for other in own.siblings.iter().copied().chain(router_peers(facts, routers, *mac)) {
                    groups.join(Part::Mac(*mac), Part::Mac(other));
                }
            }
            Address::Ip(ip) => {
                for (at, tenure) in tenures(facts, *ip).iter().enumerate() {
                    groups.add(Part::Ip(*ip, at));
                    for mac in &tenure.macs {
                        groups.join(Part::Ip(*ip, at), Part::Mac(*mac));
                    }
                }
            }
        }
    }
    groups.take()
}

/// Union-find over parts.
#[derive(Default)]
struct Groups {
    parent: BTreeMap<Part, Part>,
}

impl Groups {
    fn add(&mut self, part: Part) {
        self.parent.entry(part).or_insert(part);
    }

    fn root(&mut self, part: Part) -> Part {
        let mut at = part;
        loop {
            let up = *self.parent.entry(at).or_insert(at);
            if up == at {
                self.parent.insert(part, at);
                return at;
            }
            at = up;
        }
    }

    fn join(&mut self, a: Part, b: Part) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent.insert(a.max(b), a.min(b));
    }

    fn take(mut self) -> Vec<Vec<Part>> {
        let parts: Vec<Part> = self.parent.keys().copied().collect();
        let mut all: BTreeMap<Part, Vec<Part>> = BTreeMap::new();
        for part in parts {
            all.entry(self.root(part)).or_default().push(part);
        }
        all.into_values().collect()
    }
}
