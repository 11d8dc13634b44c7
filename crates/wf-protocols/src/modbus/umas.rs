//! UMAS, the messages of Schneider Electric's engineering tools inside function 90: pairing key, function, data, numbers
//! least significant byte first. Schneider publishes no specification; layouts are what the field agrees on.

use wf_model::Category;
use wf_wire::{Reader, Short};

/// Functions.
pub mod code {
    /// Begin to talk; says who holds the reservation.
    pub const INIT_COMM: u8 = 0x01;
    /// What the controller is.
    pub const READ_ID: u8 = 0x02;
    /// What the project is.
    pub const READ_PROJECT_INFO: u8 = 0x03;
    /// State and checksums.
    pub const READ_PLC_INFO: u8 = 0x04;
    /// The memory card.
    pub const READ_CARD_INFO: u8 = 0x06;
    /// Become the one who may change the controller.
    pub const TAKE_RESERVATION: u8 = 0x10;
    /// Read memory.
    pub const READ_MEMORY: u8 = 0x20;
    /// Write memory.
    pub const WRITE_MEMORY: u8 = 0x21;
    /// Read variables.
    pub const READ_VARIABLES: u8 = 0x22;
    /// Write variables.
    pub const WRITE_VARIABLES: u8 = 0x23;
    /// Read bits and words by their number.
    pub const READ_COILS_REGISTERS: u8 = 0x24;
    /// Begin to load a program into the controller.
    pub const INITIALIZE_UPLOAD: u8 = 0x30;
    /// A block of it.
    pub const UPLOAD_BLOCK: u8 = 0x31;
    /// Its end.
    pub const END_UPLOAD: u8 = 0x32;
    /// Begin to read the program out.
    pub const INITIALIZE_DOWNLOAD: u8 = 0x33;
    /// A block of it.
    pub const DOWNLOAD_BLOCK: u8 = 0x34;
    /// Its end.
    pub const END_DOWNLOAD: u8 = 0x35;
    /// A message with a signature around another one.
    pub const SIGNED: u8 = 0x38;
    /// Start the program.
    pub const START: u8 = 0x40;
    /// Stop the program.
    pub const STOP: u8 = 0x41;
    /// The answer to a request that was refused.
    pub const ERROR: u8 = 0xfd;
    /// The answer to a request that was granted.
    pub const OK: u8 = 0xfe;
}

