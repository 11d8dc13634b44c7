use super::*;
use crate::testing::{Feeder, Recorder, context, datagram, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// An application data unit: transaction, unit, protocol data unit in hexadecimal.
fn adu(transaction: u16, unit: u8, pdu: &str) -> Vec<u8> {
    let pdu = hex(pdu);
    let length = u16::try_from(pdu.len() + 1).unwrap_or(0);
    [&transaction.to_be_bytes()[..], &[0, 0], &length.to_be_bytes(), &[unit], &pdu].concat()
}

/// One exchange: request, answer; what is said of it.
fn exchange(unit: u8, request: &str, answer: &str) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &adu(7, unit, request));
    feeder.segment(ANSWER, &adu(7, unit, answer));
    feeder.finish();
    feeder.said
}

fn check(unit: u8, request: &str, answer: &str, operation: &str, measurements: &[&str]) {
    let said = exchange(unit, request, answer);
    assert_eq!(said.operations, [operation], "{request}");
    assert_eq!(said.measurements, measurements, "{request}");
    assert_eq!(said.anomalies, [""; 0], "{request}");
}

#[test]
fn reads_and_writes() {
    check(
        1,
        "01 0013 000a",
        "01 02 cd01",
        "read_coils [read] coil 19-28: ok",
        &[
            "coil 19 = true (good)",
            "coil 20 = false (good)",
            "coil 21 = true (good)",
            "coil 22 = true (good)",
            "coil 23 = false (good)",
            "coil 24 = false (good)",
            "coil 25 = true (good)",
            "coil 26 = true (good)",
            "coil 27 = true (good)",
            "coil 28 = false (good)",
        ],
    );
    check(
        3,
        "02 0000 0001",
        "02 01 01",
        "read_discrete_inputs [read] discrete_input 0 unit 3: ok",
        &["discrete_input 0 unit 3 = true (good)"],
    );
    check(
        255,
        "03 0028 0002",
        "03 04 0102 ffff",
        "read_holding_registers [read] holding_register 40-41: ok",
        &["holding_register 40 = 258 (good)", "holding_register 41 = 65535 (good)"],
    );
    check(0, "04 0008 0001", "04 02 000a", "read_input_registers [read] input_register 8: ok", &["input_register 8 = 10 (good)"]);
    check(1, "05 00ac ff00", "05 00ac ff00", "write_single_coil [write] coil 172 = 1: ok", &["coil 172 = true (good)"]);
    check(
        1,
        "06 0001 0003",
        "06 0001 0003",
        "write_single_register [write] holding_register 1 = 3: ok",
        &["holding_register 1 = 3 (good)"],
    );
    check(
        1,
        "0f 0013 0003 01 05",
        "0f 0013 0003",
        "write_multiple_coils [write] coil 19-21 = [1, 0, 1]: ok",
        &["coil 19 = true (good)", "coil 20 = false (good)", "coil 21 = true (good)"],
    );
    check(
        1,
        "10 0001 0002 04 000a 0102",
        "10 0001 0002",
        "write_multiple_registers [write] holding_register 1-2 = [10, 258]: ok",
        &["holding_register 1 = 10 (good)", "holding_register 2 = 258 (good)"],
    );
    check(
        1,
        "16 0004 00f2 0025",
        "16 0004 00f2 0025",
        "mask_write_register [write] holding_register 4 = and 0x00f2 or 0x0025: ok",
        &[],
    );
    let both = "read_write_multiple_registers [write] holding_register 14 = [255]: ok";
    check(
        1,
        "17 0003 0001 000e 0001 02 00ff",
        "17 02 00fe",
        both,
        &["holding_register 14 = 255 (good)", "holding_register 3 = 254 (good)"],
    );
}

