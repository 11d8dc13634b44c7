//! Transport interface (IEC 60870-5-104 clause 5): start octet, length, four control octets in three formats.

use wf_wire::{Reader, Short};

/// Start octet, length and control octets.
pub const HEADER: usize = 6;
/// First octet of each APDU.
pub const START: u8 = 0x68;
/// Least length: the control octets alone.
pub const LENGTH_MIN: u8 = 4;
/// Greatest length that the standard allows (clause 5); a few devices go beyond.
pub const LENGTH_MAX: u8 = 253;
/// Sequence numbers count up to here, then begin again at 0 (clause 5.1).
pub const MODULUS: u16 = 1 << 15;

/// One of the three formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Numbered information transfer: carries an ASDU.
    Information {
        /// Send sequence number.
        send: u16,
        /// Receive sequence number.
        receive: u16,
    },
    /// Numbered supervision: acknowledges.
    Supervision {
        /// Receive sequence number.
        receive: u16,
    },
    /// Unnumbered control: the six function bits.
    Control(u8),
}

/// STARTDT act.
pub const START_ACT: u8 = 0x01;
/// STARTDT con.
pub const START_CON: u8 = 0x02;
/// STOPDT act.
pub const STOP_ACT: u8 = 0x04;
/// STOPDT con.
pub const STOP_CON: u8 = 0x08;
/// TESTFR act.
pub const TEST_ACT: u8 = 0x10;
/// TESTFR con.
pub const TEST_CON: u8 = 0x20;

/// The header of an APDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apci {
    /// Octets behind the length octet.
    pub length: u8,
    /// Format with its numbers.
    pub format: Format,
    /// Bits that the standard fixes are as they should be.
    pub tidy: bool,
}

impl Apci {
    /// Reads six octets; the start octet is not judged here.
    pub fn read(bytes: &[u8]) -> Result<Self, Short> {
        let mut reader = Reader::new(bytes);
        reader.u8()?;
        let length = reader.u8()?;
        let (first, second) = (reader.u16_le()?, reader.u16_le()?);
        let (format, tidy) = match first & 3 {
            1 => (Format::Supervision { receive: second >> 1 }, first == 1 && second & 1 == 0),
            3 => (Format::Control((first & 0xff) as u8 >> 2), first >> 8 == 0 && second == 0),
            _ => (Format::Information { send: first >> 1, receive: second >> 1 }, second & 1 == 0),
        };
        Ok(Self { length, format, tidy })
    }

    /// Octets of the whole APDU.
    #[must_use]
    pub const fn whole(&self) -> usize {
        2 + self.length as usize
    }

    /// Control octets as the standard has them, and a length that goes with them.
    #[must_use]
    pub const fn is_plausible(&self) -> bool {
        self.tidy
            && match self.format {
                Format::Information { .. } => self.length > LENGTH_MIN && self.length <= LENGTH_MAX,
                Format::Supervision { .. } => self.length == LENGTH_MIN,
                Format::Control(function) => self.length == LENGTH_MIN && function.count_ones() == 1,
            }
    }
}
