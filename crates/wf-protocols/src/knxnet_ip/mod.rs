//! KNXnet/IP of building automation: discovery, tunnels, routed telegrams, device management, secure sessions.

mod cemi;
mod fields;
mod frame;
mod names;
mod session;
#[cfg(test)]
mod tests;

use cemi::Cemi;
use frame::{Frame, HEADER, connection};
use names::service;
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "knxnet_ip";
const PORT: u16 = 3671;
/// Longest frame that is followed over TCP.
const LENGTH_MAX: usize = 4096;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 16;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "KNXnet/IP",
    standard: "ISO 22510; KNX 03.08.01 to 03.08.05, 03.06.03 (cEMI), 03.03.07 (application layer), AN159 (secure)",
    tcp: &[PORT],
    udp: &[PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Knx::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_header", "No header of version 1.0 stands where a frame should begin."),
    kind("bad_length", "The length of a frame is not that of its bytes."),
    kind("unknown_service", "A service that the standard does not assign."),
    kind("truncated_body", "A frame's structures are not as its service wants them."),
    kind("truncated_telegram", "A telegram of the bus is shorter or longer than it says."),
    kind("unknown_application", "A service of the application layer that the standard does not assign."),
    kind("response_without_request", "An answer whose request nobody sent."),
    kind("messages_lost", "A router says that it lost telegrams."),
    kind("authentication_failed", "A secure session was refused."),
];

/// One flow.
#[derive(Default)]
struct Knx {
    session: Session,
    good: bool,
    damage: u32,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Knx {
    fn frame(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, frame);
        }
        match names::service_name(frame.service) {
            None => raise(ctx, out, "unknown_service", format!("0x{:04x}", frame.service)),
            Some(name) if !frame.is_sound() => raise(ctx, out, "truncated_body", name.to_owned()),
            Some(_) => faults(ctx, frame, out),
        }
        self.session.frame(ctx, frame, bytes, out);
        self.session.expire(ctx, out);
    }
}

/// What is wrong with the telegram in a frame.
fn faults(ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
    let mut r = Reader::new(frame.body);
    match frame.service {
        service::CONFIGURATION_REQUEST | service::TUNNELLING_REQUEST if connection(&mut r).is_ok() => {}
        service::ROUTING_INDICATION | service::ROUTING_SYSTEM_BROADCAST => {}
        _ => return,
    }
    match Cemi::read(r.rest()) {
        Some(Cemi::Data(telegram)) => {
            if !telegram.whole {
                raise(ctx, out, "truncated_telegram", telegram.named().0.to_owned());
            }
            if let (Some(bits), ("unknown_service", _)) = (telegram.application, telegram.named()) {
                raise(ctx, out, "unknown_application", format!("0x{bits:03x}"));
            }
        }
        Some(_) => {}
        None => raise(ctx, out, "truncated_telegram", "cEMI".to_owned()),
    }
}

impl Decoder for Knx {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if bytes.len() < HEADER && [6, 0x10].iter().zip(bytes).all(|(a, b)| a == b) {
            return Step::Need(HEADER);
        }
        let header = Frame::header(bytes).map(|(_, length)| usize::from(length));
        let Some(whole) = header.filter(|length| (HEADER..=LENGTH_MAX).contains(length)) else {
            self.damage += 1;
            if !self.good {
                return Step::NotMine;
            }
            raise(ctx, out, "bad_header", format!("{} bytes", bytes.len()));
            return if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync };
        };
        let Some(bytes) = bytes.get(..whole) else { return Step::Need(whole) };
        match Frame::read(bytes) {
            Some(frame) if self.good || frame.is_sound() => self.frame(ctx, &frame, bytes, out),
            _ => return Step::NotMine,
        }
        Step::Consumed(whole)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Some(frame) = Frame::read(bytes) else { return false };
        if !(self.good || frame.is_sound() && usize::from(frame.length) == bytes.len()) {
            return false;
        }
        if usize::from(frame.length) != bytes.len() {
            raise(ctx, out, "bad_length", format!("{} said, {} there", frame.length, bytes.len()));
        }
        self.frame(ctx, &frame, bytes, out);
        true
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let frame = Frame::read(bytes).filter(|frame| self.good && names::service_name(frame.service).is_some())?;
        self.frame(ctx, &frame, bytes, out);
        Some(frame.length.into())
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| bytes.get(*at..).and_then(Frame::read).is_some_and(|frame| frame.is_sound()))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    let tcp = probe.transport == Transport::Tcp;
    if tcp && probe.bytes.len() < HEADER {
        let begins = [6, 0x10].iter().zip(probe.bytes).all(|(a, b)| a == b);
        return if begins { Verdict::More } else { Verdict::No };
    }
    let Some(frame) = Frame::read(probe.bytes) else { return Verdict::No };
    let there = probe.bytes.len();
    let fits = if tcp { usize::from(frame.length) <= there } else { usize::from(frame.length) == there };
    if !fits && tcp && usize::from(frame.length) <= LENGTH_MAX && names::service_name(frame.service).is_some() {
        return Verdict::More;
    }
    if !fits || !frame.is_sound() {
        return Verdict::No;
    }
    match (names::asks(frame.service), probe.dst_port == PORT, probe.src_port == PORT) {
        (Some(true), ..) => Verdict::SureClient,
        (Some(false), ..) => Verdict::SureServer,
        (None, _, false) if frame.service == service::ROUTING_INDICATION => Verdict::SureClient,
        (None, true, false) => Verdict::SureClient,
        (None, false, true) => Verdict::SureServer,
        (None, true, true) => Verdict::SureClient,
        (None, false, false) => Verdict::Sure,
    }
}
