//! Associations, requests and their answers: operations with their outcome, values, what a meter says of itself.

use super::access::{self, Kind};
use super::acse::Association;
use super::apdu::{Apdu, Content, Item, Notification, Request, Response};
use super::data::{Shown, number, string};
use super::link::Frame;
use super::names::{self, tag};
use super::{NAME, cut};
use crate::held::{Held, Waiting};
use crate::hints::{clean, hex, shown};
use smallvec::SmallVec;
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Moment, Value};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 32;
/// Bytes kept of one.
const BYTES_MAX: usize = 2048;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// Which service, the number of the request, and between whom.
type Key = (u8, u8, Ends);

/// Client and server by their addresses: one connection may lead to several meters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    client: u32,
    server: u32,
}

impl Ends {
    /// Of the frame at hand.
    pub const fn of(ctx: &Context<'_>, frame: &Frame<'_>) -> Self {
        match ctx.direction {
            Direction::ToServer => Self { client: frame.source, server: frame.destination },
            Direction::ToClient => Self { client: frame.destination, server: frame.source },
        }
    }
}

/// Passwords and keys with what kind each is.
pub type Secrets<'a> = SmallVec<[(&'static str, &'a [u8]); 2]>;

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    in_step: bool,
    /// The server whose objects say who the device is; others are meters behind it.
    own: Option<u32>,
    /// Titles told of those who protect what they send, by direction.
    titles: [Option<[u8; 8]>; 2],
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX), in_step: false, own: None, titles: [None; 2] }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// Marks the secrets of an APDU, so that they are not shown, and hands them over. What an answer or a further block is about,
    /// its request says.
    pub fn hide<'a>(&mut self, ends: Ends, apdu: &mut Apdu<'a>) -> Secrets<'a> {
        let (code, mut found) = (apdu.code, Secrets::new());
        match &mut apdu.content {
            Content::Association(association) => {
                let password = association.password().filter(|_| code == tag::AARQ);
                found.extend(password.map(|secret| ("password", secret)));
                let key = association.initiate().and_then(|initiate| initiate.dedicated_key);
                found.extend(key.map(|secret| ("secret", secret)));
            }
            Content::Request(request) => {
                let is_method = code == tag::ACTION_REQUEST;
                for item in &request.items {
                    let data = item.data.filter(|_| item.is_secret(is_method) && !item.is_reply(is_method));
                    found.extend(data.map(|data| ("secret", string(data).unwrap_or(data))));
                }
                if let Some(raw) = request.raw {
                    let of_itself = |request: &Request<'_>| request.items.iter().any(|item| item.is_secret(is_method));
                    let begun = request.continues.then(|| self.open.get(&(code, request.invoke, ends))).flatten();
                    if of_itself(request) || begun.and_then(asked).is_some_and(|begun| of_itself(&begun)) {
                        found.push(("secret", raw));
                    }
                }
            }
            Content::Other if code == tag::ACCESS_REQUEST => {
                found = cut::secrets(apdu.bytes, |_, _| SmallVec::new());
            }
            Content::Response(response) if matches!(code, tag::GET_RESPONSE | tag::READ_RESPONSE) => {
                let Some(begun) = self.open.get(&(asked_by(code), response.invoke, ends)).and_then(asked) else {
                    return found;
                };
                for (item, outcome) in begun.items.iter().zip(&mut response.outcomes) {
                    outcome.hidden = item.is_secret(false);
                    let data = outcome.data.filter(|_| outcome.hidden);
                    found.extend(data.map(|data| ("secret", string(data).unwrap_or(data))));
                }
                let raw = response.raw.filter(|_| begun.items.iter().any(|item| item.is_secret(false)));
                found.extend(raw.map(|raw| ("secret", raw)));
            }
            _ => {}
        }
        found
    }

    /// The secrets of an APDU that is cut.
    pub fn hide_cut<'a>(&mut self, ends: Ends, bytes: &'a [u8]) -> Secrets<'a> {
        cut::secrets(bytes, |code, invoke| {
            let begun = self.open.get(&(code, invoke, ends)).and_then(asked);
            let is_method = code == tag::ACTION_REQUEST;
            begun.map(|begun| begun.items.iter().map(|item| item.is_secret(is_method)).collect()).unwrap_or_default()
        })
    }

    /// One whole APDU.
    pub fn apdu(&mut self, ctx: &Context<'_>, ends: Ends, apdu: &Apdu<'_>, out: &mut dyn Sink) {
        let code = apdu.code;
        self.protector(ctx, apdu, out);
        match (&apdu.content, code) {
            (Content::Request(request), tag::UNCONFIRMED_WRITE) => {
                let bytes = apdu.bytes.to_vec();
                if !request.continues {
                    tell(ctx, ends, &Waiting { at: ctx.now, lost: false, bytes }, &[], "unconfirmed", out);
                }
            }
            (Content::Request(_), tag::INFORMATION_REPORT) => {}
            (Content::Association(association), tag::AARE) => {
                titled(ctx, association.title, out);
                self.answer(ctx, (tag::AARQ, 0, ends), association.outcome(), out);
            }
            (Content::Association(association), _) => {
                titled(ctx, association.title, out);
                self.ask(ctx, (code, 0, ends), apdu.bytes, out);
            }
            (Content::Request(request), _) if !request.continues => {
                self.ask(ctx, (code, request.invoke, ends), apdu.bytes, out);
            }
            (Content::Response(response), _) if !response.more => self.response(ctx, ends, code, response, out),
            (Content::Notification(Notification { item: Some(item), data, .. }), _) => {
                measured(ctx, ends.server, item, data, out);
            }
            // What carries on was asked before.
            (Content::Request(_), _) => {}
            (_, tag::AARQ | tag::RLRQ | tag::READ_REQUEST | tag::WRITE_REQUEST) => {
                self.ask(ctx, (code, 0, ends), apdu.bytes, out);
            }
            (_, tag::AARE) => self.answer(ctx, (tag::AARQ, 0, ends), "error: rejected", out),
            (_, tag::RLRE) => self.answer(ctx, (tag::RLRQ, 0, ends), "ok", out),
            (_, tag::UNCONFIRMED_WRITE) => {
                say(ctx, ctx.now, ("write", Category::Write), (Target::None, None), "unconfirmed", out);
            }
            (_, 0x36 | 0x56) => say(ctx, ctx.now, ("write_ciphered", Category::Write), (Target::None, None), "unconfirmed", out),
            _ if names::ciphered(code).is_some() => self.ask(ctx, (code, 0, ends), &[code], out),
            // More of it follows.
            (Content::Response(_), _) => {}
            // Nobody knows what it answers.
            (_, 0x0c | 0x0d | 0x2c | 0x2d | 0x4c | 0x4d | 0xcc | 0xcd | 0xcf | 0xd4 | 0xd5 | 0xd7) => {
                self.answer_ciphered(ctx, code, ends, out);
            }
            (_, tag::ACCESS_REQUEST) => accessed(ctx, ends, apdu.body, out),
            (_, tag::EXCEPTION | tag::CONFIRMED_ERROR) => {
                let outcome = match (code, apdu.body) {
                    (tag::EXCEPTION, [state, service, ..]) => names::exception(*state, *service),
                    _ => "error: service error",
                };
                self.refused(ctx, ends, outcome, out);
            }
            _ => {}
        }
    }

    /// The title of the one who protects what it sends, once; a client may pass on what another has protected or signed.
    fn protector(&mut self, ctx: &Context<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) {
        let own = |code: u8| matches!(code, 0xdb | 0xdc) || ctx.direction == Direction::ToClient;
        let title = apdu.layers.iter().find(|layer| own(layer.code)).and_then(|layer| <[u8; 8]>::try_from(layer.title?).ok());
        let known = self.titles.get_mut(ctx.direction.index());
        if let (Some(title), Some(known)) = (title, known)
            && known.replace(title) != Some(title)
        {
            titled(ctx, Some(&title), out);
        }
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.open.expire(ctx.now, |key, late| tell(ctx, key.2, late, &[], missing(late), out));
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        self.open.lose();
        self.in_step = false;
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (key, waiting) in self.open.drain() {
            tell(ctx, key.2, &waiting, &[], missing(&waiting), out);
        }
    }

    fn ask(&mut self, ctx: &Context<'_>, key: Key, apdu: &[u8], out: &mut dyn Sink) {
        if let Some((key, waiting)) = self.open.open_one(key, ctx.now, apdu, out) {
            tell(ctx, key.2, &waiting, &[], missing(&waiting), out);
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
            tell(ctx, key.2, &waiting, &[], outcome, out);
            self.open.give_back(waiting);
        }
    }

    /// An answer that nobody reads; its request may have been one that is authenticated alone.
    fn answer_ciphered(&mut self, ctx: &Context<'_>, code: u8, ends: Ends, out: &mut dyn Sink) {
        let key = (asked_by(code), 0, ends);
        if self.open.get(&key).is_none() {
            let clear = names::clear(key.0);
            if let Some(waiting) = self.open.close_where(|key| key.0 == clear && key.2 == ends) {
                tell(ctx, ends, &waiting, &[], "unconfirmed", out);
                return self.open.give_back(waiting);
            }
        }
        self.answer(ctx, key, "unconfirmed", out);
    }

    /// An answer to a get, set or action: each item has its own outcome.
    fn response(&mut self, ctx: &Context<'_>, ends: Ends, code: u8, response: &Response<'_>, out: &mut dyn Sink) {
        let asked = asked_by(code);
        let named = if code == tag::ACTION_RESPONSE { names::method } else { names::access };
        let Some(waiting) = self.close(ctx, (asked, response.invoke, ends), out) else { return };
        let outcomes: Vec<&'static str> = response.outcomes.iter().map(|outcome| named(outcome.result)).collect();
        // Where they come in blocks, the results of methods are not put together.
        let in_blocks = code == tag::ACTION_RESPONSE && response.block.is_some();
        tell(ctx, ends, &waiting, &outcomes, if in_blocks { "unconfirmed" } else { "ok" }, out);
        if let Some(request) = waiting.bytes.get(1..).and_then(|body| Request::read(asked, body)) {
            for (item, outcome) in request.items.iter().zip(&response.outcomes).filter(|(_, outcome)| outcome.result == 0) {
                let value = if matches!(asked, tag::SET_REQUEST | tag::WRITE_REQUEST) { item.data } else { outcome.data };
                if let Some(value) = value.filter(|_| asked != tag::ACTION_REQUEST) {
                    measured(ctx, ends.server, item, value, out);
                    if matches!(asked, tag::GET_REQUEST | tag::READ_REQUEST)
                        && *self.own.get_or_insert(ends.server) == ends.server
                    {
                        identity(ctx, item, value, out);
                    }
                }
            }
        }
        self.open.give_back(waiting);
    }

    /// The server refuses without a number: what was asked first is meant.
    fn refused(&mut self, ctx: &Context<'_>, ends: Ends, outcome: &'static str, out: &mut dyn Sink) {
        let open = self.open.drain().collect::<Vec<_>>();
        let meant = open.iter().position(|(key, _)| key.2 == ends);
        for (at, (key, waiting)) in open.into_iter().enumerate() {
            tell(ctx, key.2, &waiting, &[], if Some(at) == meant { outcome } else { "unconfirmed" }, out);
            self.open.give_back(waiting);
        }
    }
}

