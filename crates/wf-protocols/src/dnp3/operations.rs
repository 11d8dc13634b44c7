//! Requests and their answers: operations with their outcome, process values, and what an outstation says of itself.

use super::NAME;
use super::files::{self, File};
use super::fragment::Fragment;
use super::link::Link;
use super::names;
use super::objects::{Fault, Header, Headers, Item};
use super::targets;
use super::values;
use crate::held::{self, Waits};
use smallvec::SmallVec;
use std::borrow::Cow;
use wf_model::{Attribute, Category};
use wf_wire::decode::{self, Credential, Moment, Pending, Value};
use wf_wire::{About, Anomaly, Coded, Context, Direction, Evidence, Measurement, Operation, Sink, Target};

/// Open requests of one flow. A master has one open with each outstation.
const OPEN_MAX: usize = 16;
/// Octets of a request's objects that are kept until the answer.
const OBJECTS_MAX: usize = 4096;
/// Open files whose names are known.
const FILES_MAX: usize = 4;
/// Text of values, in octets.
const VALUE_MAX: usize = 200;

/// A request that waits for its answer.
struct Open {
    at: Moment,
    actor: Direction,
    function: u8,
    outstation: u16,
    objects: SmallVec<[u8; 32]>,
    /// Bytes of the stream went missing since: an answer may have been among them.
    lost: bool,
}

impl Open {
    fn headers(&self) -> Headers<'_> {
        Headers::new(&self.objects, self.function)
    }

    fn group(&self) -> u8 {
        self.headers().next().map_or(u8::MAX, |header| header.group)
    }
}

impl Waits for Open {
    fn asked(&self) -> Moment {
        self.at
    }

    fn lose(&mut self) {
        self.lost = true;
    }
}

/// Master, outstation, sequence.
type Key = (u16, u16, u8);

/// What one flow remembers.
pub struct Session {
    open: Pending<Key, Open>,
    files: SmallVec<[(u32, String); 1]>,
    /// A request was seen since the last hole.
    requests_seen: bool,
    /// A request was seen with its answer since the last hole: from here on every answer should have one.
    in_step: bool,
    hinted: [bool; 2],
}

impl Default for Session {
    fn default() -> Self {
        Self { open: Pending::new(OPEN_MAX), files: SmallVec::new(), requests_seen: false, in_step: false, hinted: [false; 2] }
    }
}

impl Session {
    /// Bytes that it holds.
    pub fn weight(&self) -> usize {
        self.open.weight()
    }

    /// One application fragment.
    pub fn fragment(&mut self, ctx: &Context<'_>, link: &Link, fragment: &Fragment<'_>, out: &mut dyn Sink) {
        complain(ctx, fragment, out);
        match fragment.function {
            0 => {}
            1..=128 => self.request(ctx, link, fragment, out),
            _ => self.response(ctx, link, fragment, out),
        }
        while let Some((_, old)) = held::overdue(&mut self.open, ctx.now, held::ANSWER_MAX) {
            self.unanswered(ctx, &old, out);
        }
    }

    fn request(&mut self, ctx: &Context<'_>, link: &Link, fragment: &Fragment<'_>, out: &mut dyn Sink) {
        self.requests_seen = true;
        self.hint(ctx, fragment, out);
        self.file_request(ctx, fragment, out);
        let kept = fragment.objects.get(..OBJECTS_MAX).unwrap_or(fragment.objects);
        let open = Open {
            at: ctx.now,
            actor: ctx.direction,
            function: fragment.function,
            outstation: link.destination,
            objects: SmallVec::from_slice(kept),
            lost: false,
        };
        let bytes = held::outside(&open.objects);
        if names::is_unanswered(fragment.function) || link.destination >= 0xfffd {
            self.tell(ctx, &open, None, "unconfirmed", out);
        } else if let Some((_, old)) = self.open.open_with((link.source, link.destination, fragment.sequence()), open, bytes) {
            out.evicted(1);
            self.unanswered(ctx, &old, out);
        }
    }

