//! Alarms straight on the link (IEC 61158-6-10:2019, clauses 4.7 and 5.2.3: RTA PDUs, alarm notification and its
//! acknowledgement).

use super::NAME;
use super::blocks::{Block, Blocks, kind};
use super::names;
use super::operations::{hex, submodule};
use super::records::{self, Item};
use super::status::Status;
use std::borrow::Cow;
use wf_model::{Category, time::SECOND};
use wf_wire::decode::{Anomaly, Context, Direction, Moment, Operation, Pending, Sink, Target};
use wf_wire::{Reader, Short};

/// Frame identifier of alarms of high priority.
pub const HIGH: u16 = 0xfc01;
/// Frame identifier of alarms of low priority.
pub const LOW: u16 = 0xfe01;
/// Alarms that wait between two stations.
const OPEN_MAX: usize = 16;
/// After this an alarm is unanswered.
const ANSWER_MAX: i64 = 10 * SECOND;
/// Text of values, in octets.
const VALUE_MAX: usize = 200;

/// One PDU.
#[derive(Clone, Copy)]
pub struct Pdu<'a> {
    /// Receiver's alarm reference.
    pub to: u16,
    /// Sender's alarm reference.
    pub from: u16,
    /// 1 data, 2 nack, 3 ack, 4 error.
    pub kind: u8,
    /// Its number.
    pub send: u16,
    /// The number that it acknowledges.
    pub ack: u16,
    data: &'a [u8],
    /// It says that it has more than what is there.
    pub cut: bool,
}

impl<'a> Pdu<'a> {
    /// Reads what stands behind the frame identifier.
    pub fn read(r: &mut Reader<'a>) -> Result<Self, Short> {
        let (to, from, kind, _flags) = (r.u16()?, r.u16()?, r.u8()? & 0xf, r.u8()?);
        let (send, ack, length) = (r.u16()?, r.u16()?, usize::from(r.u16()?));
        let there = length.min(r.left());
        Ok(Self { to, from, kind, send, ack, data: r.take(there)?, cut: there < length })
    }

    /// Why a relation was ended.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        if self.kind == 4 { Reader::new(self.data).u32().ok().map(Status::of) } else { None }
    }

    /// The notification or its acknowledgement.
    #[must_use]
    pub fn notification(&self) -> Option<Notification<'a>> {
        let block = if self.kind == 1 { Blocks::new(self.data).next()? } else { return None };
        Notification::read(&block).ok().flatten()
    }
}

/// An alarm, or its acknowledgement by the controller.
#[derive(Clone, Copy)]
pub struct Notification<'a> {
    /// Type of the block.
    pub block: u16,
    /// Type of the alarm.
    pub kind: u16,
    /// Application process.
    pub api: u32,
    /// Slot.
    pub slot: u16,
    /// Subslot.
    pub subslot: u16,
    /// Notifications: module and submodule.
    pub idents: Option<(u32, u32)>,
    /// Number, and which diagnoses there are.
    pub specifier: u16,
    /// Acknowledgements: what came of it.
    pub status: Option<Status>,
    rest: Reader<'a>,
}

impl<'a> Notification<'a> {
    fn read(block: &Block<'a>) -> Result<Option<Self>, Short> {
        let is_ack = match block.kind {
            kind::ALARM_HIGH | kind::ALARM_LOW => false,
            0x8001 | 0x8002 => true,
            _ => return Ok(None),
        };
        let mut r = block.reader();
        let (kind, api, slot, subslot) = (r.u16()?, r.u32()?, r.u16()?, r.u16()?);
        let idents = if is_ack { None } else { Some((r.u32()?, r.u32()?)) };
        let specifier = r.u16()?;
        let status = if is_ack { Some(Status::of(r.u32()?)) } else { None };
        Ok(Some(Self { block: block.kind, kind, api, slot, subslot, idents, specifier, status, rest: r }))
    }

    /// Its items, each behind its identifier.
    #[must_use]
    pub const fn items(&self) -> Reader<'a> {
        self.rest
    }
}

struct Open {
    at: Moment,
    actor: Direction,
    function: &'static str,
    place: (u32, u16, u16),
    value: Option<String>,
}

/// Alarms between two stations.
pub struct Alarms {
    open: Pending<(Direction, u16, u16), Open>,
    last: [Option<(u8, u16, u16)>; 2],
}

impl Default for Alarms {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), last: [None; 2] }
    }
}

