//! Packets inside packets: what mirror ports, overlays and access points send on inside IP.

use super::tunnel_headers::{capwap, geneve, gre, gtp, l2tp, teredo, tzsp, vxlan};
use super::{IPV4, IPV6, Ip, Layers, UDP, link, network, wireless};
use crate::reader::Reader;
use std::net::IpAddr;
use wf_model::Mac;

/// IP protocol numbers of IPv4 in IP (RFC 2003), IPv6 in IP (RFC 4213), GRE (RFC 2784) and Ethernet in IP (RFC 3378).
const IPV4_IN_IP: u8 = 4;
const IPV6_IN_IP: u8 = 41;
const GRE: u8 = 47;
const ETHER_IP: u8 = 97;
/// UDP ports: VXLAN's assigned one and the one used before it, GENEVE, CAPWAP data, TZSP, Teredo, GTP-U, L2TP.
pub(super) const VXLAN_PORT: u16 = 4789;
const VXLAN_EARLY_PORT: u16 = 8472;
const GENEVE_PORT: u16 = 6081;
const CAPWAP_PORT: u16 = 5247;
const TZSP_PORT: u16 = 37_008;
const TEREDO_PORT: u16 = 3544;
const GTP_PORT: u16 = 2152;
const L2TP_PORT: u16 = 1701;

/// How packets are carried inside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelKind {
    /// IP in IP (RFC 2003, 2473, 4213).
    IpInIp,
    /// Ethernet in IP (RFC 3378).
    EtherIp,
    /// GRE (RFC 2784, 2890, 2637).
    Gre,
    /// ERSPAN types I, II and III: a switch's mirror port.
    Erspan,
    /// VXLAN (RFC 7348).
    Vxlan,
    /// GENEVE (RFC 8926).
    Geneve,
    /// CAPWAP data (RFC 5415): an access point and its controller.
    Capwap,
    /// TZSP: a router's or access point's mirror.
    Tzsp,
    /// Teredo (RFC 4380).
    Teredo,
    /// GTP-U (3GPP TS 29.281): a mobile network and its core.
    Gtp,
    /// L2TP (RFC 2661).
    L2tp,
}

impl TunnelKind {
    /// Stable name, snake case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IpInIp => "ip_in_ip",
            Self::EtherIp => "ether_ip",
            Self::Gre => "gre",
            Self::Erspan => "erspan",
            Self::Vxlan => "vxlan",
            Self::Geneve => "geneve",
            Self::Capwap => "capwap",
            Self::Tzsp => "tzsp",
            Self::Teredo => "teredo",
            Self::Gtp => "gtp",
            Self::L2tp => "l2tp",
        }
    }

    /// Name for people, and what its identifier is called.
    pub(super) const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::IpInIp => ("IP in IP", ""),
            Self::EtherIp => ("EtherIP", ""),
            Self::Gre => ("GRE", "key"),
            Self::Erspan => ("ERSPAN", "session"),
            Self::Vxlan => ("VXLAN", "network"),
            Self::Geneve => ("GENEVE", "network"),
            Self::Capwap => ("CAPWAP", "radio"),
            Self::Tzsp => ("TZSP", ""),
            Self::Teredo => ("Teredo", ""),
            Self::Gtp => ("GTP-U", "endpoint"),
            Self::L2tp => ("L2TP", "session"),
        }
    }

    /// The UDP port by which it is known, 0 where it lies straight in IP.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::IpInIp | Self::EtherIp | Self::Gre | Self::Erspan => 0,
            Self::Vxlan => VXLAN_PORT,
            Self::Geneve => GENEVE_PORT,
            Self::Capwap => CAPWAP_PORT,
            Self::Tzsp => TZSP_PORT,
            Self::Teredo => TEREDO_PORT,
            Self::Gtp => GTP_PORT,
            Self::L2tp => L2TP_PORT,
        }
    }
}