/// Name of a function, and what kind of act it is. `upload` is towards the controller, `download` away from it, as
/// Schneider Electric's own names have it.
#[must_use]
pub const fn function(number: u8) -> (&'static str, Category) {
    use Category::{Configuration, Control, Diagnostic, Program, Read, Write};
    match number {
        code::INIT_COMM => ("umas_init_comm", Diagnostic),
        code::READ_ID => ("umas_read_id", Diagnostic),
        code::READ_PROJECT_INFO => ("umas_read_project_info", Diagnostic),
        code::READ_PLC_INFO => ("umas_read_plc_info", Diagnostic),
        0x05 => ("umas_read_loader_info", Diagnostic),
        code::READ_CARD_INFO => ("umas_read_card_info", Diagnostic),
        0x07 => ("umas_read_block_info", Diagnostic),
        0x0a => ("umas_repeat", Diagnostic),
        code::TAKE_RESERVATION => ("umas_take_plc_reservation", Configuration),
        0x11 => ("umas_release_plc_reservation", Configuration),
        0x12 => ("umas_keep_alive", Diagnostic),
        code::READ_MEMORY => ("umas_read_memory_block", Read),
        code::WRITE_MEMORY => ("umas_write_memory_block", Write),
        code::READ_VARIABLES => ("umas_read_variables", Read),
        code::WRITE_VARIABLES => ("umas_write_variables", Write),
        code::READ_COILS_REGISTERS => ("umas_read_coils_registers", Read),
        0x25 => ("umas_write_coils_registers", Write),
        0x26 => ("umas_data_dictionary", Diagnostic),
        0x27 => ("umas_data_dictionary_preload", Diagnostic),
        0x28 => ("umas_read_physical_address", Read),
        0x29 => ("umas_write_physical_address", Write),
        0x2a => ("umas_browse_events", Diagnostic),
        code::INITIALIZE_UPLOAD => ("umas_initialize_upload", Program),
        code::UPLOAD_BLOCK => ("umas_upload_block", Program),
        code::END_UPLOAD => ("umas_end_strategy_upload", Program),
        code::INITIALIZE_DOWNLOAD => ("umas_initialize_download", Program),
        code::DOWNLOAD_BLOCK => ("umas_download_block", Program),
        code::END_DOWNLOAD => ("umas_end_strategy_download", Program),
        0x36 => ("umas_backup", Program),
        0x37 => ("umas_preload_blocks", Program),
        code::SIGNED => ("umas_signed", Diagnostic),
        0x39 => ("umas_read_eth_master_data", Diagnostic),
        code::START => ("umas_start", Control),
        code::STOP => ("umas_stop", Control),
        0x42 => ("umas_init_plc", Control),
        0x43 => ("umas_swap", Control),
        0x50 => ("umas_monitor_plc", Read),
        0x51 => ("umas_get_auto_modif", Diagnostic),
        0x52 => ("umas_get_forced_bits", Diagnostic),
        0x53 => ("umas_get_selected_blocks", Diagnostic),
        0x58 => ("umas_check_plc", Diagnostic),
        0x60 => ("umas_set_breakpoint", Control),
        0x61 => ("umas_delete_breakpoint", Control),
        0x62 => ("umas_step_over", Control),
        0x63 => ("umas_step_in", Control),
        0x64 => ("umas_step_out", Control),
        0x65 => ("umas_get_call_stack", Diagnostic),
        0x66 => ("umas_check_debug_allowed", Diagnostic),
        0x6c => ("umas_process_message", Diagnostic),
        0x6d => ("umas_private", Diagnostic),
        0x6e => ("umas_reservation_nonces", Diagnostic),
        0x70 => ("umas_read_io_object", Read),
        0x71 => ("umas_write_io_object", Write),
        0x72 => ("umas_read_rack", Diagnostic),
        0x73 => ("umas_get_status_module", Diagnostic),
        0x74 => ("umas_read_device_data", Diagnostic),
        code::ERROR => ("umas_error", Diagnostic),
        code::OK => ("umas_ok", Diagnostic),
        _ => ("umas_unknown_function", Diagnostic),
    }
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Given with the reservation; 0 without one.
    pub key: u8,
    /// Function, or whether it was granted.
    pub function: u8,
    /// A signature stood around it.
    pub signed: bool,
    /// The rest.
    pub data: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads what follows the function code 90. A message within a signature is read in place of it.
    ///
    /// # Errors
    /// Key and function do not fit.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let (key, function) = (r.u8()?, r.u8()?);
        let mut inner = r;
        // 1 byte, signature (HMAC-SHA256), function code 90.
        if inner.skip(33).is_ok() && inner.u8() == Ok(90) {
            let asked = function == code::SIGNED;
            let answered = matches!(function, code::OK | code::ERROR) && matches!(inner.peek(1), Some(code::OK | code::ERROR));
            if let (true, Ok(key), Ok(function)) = (asked || answered, inner.u8(), inner.u8()) {
                return Ok(Self { key, function, signed: true, data: inner.rest() });
            }
        }
        Ok(Self { key, function, signed: false, data: r.rest() })
    }
}

/// What the controller says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id<'a> {
    /// Number of the model.
    pub ident: u32,
    /// Firmware, a digit a half byte: 0x0270 is 2.70.
    pub firmware: u16,
    /// Hardware.
    pub hardware: u16,
    /// Name of the model.
    pub name: &'a [u8],
}

impl<'a> Id<'a> {
    /// Reads the answer to `READ_ID`.
    ///
    /// # Errors
    /// It does not fit.
    pub fn read(data: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        r.skip(2)?;
        let ident = r.u32_le()?;
        r.skip(2)?;
        let firmware = r.u16_le()?;
        r.skip(4)?;
        let hardware = r.u16_le()?;
        r.skip(6)?;
        Ok(Self { ident, firmware, hardware, name: counted(&mut r)? })
    }

    /// Firmware as people write it.
    #[must_use]
    pub fn firmware_text(&self) -> String {
        let [minor, major] = self.firmware.to_le_bytes();
        format!("{major:x}.{minor:02x}")
    }
}

