//! Which node stands behind a client's handle, and the values and events that notifications bring (OPC 10000-4, 5.13, 7.25).

use super::items::{Act, Item, List};
use super::points::{self, Point};
use super::services::Service;
use super::value::{DataValue, Scalar, Variant, bounded};
use super::wire::{self, Id, NodeId, Object, Qualified, Result, Text};
use super::{NAME, identity, names, status};
use crate::held::map_weight;
use std::collections::VecDeque;
use std::fmt;
use wf_wire::decode::{Context, Direction, Measurement, Sink, Value};
use wf_wire::{MessageWriter, Reader};

/// Items remembered of one connection.
const ITEMS_MAX: usize = 4096;
/// Bytes of the names of all of them, and of one.
const NAMES_MAX: usize = 512 << 10;
const NAME_MAX: usize = 512;
/// Numbers of the binary encodings of notifications and of an event filter.
const DATA_CHANGE: u32 = 811;
const EVENTS: u32 = 916;
const EVENT_FILTER: u32 = 727;
/// No place among the fields of an event.
const NOWHERE: u8 = u8::MAX;

/// Where the fields stand that are told of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Places {
    message: u8,
    source: u8,
    severity: u8,
}

#[derive(Debug)]
enum Node {
    Numbered(u16, u32),
    Named(Box<str>),
}

#[derive(Debug)]
struct Watched {
    node: Node,
    attribute: u32,
    places: Option<Places>,
}

impl Watched {
    fn of(item: &Item<'_>, filter: &Object<'_>) -> Self {
        let node = match item.node {
            NodeId { namespace, id: Id::Numeric(number) } if item.range.is_empty() => Node::Numbered(namespace, number),
            node => {
                let mut name = String::new();
                let _ = points::words(&mut name, &node, item.attribute, item.range);
                Node::Named(crate::hints::bounded(&name, NAME_MAX).into())
            }
        };
        let places = if item.attribute == names::EVENT_NOTIFIER { places(filter).ok() } else { None };
        Self { node, attribute: item.attribute, places }
    }

    fn outside(&self) -> usize {
        match &self.node {
            Node::Numbered(..) => 0,
            Node::Named(name) => name.len(),
        }
    }

    fn point(&self) -> Point<'_> {
        match &self.node {
            Node::Numbered(namespace, number) => {
                let node = NodeId { namespace: *namespace, id: Id::Numeric(*number) };
                Point::Node { node, attribute: self.attribute, range: &[] }
            }
            Node::Named(name) => Point::Named(name),
        }
    }
}

/// Places of the fields by the last names of the filter's paths (OPC 10000-5, 6.4.2).
fn places(filter: &Object<'_>) -> Result<Places> {
    let mut places = Places { message: NOWHERE, source: NOWHERE, severity: NOWHERE };
    let Some((EVENT_FILTER, mut r)) = filter.binary() else { return Ok(places) };
    for at in 0..wire::count(&mut r)? {
        let at = u8::try_from(at).unwrap_or(NOWHERE);
        NodeId::read(&mut r)?;
        let parts = wire::count(&mut r)?;
        for part in 0..parts {
            let name = Qualified::read(&mut r)?.name;
            let slot = match name {
                b"Message" => &mut places.message,
                b"SourceName" => &mut places.source,
                b"Severity" => &mut places.severity,
                _ => continue,
            };
            if part + 1 == parts && parts == 1 && *slot == NOWHERE {
                *slot = at;
            }
        }
        r.skip(4)?;
        wire::string(&mut r)?;
    }
    Ok(places)
}

type Map<V> = std::collections::HashMap<(u32, u32), V, ahash::RandomState>;

/// The items of all subscriptions of a connection: the oldest falls out.
#[derive(Debug, Default)]
pub struct Subscriptions {
    /// By subscription and the client's handle.
    items: Map<Watched>,
    /// Handles by subscription and the server's number of the item.
    handles: Map<u32>,
    /// Keys of `handles`, oldest first; every item is reached by one of them.
    order: VecDeque<(u32, u32)>,
    /// Bytes of the names of all items.
    named: usize,
}

impl Subscriptions {
    /// Remembers the items that an answer says were made.
    pub fn made(&mut self, service: &'static Service, request: Reader<'_>, answer: Reader<'_>, out: &mut dyn Sink) {
        let Ok(subscription) = { request }.u32_le() else { return };
        let (Some(mut items), Some(mut results)) = (List::asked(service, request), List::answered(service, answer)) else {
            return;
        };
        for _ in 0..items.count {
            let (Ok(item), Ok(result)) = (items.item(service), results.result(service)) else { return };
            if let (Act::Monitor { handle, filter }, Some(number)) = (item.act, result.number)
                && !status::is_bad(result.code)
            {
                self.insert((subscription, handle), (subscription, number), Watched::of(&item, &filter), out);
            }
        }
    }

