//! Sampled values: currents and voltages that merging units publish thousands of times a second, on the link
//! (EtherType 0x88ba) and, routable, in sessions over UDP port 102.
//!
//! A sample costs a comparison: nothing is told of it unless the stream, its count, or a channel's quality changes.

mod pdu;
#[cfg(test)]
mod tests;
mod track;

use crate::ber::Elements;
use crate::process_bus::{self, PAYLOAD_SAMPLES, Session, Unit};
use pdu::Samples;
use std::borrow::Cow;
use track::Streams;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Probe, ProtocolInfo, Sink, Verdict, heavy};

const NAME: &str = "sv";
/// Kind of sessions that carry them.
const SESSION: u8 = 0xa2;
/// Samples of one frame that are read: as many as fit.
const ASDUS_MAX: usize = 256;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Sampled values",
    standard: "IEC 61850-9-2:2011, IEC 61869-9:2016, IEC TR 61850-90-5:2012 (routable)",
    tcp: &[],
    udp: &[102],
    ethertypes: &[0x88ba],
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
    kind("unknown_pdu", "Not a message of sampled values."),
    kind("missing_field", "A field that every sample has is not there."),
    kind("damaged_field", "A field cannot be read, or does not fit."),
    kind("sample_count_mismatch", "A message holds another number of samples than it says."),
    kind("sample_count_jump", "The sample count is not the next: samples are missing, or somebody else sends."),
    kind("sample_count_repeated", "The same sample count came again with other values: somebody else sends."),
    kind("configuration_changed", "The configuration revision of a stream changed."),
    kind("not_synchronised", "Samples are not synchronised by a clock."),
    kind("simulation", "Samples are marked as simulated: a test set sends."),
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
        let Some(samples) = pdu.and_then(|e| Samples::read(&e)) else { return breach(ctx, "unknown_pdu", "", out) };
        let mut wanted = true;
        let mut damaged = false;
        let mut count = 0u64;
        let mut asdus = samples.asdus();
        for asdu in asdus.by_ref().take(ASDUS_MAX).filter_map(|e| pdu::Asdu::read(&e)) {
            count += 1;
            if wanted {
                match out.message(ctx, NAME) {
                    Some(mut m) => pdu::write(&mut m, unit, &asdu),
                    None => wanted = false,
                }
            }
            if let Some(field) = asdu.missing() {
                breach(ctx, "missing_field", field, out);
            }
            damaged |= asdu.damaged;
            self.streams.take(ctx, unit, &asdu, out);
        }
        if damaged || samples.damaged || asdus.is_broken() {
            breach(ctx, "damaged_field", "", out);
        } else if samples.count.is_some_and(|said| said != count) {
            breach(ctx, "sample_count_mismatch", format!("{} said, {count} there", samples.count.unwrap_or(0)), out);
        }
    }
}

impl Decoder for Flow {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if ctx.transport == Transport::Udp {
            let Some(session) = Session::read(bytes).filter(|s| s.kind == SESSION) else { return false };
            for unit in session.units(PAYLOAD_SAMPLES) {
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
