//! Requests and responses (CIP volume 1, 2-4) and the messages packed into them.

use super::path::{Object, Path};
use super::service::{class, code};
use wf_wire::{Reader, Short};

/// Services in one multiple service packet that are looked at.
const PACKED_MAX: usize = 256;

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Service code.
    pub service: u8,
    /// Path to the object.
    pub path: Path<'a>,
    /// Data of the service.
    pub data: &'a [u8],
    /// The path size reaches beyond the message.
    pub short: bool,
}

impl<'a> Request<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// Service or path size is missing.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let service = r.u8()?;
        let len = usize::from(r.u8()?) * 2;
        let short = len > r.left();
        let path = Path(r.take(len.min(r.left()))?);
        Ok(Self { service, path, data: r.take_rest(), short })
    }

    /// The object that the path names.
    pub fn object(&self) -> Object {
        self.path.object()
    }

    /// The message inside an unconnected send, with the route behind it.
    pub fn carried(&self, object: &Object) -> Option<Result<Carried<'a>, Short>> {
        (self.service == code::READ_PART && object.class == Some(class::CONNECTION_MANAGER)).then(|| Carried::parse(self.data))
    }

    /// Whether it packs several services.
    pub const fn is_multiple(&self) -> bool {
        self.service == code::MULTIPLE
    }

    /// The attribute that it is about: of the path, else the first of an attribute list.
    pub fn attribute(&self, object: &Object) -> Option<u32> {
        object.attribute.or_else(|| self.listed_attributes().next().map(u32::from))
    }

    /// Attributes that a get-attribute-list names; of a set-attribute-list the first alone, as what follows a value
    /// depends on its type.
    pub fn listed_attributes(&self) -> impl Iterator<Item = u16> + use<'a> {
        let mut r = Reader::new(self.data);
        let count = match self.service {
            code::GET_LIST => r.u16_le().unwrap_or(0),
            code::SET_LIST => r.u16_le().unwrap_or(0).min(1),
            _ => 0,
        };
        (0..count).map_while(move |_| r.u16_le().ok())
    }
}

/// What an unconnected send carries (volume 1, 3-5.5.4).
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// The request.
    pub message: &'a [u8],
    /// Its way.
    pub route: Path<'a>,
}

impl<'a> Carried<'a> {
    fn parse(data: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(data);
        r.skip(2)?;
        let len = usize::from(r.u16_le()?);
        let message = r.take(len)?;
        if len % 2 == 1 {
            let _ = r.skip(1);
        }
        let words = usize::from(r.u8().unwrap_or(0));
        let _ = r.skip(1);
        let route = Path(r.take((words * 2).min(r.left()))?);
        Ok(Self { message, route })
    }
}

/// A response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// Service code without the response bit.
    pub service: u8,
    /// General status.
    pub status: u8,
    /// Additional status.
    pub additional: &'a [u8],
    /// Data of the service.
    pub data: &'a [u8],
    /// The additional status reaches beyond the message.
    pub short: bool,
}

impl<'a> Response<'a> {
    /// Reads a response.
    ///
    /// # Errors
    /// Fewer bytes than the fixed fields have.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let service = r.u8()? & 0x7f;
        r.skip(1)?;
        let status = r.u8()?;
        let len = usize::from(r.u8()?) * 2;
        let short = len > r.left();
        let additional = r.take(len.min(r.left()))?;
        Ok(Self { service, status, additional, data: r.take_rest(), short })
    }

    /// First word of the additional status.
    pub fn extended(&self) -> Option<u16> {
        Reader::new(self.additional).u16_le().ok()
    }

    /// Whether it packs the responses of several services.
    pub const fn is_multiple(&self) -> bool {
        self.service == code::MULTIPLE && matches!(self.status, 0 | 0x1e)
    }
}

/// Whether a message is a response.
pub const fn is_response(first: u8) -> bool {
    first & 0x80 != 0
}

/// The messages in the data of a multiple service packet, by their offsets; `Err` for an offset that leads nowhere.
pub fn packed(data: &[u8]) -> impl Iterator<Item = Result<&[u8], ()>> {
    let count = Reader::new(data).u16_le().map_or(0, usize::from);
    let offset = move |index: usize| {
        let at = index * 2 + 2;
        data.get(at..at + 2).and_then(|o| o.try_into().ok()).map(|o| usize::from(u16::from_le_bytes(o)))
    };
    (0..count.min(PACKED_MAX)).map_while(move |index| {
        let start = offset(index)?;
        let end = if index + 1 < count { offset(index + 1).unwrap_or(data.len()) } else { data.len() };
        let valid = start >= 2 + count * 2 && start < end;
        Some(data.get(start..end).filter(|_| valid).ok_or(()))
    })
}

/// Whether the offset list of a multiple service packet is whole.
pub fn offsets_fit(data: &[u8]) -> bool {
    Reader::new(data).u16_le().is_ok_and(|count| data.len() >= 2 + usize::from(count) * 2)
}
