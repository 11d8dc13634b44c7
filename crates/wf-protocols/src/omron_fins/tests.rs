use super::*;
use crate::testing::{Feeder, Recorder, context, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// A frame (W342-E1): ICF, RSV, GCT, destination, source, service, then command code and text.
fn frame(icf: u8, text: &str) -> Vec<u8> {
    let (destination, source) = if icf & 0x40 == 0 { ([0, 1, 0], [0, 9, 0]) } else { ([0, 9, 0], [0, 1, 0]) };
    [&[icf, 0, 2][..], &destination, &source, &[7], &hex(text)].concat()
}

/// TCP's header (W421-E1).
fn tcp(command: u32, error: u32, body: &[u8]) -> Vec<u8> {
    let length = body.len() as u32 + 8;
    [&b"FINS"[..], &length.to_be_bytes(), &command.to_be_bytes(), &error.to_be_bytes(), body].concat()
}

fn datagrams(frames: &[(Direction, Vec<u8>)]) -> Recorder {
    let mut said = Recorder::default();
    let mut decoder = (INFO.new)();
    for (direction, bytes) in frames {
        assert!(decoder.datagram(&context(*direction, Transport::Udp, PORT), bytes, &mut said));
    }
    decoder.finish(&context(ASK, Transport::Udp, PORT), &mut said);
    said
}

fn check(asked: &str, answered: &str, operation: &str, measurements: &[&str]) {
    let said = datagrams(&[(ASK, frame(0x80, asked)), (ANSWER, frame(0xc0, answered))]);
    assert_eq!(said.operations, [operation], "{asked}");
    assert_eq!(said.measurements, measurements, "{asked}");
    assert_eq!(said.anomalies, [""; 0], "{asked}");
}

/// W342-E1, 5-3-2 to 5-3-6.
#[test]
fn memory() {
    check(
        "0101 82 0064 00 0002",
        "0101 0000 000a ffff",
        "memory_area_read [read] D100-101: ok",
        &["D100 = 10 (good)", "D101 = 65535 (good)"],
    );
    check(
        "0101 30 000a 0f 0002",
        "0101 0000 01 00",
        "memory_area_read [read] CIO 10.15-11.00: ok",
        &["CIO 10.15 = true (good)", "CIO 11.00 = false (good)"],
    );
    check("0101 89 8003 00 0001", "0101 0000 0005", "memory_area_read [read] C3: ok", &["C3 = 5 (good)"]);
    check("0101 a1 0002 00 0001", "0101 0040 0005", "memory_area_read [read] E1_2: ok", &["E1_2 = 5 (good)"]);
    check("0101 82 ffff 00 0002", "0101 1104", "memory_area_read [read] D65535-0: error: address_range_exceeded", &[]);
    check(
        "0102 82 0064 00 0002 0001 0002",
        "0102 0000",
        "memory_area_write [write] D100-101 = [1, 2]: ok",
        &["D100 = 1 (good)", "D101 = 2 (good)"],
    );
    check("0102 31 0003 02 0001 01", "0102 0000", "memory_area_write [write] W3.02 = [1]: ok", &["W3.02 = true (good)"]);
    check(
        "0103 b2 0001 00 0002 abcd",
        "0103 0000",
        "memory_area_fill [write] H1-2 = [43981]: ok",
        &["H1 = 43981 (good)", "H2 = 43981 (good)"],
    );
    check(
        "0104 82 0001 00 30 0002 03",
        "0104 0000 82 0007 30 01",
        "multiple_memory_area_read [read] D1: ok",
        &["D1 = 7 (good)", "CIO 2.03 = true (good)"],
    );
    check("0105 82 0001 00 b3 0002 00 0003", "0105 0000", "memory_area_transfer [write] A2-4 = from D1: ok", &[]);
}

/// W342-E1, 5-3-7 and on.
#[test]
fn acts() {
    check("0401 ffff 04", "0401 0000", "run [control] program 65535 = run: ok", &[]);
    check("0402", "0402 2605", "stop [control] : error: service_executing", &[]);
    check("0403", "0403 0000", "reset [control] : ok", &[]);
    check("0307 ffff 00000000 8002 0102", "0307 0000", "program_area_write [program] program 65535 = 2 bytes: ok", &[]);
    check(
        "0202 8010 0000 0001 0102",
        "0202 0000",
        "parameter_area_write [configuration] parameter area 0x8010 word 0 = 2 bytes: ok",
        &[],
    );
    check("0702 24 02 29 12 30 05 04", "0702 0000", "clock_write [configuration]  = 2024-02-29 12:30:05: ok", &[]);
    check("2301 0001 0001 30 0005 03", "2301 0000", "forced_set_reset [control] CIO 5.03 = force on: ok", &[]);
    check("2302", "2302 0000", "forced_set_reset_cancel [control] : ok", &[]);
    check("0c02 ffff", "0c02 3001", "access_right_forced_acquire [control] program 65535: error: no_access_right", &[]);
    check("2205 0000 0001 414c4c2e4f424a202020", "2205 2106", "file_delete [program] ALL.OBJ: error: file_missing", &[]);
    check("2601 504c4331", "2601 0000", "name_set [configuration]  = PLC1: ok", &[]);
    check("0620 01", "0620 0000 00000064 000000c8 00000032", "cycle_time_read [diagnostic] : ok", &[]);
    let protect = frame(0x80, "0304 0000 01 00000000 ffffffff 31323334");
    let said = datagrams(&[(ASK, protect), (ANSWER, frame(0xc0, "0304 0000"))]);
    assert_eq!((said.credentials, said.secrets), (vec!["password ".to_owned()], vec![4]));
    // Clearing it carries the password too; of one that is cut what is there is told.
    let clear = frame(0x80, "0305 0000 01 00000000 ffffffff 31323334");
    let mut said = datagrams(&[(ASK, clear.clone()), (ANSWER, frame(0xc0, "0305 0000"))]);
    assert_eq!(said.secrets, [4]);
    assert!(!format!("{:?} {:?}", said.parsed(), said.operations).contains("3132"));
    let mut said = datagrams(&[(ASK, clear[..clear.len() - 2].to_vec())]);
    assert_eq!(said.secrets, [2]);
    assert!(!format!("{:?} {:?}", said.parsed(), said.operations).contains("3132"));
    let write = frame(0x80, "2203 0000 0000 50524f472e4f424a00000000 00000000 0004 01020304");
    let said = datagrams(&[(ASK, write.clone()), (ANSWER, frame(0xc0, "2203 0000"))]);
    assert_eq!(
        (said.operations, said.files),
        (vec!["single_file_write [program] PROG.OBJ: ok".to_owned()], vec!["PROG.OBJ 4".to_owned()])
    );
    for answer in [frame(0xc0, "2203 2002"), frame(0xc0, "0402 0000")] {
        assert_eq!(datagrams(&[(ASK, write.clone()), (ANSWER, answer)]).files, [""; 0], "only what was moved");
    }
}

/// W342-E1, 5-3-16 and 5-3-41.
#[test]
fn identity() {
    let data = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>() + &"20".repeat(20 - text.len());
    let answer = format!("0501 0000 {}{}", data("CP1L-EL20DR-D"), data("01.00"));
    let said =
        datagrams(&[(ASK, frame(0x80, "0501 00")), (ANSWER, frame(0xc0, &answer)), (ANSWER, frame(0xc0, "2603 0000 504c4331"))]);
    let expected =
        ["Sender vendor=Omron (70)", "Sender model=CP1L-EL20DR-D (85)", "Sender firmware=01.00 (80)", "Sender name=PLC1 (60)"];
    assert_eq!(said.evidence, expected);
    let mut far = frame(0xc0, &answer);
    far[6] = 2;
    assert_eq!(datagrams(&[(ANSWER, far)]).evidence, [""; 0], "a controller of another network says nothing of this address");
}

#[test]
fn other_networks_and_unwanted_answers() {
    let mut asked = frame(0x81, "0402");
    (asked[3], asked[4]) = (2, 5);
    let said = datagrams(&[(ASK, asked)]);
    assert_eq!(said.operations, ["stop [control] node 2.5.0: unconfirmed"]);
}

/// W421-E1: node addresses are agreed on before frames go.
#[test]
fn over_tcp() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &tcp(0, 0, &hex("00000000")));
    feeder.segment(ANSWER, &tcp(1, 0, &hex("000000fb 000000c8")));
    feeder.segment(ASK, &tcp(2, 0, &frame(0x80, "0101 82 0001 00 0001")));
    feeder.segment(ANSWER, &tcp(2, 0, &frame(0xc0, "0101 0000 0005")));
    feeder.segment(ANSWER, &tcp(3, 0x20, &[]));
    feeder.segment(ANSWER, b"XXXX123456789012");
    feeder.segment(ANSWER, &tcp(2, 0, &frame(0xc0, "0101 0000 0005")));
    feeder.finish();
    assert_eq!(feeder.said.operations, ["memory_area_read [read] D1: ok"]);
    let expected =
        ["tcp_error: all_connections_in_use", "bad_magic: 58585858", "response_without_request: service 7 command 0x0101"];
    assert_eq!(feeder.said.anomalies, expected);
    let messages = feeder.said.parsed();
    assert_eq!(messages.iter().filter(|m| m["protocol"] == "omron_fins_tcp").count(), 3);
    let keys = ["icf", "service_id", "command", "destination_node", "source_node"].map(|key| messages[2][key].as_u64());
    assert_eq!(keys, [Some(128), Some(7), Some(257), Some(1), Some(9)]);
}

