//! One device's attributes with all their values, and the one that is shown.

use crate::facts::{Facts, Node, Seen};
use crate::identity::{Part, Tenure, is_router, subnet, tenures};
use crate::place::{Place, Subnets, Zones, place};
use crate::role::{Role, Signs, roles};
use crate::vendor;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use wf_model::asset::{Asset, AssetAttribute};
use wf_model::{Address, Attribute, Mac, Timestamp};

/// Values shown per attribute of one device.
const SHOWN_MAX: usize = 64;

/// What people said of a device: field, value, by whom, at what event time.
pub(crate) type Words = BTreeMap<String, (String, String, Timestamp)>;

/// The parts of a device with what is known of each.
pub(crate) struct Device<'a> {
    pub facts: &'a Facts,
    pub zones: &'a Zones,
    pub parts: &'a [Part],
}

/// Attributes being gathered: values by name, source and text.
#[derive(Default)]
struct Gathered(BTreeMap<(String, String, String), AssetAttribute>);

impl Gathered {
    fn add(&mut self, name: &str, value: &str, source: &str, reason: &str, confidence: u8, seen: &Seen) {
        let key = (name.to_owned(), value.to_owned(), source.to_owned());
        let new = AssetAttribute {
            name: name.into(),
            value: value.into(),
            source: source.into(),
            reason: reason.into(),
            confidence,
            first_seen: seen.first,
            last_seen: seen.last,
            count: seen.count,
            frame: seen.frame,
            packet: seen.packet,
            chosen: false,
        };
        let Some(old) = self.0.get_mut(&key) else {
            self.0.insert(key, new);
            return;
        };
        let mut both =
            Seen { first: old.first_seen, last: old.last_seen, count: old.count, frame: old.frame, packet: old.packet };
        both.add(seen);
        (old.first_seen, old.last_seen, old.count, old.frame, old.packet) =
            (both.first, both.last, both.count, both.frame, both.packet);
        old.confidence = old.confidence.max(confidence);
    }

    /// The attributes in order: by name, the chosen one first.
    fn finish(self) -> Vec<AssetAttribute> {
        let mut all: Vec<AssetAttribute> = self.0.into_values().collect();
        let person = |a: &AssetAttribute| a.source == "person";
        all.sort_by(|a, b| {
            let (a_key, b_key) =
                ((person(a), a.confidence, a.last_seen, a.count), (person(b), b.confidence, b.last_seen, b.count));
            a.name.cmp(&b.name).then(b_key.cmp(&a_key)).then(a.value.cmp(&b.value)).then(a.source.cmp(&b.source))
        });
        let (mut name, mut n) = (String::new(), 0);
        for attribute in &mut all {
            if attribute.name != name {
                (name, n) = (attribute.name.clone(), 0);
            }
            attribute.chosen = n == 0 || matches!(attribute.name.as_str(), "mac" | "ip");
            n += 1;
        }
        let mut kept: BTreeMap<String, usize> = BTreeMap::new();
        all.retain(|a| {
            let n = kept.entry(a.name.clone()).or_default();
            *n += 1;
            *n <= SHOWN_MAX
        });
        all.sort_by_key(|a| !a.chosen);
        all
    }
}