    fn insert(&mut self, key: (u32, u32), number: (u32, u32), watched: Watched, out: &mut dyn Sink) {
        match self.handles.insert(number, key.1) {
            Some(before) if before != key.1 => self.drop_item((number.0, before)),
            Some(_) => {}
            None => self.order.push_back(number),
        }
        self.put_item(key, watched);
        while self.order.len() > ITEMS_MAX || self.named > NAMES_MAX {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(handle) = self.handles.remove(&oldest) {
                self.drop_item((oldest.0, handle));
                out.evicted(1);
            }
        }
    }

    fn put_item(&mut self, key: (u32, u32), watched: Watched) {
        self.named += watched.outside();
        let before = self.items.insert(key, watched);
        self.named = self.named.saturating_sub(before.map_or(0, |before| before.outside()));
    }

    fn take_item(&mut self, key: (u32, u32)) -> Option<Watched> {
        let item = self.items.remove(&key)?;
        self.named = self.named.saturating_sub(item.outside());
        Some(item)
    }

    fn drop_item(&mut self, key: (u32, u32)) {
        let _ = self.take_item(key);
    }

    /// Bytes that they hold.
    pub fn weight(&self) -> usize {
        let numbers = self.order.capacity() * size_of::<(u32, u32)>();
        map_weight(&self.items) + map_weight(&self.handles) + numbers + self.named
    }

