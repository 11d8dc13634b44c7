//! Values of any built-in type, Variants and DataValues (OPC 10000-6, 5.2.2.16 and 5.2.2.17), borrowed from the message.

use super::status;
use super::wire::{self, DEPTH_MAX, Diagnostic, Expanded, Fault, Guid, Object, Qualified, Result, Text, Time};
use std::fmt::{self, Write};
use wf_wire::Reader;

/// Text of values in operations, in bytes.
pub const TEXT_MAX: usize = 200;
/// Levels of nested values that are put into words.
const WORDS_MAX: u8 = 16;

/// Numbers of the built-in types (5.1.2).
pub mod builtin {
    /// Boolean.
    pub const BOOLEAN: u8 = 1;
    /// Byte.
    pub const BYTE: u8 = 3;
    /// UInt16.
    pub const UINT16: u8 = 5;
    /// Int32.
    pub const INT32: u8 = 6;
    /// UInt32.
    pub const UINT32: u8 = 7;
    /// Int64.
    pub const INT64: u8 = 8;
    /// Double.
    pub const DOUBLE: u8 = 11;
    /// String.
    pub const STRING: u8 = 12;
    /// DateTime.
    pub const DATE_TIME: u8 = 13;
    /// ByteString.
    pub const BYTE_STRING: u8 = 15;
    /// NodeId.
    pub const NODE_ID: u8 = 17;
    /// ExpandedNodeId.
    pub const EXPANDED_NODE_ID: u8 = 18;
    /// StatusCode.
    pub const STATUS_CODE: u8 = 19;
    /// QualifiedName.
    pub const QUALIFIED_NAME: u8 = 20;
    /// LocalizedText.
    pub const LOCALIZED_TEXT: u8 = 21;
    /// ExtensionObject.
    pub const EXTENSION_OBJECT: u8 = 22;
    /// DataValue.
    pub const DATA_VALUE: u8 = 23;
    /// Variant.
    pub const VARIANT: u8 = 24;
    /// DiagnosticInfo.
    pub const DIAGNOSTIC_INFO: u8 = 25;
}

/// Name of a built-in type.
pub const fn type_name(kind: u8) -> &'static str {
    match kind {
        0 => "Null",
        1 => "Boolean",
        2 => "SByte",
        3 => "Byte",
        4 => "Int16",
        5 => "UInt16",
        6 => "Int32",
        7 => "UInt32",
        8 => "Int64",
        9 => "UInt64",
        10 => "Float",
        11 => "Double",
        12 => "String",
        13 => "DateTime",
        14 => "Guid",
        15 => "ByteString",
        16 => "XmlElement",
        17 => "NodeId",
        18 => "ExpandedNodeId",
        19 => "StatusCode",
        20 => "QualifiedName",
        21 => "LocalizedText",
        22 => "ExtensionObject",
        23 => "DataValue",
        24 => "Variant",
        25 => "DiagnosticInfo",
        _ => "reserved",
    }
}

