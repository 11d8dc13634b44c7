//! Every message as a line of JSON: what `watchfloor decode --json` prints.

use std::fmt::Write as _;
use std::io::{self, Write};
use wf_flow::{FlowWindow, Observer, PacketSummary};
use wf_model::Address;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, Carrier, Coded, Context, Credential, Direction, Evidence, File, Measurement, Operation, Sink};
use wf_wire::message::escape;
use wf_wire::{MessageWriter, RawPacket};

/// Lines are handed on once this many bytes have gathered.
const FLUSH_AT: usize = 64 * 1024;

/// Prints messages (and, if asked, operations, evidence and anomalies) as they are decoded.
pub struct Printer<W: Write> {
    line: String,
    buffer: String,
    out: W,
    error: Option<io::Error>,
    /// Messages printed.
    pub messages: u64,
    /// Messages left out because bytes before them are missing from the capture.
    pub behind_gaps: u64,
    /// Anomalies seen.
    pub anomalies: u64,
    everything: bool,
}

impl<W: Write> Printer<W> {
    /// Prints to `out`. What stands behind a hole in its stream is left out and counted, as Wireshark does: its place in
    /// the conversation is not certain. With `everything`, also lines for operations, measurements, evidence and anomalies, which carry
    /// `record` instead of `protocol`; messages behind holes are there then, marked `after_gap`.
    pub fn new(out: W, everything: bool) -> Self {
        Self {
            line: String::new(),
            buffer: String::new(),
            out,
            error: None,
            messages: 0,
            behind_gaps: 0,
            anomalies: 0,
            everything,
        }
    }

    /// Hands the last lines on and says whether any could not be written.
    pub fn finish(mut self) -> io::Result<(u64, u64)> {
        self.end_line();
        self.flush();
        self.error.map_or(Ok((self.messages, self.behind_gaps)), Err)
    }

    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.buffer.push_str(&self.line);
            self.buffer.push('\n');
            self.line.clear();
        }
        if self.buffer.len() >= FLUSH_AT {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.out.write_all(self.buffer.as_bytes()).and_then(|()| self.out.flush()).err();
        }
        self.buffer.clear();
    }

    fn begin(&mut self, ctx: &Context<'_>, first: &str, name: &str, frame: u64) -> MessageWriter<'_> {
        self.end_line();
        let line = &mut self.line;
        let _ = write!(line, "{{\"frame\":{frame},\"{first}\":");
        escape(line, name);
        let _ = write!(line, ",\"ts\":\"{}\"", ctx.now.ts);
        let ends = Ends::of(ctx);
        for (side, address) in [("src", ends.src), ("dst", ends.dst)] {
            let _ = match address {
                Some(address) => write!(line, ",\"{side}\":\"{address}\""),
                None => write!(line, ",\"{side}\":null"),
            };
        }
        let _ = match ends.ports {
            Some((transport, src, dst)) => write!(line, ",\"transport\":\"{transport}\",\"src_port\":{src},\"dst_port\":{dst}"),
            None => write!(line, ",\"transport\":null,\"src_port\":null,\"dst_port\":null"),
        };
        if ctx.transport == Transport::Link && ctx.carrier != Carrier::Ethernet {
            for (side, mac) in [("src_mac", ctx.src_mac), ("dst_mac", ctx.dst_mac)] {
                if let Some(mac) = mac {
                    let _ = write!(line, ",\"{side}\":\"{mac}\"");
                }
            }
        }
        if ctx.vlan != 0 {
            let _ = write!(line, ",\"vlan\":{}", ctx.vlan);
        }
        MessageWriter::new(line)
    }
}

/// Between whom a message is: the innermost addresses that there are. A frame in a tunnel that has no IP of its own lies
/// between the tunnel's ends.
struct Ends {
    src: Option<Address>,
    dst: Option<Address>,
    ports: Option<(Transport, u16, u16)>,
}

