//! Beckhoff ADS over TCP (AMS) and the discovery of TwinCAT stations over UDP: values by name, states, files, routes.

mod body;
mod discovery;
mod fields;
mod frame;
mod names;
mod session;
mod symbols;
#[cfg(test)]
mod tests;

use discovery::{Datagram, Discovery};
use frame::{Frame, HEADER, NOTIFICATION, TCP_HEADER, TcpHeader};
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "ads";
/// What is said between a program and its router.
const ROUTER: &str = "ads_router";
/// What is said over UDP.
const DISCOVERY: &str = "ads_discovery";
const TCP_PORT: u16 = 48_898;
const UDP_PORT: u16 = 48_899;
/// Longest message that is waited for; longer ones are skipped over with what their first bytes say.
const LENGTH_MAX: usize = 64 * 1024;
/// Longest message that can be: routers take no more.
const LENGTH_SANE: u32 = 16 * 1024 * 1024;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 32;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Beckhoff ADS",
    standard: "Beckhoff Information System, TE1000 TwinCAT 3 ADS (ADS/AMS specification)",
    tcp: &[TCP_PORT],
    udp: &[UDP_PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, ROUTER, DISCOVERY],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Ads::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_header", "The header over TCP is none of AMS."),
    kind("bad_length", "The lengths of the header over TCP and of the AMS header do not agree."),
    kind("unknown_command", "A command that the specification does not have."),
    kind("truncated_body", "A command is too short for what it must carry."),
    kind("response_without_request", "An answer whose request nobody sent."),
    kind("truncated_part", "A datagram holds fewer parts than it says."),
];

/// One flow.
#[derive(Default)]
struct Ads {
    session: Session,
    discovery: Discovery,
    good: bool,
    damage: u32,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

/// Bytes of data that a command has at least.
const fn least(frame: &Frame<'_>) -> usize {
    match (frame.command, frame.is_answer()) {
        (_, true) if frame.error != 0 => 0,
        (1, true) => 24,
        (2 | 4 | 6 | 9, true) | (5 | 8, false) => 8,
        (3 | 5 | 7, true) | (7, false) => 4,
        (2 | 3, false) => 12,
        (6, false) => 40,
        (9, false) => 16,
        _ => 0,
    }
}

impl Ads {
    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) -> Step {
        self.damage += 1;
        if !self.good {
            return Step::NotMine;
        }
        raise(ctx, out, kind, detail);
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }

    /// A command, of which at least the header is there.
    fn command(&mut self, ctx: &Context<'_>, header: &TcpHeader, body: &[u8], out: &mut dyn Sink) {
        let Ok(frame) = Frame::read(body) else { return };
        (self.good, self.damage) = (true, 0);
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, &frame);
        }
        let carried = header.length.saturating_sub(HEADER as u32);
        if frame.length != carried {
            raise(ctx, out, "bad_length", format!("{} said, {carried} carried", frame.length));
        }
        if names::command(frame.command) == "unknown_command" {
            raise(ctx, out, "unknown_command", frame.command.to_string());
        } else if frame.data.len() < least(&frame) {
            raise(ctx, out, "truncated_body", format!("{} of {} bytes", names::command(frame.command), frame.data.len()));
        }
        if frame.is_answer() {
            self.session.response(ctx, &frame, out);
        } else {
            self.session.request(ctx, &frame, body, out);
        }
    }
}

impl Decoder for Ads {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let Some(header) = TcpHeader::read(bytes) else { return Step::Need(TCP_HEADER) };
        let sane = match header.kind {
            0 => (HEADER as u32..=LENGTH_SANE).contains(&header.length),
            kind => names::router(kind).is_some() && header.length <= 64,
        };
        if !sane {
            return self.damaged(ctx, out, "bad_header", format!("kind 0x{:04x}, length {}", header.kind, header.length));
        }
        let whole = usize::try_from(header.length).unwrap_or(usize::MAX).saturating_add(TCP_HEADER);
        let shown = whole.min(LENGTH_MAX);
        let Some(body) = bytes.get(TCP_HEADER..shown) else { return Step::Need(shown) };
        if header.kind == 0 {
            self.command(ctx, &header, body, out);
        } else if let Some(mut m) = out.message(ctx, ROUTER) {
            fields::write_router(&mut m, &header, body);
        }
        Step::Consumed(whole)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Some(datagram) = Datagram::read(bytes) else { return false };
        self.discovery.datagram(ctx, &datagram, bytes, out);
        if datagram.is_cut() {
            raise(ctx, out, "truncated_part", format!("{} bytes", bytes.len()));
        }
        true
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        bytes.windows(TCP_HEADER + HEADER).position(|window| begins(window).is_some())
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
        self.discovery.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight() + self.discovery.weight())
    }
}

/// A command whose headers agree with each other.
fn begins(bytes: &[u8]) -> Option<Frame<'_>> {
    let header = TcpHeader::read(bytes).filter(|h| h.kind == 0 && h.length <= LENGTH_SANE)?;
    let frame = Frame::read(bytes.get(TCP_HEADER..)?).ok()?;
    (frame.is_plausible() && frame.length.checked_add(HEADER as u32) == Some(header.length)).then_some(frame)
}

fn probe(probe: &Probe<'_>) -> Verdict {
    let by_port = probe.src_port == TCP_PORT || probe.dst_port == TCP_PORT;
    if probe.transport != Transport::Tcp {
        return match Datagram::read(probe.bytes) {
            Some(d) if d.is_answer() => Verdict::SureServer,
            Some(_) => Verdict::SureClient,
            None => Verdict::No,
        };
    }
    let head = TcpHeader::read(probe.bytes);
    if by_port && head.is_some_and(|h| names::router(h.kind).is_some() && h.length <= 64) {
        return Verdict::Likely;
    }
    if probe.bytes.len() < TCP_HEADER + HEADER {
        return match head {
            Some(h) if h.kind != 0 || !(HEADER as u32..=LENGTH_SANE).contains(&h.length) => Verdict::No,
            None if !probe.bytes.iter().take(2).all(|byte| *byte == 0) => Verdict::No,
            _ => Verdict::More,
        };
    }
    match begins(probe.bytes) {
        Some(frame) if frame.is_answer() || frame.command == NOTIFICATION => Verdict::SureServer,
        Some(_) => Verdict::SureClient,
        None => Verdict::No,
    }
}