#[test]
fn anomalies() {
    for (text, expected) in [
        ("0102 82 0064 00 0002 0001", "count_mismatch: 2 elements said, 2 bytes there"),
        ("0101 55 0064 00 0002", "unknown_area: 0x55"),
        ("0101 82", "truncated_frame: no range"),
        ("0fff", "unknown_command: 0x0fff"),
    ] {
        assert_eq!(datagrams(&[(ASK, frame(0x80, text))]).anomalies, [expected]);
    }
    assert_eq!(datagrams(&[(ASK, frame(0xa0, "0402"))]).anomalies, ["reserved_bits: ICF 0xa0 RSV 0 GCT 2"]);
    assert_eq!(datagrams(&[(ANSWER, frame(0xc0, "0402"))]).anomalies, ["truncated_frame: no end code"]);
}

#[test]
fn probes() {
    let asked =
        |bytes: &[u8], port, transport| probe(&Probe { bytes, src_port: 40_000, dst_port: port, transport, from_start: true });
    let read = frame(0x80, "0101 82 0064 00 0002");
    assert_eq!(asked(&read, 9600, Transport::Udp), Verdict::SureClient);
    assert_eq!(asked(&frame(0xc0, "0402 0000"), 9600, Transport::Udp), Verdict::SureServer);
    assert_eq!(asked(&read, 5000, Transport::Udp), Verdict::SureClient, "a read with everything as it should be");
    assert_eq!(asked(&frame(0x80, "0402"), 5000, Transport::Udp), Verdict::No);
    assert_eq!(asked(b"GET / HTTP/1.1\r\n", 9600, Transport::Udp), Verdict::No);
    assert_eq!(asked(b"FIN", 5000, Transport::Tcp), Verdict::More);
    assert_eq!(asked(&tcp(0, 0, &[0; 4]), 5000, Transport::Tcp), Verdict::SureClient);
    assert_eq!(asked(&tcp(2, 0, &frame(0xc0, "0402 0000")), 5000, Transport::Tcp), Verdict::SureServer);
    assert_eq!(asked(b"FINE WEATHER", 9600, Transport::Tcp), Verdict::No);
}

