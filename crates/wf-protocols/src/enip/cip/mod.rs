//! CIP: explicit messages of EtherNet/IP, matched to their answers, with the messages packed into them.

pub mod connection;
pub mod message;
pub mod path;
pub mod pccc;
pub mod service;
pub mod status;
pub mod tell;
pub mod value;
mod write;

use crate::held::{Held, Waiting};
use connection::Connections;
use message::{Request, Response};
use path::Route;
use std::borrow::Cow;
use tell::{Asked, Scratch, Told};
use wf_wire::decode::{Anomaly, Context, Direction, Sink};

/// Message name.
pub const NAME: &str = "cip";
/// Open requests of one flow.
const REQUESTS_MAX: usize = 64;
/// Messages inside messages.
const DEPTH_MAX: u8 = 4;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Unconnected: matched by the sender context of the encapsulation.
    Unconnected {
        /// Sender context.
        context: u64,
    },
    /// Connected: matched by connection and sequence count.
    Connected {
        /// Connection identifier of this direction.
        connection: Option<u32>,
        /// Sequence count.
        sequence: u16,
    },
}

/// What an answer is matched by. A connection that is not known (it was opened before the capture began) matches any.
#[derive(Clone, Copy, Debug)]
struct Key {
    actor: Direction,
    link: Link,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let same = match (self.link, other.link) {
            (Link::Unconnected { context: a }, Link::Unconnected { context: b }) => a == b,
            (Link::Connected { connection: c, sequence: a }, Link::Connected { connection: d, sequence: b }) => {
                a == b && (c.is_none() || d.is_none() || c == d)
            }
            _ => false,
        };
        same && self.actor == other.actor
    }
}

/// State of the CIP messages of one flow.
#[derive(Debug)]
pub struct Cip {
    requests: Held<Key>,
    connections: Connections,
    scratch: Scratch,
    role_told: bool,
}

impl Cip {
    /// Bytes that it holds.
    pub(super) fn weight(&self) -> usize {
        self.requests.weight()
    }

    /// Nothing asked yet.
    pub(super) fn new() -> Self {
        Self { requests: Held::new(REQUESTS_MAX), connections: Connections::new(), scratch: Scratch::default(), role_told: false }
    }

    /// One that has only the connections of this one.
    pub(super) fn going_on(&mut self) -> Self {
        let connections = std::mem::replace(&mut self.connections, Connections::new());
        Self { connections, role_told: self.role_told, ..Self::new() }
    }

    /// One message with all that is packed into it.
    pub fn message(&mut self, ctx: &Context<'_>, link: Link, bytes: &[u8], out: &mut dyn Sink) {
        match bytes.first() {
            None => breach(ctx, "cip_truncated", "empty message", out),
            Some(first) if message::is_response(*first) => self.response(ctx, link, bytes, out),
            Some(_) => {
                show_request(ctx, &link, bytes, 0, out);
                let key = Key { actor: ctx.direction, link };
                if let Some((key, fallen)) = self.requests.open(key, ctx.now, bytes, out) {
                    self.unanswered(ctx, key.actor, &fallen, out);
                    self.requests.give_back(fallen);
                }
            }
        }
        while let Some((key, late)) = self.requests.overdue(ctx.now) {
            self.unanswered(ctx, key.actor, &late, out);
            self.requests.give_back(late);
        }
    }

    /// Whether data on that connection are implicit I/O rather than messages.
    pub fn is_implicit(&self, connection: u32) -> bool {
        self.connections.find(connection).is_some_and(|c| c.class < 2)
    }

    fn response(&mut self, ctx: &Context<'_>, link: Link, bytes: &[u8], out: &mut dyn Sink) {
        let actor = ctx.direction.reverse();
        let mut route = Route::Direct;
        let asked_link = match link {
            Link::Connected { connection, sequence } => {
                let known = connection.and_then(|id| self.connections.find(id));
                route = known.map_or(Route::Direct, |c| c.route);
                Link::Connected { connection: known.map(|c| c.to_target), sequence }
            }
            unconnected => unconnected,
        };
        let waiting = self.requests.close(&Key { actor, link: asked_link });
        let at = waiting.as_ref().map_or(ctx.now, |w| w.at);
        let asked = Asked { at, actor, link, route, refused: None };
        self.respond(ctx, asked, bytes, waiting.as_ref().map(|w| w.bytes.as_slice()), 0, out);
        if let Some(waiting) = waiting {
            self.requests.give_back(waiting);
        }
    }

    /// A response, and the request that it answers where that is known.
    fn respond(
        &mut self,
        ctx: &Context<'_>,
        mut asked: Asked,
        bytes: &[u8],
        request: Option<&[u8]>,
        depth: u8,
        out: &mut dyn Sink,
    ) {
        let Ok(response) = Response::parse(bytes) else {
            return breach(ctx, "cip_truncated", "response", out);
        };
        if response.short {
            breach(ctx, "cip_truncated", "additional status", out);
        }
        let request = request.and_then(|bytes| answered(bytes, &response, &mut asked));
        if let Some(mut m) = out.message(ctx, NAME) {
            write::response(&mut m, &asked.link, &response, request.as_ref());
        }
        if response.is_multiple() && depth < DEPTH_MAX {
            let mut requests = request.map(|r| message::packed(r.data));
            for part in message::packed(response.data) {
                let request = requests.as_mut().and_then(Iterator::next).and_then(Result::ok);
                match part {
                    Ok(part) => self.respond(ctx, asked, part, request, depth + 1, out),
                    Err(()) => breach(ctx, "packed_offset", "response", out),
                }
            }
        } else if let Some(request) = &request {
            self.tell(ctx, asked, request, Some(&response), depth, out);
        }
    }

