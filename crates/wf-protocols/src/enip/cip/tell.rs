//! What a request came to: operations, values, identities.

use super::connection::{self, Connection, Open, Opened};
use super::message::{Request, Response};
use super::path::{Object, Route};
use super::service::{self, Tag, class, code};
use super::value::{self, Element, Type};
use super::{Link, NAME, pccc, status, write};
use crate::enip::names;
use std::borrow::Cow;
use std::fmt::{self, Write};
use wf_model::{Attribute, Category};
use wf_wire::Reader;
use wf_wire::decode::{About, Coded, Context, Direction, Evidence, Measurement, Moment, Operation, Sink, Target, Value};

/// When and by whom a request was asked, and over which way.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// When.
    pub at: Moment,
    /// By whom.
    pub actor: Direction,
    /// How it travelled.
    pub link: Link,
    /// Whether it went on to another device behind the one at the address.
    pub route: Route,
    /// The encapsulation refused it: with this outcome.
    pub refused: Option<&'static str>,
}

/// Text buffers that are used again.
#[derive(Debug, Default)]
pub struct Scratch {
    name: String,
    target: String,
    point: String,
}

/// What is told of one request and its response (`None`: none came).
pub struct Told<'a, 'c> {
    /// Where the response came.
    pub ctx: &'a Context<'c>,
    /// When and by whom.
    pub asked: Asked,
    /// The request.
    pub request: &'a Request<'a>,
    /// Its object.
    pub object: Object,
    /// The response.
    pub response: Option<&'a Response<'a>>,
}

