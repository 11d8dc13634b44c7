//! The headers of tunnels, one function each.

use super::tunnel::{Header, Inside, TunnelKind, VXLAN_PORT};
use super::{IPV4, IPV6, link};
use crate::reader::{Reader, Short};

/// EtherTypes inside GRE: Ethernet (RFC 1701), PPP (RFC 2637), ERSPAN I and II, ERSPAN III.
const TRANSPARENT_ETHERNET: u16 = 0x6558;
const PPP: u16 = 0x880b;
const ERSPAN: u16 = 0x88be;
const ERSPAN_3: u16 = 0x22eb;
/// Most extension headers of one GTP header.
const EXTENSIONS_MAX: usize = 8;
/// Most tags of one TZSP header.
const TAGS_MAX: usize = 32;

/// A header that was read; `None` where the bytes are something else.
pub(super) type Opened<'a> = Result<Option<Header<'a>>, Short>;

/// RFC 2784, 2.1, with key and sequence number of RFC 2890, 2; version 1 is PPTP's (RFC 2637, 4.1).
pub(super) fn gre(bytes: &[u8]) -> Opened<'_> {
    let mut r = Reader::new(bytes);
    let flags = r.u16()?;
    let kind = r.u16()?;
    let version = flags & 7;
    // Source routing (RFC 1701) is gone since RFC 2784, 2.3: a packet with it is not ours to read.
    if flags & 0x4000 != 0 || version > 1 || (version == 1) != (kind == PPP && flags & 0x2000 != 0) {
        return Ok(None);
    }
    if flags & 0x8000 != 0 {
        r.skip(4)?;
    }
    let id = if flags & 0x2000 != 0 { Some(r.u32()?) } else { None };
    let sequenced = flags & 0x1000 != 0;
    if sequenced {
        r.skip(4)?;
    }
    if version == 1 && flags & 0x0080 != 0 {
        r.skip(4)?;
    }
    let header = |inside| Ok(Some(Header { kind: TunnelKind::Gre, id, vlan: 0, inside }));
    match kind {
        IPV4 | IPV6 | link::MPLS => header(Inside::Typed(kind, r.rest())),
        TRANSPARENT_ETHERNET => header(Inside::Ethernet(r.rest())),
        PPP => header(Inside::Ppp(r.rest())),
        ERSPAN => erspan(r, sequenced),
        ERSPAN_3 => erspan3(r),
        _ => Ok(None),
    }
}

/// Type I has no header of its own and no sequence number in GRE; type II has eight bytes (draft-foschiano-erspan, 4.2).
fn erspan(mut r: Reader<'_>, sequenced: bool) -> Opened<'_> {
    let (mut id, mut vlan) = (None, 0);
    if sequenced {
        let first = r.u16()?;
        let second = r.u16()?;
        r.skip(4)?;
        if first >> 12 != 1 {
            return Ok(None);
        }
        (id, vlan) = (Some(u32::from(second & 0x03ff)), first & 0x0fff);
    }
    Ok(Some(Header { kind: TunnelKind::Erspan, id, vlan, inside: Inside::Ethernet(r.rest()) }))
}

/// Type III (draft-foschiano-erspan, 4.3): twelve bytes, and a platform's eight more where the last bit says so.
fn erspan3(mut r: Reader<'_>) -> Opened<'_> {
    let first = r.u16()?;
    let second = r.u16()?;
    r.skip(6)?;
    let last = r.u16()?;
    if first >> 12 != 2 {
        return Ok(None);
    }
    if last & 1 != 0 {
        r.skip(8)?;
    }
    // Frame type 0 is an Ethernet frame, 2 an IP packet.
    let inside = match (last >> 10 & 0x1f, r.peek(0).map(|byte| byte >> 4)) {
        (0, _) => Inside::Ethernet(r.rest()),
        (2, Some(6)) => Inside::Typed(IPV6, r.rest()),
        (2, _) => Inside::Typed(IPV4, r.rest()),
        _ => return Ok(None),
    };
    let id = Some(u32::from(second & 0x03ff));
    Ok(Some(Header { kind: TunnelKind::Erspan, id, vlan: first & 0x0fff, inside }))
}

/// RFC 7348, 5: the flag of a valid network, reserved bits of zero. A group policy (flag 0x80) may take the first of them.
pub(super) fn vxlan(bytes: &[u8], port: u16) -> Opened<'_> {
    let mut r = Reader::new(bytes);
    let flags = r.u8()?;
    let reserved = r.u24()?;
    let id = r.u24()?;
    let last = r.u8()?;
    let policy = flags == 0x88 && port == VXLAN_PORT;
    if last != 0 || !(policy || (flags == 0x08 && reserved == 0)) {
        return Ok(None);
    }
    Ok(Some(Header { kind: TunnelKind::Vxlan, id: Some(id), vlan: 0, inside: Inside::Ethernet(r.rest()) }))
}

/// RFC 8926, 3.4: version 0, options of so many words. Control packets (flag O) are not for others to read.
pub(super) fn geneve(bytes: &[u8]) -> Opened<'_> {
    let mut r = Reader::new(bytes);
    let first = r.u8()?;
    let flags = r.u8()?;
    let kind = r.u16()?;
    let id = r.u24()?;
    r.skip(1)?;
    r.skip(usize::from(first & 0x3f) * 4)?;
    if first >> 6 != 0 || flags & 0x80 != 0 {
        return Ok(None);
    }
    let inside = match kind {
        TRANSPARENT_ETHERNET => Inside::Ethernet(r.rest()),
        IPV4 | IPV6 => Inside::Typed(kind, r.rest()),
        _ => return Ok(None),
    };
    Ok(Some(Header { kind: TunnelKind::Geneve, id: Some(id), vlan: 0, inside }))
}

