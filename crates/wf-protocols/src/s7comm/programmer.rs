//! Programmer commands (test and installation functions): variables that are watched, modified or forced.

use super::address::{Item, Syntax, size};
use super::value::DataItems;
use wf_wire::Reader;

/// Variables of a request, and the values that it sets.
#[derive(Clone, Debug)]
pub struct Variables<'a> {
    reader: Reader<'a>,
    left: u16,
    /// Values, where the request sets some.
    pub values: DataItems<'a>,
}

impl<'a> Variables<'a> {
    /// Reads the data of a request: sizes of parameters and data, parameters, item count, items, values.
    pub fn request(bytes: &'a [u8]) -> Option<Self> {
        let mut data = data(bytes)?;
        let count = data.u16().ok()?;
        let mut values = data;
        values.skip(usize::from(count) * 6).ok()?;
        Some(Self { reader: data, left: count, values: DataItems::new(values.rest(), count) })
    }

    fn item(&mut self) -> Option<Item> {
        let [area, factor] = self.reader.array::<2>().ok()?;
        let (db, start) = (self.reader.u16().ok()?, u32::from(self.reader.u16().ok()?));
        let kind = match area & 0x0f {
            0 => size::BIT,
            2 => size::WORD,
            3 => size::DWORD,
            _ => size::BYTE,
        };
        let (area, kind, address) = match area >> 4 {
            0 => (0x83, kind, start << 3),
            1 => (0x81, kind, start << 3),
            2 => (0x82, kind, start << 3),
            3 => (0x80, kind, start << 3),
            7 => (0x84, kind, start << 3),
            5 => (29, size::TIMER, start),
            6 => (28, size::COUNTER, start),
            _ => (area, kind, start << 3),
        };
        let bit = kind == size::BIT;
        let address = if bit { address + u32::from(factor & 7) } else { address };
        Some(Item { syntax: Syntax::Any, area, size: kind, db, address, count: if bit { 1 } else { factor.into() } })
    }
}

impl Iterator for Variables<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        self.left = self.left.checked_sub(1)?;
        self.item()
    }
}

/// Values in a push that answers a request to watch variables.
pub fn watched(bytes: &[u8]) -> Option<DataItems<'_>> {
    let mut data = data(bytes)?;
    let count = data.u16().ok()?;
    Some(DataItems::new(data.rest(), count))
}

/// The data behind the sizes and the parameters.
fn data(bytes: &[u8]) -> Option<Reader<'_>> {
    let mut r = Reader::new(bytes);
    let (params, len) = (usize::from(r.u16().ok()?), usize::from(r.u16().ok()?));
    r.skip(params).ok()?;
    r.sub(len.min(r.left())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s7comm::value;
    use crate::testing::hex;

    #[test]
    fn modify() {
        let bytes = hex(concat!(
            "0014 0028 0000000100010006000100010001000100010002",
            "0003 030100000000 020100000004 100100000008 0009 0004 4133851f 0009 0002 dead 0009 0001 0100"
        ));
        let found: Vec<String> = Variables::request(&bytes).map_or(Vec::new(), |vars| {
            let values = vars.values.clone();
            vars.zip(values).map(|(i, v)| format!("{i} = {}", v.map_or(String::new(), |v| value::text(&i, v.bytes)))).collect()
        });
        assert_eq!(found, ["MD0 = 1093895455", "MW4 = 57005", "I8.1 = true"]);
        assert!(Variables::request(&[0, 9, 0]).is_none());
    }
}
