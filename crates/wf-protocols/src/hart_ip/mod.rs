//! HART-IP: sessions, HART commands passed through to devices, published values, the identity of devices.

mod fields;
mod layout;
mod names;
mod operations;
mod pdu;
#[cfg(test)]
mod tests;
mod values;

use operations::Session;
use pdu::{Commands, HEADER, Header, PUBLISH, Pdu, REQUEST};
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Credential, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "hart_ip";
/// Messages that carry commands without the frame of a loop, and those about sessions: other bodies, so other names.
const DIRECT: &str = "hart_ip_direct";
const AUDIT: &str = "hart_ip_audit_log";
/// Longest message that is followed.
const LENGTH_MAX: u16 = 8192;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 32;
const PORT: u16 = 5094;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "HART-IP",
    standard: "HCF_SPEC-085 (network management), HCF_SPEC-081, 099, 127, 151, 183 (HART 7); IEC 62591",
    tcp: &[PORT],
    udp: &[PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, DIRECT, AUDIT],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(HartIp::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_length", "The byte count of a header is below 8, above 8192, or beyond its datagram."),
    kind("unknown_version", "A version of HART-IP other than 1 and 2."),
    kind("unknown_message", "A message type or identifier that the standard does not assign."),
    kind("truncated_pdu", "A HART frame ends before its byte count does."),
    kind("trailing_bytes", "A HART frame or a list of commands goes on after its end."),
    kind("bad_checksum", "The check byte of a HART frame is wrong."),
    kind("direction_mismatch", "A request carries an answer's frame, or the reverse."),
    kind("response_without_request", "An answer whose request nobody sent."),
];

/// One flow.
#[derive(Default)]
struct HartIp {
    session: Session,
    good: bool,
    damage: u32,
}

impl HartIp {
    fn damaged(&mut self, ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, header: &Header) -> Step {
        self.damage += 1;
        if !self.good {
            return Step::NotMine;
        }
        let detail = format!("type {} message {} length {}", header.kind, header.id, header.length);
        out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }

    fn message(&mut self, ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        let name = match header.id {
            4 => DIRECT,
            5 => AUDIT,
            _ => NAME,
        };
        if let Some(mut writer) = out.message(ctx, name) {
            fields::write(&mut writer, header, body);
        }
        credentials(ctx, header, body, out);
        self.faults(ctx, header, body, out);
        match header.kind {
            REQUEST => self.session.request(ctx, header, body, out),
            PUBLISH => Session::publish(ctx, header, body, out),
            _ => self.session.response(ctx, header, body, out),
        }
        self.session.expire(ctx, out);
    }

    fn faults(&self, ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) {
        let mut raise = |kind, detail: String| out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
        if !matches!(header.version, 1 | 2) {
            raise("unknown_version", header.version.to_string());
        }
        match header.id {
            _ if header.is_error() => {}
            3 => match Pdu::read(body) {
                None => raise("truncated_pdu", format!("{} bytes", body.len())),
                Some(pdu) => {
                    if let Some(fault) = pdu.fault {
                        raise(fault, names::command(pdu.number().0).0.to_owned());
                    }
                    if (header.kind == REQUEST) != (pdu.delimiter & 7 == 2) {
                        raise("direction_mismatch", format!("delimiter 0x{:02x}", pdu.delimiter));
                    }
                }
            },
            4 => {
                let mut commands = Commands::new(body, header.kind != REQUEST);
                commands.by_ref().for_each(drop);
                if commands.left() > 0 {
                    raise("trailing_bytes", format!("{} behind the last command", commands.left()));
                }
            }
            _ => {}
        }
    }
}

