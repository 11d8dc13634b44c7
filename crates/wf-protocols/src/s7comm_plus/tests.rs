//! Whole conversations through the decoder.

use super::{ANOMALIES, INFO};
use crate::testing::{Feeder, Recorder, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::{Direction, Probe, Step, Verdict};

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// Object qualifier of a request, and its end.
const TAIL: &str = "00 000004e8 8969 00 12 00000000 896a 00 13 00 896b 00 04 00 00 00000000";
const SESSION: &str = concat!(
    "31 0000 04ca 0000 0001 00000120 36 0000011d 000400 00000000 a1 000000d3 821f 00 00",
    "a38229 00 15 06 574d20525431 a3822a 00 15 0e 45532d30315f3132333435363738 a2 00000000"
);
const SESSION_OK: &str = concat!(
    "32 0000 04ca 0000 0001 36 00 02 8706 8707 a1 00000120 821f 00 00 a38232 00 17 0000013a 823b 00 04 8440",
    "823f 00 15 1a 313b36455337203531312d31414b30302d304142303b56312e30 00 a2 00000000"
);

fn request(function: &str, sequence: &str, body: &str) -> String {
    format!("31 0000 {function} 0000 {sequence} 00000386 34 {body}")
}

fn response(function: &str, sequence: &str, body: &str) -> String {
    format!("32 0000 {function} 0000 {sequence} 34 {body} 00000000")
}

fn frame(version: u8, message: &[u8], whole: bool) -> Vec<u8> {
    let len = u16::try_from(message.len()).unwrap_or(u16::MAX).to_be_bytes();
    let trailer: &[u8] = if whole { &[0x72, version, 0, 0] } else { &[] };
    [&[0x72, version], &len[..], message, trailer].concat()
}

fn packet(payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len() + 7).unwrap_or(u16::MAX).to_be_bytes();
    [&[3, 0], &len[..], &[2, 0xf0, 0x80], payload].concat()
}

fn told(conversation: &[(Direction, &str)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, message) in conversation {
        feeder.segment(*direction, &packet(&frame(2, &hex(message), true)));
    }
    feeder.finish();
    feeder.said
}

#[track_caller]
fn exchange(function: &str, asked: &str, answered: &str, operations: &[&str], measurements: &[&str]) -> Recorder {
    let said = told(&[(ASK, &request(function, "0002", asked)), (ANSWER, &response(function, "0002", answered))]);
    assert_eq!(said.operations, operations);
    assert_eq!(said.measurements, measurements);
    assert_eq!(said.anomalies, [""; 0]);
    said
}

#[test]
fn a_session_says_who_both_sides_are() {
    let said = told(&[(ASK, SESSION), (ANSWER, SESSION_OK)]);
    let want = [
        "Sender software=WM RT1 (50)",
        "Sender name=ES-01 (60)",
        "Sender role=controller (70)",
        "Sender order_number=6ES7 511-1AK00-0AB0 (85)",
        "Sender firmware=V1.0 (85)",
        "Sender vendor=Siemens (85)",
        "Sender model=SIMATIC S7-1500 (60)",
    ];
    assert_eq!(said.evidence, want);
    assert_eq!(said.operations, ["create_object [diagnostic] session: ok"]);
    let mut feeder = Feeder::new(&INFO);
    let connect = hex("03000020 1be0 0000 0001 00 c1020600 c20f 53494d415449432d524f4f542d4553");
    feeder.segment(ASK, &connect);
    assert_eq!(feeder.said.evidence, ["Sender role=engineering_station (60)"]);
}

#[test]
fn variables() {
    exchange(
        "054c",
        &format!("00000000 03 10 8acdf1cd66 88d0b88003 02 9376 0a 8acdf1cd67 52 02 9d18 09 00 32 01 9a7b {TAIL}"),
        "00 01 00 0e 40490fdb 03 00 08 01 00 02 c0808080808081ff01 00",
        &[
            "get_multi_variables [read] DB3 lid 10: ok",
            "get_multi_variables [read] M lid 9: error: invalid local id",
            "get_multi_variables [diagnostic] cpu_common attribute 3451: ok",
        ],
        &["DB3 lid 10 = 3.1415927410125732 (good)"],
    );
    exchange(
        "0542",
        &format!("00000000 02 0a 00 88d0b88003 02 9376 0a 00 88d0b88003 02 9376 0b 01 00 0e 40b00000 02 10 01 02 01 00 {TAIL}"),
        "00 00",
        &["set_multi_variables [write] DB3 lid 10 = 5.5: ok", "set_multi_variables [write] DB3 lid 11 = [true, false]: ok"],
        &["DB3 lid 10 = 5.5 (good)", "DB3 lid 11[0] = true (good)", "DB3 lid 11[1] = false (good)"],
    );
    exchange(
        "0586",
        &format!("00000386 20 04 07 00 88d0b88001 04 9376 03 04 08 {TAIL}"),
        "00 00 00 14 00 02 0102",
        &["get_var_sub_streamed [read] DB1.DBB4 x8: ok"],
        &["DB1.DBB4 x8 = \"0102\" (good)"],
    );
}

