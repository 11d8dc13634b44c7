//! Frames (03.08.01, 2): header, endpoints, description blocks, connection headers.

use super::names::{self, service};
use crate::hints::hex;
use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use wf_model::Mac;
use wf_wire::{Reader, Short};

/// Bytes of the header.
pub const HEADER: usize = 6;

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub service: u16,
    /// Bytes of the whole as it says.
    pub length: u16,
    pub body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Service and length of the header at the front; `None` where it is none of version 1.0.
    pub fn header(bytes: &[u8]) -> Option<(u16, u16)> {
        let mut r = Reader::new(bytes);
        if r.array() != Ok([6, 0x10]) {
            return None;
        }
        Some((r.u16().ok()?, r.u16().ok()?))
    }

    /// The frame at the front, as far as it is there.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (service, length) = Self::header(bytes)?;
        let end = usize::from(length).clamp(HEADER, bytes.len().max(HEADER));
        Some(Self { service, length, body: bytes.get(HEADER..end)? })
    }

    /// The first structure of the body is as its service wants it: what hardly anything else looks like.
    pub fn is_sound(&self) -> bool {
        let first = self.body.first().copied();
        let size = usize::from(self.length) - HEADER.min(usize::from(self.length));
        match self.service {
            service::SEARCH_REQUEST | service::DESCRIPTION_REQUEST => size == 8 && first == Some(8),
            service::SEARCH_REQUEST_EXTENDED | service::SEARCH_RESPONSE | service::SEARCH_RESPONSE_EXTENDED => {
                size >= 8 && first == Some(8)
            }
            service::CONNECT_REQUEST => size >= 18 && first == Some(8) && self.body.get(8) == Some(&8),
            service::DESCRIPTION_RESPONSE => size >= 54 && first == Some(54),
            service::STATE_REQUEST | service::DISCONNECT_REQUEST => size == 10 && self.body.get(2) == Some(&8),
            service::STATE_RESPONSE | service::DISCONNECT_RESPONSE => size == 2,
            service::CONNECT_RESPONSE => size == 2 || size >= 12 && self.body.get(2) == Some(&8),
            service::CONFIGURATION_REQUEST | service::TUNNELLING_REQUEST => {
                let code = self.body.get(4).is_some_and(|code| names::message_code(*code).is_some());
                size >= 5 && first == Some(4) && code
            }
            service::CONFIGURATION_ACK | service::TUNNELLING_ACK => size == 4 && first == Some(4),
            service::FEATURE_GET..=service::FEATURE_INFO => size >= 6 && first == Some(4),
            service::ROUTING_INDICATION | service::ROUTING_SYSTEM_BROADCAST => {
                size >= 10 && first.is_some_and(|code| names::message_code(code).is_some())
            }
            service::ROUTING_LOST => size == 4 && first == Some(4),
            service::ROUTING_BUSY => size == 6 && first == Some(6),
            service::SECURE_WRAPPER => size >= 38,
            service::SESSION_REQUEST => size == 40 && first == Some(8),
            service::SESSION_RESPONSE => matches!(size, 34 | 50),
            service::SESSION_AUTHENTICATE => size == 18,
            service::SESSION_STATUS => size == 2,
            code => names::service_name(code).is_some() && size >= 2,
        }
    }
}

/// An endpoint (7.5.1).
pub fn endpoint(r: &mut Reader<'_>) -> Result<SocketAddrV4, Short> {
    let mut block = structure(r)?;
    block.skip(1)?;
    Ok(SocketAddrV4::new(Ipv4Addr::from(block.array::<4>()?), block.u16()?))
}

/// A structure behind its length.
pub fn structure<'a>(r: &mut Reader<'a>) -> Result<Reader<'a>, Short> {
    let length = usize::from(r.u8()?);
    r.sub(length.saturating_sub(1))
}

/// Channel, sequence and the last byte (reserved or status) of a connection header (5.3).
pub fn connection(r: &mut Reader<'_>) -> Result<(u8, u8, u8), Short> {
    let mut head = structure(r)?;
    Ok((head.u8()?, head.u8()?, head.u8()?))
}

/// An individual address: area, line, device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Individual(pub u16);

impl fmt::Display for Individual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0 >> 12, self.0 >> 8 & 15, self.0 & 0xff)
    }
}

/// A group address: main, middle, sub group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group(pub u16);

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.0 >> 11, self.0 >> 8 & 7, self.0 & 0xff)
    }
}

/// What a device says of itself (7.5.4.2).
pub struct Device<'a> {
    pub medium: u8,
    pub programming: bool,
    pub address: Individual,
    pub project: u16,
    pub serial: String,
    pub mac: Mac,
    pub name: Cow<'a, str>,
}

impl<'a> Device<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Short> {
        let (medium, status) = (r.u8()?, r.u8()?);
        let (address, project) = (Individual(r.u16()?), r.u16()?);
        let serial = hex(r.take(6)?);
        r.skip(4)?;
        let mac = Mac(r.array()?);
        Ok(Self { medium, programming: status & 1 == 1, address, project, serial, mac, name: latin(r.take_rest()) })
    }
}

/// ISO 8859-1 up to the first NUL.
fn latin(bytes: &[u8]) -> Cow<'_, str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text: String = bytes.iter().take(end).map(|byte| char::from(*byte)).filter(|c| !c.is_control()).collect();
    Cow::Owned(text.trim().to_owned())
}

/// The description blocks of an answer.
#[derive(Default)]
pub struct Description<'a> {
    pub device: Option<Device<'a>>,
    /// Number of the manufacturer.
    pub manufacturer: Option<u16>,
    /// Mask version of an extended description.
    pub mask: Option<u16>,
    /// Families of services, with their versions.
    pub families: Vec<(u8, u8)>,
}

impl<'a> Description<'a> {
    /// Of a search or description answer.
    pub fn of(frame: &Frame<'a>) -> Option<Self> {
        let mut r = Reader::new(frame.body);
        match frame.service {
            service::SEARCH_RESPONSE | service::SEARCH_RESPONSE_EXTENDED => {
                endpoint(&mut r).ok()?;
            }
            service::DESCRIPTION_RESPONSE => {}
            _ => return None,
        }
        let mut found = Self::default();
        while let Ok(mut block) = structure(&mut r) {
            match block.u8() {
                Ok(1) => found.device = Device::read(&mut block).ok().or(found.device),
                Ok(2) => {
                    found.families = block.take_rest().chunks_exact(2).filter_map(|p| Some((*p.first()?, *p.get(1)?))).collect()
                }
                Ok(8) => {
                    let _ = block.skip(4);
                    found.mask = block.u16().ok();
                }
                Ok(0xfe) => found.manufacturer = block.u16().ok(),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        Some(found)
    }
}
