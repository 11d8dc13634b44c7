//! Addresses of variables: the items of read and write requests.

use std::fmt;
use wf_wire::decode::Coded;
use wf_wire::{Reader, Short};

/// Transport sizes of S7ANY items.
pub mod size {
    /// One bit.
    pub const BIT: u8 = 1;
    /// Eight bits.
    pub const BYTE: u8 = 2;
    /// A character.
    pub const CHAR: u8 = 3;
    /// Sixteen bits.
    pub const WORD: u8 = 4;
    /// Sixteen bits, signed.
    pub const INT: u8 = 5;
    /// Thirty-two bits.
    pub const DWORD: u8 = 6;
    /// Thirty-two bits, signed.
    pub const DINT: u8 = 7;
    /// Single precision.
    pub const REAL: u8 = 8;
    /// Days since 1990-01-01.
    pub const DATE: u8 = 9;
    /// Milliseconds of the day.
    pub const TIME_OF_DAY: u8 = 10;
    /// Milliseconds, signed.
    pub const TIME: u8 = 11;
    /// BCD time with a time base.
    pub const S5TIME: u8 = 12;
    /// BCD date and time.
    pub const DATE_AND_TIME: u8 = 15;
    /// A counter.
    pub const COUNTER: u8 = 28;
    /// A timer.
    pub const TIMER: u8 = 29;
}

/// Data block area.
pub const AREA_DB: u8 = 0x84;

/// Syntax of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Syntax {
    /// S7ANY pointer.
    Any = 0x10,
    /// Byte range of a data block (S7-400).
    DbRead = 0xb0,
    /// Symbolic address of an S7-1200: the checksum of the symbol stands in `address`.
    Symbol = 0xb2,
    /// Variable of a numerical control.
    Nck = 0x82,
    /// Another one, not read further.
    Other = 0,
}

/// One variable that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// How it is named.
    pub syntax: Syntax,
    /// Memory area.
    pub area: u8,
    /// Transport size: the type of one element.
    pub size: u8,
    /// Data block number, where the area has one.
    pub db: u16,
    /// Address in bits (number of a counter or timer).
    pub address: u32,
    /// Elements.
    pub count: u16,
}

impl Item {
    /// The numbers that name it, for a target.
    pub fn coded(&self) -> Coded {
        let kind = u64::from(self.syntax as u8) << 16 | u64::from(self.area) << 8 | u64::from(self.size);
        Coded { numbers: [kind, u64::from(self.db), u64::from(self.address), u64::from(self.count)], show: show_coded }
    }

    /// Bits of one element.
    pub const fn bits(&self) -> u32 {
        match self.size {
            size::BIT => 1,
            size::BYTE | size::CHAR => 8,
            size::WORD | size::INT | size::DATE | size::S5TIME | size::COUNTER | size::TIMER => 16,
            size::DWORD | size::DINT | size::REAL | size::TIME_OF_DAY | size::TIME => 32,
            size::DATE_AND_TIME => 64,
            _ => 8,
        }
    }

    /// The element at `index` alone.
    pub fn element(&self, index: u32) -> Self {
        let step = if matches!(self.area, 28..=31) { 1 } else { self.bits() };
        Self { address: self.address.saturating_add(index.saturating_mul(step)), count: 1, ..*self }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.coded().fmt(f)
    }
}

fn show_coded(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [kind, db, address, count] = *numbers;
    let (syntax, area, size) = (kind >> 16 & 0xff, (kind >> 8 & 0xff) as u8, (kind & 0xff) as u8);
    match syntax {
        0x10 | 0xb0 => show_any(area, size, db, address, f)?,
        0xb2 => write!(f, "symbol {address:08x}")?,
        0x82 => write!(f, "nck {area:02x}.{db}.{address}.{size:02x}")?,
        _ => f.write_str("unknown address")?,
    }
    if count > 1 { write!(f, " x{count}") } else { Ok(()) }
}

fn show_any(area: u8, size: u8, db: u64, address: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (byte, bit) = (address >> 3, address & 7);
    let letter = match area {
        0x80 => "P",
        0x81 => "I",
        0x82 => "Q",
        0x83 => "M",
        0x84 | 0x85 => "",
        0x86 => "L",
        0x87 => "V",
        28 => return write!(f, "C{address}"),
        29 => return write!(f, "T{address}"),
        30 => return write!(f, "HC{address}"),
        31 => return write!(f, "HT{address}"),
        0x03 => "SI",
        0x05 => "SM",
        0x06 => "AI",
        0x07 => "AQ",
        0x01 => return write!(f, "record {db}.{address}"),
        other => return write!(f, "area {other:02x} {byte}.{bit}"),
    };
    match area {
        AREA_DB => write!(f, "DB{db}.DB")?,
        0x85 => write!(f, "DI{db}.DI")?,
        _ => f.write_str(letter)?,
    }
    let in_block = matches!(area, 0x84 | 0x85);
    match size {
        size::BIT if in_block => write!(f, "X{byte}.{bit}"),
        size::BIT => write!(f, "{byte}.{bit}"),
        size::WORD | size::INT | size::DATE | size::S5TIME => write!(f, "W{byte}"),
        size::DWORD | size::DINT | size::REAL | size::TIME | size::TIME_OF_DAY => write!(f, "D{byte}"),
        _ => write!(f, "B{byte}"),
    }
}

