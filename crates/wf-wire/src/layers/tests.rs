use super::*;
use proptest::prelude::*;

const OUTER_SRC: [u8; 4] = [192, 0, 2, 1];
const OUTER_DST: [u8; 4] = [192, 0, 2, 2];
const INNER_SRC: [u8; 4] = [10, 0, 0, 1];
const INNER_DST: [u8; 4] = [10, 0, 0, 2];

fn ethernet(last: u8, ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, last, 1, 2, 0, 0, 0, last, 2];
    frame.extend(ethertype.to_be_bytes());
    frame.extend(payload);
    frame
}

fn ipv4(src: [u8; 4], dst: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend((payload.len() as u16 + 20).to_be_bytes());
    packet.extend([0, 1, 0, 0, 64, protocol, 0, 0]);
    packet.extend(src);
    packet.extend(dst);
    packet.extend(payload);
    packet
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((payload.len() as u16).to_be_bytes());
    packet.extend([next, 64]);
    for last in [1, 2] {
        packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    packet.extend(payload);
    packet
}

fn datagram(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = [src.to_be_bytes(), dst.to_be_bytes(), (payload.len() as u16 + 8).to_be_bytes(), [0, 0]].concat();
    out.extend(payload);
    out
}

/// The packet that tunnels carry: UDP 53 to 54 with two bytes.
fn inner_packet() -> Vec<u8> {
    ipv4(INNER_SRC, INNER_DST, UDP, &datagram(53, 54, &[9, 9]))
}

/// The same in a frame of VLAN 7.
fn inner_frame() -> Vec<u8> {
    ethernet(9, 0x8100, &[&[0, 7, 8, 0][..], &inner_packet()].concat())
}

/// The same in an 802.11 frame from an access point (IEEE 802.11-2020, 9.3.2.1), with these bytes of frame control.
fn inner_wireless(control: [u8; 2]) -> Vec<u8> {
    let mut frame = control.to_vec();
    frame.extend([0, 0]);
    for last in [1, 7, 2] {
        frame.extend([2, 0, 0, 0, 9, last]);
    }
    frame.extend([0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0]);
    frame.extend(inner_packet());
    frame
}

fn carried_by(protocol: u8, header: &[u8], inside: &[u8]) -> Vec<u8> {
    ethernet(1, IPV4, &ipv4(OUTER_SRC, OUTER_DST, protocol, &[header, inside].concat()))
}

fn carried_in(port: u16, header: &[u8], inside: &[u8]) -> Vec<u8> {
    carried_by(UDP, &datagram(50_000, port, &[header, inside].concat()), &[])
}

#[test]
fn vlan_ipv4_udp() {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 7, 8, 0];
    frame.extend([0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    frame.extend([0, 53, 0, 54, 0, 10, 0, 0, 9, 9, 0, 0, 0, 0]);
    let layers = parse(LinkType::ETHERNET, &frame);
    assert_eq!((layers.vlan, layers.damage), (7, None));
    assert!(layers.tunnel.is_none());
    let ip = layers.ip.unwrap();
    assert_eq!(udp(ip.payload).map(|d| (d.src_port, d.dst_port, d.payload.to_vec())), Ok((53, 54, vec![9, 9])), "padding is cut");
}

fn gtp(flags: u8, more: &[u8], inside: &[u8]) -> Vec<u8> {
    let length = ((more.len() + inside.len()) as u16).to_be_bytes();
    [&[flags, 0xff][..], &length, &[0, 0, 0, 5], more].concat()
}

fn l2tp_long(inside: &[u8]) -> Vec<u8> {
    let length = (inside.len() as u16 + 16).to_be_bytes();
    [&[0x4a, 2][..], &length, &[0, 1, 0, 5, 0, 0, 0, 0, 0, 1, 0, 0x21][..]].concat()
}

/// Tunnels with what their headers look like, each with the kind, whether a whole frame is inside, and the VLAN that it was in.
fn tunnels() -> Vec<(&'static str, Vec<u8>, TunnelKind, bool, u16)> {
    use TunnelKind::*;
    let (packet, frame) = (inner_packet(), inner_frame());
    let bare = ethernet(9, IPV4, &packet);
    let six = ipv6(UDP, &datagram(53, 54, &[9, 9]));
    vec![
        ("RFC 2003", carried_by(4, &[], &packet), IpInIp, false, 0),
        ("RFC 3378, 2", carried_by(97, &[0x30, 0], &frame), EtherIp, true, 7),
        ("RFC 2784, 2.1", carried_by(47, &[0, 0, 8, 0], &packet), Gre, false, 0),
        ("RFC 2784, 2.4: checksum", carried_by(47, &[0x80, 0, 8, 0, 1, 2, 0, 0], &packet), Gre, false, 0),
        ("RFC 2890, 2: key, sequence", carried_by(47, &[0x30, 0, 8, 0, 0, 0, 0, 5, 0, 0, 0, 6], &packet), Gre, false, 0),
        ("RFC 2890, all", carried_by(47, &[0xb0, 0, 0x65, 0x58, 1, 2, 0, 0, 0, 0, 0, 5, 0, 0, 0, 6], &frame), Gre, true, 7),
        ("RFC 7637, 3.2: NVGRE", carried_by(47, &[0x20, 0, 0x65, 0x58, 0, 1, 2, 3], &frame), Gre, true, 7),
        (
            "RFC 2637, 4.1: PPTP",
            carried_by(47, &[0x30, 0x81, 0x88, 0x0b, 0, 54, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 3, 0x21], &packet),
            Gre,
            false,
            0,
        ),
        ("RFC 4023: MPLS in GRE", carried_by(47, &[0, 0, 0x88, 0x47, 0, 1, 0, 64, 0, 1, 1, 64], &packet), Gre, false, 0),
        ("ERSPAN I", carried_by(47, &[0, 0, 0x88, 0xbe], &frame), Erspan, true, 7),
        ("ERSPAN II", carried_by(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 12, 0x10, 5, 0, 0, 0, 0], &bare), Erspan, true, 12),
        (
            "ERSPAN II, tagged",
            carried_by(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 12, 0x18, 5, 0, 0, 0, 0], &frame),
            Erspan,
            true,
            7,
        ),
        (
            "ERSPAN III",
            carried_by(47, &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 12, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0], &bare),
            Erspan,
            true,
            12,
        ),
        (
            "ERSPAN III, platform part",
            carried_by(
                47,
                &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 12, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0, 0, 0],
                &bare,
            ),
            Erspan,
            true,
            12,
        ),
        (
            "ERSPAN III, IP",
            carried_by(47, &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 12, 0, 5, 0, 0, 0, 1, 0, 0, 8, 0], &packet),
            Erspan,
            false,
            12,
        ),
        ("RFC 7348, 5", carried_in(4789, &[8, 0, 0, 0, 0, 0, 42, 0], &frame), Vxlan, true, 7),
        ("VXLAN before its port", carried_in(8472, &[8, 0, 0, 0, 0, 0, 42, 0], &frame), Vxlan, true, 7),
        ("VXLAN with a group policy", carried_in(4789, &[0x88, 0, 1, 2, 0, 0, 42, 0], &frame), Vxlan, true, 7),
        ("RFC 8926, 3.4", carried_in(6081, &[0, 0, 0x65, 0x58, 0, 0, 42, 0], &frame), Geneve, true, 7),
        (
            "RFC 8926, 3.5: options",
            carried_in(6081, &[2, 0x40, 8, 0, 0, 0, 42, 0, 1, 2, 0x80, 1, 0, 0, 0, 0], &packet),
            Geneve,
            false,
            0,
        ),
        ("RFC 5415, 4.3: 802.3", carried_in(5247, &[0, 0x10, 0x42, 0, 0, 0, 0, 0], &frame), Capwap, true, 7),
        (
            "RFC 5415, 4.3: 802.11, radio address",
            carried_in(5247, &[0, 0x20, 0x43, 0x10, 0, 0, 0, 0, 6, 2, 0, 0, 0, 9, 7, 0], &inner_wireless([0x08, 2])),
            Capwap,
            true,
            0,
        ),
        (
            "CAPWAP, control swapped",
            carried_in(5247, &[0, 0x10, 0x43, 0, 0, 0, 0, 0], &inner_wireless([2, 0x08])),
            Capwap,
            true,
            0,
        ),
        ("TZSP", carried_in(37_008, &[1, 0, 0, 1, 0, 0x0a, 1, 0xc4, 1], &frame), Tzsp, true, 7),
        ("TZSP, 802.11", carried_in(37_008, &[1, 0, 0, 18, 1], &inner_wireless([0x08, 2])), Tzsp, true, 0),
        ("3GPP TS 29.281, 5.1", carried_in(2152, &gtp(0x30, &[], &packet), &packet), Gtp, false, 0),
        (
            "3GPP TS 29.281, 5.2: sequence number and an extension",
            carried_in(2152, &gtp(0x36, &[0, 1, 0, 0x85, 1, 0, 9, 0], &packet), &packet),
            Gtp,
            false,
            0,
        ),
        ("RFC 2661, 3.1", carried_in(1701, &[0, 2, 0, 1, 0, 5, 0xff, 3, 0, 0x21], &packet), L2tp, false, 0),
        ("RFC 2661, length, sequence, offset", carried_in(1701, &l2tp_long(&packet), &packet), L2tp, false, 0),
        ("RFC 4213", carried_by(41, &[], &six), IpInIp, false, 0),
        ("RFC 4380, 5.1.1", carried_in(3544, &[0, 0, 1, 2, 3, 4, 5, 6], &six), Teredo, false, 0),
        ("RFC 4380, authentication", carried_in(3544, &[0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0], &six), Teredo, false, 0),
    ]
}

