//! Requests and their answers: operations with their outcome, values, logins, identity.

use super::frame::{Address, Frame};
use super::names::{self, opcode};
use super::value::{Datum, Point, clock, points, row, values};
use super::{NAME, file, login, passwords};
use crate::held::{Held, Waiting};
use crate::hints::{hex_cut, shown};
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Credential, File, Moment};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one flow; frames are 263 bytes at most.
const OPEN_MAX: usize = 32;
const BYTES_MAX: usize = 264;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;
/// Where the answer to opcode 6 says the type of device.
pub const TYPE_AT: usize = 18;

/// Who asks, both addresses, opcode.
type Key = (Direction, [u8; 4], u8);

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    /// The request that was asked last: errors do not say to what they belong.
    last: Option<Key>,
    in_step: bool,
    hinted: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX), last: None, in_step: false, hinted: false }
    }
}

/// A request with when it was asked and by whom.
struct Asked<'a> {
    at: Moment,
    actor: Direction,
    frame: Frame<'a>,
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// What the server sends is an answer, but for its reports; those too where they were asked for.
    pub fn is_answer(&self, ctx: &Context<'_>, frame: &Frame<'_>) -> bool {
        let report = frame.opcode == opcode::REPORT && !frame.data.is_empty();
        ctx.direction == Direction::ToClient && !report || frame.opcode == opcode::ERROR
    }

    /// A request: kept until its answer.
    pub fn request(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        if is_short(frame) {
            let detail = names::named(frame.opcode, frame.data).map_or("", |(name, _)| name);
            out.anomaly(ctx, NAME, Anomaly { kind: "truncated_request", detail: detail.into() });
        }
        if let Some(login) = login::read(frame.data).filter(|_| frame.opcode == opcode::LOGIN) {
            out.credential(ctx, NAME, Credential { scheme: "password", user: Some(&login.user), secret: login.secret });
        }
        parameter_secret(ctx, frame, out);
        let addresses = [frame.to.unit, frame.to.group, frame.from.unit, frame.from.group];
        let key = (ctx.direction, addresses, frame.opcode);
        self.last = Some(key);
        if let Some((key, fallen)) = self.open.open(key, ctx.now, bytes, out) {
            unanswered(ctx, key, &fallen, out);
            self.open.give_back(fallen);
        }
    }

    /// An answer: closes its request.
    pub fn answer(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
        parameter_secret(ctx, frame, out);
        let actor = ctx.direction.reverse();
        let addresses = [frame.from.unit, frame.from.group, frame.to.unit, frame.to.group];
        // Some devices leave the addresses as they were asked.
        let kept = [frame.to.unit, frame.to.group, frame.from.unit, frame.from.group];
        let last = self.last.filter(|(by, ..)| frame.opcode == opcode::ERROR && *by == actor);
        let keys = [last.unwrap_or((actor, addresses, frame.opcode)), (actor, kept, frame.opcode)];
        let Some(waiting) = keys.iter().find_map(|key| self.open.close(key)) else {
            if self.in_step && !keys.iter().any(|key| self.open.was_given_up(key)) {
                let detail = format!("opcode {}", frame.opcode).into();
                out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail });
            }
            return;
        };
        self.in_step = true;
        if !std::mem::replace(&mut self.hinted, true) {
            say(ctx, Attribute::Role, "controller", 60, out);
        }
        if let Ok(request) = Frame::read(&waiting.bytes) {
            let asked = Asked { at: waiting.at, actor, frame: request };
            if frame.opcode == opcode::ERROR {
                let outcome = frame.data.first().map_or("error: unknown", |code| names::outcome(*code));
                tell(ctx, &asked, outcome, out);
            } else {
                tell(ctx, &asked, "ok", out);
                learned(ctx, &asked.frame, frame, out);
            }
        }
        self.open.give_back(waiting);
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.open.expire(ctx.now, |key, late| unanswered(ctx, key, late, out));
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        self.open.lose();
        self.in_step = false;
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.open.drain().for_each(|(key, waiting)| unanswered(ctx, key, &waiting, out));
    }
}

/// The password of an operator as a parameter that is written, or read in a row.
fn parameter_secret(ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
    let say = |secret| out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
    match frame.opcode {
        opcode::SET_ROW | opcode::READ_ROW => {
            let secret = row(frame.data).filter(|(point, count, _)| point.is_secret(*count)).map(|row| row.2);
            secret.into_iter().filter(|secret| !secret.is_empty()).for_each(say);
        }
        opcode::WRITE => passwords::find(frame.data, false).into_iter().for_each(say),
        _ => {}
    }
}

/// The passwords in a frame that is cut.
pub fn secrets_cut(ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
    let say = |secret| out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
    match frame.opcode {
        opcode::LOGIN => login::cut(frame.data, frame.said()).into_iter().for_each(say),
        opcode::WRITE | opcode::READ => passwords::find(frame.data, true).into_iter().for_each(say),
        _ => parameter_secret(ctx, frame, out),
    }
}

fn unanswered(ctx: &Context<'_>, (actor, ..): Key, waiting: &Waiting, out: &mut dyn Sink) {
    if let Ok(frame) = Frame::read(&waiting.bytes) {
        // Reports of a device need no answer.
        let outcome = if frame.opcode == opcode::REPORT { "unconfirmed" } else { waiting.missing() };
        tell(ctx, &Asked { at: waiting.at, actor, frame }, outcome, out);
    }
}

fn is_short(frame: &Frame<'_>) -> bool {
    match frame.opcode {
        opcode::READ => frame.data.first().is_none_or(|count| points(frame.data).len() < usize::from(*count)),
        opcode::WRITE => frame.data.len() < 5,
        opcode::SET_ROW | opcode::READ_ROW => row(frame.data).is_none(),
        _ => false,
    }
}

