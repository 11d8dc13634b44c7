use super::*;
use crate::testing::{Feeder, Recorder, context, datagram, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// A link frame with one segment.
fn segment(direction: Direction, transport: u8, data: &[u8]) -> Vec<u8> {
    let (control, to, from) = if direction == ASK { (0xc4, [10, 0], [1, 0]) } else { (0x44, [1, 0], [10, 0]) };
    let length = u8::try_from(data.len() + 6).unwrap_or(u8::MAX);
    let head = [&[5, 0x64, length, control], &to[..], &from[..]].concat();
    let mut frame = [&head[..], &link::crc(&head).to_le_bytes()].concat();
    let user: Vec<u8> = std::iter::once(transport).chain(data.iter().copied()).collect();
    for block in user.chunks(16) {
        frame.extend_from_slice(block);
        frame.extend_from_slice(&link::crc(block).to_le_bytes());
    }
    frame
}

fn whole(direction: Direction, text: &str) -> Vec<u8> {
    segment(direction, 0xc0, &hex(text))
}

fn exchange(request: &str, answer: &str) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    if !request.is_empty() {
        feeder.segment(ASK, &whole(ASK, request));
    }
    if !answer.is_empty() {
        feeder.segment(ANSWER, &whole(ANSWER, answer));
    }
    feeder.finish();
    feeder.said
}

fn operations(request: &str, answer: &str, expected: &[&str]) {
    let said = exchange(request, answer);
    assert_eq!(said.operations, expected, "{request}");
    assert_eq!(said.anomalies, [""; 0], "{request}");
}

fn points(objects: &str, expected: &[&str]) {
    let said = exchange("c1 01 3c0206", &format!("c1 81 0000 {objects}"));
    assert_eq!(said.measurements, expected, "{objects}");
    assert_eq!(said.anomalies, [""; 0], "{objects}");
}

#[test]
fn crc_is_that_of_the_standard() {
    // A reset of the link from 1 to 1024, as stacks send it.
    assert!(
        Link::read(&hex("0564 05c0 0100 0004 e921")).is_ok_and(|link| link.data == 0 && link.whole() == 10 && link.by_master())
    );
}

#[test]
fn points_with_quality_and_time() {
    points(
        "0101 00 00 09 05 02",
        &[
            "binary_input 0 = true (good)",
            "binary_input 1 = false (good)",
            "binary_input 2 = true (good)",
            "binary_input 3 = false (good)",
            "binary_input 4 = false (good)",
            "binary_input 5 = false (good)",
            "binary_input 6 = false (good)",
            "binary_input 7 = false (good)",
            "binary_input 8 = false (good)",
            "binary_input 9 = true (good)",
        ],
    );
    points("0102 00 0304 81 05", &["binary_input 3 = true (good)", "binary_input 4 = false (comm_lost)"]);
    points("0301 00 0001 09", &["double_bit_input 0 = 1 (good)", "double_bit_input 1 = 2 (good)"]);
    points("0302 00 0000 81", &["double_bit_input 0 = 2 (good)"]);
    points("0202 28 0100 0700 81 000102030405", &["binary_input 7 = true (good)"]);
    points("3302 07 01 000000000000 0203 17 01 05 01 1000", &["binary_input 5 = false (good)"]);
    points("0a02 00 0000 80", &["binary_output 0 = true (offline)"]);
    points(
        "1401 00 0000 01 d2040000 1502 00 0101 41 0a00",
        &["counter 0 = 1234 (good)", "frozen_counter 1 = 10 (discontinuity)"],
    );
    points("1606 17 01 02 01 ff00 000102030405", &["counter 2 = 255 (good)"]);
    points("1e01 01 0001 0001 21 ffffffff", &["analog_input 256 = -1 (over_range)"]);
    points(
        "1e02 00 0000 01 fdff 1e03 00 0101 05000000 1e04 00 0202 0600",
        &["analog_input 0 = -3 (good)", "analog_input 1 = 5 (good)", "analog_input 2 = 6 (good)"],
    );
    points(
        "1e05 00 0000 01 0000c03f 1e06 00 0101 41 000000000000f83f",
        &["analog_input 0 = 1.5 (good)", "analog_input 1 = 1.5 (reference_error)"],
    );
    points("2007 17 01 09 01 0000c03f 000102030405", &["analog_input 9 = 1.5 (good)"]);
    points(
        "2802 00 0000 01 0a00 2a08 17 01 04 11 000000000000f83f 000102030405",
        &["analog_output 0 = 10 (good)", "analog_output 4 = 1.5 (local_forced)"],
    );
    points("6e05 00 0000 48656c6c6f", &["octet_string 0 = \"Hello\" (good)"]);
}

