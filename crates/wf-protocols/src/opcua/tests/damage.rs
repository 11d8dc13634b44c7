//! What breaks the protocol's rules, is missing or makes no sense.

use super::super::value::{DataValue, Variant};
use super::super::wire::NodeId;
use super::*;
use crate::testing;
use proptest::prelude::*;

#[test]
fn breaches_are_named() {
    #[track_caller]
    fn check(direction: Direction, bytes: &[u8], want: &str) {
        let mut feeder = opened();
        feeder.segment(direction, bytes);
        assert_eq!(feeder.said.anomalies.first().and_then(|a| a.split(':').next()), Some(want));
    }
    let asked = |parameters: &str| chunk("MSGF", 2, 2, &body(631, ASKS, parameters));
    check(ASK, b"GET / HTTP/1.1\r\n\r\n", "message_header");
    check(ASK, &asked("0000"), "message_truncated");
    check(ASK, &asked("0000000000000000 02000000 ffffff7f 00"), "impossible_length");
    check(ASK, &asked("0000000000000000 02000000 01000000 07 00"), "unknown_encoding");
    check(ASK, &asked("0000000000000000 02000000 00000000 00"), "trailing_bytes");
    check(ASK, &chunk("MSGF", 2, 2, &body(632, ASKS, "")), "unknown_service");
    check(ASK, &chunk("MSGF", 9, 2, &body(452, ASKS, "")), "sequence_gap");
    check(ASK, &message("CLOF", &hex("09000000 04000000 02000000 02000000 0100c401")), "unknown_channel");
    check(ANSWER, &chunk("MSGF", 2, 2, &body(634, GOOD, "ffffffff ffffffff")), "response_without_request");
    let nested = "98 01000000".repeat(101);
    let deep = format!("01000000 0007 0d000000 ffffffff 01 {nested} 00");
    check(ASK, &chunk("MSGF", 2, 2, &body(673, ASKS, &deep)), "nested_too_deep");
    let levels = "40".repeat(120);
    let diagnostics = format!("ffffffff 01000000 {levels} 00");
    check(ANSWER, &chunk("MSGF", 2, 2, &body(676, GOOD, &diagnostics)), "nested_too_deep");
    let feeder = exchange(&[((631, "0000000000000000 02000000 00000000"), (676, GOOD, "ffffffff ffffffff"))]);
    assert_eq!(feeder.said.anomalies, ["service_mismatch: read asked, write answered"]);
    let feeder = exchange(&[((500, "01000000 0009 01"), (503, GOOD, "ffffffff ffffffff"))]);
    assert_eq!(feeder.said.anomalies, ["result_count: delete_nodes: 1 asked, 0 answered"]);
    let mut feeder = opened();
    let malformed =
        [&hex("03000000")[..], &[13, 0, 0, 0], b"Basic256#None", &hex("02000000 3005 ffffffff 02000000 02000000 0100c401")];
    feeder.segment(ASK, &message("OPNF", &malformed.concat()));
    assert!(feeder.said.anomalies.iter().any(|a| a.starts_with("certificate_malformed")), "{:?}", feeder.said.anomalies);
}

#[test]
fn deep_values_within_the_limit_are_shown() {
    let nested = "98 01000000".repeat(90);
    let deep = format!("01000000 0007 0d000000 ffffffff 01 {nested} 06 2a000000");
    let mut feeder = exchange(&[((673, &deep), (676, GOOD, "01000000 00000000 ffffffff"))]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
    assert!(feeder.said.parsed().len() == 4 && feeder.said.operations.first().is_some_and(|o| o.contains("[[[[")));
}

#[test]
fn what_waits_is_told_in_the_end() {
    let mut feeder = opened();
    let read = body(631, ASKS, "0000000000000000 02000000 01000000 0007 0d000000 ffffffff 0000 ffffffff");
    for at in 2..132 {
        feeder.segment(ASK, &chunk("MSGF", at, at, &read));
    }
    assert_eq!((feeder.said.evicted, feeder.said.operations.len()), (2, 2));
    feeder.segment(ASK, &chunk("MSGF", 132, 132, &body(826, ASKS, "ffffffff")));
    feeder.finish();
    assert_eq!((feeder.said.evicted, feeder.said.operations.len()), (2, 130), "those to publish wait apart");
    assert_eq!(feeder.said.operations.last().map(String::as_str), Some("read [read] i=7: unanswered"));
}

#[test]
fn requests_wait_for_a_minute_but_those_to_publish() {
    let mut feeder = opened();
    let read = body(631, ASKS, "0000000000000000 02000000 01000000 0007 0d000000 ffffffff 0000 ffffffff");
    feeder.segment(ASK, &chunk("MSGF", 2, 2, &body(826, ASKS, "ffffffff")));
    feeder.segment(ASK, &chunk("MSGF", 3, 3, &read));
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ASK, &chunk("MSGF", 4, 4, &read));
    assert_eq!(feeder.said.operations, ["read [read] i=7: unanswered"]);
    feeder.segment(ANSWER, &chunk("MSGF", 2, 3, &body(634, GOOD, "01000000 01 06 07000000 ffffffff")));
    feeder.segment(ANSWER, &chunk("MSGF", 3, 2, &body(829, GOOD, CHANGES)));
    assert_eq!(feeder.said.anomalies, [""; 0], "late, but asked for");
    assert_eq!(feeder.said.operations.get(1..).unwrap(), ["publish [read] subscription 5: ok"]);
    feeder.gap(ANSWER, 100);
    feeder.finish();
    assert_eq!(feeder.said.operations.last().unwrap(), "read [read] i=7: unconfirmed");
}