    fn response(&mut self, ctx: &Context<'_>, link: &Link, fragment: &Fragment<'_>, out: &mut dyn Sink) {
        self.hint(ctx, fragment, out);
        points(ctx, link, fragment, out);
        attributes(ctx, fragment, out);
        if fragment.function == 130 {
            return;
        }
        let sequence = fragment.sequence();
        let Some(open) = self.open.close(&(link.destination, link.source, sequence)) else {
            if (self.in_step || (self.requests_seen && ctx.from_start)) && fragment.first() {
                let detail = format!("sequence {sequence} from {} to {}", link.source, link.destination);
                out.anomaly(ctx, NAME, Anomaly { kind: "response_without_request", detail: detail.into() });
            }
            return;
        };
        self.in_step = true;
        if fragment.last() {
            self.file_response(&open, fragment, out);
            self.tell(ctx, &open, Some(fragment), names::indicated(fragment.iin.unwrap_or(0)), out);
        } else {
            // The rest of the answer comes under the next number.
            let bytes = held::outside(&open.objects);
            let _ = self.open.open_with((link.destination, link.source, (sequence + 1) & 0x0f), open, bytes);
        }
    }

    /// Bytes went missing: what is open may have been answered, and what is answered may have been asked.
    pub fn gap(&mut self) {
        (self.requests_seen, self.in_step) = (false, false);
        held::lose(&mut self.open);
    }

    /// The flow is over.
    pub fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        let held: SmallVec<[_; 2]> = self.open.drain().collect();
        for (_, open) in held {
            self.unanswered(ctx, &open, out);
        }
    }

    fn unanswered(&self, ctx: &Context<'_>, open: &Open, out: &mut dyn Sink) {
        self.tell(ctx, open, None, held::missing(open.lost), out);
    }

    /// Who asks is a master, who answers an outstation; each is said once a flow.
    fn hint(&mut self, ctx: &Context<'_>, fragment: &Fragment<'_>, out: &mut dyn Sink) {
        let response = fragment.is_response();
        let Some(hinted) = self.hinted.get_mut(usize::from(response)) else { return };
        if !std::mem::replace(hinted, true) {
            let (value, source, confidence) = if response { ("rtu", "outstation", 60) } else { ("scada_server", "master", 50) };
            let evidence = Evidence { about: About::Sender, attribute: Attribute::Role, value, source, confidence };
            out.evidence(ctx, NAME, evidence);
        }
    }

    /// One operation a control; one a request for everything else.
    fn tell(&self, ctx: &Context<'_>, open: &Open, answer: Option<&Fragment<'_>>, outcome: &'static str, out: &mut dyn Sink) {
        if !matches!(open.function, 3..=6) {
            return self.tell_whole(ctx, open, answer, outcome, out);
        }
        let mut answered = answer.into_iter().flat_map(|a| a.headers()).flat_map(|h| h.items().map(move |item| (h, item)));
        let mut any = false;
        for header in open.headers() {
            for item in header.items() {
                let Some(command) = values::command(&header, &item) else { continue };
                any = true;
                let state = answered.next().and_then(|(header, item)| values::command(&header, &item)).map(|c| c.status);
                let outcome = state.filter(|_| outcome == "ok").map_or(outcome, names::control_outcome);
                let target = targets::points(header.group, item.index.unwrap_or(0), 1, open.outstation);
                say(ctx, open, Target::Coded(target), Some(command.kind.text()), outcome, out);
            }
        }
        if !any {
            self.tell_whole(ctx, open, answer, outcome, out);
        }
    }

    fn tell_whole(
        &self,
        ctx: &Context<'_>,
        open: &Open,
        answer: Option<&Fragment<'_>>,
        outcome: &'static str,
        out: &mut dyn Sink,
    ) {
        let outcome = if outcome == "ok" { answer.map_or(outcome, file_outcome) } else { outcome };
        let value = names::category(open.function, open.group()).is_act().then(|| written(open)).flatten();
        let target = targets::of_headers(open.headers(), open.outstation);
        match self.file_name(open) {
            Some(name) => say(ctx, open, Target::Text(&name), value, outcome, out),
            None => say(ctx, open, Target::Coded(target), value, outcome, out),
        }
    }

    /// The file that a request is about: by its name, or by a handle that was opened before.
    fn file_name<'a>(&'a self, open: &'a Open) -> Option<Cow<'a, str>> {
        let header = open.headers().next().filter(|header| header.group == 70)?;
        let octets = header.items().next()?.data.octets();
        let handle = match files::read(header.variation, octets)? {
            File::Command { name, .. } | File::Descriptor { name, .. } | File::Specification(name) => return Some(name),
            File::Status { handle, .. } | File::Block { handle, .. } | File::BlockStatus { handle, .. } => handle,
            File::Authentication { .. } => return None,
        };
        self.files.iter().find(|(known, _)| *known == handle).map(|(_, name)| Cow::Borrowed(name.as_str()))
    }

    /// Files by name, and readable passwords.
    fn file_request(&self, ctx: &Context<'_>, fragment: &Fragment<'_>, out: &mut dyn Sink) {
        if !matches!(fragment.function, 25 | 27 | 29) {
            return;
        }
        for file in file_objects(fragment.headers()) {
            match file {
                File::Command { name, size, mode } if fragment.function == 25 => {
                    let direction = if mode == 1 { ctx.direction.reverse() } else { ctx.direction };
                    let size = if mode == 1 { None } else { Some(u64::from(size)) };
                    out.file(ctx, NAME, decode::File { name: &name, size, direction });
                }
                File::Authentication { user, password: Some(secret) } => {
                    out.credential(ctx, NAME, Credential { scheme: "password", user: Some(&user), secret });
                }
                _ => {}
            }
        }
    }

    /// Remembers which handle a file was opened under.
    fn file_response(&mut self, open: &Open, fragment: &Fragment<'_>, out: &mut dyn Sink) {
        if !matches!(open.function, 25 | 26) {
            return;
        }
        let Some(File::Status { handle, status: 0, .. }) = file_objects(fragment.headers()).next() else { return };
        self.files.retain(|(known, _)| *known != handle);
        let name = file_objects(open.headers()).find_map(|file| match file {
            File::Command { name, .. } => Some(name.into_owned()),
            _ => None,
        });
        if let (25, Some(name)) = (open.function, name) {
            if self.files.len() >= FILES_MAX {
                self.files.remove(0);
                out.evicted(1);
            }
            self.files.push((handle, name));
        }
    }
}

