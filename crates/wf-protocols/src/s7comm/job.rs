//! Jobs and their answers: variables, block transfers, program control.

use super::Flow;
use super::address::{Item, Items, Syntax, size_name};
use super::block::Block;
use super::names::{self, function};
use super::pdu::Pdu;
use super::transfer::{Invocation, Transfer, block_bytes};
use super::value::{self, Data, DataItems, Element};
use std::borrow::Cow;
use wf_model::Category;
use wf_wire::decode::{Anomaly, Context, Direction, File, Measurement, Moment, Operation, Sink, Target, Value};
use wf_wire::{MessageWriter, Reader};

/// A job with when and by whom it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// When.
    pub at: Moment,
    /// By whom.
    pub actor: Direction,
    /// The request.
    pub pdu: Pdu<'a>,
}

/// Items and data of a read or write.
fn variables<'a>(pdu: &Pdu<'a>) -> (u16, Items<'a>) {
    let count = u16::from(pdu.params.get(1).copied().unwrap_or(0));
    (count, Items::new(pdu.params.get(2..).unwrap_or(&[]), count))
}

/// Says what is wrong with a request's parameters.
pub fn check(ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    let (kind, detail) = match pdu.params.first() {
        Some(&(function::READ | function::WRITE)) => {
            let (count, items) = variables(pdu);
            let bad = items.filter(Result::is_err).count() > 0;
            let short = pdu.function() == Some(function::WRITE) && DataItems::new(pdu.data, count).any(|d| d.is_err());
            match (bad, short) {
                (true, _) => ("item_truncated", "an item of a variable request does not fit"),
                (_, true) => ("data_truncated", "the data of a write request do not fit"),
                _ => return,
            }
        }
        Some(code @ function::REQUEST_DOWNLOAD..=function::END_UPLOAD) if Transfer::request(pdu.params).is_err() => {
            ("transfer_truncated", names::job(*code).0)
        }
        Some(&(function::CONTROL | function::STOP)) if Invocation::parse(pdu.params).is_err() => {
            ("control_truncated", "service name or argument does not fit")
        }
        Some(code) if names::job(*code).0 == "unknown_function" => {
            return out.anomaly(
                ctx,
                super::NAME,
                Anomaly { kind: "unknown_function", detail: Cow::Owned(format!("0x{code:02x}")) },
            );
        }
        None => ("no_parameters", "a job without a function"),
        _ => return,
    };
    out.anomaly(ctx, super::NAME, Anomaly { kind, detail: Cow::Borrowed(detail) });
}

/// Whether an answer holds as many results as the request for variables asked for.
pub fn counts_match(request: &Pdu<'_>, answer: &Pdu<'_>) -> bool {
    let variables = matches!(request.function(), Some(function::READ | function::WRITE)) && answer.error_number() == 0;
    !variables || answer.params.get(1).or(request.params.get(1)) == request.params.get(1)
}

/// Says what is wrong with an answer to a request for variables.
pub fn check_answer(ctx: &Context<'_>, request: &Pdu<'_>, answer: &Pdu<'_>, out: &mut dyn Sink) {
    let asked = request.params.get(1).copied().unwrap_or(0);
    let kind = match request.function() {
        _ if answer.error_number() != 0 => return,
        _ if !counts_match(request, answer) => "item_count_mismatch",
        Some(function::READ) if DataItems::new(answer.data, asked.into()).any(|d| d.is_err()) => "data_truncated",
        Some(function::WRITE) if answer.data.len() < usize::from(asked) => "data_truncated",
        _ => return,
    };
    out.anomaly(ctx, super::NAME, Anomaly { kind, detail: Cow::Borrowed("answer") });
}

