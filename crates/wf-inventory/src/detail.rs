//! One device: what it is, and its attributes with all their values.

use crate::facts::{Facts, IpFacts, Node, Seen};
use crate::identity::{Part, Tenure, subnet, tenures_of};
use crate::place::{Place, Subnets, Zones, place};
use crate::role::{Role, Signs, roles};
use crate::values::{Reason, Values};
use crate::vendor;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use wf_model::asset::{Asset, AssetAttribute};
use wf_model::{Address, Attribute, Mac, Text, Timestamp};

/// What people said of a device: field, value, by whom, at what event time.
pub(crate) type Words = BTreeMap<String, (String, String, Timestamp)>;

const PERSON: &Text = &Text::Borrowed("person");
const FRAME: &Text = &Text::Borrowed("frame");

/// An IP of a device.
struct Held<'a> {
    ip: IpAddr,
    /// Which tenure of it.
    at: usize,
    own: &'a IpFacts,
    tenures: Vec<Tenure>,
}

/// A device with what is known of each of its parts.
pub(crate) struct Device<'a> {
    zones: &'a Zones,
    parts: &'a [Part],
    /// What is known of the parts, in their order.
    nodes: Vec<(&'a Part, &'a Node)>,
    held: Vec<Held<'a>>,
    /// Its MACs, in order.
    macs: Vec<Mac>,
    /// The companies that their prefixes are assigned to.
    makers: Vec<(Mac, &'a str)>,
    router: bool,
}

impl<'a> Device<'a> {
    /// The device of these parts, which are in order.
    pub fn of(facts: &'a Facts, zones: &'a Zones, parts: &'a [Part]) -> Self {
        let mut device = Self {
            zones,
            parts,
            nodes: Vec::with_capacity(parts.len()),
            held: Vec::with_capacity(parts.len()),
            macs: Vec::with_capacity(parts.len()),
            makers: Vec::new(),
            router: false,
        };
        for part in parts {
            match part {
                Part::Ip(ip, at) => {
                    let Some(own) = facts.ips.get(ip) else { continue };
                    device.nodes.push((part, &own.node));
                    device.held.push(Held { ip: *ip, at: *at, own, tenures: tenures_of(facts, *ip, own) });
                }
                Part::Mac(mac) => {
                    device.macs.push(*mac);
                    let Some(own) = facts.macs.get(mac) else { continue };
                    device.makers.extend(own.maker(*mac).map(|maker| (*mac, maker)));
                    device.nodes.push((part, &own.node));
                    device.router |= own.router;
                }
            }
        }
        device
    }

    fn has(&self, mac: &Mac) -> bool {
        self.macs.binary_search(mac).is_ok()
    }

    /// The parts from which packets came, with the first of them, and the IP where it is one.
    fn sent(&self) -> impl Iterator<Item = (&'a Part, &'a Seen, Option<&Held<'a>>)> {
        let mut held = self.held.iter();
        self.nodes.iter().filter_map(move |(part, node)| {
            let held = if matches!(part, Part::Ip(..)) { held.next() } else { None };
            node.sent.as_ref().map(|sent| (*part, sent, held))
        })
    }

