//! OPC UA binary over TCP (OPC 10000-6, clauses 5.2, 6.7 and 7.1): connection, secure channel, and every service of
//! OPC 10000-4 with its parameters, as far as the channel leaves them readable.

mod certificate;
mod chunks;
mod connection;
mod identity;
mod items;
mod names;
mod operations;
mod points;
mod schema;
mod services;
mod status;
mod structs;
mod subscriptions;
#[cfg(test)]
mod tests;
mod transport;
mod value;
mod wire;

use crate::held::Held;
use chunks::Chunks;
use connection::begin;
use services::Service;
use std::borrow::Cow;
use structs::{REQUEST_HEADER, RESPONSE_HEADER};
use subscriptions::Subscriptions;
use transport::{CHUNK_MAX, HEADER, Header, Kind, Policy, Secured};
use wf_model::observation::Transport;
use wf_wire::decode::{
    Anomaly, AnomalyKind, Context, Decoder, Direction, Moment, Probe, ProtocolInfo, Sink, Step, Verdict, heavy,
};
use wf_wire::{MessageWriter, Reader};
use wire::{Fault, Text};

const NAME: &str = "opcua";
/// Open requests of one connection; clients keep some dozens of publish requests waiting.
const REQUESTS_MAX: usize = 128;
/// Bytes kept of a request to publish: which service it is. Nothing else of it is needed at the answer.
const PUBLISH_BYTES: usize = 7;
/// Bytes kept of one request.
const REQUEST_BYTES_MAX: usize = 64 << 10;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "OPC UA binary",
    standard: "OPC 10000-4 and OPC 10000-6, release 1.05 (IEC 62541-4 and -6)",
    tcp: &[4840, 4841, 48010, 48020, 49320, 26543],
    udp: &[],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, certificate::MESSAGE],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Flow::new()),
};

macro_rules! kinds {
    ($($name:literal: $meaning:literal),+ $(,)?) => { &[$(AnomalyKind { name: $name, meaning: $meaning }),+] };
}

const ANOMALIES: &[AnomalyKind] = kinds! {
    "message_header": "What should be a message header is none: unknown type, impossible size or chunk.",
    "chunk_too_long": "A chunk is longer than any peer negotiates; its end was not read.",
    "message_too_long": "A message in several chunks is longer than is kept; its end was not read.",
    "message_truncated": "A message ends within a field.",
    "impossible_length": "A string or array says more bytes or elements than the message has.",
    "nested_too_deep": "Values are nested deeper than the standard asks of any decoder.",
    "unknown_encoding": "A value has an encoding that does not exist.",
    "trailing_bytes": "A message goes on after its last field.",
    "unknown_service": "A message whose type is no service's.",
    "sequence_gap": "The number of a chunk does not follow that of the chunk before it.",
    "unknown_channel": "A message on another secure channel than the one that this connection opened.",
    "response_without_request": "An answer whose request nobody sent.",
    "service_mismatch": "An answer of another service than was asked for.",
    "result_count": "An answer holds another number of results than were asked for.",
    "certificate_malformed": "A certificate's structure does not parse.",
    "certificate_expired": "A certificate is used before or after the time for which it is valid.",
};

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Tcp {
        return Verdict::No;
    }
    let mut r = Reader::new(p.bytes);
    if p.bytes.len() < HEADER {
        let begun = ["HELF", "ACKF", "ERRF", "RHEF", "OPNF", "CLOF", "MSGF", "MSGC", "MSGA"];
        let more = begun.iter().any(|start| start.bytes().zip(p.bytes).all(|(a, b)| a == *b));
        return if more { Verdict::More } else { Verdict::No };
    }
    let Some(header) = Header::read(&mut r) else { return Verdict::No };
    // Longest URL that a hello may carry (OPC 10000-6, 7.1.2.3), and the numbers before it.
    let short = header.size <= 4096 + 32;
    match header.kind {
        Kind::Hello if short => Verdict::SureClient,
        Kind::Acknowledge if header.size == 28 => Verdict::SureServer,
        Kind::ReverseHello | Kind::Error if short => Verdict::SureServer,
        Kind::Open | Kind::Close | Kind::Message => probe_secured(&header, p.bytes, &mut r),
        _ => Verdict::No,
    }
}

