//! CDP of Cisco, versions 1 and 2: what a network device is, where, and which addresses it has.

mod tlv;

#[cfg(test)]
mod tests;

use crate::hints;
use tlv::Unit;
use wf_model::Attribute;
use wf_wire::decode::{About, Anomaly, AnomalyKind, Context, Decoder, Evidence, Probe, ProtocolInfo, Sink, Verdict};

/// Name in observations.
const NAME: &str = "cdp";

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "CDP",
    standard: "Cisco Discovery Protocol, versions 1 and 2",
    tcp: &[],
    udp: &[],
    ethertypes: &[0x2000],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: &[
        AnomalyKind {
            name: "cdp_truncated",
            meaning: "A field is longer than what is left of the frame, or shorter than its head.",
        },
        AnomalyKind {
            name: "cdp_bad_address",
            meaning: "A list of addresses does not hold what it says, as in attacks on its readers.",
        },
    ],
    probe: |_: &Probe<'_>| Verdict::No,
    new: || Box::new(Cdp),
};

struct Cdp;

impl Decoder for Cdp {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut unit = Unit::default();
        let Some(damage) = unit.read(bytes) else { return false };
        message(&unit, ctx, out);
        evidence(&unit, ctx, out);
        for (kind, detail) in damage {
            out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
        }
        true
    }
}

fn message(unit: &Unit<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.num("version", unit.version).num("ttl_s", unit.ttl);
    let texts = [
        ("device_id", unit.device),
        ("port_id", unit.port),
        ("platform", unit.platform),
        ("software", unit.software),
        ("system_name", unit.system_name),
        ("vtp_domain", unit.vtp_domain),
        ("location", unit.location),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            m.text(name, &hints::up_to_nul(text));
        }
    }
    if let Some(able) = unit.capabilities {
        m.texts("capabilities", tlv::capabilities(able));
    }
    if !unit.addresses.is_empty() {
        m.texts("addresses", &unit.addresses);
    }
    m.opt("native_vlan", unit.native_vlan);
    if let Some(full) = unit.full_duplex {
        m.flag("full_duplex", full);
    }
}

/// Whether a text in brackets may be a serial number rather than a place.
fn is_serial(text: &str) -> bool {
    (8..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()) && text.bytes().any(|b| b.is_ascii_digit())
}

fn evidence(unit: &Unit<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    let mut say = |attribute, value: &str, confidence| {
        let value = value.trim();
        if !value.is_empty() {
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "", confidence });
        }
    };
    // Some put their serial number behind the name: `SW1(FOC1234X0AB)`.
    let device = hints::clean(unit.device.unwrap_or_default());
    let (name, serial) = match device.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((name, serial)) if is_serial(serial) => (name, serial),
        Some((name, _)) => (name, ""),
        None => (&*device, ""),
    };
    say(Attribute::Serial, serial, 80);
    match unit.system_name.map(hints::clean).filter(|name| !name.is_empty()) {
        Some(system) => say(Attribute::Name, &system, 80),
        None if hints::is_host_name(name) => say(Attribute::Name, name, 80),
        None => {}
    }
    let platform = hints::clean(unit.platform.unwrap_or_default());
    let model = match platform.split_once(' ') {
        Some((vendor, model)) if vendor.eq_ignore_ascii_case("cisco") => {
            say(Attribute::Vendor, "Cisco", 80);
            model
        }
        _ => &platform,
    };
    say(Attribute::Model, model, 80);
    let software = hints::clean(unit.software.unwrap_or_default());
    say(Attribute::Firmware, tlv::version(&software), 80);
    if let Some(os) = hints::os_in(&software) {
        say(Attribute::Os, os, 70);
    }
    for ip in unit.addresses.iter().filter(|ip| !ip.is_unspecified() && !ip.is_loopback() && !ip.is_multicast()) {
        say(Attribute::IpAddress, &ip.to_string(), 85);
    }
    // Router, bridges, switch, repeater; not one that is a host or a phone too.
    if unit.capabilities.is_some_and(|able| able & 0x4f != 0 && able & 0x90 == 0) {
        say(Attribute::Role, "network_device", 75);
    }
    say(Attribute::Description, &hints::clean(unit.location.unwrap_or_default()), 50);
}
