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
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// Who asks, and the number that the answer bears too.
pub type Key = (Direction, u32);

/// Names of signals by address in one version of a device's data base.
#[derive(Default)]
pub struct Names {
    version: Option<u16>,
    known: HashMap<u16, Box<str>>,
}

impl Names {
    /// The signal at an address in this version, if an answer has told.
    pub fn of(&self, address: u16, version: u16) -> Option<&str> {
        self.known.get(&address).filter(|_| self.version == Some(version)).map(AsRef::as_ref)
    }

    fn learn(&mut self, version: Option<u16>, address: u16, name: &str) {
        if version != self.version {
            self.known.clear();
            self.version = version;
        }
        if self.known.len() < NAMES_MAX && !self.known.contains_key(&address) {
            self.known.insert(address, name.into());
        }
    }
}

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    scratch: Vec<u8>,
    in_step: bool,
    hinted: bool,
    /// Names by address.
    pub names: Names,
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
    service: u8,
    body: &'a [u8],
}

impl<'a> Asked<'a> {
    fn read(actor: Direction, waiting: &'a Waiting) -> Option<Self> {
        let (&service, body) = waiting.bytes.split_first()?;
        Some(Self { at: waiting.at, actor, service, body })
    }
}

/// The service and the body of a request that was kept.
pub fn kept(waiting: &Waiting) -> Option<(u8, &[u8])> {
    waiting.bytes.split_first().map(|(service, body)| (*service, body))
}

impl Session {
    /// A request: kept until its answer.
    pub fn request(&mut self, ctx: &Context<'_>, number: u32, service: u8, body: &[u8], out: &mut dyn Sink) {
        let key = (ctx.direction, number);
        if is_report(service) {
            return self.tell(ctx, &Asked { at: ctx.now, actor: ctx.direction, service, body }, "unconfirmed".into(), out);
        }
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
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
    pub fn learn(&mut self, request: &Request<'_>, answer: &Answer<'_>) {
        for (item, element) in request.items.iter().zip(&answer.elements) {
            if let (Signal::Name(name), Some(address)) = (&item.signal, element.address) {
                self.names.learn(element.version, address, name);
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
                self.values(ctx, &request, answer, out);
            }
        }
    }

    /// Gives a buffer back for the next request.
    pub fn give_back(&mut self, waiting: Waiting) {
        self.open.give_back(waiting);
    }

    fn values(&self, ctx: &Context<'_>, request: &Request<'_>, answer: &Answer<'_>, out: &mut dyn Sink) {
        let written = request.items.iter().filter_map(|item| Some((item, item.written?)));
        for (item, value) in written {
            match value {
                Written::Logical(on) => self.measured(ctx, item, Value::Flag(on), "good", out),
                Written::Analog(number) => self.measured(ctx, item, Value::Number(number.into()), "good", out),
                Written::Field(..) => {}
            }
        }
        for (item, element) in request.items.iter().zip(&answer.elements) {
            if let Some(value) = element.value.map(number) {
                self.measured(ctx, item, value, Element::quality(element), out);
            }
        }
    }

    fn measured(&self, ctx: &Context<'_>, item: &Item<'_>, value: Value<'_>, quality: &'static str, out: &mut dyn Sink) {
        let point = self.target(&item.signal);
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality });
    }

    fn target<'a>(&'a self, signal: &'a Signal<'_>) -> Target<'a> {
        match signal {
            Signal::Name(name) => Target::Text(name),
            Signal::Address(address, version) => match self.names.of(*address, *version) {
                Some(name) => Target::Text(name),
                None => Target::Coded(Coded { numbers: [u64::from(*address), 0, 0, 0], show }),
            },
        }
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
                for item in &request.items {
                    one(self.target(&item.signal), item.written.map(|written| shown(written, VALUE_MAX)));
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

/// `address 0x0011`.
fn show(&[address, ..]: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "address {address:#06x}")
}