/// The attributes or methods of a request that waits, of one that was cut as far as they are there.
fn asked(waiting: &Waiting) -> Option<Request<'_>> {
    let (&code, body) = waiting.bytes.split_first()?;
    Request::read(code, body).or_else(|| Request::head(code, body).map(|(head, _)| head))
}

fn evidence(ctx: &Context<'_>, attribute: Attribute, value: &str, source: &'static str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
    }
}

/// A system title: three letters of the manufacturer, five bytes of its own (4.3.4).
fn titled(ctx: &Context<'_>, title: Option<&[u8]>, out: &mut dyn Sink) {
    let Some(title) = title.filter(|title| title.len() == 8) else { return };
    let letters = title.get(..3).filter(|letters| letters.iter().all(u8::is_ascii_uppercase));
    let maker = letters.map_or_else(String::new, |letters| format!(" of manufacturer {}", clean(letters)));
    evidence(ctx, Attribute::Description, &format!("DLMS system title {}{maker}", hex(title)), "system_title", 50, out);
}

/// What objects with fixed names say of a meter (IEC 62056-61).
fn identity(ctx: &Context<'_>, item: &Item<'_>, value: &[u8], out: &mut dyn Sink) {
    // The logical device name has a short name that is fixed.
    let by_short = item.short == Some(0xfd08);
    let Some(text) = string(value).filter(|_| by_short || item.class == 1 && item.id == 2) else { return };
    if !text.iter().all(|c| c.is_ascii_graphic() || *c == b' ') {
        return;
    }
    let (attribute, confidence) = match item.name {
        _ if by_short => (Attribute::Name, 75),
        [0, 0, 42, 0, 0, 255] => (Attribute::Name, 75),
        [0, 0, 96, 1, 0, 255] => (Attribute::Serial, 75),
        [0 | 1, 0, 0, 2, 0, 255] => (Attribute::Firmware, 70),
        [0, 0, 96, 1, 1, 255] => (Attribute::Model, 40),
        _ => return,
    };
    evidence(ctx, attribute, &clean(text), "object", confidence, out);
}

