//! The fields of one message, for `decode`.

use super::message::{Authentication, Control, Envelope, Message, Title};
use super::names::{self, Table, code};
use super::service::{Body, Data, Place, Service};
use crate::hints::clean;
use wf_wire::MessageWriter;

/// Writes everything that was read; `services` are those of the envelope.
pub fn write(m: &mut MessageWriter<'_>, message: &Message<'_>, services: &[Service<'_>], answer: bool) {
    let mut title = |name: &str, title: Option<Title<'_>>| {
        if let Some(title) = title {
            m.show(name, title);
        }
    };
    title("context", message.context);
    title("called_title", message.called);
    title("calling_title", message.calling);
    title("mechanism", message.mechanism);
    m.opt("called_id", message.called_id).opt("calling_id", message.calling_id).opt("qualifier", message.qualifier);
    if let Some(authentication) = message.authentication {
        authenticated(m, authentication);
        m.opt("authentication_encoding", message.reference);
    }
    m.opt("encoding", message.encoding).flag("response", answer);
    if let Some(envelope) = &message.envelope {
        enveloped(m, envelope);
    }
    if !services.is_empty() {
        m.texts("names", services.iter().map(|service| name(service.code)));
        m.objects("services", services, |m, service| {
            m.num("code", service.code).text("name", name(service.code));
            body(m, service);
        });
    }
}

/// What a service asks, or how it answers.
fn name(code: u8) -> &'static str {
    if names::asks(code) { names::request(code).map_or("unknown", |(name, _)| name) } else { names::outcome(code) }
}

fn authenticated(m: &mut MessageWriter<'_>, authentication: Authentication<'_>) {
    match authentication {
        Authentication::Key { id, vector } => {
            m.text("authentication", "c1222").opt("key_id", id).opt("initial_vector", vector);
        }
        Authentication::Exchange(kind, bytes) => {
            m.text("authentication", "c1221");
            let name = match kind {
                0 => "authentication_identification",
                1 => "authentication_request",
                _ => "authentication_response",
            };
            m.hex(name, bytes);
        }
        Authentication::Octets(bytes) => {
            m.text("authentication", "octets").hex("authentication_octets", bytes);
        }
        Authentication::Other => {
            m.text("authentication", "unknown");
        }
    }
}

fn enveloped(m: &mut MessageWriter<'_>, envelope: &Envelope<'_>) {
    let Control(control) = envelope.control;
    m.num("control", control).flag("encrypted", envelope.control.is_encrypted());
    m.text(
        "security_mode",
        match envelope.control.security() {
            0 => "clear",
            1 => "clear_with_authentication",
            2 => "encrypted_with_authentication",
            _ => "unknown",
        },
    );
    m.text(
        "response_control",
        match envelope.control.response() {
            0 => "always",
            1 => "on_exception",
            2 => "never",
            _ => "unknown",
        },
    );
    m.flag("recovery_session", control & 0x40 != 0).flag("proxy_used", control & 0x20 != 0);
    if let Some(class) = envelope.class {
        m.hex("device_class", &class);
    }
    if let Some(code) = envelope.code {
        m.hex("mac", &code);
    }
    if envelope.control.is_encrypted() {
        m.hex("ciphertext", envelope.services);
    }
}

fn body(m: &mut MessageWriter<'_>, service: &Service<'_>) {
    match &service.body {
        Body::None => {}
        Body::Read(at) => place(m, at),
        Body::Write(at, data) => {
            place(m, at);
            table(m, data, service.secret);
            started(m, at.table, data);
        }
        Body::Tables(tables) => {
            m.objects("tables", tables, |m, data| {
                table(m, data, service.secret);
            });
        }
        Body::Logon(id, user, idle) => {
            m.num("user_id", *id).text("user", &clean(user)).opt("idle_seconds", *idle);
        }
        Body::Session(idle) => {
            m.num("idle_seconds", *idle);
        }
        Body::Security(_, id) => {
            m.text("password", "hidden").opt("user_id", *id);
        }
        Body::Wait(seconds) => {
            m.num("seconds", *seconds);
        }
        Body::Limit(size) => {
            m.num("size_max", *size);
        }
        Body::Node(title) => {
            m.show("title", title);
        }
        Body::Nodes(titles) => {
            m.texts("titles", titles);
        }
        Body::Address(address) => {
            m.text("address", &clean(address)).hex("address_bytes", address);
        }
        Body::Other(_) if service.secret => {
            m.text("data", "hidden");
        }
        Body::Other(data) => {
            m.hex(if service.code == code::AUTHENTICATE { "authentication" } else { "data" }, data);
        }
        Body::Register(_) | Body::Registered(..) => registered(m, &service.body),
        Body::Identity(identity) => {
            let [standard, version, revision] = identity.standard;
            m.num("standard", standard).num("version", version).num("revision", revision);
            if let Some(mechanism) = identity.mechanism {
                m.show("security_mechanism", mechanism);
            }
            if let Some(sessions) = identity.sessions {
                m.num("sessions", sessions & 0x7f).flag("sessionless", sessions & 0x80 != 0);
            }
            if let Some(class) = identity.class {
                m.show("class", class);
            }
            if let Some((format, identity)) = identity.identity {
                m.num("identity_format", format).hex("identity", identity);
            }
        }
    }
}

fn place(m: &mut MessageWriter<'_>, place: &Place) {
    if let Some(table) = place.table {
        m.num("table", table.0).show("table_name", table);
    }
    m.opt("offset", place.offset).opt("count", place.count);
    if !place.index.is_empty() {
        m.nums("index", place.index.iter().copied());
    }
}

/// Data of a table; passwords and keys are not shown.
fn table(m: &mut MessageWriter<'_>, data: &Data<'_>, secret: bool) {
    m.num("size", data.count);
    if secret {
        m.text("data", "hidden");
    } else {
        m.hex("data", data.bytes).num("check", data.check);
    }
    m.flag("checked", data.check == data.expected());
}

/// Which procedure is started.
fn started(m: &mut MessageWriter<'_>, at: Option<Table>, data: &Data<'_>) {
    if at == Some(Table::PROCEDURE)
        && let [low, high, sequence, ..] = data.bytes
    {
        let number = u16::from_le_bytes([*low, *high]);
        m.num("procedure", number & 0x07ff).flag("manufacturer_procedure", number & 0x0800 != 0).num("sequence", *sequence);
    }
}

fn registered(m: &mut MessageWriter<'_>, body: &Body<'_>) {
    match body {
        Body::Register(node) => {
            m.texts("node", names::set(node.node, &names::NODE))
                .texts("connection", names::set(node.connection, &names::CONNECTION));
            m.show("class", node.class).show("title", node.title).show("serial", node.serial);
            m.text("address", &clean(node.address)).hex("address_bytes", node.address).num("period_seconds", node.period);
            if let Some(pattern) = node.pattern {
                m.text("pattern", &clean(pattern)).hex("pattern_bytes", pattern);
            }
        }
        Body::Registered(title, delay, period, flags) => {
            m.show("title", title).num("delay_seconds", *delay).num("period_seconds", *period);
            m.texts("registration", names::set(*flags, &names::REGISTRATION));
        }
        _ => {}
    }
}
