//! DNS (RFC 1035) over UDP and TCP, and its relatives on the local link: multicast DNS (RFC 6762), LLMNR (RFC 4795) and
//! the NetBIOS name service (RFC 1002).

mod evidence;
mod netbios;
mod wire;
mod write;

#[cfg(test)]
mod tests;

use wf_model::observation::Transport;
use wf_wire::Reader;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict};
use wire::Message;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: "dns",
    title: "DNS, mDNS, LLMNR, NetBIOS names",
    standard: "RFC 1035, RFC 3596, RFC 6762, RFC 4795, RFC 1002",
    tcp: &[53],
    udp: &[53, 137, 5353, 5355],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &["dns", "mdns", "llmnr", "nbns"],
    anomalies: &[
        AnomalyKind { name: "dns_truncated", meaning: "The message ends within a name or record that its counts announce." },
        AnomalyKind { name: "dns_bad_name", meaning: "A name has a label of a reserved type, or is too long." },
        AnomalyKind { name: "dns_pointer_loop", meaning: "A compressed name points in a circle." },
        AnomalyKind { name: "dns_bad_record", meaning: "A record's length does not fit its type." },
        AnomalyKind { name: "dns_too_many_records", meaning: "The counts announce more records than are read of one message." },
        AnomalyKind { name: "dns_trailing_bytes", meaning: "Bytes follow the last record." },
        AnomalyKind { name: "dns_bad_length", meaning: "A message over TCP is announced as shorter than its header." },
    ],
    probe,
    new: || Box::new(Dns { role_said: false }),
};

/// Which of the relatives a message is, by its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Dns,
    Mdns,
    Llmnr,
    Netbios,
}

impl Kind {
    fn of(transport: Transport, ports: [u16; 2]) -> Self {
        if transport != Transport::Udp {
            return Self::Dns;
        }
        match ports {
            [_, 5353] | [5353, _] => Self::Mdns,
            [_, 5355] | [5355, _] => Self::Llmnr,
            [_, 137] | [137, _] => Self::Netbios,
            _ => Self::Dns,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Mdns => "mdns",
            Self::Llmnr => "llmnr",
            Self::Netbios => "nbns",
        }
    }

    /// Operation codes in use.
    fn knows(self, opcode: u8) -> bool {
        match self {
            Self::Dns => matches!(opcode, 0..=2 | 4..=6),
            Self::Mdns | Self::Llmnr => opcode == 0,
            Self::Netbios => matches!(opcode, 0 | 5..=9 | 15),
        }
    }
}

fn probe(p: &Probe<'_>) -> Verdict {
    let kind = Kind::of(p.transport, [p.src_port, p.dst_port]);
    let on_port = match p.transport {
        Transport::Udp => INFO.udp.contains(&p.src_port) || INFO.udp.contains(&p.dst_port),
        _ => INFO.tcp.contains(&p.src_port) || INFO.tcp.contains(&p.dst_port),
    };
    let bytes = match p.transport {
        Transport::Udp => p.bytes,
        _ if !on_port => return Verdict::No,
        _ if p.bytes.len() < 14 => return Verdict::More,
        _ => first_over_tcp(p.bytes),
    };
    if !plausible(kind, bytes) {
        return Verdict::No;
    }
    let message = Message::read(bytes);
    match (message, kind) {
        (Some(message), Kind::Dns) if message.is_certain() && message.response() => Verdict::SureServer,
        (Some(message), Kind::Dns) if message.is_certain() => Verdict::SureClient,
        (Some(_), _) if on_port => Verdict::Likely,
        _ => Verdict::No,
    }
}

/// The first message of a stream, as far as it is there.
fn first_over_tcp(bytes: &[u8]) -> &[u8] {
    let mut r = Reader::new(bytes);
    let len = usize::from(r.u16().unwrap_or(0)).min(r.left());
    r.take(len).unwrap_or_default()
}

/// Whether the header (RFC 1035, 4.1.1) could be one: an operation code in use and counts that a message can have.
fn plausible(kind: Kind, bytes: &[u8]) -> bool {
    let Some(&[_, _, flags, low]) = bytes.first_chunk::<4>() else { return false };
    let mut r = Reader::new(bytes.get(4..).unwrap_or_default());
    let counts = [r.u16(), r.u16(), r.u16(), r.u16()].map(|count| count.unwrap_or(0));
    let entries = counts.iter().map(|c| usize::from(*c)).sum::<usize>();
    let reserved = kind == Kind::Dns && low & 0x40 != 0 && flags & 0x80 == 0;
    // More entries than a datagram of usual length holds are no counts; captures cut datagrams short, so what is there does not bound them.
    kind.knows(flags >> 3 & 15) && !reserved && counts.first().is_some_and(|q| *q <= 64) && entries * 11 <= bytes.len().max(4096)
}

struct Dns {
    role_said: bool,
}

impl Dns {
    fn message(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) {
        let kind = Kind::of(ctx.transport, [ctx.src_port, ctx.dst_port]);
        let Some(message) = Message::read(bytes) else { return };
        if let Some(mut m) = out.message(ctx, kind.name()) {
            write::message(kind, &message, &mut m);
        }
        if message.response() || kind == Kind::Netbios {
            self.role_said |= evidence::say(kind, &message, ctx, out, self.role_said);
        }
        if let Some((anomaly, detail)) = &message.damage {
            out.anomaly(ctx, "dns", Anomaly { kind: anomaly, detail: detail.as_str().into() });
        }
    }
}

impl Decoder for Dns {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let mut r = Reader::new(bytes);
        let Ok(len) = r.u16().map(usize::from) else { return Step::Need(2) };
        if len < wire::HEADER {
            out.anomaly(ctx, "dns", Anomaly { kind: "dns_bad_length", detail: format!("{len} bytes").into() });
            return Step::Resync;
        }
        if r.left() >= wire::HEADER && !plausible(Kind::Dns, r.rest().get(..len).unwrap_or(r.rest())) {
            return Step::Resync;
        }
        match r.take(len) {
            Ok(message) => {
                self.message(ctx, message, out);
                Step::Consumed(2 + len)
            }
            Err(_) => Step::Need(2 + len),
        }
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if bytes.len() < 4 {
            out.anomaly(ctx, "dns", Anomaly { kind: "dns_truncated", detail: format!("{} bytes", bytes.len()).into() });
            return true;
        }
        self.message(ctx, bytes, out);
        true
    }

    fn resync(&mut self, _direction: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| {
            let rest = bytes.get(*at..).unwrap_or_default();
            rest.len() >= 14 && Message::read(first_over_tcp(rest)).is_some_and(|m| m.is_certain())
        })
    }
}
