use super::*;
use crate::checks::crc16;
use crate::testing::{Recorder, context, hex};
use proptest::prelude::*;
use wf_wire::Direction;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

fn sealed(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, 0];
    bytes.extend(u16::try_from(body.len()).unwrap_or(0).to_le_bytes());
    bytes.extend(body);
    let check = crc16(&bytes, 0).to_le_bytes();
    bytes.extend(check);
    bytes
}

fn command(path: u8, code: u8, sequence: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 10).unwrap_or(0);
    let mut body = vec![path, path, code, sequence, 0, 0, 0, 0];
    body.extend(length.to_le_bytes());
    body.extend(data);
    let sum = body.iter().fold(length, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    body.splice(6..8, sum.to_le_bytes());
    sealed(5, &body)
}

/// Plays datagrams, from the workstation or not.
fn played(datagrams: &[(Direction, Vec<u8>)]) -> Recorder {
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    for (at, (direction, bytes)) in datagrams.iter().enumerate() {
        let mut ctx = context(*direction, Transport::Udp, PORT);
        ctx.now.frame = at as u64 + 1;
        decoder.datagram(&ctx, bytes, &mut said);
    }
    decoder.finish(&context(ASK, Transport::Udp, PORT), &mut said);
    said
}

fn asked(code: u8, data: &[u8], answer: u8, answered: &[u8]) -> Recorder {
    played(&[(ASK, command(0, code, 1, data)), (ANSWER, command(1, answer, 1, answered))])
}

#[track_caller]
fn check(code: u8, data: &str, answer: u8, answered: &str, operations: &[&str]) {
    let said = asked(code, &hex(data), answer, &hex(answered));
    assert_eq!(said.operations, operations, "{code}");
    assert_eq!(said.anomalies, [""; 0], "{code}");
}

#[test]
fn acts_on_programs() {
    check(20, "", 109, "", &["run_program [control] : ok"]);
    check(20, "", 100, "cb00", &["run_program [control] : error: control program not halted"]);
    check(21, "", 110, "", &["halt_program [control] : ok"]);
    check(7, "00112233", 100, "d400", &["set_calendar [configuration] : error: key switch prohibits it"]);
    check(65, "0200000000000001", 100, "d001", &["upload_program [program] program 2 = from word 256: error: out of range"]);
    check(66, "1000000000000000", 163, "10000000010000000100 00000000", &["upload_function [program] function 16: ok"]);
    check(55, "03000100010000000100 60000000", 153, "", &["allocate_program [program] program 3 = 1 words at 0 of 1: ok"]);
    // The start of a change as a workstation asks it, from a capture of a Tricon.
    let change = "4e4f5a4f4d4900050200 00000200fa75ab5a 00000200fa75ab5a 4e4f5a4f4d4900050200 000004010400";
    check(
        1,
        change,
        102,
        "",
        &["start_download_change [program] NOZOMI 2.0 = instead of NOZOMI 2.0: 260 functions, 4 programs: ok"],
    );
    check(
        59,
        "000000000d00fa75ab5a 424f494c455231000000 0100 0400 0000",
        101,
        "",
        &["start_ts2_program_download [program] BOILER1 13.0 = 1 functions, 4 programs: ok"],
    );
}

/// The state of a Tricon's control program, from a capture.
fn status(key: u8, run: u8) -> Vec<u8> {
    let mut data = hex("010000000d0001000000005080000000800000004000000060000050fe00ffafff00002000200020000000000000");
    data.extend(hex("201b0000c800c800b9005c9800000200fa75ab5a4e4f5a4f4d4900050200"));
    data.resize(186, 0);
    (data[7], data[8]) = (key, run);
    data
}

#[test]
fn states_and_identity() {
    let said = asked(19, &[], 108, &status(1, 0));
    assert_eq!(said.operations, ["get_cp_status [diagnostic] : ok"]);
    assert_eq!(said.measurements, ["key_switch = \"program\" (good)", "control_program = \"running\" (good)"]);
    assert_eq!(said.evidence.last().map(String::as_str), Some("Sender description=project NOZOMI 2.0 (60)"));
    let mut quiet = asked(13, &[], 106, &hex("0300330a0400"));
    assert_eq!(quiet.evidence.get(3..), Some(&["Sender model=Tricon 3008 (65)".into(), "Sender firmware=10.4 (70)".into()][..]));
    assert_eq!(quiet.parsed()[1]["version"], "10.4");
    let mut versions = vec![0, 0xff, 0xff, 0, 1, 0, 2, 0, 3, 0];
    versions.resize(450, 0);
    versions.extend(b"740019A02AB123456");
    let said = asked(54, &[1, 0], 151, &versions);
    assert!(said.evidence.contains(&"Sender serial=AB123456 (75)".to_owned()), "{:?}", said.evidence);
}

