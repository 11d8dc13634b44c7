//! Modbus/TCP (and the same units over UDP): every public function with its values, exceptions, diagnostics, file
//! records and device identification; Schneider Electric's UMAS inside function 90.

mod fields;
mod names;
mod operations;
mod pdu;
#[cfg(test)]
mod tests;
mod umas;
mod umas_told;

use operations::{Asked, Session, fault_detail};
use pdu::{HEADER, Header, PDU_MAX, Pdu};
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "modbus";
/// Length fields up to here are followed, though the standard ends at 254: some vendors' functions are longer.
const LENGTH_MAX: u16 = 2048;
/// Function that carries UMAS.
const UMAS: u8 = 90;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 32;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Modbus/TCP",
    standard: "MODBUS Application Protocol Specification V1.1b3; MODBUS Messaging on TCP/IP Implementation Guide V1.0b",
    tcp: &[502],
    udp: &[502],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Modbus::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_protocol_id", "The protocol identifier of a header is not 0."),
    kind("bad_length", "The length field of a header is below 2 or above 254."),
    kind("unknown_function", "A function code that the standard neither assigns nor leaves to users."),
    kind("truncated_pdu", "A message ends before its function's fields do."),
    kind("trailing_bytes", "A message goes on after its function's fields."),
    kind("count_mismatch", "A byte count disagrees with the quantity or with the bytes that are there."),
    kind("bad_quantity", "A quantity is 0 or above the limit of its function."),
    kind("bad_value", "A single coil is written with neither on (0xff00) nor off (0)."),
    kind("address_overflow", "Address and quantity reach beyond the last address."),
    kind("unknown_exception", "An exception code that the standard does not assign."),
    kind("response_without_request", "An answer whose transaction nobody opened."),
    kind("function_mismatch", "An answer names another function than its request."),
    kind("echo_mismatch", "An answer that must repeat its request does not."),
];

/// One flow.
#[derive(Default)]
struct Modbus {
    session: Session,
    /// A message was understood.
    good: bool,
    /// Damaged places since the last good message.
    damage: u32,
}

impl Modbus {
    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, value: u16) -> Step {
        self.damage += 1;
        if !self.good {
            return Step::NotMine;
        }
        out.anomaly(ctx, NAME, Anomaly { kind, detail: format!("{value}").into() });
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }

    fn message(&mut self, ctx: &Context<'_>, header: Header, bytes: &[u8], out: &mut dyn Sink) {
        let request = ctx.direction == Direction::ToServer;
        let Some(pdu) = Pdu::read(bytes, request) else { return };
        (self.good, self.damage) = (true, 0);
        if let Some(mut writer) = out.message(ctx, NAME) {
            let asked = if request { Asked::default() } else { self.session.asked(header, pdu.function) };
            fields::write(&mut writer, &header, &pdu, request, asked);
        }
        // UMAS agrees on longer messages when a connection begins.
        if usize::from(header.length) > PDU_MAX + 1 && pdu.function != UMAS {
            out.anomaly(ctx, NAME, Anomaly { kind: "bad_length", detail: format!("{}", header.length).into() });
        }
        if let Some(fault) = pdu.fault {
            out.anomaly(ctx, NAME, Anomaly { kind: fault.kind, detail: fault_detail(&pdu, fault).into() });
        }
        if !names::is_known(pdu.function) && (request || pdu.exception.is_none()) {
            out.anomaly(ctx, NAME, Anomaly { kind: "unknown_function", detail: format!("{}", pdu.function).into() });
        }
        if request {
            self.session.request(ctx, header, &pdu, out);
        } else {
            self.session.response(ctx, header, &pdu, out);
        }
        self.session.expire(ctx, out);
    }
}

impl Decoder for Modbus {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let mut reader = Reader::new(bytes);
        let Ok(header) = Header::read(&mut reader) else { return Step::Need(HEADER + 1) };
        if header.protocol_id != 0 {
            return self.damaged(ctx, out, "bad_protocol_id", header.protocol_id);
        }
        if !(2..=LENGTH_MAX).contains(&header.length) {
            return self.damaged(ctx, out, "bad_length", header.length);
        }
        let whole = HEADER - 1 + usize::from(header.length);
        match reader.take(whole - HEADER) {
            Ok(unit) => self.message(ctx, header, unit, out),
            Err(_) => return Step::Need(whole),
        }
        Step::Consumed(whole)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut reader = Reader::new(bytes);
        let Ok(header) = Header::read(&mut reader) else { return false };
        if header.protocol_id != 0 || header.length < 2 {
            return false;
        }
        let there = usize::from(header.length).saturating_sub(1).min(reader.left());
        if let Ok(unit) = reader.take(there) {
            self.message(ctx, header, unit, out);
        }
        true
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let mut reader = Reader::new(bytes);
        let header = Header::read(&mut reader).ok().filter(|header| header.protocol_id == 0 && header.length >= 2)?;
        self.message(ctx, header, reader.rest(), out);
        Some(HEADER - 1 + usize::from(header.length))
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| bytes.get(*at..).is_some_and(begins))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

/// Whether a message plausibly begins here: a header with a length the standard allows and a function it knows, and,
/// where the bytes reach so far, another such header behind it.
fn begins(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    let Ok(header) = Header::read(&mut reader) else { return false };
    let function = reader.peek(0).unwrap_or(0);
    if header.protocol_id != 0 || !(2..=254).contains(&header.length) || !names::is_known(function & 0x7f) {
        return false;
    }
    let next = bytes.get(HEADER - 1 + usize::from(header.length)..).unwrap_or(&[]);
    next.get(2..4).is_none_or(|id| id == [0, 0])
}

fn probe(probe: &Probe<'_>) -> Verdict {
    let mut reader = Reader::new(probe.bytes);
    if probe.bytes.get(2..4).is_some_and(|id| id != [0, 0]) {
        return Verdict::No;
    }
    let Ok(header) = Header::read(&mut reader) else { return Verdict::More };
    if !(2..=254).contains(&header.length) {
        return Verdict::No;
    }
    let (from_server, to_server) = (INFO.tcp.contains(&probe.src_port), INFO.tcp.contains(&probe.dst_port));
    let rest = reader.rest();
    let unit = rest.get(..usize::from(header.length) - 1);
    if from_server != to_server {
        let Some(code) = rest.first() else { return Verdict::More };
        let known = names::is_known(code & 0x7f);
        return match (known, to_server) {
            (false, _) => Verdict::Likely,
            (true, true) => Verdict::SureClient,
            (true, false) => Verdict::SureServer,
        };
    }
    let Some(unit) = unit else { return Verdict::More };
    let behind = rest.get(unit.len()..).unwrap_or(&[]);
    if !behind.is_empty() && !begins(behind) {
        return Verdict::No;
    }
    by_content(unit)
}

/// On a foreign port only units with much structure count, and only without a fault.
fn by_content(unit: &[u8]) -> Verdict {
    let sound = |request| {
        Pdu::read(unit, request).is_some_and(|pdu| {
            let strict = matches!(pdu.function, 1..=6 | 15 | 16 | 22 | 23) || matches!(unit, [43, 14, ..]);
            strict && pdu.fault.is_none() && pdu.exception.is_none()
        })
    };
    match (sound(true), sound(false)) {
        (true, true) => Verdict::Sure,
        (true, false) => Verdict::SureClient,
        (false, true) => Verdict::SureServer,
        (false, false) => Verdict::No,
    }
}
