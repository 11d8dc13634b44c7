//! S7comm-plus: the protocol of SIMATIC S7-1200 and S7-1500, of TIA Portal and of WinCC, over COTP on TCP 102.
//!
//! Siemens publishes no specification; the layout is what the field agrees on, and captures bear it out. S7comm (0x32) and
//! MMS use the same port and are other protocols.

mod address;
mod fields;
mod identity;
mod names;
mod object;
mod pdu;
mod tell;
#[cfg(test)]
mod tests;
mod value;
mod vlq;

use crate::cotp::{self, Assembly, Connect, Push, Tpdu, Tpkt};
use crate::held::{Held, Waiting};
use address::Item;
use names::{function, opcode};
use pdu::{Frame, PROTOCOL_ID, Part, Pdu};
use std::borrow::Cow;
use tell::Asked;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict, heavy};

const NAME: &str = "s7comm_plus";
/// Open requests of one flow.
const REQUESTS_MAX: usize = 32;
/// Bytes of one COTP message put together from several data units.
const FRAME_MAX: usize = 64 * 1024;
/// Bytes of one message put together from several frames; what is longer is read as far as this.
const MESSAGE_MAX: usize = 128 * 1024;
/// Subscriptions whose addresses are remembered.
const SUBSCRIPTIONS_MAX: usize = 8;
/// Objects (sessions, subscriptions) that are remembered as the client's own.
const OWN_MAX: usize = 32;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "S7comm-plus",
    standard: "Siemens S7 communication plus (unpublished) over RFC 1006 and ISO 8073 class 0",
    tcp: &[102],
    udp: &[],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, cotp::NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Flow::default()),
};

macro_rules! kinds {
    ($($name:literal: $meaning:literal),+ $(,)?) => { &[$(AnomalyKind { name: $name, meaning: $meaning }),+] };
}

const ANOMALIES: &[AnomalyKind] = kinds! {
    "tpkt_header": "A TPKT header is damaged: wrong version or impossible length.",
    "cotp_header": "A COTP header does not fit into its TPKT.",
    "foreign_payload": "A COTP data unit on an S7comm-plus connection does not begin with the protocol identifier.",
    "message_too_long": "A message in several COTP data units is longer than any device sends.",
    "header_truncated": "A message is shorter than its header.",
    "length_mismatch": "The length in a frame's header disagrees with the bytes that are there.",
    "no_digest": "A frame of version 3 does not begin with its digest.",
    "unknown_version": "A frame of a version that does not exist.",
    "unknown_opcode": "A message is neither request, response nor notification.",
    "unknown_function": "A function code that does not exist.",
    "body_truncated": "Addresses, values or objects of a message do not fit into it.",
    "response_without_request": "An answer whose request nobody sent.",
};

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Tcp {
        return Verdict::No;
    }
    let front = match cotp::front(p.bytes) {
        None => return Verdict::More,
        Some(Err(())) => return Verdict::No,
        Some(Ok(front)) => front,
    };
    let payload = front.payload.as_ref();
    if front.is_scant() && payload.starts_with(&[PROTOCOL_ID]) {
        return Verdict::More;
    }
    let [PROTOCOL_ID, version, ..] = payload else { return Verdict::No };
    match (version, pdu::frame(payload)) {
        (1..=3, Ok(Frame::Part(part))) => match Pdu::parse(part.data) {
            Ok(pdu) if names::named(pdu.function).0 != "unknown_function" => match pdu.opcode {
                opcode::REQUEST => Verdict::SureClient,
                opcode::RESPONSE | opcode::RESPONSE_2 => Verdict::SureServer,
                _ => Verdict::Likely,
            },
            Ok(pdu) if pdu.opcode == opcode::NOTIFICATION => Verdict::SureServer,
            // The capture begins within a message of several frames.
            _ => Verdict::Likely,
        },
        (0xfe | 0xff, Ok(_)) => Verdict::Likely,
        _ => Verdict::No,
    }
}

/// One direction of a connection.
#[derive(Debug)]
struct Way {
    cotp: Assembly,
    /// Data of the frames so far of a message in several.
    frames: Vec<u8>,
    count: u32,
    /// The message goes on behind what was kept.
    cut: bool,
}

impl Default for Way {
    fn default() -> Self {
        Self { cotp: Assembly::new(FRAME_MAX), frames: Vec::new(), count: 0, cut: false }
    }
}

impl Way {
    fn clear(&mut self) {
        self.cotp.clear();
        (self.frames, self.count, self.cut) = (Vec::new(), 0, false);
    }
}

/// How a message came.
#[derive(Clone, Copy, Debug, Default)]
struct Manner {
    version: u8,
    digest: bool,
    /// Frames that it came in.
    frames: u32,
    /// It is longer than what was kept of it.
    cut: bool,
}

