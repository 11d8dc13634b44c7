use super::*;
use crate::testing::{Feeder, Recorder, context, hex};
use frame::{ADD_NOTIFICATION, DEVICE_INFO, READ, READ_STATE, READ_WRITE, WRITE, WRITE_CONTROL};
use proptest::prelude::*;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;
const CLIENT: [u8; 8] = [10, 0, 0, 1, 1, 1, 3, 0x80];

/// A message with both headers ("AMS/TCP header", "AMS header"): port of the server, command, number, data.
fn message(direction: Direction, port: u16, command: u16, invoke: u32, data: &[u8]) -> Vec<u8> {
    let server = [&[5, 13, 117, 96, 1, 1][..], &port.to_le_bytes()].concat();
    let (target, source, flags) = match direction {
        ASK => (&server[..], &CLIENT[..], 4u16),
        ANSWER => (&CLIENT[..], &server[..], 5),
    };
    let length = data.len() as u32;
    let head = [target, source, &command.to_le_bytes(), &flags.to_le_bytes(), &length.to_le_bytes(), &[0; 4]].concat();
    let tcp = [&[0, 0][..], &(length + 32).to_le_bytes()].concat();
    [&tcp[..], &head, &invoke.to_le_bytes(), data].concat()
}

/// Index group, index offset, length and what is written.
fn access(group: u32, offset: u32, lengths: &[u32], data: &[u8]) -> Vec<u8> {
    let numbers: Vec<u8> = [group, offset].iter().chain(lengths).flat_map(|n| n.to_le_bytes()).collect();
    [&numbers[..], data].concat()
}

/// Result, length and what was read.
fn read(result: u32, data: &[u8]) -> Vec<u8> {
    [&result.to_le_bytes()[..], &(data.len() as u32).to_le_bytes(), data].concat()
}

/// Requests to the controller's runtime with their answers.
fn play(port: u16, exchanges: &[(u16, Vec<u8>, Vec<u8>)]) -> Recorder {
    let mut feeder = Feeder::new(&INFO);
    for (at, (command, request, answer)) in exchanges.iter().enumerate() {
        feeder.segment(ASK, &message(ASK, port, *command, at as u32, request));
        if !answer.is_empty() {
            feeder.segment(ANSWER, &message(ANSWER, port, *command, at as u32, answer));
        }
    }
    feeder.finish();
    assert_eq!(feeder.over, None);
    feeder.said
}

fn handle(name: &str, number: u32) -> (u16, Vec<u8>, Vec<u8>) {
    let name = [name.as_bytes(), &[0]].concat();
    let request = access(names::SYMBOL_BY_NAME_HANDLE, 0, &[4, name.len() as u32], &name);
    (READ_WRITE, request, read(0, &number.to_le_bytes()))
}

#[test]
fn long_names_share_a_room() {
    let (mut symbols, mut said) = (symbols::Symbols::default(), Recorder::default());
    for number in 0..4096 {
        symbols.handle(851, number, &format!("{number}{}", "n".repeat(300)), &mut said);
        symbols.notify(851, number, (851, names::SYMBOL_VALUE_BY_HANDLE, number), &mut said);
    }
    assert!((128 << 10..1600 << 10).contains(&symbols.weight()), "{}", symbols.weight());
    assert!(said.evicted > 2000, "{}", said.evicted);
}

/// What a server says of a symbol ("AdsSymbolEntry").
fn info(name: &str, group: u32, offset: u32, kind: u32) -> (u16, Vec<u8>, Vec<u8>) {
    let request = access(names::SYMBOL_INFO_EX, 0, &[255, name.len() as u32], name.as_bytes());
    let mut entry: Vec<u8> = [60, group, offset, 2, kind, 0].iter().flat_map(|n| n.to_le_bytes()).collect();
    entry.extend([name.len() as u16, 3, 0].iter().flat_map(|n| n.to_le_bytes()));
    entry.extend([name.as_bytes(), b"\0INT\0\0"].concat());
    (READ_WRITE, request, read(0, &entry))
}

