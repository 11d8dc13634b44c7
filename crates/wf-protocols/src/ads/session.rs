//! Requests and their answers: operations with their outcome, values, names, and what servers say of themselves.

use super::NAME;
use super::body::{self, Access, Answers};
use super::frame::{
    ADD_NOTIFICATION, DELETE_NOTIFICATION, DEVICE_INFO, Frame, NOTIFICATION, READ, READ_STATE, READ_WRITE, WRITE, WRITE_CONTROL,
};
use super::names::{self, SYMBOL_BY_NAME_HANDLE, SYMBOL_INFO, SYMBOL_INFO_EX, SYMBOL_RELEASE, SYMBOL_VALUE_BY_NAME, SYSTEM};
use super::symbols::{self, Symbol, Symbols, full_name};
use crate::held::{Held, Waiting};
use std::borrow::Cow;
use std::sync::Arc;
use wf_model::{Attribute, Category};
use wf_wire::decode::{File, Moment, Value};
use wf_wire::{About, Anomaly, Coded, Context, Direction, Evidence, Measurement, Operation, Reader, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 128;
/// Samples of one notification.
const SAMPLES_MAX: usize = 1024;
/// Index group of the system service under which files are opened, and the bits of its offset that mean writing.
const OPEN_FILE: u32 = 120;
const FOR_WRITING: u32 = 2 | 4;

/// Which way it went, its number, its command, the ports at its ends.
type Key = (u8, u32, u16, u16, u16);

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    symbols: Symbols,
    lossy: bool,
    in_step: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::new(OPEN_MAX), symbols: Symbols::default(), lossy: false, in_step: false }
    }
}

/// Who asked, when, and how it ended.
struct End {
    actor: Direction,
    at: Moment,
    outcome: &'static str,
}

/// What is acted on.
enum Object {
    Symbol(Arc<Symbol>),
    Text(String),
    Coded(Coded),
}

impl Object {
    fn target(&self) -> Target<'_> {
        match self {
            Self::Symbol(symbol) => Target::Text(&symbol.name),
            Self::Text(text) => Target::Text(text),
            Self::Coded(coded) => Target::Coded(*coded),
        }
    }

    fn symbol(&self) -> Option<&Symbol> {
        if let Self::Symbol(symbol) = self { Some(symbol) } else { None }
    }
}

