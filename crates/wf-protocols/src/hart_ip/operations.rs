//! Requests and their answers: operations with their outcome, process values, and what a device says of itself.

use super::NAME;
use super::names;
use super::pdu::{Address, Commands, Header, Pdu};
use super::values::{self, Identity, Kind, Variable};
use crate::held::{Held, Waiting};
use std::borrow::Cow;
use std::fmt;
use wf_model::observation::Transport;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Moment, Value};
use wf_wire::{About, Anomaly, Coded, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 64;
/// Text of a written value, in bytes.
const VALUE_MAX: usize = 200;

type Key = (Direction, u16, u8);

/// What one flow remembers.
pub struct Session {
    /// By who asked, sequence number and kind of message.
    open: Held<Key>,
    /// A request was seen with its answer since the last hole: from here on every answer should have one.
    in_step: bool,
    /// The device that was identified first: the one at this address of the network, not one behind it.
    own: Option<u64>,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::new(OPEN_MAX), in_step: false, own: None }
    }
}

/// A command with its answer.
struct Exchange<'a> {
    at: Moment,
    command: u16,
    device: u64,
    asked: Option<&'a [u8]>,
    outcome: Cow<'static, str>,
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// A request: kept until its answer. A keep-alive asks nothing.
    pub fn request(&mut self, ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) {
        // Over UDP the answer to a session's first request comes from another port, in another flow.
        if header.id == 2 || (header.id == 0 && ctx.transport == Transport::Udp) {
            return;
        }
        if let Some((key, waiting)) = self.open.open_one((ctx.direction, header.sequence, header.id), ctx.now, body, out) {
            unanswered(ctx, key, &waiting, out);
            self.open.give_back(waiting);
        }
    }

    /// An answer: closes its request.
    pub fn response(&mut self, ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) {
        let key = (ctx.direction.reverse(), header.sequence, header.id);
        let waiting = self.open.close(&key);
        if let Some(waiting) = &waiting {
            self.in_step |= !waiting.lost;
        } else if self.in_step && !matches!(header.id, 0 | 2) && !self.open.was_given_up(&key) {
            let detail = format!("{} sequence {}", names::message(header.id), header.sequence);
            out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
        }
        let at = waiting.as_ref().map_or(ctx.now, |w| w.at);
        let asked = waiting.as_ref().map(|w| w.bytes.as_slice());
        let refused = header.is_error() || names::status(header.status) != "ok";
        match header.id {
            3 if !refused => self.pass_through(ctx, at, asked, body, out),
            4 if !refused => self.direct(ctx, at, asked, body, out),
            2 => {}
            id => {
                let outcome = if header.is_error() { error(header, body) } else { names::status(header.status).into() };
                let actor = ctx.direction.reverse();
                tell_message(ctx, actor, (at, id), asked.unwrap_or(body), outcome, out);
            }
        }
        if let Some(waiting) = waiting {
            self.open.give_back(waiting);
        }
    }

    /// What a device sends unasked.
    pub fn publish(ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) {
        match header.id {
            3 => {
                let Some(pdu) = Pdu::read(body) else { return };
                let (number, data) = pdu.number();
                measure(ctx, number, pdu.address.code(), pdu.response.map_or(0, |(_, status)| status), data, out);
            }
            4 => {
                let status = body.first().copied().unwrap_or(0);
                for command in Commands::new(body, true) {
                    measure(ctx, command.number, 0, status, command.data, out);
                }
            }
            _ => {}
        }
    }

    fn pass_through(&mut self, ctx: &Context<'_>, at: Moment, asked: Option<&[u8]>, body: &[u8], out: &mut dyn Sink) {
        let Some(pdu) = Pdu::read(body) else { return };
        let (answered, data) = pdu.number();
        let request = asked.and_then(Pdu::read).map(|request| request.number());
        // A refused command 31 leaves its number out.
        let command = request.map_or(answered, |(command, _)| command);
        let asked = request.map(|(_, data)| data);
        let (code, status) = pdu.response.unwrap_or((0, 0));
        let device = pdu.address.code();
        let exchange = Exchange { at, command, device, asked, outcome: names::response(code).into() };
        let answered = exchange.outcome == "ok";
        exchange.tell(ctx, ctx.direction.reverse(), asked.or(Some(data)), out);
        if answered {
            measure(ctx, command, device, status, data, out);
            self.identity(ctx, command, pdu.address, data, out);
        }
    }

    fn direct(&mut self, ctx: &Context<'_>, at: Moment, asked: Option<&[u8]>, body: &[u8], out: &mut dyn Sink) {
        let status = body.first().copied().unwrap_or(0);
        let mut requests = asked.map(|asked| Commands::new(asked, false));
        for command in Commands::new(body, true) {
            // Commands are answered in the order in which they were asked.
            let asked = requests.as_mut().and_then(Iterator::next).filter(|r| r.number == command.number).map(|r| r.data);
            let outcome = names::response(command.response.unwrap_or(0)).into();
            let exchange = Exchange { at, command: command.number, device: 0, asked, outcome };
            let answered = exchange.outcome == "ok";
            exchange.tell(ctx, ctx.direction.reverse(), asked.or(Some(command.data)), out);
            if answered {
                measure(ctx, command.number, 0, status, command.data, out);
                self.identity(ctx, command.number, Address::Poll(0), command.data, out);
            }
        }
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

    /// What the device at this address says of itself. Others behind it answer too; the first that is asked is the one here.
    fn identity(&mut self, ctx: &Context<'_>, command: u16, address: Address, data: &[u8], out: &mut dyn Sink) {
        let mut say = |attribute, value: &str, source, confidence| {
            // Packed text that was never written is made of its first character.
            if !value.is_empty() && !value.starts_with("@@") {
                out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
            }
        };
        if matches!(command, 0 | 11 | 21) {
            let Some(identity) = Identity::read(data) else { return };
            if *self.own.get_or_insert(identity.address()) != identity.address() {
                return;
            }
            let confidence = if matches!(address, Address::Poll(_)) { 80 } else { 60 };
            say(Attribute::Vendor, names::vendor(identity.vendor).unwrap_or_default(), "identity", confidence);
            say(Attribute::Model, &format!("HART device type 0x{:04x}", identity.device_type), "identity", 30);
            say(Attribute::Firmware, &identity.software_revision.to_string(), "identity", confidence);
            say(Attribute::Hardware, &identity.hardware_revision.to_string(), "identity", confidence);
            say(Attribute::Serial, &identity.device_id.to_string(), "identity", confidence);
            return;
        }
        let here = match address {
            Address::Poll(_) => true,
            Address::Unique(id) => self.own == Some(id),
        };
        if here && matches!(command, 13 | 20) {
            for (name, text) in values::texts(command, data) {
                match name {
                    "long_tag" => say(Attribute::Name, &text, "long_tag", 70),
                    "tag" => say(Attribute::Name, &text, "tag", 50),
                    "descriptor" => say(Attribute::Description, &text, "descriptor", 50),
                    _ => {}
                }
            }
        }
    }
}

