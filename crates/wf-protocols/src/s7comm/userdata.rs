//! User data: functions in groups, asked, answered or pushed, their answers perhaps in several parts.

use super::Flow;
use super::address::{Item, Items};
use super::block;
use super::job::{self, Asked};
use super::names;
use super::pdu::{Kind, Userdata, group};
use super::programmer::{self, Variables};
use super::szl::{self, Szl};
use super::value::{self, DataItems};
use std::borrow::Cow;
use std::fmt;
use wf_wire::decode::{About, Coded, Context, Credential, Direction, Evidence, File, Measurement, Sink, Target, Value};
use wf_wire::{MessageWriter, Reader};

/// The data of user data: return code and bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body<'a> {
    /// Return code; 0xff is success.
    pub code: u8,
    /// The bytes behind return code, transport size and length.
    pub bytes: &'a [u8],
    /// The length reaches beyond the message.
    pub short: bool,
}

impl<'a> Body<'a> {
    /// Reads the data part; `None` where there is none.
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(data);
        let (code, size, len) = (r.u8().ok()?, r.u8().ok()?, r.u16().ok()?);
        let len = value::data_bytes(size, len);
        Some(Self { code, short: len > r.left(), bytes: r.take(len.min(r.left())).unwrap_or(&[]) })
    }
}