fn probe_secured(header: &Header, bytes: &[u8], r: &mut Reader<'_>) -> Verdict {
    let more = if bytes.len() < header.size { Verdict::More } else { Verdict::No };
    let Ok(secured) = Secured::read(header.kind, r) else { return more };
    if secured.asymmetric.is_some_and(|a| !a.policy.starts_with(b"http://opcfoundation.org/UA/SecurityPolicy#")) {
        return Verdict::No;
    }
    if transport::is_readable(secured.body) {
        return match transport::number_at_front(secured.body).and_then(services::find) {
            Some((_, true)) => Verdict::SureClient,
            _ => Verdict::SureServer,
        };
    }
    match header.kind {
        Kind::Open => Verdict::Sure,
        _ if secured.body.len() < 4 && more == Verdict::More => Verdict::More,
        _ => Verdict::Likely,
    }
}

/// What is known of the secure channel of a connection.
#[derive(Debug, Default)]
struct Channel {
    id: Option<u32>,
    policy: Policy,
    policy_name: String,
    /// A body was read: what follows on this channel can be, too.
    readable: bool,
    /// Number of the last chunk, by direction.
    sequence: [Option<u32>; 2],
    certificates: certificate::Told,
    /// When the client asked for a channel by an encrypted message that waits for its answer.
    opening: Option<Moment>,
}

/// What is remembered of one connection.
#[derive(Debug)]
struct Flow {
    confirmed: bool,
    hello: Option<(Moment, String)>,
    channel: Channel,
    chunks: [Chunks; 2],
    requests: Held<(Direction, u32)>,
    /// Those to publish wait for a change, however long that takes.
    publishing: Held<(Direction, u32)>,
    subscriptions: Subscriptions,
    /// A request was seen since the last hole.
    requests_seen: bool,
    /// A request was seen with its answer since the last hole: from here on every answer should have one.
    in_step: bool,
    /// Bytes were missing.
    gapped: bool,
    /// Where targets are put into words: those of requests, and of the elements of their values.
    named: String,
    scratch: String,
}

impl Flow {
    /// Bytes that it holds.
    fn held(&self) -> usize {
        let chunks: usize = self.chunks.iter().map(Chunks::weight).sum();
        chunks + self.requests.weight() + self.publishing.weight() + self.subscriptions.weight()
    }

    fn new() -> Self {
        Self {
            confirmed: false,
            hello: None,
            channel: Channel::default(),
            chunks: Default::default(),
            requests: Held::with_bytes(REQUESTS_MAX, REQUEST_BYTES_MAX),
            publishing: Held::with_bytes(REQUESTS_MAX, PUBLISH_BYTES),
            subscriptions: Subscriptions::default(),
            requests_seen: false,
            in_step: false,
            gapped: false,
            named: String::new(),
            scratch: String::new(),
        }
    }

