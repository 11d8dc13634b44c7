//! S7comm: the protocol of SIMATIC S7-300, S7-400 and of compatible access to S7-1200 and S7-1500, over COTP on TCP 102.
//!
//! Siemens publishes no specification; names of codes follow the manuals of the S7 system functions and what the field
//! agrees on. S7comm-plus (0x72) and MMS use the same port and are other protocols.

mod address;
mod block;
mod job;
mod names;
mod parts;
mod pdu;
mod programmer;
mod szl;
#[cfg(test)]
mod tests;
mod transfer;
mod userdata;
mod value;

use crate::cotp::{self, Assembly, Connect, Push, Tpdu, Tpkt};
use crate::held::{Held, Waiting};
use job::Asked;
use pdu::{Kind, PROTOCOL_ID, Pdu, Userdata, group, rosctr};
use std::borrow::Cow;
use userdata::Body;
use wf_model::{Attribute, observation::Transport};
use wf_wire::MessageWriter;
use wf_wire::decode::{
    About, Anomaly, AnomalyKind, Context, Decoder, Direction, Evidence, Probe, ProtocolInfo, Sink, Step, Verdict, heavy,
};

const NAME: &str = "s7comm";
/// Open requests of one flow.
const REQUESTS_MAX: usize = 32;
/// Bytes of one message put together from several DTs.
const MESSAGE_MAX: usize = 64 * 1024;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "S7comm",
    standard: "Siemens S7 communication (unpublished) over RFC 1006 and ISO 8073 class 0",
    tcp: &[102],
    udp: &[],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, cotp::NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Flow::new()),
};

macro_rules! kinds {
    ($($name:literal: $meaning:literal),+ $(,)?) => { &[$(AnomalyKind { name: $name, meaning: $meaning }),+] };
}

const ANOMALIES: &[AnomalyKind] = kinds! {
    "tpkt_header": "A TPKT header is damaged: wrong version or impossible length.",
    "cotp_header": "A COTP header does not fit into its TPKT.",
    "foreign_payload": "A COTP data unit on an S7 connection does not begin with the S7 protocol identifier.",
    "message_too_long": "A message in several COTP data units is longer than any device sends.",
    "header_truncated": "A message is shorter than its header.",
    "length_mismatch": "Parameter and data lengths do not match the message's length.",
    "unknown_type": "A message type (ROSCTR) that does not exist.",
    "unknown_function": "A function code or group that does not exist.",
    "no_parameters": "A request without a function.",
    "item_truncated": "An item of a variable request does not fit into the parameters.",
    "data_truncated": "Data of variables do not fit into the message.",
    "transfer_truncated": "Parameters of a block transfer do not fit.",
    "control_truncated": "Parameters of a program control service do not fit.",
    "userdata_truncated": "Parameters or data of user data do not fit.",
    "item_count_mismatch": "An answer holds another number of results than were asked for.",
    "parts_too_long": "An answer in several parts is longer than any device sends.",
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
    let [PROTOCOL_ID, kind, ..] = payload else { return Verdict::No };
    let Ok(pdu) = Pdu::parse(payload) else { return Verdict::No };
    match (*kind, pdu.params.first()) {
        (rosctr::JOB, Some(0x1b | 0x1c)) => Verdict::SureServer,
        (rosctr::JOB, Some(0xf0 | 0x04 | 0x05 | 0x1a | 0x1d..=0x1f | 0x28 | 0x29)) => Verdict::SureClient,
        (rosctr::ACK_DATA, Some(0x1b | 0x1c)) => Verdict::SureClient,
        (rosctr::ACK_DATA, Some(0xf0 | 0x04 | 0x05 | 0x1a | 0x1d..=0x1f | 0x28 | 0x29)) => Verdict::SureServer,
        (rosctr::USERDATA, _) => match Userdata::parse(pdu.params).map(|head| head.kind) {
            Ok(Kind::Request) => Verdict::SureClient,
            Ok(Kind::Response) => Verdict::SureServer,
            Ok(Kind::Push) => Verdict::Sure,
            Err(_) => Verdict::Likely,
        },
        (rosctr::JOB..=rosctr::USERDATA, _) => Verdict::Likely,
        _ => Verdict::No,
    }
}

