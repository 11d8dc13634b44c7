//! Points by type, logical number and parameter, and their values. Frames do not say of what type a value is: its size tells.

use super::frame::Address;
use crate::hints::{clean, hex_cut};
use smallvec::SmallVec;
use std::fmt;
use wf_wire::decode::{Coded, Value};
use wf_wire::{Reader, Short};

/// Bytes shown of a value that is neither number nor text.
const HEX_MAX: usize = 64;

/// A parameter of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Point type.
    pub kind: u8,
    /// Logical number.
    pub logical: u8,
    /// Parameter number.
    pub parameter: u8,
}

impl Point {
    /// Type, logical number, parameter, as they stand in opcodes 180 and 181.
    ///
    /// # Errors
    /// They are cut off.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self { kind: r.u8()?, logical: r.u8()?, parameter: r.u8()? })
    }

    /// Whether among so many parameters from this one stands the password of an operator (D301180X012, point
    /// type 92: which parameter it is no public text says).
    pub const fn is_secret(self, count: u8) -> bool {
        self.kind == 92 && self.parameter <= 1 && self.parameter as u16 + count as u16 > 1
    }

    /// The numbers that name so many parameters from this one at a device.
    pub fn coded(self, count: u64, at: Address) -> Coded {
        let point = u64::from(self.kind) << 16 | u64::from(self.logical) << 8 | u64::from(self.parameter);
        Coded { numbers: [point, count, u64::from(at.unit), u64::from(at.group)], show }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.kind, self.logical, self.parameter)
    }
}

/// `103,2,21 unit 1.2`, `103,2,21-24 unit 1.2`.
fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [point, count, unit, group] = *numbers;
    write!(f, "{},{},{}", point >> 16, point >> 8 & 0xff, point & 0xff)?;
    if count > 1 {
        write!(f, "-{}", (point & 0xff) + count - 1)?;
    }
    write!(f, " unit {unit}.{group}")
}

/// A value by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datum<'a>(pub &'a [u8]);

impl Datum<'_> {
    /// As a number: one, two and four bytes, least significant first; four are a float where that gives a sensible one.
    pub fn number(self) -> Option<f64> {
        match *self.0 {
            [byte] => Some(byte.into()),
            [a, b] => Some(u16::from_le_bytes([a, b]).into()),
            [a, b, c, d] => {
                let float = f64::from(f32::from_le_bytes([a, b, c, d]));
                let sensible = float == 0.0 || (1e-9..1e12).contains(&float.abs());
                Some(if sensible { float } else { u32::from_le_bytes([a, b, c, d]).into() })
            }
            _ => None,
        }
    }

    /// Gives it as a value, text where it is no number.
    pub fn with<T>(self, say: impl FnOnce(Value<'_>) -> T) -> T {
        match self.number() {
            Some(number) => say(Value::Number(number)),
            None => say(Value::Text(&self.to_string())),
        }
    }
}

impl fmt::Display for Datum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(number) = self.number() {
            return write!(f, "{number}");
        }
        let text = clean(self.0);
        let readable = !text.is_empty() && text.bytes().all(|c| c == b' ' || c.is_ascii_graphic());
        if readable { f.write_str(&text) } else { f.write_str(&hex_cut(self.0, HEX_MAX)) }
    }
}

/// Points of a request for many (opcode 180): a count, then each.
pub fn points(data: &[u8]) -> SmallVec<[Point; 8]> {
    let mut r = Reader::new(data);
    let count = r.u8().unwrap_or(0);
    (0..count).map_while(|_| Point::read(&mut r).ok()).collect()
}

/// The values of an answer to opcode 180. Each stands behind its point; where it ends is known by the point that is to follow.
/// What cannot be told apart is left out.
pub fn values<'a>(asked: &[Point], data: &'a [u8]) -> SmallVec<[(Point, Datum<'a>); 8]> {
    let mut found = SmallVec::new();
    let mut rest = data.get(1..).unwrap_or(&[]);
    for (at, point) in asked.iter().enumerate() {
        let Some(behind) = rest.strip_prefix(&[point.kind, point.logical, point.parameter]) else { break };
        let end = match asked.get(at + 1) {
            None => behind.len(),
            Some(next) => {
                let mark = [next.kind, next.logical, next.parameter];
                let mut places = behind.windows(3).enumerate().skip(1).filter(|(_, window)| *window == mark).map(|(at, _)| at);
                let Some(first) = places.next() else { break };
                // A value that looks like the next point leaves two ways to read it.
                if places.next().is_some() && !asked.iter().skip(at + 2).any(|other| other == next) {
                    break;
                }
                first
            }
        };
        let (value, left) = behind.split_at(end);
        found.push((*point, Datum(value)));
        rest = left;
    }
    found
}

/// A row of parameters of one point (opcodes 166 and 167): the first, how many, and the values behind.
pub fn row(data: &[u8]) -> Option<(Point, u8, &[u8])> {
    let mut r = Reader::new(data);
    let (kind, logical, count, parameter) = (r.u8().ok()?, r.u8().ok()?, r.u8().ok()?, r.u8().ok()?);
    Some((Point { kind, logical, parameter }, count, r.take_rest()))
}

/// Date and time (opcodes 7 and 8): second, minute, hour, day, month, year.
pub fn clock(data: &[u8]) -> Option<String> {
    let [second, minute, hour, day, month, low, high] = *data.first_chunk()?;
    let year = u16::from_le_bytes([low, high]);
    // Some write the year the other way round.
    let year = if (1970..2100).contains(&year) { year } else { year.swap_bytes() };
    Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
}
