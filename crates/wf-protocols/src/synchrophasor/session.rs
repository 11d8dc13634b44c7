//! What one flow says: commands with what came of them, configurations, values.

use super::configuration::Configuration;
use super::data::{self, Reading};
use super::frame::{COMMAND, CONFIGURATION_1, CONFIGURATION_2, CONFIGURATION_3, DATA, HEADER_TEXT, Head};
use super::{NAME, raise};
use crate::held::{self, Waits};
use wf_model::{Attribute, Category};
use wf_wire::decode::{Moment, Pending, Value};
use wf_wire::{About, Context, Direction, Evidence, Measurement, Operation, Reader, Sink, Target};

/// Open commands of one flow.
const OPEN_MAX: usize = 32;
/// Streams whose configuration is remembered.
const STREAMS_MAX: usize = 16;
/// Bytes of the configurations of all of them, but for the last one.
const BYTES_MAX: usize = 1 << 20;

/// A command that waits for what it asks for.
struct Open {
    at: Moment,
    actor: Direction,
    code: u16,
    id_code: u16,
    /// Bytes of the stream went missing since: what was asked for may have been among them.
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

/// What one flow remembers.
pub struct Session {
    /// By the type of frame that answers, and its stream.
    open: Pending<(u8, u16), Open>,
    streams: Vec<(u16, Configuration)>,
    /// Bytes of their configurations.
    bytes: usize,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), streams: Vec::new(), bytes: 0 }
    }
}

