use super::*;
use crate::testing::{Recorder, context, hex};
use proptest::prelude::*;
use wf_model::{Address, Timestamp};
use wf_wire::Direction;

fn link(microseconds: i64) -> Context<'static> {
    let ctx = context(Direction::ToServer, Transport::Link, 0);
    let mut ctx = Context { src: ctx.src_mac.map(Address::Mac), dst: ctx.dst_mac.map(Address::Mac), ethertype: 0x88ba, ..ctx };
    ctx.now.ts = Timestamp(microseconds);
    ctx
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u8::try_from(contents.len()).unwrap();
    if length < 0x80 { [&[tag, length], contents].concat() } else { [&[tag, 0x81, length], contents].concat() }
}

/// A sample of two channels (value and quality each) after table 14.
fn asdu(count: u16, synch: u8, channels: [(i32, u32); 2]) -> Vec<u8> {
    let data: Vec<u8> =
        channels.iter().flat_map(|(value, quality)| [value.to_be_bytes(), quality.to_be_bytes()].concat()).collect();
    let fields = [
        element(0x80, b"MU01"),
        element(0x82, &count.to_be_bytes()),
        element(0x83, &[0, 0, 0, 1]),
        element(0x85, &[synch]),
        element(0x87, &data),
    ];
    element(0x30, &fields.concat())
}

fn frame(asdus: &[Vec<u8>]) -> Vec<u8> {
    let count = u8::try_from(asdus.len()).unwrap();
    framed(&element(0x60, &[element(0x80, &[count]), element(0xa2, &asdus.concat())].concat()))
}

fn framed(pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 8).unwrap().to_be_bytes();
    [&[0x40, 0], &length[..], &[0; 4], pdu].concat()
}

const GOOD: [(i32, u32); 2] = [(100, 0), (-200, 0)];

/// Frames a quarter of a millisecond apart.
fn publish(frames: &[Vec<u8>]) -> Recorder {
    let mut decoder = Flow::default();
    let mut said = Recorder::default();
    for (at, frame) in frames.iter().enumerate() {
        assert!(decoder.datagram(&link(i64::try_from(at).unwrap() * 250), frame, &mut said));
    }
    said
}

fn stream(counts: impl IntoIterator<Item = u16>) -> Vec<Vec<u8>> {
    counts.into_iter().map(|count| frame(&[asdu(count, 2, GOOD)])).collect()
}

#[test]
fn a_sample_in_full() {
    let mut said = publish(&[frame(&[asdu(7, 2, GOOD), asdu(8, 2, GOOD)])]);
    let sample = |count: u8| {
        serde_json::json!({
            "protocol": "sv", "appid": 0x4000, "length": 93, "sv_id": "MU01", "smp_cnt": count, "conf_rev": 1, "smp_synch": 2,
            "values": [100, -200], "qualities": [0, 0]
        })
    };
    assert_eq!(said.parsed(), [sample(7), sample(8)]);
    assert_eq!(said.evidence, ["Sender name=MU01 (40)", "Sender role=remote_io (50)"]);
    assert_eq!(said.operations, ["publish [read] MU01: unconfirmed"]);
    assert_eq!((said.anomalies.len(), said.measurements.len()), (0, 0));
}

#[test]
fn a_flood_says_next_to_nothing() {
    let said = publish(&stream((0..3).flat_map(|_| 0..4000)));
    assert_eq!(said.measurements, ["MU01.1 = 100 (good)", "MU01.2 = -200 (good)"]);
    assert_eq!((said.operations.len(), said.evidence.len(), said.anomalies.len()), (1, 2, 0));
}

#[test]
fn counts_that_do_not_follow() {
    let check = |counts: &[u16], expected: &[&str]| assert_eq!(publish(&stream(counts.iter().copied())).anomalies, expected);
    check(&[5, 6, 8, 9], &["sample_count_jump: MU01: 8 after 6"]);
    check(&[5, 6, 4], &["sample_count_jump: MU01: 4 after 6"]);
    check(&[5, 6, 6, 7], &[]);
    check(&[3, 0, 1, 2, 3, 0], &[]);
    check(&[3, 0, 1, 0], &["sample_count_jump: MU01: 0 after 1"]);
    let other = [frame(&[asdu(5, 2, GOOD)]), frame(&[asdu(5, 2, [(1, 0), (2, 0)])])];
    assert_eq!(publish(&other).anomalies, ["sample_count_repeated: MU01: 5 after 5"]);
    // A jump at every sample is told ten times a second.
    assert_eq!(publish(&stream((0..4000).map(|at| at * 2 + 1))).anomalies.len(), 10);
}

