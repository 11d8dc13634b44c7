//! DNP3 over TCP and UDP: link frames, transport reassembly, application fragments with all usual objects, values,
//! quality, controls, files and device attributes.

mod fields;
mod files;
mod fragment;
mod link;
mod mask;
mod names;
mod objects;
mod operations;
mod targets;
#[cfg(test)]
mod tests;
mod transport;
mod values;

use fragment::Fragment;
use link::{HEADER, Link, NoLink, Payload};
pub use mask::mask;
use operations::Session;
use transport::{Assembly, Segment};
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "dnp3";
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 64;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "DNP3",
    standard: "IEEE 1815-2012",
    tcp: &[20000],
    udp: &[20000],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Dnp3::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_start", "Bytes that begin no link frame stand where one is due."),
    kind("bad_crc", "A CRC of a link frame's header or data is wrong."),
    kind("bad_length", "The length of a link frame is below 5."),
    kind("truncated_frame", "A datagram ends within a link frame."),
    kind("unexpected_data", "A link frame whose function carries no user data has some."),
    kind("transport_sequence", "A segment does not continue the one before: something in between is missing."),
    kind("fragment_too_long", "The segments of a fragment add up to more than any device may send."),
    kind("truncated_fragment", "A fragment ends within its application header."),
    kind("unknown_function", "A function code that the standard does not assign."),
    kind("unknown_object", "An object or a qualifier that the standard does not have: what follows cannot be read."),
    kind("truncated_object", "A fragment ends within an object."),
    kind("bad_range", "A range whose start is beyond its stop."),
    kind("response_without_request", "An answer whose sequence number nobody asked under."),
    kind("wrong_direction", "A request is marked as coming from an outstation, or an answer as coming from a master."),
];

/// One flow.
#[derive(Default)]
struct Dnp3 {
    assembly: Assembly,
    session: Session,
    /// A frame was understood.
    good: bool,
    /// Damaged places since the last good frame.
    damage: u32,
}

fn complain(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Dnp3 {
    /// One whole link frame; `blocks` begins behind the header.
    fn frame(&mut self, ctx: &Context<'_>, link: &Link, blocks: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        if link.data == 0 {
            return;
        }
        if !link.carries_data() {
            complain(ctx, out, "unexpected_data", format!("control 0x{:02x}, {} octets", link.control, link.data));
            return;
        }
        let payload = Payload::read(link, blocks);
        if !payload.intact {
            complain(ctx, out, "bad_crc", format!("data, from {} to {}", link.source, link.destination));
            return;
        }
        let Some((octet, segment)) = payload.bytes().split_first() else { return };
        let fell = self.assembly.evicted;
        match self.assembly.push((link.source, link.destination), *octet, segment) {
            Segment::Whole => self.fragment(ctx, link, segment, out),
            Segment::Complete(bytes) => self.fragment(ctx, link, &bytes, out),
            Segment::Partial | Segment::Repeated => {}
            Segment::OutOfSequence => complain(ctx, out, "transport_sequence", format!("segment {}", octet & 0x3f)),
            Segment::TooLong => complain(ctx, out, "fragment_too_long", format!("from {}", link.source)),
        }
        if self.assembly.evicted > fell {
            out.evicted(1);
        }
    }

    fn fragment(&mut self, ctx: &Context<'_>, link: &Link, bytes: &[u8], out: &mut dyn Sink) {
        let Ok(fragment) = Fragment::read(bytes) else {
            complain(ctx, out, "truncated_fragment", format!("{} octets", bytes.len()));
            return;
        };
        if let Some(mut writer) = out.message(ctx, NAME) {
            fields::write(&mut writer, link, &fragment);
        }
        // Both sides confirm; a function beyond that tells who speaks.
        if fragment.function != 0 && names::is_known(fragment.function) && fragment.is_response() == link.by_master() {
            complain(ctx, out, "wrong_direction", names::function(fragment.function).to_owned());
        }
        self.session.fragment(ctx, link, &fragment, out);
    }

    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str) -> Step {
        self.damage += 1;
        if !self.good {
            return Step::NotMine;
        }
        complain(ctx, out, kind, "header".to_owned());
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }
}

impl Decoder for Dnp3 {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let link = match Link::read(bytes) {
            Ok(link) => link,
            Err(NoLink::Short) => return Step::Need(HEADER),
            Err(NoLink::Start) => return self.damaged(ctx, out, "bad_start"),
            Err(NoLink::Length(_)) => return self.damaged(ctx, out, "bad_length"),
            Err(NoLink::Crc) => return self.damaged(ctx, out, "bad_crc"),
        };
        let Some(blocks) = bytes.get(HEADER..link.whole()) else { return Step::Need(link.whole()) };
        self.frame(ctx, &link, blocks, out);
        Step::Consumed(link.whole())
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            let Ok(link) = Link::read(reader.rest()) else {
                if reader.position() == 0 {
                    return false;
                }
                complain(ctx, out, "bad_start", format!("{} octets behind a frame", reader.left()));
                break;
            };
            let Ok(frame) = reader.take(link.whole()) else {
                complain(ctx, out, "truncated_frame", format!("{} of {} octets", reader.left(), link.whole()));
                break;
            };
            self.frame(ctx, &link, frame.get(HEADER..).unwrap_or(&[]), out);
        }
        true
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let link = Link::read(bytes).ok()?;
        let payload = Payload::read(&link, bytes.get(HEADER..).unwrap_or(&[]));
        if let Some((octet, rest)) = payload.bytes().split_first().filter(|_| link.carries_data())
            && transport::is_whole(*octet)
            && let Ok(fragment) = Fragment::read(rest)
            && let Some(mut writer) = out.message(ctx, NAME)
        {
            fields::write(&mut writer, &link, &fragment);
        }
        Some(link.whole())
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.assembly.clear();
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| matches!(bytes.get(*at..).map(Link::read), Some(Ok(_) | Err(NoLink::Short))))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight() + self.assembly.weight())
    }
}

/// Start octets and the header's CRC together are 32 bits that hardly anything else has.
fn probe(probe: &Probe<'_>) -> Verdict {
    match Link::read(probe.bytes) {
        Ok(link) if link.by_master() => Verdict::SureClient,
        Ok(_) => Verdict::SureServer,
        Err(NoLink::Short) => Verdict::More,
        Err(_) => Verdict::No,
    }
}
