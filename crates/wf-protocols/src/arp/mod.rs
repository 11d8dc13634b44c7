//! ARP (RFC 826) and reverse ARP (RFC 903): who says to have which IPv4 address.

use std::net::{IpAddr, Ipv4Addr};
use wf_model::{Attribute, Mac};
use wf_wire::decode::{About, Anomaly, AnomalyKind, Context, Decoder, Evidence, Probe, ProtocolInfo, Sink, Verdict};
use wf_wire::{Reader, Short};

#[cfg(test)]
mod tests;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: "arp",
    title: "ARP",
    standard: "RFC 826, RFC 903, RFC 5227",
    tcp: &[],
    udp: &[],
    ethertypes: &[0x0806, 0x8035],
    industrial: false,
    encrypted: false,
    messages: &["arp", "arp_other"],
    anomalies: &[
        AnomalyKind { name: "arp_truncated", meaning: "The packet ends before the addresses that its lengths announce." },
        AnomalyKind { name: "arp_bad_length", meaning: "An address length does not fit its address type." },
        AnomalyKind { name: "arp_unknown_operation", meaning: "The operation code is none that is assigned." },
        AnomalyKind { name: "arp_group_sender", meaning: "The sender claims a broadcast or multicast hardware address." },
        AnomalyKind {
            name: "arp_sender_mismatch",
            meaning: "The claimed hardware address is not that of the frame's sender, as in spoofing or proxying.",
        },
    ],
    probe: |_: &Probe<'_>| Verdict::No,
    new: || Box::new(Arp),
};

/// Hardware types whose addresses are EUI-48: Ethernet and IEEE 802.
const HARDWARE_EUI48: [u16; 2] = [1, 6];
const PROTOCOL_IPV4: u16 = 0x0800;
/// Highest assigned operation (IANA arp-parameters).
const OPERATION_MAX: u16 = 25;

struct Arp;

/// One packet.
struct Packet<'a> {
    hardware: u16,
    protocol: u16,
    operation: u16,
    sender_hardware: &'a [u8],
    sender_protocol: &'a [u8],
    target_hardware: &'a [u8],
    target_protocol: &'a [u8],
}

impl<'a> Packet<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let (hardware, protocol) = (r.u16()?, r.u16()?);
        let (hardware_len, protocol_len) = (usize::from(r.u8()?), usize::from(r.u8()?));
        Ok(Self {
            hardware,
            protocol,
            operation: r.u16()?,
            sender_hardware: r.take(hardware_len)?,
            sender_protocol: r.take(protocol_len)?,
            target_hardware: r.take(hardware_len)?,
            target_protocol: r.take(protocol_len)?,
        })
    }

    fn mac(&self, bytes: &[u8]) -> Option<Mac> {
        if HARDWARE_EUI48.contains(&self.hardware) { bytes.try_into().ok().map(Mac) } else { None }
    }

    fn ip(&self, bytes: &[u8]) -> Option<Ipv4Addr> {
        let octets: [u8; 4] = bytes.try_into().ok()?;
        (self.protocol == PROTOCOL_IPV4).then(|| octets.into())
    }

    fn say(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let (sender_ip, target_ip) = (self.ip(self.sender_protocol), self.ip(self.target_protocol));
        let Some(mut m) = out.message(ctx, if sender_ip.is_some() { "arp" } else { "arp_other" }) else { return };
        m.num("operation", self.operation);
        if let Some(mac) = self.mac(self.sender_hardware) {
            m.show("sender_mac", mac);
        } else if !self.sender_hardware.is_empty() {
            m.hex("sender_hardware", self.sender_hardware);
        }
        if let (Some(sender), Some(target)) = (sender_ip, target_ip) {
            m.show("sender_ip", sender).show("target_ip", target);
            m.flag("gratuitous", sender == target).flag("probe", sender.is_unspecified());
        } else {
            m.num("protocol_type", self.protocol).hex("sender_protocol", self.sender_protocol);
        }
        if let Some(mac) = self.mac(self.target_hardware) {
            m.show("target_mac", mac);
        }
    }

    /// The sender of a request or reply binds its MAC to its IP (RFC 826, "Packet Reception").
    fn bind(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let (Some(mac), Some(ip)) = (self.mac(self.sender_hardware), self.ip(self.sender_protocol)) else { return };
        if !matches!(self.operation, 1 | 2) || ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast() {
            return;
        }
        if mac.is_group() || mac.is_zero() {
            return;
        }
        let about = About::Host { mac: Some(mac), ip: Some(IpAddr::V4(ip)) };
        out.evidence(ctx, "arp", Evidence { about, attribute: Attribute::Presence, value: "", source: "", confidence: 90 });
    }

    fn check(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let mut raise = |kind, detail: String| out.anomaly(ctx, "arp", Anomaly { kind, detail: detail.into() });
        let ethernet = HARDWARE_EUI48.contains(&self.hardware);
        if ethernet && self.sender_hardware.len() != 6 {
            raise("arp_bad_length", format!("hardware address of {} bytes", self.sender_hardware.len()));
        }
        if self.protocol == PROTOCOL_IPV4 && self.sender_protocol.len() != 4 {
            raise("arp_bad_length", format!("IPv4 address of {} bytes", self.sender_protocol.len()));
        }
        if self.operation == 0 || self.operation > OPERATION_MAX {
            raise("arp_unknown_operation", format!("operation {}", self.operation));
        }
        let Some(mac) = self.mac(self.sender_hardware) else { return };
        if mac.is_group() {
            raise("arp_group_sender", format!("sender {mac}"));
        } else if ctx.src_mac.is_some_and(|src| src != mac) && matches!(self.operation, 1 | 2) {
            raise("arp_sender_mismatch", format!("sender {mac} in a frame of {}", ctx.src_mac.unwrap_or_default()));
        }
    }
}

/// A packet that another protocol carries between stations that are not those of the frame.
pub(crate) fn inside(ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) {
    if let Ok(packet) = Packet::read(bytes) {
        packet.say(ctx, out);
        packet.bind(ctx, out);
    }
}

impl Decoder for Arp {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        match Packet::read(bytes) {
            Ok(packet) => {
                packet.say(ctx, out);
                packet.bind(ctx, out);
                packet.check(ctx, out);
            }
            Err(short) => out.anomaly(ctx, "arp", Anomaly { kind: "arp_truncated", detail: short.to_string().into() }),
        }
        true
    }
}
