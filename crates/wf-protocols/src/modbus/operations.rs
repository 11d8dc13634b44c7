//! Requests and their answers: operations with their outcome, process values, and what a device says of itself.

use super::names::{self, Space};
use super::pdu::{Body, Fault, Header, Objects, Pdu, Records, bits, word, words};
use super::umas;
use super::umas_told::{self, Programs};
use super::{NAME, UMAS};
use crate::held::{self, Waits};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;
use wf_model::{Attribute, time::SECOND};
use wf_wire::decode::{Moment, Pending, Value};
use wf_wire::{About, Anomaly, Coded, Context, Direction, Evidence, Measurement, Operation, Reader, Sink, Target};

/// Open requests of one flow. Clients rarely have more than a handful open.
const OPEN_MAX: usize = 64;
/// A request older than this counts as unanswered; usual client timeouts are one to ten seconds.
const ANSWER_MAX: i64 = 30 * SECOND;
/// Ranges written since they were last read.
const WRITTEN_MAX: usize = 16;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// A request that waits for its answer.
struct Open {
    at: Moment,
    function: u8,
    sub: u16,
    target: [u64; 4],
    /// First and count of what is read.
    read: (u16, u16),
    /// Values written, as the request carries them.
    written: SmallVec<[u8; 16]>,
    /// Bytes of the stream went missing since: an answer may have been among them.
    lost: bool,
}

impl Waits for Open {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {
        self.lost = true;
    }
}

/// What an answer's request asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// UMAS function.
    pub umas: Option<u8>,
    /// First and count of what is read.
    pub read: Option<(u16, u16)>,
}

impl Open {
    /// The UMAS message of a request with function 90.
    fn umas(&self) -> Option<umas_told::Asked<'_>> {
        let message = umas::Message::read(&self.written).ok().filter(|_| self.function == UMAS)?;
        let [_, _, _, unit] = self.target;
        Some(umas_told::Asked { at: self.at, unit, message })
    }
}

/// What was written and not read since: such points are told anew at the next read, whatever the block looked like before.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Written {
    space: Space,
    unit: u8,
    first: u32,
    end: u32,
}

/// What one flow remembers.
pub struct Session {
    open: Pending<(u16, u8), Open>,
    written: SmallVec<[Written; 2]>,
    /// A request was seen since the last hole.
    requests_seen: bool,
    /// A request was seen with its answer since the last hole: from here on every answer should have one.
    in_step: bool,
    hinted: bool,
    programs: Programs,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            open: Pending::new(OPEN_MAX),
            written: SmallVec::new(),
            requests_seen: false,
            in_step: false,
            hinted: false,
            programs: Programs::default(),
        }
    }
}