/// What is remembered of one connection.
#[derive(Debug)]
pub struct Flow {
    requests: Held<(Direction, u16)>,
    assembly: [Assembly; 2],
    parts: parts::Parts,
    uploads: parts::Uploads,
    subscriptions: parts::Subscriptions,
    confirmed: bool,
    role_told: bool,
    /// Bytes were missing: an answer may belong to a request that was not seen.
    gapped: bool,
}

impl Flow {
    /// Bytes that it holds.
    fn held(&self) -> usize {
        let parts: usize = self.assembly.iter().map(Assembly::weight).sum();
        self.requests.weight() + parts + self.parts.weight() + self.subscriptions.weight()
    }

    const fn new() -> Self {
        Self {
            requests: Held::new(REQUESTS_MAX),
            assembly: [Assembly::new(MESSAGE_MAX), Assembly::new(MESSAGE_MAX)],
            parts: parts::Parts::new(),
            uploads: parts::Uploads::new(),
            subscriptions: parts::Subscriptions::new(),
            confirmed: false,
            role_told: false,
            gapped: false,
        }
    }

    /// One COTP data unit. `false`: another protocol.
    fn data(&mut self, ctx: &Context<'_>, payload: &[u8], last: bool, out: &mut dyn Sink) -> bool {
        let Some(slot) = self.assembly.get_mut(ctx.direction.index()) else { return true };
        let mut assembly = std::mem::replace(slot, Assembly::new(MESSAGE_MAX));
        let mine = match assembly.push(payload, last) {
            Push::Whole([]) | Push::More => true,
            Push::Whole(message) => self.message(ctx, message, out),
            Push::Overflow => {
                breach(ctx, "message_too_long", "", out);
                true
            }
        };
        if let Some(slot) = self.assembly.get_mut(ctx.direction.index()) {
            *slot = assembly;
        }
        mine
    }

    fn message(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        if bytes.first() != Some(&PROTOCOL_ID) {
            if self.confirmed {
                breach(ctx, "foreign_payload", "", out);
            }
            return self.confirmed;
        }
        self.confirmed = true;
        let Ok(pdu) = Pdu::parse(bytes) else {
            breach(ctx, "header_truncated", "", out);
            return true;
        };
        if pdu.short || pdu.extra > 0 {
            breach(
                ctx,
                "length_mismatch",
                if pdu.short { "lengths reach beyond the message" } else { "bytes are left over" },
                out,
            );
        }
        match pdu.rosctr {
            rosctr::JOB => self.job(ctx, bytes, &pdu, out),
            rosctr::ACK | rosctr::ACK_DATA => self.answer(ctx, &pdu, out),
            rosctr::USERDATA => self.userdata(ctx, bytes, &pdu, out),
            other => {
                breach(ctx, "unknown_type", &other.to_string(), out);
                if (rosctr::JOB..=rosctr::USERDATA).contains(&other)
                    && let Some(mut m) = out.message(ctx, NAME)
                {
                    write_header(&mut m, &pdu, None);
                }
            }
        }
        true
    }

    fn job(&mut self, ctx: &Context<'_>, bytes: &[u8], pdu: &Pdu<'_>, out: &mut dyn Sink) {
        if let Some(mut m) = out.message(ctx, NAME) {
            write_header(&mut m, pdu, None);
            job::write(&mut m, pdu, None);
        }
        job::check(ctx, pdu, out);
        self.hold(ctx, pdu.reference, bytes, out);
    }

    fn hold(&mut self, ctx: &Context<'_>, reference: u16, bytes: &[u8], out: &mut dyn Sink) {
        if let Some((key, fallen)) = self.requests.open((ctx.direction, reference), ctx.now, bytes, out) {
            self.unanswered(ctx, key.0, &fallen, out);
            self.requests.give_back(fallen);
        }
    }

