//! The frame header and the datagrams behind it (IEC 61158-4-12, clause 5.4; ETG.1000.4).

use wf_wire::{Reader, Short};

/// Bytes of a datagram's header.
const HEADER: usize = 10;

/// The header behind the EtherType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes that follow, as the header says.
    pub length: usize,
    /// Its reserved bit is set.
    pub reserved: bool,
    /// What follows: 1 datagrams, 4 network variables, 5 a mailbox message.
    pub kind: u8,
}

impl Header {
    pub fn read(r: &mut Reader<'_>) -> Result<Self, Short> {
        let [low, high] = r.array()?;
        let length = usize::from(u16::from_le_bytes([low, high & 7]));
        Ok(Self { length, reserved: high & 8 != 0, kind: high >> 4 })
    }
}

/// What a command does with the memory of slaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    None,
    Read,
    Write,
    Both,
}

/// How a command finds its slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// By its place in the ring; each slave counts the address up.
    Position,
    /// By the address that it was given.
    Station,
    /// All of them; each counts the address up.
    Broadcast,
    /// By the logical process image.
    Logical,
}

/// One datagram.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    pub command: u8,
    pub index: u8,
    /// Address of 32 bits: slave below, offset above; or the logical one.
    pub address: u32,
    /// Went round once already.
    pub circulating: bool,
    /// Another one follows.
    pub more: bool,
    /// Reserved bits of the length are set.
    pub reserved: bool,
    /// Events that slaves report.
    pub events: u16,
    pub data: &'a [u8],
    /// How many slaves took part, each counted by what it did.
    pub counter: u16,
}

impl<'a> Datagram<'a> {
    pub fn read(r: &mut Reader<'a>) -> Result<Self, Short> {
        if r.left() < HEADER {
            return Err(Short { needed: HEADER, left: r.left() });
        }
        let ([command, index], address, length, events) = (r.array()?, r.u32_le()?, r.u16_le()?, r.u16_le()?);
        let data = r.take(usize::from(length & 0x7ff))?;
        Ok(Self {
            command,
            index,
            address,
            circulating: length & 0x4000 != 0,
            more: length & 0x8000 != 0,
            reserved: length & 0x3800 != 0,
            events,
            data,
            counter: r.u16_le()?,
        })
    }

    /// How it is addressed.
    pub const fn addressing(&self) -> Addressing {
        match self.command {
            4..=6 | 14 => Addressing::Station,
            7..=9 => Addressing::Broadcast,
            10..=12 => Addressing::Logical,
            _ => Addressing::Position,
        }
    }

    pub const fn access(&self) -> Access {
        match self.command {
            1 | 4 | 7 | 10 => Access::Read,
            2 | 5 | 8 | 11 => Access::Write,
            3 | 6 | 9 | 12 => Access::Both,
            // One slave is read, all behind it are written: how a clock is handed on.
            13 | 14 => Access::Read,
            _ => Access::None,
        }
    }

    /// The slave's address as it stands.
    #[expect(clippy::cast_possible_truncation, reason = "the low half")]
    pub const fn slave(&self) -> u16 {
        self.address as u16
    }

    /// Offset in the slave's memory.
    pub const fn offset(&self) -> u16 {
        (self.address >> 16) as u16
    }

    pub fn is_logical(&self) -> bool {
        self.addressing() == Addressing::Logical
    }

    /// The bytes of a register that lie in it.
    pub fn register(&self, at: u16, length: usize) -> Option<&'a [u8]> {
        let from = usize::from(at.checked_sub(self.offset())?);
        self.data.get(from..from + length)
    }

    /// A register of two bytes that lies in it.
    pub fn word(&self, at: u16) -> Option<u16> {
        self.register(at, 2)?.first_chunk().map(|word| u16::from_le_bytes(*word))
    }
}
