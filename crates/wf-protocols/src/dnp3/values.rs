//! Values, quality and time of points; commands and their state (IEEE 1815-2012 clause 11 and annex A).

use super::names;
use super::objects::{Form, Header, Item, ItemData, Layout, Number, Time};
use wf_model::Timestamp;
use wf_wire::decode::Value;
use wf_wire::{Reader, Short};

/// What a point's object says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Value.
    pub value: Value<'static>,
    /// Flags, where the object has them.
    pub flags: Option<u8>,
    /// Milliseconds: since 1970, or since the common time where `relative`.
    pub time: Option<u64>,
    /// The time counts from the common time of occurrence.
    pub relative: bool,
}

/// Reads a point. `None` where the object is none or is too short.
#[must_use]
pub fn reading(header: &Header<'_>, item: &Item<'_>) -> Option<Reading> {
    match (header.layout?, item.data) {
        (Layout::Packed(2), ItemData::State(state)) => {
            Some(Reading { value: Value::Number(f64::from(state)), flags: None, time: None, relative: false })
        }
        (Layout::Packed(_), data) => {
            let state = match data {
                ItemData::State(state) => state,
                ItemData::Octets(octets) => octets.first().copied()? & 1,
            };
            Some(Reading { value: Value::Flag(state != 0), flags: None, time: None, relative: false })
        }
        (Layout::Point(form), ItemData::Octets(octets)) => point(header.group, form, octets).ok(),
        _ => None,
    }
}

fn point(group: u8, form: Form, octets: &[u8]) -> Result<Reading, Short> {
    let mut r = Reader::new(octets);
    let flags = if form.flags { Some(r.u8()?) } else { None };
    let value = match form.number {
        Number::Flags => state(group, flags.unwrap_or(0)),
        Number::U16 => Value::Number(r.u16_le()?.into()),
        Number::U32 => Value::Number(r.u32_le()?.into()),
        Number::I16 => Value::Number(r.i16_le()?.into()),
        Number::I32 => Value::Number(r.i32_le()?.into()),
        Number::F32 => Value::Number(r.f32_le()?.into()),
        Number::F64 => Value::Number(r.f64_le()?),
    };
    let time = match form.time {
        Time::No => None,
        Time::Absolute => Some(r.u48_le()?),
        Time::Relative => Some(r.u16_le()?.into()),
    };
    Ok(Reading { value, flags, time, relative: form.time == Time::Relative })
}

/// State in a flags octet: the highest bit, or the highest two of a double-bit input (0 between, 1 off, 2 on, 3 neither).
fn state(group: u8, flags: u8) -> Value<'static> {
    if matches!(group, 3 | 4) { Value::Number(f64::from(flags >> 6)) } else { Value::Flag(flags & 0x80 != 0) }
}

/// The worst thing that a point's flags say (clause 11.6).
#[must_use]
pub const fn quality(group: u8, flags: Option<u8>) -> &'static str {
    let Some(flags) = flags else { return "good" };
    if matches!(group, 13 | 43) {
        return if flags & 0x7f == 0 { "good" } else { "command_failed" };
    }
    let analog = matches!(group, 30..=33 | 40 | 42);
    let counter = matches!(group, 20..=23);
    if flags & 0x04 != 0 {
        "comm_lost"
    } else if flags & 0x02 != 0 {
        "restart"
    } else if flags & 0x01 == 0 {
        "offline"
    } else if flags & 0x08 != 0 {
        "remote_forced"
    } else if flags & 0x10 != 0 {
        "local_forced"
    } else if analog && flags & 0x20 != 0 {
        "over_range"
    } else if analog && flags & 0x40 != 0 {
        "reference_error"
    } else if counter && flags & 0x40 != 0 {
        "discontinuity"
    } else if matches!(group, 1..=4) && flags & 0x20 != 0 {
        "chatter_filter"
    } else {
        "good"
    }
}

/// A control: what is commanded, and the state that it carries (0 in requests).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Command {
    /// The command.
    pub kind: CommandKind,
    /// State: 0 success (clause 11).
    pub status: u8,
}

