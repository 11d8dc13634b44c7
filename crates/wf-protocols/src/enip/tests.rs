//! Whole conversations through the decoder.

use super::{ANOMALIES, INFO};
use crate::testing::{self, Feeder, context, datagram, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::{Direction, Probe, Verdict};

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

const READ_TANK: &str = "4c05 9105 54616e6b7300 2803 0200";
const READ_TANK_OK: &str = "cc000000 ca00 0000c03f 00002040";
const WRITE_TANK: &str = "4d03 910454616e6b c400 0100 2a000000";
const WRITE_OK: &str = "cd000000";
const NO_TAG: &str = "cc000501 0000";
const GET_IDENTITY: &str = "0102 20012401";
const IDENTITY: &str = "81000000 0100 0e00 3600 140b 6031 eeffc000 0b 313735362d4c36312f4220";
const MULTIPLE: &str = "0a02 20022401 0200 0600 1000 0102 20012401 00000000 4c03 910454616e6b 0100";
const MULTIPLE_OK: &str = "8a000000 0200 0600 0a00 81001600 cc000000 c400 07000000";
const CARRIED: &str = "5202 20062401 0599 0a00 4c03 910454616e6b 0100 01 00 0100";
const OPEN: &str = concat!(
    "5402 20062401 0a0e 00000000 01000080 0100 3713 2a000000 03000000 00127a00 f443 00127a00 f443 a3",
    "03 0100 20022401"
);
const OPENED: &str = "d4000000 11223344 01000080 0100 3713 2a000000 00127a00 00127a00 0000";
const STOP: &str = "0702 208e2401";
const PCCC_READ: &str = "4b02 20672401 07 4d00 01020304 0f00 3412 a2 04 07 89 03 00";
const PCCC_OK: &str = "cb000000 07 4d00 01020304 4f00 3412 0100 ffff";
const LIST_IDENTITY: &str = concat!(
    "6300 3c00 00000000 00000000 0000000000000000 00000000 0100 0c00 3600 0100 0002af12 0a000002 0000000000000000",
    "0100 0e00 3600 140b 6031 eeffc000 14 313735362d4c36312f42204c4f47495835353631 ff"
);

fn encap(command: u16, session: u32, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let head = [&command.to_le_bytes()[..], &len.to_le_bytes(), &session.to_le_bytes(), &[0; 4], b"context.", &[0; 4]];
    [&head.concat(), data].concat()
}

fn unconnected(message: &str) -> Vec<u8> {
    let body = hex(message);
    let len = u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes();
    encap(0x6f, 9, &[&[0, 0, 0, 0, 5, 0, 2, 0, 0, 0, 0, 0, 0xb2, 0], &len[..], &body].concat())
}

fn connected(id: u32, sequence: u16, message: &str) -> Vec<u8> {
    let body = hex(message);
    let len = u16::try_from(body.len() + 2).unwrap_or(u16::MAX).to_le_bytes();
    let head = [&[0, 0, 0, 0, 0, 0, 2, 0, 0xa1, 0, 4, 0][..], &id.to_le_bytes(), &[0xb1, 0], &len, &sequence.to_le_bytes()];
    encap(0x70, 9, &[&head.concat(), &body[..]].concat())
}

fn told(conversation: &[(Direction, Vec<u8>)]) -> Feeder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in conversation {
        feeder.segment(*direction, bytes);
    }
    feeder.finish();
    feeder
}

#[track_caller]
fn operations(request: &str, response: &str, want: &[&str]) -> Feeder {
    let feeder = told(&[(ASK, unconnected(request)), (ANSWER, unconnected(response))]);
    assert_eq!(feeder.said.operations, want);
    assert!(feeder.said.anomalies.is_empty(), "{:?}", feeder.said.anomalies);
    feeder
}

#[test]
fn tags() {
    let feeder = operations(READ_TANK, READ_TANK_OK, &["read_tag [read] Tanks[3] x2: ok"]);
    assert_eq!(feeder.said.measurements, ["Tanks[3] = 1.5 (good)", "Tanks[4] = 2.5 (good)"]);
    let feeder = operations(WRITE_TANK, WRITE_OK, &["write_tag [write] Tank = 42: ok"]);
    assert_eq!(feeder.said.measurements, ["Tank = 42 (good)"]);
    operations(READ_TANK, NO_TAG, &["read_tag [read] Tanks[3] x2: error: path destination unknown"]);
    operations(CARRIED, "cc000000 c400 07000000", &["read_tag [read] Tank: ok"]);
}