/// A fault in words.
pub fn fault_detail(pdu: &Pdu<'_>, fault: Fault) -> String {
    format!("{}: {} due, {} found", names::function(pdu.function), fault.due, fault.found)
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((_, old)) = held::overdue(&mut self.open, ctx.now, ANSWER_MAX) {
            unanswered(ctx, &old, out);
        }
    }

    /// A request: kept until its answer.
    pub fn request(&mut self, ctx: &Context<'_>, header: Header, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        self.requests_seen = true;
        if let Body::Umas(bytes) = pdu.body {
            umas_told::asked(ctx, bytes, out);
        }
        let open = Open {
            at: ctx.now,
            function: pdu.function,
            sub: pdu.sub(),
            target: target(header.unit_id, pdu),
            read: read_span(pdu),
            written: written_bytes(pdu),
            lost: false,
        };
        let bytes = held::outside(&open.written);
        if let Some((_, old)) = self.open.open_with((header.transaction_id, header.unit_id), open, bytes) {
            out.evicted(1);
            unanswered(ctx, &old, out);
        }
    }

    /// The request that an answer with this header and function belongs to.
    pub fn asked(&mut self, header: Header, function: u8) -> Asked {
        let open = self.open.get_mut(&(header.transaction_id, header.unit_id)).filter(|open| open.function == function);
        let read = |open: &Open| matches!(function, 1..=4 | 23).then_some(open.read);
        open.map_or_else(Asked::default, |open| Asked { umas: open.umas().map(|asked| asked.message.function), read: read(open) })
    }

    /// An answer: closes its request.
    pub fn response(&mut self, ctx: &Context<'_>, header: Header, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let Some(open) = self.open.close(&(header.transaction_id, header.unit_id)) else {
            self.orphan(ctx, header, pdu, out);
            return;
        };
        self.in_step = true;
        self.hint(ctx, out);
        if open.function != pdu.function {
            let detail = format!("{} asked, {} answered", names::function(open.function), names::function(pdu.function));
            out.anomaly(ctx, NAME, Anomaly { kind: "function_mismatch", detail: detail.into() });
        }
        if let Some(code) = pdu.exception {
            if names::exception(code) == "unknown_exception" {
                out.anomaly(ctx, NAME, Anomaly { kind: "unknown_exception", detail: format!("{code}").into() });
            }
            tell(ctx, &open, Cow::Borrowed(names::exception_outcome(code)), out);
            return;
        }
        if let (UMAS, Body::Umas(answer)) = (open.function, pdu.body) {
            if let Some(asked) = open.umas() {
                self.programs.tell(ctx, &asked, Some(answer), "ok", out);
            }
            return;
        }
        tell(ctx, &open, Cow::Borrowed("ok"), out);
        if open.function == pdu.function {
            if echoes(ctx, &open, pdu, out) {
                self.values(ctx, header.unit_id, &open, pdu, out);
            }
            identity(ctx, header.unit_id, pdu, out);
        }
    }

    /// An answer whose request was not seen: an act is told from its echo, else only that something answered.
    fn orphan(&mut self, ctx: &Context<'_>, header: Header, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        if self.in_step || (self.requests_seen && ctx.from_start) {
            let detail = format!("transaction {} unit {}", header.transaction_id, header.unit_id);
            out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
        }
        if pdu.exception.is_some() || pdu.fault.is_some() {
            return;
        }
        if names::category(pdu.function, pdu.sub()).is_act() {
            let target = target(header.unit_id, pdu);
            let written = written_bytes(pdu);
            let open = Open { at: ctx.now, function: pdu.function, sub: pdu.sub(), target, read: (0, 0), written, lost: false };
            tell(ctx, &open, Cow::Borrowed("ok"), out);
        }
        identity(ctx, header.unit_id, pdu, out);
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        (self.requests_seen, self.in_step) = (false, false);
        held::lose(&mut self.open);
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (_, open) in self.open.drain() {
            unanswered(ctx, &open, out);
        }
    }

    /// Who answers Modbus is likely a controller; said once a flow.
    fn hint(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if !std::mem::replace(&mut self.hinted, true) {
            let (attribute, value) = (Attribute::Role, "controller");
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "server", confidence: 30 });
        }
    }

    /// Values that were read or written with success.
    fn values(&mut self, ctx: &Context<'_>, unit: u8, open: &Open, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let space = names::space(open.function);
        if matches!(open.function, 5 | 6 | 15 | 16 | 23) {
            let [_, first, count, _] = open.target;
            let points = Points { space, unit, first, count, bytes: &open.written };
            points.tell(ctx, out, |_| true);
            self.note_written(space, unit, first, count, out);
        }
        let (first, count) = (u64::from(open.read.0), u64::from(open.read.1));
        let (Body::Bits(bytes) | Body::Registers(bytes)) = pdu.body else { return };
        if count == 0 {
            return;
        }
        let points = Points { space, unit, first, count, bytes };
        let block = coded([space.number(), first, count, u64::from(unit)]);
        if !out.unchanged(ctx, ctx.direction, block, bytes) {
            points.tell(ctx, out, |_| true);
        } else if !self.written.is_empty() {
            let written = &self.written;
            points.tell(ctx, out, |at| {
                written.iter().any(|w| (w.space, w.unit) == (space, unit) && (u64::from(w.first)..u64::from(w.end)).contains(&at))
            });
        }
        self.written.retain(|w| {
            let covered = u64::from(w.first) >= first && u64::from(w.end) <= first + count;
            (w.space, w.unit) != (space, unit) || !covered
        });
    }

    fn note_written(&mut self, space: Space, unit: u8, first: u64, count: u64, out: &mut dyn Sink) {
        let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let range = Written { space, unit, first: narrow(first), end: narrow(first + count) };
        if !self.written.contains(&range) {
            if self.written.len() >= WRITTEN_MAX {
                self.written.remove(0);
                out.evicted(1);
            }
            self.written.push(range);
        }
    }
}

