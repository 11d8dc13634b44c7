//! Omron FINS over UDP and TCP: memory, parameters, programs, operating mode, files, forced bits, the identity of controllers.

mod area;
mod contents;
mod fields;
mod frame;
mod names;
mod operations;
#[cfg(test)]
mod tests;

use area::Area;
use frame::{Frame, HEADER, TCP_HEADER, TcpHeader};
use operations::{Range, Session};
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "omron_fins";
/// What TCP's header says without a frame.
const TCP: &str = "omron_fins_tcp";
const PORT: u16 = 9600;
/// Longest message that is followed: 2,012 bytes and headers are the most that units take.
const LENGTH_MAX: u64 = 8192;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 32;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Omron FINS",
    standard: "Omron W342-E1 (FINS commands), W227-E1 (CV series), W421-E1 (FINS over UDP and TCP)",
    tcp: &[PORT],
    udp: &[PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, TCP],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Fins::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_magic", "A message over TCP does not begin with FINS."),
    kind("bad_length", "The length of a message over TCP is below 8 or above 8184."),
    kind("tcp_error", "The header over TCP carries an error."),
    kind("truncated_frame", "A frame ends before its command code, or an answer before its end code."),
    kind("reserved_bits", "Reserved bits of a frame are set."),
    kind("unknown_command", "A command code that the manuals do not assign."),
    kind("unknown_area", "A memory area that the manuals do not assign."),
    kind("count_mismatch", "A write carries another number of elements than it says."),
    kind("response_without_request", "An answer whose request nobody sent."),
];

/// One flow.
#[derive(Default)]
struct Fins {
    session: Session,
    good: bool,
    damage: u32,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Fins {
    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) -> Step {
        self.damage += 1;
        if !self.good {
            return Step::NotMine;
        }
        raise(ctx, out, kind, detail);
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }

    fn frame(&mut self, ctx: &Context<'_>, tcp: Option<&TcpHeader>, bytes: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        let Some(frame) = Frame::read(bytes) else {
            raise(ctx, out, "truncated_frame", format!("{} bytes", bytes.len()));
            return;
        };
        if let Some(mut writer) = out.message(ctx, NAME) {
            fields::write(&mut writer, &frame);
            if let Some(tcp) = tcp {
                // The length counts what follows it, as on the wire.
                writer.num("tcp_length", tcp.whole - 8).num("tcp_command", tcp.command).num("tcp_error", tcp.error);
            }
        }
        faults(ctx, &frame, out);
        if frame.is_answer() {
            self.session.response(ctx, &frame, out);
        } else {
            self.session.request(ctx, &frame, bytes, out);
        }
        self.session.expire(ctx, out);
    }

    fn tcp(&mut self, ctx: &Context<'_>, header: &TcpHeader, body: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        if header.error != 0 {
            raise(ctx, out, "tcp_error", names::tcp_error(header.error).to_owned());
        }
        if header.command == 2 && !body.is_empty() {
            self.frame(ctx, Some(header), body, out);
        } else if let Some(mut writer) = out.message(ctx, TCP) {
            fields::write_tcp(&mut writer, header, body);
        }
    }
}

fn faults(ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
    if frame.is_answer() && frame.end_code.is_none() {
        raise(ctx, out, "truncated_frame", "no end code".to_owned());
    }
    if !frame.is_plausible() {
        raise(ctx, out, "reserved_bits", format!("ICF 0x{:02x} RSV {} GCT {}", frame.icf, frame.reserved, frame.gateways));
    }
    if names::command(frame.command).is_none() {
        raise(ctx, out, "unknown_command", format!("0x{:04x}", frame.command));
    }
    if frame.is_answer() || !matches!(frame.command, 0x0101..=0x0103) {
        return;
    }
    let mut r = Reader::new(frame.data);
    let Some(range) = Range::read(&mut r) else {
        raise(ctx, out, "truncated_frame", "no range".to_owned());
        return;
    };
    match Area::of(range.place.area) {
        None => raise(ctx, out, "unknown_area", format!("0x{:02x}", range.place.area)),
        Some(area) if frame.command == 0x0102 && usize::from(range.count) * area.size != r.left() => {
            raise(ctx, out, "count_mismatch", format!("{} elements said, {} bytes there", range.count, r.left()));
        }
        Some(_) => {}
    }
}

impl Decoder for Fins {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let header = match TcpHeader::read(bytes) {
            None => return Step::Need(TCP_HEADER),
            Some(None) => {
                let found: String = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
                return self.damaged(ctx, out, "bad_magic", found);
            }
            Some(Some(header)) => header,
        };
        let whole = usize::try_from(header.whole).unwrap_or(usize::MAX);
        if whole < TCP_HEADER || header.whole > LENGTH_MAX {
            return self.damaged(ctx, out, "bad_length", header.whole.to_string());
        }
        match bytes.get(TCP_HEADER..whole) {
            Some(body) => self.tcp(ctx, &header, body, out),
            None => return Step::Need(whole),
        }
        Step::Consumed(whole)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if Frame::read(bytes).is_none() {
            return false;
        }
        self.frame(ctx, None, bytes, out);
        true
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let header = TcpHeader::read(bytes).flatten()?;
        self.tcp(ctx, &header, bytes.get(TCP_HEADER..).unwrap_or(&[]), out);
        usize::try_from(header.whole).ok()
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        bytes.windows(4).position(|window| window == b"FINS")
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    if probe.transport == Transport::Tcp {
        return match (probe.bytes.get(..4), TcpHeader::read(probe.bytes)) {
            (None, _) => {
                if b"FINS".starts_with(probe.bytes) {
                    Verdict::More
                } else {
                    Verdict::No
                }
            }
            (Some(magic), _) if magic != b"FINS" => Verdict::No,
            (_, Some(Some(TcpHeader { command: 0, .. }))) => Verdict::SureClient,
            (_, Some(Some(TcpHeader { command: 1, .. }))) => Verdict::SureServer,
            (_, Some(Some(TcpHeader { command: 2, .. }))) => match probe.bytes.get(TCP_HEADER) {
                Some(icf) if icf & 0x40 == 0 => Verdict::SureClient,
                Some(_) => Verdict::SureServer,
                None => Verdict::More,
            },
            (_, Some(_)) => Verdict::Sure,
            (_, None) => Verdict::More,
        };
    }
    let Some(frame) = Frame::read(probe.bytes) else { return Verdict::No };
    let by_port = probe.src_port == PORT || probe.dst_port == PORT;
    let known = names::command(frame.command).is_some();
    if !frame.is_plausible() {
        return if by_port && known { Verdict::Likely } else { Verdict::No };
    }
    match (by_port, known, frame.is_answer()) {
        (true, true, false) => Verdict::SureClient,
        (true, true, true) => Verdict::SureServer,
        (true, false, _) => Verdict::Likely,
        (false, ..) if is_certain(&frame, probe.bytes) => Verdict::SureClient,
        (false, ..) => Verdict::No,
    }
}

/// On a foreign port only a read or write of memory with everything as it should be counts.
fn is_certain(frame: &Frame<'_>, bytes: &[u8]) -> bool {
    let mut r = Reader::new(frame.data);
    let sound = match (frame.command, Range::read(&mut r)) {
        (0x0101, Some(range)) => Area::of(range.place.area).is_some() && range.count > 0 && r.is_empty(),
        (0x0102, Some(range)) => {
            Area::of(range.place.area).is_some_and(|a| range.count > 0 && a.size * usize::from(range.count) == r.left())
        }
        _ => false,
    };
    sound && bytes.len() > HEADER && frame.icf == 0x80 && frame.gateways == 2
}
