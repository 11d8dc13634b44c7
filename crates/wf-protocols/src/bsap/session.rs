//! Requests and their answers: operations with their outcome, values, which address is which signal.

use super::NAME;
use super::names::{self, service};
use super::rdb::{Answer, Datum, Element, Item, Request, Signal, Written};
use crate::held::{Held, Waiting};
use crate::hints::shown;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Coded, Moment, Value};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Measurement, Operation, Reader, Sink, Target};

/// Open requests of one flow, and bytes kept of each.
const OPEN_MAX: usize = 64;
const BYTES_MAX: usize = 1500;
/// Signals whose address is remembered.
const NAMES_MAX: usize = 2048;
/// What a name takes at most.
const NAME_BYTES: usize = 64;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// Who asks, and the number that the answer bears too.
pub type Key = (Direction, u32);

/// Names of signals by node, version of its data base, and address: one line has several nodes.
#[derive(Default)]
pub struct Names {
    known: HashMap<(u16, u16), (Option<u16>, Box<str>)>,
}

impl Names {
    /// The signal at an address in this version, if an answer has told.
    pub fn of(&self, node: u16, address: u16, version: u16) -> Option<&str> {
        let known = self.known.get(&(node, address)).filter(|(of, _)| *of == Some(version));
        known.map(|(_, name)| name.as_ref())
    }

    /// Whether there was room for it.
    fn learn(&mut self, node: u16, version: Option<u16>, address: u16, name: &str) -> bool {
        let (key, room) = ((node, address), self.known.len() < NAMES_MAX);
        match self.known.get_mut(&key) {
            Some(known) if known.0 != version => *known = (version, name.into()),
            None if room => {
                self.known.insert(key, (version, name.into()));
            }
            None => return false,
            _ => {}
        }
        true
    }

    fn weight(&self) -> usize {
        self.known.len() * (NAME_BYTES + size_of::<((u16, u16), (Option<u16>, Box<str>))>())
    }
}

/// The names of one node.
#[derive(Clone, Copy)]
pub struct Known<'n> {
    names: &'n Names,
    node: u16,
}

impl Known<'_> {
    /// The signal at an address in this version, if an answer has told.
    pub fn of(&self, address: u16, version: u16) -> Option<&str> {
        self.names.of(self.node, address, version)
    }
}

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    scratch: Vec<u8>,
    in_step: bool,
    hinted: bool,
    names: Names,
}

impl Default for Session {
    fn default() -> Self {
        let (open, scratch, names) = (Held::with_bytes(OPEN_MAX, BYTES_MAX), Vec::new(), Names::default());
        Self { open, scratch, in_step: false, hinted: false, names }
    }
}

/// A request with when it was asked and by whom.
struct Asked<'a> {
    at: Moment,
    actor: Direction,
    node: u16,
    service: u8,
    body: &'a [u8],
}

impl<'a> Asked<'a> {
    fn read(actor: Direction, waiting: &'a Waiting) -> Option<Self> {
        let (node, service, body) = kept(waiting)?;
        Some(Self { at: waiting.at, actor, node, service, body })
    }
}

/// The node, the service and the body of a request that was kept.
pub fn kept(waiting: &Waiting) -> Option<(u16, u8, &[u8])> {
    let ([low, high, service], body) = waiting.bytes.split_first_chunk()?;
    Some((u16::from_le_bytes([*low, *high]), *service, body))
}

