//! The fields of one message, for `decode`.

use super::frame::Frame;
use super::names;
use crate::hints::{clean, cut};
use wf_wire::MessageWriter;

/// Text of one value, in bytes.
const VALUE_MAX: usize = 200;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    m.text("type", names::kind(frame.kind).unwrap_or("unknown")).num("sequence", frame.sequence);
    if frame.reply >= 0 {
        m.num("reply", frame.reply);
    }
    m.text("channel", frame.channel).text("command", frame.command);
    m.objects("values", &frame.values, |m, value| {
        m.text("name", &clean(value.name));
        match value.kind {
            _ if names::is_secret(value.name) => m.text("value", "hidden"),
            b'b' | b'o' | b'm' => m.num("bytes", value.data.len() as u64),
            _ => m.text("value", &cut(value.text(), VALUE_MAX)),
        };
    });
}