fn key(direction: Direction, frame: &Frame<'_>, client: u16, server: u16) -> Key {
    (u8::from(direction == Direction::ToClient), frame.invoke, frame.command, client, server)
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight() + self.symbols.weight()
    }

    /// A request: kept until its answer, unless none is wanted.
    pub fn request(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        if frame.command == NOTIFICATION {
            return self.samples(ctx, frame, out);
        }
        if frame.is_unanswered() {
            let end = End { actor: ctx.direction, at: ctx.now, outcome: "unconfirmed" };
            return self.tell(ctx, &end, frame, &[], out);
        }
        let key = key(ctx.direction, frame, frame.source.port, frame.target.port);
        while let Some((key, waiting)) = self.open.overdue(ctx.now) {
            self.unanswered(ctx, key, &waiting, out);
            self.open.give_back(waiting);
        }
        if let Some((key, waiting)) = self.open.open(key, ctx.now, bytes, out) {
            self.unanswered(ctx, key, &waiting, out);
        }
    }

    /// An answer: closes its request.
    pub fn response(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
        let (error, data) = body::answer(frame);
        let actor = ctx.direction.reverse();
        let key = key(actor, frame, frame.target.port, frame.source.port);
        // The registry answers with the operating system's own codes.
        let outcome = match (frame.source.port, frame.command, error) {
            (SYSTEM, READ_WRITE, 2) => "error: not_found",
            _ => names::outcome(error),
        };
        if let Some(waiting) = self.open.close(&key) {
            self.in_step = true;
            if let Ok(request) = Frame::read(&waiting.bytes) {
                let end = End { actor, at: waiting.at, outcome };
                self.tell(ctx, &end, &request, data, out);
            }
            self.open.give_back(waiting);
        } else if self.in_step && !self.lossy {
            let detail = format!("{} {}", names::command(frame.command), frame.invoke);
            out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
        }
        if error == 0 {
            describe(ctx, frame, data, out);
        }
    }

    /// Bytes went missing.
    pub fn gap(&mut self) {
        self.lossy = true;
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let held: Vec<_> = self.open.drain().collect();
        for (key, waiting) in held {
            self.unanswered(ctx, key, &waiting, out);
        }
    }

    fn unanswered(&mut self, ctx: &Context<'_>, key: Key, waiting: &Waiting, out: &mut dyn Sink) {
        if let Ok(request) = Frame::read(&waiting.bytes) {
            let outcome = if self.lossy { "unconfirmed" } else { "unanswered" };
            let actor = if key.0 == 1 { Direction::ToClient } else { Direction::ToServer };
            self.tell(ctx, &End { actor, at: waiting.at, outcome }, &request, &[], out);
        }
    }

    /// What a request was and what came of it. `data`: what its answer carries.
    fn tell(&mut self, ctx: &Context<'_>, end: &End, request: &Frame<'_>, data: &[u8], out: &mut dyn Sink) {
        let port = request.target.port;
        let Some(access) = Access::of(request) else { return self.tell_plain(ctx, end, request, out) };
        if let Some(parts) = access.parts() {
            let mut answers = Answers::new(&access, data).filter(|_| end.outcome == "ok");
            for part in parts {
                let answer = answers.as_mut().and_then(|answers| answers.next(&part));
                let outcome = answer.map_or(end.outcome, |(error, _)| names::outcome(error));
                let end = End { outcome, ..*end };
                self.access(ctx, &end, port, &part, answer.map_or(&[], |(_, data)| data), out);
            }
            return;
        }
        self.access(ctx, end, port, &access, data, out);
    }

    fn access(&mut self, ctx: &Context<'_>, end: &End, port: u16, access: &Access<'_>, data: &[u8], out: &mut dyn Sink) {
        let (function, category) = names::act(port, access.command, access.group);
        let object = self.object(port, access);
        let shows = category.is_act() && !access.written.is_empty() && !matches!(object, Object::Text(_));
        let value = match access.command {
            ADD_NOTIFICATION => None,
            _ if shows => Some(body::value(object.symbol(), access.written)),
            _ => None,
        };
        tell(ctx, end, (function, category), object.target(), value, out);
        if end.outcome != "ok" {
            return;
        }
        match (access.command, function) {
            (READ_WRITE, "get_handle" | "open_file") => self.opened(ctx, end, port, access, data, out),
            (READ_WRITE, "get_symbol_info") if access.group == SYMBOL_INFO_EX => {
                self.symbols.info(port, data, out);
            }
            (WRITE, "release_handle") => {
                let handle = access.written.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
                self.symbols.release(port, handle);
            }
            (ADD_NOTIFICATION, _) => {
                if let Some(handle) = data.first_chunk() {
                    let place = (port, access.group, access.offset);
                    self.symbols.notify(port, u32::from_le_bytes(*handle), place, out);
                }
            }
            (READ, "read") => measure(ctx, end, &object, data, out),
            (READ_WRITE, "read") => measure(ctx, end, &object, data, out),
            (WRITE, "write") => measure(ctx, end, &object, access.written, out),
            _ => {}
        }
    }

    /// A name got its handle.
    fn opened(&mut self, ctx: &Context<'_>, end: &End, port: u16, access: &Access<'_>, data: &[u8], out: &mut dyn Sink) {
        let name = crate::hints::clean(access.written);
        if let Some(handle) = data.first_chunk() {
            self.symbols.handle(port, u32::from_le_bytes(*handle), &name, out);
        }
        if access.group == OPEN_FILE && port == SYSTEM {
            let writes = access.offset & FOR_WRITING != 0;
            let direction = if writes { end.actor } else { end.actor.reverse() };
            out.file(ctx, NAME, File { name: &name, size: None, direction });
        }
    }

    fn object(&self, port: u16, access: &Access<'_>) -> Object {
        let Access { group, offset, .. } = *access;
        let named = matches!(group, SYMBOL_BY_NAME_HANDLE | SYMBOL_VALUE_BY_NAME | SYMBOL_INFO | SYMBOL_INFO_EX);
        // Files, folders, keys of the registry, programs.
        let told = port == SYSTEM && matches!(group, OPEN_FILE | 131..=133 | 200 | 500) && access.written.len() > 1;
        if (named && access.command == READ_WRITE) || told {
            let text = if group == 200 {
                let key = access.written.split(|byte| *byte == 0).take(2).map(crate::hints::clean);
                key.collect::<Vec<_>>().join("\\")
            } else {
                crate::hints::clean(access.written).into_owned()
            };
            return Object::Text(full_name(port, &text));
        }
        let place = match (port, group) {
            (SYSTEM, 121..=130) | (_, SYMBOL_RELEASE) => {
                let handle = access.written.first_chunk().map_or(offset, |bytes| u32::from_le_bytes(*bytes));
                (port, names::SYMBOL_VALUE_BY_HANDLE, if group == SYMBOL_RELEASE { handle } else { offset })
            }
            _ => (port, group, offset),
        };
        match self.symbols.at(place) {
            Some(symbol) => Object::Symbol(Arc::clone(symbol)),
            None => Object::Coded(body::place(port, group, offset)),
        }
    }

    fn tell_plain(&mut self, ctx: &Context<'_>, end: &End, request: &Frame<'_>, out: &mut dyn Sink) {
        let port = request.target.port;
        let act = names::act(port, request.command, 0);
        let mut r = Reader::new(request.data);
        match request.command {
            WRITE_CONTROL => {
                let (state, device) = (r.u16_le().unwrap_or(0), r.u16_le().unwrap_or(0));
                let more = if device == 0 { String::new() } else { format!(", device state {device}") };
                let value = format!("{}{more}", names::state(state));
                tell(ctx, end, act, Target::Coded(body::server(port)), Some(value.into()), out);
            }
            DELETE_NOTIFICATION => {
                let handle = r.u32_le().unwrap_or(0);
                let known = self.symbols.notified(port, handle).and_then(|ordered| ordered.symbol.clone());
                let object = known.map_or(Object::Coded(body::notification(port, handle)), Object::Symbol);
                tell(ctx, end, act, object.target(), None, out);
                if end.outcome == "ok" {
                    self.symbols.forget(port, handle);
                }
            }
            _ => tell(ctx, end, act, Target::Coded(body::server(port)), None, out),
        }
    }

    /// Values that a server sends of its own accord.
    fn samples(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
        let mut r = Reader::new(frame.data);
        let _length = r.u32_le();
        let stamps = r.u32_le().unwrap_or(0);
        let mut left = SAMPLES_MAX;
        for _ in 0..stamps {
            let _time = r.u64_le();
            let Ok(samples) = r.u32_le() else { return };
            for _ in 0..samples {
                let (Ok(handle), Ok(size)) = (r.u32_le(), r.u32_le()) else { return };
                let Ok(data) = r.take(usize::try_from(size).unwrap_or(usize::MAX)) else { return };
                let Some(more) = left.checked_sub(1) else { return };
                left = more;
                let Some(ordered) = self.symbols.notified(frame.source.port, handle) else { continue };
                let (port, group, offset) = ordered.place;
                let object = match &ordered.symbol {
                    Some(symbol) => Object::Symbol(Arc::clone(symbol)),
                    None => Object::Coded(body::place(port, group, offset)),
                };
                let end = End { actor: ctx.direction.reverse(), at: ctx.now, outcome: "ok" };
                measure(ctx, &end, &object, data, out);
            }
        }
    }
}

