use super::*;
use crate::testing::{Recorder, context, datagram, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::Direction;

fn play(bytes: &[u8]) -> (bool, Recorder) {
    datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), bytes)
}

fn frame(fields: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = hex("02b4 0000");
    for (kind, value) in fields {
        bytes.extend([0, *kind, 0, value.len() as u8 + 4]);
        bytes.extend(*value);
    }
    bytes
}

#[test]
fn a_switch() {
    let software = b"Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE4, RELEASE SOFTWARE (fc1)";
    let addresses =
        [hex("00000002 0101cc0004 c0a80a01"), hex("0208aaaa0300000086dd0010 fe80000000000000000000000000 0001")].concat();
    let (mine, mut said) = play(&frame(&[
        (1, b"SW1(FOC1234X0AB)"),
        (2, &addresses),
        (3, b"GigabitEthernet0/1"),
        (4, &[0, 0, 0, 0x28]),
        (5, software),
        (6, b"cisco WS-C2960-24TT-L"),
        (0x0a, &[0, 7]),
        (0x0b, &[1]),
    ]));
    let message = &said.parsed()[0];
    assert!(mine && said.anomalies.is_empty(), "{:?}", said.anomalies);
    assert!(message["native_vlan"] == 7 && message["full_duplex"] == true && message["ttl_s"] == 180);
    assert_eq!(message["capabilities"], serde_json::json!(["switch", "igmp"]));
    assert_eq!(
        said.evidence,
        [
            "Sender serial=FOC1234X0AB (80)",
            "Sender name=SW1 (80)",
            "Sender vendor=Cisco (80)",
            "Sender model=WS-C2960-24TT-L (80)",
            "Sender firmware=15.0(2)SE4 (80)",
            "Sender os=Cisco IOS (70)",
            "Sender ip_address=192.168.10.1 (85)",
            "Sender ip_address=fe80::1 (85)",
            "Sender role=network_device (75)",
        ]
    );
}

/// Cisco's description of the address field: protocol type 2 is an 802.2 header, of IPv4 (0800) too; and of the capabilities those
/// above a byte.
#[test]
fn an_address_behind_a_snap_header() {
    let addresses = hex("00000001 0208aaaa030000000800 0004 c0a80a02");
    let (mine, mut said) = play(&frame(&[(1, b"PHONE"), (2, &addresses), (4, &[0, 0, 5, 0x90])]));
    let message = &said.parsed()[0];
    assert!(mine && said.anomalies.is_empty(), "{:?}", said.anomalies);
    assert_eq!(message["addresses"], serde_json::json!(["192.168.10.2"]));
    assert_eq!(message["capabilities"], serde_json::json!(["host", "phone", "remotely_managed", "two_port_relay"]));
}

#[test]
fn breaches() {
    for (bytes, expected) in [
        (frame(&[(1, b"R1"), (2, &hex("ffffffff 0101cc0004 c0a80a01"))]), "cdp_bad_address: field 0x0002 of 17 bytes"),
        (frame(&[(1, b"R1"), (4, &[1])]), "cdp_truncated: field 0x0004 of 5 bytes"),
        ([frame(&[(1, b"R1")]), hex("0003 0064 41")].concat(), "cdp_truncated: field 0x0003 of 100 bytes, 1 left"),
        ([frame(&[(1, b"R1")]), hex("0003 0002")].concat(), "cdp_truncated: field 0x0003 of 2 bytes, 0 left"),
    ] {
        assert_eq!(play(&bytes).1.anomalies, [expected]);
    }
}

#[test]
fn what_is_not_cdp() {
    for bytes in ["", "02b4", "03b400000001000652 31", "02b40000ffff0006", "02b400000000"] {
        assert!(!play(&hex(bytes)).0, "{bytes}");
    }
}

proptest! {
    #[test]
    fn survives_anything(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let whole = [frame(&[(1, b"R1")]), bytes].concat();
        for anomaly in &play(&whole).1.anomalies {
            prop_assert!(INFO.anomalies.iter().any(|kind| anomaly.starts_with(kind.name)));
        }
    }
}