fn file_objects<'a>(headers: Headers<'a>) -> impl Iterator<Item = File<'a>> {
    let files = headers.filter(|header| header.group == 70);
    files.flat_map(|header| header.items().filter_map(move |item| files::read(header.variation, item.data.octets())))
}

fn file_outcome(answer: &Fragment<'_>) -> &'static str {
    let state = file_objects(answer.headers()).find_map(|file| match file {
        File::Status { status, .. } | File::BlockStatus { status, .. } => Some(status),
        _ => None,
    });
    state.map_or("ok", names::file_outcome)
}

fn say(ctx: &Context<'_>, open: &Open, target: Target<'_>, value: Option<String>, outcome: &'static str, out: &mut dyn Sink) {
    let (at, actor, function) = (open.at, open.actor, names::function(open.function));
    let category = match names::category(open.function, open.group()) {
        Category::Write if open.function == 2 && open.group() == u8::MAX => Category::Diagnostic,
        category => category,
    };
    let (value, outcome) = (value.map(Cow::Owned), Cow::Borrowed(outcome));
    out.operation(ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
}

/// What a request writes, as text: `2026-01-31T08:00:00.000000Z`, `[0]`, a name.
fn written(open: &Open) -> Option<String> {
    let mut texts = open.headers().filter(|h| h.with_data).flat_map(|h| h.items().filter_map(move |item| item_text(&h, &item)));
    let first = texts.next()?;
    let Some(second) = texts.next() else { return Some(first) };
    let mut text = format!("[{first}, {second}");
    for more in texts {
        if text.len() + more.len() > VALUE_MAX {
            text.push_str(", …");
            break;
        }
        text.push_str(", ");
        text.push_str(&more);
    }
    text.push(']');
    Some(text)
}

fn item_text(header: &Header<'_>, item: &Item<'_>) -> Option<String> {
    let octets = item.data.octets();
    match header.group {
        0 => values::attribute_text(octets),
        50 | 51 => values::absolute_time(item).map(values::time_text),
        70 => match files::read(header.variation, octets)? {
            File::Command { mode, .. } => Some(["delete", "read", "write", "append"].get(usize::from(mode))?.to_string()),
            File::Block { block, length, .. } => Some(format!("block {block}, {length} bytes")),
            _ => None,
        },
        110..=113 => Some(String::from_utf8_lossy(octets).chars().take(VALUE_MAX / 2).collect()),
        _ => match values::reading(header, item)?.value {
            Value::Flag(flag) => Some(u8::from(flag).to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.to_owned()),
        },
    }
}

/// Process values of an answer or a report. Blocks of static values that did not change are skipped.
fn points(ctx: &Context<'_>, link: &Link, fragment: &Fragment<'_>, out: &mut dyn Sink) {
    for header in fragment.headers() {
        let text = matches!(header.group, 110 | 111);
        let is_static = matches!(header.group, 1 | 3 | 10 | 20 | 21 | 30 | 31 | 40 | 110);
        if header.data.is_empty() || !(is_static || matches!(header.group, 2 | 4 | 11 | 22 | 23 | 32 | 33 | 42 | 111)) {
            continue;
        }
        let block: Coded = targets::block(&header, link.source);
        if is_static && out.unchanged(ctx, ctx.direction, block, header.data) {
            continue;
        }
        for item in header.items() {
            let Some(index) = item.index else { continue };
            let point = Target::Coded(targets::points(header.group, index, 1, link.source));
            let mut say = |value, quality| {
                out.measurement(ctx, NAME, Measurement { device: ctx.direction, point, value, quality });
            };
            if text {
                let value = String::from_utf8_lossy(item.data.octets());
                say(Value::Text(value.trim_end_matches('\0')), "good");
            } else if let Some(reading) = values::reading(&header, &item) {
                say(reading.value, values::quality(header.group, reading.flags));
            }
        }
    }
}

/// Device attributes of the default set (index 0).
fn attributes(ctx: &Context<'_>, fragment: &Fragment<'_>, out: &mut dyn Sink) {
    for header in fragment.headers().filter(|header| header.group == 0) {
        let (attribute, confidence) = match header.variation {
            242 => (Attribute::Firmware, 90),
            243 => (Attribute::Hardware, 90),
            245 => (Attribute::Description, 60),
            247 => (Attribute::Name, 80),
            248 => (Attribute::Serial, 90),
            250 => (Attribute::Model, 90),
            252 => (Attribute::Vendor, 90),
            _ => continue,
        };
        for item in header.items().filter(|item| item.index.unwrap_or(0) == 0) {
            let value = values::attribute_text(item.data.octets()).unwrap_or_default();
            if !value.is_empty() {
                let about = About::Sender;
                out.evidence(ctx, NAME, Evidence { about, attribute, value: &value, source: "device_attributes", confidence });
            }
        }
    }
}

/// What is wrong with a fragment.
fn complain(ctx: &Context<'_>, fragment: &Fragment<'_>, out: &mut dyn Sink) {
    if !names::is_known(fragment.function) {
        let detail = format!("{}", fragment.function).into();
        out.anomaly(ctx, NAME, Anomaly { kind: "unknown_function", detail });
        return;
    }
    let mut headers = fragment.headers();
    let last = headers.by_ref().last();
    let kind = match headers.fault {
        None => return,
        Some(Fault::Truncated) => "truncated_object",
        Some(Fault::Unknown) => "unknown_object",
        Some(Fault::Range) => "bad_range",
    };
    let detail = last
        .map(|h| format!("{} {}.{} qualifier 0x{:02x}", names::function(fragment.function), h.group, h.variation, h.qualifier));
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.unwrap_or_default().into() });
}
