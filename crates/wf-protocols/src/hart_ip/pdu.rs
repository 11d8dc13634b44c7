//! Frames: the HART-IP header, the token-passing PDU and the commands in a direct PDU.

use wf_wire::Reader;

/// Bytes of a HART-IP header.
pub const HEADER: usize = 8;

/// A HART-IP header (HCF_SPEC-085, 10.3.1).
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub version: u8,
    pub kind: u8,
    pub id: u8,
    pub status: u8,
    pub sequence: u16,
    /// Bytes with this header.
    pub length: u16,
}

pub const REQUEST: u8 = 0;
pub const PUBLISH: u8 = 2;

impl Header {
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let [version, kind, id, status] = r.array().ok()?;
        Some(Self { version, kind, id, status, sequence: r.u16().ok()?, length: r.u16().ok()? })
    }

    /// A type and an identifier that the standard assigns.
    pub const fn is_assigned(&self) -> bool {
        matches!(self.kind, 0..=3 | 15) && self.id <= 5
    }

    /// The same, and a length that holds the header.
    pub const fn is_known(&self) -> bool {
        self.is_assigned() && self.length as usize >= HEADER
    }

    /// The refusal of a request, by type or by the status of its answer.
    pub const fn is_error(&self) -> bool {
        matches!(self.kind, 3 | 15)
    }
}

/// Whom a token-passing PDU addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// A polling address.
    Poll(u8),
    /// Expanded device type and device identifier: 38 bits.
    Unique(u64),
}

impl Address {
    /// As one number: bit 63 marks a unique address.
    pub const fn code(self) -> u64 {
        match self {
            Self::Poll(poll) => poll as u64,
            Self::Unique(id) => id | 1 << 63,
        }
    }
}

/// A token-passing PDU (HCF_SPEC-081) up to where its bytes go.
#[derive(Clone, Copy, Debug)]
pub struct Pdu<'a> {
    pub delimiter: u8,
    pub address: Address,
    /// The two highest bits of the address: sent by or to the primary master; in burst mode.
    pub address_bits: u8,
    pub command: u8,
    /// Response code and device status of an answer.
    pub response: Option<(u8, u8)>,
    pub data: &'a [u8],
    /// Bytes of response and data as said, and the check byte.
    pub ending: (Option<u8>, Option<u8>),
    /// What is wrong with it.
    pub fault: Option<&'static str>,
}

impl<'a> Pdu<'a> {
    /// `None` where it ends before its command.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let preambles = bytes.iter().take_while(|byte| **byte == 0xff).count();
        let bytes = bytes.get(preambles..)?;
        let mut r = Reader::new(bytes);
        let delimiter = r.u8().ok()?;
        let address_bits = r.rest().first().map_or(0, |byte| byte >> 6);
        let address = if delimiter & 0x80 == 0 {
            Address::Poll(r.u8().ok()? & 0x3f)
        } else {
            let [a, b, c, d, e] = r.array().ok()?;
            Address::Unique(u64::from_be_bytes([0, 0, 0, a & 0x3f, b, c, d, e]))
        };
        // Bits 5 and 6: bytes that expand the address.
        r.skip(usize::from(delimiter >> 5 & 3)).ok()?;
        let command = r.u8().ok()?;
        let answer = matches!(delimiter & 7, 1 | 6);
        let count = r.rest().first().copied();
        let check = r.rest().get(usize::from(count.unwrap_or(0)) + 1).copied();
        let (response, data, fault) = Self::rest(bytes, r, answer);
        Some(Self { delimiter, address, address_bits, command, response, data, ending: (count, check), fault })
    }

    fn rest(bytes: &'a [u8], mut r: Reader<'a>, answer: bool) -> (Option<(u8, u8)>, &'a [u8], Option<&'static str>) {
        let Ok(count) = r.u8() else { return (None, &[], Some("truncated_pdu")) };
        let there = usize::from(count).min(r.left());
        let mut body = r.sub(there).unwrap_or(r);
        let response = if answer { body.array::<2>().ok().map(|[code, status]| (code, status)) } else { None };
        let end = r.position();
        let fault = match (there == usize::from(count) && (response.is_some() || !answer), r.u8()) {
            (false, _) | (true, Err(_)) => Some("truncated_pdu"),
            (true, Ok(check)) => {
                let sum = bytes.iter().take(end).fold(0, |sum, byte| sum ^ byte);
                if sum != check {
                    Some("bad_checksum")
                } else if !r.is_empty() {
                    Some("trailing_bytes")
                } else {
                    None
                }
            }
        };
        (response, body.rest(), fault)
    }

    /// The number of the command that it carries: command 31 is followed by one of sixteen bits (HCF_SPEC-099).
    pub fn number(&self) -> (u16, &'a [u8]) {
        match (self.command, self.data) {
            (31, [high, low, data @ ..]) => (u16::from_be_bytes([*high, *low]), data),
            (command, data) => (u16::from(command), data),
        }
    }
}

/// One command of a direct PDU.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    pub number: u16,
    /// Response code of an answer.
    pub response: Option<u8>,
    pub data: &'a [u8],
}

/// The commands of a direct PDU behind its two status bytes (HCF_SPEC-085, 10.3.2).
pub struct Commands<'a> {
    reader: Reader<'a>,
    answer: bool,
}

impl<'a> Commands<'a> {
    pub fn new(body: &'a [u8], answer: bool) -> Self {
        Self { reader: Reader::new(body.get(2..).unwrap_or(&[])), answer }
    }

    /// Bytes that make no command.
    pub fn left(&self) -> usize {
        self.reader.left()
    }
}

impl<'a> Iterator for Commands<'a> {
    type Item = Command<'a>;

    fn next(&mut self) -> Option<Command<'a>> {
        let mut r = self.reader;
        let number = r.u16().ok()?;
        let count = usize::from(r.u8().ok()?);
        let mut body = r.sub(count).ok()?;
        let response = if self.answer { Some(body.u8().ok()?) } else { None };
        self.reader = r;
        Some(Command { number, response, data: body.rest() })
    }
}
