//! The fields of one message, for `decode`.

use super::apci::{Apci, Format};
use super::asdu::{self, Asdu, Element, Form, Item};
use super::files::{self, Transfer};
use super::names;
use super::time::Moment;
use super::values::{self, Order, Reading};
use wf_wire::MessageWriter;
use wf_wire::decode::Value;

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, apci: &Apci, asdu: Option<&Asdu<'_>>) {
    match apci.format {
        Format::Information { send, receive } => {
            m.text("frame_type", "I").num("send_sequence", send).num("receive_sequence", receive);
        }
        Format::Supervision { receive } => {
            m.text("frame_type", "S").num("receive_sequence", receive);
        }
        Format::Control(function) => {
            m.text("frame_type", "U").num("u_function", function).text("name", names::control(function));
        }
    }
    let Some(asdu) = asdu else { return };
    m.num("type_id", asdu.type_id).num("cause", asdu.cause).num("common_address", asdu.common_address);
    m.num("object_count", asdu.count).opt("first_object", asdu.first_object());
    m.text("name", names::type_label(asdu.type_id)).text("cause_name", names::cause(asdu.cause));
    m.flag("sequence", asdu.sequence).flag("negative", asdu.negative).flag("test", asdu.test);
    m.num("originator", asdu.originator);
    match asdu::form(asdu.type_id) {
        Some(form) => {
            m.objects("objects", asdu.items(), |m, item| object(m, asdu.type_id, form, &item));
        }
        None if asdu.type_id == asdu::SEGMENT => {
            m.objects("objects", asdu.items(), |m, item| file(m, asdu.type_id, &item));
        }
        None => {
            m.hex("data", asdu.objects.get(3..).unwrap_or(&[]));
        }
    }
}

fn object(m: &mut MessageWriter<'_>, type_id: u8, form: Form, item: &Item<'_>) {
    if matches!(form.element, Element::File(_)) {
        file(m, type_id, item);
        return;
    }
    m.num("address", item.address);
    if let Some(reading) = values::reading(form, item.octets) {
        point(m, form, &reading);
    } else if type_id == 70 {
        let octet = item.octets.first().copied().unwrap_or(0);
        m.text("cause_of_initialization", names::initialization(octet)).flag("parameters_changed", octet & 0x80 != 0);
    } else if let Some(command) = values::command(type_id, form, item.octets) {
        m.show("command", command);
        match command.order {
            Order::Number(number, _) | Order::Parameter(number, _) => {
                m.float("value", number);
            }
            Order::Bits(bits) => {
                m.num("value", bits);
            }
            Order::Single(state, _) => {
                m.num("value", u8::from(state));
            }
            Order::Double(state, _) | Order::Step(state, _) => {
                m.num("value", state);
            }
            Order::Octet(octet) => {
                m.num("qualifier", octet);
            }
            Order::Word(_) | Order::Time(_) | Order::Nothing => {}
        }
        if matches!(type_id, 45..=50 | 58..=63) {
            m.flag("select", command.select);
        }
        if let Some(time) = values::time_of(form, item.octets) {
            moment(m, &time);
        }
    }
}

fn point(m: &mut MessageWriter<'_>, form: Form, reading: &Reading) {
    match reading.value {
        Value::Flag(flag) => m.num("value", u8::from(flag)),
        Value::Number(number) => m.float("value", number),
        Value::Text(text) => m.text("value", text),
    };
    if form.has_quality() {
        m.num("flags", reading.flags).text("quality", reading.quality());
    }
    m.opt("reading", reading.reading).opt("elapsed_ms", reading.elapsed_ms);
    if form.element == Element::Step {
        m.flag("transient", reading.transient);
    }
    if let Some(time) = reading.time {
        moment(m, &time);
    }
}

fn moment(m: &mut MessageWriter<'_>, time: &Moment) {
    m.show("time", time);
    if time.invalid {
        m.flag("time_invalid", true);
    }
    if time.date.is_some_and(|date| date.summer) {
        m.flag("summer_time", true);
    }
}

fn file(m: &mut MessageWriter<'_>, type_id: u8, item: &Item<'_>) {
    m.num("address", item.address);
    let Some((name, transfer)) = files::read(type_id, item.octets) else { return };
    m.num("file", name);
    match transfer {
        Transfer::Ready { size, positive } => m.num("size", size).flag("ready", positive),
        Transfer::SectionReady { section, size, positive } => m.num("section", section).num("size", size).flag("ready", positive),
        Transfer::Call { section, qualifier } => {
            m.num("section", section).num("qualifier", qualifier).text("call", files::call(qualifier))
        }
        Transfer::Last { section, qualifier, checksum } => {
            m.num("section", section).num("qualifier", qualifier).num("checksum", checksum)
        }
        Transfer::Acknowledge { section, qualifier } => m.num("section", section).num("qualifier", qualifier),
        Transfer::Segment { section, size } => m.num("section", section).num("size", size),
        Transfer::Entry { size, status, time } => m.num("size", size).num("status", status).show("time", time),
        Transfer::Archive { from, to } => m.show("from", from).show("to", to),
    };
}
