use super::INFO;
use crate::testing::{Recorder, context, hex};
use proptest::prelude::*;
use std::net::IpAddr;
use wf_model::observation::Transport;
use wf_model::{Address, Mac, Timestamp, time::SECOND};
use wf_wire::decode::{Context, Direction, Probe, Verdict};
use wf_wire::layers;

fn four() -> Context<'static> {
    Context { ethertype: layers::on_ip(layers::ICMP), ..context(Direction::ToServer, Transport::Ip, 0) }
}

fn six(src: &str, dst: &str, mac: u8) -> Context<'static> {
    let address = |text: &str| text.parse::<IpAddr>().ok().map(Address::Ip);
    let ethertype = layers::on_ip(layers::ICMPV6);
    Context { ethertype, src: address(src), dst: address(dst), src_mac: Some(Mac([2, 0, 0, 0, 0, mac])), ..four() }
}

fn play(steps: &[(Context<'_>, &str)]) -> Recorder {
    let first = (INFO.new)();
    let mut said = Recorder::default();
    for (ctx, bytes) in steps {
        // Each as on a flow of its own: what is shared is shared.
        let mut decoder = first.another().unwrap();
        assert!(decoder.datagram(ctx, &hex(bytes), &mut said));
    }
    said.parsed();
    said
}

fn check(ctx: Context<'_>, bytes: &str, message: &str, anomalies: &[&str]) {
    let said = play(&[(ctx, bytes)]);
    assert_eq!(said.messages.join("\n"), message);
    assert_eq!(said.anomalies, anomalies);
}

/// A quoted packet of UDP from 10.0.0.1:40000 to 10.0.0.2:53.
const QUOTED: &str = "4500001c 00010000 40110000 0a000001 0a000002 9c40 0035 0008 0000";

#[test]
fn reads_messages_of_version_4() {
    check(
        four(),
        "0800 0000 0007 0001 6162",
        r#"{"protocol":"icmp","type":8,"code":0,"type_name":"echo_request","identifier":7,"sequence":1,"data_bytes":2}"#,
        &[],
    );
    check(
        four(),
        &format!("0303 0000 00000000 {QUOTED}"),
        r#"{"protocol":"icmp","type":3,"code":3,"type_name":"destination_unreachable","code_name":"port_unreachable","quoted_src":"10.0.0.1","quoted_dst":"10.0.0.2","quoted_protocol":17,"quoted_src_port":40000,"quoted_dst_port":53}"#,
        &[],
    );
    // RFC 1256, 3: two routers with their preferences.
    check(
        four(),
        "0900 0000 02 02 0708 0a0000fe 00000000 0a0000fd 00000001",
        r#"{"protocol":"icmp","type":9,"code":0,"type_name":"router_advertisement","router_lifetime_s":1800,"routers":["10.0.0.254","10.0.0.253"]}"#,
        &[],
    );
}

#[test]
fn a_redirect_is_told() {
    let said = play(&[(four(), &format!("0501 0000 0a000063 {QUOTED}"))]);
    assert_eq!(said.anomalies, ["icmp_redirect: 10.0.0.2 by way of 10.0.0.99"]);
}

#[test]
fn says_what_is_damaged() {
    check(four(), "08", "", &["icmp_truncated: 1 bytes"]);
    check(
        four(),
        "0303 0000 00000000 4500",
        r#"{"protocol":"icmp","type":3,"code":3,"type_name":"destination_unreachable","code_name":"port_unreachable"}"#,
        &["icmp_truncated: destination_unreachable of 10 bytes"],
    );
    check(four(), "4d00 0000", r#"{"protocol":"icmp","type":77,"code":0}"#, &["icmp_unknown_type: type 77, 4 bytes"]);
    // An option of length zero (RFC 4861, 4.6: to be discarded).
    let said = play(&[(six("fe80::1", "ff02::1", 1), "8600 0000 40000708 00000000 00000000 0100")]);
    assert_eq!(said.anomalies, ["icmpv6_bad_option: router_advertisement of 18 bytes"]);
}

#[test]
fn what_comes_back_is_compared() {
    let mut decoder = (INFO.new)();
    let mut said = Recorder::default();
    let back = Context { direction: Direction::ToClient, ..four() };
    for (ctx, bytes) in [
        (four(), "0800 0000 0007 0001 616263"),
        (back, "0000 0000 0007 0001 616263"),
        (four(), "0800 0000 0007 0002 616263"),
        (back, "0000 0000 0007 0002 616264"),
        (four(), "0800 0000 0007 0003 616263"),
        (back, "0000 0000 0007 0003 6162"),
        (back, "0000 0000 0007 0009 00"),
    ] {
        assert!(decoder.datagram(&ctx, &hex(bytes), &mut said));
    }
    assert_eq!(said.anomalies, ["icmp_echo_differs: 3 other bytes came back", "icmp_echo_differs: 3 bytes sent, 2 came back"]);
}

const SOLICIT: &str = "8700 0000 00000000 20010db8000000000000000000000020 0101 020000000001";
const ADVERTISE: &str = "8800 0000 60000000 20010db8000000000000000000000020 0201 020000000020";

#[test]
fn neighbours_are_bound_like_those_of_arp() {
    let said = play(&[(six("fe80::1", "ff02::1:ff00:20", 1), SOLICIT), (six("2001:db8::20", "fe80::1", 0x20), ADVERTISE)]);
    assert_eq!(
        said.evidence,
        ["Host(02:00:00:00:00:01 fe80::1) presence= (90)", "Host(02:00:00:00:00:20 2001:db8::20) presence= (90)"]
    );
    assert!(said.anomalies.is_empty());
}

#[test]
fn another_owner_is_told() {
    let spoofed = ADVERTISE.replace("0000000020 0201 020000000020", "0000000020 0201 020000000066");
    let said = play(&[
        (six("2001:db8::20", "fe80::1", 0x20), ADVERTISE),
        (six("2001:db8::20", "fe80::1", 0x66), &spoofed),
        (six("2001:db8::20", "fe80::1", 0x67), &spoofed),
    ]);
    assert_eq!(
        said.anomalies,
        [
            "icmpv6_neighbour_changed: 2001:db8::20 at 02:00:00:00:00:66, before at 02:00:00:00:00:20",
            "icmpv6_sender_mismatch: 2001:db8::20 at 02:00:00:00:00:66 in a frame of 02:00:00:00:00:67",
        ]
    );
    // On another VLAN it is another one's.
    let there = Context { vlan: 7, ..six("2001:db8::20", "fe80::1", 0x66) };
    assert!(play(&[(six("2001:db8::20", "fe80::1", 0x20), ADVERTISE), (there, &spoofed)]).anomalies.is_empty());
}

#[test]
fn routers_that_share_an_address_are_no_spoofers() {
    let advert = |mac: &str| ADVERTISE.replace("0201 020000000020", &format!("0201 {mac}"));
    // VRRP, from a frame of the router's own; GLBP, whose routers have an address each.
    let (vrrp, first, second) = (advert("00005e000207"), advert("0007b4000101"), advert("0007b4000102"));
    for steps in [[&vrrp, &vrrp], [&first, &second]] {
        let said = play(&steps.map(|bytes| (six("2001:db8::20", "fe80::1", 0x20), bytes.as_str())));
        assert!(said.anomalies.is_empty(), "{:?}", said.anomalies);
    }
}

#[test]
fn a_taken_address_is_told_once_it_is_wanted() {
    let wanted = "8700 0000 00000000 20010db8000000000000000000000020";
    let defended = ADVERTISE.replace("60000000", "20000000");
    let own = (six("2001:db8::20", "ff02::1", 1), defended.replace("020000000020", "020000000001"));
    let ask = (six("::", "ff02::1:ff00:20", 1), wanted.to_owned());
    let other = (six("2001:db8::20", "ff02::1", 0x20), defended);
    let run = |steps: &[&(Context<'_>, String)]| {
        let steps: Vec<_> = steps.iter().map(|(ctx, bytes)| (*ctx, bytes.as_str())).collect();
        play(&steps).anomalies
    };
    assert_eq!(run(&[&ask, &other]), ["icmpv6_duplicate_address: 2001:db8::20 is in use at 02:00:00:00:00:20"]);
    assert!(run(&[&ask, &own]).is_empty(), "it has taken the address itself");
    let mut late = other.clone();
    late.0.now.ts = Timestamp(9 * SECOND);
    assert!(run(&[&ask, &late]).is_empty());
    let second = (six("::", "ff02::1:ff00:20", 9), wanted.to_owned());
    assert_eq!(run(&[&ask, &second]), ["icmpv6_duplicate_address: 2001:db8::20 is wanted by two hosts"]);
    assert!(run(&[&ask, &ask]).is_empty(), "asked again");
}

#[test]
fn a_second_router_is_told() {
    let router = |lifetime: &str| format!("8600 0000 40 00 {lifetime} 00000000 00000000");
    let said = play(&[
        (six("fe80::1", "ff02::1", 1), &router("0708")),
        (six("fe80::1", "ff02::1", 1), &router("0708")),
        (six("fe80::3", "ff02::1", 3), &router("0000")),
        (six("fe80::2", "ff02::1", 2), &router("0708")),
        (six("fe80::2", "ff02::1", 2), &router("0708")),
    ]);
    assert_eq!(said.anomalies, ["icmpv6_second_router: fe80::2 beside 1 other"]);
    assert_eq!(said.evidence.len(), 4);
}

#[test]
fn the_first_packet_says_who_asks() {
    let verdict = |bytes: &[u8], transport| (INFO.probe)(&Probe { bytes, src_port: 0, dst_port: 0, transport, from_start: true });
    assert_eq!(verdict(&[8, 0], Transport::Ip), Verdict::SureClient);
    assert_eq!(verdict(&[129, 0], Transport::Ip), Verdict::SureServer);
    assert_eq!(verdict(&[8, 0], Transport::Udp), Verdict::No);
}

/// What an error quotes is another's word: it is named and never read as traffic.
#[test]
fn a_quoted_packet_is_no_traffic() {
    let mut said = Recorder::default();
    // A quoted request of Modbus, whole.
    let quoted = "45000034 00010000 40060000 0a000001 0a000002 9c40 01f6 00000001 00000001 5018 2000 0000 0000 000100000006 0106 0001 0002";
    assert!((INFO.new)().datagram(&four(), &hex(&format!("0300 0000 00000000 {quoted}")), &mut said));
    assert_eq!((said.parsed().len(), said.operations.len()), (1, 0));
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..120), v6 in any::<bool>()) {
        let mut said = Recorder::default();
        let ctx = if v6 { six("fe80::1", "ff02::1", 1) } else { four() };
        prop_assert!((INFO.new)().datagram(&ctx, &bytes, &mut said));
        prop_assert!(said.parsed().len() <= 1);
        for anomaly in &said.anomalies {
            let kind = anomaly.split(':').next().unwrap_or_default();
            prop_assert!(INFO.anomalies.iter().any(|known| known.name == kind), "{}", kind);
        }
    }
}