impl Told<'_, '_> {
    fn outcome(&self) -> Cow<'static, str> {
        let none = self.asked.refused.unwrap_or("unanswered");
        Cow::Borrowed(self.response.map_or(none, |r| status::outcome(r.status)))
    }

    fn ok(&self) -> Option<&Response<'_>> {
        self.response.filter(|r| status::is_ok(r.status))
    }

    fn operation(&self, what: (&'static str, Category), target: Target<'_>, value: Option<Cow<'_, str>>, out: &mut dyn Sink) {
        self.operation_with(what, target, value, self.outcome(), out);
    }

    fn operation_with(
        &self,
        (function, category): (&'static str, Category),
        target: Target<'_>,
        value: Option<Cow<'_, str>>,
        outcome: Cow<'static, str>,
        out: &mut dyn Sink,
    ) {
        let (at, actor) = (self.asked.at, self.asked.actor);
        out.operation(self.ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
    }

    /// Tells it.
    pub fn tell(&self, scratch: &mut Scratch, out: &mut dyn Sink) {
        if let Some(tag) = service::tag(self.request.service, &self.object) {
            return self.tag(tag, scratch, out);
        }
        let what = service::describe(self.request.service, &self.object);
        match (self.object.class, self.request.service) {
            (Some(class::CONNECTION_MANAGER), code::OPEN | code::LARGE_OPEN) => {
                let path = Open::parse(self.request.service, self.request.data).map(|o| o.path.to_string()).unwrap_or_default();
                self.operation(what, Target::Text(&path), None, out);
            }
            (Some(class::PCCC), code::PCCC) => self.pccc(out),
            _ => {
                let value = self.value(what.0);
                if self.object.symbolic {
                    self.request.path.tag(&mut scratch.name);
                    self.operation(what, Target::Text(&scratch.name), value, out);
                } else {
                    self.operation(what, object_target(&self.object, self.request), value, out);
                }
            }
        }
        self.identity(out);
    }

    /// What an act that is not about tags sets or commands.
    fn value(&self, function: &str) -> Option<Cow<'static, str>> {
        let data = self.request.data;
        match self.request.service {
            _ if function == "object_service" => Some(Cow::Owned(format!("service {:#04x}", self.request.service))),
            0x02 | 0x04 | 0x05..=0x07 | 0x08 | 0x10 | 0x19..=0x1b if !data.is_empty() => Some(Cow::Owned(value::hex(data))),
            _ => None,
        }
    }

    fn identity(&self, out: &mut dyn Sink) {
        let Some(response) = self.response.filter(|_| self.asked.route == Route::Direct) else { return };
        if let Some(identity) = write::identity(self.request, &self.object, response) {
            identity.tell(self.ctx, "identity", 80, out);
        }
    }

    fn tag(&self, tag: Tag, scratch: &mut Scratch, out: &mut dyn Sink) {
        let index = self.request.path.tag(&mut scratch.name);
        let access = Access::parse(tag, self.request.data);
        scratch.target.clear();
        scratch.target.push_str(&scratch.name);
        if let Some(index) = index {
            let _ = write!(scratch.target, "[{index}]");
        }
        if access.elements > 1 {
            let _ = write!(scratch.target, " x{}", access.elements);
        }
        let value = match tag {
            Tag::Write | Tag::WritePart => access.of.map(|of| Cow::Owned(value::text(of, access.data))),
            Tag::Modify => Some(Cow::Owned(value::hex(access.data))),
            Tag::Read | Tag::ReadPart => None,
        };
        let what = service::describe(self.request.service, &self.object);
        self.operation(what, Target::Text(&scratch.target), value, out);
        let Some(response) = self.ok() else { return };
        let mut r = Reader::new(response.data);
        let (of, data) = match tag {
            Tag::Read | Tag::ReadPart => (Type::read(&mut r).ok(), r.rest()),
            _ => (access.of, access.data),
        };
        if let (Some(of), false) = (of, tag == Tag::Modify) {
            let shape = Shape { of, index, elements: access.elements, offset: access.offset };
            self.measure(&shape, data, scratch, out);
        }
    }

    /// Tells the values of a tag, unless they are what they were.
    fn measure(&self, shape: &Shape, data: &[u8], scratch: &mut Scratch, out: &mut dyn Sink) {
        let device = self.asked.actor.reverse();
        let numbers = [fingerprint(self.request.path.0), shape.elements.into(), shape.offset.into(), self.asked.route as u64];
        if out.unchanged(self.ctx, device, Coded { numbers, show: |_, f| f.write_str("tag") }, data) {
            return;
        }
        let many = shape.index.is_some() || shape.elements > 1;
        let first = shape.index.unwrap_or(0).saturating_add(shape.of.size().map_or(0, |size| shape.offset / size));
        let (name, point) = (&scratch.name, &mut scratch.point);
        value::elements(shape.of, data, |index, element| {
            point.clear();
            point.push_str(name);
            if many {
                let _ = write!(point, "[{}]", first.saturating_add(index));
            }
            let text;
            let value = match element {
                Element::Flag(flag) => Value::Flag(flag),
                Element::Whole(number) => Value::Number(number as f64),
                Element::Real(number) => Value::Number(number.into()),
                Element::LongReal(number) => Value::Number(number),
                Element::Text(bytes) => {
                    text = String::from_utf8_lossy(bytes);
                    Value::Text(&text)
                }
            };
            out.measurement(self.ctx, NAME, Measurement { device, point: Target::Text(point), value, quality: "good" });
        });
    }

    fn pccc(&self, out: &mut dyn Sink) {
        let Ok(command) = pccc::Command::parse(self.request.data) else {
            return self.operation(("execute_pccc", Category::Diagnostic), Target::None, None, out);
        };
        let reply = self.ok().and_then(|r| pccc::Command::parse(r.data).ok());
        let outcome = reply.map_or_else(|| self.outcome(), |r| Cow::Borrowed(r.outcome()));
        let what = command.describe();
        let Some((address, rest)) = command.address() else {
            let mode = (what.0 == "pccc_set_mode").then(|| Cow::Owned(value::hex(command.data)));
            return self.operation_with(what, Target::None, mode, outcome, out);
        };
        let good = outcome == "ok";
        let writes = what.1 == Category::Write;
        let value = writes.then(|| Cow::Owned(address.text(rest)));
        self.operation_with(what, Target::Text(&address.name()), value, outcome, out);
        let data = if writes { rest } else { reply.map_or(&[][..], |r| r.data) };
        if good && command.function != Some(0xab) {
            self.measure_table(&address, data, out);
        }
    }

    fn measure_table(&self, address: &pccc::Address, data: &[u8], out: &mut dyn Sink) {
        let device = self.asked.actor.reverse();
        let place = u64::from(address.file) << 32 | u64::from(address.element) << 16 | u64::from(address.sub);
        let numbers = [u64::from(address.kind) << 8 | 1, place, address.bytes.into(), self.asked.route as u64];
        if out.unchanged(self.ctx, device, Coded { numbers, show: |_, f| f.write_str("data table") }, data) {
            return;
        }
        let mut point = String::new();
        address.values(data, |index, value| {
            point.clear();
            address.show(index, &mut point);
            let measurement = Measurement { device, point: Target::Text(&point), value: Value::Number(value), quality: "good" };
            out.measurement(self.ctx, NAME, measurement);
        });
    }

    /// The connection that an answered open made.
    pub fn opened(&self) -> Option<Connection> {
        let opens = matches!(self.request.service, code::OPEN | code::LARGE_OPEN);
        if !opens || self.object.class != Some(class::CONNECTION_MANAGER) {
            return None;
        }
        let open = Open::parse(self.request.service, self.request.data).ok()?;
        let opened = Opened::parse(self.ok()?.data).ok()?;
        Some(Connection {
            to_target: opened.to_target,
            to_originator: opened.to_originator,
            triad: (opened.serial, opened.vendor, opened.originator),
            class: open.class(),
            route: self.asked.route.max(open.path.object().route),
        })
    }

    /// The connection that an answered close ended.
    pub fn closed(&self) -> Option<connection::Triad> {
        let closes = self.request.service == 0x4e && self.object.class == Some(class::CONNECTION_MANAGER);
        closes.then(|| connection::close(self.request.data).ok()).flatten()
    }

    /// Says once that a device that serves tags or PCCC tables is a controller.
    pub fn serves_program(&self, out: &mut dyn Sink) -> bool {
        let program =
            self.object.symbolic || matches!(self.object.class, Some(class::SYMBOL | class::TEMPLATE | class::PCCC | 0x8e));
        let serves = program && self.ok().is_some() && self.asked.route < Route::Remote;
        if serves {
            let (attribute, value) = (Attribute::Role, "controller");
            out.evidence(self.ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "", confidence: 60 });
        }
        serves
    }
}

