//! Associations, requests and their answers: operations with their outcome, values, what a meter says of itself.

use super::NAME;
use super::acse::Association;
use super::apdu::{Item, Notification, Request, Response};
use super::data::{Shown, number, string};
use super::names::{self, tag};
use crate::held::{Held, Waiting};
use crate::hints::{clean, hex, shown};
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Credential, Moment, Value};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 32;
/// Bytes kept of one.
const BYTES_MAX: usize = 2048;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// Which service, and the number of the request.
type Key = (u8, u8);

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    in_step: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX), in_step: false }
    }
}

impl Session {
    /// One whole APDU.
    pub fn apdu(&mut self, ctx: &Context<'_>, apdu: &[u8], out: &mut dyn Sink) {
        let Some((&code, body)) = apdu.split_first() else { return };
        match code {
            tag::AARQ => {
                if let Some(association) = Association::read(body) {
                    titled(ctx, &association, out);
                    if let Some(secret) = association.password() {
                        out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
                    }
                }
                self.ask(ctx, (code, 0), apdu, out);
            }
            tag::RLRQ | tag::READ_REQUEST | tag::WRITE_REQUEST => self.ask(ctx, (code, 0), apdu, out),
            tag::AARE => {
                let association = Association::read(body).unwrap_or_default();
                titled(ctx, &association, out);
                let outcome = names::association(association.result, association.diagnostic);
                self.answer(ctx, (tag::AARQ, 0), outcome, out);
            }
            tag::RLRE => self.answer(ctx, (tag::RLRQ, 0), "ok", out),
            tag::READ_RESPONSE => self.answer(ctx, (tag::READ_REQUEST, 0), "ok", out),
            tag::WRITE_RESPONSE => self.answer(ctx, (tag::WRITE_REQUEST, 0), "ok", out),
            tag::GET_REQUEST | tag::SET_REQUEST | tag::ACTION_REQUEST => {
                let Some(request) = Request::read(code, body) else { return };
                secrets(ctx, code, &request, out);
                if !request.continues {
                    self.ask(ctx, (code, request.invoke), apdu, out);
                }
            }
            tag::GET_RESPONSE | tag::SET_RESPONSE | tag::ACTION_RESPONSE => {
                if let Some(response) = Response::read(code, body).filter(|response| !response.more) {
                    self.response(ctx, code, &response, out);
                }
            }
            tag::EXCEPTION | tag::CONFIRMED_ERROR => {
                let outcome = match (code, body) {
                    (tag::EXCEPTION, [state, service, ..]) => names::exception(*state, *service),
                    _ => "error: service error",
                };
                self.refused(ctx, outcome, out);
            }
            tag::EVENT_NOTIFICATION => {
                if let Some(Notification { item: Some(item), data, .. }) = Notification::read(code, body) {
                    measured(ctx, &item, data, out);
                }
            }
            _ => {}
        }
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((_, late)) = self.open.overdue(ctx.now) {
            tell(ctx, &late, &[], late.missing(), out);
            self.open.give_back(late);
        }
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        self.open.lose();
        self.in_step = false;
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (_, waiting) in self.open.drain() {
            tell(ctx, &waiting, &[], waiting.missing(), out);
        }
    }

    fn ask(&mut self, ctx: &Context<'_>, key: Key, apdu: &[u8], out: &mut dyn Sink) {
        if let Some((_, waiting)) = self.open.open_one(key, ctx.now, apdu, out) {
            tell(ctx, &waiting, &[], waiting.missing(), out);
            self.open.give_back(waiting);
        }
    }

    fn close(&mut self, ctx: &Context<'_>, key: Key, out: &mut dyn Sink) -> Option<Waiting> {
        let waiting = self.open.close(&key);
        match &waiting {
            Some(waiting) => self.in_step |= !waiting.lost,
            None if self.in_step && !self.open.was_given_up(&key) => {
                let detail = format!("{} number {}", names::apdu(key.0).map_or("", |(name, _)| name), key.1);
                out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
            }
            None => {}
        }
        waiting
    }

    fn answer(&mut self, ctx: &Context<'_>, key: Key, outcome: &'static str, out: &mut dyn Sink) {
        if let Some(waiting) = self.close(ctx, key, out) {
            tell(ctx, &waiting, &[], outcome, out);
            self.open.give_back(waiting);
        }
    }

    /// An answer to a get, set or action: each item has its own outcome.
    fn response(&mut self, ctx: &Context<'_>, code: u8, response: &Response<'_>, out: &mut dyn Sink) {
        let asked = code - 4;
        let Some(waiting) = self.close(ctx, (asked, response.invoke), out) else { return };
        let outcomes: Vec<&'static str> = response.outcomes.iter().map(|outcome| names::access(outcome.result)).collect();
        tell(ctx, &waiting, &outcomes, "ok", out);
        if let Some(request) = waiting.bytes.get(1..).and_then(|body| Request::read(asked, body)) {
            for (item, outcome) in request.items.iter().zip(&response.outcomes).filter(|(_, outcome)| outcome.result == 0) {
                let value = if asked == tag::SET_REQUEST { item.data } else { outcome.data };
                if let Some(value) = value.filter(|_| asked != tag::ACTION_REQUEST) {
                    measured(ctx, item, value, out);
                    if asked == tag::GET_REQUEST {
                        identity(ctx, item, value, out);
                    }
                }
            }
        }
        self.open.give_back(waiting);
    }

