//! Built-in types in the binary encoding (OPC 10000-6, 5.2.2): numbers little-endian, lengths signed with -1 for null.

use std::fmt;
use wf_model::Timestamp;
use wf_wire::{Reader, Short};

/// Levels of nesting that are followed (5.1.9: a decoder supports at least 100).
pub const DEPTH_MAX: u8 = 100;

/// Why a field cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The message ends before it.
    Short,
    /// It says more elements or bytes than the message has left.
    Length,
    /// Values are nested deeper than [`DEPTH_MAX`].
    Depth,
    /// An encoding that does not exist.
    Encoding,
}

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

/// What was read, or why not.
pub type Result<T> = std::result::Result<T, Fault>;

/// Length of a string or array: null counts as empty, more than there are bytes is a fault. The flag says null.
fn length(r: &mut Reader<'_>) -> Result<Option<usize>> {
    let Ok(length) = usize::try_from(r.i32_le()?) else { return Ok(None) };
    if length > r.left() { Err(Fault::Length) } else { Ok(Some(length)) }
}

/// Number of elements of an array; each has one byte at least, so no more than there are bytes left.
pub fn count(r: &mut Reader<'_>) -> Result<usize> {
    length(r).map(|length| length.unwrap_or(0))
}

/// A string or byte string; `None` for null.
pub fn bytes<'a>(r: &mut Reader<'a>) -> Result<Option<&'a [u8]>> {
    match length(r)? {
        Some(length) => Ok(Some(r.take(length)?)),
        None => Ok(None),
    }
}

/// A string or byte string, null as empty.
pub fn string<'a>(r: &mut Reader<'a>) -> Result<&'a [u8]> {
    bytes(r).map(Option::unwrap_or_default)
}

/// Shows bytes as UTF-8 text; what is none as replacement characters.
#[derive(Clone, Copy)]
pub struct Text<'a>(pub &'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

/// Shows a DateTime (5.2.2.5): hundreds of nanoseconds since 1601, as RFC 3339; `0` is no time.
#[derive(Clone, Copy)]
pub struct Time(pub i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// From 1601-01-01 to 1970-01-01.
        const EPOCH_MICROS: i64 = 11_644_473_600_000_000;
        if self.0 <= 0 {
            return f.write_str("0");
        }
        Timestamp(self.0 / 10 - EPOCH_MICROS).fmt(f)
    }
}

/// Shows a Guid (5.2.2.6).
#[derive(Clone, Copy)]
pub struct Guid(pub [u8; 16]);

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a0, a1, a2, a3, b0, b1, c0, c1, d @ ..] = self.0;
        let (a, b, c) = (u32::from_le_bytes([a0, a1, a2, a3]), u16::from_le_bytes([b0, b1]), u16::from_le_bytes([c0, c1]));
        let [d0, d1, e @ ..] = d;
        write!(f, "{a:08x}-{b:04x}-{c:04x}-{d0:02x}{d1:02x}-")?;
        e.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An identifier within a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id<'a> {
    /// Number.
    Numeric(u32),
    /// String.
    Text(&'a [u8]),
    /// Guid.
    Guid([u8; 16]),
    /// Opaque bytes.
    Opaque(&'a [u8]),
}

/// A NodeId (5.2.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId<'a> {
    /// Index of its namespace; 0 is the standard's own.
    pub namespace: u16,
    /// The identifier.
    pub id: Id<'a>,
}

impl<'a> NodeId<'a> {
    /// The null node.
    pub const NULL: Self = Self { namespace: 0, id: Id::Numeric(0) };

    /// Whether this is no node: the null one, also of another namespace, where a server is to choose a number.
    pub const fn is_null(&self) -> bool {
        matches!(self.id, Id::Numeric(0) | Id::Text([]) | Id::Opaque([]))
    }

    fn body(encoding: u8, r: &mut Reader<'a>) -> Result<Self> {
        let (namespace, id) = match encoding {
            0 => (0, Id::Numeric(u32::from(r.u8()?))),
            1 => (u16::from(r.u8()?), Id::Numeric(u32::from(r.u16_le()?))),
            2 => (r.u16_le()?, Id::Numeric(r.u32_le()?)),
            3 => (r.u16_le()?, Id::Text(string(r)?)),
            4 => (r.u16_le()?, Id::Guid(r.array()?)),
            5 => (r.u16_le()?, Id::Opaque(string(r)?)),
            _ => return Err(Fault::Encoding),
        };
        Ok(Self { namespace, id })
    }

    /// Reads a NodeId.
    pub fn read(r: &mut Reader<'a>) -> Result<Self> {
        // Some stacks send the form of an expanded one here; its flags are taken as such.
        Expanded::read(r).map(|expanded| expanded.node)
    }

    /// The number of a node in the standard's own namespace.
    pub const fn standard(&self) -> Option<u32> {
        match (self.namespace, self.id) {
            (0, Id::Numeric(number)) => Some(number),
            _ => None,
        }
    }
}

/// `i=2258`, `ns=2;s=Pump.Speed` (5.3.1.10).
impl fmt::Display for NodeId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace != 0 {
            write!(f, "ns={};", self.namespace)?;
        }
        match self.id {
            Id::Numeric(number) => write!(f, "i={number}"),
            Id::Text(text) => write!(f, "s={}", Text(text)),
            Id::Guid(guid) => write!(f, "g={}", Guid(guid)),
            Id::Opaque(bytes) => write!(f, "b={}", Base64(bytes)),
        }
    }
}

