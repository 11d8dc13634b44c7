use super::*;
use crate::testing::{Recorder, context, hex};
use proptest::prelude::*;
use wf_model::time::SECOND;
use wf_model::{Address, Timestamp};
use wf_wire::Direction;

fn link(seconds: i64) -> Context<'static> {
    let ctx = context(Direction::ToServer, Transport::Link, 0);
    let mut ctx = Context { src: ctx.src_mac.map(Address::Mac), dst: ctx.dst_mac.map(Address::Mac), ethertype: 0x88b8, ..ctx };
    ctx.now.ts = Timestamp(seconds * SECOND);
    ctx
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u8::try_from(contents.len()).unwrap();
    if length < 0x80 { [&[tag, length], contents].concat() } else { [&[tag, 0x81, length], contents].concat() }
}

/// A message after annex A: state, sequence, flags of simulation and commissioning, data.
fn message(numbers: (u8, u8), simulation: u8, nds_com: u8, entries: u8, data: &str) -> Vec<u8> {
    let fields = [
        element(0x80, b"IED1LD0/LLN0$GO$gcb"),
        element(0x81, &[0x07, 0xd0]),
        element(0x82, b"IED1LD0/LLN0$ds"),
        element(0x83, b"trips"),
        element(0x84, &[0x65, 0, 0, 0, 0, 0, 0, 0x0a]),
        element(0x85, &[numbers.0]),
        element(0x86, &[numbers.1]),
        element(0x87, &[simulation]),
        element(0x88, &[1]),
        element(0x89, &[nds_com]),
        element(0x8a, &[entries]),
        element(0xab, &hex(data)),
    ];
    framed(&element(0x61, &fields.concat()))
}

fn framed(pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 8).unwrap().to_be_bytes();
    [&[0, 1], &length[..], &[0; 4], pdu].concat()
}

/// Frames one second apart.
fn publish(frames: &[Vec<u8>]) -> Recorder {
    let mut decoder = Flow::default();
    let mut said = Recorder::default();
    for (at, frame) in frames.iter().enumerate() {
        assert!(decoder.datagram(&link(i64::try_from(at).unwrap()), frame, &mut said));
    }
    said
}

const OFF: &str = "830100 84020640 8403030000";
const ON: &str = "8301ff 84020680 8403030000";

#[test]
fn a_message_in_full() {
    let mut said = publish(&[message((3, 0), 0, 0, 3, ON)]);
    let expected = serde_json::json!({
        "protocol": "goose", "appid": 1, "length": 101, "gocb_ref": "IED1LD0/LLN0$GO$gcb", "dat_set": "IED1LD0/LLN0$ds", "st_num": 3,
        "sq_num": 0, "entries": 3, "go_id": "trips", "time_allowed_to_live_ms": 2000, "t": "2023-09-12T06:06:56.000000Z",
        "t_quality": 10, "conf_rev": 1, "simulation": false, "nds_com": false, "values": ["true", "10", "0000000000000"]
    });
    assert_eq!(said.parsed(), [expected]);
    assert_eq!(said.evidence, ["Sender name=IED1LD0 (50)", "Sender role=controller (60)"]);
    assert_eq!(said.operations, ["publish [control] IED1LD0/LLN0$GO$gcb: unconfirmed"]);
    assert_eq!(said.measurements, ["IED1LD0/LLN0$ds.1 = true (good)", "IED1LD0/LLN0$ds.2 = \"on\" (good)"]);
    assert_eq!(said.anomalies, [""; 0]);
}

#[test]
fn another_sender_of_a_control_block_acts() {
    let mut said = Recorder::default();
    for mac in [1, 9] {
        let mut ctx = link(0);
        ctx.src = Some(Address::Mac(wf_model::Mac([2, 0, 0, 0, 0, mac])));
        // The flow layer has a flow for each sender.
        assert!(Flow::default().datagram(&ctx, &message((4, 0), 0, 0, 3, ON), &mut said));
    }
    assert_eq!(said.operations, ["publish [control] IED1LD0/LLN0$GO$gcb: unconfirmed"; 2]);
}

#[test]
fn a_change_of_state_is_told_once() {
    let said = publish(&[
        message((3, 7), 0, 0, 3, OFF),
        message((4, 0), 0, 0, 3, ON),
        message((4, 1), 0, 0, 3, ON),
        message((4, 1), 0, 0, 3, ON),
    ]);
    assert_eq!(
        said.operations[1..],
        [
            "state_change [control] IED1LD0/LLN0$ds.1 = true: unconfirmed",
            "state_change [control] IED1LD0/LLN0$ds.2 = on: unconfirmed"
        ]
    );
    assert_eq!(said.measurements.len(), 4);
    assert_eq!(said.anomalies, [""; 0], "the same message twice is a mirror port's doing");
}

#[test]
fn quality_and_measured_values_are_no_acts() {
    let said = publish(&[
        message((1, 0), 0, 0, 2, "8705 08 3f800000 8403030000"),
        message((2, 0), 0, 0, 2, "8705 08 40000000 8403034000"),
        message((3, 0), 0, 0, 2, "8705 08 40000000 8403030010"),
    ]);
    assert_eq!(said.operations.len(), 1);
    assert_eq!(
        said.measurements,
        ["IED1LD0/LLN0$ds.1 = 1 (good)", "IED1LD0/LLN0$ds.1 = 2 (invalid)", "IED1LD0/LLN0$ds.1 = 2 (test)"]
    );
}

fn complaints(frames: &[Vec<u8>], expected: &[&str]) {
    let said = publish(frames);
    assert_eq!(said.anomalies, expected);
    for anomaly in expected {
        let name = anomaly.split(':').next();
        assert!(INFO.anomalies.iter().any(|kind| Some(kind.name) == name));
    }
}

