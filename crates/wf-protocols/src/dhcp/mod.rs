//! DHCP for IPv4 (RFC 2131) and BOOTP (RFC 951): who got which address, under which name.

mod options;

#[cfg(test)]
mod tests;

use crate::hints;
use options::Options;
use std::net::{IpAddr, Ipv4Addr};
use wf_model::observation::Transport;
use wf_model::{Attribute, Mac};
use wf_wire::decode::{About, Anomaly, AnomalyKind, Context, Decoder, Evidence, Probe, ProtocolInfo, Sink, Verdict};
use wf_wire::{Reader, Short};

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: "dhcp",
    title: "DHCP",
    standard: "RFC 2131, RFC 2132, RFC 3046, RFC 3396, RFC 4702",
    tcp: &[],
    udp: &[67, 68, 4011],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &["dhcp", "bootp"],
    anomalies: &[
        AnomalyKind { name: "dhcp_truncated", meaning: "The message ends within its fixed part." },
        AnomalyKind { name: "dhcp_option_overrun", meaning: "An option is longer than what is left of the message." },
        AnomalyKind { name: "dhcp_bad_length", meaning: "An option has a length that its type does not allow." },
        AnomalyKind { name: "dhcp_no_end", meaning: "The options end without the end option." },
        AnomalyKind { name: "dhcp_bad_hardware_length", meaning: "The hardware address is said to be longer than its field." },
        AnomalyKind { name: "dhcp_unknown_type", meaning: "The message type is none that is assigned." },
    ],
    probe,
    new: || Box::new(Dhcp),
};

/// Where options begin with the magic cookie (RFC 2131, clause 3).
const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
/// Fixed part of a message without the cookie.
const FIXED: usize = 236;

fn probe(p: &Probe<'_>) -> Verdict {
    let fixed = p.transport == Transport::Udp && p.bytes.len() >= FIXED && matches!(p.bytes.first(), Some(1 | 2));
    if !fixed || p.bytes.get(2).is_none_or(|hlen| *hlen > 16) {
        return Verdict::No;
    }
    if p.bytes.get(FIXED..FIXED + 4) != Some(&COOKIE) {
        return Verdict::Likely;
    }
    match p.bytes.first() {
        Some(1) => Verdict::SureClient,
        _ => Verdict::SureServer,
    }
}

struct Dhcp;

/// The fixed part of a message.
struct Fixed {
    op: u8,
    hardware_type: u8,
    hardware_len: u8,
    hops: u8,
    transaction: u32,
    seconds: u16,
    flags: u16,
    client: Ipv4Addr,
    yours: Ipv4Addr,
    next_server: Ipv4Addr,
    relay: Ipv4Addr,
    hardware: [u8; 16],
}

impl Fixed {
    fn read(r: &mut Reader<'_>) -> Result<Self, Short> {
        let [op, hardware_type, hardware_len, hops] = r.array()?;
        Ok(Self {
            op,
            hardware_type,
            hardware_len,
            hops,
            transaction: r.u32()?,
            seconds: r.u16()?,
            flags: r.u16()?,
            client: r.array::<4>()?.into(),
            yours: r.array::<4>()?.into(),
            next_server: r.array::<4>()?.into(),
            relay: r.array::<4>()?.into(),
            hardware: r.array()?,
        })
    }

    fn mac(&self) -> Option<Mac> {
        let mac = Mac(*self.hardware.first_chunk()?);
        (self.hardware_len == 6 && matches!(self.hardware_type, 1 | 6)).then_some(mac)
    }
}

impl Decoder for Dhcp {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut r = Reader::new(bytes);
        let fixed = match Fixed::read(&mut r) {
            Ok(fixed) if matches!(fixed.op, 1 | 2) => fixed,
            Ok(_) => return false,
            Err(short) => {
                out.anomaly(ctx, "dhcp", Anomaly { kind: "dhcp_truncated", detail: short.to_string().into() });
                return true;
            }
        };
        let (server_name, boot_file) = (r.take(64).unwrap_or_default(), r.take(128).unwrap_or_default());
        let mut options = Options::default();
        let has_options = r.array::<4>() == Ok(COOKIE);
        if has_options {
            options.read(r.rest(), server_name, boot_file);
        }
        message(&fixed, &options, [server_name, boot_file], ctx, out);
        evidence(&fixed, &options, ctx, out);
        anomalies(&fixed, &options, ctx, out);
        true
    }
}

