use super::INFO;
use crate::testing::{Feeder, Recorder, context, datagram, hex};
use proptest::prelude::*;
use wf_model::observation::Transport;
use wf_wire::decode::Probe;
use wf_wire::{Direction, Verdict};

const QUERY: &str = "1234 0100 0001 0000 0000 0000 03 706c63 05 6c6f63616c 00 0001 0001";
const ANSWER: &str = "1234 8180 0001 0002 0000 0000 03 706c63 05 6c6f63616c 00 0001 0001
    c00c 0005 0001 0000003c 0007 04 72656162 c010
    c027 0001 0001 0000003c 0004 0a000007";

fn said(port: u16, direction: Direction, bytes: &[u8]) -> Recorder {
    let (mine, said) = datagram(&INFO, &context(direction, Transport::Udp, port), bytes);
    assert!(mine);
    said
}

fn check(port: u16, direction: Direction, bytes: &str, message: &str, evidence: &[&str], anomalies: &[&str]) {
    let said = said(port, direction, &hex(bytes));
    assert_eq!(said.messages.join("\n"), message);
    assert_eq!(said.evidence, evidence);
    assert_eq!(said.anomalies, anomalies);
}

#[test]
fn question_and_answer() {
    check(
        53,
        Direction::ToServer,
        QUERY,
        r#"{"protocol":"dns","id":4660,"response":false,"name":"plc.local","type":1,"class":1,"opcode":0,"recursion_desired":true}"#,
        &[],
        &[],
    );
    check(
        53,
        Direction::ToClient,
        ANSWER,
        r#"{"protocol":"dns","id":4660,"response":true,"name":"plc.local","type":1,"class":1,"rcode":0,"opcode":0,"recursion_desired":true,"recursion_available":true,"records":[{"name":"plc.local","type":5,"ttl_s":60,"data":"reab.local"},{"name":"reab.local","type":1,"ttl_s":60,"data":"10.0.0.7"}]}"#,
        &["Host( 10.0.0.7) name=reab (40)", "Sender role=server (50)"],
        &[],
    );
}

#[test]
fn control_characters_of_a_name() {
    let query = hex("1234 0100 0001 0000 0000 0000 03 611262 00 0001 0001");
    let said = said(53, Direction::ToServer, &query);
    assert!(said.messages.join("").contains(r#""name":"a\\022b""#), "{:?}", said.messages);
}

#[test]
fn multicast_answers_name_their_sender() {
    let said = said(
        5353,
        Direction::ToClient,
        &hex("0000 8400 0000 0001 0000 0000 03 706c63 05 6c6f63616c 00 0001 8001 00000078 0004 0a000002"),
    );
    assert_eq!(said.evidence, ["Sender name=plc (60)"]);
    assert!(said.messages.join("").starts_with(r#"{"protocol":"mdns""#));
}

#[test]
fn netbios_registration() {
    // The host's own name: suffix 00.
    let encoded: String =
        b"PLC-1          \0".iter().flat_map(|b| [b'A' + (b >> 4), b'A' + (b & 15)]).map(|b| format!("{b:02x}")).collect();
    let bytes = format!("0001 2910 0001 0000 0000 0001 20{encoded}00 0020 0001 c00c 0020 0001 00000000 0006 0000 0a000001");
    let said = said(137, Direction::ToServer, &hex(&bytes));
    assert!(said.messages.join("").contains(r#""name":"PLC-1<00>","type":32"#), "{:?}", said.messages);
    assert_eq!(said.evidence, ["Host( 10.0.0.1) name=PLC-1 (60)"]);
}

#[test]
fn says_what_is_damaged() {
    for (bytes, expected) in [
        ("1234 0100 0001 0000 0000 0000 c00c 0001 0001", "dns_pointer_loop: at byte 18 of 18"),
        ("1234 0100 0001 0000 0000 0000 0341", "dns_truncated: at byte 13 of 14"),
        ("1234 0100 0001 0000 0000 0000 4141 0001 0001", "dns_bad_name: at byte 13 of 18"),
        ("1234 0100 0000 ffff 0000 0000 00", "dns_too_many_records: 0 questions, 65535 records"),
        ("1234 0100 0001 0000 0000 0000 0141 00 0001 0001 ffff", "dns_trailing_bytes: 2 bytes"),
        ("1234 8100 0000 0001 0000 0000 00 0001 0001 00000000 0003 010203", "dns_bad_record: type 1 of 3 bytes"),
    ] {
        let anomalies = said(53, Direction::ToClient, &hex(bytes)).anomalies;
        assert!(
            anomalies.iter().any(|a| a == expected || a.split(':').next() == expected.split(':').next()),
            "{expected} in {anomalies:?}"
        );
    }
}

#[test]
fn messages_over_tcp_come_in_pieces() {
    let message = hex(ANSWER);
    let mut bytes = (message.len() as u16).to_be_bytes().to_vec();
    bytes.extend_from_slice(&message);
    let twice = [bytes.clone(), bytes].concat();
    for cut in 1..twice.len() {
        let mut feeder = Feeder::new(&INFO);
        let (first, second) = twice.split_at(cut);
        feeder.segment(Direction::ToClient, first);
        feeder.segment(Direction::ToClient, second);
        assert_eq!(feeder.said.parsed().len(), 2, "cut at {cut}");
    }
}

#[test]
fn probe_is_strict_off_its_ports() {
    let verdict = |bytes: &[u8], dst_port| {
        (INFO.probe)(&Probe { bytes, src_port: 40_000, dst_port, transport: Transport::Udp, from_start: true })
    };
    for (bytes, port, expected) in [
        (hex(QUERY), 53, Verdict::SureClient),
        (hex(QUERY), 9999, Verdict::SureClient),
        (hex(ANSWER), 9999, Verdict::SureServer),
        (hex("1234 0100 0001 0000 0000 0000 00 0001 0001"), 9999, Verdict::No),
        (hex("1234 0100 0001 0000 0000 0000 00 0001 0001"), 53, Verdict::Likely),
        (vec![0xff; 40], 53, Verdict::No),
    ] {
        assert_eq!(verdict(&bytes, port), expected, "{bytes:02x?} on {port}");
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 12..400), port in prop::sample::select(vec![53u16, 137, 5353, 5355])) {
        let mut said = said(port, Direction::ToClient, &bytes);
        prop_assert!(said.parsed().len() <= 1 && said.evidence.len() < 80);
    }

    #[test]
    fn mutated(at in 0usize..200, byte in any::<u8>()) {
        let mut bytes = hex(ANSWER);
        let len = bytes.len();
        bytes[at % len] = byte;
        said(53, Direction::ToClient, &bytes).parsed();
        let mut feeder = Feeder::new(&INFO);
        feeder.segment(Direction::ToClient, &bytes);
    }
}
