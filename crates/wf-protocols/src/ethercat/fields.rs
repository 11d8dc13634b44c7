//! The fields of one message, for `decode`.

use super::frame::{Addressing, Datagram, Header};
use super::mailbox::{Content, Mail, Sdo};
use super::names;
use super::registers::{self, AL_CONTROL, AL_STATUS, AL_STATUS_CODE, MEMORY};
use super::settings;
use super::transfer::{number, text};
use std::fmt;
use wf_wire::{MessageWriter, Reader, Short};

/// Mailbox type of ADS over EtherCAT.
const AOE: u8 = 1;
/// Bytes of data that are shown.
const DATA_MAX: usize = 2048;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, d: &Datagram<'_>) {
    m.num("command", d.command).num("index", d.index);
    if !d.is_logical() {
        m.num("slave_address", d.slave()).num("offset_address", d.offset());
    }
    m.num("working_counter", d.counter).text("name", names::command(d.command).unwrap_or("unknown"));
    if d.is_logical() {
        m.num("logical_address", d.address);
    } else if d.addressing() != Addressing::Broadcast || d.offset() < MEMORY {
        register(m, d);
    }
    m.num("length", u32::try_from(d.data.len()).unwrap_or(0));
    if d.events != 0 {
        m.num("events", d.events);
    }
    if d.circulating {
        m.flag("circulating", true);
    }
    match Mail::find(d.data).filter(|_| !d.is_logical() && d.offset() >= MEMORY) {
        Some(mail) => mailbox(m, &mail),
        None => {
            m.hex("data", d.data.get(..DATA_MAX).unwrap_or(d.data));
        }
    }
}

fn register(m: &mut MessageWriter<'_>, d: &Datagram<'_>) {
    let Some(register) = registers::at(d.offset()) else { return };
    m.text("register", register.name);
    let low = |at| d.register(at, 1).and_then(<[u8]>::first).map(|low| u16::from(*low));
    if let Some(control) = d.word(AL_CONTROL).or_else(|| low(AL_CONTROL)) {
        m.text("wanted_state", names::state(control));
    }
    if let Some(status) = d.word(AL_STATUS).or_else(|| low(AL_STATUS)) {
        m.text("state", names::state(status)).flag("state_error", status & 16 != 0);
    }
    if let Some(code) = d.word(AL_STATUS_CODE) {
        m.text("status_code", names::status_code(code));
    }
    if d.offset() == 0 && d.counter > 0 {
        let _ = controller(m, d.data);
    }
    if register.each > 0
        && d.counter > 0
        && let Some(value) = settings::value(d.offset(), d.data)
    {
        m.text("settings", &value);
    }
}

/// What a slave's controller is and has (IEC 61158-4-12, 6.1.1), as far as it was read.
fn controller(m: &mut MessageWriter<'_>, data: &[u8]) -> Result<(), Short> {
    let mut r = Reader::new(data);
    m.num("esc_type", r.u8()?).num("esc_revision", r.u8()?).num("esc_build", r.u16_le()?);
    m.num("fmmus", r.u8()?).num("sync_managers", r.u8()?).num("ram_kib", r.u8()?).num("port_kinds", r.u8()?);
    m.num("features", r.u16_le()?);
    Ok(())
}

/// Six numbers with dots between.
struct AmsId([u8; 6]);

impl fmt::Display for AmsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a}.{b}.{c}.{d}.{e}.{g}")
    }
}

/// ADS over EtherCAT: who asks whom for what (ETG.1020, 5).
fn ads(m: &mut MessageWriter<'_>, body: &[u8]) -> Result<(), Short> {
    let mut r = Reader::new(body);
    for (id, port) in [("target_id", "target_port"), ("source_id", "source_port")] {
        m.show(id, AmsId(r.array()?)).num(port, r.u16_le()?);
    }
    m.num("ads_command", r.u16_le()?).num("ads_flags", r.u16_le()?).num("ads_length", r.u32_le()?);
    m.num("ads_error", r.u32_le()?).num("ads_invoke", r.u32_le()?).hex("data", cut(r.rest()));
    Ok(())
}