#[test]
fn names_are_known_by_their_handles() {
    let said = play(
        851,
        &[
            info("MAIN.speed", 0x4040, 8, 2),
            handle("MAIN.speed", 77),
            (READ, access(names::SYMBOL_VALUE_BY_HANDLE, 77, &[2], &[]), read(0, &[0xfe, 0xff])),
            (WRITE, access(names::SYMBOL_VALUE_BY_HANDLE, 77, &[2], &[5, 0]), vec![0; 4]),
            (WRITE, access(0x4040, 8, &[2], &[6, 0]), vec![4, 7, 0, 0]),
            (WRITE, access(names::SYMBOL_RELEASE, 0, &[4], &77u32.to_le_bytes()), vec![0; 4]),
            (READ, access(names::SYMBOL_VALUE_BY_HANDLE, 77, &[4], &[]), vec![0x10, 7, 0, 0, 0, 0, 0, 0]),
            (READ, access(0x4020, 16, &[2], &[]), vec![]),
        ],
    );
    assert_eq!(
        said.operations,
        [
            "get_symbol_info [diagnostic] 851/MAIN.speed: ok",
            "get_handle [diagnostic] 851/MAIN.speed: ok",
            "read [read] 851/MAIN.speed: ok",
            "write [write] 851/MAIN.speed = 5: ok",
            "write [write] 851/MAIN.speed = 6: error: invalid_access",
            "release_handle [diagnostic] 851/MAIN.speed: ok",
            "read [read] 851/value by handle:0x4d: error: symbol_not_found",
            "read [read] 851/memory:0x10: unanswered",
        ]
    );
    assert_eq!(said.measurements, ["851/MAIN.speed = -2 (good)", "851/MAIN.speed = 5 (good)"]);
    assert!(said.anomalies.is_empty(), "{:?}", said.anomalies);
}

#[test]
fn sums_are_taken_apart() {
    let parts = |parts: &[[u32; 3]]| parts.iter().flatten().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let two = parts(&[[0x4040, 8, 2], [0x4040, 10, 1]]);
    let written = [&two[..], &[7, 0, 1]].concat();
    let four = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let said = play(
        851,
        &[
            (READ_WRITE, access(names::SUM_READ, 2, &[11, 24], &two), read(0, &[&four(&[0, 0x703])[..], &[9, 0, 0]].concat())),
            (READ_WRITE, access(names::SUM_WRITE, 2, &[8, 27], &written), read(0, &four(&[0, 0]))),
            (READ_WRITE, access(names::SUM_READ_EX2, 1, &[10, 12], &two[..12]), read(0, &[&four(&[0, 2])[..], &[3, 0]].concat())),
            // More parts than there are bytes.
            (READ_WRITE, access(names::SUM_READ, 9_000_000, &[0, 24], &two), read(0, &[])),
        ],
    );
    assert_eq!(
        said.operations,
        [
            "read [read] 851/data:0x8: ok",
            "read [read] 851/data:0xa: error: invalid_index_offset",
            "write [write] 851/data:0x8 = 7: ok",
            "write [write] 851/data:0xa = 1: ok",
            "read [read] 851/data:0x8: ok",
            "read [read] 851/sum read:0x895440: ok",
        ]
    );
    assert_eq!(
        said.measurements,
        ["851/data:0x8 = 9 (good)", "851/data:0x8 = 7 (good)", "851/data:0xa = 1 (good)", "851/data:0x8 = 3 (good)"]
    );
}

#[test]
fn states_and_identity() {
    let info = [&[0; 4][..], &[3, 1, 0xb8, 0x0f], b"TwinCAT System\0\0"].concat();
    let control = |state: u16, device: u16| [&state.to_le_bytes()[..], &device.to_le_bytes(), &[0; 4]].concat();
    let said = play(
        10_000,
        &[
            (DEVICE_INFO, vec![], info),
            (READ_STATE, vec![], vec![0, 0, 0, 0, 5, 0, 2, 0]),
            (WRITE_CONTROL, control(16, 0), vec![0; 4]),
            (WRITE_CONTROL, control(6, 3), vec![0x23, 7, 0, 0]),
        ],
    );
    assert_eq!(
        said.operations,
        [
            "read_device_info [diagnostic] 10000/system_service: ok",
            "read_state [read] 10000/system_service: ok",
            "write_control [control] 10000/system_service = RECONFIG: ok",
            "write_control [control] 10000/system_service = STOP, device state 3: error: access_denied",
        ]
    );
    assert_eq!(said.evidence, ["Sender software=TwinCAT System 3.1.4024 (75)"]);
    assert_eq!(said.measurements, ["10000/state = \"RUN\" (good)"]);
}

