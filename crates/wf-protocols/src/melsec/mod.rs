//! MELSEC Communication protocol and SLMP of Mitsubishi Electric's controllers: frames 3E and 4E, binary and ASCII, over
//! TCP and UDP.

mod access;
mod device;
mod fields;
mod frame;
mod names;
mod session;
#[cfg(test)]
mod tests;

use frame::{Found, Frame, Request, frame};
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "melsec";
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 32;

/// The registry's entry. Ports are chosen in the controller's parameters; these are the ones that manuals use.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "MELSEC Communication protocol (SLMP)",
    standard: "Mitsubishi Electric SH(NA)-080956ENG (SLMP), SH(NA)-080008 (MELSEC Communication protocol)",
    tcp: &[5000, 5001, 5002, 5010, 1025],
    udp: &[5000, 5001, 5002, 5010, 1025],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Melsec::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_frame", "Bytes on a connection are no frame."),
    kind("unknown_command", "A command that the manuals do not assign."),
    kind("truncated_request", "A request does not hold the devices or values that it says."),
    kind("truncated_answer", "An answer holds fewer values than were asked for."),
    kind("response_without_request", "An answer whose request nobody sent."),
];

/// One flow.
#[derive(Default)]
struct Melsec {
    session: Session,
    good: bool,
    damage: u32,
}

impl Melsec {
    fn message(&mut self, ctx: &Context<'_>, found: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, found);
        }
        if found.answer {
            self.session.answer(ctx, found, out);
        } else {
            self.session.request(ctx, found, bytes, out);
        }
    }
}

impl Decoder for Melsec {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        match frame(bytes) {
            Found::Whole(found) if self.good || is_plausible(&found) => {
                self.message(ctx, &found, bytes.get(..found.len).unwrap_or(bytes), out);
                Step::Consumed(found.len)
            }
            Found::Need(count) => Step::Need(count),
            _ if !self.good => Step::NotMine,
            _ => {
                self.damage += 1;
                out.anomaly(ctx, NAME, Anomaly { kind: "bad_frame", detail: String::new().into() });
                if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
            }
        }
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Found::Whole(found) = frame(bytes) else { return false };
        if found.len != bytes.len() || !is_plausible(&found) {
            return false;
        }
        self.message(ctx, &found, bytes, out);
        true
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| match frame(bytes.get(*at..).unwrap_or(&[])) {
            Found::Whole(found) => is_plausible(&found),
            Found::Need(_) => bytes.len() - at >= 9,
            Found::No => false,
        })
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

/// Whether a frame says what a device may say: a command with one of its subcommands, or an end code.
fn is_plausible(found: &Frame<'_>) -> bool {
    if found.answer {
        let mut data = found.body;
        return data.u16().is_ok_and(|code| code == 0 || code >= 0x4000);
    }
    Request::read(found.body)
        .is_ok_and(|request| names::named(request.command).is_some() && matches!(request.sub, 0..=0x0f | 0x40 | 0x80..=0x83))
}

fn probe(probe: &Probe<'_>) -> Verdict {
    let found = match frame(probe.bytes) {
        Found::Whole(found) => found,
        Found::Need(_) if probe.transport == Transport::Tcp => return Verdict::More,
        _ => return Verdict::No,
    };
    let behind = probe.bytes.get(found.len..).unwrap_or(&[]);
    if !is_plausible(&found) || (!behind.is_empty() && matches!(frame(behind), Found::No)) {
        return Verdict::No;
    }
    if probe.transport == Transport::Udp && !behind.is_empty() {
        return Verdict::No;
    }
    if found.answer { Verdict::Likely } else { Verdict::SureClient }
}
