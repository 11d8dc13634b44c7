//! The fields of one message, for `decode`.

use super::Manner;
use super::address::{self, Item, Items};
use super::names::{self, function, opcode};
use super::object::{Part, Parts};
use super::pdu::{self, Explore, Frame, Multi, Notification, Numbered, Pdu, Refused};
use super::value::{Value, kind_name};
use super::vlq;
use crate::hints::clean;
use wf_wire::{MessageWriter, Reader};

/// Rows of one list that are written.
const ROWS_MAX: usize = 1024;

/// Writes a frame that holds no message.
pub fn other(m: &mut MessageWriter<'_>, version: u8, frame: &Frame<'_>) {
    m.num("version", version);
    match frame {
        Frame::KeepAlive(sequence) => m.text("opcode_name", "keep_alive").num("sequence", *sequence),
        Frame::Event(data) => m.text("opcode_name", "system_event").hex("data", data),
        Frame::Part(_) => m,
    };
}

/// Writes everything that was read of a message.
pub fn write(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, manner: Manner, request: Option<&Pdu<'_>>) {
    m.num("version", manner.version).num("opcode", pdu.opcode).text("opcode_name", names::opcode_name(pdu.opcode));
    if pdu.opcode != opcode::NOTIFICATION {
        m.num("function", pdu.function).text("function_name", names::named(pdu.function).0);
        m.num("sequence", pdu.sequence).opt("session_id", pdu.session).num("transport_flags", pdu.transport);
    }
    if manner.frames > 1 {
        m.num("frames", manner.frames);
    }
    if manner.cut {
        m.flag("cut", true);
    }
    // Before version 3 the digest stands at the end.
    let at_end = manner.version < 3 && pdu.body.len() > 33 && pdu.body.get(pdu.body.len() - 33) == Some(&32);
    if manner.digest || at_end {
        m.flag("digest", true);
    }
    match pdu.opcode {
        opcode::REQUEST => asked(m, pdu),
        opcode::RESPONSE | opcode::RESPONSE_2 => {
            if let Some(result) = pdu.result() {
                m.num("result", result);
                let code = names::code(result);
                match names::result(code) {
                    Some(name) => m.text("result_name", name),
                    None => m.num("result_code", code),
                };
            }
            answered(m, pdu, request);
        }
        opcode::NOTIFICATION => notified(m, pdu),
        _ => {}
    }
}

fn asked(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>) {
    match pdu.function {
        function::GET_MULTI_VARIABLES | function::SET_MULTI_VARIABLES => {
            let Ok(multi) = Multi::read(pdu.body) else { return };
            if multi.object != 0 {
                m.show("object", shown(multi.object));
            }
            let writes = pdu.function == function::SET_MULTI_VARIABLES;
            let values: Vec<_> = if writes { multi.values.take(ROWS_MAX).collect() } else { Vec::new() };
            items(m, multi.items, |number| values.iter().find(|(at, _)| *at == number).map(|(_, value)| *value));
        }
        function::SET_VARIABLE => {
            let Ok((object, values)) = pdu::set_variable(pdu.body) else { return };
            m.show("object", shown(object));
            m.objects("attributes", values.take(ROWS_MAX), |w, (id, value)| attribute(w, id, &value));
        }
        function::GET_VAR_SUB_STREAMED | function::SET_VAR_SUB_STREAMED => {
            let Ok((item, value)) = pdu::sub_streamed(pdu.body) else { return };
            m.show("address", item);
            if let (Some(value), true) = (value, pdu.function == function::SET_VAR_SUB_STREAMED) {
                typed(m, &value, names::is_secret(item.attribute));
            }
        }
        function::CREATE_OBJECT => {
            let Ok((parent, parts)) = pdu::create(pdu.body) else { return };
            m.show("parent", shown(parent));
            objects(m, parts);
        }
        function::DELETE_OBJECT => {
            if let Ok(object) = Reader::new(pdu.body).u32() {
                m.show("object", shown(object));
            }
        }
        function::EXPLORE => match Explore::read(pdu.body) {
            Ok(explore) => {
                m.show("object", shown(explore.object)).flag("objects_within", explore.within);
                m.nums("attribute_ids", explore.attributes.map_while(Result::ok).map(|item| item.attribute).take(ROWS_MAX));
            }
            Err(_) => {
                m.hex("data", pdu.body);
            }
        },
        function::INVOKE => {
            let mut r = Reader::new(pdu.body);
            let (Ok(object), Ok(method)) = (r.u32(), r.u32()) else { return };
            m.show("object", shown(object)).num("method", method);
            numbered(m, "arguments", Numbered::new(r.rest(), None));
        }
        _ => {
            m.hex("data", pdu.body);
        }
    }
}

