//! Operations: the function, its target, the values it carries and its outcome.

use super::names::{self, Named, Service, property};
use super::npdu::Station;
use super::requests;
use super::schema::{Kind, Schema, walk};
use super::session::Open;
use super::tag::{Datum, Object, Valued, text};
use super::targets::{self, Subject};
use super::{NAME, VALUE_MAX, points};
use crate::hints;
use std::borrow::Cow;
use std::fmt::Write;
use wf_model::Category;
use wf_wire::decode::{Credential, File, Moment};
use wf_wire::{Context, Direction, Operation, Sink, Target};

/// Who acts, when.
#[derive(Clone, Copy)]
struct Act {
    at: Moment,
    actor: Direction,
}

impl Act {
    #[expect(clippy::too_many_arguments, reason = "an operation has so many parts")]
    fn tell(
        self,
        ctx: &Context<'_>,
        function: &'static str,
        category: Category,
        target: Target<'_>,
        value: Option<String>,
        outcome: Cow<'static, str>,
        out: &mut dyn Sink,
    ) {
        let value = value.map(Cow::Owned);
        let operation = Operation { at: self.at, actor: self.actor, function, category, target, value, outcome };
        out.operation(ctx, NAME, operation);
    }
}

/// Text that ends where it gets too long.
#[derive(Default)]
struct Bounded {
    text: String,
    cut: bool,
}

impl Bounded {
    fn push(&mut self, between: &str, part: std::fmt::Arguments<'_>) {
        if self.cut {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(between);
        }
        let _ = self.text.write_fmt(part);
        self.cut = hints::shorten(&mut self.text, VALUE_MAX);
    }

    fn take(&mut self) -> Option<String> {
        self.cut = false;
        let text = std::mem::take(&mut self.text);
        (!text.is_empty()).then_some(text)
    }
}

/// A confirmed request whose end is known. `failed` holds the parameters of its error.
pub fn confirmed(ctx: &Context<'_>, open: &Open, outcome: Cow<'static, str>, failed: Option<&[u8]>, out: &mut dyn Sink) {
    let act = Act { at: open.at, actor: open.actor };
    let service = names::confirmed(open.service);
    let schema = requests::confirmed(open.service);
    match open.service {
        1 | 31 => {}
        15 => write(ctx, act, open, service.name, &schema, (outcome, None), out),
        16 => write(ctx, act, open, service.name, &schema, (outcome, failed), out),
        2 => event(ctx, act, service.name, &schema, open.station, &open.body, outcome, out),
        10 => create(ctx, act, open, service, &schema, outcome, out),
        18 => private(ctx, act, service, &schema, &open.body, outcome, out),
        _ => {
            let target = Subject::of(&schema, &open.body, open.station);
            let category = category(open.service, &open.body).unwrap_or(service.category);
            let value = if category.is_act() { value_of(open.service, &schema, &open.body) } else { None };
            act.tell(ctx, service.name, category, Target::Coded(target.coded()), value, outcome, out);
        }
    }
}

/// A message that nobody answers.
pub fn unconfirmed(ctx: &Context<'_>, choice: u8, [source, destination]: [Option<Station>; 2], body: &[u8], out: &mut dyn Sink) {
    let act = Act { at: ctx.now, actor: ctx.direction };
    let (service, schema) = (names::unconfirmed(choice), requests::unconfirmed(choice));
    let outcome = Cow::Borrowed("unconfirmed");
    match choice {
        0 | 1 if source.is_none() => points::announced(ctx, choice, &schema, body, out),
        0 | 1 | 12 => {}
        2 | 11 => points::tell(ctx, source, &schema, body, out),
        3 => event(ctx, act, service.name, &schema, source, body, outcome, out),
        4 => private(ctx, act, service, &schema, body, outcome, out),
        7 | 8 => look_for(ctx, act, service, &schema, body, out),
        _ => {
            if choice == 13 && source.is_none() {
                points::announced(ctx, choice, &schema, body, out);
            }
            let target = Subject::of(&schema, body, destination);
            let value = if service.category.is_act() { summary(&schema, body) } else { None };
            act.tell(ctx, service.name, service.category, Target::Coded(target.coded()), value, outcome, out);
        }
    }
}