    fn answer(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let actor = ctx.direction.reverse();
        let waiting = self.requests.close(&(actor, pdu.reference));
        let request = waiting.as_ref().and_then(|w| Pdu::parse(&w.bytes).ok());
        let same = request.filter(|r| pdu.rosctr == rosctr::ACK || r.params.first() == pdu.params.first());
        let same = same.filter(|r| !self.gapped || job::counts_match(r, pdu));
        if let Some(mut m) = out.message(ctx, NAME) {
            write_header(&mut m, pdu, None);
            job::write(&mut m, pdu, same.as_ref());
        }
        if let (Some(request), Some(waiting)) = (&request, &waiting) {
            let asked = Asked { at: waiting.at, actor, pdu: *request };
            match &same {
                Some(_) if request.rosctr == rosctr::USERDATA => self.refused(ctx, &asked, pdu.error_number(), out),
                Some(request) => {
                    job::check_answer(ctx, request, pdu, out);
                    job::tell(self, ctx, &asked, Some(pdu), out);
                    self.tell_role(ctx, pdu, out);
                }
                None => job::tell(self, ctx, &asked, None, out),
            }
        }
        if let Some(waiting) = waiting {
            self.requests.give_back(waiting);
        }
    }

    /// User data that were answered by a bare acknowledgement with an error.
    fn refused(&mut self, ctx: &Context<'_>, asked: &Asked<'_>, error: u16, out: &mut dyn Sink) {
        if let Ok(head) = Userdata::parse(asked.pdu.params) {
            userdata::tell(ctx, asked, &head, names::outcome(error), out);
        }
    }

    fn userdata(&mut self, ctx: &Context<'_>, bytes: &[u8], pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let head = Userdata::parse(pdu.params);
        let body = Body::parse(pdu.data);
        if head.is_err() || body.is_some_and(|b| b.short) {
            breach(ctx, "userdata_truncated", "", out);
        }
        let Ok(head) = head else {
            if let Some(mut m) = out.message(ctx, NAME) {
                write_header(&mut m, pdu, None);
            }
            return;
        };
        if names::userdata(&head).0 == "unknown_userdata" {
            let detail = format!("group {} subfunction {}", head.group, head.subfunction.unwrap_or(0));
            breach(ctx, "unknown_function", &detail, out);
        }
        let whole = self.put_together(ctx, &head, body.as_ref(), out);
        let shown = match (&whole, body) {
            (Some(bytes), Some(body)) => Some(Body { bytes, ..body }),
            (_, body) => body,
        };
        if head.kind == Kind::Response {
            self.answered(ctx, pdu, &head, body.as_ref(), out);
        }
        if let Some(mut m) = out.message(ctx, NAME) {
            write_header(&mut m, pdu, Some(&head));
            let subscription = (head.group == group::CYCLIC).then(|| self.subscriptions.get(head.group, head.sequence)).flatten();
            userdata::write(&mut m, &head, shown.as_ref(), subscription);
        }
        match head.kind {
            Kind::Request if head.continuation => {}
            Kind::Request => {
                userdata::asked(ctx, &head, body.map_or(&[], |b| b.bytes), out);
                self.hold(ctx, pdu.reference, bytes, out);
            }
            _ if !head.more => userdata::said(self, ctx, &head, shown.map_or(&[], |b| b.bytes), out),
            _ => {}
        }
    }

    /// Keeps a part of an answer; all parts when this is the last of several.
    fn put_together(
        &mut self,
        ctx: &Context<'_>,
        head: &Userdata,
        body: Option<&Body<'_>>,
        out: &mut dyn Sink,
    ) -> Option<Vec<u8>> {
        let body = body?;
        if head.data_unit == 0 && !head.more {
            return None;
        }
        let key = (ctx.direction, head.group, head.subfunction.unwrap_or(0), head.data_unit);
        if !head.more {
            return self.parts.last(key, body.bytes);
        }
        if !self.parts.add(key, body.bytes, out) {
            breach(ctx, "parts_too_long", "", out);
        }
        None
    }

    fn answered(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, head: &Userdata, body: Option<&Body<'_>>, out: &mut dyn Sink) {
        let actor = ctx.direction.reverse();
        let Some(waiting) = self.requests.close(&(actor, pdu.reference)) else { return };
        let request = Pdu::parse(&waiting.bytes).ok();
        if let Some((request, asked_head)) = request.and_then(|r| Some((r, Userdata::parse(r.params).ok()?))) {
            let asked = Asked { at: waiting.at, actor, pdu: request };
            let outcome = userdata::outcome(head, body);
            let subscribes =
                matches!((head.group, head.subfunction), (group::CYCLIC, Some(1 | 5)) | (group::PROGRAMMER, Some(2)));
            if outcome == "ok" && subscribes {
                let bytes = Body::parse(request.data).unwrap_or_default().bytes;
                self.subscriptions.insert(head.group, head.sequence, bytes, out);
            }
            userdata::tell(ctx, &asked, &asked_head, outcome, out);
        }
        self.requests.give_back(waiting);
    }