    /// Takes note of the handles that a request gives to items anew.
    pub fn modified(&mut self, service: &'static Service, request: Reader<'_>) -> Result<()> {
        let subscription = { request }.u32_le()?;
        let Some(mut items) = List::asked(service, request) else { return Ok(()) };
        for _ in 0..items.count {
            let mut item = items.element()?;
            let (number, handle) = (item.u32_le()?, item.u32_le()?);
            match self.handles.get_mut(&(subscription, number)) {
                Some(known) if *known != handle => {
                    let before = std::mem::replace(known, handle);
                    if let Some(watched) = self.take_item((subscription, before)) {
                        self.put_item((subscription, handle), watched);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Forgets the items that an answer says were deleted.
    pub fn deleted(&mut self, service: &'static Service, request: Reader<'_>, answer: Reader<'_>) -> Result<()> {
        let subscription = { request }.u32_le()?;
        let read = each_done(service, request, answer, |number| {
            if let Some(handle) = self.handles.remove(&(subscription, number)) {
                self.drop_item((subscription, handle));
            }
        });
        self.order.retain(|number| self.handles.contains_key(number));
        read
    }

    /// Forgets the items of the subscriptions that an answer says were deleted.
    pub fn ended(&mut self, service: &'static Service, request: Reader<'_>, answer: Reader<'_>) -> Result<()> {
        let mut ended = ahash::HashSet::default();
        let read = each_done(service, request, answer, |subscription| _ = ended.insert(subscription));
        self.order.retain(|(subscription, _)| !ended.contains(subscription));
        self.handles.retain(|(subscription, _), _| !ended.contains(subscription));
        self.items.retain(|(subscription, _), _| !ended.contains(subscription));
        self.named = self.items.values().map(Watched::outside).sum();
        read
    }

    /// Tells what a notification message brings (7.26).
    pub fn notified(
        &self,
        ctx: &Context<'_>,
        subscription: u32,
        r: &mut Reader<'_>,
        scratch: &mut String,
        out: &mut dyn Sink,
    ) -> Result<()> {
        r.skip(4 + 8)?;
        for _ in 0..wire::count(r)? {
            match Object::read(r)?.binary() {
                Some((DATA_CHANGE, mut body)) => self.changes(ctx, subscription, &mut body, scratch, out)?,
                Some((EVENTS, mut body)) => self.events(ctx, subscription, &mut body, scratch, out)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes the nodes behind the handles in the parameters of an answer to publish, in their order.
    pub fn write_nodes(&self, m: &mut MessageWriter<'_>, mut r: Reader<'_>) -> Result<()> {
        let subscription = r.u32_le()?;
        let numbers = wire::count(&mut r)?;
        r.skip(numbers.saturating_mul(4).saturating_add(1 + 4 + 8))?;
        let mut handles = Vec::new();
        for _ in 0..wire::count(&mut r)? {
            let Some((kind @ (DATA_CHANGE | EVENTS), mut body)) = Object::read(&mut r)?.binary() else { continue };
            for _ in 0..wire::count(&mut body)? {
                handles.push(body.u32_le()?);
                if kind == DATA_CHANGE {
                    DataValue::read(&mut body, 0)?;
                } else {
                    Event::read(&mut body, None)?;
                }
            }
        }
        if !handles.is_empty() {
            let mut scratch = String::new();
            let name = |handle| self.point(subscription, handle).target(None, &mut scratch).to_string();
            m.texts("nodes", handles.into_iter().map(name));
        }
        Ok(())
    }

    /// What stands behind a handle.
    fn point(&self, subscription: u32, handle: u32) -> Point<'_> {
        self.items.get(&(subscription, handle)).map_or(Point::Item { subscription, handle }, Watched::point)
    }

    fn changes(
        &self,
        ctx: &Context<'_>,
        subscription: u32,
        r: &mut Reader<'_>,
        scratch: &mut String,
        out: &mut dyn Sink,
    ) -> Result<()> {
        for _ in 0..wire::count(r)? {
            let (handle, data) = (r.u32_le()?, DataValue::read(r, 0)?);
            let point = self.point(subscription, handle);
            if let Some(number) = point.standard() {
                identity::node(ctx, number, &data, out);
            }
            points::measure(ctx, ctx.direction, point, &data, scratch, out);
        }
        Ok(())
    }

    fn events(
        &self,
        ctx: &Context<'_>,
        subscription: u32,
        r: &mut Reader<'_>,
        scratch: &mut String,
        out: &mut dyn Sink,
    ) -> Result<()> {
        for _ in 0..wire::count(r)? {
            let handle = r.u32_le()?;
            let watched = self.items.get(&(subscription, handle));
            let event = Event::read(r, watched.and_then(|w| w.places))?;
            let point = self.point(subscription, handle);
            let text = bounded(&event);
            if !text.is_empty() {
                say(ctx, ctx.direction, &point, &text, scratch, out);
            }
        }
        Ok(())
    }
}

/// The numbers in the last list of a request whose results in the answer are good.
fn each_done(service: &'static Service, request: Reader<'_>, answer: Reader<'_>, mut done: impl FnMut(u32)) -> Result<()> {
    let (Some(mut items), Some(mut results)) = (List::asked(service, request), List::answered(service, answer)) else {
        return Ok(());
    };
    for _ in 0..items.count {
        let (number, result) = (items.element()?.u32_le()?, results.result(service)?);
        if !status::is_bad(result.code) {
            done(number);
        }
    }
    Ok(())
}

fn say(ctx: &Context<'_>, device: Direction, point: &Point<'_>, text: &str, scratch: &mut String, out: &mut dyn Sink) {
    let (point, value) = (point.target(None, scratch), Value::Text(text));
    out.measurement(ctx, NAME, Measurement { device, point, value, quality: "good" });
}

/// What is told of an event. Where the filter was not seen, the first fields of the right types are taken.
#[derive(Default)]
struct Event<'a> {
    source: &'a [u8],
    message: &'a [u8],
    severity: Option<u64>,
}

impl<'a> Event<'a> {
    fn read(r: &mut Reader<'a>, places: Option<Places>) -> Result<Self> {
        let mut event = Self::default();
        for at in 0..wire::count(r)? {
            let field = Variant::read(r, 0)?;
            let at = u8::try_from(at).unwrap_or(NOWHERE);
            let fits = |place: fn(&Places) -> u8| places.as_ref().is_none_or(|places| place(places) == at && at != NOWHERE);
            match (field.kind, field.scalar()) {
                (21, Some(Scalar::Localized { text, .. })) if event.message.is_empty() && fits(|p| p.message) => {
                    event.message = text;
                }
                (12, Some(Scalar::Text(text))) if event.source.is_empty() && fits(|p| p.source) => event.source = text,
                (5, Some(Scalar::Unsigned(number))) if event.severity.is_none() && fits(|p| p.severity) => {
                    event.severity = Some(number);
                }
                _ => {}
            }
        }
        Ok(event)
    }
}

/// `Boiler 1: pressure high (severity 700)`.
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.source.is_empty() {
            write!(f, "{}: ", Text(self.source))?;
        }
        Text(self.message).fmt(f)?;
        match self.severity {
            Some(severity) => write!(f, " (severity {severity})"),
            None => f.write_str(""),
        }
    }
}
