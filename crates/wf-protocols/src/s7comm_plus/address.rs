//! Addresses of variables and attributes: an area or object, then numbers that lead down to the variable.

use super::names;
use super::value::Bad;
use super::vlq;
use std::fmt;
use wf_wire::Reader;
use wf_wire::decode::Coded;

/// Numbers of an address that are kept; a variable four structures deep is rare.
const LIDS_MAX: usize = 4;
/// Values of data blocks, as they are now.
pub const DB_ACTUAL: u32 = 2550;
/// Values of inputs, outputs, flags, counters and timers, as they are now.
pub const AREA_ACTUAL: u32 = 3736;
/// What follows are a first byte and a count of bytes.
const CLASSIC: u32 = 3;

/// One address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Checksum of the symbol's name; 0 where the address stands for itself.
    pub crc: u32,
    /// Object: a block or area by its number, or another object of the controller.
    pub area: u32,
    /// Attribute of the object: its values, mostly.
    pub attribute: u32,
    /// Numbers within the attribute.
    pub lids: [u32; LIDS_MAX],
    /// How many there are; may be more than are kept.
    pub depth: u8,
}

impl Item {
    /// Attribute of an object.
    pub fn attribute(object: u32, attribute: u32) -> Self {
        Self { area: object, attribute, ..Self::default() }
    }

    /// Reads an address as requests carry it: checksum, area, count, attribute, numbers.
    ///
    /// # Errors
    /// It does not fit.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, Bad> {
        let (crc, area, count) = (vlq::unsigned(r)?, vlq::unsigned(r)?, vlq::unsigned(r)?);
        let mut item = Self { crc, area, attribute: vlq::unsigned(r)?, ..Self::default() };
        for _ in 1..count {
            item.push(vlq::unsigned(r)?);
        }
        Ok(item)
    }

    /// Adds a number.
    pub fn push(&mut self, lid: u32) {
        if let Some(slot) = self.lids.get_mut(usize::from(self.depth)) {
            *slot = lid;
        }
        self.depth = self.depth.saturating_add(1);
    }

    /// Whether it means values of the process rather than attributes of an object.
    pub const fn is_value(&self) -> bool {
        matches!(self.attribute, DB_ACTUAL | AREA_ACTUAL)
    }

    /// The numbers that name it, for a target.
    pub fn coded(&self) -> Coded {
        self.element(None)
    }

    /// The same, for the element at `index` alone.
    pub fn element(&self, index: Option<u32>) -> Coded {
        let [a, b, c, d] = self.lids.map(u64::from);
        let index = index.map_or(0, |at| u64::from(at) + 1);
        let numbers = [
            u64::from(self.area) << 32 | u64::from(self.attribute),
            a << 32 | b,
            c << 32 | d,
            u64::from(self.depth) << 32 | index,
        ];
        Coded { numbers, show }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.coded().fmt(f)
    }
}

fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [place, ab, cd, rest] = *numbers;
    let high = |n: u64| (n >> 32) as u32;
    let low = |n: u64| (n & 0xffff_ffff) as u32;
    let (area, attribute) = (high(place), low(place));
    let (lids, depth) = ([high(ab), low(ab), high(cd), low(cd)], high(rest));
    show_object(area, f)?;
    let values = matches!(attribute, DB_ACTUAL | AREA_ACTUAL);
    match (lids, depth) {
        ([CLASSIC, first, count, _], 3) if values => {
            write!(f, "{}B{first} x{count}", if names::block(area).is_some() { ".DB" } else { "" })?;
        }
        _ => {
            match (values, names::attribute(attribute)) {
                (true, _) => {}
                (false, Some(name)) => write!(f, " {name}")?,
                (false, None) => write!(f, " attribute {attribute}")?,
            }
            for (at, lid) in lids.iter().take(depth as usize).enumerate() {
                write!(f, "{}{lid}", if at == 0 { " lid " } else { "." })?;
            }
            if depth as usize > LIDS_MAX {
                f.write_str("…")?;
            }
        }
    }
    match low(rest) {
        0 => Ok(()),
        index => write!(f, "[{}]", index - 1),
    }
}

