//! The fields of one message, for `decode`.

use super::blocks::{Args, Block, Blocks, kind};
use super::connect::{self, Ar, Iocr};
use super::operations::hex;
use super::records::{self, Im0, InterfaceReal, Item, PortReal};
use super::rpc::{self, Header, Uuid, packet_type};
use super::status::Status;
use super::{alarm, names};
use crate::hints::clean;
use wf_wire::{MessageWriter, Reader};

/// Octets of other blocks that are written.
const OCTETS_MAX: usize = 256;
/// Forms of floating point numbers by their code (C706, 14.2.5).
const FLOATS: [&str; 4] = ["ieee", "vax", "cray", "ibm"];
/// Blocks within blocks that are written.
const DEPTH_MAX: u8 = 3;

/// The header of a packet.
pub fn head(m: &mut MessageWriter<'_>, header: &Header) {
    m.text("packet_type", packet_type(header.kind)).text("interface", header.interface.name());
    m.num("opnum", header.opnum).text("operation", names::operation(header.interface, header.opnum));
    m.show("activity", header.activity).num("sequence", header.sequence).show("object", header.object);
    m.num("server_boot", header.boot).num("interface_version", header.version).num("authentication", header.authentication);
    if header.is_fragment() {
        m.num("fragment", header.fragment).flag("last_fragment", header.is_last());
    }
    m.num("flags", header.flags).num("flags2", header.flags2);
    m.text("integers", if header.little { "little_endian" } else { "big_endian" });
    m.text("characters", if header.ebcdic { "ebcdic" } else { "ascii" });
    m.text("floats", FLOATS.get(usize::from(header.float)).copied().unwrap_or("unknown"));
    m.num("serial", header.serial).show("interface_uuid", header.interface_uuid);
    let [interface, activity] = header.hints;
    m.num("interface_hint", interface).num("activity_hint", activity).num("length", header.length);
}

/// What an acknowledgement of fragments says (C706, 12.5.3.3); what is missing is left out.
fn acknowledged(m: &mut MessageWriter<'_>, body: &[u8], little: bool) -> Option<()> {
    let mut r = Reader::new(body);
    let [version, _] = r.array().ok()?;
    let window = rpc::short(&mut r, little).ok()?;
    m.num("ack_version", version).num("ack_window", window);
    let (whole, fragment) = (rpc::long(&mut r, little).ok()?, rpc::long(&mut r, little).ok()?);
    let (serial, count) = (rpc::short(&mut r, little).ok()?, rpc::short(&mut r, little).ok()?);
    m.num("ack_message_max", whole).num("ack_fragment_max", fragment).num("ack_serial", serial).num("ack_words", count);
    m.nums("ack_selected", (0..count.min(64)).map_while(|_| rpc::long(&mut r, little).ok()));
    Some(())
}

fn status(m: &mut MessageWriter<'_>, status: Status) {
    m.num("status", status.number());
    if !status.is_ok() {
        m.text("error_service", status.service()).text("error_decode", status.decode_name());
        m.num("error_code1", status.code1).num("error_code2", status.code2).text("error", &status.reason());
    }
}

/// Arguments and blocks of a whole request or answer.
pub fn body(m: &mut MessageWriter<'_>, header: &Header, args: &[u8]) {
    if matches!(header.kind, rpc::FAULT | rpc::REJECT) {
        if let Ok(code) = rpc::long(&mut Reader::new(args), header.little) {
            m.show("fault", format_args!("0x{code:08x}"));
        }
        return;
    }
    if header.kind == rpc::FACK {
        acknowledged(m, args, header.little);
        return;
    }
    if !header.interface.is_profinet() {
        if let (rpc::RESPONSE, Some([model, order, hardware, software])) = (header.kind, records::annotation(args, header.little))
        {
            m.text("model", &clean(model)).text("order_number", &clean(order));
            m.text("hardware", &clean(hardware)).text("software", &clean(software));
        }
        return;
    }
    let mut r = Reader::new(args);
    let Ok(head) = Args::read(&mut r, header.little, header.kind == rpc::RESPONSE) else { return };
    m.opt("args_max", head.max).num("args_length", head.length);
    if let Some(code) = head.status {
        status(m, code);
    }
    blocks(m, "blocks", Blocks::new(r.rest()), DEPTH_MAX);
}

fn blocks(m: &mut MessageWriter<'_>, name: &str, blocks: Blocks<'_>, depth: u8) {
    m.objects(name, blocks, |m, block| one(m, &block, depth));
}

fn uuid(m: &mut MessageWriter<'_>, ar: &Uuid) {
    m.show("ar_uuid", ar);
}

