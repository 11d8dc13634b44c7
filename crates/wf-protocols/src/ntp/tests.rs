use super::*;
use crate::testing::{Recorder, context, datagram, hex};
use proptest::prelude::*;
use wf_wire::Direction;

fn play(direction: Direction, bytes: &[u8]) -> (bool, Recorder) {
    datagram(&INFO, &context(direction, Transport::Udp, PORT), bytes)
}

/// RFC 5905, 7.3: leap, version and mode; stratum; reference.
fn time(first: u8, stratum: u8, reference: &[u8; 4]) -> Vec<u8> {
    let mut bytes = vec![first, stratum, 6, 0xec];
    bytes.extend(hex("00010000 00008000"));
    bytes.extend(reference);
    bytes.extend([0; 24]);
    bytes.extend(hex("e7a52c00 00000000"));
    bytes
}

#[test]
fn times() {
    let (mine, mut said) = play(Direction::ToClient, &time(0x24, 1, b"GPS\0"));
    let message = &said.parsed()[0];
    assert!(mine && message["mode_name"] == "server" && message["reference"] == "GPS" && message["precision"] == -20);
    assert!(message["root_delay_s"] == 1.0 && message["root_dispersion_s"] == 0.5 && message["transmit_unix_s"] == 1_677_372_800);
    assert_eq!(said.evidence, ["Sender description=time source: GPS (40)"]);
    let (_, mut said) = play(Direction::ToClient, &time(0x1c, 2, &[10, 0, 0, 7]));
    assert!(said.parsed()[0]["reference"] == "10.0.0.7" && said.evidence.is_empty() && said.anomalies.is_empty());
    assert_eq!(play(Direction::ToClient, &time(0x24, 0, b"RATE")).1.anomalies, ["ntp_refused: RATE"]);
    assert_eq!((unix(0), unix(1 << 32)), (None, Some(2_085_978_497)));
}

#[test]
fn clients_that_tell_nothing_of_their_clock() {
    // draft-ietf-ntp-data-minimization, 3: all zero but for version, mode, precision and a random time of transmission.
    let bytes = [&hex("23000020")[..], &[0; 36], &hex("4fb2a15c 9b1e77d3")].concat();
    let (mine, mut said) = play(Direction::ToServer, &bytes);
    assert!(mine && said.parsed()[0]["mode_name"] == "client" && said.anomalies.is_empty());
    let server = [&hex("24000020")[..], &[0; 44]].concat();
    assert!(!play(Direction::ToClient, &server).0);
    // A server that is not in step answers queries with its leap indicator.
    assert!(play(Direction::ToClient, &hex("d6820001 c615 0000 0000 0000")).0);
    assert!(!play(Direction::ToServer, &hex("d6020001 0000 0000 0000 0000")).0);
}

#[test]
fn queries() {
    for (bytes, expected) in [
        ("16020001 0000 0000 0000 0000", "ntp_control_query: read_variables"),
        ("16080001 0000 0000 0000 0000", "ntp_control_query: configure"),
        ("1700032a 00000000", "ntp_private_query: request 42 monlist"),
        ("16820001 0000 0000 0000 0010 61", "ntp_truncated: 1 of 16 bytes"),
    ] {
        assert_eq!(play(Direction::ToServer, &hex(bytes)).1.anomalies, [expected], "{bytes}");
    }
    let mut answer = hex("16820001 0615 0000 0000 003a");
    answer.extend(b"version=\"ntpd 4.2.6p5\", processor=\"x\", system=\"Linux/3.2.0\"");
    let (_, said) = play(Direction::ToClient, &answer);
    assert_eq!(said.evidence, ["Sender software=ntpd 4.2.6p5 (80)", "Sender os=Linux 3.2.0 (80)"]);
    assert!(play(Direction::ToClient, &hex("d700032a 00010048")).1.anomalies.is_empty());
}

#[test]
fn what_is_not_ntp() {
    for bytes in [
        &hex("e3")[..],
        &time(0x3c, 1, b"GPS\0"),
        &time(0x24, 17, b"GPS\0"),
        &[&time(0x24, 1, b"GPS\0")[..], &[1]].concat(),
        &hex("1700042a00000000"),
    ] {
        assert!(!play(Direction::ToClient, bytes).0, "{bytes:?}");
    }
    let ask = |bytes: &[u8], src_port, dst_port| {
        (INFO.probe)(&Probe { bytes, src_port, dst_port, transport: Transport::Udp, from_start: true })
    };
    assert_eq!(ask(&time(0x23, 0, &[0; 4]), 4000, PORT), Verdict::SureClient);
    assert_eq!(ask(&time(0x24, 2, &[0; 4]), PORT, 4000), Verdict::SureServer);
    assert_eq!(ask(&time(0x23, 0, &[0; 4]), PORT, PORT), Verdict::Likely);
    assert_eq!(ask(&time(0x23, 0, &[0; 4]), 4000, 4001), Verdict::No);
    assert_eq!(ask(&time(0x24, 1, b"GPS\0")[..47], PORT, 4000), Verdict::No);
}

proptest! {
    #[test]
    fn survives_anything(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let (_, said) = play(Direction::ToServer, &bytes);
        for anomaly in &said.anomalies {
            prop_assert!(INFO.anomalies.iter().any(|kind| anomaly.starts_with(kind.name)));
        }
    }
}
