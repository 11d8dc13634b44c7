//! Memory areas (W342-E1, 5-2-2; W227-E1 for the CV series): what a code stands for, how long its elements are, how it is written.

use std::fmt;
use wf_wire::Reader;

/// One memory area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub name: &'static str,
    /// Bytes of one element.
    pub size: usize,
    /// Elements are bits (or flags).
    pub bits: bool,
    /// Bank of extended memory.
    pub bank: Option<u8>,
}

impl Area {
    pub fn of(code: u8) -> Option<Self> {
        let bit = |name| Self { name, size: 1, bits: true, bank: None };
        let word = |name| Self { name, size: 2, bits: false, bank: None };
        Some(match code {
            0x00 | 0x30 => bit("CIO "),
            0x40 | 0x70 => bit("CIO "),
            0x31 | 0x71 => bit("W"),
            0x32 | 0x72 => bit("H"),
            0x33 | 0x73 => bit("A"),
            0x02 => bit("D"),
            0x80 | 0xb0 => word("CIO "),
            0xb1 => word("W"),
            0xb2 => word("H"),
            0xb3 => word("A"),
            0x82 => word("D"),
            // Words with their forced status behind each.
            0xc0 | 0xf0 => Self { name: "CIO ", size: 4, bits: false, bank: None },
            0xf1 => Self { name: "W", size: 4, bits: false, bank: None },
            0xf2 => Self { name: "H", size: 4, bits: false, bank: None },
            0x01 | 0x09 | 0x41 | 0x49 => bit("T flag "),
            0x81 | 0x89 => word("T"),
            0x03 | 0x43 => bit("transition "),
            0x04 | 0x44 => bit("step "),
            0x05 => bit("forced "),
            0x85 => word("forced "),
            0x06 => bit("TK"),
            0x46 => Self { name: "TK", size: 1, bits: false, bank: None },
            0x07 => bit("clock pulse "),
            0x1b => bit("action "),
            0x20..=0x2f => Self { name: "E", size: 1, bits: true, bank: Some(code - 0x20) },
            0x90..=0x97 => Self { name: "E", size: 2, bits: false, bank: Some(code - 0x90) },
            0xa0..=0xaf => Self { name: "E", size: 2, bits: false, bank: Some(code - 0xa0) },
            0x0a => bit("E"),
            0x98 => word("E"),
            0x9c | 0xbc => word("DR"),
            0xdc => Self { name: "IR", size: 4, bits: false, bank: None },
            _ => return None,
        })
    }
}

impl Area {
    /// Elements are bits of words; flags of timers and steps are addresses of their own.
    pub fn has_bits(self) -> bool {
        self.bits && matches!(self.name, "CIO " | "W" | "H" | "A" | "D" | "E" | "forced ")
    }
}

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub area: u8,
    pub word: u16,
    pub bit: u8,
}

impl Place {
    pub fn read(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self { area: r.u8().ok()?, word: r.u16().ok()?, bit: r.u8().ok()? })
    }

    /// The place `count` elements on.
    pub fn plus(self, count: usize) -> Self {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        match Area::of(self.area) {
            Some(area) if area.has_bits() => {
                let bit = u32::from(self.word) * 16 + u32::from(self.bit) + u32::from(count);
                Self { word: u16::try_from(bit / 16).unwrap_or(u16::MAX), bit: u8::try_from(bit % 16).unwrap_or(0), ..self }
            }
            _ => Self { word: self.word.wrapping_add(count), ..self },
        }
    }

    pub fn code(self) -> u64 {
        u64::from(self.area) << 32 | u64::from(self.word) << 8 | u64::from(self.bit)
    }

    #[expect(clippy::cast_possible_truncation, reason = "each part was put there with that width")]
    pub const fn from_code(code: u64) -> Self {
        Self { area: (code >> 32) as u8, word: (code >> 8) as u16, bit: code as u8 }
    }
}

/// Where a place lies in its area: word and, for bits, bit.
pub struct Within(pub Place);

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let area = Area::of(self.0.area);
        // Counters begin at 0x8000 of the area that they share with timers.
        let counter = area.is_some_and(|area| area.name.starts_with("T ") || area.name == "T");
        let word = if counter { self.0.word & 0x7fff } else { self.0.word };
        write!(f, "{word}")?;
        if area.is_some_and(Area::has_bits) {
            write!(f, ".{:02}", self.0.bit)?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Area::of(self.area) {
            None => write!(f, "area 0x{:02x} ", self.area)?,
            Some(Area { name: "T", .. }) if self.word >= 0x8000 => f.write_str("C")?,
            Some(Area { name: "T flag ", .. }) if self.word >= 0x8000 => f.write_str("C flag ")?,
            Some(Area { name, bank: Some(bank), .. }) => write!(f, "{name}{bank:X}_")?,
            Some(Area { name, .. }) => f.write_str(name)?,
        }
        write!(f, "{}", Within(*self))
    }
}
