//! Decoders that are driven to their limits: each says what it holds, all together hold what docs/limits.md states, and
//! conversations that were let go of are understood again without false complaints. Each part runs in a process of its
//! own, since it looks at the process's memory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr};
use wf_flow::{Engine, Limits};
use wf_model::observation::Transport;
use wf_model::{Address, Timestamp};
use wf_sensor::{Aggregator, Settings};
use wf_wire::decode::{Carrier, Moment};
use wf_wire::{Context, Decoder, Direction, LinkType, RawPacket, Step};

/// A protocol with a conversation whose client asks much and gets no answer.
struct Heavy {
    name: &'static str,
    transport: Transport,
    port: u16,
    /// What one decoder holds of it at least and at most, in KiB.
    holds: std::ops::Range<usize>,
    asks: fn() -> Vec<Vec<u8>>,
}

const HEAVY: &[Heavy] = &[
    Heavy { name: "mqtt", transport: Transport::Tcp, port: 1883, holds: 600..4400, asks: mqtt },
    Heavy { name: "opcua", transport: Transport::Tcp, port: 4840, holds: 512..2700, asks: opcua },
    Heavy { name: "s7comm", transport: Transport::Tcp, port: 102, holds: 100..900, asks: s7comm },
    Heavy { name: "ads", transport: Transport::Tcp, port: 48898, holds: 500..3200, asks: ads },
    Heavy { name: "bacnet", transport: Transport::Udp, port: 47808, holds: 300..1700, asks: bacnet },
];

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

fn be(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_be_bytes()
}

fn le(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

/// Edge nodes are born, each with hundreds of metrics.
fn mqtt() -> Vec<Vec<u8>> {
    let packet = |kind: u8, body: &[u8]| [&[kind], &varint(body.len())[..], body].concat();
    let mut asks = vec![packet(0x10, &[&[0, 4][..], b"MQTT", &[4, 2, 0, 60, 0, 4], b"edge"].concat())];
    for node in 0..10 {
        let topic = format!("spBv1.0/Plant/NBIRTH/node{node}");
        let metric = |alias: usize| {
            let name = format!("Line {node}/Cell/Station/Machine/Drive/Register number {alias:04}");
            let fields =
                [&[0x0a][..], &varint(name.len()), name.as_bytes(), &[0x10], &varint(alias), &[0x20, 3, 0x50, 1]].concat();
            [&[0x12][..], &varint(fields.len()), &fields].concat()
        };
        let metrics: Vec<u8> = (0..600).flat_map(metric).collect();
        let sequence = [0x18, u8::try_from(node).unwrap()];
        asks.push(packet(0x30, &[&be(topic.len())[..], topic.as_bytes(), &metrics, &sequence].concat()));
    }
    asks
}

/// Requests to read three thousand nodes each.
fn opcua() -> Vec<Vec<u8>> {
    let head = |number: u16| [&[1, 0], &number.to_le_bytes()[..], &[0; 2 + 8], &le(1), &le(0), &[0xff; 4], &[0; 4 + 3]].concat();
    let message = |kind: &[u8], body: &[u8]| [kind, &le(body.len() + 8), body].concat();
    let uri = b"http://opcfoundation.org/UA/SecurityPolicy#None";
    let wanted = [&head(446)[..], &le(0), &le(0), &le(1), &[0xff; 4], &le(3_600_000)].concat();
    let open = [&le(3)[..], &le(uri.len()), uri, &[0xff; 8], &le(1), &le(1), &wanted].concat();
    let mut asks = vec![message(b"OPNF", &open)];
    for number in 2..90 {
        let node = [&[0, 85][..], &le(13), &[0xff; 4], &[0, 0], &[0xff; 4]].concat();
        let read = [&head(631)[..], &[0; 8], &le(2), &le(3000), &node.repeat(3000)].concat();
        asks.push(message(b"MSGF", &[&le(3)[..], &le(4), &le(number), &le(number), &read].concat()));
    }
    asks
}

/// Long values are written.
fn s7comm() -> Vec<Vec<u8>> {
    let unit = |number: usize, parameters: &[u8], data: &[u8]| {
        let head = [&[0x32, 1, 0, 0][..], &be(number), &be(parameters.len()), &be(data.len())].concat();
        let body = [&[2, 0xf0, 0x80][..], &head, parameters, data].concat();
        [&[3, 0][..], &be(body.len() + 4), &body].concat()
    };
    let write = |number: usize| {
        let item = [&[5, 1, 0x12, 10, 0x10, 2][..], &be(6000), &be(1), &[0x84, 0, 0, 0]].concat();
        unit(number, &item, &[&[0, 4][..], &be(6000 * 8), &[7; 6000]].concat())
    };
    let mut asks = vec![unit(0, &[0xf0, 0, 0, 1, 0, 1, 3, 192], &[])];
    asks.extend((1..33).map(write));
    asks
}

/// Long values are written.
fn ads() -> Vec<Vec<u8>> {
    let write = |number: usize| {
        let data = [&le(0x4020)[..], &le(number * 8000), &le(8000), &[7; 8000]].concat();
        let ends = [10, 0, 0, 2, 1, 1, 0x53, 3, 10, 0, 0, 1, 1, 1, 0x30, 0x80];
        let message = [&ends[..], &[3, 0, 4, 0], &le(data.len()), &le(0), &le(number), &data].concat();
        [&[0, 0][..], &le(message.len()), &message].concat()
    };
    (1..120).map(write).collect()
}

/// Requests in segments of which the last never comes.
fn bacnet() -> Vec<Vec<u8>> {
    let segment = |number: usize| {
        let (invoke, sequence) = (u8::try_from(number / 120).unwrap(), u8::try_from(number % 120).unwrap());
        let apdu = [&[1, 4, 0x0c, 0x75, invoke, sequence, 16, 16][..], &[7; 1000]].concat();
        [&[0x81, 0x0a][..], &be(apdu.len() + 4), &apdu].concat()
    };
    (0..480).map(segment).collect()
}

fn context(heavy: &Heavy, number: u64) -> Context<'static> {
    Context {
        now: Moment { frame: number, ts: Timestamp(1_700_000_000_000_000) },
        direction: Direction::ToServer,
        src: Some(Address::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)))),
        dst: Some(Address::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)))),
        src_mac: None,
        dst_mac: None,
        src_port: 40_000,
        dst_port: heavy.port,
        transport: heavy.transport,
        flow: 1,
        vlan: 0,
        ethertype: 0x0800,
        carrier: Carrier::Ethernet,
        frame_bytes: &[],
        from_start: true,
        after_gap: false,
    }
}