/// A mailbox message.
pub fn mailbox(m: &mut MessageWriter<'_>, mail: &Mail<'_>) {
    m.text("mailbox", names::mailbox(mail.kind).unwrap_or("unknown")).num("mailbox_counter", mail.counter);
    if mail.address != 0 {
        m.num("mailbox_address", mail.address);
    }
    match mail.content() {
        Some(Content::Error(_, code)) => {
            m.text("mailbox_error", names::mailbox_error(code));
        }
        Some(Content::Eoe { kind, port, last, rest }) => {
            m.text("service", names::eoe(kind)).num("port", port).flag("last_fragment", last).hex("data", cut(rest));
        }
        Some(Content::Sdo { request, sdo }) => object(m, request, &sdo),
        Some(Content::Coe { number, service, rest }) => {
            m.text("service", names::coe_service(service).unwrap_or("unknown")).num("number", number);
            if let (8, Some(code)) = (service, rest.first()) {
                m.text("information", names::information(code & 0x7f));
            }
            m.hex("data", cut(rest));
        }
        Some(Content::Foe { code, number, rest }) => {
            m.text("service", names::foe(code).unwrap_or("unknown"));
            match code {
                1 | 2 => m.text("file", &crate::hints::clean(rest)).flag("password", number != 0),
                5 => m.text("outcome", names::foe_error(number)).text("text", &crate::hints::clean(rest)),
                _ => m.num("packet", number).hex("data", cut(rest)),
            };
        }
        Some(Content::Soe { code, error, drive, elements, number, rest, .. }) => {
            m.text("service", names::soe(code).unwrap_or("unknown")).num("drive", drive).num("idn", number);
            m.num("elements", elements).flag("error", error).hex("data", cut(rest));
        }
        None if mail.kind == AOE => {
            let _ = ads(m, mail.body);
        }
        None => {
            m.hex("data", cut(mail.body));
        }
    }
}

fn cut(bytes: &[u8]) -> &[u8] {
    bytes.get(..DATA_MAX).unwrap_or(bytes)
}

fn object(m: &mut MessageWriter<'_>, request: bool, sdo: &Sdo<'_>) {
    m.text("service", if request { "sdo_request" } else { "sdo_response" });
    let name = match (request, sdo.command()) {
        (_, 4) => "abort",
        (true, 1) | (false, 3) => "download",
        (true, 0) | (false, 1) => "download_segment",
        (_, 2) => "upload",
        (true, 3) | (false, 0) => "upload_segment",
        _ => "unknown",
    };
    m.text("sdo", name);
    if name.ends_with("segment") {
        if sdo.command() == 0 {
            m.flag("last", sdo.is_last()).hex("data", cut(sdo.segment()));
        }
        return;
    }
    m.show("object", format_args!("0x{:04x}:{:02x}", sdo.index, sdo.sub)).flag("complete", sdo.is_complete());
    if let Some(code) = sdo.abort_code() {
        m.num("abort_code", code).text("outcome", names::abort(code));
    } else if matches!((request, sdo.command()), (true, 1) | (false, 2)) {
        if !sdo.is_expedited() {
            m.num("size", sdo.size()).hex("data", cut(sdo.rest));
        } else if let Some(number) = number(sdo.expedited()) {
            m.num("value", number);
        } else {
            m.text("value", &text(sdo.expedited()));
        }
    }
}

/// A frame that carries no datagrams.
pub fn write_frame(m: &mut MessageWriter<'_>, header: &Header, payload: &[u8], mail: Option<&Mail<'_>>) {
    m.num("frame_type", header.kind).text("name", names::frame_kind(header.kind));
    match mail {
        Some(mail) => mailbox(m, mail),
        None => {
            m.hex("data", cut(payload));
        }
    }
}
