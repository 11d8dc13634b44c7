//! Requests and their answers: operations with their outcome, process values, files, and what a controller says of itself.

use super::NAME;
use super::area::{Area, Place, Within};
use super::frame::Frame;
use super::names;
use crate::held::{Held, Waiting};
use std::fmt;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Credential, File, Value};
use wf_wire::{About, Anomaly, Coded, Context, Direction, Evidence, Measurement, Operation, Reader, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 64;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;
/// Places of one multiple read.
const PLACES_MAX: usize = 256;

type Key = (Direction, u8, u16);

/// What one flow remembers.
pub struct Session {
    /// By who asked, service and command.
    open: Held<Key>,
    /// A request was seen with its answer since the last hole: from here on every answer should have one.
    in_step: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::new(OPEN_MAX), in_step: false }
    }
}

/// A range of memory: where it begins and how many elements it has.
#[derive(Clone, Copy)]
pub struct Range {
    pub place: Place,
    pub count: u16,
}

impl Range {
    pub fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self { place: Place::read(r)?, count: r.u16().ok()? })
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// A request: kept until its answer, unless none is wanted.
    pub fn request(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        // W342-E1, PROGRAM AREA PROTECT and PROTECT CLEAR: the password stands behind the range.
        if matches!(frame.command, 0x0304 | 0x0305)
            && let Some(secret) = frame.data.get(11..).filter(|rest| !rest.is_empty())
        {
            out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
        }
        if frame.is_unanswered() {
            tell(ctx, ctx.direction, ctx.now, frame, "unconfirmed", out);
            return;
        }
        // Many clients use one number for all that they ask, one thing after the other.
        let key = (ctx.direction, frame.service_id, frame.command);
        if let Some((key, waiting)) = self.open.open_one(key, ctx.now, bytes, out) {
            unanswered(ctx, key, &waiting, out);
            self.open.give_back(waiting);
        }
    }

    /// An answer: closes its request.
    pub fn response(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
        let outcome = names::end_code(frame.end_code.unwrap_or(0));
        let key = (ctx.direction.reverse(), frame.service_id, frame.command);
        let Some(waiting) = self.open.close(&key) else {
            if self.in_step && !self.open.was_given_up(&key) {
                let detail = format!("service {} command 0x{:04x}", frame.service_id, frame.command);
                out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
            }
            if names::command(frame.command).is_some_and(|(_, category)| category.is_act()) {
                tell(ctx, ctx.direction.reverse(), ctx.now, &Frame { data: &[], ..*frame }, outcome, out);
            }
            identity(ctx, frame, outcome, out);
            return;
        };
        self.in_step |= !waiting.lost;
        if let Some(request) = Frame::read(&waiting.bytes) {
            tell(ctx, ctx.direction.reverse(), waiting.at, &request, outcome, out);
            if outcome == "ok" {
                values(ctx, &request, frame, out);
            }
        }
        identity(ctx, frame, outcome, out);
        self.open.give_back(waiting);
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((key, waiting)) = self.open.overdue(ctx.now) {
            unanswered(ctx, key, &waiting, out);
            self.open.give_back(waiting);
        }
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

fn unanswered(ctx: &Context<'_>, (actor, ..): Key, waiting: &Waiting, out: &mut dyn Sink) {
    if let Some(request) = Frame::read(&waiting.bytes) {
        tell(ctx, actor, waiting.at, &request, waiting.missing(), out);
    }
}

/// One operation, and the file that it moved.
fn tell(
    ctx: &Context<'_>,
    actor: Direction,
    at: wf_wire::decode::Moment,
    request: &Frame<'_>,
    outcome: &'static str,
    out: &mut dyn Sink,
) {
    let (function, category) = names::command(request.command).unwrap_or(("unknown_command", Category::Diagnostic));
    let name = file_name(request.command, request.data);
    let target = match &name {
        Some(name) => Target::Text(name),
        None => target(request),
    };
    let value = written(request.command, request.data).map(|text| crate::hints::cut(text.into(), VALUE_MAX));
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome: outcome.into() });
    if let (Some(name), 0x2202 | 0x2203, "ok") = (&name, request.command, outcome) {
        let direction = if request.command == 0x2203 { actor } else { actor.reverse() };
        let size = if request.command == 0x2203 { Some((request.data.len() as u64).saturating_sub(22)) } else { None };
        out.file(ctx, NAME, File { name, size, direction });
    }
}

