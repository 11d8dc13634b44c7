//! What commands carry: variables, tags, identity.

use super::names;
use std::borrow::Cow;
use wf_wire::{Reader, Short};

/// What a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    DeviceVariable = 0,
    LoopCurrent = 1,
    PercentOfRange = 2,
    Primary = 3,
    Secondary = 4,
    Tertiary = 5,
    Quaternary = 6,
    AnalogChannel = 7,
    AnalogPercent = 8,
}

impl Kind {
    /// Names in the order of the numbers.
    pub const NAMES: [&'static str; 9] =
        ["variable", "loop_current", "percent_of_range", "pv", "sv", "tv", "qv", "analog_channel", "analog_channel_percent"];

    pub fn name(self) -> &'static str {
        Self::NAMES.get(self as usize).copied().unwrap_or_default()
    }
}

const DYNAMIC: [Kind; 4] = [Kind::Primary, Kind::Secondary, Kind::Tertiary, Kind::Quaternary];
/// Milliampere and percent.
const MILLIAMPERE: u8 = 39;
const PERCENT: u8 = 57;

/// One value.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    pub kind: Kind,
    /// Number of a device variable or of an analog channel.
    pub code: u8,
    pub unit: u8,
    pub value: f32,
    /// Status of a device variable.
    pub status: Option<u8>,
}

impl Variable {
    /// What its status says; `device` is the device's own status (HCF_SPEC-099).
    pub const fn quality(&self, device: u8) -> &'static str {
        match self.status {
            Some(status) => match status >> 6 {
                0 => "bad",
                1 => "poor_accuracy",
                2 => "manual_or_fixed",
                _ => "good",
            },
            None if device & 0x80 != 0 => "device_malfunction",
            None => match self.kind {
                Kind::Primary if device & 1 != 0 => "out_of_limits",
                Kind::Secondary | Kind::Tertiary | Kind::Quaternary if device & 2 != 0 => "out_of_limits",
                Kind::LoopCurrent if device & 4 != 0 => "saturated",
                Kind::LoopCurrent if device & 8 != 0 => "fixed",
                _ => "good",
            },
        }
    }
}

/// Every value in the answer of a command, as far as its bytes go. A value that is not a number is not used.
pub fn variables(command: u16, data: &[u8], tell: &mut dyn FnMut(Variable)) {
    let mut used = |variable: Variable| {
        if !variable.value.is_nan() {
            tell(variable);
        }
    };
    let _ = read(command, Reader::new(data), &mut used);
}

fn read(command: u16, mut r: Reader<'_>, tell: &mut dyn FnMut(Variable)) -> Result<(), Short> {
    let plain = |kind, unit, value| Variable { kind, code: 0, unit, value, status: None };
    match command {
        1 => {
            let unit = r.u8()?;
            tell(plain(Kind::Primary, unit, r.f32()?));
        }
        2 => {
            tell(plain(Kind::LoopCurrent, MILLIAMPERE, r.f32()?));
            tell(plain(Kind::PercentOfRange, PERCENT, r.f32()?));
        }
        3 | 61 | 110 => {
            match command {
                3 => tell(plain(Kind::LoopCurrent, MILLIAMPERE, r.f32()?)),
                61 => {
                    let unit = r.u8()?;
                    tell(plain(Kind::AnalogChannel, unit, r.f32()?));
                }
                _ => {}
            }
            for kind in DYNAMIC {
                let unit = r.u8()?;
                tell(plain(kind, unit, r.f32()?));
            }
        }
        9 => {
            r.skip(1)?;
            // Eight slots of eight bytes, then the time of the first.
            for _ in 0..8 {
                if r.left() < 8 {
                    break;
                }
                let [code, _class, unit] = r.array()?;
                let value = r.f32()?;
                tell(Variable { kind: Kind::DeviceVariable, code, unit, value, status: Some(r.u8()?) });
            }
        }
        33 => {
            for _ in 0..4 {
                let [code, unit] = r.array()?;
                tell(Variable { kind: Kind::DeviceVariable, code, unit, value: r.f32()?, status: None });
            }
        }
        60 => {
            let [code, unit] = r.array()?;
            tell(Variable { kind: Kind::AnalogChannel, code, unit, value: r.f32()?, status: None });
            tell(Variable { kind: Kind::AnalogPercent, code, unit: PERCENT, value: r.f32()?, status: None });
        }
        62 => {
            for _ in 0..4 {
                let [code, unit] = r.array()?;
                tell(Variable { kind: Kind::AnalogChannel, code, unit, value: r.f32()?, status: None });
            }
        }
        79 => {
            let [code, _mode, unit] = r.array()?;
            let value = r.f32()?;
            tell(Variable { kind: Kind::DeviceVariable, code, unit, value, status: r.u8().ok() });
        }
        _ => {}
    }
    Ok(())
}

/// What a device says of itself in the answer to commands 0, 11 and 21 (HCF_SPEC-127, command 0).
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    pub device_type: u16,
    pub hart_revision: u8,
    pub device_revision: u8,
    pub software_revision: u8,
    pub hardware_revision: u8,
    pub device_id: u32,
    /// Maker, from revision 7 on in sixteen bits.
    pub vendor: u16,
}