const READ: &str = "0101 82 0001 00 0001";
const READ_OK: &str = "0101 0000 0005";

#[test]
fn an_answer_belongs_to_the_request_of_the_other_side() {
    let said =
        datagrams(&[(ANSWER, frame(0x80, "0101 82 0009 00 0001")), (ASK, frame(0x80, READ)), (ANSWER, frame(0xc0, READ_OK))]);
    assert_eq!(said.operations, ["memory_area_read [read] D1: ok", "memory_area_read [read] D9: unanswered"]);
    // The answer to the first read is lost: the next one has its own.
    let said = datagrams(&[(ASK, frame(0x80, "0101 82 0009 00 0001")), (ASK, frame(0x80, READ)), (ANSWER, frame(0xc0, READ_OK))]);
    assert_eq!(said.operations, ["memory_area_read [read] D9: unanswered", "memory_area_read [read] D1: ok"]);
    assert_eq!(said.measurements, ["D1 = 5 (good)"]);
    let again = datagrams(&[(ASK, frame(0x80, READ)), (ASK, frame(0x80, READ)), (ANSWER, frame(0xc0, READ_OK))]);
    assert_eq!((again.operations.len(), again.anomalies.len()), (1, 0), "the same request again");
    let (read, answer) = ((ASK, frame(0x80, READ)), (ANSWER, frame(0xc0, READ_OK)));
    let both = datagrams(&[read.clone(), read, answer.clone(), answer.clone(), answer]);
    assert_eq!(both.anomalies.len(), 1, "both may be answered, and no more: {:?}", both.anomalies);
}

