//! The Data production of ISO 9506-2 (and of IEC 61850-8-1's GOOSE, which is the same): values of MMS variables and of
//! data set members, read where they lie.

use crate::ber::{self, Bits, Element, Elements, Oid};
use crate::hints::Limited;
use crate::process_bus::visible;
use std::fmt::{self, Write};
use wf_model::Timestamp;
use wf_wire::decode::Value;

/// Structures within structures that are looked into.
const DEPTH_MAX: usize = 10;
/// Bytes of values that are shown.
pub const TEXT_MAX: usize = 200;
/// Bytes of a value where all of it is wanted.
const WHOLE_MAX: usize = 8192;
/// Values told of one variable.
const LEAVES_MAX: usize = 256;
/// Bits of a quality (IEC 61850-8-1, 8.2).
const QUALITY_BITS: usize = 13;

/// One value.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    /// Values of one type.
    Array(Elements<'a>),
    /// Values of several types.
    Structure(Elements<'a>),
    /// Yes or no.
    Flag(bool),
    /// Bits.
    Bits(Bits<'a>),
    /// A whole number.
    Integer(i64),
    /// A whole number that is never negative.
    Unsigned(u64),
    /// A floating point number.
    Float(f64),
    /// Bytes (also of types that are not looked into).
    Octets(&'a [u8]),
    /// Text.
    Text(&'a [u8]),
    /// Object identifier.
    Oid(Oid<'a>),
    /// A time, as far as it can be told.
    Time(Option<Timestamp>),
}

impl<'a> Data<'a> {
    /// Reads a value by its tag; `None` where tag or contents do not fit the production.
    #[must_use]
    #[inline]
    pub fn read(e: &Element<'a>) -> Option<Self> {
        Some(match e.context()? {
            1 => Self::Array(e.elements()),
            2 => Self::Structure(e.elements()),
            3 => Self::Flag(ber::boolean(e.bytes)?),
            4 | 14 => Self::Bits(Bits::read(e.bytes)?),
            5 => Self::Integer(ber::integer(e.bytes)?),
            6 => Self::Unsigned(ber::unsigned(e.bytes)?),
            7 => float(e.bytes)?,
            8 | 9 => Self::Octets(e.bytes),
            10 | 16 => Self::Text(e.bytes),
            11 => Self::Text(e.bytes),
            12 => Self::Time(binary_time(e.bytes)),
            13 => Self::Integer(ber::integer(e.bytes)?),
            15 => Self::Oid(Oid(e.bytes)),
            17 => Self::Time(UtcTime::read(e.bytes).map(|t| t.ts)),
            _ => return None,
        })
    }

    /// The quality that these bits are, if they have its length.
    #[must_use]
    pub fn quality(&self) -> Option<&'static str> {
        match self {
            Self::Bits(bits) if bits.len() == QUALITY_BITS => Some(quality(bits)),
            _ => None,
        }
    }
}

/// FloatingPoint: width of the exponent, then the number in IEEE 754.
fn float(bytes: &[u8]) -> Option<Data<'_>> {
    Some(match bytes {
        [8, rest @ ..] => Data::Float(f64::from(f32::from_be_bytes(*rest.first_chunk::<4>().filter(|_| rest.len() == 4)?))),
        [11, rest @ ..] => Data::Float(f64::from_be_bytes(*rest.first_chunk::<8>().filter(|_| rest.len() == 8)?)),
        other => Data::Octets(other),
    })
}

/// TimeOfDay: milliseconds of the day, and days since 1984-01-01 where six bytes are there.
#[must_use]
pub fn binary_time(bytes: &[u8]) -> Option<Timestamp> {
    const DAYS_1970_TO_1984: i64 = 5113;
    let milliseconds = i64::from(u32::from_be_bytes(*bytes.first_chunk()?));
    let [high, low] = *bytes.get(4..)?.first_chunk()?;
    let days = i64::from(u16::from_be_bytes([high, low])) + DAYS_1970_TO_1984;
    Some(Timestamp((days * 86_400_000 + milliseconds) * 1000))
}

/// UtcTime of IEC 61850-8-1, 8.1.3.6: seconds since 1970, a fraction of 24 bits, and how good the clock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcTime {
    /// The time.
    pub ts: Timestamp,
    /// Leap seconds known (0x80), clock failure (0x40), not synchronised (0x20), bits of accuracy.
    pub quality: u8,
}

impl UtcTime {
    /// Reads the eight bytes.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, quality] = *bytes.first_chunk::<8>().filter(|_| bytes.len() == 8)?;
        let seconds = i64::from(u32::from_be_bytes([a, b, c, d]));
        let fraction = i64::from(u32::from_be_bytes([0, e, f, g]));
        Some(Self { ts: Timestamp(seconds * 1_000_000 + ((fraction * 1_000_000) >> 24)), quality })
    }
}

/// Quality of IEC 61850-7-3, 6.2, in the bits of 61850-8-1: its worst in a word.
#[must_use]
pub fn quality(bits: &Bits<'_>) -> &'static str {
    const DETAILS: [(usize, &str); 8] = [
        (6, "failure"),
        (7, "old_data"),
        (4, "bad_reference"),
        (3, "out_of_range"),
        (2, "overflow"),
        (5, "oscillatory"),
        (8, "inconsistent"),
        (9, "inaccurate"),
    ];
    let detail = || DETAILS.iter().find(|(at, _)| bits.bit(*at)).map(|(_, name)| *name);
    match bits.number(2) {
        0b01 => detail().unwrap_or("invalid"),
        0b11 => detail().unwrap_or("questionable"),
        0b10 => "reserved",
        _ if bits.bit(11) => "test",
        _ if bits.bit(12) => "operator_blocked",
        _ if bits.bit(10) => "substituted",
        _ => "good",
    }
}

/// Two bits are a double point (IEC 61850-8-1, table 33; the same states in TASE.2).
#[must_use]
pub fn double_point(bits: &Bits<'_>) -> Option<&'static str> {
    (bits.len() == 2).then(|| match bits.number(2) {
        0b01 => "off",
        0b10 => "on",
        0b11 => "bad",
        _ => "intermediate",
    })
}

/// A value in words: `true`, `{50.1,0000000000000,2026-03-10T06:00:00Z}`, `[1,2]`.
#[must_use]
pub fn text(e: &Element<'_>) -> String {
    let mut out = Limited::new(TEXT_MAX);
    let _ = write_element(&mut out, e, DEPTH_MAX);
    out.into_text()
}

/// The same with all of a long value, for `decode`.
#[must_use]
pub fn whole_text(e: &Element<'_>) -> String {
    let mut out = Limited::new(WHOLE_MAX);
    let _ = write_element(&mut out, e, DEPTH_MAX);
    out.into_text()
}

/// A type in words: `{mag{f float},q bits 13}`, `[8 x integer 32]`.
#[must_use]
pub fn type_text(kind: &Element<'_>) -> String {
    let mut out = Limited::new(WHOLE_MAX);
    let _ = write_type(&mut out, kind, DEPTH_MAX);
    out.into_text()
}

fn write_type(out: &mut Limited, kind: &Element<'_>, depth: usize) -> fmt::Result {
    let Some(depth) = depth.checked_sub(1) else { return out.write_char('…') };
    let size = ber::integer(kind.bytes).unwrap_or(0).unsigned_abs();
    match kind.context() {
        Some(1) => {
            let count = kind.elements().find(|e| e.context() == Some(1)).and_then(|e| ber::unsigned(e.bytes));
            write!(out, "[{} x ", count.unwrap_or(0))?;
            item(kind).map_or(Ok(()), |kind| write_type(out, &kind, depth))?;
            out.write_char(']')
        }
        Some(2) => {
            out.write_char('{')?;
            for (at, (name, kind)) in components(kind).enumerate() {
                if at > 0 {
                    out.write_char(',')?;
                }
                out.write_str(&visible(name))?;
                if kind.context() != Some(2) && !name.is_empty() {
                    out.write_char(' ')?;
                }
                write_type(out, &kind, depth)?;
            }
            out.write_char('}')
        }
        Some(3) => out.write_str("boolean"),
        Some(4) => write!(out, "bits {size}"),
        Some(5) => write!(out, "integer {size}"),
        Some(6) => write!(out, "unsigned {size}"),
        Some(7) => out.write_str("float"),
        Some(9) => write!(out, "octets {size}"),
        Some(10) => write!(out, "visible string {size}"),
        Some(11 | 12 | 17) => out.write_str("time"),
        Some(13) => write!(out, "bcd {size}"),
        Some(15) => out.write_str("object identifier"),
        Some(16) => write!(out, "string {size}"),
        _ => out.write_str("unknown"),
    }
}

fn write_list(out: &mut Limited, elements: Elements<'_>, depth: usize) -> fmt::Result {
    for (at, e) in elements.enumerate() {
        if at > 0 {
            out.write_char(',')?;
        }
        write_element(out, &e, depth)?;
    }
    Ok(())
}

fn write_element(out: &mut Limited, e: &Element<'_>, depth: usize) -> fmt::Result {
    let inside = |out: &mut Limited, elements, open: char, close: char| {
        out.write_char(open)?;
        match depth.checked_sub(1) {
            Some(depth) => write_list(out, elements, depth)?,
            None => out.write_char('…')?,
        }
        out.write_char(close)
    };
    match Data::read(e) {
        Some(Data::Array(elements)) => inside(out, elements, '[', ']'),
        Some(Data::Structure(elements)) => inside(out, elements, '{', '}'),
        Some(Data::Flag(flag)) => write!(out, "{flag}"),
        Some(Data::Bits(bits)) => write!(out, "{bits}"),
        Some(Data::Integer(number)) => write!(out, "{number}"),
        Some(Data::Unsigned(number)) => write!(out, "{number}"),
        // A single is shown as short as it is.
        Some(Data::Float(number)) if e.bytes.len() == 5 => write!(out, "{}", single(number)),
        Some(Data::Float(number)) => write!(out, "{number}"),
        Some(Data::Octets(bytes)) => hex(out, bytes),
        Some(Data::Text(bytes)) => {
            out.write_char('"')?;
            out.write_str(&crate::hints::clean(bytes))?;
            out.write_char('"')
        }
        Some(Data::Oid(oid)) => write!(out, "{oid}"),
        Some(Data::Time(Some(ts))) => write!(out, "{ts}"),
        Some(Data::Time(None)) | None => hex(out, e.bytes),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it came from a single")]
const fn single(number: f64) -> f32 {
    number as f32
}

fn hex(out: &mut Limited, bytes: &[u8]) -> fmt::Result {
    for byte in bytes {
        write!(out, "{byte:02x}")?;
    }
    Ok(())
}

/// Tells the single values within a value: their place (`$mag$f`, `[3]`, or `.2` where the type `kind` gives no name)
/// behind what `path` begins with, value and quality. Qualities and times are not told themselves: a quality says how good
/// its neighbours in a structure are.
pub fn leaves(
    path: &mut String,
    e: &Element<'_>,
    kind: Option<Element<'_>>,
    quality: &'static str,
    each: &mut dyn FnMut(&str, Value<'_>, &'static str),
) {
    Walk { path, left: LEAVES_MAX, each }.value(e, kind, quality, DEPTH_MAX);
}

struct Walk<'a> {
    path: &'a mut String,
    left: usize,
    each: &'a mut dyn FnMut(&str, Value<'_>, &'static str),
}

impl Walk<'_> {
    fn value(&mut self, e: &Element<'_>, kind: Option<Element<'_>>, quality: &'static str, depth: usize) {
        let Some(data) = Data::read(e) else { return };
        let (elements, structure) = match data {
            Data::Array(elements) => (elements, false),
            Data::Structure(elements) => (elements, true),
            single => {
                self.left = self.left.saturating_sub(1);
                return tell(self.path, &single, quality, self.each);
            }
        };
        let Some(depth) = depth.checked_sub(1) else { return };
        let inner = elements.filter_map(|e| Data::read(&e)?.quality()).next().filter(|_| structure).unwrap_or(quality);
        let mut kinds = kind.filter(|_| structure).map(|kind| components(&kind));
        let item = kind.filter(|_| !structure).and_then(|kind| item(&kind));
        let end = self.path.len();
        for (at, e) in elements.enumerate() {
            if self.left == 0 {
                return;
            }
            let (name, kind) = kinds.as_mut().and_then(Iterator::next).map_or((&[][..], item), |(name, kind)| (name, Some(kind)));
            let _ = match (structure, name) {
                (false, _) => write!(self.path, "[{at}]"),
                (true, []) => write!(self.path, ".{}", at + 1),
                (true, name) => write!(self.path, "${}", visible(name)),
            };
            self.value(&e, kind, inner, depth);
            self.path.truncate(end);
        }
    }
}

/// The components of a structure's description (TypeSpecification of ISO 9506-2, 14.2.6): name and type of each.
pub fn components<'a>(kind: &Element<'a>) -> impl Iterator<Item = (&'a [u8], Element<'a>)> + use<'a> {
    let list = if kind.context() == Some(2) { kind.elements().find(|e| e.context() == Some(1)) } else { None };
    let list = list.map_or(Elements::new(&[]), |list| list.elements());
    list.map_while(|component| {
        let name = component.elements().find(|e| e.context() == Some(0)).map_or(&[][..], |e| e.bytes);
        let kind = component.elements().find(|e| e.context() == Some(1))?.elements().next()?;
        Some((name, kind))
    })
}

/// The type of an array's items.
fn item<'a>(kind: &Element<'a>) -> Option<Element<'a>> {
    (kind.context() == Some(1)).then(|| kind.elements().find(|e| e.context() == Some(2)))??.elements().next()
}

