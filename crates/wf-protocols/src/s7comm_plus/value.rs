//! Values with their type: flags, type, then one element or several.

use super::vlq;
use std::fmt::{self, Write};
use wf_wire::{Reader, Short};

/// Flags of a value.
pub mod flag {
    /// Several elements, their count in front.
    pub const ARRAY: u8 = 0x10;
    /// Several numbers that make up an address, their count in front.
    pub const ADDRESS: u8 = 0x20;
    /// Elements each with its key, ended by key 0.
    pub const SPARSE: u8 = 0x40;
}

/// Types of elements.
pub mod kind {
    /// Nothing.
    pub const NULL: u8 = 0x00;
    /// One byte, 0 or 1.
    pub const BOOL: u8 = 0x01;
    /// One byte.
    pub const USINT: u8 = 0x02;
    /// Two bytes.
    pub const UINT: u8 = 0x03;
    /// Variable length.
    pub const UDINT: u8 = 0x04;
    /// Variable length.
    pub const ULINT: u8 = 0x05;
    /// One byte, signed.
    pub const SINT: u8 = 0x06;
    /// Two bytes, signed.
    pub const INT: u8 = 0x07;
    /// Variable length, signed.
    pub const DINT: u8 = 0x08;
    /// Variable length, signed.
    pub const LINT: u8 = 0x09;
    /// One byte.
    pub const BYTE: u8 = 0x0a;
    /// Two bytes.
    pub const WORD: u8 = 0x0b;
    /// Four bytes.
    pub const DWORD: u8 = 0x0c;
    /// Eight bytes.
    pub const LWORD: u8 = 0x0d;
    /// Single precision.
    pub const REAL: u8 = 0x0e;
    /// Double precision.
    pub const LREAL: u8 = 0x0f;
    /// Nanoseconds since 1970, eight bytes.
    pub const TIMESTAMP: u8 = 0x10;
    /// Nanoseconds, variable length.
    pub const TIMESPAN: u8 = 0x11;
    /// Number of an object, four bytes.
    pub const RID: u8 = 0x12;
    /// Number of an attribute, variable length.
    pub const AID: u8 = 0x13;
    /// Bytes.
    pub const BLOB: u8 = 0x14;
    /// UTF-8.
    pub const WSTRING: u8 = 0x15;
    /// A number that names a type.
    pub const VARIANT: u8 = 0x16;
    /// Members, each with its number.
    pub const STRUCT: u8 = 0x17;
    /// Text of a tag.
    pub const S7STRING: u8 = 0x19;
}

/// Structures in structures, at most.
const DEPTH_MAX: u32 = 16;
/// Longest text of a value, in bytes.
pub const TEXT_MAX: usize = 200;
/// Elements of one value of which each becomes a point.
pub const POINTS_MAX: u32 = 64;

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// The bytes end before it does.
    Short,
    /// A type, element or form that is not known.
    Unknown,
}

impl From<Short> for Bad {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

/// A value: its flags, its type and the bytes behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// See [`flag`].
    pub flags: u8,
    /// See [`kind`].
    pub kind: u8,
    /// Count, if any, and elements.
    pub bytes: &'a [u8],
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Element<'a> {
    /// Nothing.
    Null,
    /// On or off.
    Flag(bool),
    /// A whole number.
    Whole(i128),
    /// A floating point number.
    Real(f64),
    /// Characters.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A structure by its number; its members, each with its number, or bytes where it is packed.
    Struct(u32, Option<&'a [u8]>),
}

impl<'a> Value<'a> {
    /// Reads a value.
    ///
    /// # Errors
    /// It does not fit, or its type is not known.
    pub fn read(r: &mut Reader<'a>) -> Result<Self, Bad> {
        Self::nested(r, 0)
    }

    fn nested(r: &mut Reader<'a>, depth: u32) -> Result<Self, Bad> {
        let (flags, kind) = (r.u8()?, r.u8()?);
        let (start, from) = (r.rest(), r.position());
        let skip = |r: &mut Reader<'a>| element(r, kind, depth).map(|_| ());
        if flags & flag::SPARSE != 0 {
            while vlq::unsigned(r)? != 0 {
                skip(r)?;
            }
        } else if flags & (flag::ARRAY | flag::ADDRESS) != 0 {
            let count = vlq::unsigned(r)?;
            for _ in 0..if kind == kind::NULL { 0 } else { count } {
                skip(r)?;
            }
        } else {
            skip(r)?;
        }
        Ok(Self { flags, kind, bytes: start.get(..r.position() - from).unwrap_or(start) })
    }

    /// Whether it holds several elements.
    pub const fn is_array(&self) -> bool {
        self.flags & (flag::ARRAY | flag::ADDRESS | flag::SPARSE) != 0
    }

    /// Its element, where it has one alone.
    pub fn single(&self) -> Option<Element<'a>> {
        if self.is_array() { None } else { element(&mut Reader::new(self.bytes), self.kind, 0).ok() }
    }

    /// Its number, where it is one whole number.
    pub fn whole(&self) -> Option<i128> {
        match self.single()? {
            Element::Whole(number) => Some(number),
            _ => None,
        }
    }

