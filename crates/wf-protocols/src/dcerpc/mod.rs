//! DCE-RPC over TCP (C706, MS-RPCE): interfaces and operations by name, who is told where an interface is. The session is
//! shared with SMB, whose named pipes carry the same PDUs. The connectionless form over UDP is not read here.

mod fields;
mod names;
mod pdu;
mod session;
mod stub;
#[cfg(test)]
mod tests;

pub(crate) use fields::token;
pub(crate) use pdu::Head;
pub(crate) use session::Session;

use pdu::HEADER;
use session::raise;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
pub(crate) const NAME: &str = "dcerpc";
/// The endpoint mapper's.
const PORT: u16 = 135;
/// Bytes looked at of one PDU; the rest of a long one is skipped.
const LOOK_MAX: usize = 8192;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 32;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "DCE-RPC",
    standard: "The Open Group C706 (DCE 1.1 RPC), chapters 12 and 14, appendices I and L; MS-RPCE",
    tcp: &[PORT],
    udp: &[],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(OverTcp::default()),
};

static ANOMALIES: &[AnomalyKind] = &[BAD_HEADER];

/// The only anomaly; of SMB's too, whose pipes may carry it.
pub(crate) const BAD_HEADER: AnomalyKind =
    AnomalyKind { name: "rpc_bad_header", meaning: "Where a PDU of DCE-RPC should begin, something else does." };

/// One connection.
#[derive(Default)]
struct OverTcp {
    session: Session,
    good: bool,
    damage: u32,
}

impl Decoder for OverTcp {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if bytes.len() < HEADER {
            return Step::Need(HEADER);
        }
        let Some(head) = Head::read(bytes) else {
            if !self.good {
                return Step::NotMine;
            }
            self.damage += 1;
            if self.damage == 1 {
                let found: String = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                raise(ctx, out, BAD_HEADER.name, found);
            }
            return if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync };
        };
        let whole = usize::from(head.len);
        let wanted = whole.min(LOOK_MAX);
        let Some(pdu) = bytes.get(..wanted) else { return Step::Need(wanted) };
        (self.good, self.damage) = (true, 0);
        self.session.pdu(ctx, pdu, out);
        Step::Consumed(whole)
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| bytes.get(*at..).and_then(Head::read).is_some())
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

/// A header that is as it must be in all its sixteen bytes is proof enough; longer fragments than stacks send, or flags that a
/// kind cannot have, are not.
fn probe(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Tcp {
        return Verdict::No;
    }
    let begins = [[5, 0], [5, 1]].iter().any(|version| version.starts_with(probe.bytes.get(..2).unwrap_or(probe.bytes)));
    if probe.bytes.len() < HEADER {
        return if begins { Verdict::More } else { Verdict::No };
    }
    let Some(head) = Head::read(probe.bytes) else { return Verdict::No };
    let least = match head.kind {
        pdu::REQUEST | pdu::RESPONSE => 24,
        pdu::FAULT => 28,
        pdu::BIND | pdu::ALTER_CONTEXT => 72,
        pdu::BIND_NAK => 18,
        pdu::AUTH3 => 28,
        _ => HEADER,
    };
    let by_port = probe.src_port == PORT || probe.dst_port == PORT;
    let whole = usize::from(head.len);
    // One PDU is all there is, or another one follows.
    let ends_well = probe.bytes.len() <= whole || probe.bytes.get(whole..).is_some_and(|next| next.starts_with(&[5]));
    // One flag is reserved, and requests alone may be such as want no answer (C706 12.6.3.1).
    let flags = if head.kind == pdu::REQUEST { 0x08 } else { 0x48 };
    match (whole >= least && head.flags & flags == 0 && ends_well, by_port || whole <= LOOK_MAX) {
        (true, true) if head.is_from_client() => Verdict::SureClient,
        (true, true) => Verdict::SureServer,
        _ => Verdict::No,
    }
}
