use super::*;
use crate::testing::{Feeder, Recorder, context, datagram, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// A message (HCF_SPEC-085, 10.3.1).
fn message(kind: u8, id: u8, status: u8, sequence: u16, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 8).to_be_bytes();
    [&[1, kind, id, status][..], &sequence.to_be_bytes(), &length, body].concat()
}

/// A frame of a loop (HCF_SPEC-081): delimiter, address, command, byte count, data, check byte.
fn pdu(delimiter: u8, address: &str, command: u8, data: &str) -> Vec<u8> {
    let data = hex(data);
    let mut frame = [&[delimiter][..], &hex(address), &[command, data.len() as u8], &data].concat();
    frame.push(frame.iter().fold(0, |sum, byte| sum ^ byte));
    frame
}

const DEVICE: &str = "a64e0000d2";

fn exchange(command: u8, asked: &str, answered: &str) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &message(0, 3, 0, 7, &pdu(0x82, DEVICE, command, asked)));
    feeder.segment(ANSWER, &message(1, 3, 0, 7, &pdu(0x86, DEVICE, command, answered)));
    feeder.finish();
    feeder.said
}

fn check(command: u8, asked: &str, answered: &str, operation: &str, measurements: &[&str]) {
    let said = exchange(command, asked, answered);
    assert_eq!(said.operations, [operation], "{command}");
    assert_eq!(said.measurements, measurements, "{command}");
    assert_eq!(said.anomalies, [""; 0], "{command}");
}

/// HCF_SPEC-127: answers begin with response code and device status.
#[test]
fn universal_commands() {
    check(1, "", "0000 07 41200000", "read_primary_variable [read] device 264e0000d2: ok", &["pv device 264e0000d2 = 10 (good)"]);
    check(
        2,
        "",
        "0008 41200000 42480000",
        "read_loop_current_and_percent_of_range [read] device 264e0000d2: ok",
        &["loop_current device 264e0000d2 = 10 (fixed)", "percent_of_range device 264e0000d2 = 50 (good)"],
    );
    check(
        3,
        "",
        "0001 41200000 07 3f800000 20 40000000 fa 7fa00000 39 40400000",
        "read_dynamic_variables_and_loop_current [read] device 264e0000d2: ok",
        &[
            "loop_current device 264e0000d2 = 10 (good)",
            "pv device 264e0000d2 = 1 (out_of_limits)",
            "sv device 264e0000d2 = 2 (good)",
            "qv device 264e0000d2 = 3 (good)",
        ],
    );
    check(
        9,
        "00 01",
        "0000 00 00 40 07 3f800000 c0 01 00 20 40000000 40 00000000",
        "read_device_variables_with_status [read] device 264e0000d2: ok",
        &["variable 0 device 264e0000d2 = 1 (good)", "variable 1 device 264e0000d2 = 2 (poor_accuracy)"],
    );
    check(
        6,
        "05 01",
        "0000 05 01",
        "write_polling_address [configuration] device 264e0000d2 = poll 5, loop current mode 1: ok",
        &[],
    );
    // Packed ASCII: "TAG-0001" is six bytes, "PUMP        " … twelve with blanks.
    check(
        18,
        "50 11 ed c3 0c 31 41 53 50 82 08 20 82 08 20 82 08 20 01 02 7c",
        "0000 50 11 ed c3 0c 31 41 53 50 82 08 20 82 08 20 82 08 20 01 02 7c",
        "write_tag_descriptor_date [configuration] device 264e0000d2 = tag \"TAG-0001\", descriptor \"PUMP\", date \"2024-02-01\": ok",
        &[],
    );
    check(
        22,
        &format!("{}{}", "50554d50", "00".repeat(28)),
        &format!("0000{}{}", "50554d50", "00".repeat(28)),
        "write_long_tag [configuration] device 264e0000d2 = long_tag \"PUMP\": ok",
        &[],
    );
    check(19, "000102", "0000 000102", "write_final_assembly_number [configuration] device 264e0000d2 = 258: ok", &[]);
}

