//! From the link layer to TCP and UDP, in place. What does not parse is said, never guessed.

mod describe;
mod ip;
mod link;
#[cfg(test)]
mod tests;
mod tunnel;
mod tunnel_headers;
mod wireless;

use crate::LinkType;
use crate::reader::{Reader, Short};
pub use describe::{Described, describe};
pub use ip::{tcp, udp};
use std::net::IpAddr;
pub use tunnel::{Tunnel, TunnelKind};
use wf_model::Mac;

/// What stands for an EtherType where IEEE 802.2 carries BACnet (service access point 0x82): below 1536 there are none.
pub const LLC_BACNET: u16 = 0x82;
/// What stands for an EtherType where a protocol lies straight on IP, by its number there: below 1536 there are none, and
/// access points of IEEE 802.2 are below 256.
#[must_use]
pub const fn on_ip(protocol: u8) -> u16 {
    0x100 | protocol as u16
}
/// EtherType of IPv4.
pub const IPV4: u16 = 0x0800;
/// EtherType of IPv6.
pub const IPV6: u16 = 0x86dd;
/// IP protocol number of TCP.
pub const TCP: u8 = 6;
/// IP protocol number of UDP.
pub const UDP: u8 = 17;
/// IP protocol number of ICMP.
pub const ICMP: u8 = 1;
/// IP protocol number of ICMP for IPv6.
pub const ICMPV6: u8 = 58;

/// Most VLAN tags, and most tunnels inside one another, that are looked through.
const NESTED_MAX: usize = 4;

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
    /// Bytes of the packet that the header announces and the capture left out.
    pub missing: usize,
}

impl Ip<'_> {
    /// A piece that can be put together with others. A first piece that the capture cut short will never be whole: what it
    /// shows is taken as it is.
    #[must_use]
    #[inline]
    pub const fn awaits_pieces(&self) -> bool {
        matches!(self.fragment, Some(f) if !(self.missing > 0 && f.offset == 0))
    }
}

/// Everything below TCP and UDP. What a tunnel carries is given as if it had been captured itself: its own addresses,
/// VLAN and IP header, and none of the tunnel's.
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
    /// The outermost tunnel that carries all this.
    pub tunnel: Option<Tunnel>,
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
    matches!(link.0, 0 | 1 | 9 | 10 | 12 | 14 | 101 | 104 | 105 | 108 | 113 | 127 | 228 | 229 | 239 | 242 | 276)
}
/// Parses link and network headers, and what tunnels carry: the innermost addresses are who talks.
#[must_use]
#[inline]
pub fn parse(link: LinkType, data: &[u8]) -> Layers<'_> {
    let mut layers = outer(link, data);
    if layers.ip.as_ref().is_some_and(tunnel::may_carry) {
        tunnel::follow(&mut layers, NESTED_MAX);
    }
    layers
}

/// What a tunnel's packet carries that had to be put together from fragments; `layers` are those of the last one. `None`
/// where `whole` is no tunnel.
#[must_use]
pub fn parse_whole<'a>(layers: &Layers<'a>, whole: Ip<'a>) -> Option<Layers<'a>> {
    if !tunnel::may_carry(&whole) {
        return None;
    }
    let mut inner = Layers { ip: Some(whole), payload: whole.payload, ..*layers };
    (tunnel::follow(&mut inner, NESTED_MAX) > 0).then_some(inner)
}

/// Link and network headers without looking into tunnels.
#[inline]
fn outer(link: LinkType, data: &[u8]) -> Layers<'_> {
    let mut layers = Layers::default();
    let mut r = Reader::new(data);
    let linked = match link.0 {
        1 => link::ethernet(&mut r, &mut layers),
        0 | 108 => link::null(&mut r, &mut layers),
        9 => link::ppp(&mut r, &mut layers),
        10 => link::fddi(&mut r, &mut layers),
        12 | 14 | 101 | 228 | 229 => link::raw_ip(&r, &mut layers),
        104 => link::hdlc(&mut r, &mut layers),
        105 => wireless::frame(&mut r, &mut layers),
        113 => link::cooked(&mut r, &mut layers),
        127 => wireless::radiotap(&mut r, &mut layers),
        239 => link::netfilter(&mut r, &mut layers),
        242 => link::infiniband(&mut r, &mut layers),
        276 => link::cooked2(&mut r, &mut layers),
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
    network(&mut layers);
    layers
}

/// The network header.
#[inline]
fn network(layers: &mut Layers<'_>) {
    if !matches!(layers.ethertype, IPV4 | IPV6) {
        return;
    }
    match ip::ip(layers.payload) {
        Ok(found) => layers.ip = Some(found),
        Err(Short { .. }) => layers.damage = Some(Damage::Network),
    }
}
