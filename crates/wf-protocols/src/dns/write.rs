//! A message's fields.

use super::wire::{Message, Record};
use super::{Kind, netbios};
use crate::hints;
use wf_wire::{MessageWriter, Reader};

/// Records written of one message.
const RECORDS_WRITTEN: usize = 64;

pub(super) fn message(kind: Kind, message: &Message<'_>, m: &mut MessageWriter<'_>) {
    m.num("id", message.id).flag("response", message.response());
    if let Some(question) = message.questions.first() {
        m.text("name", &name(kind, message, question.name_at)).num("type", question.kind);
        m.num("class", question.class & if kind == Kind::Mdns { 0x7fff } else { 0xffff });
    }
    if message.response() {
        m.num("rcode", message.rcode());
    }
    m.num("opcode", message.opcode());
    for (field, bit) in [("authoritative", 10), ("truncated", 9), ("recursion_desired", 8), ("recursion_available", 7)] {
        if message.flags >> bit & 1 == 1 {
            m.flag(field, true);
        }
    }
    if message.questions.len() > 1 {
        m.texts("questions", message.questions.iter().map(|q| name(kind, message, q.name_at)));
    }
    if !message.records.is_empty() {
        m.objects("records", message.records.iter().take(RECORDS_WRITTEN), |w, record| {
            w.text("name", &name(kind, message, record.name_at)).num("type", record.kind);
            // The pseudo record OPT (RFC 6891) has no time to live.
            if record.kind != 41 {
                w.num("ttl_s", record.ttl);
            }
            if let Some(data) = data(kind, message, record) {
                w.text("data", &data);
            }
        });
    }
}

fn name(kind: Kind, message: &Message<'_>, at: usize) -> String {
    let netbios = || message.first_label(at).and_then(netbios::Name::decode).map(|n| n.to_string());
    (kind == Kind::Netbios).then(netbios).flatten().unwrap_or_else(|| message.name_text(at))
}

/// A record's data as text, where its type is a known one.
fn data(kind: Kind, message: &Message<'_>, record: &Record<'_>) -> Option<String> {
    if kind == Kind::Netbios {
        return match record.kind {
            netbios::NB => netbios::address(record.data).ok().map(|(_, ip)| ip.to_string()),
            _ => None,
        };
    }
    if let Ok(Some(ip)) = record.address() {
        return Some(ip.to_string());
    }
    let mut r = Reader::new(record.data);
    let name_after = |skipped: usize| message.name_text(record.data_at + skipped);
    Some(match record.kind {
        // NS, CNAME, SOA (its first name), PTR, DNAME.
        2 | 5 | 6 | 12 | 39 => name_after(0),
        15 => format!("{} {}", r.u16().ok()?, name_after(2)),
        16 | 99 => texts(r),
        33 => {
            let (priority, weight, port) = (r.u16().ok()?, r.u16().ok()?, r.u16().ok()?);
            format!("{priority} {weight} {port} {}", name_after(6))
        }
        _ => return None,
    })
}

/// The strings of a TXT record, parted by blanks.
fn texts(mut r: Reader<'_>) -> String {
    let mut out = String::new();
    while let Ok(text) = r.u8().and_then(|len| r.take(usize::from(len))) {
        if out.len() > 400 {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&hints::clean(text));
    }
    out
}
