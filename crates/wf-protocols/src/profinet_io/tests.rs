use super::*;
use crate::testing::{Recorder, context, hex};
use proptest::prelude::*;
use wf_model::{Address, Timestamp};
use wf_wire::Direction;
use wf_wire::decode::Moment;

const RELATION: &str = "5ea1ab1e 0000 4000 8000 0000000000a1";

fn block(kind: u16, body: &str) -> String {
    format!("{kind:04x} {:04x} 01 00 {body} ", hex(body).len() + 2)
}

/// A packet of a call (C706 clause 12.5.2) of the device's interface, most significant octet first or last.
fn packet(kind: u8, little: bool, opnum: u16, sequence: u32, first: u32, blocks: &str) -> Vec<u8> {
    let bytes = hex(blocks);
    let length = u32::try_from(bytes.len()).unwrap();
    let long = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
    let short = |n: u16| if little { n.to_le_bytes() } else { n.to_be_bytes() };
    let args = [first, length, 4096, 0, length].map(long).concat();
    let uuids = if little {
        "0000a0de 976c d111 8271 00010304002a 0100a0de 976c d111 8271 00a02442df7d 000000a0 0000 0010 8000 000000000001"
    } else {
        "dea00000 6c97 11d1 8271 00010304002a dea00001 6c97 11d1 8271 00a02442df7d a0000000 0000 1000 8000 000000000001"
    };
    let head = [4, kind, 0x20, 0, if little { 0x10 } else { 0 }, 0, 0, 0];
    let numbers = [long(0), long(1), long(sequence)].concat();
    let rest = [short(opnum), short(0xffff), short(0xffff), short(u16::try_from(args.len() + bytes.len()).unwrap()), short(0)];
    [&head[..], &hex(uuids), &numbers, &rest.concat(), &[0, 0], &args, &bytes].concat()
}

/// Calls and answers on the wire: answers come from a port, so from a flow, of their own.
fn calls(packets: &[(Direction, Vec<u8>)]) -> Recorder {
    let kin = Io::default();
    let mut flows = [kin.another().unwrap(), kin.another().unwrap()];
    let mut said = Recorder::default();
    for (direction, bytes) in packets {
        let ctx = context(*direction, Transport::Udp, if *direction == Direction::ToServer { PORT } else { 49161 });
        assert!(flows[direction.index()].datagram(&ctx, bytes, &mut said));
    }
    for flow in &mut flows {
        flow.finish(&context(Direction::ToServer, Transport::Udp, PORT), &mut said);
    }
    said
}

fn exchange(opnum: u16, request: &str, status: u32, answer: &str) -> Recorder {
    calls(&[
        (Direction::ToServer, packet(0, false, opnum, 1, 4096, request)),
        (Direction::ToClient, packet(2, true, opnum, 1, status, answer)),
    ])
}

fn acts(said: &Recorder, expected: &[&str]) {
    assert_eq!(said.operations, expected);
    assert_eq!(said.anomalies, [""; 0]);
}

fn ar_request() -> String {
    block(0x0101, &format!("0001 {RELATION} 0001 020000000001 dea000006c9711d1827100010102002a 00000011 0258 8892 0004 706c6331"))
}

#[test]
fn a_relation_is_set_up() {
    let cyclic = |kind: u16, id: u16| {
        let head =
            format!("{kind:04x} {kind:04x} 8892 00000002 0028 {id:04x} 0020 0004 0001 0000 ffffffff 000a 000a c000 000000000000");
        block(0x0102, &format!("{head} 0001 00000000 0001 0001 0001 0000 0000"))
    };
    let expected = block(0x0104, "0001 00000000 0001 00000020 0000 0001 0001 00000021 0001 0001 0002 01 01");
    let request = ar_request() + &cyclic(1, 0x8001) + &cyclic(2, 0xffff) + &expected;
    let answer = block(0x8101, &format!("0001 {RELATION} 0001 020000000002 8892"))
        + &block(0x8102, "0001 0001 8001")
        + &block(0x8102, "0002 0002 8000")
        + &block(0x8106, "0004 696f2d31");
    let said = exchange(0, &request, 0, &answer);
    acts(&said, &["connect [control] io_controller = by plc1, input 0x8001, output 0x8000, slots 0x1: ok"]);
    let evidence = [
        "Host(02:00:00:00:00:01 10.0.0.1) mac_address=02:00:00:00:00:01 (80)",
        "Sender name=plc1 (85)",
        "Sender vendor=Siemens AG (80)",
        "Receiver vendor=Siemens AG (80)",
        "Sender role=controller (80)",
        "Host(02:00:00:00:00:02 10.0.0.2) mac_address=02:00:00:00:00:02 (80)",
        "Sender name=io-1 (85)",
    ];
    assert_eq!(said.evidence, evidence);
    let refused = exchange(0, &request, 0xdb81_4004, "");
    assert_eq!(refused.operations[0].rsplit(": ").next(), Some("out_of_ar_resources"));
    let differs = answer + &block(0x8104, "0001 00000000 0001 0001 00000020 0002 0001 0001 00000022 9000");
    assert_eq!(exchange(0, &request, 0, &differs).anomalies, ["module_mismatch: slot 0x1 subslot 0x1: wrong_submodule"]);
}

