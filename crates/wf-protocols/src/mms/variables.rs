//! Reads, writes and reports: variables with their values.

use super::object::{Access, Name};
use super::pdu::Pdu;
use super::report::Report;
use super::services::one;
use super::{Asked, Flow, NAME, breach, control, evidence, names};
use crate::ber::{self, Element, Elements};
use crate::mms_data::{self, Data};
use crate::process_bus::visible;
use std::borrow::Cow;
use std::fmt::{self, Write};
use wf_model::{Attribute, Category};
use wf_wire::decode::{About, Coded, Context, Direction, Measurement, Sink, Target, Value};

/// Variables of one message that are told.
const VARIABLES_MAX: usize = 1024;

/// Tells a read: each variable, or the list by its name; and the values of the answer.
pub fn read(
    flow: &mut Flow,
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    answer: Option<&Pdu<'_>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let access = asked.pdu.field(1).and_then(|e| e.elements().next()).and_then(|e| Access::read(&e));
    let Some(access) = access else { return };
    let list = answer.and_then(|a| a.field(1));
    let mut results = list.map_or(Elements::new(&[]), |list| list.elements());
    let device = asked.actor.reverse();
    let mut name = std::mem::take(&mut flow.name);
    if let Access::Named(list_name) = access {
        name.clear();
        let _ = write!(name, "{list_name}");
        one(ctx, asked, ("read", Category::Read), &name, None, outcome.clone(), out);
        members(flow, ctx, device, &name, results, out);
    } else {
        let mut short = false;
        for variable in access.variables().take(VARIABLES_MAX) {
            name.clear();
            let _ = write!(name, "{variable}");
            if !flow.between_centres && is_tase2(&name) {
                flow.between_centres = true;
                evidence(ctx, "tase2", (About::Sender, Attribute::Role, "scada_server", 70), out);
                evidence(ctx, "tase2", (About::Receiver, Attribute::Role, "scada_server", 70), out);
            }
            let result = results.next();
            short |= list.is_some() && result.is_none();
            let act = control::read(&name);
            let outcome = match result {
                Some(e) if e.context() == Some(0) => Cow::Borrowed(names::access_outcome(ber::integer(e.bytes))),
                // A selection that was not granted is answered with an empty name (IEC 61850-8-1, 20.3).
                Some(e) if act.commands && e.bytes.is_empty() => Cow::Borrowed("error: select_failed"),
                _ => outcome.clone(),
            };
            one(ctx, asked, (act.function, act.category), act.target, None, outcome, out);
            if let Some(e) = result.filter(|_| !act.commands) {
                values(flow, ctx, device, &name, &e, out);
            }
        }
        if !flow.gapped && (short || (list.is_some() && results.next().is_some())) {
            breach(ctx, "result_count_mismatch", "", out);
        }
    }
    flow.name = name;
}

/// Tells a write: each variable with its value and whether it was taken.
pub fn write(
    flow: &mut Flow,
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    answer: Option<&Pdu<'_>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let mut fields = asked.pdu.elements();
    let Some(access) = fields.next().and_then(|e| Access::read(&e)) else { return };
    let mut data = fields.find(|e| e.context() == Some(0)).map_or(Elements::new(&[]), |e| e.elements());
    let mut results = answer.map(Pdu::elements);
    let mut name = std::mem::take(&mut flow.name);
    let mut tell = |name: &str, value: Option<Element<'_>>| {
        let act = control::written(name);
        let result = results.as_mut().and_then(Iterator::next);
        let outcome = match result {
            Some(e) if e.context() == Some(0) => Cow::Borrowed(names::access_outcome(ber::integer(e.bytes))),
            _ => outcome.clone(),
        };
        let text = value.map(|e| if act.commands { control::command(&e) } else { mms_data::text(&e) });
        let taken = result.is_some_and(|e| e.context() == Some(1));
        one(ctx, asked, (act.function, act.category), act.target, text.map(Cow::Owned), outcome, out);
        if let Some(e) = value.filter(|_| taken && !act.commands) {
            values(flow, ctx, asked.actor.reverse(), name, &e, out);
        }
    };
    match access {
        Access::Named(list) => {
            for (at, e) in data.take(VARIABLES_MAX).enumerate() {
                name.clear();
                let _ = write!(name, "{list}.{}", at + 1);
                tell(&name, Some(e));
            }
        }
        Access::List(_) => {
            for variable in access.variables().take(VARIABLES_MAX) {
                name.clear();
                let _ = write!(name, "{variable}");
                tell(&name, data.next());
            }
        }
    }
    flow.name = name;
}

/// Tells an unconfirmed service: reports and other information reports.
pub fn unconfirmed(flow: &mut Flow, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    match pdu.service_tag() {
        Some(0) => {}
        Some(1 | 2) => return,
        _ => return breach(ctx, "unknown_service", "", out),
    }
    let mut fields = pdu.elements();
    let access = fields.next().and_then(|e| Access::read(&e));
    let results = fields.find(|e| e.context() == Some(0)).map(|e| e.elements());
    let (Some(access), Some(results)) = (access, results) else { return breach(ctx, "damaged_pdu", "information report", out) };
    let mut name = std::mem::take(&mut flow.name);
    match access {
        Access::Named(Name::Vmd(b"RPT")) => match Report::read(results) {
            Some(report) => reported(flow, ctx, &report, &mut name, out),
            None => breach(ctx, "damaged_pdu", "report", out),
        },
        Access::Named(list) => {
            name.clear();
            let _ = write!(name, "{list}");
            members(flow, ctx, ctx.direction, &name, results, out);
        }
        Access::List(_) => informed(flow, ctx, &access, results, &mut name, out),
    }
    flow.name = name;
}

