//! Confirmed services with their answers: operations, and what they say of the device.

use super::names::{self, service};
use super::object::{Name, file_name};
use super::pdu::{Pdu, kind};
use super::{Asked, Flow, NAME, evidence, variables};
use crate::ber::{self, Elements};
use crate::hints::clean;
use crate::process_bus::visible;
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{About, Context, File, Operation, Sink, Target};

/// What opening an association is.
pub const INITIATE: (&str, Category) = ("initiate", Category::Diagnostic);

/// Tells a request that was answered, or (no answer) cannot be any more.
pub fn tell(flow: &mut Flow, ctx: &Context<'_>, asked: &Asked<'_>, answer: Option<&Pdu<'_>>, out: &mut dyn Sink) {
    let outcome = answer.map_or(Cow::Borrowed(asked.missing), outcome);
    let answer = answer.filter(|a| matches!(a.kind, kind::RESPONSE | kind::INITIATE_RESPONSE));
    match (asked.pdu.kind, asked.pdu.service()) {
        (kind::INITIATE_REQUEST, _) => {
            one(ctx, asked, INITIATE, "", None, outcome, out);
            if answer.is_some() {
                evidence(ctx, "initiate", (About::Sender, Attribute::Role, "controller", 60), out);
                evidence(ctx, "initiate", (About::Receiver, Attribute::Role, "scada_server", 40), out);
            }
        }
        (kind::CONCLUDE_REQUEST, _) => one(ctx, asked, ("conclude", Category::Diagnostic), "", None, outcome, out),
        (_, Some(service::READ)) => variables::read(flow, ctx, asked, answer, outcome, out),
        (_, Some(service::WRITE)) => variables::write(flow, ctx, asked, answer, outcome, out),
        (_, Some(tag)) => {
            let target = target(flow, &asked.pdu, tag);
            let value = value(&asked.pdu, tag);
            one(ctx, asked, names::function(tag), &target, value.map(Cow::Owned), outcome, out);
            if let Some(answer) = answer {
                learn(flow, ctx, asked, answer, tag, &target, out);
            }
        }
        (_, None) => {}
    }
}

