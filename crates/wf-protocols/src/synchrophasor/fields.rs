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
        if let Some([changed, kind]) = phasor.flags {
            m.num("changed", changed).num("kind", kind).float("turn", phasor.turn);
        }
    });
    m.texts("analogs", unit.analogs.iter().map(|analog| &analog.point));
    m.nums("analogs_user", unit.analogs.iter().filter_map(|analog| analog.user));
    if unit.more.is_some() {
        m.floats("analogs_scale", unit.analogs.iter().map(|analog| analog.scale));
        m.floats("analogs_offset", unit.analogs.iter().map(|analog| analog.offset));
    }
    m.texts("digitals", unit.digitals.iter().flatten().filter(|name| !name.is_empty()));
    m.texts("unconnected", &unit.unconnected);
    m.nums("digitals_normal", unit.masks.iter().map(|[normal, _]| *normal));
    m.nums("digitals_valid", unit.masks.iter().map(|[_, valid]| *valid));
    m.float("nominal", unit.nominal).num("configuration_changes", unit.changes);
    if let Some(place) = unit.place {
        m.floats("place", place.map(f64::from));
    }
    if let Some((global, class, window, delay)) = &unit.more {
        m.hex("global_id", global).show("service_class", char::from(*class));
        m.num("window_us", *window).num("group_delay_us", *delay);
    }
}

fn write_data(m: &mut MessageWriter<'_>, known: &Configuration, body: &[u8]) {
    let mut found = Vec::new();
    let _ = data::read(known, body, &mut |_, _, reading| {
        if found.len() < VALUES_MAX {
            found.push(reading);
        }
    });
    m.objects("units", known.units.iter().zip(data::sent(known, body)), |m, (unit, sent)| {
        let status = sent.status;
        m.num("id_code", unit.id_code).num("status", status).text("quality", data::quality(status));
        m.flag("trigger", status & 0x0800 != 0).flag("configuration_change", status & 0x0400 != 0);
        m.flag("polar", unit.is_polar()).floats("phasors_sent", sent.phasors).floats("frequency_sent", sent.frequency);
        m.floats("analogs_sent", sent.analogs).nums("digital", sent.digitals);
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
