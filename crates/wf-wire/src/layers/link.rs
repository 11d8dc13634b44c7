//! Link headers: addresses, VLAN and what comes next.

use super::{IPV4, IPV6, LLC_BACNET, Layers, NESTED_MAX};
use crate::reader::{Reader, Short};
use wf_model::Mac;

/// EtherType of the HSR tag (IEC 62439-3, 5.7).
const HSR: u16 = 0x892f;
/// EtherType of the VN-Tag that switches with remote ports put before a frame's own EtherType.
const VN_TAG: u16 = 0x8926;
const PPPOE_SESSION: u16 = 0x8864;
pub(super) const MPLS: u16 = 0x8847;
const MPLS_MULTICAST: u16 = 0x8848;
/// Most labels of one MPLS stack.
const LABELS_MAX: usize = 8;

#[inline]
pub(super) fn ethernet(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    layers.dst_mac = Some(Mac(r.array()?));
    layers.src_mac = Some(Mac(r.array()?));
    tags(r, layers)
}

/// VLAN tags and EtherType or length, then what may stand before the packet.
#[inline]
pub(super) fn tags(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    vlan_and_type(r, layers)?;
    if layers.ethertype == IPV4 { Ok(()) } else { shims(r, layers) }
}

/// VLAN tags, then EtherType or an 802.3 length with LLC and perhaps SNAP.
#[inline]
fn vlan_and_type(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    let mut kind = r.u16()?;
    for _ in 0..NESTED_MAX {
        if !matches!(kind, 0x8100 | 0x88a8 | 0x9100 | 0x9200) {
            break;
        }
        layers.vlan = r.u16()? & 0x0fff;
        kind = r.u16()?;
    }
    if kind > 1500 {
        layers.ethertype = kind;
        return Ok(());
    }
    // 802.3: the length ends the frame, what follows is padding.
    let mut llc = r.sub(usize::from(kind).min(r.left()))?;
    match llc.array::<3>() {
        Ok([0xaa, 0xaa, 0x03]) => {
            let _organisation = llc.u24()?;
            layers.ethertype = llc.u16()?;
            *r = llc;
        }
        Ok([0x82, 0x82, 0x03]) => {
            layers.ethertype = LLC_BACNET;
            *r = llc;
        }
        _ => {}
    }
    Ok(())
}

/// BSD loopback: the address family in the writer's byte order.
pub(super) fn null(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    let family = r.u32()?;
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    layers.ethertype = match family {
        2 => IPV4,
        10 | 24 | 28 | 30 => IPV6,
        _ => 0,
    };
    Ok(())
}

pub(super) fn ppp(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    if r.peek(0) == Some(0xff) {
        r.skip(2)?;
    }
    // RFC 1661, 6.5: a compressed protocol field is one byte, and odd.
    let protocol = match r.peek(0) {
        Some(low) if low & 1 != 0 => u16::from(r.u8()?),
        _ => r.u16()?,
    };
    layers.ethertype = match protocol {
        0x0021 => IPV4,
        0x0057 => IPV6,
        _ => 0,
    };
    Ok(())
}

pub(super) fn raw_ip(r: &Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    layers.ethertype = match r.peek(0).map(|b| b >> 4) {
        Some(4) => IPV4,
        Some(6) => IPV6,
        Some(_) => 0,
        None => return Err(Short { needed: 1, left: 0 }),
    };
    Ok(())
}

/// Linux cooked v1: packet type, device type, address length, address, protocol.
pub(super) fn cooked(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    r.skip(2)?;
    let kind = r.u16()?;
    let length = r.u16()?;
    let address = r.array::<8>()?;
    if let (true, [a, b, c, d, e, f, _, _]) = (kind == 1 && length == 6, address) {
        layers.src_mac = Some(Mac([a, b, c, d, e, f]));
    }
    tags(r, layers)
}