/// RFC 5415, 4.1 and 4.3: a plain header (type 0), no fragment, no keep-alive; flag T says whether the frame is an 802.11 one.
pub(super) fn capwap(bytes: &[u8]) -> Opened<'_> {
    let mut r = Reader::new(bytes);
    if r.u8()? != 0 {
        return Ok(None);
    }
    let bits = r.u24()?;
    let header_len = usize::try_from(bits >> 19).unwrap_or(0) * 4;
    let native = bits & 0x100 != 0;
    // Flags F, L and K and the reserved ones; where nothing is fragmented, a place in it is zero too.
    let _fragment_id = r.u16()?;
    if header_len < 8 || bits & 0xcf != 0 || r.u16()? != 0 {
        return Ok(None);
    }
    r.skip(header_len - 8)?;
    let inside = match (native, bits >> 9 & 0x1f) {
        (false, _) => Inside::Ethernet(r.rest()),
        (true, 1) => Inside::Wireless(r.rest()),
        _ => return Ok(None),
    };
    Ok(Some(Header { kind: TunnelKind::Capwap, id: Some(bits >> 14 & 0x1f), vlan: 0, inside }))
}

/// TaZmen Sniffer Protocol: version 1, a received packet, what kind of frame, tags up to the end tag.
pub(super) fn tzsp(bytes: &[u8]) -> Opened<'_> {
    let mut r = Reader::new(bytes);
    let (version, kind, protocol) = (r.u8()?, r.u8()?, r.u16()?);
    if version != 1 || kind > 1 {
        return Ok(None);
    }
    for _ in 0..TAGS_MAX {
        match r.u8()? {
            0 => {}
            1 => {
                let inside = match protocol {
                    1 => Inside::Ethernet(r.rest()),
                    18 => Inside::Wireless(r.rest()),
                    _ => return Ok(None),
                };
                return Ok(Some(Header { kind: TunnelKind::Tzsp, id: None, vlan: 0, inside }));
            }
            _ => {
                let length = usize::from(r.u8()?);
                r.skip(length)?;
            }
        }
    }
    Ok(None)
}

/// 3GPP TS 29.281, 5.1 and 5.2: version 1, a packet of the user's (type 255), extension headers in words of four bytes.
pub(super) fn gtp(bytes: &[u8]) -> Opened<'_> {
    let mut r = Reader::new(bytes);
    let (flags, kind) = (r.u8()?, r.u8()?);
    let length = usize::from(r.u16()?);
    if flags & 0xf8 != 0x30 || kind != 0xff || length != r.left().saturating_sub(4) {
        return Ok(None);
    }
    let id = Some(r.u32()?);
    if flags & 7 != 0 {
        r.skip(3)?;
        let mut next = r.u8()?;
        for _ in 0..EXTENSIONS_MAX {
            if next == 0 || flags & 4 == 0 {
                break;
            }
            let words = usize::from(r.u8()?);
            r.skip((words * 4).saturating_sub(2))?;
            next = r.u8()?;
        }
    }
    let ethertype = match r.peek(0).map(|byte| byte >> 4) {
        Some(4) => IPV4,
        Some(6) => IPV6,
        _ => return Ok(None),
    };
    Ok(Some(Header { kind: TunnelKind::Gtp, id, vlan: 0, inside: Inside::Typed(ethertype, r.rest()) }))
}

/// RFC 2661, 3.1: version 2, a data message; length, sequence numbers and offset as the flags say.
pub(super) fn l2tp(bytes: &[u8]) -> Opened<'_> {
    let mut r = Reader::new(bytes);
    let flags = r.u16()?;
    if flags & 0x800f != 2 {
        return Ok(None);
    }
    if flags & 0x4000 != 0 && usize::from(r.u16()?) != bytes.len() {
        return Ok(None);
    }
    r.skip(2)?;
    let id = Some(u32::from(r.u16()?));
    if flags & 0x0800 != 0 {
        r.skip(4)?;
    }
    if flags & 0x0200 != 0 {
        let offset = usize::from(r.u16()?);
        r.skip(offset)?;
    }
    Ok(Some(Header { kind: TunnelKind::L2tp, id, vlan: 0, inside: Inside::Ppp(r.rest()) }))
}

/// RFC 4380, 5.1.1: an authentication and an origin indication may stand before the IPv6 packet.
pub(super) fn teredo(bytes: &[u8]) -> Opened<'_> {
    let mut r = Reader::new(bytes);
    if r.rest().starts_with(&[0, 1]) {
        r.skip(2)?;
        let (client, value) = (usize::from(r.u8()?), usize::from(r.u8()?));
        r.skip(client + value + 9)?;
    }
    if r.rest().starts_with(&[0, 0]) {
        r.skip(8)?;
    }
    // The packet fills the datagram: nothing else that uses the port looks like that.
    let packet = r.rest();
    let mut inside = r;
    let version = inside.u8()? >> 4;
    inside.skip(3)?;
    let length = usize::from(inside.u16()?);
    if version != 6 || length + 40 != packet.len() {
        return Ok(None);
    }
    Ok(Some(Header { kind: TunnelKind::Teredo, id: None, vlan: 0, inside: Inside::Typed(IPV6, packet) }))
}
