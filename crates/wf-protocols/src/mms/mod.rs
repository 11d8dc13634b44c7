//! MMS: how IEC 61850 devices and TASE.2 control centres read, write, report and command, over session, presentation and
//! COTP on TCP port 102. S7comm uses the same port: what COTP carries decides which of them speaks.

mod control;
mod fields;
mod known;
mod names;
mod object;
mod pdu;
mod report;
mod services;
mod session;
#[cfg(test)]
mod tests;
mod variables;

use crate::cotp::{self, Assembly, Push, Tpdu, Tpkt};
use crate::held::{Held, Waiting};
use known::Known;
use pdu::{Pdu, kind};
use session::{Contexts, Value, spdu};
use std::borrow::Cow;
use wf_model::Attribute;
use wf_model::observation::Transport;
use wf_wire::decode::{
    About, Anomaly, AnomalyKind, Context, Credential, Decoder, Direction, Evidence, Moment, Probe, ProtocolInfo, Sink, Step,
    Verdict, heavy,
};

const NAME: &str = "mms";
/// Message name of association control.
const ASSOCIATION: &str = "mms_association";
/// Open requests of one flow.
const REQUESTS_MAX: usize = 64;
/// Bytes of one message put together from several DTs.
const MESSAGE_MAX: usize = 256 * 1024;
/// Bytes of a CONNECT in which its contexts are looked for: they stand before its user data (ISO 8823-1, 8.2).
const SYNTAX_WITHIN: usize = 512;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "MMS",
    standard: "ISO 9506-2:2003, IEC 61850-8-1:2011; ISO 8327-1, ISO 8823-1, ISO 8650-1 over RFC 1006",
    tcp: &[102],
    udp: &[],
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME, ASSOCIATION, cotp::NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Flow::new()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("tpkt_header", "A TPKT header is damaged: wrong version or impossible length."),
    kind("cotp_header", "A COTP header does not fit into its TPKT."),
    kind("session_header", "A session header does not fit into its message."),
    kind("presentation_damaged", "Presentation data cannot be read, or do not fit."),
    kind("foreign_payload", "A message on an MMS connection carries something else."),
    kind("message_too_long", "A message in several COTP data units is longer than any device sends."),
    kind("damaged_pdu", "An MMS unit or a part that it must have is missing, cut or of another form."),
    kind("unknown_service", "A service that the standard does not have."),
    kind("response_without_request", "An answer whose invoke identifier nobody asked with."),
    kind("service_mismatch", "An answer is of another service than its request."),
    kind("result_count_mismatch", "An answer holds another number of results than were asked for."),
    kind("rejected", "The receiver rejected a message as breaking the protocol (not: for a service that it does not have)."),
    kind("reports_lost", "A report says that reports before it were lost (buffer overflow)."),
];

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
    match payload.first() {
        Some(&spdu::CONNECT) => {
            let mms = payload.windows(session::MMS_SYNTAX.len()).take(SYNTAX_WITHIN).any(|w| w == session::MMS_SYNTAX);
            match mms {
                true => Verdict::SureClient,
                false if front.open && is_cut(payload) && payload.len() < SYNTAX_WITHIN => Verdict::More,
                false => Verdict::No,
            }
        }
        Some(&spdu::ACCEPT) if front.open && is_cut(payload) => Verdict::More,
        Some(&(spdu::DATA | spdu::ACCEPT)) => {
            let mut verdict = Verdict::No;
            if let Ok((_, user)) = session::session(payload) {
                Contexts::default().values(user, |_, value| {
                    if let Value::Mms(bytes) | Value::Association(_, Some(bytes)) = value
                        && let Some(pdu) = Pdu::read(bytes).filter(Pdu::is_plausible)
                    {
                        verdict = side(pdu.kind);
                    }
                });
            }
            if front.open && verdict == Verdict::No { Verdict::More } else { verdict }
        }
        Some(0x80..=0xbf) if front.is_scant() => Verdict::More,
        Some(0x80..=0xbf) if is_bare(payload) => match Pdu::read(payload).filter(Pdu::is_plausible) {
            Some(pdu) if pdu.kind == kind::INITIATE_REQUEST => Verdict::SureClient,
            Some(_) => Verdict::Likely,
            None => Verdict::No,
        },
        _ => Verdict::No,
    }
}

/// Whether a CONNECT or ACCEPT is not all there yet by its length indicator (ISO 8327-1, 8.2.5).
fn is_cut(payload: &[u8]) -> bool {
    match payload {
        [_, 0xff, high, low, rest @ ..] => rest.len() < usize::from(u16::from_be_bytes([*high, *low])),
        [_, 0xff, ..] => true,
        [_, len, rest @ ..] => rest.len() < usize::from(*len),
        _ => true,
    }
}

