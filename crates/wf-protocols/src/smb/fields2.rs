//! The fields of an SMB 2 or 3 message, for `decode`.

use super::names;
use super::session2::{Session, info, renamed};
use super::smb2::{Ask, Head, Said};
use crate::dcerpc;
use crate::windows;
use wf_wire::{MessageWriter, Reader};

/// Writes what a header says that is not all there.
pub fn front(m: &mut MessageWriter<'_>, bytes: &[u8]) {
    let number = |at: usize| bytes.get(at..).and_then(|rest| Reader::new(rest).u32_le().ok());
    let (status, command, flags) = (number(8), bytes.get(12..).and_then(|rest| Reader::new(rest).u16_le().ok()), number(16));
    let answer = flags.is_some_and(|flags| flags & 1 != 0);
    m.opt("command", command).flag("response", answer);
    m.opt("message_id", bytes.get(24..).and_then(|rest| Reader::new(rest).u64_le().ok()));
    m.opt("status", status.filter(|_| answer));
}

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, head: &Head, whole: &[u8], session: &Session) {
    m.num("command", head.command).flag("response", head.is_answer()).num("message_id", head.message);
    if head.is_answer() {
        m.num("status", head.status).text("status_name", &windows::status_name(head.status));
    }
    m.text("name", names::command2(head.command)).show("session_id", format_args!("0x{:016x}", head.session));
    m.opt("tree_id", head.tree).flag("signed", head.flags & 8 != 0);
    if head.is_answer() { answer(m, head, whole, session) } else { request(m, head, whole, session) }
}

fn request(m: &mut MessageWriter<'_>, head: &Head, whole: &[u8], session: &Session) {
    let Some(ask) = Ask::read(head, whole) else { return };
    if let Some(file) = ask.file() {
        m.text("file", session.name(&file));
    }
    match ask {
        Ask::Negotiate { mode, guid, dialects } => {
            let mut r = Reader::new(dialects);
            m.flag("signing_required", mode & 2 != 0).show("client_guid", guid);
            m.texts("dialects", std::iter::from_fn(|| r.u16_le().ok().map(names::dialect)));
        }
        Ask::SessionSetup { mode, token } => {
            m.flag("signing_required", mode & 2 != 0);
            dcerpc::token(m, token);
        }
        Ask::TreeConnect { path } => {
            m.text("path", &path);
        }
        Ask::Create(create) => {
            m.text("file", &create.name).text("disposition", names::disposition(create.disposition));
            m.num("access", create.access).num("options", create.options);
        }
        Ask::Read { len, offset, .. } | Ask::Write { len, offset, .. } => {
            m.num("offset", offset).num("length", len);
        }
        Ask::Ioctl { code, .. } => {
            m.num("control_code", code).text("control", names::control(code).unwrap_or("unknown"));
        }
        Ask::QueryDirectory { class, pattern, .. } => {
            m.num("class", class).text("pattern", &pattern);
        }
        Ask::QueryInfo { kind, class, .. } => {
            m.text("info", &info(kind, class));
        }
        Ask::SetInfo { kind, class, data, .. } => {
            m.text("info", &info(kind, class));
            if let (1, 10 | 11, Some(new)) = (kind, class, renamed(data)) {
                m.text("new_name", &new);
            }
        }
        Ask::OnFile { .. } | Ask::Other => {}
    }
}

fn answer(m: &mut MessageWriter<'_>, head: &Head, whole: &[u8], session: &Session) {
    match Said::read(head, whole) {
        Some(Said::Negotiate { mode, dialect, guid, .. }) => {
            m.text("dialect", names::dialect(dialect)).flag("signing_required", mode & 2 != 0).show("server_guid", guid);
        }
        Some(Said::SessionSetup { flags, token }) => {
            m.flag("guest", flags & 1 != 0).flag("anonymous", flags & 2 != 0).flag("encrypt", flags & 4 != 0);
            dcerpc::token(m, token);
        }
        Some(Said::TreeConnect { share }) => {
            let kind = match share {
                1 => "disk",
                2 => "pipe",
                3 => "print",
                _ => "unknown",
            };
            m.text("share_type", kind);
        }
        Some(Said::Create { action, size, .. }) => {
            m.text("action", names::action(action)).num("size", size);
        }
        Some(Said::Read { len, .. }) => {
            m.num("length", len);
        }
        Some(Said::Write { count }) => {
            m.num("length", count);
        }
        Some(Said::Ioctl { code, file, .. }) => {
            m.text("file", session.name(&file)).num("control_code", code);
            m.text("control", names::control(code).unwrap_or("unknown"));
        }
        Some(Said::Other) | None => {}
    }
}
