//! Tagged data (clause 20.2): elements borrowed from the packet, and the values of the application data types.

use super::names::{Named, name};
use std::borrow::Cow;
use std::fmt;
use wf_wire::{Reader, Short};

/// Type and instance of an object (clause 20.2.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object(pub u32);

impl Object {
    /// Type number.
    pub const fn kind(self) -> u16 {
        (self.0 >> 22) as u16
    }

    /// Instance number.
    pub const fn instance(self) -> u32 {
        self.0 & 0x3f_ffff
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Named("object_type", self.kind().into()), self.instance())
    }
}

/// One element: a primitive with its octets, or a group between an opening and its closing tag.
#[derive(Clone, Copy, Debug)]
pub enum Element<'a> {
    /// Application class: the tag number is the data type.
    Application {
        /// Data type.
        kind: u8,
        /// A boolean's value lies here.
        lvt: u32,
        /// Its octets.
        body: &'a [u8],
    },
    /// Context class.
    Context {
        /// Tag number.
        number: u8,
        /// Its octets.
        body: &'a [u8],
    },
    /// Opening to closing tag.
    Group {
        /// Tag number.
        number: u8,
        /// What lies between.
        inner: &'a [u8],
    },
}

/// What is wrong with tagged data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An element is longer than what is left.
    Truncated,
    /// A closing tag that closes nothing, or another number than was opened.
    StrayClose,
    /// An opening tag without its closing one.
    Unclosed,
    /// A tag of application class that says opening or closing.
    BadTag,
}

struct Head {
    number: u8,
    context: bool,
    /// 6 and 7: opening, closing; else the length (or a boolean's value).
    group: Option<bool>,
    lvt: u32,
}

/// A tag (clause 20.2.1).
fn head(r: &mut Reader<'_>) -> Result<Result<Head, Short>, Fault> {
    let mut read = || -> Result<(u8, u8, u32), Short> {
        let first = r.u8()?;
        let number = if first >> 4 == 15 { r.u8()? } else { first >> 4 };
        let low = first & 7;
        let lvt = match low {
            5 => match r.u8()? {
                254 => u32::from(r.u16()?),
                255 => r.u32()?,
                short => u32::from(short),
            },
            low => u32::from(low),
        };
        Ok((first, number, lvt))
    };
    let (first, number, lvt) = match read() {
        Ok(read) => read,
        Err(short) => return Ok(Err(short)),
    };
    let context = first & 8 != 0;
    let group = match first & 7 {
        6 => Some(true),
        7 => Some(false),
        _ => None,
    };
    if group.is_some() && !context {
        return Err(Fault::BadTag);
    }
    Ok(Ok(Head { number, context, group, lvt }))
}

/// Octets that follow a tag. An application boolean has none: its value lies in the tag.
const fn length(head: &Head) -> usize {
    if head.group.is_some() || (!head.context && head.number == 1) { 0 } else { head.lvt as usize }
}

/// The elements of one level, in order.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
    /// What ended the reading before its end.
    pub fault: Option<Fault>,
}

impl<'a> Elements<'a> {
    /// Elements of these octets.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), fault: None }
    }

    fn read(&mut self) -> Result<Element<'a>, Fault> {
        let r = &mut self.reader;
        let head = head(r)?.map_err(|_| Fault::Truncated)?;
        match head.group {
            Some(false) => Err(Fault::StrayClose),
            Some(true) => {
                let (inner, fault) = group(r, head.number);
                self.fault = fault;
                Ok(Element::Group { number: head.number, inner })
            }
            None => {
                let body = r.take(length(&head)).map_err(|_| Fault::Truncated)?;
                Ok(if head.context {
                    Element::Context { number: head.number, body }
                } else {
                    Element::Application { kind: head.number, lvt: head.lvt, body }
                })
            }
        }
    }
}

