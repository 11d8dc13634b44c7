//! What information objects say: values with quality and time, commands (IEC 60870-5-101 clauses 7.2.6 and 7.3).

use super::asdu::{Element, Form, Qualifier, Time};
use super::names;
use super::time::Moment;
use std::fmt;
use wf_wire::decode::Value;
use wf_wire::{Reader, Short};

/// A process value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The value: on or off, a number; a double point is 0 between, 1 off, 2 on, 3 neither.
    pub value: Value<'static>,
    /// Quality bits; those of a counter have meanings of their own.
    pub flags: u8,
    /// It is a counter.
    pub counter: bool,
    /// Transient state of a step position.
    pub transient: bool,
    /// Sequence number of a counter's reading.
    pub reading: Option<u8>,
    /// Milliseconds that relays of protection took.
    pub elapsed_ms: Option<u16>,
    /// Time tag.
    pub time: Option<Moment>,
}

/// Overflow (QDS).
pub const OVERFLOW: u8 = 0x01;
/// Elapsed time invalid (QDP).
pub const ELAPSED_INVALID: u8 = 0x08;
/// Blocked.
pub const BLOCKED: u8 = 0x10;
/// Substituted; of a counter: carry.
pub const SUBSTITUTED: u8 = 0x20;
/// Not topical; of a counter: adjusted.
pub const NOT_TOPICAL: u8 = 0x40;
/// Invalid.
pub const INVALID: u8 = 0x80;

impl Reading {
    /// The worst thing that its quality says.
    #[must_use]
    pub const fn quality(&self) -> &'static str {
        let flags = self.flags;
        if flags & INVALID != 0 {
            "invalid"
        } else if flags & NOT_TOPICAL != 0 {
            if self.counter { "adjusted" } else { "not_topical" }
        } else if flags & SUBSTITUTED != 0 {
            if self.counter { "carry" } else { "substituted" }
        } else if flags & BLOCKED != 0 {
            "blocked"
        } else if flags & OVERFLOW != 0 {
            "overflow"
        } else if flags & ELAPSED_INVALID != 0 {
            "elapsed_time_invalid"
        } else {
            "good"
        }
    }
}

/// A normalized value: a fraction from -1 to 1 less 2 to the power of -15.
fn normalized(raw: i16) -> f64 {
    f64::from(raw) / 32_768.0
}

/// Reads a process value; `None` where the object is none.
#[must_use]
pub fn reading(form: Form, octets: &[u8]) -> Option<Reading> {
    read(form, &mut Reader::new(octets)).ok().flatten()
}

fn read(form: Form, r: &mut Reader<'_>) -> Result<Option<Reading>, Short> {
    let (mut flags, mut counter, mut transient, mut number, mut elapsed_ms) = (0, false, false, None, None);
    let value = match form.element {
        Element::Single => {
            let octet = r.u8()?;
            flags = octet & 0xf0;
            Value::Flag(octet & 1 != 0)
        }
        Element::Double => {
            let octet = r.u8()?;
            flags = octet & 0xf0;
            Value::Number(f64::from(octet & 3))
        }
        Element::Step => {
            let octet = r.u8()?;
            transient = octet & 0x80 != 0;
            Value::Number(step(octet).into())
        }
        Element::Bits | Element::Packed => Value::Number(r.u32_le()?.into()),
        Element::Normalized => Value::Number(normalized(r.i16_le()?)),
        Element::Scaled => Value::Number(r.i16_le()?.into()),
        Element::Float => Value::Number(r.f32_le()?.into()),
        Element::Counter => {
            let (count, octet) = (r.i32_le()?, r.u8()?);
            (flags, counter, number) = (octet & 0xe0, true, Some(octet & 0x1f));
            Value::Number(count.into())
        }
        Element::Protection => {
            let octet = r.u8()?;
            flags = octet & 0xf8;
            elapsed_ms = Some(r.u16_le()?);
            Value::Number(f64::from(octet & 3))
        }
        Element::Starts | Element::Circuits => {
            let reserved = if form.element == Element::Starts { 0xc0 } else { 0xf0 };
            let (events, quality): (u8, u8) = (r.u8()? & !reserved, r.u8()?);
            flags = quality & 0xf8;
            elapsed_ms = Some(r.u16_le()?);
            Value::Number(f64::from(events))
        }
        _ => return Ok(None),
    };
    match form.qualifier {
        Qualifier::Quality => flags |= r.u8()?,
        Qualifier::No => {}
        // Set-points and parameters are commands.
        Qualifier::Setpoint | Qualifier::Parameter => return Ok(None),
    }
    let time = time(form.time, r)?;
    Ok(Some(Reading { value, flags, counter, transient, reading: number, elapsed_ms, time }))
}

fn time(kind: Time, r: &mut Reader<'_>) -> Result<Option<Moment>, Short> {
    match kind {
        Time::No => Ok(None),
        Time::Short => Moment::short(r).map(Some),
        Time::Long => Moment::long(r).map(Some),
    }
}

/// Seven bits with a sign.
const fn step(octet: u8) -> i8 {
    ((octet << 1) as i8) >> 1
}