/// Values of variables that were reported by themselves; among them the end of a command (IEC 61850-8-1, 20.8).
fn informed(
    flow: &Flow,
    ctx: &Context<'_>,
    access: &Access<'_>,
    mut results: Elements<'_>,
    name: &mut String,
    out: &mut dyn Sink,
) {
    let mut failed = false;
    for variable in access.variables().take(VARIABLES_MAX) {
        let Some(e) = results.next() else { return breach(ctx, "result_count_mismatch", "", out) };
        name.clear();
        let _ = write!(name, "{variable}");
        if name == "LastApplError" {
            failed = true;
            terminated(ctx, &e, out);
        } else if control::is_termination(name) {
            if !failed {
                termination(ctx, control::written(name).target, "ok", out);
            }
        } else {
            values(flow, ctx, ctx.direction, name, &e, out);
        }
    }
}

/// LastApplError: the object that was commanded, an error, who commanded, the command's number, the cause.
fn terminated(ctx: &Context<'_>, e: &Element<'_>, out: &mut dyn Sink) {
    let Some(Data::Structure(mut parts)) = Data::read(e) else { return };
    let object = parts.next().map(|e| visible(e.bytes).into_owned()).unwrap_or_default();
    let code = parts.nth(3).and_then(|e| ber::integer(e.bytes)).unwrap_or(0);
    termination(ctx, control::written(&object).target, control::cause(code), out);
}

fn termination(ctx: &Context<'_>, target: &str, outcome: &'static str, out: &mut dyn Sink) {
    // It was the other side that commanded.
    let asked = Asked { at: ctx.now, actor: ctx.direction.reverse(), pdu: Pdu::default(), missing: "unconfirmed" };
    one(ctx, &asked, ("command_termination", Category::Diagnostic), target, None, Cow::Borrowed(outcome), out);
}

fn reported(flow: &Flow, ctx: &Context<'_>, report: &Report<'_>, name: &mut String, out: &mut dyn Sink) {
    if report.overflow {
        breach(ctx, "reports_lost", visible(report.rpt_id), out);
    }
    let set = visible(report.dat_set.unwrap_or(report.rpt_id));
    let members = flow.known.members(&set);
    for (at, reference, e) in report.values().take(VARIABLES_MAX) {
        name.clear();
        match (reference, members.get(at)) {
            (Some(reference), _) => name.push_str(&visible(reference)),
            (None, Some(member)) => name.push_str(member),
            (None, None) => {
                let _ = write!(name, "{set}.{}", at + 1);
            }
        }
        values(flow, ctx, ctx.direction, name, &e, out);
    }
}

/// Values of a list's members.
fn members(flow: &Flow, ctx: &Context<'_>, device: Direction, list: &str, results: Elements<'_>, out: &mut dyn Sink) {
    let mut name = String::new();
    let members = flow.known.members(list);
    for (at, e) in results.take(VARIABLES_MAX).enumerate() {
        match members.get(at) {
            Some(member) => values(flow, ctx, device, member, &e, out),
            None => {
                name.clear();
                let _ = write!(name, "{list}.{}", at + 1);
                values(flow, ctx, device, &name, &e, out);
            }
        }
    }
}

/// Tells the values of a variable, unless they are what they were.
fn values(flow: &Flow, ctx: &Context<'_>, device: Direction, name: &str, e: &Element<'_>, out: &mut dyn Sink) {
    if e.context() == Some(0) || out.unchanged(ctx, device, block(name), e.bytes) {
        return;
    }
    mms_data::leaves(&mut name.to_owned(), e, flow.known.kind(name), "good", &mut |point, value, quality| {
        if let Value::Text(text) = value {
            name_plate(ctx, device, point, text, out);
        }
        out.measurement(ctx, NAME, Measurement { device, point: Target::Text(point), value, quality });
    });
}

/// Objects that every control centre has by TASE.2 (IEC 60870-6-503, 8.1.1 and 8.1.2).
fn is_tase2(name: &str) -> bool {
    let item = name.rsplit('/').next().unwrap_or(name);
    matches!(item, "TASE2_Version" | "Supported_Features" | "Bilateral_Table_ID" | "Next_DSTransfer_Set")
}

/// What name plates say (IEC 61850-7-3, 7.8): of the physical device, and of logical nodes.
fn name_plate(ctx: &Context<'_>, device: Direction, point: &str, text: &str, out: &mut dyn Sink) {
    let mut parts = point.rsplit('$');
    let (Some(part), Some(plate)) = (parts.next(), parts.next()) else { return };
    let (attribute, confidence) = match (plate, part) {
        ("PhyNam", "vendor") => (Attribute::Vendor, 85),
        ("PhyNam", "model") => (Attribute::Model, 85),
        ("PhyNam", "serNum") => (Attribute::Serial, 85),
        ("PhyNam", "swRev") => (Attribute::Firmware, 85),
        ("PhyNam", "hwRev") => (Attribute::Hardware, 85),
        ("NamPlt", "vendor") => (Attribute::Vendor, 60),
        ("NamPlt", "swRev") => (Attribute::Firmware, 50),
        _ => return,
    };
    let about = if device == ctx.direction { About::Sender } else { About::Receiver };
    evidence(ctx, "name_plate", (about, attribute, text.trim(), confidence), out);
}

/// A variable's name as numbers that stand for it (FNV-1a): never shown.
fn block(name: &str) -> Coded {
    let hash = |basis: u64| name.bytes().fold(basis, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let show = |numbers: &[u64; 4], f: &mut fmt::Formatter<'_>| write!(f, "variable {:x}", numbers[0]);
    Coded { numbers: [hash(0xcbf2_9ce4_8422_2325), name.len() as u64, 0, 0], show }
}
