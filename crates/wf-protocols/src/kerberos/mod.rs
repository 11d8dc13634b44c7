//! Kerberos 5 (RFC 4120): who asks for which ticket, with which encryption, and what the key distribution centre answers.

mod message;
mod names;
mod password;
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
/// Of the centre, and of the service that changes passwords.
const PORTS: &[u16] = &[88, password::PORT];
/// Longest message that is read: tickets with large authorisation data have some ten kilobytes.
const MESSAGE_MAX: usize = 256 * 1024;
/// Length of the length before each message of a stream (RFC 4120, 7.2.2).
const PREFIX: usize = 4;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Kerberos",
    standard: "RFC 4120, RFC 3961, RFC 4556, RFC 6113, RFC 3244, MS-KILE",
    tcp: PORTS,
    udp: PORTS,
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME, password::NAME],
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
    let own = [p.src_port, p.dst_port].iter().any(|port| PORTS.contains(port));
    let (bytes, len) = match p.transport {
        Transport::Udp => (p.bytes, p.bytes.len()),
        Transport::Tcp => match prefix(p.bytes) {
            Some(len) if (10..=MESSAGE_MAX).contains(&len) => match p.bytes.get(PREFIX..) {
                Some(rest) if rest.len() < 24.min(len) && own => return Verdict::More,
                Some(rest) => (rest, len),
                None => return Verdict::No,
            },
            Some(_) => return Verdict::No,
            None => return if own && p.bytes.first() == Some(&0) { Verdict::More } else { Verdict::No },
        },
        Transport::Ip | Transport::Link => return Verdict::No,
    };
    if is_password(p.src_port, p.dst_port)
        && let Some(frame) = password::Frame::read(bytes.get(..len).unwrap_or(bytes))
    {
        return match frame.is_request() {
            true if frame.len() == len => Verdict::SureClient,
            false if frame.len() == len => Verdict::SureServer,
            _ => Verdict::Likely,
        };
    }
    let kind = message::sure_kind(bytes);
    if !begins(bytes, Some(len)) {
        // A datagram that the capture holds in part has more to come by its own lengths.
        let cut = p.transport == Transport::Udp && own && kind.is_some() && goes_on(bytes);
        return if cut { Verdict::Likely } else { Verdict::No };
    }
    match (kind, own) {
        (Some(kind), true) | (Some(kind @ (message::AS_REQUEST..=message::TGS_REPLY)), false) => match kind {
            message::AS_REQUEST | message::TGS_REQUEST => Verdict::SureClient,
            message::AS_REPLY | message::TGS_REPLY | message::ERROR => Verdict::SureServer,
            _ => Verdict::Likely,
        },
        (None, true) => Verdict::Likely,
        _ => Verdict::No,
    }
}

fn is_password(src_port: u16, dst_port: u16) -> bool {
    [src_port, dst_port].contains(&password::PORT)
}

/// The length before a message; the first bit is reserved (RFC 4120, 7.2.2).
fn prefix(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().and_then(|len| usize::try_from(u32::from_be_bytes(*len)).ok())
}

/// How long the message is that begins here, and how long its one sequence reaches, if both are known: a known application tag
/// around a sequence.
fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut r = Reader::new(bytes);
    let outer = ber::head(&mut r).ok()?;
    let known = outer.tag.class == ber::APPLICATION && outer.constructed;
    if !known || !u8::try_from(outer.tag.number).is_ok_and(message::is_known) {
        return None;
    }
    let whole = outer.length?.checked_add(r.position())?;
    let inner = ber::head(&mut r).ok().filter(|inner| inner.tag == ber::SEQUENCE)?;
    Some((whole, inner.length?.checked_add(r.position())?))
}

/// Whether a message of that many bytes may begin here, with one sequence to its end.
fn begins(bytes: &[u8], len: Option<usize>) -> bool {
    lengths(bytes).is_some_and(|(whole, inner)| whole == inner && len.is_none_or(|len| len == whole))
}

/// Whether a message begins here that is longer than what is there.
fn goes_on(bytes: &[u8]) -> bool {
    lengths(bytes).is_some_and(|(whole, inner)| whole == inner && whole > bytes.len())
}

#[derive(Default)]
struct Kerberos {
    session: Session,
    /// A message was understood.
    touched: bool,
}

impl Kerberos {
    fn message(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if is_password(ctx.src_port, ctx.dst_port)
            && let Some(frame) = password::Frame::read(bytes)
        {
            frame.write(ctx, out);
            for message in [&frame.proof, &frame.rest].into_iter().flatten() {
                self.told(ctx, message, out);
            }
            self.session.password(ctx, &frame, out);
            return true;
        }
        let Some(message) = Message::read(bytes) else { return false };
        self.told(ctx, &message, out);
        self.session.message(ctx, &message, out);
        true
    }

    fn told(&mut self, ctx: &Context<'_>, message: &Message<'_>, out: &mut dyn Sink) {
        self.touched = true;
        tell::write(ctx, message, out);
        if message.broken {
            let detail = names::kind(message.kind).into();
            out.anomaly(ctx, NAME, Anomaly { kind: "kerberos_bad_message", detail });
        }
        tell::evidence(ctx, message, out);
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
