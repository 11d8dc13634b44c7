//! The TLVs of one LLDP data unit (IEEE 802.1AB-2016, clause 8).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wf_model::Mac;
use wf_wire::{Reader, Short};

/// Management addresses kept of one unit.
const MANAGEMENT_MAX: usize = 8;
/// TLVs read of one unit.
const TLV_MAX: usize = 128;

/// OUI of PROFIBUS & PROFINET International, IEEE 802.1 and TIA (LLDP-MED).
const OUI_PROFINET: [u8; 3] = [0x00, 0x0e, 0xcf];
const OUI_8021: [u8; 3] = [0x00, 0x80, 0xc2];
const OUI_MED: [u8; 3] = [0x00, 0x12, 0xbb];

/// A chassis or port id by its subtype.
#[derive(Clone, Copy, Debug)]
pub(super) enum Id<'a> {
    Mac(Mac),
    Ip(IpAddr),
    Bytes(&'a [u8]),
}

/// A data unit, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Unit<'a> {
    pub chassis: Option<Id<'a>>,
    pub port: Option<Id<'a>>,
    pub ttl: Option<u16>,
    pub port_description: Option<&'a [u8]>,
    pub system_name: Option<&'a [u8]>,
    pub system_description: Option<&'a [u8]>,
    /// Capabilities, and those enabled.
    pub capabilities: Option<(u16, u16)>,
    pub management: Vec<IpAddr>,
    pub profinet: bool,
    pub profinet_mac: Option<Mac>,
    pub profinet_port_status: Option<u16>,
    pub vlan: Option<u16>,
    pub hardware: Option<&'a [u8]>,
    pub firmware: Option<&'a [u8]>,
    pub software: Option<&'a [u8]>,
    pub serial: Option<&'a [u8]>,
    pub manufacturer: Option<&'a [u8]>,
    pub model: Option<&'a [u8]>,
    pub asset: Option<&'a [u8]>,
}