/// Whether an answer repeats what its request says, or brings as much as was asked for; complains if not.
fn echoes(ctx: &Context<'_>, open: &Open, pdu: &Pdu<'_>, out: &mut dyn Sink) -> bool {
    let [_, first, count, _] = open.target;
    let same = match (pdu.function, pdu.body) {
        (5 | 6 | 22, _) => pdu.address.map(u64::from) == Some(first) && written_bytes(pdu) == open.written,
        (15 | 16, _) => pdu.address.map(u64::from) == Some(first) && pdu.quantity.map(u64::from) == Some(count),
        (1 | 2, Body::Bits(bytes)) => bytes.len() == usize::from(open.read.1).div_ceil(8),
        (3 | 4 | 23, Body::Registers(bytes)) => bytes.len() == 2 * usize::from(open.read.1),
        (8, Body::Diagnostic { sub, .. }) => sub == open.sub,
        _ => true,
    };
    if !same {
        let read = matches!(pdu.function, 1..=4 | 23);
        let kind = if read { "count_mismatch" } else { "echo_mismatch" };
        let detail = format!("{} {}", names::function(pdu.function), Target::Coded(coded(open.target)));
        out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
    }
    same
}

/// A run of points with their values.
struct Points<'a> {
    space: Space,
    unit: u8,
    first: u64,
    count: u64,
    bytes: &'a [u8],
}

impl Points<'_> {
    fn tell(&self, ctx: &Context<'_>, out: &mut dyn Sink, wanted: impl Fn(u64) -> bool) {
        let mut say = |at: u64, value| {
            if wanted(at) {
                let point = Target::Coded(coded([self.space.number(), at, 1, u64::from(self.unit)]));
                // Reads and writes alike are told at the answer: the point is the sender's.
                out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
            }
        };
        let count = usize::try_from(self.count).unwrap_or(0);
        match self.space {
            Space::Coil | Space::DiscreteInput => {
                (self.first..).zip(bits(self.bytes, count)).for_each(|(at, bit)| say(at, Value::Flag(bit)));
            }
            _ => (self.first..).zip(words(self.bytes).take(count)).for_each(|(at, word)| say(at, Value::Number(f64::from(word)))),
        }
    }
}

/// Space, first, count, unit.
fn target(unit: u8, pdu: &Pdu<'_>) -> [u64; 4] {
    let unit = u64::from(unit);
    let span = |space: Space, first: u16, count: u16| [space.number(), u64::from(first), u64::from(count), unit];
    match (pdu.function, pdu.body) {
        (23, Body::ReadWrite { write_address, write_quantity, .. }) => {
            span(Space::HoldingRegister, write_address, write_quantity)
        }
        (20 | 21, Body::FileRead(bytes) | Body::FileWrite(bytes)) => {
            match (Records { reader: Reader::new(bytes), written: true }).next() {
                Some(record) => span(Space::File, record.file, record.record),
                None => span(Space::None, 0, 0),
            }
        }
        (function, _) => match (names::space(function), pdu.address) {
            (Space::None, _) if names::function(function).contains("defined") || !names::is_known(function) => {
                span(Space::Function, u16::from(function), 1)
            }
            (_, None) => span(Space::None, 0, 0),
            (space, Some(address)) => span(space, address, pdu.quantity.unwrap_or(1)),
        },
    }
}

fn coded(numbers: [u64; 4]) -> Coded {
    Coded { numbers, show }
}

/// `holding_register 40-49 unit 3`; units 0, 1 and 255 mean the device at the address itself.
fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [space, first, count, unit] = *numbers;
    let name = Space::name_of(space);
    let mut gap = " ";
    if space == Space::File.number() {
        write!(f, "file {first} record {count}")?;
    } else if !name.is_empty() {
        write!(f, "{name} {first}")?;
        if count > 1 {
            write!(f, "-{}", first + count - 1)?;
        }
    } else {
        gap = "";
    }
    if matches!(unit, 0 | 1 | 255) { Ok(()) } else { write!(f, "{gap}unit {unit}") }
}

fn read_span(pdu: &Pdu<'_>) -> (u16, u16) {
    match (pdu.function, pdu.body) {
        (23, Body::ReadWrite { read_address, read_quantity, .. }) => (read_address, read_quantity),
        (1..=4, _) => (pdu.address.unwrap_or(0), pdu.quantity.unwrap_or(0)),
        _ => (0, 0),
    }
}