#[test]
fn everything_else() {
    check(1, "07", "07 6d", "read_exception_status [read] : ok", &[]);
    check(1, "08 0000 a537", "08 0000 a537", "return_query_data [diagnostic] : ok", &[]);
    check(1, "08 0001 ff00", "08 0001 ff00", "restart_communications [control]  = 0xff00: ok", &[]);
    check(1, "08 0004 0000", "08 0004 0000", "force_listen_only_mode [control]  = 0x0000: ok", &[]);
    check(1, "0b", "0b ffff 0108", "get_comm_event_counter [diagnostic] : ok", &[]);
    check(1, "0c", "0c 08 0000 0108 0121 2000", "get_comm_event_log [diagnostic] : ok", &[]);
    check(
        1,
        "14 0e 06 0004 0001 0002 06 0003 0009 0002",
        "14 0c 05 06 0dfe 0020 05 06 33cd 0040",
        "read_file_record [read] file 4 record 1: ok",
        &[],
    );
    let file = "15 0d 06 0004 0007 0003 06af 04be 100d";
    check(1, file, file, "write_file_record [write] file 4 record 7 = [1711, 1214, 4109]: ok", &[]);
    check(1, "18 04de", "18 0006 0002 01b8 1284", "read_fifo_queue [read] fifo_queue 1246: ok", &[]);
    check(
        9,
        "03 0000 0001",
        "83 0b",
        "read_holding_registers [read] holding_register 0 unit 9: error: gateway_target_device_failed_to_respond",
        &[],
    );
}

#[test]
fn a_device_says_who_it_is() {
    let said = exchange(1, "2b 0e 01 00", "2b 0e 01 01 00 00 03 00 04 41434d45 01 02 5031 02 04 76312e32");
    let expected =
        ["Sender role=controller (30)", "Sender vendor=ACME (85)", "Sender order_number=P1 (85)", "Sender firmware=v1.2 (85)"];
    assert_eq!(said.evidence, expected);
    let said = exchange(7, "11", "11 0a 09 ff 5043 4c2d 3939 0000");
    assert_eq!(said.evidence, ["Sender role=controller (30)", "Sender description=PCL-99 (20)"]);
}

/// One UMAS exchange: key and function with data, answer.
fn umas(request: &str, answer: &str) -> Recorder {
    exchange(0, &format!("5a {request}"), &format!("5a {answer}"))
}

#[test]
fn umas_says_what_the_controller_is() {
    let said = umas("00 02", "00 fe 10ff5a010100 0000 7002 0000 2700 0900 08000000 0000 0e 3134302043505520333131203130 01");
    let want = [
        "Sender role=controller (30)",
        "Sender vendor=Schneider Electric (85)",
        "Sender model=140 CPU 311 10 (85)",
        "Sender firmware=2.70 (85)",
    ];
    assert_eq!(said.evidence, want);
    assert_eq!(said.operations, ["umas_read_id [diagnostic] : ok"]);
    let said =
        umas("00 03 00", "00 fe 020500009888010000020500009888010000020c3b0c0e01de07020c3b0c0e01de07080000000850726f6a65637400");
    assert_eq!(
        said.evidence.last().map(String::as_str),
        Some("Sender description=project Project 0.0.8, built 2014-01-14 12:59:12 (60)")
    );
    let said = umas("00 10 434c0000 04 45532d31", "00 fe 07");
    assert_eq!(said.operations, ["umas_take_plc_reservation [configuration]  = ES-1: ok"]);
    assert_eq!(said.evidence, ["Sender role=engineering_station (60)", "Sender name=ES-1 (50)", "Sender role=controller (30)"]);
    let said = umas("00 01 00", "00 fe fd03 0006 00003200 0a030000 07 4a4f484e2d5043");
    assert_eq!(said.measurements, ["reservation_holder = \"JOHN-PC\" (good)"]);
    let status = format!("00 fe {} 02 01 0000 fa00", "00".repeat(60));
    assert_eq!(umas("00 04", &status).measurements, ["operating_mode = \"run\" (good)"]);
}

