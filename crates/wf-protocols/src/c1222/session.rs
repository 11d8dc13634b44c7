//! Requests and their answers: operations with their outcome, logins, who a meter is.

use super::NAME;
use super::message::{Message, Title};
use super::names::{self, Table, code};
use super::service::{Body, Data, Place, Service};
use crate::held::{Held, Waiting};
use crate::hints::{clean, hex_cut};
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{Credential, Moment};
use wf_wire::{About, Anomaly, Context, Direction, Evidence, Operation, Sink, Target};

/// Open requests of one flow, and bytes kept of each.
const OPEN_MAX: usize = 64;
const BYTES_MAX: usize = 4096;
/// Text of values, in bytes.
const VALUE_MAX: usize = 200;

/// Who asks, the number of the message, and a mark of the title that it comes from: behind a relay there are several nodes, and
/// each counts by itself (5.3.4.3).
type Key = (Direction, u64, Option<Mark>);

/// A title in short: whether it is below a root, and its check.
type Mark = (bool, u32);

fn mark(title: Option<Title<'_>>) -> Option<Mark> {
    title.map(|title| (title.relative, crc32fast::hash(title.octets)))
}

/// What one flow remembers.
pub struct Session {
    open: Held<Key>,
    in_step: bool,
    /// Who was asked first: others are nodes behind it.
    own: Option<Mark>,
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Held::with_bytes(OPEN_MAX, BYTES_MAX), in_step: false, own: None }
    }
}

/// A request with when it was asked and by whom.
#[derive(Clone, Copy)]
struct Asked {
    at: Moment,
    actor: Direction,
    own: Option<Mark>,
}

impl Asked {
    /// The title of the node that is meant, where it is another than the one that is spoken to.
    fn behind<'a>(&self, request: &Message<'a>) -> Option<Title<'a>> {
        let other = |title: &Title<'_>| self.own.is_some() && mark(Some(*title)) != self.own;
        request.called.filter(|title| self.actor == Direction::ToServer && other(title))
    }
}

/// Whether a message answers: by its services, or where they are encrypted by what it refers to.
pub fn is_answer(message: &Message<'_>) -> bool {
    let services = message.envelope.map(|envelope| envelope.services().0).unwrap_or_default();
    let first = services.first().and_then(|service| service.first());
    first.map_or(message.called_id.is_some(), |code| !names::asks(*code))
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// A request; `bytes` are those of the whole message.
    pub fn request(
        &mut self,
        ctx: &Context<'_>,
        message: &Message<'_>,
        services: &[Service<'_>],
        bytes: &[u8],
        out: &mut dyn Sink,
    ) {
        told_of_itself(ctx, None, services, out);
        if ctx.direction == Direction::ToServer {
            self.own = self.own.or(mark(message.called));
        }
        let never = message.envelope.is_some_and(|envelope| envelope.control.response() == 2);
        let Some(number) = message.calling_id.filter(|_| !never) else {
            return tell(ctx, Asked { at: ctx.now, actor: ctx.direction, own: self.own }, message, |_| "unconfirmed".into(), out);
        };
        if let Some((key, given_up)) = self.open.open_one((ctx.direction, number, mark(message.calling)), ctx.now, bytes, out) {
            unanswered(ctx, self.own, key, &given_up, out);
            self.open.give_back(given_up);
        }
    }

    /// Takes the request that an answer belongs to: by the number that it refers to, or its own, which some repeat.
    pub fn close(&mut self, ctx: &Context<'_>, message: &Message<'_>, out: &mut dyn Sink) -> Option<Waiting> {
        let number = message.called_id.or(message.calling_id)?;
        let asked = |key: &Key| key.0 == ctx.direction.reverse() && key.1 == number;
        let exact = (ctx.direction.reverse(), number, mark(message.called));
        // Titles are left out, or given below a root here and in full there: then the number alone has to do.
        let waiting = self.open.close(&exact).or_else(|| self.open.close_where(asked));
        if waiting.is_some() {
            self.in_step = true;
        } else if self.in_step && !self.open.was_given_up_where(asked) {
            out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: number.to_string().into() });
        }
        waiting
    }

    /// Tells a request with the answers to its services.
    pub fn answered(&mut self, ctx: &Context<'_>, waiting: &Waiting, answers: &[Service<'_>], out: &mut dyn Sink) {
        let Ok(request) = Message::read(&waiting.bytes) else { return };
        let outcome = |at: usize| match answers.get(at).or(answers.last().filter(|last| last.code != 0)) {
            Some(answer) => Cow::Borrowed(names::outcome(answer.code)),
            // What is encrypted was answered, nobody knows how.
            None => Cow::Borrowed("unconfirmed"),
        };
        let asked = Asked { at: waiting.at, actor: ctx.direction.reverse(), own: self.own };
        tell(ctx, asked, &request, outcome, out);
        if asked.behind(&request).is_none() {
            told_of_itself(ctx, Some(&request), answers, out);
        }
    }

    /// Gives a buffer back for the next request.
    pub fn give_back(&mut self, waiting: Waiting) {
        self.open.give_back(waiting);
    }

    /// Tells the requests that have waited too long.
    pub fn expire(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.open.expire(ctx.now, |key, late| unanswered(ctx, self.own, key, late, out));
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        self.open.lose();
        self.in_step = false;
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.open.drain().for_each(|(key, waiting)| unanswered(ctx, self.own, key, &waiting, out));
    }
}

