use super::*;
use crate::testing::{Feeder, Recorder, context, datagram, hex};
use frame::{CONFIGURATION_1, CONFIGURATION_2, CONFIGURATION_3, DATA, HEADER_TEXT};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// CRC-CCITT as annex B gives it, bit by bit.
fn checked(mut frame: Vec<u8>) -> Vec<u8> {
    let mut sum = 0xffffu16;
    for byte in &frame {
        sum ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            sum = if sum & 0x8000 != 0 { sum << 1 ^ 0x1021 } else { sum << 1 };
        }
    }
    frame.extend(sum.to_be_bytes());
    frame
}

/// A frame (6.2) of stream 7, second 0x44853600, a quarter of a second.
fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let size = (body.len() as u16 + 16).to_be_bytes();
    checked([&[0xaa, kind << 4 | 1][..], &size, &[0, 7], &hex("44853600 00 03d090"), body].concat())
}

fn name(text: &str) -> Vec<u8> {
    let mut name = text.as_bytes().to_vec();
    name.resize(16, b' ');
    name
}

/// The configuration of annex D, table D.2: Station A with four phasors, three analogs, one digital word.
fn station_a(format: u16) -> Vec<u8> {
    let mut body = hex("000f4240 0001");
    body.extend(name("Station A"));
    body.extend(hex("1e36"));
    body.extend(format.to_be_bytes());
    body.extend(hex("0004 0003 0001"));
    for channel in ["VA", "VB", "VC", "I1", "ANALOG1", "ANALOG2", "ANALOG3"] {
        body.extend(name(channel));
    }
    for bit in 1..=16 {
        body.extend(name(&format!("BREAKER {bit:X} STATUS")));
    }
    body.extend(hex("000df847 000df847 000df847 0100b2d0 00000001 01000001 02000001 0000000f 0000 0016 001e"));
    body
}

fn play(frames: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, bytes) in frames {
        feeder.segment(*direction, bytes);
    }
    feeder.finish();
    feeder.said
}

/// The data frame of annex D, table D.1: rectangular phasors of sixteen bits.
#[test]
fn annex_d() {
    let data = hex("0000 392b 0000 e36a ce7c e36a 3184 0444 0000 09c4 0000 42c80000 447a0000 461c4000 3c12");
    let frames = [
        (ASK, frame(COMMAND, &[0, 5])),
        (ANSWER, frame(CONFIGURATION_2, &station_a(4))),
        (ASK, frame(COMMAND, &[0, 2])),
        (ANSWER, frame(DATA, &data)),
    ];
    let mut said = play(&frames);
    let expected = ["send_configuration_2 [diagnostic] stream 7: ok", "turn_on_transmission [control] stream 7: ok"];
    assert_eq!(said.operations, expected);
    assert_eq!(said.evidence, ["Sender name=Station A (50)"]);
    assert_eq!(said.anomalies, [""; 0]);
    let rounded: Vec<String> = said.measurements.iter().map(|m| round(m)).collect();
    let expected = [
        "Station A VA magnitude = 133987 (good)",
        "Station A VA angle = 0 (good)",
        "Station A VB magnitude = 134003 (good)",
        "Station A VB angle = -120 (good)",
        "Station A VC magnitude = 134003 (good)",
        "Station A VC angle = 120 (good)",
        "Station A I1 magnitude = 500 (good)",
        "Station A I1 angle = 0 (good)",
        "Station A frequency = 62 (good)",
        "Station A rocof = 0 (good)",
        "Station A ANALOG1 = 100 (good)",
        "Station A ANALOG2 = 1000 (good)",
        "Station A ANALOG3 = 10000 (good)",
        "Station A BREAKER 1 STATUS = false (good)",
        "Station A BREAKER 2 STATUS = true (good)",
        "Station A BREAKER 3 STATUS = false (good)",
        "Station A BREAKER 4 STATUS = false (good)",
    ];
    assert_eq!(rounded, expected, "inputs that are not connected have no point");
    let messages = said.parsed();
    let keys = ["frame_type", "id_code", "size", "fraction"].map(|key| messages[3][key].as_u64());
    assert_eq!(keys, [Some(0), Some(7), Some(16 + 36), Some(250_000)]);
}

/// A measurement with its number rounded.
fn round(measurement: &str) -> String {
    let (point, rest) = measurement.split_once(" = ").unwrap();
    let (value, quality) = rest.split_once(' ').unwrap();
    let value = value.parse::<f64>().map_or(value.to_owned(), |number| format!("{:.0}", number + 0.0).replace("-0", "0"));
    format!("{point} = {value} {quality}")
}

