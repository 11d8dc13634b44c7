//! Which protocol a stream speaks, where its two sides speak for different ones.

mod watch;

use watch::{Watch, ipv4};
use wf_flow::PacketClass;
use wf_wire::LinkType;
use wf_wire::decode::{Anomaly, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict};

const fn info(name: &'static str, probe: fn(&Probe<'_>) -> Verdict, new: fn() -> Box<dyn Decoder>) -> ProtocolInfo {
    ProtocolInfo {
        name,
        title: "",
        standard: "",
        tcp: &[1080],
        udp: &[],
        ethertypes: &[],
        industrial: false,
        encrypted: false,
        messages: &[],
        anomalies: &[],
        probe,
        new,
    }
}

/// Begins with a five, and needs sixteen bytes to be told.
static SLOW: ProtocolInfo = info(
    "slow",
    |p| if p.bytes.starts_with(&[5]) && p.bytes.len() < 16 { Verdict::More } else { Verdict::No },
    || Box::new(Words),
);
/// Questions begin with a Q wherever they go, answers with an A.
static WORDS: ProtocolInfo =
    info("words", |p| if p.bytes.starts_with(b"Q") { Verdict::SureClient } else { Verdict::No }, || Box::new(Words));
/// The same where nothing but the port speaks for it.
static LIKELY: ProtocolInfo =
    info("likely", |p| if p.bytes.starts_with(b"Q") { Verdict::Likely } else { Verdict::No }, || Box::new(Words));

static SLOW_OR_WORDS: &[&ProtocolInfo] = &[&SLOW, &WORDS];
static SLOW_OR_LIKELY: &[&ProtocolInfo] = &[&SLOW, &LIKELY];

struct Words;

impl Decoder for Words {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let kind = match (bytes.first(), ctx.direction) {
            (Some(b'Q'), Direction::ToServer) => "asks",
            (Some(b'A'), Direction::ToClient) => "answers",
            _ => return Step::NotMine,
        };
        out.anomaly(ctx, "words", Anomaly { kind, detail: format!("{} bytes", bytes.len()).into() });
        Step::Consumed(bytes.len())
    }
}

/// Segments of a stream that was seen from its SYN on, from the client or not.
fn run(known: &'static [&'static ProtocolInfo], segments: &[(bool, &[u8])]) -> Watch {
    let mut sent = [1u32, 1];
    let mut packets = vec![segment(true, [0, 0], 2, &[]), segment(false, [0, 1], 0x12, &[])];
    for (from_client, payload) in segments {
        let [ours, theirs] = if *from_client { [0, 1] } else { [1, 0] };
        packets.push(segment(*from_client, [sent[ours], sent[theirs]], 0x18, payload));
        sent[ours] += payload.len() as u32;
    }
    watch::run(known, LinkType::RAW, &packets)
}

fn segment(from_client: bool, [seq, ack]: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let [client, server] = [([10, 0, 0, 1], 40_000u16), ([10, 0, 0, 2], 1080)];
    let [(src, from), (dst, to)] = if from_client { [client, server] } else { [server, client] };
    let ports = [from.to_be_bytes(), to.to_be_bytes()].concat();
    let numbers = [seq.to_be_bytes(), ack.to_be_bytes()].concat();
    ipv4(src, dst, 0, 6, &[&ports, &numbers, &[0x50, flags, 0x20, 0, 0, 0, 0, 0][..], payload].concat())
}

fn windows(watch: &Watch) -> Vec<String> {
    watch.windows(|w| format!("{}:{} {}", w.server, w.port, w.protocol.unwrap_or("-")))
}

/// RFC 1928: both sides greet before the proxy connects, and what it says may be the beginning of something else.
#[test]
fn a_proxys_greeting_says_nothing_against_what_follows() {
    let greeting: [(bool, &[u8]); 4] =
        [(true, &[5, 2, 0, 1]), (false, &[5, 0]), (true, &[5, 1, 0, 1, 10, 0, 0, 9, 0, 80]), (false, &[5, 0, 0, 1])];
    let watch = run(SLOW_OR_WORDS, &[&greeting[..], &[(true, b"Q1"), (false, b"A12"), (true, b"Q")]].concat());
    assert_eq!(watch.said, ["asks 2 bytes", "answers 3 bytes", "asks 1 bytes"]);
    assert_eq!(windows(&watch), ["10.0.0.2:1080 words"]);
    assert_eq!(watch.packets.last(), Some(&(0, PacketClass::Parsed)));
}

#[test]
fn a_port_alone_does_not_outweigh_the_other_side() {
    let watch = run(SLOW_OR_LIKELY, &[(false, &[5, 0]), (true, b"Q1"), (false, b"A12")]);
    assert_eq!((watch.said.len(), windows(&watch)), (0, vec!["10.0.0.2:1080 -".to_owned()]));
}
