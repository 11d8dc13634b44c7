//! Who called what with which outcome, told at the answer; and what stations say of themselves.

use super::NAME;
use super::blocks::{Args, Block, Blocks, RecordHeader, kind};
use super::connect::{self, Ar, Iocr};
use super::names;
use super::plant::{Call, Plant, Relation, Stream, hosts};
use super::records::{self, Im0, InterfaceReal, PortReal};
use super::rpc::{Interface, Uuid};
use super::status::Status;
use crate::hints::{bounded, clean};
use crate::profinet_dcp::vendor;
use std::borrow::Cow;
use std::fmt::{self, Write};
use std::net::IpAddr;
use wf_model::{Attribute, Category, Mac};
use wf_wire::Reader;
use wf_wire::decode::{About, Anomaly, Coded, Context, Direction, Evidence, Moment, Operation, Sink, Target};

/// Text of values, in octets.
const VALUE_MAX: usize = 200;

/// Process, slot, subslot, index: `slot 2 subslot 0x0001 pd_port_data_adjust`.
fn show_record(n: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [api, slot, subslot, index] = *n;
    if api != 0 {
        write!(f, "api {api:#x} ")?;
    }
    write!(f, "slot {slot:#x} subslot {subslot:#x}")?;
    match u16::try_from(index).ok().map(|index| (index, names::index(index))) {
        None => Ok(()),
        Some((_, Some(name))) => write!(f, " {name}"),
        Some((index, None)) => write!(f, " index {index:#06x}"),
    }
}

/// A record.
pub fn record(h: &RecordHeader) -> Coded {
    Coded { numbers: [h.api.into(), h.slot.into(), h.subslot.into(), h.index.into()], show: show_record }
}

/// A submodule.
pub fn submodule(api: u32, slot: u16, subslot: u16) -> Coded {
    Coded { numbers: [api.into(), slot.into(), subslot.into(), u64::MAX], show: show_record }
}

/// Octets in hexadecimal digits, cut at what a value may have.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len().min(VALUE_MAX / 2) + 3);
    for byte in bytes.iter().take(VALUE_MAX / 2) {
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > VALUE_MAX / 2 {
        text.push('…');
    }
    text
}

/// A call as it is told: its context, its moment, who acts.
struct Teller<'a, 'b> {
    ctx: &'a Context<'b>,
    at: Moment,
    actor: Direction,
    out: &'a mut dyn Sink,
}

impl Teller<'_, '_> {
    fn say(
        &mut self,
        function: &'static str,
        category: Category,
        target: Target<'_>,
        value: Option<String>,
        outcome: Cow<'static, str>,
    ) {
        let (at, actor, value) = (self.at, self.actor, value.map(Cow::Owned));
        self.out.operation(self.ctx, NAME, Operation { at, actor, function, category, target, value, outcome });
    }

    fn raise(&mut self, kind: &'static str, detail: String) {
        self.out.anomaly(self.ctx, NAME, Anomaly { kind, detail: detail.into() });
    }
}

/// The outcome of an operation without an answer of its own.
pub const UNANSWERED: &str = "unanswered";

/// An answer, whole.
pub struct Answer<'a> {
    /// Of which interface.
    pub interface: Interface,
    /// Which operation.
    pub opnum: u16,
    /// Its arguments.
    pub args: &'a [u8],
    /// Their byte order.
    pub little: bool,
}

/// A call is over: answered, refused (`refusal`), or without an answer.
pub fn settle(
    ctx: &Context<'_>,
    call: Option<&Call>,
    answer: Option<&Answer<'_>>,
    refusal: &'static str,
    plant: &mut Plant,
    out: &mut dyn Sink,
) {
    let own = call.map(|call| call.ends.context(ctx));
    let (at, actor) = call.map_or((ctx.now, ctx.direction.reverse()), |call| (call.at, Direction::ToServer));
    let Some((interface, opnum)) = call.map(|c| (c.interface, c.opnum)).or(answer.map(|a| (a.interface, a.opnum))) else {
        return;
    };
    let mut t = Teller { ctx: own.as_ref().unwrap_or(ctx), at, actor, out };
    if !interface.is_profinet() {
        let function = names::operation(interface, opnum);
        if interface == Interface::EndpointMapper {
            t.say(
                function,
                Category::Diagnostic,
                Target::None,
                None,
                Cow::Borrowed(if answer.is_some() { "ok" } else { refusal }),
            );
        }
        return;
    }
    let asked = call.map(|call| (call.args.as_slice(), call.little));
    let mut request = Reader::new(asked.map_or(&[], |(args, _)| args));
    let _ = Args::read(&mut request, asked.is_some_and(|(_, little)| little), false);
    let mut reply = Reader::new(answer.map_or(&[], |a| a.args));
    let status = answer.and_then(|a| Args::read(&mut reply, a.little, true).ok()).and_then(|args| args.status);
    let outcome = status.map_or(Cow::Borrowed(refusal), Status::outcome);
    let (request, reply) = (Blocks::new(request.rest()), Blocks::new(reply.rest()));
    match opnum {
        0 => connected(&mut t, request, reply, status.is_some_and(Status::is_ok), outcome, plant),
        2 | 5 => read(&mut t, opnum, request, reply, outcome),
        3 => written(&mut t, request, reply, status, outcome),
        1 | 4 => controlled(&mut t, request, reply, outcome, plant),
        _ => {}
    }
}

