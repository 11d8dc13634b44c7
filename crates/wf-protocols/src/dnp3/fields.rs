//! The fields of one message, for `decode`.

use super::files::{self, File};
use super::fragment::Fragment;
use super::link::Link;
use super::names;
use super::objects::{Header, Item, Range};
use super::values::{self, CommandKind};
use wf_wire::MessageWriter;
use wf_wire::decode::Value;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, link: &Link, fragment: &Fragment<'_>) {
    m.num("source", link.source).num("destination", link.destination);
    m.num("function", fragment.function).num("sequence", fragment.sequence());
    let listed = fragment.headers().filter(|_| names::lists_objects(fragment.function));
    m.texts("objects", listed.map(|h| format!("{}.{}", h.group, variation(&h))));
    m.text("name", names::function(fragment.function)).flag("from_master", link.by_master());
    m.flag("first", fragment.first()).flag("final", fragment.last());
    m.flag("confirm", fragment.confirm()).flag("unsolicited", fragment.unsolicited());
    if let Some(iin) = fragment.iin {
        m.num("iin", iin);
        m.texts("indications", names::INDICATIONS.iter().zip(0..).filter(|(_, bit)| iin >> bit & 1 == 1).map(|(name, _)| name));
    }
    if fragment.objects.is_empty() {
        return;
    }
    m.objects("headers", fragment.headers(), header);
    let mut common_time = None;
    let points = fragment.headers().flat_map(|header| header.items().map(move |item| (header, item)));
    m.objects("points", points.filter(|(h, _)| h.with_data), |m, (header, entry)| point(m, &header, &entry, &mut common_time));
}

/// The variation of a string is its length: one object whatever that is.
const fn variation(header: &Header<'_>) -> u8 {
    if matches!(header.group, 110 | 111) { 0 } else { header.variation }
}

fn header(m: &mut MessageWriter<'_>, header: Header<'_>) {
    m.show("object", format_args!("{}.{}", header.group, header.variation)).text("name", names::group(header.group));
    m.num("qualifier", header.qualifier);
    match header.range {
        Range::All => {}
        Range::Span(first, last) => {
            m.num("first", first).num("last", last);
        }
        Range::Count(count) => {
            m.num("count", count);
        }
    }
}

fn point(m: &mut MessageWriter<'_>, header: &Header<'_>, item: &Item<'_>, common_time: &mut Option<u64>) {
    m.show("object", format_args!("{}.{}", header.group, header.variation)).opt("index", item.index);
    if header.group == 51 {
        *common_time = values::absolute_time(item);
    }
    if let Some(reading) = values::reading(header, item) {
        match reading.value {
            Value::Flag(flag) => m.num("value", u8::from(flag)),
            Value::Number(number) => m.float("value", number),
            Value::Text(text) => m.text("value", text),
        };
        m.opt("flags", reading.flags).text("quality", values::quality(header.group, reading.flags));
        let base = if reading.relative { *common_time } else { Some(0) };
        if let Some((time, base)) = reading.time.zip(base) {
            m.text("time", &values::time_text(time.saturating_add(base)));
        }
    } else if let Some(command) = values::command(header, item) {
        if let CommandKind::Relay { code, count, on_ms, off_ms } = command.kind {
            m.num("code", code).num("count", count).num("on_ms", on_ms).num("off_ms", off_ms);
        }
        m.text("command", &command.kind.text()).num("status", command.status);
        m.text("status_name", names::control_outcome(command.status));
    } else {
        rest(m, header, item);
    }
}

/// Objects that are neither points nor controls.
fn rest(m: &mut MessageWriter<'_>, header: &Header<'_>, item: &Item<'_>) {
    let octets = item.data.octets();
    match header.group {
        0 => {
            m.text("name", names::attribute(header.variation));
            m.text("value", &values::attribute_text(octets).unwrap_or_default());
        }
        50 | 51 => {
            m.text("time", &values::absolute_time(item).map(values::time_text).unwrap_or_default());
        }
        52 => {
            let unit = if header.variation == 1 { "seconds" } else { "milliseconds" };
            m.num(unit, octets.first_chunk().map_or(0, |octets| u16::from_le_bytes(*octets)));
        }
        70 => match files::read(header.variation, octets) {
            Some(file) => file_fields(m, &file),
            None => {
                m.hex("data", octets);
            }
        },
        110..=113 => {
            m.text("value", &String::from_utf8_lossy(octets));
        }
        _ => {
            m.hex("data", octets);
        }
    }
}

fn file_fields(m: &mut MessageWriter<'_>, file: &File<'_>) {
    match file {
        File::Authentication { user, password } => m.text("user", user).flag("password", password.is_some()),
        File::Command { name, size, mode } => m.text("file", name).num("size", *size).num("mode", *mode),
        File::Status { handle, size, status } => m.num("handle", *handle).num("size", *size).num("status", *status),
        File::Block { handle, block, last, length } => {
            m.num("handle", *handle).num("block", *block).flag("last", *last).num("length", i128::try_from(*length).unwrap_or(0))
        }
        File::BlockStatus { handle, block, status } => m.num("handle", *handle).num("block", *block).num("status", *status),
        File::Descriptor { name, kind, size } => m.text("file", name).num("kind", *kind).num("size", *size),
        File::Specification(name) => m.text("file", name),
    };
}