/// Reads up to the closing tag that belongs to an opening one just read.
fn group<'a>(r: &mut Reader<'a>, number: u8) -> (&'a [u8], Option<Fault>) {
    let whole = r.rest();
    let start = r.position();
    let mut depth = 0u32;
    loop {
        let at = r.position() - start;
        let inner = whole.get(..at).unwrap_or(whole);
        let head = match head(r) {
            Ok(Ok(head)) => head,
            Ok(Err(_)) => return (whole, Some(Fault::Unclosed)),
            Err(fault) => {
                r.take_rest();
                return (inner, Some(fault));
            }
        };
        match head.group {
            Some(true) => depth += 1,
            Some(false) if depth == 0 => {
                let fault = (head.number != number).then_some(Fault::StrayClose);
                return (inner, fault);
            }
            Some(false) => depth -= 1,
            None => {
                if r.skip(length(&head)).is_err() {
                    r.take_rest();
                    return (whole, Some(Fault::Truncated));
                }
            }
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        if self.fault.is_some() || self.reader.is_empty() {
            return None;
        }
        match self.read() {
            Ok(element) => Some(element),
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }
}

/// A value of an application data type (clause 20.2.2 to 20.2.14).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Datum<'a> {
    /// Nothing: gives a commanded value up.
    Null,
    /// Boolean.
    Bool(bool),
    /// Unsigned integer.
    Unsigned(u64),
    /// Signed integer.
    Signed(i64),
    /// Single precision.
    Real(f32),
    /// Double precision.
    Double(f64),
    /// Octet string.
    Octets(&'a [u8]),
    /// Character string with its set in front.
    Text(&'a [u8]),
    /// Bit string, the number of unused bits in front.
    Bits(&'a [u8]),
    /// Enumeration.
    Enumerated(u32),
    /// Year since 1900, month, day, day of the week; 255 is any.
    Date([u8; 4]),
    /// Hour, minute, second, hundredths; 255 is any.
    Time([u8; 4]),
    /// Object.
    Object(Object),
    /// Octets of a type that is not known here, or that do not fit their type.
    Raw(&'a [u8]),
}

fn unsigned(body: &[u8]) -> Option<u64> {
    (1..=8).contains(&body.len()).then(|| body.iter().fold(0u64, |sum, octet| sum << 8 | u64::from(*octet)))
}

#[expect(clippy::cast_possible_wrap, reason = "two's complement is what the octets are in")]
fn signed(body: &[u8]) -> Option<i64> {
    let value = unsigned(body)?;
    let unused = 64 - 8 * u32::try_from(body.len()).ok()?;
    Some((value << unused) as i64 >> unused)
}

impl<'a> Datum<'a> {
    /// A value by its application tag.
    pub fn application(kind: u8, lvt: u32, body: &'a [u8]) -> Self {
        if kind == 1 {
            return Self::Bool(lvt != 0);
        }
        Self::of(kind, body)
    }

    /// A value of a data type, from its octets (as in a context tag).
    pub fn of(kind: u8, body: &'a [u8]) -> Self {
        let known = match kind {
            0 => body.is_empty().then_some(Self::Null),
            1 => (body.len() == 1).then(|| Self::Bool(body.first() != Some(&0))),
            2 => unsigned(body).map(Self::Unsigned),
            3 => signed(body).map(Self::Signed),
            4 => body.try_into().ok().map(|octets| Self::Real(f32::from_be_bytes(octets))),
            5 => body.try_into().ok().map(|octets| Self::Double(f64::from_be_bytes(octets))),
            6 => Some(Self::Octets(body)),
            7 => (!body.is_empty()).then_some(Self::Text(body)),
            8 => (!body.is_empty()).then_some(Self::Bits(body)),
            9 => unsigned(body).and_then(|value| u32::try_from(value).ok()).map(Self::Enumerated),
            10 => body.try_into().ok().map(Self::Date),
            11 => body.try_into().ok().map(Self::Time),
            12 => body.try_into().ok().map(|octets| Self::Object(Object(u32::from_be_bytes(octets)))),
            _ => None,
        };
        known.unwrap_or(Self::Raw(body))
    }

    /// A number, where it is one.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Enumerated(value) => Some(u64::from(*value)),
            Self::Signed(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }
}

/// Text of a character string (clause 20.2.9).
pub fn text(body: &[u8]) -> Cow<'_, str> {
    let Some((set, rest)) = body.split_first() else { return Cow::Borrowed("") };
    let latin = |octets: &[u8]| octets.iter().map(|octet| char::from(*octet)).collect::<String>();
    match set {
        // A code page number comes before the text; what is beyond ASCII is kept as it would be in Latin 1.
        1 => Cow::Owned(latin(rest.get(2..).unwrap_or(&[]))),
        3 => Cow::Owned(
            rest.as_chunks().0.iter().map(|four| char::from_u32(u32::from_be_bytes(*four)).unwrap_or('\u{fffd}')).collect(),
        ),
        4 => {
            let units = rest.as_chunks().0.iter().map(|two| u16::from_be_bytes(*two));
            Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect())
        }
        5 => Cow::Owned(latin(rest)),
        _ => String::from_utf8_lossy(rest),
    }
}

/// The bits of a bit string, first to last.
pub fn bits(body: &[u8]) -> impl Iterator<Item = bool> + '_ {
    let (unused, octets) = body.split_first().map_or((0, body), |(unused, octets)| (usize::from(*unused).min(7), octets));
    let count = (octets.len() * 8).saturating_sub(unused);
    (0..count).map(|at| octets.get(at / 8).is_some_and(|octet| octet & (0x80 >> (at % 8)) != 0))
}

impl fmt::Display for Datum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::Octets(body) | Self::Raw(body) => hex(f, body),
            Self::Text(body) => f.write_str(&text(body)),
            Self::Bits(body) => bits(body).take(1024).try_for_each(|bit| f.write_str(if bit { "1" } else { "0" })),
            Self::Enumerated(value) => write!(f, "{value}"),
            Self::Date([year, month, day, _]) => {
                match year {
                    255 => f.write_str("*")?,
                    year => write!(f, "{}", 1900 + u16::from(year))?,
                }
                [month, day].into_iter().try_for_each(|part| any(f, "-", part))
            }
            Self::Time([hour, minute, second, hundredths]) => {
                any(f, "", hour)?;
                any(f, ":", minute)?;
                any(f, ":", second)?;
                any(f, ".", hundredths)
            }
            Self::Object(object) => object.fmt(f),
        }
    }
}

fn any(f: &mut fmt::Formatter<'_>, before: &str, part: u8) -> fmt::Result {
    f.write_str(before)?;
    if part == 255 { f.write_str("*") } else { write!(f, "{part:02}") }
}

fn hex(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
}

/// A value of a property: its enumeration's name where there is one.
pub struct Valued<'a>(pub Datum<'a>, pub Option<&'static str>);

impl fmt::Display for Valued<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Datum::Enumerated(value), Some(section)) => match name(section, value) {
                Some(name) => f.write_str(name),
                None => write!(f, "{value}"),
            },
            (datum, _) => datum.fmt(f),
        }
    }
}
