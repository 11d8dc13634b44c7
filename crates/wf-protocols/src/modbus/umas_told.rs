//! What UMAS messages come to: operations with their outcome, values, programs moved, who the devices are.

use super::NAME;
use super::umas::{self, Id, Memory, Message, Project, Variables, code};
use crate::hints::clean;
use std::borrow::Cow;
use std::fmt::{self, Write};
use wf_model::{Attribute, Category};
use wf_wire::decode::{File, Moment, Value};
use wf_wire::{About, Coded, Context, Direction, Evidence, Measurement, MessageWriter, Operation, Reader, Sink, Target};

/// Bytes of a request that are kept until its answer.
pub const KEPT_MAX: usize = 1024;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// A request: who asked, when, of which unit.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// When.
    pub at: Moment,
    /// Unit behind the address.
    pub unit: u64,
    /// What.
    pub message: Message<'a>,
}

/// What one flow remembers: the program that is being moved.
#[derive(Debug, Default)]
pub struct Programs {
    moved: u64,
    /// Name of the project, where the controller has said it.
    project: Option<String>,
}

/// Fields of a message, for `decode`. `asked` is the function of the request that an answer belongs to.
pub fn write(m: &mut MessageWriter<'_>, bytes: &[u8], asked: Option<u8>) {
    let Ok(message) = Message::read(bytes) else {
        m.hex("data", bytes);
        return;
    };
    m.num("umas_key", message.key).num("umas_function", message.function);
    m.text("umas_name", umas::function(message.function).0);
    if message.signed {
        m.flag("umas_signed", true);
    }
    let answer = matches!(message.function, code::OK | code::ERROR);
    let function = if answer { asked } else { Some(message.function) };
    if let (true, Some(function)) = (answer, function) {
        m.text("umas_asked", umas::function(function).0);
    }
    match function {
        Some(function) if message.function == code::OK => granted(m, function, message.data),
        Some(function) if !answer => details(m, function, message.data),
        _ => {}
    }
    m.hex("data", message.data);
}

fn granted(m: &mut MessageWriter<'_>, function: u8, data: &[u8]) {
    match function {
        code::READ_ID => {
            if let Ok(id) = Id::read(data) {
                m.text("model", &clean(id.name)).text("firmware", &id.firmware_text());
                m.num("model_id", id.ident).num("hardware", id.hardware);
            }
        }
        code::READ_PROJECT_INFO => {
            if let Some(project) = Project::read(data) {
                m.text("project", &clean(project.name)).text("version", &project.version_text());
                m.text("built", &project.built_text());
            }
        }
        code::READ_PLC_INFO => {
            if let Some(state) = umas::state(data) {
                m.text("state", state);
            }
        }
        code::INIT_COMM => {
            m.opt("frame_max", Reader::new(data).u16_le().ok());
            if let Some(name) = umas::holder(function, data) {
                m.text("reservation_holder", &clean(name));
            }
        }
        code::TAKE_RESERVATION => {
            m.opt("reservation_key", data.first().copied());
        }
        code::READ_CARD_INFO => {
            if let Some(name) = umas::card(data) {
                m.text("card", &clean(name));
            }
        }
        _ => {}
    }
}

fn details(m: &mut MessageWriter<'_>, function: u8, data: &[u8]) {
    match function {
        code::TAKE_RESERVATION => {
            if let Some(name) = umas::holder(function, data) {
                m.text("reservation_holder", &clean(name));
            }
        }
        code::READ_MEMORY | code::WRITE_MEMORY => {
            if let Ok(memory) = Memory::read(data) {
                m.num("block", memory.block).num("offset", memory.offset).num("count", memory.count);
            }
        }
        code::READ_VARIABLES | code::WRITE_VARIABLES => {
            m.objects("variables", Variables::new(function, data), |w, variable| {
                w.num("block", variable.block).num("offset", variable.offset).num("bytes", variable.bytes() as u64);
                if !variable.data.is_empty() {
                    w.hex("value", variable.data);
                }
            });
        }
        code::READ_COILS_REGISTERS => {
            m.texts("addresses", umas::located(data).map(|(name, number)| format!("{name}{number}")));
        }
        code::UPLOAD_BLOCK | code::DOWNLOAD_BLOCK => {
            m.opt("block", umas::block(data));
        }
        _ => {}
    }
}

/// What a request says at once: who takes the reservation.
pub fn asked(ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) {
    let Ok(message) = Message::read(bytes) else { return };
    if message.function != code::TAKE_RESERVATION {
        return;
    }
    say(ctx, Attribute::Role, "engineering_station", 60, out);
    if let Some(name) = umas::holder(message.function, message.data) {
        say(ctx, Attribute::Name, &clean(name), 50, out);
    }
}