/// Writes what a job or its answer says beyond the header.
pub fn write(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, request: Option<&Pdu<'_>>) {
    let Some(code) = pdu.function() else { return };
    m.text("function_name", names::job(code).0);
    match (code, request) {
        (function::SETUP, _) => write_setup(m, pdu),
        (function::READ | function::WRITE, _) if pdu.error.is_none() => write_items(m, pdu),
        (function::READ | function::WRITE, request) => write_results(m, pdu, request),
        (function::CONTROL | function::STOP, _) => {
            if let (None, Ok(call)) = (pdu.error, Invocation::parse(pdu.params)) {
                m.show("pi_service", call.name()).text("pi_argument", &call.argument_text());
            }
        }
        (function::START_UPLOAD, Some(_)) => {
            if let Ok(started) = Transfer::started(pdu.params) {
                m.opt("status", pdu.params.get(1).copied());
                m.opt("upload_id", started.id).opt("block_size", started.load_size);
            }
        }
        (function::REQUEST_DOWNLOAD..=function::END_UPLOAD, _) => write_transfer(m, pdu),
        _ => {}
    }
}

fn write_setup(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>) {
    let mut r = Reader::new(pdu.params);
    if let (Ok(()), Ok(calling), Ok(called), Ok(size)) = (r.skip(2), r.u16(), r.u16(), r.u16()) {
        m.num("max_jobs_calling", calling).num("max_jobs_called", called).num("pdu_size", size);
    }
}

fn write_item(w: &mut MessageWriter<'_>, item: &Item) {
    w.show("address", item).text("type", size_name(item.size)).num("count", item.count);
    if matches!(item.syntax, Syntax::Any) {
        w.num("area", item.area).num("db", item.db).num("start_bit", item.address);
    }
}

fn write_items(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>) {
    let (count, items) = variables(pdu);
    let mut data = DataItems::new(pdu.data, if pdu.function() == Some(function::WRITE) { count } else { 0 });
    m.objects("items", items.filter_map(Result::ok), |w, item| {
        write_item(w, &item);
        if let Some(Ok(data)) = data.next() {
            w.text("value", &value::text(&item, data.bytes)).hex("data", data.bytes);
        }
    });
}

fn write_results(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, request: Option<&Pdu<'_>>) {
    let items = request.map(|r| variables(r).1);
    if pdu.function() == Some(function::WRITE) {
        let mut items = items;
        m.objects("items", pdu.data.iter(), |w, code| {
            if let Some(Ok(item)) = items.as_mut().and_then(Iterator::next) {
                write_item(w, &item);
            }
            w.num("return_code", *code);
        });
        return;
    }
    let data = DataItems::new(pdu.data, u16::from(pdu.params.get(1).copied().unwrap_or(0)));
    let Some(items) = items else {
        m.objects("items", data.map_while(Result::ok), |w, data| {
            w.num("return_code", data.code).hex("data", data.bytes);
        });
        return;
    };
    let mut rows = Vec::new();
    pair(items, Some(data), |item, data| rows.push((item, data)));
    m.objects("items", rows, |w, (item, data)| {
        write_item(w, &item);
        if let Some(data) = data {
            w.num("return_code", data.code);
            if data.code == 0xff {
                w.text("value", &value::text(&item, data.bytes)).hex("data", data.bytes);
            }
        }
    });
}

fn write_transfer(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>) {
    m.opt("status", pdu.params.get(1).copied());
    if pdu.error.is_none() {
        if let Ok(transfer) = Transfer::request(pdu.params) {
            m.opt("upload_id", transfer.id).opt("load_size", transfer.load_size).opt("code_size", transfer.code_size);
            if let (Some(name), Some(block)) = (transfer.name, transfer.block()) {
                m.show("file_name", name.escape_ascii()).show("block", block);
                if let Some(place) = block.place() {
                    m.text("file_system", place);
                }
            }
        }
    } else {
        m.opt("block_bytes", block_bytes(pdu.data).map(|n| n as u64));
    }
}