fn say(ctx: &Context<'_>, attribute: Attribute, value: &str, confidence: u8, out: &mut dyn Sink) {
    out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "", confidence });
}

/// Tells a request: one operation for each point that is read or written.
fn tell(ctx: &Context<'_>, asked: &Asked<'_>, outcome: &'static str, out: &mut dyn Sink) {
    let frame = &asked.frame;
    let (function, category) = names::named(frame.opcode, frame.data).unwrap_or(("unknown_opcode", Category::Diagnostic));
    let mut one = |target: Target<'_>, value: Option<String>| {
        let (at, actor) = (asked.at, asked.actor);
        let value = value.map(Cow::Owned);
        out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome: outcome.into() });
    };
    match frame.opcode {
        opcode::READ => {
            for point in points(frame.data) {
                one(Target::Coded(point.coded(1, frame.to)), None);
            }
        }
        opcode::WRITE => match (written(frame), points(frame.data).first()) {
            (Some((point, value)), _) => {
                let value = if point.is_secret(1) { "hidden".to_owned() } else { shown(value, VALUE_MAX) };
                one(Target::Coded(point.coded(1, frame.to)), Some(value));
            }
            // Where the values end depends on their types: they are shown as they stand.
            (None, Some(point)) => one(Target::Coded(point.coded(1, frame.to)), many(frame.data)),
            (None, None) => one(Target::None, None),
        },
        opcode::SET_ROW | opcode::READ_ROW => match row(frame.data) {
            Some((point, count, rest)) => {
                let value = (frame.opcode == opcode::SET_ROW).then(|| match count {
                    count if point.is_secret(count) => "hidden".to_owned(),
                    1 => shown(Datum(rest), VALUE_MAX),
                    _ => hex_cut(rest, VALUE_MAX / 2),
                });
                one(Target::Coded(point.coded(count.into(), frame.to)), value);
            }
            None => one(Target::None, None),
        },
        opcode::SET_CLOCK => one(Target::None, clock(frame.data)),
        opcode::LOGIN => one(Target::None, login::read(frame.data).map(|login| login.user.into_owned())),
        opcode::WRITE_TABLE => one(Target::None, Some(hex_cut(frame.data, VALUE_MAX / 2))),
        opcode::FILE => moved(ctx, asked, outcome, function, category, out),
        _ => one(Target::None, None),
    }
}

fn many(data: &[u8]) -> Option<String> {
    let (count, rest) = data.split_first()?;
    if !passwords::find(data, false).is_empty() {
        return Some(format!("{count} parameters: hidden"));
    }
    Some(format!("{count} parameters: {}", hex_cut(rest, VALUE_MAX / 2 - 16)))
}

/// An operation on a file, and the file itself.
fn moved(
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    outcome: &'static str,
    function: &'static str,
    category: Category,
    out: &mut dyn Sink,
) {
    let name = file::name(asked.frame.data);
    let target = name.as_deref().map_or(Target::None, Target::Text);
    let value = file::written(asked.frame.data).map(Cow::Owned);
    let (at, actor) = (asked.at, asked.actor);
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome: outcome.into() });
    if let (Some(name), Some([1, option]), "ok") = (&name, asked.frame.data.first_chunk::<2>(), outcome) {
        let direction = if *option == 0 { actor.reverse() } else { actor };
        out.file(ctx, NAME, File { name, size: None, direction });
    }
}

/// The point and value of a request that writes one.
fn written<'a>(frame: &Frame<'a>) -> Option<(Point, Datum<'a>)> {
    match (frame.opcode, frame.data) {
        (opcode::WRITE, [1, kind, logical, parameter, value @ ..]) if !value.is_empty() => {
            Some((Point { kind: *kind, logical: *logical, parameter: *parameter }, Datum(value)))
        }
        (opcode::SET_ROW, data) => {
            row(data).filter(|(_, count, rest)| *count == 1 && !rest.is_empty()).map(|(p, _, v)| (p, Datum(v)))
        }
        _ => None,
    }
}

/// What a request and its answer say of the process and of the device.
fn learned(ctx: &Context<'_>, request: &Frame<'_>, answer: &Frame<'_>, out: &mut dyn Sink) {
    if let Some((point, value)) = written(request) {
        return measured(ctx, point, request.to, value, out);
    }
    match answer.opcode {
        opcode::READ => {
            let asked = points(request.data);
            let Some(first) = asked.first() else { return };
            if out.unchanged(ctx, ctx.direction, first.coded(asked.len() as u64, request.to), answer.data) {
                return;
            }
            for (point, value) in values(&asked, answer.data) {
                if point.is_secret(1) {
                    out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret: value.0 });
                }
                measured(ctx, point, request.to, value, out);
            }
        }
        opcode::READ_ROW => {
            if let Some((point, 1, value)) = row(answer.data)
                && !value.is_empty()
                && !out.unchanged(ctx, ctx.direction, point.coded(1, request.to), value)
            {
                measured(ctx, point, request.to, Datum(value), out);
            }
        }
        opcode::SYSTEM => {
            say(ctx, Attribute::Vendor, "Emerson", 60, out);
            // 6 is the ROC800 family, ROC809 and ROC827.
            if answer.data.get(TYPE_AT) == Some(&6) {
                say(ctx, Attribute::Model, "ROC800", 75, out);
            }
        }
        _ => {}
    }
}

fn measured(ctx: &Context<'_>, point: Point, at: Address, value: Datum<'_>, out: &mut dyn Sink) {
    if point.is_secret(1) {
        return;
    }
    let point = Target::Coded(point.coded(1, at));
    value.with(|value| out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" }));
}
