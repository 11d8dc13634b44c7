//! What the master asks and what stations answer: operations with their outcome, indications as values.

use super::NAME;
use super::frame::{Frame, Pair, Pairs, asks, header};
use crate::held::{Held, Waiting};
use crate::hints::list;
use std::borrow::Cow;
use std::fmt;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Coded, Moment, Value};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one flow: the master asks one station after the other.
const OPEN_MAX: usize = 32;
/// Bytes kept of one.
const BYTES_MAX: usize = super::frame::FRAME_MAX;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;
/// From here on addresses are a station's configuration.
const CONFIGURATION: u8 = 0xe0;
/// The station's address when all of them are meant.
const EVERYBODY: u8 = 0;

/// The header's name.
pub const fn name(header: u8) -> &'static str {
    match header {
        header::ACKNOWLEDGE => "acknowledge",
        header::INDICATION => "indication_data",
        header::CHECKBACK => "control_checkback",
        header::COMMON_CONTROL => "common_control",
        header::ACKNOWLEDGE_AND_POLL => "acknowledge_and_poll",
        header::POLL => "poll",
        header::CONTROL => "control_data",
        header::RECALL => "indication_recall",
        _ => "control_execute",
    }
}

/// Who asks, which station.
type Key = (Direction, u8);

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    /// What a station checked back and has not been told to do yet.
    ready: Option<(u8, Pairs)>,
    in_step: bool,
    hinted: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX), ready: None, in_step: false, hinted: false }
    }
}

/// A request with when it was asked and by whom.
struct Asked<'a> {
    at: Moment,
    actor: Direction,
    frame: &'a Frame,
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// Takes a frame; `bytes` are its own.
    pub fn frame(&mut self, ctx: &Context<'_>, frame: &Frame, bytes: &[u8], out: &mut dyn Sink) {
        if asks(frame.header) {
            self.request(ctx, frame, bytes, out);
        } else {
            self.answer(ctx, frame, out);
        }
        while let Some((key, late)) = self.open.overdue(ctx.now) {
            self.unanswered(ctx, key, &late, out);
            self.open.give_back(late);
        }
    }

    fn request(&mut self, ctx: &Context<'_>, frame: &Frame, bytes: &[u8], out: &mut dyn Sink) {
        if frame.header == header::COMMON_CONTROL || frame.station == EVERYBODY {
            let asked = Asked { at: ctx.now, actor: ctx.direction, frame };
            return self.tell(ctx, &asked, None, "unconfirmed", out);
        }
        if let Some((key, given_up)) = self.open.open_one((ctx.direction, frame.station), ctx.now, bytes, out) {
            self.unanswered(ctx, key, &given_up, out);
            self.open.give_back(given_up);
        }
    }

    fn answer(&mut self, ctx: &Context<'_>, frame: &Frame, out: &mut dyn Sink) {
        let key = (ctx.direction.reverse(), frame.station);
        let waiting = self.open.close(&key);
        if waiting.is_none() && self.in_step && !self.open.was_given_up(&key) {
            let detail = format!("{} of station {}", name(frame.header), frame.station).into();
            out.anomaly(ctx, NAME, Anomaly { kind: "answer_without_request", detail });
        }
        self.in_step |= waiting.is_some();
        if frame.is_proven() && !std::mem::replace(&mut self.hinted, true) {
            let (about, attribute, value) = (About::Sender, Attribute::Role, "controller");
            out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "station", confidence: 60 });
        }
        if frame.header == header::INDICATION {
            for pair in &frame.pairs {
                measured(ctx, frame.station, *pair, out);
            }
        }
        let Some(waiting) = waiting else { return };
        if let Ok(request) = Frame::read(&waiting.bytes) {
            let asked = Asked { at: waiting.at, actor: ctx.direction.reverse(), frame: &request };
            let outcome = outcome(ctx, &request, frame, out);
            self.tell(ctx, &asked, Some(frame.header), outcome, out);
            if frame.header == header::CHECKBACK && outcome == "ok" {
                self.ready = Some((frame.station, request.pairs));
            }
        }
        self.open.give_back(waiting);
    }

    fn unanswered(&mut self, ctx: &Context<'_>, (actor, _): Key, waiting: &Waiting, out: &mut dyn Sink) {
        if let Ok(frame) = Frame::read(&waiting.bytes) {
            self.tell(ctx, &Asked { at: waiting.at, actor, frame: &frame }, None, waiting.missing(), out);
        }
    }

    /// Tells a request: one operation, for each byte where values are sent.
    fn tell(&mut self, ctx: &Context<'_>, asked: &Asked<'_>, answered: Option<u8>, outcome: &'static str, out: &mut dyn Sink) {
        let frame = asked.frame;
        let mut one = |function, category, target: Coded, value: Option<String>| {
            let (at, actor, target, value) = (asked.at, asked.actor, Target::Coded(target), value.map(Cow::Owned));
            out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome: outcome.into() });
        };
        let station = coded(frame.station, None, Space::Station);
        match frame.header {
            header::CONTROL | header::COMMON_CONTROL => {
                // A station that checks back does nothing yet.
                let function = match (frame.header, answered) {
                    (header::COMMON_CONTROL, _) => "common_control",
                    (_, Some(header::CHECKBACK)) => "select_controls",
                    _ => "control_data",
                };
                for pair in &frame.pairs {
                    if pair.address < CONFIGURATION {
                        let target = coded(frame.station, Some(pair.address), Space::Control);
                        one(function, Category::Control, target, Some(pair.value.to_string()));
                    } else {
                        let target = coded(frame.station, Some(pair.address), Space::Configuration);
                        one("set_configuration", Category::Configuration, target, Some(configured(*pair)));
                    }
                }
                if frame.pairs.is_empty() {
                    one(function, Category::Control, station, None);
                }
            }
            header::EXECUTE => {
                let ready = self.ready.take_if(|(at, _)| *at == frame.station);
                let value = ready.map(|(_, pairs)| list(pairs.iter().map(|p| format!("{}={}", p.address, p.value)), VALUE_MAX));
                one("execute_controls", Category::Control, station, value);
            }
            header => one(name(header), Category::Read, station, None),
        }
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        self.open.lose();
        self.in_step = false;
        self.ready = None;
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let left: Vec<_> = self.open.drain().collect();
        for (key, waiting) in left {
            self.unanswered(ctx, key, &waiting, out);
        }
    }
}