fn header(kind: u16, sequence: u16, place: &str, length: usize, tail: &str) -> String {
    block(kind, &format!("{sequence:04x} {RELATION} 00000000 {place} {length:08x} {tail}"))
}

#[test]
fn records_are_written() {
    let req = |sequence, place: &str, data: &str| header(8, sequence, place, hex(data).len(), &"00".repeat(24)) + data;
    let res = |sequence, place: &str, status: u32| {
        header(0x8008, sequence, place, 0, &format!("0000 0000 {status:08x} {}", "00".repeat(16)))
    };
    let two = req(2, "0001 0001 0000 0080", "0102 03") + " 00 " + &req(3, "0001 0001 0000 8071", "0250 0002 0100");
    let request = header(8, 1, "0001 0001 0000 e040", hex(&two).len(), &"00".repeat(24)) + &two;
    let answer =
        res(1, "0001 0001 0000 e040", 0) + &res(2, "0001 0001 0000 0080", 0) + &res(3, "0001 0001 0000 8071", 0xdf80_b000);
    let said = exchange(3, &request, 0, &answer);
    let expected = [
        "write_record [configuration] slot 0x1 subslot 0x1 index 0x0080 = 010203: ok",
        "write_record [configuration] slot 0x1 subslot 0x1 pd_interface_adjust = 025000020100: error: invalid_index",
    ];
    acts(&said, &expected);
    // The answer alone says where and what came of it.
    let alone = calls(&[(Direction::ToClient, packet(2, true, 3, 1, 0, &answer))]);
    assert_eq!(alone.operations.len(), 2);
    let silent = calls(&[(Direction::ToServer, packet(0, false, 3, 1, 4096, &request))]);
    assert!(silent.operations.iter().all(|act| act.ends_with(": unanswered")) && silent.operations.len() == 2);
}

#[test]
fn a_call_seen_twice_is_told_once() {
    let release = block(0x0114, &format!("0000 {RELATION} 0001 0000 0004 0000"));
    let done = block(0x8114, &format!("0000 {RELATION} 0001 0000 0008 0000"));
    let request = (Direction::ToServer, packet(0, false, 1, 1, 4096, &release));
    let answer = (Direction::ToClient, packet(2, true, 1, 1, 0, &done));
    let said = calls(&[request.clone(), request.clone(), answer.clone(), answer, request]);
    acts(&said, &["release [control] session 1: ok"]);
}

#[test]
fn a_device_says_what_it_is() {
    let im0 = format!(
        "002a {} {} 0003 56 04 02 01 0007 0000 0003 0101 000e",
        "36455337".to_owned() + &"20".repeat(16),
        "53".repeat(16)
    );
    let record = block(0x20, &im0);
    let place = "0000 0001 0000 aff0";
    let said = exchange(
        5,
        &header(9, 1, place, 4096, &"00".repeat(24)),
        0,
        &(header(0x8009, 1, place, hex(&record).len(), &"00".repeat(24)) + &record),
    );
    acts(&said, &["read_implicit [read] slot 0x0 subslot 0x1 im0: ok"]);
    let expected = [
        "Sender vendor=Siemens AG (90)",
        "Sender order_number=6ES7 (95)",
        "Sender serial=SSSSSSSSSSSSSSSS (95)",
        "Sender hardware=3 (90)",
        "Sender firmware=V4.2.1 (95)",
    ];
    assert_eq!(said.evidence, expected);
}

