//! Frames (D301180X012, 1.2): destination, source, opcode, length, data, check.

/// Bytes before the data.
pub const HEADER: usize = 6;
/// Bytes of the check behind it.
const CHECK: usize = 2;
/// What checks start from.
pub const STARTS: [u16; 2] = [0xffff, 0];

/// A device's address on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Unit.
    pub unit: u8,
    /// Group.
    pub group: u8,
}

/// One frame whose bytes are all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// To whom.
    pub to: Address,
    /// From whom.
    pub from: Address,
    /// What it asks or answers.
    pub opcode: u8,
    /// Its data.
    pub data: &'a [u8],
    /// The check holds.
    pub checked: bool,
    /// Bytes of the whole frame.
    pub len: usize,
}

impl<'a> Frame<'a> {
    /// The frame at the front of `bytes`.
    ///
    /// # Errors
    /// So many bytes are needed.
    pub fn read(bytes: &'a [u8]) -> Result<Self, usize> {
        let Some(&[unit, group, from_unit, from_group, opcode, count]) = bytes.first_chunk::<HEADER>() else {
            return Err(HEADER);
        };
        let len = HEADER + usize::from(count) + CHECK;
        let (Some(covered), Some(check)) = (bytes.get(..len - CHECK), bytes.get(len - CHECK..len)) else { return Err(len) };
        Ok(Self {
            to: Address { unit, group },
            from: Address { unit: from_unit, group: from_group },
            opcode,
            data: covered.get(HEADER..).unwrap_or(&[]),
            checked: STARTS.iter().any(|start| crc(covered, *start).to_le_bytes() == check),
            len,
        })
    }
}

/// CRC-16 with the polynomial 8005, reflected (1.2), from all ones; some start from zero.
pub fn crc(bytes: &[u8], start: u16) -> u16 {
    bytes.iter().fold(start, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xa001 } else { crc >> 1 })
    })
}
