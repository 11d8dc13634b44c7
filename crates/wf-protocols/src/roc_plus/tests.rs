use super::*;
use crate::checks::crc16;
use crate::testing::{Feeder, Recorder, context, datagram, hex};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

fn sealed(addresses: &str, opcode: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = hex(addresses);
    bytes.extend([opcode, u8::try_from(data.len()).unwrap_or(0)]);
    bytes.extend(data);
    let check = crc16(&bytes, 0xffff).to_le_bytes();
    bytes.extend(check);
    bytes
}

fn ask(opcode: u8, data: &[u8]) -> Vec<u8> {
    sealed("01020301", opcode, data)
}

fn answer(opcode: u8, data: &[u8]) -> Vec<u8> {
    sealed("03010102", opcode, data)
}

fn told(asked: &[u8], answered: &[u8]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, asked);
    feeder.segment(ANSWER, answered);
    feeder.finish();
    feeder.said
}

#[track_caller]
fn check(asked: (u8, &str), answered: (u8, &str), operations: &[&str], measurements: &[&str]) {
    let said = told(&ask(asked.0, &hex(asked.1)), &answer(answered.0, &hex(answered.1)));
    assert_eq!(said.operations, operations, "{asked:?}");
    assert_eq!(said.measurements, measurements, "{asked:?}");
    assert_eq!(said.anomalies, [""; 0], "{asked:?}");
}

#[test]
fn parameters() {
    check(
        (180, "02 670115 670101"),
        (180, "02 670115 00002a42 670101 01"),
        &["read_parameters [read] 103,1,21 unit 1.2: ok", "read_parameters [read] 103,1,1 unit 1.2: ok"],
        &["103,1,21 unit 1.2 = 42.5 (good)", "103,1,1 unit 1.2 = 1 (good)"],
    );
    check(
        (181, "01 670100 50542d313031"),
        (181, ""),
        &["write_parameters [write] 103,1,0 unit 1.2 = PT-101: ok"],
        &["103,1,0 unit 1.2 = \"PT-101\" (good)"],
    );
    check(
        (181, "02 670115 00002a42 670101 01"),
        (255, "13 08"),
        &["write_parameters [write] 103,1,21 unit 1.2 = 2 parameters: 67011500002a4267010101: error: parameter is read only"],
        &[],
    );
    check((166, "67 01 02 05 0102"), (166, ""), &["set_parameters_in_row [write] 103,1,5-6 unit 1.2 = 0102: ok"], &[]);
    check(
        (167, "67 01 01 15"),
        (167, "67 01 01 15 e8030000"),
        &["read_parameters_in_row [read] 103,1,21 unit 1.2: ok"],
        &["103,1,21 unit 1.2 = 1000 (good)"],
    );
}

#[test]
fn values_that_cannot_be_told_apart_are_left_out() {
    let asked =
        [(103, 1, 21), (103, 1, 1), (103, 1, 2)].map(|(kind, logical, parameter)| value::Point { kind, logical, parameter });
    let found = |data: &str| value::values(&asked, &hex(data)).len();
    assert_eq!(found("03 670115 aa670101 670101 01 670102 02"), 0);
    assert_eq!(found("03 670115 00000000 670101 01 670102 02"), 3);
    assert_eq!(found("03 670115 00000000 670101 01"), 1);
    assert_eq!(found("03 680115 00000000"), 0);
}

#[test]
fn checks() {
    // A frame of a capture that others published, and one from zero.
    for (bytes, good) in [("0102030406003a2f", true), ("0102030406003a2e", false)] {
        assert_eq!(Frame::read(&hex(bytes)).map(|frame| frame.checked), Ok(good));
    }
    let body = hex("010203040600");
    let zero = [&body[..], &crc16(&body, 0).to_le_bytes()].concat();
    assert!(Frame::read(&zero).is_ok_and(|frame| frame.checked));
    assert_eq!(Frame::read(&zero[..7]), Err(8));
}