impl Device<'_> {
    fn tenures(&self) -> Vec<(IpAddr, usize, Vec<Tenure>)> {
        self.parts
            .iter()
            .filter_map(|p| if let Part::Ip(ip, at) = p { Some((*ip, *at, tenures(self.facts, *ip))) } else { None })
            .collect()
    }

    fn macs(&self) -> Vec<Mac> {
        self.parts.iter().filter_map(|p| if let Part::Mac(mac) = p { Some(*mac) } else { None }).collect()
    }

    fn nodes(&self) -> Vec<&Node> {
        self.parts.iter().filter_map(|p| self.facts.node(&p.address())).collect()
    }

    /// First and last packet from it; `None`: it never sent one, so it is no asset.
    pub fn seen(&self) -> Option<(Timestamp, Timestamp)> {
        let whole = |part: &Part| {
            let sent = self.facts.node(&part.address())?.sent.as_ref()?;
            let Part::Ip(ip, at) = part else { return Some((sent.first, sent.last)) };
            let all = tenures(self.facts, *ip);
            let from = all.get(*at)?.from.max(sent.first);
            let until = all.get(*at + 1).map_or(sent.last, |next| next.from.min(sent.last));
            Some((from, until.max(from)))
        };
        let all: Vec<_> = self.parts.iter().filter_map(whole).collect();
        Some((all.iter().map(|s| s.0).min()?, all.iter().map(|s| s.1).max()?))
    }

    /// The part that was seen first: it gives the device its id, for good.
    pub fn key(&self) -> Option<String> {
        let of = |part: &Part| {
            let sent = self.facts.node(&part.address())?.sent.as_ref()?;
            match part {
                Part::Mac(mac) => Some((sent.first, 1, mac.to_string())),
                Part::Ip(ip, 0) => Some((sent.first, 0, ip.to_string())),
                Part::Ip(ip, at) => {
                    let tenure = tenures(self.facts, *ip).into_iter().nth(*at)?;
                    let mac = tenure.macs.first().map(Mac::to_string).unwrap_or_default();
                    Some((tenure.from.max(sent.first), 0, format!("{ip} {mac}")))
                }
            }
        };
        self.parts.iter().filter_map(of).min().map(|(.., text)| text)
    }

    /// IPs that it has now: where its tenure is the current one and no newer lease took its place.
    pub fn ips(&self) -> Vec<IpAddr> {
        let macs: BTreeSet<Mac> = self.macs().into_iter().collect();
        let all = self.tenures();
        let current = |at: usize, tenures: &[Tenure]| {
            let latest = tenures.iter().enumerate().max_by_key(|(n, t)| (t.last, *n)).map(|(n, _)| n);
            latest == Some(at)
        };
        let leased = |ip: IpAddr| -> Option<(Timestamp, Timestamp)> {
            let links = self.facts.ips.get(&ip)?.links.iter().filter(|(m, l)| l.lease && macs.contains(m));
            links.filter_map(|(_, l)| Some((l.bound.as_ref()?.first, l.last()))).max()
        };
        let replaced = |ip: IpAddr| {
            let Some((_, last)) = leased(ip) else { return false };
            all.iter().any(|(other, ..)| *other != ip && leased(*other).is_some_and(|(first, _)| first > last))
        };
        let mut ips: Vec<IpAddr> =
            all.iter().filter(|(ip, at, t)| current(*at, t) && !replaced(*ip)).map(|(ip, ..)| *ip).collect();
        ips.sort_unstable();
        ips
    }

    fn is_internet(&self, ips: &[IpAddr]) -> bool {
        let outside = |ip: &IpAddr| {
            let bound = self.facts.ips.get(ip).is_some_and(|f| f.links.values().any(|l| l.bound.is_some()));
            wf_model::address::is_internet(*ip) && !bound && !self.zones.contains(*ip)
        };
        !ips.is_empty() && ips.iter().all(outside)
    }

    /// Its role, a person's word first.
    pub fn role(&self, words: &Words) -> (Vec<Role>, bool, bool) {
        let ips = self.ips();
        let router = self.macs().iter().any(|mac| is_router(self.facts, *mac));
        let internet = self.is_internet(&ips);
        let lease = |ip: &IpAddr| self.facts.ips.get(ip).is_some_and(|f| f.links.values().any(|l| l.lease));
        let leased = ips.iter().any(lease);
        let makers = self.macs().into_iter().filter_map(vendor::of).collect();
        let mut all = roles(&Signs { nodes: self.nodes(), router, internet, leased, makers });
        if let Some((word, by, _)) = words.get("role") {
            let known = wf_model::asset::ROLES.iter().find(|r| *r == word);
            if let Some(role) = known {
                all.retain(|r| r.role != *role);
                all.insert(0, Role { role, confidence: 100, source: "person".into(), reason: format!("Said by {by}.") });
            }
        }
        (all, router, internet)
    }

    fn gather_said(&self, to: &mut Gathered) {
        let macs: BTreeSet<Mac> = self.macs().into_iter().collect();
        for part in self.parts {
            let Some(node) = self.facts.node(&part.address()) else { continue };
            let all = if let Part::Ip(ip, _) = part { tenures(self.facts, *ip) } else { Vec::new() };
            for said in &node.said {
                if let Part::Ip(_, at) = part
                    && all.len() > 1
                {
                    let by_mac = said.via.and_then(|mac| all.iter().position(|t| t.macs.contains(&mac)));
                    let by_time = all.iter().rposition(|t| t.from <= said.seen.first);
                    if by_mac.or(by_time) != Some(*at) {
                        continue;
                    }
                }
                let value = match said.attribute {
                    Attribute::Role => continue,
                    Attribute::Vendor => vendor::tidy(&said.value),
                    _ => said.value.clone(),
                };
                to.add(said.attribute.name(), &value, &said.source, "", said.confidence, &said.seen);
            }
        }
        for mac in &macs {
            let Some(seen) = self.facts.macs.get(mac).and_then(|f| f.node.sent.as_ref()) else { continue };
            to.add("mac", &mac.to_string(), "frame", "", 90, seen);
            if let Some(vendor) = vendor::of(*mac) {
                let reason = format!("The first bytes of {mac} are assigned to it.");
                to.add("vendor", &vendor, "oui", &reason, 40, seen);
            }
        }
    }

    fn gather_ips(&self, to: &mut Gathered) {
        let macs: BTreeSet<Mac> = self.macs().into_iter().collect();
        for (ip, ..) in self.tenures() {
            let Some(own) = self.facts.ips.get(&ip) else { continue };
            let bound =
                own.links.iter().filter(|(m, _)| macs.contains(m)).filter_map(|(_, l)| l.bound.as_ref().map(|s| (s, l.lease)));
            for (seen, lease) in bound {
                to.add(
                    "ip",
                    &ip.to_string(),
                    if lease { "dhcp" } else { "arp" },
                    "A protocol bound it to the MAC address.",
                    95,
                    seen,
                );
            }
            if let Some(seen) = &own.node.sent {
                to.add("ip", &ip.to_string(), "frame", "", 80, seen);
            }
        }
    }

    /// The asset and its attributes.
    pub fn describe(&self, site: &str, id: &str, subnets: &Subnets, words: &Words) -> Option<(Asset, Vec<AssetAttribute>)> {
        let (first_seen, last_seen) = self.seen()?;
        let (all_roles, router, internet) = self.role(words);
        let ips = self.ips();
        let role = all_roles.first().map_or("unknown", |r| r.role);
        let place = place(self.zones, subnets, &ips, role, internet);
        let whole = Seen { first: first_seen, last: last_seen, count: 1, frame: self.first_frame(), packet: None };
        let mut gathered = Gathered::default();
        self.gather_said(&mut gathered);
        self.gather_ips(&mut gathered);
        for r in &all_roles {
            gathered.add("role", r.role, &r.source, &r.reason, r.confidence, &whole);
        }
        gather_place(&mut gathered, &place, &whole);
        for (field, (value, by, at)) in words {
            let said = Seen { first: *at, last: *at, count: 1, frame: 0, packet: None };
            gathered.add(field, value, "person", &format!("Said by {by}."), 100, &said);
        }
        let attributes = gathered.finish();
        let chosen = |name: &str| attributes.iter().find(|a| a.chosen && a.name == name).map(|a| a.value.clone());
        let model = chosen("model");
        let address = ips.first().map(IpAddr::to_string).or_else(|| self.macs().first().map(Mac::to_string)).unwrap_or_default();
        let fallback = model.as_ref().map_or_else(|| address.clone(), |model| format!("{model} {address}"));
        let mut macs = self.macs();
        macs.sort_unstable();
        let asset = Asset {
            id: id.into(),
            name: chosen("name").unwrap_or(fallback),
            site: site.into(),
            macs,
            ips,
            vendor: chosen("vendor"),
            model,
            order_number: chosen("order_number"),
            firmware: chosen("firmware"),
            hardware: chosen("hardware"),
            serial: chosen("serial"),
            os: chosen("os"),
            role: role.into(),
            role_confidence: all_roles.first().map_or(0, |r| r.confidence),
            purdue_level: chosen("purdue_level").and_then(|l| l.parse().ok()),
            zone: chosen("zone"),
            zone_reason: if words.contains_key("zone") { "Said by a person.".into() } else { place.reason },
            internet,
            router,
            protocols: self.protocols(),
            functions: Vec::new(),
            first_seen,
            last_seen,
        };
        Some((asset, attributes))
    }

    fn first_frame(&self) -> u64 {
        let sent = self.nodes().into_iter().filter_map(|n| n.sent.as_ref());
        sent.min_by_key(|s| (s.first, s.frame)).map_or(0, |s| s.frame)
    }

    fn protocols(&self) -> Vec<String> {
        let nodes = self.nodes();
        let spoken = nodes.iter().flat_map(|n| n.does.serves.keys().chain(n.does.asks.keys()));
        spoken.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn gather_place(to: &mut Gathered, place: &Place, seen: &Seen) {
    if let Some(zone) = &place.zone {
        to.add("zone", zone, place.source, &place.reason, place.confidence, seen);
    }
    if let Some(level) = place.level {
        to.add("purdue_level", &level.to_string(), place.source, &place.reason, place.confidence, seen);
    }
}

/// Subnets in which a device counts for its role's level.
pub(crate) fn counted_subnets(ips: &[IpAddr]) -> Vec<IpAddr> {
    let mut seen = BTreeSet::new();
    ips.iter().copied().filter(|ip| seen.insert(subnet(*ip))).collect()
}

/// Addresses of a device as keys.
pub(crate) fn addresses(asset: &Asset) -> impl Iterator<Item = Address> + '_ {
    asset.ips.iter().map(|ip| Address::Ip(*ip)).chain(asset.macs.iter().map(|mac| Address::Mac(*mac)))
}