fn unanswered(ctx: &Context<'_>, (actor, _, id): Key, waiting: &Waiting, out: &mut dyn Sink) {
    tell_message(ctx, actor, (waiting.at, id), &waiting.bytes, waiting.missing().into(), out);
}

impl Exchange<'_> {
    fn tell(self, ctx: &Context<'_>, actor: Direction, data: Option<&[u8]>, out: &mut dyn Sink) {
        let (mut function, mut category) = names::command(self.command);
        let mut value = None;
        // A command for a device behind an I/O system is what is done to that device.
        let inner = if self.command == 77 { self.asked.and_then(embedded) } else { None };
        let device = inner.map_or(self.device, |pdu| pdu.address.code());
        if let Some(pdu) = inner {
            let (number, data) = pdu.number();
            (function, category) = names::command(number);
            value = if category.is_act() { values::written(number, data) } else { None };
        } else if category.is_act() {
            value = data.and_then(|data| values::written(self.command, data));
        }
        let value = value.map(|text| crate::hints::cut(text, VALUE_MAX));
        let target = device_target(device, u64::from(self.command));
        out.operation(ctx, NAME, Operation { at: self.at, actor, function, category, target, value, outcome: self.outcome });
    }
}

/// The PDU inside command 77 (HCF_SPEC-151): I/O card, channel, preambles, then delimiter, address, command and data.
fn embedded(data: &[u8]) -> Option<Pdu<'_>> {
    Pdu::read(data.get(3..)?)
}