/// Who-Is and Who-Has.
fn look_for(ctx: &Context<'_>, act: Act, service: Service, schema: &Schema, body: &[u8], out: &mut dyn Sink) {
    let (mut low, mut high, mut object, mut name) = (None, None, None, None);
    walk(schema, body, &mut |leaf| match (leaf.field.name, leaf.datum) {
        ("low_limit", datum) => low = datum.number(),
        ("high_limit", datum) => high = datum.number(),
        (_, Datum::Object(found)) => object = Some(found),
        ("object_name", Datum::Text(body)) => name = Some(text(body)),
        _ => {}
    });
    let target = match (object, &name) {
        (Some(object), _) => Target::Coded(Subject { object: Some(object), ..Subject::device(None) }.coded()),
        (None, Some(name)) => Target::Text(hints::bounded(name, VALUE_MAX)),
        (None, None) => Target::Coded(targets::devices(low, high)),
    };
    act.tell(ctx, service.name, service.category, target, None, Cow::Borrowed("unconfirmed"), out);
}

/// Vendors' own services are known by their numbers alone.
fn private(
    ctx: &Context<'_>,
    act: Act,
    service: Service,
    schema: &Schema,
    body: &[u8],
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let (mut vendor, mut number) = (None, None);
    walk(schema, body, &mut |leaf| match leaf.field.name {
        "vendor_identifier" => vendor = leaf.datum.number(),
        "service_number" => number = leaf.datum.number(),
        _ => {}
    });
    let target = Target::Coded(targets::private(vendor, number));
    act.tell(ctx, service.name, service.category, target, None, outcome, out);
}

/// An event that a device reports: its object, and which state it left for which.
#[expect(clippy::too_many_arguments, reason = "an operation has so many parts")]
fn event(
    ctx: &Context<'_>,
    act: Act,
    function: &'static str,
    schema: &Schema,
    station: Option<Station>,
    body: &[u8],
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let (mut subject, mut from, mut to) = (Subject::device(station), None, None);
    let (mut kind, mut message) = (None, None);
    walk(schema, body, &mut |leaf| match (leaf.field.name, leaf.datum) {
        ("event_object", Datum::Object(object)) => subject.object = Some(object),
        ("event_type", Datum::Enumerated(number)) => kind = Some(number),
        ("from_state", Datum::Enumerated(number)) => from = Some(number),
        ("to_state", Datum::Enumerated(number)) => to = Some(number),
        ("message_text", Datum::Text(body)) => message = Some(text(body)),
        _ => {}
    });
    let mut said = Bounded::default();
    if let Some(kind) = kind {
        said.push("", format_args!("{}", Named("event_type", kind)));
    }
    if let Some(from) = from {
        said.push(" from ", format_args!("{}", Named("event_state", from)));
    }
    if let Some(to) = to {
        said.push(" to ", format_args!("{}", Named("event_state", to)));
    }
    if let Some(message) = message.filter(|message| !message.is_empty()) {
        said.push(": ", format_args!("{message}"));
    }
    act.tell(ctx, function, Category::Diagnostic, Target::Coded(subject.coded()), said.take(), outcome, out);
}

/// Create-Object names an object, or only its type.
fn create(
    ctx: &Context<'_>,
    act: Act,
    open: &Open,
    service: Service,
    schema: &Schema,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let mut kind = None;
    walk(schema, &open.body, &mut |leaf| {
        if let ("of_type", Datum::Enumerated(number)) = (leaf.field.name, leaf.datum) {
            kind = Some(Named("object_type", number).to_string());
        }
    });
    let value = summary(schema, &open.body);
    let subject = Subject { property: None, index: None, more: 0, ..Subject::of(schema, &open.body, open.station) };
    let target = kind.as_deref().map_or_else(|| Target::Coded(subject.coded()), Target::Text);
    act.tell(ctx, service.name, service.category, target, value, outcome, out);
}