#[test]
fn what_tunnels_carry_is_as_if_captured() {
    for (name, bytes, kind, framed, vlan) in tunnels() {
        let layers = parse(LinkType::ETHERNET, &bytes);
        let tunnel = layers.tunnel.unwrap_or_else(|| panic!("{name}: no tunnel"));
        assert_eq!(tunnel.kind, kind, "{name}");
        assert_eq!((tunnel.src, tunnel.dst), (OUTER_SRC.into(), OUTER_DST.into()), "{name}");
        assert_eq!(tunnel.src_mac, Some(Mac([2, 0, 0, 0, 1, 2])), "{name}");
        let inner_mac = framed.then_some(Mac([2, 0, 0, 0, 9, 2]));
        assert_eq!((layers.src_mac, layers.vlan, layers.damage), (inner_mac, vlan, None), "{name}");
        let ip = layers.ip.unwrap();
        if ip.src.is_ipv4() {
            assert_eq!((ip.src, ip.dst), (INNER_SRC.into(), INNER_DST.into()), "{name}");
        }
        assert_eq!(udp(ip.payload).map(|d| (d.src_port, d.payload.to_vec())), Ok((53, vec![9, 9])), "{name}");
    }
}

/// Cut anywhere, a tunnel's packet is either the inner one or the outer one, never half of each.
#[test]
fn cut_tunnels() {
    for (name, bytes, ..) in tunnels() {
        for length in 0..bytes.len() {
            let layers = parse(LinkType::ETHERNET, &bytes[..length]);
            let Some(ip) = layers.ip else { continue };
            let outer = ip.src == IpAddr::from(OUTER_SRC);
            assert_eq!(outer, layers.tunnel.is_none(), "{name} cut at {length}");
            let outer_mac = layers.src_mac == Some(Mac([2, 0, 0, 0, 1, 2]));
            assert_eq!(outer, outer_mac, "{name} cut at {length}");
            let _ = describe(LinkType::ETHERNET, &bytes[..length]);
        }
    }
}

