//! The frame that all types share (IEEE C37.118.2-2011, 6.2): sync word, size, stream, time, body, check word.

use wf_wire::Reader;

/// Bytes before the body, and with the check word the least that a frame has.
pub const HEADER: usize = 14;
pub const LEAST: usize = 16;

pub const DATA: u8 = 0;
pub const HEADER_TEXT: u8 = 1;
pub const CONFIGURATION_1: u8 = 2;
pub const CONFIGURATION_2: u8 = 3;
pub const COMMAND: u8 = 4;
pub const CONFIGURATION_3: u8 = 5;

/// The head of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub kind: u8,
    pub version: u8,
    /// Bytes of the whole frame.
    pub size: u16,
    /// Stream source.
    pub id_code: u16,
    /// Second of century: seconds of UTC since 1970.
    pub second: u32,
    pub time_quality: u8,
    /// Fraction of that second in parts of the time base.
    pub fraction: u32,
}

impl Head {
    /// `None` where fewer bytes are there; `Some(None)` where they are no frame's.
    pub fn read(bytes: &[u8]) -> Option<Option<Self>> {
        let mut r = Reader::new(bytes);
        let [sync, kind] = r.array().ok()?;
        // Bit 7 is reserved and 0 (6.2, table 2).
        if sync != 0xaa || kind & 0x80 != 0 {
            return Some(None);
        }
        let (size, id_code, second) = (r.u16().ok()?, r.u16().ok()?, r.u32().ok()?);
        let (time_quality, fraction) = (r.u8().ok()?, r.u24().ok()?);
        Some(Some(Self { kind: kind >> 4, version: kind & 15, size, id_code, second, time_quality, fraction }))
    }

    /// A type, a version and a size that the standard knows.
    pub const fn is_plausible(&self) -> bool {
        self.kind <= CONFIGURATION_3 && matches!(self.version, 1 | 2) && self.size as usize >= LEAST
    }

    pub const fn is_configuration(&self) -> bool {
        matches!(self.kind, CONFIGURATION_1 | CONFIGURATION_2 | CONFIGURATION_3)
    }
}

/// Whether the check word of a whole frame is right (annex B): CRC-CCITT from 0xffff on.
pub fn is_sound(frame: &[u8]) -> bool {
    let Some((said, covered)) = frame.split_last_chunk::<2>().map(|(covered, said)| (u16::from_be_bytes(*said), covered)) else {
        return false;
    };
    let sum = covered.iter().fold(0xffffu16, |sum, byte| {
        let high = (sum >> 8) ^ u16::from(*byte);
        let high = high ^ high >> 4;
        sum << 8 ^ high << 12 ^ high << 5 ^ high
    });
    sum == said
}

/// Names of frame types.
pub const fn name(kind: u8) -> &'static str {
    match kind {
        DATA => "data",
        HEADER_TEXT => "header",
        CONFIGURATION_1 => "configuration_1",
        CONFIGURATION_2 => "configuration_2",
        COMMAND => "command",
        CONFIGURATION_3 => "configuration_3",
        _ => "unknown",
    }
}
