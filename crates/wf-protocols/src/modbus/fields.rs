//! The fields of one message, for `decode`.

use super::names;
use super::operations::{Asked, text};
use super::pdu::{Body, Header, Objects, Pdu, Records, bits, words};
use super::umas_told;
use wf_wire::{MessageWriter, Reader};

/// Writes everything that was read, with what was `asked` where this is an answer.
pub fn write(m: &mut MessageWriter<'_>, header: &Header, pdu: &Pdu<'_>, request: bool, asked: Asked) {
    m.num("transaction_id", header.transaction_id).num("unit_id", header.unit_id).num("function", pdu.function);
    m.opt("exception", pdu.exception).opt("address", pdu.address).opt("quantity", pdu.quantity);
    m.text("name", names::function(pdu.function)).flag("response", !request);
    if let Some(code) = pdu.exception {
        m.text("exception_name", names::exception(code));
        return;
    }
    // An answer's values have their places from the request alone (clauses 6.1 to 6.4 and 6.17).
    if let Some((first, _)) = asked.read {
        m.num("request_address", first);
    }
    match pdu.body {
        Body::None => {}
        Body::Bits(bytes) => {
            let count = pdu.quantity.or(asked.read.map(|(_, count)| count)).map_or(bytes.len() * 8, usize::from);
            m.nums("bits", bits(bytes, count).map(u8::from));
        }
        Body::Registers(bytes) | Body::Fifo(bytes) => {
            m.nums("registers", words(bytes));
        }
        Body::Coil(value) | Body::Register(value) => {
            m.num("value", value);
        }
        Body::Mask { and, or } => {
            m.num("and_mask", and).num("or_mask", or);
        }
        Body::ReadWrite { read_address, read_quantity, write_address, write_quantity, data } => {
            m.num("read_address", read_address).num("read_quantity", read_quantity);
            m.num("write_address", write_address).num("write_quantity", write_quantity).nums("registers", words(data));
        }
        Body::ExceptionStatus(status) => {
            m.num("exception_status", status);
        }
        Body::Diagnostic { sub, data } => {
            m.num("subfunction", sub).text("subfunction_name", names::diagnostic(sub)).hex("data", data);
        }
        Body::Events { status, events, messages, log } => {
            m.num("status", status).num("event_count", events).opt("message_count", messages).hex("events", log);
        }
        Body::ServerId(id) => {
            m.hex("server_id", id).text("server_text", &text(id));
        }
        Body::Umas(data) => umas_told::write(m, data, asked.umas),
        Body::Other(data) => {
            m.hex("data", data);
        }
        Body::Encapsulated { mei, data } => {
            m.num("mei_type", mei).hex("data", data);
        }
        Body::FileRead(_) | Body::FileWrite(_) | Body::FileData(_) => files(m, &pdu.body),
        Body::DeviceIdRequest { .. } | Body::DeviceId { .. } => device_id(m, &pdu.body),
    }
}

fn files(m: &mut MessageWriter<'_>, body: &Body<'_>) {
    let (bytes, written) = match *body {
        Body::FileRead(bytes) => (bytes, false),
        Body::FileWrite(bytes) => (bytes, true),
        Body::FileData(bytes) => {
            m.hex("data", bytes);
            return;
        }
        _ => return,
    };
    m.objects("records", Records { reader: Reader::new(bytes), written }, |m, record| {
        m.num("file", record.file).num("record", record.record).num("length", record.length);
        if written {
            m.nums("registers", words(record.data));
        }
    });
}

fn device_id(m: &mut MessageWriter<'_>, body: &Body<'_>) {
    match *body {
        Body::DeviceIdRequest { code, object } => {
            m.num("mei_type", 14).num("read_device_id", code).num("object_id", object);
        }
        Body::DeviceId { code, conformity, more, next, count, objects } => {
            m.num("mei_type", 14).num("read_device_id", code).num("conformity", conformity);
            m.flag("more_follows", more).num("next_object_id", next).num("object_count", count);
            m.objects("objects", Objects(Reader::new(objects)), |m, (id, value)| {
                m.num("id", id).text("name", names::device_object(id)).text("value", &text(value));
            });
        }
        _ => {}
    }
}
