//! Niagara Fox of building controllers and their workbenches: who they are, logins, requests by channel.

mod fields;
mod frame;
mod names;
mod session;
#[cfg(test)]
mod tests;

use frame::{FRAME_MAX, Frame, MAGIC, Stop};
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "fox";
const PORTS: &[u16] = &[1911, 4911];
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 16;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Niagara Fox",
    standard: "none published; by public descriptions and a capture of a station and a workbench",
    tcp: PORTS,
    udp: &[],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Fox::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_frame", "No frame begins where one should, or its body is damaged."),
    kind("frame_too_long", "A frame is longer than what is followed."),
    kind("login_rejected", "A station refused a login."),
];

/// One flow.
#[derive(Default)]
struct Fox {
    session: Session,
    good: bool,
    damage: u32,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Fox {
    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) -> Step {
        self.damage += 1;
        if !self.good {
            return Step::NotMine;
        }
        raise(ctx, out, kind, detail);
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }
}

impl Decoder for Fox {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        // What ends a frame may be cut off from it.
        if self.good && matches!(bytes.first(), Some(b'\n' | b'\r')) {
            return Step::Consumed(1);
        }
        match Frame::read(bytes) {
            Ok(frame) => {
                (self.good, self.damage) = (true, 0);
                if let Some(mut m) = out.message(ctx, NAME) {
                    fields::write(&mut m, &frame);
                }
                self.session.frame(ctx, &frame, bytes.get(..frame.len).unwrap_or(bytes), out);
                Step::Consumed(frame.len)
            }
            Err(Stop::Need(count)) if count <= FRAME_MAX => Step::Need(count.max(bytes.len() + 1)),
            Err(Stop::Need(count)) => self.damaged(ctx, out, "frame_too_long", format!("{count} bytes")),
            Err(Stop::Bad) => self.damaged(ctx, out, "bad_frame", format!("{} bytes", bytes.len())),
        }
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let frame = Frame::cut(bytes)?;
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, &frame);
        }
        session::secrets(ctx, &frame, out);
        // How long it is no frame says.
        None
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(MAGIC) && Frame::line(rest).is_ok()))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Tcp {
        return Verdict::No;
    }
    let frame = match Frame::line(probe.bytes) {
        Ok((frame, _)) => frame,
        Err(Stop::Need(_)) => return Verdict::More,
        Err(Stop::Bad) => return Verdict::No,
    };
    let [from, to] = [probe.src_port, probe.dst_port].map(|port| PORTS.contains(&port));
    match (frame.command, frame.sequence) {
        _ if to && !from => Verdict::SureClient,
        _ if from && !to => Verdict::SureServer,
        // The client counts from one, the server from zero.
        ("hello", 1) => Verdict::SureClient,
        ("hello", 0) => Verdict::SureServer,
        _ => Verdict::Sure,
    }
}
