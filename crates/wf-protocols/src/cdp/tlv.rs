//! Fields: type, length with its own four bytes, value.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wf_wire::{Reader, Short};

/// Fields and addresses that are read.
const FIELDS_MAX: usize = 64;
const ADDRESSES_MAX: usize = 32;
/// Breaches that are told of one frame.
const DAMAGE_MAX: usize = 4;
/// NLPID of IPv4, and the SNAP headers that stand for IPv4 and IPv6.
const IPV4: &[u8] = &[0xcc];
const IPV4_SNAP: &[u8] = &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
const IPV6: &[u8] = &[0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd];

/// What one frame says.
#[derive(Debug, Default)]
pub struct Unit<'a> {
    pub version: u8,
    pub ttl: u8,
    pub device: Option<&'a [u8]>,
    pub port: Option<&'a [u8]>,
    pub capabilities: Option<u32>,
    pub software: Option<&'a [u8]>,
    pub platform: Option<&'a [u8]>,
    pub vtp_domain: Option<&'a [u8]>,
    pub native_vlan: Option<u16>,
    pub full_duplex: Option<bool>,
    pub system_name: Option<&'a [u8]>,
    pub location: Option<&'a [u8]>,
    pub addresses: Vec<IpAddr>,
}

type Damage = Vec<(&'static str, String)>;

impl<'a> Unit<'a> {
    /// What is wrong with it; `None` where it is none.
    pub fn read(&mut self, bytes: &'a [u8]) -> Option<Damage> {
        let mut r = Reader::new(bytes);
        self.version = r.u8().ok().filter(|version| matches!(version, 1 | 2))?;
        self.ttl = r.u8().ok()?;
        r.skip(2).ok()?;
        // Every frame begins with a field that is known.
        if !matches!((r.peek(0), r.peek(1)), (Some(0), Some(1..=0x1f))) {
            return None;
        }
        let mut damage = Damage::new();
        for _ in 0..FIELDS_MAX {
            // What is shorter than a field's head is padding.
            let (Ok(kind), Ok(length)) = (r.u16(), r.u16()) else { break };
            if kind == 0 && length == 0 {
                break;
            }
            let left = r.left();
            let Some(value) = usize::from(length).checked_sub(4).and_then(|len| r.take(len).ok()) else {
                damage.push(("cdp_truncated", format!("field {kind:#06x} of {length} bytes, {left} left")));
                break;
            };
            if self.field(kind, value).is_err() && damage.len() < DAMAGE_MAX {
                let kind = if matches!(kind, 2 | 0x16) { ("cdp_bad_address", kind) } else { ("cdp_truncated", kind) };
                damage.push((kind.0, format!("field {:#06x} of {length} bytes", kind.1)));
            }
        }
        Some(damage)
    }

    fn field(&mut self, kind: u16, value: &'a [u8]) -> Result<(), Short> {
        let mut r = Reader::new(value);
        match kind {
            1 => self.device = Some(value),
            2 | 0x16 => return self.list(&mut r),
            3 => self.port = Some(value),
            4 => self.capabilities = Some(r.u32()?),
            5 => self.software = Some(value),
            6 => self.platform = Some(value),
            9 => self.vtp_domain = Some(value),
            0x0a => self.native_vlan = Some(r.u16()?),
            0x0b => self.full_duplex = Some(r.u8()? != 0),
            0x14 => self.system_name = Some(value),
            // A byte for its kind, then text.
            0x17 => self.location = value.get(1..),
            _ => {}
        }
        Ok(())
    }

    /// A count, then for each: type and length of the protocol, the protocol, length of the address, the address.
    fn list(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        let count = r.u32()?;
        for _ in 0..count {
            r.u8()?;
            let length = usize::from(r.u8()?);
            let protocol = r.take(length)?;
            let length = usize::from(r.u16()?);
            let address = r.take(length)?;
            let ip: Option<IpAddr> = match (protocol, address.first_chunk::<4>(), address.first_chunk::<16>()) {
                (IPV4 | IPV4_SNAP, Some(v4), _) if address.len() == 4 => Some(Ipv4Addr::from(*v4).into()),
                (IPV6, _, Some(v6)) if address.len() == 16 => Some(Ipv6Addr::from(*v6).into()),
                _ => None,
            };
            if let Some(ip) = ip.filter(|ip| self.addresses.len() < ADDRESSES_MAX && !self.addresses.contains(ip)) {
                self.addresses.push(ip);
            }
        }
        Ok(())
    }
}

/// Names of what a device can do.
pub fn capabilities(bits: u32) -> impl Iterator<Item = &'static str> {
    const NAMES: [&str; 11] = [
        "router",
        "transparent_bridge",
        "source_route_bridge",
        "switch",
        "host",
        "igmp",
        "repeater",
        "phone",
        "remotely_managed",
        "cast",
        "two_port_relay",
    ];
    NAMES.into_iter().enumerate().filter(move |(at, _)| bits & (1 << at) != 0).map(|(_, name)| name)
}

/// `12.2(25)SEE2` out of `Cisco Internetwork Operating System Software … Version 12.2(25)SEE2, RELEASE …`; empty without one.
pub fn version(software: &str) -> &str {
    let Some((_, rest)) = software.split_once("Version ") else { return "" };
    rest.split([',', ' ']).next().unwrap_or_default().trim_end_matches(|c: char| !c.is_alphanumeric() && c != ')')
}
