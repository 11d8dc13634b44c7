//! The virtual link: BACnet/IP (annex J) and BACnet/IPv6 (annex U).

use super::names;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wf_wire::{Reader, Short};

/// Type octet of annex J.
pub const IPV4: u8 = 0x81;
/// Type octet of annex U.
pub const IPV6: u8 = 0x82;
/// Octets before the parameters.
pub const HEADER: usize = 4;

/// What a link message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Carries a network message.
    Carries,
    /// Carries one that another node sent first.
    Forwarded,
    /// Asks for something.
    Request,
    /// Answers.
    Answer,
    /// Encrypted or signed as a whole.
    Secure,
    /// No function of the standard.
    Unknown,
}

/// The head of a link message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bvlc<'a> {
    /// Annex U rather than J.
    pub v6: bool,
    /// Function.
    pub function: u8,
    /// Length of the whole, as said.
    pub length: u16,
    /// Who sent a forwarded message first.
    pub origin: Option<(IpAddr, u16)>,
    /// Virtual addresses of sender and receiver (annex U).
    pub virtual_source: Option<u32>,
    /// Receiver, or the address that is looked for.
    pub virtual_target: Option<u32>,
    /// What follows: a network message, or the function's parameters.
    pub rest: &'a [u8],
}

/// Address and port.
pub fn address(r: &mut Reader<'_>, v6: bool) -> Result<(IpAddr, u16), Short> {
    let ip = if v6 { IpAddr::V6(Ipv6Addr::from(r.array::<16>()?)) } else { IpAddr::V4(Ipv4Addr::from(r.array::<4>()?)) };
    Ok((ip, r.u16()?))
}

impl<'a> Bvlc<'a> {
    /// Reads the head; what is said to be longer than the datagram ends with it.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let v6 = r.u8()? == IPV6;
        let function = r.u8()?;
        let length = r.u16()?;
        let whole = usize::from(length).clamp(HEADER, bytes.len().max(HEADER));
        let mut r = r.sub((whole - HEADER).min(r.left()))?;
        let mut head = Self { v6, function, length, origin: None, virtual_source: None, virtual_target: None, rest: &[] };
        if v6 {
            head.virtual_source = Some(r.u24()?);
            if matches!(function, 1 | 3 | 4 | 5 | 7) {
                head.virtual_target = Some(r.u24()?);
            }
        }
        if (v6 && matches!(function, 4 | 8)) || (!v6 && function == 4) {
            head.origin = Some(address(&mut r, v6)?);
        }
        head.rest = r.rest();
        Ok(head)
    }

    /// What kind of message it is.
    pub const fn kind(&self) -> Kind {
        match (self.v6, self.function) {
            (false, 4) | (true, 8) => Kind::Forwarded,
            (false, 9..=11) | (true, 1 | 2 | 12) => Kind::Carries,
            (false, 0 | 3 | 7) | (true, 0 | 5 | 7) => Kind::Answer,
            (false, 1 | 2 | 5 | 6 | 8) | (true, 3 | 4 | 6 | 9 | 10) => Kind::Request,
            (false, 12) | (true, 11) => Kind::Secure,
            _ => Kind::Unknown,
        }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        if self.v6 { names::bvlc6_function(self.function) } else { names::bvlc_function(self.function) }
    }

    /// The request that an answer answers; `None` for results, which do not say.
    pub const fn answers(&self) -> Option<u8> {
        match (self.v6, self.function) {
            (false, 3) => Some(2),
            (false, 7) => Some(6),
            (true, 5) => Some(3),
            (true, 7) => Some(6),
            _ => None,
        }
    }

    /// Code of a result.
    pub fn result(&self) -> Option<u16> {
        if self.function == 0 { Reader::new(self.rest).u16().ok() } else { None }
    }

    /// Outcome that a result says.
    pub fn outcome(&self) -> &'static str {
        match self.result() {
            Some(code) if self.v6 => names::bvlc6_result(code),
            Some(code) => names::bvlc_result(code),
            None => "ok",
        }
    }

    /// Seconds that a foreign device asks to be kept.
    pub fn time_to_live(&self) -> Option<u16> {
        match (self.v6, self.function) {
            (false, 5) | (true, 9) => Reader::new(self.rest).u16().ok(),
            _ => None,
        }
    }

    /// Entries of a distribution or foreign device table, or the entry to be deleted.
    pub fn entries(&self) -> Entries<'a> {
        let shape = match (self.v6, self.function) {
            (false, 1 | 3) => Some(Shape::Peer),
            (false, 7) => Some(Shape::Foreign),
            (_, 8) if !self.v6 => Some(Shape::Plain),
            (true, 10) => Some(Shape::Plain),
            _ => None,
        };
        Entries { reader: Reader::new(self.rest), shape, v6: self.v6 }
    }
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Peer,
    Foreign,
    Plain,
}

/// One entry of a table (clauses J.2.2, J.2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose entry.
    pub address: (IpAddr, u16),
    /// Broadcast mask of a peer.
    pub mask: Option<Ipv4Addr>,
    /// Time to live and seconds left of a foreign device.
    pub times: Option<(u16, u16)>,
}

/// Reads entries one after the other.
pub struct Entries<'a> {
    reader: Reader<'a>,
    shape: Option<Shape>,
    v6: bool,
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let r = &mut self.reader;
        let mut entry = Entry { address: address(r, self.v6).ok()?, mask: None, times: None };
        match self.shape? {
            Shape::Peer => entry.mask = Some(r.array::<4>().ok()?.into()),
            Shape::Foreign => entry.times = Some((r.u16().ok()?, r.u16().ok()?)),
            Shape::Plain => {}
        }
        Some(entry)
    }
}
