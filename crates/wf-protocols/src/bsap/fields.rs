//! The fields of one message, for `decode`.

use super::ip::{self, Kind};
use super::names;
use super::rdb::{Answer, Datum, Element, Item, Request, Signal, Written};
use super::serial;
use super::session::Known;
use wf_wire::MessageWriter;

/// A message of the remote data base, of its extension, or any other.
pub enum Body<'m, 'r, 'a> {
    /// A request of the remote data base.
    Request(&'m Request<'r>),
    /// An answer, with its request where it is known.
    Answer(Option<&'m Request<'r>>, &'m Answer<'a>),
    /// A request of the extension.
    Extension(u16, &'m [u8]),
    /// Bytes.
    Other(&'m [u8]),
}

/// Writes the header of a datagram, and of one message in it.
pub fn ip(m: &mut MessageWriter<'_>, header: &ip::Header, part: Option<&ip::Part<'_>>) {
    m.text("framing", "ip").num("messages", header.count).num("type", header.code);
    m.text(
        "type_name",
        match header.kind {
            Kind::Acknowledge => "acknowledge",
            Kind::Request => "request",
            Kind::Answer => "response",
        },
    );
    m.num("sequence", header.sequence).num("acknowledged", header.acknowledged);
    if let Some(part) = part {
        m.num("length", part.length).num("layout", part.layout).num("id", part.id);
    }
}

/// Writes the header of a message on a line.
pub fn serial(m: &mut MessageWriter<'_>, header: &serial::Header, check: u16) {
    m.text("framing", "serial").flag("global", header.route.is_some());
    m.num("address", header.address).num("serial", header.serial);
    if let Some(route) = header.route {
        m.num("destination", route.to).num("source", route.from).num("control", route.control);
    }
    m.num("destination_function", header.to);
    if let Some(exchange) = header.exchange {
        m.num("sequence", exchange.sequence).num("source_function", exchange.from);
    }
    m.num("check", check);
}

/// Writes what a message asks or answers.
pub fn body(
    m: &mut MessageWriter<'_>,
    service: Option<u8>,
    status: Option<u8>,
    response: bool,
    names: Known<'_>,
    body: &Body<'_, '_, '_>,
) {
    m.opt("application_code", service);
    if let Some(code) = service {
        m.text("application", names::application(code).map_or("unknown", |(name, _)| name));
    }
    m.flag("response", response).opt("node_status", status);
    match body {
        Body::Request(request) => asked(m, request, names),
        Body::Answer(request, answer) => answered(m, *request, answer, names),
        Body::Extension(function, data) => {
            m.num("function_code", *function);
            m.text("function", names::extension(*function).map_or("unknown", |(name, _)| name));
            raw(m, data);
        }
        Body::Other(data) => raw(m, data),
    }
}

fn raw(m: &mut MessageWriter<'_>, data: &[u8]) {
    if !data.is_empty() {
        m.hex("data", data);
    }
}

fn function(m: &mut MessageWriter<'_>, request: &Request<'_>) {
    m.num("function_code", request.function);
    m.text("function", names::rdb(request.function).map_or("unknown", |(name, _)| name));
}

fn asked(m: &mut MessageWriter<'_>, request: &Request<'_>, names: Known<'_>) {
    function(m, request);
    if request.selectors != [0; 4] {
        m.nums("selectors", request.selectors);
    }
    m.opt("version", request.version).opt("security", request.security).opt("count", request.count);
    if !request.items.is_empty() {
        m.objects("signals", &request.items, |m, item| signal(m, item, names));
    }
    raw(m, request.rest);
}

fn signal(m: &mut MessageWriter<'_>, item: &Item<'_>, names: Known<'_>) {
    match &item.signal {
        Signal::Name(name) => {
            m.text("signal", name);
        }
        Signal::Address(address, version) => {
            if let Some(name) = names.of(*address, *version) {
                m.text("signal", name);
            }
            m.num("address", *address);
        }
    }
    let Some(written) = &item.written else { return };
    m.num("field", written.field());
    match written {
        Written::Logical(on) => m.flag("value", *on),
        Written::Analog(number) => m.float("value", (*number).into()),
        Written::Field(_, rest) => m.hex("data", rest),
    };
}

fn answered(m: &mut MessageWriter<'_>, request: Option<&Request<'_>>, answer: &Answer<'_>, names: Known<'_>) {
    if let Some(request) = request {
        function(m, request);
    }
    m.num("status", answer.status).opt("count", answer.count);
    if !answer.elements.is_empty() {
        let asked = request.map_or(&[][..], |request| &request.items);
        m.objects("signals", answer.elements.iter().enumerate(), |m, (at, element)| {
            if let Some(item) = asked.get(at) {
                signal(m, item, names);
            }
            read(m, element, asked.get(at).is_some_and(|item| matches!(item.signal, Signal::Address(..))));
        });
    }
    raw(m, answer.rest);
}

fn read(m: &mut MessageWriter<'_>, element: &Element, addressed: bool) {
    if let Some(kind) = element.kind {
        m.num("type", kind).text("quality", element.quality());
    }
    match element.value {
        Some(Datum::Logical(value)) => {
            m.num("value", value);
        }
        Some(Datum::Analog(value)) => {
            m.float("value", value.into());
        }
        None => {}
    }
    if !addressed {
        m.opt("address", element.address);
    }
    m.opt("version", element.version);
}
