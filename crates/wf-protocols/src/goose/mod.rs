//! GOOSE: what protection relays and bay controllers tell one another within milliseconds, on the link (EtherType 0x88b8)
//! and, routable, in sessions over UDP port 102.

mod pdu;
#[cfg(test)]
mod tests;
mod track;

use crate::ber::Elements;
use crate::process_bus::{self, PAYLOAD_GOOSE, Session, Unit};
use pdu::{Apdu, Goose};
use std::borrow::Cow;
use track::Streams;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Probe, ProtocolInfo, Sink, Verdict, heavy};

const NAME: &str = "goose";
/// Kind of sessions that carry it.
const SESSION: u8 = 0xa1;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "GOOSE",
    standard: "IEC 61850-8-1:2011 (annex C), IEC TR 61850-90-5:2012 (routable)",
    tcp: &[],
    udp: &[102],
    ethertypes: &[0x88b8],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Flow::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("truncated_header", "A frame ends within the header behind the EtherType."),
    kind("bad_length", "The header's length is too small for the message, or larger than the frame."),
    kind("unknown_pdu", "Neither a GOOSE message nor GSE management."),
    kind("missing_field", "A field that every GOOSE message has is not there."),
    kind("damaged_field", "A field or a data set entry cannot be read, or does not fit."),
    kind("entry_count_mismatch", "The message holds another number of entries than it says."),
    kind("state_number_jump", "The state number is not the last one nor the next: messages are missing, or somebody else sends."),
    kind("sequence_number_jump", "The sequence number is not the next: messages are missing, or somebody else sends."),
    kind("changed_without_state", "Values changed, but the state number did not."),
    kind("publisher_restarted", "State and sequence numbers begin anew."),
    kind("time_allowed_to_live_exceeded", "A message came later than the one before allowed for."),
    kind("configuration_changed", "Configuration revision, data set or number of entries of a control block changed."),
    kind("simulation", "Messages are marked as simulated: a test set sends, or the publisher is in test."),
    kind("needs_commissioning", "The publisher says that its control block is not fully configured."),
];

/// One publisher's flow to one group.
#[derive(Debug, Default)]
struct Flow {
    streams: Streams,
}

fn breach<'a>(ctx: &Context<'_>, kind: &'static str, detail: impl Into<Cow<'a, str>>, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Flow {
    fn unit(&mut self, ctx: &Context<'_>, unit: &Unit<'_>, out: &mut dyn Sink) {
        let mut outer = Elements::new(unit.bytes);
        let pdu = outer.next();
        if unit.is_length_wrong(outer.used()) {
            breach(ctx, "bad_length", format!("{} said, {} of {} used", unit.said, outer.used(), unit.bytes.len()), out);
        }
        // A header that leaves no room for a message says that there is none.
        if unit.said == 0 {
            return;
        }
        match pdu.and_then(|e| Apdu::read(&e)) {
            Some(Apdu::Goose(goose)) => {
                if let Some(name) = goose.gocb_ref
                    && let Some(mut m) = out.message(ctx, NAME)
                {
                    pdu::write(&mut m, unit, name, &goose);
                }
                check(ctx, &goose, out);
                self.streams.take(ctx, unit, &goose, out);
            }
            Some(Apdu::Management(management)) => management.tell(ctx, out),
            None => breach(ctx, "unknown_pdu", "", out),
        }
    }
}

/// What is wrong with a message by itself.
fn check(ctx: &Context<'_>, goose: &Goose<'_>, out: &mut dyn Sink) {
    if let Some(field) = goose.missing() {
        breach(ctx, "missing_field", field, out);
    }
    if goose.damaged {
        breach(ctx, "damaged_field", "", out);
    } else if let (Some(said), Some(data)) = (goose.entries, goose.data) {
        let mut there = data.elements();
        let count = there.by_ref().count();
        if there.is_broken() {
            breach(ctx, "damaged_field", "allData", out);
        } else if usize::try_from(said) != Ok(count) {
            breach(ctx, "entry_count_mismatch", format!("{said} said, {count} there"), out);
        }
    }
}

impl Decoder for Flow {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if ctx.transport == Transport::Udp {
            let Some(session) = Session::read(bytes).filter(|s| s.kind == SESSION) else { return false };
            for unit in session.units(PAYLOAD_GOOSE) {
                self.unit(ctx, &unit, out);
            }
            return true;
        }
        match process_bus::frame(bytes) {
            Ok(unit) => self.unit(ctx, &unit, out),
            Err(_) => breach(ctx, "truncated_header", format!("{} octets", bytes.len()), out),
        }
        true
    }

    fn weight(&self) -> usize {
        heavy(self.streams.weight())
    }
}

fn probe(p: &Probe<'_>) -> Verdict {
    process_bus::probe(p, SESSION)
}