    /// The server refuses without a number: what was asked first is meant.
    fn refused(&mut self, ctx: &Context<'_>, outcome: &'static str, out: &mut dyn Sink) {
        let first = self.open.drain().collect::<Vec<_>>();
        for (at, (_, waiting)) in first.into_iter().enumerate() {
            tell(ctx, &waiting, &[], if at == 0 { outcome } else { "unconfirmed" }, out);
            self.open.give_back(waiting);
        }
    }
}

/// Passwords and keys that are written.
fn secrets(ctx: &Context<'_>, code: u8, request: &Request<'_>, out: &mut dyn Sink) {
    for item in &request.items {
        // A reply to a challenge is good once.
        let once = item.class == 15 && code == tag::ACTION_REQUEST && item.id == 1;
        if let Some(data) = item.data.filter(|_| !once && names::is_secret(item.class, item.id, code == tag::ACTION_REQUEST)) {
            let secret = string(data).unwrap_or(data);
            out.credential(ctx, NAME, Credential { scheme: "secret", user: None, secret });
        }
    }
}

fn evidence(ctx: &Context<'_>, attribute: Attribute, value: &str, source: &'static str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
    }
}

/// A system title: three letters of the manufacturer, five bytes of its own (4.3.4).
fn titled(ctx: &Context<'_>, association: &Association<'_>, out: &mut dyn Sink) {
    let Some(title) = association.title.filter(|title| title.len() == 8) else { return };
    let letters = title.get(..3).filter(|letters| letters.iter().all(u8::is_ascii_uppercase));
    let maker = letters.map_or_else(String::new, |letters| format!(" of manufacturer {}", clean(letters)));
    evidence(ctx, Attribute::Description, &format!("DLMS system title {}{maker}", hex(title)), "system_title", 50, out);
}

/// What objects with fixed names say of a meter (IEC 62056-61).
fn identity(ctx: &Context<'_>, item: &Item<'_>, value: &[u8], out: &mut dyn Sink) {
    let Some(text) = string(value).filter(|_| item.class == 1 && item.id == 2) else { return };
    if !text.iter().all(|c| c.is_ascii_graphic() || *c == b' ') {
        return;
    }
    let (attribute, confidence) = match item.name {
        [0, 0, 42, 0, 0, 255] => (Attribute::Name, 75),
        [0, 0, 96, 1, 0, 255] => (Attribute::Serial, 75),
        [0 | 1, 0, 0, 2, 0, 255] => (Attribute::Firmware, 70),
        [0, 0, 96, 1, 1, 255] => (Attribute::Model, 40),
        _ => return,
    };
    evidence(ctx, attribute, &clean(text), "object", confidence, out);
}

fn measured(ctx: &Context<'_>, item: &Item<'_>, value: &[u8], out: &mut dyn Sink) {
    if item.id != 2 || !matches!(item.class, 1 | 3..=5 | 70) {
        return;
    }
    let Some(number) = number(value) else { return };
    let block = item.coded();
    if !out.unchanged(ctx, ctx.direction, block, value) {
        let value = if value.first() == Some(&3) { Value::Flag(number != 0.0) } else { Value::Number(number) };
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point: Target::Coded(block), value, quality: "good" });
    }
}

/// Tells a request: one operation for each attribute or method, each with its outcome.
fn tell(ctx: &Context<'_>, waiting: &Waiting, outcomes: &[&'static str], otherwise: &'static str, out: &mut dyn Sink) {
    let Some((&code, body)) = waiting.bytes.split_first() else { return };
    let named = match code {
        tag::AARQ => {
            let association = Association::read(body).unwrap_or_default();
            let context = names::context(association.context.unwrap_or(0));
            let value = format!("{context}, {}", names::mechanism(association.mechanism));
            return say(ctx, waiting.at, ("associate", Category::Diagnostic), (Target::None, Some(value)), otherwise, out);
        }
        tag::RLRQ => ("release", Category::Diagnostic),
        tag::READ_REQUEST => ("read", Category::Read),
        tag::WRITE_REQUEST => ("write", Category::Write),
        _ => ("request", Category::Diagnostic),
    };
    let Some(request) = Request::read(code, body) else {
        return say(ctx, waiting.at, named, (Target::None, None), otherwise, out);
    };
    for (at, item) in request.items.iter().enumerate() {
        let named = match code {
            tag::GET_REQUEST => ("get", Category::Read),
            tag::SET_REQUEST => ("set", names::set(item.class)),
            _ => names::action(item.class, item.id),
        };
        let hidden = names::is_secret(item.class, item.id, code == tag::ACTION_REQUEST);
        let value = item.data.map(|data| if hidden { "hidden".to_owned() } else { shown(Shown(data), VALUE_MAX) });
        let outcome = outcomes.get(at).or(outcomes.last()).copied().unwrap_or(otherwise);
        say(ctx, waiting.at, named, (Target::Coded(item.coded()), value), outcome, out);
    }
}

fn say(
    ctx: &Context<'_>,
    at: Moment,
    (function, category): (&'static str, Category),
    (target, value): (Target<'_>, Option<String>),
    outcome: &'static str,
    out: &mut dyn Sink,
) {
    let (actor, value) = (Direction::ToServer, value.map(Cow::Owned));
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome: outcome.into() });
}