fn tell(
    ctx: &Context<'_>,
    end: &End,
    (function, category): (&'static str, Category),
    target: Target<'_>,
    value: Option<Cow<'_, str>>,
    out: &mut dyn Sink,
) {
    let (at, actor, outcome) = (end.at, end.actor, end.outcome.into());
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

/// A value that the server holds.
fn measure(ctx: &Context<'_>, end: &End, object: &Object, data: &[u8], out: &mut dyn Sink) {
    let kind = object.symbol().map_or(0, |symbol| symbol.kind);
    let text;
    let value = match symbols::number(kind, data) {
        Some(number) if kind == 33 => Value::Flag(number != 0.0),
        Some(number) => Value::Number(number),
        None if kind == symbols::TEXT => {
            text = crate::hints::clean(data);
            Value::Text(&text)
        }
        None => return,
    };
    let device = end.actor.reverse();
    out.measurement(ctx, NAME, Measurement { device, point: object.target(), value, quality: "good" });
}

/// What an answer says of its sender.
fn describe(ctx: &Context<'_>, frame: &Frame<'_>, data: &[u8], out: &mut dyn Sink) {
    let mut r = Reader::new(data);
    match frame.command {
        DEVICE_INFO => {
            let (Ok([major, minor]), Ok(build)) = (r.array(), r.u16_le()) else { return };
            let name = crate::hints::clean(r.rest());
            if !name.is_empty() {
                let value = format!("{name} {major}.{minor}.{build}");
                let (attribute, value) = (Attribute::Software, value.as_str());
                let statement = Evidence { about: About::Sender, attribute, value, source: "device_info", confidence: 75 };
                out.evidence(ctx, NAME, statement);
            }
        }
        READ_STATE => {
            let Ok(state) = r.u16_le() else { return };
            let point = Coded { numbers: [u64::from(frame.source.port), 0, 0, 0], show: show_state };
            let (point, value) = (Target::Coded(point), Value::Text(names::state(state)));
            out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
        }
        _ => {}
    }
}

fn show_state([port, ..]: &[u64; 4], f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    write!(f, "{port}/state")
}
