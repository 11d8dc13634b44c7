//! TriStation of the Triconex safety controllers: connections, states, programs loaded and read out, run and halt.

mod data;
mod fields;
mod frame;
mod names;
mod session;
#[cfg(test)]
mod tests;

use frame::{COMMAND, Frame};
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Sink};

/// Name in messages and observations.
const NAME: &str = "tristation";
const PORT: u16 = 1502;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "TriStation",
    standard: "none published; by the analyses of Mandiant (2018) and Nozomi Networks (2018) and a capture of a Tricon",
    tcp: &[],
    udp: &[PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(TriStation::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_crc", "The CRC-16 at the end of a datagram does not hold."),
    kind("bad_sum", "The sum over a command does not hold."),
    kind("bad_length", "The length of a datagram or of its command is not that of its bytes."),
    kind("unknown_type", "A type of datagram that is not known."),
    kind("unknown_function", "A function code that is not known."),
    kind("truncated_data", "The data of a command or an answer end before what they say."),
    kind("response_without_request", "An answer whose command nobody sent."),
    kind("unexpected_answer", "An answer of another function than the command's."),
    kind("implant_command", "A command to the memory implant of the malware TRITON."),
    kind("malicious_program", "A program with the mark of the malware TRITON."),
];

/// One flow.
#[derive(Default)]
struct TriStation {
    session: Session,
    good: bool,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Decoder for TriStation {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Some(frame) = Frame::read(bytes) else { return false };
        let sound = frame.checked && frame.fits && names::kind(frame.kind).is_some();
        if !sound && !self.good {
            return false;
        }
        self.good = true;
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, &frame);
        }
        if names::kind(frame.kind).is_none() {
            raise(ctx, out, "unknown_type", frame.kind.to_string());
        }
        let command = frame.command();
        let disagree = command.is_some_and(|command| usize::from(command.length) != frame.body.len());
        if !frame.fits || disagree || frame.kind == COMMAND && command.is_none() {
            raise(ctx, out, "bad_length", format!("{} said, {} there", frame.length, frame.body.len()));
        }
        if !frame.checked {
            // What does not hold is said and not taken for a command.
            raise(ctx, out, "bad_crc", format!("type {}", frame.kind));
            return true;
        }
        if let Some(command) = command {
            session::faults(ctx, &command, out);
        }
        self.session.frame(ctx, &frame, bytes, out);
        true
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Udp {
        return Verdict::No;
    }
    let Some(frame) = Frame::read(probe.bytes).filter(|frame| frame.checked && frame.fits) else { return Verdict::No };
    let by_port = probe.src_port == PORT || probe.dst_port == PORT;
    match (frame.kind, frame.command()) {
        (COMMAND, Some(command)) if by_port || frame.is_certain() => {
            if command.from_controller {
                Verdict::SureServer
            } else {
                Verdict::SureClient
            }
        }
        (1 | 4, _) if by_port && frame.body.is_empty() => Verdict::SureClient,
        (2 | 3 | 7..=11, _) if by_port && frame.body.is_empty() => Verdict::SureServer,
        (6, _) if by_port && frame.body.is_empty() => Verdict::Likely,
        _ => Verdict::No,
    }
}
