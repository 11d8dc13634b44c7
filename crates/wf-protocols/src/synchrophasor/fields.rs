//! The fields of one message, for `decode`.

use super::configuration::{Configuration, Unit};
use super::data::{self, Reading};
use super::frame::{self, COMMAND, DATA, HEADER_TEXT, Head};
use super::session::command;
use wf_wire::{MessageWriter, Reader};

/// Values of one data frame that are written out.
const VALUES_MAX: usize = 512;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, head: &Head, body: &[u8], known: Option<&Configuration>) {
    m.num("frame_type", head.kind).num("id_code", head.id_code).num("size", head.size).num("fraction", head.fraction);
    m.text("name", frame::name(head.kind)).num("version", head.version).num("second", head.second);
    m.num("time_quality", head.time_quality);
    match head.kind {
        COMMAND => {
            let mut r = Reader::new(body);
            if let Ok(code) = r.u16() {
                m.num("command", code).text("command_name", command(code).0).hex("extended", r.rest());
            }
        }
        HEADER_TEXT => {
            m.text("text", &crate::hints::clean(body));
        }
        DATA => {
            if let Some(known) = known.filter(|known| known.data_len() == body.len()) {
                write_data(m, known, body);
            }
        }
        _ => {
            if let Some(known) = known.filter(|_| head.is_configuration()) {
                m.num("time_base", known.time_base).num("data_rate", known.rate);
                m.objects("units", &known.units, write_unit);
            }
        }
    }
}

fn write_unit(m: &mut MessageWriter<'_>, unit: &Unit) {
    m.text("station", &unit.station).num("id_code", unit.id_code).num("format", unit.format);
    m.objects("phasors", &unit.phasors, |m, phasor| {
        m.text("point", &phasor.magnitude).text("unit", if phasor.current { "A" } else { "V" }).float("scale", phasor.scale);
    });
    m.texts("analogs", unit.analogs.iter().map(|analog| &analog.point));
    m.texts("digitals", unit.digitals.iter().flatten().filter(|name| !name.is_empty()));
    m.float("nominal", unit.nominal).num("configuration_changes", unit.changes);
    if let Some(place) = unit.place {
        m.floats("place", place.map(f64::from));
    }
}

fn write_data(m: &mut MessageWriter<'_>, known: &Configuration, body: &[u8]) {
    let mut found = Vec::new();
    let _ = data::read(known, body, &mut |_, _, reading| {
        if found.len() < VALUES_MAX {
            found.push(reading);
        }
    });
    m.objects("units", data::heads(known, body), |m, (unit, status, words)| {
        m.num("id_code", unit).num("status", status).text("quality", data::quality(status));
        m.flag("trigger", status & 0x0800 != 0).flag("configuration_change", status & 0x0400 != 0);
        if !words.is_empty() {
            m.nums("digital", words.as_chunks().0.iter().map(|word| u16::from_be_bytes(*word)));
        }
    });
    m.objects("values", found, |m, reading| match reading {
        Reading::Number(point, value) => {
            m.text("point", point).float("value", value);
        }
        Reading::Flag(point, value) => {
            m.text("point", point).flag("value", value);
        }
    });
}