/// The values that a request writes, in the form in which they are read.
fn written_bytes(pdu: &Pdu<'_>) -> SmallVec<[u8; 16]> {
    match pdu.body {
        Body::Coil(value) => SmallVec::from_slice(&[u8::from(value != 0)]),
        Body::Register(value) => SmallVec::from_slice(&value.to_be_bytes()),
        Body::Mask { and, or } => and.to_be_bytes().into_iter().chain(or.to_be_bytes()).collect(),
        Body::Bits(bytes) | Body::Registers(bytes) | Body::ReadWrite { data: bytes, .. } => SmallVec::from_slice(bytes),
        Body::FileWrite(bytes) => Records { reader: Reader::new(bytes), written: true }
            .next()
            .map_or_else(SmallVec::new, |r| SmallVec::from_slice(r.data)),
        Body::Diagnostic { data, .. } => SmallVec::from_slice(data.get(..16).unwrap_or(data)),
        Body::Umas(bytes) => SmallVec::from_slice(bytes.get(..umas_told::KEPT_MAX).unwrap_or(bytes)),
        _ => SmallVec::new(),
    }
}

fn unanswered(ctx: &Context<'_>, open: &Open, out: &mut dyn Sink) {
    tell(ctx, open, Cow::Borrowed(held::missing(open.lost)), out);
}

fn tell(ctx: &Context<'_>, open: &Open, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    if let (Some(asked), Cow::Borrowed(outcome)) = (open.umas(), &outcome) {
        return Programs::default().tell(ctx, &asked, None, outcome, out);
    }
    let function = match open.function {
        8 => names::diagnostic(open.sub),
        43 => names::encapsulated(open.sub),
        function => names::function(function),
    };
    let category = names::category(open.function, open.sub);
    let itself = matches!(open.target, [0, _, _, 0 | 1 | 255]);
    let target = if itself { Target::None } else { Target::Coded(coded(open.target)) };
    let value = category.is_act().then(|| value_text(open)).flatten().map(Cow::Owned);
    let operation = Operation { at: open.at, actor: Direction::ToServer, function, category, target, value, outcome };
    out.operation(ctx, NAME, operation);
}

/// Written values as text: `5`, `[1, 2, 3]`, `and 0xfff0 or 0x000a`.
fn value_text(open: &Open) -> Option<String> {
    let [_, _, count, _] = open.target;
    let bytes = open.written.as_slice();
    let count = usize::try_from(count).unwrap_or(0);
    match open.function {
        5 => bytes.first().map(|bit| bit.to_string()),
        6 if bytes.len() >= 2 => Some(word(bytes).to_string()),
        15 if !bytes.is_empty() => Some(list(bits(bytes, count).map(u16::from))),
        16 | 21 | 23 if !bytes.is_empty() => Some(list(words(bytes))),
        22 => bytes.split_at_checked(2).map(|(and, or)| format!("and 0x{:04x} or 0x{:04x}", word(and), word(or))),
        8 if bytes.len() >= 2 => Some(format!("0x{:04x}", word(bytes))),
        _ => None,
    }
}

fn list(values: impl Iterator<Item = u16>) -> String {
    crate::hints::list(values, VALUE_MAX - 8)
}

/// What the answer says about the device. Behind a gateway (another unit) it may be about somebody else.
fn identity(ctx: &Context<'_>, unit: u8, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    let own = matches!(unit, 0 | 1 | 255);
    let mut say = |attribute, value: &str, source, confidence: u8| {
        if !value.is_empty() {
            let confidence = if own { confidence } else { confidence / 2 };
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
        }
    };
    match pdu.body {
        Body::DeviceId { objects, .. } => {
            for (id, value) in Objects(Reader::new(objects)) {
                let (attribute, confidence) = match id {
                    0 => (Attribute::Vendor, 85),
                    1 => (Attribute::OrderNumber, 85),
                    2 => (Attribute::Firmware, 85),
                    4 => (Attribute::Model, 75),
                    5 => (Attribute::Model, 85),
                    6 => (Attribute::Name, 70),
                    _ => continue,
                };
                say(attribute, &text(value), "device_id", confidence);
            }
        }
        Body::ServerId(id) => say(Attribute::Description, &longest_text(id), "server_id", 40),
        _ => {}
    }
}

/// Text as a device gives it: trimmed of blanks and NULs.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    let trimmed = |text: &str| text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned();
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(|c: char| c == '\0' || c.is_whitespace())),
        Cow::Owned(text) => Cow::Owned(trimmed(&text)),
    }
}

/// The longest run of at least four printable characters.
fn longest_text(bytes: &[u8]) -> Cow<'_, str> {
    let run = bytes.split(|b| !(0x20..0x7f).contains(b)).max_by_key(|run| run.len()).unwrap_or(&[]);
    if run.len() < 4 { Cow::Borrowed("") } else { text(run) }
}