fn one(m: &mut MessageWriter<'_>, block: &Block<'_>, depth: u8) {
    m.num("type", block.kind).text("name", names::block(block.kind));
    if let Some(h) = block.record_header() {
        uuid(m, &h.ar);
        m.num("record_sequence", h.sequence).num("api", h.api).num("slot", h.slot).num("subslot", h.subslot);
        m.num("index", h.index).text("record", names::index(h.index).unwrap_or("")).num("length", h.length);
        if block.kind == kind::WRITE_RES {
            status(m, h.status);
        }
        record(m, &h.index, block.record, depth);
        return;
    }
    if let Some(c) = block.control() {
        uuid(m, &c.ar);
        m.num("session", c.session).num("alarm", c.alarm).num("command", c.command);
        m.text("command_name", names::command(c.command)).num("properties", c.properties);
        return;
    }
    match block.kind {
        kind::AR_REQ | kind::AR_RES => relation(m, block),
        kind::IOCR_REQ | kind::IOCR_RES => cyclic(m, block),
        kind::ALARM_CR_REQ | kind::ALARM_CR_RES => alarm_connection(m, block),
        kind::EXPECTED_SUBMODULE
        | kind::MODULE_DIFF
        | kind::REAL_IDENTIFICATION
        | kind::EXPECTED_IDENTIFICATION
        | 0x0030..=0x0032 => {
            modules(m, block);
        }
        kind::MULTIPLE | kind::IM5 if depth > 0 => blocks(m, "blocks", records::inner(block), depth - 1),
        kind::DIAGNOSIS => diagnosis(m, block),
        _ => said(m, block),
    }
}

/// A record is a list of blocks, or its maker's own.
fn record(m: &mut MessageWriter<'_>, index: &u16, bytes: &[u8], depth: u8) {
    if *index >= 0x8000 && depth > 0 && Blocks::new(bytes).next().is_some_and(|b| !b.cut && names::block(b.kind) != "unknown") {
        blocks(m, "blocks", Blocks::new(bytes), depth - 1);
    } else if !bytes.is_empty() {
        m.hex("data", bytes.get(..OCTETS_MAX).unwrap_or(bytes));
    }
}

fn relation(m: &mut MessageWriter<'_>, block: &Block<'_>) {
    let Some(ar) = Ar::read(block) else { return };
    uuid(m, &ar.uuid);
    m.num("ar_type", ar.kind).text("ar_type_name", names::ar_type(ar.kind)).num("session", ar.session).show("mac", ar.mac);
    if block.kind == kind::AR_REQ {
        m.show("controller_object", ar.object).num("properties", ar.properties).num("timeout_100ms", ar.timeout);
        m.text("station", &clean(ar.station));
    }
    m.num("rt_port", ar.port);
}

fn cyclic(m: &mut MessageWriter<'_>, block: &Block<'_>) {
    let Some(cr) = Iocr::read(block) else { return };
    m.num("iocr_type", cr.kind).text("iocr_type_name", names::iocr_type(cr.kind));
    m.num("reference", cr.reference).num("frame_id", cr.frame_id);
    if block.kind == kind::IOCR_RES {
        return;
    }
    m.num("data_length", cr.length).num("class", cr.properties & 0xf).num("cycle_us", cr.cycle_us());
    m.num("watchdog", cr.watchdog).num("data_hold", cr.hold);
    let mut places = Vec::new();
    cr.objects(|place| places.push(place));
    m.objects("objects", places, |m, place| {
        m.num("slot", place.slot).num("subslot", place.subslot).num("offset", place.offset);
        m.flag("consumer_status", place.is_status);
    });
}

fn alarm_connection(m: &mut MessageWriter<'_>, block: &Block<'_>) {
    let mut r = block.reader();
    let Ok(kind) = r.u16() else { return };
    m.num("alarm_cr_type", kind);
    if block.kind == kind::ALARM_CR_REQ {
        let Ok([_, _, a, b, c, d, t0, t1, r0, r1]) = r.array() else { return };
        m.num("properties", u32::from_be_bytes([a, b, c, d])).num("timeout_100ms", u16::from_be_bytes([t0, t1]));
        m.num("retries", u16::from_be_bytes([r0, r1]));
    }
    m.opt("reference", r.u16().ok()).opt("data_max", r.u16().ok());
}

