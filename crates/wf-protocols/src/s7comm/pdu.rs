//! The header of an S7comm message and the parameter header of user data.

use wf_wire::{Reader, Short};

/// First byte of every message.
pub const PROTOCOL_ID: u8 = 0x32;

/// Message types (ROSCTR).
pub mod rosctr {
    /// Request with a function and parameters.
    pub const JOB: u8 = 1;
    /// Acknowledgement without parameters; carries errors.
    pub const ACK: u8 = 2;
    /// Answer with parameters and data.
    pub const ACK_DATA: u8 = 3;
    /// User data: functions in groups, pushed or asked.
    pub const USERDATA: u8 = 7;
}

/// A message: header read, parameters and data apart.
#[derive(Clone, Copy, Debug)]
pub struct Pdu<'a> {
    /// Message type.
    pub rosctr: u8,
    /// Reference that an answer repeats.
    pub reference: u16,
    /// Error class and code, in answers.
    pub error: Option<(u8, u8)>,
    /// Parameters, as far as they are there.
    pub params: &'a [u8],
    /// Data, as far as they are there.
    pub data: &'a [u8],
    /// The lengths in the header reach beyond the message.
    pub short: bool,
    /// Bytes behind what the lengths in the header cover.
    pub extra: usize,
}

impl<'a> Pdu<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// Fewer bytes than the header has.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        r.skip(1)?;
        let rosctr = r.u8()?;
        r.skip(2)?;
        let (reference, param_len, data_len) = (r.u16()?, usize::from(r.u16()?), usize::from(r.u16()?));
        let error = if matches!(rosctr, rosctr::ACK | rosctr::ACK_DATA) { Some((r.u8()?, r.u8()?)) } else { None };
        let short = r.left() < param_len.saturating_add(data_len);
        let params = r.take(param_len.min(r.left()))?;
        let data = r.take(data_len.min(r.left()))?;
        Ok(Self { rosctr, reference, error, params, data, short, extra: r.left() })
    }

    /// The function code, where the type has one.
    pub fn function(&self) -> Option<u8> {
        match self.rosctr {
            rosctr::JOB | rosctr::ACK_DATA => self.params.first().copied(),
            _ => None,
        }
    }

    /// Both error bytes as one number; 0 is none.
    pub fn error_number(&self) -> u16 {
        self.error.map_or(0, |(class, code)| u16::from_be_bytes([class, code]))
    }
}

/// Whether user data is pushed, asked or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sent without being asked.
    Push,
    /// Request.
    Request,
    /// Response.
    Response,
}

/// The parameter header of user data.
#[derive(Clone, Copy, Debug)]
pub struct Userdata {
    /// Pushed, asked or answered.
    pub kind: Kind,
    /// Function group (low nibble of the type byte).
    pub group: u8,
    /// Subfunction; none in a mode transition.
    pub subfunction: Option<u8>,
    /// Sequence number: names a job or a series of parts.
    pub sequence: u8,
    /// Reference shared by the parts of one answer.
    pub data_unit: u8,
    /// More parts follow.
    pub more: bool,
    /// Error number; 0 is none.
    pub error: u16,
    /// Asks for the next part of an answer rather than for something new.
    pub continuation: bool,
    /// New mode, in a mode transition.
    pub mode: Option<u8>,
    /// Identifier of a program-to-program transfer (USEND, BSEND).
    pub r_id: Option<u32>,
}

/// Function groups.
pub mod group {
    /// Mode transition.
    pub const MODE: u8 = 0;
    /// Programmer commands (test and installation).
    pub const PROGRAMMER: u8 = 1;
    /// Cyclic data.
    pub const CYCLIC: u8 = 2;
    /// Block functions.
    pub const BLOCK: u8 = 3;
    /// CPU functions.
    pub const CPU: u8 = 4;
    /// Security.
    pub const SECURITY: u8 = 5;
    /// Transfer between programs (BSEND).
    pub const PBC: u8 = 6;
    /// Clock.
    pub const TIME: u8 = 7;
    /// NC programs.
    pub const NC: u8 = 15;
}

impl Userdata {
    /// Reads the parameters of a user data message.
    ///
    /// # Errors
    /// The parameters are shorter than their kind demands.
    pub fn parse(params: &[u8]) -> Result<Self, Short> {
        let mut r = Reader::new(params);
        let service = r.u8()?;
        r.skip(3)?; // item count, and type and length of the variable specification
        let method = r.u8()?;
        let type_and_group = r.u8()?;
        let mut found = Self {
            kind: match type_and_group >> 6 {
                1 => Kind::Request,
                2 => Kind::Response,
                _ => Kind::Push,
            },
            group: type_and_group & 0x0f,
            subfunction: None,
            sequence: 0,
            data_unit: 0,
            more: false,
            error: 0,
            continuation: false,
            mode: None,
            r_id: None,
        };
        if service == 1 || found.group == group::MODE {
            found.mode = r.u8().ok();
            return Ok(found);
        }
        found.subfunction = Some(r.u8()?);
        if method == 0x13 {
            let mut id = Reader::new(params);
            id.skip(6)?;
            found.r_id = id.u32().ok();
            return Ok(found);
        }
        found.sequence = r.u8()?;
        if method == 0x12 {
            (found.data_unit, found.more, found.error) = (r.u8()?, r.u8()? != 0, r.u16()?);
            found.continuation = found.kind == Kind::Request;
        }
        Ok(found)
    }
}
