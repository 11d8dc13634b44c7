//! The fields of one message, for `decode`.

use super::acse::Association;
use super::apdu::{Apdu, Content, Item};
use super::data::{Clock, Shown};
use super::link::Frame;
use super::names::{self, tag};
use crate::hints::{hex, shown};
use wf_wire::MessageWriter;

/// Text of one value, in bytes.
const VALUE_MAX: usize = 400;

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

/// Writes what the APDU says.
pub fn write_apdu(m: &mut MessageWriter<'_>, apdu: &Apdu<'_>) {
    let code = apdu.code;
    m.num("tag", code).text("name", names::apdu(code).map_or("unknown_apdu", |(name, _)| name));
    match &apdu.content {
        Content::Association(association) => write_association(m, association, code == tag::AARE),
        Content::Request(request) => {
            m.num("kind", request.kind).num("invoke_id", request.invoke).opt("block", request.block);
            m.objects("items", &request.items, |m, item| write_item(m, item, code == tag::ACTION_REQUEST));
        }
        Content::Response(response) => {
            m.num("kind", response.kind).num("invoke_id", response.invoke).opt("block", response.block);
            m.flag("more", response.more);
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
    if let Some(initiate) = association.initiate() {
        m.num("version", initiate.version).show("conformance", format_args!("{:06x}", initiate.conformance));
        m.num("pdu_max", initiate.pdu_max);
    }
}

fn write_item(m: &mut MessageWriter<'_>, item: &Item<'_>, method: bool) {
    let name = item.name.map(|byte| byte.to_string()).join(".");
    m.num("class", item.class).text("obis", &name).num(if method { "method" } else { "attribute" }, item.id);
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
