//! The fields of one message, for `decode`.

use super::pdu::{Address, Commands, Header, Pdu};
use super::values::{self, Identity, Variable};
use super::{layout, names};
use std::net::{Ipv4Addr, Ipv6Addr};
use wf_wire::{MessageWriter, Reader, Short};

/// Bytes of one record of an audit log.
const SESSION: usize = 58;
/// Variables of one command that are written out.
const VARIABLES_MAX: usize = 16;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, header: &Header, body: &[u8]) {
    m.num("message_type", header.kind).num("message_id", header.id).num("status", header.status).num("sequence", header.sequence);
    match header.id {
        _ if header.is_error() => {}
        3 => pass_through(m, body),
        4 => direct(m, header, body),
        _ => {}
    }
    m.num("version", header.version).text("type_name", names::message_type(header.kind)).text("name", names::message(header.id));
    m.num("length", header.length);
    match (header.id, body) {
        (_, [code]) if header.is_error() => {
            m.num("error_code", *code);
        }
        (0, [host, a, b, c, d]) => {
            m.num("host_type", *host).num("inactivity_close_ms", u32::from_be_bytes([*a, *b, *c, *d]));
        }
        (5, _) => audit_log(m, header, body),
        _ => {}
    }
}

fn pass_through(m: &mut MessageWriter<'_>, body: &[u8]) {
    let Some(pdu) = Pdu::read(body) else { return };
    m.num("command", pdu.command).num("delimiter", pdu.delimiter);
    m.opt("byte_count", pdu.ending.0).opt("check_byte", pdu.ending.1);
    m.num("address_bits", pdu.address_bits);
    let frame = match pdu.delimiter & 7 {
        1 => "burst",
        2 => "request",
        6 => "answer",
        _ => "unknown",
    };
    m.text("frame_type", frame);
    match pdu.address {
        Address::Poll(poll) => m.num("poll_address", poll),
        Address::Unique(id) => m.show("device", format_args!("{id:010x}")),
    };
    let (number, data) = pdu.number();
    if number != u16::from(pdu.command) {
        m.num("extended_command", number);
    }
    m.text("function", names::command(number).0);
    if let Some((code, status)) = pdu.response {
        m.num("response_code", code).text("outcome", names::response(code)).num("device_status", status);
    }
    data_fields(m, number, pdu.response.map_or(0, |(_, status)| status), pdu.response.is_some(), data);
    if let Some(fault) = pdu.fault {
        m.text("fault", fault);
    }
}

fn data_fields(m: &mut MessageWriter<'_>, command: u16, status: u8, answer: bool, data: &[u8]) {
    if values::keys(command, data).is_some() {
        m.text("data", "hidden");
        return;
    }
    m.hex("data", data);
    layout::write(m, command, answer, data);
    for (name, text) in values::texts(command, data) {
        m.text(name, &text);
    }
    if answer || command == 79 {
        let mut found = Vec::new();
        values::variables(command, data, &mut |variable: Variable| {
            if found.len() < VARIABLES_MAX {
                found.push(variable);
            }
        });
        if !found.is_empty() {
            m.objects("variables", found, |m, v| {
                m.text("kind", v.kind.name()).num("code", v.code).num("unit", v.unit);
                m.text("unit_name", names::unit(v.unit)).float("value", f64::from(v.value)).text("quality", v.quality(status));
            });
        }
    }
    if answer
        && matches!(command, 0 | 11 | 21)
        && let Some(identity) = Identity::read(data)
    {
        m.num("device_type", identity.device_type).num("device_id", identity.device_id);
        m.num("hart_revision", identity.hart_revision).num("device_revision", identity.device_revision);
        m.num("software_revision", identity.software_revision).num("hardware_revision", identity.hardware_revision);
        m.num("manufacturer", identity.vendor);
    }
}

fn direct(m: &mut MessageWriter<'_>, header: &Header, body: &[u8]) {
    let mut status = Reader::new(body);
    m.opt("device_status", status.u8().ok()).opt("extended_status", status.u8().ok());
    let answer = header.kind != 0;
    m.objects("commands", Commands::new(body, answer), |m, command| {
        m.num("command", command.number).text("function", names::command(command.number).0);
        m.opt("response_code", command.response);
        m.num("byte_count", command.data.len() as u64 + u64::from(command.response.is_some()));
        data_fields(m, command.number, 0, answer, command.data);
    });
}

/// HCF_SPEC-085, 10.3.2: which records are asked for; in the answer, since when the server is up and who had sessions.
fn audit_log(m: &mut MessageWriter<'_>, header: &Header, body: &[u8]) {
    let mut r = Reader::new(body);
    m.opt("start_record", r.u8().ok()).opt("records", r.u8().ok());
    if header.kind != 0 {
        m.opt("power_up_time", r.u64().ok()).opt("security_change_time", r.u64().ok());
        m.opt("server_status", r.u16().ok()).opt("record_size", r.u16().ok()).num("record_bytes", r.left() as u64);
        m.objects("sessions", std::iter::from_fn(|| r.sub(SESSION).ok()), |m, mut session| {
            let _ = audit_record(m, &mut session);
        });
    }
}

/// Who had a session, from when to when, and what went over it.
fn audit_record(m: &mut MessageWriter<'_>, r: &mut Reader<'_>) -> Result<(), Short> {
    m.show("client_ipv4", Ipv4Addr::from(r.array::<4>()?)).show("client_ipv6", Ipv6Addr::from(r.array::<16>()?));
    m.num("client_port", r.u16()?).num("server_port", r.u16()?);
    m.num("connect_time", r.u64()?).num("disconnect_time", r.u64()?).num("summary", r.u16()?);
    m.num("first_change", r.u16()?).num("last_change", r.u16()?);
    m.num("published", r.u32()?).num("requests", r.u32()?).num("responses", r.u32()?);
    Ok(())
}
