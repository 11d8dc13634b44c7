//! Configuration frames (IEEE C37.118.2-2011, 6.4): which values the data frames of a stream hold, with their names.

use super::frame::{CONFIGURATION_3, Head};
use wf_wire::{Reader, Short};

/// Units in one stream, and channels of one kind in one unit, that are followed.
const UNITS_MAX: usize = 256;
const CHANNELS_MAX: usize = 1024;
/// Points of one stream.
const POINTS_MAX: usize = 16_384;

/// A phasor's names and scale.
#[derive(Clone, Debug)]
pub struct Phasor {
    pub magnitude: String,
    pub angle: String,
    /// Volts or amperes a bit, for values of sixteen bits; a factor for others in configuration 3.
    pub scale: f64,
    /// Radians added to the angle.
    pub turn: f64,
    pub current: bool,
    /// Bits of what was done to it, and of what it is (configuration 3).
    pub flags: Option<[u16; 2]>,
}

/// An analog value's name and scale.
#[derive(Clone, Debug)]
pub struct Analog {
    pub point: String,
    pub scale: f64,
    pub offset: f64,
    /// Kind and the user's own scale (configuration 1 and 2).
    pub user: Option<u32>,
}

/// One unit's part of the data frames.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    pub station: String,
    pub id_code: u16,
    /// Bits of FORMAT: floating frequency, analogs, phasors; polar.
    pub format: u16,
    pub phasors: Vec<Phasor>,
    pub analogs: Vec<Analog>,
    /// Names of sixteen bits a word; those that are not connected are empty.
    pub digitals: Vec<[String; 16]>,
    /// Names of inputs that are not connected.
    pub unconnected: Vec<String>,
    /// Normal states and connected inputs of each word.
    pub masks: Vec<[u16; 2]>,
    pub frequency: String,
    pub rocof: String,
    /// Hertz.
    pub nominal: f64,
    pub changes: u16,
    /// Latitude, longitude, elevation (configuration 3).
    pub place: Option<[f32; 3]>,
    /// Global identifier, class of service, window and group delay in microseconds (configuration 3).
    pub more: Option<([u8; 16], u8, u32, u32)>,
}

impl Unit {
    /// Bytes that it holds.
    fn weight(&self) -> usize {
        let digitals = self.digitals.iter().flatten().chain(&self.unconnected).map(String::capacity).sum::<usize>();
        let phasors = self.phasors.iter().map(|phasor| phasor.magnitude.capacity() + phasor.angle.capacity()).sum::<usize>();
        let analogs = self.analogs.iter().map(|analog| analog.point.capacity()).sum::<usize>();
        let tables = self.phasors.capacity() * size_of::<Phasor>() + self.analogs.capacity() * size_of::<Analog>();
        let words = self.digitals.capacity() * size_of::<[String; 16]>() + self.unconnected.capacity() * size_of::<String>();
        size_of::<Self>() + digitals + phasors + analogs + tables + words
    }

    pub const fn is_float_frequency(&self) -> bool {
        self.format & 8 != 0
    }
    pub const fn is_float_analog(&self) -> bool {
        self.format & 4 != 0
    }
    pub const fn is_float_phasor(&self) -> bool {
        self.format & 2 != 0
    }
    pub const fn is_polar(&self) -> bool {
        self.format & 1 != 0
    }

    /// Bytes of its part in a data frame (6.3).
    pub const fn data_len(&self) -> usize {
        let phasor = if self.is_float_phasor() { 8 } else { 4 };
        let frequency = if self.is_float_frequency() { 8 } else { 4 };
        let analog = if self.is_float_analog() { 4 } else { 2 };
        2 + self.phasors.len() * phasor + frequency + self.analogs.len() * analog + self.digitals.len() * 2
    }
}

/// A stream's configuration.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// Frame type that it came in.
    pub kind: u8,
    /// Parts of a second.
    pub time_base: u32,
    pub units: Vec<Unit>,
    /// Frames a second; below zero, seconds a frame.
    pub rate: i16,
    /// Bytes that it holds.
    pub bytes: usize,
}

impl Configuration {
    /// Reads the body of a configuration frame; `None` for a part of one in several frames.
    pub fn read(head: &Head, body: &[u8]) -> Result<Option<Self>, Short> {
        let mut r = Reader::new(body);
        let third = head.kind == CONFIGURATION_3;
        // 6.4.3: 0 where the frame is the only one.
        if third && r.u16()? != 0 {
            return Ok(None);
        }
        let time_base = r.u32()? & 0x00ff_ffff;
        let count = usize::from(r.u16()?);
        let mut units = Vec::new();
        let mut points = 0;
        for _ in 0..count.min(UNITS_MAX) {
            let unit = if third { third_unit(&mut r)? } else { unit(&mut r)? };
            points += unit.phasors.len() * 2 + unit.analogs.len() + unit.digitals.len() * 16 + 2;
            if points > POINTS_MAX {
                return Err(Short { needed: points, left: POINTS_MAX });
            }
            units.push(unit);
        }
        if count > UNITS_MAX {
            return Err(Short { needed: count, left: UNITS_MAX });
        }
        let bytes = units.iter().map(Unit::weight).sum();
        Ok(Some(Self { kind: head.kind, time_base, units, rate: r.i16()?, bytes }))
    }

    /// Bytes of a data frame's body.
    pub fn data_len(&self) -> usize {
        self.units.iter().map(Unit::data_len).sum()
    }
}

