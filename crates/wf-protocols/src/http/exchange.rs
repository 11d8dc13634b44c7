//! Requests and their answers: messages, operations, and what both sides' headers tell of them.

use super::head::Head;
use super::{credential, file, raise};
use crate::hints;
use smallvec::SmallVec;
use std::collections::VecDeque;
use wf_model::{Attribute, Category};
use wf_wire::decode::{About, Context, Direction, Evidence, Moment, Operation, Sink, Target};

/// Requests of one connection that wait for their answers (pipelining), and the longest target kept.
const WAITING_MAX: usize = 64;
/// Room for a head that is used again.
const HEAD_KEPT: usize = 2048;
const TARGET_MAX: usize = 256;

/// A method, inline.
pub(super) type Method = SmallVec<[u8; 16]>;

#[derive(Debug)]
pub(super) struct Request {
    at: Moment,
    actor: Direction,
    pub method: Method,
    /// Host and path, without the query (it may hold secrets).
    target: String,
}

/// What waits for an answer, and what was already told.
#[derive(Default)]
pub(super) struct Exchanges {
    waiting: VecDeque<Request>,
    /// Requests are missing from the capture: answers may come to none.
    lost: bool,
    /// A request was seen: the capture shows both sides.
    asked: bool,
    /// Hashes of the last user agent and server told of.
    told: [u64; 2],
}

impl Exchanges {
    /// Bytes that they hold at most.
    pub fn weight(&self) -> usize {
        self.waiting.capacity() * size_of::<Request>() + self.waiting.len() * TARGET_MAX
    }

    pub fn request(&mut self, ctx: &Context<'_>, head: &Head<'_>, out: &mut dyn Sink) {
        if let Some(agent) = head.user_agent {
            self.software(ctx, agent, 0, out);
        }
        credential::of_request(ctx, head, out);
        file::of_request(ctx, head, out);
        let request =
            Request { at: ctx.now, actor: ctx.direction, method: Method::from_slice(head.method), target: target(head) };
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_front();
            out.evicted(1);
        }
        self.asked = true;
        self.waiting.push_back(request);
    }

    /// Closes the oldest request and hands it back.
    pub fn response(&mut self, ctx: &Context<'_>, head: &Head<'_>, out: &mut dyn Sink) -> Option<Request> {
        // Interim answers (1xx but for a switch of protocols) leave the request open (RFC 9110, 15.2).
        let interim = (100..=199).contains(&head.status) && head.status != 101;
        let asked = if interim { None } else { self.waiting.pop_front() };
        if let Some(server) = head.server {
            self.software(ctx, server, 1, out);
        }
        if let Some(realm) = head.authenticate.and_then(realm) {
            let evidence = Evidence {
                about: About::Sender,
                attribute: Attribute::Description,
                value: &realm,
                source: "realm",
                confidence: 40,
            };
            out.evidence(ctx, "http", evidence);
        }
        let Some(asked) = asked else {
            if !interim && !self.lost && self.asked && ctx.from_start {
                raise(ctx, out, "http_unasked_answer", format!("status {}", head.status));
            }
            return None;
        };
        file::of_response(ctx, head, &asked.method, &asked.target, out);
        let outcome = if head.status < 400 { "ok".into() } else { format!("error: {}", head.status).into() };
        operation(ctx, &asked, outcome, out);
        Some(asked)
    }

    /// Tells what software a side names itself, once until it changes.
    fn software(&mut self, ctx: &Context<'_>, text: &[u8], side: usize, out: &mut dyn Sink) {
        let hash = ahash::RandomState::with_seeds(1, 2, 3, 4).hash_one(text);
        let Some(told) = self.told.get_mut(side).filter(|told| **told != hash) else { return };
        *told = hash;
        let (text, source) = (hints::clean(text), if side == 0 { "user_agent" } else { "server" });
        let mut say = |attribute, value: &str, confidence| {
            if !value.is_empty() {
                out.evidence(ctx, "http", Evidence { about: About::Sender, attribute, value, source, confidence });
            }
        };
        say(Attribute::Software, hints::bounded(&text, 120), 60);
        if let Some(os) = hints::os_in(&text) {
            say(Attribute::Os, os, 50);
        }
    }

    /// Bytes are missing: answers and requests no longer match.
    pub fn forget(&mut self) {
        self.waiting.clear();
        self.lost = true;
    }

    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for asked in self.waiting.drain(..) {
            operation(ctx, &asked, "unanswered".into(), out);
        }
    }
}

