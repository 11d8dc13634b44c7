//! Values: data items in answers and write requests, and what their bytes mean by the type that was asked for.

use super::address::{Item, Syntax, size};
use crate::hints::{Limited, hex_cut};
use std::fmt::{self, Write};
use wf_wire::{Reader, Short};

/// Longest text of values of one operation, in bytes.
pub const VALUE_TEXT_MAX: usize = 200;
/// Elements of one item of which each becomes a point.
pub const POINTS_MAX: u32 = 64;

/// One data item: return code (in a write request: reserved) and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// Return code; 0xff is success.
    pub code: u8,
    /// Transport size of the data.
    pub size: u8,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Reads data items one after another, each but the last padded to even length.
#[derive(Clone, Debug)]
pub struct DataItems<'a> {
    reader: Reader<'a>,
    left: u16,
}

impl<'a> DataItems<'a> {
    /// `count` items in `bytes`.
    pub const fn new(bytes: &'a [u8], count: u16) -> Self {
        Self { reader: Reader::new(bytes), left: count }
    }

    fn item(&mut self) -> Result<Data<'a>, Short> {
        let (code, size) = (self.reader.u8()?, self.reader.u8()?);
        let said = self.reader.u16()?;
        // A failed item has no bytes, whatever some servers say in its length.
        let len = if matches!(code, 0xff | 0x00) { data_bytes(size, said) } else { 0 };
        let bytes = self.reader.take(len)?;
        if len % 2 == 1 && self.left > 1 {
            let _ = self.reader.skip(1);
        }
        Ok(Data { code, size, bytes })
    }
}

impl<'a> Iterator for DataItems<'a> {
    type Item = Result<Data<'a>, Short>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let item = self.item();
        self.left = if item.is_ok() { self.left - 1 } else { 0 };
        Some(item)
    }
}

/// Bytes of a data item: some transport sizes count bits.
pub const fn data_bytes(size: u8, len: u16) -> usize {
    match size {
        3..=5 => (len as usize).div_ceil(8),
        _ => len as usize,
    }
}

/// A value of one element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Element<'a> {
    /// On or off.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A single-precision number.
    Real(f32),
    /// Characters.
    Chars(&'a [u8]),
    /// Binary-coded decimal date and time.
    DateTime([u8; 8]),
}

impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Real(number) => write!(f, "{number}"),
            Self::Chars(chars) => write!(f, "\"{}\"", chars.escape_ascii()),
            Self::DateTime(bcd) => show_date_time(*bcd, f),
        }
    }
}

/// Writes a BCD date and time: year, month, day, hour, minute, second, milliseconds and weekday.
pub fn show_date_time(bcd: [u8; 8], f: &mut impl Write) -> fmt::Result {
    let [year, month, day, hour, minute, second, milli, last] = bcd;
    let century = if year < 0x90 { 20 } else { 19 };
    write!(f, "{century}{year:02x}-{month:02x}-{day:02x} {hour:02x}:{minute:02x}:{second:02x}.{milli:02x}{:x}", last >> 4)
}

/// The type by which an item's bytes are read. Clients that read a data block as plain bytes say nothing of its types:
/// two bytes are then taken as a word, four as a double word, and groups of four as REALs where every one of them makes
/// a plausible one (or zero) and not all are zero.
pub fn shaped(item: Item, bytes: &[u8]) -> Item {
    if item.size != size::BYTE || !matches!(item.syntax, Syntax::Any | Syntax::DbRead) || usize::from(item.count) != bytes.len() {
        return item;
    }
    let (groups, rest) = bytes.as_chunks::<4>();
    let real = |group: &[u8; 4]| (1e-6..1e9).contains(&f32::from_be_bytes(*group).abs());
    let reals = rest.is_empty() && groups.iter().all(|g| *g == [0; 4] || real(g)) && groups.iter().any(real);
    match bytes.len() {
        _ if reals => Item { size: size::REAL, count: item.count / 4, ..item },
        2 => Item { size: size::WORD, count: 1, ..item },
        4 => Item { size: size::DWORD, count: 1, ..item },
        _ => item,
    }
}

/// Calls `each` with index and value of every element that `bytes` hold.
pub fn elements<'a>(item: &Item, bytes: &'a [u8], mut each: impl FnMut(u32, Element<'a>)) {
    if matches!(item.syntax, Syntax::Other | Syntax::Symbol | Syntax::Nck) {
        return;
    }
    if item.size == size::CHAR {
        return each(0, Element::Chars(bytes));
    }
    let mut r = Reader::new(bytes);
    for index in 0..u32::from(item.count).min(POINTS_MAX) {
        match element(item.size, &mut r) {
            Ok(value) => each(index, value),
            Err(_) => return,
        }
    }
}