/// Linux cooked v2: protocol, reserved, interface, device type, packet type, address length, address.
pub(super) fn cooked2(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    let protocol = r.u16()?;
    r.skip(6)?;
    let kind = r.u16()?;
    r.skip(1)?;
    let length = r.u8()?;
    let address = r.array::<8>()?;
    if let (true, [a, b, c, d, e, f, _, _]) = (kind == 1 && length == 6, address) {
        layers.src_mac = Some(Mac([a, b, c, d, e, f]));
    }
    layers.ethertype = protocol;
    Ok(())
}

/// Linux netfilter's log: family, version, resource, then fields in the writer's byte order, of which one is the packet.
pub(super) fn netfilter(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    r.skip(4)?;
    while !r.is_empty() {
        let [a, b, c, d] = r.array::<4>()?;
        let (little, big) = (u16::from_le_bytes([a, b]), u16::from_be_bytes([a, b]));
        // No field is longer than a packet: of the two readings the sound one is the shorter.
        let length = usize::from(little.min(big));
        let kind = if little <= big { u16::from_le_bytes([c, d]) } else { u16::from_be_bytes([c, d]) };
        let length = length.saturating_sub(4);
        if kind & 0x7fff == 9 {
            *r = r.sub(length.min(r.left()))?;
            return raw_ip(r, layers);
        }
        r.skip(length.next_multiple_of(4))?;
    }
    Err(Short { needed: 4, left: 0 })
}

/// IP over InfiniBand (RFC 4391, 6): a global route header, EtherType, two reserved bytes.
pub(super) fn infiniband(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    r.skip(40)?;
    layers.ethertype = r.u16()?;
    r.skip(2)
}

/// Cisco's HDLC: address, control, EtherType.
pub(super) fn hdlc(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    r.skip(2)?;
    layers.ethertype = r.u16()?;
    shims(r, layers)
}

/// FDDI: frame control, addresses, then LLC as on 802.3.
pub(super) fn fddi(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    r.skip(1)?;
    layers.dst_mac = Some(Mac(r.array()?));
    layers.src_mac = Some(Mac(r.array()?));
    snap(r, layers);
    Ok(())
}

/// LLC with SNAP (IEEE 802.2; RFC 1042): the EtherType that it holds. Without SNAP there is none.
pub(super) fn snap(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> bool {
    let Some(&[0xaa, 0xaa, 0x03, _, _, _, high, low]) = r.rest().first_chunk::<8>() else { return false };
    layers.ethertype = u16::from_be_bytes([high, low]);
    r.skip(8).is_ok()
}

/// What stands between the EtherType of a frame and the packet that it carries for its way alone: a redundancy or port tag,
/// a PPPoE session, a label stack. Where it carries something else, its own EtherType stands.
fn shims(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    match layers.ethertype {
        // Path and size of the frame, sequence number; or the six bytes of a VN-Tag with the EtherType in them.
        HSR | VN_TAG => {
            r.skip(4)?;
            layers.ethertype = 0;
            vlan_and_type(r, layers)?;
        }
        PPPOE_SESSION => {
            let mut session = *r;
            // RFC 2516, 4: version and type 1, code 0, session, length.
            if session.u16()? != 0x1100 {
                return Ok(());
            }
            session.skip(2)?;
            let length = usize::from(session.u16()?);
            let mut inside = session.sub(length.min(session.left()))?;
            let mut carried = Layers::default();
            if ppp(&mut inside, &mut carried).is_ok() && carried.ethertype != 0 {
                layers.ethertype = carried.ethertype;
                *r = inside;
            }
        }
        MPLS | MPLS_MULTICAST => labels(r, layers)?,
        _ => {}
    }
    Ok(())
}

/// RFC 3032, 2.1: labels up to the bottom of the stack; what follows is told by its first bits.
pub(super) fn labels(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    let mut stack = *r;
    for _ in 0..LABELS_MAX {
        if stack.u32()? & 0x100 != 0 {
            let kind = match stack.peek(0).map(|byte| byte >> 4) {
                Some(4) => IPV4,
                Some(6) => IPV6,
                _ => return Ok(()),
            };
            layers.ethertype = kind;
            *r = stack;
            return Ok(());
        }
    }
    Ok(())
}
