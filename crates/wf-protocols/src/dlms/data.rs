//! Data (IEC 62056-53, A-XDR): where an element ends, how it is shown, what is a number.

use crate::hints::{clean, hex_cut};
use std::fmt;
use wf_wire::Reader;

/// Deepest nesting that is followed.
const DEPTH_MAX: usize = 12;
/// Bytes shown of one string.
const STRING_MAX: usize = 64;

/// A length (A-XDR and BER code it alike).
pub fn length(r: &mut Reader<'_>) -> Option<usize> {
    Some(match r.u8().ok()? {
        short @ ..=0x7f => usize::from(short),
        0x81 => r.u8().ok()?.into(),
        0x82 => r.u16().ok()?.into(),
        0x83 => r.u24().ok().and_then(|length| usize::try_from(length).ok())?,
        0x84 => r.u32().ok().and_then(|length| usize::try_from(length).ok())?,
        _ => return None,
    })
}

/// Bytes behind their length.
pub fn octets<'a>(r: &mut Reader<'a>) -> Option<&'a [u8]> {
    let count = length(r)?;
    r.take(count).ok()
}

/// Takes one element, whatever it holds.
pub fn element<'a>(r: &mut Reader<'a>) -> Option<&'a [u8]> {
    let from = r.rest();
    let before = r.left();
    skip(r, 0)?;
    from.get(..before - r.left())
}

fn skip(r: &mut Reader<'_>, depth: usize) -> Option<()> {
    let tag = r.u8().ok()?;
    match tag {
        1 | 2 if depth < DEPTH_MAX => {
            let count = length(r)?;
            for _ in 0..count {
                skip(r, depth + 1)?;
            }
        }
        4 => {
            let bits = length(r)?;
            r.skip(bits.div_ceil(8)).ok()?;
        }
        9 | 10 | 12 => {
            let count = length(r)?;
            r.skip(count).ok()?;
        }
        // A compact array: the type of its elements, then all their bytes behind one length.
        19 => {
            described(r, depth)?;
            let count = length(r)?;
            r.skip(count).ok()?;
        }
        _ => r.skip(fixed(tag)?).ok()?,
    }
    Some(())
}

/// Skips the description of a type: a tag alone, or with what it is made of.
fn described(r: &mut Reader<'_>, depth: usize) -> Option<()> {
    let parts = match r.u8().ok()? {
        1 => r.skip(2).ok().map(|()| 1)?,
        2 => length(r)?,
        _ => 0,
    };
    if parts > 0 && depth >= DEPTH_MAX {
        return None;
    }
    (0..parts).try_for_each(|_| described(r, depth + 1))
}

/// Bytes of a type of fixed size.
const fn fixed(tag: u8) -> Option<usize> {
    Some(match tag {
        0 | 255 => 0,
        3 | 13 | 15 | 17 | 22 | 28 | 31 => 1,
        16 | 18 | 29 | 32 => 2,
        5 | 6 | 23 | 27 | 30 | 33 => 4,
        26 => 5,
        20 | 21 | 24 => 8,
        25 => 12,
        _ => return None,
    })
}

/// A number, where the element is one.
pub fn number(element: &[u8]) -> Option<f64> {
    let mut r = Reader::new(element);
    #[expect(clippy::cast_precision_loss, reason = "counters beyond 2^53 lose what no meter counts")]
    let value = match r.u8().ok()? {
        3 | 17 | 22 => r.u8().ok()?.into(),
        15 => i8::from_be_bytes(r.array().ok()?).into(),
        16 => r.i16().ok()?.into(),
        18 => r.u16().ok()?.into(),
        5 => r.i32().ok()?.into(),
        6 => r.u32().ok()?.into(),
        20 => i64::from_be_bytes(r.array().ok()?) as f64,
        21 => r.u64().ok()? as f64,
        23 => r.f32().ok()?.into(),
        24 => r.f64().ok()?,
        _ => return None,
    };
    Some(value)
}

/// Bytes of a string.
pub fn string(element: &[u8]) -> Option<&[u8]> {
    let mut r = Reader::new(element);
    if !matches!(r.u8().ok()?, 9 | 10 | 12) {
        return None;
    }
    let count = length(&mut r)?;
    r.take(count).ok()
}

/// An element for people: `{1, "abc", [2, 3]}`.
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut r = Reader::new(self.0);
        write(&mut r, f, 0)?.map_or_else(|| f.write_str("…"), |()| Ok(()))
    }
}

/// `None` within where the bytes end too early.
fn write(r: &mut Reader<'_>, f: &mut fmt::Formatter<'_>, depth: usize) -> Result<Option<()>, fmt::Error> {
    let tag = r.peek(0).unwrap_or(255);
    if matches!(tag, 1 | 2) && depth < DEPTH_MAX {
        let (open, close) = if tag == 1 { ('[', ']') } else { ('{', '}') };
        let _ = r.u8();
        let Some(count) = length(r) else { return Ok(None) };
        write!(f, "{open}")?;
        for at in 0..count {
            if at > 0 {
                f.write_str(", ")?;
            }
            if write(r, f, depth + 1)?.is_none() {
                return Ok(None);
            }
        }
        write!(f, "{close}")?;
        return Ok(Some(()));
    }
    let Some(element) = element(r) else { return Ok(None) };
    leaf(element, f).map(Some)
}

fn leaf(element: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let body = element.get(1..).unwrap_or(&[]);
    match element.first() {
        Some(0) => f.write_str("null"),
        Some(255) => f.write_str("any"),
        Some(3) => write!(f, "{}", body.first().is_some_and(|flag| *flag != 0)),
        Some(25) => write!(f, "{}", Clock(body)),
        _ => match (number(element), string(element)) {
            (Some(number), _) => write!(f, "{number}"),
            (None, Some(text)) => write_string(text, f),
            (None, None) => write!(f, "0x{}", hex_cut(body, STRING_MAX)),
        },
    }
}

fn write_string(text: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let readable = text.len() > 2 && text.iter().all(|c| *c == b' ' || c.is_ascii_graphic());
    match (readable, text.len()) {
        (true, _) => write!(f, "{:?}", clean(text.get(..STRING_MAX).unwrap_or(text))),
        (false, 12) if Clock(text).is_plausible() => write!(f, "{}", Clock(text)),
        _ => write!(f, "0x{}", hex_cut(text, STRING_MAX)),
    }
}

/// A date-time of twelve bytes (4.1.6.1).
pub struct Clock<'a>(pub &'a [u8]);

impl Clock<'_> {
    fn is_plausible(&self) -> bool {
        let [year, _, month, day, _, hour, minute, second, ..] = self.0 else { return false };
        let of_day = *hour < 24 && *minute < 60 && *second < 60;
        (7..=8).contains(year) && (1..=12).contains(month) && (1..=31).contains(day) && of_day
    }
}

impl fmt::Display for Clock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [high, low, month, day, _, hour, minute, second, ..] => {
                let year = u16::from_be_bytes([*high, *low]);
                write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
            other => write!(f, "0x{}", hex_cut(other, STRING_MAX)),
        }
    }
}