    /// Its characters, where it is text.
    pub fn characters(&self) -> Option<&'a [u8]> {
        match self.single()? {
            Element::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its elements, the first ones.
    pub fn elements(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut r = Reader::new(self.bytes);
        let (kind, sparse) = (self.kind, self.flags & flag::SPARSE != 0);
        let mut left = match self.is_array() {
            true if sparse || kind == kind::NULL => 0,
            true => vlq::unsigned(&mut r).unwrap_or(0),
            false => 1,
        };
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            element(&mut r, kind, 0).ok()
        })
    }

    /// Its elements as whole numbers.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.elements().map_while(|one| match one {
            Element::Whole(number) => u32::try_from(number).ok(),
            _ => None,
        })
    }

    /// Members of a structure, with their numbers.
    pub fn members(&self) -> Members<'a> {
        match self.single() {
            Some(Element::Struct(_, Some(bytes))) => Members(Reader::new(bytes)),
            _ => Members(Reader::new(&[])),
        }
    }

    /// The member of that number.
    pub fn member(&self, id: u32) -> Option<Self> {
        self.members().find(|(number, _)| *number == id).map(|(_, value)| value)
    }

    /// Text for people, bounded.
    pub fn text(&self) -> String {
        let mut out = Bounded { text: String::new(), full: false };
        let shown = match self.single() {
            Some(Element::Text(text)) => write!(out, "{}", String::from_utf8_lossy(text)),
            _ => show(self, &mut out),
        };
        if shown.is_err() || out.full {
            out.text.push('…');
        }
        out.text
    }
}

/// Members of a structure: number and value each, ended by number 0.
#[derive(Clone, Debug)]
pub struct Members<'a>(Reader<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (u32, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let id = vlq::unsigned(&mut self.0).ok().filter(|id| *id != 0)?;
        Value::read(&mut self.0).ok().map(|value| (id, value))
    }
}

fn element<'a>(r: &mut Reader<'a>, kind: u8, depth: u32) -> Result<Element<'a>, Bad> {
    Ok(match kind {
        kind::NULL => Element::Null,
        kind::BOOL => Element::Flag(r.u8()? != 0),
        kind::USINT | kind::BYTE => Element::Whole(r.u8()?.into()),
        kind::UINT | kind::WORD => Element::Whole(r.u16()?.into()),
        kind::DWORD | kind::RID => Element::Whole(r.u32()?.into()),
        kind::LWORD | kind::TIMESTAMP => Element::Whole(r.u64()?.into()),
        kind::SINT => Element::Whole(r.u8()?.cast_signed().into()),
        kind::INT => Element::Whole(r.i16()?.into()),
        kind::UDINT | kind::AID | kind::VARIANT => Element::Whole(vlq::unsigned(r)?.into()),
        kind::ULINT => Element::Whole(vlq::unsigned_long(r)?.into()),
        kind::DINT | kind::LINT | kind::TIMESPAN => Element::Whole(vlq::signed(r)?.into()),
        kind::REAL => Element::Real(r.f32()?.into()),
        kind::LREAL => Element::Real(r.f64()?),
        kind::WSTRING | kind::S7STRING => Element::Text(counted(r)?),
        kind::BLOB => {
            vlq::unsigned(r)?; // number of the type that the bytes follow, 0 for plain bytes
            Element::Bytes(counted(r)?)
        }
        kind::STRUCT => structure(r, depth)?,
        _ => return Err(Bad::Unknown),
    })
}

fn counted<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], Short> {
    let count = vlq::unsigned(r)?;
    r.take(usize::try_from(count).unwrap_or(usize::MAX))
}

fn structure<'a>(r: &mut Reader<'a>, depth: u32) -> Result<Element<'a>, Bad> {
    if depth >= DEPTH_MAX {
        return Err(Bad::Unknown);
    }
    let id = r.u32()?;
    if is_packed(id) {
        r.skip(8)?; // when its layout was changed
        let flags = vlq::unsigned(r)?;
        let mut count = vlq::unsigned(r)?;
        if flags & 0x400 != 0 {
            count = vlq::unsigned(r)?;
        }
        return Ok(Element::Bytes(r.take(usize::try_from(count).unwrap_or(usize::MAX))?));
    }
    let (start, from) = (r.rest(), r.position());
    while vlq::unsigned(r)? != 0 {
        Value::nested(r, depth + 1)?;
    }
    Ok(Element::Struct(id, start.get(..r.position() - from)))
}

/// Structures of system types and of optimised blocks travel as bytes whose layout the receiver knows.
const fn is_packed(id: u32) -> bool {
    matches!(id, 0x9000_0001..=0x9fff_fffe | 0x0200_0001..=0x02ff_fffe)
}

/// Takes text up to a limit and then refuses.
struct Bounded {
    text: String,
    full: bool,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let part = crate::hints::bounded(text, TEXT_MAX.saturating_sub(self.text.len()));
        self.text.push_str(part);
        self.full |= part.len() < text.len();
        if self.full { Err(fmt::Error) } else { Ok(()) }
    }
}

