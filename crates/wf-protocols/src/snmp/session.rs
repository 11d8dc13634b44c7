//! Requests and their answers, what devices say of themselves, and communities that everybody can read.

use super::NAME;
use super::fields::{Shown, text};
use super::message::{Content, Message, Pdu, Variable, Variables, pdu};
use super::mib::{self, Oid, oid};
use crate::held::{self, Waits};
use crate::hints;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::net::IpAddr;
use wf_model::{Attribute, Category, Mac, time::SECOND};
use wf_wire::decode::{Credential, Moment, Pending, Value};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one flow.
const OPEN_MAX: usize = 64;
/// A request older than this counts as unanswered; managers wait a few seconds, and ask again.
const ANSWER_MAX: i64 = 30 * SECOND;
/// Octets kept of a request's variables.
const BODY_MAX: usize = 4096;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;
/// Communities of one flow that are told.
const COMMUNITIES_MAX: usize = 8;
/// Values written by one request that are told one by one.
const WRITES_MAX: usize = 64;
/// Chassis among the physical entities (`PhysicalClass`, RFC 6933).
const CHASSIS: i64 = 3;

/// What an answer is matched by: request and whether it is the message's number of version 3 that counts.
type Key = (Direction, i64, bool);

struct Open {
    at: Moment,
    kind: u8,
    variables: SmallVec<[u8; 96]>,
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
    communities: SmallVec<[u64; 2]>,
    /// Physical entity that stands for the device: 1 unless its class says otherwise.
    chassis: u32,
    answered: Option<Key>,
    in_step: bool,
    /// Where a long name is put into words.
    words: String,
}

