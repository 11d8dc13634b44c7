//! From the link layer to TCP and UDP, in place. What does not parse is said, never guessed.

use crate::LinkType;
use crate::reader::{Reader, Short};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wf_model::Mac;

/// What stands for an EtherType where IEEE 802.2 carries BACnet (service access point 0x82): below 1536 there are none.
pub const LLC_BACNET: u16 = 0x82;
/// EtherType of IPv4.
pub const IPV4: u16 = 0x0800;
/// EtherType of IPv6.
pub const IPV6: u16 = 0x86dd;
/// IP protocol number of TCP.
pub const TCP: u8 = 6;
/// IP protocol number of UDP.
pub const UDP: u8 = 17;

/// Most VLAN tags, and most IP headers inside one another, that are looked through.
const NESTED_MAX: usize = 4;
/// Most IPv6 extension headers.
const EXTENSIONS_MAX: usize = 12;

/// Which part of a packet did not parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The link header is cut short.
    Link,
    /// The network header is cut short or contradicts itself.
    Network,
    /// The transport header is cut short or contradicts itself.
    Transport,
    /// The link type is not understood.
    UnknownLink,
}

/// A fragment of an IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Identification.
    pub id: u32,
    /// Offset of this piece in bytes.
    pub offset: u32,
    /// More pieces follow.
    pub more: bool,
}

/// An IP header.
#[derive(Clone, Copy, Debug)]
pub struct Ip<'a> {
    /// Sender.
    pub src: IpAddr,
    /// Receiver.
    pub dst: IpAddr,
    /// Protocol of the payload.
    pub protocol: u8,
    /// Set where this is a piece of a packet.
    pub fragment: Option<Fragment>,
    /// What the header carries, without link padding.
    pub payload: &'a [u8],
    /// The capture holds less of the packet than the header says.
    pub cut: bool,
}

/// Everything below TCP and UDP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layers<'a> {
    /// Source MAC.
    pub src_mac: Option<Mac>,
    /// Destination MAC.
    pub dst_mac: Option<Mac>,
    /// Innermost VLAN, 0 for none.
    pub vlan: u16,
    /// EtherType; 0 for LLC without SNAP, but for [`LLC_BACNET`].
    pub ethertype: u16,
    /// What the link header carries.
    pub payload: &'a [u8],
    /// Innermost IP header.
    pub ip: Option<Ip<'a>>,
    /// What did not parse.
    pub damage: Option<Damage>,
}

/// A TCP segment.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Sender's port.
    pub src_port: u16,
    /// Receiver's port.
    pub dst_port: u16,
    /// Sequence number of the first byte.
    pub seq: u32,
    /// Acknowledgement number, valid with the ACK flag.
    pub ack: u32,
    /// Flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16.
    pub flags: u8,
    /// Data.
    pub payload: &'a [u8],
}

impl Segment<'_> {
    /// It opens a connection: SYN without ACK.
    #[must_use]
    #[inline]
    pub const fn begins(&self) -> bool {
        self.flags & 0x12 == 0x02
    }
}

/// A UDP datagram.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Sender's port.
    pub src_port: u16,
    /// Receiver's port.
    pub dst_port: u16,
    /// Data.
    pub payload: &'a [u8],
}

/// Whether a link type is understood.
#[must_use]
pub fn knows(link: LinkType) -> bool {
    matches!(link.0, 0 | 1 | 9 | 12 | 14 | 101 | 108 | 113 | 228 | 229 | 276)
}

/// Parses link and network headers.
#[must_use]
#[inline]
pub fn parse(link: LinkType, data: &[u8]) -> Layers<'_> {
    let mut layers = Layers::default();
    let mut r = Reader::new(data);
    let linked = match link.0 {
        1 => ethernet(&mut r, &mut layers),
        0 | 108 => null(&mut r, &mut layers),
        9 => ppp(&mut r, &mut layers),
        12 | 14 | 101 | 228 | 229 => raw_ip(&r, &mut layers),
        113 => cooked(&mut r, &mut layers),
        276 => cooked2(&mut r, &mut layers),
        _ => {
            layers.damage = Some(Damage::UnknownLink);
            return layers;
        }
    };
    if linked.is_err() {
        layers.damage = Some(Damage::Link);
        return layers;
    }
    layers.payload = r.rest();
    network(&mut layers, NESTED_MAX);
    layers
}

