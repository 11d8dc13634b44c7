//! The fields of one message, for `decode`.

use super::acse::Association;
use super::apdu::{Item, Notification, Request, Response};
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
pub fn write_apdu(m: &mut MessageWriter<'_>, apdu: &[u8]) {
    let Some((&code, body)) = apdu.split_first() else { return };
    m.num("tag", code).text("name", names::apdu(code).map_or("unknown_apdu", |(name, _)| name));
    match code {
        tag::AARQ | tag::AARE => {
            if let Some(association) = Association::read(body) {
                write_association(m, &association, code == tag::AARE);
            }
        }
        tag::GET_REQUEST | tag::SET_REQUEST | tag::ACTION_REQUEST => {
            if let Some(request) = Request::read(code, body) {
                m.num("kind", request.kind).num("invoke_id", request.invoke).opt("block", request.block);
                m.objects("items", &request.items, |m, item| write_item(m, item, code == tag::ACTION_REQUEST));
            }
        }
        tag::GET_RESPONSE | tag::SET_RESPONSE | tag::ACTION_RESPONSE => {
            if let Some(response) = Response::read(code, body) {
                m.num("kind", response.kind).num("invoke_id", response.invoke).opt("block", response.block);
                m.flag("more", response.more);
                m.objects("results", &response.outcomes, |m, outcome| {
                    m.num("result", outcome.result);
                    if let Some(data) = outcome.data {
                        m.text("value", &shown(Shown(data), VALUE_MAX));
                    }
                });
            }
        }
        tag::DATA_NOTIFICATION | tag::EVENT_NOTIFICATION => {
            if let Some(notification) = Notification::read(code, body) {
                if let Some(time) = notification.time {
                    m.show("time", Clock(time));
                }
                m.objects("items", &notification.item, |m, item| write_item(m, item, false));
                m.text("value", &shown(Shown(notification.data), VALUE_MAX));
            }
        }
        tag::EXCEPTION => {
            if let [state, service, ..] = body {
                m.num("state_error", *state).num("service_error", *service);
            }
        }
        _ => {}
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
        if names::is_secret(item.class, item.id, method) {
            m.text("value", "hidden");
        } else {
            m.text("value", &shown(Shown(data), VALUE_MAX));
        }
    }
}