fn connected(
    t: &mut Teller<'_, '_>,
    request: Blocks<'_>,
    reply: Blocks<'_>,
    ok: bool,
    outcome: Cow<'static, str>,
    plant: &mut Plant,
) {
    let asked = request.into_iter().find_map(|block| Ar::read(&block));
    let Some(ar) = asked.or_else(|| reply.into_iter().find_map(|block| Ar::read(&block))) else {
        return t.say("connect", Category::Control, Target::None, None, outcome);
    };
    let station = clean(ar.station);
    let mut relation = Relation {
        hosts: hosts(t.ctx),
        ar: ar.uuid,
        station: bounded(&station, VALUE_MAX).into(),
        controller: asked.map_or(Mac([0; 6]), |ar| ar.mac),
        device: reply.into_iter().find_map(|block| Ar::read(&block)).map_or(Mac([0; 6]), |ar| ar.mac),
        streams: request.filter_map(|block| Iocr::read(&block)).take(64).map(|iocr| Stream::of(&iocr)).collect(),
        released: false,
    };
    for iocr in reply.filter_map(|block| Iocr::read(&block)).take(64) {
        match relation.streams.iter_mut().find(|s| (s.reference, s.kind) == (iocr.reference, iocr.kind)) {
            Some(stream) => stream.frame_id = iocr.frame_id,
            None => relation.streams.push(Stream::of(&iocr)),
        }
    }
    let category = if ar.is_device_access() { Category::Diagnostic } else { Category::Control };
    t.say("connect", category, Target::Text(names::ar_type(ar.kind)), Some(wanted(&relation, request)), outcome);
    if !ok {
        return;
    }
    for block in reply.filter(|block| block.kind == kind::MODULE_DIFF) {
        mismatches(t, &block);
    }
    plant.relate(relation, t.out);
}

/// `by pc-worx, input 0xc002, output 0xc000, slots 0x0 0x1`.
fn wanted(relation: &Relation, request: Blocks<'_>) -> String {
    let mut text = String::new();
    if !relation.station.is_empty() {
        let _ = write!(text, "by {}, ", bounded(&relation.station, 80));
    }
    for stream in relation.streams.iter().take(8) {
        let _ = write!(text, "{} {:#06x}, ", names::iocr_type(stream.kind), stream.frame_id);
    }
    let mut last = None;
    for block in request.filter(|block| block.kind == kind::EXPECTED_SUBMODULE) {
        connect::modules(&block, |module| {
            if last != Some(module.slot) && text.len() < VALUE_MAX {
                let _ = write!(text, "{}{:#x}", if last.is_none() { "slots " } else { " " }, module.slot);
                last = Some(module.slot);
            }
        });
    }
    text.trim_end_matches([',', ' ']).to_owned()
}

/// What is plugged differs from what the controller expects.
fn mismatches(t: &mut Teller<'_, '_>, block: &Block<'_>) {
    connect::modules(block, |module| {
        let place = (module.slot, module.submodule.map_or(0, |s| s.subslot));
        let wrong = match (module.state, module.submodule.and_then(|s| names::submodule_state(s.state))) {
            (0 | 1, _) => names::module_state(module.state),
            (_, Some(state)) => state,
            _ => return,
        };
        t.raise("module_mismatch", format!("slot {:#x} subslot {:#x}: {wrong}", place.0, place.1));
    });
}