/// A decoder that has heard all of it.
fn driven(heavy: &Heavy, asks: &[Vec<u8>], rows: &mut Aggregator) -> Box<dyn Decoder> {
    let info = wf_protocols::REGISTRY.iter().find(|info| info.name == heavy.name).unwrap();
    let mut decoder = (info.new)();
    assert_eq!(decoder.weight(), 0, "{}: a fresh one holds nothing", heavy.name);
    for (number, bytes) in (1..).zip(asks) {
        let ctx = context(heavy, number);
        match heavy.transport {
            Transport::Udp => assert!(decoder.datagram(&ctx, bytes, rows), "{}", heavy.name),
            _ => assert_eq!(decoder.stream(&ctx, bytes, rows), Step::Consumed(bytes.len()), "{}", heavy.name),
        }
    }
    decoder
}

/// Bytes of the process: now, or at the peak.
fn memory(line: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: usize = status.lines().find_map(|l| l.strip_prefix(line))?.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}

/// What a decoder says it holds is what the process grows by.
fn weighs_what_it_says(heavy: &Heavy) {
    let (asks, mut rows) = ((heavy.asks)(), Aggregator::new(Settings::default()));
    let mut all = vec![driven(heavy, &asks, &mut rows)];
    let (low, high) = (heavy.holds.start << 10, heavy.holds.end << 10);
    let before = memory("VmRSS:");
    let mut weights = 0;
    for _ in 0..40 {
        let decoder = driven(heavy, &asks, &mut rows);
        assert!((low..high).contains(&decoder.weight()), "{}: {} bytes", heavy.name, decoder.weight());
        weights += decoder.weight();
        all.push(decoder);
    }
    let Some(grown) = memory("VmRSS:").zip(before).map(|(after, before)| after.saturating_sub(before)) else { return };
    assert!((weights / 2..weights * 2).contains(&grown), "{}: {weights} bytes said, {grown} grown", heavy.name);
}