#[test]
fn connections() {
    let said = played(&[(ASK, sealed(1, &[])), (ANSWER, sealed(2, &[])), (ASK, sealed(4, &[])), (ANSWER, sealed(3, &[]))]);
    assert_eq!(said.operations, ["connect [diagnostic] : ok", "disconnect [diagnostic] : ok"]);
    let said = played(&[(ASK, sealed(1, &[])), (ANSWER, sealed(10, &[]))]);
    assert_eq!(said.operations, ["connect [diagnostic] : error: access denied"]);
    let said = played(&[(ASK, command(0, 21, 7, &[])), (ASK, command(0, 21, 7, &[]))]);
    assert_eq!(said.operations, ["halt_program [control] : unanswered"]);
    // A refusal ends all that is open; a request that nobody answered is its asker's, whoever speaks next.
    let said = played(&[(ASK, command(0, 20, 1, &[])), (ASK, command(0, 21, 2, &[])), (ANSWER, sealed(8, &[]))]);
    assert_eq!(
        said.operations,
        ["run_program [control] : error: not connected", "halt_program [control] : error: not connected"]
    );
    // From a capture: a request, the reply, a refusal.
    for bytes in ["0100000001fc", "0200000001b8", "05000c0001016404000052010c00d0002829"] {
        assert!(Frame::read(&hex(bytes)).is_some_and(|frame| frame.checked && frame.fits), "{bytes}");
    }
}

#[test]
fn damage_and_malware_have_names() {
    let complaint = |datagrams: &[(Direction, Vec<u8>)], want: &str| {
        let said = played(datagrams);
        let found: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert_eq!(found, [want]);
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    let fine = [(ASK, command(0, 19, 1, &[])), (ANSWER, command(1, 108, 1, &status(1, 0)))];
    let after = |more: Vec<u8>, way| [fine[0].clone(), fine[1].clone(), (way, more)];
    let broken = |at: usize| {
        let mut bytes = command(0, 8, 2, &[]);
        bytes[at] ^= 1;
        let (body, check) = (bytes.len() - 2, crc16(&bytes[..bytes.len() - 2], 0).to_le_bytes());
        bytes[body..].copy_from_slice(&check);
        bytes
    };
    let mut flipped = command(0, 20, 2, &[]);
    flipped[15] ^= 1;
    complaint(&after(flipped, ASK), "bad_crc");
    complaint(&after(broken(10), ASK), "bad_sum");
    complaint(&after(broken(2), ASK), "bad_length");
    complaint(&after(sealed(99, &[]), ASK), "unknown_type");
    complaint(&after(command(0, 99, 2, &[]), ASK), "unknown_function");
    complaint(&after(command(0, 55, 2, &hex("03000100010000000100")), ASK), "truncated_data");
    complaint(&after(command(1, 109, 9, &[]), ANSWER), "response_without_request");
    complaint(&[(ASK, command(0, 21, 1, &[])), (ANSWER, command(1, 109, 1, &[]))], "unexpected_answer");
    let planted = [(ASK, command(0, 29, 1, &hex("f9ff 00001000"))), (ANSWER, command(1, 150, 1, &[0; 4]))];
    complaint(&planted, "implant_command");
    assert_eq!(played(&planted).operations, ["implant_execute [program] : ok"]);
    // A program of a capture of the malware.
    let marked = command(0, 55, 1, &hex("03000100050000000500 ffff6038020000442000804e dfa1288d dc4e57a0"));
    complaint(&[(ASK, marked)], "malicious_program");
    assert!(!crate::testing::datagram(&INFO, &context(ASK, Transport::Udp, PORT), b"GET / HTTP/1.1\r\n").0);
}

#[test]
fn probes() {
    let verdict =
        |bytes: &[u8], dst_port| probe(&Probe { bytes, src_port: 40_000, dst_port, transport: Transport::Udp, from_start: true });
    assert_eq!(verdict(&sealed(1, &[]), PORT), Verdict::SureClient);
    assert_eq!(verdict(&sealed(2, &[]), PORT), Verdict::SureServer);
    assert_eq!(verdict(&sealed(1, &[]), 5000), Verdict::No);
    assert_eq!(verdict(&command(0, 19, 1, &[]), 5000), Verdict::SureClient);
    assert_eq!(verdict(&command(1, 109, 1, &[]), 5000), Verdict::SureServer);
    assert_eq!(verdict(b"\x05\0\x02\0\0\0\0\0", PORT), Verdict::No);
    assert_eq!(verdict(b"", PORT), Verdict::No);
}

proptest! {
    #[test]
    fn any_data_is_survived(data in proptest::collection::vec(any::<u8>(), 0..800), code in any::<u8>(), answer in any::<u8>()) {
        let all = [
            (ASK, command(0, code, 1, &data)),
            (ANSWER, command(1, answer, 1, &data)),
            (ANSWER, command(1, code, 2, &data)),
            (ASK, sealed(code, &data)),
            (ASK, data),
        ];
        played(&all).parsed();
    }
}