struct Base64<'a>(&'a [u8]);

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for group in self.0.chunks(3) {
            let bits = group.iter().enumerate().fold(0u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
            for at in 0..4 {
                let digit = DIGITS.get((bits >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'=');
                let shown = if at <= group.len() { digit } else { b'=' };
                write!(f, "{}", char::from(shown))?;
            }
        }
        Ok(())
    }
}

/// An ExpandedNodeId (5.2.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expanded<'a> {
    /// The node.
    pub node: NodeId<'a>,
    /// Namespace as a URI, instead of its index.
    pub uri: Option<&'a [u8]>,
    /// Index of the server that has it; 0 for the one that speaks.
    pub server: u32,
}

impl<'a> Expanded<'a> {
    /// Reads an ExpandedNodeId.
    pub fn read(r: &mut Reader<'a>) -> Result<Self> {
        let mask = r.u8()?;
        let node = NodeId::body(mask & 0x3f, r)?;
        let uri = if mask & 0x80 != 0 { Some(string(r)?) } else { None };
        let server = if mask & 0x40 != 0 { r.u32_le()? } else { 0 };
        Ok(Self { node, uri, server })
    }
}

impl fmt::Display for Expanded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.server != 0 {
            write!(f, "svr={};", self.server)?;
        }
        match self.uri {
            Some(uri) => write!(f, "nsu={};{}", Text(uri), NodeId { namespace: 0, ..self.node }),
            None => self.node.fmt(f),
        }
    }
}

/// A QualifiedName (5.2.2.13): `2:Pump`.
#[derive(Clone, Copy, Debug)]
pub struct Qualified<'a> {
    /// Index of its namespace.
    pub namespace: u16,
    /// The name.
    pub name: &'a [u8],
}

impl<'a> Qualified<'a> {
    /// Reads a QualifiedName.
    pub fn read(r: &mut Reader<'a>) -> Result<Self> {
        Ok(Self { namespace: r.u16_le()?, name: string(r)? })
    }
}

impl fmt::Display for Qualified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace != 0 {
            write!(f, "{}:", self.namespace)?;
        }
        Text(self.name).fmt(f)
    }
}

/// A LocalizedText (5.2.2.14): locale and text.
pub fn localized<'a>(r: &mut Reader<'a>) -> Result<(&'a [u8], &'a [u8])> {
    let mask = r.u8()?;
    let locale = if mask & 0x01 != 0 { string(r)? } else { &[] };
    let text = if mask & 0x02 != 0 { string(r)? } else { &[] };
    Ok((locale, text))
}

/// An ExtensionObject (5.2.2.15).
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// Encoding of which type.
    pub kind: NodeId<'a>,
    /// How the body is encoded: 0 none, 1 binary, 2 XML.
    pub encoding: u8,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Object<'a> {
    /// Reads an ExtensionObject.
    pub fn read(r: &mut Reader<'a>) -> Result<Self> {
        let kind = NodeId::read(r)?;
        let encoding = r.u8()?;
        let body = match encoding {
            0 => &[],
            1 | 2 => string(r)?,
            _ => return Err(Fault::Encoding),
        };
        Ok(Self { kind, encoding, body })
    }

    /// The number of its type's binary encoding in the standard's own namespace, with a reader over the body.
    pub fn binary(&self) -> Option<(u32, Reader<'a>)> {
        Some((self.kind.standard().filter(|_| self.encoding == 1)?, Reader::new(self.body)))
    }
}

/// One level of a DiagnosticInfo (5.2.2.12): numbers are places in the string table of the answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Diagnostic<'a> {
    /// Vendor's name of the error.
    pub symbolic_id: Option<i32>,
    /// Namespace of that name.
    pub namespace: Option<i32>,
    /// Locale of the text.
    pub locale: Option<i32>,
    /// Text.
    pub localized_text: Option<i32>,
    /// Vendor's own information.
    pub additional_info: Option<&'a [u8]>,
    /// Status of what lies beneath.
    pub inner_status: Option<u32>,
    /// Another level follows.
    pub more: bool,
}

impl<'a> Diagnostic<'a> {
    /// Reads one level. The next one, where there is one, follows at once.
    pub fn read(r: &mut Reader<'a>) -> Result<Self> {
        let mask = r.u8()?;
        let number = |bit: u8, r: &mut Reader<'a>| if mask & bit == 0 { Ok(None) } else { r.i32_le().map(Some) };
        let (symbolic_id, namespace) = (number(0x01, r)?, number(0x02, r)?);
        let (locale, localized_text) = (number(0x08, r)?, number(0x04, r)?);
        let additional_info = if mask & 0x10 == 0 { None } else { Some(string(r)?) };
        let inner_status = if mask & 0x20 == 0 { None } else { Some(r.u32_le()?) };
        Ok(Self { symbolic_id, namespace, locale, localized_text, additional_info, inner_status, more: mask & 0x40 != 0 })
    }

    /// Skips a DiagnosticInfo with all its levels.
    pub fn skip(r: &mut Reader<'a>) -> Result<()> {
        for _ in 0..DEPTH_MAX {
            if !Self::read(r)?.more {
                return Ok(());
            }
        }
        Err(Fault::Depth)
    }
}