/// What is remembered of one connection.
#[derive(Debug)]
struct Flow {
    requests: Held<(Direction, u16, u16)>,
    ways: [Way; 2],
    subscriptions: Vec<(u32, Vec<(u32, Item)>)>,
    own: Vec<u32>,
    confirmed: bool,
    role_told: bool,
    /// Encryption was agreed on: what follows is TLS.
    encrypted: bool,
    /// Requests and answers were seen from the start: each answer should have its request.
    in_step: bool,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            requests: Held::new(REQUESTS_MAX),
            ways: [Way::default(), Way::default()],
            subscriptions: Vec::new(),
            own: Vec::new(),
            confirmed: false,
            role_told: false,
            encrypted: false,
            in_step: false,
        }
    }
}

impl Flow {
    /// Bytes that it holds.
    fn held(&self) -> usize {
        let ways: usize = self.ways.iter().map(|way| way.cotp.weight() + way.frames.capacity()).sum();
        let items: usize = self.subscriptions.iter().map(|(_, items)| items.capacity()).sum();
        self.requests.weight() + ways + items * size_of::<(u32, Item)>()
    }

    /// One COTP data unit. `None`: another protocol.
    fn data(&mut self, ctx: &Context<'_>, payload: &[u8], last: bool, out: &mut dyn Sink) -> Option<()> {
        let way = self.ways.get_mut(ctx.direction.index())?;
        let mut cotp = std::mem::replace(&mut way.cotp, Assembly::new(FRAME_MAX));
        let mine = match cotp.push(payload, last) {
            Push::Whole([]) | Push::More => Some(()),
            Push::Whole(message) => self.frame(ctx, message, out),
            Push::Overflow => {
                breach(ctx, "message_too_long", "", out);
                Some(())
            }
        };
        self.ways.get_mut(ctx.direction.index())?.cotp = cotp;
        mine
    }

    fn frame(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Option<()> {
        let [PROTOCOL_ID, version, ..] = *bytes else {
            if self.confirmed {
                breach(ctx, "foreign_payload", "", out);
            }
            return self.confirmed.then_some(());
        };
        if !matches!(version, 1..=3 | 0xfe | 0xff) {
            if self.confirmed {
                breach(ctx, "unknown_version", &version.to_string(), out);
            }
            return self.confirmed.then_some(());
        }
        self.confirmed = true;
        match pdu::frame(bytes) {
            Ok(Frame::Part(part)) => self.part(ctx, &part, out),
            Ok(other) => {
                if let Some(mut m) = out.message(ctx, NAME) {
                    fields::other(&mut m, version, &other);
                }
            }
            Err(_) => breach(ctx, "header_truncated", "", out),
        }
        Some(())
    }

    fn part(&mut self, ctx: &Context<'_>, part: &Part<'_>, out: &mut dyn Sink) {
        if let Some(fault) = part.fault {
            breach(ctx, fault, "", out);
        }
        let Some(way) = self.ways.get_mut(ctx.direction.index()) else { return };
        let manner = Manner { version: part.version, digest: part.digest, frames: way.count + 1, cut: way.cut };
        if part.last && way.count == 0 {
            return self.message(ctx, part.data, manner, out);
        }
        let room = MESSAGE_MAX.saturating_sub(way.frames.len());
        way.frames.extend_from_slice(part.data.get(..room).unwrap_or(part.data));
        way.cut |= part.data.len() > room;
        way.count = way.count.saturating_add(1);
        if part.last {
            let whole = std::mem::take(&mut way.frames);
            let cut = std::mem::take(&mut way.cut);
            way.count = 0;
            self.message(ctx, &whole, Manner { cut, ..manner }, out);
        }
    }

    fn message(&mut self, ctx: &Context<'_>, bytes: &[u8], manner: Manner, out: &mut dyn Sink) {
        let Ok(pdu) = Pdu::parse(bytes) else {
            return breach(ctx, "header_truncated", "", out);
        };
        let asked =
            pdu.is_response().then(|| self.requests.close(&(ctx.direction.reverse(), pdu.sequence, pdu.function))).flatten();
        let request = asked.as_ref().and_then(|waiting| Pdu::parse(&waiting.bytes).ok());
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write(&mut m, &pdu, manner, request.as_ref());
        }
        match pdu.opcode {
            opcode::REQUEST => self.request(ctx, bytes, &pdu, manner, out),
            opcode::RESPONSE | opcode::RESPONSE_2 => match (&asked, request) {
                (Some(waiting), Some(request)) => {
                    self.in_step = true;
                    let asked = Asked { at: waiting.at, actor: ctx.direction.reverse(), pdu: request };
                    self.answered(ctx, &asked, &pdu, manner, out);
                }
                _ if self.in_step => breach(ctx, "response_without_request", &pdu.sequence.to_string(), out),
                _ => {}
            },
            opcode::NOTIFICATION => tell::notified(self, ctx, &pdu, out),
            other => breach(ctx, "unknown_opcode", &format!("0x{other:02x}"), out),
        }
        if let Some(waiting) = asked {
            self.requests.give_back(waiting);
        }
    }