/// What a write does depends on what it writes to.
fn write_category(object: Option<Object>, written: Option<u32>) -> Category {
    match (written, object.map(Object::kind)) {
        (Some(property::PROGRAM_CHANGE), Some(names::PROGRAM)) | (Some(property::OUT_OF_SERVICE), _) => Category::Control,
        (Some(property::PRESENT_VALUE | property::SETPOINT | property::RELINQUISH_DEFAULT | property::PRIORITY_ARRAY), _) => {
            Category::Write
        }
        _ => Category::Configuration,
    }
}

/// Properties written one after the other, with what becomes of each.
struct Writes<'s, 'c> {
    ctx: &'s Context<'c>,
    act: Act,
    function: &'static str,
    subject: Subject,
    value: Bounded,
    priority: Option<u64>,
    outcome: Cow<'static, str>,
    /// Where an error stopped the writing: what comes before was written, what comes after was not (clause 15.10).
    failed: Option<Subject>,
}

impl Writes<'_, '_> {
    fn flush(&mut self, out: &mut dyn Sink) {
        if self.subject.property.is_none() {
            return;
        }
        let outcome = match self.failed {
            None => self.outcome.clone(),
            Some(failed) if failed == self.subject => {
                self.failed = None;
                std::mem::replace(&mut self.outcome, Cow::Borrowed("error: not_reached"))
            }
            Some(_) => Cow::Borrowed("ok"),
        };
        if let Some(priority) = self.priority.take() {
            self.value.push(" ", format_args!("priority {priority}"));
        }
        let category = write_category(self.subject.object, self.subject.property);
        let target = Target::Coded(self.subject.coded());
        self.act.tell(self.ctx, self.function, category, target, self.value.take(), outcome, out);
        (self.subject.property, self.subject.index) = (None, None);
    }
}

