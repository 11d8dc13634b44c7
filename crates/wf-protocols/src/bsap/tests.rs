use super::*;
use crate::checks::crc_ccitt;
use crate::testing::{Feeder, Recorder, context, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// A frame around a message.
fn framed(message: &[u8]) -> Vec<u8> {
    let mut sent = serial::START.to_vec();
    message.iter().for_each(|byte| sent.extend(std::iter::repeat_n(*byte, if *byte == 0x10 { 2 } else { 1 })));
    sent.extend([0x10, 0x03]);
    sent.extend(crc_ccitt(&[message, &[3]].concat(), serial::CHECK_START).to_le_bytes());
    sent
}

/// A request on a line: to station 1, sequence 0x0102.
fn ask(service: u8, body: &[u8]) -> Vec<u8> {
    framed(&[&[1, 7, service, 2, 1, 3, 0], body].concat())
}

fn answer(service: u8, body: &[u8]) -> Vec<u8> {
    framed(&[&[0, 7, 3, 2, 1, service, 0], body].concat())
}

/// A datagram with one message, number 9.
fn datagram(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 9).unwrap().to_le_bytes();
    [&[14, 0, 1, 0, kind, 0, 5, 0, 0, 0, 4, 0, 0, 0][..], &length, &[12, 9, 0, 0, 0], body].concat()
}

fn told(datagrams: &[(Direction, Vec<u8>)]) -> Recorder {
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    for (direction, bytes) in datagrams {
        assert!(decoder.datagram(&context(*direction, Transport::Udp, PORT), bytes, &mut said), "{bytes:02x?}");
    }
    decoder.finish(&context(ASK, Transport::Udp, PORT), &mut said);
    said
}

#[track_caller]
fn check(asked: &str, answered: &str, operations: &[&str], measurements: &[&str]) {
    let (asked, answered) = (hex(asked), hex(answered));
    let ip = told(&[(ASK, datagram(6, &[&[0xa0, 0], &asked[..]].concat())), (ANSWER, datagram(5, &answered))]);
    let serial = told(&[(ASK, ask(0xa0, &asked)), (ANSWER, answer(0xa0, &answered))]);
    for said in [ip, serial] {
        // On a line the node stands before its signals.
        let plain = |all: &[String]| all.iter().map(|text| text.replace("node 1 ", "")).collect::<Vec<_>>();
        assert_eq!(plain(&said.operations), operations);
        assert_eq!(plain(&said.measurements), measurements);
        assert_eq!(said.anomalies, [""; 0]);
    }
}