/// Station, channels' names and how many there are of each kind.
struct Names {
    unit: Unit,
    phasors: Vec<String>,
    analogs: Vec<String>,
}

fn counts(r: &mut Reader<'_>) -> Result<[usize; 3], Short> {
    let counts = [r.u16()?, r.u16()?, r.u16()?].map(usize::from);
    match counts.iter().max() {
        Some(most) if *most > CHANNELS_MAX => Err(Short { needed: *most, left: CHANNELS_MAX }),
        _ => Ok(counts),
    }
}

fn names(
    r: &mut Reader<'_>,
    mut unit: Unit,
    [phasors, analogs, digitals]: [usize; 3],
    name: fn(&mut Reader<'_>) -> Result<String, Short>,
) -> Result<Names, Short> {
    // Channels without a name are told apart by their number.
    let mut named = |kind, count: usize| {
        let all = (1..=count).map(|at| name(r).map(|name| if name.is_empty() { format!("{kind} {at}") } else { name }));
        all.collect::<Result<Vec<_>, _>>()
    };
    let phasors = named("phasor", phasors)?;
    let analogs = named("analog", analogs)?;
    for _ in 0..digitals {
        let mut word: [String; 16] = Default::default();
        for bit in &mut word {
            *bit = name(r)?;
        }
        unit.digitals.push(word);
    }
    unit.frequency = point(&unit.station, "frequency");
    unit.rocof = point(&unit.station, "rocof");
    Ok(Names { unit, phasors, analogs })
}

fn point(station: &str, channel: &str) -> String {
    if station.is_empty() { channel.to_owned() } else { format!("{station} {channel}") }
}

fn fixed(r: &mut Reader<'_>) -> Result<String, Short> {
    Ok(clean(&r.array::<16>()?))
}

fn counted(r: &mut Reader<'_>) -> Result<String, Short> {
    let length = usize::from(r.u8()?);
    Ok(clean(r.take(length)?))
}

fn clean(bytes: &[u8]) -> String {
    crate::hints::clean(bytes).into_owned()
}

/// Configuration 1 and 2 (6.4, table 9).
fn unit(r: &mut Reader<'_>) -> Result<Unit, Short> {
    let unit = Unit { station: fixed(r)?, id_code: r.u16()?, format: r.u16()?, ..Unit::default() };
    let counts = counts(r)?;
    let Names { mut unit, phasors, analogs } = names(r, unit, counts, fixed)?;
    for name in phasors {
        let kind = r.u8()?;
        let scale = f64::from(r.u24()?) * 1e-5;
        unit.phasors.push(phasor(&unit.station, &name, kind == 1, scale, 0.0, None));
    }
    for name in analogs {
        // What a scale of the user's own means, only the user knows: values are given as they are sent.
        let user = Some(r.u32()?);
        unit.analogs.push(Analog { point: point(&unit.station, &name), scale: 1.0, offset: 0.0, user });
    }
    digital_masks(r, &mut unit)?;
    ending(r, &mut unit)?;
    Ok(unit)
}

/// Configuration 3 (6.4.3, table 10).
fn third_unit(r: &mut Reader<'_>) -> Result<Unit, Short> {
    let station = counted(r)?;
    let id_code = r.u16()?;
    let global = r.array::<16>()?;
    let unit = Unit { station, id_code, format: r.u16()?, ..Unit::default() };
    let counts = counts(r)?;
    let Names { mut unit, phasors, analogs } = names(r, unit, counts, counted)?;
    for name in phasors {
        let changed = r.u16()?;
        let [kind, user] = r.array()?;
        let (scale, turn) = (r.f32()?, r.f32()?);
        let flags = Some([changed, u16::from_be_bytes([kind, user])]);
        unit.phasors.push(phasor(&unit.station, &name, kind & 8 != 0, f64::from(scale), f64::from(turn), flags));
    }
    for name in analogs {
        let (scale, offset) = (f64::from(r.f32()?), f64::from(r.f32()?));
        unit.analogs.push(Analog { point: point(&unit.station, &name), scale, offset, user: None });
    }
    digital_masks(r, &mut unit)?;
    unit.place = Some([r.f32()?, r.f32()?, r.f32()?]);
    unit.more = Some((global, r.u8()?, r.u32()?, r.u32()?));
    ending(r, &mut unit)?;
    Ok(unit)
}

fn phasor(station: &str, name: &str, current: bool, scale: f64, turn: f64, flags: Option<[u16; 2]>) -> Phasor {
    let channel = point(station, name);
    Phasor { magnitude: format!("{channel} magnitude"), angle: format!("{channel} angle"), scale, turn, current, flags }
}

/// Masks of normal states and of inputs that are there: the others have no point.
fn digital_masks(r: &mut Reader<'_>, unit: &mut Unit) -> Result<(), Short> {
    for word in &mut unit.digitals {
        let (normal, valid) = (r.u16()?, r.u16()?);
        unit.masks.push([normal, valid]);
        for (bit, name) in word.iter_mut().enumerate() {
            if valid >> bit & 1 == 0 || name.is_empty() {
                unit.unconnected.extend(Some(std::mem::take(name)).filter(|name| !name.is_empty()));
            } else {
                *name = point(&unit.station, name);
            }
        }
    }
    Ok(())
}

/// Nominal frequency and count of changes.
fn ending(r: &mut Reader<'_>, unit: &mut Unit) -> Result<(), Short> {
    unit.nominal = if r.u16()? & 1 == 0 { 60.0 } else { 50.0 };
    unit.changes = r.u16()?;
    Ok(())
}