#[test]
fn clock_and_files() {
    check((8, "00 1f 0e 1c 0b ea07 07"), (8, ""), &["set_clock [configuration]  = 2026-11-28 14:31:00: ok"], &[]);
    check((8, "00 1f 0e 1c 0b 07ea 07"), (8, ""), &["set_clock [configuration]  = 2026-11-28 14:31:00: ok"], &[]);
    let mut path = b"\x05/DATA/".to_vec();
    path.resize(101, 0);
    path.extend(b"flow.txt");
    path.resize(126, 0);
    let said = told(&ask(203, &path), &answer(203, &[5]));
    assert_eq!(said.operations, ["delete_file [program] /DATA/flow.txt: ok"]);
    check(
        (203, "03 07000000 04000000 00000000 04 312e3235"),
        (203, "03 07000000 04000000"),
        &["write_file [program]  = file 7: 4 bytes at 0: ok"],
        &[],
    );
}

#[test]
fn passwords_as_parameters_are_hidden() {
    // Point type 92, parameter 1: written alone, among others, in a row, and read (opcodes 181, 166, 180).
    for (asked, answered, operation) in [
        ((181, "01 5c0001 d204"), (181, ""), "write_parameters [write] 92,0,1 unit 1.2 = hidden: ok"),
        ((181, "02 5c0000 4c4f49 5c0001 d204"), (181, ""), "write_parameters [write] 92,0,0 unit 1.2 = 2 parameters: hidden: ok"),
        ((166, "5c 00 02 00 4c4f49 d204"), (166, ""), "set_parameters_in_row [write] 92,0,0-1 unit 1.2 = hidden: ok"),
        ((180, "01 5c0001"), (180, "01 5c0001 d204"), "read_parameters [read] 92,0,1 unit 1.2: ok"),
    ] {
        let mut said = told(&ask(asked.0, &hex(asked.1)), &answer(answered.0, &hex(answered.1)));
        assert_eq!(said.operations, [operation]);
        assert_eq!((said.measurements.as_slice(), said.credentials.len()), (&[][..], 1), "{operation}");
        assert!(!format!("{:?}", said.parsed()).contains("d204"), "{operation}");
    }
}

#[test]
fn logins_and_identity() {
    let mut said = told(&ask(17, b"LOI\xd2\x04\x05"), &answer(17, &[]));
    assert_eq!(said.operations, ["login [configuration]  = LOI: ok"]);
    assert_eq!((said.credentials.as_slice(), said.secrets.as_slice()), (&["password LOI".to_owned()][..], &[2][..]));
    let lines = format!("{:?}", said.parsed());
    assert!(!lines.contains("d204") && lines.contains("hidden"), "{lines}");
    let long = [&b"OPERATOR1"[..], &[b' '; 21], b"PASSWORD1", &[b' '; 31], &[1]].concat();
    let said = told(&ask(17, &long), &answer(255, &[21, 6]));
    assert_eq!(said.operations, ["login [configuration]  = OPERATOR1: error: invalid login"]);
    assert_eq!(said.secrets, [9]);
    let mut system = [0; 215];
    system[18] = 6;
    let said = told(&ask(6, &[]), &answer(6, &system));
    assert_eq!(said.evidence, ["Sender role=controller (60)", "Sender vendor=Emerson (60)", "Sender model=ROC800 (75)"]);
}

#[test]
fn waiting_and_reports() {
    let said = told(&ask(181, &hex("01 670115 00002a42")), &[]);
    assert_eq!(said.operations, ["write_parameters [write] 103,1,21 unit 1.2 = 42.5: unanswered"]);
    let mut feeder = Feeder::new(&INFO);
    feeder.segment(ASK, &ask(6, &[]));
    feeder.now = wf_model::Timestamp(61_000_000_000);
    feeder.segment(ASK, &ask(7, &[]));
    assert_eq!(feeder.said.operations, ["system_configuration [diagnostic] : unanswered"]);
    feeder.gap(ANSWER, 10);
    feeder.segment(ANSWER, &answer(224, &[1]));
    feeder.finish();
    assert_eq!(
        feeder.said.operations.get(1..),
        Some(
            &["read_clock [diagnostic] : unconfirmed".to_owned(), "report_by_exception [diagnostic] : unconfirmed".to_owned()][..]
        )
    );
}

