//! Requests and their answers: who asked what of whom, and what came of it.

use super::apdu::{Apdu, kind};
use super::bvlc::{self, Bvlc};
use super::names::{self, Named};
use super::npdu::{Npdu, Station};
use super::schema::walk;
use super::tag::Datum;
use super::{NAME, acts, points, requests, targets};
use crate::held::{self, Waits};
use smallvec::SmallVec;
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Moment, Pending};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Operation, Sink, Target};

/// Open requests of one flow. Invoke identifiers are an octet, and few clients use more than a handful at a time.
const OPEN_MAX: usize = 128;
/// Octets kept of a request until its answer.
const BODY_MAX: usize = 8192;
/// Requests last answered: the same answer again is a frame seen twice.
const ANSWERED_MAX: usize = 8;

/// What an answer is matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matter {
    Invoke(u8),
    Link(u8),
    Routing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    actor: Direction,
    matter: Matter,
    /// Station that was asked, behind routers.
    server: Station,
    /// Station that asks, behind routers.
    client: Station,
}

/// A request that waits for its answer.
pub struct Open {
    /// When it was asked.
    pub at: Moment,
    /// Who asked.
    pub actor: Direction,
    /// Service.
    pub service: u8,
    /// Station behind a router that was asked.
    pub station: Option<Station>,
    /// Its parameters.
    pub body: SmallVec<[u8; 96]>,
}

impl Waits for Open {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {}
}

/// What one flow remembers.
pub struct Session {
    open: Pending<Key, Open>,
    answered: [Option<Key>; ANSWERED_MAX],
    answers: usize,
    /// A request was seen with its answer: from here on every answer should have one.
    in_step: bool,
    hinted: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), answered: [None; ANSWERED_MAX], answers: 0, in_step: false, hinted: false }
    }
}

/// A station behind a router.
fn remote(station: Option<Station>) -> Option<Station> {
    station.filter(Station::is_remote)
}