fn show(value: &Value<'_>, out: &mut Bounded) -> fmt::Result {
    let mut r = Reader::new(value.bytes);
    if value.flags & flag::SPARSE != 0 {
        out.write_char('[')?;
        let mut gap = "";
        while let Some(key) = vlq::unsigned(&mut r).ok().filter(|key| *key != 0) {
            write!(out, "{gap}{key}: ")?;
            show_element(element(&mut r, value.kind, 0).unwrap_or(Element::Null), value.kind, out)?;
            gap = ", ";
        }
        return out.write_char(']');
    }
    if !value.is_array() {
        return show_element(element(&mut r, value.kind, 0).unwrap_or(Element::Null), value.kind, out);
    }
    out.write_char('[')?;
    for (at, one) in value.elements().enumerate() {
        out.write_str(if at == 0 { "" } else { ", " })?;
        show_element(one, value.kind, out)?;
    }
    out.write_char(']')
}

fn show_element(one: Element<'_>, kind: u8, out: &mut Bounded) -> fmt::Result {
    match one {
        Element::Null => out.write_str("null"),
        Element::Flag(flag) => write!(out, "{flag}"),
        Element::Whole(number) if matches!(kind, kind::RID | kind::DWORD | kind::LWORD) => write!(out, "0x{number:x}"),
        Element::Whole(number) => write!(out, "{number}"),
        Element::Real(number) => match kind {
            kind::REAL => write!(out, "{}", number as f32),
            _ => write!(out, "{number}"),
        },
        Element::Text(text) => write!(out, "{:?}", String::from_utf8_lossy(text)),
        Element::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
        Element::Struct(id, members) => {
            write!(out, "struct {id} {{")?;
            let mut gap = "";
            for (number, member) in Members(Reader::new(members.unwrap_or(&[]))) {
                write!(out, "{gap}{number}: ")?;
                show(&member, out)?;
                gap = ", ";
            }
            out.write_char('}')
        }
    }
}

/// Name of a type.
pub const fn kind_name(code: u8) -> &'static str {
    match code {
        kind::NULL => "Null",
        kind::BOOL => "Bool",
        kind::USINT => "USInt",
        kind::UINT => "UInt",
        kind::UDINT => "UDInt",
        kind::ULINT => "ULInt",
        kind::SINT => "SInt",
        kind::INT => "Int",
        kind::DINT => "DInt",
        kind::LINT => "LInt",
        kind::BYTE => "Byte",
        kind::WORD => "Word",
        kind::DWORD => "DWord",
        kind::LWORD => "LWord",
        kind::REAL => "Real",
        kind::LREAL => "LReal",
        kind::TIMESTAMP => "Timestamp",
        kind::TIMESPAN => "Timespan",
        kind::RID => "RID",
        kind::AID => "AID",
        kind::BLOB => "Blob",
        kind::WSTRING => "WString",
        kind::VARIANT => "Variant",
        kind::STRUCT => "Struct",
        kind::S7STRING => "S7String",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn values() {
        let check = |bytes: &str, want: &str| {
            let bytes = hex(bytes);
            let mut r = Reader::new(&bytes);
            let text = Value::read(&mut r).map(|value| value.text());
            assert_eq!((text.as_deref(), r.left()), (Ok(want), 0), "{bytes:02x?}");
        };
        check("00 01 01", "true");
        check("00 07 fffe", "-2");
        check("00 08 7f", "-1");
        check("00 0e 40466666", "3.1");
        check("00 12 000003be", "0x3be");
        check("00 15 05 323b323838", "2;288");
        check("00 14 00 03 010203", "010203");
        check("10 02 03 01 02 ff", "[1, 2, 255]");
        check("20 04 02 880d 05", "[1037, 5]");
        check("40 15 01 02 6869 07 01 21 00", "[1: \"hi\", 7: \"!\"]");
        check("00 17 0000013a 823b 00 04 82 00 823f 00 15 01 41 00", "struct 314 {315: 256, 319: \"A\"}");
        check("00 17 02000043 0000000000000000 00 02 abcd", "abcd");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for bytes in ["00", "00 04 80", "10 02 05 01", "00 15 05 41", "00 17 0000013a 823b 00 04 01", "40 02 01"] {
            assert_eq!(Value::read(&mut Reader::new(&hex(bytes))), Err(Bad::Short), "{bytes}");
        }
        assert_eq!(Value::read(&mut Reader::new(&hex("00 18 00"))), Err(Bad::Unknown));
        let deep = [hex("0017"), [hex("00000001 01 0017")].concat().repeat(40)].concat();
        assert_eq!(Value::read(&mut Reader::new(&deep)), Err(Bad::Unknown));
        let many = hex("10 00 8fffffff7f");
        assert!(Value::read(&mut Reader::new(&many)).is_ok());
    }

    #[test]
    fn text_is_bounded() {
        let bytes = [&hex("10 02 8600")[..], &[7; 768]].concat();
        let text = Value::read(&mut Reader::new(&bytes)).map(|value| value.text()).unwrap_or_default();
        assert!(text.ends_with('…') && text.len() <= TEXT_MAX + 4, "{text}");
    }
}
