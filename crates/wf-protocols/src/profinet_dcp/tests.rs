use super::*;
use crate::testing::{Recorder, context, hex};
use proptest::prelude::*;
use wf_model::Address;
use wf_model::observation::Transport;
use wf_wire::Direction;

/// Frames of one segment: true for those that the client sends.
fn segment(frames: &[(bool, &str)]) -> Recorder {
    let mut decoder = Dcp::default();
    let mut said = Recorder::default();
    let end = link(Direction::ToServer);
    for (asks, frame) in frames {
        let ctx = link(if *asks { Direction::ToServer } else { Direction::ToClient });
        assert!(decoder.datagram(&ctx, &hex(frame), &mut said), "{frame}");
    }
    decoder.finish(&end, &mut said);
    said
}

fn link(direction: Direction) -> Context<'static> {
    let ctx = context(direction, Transport::Link, 0);
    Context { src: ctx.src_mac.map(Address::Mac), dst: ctx.dst_mac.map(Address::Mac), ..ctx }
}

const IDENTIFY: &str = "fefe 05 00 01000001 0001 0004 ffff 0000";
const STATION: &str = "feff 05 01 01000001 0000 003e
    0202 0007 0000 706c632d31 00
    0201 0009 0000 53372d31353030 00
    0203 0006 0000 002a 010d
    0204 0004 0000 02 00
    0102 000e 0001 c0a80001 ffffff00 c0a800fe";

#[test]
fn a_station_is_found() {
    let mut said = segment(&[(true, IDENTIFY), (false, STATION)]);
    assert_eq!(said.operations, ["identify [diagnostic] all: ok"]);
    let expected = [
        "Sender name=plc-1 (90)",
        "Sender model=S7-1500 (80)",
        "Sender vendor=Siemens AG (90)",
        "Sender role=controller (80)",
        "Host(02:00:00:00:00:02 192.168.0.1) ip_address=192.168.0.1 (90)",
    ];
    assert_eq!(said.evidence, expected);
    assert_eq!(said.anomalies, [""; 0]);
    let message = said.parsed().pop().unwrap_or_default();
    assert_eq!(message.get("name_of_station").and_then(|n| n.as_str()), Some("plc-1"));
    assert_eq!(message.get("xid").and_then(serde_json::Value::as_u64), Some(0x0100_0001));
}

#[test]
fn all_are_asked() {
    let mut decoder = Dcp::default();
    let mut said = Recorder::default();
    let all = Context { dst_mac: Some(wf_model::Mac([1, 0x0e, 0xcf, 0, 0, 0])), ..link(Direction::ToServer) };
    decoder.datagram(&all, &hex("fefe 05 00 01000002 0001 000a 0202 0005 706c632d31 00"), &mut said);
    decoder.finish(&all, &mut said);
    assert_eq!(said.operations, ["identify [diagnostic] name_of_station plc-1: unconfirmed"]);
    // The answer comes to the one who asked, in a conversation of its own.
    assert_eq!(segment(&[(false, STATION)]).operations, ["identify [diagnostic] : ok"]);
}

fn set(blocks: &str, answer: &str) -> Recorder {
    let frame = |kind: &str, blocks: &str| format!("fefd 04 {kind} 00000007 0000 {:04x} {blocks}", hex(blocks).len());
    let request = frame("00", blocks);
    if answer.is_empty() { segment(&[(true, &request)]) } else { segment(&[(true, &request), (false, &frame("01", answer))]) }
}

fn acts(blocks: &str, answer: &str, expected: &[&str]) {
    let said = set(blocks, answer);
    assert_eq!(said.operations, expected, "{blocks}");
    assert_eq!(said.anomalies, [""; 0], "{blocks}");
}