#[test]
fn requests_wait_for_a_minute() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &tcp(2, 0, &frame(0x80, READ)));
    feeder.segment(ANSWER, &tcp(2, 0, &frame(0xc0, READ_OK)));
    feeder.segment(ASK, &tcp(2, 0, &frame(0x80, "0402")));
    feeder.now = wf_model::Timestamp(61 * wf_model::time::SECOND);
    feeder.segment(ASK, &tcp(2, 0, &frame(0x80, READ)));
    assert_eq!(feeder.said.operations, ["memory_area_read [read] D1: ok", "stop [control] : unanswered"]);
    feeder.segment(ANSWER, &tcp(2, 0, &frame(0xc0, "0402 0000")));
    assert_eq!(feeder.said.anomalies, [""; 0], "late, but asked for");
}

#[test]
fn a_hole_is_over_when_answers_follow_requests_again() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &tcp(2, 0, &frame(0x80, "0402")));
    feeder.gap(ANSWER, 100);
    feeder.segment(ANSWER, &tcp(2, 0, &frame(0xc0, READ_OK)));
    assert_eq!(feeder.said.anomalies, [""; 0], "its request may be in the hole");
    feeder.segment(ASK, &tcp(2, 0, &frame(0x80, READ)));
    feeder.segment(ANSWER, &tcp(2, 0, &frame(0xc0, READ_OK)));
    feeder.segment(ANSWER, &tcp(2, 0, &frame(0xc0, READ_OK)));
    assert_eq!(feeder.said.anomalies, ["response_without_request: service 7 command 0x0101"]);
    feeder.segment(ASK, &tcp(2, 0, &frame(0x80, "0401 ffff 02")));
    feeder.finish();
    let outcomes: Vec<_> =
        feeder.said.operations.iter().filter_map(|o| o.rsplit_once(": ")).map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["ok", "unconfirmed", "unanswered"]);
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 12..200), command in any::<u16>(), answer in any::<bool>()) {
        let _ = datagrams(&[(ASK, bytes.clone())]);
        let mut known = bytes;
        known[0] = if answer { 0xc0 } else { 0x80 };
        known[10..12].copy_from_slice(&command.to_be_bytes());
        let mut said = datagrams(&[(ASK, known.clone()), (ANSWER, known.clone())]);
        let _ = said.parsed();
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &tcp(2, 0, &known));
        feeder.segment(ANSWER, &known);
        feeder.finish();
    }

    /// Every command with any text, asked and answered.
    #[test]
    fn any_text(which in 0usize..60, text in proptest::collection::vec(any::<u8>(), 0..60)) {
        let codes: Vec<u16> = (0x0100..0x2700u16).filter(|code| names::command(*code).is_some()).collect();
        let code = codes[which % codes.len()].to_be_bytes();
        let whole = |icf: u8| [&frame(icf, "")[..], &code, &text].concat();
        let mut said = datagrams(&[(ASK, whole(0x80)), (ANSWER, whole(0xc0))]);
        let _ = said.parsed();
    }
}
