//! What the zones and conduits allow (IEC 62443-3-2).

use std::str::FromStr;
use wf_model::Address;
use wf_model::asset::AssetFacts;
use wf_model::network::Network;
use wf_model::observation::{ConversationWindow, Transport};
use wf_model::plant::PlantModel;

/// Levels that must not talk to each other directly where nobody has said what may.
const OFFICE_MIN: f64 = 4.0;
const CONTROL_MAX: f64 = 2.0;

/// The protocols that a conversation may be meant to be where nothing was recognised yet (a connection without data).
fn by_port(port: u16) -> &'static [&'static str] {
    match port {
        502 => &["modbus"],
        102 => &["s7comm", "s7comm_plus", "mms"],
        44818 | 2222 => &["enip", "cip"],
        5094 => &["hart_ip"],
        9600 => &["omron_fins"],
        4712 | 4713 => &["synchrophasor"],
        161 | 162 => &["snmp"],
        8883 => &["mqtt", "tls"],
        20000 => &["dnp3"],
        2404 => &["iec104"],
        4840 => &["opcua"],
        1883 => &["mqtt"],
        47808 => &["bacnet"],
        80 | 8080 => &["http"],
        443 => &["tls"],
        22 => &["ssh"],
        25 => &["smtp"],
        514 => &["syslog"],
        21 => &["ftp"],
        23 => &["telnet"],
        445 | 139 => &["smb"],
        135 => &["dcerpc"],
        53 => &["dns"],
        69 => &["tftp"],
        123 => &["ntp"],
        67 | 68 => &["dhcp"],
        88 | 464 => &["kerberos"],
        389 | 3268 => &["ldap"],
        3389 => &["rdp"],
        _ => &[],
    }
}

/// A plant model in force.
#[derive(Clone, Debug)]
pub struct Policy {
    plant: PlantModel,
    /// Address ranges with their zones, the narrowest first.
    ranges: Vec<(Network, String)>,
}

impl Policy {
    /// Of this plant model.
    pub fn of(plant: &PlantModel) -> Self {
        let of = |(id, text): (&String, &String)| Some((Network::from_str(text).ok()?, id.clone()));
        let all = plant.zones.iter().flat_map(|zone| zone.subnets.iter().map(|text| (&zone.id, text)));
        let mut ranges: Vec<(Network, String)> = all.filter_map(of).collect();
        ranges.sort_by_key(|(net, _)| std::cmp::Reverse(net.prefix()));
        Self { plant: plant.clone(), ranges }
    }

    /// The zone of one end. What routes stands in every zone that it has an address in.
    fn zone<'a>(&'a self, address: &Address, facts: &AssetFacts<'a>) -> Option<&'a str> {
        let ip = address.ip().filter(|_| facts.role == "network_device");
        let range = ip.and_then(|ip| self.ranges.iter().find(|(net, _)| net.contains(ip)));
        range.map(|(_, zone)| zone.as_str()).or(facts.zone)
    }
}

/// The zones that a conversation crosses without being allowed to: where it comes from, where it goes.
pub fn forbidden<'a>(
    policy: Option<&'a Policy>,
    window: &ConversationWindow,
    client: &AssetFacts<'a>,
    server: &AssetFacts<'a>,
) -> Option<[&'a str; 2]> {
    if matches!(window.transport, Transport::Link | Transport::Ip) {
        return None;
    }
    let zone = |address: &Address, facts: &AssetFacts<'a>| policy.map_or(facts.zone, |policy| policy.zone(address, facts));
    let (from, to) = (zone(&window.client, client)?, zone(&window.server, server)?);
    if from == to {
        return None;
    }
    let recognised = [window.protocol.as_ref()];
    let meant: &[&str] = if window.protocol.is_empty() { by_port(window.port) } else { &recognised };
    let forbids = match policy.map(|policy| &policy.plant).filter(|plant| !plant.conduits.is_empty()) {
        Some(plant) => {
            let zones_known = [from, to].iter().all(|zone| plant.zones.iter().any(|z| z.id == **zone));
            let allows = |list: &[String]| list.is_empty() || list.iter().any(|p| meant.contains(&p.as_str()));
            zones_known && !plant.conduits.iter().any(|c| c.from == from && c.to == to && allows(&c.protocols))
        }
        None => {
            let far = |a: Option<f64>, b: Option<f64>| a.is_some_and(|l| l >= OFFICE_MIN) && b.is_some_and(|l| l <= CONTROL_MAX);
            far(client.purdue_level, server.purdue_level) || far(server.purdue_level, client.purdue_level)
        }
    };
    forbids.then_some([from, to])
}

#[cfg(test)]
mod tests {
    use super::*;
    use wf_model::Timestamp;
    use wf_model::plant::{Conduit, Zone};

    #[test]
    fn what_routes_stands_in_every_zone_of_its_addresses() {
        let zone = |id: &str, net: &str| Zone { id: id.into(), subnets: vec![net.into()], ..Zone::default() };
        let conduit = Conduit { from: "field".into(), to: "field".into(), protocols: Vec::new() };
        let zones = vec![zone("field", "10.0.1.0/24"), zone("office", "10.0.2.0/24")];
        let policy = Policy::of(&PlantModel { zones, conduits: vec![conduit], ..PlantModel::default() });
        let facts = |role| AssetFacts {
            id: "a",
            name: "a",
            role,
            purdue_level: None,
            zone: Some("field"),
            internet: false,
            first_seen: Timestamp(0),
            functions: &[],
        };
        let server = AssetFacts { zone: Some("office"), ..facts("server") };
        let window = |client: &str| ConversationWindow {
            ts: Timestamp(0),
            last: Timestamp(0),
            client: client.parse().unwrap(),
            server: "10.0.2.9".parse().unwrap(),
            client_mac: None,
            server_mac: None,
            transport: Transport::Udp,
            port: 67,
            protocol: "dhcp".into(),
            segment: "".into(),
            packets: [1, 1],
            bytes: [60, 60],
            flows: 1,
            messages: 2,
            answered: 1,
            refused: 0,
            gap_bytes: 0,
            one_sided: false,
            encrypted: false,
            frame: 1,
            packet: None,
        };
        let crossed = |client, role| forbidden(Some(&policy), &window(client), &facts(role), &server);
        assert_eq!(crossed("10.0.2.1", "network_device"), None);
        assert_eq!(crossed("10.0.1.1", "network_device"), Some(["field", "office"]));
        assert_eq!(crossed("10.0.1.7", "controller"), Some(["field", "office"]));
    }
}