fn unanswered(ctx: &Context<'_>, own: Option<Mark>, (actor, ..): Key, waiting: &Waiting, out: &mut dyn Sink) {
    if let Ok(request) = Message::read(&waiting.bytes) {
        // Some want to hear of errors alone.
        let errors_only = request.envelope.is_some_and(|envelope| envelope.control.response() == 1);
        let outcome = if errors_only { "unconfirmed" } else { waiting.missing() };
        tell(ctx, Asked { at: waiting.at, actor, own }, &request, |_| outcome.into(), out);
    }
}

/// Tells a request: one operation for each of its services.
fn tell(
    ctx: &Context<'_>,
    asked: Asked,
    request: &Message<'_>,
    outcome: impl Fn(usize) -> Cow<'static, str>,
    out: &mut dyn Sink,
) {
    let Some(envelope) = request.envelope else { return };
    let (behind, Asked { at, actor, .. }) = (asked.behind(request), asked);
    let mut one = |function, category, target: &str, value: Option<String>, outcome| {
        let named =
            behind.map(|title| if target.is_empty() { format!("node {title}") } else { format!("{target} of node {title}") });
        let target = named.as_deref().unwrap_or(target);
        let target = if target.is_empty() { Target::None } else { Target::Text(target) };
        let value = value.map(Cow::Owned);
        out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
    };
    if envelope.control.is_encrypted() {
        return one("encrypted_services", Category::Diagnostic, "", None, outcome(0));
    }
    for (number, bytes) in envelope.services().0.iter().enumerate() {
        let Some(service) = Service::read(bytes, None) else { continue };
        let act = act(&service);
        one(act.function, act.category, &act.target, act.value, outcome(number));
    }
}

/// A request as an operation says it.
struct Act {
    function: &'static str,
    category: Category,
    target: String,
    value: Option<String>,
}

fn act(service: &Service<'_>) -> Act {
    let (function, category) = names::request(service.code).unwrap_or(("unknown_service", Category::Diagnostic));
    let (mut act, text) = (Act { function, category, target: String::new(), value: None }, |bytes| clean(bytes).into_owned());
    match &service.body {
        Body::Read(place) => act.target = shown(place),
        Body::Write(place, data) => match place.table {
            Some(Table::PROCEDURE) if data.bytes.len() >= 3 => return procedure(data, service.secret),
            _ => {
                act.target = shown(place);
                act.value = Some(value(data.bytes, service.secret));
            }
        },
        Body::Logon(id, user, _) => act.value = Some(format!("{} ({id})", text(user))),
        Body::Register(node) => {
            act.target = node.title.to_string();
            act.value = Some(format!("serial {}, address {}", node.serial, text(node.address)));
        }
        Body::Node(title) => act.target = title.to_string(),
        Body::Wait(seconds) => act.value = Some(format!("{seconds} s")),
        _ => {}
    }
    act
}