/// The outcome of an answer: the error of its parameters, else the return code of its data. An answer that has nothing to
/// return says "object does not exist" (0x0a) there without meaning an error.
pub fn outcome(head: &Userdata, body: Option<&Body<'_>>) -> Cow<'static, str> {
    match (head.error, body) {
        (0, Some(Body { code: 0x0a, bytes: [], .. })) => Cow::Borrowed("ok"),
        (0, Some(body)) => Cow::Borrowed(names::item_outcome(body.code)),
        (error, _) => names::outcome(error),
    }
}

/// Writes what user data say beyond the header.
pub fn write(m: &mut MessageWriter<'_>, head: &Userdata, body: Option<&Body<'_>>, subscription: Option<&[u8]>) {
    m.text("function_name", names::userdata(head).0).text("kind", names::kind(head.kind));
    if let Some(mode) = head.mode {
        m.text("mode", names::transition(mode));
        return;
    }
    m.num("sequence", head.sequence).opt("r_id", head.r_id);
    if head.kind == Kind::Response {
        m.num("data_unit", head.data_unit).flag("last_data_unit", !head.more).num("parameter_error", head.error);
    }
    let Some(body) = body else { return };
    m.num("return_code", body.code);
    match (head.group, head.subfunction) {
        (group::CPU, Some(1)) => write_szl(m, head, body.bytes),
        (group::CPU, Some(2)) if head.kind == Kind::Request => {
            m.text("user_name", &szl::text(body.bytes.get(2..).unwrap_or(&[]), 8)).opt("events", body.bytes.first().copied());
        }
        (group::CPU, Some(3)) => write_diagnostic(m, body.bytes),
        (group::BLOCK, Some(subfunction)) => write_blocks(m, head, subfunction, body.bytes),
        (group::CYCLIC, _) => write_cyclic(m, head, body.bytes, subscription),
        (group::PROGRAMMER, Some(2 | 8 | 9)) if head.kind == Kind::Request => write_variables(m, body.bytes),
        (group::TIME, _) => {
            if let Some(clock) = clock(body.bytes) {
                m.text("clock", &clock);
            }
        }
        (group::SECURITY, _) => {
            m.num("secret_bytes", body.bytes.len() as u64);
        }
        (group::NC, _) => {
            if let Some(name) = nc_file(head, body.bytes) {
                m.text("file_name", &name);
            }
        }
        _ => {
            m.hex("data", body.bytes.get(..256).unwrap_or(body.bytes));
        }
    }
}

fn write_szl(m: &mut MessageWriter<'_>, head: &Userdata, bytes: &[u8]) {
    match (head.kind, Szl::parse(bytes)) {
        (Kind::Response, Ok(list)) => list.write(m),
        _ => {
            if let [a, b, c, d, ..] = bytes {
                m.num("szl_id", u16::from_be_bytes([*a, *b])).num("szl_index", u16::from_be_bytes([*c, *d]));
            }
        }
    }
}

fn write_variables(m: &mut MessageWriter<'_>, bytes: &[u8]) {
    let Some(variables) = Variables::request(bytes) else { return };
    let mut values = variables.values.clone();
    m.objects("items", variables, |w, item| {
        w.show("address", item);
        if let Some(Ok(value)) = values.next() {
            w.text("value", &value::text(&item, value.bytes));
        }
    });
}

fn write_diagnostic(m: &mut MessageWriter<'_>, bytes: &[u8]) {
    let mut r = Reader::new(bytes);
    if let (Ok(event), Ok(priority), Ok(ob)) = (r.u16(), r.u8(), r.u8()) {
        m.show("event", format_args!("0x{event:04x}")).num("priority", priority).num("ob", ob);
    }
    if let Some(Ok(stamp)) = bytes.get(12..20).map(<[u8; 8]>::try_from) {
        m.text("event_time", &date_time(stamp));
    }
}

fn write_blocks(m: &mut MessageWriter<'_>, head: &Userdata, subfunction: u8, bytes: &[u8]) {
    match (subfunction, head.kind) {
        (1, Kind::Response) => {
            m.objects("blocks", bytes.chunks_exact(4), |w, entry| {
                if let [a, b, c, d] = entry {
                    let number = u16::from_be_bytes([*c, *d]);
                    w.text("type", block::type_name([*a, *b]).unwrap_or("unknown")).num("count", number);
                }
            });
        }
        (2, Kind::Response) => {
            m.objects("blocks", bytes.chunks_exact(4), |w, entry| {
                if let [a, b, flags, code] = entry {
                    let number = u16::from_be_bytes([*a, *b]);
                    w.num("number", number).num("flags", *flags).text("language", block::language(*code));
                }
            });
        }
        (2 | 3, _) if head.kind == Kind::Request => {
            if let Some(target) = block_target(subfunction, bytes) {
                m.text("block", &target);
            }
        }
        (3, Kind::Response) => write_block_info(m, bytes),
        _ => {}
    }
}

/// Block information: fixed places of type, number, sizes, author, family, name and version.
fn write_block_info(m: &mut MessageWriter<'_>, bytes: &[u8]) {
    let mut r = Reader::new(bytes);
    let Ok([flags, language, subtype]) = r.skip(9).and_then(|()| r.array::<3>()) else { return };
    let (Ok(number), Ok(load_size), Ok(protection)) = (r.u16(), r.u32(), r.u32()) else { return };
    m.num("block_flags", flags).text("language", block::language(language));
    m.show("block", format_args!("{}{number}", block::subtype_name(subtype)));
    m.num("load_size", load_size).flag("protected", protection != 0);
    let lengths = r.skip(12).and_then(|()| r.skip(6)).and_then(|()| r.u16());
    if let Ok(code_size) = lengths {
        m.num("code_size", code_size);
    }
    for name in ["author", "family", "header_name"] {
        if let Ok(field) = r.take(8) {
            m.text(name, &szl::text(field, 8));
        }
    }
    if let Ok(version) = r.u8() {
        m.show("version", format_args!("{}.{}", version >> 4, version & 15));
    }
}

fn block_target(subfunction: u8, bytes: &[u8]) -> Option<String> {
    let kind = [bytes.first().copied()?, bytes.get(1).copied()?];
    let name = block::type_name(kind)?;
    match (subfunction, bytes.get(2..7)) {
        (3, Some(number)) => Some(format!("{name}{}", szl::text(number, 5).trim_start_matches('0').parse::<u32>().unwrap_or(0))),
        _ => Some(name.to_owned()),
    }
}

/// Items of a request for cyclic data: item count, time base and factor, items.
fn cyclic_items(request: &[u8]) -> Items<'_> {
    let count = request.get(..2).map_or(0, |c| c.iter().fold(0, |n, b| n << 8 | u16::from(*b)));
    Items::new(request.get(4..).unwrap_or(&[]), count)
}

