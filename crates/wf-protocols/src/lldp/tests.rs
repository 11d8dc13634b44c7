use super::INFO;
use crate::testing::{context, datagram, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::Direction;

fn tlv(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut out = (kind << 9 | value.len() as u16).to_be_bytes().to_vec();
    out.extend_from_slice(value);
    out
}

fn unit(tlvs: &[(u16, &[u8])]) -> Vec<u8> {
    tlvs.iter().flat_map(|(kind, value)| tlv(*kind, value)).collect()
}

fn sample() -> Vec<u8> {
    unit(&[
        (1, b"\x07plc-1"),
        (2, b"\x07port-001"),
        (3, &[0, 20]),
        (6, b"Siemens, SIMATIC S7, CPU-1214C, 6ES7 214-1AG40-0XB0, HW: 1, FW: V.4.2.3, S C-1234"),
        (7, &[0, 0x84, 0, 0x84]),
        (8, &hex("05 01 0a000005 02 00000001 00")),
        (127, &hex("000ecf 05 00aabbccdd01")),
        (127, &hex("000ecf 02 0000 0000")),
        (0, b""),
    ])
}

#[test]
fn reads_a_profinet_device() {
    let (_, said) = datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), &sample());
    let message = said.messages.first().map(String::as_str).unwrap_or_default();
    for part in [
        r#""chassis_id":"70:6c:63:2d:31","chassis_name":"plc-1","port_id":"port-001","ttl_s":20"#,
        r#""capabilities":["bridge","station"]"#,
        r#""management_addresses":["10.0.0.5"]"#,
        r#""profinet_chassis_mac":"00:aa:bb:cc:dd:01""#,
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
    insta::assert_debug_snapshot!((said.evidence, said.anomalies), @r#"
    (
        [
            "Sender mac_address=00:aa:bb:cc:dd:01 (90)",
            "Sender name=plc-1 (70)",
            "Sender ip_address=10.0.0.5 (90)",
            "Sender description=Siemens, SIMATIC S7, CPU-1214C, 6ES7 214-1AG40-0XB0, HW: 1, FW: V.4.2.3, S C-1234 (60)",
            "Sender vendor=Siemens (80)",
            "Sender model=CPU-1214C (80)",
            "Sender order_number=6ES7 214-1AG40-0XB0 (80)",
            "Sender hardware=1 (80)",
            "Sender firmware=V4.2.3 (80)",
            "Sender serial=C-1234 (80)",
        ],
        [],
    )
    "#);
}

#[test]
fn says_what_is_damaged() {
    for (bytes, expected) in [
        (
            unit(&[(1, b"\x04\0\x01\x02\x03\x04\x05"), (3, &[0, 1]), (2, b"\x05e0")]),
            "lldp_order: TLV 3 in place 2,lldp_order: TLV 2 in place 3",
        ),
        (unit(&[(1, b"\x04\0")]), "lldp_bad_length: TLV 1 of 2 bytes"),
        (vec![2, 9, 7, b'x'], "lldp_truncated: TLV 1: 9 bytes needed, 2 left"),
        (unit(&[(1, b"\x07a"), (2, b"\x07b"), (3, &[0, 1]), (5, b"x"), (5, b"y")]), "lldp_duplicate: TLV 5"),
    ] {
        let (_, said) = datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), &bytes);
        assert_eq!(said.anomalies.join(","), expected);
    }
}

#[test]
fn a_switch_is_a_network_device() {
    let bytes = unit(&[(1, b"\x04\0\x01\x02\x03\x04\x05"), (2, b"\x05e0"), (3, &[0, 1]), (5, b"sw1"), (7, &[0, 0x14, 0, 0x04])]);
    let (_, said) = datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), &bytes);
    assert!(said.evidence.contains(&"Sender role=network_device (90)".to_owned()), "{:?}", said.evidence);
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), &bytes).1.parsed();
    }

    #[test]
    fn mutated(at in 0usize..200, byte in any::<u8>(), cut in 0usize..200) {
        let mut bytes = sample();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.truncate(cut.max(1));
        let (_, mut said) = datagram(&INFO, &context(Direction::ToServer, Transport::Link, 0), &bytes);
        prop_assert!(said.parsed().len() <= 1 && said.anomalies.len() <= 8);
    }
}