/// One value of a built-in type.
#[derive(Clone, Copy)]
pub enum Scalar<'a> {
    /// Nothing.
    Null,
    /// Boolean.
    Flag(bool),
    /// SByte, Int16, Int32, Int64.
    Signed(i64),
    /// Byte, UInt16, UInt32, UInt64.
    Unsigned(u64),
    /// Float.
    Float(f32),
    /// Double.
    Double(f64),
    /// String, XmlElement.
    Text(&'a [u8]),
    /// LocalizedText.
    Localized {
        /// Its language, or empty.
        locale: &'a [u8],
        /// The text.
        text: &'a [u8],
    },
    /// DateTime.
    Time(i64),
    /// Guid.
    Guid([u8; 16]),
    /// ByteString.
    Bytes(&'a [u8]),
    /// NodeId, ExpandedNodeId.
    Node(Expanded<'a>),
    /// StatusCode.
    Status(u32),
    /// QualifiedName.
    Name(Qualified<'a>),
    /// ExtensionObject.
    Object(Object<'a>),
    /// DataValue.
    Data(DataValue<'a>),
    /// Variant within a Variant.
    Variant(Variant<'a>),
    /// DiagnosticInfo: all its levels.
    Diagnostic(Reader<'a>),
}

impl<'a> Scalar<'a> {
    /// Reads a value of that built-in type, `depth` levels down.
    pub fn read(kind: u8, r: &mut Reader<'a>, depth: u8) -> Result<Self> {
        Ok(match kind {
            0 => Self::Null,
            builtin::BOOLEAN => Self::Flag(r.u8()? != 0),
            2 => Self::Signed(i64::from(r.u8()?.cast_signed())),
            builtin::BYTE => Self::Unsigned(u64::from(r.u8()?)),
            4 => Self::Signed(i64::from(r.i16_le()?)),
            builtin::UINT16 => Self::Unsigned(u64::from(r.u16_le()?)),
            builtin::INT32 => Self::Signed(i64::from(r.i32_le()?)),
            builtin::UINT32 => Self::Unsigned(u64::from(r.u32_le()?)),
            builtin::INT64 => Self::Signed(r.i64_le()?),
            9 => Self::Unsigned(r.u64_le()?),
            10 => Self::Float(r.f32_le()?),
            builtin::DOUBLE => Self::Double(r.f64_le()?),
            builtin::STRING | 16 => wire::bytes(r)?.map_or(Self::Null, Self::Text),
            builtin::DATE_TIME => Self::Time(r.i64_le()?),
            14 => Self::Guid(r.array()?),
            // Numbers that are not assigned are to be read as byte strings (5.2.2.16).
            builtin::BYTE_STRING | 26..=31 => wire::bytes(r)?.map_or(Self::Null, Self::Bytes),
            builtin::NODE_ID | builtin::EXPANDED_NODE_ID => Self::Node(Expanded::read(r)?),
            builtin::STATUS_CODE => Self::Status(r.u32_le()?),
            builtin::QUALIFIED_NAME => Self::Name(Qualified::read(r)?),
            builtin::LOCALIZED_TEXT => {
                let (locale, text) = wire::localized(r)?;
                Self::Localized { locale, text }
            }
            builtin::EXTENSION_OBJECT => Self::Object(Object::read(r)?),
            builtin::DATA_VALUE => Self::Data(DataValue::read(r, depth)?),
            builtin::VARIANT => Self::Variant(Variant::read(r, depth)?),
            builtin::DIAGNOSTIC_INFO => {
                let whole = *r;
                Diagnostic::skip(r)?;
                Self::Diagnostic(whole)
            }
            _ => return Err(Fault::Encoding),
        })
    }

    /// As a number, where it is one.
    pub fn number(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "values are told as doubles")]
        Some(match *self {
            Self::Signed(number) => number as f64,
            Self::Unsigned(number) => number as f64,
            Self::Float(number) => f64::from(number),
            Self::Double(number) => number,
            _ => return None,
        })
    }
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Unsigned(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Double(number) => write!(f, "{number}"),
            Self::Text(text) | Self::Localized { text, .. } => Text(text).fmt(f),
            Self::Time(time) => Time(*time).fmt(f),
            Self::Guid(guid) => Guid(*guid).fmt(f),
            Self::Bytes(bytes) => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Node(node) => node.fmt(f),
            Self::Status(code) => f.write_str(status::name(*code)),
            Self::Name(name) => name.fmt(f),
            Self::Object(object) => write!(f, "{{{}, {} bytes}}", object.kind, object.body.len()),
            Self::Data(data) => match &data.value {
                Some(value) => value.fmt(f),
                None => f.write_str("null"),
            },
            Self::Variant(value) => value.fmt(f),
            Self::Diagnostic(_) => f.write_str("{diagnostic}"),
        }
    }
}

/// A Variant: one value or an array of one built-in type.
#[derive(Clone, Copy)]
pub struct Variant<'a> {
    /// The built-in type.
    pub kind: u8,
    /// An array; else one value, or none when the type is 0.
    pub array: bool,
    /// Elements.
    pub count: usize,
    /// Lengths of the dimensions of a matrix, as Int32 each.
    pub dimensions: &'a [u8],
    depth: u8,
    elements: Reader<'a>,
}

impl<'a> Variant<'a> {
    /// Reads a Variant; its elements have been looked at when this is done.
    pub fn read(r: &mut Reader<'a>, depth: u8) -> Result<Self> {
        if depth >= DEPTH_MAX {
            return Err(Fault::Depth);
        }
        let encoding = r.u8()?;
        let (kind, array) = (encoding & 0x3f, encoding & 0x80 != 0);
        if kind > 31 {
            return Err(Fault::Encoding);
        }
        let count = if array { wire::count(r)? } else { 1 };
        let elements = *r;
        if kind == 0 && array && count > 0 {
            return Err(Fault::Encoding);
        }
        match width(kind) {
            Some(width) => r.skip(count.saturating_mul(width))?,
            None => {
                for _ in 0..count {
                    Scalar::read(kind, r, depth + 1)?;
                }
            }
        }
        let dimensions = if encoding & 0x40 == 0 {
            &[]
        } else {
            let dimensions = wire::count(r)?;
            r.take(dimensions.saturating_mul(4))?
        };
        Ok(Self { kind, array, count, dimensions, depth, elements })
    }

    /// Its values in order.
    pub fn elements(&self) -> impl Iterator<Item = Scalar<'a>> + use<'a> {
        let (kind, depth, mut r) = (self.kind, self.depth + 1, self.elements);
        let count = if kind == 0 { 0 } else { self.count };
        (0..count).map_while(move |_| Scalar::read(kind, &mut r, depth).ok())
    }

    /// The value of a scalar.
    pub fn scalar(&self) -> Option<Scalar<'a>> {
        if self.array { None } else { self.elements().next() }
    }
}

/// Bytes of a value of a type of fixed size.
const fn width(kind: u8) -> Option<usize> {
    match kind {
        0 => Some(0),
        1..=3 => Some(1),
        4 | 5 => Some(2),
        6 | 7 | 10 | 19 => Some(4),
        8 | 9 | 11 | 13 => Some(8),
        14 => Some(16),
        _ => None,
    }
}

/// `5`, `[1, 2, 3]`; `null` where there is none.
impl fmt::Display for Variant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.depth > WORDS_MAX {
            return f.write_char('…');
        }
        if !self.array {
            return self.scalar().unwrap_or(Scalar::Null).fmt(f);
        }
        f.write_char('[')?;
        for (at, value) in self.elements().enumerate() {
            write!(f, "{}{value}", if at == 0 { "" } else { ", " })?;
        }
        f.write_char(']')
    }
}