/// Which side most likely sends such a unit.
const fn side(number: u32) -> Verdict {
    match number {
        kind::REQUEST | kind::INITIATE_REQUEST | kind::CONCLUDE_REQUEST => Verdict::SureClient,
        kind::RESPONSE | kind::ERROR | kind::UNCONFIRMED | kind::INITIATE_RESPONSE | kind::CONCLUDE_RESPONSE => {
            Verdict::SureServer
        }
        _ => Verdict::Sure,
    }
}

/// MMS straight in COTP, without session and presentation, as some gateways speak it: the unit fills the data.
fn is_bare(payload: &[u8]) -> bool {
    let mut elements = crate::ber::Elements::new(payload);
    elements.next().is_some_and(|e| e.context().is_some_and(|kind| kind <= kind::CONCLUDE_ERROR))
}

/// The same of a whole message, of which nothing may be missing.
fn is_whole_and_bare(message: &[u8]) -> bool {
    is_bare(message) && crate::ber::Elements::new(message).next().is_some_and(|e| !e.cut)
}

/// What is remembered of one connection.
#[derive(Debug)]
struct Flow {
    requests: Held<(Direction, i32)>,
    assembly: [Assembly; 2],
    contexts: Contexts,
    known: Known,
    confirmed: bool,
    /// Bytes were missing, or a request fell out, and none that was asked since was answered: an answer may belong to a request
    /// that is not known.
    gapped: bool,
    /// Control centres speak TASE.2 here.
    between_centres: bool,
    /// Where names are put together.
    name: String,
}

/// A request with when and by whom it was asked.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    at: Moment,
    actor: Direction,
    pdu: Pdu<'a>,
    /// What to say where no answer came.
    missing: &'static str,
}

impl<'a> Asked<'a> {
    const fn of(waiting: &Waiting, actor: Direction, pdu: Pdu<'a>) -> Self {
        Self { at: waiting.at, actor, pdu, missing: waiting.missing() }
    }
}

