//! Whole conversations through the decoder.

use super::INFO;
use crate::testing::{Feeder, hex, survives};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::{Direction, Probe, Step, Verdict};

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

const SETUP: &str = "32010000000100080000f0000001000101e0";
const SETUP_OK: &str = "3203000000010008000000 00f00000010001 00f0";
const READ: &str = "32010000 0002 001a0000 0402 120a1004000200018400 0050 120a1001000100008300 0053";
const READ_OK: &str = "32030000 0002 0002000d0000 0402 ff040020 00070009 ff030001 01";
const WRITE: &str = "32010000 0003 000e0008 0501 120a1008000100018400 0080 00070004 3fc00000";
const WRITE_DENIED: &str = "32030000 0003 000200010000 0501 03";
const STOP: &str = "32010000 3500 00100000 29 0000000000 09 505f50524f4752414d";
const STOP_OK: &str = "32030000 3500 000100000000 29";
const START: &str = "32010000 3600 00140000 28 000000000000fd 0000 09 505f50524f4752414d";
const INSERT: &str = "32010000 0e00 001a0000 28 000000000000fd 000a 0100 3041303030303150 05 5f494e5345";
const START_UPLOAD: &str = "32010000 0800 00120000 1d 00 0000 00000000 09 5f30423030303030 41";
const START_UPLOAD_OK: &str = "32030000 0800 001000000000 1d 00 0100 00000007 07 30303030323136";
const UPLOAD: &str = "32010000 0900 00080000 1e 00 0000 00000007";
const UPLOAD_OK: &str = "32030000 0900 000200080000 1e00 000400fb 70700101";
const PASSWORD: &str = "32070000 0600 0008000c 000112 04 11 45 01 00 ff090008 6466020062646769";
const PASSWORD_OK: &str = "32070000 0600 000c0004 000112 08 12 85 01 01 0000 0000 0a000000";
const SZL: &str = "32070000 0500 00080008 000112 04 11 44 01 00 ff090004 00110000";
const SZL_FIRST: &str = concat!(
    "32070000 0500 000c001a 000112 08 12 84 01 02 d501 0000 ff090016 0011 0000 001c 0002",
    "0001 36455337203331352d324548"
);
const SZL_MORE: &str = "32070000 0501 000c0004 000112 08 12 44 01 02 0000 0000 0a000000";
const SZL_LAST: &str = concat!(
    "32070000 0501 000c002e 000112 08 12 84 01 02 d500 0000 ff09002a 31342d3041423020 00c0 0004 0001",
    "0007 2020202020202020202020202020202020202020 00c0 5603 0206"
);

fn packet(message: &str) -> Vec<u8> {
    let body = hex(message);
    let len = u16::try_from(body.len() + 7).unwrap_or(u16::MAX).to_be_bytes();
    [&[3, 0], &len[..], &[2, 0xf0, 0x80], &body].concat()
}

fn told(conversation: &[(Direction, &str)]) -> Feeder {
    let mut feeder = Feeder::new(&INFO);
    for (direction, message) in conversation {
        feeder.segment(*direction, &packet(message));
    }
    feeder.finish();
    feeder
}

#[track_caller]
fn operations(conversation: &[(Direction, &str)], want: &[&str]) {
    assert_eq!(told(conversation).said.operations, want);
}

#[test]
fn variables() {
    operations(&[(ASK, READ), (ANSWER, READ_OK)], &["read_var [read] DB1.DBW10 x2: ok", "read_var [read] M10.3: ok"]);
    let said = told(&[(ASK, READ), (ANSWER, READ_OK)]).said;
    assert_eq!(said.measurements, ["DB1.DBW10 = 7 (good)", "DB1.DBW12 = 9 (good)", "M10.3 = true (good)"]);
    operations(&[(ASK, WRITE), (ANSWER, WRITE_DENIED)], &["write_var [write] DB1.DBD16 = 1.5: error: access not allowed"]);
    operations(&[(ASK, WRITE)], &["write_var [write] DB1.DBD16 = 1.5: unanswered"]);
}