fn show_object(area: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (names::block(area), names::object(area)) {
        (Some((kind, number)), _) => write!(f, "{kind}{number}"),
        (_, Some(name)) => f.write_str(name),
        _ => write!(f, "object {area}"),
    }
}

/// An object by its number, for people.
pub fn object(area: u32) -> Coded {
    Coded { numbers: [area.into(), 0, 0, 0], show: |numbers, f| show_object(numbers[0] as u32, f) }
}

/// Addresses one after another.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    reader: Reader<'a>,
    left: u32,
    /// The object whose attributes they are; 0: each says its own.
    object: u32,
}

impl<'a> Items<'a> {
    /// `count` addresses in `bytes`.
    pub const fn new(bytes: &'a [u8], count: u32, object: u32) -> Self {
        Self { reader: Reader::new(bytes), left: count, object }
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Item, Bad>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let item = match self.object {
            0 => Item::read(&mut self.reader),
            object => vlq::unsigned(&mut self.reader).map(|id| Item::attribute(object, id)).map_err(Bad::from),
        };
        if item.is_err() {
            self.left = 0;
        }
        Some(item)
    }
}

/// An address as a list of numbers: an attribute alone, or what [`Item::read`] reads.
pub fn from_numbers(object: u32, mut numbers: impl Iterator<Item = u32>) -> Item {
    let first = numbers.next().unwrap_or(0);
    let Some(area) = numbers.next() else { return Item::attribute(object, first) };
    let _count = numbers.next();
    let mut item = Item { crc: first, area, attribute: numbers.next().unwrap_or(0), ..Item::default() };
    numbers.take(255).for_each(|lid| item.push(lid));
    item
}

/// Addresses of a subscription with the reference by which notifications name each: a head of three numbers, then for
/// each a number with its top bit set, the reference, 0, area, checksum, attribute and numbers.
pub fn references(numbers: impl Iterator<Item = u32>, mut each: impl FnMut(u32, Item)) {
    let mut numbers = numbers.skip(3).peekable();
    while numbers.next_if(|n| n & 0x8000_0000 != 0).is_some() {
        let (Some(reference), Some(_), Some(area), Some(crc)) = (numbers.next(), numbers.next(), numbers.next(), numbers.next())
        else {
            return;
        };
        let mut item = Item { crc, area, attribute: numbers.next().unwrap_or(0), ..Item::default() };
        while let Some(lid) = numbers.next_if(|n| n & 0x8000_0000 == 0) {
            item.push(lid);
        }
        each(reference, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn shown() {
        let check = |bytes: &str, want: &str| {
            let item = Item::read(&mut Reader::new(&hex(bytes)));
            assert_eq!(item.map(|item| item.to_string()).as_deref(), Ok(want), "{bytes}");
        };
        check("8acdf1cd66 88d0b88003 02 9376 0a", "DB3 lid 10");
        check("00 88d0b88001 04 9376 03 04 08", "DB1.DBB4 x8");
        check("81ffccb577 52 03 9d18 09 0a", "M lid 9.10");
        check("00 52 04 9d18 03 00 02", "MB0 x2");
        check("00 32 01 9a7b", "cpu_common attribute 3451");
        check("00 34 01 9077", "cpu_exec_unit operating_state_request");
        check("00 88d0c88005 01 9365", "FB5 body");
        check("00 88d0b88001 06 9376 01 02 03 04 05", "DB1 lid 1.2.3.4…");
        assert_eq!(Item::read(&mut Reader::new(&hex("00 88"))), Err(Bad::Short));
    }

    #[test]
    fn a_subscription_names_its_addresses() {
        let mut found = Vec::new();
        let numbers = [0x8001_0000, 0, 2, 0x8004_0000, 1, 0, 0x8a0e_0003, 7, 2550, 10, 0x8004_0000, 2, 0, 82, 9, 3736, 9, 1];
        references(numbers.into_iter(), |reference, item| found.push(format!("{reference} {item}")));
        assert_eq!(found, ["1 DB3 lid 10", "2 M lid 9.1"]);
    }
}
