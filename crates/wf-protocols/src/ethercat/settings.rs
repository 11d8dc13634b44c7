//! What is written into a slave's controller, for people.

use super::registers;
use super::transfer::{hex, number};
use std::borrow::Cow;
use std::fmt::Write;
use wf_wire::{Reader, Short};

/// Settings of one write that are told.
const TOLD_MAX: usize = 3;

/// The value of a write to `offset`.
pub fn value(offset: u16, data: &[u8]) -> Option<Cow<'static, str>> {
    let register = registers::at(offset);
    let several =
        register.filter(|r| r.each > 0 && data.len() >= usize::from(r.each) && (offset - r.from).is_multiple_of(r.each));
    match several {
        _ if data.is_empty() => None,
        Some(register) => Some(list(register.name, data, usize::from(register.each)).into()),
        None => Some(match number(data) {
            Some(number) => format!("0x{number:0width$x}", width = data.len() * 2).into(),
            None => hex(data).into(),
        }),
    }
}

fn list(name: &str, data: &[u8], each: usize) -> String {
    let mut text = String::new();
    for (at, settings) in data.chunks_exact(each).enumerate() {
        if at == TOLD_MAX {
            text.push_str("; …");
            break;
        }
        if at > 0 {
            text.push_str("; ");
        }
        let told = if name == "fmmu" { fmmu(settings, &mut text) } else { sync_manager(settings, &mut text) };
        if told.is_err() {
            text.push('?');
        }
    }
    text
}

fn direction(code: u8) -> &'static str {
    match code & 3 {
        1 => "read",
        2 => "write",
        3 => "read and write",
        _ => "off",
    }
}

/// How a part of the process image is laid into memory (ETG.1000.4, 6.6).
fn fmmu(bytes: &[u8], out: &mut String) -> Result<(), Short> {
    let mut r = Reader::new(bytes);
    let (logical, length, [from, to]) = (r.u32_le()?, r.u16_le()?, r.array()?);
    let (physical, [bit, kind, active]) = (r.u16_le()?, r.array()?);
    if active & 1 == 0 {
        out.push_str("off");
        return Ok(());
    }
    let way = direction(kind);
    let _ = write!(out, "0x{logical:08x}.{from} to .{to}, {length} bytes, at 0x{physical:04x}.{bit} {way}");
    Ok(())
}

/// A buffer or a mailbox (ETG.1000.4, 6.7).
fn sync_manager(bytes: &[u8], out: &mut String) -> Result<(), Short> {
    let mut r = Reader::new(bytes);
    let (from, length, [control, _status, active, _application]) = (r.u16_le()?, r.u16_le()?, r.array()?);
    if active & 1 == 0 {
        out.push_str("off");
        return Ok(());
    }
    let kind = if control & 3 == 2 { "mailbox" } else { "buffer" };
    let way = if control & 0x0c == 4 { "written by the master" } else { "read by the master" };
    let _ = write!(out, "{kind} 0x{from:04x}, {length} bytes, {way}");
    Ok(())
}