/// What was wrong: the anomaly's name and its detail.
pub(super) type Damage = Vec<(&'static str, String)>;

impl<'a> Unit<'a> {
    /// Reads TLVs until the end mark, the end of the frame, or the first one that does not fit.
    pub fn read(&mut self, bytes: &'a [u8]) -> Damage {
        let mut damage = Damage::new();
        let mut r = Reader::new(bytes);
        for place in 0..TLV_MAX {
            let Ok(head) = r.u16() else { break };
            let (kind, len) = (head >> 9, usize::from(head & 0x1ff));
            if kind == 0 {
                break;
            }
            if (place < 3) != (usize::from(kind) == place + 1) && (place < 3 || kind <= 3) {
                damage.push(("lldp_order", format!("TLV {kind} in place {}", place + 1)));
            }
            match r.sub(len) {
                Ok(value) => {
                    if self.tlv(kind, value, &mut damage).is_err() {
                        damage.push(("lldp_bad_length", format!("TLV {kind} of {len} bytes")));
                    }
                }
                Err(short) => {
                    damage.push(("lldp_truncated", format!("TLV {kind}: {short}")));
                    break;
                }
            }
        }
        damage.truncate(8);
        damage
    }

    fn tlv(&mut self, kind: u16, mut r: Reader<'a>, damage: &mut Damage) -> Result<(), Short> {
        let slot = match kind {
            1 => {
                set(&mut self.chassis, chassis(&mut r)?, kind, damage);
                return Ok(());
            }
            2 => {
                set(&mut self.port, port(&mut r)?, kind, damage);
                return Ok(());
            }
            3 => {
                set(&mut self.ttl, r.u16()?, kind, damage);
                return Ok(());
            }
            4 => &mut self.port_description,
            5 => &mut self.system_name,
            6 => &mut self.system_description,
            7 => {
                set(&mut self.capabilities, (r.u16()?, r.u16()?), kind, damage);
                return Ok(());
            }
            8 => return self.management(&mut r),
            127 => return self.organization(&mut r),
            _ => return Ok(()),
        };
        set(slot, r.take_rest(), kind, damage);
        Ok(())
    }

    /// Management address (8.5.9): length counts the subtype.
    fn management(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        let len = usize::from(r.u8()?);
        let mut address = r.sub(len)?;
        let family = address.u8()?;
        if let Some(ip) = ip_of(family, address.rest())
            && self.management.len() < MANAGEMENT_MAX
            && !self.management.contains(&ip)
        {
            self.management.push(ip);
        }
        Ok(())
    }

    fn organization(&mut self, r: &mut Reader<'a>) -> Result<(), Short> {
        let (oui, subtype) = (r.array::<3>()?, r.u8()?);
        match (oui, subtype) {
            (OUI_PROFINET, _) => self.profinet(subtype, r)?,
            (OUI_8021, 1) => self.vlan = Some(r.u16()?),
            (OUI_MED, 5) => self.hardware = Some(r.take_rest()),
            (OUI_MED, 6) => self.firmware = Some(r.take_rest()),
            (OUI_MED, 7) => self.software = Some(r.take_rest()),
            (OUI_MED, 8) => self.serial = Some(r.take_rest()),
            (OUI_MED, 9) => self.manufacturer = Some(r.take_rest()),
            (OUI_MED, 10) => self.model = Some(r.take_rest()),
            (OUI_MED, 11) => self.asset = Some(r.take_rest()),
            _ => {}
        }
        Ok(())
    }

    fn profinet(&mut self, subtype: u8, r: &mut Reader<'a>) -> Result<(), Short> {
        self.profinet = true;
        match subtype {
            2 => self.profinet_port_status = Some(r.u16()?),
            5 => self.profinet_mac = Some(Mac(r.array()?)),
            _ => {}
        }
        Ok(())
    }

    /// How sure it is that this is a device that forwards for others: an enabled bridge, access point or router.
    /// PROFINET field devices and controllers with two ports also say that they bridge.
    pub fn forwards(&self) -> Option<u8> {
        const BRIDGE: u16 = 1 << 2;
        const ACCESS_POINT: u16 = 1 << 3;
        const ROUTER: u16 = 1 << 4;
        const STATION: u16 = 1 << 7;
        let (able, enabled) = self.capabilities?;
        if enabled & (ACCESS_POINT | ROUTER) != 0 {
            return Some(90);
        }
        match (enabled & BRIDGE != 0, self.profinet, (able | enabled) & STATION != 0) {
            (false, ..) | (true, true, true) => None,
            (true, true, false) => Some(50),
            (true, false, _) => Some(90),
        }
    }
}

fn set<T>(slot: &mut Option<T>, value: T, kind: u16, damage: &mut Damage) {
    if slot.is_some() {
        damage.push(("lldp_duplicate", format!("TLV {kind}")));
    } else {
        *slot = Some(value);
    }
}

fn chassis<'a>(r: &mut Reader<'a>) -> Result<Id<'a>, Short> {
    let subtype = r.u8()?;
    id(r, subtype == 4, subtype == 5)
}

fn port<'a>(r: &mut Reader<'a>) -> Result<Id<'a>, Short> {
    let subtype = r.u8()?;
    id(r, subtype == 3, subtype == 4)
}

fn id<'a>(r: &mut Reader<'a>, is_mac: bool, is_network: bool) -> Result<Id<'a>, Short> {
    if is_mac {
        return r.array().map(|mac| Id::Mac(Mac(mac)));
    }
    let bytes = r.take_rest();
    let ip = bytes.split_first().filter(|_| is_network).and_then(|(family, address)| ip_of(*family, address));
    Ok(ip.map_or(Id::Bytes(bytes), Id::Ip))
}

/// An address by its family number (IANA address-family-numbers).
fn ip_of(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    match family {
        1 => <[u8; 4]>::try_from(bytes).ok().map(|b| IpAddr::V4(Ipv4Addr::from(b))),
        2 => <[u8; 16]>::try_from(bytes).ok().map(|b| IpAddr::V6(Ipv6Addr::from(b))),
        _ => None,
    }
}

/// Names of the capability bits that are set (table 8-4).
pub(super) fn capabilities(bits: u16) -> impl Iterator<Item = &'static str> {
    const NAMES: [&str; 11] = [
        "other",
        "repeater",
        "bridge",
        "access_point",
        "router",
        "telephone",
        "cable_device",
        "station",
        "c_vlan",
        "s_vlan",
        "two_port_relay",
    ];
    NAMES.iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| *name)
}

/// Bytes as `aa:bb:cc`.
pub(super) struct Colons<'a>(pub &'a [u8]);

impl fmt::Display for Colons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, byte)| {
            if at > 0 {
                f.write_str(":")?;
            }
            write!(f, "{byte:02x}")
        })
    }
}