#[test]
fn files_registry_and_processes() {
    let path = b"C:\\TwinCAT\\Boot\\Port_851.app\0";
    let said = play(
        10_000,
        &[
            (READ_WRITE, access(120, 0x10012, &[4, path.len() as u32], path), read(0, &[9, 0, 0, 0])),
            (READ_WRITE, access(123, 9, &[0, 4], b"\x01\x02\x03\x04"), read(0, &[])),
            (READ_WRITE, access(121, 9, &[0, 0], &[]), read(0, &[])),
            (READ_WRITE, access(200, 0, &[100, 16], b"Software\\X\0Name\0"), read(0, &[1])),
            (WRITE, access(500, 0, &[8], b"calc.exe"), vec![0; 4]),
        ],
    );
    assert_eq!(
        said.operations,
        [
            "open_file [diagnostic] 10000/C:\\TwinCAT\\Boot\\Port_851.app: ok",
            "write_file [program] 10000/C:\\TwinCAT\\Boot\\Port_851.app = 01020304: ok",
            "close_file [diagnostic] 10000/C:\\TwinCAT\\Boot\\Port_851.app: ok",
            "read_registry [diagnostic] 10000/Software\\X\\Name: ok",
            "start_process [program] 10000/calc.exe: ok",
        ]
    );
    assert_eq!(said.files, ["C:\\TwinCAT\\Boot\\Port_851.app "]);
}

#[test]
fn notifications_carry_values() {
    let mut feeder = Feeder::new(&INFO);
    let order = access(0x4040, 8, &[2, 4, 0, 1_000_000], &[0; 16]);
    feeder.segment(ASK, &message(ASK, 851, ADD_NOTIFICATION, 1, &order));
    feeder.segment(ANSWER, &message(ANSWER, 851, ADD_NOTIFICATION, 1, &[0, 0, 0, 0, 17, 0, 0, 0]));
    // One stamp, a time, two samples, of which one was never ordered.
    let stamps = hex("2e000000 01000000 0000000000000000 02000000 11000000 02000000 2a00 12000000 02000000 0100");
    let mut sent = message(ANSWER, 851, NOTIFICATION, 0, &stamps);
    sent[6 + 18] = 4;
    feeder.segment(ANSWER, &sent);
    feeder.segment(ASK, &message(ASK, 851, frame::DELETE_NOTIFICATION, 2, &[17, 0, 0, 0]));
    feeder.segment(ANSWER, &message(ANSWER, 851, frame::DELETE_NOTIFICATION, 2, &[0; 4]));
    feeder.segment(ANSWER, &sent);
    assert_eq!(
        feeder.said.operations,
        ["add_notification [read] 851/data:0x8: ok", "delete_notification [read] 851/notification 0x11: ok"]
    );
    assert_eq!(feeder.said.measurements, ["851/data:0x8 = 42 (good)"]);
    assert!(feeder.said.anomalies.is_empty(), "{:?}", feeder.said.anomalies);
    let told = feeder.said.parsed();
    assert_eq!((&told[0]["mode"], &told[2]["samples"][1]["handle"]), (&"on_change".into(), &18.into()));
}

fn discovery(service: u32, parts: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = hex("03661471 07000000");
    bytes.extend(service.to_le_bytes());
    bytes.extend([5, 13, 117, 96, 1, 1, 0x10, 0x27]);
    bytes.extend((parts.len() as u32).to_le_bytes());
    for (kind, data) in parts {
        bytes.extend(kind.to_le_bytes());
        bytes.extend((data.len() as u16).to_le_bytes());
        bytes.extend(*data);
    }
    bytes
}

#[test]
fn stations_say_who_they_are() {
    let system = hex("14010000 06000000 00000000 00000000 03000000 0000");
    let parts: &[(u16, &[u8])] = &[(5, b"CX_0D7560\0"), (4, &system), (3, &[2, 11, 0xb4, 8])];
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    for (direction, bytes) in [(ASK, discovery(1, &[])), (ANSWER, discovery(0x8000_0001, parts))] {
        assert!(decoder.datagram(&context(direction, Transport::Udp, UDP_PORT), &bytes, &mut said));
    }
    assert_eq!(said.operations, ["identify [diagnostic] : ok"]);
    assert_eq!(
        said.evidence,
        [
            "Sender name=CX_0D7560 (90)",
            "Sender os=Windows CE 6.0 (80)",
            "Sender software=TwinCAT 2.11.2228 (85)",
            "Sender description=AMS NetId 5.13.117.96.1.1 (30)"
        ]
    );
}

#[test]
fn routes_come_with_a_password_that_is_not_shown() {
    let parts: &[(u16, &[u8])] =
        &[(12, b"ENGINEER-7\0"), (7, &[10, 0, 0, 1, 1, 1]), (13, b"Administrator\0"), (2, b"s3cret\0"), (5, b"10.0.0.1\0")];
    let ask = discovery(6, parts);
    let refused = discovery(0x8000_0006, &[(1, &[4, 7, 0, 0])]);
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    for (direction, bytes) in [(ASK, &ask), (ANSWER, &refused), (ASK, &ask)] {
        decoder.datagram(&context(direction, Transport::Udp, UDP_PORT), bytes, &mut said);
    }
    decoder.finish(&context(ASK, Transport::Udp, UDP_PORT), &mut said);
    let route = "add_route [configuration] ENGINEER-7 = 10.0.0.1.1.1 at 10.0.0.1";
    assert_eq!(said.operations, [format!("{route}: error: invalid_access"), format!("{route}: unanswered")]);
    assert_eq!((said.credentials, said.secrets), (vec!["password Administrator".to_owned(); 2], vec![6; 2]));
    said.messages.iter().for_each(|message| assert!(!message.contains("s3cret")));
}

