//! The fields of one message, for `decode`.

use super::frame::{Address, Frame};
use super::names::{self, opcode};
use super::value::{clock, points, row};
use super::{contents, file, login, passwords};
use std::fmt;
use wf_wire::MessageWriter;

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.unit, self.group)
    }
}

/// Writes everything that was read.
pub fn write(m: &mut MessageWriter<'_>, frame: &Frame<'_>, answer: bool) {
    m.show("destination", frame.to).show("source", frame.from).num("opcode", frame.opcode);
    m.text("name", names::named(frame.opcode, frame.data).map_or("unknown_opcode", |(name, _)| name));
    m.flag("response", answer).num("data_length", frame.data.len() as u64).flag("checked", frame.checked);
    m.num("check", u16::from_le_bytes(frame.check));
    let data = frame.data;
    match frame.opcode {
        opcode::READ_CLOCK | opcode::SET_CLOCK if !data.is_empty() => {
            if let Some(time) = clock(data) {
                m.text("time", &time);
            }
            m.opt("weekday", data.get(7).copied());
        }
        opcode::LOGIN => {
            if let Some(login) = login::read(data) {
                m.text("user", &login.user).text("password", "hidden");
            }
            m.opt("access_level", login::access(data));
        }
        opcode::SET_ROW | opcode::READ_ROW => {
            if let Some((point, count, values)) = row(data) {
                m.show("point", point).num("count", count);
                write_values(m, values, point.is_secret(count));
            }
        }
        opcode::READ if !answer => {
            m.texts("points", points(data));
        }
        opcode::READ | opcode::WRITE => {
            write_values(m, data, !passwords::find(data, !frame.checked).is_empty());
        }
        opcode::FILE => {
            if let Some(name) = file::name(data).filter(|_| !answer) {
                m.text("file", &name);
            }
        }
        opcode::ERROR => {
            m.texts("errors", data.chunks_exact(2).filter_map(|pair| pair.first()).map(|code| names::outcome(*code)));
            m.nums("error_codes", data.chunks_exact(2).filter_map(|pair| pair.first()).copied());
            m.nums("error_offsets", data.chunks_exact(2).filter_map(|pair| pair.last()).copied());
        }
        opcode::SYSTEM if answer => {
            m.opt("mode", data.first().copied()).opt("type", data.get(super::session::TYPE_AT).copied());
        }
        _ => {}
    }
    contents::write(m, frame.opcode, data, answer);
}

fn write_values(m: &mut MessageWriter<'_>, values: &[u8], hidden: bool) {
    if hidden {
        m.text("values", "hidden");
    } else {
        m.hex("values", values);
    }
}
