//! The fields of one message, for `decode`.

use super::message::{Content, Message, Pdu, Variable};
use super::mib::Oid;
use super::session::{generic_trap, pdu_name, report, status};
use crate::ber;
use std::fmt;
use wf_wire::MessageWriter;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, message: &Message<'_>) {
    m.num("version", message.version);
    if let (Some(community), 0 | 1) = (message.community, message.version) {
        m.show("community", Community(community));
    }
    m.opt("pdu_type", message.pdu.filter(|_| message.version != 2).map(|pdu| pdu.kind))
        .opt("request_id", message.pdu.and_then(|pdu| pdu.request_id));
    if let Some(secure) = message.secure {
        m.num("message_id", secure.id).num("max_size", secure.max_size).num("security_model", secure.model);
        m.flag("authenticated", secure.flags & 1 != 0)
            .flag("encrypted", message.encrypted)
            .flag("reportable", secure.flags & 4 != 0);
        m.hex("engine_id", secure.engine).num("engine_boots", secure.boots).num("engine_time", secure.time);
        m.text("user", &String::from_utf8_lossy(secure.user));
        if !message.encrypted {
            m.hex("context_engine_id", secure.context.0).text("context_name", &String::from_utf8_lossy(secure.context.1));
        }
    } else if message.encrypted {
        m.flag("encrypted", true);
    }
    if let Some(pdu) = message.pdu {
        pdu_fields(m, &pdu);
    }
}

/// A community as text: it is meant to be ASCII; what is not printable shows as an escape.
struct Community<'a>(&'a [u8]);

impl fmt::Display for Community<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take_while(|octet| **octet != 0).try_for_each(|octet| match octet {
            b'\t' | b'\n' | b'\r' => f.write_str(" "),
            0..0x20 | 0x7f => write!(f, "\\x{octet:x}"),
            0x80.. => f.write_str("\u{fffd}"),
            octet => write!(f, "{}", char::from(*octet)),
        })
    }
}

fn pdu_fields(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>) {
    m.text("name", pdu_name(pdu.kind));
    match pdu.trap {
        Some(trap) => {
            m.show("enterprise", Oid(trap.enterprise));
            if let Some(agent) = trap.agent {
                m.show("agent_address", agent);
            }
            m.text("generic_trap", generic_trap(trap.generic)).num("specific_trap", trap.specific).num("time_ticks", trap.uptime);
        }
        None if pdu.kind == super::message::pdu::GET_BULK => {
            m.num("non_repeaters", pdu.status).num("max_repetitions", pdu.index);
        }
        None => {
            m.num("error_status", pdu.status);
            if pdu.status != 0 {
                m.text("error", status(pdu.status)).num("error_index", pdu.index);
            }
        }
    }
    m.objects("variables", pdu.variables().take(2048), |m, variable| self::variable(m, &variable));
}

fn variable(m: &mut MessageWriter<'_>, variable: &Variable<'_>) {
    m.show("oid", ber::Oid(variable.name)).show("name", Oid(variable.name));
    if let Some(reason) = report(variable.name) {
        m.text("report", reason);
    }
    match variable.content() {
        Content::Nothing => {}
        Content::Integer(value) => {
            m.num("value", value);
        }
        Content::Unsigned(value) | Content::Counter(value) | Content::Ticks(value) => {
            m.num("value", value);
        }
        Content::Float(value) => {
            m.float("value", value);
        }
        content => {
            m.show("value", Shown(content));
        }
    }
}

/// A value for people: text where octets are text, else hexadecimal.
pub struct Shown<'a>(pub Content<'a>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Content::Nothing => f.write_str("null"),
            Content::Integer(value) => write!(f, "{value}"),
            Content::Unsigned(value) | Content::Counter(value) | Content::Ticks(value) => write!(f, "{value}"),
            Content::Float(value) => write!(f, "{value}"),
            Content::Octets(octets) => match text(octets) {
                Some(text) => f.write_str(text),
                None => octets.iter().try_for_each(|octet| write!(f, "{octet:02x}")),
            },
            Content::Oid(octets) => Oid(octets).fmt(f),
            Content::Address(address) => address.fmt(f),
            Content::Exception(reason) => f.write_str(reason),
        }
    }
}

/// Octets that are text: printable, line ends and a NUL at the end allowed.
pub fn text(octets: &[u8]) -> Option<&str> {
    let octets = octets.strip_suffix(b"\0").unwrap_or(octets);
    let text = std::str::from_utf8(octets).ok()?;
    (!text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t'))).then_some(text)
}
