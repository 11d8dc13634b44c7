//! The fields of one message, for `decode`.

use super::frame::{Frame, asks};
use super::session::name;
use wf_wire::MessageWriter;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, frame: &Frame) {
    m.num("header", frame.header).text("name", name(frame.header)).num("station", frame.station);
    m.text("direction", if asks(frame.header) { "request" } else { "response" });
    if let Some(check) = frame.check {
        m.num("check", check).num("check_calculated", frame.expected);
    }
    m.flag("checked", frame.is_proven());
    if !frame.pairs.is_empty() {
        m.objects("bytes", &frame.pairs, |m, pair| {
            m.num("address", pair.address).num("value", pair.value);
        });
    }
}
