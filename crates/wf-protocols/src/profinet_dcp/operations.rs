//! What is asked and set, with the outcome; and what stations say of themselves.

use super::blocks::{Block, Blocks, Content, Header};
use super::names::{self, GET, HELLO, IDENTIFY, SET};
use super::{NAME, roles, text};
use crate::held::{self, Waits};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use wf_model::{Attribute, Category, Mac, time::SECOND};
use wf_wire::decode::{Moment, Pending};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Operation, Sink, Target};

/// Open requests between two stations.
const OPEN_MAX: usize = 32;
/// A get or set older than this counts as unanswered; the standard gives a station one second.
const ANSWER_MAX: i64 = 10 * SECOND;
/// Octets of a request's blocks that are kept until the answer.
const BLOCKS_MAX: usize = 1024;
/// Text of values, in octets.
const VALUE_MAX: usize = 200;

/// A request that waits for its answer.
struct Open {
    at: Moment,
    actor: Direction,
    header: Header,
    blocks: SmallVec<[u8; 64]>,
}

impl Open {
    fn new(ctx: &Context<'_>, header: &Header, blocks: &[u8]) -> Self {
        let blocks = SmallVec::from_slice(blocks.get(..BLOCKS_MAX).unwrap_or(blocks));
        Self { at: ctx.now, actor: ctx.direction, header: *header, blocks }
    }
}

impl Waits for Open {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {}
}

/// What is remembered between two stations: open requests, by transaction.
pub struct Session {
    open: Pending<(u32, u8), Open>,
    requests_seen: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), requests_seen: false }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// One frame.
    pub fn frame(&mut self, ctx: &Context<'_>, header: &Header, blocks: &[u8], out: &mut dyn Sink) {
        match (header.service_id, header.is_request()) {
            (HELLO, _) => stations(ctx, header, blocks, out),
            (GET | SET | IDENTIFY, true) => self.request(ctx, header, blocks, out),
            (GET | SET | IDENTIFY, false) => self.response(ctx, header, blocks, out),
            _ => {}
        }
        while let Some((_, old)) = held::overdue(&mut self.open, ctx.now, ANSWER_MAX) {
            tell(ctx, &old, None, "unanswered", out);
        }
    }

    fn request(&mut self, ctx: &Context<'_>, header: &Header, blocks: &[u8], out: &mut dyn Sink) {
        self.requests_seen = true;
        let open = Open::new(ctx, header, blocks);
        // Who answers to all does so from an address of its own.
        if ctx.dst_mac.is_some_and(Mac::is_group) {
            return tell(ctx, &open, None, "unconfirmed", out);
        }
        let bytes = held::outside(&open.blocks);
        if let Some((_, old)) = self.open.open_with((header.xid, header.service_id), open, bytes) {
            out.evicted(1);
            tell(ctx, &old, None, "unanswered", out);
        }
    }

    fn response(&mut self, ctx: &Context<'_>, header: &Header, blocks: &[u8], out: &mut dyn Sink) {
        if header.service_type == 1 {
            stations(ctx, header, blocks, out);
        }
        let outcome = if header.service_type == 1 { "ok" } else { "error: not_supported" };
        match self.open.close(&(header.xid, header.service_id)) {
            Some(open) => tell(ctx, &open, Some((header, blocks)), outcome, out),
            // The answer to a request that went to all: who found whom.
            None if header.service_id == IDENTIFY => {
                let open = Open { actor: ctx.direction.reverse(), ..Open::new(ctx, header, &[]) };
                tell(ctx, &open, None, outcome, out);
            }
            None if self.requests_seen => {
                let detail = format!("{} {:08x}", names::service(header.service_id), header.xid);
                out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
            }
            None => {}
        }
    }

    /// Nothing more will come.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        for (_, open) in self.open.drain() {
            tell(ctx, &open, None, "unanswered", out);
        }
    }
}

/// One operation for a get or an identify, one for each block that is set.
fn tell(ctx: &Context<'_>, open: &Open, answer: Option<(&Header, &[u8])>, outcome: &'static str, out: &mut dyn Sink) {
    let mut say = |function, category, target: Target<'_>, value: Option<String>, outcome: &'static str| {
        let (value, outcome) = (value.map(Cow::Owned), Cow::Borrowed(outcome));
        out.operation(ctx, NAME, Operation { at: open.at, actor: open.actor, function, category, target, value, outcome });
    };
    if open.header.service_id != SET {
        let category = if open.header.service_id == GET { Category::Read } else { Category::Diagnostic };
        let function = names::service(open.header.service_id);
        let mut blocks = Blocks::new(&open.header, &open.blocks);
        return match blocks.next() {
            Some(first) => say(function, category, Target::Text(&asked(&first)), None, outcome),
            None => say(function, category, Target::None, None, outcome),
        };
    }
    for block in Blocks::new(&open.header, &open.blocks) {
        let error = answer.and_then(|(header, blocks)| error_of(header, blocks, &block));
        let outcome = error.filter(|_| outcome == "ok").map_or(outcome, names::outcome);
        let (function, category) = (names::set_function(block.option, block.suboption), set_category(&block));
        let named = names::option(block.option, block.suboption);
        let target = if function == "set" { Target::Text(named) } else { Target::None };
        say(function, category, target, value_text(&block), outcome);
    }
    if outcome == "ok"
        && let Some((header, blocks)) = answer
    {
        let refused = |block: &Block<'_>| error_of(header, blocks, block).is_some_and(|error| error != 0);
        Blocks::new(&open.header, &open.blocks).filter(|block| !refused(block)).for_each(|block| accepted(ctx, &block, out));
    }
}