impl Default for Session {
    fn default() -> Self {
        let (open, communities) = (Pending::new(OPEN_MAX), SmallVec::new());
        Self { open, communities, chassis: 1, answered: None, in_step: false, words: String::new() }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// One message.
    pub fn message(&mut self, ctx: &Context<'_>, message: &Message<'_>, out: &mut dyn Sink) {
        self.credential(ctx, message, out);
        let Some(pdu) = &message.pdu else { return };
        match pdu.kind {
            pdu::GET | pdu::GET_NEXT | pdu::GET_BULK | pdu::SET | pdu::INFORM => self.request(ctx, message, pdu, out),
            pdu::RESPONSE => self.response(ctx, pdu, out),
            pdu::TRAP | pdu::TRAP_V2 => event(ctx, ctx.now, ctx.direction, pdu, "unconfirmed".into(), out),
            pdu::REPORT => self.report(ctx, message, pdu, out),
            _ => {}
        }
        if let (Some(secure), pdu::RESPONSE | pdu::REPORT | pdu::TRAP_V2) = (message.secure, pdu.kind) {
            engine(ctx, secure.engine, out);
        }
        while let Some((key, old)) = held::overdue(&mut self.open, ctx.now, ANSWER_MAX) {
            tell(ctx, key.0, &old, "unanswered".into(), out);
        }
    }

    /// A community is a password that everybody on the way can read. It is told once a flow, and never kept.
    fn credential(&mut self, ctx: &Context<'_>, message: &Message<'_>, out: &mut dyn Sink) {
        let (Some(community), 0 | 1) = (message.community, message.version) else { return };
        // Answers repeat what was asked with.
        if community.is_empty() || message.pdu.is_some_and(|pdu| pdu.kind == pdu::RESPONSE) {
            return;
        }
        let hash = BuildHasherDefault::<ahash::AHasher>::default().hash_one(community);
        if !self.communities.contains(&hash) && self.communities.len() < COMMUNITIES_MAX {
            self.communities.push(hash);
            out.credential(ctx, NAME, Credential { scheme: "community", user: None, secret: community });
        }
    }

    fn request(&mut self, ctx: &Context<'_>, message: &Message<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let Some(request_id) = pdu.request_id else { return };
        if pdu.kind == pdu::INFORM {
            // Told when it is said: an answer adds nothing to it.
            event(ctx, ctx.now, ctx.direction, pdu, "unconfirmed".into(), out);
        }
        // A report answers by the number of the message where the request within may not be known.
        let key = match message.secure {
            Some(secure) if pdu.variables.is_empty() => (ctx.direction, secure.id, true),
            _ => (ctx.direction, request_id, false),
        };
        let variables = SmallVec::from_slice(pdu.variables.get(..BODY_MAX).unwrap_or(pdu.variables));
        let open = Open { at: ctx.now, kind: pdu.kind, variables };
        if let Some(same) = self.open.get_mut(&key) {
            if same.kind == open.kind && same.variables == open.variables {
                return; // asked again
            }
            if let Some(old) = self.open.close(&key) {
                tell(ctx, key.0, &old, "unanswered".into(), out);
            }
        }
        let bytes = held::outside(&open.variables);
        if let Some((key, old)) = self.open.open_with(key, open, bytes) {
            out.evicted(1);
            tell(ctx, key.0, &old, "unanswered".into(), out);
        }
    }

    fn response(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let actor = ctx.direction.reverse();
        let key = (actor, pdu.request_id.unwrap_or(0), false);
        if let Some(open) = self.open.close(&key) {
            (self.in_step, self.answered) = (true, Some(key));
            tell(ctx, actor, &open, outcome(pdu.status), out);
            if open.kind == pdu::INFORM {
                return;
            }
        } else if self.answered == Some(key) {
            return; // the same frame twice
        } else if self.in_step {
            let detail = format!("request {}", key.1);
            out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
        }
        if pdu.status == 0 {
            self.values(ctx, pdu, out);
        }
    }

    /// A message of version 3 was not taken (RFC 3414, clause 3.2); the first one of a manager is meant to find out the engine.
    fn report(&mut self, ctx: &Context<'_>, message: &Message<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let actor = ctx.direction.reverse();
        let by_message = message.secure.map(|secure| (actor, secure.id, true));
        let by_request = pdu.request_id.map(|id| (actor, id, false));
        let open = by_message.and_then(|key| self.open.close(&key)).or_else(|| by_request.and_then(|key| self.open.close(&key)));
        let Some(open) = open else { return };
        let reason = pdu.variables().find_map(|variable| report(variable.name));
        let outcome = match reason {
            Some("unknown_engine_ids") if open.variables.is_empty() => Cow::Borrowed("ok"),
            Some(reason) => format!("error: {reason}").into(),
            None => Cow::Borrowed("error: report"),
        };
        tell(ctx, actor, &open, outcome, out);
    }

    fn values(&mut self, ctx: &Context<'_>, pdu: &Pdu<'_>, out: &mut dyn Sink) {
        let first = pdu.variables().next().map_or(&[][..], |variable| variable.name);
        let told = out.unchanged(ctx, ctx.direction, mib::block(first), pdu.variables);
        // What was told of the device holds; which of its parts is the chassis this flow may not know yet.
        if told && !first.starts_with(oid::PHYSICAL) {
            return;
        }
        for variable in pdu.variables() {
            if !told {
                self.measurement(ctx, &variable, out);
            }
            self.identity(ctx, &variable, out);
        }
    }

    /// Numbers that stand for a state or a level. Counters and clocks only rise: they are no process values.
    fn measurement(&mut self, ctx: &Context<'_>, variable: &Variable<'_>, out: &mut dyn Sink) {
        let value = match variable.content() {
            #[expect(clippy::cast_precision_loss, reason = "numbers of 32 bits")]
            Content::Integer(value) => value as f64,
            #[expect(clippy::cast_precision_loss, reason = "numbers of 32 bits")]
            Content::Unsigned(value) => value as f64,
            Content::Float(value) => value,
            _ => return,
        };
        let (point, value) = (mib::target(variable.name, 0, &mut self.words), Value::Number(value));
        out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality: "good" });
    }

    /// What a value says of the device that has it.
    fn identity(&mut self, ctx: &Context<'_>, variable: &Variable<'_>, out: &mut dyn Sink) {
        let mut say = |attribute, value: &str, source, confidence| {
            let value = value.trim();
            if !value.is_empty() {
                out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
            }
        };
        let content = variable.content();
        let words = match content {
            Content::Octets(octets) => text(octets).map(|text| hints::bounded(text, VALUE_MAX)),
            _ => None,
        };
        if let Some([column, 0]) = variable.name.strip_prefix(oid::SYSTEM) {
            match (column, content, words) {
                (1, Content::Octets(octets), _) => hints::describe(ctx, out, NAME, About::Sender, &hints::clean(octets)),
                (2, Content::Oid(octets), _) => {
                    if let Some(vendor) = mib::enterprise(octets).and_then(mib::vendor) {
                        say(Attribute::Vendor, vendor, "sysObjectID", 75);
                    }
                }
                (5, _, Some(words)) => say(Attribute::Name, words, "sysName", 85),
                (6, _, Some(words)) => say(Attribute::Description, words, "sysLocation", 50),
                _ => {}
            }
        } else if let Some(rest) = variable.name.strip_prefix(oid::PHYSICAL) {
            self.physical(ctx, rest, content, words, out);
        } else if let (true, Content::Octets(octets)) = (variable.name.starts_with(oid::INTERFACE_MAC), content) {
            if let Ok(mac) = <[u8; 6]>::try_from(octets)
                && octets.first().is_some_and(|first| first & 1 == 0)
                && mac != [0; 6]
            {
                say(Attribute::MacAddress, &Mac(mac).to_string(), "ifPhysAddress", 60);
            }
        } else if let (true, Content::Address(address)) = (variable.name.starts_with(oid::OWN_ADDRESS), content) {
            if !address.is_loopback() && !address.is_unspecified() {
                say(Attribute::IpAddress, &address.to_string(), "ipAdEntAddr", 70);
            }
        } else if let (Some([column, 0]), Some(words)) = (variable.name.strip_prefix(oid::UPS), words) {
            match column {
                1 => say(Attribute::Vendor, words, "upsIdent", 85),
                2 => say(Attribute::Model, words, "upsIdent", 85),
                3 => say(Attribute::Firmware, words, "upsIdent", 85),
                _ => {}
            }
        } else if let (Some([17, 1]), Some(words)) = (variable.name.strip_prefix(oid::PRINTER), words) {
            say(Attribute::Serial, words, "prtGeneralSerialNumber", 85);
        }
    }

    /// A cell of the table of physical entities (RFC 6933): that of the chassis is about the device.
    fn physical(&mut self, ctx: &Context<'_>, rest: &[u8], content: Content<'_>, words: Option<&str>, out: &mut dyn Sink) {
        let Some((column, index)) = rest.split_first() else { return };
        let Some(index) = crate::ber::Arcs::new(&[&[0x2b], index].concat()).nth(2) else { return };
        if let (5, Content::Integer(CHASSIS)) = (column, content) {
            self.chassis = index;
        }
        let Some(words) = words.map(str::trim).filter(|words| index == self.chassis && !words.is_empty()) else { return };
        let (attribute, confidence) = match column {
            2 => (Attribute::Description, 50),
            8 => (Attribute::Hardware, 80),
            9 | 10 => (Attribute::Firmware, 80),
            11 => (Attribute::Serial, 85),
            12 => (Attribute::Vendor, 85),
            13 => (Attribute::Model, 85),
            _ => return,
        };
        let source = "entPhysical";
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value: words, source, confidence });
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (key, open) in self.open.drain() {
            tell(ctx, key.0, &open, "unanswered".into(), out);
        }
    }
}

