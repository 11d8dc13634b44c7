//! PCCC commands inside CIP (Allen-Bradley publication 1770-6.5.16): data tables of PLC-5, SLC 500 and MicroLogix.

use super::value::VALUE_TEXT_MAX;
use crate::hints::Limited;
use std::fmt::Write;
use wf_model::Category;
use wf_wire::{Reader, Short};

/// A command or its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Command code without the reply bit.
    pub command: u8,
    /// Status; 0 is none.
    pub status: u8,
    /// Transaction number.
    pub transaction: u16,
    /// Function code, in requests of commands that have one.
    pub function: Option<u8>,
    /// What follows.
    pub data: &'a [u8],
}

impl<'a> Command<'a> {
    /// Reads the data of an execute PCCC service: requestor, then the command.
    ///
    /// # Errors
    /// A field does not fit.
    pub fn parse(data: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        let requestor = usize::from(r.u8()?);
        r.skip(requestor.saturating_sub(1))?;
        let command = r.u8()?;
        let (status, transaction) = (r.u8()?, r.u16_le()?);
        let reply = command & 0x40 != 0;
        let command = command & 0x3f;
        let function = if !reply && matches!(command, 0x06 | 0x07 | 0x0f) { Some(r.u8()?) } else { None };
        Ok(Self { command, status, transaction, function, data: r.take_rest() })
    }

    /// Name, snake case, and category.
    pub const fn describe(&self) -> (&'static str, Category) {
        use Category::{Configuration, Control, Diagnostic, Program, Read, Write};
        match (self.command, self.function) {
            (0x00 | 0x08, _) => ("pccc_unprotected_write", Write),
            (0x01, _) => ("pccc_unprotected_read", Read),
            (0x02, _) => ("pccc_protected_bit_write", Write),
            (0x05, _) => ("pccc_unprotected_bit_write", Write),
            (0x06, Some(0x00)) => ("pccc_echo", Diagnostic),
            (0x06, Some(0x01)) => ("pccc_read_diagnostic_counters", Diagnostic),
            (0x06, Some(0x03)) => ("pccc_diagnostic_status", Diagnostic),
            (0x06, Some(0x02 | 0x04..=0x06 | 0x08 | 0x0a)) => ("pccc_set_parameters", Configuration),
            (0x07, Some(0x00)) => ("pccc_disable_outputs", Control),
            (0x07, Some(0x01 | 0x03)) => ("pccc_enable_outputs_or_scanning", Control),
            (0x07, Some(0x04..=0x06)) => ("pccc_transfer_mode", Program),
            (0x0f, Some(function)) => match function {
                0x00 => ("pccc_word_range_write", Write),
                0x01 => ("pccc_word_range_read", Read),
                0x02 | 0x26 | 0x79 => ("pccc_bit_write", Write),
                0x03 => ("pccc_file_write", Write),
                0x04 => ("pccc_file_read", Read),
                0x05 => ("pccc_download_request", Program),
                0x06 => ("pccc_upload", Program),
                0x07 => ("pccc_shutdown", Control),
                0x08 | 0x18 => ("pccc_physical_write", Program),
                0x09 | 0x17 => ("pccc_physical_read", Program),
                0x0a => ("pccc_restart", Control),
                0x29 => ("pccc_read_section_size", Diagnostic),
                0x67 | 0xa9 | 0xaa | 0xab => ("pccc_typed_write", Write),
                0x68 | 0xa1 | 0xa2 => ("pccc_typed_read", Read),
                0x88 => ("pccc_multiple_commands", Diagnostic),
                0x11 => ("pccc_get_edit_resource", Program),
                0x12 => ("pccc_return_edit_resource", Program),
                0x3a | 0x80 => ("pccc_set_mode", Control),
                0x41 => ("pccc_disable_forces", Control),
                0x50 => ("pccc_download_all", Program),
                0x52 => ("pccc_download_completed", Program),
                0x53 => ("pccc_upload_all", Program),
                0x55 => ("pccc_upload_completed", Program),
                0x57 => ("pccc_initialize_memory", Program),
                0x81 | 0x82 => ("pccc_open_or_close_file", Program),
                0x8f => ("pccc_apply_port_configuration", Configuration),
                _ => ("pccc_command", Diagnostic),
            },
            _ => ("pccc_command", Diagnostic),
        }
    }

