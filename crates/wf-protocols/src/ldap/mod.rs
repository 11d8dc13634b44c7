//! LDAP (RFC 4511) over TCP, and over UDP as domain controllers are found by (MS-ADTS 6.3.3): who logs in, what is looked for
//! and what is changed.

mod fields;
mod filter;
mod message;
mod names;
mod netlogon;
mod secure;
mod session;

#[cfg(test)]
mod tests;

use crate::{ber, tls};
use filter::Filter;
use message::{Head, Message, Operation};
use secure::Held;
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict, heavy};

/// Name in observations.
const NAME: &str = "ldap";
/// The directory, and a domain's global catalogue.
const PORTS: [u16; 2] = [389, 3268];
/// Longest message that is read; a longer one is passed over.
const MESSAGE_MAX: usize = 512 * 1024;
/// Sealed messages after which there is nothing more to wait for.
const SEALED_ENOUGH: u8 = 4;
/// So many damaged messages in a row and the flow is given up.
const DAMAGE_MAX: u8 = 8;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "LDAP",
    standard: "RFC 4511, RFC 4513, RFC 4515, RFC 3062, RFC 4532, RFC 4121, MS-ADTS",
    tcp: &PORTS,
    udp: &[389],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: &[
        AnomalyKind {
            name: "ldap_bad_message",
            meaning: "A message's contents do not parse, or there is no message where one should be.",
        },
        AnomalyKind { name: "ldap_too_long", meaning: "A message is longer than is read." },
        AnomalyKind { name: "ldap_deep_filter", meaning: "A search's filter is nested deeper than any that people write." },
        AnomalyKind {
            name: "ldap_code_reference",
            meaning: "An answer names code that its client is to load, as attacks on logging (CVE-2021-44228) have it.",
        },
        AnomalyKind { name: "ldap_unasked_reply", meaning: "An answer came to no request, on a connection seen from its start." },
    ],
    probe,
    new: || Box::new(Ldap::default()),
};

fn probe(p: &Probe<'_>) -> Verdict {
    let own = PORTS.contains(&p.src_port) || PORTS.contains(&p.dst_port);
    if !matches!(p.transport, Transport::Tcp | Transport::Udp) || (p.transport == Transport::Udp && !own) {
        return Verdict::No;
    }
    match message::head(p.bytes) {
        Head::Whole(total, _) if p.transport == Transport::Udp && total > p.bytes.len() => Verdict::No,
        Head::Whole(_, number) if own && message::is_request(number) => Verdict::SureClient,
        Head::Whole(_, _) if own => Verdict::SureServer,
        Head::Whole(total, _) if total <= p.bytes.len() && message::is_sure(p.bytes) => Verdict::SureClient,
        Head::More if own && p.transport == Transport::Tcp => Verdict::More,
        // Picked up behind the login: what is sealed is known by its token.
        Head::None if own && p.transport == Transport::Tcp && !p.from_start && secure::begins(p.bytes) => Verdict::Likely,
        _ => Verdict::No,
    }
}

#[derive(Default)]
struct Ldap {
    session: Session,
    /// The connection turned to TLS (RFC 4511, 4.14).
    inner: Option<Box<dyn Decoder>>,
    /// A message was understood.
    touched: bool,
    damage: u8,
    sealed: u8,
}

impl Ldap {
    fn message(&mut self, ctx: &Context<'_>, bytes: &[u8], signed: bool, out: &mut dyn Sink) -> bool {
        let Some(said) = Message::read(bytes) else { return false };
        fields::write(ctx, &said, signed, out);
        match &said.operation {
            None => {
                let detail = names::operation(said.number).into();
                out.anomaly(ctx, NAME, Anomaly { kind: "ldap_bad_message", detail });
                return true;
            }
            Some(Operation::Search(search)) if Filter(search.filter).is_deep() => {
                let detail = format!("{} bytes", search.filter.len());
                out.anomaly(ctx, NAME, Anomaly { kind: "ldap_deep_filter", detail: detail.into() });
            }
            Some(_) => {}
        }
        (self.touched, self.damage) = (true, 0);
        if self.session.message(ctx, &said, out) {
            self.inner = Some((tls::INFO.new)());
        }
        true
    }