    /// A chunk on a secure channel.
    fn secured(
        &mut self,
        ctx: &Context<'_>,
        header: &Header,
        body: &[u8],
        behind: &[u8],
        out: &mut dyn Sink,
    ) -> wire::Result<()> {
        let mut secured = Secured::read(header.kind, &mut Reader::new(body))?;
        self.enter(ctx, &secured, out);
        let readable = self.is_readable(ctx, &secured);
        if readable {
            self.follow(ctx, &secured, out);
            if let Policy::Protects(signature) = self.channel.policy {
                secured.body = secured.body.get(..secured.body.len().saturating_sub(signature)).unwrap_or_default();
            }
        }
        // Only messages of services come in several chunks (6.7.2.2).
        match if header.kind == Kind::Message { header.chunk } else { b'F' } {
            chunk if !readable => self.hidden(ctx, header, &secured, chunk, out),
            b'C' => self.part(ctx, header, &secured, behind, out),
            b'A' => self.aborted(ctx, header, &secured, out),
            _ => self.last(ctx, header, &secured, out),
        }
        if let Some(asymmetric) = secured.asymmetric {
            if ctx.direction == Direction::ToClient {
                self.opened(ctx, "ok", out);
            }
            self.channel.certificates.tell(ctx, asymmetric.certificate, out);
        }
        Ok(())
    }

    /// A chunk of which nothing can be read. What stands at the places of numbers is given as such, and said to be no number.
    fn hidden(&mut self, ctx: &Context<'_>, header: &Header, secured: &Secured<'_>, chunk: u8, out: &mut dyn Sink) {
        if let Some(mut m) = out.message(ctx, NAME) {
            let number = if chunk == b'F' { transport::number_at_front(secured.body) } else { None };
            begin(&mut m, header, Some(secured), number);
            m.flag("encrypted", true);
        }
        if header.kind == Kind::Open && ctx.direction == Direction::ToServer {
            self.channel.opening = Some(ctx.now);
        }
    }

    /// A chunk that is not the last one of its message. It names the service where the last one came in the same frame.
    fn part(&mut self, ctx: &Context<'_>, header: &Header, secured: &Secured<'_>, behind: &[u8], out: &mut dyn Sink) {
        let Some(chunks) = self.chunks.get_mut(ctx.direction.index()) else { return };
        if let Some(mut m) = out.message(ctx, NAME) {
            let ends = transport::ends_within(behind, secured.request);
            let front = chunks.begun(secured.request).unwrap_or(secured.body);
            begin(&mut m, header, Some(secured), if ends { transport::number_at_front(front) } else { None });
        }
        let fallen = chunks.push(secured.request, secured.body);
        if fallen > 0 {
            out.evicted(fallen);
        }
    }

    /// Takes note of which channel this is, and of its policy.
    fn enter(&mut self, ctx: &Context<'_>, secured: &Secured<'_>, out: &mut dyn Sink) {
        let channel = &mut self.channel;
        if let Some(asymmetric) = secured.asymmetric {
            let policy = Policy::of(asymmetric.policy);
            if policy != channel.policy {
                (channel.policy, channel.readable) = (policy, false);
            }
            channel.policy_name = operations::policy_words(asymmetric.policy);
            if secured.channel != 0 && ctx.direction == Direction::ToClient {
                channel.id = Some(secured.channel);
            }
            return;
        }
        match channel.id {
            Some(id) if id != secured.channel => {
                breach(ctx, "unknown_channel", &format!("{} instead of {id}", secured.channel), out);
            }
            Some(_) => {}
            None => channel.id = Some(secured.channel),
        }
    }

    /// Whether a body is to be read: nothing is encrypted without a policy; with one, what is signed alone looks like
    /// a message (the mode itself is said in an encrypted one).
    fn is_readable(&mut self, ctx: &Context<'_>, secured: &Secured<'_>) -> bool {
        match self.channel.policy {
            Policy::None => true,
            _ if secured.asymmetric.is_some() => false,
            _ if self.channel.readable => true,
            _ => {
                let begun = self.chunks.get(ctx.direction.index()).is_some_and(|chunks| chunks.has(secured.request));
                self.channel.readable = begun || transport::is_readable(secured.body);
                self.channel.readable
            }
        }
    }