fn key(actor: Direction, invoke_id: u8, server: Option<Station>, client: Option<Station>) -> Key {
    let end = |station| remote(station).unwrap_or_default();
    Key { actor, matter: Matter::Invoke(invoke_id), server: end(server), client: end(client) }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        while let Some((key, old)) = held::overdue(&mut self.open, ctx.now, held::ANSWER_MAX) {
            unanswered(ctx, key, &old, out);
        }
    }

    fn hold(&mut self, ctx: &Context<'_>, key: Key, mut open: Open, out: &mut dyn Sink) {
        if let Some(same) = self.open.get_mut(&key) {
            if same.service == open.service && held::is_same(&same.body, &open.body) {
                return; // asked again
            }
            if let Some(old) = self.open.close(&key) {
                unanswered(ctx, key, &old, out);
            }
        }
        let most = held::most(self.open.held(), BODY_MAX);
        if let Some(body) = open.body.get(..most) {
            open.body = SmallVec::from_slice(body);
        }
        let bytes = held::outside(&open.body);
        if let Some((key, old)) = self.open.open_with(key, open, bytes) {
            out.evicted(1);
            unanswered(ctx, key, &old, out);
        }
    }

    /// An application message; its parameters are whole.
    pub fn application(&mut self, ctx: &Context<'_>, npdu: &Npdu<'_>, apdu: &Apdu<'_>, body: &[u8], out: &mut dyn Sink) {
        match apdu.kind {
            kind::CONFIRMED => self.request(ctx, npdu, apdu, body, out),
            kind::UNCONFIRMED => {
                let Some(service) = apdu.service else { return };
                acts::unconfirmed(ctx, service, [remote(npdu.source), remote(npdu.destination)], body, out);
            }
            kind::SEGMENT_ACK => {}
            _ => self.answer(ctx, npdu, apdu, body, out),
        }
    }

    fn request(&mut self, ctx: &Context<'_>, npdu: &Npdu<'_>, apdu: &Apdu<'_>, body: &[u8], out: &mut dyn Sink) {
        let (Some(service), Some(invoke_id)) = (apdu.service, apdu.invoke_id) else { return };
        let station = remote(npdu.destination);
        acts::credential(ctx, service, body, out);
        // Notifications of changes tell what their sender holds, whether they are confirmed or not.
        if matches!(service, 1 | 31) {
            points::tell(ctx, remote(npdu.source), &requests::confirmed(service), body, out);
        }
        let body = SmallVec::from_slice(body.get(..BODY_MAX).unwrap_or(body));
        let key = key(ctx.direction, invoke_id, npdu.destination, npdu.source);
        self.hold(ctx, key, Open { at: ctx.now, actor: ctx.direction, service, station, body }, out);
    }

    fn answer(&mut self, ctx: &Context<'_>, npdu: &Npdu<'_>, apdu: &Apdu<'_>, body: &[u8], out: &mut dyn Sink) {
        let Some(invoke_id) = apdu.invoke_id else { return };
        // A client may abort what it asked; all else comes from the side that was asked.
        let key = if apdu.is_answer() {
            key(ctx.direction.reverse(), invoke_id, npdu.source, npdu.destination)
        } else {
            key(ctx.direction, invoke_id, npdu.destination, npdu.source)
        };
        let source = remote(npdu.source);
        let Some(open) = self.open.close(&key) else {
            if !self.answered.contains(&Some(key)) {
                self.orphan(ctx, apdu, out);
                results(ctx, source, apdu, body, out);
            }
            return;
        };
        self.in_step = true;
        if let Some(place) = self.answered.get_mut(self.answers % ANSWERED_MAX) {
            *place = Some(key);
        }
        self.answers += 1;
        if apdu.service.is_some_and(|service| service != open.service) {
            let (asked, answered) = (names::confirmed(open.service).name, apdu.named().map_or("", |service| service.name));
            out.anomaly(
                ctx,
                NAME,
                Anomaly { kind: "service_mismatch", detail: format!("{asked} asked, {answered} answered").into() },
            );
        }
        let outcome = outcome(apdu, body);
        let failed = (apdu.kind == kind::ERROR).then_some(body);
        acts::confirmed(ctx, &open, outcome, failed, out);
        if matches!(apdu.kind, kind::SIMPLE_ACK | kind::COMPLEX_ACK) {
            self.hint(ctx, source, &open, out);
            acts::file(ctx, &open, out);
            results(ctx, source, apdu, body, out);
        }
    }

    fn orphan(&mut self, ctx: &Context<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) {
        if self.in_step && apdu.kind != kind::ABORT {
            let detail = format!("{} {}", names::apdu_type(apdu.kind), apdu.invoke_id.unwrap_or(0));
            out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
        }
    }

    /// Who does what it is asked is likely a controller; said once a flow.
    fn hint(&mut self, ctx: &Context<'_>, source: Option<Station>, open: &Open, out: &mut dyn Sink) {
        if source.is_none() && !names::confirmed(open.service).report && !std::mem::replace(&mut self.hinted, true) {
            let (attribute, value) = (Attribute::Role, "building_controller");
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "server", confidence: 30 });
        }
    }

    /// A link message that carries nothing.
    pub fn link(&mut self, ctx: &Context<'_>, bvlc: &Bvlc<'_>, out: &mut dyn Sink) {
        let end = Station::default();
        match bvlc.kind() {
            bvlc::Kind::Request => {
                let key = Key { actor: ctx.direction, matter: Matter::Link(bvlc.function), server: end, client: end };
                let body = SmallVec::from_slice(bvlc.rest.get(..BODY_MAX).unwrap_or(bvlc.rest));
                let service = bvlc.function | if bvlc.v6 { 0x80 } else { 0 };
                self.hold(ctx, key, Open { at: ctx.now, actor: ctx.direction, service, station: None, body }, out);
            }
            bvlc::Kind::Answer => {
                let actor = ctx.direction.reverse();
                let functions = match bvlc.answers() {
                    Some(function) => [function; 2],
                    // A result does not say of what: what can be open and has no answer of its own.
                    None if bvlc.v6 => [9, 10],
                    None => result_of(bvlc.result().unwrap_or(0)),
                };
                let taken = functions.into_iter().chain(if bvlc.v6 { [9, 10, 3] } else { [5, 1, 8] }).find_map(|function| {
                    self.open.close(&Key { actor, matter: Matter::Link(function), server: end, client: end })
                });
                if let Some(open) = taken {
                    tell_link(ctx, &open, bvlc.outcome(), out);
                }
            }
            _ => {}
        }
    }

    /// A message of the network layer.
    pub fn network(&mut self, ctx: &Context<'_>, npdu: &Npdu<'_>, out: &mut dyn Sink) {
        let end = Station::default();
        let routing = |actor| Key { actor, matter: Matter::Routing, server: end, client: end };
        match npdu.message {
            Some(0x06) => {
                let body = SmallVec::from_slice(npdu.rest.get(..BODY_MAX).unwrap_or(npdu.rest));
                let open = Open { at: ctx.now, actor: ctx.direction, service: 6, station: None, body };
                self.hold(ctx, routing(ctx.direction), open, out);
            }
            Some(0x07) => {
                if let Some(open) = self.open.close(&routing(ctx.direction.reverse())) {
                    tell_routing(ctx, &open, "ok", out);
                }
            }
            Some(0x01) => router(ctx, out),
            Some(0x03) => self.rejected(ctx, npdu, out),
            Some(code @ (0x00 | 0x08 | 0x09 | 0x12)) => {
                let category = if matches!(code, 8 | 9) { Category::Configuration } else { Category::Diagnostic };
                let target = Target::Coded(targets::network(npdu.networks().next()));
                let at = ctx.now;
                tell(ctx, (at, ctx.direction), (names::network_message(code), category), target, None, "unconfirmed".into(), out);
            }
            _ => {}
        }
    }

    /// A router says that a network cannot be reached: what was asked there will not be answered.
    fn rejected(&mut self, ctx: &Context<'_>, npdu: &Npdu<'_>, out: &mut dyn Sink) {
        let Some((reason, network)) = npdu.reject() else { return };
        let actor = ctx.direction.reverse();
        let taken = self.open.close_where(|key, _| key.actor == actor && key.server.network == network);
        if let Some((_, open)) = taken {
            acts::confirmed(ctx, &open, Cow::Borrowed(names::network_reject(reason)), None, out);
        }
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (key, open) in self.open.drain() {
            unanswered(ctx, key, &open, out);
        }
    }
}