/// The headers outside a tunnel: its ends are machines of the network too.
#[derive(Clone, Copy, Debug)]
pub struct Tunnel {
    /// What kind.
    pub kind: TunnelKind,
    /// Source MAC of the frame that carries it.
    pub src_mac: Option<Mac>,
    /// Destination MAC.
    pub dst_mac: Option<Mac>,
    /// VLAN of that frame.
    pub vlan: u16,
    /// Its EtherType.
    pub ethertype: u16,
    /// The tunnel's end that sent it.
    pub src: IpAddr,
    /// The other end.
    pub dst: IpAddr,
    /// IP protocol that carries it.
    pub protocol: u8,
    /// Ports of its ends, where it lies in UDP.
    pub ports: Option<(u16, u16)>,
    /// The ends of the innermost tunnel, where one is inside another.
    pub nearest: (IpAddr, IpAddr),
    /// Their ports.
    pub nearest_ports: Option<(u16, u16)>,
    /// Bytes captured of the innermost packet or frame.
    pub inner_len: usize,
}

impl Tunnel {
    /// It was sent towards the tunnel's port, not from it.
    #[must_use]
    pub fn is_to_port(&self) -> bool {
        self.ports.is_none_or(|(src, dst)| src != self.kind.port() || dst == self.kind.port())
    }
}

/// What a tunnel's header says.
pub(super) struct Header<'a> {
    pub(super) kind: TunnelKind,
    pub(super) id: Option<u32>,
    /// VLAN in which a mirrored frame was, where the header says so; 0 for none.
    pub(super) vlan: u16,
    pub(super) inside: Inside<'a>,
}