#[test]
fn what_is_set() {
    acts("0202 0007 0001 706c632d31 00", "0504 0003 0202 00 00", &["set_name_of_station [configuration]  = plc-1: ok"]);
    acts(
        "0202 0007 0000 706c632d31 00",
        "0504 0003 0202 05 00",
        &["set_name_of_station [configuration]  = plc-1 (until restart): error: set_not_possible_by_local_reasons"],
    );
    acts(
        "0102 000e 0001 c0a80001 ffffff00 c0a800fe",
        "",
        &["set_ip_suite [configuration]  = 192.168.0.1 mask 255.255.255.0 gateway 192.168.0.254: unanswered"],
    );
    acts("0503 0004 0000 0100", "0504 0003 0503 00 00", &["signal [diagnostic] : ok"]);
    acts("0506 0002 0004", "0504 0003 0506 00 00", &["reset_to_factory [configuration]  = mode 2: ok"]);
    acts("0505 0002 0000", "0504 0003 0505 01 00", &["factory_reset [configuration] : error: option_not_supported"]);
    let both = "0501 0002 0000 0202 0003 0001 61 00";
    acts(
        both,
        "0504 0003 0501 00 00 0504 0003 0202 00 00",
        &["start_transaction [diagnostic] : ok", "set_name_of_station [configuration]  = a: ok"],
    );
    let said = set("0102 000e 0001 c0a80001 ffffff00 c0a800fe", "0504 0003 0102 00 00");
    assert_eq!(said.evidence, ["Host(02:00:00:00:00:02 192.168.0.1) ip_address=192.168.0.1 (90)"]);
}

#[test]
fn get_and_hello() {
    let said =
        segment(&[(true, "fefd 03 00 00000001 0000 0002 0202"), (false, "fefd 03 01 00000001 0000 0008 0202 0003 0000 61 00")]);
    assert_eq!(
        (said.operations, said.evidence),
        (vec!["get [read] name_of_station: ok".to_owned()], vec!["Sender name=a (90)".to_owned()])
    );
    let hello = segment(&[(true, "fefc 06 00 00000001 0000 0010 0202 0003 0000 61 00 0601 0004 0000 0001")]);
    assert_eq!((hello.operations.len(), hello.evidence), (0, vec!["Sender name=a (90)".to_owned()]));
}

fn complaint(frame: &str, anomaly: &str) {
    let said = segment(&[(true, frame)]);
    assert_eq!(said.anomalies.iter().map(|a| a.split(':').next().unwrap_or("")).collect::<Vec<_>>(), [anomaly], "{frame}");
    assert!(INFO.anomalies.iter().any(|kind| kind.name == anomaly));
}

#[test]
fn breaches_have_names() {
    complaint("fefe 05 00 0100", "truncated_header");
    complaint("fefe 05 00 00000001 0000 0008 ffff 0000", "bad_length");
    complaint("fefe 05 00 00000001 0000 0006 0202 0009 61 62", "truncated_block");
    complaint("fefd 07 00 00000001 0000 0000", "unknown_service");
    complaint("fefd 05 00 00000001 0000 0000", "service_mismatch");
    complaint("fefd 04 00 00000001 0000 0008 0202 0004 0000 4120", "bad_station_name");
    let said = segment(&[(true, "fefd 03 00 00000001 0000 0002 0202"), (false, "fefd 03 01 00000002 0000 0000")]);
    assert_eq!(said.anomalies, ["response_without_request: get 00000002"]);
}

#[test]
fn other_frames_are_not_taken() {
    let ctx = link(Direction::ToServer);
    assert!(!Dcp::default().datagram(&ctx, &hex("8001 0000 0000"), &mut Recorder::default()));
    assert!(!Dcp::default().datagram(&ctx, &[], &mut Recorder::default()));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(service in 0u8..8, kind in 0u8..6, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = Dcp::default();
        let mut said = Recorder::default();
        let length = u16::try_from(bytes.len()).unwrap_or(0).to_be_bytes();
        for (frame, direction, kind) in [(0xfd, Direction::ToServer, 0), (0xfd, Direction::ToClient, kind), (0xff, Direction::ToClient, kind)] {
            let head = [0xfe, frame, service, kind, 0, 0, 0, 1, 0, 0, length[0], length[1]];
            decoder.datagram(&link(direction), &[&head[..], &bytes].concat(), &mut said);
        }
        decoder.datagram(&link(Direction::ToServer), &bytes, &mut said);
        decoder.finish(&link(Direction::ToServer), &mut said);
        said.parsed();
    }
}
