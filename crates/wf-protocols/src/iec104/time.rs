//! Times (IEC 60870-5-101 clauses 7.2.6.18 to 7.2.6.20). Which zone they are in is a matter of the plant.

use std::fmt;
use wf_wire::{Reader, Short};

/// A time as it is told: in binary, from milliseconds to the year, as far as it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds in the minute, 0 to 59999.
    pub milliseconds: u16,
    /// Minute.
    pub minute: u8,
    /// The sender says that this is not right (IV).
    pub invalid: bool,
    /// Summer time (SU), hour, day of the month, month, year in the century.
    pub date: Option<Date>,
}

/// What a long time has beyond a short one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// Summer time.
    pub summer: bool,
    /// Hour.
    pub hour: u8,
    /// Day of the month.
    pub day: u8,
    /// Month.
    pub month: u8,
    /// Year in the century, or since 1900.
    pub year: u8,
}

impl Moment {
    /// CP24Time2a.
    pub fn short(r: &mut Reader<'_>) -> Result<Self, Short> {
        let (milliseconds, minute) = (r.u16_le()?, r.u8()?);
        Ok(Self { milliseconds, minute: minute & 0x3f, invalid: minute & 0x80 != 0, date: None })
    }

    /// CP56Time2a.
    pub fn long(r: &mut Reader<'_>) -> Result<Self, Short> {
        let mut moment = Self::short(r)?;
        let [hour, day, month, year] = r.array()?;
        let (summer, hour, day) = (hour & 0x80 != 0, hour & 0x1f, day & 0x1f);
        moment.date = Some(Date { summer, hour, day, month: month & 0x0f, year: year & 0x7f });
        Ok(moment)
    }

    /// Its fields are within what a clock can show. Years beyond 99 are those of stacks that count from 1900.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let date = |d: Date| d.hour < 24 && (1..=31).contains(&d.day) && (1..=12).contains(&d.month);
        self.milliseconds < 60_000 && self.minute < 60 && self.date.is_none_or(date)
    }
}

/// `2026-03-10T06:00:01.250`, or of a short time `00:01.250` (minute, second).
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(d) = self.date {
            // Some stacks count years from 1900.
            let year = if d.year < 100 { 2000 + u16::from(d.year) } else { 1900 + u16::from(d.year) };
            write!(f, "{year}-{:02}-{:02}T{:02}:", d.month, d.day, d.hour)?;
        }
        write!(f, "{:02}:{:02}.{:03}", self.minute, self.milliseconds / 1000, self.milliseconds % 1000)
    }
}