fn element<'a>(kind: u8, r: &mut Reader<'a>) -> Result<Element<'a>, Short> {
    Ok(match kind {
        size::BIT => Element::Flag(r.u8()? & 1 == 1),
        size::WORD | size::DATE => Element::Whole(r.u16()?.into()),
        size::COUNTER => Element::Whole(bcd(u32::from(r.u16()?) & 0x0fff)),
        size::INT => Element::Whole(r.i16()?.into()),
        size::DWORD | size::TIME_OF_DAY => Element::Whole(r.u32()?.into()),
        size::DINT | size::TIME => Element::Whole(r.i32()?.into()),
        size::REAL => Element::Real(r.f32()?),
        size::S5TIME | size::TIMER => Element::Whole(s5time_ms(r.u16()?)),
        size::DATE_AND_TIME => Element::DateTime(r.array()?),
        _ => Element::Whole(r.u8()?.into()),
    })
}

fn bcd(raw: u32) -> i64 {
    (0..4).rev().fold(0, |n, digit| n * 10 + i64::from(raw >> (digit * 4) & 0xf))
}

/// Milliseconds of an S5TIME: three BCD digits and a time base of 10 ms, 100 ms, 1 s or 10 s.
fn s5time_ms(raw: u16) -> i64 {
    let base = [10, 100, 1000, 10_000].get(usize::from(raw >> 12 & 3)).copied().unwrap_or(10);
    bcd(u32::from(raw) & 0x0fff) * base
}

/// The values of an item as text, bounded.
pub fn text(item: &Item, bytes: &[u8]) -> String {
    let mut out = Limited::new(VALUE_TEXT_MAX);
    let shape = shaped(*item, bytes);
    elements(&shape, bytes, |index, value| {
        let gap = if index > 0 { " " } else { "" };
        let _ = write!(out, "{gap}{value}");
    });
    if out.is_empty() {
        return hex_cut(bytes, VALUE_TEXT_MAX / 2);
    }
    if u32::from(shape.count) > POINTS_MAX {
        out.end();
    }
    out.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: u8, count: u16) -> Item {
        Item { syntax: Syntax::Any, area: 0x84, size: kind, db: 1, address: 0, count }
    }

    #[test]
    fn values() {
        let check = |kind, count, bytes: &[u8], want: &str| assert_eq!(text(&item(kind, count), bytes), want);
        check(size::BIT, 1, &[1], "true");
        check(size::INT, 2, &[0xff, 0xfe, 0, 7], "-2 7");
        check(size::REAL, 1, &[0x40, 0x46, 0x66, 0x66], "3.1");
        check(size::S5TIME, 1, &[0x21, 0x23], "123000");
        check(size::COUNTER, 1, &[0x01, 0x23], "123");
        check(size::CHAR, 3, b"abc", "\"abc\"");
        check(size::BYTE, 4, &[0x40, 0x46, 0x66, 0x66], "3.1");
        check(size::BYTE, 4, &[0, 0, 0, 9], "9");
        check(size::BYTE, 2, &[1, 0], "256");
        check(size::BYTE, 3, &[1, 0, 2], "1 0 2");
        check(size::BYTE, 8, &[0x40, 0x46, 0x66, 0x66, 0, 0, 0, 0], "3.1 0");
        check(size::BYTE, 8, &[0x40, 0x46, 0x66, 0x66, 0, 0, 0, 1], "64 70 102 102 0 0 0 1");
        check(size::DATE_AND_TIME, 1, &[0x14, 0x06, 0x01, 0x12, 0x30, 0x45, 0x12, 0x31], "2014-06-01 12:30:45.123");
        assert!(text(&item(size::BYTE, 300), &[255; 300]).chars().count() <= VALUE_TEXT_MAX + 1);
    }

    #[test]
    fn data_items() {
        let bytes = [0xff, 3, 0, 1, 1, 0, 0x0a, 0, 0, 4, 0xff, 4, 0, 16, 0, 7];
        let found: Vec<_> = DataItems::new(&bytes, 3).filter_map(Result::ok).map(|d| (d.code, d.bytes.len())).collect();
        assert_eq!(found, [(0xff, 1), (0x0a, 0), (0xff, 2)]);
        assert!(DataItems::new(&[0xff, 4, 1, 0, 7], 1).next().is_some_and(|d| d.is_err()));
    }
}
