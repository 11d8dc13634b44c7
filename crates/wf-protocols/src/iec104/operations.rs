//! Requests and what the other station says to them, told apart by cause of transmission (IEC 60870-5-101 clause 7.2.3 and the
//! dialogues of clause 7.4): one operation for each, with its outcome.

use super::NAME;
use super::apci;
use super::asdu::{self, Asdu, BROADCAST, Item};
use super::files::{self, Transfer};
use super::names;
use super::targets;
use super::values::{self, Command};
use crate::held::{self, Waits};
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{self, Moment, Pending};
use wf_wire::{About, Anomaly, Coded, Context, Direction, Evidence, Operation, Sink, Target};

/// Open requests of one flow. A controlling station has one open for each object.
const OPEN_MAX: usize = 64;
/// Longest object of a request: a call of an archive.
const OCTETS_MAX: usize = 16;

/// Which dialogue a request is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    type_id: u8,
    station: u16,
    address: u32,
    cancel: bool,
}

/// The function bits of an unnumbered control stand in for a type that there is none of.
const fn control_key(function: u8) -> Key {
    Key { type_id: 0, station: 0, address: function as u32, cancel: false }
}

/// A request that waits.
#[derive(Clone, Copy)]
struct Open {
    at: Moment,
    actor: Direction,
    octets: [u8; OCTETS_MAX],
    /// Bytes of the stream went missing since: an answer may have been among them.
    lost: bool,
}

impl Open {
    fn new(ctx: &Context<'_>, octets: &[u8]) -> Self {
        let mut kept = [0; OCTETS_MAX];
        kept.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
        Self { at: ctx.now, actor: ctx.direction, octets: kept, lost: false }
    }

    fn first(&self) -> u8 {
        self.octets.first().copied().unwrap_or(0)
    }
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
    open: Pending<Key, Open>,
    /// A confirmation was seen with its request since the last hole: from here on every one should have one.
    in_step: bool,
    /// All stations were asked at once: more of them may answer than one.
    broadcast: bool,
    /// What was refused last: stacks may say afterwards what they did not know.
    refused: Option<Key>,
    hinted: [bool; 2],
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), in_step: false, broadcast: false, refused: None, hinted: [false; 2] }
    }
}