#[test]
fn control() {
    let operate = |state: &str, want: &str| {
        exchange("04f2", &format!("00000034 01 9077 00 08 {state} {TAIL}"), "00", &[want], &[]);
    };
    operate("01", "plc_stop [control] cpu_exec_unit operating_state_request = 1: ok");
    operate("03", "plc_start [control] cpu_exec_unit operating_state_request = 3: ok");
    let explored = "00 00000034 a1 00000034 9103 00 00 a3913d 00 17 00000d99 9b1e 00 08 04 00 a2";
    exchange(
        "04bb",
        "00000034 00 01 01 00 00 00 00000000 00",
        explored,
        &["explore [diagnostic] cpu_exec_unit: ok"],
        &["operating_mode = \"stop\" (good)"],
    );
    exchange("056b", "00000064 00000007 01 00 02 01 00 00", "00 00 00 00", &["invoke [control] object 100 = method 7: ok"], &[]);
}

#[test]
fn programs() {
    let block = "00000003 000400 00000000 a1 8a0e0007 940e 00 00 a38169 00 15 02 4442 a2 00000000";
    let said = exchange("04ca", block, "00 01 88d0b88007", &["create_object [program] DB7 = DB: ok"], &[]);
    assert_eq!(said.files, ["DB7 "]);
    exchange("04d4", "8a120005 00 00000000", "00 8a120005", &["delete_object [program] FB5: ok"], &[]);
    let code = "8a130009 00 01 01 00 00 01 9365 00000000 00";
    let said = exchange("04bb", code, "00 8a130009", &["explore [program] FC9: ok"], &[]);
    assert_eq!(said.files, ["FC9 "]);
    exchange(
        "04f2",
        &format!("8a120005 01 9414 00 14 00 01 07 {TAIL}"),
        "00",
        &["set_variable [program] FB5 code = 07: ok"],
        &[],
    );
    exchange("0556", "0001 0000 00 0000 00000000", "00", &["begin_sequence [configuration] : ok"], &[]);
}

#[test]
fn a_session_number_hides_nothing() {
    let erase = "31 0000 04d4 0000 0002 8a120005 34 8a120005 00 00000000";
    let said = told(&[(ASK, erase), (ANSWER, &response("04d4", "0002", "00 8a120005"))]);
    assert_eq!(said.operations, ["delete_object [program] FB5: ok"]);
}

#[test]
fn subscriptions() {
    let list = "20 04 0f 8880848000 00 01 8880908002 8fffffff7f 00 88d0b88003 07 9376 0a 02 8880908002 02 00 52 00 9d18";
    let create = format!("70000387 000400 00000000 a1 7fffc001 8769 00 00 a38818 {list} a2 00000000");
    let values = "33 1000006a 0400 0000 0000 01 01 92ffffffff 00 07 03e9 00 00000000";
    let said = told(&[
        (ASK, &request("04ca", "0004", &create)),
        (ANSWER, &response("04ca", "0004", "00 01 818080806a")),
        (ANSWER, values),
        (ASK, &request("04d4", "0005", "1000006a 00 00000000")),
        (ANSWER, &response("04d4", "0005", "00 1000006a")),
        (ANSWER, values),
    ]);
    assert_eq!(said.measurements, ["DB3 lid 10.2 = 1001 (good)"]);
    assert_eq!(said.operations, ["create_object [read] subscription: ok", "delete_object [diagnostic] own_session: ok"]);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn secrets_are_not_shown() {
    let early = SESSION.replace("a38229 00 15 06 574d20525431", "a38235 00 15 06 736563726574");
    let mut said = told(&[(ASK, &early)]);
    assert_eq!((said.credentials.as_slice(), said.secrets.as_slice()), (&["password ".to_owned()][..], &[6][..]));
    let lines = format!("{:?}", said.parsed());
    assert!(!lines.contains("secret") && lines.contains("hidden"), "{lines}");
    let legitimate = format!("00000386 01 8e36 10 02 03 010203 {TAIL}");
    exchange("04f2", &legitimate, "00", &["legitimate [configuration] own_session legitimate: ok"], &[]);
}

#[test]
fn a_message_in_several_frames() {
    let message = hex(&request("054c", "0002", &format!("00000000 01 05 00 88d0b88003 02 9376 0a {TAIL}")));
    for version in [2, 3] {
        let mut feeder = Feeder::new(&INFO);
        let mut parts = message.chunks(20).peekable();
        while let Some(part) = parts.next() {
            let part = if version == 3 { [&[32][..], &[0xdd; 32], part].concat() } else { part.to_vec() };
            let whole = parts.peek().is_none();
            feeder.segment(ASK, &packet(&frame(version, &part, whole)));
        }
        feeder.finish();
        assert_eq!(feeder.said.operations, ["get_multi_variables [read] DB3 lid 10: unanswered"], "version {version}");
        assert_eq!(feeder.said.anomalies, [""; 0]);
        let line = feeder.said.parsed().first().map(ToString::to_string).unwrap_or_default();
        assert!(line.contains("\"frames\":3") && line.contains("digest") == (version == 3), "{line}");
    }
}

#[test]
fn encryption_ends_what_can_be_read() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &packet(&frame(1, &hex(&request("05b3", "0001", "00000000")), true)));
    feeder.segment(ANSWER, &packet(&frame(1, &hex(&response("05b3", "0001", "00")), true)));
    assert_eq!(feeder.said.operations, ["init_ssl [diagnostic] : ok"]);
    feeder.segment(ASK, &packet(&hex("1603010200010001fc0303")));
    assert_eq!(feeder.over, Some(Step::Done));
}

