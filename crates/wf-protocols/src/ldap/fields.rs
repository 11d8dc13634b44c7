//! A message's fields for a reader.

use super::filter::Filter;
use super::message::{Attributes, Auth, LIST_MAX, Message, Operation, attribute, text};
use super::names::HIDDEN;
use super::netlogon::Netlogon;
use super::{NAME, names};
use crate::ber::{self, Elements};
use crate::hints;
use crate::spnego::{self, Token};
use std::borrow::Cow;
use wf_wire::{Context, MessageWriter, Sink};

/// Longest filter that is shown, in bytes.
const FILTER_MAX: usize = 1024;
/// Values shown of one attribute.
const VALUES_MAX: usize = 8;

pub fn write(ctx: &Context<'_>, said: &Message<'_>, signed: bool, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    m.num("message_id", said.id).num("operation", said.number).text("operation_name", names::operation(said.number));
    if signed {
        m.flag("signed", true);
    }
    if let Some(operation) = &said.operation {
        body(&mut m, operation);
    }
}

/// A sealed message: nothing of it but that it is there.
pub fn write_sealed(ctx: &Context<'_>, bytes: usize, out: &mut dyn Sink) {
    if let Some(mut m) = out.message(ctx, NAME) {
        m.flag("sealed", true).num("bytes", bytes as u64);
    }
}

fn body(m: &mut MessageWriter<'_>, operation: &Operation<'_>) {
    match operation {
        Operation::Bind { version, name, auth } => {
            m.num("version", *version).text("name", &text(name));
            authentication(m, auth);
        }
        Operation::Search(search) => {
            m.text("base_object", &text(search.base)).num("scope", search.scope).text("scope_name", names::scope(search.scope));
            m.num("deref", search.deref).num("size_limit", search.size_limit).num("time_limit", search.time_limit);
            m.text("filter", &hints::shown(Filter(search.filter), FILTER_MAX));
            m.texts("attributes", Elements::new(search.attributes).take(LIST_MAX).map(|e| text(e.bytes)));
        }
        Operation::Entry { name, attributes } => {
            m.text("object_name", &text(name));
            if let Some(Ok(Some(netlogon))) = attributes.first("netlogon").map(Netlogon::read) {
                netlogon.write(m);
            } else {
                values(m, attributes);
            }
        }
        Operation::Reference(uris) => {
            m.texts("references", Elements::new(uris).take(VALUES_MAX).map(|e| text(e.bytes)));
        }
        Operation::Result(outcome) => {
            m.num("result_code", outcome.code).text("result_name", names::result(outcome.code));
            let texts = [("matched_dn", outcome.matched), ("error_message", outcome.text)];
            for (name, bytes) in texts.iter().filter(|(_, bytes)| !bytes.is_empty()) {
                m.text(name, &text(bytes));
            }
            if let Some(name) = outcome.name {
                m.text("response_name", &text(name));
            }
            if let Some(token) = outcome.token {
                token_fields(m, token);
            }
        }
        Operation::Modify { name, changes } => {
            m.text("object", &text(name));
            m.objects("changes", changes_of(changes), |m, change| {
                m.text("change", names::change(change.kind)).text("type", &text(change.attribute));
                m.texts("values", shown_values(change.attribute, change.values));
            });
        }
        Operation::Add { name, attributes } => {
            m.text("entry", &text(name));
            values(m, attributes);
        }
        Operation::Delete(name) => drop(m.text("entry", &text(name))),
        Operation::Rename { name, new, delete_old, superior } => {
            m.text("entry", &text(name)).text("new_rdn", &text(new)).flag("delete_old_rdn", *delete_old);
            if let Some(superior) = superior {
                m.text("new_superior", &text(superior));
            }
        }
        Operation::Compare { name, attribute, value } => {
            let value = if names::is_secret(attribute) { Cow::Borrowed(HIDDEN) } else { text(value) };
            m.text("entry", &text(name)).text("type", &text(attribute)).text("value", &value);
        }
        Operation::Abandon(id) => drop(m.num("abandoned_id", *id)),
        Operation::Extended { name, value } => {
            m.text("request_name", &text(name)).opt("value_bytes", value.map(|value| value.len() as u64));
        }
        Operation::Unbind | Operation::Intermediate => {}
    }
}

fn authentication(m: &mut MessageWriter<'_>, auth: &Auth<'_>) {
    match auth {
        Auth::Simple(secret) => {
            m.num("authentication", 0).text("authentication_name", "simple");
            if !secret.is_empty() {
                m.text("password", HIDDEN);
            }
        }
        Auth::Sasl { mechanism, token } => {
            m.num("authentication", 3).text("authentication_name", "sasl").text("mechanism", &text(mechanism));
            token_fields(m, token);
        }
        Auth::Sicily { step, token } => {
            m.num("authentication", *step).text("authentication_name", "sicily");
            token_fields(m, token);
        }
        Auth::Other(number) => drop(m.num("authentication", *number)),
    }
}

fn token_fields(m: &mut MessageWriter<'_>, token: &[u8]) {
    match spnego::read(token) {
        Token::Ntlm(said) => said.write(m),
        Token::Kerberos(ticket) => {
            m.text("ticket_realm", &ticket.realm).text("ticket_sname", &ticket.service).num("ticket_etype", ticket.encryption);
        }
        Token::Other => {}
    }
}

fn values(m: &mut MessageWriter<'_>, attributes: &Attributes<'_>) {
    m.objects("values", attributes.each(), |m, (kind, all)| {
        m.text("type", &text(kind)).texts("values", shown_values(kind, all));
    });
}

/// Values as text; those that are none in hexadecimal, those that are secret not at all.
fn shown_values<'a>(kind: &'a [u8], values: Elements<'a>) -> impl Iterator<Item = Cow<'a, str>> {
    let secret = names::is_secret(kind);
    values.take(VALUES_MAX).map(move |e| if secret { HIDDEN.into() } else { shown_value(e.bytes) })
}

pub fn shown_value(bytes: &[u8]) -> Cow<'_, str> {
    let readable = std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(char::is_control));
    if readable { text(bytes) } else { hints::hex_cut(bytes, 64).into() }
}

/// One change of a modification.
pub struct Change<'a> {
    pub kind: i64,
    pub attribute: &'a [u8],
    pub values: Elements<'a>,
}

pub fn changes_of<'a>(changes: &'a [u8]) -> impl Iterator<Item = Change<'a>> + use<'a> {
    Elements::new(changes).take(LIST_MAX).filter_map(|e| {
        let mut parts = e.elements();
        let kind = ber::integer(parts.next()?.bytes)?;
        let (attribute, values) = attribute(&parts.next()?)?;
        Some(Change { kind, attribute, values })
    })
}