/// The time at the end of an object, of whatever kind.
#[must_use]
pub fn time_of(form: Form, octets: &[u8]) -> Option<Moment> {
    let mut r = Reader::new(octets);
    let behind = form.size().checked_sub(match form.time {
        Time::No => return None,
        Time::Short => 3,
        Time::Long => 7,
    })?;
    r.skip(behind).and_then(|()| time(form.time, &mut r)).ok().flatten()
}

/// What a command's object says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Single command: state, qualifier.
    Single(bool, u8),
    /// Double command: 1 off, 2 on; qualifier.
    Double(u8, u8),
    /// Regulating step: 1 lower, 2 higher; qualifier.
    Step(u8, u8),
    /// Set-point with its qualifier.
    Number(f64, u8),
    /// Bits.
    Bits(u32),
    /// Parameter with its kind and state.
    Parameter(f64, u8),
    /// One octet, to be read by the type.
    Octet(u8),
    /// Two octets, to be read by the type.
    Word(u16),
    /// A time alone.
    Time(Moment),
    /// Nothing.
    Nothing,
}

/// A command: what is ordered, and whether it is only selected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Command {
    /// Type identification.
    pub type_id: u8,
    /// The order.
    pub order: Order,
    /// Select, not execute (S/E).
    pub select: bool,
}

/// Reads a command's object.
#[must_use]
pub fn command(type_id: u8, form: Form, octets: &[u8]) -> Option<Command> {
    order(type_id, form, &mut Reader::new(octets)).ok().flatten()
}

fn order(type_id: u8, form: Form, r: &mut Reader<'_>) -> Result<Option<Command>, Short> {
    let with = |order, select| Ok(Some(Command { type_id, order, select }));
    // Qualifier of command (7.2.6.26): five bits from the third on.
    let qualified = |octet: u8| (octet >> 2 & 0x1f, octet & 0x80 != 0);
    let number = match form.element {
        Element::SingleCommand => {
            let octet = r.u8()?;
            let (qualifier, select) = qualified(octet);
            return with(Order::Single(octet & 1 != 0, qualifier), select);
        }
        Element::DoubleCommand => {
            let octet = r.u8()?;
            let (qualifier, select) = qualified(octet);
            return with(Order::Double(octet & 3, qualifier), select);
        }
        Element::StepCommand => {
            let octet = r.u8()?;
            let (qualifier, select) = qualified(octet);
            return with(Order::Step(octet & 3, qualifier), select);
        }
        Element::Bits => return with(Order::Bits(r.u32_le()?), false),
        Element::Octet => return with(Order::Octet(r.u8()?), false),
        Element::Word => return with(Order::Word(r.u16_le()?), false),
        Element::Nothing => {
            let time = time(form.time, r)?;
            return with(time.map_or(Order::Nothing, Order::Time), false);
        }
        Element::Normalized => normalized(r.i16_le()?),
        Element::Scaled => r.i16_le()?.into(),
        Element::Float => r.f32_le()?.into(),
        _ => return Ok(None),
    };
    match form.qualifier {
        Qualifier::Setpoint => {
            let octet = r.u8()?;
            with(Order::Number(number, octet & 0x7f), octet & 0x80 != 0)
        }
        Qualifier::Parameter => with(Order::Parameter(number, r.u8()?), false),
        _ => Ok(None),
    }
}

/// `on short_pulse`, `higher`, `17.5`, `0x0000ffff`, `freeze_and_reset all counters`.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let qualified = |f: &mut fmt::Formatter<'_>, word: &str, qualifier: u8| match qualifier {
            0 => f.write_str(word),
            1..=3 => write!(f, "{word} {}", names::pulse(qualifier)),
            _ => write!(f, "{word} qualifier {qualifier}"),
        };
        match self.order {
            Order::Single(state, qualifier) => qualified(f, if state { "on" } else { "off" }, qualifier),
            Order::Double(state, qualifier) => qualified(f, names::double(state), qualifier),
            Order::Step(state, qualifier) => qualified(f, names::step(state), qualifier),
            Order::Number(number, 0) => write!(f, "{number}"),
            Order::Number(number, qualifier) => write!(f, "{number} qualifier {qualifier}"),
            Order::Bits(bits) => write!(f, "0x{bits:08x}"),
            Order::Parameter(number, qualifier) => write!(f, "{} {number}", names::parameter(qualifier)),
            Order::Octet(octet) => match self.type_id {
                100 => write!(f, "{}", names::Interrogated(octet)),
                101 => write!(f, "{} {}", names::freeze(octet), names::Counters(octet)),
                105 => f.write_str(names::reset(octet)),
                113 => f.write_str(names::parameter_activation(octet)),
                _ => write!(f, "{octet}"),
            },
            Order::Word(word) if self.type_id == 106 => write!(f, "{word} ms"),
            Order::Word(word) => write!(f, "0x{word:04x}"),
            Order::Time(moment) => moment.fmt(f),
            Order::Nothing => Ok(()),
        }
    }
}