fn cyclic_data(bytes: &[u8]) -> DataItems<'_> {
    let count = bytes.get(..2).map_or(0, |c| c.iter().fold(0, |n, b| n << 8 | u16::from(*b)));
    DataItems::new(bytes.get(2..).unwrap_or(&[]), count)
}

fn asks_for_values(head: &Userdata) -> bool {
    head.group == group::CYCLIC && matches!(head.subfunction, Some(1 | 5 | 7))
}

fn write_cyclic(m: &mut MessageWriter<'_>, head: &Userdata, bytes: &[u8], subscription: Option<&[u8]>) {
    if !asks_for_values(head) {
        m.hex("data", bytes.get(..256).unwrap_or(bytes));
        return;
    }
    if head.kind == Kind::Request {
        m.opt("interval_base", bytes.get(2).copied()).opt("interval_factor", bytes.get(3).copied());
        m.texts("addresses", cyclic_items(bytes).map_while(Result::ok));
        return;
    }
    let mut rows = Vec::new();
    if let Some(request) = subscription {
        job::pair(cyclic_items(request), Some(cyclic_data(bytes)), |item, data| rows.push((Some(item), data)));
    } else {
        rows.extend(cyclic_data(bytes).map_while(Result::ok).map(|d| (None, Some(d))));
    }
    m.objects("items", rows, |w, (item, data): (Option<Item>, _)| {
        if let Some(item) = &item {
            w.show("address", item);
        }
        if let Some(data) = data {
            w.num("return_code", data.code);
            match item {
                Some(item) => w.text("value", &value::text(&item, data.bytes)).hex("data", data.bytes),
                None => w.hex("data", data.bytes),
            };
        }
    });
}

/// A clock value: two bytes, then BCD date and time.
fn clock(bytes: &[u8]) -> Option<String> {
    let stamp = bytes.get(2..10)?.try_into().ok()?;
    Some(date_time(stamp))
}

fn date_time(bcd: [u8; 8]) -> String {
    let mut text = String::new();
    let _ = value::show_date_time(bcd, &mut text);
    text
}

fn nc_file(head: &Userdata, bytes: &[u8]) -> Option<String> {
    match (head.kind, head.subfunction) {
        (Kind::Request, Some(1)) => Some(szl::text(bytes, 128)),
        (Kind::Request, Some(6)) => bytes.get(2..).map(|name| szl::text(name, 128)),
        _ => None,
    }
}

fn show_szl(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [id, index, ..] = *numbers;
    write!(f, "szl {id:04x}.{index:04x}")
}

