//! The GOOSE message and GSE management (IEC 61850-8-1, annex A), borrowed from the frame.

use crate::ber::{self, Element, Tag};
use crate::mms_data::{self, UtcTime};
use crate::process_bus::{Unit, visible};
use std::borrow::Cow;
use wf_model::Category;
use wf_wire::MessageWriter;
use wf_wire::decode::{Context, Operation, Sink, Target};

/// Entries whose values are shown in a message.
const SHOWN_MAX: usize = 256;

/// What a frame carries.
#[derive(Debug)]
pub enum Apdu<'a> {
    /// A GOOSE message.
    Goose(Goose<'a>),
    /// A question about a control block, or its answer.
    Management(Management),
}

/// A GOOSE message. What is not there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goose<'a> {
    /// Reference of the control block.
    pub gocb_ref: Option<&'a [u8]>,
    /// Milliseconds within which the next message is due.
    pub live_ms: Option<u32>,
    /// Reference of the data set.
    pub dat_set: Option<&'a [u8]>,
    /// Identifier that the user gave.
    pub go_id: Option<&'a [u8]>,
    /// When the state changed.
    pub t: Option<UtcTime>,
    /// Number of the state.
    pub st_num: Option<u32>,
    /// Number of the message in this state.
    pub sq_num: Option<u32>,
    /// Marked as simulated (before edition 2: test).
    pub simulation: bool,
    /// Configuration revision.
    pub conf_rev: Option<u32>,
    /// Needs commissioning.
    pub nds_com: bool,
    /// Number of entries as said.
    pub entries: Option<i32>,
    /// The entries.
    pub data: Option<Element<'a>>,
    /// A field could not be read or does not belong here.
    pub damaged: bool,
}

impl<'a> Apdu<'a> {
    /// Reads the message; `None`: another one.
    #[must_use]
    pub fn read(pdu: &Element<'a>) -> Option<Self> {
        if pdu.tag == Tag::application(1) {
            Some(Self::Goose(Goose::read(pdu)))
        } else if pdu.context() == Some(0) {
            Some(Self::Management(Management::read(pdu)))
        } else {
            None
        }
    }
}

/// INT32U, whose encoders may forget the leading zero; what does not fit is cut to 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "cut on purpose")]
fn number(bytes: &[u8]) -> Option<u32> {
    ber::unsigned(bytes).map(|n| n as u32)
}

#[expect(clippy::cast_possible_truncation, reason = "cut on purpose")]
fn signed(bytes: &[u8]) -> Option<i32> {
    ber::integer(bytes).map(|n| n as i32)
}

impl<'a> Goose<'a> {
    fn read(pdu: &Element<'a>) -> Self {
        let mut found = Self { damaged: pdu.cut, ..Self::default() };
        let mut fields = pdu.elements();
        for e in fields.by_ref() {
            let readable = match e.context() {
                Some(0) => set(&mut found.gocb_ref, Some(e.bytes)),
                Some(1) => set(&mut found.live_ms, number(e.bytes)),
                Some(2) => set(&mut found.dat_set, Some(e.bytes)),
                Some(3) => set(&mut found.go_id, Some(e.bytes)),
                Some(4) => set(&mut found.t, UtcTime::read(e.bytes)),
                Some(5) => set(&mut found.st_num, number(e.bytes)),
                Some(6) => set(&mut found.sq_num, number(e.bytes)),
                Some(7) => ber::boolean(e.bytes).map(|flag| found.simulation = flag).is_some(),
                Some(8) => set(&mut found.conf_rev, number(e.bytes)),
                Some(9) => ber::boolean(e.bytes).map(|flag| found.nds_com = flag).is_some(),
                Some(10) => set(&mut found.entries, signed(e.bytes)),
                Some(11) => set(&mut found.data, Some(e)),
                Some(12) => true, // security
                _ => false,
            };
            found.damaged |= !readable;
        }
        found.damaged |= fields.is_broken();
        found
    }

    /// The first mandatory field that is not there.
    #[must_use]
    pub const fn missing(&self) -> Option<&'static str> {
        if self.gocb_ref.is_none() {
            Some("gocbRef")
        } else if self.live_ms.is_none() {
            Some("timeAllowedtoLive")
        } else if self.dat_set.is_none() {
            Some("datSet")
        } else if self.t.is_none() {
            Some("t")
        } else if self.st_num.is_none() {
            Some("stNum")
        } else if self.sq_num.is_none() {
            Some("sqNum")
        } else if self.conf_rev.is_none() {
            Some("confRev")
        } else if self.entries.is_none() {
            Some("numDatSetEntries")
        } else if self.data.is_none() {
            Some("allData")
        } else {
            None
        }
    }
}

/// Sets a field that is not set yet.
fn set<T>(field: &mut Option<T>, value: Option<T>) -> bool {
    let fits = value.is_some() && field.is_none();
    if field.is_none() {
        *field = value;
    }
    fits
}

/// Writes a message with its fields.
pub fn write(m: &mut MessageWriter<'_>, unit: &Unit<'_>, gocb_ref: &[u8], goose: &Goose<'_>) {
    m.num("appid", unit.appid).num("length", unit.length as u64).text("gocb_ref", &visible(gocb_ref));
    if let Some(name) = goose.dat_set {
        m.text("dat_set", &visible(name));
    }
    m.opt("st_num", goose.st_num).opt("sq_num", goose.sq_num).opt("entries", goose.entries);
    if let Some(name) = goose.go_id {
        m.text("go_id", &visible(name));
    }
    m.opt("time_allowed_to_live_ms", goose.live_ms);
    if let Some(t) = goose.t {
        m.show("t", t.ts).num("t_quality", t.quality);
    }
    m.opt("conf_rev", goose.conf_rev).flag("simulation", goose.simulation || unit.simulated).flag("nds_com", goose.nds_com);
    if let Some(data) = goose.data {
        m.texts("values", data.elements().take(SHOWN_MAX).map(|e| mms_data::whole_text(&e)));
    }
}

/// GSE management: which service, and whether it is an answer.
#[derive(Clone, Copy, Debug)]
pub struct Management {
    service: &'static str,
    answer: bool,
}

impl Management {
    fn read(pdu: &Element<'_>) -> Self {
        let body = pdu.elements().find(|e| matches!(e.context(), Some(1 | 2)));
        let service = body.and_then(|b| b.elements().next()).and_then(|s| s.context());
        let service = match service {
            Some(1) => "get_go_reference",
            Some(2) => "get_goose_element_number",
            Some(3) => "get_gs_reference",
            Some(4) => "get_gsse_data_offset",
            _ => "gse_management",
        };
        Self { service, answer: body.is_some_and(|b| b.context() == Some(2)) }
    }

    /// Tells the question; an answer is told as the question that it answers.
    pub fn tell(&self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let (actor, outcome) = if self.answer { (ctx.direction.reverse(), "ok") } else { (ctx.direction, "unconfirmed") };
        let operation = Operation {
            at: ctx.now,
            actor,
            function: self.service,
            category: Category::Read,
            target: Target::None,
            value: None,
            outcome: Cow::Borrowed(outcome),
        };
        out.operation(ctx, super::NAME, operation);
    }
}