fn unit(format: u16, data: &str) -> Vec<String> {
    let mut body = hex("000f4240 0001");
    body.extend(name("S"));
    body.extend(hex("0001"));
    body.extend(format.to_be_bytes());
    body.extend(hex("0001 0001 0000"));
    body.extend([name("V"), name("A")].concat());
    body.extend(hex("000186a0 00000001 0001 0000 0032"));
    let frames = [(ANSWER, frame(CONFIGURATION_2, &body)), (ANSWER, frame(DATA, &hex(data)))];
    let said = play(&frames);
    assert_eq!(said.anomalies, [""; 0], "{data}");
    said.measurements.iter().map(|m| round(m)).collect()
}

/// 6.3: floating and whole numbers, polar and rectangular, absent values, status.
#[test]
fn formats() {
    let quality = |text: &str| text.rsplit_once(' ').map(|(_, quality)| quality.to_owned());
    let polar =
        ["S V magnitude = 5 (good)", "S V angle = 90 (good)", "S frequency = 51 (good)", "S rocof = 2 (good)", "S A = 7 (good)"];
    assert_eq!(unit(15, "0000 40a00000 3fc90fdb 424c0000 40000000 40e00000"), polar);
    assert_eq!(unit(14, "0000 00000000 40a00000 424c0000 40000000 40e00000"), polar, "rectangular");
    assert_eq!(unit(1, "0000 0005 3d5c 03e8 00c8 0007"), polar, "sixteen bits");
    assert_eq!(unit(0, "0000 8000 8000 8000 8000 8000"), [""; 0], "nothing there");
    assert_eq!(unit(15, "0000 7fc00000 00000000 7fc00000 7fc00000 7fc00000"), [""; 0], "not a number");
    for (status, expected) in
        [("2000", "(not_synchronized)"), ("4000", "(pmu_error)"), ("8000", "(test_mode)"), ("c000", "(pmu_error)")]
    {
        let said = unit(1, &format!("{status} 0005 3d5c 03e8 00c8 0007"));
        assert_eq!(said.first().and_then(|m| quality(m)).as_deref(), Some(expected));
    }
}

/// 6.4.3: names of any length, scales and turns, where the unit stands.
#[test]
fn third_configuration() {
    let mut body = hex("0000 000f4240 0001 07");
    body.extend(b"Station");
    body.extend(hex("0001 00000000000000000000000000000000 0003 0001 0001 0001 01"));
    body.extend(b"I\x01A");
    for bit in 0..16 {
        body.extend([1, b'a' + bit]);
    }
    body.extend(hex("0000 0c 00 40000000 3f800000 3f000000 3f800000 0000 0001"));
    body.extend(hex("42480000 40a00000 42c80000 4d 00000000 00000000 0001 0003 0032"));
    let data = hex("0000 40a00000 00000000 03e8 0000 0004 0001");
    let mut said = play(&[(ANSWER, frame(CONFIGURATION_3, &body)), (ANSWER, frame(DATA, &data))]);
    let rounded: Vec<String> = said.measurements.iter().map(|m| round(m)).collect();
    let expected = [
        "Station I magnitude = 5 (good)",
        "Station I angle = 57 (good)",
        "Station frequency = 51 (good)",
        "Station rocof = 0 (good)",
        "Station A = 3 (good)",
        "Station a = true (good)",
    ];
    assert_eq!(rounded, expected);
    let messages = said.parsed();
    assert_eq!(messages[0]["units"][0]["place"][0], 50.0);
    assert_eq!(messages[0]["units"][0]["phasors"][0]["unit"], "A");
    assert_eq!(messages[1]["units"][0]["digital"].to_string(), "[1]", "6.3, table 6: the words as they come");
    // A part of one in several frames is not put together.
    body[1] = 1;
    assert_eq!(play(&[(ANSWER, frame(CONFIGURATION_3, &body))]).anomalies, [""; 0]);
}

/// 6.6: what nobody answers, and what somebody should have.
#[test]
fn commands() {
    let frames = [
        (ASK, frame(COMMAND, &[0, 1])),
        (ASK, frame(COMMAND, &[0, 3])),
        (ANSWER, frame(HEADER_TEXT, b"Hello, I am a unit")),
        (ASK, frame(COMMAND, &[0, 4])),
        (ANSWER, frame(CONFIGURATION_1, &station_a(4))),
        (ASK, frame(COMMAND, &[0, 6])),
        (ASK, frame(COMMAND, &hex("0008 0102"))),
        (ASK, frame(COMMAND, &[1, 2])),
        (ASK, frame(COMMAND, &[0, 9])),
    ];
    let said = play(&frames);
    let expected = [
        "turn_off_transmission [control] stream 7: unconfirmed",
        "send_header [diagnostic] stream 7: ok",
        "send_configuration_1 [diagnostic] stream 7: ok",
        "extended_frame [configuration] stream 7: unconfirmed",
        "user_command [control] stream 7 = 0x0102: unconfirmed",
        "unknown_command [control] stream 7 = 0x0009: unconfirmed",
        "send_configuration_3 [diagnostic] stream 7: unanswered",
    ];
    assert_eq!(said.operations, expected);
    assert_eq!(said.evidence, ["Sender description=Hello, I am a unit (40)", "Sender name=Station A (50)"]);
    assert_eq!(said.anomalies, ["unknown_command: 0x0009"]);
}