impl Ends {
    fn of(ctx: &Context<'_>) -> Self {
        match (ctx.transport, ctx.carrier) {
            (Transport::Link, Carrier::Tunnel { src, dst, ports }) => Self {
                src: Some(Address::Ip(src)),
                dst: Some(Address::Ip(dst)),
                ports: ports.map(|(src, dst)| (Transport::Udp, src, dst)),
            },
            (Transport::Link, Carrier::OtherLink) => Self { src: None, dst: None, ports: None },
            (Transport::Tcp | Transport::Udp, _) => {
                Self { src: ctx.src, dst: ctx.dst, ports: Some((ctx.transport, ctx.src_port, ctx.dst_port)) }
            }
            (Transport::Ip | Transport::Link, _) => Self { src: ctx.src, dst: ctx.dst, ports: None },
        }
    }
}

impl<W: Write> Sink for Printer<W> {
    fn message(&mut self, ctx: &Context<'_>, protocol: &'static str) -> Option<MessageWriter<'_>> {
        self.messages += 1;
        if ctx.after_gap && !self.everything {
            self.behind_gaps += 1;
            return None;
        }
        let mut writer = self.begin(ctx, "protocol", protocol, ctx.now.frame);
        if ctx.after_gap {
            writer.flag("after_gap", true);
        }
        Some(writer)
    }

    fn operation(&mut self, ctx: &Context<'_>, protocol: &'static str, operation: Operation<'_>) {
        if !self.everything {
            return;
        }
        let mut writer = self.begin(ctx, "record", "operation", operation.at.frame);
        writer.text("of", protocol).text("function", operation.function).text("category", operation.category.name());
        writer.show("target", operation.target);
        if let Some(value) = &operation.value {
            writer.text("value", value);
        }
        writer.text("outcome", &operation.outcome).flag("by_server", operation.actor == Direction::ToClient);
    }

    fn unchanged(&mut self, _: &Context<'_>, _: Direction, _: Coded, _: &[u8]) -> bool {
        !self.everything
    }

    fn measurement(&mut self, ctx: &Context<'_>, protocol: &'static str, measurement: Measurement<'_>) {
        if !self.everything {
            return;
        }
        let mut writer = self.begin(ctx, "record", "measurement", ctx.now.frame);
        writer.text("of", protocol).show("point", measurement.point).show("value", format_args!("{:?}", measurement.value));
        writer.text("quality", measurement.quality);
    }

    fn evidence(&mut self, ctx: &Context<'_>, protocol: &'static str, evidence: Evidence<'_>) {
        if !self.everything {
            return;
        }
        let mut writer = self.begin(ctx, "record", "evidence", ctx.now.frame);
        writer.text("of", protocol).show("about", format_args!("{:?}", evidence.about));
        writer.text("attribute", evidence.attribute.name()).text("value", evidence.value).text("source", evidence.source);
        writer.num("confidence", evidence.confidence);
    }

    fn file(&mut self, ctx: &Context<'_>, protocol: &'static str, file: File<'_>) {
        if self.everything {
            let mut writer = self.begin(ctx, "record", "file", ctx.now.frame);
            writer.text("of", protocol).text("name", file.name).opt("size", file.size);
        }
    }

    fn credential(&mut self, ctx: &Context<'_>, protocol: &'static str, credential: Credential<'_>) {
        if self.everything {
            let mut writer = self.begin(ctx, "record", "credential", ctx.now.frame);
            writer.text("of", protocol).text("scheme", credential.scheme).text("user", credential.user.unwrap_or_default());
        }
    }

    fn anomaly(&mut self, ctx: &Context<'_>, protocol: &'static str, anomaly: Anomaly<'_>) {
        self.anomalies += 1;
        if self.everything {
            let mut writer = self.begin(ctx, "record", "anomaly", ctx.now.frame);
            writer.text("of", protocol).text("kind", anomaly.kind).text("detail", &anomaly.detail);
        }
    }

    fn evicted(&mut self, _: u64) {}
}

impl<W: Write> Observer for Printer<W> {
    fn packet(&mut self, _: &RawPacket<'_>, _: &PacketSummary) {}
    fn window(&mut self, _: &FlowWindow) {}
}