/// An engine says its vendor, and often its address (RFC 3411, `SnmpEngineID`).
fn engine(ctx: &Context<'_>, engine: &[u8], out: &mut dyn Sink) {
    let [first, a, b, c, format, rest @ ..] = engine else { return };
    let mut say = |attribute, value: &str, confidence| {
        out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source: "engine_id", confidence });
    };
    if first & 0x80 == 0 {
        return;
    }
    if let Some(vendor) = mib::vendor(u32::from_be_bytes([first & 0x7f, *a, *b, *c])) {
        say(Attribute::Vendor, vendor, 60);
    }
    let ip = match (format, rest.len()) {
        (1, 4) => rest.first_chunk::<4>().map(|octets| IpAddr::from(*octets)),
        (2, 16) => rest.first_chunk::<16>().map(|octets| IpAddr::from(*octets)),
        (3, 6) => {
            if let Some(mac) = rest.first_chunk().copied().map(Mac) {
                say(Attribute::MacAddress, &mac.to_string(), 60);
            }
            None
        }
        _ => None,
    };
    // It may be the address that the device had when it was set up.
    if let Some(ip) = ip.filter(|ip| !ip.is_unspecified() && !ip.is_loopback() && !ip.is_multicast()) {
        say(Attribute::IpAddress, &ip.to_string(), 40);
    }
}