fn say(ctx: &Context<'_>, attribute: Attribute, value: &str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "umas", confidence });
    }
}

impl Programs {
    /// Tells what a request came to. `answer` is the bytes of its answer; without one, `outcome` says why.
    pub fn tell(
        &mut self,
        ctx: &Context<'_>,
        asked: &Asked<'_>,
        answer: Option<&[u8]>,
        outcome: &'static str,
        out: &mut dyn Sink,
    ) {
        let answer = answer.and_then(|bytes| Message::read(bytes).ok());
        let outcome = answer.map_or(Cow::Borrowed(outcome), |answer| verdict(&answer));
        let good = answer.filter(|_| outcome == "ok");
        if let Some(answer) = good {
            self.granted(ctx, asked, answer.data, out);
        }
        let (function, data) = (asked.message.function, asked.message.data);
        let mut any = false;
        match function {
            code::READ_VARIABLES | code::WRITE_VARIABLES => {
                for variable in Variables::new(function, data) {
                    any = true;
                    let count = variable.bytes() as u64;
                    let target =
                        coded(asked, Place::Variable, u64::from(variable.block) << 32 | u64::from(variable.offset), count);
                    let value = (!variable.data.is_empty()).then(|| text_of(variable.data));
                    one(ctx, asked, Target::Coded(target), value, outcome.clone(), out);
                }
            }
            code::READ_COILS_REGISTERS => {
                for (name, number) in umas::located(data) {
                    any = true;
                    one(ctx, asked, Target::Coded(coded(asked, located(name), number.into(), 0)), None, outcome.clone(), out);
                }
            }
            _ => {}
        }
        if !any {
            let value = self.value(asked, good.map_or(&[], |answer| answer.data));
            let target = target(asked).map_or(Target::None, Target::Coded);
            one(ctx, asked, target, value, outcome, out);
        }
    }

    fn value(&self, asked: &Asked<'_>, answer: &[u8]) -> Option<String> {
        let (function, data) = (asked.message.function, asked.message.data);
        match function {
            code::TAKE_RESERVATION => umas::holder(function, data).map(|name| clean(name).into_owned()),
            code::UPLOAD_BLOCK | code::DOWNLOAD_BLOCK => {
                umas::block_bytes(function, data, answer).map(|bytes| format!("{bytes} bytes"))
            }
            code::WRITE_MEMORY => data.get(9..).filter(|bytes| !bytes.is_empty()).map(text_of),
            _ if umas::function(function).1 == Category::Write && !data.is_empty() => Some(text_of(data)),
            _ => None,
        }
    }

    fn granted(&mut self, ctx: &Context<'_>, asked: &Asked<'_>, data: &[u8], out: &mut dyn Sink) {
        let (function, request) = (asked.message.function, asked.message.data);
        match function {
            code::READ_ID => {
                if let Ok(id) = Id::read(data) {
                    say(ctx, Attribute::Vendor, "Schneider Electric", 85, out);
                    say(ctx, Attribute::Model, &clean(id.name), 85, out);
                    say(ctx, Attribute::Firmware, &id.firmware_text(), 85, out);
                }
            }
            code::READ_PROJECT_INFO if request.first() == Some(&0) => {
                if let Some(project) = Project::read(data) {
                    let name = clean(project.name);
                    let text = format!("project {name} {}, built {}", project.version_text(), project.built_text());
                    say(ctx, Attribute::Description, &text, 60, out);
                    self.project = Some(name.into_owned()).filter(|name| !name.is_empty());
                }
            }
            code::READ_PLC_INFO => {
                if let Some(state) = umas::state(data) {
                    point(ctx, "operating_mode", state, out);
                }
            }
            code::INIT_COMM => {
                if let Some(name) = umas::holder(function, data) {
                    point(ctx, "reservation_holder", &clean(name), out);
                }
            }
            code::READ_COILS_REGISTERS => values(ctx, asked, data, out),
            code::INITIALIZE_UPLOAD | code::INITIALIZE_DOWNLOAD => self.moved = 0,
            code::UPLOAD_BLOCK | code::DOWNLOAD_BLOCK => {
                self.moved = self.moved.saturating_add(umas::block_bytes(function, request, data).unwrap_or(0));
            }
            code::END_UPLOAD | code::END_DOWNLOAD => {
                let direction = if function == code::END_UPLOAD { Direction::ToServer } else { Direction::ToClient };
                let size = Some(std::mem::take(&mut self.moved)).filter(|bytes| *bytes > 0);
                let name = self.project.as_deref().unwrap_or("program");
                out.file(ctx, NAME, File { name, size, direction });
            }
            _ => {}
        }
    }
}