/// A DataValue.
#[derive(Clone, Copy, Default)]
pub struct DataValue<'a> {
    /// The value.
    pub value: Option<Variant<'a>>,
    /// Its status; good where none is said.
    pub status: u32,
    /// When the source had it, and what that time lacks, in tens of picoseconds.
    pub source_time: (Option<i64>, u16),
    /// When the server had it.
    pub server_time: (Option<i64>, u16),
}

impl<'a> DataValue<'a> {
    /// Reads a DataValue.
    pub fn read(r: &mut Reader<'a>, depth: u8) -> Result<Self> {
        let mask = r.u8()?;
        if mask & 0xc0 != 0 {
            return Err(Fault::Encoding);
        }
        let value = if mask & 0x01 == 0 { None } else { Some(Variant::read(r, depth + 1)?) };
        let status = if mask & 0x02 == 0 { 0 } else { r.u32_le()? };
        let mut time = |time: u8, picoseconds: u8| {
            let whole = if mask & time == 0 { None } else { Some(r.i64_le()?) };
            Ok::<_, Fault>((whole, if mask & picoseconds == 0 { 0 } else { r.u16_le()? }))
        };
        let (source_time, server_time) = (time(0x04, 0x10)?, time(0x08, 0x20)?);
        Ok(Self { value, status, source_time, server_time })
    }
}

/// Text of values, cut where it gets long; what would follow is not even formatted.
pub fn bounded(value: impl fmt::Display) -> String {
    crate::hints::shown(value, TEXT_MAX)
}

/// The arguments of a call: `(1, 2.5)`.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    /// How many.
    pub count: usize,
    /// Variants one after another.
    pub values: Reader<'a>,
}

impl<'a> Arguments<'a> {
    /// Reads an array of Variants.
    pub fn read(r: &mut Reader<'a>) -> Result<Self> {
        let count = wire::count(r)?;
        let values = *r;
        for _ in 0..count {
            Variant::read(r, 0)?;
        }
        Ok(Self { count, values })
    }

    /// The values in order.
    pub fn iter(&self) -> impl Iterator<Item = Variant<'a>> + use<'a> {
        let mut r = self.values;
        (0..self.count).map_while(move |_| Variant::read(&mut r, 0).ok())
    }
}

impl fmt::Display for Arguments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('(')?;
        for (at, value) in self.iter().enumerate() {
            write!(f, "{}{value}", if at == 0 { "" } else { ", " })?;
        }
        f.write_char(')')
    }
}
