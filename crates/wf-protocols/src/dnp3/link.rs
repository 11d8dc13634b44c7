//! Link frames (IEEE 1815-2012 clause 9): start bytes, header, and blocks of 16 octets each with a CRC.

use wf_wire::Reader;

/// Octets of the header block with its CRC.
pub const HEADER: usize = 10;
/// User data of one frame: 255 less the five octets that the length counts besides.
pub const DATA_MAX: usize = 250;
/// Octets of a block of user data, but for the last one.
pub const BLOCK: usize = 16;

/// The header of a link frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Octets of user data.
    pub data: usize,
    /// Direction, primary, frame count, function.
    pub control: u8,
    /// Link address of the receiver.
    pub destination: u16,
    /// Link address of the sender.
    pub source: u16,
}

/// Why a header is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLink {
    /// Fewer than ten octets.
    Short,
    /// Other start octets than 05 64.
    Start,
    /// Length below five.
    Length(u8),
    /// The header's CRC is wrong.
    Crc,
}

impl Link {
    /// Reads and checks the ten octets.
    pub fn read(bytes: &[u8]) -> Result<Self, NoLink> {
        if bytes.iter().zip([0x05u8, 0x64]).any(|(a, b)| *a != b) {
            return Err(NoLink::Start);
        }
        let mut reader = Reader::new(bytes);
        let head = reader.take(8).map_err(|_| NoLink::Short)?;
        let check = reader.u16_le().map_err(|_| NoLink::Short)?;
        if crc(head) != check {
            return Err(NoLink::Crc);
        }
        let mut fields = Reader::new(head.get(2..).unwrap_or(&[]));
        let mut read = || Some((fields.u8().ok()?, fields.u8().ok()?, fields.u16_le().ok()?, fields.u16_le().ok()?));
        let (length, control, destination, source) = read().ok_or(NoLink::Short)?;
        let data = usize::from(length).checked_sub(5).ok_or(NoLink::Length(length))?;
        Ok(Self { data, control, destination, source })
    }

    /// Octets of the whole frame with all CRCs.
    #[must_use]
    pub const fn whole(&self) -> usize {
        HEADER + self.data + 2 * self.data.div_ceil(BLOCK)
    }

    /// Sent by a master (DIR).
    #[must_use]
    pub const fn by_master(&self) -> bool {
        self.control & 0x80 != 0
    }

    /// Carries user data: primary, function 3 (confirmed) or 4 (unconfirmed).
    #[must_use]
    pub const fn carries_data(&self) -> bool {
        self.control & 0x40 != 0 && matches!(self.control & 0x0f, 3 | 4)
    }
}

/// User data of a frame without its CRCs, and whether all of them were right. Reading ends at the first that is wrong.
pub struct Payload {
    bytes: [u8; DATA_MAX],
    used: usize,
    /// Every block's CRC was right.
    pub intact: bool,
}

impl Payload {
    /// Takes the blocks that follow a header; `blocks` begins behind the header's CRC.
    #[must_use]
    pub fn read(link: &Link, blocks: &[u8]) -> Self {
        let mut payload = Self { bytes: [0; DATA_MAX], used: 0, intact: true };
        let mut reader = Reader::new(blocks);
        let mut left = link.data;
        while left > 0 {
            let size = left.min(BLOCK);
            let block = reader.take(size).and_then(|block| reader.u16_le().map(|check| (block, check)));
            let Some((block, _)) = block.ok().filter(|(block, check)| crc(block) == *check) else {
                payload.intact = false;
                break;
            };
            if let Some(room) = payload.bytes.get_mut(payload.used..payload.used + size) {
                room.copy_from_slice(block);
                payload.used += size;
            }
            left -= size;
        }
        payload
    }

    /// The user data.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or(&[])
    }
}

/// CRC of annex E: polynomial 0x3d65, reflected, complemented.
#[must_use]
pub fn crc(bytes: &[u8]) -> u16 {
    let step = |crc: u16, byte: &u8| (crc >> 8) ^ TABLE.get(usize::from((crc ^ u16::from(*byte)) & 0xff)).copied().unwrap_or(0);
    !bytes.iter().fold(0, step)
}

#[expect(clippy::indexing_slicing, reason = "evaluated when compiled; the index is below 256")]
const fn table() -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut at = 0u16;
    while at < 256 {
        let (mut value, mut bit) = (at, 0);
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ 0xa6bc } else { value >> 1 };
            bit += 1;
        }
        table[at as usize] = value;
        at += 1;
    }
    table
}

static TABLE: [u16; 256] = table();
