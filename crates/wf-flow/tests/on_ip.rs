//! Protocols straight on IP: whose packets they are, who asks, and that what they quote is no traffic.

use wf_flow::{Engine, FlowWindow, Limits, Observer, PacketClass, PacketSummary};
use wf_model::Timestamp;
use wf_wire::decode::{
    Anomaly, Coded, Context, Credential, Decoder, Direction, Evidence, File, Measurement, Operation, Probe, ProtocolInfo, Sink,
    Verdict,
};
use wf_wire::{LinkType, MessageWriter, RawPacket, layers};

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

#[derive(Default)]
struct Watch {
    said: Vec<String>,
    windows: Vec<String>,
    classes: Vec<PacketClass>,
}

impl Sink for Watch {
    fn message(&mut self, _: &Context<'_>, _: &'static str) -> Option<MessageWriter<'_>> {
        None
    }
    fn operation(&mut self, _: &Context<'_>, _: &'static str, _: Operation<'_>) {}
    fn unchanged(&mut self, _: &Context<'_>, _: Direction, _: Coded, _: &[u8]) -> bool {
        true
    }
    fn measurement(&mut self, _: &Context<'_>, _: &'static str, _: Measurement<'_>) {}
    fn evidence(&mut self, _: &Context<'_>, _: &'static str, _: Evidence<'_>) {}
    fn file(&mut self, _: &Context<'_>, _: &'static str, _: File<'_>) {}
    fn credential(&mut self, _: &Context<'_>, _: &'static str, _: Credential<'_>) {}
    fn anomaly(&mut self, _: &Context<'_>, _: &'static str, said: Anomaly<'_>) {
        self.said.push(format!("{} {}", said.kind, said.detail));
    }
    fn evicted(&mut self, _: u64) {}
}

impl Observer for Watch {
    fn packet(&mut self, _: &RawPacket<'_>, summary: &PacketSummary) {
        self.classes.push(summary.class);
    }
    fn window(&mut self, w: &FlowWindow) {
        let protocol = w.protocol.unwrap_or("-");
        self.windows.push(format!("{} > {} {} {protocol} {:?}", w.client, w.server, w.transport, w.packets));
    }
}

fn ipv4(src: u8, dst: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u16 + 20).to_be_bytes();
    [&[0x45, 0, len[0], len[1], 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, src][..], &dst, payload].concat()
}

fn run(packets: &[Vec<u8>]) -> Watch {
    static REGISTRY: &[&ProtocolInfo] = &[&PING];
    let mut engine = Engine::new(REGISTRY, Limits::small());
    let mut watch = Watch::default();
    for (at, data) in packets.iter().enumerate() {
        let original_len = data.len() as u32;
        engine.packet(
            &RawPacket { frame: at as u64 + 1, ts: Timestamp(0), link: LinkType::RAW, interface: 0, original_len, data },
            &mut watch,
        );
    }
    engine.finish(&mut watch);
    watch.windows.sort();
    watch
}

#[test]
fn the_probe_says_who_asks() {
    let watch = run(&[ipv4(2, [10, 0, 0, 1], 1, &[0; 8]), ipv4(1, [10, 0, 0, 2], 1, &[8; 8])]);
    assert_eq!(watch.said, ["client 8 bytes", "server 8 bytes"]);
    assert_eq!(watch.windows, ["10.0.0.1 > 10.0.0.2 ip ping [1, 1]"]);
    assert_eq!(watch.classes, [PacketClass::Parsed; 2]);
}

#[test]
fn a_group_never_asks() {
    let watch = run(&[ipv4(2, [224, 0, 0, 1], 1, &[0; 8])]);
    assert_eq!(watch.windows, ["10.0.0.2 > 224.0.0.1 ip ping [1, 0]"]);
}

/// RFC 792: an error carries the header of the packet that it is about.
#[test]
fn a_quoted_packet_makes_no_conversation() {
    let quoted = ipv4(1, [10, 0, 0, 9], 17, &[0x9c, 0x40, 0, 53, 0, 8, 0, 0]);
    let watch = run(&[ipv4(2, [10, 0, 0, 1], 1, &[&[3, 3, 0, 0, 0, 0, 0, 0][..], &quoted].concat())]);
    assert_eq!(watch.windows, ["10.0.0.1 > 10.0.0.2 ip ping [0, 1]"]);
}

#[test]
fn others_are_counted_and_left_alone() {
    let watch = run(&[ipv4(1, [10, 0, 0, 2], 89, &[2; 24])]);
    assert_eq!((watch.windows, watch.said.len()), (vec!["10.0.0.1 > 10.0.0.2 ip - [1, 0]".to_owned()], 0));
    assert_eq!(watch.classes, [PacketClass::NotParsed]);
}
