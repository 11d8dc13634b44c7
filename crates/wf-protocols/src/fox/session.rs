//! What stations and workbenches say of themselves, logins, requests with their answers.

use super::NAME;
use super::frame::Frame;
use super::names;
use crate::held::{Held, Waiting};
use crate::hints::{bounded, clean, is_host_name};
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::Credential;
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Operation, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 64;
/// Bytes kept of one.
const BYTES_MAX: usize = 1024;
/// Text of names, in bytes.
const TEXT_MAX: usize = 120;

/// Who asked, and its number.
type Key = (Direction, i64);
/// Numbers of what is joined without one.
const HELLO: i64 = -1;
const LOGIN: i64 = -2;
const UNASKED: i64 = -3;

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    /// A login waits: its further steps belong to it.
    in_login: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX), in_login: false }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// One frame.
    pub fn frame(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        let (from, client) = (ctx.direction, ctx.direction == Direction::ToServer);
        secrets(ctx, frame, out);
        match (frame.kind, frame.channel, frame.command) {
            (b'a', "fox", "hello") => {
                identity(ctx, frame, out);
                if client {
                    self.ask(ctx, (from, HELLO), bytes, out);
                } else {
                    self.close(ctx, (from.reverse(), HELLO), "ok".into(), out);
                }
            }
            (b'a', "fox", "welcome") => self.close(ctx, (from.reverse(), LOGIN), "ok".into(), out),
            (b'a', "fox", "rejected") => {
                let why = frame.text("authfail_reason").map(|why| clean(bounded(&why, TEXT_MAX).as_bytes()).into_owned());
                let outcome = why.as_ref().map_or("error: rejected".into(), |why| Cow::Owned(format!("error: {why}")));
                self.close(ctx, (from.reverse(), LOGIN), outcome, out);
                let detail = why.unwrap_or_default().into();
                out.anomaly(ctx, NAME, Anomaly { kind: "login_rejected", detail });
            }
            (b'a', "fox", "busy") => self.close(ctx, (from.reverse(), HELLO), "error: busy".into(), out),
            (b'a', "fox", _) if client && frame.text("username").is_some() => {
                self.login(ctx, bytes, out);
            }
            // What is sent without a wish for an answer gets none.
            (b'a', channel, command) if channel != "fox" && names::request(command).1.is_act() => {
                tell(
                    ctx,
                    (from, UNASKED),
                    &Waiting { at: ctx.now, lost: false, bytes: bytes.to_vec() },
                    "unconfirmed".into(),
                    out,
                );
            }
            (b's', ..) => self.ask(ctx, (from, frame.reply), bytes, out),
            (b'r' | b'n', ..) => self.close(ctx, (from.reverse(), frame.reply), "ok".into(), out),
            (b'e', ..) => self.close(ctx, (from.reverse(), frame.reply), "error: refused".into(), out),
            _ => {}
        }
        while let Some((key, late)) = self.open.overdue(ctx.now) {
            self.in_login &= key.1 != LOGIN;
            tell(ctx, key, &late, late.missing().into(), out);
            self.open.give_back(late);
        }
    }

    /// Bytes went missing: what is open may have been answered.
    pub fn gap(&mut self) {
        self.open.lose();
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (key, waiting) in self.open.drain() {
            tell(ctx, key, &waiting, waiting.missing().into(), out);
        }
    }

    fn login(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) {
        if !std::mem::replace(&mut self.in_login, true) {
            self.ask(ctx, (ctx.direction, LOGIN), bytes, out);
        }
    }

    fn ask(&mut self, ctx: &Context<'_>, key: Key, bytes: &[u8], out: &mut dyn Sink) {
        if let Some((key, waiting)) = self.open.open_one(key, ctx.now, bytes, out) {
            tell(ctx, key, &waiting, waiting.missing().into(), out);
            self.open.give_back(waiting);
        }
    }

    fn close(&mut self, ctx: &Context<'_>, key: Key, outcome: Cow<'static, str>, out: &mut dyn Sink) {
        self.in_login &= key.1 != LOGIN;
        if let Some(waiting) = self.open.close(&key) {
            tell(ctx, key, &waiting, outcome, out);
            self.open.give_back(waiting);
        }
    }
}