/// The network header, and what tunnels carry: the innermost addresses are who talks.
#[inline]
fn network(layers: &mut Layers<'_>, depth: usize) {
    if !matches!(layers.ethertype, IPV4 | IPV6) {
        return;
    }
    let Ok(found) = ip(layers.payload, NESTED_MAX) else {
        layers.damage = Some(Damage::Network);
        return;
    };
    layers.ip = Some(found);
    if depth == 0 || found.fragment.is_some() {
        return;
    }
    let Some((ethertype, inside)) = tunnel(&found) else { return };
    let mut inner = Layers { ethertype, payload: inside, ..*layers };
    inner.ip = None;
    if ethertype == TRANSPARENT_ETHERNET {
        let mut r = Reader::new(inside);
        if ethernet(&mut r, &mut inner).is_err() {
            return;
        }
        inner.payload = r.rest();
    }
    network(&mut inner, depth - 1);
    // What does not parse inside a tunnel leaves the outer packet as it is.
    if inner.damage.is_none() {
        *layers = inner;
    }
}

/// EtherType of the tag that frames in a high-availability seamless ring carry.
const HSR: u16 = 0x892f;
/// EtherType of Ethernet frames inside GRE.
const TRANSPARENT_ETHERNET: u16 = 0x6558;
const GRE: u8 = 47;
const VXLAN_PORT: u16 = 4789;

/// What GRE (RFC 2784, 2890), ERSPAN and VXLAN (RFC 7348) carry: its EtherType and bytes.
#[inline]
fn tunnel<'a>(ip: &Ip<'a>) -> Option<(u16, &'a [u8])> {
    match ip.protocol {
        GRE => gre(ip.payload).ok().flatten(),
        UDP => {
            let datagram = udp(ip.payload).ok().filter(|d| d.dst_port == VXLAN_PORT)?;
            let mut r = Reader::new(datagram.payload);
            let flags = r.u8().ok()?;
            r.skip(7).ok()?;
            (flags & 0x08 != 0 && r.left() >= 14).then(|| (TRANSPARENT_ETHERNET, r.rest()))
        }
        _ => None,
    }
}

fn gre(bytes: &[u8]) -> Result<Option<(u16, &[u8])>, Short> {
    let mut r = Reader::new(bytes);
    let flags = r.u16()?;
    let kind = r.u16()?;
    // Version 0 without source routing: checksum, key and sequence number are there as their flags say.
    if flags & 0x4007 != 0 {
        return Ok(None);
    }
    for flag in [0x8000, 0x2000, 0x1000] {
        if flags & flag != 0 {
            r.skip(4)?;
        }
    }
    Ok(match kind {
        IPV4 | IPV6 | TRANSPARENT_ETHERNET => Some((kind, r.rest())),
        // ERSPAN I has no header of its own, II has eight bytes, III twelve and a platform part of eight more.
        0x88be => {
            if flags & 0x1000 != 0 {
                r.skip(8)?;
            }
            Some((TRANSPARENT_ETHERNET, r.rest()))
        }
        0x22eb => {
            r.skip(11)?;
            if r.u8()? & 1 != 0 {
                r.skip(8)?;
            }
            Some((TRANSPARENT_ETHERNET, r.rest()))
        }
        _ => None,
    })
}

#[inline]
fn ethernet(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    layers.dst_mac = Some(Mac(r.array()?));
    layers.src_mac = Some(Mac(r.array()?));
    tags(r, layers)
}