#[test]
fn objects() {
    let feeder = operations(GET_IDENTITY, IDENTITY, &["get_attribute_all [diagnostic] identity instance 1: ok"]);
    let want =
        ["vendor=Rockwell Automation/Allen-Bradley", "model=1756-L61/B", "firmware=20.11", "serial=00c0ffee", "role=controller"];
    let want: Vec<String> = want.iter().map(|w| format!("Sender {w} (80)")).collect();
    assert_eq!(feeder.said.evidence, want);
    operations(STOP, "87000000", &["stop [control] controller instance 1: ok"]);
    let feeder = operations(PCCC_READ, PCCC_OK, &["pccc_typed_read [read] N7:3 x2: ok"]);
    assert_eq!(feeder.said.measurements, ["N7:3 = 1 (good)", "N7:4 = -1 (good)"]);
}

/// CIP volume 1, 5-2.2: attributes of the identity object, and a vendor's own beside them.
#[test]
fn a_list_of_attributes_is_told_whole() {
    let mut feeder = told(&[
        (ASK, unconnected("03 02 2001 2401 0200 0100 6500")),
        (ANSWER, unconnected("83 00 00 00 0200 0100 0000 4d00 6500 0000 02")),
    ]);
    let answer = feeder.said.parsed().pop().unwrap_or_default();
    assert_eq!((answer["vendor_id"].as_u64(), answer["data"].as_str()), (Some(77), Some("0200010000004d006500000002")));
}

#[test]
fn packed_services() {
    let want = ["get_attribute_all [diagnostic] identity instance 1: error: object does not exist", "read_tag [read] Tank: ok"];
    let mut feeder = operations(MULTIPLE, MULTIPLE_OK, &want);
    let messages = feeder.said.parsed();
    let services: Vec<_> = messages.iter().filter(|m| m["protocol"] == "cip").map(|m| m["service"].as_u64()).collect();
    assert_eq!(services, [10, 1, 76, 10, 1, 76].map(Some));
}

#[test]
fn connections() {
    let feeder = told(&[
        (ASK, unconnected(OPEN)),
        (ANSWER, unconnected(OPENED)),
        (ASK, connected(0x4433_2211, 7, WRITE_TANK)),
        (ASK, connected(0x4433_2211, 8, READ_TANK)),
        (ANSWER, connected(0x8000_0001, 7, WRITE_OK)),
    ]);
    let want = [
        "forward_open [diagnostic] port 1 link 0 class 0x02 instance 1: ok",
        "write_tag [write] Tank = 42: ok",
        "read_tag [read] Tanks[3] x2: unanswered",
    ];
    assert_eq!(feeder.said.operations, want);
}

#[test]
fn sessions() {
    let feeder =
        told(&[(ASK, encap(0x65, 0, &[1, 0, 0, 0])), (ANSWER, encap(0x65, 9, &[1, 0, 0, 0])), (ASK, encap(0x66, 9, &[]))]);
    assert_eq!(feeder.said.operations, ["register_session [diagnostic] : ok", "unregister_session [diagnostic] : unconfirmed"]);
}

#[test]
fn goes_on_behind_a_gap() {
    let whole = unconnected(WRITE_TANK);
    let mut decoder = (INFO.new)();
    decoder.gap(ASK, 9);
    assert_eq!(decoder.resync(ASK, &[&[0, 0, 7, 0x6f][..], &whole].concat()), Some(4));
    assert_eq!(decoder.resync(ASK, whole.get(..16).unwrap_or_default()), Some(0));
    assert_eq!(decoder.resync(ASK, &[0; 64]), None);
}

#[test]
fn refused_by_the_encapsulation() {
    let mut refusal = encap(0x6f, 9, &[]);
    if let Some(status) = refusal.get_mut(8) {
        *status = 0x64;
    }
    let feeder = told(&[(ASK, unconnected(GET_IDENTITY)), (ANSWER, refusal)]);
    assert_eq!(feeder.said.operations, ["get_attribute_all [diagnostic] identity instance 1: error: invalid session"]);
}

#[test]
fn datagrams() {
    let ctx = context(ANSWER, Transport::Udp, 44818);
    let (mine, said) = datagram(&INFO, &ctx, &hex(LIST_IDENTITY));
    assert!(mine && said.evidence.contains(&"Sender model=1756-L61/B LOGIX5561 (90)".to_owned()), "{:?}", said.evidence);
    let (mine, mut said) = datagram(&INFO, &ctx, &hex("0200 0280 0800 01020304 05000000 b100 0400 06000a0b"));
    let messages = said.parsed();
    assert!(mine && messages.first().is_some_and(|m| m["protocol"] == "enip_io" && m["sequence"] == 5));
    assert!(!datagram(&INFO, &ctx, &hex("0200 0280")).0);
}