#[test]
fn control() {
    operations(&[(ASK, STOP), (ANSWER, STOP_OK)], &["plc_stop [control]  = P_PROGRAM: ok"]);
    operations(&[(ASK, START)], &["plc_start [control]  = P_PROGRAM warm restart: unanswered"]);
    operations(&[(ASK, INSERT)], &["plc_control [control] DB1 = _INSE: unanswered"]);
}

#[test]
fn blocks() {
    let feeder = told(&[(ASK, START_UPLOAD), (ANSWER, START_UPLOAD_OK), (ASK, UPLOAD), (ANSWER, UPLOAD_OK)]);
    assert_eq!(feeder.said.operations, ["start_upload [program] SDB0: ok", "upload [program] SDB0 = 4 bytes: ok"]);
    assert_eq!(feeder.said.files, ["SDB0 216"]);
}

#[test]
fn password() {
    let feeder = told(&[(ASK, PASSWORD), (ANSWER, PASSWORD_OK)]);
    assert_eq!(feeder.said.operations, ["set_password [configuration] : ok"]);
    assert_eq!(feeder.said.credentials, ["password "]);
    assert_eq!(feeder.said.secrets, [8]);
}

#[test]
fn identity_in_two_parts() {
    let feeder = told(&[(ASK, SZL), (ANSWER, SZL_FIRST), (ASK, SZL_MORE), (ANSWER, SZL_LAST)]);
    assert_eq!(feeder.said.operations, ["read_szl [diagnostic] szl 0011.0000: ok"]);
    let want = ["order_number=6ES7 315-2EH14-0AB0", "vendor=Siemens", "hardware=4", "firmware=V3.2.6"];
    let want: Vec<String> = want.iter().map(|w| format!("Sender {w} (85)")).collect();
    assert_eq!(feeder.said.evidence, want);
    assert!(feeder.said.anomalies.is_empty(), "{:?}", feeder.said.anomalies);
}

/// A hole in the requests leaves the answers whole.
#[test]
fn parts_outlive_a_gap_of_the_other_way() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &packet(SZL));
    feeder.segment(ANSWER, &packet(SZL_FIRST));
    feeder.gap(ASK, 33);
    feeder.segment(ANSWER, &packet(SZL_LAST));
    let last = feeder.said.parsed().pop().unwrap_or_default();
    assert_eq!((last["szl_id"].as_u64(), feeder.said.evidence.len()), (Some(0x11), 4));
}

#[test]
fn keys_of_a_message() {
    let mut feeder = told(&[(ASK, SETUP), (ANSWER, SETUP_OK), (ASK, SZL)]);
    let messages = feeder.said.parsed();
    let key = |at: usize, name: &str| messages.get(at).and_then(|m| m.get(name)).and_then(serde_json::Value::as_u64);
    assert_eq!((key(0, "rosctr"), key(0, "function"), key(0, "pdu_size")), (Some(1), Some(0xf0), Some(480)));
    assert_eq!((key(1, "rosctr"), key(1, "error_class"), key(1, "error_code")), (Some(3), Some(0), Some(0)));
    assert_eq!((key(2, "function"), key(2, "group"), key(2, "subfunction")), (None, Some(4), Some(1)));
    assert_eq!(feeder.said.evidence, ["Sender role=controller (70)"]);
}

#[test]
fn message_in_two_data_units() {
    let body = hex(STOP);
    let (first, second) = body.split_at(12);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &[&[3, 0, 0, 19, 2, 0xf0, 0x00], first].concat());
    feeder.segment(ASK, &[&[3, 0, 0, 21, 2, 0xf0, 0x80], second].concat());
    feeder.finish();
    assert_eq!(feeder.said.operations, ["plc_stop [control]  = P_PROGRAM: unanswered"]);
}