/// Name of a transport size.
pub const fn size_name(code: u8) -> &'static str {
    match code {
        size::BIT => "BIT",
        size::BYTE => "BYTE",
        size::CHAR => "CHAR",
        size::WORD => "WORD",
        size::INT => "INT",
        size::DWORD => "DWORD",
        size::DINT => "DINT",
        size::REAL => "REAL",
        size::DATE => "DATE",
        size::TIME_OF_DAY => "TOD",
        size::TIME => "TIME",
        size::S5TIME => "S5TIME",
        size::DATE_AND_TIME => "DATE_AND_TIME",
        size::COUNTER => "COUNTER",
        size::TIMER => "TIMER",
        30 => "IEC_COUNTER",
        31 => "IEC_TIMER",
        32 => "HS_COUNTER",
        _ => "unknown",
    }
}

/// Reads items one after another: variable specification, length, syntax, address; padded to even length.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    reader: Reader<'a>,
    left: u16,
    areas: Option<(Reader<'a>, u8)>,
}

impl<'a> Items<'a> {
    /// `count` items in `bytes`.
    pub const fn new(bytes: &'a [u8], count: u16) -> Self {
        Self { reader: Reader::new(bytes), left: count, areas: None }
    }

    fn item(&mut self) -> Result<Item, Short> {
        let r = &mut self.reader;
        r.skip(1)?;
        let len = usize::from(r.u8()?);
        let mut spec = r.sub(len)?;
        if len % 2 == 1 && self.left > 1 {
            let _ = r.skip(1);
        }
        let blank = Item { syntax: Syntax::Other, area: 0, size: 0, db: 0, address: 0, count: 0 };
        Ok(match spec.u8()? {
            0x10 => {
                let (size, count, db, area) = (spec.u8()?, spec.u16()?, spec.u16()?, spec.u8()?);
                Item { syntax: Syntax::Any, size, count, db, area, address: spec.u24()? }
            }
            0xb0 => {
                let areas = spec.u8()?;
                self.areas = Some((spec, areas.saturating_sub(1)));
                self.area()?.unwrap_or(blank)
            }
            0xb2 => {
                spec.skip(1)?;
                let (area, db) = (spec.u16()?, spec.u16()?);
                let area = if area == 0x8a0e { AREA_DB } else { (db & 0xff) as u8 };
                Item { syntax: Syntax::Symbol, area, db, address: spec.u32()?, count: 1, size: 0 }
            }
            0x82..=0x84 => {
                let (area_unit, column, line, module, lines) = (spec.u8()?, spec.u16()?, spec.u16()?, spec.u8()?, spec.u8()?);
                Item { syntax: Syntax::Nck, area: area_unit, db: column, address: line.into(), size: module, count: lines.into() }
            }
            _ => blank,
        })
    }

    /// The next area of a data block range item.
    fn area(&mut self) -> Result<Option<Item>, Short> {
        let Some((spec, left)) = &mut self.areas else { return Ok(None) };
        let (bytes, db, start) = (spec.u8()?, spec.u16()?, spec.u16()?);
        let item = Item {
            syntax: Syntax::DbRead,
            area: AREA_DB,
            size: size::BYTE,
            db,
            address: u32::from(start) << 3,
            count: bytes.into(),
        };
        if *left == 0 {
            self.areas = None;
        } else {
            *left -= 1;
        }
        Ok(Some(item))
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Item, Short>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = if self.areas.is_some() {
            self.area().map(|area| area.unwrap_or(Item { syntax: Syntax::Other, area: 0, size: 0, db: 0, address: 0, count: 0 }))
        } else if self.left == 0 {
            return None;
        } else {
            let item = self.item();
            self.left -= 1;
            item
        };
        if found.is_err() {
            (self.left, self.areas) = (0, None);
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown() {
        let check = |area, size, db, address, count, want: &str| {
            assert_eq!(Item { syntax: Syntax::Any, area, size, db, address, count }.to_string(), want);
        };
        check(AREA_DB, size::WORD, 1, 80, 4, "DB1.DBW10 x4");
        check(AREA_DB, size::BIT, 1, 83, 1, "DB1.DBX10.3");
        check(AREA_DB, size::REAL, 2, 32, 1, "DB2.DBD4");
        check(0x83, size::BIT, 0, 83, 1, "M10.3");
        check(0x81, size::BYTE, 0, 0, 2, "IB0 x2");
        check(0x82, size::WORD, 0, 16, 1, "QW2");
        check(29, size::TIMER, 0, 5, 1, "T5");
        check(28, size::COUNTER, 0, 5, 2, "C5 x2");
    }

    #[test]
    fn read_one_after_another() {
        let bytes = [0x12, 10, 0x10, 2, 0, 4, 0, 1, 0x84, 0, 0, 0x50, 0x12, 12, 0xb0, 2, 4, 0, 68, 1, 0, 1, 0, 72, 0, 50];
        let items: Vec<String> = Items::new(&bytes, 2).map(|i| i.map_or_else(|e| e.to_string(), |i| i.to_string())).collect();
        assert_eq!(items, ["DB1.DBB10 x4", "DB68.DBB256 x4", "DB72.DBB50"]);
        assert_eq!(Items::new(&[0x12, 10, 0x10], 9).filter(Result::is_err).count(), 1);
    }
}
