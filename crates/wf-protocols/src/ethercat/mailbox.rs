//! Mailbox messages (ETG.1000.4, clause 5.5; ETG.1000.6, clause 5.6 to 5.9).

use super::names;
use wf_wire::{Reader, Short};

/// One message.
#[derive(Clone, Copy, Debug)]
pub struct Mail<'a> {
    /// Station that it is for or from, where it passes a gateway; 0 from and to the master.
    pub address: u16,
    pub channel: u8,
    pub kind: u8,
    /// Counts messages from 1 to 7; 0 where nobody counts.
    pub counter: u8,
    pub body: &'a [u8],
}

impl<'a> Mail<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let (length, address) = (usize::from(r.u16_le()?), r.u16_le()?);
        let [channel, kind] = r.array()?;
        let body = r.take(length)?;
        Ok(Self { address, channel: channel & 0x3f, kind: kind & 15, counter: kind >> 4 & 7, body })
    }

    /// Reads what lies in a slave's memory, where it is a message beyond doubt.
    pub fn find(memory: &'a [u8]) -> Option<Self> {
        let mail = Self::read(memory).ok()?;
        let sound = mail.channel == 0 && memory.get(5).is_some_and(|kind| kind & 0x80 == 0) && mail.is_sound();
        sound.then_some(mail)
    }

    /// Whether the body is what its kind says.
    pub fn is_sound(&self) -> bool {
        let first = self.body.first().copied().unwrap_or(0);
        match (self.kind, self.content()) {
            (0, Some(Content::Error(kind, code))) => kind == 1 && code <= 16 && self.body.len() == 4,
            // From net, port, to net, port, command, flags, length, error, invocation.
            (1, _) => self.body.len() >= 32,
            (2, Some(Content::Eoe { kind, .. })) => kind <= 7,
            (3, Some(Content::Sdo { .. })) => true,
            (3, Some(Content::Coe { service, .. })) => {
                names::coe_service(service).is_some()
                    && !matches!(service, 2 | 3)
                    && self.body.get(1).is_some_and(|b| b & 0x0e == 0)
            }
            (4, Some(Content::Foe { code, .. })) => names::foe(code).is_some() && self.body.get(1) == Some(&0),
            (5, Some(Content::Soe { code, .. })) => names::soe(code).is_some() && first != 0,
            (15, _) => self.body.len() >= 6,
            _ => false,
        }
    }

    /// The frame whose first piece this is (ETG.1000.6, 5.7: number of the piece in the low six bits of the third and fourth byte).
    pub fn ethernet(&self) -> Option<&'a [u8]> {
        let (head, frame) = self.body.split_first_chunk::<4>()?;
        (self.kind == 2 && matches!(head, [_, _, low, _] if low & 0x3f == 0)).then_some(frame)
    }

    /// What it says.
    pub fn content(&self) -> Option<Content<'a>> {
        let mut r = Reader::new(self.body);
        Some(match self.kind {
            0 => Content::Error(r.u16_le().ok()?, r.u16_le().ok()?),
            2 => {
                let [head, last] = r.array().ok()?;
                Content::Eoe {
                    kind: head & 15,
                    port: head >> 4,
                    last: last & 1 != 0,
                    rest: {
                        r.skip(2).ok()?;
                        r.rest()
                    },
                }
            }
            3 => {
                let [number, high] = r.array().ok()?;
                let service = high >> 4;
                match (service, high & 0x0e) {
                    (2 | 3, 0) => {
                        let sdo = Sdo::read(&mut r).ok()?;
                        Content::Sdo { request: service == 2, sdo }
                    }
                    _ => Content::Coe { number: u16::from(number) | u16::from(high & 1) << 8, service, rest: r.rest() },
                }
            }
            4 => {
                let [code, _] = r.array().ok()?;
                Content::Foe { code, number: r.u32_le().ok()?, rest: r.rest() }
            }
            5 => {
                let [head, elements] = r.array().ok()?;
                let number = r.u16_le().ok()?;
                Content::Soe {
                    code: head & 7,
                    incomplete: head & 8 != 0,
                    error: head & 16 != 0,
                    drive: head >> 5,
                    elements,
                    number,
                    rest: r.rest(),
                }
            }
            _ => return None,
        })
    }
}

/// What a message says.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// The mailbox refuses: kind, code.
    Error(u16, u16),
    /// Ethernet through the slave.
    Eoe {
        kind: u8,
        port: u8,
        last: bool,
        rest: &'a [u8],
    },
    Sdo {
        request: bool,
        sdo: Sdo<'a>,
    },
    /// Another CANopen service.
    Coe {
        number: u16,
        service: u8,
        rest: &'a [u8],
    },
    /// Operation; password, packet number or error code; name, text or contents.
    Foe {
        code: u8,
        number: u32,
        rest: &'a [u8],
    },
    /// A drive's parameter.
    Soe {
        code: u8,
        incomplete: bool,
        error: bool,
        drive: u8,
        elements: u8,
        number: u16,
        rest: &'a [u8],
    },
}

/// A service on one object (ETG.1000.6, 5.6.2).
#[derive(Clone, Copy, Debug)]
pub struct Sdo<'a> {
    /// The first byte: what is asked or answered, and how.
    pub head: u8,
    pub index: u16,
    pub sub: u8,
    /// What follows index and subindex; of segments what follows the first byte.
    pub rest: &'a [u8],
    /// The four bytes behind the subindex.
    pub four: [u8; 4],
}

impl<'a> Sdo<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Short> {
        let head = r.u8()?;
        let segment = r.rest();
        let (index, sub, four) = (r.u16_le()?, r.u8()?, r.array()?);
        Ok(Self { head, index, sub, rest: if matches!(head >> 5, 0) { segment } else { r.rest() }, four })
    }

    pub const fn command(&self) -> u8 {
        self.head >> 5
    }

    pub const fn is_complete(&self) -> bool {
        self.head & 0x10 != 0
    }

    pub const fn is_expedited(&self) -> bool {
        self.head & 2 != 0
    }

    /// The value of an expedited transfer.
    pub fn expedited(&self) -> &[u8] {
        let length = if self.head & 1 != 0 { 4 - usize::from(self.head >> 2 & 3) } else { 4 };
        self.four.get(..length).unwrap_or(&self.four)
    }

    /// Bytes of a normal transfer.
    pub const fn size(&self) -> u32 {
        u32::from_le_bytes(self.four)
    }

    pub fn abort_code(&self) -> Option<u32> {
        (self.command() == 4).then(|| self.size())
    }

    /// The bytes of a segment: short ones say how many of seven do not count. It needs the first byte's own coding.
    pub fn segment(&self) -> &'a [u8] {
        let unused = if self.rest.len() == 7 { usize::from(self.head >> 1 & 7) } else { 0 };
        self.rest.get(..self.rest.len() - unused).unwrap_or(self.rest)
    }

    /// The last segment.
    pub const fn is_last(&self) -> bool {
        self.head & 1 != 0
    }
}
