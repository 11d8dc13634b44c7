//! The fields of an SMB 1 message, for `decode`.

use super::names;
use super::session1::{Session, transaction2};
use super::smb1::{self, Message};
use crate::{dcerpc, hints, windows};
use wf_wire::MessageWriter;

/// Writes everything that was read.
pub fn write(w: &mut MessageWriter<'_>, m: &Message<'_>, session: &Session) {
    w.num("command", m.command).flag("response", m.is_answer()).num("multiplex_id", m.mid);
    if m.is_answer() {
        w.num("status", m.status);
        if m.has_nt_status() || m.status == 0 {
            w.text("status_name", &windows::status_name(m.status));
        }
    }
    w.text("name", names::command1(m.command)).num("tree_id", m.tid).num("user_id", m.uid).num("process_id", m.pid);
    w.flag("signed", m.is_signed());
    let mut chained = m.chain().skip(1).peekable();
    if chained.peek().is_some() {
        w.objects("chained", chained, |w, next| {
            w.num("command", next.command).text("name", names::command1(next.command));
            command(w, &next, session);
        });
    }
    command(w, m, session);
}

/// The fields of one command.
fn command(w: &mut MessageWriter<'_>, m: &Message<'_>, session: &Session) {
    match m.command {
        smb1::NEGOTIATE => negotiate(w, m),
        smb1::SESSION_SETUP => logon(w, m),
        smb1::TREE_CONNECT if m.is_answer() => {
            w.text("service", &m.service());
        }
        smb1::TREE_CONNECT | smb1::TREE_CONNECT_CORE if !m.is_answer() => {
            w.text("path", &m.path().map(|(path, _)| path).unwrap_or_default());
        }
        smb1::NT_CREATE if m.is_answer() => {
            if let Some((fid, action, size)) = m.created() {
                w.num("fid", fid).text("action", names::action(action)).num("size", size);
            }
        }
        smb1::NT_CREATE => {
            if let Some((disposition, options, name)) = m.create() {
                w.text("file", &name).text("disposition", names::disposition(disposition)).num("options", options);
            }
        }
        smb1::READ | smb1::WRITE | smb1::CLOSE if !m.is_answer() => {
            if let Some(fid) = m.fid() {
                w.num("fid", fid).text("file", session.name(fid));
            }
            if let Some((offset, len)) = m.range().filter(|_| m.command != smb1::CLOSE) {
                w.num("offset", offset).num("length", len);
            }
        }
        smb1::TRANSACTION if !m.is_answer() => {
            if let Some(said) = m.transaction() {
                let [function, about] = said.setup;
                w.text("transaction", &said.name).num("function", function).num("about", about);
            }
        }
        smb1::TRANSACTION2 if !m.is_answer() => {
            if let Some((function, _, name)) = transaction2(m) {
                w.text("function", function).text("file", &name);
            }
        }
        0x00 | 0x01 | 0x06 | 0x07 if !m.is_answer() => {
            let (first, second) = m.names();
            w.text("file", &first);
            if m.command == 0x07 {
                w.text("new_name", &second);
            }
        }
        _ => {}
    }
}

fn negotiate(w: &mut MessageWriter<'_>, m: &Message<'_>) {
    if !m.is_answer() {
        w.texts("dialects", m.dialects().map(hints::clean));
    } else if let Some(said) = m.negotiated() {
        w.num("dialect", said.dialect).flag("signing_required", said.mode & 8 != 0).flag("challenge", said.mode & 2 != 0);
        if let Some(guid) = said.guid {
            w.show("server_guid", guid);
        }
        for (name, text) in [("domain", &said.domain), ("server", &said.server)].iter().filter(|(_, text)| !text.is_empty()) {
            w.text(name, text);
        }
    }
}

fn logon(w: &mut MessageWriter<'_>, m: &Message<'_>) {
    let Some(said) = m.logon() else { return };
    let texts = [("account", &said.account), ("domain", &said.domain), ("os", &said.os), ("software", &said.software)];
    for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        w.text(name, text);
    }
    if m.is_answer() {
        w.flag("guest", said.action & 1 != 0);
    }
    dcerpc::token(w, said.token);
}