fn verdict(answer: &Message<'_>) -> Cow<'static, str> {
    match (answer.function, answer.data) {
        (code::OK, _) => Cow::Borrowed("ok"),
        (code::ERROR, [first, second, ..]) => Cow::Owned(format!("error: umas {first:02x} {second:02x}")),
        (code::ERROR, _) => Cow::Borrowed("error: umas"),
        _ => Cow::Borrowed("unconfirmed"),
    }
}

fn one(
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    target: Target<'_>,
    value: Option<String>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let (function, category) = umas::function(asked.message.function);
    let value = value.filter(|_| category.is_act()).map(Cow::Owned);
    let operation = Operation { at: asked.at, actor: Direction::ToServer, function, category, target, value, outcome };
    out.operation(ctx, NAME, operation);
}

/// A text of the controller's that is told when it changes.
fn point(ctx: &Context<'_>, name: &'static str, text: &str, out: &mut dyn Sink) {
    let number = u64::MAX - name.len() as u64;
    let block = Coded { numbers: [number, 0, 0, 0], show: |_, f| f.write_str("umas") };
    if !out.unchanged(ctx, ctx.direction, block, text.as_bytes()) {
        let (point, value) = (Target::Text(name), Value::Text(text));
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
    }
}

/// Bits and words by their number, as read: two bytes, then one or two of value.
fn values(ctx: &Context<'_>, asked: &Asked<'_>, data: &[u8], out: &mut dyn Sink) {
    let mut r = Reader::new(data);
    if r.u8().ok() != asked.message.data.first().copied() {
        return;
    }
    for (name, number) in umas::located(asked.message.data) {
        let read = r.skip(2).and_then(|()| if name == "%M" { r.u8().map(u16::from) } else { r.u16_le() });
        let Ok(raw) = read else { return };
        let block = coded(asked, located(name), number.into(), 0);
        if out.unchanged(ctx, ctx.direction, block, &raw.to_le_bytes()) {
            continue;
        }
        let value = if name == "%M" { Value::Flag(raw != 0) } else { Value::Number(raw.into()) };
        let point = Target::Coded(block);
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
    }
}

/// What a coded target of this protocol names.
#[derive(Clone, Copy)]
enum Place {
    Unit,
    Memory,
    Variable,
    Program,
    Bit,
    Word,
}

fn located(name: &str) -> Place {
    if name == "%M" { Place::Bit } else { Place::Word }
}

fn coded(asked: &Asked<'_>, place: Place, first: u64, count: u64) -> Coded {
    Coded { numbers: [place as u64, first, count, asked.unit], show }
}

fn target(asked: &Asked<'_>) -> Option<Coded> {
    let data = asked.message.data;
    match asked.message.function {
        code::READ_MEMORY | code::WRITE_MEMORY => {
            let memory = Memory::read(data).ok()?;
            let first = u64::from(memory.block) << 32 | u64::from(memory.offset);
            Some(coded(asked, Place::Memory, first, memory.count.into()))
        }
        code::UPLOAD_BLOCK | code::DOWNLOAD_BLOCK => Some(coded(asked, Place::Program, umas::block(data)?.into(), 0)),
        _ if matches!(asked.unit, 0 | 1 | 255) => None,
        _ => Some(coded(asked, Place::Unit, 0, 0)),
    }
}

fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const MEMORY: u64 = Place::Memory as u64;
    const VARIABLE: u64 = Place::Variable as u64;
    const PROGRAM: u64 = Place::Program as u64;
    const BIT: u64 = Place::Bit as u64;
    const WORD: u64 = Place::Word as u64;
    let [place, first, count, unit] = *numbers;
    let (block, offset) = (first >> 32, first & 0xffff_ffff);
    match place {
        MEMORY => write!(f, "memory block {block} offset {offset} x{count}")?,
        VARIABLE => write!(f, "variable block {block} offset {offset} x{count}")?,
        PROGRAM => write!(f, "program block {first}")?,
        BIT => write!(f, "%M{first}")?,
        WORD => write!(f, "%MW{first}")?,
        _ => return write!(f, "unit {unit}"),
    }
    if matches!(unit, 0 | 1 | 255) { Ok(()) } else { write!(f, " unit {unit}") }
}

/// Bytes as hexadecimal text, bounded.
fn text_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(VALUE_MAX / 2) {
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > VALUE_MAX / 2 {
        text.push('…');
    }
    text
}