fn write(
    ctx: &Context<'_>,
    act: Act,
    open: &Open,
    function: &'static str,
    schema: &Schema,
    (outcome, failed): (Cow<'static, str>, Option<&[u8]>),
    out: &mut dyn Sink,
) {
    let failed = failed.map(|body| Subject::of(&requests::error(open.service), body, open.station));
    let failed = failed.filter(|failed| failed.property.is_some());
    let (subject, value) = (Subject::device(open.station), Bounded::default());
    let mut writes = Writes { ctx, act, function, subject, value, priority: None, outcome, failed };
    walk(schema, &open.body, &mut |leaf| match (leaf.field.kind, leaf.datum) {
        (Kind::Plain(_), Datum::Object(object)) => {
            writes.flush(out);
            writes.subject.object = Some(object);
        }
        (Kind::Property, Datum::Enumerated(property)) => {
            writes.flush(out);
            writes.subject.property = Some(property);
        }
        (Kind::Index, datum) => writes.subject.index = datum.number().and_then(|index| u32::try_from(index).ok()),
        (Kind::Any, datum) => {
            let kind = writes.subject.object.map_or(0, Object::kind);
            let section = names::section_of(kind, writes.subject.property.unwrap_or(u32::MAX));
            writes.value.push(", ", format_args!("{}", Valued(datum, section)));
        }
        (Kind::Plain(_), datum) if leaf.field.name == "priority" => writes.priority = datum.number(),
        _ => {}
    });
    writes.flush(out);
}

/// The category of services that do different things by a parameter.
fn category(service: u8, body: &[u8]) -> Option<Category> {
    if service != 20 {
        return None;
    }
    let mut state = None;
    walk(&requests::confirmed(service), body, &mut |leaf| {
        if let Datum::Enumerated(number) = leaf.datum {
            state = Some(number);
        }
    });
    // Backup and restore move what the device runs; changes are activated without a restart (clause 16.4).
    Some(match state? {
        2..=6 => Category::Program,
        7 => Category::Configuration,
        _ => Category::Control,
    })
}

fn value_of(service: u8, schema: &Schema, body: &[u8]) -> Option<String> {
    let mut said = Bounded::default();
    match service {
        7 => walk(schema, body, &mut |leaf| match (leaf.field.name, leaf.datum) {
            (name @ ("start_position" | "start_record"), datum) => {
                said.push(", ", format_args!("{} {datum}", name.replace('_', " ")))
            }
            (_, Datum::Octets(data)) => said.push(", ", format_args!("{} octets", data.len())),
            _ => {}
        }),
        23 => walk(schema, body, &mut |leaf| {
            if let Datum::Octets(data) = leaf.datum {
                said.push(", ", format_args!("{} octets", data.len()));
            }
        }),
        17 => walk(schema, body, &mut |leaf| match (leaf.field.name, leaf.datum) {
            ("enable_disable", Datum::Enumerated(number)) => {
                let minutes = std::mem::take(&mut said.text);
                said.push("", format_args!("{}", Named("enable_disable", number)));
                said.text.push_str(&minutes);
            }
            ("time_duration", datum) => said.push("", format_args!(" for {datum} min")),
            _ => {}
        }),
        20 => walk(schema, body, &mut |leaf| {
            if let Datum::Enumerated(number) = leaf.datum {
                said.push("", format_args!("{}", Named("reinitialized_state", number)));
            }
        }),
        _ => return summary(schema, body),
    };
    said.take()
}

/// All that a message says but its object, property and secrets: `requesting_source guard, request silence`.
fn summary(schema: &Schema, body: &[u8]) -> Option<String> {
    let mut said = Bounded::default();
    let mut objects = 0u32;
    walk(schema, body, &mut |leaf| match (leaf.field.kind, leaf.datum) {
        (Kind::Secret | Kind::Index, _) => {}
        (_, Datum::Object(_)) if objects == 0 => objects += 1,
        (Kind::Any, datum) => said.push(", ", format_args!("{datum}")),
        (Kind::Enum(section), Datum::Enumerated(number)) => {
            said.push(", ", format_args!("{} {}", leaf.field.name, Named(section, number)));
        }
        (Kind::Property, Datum::Enumerated(number)) => said.push(", ", format_args!("{}", Named("property", number))),
        (_, datum) => said.push(", ", format_args!("{} {datum}", leaf.field.name)),
    });
    said.take()
}

/// A password that can be read by everybody. It is never kept.
pub fn credential(ctx: &Context<'_>, service: u8, body: &[u8], out: &mut dyn Sink) {
    if !matches!(service, 17 | 20 | 24) {
        return;
    }
    let (mut secret, mut user) = (None, None);
    walk(&requests::confirmed(service), body, &mut |leaf| match (leaf.field.kind, leaf.datum) {
        // The octet in front names the character set.
        (Kind::Secret, Datum::Text(body)) if !text(body).is_empty() => secret = body.get(1..),
        (_, Datum::Text(body)) if leaf.field.name == "operator_name" => user = Some(text(body)),
        _ => {}
    });
    if let Some(secret) = secret {
        let user = user.as_deref().map(|user| hints::bounded(user, VALUE_MAX));
        out.credential(ctx, NAME, Credential { scheme: "password", user, secret });
    }
}

/// A file whose contents begin to move.
pub fn file(ctx: &Context<'_>, open: &Open, out: &mut dyn Sink) {
    if !matches!(open.service, 6 | 7) {
        return;
    }
    let (mut object, mut begins) = (None, false);
    walk(&requests::confirmed(open.service), &open.body, &mut |leaf| match (leaf.field.name, leaf.datum) {
        (_, Datum::Object(found)) => object = Some(found),
        ("start_position" | "start_record", Datum::Signed(start)) => begins = start == 0,
        _ => {}
    });
    if let (Some(object), true) = (object, begins) {
        let direction = if open.service == 6 { open.actor.reverse() } else { open.actor };
        out.file(ctx, NAME, File { name: &object.to_string(), size: None, direction });
    }
}
