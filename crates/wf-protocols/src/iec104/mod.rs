//! IEC 60870-5-104: telecontrol over TCP. APDUs in their three formats, every type of ASDU with values, quality and time, commands
//! joined with their confirmations, files, and the state of the connection.

mod apci;
mod asdu;
mod fields;
mod files;
mod names;
mod operations;
mod points;
mod sequence;
mod targets;
#[cfg(test)]
mod tests;
mod time;
mod values;

use apci::{Apci, Format, HEADER, LENGTH_MAX, LENGTH_MIN, START};
use asdu::{Asdu, Element};
use operations::Session;
use sequence::{Breach, Sequence};
use std::borrow::Cow;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "iec104";
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 64;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "IEC 60870-5-104",
    standard: "IEC 60870-5-104:2006 with IEC 60870-5-101:2003",
    tcp: &[2404],
    udp: &[],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Iec104::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_start", "Bytes that begin no APDU stand where one is due."),
    kind("bad_length", "The length of an APDU is outside 4 to 253, or not that of its format."),
    kind(
        "bad_control",
        "Control octets have bits set that the standard keeps at 0, or an unnumbered control not exactly one function.",
    ),
    kind("send_sequence", "An APDU's send sequence number does not continue the one before."),
    kind("receive_sequence", "An acknowledgement goes back, or beyond what was sent."),
    kind("data_while_stopped", "User data flow on a connection that was not started, or was stopped."),
    kind("truncated_asdu", "An ASDU ends within its data unit identifier or first object address."),
    kind("unknown_type", "A type identification that the standard keeps reserved."),
    kind("unknown_cause", "A cause of transmission that the standard keeps reserved."),
    kind("bad_common_address", "The common address is 0, which is not used."),
    kind("no_objects", "An ASDU says that it has no objects."),
    kind("truncated_object", "An ASDU ends within an object."),
    kind("trailing_bytes", "Bytes are left behind the last object of an ASDU."),
    kind("bad_time", "A time tag that no clock can show and that is not marked as invalid."),
    kind("confirmation_without_activation", "A confirmation of what nobody asked for."),
];

/// One flow.
#[derive(Default)]
struct Iec104 {
    sequence: Sequence,
    session: Session,
    /// An APDU was understood.
    good: bool,
    /// Damaged places since the last good one.
    damage: u32,
    /// Bytes went missing: what comes may be the middle of an APDU.
    torn: bool,
}

fn complain<'a>(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: impl Into<Cow<'a, str>>) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Iec104 {
    /// One whole APDU; `body` lies behind the control octets.
    fn apdu(&mut self, ctx: &Context<'_>, apci: &Apci, body: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage, self.torn) = (true, 0, false);
        let carries = matches!(apci.format, Format::Information { .. });
        let asdu = if carries { Asdu::read(body).ok() } else { None };
        if let Some(mut writer) = out.message(ctx, NAME) {
            fields::write(&mut writer, apci, asdu.as_ref());
        }
        if apci.length > LENGTH_MAX || (!carries && apci.length != LENGTH_MIN) {
            complain(ctx, out, "bad_length", format!("{}", apci.length));
        }
        if !apci.tidy || matches!(apci.format, Format::Control(function) if function.count_ones() != 1) {
            complain(ctx, out, "bad_control", format!("{:?}", apci.format));
        }
        self.sequence.take(ctx.direction, ctx.from_start, apci.format, |breach| match breach {
            Breach::Send { expected, got } => complain(ctx, out, "send_sequence", format!("{got} where {expected} was due")),
            Breach::Receive { got, limit } => complain(ctx, out, "receive_sequence", format!("{got}, beyond {limit}")),
            Breach::Stopped => complain(ctx, out, "data_while_stopped", ""),
        });
        match (apci.format, asdu) {
            (Format::Control(function), _) => self.session.control(ctx, function, out),
            (_, Some(asdu)) => self.asdu(ctx, &asdu, out),
            _ if carries => complain(ctx, out, "truncated_asdu", format!("{} octets", body.len())),
            _ => {}
        }
    }

    fn asdu(&mut self, ctx: &Context<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
        judge(ctx, asdu, out);
        if let Some(form) = asdu::form(asdu.type_id)
            && matches!(asdu.type_id, 1..=41)
        {
            points::tell(ctx, asdu, form, out);
        }
        self.session.asdu(ctx, asdu, out);
    }

    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, octet: u8) -> Step {
        self.damage += 1;
        if !self.good {
            // The probe saw an APDU further on: the first bytes are the end of one.
            return if self.damage > 1 { Step::NotMine } else { Step::Resync };
        }
        complain(ctx, out, kind, format!("{octet}"));
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }
}