#[test]
fn what_is_no_tunnel_stays_closed() {
    let (packet, frame) = (inner_packet(), inner_frame());
    let mut group = frame.clone();
    group[6] |= 1;
    for (name, bytes) in [
        ("GRE of version 2", carried_by(47, &[0, 2, 8, 0], &packet)),
        ("RFC 2784, 2.3: source routing", carried_by(47, &[0x40, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0], &packet)),
        ("GRE of an unknown kind", carried_by(47, &[0, 0, 0x12, 0x34], &packet)),
        ("ERSPAN II of another version", carried_by(47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x30, 12, 0, 5, 0, 0, 0, 0], &frame)),
        (
            "ERSPAN III of another frame type",
            carried_by(47, &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 12, 0, 5, 0, 0, 0, 1, 0, 0, 4, 0], &frame),
        ),
        ("RFC 7348, 5: no valid network", carried_in(4789, &[0; 8], &frame)),
        ("VXLAN with a reserved byte", carried_in(4789, &[8, 0, 0, 0, 0, 0, 42, 1], &frame)),
        ("a group as sender", carried_in(4789, &[8, 0, 0, 0, 0, 0, 42, 0], &group)),
        ("RFC 8926, 3.4: control packet", carried_in(6081, &[0, 0x80, 0x65, 0x58, 0, 0, 42, 0], &frame)),
        ("GENEVE of version 1", carried_in(6081, &[0x40, 0, 0x65, 0x58, 0, 0, 42, 0], &frame)),
        ("RFC 5415, 4.2: DTLS", carried_in(5247, &[1, 0, 0, 0, 0x16, 0xfe, 0xfd, 0], &frame)),
        ("RFC 5415, 4.3: keep-alive", carried_in(5247, &[0, 0x10, 0x42, 0x08, 0, 0, 0, 0], &frame)),
        ("RFC 5415, 4.3: fragment", carried_in(5247, &[0, 0x10, 0x42, 0x80, 0, 1, 0, 0], &frame)),
        ("CAPWAP shorter than its header", carried_in(5247, &[0, 0x08, 0x42, 0, 0, 0, 0, 0], &frame)),
        ("RFC 2661, 3.1: control message", carried_in(1701, &[0x80, 2, 0, 1, 0, 5, 0, 0x21], &packet)),
        ("GTP echo", carried_in(2152, &[0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0], &[])),
        ("GTP of another length", carried_in(2152, &[0x30, 0xff, 0, 1, 0, 0, 0, 5], &packet)),
        ("TZSP without an end", carried_in(37_008, &[1, 0, 0, 1, 0, 0, 0, 0], &[])),
        ("Teredo with more bytes", carried_in(3544, &[], &[ipv6(UDP, &datagram(1, 2, &[])), vec![0]].concat())),
        ("an inner header that contradicts itself", carried_by(47, &[0, 0, 8, 0], &[0x75; 40])),
    ] {
        let layers = parse(LinkType::ETHERNET, &bytes);
        assert!(layers.tunnel.is_none(), "{name}");
        assert_eq!((layers.ip.unwrap().src, layers.damage), (OUTER_SRC.into(), None), "{name}");
    }
}

