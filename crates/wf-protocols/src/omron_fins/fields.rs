//! The fields of one message, for `decode`.

use super::area::{Area, Place};
use super::contents;
use super::frame::{Frame, TcpHeader};
use super::names;
use super::operations::{Range, elements};
use std::fmt;
use wf_wire::{MessageWriter, Reader};

/// A node's address: network, node, unit.
struct Node([u8; 3]);

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [network, node, unit] = self.0;
        write!(f, "{network}.{node}.{unit}")
    }
}

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    let ([_, destination, _], [_, source, _]) = (frame.destination, frame.source);
    m.num("icf", frame.icf).num("service_id", frame.service_id).num("command", frame.command);
    m.num("destination_node", destination).num("source_node", source);
    m.text("name", names::command(frame.command).map_or("unknown_command", |(name, _)| name));
    m.flag("response", frame.is_answer()).num("gateway_count", frame.gateways);
    m.show("destination", Node(frame.destination)).show("source", Node(frame.source));
    if let Some(code) = frame.end_code {
        m.num("end_code", code).text("outcome", names::end_code(code));
    }
    if frame.is_answer() { answer(m, frame) } else { request(m, frame) }
}

fn request(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    let mut r = Reader::new(frame.data);
    match frame.command {
        0x0101..=0x0103 => {
            if let Some(range) = Range::read(&mut r) {
                m.num("area", range.place.area).num("word", range.place.word).num("bit", range.place.bit);
                m.show("place", range.place).num("count", range.count);
                if frame.command != 0x0101 {
                    m.nums("values", elements(Area::of(range.place.area), r.rest()));
                }
            }
        }
        0x0104 => {
            m.texts("places", std::iter::from_fn(|| Place::read(&mut r)));
            let mut r = Reader::new(frame.data);
            m.objects("areas", std::iter::from_fn(|| Place::read(&mut r)), place);
        }
        0x0105 => {
            if let (Some(from), Some(to)) = (Place::read(&mut r), Range::read(&mut r)) {
                m.show("from", from).show("to", to.place).num("count", to.count).objects("areas", [from, to.place], place);
            }
        }
        0x0201..=0x0203 => {
            m.opt("parameter_area", r.u16().ok()).opt("word", r.u16().ok()).opt("count", r.u16().ok()).hex("data", r.rest());
        }
        0x0306 | 0x0307 => {
            m.opt("program", r.u16().ok()).opt("program_word", r.u32().ok()).opt("count", r.u16().ok()).hex("data", r.rest());
        }
        0x0401 => {
            m.opt("program", r.u16().ok());
            if let Ok(mode) = r.u8() {
                m.text("mode", names::mode(mode));
            }
        }
        0x0702 => contents::time(m, frame.data),
        _ if contents::request(m, frame.command, frame.data) => {}
        _ => {
            m.hex("data", frame.data);
        }
    }
}

fn place(m: &mut MessageWriter<'_>, place: Place) {
    m.num("area", place.area).num("word", place.word).num("bit", place.bit);
}

fn answer(m: &mut MessageWriter<'_>, frame: &Frame<'_>) {
    let text = |at: usize, len: usize| frame.data.get(at..at + len).map(crate::hints::clean).unwrap_or_default();
    let mut r = Reader::new(frame.data);
    match frame.command {
        0x0601 => {
            if let Ok([status, mode]) = r.array() {
                m.num("running", status & 1).text("mode", names::mode(mode));
            }
            m.opt("fatal_errors", r.u16().ok()).opt("non_fatal_errors", r.u16().ok()).opt("messages", r.u16().ok());
            m.opt("error_code", r.u16().ok()).text("error_message", &text(10, 16));
        }
        0x0620 if frame.data.len() >= 12 => {
            m.opt("average", r.u32().ok()).opt("maximum", r.u32().ok()).opt("minimum", r.u32().ok());
        }
        0x0701 => contents::time(m, frame.data),
        _ if contents::answer(m, frame.command, frame.data) => {}
        _ => {
            m.hex("data", frame.data);
        }
    }
}

/// What TCP's header says where no frame follows.
pub fn write_tcp(m: &mut MessageWriter<'_>, header: &TcpHeader, body: &[u8]) {
    let mut r = Reader::new(body);
    m.num("tcp_command", header.command).text("name", names::tcp_command(header.command)).num("error", header.error);
    if header.command == 0 {
        m.opt("client_node", r.u32().ok());
    } else if header.command == 1 {
        m.opt("client_node", r.u32().ok()).opt("server_node", r.u32().ok());
    }
}
