//! Requests and their answers: what was asked for, and whether it was given.

use super::message::{self, Message};
use super::{NAME, names};
use crate::held::{self, ANSWER_MAX, Waits};
use crate::hints;
use std::borrow::Cow;
use wf_model::Category;
use wf_wire::decode::{Anomaly, Moment, Operation, Pending, Target};
use wf_wire::{Context, Direction, Sink};

/// Open requests of one flow: a client asks one after the other.
const OPEN_MAX: usize = 8;
/// Text of names, in bytes.
const TEXT_MAX: usize = 260;
/// No failure: the client is told to prove who it is, or to use TCP, and asks again.
const ASK_AGAIN: [i64; 3] = [25, 52, 91];

#[derive(Debug)]
struct Asked {
    at: Moment,
    lost: bool,
    kind: u8,
    nonce: Option<i64>,
    client: String,
    service: String,
    proven: bool,
}

impl Waits for Asked {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {
        self.lost = true;
    }
}

#[derive(Debug)]
pub struct Session {
    open: Pending<(), Asked>,
    /// Requests may have gone unseen.
    unsure: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), unsure: false }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    pub fn message(&mut self, ctx: &Context<'_>, said: &Message<'_>, out: &mut dyn Sink) {
        match said.kind {
            message::AS_REQUEST | message::TGS_REQUEST => self.ask(ctx, said, out),
            message::AS_REPLY | message::TGS_REPLY | message::ERROR => self.answer(ctx, said, out),
            _ => {}
        }
        while let Some(((), late)) = held::overdue(&mut self.open, ctx.now, ANSWER_MAX) {
            self.unsure = true;
            let outcome = held::missing(late.lost);
            tell(ctx, late, outcome.into(), out);
        }
    }

    fn ask(&mut self, ctx: &Context<'_>, said: &Message<'_>, out: &mut dyn Sink) {
        let mut offered = said.encryptions.numbers().peekable();
        if offered.peek().is_some() && offered.all(names::is_weak) {
            let detail = hints::list(said.encryptions.numbers().map(names::encryption), TEXT_MAX);
            out.anomaly(ctx, NAME, Anomaly { kind: "kerberos_weak_request", detail: detail.into() });
        }
        // The same request again, over UDP.
        if self.open.values_mut().any(|asked| asked.kind == said.kind && asked.nonce == said.nonce && said.nonce.is_some()) {
            return;
        }
        let realm = said.realm.map(|realm| hints::clean(realm).into_owned()).unwrap_or_default();
        let client = said.client.as_ref().map(|name| hints::shown(format_args!("{name}@{realm}"), TEXT_MAX)).unwrap_or_default();
        let service = said.service.as_ref().map(|name| hints::shown(name, TEXT_MAX)).unwrap_or_default();
        let asked =
            Asked { at: ctx.now, lost: false, kind: said.kind, nonce: said.nonce, client, service, proven: said.proves() };
        let bytes = asked.client.capacity() + asked.service.capacity();
        if let Some(((), fallen)) = self.open.open_with((), asked, bytes) {
            out.evicted(1);
            self.unsure = true;
            let outcome = held::missing(fallen.lost);
            tell(ctx, fallen, outcome.into(), out);
        }
    }

    fn answer(&mut self, ctx: &Context<'_>, said: &Message<'_>, out: &mut dyn Sink) {
        let fits = |asked: &Asked| said.kind == message::ERROR || asked.kind + 1 == said.kind;
        // A client that was not answered may ask for something else: an answer names what it is about. A name may differ where
        // the centre knows a better one.
        let service = said.ticket.map(|ticket| ticket.service).or(said.service);
        let service = service.map(|name| hints::shown(name, TEXT_MAX)).unwrap_or_default();
        let asked = self.open.close_where(|(), asked| fits(asked) && asked.service == service);
        let asked = asked.or_else(|| self.open.close_where(|(), asked| fits(asked)));
        if let Some(ticket) = said.ticket.as_ref().filter(|ticket| names::is_weak(ticket.encryption)) {
            let detail = format!("{} with {}", ticket.service, names::encryption(ticket.encryption));
            out.anomaly(ctx, NAME, Anomaly { kind: "kerberos_weak_ticket", detail: detail.into() });
        }
        let Some(((), mut asked)) = asked else {
            if ctx.from_start && !ctx.after_gap && !self.unsure {
                let detail = names::kind(said.kind).into();
                out.anomaly(ctx, NAME, Anomaly { kind: "kerberos_unasked_reply", detail });
            }
            return;
        };
        if said.kind == message::AS_REPLY && !asked.proven && !said.proves() {
            let detail = Cow::Owned(asked.client.clone());
            out.anomaly(ctx, NAME, Anomaly { kind: "kerberos_without_preauthentication", detail });
        }
        if said.kind == message::TGS_REPLY && asked.client.is_empty() {
            let realm = said.client_realm.map(hints::clean).unwrap_or_default();
            asked.client = said.client.map(|name| hints::shown(format_args!("{name}@{realm}"), TEXT_MAX)).unwrap_or_default();
        }
        match said.error {
            Some(code) if ASK_AGAIN.contains(&code) => {}
            Some(code) => tell(ctx, asked, format!("error: {code} {}", names::error(code)).into(), out),
            None => tell(ctx, asked, "ok".into(), out),
        }
    }

    pub fn lose(&mut self) {
        self.unsure = true;
        held::lose(&mut self.open);
    }

    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for ((), asked) in self.open.drain() {
            let outcome = held::missing(asked.lost);
            tell(ctx, asked, outcome.into(), out);
        }
    }
}

/// A login names the client and what it logs on to; a further ticket the service, and the client where the answer says it.
fn tell(ctx: &Context<'_>, asked: Asked, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let (function, target, value) = match asked.kind {
        message::AS_REQUEST => ("login", asked.client, asked.service),
        _ => ("get_service_ticket", asked.service, asked.client),
    };
    let target = if target.is_empty() { Target::None } else { Target::Text(&target) };
    let value = Some(value).filter(|value| !value.is_empty()).map(Cow::Owned);
    let category = Category::Diagnostic;
    out.operation(ctx, NAME, Operation { at: asked.at, actor: Direction::ToServer, function, category, target, value, outcome });
}