#[test]
fn tunnels_in_tunnels_end() {
    let mut packet = inner_packet();
    for _ in 0..3 {
        packet = ipv4(OUTER_SRC, OUTER_DST, 47, &[&[0, 0, 8, 0][..], &packet].concat());
    }
    let frame = ethernet(1, IPV4, &packet);
    let layers = parse(LinkType::ETHERNET, &frame);
    assert_eq!(layers.ip.unwrap().src, IpAddr::from(INNER_SRC));
    let tunnel = layers.tunnel.unwrap();
    assert_eq!((tunnel.inner_len, tunnel.nearest), (inner_packet().len(), (OUTER_SRC.into(), OUTER_DST.into())));
    assert_eq!(describe(LinkType::ETHERNET, &frame).len(), 1 + 3 * 2 + 2);
    for _ in 0..50 {
        packet = ipv4(OUTER_SRC, OUTER_DST, 47, &[&[0, 0, 8, 0][..], &packet].concat());
    }
    let frame = ethernet(1, IPV4, &packet);
    let layers = parse(LinkType::ETHERNET, &frame);
    assert_eq!(layers.ip.unwrap().src, IpAddr::from(OUTER_SRC), "not deeper than so many");
    assert_eq!(describe(LinkType::ETHERNET, &frame).len(), 1 + 4 * 2 + 1, "what is shown is what is read");
}