#[test]
fn holes_are_stepped_over() {
    let mut feeder = opened();
    feeder.gap(ANSWER, 100);
    let answer = chunk("MSGF", 20, 20, &body(634, GOOD, "01000000 01 06 07000000 ffffffff"));
    feeder.segment(ANSWER, &answer);
    let read = body(631, ASKS, "0000000000000000 02000000 01000000 0007 0d000000 ffffffff 0000 ffffffff");
    feeder.segment(ASK, &chunk("MSGF", 2, 21, &read));
    feeder.segment(ANSWER, &chunk("MSGF", 21, 21, &body(634, GOOD, "01000000 01 06 07000000 ffffffff")));
    feeder.segment(ANSWER, &chunk("MSGF", 22, 9, &body(829, GOOD, CHANGES)));
    assert_eq!(feeder.said.anomalies, [""; 0]);
    assert_eq!(feeder.said.measurements.len(), 3);
    feeder.segment(ANSWER, &chunk("MSGF", 23, 10, &body(634, GOOD, "ffffffff ffffffff")));
    assert_eq!(feeder.said.anomalies, ["response_without_request: request 10"]);
    let mut junk = b"MSGFnoneMSG".to_vec();
    junk.extend(&answer);
    assert_eq!(transport::next(&junk), Some(11));
    assert_eq!(transport::next(b"nothing here at all"), None);
}

#[test]
fn probes() {
    fn check(bytes: &[u8], want: Verdict) {
        let (transport, from_start) = (Transport::Tcp, true);
        assert_eq!(probe(&Probe { bytes, src_port: 40_000, dst_port: 9, transport, from_start }), want, "{bytes:02x?}");
    }
    let hello = message("HELF", &hex("00000000 00200000 00200000 00000000 00000000 ffffffff"));
    check(&hello, Verdict::SureClient);
    check(&hello[..6], Verdict::More);
    check(&message("ACKF", &[0; 20]), Verdict::SureServer);
    check(&message("RHEF", &[0xff; 8]), Verdict::SureServer);
    check(&open("None", &[&hex("01000000 01000000"), &body(446, ASKS, "")[..]].concat()), Verdict::SureClient);
    check(&open("Basic256", &[9; 64]), Verdict::Sure);
    check(&chunk("MSGF", 1, 1, &body(631, ASKS, "")), Verdict::SureClient);
    check(&chunk("MSGF", 1, 1, &body(634, GOOD, "")), Verdict::SureServer);
    check(&chunk("MSGF", 1, 1, &[9; 64]), Verdict::Likely);
    check(b"MSG 1 D 133\r\nMIME-Version: 1.0\r\n", Verdict::No);
    check(b"HELO example.net\r\n", Verdict::No);
    check(b"GET / HTTP/1.1\r\n\r\n", Verdict::No);
}

fn corpus() -> Vec<(bool, Vec<u8>)> {
    let item = "03 0200 01000000 61 0d000000 ffffffff 0000 ffffffff 02000000 07000000 0000000000000000 000000 01000000 01";
    let asks = [
        body(631, ASKS, "0000000000000000 02000000 01000000 00 07 0d000000 ffffffff 0000 ffffffff"),
        body(673, ASKS, "01000000 01 02 0500 0d000000 ffffffff 01 86 02000000 01000000 ffffffff"),
        body(712, ASKS, "01000000 01 02 0500 01 02 0600 02000000 0b 000000000000f83f 01 01"),
        body(751, ASKS, &format!("05000000 02000000 01000000 {item}")),
        body(826, ASKS, "ffffffff"),
    ];
    let answers = [
        body(634, GOOD, "01000000 05 0b 0000000000003540 0000000000000000 ffffffff"),
        body(676, GOOD, "01000000 00000000 ffffffff"),
        body(715, GOOD, "01000000 00000000 ffffffff ffffffff 01000000 01 01 ffffffff"),
        body(754, GOOD, "01000000 00000000 01000000 0000000000000000 01000000 000000 ffffffff"),
        body(829, GOOD, CHANGES),
    ];
    let pairs = (2..).zip(asks.into_iter().zip(answers));
    pairs.flat_map(|(at, (a, b))| [(true, chunk("MSGF", at, at, &a)), (false, chunk("MSGF", at, at, &b))]).collect()
}

/// On an open channel.
fn survives(stream: &[(bool, Vec<u8>)]) {
    let [asked, answered] = opening();
    testing::survives(&INFO, &[(true, asked), (false, answered)], stream);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes(stream in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..200)), 0..6)) {
        survives(&stream);
    }

    #[test]
    fn random_bodies(number in 390u16..860, bytes in prop::collection::vec(any::<u8>(), 0..300), request in any::<bool>()) {
        let header = if request { ASKS } else { GOOD };
        let whole = [body(number, header, ""), bytes].concat();
        survives(&[(request, chunk("MSGF", 2, 2, &whole))]);
    }

    #[test]
    fn damaged_messages(
        picks in prop::collection::vec((0..10usize, prop::collection::vec((24..140usize, any::<u8>()), 0..4)), 1..12),
    ) {
        let corpus = corpus();
        let stream: Vec<_> = picks
            .into_iter()
            .filter_map(|(pick, changes)| {
                let (side, mut bytes) = corpus.get(pick)?.clone();
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

    #[test]
    fn any_value_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut r = Reader::new(&bytes);
        let _ = Variant::read(&mut r, 0).map(|value| value.to_string());
        let _ = DataValue::read(&mut Reader::new(&bytes), 0);
        let _ = NodeId::read(&mut Reader::new(&bytes)).map(|node| node.to_string());
    }
}
