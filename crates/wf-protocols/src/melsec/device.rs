//! Devices: the controller's bits and words by letter and number (SH(NA)-080956ENG, clause 5.2).

use super::frame::Fields;
use std::fmt;
use wf_wire::Short;
use wf_wire::decode::Coded;

/// What a letter means.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Code in binary frames.
    pub code: u16,
    /// Letters.
    pub name: &'static str,
    /// It is a bit; else a word, or a double word where it says so.
    pub bit: bool,
    /// Its numbers are hexadecimal.
    pub hex: bool,
}

const fn bit(code: u16, name: &'static str) -> Kind {
    Kind { code, name, bit: true, hex: false }
}

const fn word(code: u16, name: &'static str) -> Kind {
    Kind { code, name, bit: false, hex: false }
}

const fn hexadecimal(kind: Kind) -> Kind {
    Kind { hex: true, ..kind }
}

static KINDS: &[Kind] = &[
    word(0xa8, "D"),
    bit(0x90, "M"),
    hexadecimal(bit(0x9c, "X")),
    hexadecimal(bit(0x9d, "Y")),
    word(0xaf, "R"),
    word(0xb0, "ZR"),
    hexadecimal(word(0xb4, "W")),
    hexadecimal(bit(0xa0, "B")),
    bit(0x91, "SM"),
    word(0xa9, "SD"),
    bit(0x92, "L"),
    bit(0x93, "F"),
    bit(0x94, "V"),
    bit(0x98, "S"),
    bit(0xc1, "TS"),
    bit(0xc0, "TC"),
    word(0xc2, "TN"),
    bit(0xc7, "SS"),
    bit(0xc6, "SC"),
    word(0xc8, "SN"),
    bit(0xc4, "CS"),
    bit(0xc3, "CC"),
    word(0xc5, "CN"),
    hexadecimal(bit(0xa1, "SB")),
    hexadecimal(word(0xb5, "SW")),
    hexadecimal(bit(0xa2, "DX")),
    hexadecimal(bit(0xa3, "DY")),
    word(0xcc, "Z"),
    word(0x62, "LZ"),
    word(0x2c, "RD"),
    bit(0x51, "LTS"),
    bit(0x50, "LTC"),
    word(0x52, "LTN"),
    bit(0x55, "LCS"),
    bit(0x54, "LCC"),
    word(0x56, "LCN"),
];

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its code; 0 where the letters are not known.
    pub code: u16,
    /// Its number.
    pub number: u32,
}

impl Device {
    /// Reads a device; `long` is the form of iQ-R controllers.
    ///
    /// # Errors
    /// It does not fit.
    pub fn read(f: &mut Fields<'_>, long: bool) -> Result<Self, Short> {
        if f.ascii {
            let name = f.take(if long { 4 } else { 2 })?;
            let kind = KINDS.iter().find(|kind| matches_name(kind.name, name));
            // File registers count in tens on screens, yet ZR is written hexadecimal.
            let base = if kind.is_some_and(|kind| kind.hex || kind.name == "ZR") { 16 } else { 10 };
            let number = f.digits(if long { 8 } else { 6 }, base)?;
            return Ok(Self { code: kind.map_or(0, |kind| kind.code), number });
        }
        let number = f.number(if long { 4 } else { 3 })?;
        Ok(Self { code: f.number(if long { 2 } else { 1 })? as u16, number })
    }

    /// What its letters mean.
    pub fn kind(&self) -> Option<&'static Kind> {
        kind(u64::from(self.code))
    }

    /// The numbers that name so many of it, for a target.
    pub fn coded(&self, count: u64, route: u64) -> Coded {
        Coded { numbers: [self.code.into(), self.number.into(), count, route], show }
    }
}

fn kind(code: u64) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| u64::from(kind.code) == code)
}

fn matches_name(name: &str, text: &[u8]) -> bool {
    let end = text.iter().rposition(|c| !matches!(c, b'*' | b' ')).map_or(0, |at| at + 1);
    text.get(..end).is_some_and(|text| text == name.as_bytes())
}

/// `D100`, `D100-D103`, `X1F network 1 station 2`.
fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [code, number, count, route] = *numbers;
    let one = |f: &mut fmt::Formatter<'_>, number: u64| match kind(code) {
        Some(kind) if kind.hex => write!(f, "{}{number:X}", kind.name),
        Some(kind) => write!(f, "{}{number}", kind.name),
        None => write!(f, "device {code:02x} {number}"),
    };
    one(f, number)?;
    if count > 1 {
        f.write_str("-")?;
        one(f, number + count - 1)?;
    }
    show_route(route, f)
}

/// Another station than the one at the address, by network and station.
pub fn show_route(route: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (route >> 8, route & 0xff) {
        (0, 0 | 0xff) => Ok(()),
        (network, station) => write!(f, " network {network} station {station}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn read_and_shown() {
        let check = |bytes: &[u8], ascii, long, count, route, want: &str| {
            let device = Device::read(&mut Fields::new(bytes, ascii), long);
            let text = device.map(|d| wf_wire::decode::Target::Coded(d.coded(count, route)).to_string());
            assert_eq!(text.as_deref(), Ok(want));
        };
        check(&hex("640000 a8"), false, false, 4, 0xff, "D100-D103");
        check(&hex("1f0000 9c"), false, false, 1, 0xff, "X1F");
        check(&hex("64000000 a800"), false, true, 1, 0x0102, "D100 network 1 station 2");
        check(b"M*000123", true, false, 1, 0, "M123");
        check(b"W*0000FF", true, false, 1, 0, "WFF");
        check(b"D***00000100", true, true, 1, 0, "D100");
        check(&hex("010000 ee"), false, false, 1, 0, "device ee 1");
    }
}