/// A message that is no answered command.
fn tell_message(
    ctx: &Context<'_>,
    actor: Direction,
    (at, id): (Moment, u8),
    body: &[u8],
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    match id {
        3 => {
            let Some(pdu) = Pdu::read(body) else { return };
            let (command, data) = pdu.number();
            Exchange { at, command, device: pdu.address.code(), asked: Some(data), outcome }.tell(ctx, actor, Some(data), out);
        }
        4 => {
            for command in Commands::new(body, false) {
                let asked = Some(command.data);
                Exchange { at, command: command.number, device: 0, asked, outcome: outcome.clone() }.tell(ctx, actor, asked, out);
            }
        }
        0 | 1 | 5 => {
            let category = Category::Diagnostic;
            let value = if id == 0 { session(body).map(Cow::Owned) } else { None };
            let function = names::message(id);
            out.operation(ctx, NAME, Operation { at, actor, function, category, target: Target::None, value, outcome });
        }
        _ => {}
    }
}

/// What a session is opened as: kind of host and the milliseconds of silence after which it ends.
fn session(body: &[u8]) -> Option<String> {
    let [host, a, b, c, d] = *body.first_chunk()?;
    let host = if host == 1 { "primary" } else { "secondary" };
    Some(format!("{host} host, {} ms", u32::from_be_bytes([a, b, c, d])))
}

fn error(header: &Header, body: &[u8]) -> Cow<'static, str> {
    match (header.status, body) {
        (0, [0]) => "error: session_closed".into(),
        (0, [1]) => "error: primary_session_unavailable".into(),
        (0, [2]) => "error: service_unavailable".into(),
        (0, _) => "error: nak".into(),
        (status, _) => match names::status(status) {
            "ok" => "error: nak".into(),
            name => name.into(),
        },
    }
}

/// The values of an answer, or of a command that set one.
fn measure(ctx: &Context<'_>, command: u16, device: u64, status: u8, data: &[u8], out: &mut dyn Sink) {
    if !matches!(command, 1..=3 | 9 | 33 | 60..=62 | 79 | 110) {
        return;
    }
    let block = Coded { numbers: [u64::from(command), device, u64::from(status), 0], show: show_block };
    if out.unchanged(ctx, ctx.direction, block, data) {
        return;
    }
    values::variables(command, data, &mut |variable: Variable| {
        let numbers = [variable.kind as u64, u64::from(variable.code), device, 0];
        let point = Target::Coded(Coded { numbers, show: show_point });
        let value = Value::Number(f64::from(variable.value));
        let quality = variable.quality(status);
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality });
    });
}

fn show_block(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [command, device, ..] = *numbers;
    write!(f, "command {command}")?;
    show_device(device, f)
}

fn show_point(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [kind, code, device, _] = *numbers;
    match Kind::NAMES.get(usize::try_from(kind).unwrap_or(0)) {
        Some(&name) if matches!(name, "variable" | "analog_channel" | "analog_channel_percent") => write!(f, "{name} {code}")?,
        Some(name) => f.write_str(name)?,
        None => {}
    }
    show_device(device, f)
}

fn show_device(device: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (device >> 63, device & 0x3f_ffff_ffff) {
        (0, 0) => Ok(()),
        (0, poll) => write!(f, " poll {poll}"),
        (_, id) => write!(f, " device {id:010x}"),
    }
}

fn device_target(device: u64, command: u64) -> Target<'static> {
    let generic = matches!(names::command(u16::try_from(command).unwrap_or(0)).0, "device_specific_command" | "unknown_command");
    if device == 0 && !generic {
        return Target::None;
    }
    Target::Coded(Coded { numbers: [device, if generic { command + 1 } else { 0 }, 0, 0], show: show_target })
}

fn show_target(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [device, command, ..] = *numbers;
    match (device >> 63, device & 0x3f_ffff_ffff) {
        (0, 0) => {}
        (0, poll) => write!(f, "poll {poll}")?,
        (_, id) => write!(f, "device {id:010x}")?,
    }
    match (device, command) {
        (_, 0) => Ok(()),
        (0, _) => write!(f, "command {}", command - 1),
        _ => write!(f, " command {}", command - 1),
    }
}
