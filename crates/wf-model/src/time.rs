//! Event time: microseconds since the Unix epoch, UTC, as the capture says; never the machine's clock.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Microseconds in one second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in one hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in one day.
pub const DAY: i64 = 24 * HOUR;

/// How far a packet may lie behind the minute at hand and still belong to it.
const BACK_MAX: i64 = 2 * MINUTE;
/// Packets in a row that lie behind before the time counts as set back: an interface whose clock is slow has others between.
const BEHIND_MIN: u32 = 64;

/// Minutes by the time of packets. A clock that is set back, or another capture of the same time, begins minutes anew; two
/// interfaces whose clocks differ share those of the one ahead.
#[derive(Clone, Copy, Debug)]
pub struct Minutes {
    begun: Timestamp,
    behind: u32,
}

impl Default for Minutes {
    fn default() -> Self {
        Self { begun: Timestamp(i64::MIN), behind: 0 }
    }
}

impl Minutes {
    /// When the minute at hand began.
    #[must_use]
    pub const fn begun(&self) -> Timestamp {
        self.begun
    }

    /// Whether a packet of this time ends the minute at hand; then its own has begun.
    pub fn over(&mut self, ts: Timestamp) -> bool {
        let ahead = ts.since(self.begun);
        self.behind = if ahead < -BACK_MAX { self.behind + 1 } else { 0 };
        if ahead < MINUTE && self.behind < BEHIND_MIN {
            return false;
        }
        (self.begun, self.behind) = (ts.floor(MINUTE), 0);
        true
    }
}

/// A moment in microseconds since 1970-01-01T00:00:00Z. Text form is RFC 3339 with six decimals and `Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `micros` later (earlier when negative), saturating.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The start of the window of `micros` that this moment lies in.
    #[must_use]
    pub const fn floor(self, micros: i64) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(micros)))
    }

    /// The UTC calendar day, `YYYY-MM-DD`: the lake's partition.
    #[must_use]
    pub fn day(self) -> String {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Reads RFC 3339 (`2026-01-31T08:00:00Z`, with any number of decimals, or an offset).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', 't', ' '])?;
        let mut parts = date.split('-');
        let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
        let zone_at = rest.find(['Z', 'z', '+']).or_else(|| rest.rfind('-')).unwrap_or(rest.len());
        let (clock, zone) = rest.split_at_checked(zone_at)?;
        let mut parts = clock.split(':');
        let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
        let (second, fraction) = match parts.next() {
            Some(seconds) => split_seconds(seconds)?,
            None => (0, 0),
        };
        let in_range = (1..=12).contains(&month) && (1..=31).contains(&day);
        if !in_range || hour > 23 || minute > 59 || second > 60 || parts.next().is_some() || !(0..=9999).contains(&year) {
            return None;
        }
        let offset = zone_offset(zone)?;
        Some(Self(days(year, month, day) * DAY + hour * HOUR + (minute - offset) * MINUTE + second * SECOND + fraction))
    }
}

fn number(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn split_seconds(text: &str) -> Option<(i64, i64)> {
    let Some((whole, decimals)) = text.split_once('.') else { return Some((number(text)?, 0)) };
    let digits: String = decimals.chars().chain("000000".chars()).take(6).collect();
    Some((number(whole)?, number(&digits)?))
}

/// Minutes east of UTC.
fn zone_offset(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = (if zone.starts_with('-') { -1 } else { 1 }, zone.get(1..)?);
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    Some(sign * (number(hours)? * 60 + number(minutes)?))
}

/// Days since the epoch of a proleptic Gregorian date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The Gregorian date of a number of days since the epoch.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * month_index + 2) / 5 + 1, (month_index + 2) % 12 + 1);
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        let of_day = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (of_day / HOUR, of_day / MINUTE % 60, of_day / SECOND % 60);
        if !(0..=9999).contains(&year) {
            return write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}Z", of_day % SECOND);
        }
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let parts = [year, month, day, hour, minute, second, of_day % SECOND];
        for (mut number, place) in parts.into_iter().zip([0..4, 5..7, 8..10, 11..13, 14..16, 17..19, 20..26]) {
            for digit in text[place].iter_mut().rev() {
                *digit += (number % 10) as u8;
                number /= 10;
            }
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Self);
        }
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("'{text}' is not an RFC 3339 time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_go_on_and_back() {
        let mut minutes = Minutes::default();
        let at = |minute: i64| Timestamp(20_000 * DAY + minute * MINUTE + 7);
        assert!(minutes.over(at(0)) && !minutes.over(at(0).plus(MINUTE - 8)) && minutes.over(at(1)));
        assert_eq!(minutes.begun(), at(1).plus(-7));
        // Two clocks, packet by packet: the one ahead ends minutes.
        let ends: usize = (0..1_000).map(|n| usize::from(minutes.over(at(if n % 2 == 0 { 60 } else { 1 })))).sum();
        assert_eq!(ends, 1);
        // Set back.
        let ends: usize = (0..1_000).map(|_| usize::from(minutes.over(at(5)))).sum();
        assert_eq!((ends, minutes.begun()), (1, at(5).plus(-7)));
    }

    #[test]
    fn text_and_back() {
        for (text, micros) in [
            ("1970-01-01T00:00:00.000000Z", 0),
            ("2000-02-29T23:59:59.999999Z", 951_868_799_999_999),
            ("1969-12-31T23:59:59.000001Z", -999_999),
        ] {
            assert_eq!(Timestamp(micros).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp(micros)));
        }
        assert_eq!(Timestamp(253_402_300_800_000_000).to_string(), "10000-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::parse("1970-01-01T01:00:00+01:00"), Some(Timestamp(0)));
        assert_eq!(Timestamp::parse("1970-01-01 00:00Z"), Some(Timestamp(0)));
        assert_eq!(Timestamp::parse("soon"), None);
    }
}
