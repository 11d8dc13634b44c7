//! Genisys of Union Switch & Signal: a master of a railway's control office polls stations along the line for indications and
//! sends them controls; over TCP as it is sent over serial lines.

mod fields;
mod frame;
mod session;
#[cfg(test)]
mod tests;

use frame::{END, Fault, Frame, asks};
use session::{Session, name};
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "genisys";
/// Converters of serial lines take any port, this one more often than others.
const PORT: u16 = 10_001;
/// So many damaged frames in a row and the flow is given up.
const DAMAGE_MAX: u32 = 8;
/// Frames without a check that may come before one whose check holds.
const UNPROVEN_MAX: u32 = 64;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Genisys",
    standard: "Union Switch & Signal Genisys serial communication protocol (Genisys 2000 manual, 5.1)",
    tcp: &[PORT],
    udp: &[],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Genisys::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_check", "The check at the end of a frame does not hold."),
    kind("bad_frame", "Bytes that are no frame stand between frames."),
    kind("odd_data", "A byte of an image comes without address or value."),
    kind("answer_without_request", "A station answers that was not asked."),
    kind("unexpected_answer", "A station's answer does not belong to what it was asked."),
    kind("checkback_differs", "A station checks back other controls than it was sent."),
];

/// One flow.
#[derive(Default)]
struct Genisys {
    session: Session,
    proven: bool,
    unproven: u32,
    damage: u32,
}

impl Genisys {
    fn frame(&mut self, ctx: &Context<'_>, frame: &Frame, bytes: &[u8], out: &mut dyn Sink) {
        self.damage = 0;
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, frame);
        }
        if frame.odd {
            let detail = name(frame.header).into();
            out.anomaly(ctx, NAME, Anomaly { kind: "odd_data", detail });
        }
        self.session.frame(ctx, frame, bytes, out);
    }

    fn damaged(&mut self, ctx: &Context<'_>, kind: &'static str, detail: &'static str, out: &mut dyn Sink) -> Step {
        if !self.proven {
            return Step::NotMine;
        }
        self.damage += 1;
        out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }
}

impl Decoder for Genisys {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        match Frame::read(bytes) {
            Err(Fault::Short) => Step::Need(bytes.len() + 1),
            Err(Fault::Bad) => self.damaged(ctx, "bad_frame", "", out),
            Ok(frame) if !frame.holds() => self.damaged(ctx, "bad_check", name(frame.header), out),
            Ok(frame) => {
                self.proven |= frame.is_proven();
                self.unproven = if self.proven { 0 } else { self.unproven + 1 };
                if self.unproven > UNPROVEN_MAX {
                    return Step::NotMine;
                }
                self.frame(ctx, &frame, bytes.get(..frame.len).unwrap_or(bytes), out);
                Step::Consumed(frame.len)
            }
        }
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        // A frame that holds, or what may become one behind the end of another.
        (0..bytes.len()).find(|at| {
            let rest = bytes.get(*at..).unwrap_or(&[]);
            match Frame::read(rest) {
                Ok(frame) => frame.is_proven(),
                Err(fault) => fault == Fault::Short && at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&END),
            }
        })
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

/// Only a check that holds proves it; what goes without one may come first.
fn probe(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Tcp {
        return Verdict::No;
    }
    let mut rest = probe.bytes;
    loop {
        match Frame::read(rest) {
            Err(Fault::Bad) => return Verdict::No,
            Err(Fault::Short) => return Verdict::More,
            Ok(frame) if !frame.holds() || frame.odd => return Verdict::No,
            Ok(frame) if frame.is_proven() && asks(frame.header) => return Verdict::SureClient,
            Ok(frame) if frame.is_proven() => return Verdict::SureServer,
            // An acknowledgement or a poll without a check: what follows it decides.
            Ok(frame) => rest = rest.get(frame.len..).unwrap_or(&[]),
        }
    }
}