#[test]
fn fragments_are_joined() {
    let whole = packet(0, false, 0, 1, 4096, &ar_request());
    let (head, args) = whole.split_at(80);
    let piece = |number: u8, last: bool, bytes: &[u8]| {
        let mut head = head.to_vec();
        head[2] = if last { 0x26 } else { 0x24 };
        head[74..76].copy_from_slice(&u16::try_from(bytes.len()).unwrap().to_be_bytes());
        head[77] = number;
        (Direction::ToServer, [&head[..], bytes].concat())
    };
    let (a, b) = args.split_at(40);
    let said = calls(&[piece(0, false, a), piece(0, false, a), piece(1, true, b)]);
    acts(&said, &["connect [control] io_controller = by plc1: unanswered"]);
    assert_eq!(calls(&[piece(0, false, a), piece(2, true, b)]).anomalies, ["missing_fragment: before fragment 2"]);
}

fn link(direction: Direction, millis: i64) -> Context<'static> {
    let ctx = context(direction, Transport::Link, 0);
    let now = Moment { frame: 1, ts: Timestamp(millis * 1000) };
    Context { src: ctx.src_mac.map(Address::Mac), dst: ctx.dst_mac.map(Address::Mac), now, ..ctx }
}

fn frames(all: &[(Direction, i64, String)]) -> Recorder {
    let mut decoder = Io::default();
    let mut said = Recorder::default();
    for (direction, millis, frame) in all {
        assert!(decoder.datagram(&link(*direction, *millis), &hex(frame), &mut said), "{frame}");
    }
    decoder.finish(&link(Direction::ToServer, 0), &mut said);
    said
}

fn cyclic(millis: i64, cycle: u16, status: u8) -> (Direction, i64, String) {
    (Direction::ToServer, millis, format!("8001 {} {cycle:04x} {status:02x} 00", "00".repeat(40)))
}

#[test]
fn a_provider_stops() {
    let said = frames(&[cyclic(0, 0, 0x35), cyclic(4, 128, 0x35), cyclic(8, 256, 0x25), cyclic(12, 384, 0x35)]);
    let expected = [
        "provide [read] frame 0x8001: unconfirmed",
        "provider_stop [control] frame 0x8001: unconfirmed",
        "provider_run [control] frame 0x8001: unconfirmed",
    ];
    assert_eq!(said.operations, expected);
    assert_eq!(said.anomalies, ["provider_stopped: frame 0x8001"]);
    assert_eq!(said.measurements.len(), 5);
}

#[test]
fn what_cyclic_data_may_lack() {
    let complain = |all: &[(Direction, i64, String)], expected: &[&str]| assert_eq!(frames(all).anomalies, expected);
    complain(&[cyclic(0, 0, 0x15)], &["station_problem: frame 0x8001"]);
    complain(&[cyclic(0, 0, 0x31)], &["data_invalid: frame 0x8001"]);
    complain(&[cyclic(0, 0, 0x35), cyclic(1500, 128, 0x35)], &["provider_silent: frame 0x8001"]);
    complain(&[cyclic(0, 9000, 0x35), cyclic(4, 100, 0x35)], &["cycle_counter_back: frame 0x8001"]);
    let short = (Direction::ToServer, 4, "8001 0000 0080 35 00".to_owned());
    complain(&[cyclic(0, 0, 0x35), short], &["length_changed: frame 0x8001: 2 octets after 40"]);
    complain(&[(Direction::ToServer, 0, "8001 0000".to_owned())], &["truncated_frame: 4 octets"]);
    // The other side goes on: silence is seen without another frame of the silent one.
    let other = |millis| (Direction::ToClient, millis, format!("8000 {} 0000 35 00", "00".repeat(40)));
    complain(&[cyclic(0, 0, 0x35), other(600), other(1200)], &["provider_silent: frame 0x8001"]);
}

fn alarm(direction: Direction, kind: u8, sdu: &str) -> (Direction, i64, String) {
    (direction, 0, format!("fc01 0005 0003 1{kind:x} 11 0000 ffff {:04x} {sdu}", hex(sdu).len()))
}

