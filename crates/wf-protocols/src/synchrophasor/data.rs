//! Data frames (IEEE C37.118.2-2011, 6.3), read as their configuration says.

use super::configuration::{Configuration, Unit};
use wf_wire::{Reader, Short};

/// Sixteen bits that stand for no value (6.3.1).
const ABSENT: i16 = i16::MIN;

/// What a unit says of its own values (6.3, table 7).
pub const fn quality(status: u16) -> &'static str {
    match (status >> 14, status >> 13 & 1) {
        (1 | 3, _) => "pmu_error",
        (2, _) => "test_mode",
        (_, 1) => "not_synchronized",
        _ => "good",
    }
}

/// One value of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading<'a> {
    Number(&'a str, f64),
    Flag(&'a str, bool),
}

/// Every unit's status and values, as far as the bytes go.
pub fn read<'a>(
    configuration: &'a Configuration,
    body: &[u8],
    tell: &mut dyn FnMut(&'a Unit, u16, Reading<'a>),
) -> Result<(), Short> {
    let mut r = Reader::new(body);
    for unit in &configuration.units {
        let mut part = r.sub(unit.data_len())?;
        let status = part.u16()?;
        values(unit, &mut part, &mut |reading| tell(unit, status, reading))?;
    }
    Ok(())
}

/// A unit's numbers as they are sent, before scales and names.
#[derive(Debug, Default, PartialEq)]
pub struct Sent {
    pub status: u16,
    /// Two a phasor: real and imaginary part, or magnitude and angle in radians (ten-thousandths where they are integers).
    pub phasors: Vec<f64>,
    /// Frequency (hertz, or thousandths from the nominal one) and its change.
    pub frequency: [f64; 2],
    pub analogs: Vec<f64>,
    pub digitals: Vec<u16>,
}

/// The units' numbers as they are sent, as far as the bytes go.
pub fn sent(configuration: &Configuration, body: &[u8]) -> Vec<Sent> {
    let mut r = Reader::new(body);
    configuration.units.iter().map_while(|unit| sent_unit(unit, &mut r).ok()).collect()
}

fn sent_unit(unit: &Unit, r: &mut Reader<'_>) -> Result<Sent, Short> {
    let mut found = Sent { status: r.u16()?, ..Sent::default() };
    for _ in &unit.phasors {
        let pair = match (unit.is_float_phasor(), unit.is_polar()) {
            (true, _) => [f64::from(r.f32()?), f64::from(r.f32()?)],
            (false, true) => [f64::from(r.u16()?), f64::from(r.i16()?)],
            (false, false) => [f64::from(r.i16()?), f64::from(r.i16()?)],
        };
        found.phasors.extend(pair);
    }
    for place in &mut found.frequency {
        *place = if unit.is_float_frequency() { f64::from(r.f32()?) } else { f64::from(r.i16()?) };
    }
    for _ in &unit.analogs {
        found.analogs.push(if unit.is_float_analog() { f64::from(r.f32()?) } else { f64::from(r.i16()?) });
    }
    for _ in &unit.digitals {
        found.digitals.push(r.u16()?);
    }
    Ok(found)
}

fn values<'a>(unit: &'a Unit, r: &mut Reader<'_>, tell: &mut dyn FnMut(Reading<'a>)) -> Result<(), Short> {
    let mut number = |point: &'a str, value: Option<f64>| {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            tell(Reading::Number(point, value));
        }
    };
    for phasor in &unit.phasors {
        let read = if unit.is_float_phasor() { float_phasor(unit, r)? } else { integer_phasor(unit, r, phasor.scale)? };
        let Some((magnitude, angle)) = read else { continue };
        number(&phasor.magnitude, Some(magnitude));
        number(&phasor.angle, Some((angle + phasor.turn).to_degrees()));
    }
    if unit.is_float_frequency() {
        number(&unit.frequency, Some(f64::from(r.f32()?)));
        number(&unit.rocof, Some(f64::from(r.f32()?)));
    } else {
        // Thousandths of a hertz from the nominal; hundredths of a hertz a second.
        number(&unit.frequency, present(r.i16()?).map(|deviation| unit.nominal + deviation / 1000.0));
        number(&unit.rocof, present(r.i16()?).map(|change| change / 100.0));
    }
    for analog in &unit.analogs {
        let value = if unit.is_float_analog() { Some(f64::from(r.f32()?)) } else { present(r.i16()?) };
        number(&analog.point, value.map(|value| value * analog.scale + analog.offset));
    }
    for word in &unit.digitals {
        let bits = r.u16()?;
        for (bit, name) in word.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            tell(Reading::Flag(name, bits >> bit & 1 != 0));
        }
    }
    Ok(())
}

fn present(value: i16) -> Option<f64> {
    (value != ABSENT).then(|| f64::from(value))
}

/// Magnitude and angle in radians.
fn float_phasor(unit: &Unit, r: &mut Reader<'_>) -> Result<Option<(f64, f64)>, Short> {
    let (first, second) = (f64::from(r.f32()?), f64::from(r.f32()?));
    if first.is_nan() || second.is_nan() {
        return Ok(None);
    }
    Ok(Some(if unit.is_polar() { (first, second) } else { (first.hypot(second), second.atan2(first)) }))
}

fn integer_phasor(unit: &Unit, r: &mut Reader<'_>, scale: f64) -> Result<Option<(f64, f64)>, Short> {
    let raw = r.u16()?;
    let second = r.i16()?;
    if unit.is_polar() {
        // The magnitude has no sign; the angle is in ten-thousandths of a radian.
        return Ok((second != ABSENT).then(|| (f64::from(raw) * scale, f64::from(second) / 10_000.0)));
    }
    let first = raw.cast_signed();
    if first == ABSENT || second == ABSENT {
        return Ok(None);
    }
    let (real, imaginary) = (f64::from(first), f64::from(second));
    Ok(Some((real.hypot(imaginary) * scale, imaginary.atan2(real))))
}