#[test]
fn anomalies() {
    let good = frame(COMMAND, &[0, 2]);
    let mut broken = good.clone();
    broken[16] ^= 1;
    let newer = checked([&hex("aa 49 0012")[..], &good[4..16]].concat());
    for (bytes, expected) in [
        (broken, "bad_checksum: command"),
        (newer, "unknown_type: type 4 version 9"),
        (good[..17].to_vec(), "bad_size: 18 said, 17 there"),
        (frame(CONFIGURATION_2, &station_a(4)[..60]), "bad_configuration: 16 bytes needed, 12 left"),
    ] {
        let ctx = context(if bytes[1] >> 4 == COMMAND { ASK } else { ANSWER }, Transport::Udp, UDP_PORT);
        assert_eq!(datagram(&INFO, &ctx, &bytes).1.anomalies, [expected]);
    }
    let frames = [
        (ANSWER, frame(CONFIGURATION_2, &station_a(4))),
        (ANSWER, frame(DATA, &[0; 4])),
        (ANSWER, hex("7b01")),
        (ANSWER, frame(DATA, &[0; 36])),
        (ASK, hex("aa41 0004 0007 44853600 0003d090 0000")),
    ];
    let mut feeder = Feeder::new(&INFO);
    frames.iter().for_each(|(direction, bytes)| feeder.segment(*direction, bytes));
    assert_eq!(feeder.said.anomalies, ["size_mismatch: 36 due, 4 there", "bad_sync: 7b01", "bad_size: 4"]);
    assert_eq!(play(&[(ANSWER, good)]).anomalies, ["direction_mismatch: command"]);
}

#[test]
fn probes() {
    let asked =
        |bytes: &[u8], port, transport| probe(&Probe { bytes, src_port: 40_000, dst_port: port, transport, from_start: true });
    let command = frame(COMMAND, &[0, 2]);
    assert_eq!(asked(&command, 4712, Transport::Tcp), Verdict::SureClient);
    assert_eq!(asked(&command, 5000, Transport::Udp), Verdict::SureClient, "by its check word");
    assert_eq!(asked(&frame(DATA, &[0; 20]), 5000, Transport::Tcp), Verdict::SureServer);
    assert_eq!(asked(&frame(DATA, &[0; 20])[..20], 5000, Transport::Tcp), Verdict::More);
    let mut broken = command.clone();
    broken[17] ^= 1;
    assert_eq!(asked(&broken, 5000, Transport::Udp), Verdict::No);
    assert_eq!(asked(&broken, 4713, Transport::Udp), Verdict::SureClient);
    assert_eq!(asked(&[0xaa], 4712, Transport::Tcp), Verdict::More);
    assert_eq!(asked(b"GET / HTTP/1.1\r\n", 4712, Transport::Tcp), Verdict::No);
}

#[test]
fn commands_wait_for_a_minute_and_holes_end() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &frame(COMMAND, &[0, 3]));
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ANSWER, &frame(CONFIGURATION_2, &station_a(4)));
    assert_eq!(feeder.said.operations, ["send_header [diagnostic] stream 7: unanswered"]);
    feeder.segment(ASK, &frame(COMMAND, &[0, 3]));
    feeder.gap(ANSWER, 100);
    feeder.segment(ASK, &frame(COMMAND, &[0, 4]));
    feeder.finish();
    let expected = ["send_header [diagnostic] stream 7: unconfirmed", "send_configuration_1 [diagnostic] stream 7: unanswered"];
    assert_eq!(feeder.said.operations.get(1..).unwrap(), expected);
}

proptest! {
    #[test]
    fn any_body(kind in 0u8..7, body in proptest::collection::vec(any::<u8>(), 0..400), format in 0u16..16) {
        let frames = [(ANSWER, frame(CONFIGURATION_2, &station_a(format))), (ANSWER, frame(kind, &body)), (ASK, body.clone())];
        let _ = play(&frames).parsed();
        let _ = datagram(&INFO, &context(ASK, Transport::Udp, UDP_PORT), &body);
    }

    /// A configuration with damage anywhere, its check word made right again.
    #[test]
    fn damaged_configurations(at in 0usize..440, byte in any::<u8>(), third in any::<bool>()) {
        let mut body = station_a(4);
        let at = at % body.len();
        body[at] = byte;
        let kind = if third { CONFIGURATION_3 } else { CONFIGURATION_2 };
        let _ = play(&[(ANSWER, frame(kind, &body)), (ANSWER, frame(DATA, &body))]).parsed();
    }
}