    /// First and last packet from it; `None`: it never sent one, so it is no asset.
    pub fn seen(&self) -> Option<(Timestamp, Timestamp)> {
        let whole = |(_, sent, held): (&Part, &Seen, Option<&Held<'_>>)| {
            let Some(held) = held else { return Some((sent.first, sent.last)) };
            let from = held.tenures.get(held.at)?.from.max(sent.first);
            let until = held.tenures.get(held.at + 1).map_or(sent.last, |next| next.from.min(sent.last));
            Some((from, until.max(from)))
        };
        self.sent().filter_map(whole).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The part that was seen first: it gives the device its id, for good.
    pub fn key(&self) -> Option<String> {
        let of = |(part, sent, held): (&'a Part, &Seen, Option<&Held<'_>>)| match (part, held) {
            (Part::Ip(_, at), Some(held)) if *at > 0 => {
                let tenure = held.tenures.get(*at)?;
                Some((tenure.from.max(sent.first), 0, part, tenure.macs.first().copied()))
            }
            (Part::Ip(..), _) => Some((sent.first, 0, part, None)),
            (Part::Mac(_), _) => Some((sent.first, 1, part, None)),
        };
        let text = |part: &Part, mac: Option<Mac>| match part {
            Part::Mac(mac) => mac.to_string(),
            Part::Ip(ip, 0) => ip.to_string(),
            Part::Ip(ip, _) => format!("{ip} {}", mac.map(|mac| mac.to_string()).unwrap_or_default()),
        };
        let first = self.sent().filter_map(of).map(|(at, kind, ..)| (at, kind)).min()?;
        let firsts = self.sent().filter_map(of).filter(|(at, kind, ..)| (*at, *kind) == first);
        firsts.map(|(_, _, part, mac)| text(part, mac)).min()
    }

    /// IPs that it has now: where its tenure is the current one and no newer lease took its place.
    fn ips(&self) -> Vec<IpAddr> {
        let current = |held: &&Held<'_>| {
            let latest = held.tenures.iter().enumerate().max_by_key(|(n, t)| (t.last, *n)).map(|(n, _)| n);
            latest == Some(held.at)
        };
        let lease = |held: &Held<'_>| -> Option<(Timestamp, Timestamp)> {
            let links = held.own.links.iter().filter(|(m, l)| l.lease && self.has(m));
            links.filter_map(|(_, l)| Some((l.bound.as_ref()?.first, l.last()))).max()
        };
        let leased: Vec<(IpAddr, Timestamp, Timestamp)> =
            self.held.iter().filter_map(|held| lease(held).map(|(first, last)| (held.ip, first, last))).collect();
        let replaced = |ip: IpAddr| {
            let Some((_, _, last)) = leased.iter().find(|(own, ..)| *own == ip) else { return false };
            leased.iter().any(|(other, first, _)| *other != ip && first > last)
        };
        let mut ips: Vec<IpAddr> = self.held.iter().filter(current).map(|h| h.ip).filter(|ip| !replaced(*ip)).collect();
        ips.sort_unstable();
        ips
    }

    /// What is known of its IPs among these, which are in order.
    fn of_ips(&self, ips: &[IpAddr]) -> impl Iterator<Item = &Held<'a>> {
        self.held.iter().filter(|held| ips.binary_search(&held.ip).is_ok())
    }

    fn is_internet(&self, ips: &[IpAddr]) -> bool {
        let outside = |ip: &IpAddr| wf_model::address::is_internet(*ip) && !self.zones.contains(*ip);
        let bound = |held: &Held<'_>| held.own.links.values().any(|l| l.bound.is_some());
        !ips.is_empty() && ips.iter().all(outside) && !self.of_ips(ips).any(bound)
    }

    /// Its roles, a person's word first.
    fn roles<'b>(&self, ips: &[IpAddr], internet: bool, words: &'b Words, explain: bool) -> Vec<Role<'b>>
    where
        'a: 'b,
    {
        let nodes: Vec<&'b Node> = self.nodes.iter().map(|(_, node)| *node).collect();
        let leased = self.of_ips(ips).any(|held| held.own.links.values().any(|l| l.lease));
        let mut all = roles(&Signs { nodes: &nodes, router: self.router, internet, leased, makers: &self.makers, explain });
        if let Some((word, by, _)) = words.get("role") {
            let known = wf_model::asset::ROLES.iter().find(|r| *r == word);
            if let Some(role) = known {
                all.retain(|r| r.role != *role);
                let reason = if explain { format!("Said by {by}.") } else { String::new() };
                all.insert(0, Role { role, confidence: 100, source: PERSON, reason });
            }
        }
        all
    }

    fn gather_said<'b>(&'b self, to: &mut Values<'b>, wanted: impl Fn(Attribute) -> bool)
    where
        'a: 'b,
    {
        let mut held = self.held.iter();
        for (part, node) in &self.nodes {
            let held = if matches!(part, Part::Ip(..)) { held.next() } else { None };
            for said in &node.said {
                if said.attribute == Attribute::Role || !wanted(said.attribute) {
                    continue;
                }
                if let Some(held) = held.filter(|held| held.tenures.len() > 1) {
                    let by_mac = said.via.and_then(|mac| held.tenures.iter().position(|t| t.macs.contains(&mac)));
                    let by_time = held.tenures.iter().rposition(|t| t.from <= said.seen.first);
                    if by_mac.or(by_time) != Some(held.at) {
                        continue;
                    }
                }
                let value = match said.attribute {
                    Attribute::Vendor => vendor::tidy(&said.value),
                    _ => Cow::Borrowed(said.value.as_str()),
                };
                to.add(said.attribute.name(), value, &said.source, Reason::None, said.confidence, &said.seen);
            }
        }
        for (mac, seen) in self.sent_macs() {
            if let Some((_, vendor)) = self.makers.iter().find(|(own, _)| *own == mac) {
                to.add("vendor", Cow::Borrowed(vendor), &Text::Borrowed("oui"), Reason::Prefix(mac), 40, seen);
            }
        }
    }

    fn sent_macs(&self) -> impl Iterator<Item = (Mac, &'a Seen)> {
        self.sent().filter_map(|(part, seen, _)| if let Part::Mac(mac) = part { Some((*mac, seen)) } else { None })
    }

    fn gather_addresses(&self, to: &mut Values<'_>) {
        for (mac, seen) in self.sent_macs() {
            to.add("mac", mac.to_string().into(), FRAME, Reason::None, 90, seen);
        }
        for Held { ip, own, .. } in &self.held {
            let bound = own.links.iter().filter(|(m, _)| self.has(m)).filter_map(|(_, l)| l.bound.as_ref().map(|s| (s, l.lease)));
            for (seen, lease) in bound {
                let source = if lease { &Text::Borrowed("dhcp") } else { &Text::Borrowed("arp") };
                let reason = Reason::Text(Text::Borrowed("A protocol bound it to the MAC address."));
                to.add("ip", ip.to_string().into(), source, reason, 95, seen);
            }
            if let Some(seen) = &own.node.sent {
                to.add("ip", ip.to_string().into(), FRAME, Reason::None, 80, seen);
            }
        }
    }

    /// The asset as it is shown. Where its subnet or zone tells level and zone, they are left to be settled.
    pub fn asset(&self, site: &str, id: String, subnets: &Subnets, words: &Words) -> Option<Asset> {
        let (first_seen, last_seen) = self.seen()?;
        let ips = self.ips();
        let internet = self.is_internet(&ips);
        let all_roles = self.roles(&ips, internet, words, false);
        let role = all_roles.first().map_or("unknown", |r| r.role);
        let place = if internet { place(self.zones, subnets, &ips, role, internet) } else { Place::default() };
        let mut values = Values::default();
        let shown = |a| !matches!(a, Attribute::Description | Attribute::Software);
        self.gather_said(&mut values, shown);
        let unsaid = Seen { first: Timestamp(0), last: Timestamp(0), count: 0, frame: 0, packet: None };
        for (field, (value, ..)) in words {
            values.add(field.clone(), value.into(), PERSON, Reason::None, 100, &unsaid);
        }
        let mut chosen = values.chosen();
        let model = chosen("model");
        let address = || {
            let ip = ips.first().map(IpAddr::to_string);
            ip.or_else(|| self.macs.first().map(Mac::to_string)).unwrap_or_default()
        };
        let fallback = || model.as_ref().map_or_else(address, |model| format!("{model} {}", address()));
        let level = chosen("purdue_level");
        let asset = Asset {
            id,
            name: chosen("name").unwrap_or_else(fallback),
            site: site.into(),
            macs: self.macs.clone(),
            vendor: chosen("vendor"),
            order_number: chosen("order_number"),
            firmware: chosen("firmware"),
            hardware: chosen("hardware"),
            serial: chosen("serial"),
            os: chosen("os"),
            role: role.into(),
            role_confidence: all_roles.first().map_or(0, |r| r.confidence),
            purdue_level: level.map_or(place.level, |level| level.parse().ok()),
            zone: chosen("zone").or(place.zone),
            zone_reason: if words.contains_key("zone") { "Said by a person.".into() } else { place.reason },
            internet,
            router: self.router,
            protocols: self.protocols(),
            functions: Vec::new(),
            first_seen,
            last_seen,
            model,
            ips,
        };
        Some(asset)
    }

    /// All its attributes, chosen ones first.
    pub fn attributes(&self, subnets: &Subnets, words: &Words) -> Option<Vec<AssetAttribute>> {
        let (first, last) = self.seen()?;
        let ips = self.ips();
        let internet = self.is_internet(&ips);
        let all_roles = self.roles(&ips, internet, words, true);
        let role = all_roles.first().map_or("unknown", |r| r.role);
        let place = place(self.zones, subnets, &ips, role, internet);
        let whole = Seen { first, last, count: 1, frame: self.first_frame(), packet: None };
        let mut values = Values::default();
        self.gather_said(&mut values, |_| true);
        self.gather_addresses(&mut values);
        for r in all_roles {
            values.add("role", r.role.into(), r.source, Reason::Text(r.reason.into()), r.confidence, &whole);
        }
        let reason = || Reason::Text(place.reason.clone().into());
        if let Some(zone) = &place.zone {
            values.add("zone", zone.into(), &place.source, reason(), place.confidence, &whole);
        }
        if let Some(level) = place.level {
            values.add("purdue_level", level.to_string().into(), &place.source, reason(), place.confidence, &whole);
        }
        for (field, (value, by, at)) in words {
            let said = Seen { first: *at, last: *at, count: 1, frame: 0, packet: None };
            values.add(field.clone(), value.into(), PERSON, Reason::Person(by), 100, &said);
        }
        Some(values.finish())
    }

    fn first_frame(&self) -> u64 {
        self.sent().map(|(_, sent, _)| sent).min_by_key(|s| (s.first, s.frame)).map_or(0, |s| s.frame)
    }

    fn protocols(&self) -> Vec<String> {
        let spoken = self.nodes.iter().flat_map(|(_, n)| n.does.serves.keys().chain(n.does.asks.keys()));
        let mut all: Vec<&String> = spoken.collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().cloned().collect()
    }

    /// Whether all its parts are broadcast addresses of zones.
    pub fn is_broadcast(&self) -> bool {
        self.parts.iter().all(|p| matches!(p, Part::Ip(ip, _) if self.zones.is_broadcast(*ip)))
    }
}

/// For each subnet in which a device counts for its role's level, its first address there.
pub(crate) fn counted(ips: &[IpAddr]) -> Vec<IpAddr> {
    if ips.len() < 2 {
        return ips.to_vec();
    }
    let mut seen = BTreeSet::new();
    ips.iter().copied().filter(|ip| seen.insert(subnet(*ip))).collect()
}

/// Addresses of a device as keys.
pub(crate) fn addresses(asset: &Asset) -> impl Iterator<Item = Address> + '_ {
    asset.ips.iter().map(|ip| Address::Ip(*ip)).chain(asset.macs.iter().map(|mac| Address::Mac(*mac)))
}