#[test]
fn secrets_that_are_cut_off_are_hidden() {
    let login = |name: &str, secret: &str| format!("{name:<30}{secret:<40}");
    let long = ask(17, login("LOI", "geheim").as_bytes());
    let short = ask(17, b"LOI\xd2\x04");
    let written = ask(181, &hex("02 5c0000 4c4f49 5c0001 d204"));
    let row = ask(166, &hex("5c 00 01 01 d204"));
    // All but so many bytes of each are there.
    for (frame, cut, secret) in [(&long, 38, 4), (&short, 3, 1), (&written, 3, 1), (&row, 3, 1), (&short, 4, 0)] {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &ask(7, &[]));
        feeder.segment(ASK, &frame[..frame.len() - cut]);
        feeder.cut(ASK, cut);
        let want = if secret == 0 { vec![] } else { vec![secret] };
        assert_eq!(feeder.said.secrets, want, "{frame:02x?}");
        assert!(!format!("{:?}", feeder.said.parsed()).contains("gehe"));
    }
    // In a datagram too; what only looks like the password's point is none.
    let mut said = Recorder::default();
    let mut decoder = (INFO.new)();
    decoder.datagram(&context(ASK, Transport::Udp, PORT), &ask(7, &[]), &mut said);
    assert!(decoder.datagram(&context(ASK, Transport::Udp, PORT), &long[..long.len() - 38], &mut said));
    assert_eq!(said.secrets, [4]);
    let value = told(&ask(181, &hex("02 670115 5c000199 670101 01")), &answer(181, &[]));
    assert_eq!((value.secrets.len(), value.operations[0].contains("5c000199")), (0, true));
}

#[test]
fn damage_has_names() {
    let complaint = |asked: &[u8], answered: &[u8], want: &str| {
        let said = told(asked, answered);
        let found: Vec<_> = said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect();
        assert_eq!(found, [want]);
        assert!(ANOMALIES.iter().any(|kind| kind.name == want));
    };
    let (read, fine) = (ask(7, &[]), answer(7, &hex("051e0e1c0bea0707")));
    let mut broken = ask(7, &[]);
    broken[7] ^= 1;
    complaint(&[&read[..], &broken].concat(), &fine, "bad_check");
    complaint(&[&read[..], &ask(9, &[])].concat(), &fine, "unknown_opcode");
    complaint(&ask(180, &hex("02 670115")), &answer(255, &[6, 5]), "truncated_request");
    complaint(&read, &[&fine[..], &fine].concat(), "response_without_request");
    let mut foreign = Feeder::new(&INFO);
    foreign.segment(ASK, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(foreign.over, Some(Step::NotMine));
}

#[test]
fn probes() {
    let verdict =
        |bytes: &[u8], dst_port, transport| probe(&Probe { bytes, src_port: 40_000, dst_port, transport, from_start: true });
    let read = ask(180, &hex("01 670115"));
    assert_eq!(verdict(&read, PORT, Transport::Tcp), Verdict::SureClient);
    assert_eq!(verdict(&read[..7], PORT, Transport::Tcp), Verdict::More);
    assert_eq!(verdict(&read[..7], PORT, Transport::Udp), Verdict::No);
    assert_eq!(verdict(&read, 5000, Transport::Udp), Verdict::SureClient);
    assert_eq!(verdict(&read[..7], 5000, Transport::Tcp), Verdict::No);
    assert_eq!(verdict(&answer(181, &[]), 5000, Transport::Tcp), Verdict::No);
    assert_eq!(verdict(&ask(9, &[]), PORT, Transport::Tcp), Verdict::No);
    assert_eq!(verdict(b"GET / HTTP/1.1\r\n\r\n", PORT, Transport::Tcp), Verdict::No);
    let (mine, said) = datagram(&INFO, &context(ASK, Transport::Udp, PORT), &read);
    assert!(mine && said.messages.len() == 1);
    assert!(!datagram(&INFO, &context(ASK, Transport::Udp, PORT), &[&read[..], b"x"].concat()).0);
}

proptest! {
    #[test]
    fn any_data_is_survived(data in proptest::collection::vec(any::<u8>(), 0..200), opcode in any::<u8>(), other in any::<u8>()) {
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(ASK, &ask(7, &[]));
        feeder.segment(ASK, &ask(opcode, &data));
        feeder.segment(ANSWER, &answer(opcode, &data));
        feeder.segment(ANSWER, &answer(other, &data));
        feeder.segment(ASK, &data);
        feeder.finish();
        feeder.said.parsed();
    }
}
