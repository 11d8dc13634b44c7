//! The fields of one message, for `decode`.

use super::names;
use super::packet::{Body, Connect, Filters, Head, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE};
use super::properties::{Properties, Property, Value};
use super::values;
use wf_wire::MessageWriter;

/// Writes everything that was read; `topic` is that of a publication.
pub fn write(m: &mut MessageWriter<'_>, head: Head, body: Option<&Body<'_>>, topic: &str) {
    m.num("type", head.kind).text("name", names::packet(head.kind));
    match body {
        Some(Body::Connect(connect)) => request(m, connect),
        Some(Body::ConnAck { present, code, properties: list }) => {
            m.flag("session_present", *present).num("code", *code);
            properties(m, *list);
        }
        Some(Body::Publish { id, properties: list, payload, .. }) => {
            if !topic.is_empty() {
                m.text("topic", topic);
            }
            m.opt("packet_id", *id).num("qos", head.qos()).flag("duplicate", head.flags & 8 != 0);
            m.flag("retain", head.flags & 1 != 0).text("payload", &values::shown(payload));
            properties(m, *list);
        }
        Some(Body::Other { id, code, properties: list, list: entries }) => {
            m.opt("packet_id", *id).opt("code", *code);
            lists(m, head.kind, entries);
            properties(m, *list);
        }
        None => {}
    }
}

fn request(m: &mut MessageWriter<'_>, connect: &Connect<'_>) {
    m.text("client_id", &names::shown(connect.client_id)).text("protocol_name", &names::shown(connect.protocol));
    m.num("version", connect.level & 0x7f).flag("bridge", connect.level & 0x80 != 0);
    m.flag("clean", connect.flags & 2 != 0).num("keep_alive", connect.keep_alive);
    if let Some(user) = connect.user {
        m.text("user", &names::shown(user));
    }
    m.flag("password", !connect.password.is_empty());
    if let Some(will) = connect.will {
        m.text("will_topic", &names::shown(will.topic)).text("will_payload", &values::shown(will.payload));
        m.num("will_qos", connect.flags >> 3 & 3).flag("will_retain", connect.flags & 0x20 != 0);
    }
    properties(m, connect.properties);
}

fn lists(m: &mut MessageWriter<'_>, kind: u8, entries: &[u8]) {
    match kind {
        SUBSCRIBE | UNSUBSCRIBE => {
            let filters = || Filters::new(kind, entries);
            if let Some((first, _)) = filters().next().filter(|(first, _)| !first.is_empty()) {
                m.text("topic", &names::shown(first));
            }
            m.objects("filters", filters(), |m, (filter, options)| {
                m.text("filter", &names::shown(filter));
                if kind == SUBSCRIBE {
                    m.num("qos", options & 3);
                }
            });
        }
        SUBACK | UNSUBACK => {
            m.nums("codes", entries.iter().copied());
        }
        _ => {}
    }
}

fn properties(m: &mut MessageWriter<'_>, list: Properties<'_>) {
    if list.is_empty() {
        return;
    }
    m.objects("properties", list, |m, Property { id, name, value }| {
        m.text("name", name);
        match value {
            Value::Number(number) => m.num("value", number),
            Value::Text(text) => m.text("value", &names::shown(text)),
            Value::Pair(key, text) => m.text("key", &names::shown(key)).text("value", &names::shown(text)),
            // Whatever proves who somebody is stays unsaid.
            Value::Bytes(bytes) if id == names::AUTHENTICATION_DATA => m.num("bytes", i128::try_from(bytes.len()).unwrap_or(0)),
            Value::Bytes(bytes) => m.text("value", &values::shown(bytes)),
        };
    });
}
