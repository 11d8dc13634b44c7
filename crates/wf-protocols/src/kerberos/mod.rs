//! Kerberos 5 (RFC 4120): who asks for which ticket, with which encryption, and what the key distribution centre answers.

mod message;
mod names;
mod session;
mod tell;

#[cfg(test)]
mod tests;

use crate::ber;
pub(crate) use message::Message;
use session::Session;
use wf_model::observation::Transport;
use wf_wire::Reader;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict, heavy};

/// Name in observations.
const NAME: &str = "kerberos";
const PORT: u16 = 88;
/// Longest message that is read: tickets with large authorisation data have some ten kilobytes.
const MESSAGE_MAX: usize = 256 * 1024;
/// Length of the length before each message of a stream (RFC 4120, 7.2.2).
const PREFIX: usize = 4;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Kerberos",
    standard: "RFC 4120, RFC 3961, RFC 4556, RFC 6113, MS-KILE",
    tcp: &[PORT],
    udp: &[PORT],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: &[
        AnomalyKind {
            name: "kerberos_bad_length",
            meaning: "A message is longer or shorter than its length says, or than any is.",
        },
        AnomalyKind {
            name: "kerberos_bad_message",
            meaning: "A message's structure breaks off or lacks what every such message has.",
        },
        AnomalyKind {
            name: "kerberos_weak_request",
            meaning: "A client offers nothing but DES and RC4: an old system, or a tool that wants a ticket it can crack.",
        },
        AnomalyKind {
            name: "kerberos_weak_ticket",
            meaning: "A ticket for a service is encrypted with DES or RC4: its password can be guessed from it offline.",
        },
        AnomalyKind {
            name: "kerberos_without_preauthentication",
            meaning: "A ticket was given to somebody who proved nothing before: the account's password can be guessed from it offline.",
        },
        AnomalyKind {
            name: "kerberos_unasked_reply",
            meaning: "An answer came to no request, on a connection seen from its start.",
        },
    ],
    probe,
    new: || Box::new(Kerberos::default()),
};

fn probe(p: &Probe<'_>) -> Verdict {
    let own = p.src_port == PORT || p.dst_port == PORT;
    let bytes = match p.transport {
        Transport::Udp => p.bytes,
        Transport::Tcp => match prefix(p.bytes) {
            Some(len) if (10..=MESSAGE_MAX).contains(&len) => match p.bytes.get(PREFIX..) {
                Some(rest) if rest.len() < 24.min(len) && own => return Verdict::More,
                Some(rest) if begins(rest, Some(len)) => rest,
                _ => return Verdict::No,
            },
            Some(_) => return Verdict::No,
            None => return if own && p.bytes.first() == Some(&0) { Verdict::More } else { Verdict::No },
        },
        Transport::Ip | Transport::Link => return Verdict::No,
    };
    if p.transport == Transport::Udp && !begins(bytes, Some(bytes.len())) {
        return Verdict::No;
    }
    match (message::sure_kind(bytes), own) {
        (Some(kind), true) | (Some(kind @ (message::AS_REQUEST..=message::TGS_REPLY)), false) => match kind {
            message::AS_REQUEST | message::TGS_REQUEST => Verdict::SureClient,
            message::AS_REPLY | message::TGS_REPLY | message::ERROR => Verdict::SureServer,
            _ => Verdict::Likely,
        },
        (None, true) => Verdict::Likely,
        _ => Verdict::No,
    }
}

/// The length before a message; the first bit is reserved (RFC 4120, 7.2.2).
fn prefix(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().and_then(|len| usize::try_from(u32::from_be_bytes(*len)).ok())
}

/// Whether a message of that many bytes may begin here: a known application tag that holds one sequence to its end.
fn begins(bytes: &[u8], len: Option<usize>) -> bool {
    let mut r = Reader::new(bytes);
    let Ok(outer) = ber::head(&mut r) else { return false };
    let known = u8::try_from(outer.tag.number).is_ok_and(message::is_known);
    let Some(contents) = outer.length.filter(|_| outer.tag.class == ber::APPLICATION && outer.constructed && known) else {
        return false;
    };
    if len.is_some_and(|len| contents.checked_add(r.position()) != Some(len)) {
        return false;
    }
    let before = r.position();
    let inner = ber::head(&mut r);
    let used = r.position() - before;
    inner.is_ok_and(|inner| inner.tag == ber::SEQUENCE && inner.length.is_some_and(|len| len.checked_add(used) == Some(contents)))
}

#[derive(Default)]
struct Kerberos {
    session: Session,
    /// A message was understood.
    touched: bool,
}

impl Kerberos {
    fn message(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let Some(message) = Message::read(bytes) else { return false };
        self.touched = true;
        tell::write(ctx, &message, out);
        if message.broken {
            let detail = names::kind(message.kind).into();
            out.anomaly(ctx, NAME, Anomaly { kind: "kerberos_bad_message", detail });
        }
        tell::evidence(ctx, &message, out);
        self.session.message(ctx, &message, out);
        true
    }
}

impl Decoder for Kerberos {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let Some(len) = prefix(bytes) else { return Step::Need(PREFIX) };
        if !(10..=MESSAGE_MAX).contains(&len) {
            if !self.touched {
                return Step::NotMine;
            }
            let detail = format!("{len} bytes");
            out.anomaly(ctx, NAME, Anomaly { kind: "kerberos_bad_length", detail: detail.into() });
            return Step::Resync;
        }
        let Some(body) = bytes.get(PREFIX..PREFIX + len) else { return Step::Need(PREFIX + len) };
        if !self.message(ctx, body, out) {
            if !self.touched {
                return Step::NotMine;
            }
            out.anomaly(ctx, NAME, Anomaly { kind: "kerberos_bad_message", detail: format!("{len} bytes").into() });
        }
        Step::Consumed(PREFIX + len)
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        self.message(ctx, bytes, out)
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.lose();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        let fits = |at: usize| {
            let len = prefix(bytes.get(at..)?)?;
            begins(bytes.get(at + PREFIX..)?, Some(len)).then_some(at)
        };
        (0..bytes.len()).find_map(fits)
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}
