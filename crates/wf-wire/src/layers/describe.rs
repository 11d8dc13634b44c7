//! Headers for a reader, layer by layer.

use super::tunnel::{self, Header};
use super::{Ip, Layers, NESTED_MAX, TCP, UDP, outer, tcp, udp};
use crate::LinkType;
use wf_model::Mac;

/// A layer for a reader: its title and its fields.
pub type Described = (String, Vec<(String, String)>);

/// The headers of a packet for a reader, those of tunnels and of what they carry too.
#[must_use]
pub fn describe(link: LinkType, data: &[u8]) -> Vec<Described> {
    let mut shown = Vec::new();
    let mut layers = outer(link, data);
    for depth in 0..=NESTED_MAX {
        let inside = if depth < NESTED_MAX { tunnel::step(&layers) } else { None };
        show(&layers, &mut shown);
        let Some((header, inner)) = inside else { break };
        shown.push(describe_tunnel(&header));
        layers = inner;
    }
    shown
}

fn field(name: &str, value: String) -> (String, String) {
    (name.to_owned(), value)
}

fn show(layers: &Layers<'_>, shown: &mut Vec<Described>) {
    if layers.src_mac.is_some() || layers.dst_mac.is_some() {
        let mac = |mac: Option<Mac>| mac.map(|m| m.to_string()).unwrap_or_default();
        let mut fields = vec![field("source", mac(layers.src_mac)), field("destination", mac(layers.dst_mac))];
        if layers.vlan > 0 {
            fields.push(field("VLAN", layers.vlan.to_string()));
        }
        fields.push(field("EtherType", format!("0x{:04x}", layers.ethertype)));
        shown.push(("Ethernet".to_owned(), fields));
    }
    if let Some(ip) = layers.ip {
        let name = if ip.src.is_ipv4() { "IPv4" } else { "IPv6" };
        let mut fields = vec![field("source", ip.src.to_string()), field("destination", ip.dst.to_string())];
        fields.push(field("protocol", ip.protocol.to_string()));
        if let Some(fragment) = ip.fragment {
            fields.push(field("fragment", format!("id {} at byte {}", fragment.id, fragment.offset)));
        }
        shown.push((name.to_owned(), fields));
        if ip.fragment.is_none() {
            shown.extend(describe_transport(&ip));
        }
    }
    if let Some(damage) = layers.damage {
        shown.push(("damaged".to_owned(), vec![field("part", format!("{damage:?}").to_lowercase())]));
    }
}

fn describe_tunnel(header: &Header<'_>) -> Described {
    let (title, id_name) = header.kind.title();
    let mut fields = Vec::new();
    if let Some(id) = header.id {
        fields.push(field(id_name, id.to_string()));
    }
    if header.vlan > 0 {
        fields.push(field("mirrored VLAN", header.vlan.to_string()));
    }
    (title.to_owned(), fields)
}

fn describe_transport(ip: &Ip<'_>) -> Option<Described> {
    match ip.protocol {
        TCP => tcp(ip.payload).ok().map(|s| {
            let names = [(1, "FIN"), (2, "SYN"), (4, "RST"), (8, "PSH"), (16, "ACK"), (32, "URG")];
            let flags: Vec<&str> = names.iter().filter(|(bit, _)| s.flags & bit != 0).map(|(_, name)| *name).collect();
            let fields = vec![
                field("source port", s.src_port.to_string()),
                field("destination port", s.dst_port.to_string()),
                field("sequence", s.seq.to_string()),
                field("acknowledgement", s.ack.to_string()),
                field("flags", flags.join(" ")),
                field("data", format!("{} bytes", s.payload.len())),
            ];
            ("TCP".to_owned(), fields)
        }),
        UDP => udp(ip.payload).ok().map(|d| {
            let fields = vec![
                field("source port", d.src_port.to_string()),
                field("destination port", d.dst_port.to_string()),
                field("data", format!("{} bytes", d.payload.len())),
            ];
            ("UDP".to_owned(), fields)
        }),
        _ => None,
    }
}
