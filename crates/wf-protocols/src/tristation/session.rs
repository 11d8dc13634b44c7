//! Commands and their answers: operations with their outcome, the controller's state and identity.

use super::NAME;
use super::data::{Download, Piece, Status, attached, board, implant, modules, wanted};
use super::frame::{COMMAND, Command, Frame};
use super::names::{self, code};
use crate::held::{Held, Waiting};
use std::borrow::Cow;
use std::fmt;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Moment, Value};
use wf_wire::{About, Anomaly, Coded, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open commands of one flow.
const OPEN_MAX: usize = 16;
/// Bytes kept of one: datagrams are little longer than 1,058 bytes.
const BYTES_MAX: usize = 2048;
/// Who asks, type and sequence.
type Key = (Direction, u8, u8);

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    in_step: bool,
    hinted: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX), in_step: false, hinted: false }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// One datagram.
    pub fn frame(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, bytes: &[u8], out: &mut dyn Sink) {
        match (frame.kind, frame.command()) {
            (COMMAND, Some(command)) if command.from_controller => self.answer(ctx, &command, out),
            (COMMAND, Some(command)) => {
                if let Some((name, _)) = implant(&command) {
                    raise(ctx, out, "implant_command", name.to_owned());
                }
                self.ask(ctx, (ctx.direction, COMMAND, command.sequence), bytes, out);
            }
            (kind @ (1 | 4), _) => self.ask(ctx, (ctx.direction, kind, 0), bytes, out),
            (kind @ (2 | 3), _) => {
                let asked = if kind == 2 { 1 } else { 4 };
                if let Some(waiting) = self.open.close(&(ctx.direction.reverse(), asked, 0)) {
                    self.done(ctx, waiting, "ok".into(), out);
                }
            }
            (kind, _) => {
                if let Some(outcome) = names::refusal(kind) {
                    self.refused(ctx, outcome, out);
                }
            }
        }
        self.open.expire(ctx.now, |key, late| tell(ctx, key.0, late, late.missing().into(), out));
    }

    fn ask(&mut self, ctx: &Context<'_>, key: Key, bytes: &[u8], out: &mut dyn Sink) {
        if let Some((key, waiting)) = self.open.open_one(key, ctx.now, bytes, out) {
            tell(ctx, key.0, &waiting, waiting.missing().into(), out);
            self.open.give_back(waiting);
        }
    }

    fn answer(&mut self, ctx: &Context<'_>, answer: &Command<'_>, out: &mut dyn Sink) {
        let key = (ctx.direction.reverse(), COMMAND, answer.sequence);
        let Some(waiting) = self.open.close(&key) else {
            if self.in_step && !self.open.was_given_up(&key) {
                raise(ctx, out, "response_without_request", format!("{} sequence {}", answer.code, answer.sequence));
            }
            self.learned(ctx, answer, out);
            return;
        };
        self.in_step |= !waiting.lost;
        let asked = Frame::read(&waiting.bytes).and_then(|frame| frame.command());
        let expected = asked.filter(|asked| implant(asked).is_none()).and_then(|asked| names::command(asked.code)?.2);
        let outcome = match answer.code {
            code::REJECTED => names::rejection(answer.data.first().copied().unwrap_or(0)).into(),
            code if expected.is_none_or(|expected| expected == code) => Cow::Borrowed("ok"),
            code => {
                let asked = asked.map_or(0, |asked| asked.code);
                raise(ctx, out, "unexpected_answer", format!("{code} to {asked}"));
                "error: unexpected answer".into()
            }
        };
        self.done(ctx, waiting, outcome, out);
        self.learned(ctx, answer, out);
    }

    /// The connection is refused: nothing that is open will be answered.
    fn refused(&mut self, ctx: &Context<'_>, outcome: &'static str, out: &mut dyn Sink) {
        let open: Vec<_> = self.open.drain().collect();
        for (_, waiting) in open {
            self.done(ctx, waiting, outcome.into(), out);
        }
    }

    fn done(&mut self, ctx: &Context<'_>, waiting: Waiting, outcome: Cow<'static, str>, out: &mut dyn Sink) {
        tell(ctx, ctx.direction.reverse(), &waiting, outcome, out);
        self.open.give_back(waiting);
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (key, waiting) in self.open.drain() {
            tell(ctx, key.0, &waiting, waiting.missing().into(), out);
        }
    }

    /// What an answer says of the controller.
    fn learned(&mut self, ctx: &Context<'_>, answer: &Command<'_>, out: &mut dyn Sink) {
        let mut say = |attribute, value: &str, source, confidence| {
            if !value.is_empty() {
                out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
            }
        };
        if !std::mem::replace(&mut self.hinted, true) {
            say(Attribute::Role, "safety_controller", "", 85);
            say(Attribute::Vendor, "Schneider Electric", "", 60);
            say(Attribute::Model, "Triconex", "", 50);
        }
        match answer.code {
            code::ATTACHED => {
                if let Some((major, minor)) = attached(answer.data) {
                    say(Attribute::Model, "Tricon 3008", "attach", 65);
                    say(Attribute::Firmware, &format!("{major}.{minor}"), "attach", 70);
                }
            }
            code::MODULE_VERSIONS => {
                if let Some((assembly, revision, serial)) = board(answer.data) {
                    say(Attribute::OrderNumber, &assembly, "module_versions", 60);
                    say(Attribute::Hardware, &revision, "module_versions", 60);
                    say(Attribute::Serial, &serial, "module_versions", 75);
                }
            }
            _ => {}
        }
        if let Some(status) = Status::read(answer.code, answer.data) {
            let seen = answer.data.get(..76).unwrap_or(answer.data);
            state(ctx, &status, answer.code, seen, out);
        }
        if let Some(piece) = Piece::read(answer.code, answer.data) {
            marked(ctx, &piece, out);
        }
        if answer.code == code::CHASSIS_STATUS && modules(answer.code, answer.data).iter().any(|(_, kind)| *kind == 0xff) {
            let about = About::Sender;
            let evidence =
                Evidence { about, attribute: Attribute::Model, value: "Tricon 3008", source: "chassis", confidence: 75 };
            out.evidence(ctx, NAME, evidence);
        }
    }
}