/// Types that ask the other station for something.
const fn is_request_type(type_id: u8) -> bool {
    matches!(type_id, 45..=51 | 58..=64 | 100..=107 | 110..=113)
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((key, old)) = held::overdue(&mut self.open, ctx.now, held::ANSWER_MAX) {
            unanswered(ctx, key, &old, out);
        }
    }

    /// An unnumbered control.
    pub fn control(&mut self, ctx: &Context<'_>, function: u8, out: &mut dyn Sink) {
        match function {
            apci::START_ACT | apci::STOP_ACT => {
                self.hint(ctx, "scada_server", out);
                self.ask(ctx, control_key(function), &[], out);
            }
            // A confirmation is the bit behind that of its activation.
            apci::START_CON | apci::STOP_CON => {
                self.hint(ctx, "rtu", out);
                let key = control_key(function >> 1);
                if let Some(open) = self.open.close(&key) {
                    tell(ctx, key, &open, "ok", out);
                }
            }
            _ => {}
        }
    }

    /// An ASDU.
    pub fn asdu(&mut self, ctx: &Context<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
        match (asdu.type_id, asdu.cause) {
            (120 | 122 | 127, 44..=47) => self.answer(ctx, asdu, out),
            (120..=127, 0..=43 | 48..) => asdu.items().for_each(|item| self.file(ctx, asdu, &item, out)),
            (102, 5) | (106, 3) => self.request(ctx, asdu, false, out),
            (type_id, 6 | 8) if is_request_type(type_id) => self.request(ctx, asdu, asdu.cause == 8, out),
            (type_id, 7 | 9 | 10 | 44..=47) if is_request_type(type_id) => self.answer(ctx, asdu, out),
            (70, _) => initialized(ctx, asdu, out),
            (1..=41, cause) => {
                self.hint(ctx, "rtu", out);
                if cause == 5 {
                    self.read_answer(ctx, asdu, out);
                }
            }
            _ => {}
        }
    }

    fn request(&mut self, ctx: &Context<'_>, asdu: &Asdu<'_>, cancel: bool, out: &mut dyn Sink) {
        self.hint(ctx, "scada_server", out);
        for item in asdu.items() {
            let (type_id, station) = (asdu.type_id, asdu.common_address);
            self.broadcast |= station == BROADCAST;
            self.ask(ctx, Key { type_id, station, address: item.address, cancel }, item.octets, out);
        }
    }

    fn ask(&mut self, ctx: &Context<'_>, key: Key, octets: &[u8], out: &mut dyn Sink) {
        if let Some((key, old)) = self.open.open(key, Open::new(ctx, octets)) {
            out.evicted(1);
            unanswered(ctx, key, &old, out);
        }
    }

    /// A request that waits for an answer of this station.
    fn close(&mut self, key: Key) -> Option<(Key, Open)> {
        if let Some(open) = self.open.close(&key) {
            return Some((key, open));
        }
        let all = Key { station: BROADCAST, ..key };
        self.broadcast.then(|| self.open.close(&all)).flatten().map(|open| (all, open))
    }

    /// Confirmations, terminations, and what is sent back as unknown.
    fn answer(&mut self, ctx: &Context<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
        self.hint(ctx, "rtu", out);
        let outcome = names::outcome(asdu.cause, asdu.negative);
        let (type_id, station) = (asdu.type_id, asdu.common_address);
        // What is sent back as of an unknown type may have no readable objects.
        let first = asdu.first_object().map(|address| Item { address, octets: &[] });
        let whole = asdu.items().next().is_some();
        let fallback = if whole { None } else { first };
        for item in asdu.items().chain(fallback) {
            let key = Key { type_id, station, address: item.address, cancel: asdu.cause == 9 };
            let asked = match asdu.cause {
                10 => None,
                // Some stacks confirm a deactivation as an activation.
                _ => self.close(key).or_else(|| self.close(Key { cancel: !key.cancel, ..key })),
            };
            match asked {
                Some((key, open)) => {
                    self.in_step = true;
                    self.refused = (outcome != "ok").then_some(key);
                    tell(ctx, key, &open, outcome, out);
                }
                None if asdu.cause == 10 && !asdu.negative => {}
                None if matches!(asdu.cause, 44..=47) && self.refused.take() == Some(key) => {}
                None if matches!(asdu.cause, 10 | 44..=47) => failed(ctx, key, outcome, &item, out),
                None if self.in_step && !self.broadcast => {
                    let detail = format!("{} object {} station {station}", names::type_label(type_id), item.address);
                    out.anomaly(ctx, NAME, Anomaly { kind: "confirmation_without_activation", detail: detail.into() });
                }
                None => {}
            }
        }
    }

    /// A value that was asked for by a read command.
    fn read_answer(&mut self, ctx: &Context<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
        for item in asdu.items() {
            let key = Key { type_id: 102, station: asdu.common_address, address: item.address, cancel: false };
            if let Some((key, open)) = self.close(key) {
                tell(ctx, key, &open, "ok", out);
            }
        }
    }

    /// The dialogue of a file: the controlling station calls, or offers one to be loaded.
    fn file(&mut self, ctx: &Context<'_>, asdu: &Asdu<'_>, item: &Item<'_>, out: &mut dyn Sink) {
        let Some((name, transfer)) = files::read(asdu.type_id, item.octets) else { return };
        let (station, address) = (asdu.common_address, item.address);
        let key = |type_id| Key { type_id, station, address, cancel: false };
        let by_client = ctx.direction == Direction::ToServer;
        let refused = if asdu.negative { Some("error: rejected") } else { None };
        let closed = match transfer {
            Transfer::Call { qualifier, .. } if by_client && asdu.cause != 7 => {
                self.hint(ctx, "scada_server", out);
                // Nothing answers these.
                if matches!(qualifier & 0x0f, 3 | 4 | 7) {
                    tell(ctx, key(122), &Open::new(ctx, item.octets), "unconfirmed", out);
                } else {
                    self.ask(ctx, key(122), item.octets, out);
                }
                None
            }
            Transfer::Archive { .. } if by_client => {
                self.ask(ctx, key(127), item.octets, out);
                None
            }
            Transfer::Call { qualifier, .. } if qualifier >> 4 != 0 => {
                let outcome = files::fault(qualifier);
                self.close(key(120)).or_else(|| self.close(key(122))).map(|open| (open, outcome))
            }
            Transfer::Ready { size, positive } => {
                if positive {
                    let text = format!("file {name} object {address}");
                    out.file(ctx, NAME, decode::File { name: &text, size: Some(size.into()), direction: ctx.direction });
                }
                if by_client {
                    self.ask(ctx, key(120), item.octets, out);
                    None
                } else {
                    let outcome = if positive { "ok" } else { "error: not_ready" };
                    self.close(key(122)).or_else(|| self.close(key(127))).map(|open| (open, outcome))
                }
            }
            Transfer::SectionReady { positive, .. } if !by_client => {
                self.close(key(122)).map(|open| (open, if positive { "ok" } else { "error: not_ready" }))
            }
            Transfer::Segment { .. } | Transfer::Last { .. } if !by_client => self.close(key(122)).map(|open| (open, "ok")),
            // A directory is called by address 0; its entries have those of the files.
            Transfer::Entry { .. } if !by_client => {
                self.close(key(122)).or_else(|| self.close(Key { address: 0, ..key(122) })).map(|open| (open, "ok"))
            }
            Transfer::Acknowledge { qualifier, .. } if !by_client && matches!(qualifier & 0x0f, 1 | 2) => {
                let outcome = if qualifier & 0x0f == 1 { "ok" } else { files::fault(qualifier) };
                self.close(key(120)).map(|open| (open, outcome))
            }
            _ => None,
        };
        if let Some(((key, open), outcome)) = closed {
            tell(ctx, key, &open, refused.unwrap_or(outcome), out);
        }
    }

    /// Bytes went missing: what is open may have been answered.
    pub fn gap(&mut self) {
        self.in_step = false;
        held::lose(&mut self.open);
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.open.drain().for_each(|(key, open)| unanswered(ctx, key, &open, out));
    }

    fn hint(&mut self, ctx: &Context<'_>, role: &'static str, out: &mut dyn Sink) {
        let Some(hinted) = self.hinted.get_mut(ctx.direction.index()) else { return };
        if !std::mem::replace(hinted, true) {
            let confidence = if role == "rtu" { 60 } else { 50 };
            let evidence = Evidence { about: About::Sender, attribute: Attribute::Role, value: role, source: "", confidence };
            out.evidence(ctx, NAME, evidence);
        }
    }
}