/// What the controller says of its project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Project<'a> {
    /// Second, minute, hour, day, month, year of its last build.
    pub built: [u8; 7],
    /// Version: build, minor, major.
    pub version: (u16, u8, u8),
    /// Its name.
    pub name: &'a [u8],
}

impl<'a> Project<'a> {
    /// Reads the answer to `READ_PROJECT_INFO`; other records of the project have another layout.
    #[must_use]
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(data);
        r.skip(27).ok()?;
        let built: [u8; 7] = r.array().ok()?;
        let version = (r.u16_le().ok()?, r.u8().ok()?, r.u8().ok()?);
        let dated = matches!(built, [0..=59, 0..=59, 0..=23, 1..=31, 1..=12, ..]);
        Some(Self { built, version, name: counted(&mut r).ok()? }).filter(|_| dated)
    }

    /// Version as people write it.
    #[must_use]
    pub fn version_text(&self) -> String {
        let (build, minor, major) = self.version;
        format!("{major}.{minor}.{build}")
    }

    /// Time of the last build.
    #[must_use]
    pub fn built_text(&self) -> String {
        let [second, minute, hour, day, month, low, high] = self.built;
        let year = u16::from_le_bytes([low, high]);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

/// A count in a byte, and so many bytes.
///
/// # Errors
/// They do not fit.
pub fn counted<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], Short> {
    let count = usize::from(r.u8()?);
    r.take(count)
}

/// Who holds the reservation, after the answer to `INIT_COMM` or in `TAKE_RESERVATION`; empty for nobody.
#[must_use]
pub fn holder(function: u8, data: &[u8]) -> Option<&[u8]> {
    let mut r = Reader::new(data);
    r.skip(match function {
        code::INIT_COMM => 12,
        code::TAKE_RESERVATION => 4,
        _ => return None,
    })
    .ok()?;
    counted(&mut r).ok()
}

/// Name of the memory card.
#[must_use]
pub fn card(data: &[u8]) -> Option<&[u8]> {
    let mut r = Reader::new(data);
    r.skip(6).ok()?;
    counted(&mut r).ok().filter(|name| !name.is_empty())
}

/// State of the program in the answer to `READ_PLC_INFO`.
#[must_use]
pub fn state(data: &[u8]) -> Option<&'static str> {
    match data.get(60)? {
        1 => Some("stop"),
        2 => Some("run"),
        _ => None,
    }
}

/// A piece of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Block.
    pub block: u16,
    /// First byte.
    pub offset: u16,
    /// Bytes.
    pub count: u16,
}

impl Memory {
    /// Reads a request for memory.
    ///
    /// # Errors
    /// It does not fit.
    pub fn read(data: &[u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        r.skip(1)?;
        let (block, offset) = (r.u16_le()?, r.u16_le()?);
        r.skip(2)?;
        Ok(Self { block, offset, count: r.u16_le()? })
    }
}

/// A variable of the project: a place in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Block.
    pub block: u16,
    /// First byte.
    pub offset: u32,
    /// Bytes of one element.
    pub size: usize,
    /// Elements, where it is an array.
    pub elements: Option<u16>,
    /// What is written.
    pub data: &'a [u8],
}

/// Variables of a request: checksum of the project, count, then each.
#[derive(Clone, Debug)]
pub struct Variables<'a> {
    reader: Reader<'a>,
    left: u8,
    written: bool,
}

impl<'a> Variables<'a> {
    /// Variables that `data` names.
    #[must_use]
    pub fn new(function: u8, data: &'a [u8]) -> Self {
        let mut reader = Reader::new(data);
        let left = reader.skip(4).and_then(|()| reader.u8()).unwrap_or(0);
        Self { reader, left, written: function == code::WRITE_VARIABLES }
    }

    fn one(&mut self) -> Result<Variable<'a>, Short> {
        let r = &mut self.reader;
        let kind = r.u8()?;
        let block = r.u16_le()?;
        if !self.written {
            r.skip(1)?;
        }
        let base = u32::from(r.u16_le()?);
        let offset = base + if self.written { u32::from(r.u16_le()?) } else { u32::from(r.u8()?) };
        let size = if kind & 15 == 3 { 4 } else { usize::from(kind & 15) };
        let elements = if kind & 0xf0 == 0 { None } else { Some(r.u16_le()?) };
        let mut variable = Variable { block, offset, size, elements, data: &[] };
        if self.written {
            variable.data = r.take(variable.bytes())?;
        }
        Ok(variable)
    }
}

