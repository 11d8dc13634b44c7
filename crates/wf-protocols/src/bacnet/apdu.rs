//! The head of an application message (clause 20.1).

use super::names::{self, Service};
use wf_wire::{Reader, Short};

/// Types of APDU.
pub mod kind {
    /// Asks, and wants an answer.
    pub const CONFIRMED: u8 = 0;
    /// Says, and wants none.
    pub const UNCONFIRMED: u8 = 1;
    /// Done.
    pub const SIMPLE_ACK: u8 = 2;
    /// Done, with a result.
    pub const COMPLEX_ACK: u8 = 3;
    /// Segments arrived, or did not.
    pub const SEGMENT_ACK: u8 = 4;
    /// Could not be done.
    pub const ERROR: u8 = 5;
    /// Could not be read.
    pub const REJECT: u8 = 6;
    /// Given up.
    pub const ABORT: u8 = 7;
}

/// Sequence number and window of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Number of the segment, modulo 256.
    pub sequence: u8,
    /// Segments that may be on their way.
    pub window: u8,
    /// More follow.
    pub more: bool,
}

/// The head, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apdu<'a> {
    /// Type.
    pub kind: u8,
    /// Flags of the first octet.
    pub flags: u8,
    /// Segments and octets that the sender takes, as coded.
    pub accepts: Option<u8>,
    /// Request that this belongs to.
    pub invoke_id: Option<u8>,
    /// Service.
    pub service: Option<u8>,
    /// Part of a longer message.
    pub segment: Option<Segment>,
    /// Reason of a reject or an abort.
    pub reason: Option<u8>,
    /// Parameters of the service.
    pub body: &'a [u8],
}

impl<'a> Apdu<'a> {
    /// Reads the head.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let first = r.u8()?;
        let (kind, flags) = (first >> 4, first & 15);
        let mut apdu =
            Self { kind, flags, accepts: None, invoke_id: None, service: None, segment: None, reason: None, body: &[] };
        if kind == kind::CONFIRMED {
            apdu.accepts = Some(r.u8()?);
        }
        if kind != kind::UNCONFIRMED && kind <= kind::ABORT {
            apdu.invoke_id = Some(r.u8()?);
        }
        match kind {
            kind::CONFIRMED | kind::COMPLEX_ACK => {
                if flags & 8 != 0 {
                    apdu.segment = Some(Segment { sequence: r.u8()?, window: r.u8()?, more: flags & 4 != 0 });
                }
                apdu.service = Some(r.u8()?);
            }
            kind::UNCONFIRMED | kind::SIMPLE_ACK | kind::ERROR => apdu.service = Some(r.u8()?),
            kind::SEGMENT_ACK => {
                apdu.segment = Some(Segment { sequence: r.u8()?, window: r.u8()?, more: false });
            }
            kind::REJECT | kind::ABORT => apdu.reason = Some(r.u8()?),
            _ => {}
        }
        apdu.body = r.rest();
        Ok(apdu)
    }

    /// The service by name; answers name the confirmed service that they answer.
    pub fn named(&self) -> Option<Service> {
        let choice = self.service?;
        Some(if self.kind == kind::UNCONFIRMED { names::unconfirmed(choice) } else { names::confirmed(choice) })
    }

    /// Whether it comes from the side that was asked.
    pub const fn is_answer(&self) -> bool {
        match self.kind {
            kind::SIMPLE_ACK | kind::COMPLEX_ACK | kind::ERROR | kind::REJECT => true,
            kind::SEGMENT_ACK | kind::ABORT => self.flags & 1 != 0,
            _ => false,
        }
    }

    /// Reserved bits are clear and the type exists.
    pub const fn is_clean(&self) -> bool {
        match self.kind {
            kind::CONFIRMED => self.flags & 1 == 0,
            kind::COMPLEX_ACK => self.flags & 3 == 0,
            kind::SEGMENT_ACK => self.flags & 12 == 0,
            kind::ABORT => self.flags & 14 == 0,
            kind::UNCONFIRMED | kind::SIMPLE_ACK | kind::ERROR | kind::REJECT => self.flags == 0,
            _ => false,
        }
    }

    /// Most octets of an APDU that the sender takes.
    pub const fn octets_max(&self) -> Option<u16> {
        match self.accepts {
            Some(coded) => Some(match coded & 15 {
                0 => 50,
                1 => 128,
                2 => 206,
                3 => 480,
                4 => 1024,
                5 => 1476,
                _ => return None,
            }),
            None => None,
        }
    }
}