#[test]
fn umas_acts() {
    let check = |request: &str, answer: &str, operation: &str| {
        let said = umas(request, answer);
        assert_eq!(said.operations, [operation], "{request}");
        assert_eq!(said.anomalies, [""; 0], "{request}");
    };
    check("07 41 ff00", "07 fe", "umas_stop [control] : ok");
    check("07 40 ff00", "07 fd 8180 c0c6", "umas_start [control] : error: umas 81 80");
    check("07 12", "07 fe", "umas_keep_alive [diagnostic] : ok");
    check(
        "00 20 00 1400 6400 0000 f600",
        "00 fe 00 0200 0102",
        "umas_read_memory_block [read] memory block 20 offset 100 x246: ok",
    );
    check(
        "00 23 11223344 01 02 2d00 0c00 0300 3412",
        "00 fe",
        "umas_write_variables [write] variable block 45 offset 15 x2 = 3412: ok",
    );
    check("00 63", "80 01", "umas_step_in [control] : unconfirmed");
    let said = exchange(7, "5a 07 41 ff00", "da 02");
    assert_eq!(said.operations, ["umas_stop [control] unit 7: error: illegal_data_address"]);
    let said = umas("00 24 02 02020400 0100 02032d00 0100", "00 fe 02 000001 00005203");
    assert_eq!(said.measurements, ["%M4 = true (good)", "%MW45 = 850 (good)"]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &adu(1, 0, "5a 07 41 ff00"));
    feeder.finish();
    assert_eq!(feeder.said.operations, ["umas_stop [control] : unanswered"]);
}

#[test]
fn umas_moves_programs() {
    let conversation = [
        ("01 30 0001", "01 fe"),
        ("01 31 0001 0100 0300 010203", "01 fe"),
        ("01 31 0001 0200 0200 0405", "01 fe"),
        ("01 32 0001 0200", "01 fe"),
        ("01 33 0001 fb00", "01 fe 0001 3730 0000"),
        ("01 34 0001 0100", "01 fe 0000 0400 41505800"),
        ("01 35 0001 0100", "01 fe"),
    ];
    let mut feeder = Feeder::new(&INFO);
    for (number, (request, answer)) in (1..).zip(conversation) {
        feeder.segment(ASK, &adu(number, 0, &format!("5a {request}")));
        feeder.segment(ANSWER, &adu(number, 0, &format!("5a {answer}")));
    }
    let want = [
        "umas_initialize_upload [program] : ok",
        "umas_upload_block [program] program block 1 = 3 bytes: ok",
        "umas_upload_block [program] program block 2 = 2 bytes: ok",
        "umas_end_strategy_upload [program] : ok",
        "umas_initialize_download [program] : ok",
        "umas_download_block [program] program block 1 = 4 bytes: ok",
        "umas_end_strategy_download [program] : ok",
    ];
    assert_eq!(feeder.said.operations, want);
    assert_eq!(feeder.said.files, ["program 5", "program 4"]);
    let line = feeder.said.parsed().last().map(ToString::to_string).unwrap_or_default();
    assert!(line.contains("\"umas_name\":\"umas_ok\",\"umas_asked\"") || line.contains("umas_end_strategy_download"), "{line}");
}

#[test]
fn messages_carry_the_keys() {
    let mut said = exchange(1, "03 0028 0002", "03 04 0102 ffff");
    let answer = r#"{"protocol":"modbus","transaction_id":7,"unit_id":1,"function":3,"name":"read_holding_registers","response":true,"request_address":40,"registers":[258,65535]}"#;
    let request = r#"{"protocol":"modbus","transaction_id":7,"unit_id":1,"function":3,"address":40,"quantity":2,"name":"read_holding_registers","response":false}"#;
    assert_eq!(said.parsed().len(), 2);
    assert_eq!(said.messages, [request, answer]);
}

