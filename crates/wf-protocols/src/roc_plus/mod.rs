//! ROC Plus of Emerson's flow computers and remote operations controllers: parameters, tables, clock, logins, files, history,
//! over TCP and UDP.

mod contents;
mod fields;
mod file;
mod frame;
mod login;
mod names;
mod passwords;
mod session;
#[cfg(test)]
mod tests;
mod value;

use frame::Frame;
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "roc_plus";
const PORT: u16 = 4000;
/// So many damaged frames in a row and the flow is given up.
const DAMAGE_MAX: u32 = 8;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "ROC Plus",
    standard: "Emerson D301180X012 (ROC Plus Protocol Specifications, September 2019)",
    tcp: &[PORT],
    udp: &[PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Roc::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_check", "The check at the end of a frame does not hold."),
    kind("unknown_opcode", "An opcode that the manual does not assign."),
    kind("truncated_request", "A request for parameters does not hold the points that it says."),
    kind("response_without_request", "An answer whose request nobody sent."),
];

/// One flow.
#[derive(Default)]
struct Roc {
    session: Session,
    good: bool,
    damage: u32,
}

impl Roc {
    fn frame(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        let answer = self.session.is_answer(ctx, frame);
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, frame, answer);
        }
        if names::named(frame.opcode, frame.data).is_none() {
            let detail = frame.opcode.to_string().into();
            out.anomaly(ctx, NAME, Anomaly { kind: "unknown_opcode", detail });
        }
        if answer {
            self.session.answer(ctx, frame, out);
        } else {
            self.session.request(ctx, frame, bytes, out);
        }
        self.session.expire(ctx, out);
    }

    /// A frame whose end the capture left out: its secrets are told as far as they are there. How long it is.
    fn frame_cut(&self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Option<usize> {
        let frame = Frame::cut(bytes).filter(|frame| self.good && is_known(frame) && bytes.len() < frame.len)?;
        let answer = self.session.is_answer(ctx, &frame);
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, &frame, answer);
        }
        session::secrets_cut(ctx, &frame, out);
        Some(frame.len)
    }
}

impl Decoder for Roc {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        match Frame::read(bytes) {
            Err(_) if !self.good && !may_begin(bytes) => Step::NotMine,
            Err(count) => Step::Need(count),
            Ok(frame) if frame.checked && (self.good || is_known(&frame)) => {
                self.frame(ctx, &frame, bytes.get(..frame.len).unwrap_or(bytes), out);
                Step::Consumed(frame.len)
            }
            Ok(_) if !self.good => Step::NotMine,
            Ok(frame) => {
                self.damage += 1;
                out.anomaly(ctx, NAME, Anomaly { kind: "bad_check", detail: format!("opcode {}", frame.opcode).into() });
                if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
            }
        }
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Ok(frame) = Frame::read(bytes) else { return self.frame_cut(ctx, bytes, out).is_some() };
        if frame.len != bytes.len() || !frame.checked || !(self.good || is_known(&frame)) {
            return false;
        }
        self.frame(ctx, &frame, bytes, out);
        true
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        self.frame_cut(ctx, bytes, out)
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| {
            let rest = bytes.get(*at..).unwrap_or(&[]);
            // An error's opcode is what idle lines and padding are full of.
            rest.get(4) != Some(&0xff) && may_begin(rest) && Frame::read(rest).is_ok_and(|frame| frame.checked)
        })
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

fn is_known(frame: &Frame<'_>) -> bool {
    names::named(frame.opcode, frame.data).is_some()
}

/// Whether a frame with a known opcode may begin here.
fn may_begin(bytes: &[u8]) -> bool {
    bytes.get(4).is_none_or(|opcode| names::named(*opcode, &[]).is_some())
}

fn probe(probe: &Probe<'_>) -> Verdict {
    let by_port = probe.src_port == PORT || probe.dst_port == PORT;
    let frame = match Frame::read(probe.bytes) {
        Ok(frame) => frame,
        Err(_) if by_port && probe.transport == Transport::Tcp && may_begin(probe.bytes) => return Verdict::More,
        Err(_) => return Verdict::No,
    };
    let whole = frame.len == probe.bytes.len();
    if !frame.checked || !is_known(&frame) || !(whole || by_port && probe.transport == Transport::Tcp) {
        return Verdict::No;
    }
    match (probe.dst_port == PORT, probe.src_port == PORT) {
        (true, false) => Verdict::SureClient,
        (false, true) => Verdict::SureServer,
        // On a foreign port only questions that cannot be answers count.
        _ if matches!(frame.opcode, 6 | 7) && frame.data.is_empty() => Verdict::SureClient,
        _ if frame.opcode == 180 && value::points(frame.data).len() * 3 + 1 == frame.data.len() => Verdict::SureClient,
        _ if by_port => Verdict::Sure,
        _ => Verdict::No,
    }
}
