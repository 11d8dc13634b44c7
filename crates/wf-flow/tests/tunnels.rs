//! What a tunnel carries is a conversation of its own, beside that of the tunnel's ends; every packet counts once.

mod watch;

use watch::Watch;
use wf_flow::PacketClass;
use wf_wire::LinkType;

fn ipv4(src: u8, dst: u8, network: u8, place: u16, protocol: u8, payload: &[u8]) -> Vec<u8> {
    watch::ipv4([10, 0, network, src], [10, 0, network, dst], place, protocol, payload)
}

fn frame(last: u8, rest: &[u8], payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, last, 2, 2, 0, 0, 0, last, 1][..], rest, payload].concat()
}

fn udp(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    [&src.to_be_bytes()[..], &dst.to_be_bytes(), &(payload.len() as u16 + 8).to_be_bytes(), &[0, 0], payload].concat()
}

/// A frame of VLAN 7 with a datagram from port 1111 to 2222, and its carrier's payload from this source port.
fn vxlan(src_port: u16) -> Vec<u8> {
    let inner = frame(9, &[0x81, 0, 0, 7, 8, 0], &ipv4(1, 2, 9, 0, 17, &udp(1111, 2222, &[1; 40])));
    udp(src_port, 4789, &[&[8, 0, 0, 0, 0, 0, 42, 0][..], &inner].concat())
}

fn run(frames: &[Vec<u8>]) -> Watch {
    watch::run(&[], LinkType::ETHERNET, frames)
}

fn windows(watch: &Watch) -> Vec<String> {
    watch.windows(|w| {
        let mac = w.client_mac.map(|mac| mac.to_string()).unwrap_or_default();
        let protocol = w.protocol.unwrap_or("-");
        format!(
            "{} {mac} > {} {}/{} {protocol} vlan {} packets {:?} bytes {:?}",
            w.client, w.server, w.transport, w.port, w.vlan, w.packets, w.bytes
        )
    })
}

#[test]
fn both_conversations_and_one_packet() {
    let watch = run(&[50_001, 50_002].map(|port| frame(1, &[8, 0], &ipv4(1, 2, 1, 0, 17, &vxlan(port)))));
    let expected = [
        "10.0.1.1 02:00:00:00:01:01 > 10.0.1.2 udp/4789 vxlan vlan 0 packets [2, 0] bytes [272, 0]",
        "10.0.9.1 02:00:00:00:09:01 > 10.0.9.2 udp/2222 - vlan 7 packets [2, 0] bytes [172, 0]",
    ];
    assert_eq!(windows(&watch), expected);
    assert_eq!(watch.packets, [(7, PacketClass::NotParsed); 2]);
}

/// RFC 791, 3.2: the mirrored frame was too long for one packet of the tunnel.
#[test]
fn fragments_are_put_together_first() {
    let whole = vxlan(50_001);
    let pieces = [(0x2000, &whole[..64]), (8, &whole[64..])];
    let watch = run(&pieces.map(|(place, piece)| frame(1, &[8, 0], &ipv4(1, 2, 1, place, 17, piece))));
    let expected = [
        "10.0.1.1 02:00:00:00:01:01 > 10.0.1.2 udp/4789 vxlan vlan 0 packets [1, 0] bytes [102, 0]",
        "10.0.9.1 02:00:00:00:09:01 > 10.0.9.2 udp/2222 - vlan 7 packets [1, 0] bytes [86, 0]",
    ];
    assert_eq!(windows(&watch), expected);
    assert_eq!(watch.packets, [(0, PacketClass::Parsed), (7, PacketClass::NotParsed)]);
}

/// A tunnel around a tunnel whose packets come in fragments: the inner conversation has the bytes of what was carried.
#[test]
fn fragments_inside_a_tunnel() {
    let whole = vxlan(50_001);
    let pieces = [(0x2000, &whole[..64]), (8, &whole[64..])];
    let watch = run(&pieces.map(|(place, piece)| {
        let inner = ipv4(1, 2, 1, place, 17, piece);
        frame(1, &[8, 0], &ipv4(1, 2, 5, 0, 47, &[&[0, 0, 8, 0][..], &inner].concat()))
    }));
    let windows = windows(&watch);
    let inner = windows.iter().find(|window| window.starts_with("10.0.9.1"));
    let expected = "10.0.9.1 02:00:00:00:09:01 > 10.0.9.2 udp/2222 - vlan 7 packets [1, 0] bytes [86, 0]";
    assert_eq!(inner.map(String::as_str), Some(expected));
}

/// RFC 2784: an IP packet in GRE has no MAC of its own; the way back is the same conversation of the ends.
#[test]
fn without_a_frame_there_is_no_mac() {
    let there = ipv4(1, 2, 1, 0, 47, &[&[0, 0, 8, 0][..], &ipv4(1, 2, 9, 0, 17, &udp(1111, 2222, &[1]))].concat());
    let back = ipv4(2, 1, 1, 0, 47, &[&[0, 0, 8, 0][..], &ipv4(2, 1, 9, 0, 17, &udp(2222, 1111, &[1]))].concat());
    let watch = run(&[frame(1, &[8, 0], &there), frame(3, &[8, 0], &back)]);
    let expected = [
        "10.0.1.1 02:00:00:00:01:01 > 10.0.1.2 ip/0 gre vlan 0 packets [1, 1] bytes [67, 67]",
        "10.0.9.1  > 10.0.9.2 udp/2222 - vlan 0 packets [1, 1] bytes [29, 29]",
    ];
    assert_eq!(windows(&watch), expected);
}

/// What was captured on a loopback and is carried on has no hardware addresses.
#[test]
fn frames_of_a_loopback_are_carried_too() {
    let inner = [&[0; 12][..], &[8, 0], &ipv4(1, 2, 9, 0, 17, &udp(1111, 2222, &[1; 40]))].concat();
    let watch = run(&[frame(1, &[8, 0], &ipv4(1, 2, 8, 0, 47, &[&[0, 0, 0x65, 0x58][..], &inner].concat()))]);
    let windows = windows(&watch);
    assert!(windows.iter().any(|window| window.contains("10.0.9.1 ")), "{windows:?}");
}