#[test]
fn nodes_of_one_line_stay_apart() {
    let to = |node: u8, sequence: u8, body: &str| framed(&[&[node, 7, 0xa0, sequence, 1, 3, 0][..], &hex(body)].concat());
    let from = |sequence: u8, body: &str| framed(&[&[0, 7, 3, sequence, 1, 0xa0, 0][..], &hex(body)].concat());
    let said = told(&[
        (ASK, to(1, 1, "04 03 d0 01 0f 01 404100")),
        (ANSWER, from(1, "00 01 00 01 0400 2477")),
        // The same address in the same version of another node's data base has no name yet.
        (ASK, to(2, 2, "00 01 40 2477 0f 01 0400")),
        (ANSWER, from(2, "00 01 0000a042")),
        (ASK, to(1, 3, "00 01 40 2477 0f 01 0400")),
        (ANSWER, from(3, "00 01 0000a041")),
    ]);
    assert_eq!(said.measurements, ["node 1 @A = true (good)", "node 2 address 0x0004 = 80 (good)", "node 1 @A = 20 (good)"]);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn names_that_find_no_room_are_counted() {
    let asked = datagram(6, &hex("a000 04 03 d0 01 0f 01 404100"));
    let answered = |address: u16| {
        let [low, high] = address.to_le_bytes();
        (ANSWER, datagram(5, &[&hex("00 01 00 01")[..], &[low, high], &hex("2477")].concat()))
    };
    let told = |count: u16| told(&(0..count).flat_map(|address| [(ASK, asked.clone()), answered(address)]).collect::<Vec<_>>());
    assert_eq!(told(2048).evicted, 0);
    assert_eq!(told(2050).evicted, 2);
}

#[test]
fn a_field_of_unknown_length_ends_what_is_read() {
    let said = told(&[(ASK, ask(0xa0, &hex("84 0f 02 404100 0c 0102 404200 0a"))), (ANSWER, answer(0xa0, &[0]))]);
    assert_eq!((said.operations.len(), said.anomalies.as_slice()), (1, &[][..]));
}

#[test]
fn signals_by_name() {
    check(
        // @A, @B
        "04 03 d0 01 0f 02 404100 404200",
        "00 02 00 01 0400 2477 82 0000a042 0500 2477",
        &["read_signal_by_name [read] @A: ok", "read_signal_by_name [read] @B: ok"],
        &["@A = true (good)", "@B = 80 (questionable)"],
    );
    check("04 01 40 0f 01 404100", "00 01 0000a042", &["read_signal_by_name [read] @A: ok"], &["@A = 80 (good)"]);
    check(
        "84 0f 02 404100 0b 0000a042 404200 0a",
        "00",
        &["write_signal_by_name [write] @A = 80: ok", "write_signal_by_name [write] @B = off: ok"],
        &["@A = 80 (good)", "@B = false (good)"],
    );
    check("84 0f 01 404100 09", "04", &["write_signal_by_name [write] @A = on: error: status 4"], &[]);
    check("84 0f 01 404100 03 01", "00", &["write_signal_by_name [write] @A = field 3: 01: ok"], &[]);
    check("0c 01 40 0f 01", "00 01 00", &["read_signal_by_list_start [read] : ok"], &[]);
}

#[test]
fn signals_by_address() {
    check(
        "80 2477 0f 01 1100 09",
        "00 00",
        &["write_signal_by_address [write] address 0x0011 = on: ok"],
        &["address 0x0011 = true (good)"],
    );
    check(
        "00 01 40 2477 0f 01 1100",
        "00 01 01",
        &["read_signal_by_address [read] address 0x0011: ok"],
        &["address 0x0011 = true (good)"],
    );
    // An answer by name has told whose address it is.
    let said = told(&[
        (ASK, ask(0xa0, &hex("04 03 d0 01 0f 01 404100"))),
        (ANSWER, answer(0xa0, &hex("00 01 00 01 1100 2477"))),
        (ASK, ask(0xa0, &hex("80 2477 0f 01 1100 0a"))),
        (ANSWER, answer(0xa0, &hex("00 00"))),
    ]);
    assert_eq!(said.operations.last().map(String::as_str), Some("write_signal_by_address [write] node 1 @A = off: ok"));
    // In another version of the data base it may be another one's.
    let said = told(&[
        (ASK, ask(0xa0, &hex("04 03 d0 01 0f 01 404100"))),
        (ANSWER, answer(0xa0, &hex("00 01 00 01 1100 2477"))),
        (ASK, ask(0xa0, &hex("80 2577 0f 01 1100 0a"))),
    ]);
    assert!(said.operations.iter().any(|op| op.contains("address 0x0011 = off: unanswered")), "{:?}", said.operations);
}

#[test]
fn what_cannot_be_told_apart_is_left_as_it_is() {
    for (asked, answered) in [
        // A selector whose field has no known length; strings; two signals of different length without type; an error.
        ("04 01 60 0f 01 404100", "00 01 00 414200"),
        ("04 01 c0 0f 01 404100", "00 01 03 414200"),
        ("04 01 40 0f 02 404100 404200", "00 02 00 0000a042"),
        ("04 01 40 0f 01 404100", "80 01 04"),
        ("04 01 40 0f 00", "00 00"),
    ] {
        let mut said = told(&[(ASK, ask(0xa0, &hex(asked))), (ANSWER, answer(0xa0, &hex(answered)))]);
        assert_eq!((said.measurements.len(), said.anomalies.len()), (0, 0), "{asked}");
        let messages = said.parsed();
        assert!(messages.last().unwrap().get("signals").is_none());
        assert_eq!(messages.last().unwrap().get("data").is_none(), answered == "00 00");
    }
}

#[test]
fn other_functions() {
    let said = told(&[
        (ASK, ask(0xa1, &hex("0101"))),
        (ANSWER, answer(0xa1, &hex("00"))),
        (ASK, framed(&hex("8107 0201 0500 40 a8 0201 03 00 11"))),
        (ASK, framed(&hex("0107 85 00"))),
        (ANSWER, framed(&hex("0007 aa 0301 03 00 aabb"))),
    ]);
    assert_eq!(
        said.operations,
        ["reset_system [control] : ok", "alarm_report [diagnostic] : unconfirmed", "alarm_acknowledge [control] : unanswered"]
    );
    let mut said = told(&[(ASK, framed(&hex("8107 0201 0500 40 a8 0201 03 00 11"))), (ASK, framed(&hex("0107 85 00")))]);
    let messages = said.parsed();
    let global = messages.first().unwrap();
    assert_eq!(
        ["destination", "source", "control", "address", "sequence"].map(|name| global.get(name).unwrap().as_u64().unwrap()),
        [0x102, 5, 0x40, 1, 0x102]
    );
    assert_eq!(messages.last().unwrap().get("application").unwrap(), "poll");
}

#[test]
fn frames_as_sent() {
    // A request and an answer of a capture that others published; in the second pair a number is sent twice.
    let mut message = Vec::new();
    for (bytes, len) in
        [("100201eba0e30803000401400f014047562e4153332e001003a94d", 27), ("100200eb03e308a000000182df82be10039102", 19)]
    {
        let frame = Frame::read(&hex(bytes), &mut message).unwrap();
        assert_eq!((frame.checked, frame.len, message.len()), (true, len, len - 6));
    }
    assert_eq!(framed(&[0x10, 1]).len(), 9);
    assert!(Frame::read(&framed(&[0x10, 1]), &mut message).is_ok_and(|frame| frame.checked) && message == [0x10, 1]);
    for (bytes, fault) in [("1002", Fault::Short), ("100201", Fault::Short), ("10", Fault::Short), ("1003", Fault::Bad)] {
        assert_eq!(Frame::read(&hex(bytes), &mut message), Err(fault), "{bytes}");
    }
    assert_eq!(Frame::read(&hex("100201 1004"), &mut message), Err(Fault::Bad));
    let endless = [&serial::START[..], &[1; serial::MESSAGE_MAX + 2]].concat();
    assert_eq!(Frame::read(&endless, &mut message), Err(Fault::Bad));
}

#[test]
fn acknowledgements_and_many_messages() {
    let one = &datagram(6, &hex("a000 0401400f01404100"))[14..];
    let mut two = hex("0e00 0200 0600 05000000 04000000");
    two.extend(one);
    two.extend([&one[..5], &[10, 0, 0, 0], &one[9..]].concat());
    let mut said = told(&[(ASK, two), (ASK, hex("0e00 0000 0000 00000000 07000000"))]);
    let names: Vec<_> = said.parsed().iter().map(|m| (m["type_name"].clone(), m["messages"].clone())).collect();
    assert_eq!(names, [("request".into(), 2.into()), ("request".into(), 2.into()), ("acknowledge".into(), 0.into())]);
    assert_eq!(said.operations, ["read_signal_by_name [read] @A: unanswered"; 2]);
}

#[test]
fn damage_has_names() {
    let fine = hex("04 01 40 0f 01 404100");
    let complaint = |asked: Vec<u8>, answered: Vec<u8>, want: &str| {
        let begun = [(ASK, ask(0xa0, &fine)), (ANSWER, answer(0xa0, &hex("00 01 01")))];
        let said = told(&[&begun[..], &[(ASK, asked), (ANSWER, answered)]].concat());
        let found: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert_eq!(found, [want]);
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    let (asked, answered) = (ask(0xa0, &fine), answer(0xa0, &hex("00 01 01")));
    let mut broken = asked.clone();
    *broken.last_mut().unwrap() ^= 1;
    complaint(asked.clone(), [&broken[..]].concat(), "bad_check");
    complaint(asked.clone(), hex("1002011004"), "bad_frame");
    complaint(asked.clone(), framed(&[0, 7, 3]), "bad_frame");
    complaint(datagram(6, &[0xa0]), hex("0e00 0000 0000 00000000 07000000"), "bad_length");
    complaint(ask(0xa0, &hex("04 01 40 0f 02 404100")), answer(0xa0, &hex("01")), "truncated_request");
    complaint(ask(0xa0, &hex("04 01 40 0f 02 404100 404200")), answered.clone(), "count_mismatch");
    complaint(ask(0xa0, &hex("33")), answer(0xa0, &hex("01")), "unknown_function");
    complaint(datagram(5, &hex("00 01 01")), asked, "response_without_request");
}

#[test]
fn streams() {
    let mut feeder = Feeder::new(&INFO);
    let asked = ask(0xa0, &hex("04 01 40 0f 01 404100"));
    feeder.segment(ASK, &asked[..9]);
    feeder.segment(ASK, &asked[9..]);
    feeder.segment(ANSWER, &[&[0xff, 0xff], &answer(0xa0, &hex("00 01 01"))[..]].concat());
    feeder.gap(ANSWER, 5);
    feeder.segment(ASK, &asked);
    feeder.now = wf_model::Timestamp(61_000_000_000);
    feeder.segment(ASK, &ask(0x89, &[]));
    feeder.finish();
    assert_eq!(
        feeder.said.operations,
        [
            "read_signal_by_name [read] node 1 @A: ok",
            "read_signal_by_name [read] node 1 @A: unanswered",
            "request_time_and_node_routing_table [diagnostic] : unanswered"
        ]
    );
    assert_eq!(feeder.said.anomalies, ["bad_frame: "]);
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn probes() {
    let verdict =
        |bytes: &[u8], dst_port, transport| probe(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true });
    let (asked, signals) = (ask(0xa0, &hex("0401400f01404100")), datagram(6, &hex("a000 0401400f01404100")));
    assert_eq!(verdict(&asked, 5000, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&asked[..9], 5000, Transport::Tcp), Verdict::More);
    assert_eq!(verdict(&asked[..9], PORT, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&answer(0xa0, &[0]), 5000, Transport::Udp), Verdict::SureServer);
    assert_eq!(verdict(&framed(&hex("0107 85 00")), 5000, Transport::Udp), Verdict::Sure);
    assert_eq!(verdict(&framed(&hex("0107 a0 00")), 5000, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&signals, 5000, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&signals, 5000, Transport::Tcp), Verdict::No);
    assert_eq!(verdict(&signals[..20], PORT, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&datagram(5, &[0, 0]), PORT, Transport::Udp), Verdict::SureServer);
    assert_eq!(verdict(&datagram(5, &[0, 0]), 5000, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&hex("0e00 0000 0000 00000000 07000000"), PORT, Transport::Udp), Verdict::Likely);
    assert_eq!(verdict(&hex("0e00 0000 0600 00000000 07000000"), PORT, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&hex("0e00 0000 0900 00000000 07000000"), PORT, Transport::Udp), Verdict::No);
}

proptest! {
    #[test]
    fn any_data_is_survived(data in proptest::collection::vec(any::<u8>(), 0..200), service in any::<u8>()) {
        let begun = [(true, ask(0xa0, &hex("0401c00f01404100"))), (false, answer(0xa0, &data))];
        crate::testing::survives(&INFO, &begun, &[
            (true, ask(service, &data)), (false, answer(service, &data)), (true, framed(&data)), (false, data.clone()),
        ]);
        let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
        for (direction, bytes) in [(ASK, datagram(6, &[&[0xa0, 0], &data[..]].concat())), (ANSWER, datagram(5, &data)), (ASK, data)] {
            decoder.datagram(&context(direction, Transport::Udp, PORT), &bytes, &mut said);
        }
        decoder.finish(&context(ASK, Transport::Udp, PORT), &mut said);
        said.parsed();
    }
}