impl Alarms {
    /// One PDU. True where it ends the relation.
    pub fn take(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) -> bool {
        while let Some((_, old)) = self.open.take_oldest_if(|_, old| ctx.now.ts.since(old.at.ts) > ANSWER_MAX) {
            tell(ctx, old, Cow::Borrowed("unanswered"), out);
        }
        // Stations repeat what is not acknowledged at once, and mirror ports show frames twice.
        let number = Some((pdu.kind, pdu.send, pdu.from));
        let repeated = self.last.get(ctx.direction.index()) == Some(&number);
        if let Some(last) = self.last.get_mut(ctx.direction.index()) {
            *last = number;
        }
        match pdu.kind {
            1 if !repeated => self.data(ctx, pdu, out),
            2 if !repeated => raise(ctx, out, "alarm_refused", format!("sequence {}", pdu.ack)),
            4 if !repeated => {
                let reason = pdu.status().map_or(Cow::Borrowed("unknown"), Status::reason);
                raise(ctx, out, "relation_aborted", reason.to_string());
                let (at, actor, value) = (ctx.now, ctx.direction, Some(reason));
                let (function, target, outcome) = ("abort", Target::None, Cow::Borrowed("unconfirmed"));
                let category = Category::Control;
                out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
            }
            _ => {}
        }
        pdu.kind == 4
    }

    fn data(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let Some(said) = pdu.notification() else { return };
        let number = said.specifier & 0x07ff;
        if let Some(status) = said.status {
            if let Some(open) = self.open.close(&(ctx.direction.reverse(), said.kind, number)) {
                tell(ctx, open, status.outcome(), out);
            }
            return;
        }
        complain(ctx, &said, out);
        let (function, place) = (names::alarm(said.kind), (said.api, said.slot, said.subslot));
        let open = Open { at: ctx.now, actor: ctx.direction, function, place, value: words(&said) };
        if let Some((_, old)) = self.open.open((ctx.direction, said.kind, number), open) {
            out.evicted(1);
            tell(ctx, old, Cow::Borrowed("unanswered"), out);
        }
    }

    /// Nothing more will come.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let all: Vec<_> = self.open.drain().collect();
        for (_, open) in all {
            tell(ctx, open, Cow::Borrowed("unanswered"), out);
        }
    }
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

/// Alarms that mean that something is wrong with the device.
fn complain(ctx: &Context<'_>, said: &Notification<'_>, out: &mut dyn Sink) {
    let place = format!("slot {:#x} subslot {:#x}", said.slot, said.subslot);
    match said.kind {
        0x03 | 0x1f => raise(ctx, out, "module_pulled", place),
        0x0a => raise(ctx, out, "module_mismatch", format!("{place}: wrong_submodule")),
        _ => records::items(&mut said.items(), |item| match item {
            Item::Diagnosis(diagnosis) if names::specifier(diagnosis.properties) == "appears" => {
                let mut text = format!("{place}: ");
                diagnosis.show(&mut text);
                raise(ctx, out, "diagnosis", text);
            }
            Item::Maintenance(status) if status & 3 != 0 => {
                let word = if status & 2 != 0 { "demanded" } else { "required" };
                raise(ctx, out, "maintenance", format!("{place}: {word}"));
            }
            _ => {}
        }),
    }
}

fn words(said: &Notification<'_>) -> Option<String> {
    let mut text = String::new();
    records::items(&mut said.items(), |item| {
        if text.len() >= VALUE_MAX {
            return;
        }
        if !text.is_empty() {
            text.push_str("; ");
        }
        match item {
            Item::Diagnosis(diagnosis) => diagnosis.show(&mut text),
            Item::Maintenance(status) => text.push_str(match status & 3 {
                0 => "no maintenance",
                1 => "maintenance required",
                _ => "maintenance demanded",
            }),
            Item::Other(identifier, bytes) => text.push_str(&format!("{}: {}", names::user_structure(identifier), hex(bytes))),
        }
    });
    Some(text).filter(|text| !text.is_empty())
}

fn tell(ctx: &Context<'_>, open: Open, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let (api, slot, subslot) = open.place;
    let operation = Operation {
        at: open.at,
        actor: open.actor,
        function: open.function,
        category: Category::Diagnostic,
        target: Target::Coded(submodule(api, slot, subslot)),
        value: open.value.map(Cow::Owned),
        outcome,
    };
    out.operation(ctx, NAME, operation);
}