/// Clause 6.1: an answer's bits begin at the address that was asked for; those behind the quantity are padding.
#[test]
fn answers_have_their_places_from_the_request() {
    let mut said = exchange(1, "01 0013 000a", "01 02 cd01");
    let answer = said.parsed().pop().unwrap_or_default();
    assert_eq!((answer["request_address"].as_u64(), answer["bits"].as_array().map(Vec::len)), (Some(0x13), Some(10)));
    let mut said = exchange(1, "01 0013 000a", "02 02 cd01");
    assert!(said.parsed().pop().unwrap_or_default().get("request_address").is_none(), "the answer of another function");
}

#[test]
fn split_and_joined_segments() {
    let request = [adu(1, 1, "03 0000 0001"), adu(2, 1, "03 0001 0001"), adu(3, 1, "04 0000 0001")].concat();
    let answer = [adu(1, 1, "03 02 0001"), adu(2, 1, "03 02 0002"), adu(3, 1, "04 02 0003")].concat();
    for size in [1, 5, 13, 100] {
        let mut feeder = Feeder::new(&INFO);
        request.chunks(size).for_each(|part| feeder.segment(ASK, part));
        answer.chunks(size).for_each(|part| feeder.segment(ANSWER, part));
        assert_eq!(feeder.said.measurements.len(), 3, "in parts of {size}");
        assert_eq!(feeder.said.anomalies, [""; 0]);
    }
}

fn complaint(request: &str, answer: &str, anomaly: &str) {
    let said = exchange(1, request, answer);
    assert_eq!(
        said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect::<Vec<_>>(),
        [anomaly],
        "{request} {answer}"
    );
    assert!(INFO.anomalies.iter().any(|kind| kind.name == anomaly));
}

#[test]
fn breaches_have_names() {
    complaint("03 0000", "83 03", "truncated_pdu");
    complaint("03 0000 0001 00", "83 03", "trailing_bytes");
    complaint("03 0000 0100", "83 03", "bad_quantity");
    complaint("03 fffe 0004", "83 02", "address_overflow");
    complaint("05 0000 1234", "85 03", "bad_value");
    complaint("10 0000 0002 02 0000", "90 03", "count_mismatch");
    complaint("63", "e3 01", "unknown_function");
    complaint("03 0000 0001", "83 63", "unknown_exception");
    complaint("03 0000 0001", "04 02 0000", "function_mismatch");
    complaint("03 0000 0002", "03 02 0000", "count_mismatch");
    complaint("06 0000 0002", "06 0000 0003", "echo_mismatch");
}

#[test]
fn damage_is_skipped() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &adu(1, 1, "03 0000 0001"));
    feeder.segment(ASK, &hex("ffff ffff ffff ff"));
    feeder.segment(ASK, &adu(2, 1, "06 0000 0001"));
    feeder.finish();
    assert_eq!(feeder.said.anomalies, ["bad_protocol_id: 65535"]);
    let open = [
        "read_holding_registers [read] holding_register 0: unanswered",
        "write_single_register [write] holding_register 0 = 1: unanswered",
    ];
    assert_eq!(feeder.said.operations, open);
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((foreign.over, foreign.said.anomalies.len()), (Some(Step::NotMine), 0));
}

#[test]
fn an_answer_alone_tells_an_act() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ANSWER, &adu(1, 1, "06 0010 0005"));
    assert_eq!(feeder.said.operations, ["write_single_register [write] holding_register 16 = 5: ok"]);
    assert_eq!(feeder.said.anomalies, [""; 0]);
    feeder.segment(ASK, &adu(2, 1, "06 0010 0005"));
    feeder.segment(ANSWER, &adu(9, 1, "06 0010 0005"));
    assert_eq!(feeder.said.anomalies, ["response_without_request: transaction 9 unit 1"]);
    feeder.gap(ANSWER, 0);
    feeder.finish();
    assert_eq!(
        feeder.said.operations.last().map(String::as_str),
        Some("write_single_register [write] holding_register 16 = 5: unconfirmed")
    );
}