/// Tells what a job came to: `answer` is `None` when none can come any more.
pub fn tell(flow: &mut Flow, ctx: &Context<'_>, asked: &Asked<'_>, answer: Option<&Pdu<'_>>, out: &mut dyn Sink) {
    let Some(code) = asked.pdu.function() else { return };
    let outcome = answer.map_or(Cow::Borrowed("unanswered"), |a| names::outcome(a.error_number()));
    match code {
        function::READ => tell_read(ctx, asked, answer, outcome, out),
        function::WRITE => tell_write(ctx, asked, answer, outcome, out),
        function::CONTROL | function::STOP => tell_control(ctx, asked, code, outcome, out),
        function::REQUEST_DOWNLOAD..=function::END_UPLOAD => tell_transfer(flow, ctx, asked, answer, outcome, out),
        _ => {
            let (function, category) = names::job(code);
            tell_one(ctx, asked, (function, category), Target::None, None, outcome, out);
        }
    }
}

/// Tells one operation.
pub fn tell_one(
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    (function, category): (&'static str, Category),
    target: Target<'_>,
    value: Option<Cow<'_, str>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    out.operation(ctx, super::NAME, Operation { at: asked.at, actor: asked.actor, function, category, target, value, outcome });
}

/// Pairs the items of a request with the data of its answer. An item may name several ranges of data blocks; its data
/// then hold a return code and the bytes of each range one after another.
pub fn pair<'a>(items: Items<'_>, mut data: Option<DataItems<'a>>, mut each: impl FnMut(Item, Option<Data<'a>>)) {
    let mut rest: Option<Data<'a>> = None;
    for item in items.map_while(Result::ok) {
        let ranged = item.syntax == Syntax::DbRead;
        let whole = match rest.take() {
            Some(left) if ranged && !left.bytes.is_empty() => Some(left),
            _ => data.as_mut().and_then(Iterator::next).and_then(Result::ok),
        };
        match whole {
            Some(whole) if ranged && whole.code == 0xff => {
                let mut r = Reader::new(whole.bytes);
                let code = r.u8().unwrap_or(0);
                let bytes = if code == 0xff { r.take(usize::from(item.count)).unwrap_or(&[]) } else { &[] };
                rest = Some(Data { bytes: r.rest(), ..whole });
                each(item, Some(Data { code, bytes, ..whole }));
            }
            other => each(item, other),
        }
    }
}

fn tell_read(ctx: &Context<'_>, asked: &Asked<'_>, answer: Option<&Pdu<'_>>, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let (count, items) = variables(&asked.pdu);
    pair(items, answer.map(|a| DataItems::new(a.data, count)), |item, data| {
        let outcome = match data {
            Some(data) if outcome == "ok" => Cow::Borrowed(names::item_outcome(data.code)),
            _ => outcome.clone(),
        };
        tell_one(ctx, asked, names::job(function::READ), Target::Coded(item.coded()), None, outcome, out);
        if let Some(data) = data.filter(|d| d.code == 0xff) {
            tell_values(ctx, asked.actor.reverse(), &item, data.bytes, out);
        }
    });
}

fn tell_write(ctx: &Context<'_>, asked: &Asked<'_>, answer: Option<&Pdu<'_>>, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let (count, items) = variables(&asked.pdu);
    let mut data = DataItems::new(asked.pdu.data, count);
    let mut codes = answer.map(|a| a.data.iter().copied());
    for item in items.map_while(Result::ok) {
        let data = data.next().and_then(Result::ok);
        let code = codes.as_mut().and_then(Iterator::next);
        let outcome = match code {
            Some(code) if outcome == "ok" => Cow::Borrowed(names::item_outcome(code)),
            _ => outcome.clone(),
        };
        let text = data.map(|d| Cow::Owned(value::text(&item, d.bytes)));
        tell_one(ctx, asked, names::job(function::WRITE), Target::Coded(item.coded()), text, outcome, out);
        if let (Some(data), Some(0xff)) = (data, code) {
            tell_values(ctx, asked.actor.reverse(), &item, data.bytes, out);
        }
    }
}

