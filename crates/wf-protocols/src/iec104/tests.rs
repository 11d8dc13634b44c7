use super::*;
use crate::testing::{Feeder, Recorder, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// An APDU in format I; the numbers count on by themselves.
struct Talk {
    feeder: Feeder,
    sent: [u16; 2],
}

impl Talk {
    fn new() -> Self {
        let mut talk = Self { feeder: Feeder::new(&INFO), sent: [0; 2] };
        talk.feeder.segment(ASK, &hex("6804 07000000"));
        talk.feeder.segment(ANSWER, &hex("6804 0b000000"));
        talk.feeder.said.operations.clear();
        talk.feeder.said.evidence.clear();
        talk
    }

    fn apdu(&mut self, direction: Direction, asdu: &str) -> Vec<u8> {
        let body = hex(asdu);
        let [here, there] = [direction.index(), direction.reverse().index()];
        let control = [self.sent[here] << 1, self.sent[there] << 1].map(u16::to_le_bytes).concat();
        self.sent[here] += 1;
        [&[0x68, u8::try_from(body.len() + 4).unwrap()][..], &control, &body].concat()
    }

    fn say(&mut self, direction: Direction, asdu: &str) {
        let bytes = self.apdu(direction, asdu);
        self.feeder.segment(direction, &bytes);
    }
}

fn talk(asdus: &[(Direction, &str)]) -> Recorder {
    let mut talk = Talk::new();
    asdus.iter().for_each(|(direction, asdu)| talk.say(*direction, asdu));
    talk.feeder.finish();
    talk.feeder.said
}

fn operations(asdus: &[(Direction, &str)], expected: &[&str]) {
    let said = talk(asdus);
    assert_eq!(said.operations, expected, "{asdus:?}");
    assert_eq!(said.anomalies, [""; 0], "{asdus:?}");
}

/// Objects of a type, sent spontaneously by station 1.
fn points(type_count: &str, objects: &str, expected: &[&str]) {
    let said = talk(&[(ANSWER, &format!("{type_count} 0300 0100 {objects}"))]);
    assert_eq!(said.measurements, expected, "{type_count} {objects}");
    assert_eq!(said.anomalies, [""; 0], "{type_count} {objects}");
}

#[test]
fn points_with_quality_and_time() {
    // 7.3.1.1 to 7.3.1.4: single and double points, alone and in a row.
    points("01 01", "010000 01", &["single_point 1 = true (good)"]);
    points("01 82", "feff00 10 81", &["single_point 65534 = false (blocked)", "single_point 65535 = true (invalid)"]);
    points("02 01", "010000 01 e803 0a", &["single_point 1 = true (good)"]);
    points("03 02", "010000 02 020000 40", &["double_point 1 = 2 (good)", "double_point 2 = 0 (not_topical)"]);
    points("04 01", "010000 21 e803 0a", &["double_point 1 = 1 (substituted)"]);
    // 7.3.1.5: seven bits with a sign.
    points("05 02", "010000 3f 00 020000 c0 01", &["step_position 1 = 63 (good)", "step_position 2 = -64 (overflow)"]);
    points("06 01", "010000 7f 00 e803 0a", &["step_position 1 = -1 (good)"]);
    points("07 01", "010000 ffff0000 00", &["bitstring 1 = 65535 (good)"]);
    points("08 01", "010000 ffff0000 80 e803 0a", &["bitstring 1 = 65535 (invalid)"]);
    // 7.3.1.9: fractions.
    points("09 02", "010000 0040 00 020000 0080 00", &["measured_value 1 = 0.5 (good)", "measured_value 2 = -1 (good)"]);
    points("0a 01", "010000 0040 00 e803 0a", &["measured_value 1 = 0.5 (good)"]);
    points("15 82", "010000 0040 00c0", &["measured_value 1 = 0.5 (good)", "measured_value 2 = -0.5 (good)"]);
    points("0b 01", "010000 fdff 01", &["measured_value 1 = -3 (overflow)"]);
    points("0c 01", "010000 fdff 00 e803 0a", &["measured_value 1 = -3 (good)"]);
    points("0d 01", "010000 0000c03f 00", &["measured_value 1 = 1.5 (good)"]);
    points("0e 01", "010000 0000c03f 00 e803 0a", &["measured_value 1 = 1.5 (good)"]);
    // 7.2.6.9: carry, adjusted, invalid.
    points("0f 01", "010000 d2040000 05", &["integrated_total 1 = 1234 (good)"]);
    points("10 01", "010000 ffffffff 25 e803 0a", &["integrated_total 1 = -1 (carry)"]);
    points("25 01", "010000 01000000 45 e803 0a 06 6a 03 1a", &["integrated_total 1 = 1 (adjusted)"]);
    points("11 01", "010000 02 6400 e803 0a", &["protection_event 1 = 2 (good)"]);
    points("12 01", "010000 03 08 6400 e803 0a", &["protection_start 1 = 3 (elapsed_time_invalid)"]);
    points("13 01", "010000 01 00 6400 e803 0a", &["protection_output 1 = 1 (good)"]);
    points("26 01", "010000 02 6400 e803 0a 06 6a 03 1a", &["protection_event 1 = 2 (good)"]);
    points("27 01", "010000 03 00 6400 e803 0a 06 6a 03 1a", &["protection_start 1 = 3 (good)"]);
    points("28 01", "010000 01 00 6400 e803 0a 06 6a 03 1a", &["protection_output 1 = 1 (good)"]);
    points("1e 01", "010000 01 e803 0a 06 6a 03 1a", &["single_point 1 = true (good)"]);
    points("1f 01", "010000 02 e803 0a 06 6a 03 1a", &["double_point 1 = 2 (good)"]);
    points("20 01", "010000 05 00 e803 0a 06 6a 03 1a", &["step_position 1 = 5 (good)"]);
    points("21 01", "010000 01000000 00 e803 0a 06 6a 03 1a", &["bitstring 1 = 1 (good)"]);
    points("22 01", "010000 0040 00 e803 0a 06 6a 03 1a", &["measured_value 1 = 0.5 (good)"]);
    points("23 01", "010000 0a00 00 e803 0a 06 6a 03 1a", &["measured_value 1 = 10 (good)"]);
    points("24 01", "010000 0000c03f 00 e803 0a 06 6a 03 1a", &["measured_value 1 = 1.5 (good)"]);
    let packed = talk(&[(ANSWER, "14 01 0300 0c00 640000 0500 0400 00")]).measurements;
    assert_eq!(packed.len(), 16);
    assert_eq!(packed.get(2).map(String::as_str), Some("packed_single_points 100.2 station 12 = true (good)"));
    // What is marked as a test is none of the process.
    assert_eq!(talk(&[(ANSWER, "01 01 8300 0100 010000 01")]).measurements, [""; 0]);
}

#[test]
fn commands_are_joined_with_their_confirmations() {
    operations(
        &[
            (ASK, "2d 01 0600 0100 891300 81"),
            (ANSWER, "2d 01 0700 0100 891300 81"),
            (ASK, "2d 01 0600 0100 891300 01"),
            (ANSWER, "2d 01 0700 0100 891300 01"),
            (ANSWER, "2d 01 0a00 0100 891300 01"),
        ],
        &[
            "select_single_command [control] single_command 5001 = on: ok",
            "single_command [control] single_command 5001 = on: ok",
        ],
    );
    operations(
        &[(ASK, "2e 01 0600 0c00 010000 86"), (ASK, "2e 01 0800 0c00 010000 86"), (ANSWER, "2e 01 0900 0c00 010000 86")],
        &[
            "cancel_double_command [control] double_command 1 station 12 = on short_pulse: ok",
            "select_double_command [control] double_command 1 station 12 = on short_pulse: unanswered",
        ],
    );
    operations(
        &[(ASK, "2f 01 0600 0100 010000 02"), (ANSWER, "2f 01 4700 0100 010000 02")],
        &["step_command [control] step_command 1 = higher: error: rejected"],
    );
    operations(
        &[(ASK, "32 01 0600 0100 711700 0000c03f 00"), (ANSWER, "32 01 6f00 0100 711700 0000c03f 00")],
        &["setpoint_float [control] setpoint 6001 = 1.5: error: unknown_object_address"],
    );
    // Confirmed, but not carried out.
    operations(
        &[
            (ASK, "30 01 0600 0100 010000 0040 00"),
            (ANSWER, "30 01 0700 0100 010000 0040 00"),
            (ANSWER, "30 01 4a00 0100 010000 0040 00"),
        ],
        &[
            "setpoint_normalized [control] setpoint 1 = 0.5: ok",
            "setpoint_normalized [control] setpoint 1 = 0.5: error: not_completed",
        ],
    );
    operations(
        &[(ASK, "31 01 0600 0100 010000 fdff 85"), (ASK, "33 01 0600 0100 020000 ff000000")],
        &[
            "select_setpoint_scaled [control] setpoint 1 = -3 qualifier 5: unanswered",
            "bitstring_command [control] bitstring_command 2 = 0x000000ff: unanswered",
        ],
    );
    operations(
        &[(ASK, "3a 01 0600 0100 010000 00 e803 0a 06 6a 03 1a"), (ANSWER, "3a 01 0700 0100 010000 00 e803 0a 06 6a 03 1a")],
        &["single_command [control] single_command 1 = off: ok"],
    );
}

#[test]
fn stations_are_asked_and_set() {
    operations(
        &[
            (ASK, "64 01 0600 0100 000000 14"),
            (ANSWER, "64 01 0700 0100 000000 14"),
            (ANSWER, "01 01 1400 0100 010000 01"),
            (ANSWER, "64 01 0a00 0100 000000 14"),
            (ASK, "64 01 0600 0200 000000 15"),
            (ANSWER, "64 01 4700 0200 000000 15"),
        ],
        &["interrogation [read] all: ok", "interrogation [read] group 1 station 2: error: rejected"],
    );
    operations(
        &[(ASK, "65 01 0600 0100 000000 05"), (ASK, "65 01 0600 0100 000000 82")],
        &[
            "counter_interrogation [read] all counters: unanswered",
            "counter_interrogation [write] counter group 2 = freeze_and_reset counter group 2: unanswered",
        ],
    );
    operations(&[(ASK, "66 01 0500 0100 010000"), (ANSWER, "0d 01 0500 0100 010000 0000c03f 00")], &["read [read] object 1: ok"]);
    operations(
        &[(ASK, "67 01 0600 ffff 000000 e803 0a 06 6a 03 1a"), (ANSWER, "67 01 0700 0100 000000 e803 0a 06 6a 03 1a")],
        &["clock_synchronization [configuration] station 65535 = 2026-03-10T06:10:01.000: ok"],
    );
    operations(&[(ASK, "68 01 0600 0100 000000 aa55")], &["test_command [diagnostic] : unanswered"]);
    operations(
        &[(ASK, "69 01 0600 0300 000000 01"), (ANSWER, "69 01 0700 0300 000000 01"), (ANSWER, "46 01 0400 0300 000000 02")],
        &[
            "reset_process [control] station 3 = process: ok",
            "end_of_initialization [diagnostic] station 3 = remote_reset: unconfirmed",
        ],
    );
    operations(
        &[
            (ASK, "6e 01 0600 0100 010000 0040 01"),
            (ASK, "70 01 0600 0100 010000 0000c03f 04"),
            (ASK, "71 01 0800 0100 010000 03"),
        ],
        &[
            "parameter_normalized [configuration] parameter 1 = threshold 0.5: unanswered",
            "parameter_float [configuration] parameter 1 = high_limit 1.5: unanswered",
            "deactivate_parameter [configuration] parameter 1 = cyclic_transmission: unanswered",
        ],
    );
}

#[test]
fn a_type_that_is_not_known_is_an_answer() {
    operations(
        &[
            (ASK, "3f 01 0600 0100 010000 0000c03f 00 e803 0a 06 6a 03 1a"),
            (ANSWER, "3f 01 6c00 0100 010000 0000c03f 00 e803 0a 06 6a 03 1a"),
        ],
        &["setpoint_float [control] setpoint 1 = 1.5: error: unknown_type"],
    );
}

#[test]
fn files_both_ways() {
    let mut said = talk(&[
        (ASK, "7a 01 0500 0100 000000 0000 00 00"),
        (ANSWER, "7e 81 0500 0100 0a0000 0300 000400 20 e803 0a 06 6a 03 1a"),
        (ASK, "7a 01 0d00 0100 0a0000 0300 00 01"),
        (ANSWER, "78 01 0d00 0100 0a0000 0300 000400 00"),
        (ASK, "7a 01 0d00 0100 0a0000 0300 00 02"),
        (ANSWER, "79 01 0d00 0100 0a0000 0300 01 000400 00"),
        (ASK, "7a 01 0d00 0100 0a0000 0300 01 06"),
        (ANSWER, "7d 01 0d00 0100 0a0000 0300 01 04 01020304"),
        (ANSWER, "7b 01 0d00 0100 0a0000 0300 01 03 0a"),
        (ASK, "7c 01 0d00 0100 0a0000 0300 01 03"),
        (ASK, "7a 01 0d00 0100 0b0000 0400 00 01"),
        (ANSWER, "78 01 0d00 0100 0b0000 0400 000000 80"),
        (ASK, "7a 01 0d00 0100 0b0000 0400 00 04"),
        (ASK, "78 01 0d00 0100 0c0000 0500 640000 00"),
        (ANSWER, "7a 01 0d00 0100 0c0000 0500 00 02"),
        (ASK, "79 01 0d00 0100 0c0000 0500 01 640000 00"),
        (ANSWER, "7c 01 0d00 0100 0c0000 0500 00 01"),
    ]);
    let expected = [
        "call_directory [read] file 0 object 0: ok",
        "select_file [read] file 3 object 10: ok",
        "request_file [read] file 3 object 10: ok",
        "request_section [read] file 3 object 10 = section 1: ok",
        "select_file [read] file 4 object 11: error: not_ready",
        "delete_file [program] file 4 object 11: unconfirmed",
        "send_file [program] file 5 object 12 = 100 bytes: ok",
    ];
    assert_eq!(said.operations, expected);
    assert_eq!(said.files, ["file 3 object 10 1024", "file 5 object 12 100"]);
    assert_eq!(said.anomalies, [""; 0]);
    let entry = r#"[{"address":10,"file":3,"size":1024,"status":32,"time":"2026-03-10T06:10:01.000"}]"#;
    let messages = said.parsed();
    assert_eq!(messages.get(3).and_then(|m| m.get("objects")).map(ToString::to_string).as_deref(), Some(entry));
}

#[test]
fn connections_are_started_and_stopped() {
    let mut feeder = Feeder::new(&INFO);
    for (direction, text) in [
        (ASK, "680407000000"),
        (ANSWER, "68040b000000"),
        (ASK, "680443000000"),
        (ANSWER, "680483000000"),
        (ASK, "680413000000"),
        (ANSWER, "680423000000"),
        (ASK, "680407000000"),
    ] {
        feeder.segment(direction, &hex(text));
    }
    feeder.finish();
    let expected =
        ["start_data_transfer [control] : ok", "stop_data_transfer [control] : ok", "start_data_transfer [control] : unanswered"];
    assert_eq!(feeder.said.operations, expected);
    assert_eq!(feeder.said.evidence, ["Sender role=scada_server (50)", "Sender role=rtu (60)"]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

#[test]
fn messages_carry_the_keys() {
    let mut said = talk(&[(ANSWER, "24 01 0305 0c00 a10f00 0000c03f 10 e803 8a 86 6a 03 1a")]);
    let message = said.parsed().pop().unwrap_or_default();
    for (key, value) in [
        ("frame_type", "\"I\""),
        ("send_sequence", "0"),
        ("receive_sequence", "0"),
        ("type_id", "36"),
        ("cause", "3"),
        ("common_address", "12"),
        ("object_count", "1"),
        ("first_object", "4001"),
        ("originator", "5"),
        ("name", "\"M_ME_TF_1\""),
    ] {
        assert_eq!(message.get(key).map(ToString::to_string).as_deref(), Some(value), "{key}");
    }
    let point = r#"[{"address":4001,"flags":16,"quality":"blocked","summer_time":true,"time":"2026-03-10T06:10:01.000","time_invalid":true,"value":1.5}]"#;
    assert_eq!(message.get("objects").map(ToString::to_string).as_deref(), Some(point));
}

/// IEC 60870-5-101, 7.3.2.7: a bit string as a command has no quality; 7.3.1.7: as a point it has.
#[test]
fn a_quality_is_told_where_there_is_one() {
    let mut command = talk(&[(ASK, "33 01 0600 0100 030000 02000000")]);
    let mut point = talk(&[(ANSWER, "07 01 0300 0100 030000 02000000 10")]);
    let objects = |said: &mut Recorder| said.parsed().pop().unwrap_or_default()["objects"].to_string();
    assert_eq!(objects(&mut command), r#"[{"address":3,"value":2}]"#);
    assert_eq!(objects(&mut point), r#"[{"address":3,"flags":16,"quality":"blocked","value":2}]"#);
}

#[test]
fn segments_cut_anywhere() {
    let mut talk = Talk::new();
    let stream: Vec<u8> = (0..6).flat_map(|_| talk.apdu(ANSWER, "01 01 0300 0100 010000 01")).collect();
    stream.chunks(5).for_each(|bytes| talk.feeder.segment(ANSWER, bytes));
    assert_eq!((talk.feeder.said.measurements.len(), talk.feeder.said.anomalies.len()), (6, 0));
}

fn complaint(asdu: &str, anomaly: &str) {
    let said = talk(&[(ANSWER, asdu)]);
    let kinds: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
    assert_eq!(kinds, [anomaly], "{asdu}");
    assert!(INFO.anomalies.iter().any(|kind| kind.name == anomaly));
}

#[test]
fn breaches_have_names() {
    complaint("16 01 0300 0100 010000 01", "unknown_type");
    complaint("01 01 1100 0100 010000 01", "unknown_cause");
    complaint("01 01 0300 0000 010000 01", "bad_common_address");
    complaint("01 00 0300 0100 010000", "no_objects");
    complaint("01 02 0300 0100 010000 01 0200", "truncated_object");
    complaint("7d 01 0d00 0100 0a0000 0300 01 09 01020304", "truncated_object");
    complaint("01 01 0300 0100 010000 01 02", "trailing_bytes");
    complaint("01 01 0300", "truncated_asdu");
    complaint("01 01 0300 0100 01", "truncated_asdu");
    complaint("1e 01 0300 0100 010000 01 60ea 0a 06 6a 03 1a", "bad_time");
    complaint("02 01 0300 0100 010000 01 0000 3f", "bad_time");
}

/// APDUs of both sides as they are, after a start.
fn raw(apdus: &[(Direction, &str)], expected: &[&str]) {
    let mut feeder = Talk::new().feeder;
    apdus.iter().for_each(|(direction, text)| feeder.segment(*direction, &hex(text)));
    assert_eq!(feeder.said.anomalies, expected, "{apdus:?}");
}

#[test]
fn numbers_must_follow() {
    let point = "01010300 0100 010000 01";
    let apdu =
        |send: u16, receive: u16| format!("680e {:04x} {:04x} {point}", (send << 1).swap_bytes(), (receive << 1).swap_bytes());
    raw(&[(ANSWER, &apdu(0, 0)), (ANSWER, &apdu(1, 0)), (ASK, "6804 0100 0400")], &[]);
    raw(&[(ANSWER, &apdu(0, 0)), (ANSWER, &apdu(2, 0)), (ANSWER, &apdu(3, 0))], &["send_sequence: 2 where 1 was due"]);
    // Once is a matter of how the capture was made; twice is not.
    raw(&[(ANSWER, &apdu(0, 0)), (ASK, "6804 0100 0400"), (ANSWER, &apdu(1, 0)), (ASK, "6804 0100 0400")], &[]);
    raw(&[(ANSWER, &apdu(0, 0)), (ASK, "6804 0100 0800"), (ASK, "6804 0100 0800")], &["receive_sequence: 4, beyond 1"]);
    raw(
        &[(ANSWER, &apdu(0, 0)), (ANSWER, &apdu(1, 0)), (ASK, "6804 0100 0400"), (ASK, "6804 0100 0200")],
        &["receive_sequence: 1, beyond 2"],
    );
    let stop = [(ASK, "680413000000"), (ANSWER, "680423000000")];
    raw(&[stop[0], stop[1], (ANSWER, &apdu(0, 0)), (ANSWER, &apdu(1, 0))], &["data_while_stopped: "]);
    raw(&[(ASK, "680407000100")], &["bad_control: Control(1)"]);
    raw(&[(ASK, "680417000000")], &["bad_control: Control(5)"]);
    raw(&[(ASK, "6805010000 0000")], &["bad_length: 5"]);
}

#[test]
fn damage_is_skipped() {
    let mut talk = Talk::new();
    let two = [talk.apdu(ANSWER, "01 01 0300 0100 010000 01"), hex("0102 03"), talk.apdu(ANSWER, "01 01 0300 0100 020000 01")];
    talk.feeder.segment(ANSWER, &two.concat());
    assert_eq!(talk.feeder.said.anomalies, ["bad_start: 1"]);
    assert_eq!(talk.feeder.said.measurements.len(), 2);
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\n\r\n");
    foreign.segment(ASK, b"\x01\x02");
    assert_eq!(foreign.said.parsed().len(), 0);
}

#[test]
fn a_hole_voids_what_waits() {
    let mut talk = Talk::new();
    talk.say(ASK, "2d 01 0600 0100 891300 01");
    talk.feeder.gap(ANSWER, 20);
    talk.sent = [1, 7];
    talk.say(ANSWER, "01 01 0300 0100 010000 01");
    talk.feeder.finish();
    assert_eq!(talk.feeder.said.operations, ["single_command [control] single_command 5001 = on: unconfirmed"]);
    assert_eq!(talk.feeder.said.anomalies, [""; 0]);
}

#[test]
fn probes() {
    let at = |bytes: &[u8], src_port, dst_port| {
        probe(&Probe { bytes, src_port, dst_port, transport: Transport::Tcp, from_start: true })
    };
    let point = hex("680e 0000 0000 0101 0300 0100 010000 01");
    assert_eq!(at(&point, 2404, 40000), Verdict::SureServer);
    assert_eq!(at(&hex("680407000000"), 40000, 2404), Verdict::SureClient);
    // The end of an APDU in front of another, as where a capture begins in between.
    assert_eq!(at(&[&[0x55, 0x68, 0x02][..], &point].concat(), 2404, 40000), Verdict::SureServer);
    assert_eq!(at(b"GET /h HTTP/1.1\r\nhost: h\r\n\r\n", 40000, 2404), Verdict::No);
    // On other ports.
    assert_eq!(at(&point, 1, 2), Verdict::SureServer);
    assert_eq!(at(&hex("680407000000"), 1, 2), Verdict::SureClient);
    assert_eq!(at(&hex("680483000000"), 1, 2), Verdict::Sure);
    assert_eq!(at(&hex("680e 0000 0000 0102 0300 0100 010000 01"), 1, 2), Verdict::No);
    assert_eq!(at(&hex("680407000000 16"), 1, 2), Verdict::No);
    assert_eq!((at(&[0x68], 1, 2), at(&[0x68, 3], 1, 2), at(&[0x69], 1, 2)), (Verdict::More, Verdict::No, Verdict::No));
    // An M-Bus frame begins alike.
    assert_eq!(at(&hex("681f1f68 080172"), 1, 2), Verdict::No);
}

#[test]
fn requests_wait_for_a_minute() {
    let mut talk = Talk::new();
    talk.say(ASK, "2d 01 0600 0100 891300 01");
    talk.feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    talk.say(ANSWER, "01 01 0300 0100 010000 01");
    assert_eq!(talk.feeder.said.operations.len(), 1, "told before the flow is over: {:?}", talk.feeder.said.operations);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut talk = Talk::new();
        talk.say(ASK, "2d 01 0600 0100 891300 01");
        talk.feeder.segment(ASK, &bytes);
        talk.feeder.finish();
    }

    #[test]
    fn any_asdu_is_survived(
        type_id in any::<u8>(),
        count in any::<u8>(),
        cause in any::<u8>(),
        body in proptest::collection::vec(any::<u8>(), 0..230),
    ) {
        let asdu = [&[type_id, count, cause, 0, 1, 0][..], &body].concat();
        let text: String = asdu.iter().map(|octet| format!("{octet:02x}")).collect();
        let mut said = talk(&[(ASK, &text), (ANSWER, &text)]);
        said.parsed();
    }
}