#[test]
fn qualities_are_told_when_they_change() {
    let bad = [(100, 0), (-200, 0x41)];
    let frames: Vec<Vec<u8>> =
        (0..1000).map(|at| frame(&[asdu(at, 2, if (300..600).contains(&at) { bad } else { GOOD })])).collect();
    assert_eq!(
        publish(&frames).measurements,
        ["MU01.1 = 100 (good)", "MU01.2 = -200 (good)", "MU01.2 = -200 (failure)", "MU01.2 = -200 (good)"]
    );
    // Data that are not pairs of value and quality have none.
    let waves: Vec<Vec<u8>> =
        (0..100).map(|at| frame(&[asdu(at, 2, [(5, 0), (9, if at > 9 { 0xffff_0000 } else { 0 })])])).collect();
    assert_eq!(publish(&waves).measurements, [""; 0]);
}

#[test]
fn synchronisation_and_damage() {
    let check = |frames: &[Vec<u8>], expected: &[&str]| {
        assert_eq!(publish(frames).anomalies, expected);
        for anomaly in expected {
            assert!(INFO.anomalies.iter().any(|kind| Some(kind.name) == anomaly.split(':').next()));
        }
    };
    check(&[frame(&[asdu(1, 2, GOOD)]), frame(&[asdu(2, 0, GOOD)]), frame(&[asdu(3, 0, GOOD)])], &["not_synchronised: MU01"]);
    let mut simulated = frame(&[asdu(1, 2, GOOD)]);
    simulated[4] = 0x80;
    check(&[simulated], &["simulation: MU01"]);
    check(&[hex("4000 0020")], &["truncated_header: 4 octets"]);
    check(&[framed(&hex("6200"))], &["unknown_pdu: "]);
    check(&[framed(&hex("6003 800101"))], &["damaged_field: "]);
    check(&[framed(&hex("6007 800102 a202 3000"))], &["missing_field: svID", "sample_count_mismatch: 2 said, 1 there"]);
    let whole = frame(&[asdu(1, 2, GOOD)]);
    check(&[whole[..whole.len() - 1].to_vec()], &["bad_length: 46 said, 45 of 45 used", "damaged_field: "]);
}

#[test]
fn routable() {
    let pdu = &frame(&[asdu(1, 2, GOOD)])[8..];
    let unit = [&[0x82, 0, 0x40, 0, 0, u8::try_from(pdu.len()).unwrap()], pdu].concat();
    let head = hex("0140 a217 8015 00000000 00000001 0002 00000000 0000 00000000 00 000000");
    let session = [&head[..], &[u8::try_from(unit.len()).unwrap()], &unit, &[0x85, 0]].concat();
    let ctx = context(Direction::ToServer, Transport::Udp, 102);
    let (mine, said) = crate::testing::datagram(&INFO, &ctx, &session);
    assert!(mine && said.messages.len() == 1 && said.anomalies.is_empty(), "{:?}", said.anomalies);
    let verdict = probe(&Probe { bytes: &session, src_port: 5000, dst_port: 102, transport: Transport::Udp, from_start: true });
    assert_eq!(verdict, Verdict::Sure);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0usize..80, with in any::<u8>()) {
        let mut decoder = Flow::default();
        let mut said = Recorder::default();
        let mut damaged = frame(&[asdu(1, 2, GOOD)]);
        decoder.datagram(&link(0), &damaged, &mut said);
        if let Some(byte) = damaged.get_mut(at) {
            *byte = with;
        }
        for bytes in [&damaged, &framed(&element(0x60, bytes.get(..200).unwrap_or(&bytes))), &bytes] {
            decoder.datagram(&link(1), bytes, &mut said);
        }
        said.parsed();
    }
}
