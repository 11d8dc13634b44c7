//! SNMP versions 1, 2c and 3: values read and written, events, what devices say of themselves, communities in the open.

mod fields;
mod message;
mod mib;
mod session;
#[cfg(test)]
mod tests;

use crate::ber::{self, Fault};
use message::{Message, pdu, universal};
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "snmp";
/// Name of messages of version 3, which have no community and whose PDU may be hidden.
const SECURE: &str = "snmpv3";
/// Longest message that is followed over TCP (RFC 3430, clause 2.2, wants 8192 at least).
const STREAM_MAX: usize = 1 << 16;
/// Shortest message: a sequence with a version and nothing more.
const MESSAGE_MIN: usize = 5;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "SNMP",
    standard: "RFC 1157, RFC 1901, RFC 3412, RFC 3414, RFC 3416, RFC 3417, RFC 3430",
    tcp: &[161, 162],
    udp: &[161, 162],
    ethertypes: &[0x814c],
    industrial: false,
    encrypted: false,
    messages: &[NAME, SECURE],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Snmp::default()),
};

const fn anomaly(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    anomaly("truncated_message", "A message or one of its parts is longer than what is there."),
    anomaly("bad_encoding", "A part of a message is not what must be there, or is not encoded as it must be."),
    anomaly("unknown_pdu", "A type of PDU that the standard does not have."),
    anomaly("unknown_value_type", "A value of a type that the standard does not have."),
    anomaly("trailing_bytes", "Bytes follow a message in its datagram."),
    anomaly("response_without_request", "An answer whose request nobody made."),
];

/// One flow.
#[derive(Default)]
struct Snmp {
    session: Session,
    /// A message was understood.
    good: bool,
}

fn complain(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Snmp {
    fn message(&mut self, ctx: &Context<'_>, message: &Message<'_>, out: &mut dyn Sink) {
        self.good = true;
        let name = if message.version == 3 { SECURE } else { NAME };
        if let Some(mut writer) = out.message(ctx, name) {
            fields::write(&mut writer, message);
        }
        check(ctx, message, out);
        self.session.message(ctx, message, out);
    }
}

/// What is wrong with a message.
fn check(ctx: &Context<'_>, message: &Message<'_>, out: &mut dyn Sink) {
    let mut fault = message.fault;
    let what = message.pdu.map_or("message", |pdu| session::pdu_name(pdu.kind));
    if let Some(kind) = message.unknown_pdu {
        complain(ctx, out, "unknown_pdu", kind.to_string());
    }
    if let Some(carried) = message.pdu {
        let mut variables = carried.variables();
        let strange = variables.by_ref().filter(|variable| !variable.is_known()).map(|variable| variable.kind).last();
        if let Some(kind) = strange {
            complain(ctx, out, "unknown_value_type", format!("{kind:02x}"));
        }
        fault = fault.or(variables.fault);
    }
    match fault {
        Some(Fault::Short) => complain(ctx, out, "truncated_message", what.to_owned()),
        Some(Fault::Form) => complain(ctx, out, "bad_encoding", what.to_owned()),
        None => {}
    }
    if message.trailing > 0 {
        complain(ctx, out, "trailing_bytes", message.trailing.to_string());
    }
}

impl Decoder for Snmp {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let refuse = if self.good { Step::Resync } else { Step::NotMine };
        if bytes.first() != Some(&universal::SEQUENCE) {
            return refuse;
        }
        let mut r = Reader::new(bytes);
        let length = match ber::head(&mut r).and_then(|head| head.plain()) {
            Ok(length) => length,
            Err(Fault::Short) => return Step::Need(bytes.len() + 1),
            Err(Fault::Form) => return refuse,
        };
        let whole = r.position().saturating_add(length);
        if whole > STREAM_MAX {
            return refuse;
        }
        let Some(all) = bytes.get(..whole) else { return Step::Need(whole) };
        let Some(message) = Message::read(all) else { return refuse };
        self.message(ctx, &message, out);
        Step::Consumed(whole)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Some(message) = Message::read(bytes) else { return false };
        // Ethernet pads what is short.
        let trailing = if ctx.transport == Transport::Link { 0 } else { message.trailing };
        self.message(ctx, &Message { trailing, ..message }, out);
        true
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| {
            let rest = bytes.get(*at..).unwrap_or_default();
            rest.first() == Some(&universal::SEQUENCE) && Message::read(rest).is_some_and(|message| message.pdu.is_some())
        })
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

/// The community of a message of version 1 or 2c. The decoder does not tell that of answers, which repeat what was asked
/// with; whoever shows one by itself has it from here, to mask it.
#[must_use]
pub fn community(bytes: &[u8]) -> Option<&[u8]> {
    Message::read(bytes).filter(|message| message.version < 2)?.community
}

fn probe(p: &Probe<'_>) -> Verdict {
    if p.bytes.len() < MESSAGE_MIN && p.transport == Transport::Tcp {
        return Verdict::More;
    }
    let Some(message) = Message::read(p.bytes) else { return Verdict::No };
    let sound = message.fault.is_none() && message.trailing == 0 && (message.version < 2 || message.version == 3);
    let known = match (message.pdu, message.secure) {
        (Some(carried), _) => variables_sound(&carried),
        (None, Some(secure)) => message.encrypted && secure.flags & 2 != 0 && matches!(secure.model, 1..=4),
        (None, None) => false,
    };
    match message.pdu.map(|carried| carried.kind) {
        Some(pdu::RESPONSE | pdu::REPORT) if sound && known => Verdict::SureServer,
        Some(_) if sound && known => Verdict::SureClient,
        None if sound && known => Verdict::Sure,
        _ => Verdict::Likely,
    }
}

fn variables_sound(carried: &message::Pdu<'_>) -> bool {
    let mut variables = carried.variables();
    variables.by_ref().all(|variable| variable.is_known()) && variables.fault.is_none()
}