/// `table 64 load_profile_data_1`, `… from byte 20, 40 bytes`, `… element 1.2, 3 elements`.
fn shown(place: &Place) -> String {
    let mut text = place.table.map(|table| table.to_string()).unwrap_or_default();
    if let Some(offset) = place.offset {
        text.push_str(&format!(" from byte {offset}"));
    } else if !place.index.is_empty() {
        let index: Vec<String> = place.index.iter().map(ToString::to_string).collect();
        text.push_str(&format!(" element {}", index.join(".")));
    }
    text
}

fn value(bytes: &[u8], secret: bool) -> String {
    if secret { "hidden".into() } else { hex_cut(bytes, VALUE_MAX / 2) }
}

/// A write to the table where procedures are started: which one, with what.
fn procedure(data: &Data<'_>, secret: bool) -> Act {
    let (number, rest) = match data.bytes {
        [low, high, _, rest @ ..] => (u16::from_le_bytes([*low, *high]), rest),
        _ => (0, &[][..]),
    };
    let (standard, number) = (number & 0x0800 == 0, number & 0x07ff);
    let known = names::procedure(number).filter(|_| standard);
    let target = match known {
        Some((name, _)) => format!("procedure {number} {name}"),
        None if standard => format!("procedure {number}"),
        None => format!("manufacturer procedure {number}"),
    };
    let category = known.map_or(Category::Control, |(_, category)| category);
    let value = (!rest.is_empty()).then(|| value(rest, secret));
    Act { function: "execute_procedure", category, target, value }
}

/// Tells the passwords and keys that services carry.
pub fn credentials(ctx: &Context<'_>, services: &[Service<'_>], out: &mut dyn Sink) {
    for secret in services.iter().flat_map(Service::secrets) {
        out.credential(ctx, NAME, Credential { scheme: "password", user: None, secret });
    }
}

/// What services say of their sender.
fn told_of_itself(ctx: &Context<'_>, request: Option<&Message<'_>>, services: &[Service<'_>], out: &mut dyn Sink) {
    let mut say = |attribute, value: &str, source, confidence| {
        if !value.is_empty() {
            out.evidence(ctx, NAME, Evidence { about: About::Sender, attribute, value, source, confidence });
        }
    };
    let asked = request.and_then(|request| request.envelope).map(|envelope| envelope.services().0).unwrap_or_default();
    for (at, service) in services.iter().enumerate() {
        match &service.body {
            Body::Register(node) => {
                say(Attribute::Serial, &node.serial.to_string(), "register", 60);
                say(Attribute::Name, &node.title.to_string(), "register", 50);
            }
            Body::Tables(tables) if service.code == 0 => {
                let table = match asked.get(at) {
                    Some([code::READ, high, low]) => Table(u16::from_be_bytes([*high, *low])),
                    _ => continue,
                };
                if let ([data], 1) = (tables.as_slice(), table.0)
                    && data.check == data.expected()
                {
                    nameplate(data.bytes, &mut say);
                }
            }
            _ => {}
        }
    }
}

/// Table 1: manufacturer, model, versions of hardware and firmware, serial number (IEEE 1377-2012, 9.1.2).
fn nameplate(bytes: &[u8], say: &mut impl FnMut(Attribute, &str, &'static str, u8)) {
    let Some((fixed, serial)) = bytes.split_first_chunk::<16>() else { return };
    let [maker @ .., _, _, _, _, _, _, _, _, hardware, revision, firmware, build] = fixed;
    let model = fixed.get(4..12).unwrap_or(&[]);
    say(Attribute::Vendor, &clean(maker), "table_1", 70);
    say(Attribute::Model, &clean(model), "table_1", 80);
    say(Attribute::Hardware, &format!("{hardware}.{revision}"), "table_1", 80);
    say(Attribute::Firmware, &format!("{firmware}.{build}"), "table_1", 80);
    let text = clean(serial);
    // Where the device counts in decimals packed in halves of bytes, it is not text.
    if text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        say(Attribute::Serial, &text, "table_1", 80);
    }
}