#[test]
fn probes() {
    #[track_caller]
    fn check(bytes: &[u8], transport: Transport, want: Verdict) {
        let probe = Probe { bytes, src_port: 40_000, dst_port: 44818, transport, from_start: true };
        assert_eq!((INFO.probe)(&probe), want);
    }
    check(&encap(0x65, 0, &[1, 0, 0, 0]), Transport::Tcp, Verdict::SureClient);
    check(&unconnected(READ_TANK), Transport::Tcp, Verdict::SureClient);
    check(&unconnected(READ_TANK_OK), Transport::Tcp, Verdict::SureServer);
    check(&hex(LIST_IDENTITY), Transport::Udp, Verdict::SureServer);
    check(&encap(0x63, 0, &[]), Transport::Udp, Verdict::Likely);
    check(&hex("0200 0280 0800 01020304 05000000 b100 0400 06000a0b"), Transport::Udp, Verdict::Sure);
    check(b"GET / HTTP/1.1\r\nHost: somewhere\r\n", Transport::Tcp, Verdict::No);
    check(&[0x16, 3, 1, 2, 0, 1], Transport::Tcp, Verdict::No);
}

#[test]
fn breaches_are_named() {
    #[track_caller]
    fn check(bytes: Vec<u8>, want: &str) {
        let feeder = told(&[(ASK, encap(0x65, 0, &[1, 0, 0, 0])), (ASK, bytes)]);
        assert_eq!(feeder.said.anomalies.first().and_then(|a| a.split(':').next()), Some(want));
    }
    check(unconnected("4c09 9104 54616e6b"), "path_truncated");
    check(unconnected("4c"), "cip_truncated");
    check(unconnected("0a02 20022401 0200 0600 f000 01"), "packed_offset");
    check(unconnected("5202 20062401 0599 ff00 4c"), "carried_truncated");
    check(encap(0x6f, 9, &[0, 0, 0, 0, 5, 0, 2, 0, 0, 0, 9, 0]), "packet_truncated");
    check(encap(0x6f, 9, &[0, 0, 0]), "encapsulation_header");
    check(encap(0x63, 9, &[1, 0, 0x0c, 0, 2, 0, 1, 0]), "identity_truncated");
    check(encap(0x33, 9, &[]), "encapsulation_header");
}

fn corpus() -> Vec<Vec<u8>> {
    let messages =
        [READ_TANK, READ_TANK_OK, WRITE_TANK, GET_IDENTITY, IDENTITY, MULTIPLE, MULTIPLE_OK, CARRIED, OPEN, OPENED, PCCC_READ];
    let unconnected = messages.iter().map(|m| unconnected(m));
    let connected = messages.iter().enumerate().map(|(at, m)| connected(0x4433_2211, at as u16 / 2, m));
    unconnected.chain(connected).chain([hex(LIST_IDENTITY), encap(0x65, 0, &[1, 0, 0, 0])]).collect()
}

/// The same bytes as a stream and as datagrams.
fn survives(stream: &[(bool, Vec<u8>)]) {
    testing::survives(&INFO, &[], stream);
    for (_, bytes) in stream {
        let (_, said) = datagram(&INFO, &context(ASK, Transport::Udp, 44818), bytes);
        let known = |anomaly: &String| ANOMALIES.iter().any(|kind| anomaly.split(':').next() == Some(kind.name));
        assert!(said.anomalies.iter().all(known), "{:?}", said.anomalies);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes(stream in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..200)), 0..6)) {
        survives(&stream);
    }

    #[test]
    fn damaged_messages(
        picks in prop::collection::vec((any::<bool>(), 0..24usize, prop::collection::vec((8..120usize, any::<u8>()), 0..4)), 1..12),
    ) {
        let corpus = corpus();
        let stream: Vec<_> = picks
            .into_iter()
            .filter_map(|(side, pick, changes)| {
                let mut bytes = corpus.get(pick)?.clone();
                for (at, byte) in changes {
                    if let Some(slot) = bytes.get_mut(at) {
                        *slot = byte;
                    }
                }
                Some((side, bytes))
            })
            .collect();
        survives(&stream);
    }
}