impl Identity {
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut r = Reader::new(data);
        r.skip(1).ok()?;
        let device_type = r.u16().ok()?;
        let [_preambles, hart_revision, device_revision, software_revision, hardware, _flags] = r.array().ok()?;
        let device_id = r.u24().ok()?;
        // Preambles, device variables, configuration changes, extended status; then the maker.
        let mut maker = r;
        let vendor = maker.skip(5).and_then(|()| maker.u16()).unwrap_or(device_type >> 8);
        let hardware_revision = hardware >> 3;
        Some(Self { device_type, hart_revision, device_revision, software_revision, hardware_revision, device_id, vendor })
    }

    /// The unique address that follows from it.
    pub const fn address(&self) -> u64 {
        ((self.device_type as u64) << 24 | self.device_id as u64) & 0x3f_ffff_ffff
    }
}

/// Text of six bits a character (HCF_SPEC-099, packed ASCII): four characters in three bytes.
pub fn packed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3);
    for chunk in bytes.chunks_exact(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        for shift in [18, 12, 6, 0] {
            let six = u8::try_from(bits >> shift & 0x3f).unwrap_or(0);
            // Bit 6 is the complement of bit 5.
            text.push(char::from(if six & 0x20 == 0 { six | 0x40 } else { six }));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Text of ISO Latin-1 up to its first NUL.
pub fn latin(bytes: &[u8]) -> String {
    let text: String = bytes.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect();
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

/// Texts in a command's data, with their names.
pub fn texts(command: u16, data: &[u8]) -> Vec<(&'static str, String)> {
    let part = |from: usize, len: usize| data.get(from..from + len);
    let packed_part = |from, len| part(from, len).map(packed);
    let mut found = Vec::new();
    let mut add = |name, text: Option<String>| found.extend(text.map(|text| (name, text)));
    match command {
        11 => add("tag", packed_part(0, 6)),
        12 | 17 => add("message", packed_part(0, 24)),
        13 | 18 => {
            add("tag", packed_part(0, 6));
            add("descriptor", packed_part(6, 12));
            let date = part(18, 3).and_then(|date| <[u8; 3]>::try_from(date).ok());
            add("date", date.map(|[day, month, year]| format!("{}-{month:02}-{day:02}", 1900 + u16::from(year))));
        }
        20..=22 => add("long_tag", part(0, 32).map(latin)),
        _ => {}
    }
    found
}

/// What a writing command sets, for people.
pub fn written(command: u16, data: &[u8]) -> Option<Cow<'static, str>> {
    if names::is_secret(command) {
        return (!data.is_empty()).then_some("hidden".into());
    }
    let texts = texts(command, data);
    if !texts.is_empty() {
        return Some(texts.iter().map(|(name, text)| format!("{name} {text:?}")).collect::<Vec<_>>().join(", ").into());
    }
    let text = describe(command, Reader::new(data)).unwrap_or_else(|_| hexadecimal(data));
    (!text.is_empty()).then_some(Cow::Owned(text))
}

/// The keys that a command carries, also where it is for a device behind an I/O system (command 77, HCF_SPEC-151).
pub fn keys(command: u16, data: &[u8]) -> Option<&[u8]> {
    if command == 77 {
        let (number, data) = super::pdu::Pdu::read(data.get(3..)?)?.number();
        return Some(data).filter(|data| names::is_secret(number) && !data.is_empty());
    }
    Some(data).filter(|data| names::is_secret(command) && !data.is_empty())
}

fn describe(command: u16, mut r: Reader<'_>) -> Result<String, Short> {
    Ok(match command {
        6 => {
            let poll = r.u8()?;
            match r.u8() {
                Ok(mode) => format!("poll {poll}, loop current mode {mode}"),
                Err(_) => format!("poll {poll}"),
            }
        }
        16 | 19 => r.u24()?.to_string(),
        34 => format!("{} s", r.f32()?),
        35 => {
            let unit = names::unit(r.u8()?);
            let (upper, lower) = (r.f32()?, r.f32()?);
            format!("{lower} to {upper} {unit}").trim_end().to_owned()
        }
        40 | 45 | 46 => format!("{} mA", r.f32()?),
        44 => format!("unit {}", unit(r.u8()?)),
        53 => {
            let variable = r.u8()?;
            format!("variable {variable} unit {}", unit(r.u8()?))
        }
        55 => {
            let variable = r.u8()?;
            format!("variable {variable} {} s", r.f32()?)
        }
        79 => {
            let [variable, mode, code] = r.array()?;
            let mode = if mode == 0 { "normal" } else { "fixed" };
            format!("variable {variable} {mode} {} {}", r.f32()?, names::unit(code)).trim_end().to_owned()
        }
        _ => hexadecimal(r.rest()),
    })
}

fn unit(code: u8) -> String {
    match names::unit(code) {
        "" => code.to_string(),
        name => name.to_owned(),
    }
}

fn hexadecimal(data: &[u8]) -> String {
    crate::hints::hex_cut(data, 64)
}