/// Tells the keys that commands carry.
fn credentials(ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) {
    let mut tell = |command, data| {
        if let Some(secret) = values::keys(command, data) {
            out.credential(ctx, NAME, Credential { scheme: "key", user: None, secret });
        }
    };
    match header.id {
        _ if header.is_error() => {}
        3 => {
            if let Some((number, data)) = Pdu::read(body).map(|pdu| pdu.number()) {
                tell(number, data);
            }
        }
        4 => Commands::new(body, header.kind != REQUEST).for_each(|command| tell(command.number, command.data)),
        _ => {}
    }
}

impl Decoder for HartIp {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let Some(header) = Header::read(bytes) else { return Step::Need(HEADER) };
        if !(HEADER..=usize::from(LENGTH_MAX)).contains(&usize::from(header.length)) {
            return self.damaged(ctx, out, "bad_length", &header);
        }
        if !header.is_known() {
            return self.damaged(ctx, out, "unknown_message", &header);
        }
        let whole = usize::from(header.length);
        match bytes.get(HEADER..whole) {
            Some(body) => self.message(ctx, &header, body, out),
            None => return Step::Need(whole),
        }
        Step::Consumed(whole)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut rest = bytes;
        let mut mine = false;
        while let Some(header) = Header::read(rest) {
            if !header.is_assigned() {
                break;
            }
            mine = true;
            if usize::from(header.length) < HEADER {
                out.anomaly(ctx, NAME, Anomaly { kind: "bad_length", detail: format!("{} said", header.length).into() });
                self.message(ctx, &header, &[], out);
                break;
            }
            let whole = usize::from(header.length);
            let body = rest.get(HEADER..whole.min(rest.len())).unwrap_or(&[]);
            if whole > rest.len() {
                let detail = format!("{whole} said, {} there", rest.len());
                out.anomaly(ctx, NAME, Anomaly { kind: "bad_length", detail: detail.into() });
            }
            self.message(ctx, &header, body, out);
            rest = rest.get(whole..).unwrap_or(&[]);
        }
        mine
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let header = Header::read(bytes).filter(is_plausible)?;
        self.message(ctx, &header, bytes.get(HEADER..).unwrap_or(&[]), out);
        Some(usize::from(header.length))
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| bytes.get(*at..).and_then(Header::read).is_some_and(|header| is_plausible(&header)))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

fn is_plausible(header: &Header) -> bool {
    let fits = match header.id {
        0 => header.length == 13 || header.is_error(),
        1 | 2 => usize::from(header.length) == HEADER || header.is_error(),
        _ => usize::from(header.length) > HEADER && header.length <= 1024,
    };
    header.is_known() && matches!(header.version, 1 | 2) && fits
}

fn probe(probe: &Probe<'_>) -> Verdict {
    let by_port = probe.src_port == PORT || probe.dst_port == PORT;
    if !by_port && probe.bytes.first().is_some_and(|version| !matches!(version, 1 | 2)) {
        return Verdict::No;
    }
    let Some(header) = Header::read(probe.bytes) else {
        return if probe.transport == Transport::Tcp { Verdict::More } else { Verdict::No };
    };
    let by_kind = if header.kind == REQUEST { Verdict::SureClient } else { Verdict::SureServer };
    if by_port {
        return match (header.is_assigned(), header.version) {
            (true, 1 | 2) => by_kind,
            (true, _) => Verdict::Likely,
            (false, _) => Verdict::No,
        };
    }
    let whole = usize::from(header.length);
    let complete = whole == probe.bytes.len() || (probe.transport == Transport::Tcp && whole < probe.bytes.len());
    if !is_plausible(&header) || (probe.transport == Transport::Udp && !complete) {
        return Verdict::No;
    }
    // On a foreign port only what has much structure counts: a session's first message, a frame with a right check byte.
    let body = probe.bytes.get(HEADER..whole).unwrap_or(&[]);
    let sure = match header.id {
        0 => complete && header.status == 0 && matches!(body, [0 | 1, ..]),
        3 => complete && Pdu::read(body).is_some_and(|pdu| pdu.fault.is_none()),
        _ => false,
    };
    if sure { by_kind } else { Verdict::No }
}