fn answered(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, request: Option<&Pdu<'_>>) {
    let mut r = pdu.answered();
    match pdu.function {
        function::GET_MULTI_VARIABLES => {
            let mut values = Numbered::new(r.rest(), None);
            let found: Vec<_> = values.by_ref().take(ROWS_MAX).collect();
            match request.and_then(|request| Multi::read(request.body).ok()) {
                Some(multi) => items(m, multi.items, |number| found.iter().find(|(at, _)| *at == number).map(|(_, v)| *v)),
                None => {
                    m.objects("values", found, |w, (number, value)| {
                        w.num("number", number);
                        typed(w, &value, false);
                    });
                }
            }
            refused(m, values.rest());
        }
        function::SET_MULTI_VARIABLES => refused(m, r.rest()),
        function::CREATE_OBJECT => {
            let Ok((ids, parts)) = pdu::created(r) else { return };
            m.nums("object_ids", ids);
            objects(m, parts);
        }
        function::DELETE_OBJECT => {
            m.opt("object_id", r.u32().ok());
        }
        function::EXPLORE => {
            let Ok((object, parts)) = pdu::explored(r) else { return };
            m.show("object", shown(object));
            objects(m, parts);
        }
        function::GET_VAR_SUB_STREAMED => {
            if let (Ok(()), Ok(value)) = (r.skip(1), Value::read(&mut r)) {
                typed(m, &value, false);
            }
        }
        function::GET_LINK => {
            let count = r.u8().unwrap_or(0);
            let mut left = (0..count).map_while(|_| r.u32().ok());
            m.nums("links", left.by_ref());
        }
        function::INVOKE => {
            let _ = (vlq::unsigned_long(&mut r), vlq::unsigned_long(&mut r));
            numbered(m, "values", Numbered::new(r.rest(), None));
        }
        function::SET_VARIABLE | function::SET_VAR_SUB_STREAMED => {}
        _ => {
            m.hex("data", r.rest());
        }
    }
}

fn notified(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>) {
    let Ok(notification) = Notification::read(pdu.body) else {
        m.hex("data", pdu.body);
        return;
    };
    m.num("subscription", notification.subscription).num("credit", notification.credit);
    m.num("sequence", notification.sequence);
    m.objects("values", notification.values().take(ROWS_MAX), |w, (reference, value)| {
        w.num("reference", reference);
        match value {
            Some(value) => typed(w, &value, false),
            None => {
                w.flag("refused", true);
            }
        }
    });
}

fn shown(object: u32) -> wf_wire::decode::Coded {
    address::object(object)
}

fn typed(w: &mut MessageWriter<'_>, value: &Value<'_>, secret: bool) {
    w.text("type", kind_name(value.kind));
    if secret {
        w.flag("hidden", true);
    } else {
        w.text("value", &value.text());
    }
}

fn attribute(w: &mut MessageWriter<'_>, id: u32, value: &Value<'_>) {
    w.num("id", id);
    if let Some(name) = names::attribute(id) {
        w.text("name", name);
    }
    typed(w, value, names::is_secret(id));
}

fn items<'a>(m: &mut MessageWriter<'_>, items: Items<'_>, value: impl Fn(u32) -> Option<Value<'a>>) {
    let items = (1u32..).zip(items.map_while(Result::ok)).take(ROWS_MAX);
    m.objects("items", items, |w, (number, item): (u32, Item)| {
        w.show("address", item);
        if item.crc != 0 {
            w.show("symbol_crc", format_args!("{:08x}", item.crc));
        }
        if let Some(value) = value(number) {
            typed(w, &value, names::is_secret(item.attribute));
        }
    });
}

fn numbered(m: &mut MessageWriter<'_>, name: &str, values: Numbered<'_>) {
    m.objects(name, values.take(ROWS_MAX), |w, (number, value)| {
        w.num("number", number);
        typed(w, &value, false);
    });
}

fn refused(m: &mut MessageWriter<'_>, bytes: &[u8]) {
    let rows: Vec<_> = Refused::new(bytes).take(ROWS_MAX).collect();
    if rows.is_empty() {
        return;
    }
    m.objects("errors", rows, |w, (number, result)| {
        w.num("number", number).num("code", names::code(result)).text("outcome", &names::outcome(result));
    });
}

/// Objects in the order in which they are sent, each with how deep it stands.
fn objects(m: &mut MessageWriter<'_>, mut parts: Parts<'_>) {
    let mut depth = 0u32;
    m.objects("objects", parts.by_ref().take(ROWS_MAX), |w, part| match part {
        Part::Begin(object) => {
            w.text("part", "object").num("depth", depth).num("id", object.id).num("class", object.class);
            if let Some(name) = names::class(object.class) {
                w.text("class_name", name);
            }
            depth += 1;
        }
        Part::End => {
            depth = depth.saturating_sub(1);
            w.text("part", "end");
        }
        Part::Attribute(id, value) => {
            w.text("part", "attribute");
            attribute(w, id, &value);
        }
        Part::Relation(id, object) => {
            w.text("part", "relation").num("id", id).num("object_id", object);
        }
        Part::Tag(name, kind, lid) => {
            w.text("part", "tag").text("name", &clean(name)).num("soft_type", kind).num("lid", lid);
        }
        Part::Packed(bytes) => {
            w.text("part", "packed").num("bytes", bytes.len() as u64);
        }
    });
    if parts.failed.is_some() {
        m.flag("not_understood", true);
    }
}