#[test]
fn alarms_are_acknowledged() {
    let fault = block(1, "0001 00000000 0001 0001 00000020 00000021 0801 8000 0002 0800 0006");
    let ack = block(0x8001, "0001 00000000 0001 0001 0801 00000000");
    let all = [alarm(Direction::ToServer, 1, &fault), alarm(Direction::ToClient, 3, ""), alarm(Direction::ToClient, 1, &ack)];
    let said = frames(&all);
    let expected = ["alarm_diagnosis [diagnostic] slot 0x1 subslot 0x1 = channel 2: wire_break appears: ok"];
    assert_eq!(said.operations, expected);
    assert_eq!(said.anomalies, ["diagnosis: slot 0x1 subslot 0x1: channel 2: wire_break appears"]);
    let maintenance = block(1, "0001 00000000 0001 0001 00000020 00000021 0802 8100 0f00 0008 0100 0000 00000002");
    let said = frames(&[alarm(Direction::ToServer, 1, &maintenance)]);
    assert_eq!(said.operations, ["alarm_diagnosis [diagnostic] slot 0x1 subslot 0x1 = maintenance demanded: unanswered"]);
    assert_eq!(said.anomalies, ["maintenance: slot 0x1 subslot 0x1: demanded"]);
    let pulled = block(1, "0003 00000000 0002 0001 00000020 00000021 0003");
    assert_eq!(frames(&[alarm(Direction::ToServer, 1, &pulled)]).anomalies, ["module_pulled: slot 0x2 subslot 0x1"]);
    let aborted = frames(&[alarm(Direction::ToServer, 4, "cf81fd05")]);
    assert_eq!(aborted.operations, ["abort [control]  = consumer_watchdog_expired: unconfirmed"]);
    assert_eq!(aborted.anomalies, ["relation_aborted: consumer_watchdog_expired"]);
    assert_eq!(frames(&[alarm(Direction::ToServer, 2, "")]).anomalies, ["alarm_refused: sequence 65535"]);
}

#[test]
fn damage_has_names() {
    let cut = calls(&[(Direction::ToServer, packet(0, false, 0, 1, 4096, "0101 0050 01 00 0001"))]);
    assert_eq!(cut.anomalies, ["truncated_block: ar_block_req"]);
    let mut short = packet(0, false, 0, 1, 4096, "");
    short[87] = 200;
    assert_eq!(calls(&[(Direction::ToServer, short)]).anomalies, ["truncated: connect"]);
    let fault = (Direction::ToClient, packet(3, true, 0, 1, 0x1c01_0003, ""));
    let said = calls(&[(Direction::ToServer, packet(0, false, 0, 1, 4096, &ar_request())), fault]);
    assert_eq!(said.operations, ["connect [control] io_controller = by plc1: error: fault"]);
    assert_eq!(said.anomalies, ["call_failed: connect"]);
    assert_eq!(frames(&[(Direction::ToServer, 0, "fc01 0000".to_owned())]).anomalies, ["truncated: alarm"]);
}

#[test]
fn probes_are_strict() {
    let ask =
        |bytes: &[u8], port, transport| probe(&Probe { bytes, src_port: 49155, dst_port: port, transport, from_start: true });
    let request = packet(0, false, 0, 1, 4096, "");
    assert_eq!(ask(&request, PORT, Transport::Udp), Verdict::SureClient);
    assert_eq!(ask(&packet(2, true, 0, 1, 0, ""), 50_000, Transport::Udp), Verdict::SureServer);
    let mut foreign = request.clone();
    foreign[24] = 0;
    assert_eq!(ask(&foreign, 50_000, Transport::Udp), Verdict::No);
    assert_eq!(ask(&foreign, PORT, Transport::Udp), Verdict::Likely);
    assert_eq!(ask(&request[..79], PORT, Transport::Udp), Verdict::No);
    for (id, verdict) in [(0x8001u16, Verdict::Sure), (0xfe01, Verdict::Sure), (0xfefe, Verdict::No), (0xff40, Verdict::No)] {
        assert_eq!(ask(&id.to_be_bytes(), 0, Transport::Link), verdict);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), opnum in 0u16..7, id in 0usize..3, at in 0usize..200, with in any::<u8>()) {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut request = packet(0, false, opnum, 1, 4096, &(ar_request() + &text));
        let answer = packet(2, true, opnum, 1, 0, &text);
        let end = request.len() - 1;
        request[(80 + at).min(end)] = with;
        calls(&[(Direction::ToServer, request), (Direction::ToClient, answer)]).parsed();
        let mut decoder = Io::default();
        let mut said = Recorder::default();
        let head = [[0x80, 1], [0xfc, 1], [0xfe, 1]][id];
        decoder.datagram(&link(Direction::ToServer, 0), &[&head[..], &bytes].concat(), &mut said);
        said.parsed();
    }
}