/// VLAN tags and those of redundant rings (IEC 62439-3, 5.7), then EtherType or an 802.3 length with LLC and perhaps SNAP.
#[inline]
fn tags(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    let mut kind = r.u16()?;
    for _ in 0..NESTED_MAX {
        match kind {
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => layers.vlan = r.u16()? & 0x0fff,
            HSR => r.skip(4)?, // path and size, sequence number
            _ => break,
        }
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
fn null(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    let family = r.u32()?;
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    layers.ethertype = match family {
        2 => IPV4,
        10 | 24 | 28 | 30 => IPV6,
        _ => 0,
    };
    Ok(())
}

fn ppp(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    if r.peek(0) == Some(0xff) {
        r.skip(2)?;
    }
    layers.ethertype = match r.u16()? {
        0x0021 => IPV4,
        0x0057 => IPV6,
        _ => 0,
    };
    Ok(())
}

fn raw_ip(r: &Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
    layers.ethertype = match r.peek(0).map(|b| b >> 4) {
        Some(4) => IPV4,
        Some(6) => IPV6,
        Some(_) => 0,
        None => return Err(Short { needed: 1, left: 0 }),
    };
    Ok(())
}

/// Linux cooked v1: packet type, device type, address length, address, protocol.
fn cooked(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
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
fn cooked2(r: &mut Reader<'_>, layers: &mut Layers<'_>) -> Result<(), Short> {
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

#[inline]
fn ip(bytes: &[u8], depth: usize) -> Result<Ip<'_>, Short> {
    let found = match bytes.first().map(|b| b >> 4) {
        Some(4) => ipv4(bytes)?,
        Some(6) => ipv6(bytes)?,
        _ => return Err(Short { needed: 20, left: bytes.len() }),
    };
    // IP inside IP (protocols 4 and 41): the innermost addresses are who talks.
    if depth > 0 && found.fragment.is_none() && matches!(found.protocol, 4 | 41) {
        return ip(found.payload, depth - 1).or(Ok(found));
    }
    Ok(found)
}

/// RFC 791, 3.1.
#[inline]
fn ipv4(bytes: &[u8]) -> Result<Ip<'_>, Short> {
    let mut r = Reader::new(bytes);
    let header_len = usize::from(r.u8()? & 15) * 4;
    r.skip(1)?;
    let total = usize::from(r.u16()?);
    let id = r.u16()?;
    let place = r.u16()?;
    r.skip(1)?;
    let protocol = r.u8()?;
    r.skip(2)?;
    let (src, dst) = (Ipv4Addr::from(r.array::<4>()?), Ipv4Addr::from(r.array::<4>()?));
    let mut whole = Reader::new(bytes);
    whole.skip(header_len.max(20))?;
    // A length of zero is segmentation offload: the packet reaches to the end. A longer one than captured is a cut packet.
    let length = if total == 0 { whole.left() } else { total.saturating_sub(header_len.max(20)).min(whole.left()) };
    let payload = whole.take(length)?;
    let (offset, more) = (u32::from(place & 0x1fff) * 8, place & 0x2000 != 0);
    let fragment = (offset > 0 || more).then_some(Fragment { id: u32::from(id), offset, more });
    let cut = total > header_len && total - header_len > payload.len();
    Ok(Ip { src: src.into(), dst: dst.into(), protocol, fragment, payload, cut })
}

/// RFC 8200, 3 and 4.
fn ipv6(bytes: &[u8]) -> Result<Ip<'_>, Short> {
    let mut r = Reader::new(bytes);
    r.skip(4)?;
    let length = usize::from(r.u16()?);
    let mut next = r.u8()?;
    r.skip(1)?;
    let (src, dst) = (Ipv6Addr::from(r.array::<16>()?), Ipv6Addr::from(r.array::<16>()?));
    let mut body = if length == 0 { r } else { r.sub(length.min(r.left()))? };
    let mut fragment = None;
    for _ in 0..EXTENSIONS_MAX {
        match next {
            0 | 43 | 60 | 135 | 139 | 140 => {
                next = body.u8()?;
                let more = usize::from(body.u8()?) * 8 + 6;
                body.skip(more)?;
            }
            51 => {
                next = body.u8()?;
                let more = (usize::from(body.u8()?) + 2) * 4 - 2;
                body.skip(more)?;
            }
            44 => {
                next = body.u8()?;
                body.skip(1)?;
                let place = body.u16()?;
                let (offset, more) = (u32::from(place & 0xfff8), place & 1 != 0);
                let id = body.u32()?;
                fragment = (offset > 0 || more).then_some(Fragment { id, offset, more });
                if fragment.is_some() {
                    break;
                }
            }
            _ => break,
        }
    }
    let cut = length > 0 && length > bytes.len().saturating_sub(40);
    Ok(Ip { src: src.into(), dst: dst.into(), protocol: next, fragment, payload: body.rest(), cut })
}

/// RFC 9293, 3.1.
#[inline]
pub fn tcp(bytes: &[u8]) -> Result<Segment<'_>, Short> {
    let mut r = Reader::new(bytes);
    let (src_port, dst_port, seq, ack) = (r.u16()?, r.u16()?, r.u32()?, r.u32()?);
    let header_len = usize::from(r.u8()? >> 4) * 4;
    let flags = r.u8()?;
    r.skip(6)?;
    r.skip(header_len.checked_sub(20).ok_or(Short { needed: 20, left: header_len })?)?;
    Ok(Segment { src_port, dst_port, seq, ack, flags, payload: r.rest() })
}