/// The tag of the request that an answer belongs to: seven less by short names, four less by logical ones.
const fn asked_by(code: u8) -> u8 {
    if code < tag::AARQ { code - 7 } else { code - 4 }
}

/// What to say of a request to which nothing came: some ask for no answer (bit 6 of the number is clear).
fn missing(waiting: &Waiting) -> &'static str {
    match waiting.bytes.as_slice() {
        [tag::SET_REQUEST | tag::ACTION_REQUEST, _, invoke, ..] if invoke & 0x40 == 0 => "unconfirmed",
        _ => waiting.missing(),
    }
}

fn measured(ctx: &Context<'_>, server: u32, item: &Item<'_>, value: &[u8], out: &mut dyn Sink) {
    if item.id != 2 || !matches!(item.class, 1 | 3..=5 | 70) {
        return;
    }
    let Some(number) = number(value) else { return };
    let block = item.coded(server);
    if !out.unchanged(ctx, ctx.direction, block, value) {
        let value = if value.first() == Some(&3) { Value::Flag(number != 0.0) } else { Value::Number(number) };
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point: Target::Coded(block), value, quality: "good" });
    }
}

/// Tells a request: one operation for each attribute or method, each with its outcome.
fn tell(
    ctx: &Context<'_>,
    ends: Ends,
    waiting: &Waiting,
    outcomes: &[&'static str],
    otherwise: &'static str,
    out: &mut dyn Sink,
) {
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
        tag::WRITE_REQUEST | tag::UNCONFIRMED_WRITE => ("write", Category::Write),
        tag::GET_REQUEST => ("get", Category::Read),
        tag::SET_REQUEST => ("set", Category::Write),
        tag::ACTION_REQUEST => ("action", Category::Control),
        _ => names::ciphered(code).unwrap_or(("request", Category::Diagnostic)),
    };
    let Some(request) = asked(waiting) else {
        return say(ctx, waiting.at, named, (Target::None, None), otherwise, out);
    };
    if request.items.is_empty() {
        return say(ctx, waiting.at, named, (Target::None, None), outcomes.first().copied().unwrap_or(otherwise), out);
    }
    for (at, item) in request.items.iter().enumerate() {
        let named = match code {
            tag::GET_REQUEST => ("get", Category::Read),
            tag::SET_REQUEST => ("set", names::set(item.class)),
            _ if item.short.is_some() => names::short(item.short.unwrap_or(0), code != tag::READ_REQUEST),
            _ => names::action(item.class, item.id),
        };
        let value = shown_value(item, code == tag::ACTION_REQUEST);
        let outcome = outcomes.get(at).or(outcomes.last()).copied().unwrap_or(otherwise);
        say(ctx, waiting.at, named, (Target::Coded(item.coded(ends.server)), value), outcome, out);
    }
}

/// Tells what a request of the access service asks; its answers are not joined.
fn accessed(ctx: &Context<'_>, ends: Ends, body: &[u8], out: &mut dyn Sink) {
    let Some(asked) = access::request(body) else {
        return say(ctx, ctx.now, ("access", Category::Write), (Target::None, None), "unconfirmed", out);
    };
    for (kind, item) in &asked {
        let named = match kind {
            Kind::Get => ("get", Category::Read),
            Kind::Set => ("set", names::set(item.class)),
            Kind::Action => names::action(item.class, item.id),
        };
        let value = shown_value(item, *kind == Kind::Action);
        say(ctx, ctx.now, named, (Target::Coded(item.coded(ends.server)), value), "unconfirmed", out);
    }
}

/// What is written or passed on, for people.
fn shown_value(item: &Item<'_>, is_method: bool) -> Option<String> {
    item.data.map(|data| if item.is_secret(is_method) { "hidden".to_owned() } else { shown(Shown(data), VALUE_MAX) })
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
