//! Requests and their answers: what was asked for, and whether it was given.

use super::message::{self, Message};
use super::password::{self, Frame};
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

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Login,
    Ticket,
    /// One's own password.
    ChangePassword,
    /// Anybody's.
    SetPassword,
}

impl Wanted {
    /// Whether a message of this type answers it.
    fn fits(self, kind: u8) -> bool {
        match kind {
            message::ERROR => true,
            message::AS_REPLY => self == Self::Login,
            message::TGS_REPLY => self == Self::Ticket,
            _ => matches!(self, Self::ChangePassword | Self::SetPassword),
        }
    }
}

#[derive(Debug)]
struct Asked {
    at: Moment,
    lost: bool,
    kind: Wanted,
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
        self.overdue(ctx, out);
    }

    /// The password service's request or reply.
    pub fn password(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
        match (&frame.proof, &frame.rest) {
            (Some(proof), _) if frame.is_request() => {
                let kind = if frame.sets() { Wanted::SetPassword } else { Wanted::ChangePassword };
                let service = proof.ticket.map(|ticket| {
                    let realm = hints::clean(ticket.realm);
                    hints::shown(format_args!("{}@{realm}", ticket.service), TEXT_MAX)
                });
                let (client, service) = (String::new(), service.unwrap_or_default());
                self.wait(ctx, Asked { at: ctx.now, lost: false, kind, nonce: None, client, service, proven: true }, out);
            }
            (Some(proof), _) => self.answer(ctx, proof, out),
            (None, Some(error)) => self.answer(ctx, error, out),
            (None, None) => {}
        }
        self.overdue(ctx, out);
    }

    fn overdue(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
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
        let kind = if said.kind == message::AS_REQUEST { Wanted::Login } else { Wanted::Ticket };
        if self.open.values_mut().any(|asked| asked.kind == kind && asked.nonce == said.nonce && said.nonce.is_some()) {
            return;
        }
        let realm = said.realm.map(|realm| hints::clean(realm).into_owned()).unwrap_or_default();
        let client = said.client.as_ref().map(|name| hints::shown(format_args!("{name}@{realm}"), TEXT_MAX)).unwrap_or_default();
        let service = said.service.as_ref().map(|name| hints::shown(name, TEXT_MAX)).unwrap_or_default();
        let asked = Asked { at: ctx.now, lost: false, kind, nonce: said.nonce, client, service, proven: said.proves() };
        self.wait(ctx, asked, out);
    }

    fn wait(&mut self, ctx: &Context<'_>, asked: Asked, out: &mut dyn Sink) {
        let bytes = asked.client.capacity() + asked.service.capacity();
        if let Some(((), fallen)) = self.open.open_with((), asked, bytes) {
            out.evicted(1);
            self.unsure = true;
            let outcome = held::missing(fallen.lost);
            tell(ctx, fallen, outcome.into(), out);
        }
    }

    fn answer(&mut self, ctx: &Context<'_>, said: &Message<'_>, out: &mut dyn Sink) {
        let fits = |asked: &Asked| asked.kind.fits(said.kind);
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
        let result = match asked.kind {
            Wanted::ChangePassword | Wanted::SetPassword => password::result(said),
            Wanted::Login | Wanted::Ticket => None,
        };
        match said.error {
            Some(_) if let Some((code, _)) = result => {
                tell(ctx, asked, format!("error: {code} {}", names::password_result(code)).into(), out);
            }
            // The result is encrypted.
            None if said.kind == message::AP_REPLY => tell(ctx, asked, "unconfirmed".into(), out),
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
    let (function, category, target, value) = match asked.kind {
        Wanted::Login => ("login", Category::Diagnostic, asked.client, asked.service),
        Wanted::Ticket => ("get_service_ticket", Category::Diagnostic, asked.service, asked.client),
        Wanted::ChangePassword => ("change_password", Category::Configuration, asked.service, String::new()),
        Wanted::SetPassword => ("set_password", Category::Configuration, asked.service, String::new()),
    };
    let target = if target.is_empty() { Target::None } else { Target::Text(&target) };
    let value = Some(value).filter(|value| !value.is_empty()).map(Cow::Owned);
    out.operation(ctx, NAME, Operation { at: asked.at, actor: Direction::ToServer, function, category, target, value, outcome });
}