/// A mirrored frame that was too long for one packet is put together first.
#[test]
fn fragments_of_a_tunnel() {
    let frame = carried_in(4789, &[8, 0, 0, 0, 0, 0, 42, 0], &inner_frame());
    let mut piece = frame.clone();
    piece[20] = 0x20;
    let layers = parse(LinkType::ETHERNET, &piece);
    assert!(layers.tunnel.is_none() && layers.ip.unwrap().awaits_pieces());
    let whole = Ip { fragment: None, payload: &frame[34..], ..layers.ip.unwrap() };
    let inner = parse_whole(&layers, whole).unwrap();
    assert_eq!((inner.ip.unwrap().src, inner.vlan), (INNER_SRC.into(), 7));
    assert!(parse_whole(&layers, Ip { payload: &frame[40..], ..whole }).is_none());
}

#[test]
fn described_outside_and_inside() {
    let bytes = carried_in(4789, &[8, 0, 0, 0, 0, 0, 42, 0], &inner_frame());
    let titles: Vec<String> = describe(LinkType::ETHERNET, &bytes).into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles, ["Ethernet", "IPv4", "UDP", "VXLAN", "Ethernet", "IPv4", "UDP"]);
}

/// What stands before a packet for its way alone.
#[test]
fn tags_sessions_and_labels() {
    let packet = inner_packet();
    let session = [&[0x11, 0, 0, 1, 0, packet.len() as u8 + 2, 0, 0x21][..], &packet].concat();
    for (name, link, bytes) in [
        ("IEC 62439-3, 5.7: HSR", 1, ethernet(9, 0x892f, &[&[0x10, 50, 0, 1, 8, 0][..], &packet].concat())),
        ("HSR, then a VLAN", 1, ethernet(9, 0x892f, &[&[0x10, 50, 0, 1, 0x81, 0, 0, 7, 8, 0][..], &packet].concat())),
        ("VN-Tag", 1, ethernet(9, 0x8926, &[&[0, 0, 0, 1, 8, 0][..], &packet].concat())),
        ("RFC 2516, 4: PPPoE", 1, ethernet(9, 0x8864, &session)),
        ("RFC 3032, 2.1: MPLS", 1, ethernet(9, 0x8847, &[&[0, 1, 0, 64, 0, 1, 1, 64][..], &packet].concat())),
        ("Cisco HDLC, MPLS", 104, [&[0x0f, 0, 0x88, 0x47, 0, 1, 1, 64][..], &packet].concat()),
        ("FDDI", 10, [&[0x50, 2, 0, 0, 0, 9, 1, 2, 0, 0, 0, 9, 2, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &packet].concat()),
        ("802.11", 105, inner_wireless([0x08, 2])),
        ("radiotap", 127, [&[0, 0, 8, 0, 0, 0, 0, 0][..], &inner_wireless([0x08, 2])].concat()),
    ] {
        let layers = parse(LinkType(link), &bytes);
        assert_eq!((layers.ip.map(|ip| ip.src), layers.damage), (Some(INNER_SRC.into()), None), "{name}");
        for length in 0..bytes.len() {
            let _ = parse(LinkType(link), &bytes[..length]);
        }
    }
}

/// IEEE 802.11-2020, 9.3.2.1: management frames and encrypted data say nothing of a packet; four addresses and QoS move it.
#[test]
fn wireless_frames() {
    let plain = inner_wireless([0x08, 2]);
    let mut four = inner_wireless([0x88, 3]);
    four.splice(24..24, [2, 0, 0, 0, 9, 8, 0, 0]);
    let mut beacon = plain.clone();
    beacon[0] = 0x80;
    let mut encrypted = plain.clone();
    encrypted[1] |= 0x40;
    encrypted[24] = 7;
    for (bytes, src) in [(plain, Some(2)), (four, Some(8)), (beacon, None), (encrypted, None)] {
        let layers = parse(LinkType(105), &bytes);
        assert_eq!(layers.src_mac.map(|mac| mac.0[5]), src);
        assert_eq!(layers.ip.is_some(), src.is_some());
    }
}

#[test]
fn vlan_and_ring_tag() {
    let frame = [1, 12, 0xcd, 1, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x80, 7, 0x89, 0x2f, 0, 0x28, 0, 9, 0x88, 0xb8, 5];
    let layers = parse(LinkType::ETHERNET, &frame);
    assert_eq!((layers.vlan, layers.ethertype, layers.payload), (7, 0x88b8, &[5][..]));
}

#[test]
fn llc_behind_a_ring_tag() {
    // A spanning tree's frame of 38 bytes and its padding: no EtherType, whatever its length is.
    let tagged = |length: u8, sap: u8| {
        let frame = ethernet(9, 0x892f, &[&[0x10, 50, 0, 1, 0, length, sap, sap, 3][..], &[7; 60]].concat());
        parse(LinkType::ETHERNET, &frame).ethertype
    };
    assert_eq!((tagged(38, 0x42), tagged(0x82, 0x42), tagged(7, 0x82)), (0, 0, LLC_BACNET));
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

    #[test]
    fn any_bytes_in_any_tunnel(which in 0usize..40, at in 0usize..90, bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut all = tunnels();
        let at_most = all.len() - 1;
        let (_, mut frame, ..) = all.swap_remove(which.min(at_most));
        let at = (at + 14).min(frame.len());
        frame.splice(at..(at + bytes.len()).min(frame.len()), bytes);
        let layers = parse(LinkType::ETHERNET, &frame);
        let _ = (layers.tunnel, describe(LinkType::ETHERNET, &frame));
    }
}

#[test]
fn logs_of_netfilter_and_infiniband() {
    let packet = inner_packet();
    let field = |kind: u16, data: &[u8], big: bool| {
        let number = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut out = [&number(data.len() as u16 + 4)[..], &number(kind), data].concat();
        out.resize(out.len().next_multiple_of(4), 0);
        out
    };
    for big in [false, true] {
        let log = [&[2, 0, 0, 20][..], &field(10, b"x", big), &field(9, &packet, big)].concat();
        let layers = parse(LinkType(239), &log);
        assert_eq!(
            (layers.damage, layers.ip.map(|ip| ip.payload.to_vec())),
            (None, outer(LinkType(101), &packet).ip.map(|ip| ip.payload.to_vec()))
        );
        assert_eq!(parse(LinkType(239), &log[..10]).damage, Some(Damage::Link));
    }
    let frame = [&[0; 40][..], &[8, 0, 0, 0], &packet].concat();
    let layers = parse(LinkType(242), &frame);
    assert_eq!((layers.ethertype, layers.payload, layers.damage), (IPV4, &packet[..], None));
}

#[test]
fn what_a_snap_length_left_out() {
    let packet = inner_packet();
    let (whole, cut) = (parse(LinkType(101), &packet), parse(LinkType(101), &packet[..packet.len() - 1]));
    assert_eq!([whole, cut].map(|layers| layers.ip.map(|ip| ip.missing)), [Some(0), Some(1)]);
}
