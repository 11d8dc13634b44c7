use super::*;
use crate::testing::{Recorder, context};
use proptest::prelude::*;
use wf_wire::Direction;

const ASK: Direction = Direction::ToServer;
const ANSWER: Direction = Direction::ToClient;

/// RFC 1350, 5: a request with options (RFC 2347).
fn request(code: u8, name: &str, options: &str) -> Vec<u8> {
    [&[0, code][..], name.as_bytes(), b"\0octet\0", options.as_bytes()].concat()
}

fn data(block: u8, len: usize) -> Vec<u8> {
    [&[0, 3, 0, block][..], &vec![7; len]].concat()
}

fn ack(block: u8) -> Vec<u8> {
    vec![0, 4, 0, block]
}

/// Plays datagrams; answers come from port 2000, and what goes there is another flow.
fn play(packets: &[(Direction, Vec<u8>)]) -> (Vec<bool>, Recorder) {
    let first = Tftp::default();
    let (mut asking, mut moving) = (first.another().unwrap(), first.another().unwrap());
    let mut said = Recorder::default();
    let mine = packets
        .iter()
        .map(|(direction, bytes)| {
            let is_request = matches!(bytes.get(1), Some(1 | 2));
            let ctx = context(*direction, Transport::Udp, if is_request { PORT } else { 2000 });
            if is_request { asking.datagram(&ctx, bytes, &mut said) } else { moving.datagram(&ctx, bytes, &mut said) }
        })
        .collect();
    moving.finish(&context(ASK, Transport::Udp, 2000), &mut said);
    (mine, said)
}

#[test]
fn transfers() {
    for (packets, operations, files) in [
        (
            vec![
                (ASK, request(1, "unit.fw", "")),
                (ANSWER, data(1, 512)),
                (ASK, ack(1)),
                (ANSWER, data(1, 512)),
                (ANSWER, data(2, 3)),
                (ASK, ack(2)),
            ],
            "read_file [program] unit.fw: ok",
            &["unit.fw 515"][..],
        ),
        (
            vec![(ASK, request(2, "sw1-confg", "")), (ANSWER, ack(0)), (ASK, data(1, 9)), (ANSWER, ack(1))],
            "write_file [configuration] sw1-confg: ok",
            &["sw1-confg 9"],
        ),
        (
            vec![
                (ASK, request(1, "a.txt", "blksize\x00600\0")),
                (ANSWER, b"\0\x06blksize\x00600\0".to_vec()),
                (ANSWER, data(1, 600)),
                (ASK, ack(1)),
            ],
            "read_file [read] a.txt: error: incomplete",
            &[],
        ),
        (
            vec![(ASK, request(1, "a", "")), (ANSWER, b"\0\x05\0\x01no\0".to_vec())],
            "read_file [read] a: error: file_not_found",
            &[],
        ),
        (vec![(ASK, request(1, "a", "")), (ASK, request(1, "a", ""))], "read_file [read] a: unanswered", &[]),
        (vec![(ASK, request(1, "a", "")), (ANSWER, data(1, 3))], "read_file [read] a: unconfirmed", &[]),
    ] {
        let (mine, mut said) = play(&packets);
        assert!(mine.iter().all(|mine| *mine) && said.anomalies.is_empty(), "{operations} {mine:?} {:?}", said.anomalies);
        assert_eq!(
            (said.operations.as_slice(), said.files.as_slice()),
            (&[operations.to_owned()][..], &files.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>()[..])
        );
        assert_eq!(said.parsed().len(), packets.len());
    }
}

#[test]
fn names_that_lead_out() {
    assert_eq!(play(&[(ASK, request(1, "../../etc/passwd", ""))]).1.anomalies, ["tftp_path_escape: ../../etc/passwd"]);
}

#[test]
fn bounds_and_silence() {
    let mut decoder = Tftp::default();
    let mut said = Recorder::default();
    for port in 0..300u16 {
        let ctx = Context { src_port: 1000 + port, ..context(ASK, Transport::Udp, PORT) };
        decoder.datagram(&ctx, &request(1, "a", ""), &mut said);
    }
    assert!(said.evicted == 44 && said.operations.len() == 44);
    let mut late = context(ASK, Transport::Udp, PORT);
    late.now.ts = wf_model::Timestamp(61 * wf_model::time::SECOND);
    decoder.datagram(&late, &request(1, "b", ""), &mut said);
    assert_eq!(said.operations.len(), 300);
}

#[test]
fn a_boot_loaders_error_without_its_nul() {
    let error = [&[0, 5, 0, 1][..], b"File not found"].concat();
    let (mine, said) = play(&[(ASK, request(1, "a.bin", "")), (ANSWER, error)]);
    assert_eq!(mine, [true, true]);
    assert!(said.operations[0].contains("error"), "{:?}", said.operations);
}

#[test]
fn what_nobody_asked_for_is_another_protocols() {
    for bytes in [data(1, 512), ack(0), b"\0\x06a\x001\0".to_vec(), b"\0\x05\0\x01no\0".to_vec()] {
        assert_eq!(play(&[(ANSWER, bytes)]).0, [false]);
    }
    let ask = |bytes: &[u8], src_port, dst_port| {
        probe(&Probe { bytes, src_port, dst_port, transport: Transport::Udp, from_start: true })
    };
    for (bytes, src, dst, expected) in [
        (request(1, "a", ""), 4000, PORT, Verdict::SureClient),
        (request(1, "a", ""), 4000, 70, Verdict::No),
        (request(1, "a", "blksize\0"), 4000, PORT, Verdict::No),
        (request(3, "a", ""), 4000, PORT, Verdict::No),
        (data(1, 512), 2000, 4000, Verdict::SureServer),
        (data(2, 512), 2000, 4000, Verdict::No),
        (vec![0, 4, 0, 0, 0], 2000, 4000, Verdict::No),
    ] {
        assert_eq!(ask(&bytes, src, dst), expected, "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn survives_anything(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let (_, said) = play(&[(ASK, request(1, "a", "")), (ANSWER, bytes.clone()), (ASK, bytes)]);
        for anomaly in &said.anomalies {
            prop_assert!(INFO.anomalies.iter().any(|kind| anomaly.starts_with(kind.name)));
        }
    }
}
