//! The fields of one message, for `decode`.

use super::pdu::{self, FIRST, LAST, NDR, Pdu};
use super::session::{Session, interface_name};
use super::{names, stub};
use crate::spnego::{self, Token};
use wf_wire::MessageWriter;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, session: &Session) {
    let head = &pdu.head;
    m.num("kind", head.kind).text("name", names::kind(head.kind)).num("call_id", head.call).num("length", head.len);
    if head.flags & (FIRST | LAST) != FIRST | LAST {
        m.flag("first", head.flags & FIRST != 0).flag("last", head.flags & LAST != 0);
    }
    match head.kind {
        pdu::REQUEST => request(m, pdu, session),
        pdu::RESPONSE => response(m, pdu, session),
        pdu::FAULT => {
            if let Some(status) = pdu.fault() {
                m.num("status", status).text("outcome", &names::fault(status));
            }
        }
        pdu::BIND | pdu::ALTER_CONTEXT => {
            m.objects("contexts", pdu.proposals(), |w, p| {
                w.num("context_id", p.id).text("interface", &interface_name(p.interface)).show("uuid", p.interface);
                w.num("version", p.version).flag("ndr", p.transfer == NDR);
            });
        }
        pdu::BIND_ACK | pdu::ALTER_CONTEXT_RESPONSE => {
            m.nums("results", pdu.results().map(|(result, _)| result));
        }
        pdu::BIND_NAK => {
            m.opt("reason", pdu.refusal());
        }
        _ => {}
    }
    if let Some(auth) = &pdu.auth {
        m.text("auth", names::auth(auth.kind)).text("auth_level", names::level(auth.level));
        if !matches!(head.kind, pdu::REQUEST | pdu::RESPONSE | pdu::FAULT) {
            token(m, auth.token);
        }
    }
}

/// What a logon's token shows.
pub fn token(m: &mut MessageWriter<'_>, bytes: &[u8]) {
    match spnego::read(bytes) {
        Token::Ntlm(said) => said.write(m),
        Token::Kerberos(ticket) => {
            m.text("kerberos_realm", &ticket.realm).text("kerberos_service", &ticket.service);
        }
        Token::Other => {}
    }
}

fn request(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, session: &Session) {
    let Some(call) = pdu.request() else { return };
    m.num("context_id", call.context).num("operation", call.number);
    if let Some(object) = call.object {
        m.show("object", object);
    }
    if let Some(guid) = session.interface(call.context) {
        m.text("interface", &interface_name(guid));
        if let Some(op) = names::interface(guid).and_then(|i| i.op(call.number)) {
            m.text("function", op.function);
            if pdu.head.flags & FIRST != 0 && !pdu.is_encrypted() && !op.function.starts_with("sasec") {
                let max = if op.function == "itaskscheduler_register_task" { 1 } else { usize::MAX };
                let texts = stub::texts(call.stub, pdu.head.big);
                m.texts("texts", stub::readable(&texts).into_iter().take(max));
            }
        }
    }
    m.num("stub_bytes", u32::try_from(call.stub.len()).unwrap_or(u32::MAX));
}

fn response(m: &mut MessageWriter<'_>, pdu: &Pdu<'_>, session: &Session) {
    let Some(said) = pdu.response() else { return };
    m.num("context_id", said.context);
    if let Some(guid) = session.interface(said.context) {
        let name = interface_name(guid);
        m.text("interface", &name);
        if name == "epmapper" && !pdu.is_encrypted() {
            m.texts("towers", stub::towers(said.stub).filter(stub::Tower::is_answer));
        }
    }
    m.num("stub_bytes", u32::try_from(said.stub.len()).unwrap_or(u32::MAX));
}
