//! What the zones and conduits allow (IEC 62443-3-2).

use wf_model::asset::AssetFacts;
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

/// Whether a conversation crosses zones without being allowed to.
pub fn forbidden(plant: Option<&PlantModel>, window: &ConversationWindow, client: &AssetFacts, server: &AssetFacts) -> bool {
    if matches!(window.transport, Transport::Link | Transport::Ip) {
        return false;
    }
    let (Some(from), Some(to)) = (&client.zone, &server.zone) else { return false };
    if from == to {
        return false;
    }
    let recognised = [window.protocol.as_ref()];
    let meant: &[&str] = if window.protocol.is_empty() { by_port(window.port) } else { &recognised };
    match plant.filter(|p| !p.conduits.is_empty()) {
        Some(plant) => {
            let zones_known = [from, to].iter().all(|zone| plant.zones.iter().any(|z| z.id == **zone));
            let allows = |list: &[String]| list.is_empty() || list.iter().any(|p| meant.contains(&p.as_str()));
            zones_known && !plant.conduits.iter().any(|c| c.from == *from && c.to == *to && allows(&c.protocols))
        }
        None => {
            let far = |a: Option<f64>, b: Option<f64>| a.is_some_and(|l| l >= OFFICE_MIN) && b.is_some_and(|l| l <= CONTROL_MAX);
            far(client.purdue_level, server.purdue_level) || far(server.purdue_level, client.purdue_level)
        }
    }
}
