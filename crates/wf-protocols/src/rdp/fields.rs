//! Fields for a reader.

use super::gcc::{Client, Server};
use super::info::{self, Info};
use super::negotiation::{Answer, Request};
use super::{NAME, names};
use wf_wire::{Context, Sink};

pub fn request(ctx: &Context<'_>, said: &Request<'_>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.text("pdu", "connection_request");
    if let Some(cookie) = said.cookie {
        m.text("cookie", &crate::hints::clean(cookie));
    }
    if let Some(user) = said.user() {
        m.text("user", &user);
    }
    if let Some(routing) = said.routing() {
        m.text("routing_token", &routing);
    }
    m.opt("request_flags", said.flags);
    if let Some(protocols) = said.protocols {
        m.num("requested_protocols", protocols).texts("requested_protocol_names", names::protocols(protocols));
    }
}

pub fn answer(ctx: &Context<'_>, said: &Answer, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.text("pdu", "connection_confirm");
    match *said {
        Answer::Chosen { flags, protocol } => {
            m.num("response_flags", flags).num("selected_protocol", protocol);
            m.text("selected_protocol_name", names::protocol(protocol));
        }
        Answer::Refused(code) => {
            m.num("failure_code", code).text("failure_name", names::failure(code));
        }
    }
}

pub fn client(ctx: &Context<'_>, said: &Client<'_>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.text("pdu", "mcs_connect_initial").text("version", names::version(said.version));
    let (width, height) = said.size;
    m.num("width", width).num("height", height).opt("colour_depth", said.colours);
    m.num("keyboard_layout", said.keyboard_layout).num("keyboard_type", said.keyboard_type);
    m.opt("client_build", said.build).opt("serial", said.serial);
    if let Some(name) = said.name() {
        m.text("client_name", &name);
    }
    if let Some(product) = said.product() {
        m.text("product_id", &product);
    }
    m.opt("client_encryption_methods", said.encryption_methods).texts("channels", said.channels());
}

pub fn server(ctx: &Context<'_>, said: &Server, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.text("pdu", "mcs_connect_response").text("version", names::version(said.version));
    m.opt("client_requested_protocols", said.requested);
    if let Some(method) = said.method {
        m.num("encryption_method", method).text("encryption_method_name", names::method(method));
    }
    if let Some(level) = said.level {
        m.num("encryption_level", level).text("encryption_level_name", names::level(level));
    }
    m.opt("certificate_bytes", said.certificate_len);
}

pub fn unit(ctx: &Context<'_>, data: &[u8], out: &mut dyn Sink) {
    let Some(kind) = info::kind(data) else { return };
    if let Some(mut m) = out.message(ctx, NAME) {
        m.text("pdu", names::unit(kind));
    }
}

pub fn info(ctx: &Context<'_>, said: &Info<'_>, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.text("pdu", "client_info");
    let address = said.address.unwrap_or_default();
    for (name, bytes) in [("domain", said.domain), ("user", said.user), ("shell", said.shell), ("client_address", address)] {
        let text = said.text(bytes);
        if !text.is_empty() {
            m.text(name, &text);
        }
    }
    if !said.password.is_empty() {
        m.text("password", "(hidden)");
    }
}