#[test]
fn requests_and_answers() {
    operations("c1 01 3c0206 3c0306 3c0406 3c0106", "c1 81 0000", &["read [read] class 0 1 2 3: ok"]);
    operations("c1 01 1e02 00 0309", "c1 81 0004", &["read [read] analog_input 3-9: error: parameter_error"]);
    operations("c1 01 1e0006 140006", "c1 81 0000", &["read [read] analog_input, counter: ok"]);
    operations("c2 02 3201 07 01 00e40b540501", "c2 81 0000", &["write [configuration] time = 2005-07-26T16:48:49.664000Z: ok"]);
    operations("c2 02 5001 00 0707 00", "c2 81 0000", &["write [diagnostic] internal_indication 7: ok"]);
    operations("c2 0d", "c2 81 0000 3402 07 01 e803", &["cold_restart [control] : ok"]);
    operations("c2 12", "c2 81 0001", &["stop_application [control] : error: no_func_code_support"]);
    operations("c2 14 3c0206", "c2 81 0000", &["enable_unsolicited [configuration] class 1: ok"]);
    operations("c2 16 3c0206 1e00 00 0002", "c2 81 0000", &["assign_class [configuration] class, analog_input: ok"]);
    operations("c2 0a 140006", "", &["freeze_and_clear_no_response [write] counter: unconfirmed"]);
    operations("c2 17", "", &["delay_measurement [diagnostic] : unanswered"]);
    operations("d0 00", "", &[]);
}

#[test]
fn controls_have_their_own_state() {
    let relay = |index: &str, code: &str, status: &str| format!("{index} {code} 01 f4010000 64000000 {status}");
    let two = |status: &str| format!("0c01 17 02 {} {}", relay("05", "41", "00"), relay("06", "03", status));
    operations(
        &format!("c3 03 {}", two("00")),
        &format!("c3 81 0000 {}", two("04")),
        &[
            "select [control] crob 5 = pulse_on close on 500 ms off 100 ms: ok",
            "select [control] crob 6 = latch_on: error: not_supported",
        ],
    );
    operations(
        "c4 05 2902 28 0100 0300 6400 00",
        "c4 81 0000 2902 28 0100 0300 6400 02",
        &["direct_operate [control] analog_output 3 = 100: error: no_select"],
    );
    operations(
        "c4 04 2903 17 01 03 0000c03f 00",
        "c4 81 0000 2903 17 01 03 0000c03f 00",
        &["operate [control] analog_output 3 = 1.5: ok"],
    );
    operations("c4 06 2901 17 01 03 02000000 00", "", &["direct_operate_no_response [control] analog_output 3 = 2: unconfirmed"]);
    operations(
        &format!("c3 04 {}", two("00")),
        "c3 81 0002",
        &[
            "operate [control] crob 5 = pulse_on close on 500 ms off 100 ms: error: object_unknown",
            "operate [control] crob 6 = latch_on: error: object_unknown",
        ],
    );
}

