//! Protocols straight on IP: whose packets they are, who asks, and that what they quote is no traffic.

mod watch;

use watch::Watch;
use wf_flow::PacketClass;
use wf_wire::decode::{Anomaly, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Verdict};
use wf_wire::{LinkType, layers};

/// Answers begin with 0, reports with 3, questions with anything else.
static PING: ProtocolInfo = ProtocolInfo {
    name: "ping",
    title: "",
    standard: "",
    tcp: &[],
    udp: &[],
    ethertypes: &[layers::on_ip(layers::ICMP)],
    industrial: false,
    encrypted: false,
    messages: &[],
    anomalies: &[],
    probe: |p: &Probe<'_>| match p.bytes.first() {
        Some(0 | 3) => Verdict::SureServer,
        _ => Verdict::SureClient,
    },
    new: || Box::new(Ping),
};

struct Ping;

impl Decoder for Ping {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        assert_eq!(ctx.ethertype, layers::on_ip(layers::ICMP));
        let to = if ctx.direction == Direction::ToServer { "server" } else { "client" };
        out.anomaly(ctx, "ping", Anomaly { kind: to, detail: format!("{} bytes", bytes.len()).into() });
        true
    }
}

fn ipv4(src: u8, dst: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    watch::ipv4([10, 0, 0, src], dst, 0, protocol, payload)
}

fn run(packets: &[Vec<u8>]) -> Watch {
    static KNOWN: &[&ProtocolInfo] = &[&PING];
    watch::run(KNOWN, LinkType::RAW, packets)
}

fn windows(watch: &Watch) -> Vec<String> {
    watch.windows(|w| format!("{} > {} {} {} {:?}", w.client, w.server, w.transport, w.protocol.unwrap_or("-"), w.packets))
}

#[test]
fn the_probe_says_who_asks() {
    let watch = run(&[ipv4(2, [10, 0, 0, 1], 1, &[0; 8]), ipv4(1, [10, 0, 0, 2], 1, &[8; 8])]);
    assert_eq!(watch.said, ["client 8 bytes", "server 8 bytes"]);
    assert_eq!(windows(&watch), ["10.0.0.1 > 10.0.0.2 ip ping [1, 1]"]);
    assert_eq!(watch.packets, [(0, PacketClass::Parsed); 2]);
}

#[test]
fn a_group_never_asks() {
    let watch = run(&[ipv4(2, [224, 0, 0, 1], 1, &[0; 8])]);
    assert_eq!(windows(&watch), ["10.0.0.2 > 224.0.0.1 ip ping [1, 0]"]);
}

/// RFC 792: an error carries the header of the packet that it is about.
#[test]
fn a_quoted_packet_makes_no_conversation() {
    let quoted = ipv4(1, [10, 0, 0, 9], 17, &[0x9c, 0x40, 0, 53, 0, 8, 0, 0]);
    let watch = run(&[ipv4(2, [10, 0, 0, 1], 1, &[&[3, 3, 0, 0, 0, 0, 0, 0][..], &quoted].concat())]);
    assert_eq!(windows(&watch), ["10.0.0.1 > 10.0.0.2 ip ping [0, 1]"]);
}

#[test]
fn others_are_counted_and_left_alone() {
    let watch = run(&[ipv4(1, [10, 0, 0, 2], 89, &[2; 24])]);
    assert_eq!((windows(&watch), watch.said.len()), (vec!["10.0.0.1 > 10.0.0.2 ip - [1, 0]".to_owned()], 0));
    assert_eq!(watch.packets, [(0, PacketClass::NotParsed)]);
}
