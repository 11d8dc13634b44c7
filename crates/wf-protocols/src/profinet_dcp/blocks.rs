//! The frame's header and its blocks, borrowed from the packet.

use super::names::{GET, HELLO, IDENTIFY, SET};
use std::net::Ipv4Addr;
use wf_wire::{Reader, Short};

/// The header of a DCP frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Frame identifier: hello, get and set, identify request, identify response.
    pub frame_id: u16,
    /// Service.
    pub service_id: u8,
    /// 0 request, 1 response, 5 response: not supported.
    pub service_type: u8,
    /// Transaction.
    pub xid: u32,
    /// Identify request: how far answers are spread; otherwise reserved.
    pub delay: u16,
    /// Octets of blocks that follow.
    pub length: u16,
}

impl Header {
    /// Reads the twelve octets.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self {
            frame_id: r.u16()?,
            service_id: r.u8()?,
            service_type: r.u8()?,
            xid: r.u32()?,
            delay: r.u16()?,
            length: r.u16()?,
        })
    }

    /// A request (or a hello) rather than an answer.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        self.service_type == 0
    }

    /// The standard has this service and this service type.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!((self.service_id, self.service_type), (GET..=HELLO, 0 | 1 | 5))
    }

    /// Octets between a block's length and its value: qualifier (set) or information (answers, hello).
    const fn lead(&self) -> usize {
        match (self.service_id, self.service_type) {
            (SET | HELLO, 0) | (GET | IDENTIFY, 1 | 5) => 2,
            _ => 0,
        }
    }
}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Option.
    pub option: u8,
    /// Suboption.
    pub suboption: u8,
    /// Qualifier of a set request, information of an answer.
    pub lead: Option<u16>,
    /// Value.
    pub value: &'a [u8],
}

/// The value of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Octets without further meaning here.
    Octets,
    /// Text: names, vendor, alias, DHCP host name.
    Text(&'a [u8]),
    /// Address, mask, gateway.
    Ip([Ipv4Addr; 3]),
    /// MAC address.
    Mac([u8; 6]),
    /// Vendor and device identifier.
    DeviceId(u16, u16),
    /// Role flags.
    Role(u8),
    /// Option and suboption pairs that the device knows.
    Options(&'a [u8]),
    /// Instance, high and low.
    Instance(u8, u8),
    /// One address.
    Address(Ipv4Addr),
    /// What a set or get came to: option, suboption, error.
    Response(u8, u8, u8),
    /// A number.
    Number(u16),
}

impl<'a> Block<'a> {
    /// What the value means. Values that are too short are octets.
    #[must_use]
    pub fn content(&self) -> Content<'a> {
        let mut r = Reader::new(self.value);
        let octets = Ok(Content::Octets);
        let content: Result<Content<'a>, Short> = match (self.option, self.suboption) {
            (1, 1) => r.array().map(Content::Mac),
            (1, 2 | 3) => self.ip(&mut r),
            (2, 1 | 2 | 6) | (3, 12) => Ok(Content::Text(self.value)),
            (2, 3 | 8) => r.u16().and_then(|vendor| r.u16().map(|device| Content::DeviceId(vendor, device))),
            (2, 4) => r.u8().map(Content::Role),
            (2, 5) => Ok(Content::Options(self.value)),
            (2, 7) => r.array().map(|[high, low]| Content::Instance(high, low)),
            (2, 9) => r.array().map(|ip: [u8; 4]| Content::Address(ip.into())),
            (5, 3) | (6, 1) => r.u16().map(Content::Number),
            (5, 4) => r.array().map(|[option, suboption, error]| Content::Response(option, suboption, error)),
            _ => octets,
        };
        content.unwrap_or(Content::Octets)
    }

    fn ip(&self, r: &mut Reader<'_>) -> Result<Content<'a>, Short> {
        let mut address = || r.array::<4>().map(Ipv4Addr::from);
        Ok(Content::Ip([address()?, address()?, address()?]))
    }

    /// Set for good, not only until the next restart (bit 0 of a set request's qualifier).
    #[must_use]
    pub fn permanent(&self) -> bool {
        self.lead.is_some_and(|qualifier| qualifier & 1 == 1)
    }
}

/// The blocks of a frame.
pub struct Blocks<'a> {
    reader: Reader<'a>,
    lead: usize,
    /// A get request lists option and suboption pairs alone.
    pairs: bool,
    /// A block was longer than what is there.
    pub broken: bool,
}

impl<'a> Blocks<'a> {
    /// Blocks behind that header.
    #[must_use]
    pub const fn new(header: &Header, bytes: &'a [u8]) -> Self {
        let pairs = header.service_id == GET && header.service_type == 0;
        Self { reader: Reader::new(bytes), lead: header.lead(), pairs, broken: false }
    }

    fn read(&mut self) -> Result<Block<'a>, Short> {
        let r = &mut self.reader;
        let (option, suboption) = (r.u8()?, r.u8()?);
        if self.pairs {
            return Ok(Block { option, suboption, lead: None, value: &[] });
        }
        let length = usize::from(r.u16()?);
        let mut body = r.sub(length)?;
        if length % 2 == 1 && !r.is_empty() {
            r.skip(1)?;
        }
        // A control response carries its error where others have their information.
        let has_lead = self.lead == 2 && (option, suboption) != (5, 4) && length >= 2;
        let lead = if has_lead { Some(body.u16()?) } else { None };
        Ok(Block { option, suboption, lead, value: body.rest() })
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        if self.broken || self.reader.is_empty() {
            return None;
        }
        let block = self.read().ok();
        self.broken = block.is_none();
        block
    }
}
