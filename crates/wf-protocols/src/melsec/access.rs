//! Which devices a request means, and the values in requests and answers.

use super::device::Device;
use super::frame::{Fields, Request};
use super::names::command;
use smallvec::SmallVec;
use wf_wire::Short;

/// Devices of one request that are followed.
const ACCESSES_MAX: usize = 512;

/// In what units values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bits: half a byte, or a digit.
    Bit,
    /// A bit in a byte of its own.
    Byte,
    /// Words; of bit devices sixteen at once.
    Word,
    /// Double words.
    Double,
}

/// One row of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access<'a> {
    /// The first.
    pub device: Device,
    /// How many values.
    pub count: u16,
    /// Their unit.
    pub unit: Unit,
    /// The values, in writes.
    pub written: Option<Values<'a>>,
}

impl Access<'_> {
    /// Devices in the row.
    pub fn devices(&self) -> u64 {
        let bits = self.device.kind().is_some_and(|kind| kind.bit);
        u64::from(self.count)
            * match self.unit {
                Unit::Word if bits => 16,
                Unit::Double if bits => 32,
                _ => 1,
            }
    }

    /// How far apart the devices of two values stand.
    pub fn step(&self) -> u32 {
        let bits = self.device.kind().is_some_and(|kind| kind.bit);
        match self.unit {
            Unit::Word if bits => 16,
            Unit::Double if bits => 32,
            Unit::Double => 2,
            _ => 1,
        }
    }
}

/// Values one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Values<'a> {
    fields: Fields<'a>,
    unit: Unit,
    left: u16,
    /// The second of two bits in a byte.
    half: Option<bool>,
}

impl<'a> Values<'a> {
    /// `count` values at the front of `fields`, which are consumed there.
    ///
    /// # Errors
    /// They do not fit.
    pub fn take(fields: &mut Fields<'a>, unit: Unit, count: u16) -> Result<Self, Short> {
        let count_bytes = usize::from(count);
        let size = match (unit, fields.ascii) {
            (Unit::Bit, true) => count_bytes,
            (Unit::Bit, false) => count_bytes.div_ceil(2),
            (Unit::Byte, ascii) => count_bytes * (1 + usize::from(ascii)),
            (Unit::Word, ascii) => count_bytes * (2 + 2 * usize::from(ascii)),
            (Unit::Double, ascii) => count_bytes * (4 + 4 * usize::from(ascii)),
        };
        let ascii = fields.ascii;
        let bytes = fields.take(size)?;
        Ok(Self { fields: Fields::new(bytes, ascii), unit, left: count, half: None })
    }

    /// Their bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.fields.rest()
    }

    fn one(&mut self) -> Result<u32, Short> {
        match (self.unit, self.fields.ascii) {
            (Unit::Bit, true) => self.fields.digits(1, 16),
            (Unit::Bit, false) => {
                if let Some(bit) = self.half.take() {
                    return Ok(bit.into());
                }
                let pair = self.fields.u8()?;
                self.half = Some(pair & 0x0f != 0);
                Ok((pair >> 4 != 0).into())
            }
            (Unit::Byte, _) => self.fields.number(1),
            (Unit::Word, _) => self.fields.number(2),
            (Unit::Double, _) => self.fields.number(4),
        }
    }
}

impl Iterator for Values<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        self.one().ok()
    }
}

/// Rows of devices that a request means, in the order in which their values are answered.
pub type Plan<'a> = SmallVec<[Access<'a>; 4]>;

/// What a request means; `None` for commands without devices, for extended addresses, and where it does not fit.
pub fn plan<'a>(request: &Request<'a>) -> Option<Plan<'a>> {
    if !matches!(request.sub, 0..=3) {
        return None;
    }
    let (bits, long) = (request.sub & 1 == 1, request.sub & 2 == 2);
    let mut f = request.data;
    let mut plan = Plan::new();
    let found = match request.command {
        command::READ | command::WRITE => row(&mut plan, &mut f, request, bits, long),
        command::READ_RANDOM | command::ENTRY_MONITOR | command::WRITE_RANDOM => anywhere(&mut plan, &mut f, request, bits, long),
        command::READ_BLOCK | command::WRITE_BLOCK => rows(&mut plan, &mut f, request, long),
        _ => return None,
    };
    found.is_ok().then_some(plan)
}