    /// Whether the number of a chunk follows the one before (OPC 10000-6, 6.7.2.4: by one, or from the highest 1,024 numbers
    /// to one below 1,024).
    fn follow(&mut self, ctx: &Context<'_>, secured: &Secured<'_>, out: &mut dyn Sink) {
        let Some(last) = self.channel.sequence.get_mut(ctx.direction.index()) else { return };
        let now = secured.sequence;
        if let Some(before) = last.replace(now)
            && before.wrapping_add(1) != now
            && !(before >= u32::MAX - 1024 && now < 1024)
            && !ctx.after_gap
        {
            breach(ctx, "sequence_gap", &format!("{now} after {before}"), out);
        }
    }

    /// The last chunk of a message, or the only one.
    fn last(&mut self, ctx: &Context<'_>, header: &Header, secured: &Secured<'_>, out: &mut dyn Sink) {
        let chunks = self.chunks.get_mut(ctx.direction.index());
        let whole = chunks.and_then(|chunks| chunks.finish(secured.request, secured.body));
        let cut = header.size > CHUNK_MAX || whole.as_ref().is_some_and(|whole| whole.cut);
        if whole.as_ref().is_some_and(|whole| whole.cut) {
            breach(ctx, "message_too_long", "", out);
        }
        let body = whole.as_ref().map_or(secured.body, |whole| &whole.bytes);
        let mut r = Reader::new(body);
        let (number, known) = match transport::body_type(&mut r) {
            Ok((node, number)) => (number, node.standard()),
            Err(_) => (None, None),
        };
        let found = known.and_then(services::find);
        let fault = match out.message(ctx, NAME) {
            Some(mut m) => {
                begin(&mut m, header, Some(secured), number);
                let done = parameters(found, known, &mut r, Some(&mut m));
                if let (Some((Service { request: services::PUBLISH, .. }, false)), Ok((_, _, params))) =
                    (found, operations::open(body, false))
                {
                    // As far as it goes: what is wrong with it has been found above.
                    let _ = self.subscriptions.write_nodes(&mut m, params);
                }
                done
            }
            None => parameters(found, known, &mut r, None),
        };
        match fault {
            Err(_) if cut => {}
            Err(fault) => breach(ctx, fault_name(fault), found.map_or("service_fault", |(service, _)| service.name), out),
            Ok(()) if found.is_none() && known != Some(services::FAULT) => {
                breach(ctx, "unknown_service", &number.map_or_else(String::new, |number| number.to_string()), out);
            }
            Ok(()) if !r.is_empty() && self.channel.policy == Policy::None => {
                breach(ctx, "trailing_bytes", &format!("{} bytes", r.left()), out);
            }
            Ok(()) => {}
        }
        match found {
            Some((service, true)) => self.request(ctx, secured.request, service, body, out),
            Some((service, false)) => self.answer(ctx, secured.request, Some(service), body, out),
            None if known == Some(services::FAULT) => self.answer(ctx, secured.request, None, body, out),
            None => {}
        }
    }

    /// The sender gives a message up (OPC 10000-6, 6.7.3).
    fn aborted(&mut self, ctx: &Context<'_>, header: &Header, secured: &Secured<'_>, out: &mut dyn Sink) {
        let mut r = Reader::new(secured.body);
        let code = r.u32_le().unwrap_or(0);
        if let Some(mut m) = out.message(ctx, NAME) {
            begin(&mut m, header, Some(secured), None);
            m.text("error", status::name(code)).show("reason", Text(wire::string(&mut r).unwrap_or_default()));
        }
        if let Some(chunks) = self.chunks.get_mut(ctx.direction.index()) {
            chunks.abort(secured.request);
        }
        let actor = ctx.direction.reverse();
        if let Some(waiting) = self.close((actor, secured.request)) {
            self.unanswered(ctx, actor, &waiting, status::outcome(code), out);
            self.requests.give_back(waiting);
        }
    }
}