/// The layout of a tag's values.
struct Shape {
    of: Type,
    index: Option<u32>,
    elements: u16,
    offset: u32,
}

/// The data of a tag service.
struct Access<'a> {
    elements: u16,
    offset: u32,
    of: Option<Type>,
    data: &'a [u8],
}

impl<'a> Access<'a> {
    fn parse(tag: Tag, data: &'a [u8]) -> Self {
        let mut r = Reader::new(data);
        let of = if matches!(tag, Tag::Write | Tag::WritePart) { Type::read(&mut r).ok() } else { None };
        let elements = if tag == Tag::Modify { 1 } else { r.u16_le().unwrap_or(1) };
        let offset = if matches!(tag, Tag::ReadPart | Tag::WritePart) { r.u32_le().unwrap_or(0) } else { 0 };
        Self { elements, offset, of, data: r.rest() }
    }
}

/// Names an object: class, instance, attribute or connection point, each plus one so that 0 is none.
fn object_target(object: &Object, request: &Request<'_>) -> Target<'static> {
    if object.class.is_none() && object.instance.is_none() {
        return Target::None;
    }
    let number = |n: Option<u32>| n.map_or(0, |n| u64::from(n) + 1);
    let attribute = request.attribute(object);
    let numbers = [number(object.class), number(object.instance), number(attribute), number(object.connection_point)];
    Target::Coded(Coded { numbers, show: show_object })
}

fn show_object(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [class, instance, attribute, point] = numbers.map(|n| n.checked_sub(1));
    match class.map(|c| (c, u32::try_from(c).ok().and_then(names::class))) {
        Some((_, Some(name))) => f.write_str(name)?,
        Some((code, None)) => write!(f, "class {code:#04x}")?,
        None => f.write_str("object")?,
    }
    for (label, number) in [("instance", instance), ("attribute", attribute), ("connection point", point)] {
        if let Some(number) = number {
            write!(f, " {label} {number}")?;
        }
    }
    Ok(())
}

/// A fixed hash (FNV-1a) of a path.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