    fn token(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Option<Step> {
        let len = secure::length(bytes).filter(|_| self.touched || secure::begins(bytes))?;
        let Some(token) = bytes.get(secure::PREFIX..len) else { return Some(Step::Need(len)) };
        match secure::open(token, 0) {
            Held::Signed(mut inside) => {
                while let Head::Whole(len, _) = message::head(inside) {
                    let Some((one, rest)) = inside.split_at_checked(len) else { break };
                    self.message(ctx, one, true, out);
                    inside = rest;
                }
            }
            Held::Sealed => {
                fields::write_sealed(ctx, token.len(), out);
                self.sealed += 1;
                if self.sealed >= SEALED_ENOUGH {
                    self.session.finish(ctx, true, out);
                    return Some(Step::Done);
                }
            }
        }
        Some(Step::Consumed(len))
    }

    fn damaged(&mut self, ctx: &Context<'_>, bytes: usize, out: &mut dyn Sink) -> Step {
        self.damage += 1;
        if !self.touched || self.damage > DAMAGE_MAX {
            return Step::NotMine;
        }
        let detail = format!("among {bytes} bytes");
        out.anomaly(ctx, NAME, Anomaly { kind: "ldap_bad_message", detail: detail.into() });
        Step::Resync
    }
}

/// A message of which the end may be missing: what there is, and no request that an answer is waited for.
fn in_part(ctx: &Context<'_>, bytes: &[u8], signed: bool, out: &mut dyn Sink) {
    let closed = ber::closed(bytes.get(..MESSAGE_MAX).unwrap_or(bytes));
    let Some(said) = Message::read(&closed) else { return };
    fields::write(ctx, &said, signed, out);
    session::secrets_in_part(ctx, &said, out);
}

impl Decoder for Ldap {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if let Some(inner) = &mut self.inner {
            return match inner.stream(ctx, bytes, out) {
                Step::NotMine => Step::Done,
                step => step,
            };
        }
        match message::head(bytes) {
            Head::More if bytes.len() < 24 => Step::Need(bytes.len() + 1),
            Head::Whole(total, number) if total > MESSAGE_MAX => {
                let detail = format!("{} of {total} bytes", names::operation(number));
                out.anomaly(ctx, NAME, Anomaly { kind: "ldap_too_long", detail: detail.into() });
                Step::Consumed(total)
            }
            Head::Whole(total, _) => {
                let Some(whole) = bytes.get(..total) else { return Step::Need(total) };
                if self.message(ctx, whole, false, out) { Step::Consumed(total) } else { self.damaged(ctx, total, out) }
            }
            Head::More | Head::None if self.touched && tls::is_hello(bytes) => {
                // Both agreed on TLS where nobody saw it.
                self.inner.insert((tls::INFO.new)()).stream(ctx, bytes, out)
            }
            Head::More | Head::None => self.token(ctx, bytes, out).unwrap_or_else(|| self.damaged(ctx, bytes.len(), out)),
        }
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut rest = bytes;
        while let Head::Whole(len, _) = message::head(rest) {
            let Some((one, behind)) = rest.split_at_checked(len) else { break };
            if !self.message(ctx, one, false, out) {
                break;
            }
            rest = behind;
        }
        rest.len() < bytes.len()
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], missing: usize, out: &mut dyn Sink) -> Option<usize> {
        if let Some(inner) = &mut self.inner {
            return inner.cut(ctx, bytes, missing, out);
        }
        if let Head::Whole(total, _) = message::head(bytes) {
            in_part(ctx, bytes, false, out);
            return Some(total);
        }
        let len = secure::length(bytes).filter(|_| self.touched || secure::begins(bytes))?;
        let token = bytes.get(secure::PREFIX..).unwrap_or_default();
        if let Held::Signed(mut inside) = secure::open(token, len.saturating_sub(bytes.len())) {
            while let Head::Whole(total, _) = message::head(inside) {
                in_part(ctx, inside.get(..total).unwrap_or(inside), true, out);
                inside = inside.get(total..).unwrap_or_default();
            }
        }
        Some(len)
    }

    fn gap(&mut self, direction: Direction, len: u64) {
        if let Some(inner) = &mut self.inner {
            inner.gap(direction, len);
        }
        self.session.lose();
    }

    fn resync(&mut self, direction: Direction, bytes: &[u8]) -> Option<usize> {
        if let Some(inner) = &mut self.inner {
            return inner.resync(direction, bytes);
        }
        let fits = |rest: &[u8]| {
            let sent = |number| message::is_request(number) == (direction == Direction::ToServer);
            matches!(message::head(rest), Head::Whole(_, number) if sent(number)) || secure::begins(rest)
        };
        (0..bytes.len()).find(|at| bytes.get(*at..).is_some_and(fits))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if let Some(inner) = &mut self.inner {
            inner.finish(ctx, out);
        }
        self.session.finish(ctx, false, out);
    }

    fn weight(&self) -> usize {
        heavy(self.inner.as_ref().map_or_else(|| self.session.weight(), |inner| inner.weight()))
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self { inner: self.inner.take(), touched: self.touched, ..Self::default() }))
    }
}