/// Function and category of a command (6.6, table 15), and the frame type that answers it.
pub const fn command(code: u16) -> (&'static str, Category, Option<u8>) {
    match code {
        1 => ("turn_off_transmission", Category::Control, None),
        2 => ("turn_on_transmission", Category::Control, Some(DATA)),
        3 => ("send_header", Category::Diagnostic, Some(HEADER_TEXT)),
        4 => ("send_configuration_1", Category::Diagnostic, Some(CONFIGURATION_1)),
        5 => ("send_configuration_2", Category::Diagnostic, Some(CONFIGURATION_2)),
        6 => ("send_configuration_3", Category::Diagnostic, Some(CONFIGURATION_3)),
        8 => ("extended_frame", Category::Configuration, None),
        0x0100..=0x0fff => ("user_command", Category::Control, None),
        _ => ("unknown_command", Category::Control, None),
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight() + self.bytes
    }

    /// The configuration of a frame's stream.
    pub fn known(&self, head: &Head) -> Option<&Configuration> {
        self.streams.iter().find(|(id, _)| *id == head.id_code).map(|(_, configuration)| configuration)
    }

    /// A configuration frame: what the frames of its stream look like from here on.
    pub fn learn(&mut self, ctx: &Context<'_>, head: &Head, body: &[u8], out: &mut dyn Sink) {
        if !head.is_configuration() {
            return;
        }
        match Configuration::read(head, body) {
            Ok(Some(configuration)) => {
                let at = self.streams.iter().position(|(id, _)| *id == head.id_code);
                match at.and_then(|at| self.streams.get_mut(at)) {
                    // Configuration 1 says what a unit could send, the others what it sends (6.4).
                    Some((_, known)) if head.kind == CONFIGURATION_1 && known.kind != CONFIGURATION_1 => {}
                    Some((_, known)) => *known = configuration,
                    None => {
                        if self.streams.len() >= STREAMS_MAX {
                            self.streams.remove(0);
                            out.evicted(1);
                        }
                        self.streams.push((head.id_code, configuration));
                    }
                }
                self.weigh(out);
            }
            Ok(None) => {}
            Err(short) => raise(ctx, out, "bad_configuration", short.to_string()),
        }
    }

    /// Adds up what the configurations hold; the oldest fall out where it is too much.
    fn weigh(&mut self, out: &mut dyn Sink) {
        self.bytes = self.streams.iter().map(|(_, configuration)| configuration.bytes).sum();
        while self.bytes > BYTES_MAX && self.streams.len() > 1 {
            let (_, oldest) = self.streams.remove(0);
            self.bytes = self.bytes.saturating_sub(oldest.bytes);
            out.evicted(1);
        }
    }

    /// A whole and sound frame.
    pub fn frame(&mut self, ctx: &Context<'_>, head: &Head, body: &[u8], out: &mut dyn Sink) {
        if (head.kind == COMMAND) == (ctx.direction == Direction::ToClient) {
            raise(ctx, out, "direction_mismatch", super::frame::name(head.kind).to_owned());
        }
        if head.kind == COMMAND {
            self.command(ctx, head, body, out);
            return;
        }
        while let Some(open) = self.open.close(&(head.kind, head.id_code)) {
            tell(ctx, &open, "ok", out);
        }
        match head.kind {
            DATA => self.values(ctx, head, body, out),
            HEADER_TEXT => say(ctx, Attribute::Description, &crate::hints::clean(body), "header", 40, out),
            _ => {
                // The frame of a concentrator names many units: none of them is the sender.
                if let Some([unit]) = self.known(head).map(|configuration| configuration.units.as_slice()) {
                    say(ctx, Attribute::Name, &unit.station, "configuration", 50, out);
                }
            }
        }
    }

    fn command(&mut self, ctx: &Context<'_>, head: &Head, body: &[u8], out: &mut dyn Sink) {
        let Ok(code) = Reader::new(body).u16() else { return };
        let (name, _, answer) = command(code);
        if name == "unknown_command" {
            raise(ctx, out, "unknown_command", format!("0x{code:04x}"));
        }
        let open = Open { at: ctx.now, actor: ctx.direction, code, id_code: head.id_code, lost: false };
        // Nothing answers some.
        let Some(answer) = answer else { return tell(ctx, &open, "unconfirmed", out) };
        if let Some((_, open)) = self.open.open((answer, head.id_code), open) {
            out.evicted(1);
            tell(ctx, &open, held::missing(open.lost), out);
        }
    }

    fn values(&mut self, ctx: &Context<'_>, head: &Head, body: &[u8], out: &mut dyn Sink) {
        let Some(configuration) = self.known(head) else { return };
        if configuration.data_len() != body.len() {
            raise(ctx, out, "size_mismatch", format!("{} due, {} there", configuration.data_len(), body.len()));
            return;
        }
        let device = ctx.direction;
        let _ = data::read(configuration, body, &mut |_, status, reading| {
            let (point, value) = match reading {
                Reading::Number(point, number) => (point, Value::Number(number)),
                Reading::Flag(point, flag) => (point, Value::Flag(flag)),
            };
            let quality = data::quality(status);
            out.measurement(ctx, NAME, Measurement { device, point: Target::Text(point), value, quality });
        });
    }

    /// Tells the commands that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((_, open)) = held::overdue(&mut self.open, ctx.now, held::ANSWER_MAX) {
            tell(ctx, &open, held::missing(open.lost), out);
        }
    }

    /// Bytes went missing: what was asked for may have been among them.
    pub fn gap(&mut self) {
        held::lose(&mut self.open);
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (_, open) in self.open.drain() {
            tell(ctx, &open, held::missing(open.lost), out);
        }
    }
}

fn say(ctx: &Context<'_>, attribute: Attribute, value: &str, source: &'static str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
    }
}

fn tell(ctx: &Context<'_>, open: &Open, outcome: &'static str, out: &mut dyn Sink) {
    let Open { at, actor, code, id_code, .. } = *open;
    let (function, category, _) = command(code);
    let target = format!("stream {id_code}");
    let value = if matches!(function, "user_command" | "unknown_command") { Some(format!("0x{code:04x}").into()) } else { None };
    let operation = Operation { at, actor, function, category, target: Target::Text(&target), value, outcome: outcome.into() };
    out.operation(ctx, NAME, operation);
}