#[test]
fn goes_on_behind_a_gap() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &packet(SETUP));
    feeder.segment(ASK, &[&[3, 0, 0, 19, 2, 0xf0, 0x00], &[0; 12][..]].concat());
    feeder.gap(ASK, 100);
    feeder.segment(ASK, &packet(STOP));
    feeder.segment(ANSWER, &packet(STOP_OK));
    assert_eq!(feeder.said.operations, ["plc_stop [control]  = P_PROGRAM: ok"]);
    assert_eq!((INFO.new)().resync(ASK, &[&[9, 3, 0][..], &packet(STOP)].concat()), Some(3));
}

#[test]
fn connection_kind() {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &hex("03000016 11e00000000100c0010ac1020100c2020102"));
    assert_eq!(feeder.said.evidence, ["Sender role=engineering_station (50)"]);
}

#[test]
fn other_protocols_are_left_alone() {
    for foreign in ["0d0b", "7201002531", "01000100"] {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &packet(foreign));
        assert_eq!(feeder.over, Some(Step::NotMine), "{foreign}");
    }
}

#[test]
fn probes() {
    #[track_caller]
    fn check(bytes: &[u8], want: Verdict) {
        let probe = Probe { bytes, src_port: 40_000, dst_port: 102, transport: Transport::Tcp, from_start: true };
        assert_eq!((INFO.probe)(&probe), want);
    }
    check(&packet(SETUP), Verdict::SureClient);
    check(&packet(READ_OK), Verdict::SureServer);
    check(&packet(SZL), Verdict::SureClient);
    check(&packet("7201002531"), Verdict::No);
    check(&packet("0d0b"), Verdict::No);
    check(&hex("03000016 11e00000000100c0010ac1020100c2020102"), Verdict::More);
    check(b"GET / HTTP/1.1\r\n\r\n", Verdict::No);
    check(&[], Verdict::More);
    // A message in several data units (X.224, 13.7.3): the first ends before the function, another one behind it decides.
    check(&hex("03000008 02f000 32"), Verdict::More);
    check(&hex("03000008 02f000 0d"), Verdict::No);
    check(&hex("03000008 02f000 32 03000018 02f080 010000000000080000f0000001000101e0"), Verdict::SureClient);
}

#[test]
fn breaches_are_named() {
    #[track_caller]
    fn check(message: &str, want: &str) {
        let feeder = told(&[(ASK, SETUP), (ASK, message)]);
        assert_eq!(feeder.said.anomalies.first().and_then(|a| a.split(':').next()), Some(want));
    }
    check("320100000002001a0000 0402 120a1004", "length_mismatch");
    check("320100000002000e0000 0402 120a10040002000184000050", "item_truncated");
    check("3201000000020001000033", "unknown_function");
    check("32010000", "header_truncated");
    check("3205000000020000 0000", "unknown_type");
    check("32010000000200000000", "no_parameters");
    check("72010000", "foreign_payload");
    check("320700000002000400000001 1204", "userdata_truncated");
}

fn corpus() -> Vec<Vec<u8>> {
    [SETUP, SETUP_OK, READ, READ_OK, WRITE, WRITE_DENIED, STOP, INSERT, START_UPLOAD_OK, PASSWORD, SZL, SZL_FIRST, SZL_LAST]
        .iter()
        .map(|m| packet(m))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes(stream in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..200)), 0..6)) {
        survives(&INFO, &[], &stream);
    }

    #[test]
    fn damaged_messages(
        picks in prop::collection::vec((any::<bool>(), 0..13usize, prop::collection::vec((7..80usize, any::<u8>()), 0..4)), 1..12),
    ) {
        let corpus = corpus();
        let stream: Vec<_> = picks
            .into_iter()
            .filter_map(|(side, pick, changes)| {
                let mut bytes = corpus.get(pick)?.clone();
                for (at, byte) in changes {
                    if let Some(slot) = bytes.get_mut(at) {
                        *slot = byte;
                    }
                }
                Some((side, bytes))
            })
            .collect();
        survives(&INFO, &[], &stream);
    }
}