fn tell(ctx: &Context<'_>, (actor, number): Key, waiting: &Waiting, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    // Of what was cut the first line is enough.
    let Ok(frame) = Frame::read(&waiting.bytes).or_else(|_| Frame::line(&waiting.bytes).map(|(frame, _)| frame)) else { return };
    let name = format!("{}.{}", bounded(frame.channel, TEXT_MAX), bounded(frame.command, TEXT_MAX));
    let ((function, category), target, value) = match number {
        HELLO => (("hello", Category::Diagnostic), Target::None, frame.text("app.name")),
        LOGIN => (("login", Category::Diagnostic), Target::None, frame.text("username")),
        _ => {
            let named = names::request(frame.command);
            let value = named.1.is_act().then(|| passed(&frame)).filter(|value| !value.is_empty());
            (named, Target::Text(name.as_str()), value.map(Cow::Owned))
        }
    };
    let value = value.map(|value| Cow::Owned(clean(bounded(&value, TEXT_MAX).as_bytes()).into_owned()));
    let at = waiting.at;
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

/// What a request passes on: its plain values by name.
fn passed(frame: &Frame<'_>) -> String {
    let plain = frame.values.iter().filter(|value| !matches!(value.kind, b'b' | b'o' | b'm'));
    let each = plain.map(|value| {
        let text = if names::is_secret(value.name) { "hidden".into() } else { value.text() };
        format!("{} {text}", clean(value.name))
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Passwords that stand in a frame.
pub fn secrets(ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
    let user = frame.text("username").map(|user| clean(user.as_bytes()).into_owned());
    for value in frame.values.iter().filter(|value| names::is_secret(value.name) && !value.data.is_empty()) {
        out.credential(ctx, NAME, Credential { scheme: "password", user: user.as_deref(), secret: value.data });
    }
}

/// The greeting of a station or a workbench.
fn identity(ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
    let mut say = |attribute, value: &str, confidence| {
        let value = clean(bounded(value, TEXT_MAX).as_bytes());
        if !value.is_empty() {
            let about = About::Sender;
            out.evidence(ctx, NAME, Evidence { about, attribute, value: &value, source: "hello", confidence });
        }
    };
    let pair = |name: &str, version: &str| {
        frame.text(name).map(|name| format!("{name} {}", frame.text(version).unwrap_or_default()).trim_end().to_owned())
    };
    let app = frame.text("app.name");
    match app.as_deref() {
        Some("Station") => say(Attribute::Role, "building_controller", 60),
        Some("Workbench") => say(Attribute::Role, "engineering_station", 60),
        _ => {}
    }
    if let Some(station) = frame.text("station.name") {
        say(Attribute::Name, &station, 75);
    }
    if let Some(host) = frame.text("hostName").filter(|host| is_host_name(host)) {
        say(Attribute::Name, &host, 65);
    }
    if let Some(id) = frame.text("hostId") {
        say(Attribute::Serial, &id, 70);
        // `Qnx-NPM6-0000-…`: the platform stands behind the system.
        if let Some(model) = id.strip_prefix("Qnx-").and_then(|rest| rest.split('-').next()) {
            say(Attribute::Model, model, 60);
        }
    }
    if let Some(system) = pair("os.name", "os.version") {
        say(Attribute::Os, &system, 75);
    }
    if let Some(software) = pair("app.name", "app.version") {
        say(Attribute::Software, &format!("Niagara {software}"), 75);
    }
    if let Some(machine) = pair("vm.name", "vm.version") {
        say(Attribute::Software, &machine, 60);
    }
    if let Some(brand) = frame.text("brandId") {
        say(Attribute::Description, &format!("Niagara brand {brand}"), 45);
    }
}