/// What an answer makes of its request.
fn outcome(ctx: &Context<'_>, request: &Frame, answer: &Frame, out: &mut dyn Sink) -> &'static str {
    let (kind, outcome) = match (request.header, answer.header) {
        (header::CONTROL, header::CHECKBACK) if request.pairs == answer.pairs => return "ok",
        (header::CONTROL, header::CHECKBACK) => ("checkback_differs", "error: checkback differs"),
        (_, header::CHECKBACK) => ("unexpected_answer", "error: unexpected answer"),
        (header::RECALL, header::ACKNOWLEDGE) => ("unexpected_answer", "error: no data"),
        _ => return "ok",
    };
    let detail = format!("{} to {} of station {}", name(answer.header), name(request.header), answer.station).into();
    out.anomaly(ctx, NAME, Anomaly { kind, detail });
    outcome
}

/// What an address of a station means.
#[derive(Clone, Copy)]
enum Space {
    Station,
    Control,
    Indication,
    Configuration,
}

fn coded(station: u8, address: Option<u8>, space: Space) -> Coded {
    Coded { numbers: [space as u64, station.into(), address.unwrap_or(0).into(), 0], show }
}

/// `station 3`, `station 3 control 5`.
fn show(&[space, station, address, _]: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "station {station}")?;
    let kind = match space {
        1 => "control",
        2 => "indication",
        3 => "configuration",
        _ => return Ok(()),
    };
    write!(f, " {kind} {address}")
}

/// What the byte at E0 says; others are not assigned.
fn configured(pair: Pair) -> String {
    let flags = ["database complete", "checkback", "secure poll only", "common control"];
    let set = flags.iter().enumerate().filter(|(bit, _)| pair.address == CONFIGURATION && pair.value >> bit & 1 == 1);
    let names: Vec<&str> = set.map(|(_, name)| *name).collect();
    if names.is_empty() { pair.value.to_string() } else { format!("{} ({})", pair.value, names.join(", ")) }
}

fn measured(ctx: &Context<'_>, station: u8, pair: Pair, out: &mut dyn Sink) {
    let space = if pair.address < CONFIGURATION { Space::Indication } else { Space::Configuration };
    let (point, value) = (Target::Coded(coded(station, Some(pair.address), space)), Value::Number(pair.value.into()));
    out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
}