impl Flow {
    fn new() -> Self {
        Self {
            requests: Held::new(REQUESTS_MAX),
            assembly: [Assembly::new(MESSAGE_MAX), Assembly::new(MESSAGE_MAX)],
            contexts: Contexts::default(),
            known: Known::default(),
            confirmed: false,
            gapped: false,
            between_centres: false,
            name: String::new(),
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
        if matches!(bytes.first(), Some(0x80..=0xbf)) && is_whole_and_bare(bytes) {
            self.confirmed = true;
            self.unit(ctx, bytes, true, out);
            return true;
        }
        let known = matches!(bytes.first(), Some(&(spdu::DATA | spdu::PLEASE_TOKENS | 8..=16 | spdu::ABORT | 26)));
        if !known {
            if self.confirmed {
                breach(ctx, "foreign_payload", "", out);
            }
            return self.confirmed;
        }
        let Ok((kind, user)) = session::session(bytes) else {
            breach(ctx, "session_header", "", out);
            return true;
        };
        let mut contexts = std::mem::take(&mut self.contexts);
        let sound = contexts.values(user, |contexts, value| match value {
            Value::Mms(unit) => self.unit(ctx, unit, false, out),
            Value::Association(association, user) => self.association(ctx, contexts, &association, user, out),
        });
        self.contexts = contexts;
        match kind {
            spdu::REFUSE => self.refused(ctx, "error: session_refused", out),
            spdu::ABORT => self.refused(ctx, "error: aborted", out),
            _ => {}
        }
        if !sound && self.confirmed && matches!(kind, spdu::DATA | spdu::CONNECT | spdu::ACCEPT) {
            breach(ctx, "presentation_damaged", "", out);
        }
        self.confirmed
    }

    fn association(
        &mut self,
        ctx: &Context<'_>,
        contexts: &Contexts,
        said: &session::Association<'_>,
        user: Option<&[u8]>,
        out: &mut dyn Sink,
    ) {
        if let Some(secret) = said.password {
            out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
        }
        if said.kind == 1 && said.result.is_some_and(|r| r != 0) {
            self.refused(ctx, "error: association_refused", out);
        }
        // The connect alone decides whether this is MMS: user information of other applications looks alike.
        let unit = user.filter(|u| self.confirmed || Pdu::read(u).is_some_and(|p| p.is_plausible()));
        if (self.confirmed || unit.is_some())
            && let Some(mut m) = out.message(ctx, ASSOCIATION)
        {
            said.write(&mut m, contexts);
        }
        if let Some(unit) = unit {
            self.unit(ctx, unit, false, out);
        }
    }

    /// No association came of an initiate that waits.
    fn refused(&mut self, ctx: &Context<'_>, outcome: &'static str, out: &mut dyn Sink) {
        let actor = ctx.direction.reverse();
        let key = Pdu { kind: kind::INITIATE_REQUEST, ..Pdu::default() }.key();
        if let Some(waiting) = self.requests.close(&(actor, key)) {
            let asked = Asked::of(&waiting, actor, Pdu::default());
            services::one(ctx, &asked, services::INITIATE, "", None, Cow::Borrowed(outcome), out);
            self.requests.give_back(waiting);
        }
    }

    fn unit(&mut self, ctx: &Context<'_>, bytes: &[u8], bare: bool, out: &mut dyn Sink) {
        let Some(pdu) = Pdu::read(bytes) else {
            breach(ctx, "damaged_pdu", "no unit", out);
            return;
        };
        self.confirmed = true;
        if pdu.damaged {
            breach(ctx, "damaged_pdu", names::pdu(pdu.kind), out);
        }
        if pdu.service().is_some_and(|tag| !names::is_service(tag)) {
            breach(ctx, "unknown_service", "", out);
        }
        // Wireshark takes no empty unit without session and presentation for MMS; the act is told all the same.
        if !(bare && bytes.len() == 2)
            && let Some(mut m) = out.message(ctx, NAME)
        {
            fields::write(&mut m, &pdu);
        }
        match pdu.kind {
            kind::REQUEST | kind::INITIATE_REQUEST | kind::CONCLUDE_REQUEST => self.hold(ctx, &pdu, bytes, out),
            kind::UNCONFIRMED => variables::unconfirmed(self, ctx, &pdu, out),
            kind::CANCEL_REQUEST => services::cancel(ctx, &pdu, out),
            _ => self.answer(ctx, &pdu, out),
        }
    }

    fn hold(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, bytes: &[u8], out: &mut dyn Sink) {
        if let Some((key, fallen)) = self.requests.open((ctx.direction, pdu.key()), ctx.now, bytes, out) {
            self.unanswered(ctx, key.0, &fallen, out);
            self.requests.give_back(fallen);
            self.gapped = true;
        }
    }

    fn answer(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        if pdu.kind == kind::REJECT && !pdu.error().is_some_and(names::is_unrecognized_service) {
            breach(ctx, "rejected", pdu.error().map(names::reject).unwrap_or_default(), out);
        }
        let actor = ctx.direction.reverse();
        let key = (actor, pdu.key());
        let Some(waiting) = self.requests.close(&key) else {
            if pdu.kind == kind::RESPONSE && ctx.from_start && !self.gapped && !self.requests.was_given_up(&key) {
                breach(ctx, "response_without_request", format!("invoke id {}", pdu.key()), out);
            }
            return;
        };
        if let Some(request) = Pdu::read(&waiting.bytes) {
            let asked = Asked::of(&waiting, actor, request);
            let other = pdu.kind == kind::RESPONSE && pdu.service().is_some() && pdu.service() != request.service();
            if other && !self.gapped {
                breach(ctx, "service_mismatch", "", out);
            }
            // Answers come in the order of their requests: those to what was asked before the hole are through.
            self.gapped &= waiting.lost || other;
            services::tell(self, ctx, &asked, (!other).then_some(pdu), out);
        }
        self.requests.give_back(waiting);
    }

    fn unanswered(&mut self, ctx: &Context<'_>, actor: Direction, waiting: &Waiting, out: &mut dyn Sink) {
        if let Some(pdu) = Pdu::read(&waiting.bytes) {
            services::tell(self, ctx, &Asked::of(waiting, actor, pdu), None, out);
        }
    }
}

/// A statement with where it was said.
fn evidence(ctx: &Context<'_>, source: &'static str, said: (About, Attribute, &str, u8), out: &mut dyn Sink) {
    let (about, attribute, value, confidence) = said;
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about, attribute, value, source, confidence });
    }
}

fn breach<'a>(ctx: &Context<'_>, kind: &'static str, detail: impl Into<Cow<'a, str>>, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
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
            Ok(_) => {}
            Err(_) => breach(ctx, "cotp_header", "", out),
        }
        while let Some((key, late)) = self.requests.overdue(ctx.now) {
            self.unanswered(ctx, key.0, &late, out);
            self.requests.give_back(late);
        }
        Step::Consumed(len)
    }

    fn gap(&mut self, direction: Direction, _len: u64) {
        self.gapped = true;
        self.requests.lose();
        if let Some(assembly) = self.assembly.get_mut(direction.index()) {
            assembly.clear();
        }
    }

    fn resync(&mut self, _direction: Direction, bytes: &[u8]) -> Option<usize> {
        cotp::next_tpkt(bytes)
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let open: Vec<((Direction, i32), Waiting)> = self.requests.drain().collect();
        for ((actor, _), waiting) in open {
            self.unanswered(ctx, actor, &waiting, out);
        }
    }

    fn weight(&self) -> usize {
        heavy(self.requests.weight() + self.assembly.iter().map(Assembly::weight).sum::<usize>() + self.known.weight())
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        let (contexts, confirmed, between_centres) = (std::mem::take(&mut self.contexts), self.confirmed, self.between_centres);
        Some(Box::new(Self { contexts, confirmed, between_centres, ..Self::new() }))
    }
}
