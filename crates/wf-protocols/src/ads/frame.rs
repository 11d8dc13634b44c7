//! Headers over TCP and of AMS (Beckhoff Information System, TE1000 ADS: "AMS/TCP header", "AMS header").

use std::fmt;
use wf_wire::{Reader, Short};

/// Bytes of the header over TCP.
pub const TCP_HEADER: usize = 6;
/// Bytes of the AMS header.
pub const HEADER: usize = 32;

/// A station's address: six numbers, and the port of a server on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ams {
    pub net_id: [u8; 6],
    pub port: u16,
}

impl Ams {
    pub fn read(r: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self { net_id: r.array()?, port: r.u16_le()? })
    }
}

impl fmt::Display for Ams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", NetId(self.net_id), self.port)
    }
}

/// The six numbers alone.
pub struct NetId(pub [u8; 6]);

impl fmt::Display for NetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a}.{b}.{c}.{d}.{e}.{g}")
    }
}

/// The header over TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpHeader {
    /// 0 carries a command; others are between a program and its own router.
    pub kind: u16,
    /// Bytes that follow.
    pub length: u32,
}

impl TcpHeader {
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        Some(Self { kind: r.u16_le().ok()?, length: r.u32_le().ok()? })
    }
}

/// One command or answer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub target: Ams,
    pub source: Ams,
    pub command: u16,
    pub flags: u16,
    /// Bytes of data, as the header says.
    pub length: u32,
    /// Error of the router on the way.
    pub error: u32,
    pub invoke: u32,
    pub data: &'a [u8],
}

impl<'a> Frame<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        if r.left() < HEADER {
            return Err(Short { needed: HEADER, left: r.left() });
        }
        let (target, source) = (Ams::read(&mut r)?, Ams::read(&mut r)?);
        let (command, flags) = (r.u16_le()?, r.u16_le()?);
        let (length, error, invoke) = (r.u32_le()?, r.u32_le()?, r.u32_le()?);
        let there = usize::try_from(length).unwrap_or(usize::MAX).min(r.left());
        Ok(Self { target, source, command, flags, length, error, invoke, data: r.take(there)? })
    }

    pub const fn is_answer(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Nobody is to answer it.
    pub const fn is_unanswered(&self) -> bool {
        self.flags & 2 != 0 || self.command == NOTIFICATION
    }

    /// A command of ADS with no flag that the documents do not have.
    pub const fn is_plausible(&self) -> bool {
        self.flags & 4 != 0
            && self.flags & 0x7e00 == 0
            && matches!(self.command, 1..=9)
            && self.target.port | self.source.port != 0
    }
}

pub const DEVICE_INFO: u16 = 1;
pub const READ: u16 = 2;
pub const WRITE: u16 = 3;
pub const READ_STATE: u16 = 4;
pub const WRITE_CONTROL: u16 = 5;
pub const ADD_NOTIFICATION: u16 = 6;
pub const DELETE_NOTIFICATION: u16 = 7;
pub const NOTIFICATION: u16 = 8;
pub const READ_WRITE: u16 = 9;
