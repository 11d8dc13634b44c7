//! LLDP (IEEE 802.1AB) with the organizationally specific TLVs of PROFINET, IEEE 802.1, IEEE 802.3 and LLDP-MED.

mod tlv;

#[cfg(test)]
mod tests;

use crate::hints;
use std::net::IpAddr;
use tlv::{Id, Unit};
use wf_model::Attribute;
use wf_wire::decode::{About, Anomaly, AnomalyKind, Context, Decoder, Evidence, Probe, ProtocolInfo, Sink, Verdict};

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: "lldp",
    title: "LLDP",
    standard: "IEEE 802.1AB-2016, IEC 61158-6-10 (PROFINET TLVs), ANSI/TIA-1057",
    tcp: &[],
    udp: &[],
    ethertypes: &[0x88cc],
    industrial: false,
    encrypted: false,
    messages: &["lldp"],
    anomalies: &[
        AnomalyKind { name: "lldp_truncated", meaning: "A TLV is longer than what is left of the frame." },
        AnomalyKind { name: "lldp_order", meaning: "The unit does not begin with chassis id, port id and time to live." },
        AnomalyKind { name: "lldp_duplicate", meaning: "A TLV that may occur once occurs again." },
        AnomalyKind { name: "lldp_bad_length", meaning: "A TLV is shorter than its contents." },
    ],
    probe: |_: &Probe<'_>| Verdict::No,
    new: || Box::new(Lldp),
};

struct Lldp;

impl Decoder for Lldp {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut unit = Unit::default();
        let damage = unit.read(bytes);
        // A unit without a chassis says nothing about anybody.
        if unit.chassis.is_some() {
            message(&unit, ctx, out);
            evidence(&unit, ctx, out);
        }
        for (kind, detail) in damage {
            out.anomaly(ctx, "lldp", Anomaly { kind, detail: detail.into() });
        }
        true
    }
}

fn message(unit: &Unit<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, "lldp") else { return };
    match unit.chassis {
        Some(Id::Mac(mac)) => {
            m.show("chassis_id", mac);
        }
        Some(Id::Ip(IpAddr::V4(ip))) => {
            m.show("chassis_id", ip);
        }
        Some(Id::Ip(IpAddr::V6(ip))) => {
            m.show("chassis_address", ip);
        }
        Some(Id::Bytes(bytes)) => {
            if !bytes.is_empty() {
                m.show("chassis_id", tlv::Colons(bytes));
            }
            if let Some(name) = readable(bytes) {
                m.text("chassis_name", name);
            }
        }
        None => {}
    }
    match unit.port {
        Some(Id::Mac(mac)) => {
            m.show("port_id", mac);
        }
        Some(Id::Ip(ip)) => {
            m.show("port_address", ip);
        }
        Some(Id::Bytes(bytes)) => {
            m.text("port_id", &hints::up_to_nul(bytes));
        }
        None => {}
    }
    m.opt("ttl_s", unit.ttl);
    let texts = [
        ("system_name", unit.system_name),
        ("system_description", unit.system_description),
        ("port_description", unit.port_description),
        ("hardware", unit.hardware),
        ("firmware", unit.firmware),
        ("software", unit.software),
        ("serial", unit.serial),
        ("manufacturer", unit.manufacturer),
        ("model", unit.model),
        ("asset", unit.asset),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            m.text(name, &hints::up_to_nul(text));
        }
    }
    if let Some((able, enabled)) = unit.capabilities {
        m.texts("capabilities", tlv::capabilities(able)).texts("capabilities_enabled", tlv::capabilities(enabled));
    }
    if !unit.management.is_empty() {
        m.texts("management_addresses", &unit.management);
    }
    if let Some(mac) = unit.profinet_mac {
        m.show("profinet_chassis_mac", mac);
    }
    m.opt("profinet_port_status", unit.profinet_port_status).opt("vlan", unit.vlan);
}

fn readable(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|t| !t.is_empty() && t.bytes().all(|b| (0x20..0x7f).contains(&b)))
}

fn evidence(unit: &Unit<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    let about = About::Sender;
    let mut say = |attribute, value: &str, confidence| {
        if !value.is_empty() {
            out.evidence(ctx, "lldp", Evidence { about, attribute, value, source: "", confidence });
        }
    };
    let chassis_mac = match unit.chassis {
        Some(Id::Mac(mac)) => Some(mac),
        _ => unit.profinet_mac,
    };
    if let Some(mac) = chassis_mac.filter(|m| !m.is_group() && !m.is_zero()) {
        say(Attribute::MacAddress, &mac.to_string(), 90);
    }
    if let Some(name) = unit.system_name {
        say(Attribute::Name, &hints::clean(name), 80);
    } else if let Some(Id::Bytes(bytes)) = unit.chassis {
        // PROFINET devices put their name of station here (IEC 61158-6-10, LLDP chassis id).
        say(Attribute::Name, readable(bytes).unwrap_or_default().trim(), 70);
    }
    for ip in unit.management.iter().filter(|ip| !ip.is_unspecified() && !ip.is_loopback()) {
        say(Attribute::IpAddress, &ip.to_string(), 90);
    }
    let texts = [
        (Attribute::Hardware, unit.hardware),
        (Attribute::Firmware, unit.firmware.or(unit.software)),
        (Attribute::Serial, unit.serial),
        (Attribute::Vendor, unit.manufacturer),
        (Attribute::Model, unit.model),
    ];
    for (attribute, text) in texts {
        say(attribute, &hints::clean(text.unwrap_or_default()), 85);
    }
    if let Some(confidence) = unit.forwards() {
        say(Attribute::Role, "network_device", confidence);
    }
    if let Some(text) = unit.system_description {
        hints::describe(ctx, out, "lldp", about, &hints::clean(text));
    }
}