/// Tells what a request came to: `outcome` from the answer, or that none can come.
pub fn tell(ctx: &Context<'_>, asked: &Asked<'_>, head: &Userdata, outcome: Cow<'static, str>, out: &mut dyn Sink) {
    let body = Body::parse(asked.pdu.data).unwrap_or_default();
    let function = names::userdata(head);
    let mut one = |target: Target<'_>, value: Option<String>, outcome: Cow<'static, str>| {
        job::tell_one(ctx, asked, function, target, value.map(Cow::Owned), outcome, out);
    };
    match (head.group, head.subfunction, body.bytes) {
        (group::CPU, Some(1), [a, b, c, d, ..]) => {
            let numbers = [u64::from(u16::from_be_bytes([*a, *b])), u64::from(u16::from_be_bytes([*c, *d])), 0, 0];
            one(Target::Coded(Coded { numbers, show: show_szl }), None, outcome);
        }
        (group::BLOCK, Some(subfunction @ (2 | 3)), bytes) => {
            let target = block_target(subfunction, bytes);
            one(target.as_deref().map_or(Target::None, Target::Text), None, outcome);
        }
        (group::TIME, Some(2 | 4), bytes) => one(Target::None, clock(bytes), outcome),
        (group::NC, _, bytes) => {
            let name = nc_file(head, bytes);
            one(name.as_deref().map_or(Target::None, Target::Text), None, outcome);
            if let Some(name) = name.as_deref().filter(|n| !n.is_empty()) {
                let direction = if head.subfunction == Some(1) { asked.actor } else { asked.actor.reverse() };
                out.file(ctx, super::NAME, File { name, size: None, direction });
            }
        }
        (group::CYCLIC, _, bytes) if asks_for_values(head) => {
            for item in cyclic_items(bytes).map_while(Result::ok) {
                one(Target::Coded(item.coded()), None, outcome.clone());
            }
        }
        (group::PROGRAMMER, Some(2 | 8 | 9), bytes) => match Variables::request(bytes) {
            Some(variables) => {
                let mut values = variables.values.clone();
                for item in variables {
                    let value = values.next().and_then(Result::ok).map(|v| value::text(&item, v.bytes));
                    one(Target::Coded(item.coded()), value, outcome.clone());
                }
            }
            None => one(Target::None, None, outcome),
        },
        _ => one(Target::None, None, outcome),
    }
}

/// What a request means at once, before its answer: a password that crosses the wire.
pub fn asked(ctx: &Context<'_>, head: &Userdata, secret: &[u8], out: &mut dyn Sink) {
    if (head.group, head.subfunction, head.kind) == (group::SECURITY, Some(1), Kind::Request) {
        out.credential(ctx, super::NAME, Credential { scheme: "password", user: None, secret });
    }
}

/// What a whole answer or push says about its sender: identity, mode, values.
pub fn said(flow: &Flow, ctx: &Context<'_>, head: &Userdata, bytes: &[u8], out: &mut dyn Sink) {
    let device = ctx.direction;
    if let Some(mode) = head.mode {
        return mode_is(ctx, device, names::transition(mode), out);
    }
    let subscribed = asks_for_values(head).then(|| flow.subscriptions.get(head.group, head.sequence)).flatten();
    if let Some(request) = subscribed {
        job::pair(cyclic_items(request), Some(cyclic_data(bytes)), |item, data| {
            if let Some(data) = data.filter(|d| d.code == 0xff) {
                job::tell_values(ctx, device, &item, data.bytes, out);
            }
        });
    }
    if (head.group, head.subfunction, head.kind) == (group::PROGRAMMER, Some(2), Kind::Push) {
        let watched = flow.subscriptions.get(group::PROGRAMMER, head.sequence).and_then(Variables::request);
        if let (Some(variables), Some(values)) = (watched, programmer::watched(bytes)) {
            for (item, data) in variables.zip(values.map_while(Result::ok)).filter(|(_, data)| data.code == 0xff) {
                job::tell_values(ctx, device, &item, data.bytes, out);
            }
        }
    }
    if (head.group, head.subfunction) != (group::CPU, Some(1)) {
        return;
    }
    let Ok(list) = Szl::parse(bytes) else { return };
    list.identity(|attribute, value| {
        out.evidence(ctx, super::NAME, Evidence { about: About::Sender, attribute, value, source: "szl", confidence: 85 });
    });
    if let (0x24, Some(code)) = (list.list(), list.records.get(3)) {
        mode_is(ctx, device, names::mode(*code), out);
    }
}

fn mode_is(ctx: &Context<'_>, device: Direction, mode: &'static str, out: &mut dyn Sink) {
    let point = Target::Text("operating_mode");
    let block = Coded { numbers: [u64::MAX, 0, 0, 0], show: |_, f| f.write_str("operating_mode") };
    if !out.unchanged(ctx, device, block, mode.as_bytes()) {
        out.measurement(ctx, super::NAME, Measurement { device, point, value: Value::Text(mode), quality: "good" });
    }
}
