//! Typed values of tags (CIP volume 1, appendix C-6; Logix structures).

use crate::hints::{self, Limited};
use std::fmt::{self, Write};
use wf_wire::{Reader, Short};

/// Longest text of values of one operation, in bytes.
pub const VALUE_TEXT_MAX: usize = 200;
/// Elements of which each becomes a point.
pub const POINTS_MAX: u32 = 128;
/// Structure handle of the STRING type of a Logix controller.
const LOGIX_STRING: u16 = 0x0fce;

/// A data type, with the handle of its structure where it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    /// Type code.
    pub code: u16,
    /// Handle of a structure.
    pub structure: Option<u16>,
}

impl Type {
    /// Reads a type: two bytes, two more for the handle of a structure.
    ///
    /// # Errors
    /// It does not fit.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, Short> {
        let code = r.u16_le()?;
        let structure = if code == 0x02a0 { Some(r.u16_le()?) } else { None };
        Ok(Self { code, structure })
    }

    /// Bytes of one element; `None` for a structure or an unknown type.
    pub const fn size(self) -> Option<u32> {
        Some(match self.code & 0xff {
            0xc1 | 0xc2 | 0xc6 | 0xd1 => 1,
            0xc3 | 0xc7 | 0xd2 | 0xcd => 2,
            0xc4 | 0xc8 | 0xca | 0xd3 | 0xcc | 0xce | 0xd6 | 0xdb => 4,
            0xc5 | 0xc9 | 0xcb | 0xd4 | 0xcf | 0xd7 => 8,
            _ => return None,
        })
    }

    /// Name of the type.
    pub const fn name(self) -> &'static str {
        if self.structure.is_some() {
            return "STRUCT";
        }
        match self.code & 0xff {
            0xc1 => "BOOL",
            0xc2 => "SINT",
            0xc3 => "INT",
            0xc4 => "DINT",
            0xc5 => "LINT",
            0xc6 => "USINT",
            0xc7 => "UINT",
            0xc8 => "UDINT",
            0xc9 => "ULINT",
            0xca => "REAL",
            0xcb => "LREAL",
            0xcc => "STIME",
            0xcd => "DATE",
            0xce => "TIME_OF_DAY",
            0xcf => "DATE_AND_TIME",
            0xd0 => "STRING",
            0xd1 => "BYTE",
            0xd2 => "WORD",
            0xd3 => "DWORD",
            0xd4 => "LWORD",
            0xd6 => "FTIME",
            0xd7 => "LTIME",
            0xda => "SHORT_STRING",
            0xdb => "TIME",
            _ => "unknown",
        }
    }
}

/// A value of one element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Element<'a> {
    /// On or off.
    Flag(bool),
    /// A whole number.
    Whole(i128),
    /// Single precision.
    Real(f32),
    /// Double precision.
    LongReal(f64),
    /// Text.
    Text(&'a [u8]),
}

impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Real(number) => write!(f, "{number}"),
            Self::LongReal(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{}\"", text.escape_ascii()),
        }
    }
}

/// Calls `each` with index and value of every element, up to the bound; returns how many were read.
pub fn elements<'a>(of: Type, bytes: &'a [u8], mut each: impl FnMut(u32, Element<'a>)) -> u32 {
    let mut r = Reader::new(bytes);
    let mut index = 0;
    while index < POINTS_MAX && !r.is_empty() {
        match element(of, &mut r) {
            Ok(Some(value)) => each(index, value),
            _ => break,
        }
        index += 1;
    }
    index
}

fn element<'a>(of: Type, r: &mut Reader<'a>) -> Result<Option<Element<'a>>, Short> {
    if let Some(handle) = of.structure {
        return if handle == LOGIX_STRING { logix_string(r).map(Some) } else { Ok(None) };
    }
    Ok(Some(match of.code & 0xff {
        0xc1 => Element::Flag(r.u8()? != 0),
        0xc2 => Element::Whole(i128::from(r.u8()?.cast_signed())),
        0xc6 | 0xd1 => Element::Whole(r.u8()?.into()),
        0xc3 => Element::Whole(r.u16_le()?.cast_signed().into()),
        0xc7 | 0xd2 | 0xcd => Element::Whole(r.u16_le()?.into()),
        0xc4 | 0xcc | 0xd6 | 0xdb => Element::Whole(r.u32_le()?.cast_signed().into()),
        0xc8 | 0xd3 | 0xce => Element::Whole(r.u32_le()?.into()),
        0xc5 | 0xd7 => Element::Whole(r.i64_le()?.into()),
        0xc9 | 0xd4 | 0xcf => Element::Whole(r.u64_le()?.into()),
        0xca => Element::Real(r.f32_le()?),
        0xcb => Element::LongReal(r.f64_le()?),
        0xd0 => {
            let len = usize::from(r.u16_le()?);
            Element::Text(r.take(len)?)
        }
        0xda => {
            let len = usize::from(r.u8()?);
            Element::Text(r.take(len)?)
        }
        _ => return Ok(None),
    }))
}

/// Length, then room for 82 characters, padded.
fn logix_string<'a>(r: &mut Reader<'a>) -> Result<Element<'a>, Short> {
    let len = usize::try_from(r.u32_le()?).unwrap_or(usize::MAX);
    let room = r.take(r.left().min(84))?;
    Ok(Element::Text(room.get(..len).unwrap_or(room)))
}

/// Values as text, bounded; hexadecimal where the type is not known.
pub fn text(of: Type, bytes: &[u8]) -> String {
    let mut out = Limited::new(VALUE_TEXT_MAX);
    let read = elements(of, bytes, |index, value| {
        let gap = if index > 0 { " " } else { "" };
        let _ = write!(out, "{gap}{value}");
    });
    if read == 0 {
        return hex(bytes);
    }
    if read == POINTS_MAX {
        out.end();
    }
    out.into_text()
}

/// Bytes as hexadecimal text, bounded.
pub fn hex(bytes: &[u8]) -> String {
    hints::hex_cut(bytes, VALUE_TEXT_MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let check = |code: u16, structure, bytes: &[u8], want: &str| assert_eq!(text(Type { code, structure }, bytes), want);
        check(0xc1, None, &[1], "true");
        check(0xc4, None, &[0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0], "-1 7");
        check(0xca, None, &[0x66, 0x66, 0x46, 0x40], "3.1");
        check(0xc3, None, &[1, 0, 2], "1");
        check(0x2a0, Some(0x0fce), b"\x03\0\0\0abc\0\0", "\"abc\"");
        check(0x2a0, Some(1), &[1, 2], "0102");
        assert!(text(Type { code: 0xc4, structure: None }, &[9; 4000]).chars().count() <= VALUE_TEXT_MAX + 1);
    }
}