impl Session {
    /// The names of one node.
    pub const fn known(&self, node: u16) -> Known<'_> {
        Known { names: &self.names, node }
    }

    /// Bytes of what grows with what is said.
    pub fn weight(&self) -> usize {
        self.open.weight() + self.names.weight()
    }

    /// A request to a node of the line (0: to the device itself): kept until its answer.
    pub fn request(&mut self, ctx: &Context<'_>, (number, node): (u32, u16), (service, body): (u8, &[u8]), out: &mut dyn Sink) {
        let key = (ctx.direction, number);
        if is_report(service) {
            let asked = Asked { at: ctx.now, actor: ctx.direction, node, service, body };
            return self.tell(ctx, &asked, "unconfirmed".into(), out);
        }
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        bytes.extend_from_slice(&node.to_le_bytes());
        bytes.push(service);
        bytes.extend_from_slice(body);
        if let Some((key, given_up)) = self.open.open_one(key, ctx.now, &bytes, out) {
            self.unanswered(ctx, key, &given_up, out);
            self.open.give_back(given_up);
        }
        self.scratch = bytes;
    }

    /// Takes the request that an answer belongs to.
    pub fn close(&mut self, ctx: &Context<'_>, number: u32, out: &mut dyn Sink) -> Option<Waiting> {
        let key = (ctx.direction.reverse(), number);
        let waiting = self.open.close(&key);
        if waiting.is_some() {
            self.in_step = true;
        } else if self.in_step && !self.open.was_given_up(&key) {
            let detail = number.to_string().into();
            out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail });
        }
        waiting
    }

    /// Learns the addresses that an answer gives to names.
    pub fn learn(&mut self, node: u16, request: &Request<'_>, answer: &Answer<'_>, out: &mut dyn Sink) {
        for (item, element) in request.items.iter().zip(&answer.elements) {
            if let (Signal::Name(name), Some(address)) = (&item.signal, element.address)
                && !self.names.learn(node, element.version, address, name)
            {
                out.evicted(1);
            }
        }
    }

    /// Tells a request with its answer.
    pub fn answered(&mut self, ctx: &Context<'_>, waiting: &Waiting, answer: Option<&Answer<'_>>, out: &mut dyn Sink) {
        if let Some(asked) = Asked::read(ctx.direction.reverse(), waiting) {
            let outcome = match answer {
                Some(Answer { status: status @ 1.., .. }) => format!("error: status {status}").into(),
                _ => "ok".into(),
            };
            let fine = answer.filter(|answer| answer.status == 0);
            if asked.service == service::RDB && fine.is_some() && !std::mem::replace(&mut self.hinted, true) {
                for (attribute, value, confidence) in [(Attribute::Role, "controller", 60), (Attribute::Vendor, "Emerson", 50)] {
                    let about = About::Sender;
                    out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "remote_database", confidence });
                }
            }
            self.tell(ctx, &asked, outcome, out);
            if let (service::RDB, Some(answer), Some(request)) = (asked.service, fine, Request::read(asked.body)) {
                self.values(ctx, asked.node, &request, answer, out);
            }
        }
    }

    /// Gives a buffer back for the next request.
    pub fn give_back(&mut self, waiting: Waiting) {
        self.open.give_back(waiting);
    }

    fn values(&self, ctx: &Context<'_>, node: u16, request: &Request<'_>, answer: &Answer<'_>, out: &mut dyn Sink) {
        let written = request.items.iter().filter_map(|item| Some((item, item.written?)));
        for (item, value) in written {
            match value {
                Written::Logical(on) => self.measured(ctx, (node, item), Value::Flag(on), "good", out),
                Written::Analog(number) => self.measured(ctx, (node, item), Value::Number(number.into()), "good", out),
                Written::Field(..) => {}
            }
        }
        for (item, element) in request.items.iter().zip(&answer.elements) {
            if let Some(value) = element.value.map(number) {
                self.measured(ctx, (node, item), value, Element::quality(element), out);
            }
        }
    }

    fn measured(
        &self,
        ctx: &Context<'_>,
        (node, item): (u16, &Item<'_>),
        value: Value<'_>,
        quality: &'static str,
        out: &mut dyn Sink,
    ) {
        let mut text = String::new();
        let point = self.target(node, &item.signal, &mut text);
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality });
    }

    /// A signal, with the node of the line that has it: others may have one of the same name.
    fn target<'a>(&'a self, node: u16, signal: &'a Signal<'_>, text: &'a mut String) -> Target<'a> {
        let name = match signal {
            Signal::Name(name) => name,
            Signal::Address(address, version) => match self.names.of(node, *address, *version) {
                Some(name) => name,
                None => return Target::Coded(Coded { numbers: [u64::from(*address), node.into(), 0, 0], show }),
            },
        };
        if node == 0 {
            return Target::Text(name);
        }
        *text = format!("node {node} {name}");
        Target::Text(text)
    }

    fn unanswered(&self, ctx: &Context<'_>, (actor, _): Key, waiting: &Waiting, out: &mut dyn Sink) {
        if let Some(asked) = Asked::read(actor, waiting) {
            self.tell(ctx, &asked, waiting.missing().into(), out);
        }
    }

    /// Tells a request: one operation for each signal that it names.
    fn tell(&self, ctx: &Context<'_>, asked: &Asked<'_>, outcome: Cow<'static, str>, out: &mut dyn Sink) {
        let (at, actor) = (asked.at, asked.actor);
        let request = Request::read(asked.body).filter(|_| asked.service == service::RDB);
        let (function, category) = named(asked, request.as_ref());
        let mut one = |target: Target<'_>, value: Option<String>| {
            let (value, outcome) = (value.map(Cow::Owned), outcome.clone());
            out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
        };
        match request {
            Some(request) if !request.items.is_empty() => {
                let mut text = String::new();
                for item in &request.items {
                    one(self.target(asked.node, &item.signal, &mut text), item.written.map(|written| shown(written, VALUE_MAX)));
                }
            }
            _ => one(Target::None, None),
        }
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((key, late)) = self.open.overdue(ctx.now) {
            self.unanswered(ctx, key, &late, out);
            self.open.give_back(late);
        }
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        self.open.lose();
        self.in_step = false;
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let left: Vec<_> = self.open.drain().collect();
        for (key, waiting) in left {
            self.unanswered(ctx, key, &waiting, out);
        }
    }
}

/// What a device or the line says by itself: nothing answers it.
const fn is_report(service: u8) -> bool {
    matches!(service, 0x51 | 0x71 | 0x88 | 0xa2 | 0xaa)
}

fn named(asked: &Asked<'_>, request: Option<&Request<'_>>) -> (&'static str, Category) {
    let known = match asked.service {
        service::RDB => request.and_then(|request| names::rdb(request.function)),
        service::RDB_EXTENSION => Reader::new(asked.body).u16_le().ok().and_then(names::extension),
        _ => None,
    };
    known.or_else(|| names::application(asked.service)).unwrap_or(("unknown_function", Category::Diagnostic))
}

fn number(value: Datum) -> Value<'static> {
    match value {
        Datum::Logical(value @ (0 | 1)) => Value::Flag(value == 1),
        Datum::Logical(value) => Value::Number(value.into()),
        Datum::Analog(value) => Value::Number(value.into()),
    }
}

/// `address 0x0011`, `node 3 address 0x0011`.
fn show(&[address, node, ..]: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if node > 0 {
        write!(f, "node {node} ")?;
    }
    write!(f, "address {address:#06x}")
}
