//! BSAP, the Bristol Standard Asynchronous Protocol of Bristol and ControlWave controllers: the remote data base with its signals,
//! over UDP with headers of its own, and in the frames of serial lines that converters carry over UDP or TCP.

mod fields;
mod ip;
mod names;
mod rdb;
mod serial;
mod session;
#[cfg(test)]
mod tests;

use crate::held::Waiting;
use fields::Body;
use names::service;
use rdb::{Answer, Request};
use serial::{Fault, Frame};
use session::{Session, kept};
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "bsap";
/// Of BSAP over UDP.
const PORT: u16 = 1234;
/// Of serial frames, as the public captures have them.
const PORT_SERIAL: u16 = 1235;
/// So many damaged frames in a row and the flow is given up.
const DAMAGE_MAX: u32 = 8;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "BSAP",
    standard: "Emerson D301401X012 (BSAP Communications Application Programmer's Reference, January 2013)",
    tcp: &[PORT_SERIAL],
    udp: &[PORT, PORT_SERIAL],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Bsap::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_check", "The check at the end of a frame does not hold."),
    kind("bad_frame", "Bytes that are no frame stand between frames, or a frame is too short for its header."),
    kind("bad_length", "A message's length does not fit its datagram."),
    kind("truncated_request", "A request does not hold the signals that it says."),
    kind("count_mismatch", "An answer holds another number of signals than was asked for."),
    kind("unknown_function", "A function that the manual does not assign."),
    kind("response_without_request", "An answer whose request nobody sent."),
];

/// One flow.
#[derive(Default)]
struct Bsap {
    session: Session,
    message: Vec<u8>,
    good: bool,
    damage: u32,
}

/// What is read of a message before its body.
enum Link<'a> {
    Ip(&'a ip::Header, ip::Part<'a>),
    Serial(&'a serial::Header, u16),
}

impl Link<'_> {
    /// What request and answer have in common.
    fn number(&self) -> u32 {
        match self {
            Self::Ip(_, part) => part.id,
            Self::Serial(header, _) => header.exchange.map_or(0, |exchange| exchange.sequence.into()),
        }
    }

    /// The node of the line that is asked; over UDP the device itself.
    fn node(&self) -> u16 {
        match self {
            Self::Ip(..) => 0,
            Self::Serial(header, _) => header.route.map_or(header.address.into(), |route| route.to),
        }
    }

    /// The service and node status that an answer itself says: over UDP none.
    fn told(&self) -> Option<(u8, u8)> {
        match self {
            Self::Ip(..) => None,
            Self::Serial(header, _) => header.exchange.map(|exchange| (header.service().0, exchange.status)),
        }
    }

    fn write(&self, m: &mut wf_wire::MessageWriter<'_>) {
        match self {
            Self::Ip(header, part) => fields::ip(m, header, Some(part)),
            Self::Serial(header, check) => fields::serial(m, header, *check),
        }
    }
}