/// What a get asks for, or whom an identify looks for: `name_of_station`, `name_of_station plc-1`, `all`.
fn asked(block: &Block<'_>) -> String {
    let mut name = names::option(block.option, block.suboption).to_owned();
    if let Content::Text(value) = block.content()
        && !value.is_empty()
    {
        name.push(' ');
        name.extend(text(value).chars().take(VALUE_MAX));
    }
    name
}

/// Flashing a lamp and bracketing a transaction change nothing.
const fn set_category(block: &Block<'_>) -> Category {
    match (block.option, block.suboption) {
        (5, 1..=3) => Category::Diagnostic,
        _ => Category::Configuration,
    }
}

fn error_of(header: &Header, blocks: &[u8], set: &Block<'_>) -> Option<u8> {
    Blocks::new(header, blocks).find_map(|block| match block.content() {
        Content::Response(option, suboption, error) if (option, suboption) == (set.option, set.suboption) => Some(error),
        _ => None,
    })
}

fn value_text(block: &Block<'_>) -> Option<String> {
    let suffix = if block.permanent() { "" } else { " (until restart)" };
    match block.content() {
        Content::Text(value) => Some(format!("{}{suffix}", text(value).chars().take(VALUE_MAX).collect::<String>())),
        Content::Ip([address, mask, gateway]) => Some(format!("{address} mask {mask} gateway {gateway}{suffix}")),
        _ if (block.option, block.suboption) == (5, 6) => block.lead.map(|qualifier| format!("mode {}", qualifier >> 1)),
        Content::Octets if !block.value.is_empty() => {
            Some(block.value.iter().take(VALUE_MAX / 2).map(|octet| format!("{octet:02x}")).collect())
        }
        _ => None,
    }
}

/// A set that succeeded says what the station is called and reached by from now on.
fn accepted(ctx: &Context<'_>, block: &Block<'_>, out: &mut dyn Sink) {
    match block.content() {
        Content::Text(value) if (block.option, block.suboption) == (2, 2) => {
            evidence(ctx, About::Sender, Attribute::Name, &text(value), 90, out);
        }
        Content::Ip([address, _, _]) => ip_evidence(ctx, address, out),
        _ => {}
    }
}

fn evidence(ctx: &Context<'_>, about: About, attribute: Attribute, value: &str, confidence: u8, out: &mut dyn Sink) {
    if !value.is_empty() {
        out.evidence(ctx, NAME, Evidence { about, attribute, value, source: "", confidence });
    }
}

fn ip_evidence(ctx: &Context<'_>, address: Ipv4Addr, out: &mut dyn Sink) {
    if !address.is_unspecified() {
        let about = About::Host { mac: ctx.src_mac, ip: Some(IpAddr::V4(address)) };
        evidence(ctx, about, Attribute::IpAddress, &address.to_string(), 90, out);
    }
}

/// What an identify or get answer, or a hello, says of its sender.
fn stations(ctx: &Context<'_>, header: &Header, blocks: &[u8], out: &mut dyn Sink) {
    for block in Blocks::new(header, blocks) {
        match block.content() {
            Content::Text(value) => {
                let (attribute, confidence) = match (block.option, block.suboption) {
                    (2, 1) => (Attribute::Model, 80),
                    (2, 2) => (Attribute::Name, 90),
                    (2, 6) => (Attribute::Description, 50),
                    _ => continue,
                };
                evidence(ctx, About::Sender, attribute, &text(value), confidence, out);
            }
            Content::Ip([address, _, _]) => ip_evidence(ctx, address, out),
            Content::Mac(mac) => {
                evidence(ctx, About::Sender, Attribute::MacAddress, &Mac(mac).to_string(), 90, out);
            }
            Content::DeviceId(vendor, _) if block.suboption == 3 => {
                let value = names::vendor(vendor).unwrap_or("");
                evidence(ctx, About::Sender, Attribute::Vendor, value, 90, out);
            }
            Content::Role(flags) => {
                if let Some((_, Some(role))) = roles(flags).find(|(_, role)| role.is_some()) {
                    evidence(ctx, About::Sender, Attribute::Role, role, 80, out);
                }
            }
            _ => {}
        }
    }
}
