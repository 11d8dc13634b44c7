use super::frame::{CHECK_START, FRAME_MAX, Pair};
use super::*;
use crate::checks::crc16;
use crate::testing::{Feeder, Recorder, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// A frame: check behind it, bytes from F0 on in two, those of the check too; end.
fn sealed(body: &str) -> Vec<u8> {
    let mut plain = hex(body);
    let check = crc16(&plain, CHECK_START).to_le_bytes();
    plain.extend(check);
    let (header, rest) = plain.split_first().unwrap();
    let mut sent = vec![*header];
    rest.iter().for_each(|byte| if *byte < 0xf0 { sent.push(*byte) } else { sent.extend([0xf0, byte - 0xf0]) });
    sent.push(END);
    sent
}

fn told(segments: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    segments.iter().for_each(|(direction, bytes)| feeder.segment(*direction, bytes));
    feeder.finish();
    assert_eq!(feeder.over, None);
    feeder.said
}

#[track_caller]
fn check(segments: &[(Direction, Vec<u8>)], operations: &[&str], measurements: &[&str], anomalies: &[&str]) {
    let said = told(segments);
    assert_eq!(said.operations, operations);
    assert_eq!(said.measurements, measurements);
    assert_eq!(said.anomalies, anomalies);
}

#[test]
fn no_search_goes_behind_what_cannot_be_in_a_frame() {
    let starts = [0xf1; 4000];
    assert_eq!(Frame::read(&starts), Err(Fault::Bad));
    assert_eq!(Frame::read(&hex("f201 05 f1 f1 f1")), Err(Fault::Bad));
    assert_eq!(Frame::read(&hex("f201 05 f1 f1")), Err(Fault::Short));
    assert_eq!(((INFO.new)()).resync(ASK, &starts), None);
}

#[test]
fn polls_and_recalls() {
    let acknowledge = hex("f101f6");
    check(
        &[(ASK, sealed("fb01")), (ANSWER, acknowledge.clone()), (ASK, hex("fb01f6")), (ANSWER, sealed("f201 0105 03ff"))],
        &["poll [read] station 1: ok", "poll [read] station 1: ok"],
        &["station 1 indication 1 = 5 (good)", "station 1 indication 3 = 255 (good)"],
        &[],
    );
    check(
        &[(ASK, sealed("fd01")), (ANSWER, sealed("f201 0001 e003")), (ASK, sealed("fa01")), (ANSWER, acknowledge.clone())],
        &["indication_recall [read] station 1: ok", "acknowledge_and_poll [read] station 1: ok"],
        &["station 1 indication 0 = 1 (good)", "station 1 configuration 224 = 3 (good)"],
        &[],
    );
    check(
        &[(ASK, sealed("fd01")), (ANSWER, acknowledge)],
        &["indication_recall [read] station 1: error: no data"],
        &[],
        &["unexpected_answer: acknowledge to indication_recall of station 1"],
    );
}

#[test]
fn controls() {
    check(
        &[(ASK, sealed("fc02 0105 e002")), (ANSWER, hex("f102f6")), (ASK, sealed("f900 0280"))],
        &[
            "control_data [control] station 2 control 1 = 5: ok",
            "set_configuration [configuration] station 2 configuration 224 = 2 (checkback): ok",
            "common_control [control] station 0 control 2 = 128: unconfirmed",
        ],
        &[],
        &[],
    );
    check(
        &[(ASK, sealed("fc02 0105")), (ANSWER, sealed("f302 0105")), (ASK, sealed("fe02")), (ANSWER, hex("f102f6"))],
        &["select_controls [control] station 2 control 1 = 5: ok", "execute_controls [control] station 2 = [1=5]: ok"],
        &[],
        &[],
    );
    check(
        &[(ASK, sealed("fc02 0105")), (ANSWER, sealed("f302 0104")), (ASK, sealed("fe02"))],
        &[
            "select_controls [control] station 2 control 1 = 5: error: checkback differs",
            "execute_controls [control] station 2: unanswered",
        ],
        &[],
        &["checkback_differs: control_checkback to control_data of station 2"],
    );
}

#[test]
fn frames_as_sent() {
    // A poll and a recall of a capture that others published.
    for (bytes, check) in [("fb018340f6", 0x4083), ("fd0180e0f6", 0xe080)] {
        let frame = Frame::read(&hex(bytes)).unwrap();
        assert_eq!((frame.check, frame.is_proven(), frame.station, frame.len), (Some(check), true, 1, 5));
    }
    let frame = Frame::read(&sealed("f2f1 05f6 f0f0")).unwrap();
    assert_eq!(
        (frame.station, frame.pairs.as_slice()),
        (0xf1, &[Pair { address: 5, value: 0xf6 }, Pair { address: 0xf0, value: 0xf0 }][..])
    );
    // The check may hold bytes that data sends in two, F6 among them; some send it in two as well.
    let frame = Frame::read(&hex("f20108060a040c040f0409f0f6"));
    assert!(frame.is_ok_and(|frame| frame.is_proven() && frame.len == 13));
    assert!(Frame::read(&sealed("f201 0806 0a04 0c04 0f04")).is_ok_and(|frame| frame.is_proven() && frame.len == 14));
    for value in 0..=255u8 {
        let mut body = vec![0xf2, 1, 2];
        body.extend(if value < 0xf0 { vec![value] } else { vec![0xf0, value - 0xf0] });
        let check = crc16(&[0xf2, 1, 2, value], CHECK_START).to_le_bytes();
        let frame = Frame::read(&[&body[..], &check, &[END]].concat());
        assert!(frame.is_ok_and(|frame| frame.is_proven() && frame.pairs[0].value == value), "{value}");
    }
    for (bytes, fault) in [
        ("", Fault::Short),
        ("fb0183", Fault::Short),
        ("fb01f0", Fault::Short),
        ("fd018341f6", Fault::Short),
        ("f20102f010f6", Fault::Short),
        ("f20102f1030405f60000", Fault::Bad),
        ("f401f6", Fault::Bad),
        ("fd01f60000", Fault::Bad),
        ("f1010283f6", Fault::Bad),
        ("fd0101020304f60000", Fault::Bad),
        ("fbf6", Fault::Bad),
    ] {
        assert_eq!(Frame::read(&hex(bytes)), Err(fault), "{bytes}");
    }
    assert_eq!(Frame::read(&[0xf2]), Err(Fault::Short));
    let endless = [&[0xf2][..], &[1; FRAME_MAX]].concat();
    assert_eq!(Frame::read(&endless), Err(Fault::Bad));
}

#[test]
fn damage_has_names() {
    let complaint = |bytes: &[u8], answered: &[u8], want: &str| {
        let said = told(&[(ASK, [&sealed("fb01")[..], bytes].concat()), (ANSWER, answered.to_vec())]);
        let found: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert_eq!(found, [want]);
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    let acknowledge = hex("f101f6");
    complaint(&hex("fb018341f60000"), &acknowledge, "bad_check");
    complaint(&hex("00f6f6"), &acknowledge, "bad_frame");
    complaint(&[], &sealed("f201 010502"), "odd_data");
    complaint(&[], &[&acknowledge[..], &acknowledge].concat(), "answer_without_request");
    complaint(&[], &sealed("f301 0105"), "unexpected_answer");
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn waiting_and_holes() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &sealed("fb01"));
    feeder.segment(ASK, &sealed("fb01"));
    feeder.segment(ASK, &sealed("fc01 0001"));
    feeder.gap(ANSWER, 3);
    feeder.now = wf_model::Timestamp(61_000_000_000);
    feeder.segment(ASK, &sealed("fb02"));
    feeder.segment(ANSWER, &sealed("f207 0001"));
    feeder.finish();
    assert_eq!(
        feeder.said.operations,
        [
            "poll [read] station 1: unanswered",
            "control_data [control] station 1 control 0 = 1: unconfirmed",
            "poll [read] station 2: unanswered"
        ]
    );
    assert_eq!((feeder.said.anomalies.len(), feeder.said.evidence), (0, vec!["Sender role=controller (60)".to_owned()]));
}

#[test]
fn probes() {
    let verdict =
        |bytes: &[u8]| probe(&Probe { bytes, src_port: 40_000, dst_port: 10_001, transport: Transport::Tcp, from_start: true });
    assert_eq!(verdict(&sealed("fb01")), Verdict::SureClient);
    assert_eq!(verdict(&sealed("f201 0001")), Verdict::SureServer);
    assert_eq!(verdict(&[&hex("f101f6")[..], &sealed("f201 0001")].concat()), Verdict::SureServer);
    for more in ["f101f6", "f101f6f101f6", "fb0183", "fb01f6"] {
        assert_eq!(verdict(&hex(more)), Verdict::More, "{more}");
    }
    for not in ["fb018341f60000", "fffb1fff", "fffd18f6", "160301", "f201000100f60000"] {
        assert_eq!(verdict(&hex(not)), Verdict::No, "{not}");
    }
}

#[test]
fn stops_when_nothing_is_proven() {
    let mut feeder = Feeder::new(&INFO);
    for _ in 0..=UNPROVEN_MAX {
        feeder.segment(ANSWER, &hex("f101f6"));
    }
    assert_eq!(feeder.over, Some(Step::NotMine));
}

proptest! {
    #[test]
    fn any_data_is_survived(data in proptest::collection::vec(any::<u8>(), 0..200), header in any::<u8>()) {
        let mut frame = vec![header];
        frame.extend(&data);
        frame.push(END);
        let begun = [(true, sealed("fb01")), (false, hex("f101f6"))];
        crate::testing::survives(&INFO, &begun, &[(true, frame.clone()), (false, frame), (true, data)]);
    }
}
