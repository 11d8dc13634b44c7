//! BSAP as it is sent over serial lines (D301401X012, chapters 2 and 3): DLE STX, the message with each DLE sent twice, DLE ETX, a
//! check; and the headers of local and global messages.

use crate::checks::crc_ccitt;
use wf_wire::Reader;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const DLE: u8 = 0x10;
/// Begins a frame.
pub const START: [u8; 2] = [DLE, STX];
/// What the check starts from.
pub const CHECK_START: u16 = 0xffff;
/// Longest message in bytes; the manual allows 255 of data.
pub const MESSAGE_MAX: usize = 512;
/// Bit of the first byte that makes a message global.
const GLOBAL: u8 = 0x80;
/// Functions below this one say where an answer goes.
const SERVICES: u8 = 0x48;

/// Why there is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It goes on behind the bytes at hand.
    Short,
    /// A frame cannot be like this.
    Bad,
}

/// A frame without what frames it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The check as sent.
    pub check: u16,
    /// The check holds.
    pub checked: bool,
    /// Bytes of the whole frame as sent.
    pub len: usize,
}

impl Frame {
    /// Takes the frame at the front of `bytes`; its message goes into `message`.
    ///
    /// # Errors
    /// It is not all there, or it is none.
    pub fn read(bytes: &[u8], message: &mut Vec<u8>) -> Result<Self, Fault> {
        message.clear();
        if !bytes.iter().zip(START).all(|(byte, want)| *byte == want) {
            return Err(Fault::Bad);
        }
        let mut r = Reader::new(bytes.get(START.len()..).unwrap_or(&[]));
        while message.len() <= MESSAGE_MAX {
            match r.u8().map_err(|_| Fault::Short)? {
                DLE => match r.u8().map_err(|_| Fault::Short)? {
                    DLE => message.push(DLE),
                    ETX => {
                        let check = r.u16_le().map_err(|_| Fault::Short)?;
                        message.push(ETX);
                        let checked = crc_ccitt(message, CHECK_START) == check;
                        message.pop();
                        return Ok(Self { check, checked, len: START.len() + r.position() });
                    }
                    _ => return Err(Fault::Bad),
                },
                byte => message.push(byte),
            }
        }
        Err(Fault::Bad)
    }
}

/// From where to where a global message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Global address of the destination.
    pub to: u16,
    /// Global address of the source.
    pub from: u16,
    /// Control byte.
    pub control: u8,
}

/// The header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Local address, without the bit that says global.
    pub address: u8,
    /// Serial number of the message on its line.
    pub serial: u8,
    /// Where it goes, for global messages.
    pub route: Option<Route>,
    /// Function that it is for.
    pub to: u8,
    /// What follows, where it is more than an acknowledgement of the line.
    pub exchange: Option<Exchange>,
}

/// What correlates request and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Chosen by who asks.
    pub sequence: u16,
    /// Function that it comes from.
    pub from: u8,
    /// Node status byte.
    pub status: u8,
}

impl Header {
    /// Reads the header; `None` where it is cut off.
    pub fn read(r: &mut Reader<'_>) -> Option<Self> {
        let (address, serial) = (r.u8().ok()?, r.u8().ok()?);
        let route = if address & GLOBAL == 0 {
            None
        } else {
            Some(Route { to: r.u16_le().ok()?, from: r.u16_le().ok()?, control: r.u8().ok()? })
        };
        let to = r.u8().ok()?;
        let exchange = if super::names::is_line(to) {
            None
        } else {
            Some(Exchange { sequence: r.u16_le().ok()?, from: r.u8().ok()?, status: r.u8().ok()? })
        };
        Some(Self { address: address & !GLOBAL, serial, route, to, exchange })
    }

    /// The function that is asked or that answers, and whether it answers.
    pub const fn service(&self) -> (u8, bool) {
        match self.exchange {
            Some(Exchange { from, .. }) if self.to < SERVICES && from >= SERVICES => (from, true),
            _ => (self.to, false),
        }
    }
}