    fn request(&mut self, ctx: &Context<'_>, bytes: &[u8], pdu: &Pdu<'_>, manner: Manner, out: &mut dyn Sink) {
        if names::named(pdu.function).0 == "unknown_function" {
            breach(ctx, "unknown_function", &format!("0x{:04x}", pdu.function), out);
        }
        if !manner.cut && tell::is_truncated(pdu) {
            breach(ctx, "body_truncated", names::named(pdu.function).0, out);
        }
        identity::client(ctx, pdu, out);
        tell::secrets(ctx, pdu, out);
        let key = (ctx.direction, pdu.sequence, pdu.function);
        while let Some((key, late)) = self.requests.overdue(ctx.now) {
            self.unanswered(ctx, key.0, &late, out);
            self.requests.give_back(late);
        }
        if let Some((key, fallen)) = self.requests.open(key, ctx.now, bytes, out) {
            self.unanswered(ctx, key.0, &fallen, out);
            self.requests.give_back(fallen);
        }
    }

    fn answered(&mut self, ctx: &Context<'_>, asked: &Asked<'_>, pdu: &Pdu<'_>, manner: Manner, out: &mut dyn Sink) {
        if pdu.result().is_none() && !manner.cut {
            breach(ctx, "body_truncated", names::named(pdu.function).0, out);
        }
        if !std::mem::replace(&mut self.role_told, true) && ctx.direction == Direction::ToClient {
            identity::role(ctx, "controller", 70, out);
        }
        identity::server(ctx, pdu, out);
        tell::answered(self, ctx, asked, Some(pdu), out);
        if pdu.function == function::INIT_SSL && pdu.result().is_some_and(|result| names::code(result) >= 0) {
            self.encrypted = true;
        }
    }

    fn unanswered(&mut self, ctx: &Context<'_>, actor: Direction, waiting: &Waiting, out: &mut dyn Sink) {
        if let Ok(pdu) = Pdu::parse(&waiting.bytes) {
            tell::answered(self, ctx, &Asked { at: waiting.at, actor, pdu }, None, out);
        }
    }

    /// Remembers objects that the client made for itself: a session and what it holds, a subscription.
    fn made(&mut self, ids: &[u32], references: Vec<(u32, Item)>, out: &mut dyn Sink) {
        for id in ids.iter().take(OWN_MAX) {
            if self.own.len() >= OWN_MAX {
                self.own.remove(0);
                out.evicted(1);
            }
            self.own.push(*id);
        }
        let Some(id) = ids.first().filter(|_| !references.is_empty()) else { return };
        if self.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            self.subscriptions.remove(0);
            out.evicted(1);
        }
        self.subscriptions.push((*id, references));
    }
}

/// What the names of a connect request say: the called one names the role of the caller.
fn connect(ctx: &Context<'_>, request: &Connect<'_>, out: &mut dyn Sink) {
    match request.called {
        b"SIMATIC-ROOT-ES" | b"SIMATIC-ROOT-PG" => identity::role(ctx, "engineering_station", 60, out),
        b"SIMATIC-ROOT-HMI" => identity::role(ctx, "hmi", 40, out),
        _ => {}
    }
}

fn breach(ctx: &Context<'_>, kind: &'static str, detail: &str, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: Cow::Borrowed(detail) });
}

impl Decoder for Flow {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let (len, body) = match cotp::tpkt(bytes) {
            Tpkt::Whole { len, tpdu } => (len, tpdu),
            Tpkt::Need(count) => return Step::Need(count),
            Tpkt::Bad if self.confirmed => {
                breach(ctx, "tpkt_header", "", out);
                return Step::Resync;
            }
            Tpkt::Bad => return Step::NotMine,
        };
        cotp::tell(ctx, body, out);
        match cotp::tpdu(body) {
            Ok(Tpdu::Data { payload: [0x14..=0x17, 3, ..], .. }) if self.encrypted => return Step::Done,
            Ok(Tpdu::Data { last, payload }) => {
                if self.data(ctx, payload, last, out).is_none() {
                    return Step::NotMine;
                }
            }
            Ok(Tpdu::ConnectRequest(request)) => connect(ctx, &request, out),
            Ok(_) => {}
            Err(_) => breach(ctx, "cotp_header", "", out),
        }
        Step::Consumed(len)
    }

    fn gap(&mut self, direction: Direction, _len: u64) {
        self.in_step = false;
        if let Some(way) = self.ways.get_mut(direction.index()) {
            way.clear();
        }
    }

    fn resync(&mut self, _direction: Direction, bytes: &[u8]) -> Option<usize> {
        cotp::next_tpkt(bytes)
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let open: Vec<_> = self.requests.drain().collect();
        for ((actor, ..), waiting) in open {
            self.unanswered(ctx, actor, &waiting, out);
        }
    }

    fn weight(&self) -> usize {
        heavy(Flow::held(self))
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        let (confirmed, role_told, encrypted) = (self.confirmed, self.role_told, self.encrypted);
        Some(Box::new(Self { confirmed, role_told, encrypted, ..Self::default() }))
    }
}