impl Variable<'_> {
    /// Bytes of its value.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.size.saturating_mul(self.elements.map_or(1, usize::from))
    }
}

impl<'a> Iterator for Variables<'a> {
    type Item = Variable<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let one = self.one().ok();
        if one.is_none() {
            self.left = 0;
        }
        one
    }
}

/// Bits and words by their number: count, then for each 2, its table, number and count.
pub fn located(data: &[u8]) -> impl Iterator<Item = (&'static str, u16)> + '_ {
    let mut r = Reader::new(data);
    let count = r.u8().unwrap_or(0);
    (0..count).map_while(move |_| {
        let [kind, table, low, high, count, _] = r.array::<6>().ok()?;
        let name = match (kind, table, count) {
            (2, 2, 1) => "%M",
            (2, 3, 1) => "%MW",
            _ => return None,
        };
        Some((name, u16::from_le_bytes([low, high])))
    })
}

/// A block of a program: its number, and the bytes in it (in the request towards the controller, in the answer away).
#[must_use]
pub fn block(data: &[u8]) -> Option<u16> {
    let mut r = Reader::new(data);
    r.skip(2).ok()?;
    r.u16_le().ok()
}

/// Bytes of a block of a program.
#[must_use]
pub fn block_bytes(function: u8, request: &[u8], answer: &[u8]) -> Option<u64> {
    let (data, at) = if function == code::UPLOAD_BLOCK { (request, 4) } else { (answer, 2) };
    let mut r = Reader::new(data);
    r.skip(at).ok()?;
    let said = usize::from(r.u16_le().ok()?);
    Some(said.min(r.left()) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn who_and_what() {
        let id = hex("10ff5a010100 0000 7002 0000 2700 0900 08000000 0000 0e 3134302043505520333131203130 01");
        let id = Id::read(&id).ok();
        assert_eq!(id.map(|id| (id.firmware_text(), id.name.to_vec())), Some(("2.70".into(), b"140 CPU 311 10".to_vec())));
        let project =
            hex("020500009888010000 020500009888010000 020c3b0c0e01de07 020c3b0c0e01de07 0800 0000 08 50726f6a65637400");
        let project = Project::read(&project).map(|p| (p.version_text(), p.built_text(), p.name));
        assert_eq!(project, Some(("0.0.8".into(), "2014-01-14 12:59:12".into(), &b"Project\0"[..])));
        assert_eq!(holder(code::INIT_COMM, &hex("fd03000600003200 0a030000 07 4a4f484e2d5043")), Some(&b"JOHN-PC"[..]));
        assert_eq!(holder(code::TAKE_RESERVATION, &hex("434c0000 02 4142")), Some(&b"AB"[..]));
    }

    #[test]
    fn a_signed_message_is_read_as_what_it_holds() {
        let inner = hex("5a 07 41 ff00");
        let signed = [&[7, code::SIGNED, 1][..], &[0xaa; 32], &inner].concat();
        let found = Message::read(&signed);
        assert_eq!(found, Ok(Message { key: 7, function: code::STOP, signed: true, data: &[0xff, 0] }));
    }

    #[test]
    fn places() {
        let read = hex("11223344 02 02 2d00 01 0c00 03 13 2e00 01 0000 04 0200");
        let found: Vec<_> = Variables::new(code::READ_VARIABLES, &read).map(|v| (v.block, v.offset, v.bytes())).collect();
        assert_eq!(found, [(45, 15, 2), (46, 4, 8)]);
        let written = hex("11223344 01 02 2d00 0c00 0300 3412");
        assert_eq!(Variables::new(code::WRITE_VARIABLES, &written).map(|v| v.data.to_vec()).collect::<Vec<_>>(), [[0x34, 0x12]]);
        assert_eq!(located(&hex("02 02020400 0100 02032d00 0100")).collect::<Vec<_>>(), [("%M", 4), ("%MW", 45)]);
        assert_eq!(Memory::read(&hex("00 1400 6400 0000 f600")), Ok(Memory { block: 20, offset: 100, count: 246 }));
    }
}