    fn unanswered(&mut self, ctx: &Context<'_>, actor: Direction, waiting: &Waiting, out: &mut dyn Sink) {
        let Ok(pdu) = Pdu::parse(&waiting.bytes) else { return };
        let asked = Asked { at: waiting.at, actor, pdu };
        if pdu.rosctr == rosctr::JOB {
            job::tell(self, ctx, &asked, None, out);
        } else if let Ok(head) = Userdata::parse(pdu.params) {
            userdata::tell(ctx, &asked, &head, Cow::Borrowed("unanswered"), out);
        }
    }

    fn tell_role(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let serves = matches!(pdu.params.first(), Some(0xf0 | 0x04 | 0x05 | 0x1a | 0x1d | 0x28 | 0x29));
        if !self.role_told && serves && ctx.direction == Direction::ToClient {
            self.role_told = true;
            role(ctx, About::Sender, "controller", 70, out);
        }
    }
}

/// What the TSAPs of a connect request say: the called one's first byte is the kind of connection.
fn connect(ctx: &Context<'_>, request: &Connect<'_>, out: &mut dyn Sink) {
    match request.called {
        [1, _] => role(ctx, About::Sender, "engineering_station", 50, out),
        [2, _] => role(ctx, About::Sender, "hmi", 40, out),
        _ => {}
    }
}

fn role(ctx: &Context<'_>, about: About, value: &str, confidence: u8, out: &mut dyn Sink) {
    out.evidence(ctx, NAME, Evidence { about, attribute: Attribute::Role, value, source: "", confidence });
}

fn breach(ctx: &Context<'_>, kind: &'static str, detail: &str, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: Cow::Borrowed(detail) });
}

fn write_header(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, head: Option<&Userdata>) {
    m.num("rosctr", pdu.rosctr).num("pdu_reference", pdu.reference).opt("function", pdu.function());
    if let Some(head) = head {
        m.num("group", head.group).opt("subfunction", head.subfunction);
    }
    if let Some((class, code)) = pdu.error {
        m.num("error_class", class).num("error_code", code);
    }
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
            Ok(Tpdu::Data { last, payload }) => {
                if !self.data(ctx, payload, last, out) {
                    return Step::NotMine;
                }
            }
            Ok(Tpdu::ConnectRequest(request)) => connect(ctx, &request, out),
            Ok(_) => {}
            Err(_) => breach(ctx, "cotp_header", "", out),
        }
        while let Some((key, late)) = self.requests.overdue(ctx.now) {
            self.unanswered(ctx, key.0, &late, out);
            self.requests.give_back(late);
        }
        Step::Consumed(len)
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let (head, body) = bytes.split_at_checked(4)?;
        let Tpkt::Need(len) = cotp::tpkt(bytes) else { return None };
        let Ok(Tpdu::Data { payload, .. }) = cotp::tpdu(body) else { return Some(len) };
        if head.first() == Some(&3)
            && payload.first() == Some(&PROTOCOL_ID)
            && let Ok(pdu) = Pdu::parse(payload)
            && let Some(mut m) = out.message(ctx, NAME)
        {
            let userdata = if pdu.rosctr == rosctr::USERDATA { Userdata::parse(pdu.params).ok() } else { None };
            write_header(&mut m, &pdu, userdata.as_ref());
        }
        Some(len)
    }

    fn gap(&mut self, direction: Direction, _len: u64) {
        self.gapped = true;
        if let Some(assembly) = self.assembly.get_mut(direction.index()) {
            assembly.clear();
        }
        self.parts.forget(direction);
    }

    fn resync(&mut self, _direction: Direction, bytes: &[u8]) -> Option<usize> {
        cotp::next_tpkt(bytes)
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let open: Vec<((Direction, u16), Waiting)> = self.requests.drain().collect();
        for ((actor, _), waiting) in open {
            self.unanswered(ctx, actor, &waiting, out);
        }
    }

    fn weight(&self) -> usize {
        heavy(Flow::held(self))
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        let (confirmed, role_told) = (self.confirmed, self.role_told);
        Some(Box::new(Self { confirmed, role_told, ..Self::new() }))
    }
}