/// A message that waits for the end of its body. Its head is kept as it came; memory is used again.
#[derive(Debug, Default)]
pub(super) struct Held {
    head: Vec<u8>,
    asked: Option<Request>,
    /// A part of the body is missing.
    pub cut: bool,
}

impl Held {
    /// Bytes that it holds.
    pub const fn weight(&self) -> usize {
        self.head.capacity()
    }

    pub fn hold(&mut self, head: &[u8], asked: Option<Request>) {
        self.head.clear();
        self.head.extend_from_slice(head);
        self.asked = asked;
        self.cut = false;
    }

    /// Says the message, if one is held.
    pub fn say(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let asked = self.asked.take();
        if let Some(head) = Some(&self.head).filter(|h| !h.is_empty()).and_then(|h| Head::read(h)) {
            write(ctx, if self.cut { "http_partial" } else { "http" }, &head, asked.as_ref(), out);
        }
        self.head.clear();
        self.head.shrink_to(HEAD_KEPT);
        self.cut = false;
    }
}

/// Writes a message's fields.
pub(super) fn write(ctx: &Context<'_>, name: &'static str, head: &Head<'_>, asked: Option<&Request>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, name) else { return };
    let mut texts = |fields: &[(&str, Option<&[u8]>)]| {
        for (name, value) in fields {
            if let Some(value) = value {
                m.text(name, &lossy(value));
            }
        }
    };
    if head.is_request() {
        // The scheme alone: what follows is the secret.
        let scheme = head.authorization.and_then(|a| a.split(|b| *b == b' ').next());
        texts(&[("method", Some(head.method)), ("host", head.host), ("uri", Some(head.uri)), ("version", Some(head.version))]);
        texts(&[("user_agent", head.user_agent), ("content_type", head.content_type), ("authorization", scheme)]);
    } else {
        texts(&[("version", Some(head.version)), ("reason", Some(head.reason))]);
        texts(&[("server", head.server), ("content_type", head.content_type)]);
        m.num("status", head.status);
    }
    m.opt("content_length", head.content_length);
    if let Some(asked) = asked {
        m.text("for_method", &lossy(&asked.method)).text("for_target", &asked.target);
    }
}

fn operation(ctx: &Context<'_>, asked: &Request, outcome: std::borrow::Cow<'static, str>, out: &mut dyn Sink) {
    let (function, category) = act(&asked.method);
    let target = Target::Text(&asked.target);
    out.operation(ctx, "http", Operation { at: asked.at, actor: asked.actor, function, category, target, value: None, outcome });
}

/// What a method does (RFC 9110, 9.3; RFC 5789; RFC 4918).
fn act(method: &[u8]) -> (&'static str, Category) {
    match method {
        b"GET" => ("get", Category::Read),
        b"HEAD" => ("head", Category::Read),
        b"POST" | b"CCM_POST" => ("post", Category::Write),
        b"PUT" => ("put", Category::Write),
        b"PATCH" => ("patch", Category::Write),
        b"DELETE" => ("delete", Category::Write),
        b"OPTIONS" => ("options", Category::Diagnostic),
        b"TRACE" => ("trace", Category::Diagnostic),
        b"CONNECT" => ("connect", Category::Diagnostic),
        b"PROPFIND" | b"SEARCH" | b"REPORT" => ("query", Category::Read),
        b"MKCOL" | b"COPY" | b"MOVE" | b"PROPPATCH" | b"LOCK" | b"UNLOCK" => ("webdav", Category::Write),
        _ => ("other", Category::Diagnostic),
    }
}

fn target(head: &Head<'_>) -> String {
    let uri = lossy(head.uri);
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    let host = head.host.filter(|_| path.starts_with('/')).map(lossy).unwrap_or_default();
    hints::bounded(&format!("{host}{path}"), TARGET_MAX).to_owned()
}

/// The realm of a challenge (RFC 9110, 11.5): devices often put their model there.
fn realm(challenge: &[u8]) -> Option<String> {
    let text = hints::clean(challenge);
    let (_, rest) = text.split_once("realm=\"")?;
    let (realm, _) = rest.split_once('"')?;
    Some(realm.trim().to_owned()).filter(|r| !r.is_empty())
}

fn lossy(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