fn complain(ctx: &Context<'_>, kind: &'static str, detail: String, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Bsap {
    /// A datagram with its own header; `false`: it is none.
    fn ip(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut r = Reader::new(bytes);
        let Some(header) = ip::Header::read(&mut r) else { return false };
        if !self.good && ip::is_whole(bytes).is_none() {
            return false;
        }
        self.good = true;
        if header.kind == ip::Kind::Acknowledge
            && let Some(mut m) = out.message(ctx, NAME)
        {
            fields::ip(&mut m, &header, None);
        }
        for at in 0..header.count {
            let Ok(part) = ip::Part::read(&mut r) else {
                complain(ctx, "bad_length", format!("message {} of {}", at + 1, header.count), out);
                break;
            };
            let link = Link::Ip(&header, part);
            if header.kind == ip::Kind::Answer {
                self.answer(ctx, &link, part.body, out);
            } else if let [service, status, body @ ..] = part.body {
                self.request(ctx, &link, (*service, *status), body, out);
            } else {
                complain(ctx, "bad_length", format!("message {} of {}", at + 1, header.count), out);
            }
        }
        self.session.expire(ctx, out);
        true
    }

    /// A frame whose check holds.
    fn serial(&mut self, ctx: &Context<'_>, check: u16, message: &[u8], out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        let mut r = Reader::new(message);
        let Some(header) = serial::Header::read(&mut r) else {
            return complain(ctx, "bad_frame", format!("{} bytes", message.len()), out);
        };
        let link = Link::Serial(&header, check);
        match (header.exchange, header.service()) {
            (None, (service, _)) => {
                if let Some(mut m) = out.message(ctx, NAME) {
                    link.write(&mut m);
                    fields::body(&mut m, Some(service), None, false, self.session.known(0), &Body::Other(r.rest()));
                }
            }
            (Some(_), (_, true)) => self.answer(ctx, &link, r.rest(), out),
            (Some(exchange), (service, false)) => self.request(ctx, &link, (service, exchange.status), r.rest(), out),
        }
        self.session.expire(ctx, out);
    }

    fn request(&mut self, ctx: &Context<'_>, link: &Link<'_>, (service, status): (u8, u8), body: &[u8], out: &mut dyn Sink) {
        let request = Request::read(body).filter(|_| service == service::RDB);
        let extension = Reader::new(body).u16_le().ok().filter(|_| service == service::RDB_EXTENSION);
        if let Some(mut m) = out.message(ctx, NAME) {
            link.write(&mut m);
            let body = match (&request, extension) {
                (Some(request), _) => Body::Request(request),
                (None, Some(function)) => Body::Extension(function, body.get(2..).unwrap_or(&[])),
                (None, None) => Body::Other(body),
            };
            fields::body(&mut m, Some(service), Some(status), false, self.session.known(link.node()), &body);
        }
        if let Some(request) = request.filter(|request| request.short) {
            let name = names::rdb(request.function).map_or("", |(name, _)| name);
            complain(ctx, "truncated_request", name.into(), out);
        }
        let unknown = match request_function(service, body) {
            Some(function) if service == service::RDB => names::rdb(function).is_none().then_some(function),
            _ => names::application(service).is_none().then_some(service),
        };
        if let Some(function) = unknown {
            complain(ctx, "unknown_function", format!("{function:#04x}"), out);
        }
        self.session.request(ctx, (link.number(), link.node()), (service, body), out);
    }

    fn answer(&mut self, ctx: &Context<'_>, link: &Link<'_>, body: &[u8], out: &mut dyn Sink) {
        let waiting = self.session.close(ctx, link.number(), out);
        self.answered(ctx, link, waiting.as_ref(), body, out);
        if let Some(waiting) = waiting {
            self.session.give_back(waiting);
        }
    }

    fn answered(&mut self, ctx: &Context<'_>, link: &Link<'_>, waiting: Option<&Waiting>, body: &[u8], out: &mut dyn Sink) {
        let told = link.told();
        let asked = waiting.and_then(kept).filter(|(_, service, _)| told.is_none_or(|(from, _)| from == *service));
        let node = asked.map_or(0, |(node, ..)| node);
        let service = asked.map(|(_, service, _)| service).or(told.map(|(service, _)| service));
        let request = asked.filter(|(_, service, _)| *service == service::RDB).and_then(|(.., body)| Request::read(body));
        let answer = Answer::read(body, request.as_ref()).filter(|_| service.is_none_or(|service| service == service::RDB));
        if let (Some(request), Some(answer)) = (&request, &answer) {
            self.session.learn(node, request, answer, out);
            let (asked, held) = (request.items.len(), usize::from(answer.count.unwrap_or(0)));
            if asked > 0 && answer.status == 0 && !request.writes() && asked != held {
                complain(ctx, "count_mismatch", format!("{held} of {asked}"), out);
            }
        }
        if let Some(mut m) = out.message(ctx, NAME) {
            link.write(&mut m);
            let body = match &answer {
                Some(answer) => Body::Answer(request.as_ref(), answer),
                None => Body::Other(body),
            };
            fields::body(&mut m, service, told.map(|(_, status)| status), true, self.session.known(node), &body);
        }
        if let Some(waiting) = waiting {
            self.session.answered(ctx, waiting, answer.as_ref(), out);
        }
    }

    fn damaged(&mut self, ctx: &Context<'_>, kind: &'static str, out: &mut dyn Sink) -> Step {
        self.damage += 1;
        complain(ctx, kind, String::new(), out);
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }
}

fn request_function(service: u8, body: &[u8]) -> Option<u8> {
    body.first().copied().filter(|_| service == service::RDB)
}

impl Decoder for Bsap {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let mut message = std::mem::take(&mut self.message);
        let step = match Frame::read(bytes, &mut message) {
            Err(Fault::Short) => Step::Need(bytes.len() + 1),
            Ok(frame) if frame.checked => {
                self.serial(ctx, frame.check, &message, out);
                Step::Consumed(frame.len)
            }
            _ if !self.good => Step::NotMine,
            Ok(_) => self.damaged(ctx, "bad_check", out),
            Err(Fault::Bad) => self.damaged(ctx, "bad_frame", out),
        };
        self.message = message;
        step
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if !bytes.starts_with(&serial::START) {
            return self.ip(ctx, bytes, out);
        }
        let mut message = std::mem::take(&mut self.message);
        let read = Frame::read(bytes, &mut message);
        let mine = match read {
            Ok(frame) if frame.checked => {
                self.serial(ctx, frame.check, &message, out);
                true
            }
            _ if !self.good => false,
            Ok(_) => self.damaged(ctx, "bad_check", out) == Step::Resync,
            Err(_) => self.damaged(ctx, "bad_frame", out) == Step::Resync,
        };
        self.message = message;
        mine
    }

    fn gap(&mut self, _: Direction, _: u64) {
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        let mut message = Vec::new();
        (0..bytes.len()).find(|at| match Frame::read(bytes.get(*at..).unwrap_or(&[]), &mut message) {
            Ok(frame) => frame.checked,
            Err(fault) => fault == Fault::Short,
        })
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    if serial::START.starts_with(probe.bytes) || probe.bytes.starts_with(&serial::START) {
        let mut message = Vec::new();
        return match Frame::read(probe.bytes, &mut message) {
            Err(Fault::Short) if probe.transport == Transport::Tcp => Verdict::More,
            Ok(frame) if frame.checked => match serial::Header::read(&mut Reader::new(&message)) {
                Some(header) if names::application(header.service().0).is_none() => Verdict::No,
                Some(header) if header.exchange.is_none() => Verdict::Sure,
                Some(header) if header.service().1 => Verdict::SureServer,
                Some(_) => Verdict::SureClient,
                None => Verdict::No,
            },
            _ => Verdict::No,
        };
    }
    let Some(header) = ip::is_whole(probe.bytes).filter(|_| probe.transport == Transport::Udp) else { return Verdict::No };
    let by_port = probe.src_port == PORT || probe.dst_port == PORT;
    match header.kind {
        ip::Kind::Request if by_port || asks_signals(probe.bytes) => Verdict::SureClient,
        ip::Kind::Answer if by_port => Verdict::SureServer,
        ip::Kind::Acknowledge if by_port => Verdict::Likely,
        _ => Verdict::No,
    }
}

/// Whether the first message of a datagram asks for signals of the remote data base by name, from end to end.
fn asks_signals(bytes: &[u8]) -> bool {
    let mut r = Reader::new(bytes);
    let part = ip::Header::read(&mut r).and_then(|_| ip::Part::read(&mut r).ok());
    part.is_some_and(|part| match part.body {
        [service::RDB, _, body @ ..] => Request::read(body).is_some_and(|request| request.is_whole()),
        _ => false,
    })
}