/// RFC 768.
#[inline]
pub fn udp(bytes: &[u8]) -> Result<Datagram<'_>, Short> {
    let mut r = Reader::new(bytes);
    let (src_port, dst_port) = (r.u16()?, r.u16()?);
    let length = usize::from(r.u16()?);
    r.skip(2)?;
    // Zero in the length means a jumbogram or offload: to the end.
    let payload = if length < 8 { r.rest() } else { r.take((length - 8).min(r.left()))? };
    Ok(Datagram { src_port, dst_port, payload })
}

/// A layer for a reader: its title and its fields.
pub type Described = (String, Vec<(String, String)>);

/// The headers of a packet for a reader.
#[must_use]
pub fn describe(link: LinkType, data: &[u8]) -> Vec<Described> {
    let layers = parse(link, data);
    let mut shown = Vec::new();
    let field = |name: &str, value: String| (name.to_owned(), value);
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
    shown
}

fn describe_transport(ip: &Ip<'_>) -> Option<Described> {
    let field = |name: &str, value: String| (name.to_owned(), value);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vlan_ipv4_udp() {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 7, 8, 0];
        frame.extend([0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        frame.extend([0, 53, 0, 54, 0, 10, 0, 0, 9, 9, 0, 0, 0, 0]);
        let layers = parse(LinkType::ETHERNET, &frame);
        assert_eq!((layers.vlan, layers.damage), (7, None));
        let ip = layers.ip.unwrap();
        assert_eq!(
            udp(ip.payload).map(|d| (d.src_port, d.dst_port, d.payload.to_vec())),
            Ok((53, 54, vec![9, 9])),
            "padding is cut"
        );
    }

    #[test]
    fn vlan_and_ring_tag() {
        let frame = [1, 12, 0xcd, 1, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x80, 7, 0x89, 0x2f, 0, 0x28, 0, 9, 0x88, 0xb8, 5];
        let layers = parse(LinkType::ETHERNET, &frame);
        assert_eq!((layers.vlan, layers.ethertype, layers.payload), (7, 0x88b8, &[5][..]));
    }

    #[test]
    fn bacnet_on_llc() {
        let mut frame = vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 2, 0, 7, 0x82, 0x82, 0x03];
        frame.extend([1, 0, 0x10, 8, 0, 0, 0]);
        let layers = parse(LinkType::ETHERNET, &frame);
        assert_eq!((layers.ethertype, layers.payload), (LLC_BACNET, &[1, 0, 0x10, 8][..]), "padding is cut");
        frame[14] = 0x42;
        assert_eq!(parse(LinkType::ETHERNET, &frame).ethertype, 0);
    }

    proptest! {
        #[test]
        fn any_bytes_on_any_link(link in 0u32..300, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let layers = parse(LinkType(link), &bytes);
            if let Some(ip) = layers.ip {
                let _ = (tcp(ip.payload), udp(ip.payload));
            }
            let _ = describe(LinkType(link), &bytes);
        }
    }
}