fn frame(flow: u32, heavy: &Heavy, seq: u32, data: &[u8]) -> Vec<u8> {
    let ports = [be(40_000), be(heavy.port.into())].concat();
    let (protocol, transport) = match heavy.transport {
        Transport::Udp => (17, [&ports[..], &be(data.len() + 8), &[0, 0]].concat()),
        _ => (6, [&ports[..], &seq.to_be_bytes(), &[0, 0, 0, 0, 0x50, 0x10, 0x20, 0, 0, 0, 0, 0]].concat()),
    };
    let [_, a, b, c] = flow.to_be_bytes();
    let ip =
        [&[0x45, 0][..], &be(20 + transport.len() + data.len()), &[0, 1, 0, 0, 64, protocol, 0, 0, 10, a, b, c, 10, 255, 0, 1]];
    [&[2, 0, 0, 0, 0, 1, 2, 1, a, b, c, 0, 8, 0][..], &ip.concat(), &transport, data].concat()
}

/// Several hundred conversations, each at its limit, hold what all together may; and go on to be understood.
fn many_share_a_stated_room() {
    let limits = Limits::default();
    let mut engine = Engine::new(wf_protocols::REGISTRY, limits);
    let mut rows = Aggregator::new(Settings::default());
    let (mut at, mut asked) = (0, 0);
    let mut seqs = vec![1_u32; 501];
    let all: Vec<_> = HEAVY.iter().map(|heavy| (heavy, (heavy.asks)())).collect();
    // Each conversation takes its turns among the others, so that those let go of go on.
    for (round, flows) in [(0, 1..251_u32), (1, 1..251), (2, 251..501), (3, 251..501), (4, 1..501)] {
        for flow in flows {
            let (heavy, asks) = &all[flow as usize % all.len()];
            let half = asks.len() / 2;
            let turn = match round {
                0 | 2 => &asks[..half],
                1 | 3 => &asks[half..],
                _ => &asks[asks.len() - 1..],
            };
            for message in turn {
                asked += u64::from(heavy.transport == Transport::Tcp);
                for piece in message.chunks(1400) {
                    let seq = &mut seqs[flow as usize];
                    let data = frame(flow, heavy, *seq, piece);
                    *seq += u32::try_from(piece.len()).unwrap();
                    at += 1;
                    let ts = Timestamp(1_700_000_000_000_000 + i64::try_from(at).unwrap() * 20);
                    let original_len = u32::try_from(data.len()).unwrap();
                    let raw = RawPacket { frame: at, ts, link: LinkType::ETHERNET, interface: 0, original_len, data: &data };
                    rows.begin_packet(&raw);
                    engine.packet(&raw, &mut rows);
                    assert!(engine.held() <= limits.held_bytes, "{} bytes are held", engine.held());
                }
            }
        }
    }
    assert!(engine.held() > limits.held_bytes / 2, "it was driven to its limit: {}", engine.held());
    engine.finish(&mut rows);
    let messages = rows.messages();
    assert!(messages >= asked, "{messages} of {asked} are understood");
    let batch = rows.finish().unwrap();
    assert!(batch.coverage.iter().map(|row| row.evicted).sum::<u64>() > 0, "what was let go of is told");
    let complaints: Vec<_> = batch.anomalies.iter().map(|anomaly| &anomaly.kind).collect();
    assert_eq!(complaints, [""; 0], "nobody is blamed for what was let go of");
    let peak = memory("VmHWM:").unwrap_or(0) >> 20;
    assert!(peak < 256, "{peak} MB at the peak");
}

/// Tells the process that is to look at its own memory what to do in it.
const PART: &str = "WF_HEAVY_PART";

#[test]
fn heavy_decoders_hold_what_is_stated() {
    match std::env::var(PART).as_deref() {
        Ok("total") => many_share_a_stated_room(),
        Ok(name) => weighs_what_it_says(HEAVY.iter().find(|heavy| heavy.name == name).unwrap()),
        Err(_) => {
            for part in HEAVY.iter().map(|heavy| heavy.name).chain(["total"]) {
                let mut child = std::process::Command::new(std::env::current_exe().unwrap());
                let said = child.args(["--exact", "heavy_decoders_hold_what_is_stated"]).env(PART, part).output().unwrap();
                assert!(said.status.success(), "{part}: {}", String::from_utf8_lossy(&said.stdout));
            }
        }
    }
}