#[test]
fn too_many_open_requests_fall_out() {
    let mut feeder = Feeder::new(&INFO);
    (0..70).for_each(|n| feeder.segment(ASK, &adu(n, 1, "03 0000 0001")));
    assert_eq!((feeder.said.evicted, feeder.said.operations.len()), (6, 6));
}

#[test]
fn long_values_are_cut() {
    let words = "1234 ".repeat(123);
    let said = exchange(1, &format!("10 0000 007b f6 {words}"), "10 0000 007b");
    let operation = said.operations.first().cloned().unwrap_or_default();
    assert!(operation.ends_with("…]: ok") && operation.len() < 300, "{operation}");
}

#[test]
fn datagrams_count_too() {
    let ctx = context(ASK, Transport::Udp, 502);
    let (mine, mut said) = datagram(&INFO, &ctx, &adu(1, 1, "03 0000 0001"));
    assert!(mine && said.parsed().len() == 1);
    assert!(!datagram(&INFO, &ctx, b"\x01\x02\x03\x04\x05\x06\x07\x08").0);
}

fn probed(bytes: &[u8], src_port: u16, dst_port: u16) -> Verdict {
    probe(&Probe { bytes, src_port, dst_port, transport: Transport::Tcp, from_start: true })
}

#[test]
fn probes() {
    let read = adu(1, 1, "03 0000 0001");
    for (bytes, src, dst, verdict) in [
        (&read[..], 40000, 502, Verdict::SureClient),
        (&read, 502, 40000, Verdict::SureServer),
        (&read, 40000, 5020, Verdict::SureClient),
        (&adu(1, 1, "03 02 0000"), 5020, 40000, Verdict::SureServer),
        (&adu(1, 1, "06 0000 0000"), 40000, 5020, Verdict::Sure),
        (&read[..5], 40000, 5020, Verdict::More),
        (&read[..11], 40000, 5020, Verdict::More),
        (b"GET / HT", 40000, 502, Verdict::No),
        (&adu(1, 1, "63 00"), 40000, 502, Verdict::Likely),
        (&adu(1, 1, "63 00"), 40000, 5020, Verdict::No),
        (&hex("0300 0016 11e0 0000 0001 00c1"), 40000, 102, Verdict::No),
        (&hex("0000 0000 0000 0000 0000 0000"), 40000, 9999, Verdict::No),
    ] {
        assert_eq!(probed(bytes, src, dst), verdict, "{bytes:02x?} {src} {dst}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600), server in any::<bool>()) {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &adu(1, 1, "03 0000 0001"));
        feeder.segment(if server { ANSWER } else { ASK }, &bytes);
        feeder.finish();
        let _ = datagram(&INFO, &context(ASK, Transport::Udp, 502), &bytes);
        let _ = probed(&bytes, 1, 2);
    }

    #[test]
    fn any_umas_is_survived(function in 0u8..0x80, request in proptest::collection::vec(any::<u8>(), 0..120), answer in proptest::collection::vec(any::<u8>(), 0..120)) {
        let mut feeder = Feeder::new(&INFO);
        let text = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        feeder.segment(ASK, &adu(1, 0, &format!("5a 01 {function:02x} {}", text(&request))));
        feeder.segment(ANSWER, &adu(1, 0, &format!("5a 01 fe {}", text(&answer))));
        feeder.finish();
        feeder.said.parsed();
    }

    #[test]
    fn any_unit_is_survived(code in any::<u8>(), body in proptest::collection::vec(any::<u8>(), 0..260), answer in proptest::collection::vec(any::<u8>(), 0..260)) {
        let mut feeder = Feeder::new(&INFO);
        for (direction, bytes) in [(ASK, &body), (ANSWER, &body), (ASK, &body), (ANSWER, &answer)] {
            let text: String = std::iter::once(&code).chain(bytes).map(|b| format!("{b:02x}")).collect();
            feeder.segment(direction, &adu(1, 1, &text));
        }
        feeder.finish();
        prop_assert!(feeder.said.operations.len() <= 4);
        feeder.said.parsed();
    }
}
