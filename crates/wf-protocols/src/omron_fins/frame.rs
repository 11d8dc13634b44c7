//! The frame (W342-E1) and the header that TCP adds (W421-E1).

use wf_wire::Reader;

/// Bytes of a frame's header with its command code.
pub const HEADER: usize = 12;
/// Bytes of TCP's header.
pub const TCP_HEADER: usize = 16;

/// A FINS frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub icf: u8,
    pub reserved: u8,
    pub gateways: u8,
    /// Network, node, unit.
    pub destination: [u8; 3],
    pub source: [u8; 3],
    pub service_id: u8,
    pub command: u16,
    /// End code of an answer.
    pub end_code: Option<u16>,
    pub data: &'a [u8],
}

impl<'a> Frame<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let [icf, reserved, gateways] = r.array().ok()?;
        let (destination, source) = (r.array().ok()?, r.array().ok()?);
        let (service_id, command) = (r.u8().ok()?, r.u16().ok()?);
        let end_code = if icf & 0x40 != 0 { r.u16().ok() } else { None };
        Some(Self { icf, reserved, gateways, destination, source, service_id, command, end_code, data: r.rest() })
    }

    pub const fn is_answer(&self) -> bool {
        self.icf & 0x40 != 0
    }

    /// The sender wants no answer.
    pub const fn is_unanswered(&self) -> bool {
        self.icf & 1 != 0
    }

    /// Reserved bits are zero and the frame may pass few gateways more.
    pub const fn is_plausible(&self) -> bool {
        self.icf & 0x3e == 0 && self.reserved == 0 && self.gateways <= 7
    }
}

/// TCP's header: `FINS`, length of what follows it, command, error.
#[derive(Clone, Copy, Debug)]
pub struct TcpHeader {
    /// Bytes of the whole message.
    pub whole: u64,
    pub command: u32,
    pub error: u32,
}

impl TcpHeader {
    /// `None` where fewer bytes are there; `Some(None)` where it does not begin with the magic.
    pub fn read(bytes: &[u8]) -> Option<Option<Self>> {
        let mut r = Reader::new(bytes);
        if r.array().ok()? != *b"FINS" {
            return Some(None);
        }
        let (length, command, error) = (r.u32().ok()?, r.u32().ok()?, r.u32().ok()?);
        Some(Some(Self { whole: u64::from(length) + 8, command, error }))
    }
}