fn tell(ctx: &Context<'_>, actor: Direction, open: &Open, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let at = open.at;
    let mut variables = Variables::new(&open.variables);
    let function = pdu_name(open.kind);
    if open.kind == pdu::INFORM {
        return;
    }
    if open.kind != pdu::SET {
        let first = variables.next();
        let mut words = String::new();
        let target = first.map_or(Target::None, |first| mib::target(first.name, variables.count(), &mut words));
        // Without a name a message of version 3 asks for the engine alone.
        let category = if first.is_some() { Category::Read } else { Category::Diagnostic };
        out.operation(ctx, NAME, Operation { at, actor, function, category, target, value: None, outcome });
        return;
    }
    for variable in variables.take(WRITES_MAX) {
        let name = Oid(variable.name).to_string();
        let (target, value) = (Target::Text(&name), Some(Cow::Owned(bounded(&Shown(variable.content())))));
        let (category, outcome) = (Category::Configuration, outcome.clone());
        out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
    }
}

fn bounded(value: &Shown<'_>) -> String {
    hints::shown(value, VALUE_MAX)
}

/// A trap or an inform: which one, and the values that it brings.
fn event(ctx: &Context<'_>, at: Moment, actor: Direction, pdu: &Pdu<'_>, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let name = match pdu.trap {
        Some(trap) if trap.generic != 6 => generic_trap(trap.generic).to_owned(),
        Some(trap) => format!("{}.0.{}", Oid(trap.enterprise), trap.specific),
        None => pdu
            .variables()
            .find_map(|variable| match variable.content() {
                Content::Oid(octets) if variable.name == oid::TRAP => Some(Oid(octets).to_string()),
                _ => None,
            })
            .unwrap_or_default(),
    };
    let mut said = String::new();
    let own = pdu.variables().filter(|variable| variable.name != oid::TRAP && !variable.name.starts_with(oid::SYSTEM));
    for variable in own.take(16) {
        if said.len() < VALUE_MAX {
            let gap = if said.is_empty() { "" } else { ", " };
            said.push_str(&format!("{gap}{} {}", Oid(variable.name), bounded(&Shown(variable.content()))));
        }
    }
    let (function, category, target) = (pdu_name(pdu.kind), Category::Diagnostic, Target::Text(&name));
    let value = (!said.is_empty()).then_some(Cow::Owned(said));
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

/// A PDU by name.
pub const fn pdu_name(kind: u8) -> &'static str {
    match kind {
        pdu::GET => "get_request",
        pdu::GET_NEXT => "get_next_request",
        pdu::RESPONSE => "response",
        pdu::SET => "set_request",
        pdu::TRAP => "trap",
        pdu::GET_BULK => "get_bulk_request",
        pdu::INFORM => "inform_request",
        pdu::TRAP_V2 => "snmpv2_trap",
        pdu::REPORT => "report",
        _ => "unknown_pdu",
    }
}

/// The status of an answer (RFC 3416, clause 3).
pub const fn status(code: i64) -> &'static str {
    match code {
        0 => "no_error",
        1 => "too_big",
        2 => "no_such_name",
        3 => "bad_value",
        4 => "read_only",
        5 => "gen_err",
        6 => "no_access",
        7 => "wrong_type",
        8 => "wrong_length",
        9 => "wrong_encoding",
        10 => "wrong_value",
        11 => "no_creation",
        12 => "inconsistent_value",
        13 => "resource_unavailable",
        14 => "commit_failed",
        15 => "undo_failed",
        16 => "authorization_error",
        17 => "not_writable",
        18 => "inconsistent_name",
        _ => "unknown_status",
    }
}

fn outcome(code: i64) -> Cow<'static, str> {
    if code == 0 { Cow::Borrowed("ok") } else { format!("error: {}", status(code)).into() }
}

/// An event that every device may have (RFC 1157, clause 4.1.6).
pub const fn generic_trap(code: i64) -> &'static str {
    match code {
        0 => "coldStart",
        1 => "warmStart",
        2 => "linkDown",
        3 => "linkUp",
        4 => "authenticationFailure",
        5 => "egpNeighborLoss",
        6 => "enterpriseSpecific",
        _ => "unknown",
    }
}

/// Why a message of version 3 was not taken (RFC 3414, `usmStats`).
pub fn report(name: &[u8]) -> Option<&'static str> {
    match name.strip_prefix(oid::USM_STATS)? {
        [1, ..] => Some("unsupported_security_levels"),
        [2, ..] => Some("not_in_time_windows"),
        [3, ..] => Some("unknown_user_names"),
        [4, ..] => Some("unknown_engine_ids"),
        [5, ..] => Some("wrong_digests"),
        [6, ..] => Some("decryption_errors"),
        _ => None,
    }
}
