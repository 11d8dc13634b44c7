//! What tests of decoders share: a sink that writes down what it is told, and ways to feed a decoder as the flow layer does.
#![expect(clippy::panic, reason = "a test fails by panicking, a fuzzer finds by it")]

use std::net::{IpAddr, Ipv4Addr};
use wf_model::observation::Transport;
use wf_model::{Address, Mac, Timestamp};
use wf_wire::MessageWriter;
use wf_wire::decode::{
    Anomaly, Carrier, Coded, Context, Credential, Decoder, Direction, Evidence, File, Measurement, Moment, Operation,
    ProtocolInfo, Sink, Step, Value,
};

/// Writes down what decoders say.
#[derive(Debug, Default)]
pub struct Recorder {
    /// Messages as JSON objects, `protocol` first.
    pub messages: Vec<String>,
    /// `get [read] target = value: outcome`.
    pub operations: Vec<String>,
    /// `point = value (quality)`.
    pub measurements: Vec<String>,
    /// `About attribute=value (confidence)`.
    pub evidence: Vec<String>,
    /// `name size`.
    pub files: Vec<String>,
    /// `scheme user`.
    pub credentials: Vec<String>,
    /// Lengths of their secrets, in bytes.
    pub secrets: Vec<usize>,
    /// `kind: detail`.
    pub anomalies: Vec<String>,
    /// Requests that fell out of full tables.
    pub evicted: u64,
    /// As in production: no message is wanted with its fields.
    pub quiet: bool,
    /// What to say of every block of values: that it is the same as before.
    pub unchanged: bool,
    line: String,
}

impl Recorder {
    /// As in production: `Sink::message` answers `None`.
    #[must_use]
    pub fn quiet() -> Self {
        Self { quiet: true, ..Self::default() }
    }

    fn settle(&mut self) {
        if !self.line.is_empty() {
            self.messages.push(std::mem::take(&mut self.line));
        }
    }

    /// The messages, parsed.
    pub fn parsed(&mut self) -> Vec<serde_json::Value> {
        self.settle();
        self.messages.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }
}

impl Sink for Recorder {
    fn message(&mut self, _ctx: &Context<'_>, protocol: &'static str) -> Option<MessageWriter<'_>> {
        self.settle();
        if self.quiet {
            return None;
        }
        self.line = format!("{{\"protocol\":\"{protocol}\"");
        Some(MessageWriter::new(&mut self.line))
    }

    fn operation(&mut self, _ctx: &Context<'_>, _protocol: &'static str, op: Operation<'_>) {
        let value = op.value.map(|v| format!(" = {v}")).unwrap_or_default();
        self.operations.push(format!("{} [{}] {}{value}: {}", op.function, op.category, op.target, op.outcome));
    }

    fn unchanged(&mut self, _ctx: &Context<'_>, _device: Direction, _block: Coded, _raw: &[u8]) -> bool {
        self.unchanged
    }

    fn measurement(&mut self, _ctx: &Context<'_>, _protocol: &'static str, m: Measurement<'_>) {
        let value = match m.value {
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Text(text) => format!("{text:?}"),
        };
        self.measurements.push(format!("{} = {value} ({})", m.point, m.quality));
    }

    fn evidence(&mut self, _ctx: &Context<'_>, _protocol: &'static str, e: Evidence<'_>) {
        let about = match e.about {
            wf_wire::About::Host { mac, ip } => {
                let mac = mac.map(|m| m.to_string()).unwrap_or_default();
                format!("Host({mac} {})", ip.map(|i| i.to_string()).unwrap_or_default())
            }
            other => format!("{other:?}"),
        };
        self.evidence.push(format!("{about} {}={} ({})", e.attribute, e.value, e.confidence));
    }

    fn file(&mut self, _ctx: &Context<'_>, _protocol: &'static str, file: File<'_>) {
        self.files.push(format!("{} {}", file.name, file.size.map(|s| s.to_string()).unwrap_or_default()));
    }

    fn credential(&mut self, _ctx: &Context<'_>, _protocol: &'static str, c: Credential<'_>) {
        self.secrets.push(c.secret.len());
        self.credentials.push(format!("{} {}", c.scheme, c.user.unwrap_or_default()));
    }

    fn anomaly(&mut self, _ctx: &Context<'_>, _protocol: &'static str, a: Anomaly<'_>) {
        self.anomalies.push(format!("{}: {}", a.kind, a.detail));
    }

    fn evicted(&mut self, count: u64) {
        self.evicted += count;
    }
}

/// A context: client 10.0.0.1:40000, server 10.0.0.2:`port`, first frame.
#[must_use]
pub fn context(direction: Direction, transport: Transport, port: u16) -> Context<'static> {
    let client = (Address::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))), Mac([2, 0, 0, 0, 0, 1]), 40_000);
    let server = (Address::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2))), Mac([2, 0, 0, 0, 0, 2]), port);
    let (from, to) = match direction {
        Direction::ToServer => (client, server),
        Direction::ToClient => (server, client),
    };
    Context {
        now: Moment { frame: 1, ts: Timestamp(0) },
        direction,
        src: Some(from.0),
        dst: Some(to.0),
        src_mac: Some(from.1),
        dst_mac: Some(to.1),
        src_port: from.2,
        dst_port: to.2,
        transport,
        flow: 1,
        vlan: 0,
        ethertype: 0,
        carrier: Carrier::Ethernet,
        frame_bytes: &[],
        from_start: true,
        after_gap: false,
    }
}

