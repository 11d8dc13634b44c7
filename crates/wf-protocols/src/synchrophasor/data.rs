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

/// Every unit's number, status and digital status words, as far as the bytes go.
pub fn heads<'a>(configuration: &'a Configuration, body: &'a [u8]) -> impl Iterator<Item = (u16, u16, &'a [u8])> {
    let mut r = Reader::new(body);
    configuration.units.iter().map_while(move |unit| {
        let mut part = r.sub(unit.data_len()).ok()?;
        let status = part.u16().ok()?;
        let before = part.left().saturating_sub(2 * unit.digitals.len());
        Some((unit.id_code, status, part.rest().get(before..)?))
    })
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