/// What a request acts on: kind 1 a range, 2 a parameter area, 3 a program, with the network's node where it is another one.
fn target(request: &Frame<'_>) -> Target<'static> {
    let node = node(request.destination);
    let mut r = Reader::new(request.data);
    let numbers = match request.command {
        0x0101..=0x0103 => Range::read(&mut r).map(|range| [1, range.place.code(), u64::from(range.count), node]),
        0x0104 => Place::read(&mut r).map(|place| [1, place.code(), 1, node]),
        0x0105 => {
            let from = Place::read(&mut r);
            let to = Range::read(&mut r);
            from.and(to).map(|to| [1, to.place.code(), u64::from(to.count), node])
        }
        0x0201..=0x0203 => r.u16().ok().map(|area| [2, u64::from(area), r.u16().map_or(0, u64::from), node]),
        0x0304..=0x0308 | 0x0401 | 0x0c01..=0x0c03 => r.u16().ok().map(|program| [3, u64::from(program), 0, node]),
        0x2301 => {
            let _count = r.u16();
            let _specification = r.u16();
            Place::read(&mut r).map(|place| [1, place.code(), 1, node])
        }
        _ => None,
    };
    match (numbers, node) {
        (None, 0) => Target::None,
        (numbers, _) => Target::Coded(Coded { numbers: numbers.unwrap_or([0, 0, 0, node]), show: show_target }),
    }
}

/// A node of another network than the one at hand: 0 for the controller that was asked.
fn node([network, node, unit]: [u8; 3]) -> u64 {
    if network == 0 { 0 } else { 1 << 32 | u64::from(network) << 16 | u64::from(node) << 8 | u64::from(unit) }
}

fn show_target(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [kind, what, count, node] = *numbers;
    match kind {
        1 => {
            let place = Place::from_code(what);
            write!(f, "{place}")?;
            if count > 1 {
                write!(f, "-{}", Within(place.plus(usize::try_from(count).unwrap_or(1) - 1)))?;
            }
        }
        2 => write!(f, "parameter area 0x{what:04x} word {count}")?,
        3 => write!(f, "program {what}")?,
        _ => {}
    }
    show_node(node, kind != 0, f)
}

fn show_node(node: u64, more: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if node == 0 {
        return Ok(());
    }
    let space = if more { " " } else { "" };
    write!(f, "{space}node {}.{}.{}", node >> 16 & 0xff, node >> 8 & 0xff, node & 0xff)
}

fn show_point(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [place, node, ..] = *numbers;
    write!(f, "{}", Place::from_code(place))?;
    show_node(node, true, f)
}

/// The name of the file that a command is about.
pub fn file_name(command: u16, data: &[u8]) -> Option<String> {
    let at = match command {
        0x2202 | 0x2207..=0x2209 => 2,
        0x2203 | 0x2205 => 4,
        0x220a => 10,
        0x220b => 10,
        0x220c => 14,
        _ => return None,
    };
    let name = data.get(at..)?;
    let name = name.get(..12).unwrap_or(name);
    let text = crate::hints::clean(name);
    (!text.is_empty()).then(|| text.into_owned())
}

/// What a command writes or how it acts, for people.
fn written(command: u16, data: &[u8]) -> Option<String> {
    let mut r = Reader::new(data);
    match command {
        0x0102 | 0x0103 => {
            let range = Range::read(&mut r)?;
            let area = Area::of(range.place.area);
            Some(list(elements(area, r.rest())))
        }
        0x0105 => Some(format!("from {}", Place::read(&mut r)?)),
        0x0401 => {
            r.skip(2).ok()?;
            Some(names::mode(r.u8().ok()?).to_owned())
        }
        0x0702 => clock(data),
        0x2101 => Some(format!("0x{:04x}", r.u16().ok()?)),
        0x2301 => {
            let count = r.u16().ok()?;
            let what = match r.u16().ok()? {
                0 => "force off",
                1 => "force on",
                0x8000 => "off",
                0x8001 => "on",
                0xffff => "release",
                _ => "unknown",
            };
            Some(if count > 1 { format!("{what}, {count} bits") } else { what.to_owned() })
        }
        0x2601 => Some(crate::hints::clean(data).into_owned()),
        0x0202 | 0x0307 => Some(format!("{} bytes", data.len().saturating_sub(if command == 0x0202 { 6 } else { 8 }))),
        _ => None,
    }
}

/// Date and time in decimal digits of four bits (W342-E1, 5-3-19).
pub fn clock(data: &[u8]) -> Option<String> {
    let [year, month, day, hour, minute] = *data.first_chunk()?;
    let second = data.get(5).copied().unwrap_or(0);
    let century = if year < 0x98 { "20" } else { "19" };
    Some(format!("{century}{year:02x}-{month:02x}-{day:02x} {hour:02x}:{minute:02x}:{second:02x}"))
}

/// Elements of an area as numbers.
pub fn elements(area: Option<Area>, data: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let size = area.map_or(2, |area| area.size);
    data.chunks_exact(size).map(move |element| match *element {
        [byte] => u32::from(byte & if area.is_some_and(|a| a.bits) { 1 } else { 0xff }),
        // A word with its forced status: the word alone.
        [high, low, _, _] if area.is_some_and(|area| area.name != "IR") => u32::from(u16::from_be_bytes([high, low])),
        [high, low] => u32::from(u16::from_be_bytes([high, low])),
        [a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    })
}

fn list(values: impl Iterator<Item = u32>) -> String {
    crate::hints::list(values, VALUE_MAX - 12)
}

/// Values that were read, or written with success.
fn values(ctx: &Context<'_>, request: &Frame<'_>, answer: &Frame<'_>, out: &mut dyn Sink) {
    let mut r = Reader::new(request.data);
    let node = node(request.destination);
    match request.command {
        0x0101 => {
            let Some(range) = Range::read(&mut r) else { return };
            points(ctx, range, node, answer.data, false, out);
        }
        0x0102 => {
            let Some(range) = Range::read(&mut r) else { return };
            points(ctx, range, node, r.rest(), true, out);
        }
        0x0103 => {
            let (Some(range), Ok(value)) = (Range::read(&mut r), r.array::<2>()) else { return };
            let filled: Vec<u8> = value.iter().copied().cycle().take(usize::from(range.count.min(1024)) * 2).collect();
            points(ctx, range, node, &filled, true, out);
        }
        0x0104 => {
            let mut found = Reader::new(answer.data);
            for _ in 0..PLACES_MAX {
                let Some(place) = Place::read(&mut r) else { break };
                let Some(area) = Area::of(place.area) else { break };
                let (Ok(code), Ok(element)) = (found.u8(), found.take(area.size)) else { break };
                if code == place.area {
                    points(ctx, Range { place, count: 1 }, node, element, false, out);
                }
            }
        }
        _ => {}
    }
}

fn points(ctx: &Context<'_>, range: Range, node: u64, data: &[u8], written: bool, out: &mut dyn Sink) {
    let Some(area) = Area::of(range.place.area) else { return };
    let block = Coded { numbers: [1, range.place.code(), u64::from(range.count), node], show: show_target };
    if !written && out.unchanged(ctx, ctx.direction, block, data) {
        return;
    }
    for (at, value) in elements(Some(area), data).take(usize::from(range.count)).enumerate() {
        let point = Target::Coded(Coded { numbers: [range.place.plus(at).code(), node, 0, 0], show: show_point });
        let value = if area.bits { Value::Flag(value != 0) } else { Value::Number(f64::from(value)) };
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
    }
}

/// What the answer says of the controller itself (W342-E1, 5-3-16): model and version, twenty characters each.
fn identity(ctx: &Context<'_>, answer: &Frame<'_>, outcome: &str, out: &mut dyn Sink) {
    if outcome != "ok" || node(answer.source) != 0 {
        return;
    }
    let mut say = |attribute, value: &str, confidence| {
        if !value.is_empty() {
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "controller_data", confidence });
        }
    };
    match answer.command {
        0x0501 if answer.data.len() >= 40 => {
            let [model, version] = [0, 20].map(|at| answer.data.get(at..at + 20).map(crate::hints::clean).unwrap_or_default());
            if model.chars().any(|c| c.is_ascii_alphanumeric()) {
                say(Attribute::Vendor, "Omron", 70);
                say(Attribute::Model, &model, 85);
                say(Attribute::Firmware, &version, 80);
            }
        }
        0x2603 => say(Attribute::Name, &crate::hints::clean(answer.data), 60),
        _ => {}
    }
}
