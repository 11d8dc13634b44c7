//! Which addresses are one device.
//!
//! An IP's life is cut into tenures: stretches in which one device has it. A MAC and a tenure are one device when a
//! protocol bound them (ARP, DHCP, DCP, LLDP), or when frames with that IP came from that MAC and the MAC is no router's.
//! The answer depends on the facts alone, never on the order in which they were told.

use crate::facts::{Facts, IpFacts, Link, Said};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use wf_model::network::Network;
use wf_model::stored::Many;
use wf_model::{Address, Attribute, Mac, Timestamp};

/// More IPv4 addresses than this bound to one MAC on the link by ARP: it answers for others (proxy ARP). A host may well have
/// taken that many IPv6 addresses, one after the other, for the sake of privacy (RFC 8981).
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

pub(crate) fn is_bound(facts: &Facts, mac: Mac, ip: IpAddr) -> bool {
    is_link_local(ip) || link(facts, mac, ip).is_some_and(|l| l.bound.is_some())
}

/// Whether a MAC stands before other devices' addresses.
pub(crate) fn is_router(facts: &Facts, mac: Mac) -> bool {
    let Some(own) = facts.macs.get(&mac) else { return false };
    if let [ip] = &*own.ips {
        // The usual case: one address. It is another device's where that one's MAC is bound to it.
        let Some(links) = facts.ips.get(ip).map(|f| &f.links).filter(|links| links.len() > 1) else { return false };
        let own_bound = is_link_local(*ip) || links.get(&mac).is_some_and(|l| l.bound.is_some());
        return !own_bound && links.iter().any(|(m, l)| *m != mac && l.bound.is_some());
    }
    let (bound, framed): (Vec<IpAddr>, Vec<IpAddr>) = own.ips.iter().partition(|ip| is_bound(facts, mac, **ip));
    let by_arp = bound.iter().filter(|ip| ip.is_ipv4() && link(facts, mac, **ip).is_some_and(|l| l.bound.is_some() && !l.lease));
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

/// Subnets of the addresses that are bound to a MAC, and of those that merely came from it.
fn subnets_of(facts: &Facts, mac: Mac) -> [BTreeSet<Network>; 2] {
    let mut nets: [BTreeSet<Network>; 2] = Default::default();
    for ip in facts.macs.get(&mac).map(|f| f.ips.iter()).into_iter().flatten().filter(|ip| !is_link_local(**ip)) {
        let [bound, framed] = &mut nets;
        if is_bound(facts, mac, *ip) { bound } else { framed }.insert(subnet(*ip));
    }
    nets
}

/// The other interfaces of a router: same vendor prefix, and each stands before addresses of the subnet in which the other
/// has its own address.
pub(crate) fn router_peers(facts: &Facts, routers: &BTreeSet<Mac>, mac: Mac) -> Vec<Mac> {
    if !routers.contains(&mac) {
        return Vec::new();
    }
    let [a0, a1, a2, ..] = mac.0;
    let alike = routers.range(Mac([a0, a1, a2, 0, 0, 0])..=Mac([a0, a1, a2, 255, 255, 255])).filter(|other| **other != mac);
    let meets = |x: &BTreeSet<Network>, y: &BTreeSet<Network>| x.intersection(y).next().is_some();
    let [bound, framed] = subnets_of(facts, mac);
    if bound.is_empty() || framed.is_empty() {
        return Vec::new();
    }
    let same = |other: &&Mac| {
        let [other_bound, other_framed] = subnets_of(facts, **other);
        meets(&bound, &other_framed) && meets(&other_bound, &framed) && !meets(&bound, &other_bound)
    };
    alike.filter(same).copied().collect()
}

/// The tenures of an IP, in order.
pub(crate) fn tenures(facts: &Facts, ip: IpAddr) -> Vec<Tenure> {
    facts.ips.get(&ip).map(|own| tenures_of(facts, ip, own)).unwrap_or_default()
}

/// The tenures of an IP of which this is known, in order.
pub(crate) fn tenures_of(facts: &Facts, ip: IpAddr, own: &IpFacts) -> Vec<Tenure> {
    let local = is_link_local(ip);
    let bound = own.links.iter().filter_map(|(mac, link)| {
        let first = link.bound.as_ref().or_else(|| link.framed.as_ref().filter(|_| local)).map(|s| s.first);
        first.map(|first| (first, *mac, link))
    });
    // The usual cases: nothing binds it, or one device's word does.
    let mut ahead = bound.clone();
    let Some((_, mac, link)) = ahead.next() else { return vec![unbound(facts, ip, own)] };
    if ahead.next().is_none() {
        return vec![Tenure { macs: vec![mac], from: Timestamp(i64::MIN), last: link.last() }];
    }
    let mut bound: Vec<(Timestamp, Mac, &Link)> = bound.collect();
    bound.sort_by_key(|(first, mac, _)| (*first, *mac));
    if bound.iter().any(|(_, mac, _)| is_proxy(facts, *mac)) {
        bound.retain(|(_, mac, _)| !is_proxy(facts, *mac));
    }
    if bound.is_empty() {
        return vec![unbound(facts, ip, own)];
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
    let by_arp = |ip: &&IpAddr| ip.is_ipv4() && link(facts, mac, **ip).is_some_and(|l| l.bound.is_some() && !l.lease);
    ips.filter(by_arp).count() >= PROXY_MIN
}

/// The tenure of an IP that nothing binds: with the MAC of its frames, unless that is a router's.
fn unbound(facts: &Facts, ip: IpAddr, own: &IpFacts) -> Tenure {
    let outside = wf_model::address::is_internet(ip);
    let links = own.links.iter().filter(|(mac, _)| !outside && !facts.macs.get(*mac).is_some_and(|f| f.router));
    let best = links.max_by_key(|(mac, link)| (link.framed.as_ref().map_or(0, |s| s.count), std::cmp::Reverse(**mac)));
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

/// Names the neighbours of an address: what must be looked at again with it.
pub(crate) fn neighbours(facts: &Facts, routers: &BTreeSet<Mac>, address: &Address, mut see: impl FnMut(Address)) {
    match address {
        Address::Ip(ip) => {
            let links = facts.ips.get(ip).map(|f| f.links.iter()).into_iter().flatten();
            for (mac, _) in links.filter(|(mac, link)| link.bound.is_some() || !routers.contains(mac)) {
                see(Address::Mac(*mac));
            }
        }
        Address::Mac(mac) => {
            let Some(own) = facts.macs.get(mac) else { return };
            for ip in own.ips.iter().filter(|ip| !own.router || is_bound(facts, *mac, **ip)) {
                see(Address::Ip(*ip));
            }
            for kin in own.siblings.iter().copied().chain(router_peers(facts, routers, *mac)) {
                see(Address::Mac(kin));
            }
        }
    }
}

/// Groups the parts of a closed set of addresses into devices, each with its parts in order.
pub(crate) fn devices(facts: &Facts, routers: &BTreeSet<Mac>, addresses: &[Address]) -> Vec<Vec<Part>> {
    let mut groups = Groups::default();
    for address in addresses {
        match address {
            Address::Mac(mac) => {
                let Some(own) = facts.macs.get(mac) else { continue };
                let part = groups.add(Part::Mac(*mac));
                for other in own.siblings.iter().copied().chain(router_peers(facts, routers, *mac)) {
                    groups.join(part, Part::Mac(other));
                }
            }
            Address::Ip(ip) => {
                for (at, tenure) in tenures(facts, *ip).iter().enumerate() {
                    let part = groups.add(Part::Ip(*ip, at));
                    for mac in &tenure.macs {
                        groups.join(part, Part::Mac(*mac));
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
    numbers: Many<Part, usize>,
    parts: Vec<Part>,
    parent: Vec<usize>,
}

impl Groups {
    /// The number of a part.
    fn add(&mut self, part: Part) -> usize {
        let next = self.parts.len();
        let number = *self.numbers.entry(part).or_insert(next);
        if number == next {
            self.parts.push(part);
            self.parent.push(next);
        }
        number
    }

    fn root(&mut self, part: usize) -> usize {
        let mut at = part;
        loop {
            let up = self.parent.get(at).copied().unwrap_or(at);
            if up == at {
                break;
            }
            at = up;
        }
        if let Some(parent) = self.parent.get_mut(part) {
            *parent = at;
        }
        at
    }

    fn join(&mut self, a: usize, b: Part) {
        let b = self.add(b);
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.parent.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    }

    fn take(mut self) -> Vec<Vec<Part>> {
        let mut all: Vec<Vec<Part>> = Vec::new();
        // A root has the smallest number of its group: its place is known before that of the others.
        let mut places: Vec<usize> = Vec::with_capacity(self.parts.len());
        for number in 0..self.parts.len() {
            let root = self.root(number);
            let place = if root == number { all.len() } else { places.get(root).copied().unwrap_or(all.len()) };
            places.push(place);
            if place == all.len() {
                all.push(Vec::with_capacity(2));
            }
            if let (Some(group), Some(part)) = (all.get_mut(place), self.parts.get(number)) {
                group.push(*part);
            }
        }
        all.iter_mut().for_each(|group| group.sort_unstable());
        all.sort_unstable();
        all
    }
}