fn modules(m: &mut MessageWriter<'_>, block: &Block<'_>) {
    let mut all = Vec::new();
    connect::modules(block, |module| all.push(*module));
    m.objects("modules", all, |m, module| {
        m.num("api", module.api).num("slot", module.slot).num("module", module.ident);
        if block.kind == kind::MODULE_DIFF {
            m.text("state", names::module_state(module.state));
        }
        if let Some(sub) = module.submodule {
            m.num("subslot", sub.subslot).num("submodule", sub.ident);
            if block.kind == kind::MODULE_DIFF {
                m.num("submodule_state", sub.state).text("submodule_is", names::submodule_state(sub.state).unwrap_or("ok"));
            }
            let [input, output] = sub.data;
            if block.kind == kind::EXPECTED_SUBMODULE {
                m.num("input_length", input).num("output_length", output);
            }
        }
    });
}

fn diagnosis(m: &mut MessageWriter<'_>, block: &Block<'_>) {
    let mut all = Vec::new();
    records::diagnosis(block, |slot, subslot, d| all.push((slot, subslot, *d)));
    m.objects("diagnoses", all, |m, (slot, subslot, d)| {
        m.num("slot", slot).num("subslot", subslot);
        item(m, &Item::Diagnosis(d));
    });
}

fn item(m: &mut MessageWriter<'_>, item: &Item<'_>) {
    match item {
        Item::Diagnosis(d) => {
            m.num("channel", d.channel).num("channel_properties", d.properties).num("channel_error", d.error);
            m.opt("extended_error", d.extended).text("error", names::channel_error(d.error));
            m.text("specifier", names::specifier(d.properties)).text("severity", names::severity(d.properties));
        }
        Item::Maintenance(status) => {
            m.flag("maintenance_required", status & 1 != 0).flag("maintenance_demanded", status & 2 != 0);
        }
        Item::Other(identifier, bytes) => {
            m.num("structure", *identifier).text("structure_name", names::user_structure(*identifier));
            m.hex("data", bytes.get(..OCTETS_MAX).unwrap_or(bytes));
        }
    }
}

/// Blocks with a form of their own, and octets of the others.
fn said(m: &mut MessageWriter<'_>, block: &Block<'_>) {
    if let Some(im0) = Im0::read(block) {
        m.num("vendor_id", im0.vendor).text("order_number", &clean(im0.order)).text("serial", &clean(im0.serial));
        m.num("hardware", im0.hardware).text("software", &im0.firmware()).num("revision_counter", im0.counter);
        m.num("profile", im0.profile).num("supported", im0.supported);
    } else if let Some(interface) = InterfaceReal::read(block) {
        let [ip, mask, gateway] = interface.ip;
        m.text("chassis", &clean(interface.chassis)).show("mac", interface.mac);
        m.show("ip", ip).show("mask", mask).show("gateway", gateway);
    } else if let Some(port) = PortReal::read(block) {
        m.num("slot", port.place.0).num("subslot", port.place.1).text("port", &clean(port.port)).num("peers", port.peers);
        if let Some((peer, chassis, mac)) = port.peer {
            m.text("peer_port", &clean(peer)).text("peer_chassis", &clean(chassis)).show("peer_mac", mac);
        }
        m.num("mau_type", port.mau).num("link_state", port.link);
    } else if let Some(station) = connect::server_station(block) {
        m.text("station", &clean(station));
    } else if records::texts(block).iter().any(Option::is_some) {
        for (name, value) in records::texts(block).into_iter().flatten() {
            m.text(name, &clean(value));
        }
    } else if !block.body.is_empty() {
        m.text("data", &hex(block.body));
    }
}

/// An alarm.
pub fn acyclic(m: &mut MessageWriter<'_>, frame_id: u16, pdu: &alarm::Pdu<'_>) {
    m.num("frame_id", frame_id).text("priority", if frame_id == alarm::HIGH { "high" } else { "low" });
    m.num("pdu_type", pdu.kind).text("pdu", names::alarm_pdu(pdu.kind)).num("to", pdu.to).num("from", pdu.from);
    m.num("send_sequence", pdu.send).num("ack_sequence", pdu.ack);
    if let Some(code) = pdu.status() {
        status(m, code);
    }
    let Some(said) = pdu.notification() else { return };
    m.text("block", names::block(said.block)).num("alarm_type", said.kind).text("alarm", names::alarm(said.kind));
    m.num("api", said.api).num("slot", said.slot).num("subslot", said.subslot).num("specifier", said.specifier);
    m.opt("module", said.idents.map(|i| i.0)).opt("submodule", said.idents.map(|i| i.1));
    if let Some(code) = said.status {
        status(m, code);
    }
    let mut all = Vec::new();
    records::items(&mut said.items(), |item| all.push(item));
    if !all.is_empty() {
        m.objects("items", all, |m, one| item(m, &one));
    }
}