/// Tells the values of an item, unless they are what they were.
pub fn tell_values(ctx: &Context<'_>, device: Direction, item: &Item, bytes: &[u8], out: &mut dyn Sink) {
    if out.unchanged(ctx, device, item.coded(), bytes) {
        return;
    }
    let shape = value::shaped(*item, bytes);
    let mut text = String::new();
    value::elements(&shape, bytes, |index, element| {
        let value = match element {
            Element::Flag(flag) => Value::Flag(flag),
            Element::Whole(number) => Value::Number(number as f64),
            Element::Real(number) => Value::Number(f64::from(number)),
            Element::Chars(_) | Element::DateTime(_) => {
                text = value::text(&shape, bytes);
                Value::Text(text.trim_matches('"'))
            }
        };
        let point = Target::Coded(shape.element(index).coded());
        out.measurement(ctx, super::NAME, Measurement { device, point, value, quality: "good" });
    });
}

fn tell_control(ctx: &Context<'_>, asked: &Asked<'_>, code: u8, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let call = Invocation::parse(asked.pdu.params).ok();
    let mut name = names::job(code).0;
    let mut value = None;
    let mut target = String::new();
    if let Some(call) = call {
        if code == function::CONTROL && call.starts_program() {
            name = "plc_start";
        }
        let argument = call.argument_text();
        let listed = call.blocks().next().is_some();
        value = Some(match (argument.is_empty() || listed, call.starts_program()) {
            (true, true) if code == function::CONTROL => format!("{} warm restart", call.name()),
            (false, true) if argument == "C" => format!("{} cold restart", call.name()),
            (true, _) => call.name().to_string(),
            (false, _) => format!("{} {argument}", call.name()),
        });
        if listed {
            target = argument;
        }
    }
    let target = if target.is_empty() { Target::None } else { Target::Text(&target) };
    tell_one(ctx, asked, (name, Category::Control), target, value.map(Cow::Owned), outcome, out);
}

fn tell_transfer(
    flow: &mut Flow,
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    answer: Option<&Pdu<'_>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let Some(code) = asked.pdu.function() else { return };
    let transfer = Transfer::request(asked.pdu.params).unwrap_or_default();
    let answered = answer.filter(|a| a.error_number() == 0);
    let mut name = transfer.block().map(|b: Block<'_>| b.to_string());
    match (code, answered) {
        (function::START_UPLOAD, Some(answer)) => {
            let started = Transfer::started(answer.params).unwrap_or_default();
            if let Some(name) = &name {
                flow.uploads.insert(started.id.unwrap_or(0), name, out);
                out.file(ctx, super::NAME, File { name, size: started.load_size, direction: asked.actor.reverse() });
            }
        }
        (function::REQUEST_DOWNLOAD, Some(_)) => {
            if let Some(name) = &name {
                let size = transfer.load_size.or(transfer.code_size);
                out.file(ctx, super::NAME, File { name, size, direction: asked.actor });
            }
        }
        (function::UPLOAD, _) => name = flow.uploads.name(transfer.id.unwrap_or(0)).map(str::to_owned),
        (function::END_UPLOAD, _) => name = flow.uploads.remove(transfer.id.unwrap_or(0)),
        _ => {}
    }
    let value =
        answered.filter(|_| matches!(code, function::UPLOAD | function::DOWNLOAD_BLOCK)).and_then(|a| block_bytes(a.data));
    let value = value.map(|bytes| Cow::Owned(format!("{bytes} bytes")));
    let target = name.as_deref().map_or(Target::None, Target::Text);
    // The controller fetches the parts, but it is the other side that loads the program.
    let fetched = matches!(code, function::DOWNLOAD_BLOCK | function::DOWNLOAD_ENDED);
    let asked = &Asked { actor: if fetched { asked.actor.reverse() } else { asked.actor }, ..*asked };
    tell_one(ctx, asked, names::job(code), target, value, outcome, out);
}
