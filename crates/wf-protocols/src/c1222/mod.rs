//! ANSI C12.22 (IEEE 1703): tables of electricity, gas and water meters read and written over networks, with logins, procedures,
//! registrations, over TCP and UDP.

mod fields;
mod message;
mod names;
mod service;
mod session;
#[cfg(test)]
mod tests;

use crate::held::Waiting;
use message::{Fault, Message};
use service::{Body, Data, Service};
use session::{Session, credentials, is_answer};
use smallvec::SmallVec;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "c1222";
const PORT: u16 = 1153;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "ANSI C12.22",
    standard: "IEEE 1703-2012 (ANSI C12.22), tables of IEEE 1377-2012 (ANSI C12.19)",
    tcp: &[PORT],
    udp: &[PORT],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(C1222::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_message", "An element of a message, or the envelope in it, cannot be read."),
    kind("bad_check", "The check behind the data of a table does not hold."),
    kind("truncated_service", "A service does not hold what belongs to it."),
    kind("unknown_service", "A service that the standard does not assign."),
    kind("response_without_request", "An answer whose request nobody sent."),
];

/// One flow.
#[derive(Default)]
struct C1222 {
    session: Session,
    good: bool,
}

fn complain(ctx: &Context<'_>, kind: &'static str, detail: impl Into<std::borrow::Cow<'static, str>>, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl C1222 {
    fn message(&mut self, ctx: &Context<'_>, message: &Message<'_>, bytes: &[u8], out: &mut dyn Sink) {
        self.good = true;
        let answer = is_answer(message);
        let waiting = if answer { self.session.close(ctx, message, out) } else { None };
        let (services, whole) = services(message, waiting.as_ref());
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, message, &services, answer);
        }
        if message.broken || !whole {
            complain(ctx, "bad_message", if whole { "element" } else { "envelope" }, out);
        }
        services.iter().for_each(|service| check(ctx, service, out));
        credentials(ctx, &services, out);
        if let Some(waiting) = waiting {
            self.session.answered(ctx, &waiting, &services, out);
            self.session.give_back(waiting);
        } else if !answer {
            self.session.request(ctx, message, &services, bytes, out);
        }
        self.session.expire(ctx, out);
    }
}

impl C1222 {
    /// A message whose end the capture left out: its secrets are told as far as they are there. How long it is.
    fn message_cut(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Option<usize> {
        let message = Message::cut(bytes).filter(|message| self.good && bytes.len() < message.len)?;
        let answer = is_answer(&message);
        let waiting = if answer { self.session.close(ctx, &message, out) } else { None };
        let (services, _) = services(&message, waiting.as_ref());
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, &message, &services, answer);
        }
        credentials(ctx, &services, out);
        Some(message.len)
    }
}

/// The services of a message, those of an answer by its request; whether all are whole.
fn services<'a>(message: &Message<'a>, waiting: Option<&Waiting>) -> (SmallVec<[Service<'a>; 4]>, bool) {
    let (raw, whole) = message.envelope.map(|envelope| envelope.services()).unwrap_or((SmallVec::new(), true));
    let request = waiting.and_then(|waiting| Message::read(&waiting.bytes).ok());
    let asked = request.and_then(|request| request.envelope).map(|envelope| envelope.services().0).unwrap_or_default();
    let read = raw.iter().enumerate().filter_map(|(at, bytes)| Service::read(bytes, asked.get(at).copied()));
    (read.collect(), whole)
}

/// Says what is wrong with a service.
fn check(ctx: &Context<'_>, service: &Service<'_>, out: &mut dyn Sink) {
    let asks = names::asks(service.code);
    if asks && names::request(service.code).is_none() || !asks && service.code > 0x12 {
        complain(ctx, "unknown_service", format!("{:#04x}", service.code), out);
    } else if service.short {
        complain(ctx, "truncated_service", names::request(service.code).map_or("answer", |(name, _)| name), out);
    }
    let tables: &[Data<'_>] = match &service.body {
        Body::Write(_, data) => std::slice::from_ref(data),
        Body::Tables(tables) => tables,
        _ => &[],
    };
    for data in tables.iter().filter(|data| data.check != data.expected()) {
        complain(ctx, "bad_check", format!("{:#04x} instead of {:#04x}", data.check, data.expected()), out);
    }
}

impl Decoder for C1222 {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        match Message::read(bytes) {
            Err(Fault::Short(count)) => Step::Need(count),
            Ok(message) if self.good || message.is_certain() => {
                self.message(ctx, &message, bytes.get(..message.len).unwrap_or(bytes), out);
                Step::Consumed(message.len)
            }
            _ if self.good => {
                complain(ctx, "bad_message", "no message", out);
                Step::Resync
            }
            _ => Step::NotMine,
        }
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        match Message::read(bytes) {
            Ok(message) if self.good || message.is_certain() => self.message(ctx, &message, bytes, out),
            _ if self.message_cut(ctx, bytes, out).is_some() => {}
            _ if self.good => complain(ctx, "bad_message", "no message", out),
            _ => return false,
        }
        true
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        self.message_cut(ctx, bytes, out)
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| match Message::read(bytes.get(*at..).unwrap_or(&[])) {
            Ok(message) => message.is_certain(),
            Err(fault) => fault != Fault::Bad && bytes.len() - at < 6,
        })
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

/// What a message has to have is enough to know it on any port.
fn probe(probe: &Probe<'_>) -> Verdict {
    let message = match Message::read(probe.bytes) {
        Ok(message) if message.is_certain() => message,
        Err(Fault::Short(_)) if probe.transport == Transport::Tcp => return Verdict::More,
        _ => return Verdict::No,
    };
    if probe.transport == Transport::Udp && message.len != probe.bytes.len() {
        return Verdict::No;
    }
    match (probe.dst_port == PORT, probe.src_port == PORT) {
        (true, false) => Verdict::SureClient,
        (false, true) => Verdict::SureServer,
        _ if is_answer(&message) => Verdict::SureServer,
        _ => Verdict::SureClient,
    }
}