fn message(fixed: &Fixed, options: &Options<'_>, names: [&[u8]; 2], ctx: &Context<'_>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, if options.message_type.is_some() { "dhcp" } else { "bootp" }) else { return };
    m.opt("message_type", options.message_type);
    if let Some(name) = options.message_type.and_then(options::type_name) {
        m.text("type", name);
    }
    m.num("transaction_id", fixed.transaction);
    if let Some(mac) = fixed.mac().or(options.client_mac) {
        m.show("client_mac", mac);
    }
    m.num("op", fixed.op).num("hops", fixed.hops).num("seconds", fixed.seconds).flag("broadcast", fixed.flags & 0x8000 != 0);
    for (name, ip) in
        [("client_ip", fixed.client), ("your_ip", fixed.yours), ("next_server_ip", fixed.next_server), ("relay_ip", fixed.relay)]
    {
        if !ip.is_unspecified() {
            m.show(name, ip);
        }
    }
    // With overload (option 52) these fields hold options, not names.
    for (name, bytes, bit) in [("server_name", names[0], 2), ("boot_file", names[1], 1)] {
        if options.overload & bit == 0 && bytes.first().is_some_and(|b| *b != 0) {
            m.text(name, &hints::up_to_nul(bytes));
        }
    }
    options.write(&mut m);
}

fn evidence(fixed: &Fixed, options: &Options<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    let is_ack = fixed.op == 2 && options.message_type == Some(options::ACK);
    let ip = Some(fixed.yours).filter(|ip| is_ack && !ip.is_unspecified());
    let ip = ip.or(Some(fixed.client).filter(|ip| !ip.is_unspecified())).map(IpAddr::V4);
    let mac = fixed.mac().or(options.client_mac).filter(|m| !m.is_group() && !m.is_zero());
    if is_ack && let Some(server) = options.server {
        let about = About::Host { mac: None, ip: Some(IpAddr::V4(server)) };
        let attribute = Attribute::Description;
        out.evidence(ctx, "dhcp", Evidence { about, attribute, value: "DHCP server", source: "", confidence: 60 });
    }
    if mac.is_none() {
        return;
    }
    let about = About::Host { mac, ip };
    let mut say = |attribute, value: &str, confidence| {
        out.evidence(ctx, "dhcp", Evidence { about, attribute, value, source: "", confidence });
    };
    if is_ack && ip.is_some() {
        say(Attribute::Presence, "", 95);
    }
    let name = options.host_name.map(hints::clean).or_else(|| options.fqdn.as_deref().map(|n| hints::clean(n.as_bytes())));
    if let Some(name) = name.filter(|n| !n.is_empty()) {
        say(Attribute::Name, &name, 80);
    }
    if let Some(class) = options.vendor_class.map(hints::clean).filter(|c| fixed.op == 1 && !c.is_empty()) {
        match hints::os_in(&class) {
            Some(os) => say(Attribute::Os, os, 60),
            None => say(Attribute::Description, &class, 40),
        }
    }
}

fn anomalies(fixed: &Fixed, options: &Options<'_>, ctx: &Context<'_>, out: &mut dyn Sink) {
    let mut raise = |kind, detail: String| out.anomaly(ctx, "dhcp", Anomaly { kind, detail: detail.into() });
    if fixed.hardware_len > 16 {
        raise("dhcp_bad_hardware_length", format!("{} bytes", fixed.hardware_len));
    }
    for (kind, detail) in &options.damage {
        raise(kind, detail.clone());
    }
    if let Some(kind) = options.message_type.filter(|t| options::type_name(*t).is_none()) {
        raise("dhcp_unknown_type", format!("type {kind}"));
    }
}
