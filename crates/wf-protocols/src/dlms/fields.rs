//! The fields of one message, for `decode`.

use super::acse::Association;
use super::apdu::{Apdu, Content, Item};
use super::data::{Clock, Shown};
use super::link::Frame;
use super::names::{self, tag};
use super::protected::{self, Layer};
use crate::hints::{hex, hex_cut, shown};
use wf_wire::MessageWriter;

/// Text of one value, in bytes.
const VALUE_MAX: usize = 400;
/// Bytes shown of a title.
const TITLE_MAX: usize = 32;

/// Writes what the frame says.
pub fn write_frame(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    m.num("source", frame.source).num("destination", frame.destination);
    if let Some(control) = frame.control {
        m.text("frame", Frame::kind(control))
            .num("control", control)
            .flag("segmented", frame.more)
            .flag("checked", frame.checked);
    }
}

/// Writes what protects an APDU.
fn write_layers(m: &mut MessageWriter<'_>, layers: &[Layer<'_>]) {
    if layers.is_empty() {
        return;
    }
    m.objects("protection", layers, |m, layer| {
        m.text("name", names::apdu(layer.code).map_or("unknown_apdu", |(name, _)| name));
        for (name, bytes) in [("transaction", layer.transaction), ("system_title", layer.title), ("recipient", layer.recipient)] {
            if let Some(bytes) = bytes {
                m.text(name, &hex_cut(bytes, TITLE_MAX));
            }
        }
        m.opt("security_control", layer.control).opt("invocation_counter", layer.counter);
        m.flag("authenticated", layer.is_authenticated()).flag("encrypted", layer.is_encrypted());
    });
}

/// Writes what the APDU says.
pub fn write_apdu(m: &mut MessageWriter<'_>, apdu: &Apdu<'_>) {
    let code = apdu.code;
    write_layers(m, &apdu.layers);
    m.num("tag", code).text("name", names::apdu(code).map_or("unknown_apdu", |(name, _)| name));
    match &apdu.content {
        Content::Association(association) => write_association(m, association, code == tag::AARE),
        Content::Request(request) => {
            if code >= tag::AARQ {
                m.num("kind", request.kind).num("invoke_id", request.invoke);
            }
            m.opt("block", request.block);
            m.objects("items", &request.items, |m, item| write_item(m, item, code == tag::ACTION_REQUEST));
        }
        Content::Response(response) => {
            if code >= tag::AARQ {
                m.num("kind", response.kind).num("invoke_id", response.invoke);
            }
            m.opt("block", response.block).flag("more", response.more);
            m.objects("results", &response.outcomes, |m, outcome| {
                m.num("result", outcome.result);
                if let Some(data) = outcome.data {
                    write_value(m, data, outcome.hidden);
                }
            });
        }
        Content::Notification(notification) => {
            if let Some(time) = notification.time {
                m.show("time", Clock(time));
            }
            m.objects("items", &notification.item, |m, item| write_item(m, item, false));
            write_value(m, notification.data, notification.item.is_some_and(|item| item.is_secret(false)));
        }
        Content::Damaged | Content::Other => {}
    }
    if let (tag::EXCEPTION, [state, service, ..]) = (code, apdu.body) {
        m.num("state_error", *state).num("service_error", *service);
    }
}

fn write_association(m: &mut MessageWriter<'_>, association: &Association<'_>, answer: bool) {
    m.text("context", names::context(association.context.unwrap_or(0)));
    m.text("mechanism", names::mechanism(association.mechanism));
    if let Some(title) = association.title {
        m.text("system_title", &hex(title));
    }
    if answer {
        m.opt("result", association.result).opt("diagnostic", association.diagnostic);
    }
    match (association.password(), association.value) {
        (Some(_), _) => {
            m.text("password", "hidden");
        }
        (None, Some(challenge)) => {
            m.text("challenge", &hex(challenge));
        }
        (None, None) => {}
    }
    write_layers(m, &protected::open(association.user).0);
    if let Some(initiate) = association.initiate() {
        m.num("version", initiate.version);
        if let Some((conformance, pdu_max)) = initiate.limits {
            m.show("conformance", format_args!("{conformance:06x}")).num("pdu_max", pdu_max);
        }
    }
}

fn write_item(m: &mut MessageWriter<'_>, item: &Item<'_>, method: bool) {
    let name = item.name.map(|byte| byte.to_string()).join(".");
    if let Some(short) = item.short {
        m.show("short_name", format_args!("0x{short:04x}"));
    } else {
        m.num("class", item.class).text("obis", &name).num(if method { "method" } else { "attribute" }, item.id);
    }
    m.opt("selector", item.selector);
    if let Some(data) = item.data {
        write_value(m, data, item.is_secret(method));
    }
}

fn write_value(m: &mut MessageWriter<'_>, data: &[u8], hidden: bool) {
    if hidden {
        m.text("value", "hidden");
    } else {
        m.text("value", &shown(Shown(data), VALUE_MAX));
    }
}