/// HCF_SPEC-151.
#[test]
fn common_practice_commands() {
    check(
        35,
        "07 42c80000 00000000",
        "0000 07 42c80000 00000000",
        "write_primary_variable_range_values [configuration] device 264e0000d2 = 0 to 100 bar: ok",
        &[],
    );
    check(
        40,
        "41400000",
        "0700",
        "enter_exit_fixed_current_mode [control] device 264e0000d2 = 12 mA: error: in_write_protect_mode",
        &[],
    );
    check(42, "", "0000", "perform_device_reset [control] device 264e0000d2: ok", &[]);
    check(
        79,
        "02 01 07 40a00000 00",
        "0000 02 01 07 40a00000 c0",
        "write_device_variable [write] device 264e0000d2 = variable 2 fixed 5 bar: ok",
        &["variable 2 device 264e0000d2 = 5 (good)"],
    );
    check(
        33,
        "00",
        "0000 00 07 3f800000",
        "read_device_variables [read] device 264e0000d2: ok",
        &["variable 0 device 264e0000d2 = 1 (good)"],
    );
    check(112, "0102", "4000", "transfer_service [program] device 264e0000d2 = 0102: error: command_not_implemented", &[]);
    check(130, "01", "0000", "device_specific_command [configuration] device 264e0000d2 command 130 = 01: ok", &[]);
    // HCF_SPEC-099: a command of sixteen bits behind command 31.
    check(31, "0300 01", "0000 0300", "write_join_key [configuration] device 264e0000d2 = hidden: ok", &[]);
    // A communication error has bit 7 set.
    check(1, "", "8800", "read_primary_variable [read] device 264e0000d2: error: communication", &[]);
    // A command for a device behind I/O card 1, channel 2.
    check(
        77,
        "01 02 05 82 9102030405 06 02 07 01 00",
        "0000 01 02 86 9102030405 06 02 0000",
        "write_polling_address [configuration] device 1102030405 = poll 7, loop current mode 1: ok",
        &[],
    );
}

#[test]
fn keys_are_hidden() {
    // Command 768 of sixteen bits behind command 31 (HCF_SPEC-155): the key of joining.
    let key = "00112233445566778899aabbccddeeff";
    let mut said = exchange(31, &format!("0300 {key}"), &format!("0000 0300 {key}"));
    assert_eq!(said.operations, ["write_join_key [configuration] device 264e0000d2 = hidden: ok"]);
    assert_eq!(said.secrets, [16, 16]);
    assert!(!format!("{:?}", said.parsed()).contains(key));
    // The network's, a session's, a client's password and key, those of the server for events.
    for number in ["03c1", "03c3", "021d", "021e", "0222", "0223"] {
        let said = exchange(31, &format!("{number} {key}"), &format!("0000 {number} {key}"));
        assert_eq!(said.secrets, [16, 16], "{number}");
    }
}

/// HCF_SPEC-127, command 0: the first device that is identified is the one at this address; others are behind it.
#[test]
fn identity() {
    let mut feeder = Feeder::new(&INFO);
    let first = "0000 fe 264e 05 07 04 02 18 00 0000d2 05 02 0003 00 0026 0026 84";
    let other = "0000 fe 1104 05 05 03 02 08 00 00abcd";
    for (sequence, delimiter, address, data) in [(1u16, 0x02, "80", first), (2, 0x82, "9104 00abcd", other)] {
        feeder.segment(ASK, &message(0, 3, 0, sequence, &pdu(delimiter, address, 0, "")));
        feeder.segment(ANSWER, &message(1, 3, 0, sequence, &pdu(delimiter + 4, address, 0, data)));
    }
    let expected = [
        "Sender vendor=Rosemount (80)",
        "Sender model=HART device type 0x264e (30)",
        "Sender firmware=2 (80)",
        "Sender hardware=3 (80)",
        "Sender serial=210 (80)",
    ];
    assert_eq!(feeder.said.evidence, expected);
    let tag = format!("0000 {}{}", "50554d50", "00".repeat(28));
    feeder.segment(ASK, &message(0, 3, 0, 3, &pdu(0x82, DEVICE, 20, "")));
    feeder.segment(ANSWER, &message(1, 3, 0, 3, &pdu(0x86, DEVICE, 20, &tag)));
    assert_eq!(feeder.said.evidence.last().map(String::as_str), Some("Sender name=PUMP (70)"));
    assert_eq!(feeder.said.anomalies, [""; 0]);
}