/// A header with the status that the call has where the header has none of its own.
fn written(t: &mut Teller<'_, '_>, request: Blocks<'_>, reply: Blocks<'_>, status: Option<Status>, outcome: Cow<'static, str>) {
    let headers = |blocks: Blocks<'_>| blocks.filter_map(|b| Some((b.record_header()?, hex(b.record)))).collect::<Vec<_>>();
    let answered = headers(reply);
    let asked = if request.clone().next().is_none() { answered.clone() } else { headers(request) };
    for (header, value) in asked {
        if header.index == super::blocks::MULTIPLE_WRITE {
            continue;
        }
        let own = answered.iter().find(|(a, _)| {
            (a.sequence, a.index, a.slot, a.subslot) == (header.sequence, header.index, header.slot, header.subslot)
        });
        let outcome = match (status, own) {
            (Some(Status::OK), Some((answer, _))) => answer.status.outcome(),
            _ => outcome.clone(),
        };
        let value = Some(value).filter(|value| !value.is_empty());
        t.say("write_record", Category::Configuration, Target::Coded(record(&header)), value, outcome);
    }
}

fn read(t: &mut Teller<'_, '_>, opnum: u16, request: Blocks<'_>, reply: Blocks<'_>, outcome: Cow<'static, str>) {
    let function = if opnum == 5 { "read_implicit" } else { "read_record" };
    let Some(header) = request.chain(reply).find_map(|block| block.record_header()) else { return };
    t.say(function, Category::Read, Target::Coded(record(&header)), None, outcome);
}

fn controlled(t: &mut Teller<'_, '_>, request: Blocks<'_>, reply: Blocks<'_>, outcome: Cow<'static, str>, plant: &mut Plant) {
    let of_answer = reply.clone().find_map(|b| b.control().map(|c| (b.kind, c)));
    let Some((block, control)) = request.clone().find_map(|b| b.control().map(|c| (b.kind, c))).or(of_answer) else { return };
    // An answer alone says by its block what was asked.
    let function = match (block, control.command) {
        (0x8110 | 0x8111, 8) => "parameter_end",
        (0x8112 | 0x8113, 8) => "application_ready",
        (0x8114, 8) => "release",
        (0x8116, 8) => "ready_for_companion",
        (0x8117, 8) => "ready_for_rt_class_3",
        (0x8118, 8) => "parameter_begin",
        (_, command) => names::command(command),
    };
    let category = match function {
        "release" => Category::Control,
        "parameter_end" | "parameter_begin" => Category::Configuration,
        _ => Category::Diagnostic,
    };
    let relation = plant.relation(hosts(t.ctx), &control.ar);
    let ok = outcome == "ok";
    let station = relation.map(|relation| {
        relation.released |= ok && function == "release";
        relation.station.clone()
    });
    match station {
        Some(station) if !station.is_empty() => {
            t.say(function, category, Target::Text(&format!("relation of {station}")), None, outcome);
        }
        _ => t.say(function, category, Target::Text(&format!("session {}", control.session)), None, outcome),
    }
    for block in request.filter(|block| block.kind == kind::MODULE_DIFF) {
        mismatches(t, &block);
    }
}

/// What the blocks of a message say of stations.
pub fn stations(ctx: &Context<'_>, object: &Uuid, is_answer: bool, blocks: Blocks<'_>, out: &mut dyn Sink) {
    let mut say = |about, attribute, value: &str, source, confidence| {
        if !value.is_empty() {
            out.evidence(ctx, NAME, Evidence { about, attribute, value, source, confidence });
        }
    };
    for block in blocks {
        if let Some(ar) = Ar::read(&block) {
            relation_ends(ctx, object, is_answer, &ar, &mut say);
        }
        if let Some(station) = connect::server_station(&block) {
            say(About::Sender, Attribute::Name, &clean(station), "ar", 85);
        }
        if block.kind == kind::READ_RES
            && let Some(header) = block.record_header()
        {
            // What stands in a slot behind the head is a module, not the device.
            for block in Blocks::new(block.record) {
                device(ctx, header.slot == 0, &block, &mut say);
            }
        }
    }
}

type Say<'a> = dyn FnMut(About, Attribute, &str, &'static str, u8) + 'a;