/// A command that was confirmed could not be carried out after all: the confirmation was told before, so this is told besides.
fn failed(ctx: &Context<'_>, key: Key, outcome: &'static str, item: &Item<'_>, out: &mut dyn Sink) {
    let open = Open { actor: ctx.direction.reverse(), ..Open::new(ctx, item.octets) };
    tell(ctx, key, &open, outcome, out);
}

fn unanswered(ctx: &Context<'_>, key: Key, open: &Open, out: &mut dyn Sink) {
    tell(ctx, key, open, held::missing(open.lost), out);
}

fn tell(ctx: &Context<'_>, key: Key, open: &Open, outcome: &'static str, out: &mut dyn Sink) {
    let (function, category, target, value) = match key.type_id {
        0 => {
            let start = key.address == u32::from(apci::START_ACT);
            let function = if start { "start_data_transfer" } else { "stop_data_transfer" };
            (function, Category::Control, targets::connection(), None)
        }
        120 | 122 | 127 => file_parts(key, open),
        _ => command_parts(key, open),
    };
    let (at, actor, target, outcome) = (open.at, open.actor, Target::Coded(target), Cow::Borrowed(outcome));
    let value = value.map(Cow::Owned);
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

type Parts = (&'static str, Category, Coded, Option<String>);

fn command_parts(key: Key, open: &Open) -> Parts {
    let command: Option<Command> = asdu::form(key.type_id).and_then(|form| values::command(key.type_id, form, &open.octets));
    let category = names::category(key.type_id, open.first());
    let target = targets::request(key.type_id, key.address, open.first(), key.station);
    let function = names::function(key.type_id, command.is_some_and(|c| c.select), key.cancel);
    (function, category, target, command.filter(|_| category.is_act()).map(|command| command.to_string()))
}

fn file_parts(key: Key, open: &Open) -> Parts {
    let read = files::read(key.type_id, &open.octets);
    let target = targets::file(read.map_or(0, |(name, _)| name), key.address, key.station);
    match read.map(|(_, transfer)| transfer) {
        Some(Transfer::Ready { size, .. }) => ("send_file", Category::Program, target, Some(format!("{size} bytes"))),
        Some(Transfer::Call { section, qualifier }) => {
            let category = if qualifier & 0x0f == 4 { Category::Program } else { Category::Read };
            let value = (qualifier & 0x0f >= 5).then(|| format!("section {section}"));
            (files::call(qualifier), category, target, value)
        }
        Some(Transfer::Archive { from, to }) => ("query_log", Category::Read, target, Some(format!("{from} to {to}"))),
        _ => ("call_file", Category::Read, target, None),
    }
}

/// A station that has started says so, and why.
fn initialized(ctx: &Context<'_>, asdu: &Asdu<'_>, out: &mut dyn Sink) {
    let Some(octet) = asdu.items().next().and_then(|item| item.octets.first().copied()) else { return };
    let operation = Operation {
        at: ctx.now,
        actor: ctx.direction,
        function: "end_of_initialization",
        category: Category::Diagnostic,
        target: Target::Coded(targets::request(70, 0, 0, asdu.common_address)),
        value: Some(Cow::Borrowed(names::initialization(octet))),
        outcome: Cow::Borrowed("unconfirmed"),
    };
    out.operation(ctx, NAME, operation);
}