#[test]
fn other_frames_and_damage() {
    let complaint = |payload: &str, want: &str| {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &packet(&frame(1, &hex(SESSION), true)));
        feeder.segment(ANSWER, &packet(&frame(1, &hex(SESSION_OK), true)));
        feeder.segment(ASK, &packet(&hex(payload)));
        let found: Vec<_> = feeder.said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert_eq!(found, [want], "{payload}");
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    complaint("32010000", "foreign_payload");
    complaint("7209 0000", "unknown_version");
    complaint("7202 00", "header_truncated");
    complaint("7202 0001 41 72020000", "header_truncated");
    complaint("7202 0009 410000054c00000002 72020000", "header_truncated");
    complaint("7202 000a 410000054c0000000234 72020000", "unknown_opcode");
    complaint("7202 000e 310000054d000000020000038634 72020000", "unknown_function");
    complaint("7202 0013 310000054c000000020000038634 0000000003 72020000", "body_truncated");
    complaint("7202 0010 310000055600000002 0000038634 00 72020000", "length_mismatch");
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &packet(&hex("72ff0500")));
    feeder.segment(ASK, &packet(&hex("72fe 0002 0102 72fe0000")));
    assert_eq!((feeder.said.parsed().len(), feeder.said.anomalies.len()), (2, 0));
}

fn verdict(payload: &[u8]) -> Verdict {
    let probe = Probe { bytes: &packet(payload), src_port: 40_000, dst_port: 102, transport: Transport::Tcp, from_start: true };
    (INFO.probe)(&probe)
}

#[test]
fn the_three_on_this_port_are_told_apart() {
    let asked = frame(1, &hex(SESSION), true);
    assert_eq!(verdict(&asked), Verdict::SureClient);
    assert_eq!(verdict(&frame(1, &hex(SESSION_OK), true)), Verdict::SureServer);
    assert_eq!(verdict(&hex("33")), Verdict::No);
    assert_eq!(verdict(&hex("32010000000000080000f0000001000101e0")), Verdict::No);
    assert_eq!(verdict(&hex("7205 0002 3100 72050000")), Verdict::No);
    let bytes = packet(&asked);
    let probe = Probe { bytes: &bytes, src_port: 40_000, dst_port: 102, transport: Transport::Tcp, from_start: true };
    for other in [&crate::s7comm::INFO, &crate::mms::INFO] {
        assert_eq!((other.probe)(&probe), Verdict::No, "{}", other.name);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), server in any::<bool>()) {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &packet(&frame(1, &hex(SESSION), true)));
        let from = if server { ANSWER } else { ASK };
        feeder.segment(from, &packet(&frame(2, &bytes, true)));
        feeder.segment(from, &bytes);
        feeder.finish();
        let _ = verdict(&bytes);
    }

    #[test]
    fn any_body_is_survived(function in proptest::sample::select(vec![0x4bbu16, 0x4ca, 0x4d4, 0x4f2, 0x4fc, 0x524, 0x542, 0x54c, 0x56b, 0x57c, 0x586, 0x5b3]), asked in proptest::collection::vec(any::<u8>(), 0..200), answered in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut feeder = Feeder::new(&INFO);
        let function = function.to_be_bytes();
        let request = [&[0x31, 0, 0][..], &function, &[0, 0, 0, 1, 0, 0, 3, 0x86, 0x34], &asked].concat();
        let response = [&[0x32, 0, 0][..], &function, &[0, 0, 0, 1, 0x34], &answered].concat();
        feeder.segment(ASK, &packet(&frame(2, &request, true)));
        feeder.segment(ANSWER, &packet(&frame(2, &response, true)));
        feeder.finish();
        feeder.said.parsed();
    }
}