#[test]
fn files_by_name() {
    let mut feeder = Feeder::new(&INFO);
    let name = "2f 61 2e 62 69 6e";
    let open = format!("c1 19 4603 5b 01 2000 1a00 0600 000000000000 ff01 00000000 10000000 0200 0004 0100 {name}");
    feeder.segment(ASK, &whole(ASK, &open));
    feeder.segment(ANSWER, &whole(ANSWER, "c1 81 0000 4604 5b 01 0d00 04030201 10000000 0004 0100 00"));
    feeder.segment(ASK, &whole(ASK, "c2 02 4605 5b 01 0a00 04030201 00000080 4142"));
    feeder.segment(ANSWER, &whole(ANSWER, "c2 81 0000 4606 5b 01 0900 04030201 00000080 13"));
    assert_eq!(feeder.said.files, ["/a.bin 16"]);
    let expected = ["open_file [program] /a.bin = write: ok", "write [program] /a.bin = block 0, 2 bytes: error: fatal"];
    assert_eq!(feeder.said.operations, expected);
    let user = "c1 1d 4602 5b 01 1300 0c00 0400 1000 0300 00000000 75736572 707764";
    let said = exchange(user, "");
    assert_eq!((said.credentials, said.secrets), (vec!["password user".to_owned()], vec![3]));
}

#[test]
fn secrets_are_masked_across_blocks() {
    let user = "c1 1d 4602 5b 01 1c00 0c00 0400 1000 0c00 00000000 75736572 2a626c61636b626972643132";
    let mut packet = [&[0; 54][..], &whole(ASK, user)].concat();
    mask(&mut packet, b"*blackbird12", b'*');
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, packet.get(54..).unwrap_or_default());
    feeder.finish();
    assert_eq!((feeder.said.credentials, feeder.said.secrets), (vec!["password user".to_owned()], vec![12]));
    assert_eq!(feeder.said.anomalies, [""; 0]);
    let fragment = Payload::read(&Link::read(&packet[54..]).unwrap(), &packet[64..]);
    assert!(fragment.bytes().ends_with(b"user************"));
}

#[test]
fn an_outstation_says_who_it_is() {
    let said = exchange(
        "c1 01 00fe 00 0000",
        "c1 81 0000 00fc 00 0000 01 04 41434d45 00fa 00 0000 01 02 5258 00f8 00 0000 01 01 39 00f2 17 01 00 01 03 312e30",
    );
    let expected = [
        "Sender role=scada_server (50)",
        "Sender role=rtu (60)",
        "Sender vendor=ACME (90)",
        "Sender model=RX (90)",
        "Sender serial=9 (90)",
        "Sender firmware=1.0 (90)",
    ];
    assert_eq!(said.evidence, expected);
}

#[test]
fn messages_carry_the_keys() {
    let mut said = exchange("c1 01 3c0206", "e1 81 1000 1e02 00 0000 01 fdff");
    let messages = said.parsed();
    let answer = messages.last().cloned().unwrap_or_default();
    for (key, value) in
        [("source", "10"), ("destination", "1"), ("function", "129"), ("sequence", "1"), ("objects", "[\"30.2\"]")]
    {
        assert_eq!(answer.get(key).map(ToString::to_string).as_deref(), Some(value), "{key}");
    }
    assert_eq!(answer.get("indications").map(ToString::to_string).as_deref(), Some("[\"need_time\"]"));
    let point = r#"[{"flags":1,"index":0,"object":"30.2","quality":"good","value":-3}]"#;
    assert_eq!(answer.get("points").map(ToString::to_string).as_deref(), Some(point));
}

#[test]
fn segments_make_a_fragment() {
    let data = hex("c1 81 0000 1e02 00 0003 01 0100 01 0200 01 0300 01 0400");
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &whole(ASK, "c1 01 1e0006"));
    // Sequence numbers wrap after 63; a segment that comes twice counts once.
    let parts = [(0x7f, &data[..8]), (0x00, &data[8..12]), (0x00, &data[8..12]), (0x81, &data[12..])];
    let stream: Vec<u8> = parts.iter().flat_map(|(octet, part)| segment(ANSWER, *octet, part)).collect();
    stream.chunks(7).for_each(|bytes| feeder.segment(ANSWER, bytes));
    assert_eq!((feeder.said.measurements.len(), feeder.said.anomalies.len()), (4, 0));
    feeder.segment(ANSWER, &segment(ANSWER, 0x40, &data[..8]));
    feeder.segment(ANSWER, &segment(ANSWER, 0x82, &data[8..]));
    assert_eq!(feeder.said.anomalies, ["transport_sequence: segment 2"]);
}

