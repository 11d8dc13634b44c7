//! Synchrophasors: commands to units and concentrators, their configuration, and every value that they stream.

mod configuration;
mod data;
mod fields;
mod frame;
mod session;
#[cfg(test)]
mod tests;

use frame::{COMMAND, HEADER, Head, LEAST};
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "synchrophasor";
const TCP_PORT: u16 = 4712;
const UDP_PORT: u16 = 4713;
/// Check words tried while the next frame is looked for.
const CHECKS_MAX: u32 = 64;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 32;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "IEEE C37.118 synchrophasor",
    standard: "IEEE C37.118.2-2011; IEEE C37.118-2005",
    tcp: &[TCP_PORT, UDP_PORT],
    udp: &[UDP_PORT, TCP_PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Synchrophasor::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_sync", "A frame does not begin with 0xaa and a type."),
    kind("bad_size", "The size of a frame is below 16 or not that of its datagram."),
    kind("bad_checksum", "The check word of a frame is wrong."),
    kind("unknown_type", "A frame type or version that the standard does not know."),
    kind("unknown_command", "A command that the standard neither assigns nor leaves to users."),
    kind("bad_configuration", "A configuration frame ends before what it announces, or announces more than is followed."),
    kind("size_mismatch", "A data frame is not as long as its configuration says."),
    kind("direction_mismatch", "A unit sends a command, or who commands sends data."),
];

/// One flow.
#[derive(Default)]
struct Synchrophasor {
    session: Session,
    good: bool,
    damage: u32,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Synchrophasor {
    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) -> Step {
        self.damage += 1;
        if !self.good {
            return Step::NotMine;
        }
        raise(ctx, out, kind, detail);
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }

    /// A frame, perhaps cut short.
    fn frame(&mut self, ctx: &Context<'_>, head: &Head, bytes: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        let whole = bytes.len() == usize::from(head.size);
        let sound = whole && frame::is_sound(bytes);
        let end = if whole { bytes.len() - 2 } else { bytes.len() };
        let body = bytes.get(HEADER..end).unwrap_or(&[]);
        if sound {
            self.session.learn(ctx, head, body, out);
        }
        if let Some(mut writer) = out.message(ctx, NAME) {
            let known = if sound { self.session.known(head) } else { None };
            fields::write(&mut writer, head, body, known);
        }
        if whole && !sound {
            raise(ctx, out, "bad_checksum", frame::name(head.kind).to_owned());
        }
        if !head.is_plausible() {
            raise(ctx, out, "unknown_type", format!("type {} version {}", head.kind, head.version));
        }
        // What a broken frame says is not believed.
        if sound {
            self.session.frame(ctx, head, body, out);
        }
        self.session.expire(ctx, out);
    }
}

impl Decoder for Synchrophasor {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let head = match Head::read(bytes) {
            None => return Step::Need(HEADER),
            Some(None) => {
                let found: String = bytes.iter().take(2).map(|byte| format!("{byte:02x}")).collect();
                return self.damaged(ctx, out, "bad_sync", found);
            }
            Some(Some(head)) => head,
        };
        let whole = usize::from(head.size);
        if whole < LEAST {
            return self.damaged(ctx, out, "bad_size", whole.to_string());
        }
        match bytes.get(..whole) {
            Some(frame) => self.frame(ctx, &head, frame, out),
            None => return Step::Need(whole),
        }
        Step::Consumed(whole)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Some(Some(head)) = Head::read(bytes) else { return false };
        let whole = usize::from(head.size);
        if whole < LEAST {
            return false;
        }
        // A datagram is one frame (annex F).
        if whole != bytes.len() {
            raise(ctx, out, "bad_size", format!("{whole} said, {} there", bytes.len()));
        }
        self.frame(ctx, &head, bytes.get(..whole).unwrap_or(bytes), out);
        true
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let head = Head::read(bytes).flatten().filter(Head::is_plausible)?;
        self.frame(ctx, &head, bytes, out);
        Some(usize::from(head.size))
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        // A check word costs the length of its frame: only so many are tried in one go.
        let mut tries = CHECKS_MAX;
        (0..bytes.len()).find(|at| {
            let rest = bytes.get(*at..).unwrap_or(&[]);
            match Head::read(rest) {
                Some(Some(head)) if head.is_plausible() && tries > 0 => {
                    tries -= 1;
                    rest.get(..usize::from(head.size)).is_none_or(frame::is_sound)
                }
                _ => false,
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

fn probe(probe: &Probe<'_>) -> Verdict {
    let by_port = [probe.src_port, probe.dst_port].iter().any(|port| matches!(*port, TCP_PORT | UDP_PORT));
    let tcp = probe.transport == Transport::Tcp;
    let head = match Head::read(probe.bytes) {
        None => return if tcp && probe.bytes.first() == Some(&0xaa) { Verdict::More } else { Verdict::No },
        Some(None) => return Verdict::No,
        Some(Some(head)) => head,
    };
    let by_type = if head.kind == COMMAND { Verdict::SureClient } else { Verdict::SureServer };
    if !head.is_plausible() {
        return if by_port && usize::from(head.size) >= LEAST { Verdict::Likely } else { Verdict::No };
    }
    match probe.bytes.get(..usize::from(head.size)) {
        _ if by_port => by_type,
        Some(whole) if frame::is_sound(whole) => by_type,
        None if tcp => Verdict::More,
        _ => Verdict::No,
    }
}
