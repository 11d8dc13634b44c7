//! Application fragments (IEEE 1815-2012 clause 4.2).

use super::objects::Headers;
use wf_wire::{Reader, Short};

/// One application fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// First, final, confirm, unsolicited, sequence.
    pub control: u8,
    /// Function code.
    pub function: u8,
    /// Internal indications of answers: IIN1 in the low octet.
    pub iin: Option<u16>,
    /// Object headers and objects.
    pub objects: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// Reads the application header.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut reader = Reader::new(bytes);
        let (control, function) = (reader.u8()?, reader.u8()?);
        let iin = if function >= 129 { Some(reader.u16_le()?) } else { None };
        Ok(Self { control, function, iin, objects: reader.rest() })
    }

    /// Its object headers.
    #[must_use]
    pub const fn headers(&self) -> Headers<'a> {
        Headers::new(self.objects, self.function)
    }

    /// Sequence number, 0 to 15.
    #[must_use]
    pub const fn sequence(&self) -> u8 {
        self.control & 0x0f
    }

    /// First fragment of a message.
    #[must_use]
    pub const fn first(&self) -> bool {
        self.control & 0x80 != 0
    }

    /// Last fragment of a message.
    #[must_use]
    pub const fn last(&self) -> bool {
        self.control & 0x40 != 0
    }

    /// The receiver must confirm.
    #[must_use]
    pub const fn confirm(&self) -> bool {
        self.control & 0x20 != 0
    }

    /// Belongs to unsolicited reporting.
    #[must_use]
    pub const fn unsolicited(&self) -> bool {
        self.control & 0x10 != 0
    }

    /// An answer or a report of an outstation, not a request of a master.
    #[must_use]
    pub const fn is_response(&self) -> bool {
        self.function >= 129
    }
}