fn row<'a>(plan: &mut Plan<'a>, f: &mut Fields<'a>, request: &Request<'_>, bits: bool, long: bool) -> Result<(), Short> {
    let device = Device::read(f, long)?;
    let (count, unit) = (f.u16()?, if bits { Unit::Bit } else { Unit::Word });
    let written = if request.command == command::WRITE { Some(Values::take(f, unit, count)?) } else { None };
    plan.push(Access { device, count, unit, written });
    Ok(())
}

fn anywhere<'a>(plan: &mut Plan<'a>, f: &mut Fields<'a>, request: &Request<'_>, bits: bool, long: bool) -> Result<(), Short> {
    let first = f.u8()?;
    let doubles = if bits { 0 } else { f.u8()? };
    for at in 0..u16::from(first) + u16::from(doubles) {
        let unit = match at < first.into() {
            true if bits => Unit::Bit,
            true => Unit::Word,
            false => Unit::Double,
        };
        let device = Device::read(f, long)?;
        let mut written = None;
        if request.command == command::WRITE_RANDOM {
            // A bit takes a byte of its own here, and a word in the long form.
            let size = if bits && !long {
                Unit::Byte
            } else if bits {
                Unit::Word
            } else {
                unit
            };
            written = Some(Values::take(f, size, 1)?);
        }
        if plan.len() < ACCESSES_MAX {
            plan.push(Access { device, count: 1, unit, written });
        }
    }
    Ok(())
}

fn rows<'a>(plan: &mut Plan<'a>, f: &mut Fields<'a>, request: &Request<'_>, long: bool) -> Result<(), Short> {
    let blocks = u16::from(f.u8()?) + u16::from(f.u8()?);
    for _ in 0..blocks {
        let (device, count) = (Device::read(f, long)?, f.u16()?);
        let written = if request.command == command::WRITE_BLOCK { Some(Values::take(f, Unit::Word, count)?) } else { None };
        if plan.len() < ACCESSES_MAX {
            plan.push(Access { device, count, unit: Unit::Word, written });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    fn check(command: u16, sub: u16, data: &[u8], ascii: bool, want: &[&str]) {
        let request = Request { timer: 0, command, sub, data: Fields::new(data, ascii) };
        let found: Vec<String> = plan(&request).unwrap_or_default().iter().map(shown).collect();
        assert_eq!(found, want, "{command:04x} {sub:04x}");
    }

    fn shown(access: &Access<'_>) -> String {
        let target = wf_wire::decode::Target::Coded(access.device.coded(access.devices(), 0));
        let values: Vec<u32> = access.written.into_iter().flatten().collect();
        format!("{target} {values:?}")
    }

    #[test]
    fn plans() {
        check(0x0401, 0, &hex("640000a8 0300"), false, &["D100-D102 []"]);
        check(0x0401, 0, &hex("000000900200"), false, &["M0-M31 []"]);
        check(0x1401, 1, &hex("64000090 0300 1010"), false, &["M100-M102 [1, 0, 1]"]);
        check(0x1401, 1, b"M*0001000003101", true, &["M100-M102 [1, 0, 1]"]);
        check(0x1401, 0, b"D*00010000021234ABCD", true, &["D100-D101 [4660, 43981]"]);
        check(0x0403, 0, &hex("01 01 640000a8 c80000a8"), false, &["D100 []", "D200 []"]);
        check(0x1402, 0, &hex("01 01 640000a8 3412 c80000a8 78563412"), false, &["D100 [4660]", "D200 [305419896]"]);
        check(0x1402, 1, &hex("02 0a000090 01 0b000090 00"), false, &["M10 [1]", "M11 [0]"]);
        check(0x1406, 0, &hex("01 00 640000a8 0200 0100 0200"), false, &["D100-D101 [1, 2]"]);
        check(0x0401, 2, &hex("64000000a800 0300"), false, &["D100-D102 []"]);
        check(0x1401, 0, &hex("640000a8 0300 0100"), false, &[]);
    }
}