fn relation_ends(ctx: &Context<'_>, object: &Uuid, is_answer: bool, ar: &Ar<'_>, say: &mut Say<'_>) {
    let here = |address: Option<wf_model::Address>| match address {
        Some(wf_model::Address::Ip(ip)) => Some(ip),
        _ => None,
    };
    let about = About::Host { mac: Some(ar.mac), ip: here(ctx.src) };
    if !ar.mac.is_zero() && !ar.mac.is_group() {
        say(about, Attribute::MacAddress, &ar.mac.to_string(), "ar", 80);
    }
    if is_answer {
        return;
    }
    say(About::Sender, Attribute::Name, &clean(ar.station), "ar", 85);
    let named = |uuid: &Uuid| uuid.station().and_then(|(_, id)| vendor(id)).unwrap_or("");
    say(About::Sender, Attribute::Vendor, named(&ar.object), "ar", 80);
    say(About::Receiver, Attribute::Vendor, named(object), "ar", 80);
    match ar.kind {
        1 | 3 | 0x10 | 0x20 => say(About::Sender, Attribute::Role, "controller", "ar", 80),
        6 => say(About::Sender, Attribute::Role, "engineering_station", "ar", 60),
        _ => {}
    }
}

fn device(ctx: &Context<'_>, is_head: bool, block: &Block<'_>, say: &mut Say<'_>) {
    if let (true, Some(im0)) = (is_head, Im0::read(block)) {
        say(About::Sender, Attribute::Vendor, vendor(im0.vendor).unwrap_or(""), "im0", 90);
        say(About::Sender, Attribute::OrderNumber, &clean(im0.order), "im0", 95);
        say(About::Sender, Attribute::Serial, &clean(im0.serial), "im0", 95);
        say(About::Sender, Attribute::Hardware, &im0.hardware.to_string(), "im0", 90);
        say(About::Sender, Attribute::Firmware, &im0.firmware(), "im0", 95);
    }
    if is_head && block.kind == kind::IM1 {
        let parts = records::texts(block).into_iter().flatten().map(|(_, value)| clean(value));
        let both: Vec<Cow<'_, str>> = parts.filter(|part| !part.is_empty()).collect();
        say(About::Sender, Attribute::Description, &both.join(", "), "im1", 70);
    }
    if is_head && block.kind == kind::IM3 {
        for (_, value) in records::texts(block).into_iter().flatten() {
            say(About::Sender, Attribute::Description, &clean(value), "im3", 60);
        }
    }
    if block.kind == kind::MULTIPLE {
        for block in records::inner(block) {
            ports(ctx, &block, say);
        }
    }
    ports(ctx, block, say);
}

fn ports(_: &Context<'_>, block: &Block<'_>, say: &mut Say<'_>) {
    if let Some(interface) = InterfaceReal::read(block) {
        say(About::Sender, Attribute::Name, &clean(interface.chassis), "interface", 85);
        let [ip, ..] = interface.ip;
        if !ip.is_unspecified() && !interface.mac.is_zero() {
            let about = About::Host { mac: Some(interface.mac), ip: Some(IpAddr::V4(ip)) };
            say(about, Attribute::IpAddress, &ip.to_string(), "interface", 90);
        }
    }
    if let Some((_, chassis, mac)) = PortReal::read(block).and_then(|port| port.peer)
        && !mac.is_zero()
    {
        say(About::Host { mac: Some(mac), ip: None }, Attribute::Name, &clean(chassis), "neighbour", 60);
    }
}

/// What the endpoint mapper says of its device.
pub fn annotated(ctx: &Context<'_>, args: &[u8], little: bool, out: &mut dyn Sink) {
    let Some([model, order, hardware, software]) = records::annotation(args, little) else { return };
    let kinds = [
        (Attribute::Model, model),
        (Attribute::OrderNumber, order),
        (Attribute::Hardware, hardware),
        (Attribute::Firmware, software),
    ];
    for (attribute, value) in kinds {
        let value = clean(value);
        // `V  3  2  6` is 3.2.6.
        let value = if attribute == Attribute::Firmware { Cow::Owned(revision(&value)) } else { value };
        if !value.is_empty() {
            let (about, source) = (About::Sender, "endpoint");
            out.evidence(ctx, NAME, Evidence { about, attribute, value: &value, source, confidence: 85 });
        }
    }
}

fn revision(text: &str) -> String {
    let (prefix, numbers) = text.split_at(text.find(|c: char| c.is_ascii_digit() || c == ' ').unwrap_or(text.len()));
    let numbers: Vec<&str> = numbers.split_whitespace().collect();
    format!("{prefix}{}", numbers.join("."))
}