    /// The address in a protected typed logical command, the bytes that it reads or writes, and what follows it.
    pub fn address(&self) -> Option<(Address, &'a [u8])> {
        let fields = match (self.command, self.function?) {
            (0x0f, 0xa1 | 0xa9) => 2,
            (0x0f, 0xa2 | 0xaa | 0xab) => 3,
            _ => return None,
        };
        let mut r = Reader::new(self.data);
        let bytes = r.u8().ok()?;
        let file = number(&mut r).ok()?;
        let kind = r.u8().ok()?;
        let element = number(&mut r).ok()?;
        let sub = if fields == 3 { number(&mut r).ok()? } else { 0 };
        Some((Address { bytes, file, kind, element, sub }, r.rest()))
    }

    /// Outcome by the status byte.
    pub const fn outcome(&self) -> &'static str {
        match self.status {
            0x00 => "ok",
            0x10 => "error: illegal command or format",
            0x20 => "error: host has a problem",
            0x30 => "error: remote host missing or shut down",
            0x40 => "error: hardware fault",
            0x50 => "error: addressing problem or memory protected",
            0x60 => "error: function disallowed by protection",
            0x70 => "error: processor is in program mode",
            0x80 => "error: compatibility mode file missing",
            0x90 => "error: remote node cannot buffer",
            0xf0 => "error: extended status",
            _ => "error: pccc status",
        }
    }
}

/// A number of one byte, or of two behind 0xff.
fn number(r: &mut Reader<'_>) -> Result<u16, Short> {
    match r.u8()? {
        0xff => r.u16_le(),
        small => Ok(small.into()),
    }
}

/// A place in a data table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Bytes read or written.
    pub bytes: u8,
    /// File number.
    pub file: u16,
    /// File type.
    pub kind: u8,
    /// Element.
    pub element: u16,
    /// Sub-element.
    pub sub: u16,
}

impl Address {
    /// Letter of the file type; empty where it has none.
    pub const fn letter(&self) -> &'static str {
        match self.kind {
            0x82 | 0x8b => "O",
            0x83 | 0x8c => "I",
            0x84 => "S",
            0x85 => "B",
            0x86 => "T",
            0x87 => "C",
            0x88 => "R",
            0x89 => "N",
            0x8a => "F",
            0x8d => "ST",
            0x8e => "A",
            0x91 => "L",
            _ => "",
        }
    }

    /// Bytes of one element.
    pub const fn element_bytes(&self) -> u8 {
        match self.kind {
            0x8a | 0x91 => 4,
            0x86..=0x88 => 6,
            0x8d => 84,
            _ => 2,
        }
    }

    /// Writes `N7:0` for the element `index` places on.
    pub fn show(&self, index: u16, out: &mut String) {
        let _ = write!(out, "{}{}:{}", self.letter(), self.file, self.element.saturating_add(index));
        if self.sub > 0 {
            let _ = write!(out, ".{}", self.sub);
        }
        if self.letter().is_empty() {
            let _ = write!(out, " type {:02x}", self.kind);
        }
    }

    /// Whole address with the number of elements.
    pub fn name(&self) -> String {
        let mut out = String::new();
        self.show(0, &mut out);
        let count = self.bytes / self.element_bytes().max(1);
        if count > 1 {
            let _ = write!(out, " x{count}");
        }
        out
    }

    /// Calls `each` with index and value of every element that `data` hold, for integer, bit, status and float files.
    pub fn values(&self, data: &[u8], mut each: impl FnMut(u16, f64)) {
        let mut r = Reader::new(data);
        let mut index = 0u16;
        while let Some(value) = match self.kind {
            0x8a => r.f32_le().ok().map(f64::from),
            0x91 => r.u32_le().ok().map(|n| f64::from(n.cast_signed())),
            0x82..=0x85 | 0x89 | 0x8b | 0x8c => r.u16_le().ok().map(|n| f64::from(n.cast_signed())),
            _ => None,
        } {
            each(index, value);
            index = index.saturating_add(1);
        }
    }

    /// Values as text, bounded.
    pub fn text(&self, data: &[u8]) -> String {
        let mut out = Limited::new(VALUE_TEXT_MAX);
        self.values(data, |_, value| {
            let gap = if out.is_empty() { "" } else { " " };
            let _ = write!(out, "{gap}{value}");
        });
        if out.is_empty() { super::value::hex(data) } else { out.into_text() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_read() {
        let bytes = [7, 0x4d, 0, 1, 2, 3, 4, 0x0f, 0, 0x34, 0x12, 0xa2, 4, 7, 0x89, 3, 0];
        let command = Command::parse(&bytes);
        let found = command.map(|c| (c.describe().0, c.address().map(|(a, _)| (a.name(), a.text(&[1, 0, 0xff, 0xff])))));
        assert_eq!(found, Ok(("pccc_typed_read", Some(("N7:3 x2".to_owned(), "1 -1".to_owned())))));
        assert!(Command::parse(&[9, 1]).is_err());
    }
}