fn complaint(request: &str, answer: &str, anomaly: &str) {
    let said = exchange(request, answer);
    assert_eq!(
        said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect::<Vec<_>>(),
        [anomaly],
        "{request} {answer}"
    );
    assert!(INFO.anomalies.iter().any(|kind| kind.name == anomaly));
}

#[test]
fn breaches_have_names() {
    complaint("c1 63", "", "unknown_function");
    complaint("c1 01 c801 06 3c0206", "", "unknown_object");
    complaint("", "c1 81 0000 c801 00 0000 01", "unknown_object");
    complaint("", "c1 81 0000 1e02 00 0005 01", "truncated_object");
    complaint("c1 01 1e02 00 0502", "", "bad_range");
    // An index that is cut off ends the list of points, however many are promised.
    complaint("c1 01 1e02 39 ffffffff 01000000 02", "", "truncated_object");
    complaint("c1", "", "truncated_fragment");
    complaint("c1 01 3c0206", "c7 81 0000", "response_without_request");
    complaint("c1 82 0000", "", "wrong_direction");
}

#[test]
fn damage_is_skipped() {
    let good = whole(ASK, "c1 01 3c0206");
    let mut header = good.clone();
    header[4] ^= 1;
    let mut data = good.clone();
    data[12] ^= 1;
    for (bytes, anomaly) in [(header, "bad_crc: header"), (data, "bad_crc: data, from 1 to 10")] {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &[&good[..], &bytes, &good].concat());
        assert_eq!(feeder.said.anomalies, [anomaly]);
        assert_eq!(feeder.said.parsed().len(), 2);
    }
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn datagrams_hold_several_frames() {
    let ctx = context(ASK, Transport::Udp, 20000);
    let two = [whole(ASK, "c1 01 3c0206"), whole(ASK, "c2 01 3c0306")].concat();
    let (mine, mut said) = datagram(&INFO, &ctx, &two);
    assert!(mine && said.parsed().len() == 2);
    let (mine, said) = datagram(&INFO, &ctx, &two[..two.len() - 1]);
    assert!(mine && said.anomalies.first().is_some_and(|a| a.starts_with("truncated_frame")));
    assert!(!datagram(&INFO, &ctx, b"\x05\x64nonsense").0);
}

#[test]
fn probes() {
    let verdict = |bytes: &[u8]| probe(&Probe { bytes, src_port: 1, dst_port: 2, transport: Transport::Tcp, from_start: true });
    assert_eq!(verdict(&whole(ASK, "c1 01 3c0206")), Verdict::SureClient);
    assert_eq!(verdict(&whole(ANSWER, "c1 81 0000")), Verdict::SureServer);
    assert_eq!(
        (verdict(&[5]), verdict(&[5, 0x64, 5]), verdict(&[5, 0x65]), verdict(&[5, 0x64, 5, 0, 0, 0, 0, 0, 0, 0])),
        (Verdict::More, Verdict::More, Verdict::No, Verdict::No)
    );
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &whole(ASK, "c1 01 3c0206"));
        feeder.segment(ASK, &bytes);
        feeder.finish();
        let _ = datagram(&INFO, &context(ASK, Transport::Udp, 20000), &bytes);
    }

    #[test]
    fn any_fragment_is_survived(
        function in any::<u8>(),
        known in any::<bool>(),
        group in proptest::sample::select(vec![0u8, 1, 2, 3, 4, 10, 12, 20, 21, 22, 30, 31, 32, 40, 41, 50, 51, 60, 70, 80, 85, 110, 120]),
        mut body in proptest::collection::vec(any::<u8>(), 3..240),
    ) {
        if known {
            body[0] = group;
            body[1] %= 10;
        }
        let mut feeder = Feeder::new(&INFO);
        let request = [&[0xc1, function][..], &body].concat();
        let answer = [&[0xc1, 129, 0, 0][..], &body].concat();
        feeder.segment(ASK, &segment(ASK, 0xc0, &request));
        feeder.segment(ANSWER, &segment(ANSWER, 0xc0, &answer));
        feeder.segment(ANSWER, &segment(ANSWER, body[2], &answer));
        feeder.finish();
        feeder.said.parsed();
    }
}