#[test]
fn numbers_that_do_not_follow() {
    let one = |numbers| message(numbers, 0, 0, 3, OFF);
    complaints(&[one((3, 1)), one((3, 3))], &["sequence_number_jump: 3/3 after 3/1"]);
    complaints(&[one((3, 1)), one((3, 0))], &["sequence_number_jump: 3/0 after 3/1"]);
    complaints(&[one((3, 1)), one((4, 9))], &["sequence_number_jump: 4/9 after 3/1"]);
    complaints(&[one((3, 1)), one((5, 0))], &["state_number_jump: 5/0 after 3/1"]);
    complaints(&[one((3, 1)), one((2, 8))], &["state_number_jump: 2/8 after 3/1"]);
    complaints(&[one((3, 1)), one((1, 0))], &["publisher_restarted: 1/0 after 3/1"]);
    complaints(&[one((3, 1)), message((3, 2), 0, 0, 3, ON)], &["changed_without_state: 3/2 after 3/1"]);
}

#[test]
fn flags_and_configuration() {
    let name = "IED1LD0/LLN0$GO$gcb";
    complaints(
        &[message((1, 0), 1, 1, 3, OFF), message((1, 1), 1, 1, 3, OFF)],
        &[&format!("simulation: {name}"), &format!("needs_commissioning: {name}")],
    );
    let said = publish(&[message((1, 0), 1, 0, 3, OFF), message((2, 0), 1, 0, 3, ON)]);
    assert_eq!(said.operations[1], "state_change [control] IED1LD0/LLN0$ds.1 = true (simulated): unconfirmed");
    assert_eq!(said.measurements[0], "IED1LD0/LLN0$ds.1 = false (test)");
    let mut late = Recorder::default();
    let mut decoder = Flow::default();
    decoder.datagram(&link(0), &message((1, 0), 0, 0, 3, OFF), &mut late);
    decoder.datagram(&link(3), &message((1, 1), 0, 0, 3, OFF), &mut late);
    assert_eq!(late.anomalies, ["time_allowed_to_live_exceeded: 3000 ms, 2000 allowed"]);
    complaints(
        &[message((1, 0), 0, 0, 3, OFF), message((1, 1), 0, 0, 1, "830100")],
        &["configuration_changed: revision 1 with 1 entries, before 1 with 3", "changed_without_state: 1/1 after 1/0"],
    );
}

#[test]
fn damage_has_names() {
    complaints(&[hex("0001 0010")], &["truncated_header: 4 octets"]);
    complaints(&[framed(&hex("6200"))], &["unknown_pdu: "]);
    complaints(&[framed(&hex("6100"))], &["missing_field: gocbRef"]);
    complaints(&[message((1, 0), 0, 0, 4, OFF)], &["entry_count_mismatch: 4 said, 3 there"]);
    let whole = message((1, 0), 0, 0, 3, OFF);
    let cut = &whole[..whole.len() - 2];
    complaints(&[cut.to_vec()], &["bad_length: 93 said, 91 of 91 used", "damaged_field: "]);
    let mut long = whole;
    long[3] += 40;
    complaints(&[long], &["bad_length: 133 said, 93 of 93 used"]);
}

#[test]
fn management_is_a_question() {
    // GSE management (annex A.2): get_go_reference, and its answer.
    let said = publish(&[framed(&hex("a009 800101 a104 a102 8000"))]);
    assert_eq!(said.operations, ["get_go_reference [read] : unconfirmed"]);
    let said = publish(&[framed(&hex("a009 800101 a204 a102 8000"))]);
    assert_eq!(said.operations, ["get_go_reference [read] : ok"]);
}

#[test]
fn routable() {
    let frame = message((1, 0), 0, 0, 3, OFF);
    let pdu = &frame[8..];
    let length = u8::try_from(pdu.len()).unwrap();
    let unit = [&[0x81, 0, 0, 1, 0, length], pdu].concat();
    let head = hex("0140 a117 8015 00000000 00000001 0002 00000000 0000 00000000 00 000000");
    let session = [&head[..], &[u8::try_from(unit.len()).unwrap()], &unit, &[0x85, 0]].concat();
    let ctx = context(Direction::ToServer, Transport::Udp, 102);
    let (mine, said) = crate::testing::datagram(&INFO, &ctx, &session);
    assert!(mine && said.messages.len() == 1 && said.anomalies.is_empty(), "{:?}", said.anomalies);
    let ask = |bytes: &[u8]| probe(&Probe { bytes, src_port: 5000, dst_port: 102, transport: Transport::Udp, from_start: true });
    assert_eq!((ask(&session), ask(&frame), ask(&[1, 0x40])), (Verdict::Sure, Verdict::No, Verdict::No));
}

#[test]
fn tables_have_limits() {
    let frames: Vec<Vec<u8>> = (0..200u8)
        .map(|at| {
            let mut frame = message((1, 0), 0, 0, 3, OFF);
            frame[1] = at;
            frame
        })
        .collect();
    assert_eq!(publish(&frames).evicted, 200 - 64);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0usize..120, with in any::<u8>()) {
        let mut decoder = Flow::default();
        let mut said = Recorder::default();
        let mut frame = message((1, 0), 0, 0, 3, ON);
        decoder.datagram(&link(0), &frame, &mut said);
        if let Some(byte) = frame.get_mut(at) {
            *byte = with;
        }
        for bytes in [&frame, &framed(&element(0x61, bytes.get(..200).unwrap_or(&bytes))), &bytes] {
            decoder.datagram(&link(1), bytes, &mut said);
        }
        said.parsed();
    }
}
