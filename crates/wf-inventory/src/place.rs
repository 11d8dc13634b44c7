//! Where a device stands: zone and Purdue level (ISA-95 / IEC 62443 reference model).

use crate::by_text;
use crate::identity::subnet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::str::FromStr;
use wf_model::Text;
use wf_model::asset::Asset;
use wf_model::id::AssetId;
use wf_model::network::Network;
use wf_model::plant::PlantModel;
use wf_model::stored::{Few, Many, ManySet};

/// Zone, level and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
    pub zone: Option<String>,
    pub level: Option<f64>,
    pub confidence: u8,
    pub source: Text,
    pub reason: String,
}

/// The zones of the plant model, as far as addresses tell them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zones {
    nets: Vec<(Network, String, String, f64)>,
}

impl Zones {
    pub fn of(plant: &PlantModel) -> Self {
        let mut nets = Vec::new();
        for zone in &plant.zones {
            for net in zone.subnets.iter().filter_map(|s| Network::from_str(s).ok()) {
                nets.push((net, zone.id.clone(), zone.name.clone(), zone.purdue_level));
            }
        }
        nets.sort_by(|a, b| b.0.prefix().cmp(&a.0.prefix()).then(a.0.cmp(&b.0)));
        Self { nets }
    }

    /// The zone whose narrowest range holds the address.
    fn find(&self, ip: IpAddr) -> Option<&(Network, String, String, f64)> {
        self.nets.iter().find(|(net, ..)| net.contains(ip))
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        self.find(ip).is_some()
    }

    pub fn is_broadcast(&self, ip: IpAddr) -> bool {
        self.find(ip).is_some_and(|(net, ..)| net.is_broadcast(ip))
    }
}

/// The level where devices of a role stand when nothing else is known; `None`: they stand where their neighbours do.
pub(crate) fn level_of_role(role: &str) -> Option<u8> {
    match role {
        "controller"
        | "safety_controller"
        | "rtu"
        | "remote_io"
        | "drive"
        | "sensor"
        | "protection_relay"
        | "meter"
        | "building_controller" => Some(1),
        "hmi" | "engineering_station" | "scada_server" => Some(2),
        "historian" => Some(3),
        "workstation" | "laptop" | "printer" => Some(4),
        _ => None,
    }
}

/// How many devices of each level stand in each subnet, by their roles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Subnets {
    #[serde(with = "by_text")]
    counts: Many<Network, Few<u8, u64>>,
    /// The balance by which the devices there were placed last.
    #[serde(with = "by_text")]
    settled: Many<Network, (u8, u64, u64)>,
}

impl Subnets {
    /// Adds (or takes away) a device.
    pub fn count(&mut self, net: Network, role: &str, add: bool) {
        let Some(level) = level_of_role(role) else { return };
        let counts = self.counts.entry(net).or_default();
        let Some((count, _)) = counts.room(&level, usize::MAX, |level| *level) else { return };
        *count = if add { *count + 1 } else { count.saturating_sub(1) };
    }

    /// Whether the balance of a subnet has changed since this was asked last.
    pub fn shifted(&mut self, net: Network) -> bool {
        let now = self.level(net);
        let before = match now {
            Some(now) => self.settled.insert(net, now),
            None => self.settled.remove(&net),
        };
        before != now
    }

    /// The level that most devices of a subnet have (the lower one in a tie), how many have it, of how many.
    pub fn level(&self, net: Network) -> Option<(u8, u64, u64)> {
        let counts = self.counts.get(&net)?;
        let (level, count) = counts.iter().filter(|(_, n)| **n > 0).max_by_key(|(level, n)| (**n, std::cmp::Reverse(**level)))?;
        Some((*level, *count, counts.values().sum()))
    }
}

/// Which assets stand in which subnet. It follows from the assets, so it is neither stored nor compared: after a restart it
/// is filled again when it is first needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    filled: bool,
    assets: Many<Network, ManySet<AssetId>>,
}

impl PartialEq for Standing {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Standing {
    /// Notes all assets, where that was not done yet.
    pub fn fill<'a>(&mut self, assets: impl Iterator<Item = (AssetId, &'a Asset)>) {
        if std::mem::replace(&mut self.filled, true) {
            return;
        }
        for (id, asset) in assets.filter(|(_, asset)| !asset.internet) {
            asset.ips.iter().for_each(|ip| self.note(subnet(*ip), id, true));
        }
    }

    /// Notes that an asset stands there, or no longer does.
    pub fn note(&mut self, net: Network, id: AssetId, stands: bool) {
        if stands {
            self.assets.entry(net).or_default().insert(id);
        } else if let Some(assets) = self.assets.get_mut(&net) {
            assets.remove(&id);
            if assets.is_empty() {
                self.assets.remove(&net);
            }
        }
    }

    /// The assets that stand in a subnet.
    pub fn in_subnet(&self, net: Network) -> impl Iterator<Item = AssetId> {
        self.assets.get(&net).into_iter().flatten().copied()
    }
}

/// The subnet by which a device is placed where no zone holds its addresses; `None`: a zone does, or it has no address.
pub(crate) fn placing(zones: &Zones, ips: &[IpAddr]) -> Option<Network> {
    let ip = ips.iter().find(|ip| ip.is_ipv4()).or_else(|| ips.first())?;
    (!ips.iter().any(|ip| zones.contains(*ip))).then(|| subnet(*ip))
}

/// Works the place out.
pub(crate) fn place(zones: &Zones, subnets: &Subnets, ips: &[IpAddr], role: &str, internet: bool) -> Place {
    if internet {
        let reason = "Its address lies on the Internet.".to_owned();
        return Place {
            zone: Some("internet".into()),
            level: Some(5.0),
            confidence: 95,
            source: Text::Borrowed("inference"),
            reason,
        };
    }
    if let Some((ip, (net, id, name, level))) = ips.iter().find_map(|ip| zones.find(*ip).map(|z| (ip, z))) {
        let reason = format!("{ip} lies in {net}, zone {name} of the plant model.");
        return Place { zone: Some(id.clone()), level: Some(*level), confidence: 95, source: Text::Borrowed("plant"), reason };
    }
    let own = level_of_role(role);
    let Some(ip) = ips.iter().find(|ip| ip.is_ipv4()).or_else(|| ips.first()) else {
        let reason = own.map_or_else(String::new, |level| format!("No address; a {role} usually stands at level {level}."));
        return Place { zone: None, level: own.map(f64::from), confidence: 30, source: Text::Borrowed("inference"), reason };
    };
    let net = subnet(*ip);
    let zone = Some(format!("net-{}", net.to_string().replace(['.', '/', ':'], "-")));
    let Some((common, n, of)) = subnets.level(net) else {
        let reason = format!("Inferred from its subnet {net}; no device there has a role that tells the level.");
        return Place { zone, level: None, confidence: 30, source: Text::Borrowed("inference"), reason };
    };
    let there = format!("in its subnet {net} {n} of {of} devices with a telling role stand at level {common}");
    let level = own.unwrap_or(common);
    let reason = match own {
        Some(own) if own != common => format!("Inferred: a {role} stands at level {own}, though {there}."),
        _ => format!("Inferred: {there}."),
    };
    Place {
        zone,
        level: Some(f64::from(level)),
        confidence: if n * 2 > of { 60 } else { 45 },
        source: Text::Borrowed("inference"),
        reason,
    }
}