/// What lies behind a tunnel's header.
pub(super) enum Inside<'a> {
    Ethernet(&'a [u8]),
    Typed(u16, &'a [u8]),
    Ppp(&'a [u8]),
    Wireless(&'a [u8]),
}

impl<'a> Inside<'a> {
    const fn len(&self) -> usize {
        match self {
            Self::Ethernet(bytes) | Self::Typed(_, bytes) | Self::Ppp(bytes) | Self::Wireless(bytes) => bytes.len(),
        }
    }

    /// Its link and network headers, on their own; `None` where they do not parse.
    fn layers(&self, vlan: u16, tunnel: Tunnel) -> Option<Layers<'a>> {
        let mut inner = Layers { vlan, tunnel: Some(tunnel), ..Layers::default() };
        match *self {
            Self::Ethernet(bytes) => {
                let mut r = Reader::new(bytes);
                link::ethernet(&mut r, &mut inner).ok()?;
                // No frame has a group as its sender (IEEE 802-2014, 8.2.2): these bytes are something else.
                // A sender is never a group; that of a loopback has no address, nor has its receiver.
                if inner.src_mac.map_or(inner.dst_mac.is_some(), |mac| mac.0[0] & 1 != 0) {
                    return None;
                }
                inner.payload = r.rest();
            }
            Self::Typed(ethertype, bytes) => {
                inner.ethertype = ethertype;
                let mut r = Reader::new(bytes);
                if ethertype == link::MPLS {
                    link::labels(&mut r, &mut inner).ok()?;
                }
                inner.payload = r.rest();
            }
            Self::Ppp(bytes) => {
                let mut r = Reader::new(bytes);
                link::ppp(&mut r, &mut inner).ok()?;
                if inner.ethertype == 0 {
                    return None;
                }
                inner.payload = r.rest();
            }
            Self::Wireless(bytes) => wireless::handed_on(bytes, &mut inner)?,
        }
        network(&mut inner);
        inner.damage.is_none().then_some(inner)
    }
}

/// Whether a packet may be a tunnel's: cheap, and asked of every packet.
#[inline]
pub(super) fn may_carry(ip: &Ip<'_>) -> bool {
    match ip.protocol {
        UDP => ends(ip).is_some_and(|(src, dst)| port_kind(src, dst).is_some()),
        IPV4_IN_IP | IPV6_IN_IP | GRE | ETHER_IP => true,
        _ => false,
    }
}

#[inline]
fn ends(ip: &Ip<'_>) -> Option<(u16, u16)> {
    let [a, b, c, d] = *ip.payload.first_chunk()?;
    Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
}

/// Which tunnel a datagram between these ports may be. Access points and Teredo answer from the same port.
#[inline]
const fn port_kind(src: u16, dst: u16) -> Option<TunnelKind> {
    match (src, dst) {
        (_, VXLAN_PORT | VXLAN_EARLY_PORT) => Some(TunnelKind::Vxlan),
        (_, GENEVE_PORT) => Some(TunnelKind::Geneve),
        (_, TZSP_PORT) => Some(TunnelKind::Tzsp),
        (CAPWAP_PORT, _) | (_, CAPWAP_PORT) => Some(TunnelKind::Capwap),
        (TEREDO_PORT, _) | (_, TEREDO_PORT) => Some(TunnelKind::Teredo),
        (_, GTP_PORT) => Some(TunnelKind::Gtp),
        (L2TP_PORT, _) | (_, L2TP_PORT) => Some(TunnelKind::L2tp),
        _ => None,
    }
}

/// Goes into tunnels as far as what they carry parses; says how many were opened. What does not parse leaves the packet as it is.
#[cold]
#[inline(never)]
pub(super) fn follow(layers: &mut Layers<'_>, depth: usize) -> usize {
    for opened in 0..depth {
        match step(layers) {
            Some((_, inner)) => *layers = inner,
            None => return opened,
        }
    }
    depth
}

/// One tunnel: its header and the layers of what it carries.
pub(super) fn step<'a>(layers: &Layers<'a>) -> Option<(Header<'a>, Layers<'a>)> {
    let ip = layers.ip.filter(|ip| !ip.awaits_pieces() && may_carry(ip))?;
    let header = open(&ip)?;
    let ports = if ip.protocol == UDP { ends(&ip) } else { None };
    let here = Tunnel {
        kind: header.kind,
        src_mac: layers.src_mac,
        dst_mac: layers.dst_mac,
        vlan: layers.vlan,
        ethertype: layers.ethertype,
        src: ip.src,
        dst: ip.dst,
        protocol: ip.protocol,
        ports,
        nearest: (ip.src, ip.dst),
        nearest_ports: ports,
        inner_len: header.inside.len(),
    };
    let tunnel = match layers.tunnel {
        None => here,
        Some(outer) => Tunnel { nearest: here.nearest, nearest_ports: ports, inner_len: here.inner_len, ..outer },
    };
    let inner = header.inside.layers(header.vlan, tunnel)?;
    Some((header, inner))
}

fn open<'a>(ip: &Ip<'a>) -> Option<Header<'a>> {
    let plain = |kind, inside| Some(Header { kind, id: None, vlan: 0, inside });
    match ip.protocol {
        IPV4_IN_IP => plain(TunnelKind::IpInIp, Inside::Typed(IPV4, ip.payload)),
        IPV6_IN_IP => plain(TunnelKind::IpInIp, Inside::Typed(IPV6, ip.payload)),
        // RFC 3378, 2: version 3, the rest zero.
        ETHER_IP => match ip.payload {
            [0x30, 0, frame @ ..] => plain(TunnelKind::EtherIp, Inside::Ethernet(frame)),
            _ => None,
        },
        GRE => gre(ip.payload).ok().flatten(),
        UDP => {
            let datagram = super::udp(ip.payload).ok()?;
            match port_kind(datagram.src_port, datagram.dst_port)? {
                TunnelKind::Vxlan => vxlan(datagram.payload, datagram.dst_port),
                TunnelKind::Geneve => geneve(datagram.payload),
                TunnelKind::Capwap => capwap(datagram.payload),
                TunnelKind::Tzsp => tzsp(datagram.payload),
                TunnelKind::Teredo => teredo(datagram.payload),
                TunnelKind::Gtp => gtp(datagram.payload),
                TunnelKind::L2tp => l2tp(datagram.payload),
                _ => return None,
            }
            .ok()
            .flatten()
        }
        _ => None,
    }
}