/// Reads what follows the type of a message, and writes it where there is a writer.
fn parameters(
    found: Option<(&'static Service, bool)>,
    known: Option<u32>,
    r: &mut Reader<'_>,
    mut m: Option<&mut MessageWriter<'_>>,
) -> wire::Result<()> {
    let (name, response, header, fields) = match found {
        Some((service, true)) => (service.name, false, REQUEST_HEADER, service.asks),
        Some((service, false)) => (service.name, true, RESPONSE_HEADER, service.answers),
        None if known == Some(services::FAULT) => ("service_fault", true, RESPONSE_HEADER, &[][..]),
        None => return Ok(()),
    };
    if let Some(m) = m.as_deref_mut() {
        m.text("service_name", name).flag("response", response);
    }
    schema::walk(header, r, m.as_deref_mut(), 0)?;
    schema::walk(fields, r, m, 0)
}

const fn fault_name(fault: Fault) -> &'static str {
    match fault {
        Fault::Short => "message_truncated",
        Fault::Length => "impossible_length",
        Fault::Depth => "nested_too_deep",
        Fault::Encoding => "unknown_encoding",
    }
}

fn breach(ctx: &Context<'_>, kind: &'static str, detail: &str, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: Cow::Borrowed(detail) });
}

impl Decoder for Flow {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if bytes.len() < HEADER {
            return Step::Need(HEADER);
        }
        let Some(header) = Header::read(&mut Reader::new(bytes)) else {
            if !self.confirmed {
                return Step::NotMine;
            }
            breach(ctx, "message_header", &bytes.get(..HEADER).unwrap_or_default().escape_ascii().to_string(), out);
            return Step::Resync;
        };
        let shown = header.size.min(CHUNK_MAX);
        let Some(body) = bytes.get(HEADER..shown) else { return Step::Need(shown) };
        self.confirmed = true;
        if header.size > CHUNK_MAX {
            breach(ctx, "chunk_too_long", &format!("{} bytes", header.size), out);
        }
        let done = match header.kind {
            Kind::Hello | Kind::Acknowledge | Kind::Error | Kind::ReverseHello => self.plain(ctx, &header, body, out),
            Kind::Open | Kind::Close | Kind::Message => {
                self.secured(ctx, &header, body, bytes.get(header.size..).unwrap_or_default(), out)
            }
        };
        if let Err(fault) = done {
            if let Some(mut m) = out.message(ctx, NAME) {
                begin(&mut m, &header, None, None);
            }
            breach(ctx, fault_name(fault), header.kind.letters(), out);
        }
        while let Some(((actor, _), late)) = self.requests.overdue(ctx.now) {
            self.unanswered(ctx, actor, &late, late.missing(), out);
            self.requests.give_back(late);
        }
        Step::Consumed(header.size)
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let header = Header::read(&mut Reader::new(bytes))?;
        let body = bytes.get(HEADER..).unwrap_or_default();
        let done = match header.kind {
            Kind::Open | Kind::Close | Kind::Message => self.secured(ctx, &header, body, &[], out),
            _ => self.plain(ctx, &header, body, out),
        };
        if done.is_err()
            && let Some(mut m) = out.message(ctx, NAME)
        {
            begin(&mut m, &header, None, None);
        }
        Some(header.size)
    }

    fn gap(&mut self, direction: Direction, _len: u64) {
        let at = direction.index();
        if let (Some(chunks), Some(sequence)) = (self.chunks.get_mut(at), self.channel.sequence.get_mut(at)) {
            chunks.clear();
            *sequence = None;
        }
        (self.requests_seen, self.in_step, self.gapped) = (false, false, true);
        self.requests.lose();
    }

    fn resync(&mut self, _direction: Direction, bytes: &[u8]) -> Option<usize> {
        transport::next(bytes)
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.greeted(ctx, "unanswered", out);
        self.opened(ctx, "unanswered", out);
        self.abandon(ctx, None, out);
    }

    fn weight(&self) -> usize {
        heavy(Flow::held(self))
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self { channel: std::mem::take(&mut self.channel), confirmed: true, ..Self::new() }))
    }
}