fn tell(path: &str, data: &Data<'_>, quality: &'static str, each: &mut dyn FnMut(&str, Value<'_>, &'static str)) {
    #[expect(clippy::cast_precision_loss, reason = "values of points are floating point numbers")]
    match data {
        Data::Flag(flag) => each(path, Value::Flag(*flag), quality),
        Data::Integer(number) => each(path, Value::Number(*number as f64), quality),
        Data::Unsigned(number) => each(path, Value::Number(*number as f64), quality),
        Data::Float(number) => each(path, Value::Number(*number), quality),
        Data::Bits(bits) if bits.len() == QUALITY_BITS => {}
        Data::Bits(bits) => match double_point(bits) {
            Some(state) => each(path, Value::Text(state), quality),
            None => each(path, Value::Text(&bits.to_string()), quality),
        },
        Data::Text(bytes) => each(path, Value::Text(&crate::hints::clean(bytes)), quality),
        Data::Octets(bytes) => {
            let mut out = Limited::new(TEXT_MAX);
            let _ = hex(&mut out, bytes);
            each(path, Value::Text(&out.into_text()), quality);
        }
        Data::Oid(oid) => each(path, Value::Text(&oid.to_string()), quality),
        Data::Array(_) | Data::Structure(_) | Data::Time(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex as bytes_of;
    use proptest::prelude::*;

    fn check(bytes: &str, shown: &str, told: &[&str]) {
        let bytes = bytes_of(bytes);
        let e = Elements::new(&bytes).next().unwrap();
        assert_eq!(text(&e), shown);
        let mut said = Vec::new();
        leaves(&mut "x".to_owned(), &e, None, "good", &mut |path, value, quality| {
            said.push(format!("{path}={value:?} {quality}"))
        });
        assert_eq!(said, told, "{shown}");
    }

    #[test]
    fn values_of_each_type() {
        check("8301ff", "true", &["x=Flag(true) good"]);
        check("84020640", "01", &["x=Text(\"off\") good"]);
        check("84020780", "1", &["x=Text(\"1\") good"]);
        check("8501ff", "-1", &["x=Number(-1.0) good"]);
        check("860201f4", "500", &["x=Number(500.0) good"]);
        check("8705 08 3f8ccccd", "1.1", &["x=Number(1.100000023841858) good"]);
        check("8709 0b 3ff0000000000000", "1", &["x=Number(1.0) good"]);
        check("8903deadbe", "deadbe", &["x=Text(\"deadbe\") good"]);
        check("8a024f4b", "\"OK\"", &["x=Text(\"OK\") good"]);
        check("8c0600000000 0000", "1984-01-01T00:00:00.000000Z", &[]);
        check("8f0328ca22", "1.0.9506", &["x=Text(\"1.0.9506\") good"]);
        check("9108 00000001 800000 0a", "1970-01-01T00:00:01.500000Z", &[]);
    }

    #[test]
    fn quality_belongs_to_its_neighbours() {
        // A measured value (IEC 61850-7-3): mag { f }, q, t.
        check(
            "a218 a207 8705 08 42480000 8403 03 4000 9108 0000000000000000",
            "{{50},0100000000000,1970-01-01T00:00:00.000000Z}",
            &["x.1.1=Number(50.0) invalid"],
        );
        check("a106 830100 8301ff", "[false,true]", &["x[0]=Flag(false) good", "x[1]=Flag(true) good"]);
    }

    #[test]
    fn depth_and_length_have_limits() {
        let mut deep = vec![0x83, 1, 1];
        for _ in 0..40 {
            let len = u8::try_from(deep.len()).unwrap();
            deep = [&[0xa2, len][..], &deep].concat();
        }
        let e = Elements::new(&deep).next().unwrap();
        assert_eq!(text(&e), "{{{{{{{{{{{…}}}}}}}}}}}");
        let long = [&[0x8a, 0x82, 4, 0][..], &[b'x'; 1024]].concat();
        assert_eq!(text(&Elements::new(&long).next().unwrap()).chars().count(), TEXT_MAX + 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for e in Elements::new(&bytes) {
                let _ = text(&e);
                leaves(&mut String::new(), &e, None, "good", &mut |_, _, _| {});
                leaves(&mut String::new(), &e, Some(e), "good", &mut |_, _, _| {});
            }
        }
    }
}