fn outcome(answer: &Pdu<'_>) -> Cow<'static, str> {
    match answer.kind {
        kind::RESPONSE | kind::INITIATE_RESPONSE | kind::CONCLUDE_RESPONSE => Cow::Borrowed("ok"),
        kind::REJECT => answer
            .error()
            .map_or(Cow::Borrowed("error: rejected"), |r| Cow::Owned(format!("error: rejected {}", names::reject(r)))),
        _ => names::outcome(answer.error()),
    }
}

/// Tells one operation.
pub fn one(
    ctx: &Context<'_>,
    asked: &Asked<'_>,
    (function, category): (&'static str, Category),
    target: &str,
    value: Option<Cow<'_, str>>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let target = if target.is_empty() { Target::None } else { Target::Text(target) };
    out.operation(ctx, NAME, Operation { at: asked.at, actor: asked.actor, function, category, target, value, outcome });
}

/// A request to cancel another one has no effect that could be told before its answer; it is told by itself.
pub fn cancel(ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
    let asked = Asked { at: ctx.now, actor: ctx.direction, pdu: *pdu, missing: "unconfirmed" };
    let target = format!("invoke id {}", pdu.original.unwrap_or(0));
    one(ctx, &asked, ("cancel_request", Category::Diagnostic), &target, None, Cow::Borrowed("unconfirmed"), out);
}

/// What a request is about, in words.
pub fn target(flow: &Flow, pdu: &Pdu<'_>, tag: u32) -> String {
    let named = |number| pdu.field(number).and_then(|e| Name::inside(&e)).map(|n| n.to_string());
    match tag {
        service::STATUS | service::IDENTIFY => String::new(),
        service::GET_NAME_LIST => name_list(pdu),
        service::GET_VARIABLE_ACCESS_ATTRIBUTES => named(0).unwrap_or_default(),
        service::GET_NAMED_VARIABLE_LIST_ATTRIBUTES | service::DEFINE_NAMED_VARIABLE_LIST => {
            pdu.elements().next().and_then(|e| Name::read(&e)).map(|n| n.to_string()).unwrap_or_default()
        }
        service::DELETE_NAMED_VARIABLE_LIST => {
            let names = pdu.field(1).map_or(Elements::new(&[]), |e| e.elements());
            let names: Vec<String> = names.take(16).filter_map(|e| Name::read(&e)).map(|n| n.to_string()).collect();
            names.join(", ")
        }
        service::FILE_OPEN | service::FILE_RENAME | service::FILE_DIRECTORY => {
            pdu.field(0).map(|e| file_name(&e)).unwrap_or_default()
        }
        service::FILE_DELETE => pdu.body.map(|e| file_name(&e)).unwrap_or_default(),
        service::OBTAIN_FILE => pdu.field(2).map(|e| file_name(&e)).unwrap_or_default(),
        service::FILE_READ | service::FILE_CLOSE => {
            let number = pdu.body.and_then(|e| ber::integer(e.bytes)).unwrap_or(-1);
            flow.known.file(number).map_or_else(|| format!("file {number}"), str::to_owned)
        }
        _ => any_name(pdu),
    }
}

/// GetNameList: class, scope, and where it goes on.
fn name_list(pdu: &Pdu<'_>) -> String {
    let class = pdu.field(0).and_then(|e| e.elements().next()).and_then(|e| ber::integer(e.bytes)).unwrap_or(-1);
    let scope = pdu.field(1).and_then(|e| e.elements().next());
    let class = names::object_class(class);
    match scope.map(|s| (s.context(), s.bytes)) {
        Some((Some(1), domain)) => format!("{class} {}", visible(domain)),
        Some((Some(2), _)) => format!("{class} of the association"),
        _ => class.to_owned(),
    }
}

/// A name by which most services begin: an identifier, or an object's name.
fn any_name(pdu: &Pdu<'_>) -> String {
    let Some(body) = pdu.body else { return String::new() };
    if !body.constructed {
        let text = visible(body.bytes);
        let readable = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        return match ber::integer(body.bytes) {
            _ if readable => text.into_owned(),
            Some(number) => number.to_string(),
            None => String::new(),
        };
    }
    let first = body.elements().next().filter(|e| e.context().is_some());
    match first {
        Some(e) if e.constructed => Name::inside(&e).map(|n| n.to_string()).unwrap_or_default(),
        Some(e) => clean(e.bytes).into_owned(),
        None => String::new(),
    }
}

/// What a request brings along, in words.
fn value(pdu: &Pdu<'_>, tag: u32) -> Option<String> {
    match tag {
        service::FILE_RENAME => pdu.field(1).map(|e| format!("to {}", file_name(&e))),
        service::OBTAIN_FILE => pdu.field(1).map(|e| format!("from {}", file_name(&e))),
        service::DEFINE_NAMED_VARIABLE_LIST => {
            let count = pdu.elements().nth(1).map_or(0, |list| list.elements().count());
            Some(format!("{count} variables"))
        }
        _ => None,
    }
}

/// What the names of a device's domains begin with: in IEC 61850 the device's own name (8-1, 7.3.2).
fn device_name(mut names: Elements<'_>) -> Option<String> {
    let first = visible(names.next()?.bytes);
    let common = names.take(64).fold(first.len(), |length, e| {
        let name = visible(e.bytes);
        first.bytes().zip(name.bytes()).take(length).take_while(|(a, b)| a == b).count()
    });
    let name = first.get(..common).unwrap_or("").trim_end_matches(['_', '-', ' ']);
    (name.len() >= 3).then(|| name.to_owned())
}

/// Takes note of what an answer says.
fn learn(flow: &mut Flow, ctx: &Context<'_>, asked: &Asked<'_>, answer: &Pdu<'_>, tag: u32, target: &str, out: &mut dyn Sink) {
    match tag {
        service::IDENTIFY => {
            let mut say = |number, attribute| {
                let value = answer.field(number).map(|e| clean(e.bytes)).unwrap_or_default();
                evidence(ctx, "identify", (About::Sender, attribute, &value, 85), out);
            };
            say(0, Attribute::Vendor);
            say(1, Attribute::Model);
            say(2, Attribute::Firmware);
        }
        service::GET_NAME_LIST if target == "domain" => {
            if let Some(name) = answer.field(0).and_then(|list| device_name(list.elements())) {
                evidence(ctx, "domains", (About::Sender, Attribute::Name, &name, 40), out);
            }
        }
        service::GET_NAMED_VARIABLE_LIST_ATTRIBUTES => {
            let name = asked.pdu.elements().next().and_then(|e| Name::read(&e));
            if let (Some(name), Some(list)) = (name, answer.field(1)) {
                flow.known.list(&name, list.elements(), out);
            }
        }
        service::DEFINE_NAMED_VARIABLE_LIST => {
            let mut fields = asked.pdu.elements();
            if let (Some(name), Some(list)) = (fields.next().and_then(|e| Name::read(&e)), fields.next()) {
                flow.known.list(&name, list.elements(), out);
            }
        }
        service::GET_VARIABLE_ACCESS_ATTRIBUTES => {
            let name = asked.pdu.field(0).and_then(|e| Name::inside(&e));
            if let (Some(name), Some(specification)) = (name, answer.field(2)) {
                flow.known.describe(&name, specification.bytes, out);
            }
        }
        service::FILE_OPEN => {
            let number = answer.field(0).and_then(|e| ber::integer(e.bytes));
            let size = answer.field(1).and_then(|e| e.elements().next()).and_then(|e| ber::unsigned(e.bytes));
            if let Some(number) = number {
                flow.known.open_file(number, target, out);
            }
            out.file(ctx, NAME, File { name: target, size, direction: asked.actor.reverse() });
        }
        service::FILE_CLOSE => {
            if let Some(number) = asked.pdu.body.and_then(|e| ber::integer(e.bytes)) {
                flow.known.close_file(number);
            }
        }
        service::OBTAIN_FILE => out.file(ctx, NAME, File { name: target, size: None, direction: asked.actor }),
        _ => {}
    }
}