/// Names a value of the state.
fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(match numbers {
        [0, ..] => "key_switch",
        [1, ..] => "control_program",
        _ => "state",
    })
}

/// Key switch, control program and project, where they are not as they were.
fn state(ctx: &Context<'_>, status: &Status<'_>, answer: u8, seen: &[u8], out: &mut dyn Sink) {
    // Counters in between move with every scan.
    let raw: Vec<u8> = if answer == code::CP_STATUS {
        seen.get(6..9).into_iter().chain(seen.get(58..)).flatten().copied().collect()
    } else {
        seen.get(3..14).into_iter().chain(seen.get(32..42)).flatten().copied().collect()
    };
    let block = Coded { numbers: [2, answer.into(), 0, 0], show };
    if out.unchanged(ctx, ctx.direction, block, &raw) {
        return;
    }
    for (number, text) in [(0, names::key(status.key)), (1, names::run(status.run))] {
        let point = Target::Coded(Coded { numbers: [number, 0, 0, 0], show });
        let value = Value::Text(text);
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
    }
    if !status.project.name.is_empty() {
        let (value, about) = (format!("project {}", status.project), About::Sender);
        let (attribute, source) = (Attribute::Description, "status");
        out.evidence(ctx, NAME, Evidence { about, attribute, value: &value, source, confidence: 60 });
    }
}

fn marked(ctx: &Context<'_>, piece: &Piece<'_>, out: &mut dyn Sink) {
    if piece.is_marked() {
        raise(ctx, out, "malicious_program", format!("program {}", piece.id));
    }
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

/// What is wrong with a command by itself.
pub fn faults(ctx: &Context<'_>, command: &Command<'_>, out: &mut dyn Sink) {
    let known =
        if command.from_controller { names::answer(command.code).is_some() } else { names::command(command.code).is_some() };
    if !known {
        raise(ctx, out, "unknown_function", command.code.to_string());
    }
    if !command.summed {
        raise(ctx, out, "bad_sum", format!("function {}", command.code));
    }
    let status = matches!(command.code, code::CP_STATUS | code::CHASSIS_STATUS) && command.from_controller;
    let moves = matches!(command.code, code::PROGRAM | code::FUNCTION | code::ALLOCATE_PROGRAM | code::ALLOCATE_FUNCTION);
    let short = status && Status::read(command.code, command.data).is_none()
        || moves && Piece::read(command.code, command.data).is_none_or(|piece| piece.is_short());
    if short {
        raise(ctx, out, "truncated_data", format!("function {}", command.code));
    }
    if let Some(piece) = Piece::read(command.code, command.data).filter(|_| !command.from_controller) {
        marked(ctx, &piece, out);
    }
}

/// One operation.
fn tell(ctx: &Context<'_>, actor: Direction, waiting: &Waiting, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let Some(frame) = Frame::read(&waiting.bytes) else { return };
    let Some(command) = frame.command() else {
        let function = if frame.kind == 1 { "connect" } else { "disconnect" };
        let named = (function, Category::Diagnostic);
        return say(ctx, actor, waiting.at, named, (Target::None, None), outcome, out);
    };
    let named = names::command(command.code).map_or(("unknown_function", Category::Diagnostic), |(name, kind, _)| (name, kind));
    if let Some(named) = implant(&command) {
        return say(ctx, actor, waiting.at, named, (Target::None, None), outcome, out);
    }
    if let Some(download) = Download::read(command.code, command.data) {
        let name = download.project.to_string();
        let value = match &download.before {
            Some(before) => format!("instead of {before}: {} functions, {} programs", download.functions, download.programs),
            None => format!("{} functions, {} programs", download.functions, download.programs),
        };
        return say(ctx, actor, waiting.at, named, (Target::Text(&name), Some(value)), outcome, out);
    }
    let piece = Piece::read(command.code, command.data);
    let (id, value) = match (&piece, wanted(&command)) {
        (Some(piece), _) => (Some(piece.id), Some(format!("{} words at {} of {}", piece.words, piece.offset, piece.whole))),
        (None, Some((id, offset))) => (Some(id), (offset > 0).then(|| format!("from word {offset}"))),
        (None, None) => (None, None),
    };
    let is_function = matches!(command.code, code::ALLOCATE_FUNCTION | code::UPLOAD_FUNCTION);
    let target = match id {
        Some(id) => Target::Coded(Coded { numbers: [u64::from(is_function), id.into(), 0, 0], show: show_program }),
        None => Target::None,
    };
    say(ctx, actor, waiting.at, named, (target, value), outcome, out);
}

fn say(
    ctx: &Context<'_>,
    actor: Direction,
    at: Moment,
    (function, category): (&'static str, Category),
    (target, value): (Target<'_>, Option<String>),
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let value = value.map(Cow::Owned);
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

/// `program 3`, `function 16`.
fn show_program(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [is_function, id, ..] = *numbers;
    write!(f, "{} {id}", if is_function == 1 { "function" } else { "program" })
}