/// HCF_SPEC-085, 10.3.2: sessions, keep-alives, direct commands, audit log, published values, refusals.
#[test]
fn sessions() {
    let mut feeder = Feeder::new(&INFO);
    let start = hex("01 00007530");
    feeder.segment(ASK, &message(0, 0, 0, 1, &start));
    feeder.segment(ANSWER, &message(1, 0, 8, 1, &start));
    feeder.segment(ASK, &message(0, 2, 0, 2, &[]));
    feeder.segment(ANSWER, &message(1, 2, 0, 2, &[]));
    feeder.segment(ASK, &message(0, 4, 0, 3, &hex("00 00 0001 00 0006 02 0301")));
    feeder.segment(ANSWER, &message(1, 4, 0, 3, &hex("00 00 0001 06 00 07 3f800000 0006 01 07")));
    feeder.segment(ASK, &message(0, 5, 0, 4, &[0, 1]));
    feeder.segment(ANSWER, &message(1, 5, 0, 4, &[0, 1]));
    feeder.segment(ANSWER, &message(2, 3, 0, 0, &pdu(0x81, DEVICE, 1, "0000 07 40000000")));
    feeder.segment(ASK, &message(0, 3, 0, 5, &pdu(0x82, DEVICE, 42, "")));
    feeder.segment(ANSWER, &message(15, 3, 0, 5, &[2]));
    feeder.segment(ASK, &message(0, 1, 0, 6, &[]));
    feeder.finish();
    let expected = [
        "session_initiate [diagnostic]  = primary host, 30000 ms: ok",
        "read_primary_variable [read] : ok",
        "write_polling_address [configuration]  = poll 3, loop current mode 1: error: in_write_protect_mode",
        "read_audit_log [diagnostic] : ok",
        "perform_device_reset [control] device 264e0000d2: error: service_unavailable",
        "session_close [diagnostic] : unanswered",
    ];
    assert_eq!(feeder.said.operations, expected);
    assert_eq!(feeder.said.measurements, ["pv = 1 (good)", "pv device 264e0000d2 = 2 (good)"]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
    let names: Vec<String> = feeder.said.parsed().iter().map(|m| m["protocol"].as_str().unwrap_or_default().to_owned()).collect();
    let (session, direct, audit) = ("hart_ip", "hart_ip_direct", "hart_ip_audit_log");
    assert_eq!(names, [session, session, session, session, direct, direct, audit, audit, session, session, session, session]);
}

#[test]
fn key_fields() {
    let mut said = exchange(1, "", "0000 07 41200000");
    let [request, answer] = &said.parsed()[..] else { panic!("two messages") };
    for (message, kind) in [(request, 0), (answer, 1)] {
        let keys: Vec<_> =
            ["message_type", "message_id", "status", "sequence", "command"].map(|key| message[key].as_u64()).into();
        assert_eq!(keys, [Some(kind), Some(3), Some(0), Some(7), Some(1)]);
    }
    assert_eq!(answer["variables"][0]["unit_name"], "bar");
}

fn damaged(bytes: &[u8]) -> Vec<String> {
    let ctx = context(ASK, Transport::Udp, PORT);
    datagram(&INFO, &ctx, bytes).1.anomalies
}

#[test]
fn anomalies() {
    let good = pdu(0x82, DEVICE, 1, "");
    let mut bad_sum = good.clone();
    *bad_sum.last_mut().unwrap() ^= 1;
    let longer = [&good[..], &[0]].concat();
    let cases: [(Vec<u8>, &str); 7] = [
        (message(0, 3, 0, 1, &bad_sum), "bad_checksum: read_primary_variable"),
        (message(0, 3, 0, 1, &longer), "trailing_bytes: read_primary_variable"),
        (message(0, 3, 0, 1, &good[..8]), "truncated_pdu: read_primary_variable"),
        (message(0, 3, 0, 1, &good[..3]), "truncated_pdu: 3 bytes"),
        (message(1, 3, 0, 1, &good), "direction_mismatch: delimiter 0x82"),
        (message(0, 4, 0, 1, &hex("0000 0001 05 00")), "trailing_bytes: 4 behind the last command"),
        ([&[3][..], &message(0, 2, 0, 1, &[])[1..]].concat(), "unknown_version: 3"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(damaged(&bytes), [expected]);
    }
    assert_eq!(damaged(&hex("01 00 02 00 0001 0010")), ["bad_length: 16 said, 8 there"]);
    assert_eq!(damaged(&hex("01 00 02 00 0001 0004")), ["bad_length: 4 said"]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &message(0, 2, 0, 1, &[]));
    feeder.segment(ASK, &[1, 9, 9, 0, 0, 1, 0, 8]);
    feeder.segment(ASK, &message(0, 3, 0, 2, &good));
    feeder.segment(ANSWER, &message(1, 3, 0, 2, &pdu(0x86, DEVICE, 1, "0000")));
    feeder.segment(ANSWER, &message(1, 3, 0, 9, &pdu(0x86, DEVICE, 1, "0000")));
    let expected = ["unknown_message: type 9 message 9 length 8", "response_without_request: token_passing_pdu sequence 9"];
    assert_eq!(feeder.said.anomalies, expected);
}

#[test]
fn probes() {
    let asked =
        |bytes: &[u8], port, transport| probe(&Probe { bytes, src_port: 40_000, dst_port: port, transport, from_start: true });
    let start = message(0, 0, 0, 1, &hex("01 00007530"));
    assert_eq!(asked(&start, 5095, Transport::Udp), Verdict::SureClient, "a session's first message");
    let frame = message(1, 3, 0, 1, &pdu(0x86, DEVICE, 1, "0000"));
    assert_eq!(asked(&frame, 5095, Transport::Udp), Verdict::SureServer, "a frame with its check byte");
    assert_eq!(asked(&frame[..18], 5095, Transport::Udp), Verdict::No);
    let alive = message(0, 2, 0, 1, &[]);
    assert_eq!(asked(&alive, 5094, Transport::Tcp), Verdict::SureClient);
    assert_eq!(asked(&alive, 5095, Transport::Udp), Verdict::No, "eight bytes are too few to be sure");
    assert_eq!(asked(&message(1, 0, 15, 1, &[]), 5094, Transport::Udp), Verdict::SureServer, "a refusal without a body");
    assert_eq!(asked(&[&[3][..], &alive[1..]].concat(), 5094, Transport::Udp), Verdict::Likely, "a version of tomorrow");
    assert_eq!(asked(&[1, 0], 5094, Transport::Tcp), Verdict::More);
    assert_eq!(asked(b"GET / HTTP/1.1\r\n", 5094, Transport::Tcp), Verdict::No);
    assert_eq!(asked(&[1, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1], 502, Transport::Tcp), Verdict::No, "Modbus");
}

fn asked(feeder: &mut Feeder, direction: Direction, sequence: u16, command: u8) {
    feeder.segment(direction, &message(0, 3, 0, sequence, &pdu(0x82, DEVICE, command, "")));
}

fn answered(feeder: &mut Feeder, sequence: u16, command: u8) {
    feeder.segment(ANSWER, &message(1, 3, 0, sequence, &pdu(0x86, DEVICE, command, "0000 07 41200000")));
}

#[test]
fn an_answer_belongs_to_the_request_of_the_other_side() {
    let mut feeder = Feeder::new(&INFO);
    asked(&mut feeder, ANSWER, 7, 42);
    asked(&mut feeder, ASK, 7, 1);
    answered(&mut feeder, 7, 1);
    feeder.finish();
    let expected =
        ["read_primary_variable [read] device 264e0000d2: ok", "perform_device_reset [control] device 264e0000d2: unanswered"];
    assert_eq!(feeder.said.operations, expected);
    // A number used anew is another request, the same bytes again are the same.
    let mut feeder = Feeder::new(&INFO);
    for command in [42, 1, 1] {
        asked(&mut feeder, ASK, 7, command);
    }
    answered(&mut feeder, 7, 1);
    feeder.finish();
    assert_eq!(feeder.said.operations, [expected[1], expected[0]]);
}

#[test]
fn requests_wait_for_a_minute() {
    let mut feeder = Feeder::new(&INFO);
    asked(&mut feeder, ASK, 1, 1);
    answered(&mut feeder, 1, 1);
    asked(&mut feeder, ASK, 2, 42);
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ANSWER, &message(2, 3, 0, 0, &pdu(0x81, DEVICE, 1, "0000 07 40000000")));
    assert_eq!(feeder.said.operations.get(1..).unwrap(), ["perform_device_reset [control] device 264e0000d2: unanswered"]);
    answered(&mut feeder, 2, 42);
    assert_eq!(feeder.said.anomalies, [""; 0], "late, but asked for");
}

#[test]
fn a_hole_is_over_when_answers_follow_requests_again() {
    let mut feeder = Feeder::new(&INFO);
    asked(&mut feeder, ASK, 1, 42);
    feeder.gap(ANSWER, 100);
    answered(&mut feeder, 9, 1);
    assert_eq!(feeder.said.anomalies, [""; 0], "its request may be in the hole");
    asked(&mut feeder, ASK, 2, 1);
    answered(&mut feeder, 2, 1);
    answered(&mut feeder, 9, 1);
    assert_eq!(feeder.said.anomalies, ["response_without_request: token_passing_pdu sequence 9"]);
    asked(&mut feeder, ASK, 3, 42);
    feeder.finish();
    let outcomes: Vec<_> =
        feeder.said.operations.iter().filter_map(|o| o.strip_prefix("perform_device_reset [control] ")).collect();
    assert_eq!(outcomes, ["device 264e0000d2: unconfirmed", "device 264e0000d2: unanswered"]);
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0u8..4, id in 0u8..6) {
        let _ = damaged(&bytes);
        let _ = damaged(&message(kind, id, 0, 1, &bytes));
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &message(0, id, 0, 1, &bytes));
        feeder.segment(ANSWER, &message(1, id, 0, 1, &bytes));
        feeder.finish();
        let _ = feeder.said.parsed();
    }

    /// However a stream is cut into segments, the same is said.
    #[test]
    fn any_segments(cut in 1usize..40) {
        let stream = [message(0, 0, 0, 1, &hex("01 00007530")), message(0, 3, 0, 2, &pdu(0x82, DEVICE, 1, ""))].concat();
        let mut feeder = Feeder::new(&INFO);
        for piece in stream.chunks(cut) {
            feeder.segment(ASK, piece);
        }
        prop_assert_eq!(feeder.said.parsed().len(), 2);
    }
}