    /// Tells a request, or those packed into it, with one response for all.
    fn tell(
        &mut self,
        ctx: &Context<'_>,
        mut asked: Asked,
        request: &Request<'_>,
        response: Option<&Response<'_>>,
        depth: u8,
        out: &mut dyn Sink,
    ) {
        let object = request.object();
        if let (Some(Ok(carried)), true) = (request.carried(&object), depth < DEPTH_MAX) {
            asked.route = asked.route.max(carried.route.object().route);
            if let Ok(inner) = Request::parse(carried.message) {
                return self.tell(ctx, asked, &inner, response, depth + 1, out);
            }
        }
        if request.is_multiple() && depth < DEPTH_MAX {
            for inner in message::packed(request.data).filter_map(Result::ok).filter_map(|part| Request::parse(part).ok()) {
                self.tell(ctx, asked, &inner, response, depth + 1, out);
            }
            return;
        }
        let told = Told { ctx, asked, request, object, response };
        told.tell(&mut self.scratch, out);
        if let Some(connection) = told.opened() {
            self.connections.insert(connection, out);
        }
        if let Some(triad) = told.closed() {
            self.connections.remove(triad);
        }
        if !self.role_told {
            self.role_told = told.serves_program(out);
        }
    }

    fn unanswered(&mut self, ctx: &Context<'_>, actor: Direction, waiting: &Waiting, out: &mut dyn Sink) {
        let link = Link::Unconnected { context: 0 };
        self.without_response(ctx, Asked { at: waiting.at, actor, link, route: Route::Direct, refused: None }, waiting, out);
    }

    fn without_response(&mut self, ctx: &Context<'_>, asked: Asked, waiting: &Waiting, out: &mut dyn Sink) {
        if let Ok(request) = Request::parse(&waiting.bytes) {
            self.tell(ctx, asked, &request, None, 0, out);
        }
    }

    /// The encapsulation answered an unconnected request itself, with an error and nothing else.
    pub fn refused(&mut self, ctx: &Context<'_>, context: u64, outcome: &'static str, out: &mut dyn Sink) {
        let actor = ctx.direction.reverse();
        let link = Link::Unconnected { context };
        if let Some(waiting) = self.requests.close(&Key { actor, link }) {
            let asked = Asked { at: waiting.at, actor, link, route: Route::Direct, refused: Some(outcome) };
            self.without_response(ctx, asked, &waiting, out);
            self.requests.give_back(waiting);
        }
    }

    /// Tells what no answer can come to any more.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let open: Vec<(Key, Waiting)> = self.requests.drain().collect();
        for (key, waiting) in open {
            self.unanswered(ctx, key.actor, &waiting, out);
        }
    }
}

/// The request that a response answers: the one carried by an unconnected send where the response is to that. `None`
/// where the services differ.
fn answered<'a>(bytes: &'a [u8], response: &Response<'_>, asked: &mut Asked) -> Option<Request<'a>> {
    let request = Request::parse(bytes).ok()?;
    if let Some(Ok(carried)) = request.carried(&request.object())
        && let Some(inner) = Request::parse(carried.message).ok().filter(|inner| inner.service == response.service)
    {
        asked.route = asked.route.max(carried.route.object().route);
        return Some(inner);
    }
    (request.service == response.service).then_some(request)
}

/// Tells a request as a message, and those packed into it.
fn show_request(ctx: &Context<'_>, link: &Link, bytes: &[u8], depth: u8, out: &mut dyn Sink) {
    let Ok(request) = Request::parse(bytes) else {
        return breach(ctx, "cip_truncated", "request", out);
    };
    let object = request.object();
    if let Some(mut m) = out.message(ctx, NAME) {
        write::request(&mut m, link, &request, &object);
    }
    if request.short || object.truncated {
        breach(ctx, "path_truncated", "", out);
    }
    if depth >= DEPTH_MAX {
        return breach(ctx, "nested_too_deep", "", out);
    }
    match request.carried(&object) {
        Some(Ok(carried)) => show_request(ctx, link, carried.message, depth + 1, out),
        Some(Err(_)) => breach(ctx, "carried_truncated", "", out),
        None => {}
    }
    if request.is_multiple() {
        if !message::offsets_fit(request.data) {
            breach(ctx, "packed_offset", "offset list", out);
        }
        for part in message::packed(request.data) {
            match part {
                Ok(part) => show_request(ctx, link, part, depth + 1, out),
                Err(()) => breach(ctx, "packed_offset", "request", out),
            }
        }
    }
}

fn breach(ctx: &Context<'_>, kind: &'static str, detail: &'static str, out: &mut dyn Sink) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: Cow::Borrowed(detail) });
}