/// The request that a negative result is of; a positive one may be any.
const fn result_of(code: u16) -> [u8; 2] {
    match code {
        0x10 => [1; 2],
        0x20 => [2; 2],
        0x30 => [5; 2],
        0x40 => [6; 2],
        0x50 => [8; 2],
        _ => [5, 1],
    }
}

/// Values and identity that an acknowledgement brings.
fn results(ctx: &Context<'_>, source: Option<Station>, apdu: &Apdu<'_>, body: &[u8], out: &mut dyn Sink) {
    if let (kind::COMPLEX_ACK, Some(service @ 12..=14)) = (apdu.kind, apdu.service) {
        points::tell(ctx, source, &requests::result(service), body, out);
    }
}

fn outcome(apdu: &Apdu<'_>, body: &[u8]) -> Cow<'static, str> {
    let reason = u32::from(apdu.reason.unwrap_or(0));
    match apdu.kind {
        kind::ERROR => {
            let mut code = None;
            walk(&requests::error(apdu.service.unwrap_or(0)), body, &mut |leaf| {
                if let ("error_code", Datum::Enumerated(number)) = (leaf.field.name, leaf.datum) {
                    code = code.or(Some(number));
                }
            });
            code.map_or(Cow::Borrowed("error"), |code| format!("error: {}", Named("error_code", code)).into())
        }
        kind::REJECT => format!("error: reject_{}", Named("reject_reason", reason)).into(),
        kind::ABORT => format!("error: abort_{}", Named("abort_reason", reason)).into(),
        _ => Cow::Borrowed("ok"),
    }
}

fn unanswered(ctx: &Context<'_>, key: Key, open: &Open, out: &mut dyn Sink) {
    match key.matter {
        Matter::Invoke(_) => acts::confirmed(ctx, open, Cow::Borrowed("unanswered"), None, out),
        Matter::Link(_) => tell_link(ctx, open, "unanswered", out),
        Matter::Routing => tell_routing(ctx, open, "unanswered", out),
    }
}

fn tell(
    ctx: &Context<'_>,
    (at, actor): (Moment, Direction),
    (function, category): (&'static str, Category),
    target: Target<'_>,
    value: Option<String>,
    outcome: Cow<'static, str>,
    out: &mut dyn Sink,
) {
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value: value.map(Cow::Owned), outcome });
}

fn tell_link(ctx: &Context<'_>, open: &Open, outcome: &'static str, out: &mut dyn Sink) {
    let (v6, function) = (open.service & 0x80 != 0, open.service & 0x7f);
    let bvlc = Bvlc { v6, function, length: 0, origin: None, virtual_source: None, virtual_target: None, rest: &open.body };
    let category = match (v6, function) {
        (false, 1 | 8) | (true, 10) => Category::Configuration,
        _ => Category::Diagnostic,
    };
    let entries: Vec<String> = bvlc.entries().take(16).map(|entry| format!("{}:{}", entry.address.0, entry.address.1)).collect();
    let live = bvlc.time_to_live().map(|seconds| format!("{seconds} s"));
    let value = if entries.is_empty() { live } else { Some(entries.join(", ")) };
    tell(ctx, (open.at, open.actor), (bvlc.name(), category), Target::None, value, outcome.into(), out);
}

fn tell_routing(ctx: &Context<'_>, open: &Open, outcome: &'static str, out: &mut dyn Sink) {
    let npdu = Npdu {
        version: 1,
        control: 0x80,
        destination: None,
        source: None,
        hop_count: None,
        message: Some(6),
        vendor: None,
        rest: &open.body,
    };
    let routes: Vec<String> = npdu.ports().take(16).map(|port| format!("network {} port {}", port.network, port.port)).collect();
    // Without ports the table is only asked for (clause 6.4.7).
    let category = if routes.is_empty() { Category::Diagnostic } else { Category::Configuration };
    let value = (!routes.is_empty()).then(|| routes.join(", "));
    tell(ctx, (open.at, open.actor), ("initialize_routing_table", category), Target::None, value, outcome.into(), out);
}

/// Who reaches networks for others passes messages on.
fn router(ctx: &Context<'_>, out: &mut dyn Sink) {
    let (attribute, value) = (Attribute::Role, "network_device");
    out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "router", confidence: 30 });
}
