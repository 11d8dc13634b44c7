//! Frames (D301180X012, 1.2): destination, source, opcode, length, data, check.

use crate::checks::crc16;

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
    /// The check as it stands in the frame.
    pub check: [u8; 2],
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
            check: check.first_chunk().copied().unwrap_or_default(),
            checked: STARTS.iter().any(|start| crc16(covered, *start).to_le_bytes() == check),
            len,
        })
    }

    /// The frame that begins here and is cut, as far as its data are there; its check is not.
    pub fn cut(bytes: &'a [u8]) -> Option<Self> {
        let (&[unit, group, from_unit, from_group, opcode, count], rest) = bytes.split_first_chunk::<HEADER>()?;
        let (to, from) = (Address { unit, group }, Address { unit: from_unit, group: from_group });
        let data = rest.get(..usize::from(count)).unwrap_or(rest);
        Some(Self { to, from, opcode, data, check: [0; 2], checked: false, len: HEADER + usize::from(count) + CHECK })
    }

    /// Bytes of data as the frame says.
    pub const fn said(&self) -> usize {
        self.len - HEADER - CHECK
    }
}