#[test]
fn breaches() {
    let check = |bytes: &[u8], kinds: &[&str]| {
        let mut feeder = Feeder::new(&INFO);
        let info = message(ASK, 851, READ_STATE, 9, &[]);
        feeder.segment(ASK, &info);
        feeder.segment(ANSWER, &message(ANSWER, 851, READ_STATE, 9, &[0; 8]));
        feeder.segment(ANSWER, bytes);
        let found: Vec<_> = feeder.said.anomalies.iter().filter_map(|a| a.split(':').next()).collect();
        assert_eq!(found, kinds, "{bytes:02x?}");
    };
    let mut wrong = message(ASK, 851, READ_STATE, 1, &[]);
    wrong[6 + 20] = 9;
    check(&wrong, &["bad_length"]);
    check(&message(ASK, 851, 77, 1, &[]), &["unknown_command"]);
    check(&message(ASK, 851, READ, 1, &[1]), &["truncated_body"]);
    check(&message(ANSWER, 851, READ_STATE, 1, &[0; 8]), &["response_without_request"]);
    check(&[&hex("ffff ffffffff")[..], &[1; 40]].concat(), &["bad_header"]);
    let (mut decoder, mut said) = ((INFO.new)(), Recorder::default());
    let cut = discovery(1, &[(5, b"NAME\0")]);
    decoder.datagram(&context(ANSWER, Transport::Udp, UDP_PORT), &cut[..cut.len() - 2], &mut said);
    assert_eq!(said.anomalies, ["truncated_part: 31 bytes"]);
}

#[test]
fn probes() {
    let tcp =
        |bytes: &[u8], dst_port| probe(&Probe { bytes, src_port: 40_000, dst_port, transport: Transport::Tcp, from_start: true });
    let ask = message(ASK, 851, READ_STATE, 1, &[]);
    assert_eq!((tcp(&ask, TCP_PORT), tcp(&ask, 1)), (Verdict::SureClient, Verdict::SureClient));
    assert_eq!(tcp(&message(ANSWER, 851, READ_STATE, 1, &[0; 8]), 1), Verdict::SureServer);
    assert_eq!((tcp(&ask[..20], TCP_PORT), tcp(&hex("0010 02000000 0000"), TCP_PORT)), (Verdict::More, Verdict::Likely));
    // Modbus and a length that does not fit.
    assert_eq!(tcp(&hex("0000 0000 0006 01 03 0000 000a"), TCP_PORT), Verdict::No);
    assert_eq!(tcp(&message(ASK, 851, READ_STATE, 1, &[])[..37], 1), Verdict::More);
    let mut wrong = ask.clone();
    wrong[2] = 33;
    assert_eq!(tcp(&wrong, TCP_PORT), Verdict::No);
    let udp = |bytes: &[u8]| {
        probe(&Probe { bytes, src_port: UDP_PORT, dst_port: UDP_PORT, transport: Transport::Udp, from_start: true })
    };
    assert_eq!((udp(&discovery(1, &[])), udp(&discovery(0x8000_0001, &[]))), (Verdict::SureClient, Verdict::SureServer));
    assert_eq!(udp(&[0; 40]), Verdict::No);
}

#[test]
fn a_hole_is_got_over() {
    let mut feeder = Feeder::new(&INFO);
    let write = |invoke| message(ASK, 851, WRITE, invoke, &access(0x4020, 0, &[1], &[1]));
    feeder.segment(ASK, &write(1));
    feeder.gap(ASK, 100);
    feeder.segment(ASK, &write(2));
    feeder.finish();
    assert_eq!(feeder.said.operations, vec!["write [write] 851/memory:0x0 = 1: unconfirmed"; 2]);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        messages in prop::collection::vec((any::<bool>(), 0u16..11, 0u32..4, prop::collection::vec(any::<u8>(), 0..60)), 1..8)
    ) {
        let mut feeder = Feeder::new(&INFO);
        for (asks, command, invoke, data) in messages {
            let direction = if asks { ASK } else { ANSWER };
            feeder.segment(direction, &message(direction, 851, command, invoke, &data));
        }
        feeder.finish();
        feeder.said.parsed();
    }
}