/// The command of a control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CommandKind {
    /// Control relay output block (group 12).
    Relay {
        /// Operation, clear, trip-close.
        code: u8,
        /// How often.
        count: u8,
        /// On time in milliseconds.
        on_ms: u32,
        /// Off time in milliseconds.
        off_ms: u32,
    },
    /// Analog output block (group 41).
    Analog(f64),
    /// Pattern mask (12.3).
    Pattern(bool),
}

/// Reads a control.
#[must_use]
pub fn command(header: &Header<'_>, item: &Item<'_>) -> Option<Command> {
    if let (12, ItemData::State(state)) = (header.group, item.data) {
        return Some(Command { kind: CommandKind::Pattern(state != 0), status: 0 });
    }
    let mut r = Reader::new(item.data.octets());
    let mut read = || {
        let kind = match (header.group, header.variation) {
            (12, 1 | 2) => CommandKind::Relay { code: r.u8()?, count: r.u8()?, on_ms: r.u32_le()?, off_ms: r.u32_le()? },
            (41, 1) => CommandKind::Analog(r.i32_le()?.into()),
            (41, 2) => CommandKind::Analog(r.i16_le()?.into()),
            (41, 3) => CommandKind::Analog(r.f32_le()?.into()),
            (41, 4) => CommandKind::Analog(r.f64_le()?),
            _ => return Ok(None),
        };
        r.u8().map(|status| Some(Command { kind, status: status & 0x7f }))
    };
    read().ok().flatten()
}

impl CommandKind {
    /// In words: `latch_on`, `pulse_on close count 2 on 500 ms off 100 ms`, `17.5`.
    #[must_use]
    pub fn text(&self) -> String {
        match *self {
            Self::Analog(value) => value.to_string(),
            Self::Pattern(state) => u8::from(state).to_string(),
            Self::Relay { code, count, on_ms, off_ms } => {
                let mut text = names::relay(code).to_owned();
                if let Some(trip_close) = names::trip_close(code) {
                    text.push(' ');
                    text.push_str(trip_close);
                }
                if code & 0x20 != 0 {
                    text.push_str(" clear");
                }
                if count != 1 {
                    text.push_str(&format!(" count {count}"));
                }
                if matches!(code & 0x0f, 1 | 2) {
                    text.push_str(&format!(" on {on_ms} ms off {off_ms} ms"));
                }
                text
            }
        }
    }
}

/// A time object (groups 50 and 51) in milliseconds since 1970.
#[must_use]
pub fn absolute_time(item: &Item<'_>) -> Option<u64> {
    Reader::new(item.data.octets()).u48_le().ok()
}

/// Milliseconds since 1970 as RFC 3339.
#[must_use]
pub fn time_text(ms: u64) -> String {
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX / 1000).saturating_mul(1000)).to_string()
}

/// A device attribute (group 0): type, length, value, as text. Text types are given as they are, numbers in decimal.
#[must_use]
pub fn attribute_text(octets: &[u8]) -> Option<String> {
    let mut r = Reader::new(octets);
    let (kind, length) = (r.u8().ok()?, r.u8().ok()?);
    let value = r.take(usize::from(length).min(r.left())).ok()?;
    let unsigned = value.iter().rev().take(8).fold(0u64, |n, octet| n << 8 | u64::from(*octet));
    Some(match (kind, length) {
        (1, _) => String::from_utf8_lossy(value).trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned(),
        (2, 1..=8) => unsigned.to_string(),
        (3, 1..=8) => {
            let shift = 64 - 8 * u32::from(length);
            (i64::from_ne_bytes((unsigned << shift).to_ne_bytes()) >> shift).to_string()
        }
        (4, 4) => Reader::new(value).f32_le().ok()?.to_string(),
        (4, 8) => Reader::new(value).f64_le().ok()?.to_string(),
        (7, 6) => time_text(Reader::new(value).u48_le().ok()?),
        _ => value.iter().map(|octet| format!("{octet:02x}")).collect(),
    })
}