/// A TCP stream's two directions as the flow layer keeps them for a decoder.
pub struct Feeder {
    decoder: Box<dyn Decoder>,
    port: u16,
    waiting: [Vec<u8>; 2],
    skip: [usize; 2],
    frame: u64,
    /// Time of the segments.
    pub now: Timestamp,
    /// The decoder let go or is done.
    pub over: Option<Step>,
    /// What it said.
    pub said: Recorder,
}

impl Feeder {
    /// A fresh decoder of that protocol on its first port.
    #[must_use]
    pub fn new(info: &ProtocolInfo) -> Self {
        Self::on(info, info.tcp.first().copied().unwrap_or(0))
    }

    /// The same on that port.
    #[must_use]
    pub fn on(info: &ProtocolInfo, port: u16) -> Self {
        Self {
            decoder: (info.new)(),
            port,
            waiting: Default::default(),
            skip: [0; 2],
            frame: 0,
            now: Timestamp(0),
            over: None,
            said: Recorder::default(),
        }
    }

    fn context(&mut self, direction: Direction) -> Context<'static> {
        self.frame += 1;
        let now = Moment { frame: self.frame, ts: self.now };
        Context { now, ..context(direction, Transport::Tcp, self.port) }
    }

    /// One segment arrives.
    pub fn segment(&mut self, direction: Direction, bytes: &[u8]) {
        let ctx = self.context(direction);
        let at = direction.index();
        let skipped = self.skip[at].min(bytes.len());
        self.skip[at] -= skipped;
        self.waiting[at].extend_from_slice(&bytes[skipped..]);
        while self.over.is_none() && !self.waiting[at].is_empty() {
            let have = self.waiting[at].len();
            match self.decoder.stream(&ctx, &self.waiting[at], &mut self.said) {
                Step::Consumed(0) => panic!("a step must consume something"),
                Step::Consumed(count) => {
                    self.skip[at] = count.saturating_sub(have);
                    self.waiting[at].drain(..count.min(have));
                }
                Step::Need(count) => {
                    assert!(count > have, "needs {count}, has {have}");
                    return;
                }
                Step::Resync => {
                    self.waiting[at].drain(..1);
                    let next = self.decoder.resync(direction, &self.waiting[at]).unwrap_or(self.waiting[at].len());
                    self.waiting[at].drain(..next);
                }
                step => self.over = Some(step),
            }
        }
    }

    /// `len` bytes are missing.
    pub fn gap(&mut self, direction: Direction, len: u64) {
        self.waiting[direction.index()].clear();
        self.decoder.gap(direction, len);
    }

    /// The capture left out the `len` bytes behind what waits.
    pub fn cut(&mut self, direction: Direction, len: usize) {
        let ctx = self.context(direction);
        let waiting = std::mem::take(&mut self.waiting[direction.index()]);
        self.decoder.cut(&ctx, &waiting, len, &mut self.said);
        self.decoder.gap(direction, len as u64);
    }

    /// The flow is over.
    pub fn finish(&mut self) {
        let ctx = self.context(Direction::ToServer);
        self.decoder.finish(&ctx, &mut self.said);
    }
}

/// Plays segments (to the server or not, bytes) behind those that begin a flow, with every message wanted and with none: no panic,
/// breaches by their names, readable messages.
///
/// # Panics
/// Where that does not hold.
pub fn survives(info: &ProtocolInfo, begun: &[(bool, Vec<u8>)], stream: &[(bool, Vec<u8>)]) {
    for said in [Recorder::default(), Recorder::quiet()] {
        let mut feeder = Feeder::new(info);
        feeder.said = said;
        for (to_server, bytes) in begun.iter().chain(stream) {
            feeder.segment(if *to_server { Direction::ToServer } else { Direction::ToClient }, bytes);
        }
        feeder.finish();
        for anomaly in &feeder.said.anomalies {
            let kind = anomaly.split(':').next().unwrap_or_default();
            assert!(info.anomalies.iter().any(|known| known.name == kind), "{kind} is not declared");
        }
        feeder.said.parsed();
    }
}

/// Feeds one datagram (or a frame's payload) to a fresh decoder.
pub fn datagram(info: &ProtocolInfo, ctx: &Context<'_>, bytes: &[u8]) -> (bool, Recorder) {
    let mut said = Recorder::default();
    let mine = (info.new)().datagram(ctx, bytes, &mut said);
    said.settle();
    (mine, said)
}

/// Bytes of hexadecimal text; blanks do not count.
#[must_use]
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0u32, |byte, digit| byte << 4 | digit) as u8).collect()
}