/// What is wrong with an ASDU by itself.
fn judge(ctx: &Context<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
    let label = names::type_label(asdu.type_id);
    if asdu.first_object().is_none() {
        return complain(ctx, out, "truncated_asdu", format!("{label}: no object address"));
    }
    if !names::is_known(asdu.type_id) {
        complain(ctx, out, "unknown_type", format!("{}", asdu.type_id));
    }
    if names::cause(asdu.cause).is_empty() {
        complain(ctx, out, "unknown_cause", format!("{} of {label}", asdu.cause));
    }
    if asdu.common_address == 0 {
        complain(ctx, out, "bad_common_address", label);
    }
    let Some(due) = asdu.due() else { return };
    if asdu.count == 0 {
        complain(ctx, out, "no_objects", label);
    } else if due > asdu.objects.len() {
        complain(ctx, out, "truncated_object", format!("{label}: {} of {due} octets", asdu.objects.len()));
    } else if due < asdu.objects.len() {
        complain(ctx, out, "trailing_bytes", format!("{label}: {} octets", asdu.objects.len() - due));
    }
    let Some(form) = asdu::form(asdu.type_id).filter(|form| form.time != asdu::Time::No) else { return };
    let wrong = asdu.items().filter_map(|item| values::time_of(form, item.octets)).find(|t| !t.invalid && !t.is_possible());
    if let Some(time) = wrong {
        complain(ctx, out, "bad_time", format!("{label}: {time}"));
    }
}

impl Decoder for Iec104 {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        match bytes {
            [START] => return Step::Need(HEADER),
            [START, length, ..] if *length < LENGTH_MIN => return self.damaged(ctx, out, "bad_length", *length),
            [START, ..] => {}
            [other, ..] => return self.damaged(ctx, out, "bad_start", *other),
            [] => return Step::Need(HEADER),
        }
        let Ok(apci) = Apci::read(bytes) else { return Step::Need(HEADER) };
        let Some(body) = bytes.get(HEADER..apci.whole()) else { return Step::Need(apci.whole()) };
        self.apdu(ctx, &apci, body, out);
        self.session.expire(ctx, out);
        Step::Consumed(apci.whole())
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let apci = Apci::read(bytes).ok().filter(|apci| bytes.first() == Some(&START) && apci.is_plausible())?;
        self.apdu(ctx, &apci, bytes.get(HEADER..).unwrap_or(&[]), out);
        Some(apci.whole())
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.torn = true;
        self.sequence.gap();
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        // Behind foreign bytes the next start octet counts, be its APDU right or wrong.
        let starts = |bytes: &[u8]| bytes.first() == Some(&START) && bytes.get(1).is_none_or(|length| *length >= LENGTH_MIN);
        (0..bytes.len()).find(|at| bytes.get(*at..).is_some_and(|rest| if self.torn { begins(rest) } else { starts(rest) }))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

/// Whether an APDU plausibly begins here, as far as the bytes reach, and another one behind it.
fn begins(bytes: &[u8]) -> bool {
    let Ok(apci) = Apci::read(bytes) else { return bytes.first() == Some(&START) };
    if bytes.first() != Some(&START) || !apci.is_plausible() {
        return false;
    }
    bytes.get(apci.whole()).is_none_or(|next| *next == START)
}

/// On its own port a plausible header is enough, or an APDU that is whole behind the end of another. Elsewhere an unnumbered control or an acknowledgement, which leave few bits free, or
/// an ASDU whose type, cause and length fit together.
fn probe(probe: &Probe<'_>) -> Verdict {
    let from_server = INFO.tcp.contains(&probe.src_port);
    let own = from_server != INFO.tcp.contains(&probe.dst_port);
    let by_port = if from_server { Verdict::SureServer } else { Verdict::SureClient };
    match probe.bytes {
        [START, length, ..] if *length < LENGTH_MIN => return Verdict::No,
        [START, _, _, _, _, _, ..] if own => return by_port,
        [START, _, _, _, _, _, ..] => {}
        [START, ..] => return Verdict::More,
        bytes if own && (1..bytes.len()).any(|at| bytes.get(at..).is_some_and(|rest| by_content(rest).0)) => return by_port,
        _ => return Verdict::No,
    }
    match by_content(probe.bytes) {
        (true, verdict) => verdict,
        (false, Verdict::More) => Verdict::More,
        (false, _) => Verdict::No,
    }
}

/// Whether these bytes are an APDU whatever the port, and who sent it.
fn by_content(bytes: &[u8]) -> (bool, Verdict) {
    let Ok(apci) = Apci::read(bytes) else { return (false, Verdict::No) };
    if !begins(bytes) {
        return (false, Verdict::No);
    }
    let verdict = match apci.format {
        Format::Control(apci::START_ACT | apci::STOP_ACT) => Verdict::SureClient,
        Format::Control(apci::START_CON | apci::STOP_CON) => Verdict::SureServer,
        Format::Control(_) | Format::Supervision { .. } => Verdict::Sure,
        Format::Information { .. } => match bytes.get(HEADER..apci.whole()) {
            Some(body) => by_asdu(body),
            None => Verdict::More,
        },
    };
    (matches!(verdict, Verdict::Sure | Verdict::SureClient | Verdict::SureServer), verdict)
}

/// A type with objects of a fixed size that fill the ASDU, for a cause that there is.
fn by_asdu(body: &[u8]) -> Verdict {
    let Ok(asdu) = Asdu::read(body) else { return Verdict::No };
    let sound = asdu.count > 0
        && asdu.common_address != 0
        && !names::cause(asdu.cause).is_empty()
        && asdu::form(asdu.type_id).is_some_and(|form| form.element != Element::Nothing || form.time != asdu::Time::No)
        && asdu.due() == Some(asdu.objects.len());
    match (sound, asdu.type_id, asdu.cause) {
        (false, ..) => Verdict::No,
        (true, 1..=41 | 70, _) | (true, _, 7 | 9 | 10) => Verdict::SureServer,
        (true, _, 6 | 8) => Verdict::SureClient,
        (true, ..) => Verdict::Sure,
    }
}
